-- Experiments of stored activities, one aggregate for each metric: create_experiment_views makes
-- its states by them, as reading an activity once more costs less than what SQL would make of it.

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT m.metric, m.says, concat_ws(', ', 'text, activity, date, integer, integer, date', CASE WHEN m.limited THEN 'numeric' END) AS types,
			   concat_ws(', ', 'variant text, activity activity, day date, within_days integer, before_days integer, until date', CASE WHEN m.limited THEN 'highest numeric' END) AS arguments
		FROM (VALUES
				('active_days', false, 'active days'), ('events', false, 'events'), ('purchases', false, 'purchases'),
				('revenue', true, 'net amounts'), ('revenue_per_purchase', true, 'the ratio of net amounts and purchases'),
				('converted', false, 'whether there was a purchase'), ('retained', false, 'whether there was an active day from the 8th day on')
			 ) AS m (metric, limited, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.experiment_of_%1$s_add(experiment, %2$s) RETURNS experiment
				AS 'MODULE_PATHNAME', 'user_ops_experiment_of_%1$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
			COMMENT ON FUNCTION user_ops_internal.experiment_of_%1$s_add(experiment, %2$s) IS 'Transition function of experiment_of_%1$s';

			CREATE AGGREGATE user_ops_internal.experiment_of_%1$s(%3$s) (
				SFUNC = experiment_of_%1$s_add, STYPE = experiment, SSPACE = 2048,
				FINALFUNC = experiment_final, COMBINEFUNC = merge, PARALLEL = SAFE
			);
			COMMENT ON AGGREGATE user_ops_internal.experiment_of_%1$s(%2$s) IS %4$L
			$sql$, kind.metric, kind.types, kind.arguments,
			format('An experiment of %s in the days [day, day + within_days) before until; before_days above 0: adjusted by those before. A NULL activity counts as 0', kind.says));
	END LOOP;
END $$;

-- activity_agg(event_time [, amount] [, time_zone]): the rows of one user become
-- an activity.  One aggregate for each type of time and amount, all of one form.

SELECT user_ops_internal.make_hand_over('activity', 'activity_agg and rollup');

CREATE FUNCTION user_ops_internal.activity_final(internal) RETURNS activity
	AS 'MODULE_PATHNAME', 'user_ops_activity_final'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.activity_final(internal) IS 'Final function of activity_agg and rollup';

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT t.symbol || coalesce('_' || a.type, '') AS symbol,
			   concat_ws(', ', t.type, a.type, t.zone) AS arguments,
			   concat(t.days,
					  CASE WHEN a.type IS NULL THEN '; every row is a visit'
						   ELSE '; amount NULL: a visit, >= 0: a purchase, < 0: a refund' END,
					  CASE a.type WHEN 'float8' THEN '; amounts are rounded to 6 decimals' END) AS says
		FROM (VALUES ('date', 'date', NULL, 'Activity: One user''s activity from dates'),
					 ('timestamp', 'timestamp', NULL, 'Activity: One user''s activity from local times'),
					 ('timestamp', 'timestamptz', NULL, 'Activity: One user''s activity, days in UTC'),
					 ('zoned', 'timestamptz', 'text', 'Activity: One user''s activity, days in the named time zone')
			 ) AS t (symbol, type, zone, days)
		CROSS JOIN (VALUES (NULL), ('numeric'), ('float8'), ('int8'), ('int4'), ('int2')) AS a (type)
		ORDER BY t.type, t.zone, a.type
	LOOP
		EXECUTE format(
			'CREATE FUNCTION user_ops_internal.activity_%1$s(internal, %2$s) RETURNS internal
				AS ''MODULE_PATHNAME'', ''user_ops_activity_%1$s''
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2',
			kind.symbol, kind.arguments);
		EXECUTE format(
			'COMMENT ON FUNCTION user_ops_internal.activity_%1$s(internal, %2$s) IS ''Transition function of activity_agg''',
			kind.symbol, kind.arguments);
		EXECUTE format(
			'CREATE AGGREGATE activity_agg(%2$s) (
				SFUNC = activity_%1$s, STYPE = internal, SSPACE = 128,
				FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
				SERIALFUNC = activity_serialize, DESERIALFUNC = activity_deserialize,
				PARALLEL = SAFE)',
			kind.symbol, kind.arguments);
		EXECUTE format('COMMENT ON AGGREGATE activity_agg(%s) IS %L', kind.arguments, kind.says);
	END LOOP;
END $$;

CREATE FUNCTION user_ops_internal.activity_rollup(internal, activity) RETURNS internal
	AS 'MODULE_PATHNAME', 'user_ops_activity_rollup'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.activity_rollup(internal, activity) IS 'Transition function of rollup';

CREATE AGGREGATE rollup(activity) (
	SFUNC = activity_rollup, STYPE = internal, SSPACE = 128,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	SERIALFUNC = activity_serialize, DESERIALFUNC = activity_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(activity) IS 'Activity: All activities merged into one; NULL over none. Its state does not travel between shards: roll up those of one user there, or ask metrics, whose states do';

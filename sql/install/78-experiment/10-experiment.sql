-- Experiments: the exact moments of one metric in each arm.

SELECT user_ops_internal.make_state('experiment', 10, 1024,
	'How many users each arm of an experiment has, with the exact sums and sums of products of a metric and its covariates: a value that merges; arms and compare read it. At most 64 arms, some 100 bytes each');

-- The aggregates that make it, one row for each user.  Each of them for the types of numbers:
-- without the twins for integers PostgreSQL would take an integer for double precision.

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT m.metric, n.symbol, m.says || coalesce('; ' || n.says, '') AS says,
			   concat_ws(', ', 'text', m.first, repeat(n.type || ', ', m.numbers - 1) || n.type) AS types,
			   concat_ws(', ', 'variant text', m.first_named, replace(m.names, ',', ' ' || n.type || ',') || ' ' || n.type) AS arguments
		FROM (VALUES
				('mean', NULL, NULL, 'metric', 1,
				 'A mean: each row is a user with the arm that they were assigned to and their metric, 0 where they did nothing. Rows with a NULL are skipped'),
				('mean', NULL, NULL, 'metric, covariate', 2,
				 'A mean with a covariate, such as the same metric of the time before assignment, which compare can adjust by (CUPED). A NULL covariate counts as 0; rows with another NULL are skipped'),
				('ratio', NULL, NULL, 'numerator, denominator', 2,
				 'A ratio of sums over users, such as revenue by purchase: each row is a user with both parts. Rows with a NULL are skipped'),
				('ratio', NULL, NULL, 'numerator, denominator, before_numerator, before_denominator', 4,
				 'A ratio of sums over users with that of the time before, which compare can adjust by (CUPED). NULL before counts as 0; rows with another NULL are skipped'),
				('rate', 'boolean', 'converted boolean', 'covariate', 1,
				 'A rate with a covariate, which compare can adjust by (CUPED). A NULL covariate counts as 0; rows with another NULL are skipped')
			 ) AS m (metric, first, first_named, names, numbers, says)
		CROSS JOIN (VALUES
				('numeric', 'numeric', NULL), ('int8', 'bigint', NULL), ('int4', 'integer', NULL),
				('float8', 'double precision', 'numbers are rounded to 6 decimals')) AS n (symbol, type, says)
		UNION ALL
		SELECT 'rate', 'int4', 'A rate: each row is a user with the arm that they were assigned to and whether they converted. Rows with a NULL are skipped', 'text, boolean', 'variant text, converted boolean'
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.experiment_%1$s_add(experiment, %3$s) RETURNS experiment
				AS 'MODULE_PATHNAME', 'user_ops_experiment_%1$s_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
			COMMENT ON FUNCTION user_ops_internal.experiment_%1$s_add(experiment, %3$s) IS 'Transition function of experiment_%1$s';

			CREATE AGGREGATE experiment_%1$s(%4$s) (
				SFUNC = experiment_%1$s_add, STYPE = experiment, SSPACE = 2048,
				FINALFUNC = experiment_final, COMBINEFUNC = merge, PARALLEL = SAFE
			);
			COMMENT ON AGGREGATE experiment_%1$s(%3$s) IS %5$L
			$sql$, kind.metric, kind.symbol, kind.types, kind.arguments, 'Experiments: ' || kind.says);
	END LOOP;
END $$;

-- How often each value was met: exact quantiles of a metric, and the metric up to a limit.

SELECT user_ops_internal.make_state('value_sample', 20, 2048,
	'How often each value of a metric was met: a value that merges; quantile, value_cuts, value_tiers and gini read it. 24 bytes for each different value, at most 512 MB');

CREATE FUNCTION user_ops_internal.value_sample_add(value_sample, numeric) RETURNS value_sample
	AS 'MODULE_PATHNAME', 'user_ops_value_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.value_sample_add(value_sample, numeric) IS 'Transition function of value_sample';

CREATE AGGREGATE value_sample(metric numeric) (
	SFUNC = value_sample_add, STYPE = value_sample, SSPACE = 65536,
	FINALFUNC = value_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE value_sample(numeric) IS
	'Experiments: How often each value was met, for quantile; rows with NULL are skipped, zeros count (FILTER (WHERE metric <> 0) leaves them out)';

CREATE FUNCTION user_ops_internal.value_sample_add(value_sample, activity, date) RETURNS value_sample
	AS 'MODULE_PATHNAME', 'user_ops_value_sample_add_user'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.value_sample_add(value_sample, activity, date) IS 'Transition function of value_sample';

CREATE AGGREGATE value_sample(activity, as_of date) (
	SFUNC = value_sample_add, STYPE = value_sample, SSPACE = 65536,
	FINALFUNC = value_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE value_sample(activity, date) IS
	'Value: How often users brought each net amount before as_of, for value_cuts, value_tiers, gini and quantile. One activity for each user; those of sources without amounts, and without a day before as_of, are skipped, while those who bought nothing count as 0';

CREATE TYPE quantile_kind AS ENUM ('interpolated', 'lowest');
COMMENT ON TYPE quantile_kind IS
	'What lies between two values: interpolated, in proportion (type 7, as percentile_cont); lowest, the lowest value that so many do not exceed (type 1, as percentile_disc)';

CREATE FUNCTION quantile(sample value_sample, fraction double precision, kind quantile_kind DEFAULT 'interpolated') RETURNS numeric
	AS 'MODULE_PATHNAME', 'user_ops_value_sample_quantile'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION quantile(value_sample, double precision, quantile_kind) IS
	'Experiments: The value that so large a part of all does not exceed, worked out exactly and rounded to 9 decimals; of the fraction 9 decimals count. NULL over no values';

CREATE FUNCTION winsorize(metric numeric, highest numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
	RETURN CASE WHEN metric > highest THEN highest ELSE metric END;
COMMENT ON FUNCTION winsorize(numeric, numeric) IS
	'Experiments: The metric, but no more than the highest: quantile(sample, 0.999) over all arms together. NULL for the metric: NULL; for the highest: the metric as it is';

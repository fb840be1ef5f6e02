-- How many users an experiment needs, and what it can see.

CREATE FUNCTION sample_size_mean(std_dev double precision, effect double precision, power double precision DEFAULT 0.8, alpha double precision DEFAULT 0.05,
								 ratio double precision DEFAULT 1, OUT n_control bigint, OUT n_variant bigint)
	AS 'MODULE_PATHNAME', 'user_ops_sample_size_mean'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sample_size_mean(double precision, double precision, double precision, double precision, double precision) IS
	'Experiments: How many users each arm needs, so that a difference of means of effect is seen with the probability power by a test at alpha, of a metric with the standard deviation std_dev; ratio, users of the variant for one of the control. By the normal approximation, rounded up';

CREATE FUNCTION sample_size_rate(baseline double precision, effect double precision, power double precision DEFAULT 0.8, alpha double precision DEFAULT 0.05,
								 ratio double precision DEFAULT 1, OUT n_control bigint, OUT n_variant bigint)
	AS 'MODULE_PATHNAME', 'user_ops_sample_size_rate'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sample_size_rate(double precision, double precision, double precision, double precision, double precision) IS
	'Experiments: How many users each arm needs, so that a rate of baseline + effect is told from one of baseline with the probability power by a test at alpha; ratio, users of the variant for one of the control. By the normal approximation, rounded up';

CREATE FUNCTION power_mean(std_dev double precision, effect double precision, n_control bigint, n_variant bigint, alpha double precision DEFAULT 0.05) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_power_mean'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION power_mean(double precision, double precision, bigint, bigint, double precision) IS
	'Experiments: The probability that a test at alpha sees a difference of means of effect, of a metric with the standard deviation std_dev';

CREATE FUNCTION power_rate(baseline double precision, effect double precision, n_control bigint, n_variant bigint, alpha double precision DEFAULT 0.05) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_power_rate'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION power_rate(double precision, double precision, bigint, bigint, double precision) IS
	'Experiments: The probability that a test at alpha tells a rate of baseline + effect from one of baseline';

CREATE FUNCTION detectable_mean(std_dev double precision, n_control bigint, n_variant bigint, power double precision DEFAULT 0.8, alpha double precision DEFAULT 0.05) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_detectable_mean'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION detectable_mean(double precision, bigint, bigint, double precision, double precision) IS
	'Experiments: The smallest difference of means that a test at alpha sees with the probability power, of a metric with the standard deviation std_dev';

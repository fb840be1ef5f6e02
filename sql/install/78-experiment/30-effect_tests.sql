-- Tests of what was worked out before: effects, shares, p-values.

CREATE TYPE p_adjustment AS ENUM ('none', 'bonferroni', 'holm', 'benjamini_hochberg');
COMMENT ON TYPE p_adjustment IS
	'What becomes of several p-values of one decision: bonferroni and holm, so that any false alarm among them is rare (holm loses less); benjamini_hochberg, so that few of the alarms are false';

CREATE FUNCTION sequential_interval(effect double precision, std_error double precision, n_both bigint,
									confidence double precision DEFAULT 0.95, tightest_at bigint DEFAULT 5000,
									OUT lower double precision, OUT upper double precision, OUT p_value double precision)
	AS 'MODULE_PATHNAME', 'user_ops_sequential_interval'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sequential_interval(double precision, double precision, bigint, double precision, bigint) IS
	'Experiments: The interval and the p-value of any effect that hold at every look (an asymptotic confidence sequence, the same as mSPRT), over n_both users of both arms; tightest at tightest_at users, 5000 for NULL, which must not change from look to look. Not for the first dozens of users. NULL for a standard error of 0';

CREATE FUNCTION rate_difference(k_control bigint, n_control bigint, k_variant bigint, n_variant bigint, confidence double precision DEFAULT 0.95,
								OUT rate double precision, OUT control_rate double precision, OUT effect double precision, OUT lower double precision, OUT upper double precision,
								OUT p_value double precision, OUT lift double precision, OUT lift_lower double precision, OUT lift_upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_rate_difference'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION rate_difference(bigint, bigint, bigint, bigint, double precision) IS
	'Experiments: Two rates, k of n users each, as compare does it: the interval of the difference is Newcombe''s (method 10), that of the lift Katz''s, NULL where a k is 0; p_value of the pooled z-test, NULL where nobody converted, or all. NULL without users';

CREATE FUNCTION adjust_p(p double precision[], method p_adjustment) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'user_ops_adjust_p'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION adjust_p(double precision[], p_adjustment) IS
	'Experiments: The p-values of all comparisons of one decision, variants times metrics, adjusted for their number, in their order; NULLs stay and do not count. holm is the usual choice; for intervals ask for the confidence 1 - alpha / number';

CREATE FUNCTION heterogeneity(effects double precision[], std_errors double precision[], OUT pooled double precision, OUT pooled_std_error double precision,
							  OUT q double precision, OUT df integer, OUT p_value double precision, OUT i_squared double precision)
	AS 'MODULE_PATHNAME', 'user_ops_heterogeneity'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION heterogeneity(double precision[], double precision[]) IS
	'Experiments: Do the effects of segments differ: Cochran''s q with its p_value, and i_squared, the part of their differences that is not chance; pooled, their mean weighed by precision. Segments with a NULL, or a standard error of 0, do not count; NULL below two of them';

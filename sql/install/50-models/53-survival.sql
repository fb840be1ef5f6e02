-- Survival: how long until an event, where some have not had it yet.

SELECT user_ops_internal.make_state('survival', 10, 1024,
	'How many subjects had the event, or were censored, after which time: a value that merges; the Kaplan-Meier curve is read by functions. 24 bytes a distinct time while it is counted, at most 512 MB (22 million)');

CREATE TYPE survival_band AS ENUM ('plain', 'log', 'loglog');
COMMENT ON TYPE survival_band IS
	'The scale on which the confidence band of a survival curve is symmetric: survival itself, its logarithm (as R does), or ln(-ln S) (as SAS, Stata and lifelines do), which stays between 0 and 1';

CREATE FUNCTION user_ops_internal.survival_add(survival, double precision, boolean) RETURNS survival
	AS 'MODULE_PATHNAME', 'user_ops_survival_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.survival_add(survival, double precision, boolean) IS
	'Transition function of survival';

CREATE FUNCTION user_ops_internal.survival_add(survival, double precision, boolean, bigint) RETURNS survival
	AS 'MODULE_PATHNAME', 'user_ops_survival_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.survival_add(survival, double precision, boolean, bigint) IS
	'Transition function of survival';

CREATE AGGREGATE survival(duration double precision, event boolean) (
	SFUNC = survival_add, STYPE = survival, SSPACE = 1024,
	FINALFUNC = survival_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival(double precision, boolean) IS
	'Survival: The survival of subjects, one a row: how long each was watched, and whether that ended with the event (true) or without (false, censored). Rows with a NULL are skipped; a duration below 0, infinite or NaN is an error';

CREATE AGGREGATE survival(duration double precision, event boolean, subjects bigint) (
	SFUNC = survival_add, STYPE = survival, SSPACE = 1024,
	FINALFUNC = survival_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival(double precision, boolean, bigint) IS
	'Survival: The survival of subjects, of whom so many a row have the same duration and end';

CREATE FUNCTION user_ops_internal.second_purchase_add(survival, activity, date) RETURNS survival
	AS 'MODULE_PATHNAME', 'user_ops_second_purchase_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.second_purchase_add(survival, activity, date) IS
	'Transition function of second_purchase_survival';

CREATE AGGREGATE second_purchase_survival(activity, as_of date) (
	SFUNC = second_purchase_add, STYPE = survival, SSPACE = 1024,
	FINALFUNC = survival_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE second_purchase_survival(activity, date) IS
	'Survival: Days from the first to the second purchase day (active day where the source has no amounts); who has not come back by the day before as_of is censored there. One activity for each user; users without a first such day are not counted';

CREATE FUNCTION user_ops_internal.purchase_gaps_add(survival, activity, date) RETURNS survival
	AS 'MODULE_PATHNAME', 'user_ops_purchase_gaps_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.purchase_gaps_add(survival, activity, date) IS
	'Transition function of purchase_gap_survival';

CREATE AGGREGATE purchase_gap_survival(activity, as_of date) (
	SFUNC = purchase_gaps_add, STYPE = survival, SSPACE = 1024,
	FINALFUNC = survival_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_gap_survival(activity, date) IS
	'Survival: Days from each purchase day (active day where the source has no amounts) to the next, over all gaps of all users; the open gap after a user''s last one is censored the day before as_of. Standard errors take the gaps as independent';

CREATE FUNCTION survival_curve(survival survival, confidence double precision DEFAULT 0.95,
							   band survival_band DEFAULT 'loglog')
	RETURNS TABLE (at_time double precision, at_risk bigint, events bigint, censored bigint,
				   survival double precision, std_error double precision,
				   lower double precision, upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_survival_curve'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION survival_curve(survival, double precision, survival_band) IS
	'Survival: The Kaplan-Meier curve: at each time observed how many were at risk just before, how many had the event, how many were censored (events come first), the share surviving, its standard error (Greenwood) and confidence band; where nobody survives there is neither: NULL';

CREATE FUNCTION survival_quantile(survival survival, surviving double precision,
								  confidence double precision DEFAULT 0.95,
								  band survival_band DEFAULT 'loglog',
								  OUT at_time double precision, OUT lower double precision,
								  OUT upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_survival_quantile'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_quantile(survival, double precision, double precision, survival_band) IS
	'Survival: When the curve first falls to the surviving share, and where the limits of its band do: a confidence interval. NULL where that was not observed; where the curve stays on the share, the middle of that stretch';

CREATE FUNCTION median_survival(survival survival, confidence double precision DEFAULT 0.95,
								band survival_band DEFAULT 'loglog',
								OUT at_time double precision, OUT lower double precision,
								OUT upper double precision)
	AS 'MODULE_PATHNAME', 'user_ops_median_survival'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION median_survival(survival, double precision, survival_band) IS
	'Survival: When half have had the event, with a confidence interval: survival_quantile at 0.5';

CREATE FUNCTION survival_at(survival survival, at_time double precision)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_survival_at'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION survival_at(survival, double precision) IS
	'Survival: The share that survives longer than at_time; NULL beyond the last time observed, unless nobody survived that';

CREATE FUNCTION restricted_mean(survival survival, horizon double precision,
								OUT mean double precision, OUT std_error double precision)
	AS 'MODULE_PATHNAME', 'user_ops_restricted_mean'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION restricted_mean(survival, double precision) IS
	'Survival: The mean time until the event or the horizon, whichever is first: the area under the curve, and its standard error; NULL if the horizon lies beyond the last time observed, unless nobody survived that';

CREATE FUNCTION log_rank(VARIADIC groups survival[], OUT chi_square double precision,
						 OUT df integer, OUT p_value double precision)
	AS 'MODULE_PATHNAME', 'user_ops_log_rank'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION log_rank(survival[]) IS
	'Survival: Log-rank test of two to 32 groups that must not overlap: how likely curves at least so far apart are (p_value) if all groups have the same survival. NULL groups, and those without anybody at risk at an event, are left out; chi_square is NULL where fewer than two are left';

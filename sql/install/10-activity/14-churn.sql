-- Churn risk without a model.

CREATE FUNCTION churn_risk(activity activity, as_of date, horizon_days integer,
						   prior_shape double precision DEFAULT 1,
						   prior_rate double precision DEFAULT 30)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_churn_risk'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION churn_risk(activity, date, integer, double precision, double precision) IS
	'Churn: Probability of silence over the next horizon_days for a user who is still there, from the gaps between purchase days (active days where the source has no amounts) and a prior of prior_shape gaps that sum to prior_rate days. It ranks users, rising with idle time; it is not calibrated, for users who left for good are not in it. NULL without such a day before as_of';

CREATE FUNCTION gap_survival(n_gaps bigint, sum_gaps double precision, idle double precision,
							 prior_shape double precision DEFAULT 0,
							 prior_rate double precision DEFAULT 0, regularity integer DEFAULT 1)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_gap_survival'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION gap_survival(bigint, double precision, double precision, double precision, double precision, integer) IS
	'Churn: Probability that a gap is longer than idle, after n_gaps that sum to sum_gaps, each of regularity stages; it ranks and is not calibrated. NULL with neither gaps nor a prior';

CREATE FUNCTION gap_survival(activity activity, as_of date,
							 prior_shape double precision DEFAULT 0,
							 prior_rate double precision DEFAULT 0, regularity integer DEFAULT 1)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_gap_survival'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION gap_survival(activity, date, double precision, double precision, integer) IS
	'Churn: How unusual the present silence of a user is: the probability that a gap between purchase days (active days where the source has no amounts) is longer; small is unusual. It ranks and is not calibrated. NULL without such a day before as_of, or with neither gaps nor a prior';

CREATE FUNCTION gap_survival_plugin(n_gaps bigint, sum_gaps double precision,
									idle double precision, regularity integer DEFAULT 1)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_gap_survival_plugin'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION gap_survival_plugin(bigint, double precision, double precision, integer) IS
	'Churn: Probability that a gap is longer than idle if the mean of n_gaps that sum to sum_gaps is taken as known: what gap_survival tends to for many gaps, and too sure of itself for few. NULL without a gap';

CREATE FUNCTION gap_survival_plugin(activity activity, as_of date, regularity integer DEFAULT 1)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_gap_survival_plugin'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION gap_survival_plugin(activity, date, integer) IS
	'Churn: gap_survival of a user with the mean of their gaps taken as known, too sure of itself for few gaps. NULL with fewer than two purchase days before as_of (active days where the source has no amounts)';

-- What a backtest needs of one user, and the score from it.

CREATE FUNCTION user_ops_internal.split_history(activity activity, split date, until date) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'user_ops_split_history'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.split_history(activity, date, date) IS
	'Of a user with a purchase day before split (an active day where the source has no amounts) the number of gaps between such days, their sum, the days from the last one to split, and how many such days there are from split until the other date; else NULL';

CREATE FUNCTION user_ops_internal.gap_churn_risk(n_gaps double precision, sum_gaps double precision, idle double precision,
												 horizon_days integer, prior_shape double precision, prior_rate double precision)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_gap_churn_risk'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.gap_churn_risk(double precision, double precision, double precision, integer, double precision, double precision) IS
	'churn_risk without a model, of numbers';

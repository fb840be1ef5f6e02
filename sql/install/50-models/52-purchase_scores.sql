-- Purchase models applied to one user: by an activity, or by x purchases after the
-- first, the last of them t_x after it, seen until t; times in the unit of the model.

CREATE FUNCTION p_alive(model purchase_model, x bigint, t_x double precision, t double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_p_alive'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION p_alive(purchase_model, bigint, double precision, double precision) IS
	'Purchase model: Probability that the user is still there at t. It is no churn score: bg_nbd gives 1 to everyone who bought once; use churn_risk';

CREATE FUNCTION p_alive(model purchase_model, x bigint, t_x double precision, t double precision, horizon double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_p_alive'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION p_alive(purchase_model, bigint, double precision, double precision, double precision) IS
	'Purchase model: Probability that the user is still there at t + horizon. It is no churn score: bg_nbd gives 1 to everyone who bought once; use churn_risk';

CREATE FUNCTION p_alive(model purchase_model, activity activity, as_of date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_purchase_p_alive'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION p_alive(purchase_model, activity, date) IS
	'Purchase model: Probability that the user is still there at as_of. It is no churn score: bg_nbd gives 1 to everyone who bought once; use churn_risk. NULL without a purchase day before as_of (an active day where the source has no amounts); 22023 if the unit of the model is unknown';

CREATE FUNCTION p_alive(model purchase_model, activity activity, as_of date, horizon_days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_purchase_p_alive'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION p_alive(purchase_model, activity, date, integer) IS
	'Purchase model: Probability that the user is still there horizon_days after as_of. It is no churn score: bg_nbd gives 1 to everyone who bought once; use churn_risk. NULL without a purchase day before as_of (an active day where the source has no amounts); 22023 if the unit of the model is unknown';

CREATE FUNCTION expected_purchases(model purchase_model, horizon double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_expected_of_new'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION expected_purchases(purchase_model, double precision) IS
	'Purchase model: Purchases of a new user in the horizon after the first, on average, in the unit of the model';

CREATE FUNCTION expected_purchases(model purchase_model, x bigint, t_x double precision, t double precision, horizon double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_expected'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION expected_purchases(purchase_model, bigint, double precision, double precision, double precision) IS
	'Purchase model: Purchases in the horizon after t, on average';

CREATE FUNCTION expected_purchases(model purchase_model, activity activity, as_of date, horizon_days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_purchase_expected'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION expected_purchases(purchase_model, activity, date, integer) IS
	'Purchase model: Days with a purchase among the horizon_days from as_of on, on average. NULL without a purchase day before as_of (an active day where the source has no amounts); 22023 if the unit of the model is unknown';

CREATE FUNCTION churn_risk(model purchase_model, x bigint, t_x double precision, t double precision, horizon double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_churn_risk'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION churn_risk(purchase_model, bigint, double precision, double precision, double precision) IS
	'Purchase model: Probability that the user does not buy in the horizon after t, gone or not. It rises with the silence, but for bg_cnbd and mbg_cnbd of k > 1 not at once: who buys regularly and has just bought is not about to';

CREATE FUNCTION churn_risk(model purchase_model, activity activity, as_of date, horizon_days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_purchase_churn_risk'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION churn_risk(purchase_model, activity, date, integer) IS
	'Purchase model: Probability that the user does not buy in the horizon_days from as_of on, gone or not: over all users, the sum of 1 - risk is about the number who come back. NULL without a purchase day before as_of (an active day where the source has no amounts); 22023 if the unit of the model is unknown';

CREATE FUNCTION purchase_probability(model purchase_model, x bigint, t_x double precision, t double precision, horizon double precision, n bigint) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_probability'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION purchase_probability(purchase_model, bigint, double precision, double precision, double precision, bigint) IS
	'Purchase model: Probability of exactly n purchases in the horizon after t; x, t_x and t of 0 mean a new user';

CREATE FUNCTION purchase_probability(model purchase_model, activity activity, as_of date, horizon_days integer, n bigint) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_purchase_probability'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION purchase_probability(purchase_model, activity, date, integer, bigint) IS
	'Purchase model: Probability of exactly n days with a purchase among the horizon_days from as_of on. NULL without a purchase day before as_of (an active day where the source has no amounts); 22023 if the unit of the model is unknown';

CREATE FUNCTION discounted_expected_purchases(model purchase_model, x bigint, t_x double precision, t double precision, rate double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_discounted'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION discounted_expected_purchases(purchase_model, bigint, double precision, double precision, double precision) IS
	'Purchase model: All purchases after t, without end, each discounted by exp(-rate * time until it); in closed form for pareto_nbd (DERT), else as an integral over the expected purchases, which takes most of a millisecond';

CREATE FUNCTION discounted_expected_purchases(model purchase_model, activity activity, as_of date, discount double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_purchase_discounted'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION discounted_expected_purchases(purchase_model, activity, date, double precision) IS
	'Purchase model: All purchases from as_of on, without end, each discounted by 1 / (1 + discount) for each year of 365.25 days until it; in closed form for pareto_nbd (DERT), else as an integral over the expected purchases, which takes most of a millisecond. NULL without a purchase day before as_of (an active day where the source has no amounts); 22023 if the unit of the model is unknown';

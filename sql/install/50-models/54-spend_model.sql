-- What users spend a purchase day: the Gamma-Gamma model.

SELECT user_ops_internal.make_state('spend_sample', 100, 1024,
	'How many users have which number of repeat purchases and which total of them: a value that merges, for spend_model. 24 bytes for each pair that differs while it is counted, at most 512 MB (22 million)');

CREATE FUNCTION user_ops_internal.spend_sample_add(spend_sample, activity, date) RETURNS spend_sample
	AS 'MODULE_PATHNAME', 'user_ops_spend_sample_add_activity'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.spend_sample_add(spend_sample, activity, date) IS
	'Transition function of spend_model and spend_sample';

CREATE FUNCTION user_ops_internal.spend_sample_add(spend_sample, bigint, double precision) RETURNS spend_sample
	AS 'MODULE_PATHNAME', 'user_ops_spend_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.spend_sample_add(spend_sample, bigint, double precision) IS
	'Transition function of spend_model and spend_sample';

CREATE FUNCTION spend_model(sample spend_sample) RETURNS spend_model
	AS 'MODULE_PATHNAME', 'user_ops_spend_sample_fit'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION spend_model(spend_sample) IS 'Spend model: The model fitted over the sample';

CREATE AGGREGATE spend_model(activity, as_of date) (
	SFUNC = spend_sample_add, STYPE = spend_sample, SSPACE = 1024,
	FINALFUNC = spend_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_model(activity, date) IS
	'Spend model: Gamma-Gamma model of the amount of a repeat purchase day, by maximum likelihood over all users with a positive mean over their purchase days after the first; the others are left out and counted (spend_left_out). Refunds on the day itself are deducted; those on later days enter as a share (net_share). It takes spend as independent of frequency: see spend_correlation. One activity for each user';

CREATE AGGREGATE spend_sample(activity, as_of date) (
	SFUNC = spend_sample_add, STYPE = spend_sample, SSPACE = 1024,
	FINALFUNC = spend_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_sample(activity, date) IS
	'Spend model: What spend_model(activity, date) is fitted over, to be merged with others first';

CREATE AGGREGATE spend_model(repeats bigint, mean_value double precision) (
	SFUNC = spend_sample_add, STYPE = spend_sample, SSPACE = 1024,
	FINALFUNC = spend_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_model(bigint, double precision) IS
	'Spend model: Gamma-Gamma model of the value of a purchase, by maximum likelihood; a row is one customer: how many repeat purchases, and their mean value. Customers without a repeat purchase or a positive mean are left out and counted (spend_left_out)';

CREATE AGGREGATE spend_sample(repeats bigint, mean_value double precision) (
	SFUNC = spend_sample_add, STYPE = spend_sample, SSPACE = 1024,
	FINALFUNC = spend_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_sample(bigint, double precision) IS
	'Spend model: What spend_model(bigint, double precision) is fitted over, to be merged with others first';

CREATE FUNCTION make_spend_model(p double precision, q double precision, gamma double precision)
	RETURNS spend_model
	AS 'MODULE_PATHNAME', 'user_ops_make_spend_model'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION make_spend_model(double precision, double precision, double precision) IS
	'Spend model: A Gamma-Gamma model with known parameters: shapes p and q, and a scale gamma in units of money';

CREATE FUNCTION expected_spend(model spend_model, repeats bigint, mean_value double precision)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_expected_spend'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION expected_spend(spend_model, bigint, double precision) IS
	'Spend model: The mean value of a purchase that a customer with so many repeat purchases of this mean value tends to, times the net_share of the model; without repeat purchases that of the average customer. NULL where it is undefined: a mean that is not above 0, or no repeat purchase and q at most 1';

CREATE FUNCTION expected_spend(model spend_model, activity activity, as_of date)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_expected_spend'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION expected_spend(spend_model, activity, date) IS
	'Spend model: The net amount of a purchase day that a user tends to: what such a day brings, from the purchase days after the first, times the net_share of the user, which deducts refunds on later days; NULL without a purchase day, or where it is undefined: a mean that is not above 0, or no repeat purchase and q at most 1';

CREATE FUNCTION spend_correlation(model spend_model) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_spend_correlation'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION spend_correlation(spend_model) IS
	'Spend model: Correlation of the number of repeat purchases and their mean value over the users the model was fitted over; the model takes it as 0, and is little hurt up to 0.2 or so. NULL if given by hand, or where one of the two is constant';

CREATE FUNCTION spend_left_out(model spend_model, OUT no_repeat bigint, OUT not_positive bigint)
	AS 'MODULE_PATHNAME', 'user_ops_spend_left_out'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION spend_left_out(spend_model) IS
	'Spend model: How many customers the fit left out: those without a repeat purchase, and those whose mean was not above 0; NULL if given by hand';

CREATE FUNCTION net_share(model spend_model) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_net_share'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION net_share(spend_model) IS
	'Spend model: What is left of the amounts of purchase days when refunds on later days without a purchase are deducted, over all users whose purchases are over 30 days old; 1 where there were none, or the model was given by hand or fitted over numbers';

CREATE FUNCTION net_share(model spend_model, activity activity, as_of date)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_net_share'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION net_share(spend_model, activity, date) IS
	'Spend model: What is left of the purchases of a user when refunds on later days are deducted: that of all users, drawn to the user''s own by the purchase days over 30 days old, the more the less users are alike. expected_spend and clv count with it';

CREATE FUNCTION net_share_days(model spend_model) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_net_share_days'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION net_share_days(spend_model) IS
	'Spend model: As how many purchase days of a user''s own the common net_share counts: small where some users return much and others nothing; NULL where users do not differ, or without refunds, so that all have the common share';

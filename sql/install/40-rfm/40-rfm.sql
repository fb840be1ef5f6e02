-- RFM models: cut points and means, fitted over users or given by hand.

SELECT user_ops_internal.make_state('rfm_sample', 100, 4096,
	'The RFM values of many users: a value that merges, for rfm_model. Collecting takes 16 bytes a user and at most 512 MB (33 million users, then 54000)');

SELECT user_ops_internal.make_type('rfm_model', 10, 'STORAGE = extended',
	'Where the RFM scores begin: exact cut points and means of recency, frequency and monetary value', '{NULL,NULL,NULL,value_send}');
SELECT user_ops_internal.make_equality('rfm_model', 'The same bins, users, decimals, cut points and means', 'Different bins, users, decimals, cut points or means');

-- Thresholds given by hand.

CREATE FUNCTION make_rfm_model(recency integer[], frequency bigint[], monetary numeric[] DEFAULT NULL,
							   recency_mean numeric DEFAULT NULL, frequency_mean numeric DEFAULT NULL,
							   monetary_mean numeric DEFAULT NULL)
	RETURNS rfm_model
	AS 'MODULE_PATHNAME', 'user_ops_make_rfm_model'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION make_rfm_model(integer[], bigint[], numeric[], numeric, numeric, numeric) IS
	'RFM: A model with fixed thresholds: ascending cut points, one fewer than bins; a value equal to a cut does not exceed it. The means are for rfm_bits';

CREATE FUNCTION with_cuts(model rfm_model, recency integer[] DEFAULT NULL, frequency bigint[] DEFAULT NULL,
						  monetary numeric[] DEFAULT NULL)
	RETURNS rfm_model
	AS 'MODULE_PATHNAME', 'user_ops_rfm_with_cuts'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION with_cuts(rfm_model, integer[], bigint[], numeric[]) IS
	'RFM: The model with cut points of one''s own where they are given, as many as it has: the other scores and the means stay as they were fitted';

-- Accessors.

CREATE FUNCTION bins(model rfm_model) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_rfm_bins'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bins(rfm_model) IS 'RFM: The number of bins, so the highest score';

CREATE FUNCTION n_users(model rfm_model) RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_rfm_n_users'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION n_users(rfm_model) IS
	'RFM: How many users the model was fitted over: those with a purchase day, or an active day where the source has no amounts; NULL if the thresholds were given by hand';

CREATE FUNCTION rfm_cuts(model rfm_model) RETURNS TABLE (dimension text, cut integer, value numeric)
	AS 'MODULE_PATHNAME', 'user_ops_rfm_cuts'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 12;
COMMENT ON FUNCTION rfm_cuts(rfm_model) IS
	'RFM: The cut points of each dimension; exact, but rounded to 16 decimals more where they do not end';

CREATE FUNCTION rfm_means(model rfm_model) RETURNS TABLE (dimension text, mean numeric)
	AS 'MODULE_PATHNAME', 'user_ops_rfm_means'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 3;
COMMENT ON FUNCTION rfm_means(rfm_model) IS
	'RFM: The mean of each dimension that has one; exact, but rounded to 16 decimals more where it does not end';

-- Fitting.  rfm_sample is the aggregates' state, for those who merge by hand.

CREATE FUNCTION user_ops_internal.rfm_sample_add(rfm_sample, activity, date) RETURNS rfm_sample
	AS 'MODULE_PATHNAME', 'user_ops_rfm_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.rfm_sample_add(rfm_sample, activity, date) IS
	'Transition function of rfm_model and rfm_sample';

CREATE FUNCTION user_ops_internal.rfm_sample_add(rfm_sample, activity, date, integer) RETURNS rfm_sample
	AS 'MODULE_PATHNAME', 'user_ops_rfm_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION user_ops_internal.rfm_sample_add(rfm_sample, activity, date, integer) IS
	'Transition function of rfm_model and rfm_sample';

CREATE FUNCTION rfm_model(sample rfm_sample) RETURNS rfm_model
	AS 'MODULE_PATHNAME', 'user_ops_rfm_sample_fit'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION rfm_model(rfm_sample) IS 'RFM: The model fitted over the sample';

CREATE AGGREGATE rfm_model(activity, as_of date) (
	SFUNC = rfm_sample_add, STYPE = rfm_sample, SSPACE = 4096,
	FINALFUNC = rfm_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_model(activity, date) IS
	'RFM: cut points (type-7 quantiles, five bins) and means over all users with a purchase before as_of; with an active day where the source has no amounts. One activity for each user';

CREATE AGGREGATE rfm_sample(activity, as_of date) (
	SFUNC = rfm_sample_add, STYPE = rfm_sample, SSPACE = 4096,
	FINALFUNC = rfm_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_sample(activity, date) IS
	'RFM: What rfm_model(activity, date) is fitted over, to be merged with others first';

CREATE AGGREGATE rfm_model(activity, as_of date, bins integer) (
	SFUNC = rfm_sample_add, STYPE = rfm_sample, SSPACE = 4096,
	FINALFUNC = rfm_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_model(activity, date, integer) IS
	'RFM: cut points (type-7 quantiles, 2 to 100 bins) and means over all users with a purchase before as_of; with an active day where the source has no amounts. One activity for each user';

CREATE AGGREGATE rfm_sample(activity, as_of date, bins integer) (
	SFUNC = rfm_sample_add, STYPE = rfm_sample, SSPACE = 4096,
	FINALFUNC = rfm_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_sample(activity, date, integer) IS
	'RFM: What rfm_model(activity, date, integer) is fitted over, to be merged with others first';

-- Directly over a population: the same kernel, and so the same answer.

CREATE FUNCTION rfm_model(population population, as_of date) RETURNS rfm_model
	AS 'MODULE_PATHNAME', 'user_ops_population_rfm_model'
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION rfm_model(population, date) IS
	'RFM: cut points (five bins) and means over all users of a population, as the aggregate over activity fits them';

CREATE FUNCTION rfm_model(population population, as_of date, bins integer) RETURNS rfm_model
	AS 'MODULE_PATHNAME', 'user_ops_population_rfm_model'
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION rfm_model(population, date, integer) IS
	'RFM: cut points (2 to 100 bins) and means over all users of a population';

-- Tiers of value of what rfm_model is fitted over: beside it they cost no reading of their own.

CREATE AGGREGATE user_ops_internal.rfm_users(activity, as_of date, bins integer) (
	SFUNC = rfm_sample_add, STYPE = rfm_sample, SSPACE = 4096,
	COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE user_ops_internal.rfm_users(activity, date, integer) IS
	'As rfm_sample(activity, date, integer), but for a function beside rfm_model to read at once, and not to be stored';

CREATE FUNCTION user_ops_internal.rfm_value_cuts(sample rfm_sample, shares numeric[]) RETURNS numeric[]
	AS 'MODULE_PATHNAME', 'user_ops_rfm_value_cuts'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION user_ops_internal.rfm_value_cuts(rfm_sample, numeric[]) IS
	'As value_cuts of what these users brought; NULL without amounts';

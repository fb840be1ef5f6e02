-- How long contracts are renewed: the shifted beta-geometric model (sBG).

SELECT user_ops_internal.make_state('contract_sample', 10, 1024,
	'How many were lost and kept in which period: a value that merges, for contract_model');

CREATE FUNCTION user_ops_internal.contract_sample_add(contract_sample, integer, bigint, bigint) RETURNS contract_sample
	AS 'MODULE_PATHNAME', 'user_ops_contract_sample_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.contract_sample_add(contract_sample, integer, bigint, bigint) IS
	'Transition function of contract_model and contract_sample';

CREATE FUNCTION contract_model(sample contract_sample) RETURNS contract_model
	AS 'MODULE_PATHNAME', 'user_ops_contract_sample_fit'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION contract_model(contract_sample) IS 'Contract model: The model fitted over the sample';

CREATE AGGREGATE contract_model(period integer, lost bigint, at_risk bigint) (
	SFUNC = contract_sample_add, STYPE = contract_sample, SSPACE = 1024,
	FINALFUNC = contract_model, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE contract_model(integer, bigint, bigint) IS
	'Contract model: Shifted beta-geometric model of a life table, by maximum likelihood: of at_risk customers in their period (1 is the first), how many did not renew at its end. Cohorts of any age may be given together: equal periods add up. Its n_users are those at risk in the first period given';

CREATE AGGREGATE contract_sample(period integer, lost bigint, at_risk bigint) (
	SFUNC = contract_sample_add, STYPE = contract_sample, SSPACE = 1024,
	FINALFUNC = contract_sample_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE contract_sample(integer, bigint, bigint) IS
	'Contract model: What contract_model(integer, bigint, bigint) is fitted over, to be merged with others first';

CREATE FUNCTION make_contract_model(alpha double precision, beta double precision)
	RETURNS contract_model
	AS 'MODULE_PATHNAME', 'user_ops_make_contract_model'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION make_contract_model(double precision, double precision) IS
	'Contract model: A contract model with known parameters: the chance to cancel is Beta(alpha, beta) over customers';

CREATE FUNCTION contract_retention(model contract_model, period integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_contract_retention'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION contract_retention(contract_model, integer) IS
	'Contract model: The share of the customers in their period (from 1) who renew at its end';

CREATE FUNCTION contract_survival(model contract_model, periods integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_contract_survival'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION contract_survival(contract_model, integer) IS
	'Contract model: The share of new customers who are left after so many periods';

CREATE FUNCTION contract_projection(model contract_model, periods integer)
	RETURNS TABLE (period integer, retention double precision, survival double precision)
	AS 'MODULE_PATHNAME', 'user_ops_contract_projection'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 24;
COMMENT ON FUNCTION contract_projection(contract_model, integer) IS
	'Contract model: Retention in each period and the share left after it, for the first so many periods (at most 10000)';

CREATE FUNCTION discounted_lifetime(model contract_model, discount double precision)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_discounted_lifetime'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION discounted_lifetime(contract_model, double precision) IS
	'Contract model: Discounted expected lifetime of a new customer (DEL): the payments at the start of each period, the first one now, each discounted by the rate per period. Times the margin of a period it is the lifetime value. NULL where it is infinite: discount 0 and alpha at most 1';

CREATE FUNCTION discounted_residual_lifetime(model contract_model, discount double precision,
											 period integer)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_discounted_residual_lifetime'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION discounted_residual_lifetime(contract_model, double precision, integer) IS
	'Contract model: Discounted expected residual lifetime of a customer in this period (DERL): who has renewed period - 1 times and is about to decide; the next payment counts in full, as it comes with the decision. NULL where it is infinite: discount 0 and alpha at most 1';

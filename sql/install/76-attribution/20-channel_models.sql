-- What each channel gets of all conversions, by a model of all paths.

SELECT user_ops_internal.make_state('markov_attribution', 100, 2048,
	'How often which channel follows which on the way to a conversion or to none: a value that merges; its cells are read by a function. At most 15 MB, beside the names of 1000 channels');

SELECT user_ops_internal.make_state('shapley_attribution', 100, 2048,
	'How often paths of which channels converted: a value that merges; its cells are read by a function');

CREATE TYPE shapley_worth AS ENUM ('rate', 'conversions');
COMMENT ON TYPE shapley_worth IS
	'What some channels are worth: rate, the conversion rate of the paths without other channels, times all paths; conversions, the conversions of those paths';

-- The aggregates that make them, one row for each path, or for all equal ones.

CREATE FUNCTION user_ops_internal.markov_attribution_add(markov_attribution, text[], bigint, bigint) RETURNS markov_attribution
	AS 'MODULE_PATHNAME', 'user_ops_markov_attribution_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.markov_attribution_add(markov_attribution, text[], bigint, bigint) IS
	'Transition function of markov_attribution';

CREATE FUNCTION user_ops_internal.markov_attribution_add(markov_attribution, text[], bigint, bigint, numeric) RETURNS markov_attribution
	AS 'MODULE_PATHNAME', 'user_ops_markov_attribution_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.markov_attribution_add(markov_attribution, text[], bigint, bigint, numeric) IS
	'Transition function of markov_attribution with amounts';

CREATE AGGREGATE markov_attribution(channels text[], conversions bigint, others bigint) (
	SFUNC = markov_attribution_add, STYPE = markov_attribution, SSPACE = 2048,
	FINALFUNC = markov_attribution_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_attribution(text[], bigint, bigint) IS
	'Attribution: Paths as a Markov chain of the first order, of at most 1000 channels: each row is the channels of a path in order, how often it converted and how often it did not. Rows with NULL channels are skipped; a path without channels is outside the chain, and its conversions are those of (direct)';

CREATE AGGREGATE markov_attribution(channels text[], conversions bigint, others bigint, amount numeric) (
	SFUNC = markov_attribution_add, STYPE = markov_attribution, SSPACE = 2048,
	FINALFUNC = markov_attribution_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_attribution(text[], bigint, bigint, numeric) IS
	'Attribution: Paths as a Markov chain of the first order, with the amount of the conversions of each row; NULL adds nothing';

CREATE FUNCTION user_ops_internal.shapley_attribution_add(shapley_attribution, text[], bigint, bigint, shapley_worth) RETURNS shapley_attribution
	AS 'MODULE_PATHNAME', 'user_ops_shapley_attribution_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.shapley_attribution_add(shapley_attribution, text[], bigint, bigint, shapley_worth) IS
	'Transition function of shapley_attribution';

CREATE FUNCTION user_ops_internal.shapley_attribution_add(shapley_attribution, text[], bigint, bigint, shapley_worth, numeric) RETURNS shapley_attribution
	AS 'MODULE_PATHNAME', 'user_ops_shapley_attribution_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.shapley_attribution_add(shapley_attribution, text[], bigint, bigint, shapley_worth, numeric) IS
	'Transition function of shapley_attribution with amounts';

CREATE AGGREGATE shapley_attribution(channels text[], conversions bigint, others bigint, worth shapley_worth) (
	SFUNC = shapley_attribution_add, STYPE = shapley_attribution, SSPACE = 2048,
	FINALFUNC = shapley_attribution_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_attribution(text[], bigint, bigint, shapley_worth) IS
	'Attribution: Paths for the Shapley values of their channels: each row is the channels of a path, in any order, how often it converted and how often it did not. Worth rate takes at most 12 channels, conversions any number. Rows with NULL channels are skipped; the conversions of a path without channels are those of (direct)';

CREATE AGGREGATE shapley_attribution(channels text[], conversions bigint, others bigint, worth shapley_worth, amount numeric) (
	SFUNC = shapley_attribution_add, STYPE = shapley_attribution, SSPACE = 2048,
	FINALFUNC = shapley_attribution_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_attribution(text[], bigint, bigint, shapley_worth, numeric) IS
	'Attribution: Paths for the Shapley values of their channels, with the amount of the conversions of each row; NULL adds nothing';

-- Reading them.

CREATE FUNCTION cells(attribution markov_attribution, decimals integer DEFAULT 2)
	RETURNS TABLE (channel text, removal_effect double precision, share double precision, conversions double precision, amount numeric)
	AS 'MODULE_PATHNAME', 'user_ops_markov_attribution_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 20;
COMMENT ON FUNCTION cells(markov_attribution, integer) IS
	'Attribution: A row for each channel, by name: removal_effect, the part of all conversions of the chain that is lost where each step into the channel leads nowhere; share, that by the sum of all effects; conversions and amount by share, amounts with at least so many decimals, so that they sum exactly. Last (direct), the conversions without a channel, if there are any. No conversion: no rows';

CREATE FUNCTION cells(attribution shapley_attribution, decimals integer DEFAULT 2)
	RETURNS TABLE (channel text, share double precision, conversions double precision, amount numeric)
	AS 'MODULE_PATHNAME', 'user_ops_shapley_attribution_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20;
COMMENT ON FUNCTION cells(shapley_attribution, integer) IS
	'Attribution: A row for each channel, by name: conversions, its Shapley value, which is negative where paths with the channel convert less (worth rate); share of all of them, NULL where nothing converted; amount by share, with at least so many decimals, so that they sum exactly. Last (direct), the conversions without a channel, if there are any';

-- Tiers of users by what they are worth, and how unequal that is spread.

CREATE FUNCTION value_cuts(sample value_sample, shares numeric[] DEFAULT '{0.8,0.95}') RETURNS numeric[]
	AS 'MODULE_PATHNAME', 'user_ops_value_cuts'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION value_cuts(value_sample, numeric[]) IS
	'Value: The lowest value of each tier but the last. The largest first, a value belongs to the first tier before which less than its share of all value above 0 stands; equal values share a tier. Exact. NULL over no value above 0';

CREATE FUNCTION value_tier(value numeric, cuts numeric[]) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_value_tier'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION value_tier(numeric, numeric[]) IS
	'Value: The tier of a value, by what value_cuts returned: A, B, C and so on; none for 0 and less. NULL for NULL, and for a value above 0 without cuts';

CREATE FUNCTION value_tiers(sample value_sample, shares numeric[] DEFAULT '{0.8,0.95}')
	RETURNS TABLE (tier text, users bigint, share double precision, revenue numeric, revenue_share double precision, min_value numeric, max_value numeric)
	AS 'MODULE_PATHNAME', 'user_ops_value_tiers'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 4;
COMMENT ON FUNCTION value_tiers(value_sample, numeric[]) IS
	'Value: A row for each tier, A first, and for none, whether anybody is in it or not: how many values, what part of all of them, their sum, its part of the whole (NULL where that is 0), the lowest and the highest';

CREATE FUNCTION gini(sample value_sample) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_gini'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION gini(value_sample) IS
	'Value: How unequal values are: the Gini coefficient, 0 where all are equal, 1 - 1/n where one of n has all; values below 0 count as 0. NULL over no value above 0';

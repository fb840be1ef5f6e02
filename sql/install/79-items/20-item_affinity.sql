-- Item affinity: how many users have each item, and each two together.

CREATE TYPE item_measure AS ENUM ('llr', 'cosine', 'lift', 'confidence', 'jaccard');
COMMENT ON TYPE item_measure IS
	'How much two items go together: llr, the log-likelihood ratio of Dunning (1993), by which chance is told from habit; cosine, by which to recommend; lift, how many times more than by chance; confidence, of those with the item how many have the other; jaccard, those with both of those with one';

CREATE TYPE affinity_options AS (
	half_life_days integer,
	max_items integer,
	items_from date
);
COMMENT ON TYPE affinity_options IS 'What of users'' baskets counts for an affinity; made by the function of the same name';
COMMENT ON COLUMN affinity_options.half_life_days IS 'After so many days an item weighs half as much for cosine and in popular_items; NULL: all the same';
COMMENT ON COLUMN affinity_options.max_items IS 'Of a user with more items those with the latest last day count';
COMMENT ON COLUMN affinity_options.items_from IS 'Days before it do not count; NULL: all do';

CREATE FUNCTION affinity_options(half_life_days integer DEFAULT NULL, max_items integer DEFAULT 500, items_from date DEFAULT NULL) RETURNS affinity_options
	AS 'MODULE_PATHNAME', 'user_ops_affinity_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION affinity_options(integer, integer, date) IS
	'Items: What of baskets counts, to be given by name: affinity_options(half_life_days => 30); 22023 or 22004 for bad ones. A user of m items has m * (m - 1) / 2 pairs: max_items bounds that';

SELECT user_ops_internal.make_state('item_affinity', 1000, 1048576,
	'How many users have each item, and each two together, as of a day: a value that merges; pairs, neighbours, popular_items and recommend read it. Some 2 bytes a pair, 6 with a half-life; while it is counted some 16, or 27, at most 512 MB');

CREATE FUNCTION user_ops_internal.item_affinity_add(item_affinity, basket, date) RETURNS item_affinity
	AS 'MODULE_PATHNAME', 'user_ops_item_affinity_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION user_ops_internal.item_affinity_add(item_affinity, basket, date) IS 'Transition function of item_affinity';

CREATE FUNCTION user_ops_internal.item_affinity_add(item_affinity, basket, date, affinity_options) RETURNS item_affinity
	AS 'MODULE_PATHNAME', 'user_ops_item_affinity_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION user_ops_internal.item_affinity_add(item_affinity, basket, date, affinity_options) IS 'Transition function of item_affinity';

CREATE AGGREGATE item_affinity(basket basket, as_of date) (
	SFUNC = item_affinity_add, STYPE = item_affinity, SSPACE = 1048576,
	FINALFUNC = item_affinity_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE item_affinity(basket, date) IS
	'Items: Of the baskets of all users, one each, which items they have before as_of and which together; NULLs are skipped, NULL over none. 22023 if baskets have items of different types';

CREATE AGGREGATE item_affinity(basket basket, as_of date, options affinity_options) (
	SFUNC = item_affinity_add, STYPE = item_affinity, SSPACE = 1048576,
	FINALFUNC = item_affinity_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE item_affinity(basket, date, affinity_options) IS
	'Items: The same with options: affinity_options(half_life_days => 30, max_items => 100, items_from => ''2024-01-01'')';

CREATE FUNCTION users_cut(affinity item_affinity) RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_users_cut'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION users_cut(item_affinity) IS 'Items: How many users had more than max_items items, of which not all count';

CREATE FUNCTION llr(users_both bigint, only_item bigint, only_other bigint, neither bigint) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_llr'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION llr(bigint, bigint, bigint, bigint) IS
	'Items: Log-likelihood ratio of a table of users with both items, one alone, and none: 2 * sum(O ln(O / E)), exact near independence, too (Dunning 1993); 22023 for numbers below 0. Above 10.83 by chance in one table of a thousand';

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('bigint', 'numbers', 'items are numbers'), ('text', 'texts', 'items are texts')) AS k (type, many, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION pairs(affinity item_affinity, item_type %1$s, min_users integer DEFAULT 2)
				RETURNS TABLE (item %1$s, other %1$s, users_item bigint, users_other bigint, users_both bigint, users bigint,
							   support double precision, confidence double precision, lift double precision, jaccard double precision, cosine double precision, llr double precision, positive boolean)
				AS 'MODULE_PATHNAME', 'user_ops_pairs_of_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 10000;
			COMMENT ON FUNCTION pairs(item_affinity, %1$s, integer) IS %3$L;

			CREATE FUNCTION neighbours(affinity item_affinity, item_type %1$s, measure item_measure DEFAULT 'llr', top integer DEFAULT 20, min_users integer DEFAULT 2)
				RETURNS TABLE (item %1$s, other %1$s, place integer, score double precision, users_both bigint)
				AS 'MODULE_PATHNAME', 'user_ops_neighbours_of_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 10000;
			COMMENT ON FUNCTION neighbours(item_affinity, %1$s, item_measure, integer, integer) IS %4$L;

			CREATE FUNCTION popular_items(affinity item_affinity, item_type %1$s)
				RETURNS TABLE (item %1$s, users bigint, weight double precision)
				AS 'MODULE_PATHNAME', 'user_ops_popular_items_of_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 1000;
			COMMENT ON FUNCTION popular_items(item_affinity, %1$s) IS %5$L
			$sql$, kind.type, kind.many,
			'Items: A row for each item and each other that at least min_users users have both of, by item and other; ' || kind.says || '. users: all who count. support = users_both / users, confidence = users_both / users_item, lift = users_both * users / (users_item * users_other), jaccard = users_both / (users_item + users_other - users_both); cosine of the users'' weights; llr of Dunning, 10.83 is exceeded by chance in one of a thousand; positive: more than by chance. item_type: a NULL of the type of the items; another one is 42804',
			'Items: Of each item the top others by a measure, of as high ones those with more users of both, then the smaller other; place counts from 1. By llr and lift only those that go together more than by chance. At least min_users users have both: a pair of two users is two people''s shopping, and lift ranks that first. item_type: a NULL of the type of the items; another one is 42804',
			'Items: All items by how many users have them, of as many the smaller one first; weight: those users by the age of the item''s last day, or all as 1 without a half-life. item_type: a NULL of the type of the items; another one is 42804');
	END LOOP;
END $$;

-- baskets: those of all users, grouped in one scan of the rows: a handle, as population is.

SELECT user_ops_internal.make_type('baskets', 1, $$INTERNALLENGTH = 8, PASSEDBYVALUE, ALIGNMENT = double, CATEGORY = 'o'$$,
	'All users'' baskets, grouped in one scan: a handle that is valid in the query that made it',
	'{NULL,NULL,handle_recv,handle_send}');
SELECT user_ops_internal.make_hand_over('baskets', 'baskets_agg');

CREATE FUNCTION user_ops_internal.baskets_final(internal) RETURNS baskets
	AS 'MODULE_PATHNAME', 'user_ops_baskets_final'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.baskets_final(internal) IS 'Final function of baskets_agg';

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT t.symbol || '_' || i.suffix AS symbol, concat_ws(', ', 'anyelement', i.type, t.type, t.zone) AS types,
			   'Items: All users'' baskets from ' || t.days || '; ' || i.says || '. Rows with a NULL are left out; NULL over none. Much faster than GROUP BY with basket_agg' AS says
		FROM (VALUES ('bigint', 'number', 'items are numbers'), ('text', 'text', 'items are texts of at most 255 bytes')) AS i (type, suffix, says)
		CROSS JOIN (VALUES ('date', 'date', NULL, 'dates'), ('timestamp', 'timestamp', NULL, 'local times'), ('timestamp', 'timestamptz', NULL, 'times, days in UTC'),
						   ('zoned', 'timestamptz', 'text', 'times, days in the named time zone')) AS t (symbol, type, zone, days)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.baskets_add(internal, %2$s) RETURNS internal
				AS 'MODULE_PATHNAME', 'user_ops_baskets_%1$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION user_ops_internal.baskets_add(internal, %2$s) IS 'Transition function of baskets_agg';

			CREATE AGGREGATE baskets_agg(%2$s) (
				SFUNC = baskets_add, STYPE = internal, SSPACE = -1,
				FINALFUNC = baskets_final, FINALFUNC_MODIFY = READ_WRITE,
				COMBINEFUNC = baskets_combine,
				SERIALFUNC = baskets_serialize, DESERIALFUNC = baskets_deserialize,
				PARALLEL = SAFE
			);
			COMMENT ON AGGREGATE baskets_agg(%2$s) IS %3$L
			$sql$, kind.symbol, kind.types, kind.says);
	END LOOP;
END $$;

CREATE FUNCTION users(baskets baskets, id_type anyelement)
	RETURNS TABLE (user_id anyelement, basket basket)
	AS 'MODULE_PATHNAME', 'user_ops_basket_users'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10 ROWS 100000;
COMMENT ON FUNCTION users(baskets, anyelement) IS
	'Items: A row for each user; id_type: a NULL of the type of the user ids. In a select list it streams';

CREATE FUNCTION item_affinity(baskets baskets, as_of date) RETURNS item_affinity
	AS 'MODULE_PATHNAME', 'user_ops_item_affinity_of_baskets'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION item_affinity(baskets, date) IS
	'Items: What item_affinity over the basket of each user returns, from the rows of all in one scan: item_affinity(baskets_agg(user_id, item, day), as_of). NULL of NULL';

CREATE FUNCTION item_affinity(baskets baskets, as_of date, options affinity_options) RETURNS item_affinity
	AS 'MODULE_PATHNAME', 'user_ops_item_affinity_of_baskets'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION item_affinity(baskets, date, affinity_options) IS
	'Items: The same with options';

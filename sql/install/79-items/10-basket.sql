-- The value basket: one user's items with their days.

SELECT user_ops_internal.make_type('basket', 10, $$ALIGNMENT = double, STORAGE = extended, CATEGORY = 'o'$$,
	'One user''s items, numbers or texts, with the days on which there were rows of them and how many; some 4 bytes an item and day, and those of texts. items and favourite read it for any day; it merges');
SELECT user_ops_internal.make_bytea_casts('basket', 10, 'Items: A basket');
SELECT user_ops_internal.make_value_order('basket', 'a basket', 'baskets', 'The same items on the same days', 'Other items or other days');

CREATE FUNCTION merge(a basket, b basket) RETURNS basket
	AS 'MODULE_PATHNAME', 'user_ops_basket_merge'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION merge(basket, basket) IS
	'Items: The rows of both baskets, such as those of one person''s two accounts; NULL counts as nobody; 22023 if one has numbers and the other texts';

CREATE OPERATOR || (
	LEFTARG = basket, RIGHTARG = basket, FUNCTION = merge, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (basket, basket) IS 'The rows of both baskets';

CREATE FUNCTION user_ops_internal.basket_final(basket) RETURNS basket
	AS 'MODULE_PATHNAME', 'user_ops_basket_final'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.basket_final(basket) IS 'Final function of basket_agg and rollup';

CREATE AGGREGATE rollup(basket) (
	SFUNC = merge, STYPE = basket, SSPACE = 256,
	FINALFUNC = basket_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(basket) IS
	'Items: All baskets in one: of one person, or of a family or company; NULL over none';

-- basket_agg(item, day [, time_zone]): one aggregate for each type of item and time.
-- Readings name the type of the items by a NULL of it.

DO $$
DECLARE
	kind record;
	moment record;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('bigint', 'number', 'numbers', 'items are numbers'), ('text', 'text', 'texts', 'items are texts of at most 255 bytes, by which they are told apart')) AS k (type, suffix, many, says)
	LOOP
		FOR moment IN
			SELECT *, concat_ws(', ', kind.type, type, zone) AS types, concat_ws(', ', 'item ' || kind.type, name || ' ' || type, 'time_zone ' || zone) AS arguments
			FROM (VALUES ('date', 'day', 'date', NULL, 'dates'),
						 ('timestamp', 'event_time', 'timestamp', NULL, 'local times'),
						 ('timestamp', 'event_time', 'timestamptz', NULL, 'times, days in UTC'),
						 ('zoned', 'event_time', 'timestamptz', 'text', 'times, days in the named time zone')
				 ) AS t (symbol, name, type, zone, days)
		LOOP
			EXECUTE format($sql$
				CREATE FUNCTION user_ops_internal.basket_add(basket, %2$s) RETURNS basket
					AS 'MODULE_PATHNAME', 'user_ops_basket_%1$s_%4$s'
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
				COMMENT ON FUNCTION user_ops_internal.basket_add(basket, %2$s) IS 'Transition function of basket_agg';

				CREATE AGGREGATE basket_agg(%3$s) (
					SFUNC = basket_add, STYPE = basket, SSPACE = 256,
					FINALFUNC = basket_final, COMBINEFUNC = merge, PARALLEL = SAFE
				);
				COMMENT ON AGGREGATE basket_agg(%2$s) IS %5$L
				$sql$, moment.symbol, moment.types, moment.arguments, kind.suffix,
				'Items: One user''s items with their days, from ' || moment.days || '; ' || kind.says || '. Rows with a NULL are skipped; NULL over none. At most 1,000,000 items, 54000');
		END LOOP;

		EXECUTE format($sql$
			CREATE FUNCTION items(basket basket, as_of date, item_type %1$s)
				RETURNS TABLE (item %1$s, events bigint, first_day date, last_day date)
				AS 'MODULE_PATHNAME', 'user_ops_basket_items_of_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 ROWS 10;
			COMMENT ON FUNCTION items(basket, date, %1$s) IS %4$L;

			CREATE FUNCTION favourite(basket basket, as_of date, item_type %1$s, half_life_days integer DEFAULT NULL,
									  OUT favourite %1$s, OUT events bigint, OUT share double precision, OUT items bigint, OUT entropy double precision, OUT last_day date)
				AS 'MODULE_PATHNAME', 'user_ops_basket_favourite_%3$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
			COMMENT ON FUNCTION favourite(basket, date, %1$s, integer) IS %5$L
			$sql$, kind.type, kind.many, kind.suffix,
			'Items: A row for each item before as_of, by item, with its rows and its first and last day; ' || kind.says || '. item_type: a NULL of the type of the items; another one is 42804. No rows of NULL',
			'Items: The item with the most rows before as_of, or with half_life_days the largest sum of weights, 65536 * 2^(-age / half_life_days) a row, rounded; of equal ones the one with the later last day, then the smaller one. share of all rows or weights, items in all, entropy -sum(p ln p): 0 is one thing only; NULL where nothing weighs anything any more. NULL where there is nothing before as_of. item_type: a NULL of the type of the items; another one is 42804');
	END LOOP;
END $$;

CREATE FUNCTION n_items(basket basket, as_of date DEFAULT 'infinity') RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_basket_n_items'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION n_items(basket, date) IS 'Items: How many items there were before as_of';

CREATE FUNCTION events(basket basket, as_of date DEFAULT 'infinity') RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_basket_events'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION events(basket, date) IS 'Items: Number of rows of all items before as_of';

CREATE FUNCTION first_day(basket basket, as_of date DEFAULT 'infinity') RETURNS date
	AS 'MODULE_PATHNAME', 'user_ops_basket_first_day'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION first_day(basket, date) IS 'Items: First day with an item before as_of; NULL if there is none';

CREATE FUNCTION last_day(basket basket, as_of date DEFAULT 'infinity') RETURNS date
	AS 'MODULE_PATHNAME', 'user_ops_basket_last_day'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION last_day(basket, date) IS 'Items: Last day with an item before as_of; NULL if there is none';

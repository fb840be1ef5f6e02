SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand. ann has tea on January 2 (twice) and 6, milk on 3 and 8, and bread on 9; rows with a NULL are skipped.
CREATE TEMP TABLE rows (item text, day date);
INSERT INTO rows VALUES ('tea', '2024-01-06'), ('milk', '2024-01-03'), ('tea', '2024-01-02'), ('bread', '2024-01-09'), ('tea', '2024-01-02'), ('milk', '2024-01-08'), (NULL, '2024-01-01'), ('tea', NULL);
CREATE TEMP TABLE ann AS SELECT basket_agg(item, day) AS basket FROM rows;
SELECT i.* FROM ann, items(basket, '2024-02-01', NULL::text) AS i;
-- As of a day: rows of it and behind it do not exist; infinity is all days.
SELECT as_of, n_items(basket, as_of), events(basket, as_of), first_day(basket, as_of), last_day(basket, as_of), (SELECT string_agg(format('%s %s', item, events), ', ') FROM items(basket, as_of, NULL::text)) AS items
FROM ann, unnest('{-infinity,2024-01-02,2024-01-03,2024-01-06,2024-01-07,2024-01-09,infinity}'::date[]) AS as_of;
SELECT n_items(basket), events(basket), first_day(basket), last_day(basket) FROM ann;
-- The favourite has most rows. On January 7 tea has 3 of 4, the 8th makes no difference before the 9th, when milk has 2 of 5.
SELECT as_of, f.favourite, f.events, round(f.share::numeric, 4) AS share, f.items, round(f.entropy::numeric, 4) AS entropy, f.last_day FROM ann, unnest('{2024-01-02,2024-01-03,2024-01-07,2024-01-09,infinity}'::date[]) AS as_of, favourite(basket, as_of, NULL::text) AS f;
-- Of as many the later last day wins, then the smaller one by bytes, whatever the collation.
SELECT f.favourite, f.events, round(f.share::numeric, 4) AS share, f.items, round(f.entropy::numeric, 4) AS entropy, f.last_day FROM (SELECT basket_agg(item, day) AS b FROM (VALUES ('b', date '2024-01-04'), ('a', '2024-01-04'), ('C', '2024-01-04')) AS v (item, day)) AS s, favourite(b, '2024-02-01', NULL::text) AS f;
SELECT (favourite(basket_agg(item, day), '2024-02-01', NULL::text)).favourite FROM (VALUES ('b', date '2024-01-05'), ('a', '2024-01-04'), ('C', '2024-01-04')) AS v (item, day);
-- With a half-life of 2 days as of January 10 weights are 65536 * 2^(-age / 2): tea has ages 7, 7, 3, so 2 * 5793 + 23170 = 34756; milk 6 and 1, 8192 + 46341 = 54533; bread 0, 65536.
SELECT f.favourite, f.events, f.share = 65536.0 / (34756 + 54533 + 65536) AS share, f.items FROM ann, favourite(basket, '2024-01-10', NULL::text, 2) AS f;
-- A hundred years later nothing weighs anything: the latest one, without a share.
SELECT f.* FROM ann, favourite(basket, '2124-01-10', NULL::text, 2) AS f;
-- The value, by hand: version, kind (1: texts), first day 2024-01-02 is 8767 (zigzag 17534, fe8801); bread: size 05, its bytes, 7 days later: 7 << 2; milk: gap 1, another follows: 1 << 2 | 2, 4 days between: 4 << 2;
-- tea: gap 0, another follows, twice: 3, 0 more than two; 3 days between: 3 << 2.
--	01 01 fe8801	05 6272656164 1c	04 6d696c6b 06 10	03 746561 03 00 0c
SELECT basket::bytea FROM ann;
SELECT basket::text::basket = basket AS text, basket::bytea::basket = basket AS bytes, basket <> merge(basket, basket) AS other FROM ann;
-- Numbers: zigzag of the first one, others by how far they are, less 1. -3 (05) and 4 (06) on 2024-01-01 (8766, fc8801), 4 once more on the 2nd.
SELECT basket_agg(item, day)::bytea FROM (VALUES (4, date '2024-01-02'), (4, '2024-01-01'), (-3, '2024-01-01')) AS v (item, day);
SELECT i.* FROM (SELECT basket_agg(item, '2024-01-01'::date) AS b FROM (VALUES (9223372036854775807), (-9223372036854775808), (0)) AS v (item)) AS s, items(b, 'infinity', NULL::bigint) AS i;
SELECT (favourite(basket_agg(item::smallint, day), '2024-02-01', NULL::bigint)).favourite FROM (VALUES (7, date '2024-01-01'), (3, '2024-01-01')) AS v (item, day);
-- Types of times, of which days are taken in UTC, or in a zone; varchar is text.
SELECT basket_agg(item, day) = basket_agg(item, day::timestamp + time '23:00') AS timestamp,
	   basket_agg(item, day) = basket_agg(item, (day + time '23:00') AT TIME ZONE 'UTC') AS utc,
	   basket_agg(item, day) = basket_agg(item, (day + time '05:00') AT TIME ZONE 'Asia/Tokyo', 'Asia/Tokyo') AS tokyo,
	   basket_agg(item, day) = basket_agg(item, (day + time '05:00') AT TIME ZONE 'Asia/Tokyo') AS tokyo_in_utc,
	   basket_agg(item, day) = basket_agg(item::varchar, day) AS varchar,
	   basket_agg(length(item), day) = basket_agg(length(item)::bigint, day::timestamp) AS integer,
	   basket_agg(length(item), day) = basket_agg(length(item), (day + time '05:00') AT TIME ZONE 'Asia/Tokyo', 'Asia/Tokyo') AS integer_in_tokyo
FROM rows;
-- Nobody, and nothing yet.
SELECT basket_agg(item, day) IS NULL AS nobody, n_items(NULL) IS NULL AS n_items, favourite(NULL, '2024-01-01', NULL::text) IS NULL AS favourite, rollup(NULL::basket) IS NULL AS rollup FROM rows WHERE item IS NULL OR day IS NULL;
SELECT (SELECT count(*) FROM items(NULL, '2024-01-01', NULL::text)) AS items, (SELECT count(*) FROM ann, items(basket, '2024-01-01', NULL::text)) AS before, favourite(basket, '2024-01-01', NULL::text) IS NULL AS favourite, last_day(basket, '2024-01-02') IS NULL AS last_day FROM ann;
-- Two baskets of one person, in any order, in parts.
CREATE TEMP TABLE crowd AS SELECT u, n % 3 AS part, date '2024-01-01' + (u * n * 37 % 100) AS day, (u * n * n) % 17 AS item FROM generate_series(1, 40) AS u, generate_series(1, 90) AS n WHERE n <= 1 + 2 * u;
CREATE TEMP TABLE parts AS SELECT u, part, basket_agg(item, day ORDER BY day) AS n, basket_agg('item ' || item, day ORDER BY day) AS t FROM crowd GROUP BY u, part;
SELECT count(*) AS people, count(*) FILTER (WHERE (n, t) = (SELECT rollup(p.n ORDER BY part DESC), rollup(p.t ORDER BY part) FROM parts AS p WHERE p.u = s.u)) AS direct,
	   count(*) FILTER (WHERE t = (SELECT rollup(p.t::text::basket) FROM parts AS p WHERE p.u = s.u)) AS text,
	   count(*) FILTER (WHERE n = (SELECT rollup(p.n::bytea::basket ORDER BY part) FROM parts AS p WHERE p.u = s.u)) AS bytes,
	   count(*) FILTER (WHERE t IS NOT DISTINCT FROM (SELECT max(CASE part WHEN 0 THEN p.t::text END)::basket || max(CASE part WHEN 1 THEN p.t::text END)::basket || max(CASE part WHEN 2 THEN p.t::text END)::basket FROM parts AS p WHERE p.u = s.u)) AS operator
FROM (SELECT u, basket_agg(item, day) AS n, basket_agg('item ' || item, day) AS t FROM crowd GROUP BY u) AS s;
-- The same as grouping says, of numbers as of texts.
SELECT count(*) FROM (SELECT u, i.* FROM (SELECT u, basket_agg(item, day) AS b FROM crowd GROUP BY u) AS s, items(b, '2024-02-20', NULL::bigint) AS i EXCEPT SELECT u, item, count(*), min(day), max(day) FROM crowd WHERE day < '2024-02-20' GROUP BY u, item) AS d;
SELECT count(*) FROM (SELECT u, item, count(*), min(day), max(day) FROM (SELECT u, 'item ' || item AS item, day FROM crowd) AS c WHERE day < '2024-02-20' GROUP BY u, item EXCEPT SELECT u, i.* FROM (SELECT u, basket_agg('item ' || item, day) AS b FROM crowd GROUP BY u) AS s, items(b, '2024-02-20', NULL::text) AS i) AS d;
-- Baskets can be grouped and sorted.
SELECT count(*) AS baskets, count(DISTINCT b) AS different FROM (SELECT basket_agg(u % 3, '2024-01-01'::date) AS b FROM generate_series(1, 40) AS u GROUP BY u ORDER BY b) AS s;
-- Bytes that are none.
SELECT what, pg_temp.problem(format('SELECT %L::bytea::basket', bytes)) AS problem
FROM ann, LATERAL (SELECT basket::bytea AS v) AS s, LATERAL (VALUES ('nothing', ''::bytea), ('version', set_byte(v, 0, 2)), ('kind', set_byte(v, 1, 2)), ('cut off', substr(v, 1, 20)), ('no item', substr(v, 1, 5)), ('not ascending', set_byte(v, 6, 122)), ('a zero', set_byte(v, 7, 0)),
	('no row of the first day', set_byte(v, 23, 7)), ('a longer text', set_byte(v, 5, 200)), ('more', v || '\x01')) AS c (what, bytes);
SELECT pg_temp.problem($$SELECT 'nonsense!'::basket$$) AS text_input;
-- A text that the encoding does not have comes out as an error.
SELECT pg_temp.answer(format('SELECT count(item) FROM items(%L::bytea::basket, %L, NULL::text)', set_byte(v, 6, 255), '2024-02-01')) AS answer FROM (SELECT basket_agg('a', '2024-01-01'::date)::bytea AS v) AS s;
-- Errors.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT count(*) FROM ann, items(basket, ''2024-01-01'', NULL::bigint)'), ('SELECT count(*) FROM (SELECT basket_agg(1, ''2024-01-01''::date) AS b) AS s, items(b, ''2024-01-01'', NULL)'), ('SELECT favourite(basket, ''2024-01-01'', NULL::bigint) FROM ann'),
	('SELECT basket || other FROM ann, (SELECT basket_agg(1, ''2024-01-01''::date) AS other) AS o'), ('SELECT rollup(b) FROM (SELECT basket FROM ann UNION ALL SELECT basket_agg(1, ''2024-01-01''::date)) AS s (b)'),
	('SELECT count(*) FROM ann, items(basket, NULL, NULL::text)'), ('SELECT favourite(basket, NULL, NULL::text) FROM ann'), ('SELECT favourite(basket, ''infinity'', NULL::text, 7) FROM ann'), ('SELECT favourite(basket, ''2024-01-01'', NULL::text, 0) FROM ann'),
	('SELECT basket_agg(1, ''infinity''::date)'), ('SELECT basket_agg(''a'', ''-infinity''::timestamp)'), ('SELECT basket_agg(1, ''infinity''::timestamptz)'), ('SELECT basket_agg(1, ''2024-01-01''::timestamptz, NULL)'), ('SELECT basket_agg(1, ''2024-01-01''::timestamptz, ''UTC+8'')'),
	('SELECT basket_agg(repeat(''x'', 256), ''2024-01-01''::date)'), ('SELECT n_items(basket_agg(repeat(''x'', 255), ''2024-01-01''::date))'), ('SELECT n_items(basket_agg(n, ''2024-01-01''::date)) FROM generate_series(1, 1000000) AS n'), ('SELECT n_items(basket_agg(n, ''2024-01-01''::date)) FROM generate_series(0, 1000000) AS n'),
	('SELECT user_ops_internal.basket_add(NULL, 1, ''2024-01-01''::date)')) AS v (q);

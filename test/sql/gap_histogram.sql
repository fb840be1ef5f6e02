SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand, before February 1:
--	ann	buys on the 1st, 2nd, 4th, 11th and 12th: gaps of 1, 2, 7 and 1 days; her visit on the 3rd and refund on the 5th are none
--	bob	buys on the 1st and 31st: a gap of 30
--	cid	from a source without amounts, active on the 1st, 9th and 10th: gaps of 8 and 1
--	dan	bought once, and again on February 1: no gap yet
--	eve	only looks: no gap
CREATE TEMP TABLE people (name text, activity activity);
INSERT INTO people VALUES
	('ann', 'amounts {2024-01-01:1:1:5,2024-01-02:2:2:5,2024-01-03:1,2024-01-04:1:1:0,2024-01-05:1:0:-5,2024-01-11:1:1:5,2024-01-12:1:1:5}'),
	('bob', 'amounts {2024-01-01:1:1:5,2024-01-31:1:1:5}'),
	('cid', '{2024-01-01:1,2024-01-09:3,2024-01-10:1}'),
	('dan', 'amounts {2024-01-05:1:1:5,2024-02-01:1:1:5}'),
	('eve', 'amounts {2024-01-05:1,2024-01-06:1}'),
	('fay', NULL);
SELECT c.from_days, to_days, gaps, users, share::numeric(5,4) FROM cells((SELECT gap_histogram(activity, '2024-02-01', '{1,2,8,31}') FROM people)) c;
-- Both ends of a bracket belong to it: 7, 8 and 30 days change theirs.
SELECT c.from_days, to_days, gaps, users FROM cells((SELECT gap_histogram(activity, '2024-02-01', '{1,2,7,9,30}') FROM people)) c;
SELECT c.from_days, to_days, gaps, users, share FROM cells((SELECT gap_histogram(activity, '2024-02-01', '{1}') FROM people)) c;
-- as_of is not observed; from it on dan is back after 27 days.
SELECT string_agg(c.gaps || '/' || c.users, ' ') FROM cells((SELECT gap_histogram(activity, '2024-01-31', '{1,2,8,31}') FROM people)) c;
SELECT string_agg(c.gaps || '/' || c.users, ' ') FROM cells((SELECT gap_histogram(activity, '2024-02-02', '{1,2,8,31}') FROM people)) c;
-- The value itself: version, as_of, brackets; as short as it gets.
SELECT gap_histogram(activity, '2024-02-01', '{1,2,8,31}')::bytea FROM people;
SELECT gap_histogram(activity, '2024-01-01', '{1,200}')::bytea FROM people;
--
-- Edges
--
SELECT gap_histogram(activity, '2024-02-01', '{1}') IS NULL AS nobody FROM people WHERE false;
SELECT gap_histogram(activity, '2024-02-01', '{1}') FILTER (WHERE false) IS NULL AS nobody FROM people;
SELECT gap_histogram(activity, '2024-02-01', '{1}') IS NULL AS only_nulls FROM people WHERE name = 'fay';
SELECT count(*) AS no_histogram FROM cells(NULL::gap_histogram);
-- Users without a gap: every bracket is listed, and there is nothing to have a share of.
SELECT c.* FROM cells((SELECT gap_histogram(activity, '2024-02-01', '{1,8}') FROM people WHERE name >= 'dan')) c;
-- The longest gap there can be, and brackets beyond.
SELECT c.from_days, to_days, gaps, users FROM cells((SELECT gap_histogram('{-4713-11-24:1,5874897-12-30:1}'::activity, '5874897-12-31', '{1,2147483491,2147483492,2147483647}'))) c;
SELECT date '5874897-12-30' - date '4714-11-24 BC' AS days;
SELECT count(*) AS brackets, sum(gaps) AS gaps, max(from_days) FILTER (WHERE gaps > 0) AS of_days
FROM (SELECT gap_histogram('{2024-01-01:1,2024-02-10:1}'::activity, '2024-03-01', ARRAY(SELECT generate_series(1, 1000))) AS h) s, cells(h);
-- Subscripts of an array, and what it has beside its elements, do not matter.
SELECT gap_histogram(activity, '2024-02-01', '[5:6]={1,8}') = gap_histogram(activity, '2024-02-01', '{1,8}') AS same,
	   gap_histogram(activity, '2024-02-01', array_remove('{1,NULL,8}'::int[], NULL)) = gap_histogram(activity, '2024-02-01', '{1,8}') AS null_removed FROM people;
-- Rows and splits in any order give the same bytes, through text and binary too.
CREATE TEMP TABLE crowd AS
	SELECT u, CASE u % 3 WHEN 0 THEN activity_agg(day) ELSE activity_agg(day, CASE WHEN g % 4 > 0 THEN u * g - 50 END) END AS a
	FROM (SELECT u, g, date '2023-12-20' + (u * g * 37 + g * g) % 130 AS day
		  FROM generate_series(1, 60) u, generate_series(1, 1 + u % 9) g) e GROUP BY u;
CREATE TEMP TABLE asked AS SELECT date '2023-12-22' + 6 * n AS o, b::integer[] FROM generate_series(0, 25) n, (VALUES ('{1}'), ('{1,2,4,8,15,31,61}')) v (b);
CREATE TEMP TABLE whole AS SELECT o, b, gap_histogram(a, o, b) AS h FROM asked, crowd GROUP BY o, b;
CREATE TEMP TABLE parts AS SELECT o, b, u % 4 AS part, gap_histogram(a, o, b ORDER BY u DESC) AS h FROM asked, crowd GROUP BY o, b, part;
SELECT count(*) AS asked,
	   count(*) FILTER (WHERE w.h = (SELECT rollup(h ORDER BY part) FROM parts p WHERE p.o = w.o AND p.b = w.b)) AS direct,
	   count(*) FILTER (WHERE w.h = (SELECT rollup(h::text::gap_histogram) FROM parts p WHERE p.o = w.o AND p.b = w.b)) AS text,
	   count(*) FILTER (WHERE w.h = (SELECT rollup(h::bytea::gap_histogram ORDER BY -part) FROM parts p WHERE p.o = w.o AND p.b = w.b)) AS binary,
	   count(*) FILTER (WHERE w.h::text::gap_histogram::bytea = w.h::bytea) AS text_and_back,
	   count(*) FILTER (WHERE w.h <> w.h) AS unlike
FROM whole w;
SELECT count(*) FILTER (WHERE a.h || b.h = merge(b.h, a.h)) = count(*) AS commutes,
	   count(*) FILTER (WHERE a.h || NULL = a.h AND NULL || a.h = a.h) = count(*) AS null_is_nobody
FROM parts a JOIN parts b USING (o, b);
-- Running and sliding windows, and beside another aggregate.
SELECT bool_and(running = (SELECT gap_histogram(c.a, '2024-03-13', '{1,8}') FROM crowd c WHERE c.u <= r.u)) AS running,
	   bool_and(sliding = (SELECT gap_histogram(c.a, '2024-03-13', '{1,8}') FROM crowd c WHERE c.u BETWEEN r.u - 3 AND r.u)) AS sliding
FROM (SELECT u, gap_histogram(a, '2024-03-13', '{1,8}') OVER (ORDER BY u) AS running,
			 gap_histogram(a, '2024-03-13', '{1,8}') OVER (ORDER BY u ROWS 3 PRECEDING) AS sliding FROM crowd) r;
SELECT gap_histogram(a, '2024-03-13', '{1,8}') = (SELECT gap_histogram(a, '2024-03-13', '{1,8}') FROM crowd) AS same, count(*) FROM crowd;
CREATE TABLE gap_crowd AS SELECT * FROM crowd;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT count(*) FILTER (WHERE h = (SELECT gap_histogram(a, '2024-03-15', '{1}') FROM gap_crowd)) AS parallel FROM whole WHERE o = '2024-03-15' AND b = '{1}';
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
DROP TABLE gap_crowd;
-- A population says the same as its users one by one.
CREATE TEMP TABLE events AS SELECT i % 40 AS u, date '2024-01-01' + (i * i) % 97 AS day, CASE WHEN i % 3 > 0 THEN i % 50 - 5 END AS paid FROM generate_series(1, 900) i;
SELECT gap_histogram(p, '2024-03-13', '{1,2,4,8,15,31,61}') = (
		SELECT gap_histogram(a, '2024-03-13', '{1,2,4,8,15,31,61}') FROM (SELECT activity_agg(day, paid) AS a FROM events GROUP BY u) s) AS with_amounts
FROM (SELECT population_agg(u, day, paid) AS p FROM events) s;
SELECT gap_histogram(p, '2024-03-13', '{1,2,4,8,15,31,61}') = (
		SELECT gap_histogram(a, '2024-03-13', '{1,2,4,8,15,31,61}') FROM (SELECT activity_agg(day) AS a FROM events GROUP BY u) s) AS without
FROM (SELECT population_agg(u, day) AS p FROM events) s;
SELECT gap_histogram(NULL::population, '2024-03-13', '{1}') IS NULL AS nobody;
--
-- The view
--
CREATE SCHEMA gap_test;
SET search_path = gap_test;
--	ann	as above, in one shop; bob in the other
CREATE TABLE gap_test.orders (chain text, who text, day date, paid numeric);
INSERT INTO orders VALUES ('x', 'ann', '2024-01-01', 5), ('x', 'ann', '2024-01-02', 5), ('x', 'ann', '2024-01-03', NULL), ('x', 'ann', '2024-01-04', 0),
	('x', 'ann', '2024-01-05', -5), ('x', 'ann', '2024-01-11', 5), ('x', 'ann', '2024-01-12', 5), ('y', 'bob', '2024-01-01', 5), ('y', 'bob', '2024-01-31', 5),
	('y', 'bob', '2024-02-01', 5);
SELECT count(*) > 20 AS made FROM user_ops.create_views('orders', 'who', 'day', 'paid', 'shop', as_of => '2024-02-01');
SELECT * FROM shop.purchase_gaps ORDER BY from_days;
SELECT count(*) > 20 AS made FROM user_ops.create_views('orders', 'who', 'day', 'paid', 'spot', as_of => '2024-02-01', stored => false);
SELECT count(*) AS same_on_the_spot FROM (TABLE shop.purchase_gaps INTERSECT TABLE spot.purchase_gaps) s;
-- without amounts: active days: ann's gaps are 1, 1, 1, 1, 6 and 1 days
SELECT count(*) > 20 AS made FROM user_ops.create_views('orders', 'who', 'day', target_schema => 'visits', as_of => '2024-02-01');
SELECT from_days, gaps, users FROM visits.purchase_gaps WHERE gaps > 0 ORDER BY from_days;
-- tenants, each by itself
SELECT count(*) > 20 AS made FROM user_ops.create_views('orders', 'who', 'day', 'paid', 'chains', as_of => '2024-02-01', tenant => 'chain');
SELECT chain, count(*) AS ranges, sum(gaps) AS gaps, sum(share) AS share, max(from_days) FILTER (WHERE gaps > 0) AS longest_from FROM chains.purchase_gaps GROUP BY chain ORDER BY chain;
-- nobody
SELECT count(*) > 20 AS made FROM user_ops.create_views('orders', 'who', 'day', 'paid', 'shop', as_of => '2024-01-01');
SELECT count(*) AS ranges, sum(gaps) AS gaps, count(share) AS shares FROM shop.purchase_gaps;
SET client_min_messages = warning;
DROP SCHEMA shop, spot, visits, chains, gap_test CASCADE;
SET search_path = user_ops, public;
--
-- Errors
--
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT gap_histogram(activity, NULL, ''{1}'') FROM people'),
	('SELECT gap_histogram(NULL::activity, NULL, ''{1}'') FROM people'),
	('SELECT gap_histogram(activity, ''infinity'', ''{1}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', NULL) FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ''{}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ''{1,NULL}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ''{{1},{2}}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ''{0,8}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ''{2,8}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ''{1,8,8}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ''{1,8,-1}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ARRAY(SELECT generate_series(1, 1001))) FROM people'),
	('SELECT gap_histogram(activity, date ''2024-02-01'' + length(name || activity::text), ''{1}'') FROM people'),
	('SELECT gap_histogram(activity, ''2024-02-01'', ARRAY[1, 2 + length(activity::text)]) FROM people'),
	('SELECT gap_histogram(p, NULL, ''{1}'') FROM (SELECT population_agg(u, day) AS p FROM events) s'),
	('SELECT gap_histogram(p, ''2024-02-01'', ''{8}'') FROM (SELECT population_agg(u, day) AS p FROM events) s'),
	('SELECT merge(a.h, b.h) FROM whole a, whole b WHERE a.o = b.o'),
	('SELECT rollup(h) FROM whole WHERE b = ''{1}'''),
	('SELECT merge(x, ''\x010002010180010101''::gap_histogram) FROM (SELECT ''\x0100020101000101''::gap_histogram) v (x)'),
	('SELECT merge(x, x) FROM (SELECT ''\x01000180808080808080804001''::gap_histogram) v (x)')) v (statement);
SELECT input, pg_temp.problem(format('SELECT %L::user_ops.gap_histogram', input)) FROM (VALUES
	(''), ('\x'), ('01'), ('\x01'), ('\x0g'), ('\x02000100'), ('\x00000100'), ('\x010000'), ('\x0100e907'), ('\x01000100'), ('\x0100010000'), ('\x01000101'),
	('\x0100010100'), ('\x0100010102'), ('\x0100010201'), ('\x0100010202'), ('\x010001020100'), ('\x010001820001'), ('\x0100020000'), ('\x010002000000'),
	('\x01000200feffffff0700'), ('\x01000200fdffffff0700'), ('\x01000300fdffffff070000'), ('\x01000300fdffffff07000000'), ('\x0100018080808080808080c00001'), ('\x01000180808080808080804001'),
	('\x01000181808080808080804001'), ('\x010002808080808080808040010000'), ('\x01000280808080808080804001000101'), ('\x01ffffffff0f0100')) v (input);
SELECT left(pg_temp.problem(format('SELECT %L::bytea::user_ops.gap_histogram', '\x02')), 70);
-- Cut off anywhere, a value is refused.
SELECT count(*) = length(h::bytea) AS all_refused
FROM whole, generate_series(0, length(h::bytea) - 1) AS size
WHERE o = '2024-03-15' AND b <> '{1}'
  AND pg_temp.problem(format('SELECT %L::user_ops.gap_histogram', '\x' || encode(substr(h::bytea, 1, size), 'hex'))) LIKE '22P02%'
GROUP BY h::bytea;

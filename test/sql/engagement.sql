SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand, the first days of January:
--	ann	1 2 . . . . . . 9		in the week of 1 to 15: back after 7 days, never left
--	bob	. . 3 . . . . . . . 11	in the week of 3 to 9, back on the 11th, after 8 days
--	cid	. . . . . . . . . 10	refunds only
--	dan	the 13th only: not before as_of
CREATE TEMP TABLE people (name text, activity activity);
INSERT INTO people VALUES
	('ann', 'amounts {2024-01-01:1,2024-01-02:3:2:10.50,2024-01-09:1:1:0}'),
	('bob', 'amounts {2024-01-03:2:1:5,2024-01-11:1:1:7.25}'),
	('cid', 'amounts {2024-01-10:2:0:-3}'),
	('dan', 'amounts {2024-01-13:1:1:100}'),
	('eve', NULL);
SELECT c.day, dau, wau, mau, stickiness::numeric(5,4), new_users, events, purchases, paying_users, revenue
FROM cells((SELECT engagement(activity, '2024-01-13') FROM people)) c;
-- A window ends after 7 and after 30 days; one day less between visits, and nobody leaves.
SELECT c.day, dau, wau, mau, stickiness::numeric(5,4), revenue
FROM cells((SELECT engagement(a::activity, '2024-03-12') FROM (VALUES
	('{2024-01-01:1,2024-01-08:1,2024-02-07:1}'), ('{2024-01-01:1,2024-01-09:1,2024-02-09:1}')) v (a))) c
WHERE (c.day - date '2024-01-01') IN (0, 6, 7, 8, 14, 15, 36, 37, 38, 39, 43, 44, 45, 46, 66, 67, 68, 69, 70);
-- Amounts beside a source without: it has none, and counts.
SELECT c.* FROM cells((SELECT engagement(a::activity, '2024-01-03') FROM (VALUES
	('{2024-01-01:4}'), ('amounts {2024-01-02:1:1:0.125}')) v (a))) c;
SELECT c.* FROM cells((SELECT engagement(a::activity, '2024-01-02') FROM (VALUES
	('{2024-01-01:4}'), ('amounts {2024-01-02:1:1:0.125}')) v (a))) c;
-- The value itself: version, flags, as_of, days; as short as it gets.
SELECT engagement(activity, '2024-01-05')::bytea FROM people;
SELECT engagement('amounts {2024-01-01:1:1:1.50,2024-01-02:1:0:-1.50}'::activity, '2024-01-02')::bytea,
	   engagement('amounts {2024-01-01:1:1:1.50,2024-01-02:1:0:-0.125}'::activity, '2024-01-02')::bytea AS same;
--
-- Edges
--
SELECT engagement(activity, '2024-01-06') IS NULL AS nobody FROM people WHERE false;
SELECT engagement(activity, '2024-01-06') FILTER (WHERE false) IS NULL AS nobody FROM people;
SELECT engagement(activity, '2024-01-06') IS NULL AS only_nulls FROM people WHERE name = 'eve';
SELECT count(*) AS nobody_yet FROM cells((SELECT engagement(activity, '2024-01-01') FROM people));
SELECT engagement(activity, '2024-01-01')::bytea AS nobody_yet FROM people;
SELECT c.day, dau, wau, mau FROM cells((SELECT engagement(activity, '2024-01-02') FROM people)) c;
-- Days between users are all listed, on which there is nobody to be sticky.
SELECT count(*) AS days, sum(dau) AS dau, sum(wau) AS wau, sum(mau) AS mau, min(c.day), max(c.day),
	   count(*) FILTER (WHERE mau = 0 AND stickiness IS NULL AND revenue = 0) AS empty, sum(revenue) AS revenue
FROM cells((SELECT engagement('amounts {2020-02-29:1:1:1.5,2024-02-29:1:1:2.5}'::activity, '2024-03-01'))) c;
-- The first and the last days there are.
SELECT c.day, dau, wau, mau FROM cells((SELECT engagement('{-4713-11-24:1}'::activity, '4714-11-25 BC'))) c;
SELECT c.day, dau, wau, mau FROM cells((SELECT engagement('{-4713-11-24:1}'::activity, '4714-11-24 BC'))) c;
SELECT c.day, dau, wau, mau FROM cells((SELECT engagement('{5874897-12-29:1,5874897-12-30:1,5874897-12-31:1}'::activity, '5874897-12-31'))) c;
-- A user of the year 1: every day since is listed.
SELECT count(*) AS days, sum(dau) AS dau, sum(wau) AS wau, sum(mau) AS mau, min(c.day), max(c.day)
FROM cells((SELECT engagement(a::activity, '2024-01-02') FROM (VALUES ('{2024-01-01:1}'), ('{0001-01-01:1}')) v (a))) c;
-- Sums beyond 64 bits, at different scales.
SELECT c.day, events, revenue
FROM cells((SELECT engagement(a::activity, '2024-01-02') FROM (VALUES ('amounts {2024-01-01:4294967295:1:9223372036854775807}'),
	('amounts {2024-01-01:4294967295:1:9223372036.854775807}'), ('amounts {2024-01-01:1:1:9223372036854775807}')) v (a))) c;
SELECT c.day, events, revenue
FROM cells((SELECT engagement(a::activity, '2024-01-02') FROM (VALUES ('amounts {2024-01-01:4294967295:1:-9223372036854775808}'),
	('amounts {2024-01-01:4294967295:1:-9223372036.854775808}'), ('amounts {2024-01-01:1:0:-9223372036854775808}')) v (a))) c;
-- Rows and splits in any order give the same bytes, through text and binary too.
CREATE TEMP TABLE crowd AS
	SELECT u, CASE u % 3 WHEN 0 THEN activity_agg(day) ELSE activity_agg(day, (u * g - 50)::numeric / 10 ^ (g % 4)) END AS a
	FROM (SELECT u, g, date '2023-12-20' + (u * g * 37 + g * g) % 130 AS day
		  FROM generate_series(1, 60) u, generate_series(1, 1 + u % 9) g) e GROUP BY u;
CREATE TEMP TABLE asked AS SELECT date '2023-12-22' + 3 * n AS o FROM generate_series(0, 50) n;
CREATE TEMP TABLE whole AS SELECT o, engagement(a, o) AS counts FROM asked, crowd GROUP BY o;
CREATE TEMP TABLE parts AS
	SELECT o, u % 4 AS part, engagement(a, o ORDER BY u DESC) AS counts FROM asked, crowd GROUP BY o, part;
SELECT count(*) AS asked,
	   count(*) FILTER (WHERE w.counts = (SELECT rollup(counts ORDER BY part) FROM parts p WHERE p.o = w.o)) AS direct,
	   count(*) FILTER (WHERE w.counts = (SELECT rollup(counts::text::engagement_counts) FROM parts p WHERE p.o = w.o)) AS text,
	   count(*) FILTER (WHERE w.counts = (SELECT rollup(counts::bytea::engagement_counts ORDER BY -part) FROM parts p WHERE p.o = w.o)) AS binary,
	   count(*) FILTER (WHERE w.counts::text::engagement_counts::bytea = w.counts::bytea) AS text_and_back,
	   count(*) FILTER (WHERE w.counts <> w.counts) AS unlike
FROM whole w;
SELECT count(*) FILTER (WHERE a.counts || b.counts = merge(b.counts, a.counts)) = count(*) AS commutes,
	   count(*) FILTER (WHERE a.counts || NULL = a.counts AND NULL || a.counts = a.counts) = count(*) AS null_is_nobody
FROM parts a JOIN parts b USING (o);
SELECT NULL::engagement_counts || NULL IS NULL AS null_twice, (SELECT rollup(NULL::engagement_counts)) IS NULL AS only_nulls;
-- A later as_of only adds days: what was counted stays.
SELECT count(*) AS days, count(*) FILTER (WHERE (c.dau, c.wau, c.mau, c.new_users, c.events, c.purchases, c.paying_users, coalesce(c.revenue, 0))
	IS DISTINCT FROM (l.dau, l.wau, l.mau, l.new_users, l.events, l.purchases, l.paying_users, l.revenue)) AS changed
FROM whole, cells(counts) c LEFT JOIN cells((SELECT counts FROM whole WHERE o = '2024-05-20')) l USING (day);
-- Two aggregates over one state, running and sliding windows.
SELECT engagement(a, '2024-03-13') = (SELECT engagement(a, '2024-03-13') FROM crowd) AS same,
	   engagement(a, '2024-03-13') IS NOT NULL AS twice FROM crowd;
SELECT bool_and(running = (SELECT engagement(c.a, '2024-03-13') FROM crowd c WHERE c.u <= r.u)) AS running,
	   bool_and(sliding = (SELECT engagement(c.a, '2024-03-13') FROM crowd c WHERE c.u BETWEEN r.u - 3 AND r.u)) AS sliding
FROM (SELECT u, engagement(a, '2024-03-13') OVER (ORDER BY u) AS running,
			 engagement(a, '2024-03-13') OVER (ORDER BY u ROWS 3 PRECEDING) AS sliding FROM crowd) r;
CREATE TABLE engagement_crowd AS SELECT * FROM crowd;
CREATE TABLE engagement_parts AS SELECT * FROM parts;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT count(*) FILTER (WHERE counts = (SELECT engagement(a, '2024-03-15') FROM engagement_crowd)) AS parallel,
	   count(*) FILTER (WHERE counts = (SELECT rollup(p.counts) FROM engagement_parts p WHERE p.o = '2024-03-15')) AS parallel_rollup
FROM whole WHERE o = '2024-03-15';
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
DROP TABLE engagement_crowd, engagement_parts;
--
-- Errors
--
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT engagement(activity, NULL) FROM people'),
	('SELECT engagement(NULL::activity, NULL) FROM people'),
	('SELECT engagement(activity, ''infinity'') FROM people'),
	('SELECT engagement(activity, ''-infinity'') FROM people'),
	('SELECT engagement(activity, date ''2024-01-09'' + length(activity::text)) FROM people'),
	('SELECT rollup(counts) FROM parts'),
	('SELECT merge(a.counts, b.counts) FROM whole a, whole b'),
	('SELECT engagement(a::activity, ''30000-01-01'') FROM (VALUES (''{2024-01-01:1}''), (''{0001-01-01:1}'')) v (a)'),
	('SELECT engagement(''{-4713-11-24:1,5874897-12-30:1}''::activity, ''5874897-12-31'')'),
	('SELECT merge(x, x) FROM (SELECT ''\x0100000107070707ffffffffffffffff1f''::engagement_counts) v (x)'),
	('SELECT merge(x, x) FROM (SELECT ''\x01000001ffffffffffffffff1fffffffffffffffff1fffffffffffffffff1fffffffffffffffff1fffffffffffffffff1f''::engagement_counts) v (x)'),
	('SELECT merge(x, x) FROM (SELECT ''\x0110000101010101010101feffffffffffffffffffffffffffffffffff03''::engagement_counts) v (x)'),
	('SELECT merge(x, ''\x011900010101010101010102'') FROM (SELECT ''\x0110000101010101010101feffffffffffffffffffffffffffffffffff03''::engagement_counts) v (x)')) v (statement);
SELECT input, pg_temp.problem(format('SELECT %L::user_ops.engagement_counts', input)) FROM (VALUES
	(''), ('\x'), ('01'), ('\x0'), ('\x01'), ('\x0g'), ('\X0101'), ('\x00000000'), ('\x02000000'), ('\x01000000'), ('\x0100000000'), ('\x01100000'),
	('\x01010001010101010101'), ('\x011a000101010101010102'), ('\x012000010101010101'), ('\x010000010101010101'),
	('\x010000018100010101010101'), ('\x0100000101010101'), ('\x01000001010101010100'), ('\x01000001000000'), ('\x010000010101010001'),
	('\x010000010101010201'), ('\x010000010201010201'), ('\x010000010102020101'), ('\x010000010101020101'), ('\x010000010202020202'), ('\x010000010202020201'),
	('\x010000020101010101000101'), ('\x010000020101010101000001'), ('\x010000020101010101000102'), ('\x010000020101010101000202'),
	('\x0100000201010101010101010001'), ('\x0100000201010101010102020101'), ('\x0100000201010101010202020002'),
	('\x0100000201010101010101010101'), ('\x0100000201010101010102010101'),
	('\x011000010101010101010102'), ('\x011000010101010101020102'), ('\x011000010101010101010002'), ('\x011000010101010101000102'),
	('\x011000010101010101010202'), ('\x011000010101010101000002'), ('\x011000010101010101010101'), ('\x011100010101010101010102'),
	('\x011100010101010101010114'), ('\x0100b1a1ab02010101010101'), ('\x0100b3a1ab02010101010101'), ('\x0100ffffffff0f010101010101')) v (input);
SELECT left(pg_temp.problem(format('SELECT %L::bytea::user_ops.engagement_counts', '\x02')), 70);
-- Cut off anywhere, a value is refused.
SELECT count(*) = length(counts::bytea) AS all_refused
FROM whole, generate_series(0, length(counts::bytea) - 1) AS size
WHERE o = '2024-03-15'
  AND pg_temp.problem(format('SELECT %L::user_ops.engagement_counts', '\x' || encode(substr(counts::bytea, 1, size), 'hex'))) LIKE '22P02%'
GROUP BY counts::bytea;

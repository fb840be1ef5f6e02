SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand, days from the 1st (a Monday) to the 5th:
--	ann	1 2 . 4 .	new, returning, -, resurrected, -
--	bob	1 . . . 5	new, -, -, -, resurrected
--	cid	. 2 . 4 5	-, new, -, resurrected, returning
--	dan	the 6th only: not before as_of
CREATE TEMP TABLE people (name text, activity activity);
INSERT INTO people VALUES
	('ann', '{2024-01-01:1,2024-01-02:3,2024-01-04:1}'),
	('bob', '{2024-01-01:1,2024-01-05:1}'),
	('cid', '{2024-01-02:1,2024-01-04:1,2024-01-05:1,2024-01-06:1}'),
	('dan', '{2024-01-06:1}'),
	('eve', NULL);
SELECT c.* FROM cells((SELECT lifecycle(activity, 'day', '2024-01-06') FROM people)) c;
-- as_of within a period: it has begun and is not complete.
SELECT c.* FROM cells((SELECT lifecycle(activity, 'week', '2024-01-10') FROM people)) c;
SELECT c.* FROM cells((SELECT lifecycle(activity, 'week', '2024-01-15', 'sunday') FROM people)) c;
SELECT c.* FROM cells((SELECT lifecycle(activity, 'month', '2024-03-31') FROM people)) c;
SELECT c.* FROM cells((SELECT lifecycle(activity, 'quarter', '2024-04-01') FROM people)) c;
SELECT c.* FROM cells((SELECT lifecycle(activity, 'year', '2025-01-02') FROM people)) c;
-- Published: PostHog, lifecycle by days and by weeks that begin on Sunday.
SELECT c.period_start, new_users, returning_users, resurrected_users, -dormant_users AS dormant
FROM cells((SELECT lifecycle('{2020-01-12:1,2020-01-14:1,2020-01-15:1,2020-01-17:1,2020-01-19:1}'::activity, 'day', '2020-01-20'))) c;
SELECT c.period_start, new_users, returning_users, resurrected_users, -dormant_users AS dormant
FROM cells((SELECT lifecycle(a::activity, 'week', '2020-03-10', 'sunday') FROM (VALUES
	('{2020-02-01:1,2020-02-05:1,2020-02-10:1,2020-02-15:1,2020-02-27:1,2020-03-02:1}'),
	('{2020-02-11:1,2020-02-18:1}'), ('{2020-02-12:1}'), ('{2020-02-27:1}')) v (a))) c
WHERE c.period_start >= '2020-02-02';
-- One user: L is 2024-02-01 to 03-01, P 2024-01-02 to 01-31.
SELECT day, lifecycle_state(day::activity, '2024-03-02') AS state
FROM (VALUES ('{2024-03-01:1}'), ('{2024-02-01:1}'), ('{2024-01-31:1}'), ('{2024-01-31:1,2024-02-01:1}'),
			 ('{2024-01-01:1,2024-02-01:1}'), ('{2024-01-01:1,2024-01-02:1}'), ('{2024-01-01:1}'),
			 ('{2023-01-01:1,2024-01-15:1,2024-02-15:1}'), ('{2024-03-02:1}')) v (day);
SELECT lifecycle_state('{2024-01-01:1,2024-01-03:1}', '2024-01-04', 1) AS back_after_a_day,
	   lifecycle_state('{2024-01-01:1,2024-01-03:1}', '2024-01-04', 2) AS two_days,
	   lifecycle_state('{2024-01-01:1,2024-01-03:1}', '2024-01-04', 3) AS three_days,
	   lifecycle_state('{-4713-11-24:1}', '2024-01-04', 2147483647) AS all_days;
--
-- Edges
--
SELECT lifecycle(activity, 'day', '2024-01-06') IS NULL AS nobody FROM people WHERE false;
SELECT lifecycle(activity, 'day', '2024-01-06') FILTER (WHERE false) IS NULL AS nobody FROM people;
SELECT lifecycle(activity, 'day', '2024-01-06') IS NULL AS only_nulls FROM people WHERE name = 'eve';
SELECT count(*) AS nobody_yet FROM cells((SELECT lifecycle(activity, 'day', '2024-01-01') FROM people));
SELECT c.* FROM cells((SELECT lifecycle(activity, 'day', '2024-01-02') FROM people)) c;
-- The first and the last days there are.
SELECT c.* FROM cells((SELECT lifecycle('{-4713-11-24:1}', 'day', '4714-11-26 BC'))) c;
SELECT c.* FROM cells((SELECT lifecycle('{-4713-11-24:1}', 'week', '4714-11-26 BC'))) c;
SELECT count(*), sum(new_users) FROM cells((SELECT lifecycle('{5874897-12-30:1,5874897-12-31:1}', 'day', '5874897-12-31')));
-- Rows and splits in any order give the same bytes, through text and binary too.
CREATE TEMP TABLE crowd AS
	SELECT u, activity_agg(date '2023-12-20' + (u * g * 37 + g * g) % 130) AS a
	FROM generate_series(1, 60) u, generate_series(1, 1 + u % 9) g GROUP BY u;
CREATE TEMP TABLE asked AS
	SELECT p, w, o FROM unnest(enum_range(NULL::period)) p, unnest(enum_range(NULL::week_start)) w,
		   (VALUES (date '2024-02-01'), ('2024-03-13'), ('2025-01-01')) v (o);
CREATE TEMP TABLE whole AS
	SELECT p, w, o, lifecycle(a, p, o, w) AS counts FROM asked, crowd GROUP BY p, w, o;
CREATE TEMP TABLE parts AS
	SELECT p, w, o, u % 4 AS part, lifecycle(a, p, o, w ORDER BY u DESC) AS counts FROM asked, crowd GROUP BY p, w, o, part;
SELECT count(*) AS asked,
	   count(*) FILTER (WHERE w.counts = (SELECT rollup(counts ORDER BY part) FROM parts p WHERE (p.p, p.w, p.o) = (w.p, w.w, w.o))) AS direct,
	   count(*) FILTER (WHERE w.counts = (SELECT rollup(counts::text::lifecycle_counts) FROM parts p WHERE (p.p, p.w, p.o) = (w.p, w.w, w.o))) AS text,
	   count(*) FILTER (WHERE w.counts = (SELECT rollup(counts::bytea::lifecycle_counts ORDER BY -part) FROM parts p WHERE (p.p, p.w, p.o) = (w.p, w.w, w.o))) AS binary,
	   count(*) FILTER (WHERE w.counts <> w.counts) AS unlike
FROM whole w;
SELECT count(*) FILTER (WHERE a.counts || b.counts = merge(b.counts, a.counts)) = count(*) AS commutes,
	   count(*) FILTER (WHERE a.counts || NULL = a.counts AND NULL || a.counts = a.counts) = count(*) AS null_is_nobody
FROM parts a JOIN parts b USING (p, w, o);
SELECT NULL::lifecycle_counts || NULL IS NULL AS null_twice, (SELECT rollup(NULL::lifecycle_counts)) IS NULL AS only_nulls;
-- Two aggregates over one state, running and sliding windows.
SELECT lifecycle(a, 'week', '2024-03-13') = (SELECT lifecycle(a, 'week', '2024-03-13') FROM crowd) AS same,
	   lifecycle(a, 'week', '2024-03-13') IS NOT NULL AS twice FROM crowd;
SELECT bool_and(running = (SELECT lifecycle(c.a, 'week', '2024-03-13') FROM crowd c WHERE c.u <= r.u)) AS running,
	   bool_and(sliding = (SELECT lifecycle(c.a, 'week', '2024-03-13') FROM crowd c WHERE c.u BETWEEN r.u - 3 AND r.u)) AS sliding
FROM (SELECT u, lifecycle(a, 'week', '2024-03-13') OVER (ORDER BY u) AS running,
			 lifecycle(a, 'week', '2024-03-13') OVER (ORDER BY u ROWS 3 PRECEDING) AS sliding FROM crowd) r;
CREATE TABLE lifecycle_crowd AS SELECT * FROM crowd;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT count(*) FILTER (WHERE counts = (SELECT lifecycle(a, 'week', '2024-03-13', 'sunday') FROM lifecycle_crowd)) AS parallel
FROM whole WHERE p = 'week' AND w = 'sunday' AND o = '2024-03-13';
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
DROP TABLE lifecycle_crowd;
--
-- Errors
--
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT lifecycle(activity, NULL, ''2024-01-01'') FROM people'),
	('SELECT lifecycle(activity, ''day'', NULL) FROM people'),
	('SELECT lifecycle(activity, ''day'', ''2024-01-01'', NULL) FROM people'),
	('SELECT lifecycle(activity, ''day'', ''infinity'') FROM people'),
	('SELECT lifecycle(activity, ''fortnight'', ''2024-01-01'') FROM people'),
	('SELECT lifecycle(activity, CASE name WHEN ''ann'' THEN ''day'' ELSE ''week'' END::period, ''2024-01-09'') FROM people'),
	('SELECT lifecycle(activity, ''day'', date ''2024-01-09'' + length(activity::text)) FROM people'),
	('SELECT lifecycle(activity, ''week'', ''2024-01-09'', CASE name WHEN ''ann'' THEN ''sunday'' ELSE ''monday'' END::week_start) FROM people'),
	('SELECT rollup(counts) FROM parts'),
	('SELECT merge(a.counts, b.counts) FROM whole a, whole b'),
	('SELECT cells(lifecycle(''{-4713-11-24:1,5874897-12-30:1}'', ''day'', ''5874897-12-31''))'),
	('SELECT cells(lifecycle(''{-4713-11-24:1}'', ''month'', ''2024-01-01''))'),
	('SELECT lifecycle_state(''{2024-01-01:1}'', ''2024-01-02'', 0)'),
	('SELECT lifecycle_state(''{2024-01-01:1}'', ''-infinity'')')) v (statement);
SELECT input, pg_temp.problem(format('SELECT %L::user_ops.lifecycle_counts', input)) FROM (VALUES
	(''), ('\x'), ('01'), ('\x0'), ('\x01'), ('\x0g'), ('\X0101'), ('\x0001000000'), ('\x0201000000'),
	('\x01010200'), ('\x0100020100'), ('\x0109020100'), ('\x010102'), ('\x01010201'), ('\x01010201000000'),
	('\x01010201010000'), ('\x0101020101000000'), ('\x0101020101010000'), ('\x01010202010000000200'),
	('\x010102020100000100'), ('\x0101020201000000020000'), ('\x01010202010000000001'), ('\x010102028100000000000100')) v (input);
SELECT left(pg_temp.problem(format('SELECT %L::bytea::user_ops.lifecycle_counts', '\x02')), 70);
-- Cut off anywhere, a value is refused.
SELECT count(*) = length(counts::bytea) AS all_refused
FROM whole, generate_series(0, length(counts::bytea) - 1) AS size
WHERE p = 'month' AND w = 'monday' AND o = '2024-03-13'
  AND pg_temp.problem(format('SELECT %L::user_ops.lifecycle_counts', '\x' || encode(substr(counts::bytea, 1, size), 'hex'))) LIKE '22P02%'
GROUP BY counts::bytea;

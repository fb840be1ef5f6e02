SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
--
-- What cuts, one by one: the number that the rules say stands beside each row.
--
-- the gap: 30 minutes to the microsecond are in it; simultaneous rows are in one session
SELECT t::time, expected, session_id(t, '30 minutes') OVER (ORDER BY t) AS ours
FROM (VALUES (timestamptz '2024-03-01 10:00:00', 1), ('2024-03-01 10:30:00', 1), ('2024-03-01 10:30:00', 1), ('2024-03-01 11:00:00.000001', 2), ('2024-03-01 23:59:59', 3)) v (t, expected)
ORDER BY t;
-- a gap of 0: every later instant begins one
SELECT session_id(t, '0') OVER (ORDER BY t) FROM (VALUES (timestamptz '2024-03-01 10:00:00'), ('2024-03-01 10:00:00'), ('2024-03-01 10:00:00.000001')) v (t);
-- cut: NULL is false; the first row begins one anyway
SELECT n, expected, session_id(t, '30 minutes', cut) OVER (ORDER BY t) AS ours
FROM (VALUES (1, timestamptz '2024-03-01 10:00', true, 1), (2, '2024-03-01 10:01', NULL, 1), (3, '2024-03-01 10:02', true, 2), (4, '2024-03-01 10:03', false, 2), (5, '2024-03-01 11:00', true, 3)) v (n, t, cut, expected)
ORDER BY n;
-- the key: a campaign behind none cuts (2), none behind it does not (3), the same one again does not (4), another does (5);
-- a new session by its gap knows none (6), and so the same campaign cuts it (7); an empty key is one (8), and again none (9)
SELECT n, key, expected, session_id(t, session_options('30 minutes'), false, key) OVER (ORDER BY t) AS ours
FROM (VALUES (1, timestamptz '2024-03-01 10:01', NULL, 1), (2, '2024-03-01 10:02', 'ads', 2), (3, '2024-03-01 10:03', NULL, 2), (4, '2024-03-01 10:04', 'ads', 2), (5, '2024-03-01 10:05', 'mail', 3),
			 (6, '2024-03-01 11:06', NULL, 4), (7, '2024-03-01 11:07', 'mail', 5), (8, '2024-03-01 11:08', '', 6), (9, '2024-03-01 11:09', NULL, 6)) v (n, t, key, expected)
ORDER BY n;
-- cut and key together; keys of any length, compressed ones too
SELECT n, expected, session_id(t, session_options('30 minutes'), n = 4, repeat('k', size)) OVER (ORDER BY t) AS ours
FROM (VALUES (1, timestamptz '2024-03-01 10:01', 10, 1), (2, '2024-03-01 10:02', 100000, 2), (3, '2024-03-01 10:03', 100000, 2), (4, '2024-03-01 10:04', 100000, 3), (5, '2024-03-01 10:05', 99999, 4)) v (n, t, size, expected)
ORDER BY n;
CREATE TEMP TABLE long_keys AS SELECT n, repeat(chr(64 + k), 100000) AS key FROM (VALUES (1, 1), (2, 1), (3, 2), (4, 2)) v (n, k);
SELECT n, session_id(date '2024-01-01', session_options('1 day'), NULL, key) OVER (ORDER BY n) FROM long_keys;
-- max_length: from the first row of the session, inclusive
SELECT n, expected, session_id(t, session_options('30 minutes', max_length => '1 hour'), NULL, NULL) OVER (ORDER BY t) AS ours
FROM (VALUES (1, timestamptz '2024-03-01 10:00', 1), (2, '2024-03-01 10:30', 1), (3, '2024-03-01 11:00', 1), (4, '2024-03-01 11:00:00.000001', 2), (5, '2024-03-01 11:30', 2), (6, '2024-03-01 12:00', 2), (7, '2024-03-01 12:00:01', 3)) v (n, t, expected)
ORDER BY n;
-- midnight: in Shanghai it is at 16:00 UTC; in New York the day of the change has 23 hours, and its midnight is at 05:00, the next one at 04:00
SELECT n, session_id(t, session_options('1 day', midnight_zone => 'Asia/Shanghai'), NULL, NULL) OVER w AS shanghai, session_id(t, session_options('1 day', midnight_zone => 'America/New_York'), NULL, NULL) OVER w AS new_york,
	   session_id(t, session_options('1 day', midnight_zone => 'UTC'), NULL, NULL) OVER w AS utc, session_id(t, '1 day') OVER w AS none
FROM (VALUES (1, timestamptz '2024-03-10 04:59:59.999999'), (2, '2024-03-10 05:00'), (3, '2024-03-10 16:00'), (4, '2024-03-10 23:59:59'), (5, '2024-03-11 03:59:59'), (6, '2024-03-11 04:00'), (7, '2024-03-11 15:59')) v (n, t)
WINDOW w AS (ORDER BY t) ORDER BY n;
-- all of them: the numbers of before (gap at 2, cut at 4, key at 5, midnight at 6, length at 8)
SELECT n, expected, session_id(t, session_options('10 minutes', '15 minutes', 'UTC'), n = 4, key) OVER (ORDER BY n) AS ours
FROM (VALUES (1, timestamptz '2024-03-01 23:30', NULL, 1), (2, '2024-03-01 23:41', NULL, 2), (3, '2024-03-01 23:50', NULL, 2), (4, '2024-03-01 23:51', NULL, 3), (5, '2024-03-01 23:52', 'a', 4),
			 (6, '2024-03-02 00:00', 'a', 5), (7, '2024-03-02 00:10', 'a', 5), (8, '2024-03-02 00:15:01', 'a', 6)) v (n, t, key, expected)
ORDER BY n;
--
-- Times
--
-- NULL times have no number and change nothing: neither their cut nor their key counts
SELECT n, session_id(t, session_options('30 minutes'), n IN (2, 4), key) OVER (ORDER BY n) AS ours
FROM (VALUES (1, timestamptz '2024-03-01 10:00', 'a'), (2, NULL, 'b'), (3, '2024-03-01 10:30', 'a'), (4, NULL, NULL), (5, '2024-03-01 11:00', NULL)) v (n, t, key) ORDER BY n;
SELECT session_id(NULL::timestamptz, '1 hour') OVER () IS NULL AS only_null;
-- local times have a midnight of their own, whatever their zone is called, and no hour is lost in March; days are days
SELECT n, session_id(t, '30 minutes') OVER w AS by_gap, session_id(t, session_options('1 day', midnight_zone => 'America/New_York'), NULL, NULL) OVER w AS by_midnight
FROM (VALUES (1, timestamp '2024-03-10 01:45'), (2, '2024-03-10 03:00'), (3, '2024-03-10 23:59'), (4, '2024-03-11 00:00'), (5, NULL)) v (n, t) WINDOW w AS (ORDER BY t) ORDER BY n;
SELECT t, session_id(t, '1 day') OVER w AS by_gap, session_id(t, session_options('7 days', midnight_zone => 'UTC'), NULL, NULL) OVER w AS by_midnight, session_id(t, '1 day', extract(day FROM t) = 2) OVER w AS by_cut
FROM (VALUES (date '2024-03-01'), ('2024-03-01'), ('2024-03-02'), ('2024-03-04'), ('0044-03-15 BC'), ('294277-01-09'), (NULL)) v (t) WINDOW w AS (ORDER BY t) ORDER BY t;
-- the first and the last time there is lie further apart than 64 bits say
SELECT session_id(t, '106751991 days') OVER w AS by_gap, session_id(t, session_options('106751991 days', max_length => '106751991 days', midnight_zone => 'Asia/Shanghai'), NULL, NULL) OVER w AS by_all
FROM (VALUES (timestamptz '4714-11-24 00:00+00 BC'), ('2024-03-01 10:00+00'), ('294276-12-31 23:59:59.999999+00')) v (t) WINDOW w AS (ORDER BY t);
SELECT session_id(t, '106751991 days') OVER (ORDER BY t) FROM (VALUES (timestamptz '4714-11-24 00:00+00 BC'), ('294276-12-31 23:59:59.999999+00')) v (t);
--
-- Partitions, the gap of each row, sums over it
--
SELECT u, string_agg(s::text, ' ' ORDER BY t) FROM (SELECT u, t, session_id(t, session_options('30 minutes'), NULL, key) OVER (PARTITION BY u ORDER BY t) AS s
	FROM (VALUES ('ann', timestamptz '2024-03-01 10:00', 'a'), ('ann', '2024-03-01 11:00', 'b'), ('bob', '2024-03-01 09:00', 'b'), ('bob', '2024-03-01 09:10', 'b'), ('cid', NULL, 'b'), ('cid', '2024-03-01 09:10', NULL)) v (u, t, key)) s GROUP BY u ORDER BY u;
SELECT n, session_id(t, gap) OVER (ORDER BY n) FROM (VALUES (1, timestamptz '2024-03-01 10:00', interval '1 minute'), (2, '2024-03-01 10:10', '1 hour'), (3, '2024-03-01 10:20', '1 minute')) v (n, t, gap) ORDER BY n;
SELECT n, session_id(t, session_options(gap, midnight_zone => zone), NULL, NULL) OVER (ORDER BY n)
FROM (VALUES (1, timestamptz '2024-03-01 15:59', interval '1 hour', 'UTC'), (2, '2024-03-01 16:00', '1 hour', 'UTC'), (3, '2024-03-01 16:10', '1 minute', NULL)) v (n, t, gap, zone) ORDER BY n;
-- options are a value as any other, and may be NULL within
SELECT session_options('30 minutes'), session_options('30 minutes', '1 day', 'Asia/Shanghai');
SELECT session_id(t, ROW('30 minutes', NULL, NULL)::session_options, NULL, NULL) OVER (ORDER BY t) FROM (VALUES (timestamptz '2024-03-01 10:00'), ('2024-03-01 11:00')) v (t);
-- As lag() and a running sum have it, over 5,000 rows of 60 users, of which many are simultaneous; and a cursor that goes back begins anew.
CREATE TEMP TABLE visits AS SELECT i % 60 AS u, timestamptz '2024-01-01 00:00' + ((i * 7919::bigint) % 100003) * interval '1 minute' * (1 + i % 3) AS t, i FROM generate_series(1, 5000) i;
CREATE TEMP TABLE ours AS SELECT i, session_id(t, '5 hours') OVER (PARTITION BY u ORDER BY t) AS s FROM visits;
CREATE TEMP TABLE plain AS SELECT i, sum(CASE WHEN before IS NULL OR t - before > interval '5 hours' THEN 1 ELSE 0 END) OVER (PARTITION BY u ORDER BY t, i ROWS UNBOUNDED PRECEDING) AS s
	FROM (SELECT *, lag(t) OVER (PARTITION BY u ORDER BY t, i) AS before FROM visits) l;
SELECT count(*) AS rows, count(*) FILTER (WHERE ours.s = plain.s) AS same, max(ours.s) > 20 AS many FROM ours JOIN plain USING (i);
BEGIN;
DECLARE back SCROLL CURSOR FOR SELECT n, session_id(t, '30 minutes') OVER (ORDER BY t) FROM (VALUES (1, timestamptz '2024-03-01 10:00'), (2, '2024-03-01 11:00'), (3, '2024-03-01 12:00')) v (n, t);
FETCH ALL FROM back;
MOVE BACKWARD ALL IN back;
FETCH 2 FROM back;
COMMIT;
--
-- Errors
--
CREATE TEMP VIEW one AS SELECT timestamptz '2024-03-01 10:00' AS t;
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT session_id(t, ''30 minutes'') OVER (ORDER BY t DESC) FROM (VALUES (timestamptz ''2024-01-01''), (''2024-01-02'')) v (t)'),
	('SELECT session_id(t, ''30 minutes'') OVER (ORDER BY i) FROM (VALUES (1, timestamp ''2024-01-01''), (2, NULL), (3, ''2023-01-02'')) v (i, t)'),
	('SELECT session_id(t, ''30 minutes'') OVER () FROM (VALUES (date ''2024-01-02''), (''2024-01-01'')) v (t)'),
	('SELECT session_id(t, NULL::interval) OVER () FROM one'),
	('SELECT session_id(NULL::timestamptz, NULL::interval) OVER () FROM one'),
	('SELECT session_id(t, ''1 month'') OVER () FROM one'),
	('SELECT session_id(t, ''-1 second'') OVER () FROM one'),
	('SELECT session_id(t, ''1 day -25 hours'') OVER () FROM one'),
	('SELECT session_id(t, ''107000000 days'') OVER () FROM one'),
	('SELECT session_id(timestamptz ''infinity'', ''1 day'') OVER () FROM one'),
	('SELECT session_id(timestamp ''-infinity'', ''1 day'') OVER () FROM one'),
	('SELECT session_id(date ''infinity'', ''1 day'') OVER () FROM one'),
	('SELECT session_id(date ''294277-01-10'', ''1 day'') OVER () FROM one'),
	('SELECT session_id(t, NULL::session_options, NULL, NULL) OVER () FROM one'),
	('SELECT session_id(t, ROW(NULL, NULL, NULL)::session_options, NULL, NULL) OVER () FROM one'),
	('SELECT session_id(t, ROW(''1 day'', ''-1 day'', NULL)::session_options, NULL, NULL) OVER () FROM one'),
	('SELECT session_options(NULL)'),
	('SELECT session_options(''1 year'')'),
	('SELECT session_options(''1 day'', ''1 month'')'),
	('SELECT session_options(''1 day'', ''-1 day'')'),
	('SELECT session_options(''1 day'', midnight_zone => ''UTC+8'')'),
	('SELECT session_options(''1 day'', midnight_zone => '''')'),
	('SELECT session_id(t, ''1 day'') FROM one')) v (statement);

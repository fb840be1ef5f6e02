SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'Asia/Tokyo';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
--
-- By hand. Periods are 24 hours from 10:00 of the first day, for ann; bob starts at 23:00.
--	ann	s 1st 10:00; returns 1st 12:00 (period 0), 2nd 09:59:59 (0), 2nd 10:00 (1), 4th 11:00 (3)
--	bob	s 1st 23:00, and 2nd 23:00 again, which is no start; returns 2nd 22:00 (0), 3rd 23:00 (2)
--	cat	s 2nd 01:00; returns before that, and none after
--	dan	returns, and no start
--	eve	s 5th, which is as_of
CREATE TEMP TABLE visits AS SELECT name, timestamptz '2024-01-01 00:00+00' + d * interval '1 day' + at::interval AS at, what FROM (VALUES
	('ann', 0, '10:00', 's'), ('ann', 0, '12:00', 'r'), ('ann', 1, '09:59:59', 'r'), ('ann', 1, '10:00', 'r'), ('ann', 3, '11:00', 'r'),
	('bob', 0, '23:00', 's'), ('bob', 1, '23:00', 's'), ('bob', 1, '22:00', 'r'), ('bob', 2, '23:00', 'r'),
	('cat', 1, '01:00', 's'), ('cat', 0, '01:00', 'r'), ('dan', 1, '01:00', 'r'), ('eve', 4, '00:00', 's'), ('eve', 4, '01:00', 'r')) v (name, d, at, what);
CREATE TEMP TABLE people AS SELECT name, journey_agg(at, what = 's', what = 'r') AS j, journey_agg(at, what) AS named FROM visits GROUP BY name;
SELECT c.* FROM (SELECT rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-05') AS r FROM people) s, cells(r) c;
SELECT mode, array_agg(c.retained_users ORDER BY c.period_number) FILTER (WHERE cohort = '2024-01-01') AS first, array_agg(c.retained_users ORDER BY c.period_number) FILTER (WHERE cohort = '2024-01-02') AS second, bool_or(complete) AS ever_complete
FROM unnest(enum_range(NULL::retention_mode)) AS mode, LATERAL (SELECT rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-05', rolling_retention_options(mode => mode)) AS r FROM people) s, cells(r) c GROUP BY mode ORDER BY mode;
-- Period 1 of the first day's cohort has begun right behind the first midnight; it is
-- over for those who started just before that 48 hours later, at midnight of the 4th.
SELECT as_of, c.period_number, c.retained_users, c.complete FROM (VALUES (timestamptz '2024-01-02 00:00+00'), ('2024-01-02 00:00:00.000001+00'), ('2024-01-03 23:59:59.999999+00'), ('2024-01-04 00:00+00')) v (as_of),
	 LATERAL (SELECT rolling_retention(j, 1, 2, '1 day', 1, as_of) AS r FROM people WHERE name <> 'cat') s, cells(r) c ORDER BY as_of, c.period_number;
-- Cohorts are local days: in Kathmandu, 5:45 east, bob started on the 2nd; in New York cat on the 1st.
SELECT zone, c.cohort, c.cohort_size FROM (VALUES ('Asia/Kathmandu'), ('America/New_York'), ('utc')) v (zone), LATERAL (SELECT rolling_retention(j, 1, 2, '1 day', 0, date '2024-01-05', rolling_retention_options(zone => zone)) AS r FROM people) s, cells(r) c ORDER BY zone COLLATE "C", cohort;
-- The day on which New York's clocks go forward has 23 hours; periods have 24: the cohort of
-- the 10th has its period 1 complete at midnight of the 11th there, 04:00 UTC, and 48 hours.
SELECT as_of, c.period_number, c.complete FROM (VALUES (timestamptz '2024-03-13 03:59:59+00'), ('2024-03-13 04:00+00')) v (as_of),
	 LATERAL (SELECT rolling_retention(j, 1, 1, '1 day', 1, as_of, rolling_retention_options(zone => 'America/New_York')) AS r FROM (SELECT journey_agg(timestamptz '2024-03-10 05:00+00', true) AS j) s) s, cells(r) c ORDER BY 1, 2;
-- Any physical length: hours, weeks, microseconds. An hour after 10:00 nobody is back; two hours after, ann.
SELECT unit, array_agg(c.retained_users ORDER BY c.period_number) AS retained FROM (VALUES ('1 hour'), ('12 hours'), ('7 days'), ('1 day 1 microsecond')) v (unit), LATERAL (SELECT rolling_retention(j, 1, 2, unit::interval, 4, date '2024-01-05') AS r FROM people WHERE name = 'ann') s, cells(r) c GROUP BY unit ORDER BY unit COLLATE "C";
-- What starts and what returns may be one condition; by name, steps say which they are.
SELECT (SELECT array_agg(retained_users) FROM cells(r)) AS again, number, named, other_way, instant FROM (SELECT rolling_retention(j, 1, 1, '1 day', 2, date '2024-01-05') AS r,
	rolling_retention(j, 2, 1, 2, '1 day', 3, date '2024-01-05') = rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-05') AS number,
	rolling_retention(named, '{s,r}', 1, 2, '1 day', 3, date '2024-01-05') = rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-05') AS named,
	rolling_retention(named, '{r,s}', 2, 1, '1 day', 3, date '2024-01-05') = rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-05') AS other_way,
	rolling_retention(j, 1, 2, '24 hours', 3, '2024-01-05 09:00+09') = rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-05') AS instant FROM people) s;
SELECT rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-05') IS NULL AS nobody FROM people WHERE false;
SELECT rolling_retention(NULL::journey, 1, 2, '1 day', 3, date '2024-01-05') IS NULL AS null_journey;
SELECT count(c) AS no_cohort FROM (SELECT rolling_retention(j, 1, 2, '1 day', 3, date '2024-01-01') AS r FROM people) s, cells(r) c;
--
-- The stored form: version, 6 words of head: mode 0, unit 1000000, 3 periods, as_of 10 in
-- zigzag, 3 letters, UTC as 0x435455; 2 rows, whose bytes are for test/kernel/rows_test.c.
-- Then one of 7 words, the name as it is spelt, and no rows.
--
SELECT substr(rolling_retention(j, 1, 2, '1 second', 3, timestamptz '2000-01-01 00:00:00+00' + interval '10 us')::bytea, 1, 13) AS rolling_retention FROM (SELECT journey_agg(timestamptz '2000-01-01 00:00:00+00' - n * interval '1 s', true, n < 2) AS j FROM generate_series(0, 1) AS n) s;
SELECT rolling_retention(j, 1, 2, '1 second', 3, timestamptz '2000-01-01 00:00:00+00' - interval '10 us', rolling_retention_options('streak', 'europe/Berlin'))::bytea AS rolling_retention FROM (SELECT journey_agg(now(), true, true) AS j) s;
--
-- Parts, orders, roads
--
CREATE TABLE rolling_crowd AS SELECT u, journey_agg(timestamptz '2024-01-01 00:00+00' + (u * g * 7919 % 800) * interval '1 hour', g % 5 = 1, g % 3 = 0) AS j FROM generate_series(1, 90) u, generate_series(1, 12) g GROUP BY u;
CREATE TEMP TABLE asked AS SELECT m AS mode, o AS as_of, rolling_retention_options(m, z) AS options FROM unnest(enum_range(NULL::retention_mode)) AS m, (VALUES (date '2024-01-02'), ('2024-01-20'), ('2024-03-01')) v (o), (VALUES ('UTC'), ('Australia/Lord_Howe')) w (z);
CREATE TEMP TABLE whole AS SELECT mode, as_of, options, rolling_retention(j, 1, 2, '30 hours', 20, as_of, options) AS r FROM rolling_crowd, asked GROUP BY mode, as_of, options;
CREATE TEMP TABLE parts AS SELECT mode, as_of, options, u % 4 AS part, rolling_retention(j, 1, 2, '30 hours', 20, as_of, options ORDER BY u DESC) AS r FROM rolling_crowd, asked GROUP BY mode, as_of, options, part;
SELECT count(*) AS asked,
	   count(*) FILTER (WHERE w.r = (SELECT rollup(r ORDER BY part) FROM parts p WHERE p.options = w.options AND p.as_of = w.as_of)) AS direct,
	   count(*) FILTER (WHERE w.r = (SELECT rollup(r::text::rolling_retention) FROM parts p WHERE p.options = w.options AND p.as_of = w.as_of)) AS text,
	   count(*) FILTER (WHERE w.r = (SELECT rollup(r::bytea::rolling_retention ORDER BY -part) FROM parts p WHERE p.options = w.options AND p.as_of = w.as_of)) AS binary,
	   count(*) FILTER (WHERE w.r = (SELECT rolling_retention(js, 1, 2, '30 hours', 20, w.as_of, w.options) FROM (SELECT journeys_agg(u, event_time, 1 = ANY (conditions), 2 = ANY (conditions)) AS js FROM rolling_crowd, journey_rows(j)) s)) AS one_scan,
	   count(*) FILTER (WHERE w.r::text::rolling_retention::bytea = w.r::bytea) AS text_and_back
FROM whole w;
-- Modes agree with each other: on_or_after never falls short of on, nor on of streak; period 0 is the cohort.
SELECT bool_and(o.retained_users >= p.retained_users AND p.retained_users >= s.retained_users) AS in_order, bool_and(p.period_number > 0 OR p.retained_users = p.cohort_size) AS whole_cohort, count(*) > 500 AS many
FROM (SELECT as_of, (options).zone, c.* FROM whole, cells(r) c WHERE mode = 'on') p JOIN (SELECT as_of, (options).zone, c.* FROM whole, cells(r) c WHERE mode = 'on_or_after') o USING (as_of, zone, cohort, period_number)
JOIN (SELECT as_of, (options).zone, c.* FROM whole, cells(r) c WHERE mode = 'streak') s USING (as_of, zone, cohort, period_number);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
SELECT rolling_retention(j, 1, 2, '30 hours', 20, date '2024-03-01', rolling_retention_options()) = (SELECT r FROM whole WHERE as_of = '2024-03-01' AND options = rolling_retention_options()) AS parallel FROM rolling_crowd;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
-- Other options, steps and as_of from row to row are read anew: and are errors, but for a group each.
SELECT count(DISTINCT r::text) AS states FROM (SELECT rolling_retention(j, 1, 2, '30 hours', 20, as_of, options) AS r FROM rolling_crowd, asked WHERE u < 10 GROUP BY as_of, options) s;
SELECT rolling_retention(js, 1, 2, '1 day', 3, date '2024-01-05') IS NULL AS null_handle FROM (SELECT NULL::journeys AS js) s;
DROP TABLE rolling_crowd;
--
-- Errors
--
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT rolling_retention(j, NULL, 2, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(NULL::journey, 1, NULL, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, NULL, 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', NULL, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, NULL::date) FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, date ''2024-01-05'', NULL) FROM people'),
	('SELECT rolling_retention(j, NULL::journey_steps, 1, 2, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention_options(mode => NULL)'),
	('SELECT rolling_retention_options(zone => NULL)'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, date ''2024-01-05'', ROW(NULL, ''UTC'')::rolling_retention_options) FROM people'),
	('SELECT rolling_retention_options(zone => ''UTC+8'')'),
	('SELECT rolling_retention(j, 0, 2, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 65, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 3, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 1, 2, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 3, 1, 2, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(named, 1, 2, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(named, ''{s,r}'', 1, 3, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, ''{s,r}'', 1, 2, ''1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''0'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''-1 day'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 month'', 3, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', -1, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 10001, date ''2024-01-05'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, date ''infinity'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, date ''300000-01-01'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, timestamptz ''-infinity'') FROM people'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, date ''2024-01-05'' + n) FROM people, generate_series(1, 2) AS n'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', length(name || n), date ''2024-01-05'') FROM people, generate_series(9, 10) AS n'),
	('SELECT rolling_retention(j, 1, 2, make_interval(days => n), 3, date ''2024-01-05'') FROM people, generate_series(1, 2) AS n'),
	('SELECT rolling_retention(j, 1, 2, ''1 day'', 3, date ''2024-01-05'', rolling_retention_options(zone => z)) FROM people, (VALUES (''UTC''), (''Asia/Tokyo'')) v (z)'),
	('SELECT merge(a.r, b.r) FROM whole a, whole b WHERE a.mode <> b.mode AND a.as_of = b.as_of'),
	('SELECT rollup(r) FROM whole WHERE mode = ''on'' AND (options).zone = ''UTC''')) v (statement);
-- version 1, head of 6 words: mode 0, unit 1, 3 periods, as_of 0, 3 letters, UTC; then rows
SELECT input, pg_temp.problem(format('SELECT %L::user_ops.rolling_retention', input)) FROM (VALUES
	(''), ('\x'), ('\x02'), ('\x0106000103000380c0dd8e02'), ('\x010600010300'), ('\x010600010300' || '03d5a88d0200'), ('\x010603010300' || '03d5a88d0200'), ('\x010600000300' || '03d5a88d0200'), ('\x01060001914e00' || '03d5a88d0200'), ('\x01060001904e00' || '03d5a88d0200'),
	('\x010600010300' || '00d5a88d0200'), ('\x010600010300' || '04d5a88d0200'), ('\x010600010300' || '02d5a88d0200'), ('\x010600010300' || '09d5a88d0200'), ('\x010600010300' || '0395a88d0200'), ('\x01050001030000' || '00'), ('\x010600010300' || '03d5a88d020100' || '0001'), ('\x010600010300' || '03d5a88d0201' || '000000'), ('\x0106000103' || 'ffffffffffffffffff01' || '03d5a88d0200')) v (input);
-- Cut off anywhere, a value is refused.
SELECT count(*) = length(r::bytea) AS all_refused
FROM whole, generate_series(0, length(r::bytea) - 1) AS size
WHERE mode = 'on' AND as_of = '2024-01-20' AND (options).zone = 'UTC'
  AND pg_temp.problem(format('SELECT %L::user_ops.rolling_retention', '\x' || encode(substr(r::bytea, 1, size), 'hex'))) LIKE '22P02%'
GROUP BY r::bytea;
-- A zone that this server does not know is met when the days of the cohorts are asked for.
SELECT pg_temp.problem($$SELECT cells('\x01060001030003c1848d0200'::user_ops.rolling_retention)$$);

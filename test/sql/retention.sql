SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- The retained users of each cohort, one cohort a row.
CREATE FUNCTION pg_temp.triangle(matrix retention_matrix, OUT cohort date, OUT retained bigint[]) RETURNS SETOF record LANGUAGE sql AS
	'SELECT c.cohort, array_agg(c.retained_users ORDER BY c.period_number) FROM cells(matrix) c GROUP BY c.cohort ORDER BY c.cohort';
-- By hand, days from the 1st to the 6th; numbers are events, amounts below:
--	ann	1 2 . 1 . .		bought 10 on the 1st, gave back 2.5 on the 2nd, bought 4.25 on the 4th
--	bob	1 . 3 . . .		bought 1 on the 3rd
--	cid	. 1 1 1 . 2		bought nothing
--	dan	the 7th only: not before as_of
CREATE TEMP TABLE people (name text, activity activity);
INSERT INTO people VALUES
	('ann', 'amounts {2024-01-01:1:1:10,2024-01-02:2:0:-2.5,2024-01-04:1:1:4.25}'),
	('bob', 'amounts {2024-01-01:1,2024-01-03:3:1:1}'),
	('cid', 'amounts {2024-01-02:1,2024-01-03:1,2024-01-04:1,2024-01-06:2}'),
	('dan', 'amounts {2024-01-07:1}'),
	('eve', NULL);
SELECT c.* FROM cells((SELECT retention(activity, 'day', '2024-01-07') FROM people)) c;
SELECT c.cohort, c.period_number, c.retained_users, c.amount
FROM cells((SELECT retention(activity, 'day', '2024-01-07', retention_options(amounts => true, max_periods => 3)) FROM people)) c;
SELECT options, t.* FROM (VALUES
	(1, retention_options(mode => 'on')), (2, retention_options(mode => 'on_or_after')), (3, retention_options(mode => 'streak')),
	(4, retention_options(min_occurrences => 2)), (5, retention_options(mode => 'on_or_after', min_occurrences => 2)),
	(6, retention_options(brackets => '{1,3,4}')), (7, retention_options(brackets => '{1,3,4}', min_occurrences => 2)),
	(8, retention_options(mode => 'on_or_after', max_periods => 1)), (9, retention_options(mode => 'on_or_after', brackets => '{1}')),
	(10, retention_options(cohort_from => '2024-01-02')), (11, retention_options(cohort_to => '2024-01-02')),
	(12, retention_options(max_periods => 0))) v (n, options),
	LATERAL (SELECT retention(activity, 'day', '2024-01-07', v.options) AS matrix FROM people) r,
	LATERAL pg_temp.triangle(r.matrix) t ORDER BY n, t.cohort;
SELECT t.* FROM pg_temp.triangle((SELECT retention(activity, 'day', '2024-01-07', retention_options('recurring')) FROM people)) t;
SELECT t.* FROM pg_temp.triangle((SELECT retention(activity, 'day', '2024-01-07', retention_options('recurring', 'streak')) FROM people)) t;
-- A curve takes complete cells only: of the 7th on the 7th nothing is known.
SELECT c.* FROM curve((SELECT retention(activity, 'week', '2024-01-10') FROM people)) c;
-- Published: of 10 users 2 came back, of 100 none; both means.
SELECT mean, period_number, retained_users, eligible_users, round(retention_rate::numeric, 4) AS retention_rate
FROM unnest(enum_range(NULL::retention_mean)) mean,
	 curve((SELECT retention(CASE WHEN u <= 10 THEN CASE WHEN u <= 2 THEN '{2024-01-01:1,2024-01-02:1}' ELSE '{2024-01-01:1}' END
								  ELSE '{2024-01-02:1}' END::activity, 'day', '2024-01-04', retention_options(max_periods => 1))
			FROM generate_series(1, 110) u), mean)
ORDER BY mean, period_number;
-- Published: PostHog, recurring by days; with 2 occurrences; on or after; from one event to another.
CREATE TEMP TABLE persons AS
	SELECT activity_agg(date '2020-06-10' + day) AS a
	FROM (VALUES (1, '{0,1,2,5,5,6}'::int[]), (2, '{1,2,3,6}')) v (u, days), unnest(days) day GROUP BY u;
SELECT t.* FROM pg_temp.triangle((SELECT retention(a, 'day', '2020-06-21', retention_options(cohort => 'recurring')) FROM persons)) t;
SELECT t.* FROM pg_temp.triangle((SELECT retention(a, 'day', '2020-06-21', retention_options(cohort => 'recurring', min_occurrences => 2)) FROM persons)) t;
SELECT t.* FROM pg_temp.triangle((SELECT retention(a, 'day', '2024-01-07', retention_options(cohort => 'recurring', mode => 'on_or_after'))
	FROM (SELECT activity_agg(date '2024-01-01' + day) AS a
		  FROM (VALUES (1, '{0,3,4}'::int[]), (2, '{0,1}'), (3, '{1,2,3}'), (4, '{3,4}'), (5, '{4}')) v (u, days), unnest(days) day GROUP BY u) s)) t;
SELECT t.* FROM pg_temp.triangle((SELECT retention_between(s, r, 'day', '2024-01-08', retention_options(cohort => 'recurring'))
	FROM (VALUES ('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-04:1}'::activity, '{2024-01-06:1,2024-01-07:1}'::activity),
				 ('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-04:1}', '{2024-01-06:1}'), ('{2024-01-06:1}', NULL)) v (s, r))) t;
-- The amount of period 0 is that of the return activity; what is before the cohort counts nowhere.
SELECT c.cohort, c.period_number, c.retained_users, c.amount
FROM cells((SELECT retention_between(s, r, 'day', '2024-01-05', retention_options(amounts => true))
	FROM (VALUES ('{2024-01-02:1,2024-01-03:1}'::activity, 'amounts {2024-01-01:1:1:100,2024-01-02:1:1:5,2024-01-03:1:1:7.5}'::activity),
				 ('{2024-01-02:1}', NULL), (NULL, 'amounts {2024-01-02:1:1:1000}')) v (s, r))) c;
SELECT retention_between(activity, activity, 'week', '2024-01-20') = retention(activity, 'week', '2024-01-20') AS same FROM people;
-- Flags: published ones of ClickHouse, Doris and TiDB.
SELECT sum(r[1]) AS day0, sum(r[2]) AS day1, sum(r[3]) AS day2
FROM (SELECT retention_flags(day = 0, day = 1, day = 2) AS r
	  FROM (VALUES (0, 79), (1, 49), (2, 59)) v (day, last), generate_series(0, last) u GROUP BY u) s;
SELECT u, retention_flags(d = 'd12', d = 'd13', d = 'd14')
FROM (VALUES (0, 'd12'), (0, 'd13'), (0, 'd14'), (1, 'd13'), (1, 'd12'), (2, 'd12'), (3, 'd13'), (4, NULL)) v (u, d) GROUP BY u ORDER BY u;
SELECT retention_flags(VARIADIC ARRAY[true, NULL, d > 1]) FROM generate_series(1, 2) d;
--
-- Edges
--
SELECT retention(activity, 'day', '2024-01-06') IS NULL AS nobody, retention_flags(true) IS NULL AS no_flags FROM people WHERE false;
SELECT retention(activity, 'day', '2024-01-06') FILTER (WHERE false) IS NULL AS nobody,
	   retention_flags(true) FILTER (WHERE false) IS NULL AS no_flags FROM people;
SELECT retention(activity, 'day', '2024-01-06') IS NULL AS only_nulls FROM people WHERE name = 'eve';
SELECT count(*) AS nobody_yet FROM cells((SELECT retention(activity, 'day', '2024-01-01') FROM people));
SELECT count(*) AS nobody_yet FROM curve((SELECT retention(activity, 'day', '2024-01-01') FROM people));
SELECT c.* FROM cells((SELECT retention(activity, 'month', '2024-01-05') FROM people)) c;
-- A bracket is listed when its first day has begun, complete when its last has ended.
SELECT as_of, array_agg(c.complete ORDER BY c.period_number) AS complete
FROM generate_series(timestamp '2024-01-02', '2024-01-07', '1 day') as_of,
	 LATERAL (SELECT retention(a, 'day', as_of::date, retention_options(brackets => '{1,3,4}')) AS matrix
			  FROM (VALUES ('{2024-01-01:1}'::activity)) v (a)) r,
	 LATERAL cells(r.matrix) c GROUP BY as_of ORDER BY as_of;
-- min_occurrences are events of the bracket, not of a day.
SELECT t.* FROM pg_temp.triangle((SELECT retention('{2024-01-01:1,2024-01-02:1,2024-01-04:1}'::activity, 'day', '2024-01-09',
	retention_options(brackets => '{3,3}', min_occurrences => 2)))) t;
-- A streak of more periods than are listed; a return after all of them; week_start matters for weeks only.
SELECT t.* FROM pg_temp.triangle((SELECT retention('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-04:1}'::activity, 'day', '2024-01-09',
	retention_options(mode => 'streak', max_periods => 2)))) t;
SELECT t.* FROM pg_temp.triangle((SELECT retention('{2024-01-01:1,2024-01-08:1}'::activity, 'day', '2024-01-09',
	retention_options(mode => 'on_or_after', max_periods => 2)))) t;
SELECT retention(activity, 'month', '2024-02-01', retention_options(week_start => 'sunday')) = retention(activity, 'month', '2024-02-01') AS months,
	   retention(activity, 'week', '2024-02-01', retention_options(week_start => 'sunday')) = retention(activity, 'week', '2024-02-01') AS weeks FROM people;
-- The scale is the smallest that is exact, whatever was seen on the way; sums beyond 64 bits.
SELECT c.period_number, c.amount FROM cells((SELECT retention(a::activity, 'year', '2026-01-01', retention_options(amounts => true))
	FROM (VALUES ('amounts {2024-01-01:1:1:9223372036854775807}'), ('amounts {2024-01-01:1:1:0.000000001}'),
				 ('amounts {2024-01-01:1:1:9223372036854775807}'), ('amounts {2024-01-01:1:1:1.999999999}'),
				 ('amounts {2024-01-01:1,2025-01-01:1:0:-0.5}')) v (a))) c;
SELECT c.* FROM cells((SELECT retention('{-4713-11-24:1,5874897-12-30:1}'::activity, 'day', '5874897-12-31',
	retention_options(cohort => 'recurring', max_periods => 1)))) c;
-- Rows and splits in any order give the same bytes, through text and binary too.
CREATE TEMP TABLE crowd AS
	SELECT u, activity_agg(date '2023-12-20' + (u * g * 37 + g * g) % 130, ((u * g) % 97 - 20)::numeric / (1 + u % 8)::numeric ^ 2 * 16)
			  FILTER (WHERE true) AS a
	FROM (SELECT u, g FROM generate_series(1, 40) u, generate_series(1, 9) g WHERE u % 8 IN (0, 1, 3) AND g <= 1 + u % 9) s GROUP BY u;
CREATE TEMP TABLE asked AS
	SELECT row_number() OVER () AS n, p, o
	FROM unnest(enum_range(NULL::period)) p, unnest(enum_range(NULL::retention_cohort)) c, unnest(enum_range(NULL::retention_mode)) m,
		 unnest(enum_range(NULL::week_start)) w, (VALUES (NULL), ('{1,2}'::int[])) k (k), (VALUES (1), (2)) e (e), (VALUES (true), (false)) a (a),
		 (VALUES (NULL), (3)) x (x), (VALUES (NULL), (date '2024-01-10')) f (f),
		 LATERAL (SELECT retention_options(c, m, w, e, k, a, x, f, CASE WHEN e = 1 THEN date '2024-03-01' END) AS o) o;
CREATE TEMP TABLE parts AS
	SELECT n, u % 3 AS part, retention(a, p, '2024-03-13', o ORDER BY u DESC) AS matrix FROM asked, crowd GROUP BY n, part;
CREATE TEMP TABLE whole AS SELECT n, retention(a, p, '2024-03-13', o) AS matrix FROM asked, crowd GROUP BY n;
SELECT count(*) AS asked, count(*) FILTER (WHERE w.matrix = s.direct) AS direct, count(*) FILTER (WHERE w.matrix = s.text) AS text,
	   count(*) FILTER (WHERE w.matrix = s.binary) AS binary, count(*) FILTER (WHERE w.matrix <> s.direct) AS unlike,
	   count(*) FILTER (WHERE w.matrix::text::retention_matrix::text = w.matrix::text) AS fixpoint
FROM whole w
JOIN (SELECT n, rollup(matrix ORDER BY part) AS direct, rollup(matrix::text::retention_matrix ORDER BY -part) AS text,
			 rollup(matrix::bytea::retention_matrix ORDER BY part % 2) AS binary FROM parts GROUP BY n) s USING (n);
SELECT count(*) FILTER (WHERE a.matrix || b.matrix = merge(b.matrix, a.matrix)) = count(*) AS commutes,
	   count(*) FILTER (WHERE a.matrix || NULL = a.matrix AND NULL || a.matrix = a.matrix) = count(*) AS null_is_nobody
FROM parts a JOIN parts b USING (n) WHERE n % 7 = 0;
SELECT NULL::retention_matrix || NULL IS NULL AS null_twice, (SELECT rollup(NULL::retention_matrix)) IS NULL AS only_nulls;
-- Running and sliding windows; two aggregates over one state.
SELECT bool_and(running = (SELECT retention(c.a, 'day', '2024-03-13') FROM crowd c WHERE c.u <= r.u)) AS running,
	   bool_and(sliding = (SELECT retention(c.a, 'week', '2024-03-13') FROM crowd c WHERE c.u BETWEEN r.u - 3 AND r.u)) AS sliding
FROM (SELECT u, retention(a, 'day', '2024-03-13') OVER (ORDER BY u) AS running,
			 retention(a, 'week', '2024-03-13') OVER (ORDER BY u RANGE 3 PRECEDING) AS sliding FROM crowd) r;
SELECT retention(a, 'day', '2024-03-13') = retention(a, 'day', '2024-03-13', retention_options()) AS same FROM crowd;
-- A state kept by a plain table, and merged outside an aggregate.
CREATE TEMP TABLE kept (id int PRIMARY KEY, matrix retention_matrix);
INSERT INTO kept SELECT 1, matrix FROM parts WHERE n = 5
ON CONFLICT (id) DO NOTHING;
INSERT INTO kept SELECT 1, matrix FROM parts WHERE n = 5 AND part = 1
ON CONFLICT (id) DO UPDATE SET matrix = kept.matrix || excluded.matrix;
SELECT kept.matrix = a.matrix || b.matrix AS upserted FROM kept, parts a, parts b
WHERE a.n = 5 AND b.n = 5 AND b.part = 1 AND kept.matrix = a.matrix || b.matrix;
-- Parallel workers' states.
CREATE TABLE retention_crowd AS SELECT * FROM crowd;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT count(*) AS asked, count(*) FILTER (WHERE (SELECT retention(a, 'day', '2024-03-13', options) FROM retention_crowd)
		= (SELECT rollup(m) FROM (SELECT retention(a, 'day', '2024-03-13', options) AS m FROM crowd GROUP BY u) s)) AS parallel
FROM (VALUES (retention_options()), (retention_options('recurring', amounts => true))) v (options);
SELECT retention_flags(u > 1, u > 40, u % 2 = 1) FROM retention_crowd;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
DROP TABLE retention_crowd;
--
-- Errors
--
SELECT call, pg_temp.problem('SELECT user_ops.' || call) FROM (VALUES
	('retention_options(cohort => NULL)'), ('retention_options(mode => NULL)'), ('retention_options(week_start => NULL)'),
	('retention_options(min_occurrences => NULL)'), ('retention_options(amounts => NULL)'),
	('retention_options(min_occurrences => 0)'), ('retention_options(min_occurrences => 1)'), ('retention_options(min_occurrences => 2147483647)'),
	('retention_options(max_periods => -1)'), ('retention_options(max_periods => -2147483648)'), ('retention_options(max_periods => 0)'),
	('retention_options(max_periods => 10000)'), ('retention_options(max_periods => 10001)'),
	('retention_options(brackets => ''{}'')'), ('retention_options(brackets => ''{{1,2}}'')'), ('retention_options(brackets => ''{1,NULL}'')'),
	('retention_options(brackets => ''{0}'')'), ('retention_options(brackets => ''{1,-1}'')'), ('retention_options(brackets => ''{2147483647,2147483647}'')'),
	('retention_options(brackets => ''{-2147483648}'')'), ('retention_options(brackets => ''{9999,1}'')'), ('retention_options(brackets => ''{9999,2}'')'),
	('retention_options(cohort_from => ''2024-01-02'', cohort_to => ''2024-01-02'')'), ('retention_options(cohort_from => ''2024-01-02'', cohort_to => ''2024-01-03'')'),
	('retention_options(cohort_from => ''infinity'')'), ('retention_options(cohort_from => ''-infinity'', cohort_to => ''infinity'')'),
	('retention_options(cohort_to => ''-infinity'')'), ('retention_options(mode => ''onn'')')) v (call);
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT retention(activity, NULL, ''2024-01-01'') FROM people'),
	('SELECT retention(activity, ''day'', NULL) FROM people'),
	('SELECT retention(activity, ''day'', ''2024-01-01'', NULL) FROM people'),
	('SELECT retention_between(activity, activity, NULL, ''2024-01-01'') FROM people'),
	('SELECT retention(activity, ''day'', ''infinity'') FROM people'),
	('SELECT retention(activity, ''day'', ''2024-01-01'', ROW(''first'', ''on'', ''monday'', 0, NULL, false, NULL, NULL, NULL)::retention_options) FROM people'),
	('SELECT retention(activity, ''day'', ''2024-01-01'', ROW(''first'', NULL, ''monday'', 1, NULL, false, NULL, NULL, NULL)::retention_options) FROM people'),
	('SELECT retention(activity, CASE name WHEN ''ann'' THEN ''day'' ELSE ''week'' END::period, ''2024-01-09'') FROM people'),
	('SELECT retention(activity, ''day'', date ''2024-01-09'' + length(activity::text)) FROM people'),
	('SELECT retention(activity, ''day'', ''2024-01-09'', retention_options(min_occurrences => length(name) + ascii(name))) FROM people'),
	('SELECT retention(activity, ''day'', ''2024-01-09'', retention_options(brackets => ARRAY[ascii(name)])) FROM people'),
	('SELECT retention(''{2024-01-01:1}'', ''day'', ''2024-01-09'', retention_options(amounts => true))'),
	('SELECT retention_between(activity, ''{2024-01-01:1}'', ''day'', ''2024-01-09'', retention_options(amounts => true)) FROM people'),
	('SELECT rollup(matrix) FROM parts'),
	('SELECT merge(a.matrix, b.matrix) FROM whole a, whole b'),
	('SELECT retention(''{-4713-11-24:1}'', ''day'', ''5874897-12-31'')'),
	('SELECT cells(retention(''{-4713-11-24:1}'', ''month'', ''2024-01-01'', retention_options(max_periods => 1)))'),
	('SELECT retention_flags(VARIADIC ''{}''::boolean[])'),
	('SELECT retention_flags(VARIADIC NULL::boolean[])'),
	('SELECT retention_flags(VARIADIC array_fill(true, ARRAY[u])) FROM generate_series(1, 2) u'),
	('SELECT user_ops_internal.retention_flags_combine(''{1}'', ''{1,0}'')'),
	('SELECT user_ops_internal.retention_flags_final(''{NULL}'')')) v (statement);
-- 01 version, 01 by day, 0a as_of 2000-01-06, no limits, 1 occurrence, all periods, no brackets; then the cohorts.
SELECT input, pg_temp.problem(format('SELECT %L::user_ops.retention_matrix', input)) FROM (VALUES
	(''), ('\x'), ('x'), ('\x010'), ('\x01AA'), ('\x00010a00000100000000'), ('\x02010a000001000000'), ('\x0101'),
	('\x01010a000001000000'), ('\x01000a000001000000'), ('\x01060a000001000000'), ('\x01090a000001000000'), ('\x01610a000001000000'),
	('\x01010a000000000000'), ('\x01010a020a01000000'), ('\x01010a010a010a01000000'), ('\x01010a00000100010000'), ('\x01010a0000010001009000'),
	('\x01010a00000100000100050101'), ('\x01010a0000010000010005'), ('\x01010a0000010000010100'), ('\x01010a0000010000010101'),
	('\x01010a000001000001010100'), ('\x01010a000001000001010102'), ('\x01010a0000010000010000'), ('\x01010a0000010000020101000001'),
	('\x01010a0000010000020101000002'), ('\x01010a00000100000101018000'), ('\x01010a000001000001ffffffff0f01'), ('\x01210a0000010000010201000000'),
	('\x01210a00000100000102010001'), ('\x01810a00000100000a00'), ('\x01810a00000100000000'), ('\x01810a0000010000010100010004'),
	('\x01810a000001000001010001ffffffffffffffffffffffffffffffffffff03'), ('\x01810a000001000000010001ffffffffffffffffffffffffffffffffffff03'),
	('\x01810a000001000000010001ffffffffffffffffffffffffffffffffffff07')) v (input);
SELECT pg_temp.problem(format('SELECT %L::bytea::user_ops.retention_matrix', '\x02'));
-- Cut off anywhere, a value is refused.
SELECT count(*) = length(matrix::bytea) AS all_refused
FROM (SELECT matrix FROM whole WHERE n = 77) w, generate_series(0, length(matrix::bytea) - 1) AS size
WHERE pg_temp.problem(format('SELECT %L::user_ops.retention_matrix', '\x' || encode(substr(matrix::bytea, 1, size), 'hex'))) LIKE '22P02%'
GROUP BY matrix::bytea;

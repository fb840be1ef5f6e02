SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
SET timezone = 'UTC';

-- retention, lifecycle and engagement over activities: one that is alone takes its input
-- itself; beside another aggregate it gets row by row. Both say the same, and the same as
-- states of single users that are merged; the answer is how long it is.
CREATE FUNCTION pg_temp.ask(source text, call text, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	alone text;
	beside text;
	single text;
BEGIN
	EXECUTE format('SELECT %s::text FROM %s', call, source) INTO alone;
	EXECUTE format('SELECT s FROM (SELECT %s::text AS s, count(*) FROM %s) AS x', call, source) INTO beside;
	EXECUTE format('SELECT rollup(s)::text FROM (SELECT %s AS s FROM %s AS r GROUP BY r.ctid) AS x', call, source) INTO single;
	IF alone IS DISTINCT FROM beside OR alone IS DISTINCT FROM single THEN
		RETURN format('alone %s, beside %s, single %s', alone, beside, single);
	END IF;
	RETURN coalesce('same ' || what || ' ' || length(alone), 'same, nobody');
END $$;
CREATE FUNCTION pg_temp.ask(source text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.ask(source, c, split_part(c, '(', 1)) FROM unnest(ARRAY[
		'retention(activity, ''week'', date ''2024-06-01'')', 'retention(activity, ''day'', date ''2024-03-01'')',
		'retention(activity, ''month'', date ''2024-06-01'', retention_options(max_periods => 2))',
		'retention(activity, ''week'', date ''2024-06-01'', retention_options(week_start => ''sunday'', min_occurrences => 2))',
		'retention(activity, ''week'', date ''2024-06-01'', retention_options(cohort_from => ''2024-01-15'', cohort_to => ''2024-02-01''))',
		'lifecycle(activity, ''week'', date ''2024-06-01'')', 'lifecycle(activity, ''day'', date ''2024-02-01'')',
		'lifecycle(activity, ''quarter'', date ''2024-06-01'')', 'lifecycle(activity, ''week'', date ''2024-06-01'', ''sunday'')',
		'engagement(activity, date ''2024-06-01'')', 'engagement(activity, (SELECT date ''2024-02-10''))']) AS c;
$$;

CREATE TEMP TABLE stored (u int PRIMARY KEY, activity activity);
SELECT pg_temp.ask('stored');
INSERT INTO stored
SELECT n % 400, activity_agg(timestamp '2024-01-01' + (n * n % 1500) * interval '2 hours', CASE WHEN n % 5 = 0 THEN n % 70 / 10.0 END)
FROM generate_series(1, 4000) AS n GROUP BY 1;
UPDATE stored SET activity = NULL WHERE u % 29 = 0;
SELECT pg_temp.ask('stored');
-- Activities that are computed from columns.
SELECT pg_temp.ask('stored', 'retention(merge(activity, ''{2024-02-03:1}''), ''week'', date ''2024-06-01'')', 'retention'), pg_temp.ask('stored', 'engagement(coalesce(activity, ''{2024-01-05:2}''), date ''2024-06-01'')', 'engagement'),
	   pg_temp.ask('stored', 'lifecycle(CASE WHEN u % 3 > 0 THEN activity END, ''week'', date ''2024-06-01'')', 'lifecycle');
-- The first rows NULL, and all of them.
CREATE TEMP TABLE late AS SELECT CASE WHEN u < 390 THEN NULL ELSE activity END AS activity FROM stored ORDER BY u;
SELECT pg_temp.ask('late', 'retention(activity, ''week'', date ''2024-06-01'')', 'retention');
CREATE TEMP TABLE nobody AS SELECT NULL::activity AS activity FROM generate_series(1, 500);
SELECT pg_temp.ask('nobody', 'lifecycle(activity, ''week'', date ''2024-06-01'')', 'lifecycle');
-- Users who come first before all others make the states grow; long activities stand out of line, compressed or not.
CREATE TEMP TABLE growing (activity activity);
INSERT INTO growing SELECT activity_agg(date '2024-05-30' - n * 7 + d) FROM generate_series(1, 900) AS n, generate_series(0, 20, 5) AS d GROUP BY n ORDER BY n;
INSERT INTO growing SELECT activity_agg(date '1990-01-01' + d) FROM generate_series(1, 12000) AS d;
ALTER TABLE growing ALTER activity SET STORAGE EXTERNAL;
INSERT INTO growing SELECT activity_agg(date '1985-01-01' + d) FROM generate_series(1, 14000) AS d;
SELECT pg_temp.ask('growing');

-- What differs from row to row is not taken along: as before, it is an error, or fits.
CREATE TEMP TABLE asked AS SELECT activity, CASE WHEN u < 300 THEN 'week'::period ELSE 'day' END AS period, date '2024-06-01' AS as_of FROM stored WHERE activity IS NOT NULL ORDER BY u;
SELECT length(retention(activity, period, '2024-06-01')::text) FROM asked;
SELECT length(lifecycle(activity, period, as_of)::text) FROM asked;
SELECT engagement(activity, as_of) = engagement(activity, '2024-06-01') AS same FROM asked;
SELECT retention(activity, 'week', as_of) = retention(activity, 'week', '2024-06-01') AS same FROM asked;
SELECT retention(activity, 'week', NULL) FROM stored;
SELECT retention(activity, 'week', '2024-06-01', retention_options(amounts => true)) FROM growing;
-- Parameters and values of other queries are like constants, as long as they stand.
PREPARE by_date(date) AS SELECT md5(lifecycle(activity, 'week', $1)::text) FROM stored;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_date('2024-06-01');
EXECUTE by_date('2024-02-01');
SELECT md5(lifecycle(activity, 'week', d)::text) FROM (SELECT date '2024-06-01' AS d OFFSET 0) AS x, stored GROUP BY d;
SELECT d, (SELECT md5(lifecycle(activity, 'week', d)::text) FROM stored) FROM (VALUES (date '2024-06-01'), ('2024-02-01')) AS v (d);
-- The rows are counted where somebody looks.
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SELECT pg_temp.rows_seen($$SELECT lifecycle(activity, 'week', '2024-06-01') FROM stored$$);
-- Workers, each by itself.
CREATE TABLE shared_out WITH (parallel_workers = 2) AS SELECT * FROM stored;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT lifecycle(activity, 'week', '2024-06-01') FROM shared_out;
SELECT pg_temp.ask('shared_out');
ROLLBACK;
DROP TABLE shared_out;

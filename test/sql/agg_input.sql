SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
SET timezone = 'UTC';

-- population_agg alone takes its input itself: from the pages of a heap, or from
-- any other node. Beside another aggregate it gets row by row. Both are held
-- against GROUP BY with activity_agg; the answer: users and events.
CREATE FUNCTION pg_temp.ask(source text, arguments text DEFAULT 'u, t, a') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	id text := split_part(arguments, ', ', 1);
	id_type text;
	digest text := 'md5(string_agg(user_id::text || activity::text, '' '' ORDER BY user_id)) || concat('' '', count(*), '' '', sum(events(activity)))';
	alone text;
	beside text;
	grouped text;
BEGIN
	EXECUTE format('SELECT pg_typeof(%s) FROM %s LIMIT 1', id, source) INTO id_type;
	EXECUTE format('SELECT (SELECT %s FROM users(p, NULL::%s)) FROM (SELECT population_agg(%s) AS p FROM %s) AS s',
				   digest, coalesce(id_type, 'int'), arguments, source) INTO alone;
	EXECUTE format('SELECT (SELECT %s FROM users(p, NULL::%s)) FROM (SELECT population_agg(%s) AS p, count(*) FROM %s) AS s',
				   digest, coalesce(id_type, 'int'), arguments, source) INTO beside;
	EXECUTE format('SELECT %s FROM (SELECT %s AS user_id, activity_agg(%s) AS activity FROM %s WHERE %s IS NOT NULL GROUP BY 1) AS s WHERE activity IS NOT NULL',
				   digest, id, substr(arguments, length(id) + 3), source, id) INTO grouped;
	IF alone IS DISTINCT FROM grouped OR beside IS DISTINCT FROM grouped THEN
		RETURN format('alone %s, beside another aggregate %s, grouped %s', alone, beside, grouped);
	END IF;
	RETURN coalesce('same ' || substr(alone, 34), 'same, nobody');
END $$;

-- Rows of user n % 90; a is NULL two times out of three, every 13th user and every 17th time is NULL.
CREATE FUNCTION pg_temp.fill(target text, columns text DEFAULT 'u, t, a', id text DEFAULT 'n %% 90', more text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format(
		'INSERT INTO %s (%s) SELECT CASE WHEN n %% 13 > 0 THEN ' || id || ' END,
			CASE WHEN n %% 17 > 0 THEN timestamptz ''2024-01-01'' + n * interval ''17 minutes'' END,
			CASE WHEN n %% 3 = 0 THEN n %% 50 / 10.0 END %s
		 FROM generate_series(1, 3000) AS n', target, columns, more);
END $$;

--
-- From the pages of a heap
--
CREATE TEMP TABLE plain (u bigint, t timestamptz, a numeric);
SELECT pg_temp.ask('plain');
SELECT pg_temp.fill('plain') \g /dev/null
SELECT pg_temp.ask('plain'), pg_temp.ask('plain', 'u, t'), pg_temp.ask('plain', $$u, t, a, 'Asia/Tokyo'$$);
-- Columns in another order, so that a NULL stands before what is wanted; a column for two arguments; one user.
CREATE TEMP TABLE backwards (a numeric(6,2), t timestamptz, u int, x bigint);
SELECT pg_temp.fill('backwards', 'u, t, a') \g /dev/null
SELECT pg_temp.ask('backwards'), pg_temp.ask('backwards', 'u, t, u'), pg_temp.ask('backwards', '7, t, a');
-- Ids of variable length in front, short, long, compressed and out of line.
CREATE TEMP TABLE named (u text, t timestamptz, a numeric);
SELECT pg_temp.fill('named', id => $i$repeat('user', CASE WHEN n %% 90 < 5 THEN 300 * (n %% 90) ELSE n %% 4 END) || n %% 90$i$) \g /dev/null
ALTER TABLE named ALTER u SET STORAGE EXTERNAL;
SELECT pg_temp.fill('named', id => $i$repeat('user', CASE WHEN n %% 90 < 5 THEN 300 * (n %% 90) ELSE n %% 4 END) || n %% 90$i$) \g /dev/null
SELECT pg_temp.ask('named'), pg_temp.ask('named', 'u, t');
-- Types of each length and alignment between.
CREATE TEMP TABLE mixed (c1 "char", c2 smallint, u uuid, c3 boolean, t timestamptz, c4 varchar, c5 char(3), a numeric, c6 text);
SELECT pg_temp.fill('mixed', 'u, t, a, c1, c2, c3, c4, c5, c6', $i$md5((n %% 90)::text)::uuid$i$,
	$m$, chr(65 + n % 20), nullif(n % 5, 0), n % 2 = 0, nullif(repeat('x', n % 9), ''), n % 99, CASE WHEN n % 4 > 0 THEN n::text END$m$) \g /dev/null
SELECT pg_temp.ask('mixed'), pg_temp.ask('mixed', 'u, t, c2'), pg_temp.ask('mixed', 'c4, t, a');
-- Many columns: more than a byte of the null bitmap holds, and more than are read so.
DO $$
DECLARE
	n int;
	wide text;
BEGIN
	FOREACH n IN ARRAY '{6, 9, 62, 63, 100}'::int[] LOOP
		SELECT string_agg(format('c%s %s', i, (ARRAY['int', 'bigint', 'smallint'])[1 + i % 3]), ', ') INTO wide FROM generate_series(1, n) AS i;
		EXECUTE format('CREATE TEMP TABLE wide_%s (%s, u int, t timestamptz, a numeric)', n, wide);
		PERFORM pg_temp.fill(format('wide_%s', n), 'u, t, a, c1, c3, c' || n, more => ', n, nullif(n % 2, 0), nullif(n % 3, 0)');
	END LOOP;
END $$;
SELECT n, pg_temp.ask('wide_' || n), pg_temp.ask('wide_' || n, 'u, t'), pg_temp.ask('wide_' || n, 'c1, t, u') FROM unnest('{6, 9, 62, 63, 100}'::int[]) AS n;
-- A column dropped before, after and between; columns added later, with a value for the old rows and without.
CREATE TEMP TABLE changed (gone text, u int, gone_too bigint, t timestamptz, last text);
INSERT INTO changed SELECT 'x' || n, n % 40, n, timestamptz '2024-01-01' + n * interval '1 hour', 'y' FROM generate_series(1, 500) AS n;
ALTER TABLE changed DROP gone, DROP gone_too, DROP last;
SELECT pg_temp.ask('changed', 'u, t');
ALTER TABLE changed ADD a numeric;
SELECT pg_temp.ask('changed');
ALTER TABLE changed ADD b int DEFAULT 5, ADD i text DEFAULT 'somebody', ADD at date DEFAULT '2024-03-01';
SELECT pg_temp.ask('changed', 'u, t, b'), pg_temp.ask('changed', 'i, t, b'), pg_temp.ask('changed', 'u, at, a');
SELECT pg_temp.fill('changed') \g /dev/null
SELECT pg_temp.ask('changed'), pg_temp.ask('changed', 'u, t, b'), pg_temp.ask('changed', 'i, t, b'), pg_temp.ask('changed', 'u, at, a');
-- Rows that were deleted, updated, or never committed; pages without a row.
DELETE FROM plain WHERE t < '2024-01-12' OR u = 5;
UPDATE plain SET a = 1 WHERE u = 6;
BEGIN;
SAVEPOINT s;
SELECT pg_temp.fill('plain') \g /dev/null
ROLLBACK TO s;
INSERT INTO plain VALUES (1000, '2024-05-01', 5);
SELECT pg_temp.ask('plain');
COMMIT;
SELECT pg_temp.ask('plain');
-- Under SERIALIZABLE, and with rows that a snapshot does not see.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT pg_temp.ask('mixed');
COMMIT;
BEGIN;
DECLARE c CURSOR FOR SELECT n_users FROM (SELECT population_agg(u, t) AS p FROM plain) AS s, LATERAL (SELECT count(*) AS n_users FROM users(p, NULL::bigint)) AS n;
DELETE FROM plain;
FETCH ALL FROM c;
ROLLBACK;

--
-- From any other node
--
CREATE INDEX ON plain (u);
ANALYZE plain;
CREATE TEMP VIEW half AS SELECT u, t + interval '1 day' AS t, a FROM plain WHERE u % 2 = 0;
CREATE TEMP TABLE parted (u int, t timestamptz, a numeric) PARTITION BY RANGE (t);
CREATE TEMP TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2024-01-20');
CREATE TEMP TABLE parted_2 (a numeric, u int, t timestamptz);
ALTER TABLE parted ATTACH PARTITION parted_2 DEFAULT;
SELECT pg_temp.fill('parted') \g /dev/null
SELECT source, pg_temp.ask(source)
FROM unnest(ARRAY['half', 'parted', '(SELECT * FROM plain WHERE a > 1) AS w', '(SELECT * FROM plain WHERE u = 7) AS w', 'plain TABLESAMPLE system (100)',
				  '(SELECT * FROM plain ORDER BY t LIMIT 50) AS l', '(SELECT DISTINCT u, t, a FROM plain) AS d',
				  'plain JOIN (VALUES (3), (4)) AS v (n) ON v.n = plain.u', '(VALUES (1, date ''2024-01-01'', 5), (1, ''2024-01-02'', NULL)) AS v (u, t, a)',
				  'half, generate_series(1, 3) AS n', '(SELECT u, t, a FROM plain UNION ALL SELECT u, t, a FROM half) AS b',
				  'generate_series(1, 5) AS u, (SELECT date ''2024-01-01'' AS t, 1 AS a) AS o', '(SELECT * FROM plain WHERE false) AS w']) AS source;
-- What is ordered, distinct or filtered arrives row by row.
SELECT count(*) FILTER (WHERE activity = activity_1)
FROM (SELECT population_agg(u, t, a) FILTER (WHERE a IS NULL) AS p FROM plain) AS s, users(p, NULL::bigint)
JOIN (SELECT u, activity_agg(t, a) FILTER (WHERE a IS NULL) AS activity_1 FROM plain GROUP BY u) AS g ON u = user_id;
SELECT (SELECT sum(events(activity)) FROM users(p, NULL::bigint)) AS events FROM (SELECT population_agg(u, t ORDER BY a) AS p FROM plain) AS s;
SELECT (SELECT sum(events(activity)) FROM users(p, NULL::bigint)) AS events FROM (SELECT population_agg(DISTINCT u, t) AS p FROM plain) AS s;
SELECT count(DISTINCT (u, t)) FROM plain WHERE u IS NOT NULL AND t IS NOT NULL;

--
-- Arguments that are computed from columns
--
SELECT pg_temp.ask('plain', 'u, t::date, a'), pg_temp.ask('plain', 'u % 7, t, a'), pg_temp.ask('plain', $$u, t AT TIME ZONE 'Asia/Tokyo', a * 2$$);
SELECT pg_temp.ask('mixed', 'upper(c4), t, a'), pg_temp.ask('mixed', 'coalesce(c6,c4), greatest(t, timestamptz ''2024-01-05''), CASE WHEN c3 THEN a ELSE c2 END'),
	   pg_temp.ask('mixed', 'c4::text, t, a::float8'), pg_temp.ask('mixed', 'u::text, t, nullif(a, 0.5), concat(''Asia/'', CASE WHEN c2 > 2 THEN ''Tokyo'' ELSE ''Seoul'' END)');
SELECT pg_temp.ask('named', 'md5(u), t, a'), pg_temp.ask('named', 'repeat(u,20), t'), pg_temp.ask('named', 'length(u), t::date, a + length(u)'), pg_temp.ask('named', '(u IN (''user7'',''useruser8''))::int, t');
-- Of columns added later, of more than are read from pages, of none.
SELECT pg_temp.ask('changed', 'u + 1, at + 1, a + b'), pg_temp.ask('changed', 'i || u, t, b'), pg_temp.ask('changed', 'current_database()::text, t, a');
SELECT pg_temp.ask('wide_9', 'u + 1, t::timestamp, a + coalesce(c1, 0) + coalesce(c3, 0) + coalesce(c9, 0)'),
	   pg_temp.ask('wide_9', 'u + 1, t, a + coalesce(c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9, 0)'), pg_temp.ask('wide_100', 'u + 1, t, c1 + 1');
-- From any other node.
SELECT source, pg_temp.ask(source, 'u + 1, t::date, a - 1')
FROM unnest(ARRAY['half', 'parted', '(SELECT * FROM plain WHERE a > 1) AS w', '(SELECT * FROM plain ORDER BY t LIMIT 50) AS l', 'plain JOIN (VALUES (3), (4)) AS v (n) ON v.n = plain.u',
				  '(SELECT u, t, a FROM plain UNION ALL SELECT u, t, a FROM half) AS b', '(SELECT u * 2 AS u, t, a FROM plain) AS c', '(SELECT * FROM plain WHERE false) AS w']) AS source;
-- Nobody can tell: a volatile function is called once a row, in order; one that errs does so at its row, and the rows before it had their say.
CREATE TEMP SEQUENCE called;
CREATE TEMP TABLE few AS SELECT n AS u, date '2024-01-01' + n AS t, n % 3 AS a FROM generate_series(1, 20) AS n;
CREATE FUNCTION pg_temp.tell(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN RAISE NOTICE 'row %, call %', n, nextval('called'); RETURN n; END $$;
CREATE FUNCTION pg_temp.fail(n int, at int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF n >= at THEN RAISE 'row %', n USING ERRCODE = 'UE001'; END IF; RETURN n; END $$;
SELECT (SELECT count(*) FROM users(p, NULL::int)) FROM (SELECT population_agg(pg_temp.tell(u), t) AS p FROM few WHERE u < 4) AS s;
SELECT (SELECT count(*) FROM users(p, NULL::int)) FROM (SELECT population_agg(u + (nextval('called') > 0)::int, t) AS p FROM few) AS s;
SELECT currval('called');
\set VERBOSITY terse
SELECT population_agg(pg_temp.fail(u, 15), t) FROM few;
SELECT population_agg(u, t + 1000 / (u - 17), a) FROM few;
SELECT population_agg(u, t, CASE WHEN u = 7 THEN 'NaN'::numeric ELSE 10 / (9 - u) END) FROM few;
SELECT population_agg(u, t, CASE WHEN u = 7 THEN 'NaN'::numeric ELSE 10 / (6 - u) END) FROM few;
\set VERBOSITY default
-- A domain is checked, a subquery asked for each row.
CREATE DOMAIN pg_temp.low AS int CHECK (VALUE < 15);
SELECT population_agg(u::pg_temp.low, t) FROM few;
SELECT pg_temp.ask('few', 'u, t, (SELECT max(a) FROM few AS f WHERE f.u < few.u)'), pg_temp.ask('few', 'u + (SELECT count(*) FROM few), t, a');
-- Parameters, and columns of other queries, in expressions.
PREPARE shifted(int) AS SELECT (SELECT string_agg(user_id::text, ' ' ORDER BY user_id) FROM users(p, NULL::int)) FROM (SELECT population_agg(u % $1, t + $1) AS p FROM few) AS s;
SET plan_cache_mode = force_generic_plan;
EXECUTE shifted(3);
EXECUTE shifted(7);
RESET plan_cache_mode;
CREATE FUNCTION pg_temp.shifted(by int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT (SELECT string_agg(user_id::text, ' ' ORDER BY user_id) FROM users(p, NULL::int)) FROM (SELECT population_agg(u % by, t + by) AS p FROM few) AS s);
END $$;
SELECT n, pg_temp.shifted(n), ids FROM generate_series(2, 4) AS n,
	LATERAL (SELECT population_agg(u % n, t + n) AS p FROM few OFFSET 0) AS s, LATERAL (SELECT string_agg(user_id::text, ' ' ORDER BY user_id) FROM users(p, NULL::int)) AS c (ids);
-- A cursor goes on for whom it was opened, whatever the one who fetches may execute.
CREATE ROLE user_ops_fetcher;
CREATE SCHEMA user_ops_hidden;
CREATE FUNCTION user_ops_hidden.twice(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 * 2; END';
REVOKE EXECUTE ON FUNCTION user_ops_hidden.twice FROM PUBLIC;
BEGIN;
DECLARE c CURSOR FOR SELECT population_agg(user_ops_hidden.twice(u), t) IS NOT NULL AS there FROM few;
SET LOCAL ROLE user_ops_fetcher;
FETCH c;
ROLLBACK;
DROP FUNCTION user_ops_hidden.twice;
DROP SCHEMA user_ops_hidden;
DROP ROLE user_ops_fetcher;

-- What the scan computes, though nobody asks for it, is computed for every row; constants need no column.
CREATE TEMP SEQUENCE drawn;
SELECT population_agg(u, t) IS NULL AS nobody FROM (SELECT u, t, nextval('drawn') FROM plain OFFSET 0) AS s;
SELECT currval('drawn') = count(*) AS once_a_row FROM plain;
SELECT (SELECT sum(events(activity)) FROM users(p, NULL::int)) = (SELECT count(*) FROM plain) AS each_row_counts
FROM (SELECT population_agg(7, date '2024-01-01') AS p FROM plain) AS s;

--
-- In plans that ask for the input again
--
SELECT n, n_users FROM generate_series(1, 3) AS n,
	LATERAL (SELECT population_agg(u, t) AS p FROM plain WHERE u > n * 20 OFFSET 0) AS s, LATERAL (SELECT count(*) AS n_users FROM users(p, NULL::bigint)) AS c;
SELECT n, n_users, wanted FROM generate_series(1, 3) AS n,
	LATERAL (SELECT population_agg(u, t, n * 2) AS p FROM plain OFFSET 0) AS s, LATERAL (SELECT count(*) AS n_users, sum(monetary(activity, '2025-01-01')) FROM users(p, NULL::bigint)) AS c (n_users, wanted);
-- The rows taken are rows that the node below gave: the plan with its numbers of rows, as 15 to 17 write them.
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT pg_temp.rows_seen('SELECT population_agg(u, t, a) FROM mixed');
SELECT pg_temp.rows_seen('SELECT population_agg(u, t) FROM plain WHERE u < 50');
SELECT (SELECT count(*) FROM mixed), (SELECT count(*) FROM plain WHERE u < 50);
SET stats_fetch_consistency = 'none';
CREATE TABLE counted AS SELECT n AS u, date '2024-01-01' AS t FROM generate_series(1, 1234) AS n;
SELECT seq_tup_read AS read_before FROM pg_stat_xact_user_tables WHERE relname = 'counted';
BEGIN;
SELECT population_agg(u, t) IS NULL AS nobody FROM counted;
SELECT seq_scan, seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'counted';
COMMIT;
DROP TABLE counted;
-- An error amid the rows leaves the next query whole.
SELECT population_agg(u, t, b) FROM (SELECT u, t, 1 / (u - 50) AS b FROM plain) AS s;
INSERT INTO plain VALUES (1, 'infinity', 1);
SELECT population_agg(u, t, a) FROM plain;
DELETE FROM plain WHERE t = 'infinity';
SELECT pg_temp.ask('plain');

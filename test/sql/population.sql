SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
SET timezone = 'Asia/Tokyo';

\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE TEMP TABLE events (user_id int, event_time timestamptz, amount int);
INSERT INTO events VALUES
	(2, '2024-01-31 23:30+00', 7), (1, '2024-01-03 12:00+00', 12), (1, '2024-01-03 00:00+00', -2), (NULL, '2024-01-03 00:00+00', 5),
	(1, '2024-01-10 08:00+00', NULL), (3, NULL, 99), (-7, '2024-02-29 22:59:59.999999+00', 0), (NULL, NULL, NULL);

--
-- One scan of the events, then a row for each user
--
SELECT u.* FROM (SELECT population_agg(user_id, event_time, amount) AS p FROM events) AS s, users(p, NULL::int) AS u ORDER BY user_id;
SELECT (u).user_id, (u).activity FROM (SELECT users(p, NULL::int) AS u FROM (SELECT population_agg(user_id, event_time) AS p FROM events) AS s OFFSET 0) AS s ORDER BY 1;
-- The same as grouping first.
(SELECT user_id, activity FROM (SELECT population_agg(user_id, event_time, amount) AS p FROM events) AS s, users(p, NULL::int))
EXCEPT ALL
SELECT user_id, activity_agg(event_time, amount) FROM events WHERE user_id IS NOT NULL AND event_time IS NOT NULL GROUP BY user_id;

-- Rows that are left out are counted. A time at infinity is an error once all are seen; the lenient one leaves it out.
SELECT population_rows(p) FROM (SELECT population_agg(user_id, event_time, amount) AS p FROM events) AS s;
SELECT population_agg(user_id, event_time) IS NULL AS none, population_rows(lenient_population_agg(user_id, event_time, NULL::date)) FROM events WHERE user_id IS NULL;
SELECT population_agg(user_id, event_time) IS NULL AS none, lenient_population_agg(user_id, event_time, NULL::date) IS NULL AS lenient, population_rows(NULL) FROM events WHERE false;
CREATE TEMP TABLE endless AS SELECT user_id, event_time, amount::numeric, (event_time AT TIME ZONE 'UTC')::timestamp AS local_time FROM events;
INSERT INTO endless VALUES (1, 'infinity', 3, 'infinity'), (NULL, '-infinity', 3, '-infinity'), (4, '-infinity', NULL, '-infinity'), (5, NULL, 1, NULL);
SELECT pg_temp.answer(format('SELECT user_ops.population_agg(%s) FROM endless', arguments)) AS strict,
	   pg_temp.answer(format('SELECT user_ops.population_rows(user_ops.lenient_population_agg(%s)) FROM endless', lenient)) AS counts,
	   pg_temp.answer(format('SELECT count(*) FROM ((SELECT (u).* FROM (SELECT user_ops.users(p, NULL::int) AS u FROM (SELECT user_ops.lenient_population_agg(%1$s) AS p FROM endless) AS s OFFSET 0) AS t)
		EXCEPT ALL SELECT user_id, user_ops.activity_agg(%2$s) FROM endless WHERE user_id IS NOT NULL AND isfinite(event_time) GROUP BY user_id) AS d', lenient, substr(arguments, 10))) AS differ
FROM (VALUES ('user_id, event_time', 'user_id, event_time, NULL::date'), ('user_id, event_time, amount', 'user_id, event_time, amount, NULL::int, NULL::date'),
			 ('user_id, local_time', 'user_id, local_time, NULL::date'), ('user_id, local_time::date, amount::int', 'user_id, local_time::date, amount::int, NULL::int, NULL::date'),
			 ('user_id, event_time, amount, ''Asia/Tokyo''::text', 'user_id, event_time, amount, NULL::int, NULL::date, ''Asia/Tokyo''::text')) AS v (arguments, lenient);
-- ... by workers and one by one as well.
CREATE TABLE endless_parts (u int, t date) WITH (parallel_workers = 2);
INSERT INTO endless_parts SELECT nullif(i % 50, 7), CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 'infinity' ELSE date '2024-01-01' + i % 90 END FROM generate_series(1, 60000) AS i;
SELECT count(*) AS rows_read, count(*) FILTER (WHERE u IS NULL OR t IS NULL OR NOT isfinite(t)) AS left_out FROM endless_parts;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT population_rows(p) FROM (SELECT lenient_population_agg(u, t, NULL::date) AS p FROM endless_parts) AS s;
SELECT population_rows(p) FROM (SELECT lenient_population_agg(u, t, NULL::date) AS p FROM endless_parts) AS s;
SELECT pg_temp.answer('SELECT user_ops.population_agg(u, t) FROM endless_parts');
ROLLBACK;
SELECT population_rows(lenient_population_agg(u, t, NULL::date)), count(*) FROM endless_parts;
DROP TABLE endless_parts;

-- Every kind of time with every kind of amount: as many overloads as of activity_agg, and what they say.
SELECT count(*) AS overloads,
	   bool_and(p.proparallel = 's' AND a.aggcombinefn <> 0 AND a.aggserialfn <> 0 AND a.aggdeserialfn <> 0 AND a.aggfinalmodify = 'w') AS all_alike
FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname = 'population_agg';
SELECT arguments, wrong, answer
FROM (SELECT format('%s%s%s', t.type, ', ' || a.type, ', ' || zone) AS arguments, t.type, a.type AS amount, zone,
			 pg_temp.answer(format(
				'SELECT count(*) FROM ((SELECT u.user_id, u.activity FROM (SELECT user_ops.population_agg(user_id, %1$s) AS p FROM events) AS s, users(p, NULL::int) AS u)
				 EXCEPT ALL SELECT user_id, user_ops.activity_agg(%1$s) FROM events WHERE user_id IS NOT NULL AND event_time IS NOT NULL GROUP BY user_id) AS d',
				args)) AS wrong,
			 pg_temp.answer(format(
				'SELECT string_agg(u.user_id || u.activity::text, '' '' ORDER BY user_id) FROM (SELECT user_ops.population_agg(user_id, %1$s) AS p FROM events) AS s, users(p, NULL::int) AS u',
				args)) AS answer
	  FROM (VALUES ('date', NULL), ('timestamp', NULL), ('timestamptz', NULL), ('timestamptz', 'Europe/Paris')) AS t (type, zone),
		   (VALUES (NULL), ('numeric'), ('float8'), ('int8'), ('int4'), ('int2')) AS a (type),
		   LATERAL (SELECT format('event_time::%s%s%s', t.type, ', amount::' || a.type, ', ' || quote_literal(zone) || '::text') AS args) AS x) AS s
ORDER BY type, zone, amount NULLS FIRST;

--
-- Nothing, and next to nothing
--
SELECT population_agg(user_id, event_time) IS NULL AS no_rows, population_agg(user_id, event_time, amount) IS NULL AS with_amount FROM events WHERE false;
SELECT population_agg(user_id, event_time) FILTER (WHERE false) IS NULL AS filtered, population_agg(user_id, event_time) FILTER (WHERE user_id = 1) IS NULL AS one FROM events;
SELECT population_agg(user_id, event_time) IS NULL AS null_times FROM events WHERE event_time IS NULL;
SELECT population_agg(user_id, event_time, amount, 'UTC') IS NULL AS null_users FROM events WHERE user_id IS NULL;
-- A user or a time of NULL: what stands beside it is not even looked at.
SELECT u.* FROM (SELECT population_agg(id, at, x) AS p FROM (VALUES (NULL, '2024-01-01'::date, 'NaN'::numeric), (1, NULL, 'NaN'), (1, '2024-01-03', 1)) AS v (id, at, x)) AS s, users(p, NULL::int) AS u;
-- A NULL population has no users, and no metric.
SELECT count(*) AS nobody FROM users(NULL::population, NULL::int);
SELECT count(*) AS nobody FROM (SELECT users(NULL::population, NULL::text)) AS s;
SELECT count(*) AS nobody FROM rfm_scores(NULL::population, NULL, NULL, NULL::int);
SELECT count(*) AS nobody FROM (SELECT population_agg(user_id, event_time) AS p FROM events WHERE false) AS s, users(p, NULL::int);
SELECT retention(NULL::population, 'day', '2024-03-01') IS NULL AS retention, lifecycle(NULL::population, 'day', '2024-03-01') IS NULL AS lifecycle,
	   engagement(NULL::population, '2024-03-01') IS NULL AS engagement, rfm_model(NULL::population, '2024-03-01') IS NULL AS rfm_model;
SELECT retention(p, 'day', '2024-03-01') IS NULL AS retention, lifecycle(p, 'day', '2024-03-01') IS NULL AS lifecycle,
	   engagement(p, '2024-03-01') IS NULL AS engagement, rfm_model(p, '2024-03-01') IS NULL AS rfm_model
FROM (SELECT population_agg(user_id, event_time) AS p FROM events WHERE false) AS s;
-- Of one without users there are counts, of nobody, and no model.
SELECT cohorts, periods, days, rfm_model(p, '2024-03-01') IS NULL AS rfm_model, purchase_model(p, '2024-03-01') IS NULL AS purchase_model
FROM (SELECT lenient_population_agg(user_id, event_time, NULL::date) AS p FROM events WHERE user_id IS NULL) AS s,
	 LATERAL (SELECT count(*) AS cohorts FROM cells(retention(p, 'day', '2024-03-01'))) AS r, LATERAL (SELECT count(*) AS periods FROM cells(lifecycle(p, 'day', '2024-03-01'))) AS l,
	 LATERAL (SELECT count(*) AS days FROM cells(engagement(p, '2024-03-01'))) AS e;

--
-- User ids of any type that can be hashed
--
CREATE TYPE pg_temp.color AS ENUM ('red', 'green', 'blue', 'grey');
CREATE DOMAIN pg_temp.code AS text CHECK (value <> 'nobody');
CREATE DOMAIN pg_temp.number AS bigint;
CREATE TYPE pg_temp.pair AS (shop int, name text);
CREATE TEMP TABLE many AS SELECT n * 7919 % 41 AS u, date '2024-01-01' + n * 31 % 97 AS day, (n % 7) / 4.0 AS amount FROM generate_series(1, 2000) AS n;
SELECT type, pg_temp.answer(format($q$
	SELECT format('%%s users, %%s wrong', count(*), count(*) FILTER (WHERE w.activity IS DISTINCT FROM u.activity))
	FROM (SELECT population_agg((%1$s)::%2$s, day, amount) AS p FROM many) AS s, users(p, NULL::%2$s) AS u
	FULL JOIN (SELECT (%1$s)::%2$s AS user_id, activity_agg(day, amount) AS activity FROM many WHERE (%1$s) IS NOT NULL GROUP BY 1) AS w ON w.user_id::text = u.user_id::text
	$q$, expression, type))
FROM (VALUES
	('smallint', 'u - 20'), ('int', 'u - 20'), ('int', 'nullif(u, 7)'), ('int', '-2147483648 + u'), ('bigint', '(u - 20) * 1000000000000'), ('oid', '4294967295 - u'),
	('date', 'date ''2024-01-01'' - u * 1000'), ('uuid', 'md5(u::text)::uuid'), ('text', 'repeat(''x'', u)'), ('text', 'nullif(repeat(''x'', u), '''')'), ('varchar', 'u'), ('varchar(5)', 'u'),
	('name', 'u'), ('char(7)', 'u'), ('"char"', 'chr(40 + u)'), ('bytea', 'sha256(u::text::bytea)'), ('boolean', 'u % 2 = 0'), ('numeric', 'u / 8.0'), ('real', 'u - 0.5'), ('float8', 'u / 8.0'),
	('timestamptz', 'timestamptz ''2024-01-01 00:00+00'' + u * interval ''1 s'''), ('interval', 'u * interval ''1 s'''), ('inet', '''10.0.0.0''::inet + u'), ('macaddr8', '''08:00:2b:01:02:03'''),
	('pg_temp.color', '(enum_range(NULL::pg_temp.color))[1 + u % 4]'), ('pg_temp.code', 'u'), ('pg_temp.number', 'u'), ('jsonb', 'jsonb_build_object(''id'', u)'),
	('int[]', 'ARRAY[u, u % 3]'), ('text[]', 'ARRAY[u::text, NULL]'), ('int4range', 'int4range(u, u + 5)'), ('pg_temp.pair', 'ROW(u % 5, repeat(''p'', u))'), ('text', 'repeat(md5(u::text), 2000)')) AS v (type, expression);
-- Equal is what the type's own = says.
SELECT u.user_id = 1 AS one, u.activity FROM (SELECT population_agg(id, day) AS p FROM (VALUES (1.0, date '2024-01-01'), (1.00, '2024-01-02'), (1, '2024-01-03')) AS v (id, day)) AS s, users(p, NULL::numeric) AS u;
SELECT u.user_id = 0 AS zero, u.activity FROM (SELECT population_agg(id, day) AS p FROM (VALUES (float8 '0', date '2024-01-01'), ('-0', '2024-01-02')) AS v (id, day)) AS s, users(p, NULL::float8) AS u;
SELECT u.user_id = 'NaN' AS nan, u.activity FROM (SELECT population_agg(id, day) AS p FROM (VALUES (float8 'NaN', date '2024-01-01'), ('NaN', '2024-01-02')) AS v (id, day)) AS s, users(p, NULL::float8) AS u;
SELECT length(u.user_id), u.activity FROM (SELECT population_agg(id, day) AS p FROM (VALUES ('a'::char(3), date '2024-01-01'), ('a  ', '2024-01-02'), ('a'::char(1), '2024-01-03')) AS v (id, day)) AS s, users(p, NULL::char) AS u;
SELECT u.user_id = 'a' AS a, u.activity FROM (SELECT population_agg(id, day) AS p FROM (VALUES ('a'::text, date '2024-01-01'), ('a ', '2024-01-02'), ('A', '2024-01-03')) AS v (id, day)) AS s, users(p, NULL::text) AS u ORDER BY u.activity::text;
-- With a nondeterministic collation too, where there is ICU; else the answers are written down.
SELECT count(*) > 0 AS icu FROM pg_collation WHERE collprovider = 'i' \gset
\if :icu
CREATE COLLATION pg_temp.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TEMP TABLE named (id text COLLATE pg_temp.nocase, day date);
INSERT INTO named VALUES ('Ann', '2024-01-01'), ('ANN', '2024-01-02'), ('Bob', '2024-01-03'), ('ann', '2024-01-04');
SELECT lower(u.user_id) AS user_id, u.activity FROM (SELECT population_agg(id, day) AS p FROM named) AS s, users(p, NULL::text) AS u ORDER BY 1;
SELECT lower(u.user_id) AS user_id, u.activity FROM (SELECT population_agg(id, day::timestamptz, 1, 'Asia/Tokyo') AS p FROM named) AS s, users(p, NULL::text) AS u ORDER BY 1;
SELECT count(*) FROM (SELECT population_agg(id COLLATE "C", day) AS p FROM named) AS s, users(p, NULL::text) AS u;
\else
SELECT * FROM (VALUES ('ann', '{2024-01-01:1,2024-01-02:1,2024-01-04:1}'::activity), ('bob', '{2024-01-03:1}')) AS v (user_id, activity);
SELECT * FROM (VALUES ('ann', 'amounts {2024-01-01:1:1:1,2024-01-02:1:1:1,2024-01-04:1:1:1}'::activity), ('bob', 'amounts {2024-01-03:1:1:1}')) AS v (user_id, activity);
SELECT 4 AS count;
\endif
-- Which collation, if the ids and the zones disagree?  For numbers it is all the same.
SELECT pg_temp.answer($$SELECT count(u) FROM (SELECT population_agg(id COLLATE "C", at, zone COLLATE "POSIX") AS p FROM (VALUES ('a', timestamptz '2024-01-01 00:00+00', 'UTC')) AS v (id, at, zone)) AS s, users(p, NULL::text) AS u$$);
CREATE TEMP TABLE zones (id text COLLATE "C", number int, at timestamptz, zone text COLLATE "POSIX");
INSERT INTO zones VALUES ('a', 1, '2024-01-01 00:00+00', 'UTC');
SELECT pg_temp.answer($$SELECT count(u) FROM (SELECT population_agg(id, at, zone) AS p FROM zones) AS s, users(p, NULL::text) AS u$$) AS text,
	   pg_temp.answer($$SELECT count(u) FROM (SELECT population_agg(number, at, zone) AS p FROM zones) AS s, users(p, NULL::int) AS u$$) AS number;

-- A NULL names the type of the ids; int and bigint stand for each other.
CREATE FUNCTION pg_temp.read_as(id text, as_type text) RETURNS text LANGUAGE sql AS $f$
	SELECT pg_temp.answer(format('SELECT string_agg(concat_ws('' '', user_id, pg_typeof(user_id)), '', '') FROM (SELECT population_agg(%s, date ''2024-01-01'') AS p) AS s, users(p, %s)', id, as_type)) $f$;
SELECT id, as_type, pg_temp.read_as(id, as_type) FROM (VALUES
	('5', 'NULL::int'), ('5', 'NULL::bigint'), ('5::bigint', 'NULL::int'), ('5', '0'), ('5', '42::bigint'), ('2147483647::bigint', 'NULL::int'), ('2147483648', 'NULL::int'), ('-2147483648::bigint', 'NULL::int'), ('-2147483649', 'NULL::int'),
	('5::smallint', 'NULL::smallint'), ('5::smallint', 'NULL::int'), ('5', 'NULL::smallint'), ('5', 'NULL::text'), ('5', 'NULL'), ('''a''::text', 'NULL'), ('''a''::text', 'NULL::varchar'), ('5::numeric', 'NULL::int'), ('5', 'NULL::oid'),
	('date ''2024-01-01''', 'NULL::int'), ('1::pg_temp.number', 'NULL::bigint'), ('1::pg_temp.number', 'NULL::pg_temp.number'), ('1', 'NULL::pg_temp.number'), ('''a''::pg_temp.code', 'NULL::text'), ('''a''::text', 'NULL::pg_temp.code'), ('''nobody''::text', 'NULL::pg_temp.code'),
	('5', 'NULL::int[]'), ('ARRAY[5]', 'NULL::int')) AS v (id, as_type);
-- No equality, or no hash: no user id.
SELECT type, pg_temp.answer(format('SELECT population_agg(%s::%s, date ''2024-01-01'')', value, type)) FROM (VALUES
	('json', '''{}'''), ('point', '''(1,2)'''), ('tsvector', '''a'''), ('bit(3)', '''101'''), ('money', '1'), ('json[]', '''{}'''), ('cstring', '''a'''), ('record', 'ROW(1, 2)')) AS v (type, value);

--
-- Metrics and models directly: equal to the aggregates over the activities
--
CREATE TEMP VIEW grouped AS SELECT u, activity_agg(day, amount) AS activity FROM many GROUP BY u;
CREATE TEMP VIEW visits AS SELECT u, activity_agg(day) AS activity FROM many GROUP BY u;
CREATE TEMP TABLE asked AS
SELECT as_of, period, o.n, o.options
FROM (VALUES ('2024-01-01'::date), ('2024-01-02'), ('2024-02-29'), ('2024-06-01')) AS a (as_of), unnest(enum_range(NULL::period)) AS period,
	 (VALUES (1, retention_options()), (2, retention_options(cohort => 'recurring')), (3, retention_options(mode => 'on_or_after')), (4, retention_options(mode => 'streak', cohort => 'recurring')),
			 (5, retention_options(week_start => 'sunday', max_periods => 3)), (6, retention_options(min_occurrences => 20)), (7, retention_options(brackets => '{1,3,4}')), (8, retention_options(amounts => true)),
			 (9, retention_options(cohort_from => '2024-01-05', cohort_to => '2024-02-01')), (10, retention_options(amounts => true, cohort => 'recurring', mode => 'on_or_after', max_periods => 0))) AS o (n, options);
SELECT count(*) AS asked, count(*) FILTER (WHERE direct = aggregate) AS equal, count(*) FILTER (WHERE direct::text = aggregate::text) AS equal_text, count(DISTINCT direct::text) AS different
FROM (SELECT retention(p, period, as_of, options) AS direct, (SELECT retention(activity, period, as_of, options) FROM grouped) AS aggregate
	  FROM asked, (SELECT population_agg(u, day, amount) AS p FROM many) AS s) AS s;
SELECT count(*) AS asked, count(*) FILTER (WHERE direct = aggregate) AS equal, count(*) FILTER (WHERE visits = visits_aggregate) AS equal_visits, count(DISTINCT visits::text) AS different
FROM (SELECT retention(p, period, as_of) AS direct, (SELECT retention(activity, period, as_of) FROM grouped) AS aggregate,
			 retention(q, period, as_of) AS visits, (SELECT retention(activity, period, as_of) FROM visits) AS visits_aggregate
	  FROM asked, (SELECT population_agg(u, day, amount) AS p, population_agg(u, day) AS q FROM many) AS s WHERE n = 1) AS s;
SELECT count(*) AS asked, count(*) FILTER (WHERE direct = aggregate) AS equal, count(*) FILTER (WHERE direct_sunday = aggregate_sunday) AS equal_sunday, count(DISTINCT direct_sunday::text) AS different
FROM (SELECT lifecycle(p, period, as_of) AS direct, (SELECT lifecycle(activity, period, as_of) FROM grouped) AS aggregate,
			 lifecycle(p, period, as_of, 'sunday') AS direct_sunday, (SELECT lifecycle(activity, period, as_of, 'sunday') FROM visits) AS aggregate_sunday
	  FROM asked, (SELECT population_agg(u, day, amount) AS p FROM many) AS s WHERE n = 1) AS s;
SELECT count(*) AS asked, count(*) FILTER (WHERE direct = from_users) AS equal_users, count(*) FILTER (WHERE direct = grouped AND direct::text = grouped::text) AS equal_grouped,
	   count(*) FILTER (WHERE visits = visits_from_users) AS equal_visits_users, count(*) FILTER (WHERE visits = visits_grouped) AS equal_visits_grouped, count(DISTINCT direct::text) AS different, sum(days) AS days
FROM (SELECT engagement(p, as_of) AS direct, (SELECT engagement(activity, as_of) FROM users(p, NULL::int)) AS from_users, (SELECT engagement(activity, as_of) FROM grouped) AS grouped,
			 engagement(q, as_of) AS visits, (SELECT engagement(activity, as_of) FROM users(q, NULL::int)) AS visits_from_users, (SELECT engagement(activity, as_of) FROM visits) AS visits_grouped,
			 (SELECT count(*) FROM cells(engagement(p, as_of))) AS days
	  FROM asked, (SELECT population_agg(u, day, amount) AS p, population_agg(u, day) AS q FROM many) AS s WHERE n = 1 AND period = 'day') AS s;
SELECT count(*) AS asked, count(*) FILTER (WHERE direct = aggregate) AS equal, count(*) FILTER (WHERE visits = visits_aggregate) AS equal_visits, count(*) FILTER (WHERE five = five_aggregate) AS equal_five
FROM (SELECT rfm_model(p, as_of, bins) AS direct, (SELECT rfm_model(activity, as_of, bins) FROM grouped) AS aggregate,
			 rfm_model(q, as_of, bins) AS visits, (SELECT rfm_model(activity, as_of, bins) FROM visits) AS visits_aggregate,
			 rfm_model(p, as_of) AS five, (SELECT rfm_model(activity, as_of) FROM grouped) AS five_aggregate
	  FROM asked, unnest('{2,3,5,100}'::int[]) AS bins, (SELECT population_agg(u, day, amount) AS p, population_agg(u, day) AS q FROM many) AS s WHERE n = 1 AND period = 'day') AS s;
SELECT count(*) AS rows, count(*) FILTER (WHERE direct.u IS NULL OR one.u IS NULL) AS wrong
FROM (SELECT a.as_of, bins, r.user_id AS u, r.recency_days, r.frequency, r.monetary, r.r_score, r.f_score, r.m_score
	  FROM asked AS a, unnest('{2,5,100}'::int[]) AS bins, (SELECT population_agg(u, day, amount) AS p FROM many) AS s, rfm_scores(p, rfm_model(p, as_of, bins), as_of, NULL::int) AS r WHERE n = 1 AND period = 'day') AS direct
FULL JOIN (SELECT a.as_of, bins, g.u, (rfm(model, activity, as_of)).*
		   FROM asked AS a, unnest('{2,5,100}'::int[]) AS bins, grouped AS g, LATERAL (SELECT rfm_model(activity, a.as_of, bins) AS model FROM grouped) AS m WHERE n = 1 AND period = 'day' AND active_days(activity, as_of) > 0) AS one
ON (direct.as_of, direct.bins, direct.u) = (one.as_of, one.bins, one.u)
   AND (direct.recency_days, direct.frequency, direct.monetary, direct.r_score, direct.f_score, direct.m_score) IS NOT DISTINCT FROM (one.recency_days, one.frequency, one.monetary, one.r_score, one.f_score, one.m_score);
-- Without amounts, as the aggregate: no monetary, no m_score.
SELECT r.* FROM (SELECT population_agg(user_id, event_time) AS p FROM events) AS s, rfm_scores(p, rfm_model(p, '2024-03-01', 2), '2024-03-01', NULL::int) AS r ORDER BY 1;
SELECT r.* FROM (SELECT population_agg(user_id, event_time, amount) AS p FROM events) AS s, rfm_scores(p, rfm_model(p, '2024-02-01', 2), '2024-02-01', NULL::bigint) AS r ORDER BY 1;

--
-- Several readers of one population, several populations
--
WITH one AS MATERIALIZED (SELECT population_agg(u, day, amount) AS p FROM many)
SELECT (SELECT count(*) FROM users(p, NULL::int)) AS users, (SELECT sum(events(activity)) FROM users(p, NULL::int)) AS events,
	   (SELECT count(*) FROM users(p, NULL::int) AS a JOIN users(p, NULL::bigint) AS b USING (user_id) WHERE a.activity = b.activity) AS both,
	   retention(p, 'month', '2024-06-01') = retention(p, 'month', '2024-06-01') AS equal
FROM one;
-- Two readers go on side by side.
SELECT count(*), count(*) FILTER (WHERE a = b) AS equal FROM (SELECT users(p, NULL::int) AS a, users(p, NULL::int) AS b FROM (SELECT population_agg(u, day) AS p FROM many) AS s OFFSET 0) AS s;
-- The same aggregate twice, and of two kinds.
SELECT (SELECT count(*) FROM users(a, NULL::int)), (SELECT count(*) FROM users(b, NULL::int)), (SELECT count(*) FROM users(c, NULL::int)), (SELECT count(*) FROM users(d, NULL::text))
FROM (SELECT population_agg(u, day) AS a, population_agg(u, day) AS b, population_agg(u, day, amount) FILTER (WHERE u > 20) AS c, population_agg((u % 3)::text, day) AS d FROM many) AS s;
-- A population for each group.
SELECT g, count(*), sum(events(activity)), min(user_id), max(user_id) FROM (SELECT u % 3 AS g, population_agg(u, day) AS p FROM many GROUP BY 1) AS s, users(p, NULL::int) GROUP BY g ORDER BY g;
SELECT g, (SELECT count(*) FROM users(p, NULL::int)) FROM (SELECT u % 2 AS g, population_agg(u, day) AS p FROM many GROUP BY ROLLUP (1)) AS s ORDER BY g;
-- As an argument, twice.
CREATE FUNCTION pg_temp.overlap(a population, b population) RETURNS bigint LANGUAGE sql AS
	'SELECT count(*) FROM user_ops.users(a, NULL::int) AS x JOIN user_ops.users(b, NULL::int) AS y USING (user_id)';
CREATE FUNCTION pg_temp.size_of(p population) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM user_ops.users(p, NULL::int));
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT pg_temp.overlap(p, p), pg_temp.overlap(p, q), pg_temp.overlap(q, NULL), pg_temp.size_of(p), pg_temp.size_of(NULL)
FROM (SELECT population_agg(u, day) AS p, population_agg(u, day) FILTER (WHERE u % 2 = 0) AS q FROM many) AS s;
-- Readers behind a Sort and a Limit, in a subplan, in a set operation.
SELECT g, (SELECT max(user_id) FROM users(p, NULL::int)) FROM (SELECT u % 5 AS g, population_agg(u, day) AS p FROM many GROUP BY 1) AS s ORDER BY g DESC LIMIT 2;
SELECT g FROM (VALUES (1), (30), (50)) AS v (g) WHERE EXISTS (SELECT FROM (SELECT population_agg(u, day) AS p FROM many WHERE u > g) AS s, users(p, NULL::int)) ORDER BY g;
SELECT user_id FROM (SELECT users(p, NULL::int) AS u FROM (SELECT population_agg(u, day) AS p FROM many) AS s LIMIT 0) AS s, LATERAL (SELECT (u).user_id) AS x;
SELECT count(*) FROM (SELECT users(p, NULL::int) FROM (SELECT population_agg(u, day) AS p FROM many) AS s LIMIT 5) AS s;

--
-- What a population is not
--
\set VERBOSITY sqlstate
SELECT population_agg(u, day) OVER () FROM many;
SELECT population_agg(u, day) = population_agg(u, day) FROM many;
SELECT DISTINCT population_agg(u, day) FROM many;
SELECT population_agg(u, 'infinity'::date) FROM many;
SELECT population_agg(u, day, 'NaN'::numeric) FROM many;
SELECT population_agg(u, day::timestamptz, amount, 'Mars/Olympus') FROM many;
SELECT population_agg(u, day::timestamptz, NULL::text) FROM many;
SELECT retention(p, NULL, '2024-01-01') FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT retention(p, 'day', 'infinity') FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT retention(p, 'day', '2024-03-01', retention_options(amounts => true)) FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT lifecycle(p, NULL, '2024-01-01') FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT lifecycle(p, 'day', '2024-01-01', NULL) FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT engagement(p, NULL) FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT engagement(p, 'infinity') FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT rfm_model(p, '2024-03-01', 1) FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT rfm_model(p, '-infinity') FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
SELECT rfm_scores(p, rfm_model(q, '2024-03-01'), '2024-03-01', NULL::int) FROM (SELECT population_agg(u, day) AS p, population_agg(u, day, amount) AS q FROM many) AS s;
SELECT rfm_scores(p, rfm_model(p, '2024-03-01'), '2024-03-01', NULL::text) FROM (SELECT population_agg(u, day) AS p FROM many) AS s;
\set VERBOSITY default
-- Its sum of amounts must fit, as everywhere.
SELECT u.* FROM (SELECT population_agg(id, day, x) AS p FROM (VALUES (1, date '2024-01-01', 9223372036854775807), (1, '2024-01-01', 1)) AS v (id, day, x)) AS s, users(p, NULL::int) AS u;
SELECT u.* FROM (SELECT population_agg(id, day, x) AS p FROM (VALUES (1, date '2024-01-02', 9223372036854775807), (1, '2024-01-01', 0.5)) AS v (id, day, x)) AS s, users(p, NULL::int) AS u;

-- A handle: text of 16 digits, known only while its query runs.
SELECT handle ~ '^population:[0-9a-f]{16}$' AS handle, handle::population::text = handle AS round_trip FROM (SELECT population_agg(u, day)::text AS handle FROM many) AS s;
SELECT pg_temp.size_of(handle::population), pg_temp.size_of(other::population) AS another
FROM (SELECT p::text AS handle, 'population:' || translate(right(p::text, 16), '0123456789abcdef', '123456789abcdef0') AS other FROM (SELECT population_agg(u, day) AS p FROM many) AS s) AS s;
SELECT input, pg_temp.answer(format('SELECT %L::population', input)) FROM (VALUES
	(''), ('population'), ('population:'), ('population:12'), ('population:0123456789abcde'), ('population:0123456789abcdef0'), ('population:0123456789ABCDEF'), ('population:0123456789abcdeg'),
	(' population:0123456789abcdef'), ('population:0123456789abcdef '), ('population: 123456789abcdef'), ('population:-123456789abcdef'), ('population:0x23456789abcdef'), ('Population:0123456789abcdef'), ('0123456789abcdef'),
	('population:ffffffffffffffff'), ('population:0000000000000000')) AS v (input);
SELECT users('population:0000000000000000'::population, NULL::int);
SELECT retention('population:0123456789abcdef'::population, 'day', '2024-01-01');
SELECT statement, pg_temp.answer(statement) FROM (VALUES
	('SELECT user_ops.users(''population:ffffffffffffffff''::user_ops.population, NULL::int)'), ('SELECT user_ops.lifecycle(''population:0123456789abcdef''::user_ops.population, ''day'', ''2024-01-01'')'),
	('SELECT user_ops.engagement(''population:0123456789abcdef''::user_ops.population, ''2024-01-01'')'),
	('SELECT user_ops.rfm_model(''population:0123456789abcdef''::user_ops.population, ''2024-01-01'')'), ('SELECT user_ops.rfm_scores(''population:0123456789abcdef'', user_ops.make_rfm_model(''{1}'', ''{1}''), ''2024-01-01'', NULL::int)')) AS v (statement);
-- Stored, it is a stale handle.
CREATE TEMP TABLE kept AS SELECT population_agg(u, day) AS p FROM many;
SELECT pg_temp.size_of(p) FROM kept;
SELECT count(*) FROM kept, users(p, NULL::int);
DO $$
DECLARE
	p user_ops.population;
BEGIN
	SELECT user_ops.population_agg(u, day) INTO p FROM many;
	RAISE NOTICE 'an earlier query: %', pg_temp.size_of(p);
END $$;
-- From a cursor: while that is open, and after.
BEGIN;
DECLARE c CURSOR FOR SELECT population_agg(u, day)::text AS handle FROM many;
FETCH c \gset
SELECT pg_temp.size_of(:'handle');
DECLARE reader CURSOR FOR SELECT users(:'handle'::population, NULL::int);
MOVE 3 IN reader;
CLOSE c;
SELECT pg_temp.size_of(:'handle');
SAVEPOINT s;
MOVE 3 IN reader;
ROLLBACK TO s;
CLOSE reader;
DECLARE c CURSOR WITH HOLD FOR SELECT population_agg(u, day)::text AS handle FROM many;
COMMIT;
FETCH c \gset
SELECT pg_temp.size_of(:'handle');
CLOSE c;
-- Binary: eight bytes and nothing else.
SELECT length(user_ops_internal.population_send('population:0123456789abcdef')) AS bytes, encode(user_ops_internal.population_send('population:0123456789abcdef'), 'hex');

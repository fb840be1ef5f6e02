SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
SET timezone = 'Asia/Tokyo';

\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

-- The rows of a journey, each as 'time|tiebreak|conditions or event|amount|label' without what is not there, times in UTC from 2024 on.
CREATE FUNCTION pg_temp.said(j journey) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws('|', to_char(event_time AT TIME ZONE 'UTC', 'MM-DD HH24:MI:SS'), nullif(tiebreak, 0), coalesce(conditions::text, event), amount, label), ', ' ORDER BY n) || CASE WHEN partial(j) = j THEN ' (partial)' ELSE '' END
	FROM ROWS FROM (journey_rows(j)) WITH ORDINALITY AS r (event_time, tiebreak, conditions, event, amount, label, n) $$;

--
-- Every shape of arguments with every kind of time
--
CREATE TYPE pg_temp.step AS ENUM ('pay', 'cart', 'view', 'other');
CREATE DOMAIN pg_temp.code AS text CHECK (value <> '');
CREATE DOMAIN pg_temp.number AS integer;
CREATE DOMAIN pg_temp.money_amount AS numeric(9, 2);
CREATE DOMAIN pg_temp.instant AS timestamptz;
CREATE DOMAIN pg_temp.day AS date;
CREATE DOMAIN pg_temp.yes AS boolean;
CREATE TEMP TABLE events (user_id int, at timestamptz, event text, number int, amount numeric, tie bigint, label text);
INSERT INTO events VALUES
	(2, '2024-01-31 23:30:10+00', 'view', 1, 7.50, 2, 'ad'), (1, '2024-01-03 12:00+00', 'cart', 2, 12, NULL, NULL), (1, '2024-01-03 00:00+00', 'view', 1, -2, 1, 'mail'), (NULL, '2024-01-03 00:00+00', 'view', 1, 5, 0, 'ad'),
	(1, '2024-01-10 08:00+00', 'pay', 3, NULL, 0, ''), (1, '2024-01-11 08:00+00', 'other', 9, 1.125, NULL, 'ad'), (1, '2024-01-12 08:00+00', NULL, NULL, 3, -1, NULL), (3, NULL, 'view', 1, 99, NULL, 'ad'), (2, '2024-02-29 22:59:59+00', 'cart', 2, 0, 5, 'ad');

CREATE TEMP TABLE shapes (n serial, shape text);
INSERT INTO shapes (shape) VALUES
	('event = ''view'''), ('event = ''view'', event = ''cart'', event = ''pay'''), ('VARIADIC ARRAY[event = ''view'', NULL, false, true]'), ('amount, tie, label, event = ''view'', event = ''pay'''), ('amount, tie, label, VARIADIC ARRAY[number = 1]'),
	('event'), ('event, amount'), ('event, amount::int'), ('event, amount, tie, label'), ('event, ''{view,{cart,pay}}'''), ('event, ''{view,pay}'''), ('event, ''{{view,NULL},{cart,pay}}'''), ('event, ''{cart} keep_others'''),
	('event, ''{view,pay}'', amount, tie, label'), ('event, ARRAY[''view'', ''pay'']'), ('event, journey_steps(''{pay}'', true, ''{view}''), amount, tie, label'),
	('number'), ('number::bigint'), ('number::smallint'), ('number, amount'), ('number, amount::int'), ('number, amount, tie, label'), ('number, ''{1,3}'''), ('number, ARRAY[3, 1]'), ('number, ARRAY[3, 1]::bigint[]'), ('number, ARRAY[[1, NULL], [2, 3]]'),
	('number, ''{1,3}'', amount, tie, label'), ('number, journey_steps(ARRAY[3, 1], true)'),
	('event::pg_temp.step'), ('event::pg_temp.step, amount'), ('event::pg_temp.step, amount::int'), ('event::pg_temp.step, amount, tie, label'), ('event::pg_temp.step, ''{view,pay}'''), ('event::pg_temp.step, ''{view,nothing} keep_others'''),
	('event::pg_temp.step, ''{view,pay}'', amount, tie, label'),
	('event::varchar(9)'), ('event::char(9)'), ('event::name'), ('event::pg_temp.code, amount::pg_temp.money_amount'), ('number::pg_temp.number'), ('(number = 1)::pg_temp.yes, (number = 2)::pg_temp.yes'), ('amount::bigint, tie::int, label::varchar, number = 1'),
	('event, amount::bigint'), ('event, amount::smallint'), ('event, NULL'), ('event, NULL::numeric'), ('event, amount::float8'), ('event, amount::text'), ('event, 4'), ('event, 4::journey_steps'), ('number, ''{a}'''), ('event, ''{}'''), ('number = 1, number = 2, amount'), ('')
;
-- What one user's rows become with a timestamptz.
SELECT shape, pg_temp.answer(format('SELECT pg_temp.said(user_ops.journey_agg(at%s)) FROM events WHERE user_id = 1', ', ' || nullif(shape, ''))) AS answer FROM shapes ORDER BY n;
-- The same with a timestamp, taken as UTC, and, where only days differ, a date; and with domains over them: of errors the SQLSTATE.
CREATE FUNCTION pg_temp.made(arguments text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(pg_temp.answer(format('SELECT user_ops.journey_agg(%s) FROM events WHERE user_id = 1', arguments)), '^([0-9A-Z]{5}): .*', '\1') $$;
SELECT count(*) AS shapes, count(*) FILTER (WHERE made = pg_temp.made('at AT TIME ZONE ''UTC''' || s)) AS timestamps, count(*) FILTER (WHERE made = pg_temp.made('at::pg_temp.instant' || s)) AS domains,
	   count(*) FILTER (WHERE days = pg_temp.made('(at AT TIME ZONE ''UTC'')::date' || s)) AS dates, count(*) FILTER (WHERE days = pg_temp.made('(at AT TIME ZONE ''UTC'')::date::pg_temp.day' || s)) AS days, count(*) FILTER (WHERE length(made) = 5) AS errors
FROM (SELECT s, pg_temp.made('at' || s) AS made, pg_temp.made('date_trunc(''day'', at, ''UTC'')' || s) AS days FROM (SELECT CASE shape WHEN '' THEN '' ELSE ', ' || shape END AS s FROM shapes) AS s) AS m;
-- journeys_agg has the same shapes, behind a user.
SELECT count(*) AS shapes, count(*) FILTER (WHERE grouped ~ '^[0-9A-Z]{5}$') AS errors, string_agg(concat_ws(': ', shape, grouped, scanned), E'\n') FILTER (WHERE grouped IS DISTINCT FROM scanned) AS different
FROM (SELECT shape, regexp_replace(pg_temp.answer(format('SELECT string_agg(u || j::text, '' '' ORDER BY u) FROM (SELECT user_id AS u, user_ops.journey_agg(at, %s) AS j FROM events WHERE user_id IS NOT NULL GROUP BY user_id) AS s', s)), ': .*', '') AS grouped,
			 regexp_replace(pg_temp.answer(format('SELECT string_agg(user_id || journey::text, '' '' ORDER BY user_id) FROM user_ops.users((SELECT user_ops.journeys_agg(user_id, at, %s) FROM events), NULL::int)', s)), ': .*', '') AS scanned
	  FROM (SELECT shape, nullif(shape, '') AS s FROM shapes) AS s) AS s;
SELECT journey_agg('2024-01-01 00:00+00', 'view')::bytea AS unknown, names(journey_agg(date '2024-01-01', 'view'::text, NULL, NULL, NULL)) AS with_nulls, pg_temp.answer('SELECT user_ops.journey_agg(''2024-01-01 00:00+00'', NULL)') AS only_null;
SELECT agg, count(*) AS overloads, bool_and(p.proparallel = 's' AND a.aggcombinefn <> 0 AND a.aggserialfn <> 0 AND a.aggdeserialfn <> 0) AS all_parallel, bool_and((a.aggfinalmodify = 'w') = (agg = 'journeys_agg')) AS handles_for_all
FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid, LATERAL (SELECT p.proname AS agg) AS l WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname IN ('journey_agg', 'journeys_agg') GROUP BY agg ORDER BY agg;

--
-- Nothing, and next to nothing
--
SELECT journey_agg(at, event) IS NULL AS name, journey_agg(at, true) IS NULL AS condition, journey_agg(at, event, '{a}') IS NULL AS steps, journeys_agg(user_id, at, event) IS NULL AS journeys FROM events WHERE false;
SELECT journey_agg(NULL::timestamptz, event) IS NULL AS no_time, journey_agg(at, NULL::text) IS NULL AS no_name, journey_agg(at, NULL::bigint) IS NULL AS no_number, journey_agg(at, NULL::pg_temp.step) IS NULL AS no_enum, journey_agg(at, event, '{nothing}') IS NULL AS no_step,
	   conditions(journey_agg(at, NULL::boolean)) AS no_condition, journey_agg(at, event) FILTER (WHERE false) IS NULL AS filtered FROM events;
SELECT journeys_agg(NULL::int, at, event) IS NULL AS no_user, journeys_agg(user_id, NULL::date, event) IS NULL AS no_time, journeys_agg(user_id, at, NULL::text) IS NULL AS no_name, journeys_agg(user_id, at, event, '{nothing}') IS NULL AS no_step FROM events;
-- A time or user of NULL: what stands beside it is not even looked at, wherever it stands.
SELECT pg_temp.said(journey_agg(at, e, x, 0::bigint, NULL)), count(*) FROM (VALUES (NULL::date, 'a', 'NaN'::numeric), ('2024-01-03', 'b', 1), (NULL, 'c', 'NaN')) AS v (at, e, x);
SELECT n, conditions(journey) FROM (VALUES (1), (2)) AS o (n), LATERAL (SELECT journeys_agg(u, at, VARIADIC c ORDER BY i * (3 - 2 * n)) AS j FROM (VALUES (1, NULL, date '2024-01-03', '{t}'::boolean[]), (2, 1, NULL, '{t,t}'), (3, 1, '2024-01-03', '{t,t,t}'), (4, NULL, NULL, NULL), (5, 1, NULL, '{}')) AS v (i, u, at, c)) AS s, users(j, NULL::int);
SELECT pg_temp.said(journey_agg(at, VARIADIC c ORDER BY i)) FROM (VALUES (1, NULL, NULL::boolean[]), (2, date '2024-01-03', '{f,t}'), (3, NULL, '{t}')) AS v (i, at, c);
SELECT pg_temp.said(journey_agg(at, e, s ORDER BY i)) FROM (VALUES (1, NULL, 'a', NULL::journey_steps), (2, date '2024-01-03', 'a', '{b,a}'), (3, NULL, 'b', '{a}')) AS v (i, at, e, s);
-- NULLs of any kind in what is optional.
SELECT pg_temp.said(journey_agg(at, e, x, t, l)) FROM (VALUES (date '2024-01-01', 'a', NULL::numeric, NULL::bigint, NULL), ('2024-01-02', 'a', 1, NULL, NULL), ('2024-01-03', 'a', NULL, 5, NULL), ('2024-01-04', 'a', NULL, NULL, 'l'), ('2024-01-05', 'a', NULL, 0, ''), ('2024-01-06', NULL, 7, 7, 'x')) AS v (at, e, x, t, l);

--
-- Errors
--
CREATE TEMP TABLE calls (n serial, call text);
INSERT INTO calls (call) VALUES
	('''infinity''::timestamptz, ''a''::text'), ('''-infinity''::timestamp, true'), ('''infinity''::date, 5'), ('''294277-01-01''::date, ''a''::text'), ('''4714-11-24 BC''::date, ''a''::text'), ('''294276-12-31''::date, ''a''::text'), ('''5874897-12-31''::date, true'),
	('at, VARIADIC NULL::boolean[]'), ('at, VARIADIC ''{}''::boolean[]'), ('at, VARIADIC array_fill(true, ARRAY[64])'), ('at, VARIADIC array_fill(true, ARRAY[65])'), ('at, VARIADIC array_fill(true, ARRAY[8, 8])'), ('at, NULL, NULL, NULL, VARIADIC ''{}''::boolean[]'),
	('at, VARIADIC array_fill(true, ARRAY[n])'), ('at, ''a''::text, CASE n WHEN 1 THEN ''{a}'' ELSE ''{b}'' END::journey_steps'), ('at, ''a''::text, CASE n WHEN 1 THEN ''{a}'' ELSE ''{a} keep_others'' END::journey_steps'), ('at, ''a''::text, CASE n WHEN 1 THEN ''{a}''::journey_steps END'),
	('at, ''a''::text, NULL::journey_steps'), ('at, ''a''::text, 1::journey_steps'), ('at, 1, ''{x}'''), ('at, 1, ''{1.5}'''), ('at, 1, ''{99999999999999999999}'''), ('at, 1, ''{"1 "}'''), ('at, 1, ''{""}'''), ('at, 1, ''{" 1",01,+1}'''),
	('at, ''a''::text, ''NaN''::numeric'), ('at, ''a''::text, ''infinity''::numeric'), ('at, ''a''::text, 1e-10'), ('at, ''a''::text, 1e30'), ('at, ''a''::text, 9223372036854775807'), ('at, ''a''::text, CASE n WHEN 1 THEN 9223372036854775807 ELSE 0.1 END');
SELECT call, aggregate AS journey_agg, CASE WHEN aggregate <> scan THEN scan ELSE 'the same' END AS journeys_agg
FROM calls, LATERAL (SELECT pg_temp.answer(format('SELECT events(user_ops.journey_agg(%s)) FROM (VALUES (1, date ''2024-01-01''), (2, ''2024-01-02'')) AS v (n, at)', call)) AS aggregate,
	pg_temp.answer(format('SELECT sum(events(journey)) FROM user_ops.users((SELECT user_ops.journeys_agg(1, %s) FROM (VALUES (1, date ''2024-01-01''), (2, ''2024-01-02'')) AS v (n, at)), NULL::int)', call)) AS scan) AS l ORDER BY n;
SELECT journey_agg(at, VARIADIC c) FROM (VALUES (date '2024-01-01', '{t,f}'::boolean[]), ('2024-01-02', '{t}')) AS v (at, c);
SELECT journey_agg(at, 'a'::text, s) FROM (VALUES (date '2024-01-01', '{a}'::journey_steps), ('2024-01-02', '{b}')) AS v (at, s);
SELECT journey_agg(date '294277-01-01', 'a'::text);
SELECT journey_agg(date '2024-01-01', 5, '{five}');

--
-- Rows in any order, the same instant again and again, in DISTINCT, ORDER BY, FILTER and windows
--
CREATE TEMP TABLE many AS
SELECT n, n % 37 AS u, timestamptz '2024-01-01 00:00Z' + n * 7919 % 5003 * interval '1 s' AS at, chr(97 + n % 7) AS event, n % 7 AS number, (enum_range(NULL::pg_temp.step))[1 + n % 4] AS step, n % 11 / 4.0 AS amount, n % 3 AS tie, nullif(n % 4, 2)::text AS label
FROM generate_series(1, 20000) AS n;
SELECT a = b AS backwards, a = c AS shuffled, a = d AS by_event, events(a), a = e AS the_same_again
FROM (SELECT journey_agg(at, event, amount, tie, label) AS a, journey_agg(at, event, amount, tie, label ORDER BY n DESC) AS b, journey_agg(at, event, amount, tie, label ORDER BY md5(n::text)) AS c, journey_agg(at, event, amount, tie, label ORDER BY event, at) AS d,
	journey_agg(at, event, amount, tie, label) AS e FROM many) AS s;
SELECT events(journey_agg(at, event)) AS all_rows, events(journey_agg(DISTINCT at, tie)) AS distinct_rows, events(journey_agg(at, event) FILTER (WHERE event = 'a')) AS filtered, count(DISTINCT (at, tie)) AS right_distinct, count(*) FILTER (WHERE event = 'a') AS right_filtered FROM many;
-- Names of integers and enum values are those of each group, however groups are told apart.
CREATE TEMP TABLE right_names AS SELECT u, array_agg(DISTINCT number::text COLLATE "C") AS numbers, array_agg(DISTINCT step::text COLLATE "C") AS steps FROM many GROUP BY u;
SET enable_hashagg = off;
SELECT count(*) AS groups, count(*) FILTER (WHERE n <> numbers OR s <> steps) AS wrong FROM (SELECT u, names(journey_agg(at, number)) AS n, names(journey_agg(at, step)) AS s FROM many GROUP BY u) AS g JOIN right_names USING (u);
SELECT count(*) AS groups, count(*) FILTER (WHERE n <> ARRAY[u::text]) AS wrong FROM (SELECT u, names(journey_agg(at, u)) AS n FROM many GROUP BY u) AS g;
SET enable_sort = off;
RESET enable_hashagg;
SELECT count(*) AS groups, count(*) FILTER (WHERE n <> numbers OR s <> steps) AS wrong FROM (SELECT u, names(journey_agg(at, number)) AS n, names(journey_agg(at, step)) AS s FROM many GROUP BY u) AS g JOIN right_names USING (u);
RESET enable_sort;
SELECT u, count(*) AS n, sum(events(j)) AS events, array_agg(names(j)) FILTER (WHERE u IS NULL) AS names FROM (SELECT u, journey_agg(at, u) AS j FROM many WHERE u < 5 GROUP BY ROLLUP (u)) AS s GROUP BY u ORDER BY u;
-- Windows: running, sliding, empty frames, excluded rows; and handles not at all.
CREATE TEMP TABLE few (n int, at date, event text, amount numeric);
INSERT INTO few VALUES (1, '2024-01-05', 'b', 1.5), (2, '2024-01-01', 'a', NULL), (3, '2024-01-05', 'b', -0.25), (4, NULL, 'c', 7), (5, '2024-01-03', NULL, 1), (6, '2024-01-02', 'c', 0.001);
SELECT n, pg_temp.said(journey_agg(at, event, amount) OVER (ORDER BY n)) AS running FROM few ORDER BY n;
SELECT n, pg_temp.said(journey_agg(at, event) OVER (ORDER BY n ROWS 1 PRECEDING)) AS sliding, pg_temp.said(journey_agg(at, event, '{c,b}') OVER (ORDER BY n ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING)) AS ahead,
	   pg_temp.said(journey_agg(at, event = 'a') OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)) AS others FROM few ORDER BY n;
SELECT n, pg_temp.said(rollup(j) OVER (ORDER BY n DESC)) AS rolled_up FROM (SELECT n, journey_agg(at, event, amount) AS j FROM few GROUP BY n) AS s ORDER BY n;
SELECT count(*) AS frames, count(*) FILTER (WHERE j <> again) AS wrong
FROM (SELECT n, journey_agg(at, number) OVER (PARTITION BY u ORDER BY n) AS j FROM many WHERE n <= 1000) AS s, LATERAL (SELECT journey_agg(m.at, m.number) AS again FROM many AS m WHERE m.n <= s.n AND m.u = s.n % 37) AS l;
SELECT pg_temp.answer('SELECT journeys_agg(n, at, event) OVER () FROM few');
-- Texts of every length, compressed and stored apart; many names and labels.
CREATE TEMP TABLE long AS SELECT n, repeat(chr(65 + n % 26), n * n) AS event, nullif(repeat('ab', n * 300), 'never') AS label FROM generate_series(0, 150) AS n;
SELECT events(j), cardinality(names(j)), (SELECT sum(length(event)) = (SELECT sum(length(event)) FROM long) AND sum(length(label)) = (SELECT sum(length(label)) FROM long) FROM journey_rows(j)) AS all_there
FROM (SELECT journey_agg(date '2024-01-01' + n, event, NULL, NULL, label) AS j FROM long) AS s;
SELECT sum(events(journey)) AS events, bool_and(journey = (SELECT journey_agg(date '2024-01-01' + n, event, NULL, NULL, label) FROM long)) AS same
FROM users((SELECT journeys_agg(1, date '2024-01-01' + n, event, NULL, NULL, label) FROM long), NULL::int);

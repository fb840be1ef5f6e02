SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- A journey from letters, a second apart: a, b, c are conditions 1 to 3, AB is both of the
-- first two, other letters none. And the seconds at which events stand.
CREATE FUNCTION pg_temp.letters(word text) RETURNS journey LANGUAGE sql AS $$
	SELECT user_ops.journey_agg(timestamptz 'epoch' + n * interval '1 second', letter IN ('a', 'x'), letter IN ('b', 'x'), letter = 'c')
	FROM unnest(string_to_array(replace(word, 'AB', 'x'), NULL)) WITH ORDINALITY AS l (letter, n) $$;
CREATE FUNCTION pg_temp.seconds(times timestamptz[]) RETURNS numeric[] LANGUAGE sql AS 'SELECT array_agg(trim_scale(extract(epoch FROM t)) ORDER BY n) FROM unnest(times) WITH ORDINALITY AS u (t, n)';
--
-- What a pattern means, by hand
--
--	ab at 1 and 4, b alone at 5
SELECT pattern, sequence_match(j, pattern), sequence_count(j, pattern) AS n, sequence_count(j, pattern, overlap => true) AS overlapping, pg_temp.seconds(sequence_events(j, pattern)) AS events
FROM (SELECT pg_temp.letters('abcabb') AS j) s, (VALUES
	('(?1)(?2)'),						-- adjacent, twice
	('(?1)(?3)'),						-- never
	('(?1).(?3)'),						-- the dot is no event
	('(?1).*(?2)'),						-- the earliest end, not the last b
	('(?1).*(?3)'),
	('(?2)+'),							-- shortest: one b each
	('(?2){2}'),
	('(?2){2,}(?3)?'),
	('((?1)(?2)(?3))?(?1)(?2)'),		-- either the first three letters and two more, or two: earliest end
	('(?3)|(?2)'),
	('(?3)|(?1)(?2)(?3)(?1)'),
	('(?1)|()'),						-- can take nothing: at every row
	('(?1)*'),
	(''),
	('(?1)(?t>1)(?2)'),					-- b at 5 is four seconds from a at 1; from a at 4, b at 6 is two
	('(?1)(?t>=4)(?2)'),
	('(?1)(?t<1)(?2)'),
	('(?1)(?t==2)(?2)'),
	('(?1)(?t>1)(?t<4.5)(?2)'),
	('(?1)(?t<=1)(?2)(?t>3)(?2)'),
	('((?1)(?t<=3))+(?2)(?2)'),			-- a time holds between the rows of two rounds, too
	('(?T<=1)(?1).*(?2)'),
	('(?1).*(?3).*(?2)(?T<=3)'),
	('(?1)(?2)(?3)(?1)(?2)(?2)(?T<5)'),
	('(?1)(?t>0.999999)(?t<=0000001.0)(?2)')) v (pattern);
-- A row of two conditions serves one item of each; a row of none does not exist; declaring a condition makes its rows visible.
SELECT sequence_count(pg_temp.letters('AB'), '(?1)(?2)') AS one_row_twice, sequence_count(pg_temp.letters('ABAB'), '(?1)(?2)') AS two_rows,
	   sequence_match(pg_temp.letters('azzb'), '(?1)(?2)') AS invisible, sequence_match(pg_temp.letters('acb'), '(?1)(?2)') AS visible,
	   sequence_match(pg_temp.letters('acb'), '(?1)(?2)', 2) AS not_asked, sequence_count(pg_temp.letters('zzz'), '') AS nothing_visible, sequence_match(pg_temp.letters('zzz'), '.*') AS nor_matched;
-- Events: the earliest rows, row by row, and a list before those that it begins. Both ways to
-- match xx are .(?1) and (?1)(?1), of which the second has the earlier first row; of two
-- with the same rows the one without more is first; times reach from the earliest row that
-- they can: from 1 to 3, not from 2 to 4.
SELECT pattern, pg_temp.seconds(sequence_events(pg_temp.letters(word), pattern)) FROM (VALUES
	('aa', '.(?1)|(?1)(?1)'), ('aa', '..|(?1)(?1)'), ('aa', '(?1).|(?1)(?1)'), ('aaab', '(?1)*.(?2)'), ('ccaab', '..*(?t==2)(?1).*(?2)'), ('ccb', '(?1)')) v (word, pattern);
-- Simultaneous rows: the lowest condition first, whatever the input order.
SELECT sequence_match(journey_agg(timestamptz 'epoch', c = 1, c = 2 ORDER BY c), '(?1)(?2)') AS first_then_second, sequence_match(journey_agg(timestamptz 'epoch', c = 1, c = 2 ORDER BY c DESC), '(?1)(?2)') AS the_same,
	   sequence_match(journey_agg(timestamptz 'epoch', c = 1, c = 2), '(?2)(?1)') AS never, sequence_match(journey_agg(timestamptz 'epoch', 0, 3 - c, NULL, c = 1, c = 2), '(?2)(?1)') AS by_tiebreak
FROM (VALUES (1), (2)) v (c);
--
-- Steps: names of events, alternatives, others beside them
--
WITH shop AS (SELECT journey_agg(timestamptz 'epoch' + n * interval '1 hour', event) AS j
	FROM unnest('{view,search,cart,cancel,view,pay,view,quick_buy,pay}'::text[]) WITH ORDINALITY AS e (event, n))
SELECT sequence_count(j, '(?1).*(?2)', '{view,pay}') AS literal, sequence_count(j, '(?1).*(?2)', ARRAY['view', 'pay']) AS of_array, sequence_count(j, '(?1)(?2)(?3)', '{{view,NULL},{cart,quick_buy},{pay,NULL}}') AS alternatives,
	   sequence_count(j, '(?1)(?2)', '{view,pay}', true) AS overlapping, sequence_count(j, '(?1)(?2)', journey_steps('{view,pay}'::text[], others => '{quick_buy}')) AS broken_by_others,
	   sequence_count(j, '(?3)', journey_steps('{view,pay}'::text[], others => '{cancel,search}')) AS others_have_numbers,
	   sequence_match(j, '(?1)(?t<=3600)(?2)', steps => '{cancel,view}') AS an_hour, sequence_events(j, '(?1)(?2)', '{cancel,view}') AS times
FROM shop;
SELECT sequence_count(j, '(?1)(?2)', '{10,20}'::int[]) AS integers, sequence_next(j, 'forward', 'head') AS as_text FROM (SELECT journey_agg(timestamptz 'epoch' + n * interval '1 s', n * 10) AS j FROM generate_series(1, 3) AS n) s;
-- Of all journeys of one scan, and of rows.
SELECT user_id, sequence_count(journey, '(?1)(?2)') AS n FROM (SELECT journeys_agg(n % 3, timestamptz 'epoch' + n * interval '1 s', n % 2 = 0, n % 2 = 1) AS js FROM generate_series(1, 12) AS n) s, users(js, NULL::int) ORDER BY user_id;
--
-- Over rows, as ClickHouse and Doris have it: NULL over no rows; a NULL time is skipped, a NULL condition false
--
CREATE TEMP TABLE clicks AS SELECT u, at, event FROM (VALUES (1, timestamp '2024-01-01 00:00:00', 'a'), (1, '2024-01-01 00:01:00', 'c'), (1, '2024-01-01 00:02:00', 'b'), (2, '2024-01-01 00:00:00', 'b'), (2, '2024-01-02 00:00:00', 'a'),
	(2, NULL, 'b'), (2, '2024-01-03 00:00:00', NULL), (3, NULL, 'a'), (2, '2024-01-04 00:00:00', 'b')) v (u, at, event);
SELECT u, sequence_match('(?1)(?2)', at, event = 'a', event = 'b') AS m, sequence_count('(?1)(?2)|(?2)', at, event = 'a', event = 'b') AS n, sequence_events('(?1)(?2)', at, event = 'a', event = 'b') AS e,
	   sequence_match('(?1)(?2)', at::date, event = 'a', event = 'b') AS days, sequence_match('(?1)(?2)', at AT TIME ZONE 'UTC', event = 'a', event = 'b', event = 'c') AS broken
FROM clicks GROUP BY u ORDER BY u;
SELECT sequence_count('(?1)', at, true) FROM clicks WHERE false;
-- In parts that workers have counted it is the same, and the parts must ask the same.
CREATE TABLE sequence_clicks AS SELECT n % 7 AS u, timestamptz 'epoch' + n * 7919 % 30011 * interval '1 s' AS at, n * 31 % 5 AS what FROM generate_series(1, 30000) AS n;
CREATE TEMP TABLE alone AS SELECT u, sequence_match('(?1)(?2)(?1)', at, what = 1, what = 2) AS m, sequence_count('(?1)(?t<=60)(?2)', at, what = 1, what = 2) AS n, sequence_events('(?2)(?2)(?1)', at, what = 1, what = 2) AS e FROM sequence_clicks GROUP BY u;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
SELECT count(*) AS users, bool_and(p.m) AS all_match, sum(p.n) > 5000 AS many, count(*) FILTER (WHERE (p.m, p.n, p.e) = (a.m, a.n, a.e)) AS same
FROM alone a JOIN (SELECT u, sequence_match('(?1)(?2)(?1)', at, what = 1, what = 2) AS m, sequence_count('(?1)(?t<=60)(?2)', at, what = 1, what = 2) AS n, sequence_events('(?2)(?2)(?1)', at, what = 1, what = 2) AS e FROM sequence_clicks GROUP BY u) p USING (u);
SELECT count(*) AS in_parts FROM pg_temp.rows_seen('SELECT u, sequence_count(''(?1)'', at, true) FROM sequence_clicks GROUP BY u') AS line WHERE line LIKE '%Partial%Aggregate%';
SELECT pg_temp.problem('SELECT sequence_count(CASE WHEN u = 0 THEN ''(?1)'' ELSE ''.'' END, at, true) FROM sequence_clicks'), pg_temp.problem('SELECT sequence_count(''.'', at, VARIADIC array_fill(true, ARRAY[1 + u / 6])) FROM sequence_clicks');
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
DROP TABLE sequence_clicks;
-- A running one ends at every row, as does one of journeys.
SELECT n, sequence_count('(?1)(?2)', timestamptz 'epoch' + n * interval '1 s', n % 2 = 1, n % 2 = 0) OVER w AS n_rows,
	   sequence_count(journey_agg(timestamptz 'epoch' + n * interval '1 s', n % 2 = 1, n % 2 = 0) OVER w, '(?1)(?2)') AS n_journey
FROM generate_series(1, 6) AS n WINDOW w AS (ORDER BY n);
--
-- The pattern and the steps are kept from call to call, and read anew where they differ
--
SELECT sum(sequence_count(pg_temp.letters(repeat('abc', n)), pattern)), pattern FROM generate_series(1, 5) AS n, (VALUES ('(?1)(?2)'), ('(?1)(?2)(?3)(?1)'), ('.')) v (pattern) GROUP BY pattern ORDER BY pattern COLLATE "C";
SELECT n, sequence_count(j, CASE WHEN n % 2 = 0 THEN '(?1)' ELSE '(?1).*(?2)' END, steps) AS found
FROM (SELECT journey_agg(timestamptz 'epoch' + n * interval '1 s', chr(96 + n % 3 + 1)) AS j FROM generate_series(0, 8) AS n) s, (VALUES (1, '{a,b}'::journey_steps), (2, '{a,b}'), (3, '{c,b}'), (4, '{b}'), (5, '{a,c,b}')) v (n, steps) ORDER BY n;
--
-- The engine of regular expressions says the same of words of which each letter is one
-- condition: how many matches there are, the shortest each. It is not asked of patterns
-- that can match nothing, of which it finds another number.
--
CREATE TEMP TABLE words AS SELECT n AS word_id, (SELECT string_agg(substr('abc', 1 + (hashint8(n * 100 + i) & 65535) % 3, 1), '' ORDER BY i) FROM generate_series(1, 1 + n % 30) AS i) AS word FROM generate_series(1, 300) AS n;
CREATE TEMP TABLE patterns AS SELECT pattern, replace(replace(replace(pattern, '(?1)', 'a'), '(?2)', 'b'), '(?3)', 'c') AS expression FROM (VALUES
	('(?1)'), ('(?1)(?2)'), ('(?1).*(?2)'), ('(?1)+(?2)'), ('(?1)*(?2)'), ('(?1)?(?2)?(?3)'), ('((?1)|(?2))+(?3)'), ('((?1)(?2)?)+(?3)'), ('(?1)((?2)|(?3))*(?1)'), ('(?1){2,3}'), ('(?2){2,}(?1)'), ('.{3}'), ('((?1)|(?1)(?2))((?3)|(?2)(?3))'),
	('(?1)(.(?2)){1,2}'), ('(?3)(?1)*(?2)*(?3)'), ('((?1)*(?2)*)*(?3)(?3)'), ('(((?1)?(?2)){2}|(?3)){2}'), ('(?1)|(?2)(?2)|(?3)(?3)(?3)'), ('(.|..)(?1)'), ('((?1){0,2}(?2)){2,}')) v (pattern);
SELECT count(*) AS asked, count(*) FILTER (WHERE sequence_count(j, pattern) <> regexp_count(word, '(?:' || expression || '){1,1}?')) AS differ, sum(sequence_count(j, pattern)) > 5000 AS many
FROM patterns, (SELECT *, pg_temp.letters(word) AS j FROM words) w;
--
-- Errors: a position for everything that is wrong
--
SELECT sequence_count(NULL, '(?1)') IS NULL AS no_journey;
SELECT pattern, pg_temp.answer(format('SELECT sequence_match(pg_temp.letters(''abc''), %L)', pattern)) FROM (VALUES
	('(?0)'), ('(?4)'), ('(?99999999999999999999)'), ('(?1'), ('(?1))'), ('('), ('((?1)'), ('(()'), ('?'), ('*'), ('|*'), ('(*)'), ('(?1)**'), ('(?1)?+'), ('(?1){1}{2}'), ('{2}'), ('(?)'), ('(?a)'), ('(?T)'), ('(?t)'),
	('(?t>5)(?1)'), ('(?1)(?t>5)'), ('(?1)(?t>5)(?T<9)'), ('(?T<9)(?t>5)(?1)'), ('(?1)(?t=5)(?2)'), ('(?1)(?t5)(?2)'), ('(?1)(?t>)(?2)'), ('(?1)(?t>-1)(?2)'), ('(?1)(?t>=1.)(?2)'), ('(?1)(?t>1.1234567)(?2)'), ('(?1)(?t>5(?2)'),
	('(?1)(?t<5)?(?2)'), ('(?1)(?t<5){2}(?2)'), ('(?1){3,2}'), ('(?1){0}'), ('(?1){0,0}'), ('(?1){1001}'), ('(?1){1,1001}'), ('(?1){1001,}'), ('(?1){,3}'), ('(?1){2'), ('(?1){2,x}'), ('(?1){}'),
	('(?T>5)(?1)'), ('(?T<=)(?1)'), ('(?1)(?T<5)(?2)'), ('((?1)(?T<5))'), ('(?T<5)(?1)(?T<6)'), ('(?1)(?T<5)|(?2)'), ('(?1) (?2)'), (' '), ('a'), ('[?1]'), ('(?1)\'), ('(?1)é(?2)'), ('^(?1)'), ('(?1)$')) v (pattern);
-- What looks wrong and is not: empty groups and alternatives, times at the ends of a group, limits of nothing.
SELECT pattern, sequence_count(pg_temp.letters('abcab'), pattern) AS n FROM (VALUES ('()'), ('(?1)()*(?2)'), ('|'), ('(|(?1))(?2)'), ('(?1)((?t<5)(?2))'), ('((?1)(?t<5))(?2)'), ('(?1)((?t<5))*(?2)'), ('(?1)((?t>=2)|(?t>=3))+(?2)'), ('(?T<5)'), ('(?T<0)(?1)'), ('(?T<0)'), ('(?01)'), ('(?1){1}'), ('(?1){0,1}(?2)'),
	('(?1)(?t<99999999999999999999)(?2)'), ('(?1)(?t>99999999999999999999)(?2)'), ('(?1)|(?t>1)(?2)')) v (pattern);
-- A time that does not fit 64 bits is beyond every bound.
SELECT sequence_match(j, '(?1)(?t<=9223372036854.775807)(?1)') AS within, sequence_match(j, '(?1)(?t>9223372036854.775807)(?1)') AS beyond, sequence_match(j, '(?1)(?t<99999999999999)(?1)') AS any_bound, sequence_match(j, '(?1)(?t>99999999999999)(?1)') AS any_lower, sequence_match(j, '(?T<99999999999999)(?1)(?1)') AS any_limit
FROM (SELECT journey_agg(t, true) AS j FROM (VALUES ('4713-01-01 00:00+00 BC'::timestamptz), ('294276-12-31 00:00+00')) v (t)) s;
-- How large a pattern may be.
SELECT sequence_match(pg_temp.letters('abc'), '((?1){1000}){10}') AS ten_thousand;
SELECT pattern, pg_temp.problem(format('SELECT sequence_match(pg_temp.letters(''abc''), %L)', pattern)) FROM (VALUES ('((?1){1000}){10}.'), ('(((?1)(?t<1)){1000}){5}(?1)'), ('(((?1)|(?2)){1000}){1000}')) v (pattern);
SELECT pg_temp.problem(format('SELECT sequence_match(pg_temp.letters(''abc''), %L)', string_agg(format('(?1)?(?t<%s)', n), '') || '(?1)')) AS too_much_pending FROM generate_series(1, 3000) AS n;
SELECT statement, pg_temp.answer(statement) FROM (VALUES
	('SELECT sequence_match(pg_temp.letters(''a''), NULL)'),
	('SELECT sequence_match(NULL, NULL)'),
	('SELECT sequence_match(pg_temp.letters(''a''), ''(?1)'', NULL)'),
	('SELECT sequence_count(pg_temp.letters(''a''), ''(?1)'', overlap => NULL)'),
	('SELECT sequence_events(pg_temp.letters(''a''), ''(?1)'', ''{a,b}'')'),
	('SELECT sequence_events(pg_temp.letters(''a''), ''(?1)'', 4)'),
	('SELECT sequence_match(pg_temp.letters(''a''), ''(?3)'', 2)'),
	('SELECT sequence_match(journey_agg(now(), ''a''::text), ''(?1)'')'),
	('SELECT sequence_match(journey_agg(now(), ''a''::text), ''(?1)'', 1)'),
	('SELECT sequence_match(journey_agg(now(), ''a''::text), ''(?2)'', ''{a}'')'),
	('SELECT sequence_match(NULL::text, now(), true)'),
	('SELECT sequence_match(''(?2)'', now(), true)'),
	('SELECT sequence_match(CASE n WHEN 1 THEN ''(?1)'' ELSE ''(?2)'' END, now(), true, true) FROM generate_series(1, 2) AS n'),
	('SELECT sequence_match(''(?1)'', now(), VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) AS n'),
	('SELECT sequence_match(''(?1)'', now(), VARIADIC ''{}''::boolean[])'),
	('SELECT sequence_match(''(?1)'', timestamptz ''infinity'', true)')) v (statement);
--
-- The event next to a chain
--
--	a b a c b: forward from the head a b, then a; backward from the last b c, then a
WITH s AS (SELECT journey_agg(timestamptz 'epoch' + n * interval '1 s', letter) AS j FROM unnest('{a,b,a,c,b}'::text[]) WITH ORDINALITY AS l (letter, n))
SELECT sequence_next(j, 'forward', 'head', 'a', 'b') AS third, sequence_next(j, 'forward', 'head', 'b') AS not_there, sequence_next(j, 'forward', 'first_match', 'b') AS behind_first, sequence_next(j, 'forward', 'last_match', 'b') AS behind_last,
	   sequence_next(j, 'backward', 'tail', 'b', 'c') AS before, sequence_next(j, 'backward', 'first_match', 'a') AS before_all, sequence_next(j, 'forward', 'first_match', 'a', 'c') AS no_second_try, sequence_next(j, 'forward', 'last_match', 'a', 'c') AS last_one,
	   sequence_next(j, 'forward', 'head') AS head, sequence_next(j, 'backward', 'tail', VARIADIC '{}') AS tail, sequence_next(j, 'forward', 'tail', 'b') AS behind_all, sequence_next(j, 'backward', 'head') AS other_end, sequence_next(j, 'forward', 'first_match', 'ab') AS no_such
FROM s;
SELECT sequence_next(NULL, 'forward', 'head', 'a') IS NULL AS no_journey;
SELECT statement, pg_temp.answer(statement) FROM (VALUES
	('SELECT sequence_next(j, NULL, ''head'', ''a'') FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(j, ''forward'', NULL, ''a'') FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(j, ''forward'', ''head'', VARIADIC NULL) FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(j, ''forward'', ''head'', ''a'', NULL) FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(j, ''forward'', ''head'', VARIADIC ''{{a},{b}}'') FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(j, ''forward'', ''first_match'') FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(j, ''backward'', ''last_match'', VARIADIC ''{}'') FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(NULL, ''backward'', ''last_match'')'),
	('SELECT sequence_next(partial(j), ''forward'', ''head'', ''a'') FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named'),
	('SELECT sequence_next(pg_temp.letters(''a''), ''forward'', ''head'', ''a'')'),
	('SELECT sequence_next(j, ''sideways'', ''head'', ''a'') FROM (SELECT journey_agg(now(), ''a''::text) AS j) AS named')) v (statement);

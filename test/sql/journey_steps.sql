SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET timezone = 'UTC';

\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

--
-- Text
--
CREATE TEMP TABLE samples (id int PRIMARY KEY, steps journey_steps);
INSERT INTO samples VALUES
	(1, '4'), (2, '1'), (3, '64'), (4, '007'), (5, '{view}'), (6, '{view,cart,pay}'), (7, '{ view , "cart" }'), (8, '{{view,NULL},{cart,quick_buy},{NULL,pay}}'), (9, '{{a},{b}}'),
	(10, '{"", "a b", "quo\"te", "back\\slash", "NULL", "{}", "a,b"}'), (11, '{view,view}'), (12, '{{a,a},{b,a}}'), (13, '{view} keep_others'), (14, '{view,pay} others {cancel}'),
	(15, '{view} others {{refund,cancel},{"others {",NULL}} keep_others');
SELECT id, steps, octet_length(user_ops_internal.journey_steps_send(steps)) AS bytes FROM samples ORDER BY id;
SELECT count(*) FILTER (WHERE steps::text::journey_steps::text = steps::text) = count(*) AS fixpoint FROM samples;
-- Version 01, by name and keep_others: 03, 2 steps, 3 conditions; 1 name 01 of 4 bytes; 2 names; 1 name.
SELECT user_ops_internal.journey_steps_send('{{view,NULL},{cart,buy}} others {stop} keep_others') = '\x01030203'::bytea || '\x010476696577' || '\x02046361727403627579' || '\x010473746f70' AS by_name,
	   user_ops_internal.journey_steps_send('4') = '\x01000400' AS by_number;
CREATE TEMP TABLE received (LIKE samples);
\copy samples to program 'cat > "$PG_ABS_BUILDDIR/results/journey_steps.copy"' (format binary)
\copy received from program 'cat "$PG_ABS_BUILDDIR/results/journey_steps.copy"' (format binary)
SELECT count(*) FILTER (WHERE r.steps::text = s.steps::text) AS received FROM received AS r JOIN samples AS s USING (id);

SELECT input, pg_temp.answer(format('SELECT %L::user_ops.journey_steps', input))
FROM (VALUES (''), (' '), ('0'), ('65'), ('-1'), ('+1'), ('1.5'), ('99999999999'), ('4 keep_others'), ('view'), ('view,cart'), ('{}'), ('{a,b'), ('{NULL}'), ('{view,NULL}'), ('{{NULL,NULL},{a,b}}'), ('{{a,b},{NULL,NULL}}'),
			 ('{{{a}}}'), ('{view'), ('view}'), ('{view}}'), ('{view} '), ('{view}keep_others'), ('{view} keep_others '), ('{view} keep'), ('{view} others'), ('{view} others cancel'), ('{view} others {NULL}'),
			 ('{view} keep_others others {cancel}'), ('{view,{cart,buy}}'), ('{view} others {}'), ('{} others {cancel}'), ('{"view}'), ('{view\')) AS v (input);
SELECT 'view,cart'::journey_steps;
SELECT '{view,NULL}'::journey_steps;
SELECT '0'::journey_steps;
-- 64 of both, and one more.
SELECT pg_temp.answer(format('SELECT length((%L::text[]::user_ops.journey_steps)::text)', ARRAY(SELECT 'step ' || n FROM generate_series(10, n) AS n))) AS steps FROM (VALUES (73), (74)) AS v (n);
SELECT pg_temp.answer(format('SELECT length(user_ops.journey_steps(%L::text[], false, %L)::text)', ARRAY(SELECT 'step ' || n FROM generate_series(11, 70) AS n), ARRAY(SELECT 'other ' || n FROM generate_series(1, n) AS n))) AS steps_and_others FROM (VALUES (4), (5)) AS v (n);

--
-- What steps are made of
--
SELECT journey_steps(4) AS number, 4::journey_steps AS cast_number, '{view,cart}'::text[]::journey_steps AS texts, '{{1,NULL},{2,3}}'::int[]::journey_steps AS ints, '{-1,9223372036854775807}'::bigint[]::journey_steps AS bigints;
SELECT journey_steps('{view,cart}') AS unknown, journey_steps(ARRAY['view', 'cart'], true) AS by_position, journey_steps('{view,cart}', others => '{cancel}') AS others, journey_steps(steps => '{view}', keep_others => true, others => '{{a,b},{c,NULL}}') AS named,
	   journey_steps('{1,2}'::bigint[], others => ARRAY[3]) AS bigints, journey_steps(ARRAY[[1, 2], [3, NULL]], keep_others => true) AS keep, journey_steps(ARRAY[1, 2]) AS ints, journey_steps('{a}', false, NULL) AS no_others,
	   journey_steps('{a} others {b}', others => '{c} others {d} keep_others') AS others_of_both;
SELECT call, pg_temp.answer('SELECT user_ops.' || call) FROM (VALUES
	('journey_steps(0)'), ('journey_steps(65)'), ('journey_steps(-5)'), ('journey_steps(NULL::int)'), ('journey_steps(NULL::text[])'), ('journey_steps(NULL::text[], true)'), ('journey_steps(''{a}'', NULL)'), ('journey_steps(3, true)'), ('journey_steps(''{a}'', others => 5)'),
	('journey_steps(''{}''::text[])'), ('journey_steps(''{}''::bigint[])'), ('journey_steps(''{}''::int[])'), ('journey_steps(''{NULL}''::text[])'), ('journey_steps(''{{a,b},{NULL,NULL}}''::text[])'), ('journey_steps(ARRAY[[[1]]]::bigint[])'), ('journey_steps(ARRAY[1, NULL])'),
	('journey_steps(''{a}'', others => ''{NULL}'')'), ('journey_steps(''{a}''::text[], others => ''{{{a}}}''::text[])'), ('journey_steps(''{a}'', others => ''{}'')'), ('journey_steps(''{1}''::bigint[], others => ''{1.5}''::text[])')) AS v (call);
SELECT journey_steps('{}'::text[]);
SELECT journey_steps(3, keep_others => true);
SELECT journey_steps('{a}'::text[], others => ARRAY[NULL]);
SELECT journey_steps(NULL, true);
-- By themselves where steps are asked for; what is none is an error when the statement is parsed.
CREATE FUNCTION pg_temp.said(steps journey_steps) RETURNS text LANGUAGE sql AS $$ SELECT steps::text $$;
SELECT pg_temp.said(4), pg_temp.said('4'), pg_temp.said('{a,b}'), pg_temp.said(ARRAY['a', 'b']), pg_temp.said(ARRAY[[1, 2]]), pg_temp.said(ARRAY[5000000000]), pg_temp.said('[3:4]={a,b}'::text[]), pg_temp.said(NULL);
SELECT pg_temp.answer('SELECT pg_temp.said(4.5)'), pg_temp.answer('SELECT pg_temp.said(4::smallint)'), pg_temp.answer('SELECT pg_temp.said(ARRAY[4.5])'), pg_temp.answer('SELECT pg_temp.said(''a''::text)');

--
-- What they find: conditions of rows
--
CREATE TEMP TABLE events (at date, event text);
INSERT INTO events VALUES ('2024-01-01', 'view'), ('2024-01-02', 'cart'), ('2024-01-03', 'pay'), ('2024-01-04', 'cancel'), ('2024-01-05', ''), ('2024-01-06', NULL), ('2024-01-07', 'VIEW'), ('2024-01-08', 'view ');
SELECT steps, (SELECT string_agg(event_time::date - '2023-12-31' || ' ' || conditions::text, ', ') FROM journey_rows(j)) AS days_and_conditions, conditions(j)
FROM (VALUES ('{view,cart,pay}'::journey_steps), ('{pay,view}'), ('{{view,NULL},{cart,view}}'), ('{view,view}'), ('{view} keep_others'), ('{view} others {cancel}'), ('{cancel} others {{view,pay}} keep_others'), ('{"","view "}'), ('{nothing}')) AS v (steps),
	 LATERAL (SELECT journey_agg(at, event, steps) AS j FROM events) AS l;

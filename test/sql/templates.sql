-- Templates: SQL with named parts; and the definitions of views, which are made of them.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE EXTENSION IF NOT EXISTS user_ops;

CREATE FUNCTION said(template text, parts jsonb, own_parts jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	RETURN user_ops_internal.render(template, parts, own_parts);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN format('%s %s%s', SQLSTATE, SQLERRM, CASE WHEN hint = '' AND SQLSTATE <> '42601' THEN ' WITHOUT A HINT' ELSE '' END);
END $$;

-- parts, columns, sections
CREATE TABLE parts AS SELECT jsonb_build_object('day', 'now()', 'n', 3, 'yes', true, 'no', false, 'nothing', '', 'absent', NULL, 'none', '[]'::jsonb,
	'braces', '{day}', 'key', jsonb_build_array(user_ops_internal.column_part('id'), user_ops_internal.column_part('Odd "name"', 'OPERATOR(public.=)', '::text'))) AS parts;
SELECT t.template, said(t.template, p.parts)
FROM parts AS p, unnest(ARRAY['no part', '{day}', '{n} and {day}{n}', '{yes}', '[{nothing}]', '{braces}', '{u.key}', '{u.key,} x', 'x{, u.key}', '{GROUP BY u.key}', '[{GROUP BY u.none}]', 'x{, u.none}',
	'{u.key IS NOT NULL AND}', '{PARTITION BY u.key} ORDER BY 1', 'ON {a.key = b.key}', 'ON {a.none = b.none}',
	'{#yes}1{/yes}{^yes}2{/yes}', '{#no}1{/no}{^no}2{/no}', '{#key}1{/key}{^none}2{/none}{#absent}3{/absent}{#nothing}4{/nothing}', '{#yes}a{/yes} b {#yes}c{/yes}', '{#yes}a{#no}b{/no}{^no}{day}{/no}c{/yes}']) AS t (template);

-- what is no template
SELECT t.template, said(t.template, p.parts)
FROM parts AS p, unnest(ARRAY['{dya}', '{#dya}{/dya}', '{a.dya = b.dya}', '{absent}', '{key}', '{u.day}', '{a.key = b.day}', '{Day}', '{}', '{day', 'day}', '{{day}}', '{#yes}', '{/yes}', '{#yes}{/no}', '{day;}', '{lower(day)}']) AS t (template);
SELECT said('{day} {own}', parts, '{"own": "x"}'), said('{day}', parts, '{"own": "x"}'), said('{#own}{day}{/own}', parts, '{"own": false}'), said('{a.own}, {own_too}', parts, '{"own": [], "own_too": 1}') FROM parts;

-- a definition says what it must
SELECT user_ops_internal.define_view('v', 'What', ARRAY[['a', 'A']], 'SELECT 1', flags => '{breakdwon}');
SELECT user_ops_internal.define_view('v', 'What', ARRAY['a', 'A'], 'SELECT 1');
SELECT user_ops_internal.define_view('v', 'What', ARRAY[['a', 'A']]);

-- no view is defined twice, or has a column twice; and none is without columns and what it answers
SELECT object, column_name, count(*) FROM user_ops.view_catalog() GROUP BY object, column_name HAVING count(*) > 1 OR bool_or(coalesce(answers, '') = '');
SELECT count(DISTINCT object) AS objects, count(*) AS described FROM user_ops.view_catalog();

-- every part that views share is used by one of them
CREATE TABLE events AS SELECT i % 5 AS u, date '2024-01-01' + i AS t, i AS a, 'x' AS kind, 1 AS org FROM generate_series(1, 50) AS i;
CREATE FUNCTION settings(stored boolean) RETURNS user_ops_internal.view_settings LANGUAGE plpgsql AS $$
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	s.source := 'events'; s.user_id := 'u'; s.event_time := 't'; s.amount := 'a'; s.tenant := 'org'; s.first_values := '{kind}'; s.breakdown := '{kind}';
	s.week_start := 'monday'; s.horizon_days := 90; s.max_days := 90; s.max_weeks := 53; s.max_months := 36; s.stored := stored; s.lost_days := 90; s.sleep_days := 30;
	s.rfm_bins := 5; s.rfm_ntile := true; s.history_days := 400; s.purchase_model := 'mbg_nbd'; s.labels := 'english'; s.value_by := 'monetary'; s.value_shares := '{0.8,0.95}';
	RETURN s;
END $$;
SELECT k AS part
FROM jsonb_object_keys(user_ops_internal.one_view_parts(settings(false), user_ops_internal.view_parts(settings(false), 'shop'), 'day', 'kind')) AS k
WHERE k NOT IN (
	-- other templates use these
	'by_user', 'day_arguments', 'event_arguments', 'event_time', 'from_population', 'ignore_before', 'keep_history', 'model_kind', 'no_user', 'rfm_cuts', 'user_base', 'user_column', 'value_shares')
  AND NOT EXISTS (SELECT FROM (SELECT * FROM user_ops_internal.view_definitions() UNION ALL SELECT (a.definition).* FROM user_ops_internal.addon_definitions() AS a) AS d
				  WHERE concat_ws(' ', d.object, d.answers, d.columns::text, d.body, d.storage) ~ format('\{[^}]*\m%s\M[^{]*\}', k))
  AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname = 'one_view_parts' AND p.prosrc ~ format('\{%s\}', k))
ORDER BY k COLLATE "C";

-- each view is made of its columns, in this order, and those of the tenant and the first values
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-03-01', rfm_ntile => true, tenant => 'org', first_values => '{kind}', breakdown => '{kind}');
SELECT v.object, v.columns, c.columns AS described
FROM (SELECT k.relname AS object, array_agg(a.attname::text ORDER BY a.attnum) AS columns
	  FROM pg_class AS k JOIN pg_attribute AS a ON a.attrelid = k.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('org', 'kind')
	  WHERE k.relnamespace = 'shop'::regnamespace AND k.relkind IN ('r', 'v') AND k.relname NOT IN ('settings') GROUP BY k.relname) AS v
LEFT JOIN (SELECT object, array_agg(column_name) AS columns FROM user_ops.view_catalog() WHERE column_name IS NOT NULL GROUP BY object) AS c
	ON c.object = regexp_replace(v.object, '_by_kind$', '')
WHERE v.columns IS DISTINCT FROM c.columns;

SELECT count(*) FROM user_ops.drop_views('shop');
DROP TABLE events, parts;
DROP FUNCTION settings, said;

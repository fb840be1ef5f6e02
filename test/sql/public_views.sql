-- Copies for more readers: what they hide is hidden by the rules, held against the views they are copies of, and a line worked out by hand.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET client_min_messages = warning;
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET jit = off;
CREATE SCHEMA public_test;
SET search_path = public_test;
-- 300 users of three countries, one of them with few users, and of two tenants
CREATE TABLE events AS
SELECT u, timestamptz '2024-01-01 15:00Z' + (u * 37 % 200 + n * n * (3 + u % 5)) * interval '1 day' + n % 4 * interval '1 hour' AS t,
	CASE n % 4 WHEN 0 THEN NULL ELSE round((5 + (u * 7 + n * 13) % 90)::numeric * 1.17, 2) END AS a, (ARRAY['view', 'cart', 'pay'])[1 + n % 3] AS what,
	CASE WHEN u % 100 < 2 THEN 'lu' WHEN u % 3 = 0 THEN 'fr' ELSE 'de' END AS country, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 300) AS u, generate_series(0, (u * u) % 9) AS n;
CREATE TABLE ledger AS SELECT u, t, a AS points, org FROM events WHERE a > 0;
CREATE TABLE answers AS SELECT u % 11 AS score, t, country, org FROM events WHERE u % 7 = 0;
CREATE FUNCTION make(target name, tenant name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM user_ops.create_views('events', 'u', 't', 'a', target, as_of => '2024-09-01', tenant => tenant, first_values => '{country}', breakdown => '{country}'),
		user_ops.create_funnel_view(target, 'f', '{view,cart,pay}', '30 days', event => 'what', breakdown => 'country'), user_ops.create_session_view(target, 's'), user_ops.create_path_view(target, 'p'),
		user_ops.create_attribution_view(target, 'a', '{pay}'), user_ops.create_points_views(target, 'ledger', 'u', 't', 'points', valid_months => 3),
		user_ops.create_tier_views(target, 'ledger', 'u', 't', 'points', user_ops.make_tier_rules('{silver,gold}', '{20,45}', 60)),
		user_ops.create_survey_views(target, 's', 'answers', 'score', 't', segments => '{country}'), user_ops.create_propensity_views(target),
		user_ops.create_content_views(target, 'events', 'u', 'country', 't', role => 'what', roles => '{"view": "view", "cart": "react", "pay": "contribute"}', min_users => 1),
		user_ops.create_item_views(target, 'events', 'u', 'what', 't', 'w', min_users => 1);
END $$;
SELECT make('one', NULL), make('two', 'org');
SELECT count(*) >= 40, sum(suppressed) > 100 FROM user_ops.create_public_views('one', 'one_public', 6);
SELECT count(*) >= 40, sum(suppressed) > 100 FROM user_ops.create_public_views('two', 'two_public', k => 6);
-- what can be published at all: all views without users, but for these
SELECT string_agg(DISTINCT object, ' ' ORDER BY object) FROM (
	SELECT c.object FROM user_ops_internal.view_definitions() AS c WHERE NOT EXISTS (SELECT FROM generate_subscripts(c.columns, 1) AS i WHERE c.columns[i][1] = 'user_id')
	UNION ALL SELECT (d.definition).object FROM user_ops_internal.addon_definitions() AS d WHERE NOT EXISTS (SELECT FROM generate_subscripts((d.definition).columns, 1) AS i WHERE (d.definition).columns[i][1] = 'user_id')) AS o
WHERE object NOT IN (SELECT p.object FROM user_ops_internal.public_views() AS p);
-- and the columns that are named exist
SELECT p.object, n FROM user_ops_internal.public_views() AS p
CROSS JOIN LATERAL (SELECT p.people AS n UNION SELECT unnest(p.keys || p.others || p.line || p.sums || p.cumulative || p.personal) UNION SELECT unnest(string_to_array(f, '/'))::name FROM unnest(p.pairs) AS f) AS c
WHERE n NOT IN (SELECT (d.definition).columns[i][1] FROM (SELECT ROW(v.*)::user_ops_internal.view_definition AS definition FROM user_ops_internal.view_definitions() AS v UNION ALL SELECT definition FROM user_ops_internal.addon_definitions()) AS d
	CROSS JOIN LATERAL generate_subscripts((d.definition).columns, 1) AS i WHERE (d.definition).object = p.object);
-- each copy against its view: no count of people from 1 to k - 1 is shown; what is shown is what the view says; a row without anything hidden has no NULL that the view has not
CREATE FUNCTION check_copy(schema name, copy name, k int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	p user_ops_internal.public_view;
	tenant name := (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = format('%I.%I', copy, 'models')::regclass AND a.attname = 'org');
	relation name;
	keys text;
	broken boolean;
	line text;
	n bigint;
	m bigint;
	counted name;
BEGIN
	FOR relation IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = copy::regnamespace AND c.relkind = 'r' AND c.relname <> 'about' LOOP
		broken := relation LIKE '%\_by\_country';
		SELECT v.* INTO p FROM user_ops_internal.public_views() AS v
		WHERE regexp_replace(relation, '_by_country$', '') ~ ('^' || regexp_replace(regexp_replace(v.object, '[{][#/^][a-z_]+[}]', '', 'g'), '[{]period[}]', '(day|week|month)') || '$');
		SELECT string_agg(format('c.%1$I IS NOT DISTINCT FROM v.%1$I', key), ' AND ') INTO keys FROM unnest(p.keys || tenant || CASE WHEN broken THEN 'country'::name END) AS key WHERE key IS NOT NULL;
		keys := coalesce(keys, 'true');
		FOREACH counted IN ARRAY p.people || p.others || p.sums || ARRAY(SELECT split_part(f, '/', 1)::name FROM unnest(p.pairs) AS f) LOOP
			EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I BETWEEN 1 AND $1', copy, relation, counted) INTO n USING k - 1;
			IF n > 0 THEN
				RETURN NEXT format('%s: %s shows %s counts of few people', relation, counted, n);
			END IF;
		END LOOP;
		EXECUTE format('SELECT count(*) FILTER (WHERE NOT (jsonb_strip_nulls(to_jsonb(c) - ''suppressed'') <@ to_jsonb(v))), count(*) FILTER (WHERE NOT c.suppressed AND to_jsonb(c) - ''suppressed'' <> to_jsonb(v) - $1) FROM %I.%I AS c JOIN %I.%I AS v ON %s',
			copy, relation, schema, relation, keys) INTO n, m USING p.personal::text[];
		IF n > 0 OR m > 0 THEN
			RETURN NEXT format('%s: %s rows are not those of the view, %s miss something', relation, n, m);
		END IF;
		EXECUTE format('SELECT (SELECT count(*) FROM %I.%I) - (SELECT count(*) FROM %I.%I AS v WHERE NOT ($1 AND v.%I < $2) OR EXISTS (SELECT FROM %I.%I AS c WHERE %s))', copy, relation, schema, relation, p.people, copy, relation, keys) INTO n USING p.cohorts, k;
		-- (of the cohorts of a breakdown others go with those of few people)
		IF n > 0 OR n < 0 AND NOT (p.cohorts AND broken) THEN
			RETURN NEXT format('%s: %s rows more than the view', relation, n);
		END IF;
		-- a line: never one hidden beside its total, and not fewer than k people in those that are
		line := (SELECT string_agg(format('v.%I', c), ', ') FROM unnest(CASE WHEN broken THEN p.keys WHEN p.line IS NOT NULL THEN p.line END || CASE WHEN broken OR p.line IS NOT NULL THEN ARRAY[tenant] END) AS c WHERE c IS NOT NULL);
		IF broken OR p.line IS NOT NULL THEN
			EXECUTE format('SELECT count(*), coalesce(sum(l.hidden), 0) FROM (
				SELECT count(*) FILTER (WHERE h) AS hidden, sum(people) FILTER (WHERE h) AS people, sum(people) AS total
				FROM (SELECT v.*, floor(v.%1$I)::bigint AS people, v.%1$I > 0 AND NOT EXISTS (SELECT FROM %2$I.%3$I AS c WHERE %4$s AND c.%1$I IS NOT NULL) AS h FROM %5$I.%3$I AS v) AS v GROUP BY %6$s) AS l
				WHERE l.hidden > 0 AND (l.hidden = 1 OR l.people < $1) AND l.total >= $1', p.people, copy, relation, keys, schema, coalesce(line, '()')) INTO n USING k;
			IF n > 0 THEN
				RETURN NEXT format('%s: in %s lines a hidden count can be worked out', relation, n);
			END IF;
		END IF;
	END LOOP;
END $$;
SELECT c FROM check_copy('one', 'one_public', 6) AS c ORDER BY c;
SELECT c FROM check_copy('two', 'two_public', 6) AS c ORDER BY c;
-- (the check sees what would be wrong)
UPDATE one_public.lifecycle_month_by_country SET active_users = 3 WHERE country = 'lu' AND period_start = '2024-03-01';
UPDATE one_public.rfm_segments SET users = NULL WHERE users = (SELECT max(users) FROM one_public.rfm_segments);
SELECT c FROM check_copy('one', 'one_public', 6) AS c ORDER BY c;
-- a line by hand: of 10, 3, 0, 20 and 7 people the 3 are few, and alone they could be worked out: so the next smallest goes with them
CREATE TABLE few (u int, t timestamptz, a numeric, country text);
INSERT INTO few SELECT u, '2024-01-10Z', 1, CASE WHEN u <= 10 THEN 'a' WHEN u <= 13 THEN 'b' WHEN u <= 33 THEN 'd' ELSE 'e' END FROM generate_series(1, 40) AS u;
SELECT FROM user_ops.create_views('few', 'u', 't', 'a', 'few', as_of => '2024-02-01', first_values => '{country}', breakdown => '{country}');
SELECT FROM user_ops.create_public_views('few', 'few_public');
SELECT period_start, country, active_users, new_users, suppressed FROM few_public.lifecycle_month_by_country WHERE period_start = '2024-01-01' ORDER BY country;
SELECT * FROM few_public.retention_month_by_country ORDER BY country;
SELECT target_schema, k, as_of, cardinality(made) > 30 FROM few_public.about;
-- what other rows and columns of a copy would tell: of whom the users of the row before consist, the mean of days, from how many users a share was taken, and which cohort a curve lacks
SELECT count(*) > 5, count(*) FILTER (WHERE before - dormant_users BETWEEN 1 AND 5 OR before - returning_users BETWEEN 1 AND 5)
FROM (SELECT *, lag(active_users) OVER (ORDER BY period_start) AS before FROM one_public.lifecycle_week) AS w WHERE before - dormant_users > 0;
SELECT count(*) FROM pg_attribute a WHERE a.attrelid = 'one_public.kpis_day'::regclass AND a.attname = 'average_stickiness';
CREATE TABLE rated AS
SELECT u, date '2024-01-10' + 31 * (u / 50) AS t, 'a' AS what FROM generate_series(1, 72) AS u WHERE u NOT BETWEEN 23 AND 49
UNION ALL SELECT u, date '2024-04-10', 'pay' FROM generate_series(1, 22) AS u UNION ALL SELECT u, date '2024-04-09', 'b' FROM generate_series(1, 7) AS u
UNION ALL SELECT 1, '2024-04-08', 'c' UNION ALL SELECT u, '2024-02-20', 'a' FROM generate_series(3, 4) AS u UNION ALL SELECT u, '2024-03-10', 'a' FROM generate_series(80, 81) AS u;
CREATE TABLE rated_tags AS SELECT DISTINCT u, 'member' AS tag FROM rated WHERE u <> 7;
SELECT FROM user_ops.create_views('rated', 'u', 't', target_schema => 'rated', as_of => '2024-06-10');
SELECT FROM user_ops.create_item_views('rated', 'rated', 'u', 'what', 't'), user_ops.create_attribution_view('rated', 'a', '{pay}', event => 'what'), user_ops.create_tag_views('rated', 'rated_tags', 'u', 'tag');
CREATE TABLE rated_arms AS SELECT DISTINCT u, CASE WHEN u < 4 THEN 'few' WHEN u % 2 = 0 THEN 'control' ELSE 'mail' END AS arm, date '2024-01-01' AS day FROM rated;
SELECT FROM user_ops.create_experiment_views('rated', 'e', 'rated_arms', 'u', 'arm', 'day', 'control');
SELECT FROM user_ops.create_public_views('rated', 'rated_public');
SELECT item, users, repeat_rate, events FROM rated_public.item_stats ORDER BY item;
SELECT period_number, eligible_users FROM rated.retention_curve_month ORDER BY 1;
SELECT period_number, eligible_users FROM rated_public.retention_curve_month ORDER BY 1;
SELECT channel, conversions FROM rated.attribution WHERE model = 'linear' ORDER BY 1;
SELECT channel, conversions FROM rated_public.attribution WHERE model = 'linear' ORDER BY 1;
SELECT tag, users, share FROM rated_public.tag_counts;
SELECT to_jsonb(a) - '{experiment,open_users,crossed_over,mismatch}'::text[] AS arm FROM rated_public.experiment_arms AS a ORDER BY variant;
-- behind a step that is hidden with another, the next one would tell how many came from it
CREATE TABLE ways AS
SELECT u, (ARRAY['a', 'b', 'c'])[n] AS what, date '2024-02-01' + n AS t, CASE WHEN u <= 100 THEN 'de' WHEN u <= 200 THEN 'fr' ELSE 'lu' END AS country FROM generate_series(1, 230) AS u, generate_series(1, 3) AS n
WHERE n = 1 OR n = 2 AND (u <= 60 OR u BETWEEN 101 AND 190 OR u BETWEEN 201 AND 203) OR n = 3 AND (u <= 40 OR u BETWEEN 101 AND 150);
SELECT FROM user_ops.create_views('ways', 'u', 't', target_schema => 'ways', as_of => '2024-06-10', first_values => '{country}');
SELECT FROM user_ops.create_funnel_view('ways', 'f', '{a,b,c}', '30 days', event => 'what', breakdown => 'country');
SELECT FROM user_ops.create_public_views('ways', 'ways_public');
SELECT segment, step, w.users AS is, s.users, s.conversion_from_previous, s.drop_off FROM ways.funnel_segments AS w JOIN ways_public.funnel_segments AS s USING (segment, step) ORDER BY 1, 2;
-- grants stay, readers see the copies alone, and what is gone from the schema goes
CREATE ROLE public_reader;
GRANT USAGE ON SCHEMA one_public TO public_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA one_public TO public_reader;
SELECT user_ops.drop_addon('one', 'funnel', 'f') IS NOT NULL;
SELECT count(*) FILTER (WHERE object ~ 'funnel') FROM user_ops.create_public_views('one', 'one_public', 6);
SELECT c FROM check_copy('one', 'one_public', 6) AS c ORDER BY c;
SELECT to_regclass('one_public.funnels'), has_table_privilege('public_reader', 'one_public.kpis_day', 'SELECT'), has_schema_privilege('public_reader', 'one', 'USAGE');
SELECT obj_description('one_public.kpis_day'::regclass), col_description('one_public.kpis_day'::regclass, a.attnum) FROM pg_attribute a WHERE a.attrelid = 'one_public.kpis_day'::regclass AND a.attname = 'suppressed';
-- arguments, and schemas of others
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('one', 'one_public', 0)$$);
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('one', 'one_public', NULL)$$);
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('one', NULL)$$);
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('one', 'one')$$);
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('one', 'public_test')$$);
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('two', 'one_public')$$);
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('nowhere', 'one_public')$$);
-- a source with policies for tenants: readers see of the copies what they see of the views, also when the policies change
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON events FOR SELECT TO public_reader USING (org = 'north');
SELECT count(*) > 40 FROM user_ops.create_public_views('two', 'two_public', k => 6);
GRANT USAGE ON SCHEMA two_public TO public_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA two_public TO public_reader;
CREATE FUNCTION orgs_read() RETURNS TABLE (relation text, orgs text[]) LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE public_reader;
	FOR relation IN SELECT format('two_public.%I', c.relname) FROM pg_class c WHERE c.relnamespace = 'two_public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'about' LOOP
		EXECUTE format('SELECT array_agg(DISTINCT c.org) FROM %s AS c', relation) INTO orgs;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT DISTINCT orgs FROM orgs_read() WHERE orgs IS NOT NULL;
DROP POLICY own ON events;
CREATE POLICY others ON events FOR SELECT TO public_reader USING (org = 'south');
SELECT count(*) > 40 FROM user_ops.create_public_views('two', 'two_public', k => 6);
SELECT DISTINCT orgs FROM orgs_read() WHERE orgs IS NOT NULL;
DROP POLICY others ON events;
ALTER TABLE events DISABLE ROW LEVEL SECURITY;
-- nobody writes the settings by which it is read, and who did not make the copies is told so
GRANT USAGE ON SCHEMA one TO public_reader;
GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA one TO public_reader;
SELECT pg_temp.problem($$SELECT user_ops.create_public_views('one', 'one_public')$$);
REVOKE UPDATE ON one.settings FROM public_reader;
SET ROLE public_reader;
SELECT regexp_replace(pg_temp.problem($$SELECT user_ops.create_public_views('one', 'one_public')$$), 'role .*', 'role');
RESET ROLE;
SET client_min_messages = error;
SELECT count(*) > 0 FROM unnest('{one,two,few,rated,ways}'::name[]) AS s, user_ops.drop_views(s);
DROP SCHEMA one_public, two_public, few_public, rated_public, ways_public CASCADE;
DROP ROLE public_reader;
DROP SCHEMA public_test CASCADE;

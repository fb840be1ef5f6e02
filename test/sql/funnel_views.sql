-- The views of funnels over a small shop: stored and on the spot, with tenants, broken down,
-- by events and by conditions, replaced, refused, refreshed, made anew.  Expected outputs
-- are worked out by hand.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA funnel_views_test;
SET search_path = funnel_views_test;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset format unaligned
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

CREATE TABLE events (org text, u int, t timestamptz, e text, total numeric, country text, campaign text, changed timestamptz DEFAULT '2024-01-01Z');
INSERT INTO events VALUES
	-- all the way
	('x', 1, '2024-01-01 10:00Z', 'view', NULL, 'fr', 'spring'), ('x', 1, '2024-01-01 10:05Z', 'cart', NULL, 'fr', NULL), ('x', 1, '2024-01-01 10:09Z', 'pay', 40, 'fr', NULL),
	-- looks twice, and puts it into the cart 22 hours and 4 minutes after the first time
	('x', 2, '2024-01-01 11:00Z', 'view', NULL, 'de', NULL), ('x', 2, '2024-01-02 09:00Z', 'view', NULL, 'fr', 'mail'), ('x', 2, '2024-01-02 09:04Z', 'cart', NULL, 'de', NULL),
	-- may still go on
	('x', 3, '2024-01-30 20:00Z', 'view', NULL, 'fr', NULL),
	-- never looks
	('x', 4, '2024-01-03 08:00Z', 'cart', NULL, 'de', NULL), ('x', 4, '2024-01-03 08:01Z', 'pay', 25, 'de', NULL),
	-- has second thoughts, and then buys otherwise
	('x', 5, '2024-01-04 12:00Z', 'view', NULL, 'fr', 'spring'), ('x', 5, '2024-01-04 12:03Z', 'cancel', NULL, 'fr', NULL), ('x', 5, '2024-01-04 12:05Z', 'cart', NULL, 'fr', NULL),
	('x', 5, '2024-01-04 12:06Z', 'quick_buy', 60, 'fr', NULL),
	-- too late, in another shop
	('y', 1, '2024-01-05 10:00Z', 'view', NULL, NULL, NULL), ('y', 1, '2024-01-13 10:00Z', 'cart', NULL, NULL, NULL),
	-- rows that do not count
	('x', 1, 'infinity', 'view', NULL, 'fr', NULL), ('x', NULL, '2024-01-01Z', 'view', NULL, 'fr', NULL), ('x', 6, '2024-01-01Z', 'view', 'NaN', 'fr', NULL);
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'total', 'stored', as_of => '2024-01-31', tenant => 'org', first_values => '{country}');
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'total', 'live', as_of => '2024-01-31', tenant => 'org', first_values => '{country}', stored => false);
SELECT * FROM user_ops.create_funnel_view('stored', 'checkout', '{view,cart,pay}', '7 days', event => 'e', label => 'campaign');

--
-- By events
--

-- 4 users look, 1, 2 and 5 go on after 5 minutes, 79440 seconds and 5 minutes, 1 pays after 4 more; 3 may go on
SELECT * FROM stored.funnels ORDER BY org, name, step;
SELECT * FROM stored.funnel_users ORDER BY org, name, user_id;
-- the same name with other steps: nobody's journey is read or written again
CREATE TABLE before AS SELECT ctid::text AS row, xmin::text AS by, org, user_id FROM stored.journeys;
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'checkout', '{{view,NULL},{cart,NULL},{pay,quick_buy}}', '7 days', breakdown => 'country', labels => '{look,take,"buy it"}');
SELECT count(*) AS same, (SELECT count(*) FROM before) AS of FROM stored.journeys AS j JOIN before AS b ON (j.ctid::text, j.xmin::text, j.user_id, j.org) = (b.row, b.by, b.user_id, b.org);
SELECT step, label, users FROM stored.funnels WHERE org = 'x' ORDER BY step;
-- of the countries that users first had: fr is 1, 3 and 5, de is 2 (and 4, who never enters)
SELECT * FROM stored.funnel_segments ORDER BY org, segment, step;
-- by the first campaign along the way: spring for 1 and 5, none for 2, whose mail is not on it, and 3
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'by campaign', '{view,cart,pay}', '7 days', breakdown => 'campaign');
SELECT segment, step, users, open_users FROM stored.funnel_segments WHERE name = 'by campaign' AND org = 'x' ORDER BY segment, step;
-- what excludes: with cancel 5 is out, or stays at the first step
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'no cancel', '{view,cart,pay}', '7 days', exclude => '{cancel}');
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'until cancel', '{view,cart,pay}', '7 days', exclude => '{cancel}', on_exclusion => 'stop');
SELECT name, array_agg(users ORDER BY step) AS users FROM stored.funnels WHERE org = 'x' AND name ~ 'cancel' GROUP BY name ORDER BY name;
-- any order: 4 has cart and pay; optional: 4 still has no view, 5 reaches the end without pay
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'in any order', '{pay,cart,view}', '7 days', unordered => true);
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'pay or not', '{view,pay,quick_buy}', '7 days', optional => '{2}');
SELECT name, array_agg(users ORDER BY step) AS users, array_agg(conversion_from_previous ORDER BY step) AS rates FROM stored.funnels WHERE org = 'x' AND name IN ('in any order', 'pay or not') GROUP BY name ORDER BY name;
SELECT user_id, level, entered_at, reached_at FROM stored.funnel_users WHERE name = 'pay or not' AND org = 'x' ORDER BY user_id;
-- gaps, ties, entries: 2 is out with a gap of an hour from the first entry, but not from the second
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'first', '{view,cart}', '7 days', max_gap => '{1 hour}', entry => 'first', in_between => 'no_steps', repeats => 'break', ties => 'strict');
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'any', '{view,cart}', '7 days', max_gap => '{1 hour}', pick => 'latest_entry');
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'later', '{view,cart}', '7 days', entry_from => '2024-01-02 00:00Z', entry_to => '2024-01-30 00:00+08');
SELECT name, user_id, level, entered_at FROM stored.funnel_users WHERE name IN ('first', 'any', 'later') AND org = 'x' ORDER BY name DESC, user_id;
-- nothing between: what stands before the cart of 5 is no step, but stands there
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'at once', '{view,cart,pay}', '7 days', in_between => 'nothing');
SELECT array_agg(users ORDER BY step) FROM stored.funnels WHERE name = 'at once' AND org = 'x';

--
-- By conditions
--

SELECT * FROM user_ops.create_funnel_view('stored', 'Große "Käufe"', within => '7 days', conditions => '{"e = ''view'' AND country = ''fr''","total > 30 AND e <> ''x''"}', breakdown => 'country');
SELECT org, user_id, (SELECT string_agg(to_char(r.event_time, 'DD HH24:MI') || r.conditions::text, ' ') FROM user_ops.journey_rows(j.journey) AS r) FROM stored."journeys_Große ""Käufe""" AS j ORDER BY 1, 2;
-- 1 and 5 get there, 2 looks once in France, 3 looks
SELECT org, step, label, users FROM stored.funnels WHERE name ~ 'Groß' ORDER BY 1, 2;
SELECT org, user_id, level, reached_at FROM stored.funnel_users WHERE name ~ 'Groß' ORDER BY 1, 2;
SELECT org, segment, step, users FROM stored.funnel_segments WHERE name ~ 'Groß' ORDER BY 1, 2, 3;
-- its own labels, and what excludes: 1 is hit by the pay of 40 itself, 5 by cancel, so 2 and 3 are left
SELECT count(*) FROM user_ops.create_funnel_view('stored', 'labelled', within => '7 days', conditions => '{"e = ''view''","e IN (''pay'', ''quick_buy'')"}', labels => '{look,buy}',
	exclude => '{"e = ''cancel''","total < 50"}', label => 'campaign', breakdown => 'campaign', in_between => 'nothing');
SELECT segment, step, label, users FROM stored.funnel_segments WHERE name = 'labelled' AND org = 'x' ORDER BY segment, step;
-- rows of no condition are there, too, 15 of all: nothing may stand between
SELECT sum(user_ops.events(journey)) FROM stored.journeys_labelled;
SELECT * FROM user_ops.drop_addon('stored', 'funnel', 'labelled');
-- every column has a comment
SELECT count(*) FILTER (WHERE col_description(c.oid, a.attnum) IS NULL) AS without, count(*) > 30 AS columns, count(*) FILTER (WHERE obj_description(c.oid) IS NULL) AS relations_without
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'stored'::regnamespace AND c.relname ~ '^(funnel|journeys)' AND c.relkind IN ('r', 'v');

--
-- On the spot
--

SELECT count(*) FROM user_ops.create_funnel_view('live', 'checkout', '{{view,NULL},{cart,NULL},{pay,quick_buy}}', '7 days', breakdown => 'country', labels => '{look,take,"buy it"}', event => 'e', label => 'campaign');
SELECT count(*) FROM user_ops.create_funnel_view('live', 'by campaign', '{view,cart,pay}', '7 days', breakdown => 'campaign');
SELECT count(*) FROM user_ops.create_funnel_view('live', 'Große "Käufe"', within => '7 days', conditions => '{"e = ''view'' AND country = ''fr''","total > 30 AND e <> ''x''"}', breakdown => 'country');
CREATE FUNCTION differ(relation text, names text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('WITH a AS (SELECT * FROM stored.%1$I WHERE name = ANY ($1)), b AS (SELECT * FROM live.%1$I WHERE name = ANY ($1))
		SELECT (SELECT count(*) FROM (TABLE a EXCEPT ALL TABLE b) AS d) + (SELECT count(*) FROM (TABLE b EXCEPT ALL TABLE a) AS d) + CASE WHEN EXISTS (TABLE a) THEN 0 ELSE 1000 END', relation) INTO n USING names;
	RETURN n;
END $$;
SELECT r.relation, differ(r.relation, ARRAY(SELECT name FROM user_ops.addons('live') WHERE kind = 'funnel')) FROM unnest('{funnels,funnel_users,funnel_segments}'::text[]) AS r (relation);

--
-- Refused
--

CREATE FUNCTION refused(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	hint text;
BEGIN
	EXECUTE 'SELECT user_ops.create_funnel_view(''stored'', ''bad'', ' || arguments || ')';
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || said, 'hint: ' || hint);
END $$;
SELECT refused(a) FROM unnest(ARRAY[
	$$within => '7 days'$$, $$'{view,cart}', '7 days', conditions => '{true}'$$, $$'{}', '7 days'$$, $$'{view,NULL}', '7 days'$$, $$'{view,cart}'$$, $$'{view,cart}', '1 month'$$, $$'{view,cart}', '-1 day'$$,
	$$'{view,cart}', '7 days', labels => '{one}'$$, $$'{view,cart}', '7 days', in_between => NULL$$, $$'{view,cart}', '7 days', exclude => NULL$$, $$'{view,cart}', '7 days', optional => '{1}'$$,
	$$'{view,cart}', '7 days', unordered => true, repeats => 'break'$$, $$'{view,cart}', '7 days', entry => 'totals'$$, $$'{view,cart}', '7 days', min_gap => '{1 hour,1 hour}'$$,
	$$'{view,cart}', '7 days', exclude => '{cancel}', exclude_from => '{2}', exclude_to => '{1}'$$, $$'{view,cart}', '7 days', breakdown => 'e'$$, $$'{view,cart}', '7 days', breakdown => 'u'$$,
	$$within => '7 days', conditions => '{total}'$$, $$within => '7 days', conditions => '{total > 5,nothing}'$$, $$within => '7 days', conditions => '{total > 5,NULL}'$$,
	$$within => '7 days', conditions => '{}'$$, $$within => '7 days', conditions => '{total > 5}', exclude => '{total}'$$, $$within => '7 days', conditions => '{total > 5}', event => 'e'$$,
	$$within => '7 days', conditions => '{total > 5}', tiebreak => 'e'$$, $$within => '7 days', conditions => '{total > 5}', label => 'no'$$, $$within => '7 days', conditions => array_fill('true'::text, ARRAY[65])$$,
	$$within => '7 days', conditions => '{total > 5}', breakdown => 'campaign'$$]) AS a;
SELECT pg_temp.problem($$SELECT user_ops.create_funnel_view('stored', repeat('n', 55), within => '7 days', conditions => '{true}')$$);
SELECT count(*) FROM user_ops.create_funnel_view('stored', repeat('n', 54), within => '7 days', conditions => '{true}');
SELECT object FROM user_ops.drop_addon('stored', 'funnel', repeat('n', 54)) AS object;
SELECT name FROM user_ops.addons('stored') WHERE kind = 'funnel' ORDER BY name;
-- only some events are kept: steps must be among them, and nothing may stand between only where all are
SELECT pg_temp.problem($$SELECT user_ops.create_journeys('stored', 'e', label => 'campaign', events => '{view,cart,pay,quick_buy}')$$);
SELECT user_ops.drop_addon('stored', 'funnel', n) FROM unnest('{no cancel,until cancel}'::text[]) AS n;
SELECT pg_temp.answer($$SELECT user_ops.create_journeys('stored', 'e', label => 'campaign', events => '{view,cart,pay,quick_buy}')$$);
SELECT user_ops.drop_addon('stored', 'funnel', 'at once');
SELECT count(*) FROM user_ops.create_journeys('stored', 'e', label => 'campaign', events => '{view,cart,pay,quick_buy}');
SELECT step, label, users FROM stored.funnels WHERE org = 'x' AND name = 'checkout' ORDER BY step;
SELECT pg_temp.answer($$SELECT user_ops.create_funnel_view('stored', 'bad', '{view,leave}', '7 days', exclude => '{cancel}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_funnel_view('stored', 'bad', '{view,cart}', '7 days', exclude => '{cancel}')$$);
SELECT count(*) FROM user_ops.create_journeys('stored', 'e', label => 'campaign');
-- without its column of first_values a breakdown cannot be
SELECT pg_temp.problem($$SELECT user_ops.create_views('events', 'u', 't', 'total', 'stored', as_of => '2024-01-31', tenant => 'org')$$);

--
-- Refreshed, and made anew
--

SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'total', 'stored', as_of => '2024-01-31', tenant => 'org', first_values => '{country}', changed_at => 'changed');
DROP TABLE before;
CREATE TABLE before AS SELECT ctid::text AS row, org, user_id FROM stored."journeys_Große ""Käufe""";
INSERT INTO events VALUES ('x', 3, '2024-01-30 21:00Z', 'pay', 31, 'fr', NULL, now()), ('x', 7, '2024-01-30 21:00Z', 'view', NULL, 'fr', NULL, now()), ('x', 8, '2024-01-30 21:00Z', 'help', NULL, 'fr', NULL, now());
DELETE FROM events WHERE u = 5;
SELECT inserted, updated, deleted FROM user_ops.refresh('stored');
SELECT user_id, difference FROM user_ops.verify('stored') ORDER BY 1, 2;
SELECT inserted, updated, deleted FROM user_ops.refresh('stored', full_scan => true);
SELECT user_id, difference FROM user_ops.verify('stored') ORDER BY 1, 2;
SELECT j.org, j.user_id, b.row IS NOT NULL AND b.row = j.ctid::text AS untouched FROM stored."journeys_Große ""Käufe""" AS j LEFT JOIN before AS b USING (org, user_id) ORDER BY 1, 2;
SELECT org, step, users FROM stored.funnels WHERE name ~ 'Groß' ORDER BY 1, 2;
-- nothing stored, and stored again
SELECT name, org, step, users FROM stored.funnels ORDER BY 1, 2, 3 \g /dev/null
CREATE TABLE was AS TABLE stored.funnel_users;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'total', 'stored', as_of => '2024-01-31', tenant => 'org', first_values => '{country}', stored => false);
SELECT string_agg(relname || ' ' || relkind::text, ', ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'stored'::regnamespace AND relname ~ '^(funnel|journeys)' AND relkind IN ('r', 'v');
SELECT count(*) AS differ FROM ((TABLE was EXCEPT ALL TABLE stored.funnel_users) UNION ALL (TABLE stored.funnel_users EXCEPT ALL TABLE was)) AS d;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'total', 'stored', as_of => '2024-01-31', tenant => 'org', first_values => '{country}');
SELECT string_agg(relname || ' ' || relkind::text, ', ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'stored'::regnamespace AND relname ~ '^(funnel|journeys)' AND relkind IN ('r', 'v');
SELECT count(*) AS differ FROM ((TABLE was EXCEPT ALL TABLE stored.funnel_users) UNION ALL (TABLE stored.funnel_users EXCEPT ALL TABLE was)) AS d;
-- dropped one by one: the views are there as long as somebody is in them
SELECT user_ops.drop_addon('stored', 'funnel', name) FROM user_ops.addons('stored') WHERE kind = 'funnel' AND name <> 'any' ORDER BY name;
SELECT DISTINCT name FROM stored.funnels;
SELECT user_ops.drop_addon('stored', 'funnel', 'any');
SELECT count(*) > 0 FROM unnest('{stored,live}'::name[]) AS s, user_ops.drop_views(s);

--
-- Which segment is better: z and p_value against all others
--

CREATE TABLE many AS
SELECT u, timestamptz '2024-01-01Z' + s * interval '1 hour' AS t, (ARRAY['view', 'pay'])[s] AS e, country
FROM (SELECT u, (ARRAY['a', 'b', 'c', NULL])[1 + u % 4] AS country, (ARRAY[30, 20, 12, 5])[1 + u % 4] > u / 4 AS pays FROM generate_series(0, 159) AS u WHERE u < 140 OR u % 4 < 3) AS p, generate_series(1, 2) AS s
WHERE s = 1 OR pays;
SELECT count(*) > 0 AS made FROM user_ops.create_views('many', 'u', 't', target_schema => 'compared', as_of => '2024-01-31', first_values => '{country}');
SELECT count(*) FROM user_ops.create_funnel_view('compared', 'f', '{view,pay}', '1 day', event => 'e', breakdown => 'country');
SELECT segment, array_agg(users ORDER BY step) AS users FROM compared.funnel_segments GROUP BY segment ORDER BY segment;
-- by the formula: 40 of each, 35 without a country; 30, 20, 12 and 5 pay
SELECT s.segment, abs(s.z - o.z) < 1e-9 AS as_by_formula, s.p_value < 0.05 AS differs
FROM compared.funnel_segments AS s
JOIN (SELECT v.segment, (k / n - (67 - k) / (155 - n)) / sqrt(67.0 / 155 * (1 - 67.0 / 155) * (1 / n + 1 / (155 - n))) AS z
	  FROM (VALUES ('a', 40.0, 30), ('b', 40, 20), ('c', 40, 12), (NULL, 35, 5)) AS v (segment, n, k)) AS o ON o.segment IS NOT DISTINCT FROM s.segment
WHERE s.step = 2 ORDER BY s.segment;
SELECT count(*) > 0 FROM user_ops.drop_views('compared');

-- nobody
DELETE FROM many;
SELECT count(*) > 0 AS made FROM user_ops.create_views('many', 'u', 't', target_schema => 'nobody', as_of => '2024-01-31', first_values => '{country}', allow_empty => true);
SELECT count(*) FROM user_ops.create_funnel_view('nobody', 'f', '{view,pay}', '1 day', event => 'e', breakdown => 'country');
SELECT (SELECT count(*) FROM nobody.funnels), (SELECT count(*) FROM nobody.funnel_users), (SELECT count(*) FROM nobody.funnel_segments);
INSERT INTO many VALUES (1, '2024-01-01Z', 'pay', 'a');
SELECT inserted FROM user_ops.refresh('nobody');
SELECT * FROM nobody.funnels;
SELECT (SELECT count(*) FROM nobody.funnel_users), (SELECT count(*) FROM nobody.funnel_segments);
SELECT count(*) > 0 FROM user_ops.drop_views('nobody');

DROP SCHEMA funnel_views_test CASCADE;

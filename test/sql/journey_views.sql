-- The views of sessions, paths and attribution over small shops: stored and on the spot,
-- with tenants, without amounts, with nobody, under any column name.  Expected outputs are
-- worked out by hand.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA journey_views_test;
SET search_path = journey_views_test;
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

-- the same user in two tenants; one without a tenant
CREATE TABLE visits (org text, who int, at timestamptz, what text, total numeric);
INSERT INTO visits VALUES
	('x', 1, '2024-01-01 10:00Z', 'ads', NULL),
	('x', 1, '2024-01-01 10:10Z', 'mail', NULL),
	('x', 1, '2024-01-02 09:00Z', 'ads', NULL),
	('x', 1, '2024-01-02 09:00:30Z', 'pay', 10),
	('x', 2, '2024-01-01 11:00Z', 'mail', NULL),
	('x', 2, '2024-01-01 11:20Z', 'pay', 0.99),
	('x', 3, '2024-01-30 23:40Z', 'mail', NULL),
	('y', 1, '2024-01-01 10:05Z', 'pay', 100),
	('y', 1, '2024-01-01 10:20Z', 'ads', NULL),
	(NULL, 1, '2024-01-01 10:06Z', 'pay', 100);
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'at', 'total', 'stored', as_of => '2024-01-31', tenant => 'org');
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'at', 'total', 'live', as_of => '2024-01-31', tenant => 'org', stored => false);
SELECT s, count(*) AS objects FROM unnest('{stored,live}'::name[]) AS s,
	LATERAL (SELECT user_ops.create_session_view(s, 'visits', event => 'what') UNION ALL SELECT user_ops.create_path_view(s, 'ways', max_depth => 3)
			 UNION ALL SELECT user_ops.create_path_view(s, 'to pay', NULL, end_at => 'pay') UNION ALL SELECT user_ops.create_attribution_view(s, 'pay', '{pay}', '7 days',
				models => '{first,last,linear,participation,markov,shapley}', worth => 'conversions')) AS made GROUP BY s ORDER BY s DESC;

-- x/1 has two sessions, x/2 and x/3 one each; x/3 began 20 minutes before as_of, so it may go on
SELECT * FROM stored.sessions ORDER BY org, user_id, session;
SELECT * FROM stored.sessions_day ORDER BY org, day;
-- depth by depth; pay comes behind mail once, at depth 1, and behind ads once
SELECT * FROM stored.paths WHERE name = 'ways' ORDER BY org, depth, source, target;
-- all of a user at once, as far as pay: ads, mail, ads, pay and mail, pay; x/3 never pays, and y/1 has nothing before it
SELECT org, depth, source, target, sessions FROM stored.paths WHERE name = 'to pay' ORDER BY org, depth, source, target;
SELECT org, source, target, transitions, round(probability::numeric, 4) AS probability FROM stored.path_transitions WHERE name = 'ways' ORDER BY org, source, target;
-- x: two conversions, 10 and 0.99.  The path of 10 is ads, mail, ads: first and last ads; linear two thirds to ads.
-- Markov over ads mail ads -> pay, mail -> pay, mail (open, left out): without ads nothing of the first is left, without mail nothing at all:
-- from the start 1/2 to ads, 1/2 to mail; ads goes on to mail or pay, mail to ads or pay, 1/2 each; so P = 1, P without ads = 1/2 * 1/2 = 1/4, without
-- mail 1/2 * 1/2 = 1/4: the same effect, one conversion each.  Shapley: half of the first to each, the second to mail.
-- y: pay came before ads: (direct)
SELECT * FROM stored.attribution ORDER BY org, model, channel;
SELECT org, model, sum(conversions) AS conversions, sum(amount) AS amount, sum(share) AS share FROM stored.attribution GROUP BY org, model ORDER BY org, model;

-- on the spot the same
CREATE FUNCTION differ(a text, b text) RETURNS TABLE (relation text, rows_of_one_alone bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR relation IN SELECT DISTINCT object FROM user_ops.addon_catalog() WHERE to_regclass(format('%I.%I', a, object)) IS NOT NULL ORDER BY 1 LOOP
		RETURN QUERY EXECUTE format('SELECT %1$L, count(*) FROM ((TABLE %2$I.%1$I EXCEPT ALL TABLE %3$I.%1$I) UNION ALL (TABLE %3$I.%1$I EXCEPT ALL TABLE %2$I.%1$I)) AS d', relation, a, b);
	END LOOP;
END $$;
SELECT * FROM differ('stored', 'live');
-- a condition on the name asks nothing of the others, whatever the view
CREATE FUNCTION scans(query text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	line text;
	n integer := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		n := n + (line ~ ' on journeys')::integer;
	END LOOP;
	RETURN n;
END $$;
SELECT c.object, scans(format('SELECT * FROM stored.%I', c.object)) > 0 AS reads, scans(format('SELECT * FROM stored.%I WHERE name = ''nobody''', c.object)) AS reads_of_nobody
FROM user_ops.addon_catalog() AS c WHERE c.column_name = 'name' AND to_regclass('stored.' || c.object) IS NOT NULL ORDER BY 1;
-- and one on the model nothing of other models
SELECT scans('SELECT * FROM stored.attribution') AS of_all, scans($$SELECT * FROM stored.attribution WHERE model = 'last'$$) AS of_one;

-- what a question of attribution may be
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', models => '{last,last}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', models => '{last,mail}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', models => '{last,NULL}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', models => '{}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', models => '{custom}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', models => '{last}', weights => '{1,0,0}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', weights => '{1,1,1}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', NULL)$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', '1 month', models => '{markov}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', worth => NULL)$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', which => NULL)$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', decimals => 10)$$);
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'pay', '{pay}', by_label => true)$$);
-- all rules
SELECT count(*) FROM user_ops.create_attribution_view('stored', 'pay', '{pay}');
SELECT string_agg(DISTINCT model, ' ' ORDER BY model) FROM stored.attribution;
SELECT count(*) FROM user_ops.create_attribution_view('stored', 'pay', '{pay}', weights => '{0.5,0.5,0}', non_direct => true, direct => '{ads}', exclusive => true, which => 'last', decimals => 0);
SELECT model, channel, conversions, amount FROM stored.attribution WHERE org = 'x' AND model IN ('custom', 'last') ORDER BY 1, 2;

-- only some events are kept: enough for attribution by one channel
SELECT object FROM unnest('{ways,"to pay"}'::text[]) AS name, user_ops.drop_addon('stored', 'path', name) AS object;
SELECT object FROM user_ops.drop_addon('stored', 'session', 'visits') AS object;
SELECT pg_temp.answer($$SELECT user_ops.create_journeys('stored', 'what', events => '{mail,ads}')$$);
SELECT count(*) FROM user_ops.create_journeys('stored', 'what', events => '{mail,pay}');
SELECT model, channel, conversions, amount FROM stored.attribution WHERE org = 'x' AND model IN ('first', 'last') ORDER BY 1, 2;
SELECT pg_temp.answer($$SELECT user_ops.create_attribution_view('stored', 'more', '{pay,buy,a}')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_session_view('stored', 'more')$$);
SELECT pg_temp.answer($$SELECT user_ops.create_path_view('stored', 'more')$$);

-- without amounts, and with nobody
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'at', target_schema => 'plain', as_of => '2024-01-31');
SELECT count(*) FROM user_ops.create_attribution_view('plain', 'pay', '{pay}', models => '{last,markov,shapley}', event => 'what');
SELECT count(*) FROM user_ops.create_session_view('plain', 'visits');
SELECT model, channel, conversions, amount FROM plain.attribution ORDER BY 1, 2;
SELECT count(*), count(amount) FROM plain.sessions;
-- by labels: the last sale of user 1 on three touches of x and one of y, all others on x alone
SELECT count(*) FROM user_ops.create_journeys('plain', 'what', label => 'org');
SELECT count(*) FROM user_ops.create_attribution_view('plain', 'by org', '{pay}', models => '{last,linear}', by_label => true);
SELECT model, channel, conversions FROM plain.attribution WHERE name = 'by org' ORDER BY 1, 2;
SELECT pg_temp.answer($$SELECT user_ops.create_journeys('plain', 'what')$$);
DELETE FROM visits WHERE what = 'pay';
SELECT user_ops.refresh('plain') IS NOT NULL;
SELECT count(*) FROM plain.attribution;
DELETE FROM visits;
SELECT user_ops.refresh('plain') IS NOT NULL, user_ops.refresh('stored') IS NOT NULL;
SELECT (SELECT count(*) FROM plain.attribution), (SELECT count(*) FROM plain.sessions_day), (SELECT count(*) FROM stored.attribution), (SELECT count(*) FROM stored.journeys);

-- names of a tenant column that generated SQL uses, too: refused, or right
CREATE FUNCTION with_tenant(name text, stored boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	view text;
	said text;
	n bigint;
BEGIN
	EXECUTE format('CREATE TABLE named (%I text, who int, at timestamptz, what text, "money in it" numeric)', name);
	EXECUTE 'INSERT INTO named VALUES (''x'', 1, ''2024-01-01 10:00Z'', ''ads'', NULL), (''x'', 1, ''2024-01-01 10:10Z'', ''pay'', 1), (''y'', 1, ''2024-01-01 10:10Z'', ''pay'', 2)';
	said := pg_temp.problem(format('SELECT user_ops.create_views(''named'', ''who'', ''at'', ''money in it'', ''named'', as_of => ''2024-02-01'', tenant => %L, stored => %L)', name, stored));
	IF said = 'none' THEN
		said := pg_temp.problem('SELECT user_ops.create_session_view(''named'', ''n'', event => ''what''), user_ops.create_path_view(''named'', ''n''), user_ops.create_attribution_view(''named'', ''n'', ''{pay}'', models => ''{last,markov,shapley}''), user_ops.create_funnel_view(''named'', ''n'', ''{ads,pay}'', ''1 day'')');
		said := said || CASE WHEN said = 'none' THEN pg_temp.problem('SELECT user_ops.create_funnel_view(''named'', ''c'', within => ''1 day'', conditions => ''{what IS NOT NULL}'', label => ''what'', breakdown => ''what'')') ELSE '' END;
		IF said = 'nonenone' THEN
			said := 'none';
			FOR view IN SELECT replace(object, 'NAME', 'c') FROM user_ops.addon_catalog() WHERE column_name IS NULL AND to_regclass('named.' || replace(object, 'NAME', 'c')) IS NOT NULL LOOP
				EXECUTE format('SELECT count(DISTINCT %I) FROM named.%I', name, view) INTO n;
				said := said || CASE WHEN n = 2 THEN '' ELSE format(', but %s tenants in %s', n, view) END;
			END LOOP;
			PERFORM user_ops.refresh('named');
		END IF;
		PERFORM user_ops.drop_views('named');
	END IF;
	DROP TABLE named;
	RETURN said;
END $$;
-- each in a transaction of its own: what they make holds locks
CREATE TABLE outcomes (name text, stored boolean, outcome text);
\set ECHO none
SELECT format('INSERT INTO outcomes SELECT %1$L, true, with_tenant(%1$L, true)', n.name)
FROM (SELECT DISTINCT column_name FROM user_ops.addon_catalog() WHERE column_name IS NOT NULL AND kind IN ('journeys', 'funnel', 'path', 'attribution', 'session')
	  UNION SELECT unnest('{j,x,t,u,as_of,before,behind,duration,journeys,names,options,touched,"a b","or"}'::text[])) AS n (name) \gexec
SELECT format('INSERT INTO outcomes SELECT %1$L, false, with_tenant(%1$L, false)', n.name) FROM unnest('{j,x,t,u,"a b"}'::text[]) AS n (name) \gexec
\set ECHO all
SELECT stored, o.outcome, string_agg(o.name, ' ' ORDER BY o.name)
FROM (SELECT name, stored, regexp_replace(outcome, ': the views of \w+ use the column name "\w+" themselves|: the views use the column name "\w+" themselves', ': taken') AS outcome FROM outcomes) AS o
GROUP BY stored, o.outcome ORDER BY stored DESC, o.outcome;

SELECT count(*) > 0 FROM unnest('{stored,live,plain}'::name[]) AS s, user_ops.drop_views(s);
SET client_min_messages = error;
DROP SCHEMA journey_views_test CASCADE;

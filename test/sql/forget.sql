-- Users who are forgotten: a schema that forgets some is then, and after each refresh, what one is that never had them, in every view and table.
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
CREATE SCHEMA forget_test;
SET search_path = forget_test;
CREATE TABLE events AS
SELECT u, timestamptz '2024-01-01 15:00Z' + (u * 37 % 180 + n * n * (3 + u % 5)) * interval '1 day' + n % 4 * interval '1 hour' AS t,
	CASE n % 4 WHEN 0 THEN NULL ELSE round((5 + (u * 7 + n * 13) % 90)::numeric * 1.17, 2) END AS a, (ARRAY['view', 'cart', 'pay'])[1 + n % 3] AS what, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 120) AS u, generate_series(0, 4 + (u * u) % 9) AS n;
CREATE TABLE invited AS SELECT greatest(1, u / 3) AS inviter, u, timestamptz '2024-01-02Z' + u * interval '1 day' AS t, (ARRAY['north', 'south'])[1 + u % 2] AS org FROM generate_series(2, 110) AS u;
CREATE TABLE ledger AS SELECT u, 1 + u % 40 AS by, timestamptz '2024-01-02Z' + n * interval '9 days' + u * interval '1 hour' AS t, 10 - 4 * (n % 3) AS points, (ARRAY['north', 'south'])[1 + u % 2] AS org FROM generate_series(1, 120) AS u, generate_series(0, 9) AS n;
CREATE TABLE arms AS SELECT u, (ARRAY['control', 'mail'])[1 + u / 2 % 2] AS arm, timestamptz '2024-03-01Z' AS t, (ARRAY['north', 'south'])[1 + u % 2] AS org FROM generate_series(1, 120) AS u;
CREATE TABLE forgotten (user_id int);
-- the same without them
CREATE SCHEMA without;
CREATE VIEW without.events AS SELECT * FROM events WHERE u NOT IN (SELECT user_id FROM forgotten);
CREATE VIEW without.invited AS SELECT * FROM invited WHERE u NOT IN (SELECT user_id FROM forgotten) AND inviter NOT IN (SELECT user_id FROM forgotten);
CREATE VIEW without.ledger AS SELECT u, CASE WHEN by NOT IN (SELECT user_id FROM forgotten) THEN by END AS by, t, points, org FROM ledger WHERE u NOT IN (SELECT user_id FROM forgotten);
CREATE VIEW without.arms AS SELECT * FROM arms WHERE u NOT IN (SELECT user_id FROM forgotten);
CREATE FUNCTION make(target name, place name, tenant name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET LOCAL search_path = %I, forget_test', place);
	PERFORM user_ops.create_views('events', 'u', 't', 'a', target, as_of => '2024-09-01', time_zone => 'Asia/Shanghai', tenant => tenant, first_values => '{what}', rfm_ntile => true),
		user_ops.create_session_view(target, 's', event => 'what'), user_ops.create_funnel_view(target, 'f', '{view,cart,pay}', '30 days'),
		user_ops.create_funnel_view(target, 'c', within => '30 days', conditions => '{a > 20}'), user_ops.create_path_view(target, 'p'), user_ops.create_attribution_view(target, 'a', '{pay}'),
		user_ops.create_points_views(target, 'ledger', 'u', 't', 'points', valid_months => 3), user_ops.create_tier_views(target, 'ledger', 'u', 't', 'points', user_ops.make_tier_rules('{silver,gold}', '{20,45}', 60)),
		user_ops.create_referral_views(target, 'invited', 'inviter', 'u', 't'), user_ops.create_experiment_views(target, 'e', 'arms', 'u', 'arm', 't', 'control'), user_ops.create_propensity_views(target),
		user_ops.create_content_views(target, 'ledger', 'u', 'points', 't', creator => 'by', min_users => 1),
		user_ops.create_item_views(target, 'ledger', 'u', 'points', 't', 'i', min_users => 1, stored_recommendations => true);
END $$;
-- how many rows of each relation the two have not in common; what only says when is left out
CREATE FUNCTION differences(one name, other name) RETURNS TABLE (relation name, n bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR relation IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = other::regnamespace AND c.relkind IN ('r', 'v') AND c.relname NOT IN ('settings', 'refresh_log', 'transition_log', 'transitions', 'experiment_looks_e', 'item_quality_i', 'recommendation_quality') LOOP
		EXECUTE format($query$
			WITH a AS (SELECT to_jsonb(x) - '{refreshed_at,fitted_at,rows_left_out}'::text[] AS x FROM %1$I.%3$I AS x), b AS (SELECT to_jsonb(x) - '{refreshed_at,fitted_at,rows_left_out}'::text[] AS x FROM %2$I.%3$I AS x)
			SELECT count(*) FROM ((SELECT * FROM a EXCEPT ALL SELECT * FROM b) UNION ALL (SELECT * FROM b EXCEPT ALL SELECT * FROM a)) AS d$query$, one, other, relation) INTO n;
		IF n > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
SELECT make('one', 'forget_test', NULL), make('two', 'forget_test', 'org');
INSERT INTO forgotten VALUES (5), (36), (37), (90);
SELECT make('one_without', 'without', NULL), make('two_without', 'without', 'org');
SELECT count(*) > 20 FROM differences('one', 'one_without');
-- all of them have rows of the ledger, and a user who moved twice; a person with an id in each organisation is forgotten in both
INSERT INTO one.transition_log SELECT '2024-09-01', now(), u, 'champions', 'lost', 'mature', 'lost', 'returning', 'dormant' FROM unnest('{5,5,6}'::int[]) AS u;
SELECT * FROM user_ops.forget_user('one', '5', 'asked for it');
SELECT * FROM user_ops.forget_users('one', 'forgotten');
SELECT sum(rows) FROM user_ops.forget_users('two', 'forgotten', 'asked for it');
SELECT count(*) FROM one.forgotten WHERE reason = 'asked for it';
SELECT count(*) FROM one.transition_log;
SELECT reads, users, users_removed FROM one.refresh_log ORDER BY finished_at;
SELECT sum(users), (SELECT count(*) FROM one.activity) FROM one.segment_history;
-- what is fitted to all users differs until the next refresh
SELECT users, inserted, updated, deleted, rows_left_out = (SELECT count(*) FROM events JOIN forgotten ON u = user_id) FROM user_ops.refresh('one');
SELECT users, inserted, updated, deleted, rows_left_out = (SELECT count(*) FROM events JOIN forgotten ON u = user_id) FROM user_ops.refresh('two');
SELECT * FROM differences('one', 'one_without');
SELECT * FROM differences('two', 'two_without');
SELECT * FROM user_ops.verify('one') UNION ALL SELECT * FROM user_ops.verify('two');
-- rows that come later do not bring anybody back; nor does making the views anew, with other tables, or with settings that were lost
INSERT INTO events SELECT u, t + interval '1 day', a, what, org FROM events WHERE u IN (4, 5, 90);
SELECT users, inserted, updated, deleted FROM user_ops.refresh('one');
SELECT users, inserted, updated, deleted FROM user_ops.refresh('one_without');
SELECT * FROM differences('one', 'one_without');
SELECT make('one', 'forget_test', NULL);
SELECT * FROM differences('one', 'one_without');
SELECT FROM user_ops.create_views('events', 'u', 't', 'a', 'one', as_of => '2024-09-01', first_values => '{what,org}');
SELECT count(*) FROM one.users WHERE user_id IN (SELECT user_id FROM forgotten);
DELETE FROM one.settings;
SELECT make('one', 'forget_test', NULL);
SELECT count(*), (SELECT count(*) FROM one.users WHERE user_id IN (SELECT user_id FROM forgotten)) FROM one.users;
-- unknown users, and what is no user at all, are no error; and again is none
SELECT sum(rows) FROM user_ops.forget_user('one', '777');
SELECT sum(rows) FROM user_ops.forget_user('one', 'somebody');
SELECT sum(rows) FROM user_ops.forget_user('one', '5');
SELECT count(*) FROM one.forgotten;
-- taken back
SELECT user_ops.remember_user('one', '05'), user_ops.remember_user('one', '5'), user_ops.remember_user('one', '4'), user_ops.remember_user('one', 'nobody');
SELECT users, inserted, updated, deleted FROM user_ops.refresh('one');
SELECT events = (SELECT count(*) FROM events WHERE u = 5 AND (t AT TIME ZONE 'Asia/Shanghai')::date < '2024-09-01') FROM one.users WHERE user_id = 5;
-- when they are gone from the source nothing is left out any more
DELETE FROM events WHERE u IN (SELECT user_id FROM forgotten);
SELECT users, deleted, rows_left_out FROM user_ops.refresh('one');
-- persons: all ids of one are forgotten with him, in the schema that knows them and in one over a view by person
CREATE TABLE logins (device text, u text, t date);
INSERT INTO logins VALUES ('d1', 'ann', '2024-01-01'), ('d1', 'ann 2', '2024-01-02'), ('d2', 'ann 2', '2024-01-03'), ('d3', 'bob', '2024-01-03'), ('d4', 'eve', '2024-01-04'), ('d4', 'bob', '2024-01-05');
CREATE TABLE visits AS SELECT device, CASE WHEN n % 2 = 0 THEN u END AS u, t + n AS t FROM logins, generate_series(1, 6) AS n UNION ALL SELECT 'd9', NULL, date '2024-01-07';
SELECT user_ops.create_person_view('by_person', 'visits', 'device', 'u', 'logins', 't', mode => 'components', as_of => '2024-03-01');
SELECT FROM user_ops.create_views('by_person', 'person_id', 't', target_schema => 'people', as_of => '2024-03-01');
SELECT FROM user_ops.create_identity_views('people', 'logins', 'device', 'u', 't', mode => 'components');
SELECT user_id, events FROM people.users ORDER BY 1;
UPDATE logins SET device = 'd2' WHERE device = 'd3';
SELECT users FROM user_ops.refresh('people');
SELECT old_canonical, new_canonical, ids FROM people.identity_merges;
SELECT user_id, events FROM people.users ORDER BY 1;
SELECT * FROM user_ops.forget_user('people', 'bob');
SELECT user_id, events FROM people.users ORDER BY 1;
SELECT kind, id, canonical_id FROM people.identity_map;
SELECT count(*) FROM people.identity_merges;
SELECT users, rows_left_out FROM user_ops.refresh('people');
SELECT user_id FROM people.users ORDER BY 1;
SELECT kind, id, canonical_id FROM people.identity_map;
SELECT * FROM user_ops.verify('people');
-- or this id alone
SELECT sum(rows) FROM user_ops.forget_user('people', 'anonymous d9', only_this_id => true);
SELECT users FROM user_ops.refresh('people');
-- users of any type: who is meant goes, nobody else does, and nobody comes back, as another text of the same user or with other settings of the session
CREATE FUNCTION forgets(type text, ids text[], who text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	left_there text;
	refreshed text;
BEGIN
	EXECUTE format('CREATE TABLE typed AS SELECT i::%s AS u, timestamp ''2024-01-05'' AS t, ''it''::char(4) AS item FROM unnest($1) AS i', type) USING ids;
	PERFORM user_ops.create_views('typed', 'u', 't', target_schema => 'typed_views', as_of => '2024-03-01');
	PERFORM user_ops.create_item_views('typed_views', 'typed', 'u', 'item', 't'), user_ops.forget_user('typed_views', who);
	EXECUTE 'SELECT string_agg(a.user_id::text, '' '' ORDER BY a.user_id) FROM typed_views.activity AS a JOIN typed_views.item_baskets_items AS b USING (user_id)' INTO left_there;
	SET LOCAL datestyle = 'German';
	SET LOCAL bytea_output = 'escape';
	PERFORM user_ops.refresh('typed_views');
	RESET datestyle;
	RESET bytea_output;
	EXECUTE 'SELECT string_agg(a.user_id::text, '' '' ORDER BY a.user_id) FROM typed_views.activity AS a JOIN typed_views.item_baskets_items AS b USING (user_id)' INTO refreshed;
	PERFORM user_ops.drop_views('typed_views');
	DROP TABLE typed;
	RETURN concat_ws(' | ', left_there, nullif(refreshed, left_there));
END $$;
CREATE TYPE level AS ENUM ('low', 'high');
CREATE DOMAIN of_level AS level;
CREATE DOMAIN five AS char(5);
CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);
SELECT forgets('char(5)', '{abc,ab,a}', 'abc'), forgets('five', '{abc,ab,a}', 'abc'), forgets('varchar(3)', '{abc,ab}', 'abcd'), forgets('text', '{"it''s","","a\"b","日本"}', '');
SELECT forgets('level', '{low,high}', 'low'), forgets('of_level', '{low,high}', 'low'), forgets('of_level', '{low,high}', 'none');
SELECT forgets('numeric', '{1.0,2,17.50}', '17.5'), forgets('positive', '{1.0,2}', '1'), forgets('positive', '{1.0,2}', '-1'), forgets('float8', '{-0,1,2.5}', '0'), forgets('float4', '{0,1,2.5}', '-0');
SELECT forgets('date', '{2024-01-01,2024-02-03}', '2024-02-03'), forgets('timestamp', '{2024-01-01,2024-02-03}', '2024-02-03'), forgets('bytea', '{a,b,\\x00}', 'b'), forgets('uuid', '{5c1e0b7d-9a3f-44e2-b8c6-d05f7e19a2c4}', '{5C1E0B7D9A3F44E2B8C6D05F7E19A2C4}');
-- or an error, where it cannot be told who is the same
SELECT pg_temp.problem($$SELECT forgets('interval', '{1 day,2 days}', '24:00')$$);
-- users of a table with numbers of another kind
CREATE TABLE decimals AS SELECT 44.00 AS user_id;
SELECT rows FROM user_ops.forget_users('two', 'decimals') WHERE object = 'two.activity';
-- arguments
SELECT pg_temp.problem($$SELECT user_ops.forget_user('one', NULL)$$);
SELECT pg_temp.problem($$SELECT user_ops.forget_users('one', NULL)$$);
SELECT pg_temp.problem($$SELECT user_ops.forget_users('one', 'events')$$);
SELECT pg_temp.problem($$SELECT user_ops.forget_user('nowhere', '1')$$);
SELECT pg_temp.problem($$SELECT user_ops.forget_user(NULL, '1')$$);
SELECT FROM user_ops.create_views('events', 'u', 't', target_schema => 'live', stored => false);
SELECT pg_temp.problem($$SELECT user_ops.forget_user('live', '1')$$);
SELECT pg_temp.problem($$SELECT user_ops.create_views('events', 'u', 't', 'a', 'one', stored => false)$$);
-- what they say
\pset tuples_only off
SET client_min_messages = notice;
\set VERBOSITY default
SELECT count(*) FROM user_ops.forget_user('one', '7');
SELECT count(*) FROM user_ops.forget_user('one', '987654');
SELECT count(*) FROM user_ops.forget_user('one', 'x');
SELECT user_ops.remember_user('one', '7');
SET client_min_messages = error;
SELECT count(*) > 0 FROM unnest('{one,two,one_without,two_without,live,people}'::name[]) AS s, user_ops.drop_views(s);
DROP SCHEMA without CASCADE;
DROP SCHEMA forget_test CASCADE;

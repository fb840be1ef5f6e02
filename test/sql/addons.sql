-- Add-ons of a schema: put, replaced, dropped, refreshed, made anew with the schema, and
-- whatever else is true of what create_views makes.  Expected outputs are worked out by
-- hand: each event stands in this file.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS user_ops;
DROP ROLE IF EXISTS addons_owner, addons_reader;
CREATE ROLE addons_owner;
CREATE ROLE addons_reader;
CREATE SCHEMA addons_test AUTHORIZATION addons_owner;
GRANT USAGE ON SCHEMA addons_test TO addons_reader;
SET search_path = addons_test;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset format unaligned

CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || said, nullif(detail, ''), 'hint: ' || hint);
END $$;
-- each row of journeys as it was written last
CREATE FUNCTION versions(schema_name text) RETURNS TABLE (user_id text, version text, rows text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT j.user_id::text, j.ctid::text, (SELECT string_agg(concat_ws('' '', to_char(r.event_time, ''MM-DD HH24:MI''), r.event, r.amount), '', '')
		FROM user_ops.journey_rows(j.journey) AS r) FROM %I.journeys AS j', schema_name);
END $$;
CREATE FUNCTION contents(schema_name text) RETURNS text LANGUAGE sql AS
$$ SELECT md5(string_agg(format('%s %s %s', c.oid, c.relname, c.relkind), ',' ORDER BY c.oid)) FROM pg_class c WHERE c.relnamespace = to_regnamespace(schema_name) $$;
CREATE FUNCTION relations(schema_name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(c.relname || ' ' || c.relkind::text, ', ' ORDER BY c.relname) FROM pg_class c
	WHERE c.relnamespace = to_regnamespace(schema_name) AND c.relname IN ('journeys', 'sessions', 'sessions_day', 'paths', 'path_transitions') $$;

CREATE TABLE events (u int, t timestamptz, e text, a numeric, org text, changed timestamptz DEFAULT '2024-01-01Z');
INSERT INTO events VALUES
	(1, '2024-01-01 10:00Z', 'view', NULL, 'x'),
	(1, '2024-01-01 10:10Z', 'cart', NULL, 'x'),
	(1, '2024-01-01 23:50Z', 'view', NULL, 'x'),
	(1, '2024-01-02 00:05Z', 'pay', 10.50, 'x'),
	(2, '2024-01-03 08:00Z', 'view', NULL, 'x'),
	(2, '2024-01-31 23:45Z', 'pay', 7, 'x'),
	-- not yet
	(2, '2024-02-01 00:00Z', 'pay', 7, 'x'),
	-- rows that do not count, and a user without an event
	(3, 'infinity', 'view', NULL, 'x'), (3, '-infinity', 'view', NULL, 'x'), (3, NULL, 'view', NULL, 'x'), (3, '2024-01-05Z', 'pay', 'NaN', 'x'),
	(NULL, '2024-01-05Z', 'pay', 1, 'x'),
	(4, '2024-01-05Z', NULL, 3, 'x');
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-02-01');

--
-- Made
--

SELECT * FROM user_ops.addons('shop');
SELECT * FROM user_ops.create_session_view('shop', 'half hour', event => 'e');
SELECT * FROM user_ops.create_path_view('shop', 'all', gap => NULL);
SELECT * FROM user_ops.addons('shop');
SELECT user_id, rows FROM versions('shop') ORDER BY 1;
-- 1 has three sessions, of which one goes past midnight; the pay of 2 is 15 minutes before as_of, so his session may go on
SELECT * FROM shop.sessions ORDER BY name, user_id, session;
SELECT * FROM shop.sessions_day ORDER BY name, day;
SELECT * FROM shop.paths ORDER BY name, depth, source, target;
SELECT * FROM shop.path_transitions ORDER BY name, source, target;
-- everything has a comment
SELECT count(*) FILTER (WHERE col_description(c.oid, a.attnum) IS NULL) AS without, count(*) AS columns, count(DISTINCT c.oid) FILTER (WHERE obj_description(c.oid) IS NULL) AS relations_without
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'shop'::regnamespace AND c.relname IN ('journeys', 'sessions', 'sessions_day', 'paths', 'path_transitions');
-- and the catalog says the same, whatever the schema
SELECT count(*) FILTER (WHERE k.answers IS DISTINCT FROM coalesce(col_description(c.oid, a.attnum), obj_description(c.oid))) AS differ, count(*) > 30 AS many
FROM user_ops.addon_catalog() AS k JOIN pg_class c ON c.relnamespace = 'shop'::regnamespace AND c.relname = k.object
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = k.column_name;
-- every hook is a function
SELECT k.kind, h.hook FROM user_ops_internal.addon_kinds() AS k, unnest(ARRAY[k.views, k.checks, k.parts, k.reads]) AS h (hook)
WHERE h.hook IS NOT NULL AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'user_ops_internal'::regnamespace AND p.proname = h.hook);

-- names are what one likes
SELECT count(*) FROM user_ops.create_session_view('shop', E'it''s "{gap}"\\ \U0001F600', '0', midnight => true);
SELECT name, user_id, session, events FROM shop.sessions WHERE name = E'it''s "{gap}"\\ \U0001F600' ORDER BY user_id, session;
-- another of the same name takes its place, and leaves the others alone
SELECT count(*) FROM user_ops.create_session_view('shop', 'half hour', '1 day');
SELECT name, count(*) FROM shop.sessions GROUP BY name ORDER BY name DESC;
SELECT count(*) FROM user_ops.create_session_view('shop', 'half hour', '30 minutes', midnight => true);
SELECT user_id, session, events FROM shop.sessions WHERE name = 'half hour' ORDER BY 1, 2;
-- a condition on the name leaves one branch
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
SELECT scans('SELECT * FROM shop.sessions') AS of_all, scans($$SELECT * FROM shop.sessions WHERE name = 'half hour'$$) AS of_one;

--
-- Refused
--

SELECT fails($$SELECT user_ops.create_session_view('nowhere', 'x')$$);
SELECT fails($$SELECT user_ops.create_session_view('addons_test', 'x')$$);
SELECT fails($$SELECT user_ops.create_session_view(NULL, 'x')$$);
SELECT fails($$SELECT user_ops.create_session_view('shop', NULL)$$);
SELECT fails($$SELECT user_ops.create_session_view('shop', '')$$);
SELECT fails($$SELECT user_ops.create_session_view('shop', 'x', '1 month')$$);
SELECT fails($$SELECT user_ops.create_session_view('shop', 'x', '-1 s')$$);
SELECT fails($$SELECT user_ops.create_session_view('shop', 'x', max_length => '1 year')$$);
SELECT fails($$SELECT user_ops.create_session_view('shop', 'x', event => 'org')$$);
SELECT fails($$SELECT user_ops.create_path_view('shop', 'x', max_depth => 0)$$);
SELECT fails($$SELECT user_ops.create_path_view('shop', 'x', collapse => NULL)$$);
SELECT fails($$SELECT user_ops.create_journeys('shop')$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', NULL)$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', 't')$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', 'e', amount => 'org')$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', 'e', tiebreak => 'a')$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', 'e', label => 'nothing')$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', 'e', events => '{}')$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', 'e', events => '{view,NULL}')$$);
SELECT fails($$SELECT user_ops.create_journeys('shop', 'e', events => '{view,pay}')$$);
SELECT fails($$SELECT user_ops.drop_addon('shop', 'journeys')$$);
SELECT fails($$SELECT user_ops.drop_addon('shop', 'session', 'x')$$);
SELECT fails($$SELECT user_ops.drop_addon('shop', NULL)$$);
SELECT fails($$SELECT user_ops.drop_addon('nowhere', 'session', 'x')$$);
SELECT fails($$SELECT * FROM user_ops.addons('nowhere')$$);
-- a name that is taken: nothing changes
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', target_schema => 'taken', as_of => '2024-02-01');
CREATE TABLE taken.sessions_day (mine text);
SELECT contents('taken') AS before \gset
SELECT fails($$SELECT user_ops.create_session_view('taken', 'x', event => 'e')$$);
SELECT contents('taken') = :'before' AS unchanged, addons FROM taken.settings;
-- but one's own objects may stand beside
SELECT count(*) FROM user_ops.create_path_view('taken', 'x', event => 'e');
SELECT object FROM user_ops.drop_views('taken') AS object WHERE object ~ '(path|journey)' ORDER BY 1;
SELECT relname FROM pg_class WHERE relnamespace = 'taken'::regnamespace AND relkind = 'r';
DROP SCHEMA taken CASCADE;

--
-- Refreshed
--

CREATE TABLE before AS SELECT * FROM versions('shop');
INSERT INTO events VALUES (2, '2024-01-04 08:00Z', 'view', NULL, 'x'), (5, '2024-01-04 08:00Z', 'view', NULL, 'x');
DELETE FROM events WHERE u = 1 AND e = 'cart';
SELECT * FROM user_ops.verify('shop');
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM user_ops.verify('shop');
SELECT user_id, v.version IS NOT DISTINCT FROM b.version AS untouched, v.rows FROM versions('shop') AS v LEFT JOIN before AS b USING (user_id) ORDER BY 1;
DELETE FROM events WHERE u = 5;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT v.user_id FROM versions('shop') AS v ORDER BY 1;
SELECT current_setting('application_name') ~ 'user_ops' AS still_said;

-- only what changed is read
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-02-01', changed_at => 'changed');
INSERT INTO events VALUES (2, '2024-01-06 08:00Z', 'view', NULL, 'x', now()), (6, '2024-01-06 08:00Z', 'view', NULL, 'x', now()), (7, '2024-01-06 08:00Z', NULL, NULL, 'x', now()),
	-- of a user who is not found by it
	(1, '2024-01-06 08:00Z', 'view', NULL, 'x', '2024-01-01Z');
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT reads FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1;
SELECT * FROM user_ops.verify('shop');
SELECT updated FROM user_ops.refresh('shop', full_scan => true);
SELECT * FROM user_ops.verify('shop');
SELECT v.user_id, v.rows FROM versions('shop') AS v ORDER BY 1;

--
-- Made anew with the schema
--

-- in place: the same table
SELECT 'shop.journeys'::regclass::oid AS oid \gset
GRANT SELECT ON shop.sessions, shop.journeys TO addons_reader;
SELECT object FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-01-04', time_zone => 'Asia/Shanghai') WHERE object ~ '(path|session|journey)';
SELECT 'shop.journeys'::regclass::oid = :oid AS same, relations('shop');
-- as_of is midnight in Shanghai now, 16:00 of the day before in UTC; midnight for sessions too
SELECT max(started_at) FROM shop.sessions;
SELECT user_id, session, started_at, events FROM shop.sessions WHERE name = 'half hour' ORDER BY 1, 2;
SELECT day, sessions FROM shop.sessions_day WHERE name = 'half hour' ORDER BY 1;
-- other columns: the tables and views anew, with their grants
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-02-01', tenant => 'org');
SELECT 'shop.journeys'::regclass::oid = :oid AS same, relations('shop');
SELECT * FROM shop.sessions WHERE name = 'half hour' ORDER BY user_id, session LIMIT 1;
SELECT c.relname, g.grantee::regrole FROM pg_class c, aclexplode(c.relacl) AS g WHERE c.relnamespace = 'shop'::regnamespace AND g.grantee <> c.relowner ORDER BY 1;
-- nothing stored: all of them read the source
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-02-01', stored => false);
SELECT relations('shop');
SELECT * FROM shop.sessions WHERE name = 'half hour' ORDER BY user_id, session;
SELECT count(*) FROM user_ops.create_session_view('shop', 'on the spot');
SELECT object FROM user_ops.drop_addon('shop', 'session', 'on the spot') AS object;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-02-01');
SELECT relations('shop');
SELECT sum(sessions) FROM shop.sessions_day WHERE name = 'half hour';
-- a wider id
CREATE TABLE typed AS SELECT u, t, e, a FROM events;
SELECT count(*) > 0 AS made FROM user_ops.create_views('typed', 'u', 't', 'a', 'wide', as_of => '2024-02-01');
SELECT count(*) FROM user_ops.create_session_view('wide', 'x', event => 'e');
SELECT 'wide.journeys'::regclass::oid AS oid \gset
ALTER TABLE typed ALTER u TYPE bigint;
SELECT fails($$SELECT user_ops.create_session_view('wide', 'y')$$);
SELECT count(*) > 0 AS made FROM user_ops.create_views('typed', 'u', 't', 'a', 'wide', as_of => '2024-02-01');
SELECT 'wide.journeys'::regclass::oid = :oid AS same, pg_typeof(user_id), session FROM wide.sessions WHERE user_id = 1 LIMIT 1;
-- what does not fit any more is named, and the schema stays as it was
SELECT contents('wide') AS before \gset
ALTER TABLE typed RENAME e TO what;
SELECT fails($$SELECT user_ops.create_views('typed', 'u', 't', 'a', 'wide', as_of => '2024-02-01')$$);
SELECT fails($$SELECT user_ops.refresh('wide')$$);
SELECT contents('wide') = :'before' AS unchanged;
SELECT count(*) FROM user_ops.create_journeys('wide', 'what');
SELECT updated FROM user_ops.refresh('wide');
CREATE TABLE other AS SELECT u AS name, 1 AS u, t, what AS e, what FROM typed;
SELECT fails($$SELECT user_ops.create_views('other', 'u', 't', target_schema => 'wide', tenant => 'name', replace_source => true)$$);
SELECT * FROM user_ops.drop_addon('wide', 'session', 'x');
SELECT count(*) > 0 AS made FROM user_ops.create_views('other', 'u', 't', target_schema => 'wide', as_of => '2024-02-01', tenant => 'name', replace_source => true);
SELECT fails($$SELECT user_ops.create_session_view('wide', 'x')$$);
SELECT count(*) FROM wide.journeys;
-- a table that somebody dropped
DROP TABLE wide.journeys;
SELECT fails($$SELECT user_ops.refresh('wide')$$);
SELECT count(*) > 0 AS made FROM user_ops.create_views('other', 'u', 't', target_schema => 'wide', as_of => '2024-02-01', tenant => 'name');
SELECT count(*) FROM wide.journeys;
SELECT count(*) > 0 FROM user_ops.drop_views('wide');

--
-- Dropped
--

SELECT * FROM user_ops.drop_addon('shop', 'path', 'all');
SELECT * FROM user_ops.drop_addon('shop', 'session', 'half hour');
SELECT * FROM user_ops.drop_addon('shop', 'session', E'it''s "{gap}"\\ \U0001F600');
SELECT * FROM user_ops.drop_addon('shop', 'journeys');
SELECT relations('shop'), addons FROM shop.settings;
SELECT count(*) FROM user_ops.create_path_view('shop', 'all', event => 'e');
-- whoever reads it is asked first
CREATE VIEW my_paths AS SELECT * FROM shop.paths;
SELECT fails($$SELECT user_ops.drop_addon('shop', 'path', 'all')$$);
SELECT count(*) FROM user_ops.create_path_view('shop', 'all', reverse => true);
SELECT count(*) FROM my_paths;
DROP VIEW my_paths;
-- lost settings: what the add-ons made goes with them
DELETE FROM shop.settings;
SELECT fails($$SELECT user_ops.create_path_view('shop', 'all')$$);
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-02-01');
SELECT relations('shop');
SELECT count(*) > 0 FROM user_ops.drop_views('shop');

--
-- Nobody, and a zone of the source
--

CREATE TABLE nobody (u text, t timestamp, e text);
SELECT count(*) > 0 AS made FROM user_ops.create_views('nobody', 'u', 't', target_schema => 'none', as_of => '2024-02-01', allow_empty => true, source_time_zone => 'Asia/Tokyo', time_zone => 'America/New_York');
SELECT count(*) FROM user_ops.create_session_view('none', 'x', midnight => true, event => 'e');
SELECT count(*) FROM user_ops.create_path_view('none', 'x');
SELECT (SELECT count(*) FROM none.sessions), (SELECT count(*) FROM none.sessions_day), (SELECT count(*) FROM none.paths), (SELECT count(*) FROM none.path_transitions);
-- 14:00 in Tokyo is midnight in New York; the last is as_of
INSERT INTO nobody VALUES ('x', '2024-01-10 13:50', 'a'), ('x', '2024-01-10 14:10', 'b'), ('x', '2024-02-01 13:59:59', 'c'), ('x', '2024-02-01 14:00', 'd');
SELECT inserted FROM user_ops.refresh('none');
SELECT * FROM none.sessions ORDER BY session;
SELECT * FROM none.sessions_day ORDER BY day;
SELECT count(*) > 0 FROM user_ops.drop_views('none');

--
-- Amounts, tiebreaks, labels, and events of other types
--

CREATE TYPE step AS ENUM ('view', 'pay');
CREATE DOMAIN positive_step AS step;
CREATE TABLE kinds AS SELECT * FROM (VALUES
	(1, timestamptz '2024-01-01Z', 'pay'::positive_step, 5::smallint, 12.5::real, 1e20::float8, 7::bigint, 'c'::char(3), NULL::numeric),
	(1, timestamptz '2024-01-01Z', 'view', 3, 0.1, 'NaN', 3, 'a', 2.5)) AS k (u, t, e, i, r, d, tie, label, a);
SELECT count(*) > 0 AS made FROM user_ops.create_views('kinds', 'u', 't', 'a', target_schema => 'kinds', as_of => '2024-02-01');
CREATE FUNCTION rows_of(arguments text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT user_ops.create_journeys(''kinds'', %s)', arguments);
	RETURN QUERY SELECT concat_ws(' ', r.event, r.tiebreak, r.amount, r.label) FROM kinds.journeys AS j, user_ops.journey_rows(j.journey) AS r;
END $$;
-- simultaneous: by name
SELECT rows_of($$'e'$$);
SELECT rows_of($$'e', tiebreak => 'i', label => 'label', amount => 'r'$$);
SELECT rows_of($$'i', tiebreak => 'tie'$$);
SELECT rows_of($$'tie', label => 'e'$$);
-- what is no money in another column is none
SELECT rows_of($$'label', amount => 'd'$$);
SELECT rows_of($$'e', events => '{pay}'$$);
SELECT rows_of($$'i', events => '{3,4}'$$);
SELECT count(*) > 0 AS made FROM user_ops.create_views('kinds', 'u', 't', target_schema => 'kinds', as_of => '2024-02-01', stored => false);
SELECT rows_of($$'e', tiebreak => 'i', label => 'label', amount => 'r'$$);
SELECT rows_of($$'e', events => '{pay}'$$);
SELECT count(*) > 0 FROM user_ops.drop_views('kinds');

--
-- What a superuser makes belongs to the owner
--

GRANT CREATE ON DATABASE :DBNAME TO addons_owner;
ALTER TABLE events OWNER TO addons_owner;
SET ROLE addons_owner;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-02-01');
RESET ROLE;
SELECT count(*) FROM user_ops.create_path_view('shop', 'all', event => 'e');
SELECT count(*) FROM user_ops.create_session_view('shop', 'all');
SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'shop'::regnamespace;
GRANT USAGE ON SCHEMA shop TO addons_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO addons_reader;
SET ROLE addons_reader;
SELECT fails($$SELECT user_ops.create_session_view('shop', 'mine')$$);
SELECT fails($$SELECT user_ops.drop_addon('shop', 'session', 'all')$$);
RESET ROLE;
SELECT count(*) > 0 FROM user_ops.drop_views('shop');

DROP SCHEMA addons_test CASCADE;
REVOKE CREATE ON DATABASE :DBNAME FROM addons_owner;
DROP ROLE addons_owner, addons_reader;

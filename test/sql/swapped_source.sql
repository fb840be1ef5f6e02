SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
DROP ROLE IF EXISTS swap_reader, swap_refresher, swap_owner, swap_stranger;
CREATE ROLE swap_reader;
CREATE ROLE swap_refresher;
CREATE ROLE swap_owner;
CREATE ROLE swap_stranger;
CREATE SCHEMA swapped;
RESET client_min_messages;
SET search_path = swapped;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || said, 'hint: ' || hint);
END $$;

--
-- Loads that are swapped in by a rename
--

CREATE TABLE orders (u int, t timestamptz, a numeric, changed timestamptz DEFAULT '2024-01-01Z');
INSERT INTO orders SELECT i % 10, '2024-01-01Z'::timestamptz + i * interval '1 day', i FROM generate_series(1, 40) AS i;
CREATE FUNCTION load(source_name text, n integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I (u int, t timestamptz, a numeric, changed timestamptz DEFAULT ''2024-01-01Z'')', source_name);
	EXECUTE format('INSERT INTO %I SELECT i %% 10, ''2024-01-01Z''::timestamptz + i * interval ''1 day'', i FROM generate_series(1, $1) AS i', source_name) USING n;
END $$;
SET client_min_messages = warning;
SELECT count(*) > 0 FROM user_ops.create_views('orders', 'u', 't', 'a', 'shop', as_of => '2024-03-01', changed_at => 'changed');
RESET client_min_messages;
CREATE FUNCTION look(OUT source regclass, OUT settings regclass, OUT reads text, OUT users_changed bigint, OUT moved boolean, OUT verified bigint) LANGUAGE sql AS $$
	SELECT l.source, (SELECT source FROM shop.settings), l.reads, l.users_changed, EXISTS (SELECT FROM shop.transitions),
		(SELECT count(*) FROM user_ops.verify('shop'))
	FROM shop.refresh_log AS l ORDER BY l.finished_at DESC LIMIT 1
$$;
SELECT updated FROM user_ops.refresh('shop');
SELECT * FROM look();

SELECT load('orders_new', 50);
ALTER TABLE orders RENAME TO orders_old;
ALTER TABLE orders_new RENAME TO orders;
SELECT updated FROM user_ops.refresh('shop');
SELECT * FROM look();
SELECT updated FROM user_ops.refresh('shop');
SELECT * FROM look();
-- the old one is gone before the refresh
SELECT load('orders_new', 55);
DROP TABLE orders_old, orders;
ALTER TABLE orders_new RENAME TO orders;
SELECT count(*) FROM user_ops.verify('shop');
SELECT updated FROM user_ops.refresh('shop');
SELECT * FROM look();
-- a rename, and nothing in its place
ALTER TABLE orders RENAME TO sales;
SELECT updated FROM user_ops.refresh('shop');
SELECT * FROM look();
-- ... but then something: a view, with columns in another order
CREATE VIEW orders AS SELECT changed, a, t, u FROM sales UNION ALL SELECT now(), 7, '2024-02-28Z', 3;
SELECT updated FROM user_ops.refresh('shop');
SELECT * FROM look();
-- create_views with the same name goes on too
DROP VIEW orders;
SELECT load('orders', 58);
SET client_min_messages = warning;
SELECT count(*) > 0 FROM user_ops.create_views('orders', 'u', 't', 'a', 'shop', as_of => '2024-03-01', changed_at => 'changed');
RESET client_min_messages;
SELECT * FROM look();

-- who refreshes need not be able to write the settings
GRANT USAGE ON SCHEMA swapped, shop TO swap_refresher, swap_stranger;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO swap_refresher;
REVOKE INSERT, UPDATE, DELETE ON shop.settings FROM swap_refresher;
SELECT load('orders_new', 59);
ALTER TABLE orders RENAME TO orders_old;
ALTER TABLE orders_new RENAME TO orders;
GRANT SELECT ON orders TO swap_refresher;
SET ROLE swap_refresher;
SELECT updated FROM user_ops.refresh('shop');
SELECT reads, source FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1;
SELECT updated FROM user_ops.refresh('shop');
SELECT reads, source FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1;
RESET ROLE;
SELECT source FROM shop.settings;
-- nor does an old source come back where the new one is renamed
ALTER TABLE orders RENAME TO orders_newer;
SET ROLE swap_refresher;
SELECT updated FROM user_ops.refresh('shop');
SELECT reads, source FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1;
RESET ROLE;
ALTER TABLE orders_newer RENAME TO orders;

-- somebody who may make tables there does not slip in a view
GRANT CREATE ON SCHEMA swapped TO swap_stranger;
ALTER TABLE orders RENAME TO orders_old2;
SET ROLE swap_stranger;
CREATE TABLE swapped.trapped (who text);
CREATE FUNCTION swapped.trap() RETURNS int LANGUAGE sql AS 'INSERT INTO swapped.trapped VALUES (current_user) RETURNING 1';
CREATE VIEW swapped.orders AS SELECT trap() AS u, now() AS t, 1 AS a, now() AS changed;
RESET ROLE;
\pset format unaligned
\pset tuples_only on
SELECT fails($$SELECT user_ops.refresh('shop')$$);
SELECT fails($$SELECT user_ops.verify('shop')$$);
SELECT count(*) FROM trapped;
DROP VIEW orders;
SET ROLE swap_stranger;
CREATE TABLE swapped.orders AS SELECT 1 AS u, timestamptz '2024-01-01Z' AS t, 1::numeric AS a, now() AS changed;
RESET ROLE;
SELECT fails($$SELECT user_ops.refresh('shop')$$);
\pset tuples_only off
\pset format aligned
SET client_min_messages = warning;
SELECT count(*) > 0 FROM user_ops.create_views('orders', 'u', 't', 'a', 'shop', as_of => '2024-03-01', changed_at => 'changed');
RESET client_min_messages;
SELECT users, inserted FROM user_ops.refresh('shop');
DROP TABLE orders;
\pset format unaligned
\pset tuples_only on
ALTER TABLE orders_old2 RENAME TO orders;

--
-- Columns that do not fit
--

ALTER TABLE orders RENAME COLUMN a TO total;
SELECT fails($$SELECT user_ops.refresh('shop')$$);
SELECT fails($$SELECT user_ops.verify('shop')$$);
ALTER TABLE orders RENAME COLUMN total TO a;
ALTER TABLE orders ALTER COLUMN u TYPE bigint;
INSERT INTO orders VALUES (3000000000, '2024-02-27Z', 9);
SELECT fails($$SELECT user_ops.refresh('shop')$$);
SELECT fails($$SELECT user_ops.verify('shop')$$);
\pset tuples_only off
\pset format aligned

--
-- create_views called again widens what is stored
--

GRANT SELECT ON shop.users TO swap_reader WITH GRANT OPTION;
GRANT SELECT (user_id, attribute) ON shop.transitions TO PUBLIC;
GRANT SELECT ON shop.activity TO swap_reader;
ALTER VIEW shop.rfm_grid OWNER TO swap_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT INSERT ON TABLES TO swap_stranger;
CREATE FUNCTION kept(OUT moves bigint, OUT logs bigint, OUT history bigint, OUT grants text, OUT owner name, OUT comments bigint, OUT key regtype, OUT shown regtype, OUT moved regtype) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM shop.transition_log), (SELECT count(*) FROM shop.refresh_log WHERE finished_at < transaction_timestamp()), (SELECT count(*) FROM shop.segment_history),
		(SELECT md5(string_agg(concat_ws(' ', c.relname, g), ',' ORDER BY c.relname, g)) FROM pg_class AS c
			JOIN LATERAL (SELECT x::text AS g FROM unnest(c.relacl) AS x UNION ALL SELECT a.attname || x::text FROM pg_attribute AS a, unnest(a.attacl) AS x WHERE a.attrelid = c.oid) AS g ON true
		 WHERE c.relnamespace = 'shop'::regnamespace),
		(SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'shop.rfm_grid'::regclass),
		(SELECT count(*) FROM pg_class AS c JOIN pg_description AS d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass WHERE c.relnamespace = 'shop'::regnamespace),
		pg_typeof(a.user_id), pg_typeof(u.user_id), pg_typeof(t.user_id)
	FROM shop.activity AS a, shop.users AS u, (SELECT user_id FROM shop.transitions UNION ALL SELECT NULL LIMIT 1) AS t LIMIT 1
$$;
CREATE TEMPORARY TABLE before AS SELECT * FROM kept();
CREATE VIEW depends AS SELECT user_id FROM shop.users;
CREATE FUNCTION again(arguments text DEFAULT '') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM user_ops.create_views(''orders'', ''u'', ''t'', ''a'', ''shop'', as_of => ''2024-03-01''%s)', arguments) INTO n;
	RETURN n;
END $$;
SELECT fails('SELECT again()');
DROP VIEW depends;
SELECT again() > 0;
SELECT k.moves - b.moves AS moves, k.logs - b.logs AS logs, k.history > 0 AS history, k.grants = b.grants AS grants, k.owner, k.comments = b.comments AS comments,
	b.key AS was, k.key, k.shown, k.moved FROM kept() AS k, before AS b;
SELECT inserted, updated FROM user_ops.refresh('shop');
SELECT user_id FROM shop.users ORDER BY user_id DESC LIMIT 2;
SELECT * FROM user_ops.verify('shop');
SELECT reads, users_added, users_changed, users_removed FROM shop.refresh_log ORDER BY finished_at DESC OFFSET 1 LIMIT 1;
-- to numbers as text: users are who they were
ALTER TABLE orders ALTER COLUMN u TYPE varchar;
SELECT fails($$SELECT user_ops.refresh('shop')$$);
SELECT again() > 0;
SELECT k.moves = b.moves AS moves, k.grants = b.grants AS grants, k.key, k.shown, k.moved FROM kept() AS k, (SELECT count(*) AS moves, (SELECT grants FROM before) AS grants FROM shop.transition_log) AS b;
SELECT reads, users_added, users_changed, users_removed FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1;
ALTER TABLE orders ALTER COLUMN u TYPE text;
SELECT again() > 0;
SELECT pg_typeof(user_id), count(*) FROM shop.users GROUP BY 1;
-- a narrower column fits as it is
ALTER TABLE orders ALTER COLUMN u TYPE varchar(20);
SELECT inserted, updated, deleted FROM user_ops.refresh('shop');
-- one that is no wider: anew
ALTER TABLE orders ALTER COLUMN u TYPE bigint USING u::bigint;
SELECT fails($$SELECT user_ops.refresh('shop')$$);
SELECT again() > 0;
SELECT pg_typeof(user_id), count(*), (SELECT count(*) FROM shop.transitions) AS moves FROM shop.users GROUP BY 1;

-- what was kept stays kept
ALTER TABLE orders ALTER COLUMN u TYPE int USING (u % 1000000000)::int;
DELETE FROM orders WHERE u > 100;
SELECT again($$, keep_history => true$$) > 0;
SELECT again($$, keep_history => true$$) > 0;
DELETE FROM orders WHERE t < '2024-02-01Z';
SELECT users, updated FROM user_ops.refresh('shop');
ALTER TABLE orders ALTER COLUMN u TYPE bigint;
SELECT again($$, keep_history => true$$) > 0;
SELECT min(first_day), pg_typeof(user_id) FROM shop.users GROUP BY 2;
SELECT * FROM user_ops.verify('shop');
SELECT count(*) > 0 FROM user_ops.drop_views('shop');

-- the tenant, with its policies, and carried columns
CREATE TABLE visits (org varchar(5), u varchar(8), t timestamptz, country varchar(3));
INSERT INTO visits SELECT (ARRAY['x', 'y'])[1 + i % 2], 'u' || i % 7, '2024-01-01Z'::timestamptz + i * interval '1 day', 'c' || i % 3 FROM generate_series(1, 40) AS i;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON visits FOR SELECT TO swap_reader USING (org = 'y');
CREATE FUNCTION tenants_again() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM user_ops.create_views('visits', 'u', 't', target_schema => 'shop', as_of => '2024-03-01', tenant => 'org', first_values => '{country}', breakdown => '{country}')
$$;
SELECT tenants_again() > 0;
GRANT USAGE ON SCHEMA shop TO swap_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO swap_reader;
DROP POLICY own ON visits;
ALTER TABLE visits ALTER COLUMN org TYPE text, ALTER COLUMN u TYPE varchar(30), ALTER COLUMN country TYPE text;
CREATE POLICY own ON visits FOR SELECT TO swap_reader USING (org = 'y');
INSERT INTO visits VALUES ('a long name', 'a user with a long name', '2024-02-02Z', 'a country');
SELECT fails($$SELECT user_ops.refresh('shop')$$);
SELECT tenants_again() > 0;
SELECT * FROM user_ops.verify('shop');
SELECT format_type(a.atttypid, a.atttypmod), count(*) FROM pg_attribute AS a WHERE a.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'v'))
	AND a.attname IN ('user_id', 'org', 'country') GROUP BY 1 ORDER BY 1;
SET ROLE swap_reader;
SELECT org, count(*) FROM shop.users GROUP BY org;
SELECT org, count(*) > 0 FROM shop.kpis_day_by_country GROUP BY org;
RESET ROLE;
SELECT count(*) > 0 FROM user_ops.drop_views('shop');

--
-- Views that read the source
--

SELECT again($$, stored => false$$) > 0;
GRANT SELECT ON shop.users TO swap_reader;
\set VERBOSITY default
SELECT user_ops.refresh('shop');
ALTER TABLE orders RENAME TO orders_before;
CREATE TABLE orders AS SELECT u::text, t, a FROM orders_before;
SELECT user_ops.refresh('shop');
\set VERBOSITY terse
SELECT again($$, stored => false$$) > 0;
SELECT pg_typeof(user_id), has_table_privilege('swap_reader', 'shop.users', 'SELECT') AS readable FROM shop.users LIMIT 1;
SELECT count(*) > 0 FROM user_ops.drop_views('shop');

SET client_min_messages = warning;
DROP SCHEMA swapped CASCADE;
DROP ROLE swap_reader, swap_refresher, swap_owner, swap_stranger;

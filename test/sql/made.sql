-- What create_views made, and what stands beside it: names that are taken,
-- objects of one's own, and another source.
CREATE SCHEMA made_test;
SET search_path = made_test;
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
RESET client_min_messages;

CREATE TABLE orders AS
SELECT i % 7 AS customer, timestamptz '2024-01-01 UTC' + i * interval '7 hours' AS at, i AS total, 'c' || i % 2 AS country FROM generate_series(1, 60) AS i;
CREATE TABLE others AS SELECT customer + 100 AS customer, at, total, country FROM orders;

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
-- everything in a schema, with the identity of tables
CREATE FUNCTION contents(schema_name text) RETURNS text LANGUAGE sql AS
$$ SELECT md5(string_agg(format('%s %s %s', c.oid, c.relname, c.relkind), ',' ORDER BY c.oid)) FROM pg_class c WHERE c.relnamespace = to_regnamespace(schema_name) $$;
\pset format unaligned
\pset tuples_only on

--
-- Objects of one's own
--

-- under names that were not used: they stay, and so does the schema
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01');
CREATE TABLE shop.rfm_ntile (mine text);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', horizon_days => 30);
SELECT count(*) FROM user_ops.drop_views('shop');
SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'v');
DROP SCHEMA shop CASCADE;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'live', as_of => '2024-03-01', stored => false);
CREATE TABLE live.transition_log (mine text);
CREATE VIEW live.refresh_log AS SELECT 1 AS mine;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'live', as_of => '2024-03-01', stored => false, rfm_ntile => true);

-- under a name that is needed now: nothing is changed
SELECT contents('live') AS before \gset
SELECT fails($$SELECT user_ops.create_views('orders', 'customer', 'at', 'total', 'live', as_of => '2024-03-01')$$);
SELECT contents('live') = :'before', stored FROM live.settings;
SELECT count(*) FROM user_ops.drop_views('live');
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'live'::regnamespace ORDER BY 1;
DROP SCHEMA live CASCADE;

-- of every kind
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', first_values => '{country}');
CREATE TABLE shop.mine (x int);
CREATE FUNCTION taken_by(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before text;
	said text;
BEGIN
	EXECUTE statement;
	before := contents('shop');
	said := fails($s$SELECT user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', rfm_ntile => true, first_values => '{country}', breakdown => '{country}')$s$);
	RETURN said || CASE WHEN contents('shop') = before THEN '' ELSE ', and something changed' END;
END $$;
BEGIN; SELECT taken_by('CREATE TABLE shop.rfm_ntile (x int)'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE VIEW shop.rfm_ntile AS SELECT 1 AS x'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE MATERIALIZED VIEW shop.rfm_ntile AS SELECT 1 AS x'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE INDEX rfm_ntile ON shop.mine (x)'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE SEQUENCE shop.rfm_ntile'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE TYPE shop.rfm_ntile AS (x int)'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE DOMAIN shop.rfm_ntile AS int'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE TYPE shop.kpis_day_by_country AS ENUM (); CREATE TABLE shop.lifecycle_day_by_country (x int)'); ROLLBACK;
BEGIN; SELECT taken_by('CREATE FUNCTION shop.rfm_ntile() RETURNS int LANGUAGE sql RETURN 1'); ROLLBACK;
-- one that took the place of ours
DROP VIEW shop.rfm_grid;
CREATE TABLE shop.rfm_grid (mine text);
SELECT fails($$SELECT user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', first_values => '{country}')$$);
DROP TABLE shop.rfm_grid;

-- what is missing is made again, what was changed by hand is as it was
SELECT 'shop.activity'::regclass::oid AS activity, count(*) AS history FROM shop.segment_history \gset
DROP VIEW shop.rfm_segments;
CREATE OR REPLACE VIEW shop.models AS SELECT NULL::text AS model, NULL::text AS parameter, NULL::float8 AS value, NULL::float8 AS std_error, NULL::text AS status,
	NULL::timestamptz AS fitted_at, NULL::float8 AS log_likelihood, NULL::bigint AS users;
COMMENT ON VIEW shop.models IS 'mine';
COMMENT ON COLUMN shop.users.user_id IS NULL;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', first_values => '{country}');
SELECT pg_get_viewdef('shop.models'::regclass) LIKE '%purchase_model%', reloptions, obj_description('shop.models'::regclass) <> 'mine', col_description('shop.users'::regclass, 1)
FROM pg_class WHERE oid = 'shop.models'::regclass;
-- another breakdown keeps tables and history
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', first_values => '{country}', breakdown => '{country}');
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', first_values => '{country}');
SELECT :activity = 'shop.activity'::regclass::oid, :history = count(*) FROM shop.segment_history;

-- who may read may still when all is made anew
CREATE ROLE made_reader;
GRANT SELECT ON shop.users TO made_reader WITH GRANT OPTION;
GRANT SELECT ON shop.activity TO PUBLIC;
GRANT SELECT (segment), SELECT (country) ON shop.users TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO made_reader;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', rfm_ntile => true);
SELECT c.relname, g.grantee::regrole, g.privilege_type, g.is_grantable FROM pg_class c, aclexplode(c.relacl) AS g
WHERE c.relnamespace = 'shop'::regnamespace AND c.relname IN ('users', 'activity', 'rfm_ntile', 'fitted') AND g.grantee <> c.relowner ORDER BY 1;
-- as there is no country any more
SELECT attname, attacl FROM pg_attribute WHERE attrelid = 'shop.users'::regclass AND attacl IS NOT NULL;
SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'user\_ops\_%' AND nspname <> 'user_ops_internal';
SELECT count(*) FROM shop.mine;

--
-- Lost settings
--

SELECT count(*) AS history FROM shop.segment_history \gset
DELETE FROM shop.settings;
SELECT fails($$SELECT user_ops.refresh('shop')$$);
SELECT fails($$SELECT user_ops.verify('shop')$$);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', rfm_ntile => true);
SELECT :history, count(*) > 0, :history = count(*) FROM shop.segment_history;
DELETE FROM shop.settings;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', stored => false);
DELETE FROM shop.settings;
CREATE TABLE shop.transition_log (mine text);
SELECT count(*) FROM user_ops.drop_views('shop');
SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace ORDER BY 1;
DROP SCHEMA shop CASCADE;
DROP ROLE made_reader;

--
-- Another source
--

SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01');
INSERT INTO orders SELECT 1, '2024-02-20', 500 FROM generate_series(1, 3);
SELECT updated FROM user_ops.refresh('shop');
SELECT count(*) > 0 FROM shop.transitions;
SELECT contents('shop') AS before \gset
SELECT fails($$SELECT user_ops.create_views('others', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01')$$);
SELECT fails($$SELECT user_ops.create_views('others', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', stored => false)$$);
SELECT contents('shop') = :'before', source, (SELECT max(user_id) FROM shop.users) FROM shop.settings;
SELECT count(*) > 0 AS made FROM user_ops.create_views('others', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', replace_source => true);
SELECT (SELECT count(*) FROM shop.transitions) AS transitions, (SELECT sum(users) FROM shop.segment_history) AS in_history, min(user_id), max(user_id) FROM shop.users;
-- asked for without need
SELECT updated FROM user_ops.create_views('others', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', replace_source => true) AS c, user_ops.refresh('shop') LIMIT 1;
-- renamed, or another one under its name
ALTER TABLE others RENAME TO renamed;
SELECT count(*) > 0 AS made FROM user_ops.create_views('renamed', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01');
CREATE TABLE others AS TABLE renamed;
ALTER TABLE renamed RENAME TO old;
ALTER TABLE others RENAME TO renamed;
SELECT count(*) > 0 AS made FROM user_ops.create_views('renamed', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01');
-- with other columns
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', first_values => '{country}', replace_source => true);
SELECT count(*) FROM user_ops.drop_views('shop');

--
-- Names of a tenant column that generated SQL uses, too
--

CREATE FUNCTION with_tenant(name text, stored boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	view regclass;
	said text;
BEGIN
	EXECUTE format('CREATE TABLE named AS SELECT customer AS %I, customer %% 3 AS who, at, total FROM orders', name);
	said := fails(format($q$SELECT user_ops.create_views('named', 'who', 'at', 'total', 'named', as_of => '2024-03-01', tenant => %L, stored => %L, rfm_ntile => true)$q$, name, stored));
	IF said = 'no error' THEN
		FOR view IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'named'::regnamespace AND c.relkind = 'v' LOOP
			EXECUTE format('SELECT count(%I) FROM %s', name, view);
		END LOOP;
		PERFORM user_ops.refresh('named');
		PERFORM user_ops.drop_views('named');
	ELSIF said ~ '^42701: the views use the column name .*hint: Give a view' THEN
		said := 'refused';
	END IF;
	DROP TABLE named;
	RETURN said;
END $$;
SET client_min_messages = warning;
SELECT name, with_tenant(name, true), with_tenant(name, false)
FROM unnest('{method,spend,model,a,b,m,u,t,found,from_day,scan,fit,scored,f,usable,matrix}'::text[]) AS name;
RESET client_min_messages;

--
-- A changed_at without a zone: a hint that leads on
--

CREATE TABLE zoned AS SELECT customer, at, at::timestamp AS local, at::timestamp AS changed, at::date AS day FROM orders;
SELECT fails($$SELECT user_ops.create_views('zoned', 'customer', 'at', changed_at => 'changed')$$);
SELECT fails($$SELECT user_ops.create_views('zoned', 'customer', 'at', changed_at => 'changed', source_time_zone => 'UTC')$$);
SELECT fails($$SELECT user_ops.create_views('zoned', 'customer', 'day', changed_at => 'changed')$$);
SELECT fails($$SELECT user_ops.create_views('zoned', 'customer', 'local', changed_at => 'changed')$$);
SELECT fails($$SELECT user_ops.create_views('zoned', 'customer', 'local', changed_at => 'day')$$);
SELECT count(*) > 0 AS made FROM user_ops.create_views('zoned', 'customer', 'local', changed_at => 'changed', source_time_zone => 'UTC');
CREATE VIEW converted AS SELECT customer, at, changed AT TIME ZONE 'UTC' AS changed FROM zoned;
SELECT count(*) > 0 AS made FROM user_ops.create_views('converted', 'customer', 'at', changed_at => 'changed');
SELECT count(*) FROM unnest('{zoned_ops,converted_ops}'::name[]) AS n, user_ops.drop_views(n);

SET client_min_messages = warning;
DROP SCHEMA made_test CASCADE;

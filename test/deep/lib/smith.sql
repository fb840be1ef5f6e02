-- What sqlsmith asks: a schema that create_views made with an add-on of each kind, a table with a column of each type of
-- ours, and our functions. Needs test/lib/split.sql and seeds.sql with their seeds.
SET client_min_messages = warning;

CREATE SCHEMA store;
CREATE TABLE store.orders (customer bigint, at timestamptz, total numeric);
INSERT INTO store.orders SELECT i % 20, timestamptz '2024-01-01 UTC' + i * interval '17 hours', CASE WHEN i % 2 = 0 THEN i END FROM generate_series(1, 300) AS i;
CREATE TABLE store.arms AS SELECT c::bigint AS customer, (ARRAY['control', 'mail'])[1 + c % 2] AS variant, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(0, 19) AS c;
CREATE TABLE store.moves AS SELECT c % 20 AS customer, date '2024-02-01' + c AS day, c % 7 - 2 AS points FROM generate_series(0, 99) AS c;
CREATE TABLE store.invited AS SELECT (c / 2)::bigint AS inviter, c::bigint AS customer, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(1, 19) AS c;
CREATE TABLE store.reads AS SELECT (c % 20)::bigint AS customer, c * n % 7 AS post, date '2024-02-01' + n * 9 AS day, (1 + c * n % 7)::bigint AS author, (ARRAY['view', 'react', 'contribute'])[1 + n % 3] AS role FROM generate_series(1, 20) AS c, generate_series(1, 8) AS n;
CREATE TABLE store.logins AS SELECT 'device ' || c / 2 AS device, c::bigint AS customer, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(0, 30) AS c;
CREATE TABLE store.answers AS SELECT c % 11 AS score, timestamp '2024-02-01' + c % 60 * interval '1 day' AS at, (ARRAY['a', 'b'])[1 + c % 2] AS kind FROM generate_series(0, 99) AS c;

SELECT count(*) FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'shop', as_of => '2024-09-01', rfm_ntile => true);
SELECT count(*) FROM user_ops.create_session_view('shop', 'n', event => 'customer');
SELECT count(*) FROM user_ops.create_path_view('shop', 'n');
SELECT count(*) FROM user_ops.create_attribution_view('shop', 'n', '{7}', models => '{last,markov}');
SELECT count(*) FROM user_ops.create_funnel_view('shop', 'n', '{7,7}', '1 day');
SELECT count(*) FROM user_ops.create_experiment_views('shop', 'n', 'store.arms', 'customer', 'variant', 'at', 'control', winsorize => 0.9);
SELECT count(*) FROM user_ops.create_points_views('shop', 'store.moves', 'customer', 'day', 'points', inactive_days => 90);
SELECT count(*) FROM user_ops.create_tier_views('shop', 'store.arms', 'customer', 'at', 'customer', user_ops.make_tier_rules('{silver,gold}', '{10,40}', 60));
SELECT count(*) FROM user_ops.create_referral_views('shop', 'store.invited', 'inviter', 'customer', 'at');
SELECT count(*) FROM user_ops.create_identity_views('shop', 'store.logins', 'device', 'customer', 'at', max_users => 1);
SELECT count(*) FROM user_ops.create_survey_views('shop', 'n', 'store.answers', 'score', 'at', segments => '{kind}');
SELECT count(*) FROM user_ops.create_alert_views('shop');
SELECT count(*) FROM user_ops.set_goal('shop', 'purchases', 100, '2024-03-01', '2024-04-01');
SELECT count(*) FROM user_ops.create_propensity_views('shop');
SELECT count(*) FROM user_ops.create_tag_views('shop', 'store.arms', 'customer', 'variant', 'at', include => '{segment,value_tier}');
SELECT count(*) FROM user_ops.create_content_views('shop', 'store.reads', 'customer', 'post', 'day', 'author', 'role');
SELECT count(*) FROM user_ops.create_item_views('shop', 'store.reads', 'customer', 'post', 'day', 'n', min_users => 1, backtest_days => 200);
SELECT count(*) FROM user_ops.forget_user('shop', '3');
DO $$
DECLARE
	missing text := (SELECT string_agg(k.kind, ', ') FROM user_ops_internal.addon_kinds() AS k WHERE k.kind NOT IN (SELECT kind FROM user_ops.addons('shop')));
BEGIN
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'no add-on of kind %', missing;
	END IF;
END $$;

-- Values of each type, and other arguments.
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE TABLE store.some_values AS SELECT n AS some_number, date %L + n * 40 AS some_day, interval %L AS some_interval, n / 8.0 AS some_part, %L::text AS some_text, %s FROM generate_series(1, 6) AS n',
			'2023-12-01', '7 days', 'item 1', string_agg(format('(SELECT s.value::%1$s FROM seeds AS s WHERE s.type = %1$L::regtype AND length(s.value) < 400 ORDER BY hashtextextended(s.value, n) LIMIT 1) AS some_%2$s', type, typname), ', '))
		FROM seed_types);
	EXECUTE (SELECT format('CREATE TABLE store.some_kinds AS SELECT %s FROM generate_series(1, 6) AS n', string_agg(format('(enum_range(NULL::%s))[1 + n %% 3] AS some_%s', t.oid::regtype, t.typname), ', '))
		FROM pg_type AS t WHERE t.typtype = 'e' AND t.typnamespace = 'user_ops'::regnamespace);
END $$;

-- sqlsmith calls no function that returns rows: one of the same arguments that counts them stands for each; and options of
-- every kind are values, too.
CREATE SCHEMA counted;
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN
		SELECT p.oid::regproc AS name, p.proname || '_' || p.oid AS as_counted, pg_get_function_identity_arguments(p.oid) AS identity,
			(SELECT string_agg('$' || n, ', ' ORDER BY n) FROM generate_series(1, p.pronargs) AS n) AS called, (SELECT string_agg(format_type(a, NULL), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY AS t (a, n)) AS types
		FROM pg_proc AS p
		WHERE p.pronamespace = 'user_ops'::regnamespace AND p.prokind = 'f' AND p.proretset AND p.provolatile <> 'v' AND p.pronargs > 0
	LOOP
		EXECUTE format('CREATE FUNCTION counted.%I(%s) RETURNS bigint LANGUAGE sql STABLE AS %L', f.as_counted, f.types, format('SELECT count(*) FROM %s(%s)', f.name, f.called));
	END LOOP;
END $$;

-- What it finds in the catalogue, where it asks without naming the schema: of PostgreSQL's own functions those that neither wait nor
-- change anything, and few, so that ours come often.
CREATE SCHEMA smith;
CREATE VIEW smith.pg_proc AS
SELECT * FROM pg_catalog.pg_proc AS p
WHERE (p.pronamespace = 'user_ops'::regnamespace AND (p.provolatile <> 'v' OR p.prokind = 'a')) OR p.pronamespace = 'counted'::regnamespace
   OR (p.pronamespace = 'user_ops_internal'::regnamespace AND p.provolatile <> 'v' AND NOT 'internal'::regtype = ANY (p.proargtypes) AND p.prokind = 'f')
   OR (p.pronamespace = 'pg_catalog'::regnamespace AND p.provolatile = 'i' AND p.prokind <> 'w' AND hashoid(p.oid) % 8 = 0 AND p.proname !~ '^(pg_|lo_|ts_|_)'
	   AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS a JOIN pg_type AS t ON t.oid = a WHERE t.typtype IN ('p', 'r', 'm')));
-- It takes operators by their full name, and those of ranges with what is none: in this database there are none.
SET allow_system_table_mods = on;
DELETE FROM pg_operator WHERE format_type(oprleft, NULL) ~ 'range$' OR format_type(oprright, NULL) ~ 'range$';
RESET allow_system_table_mods;
GRANT USAGE ON SCHEMA smith, counted, store, shop TO PUBLIC;
CREATE ROLE smith LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA smith, store, shop TO smith;
GRANT CREATE ON SCHEMA smith TO smith;
DO $$
BEGIN
	EXECUTE format('ALTER ROLE smith SET search_path = smith, pg_catalog, user_ops');
	EXECUTE format('ALTER ROLE smith SET lock_timeout = %L', '2s');
END $$;
ANALYZE;

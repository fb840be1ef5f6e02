-- What a cluster holds that is upgraded: stored values of every type, a schema with history, models
-- and add-ons of every kind, one with tenants, one that stores nothing, and views of users on them.
-- After \i of the golden values of test/sql/formats.sql.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
RESET search_path;
-- a table for each type
CREATE SCHEMA kept;
DO $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT DISTINCT of_type FROM formats_test.golden LOOP
		EXECUTE format('CREATE TABLE kept.%I (what text PRIMARY KEY, value %s)', replace(g.of_type::text, 'user_ops.', ''), g.of_type);
	END LOOP;
	SET LOCAL search_path = formats_test, user_ops, public;
	FOR g IN SELECT * FROM formats_test.golden LOOP
		EXECUTE format('INSERT INTO kept.%I SELECT %L, (SELECT %s)', g.of_type::text, g.what, g.expression);
	END LOOP;
END $$;
CREATE SCHEMA store;
CREATE TABLE store.orders (customer bigint, at timestamptz, total numeric, country text, kind text, changed timestamptz DEFAULT now());
INSERT INTO store.orders SELECT i % 150, '2024-01-01 UTC'::timestamptz + i * interval '2 hours', CASE WHEN i % 2 = 0 THEN i % 97 END, 'c' || i % 150 % 3, (ARRAY['view', 'cart', 'pay'])[1 + i % 3] FROM generate_series(1, 2500) AS i;
CREATE INDEX ON store.orders (customer);
CREATE INDEX ON store.orders (changed);
CREATE TABLE store.arms AS SELECT c::bigint AS customer, (ARRAY['control', 'mail'])[1 + c % 2] AS variant, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(0, 149) AS c;
CREATE TABLE store.moves AS SELECT c % 150 AS customer, date '2024-02-01' + c % 150 AS day, c % 7 - 2 AS points FROM generate_series(0, 599) AS c;
CREATE TABLE store.invited AS SELECT (c / 2)::bigint AS inviter, c::bigint AS customer, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(1, 149) AS c;
CREATE TABLE store.reads AS SELECT (c % 120)::bigint AS customer, c * n % 7 AS post, date '2024-02-01' + n * 9 AS day, (1 + c * n % 7)::bigint AS author, (ARRAY['view', 'react', 'contribute'])[1 + n % 3] AS role FROM generate_series(1, 120) AS c, generate_series(1, 8) AS n;
CREATE TABLE store.logins AS SELECT 'device ' || c / 2 AS device, c::bigint AS customer, timestamp '2024-02-01' + c % 3 * interval '1 day' AS at FROM generate_series(0, 160) AS c;
CREATE TABLE store.answers AS SELECT c % 11 AS score, timestamp '2024-02-01' + c % 60 * interval '1 day' AS at, (ARRAY['a', 'b'])[1 + c % 2] AS kind FROM generate_series(0, 199) AS c;
CREATE ROLE reader;
SELECT count(*) FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'shop', as_of => '2024-06-01', changed_at => 'changed', rfm_ntile => true, first_values => '{country}', breakdown => '{country}');
SELECT count(*) FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'tenants', as_of => '2024-07-01', tenant => 'country', keep_history => true);
SELECT count(*) FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'live', as_of => '2024-07-01', stored => false, labels => 'chinese');
SELECT count(*) FROM user_ops.create_session_view('shop', 'n', event => 'kind');
SELECT count(*) FROM user_ops.create_path_view('shop', 'n');
SELECT count(*) FROM user_ops.create_attribution_view('shop', 'n', '{pay}', models => '{last,markov}');
SELECT count(*) FROM user_ops.create_funnel_view('shop', 'n', '{view,pay}', '1 day');
SELECT count(*) FROM user_ops.create_funnel_view('shop', 'c', within => '9 days', conditions => '{total > 5, total > 50}');
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
SELECT count(*) FROM user_ops.create_item_views('shop', 'store.reads', 'customer', 'post', 'day', 'n', min_users => 1, backtest_days => 100, stored_recommendations => true);
SELECT count(*) FROM user_ops.forget_user('shop', '17');
-- history: another day, with others in it
INSERT INTO store.orders SELECT i % 160, '2024-06-01 UTC'::timestamptz + i * interval '3 hours', i, 'c' || i % 160 % 3, 'pay' FROM generate_series(1, 200) AS i;
SELECT count(*) FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'shop', as_of => '2024-07-01', changed_at => 'changed', rfm_ntile => true, first_values => '{country}', breakdown => '{country}');
SELECT users FROM user_ops.refresh('tenants');
GRANT USAGE ON SCHEMA shop TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO reader;
CREATE VIEW public.mine AS SELECT u.user_id, u.segment, p.balance FROM shop.users AS u LEFT JOIN shop.points_users AS p USING (user_id) WHERE u.churn_risk < 0.9;
CREATE MATERIALIZED VIEW public.by_week AS SELECT * FROM shop.retention_week;
CREATE TABLE public.own AS SELECT user_ops.activity_agg(at, total, 'Asia/Kathmandu') AS activity FROM store.orders GROUP BY customer;
CREATE INDEX ON public.own (activity);
CREATE VIEW public.own_days AS SELECT user_ops.active_days(activity) AS days, user_ops.monetary(activity, '2024-07-01') AS monetary FROM public.own;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- Of 1000 above 0: before 50 stands 900, which is not less than 80 %; before 30 exactly 95 %. The two that are alike share A.
CREATE TEMP TABLE worth AS SELECT 'u' || n AS u, v FROM unnest('{400,300,100,100.00,50,30,20,0,-5}'::numeric[]) WITH ORDINALITY AS w (v, n);
SELECT value_cuts(value_sample(v)) AS cuts, value_cuts(value_sample(v), '{0.399999999}') AS one, value_cuts(value_sample(v), '{0.4,0.400000001}') AS two FROM worth;
SELECT string_agg(u || ' ' || value_tier(v, '{100,50}'), ', ' ORDER BY u) AS tiers FROM worth;
SELECT tier, users, round(share::numeric, 6) AS share, revenue, round(revenue_share::numeric, 6) AS revenue_share, min_value, max_value FROM value_tiers((SELECT value_sample(v) FROM worth));
-- One has all: more shares than that one can fill. Nobody has anything: no cuts, everybody in none; no share of 0.
SELECT tier, users, revenue, revenue_share, min_value FROM value_tiers((SELECT value_sample(v) FROM unnest('{0,0,7.5}'::numeric[]) AS v), '{0.1,0.2}');
SELECT tier, users, share, revenue, revenue_share, min_value FROM value_tiers((SELECT value_sample(0) FROM generate_series(1, 3)), '{0.5}');
SELECT value_cuts(value_sample(v)) IS NULL AS no_cuts, gini(value_sample(v)) IS NULL AS no_gini FROM unnest('{0,-3}'::numeric[]) AS v;
SELECT value_cuts(NULL) IS NULL AS cuts, gini(NULL) IS NULL AS gini, (SELECT count(*) FROM value_tiers(NULL)) AS rows, gini('\x010000'::value_sample) IS NULL AS nobody, value_tier(NULL, '{1}') IS NULL AS value, value_tier(1, NULL) IS NULL AS no_cuts, value_tier(-1, NULL) AS less;
-- Textbook: 1/4 of 1, 2, 3, 4; 0 where all are alike; 1 - 1/n where one has all.
SELECT gini(value_sample(v)) = 0.25 AS quarter FROM generate_series(1, 4) AS v;
SELECT gini(value_sample(v)) = 0 AS alike, gini(value_sample(v) || value_sample(0)) = 0.5 AS half_have_all FROM unnest('{0.1,0.1,0.1}'::numeric[]) AS v;
-- The largest and the smallest value, and as often as can be counted: by doubling, 2^61 times.
SELECT gini(value_sample(v)) = 0.5 AS half, value_cuts(value_sample(v)) FROM unnest('{9223372036854775807,0.000000001}'::numeric[]) AS v;
WITH RECURSIVE d AS (SELECT 0 AS n, value_sample(v) AS s FROM unnest('{9223372036854775807,0}'::numeric[]) AS v UNION ALL SELECT n + 1, s || s FROM d WHERE n < 60)
SELECT n, value_cuts(s) AS cuts, gini(s) = 0.5 AS half, pg_temp.answer(format('SELECT sum(users) FROM user_ops.value_tiers(%L)', s::text)) AS tiers FROM d WHERE n IN (4, 60);
-- 25 cuts are A to Z.
SELECT string_agg(value_tier(26 - n, array(SELECT generate_series(25, 1, -1))::numeric[]), '' ORDER BY n) AS letters FROM generate_series(0.5, 25.5) AS n;

-- Of activities: those of as_of do not count; who only looked around is worth 0, who was not there yet is not asked, and sources without amounts say nothing.
CREATE TEMP TABLE people AS SELECT activity::activity FROM unnest(ARRAY['amounts {2024-01-01:1:1:30.5,2024-02-01:1:0:-10,2024-03-01:1:1:99}', 'amounts {2024-01-05:3}', 'amounts {2024-03-01:1:1:5}', NULL]) AS a (activity);
SELECT tier, users, revenue, max_value FROM value_tiers((SELECT value_sample(activity, '2024-03-01') FROM people), '{0.5}');
SELECT quantile(value_sample(activity, 'infinity'), 1) AS most, value_sample(activity, '2023-01-01') IS NULL AS nobody FROM people;
SELECT value_sample('{2024-01-01:1}'::activity, '2024-03-01') IS NULL AS no_amounts, pg_temp.answer('SELECT value_sample(activity, NULL) FROM people'), pg_temp.answer($$SELECT value_sample('amounts {2024-01-01:1:1:9223372036854775807,2024-01-02:1:1:1}'::activity, '2024-03-01')$$);
SELECT user_ops_internal.rfm_value_cuts(user_ops_internal.rfm_users(activity, '2024-03-01', 5), '{0.8}') AS beside_rfm, user_ops_internal.rfm_value_cuts(NULL, '{0.8}') IS NULL AS of_nobody FROM people;
SELECT user_ops_internal.rfm_value_cuts(user_ops_internal.rfm_users('{2024-01-01:1}'::activity, '2024-03-01', 5), '{0.8}') IS NULL AS no_amounts;

-- Mistakes
SELECT shares, pg_temp.answer(format('SELECT user_ops.value_cuts(NULL, %L)', shares)) FROM unnest('{NULL,"{}","{0.8,0.8}","{0.95,0.8}","{0}","{1}","{-0.5}","{NULL}","{{0.5},{0.6}}","{NaN}","{0.1234567891}"}'::text[]) AS s (shares);
SELECT pg_temp.answer('SELECT user_ops.' || call) FROM unnest(ARRAY[$$value_tier(1, '{}')$$, $$value_tier(1, '{NULL}')$$, 'value_cuts(NULL, array_fill(0.5, ARRAY[26]))', $$value_tiers(NULL, '{2}')$$]) AS call;

--
-- The views: two shops, as of 2024-03-01.
--

--	north	ann 80, bob 15 and cid 5; dan looked around, eve only gave something back
--	south	flo 10
CREATE SCHEMA value_tiers_test;
SET search_path = value_tiers_test;
CREATE TABLE sold (shop text, who text, day date, paid numeric);
INSERT INTO sold VALUES ('north', 'ann', '2024-01-05', 100), ('north', 'ann', '2024-02-20', -20), ('north', 'bob', '2024-01-20', 15), ('north', 'cid', '2024-02-10', 5),
	('north', 'dan', '2024-02-10', NULL), ('north', 'eve', '2024-02-11', -3), ('south', 'flo', '2024-02-12', 10), ('north', 'flo', '2024-03-01', 1000);
CREATE FUNCTION tiers(schema name) RETURNS TABLE (shop text, tier text, users bigint, share numeric, revenue numeric, revenue_share numeric, min_value numeric, max_value numeric, gini numeric) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT to_jsonb(v) ->> ''shop'', tier, users, round(share::numeric, 4), revenue, round(revenue_share::numeric, 4), min_value, max_value, round(gini::numeric, 4) FROM %I.value_tiers AS v', schema);
END $$;
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'tiers_ops', as_of => '2024-03-01', tenant => 'shop', allow_empty => true);
-- before bob stands 80 of 100, before cid 95; in each shop of its own
SELECT * FROM tiers('tiers_ops');
SELECT shop, user_id, value_tier FROM tiers_ops.users ORDER BY shop, user_id;
SELECT shop, value_cuts FROM tiers_ops.fitted ORDER BY shop;
-- the same on the spot, and in one shop; other shares, which only move the cuts
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'spot_ops', as_of => '2024-03-01', tenant => 'shop', stored => false);
SELECT (SELECT count(*) FROM (TABLE spot_ops.value_tiers INTERSECT TABLE tiers_ops.value_tiers) AS s) AS same, (SELECT count(*) FROM spot_ops.value_tiers) AS rows;
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'tiers_ops', as_of => '2024-03-01', tenant => 'shop', value_shares => '{0.95}');
SELECT shop, tier, users, max_value FROM tiers('tiers_ops');
-- in Chinese; a purchase of as_of has become one of the past
SET client_encoding = 'UTF8';
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'tiers_ops', as_of => '2024-03-02', tenant => 'shop', labels => 'chinese');
SELECT shop, tier, users FROM tiers('tiers_ops');
SELECT user_id, value_tier FROM tiers_ops.users WHERE shop = 'north' ORDER BY user_id;
-- nobody worth anything; no amounts: nothing to say; too few for a model of what is to come
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'poor_ops', as_of => '2024-01-01', allow_empty => true);
SELECT * FROM tiers('poor_ops');
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', NULL, 'poor_ops', as_of => '2024-03-01');
SELECT (SELECT count(*) FROM poor_ops.value_tiers) AS rows, bool_and(value_tier IS NULL) AS unknown FROM poor_ops.users;
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'poor_ops', as_of => '2024-03-01', value_by => 'clv');
SELECT user_id, value_tier FROM poor_ops.users ORDER BY user_id;
SELECT tier, users, share, revenue FROM tiers('poor_ops');
-- mistakes
\set VERBOSITY default
\unset ECHO
SELECT call, pg_temp.answer(format('SELECT user_ops.create_views(''sold'', ''who'', ''day'', %s)', call)) FROM unnest(ARRAY[
	$$'paid', value_by => 'revenue'$$, $$'paid', value_by => NULL$$, $$value_by => 'clv'$$, $$'paid', value_by => 'clv', purchase_model => 'none'$$, $$'paid', value_shares => '{0.8,0.5}'$$, $$'paid', value_shares => NULL$$]) AS c (call);
SELECT count(*) > 90 AS dropped FROM unnest('{tiers_ops,spot_ops,poor_ops}'::name[]) AS s, user_ops.drop_views(s);
DROP SCHEMA value_tiers_test CASCADE;

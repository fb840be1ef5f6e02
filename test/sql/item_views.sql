-- The views of items: by hand over a few rows, and against plain SQL over many: who likes what, what goes together, what to offer, and whether that is any good.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set oracle :tests '/oracle/item_views.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET client_min_messages = warning;
SET timezone = 'America/New_York';
SET datestyle = iso;
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA item_test;
SET search_path = item_test;
-- 1 to 4 have tea and cake, 5 and 6 tea alone, 7 to 9 ink, 9 cake too; rows of as_of and later, of nobody and of nothing are not there. Days are of UTC.
CREATE TABLE few (who int, what text, at timestamptz, paid numeric);
INSERT INTO few SELECT u, 'tea', '2024-05-01 10:00Z'::timestamptz + u * interval '1 day', 2 FROM generate_series(1, 6) AS u UNION ALL SELECT u, 'cake', '2024-05-20 10:00Z', 5 FROM unnest('{1,2,3,4,9}'::int[]) AS u
UNION ALL SELECT u, 'ink', '2024-05-02 23:59Z', NULL FROM generate_series(7, 9) AS u UNION ALL SELECT 5, 'tea', '2024-05-06 18:00Z', 1 UNION ALL SELECT 6, 'tea', '2024-05-30Z', 1
UNION ALL SELECT 6, 'cake', '2024-06-01 00:00Z', 100 UNION ALL SELECT 10, 'tea', '2024-06-01Z', 100 UNION ALL SELECT NULL, 'tea', '2024-05-01Z', 100 UNION ALL SELECT 1, NULL, '2024-05-01Z', 100 UNION ALL SELECT 1, repeat('long', 64), '2024-05-01Z', 100 UNION ALL SELECT 1, 'tea', 'infinity', 100;
SELECT count(*) FROM user_ops.create_views('few', 'who', 'at', target_schema => 'i_few', as_of => '2024-06-01', purchase_model => 'none');
SELECT * FROM user_ops.create_item_views('i_few', 'few', 'who', 'what', 'at', amount => 'paid', min_users => 3, top => 2, backtest_days => 20);
-- 6 has tea on two days, 5 twice on one: 1 of 6 came back to it. Of 16 - 3 + 25 = 39 cake brought 25, tea 14.
SELECT * FROM i_few.item_stats ORDER BY item;
-- 9 users, of whom 6 have tea, 5 cake and 4 both: 4 * 9 > 6 * 5. Ink and cake are with one user alone. By Dunning's table (4, 2, 1, 2): 2 * (4 ln(4 * 9 / 30) + 2 ln(2 * 9 / 24) + ln(9 / 15) + 2 ln(2 * 9 / 12)).
SELECT name, item, other, place, users_item, users_other, users_both, confidence, round(lift::numeric, 9) AS lift, round(llr::numeric, 9) AS llr, round((2 * (4 * ln(36 / 30.0) + 2 * ln(18 / 24.0) + ln(9 / 15.0) + 2 * ln(18 / 12.0))), 9) AS by_hand FROM i_few.item_pairs ORDER BY item, place;
-- Of as many events the later one; 5 had tea three times.
SELECT name, user_id, favourite, share, items, round(entropy::numeric, 9) AS entropy, last_day FROM i_few.user_favourites WHERE user_id IN (1, 5, 9) ORDER BY user_id;
-- Who has tea is offered cake, by cosine 4 / sqrt(30), and then what is popular and not there; 10 is not there.
SELECT name, user_id, place, item, round(score::numeric, 9) AS score, round(4 / sqrt(30.0), 9) AS by_hand, reason FROM i_few.recommendations WHERE user_id IN (1, 5, 7, 10) ORDER BY user_id, place;
SELECT count(DISTINCT user_id) AS users, max(place) AS most FROM i_few.recommendations;
-- As of May 12 tea and ink are known, with nobody both: to 1 to 4 and 9 the popular other one is offered, which is no cake; nobody hits.
SELECT * FROM i_few.recommendation_quality ORDER BY method;
-- A second set, of numbers, beside it: rows of both, each under its name.
CREATE TABLE hours AS SELECT who, extract(hour FROM at AT TIME ZONE 'UTC')::smallint AS hour, at::date AS day FROM few WHERE isfinite(at);
SELECT count(*) FROM user_ops.create_item_views('i_few', 'hours', 'who', 'hour', 'day', 'hours', min_users => 1, stored_recommendations => true);
SELECT name, count(*), min(item) AS smallest, pg_typeof(min(item)) AS type FROM i_few.item_stats GROUP BY name ORDER BY name;
SELECT r.user_id, r.item, r.reason, (SELECT count(*) FROM i_few.recommendations_hours) = (SELECT count(*) FROM i_few.recommendations WHERE name = 'hours') AS stored FROM i_few.recommendations AS r WHERE name = 'hours' AND user_id = 5 ORDER BY place;
SELECT count(*) FROM user_ops.verify('i_few');
-- The history of quality: each as_of keeps its rows, and that of today is made anew.
SELECT count(*) FROM user_ops.create_views('few', 'who', 'at', target_schema => 'i_few', as_of => '2024-05-28', purchase_model => 'none');
SELECT count(*) FROM user_ops.refresh('i_few');
SELECT as_of, method, users, hit_rate, lift_over_popular FROM i_few.recommendation_quality WHERE name = 'items' ORDER BY as_of, method;
-- Many rows: 300 users in two organisations, four kinds of 12 products each, and some for all.
CREATE TABLE lines AS
SELECT u, CASE WHEN (u * 31 + n * 17) % 6 = 0 THEN 1000 + n % 3 ELSE (u * u % 4) * 100 + (u * 13 + n * n * 7) % 12 - 200 END AS product, timestamptz '2024-01-01 15:30Z' + (u * 37 % 90 + n * (5 + u % 9)) * interval '1 day' + n % 2 * interval '1 hour' AS t,
	CASE WHEN n % 5 = 4 THEN -1.25 ELSE (u * 7 + n * 13) % 90 END AS a, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 300) AS u, generate_series(0, u * u % 11) AS n;
CREATE TABLE bought (user_id bigint, item text, sorted text, day date, amount numeric);
\set ECHO none
\i :oracle
\set ECHO all
-- What a schema has and the oracle not, or the other way round.
CREATE FUNCTION differs(schema text, half_life int, tenant text DEFAULT NULL) RETURNS TABLE (about text, row_count bigint, differ bigint) LANGUAGE plpgsql AS $$
DECLARE
	ours text;
	theirs text;
BEGIN
	TRUNCATE bought;
	INSERT INTO bought SELECT u, product::text, lpad((product + 1000)::text, 9, '0'), (t AT TIME ZONE 'Asia/Shanghai')::date, a FROM lines WHERE org = tenant OR tenant IS NULL;
	FOR about, ours, theirs IN VALUES
			('item_stats', 'item, users, events, first_day, last_day, round(repeat_rate::numeric, 9), revenue, round(revenue_share::numeric, 9)', 'oracle.item_stats(''2024-07-01'', 3)'),
			('item_pairs', 'item, other, place::bigint, users_item, users_other, users_both, round(confidence::numeric, 9), round(lift::numeric, 9), round(llr::numeric, 8)', 'oracle.item_pairs(''2024-07-01'', 6, 8, 3)'),
			('user_favourites', 'user_id, favourite, round(share::numeric, 9), items, abs(round(entropy::numeric, 8)), last_day', format('oracle.user_favourites(''2024-07-01'', %s)', coalesce(half_life::text, 'NULL'))),
			('recommendations', 'user_id, place::bigint, item, round(score::numeric, 8), reason', format('oracle.offered(''2024-07-01'', 6, %s, 3, 8)', coalesce(half_life::text, 'NULL'))),
			('recommendation_quality', 'method, users, round(hit_rate::numeric, 9), round(recall::numeric, 9), round(mrr::numeric, 9), round(coverage::numeric, 9)', format('oracle.quality(''2024-03-23'', ''2024-07-01'', 6, %s, 3, 5)', coalesce(half_life::text, 'NULL'))) LOOP
		ours := format('SELECT %s FROM %s.%s%s', ours, schema, about, CASE WHEN tenant IS NOT NULL THEN format(' WHERE org = %L', tenant) END);
		EXECUTE format('SELECT (SELECT count(*) FROM (%1$s) AS a), (SELECT count(*) FROM ((%1$s) EXCEPT ALL (SELECT * FROM %2$s)) AS a) + (SELECT count(*) FROM ((SELECT * FROM %2$s) EXCEPT ALL (%1$s)) AS a)', ours, theirs) INTO row_count, differ;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT count(*) FROM user_ops.create_views('lines', 'u', 't', target_schema => 'i_shop', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('lines', 'u', 't', target_schema => 'i_live', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', stored => false, purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('lines', 'u', 't', target_schema => 'i_orgs', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', tenant => 'org', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('lines', 'u', 't', target_schema => 'i_both', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', tenant => 'org', stored => false, purchase_model => 'none');
SELECT schema, count(*) FROM unnest('{i_shop,i_live,i_orgs,i_both}'::name[]) AS schema,
	user_ops.create_item_views(schema, 'lines', 'u', 'product', 't', amount => 'a', half_life_days => CASE WHEN schema ~ 'orgs|live' THEN 30 END, max_items => 6, top => 8, min_users => 3, stored_recommendations => schema ~ 'shop|live', backtest_days => 100) GROUP BY schema ORDER BY schema;
SELECT schema, d.* FROM unnest('{i_shop,i_live}'::text[]) AS schema, differs(schema, CASE WHEN schema ~ 'orgs|live' THEN 30 END) AS d;
SELECT schema, org, d.* FROM unnest('{i_orgs,i_both}'::text[]) AS schema, unnest('{north,south}'::text[]) AS org, differs(schema, CASE WHEN schema ~ 'orgs|live' THEN 30 END, org) AS d;
-- Here what goes together beats what is popular; of each tenant for itself, too.
SELECT method, users, lift_over_popular > 0.5 AS beats FROM i_shop.recommendation_quality ORDER BY method;
SELECT tenant, method, users > 20 AS users, lift_over_popular > 0 AS beats FROM user_ops.recommendation_backtest('i_orgs', '2024-03-10', '2024-05-01', top => 3);
-- Who has all that is known is offered nothing, and counts: of three, 1 takes what nobody can know, 2 what he is offered, and 3 not.
CREATE TABLE all_had (u, what, at) AS VALUES (1, 'a', date '2024-01-01'), (1, 'b', '2024-01-02'), (2, 'a', '2024-01-03'), (3, 'b', '2024-01-04'), (4, 'a', '2024-01-04'), (4, 'b', '2024-01-04'), (1, 'c', '2024-02-02'), (2, 'b', '2024-02-03'), (3, 'c', '2024-02-01');
SELECT FROM user_ops.create_views('all_had', 'u', 'at', target_schema => 'i_all', as_of => '2024-03-01');
SELECT FROM user_ops.create_item_views('i_all', 'all_had', 'u', 'what', 'at', min_users => 1);
SELECT method, users, round(hit_rate::numeric, 6) AS hit_rate, round(recall::numeric, 6) AS recall, round(mrr::numeric, 6) AS mrr FROM user_ops.recommendation_backtest('i_all', '2024-02-01', '2024-03-01');
-- Equal numbers are one item; what is another text in another session is none.
CREATE TABLE prices (who, price, day) AS VALUES (1, 1.50, date '2024-01-01'), (2, 1.5, '2024-01-02'), (2, 2, '2024-01-02');
SELECT FROM user_ops.create_item_views('i_all', 'prices', 'who', 'price', 'day', 'prices', min_users => 1);
SELECT item, users FROM i_all.item_stats WHERE name = 'prices' ORDER BY item;
SELECT pg_temp.answer('SELECT user_ops.create_item_views(''i_all'', ''prices'', ''who'', ''day'', ''day'')'), pg_temp.answer('SELECT user_ops.create_content_views(''i_all'', ''prices'', ''who'', ''day'', ''day'')');
-- A refresh brings what was bought since; rows in another order are the same.
INSERT INTO lines VALUES (1, 777, '2024-06-30Z', 1, 'north');
SELECT inserted, updated FROM user_ops.refresh('i_shop');
SELECT users, revenue FROM i_shop.item_counts_items WHERE item = '777';
DELETE FROM lines WHERE product = 777;
CREATE TABLE before AS SELECT * FROM i_shop.recommendations;
CREATE TABLE again AS SELECT * FROM lines ORDER BY t, product, u;
TRUNCATE lines; INSERT INTO lines TABLE again;
SELECT result FROM (SELECT user_ops.refresh('i_shop') IS NOT NULL AS result) AS r;
SELECT count(*) FROM (TABLE before EXCEPT ALL TABLE i_shop.recommendations) AS d;
SELECT count(*) FROM user_ops.verify('i_shop');
-- With nobody; of users and items of types of their own; and over the table itself, as nothing else is there.
CREATE TYPE thing AS ENUM ('z', 'a');
CREATE TABLE by_id AS SELECT md5(u::text)::uuid AS id, (ARRAY['z', 'a']::thing[])[1 + product % 2 * product % 2] AS thing, t::date AS day, 'NaN'::float8 AS paid FROM lines;
SELECT count(*) FROM user_ops.create_item_views('i_ids', 'by_id', 'id', 'thing', 'day', amount => 'paid');
SELECT item, users > 50 AS users, revenue, revenue_share FROM i_ids.item_stats ORDER BY item;
SELECT count(*) > 200 AS users, pg_typeof(min(user_id::text)::uuid) AS type FROM i_ids.user_favourites;
TRUNCATE by_id;
SELECT result FROM (SELECT user_ops.refresh('i_ids') IS NOT NULL AS result) AS r;
SELECT (SELECT count(*) FROM i_ids.item_baskets_items) AS baskets, (SELECT count(*) FROM i_ids.item_affinity_items) AS affinity, (SELECT count(*) FROM i_ids.item_stats) AS stats, (SELECT count(*) FROM i_ids.item_pairs) AS pairs, (SELECT count(*) FROM i_ids.recommendations) AS recommendations;
-- Errors, and how to drop it.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT user_ops.create_item_views(''item_test'', ''lines'', ''u'', ''product'', ''t'')'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', NULL, ''t'')'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''thing'', ''t'')'),
	('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''org'', ''product'', ''t'')'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''org'')'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''t'', amount => ''org'')'),
	('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''t'', half_life_days => 0)'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''t'', max_items => 0)'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''t'', top => 0)'),
	('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''t'', min_users => 0)'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''t'', backtest_days => 0)'), ('SELECT user_ops.create_item_views(''i_orgs'', ''few'', ''who'', ''what'', ''at'')'),
	('SELECT user_ops.recommendation_backtest(''i_shop'', ''2024-05-01'', ''2024-05-01'')'), ('SELECT user_ops.recommendation_backtest(''i_shop'', ''2024-05-01'', ''2024-06-01'', 0)'), ('SELECT user_ops.recommendation_backtest(''i_shop'', ''2024-05-01'', ''2024-06-01'', name => ''hours'')'),
	('SELECT user_ops.recommendation_backtest(''i_shop'', NULL, ''2024-06-01'')'), ('SELECT user_ops.create_item_views(''i_shop'', ''lines'', ''u'', ''product'', ''t'', repeat(''x'', 48))')) AS v (q);
SELECT count(*) FROM user_ops.create_item_views('i_live', 'lines', 'u', 'product', 't', repeat('"', 47));
SELECT count(*) FROM user_ops.drop_addon('i_live', 'items', repeat('"', 47));
-- Items of another type: it is said, and then made anew.
ALTER TABLE hours ALTER hour TYPE text;
SELECT pg_temp.answer('SELECT user_ops.refresh(''i_few'')') AS answer;
SELECT count(*) FROM user_ops.create_item_views('i_few', 'hours', 'who', 'hour', 'day', 'hours', min_users => 1);
SELECT to_regclass('i_few.recommendations_hours') IS NULL AS not_stored, (SELECT count(*) FROM i_few.recommendations WHERE name = 'hours') > 0 AS there;
DROP TABLE hours;
SELECT pg_temp.answer('SELECT user_ops.refresh(''i_few'')') AS answer;
SELECT user_ops.drop_addon('i_few', 'items', 'hours');
SELECT count(*) FROM user_ops.refresh('i_few');
SELECT user_ops.drop_addon('i_few', 'items');
SELECT count(*) FROM unnest('{i_all,i_few,i_shop,i_live,i_orgs,i_both,i_ids}'::name[]) AS schema, user_ops.drop_views(schema);
DROP SCHEMA oracle CASCADE;
DROP SCHEMA item_test CASCADE;

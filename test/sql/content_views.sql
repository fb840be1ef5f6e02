-- The views of content: by hand over a few rows, and against plain SQL over many: which items bring people, and bring them back, who makes them, and who contributes.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set oracle :tests '/oracle/content.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET client_min_messages = warning;
SET timezone = 'America/New_York';
SET datestyle = iso;
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA content_test;
SET search_path = content_test;
-- Days are of UTC. 1 reads p on April 30 and May 3, and q on May 1; comes on the 8th, and buys on the 1st, the 30th and the 31st. 2 reads both in one second of May 1, and comes on the 9th, a day too late. 3 reads q on
-- the 27th, for whom a week is not over, and writes on the 31st. 9 made p, and reads it before anybody says so.
CREATE TABLE few (who int, what text, at timestamptz, made_by int, did text);
INSERT INTO few VALUES (1, 'p', '2024-04-30 16:00Z', 9, 'read'), (1, 'q', '2024-05-01 15:59Z', 1, 'read'), (1, 'p', '2024-05-03 10:00Z', NULL, 'like'), (2, 'q', '2024-05-01 10:00Z', 8, 'read'), (2, 'p', '2024-05-01 10:00Z', 8, 'post'),
	(3, 'q', '2024-05-27 10:00Z', NULL, 'read'), (9, 'p', '2024-04-29 10:00Z', NULL, 'post'),
	(NULL, 'p', '2024-05-01Z', 7, 'read'), (3, NULL, '2024-05-01Z', 7, 'read'), (3, 'p', NULL, 7, 'read'), (3, 'p', '-infinity', 7, 'read'), (3, 'p', 'infinity', 7, 'read'), (3, 'p', '2024-05-31 16:00Z', 7, 'post');
CREATE TABLE visits_of_few (who int, at date, paid numeric);
INSERT INTO visits_of_few VALUES (1, '2024-05-01', 10), (1, '2024-05-08', NULL), (1, '2024-05-30', 2.5), (1, '2024-05-31', 99), (2, '2024-05-01', NULL), (2, '2024-05-09', 7), (3, '2024-05-27', 1), (3, '2024-05-28', 1), (9, '2024-05-20', 4);
SELECT count(*) FROM user_ops.create_views('visits_of_few', 'who', 'at', 'paid', target_schema => 'c_few', as_of => '2024-06-01', purchase_model => 'none');
SELECT * FROM user_ops.create_content_views('c_few', 'few', 'who', 'what', 'at', 'made_by', 'did', roles => '{"post": "contribute", "like": "react", "read": "view"}', min_users => 1);
-- p: 2 is new on it, the smaller one of one instant; of 1, 2 and 9, for whom a week is over, 1 came back, on May 1; in 30 days 1 brought 10 (the 30th is too late), 2 7 and 9 4. q: 1 came back on the 8th; 1 brought 12.5, as May 30 is
-- the 30th day, and 2 7.
SELECT item, users, events, first_day, last_day, new_users, eligible_users, returned_users, return_rate, round(return_lower::numeric, 4) AS return_lower, users_30d, revenue_30d FROM c_few.content_items ORDER BY item;
-- p is of 9 since April 30, when the first row says so; q of 8, from ten o'clock, and not of 1. 9 and 2 did not read their own: p had 1 twice, 2 and 3.
SELECT * FROM c_few.content_creators ORDER BY creator;
-- April: 1 read, 9 wrote; both came in May. May: 2 wrote, 3 read and wrote, 1 read and liked; June has not begun.
SELECT * FROM c_few.contribution_month ORDER BY month, role;
-- In Shanghai, where it is the next day from 16:00Z on, 1 reads p on May 1, as q, and 3 writes on as_of, which is not there. The rows themselves are the visits: 1 is back on the 3rd.
SELECT count(*) FROM user_ops.create_views('few', 'who', 'at', target_schema => 'c_zone', as_of => '2024-06-01', time_zone => 'Asia/Shanghai', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_content_views('c_zone', 'few', 'who', 'what', 'at', within_days => 2, min_users => 1);
SELECT item, users, first_day, last_day, eligible_users, returned_users, users_30d, revenue_30d FROM c_zone.content_items ORDER BY item;
-- Small counts, from 4 users on: q has 3. Of a creator what others did is hidden, and what he did himself is not. In both months all are fewer, and zeros stay.
SELECT count(*) FROM user_ops.create_content_views('c_few', 'few', 'who', 'what', 'at', 'made_by', 'did', roles => '{"post": "contribute", "like": "react", "read": "view"}', min_users => 4);
SELECT item, users FROM c_few.content_items ORDER BY item;
SELECT creator, items, users, events, share, active_days_28 FROM c_few.content_creators ORDER BY creator;
SELECT month, role, users, share, retained_next_month FROM c_few.contribution_month ORDER BY month, role;
-- A value of the role that is not named is an error that names it; null leaves it out.
SELECT pg_temp.answer('SELECT user_ops.create_content_views(''c_few'', ''few'', ''who'', ''what'', ''at'', role => ''did'', roles => ''{"post": "contribute", "like": "react"}'')') AS answer;
SELECT count(*) FROM user_ops.create_content_views('c_few', 'few', 'who', 'what', 'at', role => 'did', roles => '{"post": "contribute", "like": "react", "read": null}', min_users => 1);
SELECT month, role, users, share FROM c_few.contribution_month ORDER BY month, role;
SELECT to_regclass('c_few.content_creators') IS NULL AS no_creators, to_regclass('c_few.content_creator_counts') IS NULL AS no_counts;
-- Many rows: 300 users in two organisations, over 40 items, in half a year.
CREATE TABLE visited AS
SELECT u, timestamptz '2024-01-01 15:00Z' + (u * 37 % 180 + n * n * (3 + u % 5)) * interval '1 day' + n % 4 * interval '1 hour' AS t,
	CASE n % 4 WHEN 0 THEN NULL WHEN 3 THEN -1.25 ELSE round((5 + (u * 7 + n * 13) % 90)::numeric * 1.17, 2) END AS a, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 300) AS u, generate_series(0, (u * u) % 9) AS n WHERE u % 10 > 0;
CREATE TABLE posts AS
SELECT u, (u * 7 + n * n * 3) % 41 - 5 AS item, timestamptz '2024-01-01 15:30Z' + (u * 37 % 170 + n * 5 + u % 3) * interval '1 day' + (u + n) % 2 * interval '1 hour' AS t,
	CASE WHEN n % 3 < 2 THEN 1 + (u * 7 + n * n * 3) % 41 * 17 % 300 END AS author, (ARRAY['post', 'like', 'read', 'read', 'read'])[1 + (u * u + n) % 5] AS kind, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 300) AS u, generate_series(0, u % 7) AS n;
CREATE TABLE reads (user_id bigint, item text, sorted text, day date, moment timestamptz, author bigint, role text);
CREATE TABLE visits (user_id bigint, day date, amount numeric);
\set ECHO none
\i :oracle
\set ECHO all
-- What a schema has and the oracle not, or the other way round.
CREATE FUNCTION differs(schema text, within_days int, min_users int, tenant text DEFAULT NULL) RETURNS TABLE (about text, row_count bigint, differ bigint) LANGUAGE plpgsql AS $$
DECLARE
	ours text;
	theirs text;
BEGIN
	TRUNCATE reads, visits;
	INSERT INTO reads SELECT u, p.item::text, lpad((p.item + 1000)::text, 9, '0'), (t AT TIME ZONE 'Asia/Shanghai')::date, t, p.author, CASE kind WHEN 'post' THEN 'contribute' WHEN 'like' THEN 'react' ELSE 'view' END FROM posts AS p WHERE org = tenant OR tenant IS NULL;
	INSERT INTO visits SELECT u, (t AT TIME ZONE 'Asia/Shanghai')::date, a FROM visited WHERE org = tenant OR tenant IS NULL;
	FOR about, theirs IN VALUES ('content_items', format('oracle.content_items(''2024-07-01'', %s, %s)', within_days, min_users)), ('content_creators', format('oracle.content_creators(''2024-07-01'', %s)', min_users)),
			('contribution_month', format('oracle.contribution_month(''2024-07-01'', %s)', min_users)) LOOP
		EXECUTE format('SELECT string_agg(CASE attname WHEN ''return_lower'' THEN ''round(return_lower::numeric, 9)'' ELSE quote_ident(attname) END, '', '' ORDER BY attnum) FROM pg_attribute WHERE attrelid = %L::regclass AND attnum > 0 AND attname <> ''org''', schema || '.' || about) INTO ours;
		ours := format('SELECT %s FROM %s.%s%s', ours, schema, about, CASE WHEN tenant IS NOT NULL THEN format(' WHERE org = %L', tenant) END);
		EXECUTE format('SELECT (SELECT count(*) FROM (%1$s) AS a), (SELECT count(*) FROM ((%1$s) EXCEPT ALL (SELECT * FROM %2$s)) AS a) + (SELECT count(*) FROM ((SELECT * FROM %2$s) EXCEPT ALL (%1$s)) AS a)', ours, theirs) INTO row_count, differ;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT count(*) FROM user_ops.create_views('visited', 'u', 't', 'a', target_schema => 'c_shop', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('visited', 'u', 't', 'a', target_schema => 'c_live', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', stored => false, purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('visited', 'u', 't', 'a', target_schema => 'c_orgs', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', tenant => 'org', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('visited', 'u', 't', 'a', target_schema => 'c_both', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', tenant => 'org', stored => false, purchase_model => 'none');
SELECT schema, count(*) FROM unnest('{c_shop,c_live,c_orgs,c_both}'::name[]) AS schema, user_ops.create_content_views(schema, 'posts', 'u', 'item', 't', 'author', 'kind', 14, '{"post": "contribute", "like": "react", "read": "view"}', 4) GROUP BY schema ORDER BY schema;
SELECT schema, d.* FROM unnest('{c_shop,c_live}'::text[]) AS schema, differs(schema, 14, 4) AS d;
SELECT schema, org, d.* FROM unnest('{c_orgs,c_both}'::text[]) AS schema, unnest('{north,south}'::text[]) AS org, differs(schema, 14, 4, org) AS d ORDER BY schema, org, about;
SELECT sum(new_users) = (SELECT count(DISTINCT u) FROM posts WHERE t < '2024-06-30 16:00Z') AS each_is_new_once, sum(returned_users) > 50 AS many, min(users) AS fewest FROM c_shop.content_item_counts;
SELECT count(*) FROM user_ops.verify('c_shop');
-- A refresh counts what came since; rows in another order are counted alike.
INSERT INTO posts SELECT 1, 999, '2024-06-29Z', 2, 'post', 'north' FROM generate_series(1, 3);
SELECT result FROM (SELECT user_ops.refresh('c_shop') IS NOT NULL AS result) AS r;
SELECT users, events, first_day FROM c_shop.content_item_counts WHERE item = '999';
DELETE FROM posts WHERE item = 999;
CREATE TABLE before AS SELECT * FROM c_shop.content_items;
CREATE TABLE again AS SELECT * FROM posts ORDER BY t, item, u;
TRUNCATE posts; INSERT INTO posts TABLE again;
SELECT result FROM (SELECT user_ops.refresh('c_shop') IS NOT NULL AS result) AS r;
SELECT count(*) FROM (TABLE before EXCEPT ALL TABLE c_shop.content_items) AS d;
-- Without amounts, of users known by uuid, by days and items of a type of its own; over the table itself, as nothing else is there; and with nobody.
CREATE TYPE thing AS ENUM ('z', 'a');
CREATE TABLE by_id AS SELECT md5(u::text)::uuid AS id, (ARRAY['z', 'a']::thing[])[1 + item % 2 * item % 2] AS item, t::date AS day FROM posts;
SELECT count(*) FROM user_ops.create_content_views('c_ids', 'by_id', 'id', 'item', 'day');
SELECT item, users > 50 AS users, returned_users > 5 AS returned, revenue_30d, (SELECT count(*) FROM c_ids.users) > 200 AS known FROM c_ids.content_items ORDER BY item;
TRUNCATE by_id;
SELECT result FROM (SELECT user_ops.refresh('c_ids') IS NOT NULL AS result) AS r;
SELECT count(*) FROM c_ids.content_items;
-- Errors, and how to drop it.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT user_ops.create_content_views(''content_test'', ''posts'', ''u'', ''item'', ''t'')'), ('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', NULL, ''t'')'), ('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''thing'', ''t'')'),
	('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''kind'', ''item'', ''t'')'), ('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''kind'')'), ('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', ''kind'')'),
	('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', role => ''none'')'), ('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', within_days => 0)'),
	('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', min_users => 0)'), ('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', roles => ''{"post": "contribute"}'')'),
	('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', role => ''kind'', roles => ''{"post": "write"}'')'), ('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', role => ''kind'', roles => ''["post"]'')'),
	('SELECT user_ops.create_content_views(''c_shop'', ''posts'', ''u'', ''item'', ''t'', role => ''kind'')'), ('SELECT user_ops.create_content_views(''c_orgs'', ''few'', ''who'', ''what'', ''at'')')) AS v (q);
DROP TABLE by_id;
SELECT pg_temp.answer('SELECT user_ops.refresh(''c_ids'')') AS answer;
SELECT user_ops.drop_addon('c_few', 'content');
SELECT to_regclass('c_few.content_items') IS NULL AS gone, to_regclass('c_few.content_item_counts') IS NULL AS table_gone;
SELECT count(*) FROM unnest('{c_few,c_zone,c_shop,c_live,c_orgs,c_both,c_ids}'::name[]) AS schema, user_ops.drop_views(schema);
DROP SCHEMA oracle CASCADE;
DROP SCHEMA content_test CASCADE;

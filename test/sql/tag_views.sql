-- Tags: what is worked out by hand.  Against plain SQL, over many tables: test/t/oracle_tags.pl.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET datestyle = 'ISO, YMD';
CREATE SCHEMA tag_test;
SET search_path = tag_test;
CREATE TABLE sold (shop text, who text, day date, paid numeric);
INSERT INTO sold SELECT shop, who, date '2024-01-01' + n * 20, paid FROM (VALUES ('north', 'ann', 50), ('north', 'bob', 20), ('north', 'cid', 5), ('north', 'dan', 5), ('south', 'ann', 7)) AS v (shop, who, paid), generate_series(0, 3) AS n;
CREATE TABLE tags (shop text, who text, tag text, since date, until date);
INSERT INTO tags VALUES
	('north', 'ann', 'vip', '2024-01-01', '2024-02-01'), ('north', 'ann', 'vip', '2024-02-01', '2024-02-15'), ('north', 'ann', 'vip', '2024-02-10', NULL), -- one span, as they touch and overlap
	('north', 'bob', 'vip', '2024-03-20', NULL),          -- within the last 30 days
	('north', 'cid', 'vip', NULL, '2024-04-01'),          -- ends on as_of: it has ended
	('north', 'cid', 'vip', '2024-04-01', NULL),          -- begins on as_of: not known yet
	('north', 'dan', 'vip', '2024-01-01', '2024-03-02'),  -- as of 30 days before, which is March 2, it had ended
	('north', 'dan', 'loud', '2024-03-10', '2024-03-05'), -- never
	('north', 'bob', 'loud', '-infinity', 'infinity'), ('north', 'ann', 'loud', 'infinity', NULL), ('north', NULL, 'loud', NULL, NULL), ('north', 'ann', NULL, NULL, NULL), (NULL, 'ann', 'loud', NULL, NULL),
	('north', 'eve', 'loud', NULL, NULL),                 -- whom the source does not know
	('south', 'ann', 'loud', '2024-01-01', '2024-12-01');
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'tag_ops', as_of => '2024-04-01', tenant => 'shop');
SELECT * FROM user_ops.create_tag_views('tag_ops', 'tags', 'who', 'tag', 'since', 'until', include => '{value_tier,value_tier}');
SELECT * FROM tag_ops.tag_spans ORDER BY shop, user_id, tag, valid_from;
SELECT * FROM tag_ops.tags_now ORDER BY shop, user_id, tag;
-- of four in the north ann and bob are vip, of whom bob came; cid went
SELECT * FROM tag_ops.tag_counts ORDER BY shop, tag;
SELECT shop, tag, other, users, share, round(lift::numeric, 4) AS lift FROM tag_ops.tag_overlap WHERE tag !~ ':' ORDER BY shop, tag, other;
SELECT kind, name, needs IS NULL AS alone, jsonb_strip_nulls(a.settings) AS settings FROM unnest((SELECT s.addons FROM tag_ops.settings AS s)) AS a;

-- A row that is written is there at once; another day, in Chinese; without days at all, and without amounts, all has always been so
INSERT INTO tags VALUES ('south', 'ann', 'vip', '2024-01-01', NULL);
SELECT tag FROM tag_ops.tags_now WHERE shop = 'south' ORDER BY tag;
SET client_encoding = 'UTF8';
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', NULL, 'tag_ops', as_of => '2024-04-02', tenant => 'shop', labels => 'chinese');
SELECT shop, user_id, tag, valid_from FROM tag_ops.tags_now WHERE user_id = 'cid' ORDER BY tag;
SELECT * FROM tag_ops.tag_counts ORDER BY shop, tag;
SELECT count(*) AS views FROM user_ops.create_tag_views('tag_ops', 'tags', 'who', 'tag', include => '{life_stage}');
SELECT * FROM tag_ops.tag_counts WHERE shop = 'north' ORDER BY tag COLLATE "C";

-- the names of tiers, where there are some; which then stay while the tags read them
SELECT count(*) AS views FROM user_ops.create_tier_views('tag_ops', 'sold', 'who', 'day', 'paid', user_ops.make_tier_rules('{silver,gold}', '{20,100}'));
SELECT count(*) AS views FROM user_ops.create_tag_views('tag_ops', 'tags', 'who', 'tag', 'since', 'until', include => '{tier_name}');
SELECT shop, tag, users FROM tag_ops.tag_counts WHERE tag ~ ':' ORDER BY shop, tag;
SELECT pg_temp.answer($$SELECT user_ops.drop_addon('tag_ops', 'tiers')$$);
SELECT count(*) AS views FROM user_ops.create_tag_views('tag_ops', 'tags', 'who', 'tag', 'since', 'until');
SELECT count(*) > 0 AS dropped FROM user_ops.drop_addon('tag_ops', 'tiers');

-- Who may not see a row of the tags does not count it, and whoever may not read them reads nothing
CREATE TABLE seen (who text, tag text, reader name);
INSERT INTO seen VALUES ('ann', 'vip', 'tag_reader'), ('bob', 'vip', 'somebody'), ('bob', 'loud', 'somebody');
ALTER TABLE seen ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON seen USING (reader = current_user);
SELECT count(*) > 0 AS made FROM user_ops.create_views('sold', 'who', 'day', 'paid', 'seen_ops', as_of => '2024-04-01');
SELECT count(*) AS views FROM user_ops.create_tag_views('seen_ops', 'seen', 'who', 'tag');
CREATE ROLE tag_reader;
GRANT USAGE ON SCHEMA tag_test, seen_ops TO tag_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA seen_ops TO tag_reader;
SET ROLE tag_reader;
SELECT pg_temp.answer('SELECT count(*) FROM seen_ops.tag_counts');
RESET ROLE;
GRANT SELECT ON seen TO tag_reader;
SELECT user_id, tag FROM seen_ops.tags_now ORDER BY user_id, tag;
SET ROLE tag_reader;
SELECT user_id, tag FROM seen_ops.tags_now ORDER BY user_id, tag;
SELECT tag, users FROM seen_ops.tag_counts;
RESET ROLE;

-- Mistakes
CREATE TABLE other_tags (who bigint, tag text, shop text, since text);
CREATE TABLE events (u text, at date);
\unset ECHO
SELECT call, pg_temp.answer('SELECT count(*) FROM user_ops.create_tag_views(' || call || ')') FROM unnest(ARRAY[
	$$'tag_ops', NULL, 'who', 'tag'$$, $$'tag_ops', 'tags', 'who', NULL$$, $$'tag_ops', 'tags', 'nobody', 'tag'$$, $$'tag_ops', 'tags', 'who', 'nothing'$$, $$'tag_ops', 'other_tags', 'who', 'tag'$$,
	$$'tag_ops', 'events', 'u', 'at'$$, $$'seen_ops', 'tags', 'who', 'tag', 'tag'$$, $$'tag_ops', 'tags', 'who', 'tag', include => '{churn_risk}'$$, $$'tag_ops', 'tags', 'who', 'tag', include => '{NULL}'$$, $$'tag_ops', 'tags', 'who', 'tag', include => '{tier_name}'$$, $$'nowhere', 'tags', 'who', 'tag'$$, $$NULL, 'tags', 'who', 'tag'$$]) AS c (call);
\set ECHO all
DROP TABLE seen CASCADE;
SELECT pg_temp.answer($$SELECT count(*) FROM user_ops.create_views('tag_test.sold', 'who', 'day', 'paid', 'seen_ops')$$);
SELECT * FROM user_ops.drop_addon('seen_ops', 'tags');
SELECT * FROM user_ops.drop_addon('tag_ops', 'tags');
SELECT count(*) > 60 AS dropped FROM unnest('{tag_ops,seen_ops}'::name[]) AS s, user_ops.drop_views(s);
DROP SCHEMA tag_test CASCADE;
DROP ROLE tag_reader;

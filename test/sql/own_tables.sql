-- Tables that add-ons read beside the source: what is refused when they are made, and what a refresh finds when such a
-- table has changed.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET datestyle = 'ISO, YMD';
CREATE SCHEMA own_test;
SET search_path = own_test;
CREATE TABLE events (u integer, t timestamptz, a numeric, org text);
INSERT INTO events VALUES (1, '2024-01-01 12:00Z', 5, 'north'), (2, '2024-01-02 12:00Z', 5, 'south');
CREATE TABLE ledger AS SELECT e.u, e.t::date AS d, 5 AS p, e.org FROM events AS e;
CREATE TABLE answers AS SELECT 1 + 8 * g AS s, date '2024-02-01' AS d, 'group ' || g AS kind, now() AS at FROM generate_series(0, 1) AS g;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'owned', as_of => '2024-06-01');
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'orgs', as_of => '2024-06-01', tenant => 'org');
SELECT count(*) AS views FROM user_ops.create_points_views('owned', 'ledger', 'u', 'd', 'p');

-- policies: what is stored of a table with them would be seen by all whom those of the source let in
ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON ledger USING (org = current_user);
SELECT pg_temp.answer($$SELECT user_ops.create_points_views('orgs', 'ledger', 'u', 'd', 'p')$$);
SELECT pg_temp.answer($$SELECT user_ops.refresh('owned')$$);
ALTER TABLE ledger DISABLE ROW LEVEL SECURITY;
SELECT updated FROM user_ops.refresh('owned');

-- what is no lasting table
CREATE TEMPORARY TABLE passing (u integer, d date, p integer);
CREATE TYPE shape AS (u integer, d date, p integer);
SELECT pg_temp.answer(format($$SELECT user_ops.create_points_views('owned', %L, 'u', 'd', 'p')$$, r)) FROM unnest('{passing,shape}'::text[]) AS r;
SELECT pg_temp.answer($$SELECT user_ops.create_tag_views('owned', 'passing', 'u', 'p')$$);

-- a segment named twice counts once
SELECT count(*) AS views FROM user_ops.create_survey_views('owned', 'nps', 'answers', 's', 'd', segments => '{kind,kind}');
SELECT dimension, segment, answers FROM owned.survey_segments ORDER BY segment;
-- texts that the session's settings are in
SELECT pg_temp.answer($$SELECT user_ops.create_survey_views('owned', 'x', 'answers', 's', 'd', segments => '{at}')$$);
-- conditions
SELECT c, pg_temp.answer(format($$SELECT object FROM user_ops.create_survey_views('owned', 'x', 'answers', 's', 'd', condition => %L)$$, c))
FROM unnest(ARRAY['nothing = 1', ' ', 'x.s', 'x.s > 3 -- the good ones']) AS c;
SELECT survey, sum(answers) AS answers FROM owned.survey_month GROUP BY survey ORDER BY survey;

-- columns that change
ALTER TABLE answers ALTER s TYPE numeric;
SELECT pg_temp.answer($$SELECT user_ops.refresh('owned')$$);
ALTER TABLE answers ALTER s TYPE integer;
ALTER TABLE ledger RENAME p TO points;
SELECT pg_temp.answer($$SELECT user_ops.refresh('owned')$$);
ALTER TABLE ledger RENAME points TO p;
ALTER TABLE ledger RENAME TO moves;
SELECT pg_temp.answer($$SELECT user_ops.refresh('owned')$$);
ALTER TABLE moves RENAME TO ledger;

-- tiers by the amounts of the source follow it when it is renamed
SELECT count(*) AS views FROM user_ops.create_tier_views('owned', 'events', 'u', 't', 'a', user_ops.make_tier_rules('{silver}', '{1}'));
ALTER TABLE events RENAME TO sales;
SELECT updated FROM user_ops.refresh('owned');
SELECT count(*) AS views FROM user_ops.create_points_views('owned', 'ledger', 'u', 'd', 'p');
SELECT count(*) AS differ FROM user_ops.verify('owned');
SELECT count(*) > 0 AS dropped FROM unnest('{owned,orgs}'::name[]) AS s, user_ops.drop_views(s);

-- The views of referral against recursive SQL over the events and the invitations: who brought whom, what those brought, and how many others each user brings.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set oracle :tests '/oracle/referral.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET client_min_messages = warning;
SET timezone = 'America/New_York';
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA referral_test;
SET search_path = referral_test;
-- 200 users of two organisations who come over half a year, buy, send back, or do nothing
CREATE TABLE events AS
SELECT u, timestamptz '2024-01-01 15:00Z' + (u * 37 % 180 + n * n * (3 + u % 5)) * interval '1 day' + n % 4 * interval '1 hour' AS t,
	CASE n % 4 WHEN 0 THEN NULL WHEN 3 THEN -1.25 ELSE round((5 + (u * 7 + n * 13) % 90)::numeric * 1.17, 2) END AS a, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 200) AS u, generate_series(0, (u * u) % 9) AS n WHERE u % 10 > 0;
-- in a zone where it is another day from 16:00Z on; some are invited twice, by themselves, in circles, by users who never came, or later than as_of. In the south users have the same numbers as in the north
CREATE TABLE invited AS
SELECT by, u, timestamptz '2024-01-01 15:30Z' + (u * 37 % 180 + u % 3) * interval '1 day' + u % 2 * interval '1 hour' AS t, org
FROM (SELECT u, greatest(1, u - 1 - u * 31 % 19) AS by, org FROM generate_series(2, 170) AS u, unnest('{north,south}'::text[]) AS org WHERE u % 7 > 0
	UNION ALL SELECT u, 1 + u * 41 % 220, 'north' FROM generate_series(1, 200, 3) AS u
	UNION ALL SELECT u, u + 2, 'south' FROM generate_series(1, 190, 4) AS u
	UNION ALL SELECT u, u, 'north' FROM generate_series(5, 50, 9) AS u) AS i;
INSERT INTO invited VALUES (NULL, 3, '2024-01-01Z', 'north'), (3, NULL, '2024-01-01Z', 'north'), (3, 4, NULL, 'north'), (3, 4, '-infinity', 'north'), (3, 4, 'infinity', 'north'), (8, 9, '2030-01-01Z', 'north');
\set days '(x.t AT TIME ZONE \'Asia/Shanghai\')::date'
CREATE VIEW done AS SELECT u, org, a, :days AS day FROM events AS x;
-- each organisation, and both as one
CREATE TABLE invitations AS
SELECT g.org AS graph, date '2024-07-01' AS as_of, by::bigint AS inviter, u::bigint AS invitee, :days AS day
FROM invited AS x JOIN (VALUES ('north'), ('south'), ('all')) AS g (org) ON g.org IN (x.org, 'all') WHERE isfinite(x.t);
\set ECHO none
\i :oracle
\set ECHO all
CREATE FUNCTION people(which text) RETURNS TABLE (u int, joined date, last_day date, revenue numeric, purchases bigint) LANGUAGE sql AS $$
	SELECT u, min(day), max(day), coalesce(sum(a), 0), count(*) FILTER (WHERE a >= 0) FROM done WHERE day < '2024-07-01' AND which IN (org, 'all') GROUP BY u
$$;
CREATE FUNCTION users_of(which text) RETURNS TABLE (user_id int, inviter int, invited_on date, root int, generation int, direct bigint, descendants bigint, cut boolean, revenue numeric, descendants_revenue numeric) LANGUAGE sql AS $$
	WITH RECURSIVE above (user_id, other) AS (
		SELECT user_id, inviter FROM oracle_tree WHERE graph = which AND inviter IS NOT NULL
		UNION ALL SELECT a.user_id, t.inviter FROM above AS a JOIN oracle_tree AS t ON t.graph = which AND t.user_id = a.other WHERE t.inviter IS NOT NULL)
	SELECT t.user_id, t.inviter, t.invited_on, t.root, t.generation, t.direct, t.descendants, t.cut, coalesce(p.revenue, 0), coalesce((SELECT sum(d.revenue) FROM above AS a JOIN people(which) AS d ON d.u = a.user_id WHERE a.other = t.user_id), 0)
	FROM oracle_tree AS t LEFT JOIN people(which) AS p ON p.u = t.user_id WHERE t.graph = which
$$;
CREATE FUNCTION generations_of(which text) RETURNS TABLE (generation int, users bigint, buyers bigint, revenue numeric, eligible_users bigint, retained_users bigint, retention_rate float8) LANGUAGE sql AS $$
	SELECT t.generation, count(*), count(*) FILTER (WHERE p.purchases > 0), coalesce(sum(p.revenue), 0), count(*) FILTER (WHERE p.joined <= '2024-06-01'), count(*) FILTER (WHERE p.joined <= '2024-06-01' AND p.last_day >= '2024-06-01'),
		count(*) FILTER (WHERE p.joined <= '2024-06-01' AND p.last_day >= '2024-06-01') / nullif(count(*) FILTER (WHERE p.joined <= '2024-06-01'), 0)::float8
	FROM oracle_tree AS t LEFT JOIN people(which) AS p ON p.u = t.user_id WHERE t.graph = which GROUP BY t.generation
$$;
CREATE FUNCTION months_of(which text, within_days int) RETURNS TABLE (cohort date, users bigint, inviters bigint, accepted bigint, k_factor float8, per_inviter float8, cycle_days float8, complete boolean) LANGUAGE sql AS $$
	WITH p AS (SELECT *, date_trunc('month', joined)::date AS month FROM people(which)),
	b AS (SELECT p.month, p.u, t.invited_on - p.joined AS days FROM p JOIN oracle_tree AS t ON t.graph = which AND t.inviter = p.u WHERE t.invited_on - p.joined BETWEEN 0 AND within_days - 1)
	SELECT p.month, count(*), (SELECT count(DISTINCT b.u) FROM b WHERE b.month = p.month), (SELECT count(*) FROM b WHERE b.month = p.month), (SELECT count(*) FROM b WHERE b.month = p.month) / count(*)::float8,
		(SELECT count(*) / nullif(count(DISTINCT b.u), 0)::float8 FROM b WHERE b.month = p.month), (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY b.days::float8) FROM b WHERE b.month = p.month),
		p.month + interval '1 month' - interval '1 day' + within_days * interval '1 day' <= timestamp '2024-07-01'
	FROM p GROUP BY p.month
$$;
-- What a schema has and the oracle not, or the other way round.
CREATE FUNCTION differs(schema text, which text, within_days int, tenant text DEFAULT NULL) RETURNS TABLE (about text, row_count bigint, differ bigint) LANGUAGE plpgsql AS $$
DECLARE
	ours text;
	theirs text;
BEGIN
	FOR about, theirs IN VALUES ('users', format('users_of(%L)', which)), ('generations', format('generations_of(%L)', which)), ('month', format('months_of(%L, %s)', which, within_days)) LOOP
		EXECUTE format('SELECT string_agg(quote_ident(attname), '', '' ORDER BY attnum) FROM pg_attribute WHERE attrelid = %L::regclass AND attnum > 0 AND attname <> ''org''', schema || '.referral_' || about) INTO ours;
		ours := format('SELECT %s FROM %s.referral_%s%s', ours, schema, about, CASE WHEN tenant IS NOT NULL THEN format(' WHERE org = %L', tenant) END);
		EXECUTE format('SELECT (SELECT count(*) FROM (%1$s) AS a), (SELECT count(*) FROM ((%1$s) EXCEPT ALL (SELECT * FROM %2$s)) AS a) + (SELECT count(*) FROM ((SELECT * FROM %2$s) EXCEPT ALL (%1$s)) AS a)', ours, theirs) INTO row_count, differ;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'r_shop', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', purchase_model => 'none');
SELECT * FROM user_ops.create_referral_views('r_shop', 'invited', 'by', 'u', 't');
SELECT * FROM differs('r_shop', 'all', 30);
SELECT max(generation) > 5 AS deep, bool_or(cut) AS circles, bool_or(descendants_revenue > 1000) AS much FROM r_shop.referral_users;
SELECT count(*) FROM user_ops.verify('r_shop');
-- 5 was invited at 16:30Z on the 8th, when it is the 9th there; 3 in a circle with 1, whose edge is the earlier one.
SELECT * FROM r_shop.referral_users WHERE user_id IN (1, 3, 5, 6) ORDER BY user_id;
SELECT * FROM r_shop.referral_month ORDER BY cohort;
-- On the spot, with tenants, and both; other windows. A tenant has the rows that it would have if there were no other.
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'r_live', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', stored => false, purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'r_orgs', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', tenant => 'org', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'r_both', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', tenant => 'org', stored => false, purchase_model => 'none');
SELECT schema, count(*) FROM unnest('{r_live,r_orgs,r_both}'::name[]) AS schema, user_ops.create_referral_views(schema, 'invited', 'by', 'u', 't', within_days => 9) GROUP BY schema ORDER BY schema;
SELECT d.* FROM differs('r_live', 'all', 9) AS d;
SELECT schema, org, d.* FROM unnest('{r_orgs,r_both}'::text[]) AS schema, unnest('{north,south}'::text[]) AS org, differs(schema, org, 9, org) AS d ORDER BY schema, org, about;
-- A refresh brings what was invited since; of the same invitations in another order the same is stored.
CREATE TABLE before AS SELECT referrals FROM r_shop.referral_states;
INSERT INTO invited VALUES (1, 777, '2024-06-01Z', 'north');
SELECT result FROM (SELECT user_ops.refresh('r_shop') IS NOT NULL AS result) AS r;
SELECT user_id, inviter, revenue, descendants_revenue FROM r_shop.referral_users WHERE user_id = 777;
DELETE FROM invited WHERE u = 777;
CREATE TABLE again AS SELECT * FROM invited ORDER BY t, u, by;
TRUNCATE invited; INSERT INTO invited TABLE again;
SELECT result FROM (SELECT user_ops.refresh('r_shop') IS NOT NULL AS result) AS r;
SELECT b.referrals OPERATOR(user_ops.=) s.referrals AS same FROM before AS b, r_shop.referral_states AS s;
-- Without amounts the columns are there, and empty; ids of type uuid are users as they are; without an invitation there is nothing but the months.
CREATE VIEW known AS SELECT md5(u::text)::uuid AS id, t::date AS day FROM events;
CREATE TABLE by_id AS SELECT md5(by::text)::uuid AS by, md5(u::text)::uuid AS id, t::date AS day FROM invited WHERE isfinite(t);
SELECT count(*) FROM user_ops.create_views('known', 'id', 'day', target_schema => 'r_ids', as_of => '2024-07-01', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_referral_views('r_ids', 'by_id', 'by', 'id', 'day');
SELECT count(*), count(root) AS roots, pg_typeof(min(inviter::text)::uuid) AS type, count(revenue) + count(descendants_revenue) AS amounts FROM r_ids.referral_users;
SELECT generation, users > 0 AS users, buyers, revenue, eligible_users > 0 AS eligible FROM r_ids.referral_generations ORDER BY generation LIMIT 1;
SELECT sum(users), sum(accepted) > 20 AS accepted FROM r_ids.referral_month;
TRUNCATE by_id;
SELECT result FROM (SELECT user_ops.refresh('r_ids') IS NOT NULL AS result) AS r;
SELECT (SELECT count(*) FROM r_ids.referral_states) AS states, (SELECT count(*) FROM r_ids.referral_users) AS users, (SELECT count(*) FROM r_ids.referral_generations) AS generations, sum(accepted) AS accepted, bool_or(per_inviter IS NOT NULL OR cycle_days IS NOT NULL) AS any FROM r_ids.referral_month;
-- Errors, and how to drop it.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT user_ops.create_referral_views(''nowhere'', ''invited'', ''by'', ''u'', ''t'')'), ('SELECT user_ops.create_referral_views(''referral_test'', ''invited'', ''by'', ''u'', ''t'')'), ('SELECT user_ops.create_referral_views(NULL, ''invited'', ''by'', ''u'', ''t'')'),
	('SELECT user_ops.create_referral_views(''r_shop'', ''invited'', NULL, ''u'', ''t'')'), ('SELECT user_ops.create_referral_views(''r_shop'', ''invited'', ''by'', ''who'', ''t'')'), ('SELECT user_ops.create_referral_views(''r_shop'', ''invited'', ''org'', ''u'', ''t'')'),
	('SELECT user_ops.create_referral_views(''r_shop'', ''invited'', ''by'', ''u'', ''org'')'), ('SELECT user_ops.create_referral_views(''r_shop'', ''invited'', ''by'', ''u'', ''t'', 0)'), ('SELECT user_ops.create_referral_views(''r_orgs'', ''by_id'', ''by'', ''id'', ''day'')')) AS v (q);
DROP TABLE by_id;
SELECT pg_temp.answer('SELECT user_ops.refresh(''r_ids'')') AS answer;
SELECT user_ops.drop_addon('r_ids', 'referral');
SELECT to_regclass('r_ids.referral_users') IS NULL AS gone, to_regclass('r_ids.referral_states') IS NULL AS table_gone;
SELECT count(*) FROM user_ops.refresh('r_ids');
SELECT count(*) FROM unnest('{r_shop,r_live,r_orgs,r_both,r_ids}'::name[]) AS schema, user_ops.drop_views(schema);
DROP SCHEMA referral_test CASCADE;

-- The views of tiers against a life of each user, day by day, in plain SQL (test/oracle/tiers.sql), over growth in a table of its own and over the amounts of the events.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set oracle :tests '/oracle/tiers.sql'
\set ECHO none
\i :helpers
\i :oracle
\set ECHO all
SET client_min_messages = warning;
SET timezone = 'America/New_York';
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA tier_test;
SET search_path = tier_test;
-- 40 users who buy and send back over 150 days, in a zone where it is another day from 16:00Z on
CREATE TABLE events AS
SELECT u, timestamptz '2024-01-01 09:00Z' + (n::bigint * n * (7 + u % 5) + u * 13) % 150 * interval '1 day' + n % 4 * interval '3 hours' AS t,
	CASE n % 5 WHEN 0 THEN NULL WHEN 3 THEN CASE WHEN u % 3 = 0 THEN -4.25 END ELSE round((5 + (u * 7 + n * 13) % 40)::numeric * 1.17, 2) END AS a, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 40) AS u, generate_series(0, (u * u) % 13) AS n;
-- their growth, and that of some who never came; rows that do not count, and such of as_of and later
CREATE TABLE points AS
SELECT u::bigint AS who, t + interval '1 hour' AS at, CASE WHEN a < 0 THEN a * 2 ELSE round(a * 1.5, 1) END AS growth, org FROM events WHERE a IS NOT NULL
UNION ALL SELECT 100 + n, timestamptz '2024-02-01 15:30Z' + n * interval '20 hours', 20 * n, (ARRAY['north', 'south'])[1 + n % 2] FROM generate_series(1, 6) AS n
UNION ALL SELECT * FROM (VALUES (NULL::bigint, timestamptz '2024-02-01Z', 99::numeric, 'north'), (1, NULL, 99, 'south'), (1, 'infinity', 99, 'south'), (1, '2024-02-01Z', NULL, 'south'), (1, '2024-02-01Z', 'NaN', 'south'),
	(2, '2024-02-01Z', 0.0000000004, 'north'), (3, '2024-05-31 17:00Z', 500, 'south'), (4, '2024-08-01Z', 500, 'north')) AS v;
-- What is to come out: each user's changes and state, of growth by day.
CREATE TABLE asked (id int, names text[], theirs oracle.tier_rules, ours text);
INSERT INTO asked VALUES
	(1, '{silver,gold,platinum}', ROW('{60,120,250}', 40, 60, NULL, NULL, 10, 'to_qualified'), $$user_ops.make_tier_rules('{silver,gold,platinum}', '{60,120,250}', 40, 60, grace_days => 10)$$),
	(2, '{one,two}', ROW('{30,90.5}', 30, NULL, 'month', 'month', 0, 'one_step'), $$user_ops.make_tier_rules('{one,two}', '{30,90.5}', 30, window_period => 'month', round_up => 'month', downgrade => 'one_step')$$),
	(3, '{member}', ROW('{40}', NULL, NULL, NULL, NULL, 0, 'never'), $$user_ops.make_tier_rules('{member}', '{40}', NULL, downgrade => 'never')$$);
CREATE TABLE daily (of text, org text, u bigint, day date, value numeric);
CREATE TABLE changes (of text, id int, org text, u bigint, n bigint, from_day date, tier int, reason text);
CREATE TABLE held (of text, id int, org text, u bigint, tier int, since date, valid_until date, in_grace boolean, growth_value numeric, to_next numeric, keeps boolean);
CREATE FUNCTION live(as_of date) RETURNS void LANGUAGE plpgsql SET search_path = tier_test AS $$
DECLARE
	person record;
BEGIN
	TRUNCATE daily, changes, held;
	INSERT INTO daily SELECT 'points', org, who, (at AT TIME ZONE 'Asia/Shanghai')::date, sum(round(growth, 9)) FROM points WHERE who IS NOT NULL AND isfinite(at) AND growth <> 'NaN' GROUP BY 2, 3, 4
		UNION ALL SELECT 'events', org, u, (t AT TIME ZONE 'Asia/Shanghai')::date, sum(a) FROM events WHERE a IS NOT NULL GROUP BY 2, 3, 4;
	CREATE TEMP TABLE growth (day date, value numeric);
	FOR person IN SELECT DISTINCT d.of, d.org, d.u FROM daily AS d LOOP
		TRUNCATE growth;
		INSERT INTO growth SELECT d.day, d.value FROM daily AS d WHERE (d.of, d.org, d.u) = (person.of, person.org, person.u) AND d.day < as_of;
		INSERT INTO changes SELECT person.of, q.id, person.org, person.u, h.n, h.from_day, h.tier, h.reason FROM asked AS q, oracle.tier_history(q.theirs, as_of) WITH ORDINALITY AS h (from_day, tier, reason, valid_until, since, n);
		INSERT INTO held SELECT person.of, q.id, person.org, person.u, t.*, (SELECT h.reason = 'renew' FROM oracle.tier_history(q.theirs, t.valid_until) AS h WHERE h.from_day = t.valid_until) FROM asked AS q, oracle.tier(q.theirs, as_of) AS t;
	END LOOP;
	DROP TABLE pg_temp.growth;
END $$;
SELECT live('2024-06-01');
SELECT of, id, count(*) AS users, count(*) FILTER (WHERE tier > 0) AS held, count(*) FILTER (WHERE in_grace) AS in_grace, count(*) FILTER (WHERE keeps) AS keep, count(DISTINCT valid_until) AS due FROM held GROUP BY 1, 2 ORDER BY 1, 2;
SELECT id, reason, count(*) FROM changes WHERE of = 'points' GROUP BY 1, 2 ORDER BY 1, 2;
-- The views of a schema that differ from that, in rows, of how many; org: of a tenant.
CREATE FUNCTION differ(schema_name text, of text, id int, as_of date, by_org boolean DEFAULT false) RETURNS TABLE (view_name text, differ bigint, rows bigint) LANGUAGE plpgsql AS $$
DECLARE
	org text := CASE WHEN by_org THEN 'org' ELSE 'NULL::text AS org' END;
	answer text;
	spent text := CASE WHEN schema_name LIKE '%no_amounts' THEN 'max(NULL::numeric)' ELSE 'coalesce(sum(e.a), 0)' END;
BEGIN
	CREATE TEMP TABLE names AS SELECT q.names FROM asked AS q WHERE q.id = differ.id;
	CREATE TEMP TABLE h AS SELECT CASE WHEN by_org THEN k.org END AS org, k.u, k.tier, (SELECT names FROM names)[k.tier] AS tier_name, k.since, k.valid_until, k.in_grace, k.growth_value, (SELECT names FROM names)[k.tier + 1] AS next_tier,
		k.to_next, k.valid_until - as_of AS days_left, k.keeps FROM held AS k WHERE k.of = differ.of AND k.id = differ.id;
	CREATE TEMP TABLE c AS SELECT CASE WHEN by_org THEN k.org END AS org, k.u, k.n, k.from_day, k.reason, k.tier FROM changes AS k WHERE k.of = differ.of AND k.id = differ.id;
	FOR view_name, answer IN VALUES
		('tier_users (' || org || ', user_id::bigint, tier, tier_name, since, valid_until, in_grace, growth_value, next_tier, to_next, days_left, will_keep)', 'SELECT * FROM h'),
		('tier_counts (' || org || ', tier, tier_name, users, round(share::numeric, 9), revenue)',
			format('SELECT o.org, l.tier::int, (SELECT names FROM names)[l.tier], count(h.u), round(count(h.u) / nullif(sum(count(h.u)) OVER (PARTITION BY o.org), 0), 9), (SELECT %s FROM tier_test.events AS e WHERE (e.t AT TIME ZONE ''Asia/Shanghai'')::date < %L AND e.u IN (SELECT i.u FROM h AS i WHERE i.tier = l.tier AND i.org IS NOT DISTINCT FROM o.org))
				FROM (SELECT DISTINCT org FROM h) AS o CROSS JOIN generate_series(0, (SELECT cardinality(names) FROM names)) AS l (tier) LEFT JOIN h ON h.tier = l.tier AND h.org IS NOT DISTINCT FROM o.org GROUP BY o.org, l.tier', spent, as_of)),
		('tier_moves_month (' || org || ', month, reason, old_tier, new_tier, users, complete)',
			format('SELECT org, month, reason, (SELECT names FROM names)[was], (SELECT names FROM names)[tier], count(DISTINCT u), (month + interval ''1 month'') <= %L FROM (SELECT *, date_trunc(''month'', from_day)::date AS month, lag(tier) OVER (PARTITION BY u, org ORDER BY n) AS was FROM c) AS m GROUP BY 1, 2, 3, 4, 5', as_of)),
		('tier_due (' || org || ', valid_until, tier_name, users, will_keep)', 'SELECT org, valid_until, tier_name, count(*), count(*) FILTER (WHERE keeps) FROM h WHERE valid_until IS NOT NULL GROUP BY 1, 2, 3')
	LOOP
		EXECUTE format('WITH ours AS MATERIALIZED (SELECT %s FROM %I.%s), theirs AS MATERIALIZED (%s)
			SELECT (SELECT count(*) FROM (TABLE ours EXCEPT ALL TABLE theirs) AS d) + (SELECT count(*) FROM (TABLE theirs EXCEPT ALL TABLE ours) AS d), (SELECT count(*) FROM theirs)',
			regexp_replace(substr(view_name, strpos(view_name, ' (') + 2), '[)]$', ''), schema_name, split_part(view_name, ' ', 1), answer) INTO differ, rows;
		view_name := split_part(view_name, ' ', 1);
		RETURN NEXT;
	END LOOP;
	DROP TABLE pg_temp.names, pg_temp.h, pg_temp.c;
END $$;
-- Growth in a table of its own, beside events with amounts, without them, on the spot, and for each tenant.
SELECT count(*) > 0 AS made FROM (VALUES ('stored', true, 'a', NULL), ('live', false, 'a', NULL), ('no_amounts', true, NULL, NULL), ('tenants', true, 'a', 'org'), ('live_tenants', false, 'a', 'org')) AS v (name, stored, amount, tenant),
	user_ops.create_views('events', 'u', 't', amount, name, time_zone => 'Asia/Shanghai', as_of => '2024-06-01', stored => stored, purchase_model => 'none', tenant => tenant);
CREATE FUNCTION make(schema_name text, of text, id int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	made text;
BEGIN
	EXECUTE format('SELECT string_agg(split_part(object, ''.'', 2), '' '') FROM user_ops.create_tier_views(%L, %s, %s)', schema_name,
		CASE of WHEN 'points' THEN $q$'points', 'who', 'at', 'growth'$q$ ELSE $q$'events', 'u', 't', 'a'$q$ END, (SELECT q.ours FROM asked AS q WHERE q.id = make.id)) INTO made;
	RETURN made;
END $$;
SELECT s, id, make(s, 'points', id), d.* FROM unnest('{stored,live,no_amounts}'::text[]) AS s, generate_series(1, 3) AS id, LATERAL differ(CASE WHEN make(s, 'points', id) > '' THEN s END, 'points', id, '2024-06-01') AS d;
SELECT s, id, d.* FROM unnest('{tenants,live_tenants}'::text[]) AS s, generate_series(1, 2) AS id, LATERAL differ(CASE WHEN make(s, 'points', id) > '' THEN s END, 'points', id, '2024-06-01', true) AS d;
-- Growth that is the amount of the events: nothing more is stored, and what was is gone.
SELECT s, make(s, 'events', 1), to_regclass(s || '.growth') AS stored, d.* FROM unnest('{stored,live}'::text[]) AS s, LATERAL differ(CASE WHEN make(s, 'events', 1) > '' THEN s END, 'events', 1, '2024-06-01') AS d;
SELECT d.* FROM differ(CASE WHEN make('tenants', 'events', 2) > '' THEN 'tenants' END, 'events', 2, '2024-06-01', true) AS d;
-- Of a schema without amounts it is not, nor of other columns.
SELECT make('no_amounts', 'events', 1);
SELECT count(*) FROM no_amounts.growth;
SELECT d.* FROM differ('no_amounts', 'events', 1, '2024-06-01') AS d;

-- Rows come and go: refresh takes both; another as_of moves all that is due.
SELECT make('stored', 'points', 1);
DELETE FROM points WHERE who % 7 = 1;
INSERT INTO points SELECT who, at + interval '9 days', growth * 3, org FROM points WHERE who % 5 = 2 AND isfinite(at);
INSERT INTO points VALUES (200, '2024-05-01Z', 61, 'north');
SELECT count(*) > 0 AS refreshed FROM user_ops.refresh('stored');
SELECT live('2024-06-01');
SELECT d.* FROM differ('stored', 'points', 1, '2024-06-01') AS d;
SELECT v.* FROM user_ops.verify('stored') AS v;
-- A schema made again keeps them
SELECT live('2024-04-11');
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'stored', time_zone => 'Asia/Shanghai', as_of => '2024-04-11', purchase_model => 'none');
SELECT d.* FROM differ('stored', 'points', 1, '2024-04-11') AS d;
-- One user costs one user
SET enable_seqscan = off;
SELECT bool_or(plan ~ 'Index Scan using growth_pkey on growth g [(]actual rows=1 loops=1[)]') AS one FROM pg_temp.rows_seen('SELECT tier_name, will_keep FROM stored.tier_users WHERE user_id = 17') AS plan;
RESET enable_seqscan;
-- The changed amount column makes growth another one than that of the activities.
SELECT make('stored', 'events', 1) IS NOT NULL AS made;
SELECT pg_temp.problem($$SELECT user_ops.create_views('events', 'u', 't', NULL, 'stored', time_zone => 'Asia/Shanghai', as_of => '2024-04-11', purchase_model => 'none')$$);
SELECT * FROM user_ops.addons('stored');
SELECT * FROM user_ops.drop_addon('stored', 'tiers');
-- A schema that is not there is made over the same table.
SELECT make('fresh', 'points', 3);
SELECT count(*) AS users, sum(growth_value) AS growth FROM fresh.tier_users;
SELECT tier, tier_name, users, revenue FROM fresh.tier_counts ORDER BY tier;
-- Nobody with growth.
CREATE TABLE empty (LIKE points);
SELECT count(*) FROM user_ops.create_tier_views('stored', 'empty', 'who', 'at', 'growth', user_ops.make_tier_rules('{a}', '{1}'));
SELECT (SELECT count(*) FROM stored.tier_users) AS users, (SELECT count(*) FROM stored.tier_moves_month) AS moves, (SELECT count(*) FROM stored.tier_due) AS due;
TABLE stored.tier_counts ORDER BY tier;
-- Growth of other types, and a table of days.
CREATE TABLE other (who text, day date, f double precision, i int);
INSERT INTO other VALUES ('1', '2024-02-01', 0.1, 60), ('1', '2024-02-02', 0.2, 1), ('2', '2024-02-01', 'NaN', 5);
CREATE VIEW others AS SELECT who::bigint, day, f, i, f::text AS words FROM other;
SELECT count(*) FROM user_ops.create_tier_views('stored', 'others', 'who', 'day', 'f', user_ops.make_tier_rules('{a}', '{0.3}', NULL));
SELECT user_id, growth_value, tier_name FROM stored.tier_users ORDER BY 1;
SELECT count(*) FROM user_ops.create_tier_views('stored', 'others', 'who', 'day', 'i', user_ops.make_tier_rules('{a}', '{6}', NULL));
SELECT user_id, growth_value, tier_name FROM stored.tier_users ORDER BY 1;
-- What cannot be
SELECT call, pg_temp.problem('SELECT user_ops.create_tier_views(' || call || ')')
FROM unnest(ARRAY[$$'stored', NULL, 'who', 'at', 'growth', user_ops.make_tier_rules('{a}', '{1}')$$, $$'stored', 'points', 'who', 'at', 'growth', NULL$$, $$NULL, 'points', 'who', 'at', 'growth', user_ops.make_tier_rules('{a}', '{1}')$$,
	$$'stored', 'points', 'nobody', 'at', 'growth', user_ops.make_tier_rules('{a}', '{1}')$$, $$'stored', 'points', 'who', 'org', 'growth', user_ops.make_tier_rules('{a}', '{1}')$$, $$'stored', 'points', 'who', 'at', 'org', user_ops.make_tier_rules('{a}', '{1}')$$,
	$$'stored', 'other', 'who', 'day', 'f', user_ops.make_tier_rules('{a}', '{1}')$$, $$'stored', 'others', 'who', 'day', 'words', user_ops.make_tier_rules('{a}', '{1}')$$, $$'public', 'points', 'who', 'at', 'growth', user_ops.make_tier_rules('{a}', '{1}')$$,
	$$'tenants', 'others', 'who', 'day', 'i', user_ops.make_tier_rules('{a}', '{1}')$$]) AS call;
SELECT count(*) > 0 AS dropped FROM unnest('{stored,live,no_amounts,tenants,live_tenants,fresh}'::name[]) AS s, user_ops.drop_views(s);
DROP SCHEMA tier_test, oracle CASCADE;

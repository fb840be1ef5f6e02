-- The views of identity against recursive SQL over the logins, and activities by person against those of ids, rolled up by canonical id.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set oracle :tests '/oracle/identity.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET client_min_messages = warning;
SET timezone = 'America/New_York';
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA identity_test;
SET search_path = identity_test;
-- Logins of 120 devices and 80 users of two organisations, in the north some of them twice; a device of everybody, junk, and what is no login. It is another day from 16:00Z on.
CREATE TABLE logins AS
SELECT 'd' || d AS device, CASE WHEN d % 4 = 0 THEN (d * 7 + n) % 80 ELSE d % 80 END AS customer, timestamptz '2024-01-01 15:30Z' + (d * 37 + n * 53) % 150 * interval '1 day' + d % 2 * interval '1 hour' AS t, (ARRAY['north', 'south'])[1 + d % 2] AS org
FROM generate_series(1, 120) AS d, generate_series(0, d % 3) AS n;
INSERT INTO logins SELECT 'kiosk', u, timestamptz '2024-02-01Z' + u * interval '1 day', 'north' FROM generate_series(1, 40) AS u;
INSERT INTO logins SELECT 'null', u, '2024-02-01Z', 'south' FROM generate_series(1, 80, 3) AS u;
INSERT INTO logins SELECT device, customer, t + interval '1 day', 'south' FROM logins WHERE org = 'north' AND customer % 3 = 0;
INSERT INTO logins VALUES (NULL, 3, '2024-01-01Z', 'north'), ('d3', NULL, '2024-01-01Z', 'north'), ('d3', 4, NULL, 'north'), ('d3', 4, '-infinity', 'north'), ('d3', 4, 'infinity', 'north'), ('d9', 9, '2030-01-01Z', 'north'), (repeat('x', 256), 9, '2024-01-01Z', 'north');
-- What people did: of most rows only the device is known. Devices and users have ids that are alike, too.
CREATE TABLE visits AS
SELECT CASE WHEN n % 9 <> 8 THEN CASE WHEN u % 11 = 0 THEN 'kiosk' WHEN u % 17 = 0 THEN u::text ELSE 'd' || u END END AS device, CASE WHEN n % 3 = 0 THEN u % 90 END AS customer,
	timestamptz '2024-01-01 15:00Z' + (u * 37 % 150 + n * n * (2 + u % 5)) * interval '1 day' + n % 4 * interval '1 hour' AS t, CASE n % 4 WHEN 0 THEN NULL WHEN 3 THEN -1.25 ELSE round((5 + (u * 7 + n * 13) % 90)::numeric * 1.17, 2) END AS amount, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 140) AS u, generate_series(0, (u * u) % 8) AS n;
INSERT INTO visits VALUES ('null', NULL, '2024-03-01Z', 5, 'south'), (NULL, NULL, '2024-03-01Z', 5, 'south'), ('null', 7, '2024-03-01Z', 5, 'south');
-- The oracle asks of each organisation, and of both as one.
CREATE SCHEMA identity_oracle;
CREATE TABLE identity_oracle.logins (graph text, a text COLLATE "C", u bigint, day date);
CREATE TABLE identity_oracle.questions (graph text, as_of date, mode user_ops.identity_mode, max_users int, max_ids int);
SET search_path = identity_oracle;
\set ECHO none
\i :oracle
\set ECHO all
SET search_path = identity_test;
CREATE FUNCTION ask(mode text, max_users int, max_ids int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	TRUNCATE identity_oracle.logins, identity_oracle.questions;
	INSERT INTO identity_oracle.logins
	SELECT g.org, device, customer, (t AT TIME ZONE 'Asia/Shanghai')::date FROM logins AS x JOIN (VALUES ('north'), ('south'), ('all')) AS g (org) ON g.org IN (x.org, 'all') WHERE isfinite(t) AND device <> 'null' AND octet_length(device) <= 255;
	INSERT INTO identity_oracle.questions SELECT g, '2024-06-01', mode::user_ops.identity_mode, max_users, max_ids FROM unnest('{north,south,all}'::text[]) AS g;
	FOREACH name IN ARRAY '{pairs,shared,kept,owners,reached,components,persons,oracle_map,oracle_suspects,oracle_counts}'::text[] LOOP
		EXECUTE format('REFRESH MATERIALIZED VIEW identity_oracle.%I', name);
	END LOOP;
END $$;
-- What a schema has and the oracle not, or the other way round.
CREATE FUNCTION differs(schema text, which text, tenant text DEFAULT NULL) RETURNS TABLE (about text, row_count bigint, differ bigint) LANGUAGE plpgsql AS $$
DECLARE
	ours text;
	theirs text;
BEGIN
	FOREACH about IN ARRAY '{map,counts,suspects}'::text[] LOOP
		SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO ours FROM pg_attribute WHERE attrelid = format('%I.%I', schema, 'identity_' || about)::regclass AND attnum > 0 AND attname NOT IN ('org', 'excluded_logins');
		theirs := format('SELECT %s FROM identity_oracle.oracle_%s WHERE graph = %L', ours, about, which);
		ours := format('SELECT %s FROM %I.identity_%s%s', ours, schema, about, CASE WHEN tenant IS NOT NULL THEN format(' WHERE org = %L', tenant) END);
		EXECUTE format('SELECT (SELECT count(*) FROM (%1$s) AS a), (SELECT count(*) FROM ((%1$s) EXCEPT ALL (%2$s)) AS a) + (SELECT count(*) FROM ((%2$s) EXCEPT ALL (%1$s)) AS a)', ours, theirs) INTO row_count, differ;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT count(*) FROM user_ops.create_views('visits', 'customer', 't', 'amount', target_schema => 'i_shop', time_zone => 'Asia/Shanghai', as_of => '2024-06-01', purchase_model => 'none');
SELECT * FROM user_ops.create_identity_views('i_shop', 'logins', 'device', 'customer', 't', identity_exclude => '{null}');
SELECT FROM ask('last', 3, 50);
SELECT * FROM differs('i_shop', 'all');
SELECT * FROM i_shop.identity_counts;
SELECT * FROM i_shop.identity_suspects LIMIT 3;
SELECT kind, id, canonical_id, status FROM i_shop.identity_map WHERE id IN ('kiosk', 'd4', 'd9', 'null', '4') ORDER BY kind, id;
SELECT (SELECT count(*) FROM i_shop.identity_merges) AS merges, (SELECT count(*) FROM user_ops.verify('i_shop')) AS differences;
-- On the spot, with tenants, and both, in the other modes. A tenant has the rows that it would have if there were no other.
SELECT count(*) FROM user_ops.create_views('visits', 'customer', 't', target_schema => 'i_live', time_zone => 'Asia/Shanghai', as_of => '2024-06-01', stored => false, purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('visits', 'customer', 't', target_schema => 'i_orgs', time_zone => 'Asia/Shanghai', as_of => '2024-06-01', tenant => 'org', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_views('visits', 'customer', 't', target_schema => 'i_both', time_zone => 'Asia/Shanghai', as_of => '2024-06-01', tenant => 'org', stored => false, purchase_model => 'none');
SELECT schema, count(*) FROM unnest('{i_live,i_orgs,i_both}'::name[]) AS schema, user_ops.create_identity_views(schema, 'logins', 'device', 'customer', 't', mode => 'components', max_users => 2, max_ids => 4, identity_exclude => '{null}') GROUP BY schema ORDER BY schema;
SELECT FROM ask('components', 2, 4);
SELECT * FROM differs('i_live', 'all');
SELECT schema, org, d.* FROM unnest('{i_orgs,i_both}'::text[]) AS schema, unnest('{north,south}'::text[]) AS org, differs(schema, org, org) AS d ORDER BY schema, org, about;
SELECT org, shared_devices > 1 AS shared, over_merged > 0 AS over, largest > 4 AS large, persons < user_ids AS united, excluded_logins FROM i_orgs.identity_counts ORDER BY org;
--
-- What moved. Logins of the last week come to an end: devices change hands, and components meet.
--
CREATE TABLE before AS SELECT 'i_shop' AS schema, NULL AS org, kind, id, canonical_id FROM i_shop.identity_map UNION ALL SELECT 'i_orgs', org, kind, id, canonical_id FROM i_orgs.identity_map;
INSERT INTO logins SELECT 'd' || d, (d * 11) % 80, '2024-05-30Z', (ARRAY['north', 'south'])[1 + d % 2] FROM generate_series(1, 120, 5) AS d;
INSERT INTO logins VALUES ('brand new', 5, '2024-05-30Z', 'north'), ('d8', 5, '2024-06-01 16:00Z', 'north');
DELETE FROM logins WHERE device = 'd119';
SELECT count(*) FROM user_ops.verify('i_shop');
SELECT schema, as_of FROM unnest('{i_shop,i_orgs}'::name[]) AS schema, user_ops.refresh(schema);
SELECT FROM ask('components', 2, 4);
SELECT org, d.* FROM unnest('{north,south}'::text[]) AS org, differs('i_orgs', org, org) AS d ORDER BY org, about;
SELECT FROM ask('last', 3, 50);
SELECT * FROM differs('i_shop', 'all');
CREATE VIEW after AS SELECT 'i_shop' AS schema, NULL AS org, kind, id, canonical_id FROM i_shop.identity_map UNION ALL SELECT 'i_orgs', org, kind, id, canonical_id FROM i_orgs.identity_map;
CREATE VIEW moved AS
SELECT a.schema, a.org, b.canonical_id AS old_canonical, a.canonical_id AS new_canonical, count(*) AS ids FROM before AS b JOIN after AS a ON (a.schema, a.kind, a.id) = (b.schema, b.kind, b.id) AND a.org IS NOT DISTINCT FROM b.org
WHERE a.canonical_id IS DISTINCT FROM b.canonical_id GROUP BY 1, 2, 3, 4;
CREATE VIEW merges AS SELECT 'i_shop' AS schema, NULL AS org, old_canonical, new_canonical, ids FROM i_shop.identity_merges UNION ALL SELECT 'i_orgs', org, old_canonical, new_canonical, ids FROM i_orgs.identity_merges;
SELECT schema, count(*) > 5 AS many, sum(ids) > 5 AS ids FROM merges GROUP BY schema ORDER BY schema;
SELECT count(*) AS differ FROM ((TABLE moved EXCEPT ALL TABLE merges) UNION ALL (TABLE merges EXCEPT ALL TABLE moved)) AS d;
-- Who was a person is still found: each old canonical id is an id of the map, which says who it is now.
SELECT count(*) AS old, count(m.canonical_id) AS found FROM i_orgs.identity_merges AS x LEFT JOIN i_orgs.identity_map AS m ON m.org = x.org AND m.kind = 'user' AND m.id = x.old_canonical WHERE x.old_canonical IS NOT NULL;
-- A refresh that finds nothing writes nothing: rows of the map stay where they are.
CREATE TABLE places AS SELECT ctid AS place, id FROM i_shop.identity_ids;
SELECT count(*) FROM user_ops.refresh('i_shop');
SELECT count(*) > 100 AS many, bool_and(p.place = m.ctid) AS same FROM places AS p JOIN i_shop.identity_ids AS m USING (id);
SELECT count(*) AS merges FROM i_shop.identity_merges GROUP BY refreshed_at;
SELECT count(*) FROM user_ops.verify('i_shop');
--
-- Activities by person.
--
SELECT user_ops.create_person_view('"by person"', 'visits', 'device', 'customer', 'logins', 't', identity_exclude => '{null}', time_zone => 'Asia/Shanghai', as_of => '2024-06-01');
SELECT user_ops.create_person_view('identity_test.united', 'visits', 'device', 'customer', 'logins', 't', mode => 'components', max_users => 2, max_ids => 4, identity_exclude => '{null}', time_zone => 'Asia/Shanghai', as_of => '2024-06-01');
SELECT user_ops.create_person_view('by_org', 'visits', 'device', 'customer', 'logins', 't', mode => 'components', max_users => 2, max_ids => 4, identity_exclude => '{null}', tenant => 'org', time_zone => 'Asia/Shanghai', as_of => '2024-06-01', person_id => 'who');
-- The same by ids, as they are.
CREATE VIEW by_id AS SELECT user_ops.person_id(customer::text, nullif(device, 'null')) AS id, v.* FROM visits AS v;
SELECT schema, count(*) FROM (VALUES ('p_ids', 'by_id', 'id', NULL::name), ('p_last', '"by person"', 'person_id', NULL), ('p_united', 'united', 'person_id', NULL), ('p_orgs_ids', 'by_id', 'id', 'org'), ('p_orgs', 'by_org', 'who', 'org')) AS v (schema, source, id, tenant),
	user_ops.create_views(source::regclass, id, 't', 'amount', target_schema => schema, time_zone => 'Asia/Shanghai', as_of => '2024-06-01', tenant => tenant, purchase_model => 'none') GROUP BY schema ORDER BY schema;
-- rollup(activity) GROUP BY canonical id of the activities of ids: the person of a user, or of a device that is somebody's; else who it is.
CREATE FUNCTION rolled_up(which text) RETURNS TABLE (user_id text, activity user_ops.activity) LANGUAGE sql SET search_path = identity_test, user_ops AS $$
	SELECT CASE WHEN m.canonical_id IS NULL THEN i.user_id ELSE person_id(m.canonical_id) END, rollup(i.activity)
	FROM (SELECT user_id, activity FROM p_ids.activity WHERE which = 'all' UNION ALL SELECT user_id, activity FROM p_orgs_ids.activity WHERE org = which) AS i
	LEFT JOIN identity_oracle.oracle_map AS m ON m.graph = which AND CASE m.kind WHEN 'user' THEN person_id(m.id) ELSE person_id(NULL, m.id) END = i.user_id GROUP BY 1
$$;
CREATE FUNCTION unlike(ours text, which text) RETURNS TABLE (persons bigint, differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT count(*), count(*) FILTER (WHERE NOT coalesce(o.activity OPERATOR(user_ops.=) r.activity, false)) FROM (%s) AS o FULL JOIN rolled_up(%L) AS r USING (user_id)', ours, which);
END $$;
SELECT * FROM unlike('SELECT user_id, activity FROM p_last.activity', 'all');
SELECT FROM ask('components', 2, 4);
SELECT * FROM unlike('SELECT user_id, activity FROM p_united.activity', 'all');
SELECT org, u.* FROM unnest('{north,south}'::text[]) AS org, unlike(format('SELECT user_id, activity FROM p_orgs.activity WHERE org = %L', org), org) AS u;
SELECT (SELECT count(*) FROM p_ids.activity) AS ids, (SELECT count(*) FROM p_last.activity) AS last, (SELECT count(*) FROM p_united.activity) AS components, (SELECT count(*) FROM p_orgs.activity) AS of_orgs;
-- A device and a user of one name are two; the kiosk is its own; a row of nobody is left out.
SELECT user_id, events FROM p_last.users WHERE user_id IN ('34', 'anonymous 34', 'anonymous kiosk', 'anonymous null') ORDER BY user_id;
-- Logins change who is one person: the next refresh has it, and verifies, though no row of the visits changed.
INSERT INTO logins SELECT 'd' || d, (d * 13) % 80, '2024-05-31Z', (ARRAY['north', 'south'])[1 + d % 2] FROM generate_series(1, 140, 3) AS d;
SELECT count(*) > 5 AS due FROM user_ops.verify('p_last');
SELECT schema, inserted + updated + deleted > 5 AS changed FROM unnest('{p_last,p_united,p_orgs}'::name[]) AS schema, user_ops.refresh(schema);
SELECT count(*) FROM user_ops.verify('p_last');
SELECT FROM ask('last', 3, 50);
SELECT * FROM unlike('SELECT user_id, activity FROM p_last.activity', 'all');
SELECT FROM ask('components', 2, 4);
SELECT * FROM unlike('SELECT user_id, activity FROM p_united.activity', 'all');
SELECT org, u.* FROM unnest('{north,south}'::text[]) AS org, unlike(format('SELECT user_id, activity FROM p_orgs.activity WHERE org = %L', org), org) AS u;
-- The same view over a ledger, and a programme of points by person; journeys, from the same source.
CREATE TABLE ledger AS SELECT device, customer, t, n % 40 + 1 AS points, org FROM (SELECT *, row_number() OVER (ORDER BY t, device, customer) AS n FROM visits) AS v WHERE device IS NOT NULL;
SELECT user_ops.create_person_view('ledger_by_person', 'ledger', 'device', 'customer', 'logins', 't', identity_exclude => '{null}', time_zone => 'Asia/Shanghai', as_of => '2024-06-01');
SELECT count(*) FROM user_ops.create_points_views('p_last', 'ledger_by_person', 'person_id', 't', 'points');
SELECT FROM ask('last', 3, 50);
SELECT count(*) > 50 AS many, bool_and(u.balance = l.balance) AS same FROM p_last.points_users AS u
FULL JOIN (SELECT coalesce(user_ops.person_id(coalesce(m.canonical_id, customer::text)), user_ops.person_id(NULL, nullif(device, 'null'))) AS user_id, sum(points) AS balance
	FROM ledger LEFT JOIN identity_oracle.oracle_map AS m ON m.graph = 'all' AND (m.kind, m.id) IN (('user', customer::text), ('anonymous', CASE WHEN customer IS NULL THEN device END)) WHERE (t AT TIME ZONE 'Asia/Shanghai')::date < '2024-06-01' AND (customer IS NOT NULL OR device <> 'null') GROUP BY 1) AS l USING (user_id);
SELECT count(*) FROM user_ops.create_path_view('p_last', 'ways', event => 'org');
SELECT count(*) > 0 AS steps FROM p_last.path_transitions;
-- person_id never says the same of two.
SELECT user_ops.person_id('ann') AS ann, user_ops.person_id(NULL, 'ann') AS device, user_ops.person_id('anonymous ann') AS odd, user_ops.person_id('user anonymous ann') AS odder, user_ops.person_id(NULL, 'user ann') AS odd_device, user_ops.person_id('ann', 'x') AS both, user_ops.person_id(NULL, NULL) IS NULL AS nobody;
-- Columns and tables of any name and type, ids that are junk with signs in them, dates, and a view made again.
CREATE TABLE "Odd ""events"" %s" ("De'vice" uuid, "Us {er}" varchar(20), "At" date);
CREATE TABLE "Odd logins" ("D" uuid, "U" varchar(20), "The time" timestamp);
INSERT INTO "Odd ""events"" %s" SELECT md5(n::text)::uuid, CASE n % 3 WHEN 0 THEN 'a%''\"{,}' WHEN 1 THEN 'b' END, '2024-01-01' FROM generate_series(1, 6) AS n;
INSERT INTO "Odd logins" SELECT md5(n::text)::uuid, CASE WHEN n < 4 THEN 'a%''\"{,}' ELSE 'c' END, '2024-01-01 23:59:59' FROM generate_series(1, 6) AS n;
SELECT user_ops.create_person_view('"Odd view"', '"Odd ""events"" %s"', 'De''vice', 'Us {er}', '"Odd logins"', 'The time', 'D', 'U', identity_exclude => ARRAY['a%''\"{,}', NULL]) FROM generate_series(1, 2);
SELECT person_id, count(*) FROM (SELECT CASE WHEN person_id ^@ 'anonymous' THEN 'anonymous' ELSE person_id END FROM "Odd view") AS v (person_id) GROUP BY person_id ORDER BY person_id;
-- Without as_of logins of today and later do not count; rows with both ids are logins, wherever they stand.
INSERT INTO "Odd logins" SELECT md5('1')::uuid, 'later', now() AT TIME ZONE 'UTC' + n * interval '1 day' FROM generate_series(0, 2) AS n;
SELECT count(*) AS later FROM "Odd view" WHERE person_id = 'later';
DELETE FROM "Odd logins" WHERE "U" = 'later';
SELECT user_ops.create_person_view('of_itself', 'visits', 'device', 'customer', 'visits', 't', as_of => '2024-06-01');
SELECT count(*) > 100 AS many, count(DISTINCT person_id) < (SELECT count(DISTINCT id) FROM by_id) AS united FROM of_itself;
SELECT obj_description('"Odd view"'::regclass) AS comment, (SELECT reloptions FROM pg_class WHERE oid = '"Odd view"'::regclass) AS options;
-- Decimal numbers are one id if they are equal.
CREATE TABLE decimals (device numeric, who numeric, day date);
INSERT INTO decimals VALUES (1, 17, '2024-01-01'), (1.0, 17.0, '2024-01-02'), (2.50, 17.00, '2024-01-03'), (9, 0, '2024-01-03');
CREATE TABLE decimal_visits AS SELECT v.* FROM (VALUES (1.00, NULL, date '2024-01-01'), (2.5, 17.000, '2024-01-02'), (9.0, 0.0, '2024-01-03')) AS v (device, who, day);
SELECT user_ops.create_person_view('by_decimal', 'decimal_visits', 'device', 'who', 'decimals', 'day', identity_exclude => '{0}');
SELECT person_id, device FROM by_decimal ORDER BY device;
SELECT FROM user_ops.create_views('decimal_visits', 'who', 'day', target_schema => 'i_decimal', as_of => '2024-03-01');
SELECT FROM user_ops.create_identity_views('i_decimal', 'decimals', 'device', 'who', 'day', identity_exclude => '{0}');
SELECT kind, id, canonical_id FROM i_decimal.identity_map ORDER BY 1, 2;
SELECT sum(rows) FROM user_ops.forget_user('i_decimal', '17.0');
SELECT (SELECT count(*) FROM i_decimal.identity_map) AS stored, users, (SELECT count(*) FROM i_decimal.identity_map) AS refreshed FROM user_ops.refresh('i_decimal');
-- Errors, and how to drop it.
CREATE VIEW stitched AS SELECT user_ops.stitched_user(customer::text, t, '30 days') OVER (PARTITION BY device ORDER BY t) AS who, t, amount, t AS changed FROM visits;
CREATE VIEW over_persons AS SELECT * FROM "by person";
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT user_ops.create_identity_views(NULL, ''logins'', ''device'', ''customer'', ''t'')'), ('SELECT user_ops.create_identity_views(''i_shop'', ''logins'', NULL, ''customer'', ''t'')'), ('SELECT user_ops.create_identity_views(''i_shop'', ''logins'', ''device'', ''who'', ''t'')'),
	('SELECT user_ops.create_identity_views(''i_shop'', ''logins'', ''device'', ''customer'', ''org'')'), ('SELECT user_ops.create_identity_views(''i_shop'', ''logins'', ''device'', ''customer'', ''t'', max_users => 0)'), ('SELECT user_ops.create_identity_views(''i_shop'', ''logins'', ''device'', ''customer'', ''t'', mode => NULL)'),
	('SELECT user_ops.create_identity_views(''i_orgs'', ''"Odd logins"'', ''D'', ''U'', ''The time'')'),
	('SELECT user_ops.create_person_view(''visits'', ''visits'', ''device'', ''customer'', ''logins'', ''t'')'), ('SELECT user_ops.create_person_view(''over_persons'', ''visits'', ''device'', ''customer'', ''logins'', ''t'')'), ('SELECT user_ops.create_person_view(''a.b.c'', ''visits'', ''device'', ''customer'', ''logins'', ''t'')'),
	('SELECT user_ops.create_person_view(''x'', ''"by person"'', ''device'', ''customer'', ''logins'', ''t'')'), ('SELECT user_ops.create_person_view(''x'', ''visits'', ''device'', ''nobody'', ''logins'', ''t'')'), ('SELECT user_ops.create_person_view(''x'', ''visits'', ''device'', ''customer'', ''logins'', ''org'')'),
	('SELECT user_ops.create_person_view(''x'', ''visits'', ''device'', ''customer'', ''"Odd logins"'', ''The time'')'), ('SELECT user_ops.create_person_view(''x'', ''visits'', ''device'', ''customer'', ''logins'', ''t'', max_ids => 1)'), ('SELECT user_ops.create_person_view(''x'', ''visits'', ''device'', ''customer'', NULL, ''t'')'),
	('SELECT user_ops.create_views(''over_persons'', ''person_id'', ''t'', target_schema => ''p_bad'', changed_at => ''t'')'), ('SELECT user_ops.create_views(''over_persons'', ''person_id'', ''t'', target_schema => ''p_bad'', keep_history => true)'), ('SELECT user_ops.create_views(''stitched'', ''who'', ''t'', target_schema => ''p_bad'', changed_at => ''changed'')')) AS v (q);
-- A schema of logins alone; a table that is gone.
SELECT count(*) FROM user_ops.create_identity_views('i_alone', '"Odd logins"', 'D', 'U', 'The time');
SELECT * FROM i_alone.identity_counts;
TRUNCATE "Odd logins";
SELECT result FROM (SELECT user_ops.refresh('i_alone') IS NOT NULL AS result) AS r;
SELECT (SELECT count(*) FROM i_alone.identity_map) AS map, (SELECT count(*) FROM i_alone.identity_counts) AS counts;
DROP VIEW "Odd view";
ALTER TABLE "Odd logins" RENAME TO gone;
SELECT pg_temp.answer('SELECT user_ops.refresh(''i_alone'')') AS answer;
DROP VIEW merges, moved, after;
SELECT user_ops.drop_addon('i_shop', 'identity');
SELECT to_regclass('i_shop.identity_map') IS NULL AS gone, to_regclass('i_shop.identity_merges') IS NULL AS table_gone;
SELECT count(*) FROM unnest('{i_shop,i_live,i_orgs,i_both,i_alone,i_decimal,p_ids,p_last,p_united,p_orgs_ids,p_orgs}'::name[]) AS schema, user_ops.drop_views(schema);
DROP SCHEMA identity_oracle, identity_test CASCADE;

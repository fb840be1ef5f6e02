SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA tenants_test;
SET search_path = tenants_test;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

-- Three tenants with the same user ids, and rows that belong to nobody.  Every
-- tenth minute has several events, which differ in what is carried.
CREATE TABLE orders ("Tenant" text, customer_id bigint, ordered_at timestamptz, total numeric, country text, channel int, updated_at timestamptz);
INSERT INTO orders
SELECT CASE WHEN i % 7 = 0 THEN 'c' WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, i * 31 % 23,
	   '2024-01-01 00:10Z'::timestamptz + (i * i % 83) * interval '27 hours', CASE WHEN i % 3 > 0 THEN (i % 40)::numeric / 8 - 1 END,
	   (ARRAY['fr', 'de', NULL, 'us'])[1 + i / 3 % 4], CASE WHEN i % 5 > 0 THEN i % 3 END, '2024-01-01Z'
FROM generate_series(1, 700) AS i;
INSERT INTO orders VALUES (NULL, 1, '2024-01-05', 1, 'fr', 1, '2024-01-01Z'), ('a', NULL, '2024-01-05', 1, 'fr', 1, '2024-01-01Z'),
	('b', 2, 'infinity', 1, 'fr', 1, '2024-01-01Z'), ('nobody', 2, NULL, 1, 'fr', 1, '2024-01-01Z');

-- One tenant's rows, one part of one tenant's users: what the views should say of
-- them is what views over a source with nothing else in it say.
CREATE TABLE chosen (tenant text, part text);
CREATE VIEW alone AS SELECT o.* FROM orders AS o, chosen AS c WHERE o."Tenant" = c.tenant;
CREATE VIEW firsts AS
	SELECT DISTINCT "Tenant", customer_id,
		   first_value(country) OVER w AS country, first_value(channel) OVER w AS channel
	FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at)
	WINDOW w AS (PARTITION BY "Tenant", customer_id ORDER BY ordered_at, country, channel);
CREATE VIEW alone_part AS
	SELECT a.* FROM alone AS a, chosen AS c, firsts AS f
	WHERE f."Tenant" = a."Tenant" AND f.customer_id = a.customer_id AND f.country IS NOT DISTINCT FROM c.part;

-- How many views of target say of the tenant chosen what those of the schema "alone"
-- say, of the schema that has nothing else; and which do not, or are empty.
CREATE FUNCTION compared(target text, alone text, part name DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	made record;
	differ bigint;
	rows bigint;
	alike int := 0;
	others text := '';
BEGIN
	FOR made IN
		SELECT c.relname AS name, string_agg(format('m.%I%s', a.attname, CASE WHEN a.attname IN ('rfm', 'purchase_model', 'spend_model') THEN '::text' END), ', ' ORDER BY a.attnum) AS columns
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		WHERE c.relnamespace = alone::regnamespace AND c.relkind IN ('r', 'v') AND c.relname NOT IN ('settings', 'refresh_log', 'transitions', 'transition_log')
		  AND a.attname <> ALL ('{refreshed_at,fitted_at}')
		  AND to_regclass(format('%I.%I', target, c.relname)) IS NOT NULL
		  AND (part IS NULL OR c.relname ~ '^(retention_(curve_)?(day|week|month)|lifecycle_.*|kpis_day)$')
		GROUP BY c.relname ORDER BY c.relname COLLATE "C"
	LOOP
		EXECUTE format(
			'WITH ours AS (SELECT %1$s FROM %2$I.%3$I AS m JOIN chosen AS c ON m."Tenant" = c.tenant %4$s), theirs AS (SELECT %1$s FROM %5$I.%6$I AS m)
			 SELECT (SELECT count(*) FROM (TABLE ours EXCEPT ALL TABLE theirs) AS x) + (SELECT count(*) FROM (TABLE theirs EXCEPT ALL TABLE ours) AS y),
					(SELECT count(*) FROM ours)',
			made.columns, target, made.name || coalesce('_by_' || part, ''),
			CASE WHEN part IS NULL THEN '' ELSE format('AND m.%I::text IS NOT DISTINCT FROM c.part', part) END, alone, made.name)
		INTO differ, rows;
		IF differ = 0 AND rows > 0 THEN
			alike := alike + 1;
		ELSE
			others := others || format('; %s: %s rows, %s differ', made.name, rows, differ);
		END IF;
	END LOOP;
	RETURN alike || ' alike' || others;
END $$;

--
-- The numbers: each tenant as if he were alone, stored and on the spot
--

SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-20', horizon_days => 30,
	rfm_ntile => true, tenant => 'Tenant', first_values => '{country,channel}', breakdown => '{country,channel}', changed_at => 'updated_at');
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'live', as_of => '2024-03-20', horizon_days => 30,
	rfm_ntile => true, tenant => 'Tenant', first_values => '{country,channel}', breakdown => '{country,channel}', stored => false);
CREATE FUNCTION check_tenant(tenant text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM chosen;
	INSERT INTO chosen VALUES (tenant);
	PERFORM user_ops.create_views('alone', 'customer_id', 'ordered_at', 'total', 'alone', as_of => '2024-03-20', horizon_days => 30, rfm_ntile => true, first_values => '{country,channel}');
	RETURN NEXT compared('shop', 'alone');
	RETURN NEXT compared('live', 'alone');
END $$;
SELECT check_tenant(t) FROM unnest('{a,b,c}'::text[]) AS t;
-- the comparison sees the rows of another tenant, and a changed one
UPDATE chosen SET tenant = 'a';
SELECT compared('shop', 'alone');

-- parts: views over the users whose first event was in one country, or came by one channel
CREATE FUNCTION check_part(tenant text, by name, part text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM chosen;
	INSERT INTO chosen VALUES (tenant, part);
	EXECUTE format('CREATE OR REPLACE VIEW alone_part AS SELECT a.* FROM alone AS a, chosen AS c, firsts AS f
					WHERE f."Tenant" = a."Tenant" AND f.customer_id = a.customer_id AND f.%I::text IS NOT DISTINCT FROM c.part', by);
	PERFORM user_ops.create_views('alone_part', 'customer_id', 'ordered_at', 'total', 'alone_part', as_of => '2024-03-20');
	RETURN NEXT compared('shop', 'alone_part', by);
	RETURN NEXT compared('live', 'alone_part', by);
END $$;
SELECT count(DISTINCT country) AS countries, count(*) FILTER (WHERE country IS NULL) > 0 AS and_none, count(DISTINCT channel) AS channels FROM shop.users;
SELECT check_part('a', 'country', 'fr');
SELECT check_part('b', 'country', NULL);
SELECT check_part('c', 'channel', '1');
SELECT count(*) AS users, count(*) FILTER (WHERE (u.country, u.channel) IS DISTINCT FROM (f.country, f.channel)) AS carried_otherwise
FROM shop.activity AS u FULL JOIN firsts AS f ON f."Tenant" = u."Tenant" AND f.customer_id = u.user_id;

-- without tenants too
SELECT count(*) > 0 AS made FROM user_ops.create_views('alone', 'customer_id', 'ordered_at', 'total', 'parts', as_of => '2024-03-20', first_values => '{country}', breakdown => '{country}');
SELECT column_name FROM information_schema.columns WHERE table_schema = 'parts' AND table_name = 'kpis_day_by_country' ORDER BY ordinal_position LIMIT 2;
SELECT (SELECT array_agg(DISTINCT country) FROM parts.kpis_day_by_country) = (SELECT array_agg(DISTINCT country) FROM parts.users) AS countries,
	   NOT EXISTS ((SELECT country, cohort, period_number, retained_users FROM parts.retention_week_by_country)
				   EXCEPT (SELECT country, cohort, period_number, retained_users FROM live.retention_week_by_country WHERE "Tenant" = 'c')) AS alike;

--
-- Names, types, comments
--

\pset format unaligned
SELECT c.relname AS view, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum < 3) AS first_columns,
	   CASE WHEN c.relname IN ('users', 'activity') THEN (array_agg(a.attname ORDER BY a.attnum DESC))[1:2] END AS last
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'settings'
GROUP BY c.relname ORDER BY c.relname COLLATE "C";
\pset format aligned
SELECT c.relname, a.attname
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace IN ('shop'::regnamespace, 'live'::regnamespace) AND c.relkind IN ('r', 'v') AND c.relname <> 'settings'
  AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL);
SELECT obj_description('shop.kpis_day_by_country'::regclass), col_description('shop.kpis_day_by_country'::regclass, 2);

--
-- Refreshing: full and by changed_at, tenants that come and go
--

-- what is stored is what a new scan says, and the history what the views say
CREATE FUNCTION state() RETURNS TABLE (verified bigint, history text, bases text) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM user_ops.verify('shop')),
		   CASE WHEN EXISTS ((SELECT "Tenant", segment, life_stage, users, revenue FROM shop.segment_history AS h WHERE h.as_of = (SELECT max(as_of) FROM shop.fitted)
							  EXCEPT ALL SELECT "Tenant", segment, life_stage, count(*), sum(monetary) FROM shop.users GROUP BY 1, 2, 3)
							 UNION ALL (SELECT "Tenant", segment, life_stage, count(*), sum(monetary) FROM shop.users GROUP BY 1, 2, 3
							  EXCEPT ALL SELECT "Tenant", segment, life_stage, users, revenue FROM shop.segment_history AS h WHERE h.as_of = (SELECT max(as_of) FROM shop.fitted)))
				THEN 'differs' ELSE 'as the views' END,
		   (SELECT string_agg("Tenant" || ' ' || rows_left_out, ', ' ORDER BY "Tenant") FROM shop.fitted);
$$;
SELECT * FROM state();
INSERT INTO orders VALUES ('a', 5, '2024-03-18', 70, 'us', 1, now());
SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('shop');
SELECT * FROM state();
SELECT "Tenant", count(DISTINCT user_id) AS users FROM shop.transitions GROUP BY 1;
SELECT refreshed_at > fitted_at AS day_keeps_its_cut_points, count(*) FROM shop.fitted GROUP BY 1;
-- the same user id of another tenant is another user; an earlier event changes what is carried
INSERT INTO orders VALUES ('b', 6, '2023-12-30', 7, 'xx', 9, now());
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT "Tenant", country, channel FROM shop.users WHERE user_id = 6 AND country = 'xx';
SELECT * FROM state();
-- a new tenant: his users come from nothing
INSERT INTO orders VALUES ('new', 6, '2024-03-01', 7, 'fr', 9, now()), ('new', NULL, '2024-03-01', 7, 'fr', 9, now());
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT user_id, attribute, old_value, new_value FROM shop.transitions WHERE "Tenant" = 'new' ORDER BY attribute;
SELECT user_id, rfm_score, segment FROM shop.users WHERE "Tenant" = 'new';
-- one user is too few for models of his tenant, and those of the others do not serve
SELECT "Tenant", model, min(status) AS status, max(users) AS users FROM shop.models WHERE "Tenant" IN ('b', 'new') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT "Tenant", churn_method, count(*) AS users, count(p_alive) AS p_alive, count(clv_365d) AS clv FROM shop.users WHERE "Tenant" IN ('b', 'new') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM state();
SELECT rows_left_out FROM user_ops.refresh('shop', full_scan => true);
SELECT * FROM state();
-- he goes, and a part of another
DELETE FROM orders WHERE "Tenant" = 'new' OR "Tenant" = 'c' AND customer_id < 5;
SELECT * FROM user_ops.verify('shop');
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT * FROM state();
SELECT count(*) AS rows FROM shop.churn_bands WHERE "Tenant" = 'new';
-- only what is carried differs
UPDATE orders SET country = 'zz' WHERE "Tenant" = 'a' AND customer_id = 1;
SELECT * FROM user_ops.verify('shop');
SELECT inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT country FROM shop.users WHERE "Tenant" = 'a' AND user_id = 1;
SELECT check_tenant(t) FROM unnest('{a,b,c}'::text[]) AS t;
-- a row moves to another tenant
UPDATE orders SET "Tenant" = 'b' WHERE "Tenant" = 'a' AND customer_id = 2;
SELECT inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT * FROM state();
-- another day, all else the same
UPDATE shop.settings SET as_of = '2024-03-28';
SELECT inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM state();
SELECT count(*) > 10 AS many, bool_and(old_value IS DISTINCT FROM new_value) AS moved FROM shop.transitions WHERE as_of = '2024-03-28';

-- the index of the key serves
CREATE INDEX ON orders ("Tenant", customer_id);
CREATE INDEX ON orders (updated_at);
RESET client_min_messages;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-20',
	tenant => 'Tenant', first_values => '{country,channel}', breakdown => '{country,channel}', changed_at => 'updated_at');

--
-- Other settings on the same schema
--

-- the same key: in place
CREATE VIEW depends AS SELECT user_id FROM shop.users;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-20', max_weeks => 3,
	tenant => 'Tenant', first_values => '{country,channel}', breakdown => '{country,channel}');
-- another: anew, unless something depends
SELECT user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-20', tenant => 'Tenant');
DROP VIEW depends;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-20', tenant => 'Tenant', first_values => '{channel}');
SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relname LIKE '%\_by\_%';
-- no models
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'live', as_of => '2024-03-20', horizon_days => 30,
	tenant => 'Tenant', first_values => '{country,channel}', breakdown => '{country,channel}', stored => false, purchase_model => 'none');
SELECT (SELECT count(*) FROM live.models WHERE model <> 'backtest') AS models, (SELECT count(p_alive) + count(clv_365d) FROM live.users) AS predicted,
	   (SELECT string_agg(DISTINCT "Tenant" || ' ' || churn_method, ', ') FROM live.churn_calibration) AS calibrated;
SELECT count(*) FROM user_ops.drop_views('live');
SELECT to_regnamespace('live');

-- no rows at all
CREATE TABLE nothing (LIKE orders);
SELECT count(*) > 0 AS made FROM user_ops.create_views('nothing', 'customer_id', 'ordered_at', 'total', 'nothing', as_of => '2024-03-20', tenant => 'Tenant', first_values => '{country}',
	breakdown => '{country}', changed_at => 'updated_at', allow_empty => true);
SELECT (SELECT count(*) FROM nothing.users) + (SELECT count(*) FROM nothing.rfm_grid) + (SELECT count(*) FROM nothing.engagement_28d)
	+ (SELECT count(*) FROM nothing.repeat_purchase) + (SELECT count(*) FROM nothing.kpis_day_by_country) AS rows;
INSERT INTO nothing SELECT * FROM orders WHERE customer_id = 3;
SELECT users, inserted FROM user_ops.refresh('nothing');
SELECT count(*) FROM user_ops.verify('nothing');
TRUNCATE nothing;
SELECT users, deleted FROM user_ops.refresh('nothing', full_scan => true);
SELECT count(*) FROM nothing.fitted;

-- a source without amounts, with thresholds of one's own, a domain and an enum
CREATE DOMAIN region AS text;
CREATE TYPE plan AS ENUM ('paid', 'free');
CREATE TABLE visits (region region, u uuid, at date, plan plan);
INSERT INTO visits SELECT r, md5((i % 9)::text)::uuid, date '2024-01-01' + i * i % 50, (ARRAY['free', 'paid'])[1 + i % 2]::plan FROM generate_series(1, 60) AS i, unnest('{n,s}'::text[]) AS r;
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'u', 'at', as_of => '2024-02-10', tenant => 'region', first_values => '{plan}', breakdown => '{plan}',
	rfm_recency => '{10,20,30,40}', rfm_frequency => '{2,3,4,5}');
SELECT region, plan, sum(new_users) FROM visits_ops.lifecycle_month_by_plan GROUP BY 1, 2 ORDER BY 1, 2;
-- at one time the smallest value counts: in the order of the type
SELECT count(*) FILTER (WHERE u.plan <> (SELECT min(v.plan)::text FROM visits v WHERE v.u = u.user_id AND v.at = u.first_day)) AS wrong FROM visits_ops.users AS u;

--
-- Errors
--

CREATE TYPE pair AS (x int, y int);
CREATE TABLE bad (u int, t timestamptz, a int, tenant text, segment text, days int, usable int, point point, list int[], pair pair, span int4range, "a name that is longer than thirty-eight bytes" int);
INSERT INTO bad VALUES (1, '2024-01-01', 1, 'x', 's', 7, 1, '(1,2)', '{1}', '(1,2)', '[1,2)', 1);
CREATE FUNCTION fails(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
	hint text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, hint);
END $$;
\pset format unaligned
\pset tuples_only on
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', tenant => 'nowhere')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', tenant => 'u')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', tenant => 'point')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', tenant => 'segment')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', tenant => 'days')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', tenant => 'usable')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', tenant => 'tenant', first_values => '{tenant}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{nowhere}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{segment}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{point}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{list}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{pair}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{span}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{a,a}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{a,NULL}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', breakdown => '{a}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{a}', breakdown => '{tenant}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{a}', breakdown => '{a,a}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => '{a}', breakdown => '{NULL}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', first_values => ARRAY['a name that is longer than thirty-eight bytes'], breakdown => ARRAY['a name that is longer than thirty-eight bytes'])$$);
\pset tuples_only off
\pset format aligned

SET client_min_messages = warning;
SELECT count(*) FROM unnest('{shop,alone,alone_part,parts,nothing,visits_ops}'::name[]) AS n, user_ops.drop_views(n);
DROP SCHEMA tenants_test CASCADE;

-- Goals and alerts against the same in plain SQL over kpis_day, and by hand.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET client_min_messages = warning;
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA goal_test;
SET search_path = goal_test;
-- 20 weeks of a shop that sells more on weekends, each day somewhat more or less; on day 130 half of the users are missing, on day 100 (a holiday) all but two
CREATE TABLE events AS
SELECT u, date '2024-01-01' + d AS day, CASE WHEN u % 4 > 0 THEN 10 + (u * 7 + d * 13) % 9 END::numeric AS amount, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(0, 139) AS d, LATERAL generate_series(1, CASE d WHEN 130 THEN 17 WHEN 100 THEN 2 ELSE (CASE WHEN d % 7 > 4 THEN 60 ELSE 36 END) + d * 37 % 11 - 5 END) AS u;
CREATE TABLE holidays (day date, name text);
INSERT INTO holidays VALUES ('2024-04-10', 'a'), ('2024-04-10', 'twice'), (NULL, 'none'), ('2030-01-01', 'far');
SELECT count(*) FROM user_ops.create_views('events', 'u', 'day', 'amount', target_schema => 'shop', as_of => '2024-05-20', purchase_model => 'none');
-- the same in plain SQL: the median of the same weekday; how far each day was off it; and that against the days before
CREATE FUNCTION spread(list float8[], OUT n bigint, OUT middle float8, OUT scale float8) LANGUAGE sql AS $$
	SELECT m.n, m.middle, coalesce(nullif(1.482602218505602 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(v - m.middle)), 0), sqrt(pi() / 2) * avg(abs(v - m.middle)))
	FROM (SELECT count(*) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY v) AS middle FROM unnest(list) AS v) AS m LEFT JOIN unnest(list) AS v ON true GROUP BY m.n, m.middle
$$;
CREATE FUNCTION expected_alerts(kpis regclass, holidays text, min_change float8, weeks int, z_limit float8) RETURNS TABLE (day date, metric text, value float8, usual float8, expected float8, upper float8, z float8, change float8, status text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		WITH long AS MATERIALIZED (SELECT k.day, m.metric, m.value::float8, k.day IN (SELECT h.day FROM holidays AS h WHERE h.day IS NOT NULL AND %L = 'yes') AS excepted
			FROM %s AS k, LATERAL (VALUES ('dau', k.dau), ('new_users', k.new_users), ('purchases', k.purchases), ('paying_users', k.paying_users), ('revenue', k.revenue), ('arpu', k.arpu), ('paying_rate', k.paying_rate)) AS m (metric, value)),
		usual AS MATERIALIZED (SELECT a.*, CASE WHEN s.n >= 4 THEN s.middle END AS usual, CASE WHEN s.n >= 4 AND s.middle <> 0 AND NOT a.excepted THEN a.value / s.middle - 1 END AS off
			FROM long AS a, LATERAL spread(ARRAY(SELECT b.value FROM long AS b WHERE NOT b.excepted AND b.metric = a.metric AND b.value IS NOT NULL AND a.day - b.day IN (SELECT 7 * w FROM generate_series(1, $2) AS w))) AS s),
		found AS (SELECT a.*, s.n, a.usual * (1 + s.middle) AS expected, a.usual * (1 + s.middle + $3 * s.scale) AS upper, s.middle, s.scale
			FROM usual AS a, LATERAL spread(ARRAY(SELECT b.off FROM usual AS b WHERE b.metric = a.metric AND b.off IS NOT NULL AND a.day - b.day BETWEEN 1 AND 7 * $2)) AS s WHERE a.value IS NOT NULL)
		SELECT f.day, f.metric, f.value, f.usual, f.expected, f.upper, CASE WHEN scale > 0 THEN (off - middle) / scale WHEN off = middle THEN 0 END, f.value / nullif(f.expected, 0) - 1,
			CASE WHEN excepted THEN 'excepted' WHEN known IS NOT TRUE THEN 'too_few'
			WHEN coalesce(abs((off - middle) / nullif(scale, 0)) > $3, off <> middle) AND coalesce(abs(f.value / nullif(f.expected, 0) - 1) >= $1, true) THEN 'alert' ELSE 'ok' END
		FROM (SELECT known, day, metric, value, usual, excepted, CASE WHEN known THEN expected END AS expected, CASE WHEN known THEN upper END AS upper, CASE WHEN known THEN off END AS off, middle, scale FROM found AS f, LATERAL (SELECT f.n * 2 >= 7 * $2 AND f.off IS NOT NULL AS known) AS k) AS f $q$, holidays, kpis) USING min_change, weeks, z_limit;
END $$;
CREATE FUNCTION alerts_differ(kpis regclass, alerts text, holidays text, min_change float8 DEFAULT 0.05, weeks int DEFAULT 8, z_limit float8 DEFAULT 3.5) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows, '' || count(*) FILTER (WHERE e.status = ''alert'') || '' alerts, differ: '' || count(*) FILTER (WHERE (a.status, round(a.value::numeric, 6), round(a.usual::numeric, 6), round(a.expected::numeric, 6), round(a.upper::numeric, 6), round(a.z::numeric, 5), round(a.change::numeric, 6))
		IS DISTINCT FROM (e.status, round(e.value::numeric, 6), round(e.usual::numeric, 6), round(e.expected::numeric, 6), round(e.upper::numeric, 6), round(e.z::numeric, 5), round(e.change::numeric, 6)))
		FROM %s AS a FULL JOIN expected_alerts($1, $2, $3, $4, $5) AS e USING (day, metric)', alerts) INTO result USING kpis, holidays, min_change, weeks, z_limit;
	RETURN result;
END $$;
SELECT * FROM user_ops.create_alert_views('shop', except_days => 'holidays');
SELECT alerts_differ('shop.kpis_day', 'shop.kpi_alerts', 'yes');
SELECT day, metric, value, usual, round(expected::numeric, 3) AS expected, round(change::numeric, 3) AS change, status FROM shop.kpi_alerts WHERE day IN ('2024-04-10', '2024-05-10') AND metric IN ('dau', 'revenue') ORDER BY 1, 2;
-- Half of the users were missing on a Friday: the Fridays before, of which the median is usual.
SELECT string_agg(value::text, ' ' ORDER BY day) AS fridays FROM shop.kpi_alerts WHERE metric = 'dau' AND extract(isodow FROM day) = 5 AND day >= '2024-03-15' AND day < '2024-05-10';
-- A holiday is no history: what is usual on the Wednesdays after it does not know of it.
SELECT day, value, usual, status FROM shop.kpi_alerts WHERE metric = 'dau' AND extract(isodow FROM day) = 3 AND day > '2024-04-05' ORDER BY day;
SELECT status, count(*) FROM shop.kpi_alerts GROUP BY 1 ORDER BY 1;
-- Asked otherwise: without holidays, other limits, other metrics.
SELECT count(*) FROM user_ops.create_alert_views('shop', weeks => 5, min_change => 0.02, z_limit => 2);
SELECT alerts_differ('shop.kpis_day', 'shop.kpi_alerts', 'no', 0.02, 5, 2);
SELECT count(*) FROM user_ops.create_alert_views('shop', '{mau,stickiness}');
SELECT metric, count(*) FROM shop.kpi_alerts GROUP BY 1 ORDER BY 1;
-- On the spot, without amounts, and for each tenant as if there were no other.
SELECT count(*) FROM user_ops.create_views('events', 'u', 'day', target_schema => 'spot', stored => false, as_of => '2024-05-20', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_alert_views('spot');
SELECT metric, count(*) FROM spot.kpi_alerts GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM user_ops.create_views('events', 'u', 'day', 'amount', target_schema => 'pair', as_of => '2024-05-20', tenant => 'org', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_alert_views('pair', except_days => 'holidays');
CREATE VIEW kpis_of_north AS SELECT * FROM pair.kpis_day WHERE org = 'north';
CREATE VIEW kpis_of_south AS SELECT * FROM pair.kpis_day WHERE org = 'south';
SELECT alerts_differ('kpis_of_north', '(SELECT * FROM pair.kpi_alerts WHERE org = ''north'')', 'yes'), alerts_differ('kpis_of_south', '(SELECT * FROM pair.kpi_alerts WHERE org = ''south'')', 'yes');
--
-- Goals. May: 19 of 31 days are over, on which 4 Wednesdays and so on weigh what they did in the 56 days before.
SELECT user_ops.set_goal('shop', 'revenue', 15000, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('shop', 'new_users', 1, '2024-05-01', '2024-05-11', 'at_most');
SELECT user_ops.set_goal('shop', 'dau', 1500, '2024-05-01', '2024-06-01');
-- The same metric and days: in place of it.
SELECT user_ops.set_goal('shop', 'dau', 800, '2024-05-01', '2024-06-01', 'at_most');
SELECT user_ops.set_goal('shop', 'purchases', 100, '2024-06-01', '2024-07-01');
SELECT user_ops.set_goal('shop', 'purchases', 99999, '2024-01-01', '2024-02-01');
-- Fewer than 28 days are known before the 20th of January: all days weigh the same.
SELECT user_ops.set_goal('shop', 'events', 3000, '2024-01-20', '2024-07-08');
SELECT metric, from_day, to_day, direction, target, actual, days, elapsed_days, round(share_elapsed::numeric, 6) AS share_elapsed, round(expected_to_date::numeric, 3) AS expected_to_date, round(projected::numeric, 3) AS projected, status FROM shop.goals ORDER BY from_day, to_day, metric;
-- Day by day.
WITH k AS (SELECT day, revenue::float8 AS v FROM shop.kpis_day), usual AS (SELECT extract(isodow FROM day) AS w, avg(v) AS v FROM k WHERE day >= date '2024-05-01' - 56 AND day < '2024-05-01' GROUP BY 1),
	days AS (SELECT d::date AS day, u.v FROM generate_series(date '2024-05-01', date '2024-05-31', '1 day') AS d JOIN usual AS u ON u.w = extract(isodow FROM d))
SELECT round((sum(v) FILTER (WHERE day < '2024-05-20') / sum(v))::numeric, 6) AS share_elapsed, (SELECT sum(v) FROM k WHERE day >= '2024-05-01') AS actual FROM days;
SELECT round(121 / 170.0, 6) AS share_of_days;
-- Taken away, one by one; with the last one the view goes.
SELECT user_ops.drop_goal('shop', 'events', '2024-01-20', '2024-07-08');
SELECT user_ops.drop_goal('shop', 'new_users', '2024-05-01', '2024-05-11'), user_ops.drop_goal('shop', 'dau', '2024-05-01', '2024-06-01'), user_ops.drop_goal('shop', 'purchases', '2024-01-01', '2024-02-01'), user_ops.drop_goal('shop', 'purchases', '2024-06-01', '2024-07-01');
SELECT metric, target FROM shop.goals;
SELECT settings FROM user_ops.addons('shop') WHERE kind = 'goals';
SELECT user_ops.drop_goal('shop', 'revenue', '2024-05-01', '2024-06-01');
SELECT to_regclass('shop.goals') IS NULL AS gone;
-- For each tenant, and for one of them.
SELECT user_ops.set_goal('pair', 'revenue', 5000, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('pair', 'revenue', 100, '2024-05-01', '2024-06-01', tenant => 'south');
SELECT g.org, g.target, g.actual = (SELECT sum(k.revenue) FROM pair.kpis_day AS k WHERE k.org = g.org AND k.day >= '2024-05-01') AS own, g.status FROM pair.goals AS g ORDER BY 1, 2;
-- On the spot, and made anew: they stay, as far as they can.
SELECT user_ops.set_goal('spot', 'new_users', 10, '2024-01-01', '2024-02-01');
SELECT metric, actual, status FROM spot.goals;
SELECT count(*) FROM user_ops.create_views('events', 'u', 'day', 'amount', target_schema => 'pair', as_of => '2024-05-10', tenant => 'org', purchase_model => 'none');
SELECT org, target, elapsed_days FROM pair.goals ORDER BY 1, 2;
--
-- Errors.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT user_ops.set_goal('shop', 'arpu', 10, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('shop', 'mau', 10, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('shop', 'gmv', 10, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('spot', 'revenue', 10, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('shop', 'dau', -1, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('shop', 'dau', 'NaN', '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('shop', 'dau', 10, '2024-05-01', '2024-05-01');
SELECT user_ops.set_goal('shop', 'dau', 10, '2024-05-01', 'infinity');
SELECT user_ops.set_goal('shop', 'dau', NULL, '2024-05-01', '2024-06-01');
SELECT user_ops.set_goal('shop', 'dau', 10, '2024-05-01', '2024-06-01', tenant => 'north');
SELECT user_ops.drop_goal('pair', 'dau', '2024-05-01', '2024-06-01');
SELECT user_ops.create_alert_views('shop', weeks => 3);
SELECT user_ops.create_alert_views('shop', min_change => 'NaN');
SELECT user_ops.create_alert_views('shop', z_limit => 0);
SELECT user_ops.create_alert_views('shop', z_limit => NULL);
SELECT user_ops.create_alert_views('shop', '{dau,dau}');
SELECT user_ops.create_alert_views('spot', '{revenue}');
SELECT user_ops.create_alert_views('shop', except_days => 'holidays', except_day => 'name');
SELECT user_ops.create_alert_views('shop', except_days => 'events', except_day => 'date');
SELECT user_ops.create_views('events', 'u', 'day', target_schema => 'pair', tenant => 'org', purchase_model => 'none');
DROP SCHEMA shop, spot, pair, goal_test CASCADE;

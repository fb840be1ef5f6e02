-- The views of experiments against the same in plain SQL over the events: who was in which arm, what each user did, and experiment_* of that must give
-- the stored states, to the byte; avg, var_samp and covar_samp of it the effects.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET client_min_messages = warning;
SET timezone = 'America/New_York';
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA experiment_test;
SET search_path = experiment_test;
-- 240 users who come and buy more or less often over 120 days, send back, or do nothing; a third of them first comes after the assignments
CREATE TABLE events AS
SELECT u, timestamptz '2024-01-01 15:00Z' + (CASE WHEN u % 3 = 0 THEN 55 ELSE 0 END + (n::bigint * n * (7 + u % 5) + u * 13) % (120 - CASE WHEN u % 3 = 0 THEN 55 ELSE 0 END)) * interval '1 day' + n % 4 * interval '1 hour' AS t,
	CASE n % 4 WHEN 0 THEN NULL WHEN 3 THEN CASE WHEN u % 11 = 0 THEN -1.25 END ELSE round((5 + (u * 7 + n * 13) % 90)::numeric * 1.17, 2) END AS a,
	(ARRAY['fr', 'de', NULL])[1 + u % 4 % 3] AS country, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 240) AS u, generate_series(0, (u * u) % 37) AS n WHERE u % 10 > 0;
-- in a zone where it is another day from 16:00Z on; those of u % 29 = 3 cross over, of 7 are assigned twice to the same, of 9 at one time to two
CREATE TABLE assigned AS
SELECT u, (ARRAY['control', 'mail', 'push'])[1 + u * 37 % 101 % 3] AS variant, timestamptz '2024-02-20 15:30Z' + u % 41 * interval '25 hours' AS t, (ARRAY['x', 'y'])[1 + u % 7 % 2] AS kind, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 260) AS u;
INSERT INTO assigned
SELECT u, CASE WHEN u % 29 = 7 THEN variant ELSE 'push' END, t + CASE u % 29 WHEN 9 THEN 0 ELSE 60 END * interval '1 hour', 'z', org FROM assigned WHERE u % 29 IN (3, 7, 9)
UNION ALL SELECT * FROM (VALUES (NULL::int, 'mail', timestamptz '2024-03-01Z', 'x', 'north'), (1, NULL, '2024-01-01Z', 'x', 'south'), (1, 'mail', NULL, 'x', 'south'), (1, 'mail', 'infinity', 'x', 'south'), (1, 'mail', '-infinity', 'x', 'south'), (2, 'mail', '2024-06-01Z', 'x', 'north')) AS v;
-- what of these users there is to be: a row each
CREATE FUNCTION people(crossed text, open text, within_days int, before_days int, ends date, as_of date, winsorize numeric, org text DEFAULT NULL)
RETURNS TABLE (u int, variant text, crosses boolean, opens boolean, compared boolean, country text, kind text,
	active_days bigint, active_days_0 bigint, events bigint, events_0 bigint, purchases bigint, purchases_0 bigint, revenue numeric, revenue_0 numeric, retained boolean, retained_0 int) LANGUAGE sql AS $$
	WITH first AS (
		SELECT DISTINCT ON (a.u) a.*, (a.t AT TIME ZONE 'Asia/Shanghai')::date AS d,
			(SELECT count(DISTINCT o.variant) FROM assigned AS o WHERE o.u = a.u AND isfinite(o.t) AND (o.t AT TIME ZONE 'Asia/Shanghai')::date < least(ends, as_of)) > 1 AS crosses
		FROM assigned AS a WHERE a.u IS NOT NULL AND a.variant IS NOT NULL AND isfinite(a.t) AND (a.t AT TIME ZONE 'Asia/Shanghai')::date < least(ends, as_of) AND (people.org IS NULL OR a.org = people.org)
		ORDER BY a.u, a.t, a.variant COLLATE "C", a.kind COLLATE "C"),
	done AS (
		SELECT f.u, e.a, (e.t AT TIME ZONE 'Asia/Shanghai')::date AS day, (e.t AT TIME ZONE 'Asia/Shanghai')::date BETWEEN f.d AND least(f.d + within_days, as_of) - 1 AS after,
			(e.t AT TIME ZONE 'Asia/Shanghai')::date BETWEEN f.d - before_days AND f.d - 1 AS before, f.d
		FROM first AS f JOIN events AS e ON e.u = f.u),
	sums AS (
		SELECT f.u, f.variant, f.crosses, f.d + within_days > as_of AS opens, (open = 'include' OR f.d + within_days <= as_of) AND (crossed = 'first' OR NOT f.crosses) AS compared,
			CASE WHEN min(d.day) < f.d THEN (SELECT e.country FROM events AS e WHERE e.u = f.u ORDER BY e.t LIMIT 1) END AS country, f.kind, min(d.day) < f.d AS was_there,
			count(DISTINCT d.day) FILTER (WHERE after) AS active_days, count(DISTINCT d.day) FILTER (WHERE before) AS active_days_0,
			count(*) FILTER (WHERE after) AS events, count(*) FILTER (WHERE before) AS events_0,
			count(*) FILTER (WHERE after AND d.a >= 0) AS purchases, count(*) FILTER (WHERE before AND d.a >= 0) AS purchases_0,
			coalesce(sum(d.a) FILTER (WHERE after), 0) AS revenue, coalesce(sum(d.a) FILTER (WHERE before), 0) AS revenue_0,
			coalesce(bool_or(after AND d.day >= f.d + 7), false) AS retained, coalesce(bool_or(before AND d.day >= f.d - before_days + 7), false)::int AS retained_0
		FROM first AS f LEFT JOIN done AS d ON d.u = f.u GROUP BY f.u, f.variant, f.crosses, f.d, f.kind),
	-- between the two values around place winsorize * (n - 1)
	sorted AS (SELECT s.revenue, row_number() OVER (ORDER BY s.revenue) - 1 AS place, winsorize * (count(*) OVER () - 1) AS wanted FROM sums AS s WHERE s.compared),
	highest AS (SELECT round(max(s.revenue) FILTER (WHERE s.place = floor(s.wanted)) + (max(s.wanted) - floor(max(s.wanted)))
		* (max(s.revenue) FILTER (WHERE s.place = ceil(s.wanted)) - max(s.revenue) FILTER (WHERE s.place = floor(s.wanted))), 9) AS value FROM sorted AS s)
	SELECT s.u, s.variant, s.crosses, s.opens, s.compared, s.country, s.kind, s.active_days, CASE WHEN was_there THEN s.active_days_0 END, s.events, CASE WHEN was_there THEN s.events_0 END,
		s.purchases, CASE WHEN was_there THEN s.purchases_0 END, least(s.revenue, h.value), CASE WHEN was_there THEN least(s.revenue_0, h.value) END, s.retained, CASE WHEN was_there THEN s.retained_0 END
	FROM sums AS s, highest AS h
$$;
-- and the states of it
CREATE FUNCTION states(crossed text, open text, within_days int, before_days int, ends date, as_of date, winsorize numeric, org text DEFAULT NULL) RETURNS TABLE (metric text, dimension text, value text, moments user_ops.experiment) LANGUAGE sql AS $$
	SELECT m.metric, d.name, d.value, m.moments
	FROM (SELECT '' AS name, NULL AS value UNION ALL SELECT 'country', v FROM unnest('{fr,de,NULL}'::text[]) AS v UNION ALL SELECT 'kind', v FROM unnest('{x,y,z}'::text[]) AS v) AS d
	CROSS JOIN LATERAL (
		SELECT user_ops.experiment_rate(variant, opens) FILTER (WHERE crossed = 'first' OR NOT crosses) AS assigned, user_ops.experiment_rate(variant, crosses) AS crossed_over,
			CASE before_days WHEN 0 THEN user_ops.experiment_mean(variant, active_days) FILTER (WHERE compared) ELSE user_ops.experiment_mean(variant, active_days, active_days_0) FILTER (WHERE compared) END AS active_days,
			CASE before_days WHEN 0 THEN user_ops.experiment_mean(variant, events) FILTER (WHERE compared) ELSE user_ops.experiment_mean(variant, events, events_0) FILTER (WHERE compared) END AS events,
			CASE before_days WHEN 0 THEN user_ops.experiment_mean(variant, purchases) FILTER (WHERE compared) ELSE user_ops.experiment_mean(variant, purchases, purchases_0) FILTER (WHERE compared) END AS purchases,
			CASE before_days WHEN 0 THEN user_ops.experiment_mean(variant, revenue) FILTER (WHERE compared) ELSE user_ops.experiment_mean(variant, revenue, revenue_0) FILTER (WHERE compared) END AS revenue,
			CASE before_days WHEN 0 THEN user_ops.experiment_rate(variant, purchases > 0) FILTER (WHERE compared) ELSE user_ops.experiment_rate(variant, purchases > 0, (purchases_0 > 0)::int) FILTER (WHERE compared) END AS converted,
			CASE before_days WHEN 0 THEN user_ops.experiment_rate(variant, retained) FILTER (WHERE compared) ELSE user_ops.experiment_rate(variant, retained, retained_0) FILTER (WHERE compared) END AS retained,
			CASE before_days WHEN 0 THEN user_ops.experiment_ratio(variant, revenue, purchases::numeric) FILTER (WHERE compared)
				ELSE user_ops.experiment_ratio(variant, revenue, purchases::numeric, revenue_0, purchases_0::numeric) FILTER (WHERE compared) END AS revenue_per_purchase
		FROM people(crossed, open, within_days, before_days, ends, as_of, winsorize, org) AS p
		WHERE d.name = '' OR CASE d.name WHEN 'country' THEN p.country ELSE p.kind END IS NOT DISTINCT FROM d.value) AS s
	CROSS JOIN LATERAL (VALUES ('assigned', s.assigned), ('crossed_over', s.crossed_over), ('active_days', s.active_days), ('events', s.events), ('purchases', s.purchases), ('revenue', s.revenue),
		('converted', s.converted), ('retained', CASE WHEN within_days > 7 THEN s.retained END), ('revenue_per_purchase', s.revenue_per_purchase)) AS m (metric, moments)
	WHERE m.moments IS NOT NULL
$$;
SELECT count(*) > 0 AS made FROM unnest('{stored,live}'::name[]) AS s, user_ops.create_views('events', 'u', 't', 'a', s, time_zone => 'Asia/Shanghai', as_of => '2024-04-10', first_values => '{country}', stored => s = 'stored', purchase_model => 'none');
-- Every way of asking: the states that differ, of how many.
CREATE TABLE asked (n int, crossed text, open text, within_days int, before_days int, ends date, winsorize numeric);
INSERT INTO asked VALUES (1, 'exclude', 'exclude', 28, 28, NULL, NULL), (2, 'first', 'exclude', 14, 60, '2024-03-15', 0.9), (3, 'exclude', 'include', 7, 0, NULL, 0.95), (4, 'first', 'include', 40, 10, NULL, NULL);
SELECT count(*) FROM asked AS q, unnest('{stored,live}'::name[]) AS s, user_ops.create_experiment_views(s, 'q' || n, 'assigned', 'u', 'variant', 't', 'control', within_days => q.within_days, before_days => q.before_days,
	ends => q.ends, winsorize => q.winsorize, breakdown => '{country,kind}', crossed => q.crossed::user_ops.experiment_crossed, open => q.open::user_ops.experiment_open);
CREATE FUNCTION differ(schema_name text, n int, as_of date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('WITH w AS MATERIALIZED (SELECT s.* FROM asked AS q, states(q.crossed, q.open, q.within_days, q.before_days, q.ends, $1, q.winsorize) AS s WHERE q.n = $2)
		SELECT count(*) FILTER (WHERE g.moments::text IS DISTINCT FROM w.moments::text) || '' of '' || count(*)
		FROM w FULL JOIN %I.%I AS g ON (g.metric, g.dimension, coalesce(g.value, '''')) = (w.metric, w.dimension, coalesce(w.value, ''''))', schema_name, 'experiment_states_q' || n) INTO result USING as_of, n;
	RETURN result;
END $$;
SELECT n, differ('stored', n, '2024-04-10') AS stored, differ('live', n, '2024-04-10') AS live FROM asked ORDER BY n;
-- With a unique index there is nothing to look for in a user's other rows, and the same comes out.
CREATE TABLE assigned_once AS SELECT DISTINCT ON (u) u::bigint AS u, variant::varchar, t AT TIME ZONE 'Asia/Shanghai' AS t FROM assigned WHERE u IS NOT NULL AND variant IS NOT NULL AND isfinite(t) AND u % 29 NOT IN (3, 9) ORDER BY u, t;
SELECT count(*) FROM user_ops.create_experiment_views('stored', 'without', 'assigned_once', 'u', 'variant', 't', 'control');
CREATE UNIQUE INDEX ON assigned_once (u);
SELECT count(*) FROM user_ops.create_experiment_views('stored', 'with', 'assigned_once', 'u', 'variant', 't', 'control');
SELECT count(*), bool_and(a.moments::text = b.moments::text) AS same FROM stored.experiment_states_with AS a FULL JOIN stored.experiment_states_without AS b USING (metric, dimension);
-- The effects: CUPED by hand of plain sums, for each mean and rate of q1; and the interval by the p-value at its ends.
CREATE TABLE numbers AS
SELECT p.variant, m.metric, m.y::float8, coalesce(m.x, 0)::float8 AS x
FROM people('exclude', 'exclude', 28, 28, NULL, '2024-04-10', NULL) AS p
CROSS JOIN LATERAL (VALUES ('active_days', active_days::numeric, active_days_0::numeric), ('events', events, events_0), ('purchases', purchases, purchases_0), ('revenue', revenue, revenue_0),
	('converted', (purchases > 0)::int, (purchases_0 > 0)::int), ('retained', retained::int, retained_0)) AS m (metric, y, x) WHERE p.compared;
CREATE TABLE by_hand AS
SELECT t.metric, t.variant, t.n AS users, theta, t.y - c.y - theta * (t.x - c.x) AS effect, (t.yy - theta * (2 * t.xy - theta * t.xx)) / t.n + (c.yy - theta * (2 * c.xy - theta * c.xx)) / c.n AS squared_error, t.yy / t.n + c.yy / c.n AS unadjusted
FROM (SELECT metric, variant, count(*) AS n, avg(y) AS y, avg(x) AS x, var_samp(y) AS yy, var_samp(x) AS xx, covar_samp(y, x) AS xy FROM numbers GROUP BY metric, variant) AS t
JOIN (SELECT metric, variant, count(*) AS n, avg(y) AS y, avg(x) AS x, var_samp(y) AS yy, var_samp(x) AS xx, covar_samp(y, x) AS xy FROM numbers GROUP BY metric, variant) AS c ON c.metric = t.metric AND c.variant = 'control' AND t.variant <> 'control'
CROSS JOIN LATERAL (SELECT ((t.n - 1) * t.xy + (c.n - 1) * c.xy) / ((t.n - 1) * t.xx + (c.n - 1) * c.xx) AS theta) AS o;
SELECT r.metric, r.variant, r.users = h.users AS users, abs(r.effect - h.effect) < 1e-9 AS effect, abs(r.std_error ^ 2 / h.squared_error - 1) < 1e-9 AS error, abs(r.variance_ratio - h.squared_error / h.unadjusted) < 1e-9 AS ratio,
	abs(r.mean - r.control_mean - r.effect) < 1e-9 AS means, abs(r.lift - r.effect / r.control_mean) < 1e-9 AS lift, (r.lower + r.upper) / 2 - r.effect < 1e-9 AS centred, r.adjusted, r.inference,
	-- 1.96 + 0.84 standard errors
	abs(r.detectable_effect / sqrt(h.squared_error) - 2.8015852) < 1e-6 AS detectable
FROM stored.experiment_results AS r JOIN by_hand AS h USING (metric, variant) WHERE r.experiment = 'q1' ORDER BY 1, 2;
-- The CUPED variance ratio is 1 - rho^2 of the deviations from the arms' means.
SELECT metric, abs(r.variance_ratio / (1 - (SELECT corr(d.y, d.x) FROM (SELECT n.y - avg(n.y) OVER (PARTITION BY n.variant) AS y, n.x - avg(n.x) OVER (PARTITION BY n.variant) AS x FROM numbers AS n WHERE n.metric = r.metric AND n.variant IN ('control', 'push')) AS d) ^ 2) - 1) < 0.02 AS near
FROM stored.experiment_results AS r WHERE experiment = 'q1' AND variant = 'push' AND metric IN ('events', 'purchases', 'revenue') ORDER BY 1;
-- A view is a reading of the states: the same by compare, arms, sample_ratio, adjust_p and heterogeneity, for the other ways of asking too.
CREATE TABLE read AS
SELECT 'q' || q.n AS experiment, w.metric, w.dimension, w.value, c.* FROM asked AS q, states(q.crossed, q.open, q.within_days, q.before_days, q.ends, '2024-04-10', q.winsorize) AS w,
	user_ops.compare(CASE WHEN EXISTS (SELECT FROM user_ops.arms(w.moments) AS a WHERE a.variant = 'control') THEN w.moments END, 'control', CASE q.before_days WHEN 0 THEN 'none' ELSE 'cuped' END::user_ops.experiment_adjust) AS c WHERE w.metric NOT IN ('assigned', 'crossed_over');
SELECT r.experiment, count(*), bool_and((v.users, v.mean, v.control_mean, v.effect, v.lower, v.upper, v.p_value, v.lift, v.lift_lower, v.lift_upper, v.std_error, v.variance_ratio) IS NOT DISTINCT FROM (r.users, r.mean, r.control_mean, r.effect, r.lower, r.upper, r.p_value, r.lift, r.lift_lower, r.lift_upper, r.std_error, r.variance_ratio)) AS same,
	bool_and(v.p_holm IS NOT DISTINCT FROM (SELECT a.adjusted FROM (SELECT unnest(array_agg(o.metric || o.variant ORDER BY o.p_value)) AS what, unnest(user_ops.adjust_p(array_agg(o.p_value ORDER BY o.p_value), 'holm')) AS adjusted
		FROM read AS o WHERE o.experiment = r.experiment AND o.dimension = '') AS a WHERE a.what = r.metric || r.variant)) AS holm
FROM read AS r FULL JOIN stored.experiment_results AS v USING (experiment, metric, variant) WHERE r.dimension = '' GROUP BY 1 ORDER BY 1;
SELECT r.experiment, count(*), bool_and((v.users, v.effect, v.lower, v.upper, v.p_value) IS NOT DISTINCT FROM (r.users, r.effect, r.lower, r.upper, r.p_value)) AS same,
	bool_and(v.heterogeneity_p IS NOT DISTINCT FROM (SELECT (user_ops.heterogeneity(array_agg(o.effect ORDER BY o.value), array_agg(o.std_error ORDER BY o.value))).p_value FROM read AS o WHERE (o.experiment, o.metric, o.dimension, o.variant) = (r.experiment, r.metric, r.dimension, r.variant))) AS heterogeneity,
	bool_and(v.p_benjamini_hochberg >= v.p_value) AS adjusted
FROM read AS r JOIN stored.experiment_segments AS v ON (v.experiment, v.metric, v.dimension, coalesce(v.value, ''), v.variant) = (r.experiment, r.metric, r.dimension, coalesce(r.value, ''), r.variant) GROUP BY 1 ORDER BY 1;
SELECT (SELECT count(*) FROM (TABLE live.experiment_arms EXCEPT TABLE stored.experiment_arms) AS d) AS arms, (SELECT count(*) FROM (TABLE live.experiment_results EXCEPT TABLE stored.experiment_results) AS d) AS results,
	(SELECT count(*) FROM (TABLE live.experiment_segments EXCEPT TABLE stored.experiment_segments) AS d) AS segments, (SELECT count(*) FROM (TABLE live.experiment_days EXCEPT TABLE stored.experiment_days) AS d) AS days,
	(SELECT count(*) FROM (TABLE live.campaign_lift EXCEPT TABLE stored.campaign_lift) AS d) AS lift;
SELECT experiment, variant, v.users = count(*) FILTER (WHERE q.crossed = 'first' OR NOT p.crosses) AS users, v.open_users = count(*) FILTER (WHERE p.opens AND (q.crossed = 'first' OR NOT p.crosses)) AS open, v.crossed_over = count(*) FILTER (WHERE p.crosses) AS crossed, v.mismatch
FROM asked AS q CROSS JOIN LATERAL people(q.crossed, q.open, q.within_days, q.before_days, q.ends, '2024-04-10', q.winsorize) AS p FULL JOIN stored.experiment_arms AS v USING (variant)
WHERE v.experiment = 'q' || q.n GROUP BY v.experiment, variant, v.users, v.open_users, v.crossed_over, v.mismatch ORDER BY 1, 2;
-- The same by workers, who hand over what they have of all metrics.
SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = 2;
SELECT x.query AS states_query FROM user_ops_internal.view_settings('stored') AS s, unnest(s.addons) AS a, user_ops_internal.addon_sums(s, a, user_ops_internal.refresh_parts(s, 'stored')) AS x WHERE a.name = 'with' AND x.stored LIKE 'experiment_states%' \gset
\set ECHO none
CREATE TEMPORARY TABLE by_workers AS :states_query;
SELECT bool_or(r LIKE '%Partial Aggregate%') AS by_workers FROM pg_temp.rows_seen(:'states_query') AS r;
\set ECHO all
RESET min_parallel_table_scan_size; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET max_parallel_workers_per_gather;
SELECT count(*), bool_and(a.moments::text = b.moments::text) AS same FROM by_workers AS a FULL JOIN stored.experiment_states_with AS b USING (metric, dimension);
-- Verified; and as it is dropped, so it is gone, with the others as they were.
SELECT * FROM user_ops.verify('stored');
SELECT string_agg(o, ' ' ORDER BY o) AS dropped FROM user_ops.drop_addon('stored', 'experiment', 'q4') AS o;
SELECT string_agg(DISTINCT experiment, ' ') AS left FROM stored.experiment_days;
--
-- By hand. 200 users, half of them treated; every second buys for 10 before, and of the treated everybody after, for 30; of the held out every second, for 10.
-- The mean is 30 against 5: 25 more, of 100 users 2,500, of which 400 are cost; of buyers 1 - 1/2, 50 more, 8 each. What was before says nothing: it is
-- the same in every user of an arm, or halves it evenly.
--
CREATE TABLE shop_events AS SELECT u, timestamptz '2024-01-05 12:00Z' AS t, 10.0 AS a FROM generate_series(1, 200) AS u WHERE u % 2 = 0
UNION ALL SELECT u, '2024-02-05 12:00Z', CASE WHEN u <= 100 THEN 30 ELSE 10 END FROM generate_series(1, 200) AS u WHERE u <= 100 OR u % 4 < 2;
CREATE TABLE campaign AS SELECT u, CASE WHEN u <= 100 THEN 'mail' ELSE 'holdout' END AS arm, date '2024-02-01' AS d FROM generate_series(1, 200) AS u;
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop_events', 'u', 't', 'a', 'shop', as_of => '2024-02-10', purchase_model => 'none');
SELECT object FROM user_ops.create_experiment_views('shop', 'win_back', 'campaign', 'u', 'arm', 'd', 'holdout', within_days => 9, ends => '2024-02-02', costs => '{"mail": 400}', inference => 'sequential', tightest_at => 200);
SELECT * FROM shop.experiment_arms ORDER BY variant;
SELECT treated, round(incremental_converters::numeric, 6) AS converters, round(incremental_revenue::numeric, 6) AS revenue, lower < 2500 AND upper > 2500 AS inside, cost, round(net_revenue::numeric, 6) AS net, round(return_on_cost::numeric, 6) AS return_on_cost, round(cost_per_converter::numeric, 6) AS each, mismatch, complete FROM shop.campaign_lift;
-- A look for each as_of; two at one are one, the last. Looks stay when the data change; always_valid_p only falls.
SELECT count(*) FROM user_ops.create_experiment_views('shop', 'win_back', 'campaign', 'u', 'arm', 'd', 'holdout', within_days => 9, costs => '{"mail": 400}', inference => 'sequential', tightest_at => 200, open => 'include');
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop_events', 'u', 't', 'a', 'shop', as_of => '2024-02-05', purchase_model => 'none');
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop_events', 'u', 't', 'a', 'shop', as_of => '2024-02-06', purchase_model => 'none');
UPDATE shop_events SET a = 9 WHERE u <= 100 AND t > '2024-02-01Z';
SELECT as_of FROM user_ops.refresh('shop');
UPDATE shop_events SET a = 6 WHERE u <= 100 AND t > '2024-02-01Z';
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop_events', 'u', 't', 'a', 'shop', as_of => '2024-02-12', purchase_model => 'none');
SELECT as_of, count(*), string_agg(round(effect::numeric, 6)::text, '') FILTER (WHERE metric = 'revenue') AS effect, bool_and(always_valid_p IS NOT DISTINCT FROM (SELECT min(o.p_value) FROM shop.experiment_days AS o WHERE o.as_of <= d.as_of AND (o.metric, o.variant) = (d.metric, d.variant))) AS lowest,
	bool_and(p_value = always_valid_p) FILTER (WHERE metric = 'revenue') AS is_it FROM shop.experiment_days AS d GROUP BY as_of ORDER BY as_of;
-- Other costs are the same question; another window is not.
SELECT count(*) FROM user_ops.create_experiment_views('shop', 'win_back', 'campaign', 'u', 'arm', 'd', 'holdout', within_days => 9, costs => '{"mail": 1}', inference => 'sequential', tightest_at => 200, open => 'include');
SELECT count(DISTINCT as_of) AS looks, min(cost) AS cost FROM shop.experiment_days, shop.campaign_lift;
SET client_min_messages = notice;
SELECT count(*) FROM user_ops.create_experiment_views('shop', 'win_back', 'campaign', 'u', 'arm', 'd', 'holdout', within_days => 8, weights => '{"holdout": 1, "mail": 9}');
SET client_min_messages = warning;
SELECT count(DISTINCT as_of) AS looks, bool_and(always_valid_p IS NULL) AS fixed, bool_and(mismatch) AS mismatch FROM shop.experiment_days;
-- An arm that nobody meant is a mismatch, whatever the numbers; a control that nobody was assigned to has no effects.
SELECT count(*) FROM user_ops.create_experiment_views('shop', 'win_back', 'campaign', 'u', 'arm', 'd', 'holdout', weights => '{"holdout": 1, "call": 1}');
SELECT variant, sample_ratio_p, mismatch FROM shop.experiment_arms ORDER BY variant;
UPDATE campaign SET arm = 'mail';
SELECT rows_left_out FROM user_ops.refresh('shop');
SELECT (SELECT count(*) FROM shop.experiment_results) AS results, (SELECT count(*) FROM shop.campaign_lift) AS lift, variant, users FROM shop.experiment_arms;
-- Without amounts: what needs none. With a window of a week nobody can be retained. With nobody: nothing.
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', NULL, 'visits', time_zone => 'Asia/Shanghai', as_of => '2024-04-10', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_experiment_views('visits', 'v', 'assigned', 'u', 'variant', 't', 'control');
SELECT string_agg(DISTINCT metric, ' ') AS metrics, (SELECT count(*) FILTER (WHERE incremental_revenue IS NULL AND treated > 0) FROM visits.campaign_lift) AS arms FROM visits.experiment_results;
SELECT string_agg(DISTINCT metric, ' ') AS metrics FROM stored.experiment_results WHERE experiment = 'q3';
CREATE TABLE nobody AS TABLE events WITH NO DATA;
CREATE TABLE no_assignments AS TABLE assigned WITH NO DATA;
SELECT count(*) > 0 AS made FROM user_ops.create_views('nobody', 'u', 't', 'a', 'empty', allow_empty => true);
SELECT count(*) FROM user_ops.create_experiment_views('empty', 'a', 'assigned', 'u', 'variant', 't', 'control');
SELECT count(*) FROM user_ops.create_experiment_views('empty', 'n', 'no_assignments', 'u', 'variant', 't', 'control');
SELECT (SELECT count(*) FROM empty.experiment_results WHERE effect <> 0) AS effects, (SELECT count(*) FROM empty.experiment_arms WHERE experiment = 'n') AS arms, (SELECT sum(users) FROM empty.experiment_arms) AS users;
-- With a tenant each has what it would have alone.
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', 'orgs', time_zone => 'Asia/Shanghai', as_of => '2024-04-10', tenant => 'org', purchase_model => 'none', first_values => '{country}');
SELECT count(*) FROM user_ops.create_experiment_views('orgs', 'q', 'assigned', 'u', 'variant', 't', 'control', winsorize => 0.9, breakdown => '{country,kind}');
SELECT org, count(*) FILTER (WHERE g.moments::text IS DISTINCT FROM w.moments::text) AS differ, count(*)
FROM (SELECT o.org, s.* FROM unnest('{north,south}'::text[]) AS o (org), states('exclude', 'exclude', 28, 28, NULL, '2024-04-10', 0.9, o.org) AS s) AS w
FULL JOIN (SELECT org, metric, dimension, value, moments FROM orgs.experiment_states_q) AS g USING (org, metric, dimension) WHERE coalesce(g.value, '') = coalesce(w.value, '') GROUP BY org ORDER BY org;
SELECT org, count(*), bool_and((r.effect, r.p_value) IS NOT DISTINCT FROM (c.effect, c.p_value)) AS same FROM orgs.experiment_results AS r JOIN orgs.experiment_states_q AS s USING (org, metric) CROSS JOIN LATERAL user_ops.compare(s.moments, 'control', 'cuped') AS c WHERE s.dimension = '' AND c.variant = r.variant GROUP BY org ORDER BY org;
SELECT * FROM user_ops.verify('orgs');
-- Refused, each with a hint.
CREATE FUNCTION refused(arguments text) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.problem(format('SELECT * FROM user_ops.create_experiment_views(''stored'', %s)', arguments)) $$;
SELECT refused(a) FROM unnest(ARRAY[
	$$'x', 'assigned', 'u', 'variant', 't', 'ctl'$$, $$NULL, 'assigned', 'u', 'variant', 't', 'control'$$, $$'x', NULL, 'u', 'variant', 't', 'control'$$, $$'x', 'assigned', 'u', 'variant', 't', NULL$$, $$'x', 'assigned', 'who', 'variant', 't', 'control'$$,
	$$'x', 'assigned', 'kind', 'variant', 't', 'control'$$, $$'x', 'assigned', 'u', 'variant', 'u', 'control'$$, $$repeat('x', 46), 'assigned', 'u', 'variant', 't', 'control'$$]) AS a;
SELECT a, refused($$'x', 'assigned', 'u', 'variant', 't', 'control', $$ || a) FROM unnest(ARRAY[
	'within_days => 0', 'within_days => NULL', 'before_days => -1', 'winsorize => 1', 'winsorize => ''NaN''', 'tightest_at => 0', 'ends => ''infinity''', 'breakdown => ''{org_unit}''', 'breakdown => ''{NULL}''',
	'weights => ''[1]''', 'weights => ''{"control": 1, "mail": 0}''', 'weights => ''{"mail": 1}''', 'costs => ''{"mail": -1}''', 'costs => ''{"mail": "1"}''']) AS a;
SELECT pg_temp.problem($$SELECT * FROM user_ops.create_experiment_views('orgs', 'x', 'campaign', 'u', 'arm', 'd', 'mail')$$) AS without_tenant;
CREATE VIEW renamed AS SELECT u, t, a, org AS metric, org AS highest FROM events;
CREATE VIEW assigned_renamed AS SELECT u, variant, t, org AS metric, org AS highest FROM assigned;
SELECT count(*) > 0 AS made FROM unnest('{metric,highest}'::name[]) AS n, user_ops.create_views('renamed', 'u', 't', 'a', n, tenant => n, purchase_model => 'none');
SELECT pg_temp.problem(format('SELECT * FROM user_ops.create_experiment_views(%L, ''x'', ''assigned_renamed'', ''u'', ''variant'', ''t'', ''control'')', n)) AS taken FROM unnest('{metric,highest}'::name[]) AS n;
ALTER TABLE no_assignments ENABLE ROW LEVEL SECURITY;
SELECT pg_temp.problem($$SELECT * FROM user_ops.create_experiment_views('shop', 'x', 'no_assignments', 'u', 'variant', 't', 'control')$$) AS guarded;
DROP TABLE campaign;
SELECT pg_temp.problem($$SELECT user_ops.refresh('shop')$$) AS gone;
SELECT count(*) AS dropped FROM user_ops.drop_addon('shop', 'experiment', 'win_back');
DROP SCHEMA experiment_test, stored, live, shop, visits, empty, orgs, metric, highest CASCADE;

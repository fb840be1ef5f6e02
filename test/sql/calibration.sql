SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA calibration_test;
RESET client_min_messages;
SET search_path = calibration_test;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

CREATE FUNCTION draw(i int, k int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT ((hashint8extended(i::bigint * 1000003 + k, 7) & 9007199254740991) + 0.5) / 9007199254740992
$$;
CREATE FUNCTION alike(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT abs(a - b) <= 1e-6 * abs(b) OR a IS NULL AND b IS NULL
$$;
CREATE FUNCTION says(shop text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(col_description(format('%I.users', shop)::regclass, attnum), '.*NULL without a purchase', '')
	FROM pg_attribute WHERE attrelid = format('%I.users', shop)::regclass AND attname = 'churn_risk'
$$;

-- 600 customers each: some stay and some leave; or all come once in a while by chance, the same for all; or each
-- about every 170 days
CREATE TABLE orders AS
SELECT kind, c AS customer_id, CASE kind WHEN 'seldom' THEN date '2021-01-01' ELSE '2023-01-01' END + floor(c % 97 + sum(CASE WHEN n > 0 THEN -ln(draw(c, 10 + n)) * gap ELSE 0 END) OVER (PARTITION BY kind, c ORDER BY n))::int AS day,
	   round((5 + 40 * draw(c, 500 + n))::numeric, 2) AS total
FROM generate_series(1, 600) AS c, (VALUES ('stay or leave', 45, 12), ('by chance', 60, 20), ('seldom', 170, 8)) AS v (kind, gap, most),
	 generate_series(0, 40) AS n
WHERE n <= CASE WHEN kind = 'stay or leave' AND c % 2 = 0 THEN 1 + c % 5 ELSE most END;
CREATE VIEW steady AS SELECT * FROM orders WHERE kind = 'stay or leave';
CREATE VIEW chance AS SELECT * FROM orders WHERE kind = 'by chance';
CREATE VIEW seldom AS SELECT * FROM orders WHERE kind = 'seldom';

-- What the data say of the score is told where it hardly ranks, and stands in the comment on it
SELECT count(*) > 0 AS made FROM user_ops.create_views('steady', 'customer_id', 'day', 'total', 'steady_ops', as_of => '2024-01-01');
SELECT count(*) > 0 AS made FROM user_ops.create_views('chance', 'customer_id', 'day', 'total', 'chance_ops', as_of => '2024-01-01');
SELECT count(*) > 0 AS made FROM user_ops.create_views('seldom', 'customer_id', 'day', 'total', 'seldom_ops', as_of => '2024-01-01');
SELECT shop, says(shop) FROM unnest('{steady_ops,chance_ops,seldom_ops}'::text[]) AS shop;
SELECT 'steady' AS shop, parameter, status, users FROM steady_ops.models WHERE model = 'backtest'
UNION ALL SELECT 'chance', parameter, status, users FROM chance_ops.models WHERE model = 'backtest'
UNION ALL SELECT 'seldom', parameter, status, users FROM seldom_ops.models WHERE model = 'backtest';

-- From the rows: the history of each customer up to the split, in weeks; what the model fitted to it says of each; and
-- the days with a purchase since
CREATE FUNCTION plain_scores(split date, horizon int, OUT x bigint, OUT t_x float8, OUT bought bigint, OUT risk float8, OUT expected float8) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
	WITH days AS (SELECT DISTINCT customer_id, day FROM steady WHERE day < split + horizon),
	histories AS (
		SELECT customer_id, count(*) FILTER (WHERE day < split) - 1 AS x, (max(day) FILTER (WHERE day < split) - min(day))::float8 / 7 AS t_x,
			   (split - 1 - min(day))::float8 / 7 AS t, count(*) FILTER (WHERE day >= split) AS bought
		FROM days GROUP BY 1 HAVING min(day) < split
	)
	SELECT h.x, h.t_x, h.bought, user_ops.churn_risk(m, h.x, h.t_x, t, horizon / 7.0), user_ops.expected_purchases(m, h.x, h.t_x, t, horizon / 7.0)
	FROM histories AS h, (SELECT user_ops.purchase_model(i.x, i.t_x, i.t) AS m FROM histories AS i) AS f
$$;
CREATE FUNCTION plain_backtest(split date, horizon int, OUT users bigint, OUT auc float8, OUT total_bias float8, OUT purchase_gap float8)
LANGUAGE sql STABLE AS $$
	WITH said AS MATERIALIZED (SELECT * FROM plain_scores(split, horizon))
	SELECT count(*), (SELECT avg(CASE WHEN abs(b.risk - s.risk) < 1e-12 THEN 0.5 WHEN b.risk < s.risk THEN 1 ELSE 0 END)::float8
					  FROM said AS b, said AS s WHERE b.bought > 0 AND s.bought = 0),
		   sum(expected) / sum(bought) - 1, percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN x > 0 THEN 7 * t_x / x END)
	FROM said
$$;
CREATE VIEW held AS
SELECT max(value) FILTER (WHERE parameter = 'auc') AS auc, max(value) FILTER (WHERE parameter = 'total_bias') AS total_bias,
	   max(value) FILTER (WHERE parameter = 'purchase_gap') AS purchase_gap, min(users) AS users, bool_and(fitted_at = (SELECT b.fitted_at FROM steady_ops.fitted AS b)) AS fresh
FROM steady_ops.models WHERE model = 'backtest';
SELECT alike(h.auc, p.auc) AS auc, alike(h.total_bias, p.total_bias) AS total_bias, alike(h.purchase_gap, p.purchase_gap) AS purchase_gap, h.users = p.users AS users, h.fresh
FROM held AS h, plain_backtest('2023-10-03', 90) AS p;
SELECT alike(m.value, p.correlation) AS correlation
FROM steady_ops.models AS m, (SELECT corr(x, mean) AS correlation FROM (
	SELECT count(*) - 1 AS x, avg(total) FILTER (WHERE day > first) AS mean
	FROM (SELECT customer_id, day, sum(total)::float8 AS total, min(day) OVER (PARTITION BY customer_id) AS first FROM steady WHERE day < '2024-01-01' GROUP BY 1, 2) AS d
	GROUP BY customer_id HAVING count(*) > 1) AS c) AS p
WHERE m.parameter = 'correlation';
-- a tenth of the users each, and all of them
SELECT count(*) AS deciles, sum(users) = (SELECT users FROM steady_ops.calibration WHERE decile = 0) AS users,
	   alike(sum(predicted_active), (SELECT predicted_active FROM steady_ops.calibration WHERE decile = 0)) AS predicted,
	   sum(actual_purchases) = (SELECT actual_purchases FROM steady_ops.calibration WHERE decile = 0) AS purchases
FROM steady_ops.churn_calibration;
-- where the rank of each user, one by one, puts them
SELECT count(*) AS tenths, count(*) FILTER (WHERE c.users = p.users AND c.actual_active = p.active AND c.actual_purchases = p.bought
											 AND alike(c.predicted_risk, p.risk) AND alike(c.predicted_purchases, p.expected)) AS same
FROM steady_ops.churn_calibration AS c
FULL JOIN (SELECT 1 + 10 * (place - 1) / of_all AS decile, count(*) AS users, count(*) FILTER (WHERE bought > 0) AS active, sum(bought) AS bought, avg(risk) AS risk, sum(expected) AS expected
		   FROM (SELECT s.*, rank() OVER (ORDER BY risk) AS place, count(*) OVER () AS of_all FROM plain_scores('2023-10-03', 90) AS s) AS r GROUP BY 1) AS p USING (decile);

-- It is computed at refresh, and only read by the views; anew where something changed
SELECT pg_get_viewdef('steady_ops.churn_calibration'::regclass) !~ 'purchase_model' AS only_reads;
CREATE TABLE before AS TABLE steady_ops.calibration;
SELECT updated FROM user_ops.refresh('steady_ops');
SELECT count(*) AS differ FROM (TABLE before EXCEPT TABLE steady_ops.calibration) AS d;
INSERT INTO orders SELECT 'stay or leave', c, '2023-11-05', 10 FROM generate_series(2, 600, 6) AS c;
SELECT updated > 90 AS updated FROM user_ops.refresh('steady_ops');
SELECT alike(h.auc, p.auc) AS auc, alike(h.total_bias, p.total_bias) AS total_bias, h.users = p.users AS users, h.fresh, h.auc <> b.auc AS anew
FROM held AS h, plain_backtest('2023-10-03', 90) AS p, before AS b WHERE b.decile = 0;
-- another horizon is another question
SELECT count(*) > 0 AS made FROM user_ops.create_views('steady', 'customer_id', 'day', 'total', 'steady_ops', as_of => '2024-01-01', horizon_days => 60);
SELECT alike(h.auc, p.auc) AS auc, alike(h.total_bias, p.total_bias) AS total_bias, alike(h.purchase_gap, p.purchase_gap) AS purchase_gap
FROM held AS h, plain_backtest('2023-11-02', 60) AS p;
-- where nothing is stored it is computed when read
SELECT count(*) > 0 AS made FROM user_ops.create_views('steady', 'customer_id', 'day', 'total', 'live_ops', as_of => '2024-01-01', horizon_days => 60, stored => false);
SELECT count(*) AS deciles, (SELECT count(*) FROM steady_ops.models AS m LEFT JOIN live_ops.models AS l USING (model, parameter)
							 WHERE alike(m.value, l.value) IS NOT TRUE OR m.status IS DISTINCT FROM l.status OR m.users <> l.users) AS differ
FROM live_ops.churn_calibration AS l JOIN steady_ops.churn_calibration AS s USING (decile)
WHERE l.users = s.users AND l.actual_active = s.actual_active AND alike(l.predicted_risk, s.predicted_risk);

-- What a refresh finds it says too; not so if another role owns the view
INSERT INTO orders SELECT 'by chance', c, date '2023-03-01' + n * 9, 10 FROM generate_series(1, 300) AS c, generate_series(0, 40) AS n;
DELETE FROM orders WHERE kind = 'by chance' AND customer_id > 300 AND day > '2023-06-01';
SELECT updated > 0 AS updated FROM user_ops.refresh('chance_ops');
SELECT says('chance_ops');
UPDATE orders SET day = day + (customer_id % 2) * 200 WHERE kind = 'stay or leave' AND customer_id % 2 = 0;

-- Apart by tenant
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'day', 'total', 'all_ops', as_of => '2024-01-01', tenant => 'kind');
SELECT kind, parameter, status, users > 0 AS users FROM all_ops.models WHERE model = 'backtest' ORDER BY 1, 2;
SELECT kind, count(*) AS deciles FROM all_ops.churn_calibration GROUP BY 1 ORDER BY 1;
SELECT count(*) AS differ FROM all_ops.models AS a JOIN seldom_ops.models AS s USING (model, parameter)
WHERE a.kind = 'seldom' AND NOT alike(a.value, s.value);

-- Nobody to tell apart
CREATE TABLE few AS SELECT 1 AS u, date '2023-12-30' AS day, 5 AS total;
SELECT count(*) > 0 AS made FROM user_ops.create_views('few', 'u', 'day', 'total', 'few_ops', as_of => '2024-01-01');
SELECT parameter, value, status, users FROM few_ops.models WHERE model = 'backtest';
SELECT count(*) AS deciles FROM few_ops.churn_calibration;

-- One score's cut points, or some; and other numbers of bins
SELECT count(*) > 0 AS made FROM user_ops.create_views('steady', 'customer_id', 'day', 'total', 'cut_ops', as_of => '2024-01-01', rfm_recency => '{14,30,60,120}');
SELECT count(*) > 0 AS made FROM user_ops.create_views('steady', 'customer_id', 'day', 'total', 'quantile_ops', as_of => '2024-01-01');
SELECT count(*) AS users, count(*) FILTER (WHERE c.r_score <> 1 + (c.recency_days <= 14)::int + (c.recency_days <= 30)::int + (c.recency_days <= 60)::int + (c.recency_days <= 120)::int) AS wrong,
	   count(*) FILTER (WHERE (c.f_score, c.m_score, c.segment8) IS DISTINCT FROM (q.f_score, q.m_score, q.segment8)) AS other_scores,
	   count(*) FILTER (WHERE c.r_score <> q.r_score) > 0 AS not_by_quantiles, count(c.segment) AS segments
FROM cut_ops.users AS c JOIN quantile_ops.users AS q USING (user_id);
SELECT count(*) > 0 AS made FROM user_ops.create_views('steady', 'customer_id', 'day', 'total', 'cut_ops', as_of => '2024-01-01', rfm_frequency => '{1,4}', rfm_monetary => '{50,100.255}');
SELECT count(*) > 0 AS made FROM user_ops.create_views('steady', 'customer_id', 'day', 'total', 'live_ops', as_of => '2024-01-01', rfm_frequency => '{1,4}', rfm_monetary => '{50,100.255}', stored => false);
SELECT count(*) AS users, count(segment) AS segments, count(*) FILTER (WHERE f_score <> 1 + (frequency > 1)::int + (frequency > 4)::int OR m_score <> 1 + (monetary > 50)::int + (monetary > 100.255)::int) AS wrong,
	   count(DISTINCT r_score) AS r_scores, (SELECT count(*) FROM (SELECT * FROM cut_ops.rfm_grid EXCEPT SELECT * FROM live_ops.rfm_grid) AS d) AS differ
FROM cut_ops.users;
SELECT user_ops.with_cuts(m, frequency => '{1,4}') AS model FROM (SELECT user_ops.make_rfm_model('{10,20}', '{2,3}', '{5,6}', 1, 2, 3) AS m) AS m;
SELECT user_ops.with_cuts(m, '{7,8}', '{1,4}', '{5.25,6}')::text = user_ops.make_rfm_model('{7,8}', '{1,4}', '{5.25,6}')::text AS all_given FROM (SELECT user_ops.make_rfm_model('{10,20}', '{2,3}', '{0.01,6}') AS m) AS m;
SELECT user_ops.with_cuts(NULL) IS NULL AS no_model, user_ops.with_cuts(m)::text = m::text AS none_given FROM (SELECT user_ops.make_rfm_model('{10,20}', '{2,3}') AS m) AS m;
SELECT user_ops.with_cuts(m, '{1,2,3}') FROM (SELECT user_ops.make_rfm_model('{10,20}', '{2,3}') AS m) AS m;
SELECT user_ops.with_cuts(m, '{2,1}') FROM (SELECT user_ops.make_rfm_model('{10,20}', '{2,3}') AS m) AS m;
SELECT user_ops.with_cuts(m, monetary => '{1,2}') FROM (SELECT user_ops.make_rfm_model('{10,20}', '{2,3}') AS m) AS m;
SELECT user_ops.with_cuts(m, frequency => '{1,NULL}') FROM (SELECT user_ops.make_rfm_model('{10,20}', '{2,3}') AS m) AS m;
SELECT user_ops.create_views('steady', 'customer_id', 'day', target_schema => 'bad_ops', rfm_monetary => '{1,2}');
SELECT user_ops.create_views('steady', 'customer_id', 'day', 'total', 'bad_ops', rfm_recency => '{1,2}', rfm_monetary => '{1,2,3}');

DROP VIEW held;
SET client_min_messages = warning;
SELECT count(*) > 100 AS dropped FROM unnest('{steady_ops,chance_ops,seldom_ops,live_ops,all_ops,few_ops,cut_ops,quantile_ops}'::name[]) AS s, user_ops.drop_views(s);
DROP SCHEMA calibration_test CASCADE;

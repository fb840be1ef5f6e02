SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA model_views_test;
RESET client_min_messages;
SET search_path = model_views_test;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

-- 300 customers, some of whom come once, some stay and some leave; customer 999 only looks
CREATE TABLE orders AS
SELECT c AS customer_id, date '2024-01-01' + c % 90 + n * (2 + c * c % 23) + (c * 31 + n * n * 17) % (2 + c % 5) AS day,
	   ((c * 37 + n * 11) % 400)::numeric / 4 + 1 AS total
FROM generate_series(1, 300) AS c, generate_series(0, (c * c * 7 + c) % (1 + c * 13 % 29)) AS n
UNION ALL SELECT 999, '2024-02-01', NULL;

-- what the models read, from the rows: days with a purchase before a date, in weeks
CREATE FUNCTION plain_history(as_of date, OUT id int, OUT x bigint, OUT t_x float8, OUT t float8, OUT repeat_mean float8)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
	SELECT d.customer_id, count(*) - 1, (max(d.day) - min(d.day))::float8 / 7, (as_of - 1 - min(d.day))::float8 / 7,
		   avg(d.total) FILTER (WHERE d.day > d.first)
	FROM (SELECT o.customer_id, o.day, sum(o.total) AS total, min(o.day) OVER (PARTITION BY o.customer_id) AS first
		  FROM orders AS o WHERE o.total >= 0 AND o.day < as_of GROUP BY 1, 2) AS d
	GROUP BY d.customer_id
$$;
CREATE FUNCTION alike(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT abs(a - b) <= 1e-6 * abs(b) OR a IS NULL AND b IS NULL
$$;
CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'day', 'total', 'shop', as_of => '2024-07-01', horizon_days => 60);

--
-- The models, and what users says by them
--

SELECT model, parameter, status, users, std_error IS NULL AS no_error, fitted_at = (SELECT refreshed_at FROM shop.fitted) AS fresh
FROM shop.models;
SELECT count(*) AS parameters, bool_and(alike(m.value, p.value)) AS alike, bool_and(alike(m.log_likelihood, p.ll)) AS as_likely
FROM shop.models AS m
JOIN (SELECT q.*, user_ops.loglik(f.fitted) AS ll
	  FROM (SELECT user_ops.purchase_model(x, t_x, t) AS fitted FROM plain_history('2024-07-01')) AS f, user_ops.model_parameters(f.fitted) AS q) AS p USING (parameter)
WHERE m.model = 'mbg_nbd';

CREATE VIEW plain_scores AS
SELECT h.*, user_ops.churn_risk(b.purchase_model, x, t_x, t, 60 / 7.0) AS churn_risk, user_ops.p_alive(b.purchase_model, x, t_x, t) AS p_alive,
	   user_ops.expected_purchases(b.purchase_model, x, t_x, t, 90 / 7.0) AS expected_purchases,
	   user_ops.expected_spend(b.spend_model, x, coalesce(repeat_mean, 0)) AS expected_spend,
	   -- eleven months and what is left of the year of 365 days
	   (SELECT sum((user_ops.expected_purchases(b.purchase_model, x, t_x, t, least(m, 365 / 30.4375) * 30.4375 / 7)
				  - user_ops.expected_purchases(b.purchase_model, x, t_x, t, (m - 1) * 30.4375 / 7)) / 1.1 ^ (least(m, 365 / 30.4375) / 12))
		FROM generate_series(1, 12) AS m) AS discounted
FROM shop.fitted AS b, plain_history('2024-07-01') AS h;
SELECT count(*) AS users, bool_and(alike(u.churn_risk, p.churn_risk)) AS churn_risk, bool_and(alike(u.p_alive, p.p_alive)) AS p_alive,
	   bool_and(alike(u.expected_purchases_90d, p.expected_purchases)) AS expected_purchases,
	   bool_and(alike(u.expected_spend, p.expected_spend)) AS expected_spend,
	   bool_and(alike(u.clv_365d, p.discounted * p.expected_spend)) AS clv, string_agg(DISTINCT u.churn_method, ' ') AS method
FROM shop.users AS u JOIN plain_scores AS p ON p.id = u.user_id;
SELECT count(*) FILTER (WHERE clv_365d > 0) AS with_clv, count(DISTINCT round(churn_risk::numeric, 6)) > 100 AS various FROM shop.users;
-- who never bought has no risk
SELECT churn_risk, p_alive, expected_purchases_90d, expected_spend, clv_365d, churn_method FROM shop.users WHERE user_id = 999;
-- the bands are of the same risk
SELECT b.band, b.users, b.users - count(u.*) AS differ
FROM shop.churn_bands AS b
LEFT JOIN shop.users AS u ON CASE WHEN u.churn_risk < 1 THEN trunc(u.churn_risk * 5)::int WHEN u.churn_risk = 1 THEN 4 ELSE 5 END = array_position('{0-20%,20-40%,40-60%,60-80%,80-100%,no_purchase}', b.band) - 1
GROUP BY b.band, b.users ORDER BY b.band;

--
-- What would have been said, and what happened
--

CREATE TABLE said AS
SELECT h.id, 1 - user_ops.churn_risk(f.fitted, x, t_x, t, 60 / 7.0) AS likely,
	   user_ops.expected_purchases(f.fitted, x, t_x, t, 60 / 7.0) AS expected,
	   (SELECT count(DISTINCT o.day) FROM orders AS o WHERE o.customer_id = h.id AND o.day >= '2024-05-02' AND o.day < '2024-07-01') AS bought
FROM (SELECT user_ops.purchase_model(x, t_x, t) AS fitted FROM plain_history('2024-05-02')) AS f, plain_history('2024-05-02') AS h;
CREATE VIEW by_decile AS
SELECT decile, count(*) AS users, sum(likely) AS likely, count(*) FILTER (WHERE bought > 0) AS active, sum(expected) AS expected, sum(bought) AS bought
FROM (SELECT s.*, 1 + 10 * (SELECT count(*) FROM said AS o WHERE o.likely > s.likely * (1 + 1e-9)) / (SELECT count(*) FROM said) AS decile FROM said AS s) AS d
GROUP BY decile;
SELECT count(*) AS deciles, sum(c.users) AS users, bool_and(c.users = d.users AND c.actual_active = d.active AND c.actual_purchases = d.bought) AS counts,
	   bool_and(alike(c.predicted_active, d.likely) AND alike(c.predicted_purchases, d.expected)) AS predicted,
	   bool_and(alike(c.predicted_risk, 1 - d.likely / d.users) AND alike(c.actual_risk, 1 - d.active::float8 / d.users)) AS risks,
	   min(c.churn_method) AS method
FROM shop.churn_calibration AS c FULL JOIN by_decile AS d USING (decile);
SELECT count(*) AS differ FROM (
	SELECT decile, users, actual_active, actual_purchases FROM user_ops.backtest('shop.activity', '2024-05-02', 60)
	EXCEPT SELECT decile, users, actual_active, actual_purchases FROM shop.churn_calibration) AS d;
-- the area under the curve is a share of pairs
SELECT b.users = s.users AS users, alike(b.auc, s.auc) AS auc, b.auc > 0.6 AS better_than_chance, alike(b.brier, s.brier) AS brier,
	   alike(b.total_bias, s.expected / s.bought - 1) AS total_bias, b.actual_purchases = s.bought AS bought, b.actual_active = s.active AS active,
	   alike(b.predicted_purchases, s.expected) AS purchases, alike(b.predicted_active, s.likely) AS likely, b.status, b.log_likelihood < 0 AS log_likelihood
FROM user_ops.backtest_summary('shop.activity', '2024-05-02', 60) AS b,
	 (SELECT count(*) AS users, avg((likely - (bought > 0)::int) ^ 2) AS brier, sum(expected) AS expected, sum(bought) AS bought,
		sum(likely) AS likely, count(*) FILTER (WHERE bought > 0) AS active,
		(SELECT avg(CASE WHEN abs(y.likely - n.likely) < 1e-9 THEN 0.5 WHEN y.likely > n.likely THEN 1 ELSE 0 END)::float8
		 FROM said AS y, said AS n WHERE y.bought > 0 AND n.bought = 0) AS auc
	  FROM said) AS s;

-- by hand: three users are too few for a model, so by their gaps.  The first two have the same past, a gap of 10
-- days and 21 idle ones, and a risk of ((10 + 10 + 21) / (10 + 10 + 21 + 30))^2 = 0.3335; the third (10 + 31) / (10 + 31 + 30) = 0.5775.
-- The first comes again: of two pairs one is right and one equal, 0.75; Brier (0.3335^2 + 0.6665^2 + 0.4225^2) / 3 = 0.2447
CREATE TABLE three (activity user_ops.activity);
INSERT INTO three VALUES ('{2024-01-01:1,2024-01-11:1,2024-02-05:1,2024-02-06:1}'), ('{2024-01-01:1,2024-01-11:1,2024-03-02:1}'), ('{2024-01-01:1}');
SELECT users, auc, round(brier::numeric, 4) AS brier, actual_active, actual_purchases, predicted_purchases, status
FROM user_ops.backtest_summary('three', '2024-02-01', 30);
SELECT decile, users, round(predicted_active::numeric, 3) AS predicted_active, actual_active, actual_purchases FROM user_ops.backtest('three', '2024-02-01', 30);

-- who waits for the second purchase
SELECT count(*) AS times, sum(v.events) = (SELECT count(*) FROM plain_history('2024-07-01') WHERE x > 0) AS events,
	   sum(v.censored) = (SELECT count(*) FROM plain_history('2024-07-01') WHERE x = 0) AS censored,
	   bool_and(v.lower <= v.survival AND v.survival <= v.upper) AS within
FROM shop.survival_second_purchase AS v;
SELECT count(*) AS differ FROM ((TABLE shop.survival_second_purchase) EXCEPT
	(SELECT c.* FROM (SELECT user_ops.second_purchase_survival(activity, '2024-07-01') AS s FROM shop.activity) AS w, user_ops.survival_curve(w.s) AS c)) AS d;

--
-- Nothing stored, other models, none
--

SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'day', 'total', 'live', as_of => '2024-07-01', horizon_days => 60, stored => false);
SELECT (SELECT count(*) FROM (TABLE shop.users EXCEPT TABLE live.users) AS d) AS users,
	   (SELECT count(*) FROM (SELECT decile, users, actual_active, churn_method FROM shop.churn_calibration EXCEPT SELECT decile, users, actual_active, churn_method FROM live.churn_calibration) AS d) AS calibration,
	   (SELECT count(*) FROM (SELECT model, parameter, round(value::numeric, 9), std_error, status, log_likelihood, users FROM shop.models
							  EXCEPT SELECT model, parameter, round(value::numeric, 9), std_error, status, log_likelihood, users FROM live.models) AS d) AS models;

-- a refresh keeps the fit while nothing changes, and fits again when something does
CREATE TABLE fits AS SELECT 1 AS n, purchase_model, fitted_at FROM shop.fitted;
SELECT updated FROM user_ops.refresh('shop');
INSERT INTO fits SELECT 2, purchase_model, fitted_at FROM shop.fitted;
INSERT INTO orders VALUES (5, '2024-06-01', 10);
SELECT updated FROM user_ops.refresh('shop');
INSERT INTO fits SELECT 3, purchase_model, fitted_at FROM shop.fitted;
SELECT a.n, a.purchase_model::text = b.purchase_model::text AS kept FROM fits AS a JOIN fits AS b ON b.n = a.n - 1 ORDER BY a.n;

-- another kind is fitted at once, and nobody moves because of it
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'day', 'total', 'shop', as_of => '2024-07-01', horizon_days => 60, purchase_model => 'pareto_nbd');
SELECT DISTINCT model FROM shop.models ORDER BY model;
SELECT DISTINCT churn_method FROM shop.users ORDER BY 1;
SELECT DISTINCT churn_method FROM shop.churn_calibration;
SELECT count(*) FROM shop.transitions WHERE refreshed_at >= (SELECT refreshed_at FROM shop.fitted);

CREATE VIEW by_gaps AS
SELECT count(*) AS users, bool_and(alike(u.churn_risk, user_ops.churn_risk(a.activity, b.as_of, 60, 1, b.typical_gap))) AS gaps,
	   string_agg(DISTINCT u.churn_method, ' ') AS method, count(u.p_alive) + count(u.expected_purchases_90d) + count(u.expected_spend) + count(u.clv_365d) AS predicted
FROM shop.users AS u JOIN shop.activity AS a USING (user_id), shop.fitted AS b;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'day', 'total', 'shop', as_of => '2024-07-01', horizon_days => 60, purchase_model => 'none');
TABLE by_gaps;
SELECT count(*) AS models FROM shop.models;
SELECT count(*) AS deciles, sum(actual_active) AS active, count(predicted_purchases) AS predicted, min(churn_method) AS method FROM shop.churn_calibration;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'day', 'total', 'live', as_of => '2024-07-01', horizon_days => 60, purchase_model => 'none', stored => false);
SELECT count(*) AS differ FROM (TABLE shop.users EXCEPT TABLE live.users) AS d;

-- few users, none of whom bought again: the views say so and do without the models
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'day', 'total', 'shop', as_of => '2024-01-04', horizon_days => 60);
SELECT model, parameter, status, users FROM shop.models;
TABLE by_gaps;
SELECT count(*) AS deciles FROM shop.churn_calibration;

-- without amounts: active days are modelled, money is not; nobody at all
CREATE VIEW visits AS SELECT customer_id, day FROM orders;
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'customer_id', 'day', as_of => '2024-07-01');
SELECT count(churn_risk) AS risks, count(p_alive) AS alive, count(expected_spend) + count(clv_365d) AS money, string_agg(DISTINCT churn_method, ' ') AS method FROM visits_ops.users;
SELECT DISTINCT model FROM visits_ops.models;
CREATE VIEW nobody AS SELECT * FROM orders WHERE false;
SELECT count(*) > 0 AS made FROM user_ops.create_views('nobody', 'customer_id', 'day', 'total', allow_empty => true);
SELECT model, parameter, status, users FROM nobody_ops.models;
SELECT (SELECT count(*) FROM nobody_ops.users) AS users, (SELECT count(*) FROM nobody_ops.churn_calibration) AS deciles, (SELECT count(*) FROM nobody_ops.survival_second_purchase) AS times;
SELECT users, auc, brier, actual_purchases, status FROM user_ops.backtest_summary('nobody_ops.activity', '2024-05-02', 60);

--
-- Errors
--

SELECT fails($$SELECT user_ops.create_views('orders', 'customer_id', 'day', 'total', 'shop', purchase_model => 'linear')$$);
SELECT fails($$SELECT user_ops.create_views('orders', 'customer_id', 'day', 'total', 'shop', purchase_model => NULL)$$);
SELECT fails($$SELECT user_ops.backtest('orders', '2024-05-02', 60)$$);
SELECT fails($$SELECT user_ops.backtest('shop.activity', 'infinity', 60)$$);
SELECT fails($$SELECT user_ops.backtest_summary('shop.activity', '2024-05-02', 0)$$);
CREATE TABLE texts (activity text);
SELECT fails($$SELECT user_ops.backtest('texts', '2024-05-02', 60)$$);

SET client_min_messages = warning;
DROP VIEW by_gaps, plain_scores;
SELECT count(*) FROM (VALUES ('shop'), ('live'), ('visits_ops'), ('nobody_ops')) AS s (name), user_ops.drop_views(s.name::name);
DROP SCHEMA model_views_test CASCADE;

SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA value_views_test;
SET search_path = value_views_test;
SET datestyle = 'ISO, YMD';
\set VERBOSITY terse

--
-- days_to_second_purchase
--

-- visits and refunds are no purchases
SELECT user_ops.days_to_second_purchase('amounts {2024-01-01:1,2024-01-05:1:1:3,2024-01-09:1:0:-3,2024-01-15:2:1:0,2024-01-16:1:1:1}') AS ten;
-- where the source has no amounts: active days
SELECT user_ops.days_to_second_purchase('{2024-01-01:1,2024-01-05:1,2024-01-09:3}') AS four;
-- two purchases on one day are one purchase day
SELECT user_ops.days_to_second_purchase('amounts {2024-01-05:2:2:3}') IS NULL AS none,
	   user_ops.days_to_second_purchase('amounts {2024-01-01:1,2024-01-05:1:0:-1}') IS NULL AS never;
-- as_of is not observed
SELECT user_ops.days_to_second_purchase('{2024-02-28:1,2024-03-01:1}', '2024-03-02') AS two,
	   user_ops.days_to_second_purchase('{2024-02-28:1,2024-03-01:1}', '2024-03-01') IS NULL AS not_yet,
	   user_ops.days_to_second_purchase(NULL) IS NULL AS nobody;
SELECT user_ops.days_to_second_purchase('{-4713-11-24:1,5874897-12-31:1}') = date '5874897-12-31' - date '4714-11-24 BC' AS farthest;

--
-- The views.  as_of is 2024-03-16, the typical gap 23 days (of the medians 20, 23 and 42).
--

--	ann	buys on January 5 for 100 and 29 days later for 50, of which 30 come back
--	bob	looks around in January, buys in March
--	cid	buys on February 10 and 20 days later
--	dan	only has something given back
CREATE TABLE shop (who text, day date, paid numeric);
INSERT INTO shop VALUES ('ann', '2024-01-05', 100), ('ann', '2024-02-03', 50), ('ann', '2024-02-20', -30),
	('bob', '2024-01-20', NULL), ('bob', '2024-03-02', 40), ('cid', '2024-02-10', 10), ('cid', '2024-03-01', 10),
	('dan', '2024-03-03', -5), ('ann', '2024-03-16', 1000);
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', 'paid', as_of => '2024-03-16', horizon_days => 23,
	rfm_recency => '{7,14,30,60}', rfm_frequency => '{1,2,3,4}', rfm_monetary => '{10,20,50,100}');

-- January: ann and bob; 100, then 50 - 30, then 40
SELECT cohort, period_number AS n, cohort_size AS size, revenue, cumulative_revenue, round(ltv, 2) AS ltv, complete
FROM shop_ops.ltv_month ORDER BY cohort, n;
-- nothing can be said against a first month that cost money
SELECT cohort, period_number AS n, cohort_size AS size, first_revenue, revenue, retention_rate, complete
FROM shop_ops.revenue_retention_month ORDER BY cohort, n;
-- two of three buyers, after 20 and 29 days
SELECT buyers, repeat_buyers, round(repeat_rate::numeric, 4) AS repeat_rate,
	   days_to_second_q1, days_to_second_median, days_to_second_q3 FROM shop_ops.repeat_purchase;
-- ann: ((23 + 71) / (23 + 71 + 23))^2 = 0.6455; bob: 37 / 60 = 0.6167; cid: (58 / 81)^2 = 0.5127
SELECT user_id, round(churn_risk::numeric, 4) AS churn_risk, monetary FROM shop_ops.users ORDER BY user_id COLLATE "C";
SELECT * FROM shop_ops.churn_bands ORDER BY band COLLATE "C";
-- ann: 42 days ago, on two days; bob: 14 and one; cid: 15 and two
SELECT * FROM shop_ops.rfm_grid WHERE users > 0 ORDER BY r_score, f_score;
SELECT count(*) AS cells, count(DISTINCT (r_score, f_score)) AS pairs, min(r_score), max(f_score), sum(users) AS users, sum(revenue) AS revenue,
	   count(*) FILTER (WHERE users = 0 AND revenue = 0) AS empty
FROM shop_ops.rfm_grid;

-- the same on the spot
CREATE TABLE stored AS
	SELECT 'ltv' AS view, to_jsonb(v) AS row FROM shop_ops.ltv_month AS v UNION ALL
	SELECT 'revenue', to_jsonb(v) FROM shop_ops.revenue_retention_month AS v UNION ALL
	SELECT 'repeat', to_jsonb(v) FROM shop_ops.repeat_purchase AS v UNION ALL
	SELECT 'bands', to_jsonb(v) FROM shop_ops.churn_bands AS v UNION ALL
	SELECT 'grid', to_jsonb(v) FROM shop_ops.rfm_grid AS v;
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', 'paid', as_of => '2024-03-16', horizon_days => 23, stored => false,
	rfm_recency => '{7,14,30,60}', rfm_frequency => '{1,2,3,4}', rfm_monetary => '{10,20,50,100}');
SELECT view, count(*) FROM (
	SELECT 'ltv' AS view, to_jsonb(v) AS row FROM shop_ops.ltv_month AS v UNION ALL
	SELECT 'revenue', to_jsonb(v) FROM shop_ops.revenue_retention_month AS v UNION ALL
	SELECT 'repeat', to_jsonb(v) FROM shop_ops.repeat_purchase AS v UNION ALL
	SELECT 'bands', to_jsonb(v) FROM shop_ops.churn_bands AS v UNION ALL
	SELECT 'grid', to_jsonb(v) FROM shop_ops.rfm_grid AS v
	INTERSECT TABLE stored) AS same GROUP BY view ORDER BY view COLLATE "C";

-- fewer months, other bins
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', 'paid', as_of => '2024-03-16', max_months => 1, rfm_bins => 3);
SELECT cohort, period_number AS n, cumulative_revenue FROM shop_ops.ltv_month ORDER BY cohort, n;
SELECT count(*) AS cells, sum(users) AS users FROM shop_ops.rfm_grid;

-- without amounts: nothing to say of money, and active days instead of purchase days: ann 29, bob 42, cid 20
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', as_of => '2024-03-16');
SELECT (SELECT count(*) FROM shop_ops.ltv_month) AS ltv, (SELECT count(*) FROM shop_ops.revenue_retention_month) AS revenue_retention;
SELECT * FROM shop_ops.repeat_purchase;
SELECT sum(users) AS users, count(revenue_at_risk) AS revenue, sum(users) FILTER (WHERE band = 'no_purchase') AS no_purchase FROM shop_ops.churn_bands;
SELECT count(*) AS cells, sum(users) AS users, count(revenue) AS revenue FROM shop_ops.rfm_grid;
-- and with amounts again
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', 'paid', as_of => '2024-03-16');
SELECT count(*) AS ltv FROM shop_ops.ltv_month;

-- nobody
TRUNCATE shop;
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', 'paid', as_of => '2024-03-16', allow_empty => true);
SELECT (SELECT count(*) FROM shop_ops.ltv_month) AS ltv, (SELECT count(*) FROM shop_ops.revenue_retention_month) AS revenue_retention;
SELECT * FROM shop_ops.repeat_purchase;
SELECT count(*) AS bands, sum(users) AS users, count(share) AS shares, sum(revenue_at_risk) AS revenue FROM shop_ops.churn_bands;
SELECT count(*) AS cells, sum(users) AS users, sum(revenue) AS revenue FROM shop_ops.rfm_grid;
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', 'paid', as_of => '2024-03-16', allow_empty => true, stored => false);
SELECT * FROM shop_ops.repeat_purchase;
SELECT count(*) AS bands, sum(users) AS users, count(share) AS shares, sum(revenue_at_risk) AS revenue FROM shop_ops.churn_bands;
SELECT count(*) AS cells, sum(users) AS users, sum(revenue) AS revenue FROM shop_ops.rfm_grid;

DROP SCHEMA shop_ops CASCADE;
DROP SCHEMA value_views_test CASCADE;

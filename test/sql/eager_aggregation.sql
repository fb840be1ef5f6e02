SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
-- From 19 on the planner may aggregate below a join, and combine one part as often as
-- the join repeats it. Populations cannot be combined twice: they say that they grow.
SELECT count(*) > 0 AS there, bool_and(aggtransspace < 0) AS all_say_so FROM pg_aggregate WHERE aggcombinefn = 'user_ops_internal.population_combine'::regproc;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE visits AS SELECT n % 50 AS u, n % 3 AS shop, date '2024-01-01' + n % 40 AS day, n % 7 AS amount FROM generate_series(1, 20000) AS n;
CREATE TEMP TABLE shops AS SELECT n % 3 AS shop, n % 2 AS region FROM generate_series(1, 12) AS n;
ANALYZE visits, shops;
CREATE TEMP TABLE joined AS SELECT * FROM visits JOIN shops USING (shop);
CREATE TEMP TABLE truth AS SELECT region, u, activity_agg(day, amount) AS activity FROM joined GROUP BY region, u;
SELECT count(*) AS users, count(*) FILTER (WHERE t.activity IS DISTINCT FROM (p.x).activity) AS wrong
FROM truth AS t
FULL JOIN (SELECT region, users(p, NULL::int) AS x
		   FROM (SELECT region, population_agg(u, day, amount) AS p FROM visits JOIN shops USING (shop) GROUP BY region) AS s OFFSET 0) AS p
	ON (p.region, (p.x).user_id) = (t.region, t.u);
-- Activities and metrics can be combined as often as it takes.
SELECT count(*) AS users, count(*) FILTER (WHERE t.activity IS DISTINCT FROM a.activity) AS wrong
FROM truth AS t
FULL JOIN (SELECT region, u, activity_agg(day, amount) AS activity FROM visits JOIN shops USING (shop) GROUP BY region, u) AS a USING (region, u);
CREATE TEMP TABLE repeated AS SELECT u, n % 2 AS side FROM generate_series(0, 49) AS u, generate_series(1, 8) AS n;
ANALYZE truth, repeated;
SELECT side, joined.lifecycle = four.lifecycle AS lifecycle, joined.retention = four.retention AS retention,
	   joined.engagement = four.engagement AS engagement, joined.rfm_model = four.rfm_model AS rfm_model
FROM (SELECT side, lifecycle(activity, 'week', '2024-03-01'), retention(activity, 'week', '2024-03-01'), engagement(activity, '2024-03-01'), rfm_model(activity, '2024-03-01')
	  FROM truth JOIN repeated USING (u) GROUP BY side) AS joined,
	 (SELECT lifecycle(activity, 'week', '2024-03-01'), retention(activity, 'week', '2024-03-01'), engagement(activity, '2024-03-01'), rfm_model(activity, '2024-03-01')
	  FROM (SELECT activity FROM truth, generate_series(1, 4) OFFSET 0) AS s) AS four
ORDER BY side;

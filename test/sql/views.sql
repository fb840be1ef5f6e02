SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA views_test;
RESET client_min_messages;
SET search_path = views_test;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

--
-- Events, and the same questions in plain SQL
--

-- A line a user: month-day and amount; - is a visit without an amount.
CREATE TABLE orders (customer_id bigint, ordered_at timestamptz, total numeric);
INSERT INTO orders
SELECT l.customer_id, ('2024-' || split_part(e, ' ', 1))::date + time '12:00',
	   nullif(split_part(e, ' ', 2), '-')::numeric
FROM (VALUES
	(1, '01-01 10.50,01-08 20,01-15 5.25,01-22 8,01-29 9,02-05 11,02-12 7,02-19 30,02-26 2.5,03-04 1,03-10 19.99'),
	(2, '01-01 100'),
	(3, '01-02 -,01-03 -,02-20 -'),
	(4, '01-03 40,01-03 15,01-03 -,02-03 25,03-03 35'),
	(5, '01-09 60,01-10 -60'),
	(6, '02-28 12,03-01 14,03-02 -,03-05 3,03-09 22'),
	(7, '03-10 5'),
	(8, '02-29 0,03-01 0.01'),
	(9, '01-31 80,02-29 90'),
	(10, '01-14 9,01-20 9,01-21 9,02-18 9,02-25 9,03-11 1000,03-12 1000'),
	(11, '03-12 7'),
	(12, '02-10 -3,02-11 -')) AS l (customer_id, line),
	 unnest(string_to_array(l.line, ',')) AS e;
-- left out: without user or time, or never
INSERT INTO orders VALUES (NULL, '2024-01-05', 1), (1, NULL, 1), (2, 'infinity', 1), (3, '-infinity', 1);

-- What the views are read against: a row of facts for each event.
CREATE TABLE facts (user_id text, day date, amount numeric);

CREATE FUNCTION p_start(d date, period text, week_start text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE period WHEN 'day' THEN d
			WHEN 'month' THEN date_trunc('month', d)::date
			ELSE d - (extract(dow FROM d)::int + CASE week_start WHEN 'monday' THEN 6 ELSE 0 END) % 7 END
$$;
CREATE FUNCTION p_plus(d date, n int, period text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT (d + n * ('1 ' || period)::interval)::date
$$;
CREATE FUNCTION score(v numeric, all_values numeric[], bins int, high_is_good boolean) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	-- quantiles of type 7 at i / bins, times bins so that all stays exact
	SELECT (1 + count(*) FILTER (WHERE CASE WHEN high_is_good THEN cut < bins * v ELSE cut >= bins * v END))::int
	FROM (SELECT bins * x[lo] + rem * (coalesce(x[lo + 1], x[lo]) - x[lo]) AS cut
		  FROM (SELECT all_values AS x, i * (cardinality(all_values) - 1) / bins + 1 AS lo,
					   i * (cardinality(all_values) - 1) % bins AS rem
				FROM generate_series(1, bins - 1) AS i) AS places) AS cuts
	WHERE v IS NOT NULL
	HAVING v IS NOT NULL
$$;
CREATE FUNCTION named_segment(r int, f int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN r <= 2 AND f <= 2 THEN 'hibernating'
		WHEN r <= 2 AND f <= 4 THEN 'at_risk'
		WHEN r <= 2 THEN 'cant_lose_them'
		WHEN r = 3 AND f <= 2 THEN 'about_to_sleep'
		WHEN r = 3 AND f = 3 THEN 'need_attention'
		WHEN r <= 4 AND f >= 4 THEN 'loyal_customers'
		WHEN r = 4 AND f = 1 THEN 'promising'
		WHEN r = 5 AND f = 1 THEN 'new_customers'
		WHEN f <= 3 THEN 'potential_loyalists'
		WHEN r = 5 THEN 'champions' END
$$;

-- users, from the facts
CREATE FUNCTION plain_users(as_of date, horizon int, lost int, sleep int, bins int, has_amounts boolean)
RETURNS TABLE (user_id text, first_day date, last_day date, tenure_days int, active_days bigint, events bigint,
	purchases bigint, idle_days int, recency_days int, frequency bigint, monetary numeric,
	r_score int, f_score int, m_score int, rfm_score text, segment text, bits text,
	life_stage text, lifecycle_state text, churn_risk numeric)
LANGUAGE sql STABLE AS $$
	WITH days AS (
		SELECT f.user_id, f.day, count(*) AS events, count(*) FILTER (WHERE f.amount >= 0) AS purchases,
			   sum(f.amount) AS amount,
			   f.day - lag(f.day) OVER (PARTITION BY f.user_id ORDER BY f.day) AS gap
		FROM facts f WHERE f.day < as_of GROUP BY f.user_id, f.day
	), u AS (
		SELECT d.user_id, min(d.day) AS first_day, max(d.day) AS last_day, as_of - min(d.day) AS tenure,
			   count(*) AS active_days, sum(d.events)::bigint AS events, sum(d.purchases)::bigint AS purchases,
			   as_of - max(d.day) AS idle,
			   as_of - max(d.day) FILTER (WHERE d.purchases > 0 OR NOT has_amounts) AS recency,
			   min(d.day) FILTER (WHERE d.purchases > 0 OR NOT has_amounts) AS first_buy,
			   count(*) FILTER (WHERE d.purchases > 0 OR NOT has_amounts) AS frequency,
			   CASE WHEN has_amounts THEN coalesce(sum(d.amount), 0) END AS monetary,
			   percentile_cont(0.5) WITHIN GROUP (ORDER BY d.gap) AS median_gap,
			   count(d.gap) AS gaps,
			   bool_or(d.day >= as_of - 30) AS in_l,
			   bool_or(d.day < as_of - 30 AND d.day >= as_of - 60) AS in_p
		FROM days d GROUP BY d.user_id
	), everybody AS (
		SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY u.median_gap), 30) AS g,
			   array_agg(u.recency::numeric ORDER BY u.recency) FILTER (WHERE u.recency IS NOT NULL) AS rs,
			   array_agg(u.frequency::numeric ORDER BY u.frequency) FILTER (WHERE u.recency IS NOT NULL) AS fs,
			   array_agg(u.monetary ORDER BY u.monetary) FILTER (WHERE u.recency IS NOT NULL) AS ms,
			   avg(u.recency) AS mean_r,
			   avg(u.frequency) FILTER (WHERE u.recency IS NOT NULL) AS mean_f,
			   avg(u.monetary) FILTER (WHERE u.recency IS NOT NULL) AS mean_m
		FROM u
	), model AS (
		-- numbers of weeks instead of activities
		SELECT user_ops.purchase_model(u.frequency - 1, (as_of - u.recency - u.first_buy)::float8 / 7,
									   (as_of - 1 - u.first_buy)::float8 / 7) AS fitted
		FROM u WHERE u.recency IS NOT NULL
	), scored AS (
		SELECT u.*, e.*,
			   (SELECT CASE WHEN user_ops.status(m.fitted) IN ('ok', 'boundary') THEN m.fitted END FROM model m) AS fitted,
			   score(u.recency, e.rs, bins, false) AS r,
			   score(CASE WHEN u.recency IS NOT NULL THEN u.frequency END, e.fs, bins, true) AS f,
			   score(CASE WHEN u.recency IS NOT NULL THEN u.monetary END, e.ms, bins, true) AS m,
			   greatest(CASE WHEN u.gaps >= 3 THEN u.median_gap END, e.g) AS pace,
			   (SELECT count(*) FROM days d WHERE d.user_id = u.user_id
				AND d.day < u.first_day + u.tenure / 2) AS first_half
		FROM u, everybody e
	)
	SELECT s.user_id, s.first_day, s.last_day, s.tenure, s.active_days, s.events, s.purchases, s.idle,
		   s.recency, s.frequency, s.monetary, s.r, s.f, s.m, s.r::text || s.f || s.m,
		   CASE WHEN bins = 5 THEN coalesce(named_segment(s.r, s.f), 'no_purchase') END,
		   (s.recency <= s.mean_r)::int::text || (s.frequency >= s.mean_f)::int || (s.monetary >= s.mean_m)::int,
		   CASE WHEN s.idle > 3 * s.pace AND s.idle > lost THEN 'lost'
				WHEN s.idle > 2 * s.pace AND s.idle > sleep THEN 'sleeping'
				WHEN s.active_days <= 1 OR s.tenure < 14 THEN 'introduction'
				WHEN s.active_days < 5 OR s.active_days - s.first_half > 1.2 * s.first_half THEN 'growth'
				ELSE 'mature' END,
		   CASE WHEN s.first_day >= as_of - 30 THEN 'new'
				WHEN s.in_l AND s.in_p THEN 'returning'
				WHEN s.in_l THEN 'resurrected'
				WHEN s.in_p THEN 'dormant' ELSE 'inactive' END,
		   round(coalesce(user_ops.churn_risk(s.fitted, s.frequency - 1, (as_of - s.recency - s.first_buy)::float8 / 7,
											  (as_of - 1 - s.first_buy)::float8 / 7, horizon::float8 / 7),
						  ((s.g + (as_of - s.first_buy)) / (s.g + (as_of - s.first_buy) + horizon)) ^ s.frequency)::numeric, 9)
	FROM scored s
$$;

CREATE FUNCTION plain_retention(as_of date, period text, max_n int, week_start text)
RETURNS TABLE (cohort date, period_number int, cohort_size bigint, retained_users bigint, retention_rate float8, complete boolean)
LANGUAGE sql STABLE AS $$
	WITH active AS (
		SELECT DISTINCT f.user_id, p_start(f.day, period, week_start) AS p FROM facts f WHERE f.day < as_of
	), firsts AS (
		SELECT a.user_id, min(a.p) AS c FROM active a GROUP BY a.user_id
	), cohorts AS (
		SELECT f.c, count(*) AS size FROM firsts f GROUP BY f.c
	)
	SELECT c.c, n, c.size, count(a.user_id), count(a.user_id)::float8 / c.size, p_plus(c.c, n + 1, period) <= as_of
	FROM cohorts c
	CROSS JOIN generate_series(0, max_n) AS n
	JOIN firsts f ON f.c = c.c
	LEFT JOIN active a ON a.user_id = f.user_id AND a.p = p_plus(c.c, n, period)
	WHERE p_plus(c.c, n, period) < as_of
	GROUP BY c.c, n, c.size
$$;

CREATE FUNCTION plain_lifecycle(as_of date, period text, week_start text)
RETURNS TABLE (period_start date, new_users bigint, returning_users bigint, resurrected_users bigint,
	dormant_users bigint, active_users bigint, quick_ratio float8, complete boolean)
LANGUAGE sql STABLE AS $$
	WITH active AS (
		SELECT DISTINCT f.user_id, p_start(f.day, period, week_start) AS p FROM facts f WHERE f.day < as_of
	), flagged AS (
		SELECT a.user_id, a.p, lag(a.p) OVER (PARTITION BY a.user_id ORDER BY a.p) AS before FROM active a
	), periods AS (
		SELECT s::date AS p FROM generate_series((SELECT min(a.p) FROM active a), as_of - 1, ('1 ' || period)::interval) AS s
	), counts AS (
		SELECT t.p,
			count(*) FILTER (WHERE f.p = t.p AND f.before IS NULL) AS n,
			count(*) FILTER (WHERE f.p = t.p AND f.before = p_plus(t.p, -1, period)) AS b,
			count(*) FILTER (WHERE f.p = t.p AND f.before < p_plus(t.p, -1, period)) AS r,
			count(*) FILTER (WHERE f.p = p_plus(t.p, -1, period)
				AND NOT EXISTS (SELECT FROM active a WHERE a.user_id = f.user_id AND a.p = t.p)) AS d
		FROM periods t CROSS JOIN flagged f GROUP BY t.p
	)
	SELECT c.p, c.n, c.b, c.r, c.d, c.n + c.b + c.r, (c.n + c.r)::float8 / nullif(c.d, 0), p_plus(c.p, 1, period) <= as_of
	FROM counts c
$$;

-- How many rows of each view differ from plain SQL, over the facts.  An amount
-- decides whether the source has them.
CREATE FUNCTION differing(target text, as_of date, has_amounts boolean DEFAULT true,
	week_start text DEFAULT 'monday', horizon int DEFAULT 90, max_d int DEFAULT 90, max_w int DEFAULT 53,
	max_m int DEFAULT 36, lost int DEFAULT 90, sleep int DEFAULT 30, bins int DEFAULT 5)
RETURNS TABLE (view text, n bigint, differ bigint) LANGUAGE plpgsql AS $$
DECLARE
	made text;
	plain text;
	p text;
BEGIN
	FOR view, made, plain IN
		SELECT 'users',
			   'SELECT user_id::text, first_day, last_day, tenure_days, active_days, events, purchases, idle_days,
					recency_days, frequency, monetary, r_score, f_score, m_score, rfm_score, segment,
					life_stage, lifecycle_state, round(churn_risk::numeric, 9) FROM %1$I.users',
			   format('SELECT user_id, first_day, last_day, tenure_days, active_days, events, purchases, idle_days,
					recency_days, frequency, monetary, r_score, f_score, m_score, rfm_score, segment,
					life_stage, lifecycle_state, churn_risk
				FROM plain_users(%L, %s, %s, %s, %s, %L)', as_of, horizon, lost, sleep, bins, has_amounts)
		UNION ALL
		SELECT 'rfm_segments',
			   'SELECT segment, users, round(share::numeric, 9), revenue, round(revenue_share::numeric, 9),
					round(avg_recency_days::numeric, 9), round(avg_frequency::numeric, 9), round(avg_monetary, 9)
				FROM %1$I.rfm_segments',
			   format('SELECT segment, count(*), round(count(*) / sum(count(*)) OVER (), 9), sum(monetary),
					round(sum(monetary) / nullif(sum(sum(monetary)) OVER (), 0), 9),
					round(avg(recency_days), 9), round(avg(frequency), 9), round(avg(monetary), 9)
				FROM plain_users(%L, %s, %s, %s, %s, %L) GROUP BY segment', as_of, horizon, lost, sleep, bins, has_amounts)
		UNION ALL
		SELECT 'retention_' || q.period, 'TABLE %1$I.retention_' || q.period,
			   format('SELECT * FROM plain_retention(%L, %L, %s, %L)', as_of, q.period, q.most, week_start)
		FROM (VALUES ('day', max_d), ('week', max_w), ('month', max_m)) AS q (period, most)
		UNION ALL
		SELECT 'retention_curve_' || q.period,
			   'SELECT period_number, retained_users, eligible_users, round(retention_rate::numeric, 9) FROM %1$I.retention_curve_' || q.period,
			   format('SELECT period_number, sum(retained_users)::bigint, sum(cohort_size)::bigint, round(sum(retained_users) / sum(cohort_size), 9)
				FROM plain_retention(%L, %L, %s, %L) WHERE complete GROUP BY 1', as_of, q.period, q.most, week_start)
		FROM (VALUES ('day', max_d), ('week', max_w), ('month', max_m)) AS q (period, most)
		UNION ALL
		SELECT 'lifecycle_' || q.period, 'TABLE %1$I.lifecycle_' || q.period,
			   format('SELECT * FROM plain_lifecycle(%L, %L, %L)', as_of, q.period, week_start)
		FROM (VALUES ('day'), ('week'), ('month')) AS q (period)
	LOOP
		made := format(made, target);
		EXECUTE format('SELECT (SELECT count(*) FROM (%1$s) AS m),
				(SELECT count(*) FROM ((%1$s) EXCEPT ALL (%2$s)) AS x) + (SELECT count(*) FROM ((%2$s) EXCEPT ALL (%1$s)) AS y)',
			made, plain) INTO n, differ;
		RETURN NEXT;
	END LOOP;
END $$;

-- Whether all views have rows, and none differs from plain SQL.
CREATE FUNCTION verdict(target text, as_of date, has_amounts boolean DEFAULT true, week_start text DEFAULT 'monday',
	horizon int DEFAULT 90, max_d int DEFAULT 90, max_w int DEFAULT 53, max_m int DEFAULT 36,
	lost int DEFAULT 90, sleep int DEFAULT 30, bins int DEFAULT 5)
RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format('%s %s/%s', d.view, d.differ, d.n), '; '), 'as in plain SQL')
	FROM differing(target, as_of, has_amounts, week_start, horizon, max_d, max_w, max_m, lost, sleep, bins) AS d
	WHERE d.differ > 0 OR d.n = 0
$$;

--
-- The contract: names, types, comments
--

SELECT * FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12');

\pset format unaligned
SELECT c.relname AS view, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'orders_ops'::regnamespace AND c.relkind IN ('r', 'v')
GROUP BY c.relname ORDER BY c.relname COLLATE "C";
\pset format aligned

-- every object and column says what it is, and none says a %s
SELECT c.relname, a.attname
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'orders_ops'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'settings'
  AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL
	   OR obj_description(c.oid, 'pg_class') LIKE '%\%s%' OR col_description(c.oid, a.attnum) LIKE '%\%s%');
SELECT obj_description('orders_ops.settings'::regclass);
SELECT obj_description('orders_ops.retention_week'::regclass), col_description('orders_ops.retention_week'::regclass, 2);

-- all views are read with the rights of the reader
SELECT count(*) AS views, count(*) FILTER (WHERE 'security_invoker=true' = ANY (reloptions)) AS invoker
FROM pg_class WHERE relnamespace = 'orders_ops'::regnamespace AND relkind = 'v';

--
-- The numbers
--

TRUNCATE facts;
INSERT INTO facts SELECT customer_id, ordered_at::date, total FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at);
SELECT * FROM differing('orders_ops', '2024-03-12');

SELECT user_id, first_day, last_day, tenure_days AS tenure, active_days, events, purchases, idle_days AS idle,
	   recency_days AS recency, frequency, monetary
FROM orders_ops.users ORDER BY user_id;
SELECT user_id, rfm_score, segment, segment8, life_stage, lifecycle_state, round(churn_risk::numeric, 4) AS churn_risk
FROM orders_ops.users ORDER BY user_id;
SELECT segment, users, round(share::numeric, 4) AS share, revenue FROM orders_ops.rfm_segments ORDER BY users DESC, segment COLLATE "C";
SELECT * FROM orders_ops.retention_month ORDER BY cohort, period_number;
SELECT * FROM orders_ops.lifecycle_month ORDER BY period_start;
SELECT as_of, typical_gap, rows_left_out, refreshed_at <= clock_timestamp() AS refreshed FROM orders_ops.fitted;

-- the eight segments follow from the bits
SELECT count(DISTINCT u.segment8) = count(DISTINCT p.bits) AND count(DISTINCT (u.segment8, p.bits)) = count(DISTINCT p.bits) AS one_to_one,
	   count(*) FILTER (WHERE (u.segment8 IS NULL) <> (p.bits IS NULL)) AS wrongly_null
FROM orders_ops.users u JOIN plain_users('2024-03-12', 90, 90, 30, 5, true) p ON p.user_id = u.user_id::text;

--
-- Options.  The same call again updates in place, and who depends on a view stays.
--

CREATE VIEW depends AS SELECT user_id, churn_risk FROM orders_ops.users;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12',
	week_start => 'sunday', horizon_days => 30, max_days => 3, max_weeks => 2, max_months => 1, lost_days => 50, sleep_days => 10);
SELECT verdict('orders_ops', '2024-03-12', week_start => 'sunday', horizon => 30, max_d => 3, max_w => 2, max_m => 1, lost => 50, sleep => 10);
SELECT max(d.period_number) AS days, max(w.period_number) AS weeks, max(m.period_number) AS months
FROM orders_ops.retention_day d, orders_ops.retention_week w, orders_ops.retention_month m;
SELECT count(*), count(churn_risk) FROM depends;
SELECT source, user_id, amount, week_start, as_of, horizon_days, max_days, stored, rfm_ntile FROM orders_ops.settings;
SELECT verdict('orders_ops', '2024-03-12');      -- those were other options: this must see it

SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12', max_days => 0, max_weeks => 0, max_months => 0);
SELECT verdict('orders_ops', '2024-03-12', max_d => 0, max_w => 0, max_m => 0);

-- another as_of: later days do not exist for it
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-02-01');
SELECT verdict('orders_ops', '2024-02-01');
SELECT count(*) FROM orders_ops.users;

-- as_of NULL: the date of the refresh, kept
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total');
SELECT as_of = (refreshed_at AT TIME ZONE 'UTC')::date AS of_refresh FROM orders_ops.fitted;
SELECT verdict('orders_ops', as_of) FROM orders_ops.fitted;
UPDATE orders_ops.fitted SET as_of = '2024-03-12';
SELECT DISTINCT tenure_days FROM orders_ops.users WHERE user_id = 1;
SELECT (user_ops.refresh('orders_ops')).as_of = (now() AT TIME ZONE 'UTC')::date AS today;

-- other bins: no named segments
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12', rfm_bins => 3);
SELECT verdict('orders_ops', '2024-03-12', bins => 3);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12', rfm_bins => 12, rfm_ntile => true);
SELECT user_id, rfm_score, segment FROM orders_ops.users WHERE user_id IN (1, 3) ORDER BY user_id;
SELECT user_id, rfm_score, segment FROM orders_ops.rfm_ntile WHERE user_id = 1;

-- thresholds of one's own
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12',
	rfm_recency => '{7,14,30,60}', rfm_frequency => '{1,2,3,4}', rfm_monetary => '{10,20,50,100}');
SELECT user_id, recency_days, frequency, monetary, rfm_score, segment FROM orders_ops.users ORDER BY user_id;
CREATE TEMPORARY TABLE labels_of_fitted AS SELECT p.user_id, p.bits, u.segment8
FROM plain_users('2024-03-12', 90, 90, 30, 5, true) p JOIN orders_ops.users u ON u.user_id::text = p.user_id;
SELECT bits, min(segment8) = max(segment8) AS one_label FROM labels_of_fitted GROUP BY bits ORDER BY bits;
SELECT count(DISTINCT segment8) = count(DISTINCT bits) AS one_to_one FROM labels_of_fitted;

-- labels of one's own
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12',
	segment8_labels => '{one,two,three,four,five,six,seven,eight''%s}');
SELECT segment8, count(*) FROM orders_ops.users GROUP BY segment8 ORDER BY segment8 COLLATE "C";

-- NTILE by name
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12', rfm_ntile => true);
SELECT * FROM orders_ops.rfm_ntile ORDER BY user_id;
SELECT count(*) AS differ FROM (
	SELECT user_id::text, ntile(5) OVER (ORDER BY recency_days DESC, user_id::bigint), ntile(5) OVER (ORDER BY frequency, user_id::bigint),
		   ntile(5) OVER (ORDER BY monetary, user_id::bigint)
	FROM plain_users('2024-03-12', 90, 90, 30, 5, true) WHERE recency_days IS NOT NULL
	EXCEPT SELECT user_id::text, r_score, f_score, m_score FROM orders_ops.rfm_ntile) AS d;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12');
SELECT to_regclass('orders_ops.rfm_ntile') IS NULL AS ntile_gone;

-- a zone: events of 20:00 UTC are of the next day in Shanghai
UPDATE orders SET ordered_at = ordered_at + interval '8 hours' WHERE isfinite(ordered_at);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12', time_zone => 'Asia/Shanghai');
TRUNCATE facts;
INSERT INTO facts SELECT customer_id, (ordered_at AT TIME ZONE 'Asia/Shanghai')::date, total FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at);
SELECT verdict('orders_ops', '2024-03-12');
SELECT first_day FROM orders_ops.users WHERE user_id = 1;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', time_zone => 'Pacific/Kiritimati');
SELECT as_of = (refreshed_at AT TIME ZONE 'Pacific/Kiritimati')::date AS local FROM orders_ops.fitted;
UPDATE orders SET ordered_at = ordered_at - interval '8 hours' WHERE isfinite(ordered_at);

-- stored or read on the spot: the same rows
TRUNCATE facts;
INSERT INTO facts SELECT customer_id, ordered_at::date, total FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12', rfm_ntile => true);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'spot', as_of => '2024-03-12', rfm_ntile => true, stored => false);
SELECT verdict('spot', '2024-03-12');
CREATE FUNCTION unlike(a text, b text) RETURNS TABLE (view text, n bigint, differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR view IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = a::regnamespace AND c.relkind = 'v'
		AND c.relname NOT IN ('activity', 'fitted', 'models') ORDER BY c.relname COLLATE "C"
	LOOP
		EXECUTE format('SELECT (SELECT count(*) FROM %1$I.%3$I), (SELECT count(*) FROM
			((SELECT t::text FROM %1$I.%3$I AS t EXCEPT ALL SELECT t::text FROM %2$I.%3$I AS t) UNION ALL
			 (SELECT t::text FROM %2$I.%3$I AS t EXCEPT ALL SELECT t::text FROM %1$I.%3$I AS t)) AS d)', a, b, view) INTO n, differ;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM unlike('spot', 'orders_ops');
SELECT count(*) AS differ FROM (SELECT user_id, activity::text FROM spot.activity EXCEPT SELECT user_id, activity::text FROM orders_ops.activity) AS d;
SELECT s.as_of = b.as_of AND s.rfm::text = b.rfm::text AND s.typical_gap = b.typical_gap AND s.rows_left_out = b.rows_left_out AS same_basis
FROM spot.fitted s, orders_ops.fitted b;
-- on the spot a new event shows at once, stored only after a refresh
INSERT INTO orders VALUES (77, '2024-03-08 10:00', 3);
SELECT (SELECT count(*) FROM spot.users WHERE user_id = 77) AS spot, (SELECT count(*) FROM orders_ops.users WHERE user_id = 77) AS stored;
SELECT user_ops.refresh('spot');
SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('orders_ops');
SELECT count(*) FROM unlike('spot', 'orders_ops') WHERE differ > 0;
UPDATE orders SET total = total + 1 WHERE customer_id = 77;
DELETE FROM orders WHERE customer_id = 2;
SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('orders_ops');
SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('orders_ops');
SELECT count(*) FROM unlike('spot', 'orders_ops') WHERE differ > 0;
DELETE FROM orders WHERE customer_id = 77;
INSERT INTO orders VALUES (2, '2024-01-01 12:00', 100), (2, 'infinity', 1);
-- from stored to on the spot and back, with another type of user_id in place
DROP VIEW depends;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12', stored => false);
SELECT relkind FROM pg_class WHERE oid = 'orders_ops.activity'::regclass;
ALTER TABLE orders ADD customer text;
UPDATE orders SET customer = customer_id;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'ordered_at', 'total', as_of => '2024-03-12', stored => false);
SELECT verdict('orders_ops', '2024-03-12'), (SELECT pg_typeof(user_id) FROM orders_ops.users LIMIT 1);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'ordered_at', 'total', as_of => '2024-03-12');
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', as_of => '2024-03-12');
SELECT verdict('orders_ops', '2024-03-12'), (SELECT pg_typeof(user_id) FROM orders_ops.users LIMIT 1);
-- ... unless somebody depends on them
CREATE VIEW depends AS SELECT user_id FROM orders_ops.users;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer', 'ordered_at', 'total', as_of => '2024-03-12');
SELECT pg_typeof(user_id) FROM orders_ops.users LIMIT 1;
SELECT count(*) FROM user_ops.drop_views('orders_ops');
SELECT count(*) FROM orders_ops.users;
DROP VIEW depends;
SELECT * FROM user_ops.drop_views('spot') AS d ORDER BY d COLLATE "C";
SELECT count(*) FROM user_ops.drop_views('orders_ops');
SELECT count(*) FROM pg_namespace WHERE nspname IN ('spot', 'orders_ops');

--
-- Sources of every kind, user ids, times and amounts of every type
--

-- Makes a source, views over it, compares, and drops all again.
CREATE FUNCTION over(source text, user_expr text DEFAULT 'customer_id', time_expr text DEFAULT 'ordered_at', amount_expr text DEFAULT 'total',
	options text DEFAULT '', kind text DEFAULT 'TABLE')
RETURNS TABLE (source_kind text, user_type text, verdict text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE %s source AS SELECT %s AS u, %s AS t%s FROM %s AS o', kind, user_expr, time_expr,
				   coalesce(', ' || amount_expr || ' AS a', ''), source);
	EXECUTE format('SELECT count(*) FROM user_ops.create_views(''source'', ''u'', ''t''%s, target_schema => ''target'', as_of => ''2024-03-12''%s)',
		CASE WHEN amount_expr IS NOT NULL THEN ', ''a''' ELSE '' END, options);
	source_kind := lower(kind);
	verdict := verdict('target', '2024-03-12', amount_expr IS NOT NULL);
	user_type := (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
		WHERE a.attrelid = 'target.users'::regclass AND a.attname = 'user_id');
	PERFORM user_ops.drop_views('target');
	EXECUTE format('DROP %s source', kind);
	RETURN NEXT;
END $$;

TRUNCATE facts;
INSERT INTO facts SELECT customer_id, ordered_at::date, total FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at);
SELECT * FROM over('orders');
SELECT * FROM over('orders', 'customer_id::int');
SELECT * FROM over('orders', 'customer_id::smallint');
SELECT * FROM over('orders', 'customer_id::text');
SELECT * FROM over('orders', 'customer_id::varchar(20)');
SELECT * FROM over('orders', 'customer_id::numeric');
SELECT * FROM over('orders', 'customer_id::text::name');
CREATE DOMAIN number_of_user AS bigint CHECK (VALUE > 0);
CREATE DOMAIN domain_of_domain AS number_of_user;
SELECT * FROM over('orders', 'customer_id::domain_of_domain');
SELECT * FROM over('orders', kind => 'VIEW');
SELECT * FROM over('orders', kind => 'MATERIALIZED VIEW');
-- times
SELECT * FROM over('orders', time_expr => 'ordered_at::timestamp');
SELECT * FROM over('orders', time_expr => '(ordered_at AT TIME ZONE ''UTC'')::date');
SELECT * FROM over('orders', time_expr => '(ordered_at AT TIME ZONE ''Asia/Shanghai'')::timestamp',
	options => ', source_time_zone => ''Asia/Shanghai''');
SELECT * FROM over('orders', time_expr => '(ordered_at AT TIME ZONE ''America/New_York'')::timestamp',
	options => ', source_time_zone => ''America/New_York'', time_zone => ''UTC''');
CREATE DOMAIN moment AS timestamptz;
SELECT * FROM over('orders', time_expr => 'ordered_at::moment');
-- amounts
SELECT * FROM over('orders', amount_expr => 'total::float8');
SELECT * FROM over('orders', amount_expr => 'total::numeric(12,4)');
UPDATE facts SET amount = round(amount * 2);
SELECT * FROM over('orders', amount_expr => 'round(total * 2)::smallint');
SELECT * FROM over('orders', amount_expr => 'round(total * 2)::integer');
SELECT * FROM over('orders', amount_expr => 'round(total * 2)::bigint');
SELECT * FROM over('orders', amount_expr => 'round(total * 2)::real');
-- none: money is NULL, and nobody is a no_purchase
UPDATE facts SET amount = NULL;
SELECT * FROM over('orders', amount_expr => NULL);
SELECT * FROM over('orders', amount_expr => NULL, options => ', stored => false');
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', as_of => '2024-03-12', rfm_ntile => true);
SELECT count(*) AS users, count(monetary) AS monetary, count(m_score) AS m, count(rfm_score) AS rfm, count(segment8) AS segment8,
	   count(segment) AS segment, count(*) FILTER (WHERE segment = 'no_purchase') AS no_purchase, sum(purchases) AS purchases
FROM orders_ops.users;
SELECT count(*) AS users, count(monetary) AS monetary, count(m_score) AS m, count(rfm_score) AS rfm, count(segment) AS segment FROM orders_ops.rfm_ntile;
SELECT count(revenue) AS revenue, count(revenue_share) AS revenue_share, count(avg_monetary) AS avg_monetary, sum(users) AS users FROM orders_ops.rfm_segments;
SELECT count(*) FROM user_ops.drop_views('orders_ops');

-- user ids whose text differs from the facts
TRUNCATE facts;
INSERT INTO facts SELECT lpad(to_hex(customer_id), 32, '0')::uuid, ordered_at::date, total FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at);
SELECT * FROM over('orders', 'lpad(to_hex(customer_id), 32, ''0'')::uuid');
CREATE TYPE hue AS ENUM ('red', 'green', 'blue');
TRUNCATE facts;
INSERT INTO facts SELECT (enum_range(NULL::hue))[1 + customer_id % 3], ordered_at::date, total FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at);
SELECT * FROM over('orders', '(enum_range(NULL::hue))[1 + customer_id % 3]');
-- 1.0 and 1.00 are one user
CREATE TABLE numbers AS SELECT 1.0 AS u, date '2024-01-01' AS t UNION ALL SELECT 1.00, '2024-01-02';
SELECT count(*) > 0 AS made FROM user_ops.create_views('numbers', 'u', 't', as_of => '2024-03-12');
SELECT count(*), sum(active_days) FROM numbers_ops.users;
SELECT count(*) FROM user_ops.drop_views('numbers_ops');

-- a view that mixes visits and purchases
CREATE TABLE visits AS SELECT customer_id AS visitor, ordered_at AS at FROM orders WHERE total IS NULL;
CREATE VIEW mixed AS SELECT visitor, at, NULL::numeric AS paid FROM visits UNION ALL SELECT customer_id, ordered_at, total FROM orders WHERE total IS NOT NULL;
TRUNCATE facts;
INSERT INTO facts SELECT customer_id, ordered_at::date, total FROM orders WHERE customer_id IS NOT NULL AND isfinite(ordered_at);
SELECT count(*) > 0 AS made FROM user_ops.create_views('mixed', 'visitor', 'at', 'paid', as_of => '2024-03-12');
SELECT verdict('mixed_ops', '2024-03-12');
SELECT count(*) FROM user_ops.drop_views('mixed_ops');

-- a partitioned table
CREATE TABLE parted (u bigint, t timestamptz, a numeric) PARTITION BY RANGE (t);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2024-02-01');
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT customer_id, ordered_at, total FROM orders WHERE isfinite(ordered_at);
SELECT count(*) > 0 AS made FROM user_ops.create_views('parted', 'u', 't', 'a', as_of => '2024-03-12');
SELECT verdict('parted_ops', '2024-03-12');
SELECT count(*) FROM user_ops.drop_views('parted_ops');

-- names that bite
CREATE SCHEMA "a""b$c";
CREATE TABLE "a""b$c"."Select %s ' \ {time}" ("{time}" bigint, "a;drop" timestamptz, "%1$I""'" numeric);
INSERT INTO "a""b$c"."Select %s ' \ {time}" SELECT customer_id, ordered_at, total FROM orders;
SELECT count(*) > 0 AS made FROM user_ops.create_views('"a""b$c"."Select %s '' \ {time}"', '{time}', 'a;drop', '%1$I"''', as_of => '2024-03-12');
SELECT nspname, verdict(nspname, '2024-03-12') FROM pg_namespace WHERE nspname LIKE 'Select%';
SELECT users, inserted, updated, deleted FROM user_ops.refresh('Select %s '' \ {time}_ops');
SELECT count(*), min(d) FROM user_ops.drop_views('Select %s '' \ {time}_ops') AS d;
SELECT count(*) > 0 AS made FROM user_ops.create_views('"a""b$c"."Select %s '' \ {time}"', '{time}', 'a;drop', '%1$I"''', 'user_ops.cells(%s"', as_of => '2024-03-12', stored => false);
SELECT verdict('user_ops.cells(%s"', '2024-03-12');
SELECT count(*) FROM user_ops.drop_views('user_ops.cells(%s"');
SELECT repeat('x', 63) AS long_name \gset
CREATE TABLE :long_name (:long_name bigint, t timestamptz);
INSERT INTO :long_name SELECT customer_id, ordered_at FROM orders;
SELECT min(object) FROM user_ops.create_views(:'long_name', :'long_name', 't');
SELECT count(*) FROM user_ops.drop_views(left(:'long_name', 59) || '_ops');
SELECT min(object) FROM user_ops.create_views(:'long_name', :'long_name', 't', target_schema => :'long_name');
SELECT count(*) FROM user_ops.drop_views(:'long_name');
DROP TABLE :long_name;
DROP SCHEMA "a""b$c" CASCADE;

--
-- Target schemas
--

-- an empty one serves, with default privileges too
CREATE SCHEMA empty_one;
ALTER DEFAULT PRIVILEGES IN SCHEMA empty_one GRANT SELECT ON TABLES TO PUBLIC;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'empty_one');
SELECT count(*) FROM user_ops.drop_views('empty_one');
-- dropped by hand, and made again
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'by_hand');
SET client_min_messages = warning;
DROP SCHEMA by_hand CASCADE;
RESET client_min_messages;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'by_hand');
-- one's own objects beside the views stay
CREATE TABLE by_hand.mine (x int);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'by_hand');
SELECT count(*) FROM user_ops.drop_views('by_hand');
SELECT count(*) FROM by_hand.mine;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'by_hand');
DROP TABLE by_hand.mine;
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'by_hand');

-- nothing in the source
CREATE TABLE nothing (LIKE orders);
SELECT count(*) > 0 AS made FROM user_ops.create_views('nothing', 'customer_id', 'ordered_at', 'total', allow_empty => true, as_of => '2024-03-12');
SELECT (SELECT count(*) FROM nothing_ops.users) AS users, (SELECT count(*) FROM nothing_ops.retention_week) AS retention_week,
	   (SELECT count(*) FROM nothing_ops.retention_curve_week) AS curve, (SELECT count(*) FROM nothing_ops.lifecycle_week) AS lifecycle,
	   (SELECT count(*) FROM nothing_ops.rfm_segments) AS segments, (SELECT typical_gap FROM nothing_ops.fitted) AS typical_gap;
INSERT INTO nothing SELECT * FROM orders;
SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('nothing_ops');
SELECT verdict('nothing_ops', '2024-03-12');
TRUNCATE nothing;
SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('nothing_ops');
SELECT count(*) FROM nothing_ops.users;
SELECT count(*) FROM user_ops.drop_views('nothing_ops');
SELECT count(*) > 0 AS made FROM user_ops.create_views('nothing', 'customer_id', 'ordered_at', 'total', allow_empty => true, stored => false);
SELECT count(*) FROM nothing_ops.users;
SELECT count(*) FROM user_ops.drop_views('nothing_ops');

-- amounts of 0 that may mean "no purchase"
CREATE TABLE zeros AS SELECT i % 5 AS u, date '2024-01-01' + i AS t, CASE WHEN i % 4 = 0 THEN 0 ELSE i END AS a FROM generate_series(0, 19) AS i;
SELECT count(*) > 0 AS made FROM user_ops.create_views('zeros', 'u', 't', 'a');
UPDATE zeros SET a = 1 WHERE t = '2024-01-01';      -- 4 of 20 are not over 20 %
SELECT count(*) > 0 AS made FROM user_ops.create_views('zeros', 'u', 't', 'a');
SELECT count(*) FROM user_ops.drop_views('zeros_ops');

--
-- Errors: each with a code and a hint, and nothing changed
--

CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || said, nullif(detail, ''), 'hint: ' || hint);
END $$;
\pset format unaligned
\pset tuples_only on

CREATE TABLE bad (u bigint, t timestamptz, a numeric, d date, l timestamp, j json, x text, deleted int);
ALTER TABLE bad DROP deleted;
INSERT INTO bad VALUES (1, '2024-01-01', 1, '2024-01-01', '2024-01-01', '{}', 'x');
CREATE INDEX bad_index ON bad (u);
CREATE SEQUENCE bad_sequence;
CREATE TEMPORARY TABLE temporary_one AS SELECT * FROM bad;
CREATE TABLE guarded AS SELECT * FROM bad;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE VIEW over_guarded AS SELECT * FROM guarded;
CREATE VIEW over_view AS SELECT * FROM over_guarded;
TRUNCATE nothing;
CREATE TABLE only_nulls AS SELECT NULL::bigint AS u, date '2024-01-01' AS t UNION ALL SELECT 1, NULL UNION ALL SELECT 1, 'infinity';
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM pg_class)::text || ' ' || (SELECT count(*) FROM pg_namespace)::text || ' ' || (SELECT count(*) FROM pg_description)::text
$$;
SELECT state() AS before \gset
BEGIN;
SELECT fails($$SELECT user_ops.create_views(NULL, 'u', 't')$$);
SELECT fails($$SELECT user_ops.create_views('bad', NULL, 't')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', NULL)$$);
SELECT fails($$SELECT user_ops.create_views('no_such_table', 'u', 't')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'uu', 't')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 'tt')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', 'aa')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'ctid', 't')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'j', 't')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 'x')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', 'x')$$);
SELECT fails($$SELECT user_ops.create_views('bad_index', 'u', 't')$$);
SELECT fails($$SELECT user_ops.create_views('bad_sequence', 'last_value', 't')$$);
SELECT fails($$SELECT user_ops.create_views('temporary_one', 'u', 't')$$);
SELECT fails($$SELECT user_ops.create_views('guarded', 'u', 't')$$);
SELECT fails($$SELECT user_ops.create_views('over_view', 'u', 't')$$);
SELECT fails($$SELECT user_ops.create_views('nothing', 'customer_id', 'ordered_at')$$);
SELECT fails($$SELECT user_ops.create_views('only_nulls', 'u', 't')$$);
SELECT fails($$SELECT user_ops.create_views('only_nulls', 'u', 't', stored => false)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', target_schema => 'views_test')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', target_schema => 'pg_bad')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', time_zone => 'Mars/Phobos')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 'l', source_time_zone => 'Mars/Phobos')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 'd', time_zone => 'Europe/Paris')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 'l', time_zone => 'Europe/Paris')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', source_time_zone => 'Europe/Paris')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', week_start => 'tuesday')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', week_start => NULL)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', as_of => 'infinity')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', horizon_days => -1)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', horizon_days => NULL)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', max_days => 10001)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', max_weeks => -1)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', max_months => 10001)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', lost_days => -1)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', rfm_bins => 1)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', rfm_bins => 101)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', 'a', rfm_recency => '{1,1,0}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', 'a', rfm_recency => '{1,2}', rfm_monetary => '{1,2,3}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', rfm_recency => '{1,2}', rfm_frequency => '{1,2}', rfm_monetary => '{1,2}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', rfm_recency => '{1,2}', rfm_frequency => '{1,2,3}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', rfm_recency => '{2,1}', rfm_frequency => '{1,2}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', rfm_recency => '{}', rfm_frequency => '{}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', 'a', segment8_labels => '{1,2,3,4,5,6,7}')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', 'a', segment8_labels => '{1,2,3,4,5,6,7,NULL}')$$);
SELECT fails($$SELECT user_ops.refresh('views_test')$$);
SELECT fails($$SELECT user_ops.refresh('no_such_schema')$$);
SELECT fails($$SELECT user_ops.drop_views('views_test')$$);
SELECT fails($$SELECT user_ops.drop_views('no_such_schema')$$);
SELECT state() = :'before' AS nothing_changed;
COMMIT;

-- amounts that 64 bits do not hold together: the state before stays
INSERT INTO bad VALUES (2, '2024-01-02', 999999999999999), (2, '2024-01-02', 0.000000001);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', 'a')$$);
SELECT fails($$SELECT user_ops.refresh('bad_ops')$$);
DELETE FROM bad WHERE u = 2;
SELECT count(*) > 0 AS made FROM user_ops.create_views('bad', 'u', 't', 'a', as_of => '2024-03-12');
INSERT INTO bad VALUES (2, '2024-01-02', 3), (3, '2024-01-02', 999999999999999), (3, '2024-01-03', 0.000000001);
SELECT fails($$SELECT user_ops.refresh('bad_ops')$$);
DELETE FROM bad WHERE a = 0.000000001;
SELECT user_id, monetary FROM bad_ops.users;
-- infinite times are left out and counted
UPDATE bad SET t = 'infinity', a = 1 WHERE u = 3;
SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('bad_ops');
SELECT rows_left_out FROM bad_ops.fitted;
-- a call that fails in place leaves the views as they were
SELECT fails($$SELECT user_ops.create_views('nothing', 'customer_id', 'ordered_at', 'total', 'bad_ops', replace_source => true)$$);
SELECT source, count(u.*) FROM bad_ops.settings, bad_ops.users u GROUP BY source;
-- a source that changed: row-level security, a column, all of it
ALTER TABLE bad ENABLE ROW LEVEL SECURITY;
SELECT fails($$SELECT user_ops.refresh('bad_ops')$$);
ALTER TABLE bad DISABLE ROW LEVEL SECURITY;
ALTER TABLE bad RENAME a TO b;
SELECT fails($$SELECT user_ops.refresh('bad_ops')$$);
DROP TABLE bad;
SELECT fails($$SELECT user_ops.refresh('bad_ops')$$);
SELECT user_id, monetary FROM bad_ops.users ORDER BY user_id;
SELECT count(*) FROM user_ops.drop_views('bad_ops');
\pset tuples_only off
\pset format aligned

-- people's own materialized views over the same functions
CREATE TABLE own_events (customer int, at date, paid int);
INSERT INTO own_events VALUES (1, '2024-01-01', 10), (1, '2024-01-03', NULL), (2, '2024-01-02', 5);
CREATE MATERIALIZED VIEW own_activity AS
	SELECT customer, user_ops.activity_agg(at, paid) AS activity FROM own_events GROUP BY customer;
CREATE UNIQUE INDEX ON own_activity (customer);
INSERT INTO own_events VALUES (3, '2024-01-04', NULL), (1, '2024-01-05', 7);
REFRESH MATERIALIZED VIEW CONCURRENTLY own_activity;
SELECT customer, user_ops.events(activity), user_ops.amount(activity) FROM own_activity ORDER BY customer;
DROP TABLE own_events CASCADE;

SET client_min_messages = warning;
SELECT count(*) FROM user_ops.drop_views('by_hand');
DROP SCHEMA views_test CASCADE;

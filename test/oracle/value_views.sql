-- The views on habits and value in plain SQL, from the table events(user_id, day,
-- amount, source), where the source 'visits' has no amounts.  Days per day come
-- from engagement.sql, RFM and churn from rfm.sql, churn.sql and life_stage.sql.

CREATE SCHEMA IF NOT EXISTS oracle;

CREATE FUNCTION oracle.kpis_day(as_of date)
	RETURNS TABLE (day date, dau bigint, wau bigint, mau bigint, stickiness double precision,
				   new_users bigint, events bigint, purchases bigint, paying_users bigint,
				   revenue numeric, arpu numeric, arppu numeric, average_stickiness double precision, paying_rate double precision)
	LANGUAGE sql STABLE AS $$
SELECT c.*, CASE WHEN c.dau > 0 THEN c.revenue / c.dau END, CASE WHEN c.paying_users > 0 THEN c.revenue / c.paying_users END,
	   -- on how many of the 30 days each user of them came, as a share of them all
	   (SELECT sum(p.days)::double precision / (30 * count(*))
		FROM (SELECT count(DISTINCT e.day) AS days FROM events AS e
			  WHERE e.user_id IS NOT NULL AND e.day > c.day - 30 AND e.day <= c.day GROUP BY e.user_id) AS p),
	   CASE WHEN c.dau > 0 AND c.revenue IS NOT NULL THEN c.paying_users::double precision / c.dau END
FROM oracle.engagement_cells(as_of) AS c
$$;

-- On how many of so many days from from_day on users came.
CREATE FUNCTION oracle.days_active(from_day date, n_days integer)
	RETURNS TABLE (active_days bigint, users bigint, share double precision,
				   users_at_least bigint, share_at_least double precision)
	LANGUAGE sql STABLE AS $$
WITH people AS (
	SELECT e.user_id, count(DISTINCT e.day) AS k FROM events AS e
	WHERE e.user_id IS NOT NULL AND e.day BETWEEN from_day AND from_day + (n_days - 1) GROUP BY e.user_id
), counts AS (
	SELECT n, (SELECT count(*) FROM people AS p WHERE p.k = n) AS exactly,
		   (SELECT count(*) FROM people AS p WHERE p.k >= n) AS at_least,
		   (SELECT nullif(count(*), 0)::double precision FROM people AS p) AS all_of_them
	FROM generate_series(1, n_days) AS n
)
SELECT c.n, c.exactly, c.exactly / c.all_of_them, c.at_least, c.at_least / c.all_of_them FROM counts AS c
$$;

CREATE FUNCTION oracle.stickiness_week(as_of date, first_weekday integer)
	RETURNS TABLE (period_start date, active_days bigint, users bigint, share double precision,
				   users_at_least bigint, share_at_least double precision)
	LANGUAGE sql STABLE AS $$
-- the last of the days from which seven days are over and which is that weekday (0: Sunday)
SELECT w.start, d.*
FROM (SELECT max(x)::date AS start FROM generate_series(as_of - 13, as_of - 7, interval '1 day') AS x
	  WHERE extract(dow FROM x) = first_weekday) AS w, oracle.days_active(w.start, 7) AS d
$$;

CREATE FUNCTION oracle.stickiness_month(as_of date)
	RETURNS TABLE (period_start date, active_days bigint, users bigint, share double precision,
				   users_at_least bigint, share_at_least double precision)
	LANGUAGE sql STABLE AS $$
SELECT m.start, d.*
FROM (SELECT (date_trunc('month', as_of) - interval '1 month')::date AS start, date_trunc('month', as_of)::date AS stop) AS m,
	 oracle.days_active(m.start, m.stop - m.start) AS d
$$;

CREATE FUNCTION oracle.revenue_by_month(as_of date, max_months integer)
	RETURNS TABLE (cohort date, period_number integer, cohort_size bigint, revenue numeric, so_far numeric, complete boolean)
	LANGUAGE sql STABLE AS $$
WITH seen AS (
	SELECT e.user_id, e.amount, date_trunc('month', e.day) AS month,
		   min(date_trunc('month', e.day)) OVER (PARTITION BY e.user_id) AS first_month
	FROM events AS e WHERE e.user_id IS NOT NULL AND e.day < as_of
), cohorts AS (
	SELECT s.first_month, count(DISTINCT s.user_id) AS users FROM seen AS s GROUP BY s.first_month
), cells AS (
	SELECT c.first_month, c.users, n, c.first_month + n * interval '1 month' AS month
	FROM cohorts AS c, generate_series(0, max_months) AS n
)
SELECT c.first_month::date, c.n, c.users,
	   (SELECT coalesce(sum(s.amount), 0) FROM seen AS s WHERE s.first_month = c.first_month AND s.month = c.month),
	   (SELECT coalesce(sum(s.amount), 0) FROM seen AS s WHERE s.first_month = c.first_month AND s.month <= c.month),
	   c.month + interval '1 month' <= as_of
FROM cells AS c WHERE c.month < as_of AND EXISTS (SELECT FROM events AS e WHERE e.source = 'shop')
$$;

CREATE FUNCTION oracle.ltv_month(as_of date, max_months integer)
	RETURNS TABLE (cohort date, period_number integer, cohort_size bigint, revenue numeric, cumulative_revenue numeric,
				   ltv numeric, complete boolean)
	LANGUAGE sql STABLE AS $$
SELECT r.cohort, r.period_number, r.cohort_size, r.revenue, r.so_far, r.so_far / r.cohort_size, r.complete
FROM oracle.revenue_by_month(as_of, max_months) AS r
$$;

CREATE FUNCTION oracle.revenue_retention_month(as_of date, max_months integer)
	RETURNS TABLE (cohort date, period_number integer, cohort_size bigint, first_revenue numeric, revenue numeric,
				   retention_rate double precision, complete boolean)
	LANGUAGE sql STABLE AS $$
SELECT r.cohort, r.period_number, r.cohort_size, f.revenue, r.revenue,
	   CASE WHEN f.revenue > 0 THEN (r.revenue / f.revenue)::double precision END, r.complete
FROM oracle.revenue_by_month(as_of, max_months) AS r
JOIN oracle.revenue_by_month(as_of, 0) AS f USING (cohort)
$$;

CREATE FUNCTION oracle.repeat_purchase(as_of date, has_amounts boolean)
	RETURNS TABLE (buyers bigint, repeat_buyers bigint, repeat_rate double precision,
				   q1 double precision, median double precision, q3 double precision)
	LANGUAGE sql STABLE AS $$
WITH days AS (
	SELECT DISTINCT e.user_id, e.day FROM events AS e
	WHERE e.user_id IS NOT NULL AND e.day < as_of AND (e.amount >= 0 OR NOT has_amounts)
), firsts AS (
	SELECT d.user_id, min(d.day) AS day FROM days AS d GROUP BY d.user_id
), seconds AS (
	SELECT f.user_id, min(d.day) - f.day AS after FROM firsts AS f JOIN days AS d ON d.user_id = f.user_id AND d.day > f.day
	GROUP BY f.user_id, f.day
), sorted AS (
	SELECT array_agg(s.after::double precision ORDER BY s.after) AS x, count(*)::integer - 1 AS top FROM seconds AS s
)
-- type 7: between the values at the places below and above top * p
SELECT (SELECT count(*) FROM firsts), (SELECT count(*) FROM seconds),
	   (SELECT count(*) FROM seconds)::double precision / (SELECT nullif(count(*), 0) FROM firsts),
	   x[1 + top / 4] + top % 4 / 4.0 * (x[1 + (top + 3) / 4] - x[1 + top / 4]),
	   x[1 + top / 2] + top % 2 / 2.0 * (x[1 + (top + 1) / 2] - x[1 + top / 2]),
	   x[1 + 3 * top / 4] + 3 * top % 4 / 4.0 * (x[1 + (3 * top + 3) / 4] - x[1 + 3 * top / 4])
FROM sorted
$$;

CREATE FUNCTION oracle.churn_bands(as_of date, horizon_days integer, has_amounts boolean)
	RETURNS TABLE (band text, users bigint, share double precision, revenue_at_risk numeric)
	LANGUAGE sql STABLE AS $$
WITH people AS (
	SELECT e.user_id, coalesce(sum(e.amount), 0) AS amount FROM events AS e
	WHERE e.user_id IS NOT NULL AND e.day < as_of GROUP BY e.user_id
), risks AS (
	SELECT p.amount, r.churn_risk AS risk FROM people AS p
	LEFT JOIN oracle.churn_risk(as_of, horizon_days, has_amounts, oracle.typical_gap(as_of)) AS r USING (user_id)
)
SELECT b.band, count(r.amount), count(r.amount) / (SELECT nullif(count(*), 0)::double precision FROM people),
	   CASE WHEN has_amounts THEN coalesce(sum(r.amount), 0) END
FROM (VALUES ('0-20%', 0, 0.2), ('20-40%', 0.2, 0.4), ('40-60%', 0.4, 0.6), ('60-80%', 0.6, 0.8), ('80-100%', 0.8, 1.01),
			 ('no_purchase', NULL, NULL)) AS b (band, low, high)
LEFT JOIN risks AS r ON (r.risk >= b.low::double precision AND r.risk < b.high::double precision) OR (r.risk IS NULL AND b.low IS NULL)
GROUP BY b.band
$$;

CREATE FUNCTION oracle.rfm_grid(as_of date, bins integer, has_amounts boolean)
	RETURNS TABLE (r_score integer, f_score integer, users bigint, revenue numeric)
	LANGUAGE sql STABLE AS $$
SELECT r, f, count(s.user_id), CASE WHEN has_amounts THEN coalesce(sum(s.monetary), 0) END
FROM generate_series(1, bins) AS r CROSS JOIN generate_series(1, bins) AS f
LEFT JOIN oracle.rfm(as_of, bins, has_amounts) AS s ON s.r_score = r AND s.f_score = f
GROUP BY r, f
$$;

CREATE FUNCTION oracle.value_tiers(as_of date, has_amounts boolean)
	RETURNS TABLE (tier text, users bigint, share double precision, revenue numeric, revenue_share double precision, min_value numeric, max_value numeric, gini numeric)
	LANGUAGE sql STABLE AS $$
WITH people AS (
	SELECT coalesce(sum(e.amount), 0) AS value FROM events AS e WHERE e.user_id IS NOT NULL AND e.day < as_of GROUP BY e.user_id
), placed AS (
	-- of what is above 0, the part that those who are worth more bring
	SELECT p.value, coalesce(sum(p.value) FILTER (WHERE p.value > 0) OVER (ORDER BY p.value DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
			/ nullif(sum(p.value) FILTER (WHERE p.value > 0) OVER (), 0) AS before,
		   greatest(p.value, 0) AS x, row_number() OVER (ORDER BY greatest(p.value, 0)) AS i
	FROM people AS p
), spread AS (
	SELECT (2 * sum(p.i * p.x) - (count(*) + 1) * sum(p.x)) / nullif(count(*) * sum(p.x), 0) AS gini, count(*) AS people, sum(p.value) AS of_all FROM placed AS p
)
SELECT t.tier, count(p.value), count(p.value)::double precision / nullif(s.people, 0)::double precision, coalesce(sum(p.value), 0),
	   (coalesce(sum(p.value), 0) / nullif(s.of_all, 0))::double precision, trim_scale(min(p.value)), trim_scale(max(p.value)), round(s.gini, 10)
FROM unnest('{A,B,C,none}'::text[]) AS t (tier) CROSS JOIN spread AS s
LEFT JOIN placed AS p ON t.tier = CASE WHEN p.value <= 0 THEN 'none' WHEN p.before < 0.8 THEN 'A' WHEN p.before < 0.95 THEN 'B' ELSE 'C' END
WHERE has_amounts
GROUP BY t.tier, s.people, s.of_all, s.gini
$$;

-- Life stages in plain SQL, from the table events(user_id, day, amount).
CREATE SCHEMA IF NOT EXISTS oracle;

CREATE FUNCTION oracle.median_gaps(as_of date)
	RETURNS TABLE (user_id bigint, n_gaps bigint, median_gap double precision)
	LANGUAGE sql STABLE AS $$
SELECT d.user_id, count(gap), percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)
FROM (SELECT e.user_id, e.day - lag(e.day) OVER (PARTITION BY e.user_id ORDER BY e.day) AS gap
	  FROM (SELECT DISTINCT events.user_id, events.day FROM events) AS e
	  WHERE e.user_id IS NOT NULL AND e.day < as_of) AS d
GROUP BY d.user_id
$$;

CREATE FUNCTION oracle.typical_gap(as_of date) RETURNS double precision
	LANGUAGE sql STABLE AS $$
SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY median_gap), 30) FROM oracle.median_gaps(as_of)
$$;

CREATE FUNCTION oracle.life_stage(as_of date) RETURNS TABLE (user_id bigint, life_stage text)
	LANGUAGE sql STABLE AS $$
WITH days AS (
	SELECT DISTINCT e.user_id, e.day FROM events AS e WHERE e.user_id IS NOT NULL AND e.day < as_of
), users AS (
	SELECT d.user_id, min(d.day) AS first_day, as_of - max(d.day) AS idle, as_of - min(d.day) AS tenure, count(*) AS active_days
	FROM days AS d GROUP BY d.user_id
), facts AS (
	SELECT u.*, greatest(g, CASE WHEN n_gaps >= 3 THEN median_gap END) AS gap,
		   (SELECT count(*) FROM days AS d WHERE d.user_id = u.user_id AND d.day >= first_day + tenure / 2) AS later
	FROM users AS u JOIN oracle.median_gaps(as_of) USING (user_id), oracle.typical_gap(as_of) AS g
)
SELECT f.user_id,
	   CASE WHEN idle > 3 * gap AND idle > 90 THEN 'lost'
			WHEN idle > 2 * gap AND idle > 30 THEN 'sleeping'
			WHEN active_days <= 1 OR tenure < 14 THEN 'introduction'
			WHEN active_days < 5 OR later > 1.2 * (active_days - later) THEN 'growth'
			ELSE 'mature' END
FROM facts AS f
$$;

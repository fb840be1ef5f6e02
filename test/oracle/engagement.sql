-- Engagement in plain SQL, from the table events(user_id, day, amount, source),
-- where a user of the source 'visits' has no amounts: the answers that
-- cells(engagement(...)) is held against.  It uses nothing of the extension.

CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off; -- events may come later, and be temporary

CREATE OR REPLACE FUNCTION oracle.engagement_cells(as_of date)
	RETURNS TABLE (day date, dau bigint, wau bigint, mau bigint, stickiness double precision,
				   new_users bigint, events bigint, purchases bigint, paying_users bigint,
				   revenue numeric)
	LANGUAGE sql AS $$
	WITH seen AS MATERIALIZED (
		SELECT e.user_id, e.day, min(e.day) OVER (PARTITION BY e.user_id) AS first_day,
			   e.source = 'shop' AS has_amounts,
			   CASE e.source WHEN 'shop' THEN e.amount END AS amount
		FROM events e WHERE e.user_id IS NOT NULL AND e.day < as_of
	), days AS (
		SELECT generate_series(min(s.day)::timestamp, as_of - 1, interval '1 day')::date AS day FROM seen s
	), counts AS (
		SELECT d.day,
			   count(DISTINCT s.user_id) FILTER (WHERE s.day = d.day) AS dau,
			   count(DISTINCT s.user_id) FILTER (WHERE s.day BETWEEN d.day - 6 AND d.day) AS wau,
			   count(DISTINCT s.user_id) AS mau,
			   count(DISTINCT s.user_id) FILTER (WHERE s.day = d.day AND s.first_day = d.day) AS new_users,
			   count(s.user_id) FILTER (WHERE s.day = d.day) AS events,
			   count(*) FILTER (WHERE s.day = d.day AND s.amount >= 0) AS purchases,
			   count(DISTINCT s.user_id) FILTER (WHERE s.day = d.day AND s.amount >= 0) AS paying_users,
			   coalesce(sum(s.amount) FILTER (WHERE s.day = d.day), 0) AS revenue
		FROM days d LEFT JOIN seen s ON s.day BETWEEN d.day - 29 AND d.day
		GROUP BY d.day
	)
	SELECT c.day, c.dau, c.wau, c.mau, c.dau::double precision / nullif(c.mau, 0), c.new_users,
		   c.events, c.purchases, c.paying_users,
		   CASE WHEN (SELECT bool_or(s.has_amounts) FROM seen s) THEN c.revenue END
	FROM counts c
$$;

RESET check_function_bodies;

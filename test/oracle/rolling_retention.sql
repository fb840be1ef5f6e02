-- Rolling retention in plain SQL, from the table events(user_id, at, event): the answers that
-- cells(rolling_retention(...)) is held against.  The session's zone must be UTC, in which
-- a day is 24 hours.

CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off; -- events may come later, and be temporary

CREATE FUNCTION oracle.rolling_retention(starts text, returns text, unit interval, periods integer, as_of timestamptz, mode text, zone text)
	RETURNS TABLE (cohort date, period_number integer, cohort_size bigint, retained_users bigint, complete boolean)
	LANGUAGE sql AS $$
	WITH clocks AS (
		SELECT e.user_id, min(e.at) AS t0, (min(e.at) AT TIME ZONE zone)::date AS day FROM events e
		WHERE e.user_id IS NOT NULL AND e.event = starts AND e.at < as_of GROUP BY e.user_id
	), back AS (
		SELECT DISTINCT e.user_id, div(extract(epoch FROM e.at - c.t0), extract(epoch FROM unit)) AS n
		FROM events e JOIN clocks c USING (user_id) WHERE e.event = returns AND e.at >= c.t0 AND e.at < as_of
	), cells AS (
		SELECT c.day, n, count(*) AS users,
			   count(*) FILTER (WHERE n = 0 OR CASE mode
					WHEN 'on' THEN EXISTS (SELECT FROM back b WHERE b.user_id = c.user_id AND b.n = g.n)
					WHEN 'on_or_after' THEN EXISTS (SELECT FROM back b WHERE b.user_id = c.user_id AND b.n >= g.n)
					ELSE (SELECT count(*) FROM back b WHERE b.user_id = c.user_id AND b.n BETWEEN 1 AND g.n) = n END) AS retained
		FROM clocks c, generate_series(0, periods) AS g (n) GROUP BY c.day, n
	)
	SELECT day, n, users, retained, mode <> 'on_or_after' AND ((day + 1)::timestamp AT TIME ZONE zone) + unit * (n + 1) <= as_of
	FROM cells WHERE (day::timestamp AT TIME ZONE zone) + unit * n < as_of
$$;

RESET check_function_bodies;

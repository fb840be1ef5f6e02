-- Gaps in plain SQL, from the table events(user_id, day, amount): the answers that
-- cells(gap_histogram(...)) is held against.  The source of users whose id modulo 2 is
-- below visitors has no amounts.

CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off; -- events may come later, and be temporary

CREATE FUNCTION oracle.gap_histogram(as_of date, brackets integer[], visitors integer)
	RETURNS TABLE (from_days integer, to_days integer, gaps bigint, users bigint, share double precision)
	LANGUAGE sql AS $$
	WITH days AS (
		SELECT DISTINCT e.user_id, e.day FROM events e
		WHERE e.user_id IS NOT NULL AND e.day < as_of AND (e.amount >= 0 OR e.user_id % 2 < visitors)
	), found AS MATERIALIZED (
		SELECT d.user_id, (SELECT min(n.day) FROM days n WHERE n.user_id = d.user_id AND n.day > d.day) - d.day AS gap FROM days d
	), ends AS (
		SELECT b.low, (SELECT min(n.low) - 1 FROM unnest(brackets) n (low) WHERE n.low > b.low) AS high FROM unnest(brackets) b (low)
	)
	SELECT b.low, b.high, count(f.gap), count(DISTINCT f.user_id),
		   count(f.gap)::double precision / (SELECT nullif(count(gap), 0)::double precision FROM found)
	FROM ends b LEFT JOIN found f ON f.gap >= b.low AND (f.gap <= b.high OR b.high IS NULL)
	WHERE EXISTS (SELECT FROM events e WHERE e.user_id IS NOT NULL AND e.day IS NOT NULL)
	GROUP BY b.low, b.high
$$;

RESET check_function_bodies;

-- Lifecycle in plain SQL, from the table events(user_id, day, amount): the
-- answers that cells(lifecycle(...)) is held against.  It uses oracle.periods of
-- retention.sql and nothing of the extension.

CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off; -- events may come later, and be temporary

CREATE OR REPLACE FUNCTION oracle.lifecycle_cells(period text, as_of date, week_start text)
	RETURNS TABLE (period_start date, new_users bigint, returning_users bigint,
				   resurrected_users bigint, dormant_users bigint, active_users bigint,
				   complete boolean)
	LANGUAGE sql AS $$
	WITH seen AS (
		SELECT e.user_id, e.day FROM events e WHERE e.user_id IS NOT NULL AND e.day < as_of
	), spans AS MATERIALIZED (
		SELECT p.* FROM (SELECT min(day) AS first_day FROM seen) f,
			   oracle.periods(f.first_day, period, as_of, week_start) p
	), active AS MATERIALIZED (
		SELECT DISTINCT s.user_id, p.number
		FROM seen s JOIN spans p ON s.day >= p.begins AND s.day < p.ends
	), users AS (
		SELECT a.user_id, min(a.number) AS first FROM active a GROUP BY a.user_id
	), everyone AS (
		SELECT p.number, p.begins, p.ends, u.first,
			   EXISTS (SELECT FROM active a WHERE a.user_id = u.user_id AND a.number = p.number) AS here,
			   EXISTS (SELECT FROM active a WHERE a.user_id = u.user_id AND a.number = p.number - 1) AS before
		FROM spans p CROSS JOIN users u
	)
	SELECT e.begins,
		   count(*) FILTER (WHERE here AND number = first),
		   count(*) FILTER (WHERE here AND before),
		   count(*) FILTER (WHERE here AND NOT before AND number > first),
		   count(*) FILTER (WHERE before AND NOT here),
		   count(*) FILTER (WHERE here),
		   e.ends <= as_of
	FROM everyone e
	GROUP BY e.number, e.begins, e.ends
$$;

RESET check_function_bodies;

-- Retention in plain SQL, from the table events(user_id, day, amount): the
-- answers that cells(retention(...)) is held against.  Periods are spans of
-- dates here; nothing of the extension is used.

CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off; -- events may come later, and be temporary

-- The periods from that of a day to the last that begins before as_of.
CREATE OR REPLACE FUNCTION oracle.periods(first_day date, period text, as_of date, week_start text)
	RETURNS TABLE (number bigint, begins date, ends date)
	LANGUAGE sql AS $$
	WITH shape AS (
		SELECT ('1 ' || replace(period, 'quarter', 'month'))::interval
			   * CASE period WHEN 'quarter' THEN 3 ELSE 1 END AS step,
			   CASE WHEN period = 'week' AND week_start = 'sunday' THEN 1 ELSE 0 END AS shift
	)
	SELECT row_number() OVER (ORDER BY t), t::date - shift, (t + step)::date - shift
	FROM shape,
		 generate_series(date_trunc(period, (first_day + shift)::timestamp),
						 (as_of - 1 + shift)::timestamp, step) AS t
$$;

CREATE OR REPLACE FUNCTION oracle.retention_cells(period text, as_of date, cohort text, mode text,
												  week_start text, min_occurrences int,
												  brackets int[], max_periods int)
	RETURNS TABLE (cohort_start date, period_number int, cohort_size bigint, retained_users bigint,
				   complete boolean, amount numeric)
	LANGUAGE sql AS $$
	WITH seen AS (
		SELECT e.user_id, e.day, e.amount FROM events e
		WHERE e.user_id IS NOT NULL AND e.day < as_of
	), spans AS MATERIALIZED (
		SELECT p.* FROM (SELECT min(day) AS first_day FROM seen) f,
			   oracle.periods(f.first_day, period, as_of, week_start) p
	), active AS MATERIALIZED (
		SELECT s.user_id, p.number, count(*) AS events, coalesce(sum(s.amount), 0) AS amount
		FROM seen s JOIN spans p ON s.day >= p.begins AND s.day < p.ends
		GROUP BY s.user_id, p.number
	), members AS (
		SELECT a.user_id, a.number AS cohort_number FROM active a
		WHERE cohort = 'recurring'
		   OR a.number = (SELECT min(b.number) FROM active b WHERE b.user_id = a.user_id)
	), steps AS MATERIALIZED (
		-- Which offsets a cell has; single ones follow the last bracket, unlisted.
		SELECT 0::bigint AS step, 0::bigint AS first_offset, 0::bigint AS last_offset, true AS listed
		UNION ALL
		SELECT b.n, sum(b.width) OVER (ORDER BY b.n) - b.width + 1, sum(b.width) OVER (ORDER BY b.n),
			   true
		FROM unnest(brackets) WITH ORDINALITY AS b (width, n)
		UNION ALL
		SELECT coalesce(cardinality(brackets), 0) + n, t.total + n, t.total + n, brackets IS NULL
		FROM (SELECT coalesce(sum(width), 0) AS total FROM unnest(brackets) AS width) t,
			 generate_series(1, (SELECT max(number) FROM spans)) AS n
	), hits AS MATERIALIZED (
		SELECT m.user_id, m.cohort_number, s.step, sum(a.amount) AS amount,
			   sum(a.events) >= min_occurrences OR s.step = 0 AS returned
		FROM members m
		JOIN active a ON a.user_id = m.user_id AND a.number >= m.cohort_number
		JOIN steps s ON a.number - m.cohort_number BETWEEN s.first_offset AND s.last_offset
		GROUP BY m.user_id, m.cohort_number, s.step
	), sizes AS (
		SELECT m.cohort_number, count(*) AS cohort_size FROM members m GROUP BY m.cohort_number
	), grid AS (
		SELECT z.cohort_number, z.cohort_size, s.step, s.last_offset
		FROM sizes z JOIN steps s
		  ON s.listed AND z.cohort_number + s.first_offset <= (SELECT max(number) FROM spans)
		WHERE s.step <= coalesce(max_periods, s.step)
	)
	SELECT c.begins, g.step::int, g.cohort_size,
		   (SELECT count(*) FROM members m
			WHERE m.cohort_number = g.cohort_number
			  AND CASE WHEN g.step = 0 THEN true
					   WHEN mode = 'on' THEN EXISTS (
							SELECT FROM hits h
							WHERE h.user_id = m.user_id AND h.cohort_number = m.cohort_number
							  AND h.step = g.step AND h.returned)
					   WHEN mode = 'on_or_after' THEN EXISTS (
							SELECT FROM hits h
							WHERE h.user_id = m.user_id AND h.cohort_number = m.cohort_number
							  AND h.step >= g.step AND h.returned)
					   ELSE (SELECT count(*) FROM hits h
							 WHERE h.user_id = m.user_id AND h.cohort_number = m.cohort_number
							   AND h.step BETWEEN 1 AND g.step AND h.returned) = g.step
				  END),
		   coalesce((SELECT p.ends FROM spans p WHERE p.number = g.cohort_number + g.last_offset)
					<= as_of, false),
		   (SELECT coalesce(sum(h.amount), 0) FROM hits h
			WHERE h.cohort_number = g.cohort_number AND h.step = g.step)
	FROM grid g JOIN spans c ON c.number = g.cohort_number
$$;

RESET check_function_bodies;

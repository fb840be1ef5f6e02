-- activity_agg and the readings of one user, asked in plain SQL.
--
-- The events stand in a temporary table events(user_id, event_time, amount):
-- any type of user and time, amount numeric.  Nothing of user_ops is used.

CREATE SCHEMA oracle;

-- Users as text: 1.0 and 1.00 are one. (A cast to numeric would be tried of other users, too, before CASE is asked.)
CREATE FUNCTION oracle.name(user_id anyelement) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN pg_typeof(user_id) = 'numeric'::regtype THEN regexp_replace(user_id::text, '(\.\d*[1-9])0+$|\.0+$', '\1')
				ELSE user_id::text END
$$;

-- Local days; a zone matters to timestamptz only.
CREATE FUNCTION oracle.day(event_time date, zone text) RETURNS date LANGUAGE sql IMMUTABLE
RETURN event_time;
CREATE FUNCTION oracle.day(event_time timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE
RETURN event_time::date;
CREATE FUNCTION oracle.day(event_time timestamptz, zone text) RETURNS date LANGUAGE sql IMMUTABLE
RETURN (event_time AT TIME ZONE coalesce(zone, 'UTC'))::date;

-- The first day of the period that holds a day, and of the one after it.
CREATE FUNCTION oracle.period_start(day date, period text) RETURNS date LANGUAGE sql IMMUTABLE
RETURN CASE period
	WHEN 'sunday week' THEN date_trunc('week', (day + 1)::timestamp)::date - 1
	ELSE date_trunc(period, day::timestamp)::date END;
CREATE FUNCTION oracle.next_period(period_start date, period text) RETURNS date LANGUAGE sql IMMUTABLE
RETURN CASE period
	WHEN 'sunday week' THEN period_start + 7
	WHEN 'quarter' THEN (period_start + interval '3 months')::date
	ELSE (period_start + ('1 ' || period)::interval)::date END;

-- One row for each user and day.
CREATE FUNCTION oracle.days(zone text)
RETURNS TABLE (name text, day date, events bigint, purchases bigint, amount numeric)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT oracle.name(e.user_id), oracle.day(e.event_time, zone), count(*),
		   count(*) FILTER (WHERE e.amount >= 0), coalesce(sum(e.amount), 0)
	FROM events AS e
	WHERE e.user_id IS NOT NULL AND e.event_time IS NOT NULL
	GROUP BY 1, 2;
END $$;

-- Streaks: neighbouring periods make an island.  The current one must reach the
-- last period that has begun, or the one before it while that still runs.
CREATE FUNCTION oracle.streaks(days date[], as_of date, period text,
							   OUT longest bigint, OUT current bigint)
LANGUAGE sql IMMUTABLE AS $$
	WITH RECURSIVE periods AS (
		SELECT DISTINCT oracle.period_start(day, period) AS start FROM unnest(days) AS day
	), islands AS (
		SELECT p.start, p.start AS last, 1 AS length
		FROM periods AS p
		WHERE NOT EXISTS (SELECT FROM periods AS b WHERE oracle.next_period(b.start, period) = p.start)
		UNION ALL
		SELECT i.start, p.start, i.length + 1
		FROM islands AS i JOIN periods AS p ON p.start = oracle.next_period(i.last, period)
	), begun AS (
		SELECT oracle.period_start(as_of - 1, period) AS start
	)
	SELECT coalesce(max(i.length), 0),
		   coalesce(max(i.length) FILTER (
			   WHERE i.last = b.start
				  OR oracle.next_period(b.start, period) > as_of AND oracle.next_period(i.last, period) = b.start), 0)
	FROM begun AS b LEFT JOIN islands AS i ON true
$$;

-- Every reading of every user at as_of, a finite day.
CREATE FUNCTION oracle.readings(zone text, with_amounts boolean, as_of date)
RETURNS TABLE (name text, first_day date, last_day date, active_days bigint, events bigint,
			   purchases bigint, amount numeric, tenure_days int, idle_days int,
			   recency_days int, frequency bigint, monetary numeric, median_gap float8,
			   streaks bigint[], text_form text)
LANGUAGE sql AS $$
	WITH users AS (
		SELECT DISTINCT d.name FROM oracle.days(zone) AS d
	), seen AS (
		SELECT d.name, d.day, d.events,
			   CASE WHEN with_amounts THEN d.purchases ELSE 0 END AS purchases,
			   CASE WHEN with_amounts THEN d.amount END AS amount,
			   NOT with_amounts OR d.purchases > 0 AS basis,
			   d.day - lag(d.day) OVER (PARTITION BY d.name ORDER BY d.day) AS gap
		FROM oracle.days(zone) AS d
		WHERE d.day < as_of
	), totals AS (
		SELECT u.name, min(s.day) AS first_day, max(s.day) AS last_day, count(s.day) AS active_days,
			   coalesce(sum(s.events), 0)::bigint AS events,
			   coalesce(sum(s.purchases), 0)::bigint AS purchases,
			   CASE WHEN with_amounts THEN coalesce(sum(s.amount), 0) END AS amount,
			   max(s.day) FILTER (WHERE s.basis) AS last_basis_day,
			   count(s.day) FILTER (WHERE s.basis) AS frequency,
			   percentile_cont(0.5) WITHIN GROUP (ORDER BY s.gap) AS median_gap,
			   coalesce(array_agg(s.day) FILTER (WHERE s.day IS NOT NULL), '{}') AS days,
			   string_agg(concat_ws(':', s.day, s.events, CASE WHEN s.purchases > 0 OR s.amount <> 0
																THEN s.purchases || ':' || trim_scale(s.amount) END),
						  ',' ORDER BY s.day) AS text_days
		FROM users AS u LEFT JOIN seen AS s USING (name)
		GROUP BY u.name
	)
	SELECT t.name, t.first_day, t.last_day, t.active_days, t.events, t.purchases, t.amount,
		   as_of - t.first_day, as_of - t.last_day, as_of - t.last_basis_day, t.frequency, t.amount, t.median_gap,
		   (SELECT array_agg(v.streak ORDER BY period, v.n)
			FROM unnest(ARRAY['day', 'month', 'quarter', 'sunday week', 'week', 'year']) AS period,
				 oracle.streaks(t.days, as_of, period) AS s,
				 LATERAL (VALUES (1, s.current), (2, s.longest)) AS v (n, streak)),
		   CASE WHEN t.active_days > 0 THEN CASE WHEN with_amounts THEN 'amounts ' ELSE '' END || '{' || t.text_days || '}' END
	FROM totals AS t
$$;

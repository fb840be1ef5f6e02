-- The views of journeys in plain SQL, beside sessions, paths and attribution, whose oracles
-- they read: paths.sql and attribution.sql.
SET check_function_bodies = off;

CREATE FUNCTION oracle.sessions_day(zone text, gap interval, max_length interval, midnight_zone text, as_of timestamptz)
	RETURNS TABLE (day date, sessions bigint, users bigint, events_per_session double precision, average_seconds double precision, single_event_rate double precision, complete boolean)
	LANGUAGE sql AS $$
SELECT (s.started_at AT TIME ZONE zone)::date, count(*), count(DISTINCT s.user_id), (sum(s.events) / count(*))::double precision,
	   (sum(extract(epoch FROM s.ended_at - s.started_at)) / count(*))::double precision, (sum((s.events = 1)::int)::numeric / count(*))::double precision, bool_and(s.complete)
FROM oracle.sessions(gap, max_length, midnight_zone, as_of) AS s GROUP BY 1
$$;

CREATE FUNCTION oracle.attribution_view(model text, lookback interval, direct text[], non_direct boolean, exclusive boolean, which text, decimals int, as_of timestamptz)
	RETURNS TABLE (channel text, conversions numeric, amount numeric, share double precision)
	LANGUAGE sql STABLE AS $$
SELECT a.channel, sum(a.credit), sum(a.amount), CASE WHEN model <> 'participation' THEN (sum(a.credit) / sum(sum(a.credit)) OVER ())::double precision END
FROM oracle.attribution(model, lookback, interval '1 day', NULL, direct, non_direct, exclusive, which, decimals, as_of) AS a GROUP BY a.channel
$$;
-- Funnels of events that differ: who begins where, goes on at the earliest row that may be next, and comes how far within
-- the window; the best beginning, the earliest of equal ones.
CREATE FUNCTION oracle.funnel_users(steps text[], within interval, as_of timestamptz)
	RETURNS TABLE (user_id bigint, level integer, entered_at timestamptz, reached_at timestamptz, open boolean, times timestamptz[])
	LANGUAGE sql STABLE AS $$
WITH RECURSIVE counted AS MATERIALIZED (SELECT e.user_id, e.at, e.event FROM events AS e WHERE e.at < as_of), chains AS (
	SELECT DISTINCT c.user_id, c.at AS entered_at, 1 AS level, ARRAY[c.at] AS times FROM counted AS c WHERE c.event = steps[1]
	UNION ALL
	SELECT h.user_id, h.entered_at, h.level + 1, h.times || n.at
	FROM chains AS h CROSS JOIN LATERAL (SELECT min(c.at) AS at FROM counted AS c
										 WHERE c.user_id = h.user_id AND c.event = steps[h.level + 1] AND c.at >= h.times[h.level] AND c.at - h.entered_at <= within) AS n
	WHERE n.at IS NOT NULL
)
SELECT DISTINCT ON (h.user_id) h.user_id, h.level, h.entered_at, h.times[h.level],
	   h.level < cardinality(steps) AND (SELECT max(c.at) FROM counted AS c WHERE c.user_id = h.user_id AND c.event = steps[1]) + within >= as_of, h.times
FROM chains AS h ORDER BY h.user_id, h.level DESC, h.times
$$;

CREATE FUNCTION oracle.funnel(steps text[], within interval, as_of timestamptz)
	RETURNS TABLE (step integer, label text, users bigint, conversion_from_first numeric, conversion_from_previous numeric, drop_off bigint, median_seconds numeric, average_seconds numeric, open_users bigint)
	LANGUAGE sql STABLE AS $$
WITH u AS MATERIALIZED (SELECT * FROM oracle.funnel_users(steps, within, as_of)), s AS (
	SELECT k, count(u.user_id) FILTER (WHERE u.level >= k) AS users, count(*) FILTER (WHERE u.level = k AND u.open) AS open_users,
		   percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM u.times[k] - u.times[k - 1])) FILTER (WHERE u.level >= k) AS median,
		   avg(extract(epoch FROM u.times[k] - u.times[k - 1])) FILTER (WHERE u.level >= k) AS average
	FROM generate_subscripts(steps, 1) AS k LEFT JOIN u ON true GROUP BY k
)
SELECT s.k, steps[s.k], s.users, round(s.users / nullif(first_value(s.users) OVER w, 0)::numeric, 9),
	   round(CASE s.k WHEN 1 THEN nullif(s.users, 0) / s.users::numeric ELSE s.users / nullif(lag(s.users) OVER w, 0)::numeric END, 9), coalesce(lag(s.users) OVER w - s.users, 0),
	   round(s.median::numeric, 6), round(s.average, 6), s.open_users
FROM s WINDOW w AS (ORDER BY s.k)
$$;
RESET check_function_bodies;

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
RESET check_function_bodies;

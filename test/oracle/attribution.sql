-- Attribution in plain SQL, from the table events(user_id, at, tiebreak, event, amount), in which
-- buy and order are conversions.
SET check_function_bodies = off; -- events may come later, and be temporary
CREATE SCHEMA IF NOT EXISTS oracle;

-- The rows of each user in order, and which of them are conversions.
CREATE FUNCTION oracle.ordered(as_of timestamptz) RETURNS TABLE (user_id bigint, n bigint, at timestamptz, event text, amount numeric, converts boolean, previous timestamptz, nth bigint, nth_last bigint)
	LANGUAGE sql STABLE AS $$
WITH ordered AS (
	SELECT e.user_id, row_number() OVER (PARTITION BY e.user_id ORDER BY e.at, e.tiebreak, e.event COLLATE "C", e.amount NULLS FIRST) AS n,
		   e.at, e.event, e.amount, e.event IN ('buy', 'order') AS converts
	FROM events AS e WHERE as_of IS NULL OR e.at < as_of
)
SELECT o.*, (SELECT max(p.at) FROM ordered AS p WHERE p.user_id = o.user_id AND p.converts AND p.at < o.at),
	   row_number() OVER (PARTITION BY o.user_id, o.converts ORDER BY o.n), row_number() OVER (PARTITION BY o.user_id, o.converts ORDER BY o.n DESC)
FROM ordered AS o
$$;

-- The touches of each conversion, in order; NULL where it has none.
CREATE FUNCTION oracle.touches(lookback interval, exclusive boolean, put_aside text[], which text, as_of timestamptz)
	RETURNS TABLE (user_id bigint, conversion bigint, converted_at timestamptz, amount numeric, touch bigint, touches bigint, channel text, touched_at timestamptz)
	LANGUAGE sql STABLE AS $$
WITH ordered AS MATERIALIZED (SELECT * FROM oracle.ordered(as_of)), led AS (
	SELECT c.user_id, c.n AS conversion, c.at AS converted_at, c.amount, t.n AS touch, t.event AS channel, t.at AS touched_at,
		   bool_or(t.event <> ALL (put_aside)) OVER (PARTITION BY c.user_id, c.n) AS others
	FROM ordered AS c
	LEFT JOIN ordered AS t ON t.user_id = c.user_id AND NOT t.converts AND t.at <= c.at AND t.at >= c.at - lookback AND NOT (exclusive AND t.at <= coalesce(c.previous, '-infinity'))
	WHERE c.converts AND (which = 'each' OR (which = 'first' AND c.nth = 1) OR (which = 'last' AND c.nth_last = 1))
)
SELECT l.user_id, l.conversion, l.converted_at, l.amount, row_number() OVER w, count(l.touch) OVER (PARTITION BY l.user_id, l.conversion), l.channel, l.touched_at
FROM led AS l WHERE NOT l.others OR l.others IS NULL OR l.channel <> ALL (put_aside)
WINDOW w AS (PARTITION BY l.user_id, l.conversion ORDER BY l.touch)
$$;

-- The half lives between touches are whole numbers up to 60, so that all weights are.
CREATE FUNCTION oracle.weight(model text, weights numeric[], n bigint, of bigint, half_lives numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE AS $$
SELECT CASE
	WHEN of = 0 THEN 1
	WHEN model = 'first' THEN (n = 1)::int
	WHEN model IN ('last', 'last_non_direct') THEN (n = of)::int
	WHEN model IN ('linear', 'participation') OR of = 1 THEN 1
	WHEN model = 'time_decay' THEN 2::numeric ^ (60 - half_lives)
	WHEN of = 2 AND weights[1] + weights[3] = 0 THEN 1
	WHEN of = 2 THEN weights[CASE n WHEN 1 THEN 1 ELSE 3 END]
	WHEN n = 1 THEN weights[1] * (of - 2)
	WHEN n = of THEN weights[3] * (of - 2)
	ELSE weights[2] END
$$;

CREATE FUNCTION oracle.attribution(model text, lookback interval, half_life interval, weights numeric[], direct text[], non_direct boolean, exclusive boolean, which text, decimals int, as_of timestamptz)
	RETURNS TABLE (user_id bigint, place bigint, converted_at timestamptz, channel text, touches bigint, credit numeric, amount numeric)
	LANGUAGE sql STABLE AS $$
WITH weighted AS (
	SELECT t.*, 10::numeric ^ greatest(decimals, scale(trim_scale(t.amount))) AS units,
		   oracle.weight(model, CASE model WHEN 'u_shaped' THEN '{4,2,4}' WHEN 'j_shaped' THEN '{2,2,6}' WHEN 'inverse_j' THEN '{6,2,2}' ELSE weights END, t.touch, t.touches,
				   extract(epoch FROM max(t.touched_at) OVER c - t.touched_at) / extract(epoch FROM half_life)) AS weight
	FROM oracle.touches(lookback, exclusive, CASE WHEN non_direct OR model = 'last_non_direct' THEN direct ELSE '{}' END, which, as_of) AS t
	WINDOW c AS (PARTITION BY t.user_id, t.conversion)
), floors AS (
	SELECT w.*, div(w.weight * 1e12, sum(w.weight) OVER c) AS floor, mod(w.weight * 1e12, sum(w.weight) OVER c) AS rest FROM weighted AS w WINDOW c AS (PARTITION BY w.user_id, w.conversion)
), credits AS (
	SELECT f.*, f.floor + (row_number() OVER (PARTITION BY f.user_id, f.conversion ORDER BY f.rest DESC, f.touch) <= 1e12 - sum(f.floor) OVER c)::int AS part FROM floors AS f WINDOW c AS (PARTITION BY f.user_id, f.conversion)
), money AS (
	SELECT p.*, div(abs(p.amount) * p.units * p.part, 1e12) AS paid, mod(abs(p.amount) * p.units * p.part, 1e12) AS owed FROM credits AS p
), paid AS (
	SELECT m.*, m.paid + (row_number() OVER (PARTITION BY m.user_id, m.conversion ORDER BY m.owed DESC, m.touch) <= abs(m.amount) * m.units - sum(m.paid) OVER c)::int AS got FROM money AS m WINDOW c AS (PARTITION BY m.user_id, m.conversion)
), channels AS (
	SELECT p.user_id, p.conversion, p.converted_at, p.channel, min(p.touch) AS first, count(p.channel) AS touches, sum(p.part) / 1e12 AS credit, sign(p.amount) * sum(p.got) / p.units AS got, p.amount
	FROM paid AS p GROUP BY p.user_id, p.conversion, p.converted_at, p.channel, p.amount, p.units
)
SELECT c.user_id, row_number() OVER (PARTITION BY c.user_id ORDER BY c.conversion, c.first), c.converted_at, coalesce(c.channel, '(direct)'), c.touches,
	   CASE model WHEN 'participation' THEN 1 ELSE c.credit END, CASE model WHEN 'participation' THEN c.amount ELSE c.got END
FROM channels AS c
$$;

CREATE FUNCTION oracle.attribution_paths(lookback interval, as_of timestamptz) RETURNS TABLE (user_id bigint, place bigint, channels text[], converted boolean, amount numeric, open boolean)
	LANGUAGE sql STABLE AS $$
WITH ordered AS MATERIALIZED (SELECT * FROM oracle.ordered(as_of)), paths AS (
	SELECT t.user_id, t.conversion, coalesce(array_agg(t.channel ORDER BY t.touch) FILTER (WHERE t.channel IS NOT NULL), '{}') AS channels, true AS converted, t.amount, false AS open
	FROM oracle.touches(lookback, true, '{}', 'each', as_of) AS t GROUP BY t.user_id, t.conversion, t.amount
	UNION ALL
	SELECT o.user_id, max(o.n), array_agg(o.event ORDER BY o.n), false, NULL, max(o.at) + lookback >= as_of
	FROM ordered AS o WHERE NOT o.converts AND o.at > ALL (SELECT c.at FROM ordered AS c WHERE c.user_id = o.user_id AND c.converts) GROUP BY o.user_id
)
SELECT p.user_id, row_number() OVER (PARTITION BY p.user_id ORDER BY p.conversion), p.channels, p.converted, p.amount, p.open FROM paths AS p
$$;
RESET check_function_bodies;

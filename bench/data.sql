-- The events of the benchmark: :users users over 64 weeks, the same on every
-- machine, because all chance comes from a hash and all arithmetic is IEEE's
-- +, *, / and sqrt.
--
--   users arrive from Monday 2024-01-01 on, more and more of them, their ids in the order they come
--   they stay 90 days in the median, some until the end
--   most have few events, one in fifty a hundred and more (1/x tail, at most 400)
--   one event in seven has an amount; of these one in fifty is a refund
--   times are whole seconds, rows stand in time order
--   in another table the same rows have the name of what happened: views, searches, carts, checkouts, purchases
\set first_day '2024-01-01 00:00Z'
\set seconds '(448 * 86400)'

DROP TABLE IF EXISTS events, events_tenth, events_uuid, events_text, events_named CASCADE;

-- Chance in (0, 1) number n of x.
CREATE OR REPLACE FUNCTION chance(x bigint, n bigint) RETURNS float8
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ((hashint8extended(x, n) & ((1::bigint << 52) - 1)) + 0.5::float8) / (1::bigint << 52)::float8;

CREATE TABLE events (user_id bigint NOT NULL, event_time timestamptz NOT NULL, amount numeric(12,2));

WITH arrival AS (
	SELECT user_id, :seconds * (0.3 * user_id / :users + 0.7 * sqrt(user_id::float8 / :users)) * 0.999 AS came
	FROM generate_series(1, :users::bigint) AS user_id
), life AS (
	SELECT user_id, came,
		   least(:seconds - 1 - came, 90 * 86400 * (1 / chance(user_id, 2) - 1)) AS stay,
		   least(400, 3.05 * (1 / chance(user_id, 3) - 1)) AS wish
	FROM arrival
), users AS (
	-- A short stay leaves time for fewer events.
	SELECT user_id, came, stay, floor(wish * (stay + 864000) / (stay + 3456000))::int AS more FROM life
), drawn AS (
	-- The first event is the arrival, the others are spread over the stay.
	SELECT user_id, user_id * 1000 + n AS event,
		   CASE n WHEN 0 THEN came ELSE came + stay * chance(user_id * 1000 + n, 4) END AS second
	FROM users CROSS JOIN LATERAL generate_series(0, more) AS n
)
INSERT INTO events
SELECT user_id, timestamptz :'first_day' + floor(second) * interval '1 second',
	   CASE WHEN hashint8extended(event, 5) % 7 = 0
			THEN (99 + floor(least(500000, 1900 * (1 / chance(event, 6) - 1))))::bigint
				 * CASE WHEN hashint8extended(event, 7) % 50 = 0 THEN -0.01 ELSE 0.01 END
	   END
FROM drawn
ORDER BY second, event;

-- The same rows under other keys, and those of every tenth user.
CREATE TABLE events_tenth AS SELECT * FROM events WHERE user_id % 10 = 0;
CREATE TABLE events_uuid AS
	SELECT (lpad(to_hex(hashint8extended(user_id, 8)), 16, '0') || lpad(to_hex(user_id), 16, '0'))::uuid AS user_id, event_time, amount FROM events;
CREATE TABLE events_text AS SELECT 'user-' || user_id AS user_id, event_time, amount FROM events;
-- Of twenty events ten are views, four searches, three carts, two checkouts and one a purchase.
CREATE TABLE events_named AS
	SELECT user_id, event_time,
		   CASE WHEN share < 10 THEN 'view' WHEN share < 14 THEN 'search' WHEN share < 17 THEN 'cart' WHEN share < 19 THEN 'checkout' ELSE 'purchase' END AS event
	FROM (SELECT *, (hashint8extended(user_id * 100000000 + extract(epoch FROM event_time - :'first_day')::bigint, 9) & 1048575) % 20 AS share FROM events) AS e;

VACUUM (ANALYZE, FREEZE) events, events_tenth, events_uuid, events_text, events_named;

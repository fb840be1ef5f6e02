-- A made-up online shop, May 2025 to October 2026, the same in every run: all
-- chance comes from hashing the customer's number. Makes public.shop_events
-- (what create_views reads), public.shop_customers (the channel each was won by), and who was assigned
-- to what: public.shop_win_back, a letter to sleeping customers, and public.shop_aa_test, where nothing is done to either arm;
-- the programme of points, who invited whom, what customers answered when asked, and their tags: public.shop_points,
-- shop_invitations, shop_answers, shop_tags; visits by device with the logins there: shop_visits, shop_logins; what they bought, and
-- what they wrote and read: shop_order_lines, shop_articles.

SET client_min_messages = warning;

CREATE TABLE IF NOT EXISTS public.shop_customers (
	customer_id bigint PRIMARY KEY,
	channel text NOT NULL
);
CREATE TABLE IF NOT EXISTS public.shop_events (
	event_id bigint PRIMARY KEY,
	customer_id bigint NOT NULL,
	occurred_at timestamptz NOT NULL,
	event text NOT NULL,           -- view, search, cart, checkout, purchase, refund
	channel text,                  -- of the first row of a visit: by which way the customer came this time
	total numeric(10,2)            -- of a purchase and, negative, of a refund
);
CREATE TABLE IF NOT EXISTS public.shop_win_back (
	customer_id bigint PRIMARY KEY,
	variant text NOT NULL,         -- holdout, letter
	assigned_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS public.shop_aa_test (
	customer_id bigint PRIMARY KEY,
	variant text NOT NULL,         -- a, b
	assigned_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS public.shop_points (
	customer_id bigint NOT NULL,
	occurred_at timestamptz NOT NULL,
	kind text NOT NULL,            -- earn, spend, reverse
	points bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS public.shop_invitations (
	inviter bigint NOT NULL,
	invitee bigint NOT NULL,
	invited_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS public.shop_answers (
	customer_id bigint NOT NULL,
	answered_at timestamptz NOT NULL,
	question text NOT NULL,        -- recommend (0 to 10), delivery (1 to 5), effort (1 to 7)
	score integer NOT NULL,
	channel text NOT NULL          -- by which the customer was won
);
CREATE TABLE IF NOT EXISTS public.shop_tags (
	customer_id bigint NOT NULL,
	tag text NOT NULL,
	valid_from date,
	valid_to date                  -- the first day without it; NULL: it goes on
);
CREATE TABLE IF NOT EXISTS public.shop_order_lines (
	customer_id bigint NOT NULL,
	ordered_at timestamptz NOT NULL,
	product text NOT NULL,
	category text NOT NULL,
	paid numeric(10,2) NOT NULL
);
CREATE TABLE IF NOT EXISTS public.shop_articles (
	customer_id bigint NOT NULL,
	at timestamptz NOT NULL,
	article text NOT NULL,
	author bigint NOT NULL,        -- the customer who wrote it
	did text NOT NULL              -- write, comment, like, read
);
CREATE TABLE IF NOT EXISTS public.shop_visits (
	device_id text NOT NULL,
	customer_id bigint,            -- NULL: nobody had logged in
	occurred_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS public.shop_logins (
	device_id text NOT NULL,
	customer_id bigint NOT NULL,
	logged_in_at timestamptz NOT NULL
);
TRUNCATE public.shop_visits, public.shop_logins, public.shop_customers, public.shop_events, public.shop_win_back, public.shop_aa_test,
	public.shop_points, public.shop_invitations, public.shop_answers, public.shop_tags, public.shop_order_lines, public.shop_articles;

-- Uniform in (0, 1): the draw-th of customer id for one purpose.
CREATE FUNCTION pg_temp.chance(id bigint, purpose int, draw bigint DEFAULT 0) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
	SELECT ((hashint8extended(id * 4096 + draw, purpose) & 9007199254740991) + 0.5::float8) / 9007199254740992
$$;
CREATE FUNCTION pg_temp.bell(id bigint, purpose int, draw bigint DEFAULT 0) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
	SELECT sqrt(-2 * ln(pg_temp.chance(id, purpose, draw))) * cos(2 * pi() * pg_temp.chance(id, purpose + 1000, draw))
$$;

-- How busy a day is: the year's seasons, weekends, the week of Black Friday.
CREATE TEMP TABLE calendar AS
SELECT day, season * weekday * CASE WHEN day BETWEEN '2025-11-24' AND '2025-12-01' THEN 1.5 ELSE 1 END AS demand
FROM (
	SELECT d::date AS day,
		(ARRAY[0.85, 0.85, 0.95, 1.0, 1.0, 0.9, 0.72, 0.70, 0.95, 1.05, 1.4, 1.5])[extract(month FROM d)::int] AS season,
		(ARRAY[0.9, 0.9, 0.95, 0.95, 1.0, 1.3, 1.25])[extract(isodow FROM d)::int] AS weekday
	FROM generate_series(timestamp '2025-05-01', '2026-10-31', '1 day') AS d
) AS days;

-- What a channel's customers are like. Campaigns bring many, few of whom stay.
CREATE TEMP TABLE channels (channel text, from_day date, to_day date, per_day float8,
	never float8, once float8, gap_days float8, life_days float8, basket float8);
INSERT INTO channels VALUES
	('organic',      '2025-05-01', '2026-10-31', 3.4, 0.20, 0.38, 27, 300, 44),
	('search',       '2025-05-01', '2026-10-31', 2.9, 0.32, 0.48, 33, 220, 38),
	('social',       '2025-09-01', '2026-10-31', 2.6, 0.45, 0.62, 48, 110, 29),
	('referral',     '2025-05-01', '2026-10-31', 1.1, 0.12, 0.28, 20, 480, 58),
	('black_friday', '2025-11-24', '2025-12-01',  45, 0.28, 0.74, 65,  90, 35),
	('spring_sale',  '2026-04-10', '2026-04-19',  25, 0.35, 0.68, 55, 100, 31);

CREATE TEMP TABLE customers AS
WITH arrivals AS (
	SELECT row_number() OVER (ORDER BY day, channel, k) AS id, c.*, day
	FROM channels AS c JOIN calendar ON day BETWEEN from_day AND to_day,
		generate_series(1, floor(per_day * demand + pg_temp.chance(day - date '2000-01-01', 1, ascii(channel)))::int) AS k
)
SELECT id, channel, basket,
	CASE WHEN channel IN ('black_friday', 'spring_sale') THEN 'ads' ELSE channel END AS won_by,
	day + pg_temp.chance(id, 2) AS first_seen,
	CASE WHEN pg_temp.chance(id, 3) < never THEN 'looker'
		WHEN pg_temp.chance(id, 4) < once THEN 'once' ELSE 'repeat' END AS kind,
	gap_days * exp(0.8 * pg_temp.bell(id, 5)) AS gap,            -- days between purchases
	-life_days * ln(pg_temp.chance(id, 6)) AS life,              -- days until the customer is gone for good
	exp(0.6 * pg_temp.bell(id, 7)) AS taste,                     -- a few spend much
	CASE WHEN pg_temp.chance(id, 8) < 0.2 THEN 40 + 120 * pg_temp.chance(id, 9) END AS pause_from,
	60 + 90 * pg_temp.chance(id, 10) AS pause_days
FROM (SELECT id, channel, basket, day - date '2000-01-01' AS day, never, once, gap_days, life_days FROM arrivals) AS a;

-- Purchases: about exponential gaps, thinned by how busy the day is; none while
-- a customer pauses, none after the end of the customer's life.
CREATE TEMP TABLE purchases AS
WITH candidates AS (
	SELECT c.*, k, CASE WHEN k = 0 THEN first_seen + 3 * pg_temp.chance(id, 11)
		ELSE first_seen + sum(CASE WHEN k > 0 THEN -0.6 * gap * ln(pg_temp.chance(id, 12, k)) END)
			OVER (PARTITION BY id ORDER BY k) END AS at
	FROM customers AS c,
		generate_series(0, CASE kind WHEN 'looker' THEN -1 WHEN 'once' THEN 0
			ELSE least(400, 10 + 3 * least(life, 550) / gap)::int END) AS k
)
SELECT id, k, at, round((basket * taste * exp(0.5 * pg_temp.bell(id, 13, k)))::numeric, 2) AS total,
	floor(4 * pg_temp.chance(id, 16, k))::int AS looks_before,   -- visits on the way to it
	pg_temp.chance(id, 22, k) < 0.2 AS in_two                    -- the basket is filled in the last of them
FROM candidates JOIN calendar ON day = date '2000-01-01' + floor(at)::int
WHERE k = 0 OR (at < first_seen + life
	AND pg_temp.chance(id, 14, k) < demand / 1.6
	AND (pause_from IS NULL OR at - first_seen NOT BETWEEN pause_from AND pause_from + pause_days));

-- Visits: to buy (the purchase ends it), or to look around (basket: how likely something is put into it).
CREATE TEMP TABLE visits AS
WITH looking AS (
	SELECT id, at - v * 0.4 * pg_temp.chance(id, 15, 8 * k + v) AS at, CASE WHEN v = 1 AND in_two THEN 1 ELSE 0.4 END AS basket
	FROM purchases, generate_series(1, looks_before) AS v
	UNION ALL   -- now and then as long as the customer is there
	SELECT id, first_seen + life * pg_temp.chance(id, 17, v), 0.25
	FROM customers, generate_series(1, CASE kind WHEN 'repeat' THEN least(200, life / gap * 2)::int
		ELSE floor(-2.5 * ln(pg_temp.chance(id, 18)))::int END) AS v
	UNION ALL   -- the first look of those who never bought
	SELECT id, first_seen, 0.25 FROM customers WHERE kind = 'looker'
), visits AS (
	SELECT id, at, basket, NULL::bigint AS k, NULL::numeric AS total FROM looking
	UNION ALL   -- some look twice on a day
	SELECT id, floor(at) + pg_temp.chance(id, 23, n), 0.1, NULL, NULL
	FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY at) AS n FROM looking) AS l
	WHERE pg_temp.chance(id, 24, n) < 0.3
	UNION ALL
	SELECT id, at, CASE WHEN in_two AND looks_before > 0 THEN 0 ELSE 1 END, k, total FROM purchases
)
SELECT id, at, n, total, k IS NOT NULL AS buys,
	1 + least(4, floor(-0.9 * ln(pg_temp.chance(id, 25, n))))::int AS looks,
	pg_temp.chance(id, 26, n) < basket AS fills,
	k IS NOT NULL OR pg_temp.chance(id, 26, n) < basket AND pg_temp.chance(id, 27, n) < 0.33 AS checks_out
FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY at, k) AS n FROM visits) AS numbered;

-- The hour of a day is drawn anew: people shop in the afternoon and the evening.
CREATE FUNCTION pg_temp.moment(at float8) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
	SELECT timestamptz '2000-01-01 00:00+00' + floor(at) * interval '1 day'
		+ floor(86400 * (0.25 + 0.72 * power(at - floor(at), 0.7))) * interval '1 second'
$$;

-- Step after step, most within minutes, some after a longer pause. What would last beyond midnight ends there.
CREATE TEMP TABLE steps AS
WITH taken AS (
	SELECT v.id, v.n, v.at, v.buys, s.step, s.event, CASE WHEN event = 'purchase' THEN total END AS total,
		sum(CASE WHEN step > 1 THEN 4 + ceil(60 * minutes * exp(spread * pg_temp.bell(id, 30 + step, n))) ELSE 0 END)
			OVER (PARTITION BY id, n ORDER BY step) AS seconds
	FROM visits AS v, LATERAL (
		SELECT look, CASE WHEN look < looks AND pg_temp.chance(id, 40 + look, n) < 0.35 THEN 'search' ELSE 'view' END, 1.2, 0.9 FROM generate_series(1, looks) AS look
		UNION ALL SELECT 6, 'cart', 3, 1 WHERE fills
		UNION ALL SELECT 7, 'checkout', 2.5, 0.8 WHERE checks_out
		UNION ALL SELECT 8, 'purchase', 4, 0.9 WHERE buys
	) AS s (step, event, minutes, spread)
)
SELECT id, n, buys, step, event, total, occurred_at
FROM (
	SELECT *, pg_temp.moment(at) + (seconds - CASE WHEN buys THEN max(seconds) OVER (PARTITION BY id, n) ELSE 0 END) * interval '1 second' AS occurred_at
	FROM taken
) AS timed
WHERE occurred_at < timestamptz '2000-01-01 00:00+00' + (floor(at) + 1) * interval '1 day';

INSERT INTO steps   -- one purchase in twenty-five is sent back, in whole or by half
SELECT id, 0, false, k, 'refund', -CASE WHEN pg_temp.chance(id, 20, k) < 0.7 THEN total ELSE round(total / 2, 2) END,
	pg_temp.moment(at + 2 + 18 * pg_temp.chance(id, 19, k))
FROM purchases WHERE pg_temp.chance(id, 21, k) < 0.04;

-- Who had not bought since December, by March 2026: two of three get a letter, on a day of the six weeks in which letters
-- go out.
INSERT INTO public.shop_win_back
SELECT id, CASE WHEN pg_temp.chance(id, 60) < 2.0 / 3 THEN 'letter' ELSE 'holdout' END,
	pg_temp.moment(date '2026-03-09' - date '2000-01-01' + 41 * pg_temp.chance(id, 61))
FROM purchases WHERE at < date '2026-03-01' - date '2000-01-01' GROUP BY id
HAVING max(at) < date '2026-01-01' - date '2000-01-01' ORDER BY id;
INSERT INTO public.shop_aa_test
SELECT id, CASE WHEN pg_temp.chance(id, 66) < 0.5 THEN 'a' ELSE 'b' END, timestamptz '2026-09-01 08:00+00'
FROM purchases WHERE at < date '2026-09-01' - date '2000-01-01' GROUP BY id HAVING max(at) > date '2026-05-01' - date '2000-01-01' ORDER BY id;

-- The letter's true effect: one in sixteen who get it buys once that would not have, within two weeks.
INSERT INTO steps
SELECT id, 1000000, true, s.step, s.event, CASE s.event WHEN 'purchase' THEN round((basket * taste * exp(0.5 * pg_temp.bell(id, 63)))::numeric, 2) END,
	pg_temp.moment(w.assigned_at::date - date '2000-01-01' + 2 + 12 * pg_temp.chance(id, 62)) + s.minute * interval '1 minute'
FROM public.shop_win_back AS w JOIN customers ON id = w.customer_id,
	(VALUES (1, 'view', 0), (6, 'cart', 4), (7, 'checkout', 7), (8, 'purchase', 12)) AS s (step, event, minute)
WHERE w.variant = 'letter' AND pg_temp.chance(id, 65) < 1.0 / 16;

INSERT INTO public.shop_customers SELECT id, channel FROM customers ORDER BY id;

-- By which way somebody comes: at first by the one that won the customer, later often directly; the smaller
-- the draw, the nearer to buying.
INSERT INTO public.shop_events
SELECT row_number() OVER (ORDER BY occurred_at, id, n, step), id, occurred_at, event,
	CASE WHEN event IN ('view', 'search') AND step = 1 THEN
		CASE WHEN occurred_at = min(occurred_at) OVER (PARTITION BY id) THEN won_by
			ELSE (ARRAY['direct', 'email', 'search', 'ads', won_by, 'organic', 'referral', 'social'])[1 + width_bucket(
				power(pg_temp.chance(id, 28, n), CASE WHEN buys THEN 1.4 ELSE 1 END), ARRAY[0.24, 0.38, 0.50, 0.60, 0.84, 0.92, 0.96])] END END,
	total
FROM steps JOIN customers USING (id)
WHERE occurred_at >= '2025-05-01 00:00+00' AND occurred_at < '2026-11-01 00:00+00'
ORDER BY 1;

\ir growth.sql
\ir goods.sql

ANALYZE public.shop_visits, public.shop_logins, public.shop_customers, public.shop_events, public.shop_win_back, public.shop_aa_test,
	public.shop_points, public.shop_invitations, public.shop_answers, public.shop_tags, public.shop_order_lines, public.shop_articles;

-- The shop's growth programmes, of the customers and purchases that shop.sql made: its functions and tables are used here.

-- Points: one for each unit of money, taken back with what is sent back. At some purchases customers spend what the one before earned.
CREATE TEMP TABLE earned AS
SELECT customer_id AS id, row_number() OVER w AS k, occurred_at, floor(total)::bigint AS points,
	lag(floor(total)::bigint) OVER w AS before, occurred_at - lag(occurred_at) OVER w AS gap
FROM public.shop_events WHERE event = 'purchase'
WINDOW w AS (PARTITION BY customer_id ORDER BY occurred_at, event_id);

INSERT INTO public.shop_points
SELECT id, occurred_at, kind, points
FROM (
	SELECT id, occurred_at, 1, 'earn', points FROM earned
	UNION ALL
	SELECT id, occurred_at, 2, 'spend', before / 10 * 10 FROM earned
	WHERE gap < interval '330 days' AND pg_temp.chance(id, 70) < 0.7 AND pg_temp.chance(id, 71, k) < 0.75
	UNION ALL
	SELECT customer_id, occurred_at, 3, 'reverse', floor(-total)::bigint FROM public.shop_events WHERE event = 'refund'
) AS moved (id, occurred_at, place, kind, points)
WHERE points > 0
ORDER BY occurred_at, id, place;

-- Invitations: most who came by referral, and a few of social, were invited by a customer who buys and came not long before; some by a second, too.
CREATE TEMP TABLE inviters AS
SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers WHERE kind = 'repeat';

INSERT INTO public.shop_invitations
SELECT inviters.id, invited.id, pg_temp.moment(invited.first_seen + (turn - 1) * pg_temp.chance(invited.id, 74))
FROM customers AS invited CROSS JOIN generate_series(1, 2) AS turn
CROSS JOIN LATERAL (SELECT max(place) AS latest FROM inviters WHERE inviters.id < invited.id) AS l
JOIN inviters ON place = greatest(1, latest - floor(160 * power(pg_temp.chance(invited.id, 72, turn), 2)))
WHERE invited.won_by IN ('referral', 'social') AND pg_temp.chance(invited.id, 73, turn)
	< CASE WHEN turn = 2 THEN 0.04 WHEN invited.won_by = 'referral' THEN 0.9 ELSE 0.08 END
ORDER BY invited.first_seen, invited.id, turn;

-- Answers, days after a purchase. In December 2025 parcels came late, and customers said so.
INSERT INTO public.shop_answers
SELECT e.id, date_trunc('second', e.occurred_at + (1 + 6 * pg_temp.chance(e.id, 75, k)) * interval '1 day'), question,
	greatest(low, least(high, round(low + (high - low) * (level - CASE WHEN e.occurred_at BETWEEN '2025-11-28 00:00+00' AND '2025-12-24 00:00+00' THEN late ELSE 0 END)
		+ spread * pg_temp.bell(e.id, 76 + place, k))))::int, c.won_by
FROM earned AS e JOIN customers AS c USING (id),
	(VALUES (1, 'recommend', 0, 10, 0.82, 0.16, 2.1, 0.3), (2, 'delivery', 1, 5, 0.84, 0.3, 0.9, 0.25), (3, 'effort', 1, 7, 0.72, 0.02, 1.3, 0.15))
		AS asked (place, question, low, high, level, late, spread, answering)
WHERE pg_temp.chance(e.id, 80 + place, k) < answering AND e.occurred_at < '2026-10-25 00:00+00'
ORDER BY 2, 1;

-- Tags that people gave: some end, some began twice.
INSERT INTO public.shop_tags
SELECT id, tag, date '2000-01-01' + floor(first_seen + after)::int,
	CASE WHEN pg_temp.chance(id, 84 + place) < ends THEN date '2000-01-01' + floor(first_seen + after + 20 + 300 * pg_temp.chance(id, 88 + place))::int END
FROM customers, (VALUES (1, 'newsletter', 0.45, 0.3, 0), (2, 'gift buyer', 0.12, 0.1, 9), (3, 'student', 0.08, 0.9, 2), (4, 'complained', 0.05, 0.8, 30))
	AS given (place, tag, share, ends, after)
WHERE pg_temp.chance(id, 92 + place) < share * CASE WHEN tag <> 'student' AND kind = 'looker' THEN 0.3 ELSE 1 END
	AND first_seen + after < date '2026-11-01' - date '2000-01-01'
UNION ALL   -- some took the newsletter again
SELECT id, 'newsletter', date '2000-01-01' + floor(first_seen + 340)::int, NULL FROM customers
WHERE pg_temp.chance(id, 93) < 0.1 AND first_seen + 340 < date '2026-11-01' - date '2000-01-01'
ORDER BY 1, 2, 3;

-- Visits as the website's log has them: by device. Customers have a phone, some a laptop too, a few use that of another,
-- and some visits come from terminals in a store; a faulty page writes no device but "null". Who it was is known from the
-- login on: at a purchase, and now and then.
CREATE TEMP TABLE device_visits AS
SELECT id, k, min(occurred_at) AS occurred_at, bool_or(event = 'purchase') AS bought
FROM (
	SELECT customer_id AS id, occurred_at, event, count(channel) OVER (PARTITION BY customer_id ORDER BY occurred_at, event_id) AS k
	FROM public.shop_events) AS e
GROUP BY id, k;

INSERT INTO public.shop_visits
SELECT device, CASE WHEN bought OR pg_temp.chance(id, 101, k) < 0.12 THEN id END, occurred_at
FROM (
	SELECT id, k, occurred_at,
		CASE WHEN pg_temp.chance(id, 102, k) < 0.015 THEN 'terminal ' || 1 + floor(3 * pg_temp.chance(id, 103, k))
			WHEN pg_temp.chance(id, 102, k) < 0.018 THEN 'null'
			WHEN pg_temp.chance(id, 104) < 0.05 AND pg_temp.chance(id, 105, k) < 0.4 THEN 'phone ' || id - 1
			WHEN pg_temp.chance(id, 106) < 0.35 AND pg_temp.chance(id, 107, k) < 0.45 THEN 'laptop ' || id
			ELSE 'phone ' || id END AS device, bought
	FROM device_visits) AS seen
ORDER BY occurred_at, id, k;

INSERT INTO public.shop_logins
SELECT device_id, customer_id, occurred_at + interval '2 minutes' FROM public.shop_visits WHERE customer_id IS NOT NULL
ORDER BY occurred_at, customer_id;

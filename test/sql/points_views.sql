-- The views of points against readings of single users, which have oracles of their own: month by month what points_totals says on the first days of months,
-- what lots say will expire, and the survival of lots and uses, each point a subject.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET client_min_messages = error;
SET timezone = 'America/New_York';
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA points_test;
SET search_path = points_test;
-- 60 users who come over 300 days; what they earn, spend, send back, and what lapses, in words of the shop, with rows that do not count
CREATE TABLE events AS
SELECT u, timestamptz '2024-01-01 15:00Z' + (u * n * 7 % 300) * interval '1 day' AS t, (u * n % 90)::numeric AS a, (ARRAY['north', 'south'])[1 + u % 2] AS org FROM generate_series(1, 60) AS u, generate_series(1, 5) AS n;
CREATE TABLE moves AS
SELECT u, timestamptz '2024-01-01 15:30Z' + (u * n * 37 % 300) * interval '1 day' + n % 3 * interval '30 minutes' AS t, (ARRAY['获得', '获得', '消费', '获得', '退回', '消费', '冻结'])[1 + (u + n) % 7] AS what, (u * n % 40) / 4.0 AS p, (ARRAY['north', 'south'])[1 + u % 2] AS org
FROM generate_series(1, 70) AS u, generate_series(1, 25) AS n WHERE n <= u % 26
UNION ALL SELECT * FROM (VALUES (NULL::int, timestamptz '2024-03-01Z', '获得', 5, 'north'), (1, NULL, '获得', 5, 'north'), (1, '2024-03-01Z', NULL, 5, 'north'), (1, '2024-03-01Z', '获得', NULL, 'north'), (1, 'infinity', '获得', 5, 'north'), (99, '2024-03-01Z', '冻结', 5, 'south'), (98, '2025-03-01Z', '获得', 5, 'south')) AS v;
CREATE VIEW rows AS
SELECT u, (t AT TIME ZONE 'Asia/Shanghai')::date AS day, CASE what WHEN '获得' THEN 'earn' WHEN '消费' THEN 'spend' WHEN '退回' THEN 'reverse' END::user_ops.points_kind AS kind, p, org FROM moves WHERE isfinite(t) AND u IS NOT NULL;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'points_shop', as_of => '2024-09-15', time_zone => 'Asia/Shanghai', purchase_model => 'none');
\set kinds '\'{"获得": "earn", "消费": "spend", "退回": "reverse", "冻结": null}\''
SELECT * FROM user_ops.create_points_views('points_shop', 'moves', 'u', 't', 'p', kind => 'what', valid_months => 2, round_up => 'month', point_value => 0.05, kinds => :kinds);
SELECT count(*) AS users, count(*) FILTER (WHERE p.points OPERATOR(user_ops.=) r.points) AS same, count(*) FILTER (WHERE p.user_id IN (98, 99)) AS later
FROM points_shop.points AS p
FULL JOIN (SELECT u, user_ops.points_agg(day, kind, p, CASE kind WHEN 'earn' THEN user_ops.points_expiry(day, valid_months => 2, round_up => 'month') END) AS points FROM rows GROUP BY u HAVING count(kind) > 0 AND count(p) > 0) AS r ON r.u = p.user_id;
-- the views, of what is stored and on the spot, with rules of all kinds
CREATE FUNCTION differences(shop text, rules user_ops.points_options, as_of date, org text DEFAULT NULL) RETURNS TABLE (view text, rows bigint, wrong bigint) LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS pg_temp.of_users;
	EXECUTE format('CREATE TEMP TABLE of_users AS SELECT p.user_id, p.points FROM %I.points AS p WHERE %L IS NULL OR (to_jsonb(p) ->> ''org'') = %2$L', shop, org);
	RETURN QUERY EXECUTE format($sql$
		SELECT 'points_users', count(*), count(*) FILTER (WHERE (o.balance, o.earned, o.spent, o.reversed, o.expired, o.debt, o.expiring_30d, o.next_expires_on, o.next_expiring_points, o.last_earned, o.last_spent) IS DISTINCT FROM
			(t.balance, t.earned, t.spent, t.reversed, t.expired, t.debt, user_ops.expiring(u.points, $1, 30, $2), n.day, n.lost, r.earned, r.spent))
		FROM (SELECT * FROM of_users AS u WHERE EXISTS (SELECT FROM user_ops.points_rows(u.points) AS r WHERE r.day < $1)) AS u
		FULL JOIN (SELECT * FROM %1$I.points_users AS v WHERE %2$L IS NULL OR (to_jsonb(v) ->> 'org') = %2$L) AS o USING (user_id)
		LEFT JOIN LATERAL user_ops.points_totals(u.points, $1, $2) AS t ON true
		LEFT JOIN LATERAL (SELECT $1 + d AS day, user_ops.expiring(u.points, $1, d, $2) AS lost FROM generate_series(1, 400) AS d WHERE user_ops.expiring(u.points, $1, d, $2) > 0 ORDER BY d LIMIT 1) AS n ON true
		LEFT JOIN LATERAL (SELECT max(r.day) FILTER (WHERE r.kind = 'earn') AS earned, max(r.day) FILTER (WHERE r.kind = 'spend') AS spent FROM user_ops.points_rows(u.points) AS r WHERE r.day < $1) AS r ON true$sql$, shop, org) USING as_of, rules;
	RETURN QUERY EXECUTE format($sql$
		WITH months AS (SELECT m::date AS month, least((m + interval '1 month')::date, $1) AS until
			FROM generate_series((SELECT date_trunc('month', min(r.day)) FROM of_users AS u, user_ops.points_rows(u.points) AS r), $1 - 1, interval '1 month') AS m),
		told AS (
			SELECT m.month, m.until, sum(b.balance) AS opening, sum(a.earned - b.earned) AS earned, sum(a.spent - b.spent) AS spent, sum(a.reversed - b.reversed) AS reversed, sum(a.expired - b.expired) AS expired, sum(a.balance) AS closing,
				count(*) FILTER (WHERE a.earned > b.earned) AS earning, count(*) FILTER (WHERE a.spent > b.spent) AS spending
			FROM months AS m, of_users AS u, user_ops.points_totals(u.points, m.until, $2) AS a, user_ops.points_totals(u.points, m.month, $2) AS b GROUP BY m.month, m.until)
		SELECT 'points_month', count(*), count(*) FILTER (WHERE (o.opening_balance, o.earned, o.spent, o.reversed, o.expired, o.closing_balance, o.users_earning, o.users_spending, o.complete)
			IS DISTINCT FROM (t.opening, t.earned, t.spent, t.reversed, t.expired, t.closing, t.earning, t.spending, t.until = (t.month + interval '1 month')::date))
		FROM told AS t FULL JOIN (SELECT * FROM %1$I.points_month AS v WHERE %2$L IS NULL OR (to_jsonb(v) ->> 'org') = %2$L) AS o USING (month)$sql$, shop, org) USING as_of, rules;
	RETURN QUERY EXECUTE format($sql$
		WITH told AS (
			SELECT $1 + d AS day, sum(user_ops.expiring(u.points, $1, d, $2) - user_ops.expiring(u.points, $1, d - 1, $2)) AS points, count(*) FILTER (WHERE user_ops.expiring(u.points, $1, d, $2) > user_ops.expiring(u.points, $1, d - 1, $2)) AS users
			FROM of_users AS u, generate_series(1, 200) AS d GROUP BY d)
		SELECT 'points_expiring', count(*), count(*) FILTER (WHERE (o.points, o.users) IS DISTINCT FROM (t.points, t.users))
		FROM (SELECT * FROM told WHERE points > 0) AS t FULL JOIN (SELECT * FROM %1$I.points_expiring AS v WHERE %2$L IS NULL OR (to_jsonb(v) ->> 'org') = %2$L) AS o ON o.expires_on = t.day$sql$, shop, org) USING as_of, rules;
	-- a lot that inactivity ends has another age than its own date says: by single users, days after their last one
	RETURN QUERY EXECUTE format($sql$
		WITH lots AS (
			SELECT u.user_id, l.*, least(l.expires_on, CASE WHEN ($2).inactive_days IS NOT NULL THEN (
					SELECT min(s.until) FROM (SELECT r.day + ($2).inactive_days AS until, lead(r.day) OVER (ORDER BY r.day) AS next FROM (SELECT DISTINCT day FROM user_ops.points_rows(u.points) WHERE kind IN ('earn', 'spend') AND day < $1) AS r) AS s
					WHERE s.until - ($2).inactive_days >= l.earn_day AND (s.next IS NULL OR s.next >= s.until)) END) AS ends_on
			FROM of_users AS u, user_ops.lots(u.points, $1, $2) AS l),
		unused AS (
			SELECT user_ops.survival(age, used, (points * 4)::bigint) AS s FROM (
				SELECT s.use_day - s.earn_day AS age, true AS used, s.points FROM of_users AS u, user_ops.uses(u.points, $1, $2) AS s
				UNION ALL SELECT least(l.ends_on, $1) - l.earn_day - 1, false, l.expired + l.remaining FROM lots AS l) AS p WHERE points > 0),
		told AS (
			SELECT date_trunc('month', l.earn_day)::date AS month, sum(l.earned) AS earned, sum(l.used) AS used, sum(l.expired) AS expired, sum(l.remaining) AS remaining,
				sum(l.remaining * coalesce(1 - user_ops.survival_at(s, l.ends_on - l.earn_day - 1) / user_ops.survival_at(s, $1 - l.earn_day - 1), 1)) AS expected
			FROM lots AS l, unused GROUP BY 1)
		SELECT 'points_liability', count(*), count(*) FILTER (WHERE (o.earned, o.used, o.expired, o.outstanding, round(o.expected_used::numeric, 9), round(o.expected_breakage::numeric, 9), round(o.redemption_rate::numeric, 12), round(o.breakage_rate::numeric, 12), o.complete)
			IS DISTINCT FROM (t.earned, t.used, t.expired, t.remaining, round(t.expected::numeric, 9), round((t.remaining - t.expected)::numeric, 9), CASE WHEN o.complete THEN round(t.used / nullif(t.earned, 0), 12) END, CASE WHEN o.complete THEN round(t.expired / nullif(t.earned, 0), 12) END,
				t.remaining = 0 AND (t.month + interval '1 month')::date <= $1))
		FROM told AS t FULL JOIN (SELECT * FROM %1$I.points_liability AS v WHERE %2$L IS NULL OR (to_jsonb(v) ->> 'org') = %2$L) AS o ON o.earn_month = t.month$sql$, shop, org) USING as_of, rules;
END $$;
SELECT * FROM differences('points_shop', user_ops.points_options(), '2024-09-15');
SELECT month, opening_balance, earned, spent, reversed, expired, closing_balance, users_earning, users_spending, complete FROM points_shop.points_month WHERE month >= '2024-07-01';
SELECT earn_month, earned, used, expired, outstanding, round(expected_used::numeric, 3) AS expected_used, round(redemption_rate::numeric, 4) AS redemption_rate, round(liability::numeric, 4) AS liability, complete FROM points_shop.points_liability WHERE earn_month >= '2024-06-01' ORDER BY 1;
-- a refresh sees rows that come late, are changed or gone
INSERT INTO moves VALUES (3, '2024-02-02 12:00Z', '获得', 1000, 'south'), (97, '2024-02-02 12:00Z', '获得', 7, 'south');
DELETE FROM moves WHERE u = 5;
UPDATE moves SET p = p + 1 WHERE u = 6;
SELECT count(*) FROM user_ops.verify('points_shop');
SELECT FROM user_ops.refresh('points_shop');
SELECT count(*) FROM user_ops.verify('points_shop');
SELECT user_id, balance, earned FROM points_shop.points_users WHERE user_id IN (3, 5, 97) ORDER BY 1;
-- other rules: made again
SELECT count(*) FROM user_ops.create_points_views('points_shop', 'moves', 'u', 't', 'p', kind => 'what', valid_days => 50, spend_order => 'oldest_first', inactive_days => 20, kinds => :kinds);
SELECT * FROM differences('points_shop', user_ops.points_options('oldest_first', 20), '2024-09-15');
SELECT kind, name, settings ->> 'valid_days' AS valid_days, settings ->> 'spend_order' AS spend_order FROM user_ops.addons('points_shop');
-- with a tenant, each as if there were no other; on the spot; signed, with a column of dates
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'points_orgs', as_of => '2024-09-15', time_zone => 'Asia/Shanghai', tenant => 'org', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_points_views('points_orgs', 'moves', 'u', 't', 'p', kind => 'what', valid_months => 2, inactive_days => 45, kinds => :kinds);
SELECT org, d.* FROM unnest('{north,south}'::text[]) AS org, differences('points_orgs', user_ops.points_options(inactive_days => 45), '2024-09-15', org) AS d;
CREATE VIEW signed AS SELECT u, day, CASE WHEN kind = 'earn' THEN p ELSE -p END::float8 AS p, CASE WHEN kind = 'earn' AND p > 0 THEN day + 40 END AS until FROM rows WHERE kind IS NOT NULL;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'points_now', as_of => '2024-09-15', stored => false, purchase_model => 'none');
SELECT count(*) FROM user_ops.create_points_views('points_now', 'signed', 'u', 'day', 'p', expires_on => 'until');
SELECT * FROM differences('points_now', user_ops.points_options(), '2024-09-15');
-- nobody has anything yet, and nobody is there
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 't', 'a', target_schema => 'points_now', as_of => '2023-01-01', stored => false, purchase_model => 'none');
SELECT (SELECT count(*) FROM points_now.points_users) AS users, (SELECT count(*) FROM points_now.points_month) AS months, (SELECT count(*) FROM points_now.points_expiring) AS expiring, (SELECT count(*) FROM points_now.points_liability) AS liability;
CREATE TABLE empty (u int, day date, p int, what user_ops.points_kind);
SELECT count(*) FROM user_ops.create_points_views('points_now', 'empty', 'u', 'day', 'p', kind => 'what');
SELECT (SELECT count(*) FROM points_now.points_users) AS users, (SELECT count(*) FROM points_now.points_month) AS months, (SELECT count(*) FROM points_now.points_expiring) AS expiring, (SELECT count(*) FROM points_now.points_liability) AS liability;
-- a schema of its own
SET client_min_messages = notice;
SELECT * FROM user_ops.create_points_views('points_alone', 'signed', 'u', 'day', 'p');
SET client_min_messages = error;
SELECT count(*) AS users, sum(balance) = (SELECT sum(p) FROM signed WHERE day < current_date) AS as_signed FROM points_alone.points_users;
-- what is stored is what is stored
SELECT user_ops.drop_addon('points_alone', 'points');
--
-- Errors
--
CREATE TABLE odd (u text, day date, at timestamptz, p text, n int, what text, number int, expires date);
INSERT INTO odd VALUES ('1', '2024-01-01', '2024-01-01Z', '5', 5, 'gift', 1, '2024-02-01');
CREATE VIEW odd_ids AS SELECT u::int, day, at, p, n, what, number, expires FROM odd;
SELECT s, pg_temp.answer('SELECT count(*) FROM user_ops.create_points_views(' || s || ')') AS answer
FROM unnest(ARRAY['NULL, ''moves'', ''u'', ''t'', ''p''', '''points_shop'', ''moves'', ''u'', ''t'', NULL', '''points_shop'', ''moves'', ''u'', ''t'', ''q''', '''points_shop'', ''moves'', ''u'', ''p'', ''p''', '''points_shop'', ''odd'', ''u'', ''day'', ''n''',
	'''points_shop'', ''odd_ids'', ''u'', ''day'', ''p''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', ''nothing''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', ''what''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', ''number'', kinds => ''{"2": "earn"}''',
	'''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', ''number'', kinds => ''{"1": "gift"}''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', ''number'', kinds => ''[]''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', kinds => ''{"1": "earn"}''',
	'''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', expires_on => ''at''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', expires_on => ''expires'', valid_days => 5', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', valid_days => 5, valid_months => 5',
	'''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', round_up => ''month''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', valid_days => 0', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', inactive_days => -1',
	'''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', point_value => -1', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', point_value => ''NaN''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', spend_order => NULL',
	'''points_shop'', ''odd_ids'', ''u'', ''expires'', ''n'', expires_on => ''expires''', '''points_shop'', ''odd_ids'', ''u'', ''day'', ''n'', ''number'', kinds => ''{"1": "spend"}''']) AS s;
DROP SCHEMA points_test, points_shop, points_orgs, points_now, points_alone CASCADE;

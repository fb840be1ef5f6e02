SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand. ann earns 100 that expire on March 1 and 50 that do not, spends 30 of the former, and 200 on February 10: 80 are not there.
-- 100 of February 20 pay them, of which 30 lapse, as the source says; the 20 that are left expire on April 1.
CREATE TEMP TABLE rows (name text, day date, kind points_kind, points int, expires_on date);
INSERT INTO rows VALUES
	('ann', '2024-01-01', 'earn', 100, '2024-03-01'), ('ann', '2024-01-01', 'earn', 50, NULL), ('ann', '2024-01-05', 'spend', 30, NULL), ('ann', '2024-02-10', 'spend', 200, NULL),
	('ann', '2024-02-20', 'earn', 130, '2024-04-01'), ('ann', '2024-02-25', 'expire', 30, NULL), ('ann', NULL, 'earn', 1, NULL), ('ann', '2024-01-01', NULL, 1, NULL), ('ann', '2024-01-01', 'earn', NULL, NULL);
CREATE TEMP TABLE ann AS SELECT points_agg(day, kind, points, expires_on) AS ledger FROM rows;
SELECT as_of, t.* FROM ann, unnest('{2024-01-01,2024-01-02,2024-01-06,2024-02-11,2024-02-21,2024-02-26,2024-03-31,2024-04-01}'::date[]) AS as_of, points_totals(ledger, as_of) AS t;
SELECT l.* FROM ann, lots(ledger, '2024-02-21') AS l;
SELECT l.* FROM ann, lots(ledger, '2024-04-01') AS l;
SELECT u.* FROM ann, uses(ledger, '2024-04-01') AS u;
-- What is lost within so many days: from the day after as_of to the day that is so many days later.
SELECT as_of, n, expiring(ledger, as_of, n) FROM ann, (VALUES (date '2024-02-26', 34), ('2024-02-26', 35), ('2024-04-01', 9), ('2024-01-02', 0), ('2024-02-29', 1), ('2024-02-29', 2147483647)) AS v (as_of, n);
-- The value: version, scale, first day; the entries, by day: earned with a validity of its own, earned without, spent, spent, earned, expired.
SELECT ledger::bytea, ledger FROM ann;
SELECT ledger::text::points = ledger AS text, ledger::bytea::points = ledger AS bytes, ledger <> merge(ledger, ledger) AS other FROM ann;
-- Validities: 10 days, the same, the same date, 11 days. Decimals only as far as they go.
SELECT points_agg(d, p, x)::bytea FROM (VALUES (date '2024-01-01', 0.50, date '2024-01-11'), ('2024-01-02', 1.5, '2024-01-12'), ('2024-01-03', 2, '2024-01-12'), ('2024-01-04', 2, '2024-01-15')) AS v (d, p, x);
SELECT points_agg(d, p, NULL)::bytea AS halves, balance(points_agg(d, p, NULL), '2024-01-02') FROM (VALUES (date '2024-01-01', 0.5), ('2024-01-01', 0.5)) AS v (d, p);
-- What expires first is taken first, or what was earned first.
SELECT o, l.earn_day, l.used, balance(ledger, '2024-03-01', points_options(o)) FROM (SELECT points_agg(d, p, x) AS ledger FROM (VALUES (date '2024-01-01', 10, date '2024-06-01'), ('2024-01-02', 10, '2024-02-20'), ('2024-01-03', -10, NULL)) AS v (d, p, x)) AS s,
	unnest(enum_range(NULL::points_order)) AS o, lots(ledger, '2024-01-04', points_options(o)) AS l;
-- With inactive_days all is gone so many days after the last earn or spend; reversals and 30 days that others wrote keep nothing alive, 0 points do.
CREATE TEMP TABLE idle AS SELECT points_agg(d, k::points_kind, p, x) AS ledger
FROM (VALUES (date '2024-01-01', 'earn', 10, date '2024-12-01'), ('2024-01-20', 'spend', 0, NULL), ('2024-02-01', 'reverse', 1, NULL), ('2024-02-02', 'expire', 1, NULL), ('2024-02-01', 'earn', 5, '2024-02-03')) AS v (d, k, p, x);
SELECT days, as_of, t.* FROM idle, (VALUES (30, date '2024-02-02'), (30, '2024-03-01'), (30, '2024-03-02'), (12, '2024-02-01'), (11, '2024-02-02'), (0, '2024-01-01'), (0, '2024-01-02')) AS v (days, as_of), points_totals(ledger, as_of, points_options(inactive_days => days)) AS t;
SELECT n, expiring(ledger, '2024-02-02', n, points_options(inactive_days => 30)) AS sliding, expiring(ledger, '2024-02-02', n) FROM idle, unnest('{0,1,28,29,400}'::int[]) AS n;
SELECT l.expires_on, l.expired FROM idle, lots(ledger, '2025-01-01', points_options(inactive_days => 30)) AS l;
-- Several days of one lot's use are a row each, however many rows they came of.
SELECT u.* FROM (SELECT points_agg(d, k::points_kind, p, NULL) AS ledger FROM (VALUES (date '2024-01-01', 'earn', 10), ('2024-01-01', 'spend', 1), ('2024-01-01', 'reverse', 2), ('2024-01-02', 'spend', 3), ('2024-01-02', 'spend', 1), ('2024-01-02', 'expire', 1)) AS v (d, k, p)) AS s, uses(ledger, '2024-02-01') AS u;
-- Twins for types of points and times.
SELECT points_agg(day, kind, points, expires_on) = points_agg(day, kind, points::bigint, expires_on) AS int8, points_agg(day, kind, points, expires_on) = points_agg(day, kind, points::numeric, expires_on) AS numeric,
	   points_agg(day, kind, points, expires_on) = points_agg(day::timestamp + time '23:00', kind, points, expires_on) AS timestamp,
	   points_agg(day, kind, points, expires_on) = points_agg((day + time '23:00') AT TIME ZONE 'UTC', kind, points, expires_on) AS utc,
	   points_agg(day, kind, points, expires_on) = points_agg((day + time '05:00') AT TIME ZONE 'Asia/Tokyo', kind, points, expires_on, 'Asia/Tokyo') AS tokyo,
	   points_agg(day, kind, points, expires_on) = points_agg((day + time '05:00') AT TIME ZONE 'Asia/Tokyo', kind, points, expires_on) AS tokyo_in_utc
FROM rows;
SELECT points_agg(day, points, NULL)::bytea AS signed, points_agg(day, points::bigint, NULL) = points_agg(day, points::numeric, NULL) AS same,
	   points_agg(day, points, NULL) = points_agg(day, CASE WHEN points < 0 THEN 'spend' ELSE 'earn' END::points_kind, abs(points), NULL) AS with_kinds
FROM (VALUES (date '2024-01-01', 5), ('2024-01-02', -3), ('2024-01-02', -1), ('2024-01-02', 0)) AS v (day, points);
-- Nobody, and nothing yet.
SELECT points_agg(day, kind, points, expires_on) IS NULL AS nobody, balance(NULL, '2024-01-01') IS NULL AS balance, points_totals(NULL, '2024-01-01') IS NULL AS totals, expiring(NULL, '2024-01-01', 1) IS NULL AS expiring, rollup(NULL::points) IS NULL AS rollup FROM rows WHERE points IS NULL;
SELECT (SELECT count(*) FROM lots(NULL, '2024-01-01')) AS lots, (SELECT count(*) FROM uses(NULL, '2024-01-01')) AS uses, (SELECT count(*) FROM ann, lots(ledger, '2024-01-01')) AS before;
-- Two ledgers of one person, in any order, in parts.
CREATE TEMP TABLE crowd AS SELECT u, n % 3 AS part, date '2024-01-01' + (u * n * 37 % 200) AS day, (enum_range(NULL::points_kind))[1 + CASE WHEN n % 2 = 0 THEN 0 ELSE n % 4 END] AS kind, u * n % 50 / 10.0 AS points,
	CASE WHEN n % 2 = 0 AND n % 3 > 0 THEN date '2024-01-01' + (u * n * 37 % 200) + 30 * (n % 3) END AS expires_on FROM generate_series(1, 40) AS u, generate_series(1, 60) AS n WHERE n <= 1 + u;
CREATE TEMP TABLE parts AS SELECT u, part, points_agg(day, kind, points, expires_on ORDER BY points) AS p FROM crowd GROUP BY u, part;
SELECT count(*) AS people, count(*) FILTER (WHERE w = (SELECT rollup(p ORDER BY part DESC) FROM parts WHERE parts.u = s.u)) AS direct,
	   count(*) FILTER (WHERE w = (SELECT rollup(p::text::points) FROM parts WHERE parts.u = s.u)) AS text,
	   count(*) FILTER (WHERE w = (SELECT rollup(p::bytea::points ORDER BY part) FROM parts WHERE parts.u = s.u)) AS bytes,
	   count(*) FILTER (WHERE w IS NOT DISTINCT FROM (SELECT max(CASE part WHEN 0 THEN p::text END)::points || max(CASE part WHEN 1 THEN p::text END)::points || max(CASE part WHEN 2 THEN p::text END)::points FROM parts WHERE parts.u = s.u)) AS operator
FROM (SELECT u, points_agg(day, kind, points, expires_on) AS w FROM crowd GROUP BY u) AS s;
SELECT count(*) AS people, count(DISTINCT w) AS different, bool_and(t.balance = t.earned - t.spent - t.reversed - t.expired AND t.balance = l.remaining - t.debt AND t.balance = balance(w, as_of)) AS agree
FROM (SELECT u, points_agg(day, kind, points, expires_on) AS w FROM crowd GROUP BY u) AS s, unnest('{2024-02-01,2024-05-01,2025-01-01}'::date[]) AS as_of, points_totals(w, as_of) AS t, LATERAL (SELECT coalesce(sum(remaining), 0) AS remaining FROM lots(w, as_of)) AS l;
-- As windows have it: the ledger so far.
SELECT n, balance(points_agg(d, p, NULL) OVER (ORDER BY n), '2024-02-01') FROM (VALUES (1, date '2024-01-01', 5), (2, '2024-01-02', -3), (3, '2024-01-01', 4)) AS v (n, d, p);
-- Amounts that no 64 bits hold when they are added up, and the last days there are.
SELECT balance(points_agg(d, 9223372036854775807, NULL), '2024-02-01') AS whole, balance(points_agg(d, CASE n WHEN 1 THEN 0.000000001 ELSE 9223372036854775807 END, NULL), '2024-02-01') FROM (SELECT date '2024-01-01' AS d, n FROM generate_series(1, 3) AS n) AS s;
SELECT balance(points_agg('2024-01-01', '-9223372036854775808'::bigint, NULL), '2024-02-01');
SELECT l.* FROM lots((SELECT points_agg(d, p, x) FROM (VALUES (date '4714-11-24 BC', 1, date '5874897-12-31'), ('5874897-12-30', 2, '5874897-12-31')) AS v (d, p, x)), '5874897-12-31', points_options(inactive_days => 2147483647)) AS l;
--
-- When points expire
--
SELECT d, points_expiry(d, valid_months => 1) AS month, points_expiry(d, valid_months => 0) AS no_month, points_expiry(d, 1) AS a_day, points_expiry(d, 30, round_up => 'month') AS to_month, points_expiry(d, 365, NULL, 'year') AS to_year, points_expiry(d, 1, NULL, 'week') AS to_week, points_expiry(d, 1, NULL, 'day') AS to_day
FROM unnest('{2024-01-31,2023-12-31,2024-02-29,2024-03-30,2024-03-31}'::date[]) AS d;
SELECT points_expiry(NULL, 5) IS NULL AS no_day, points_expiry('5874897-12-30', 1) AS last_day, points_expiry('4714-11-24 BC', valid_months => 1) AS first_day;
SELECT s, pg_temp.answer('SELECT points_expiry(' || s || ')') AS answer
FROM unnest(ARRAY['current_date', '''2024-01-01'', 1, 1', '''2024-01-01'', 0', '''2024-01-01'', valid_months => -1', '''infinity'', 1', '''5874897-12-31'', 1', '''5874897-12-30'', 1, NULL, ''month''', '''2024-01-01'', valid_months => 2147483647', '''2024-01-01'', 2147483647']) AS s;
--
-- Errors
--
SELECT s, pg_temp.answer('SELECT points_agg(' || s || ')::text') AS answer
FROM unnest(ARRAY['date ''2024-01-01'', points_kind ''earn'', -1.50, NULL', 'date ''2024-01-01'', ''spend'', -1, NULL', 'date ''2024-01-01'', ''earn'', ''NaN''::numeric, NULL', 'date ''2024-01-01'', ''-Infinity''::numeric, NULL',
	'date ''2024-01-01'', 0.0000000001, NULL', 'date ''2024-01-01'', 9223372036.9999999999, NULL', 'date ''2024-01-01'', 1e20, NULL', 'date ''2024-01-01'', ''earn'', 1, date ''2024-01-01''', 'date ''2024-01-01'', 1, date ''2023-12-31''',
	'date ''2024-01-01'', ''spend'', 1, date ''2024-01-02''', 'date ''2024-01-01'', ''expire'', 1, date ''2024-01-02''', 'date ''2024-01-01'', -1, date ''2024-01-02''', 'date ''infinity'', 1, NULL', 'date ''2024-01-01'', 1, date ''infinity''',
	'timestamp ''-infinity'', 1, NULL', 'timestamptz ''infinity'', 1, NULL, ''UTC''', 'timestamptz ''2024-01-01'', 1, NULL, ''Mars''', 'timestamptz ''2024-01-01'', 1, NULL, NULL::text', 'date ''2024-01-01'', ''gift'', 1, NULL', 'date ''2024-01-01'', 1.5::float8, NULL']) AS s;
SELECT s, pg_temp.answer('SELECT ' || s || ' FROM ann') AS answer
FROM unnest(ARRAY['balance(ledger, NULL)', 'balance(NULL, NULL)', 'balance(ledger, ''infinity'')', 'balance(ledger, ''2024-01-01'', NULL)', 'points_totals(ledger, ''-infinity'')', 'lots(ledger, NULL)', 'lots(ledger, ''infinity'')', 'uses(ledger, ''2024-01-01'', NULL)',
	'expiring(ledger, ''2024-01-01'', NULL)', 'expiring(ledger, ''2024-01-01'', -1)', 'points_options(NULL)', 'points_options(inactive_days => -1)', 'balance(ledger, ''2024-02-11'', ROW(NULL, 3))', 'balance(ledger, ''2024-02-11'', ROW(''oldest_first'', -3))',
	'balance(ledger, ''2024-02-11'', ROW(''oldest_first'', 3))']) AS s;
SELECT what, pg_temp.problem(format('SELECT %L::points', v)) AS text, pg_temp.problem(format('SELECT %L::bytea::points', v)) AS binary
FROM (VALUES ('another version', '\x02000000'), ('nothing', '\x'), ('no entry', '\x010000'), ('more decimals than there are', '\x0101000064'), ('a day behind the first', '\x0100000864'), ('a form there is not', '\x0100000764'), ('the validity of no lot', '\x0100000164'),
	('the date of no lot', '\x0100000264'), ('a validity told again', '\x01000003096403096401'), ('a date told again', '\x010000030964130763'), ('twice', '\x01000000640064'), ('spent, then earned', '\x01000005640064'), ('cut off', '\x01000000'), ('more', '\x0100000064ff'),
	('too much', '\x01000000ffffffffffffffffffffffffffffffffffff03'), ('a day after the last', '\x0100cec9e0ff0f0864')) AS v (what, v);
SELECT '\x010000000a'::points = points_agg('2000-01-01', 10, NULL) AS valid FROM (VALUES (1)) AS v (n);
-- The most points that a ledger may have: no sum of them overflows.
SELECT balance(p, '2024-01-01') AS most, pg_temp.answer(format('SELECT balance(merge(%L::points, %L::points), ''2024-01-01'')', p, p)) AS merged,
	   pg_temp.answer(format('SELECT balance(merge(%L::points, points_agg(date ''2000-01-01'', 0.000000001, NULL)), ''2024-01-01'')', p)) AS one_more
FROM (SELECT '\x01090000ffffffffffffffffffffffffffffffffff7f'::points AS p) AS s;

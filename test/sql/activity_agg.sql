SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;

\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

--
-- Every kind of time with every kind of amount
--
-- The last event of the 31st in UTC is one of the 1st in Paris.
CREATE TEMP TABLE events (event_time timestamptz, amount int);
INSERT INTO events VALUES
	('2024-01-31 23:30+00', 7), ('2024-01-03 12:00+00', 12), ('2024-01-03 00:00+00', -2),
	('2024-01-10 08:00+00', NULL), ('2024-02-29 22:59:59.999999+00', 0), (NULL, 99), (NULL, NULL);
SET timezone = 'UTC';
SELECT t.type || coalesce(', ' || a.type, '') || coalesce(', ' || zone, '') AS arguments,
	   pg_temp.answer(format('SELECT user_ops.activity_agg(event_time::%s%s%s) FROM events', t.type, ', amount::' || a.type, ', ' || quote_literal(zone)))
FROM (VALUES ('date', NULL), ('timestamp', NULL), ('timestamptz', NULL), ('timestamptz', 'Europe/Paris'), ('timestamptz', 'UTC')) AS t (type, zone),
	 (VALUES (NULL), ('numeric'), ('float8'), ('int8'), ('int4'), ('int2')) AS a (type)
ORDER BY t.type, zone, a.type NULLS FIRST;
-- Days of a timestamptz are UTC days whatever the session thinks.
SET timezone = 'Asia/Tokyo';
SELECT activity_agg(event_time) AS utc FROM events;
RESET timezone;
SELECT count(*) AS overloads,
	   bool_and(p.proparallel = 's' AND p.prokind = 'a' AND a.aggcombinefn <> 0 AND a.aggserialfn <> 0 AND a.aggdeserialfn <> 0) AS all_parallel
FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname = 'activity_agg';
-- Numbers without a type of their own here find one.
SELECT activity_agg(date '2024-01-03', 12.34::real) AS real, activity_agg(date '2024-01-03', 5) AS literal,
	   activity_agg(date '2024-01-03', NULL::numeric) AS null_amount, activity_agg(timestamptz '2024-01-03 23:30+00', 'Asia/Shanghai') AS zone;

--
-- Nothing, and next to nothing
--
SELECT activity_agg(event_time) IS NULL AS no_rows, activity_agg(event_time, amount) IS NULL AS no_rows_with_amount FROM events WHERE false;
SELECT activity_agg(event_time) IS NULL AS null_times, activity_agg(event_time, amount) IS NULL AS null_times_with_amount,
	   activity_agg(event_time, amount, 'Europe/Paris') IS NULL AS in_zone
FROM events WHERE event_time IS NULL;
SELECT activity_agg(event_time) FILTER (WHERE false) IS NULL AS filtered,
	   activity_agg(event_time, amount) FILTER (WHERE amount > 5) AS dear FROM events;
-- Without any amount it is still a source with amounts.
SELECT activity_agg(event_time, amount) AS null_amounts FROM events WHERE amount IS NULL;
SELECT amount, activity_agg(event_time, amount) FROM events GROUP BY amount ORDER BY amount;
-- A time of NULL comes first: an amount beside it is not even looked at.
SELECT activity_agg(at, x) FROM (VALUES (NULL::date, 'NaN'::numeric), ('2024-01-03', 1)) AS s (at, x);

--
-- Rows in any order, the same day again and again
--
CREATE TEMP TABLE many AS
SELECT date '2020-01-01' + (n * 7919 % 1009)::int AS day, CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN -n % 101 ELSE n % 997 END AS cents
FROM generate_series(1, 20000) AS n;
CREATE TEMP TABLE answers AS
SELECT activity_agg(day ORDER BY day) AS visits, activity_agg(day, cents / 100.0 ORDER BY day) AS shopper FROM many;
SELECT active_days(visits), events(visits), purchases(visits), amount(visits), first_day(visits), last_day(visits) FROM answers
UNION ALL
SELECT active_days(shopper), events(shopper), purchases(shopper), amount(shopper), first_day(shopper), last_day(shopper) FROM answers;
SELECT as_stored = visits AS as_stored, backwards = visits AS backwards, shuffled = visits AS shuffled
FROM answers, (SELECT activity_agg(day) AS as_stored, activity_agg(day ORDER BY day DESC) AS backwards,
					  activity_agg(day ORDER BY md5(concat(day, cents))) AS shuffled FROM many) AS s;
SELECT as_stored = shopper AS as_stored, backwards = shopper AS backwards, shuffled = shopper AS shuffled, by_amount = shopper AS by_amount, visits_first = shopper AS visits_first
FROM answers, (SELECT activity_agg(day, cents / 100.0) AS as_stored, activity_agg(day, cents / 100.0 ORDER BY day DESC) AS backwards,
					  activity_agg(day, cents / 100.0 ORDER BY md5(concat(day, cents))) AS shuffled, activity_agg(day, cents / 100.0 ORDER BY cents, day) AS by_amount,
					  activity_agg(day, cents / 100.0 ORDER BY cents NULLS FIRST, day DESC) AS visits_first FROM many) AS s;
SELECT count(*) FILTER (WHERE (d.events, d.purchases, d.amount) IS DISTINCT FROM (m.events, m.purchases, m.amount)) AS wrong, count(*) AS days
FROM (SELECT (days(shopper)).* FROM answers) AS d
FULL JOIN (SELECT day, count(*) AS events, count(*) FILTER (WHERE cents >= 0) AS purchases, coalesce(sum(cents), 0) / 100.0 AS amount FROM many GROUP BY day) AS m USING (day);
-- Every length of input in every direction, so that each chunk size is met.
SELECT count(*) FILTER (WHERE active_days(zigzag) <> least(n, 150) OR events(zigzag) <> n OR amount(zigzag) <> n OR zigzag::text::activity <> zigzag) AS wrong
FROM (SELECT n, activity_agg(date '2024-01-01' + (i * 67 % 150), 1 ORDER BY i) AS zigzag
	  FROM generate_series(1, 400) AS n, generate_series(1, n) AS i GROUP BY n) AS s;
SELECT count(*) FILTER (WHERE active_days(zigzag) <> least(n, 150) OR events(zigzag) <> n OR zigzag::text::activity <> zigzag) AS wrong
FROM (SELECT n, activity_agg(date '2024-01-01' + (i * 67 % 150) ORDER BY i) AS zigzag
	  FROM generate_series(1, 400) AS n, generate_series(1, n) AS i GROUP BY n) AS s;
SELECT activity_agg(date '2024-01-03') AS one_day FROM generate_series(1, 100000);
SELECT activity_agg(date '2024-01-03', 0.01) AS one_day FROM generate_series(1, 100000);
SELECT activity_agg(date '2024-01-03' + n % 2, 1.5) AS two_days_in_turn FROM generate_series(1, 100000) AS n;

-- DISTINCT and ORDER BY inside, FILTER, and the same aggregate twice.
SELECT activity_agg(DISTINCT day) AS each_day_once FROM many WHERE day < '2020-01-05';
SELECT activity_agg(DISTINCT day, cents) AS each_pair_once FROM (VALUES (date '2024-01-03', 5), ('2024-01-03', 5), ('2024-01-03', NULL), ('2024-01-03', NULL)) AS s (day, cents);
SELECT activity_agg(day, cents) = activity_agg(day, cents) AS twice, events(activity_agg(day, cents)) AS and_again,
	   activity_agg(day) || activity_agg(day) = activity_agg(day) || activity_agg(day) AS merged FROM many;
SELECT a, a = b AS same FROM (SELECT activity_agg(event_time) AS a, activity_agg(event_time) AS b, activity_agg(event_time, amount) AS c FROM events) AS s;
SELECT day, activity_agg(day) FROM many WHERE day < '2020-01-03' GROUP BY ROLLUP (day) ORDER BY day;

-- Windows: running, sliding, empty frames, excluded rows.
CREATE TEMP TABLE few (n int, day date, amount numeric);
INSERT INTO few VALUES (1, '2024-01-05', 1.5), (2, '2024-01-01', NULL), (3, '2024-01-05', -0.25), (4, NULL, 7), (5, '2024-01-03', 0.001);
SELECT n, activity_agg(day, amount) OVER (ORDER BY n) AS running FROM few ORDER BY n;
SELECT n, activity_agg(day, amount) OVER (ORDER BY n ROWS 1 PRECEDING) AS sliding FROM few ORDER BY n;
SELECT n, activity_agg(day) OVER (ORDER BY n ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING) AS ahead FROM few ORDER BY n;
SELECT n, activity_agg(day) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) AS others FROM few ORDER BY n;
SELECT n, rollup(activity) OVER (ORDER BY n DESC) AS running FROM (SELECT n, activity_agg(day, amount) AS activity FROM few GROUP BY n) AS s ORDER BY n;
SELECT count(*) FILTER (WHERE a <> activity_between(whole, '2020-01-01', day + 1)) AS wrong
FROM (SELECT day, activity_agg(day, cents) OVER (ORDER BY day) AS a, activity_agg(day, cents) OVER () AS whole FROM many WHERE day < '2020-02-20') AS s;

--
-- Amounts
--
-- numeric in all its shapes: an amount is what numeric says, at the least scale.
CREATE TEMP TABLE shapes (x numeric);
INSERT INTO shapes VALUES
	('0'), ('0.00'), ('0.000000000000'), ('1'), ('1.0'), ('1.000000000000000000'), ('-1'), ('0.1'), ('-0.1'), ('10'), ('9999'), ('10000'), ('-10000'),
	('100000000'), ('10000000000000000'), ('100000000.00000001'), ('10000.0001'), ('0.0001'), ('0.00001234'), ('0.00000001'), ('0.000000001'),
	('-0.000000001'), ('0.0000000010'), ('123456789.123456789'), ('9223372036.854775807'), ('-9223372036.854775808'), ('99999999.999999999'),
	('922337203685477580.7'), ('9223372036854775807'), ('9223372036854775807.000'), ('-9223372036854775808'), ('1000000000000000000'),
	('9000000000000000000'), ('0.100000000000000000000000000000'), ('12340000'), ('12345678901234567');
SELECT x, activity_agg(date '2024-01-03', x) AS activity, amount(activity_agg(date '2024-01-03', x)) = x AS exact
FROM shapes GROUP BY x, x::text ORDER BY x, x::text;
-- Long headers: the stored scale or weight is large though the number is not.
SELECT count(*) FILTER (WHERE amount(activity_agg) = n / 1000.0) AS exact, count(*)
FROM (SELECT n, activity_agg(date '2024-01-03', (n / 1000.0)::numeric(300, 100)) FROM generate_series(-2000, 2000, 7) AS n GROUP BY n) AS s;
-- From a table, where headers are short and values unaligned.
CREATE TEMP TABLE stored_amounts (pad "char", x numeric);
INSERT INTO stored_amounts SELECT 'x', (n * 7919::numeric % 1000003 - 500000) / 10 ^ (n % 10)::numeric FROM generate_series(1, 5000) AS n;
SELECT bool_and(amount(activity_agg) = round(sum, 9)) AS exact
FROM (SELECT activity_agg(date '2024-01-03', round(x, 9)), sum(round(x, 9)) FROM stored_amounts) AS s;
SELECT count(*) FILTER (WHERE amount(activity_agg) <> round(x, 9)) AS wrong FROM (SELECT x, activity_agg(date '2024-01-03', round(x, 9)) FROM stored_amounts GROUP BY x) AS s;
-- 1.0 and 1.00 are one amount, and sums give their decimals back.
SELECT activity_agg(date '2024-01-03', 1.0) = activity_agg(date '2024-01-03', 1.00) AS same,
	   activity_agg(date '2024-01-03', x) AS sum FROM (VALUES (0.5), (0.25), (0.25)) AS s (x);

-- float8: rounded to 6 decimals.
SELECT x, activity_agg(date '2024-01-03', x::float8)
FROM unnest('{0, -0, 0.1, -0.1, 12.34, 0.30000000000000004, 1e-6, 1.4e-6, -1.6e-6, 4e-7, -4e-7, 1e-300, 0.1234564, 0.1234566, 999999.9999994, 999999.9999996,
			  123456789012.25, -123456789012.25, 9007199254740.5, 9223372036854.5, -9223372036854.5}'::text[]) WITH ORDINALITY AS s (x, n) GROUP BY n, x ORDER BY n;
SELECT count(*) FILTER (WHERE amount(activity_agg) <> cents / 100.0) AS wrong
FROM (SELECT cents, activity_agg(date '2024-01-03', cents / 100.0::float8) FROM generate_series(-100000, 100000, 13) AS cents GROUP BY cents) AS s;
-- Integers to their ends.
SELECT activity_agg(date '2024-01-03', x) FROM (VALUES (9223372036854775807)) AS s (x)
UNION ALL
SELECT activity_agg(date '2024-01-03', x) FROM (VALUES ((-9223372036854775808)::int8)) AS s (x)
UNION ALL
SELECT activity_agg(date '2024-01-03', x) FROM (VALUES ((-2147483648)::int4)) AS s (x)
UNION ALL
SELECT activity_agg(date '2024-01-03', x) FROM (VALUES ((-32768)::int2)) AS s (x);
SELECT activity_agg(day) FROM (VALUES (date '4714-11-24 BC'), ('5874897-12-31')) AS s (day);

--
-- Errors
--
SELECT activity_agg(date '2024-01-03', 'NaN'::numeric);
SELECT activity_agg(date '2024-01-03', 0.0000000001);
SELECT activity_agg(date '2024-01-03', 9223372036854775808);
SELECT activity_agg(date '2024-01-03', x) FROM (VALUES (9223372036854775807), (1)) AS s (x);
SELECT activity_agg(date '2024-01-03', x) FROM (VALUES (1e15), (0.00001)) AS s (x);
SELECT activity_agg(timestamp 'infinity');
SELECT activity_agg(timestamptz '2024-01-03 12:00+00', 'Mars/Olympus_Mons'::text);
SELECT activity_agg(timestamptz '2024-01-03 12:00+00', NULL::text);

SELECT call, left(pg_temp.answer('SELECT user_ops.activity_agg(' || call || ')'), 70)
FROM (VALUES ('date ''2024-01-03'', ''infinity''::numeric'), ('date ''2024-01-03'', ''-infinity''::numeric'),
			 ('date ''2024-01-03'', ''NaN''::float8'), ('date ''2024-01-03'', ''infinity''::float8'), ('date ''2024-01-03'', ''-infinity''::float8'),
			 ('date ''2024-01-03'', 1e13::float8'), ('date ''2024-01-03'', -1e13::float8'), ('date ''2024-01-03'', 1e300::float8'),
			 ('date ''2024-01-03'', 1.0000000001'), ('date ''2024-01-03'', 0.00000000000001'), ('date ''2024-01-03'', 1e-40'), ('date ''2024-01-03'', 1e-1000'),
			 ('date ''2024-01-03'', 12345678901234567890'), ('date ''2024-01-03'', -9223372036854775809'), ('date ''2024-01-03'', 1e19'), ('date ''2024-01-03'', 1e24'),
			 ('date ''2024-01-03'', 1e100'), ('date ''2024-01-03'', 1e1000'), ('date ''2024-01-03'', 9223372036854775807.5'),
			 ('date ''2024-01-03'', 1234567890123456789012345678901234567890.5'), ('date ''2024-01-03'', 123456789012.123456789'),
			 ('date ''infinity'''), ('date ''-infinity'', 1'), ('timestamp ''-infinity'', 1.5'), ('timestamptz ''infinity'''), ('timestamptz ''-infinity'', ''UTC''::text'),
			 ('timestamptz ''infinity'', 1, ''Europe/Paris'''), ('timestamptz ''2024-01-03 12:00+00'', 1, ''Mars/Olympus_Mons'''),
			 ('timestamptz ''2024-01-03 12:00+00'', 1, ''CEST'''), ('timestamptz ''2024-01-03 12:00+00'', 1, '''''), ('timestamptz ''2024-01-03 12:00+00'', 1.5, NULL'),
			 ('timestamptz ''4714-11-24 00:00+00 BC'', ''America/New_York''::text')) AS s (call);

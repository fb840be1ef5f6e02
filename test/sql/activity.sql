SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;

\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

--
-- Text
--
CREATE TEMP TABLE samples (id int PRIMARY KEY, activity activity);
INSERT INTO samples VALUES
	(1, '{2024-01-03:2,2024-01-10:1}'),
	(2, '{2024-01-10:4294967295}'),
	(3, '{-4713-11-24:1,-0001-02-28:1,0000-02-29:3,0001-01-01:1,12345-06-07:1,5874897-12-31:2}'),
	(4, 'amounts {2024-01-03:2:1:12.5,2024-01-10:3:0:-0.25}'),
	(5, 'amounts {2024-01-03:1,2024-01-04:1:1:0,2024-02-29:5:5:99}'),
	(6, 'amounts {2024-01-03:4:2:-7}'),
	(7, 'amounts {1999-12-31:1:1:9223372036854775807,2000-01-01:1:0:-9223372036854775808}'),
	(8, 'amounts {1999-12-31:1:1:9223372036.854775807,2000-01-01:4294967295:4294967294:-9223372036.854775808}'),
	(9, 'amounts {2024-01-10:2:1:0.000000001}'),
	(10, 'amounts {2024-01-03:1}');
SELECT id, activity FROM samples ORDER BY id;
SELECT count(*) FILTER (WHERE activity::text::activity = activity) = count(*) AS fixpoint FROM samples;

-- Freedom in spaces, zeros and scale; none of it is kept.
SELECT input, input::activity AS activity
FROM (VALUES (' { 2024-01-03:2 , 2024-01-10:1 } '),
			 (E'\t{2024-01-03:1\n, 2024-1-10:1}\n'),
			 ('amounts{02024-01-03:002:01:012.50}'),
			 (' amounts  {2024-01-03:1:1:1.000000000}'),
			 ('amounts {2024-01-03:1:1:1.0,2024-01-04:1:1:1.00,2024-01-05:1:1:10.100}'),
			 ('amounts {2024-01-03:1:0:0.00}'),
			 ('amounts {2024-01-03:1:1:-0}'),
			 ('{-0000-12-31:1}'),
			 ('{0-2-29:1,1-1-1:1}')) AS s (input);

SELECT input, pg_temp.problem(format('SELECT %L::user_ops.activity', input))
FROM (VALUES (''), (' '), ('{'), ('}'), ('{}'), ('amounts'), ('amounts {}'), ('amount {2024-01-03:1}'), ('AMOUNTS {2024-01-03:1}'),
			 ('2024-01-03:1'), ('{2024-01-03:1'), ('{2024-01-03:1}}'), ('{2024-01-03:1} x'), ('{2024-01-03:1,}'), ('{,2024-01-03:1}'),
			 ('{2024-01-03:1;2024-01-04:1}'), ('{2024-01-03 :1}'), ('{2024-01-03: 1}'),
			 ('{2024-01-03}'), ('{2024-01-03:}'), ('{2024-01-03:0}'), ('{2024-01-03:-1}'), ('{2024-01-03:+1}'), ('{2024-01-03:1.5}'),
			 ('{2024-01-03:4294967296}'), ('{2024-01-03:99999999999999999999}'),
			 ('{2024-00-03:1}'), ('{2024-13-03:1}'), ('{2024-01-00:1}'), ('{2024-01-32:1}'), ('{2024-04-31:1}'), ('{2023-02-29:1}'), ('{1900-02-29:1}'),
			 ('{2024-01:1}'), ('{20240103:1}'), ('{--2024-01-03:1}'), ('{infinity:1}'), ('{2024-01-03 BC:1}'),
			 ('{-4713-11-23:1}'), ('{-9999999-01-01:1}'), ('{5874898-01-01:1}'), ('{9999999-12-31:1}'), ('{99999999999-12-31:1}'),
			 ('{2024-01-03:1,2024-01-03:1}'), ('{2024-01-03:1,2024-01-02:1}'),
			 ('{2024-01-03:1:1:5}'), ('amounts {2024-01-03:1:1}'), ('amounts {2024-01-03:1:1:}'), ('amounts {2024-01-03:1::5}'), ('amounts {2024-01-03:1:-1:5}'),
			 ('amounts {2024-01-03:1:1:.5}'), ('amounts {2024-01-03:1:1:5.}'), ('amounts {2024-01-03:1:1:+5}'), ('amounts {2024-01-03:1:1:1e3}'),
			 ('amounts {2024-01-03:1:1:1.0000000000}'), ('amounts {2024-01-03:1:1:9223372036854775808}'), ('amounts {2024-01-03:1:0:-9223372036854775809}'),
			 ('amounts {2024-01-03:1:1:NaN}'), ('amounts {2024-01-03:1:1:1:1}'),
			 ('amounts {2024-01-03:1:2:5}'), ('amounts {2024-01-03:1:0:5}'), ('amounts {2024-01-03:1:1:-5}'),
			 ('amounts {2024-01-03:1:4294967296:5}')) AS s (input);
-- A large amount beside a small one: together they need more than 64 bits.
SELECT 'amounts {2024-01-03:1:1:9223372036854775807,2024-01-04:1:1:0.1}'::activity;
SELECT '{2024-01-03}'::activity;

--
-- Binary
--
-- {2024-01-03:2,2024-01-10:1}: version 01, flags 00, 2 days 02; 3 January 2024 is
-- day 8768, zigzag 17536 = 0 + 9 * 128 + 1 * 16384: 80 89 01; heads 0 << 2 | more: 01,
-- and of 10 January (7 - 1) << 2: 18; then events - 2: 00.
SELECT '{2024-01-03:2,2024-01-10:1}'::activity::bytea = '\x010002808901011800' AS visits;
-- amounts {2024-01-03:2:1:12.5,2024-01-10:3:0:-0.25}: flags 10 | scale 2: 12; heads
-- money | more: 03, and 18 | 03: 1b; events - 2: 00, purchases 01, 1250 zigzag 2500 =
-- 68 + 19 * 128: c4 13; events - 2: 01, purchases 00, -25 zigzag 49: 31.
SELECT 'amounts {2024-01-03:2:1:12.5,2024-01-10:3:0:-0.25}'::activity::bytea = '\x011202808901031b0001c413010031' AS amounts;
-- amounts {1999-12-31:1}: flags 10, 1 day 01, day -1 zigzag 1: 01; head 00.
SELECT 'amounts {1999-12-31:1}'::activity::bytea = '\x0110010100' AS before_2000;
-- After 31 days a head of one byte, (31 - 1) << 2: 78; after 33 one of two, flags 20:
-- (33 - 1) << 2 | more = 129: 81 01; events - 2: 07.
SELECT '{2000-01-01:1,2000-02-01:1,2000-03-05:9}'::activity::bytea = '\x012003000078810107' AS long_head;
-- The ends of the calendar: -2451545 zigzag 4903089 = 49 + 33 * 128 + 43 * 16384 +
-- 2 * 2097152: b1 a1 ab 02; then 2147483492 days between, << 2 = 2^33 - 624 =
-- 16 + 123 * 2^7 + 127 * 2^14 + 127 * 2^21 + 31 * 2^28: 90 fb ff ff 1f.
SELECT '{-4713-11-24:1,5874897-12-31:1}'::activity::bytea = '\x012002b1a1ab020090fbffff1f' AS ends;
-- The ends of the amounts: zigzag 2^64 - 2 and 2^64 - 1.
SELECT activity::bytea = '\x01100201020201feffffffffffffffff0100ffffffffffffffffff01' AS ends
FROM samples WHERE id = 7;

SELECT count(*) FILTER (WHERE activity::bytea::activity = activity
						AND user_ops_internal.activity_send(activity) = activity::bytea) = count(*) AS fixpoint FROM samples;
SELECT id, octet_length(activity::bytea) AS bytes FROM samples ORDER BY id;

-- Binary COPY goes through send and recv.
CREATE TEMP TABLE received (LIKE samples);
\copy samples to program 'cat > "$PG_ABS_BUILDDIR/results/activity.copy"' (format binary)
\copy received from program 'cat "$PG_ABS_BUILDDIR/results/activity.copy"' (format binary)
SELECT count(*) AS received, count(*) FILTER (WHERE r.activity = s.activity) AS equal
FROM received r FULL JOIN samples s USING (id);

SELECT bytes, pg_temp.problem(format('SELECT %L::bytea::user_ops.activity', bytes))
FROM (VALUES ('\x'::bytea), ('\x01'), ('\x0100'), ('\x000001000000'), ('\x0200010000'), ('\xff00010000'),
			 ('\x0140010000'), ('\x0180010000'), ('\x010a010000'), ('\x011a010000'), ('\x0101010000'), ('\x0111010000'),
			 ('\x0100000000'), ('\x01000000'), ('\x010081000000'), ('\x0100ffffffff10'), ('\x010080'),
			 ('\x010001'), ('\x01000180'), ('\x0100018000'), ('\x010001b3a1ab0200'), ('\x010001ffffffffffffffffff0200'), ('\x010001ffffffffffffffffff0100'),
			 ('\x01000100'), ('\x0100010004'), ('\x0100010080'), ('\x010001008000'), ('\x010002000000ff'), ('\x0100020000'), ('\x01000200000000'),
			 ('\x010002b1a1ab020094fbffff1f'), ('\x0100020000ffffffffffffffffff00'), ('\x0100ffffffff0f0000'),
			 ('\x0120010000'), ('\x01000200008001'), ('\x01200200008001'), ('\x01000200010100'), ('\x0100020001010000'),
			 ('\x0100010001'), ('\x010001000180'), ('\x01000100018000'), ('\x0100010001feffffff0f'), ('\x0100010001feffff8f10'),
			 ('\x01000100020100'), ('\x01100100020100'), ('\x011001000200'), ('\x0110010002'), ('\x01100100020000'),
			 ('\x01100100020200'), ('\x01100100020002'), ('\x01100100020101'), ('\x0110010002ffffffff1002'), ('\x0110010002018000'),
			 ('\x011001000201ffffffffffffffffff02'), ('\x01110100020114'), ('\x01110100020115'), ('\x01110100020102'), ('\x011101000300010b00')) AS s (bytes);
SELECT '\x0200010000'::bytea::activity;

--
-- Equality
--
SELECT count(*) FILTER (WHERE (a.id = b.id) <> (a.activity = b.activity)) AS wrong_equal,
	   count(*) FILTER (WHERE (a.id = b.id) = (a.activity <> b.activity)) AS wrong_unequal,
	   count(*) FILTER (WHERE a.id = b.id
						AND (user_ops_internal.activity_hash(a.activity) <> user_ops_internal.activity_hash(b.activity)
							 OR user_ops_internal.activity_hash_extended(a.activity, 42) <> user_ops_internal.activity_hash_extended(b.activity, 42))) AS wrong_hash
FROM samples a, samples b;
SELECT count(DISTINCT user_ops_internal.activity_hash(activity)) = count(*) AS hashes,
	   count(DISTINCT user_ops_internal.activity_hash_extended(activity, 1)) = count(*) AS extended_hashes,
	   bool_and(user_ops_internal.activity_hash_extended(activity, 0) & 4294967295 = user_ops_internal.activity_hash(activity)::bigint & 4294967295) AS low_half_agrees
FROM samples;
SELECT 'amounts {2024-01-03:1:1:1.0}'::activity = 'amounts {2024-01-03:1:1:1.00}' AS same_amount,
	   '{2024-01-03:1}'::activity = 'amounts {2024-01-03:1}' AS a_source_with_amounts_is_another;
SELECT activity, count(*)
FROM (SELECT activity FROM samples WHERE id IN (1, 4) UNION ALL SELECT activity::text::activity FROM samples WHERE id IN (1, 4)) AS s
GROUP BY activity ORDER BY activity::text;
SELECT count(*) FROM (SELECT DISTINCT activity FROM samples, generate_series(1, 3)) AS s;
SELECT count(*) FROM samples a JOIN received b ON a.activity = b.activity;
SELECT count(*) FROM (SELECT activity FROM samples INTERSECT SELECT activity FROM received) AS s;
SELECT '{2024-01-03:1}'::activity = NULL AS unknown;
CREATE TEMP TABLE hash_indexed AS SELECT * FROM samples;
CREATE INDEX ON hash_indexed USING hash (activity);
SET enable_seqscan = off;
SELECT count(*) FROM samples s, LATERAL (SELECT 1 FROM hash_indexed h WHERE h.activity = s.activity OFFSET 0) AS found;
RESET enable_seqscan;

--
-- Order: that of the bytes, so that values can be sorted
--
SELECT bool_and((a.activity < b.activity) = (a.activity::bytea < b.activity::bytea)) AS less,
	   bool_and((a.activity <= b.activity) = (a.activity::bytea <= b.activity::bytea)) AS less_or_equal,
	   bool_and((a.activity > b.activity) = (a.activity::bytea > b.activity::bytea)) AS greater,
	   bool_and((a.activity >= b.activity) = (a.activity::bytea >= b.activity::bytea)) AS greater_or_equal,
	   bool_and(sign(user_ops_internal.activity_cmp(a.activity, b.activity)) = sign(byteacmp(a.activity::bytea, b.activity::bytea))) AS compared
FROM samples a, samples b;
SELECT (SELECT array_agg(id ORDER BY activity) FROM samples) = (SELECT array_agg(id ORDER BY activity::bytea) FROM samples) AS sorted;
SELECT activity FROM samples ORDER BY activity DESC LIMIT 2;
SELECT count(DISTINCT activity), count(*) FROM (SELECT activity FROM samples UNION ALL SELECT activity FROM received) AS s;
SELECT activity, array_agg(id ORDER BY id) FROM (SELECT * FROM samples UNION ALL SELECT * FROM received) AS s WHERE id < 3 GROUP BY activity ORDER BY activity;
SELECT 'a prefix' AS what, '{2024-01-03:1}'::activity < '{2024-01-03:1,2024-01-04:1}' AS shorter, user_ops_internal.activity_cmp('{2024-01-03:1}', '{2024-01-03:1}') AS same;
CREATE TEMP TABLE sorted AS SELECT * FROM samples;
CREATE UNIQUE INDEX ON sorted (activity);
INSERT INTO sorted SELECT 11, activity FROM samples WHERE id = 1;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_nestloop = off;
SELECT count(*) FROM samples s JOIN sorted USING (activity);
RESET enable_seqscan; RESET enable_hashjoin; RESET enable_nestloop;
SELECT amname, opfname, (SELECT count(*) FROM pg_amop WHERE amopfamily = f.oid) AS operators, obj_description(f.oid, 'pg_opfamily') IS NOT NULL AS described
FROM pg_opfamily f JOIN pg_am a ON a.oid = opfmethod WHERE opfnamespace = 'user_ops'::regnamespace ORDER BY opfname;
SELECT opcname, amvalidate(oid) AS valid FROM pg_opclass WHERE opcnamespace = 'user_ops'::regnamespace ORDER BY 1;

--
-- Merging
--
SELECT '{2024-01-03:2,2024-01-10:1}'::activity || '{2024-01-01:1,2024-01-10:5,2024-02-01:1}' AS visits,
	   'amounts {2024-01-03:2:1:12.5}'::activity || 'amounts {2024-01-03:3:1:-12.75,2024-01-04:1:1:0.001}' AS amounts,
	   'amounts {2024-01-03:1:1:0.5}'::activity || 'amounts {2024-01-03:1:1:0.5}' AS scale_falls,
	   '{2024-01-03:1}'::activity || 'amounts {2024-01-04:1:1:5}' AS mixed;
CREATE TEMP TABLE mergeable AS SELECT * FROM samples WHERE id NOT IN (2, 7, 8);
SELECT count(*) FILTER (WHERE a.activity || b.activity <> b.activity || a.activity) AS not_commutative,
	   count(*) FILTER (WHERE merge(a.activity, b.activity) <> a.activity || b.activity) AS not_twins
FROM mergeable a, mergeable b;
SELECT count(*) FILTER (WHERE (a.activity || b.activity) || c.activity <> a.activity || (b.activity || c.activity)) AS not_associative
FROM mergeable a, mergeable b, mergeable c;
-- Entries of both sides in turn, more than a chunk of the builder holds, are
-- brought into order more than once on the way.
SELECT a || b || a AS zipped, (a || b) || (b || a) = rollup(c) AS same
FROM (SELECT '{2024-01-03:1,2024-01-10:1,2024-01-17:1}'::activity || '{2024-01-04:1}', 'amounts {2024-01-03:1:1:1,2024-01-10:2:1:2,2024-01-17:1:0:-3}'::activity) AS s (a, b),
	 LATERAL (VALUES (b), (a), (b), (a)) AS t (c)
GROUP BY a, b;
SELECT count(*) FILTER (WHERE (SELECT count(DISTINCT day) FROM days(a.activity || b.activity)) <> active_days(a.activity || b.activity)) AS day_twice,
	   count(*) FILTER (WHERE (a.activity || b.activity)::text::activity <> a.activity || b.activity) AS not_canonical
FROM mergeable a, mergeable b;
-- A merge adds: the same activity twice is not the same activity.
SELECT count(*) FILTER (WHERE activity || activity = activity) AS idempotent,
	   count(*) FILTER (WHERE events(activity || activity) = 2 * events(activity)
						AND active_days(activity || activity) = active_days(activity)
						AND amount(activity || activity) IS NOT DISTINCT FROM 2 * amount(activity)) = count(*) AS doubled
FROM mergeable;
SELECT '{2024-01-03:1}'::activity || NULL AS right_null, NULL || '{2024-01-03:1}'::activity AS left_null,
	   merge(NULL::activity, NULL) IS NULL AS both_null;
SELECT rollup(activity ORDER BY id) = rollup(activity ORDER BY id DESC) AS order_is_invisible,
	   rollup(activity) FILTER (WHERE id = 1) AS one,
	   rollup(activity) FILTER (WHERE false) IS NULL AS over_none,
	   rollup(NULLIF(activity, activity)) IS NULL AS over_nulls,
	   rollup(CASE WHEN id IN (1, 10) THEN activity END) AS nulls_between
FROM mergeable;
SELECT id, rollup(activity) OVER (ORDER BY id ROWS 1 PRECEDING) AS sliding
FROM mergeable WHERE id IN (1, 4, 10) ORDER BY id;
SELECT rollup(activity) FROM samples WHERE id < 0;
-- Many rows: a user's days as one activity each, as activities of a few days, and whole.
CREATE TEMP TABLE visits AS
SELECT n, date '2000-01-01' + n * 7919 % 9973 AS day, CASE WHEN n % 3 > 0 THEN n % 1000 / 100.0 END AS amount FROM generate_series(1, 40000) AS n;
SELECT rollup(activity ORDER BY part) = rollup(activity ORDER BY -part) AS order_is_invisible,
	   rollup(activity) = (SELECT activity_agg(day, amount) FROM visits) AS same, active_days(rollup(activity)), events(rollup(activity))
FROM (SELECT n AS part, activity_agg(day, amount) AS activity FROM visits GROUP BY n) AS s;
SELECT rollup(activity) = (SELECT activity_agg(day, amount) FROM visits) AS same, rollup(activity || activity) = rollup(activity) || rollup(activity) AS doubled
FROM (SELECT activity_agg(day, amount) AS activity FROM visits GROUP BY n % 700) AS s;
-- What is put together can be taken apart.
SELECT count(*) FILTER (WHERE rebuilt IS DISTINCT FROM activity) AS wrong
FROM samples, LATERAL (SELECT rollup(activity_between(activity, day, day + 1)) FROM days(activity) WHERE day < '5874897-12-31') AS s (rebuilt)
WHERE id <> 3;

-- Limits: a sum that does not fit is an error, one that just fits is none.
SELECT 'amounts {2024-01-03:1:1:9223372036854775806}'::activity || 'amounts {2024-01-03:1:1:1}' AS just_fits,
	   'amounts {2024-01-03:1:0:-9223372036854775807}'::activity || 'amounts {2024-01-03:1:0:-1}' AS just_fits_below;
SELECT '{2024-01-03:4294967294}'::activity || '{2024-01-03:1}' AS just_fits;
SELECT 'amounts {2024-01-03:1:1:9223372036854775807}'::activity || 'amounts {2024-01-03:1:1:1}';
SELECT '{2024-01-03:4294967295}'::activity || '{2024-01-03:1}';
SELECT what, pg_temp.problem(format('SELECT %s', what))
FROM (VALUES ('''amounts {2024-01-03:1:0:-9223372036854775808}''::user_ops.activity || ''amounts {2024-01-03:1:0:-1}'''),
			 ('''amounts {2024-01-03:1:1:9223372036854775807}''::user_ops.activity || ''amounts {2024-01-04:1:1:0.1}'''),
			 ('''amounts {2024-01-03:1:1:0.1}''::user_ops.activity || ''amounts {2024-01-04:1:1:922337203685477581}''')) AS s (what);

--
-- Readings: a source with amounts
--
CREATE TEMP TABLE shopper AS
SELECT 'amounts {2024-01-01:2:1:10.5,2024-01-02:1:1:0,2024-01-03:1:0:-4.25,2024-01-10:3,2024-02-01:2:2:100}'::activity AS activity;
CREATE TEMP TABLE moments (as_of date);
INSERT INTO moments VALUES ('-infinity'), ('2023-12-31'), ('2024-01-01'), ('2024-01-02'), ('2024-01-03'), ('2024-01-04'), ('2024-01-11'), ('2024-02-01'), ('2024-02-02'), ('2024-06-01'), ('infinity');
SELECT as_of, first_day(activity, as_of), last_day(activity, as_of), active_days(activity, as_of) AS active, events(activity, as_of),
	   purchases(activity, as_of), amount(activity, as_of), frequency(activity, as_of), monetary(activity, as_of)
FROM shopper, moments ORDER BY as_of;
SELECT as_of, tenure_days(activity, as_of) AS tenure, idle_days(activity, as_of) AS idle, recency_days(activity, as_of) AS recency
FROM shopper, moments WHERE isfinite(as_of) ORDER BY as_of;
SELECT first_day(activity), last_day(activity), active_days(activity), events(activity), purchases(activity), amount(activity),
	   frequency(activity), monetary(activity)
FROM shopper;

-- A source without amounts: activity is the basis, money is unknown.
SELECT as_of, last_day(activity, as_of), active_days(activity, as_of) AS active, events(activity, as_of), purchases(activity, as_of),
	   amount(activity, as_of), frequency(activity, as_of), monetary(activity, as_of),
	   CASE WHEN isfinite(as_of) THEN recency_days(activity, as_of) END AS recency
FROM (SELECT '{2024-01-01:2,2024-01-02:1,2024-02-01:4}'::activity) AS s (activity), moments ORDER BY as_of;

-- Visitors, buyers of gifts (amount 0) and people with refunds only.
SELECT activity, frequency(activity), monetary(activity), purchases(activity), recency_days(activity, '2024-02-01') AS recency, idle_days(activity, '2024-02-01') AS idle
FROM (VALUES ('amounts {2024-01-03:1}'::activity), ('amounts {2024-01-03:1:1:0}'), ('amounts {2024-01-03:1:0:-5,2024-01-05:1}'),
			 ('amounts {2024-01-03:3:1:-5}')) AS s (activity);

-- Totals go beyond 64 bits.
SELECT amount('amounts {2024-01-01:1:1:9223372036854775807,2024-01-02:1:1:9223372036854775807,2024-01-03:1:1:9223372036854775807}') AS large,
	   amount('amounts {2024-01-01:1:1:9223372036.854775807,2024-01-02:1:1:9223372036.854775807}') AS large_scale,
	   amount('amounts {2024-01-01:1:0:-9223372036854775808,2024-01-02:1:0:-9223372036854775808}') AS negative,
	   amount('amounts {2024-01-01:1:0:-9223372036.854775808,2024-01-02:1:0:-0.000000001}') AS negative_scale,
	   amount('amounts {2024-01-01:1:0:-9223372036854775808}') AS smallest,
	   events('{2024-01-01:4294967295,2024-01-02:4294967295}') AS events;
SELECT tenure_days('{-4713-11-24:1}', '5874897-12-31') AS tenure, idle_days('{-4713-11-24:1}', '5874897-12-31') AS idle,
	   median_gap('{-4713-11-24:1,5874897-12-31:1}') AS gap, first_day('{-4713-11-24:1}') AS first_day;

-- Infinity and NULL.
SELECT tenure_days(activity, 'infinity') FROM shopper;
\set VERBOSITY sqlstate
SELECT idle_days(activity, '-infinity') FROM shopper;
SELECT recency_days(activity, 'infinity') FROM shopper;
SELECT current_streak(activity, 'infinity') FROM shopper;
\set VERBOSITY default
SELECT first_day(NULL) IS NULL AND events(NULL) IS NULL AND active_days(activity, NULL) IS NULL
	   AND days IS NULL AS nulls
FROM shopper LEFT JOIN LATERAL days(NULL::activity) ON true;

--
-- Gaps
--
SELECT activity, median_gap(activity) AS gap, median_gap(activity, '2024-01-10') AS gap_before
FROM (VALUES ('{2024-01-01:1}'::activity), ('{2024-01-01:9,2024-01-08:1}'), ('{2024-01-01:1,2024-01-02:1,2024-01-06:1}'),
			 ('{2024-01-01:1,2024-01-05:1,2024-01-06:1,2024-01-20:1}'), ('{2024-01-01:1,2024-01-02:1,2024-01-05:1,2024-01-09:1,2024-01-29:1}')) AS s (activity);

--
-- Streaks.  1 January 2024 is a Monday.
--
CREATE TEMP TABLE regular AS
SELECT '{2023-11-30:1,2023-12-31:1,2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-05:1,2024-01-06:1,2024-01-08:1,2024-02-29:1}'::activity AS activity;
SELECT as_of, current_streak(activity, as_of) AS day, current_streak(activity, as_of, 'week') AS week,
	   current_streak(activity, as_of, 'week', 'sunday') AS sunday_week, current_streak(activity, as_of, 'month') AS month,
	   current_streak(activity, as_of, 'quarter') AS quarter, current_streak(activity, as_of, 'year') AS year
FROM regular, (SELECT date '2023-11-29' + n FROM unnest(ARRAY[0, 1, 2, 3, 33, 34, 35, 36, 37, 38, 39, 40, 41, 47, 48, 54, 63, 92, 93, 94, 124, 152, 400, 430]) AS n) AS m (as_of) ORDER BY as_of;
SELECT as_of, longest_streak(activity, as_of) AS day, longest_streak(activity, as_of, 'week') AS week,
	   longest_streak(activity, as_of, 'week', 'sunday') AS sunday_week, longest_streak(activity, as_of, 'month') AS month,
	   longest_streak(activity, as_of, 'year') AS year
FROM regular, (VALUES (date '2023-11-30'), ('2023-12-01'), ('2024-01-03'), ('2024-01-07'), ('2024-01-09'), ('infinity')) AS m (as_of) ORDER BY as_of;
SELECT longest_streak(activity), longest_streak(activity, period => 'month') FROM regular;
-- A streak across a leap day, across a year, and before Christ.
SELECT longest_streak('{2024-02-28:1,2024-02-29:1,2024-03-01:1}') AS leap_day, longest_streak('{2023-02-28:1,2023-03-01:1}') AS no_leap_day,
	   longest_streak('{2023-12-31:1,2024-01-01:1}', period => 'year') AS years, longest_streak('{0000-12-31:1,0001-01-01:1}') AS birth_of_christ;

--
-- days() and activity_between()
--
SELECT d.* FROM shopper, days(activity) AS d;
SELECT d.* FROM shopper, days(activity, '2024-01-03') AS d;
SELECT d.* FROM days('{-0043-03-15:1,2024-01-03:2}') AS d;
SELECT count(*) FROM shopper, days(activity, '2024-01-01');
SELECT (days(activity)).day FROM shopper;
SELECT d.* FROM days('{2024-01-03:2,2024-01-04:1}') AS d LIMIT 1;

SELECT from_day, to_day, activity_between(activity, from_day, to_day)
FROM shopper, (VALUES (date '2024-01-01', date '2024-01-03'), ('2024-01-02', '2024-01-10'), ('2024-01-10', '2024-01-11'), ('-infinity', 'infinity'),
					  ('-infinity', '2024-01-01'), ('2024-02-02', 'infinity'), ('2024-01-03', '2024-01-03'), ('infinity', 'infinity')) AS s (from_day, to_day);
SELECT activity_between(activity, '2024-01-02', '2024-01-01') FROM shopper;

--
-- Long activities, compressed and out of line; the default way is another from 19 on
--
SET default_toast_compression = pglz;
CREATE TEMP TABLE long_ones (name text, activity activity);
INSERT INTO long_ones
SELECT 'every day', activity_agg(date '1990-01-01' + n) FROM generate_series(0, 9999) AS n
UNION ALL
SELECT 'with amounts', activity_agg(date '1990-01-01' + n + n % 3, (n * 7919 % 100003) / 100.0) FROM generate_series(0, 19998, 2) AS n;
ALTER TABLE long_ones ALTER activity SET STORAGE external;
INSERT INTO long_ones SELECT name || ', external', activity::bytea::activity FROM long_ones;
SELECT name, pg_column_size(activity) < octet_length(activity::bytea) AS compressed, active_days(activity), events(activity), amount(activity),
	   last_day(activity), octet_length(activity::bytea) < 60000 AS small
FROM long_ones ORDER BY name;
SELECT count(*) FILTER (WHERE activity::text::activity = activity AND activity::bytea::activity = activity
						AND activity || '{1980-01-01:1}' <> activity
						AND activity_between(activity || '{1980-01-01:1}', '1980-01-02', 'infinity') = activity
						AND (SELECT rollup(activity_between(activity, date '1990-01-01' + 1000 * n, date '1990-01-01' + 1000 * (n + 1)))
							 FROM generate_series(0, 20) AS n) = activity) AS good,
	   count(*)
FROM long_ones;
SELECT name, longest_streak(activity) AS streak, current_streak(activity, last_day(activity) + 2) AS current, median_gap(activity) AS gap,
	   (SELECT count(*) FROM days(activity)) AS days
FROM long_ones WHERE name NOT LIKE '%,%' ORDER BY name;
SELECT count(*) FROM (SELECT DISTINCT activity FROM long_ones) AS s;
-- A merge with nobody hands a stored value on.
SELECT count(*) FILTER (WHERE merge(NULL, activity) = activity AND merge(activity, NULL) = activity) AS good FROM long_ones;
SELECT name, rollup(activity) = max(activity::text)::activity AS good FROM long_ones WHERE name LIKE '%,%' GROUP BY name ORDER BY name;
-- Whatever was read before, a reading depends on its own activity and as_of alone.
CREATE FUNCTION pg_temp.told(activity, date) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', active_days($1, $2), events($1, $2), purchases($1, $2), trim_scale(amount($1, $2)), first_day($1, $2), last_day($1, $2)) $$;
CREATE FUNCTION pg_temp.counted(activity, date) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', count(*), coalesce(sum(events), 0), coalesce(sum(purchases), 0),
					 CASE WHEN $1::text LIKE 'amounts%' THEN trim_scale(coalesce(sum(amount), 0)) END, min(day), max(day)) FROM days($1, $2) $$;
SELECT count(*) FILTER (WHERE pg_temp.told(a, d) = pg_temp.counted(a, d) AND pg_temp.told(b, d) = pg_temp.counted(b, d)
						AND pg_temp.told(b, e) = pg_temp.counted(b, e) AND pg_temp.told(a, e) = pg_temp.counted(a, e)) AS good, count(*)
FROM (SELECT activity FROM samples WHERE id NOT IN (7, 8) UNION ALL SELECT activity FROM long_ones UNION ALL SELECT '{2024-01-03:3,2024-01-10:1}'::activity) AS x (a),
	 (SELECT activity FROM samples WHERE id < 7 UNION ALL SELECT activity FROM long_ones WHERE name NOT LIKE '%,%') AS y (b),
	 (VALUES (date '2024-01-04', date '2024-01-11'), ('infinity', '2000-01-01')) AS v (d, e);

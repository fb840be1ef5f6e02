SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
SET timezone = 'UTC';

\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

--
-- The bytes, by hand (src/kernel/journey/journey_bytes.h)
--
-- By conditions: version 01; flags: seconds are unit 2, 2 << 5: 40; 3 rows 03; 2 conditions 02;
-- 3 masks 03, the lowest condition first, none last: 01 02 00. 2024-01-01 is 757382400 s,
-- zigzag 1514764800 = 0 + 105 * 128^1 + 37 * 128^2 + 82 * 128^3 + 5 * 128^4 with 0: 80 f4 a5 d2 05.
-- 30 s have 5 bits, 86400 s 17: a bit in front and one width for each is 2 + 5 + 17 bits, less than
-- 2 * 17: 05 11. Bits, the lowest first, code of 2, wide of 1, time, code: 00; 0 01111 10;
-- 1 00000001100010101 01: f0 05 8c 2a.
SELECT journey_agg(at, a, b)::bytea AS by_conditions
FROM (VALUES (timestamptz '2024-01-02 00:00:30Z', false, NULL), ('2024-01-01 00:00Z', true, false), ('2024-01-01 00:00:30Z', NULL, true)) AS v (at, a, b);
-- By name: flags by name 01, minutes 3 << 5: 61; 3 rows 03; names that are packed, 7 bytes, 7 << 1 | 1: 0f;
-- of 5 bits each c a r t end v i e w end = 3 1 18 20 0 22 9 5 23 0, 50 bits: 23 48 0a 6c 2a 17 00;
-- the first minute zigzag 00; times of 1 minute in 1 bit: 01 01; view 1; 1 cart 0; 1 view 1: 1b.
SELECT journey_agg(at, event)::bytea AS by_name
FROM (VALUES (timestamp '2000-01-01 00:01', 'cart'), ('2000-01-01 00:00', 'view'), ('2000-01-01 00:02', 'view')) AS v (at, event);
-- Letters that are not packed: 3 bytes, 3 << 1: 06, a name of 2 bytes. Days are unit 4: 81; day -1 zigzag 1: 01.
SELECT journey_agg(date '1999-12-31', 'A1'::text)::bytea AS plain_name;
-- All there is: flags amounts 04, tiebreaks 08, labels 10, microseconds 0: 1c; scale 02; 2 rows 02;
-- a condition, a mask, which is 01; a label, packed, 2 << 1 | 1: 05: x is 24 and its end: 18 00; microsecond 1 zigzag: 02;
-- nothing between them: 00 00, and no bits; tiebreaks -5 and 0: 09 00; no amount 00, and 1225 + 1
-- zigzag 2452 = 20 + 19 * 128: 94 13; label 1: 01, none: 00.
SELECT journey_agg(at, amount, tiebreak, label, true)::bytea AS all_there_is
FROM (VALUES (timestamptz '2000-01-01 00:00:00.000001Z', 12.2500, NULL::bigint, NULL), ('2000-01-01 00:00:00.000001Z', NULL, -5, 'x')) AS v (at, amount, tiebreak, label);
-- Rows of no step were left out: partial 02, seconds: 42.
SELECT journey_agg(at, event, '{view}')::bytea AS in_part
FROM (VALUES (timestamptz '2000-01-01 00:00:01Z', 'view'), ('2000-01-01 00:00:02Z', 'other')) AS v (at, event);
-- The ends of time: -211813488000000000 us, zigzag less 1, and 9435184819200000000 - 1 us behind it, 64 bits;
-- 64 conditions 40, of which the first and the last are masks of 1 and of 10 bytes.
SELECT journey_agg(at, VARIADIC array_fill(false, ARRAY[0]) || first || array_fill(false, ARRAY[62]) || last)::bytea AS ends
FROM (VALUES (timestamptz '4714-11-24 00:00Z BC', true, false), ('294276-12-31 23:59:59.999999Z', false, true)) AS v (at, first, last);

CREATE TEMP TABLE samples (id int PRIMARY KEY, journey journey);
INSERT INTO samples VALUES
	(1, '\x014003020301020080f4a5d2050511f0058c2a'),
	(2, '\x0161030f23480a6c2a17000001011b'),
	(3, '\x01810106024131010000'),
	(4, '\x011c020201010105180002000009000094130100'),
	(5, '\x014201010101020000'),
	(6, '\x01000240020180808080808080808001ffff82eed7cfc1f0054040feff25e53405e10503');
-- Merged with what has the same rows, so that some are twice; with amounts of other scales; at the ends of amounts.
INSERT INTO samples
SELECT 10 + id, journey || journey FROM samples;
INSERT INTO samples
SELECT 20, journey_agg(timestamptz '2024-01-01 00:00Z' + n * n * interval '77 ms', (ARRAY['view', 'Cart', '', 'pay for it', 'v'])[1 + n % 5], n % 7 / 8.0, n % 3 - 1, (ARRAY['a', 'b', NULL, ''])[1 + n % 4])
FROM generate_series(1, 200) AS n
UNION ALL
SELECT 21, journey_agg(date '2024-01-01', 'x'::text, amount) FROM (VALUES (9223372036854775807), (-9223372036854775808), (NULL), (0)) AS v (amount)
UNION ALL
SELECT 22, journey_agg(date '2024-01-01', 'x'::text, amount) FROM (VALUES (9223372036.854775807), (-9223372036.854775808), (0.1)) AS v (amount)
UNION ALL
SELECT 23, journey_agg(timestamptz '2024-01-01 00:00Z' + n * interval '1 minute', n % 2 = 0, n % 3 = 0, n % 5 = 0) FROM generate_series(1, 500) AS n;
SELECT id, octet_length(journey::bytea) AS bytes, events(journey), first_time(journey), last_time(journey), conditions(journey), names(journey) FROM samples ORDER BY id;

-- Text and binary are read back, COPY as well.
SELECT count(*) FILTER (WHERE journey::text::journey = journey AND journey::bytea::journey = journey AND journey(journey::bytea) = journey
						AND user_ops_internal.journey_send(journey) = journey::bytea) = count(*) AS fixpoint FROM samples;
CREATE TEMP TABLE received (LIKE samples);
\copy samples to program 'cat > "$PG_ABS_BUILDDIR/results/journey.copy"' (format binary)
\copy received from program 'cat "$PG_ABS_BUILDDIR/results/journey.copy"' (format binary)
SELECT count(*) AS received, count(*) FILTER (WHERE r.journey = s.journey) AS equal FROM received r FULL JOIN samples s USING (id);

-- What is not canonical is refused, whatever it says.
CREATE TEMP TABLE refused (why text, bytes bytea);
INSERT INTO refused VALUES
	('nothing', '\x'),
	('another version', '\x02810102024131010000'),
	('cut off', '\x018101060241310100'),
	('a byte more', '\x0181010602413101000000'),
	('a unit that there is not', '\x01a10106024131010000'),
	('minutes where days will do', '\x01610106024131bf160000'),
	('no rows', '\x018000010101000000'),
	('16,777,217 rows', '\x018081808008010101000000'),
	('a number that is too long', '\x01808100010101000000'),
	('a name that no row has', '\x0181010c02413102413201000000'),
	('no names', '\x01810101000000'),
	('names that should be packed', '\x018101040161000000'),
	('names out of order', '\x018102080142014100000001'),
	('a name twice', '\x018102080141014100000002'),
	('byte 0 in a name', '\x01810106024100010000'),
	('bits behind the names', '\x018101050104000000'),
	('zeros that are no names', '\x01810107010000000000'),
	('a name longer than the names', '\x01810104024131010000'),
	('a name without an end', '\x0181010321'),
	('no condition', '\x018001000100000000'),
	('65 conditions', '\x018001410101000000'),
	('a condition too many', '\x018001010102000000'),
	('masks out of order', '\x0180020202020100000002'),
	('a mask that no row has', '\x0180010202010200000000'),
	('rows out of order', '\x011c020201010105180002000000099413000001'),
	('simultaneous rows out of order', '\x0180020202010200000001'),
	('a decimal that is not needed', '\x0184010101010100000016'),
	('10 decimals', '\x01840a0101010100000004'),
	('amounts of none', '\x0184000101010100000000'),
	('tiebreaks of none', '\x01880101010100000000'),
	('labels of none', '\x01900101010105180000000000'),
	('an amount that does not fit', '\x0184000101010100000082808080808080808002'),
	('a label that there is not', '\x01900101010105180000000002'),
	('a time too late', '\x018001010101de9fe7650000'),
	('a time too early', '\x018001010101b3a1ab020000'),
	('a time that wraps around', '\x014001010101feffffffffffffffff010000'),
	('the narrow time is the wider', '\x0161030f23480a6c2a17000002011b'),
	('65 bits', '\x0161030f23480a6c2a170000414100'),
	('wider than it has to be', '\x0161030f23480a6c2a170000020253'),
	('not as narrow as it can be', '\x0161030f23480a6c2a170000000177'),
	('bits behind the rows', '\x0161030f23480a6c2a17000001013b');
SELECT why, pg_temp.problem(format('SELECT %L::bytea::user_ops.journey', bytes)) FROM refused;
SELECT count(*) AS text_too FROM refused WHERE pg_temp.problem(format('SELECT %L::user_ops.journey', bytes)) NOT LIKE '22P02: %';
SELECT pg_temp.problem(format('SELECT %L::user_ops.journey', input)) FROM (VALUES (''), ('{}'), ('01'), ('\x018'), ('\x0140AA')) AS v (input);
-- Names and labels become text: what is none in the database's encoding is refused.
SELECT pg_encoding_to_char(encoding) = 'UTF8' AS utf8 FROM pg_database WHERE datname = current_database() \gset
\if :utf8
SELECT pg_temp.problem($$SELECT '\x0181010602c3c3010000'::bytea::user_ops.journey$$) AS name, pg_temp.problem($$SELECT '\x019001010101 0602c328 000000 01'::bytea::user_ops.journey$$) AS label,
	   pg_temp.problem($$SELECT '\x0181010602c3a9010000'::bytea::user_ops.journey$$) AS good;
\else
SELECT '22P03: A name or label is not valid in the encoding of the database.' AS name, '22P03: A name or label is not valid in the encoding of the database.' AS label, 'none' AS good;
\endif

--
-- Equality, and an order without a meaning
--
SELECT count(*) FILTER (WHERE (a.id = b.id) <> (a.journey = b.journey) OR (a.id = b.id) = (a.journey <> b.journey)) AS wrong,
	   count(*) FILTER (WHERE (a.journey < b.journey)::int + (a.journey = b.journey)::int + (a.journey > b.journey)::int <> 1
						OR (a.journey <= b.journey) = (a.journey > b.journey) OR (a.journey >= b.journey) = (a.journey < b.journey)
						OR (a.journey < b.journey) <> (a.journey::bytea < b.journey::bytea)) AS out_of_order FROM samples AS a, samples AS b;
SELECT count(DISTINCT user_ops_internal.journey_hash(journey)) = count(*) AS hashes, count(DISTINCT user_ops_internal.journey_hash_extended(journey, 1)) = count(*) AS extended_hashes,
	   bool_and(user_ops_internal.journey_hash_extended(journey, 0) & 4294967295 = user_ops_internal.journey_hash(journey)::bigint & 4294967295) AS low_half_agrees FROM samples;
CREATE TEMP TABLE twice AS SELECT journey FROM samples UNION ALL SELECT journey::text::journey FROM samples;
SELECT (SELECT count(*) FROM (SELECT DISTINCT journey FROM twice) AS s) AS distinct, (SELECT count(*) FROM (SELECT journey FROM twice GROUP BY journey HAVING count(*) = 2) AS s) AS grouped,
	   (SELECT count(DISTINCT journey) FROM twice) AS distinct_aggregate, (SELECT count(*) FROM twice AS a JOIN samples AS b USING (journey)) AS joined,
	   (SELECT count(*) FROM (SELECT journey FROM twice INTERSECT SELECT journey FROM samples) AS s) AS both;
SET enable_hashagg = off;
SET enable_hashjoin = off;
SELECT (SELECT count(*) FROM (SELECT DISTINCT journey FROM twice) AS s) AS distinct, (SELECT count(*) FROM twice AS a JOIN samples AS b USING (journey)) AS joined,
	   (SELECT array_agg(journey::bytea ORDER BY journey) = array_agg(journey::bytea ORDER BY journey::bytea) FROM twice) AS sorted;
RESET enable_hashagg;
RESET enable_hashjoin;
CREATE INDEX ON twice USING hash (journey);
CREATE INDEX ON twice (journey);
SET enable_seqscan = off;
SELECT count(*) AS found FROM samples AS s, LATERAL (SELECT 1 FROM twice AS t WHERE t.journey = s.journey OFFSET 0) AS found;
RESET enable_seqscan;
-- Equal rows in whatever decimals, order and parts are one value; a kind more is another.
SELECT journey_agg(at, amount, tie, label, a) = journey_agg(at, amount + 0.000, nullif(tie, 0), label, a ORDER BY a, label) AS same, journey_agg(at, amount, tie, label, a) = journey_agg(at, amount, tie, label, a, false) AS another
FROM (VALUES (date '2024-01-01', 1.5, 0::bigint, 'x', true), ('2024-01-01', 1.5, 0, 'y', true), ('2024-01-01', NULL, 0, NULL, false)) AS v (at, amount, tie, label, a);

--
-- The order of rows, and what they say
--
SELECT r.* FROM journey_rows(journey(E'\\x014003020301020080f4a5d2050511f0058c2a'::bytea)) AS r;
SELECT id, r.* FROM samples, journey_rows(journey) AS r WHERE id IN (2, 3, 4, 14) ORDER BY id, r.event_time, r.tiebreak;
-- Simultaneous ones: the lowest condition, the mask as a number, no condition last; with names the name's bytes;
-- the amount, none first; the label, none first. The tiebreak comes before all of it.
SELECT row_number() OVER () AS row, tiebreak, conditions, amount, label
FROM (SELECT journey_agg(date '2024-01-01', amount, tie, label, a, b, c) AS j
	  FROM (VALUES (0::bigint, false, false, false, NULL::numeric, NULL), (0, false, true, true, NULL, NULL), (0, true, true, false, NULL, NULL), (0, true, false, false, 1, NULL), (0, true, false, false, -1.5, 'b'),
				   (0, true, false, false, NULL, 'a'), (0, true, false, false, -1.5, NULL), (0, true, false, false, -1.5, 'B'), (0, false, false, true, NULL, NULL), (0, true, false, true, NULL, NULL),
				   (-1, false, false, false, 5, 'z'), (NULL, false, true, false, NULL, ''), (9223372036854775807, true, true, true, NULL, NULL)) AS v (tie, a, b, c, amount, label)) AS s, journey_rows(j);
SELECT string_agg(concat(event, ' ', amount, label), ', ') FROM (SELECT journey_agg(date '2024-01-01', event, amount, NULL::bigint, label) AS j
	FROM (VALUES ('b', 1, 'x'), ('a b', NULL, NULL), ('B', NULL, NULL), ('ab', 2, NULL), ('a', 0, NULL), ('', NULL, NULL), ('a', -0.001, NULL), ('b', 1, NULL)) AS v (event, amount, label)) AS s, journey_rows(j);
-- Equal rows are kept.
SELECT count(*), count(DISTINCT r) FROM (SELECT journey_agg(date '2024-01-01', 'x'::text) AS j FROM generate_series(1, 5)) AS s, journey_rows(j) AS r;
SELECT count(*) AS all_rows, count(*) FILTER (WHERE events(journey) <> (SELECT count(*) FROM journey_rows(journey)) OR first_time(journey) <> (SELECT min(event_time) FROM journey_rows(journey))
	OR last_time(journey) <> (SELECT max(event_time) FROM journey_rows(journey)) OR names(journey) <> (SELECT array_agg(DISTINCT event COLLATE "C") FROM journey_rows(journey))) AS wrong FROM samples;
SELECT events(NULL) IS NULL AND first_time(NULL) IS NULL AND last_time(NULL) IS NULL AND conditions(NULL) IS NULL AND names(NULL) IS NULL AND partial(NULL) IS NULL AS nothing,
	   (SELECT count(*) FROM journey_rows(NULL)) AS rows;
SELECT count(*) AS all_conditions, bool_and(conditions = ARRAY[i]) AS right FROM (SELECT i, journey_agg(date '2024-01-01', VARIADIC ARRAY(SELECT k = i FROM generate_series(1, 64) AS k)) AS j FROM generate_series(1, 64) AS i GROUP BY i) AS s, journey_rows(j);
SELECT conditions = ARRAY(SELECT generate_series(1, 64)) AS all FROM journey_rows((SELECT journey_agg(date '2024-01-01', VARIADIC array_fill(true, ARRAY[64]))));

--
-- Merging
--
CREATE TEMP TABLE events AS
SELECT n, timestamptz '2024-01-01 00:00Z' + n * 7919 % 500 * interval '1 s' AS at, chr(97 + n % 4) AS event, n % 9 / (ARRAY[1, 2, 8])[1 + n % 3]::numeric AS amount, n % 5 AS tie, nullif(n % 6, 3)::text AS label
FROM generate_series(1, 3000) AS n;
CREATE TEMP TABLE parts AS
SELECT n * 31 % 7 AS part, journey_agg(at, event, amount, tie, label) AS journey, journey_agg(at, event = 'a', event = 'b') AS conditions, journey_agg(at, event, '{a,b}') AS steps FROM events GROUP BY 1;
CREATE TEMP TABLE whole AS
SELECT journey_agg(at, event, amount, tie, label) AS journey, journey_agg(at, event = 'a', event = 'b') AS conditions, journey_agg(at, event, '{a,b}') AS steps FROM events;
SELECT count(*) AS wrong_rows
FROM ((SELECT at, tie::bigint, event, round(amount, 3) AS amount, label FROM events) EXCEPT ALL (SELECT event_time, tiebreak, event, amount, label FROM whole, journey_rows(journey))) AS s;
SELECT bool_and((r.at, r.tie) = (e.at, e.tie) AND r.event = e.event AND r.amount = e.amount) AS in_order
FROM (SELECT row_number() OVER (ORDER BY at, tie, event COLLATE "C", amount) AS n, at, tie, event, amount FROM events) AS e
JOIN (SELECT r.n, event_time AS at, tiebreak AS tie, event, amount FROM whole, ROWS FROM (journey_rows(journey)) WITH ORDINALITY AS r (event_time, tiebreak, conditions, event, amount, label, n)) AS r USING (n);
SELECT rollup(p.journey) = w.journey AS rolled_up, rollup(p.journey ORDER BY part DESC) = w.journey AS in_another_order, rollup(p.conditions) = w.conditions AS conditions, rollup(p.steps) = w.steps AS steps
FROM parts AS p, whole AS w GROUP BY w.journey, w.conditions, w.steps;
WITH RECURSIVE merged AS (
	SELECT 0 AS part, journey, conditions, steps FROM parts WHERE part = 0
	UNION ALL SELECT p.part, CASE p.part % 2 WHEN 0 THEN m.journey || p.journey ELSE merge(p.journey, m.journey) END, m.conditions || p.conditions, merge(m.steps, p.steps) FROM merged AS m JOIN parts AS p ON p.part = m.part + 1)
SELECT m.journey = w.journey AS by_name, m.conditions = w.conditions AS by_conditions, m.steps = w.steps AS by_steps FROM merged AS m, whole AS w WHERE part = 6;
SELECT events(journey || journey), journey || NULL = journey AS and_nobody, NULL || journey = journey AS nobody_and, merge(NULL::journey, NULL) IS NULL AS nobody FROM whole;
SELECT rollup(journey) IS NULL AS none FROM whole WHERE false;
SELECT rollup(j) = journey AS nulls FROM (SELECT journey FROM whole UNION ALL SELECT NULL) AS v (j), whole GROUP BY journey;
-- Steps of which rows are left out in part are no whole, and not every kind goes with every other.
CREATE TEMP TABLE kinds (kind text, journey journey);
INSERT INTO kinds VALUES ('name', journey(E'\\x0181010602413101' || E'\\x0000'::bytea));
INSERT INTO kinds
SELECT 'partial name', partial(journey) FROM kinds UNION ALL
SELECT 'one', journey_agg(date '2024-01-01', true) UNION ALL SELECT 'two', journey_agg(date '2024-01-01', true, false) UNION ALL
SELECT 'steps', journey_agg(date '2024-01-01', 'a'::text, '{a,b}') UNION ALL SELECT 'all of two steps', journey_agg(date '2024-01-01', 'a'::text, journey_steps('{a,b}'::text[], true));
SELECT a.kind, string_agg(b.kind, ', ' ORDER BY b.kind COLLATE "C") FILTER (WHERE answer = '2') AS merges_with, count(*) FILTER (WHERE answer = '22023: cannot merge journeys of different kinds') AS not_with,
	   string_agg(b.kind, ', ' ORDER BY b.kind COLLATE "C") FILTER (WHERE rolled <> answer) AS otherwise_rolled_up
FROM kinds AS a, kinds AS b, LATERAL (SELECT pg_temp.answer(format('SELECT events(%L::journey || %L)', a.journey, b.journey)) AS answer,
	pg_temp.answer(format('SELECT events(rollup(j)) FROM (VALUES (%L::journey), (%L)) AS v (j)', a.journey, b.journey)) AS rolled) AS l
GROUP BY a.kind ORDER BY a.kind COLLATE "C";
SELECT a || b FROM (SELECT journey AS a FROM kinds WHERE kind = 'one') AS a, (SELECT journey AS b FROM kinds WHERE kind = 'two') AS b;
-- The amounts of both have to fit at the scale of one; that is so whichever road they take.
SELECT pg_temp.answer(format($$SELECT names(journey_agg(at, 'x'::text, %1$s) || journey_agg(at, 'x'::text, %2$s)) FROM (VALUES (date '2024-01-01')) AS v (at)$$, a, b)) AS merged,
	   pg_temp.answer(format($$SELECT names(journey_agg(at, 'x'::text, amount)) FROM (VALUES (date '2024-01-01', %1$s), ('2024-01-01', %2$s)) AS v (at, amount)$$, a, b)) AS together
FROM (VALUES ('922337203685477580', '0.1'), ('922337203685477581', '0.1'), ('0.1', '922337203685477581'), ('9223372036854775807.0', '1.000000000'), ('-922337203685477580', '0.2')) AS v (a, b);
-- 65,535 names are as many as there may be, and 16,777,216 rows.
SELECT pg_temp.answer('SELECT cardinality(names(journey_agg(date ''2024-01-01'', n))) FROM generate_series(1, 65535) AS n') AS names,
	   pg_temp.answer('SELECT cardinality(names(journey_agg(date ''2024-01-01'', n))) FROM generate_series(1, 65536) AS n') AS names_more,
	   pg_temp.answer('SELECT cardinality(names(rollup(j))) FROM (SELECT journey_agg(date ''2024-01-01'', n) AS j FROM generate_series(1, 65536) AS n GROUP BY n % 2) AS s') AS names_of_parts;

--
-- partial()
--
SELECT partial(journey)::bytea AS partial, partial(journey) <> journey AS another, events(partial(journey)) AS events, partial(partial(journey)) = partial(journey) AS once, names(partial(journey)) AS names FROM kinds WHERE kind = 'name';
SELECT partial(journey_agg(date '2024-01-01', 'a'::text, journey_steps('{a,b}'::text[], true))) = journey_agg(date '2024-01-01', 'a'::text, '{a,b}') AS as_if_others_were_left_out;
-- journey_between(): of any span the rows that are in it, as if there were no others; and two parts are the whole
SELECT count(*) AS asked, count(*) FILTER (WHERE b.between IS DISTINCT FROM b.alone OR b.halves IS DISTINCT FROM b.whole) AS wrong, count(b.between) > 50 AS many
FROM (SELECT journey_between(s.j, c.from_time, c.to_time) AS between,
			 (SELECT journey_agg(r.event_time, r.event, r.amount, r.tiebreak, r.label) FROM journey_rows(s.j) AS r WHERE r.event_time >= c.from_time AND r.event_time < c.to_time) AS alone,
			 merge(journey_between(s.j, '-infinity', c.to_time), journey_between(s.j, c.to_time, 'infinity')) AS halves, s.j AS whole
	  FROM (SELECT i, journey_agg(timestamptz '2024-01-01Z' + n * i % 7 * interval '6 hours', (ARRAY['a', 'b', 'c'])[1 + n % (i + 1) % 3], CASE WHEN n % i = 1 THEN n / 10.0 END, (n % 2)::bigint, CASE WHEN n % 3 = 0 THEN 'l' || n % 2 END) AS j
			FROM generate_series(1, 9) AS i, generate_series(1, 12) AS n GROUP BY i) AS s
	  CROSS JOIN (SELECT timestamptz '2024-01-01Z' + f * interval '6 hours' AS from_time, timestamptz '2024-01-01Z' + t * interval '6 hours' AS to_time FROM generate_series(-1, 6) AS f, generate_series(-1, 7) AS t) AS c) AS b;
SELECT journey_between(journey, '-infinity', 'infinity') = journey AS all_of_it, journey_between(journey, '2000-01-01', '2000-01-01') IS NULL AS none, journey_between(NULL, '2000-01-01', '2000-01-01') IS NULL AS nothing FROM kinds WHERE kind IN ('name', 'one') ORDER BY kind;
-- Long journeys are compressed and stored apart; what is read is the same.
CREATE TEMP TABLE stored AS SELECT n, journey_agg(timestamptz '2024-01-01 00:00Z' + i * interval '97 s', i % 3 = 0, i % 5 = 0) AS journey FROM generate_series(1, 3) AS n, generate_series(1, 20000 * n) AS i GROUP BY n;
SELECT n, events(journey), last_time(journey) FROM stored ORDER BY n;
SELECT events(rollup(journey)), events(rollup(journey || journey)) FROM stored;

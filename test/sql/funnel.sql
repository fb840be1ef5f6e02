SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
-- A journey by name of '0 view, 30 cart/note, 30.1 pay': minutes and tiebreak, event, label.
CREATE FUNCTION pg_temp.journey_of(rows text) RETURNS journey LANGUAGE sql AS $$
	SELECT journey_agg(timestamptz '2024-01-01 00:00+00' + split_part(r[1], '.', 1)::int * interval '1 minute', r[2], NULL, nullif(split_part(r[1], '.', 2), '')::bigint, r[4] ORDER BY random())
	FROM regexp_matches(rows, '([-.\d]+) (\w+)(/(\w+))?', 'g') AS m (r0), LATERAL (SELECT ARRAY[r0[1], r0[2], r0[3], r0[4]]) AS x (r)
$$;
-- Minutes since then.
CREATE FUNCTION pg_temp.minutes(times timestamptz[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce((extract(epoch FROM t - '2024-01-01 00:00+00') / 60)::int::text, '-'), ' ' ORDER BY i) FROM unnest(times) WITH ORDINALITY AS x (t, i)
$$;
\set ECHO all
-- By hand, of the steps view, cart, pay: the window is 60 minutes, its end included.
SELECT rows, funnel_level(pg_temp.journey_of(rows), '{view,cart,pay}', '1 hour') AS level, pg_temp.minutes(funnel_times(pg_temp.journey_of(rows), '{view,cart,pay}', '1 hour')) AS times
FROM (VALUES ('0 view, 30 cart, 60 pay'), ('0 view, 30 cart, 61 pay'), ('0 cart, 1 view, 2 pay'), ('0 cart, 1 pay'), ('0 view, 5 view, 30 cart, 65 pay'), ('0 view, 0 cart, 0 pay')) AS v (rows);
-- The whole time from the first to the last counts, not that from step to step; and the first row in the window begins.
SELECT pg_temp.minutes(funnel_times(j, '{view,cart,pay}', '1 hour')) AS first, pg_temp.minutes(funnel_times(j, '{view,cart,pay}', '1 hour', pick => 'fastest')) AS fastest,
	   pg_temp.minutes(funnel_times(j, '{view,cart,pay}', '1 hour', pick => 'latest_entry')) AS latest
FROM (SELECT pg_temp.journey_of('0 view, 10 view, 20 view, 30 cart, 70 pay, 100 view, 101 cart, 105 pay') AS j) AS s;
-- Mixpanel's example: the first entry reaches cart only, the second is 45 minutes long.
SELECT entry, funnel_level(pg_temp.journey_of('0 view, 30 view, 45 cart, 75 pay'), '{view,cart,pay}', '1 hour', entry => entry) FROM unnest('{any,first}'::funnel_entry[]) AS entry;
-- By conditions, numbered; what a row of a later condition is, is nobody's business.
SELECT funnel_level(j, 2, '1 day'), funnel_level(j, 3, '1 day'), funnel_level(j, 1, '0')
FROM (SELECT journey_agg(t, a, b, c) AS j FROM (VALUES (timestamp '2024-01-01 10:00', true, false, false), ('2024-01-01 11:00', false, true, false), ('2024-01-01 12:00', NULL, NULL, NULL)) AS e (t, a, b, c)) AS s;
-- A row serves one step: one that is both needs another one before it, or at the same time.
SELECT rows, funnel_level(pg_temp.journey_of(rows), '{{view,both},{cart,both}}', '1 hour') FROM (VALUES ('0 both'), ('0 both, 0 both'), ('0 both, 0 cart'), ('0 cart, 0 both'), ('0 cart, 1 both')) AS v (rows);
--
-- What may stand in between
--
SELECT rows, string_agg(funnel_level(pg_temp.journey_of(rows), '{view,cart,pay}', '1 hour', in_between => b, repeats => r)::text, ' ' ORDER BY b, r) AS "any, break; no_steps, break; nothing, break"
FROM (VALUES ('0 view, 1 cart, 2 pay'), ('0 view, 1 other, 2 cart, 3 pay'), ('0 view, 1 view, 2 cart, 3 pay'), ('0 view, 1 cart, 2 cart, 3 pay'), ('0 view, 1 pay, 2 cart, 3 pay')) AS v (rows),
	 unnest('{any,no_steps,nothing}'::funnel_in_between[]) AS b, unnest('{allow,break}'::funnel_repeats[]) AS r
GROUP BY rows ORDER BY rows;
-- Strict ties: times increase; a tiebreak does not make them.
SELECT rows, funnel_level(pg_temp.journey_of(rows), '{view,cart}', '1 hour', ties => 'strict') AS strict, funnel_level(pg_temp.journey_of(rows), '{view,cart}', '1 hour') AS any
FROM (VALUES ('0 view, 0 cart'), ('0.1 view, 0.2 cart'), ('0.2 view, 0.1 cart'), ('0 view, 0 cart, 1 cart')) AS v (rows);
-- Optional steps: the level is the last one that is matched; most steps win.
SELECT rows, funnel_level(pg_temp.journey_of(rows), '{view,cart,note,pay}', '1 hour', optional => '{2,3}') AS level, pg_temp.minutes(funnel_times(pg_temp.journey_of(rows), '{view,cart,note,pay}', '1 hour', optional => '{2,3}')) AS times
FROM (VALUES ('0 view, 9 pay'), ('0 view, 1 note, 2 cart, 9 pay'), ('0 view, 3 pay, 4 cart, 9 pay'), ('0 view, 5 note'), ('0 pay, 1 note')) AS v (rows);
-- Gaps: at least 5 minutes to cart, at most 10 from cart to pay; a later cart may do.
SELECT rows, pg_temp.minutes(funnel_times(pg_temp.journey_of(rows), '{view,cart,pay}', '1 hour', min_gap => '{5 minutes,NULL}', max_gap => '{NULL,10 minutes}'))
FROM (VALUES ('0 view, 5 cart, 15 pay'), ('0 view, 4 cart, 15 pay'), ('0 view, 5 cart, 16 pay'), ('0 view, 5 cart, 9 cart, 16 pay'), ('0 view, 4 cart, 5 cart')) AS v (rows);
-- Exclusions, from step 1 to the last, or for a part of the way: what they hit is dropped, or stops.
SELECT rows, string_agg(funnel_level(pg_temp.journey_of(rows), journey_steps('{view,cart,pay}'::text[], others => '{bye}'), '1 hour', exclude => '{4}', on_exclusion => e, exclude_from => f, exclude_to => t)::text, ' ' ORDER BY e DESC, f NULLS FIRST)
	   AS "stop: all the way, at cart; drop: all the way, at cart"
FROM (VALUES ('0 view, 1 bye, 2 cart, 3 pay'), ('0 view, 1 cart, 2 bye, 3 pay'), ('0 view, 1 cart, 2 pay, 3 bye'), ('0 view, 1 cart, 1 bye, 2 pay'), ('0 view, 1 bye, 2 view, 3 cart'), ('0 bye, 0 view, 61 bye'), ('0 view, 1 cart, 2 bye, 3 view')) AS v (rows),
	 unnest('{drop_entry,stop}'::funnel_exclusion[]) AS e, (VALUES (NULL::int[], NULL::int[]), ('{2}', '{3}')) AS p (f, t)
GROUP BY rows ORDER BY rows;
-- Unordered: when one, two, three steps were reached.
SELECT rows, pg_temp.minutes(funnel_times(pg_temp.journey_of(rows), '{view,cart,pay}', '1 hour', unordered => true)), funnel_level(pg_temp.journey_of(rows), '{view,cart,pay}', '1 hour', unordered => true, exclude => '{2}') AS without_cart
FROM (VALUES ('0 pay, 1 view, 2 pay, 3 cart'), ('0 cart, 61 view, 62 pay'), ('0 other')) AS v (rows);
-- Where an entry may begin, and what is known; the row that follows may be later than both.
SELECT funnel_level(j, '{view,cart}', '1 hour', entry_from => '2024-01-01 00:10+00'), funnel_level(j, '{view,cart}', '1 hour', entry_to => '2024-01-01 00:10+00'), funnel_level(j, '{view,cart}', '1 hour', entry_to => '2024-01-01 00:00+00'),
	   funnel_level(j, '{view,cart}', '1 hour', as_of => '2024-01-01 00:30+00'), funnel_level(j, '{view,cart}', '1 hour', as_of => '2024-01-01 00:30:00.000001+00')
FROM (SELECT pg_temp.journey_of('0 view, 10 view, 30 cart') AS j) AS s;
-- A date is its midnight in UTC, whatever the session's zone.
SET timezone = 'Asia/Kathmandu';
SELECT funnel_level(j, '{view}', '1 hour', as_of => date '2024-01-01'), funnel_level(j, '{view}', '1 hour', as_of => date '2024-01-02'), cardinality(funnel_times(j, '{view}', '1 hour', as_of => date '2024-01-02')),
	   (SELECT count(*) FROM funnel_entries(j, '{view}', '1 hour', as_of => date '2024-01-01')), (SELECT count(*) FROM funnel_trend(j, '{view}', '1 hour', 'day', as_of => date '2024-01-02'))
FROM (SELECT pg_temp.journey_of('0 view') AS j) AS s;
SET timezone = 'UTC';
-- Open: the window of the last entry, at 10 until 70, reaches as_of, both ends included; of the first at 0 until 60; of any step, at 30 until 90.
SELECT minutes, funnel_open(j, '{view,cart,pay}', '1 hour', as_of => t) AS any, funnel_open(j, '{view,cart,pay}', '1 hour', as_of => t, entry => 'first') AS first, funnel_open(j, '{view,cart,pay}', '1 hour', as_of => t, unordered => true) AS unordered,
	   funnel_open(j, '{view,cart}', '1 hour', as_of => t) AS through, funnel_open(j, '{pay,view}', '1 hour', as_of => t) AS outside
FROM (SELECT pg_temp.journey_of('0 view, 10 view, 30 cart') AS j) AS s, (SELECT m AS minutes, timestamptz '2024-01-01 00:00+00' + m * interval '1 minute' AS t FROM unnest('{20,60,61,70,71,90,91}'::int[]) AS m) AS m ORDER BY minutes;
SELECT funnel_open(j, '{view,cart}', '1 day', as_of => date '2024-01-02') AS of_a_day, funnel_open(j, '{view,cart}', '1 day') IS NULL AS unknown, funnel_open(NULL::journey, '{view,cart}', '1 day', as_of => date '2024-01-02') IS NULL AS nothing,
	   funnel_open(j, '{view,cart}', '9000000 days', as_of => 'infinity'::timestamptz) AS beyond, pg_temp.answer('SELECT funnel_open(NULL::journey, 2, ''-1 day'')') AS wrong
FROM (SELECT pg_temp.journey_of('0 view') AS j) AS s;
-- The label of the chain's rows; among simultaneous ones that of the first.
SELECT funnel_label(j, '{view,cart,pay}', '1 hour') AS first, funnel_label(j, '{view,cart,pay}', '1 hour', at => 'last') AS last, funnel_label(j, '{view,cart,pay}', '1 hour', at => 'step', step => 1) AS of_view,
	   funnel_label(j, '{view,cart,pay}', '1 hour', at => 'step', step => 2) AS of_cart, funnel_label(j, '{view,cart,pay}', '1 hour', at => 'step', step => 3, as_of => date '2024-01-01') AS before
FROM (SELECT pg_temp.journey_of('0 view, 5 cart/b, 5 cart/a, 6 pay/c, 7 pay/d') AS j) AS s;
--
-- Entries, one after the other
--
SELECT rows, entry, string_agg(extract(epoch FROM entered_at - '2024-01-01 00:00+00')::int / 60 || ':' || e.level, ' ' ORDER BY n)
FROM (VALUES ('0 view, 1 cart, 2 pay, 3 view, 4 cart'), ('0 view, 30 view, 45 cart, 75 pay'), ('0 view, 59 view, 61 view'), ('0 view, 0 view, 0 cart, 0 pay')) AS v (rows),
	 unnest('{any,first}'::funnel_entry[]) AS entry, funnel_entries(pg_temp.journey_of(rows), '{view,cart,pay}', '1 hour', entry => entry) WITH ORDINALITY AS e (entered_at, level, n)
GROUP BY rows, entry ORDER BY rows, entry;
SELECT on_exclusion, string_agg(extract(epoch FROM entered_at - '2024-01-01 00:00+00')::int / 60 || ':' || e.level, ' ' ORDER BY entered_at)
FROM unnest('{drop_entry,stop}'::funnel_exclusion[]) AS on_exclusion, funnel_entries(pg_temp.journey_of('1 view, 2 view, 3 view, 4 cart'), '{view,cart}', '7 days', exclude => '{1}', on_exclusion => on_exclusion) AS e
GROUP BY on_exclusion;
-- By month of the zone: an entry of 23:30 in UTC is one of the next month in Kathmandu.
SELECT zone, period_start, t.level FROM unnest('{UTC,Asia/Kathmandu}'::text[]) AS zone, funnel_trend(pg_temp.journey_of('-30 view, 10 view, 20 cart, 50000 view'), '{view,cart}', '15 minutes', 'month', zone) AS t ORDER BY 1, 2;
SELECT period_start, t.level FROM funnel_trend(pg_temp.journey_of('-1500 cart, -1440 view, 0 view, 1 cart'), '{view,cart}', '1 day', 'week', week_start => 'sunday', unordered => true) AS t;
--
-- Many users: ann pays after 30 minutes, bob after 50, cid has a cart since 10, dan has just looked, and eve pays for nothing
--
CREATE TEMP TABLE people AS SELECT name, pg_temp.journey_of(rows) AS j
FROM (VALUES ('ann', '0 view, 10 cart, 30 pay'), ('bob', '10 view, 30 cart, 60 pay'), ('cid', '100 view, 110 cart'), ('dan', '130 view'), ('eve', '5 pay'), ('fay', NULL)) AS v (name, rows);
-- At minute 160 the windows of ann and bob are over, those of cid (until 160) and dan are not.
CREATE TEMP VIEW asked AS SELECT funnel(j, '{view,cart,pay}', '1 hour', '2024-01-01 02:40+00') AS f FROM people;
SELECT step, users, conversion_from_first AS first, round(conversion_from_previous::numeric, 3) AS previous, drop_off, open_users AS open, average_seconds AS average, median_seconds AS median, min_seconds AS min, max_seconds AS max FROM asked, steps(f);
SELECT step, users, conversion_from_first AS first, conversion_from_previous AS previous, drop_off, open_users AS open, average_seconds AS average, median_seconds AS median, min_seconds AS min, max_seconds AS max FROM asked, steps(f, matured => true);
-- A microsecond later cid's window is over.
SELECT step, users FROM (SELECT funnel(j, '{view,cart,pay}', '1 hour', '2024-01-01 02:40:00.000001+00') AS f FROM people) AS s, steps(f, true);
-- From view to cart they took 600, 1200 and 600 seconds: half way from the first to the second of two 600s; from view to pay 1800 and 3000.
SELECT percentile(f, 0, 1, 2) AS least, percentile(f, 0.25, 1, 2), percentile(f, 0.75, 1, 2), percentile(f, 1, 1, 2) AS greatest, percentile(f, 0.9, 1, 3), percentile(f, 0.5, 2, 3), exact(f) FROM asked;
SELECT h.* FROM asked, histogram(f, 1, 2) AS h;
SELECT h.* FROM asked, histogram(f, 1, 3, 4) AS h;
-- Optional: of all three who were at step 1, one skipped the cart; the step before the last is the first.
SELECT step, users, conversion_from_previous AS previous, drop_off, average_seconds AS average FROM (SELECT funnel(j, '{view,note,cart,pay}', '1 hour', '2024-01-01 02:40+00', funnel_options(optional => '{2,3}')) AS f FROM people) AS s, steps(f);
-- The value itself: 01 version, 03 steps, 00 flags, an hour, as_of; 2, 2, 2 mature users and 2, 1, 0 others; then durations of 10 (808c8d9e02), 20 (80989abc04) and 30
-- minutes (80a4a7da06): to cart 10 and 10 more, and 10; to pay 30 and 20 more; from cart to pay 20 and 10 more.
SELECT f::bytea AS f FROM asked;
SELECT funnel(j, 1, '0', '2000-01-02 00:00+00')::bytea FROM (SELECT journey_agg('2000-01-01'::timestamptz, true) AS j) AS s;
-- Users who never entered, and nobody.
SELECT step, users, conversion_from_first, conversion_from_previous, open_users, median_seconds FROM (SELECT funnel(j, '{view,cart}', '1 hour', 'infinity'::timestamptz) AS f FROM people WHERE name = 'eve') AS s, steps(f);
SELECT count(*) FROM (SELECT funnel(j, '{view,cart}', '1 hour', '2025-01-01') AS f FROM people WHERE name = 'eve') AS s, histogram(f, 1, 2);
SELECT funnel(j, '{view,cart}', '1 hour', '2025-01-01') IS NULL AS only_nulls FROM people WHERE name = 'fay';
SELECT funnel(j, '{view,cart}', '1 hour', '2025-01-01') IS NULL AS nobody FROM people WHERE false;
SELECT funnel_level(NULL::journey, '{view}', '1 hour') IS NULL AS level, funnel_times(NULL::journey, '{view}', '1 hour') IS NULL AS times, funnel_label(NULL::journey, '{view}', '1 hour') IS NULL AS label,
	   (SELECT count(*) FROM funnel_entries(NULL, '{view}', '1 hour')) AS entries, (SELECT count(*) FROM funnel_trend(NULL, '{view}', '1 hour', 'day')) AS periods;
-- Any order and any split gives the same bytes, through text and binary, in windows and in parallel, by journeys and by a handle.
CREATE TEMP TABLE events AS SELECT i % 300 AS u, timestamptz '2024-01-01 00:00+00' + (i * i % 9973) * interval '7 minutes' AS t, (ARRAY['view', 'cart', 'pay', 'bye', 'other'])[1 + (i * 7 + i / 300) % 5] AS name FROM generate_series(1, 6000) AS i;
CREATE TEMP TABLE crowd AS SELECT u, journey_agg(t, name) AS j FROM events GROUP BY u;
CREATE TEMP TABLE options AS SELECT row_number() OVER () AS n, o FROM (VALUES (funnel_options()), (funnel_options(entry => 'first', repeats => 'break', pick => 'fastest')), (funnel_options(optional => '{2}')),
	(funnel_options(exclude => '{4}', exclude_from => '{2}')), (funnel_options(unordered => true, exclude => '{4}', on_exclusion => 'stop')), (funnel_options(min_gap => '{1 hour,NULL}', max_gap => '{10 days,5 days}', ties => 'strict', in_between => 'nothing'))) AS v (o);
CREATE TEMP TABLE whole AS SELECT n, o, funnel(j, journey_steps('{view,cart,pay}'::text[], others => '{bye}'), '20 days', '2024-02-01 00:00+00', o) AS f FROM options, crowd GROUP BY n, o;
CREATE TEMP TABLE parts AS SELECT n, u % 4 AS part, funnel(j, journey_steps('{view,cart,pay}'::text[], others => '{bye}'), '20 days', '2024-02-01 00:00+00', o ORDER BY u DESC) AS f FROM options, crowd GROUP BY n, o, part;
SELECT count(*) AS asked, count(*) FILTER (WHERE w.f = (SELECT rollup(f ORDER BY part) FROM parts AS p WHERE p.n = w.n)) AS direct, count(*) FILTER (WHERE w.f = (SELECT rollup(f::text::funnel) FROM parts AS p WHERE p.n = w.n)) AS text,
	   count(*) FILTER (WHERE w.f = (SELECT rollup(f::bytea::funnel ORDER BY -part) FROM parts AS p WHERE p.n = w.n)) AS binary, count(*) FILTER (WHERE w.f::text::funnel::bytea = w.f::bytea) AS text_and_back,
	   count(*) FILTER (WHERE w.f = (SELECT funnel(journeys_agg(u, t, name), journey_steps('{view,cart,pay}'::text[], others => '{bye}'), '20 days', '2024-02-01 00:00+00', w.o) FROM events)) AS handle, count(*) FILTER (WHERE w.f <> w.f) AS unlike
FROM whole AS w;
SELECT n, min(users) > 0 AS some, bool_and(users = CASE s.step WHEN 1 THEN held[1] WHEN 2 THEN held[2] ELSE held[3] END) AS as_one_by_one
FROM whole, steps(f) AS s, LATERAL (SELECT ARRAY[count(t[1]), count(t[2]), count(t[3])] AS held FROM crowd, LATERAL (SELECT funnel_times(j, journey_steps('{view,cart,pay}'::text[], others => '{bye}'), '20 days',
	in_between => (o).in_between, repeats => (o).repeats, ties => (o).ties, entry => (o).entry, unordered => (o).unordered, optional => (o).optional, exclude => (o).exclude, exclude_from => (o).exclude_from, exclude_to => (o).exclude_to,
	on_exclusion => (o).on_exclusion, min_gap => (o).min_gap, max_gap => (o).max_gap, pick => (o).pick, as_of => '2024-02-01 00:00+00') AS t) AS x) AS h GROUP BY n ORDER BY n;
SELECT bool_and(running = (SELECT funnel(c.j, '{view,cart}', '2 days', '2024-02-01') FROM crowd AS c WHERE c.u <= r.u)) AS running, bool_and(sliding = (SELECT funnel(c.j, '{view,cart}', '2 days', '2024-02-01') FROM crowd AS c WHERE c.u BETWEEN r.u - 3 AND r.u)) AS sliding
FROM (SELECT u, funnel(j, '{view,cart}', '2 days', '2024-02-01') OVER (ORDER BY u) AS running, funnel(j, '{view,cart}', '2 days', '2024-02-01') OVER (ORDER BY u ROWS 3 PRECEDING) AS sliding FROM crowd WHERE u < 40) AS r;
CREATE TABLE funnel_crowd AS SELECT * FROM crowd;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
SELECT funnel(j, journey_steps('{view,cart,pay}'::text[], others => '{bye}'), '20 days', timestamptz '2024-02-01 00:00+00', funnel_options()) = (SELECT f FROM whole WHERE n = 1) AS parallel FROM funnel_crowd;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
DROP TABLE funnel_crowd;
-- Past 8192 users durations are counted in classes: medians are at most 0.4 percent off, all else is as exact as before.
CREATE TEMP TABLE many AS SELECT i, journey_agg(t, e = 1, e = 2) AS j FROM generate_series(1, 9000) AS i, LATERAL (VALUES (1, timestamptz '2024-01-01 00:00+00'), (2, timestamptz '2024-01-01 00:00+00' + (i * 7919 % 9001) * interval '1 second')) AS r (e, t) GROUP BY i;
SELECT exact(a) AS exact, exact(b) AS all_exact, s.users, s.average_seconds = (SELECT avg(i * 7919 % 9001) FROM generate_series(1, 9000) AS i) AS average, abs(s.median_seconds / 4500.5 - 1) < 0.004 AS median, s.min_seconds, s.max_seconds,
	   (SELECT sum(users) FROM histogram(b, 1, 2)) AS in_bins, (SELECT count(*) FROM histogram(b, 1, 2)) AS bins, b = rest || a AS same, b = merge(a, rest) AS too
FROM (SELECT funnel(j, 2, '1 day', '2025-01-01') FILTER (WHERE i <= 8192) AS a, funnel(j, 2, '1 day', '2025-01-01') FILTER (WHERE i > 8192) AS rest, funnel(j, 2, '1 day', '2025-01-01') AS b FROM many) AS x, steps(b) AS s WHERE s.step = 2;
-- Two segments: 40 of 50 against 25 of 50; by hand the pooled rate is 0.65 and z = 0.3 / sqrt(0.65 * 0.35 / 25).
CREATE TEMP VIEW segments AS SELECT through, funnel(CASE WHEN i <= through THEN pg_temp.journey_of('0 view, 1 pay') ELSE pg_temp.journey_of('0 view') END, '{view,pay}', '1 hour', '2025-01-01') AS f FROM (VALUES (40), (25)) AS v (through), generate_series(1, 50) AS i GROUP BY through;
SELECT round(difference::numeric, 9) AS difference, round(z::numeric, 6) AS z, round((0.3 / sqrt(0.65 * 0.35 / 25))::numeric, 6) AS by_hand, round(p_value::numeric, 4) AS p FROM segments AS a, segments AS b, funnel_compare(a.f, b.f) WHERE a.through > b.through;
SELECT funnel_compare(f, NULL) IS NULL AS nothing, c.* FROM asked, funnel_compare(f, f, 2) AS c;
--
-- As other systems call it
--
CREATE TEMP TABLE clicks AS SELECT u, timestamptz '2024-01-01 00:00+00' + s * interval '1 second' AS t, e FROM (VALUES (1, 0, 'a'), (1, 10, 'b'), (1, 20, 'b'), (1, 30, 'c'), (2, 0, 'a'), (2, 0, 'b'), (2, 5, 'c'), (3, 7, 'c')) AS v (u, s, e);
SELECT u, window_funnel(30, '', t, e = 'a', e = 'b', e = 'c') AS plain, window_funnel(29, 'default', t, e = 'a', e = 'b', e = 'c') AS shorter, window_funnel(30, 'strict_deduplication', t, e = 'a', e = 'b', e = 'c') AS deduplication,
	   window_funnel(30, 'fixed', t, e = 'a', e = 'b', e = 'c') AS fixed, window_funnel(30, 'strict_increase, strict_once', t, e = 'a', e = 'b', e = 'c') AS increase, window_funnel(interval '30 seconds', 'strict_order strict_deduplication', t, e = 'a', e = 'b', e = 'c') AS both,
	   window_funnel(30, t, 0, ARRAY[e = 'a', e = 'b', e = 'c']) AS bits_0, window_funnel(30, t, 2, ARRAY[e = 'a', e = 'b', e = 'c']) AS bits_2, window_funnel(30, t AT TIME ZONE 'UTC', 5, ARRAY[e = 'a', e = 'b', e = 'c']) AS bits_5,
	   window_funnel(1, '', t::date, e = 'a', e = 'b', e = 'c') AS days
FROM clicks GROUP BY u ORDER BY u;
SELECT window_funnel(30, '', t, e = 'a') IS NULL AS no_rows FROM clicks WHERE false;
SELECT window_funnel(30, '', NULL::timestamptz, e = 'a') IS NULL AS no_times FROM clicks;
-- Where an exclusion applies to a part of the way only, all orders of simultaneous rows are tried, if they are not too many: here ten different ones, and forty.
SELECT pg_temp.answer(format('SELECT funnel_level(journey_agg(timestamptz ''2024-01-01'', %s), %s, ''1 hour'', exclude => ''{1}'', exclude_from => ''{2}'', exclude_to => ''{3}'') FROM generate_series(1, %s) AS i', string_agg('i = ' || k, ', '), n, n))
FROM (VALUES (10), (40)) AS v (n), generate_series(1, n) AS k GROUP BY n ORDER BY n;
--
-- Errors
--
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT funnel_level(j, NULL, ''1 hour'') FROM people'), ('SELECT funnel_level(j, ''{view}'', NULL) FROM people'), ('SELECT funnel_level(j, 2, ''1 hour'') FROM people'), ('SELECT funnel_level(j, ''{view}'', ''1 month'') FROM people'),
	('SELECT funnel_level(j, ''{view}'', ''-1 hour'') FROM people'), ('SELECT funnel_level(j, ''{view}'', ''1 hour'', repeats => NULL) FROM people'), ('SELECT funnel_level(j, ''{view}'', ''1 hour'', entry => ''totals'') FROM people'),
	('SELECT funnel_level(j, ''{view,cart}'', ''1 hour'', optional => ''{1}'') FROM people'), ('SELECT funnel_level(j, ''{view,cart}'', ''1 hour'', optional => ''{2}'') FROM people'), ('SELECT funnel_level(j, ''{view,cart}'', ''1 hour'', optional => ''{3}'') FROM people'),
	('SELECT funnel_level(j, ''{a,b,c}'', ''1 hour'', optional => ''{2}'', max_gap => ''{1 hour,1 hour}'') FROM people'), ('SELECT funnel_level(j, ''{a,b,c}'', ''1 hour'', max_gap => ''{1 hour}'') FROM people'), ('SELECT funnel_level(j, ''{a,b}'', ''1 hour'', min_gap => ''{1 month}'') FROM people'),
	('SELECT funnel_level(j, ''{a,b}'', ''1 hour'', exclude => ''{3}'') FROM people'), ('SELECT funnel_level(j, ''{a,b}'', ''1 hour'', exclude => ''{0}'') FROM people'), ('SELECT funnel_level(j, ''{a,b}'', ''1 hour'', exclude => ''{1,NULL}'') FROM people'),
	('SELECT funnel_level(j, ''{a,b,c}'', ''1 hour'', exclude => ''{1}'', exclude_from => ''{1,2}'') FROM people'), ('SELECT funnel_level(j, ''{a,b,c}'', ''1 hour'', exclude => ''{1}'', exclude_from => ''{2}'', exclude_to => ''{2}'') FROM people'),
	('SELECT funnel_level(j, ''{a,b,c}'', ''1 hour'', exclude => ''{1}'', exclude_to => ''{4}'') FROM people'), ('SELECT funnel_level(j, ''{a,b}'', ''1 hour'', unordered => true, repeats => ''break'') FROM people'),
	('SELECT funnel_level(j, ''{a,b,c}'', ''1 hour'', unordered => true, optional => ''{2}'') FROM people'), ('SELECT funnel_level(j, ''{a,b,c}'', ''1 hour'', unordered => true, exclude => ''{1}'', exclude_from => ''{2}'') FROM people'),
	('SELECT funnel_times(j, ''{a,b}'', ''1 hour'', unordered => true, pick => ''fastest'') FROM people'), ('SELECT funnel_times(j, ''{a,b}'', ''1 hour'', pick => NULL) FROM people'), ('SELECT funnel_label(j, ''{a}'', ''1 hour'', at => ''step'') FROM people'),
	('SELECT funnel_label(j, ''{a}'', ''1 hour'', step => 1) FROM people'), ('SELECT funnel_label(j, ''{a}'', ''1 hour'', at => ''step'', step => 2) FROM people'), ('SELECT funnel_level(journey_agg(t, e, journey_steps(''{a}''::text[])), 1, ''1 hour'', in_between => ''nothing'') FROM clicks'),
	('SELECT funnel_level(journey_agg(t, e = ''a''), 2, ''1 hour'') FROM clicks'), ('SELECT funnel_level(journey_agg(t, e = ''a''), 1, ''1 hour'', exclude => ''{2}'') FROM clicks'), ('SELECT funnel_entries(j, ''{a}'', ''1 hour'', entry => ''totals'') FROM people'),
	('SELECT funnel_trend(j, ''{a}'', ''1 hour'', NULL) FROM people'), ('SELECT funnel_trend(j, ''{a}'', ''1 hour'', ''day'', ''Nowhere'') FROM people'), ('SELECT funnel_trend(j, ''{a}'', ''1 hour'', ''day'', NULL) FROM people'),
	('SELECT funnel(j, ''{a}'', ''1 hour'', NULL::timestamptz) FROM people'), ('SELECT funnel(NULL::journey, ''{a}'', NULL, ''2024-01-01'') FROM people'), ('SELECT funnel(j, ''{a}'', ''1 hour'', ''2024-01-01'', NULL) FROM people'),
	('SELECT funnel(j, ''{a,b}'', ''1 hour'', ''2024-01-01'', funnel_options(optional => ''{2}'')) FROM people'), ('SELECT funnel(j, ''{a}'', ''1 hour'', date ''2024-01-01'' + length(name || j::text)) FROM people'), ('SELECT funnel_options(pick => NULL)'), ('SELECT funnel_options(exclude => NULL)'),
	('SELECT funnel_options(min_gap => ''{-1 day}'')'), ('SELECT merge(a.f, b.f) FROM whole AS a, whole AS b WHERE a.n < b.n'), ('SELECT percentile(f, 1.5, 1, 2) FROM asked'), ('SELECT percentile(f, 0.5, 2, 1) FROM asked'), ('SELECT histogram(f, 1, 2, 0) FROM asked'),
	('SELECT histogram(f, 1, 4) FROM asked'), ('SELECT funnel_compare(f, f, 4) FROM asked'), ('SELECT funnel_compare(f, (SELECT funnel(j, ''{a}'', ''1 hour'', ''2024-01-01'') FROM people)) FROM asked'), ('SELECT window_funnel(30, ''strictly'', t, e = ''a'') FROM clicks'),
	('SELECT window_funnel(30, ''allow_reentry'', t, e = ''a'') FROM clicks'), ('SELECT window_funnel(-1, '''', t, e = ''a'') FROM clicks'), ('SELECT window_funnel(9223372036854775807, '''', t, e = ''a'') FROM clicks'), ('SELECT window_funnel(30, NULL, t, e = ''a'') FROM clicks'),
	('SELECT window_funnel(30 + ascii(e), '''', t, e = ''a'') FROM clicks'), ('SELECT window_funnel(30, t, 8, ARRAY[e = ''a'']) FROM clicks')) AS v (statement);
-- Version, steps, flags, window, as_of, what the flags say, users of both kinds, durations.
SELECT input, pg_temp.problem(format('SELECT %L::user_ops.funnel', '\x' || replace(input, ' ', ''))) FROM (VALUES ('01 01 00 00 00 00 00'), ('01 02 00 00 00 0100 0101 00'), ('02 01 00 00 00 00 00'), ('01 00 00 00 00'), ('01 41 00 00 00'), ('01 01 00 00 00 00'), ('01 01 00 00 00 00 00 00'),
	('01 02 03 00 00 0000 0000'), ('01 02 0c 00 00 0000 0000'), ('01 02 808001 00 00 0000 0000'), ('01 02 8002 00 00 0000 0000'), ('01 02 8004 00 00 00 0000 0000'), ('01 02 8008 00 00 0000 0000 0000'), ('01 02 8040 00 00 02 0000 0000'), ('01 02 a001 00 00 0000 0000'),
	('01 02 8010 00 00 ffffffffffffffffff01 0000 0000'), ('01 02 00 00 00 0102 0000'), ('01 02 00 00 00 808080808080808020 00 0100'), ('01 02 00 00 00 0000 0101 01'), ('01 02 00 00 00 0000 0101 8000'), ('01 02 00 00 00 0000 0101'),
	('01 03 8040 00 00 02 000000 010001 0000 00'), ('01 03 8040 00 00 02 000000 010001 0100 00'), ('01 02 00 00 00 0000 a14ea14e')) AS v (input);
-- Cut off anywhere, a value is refused.
SELECT n, count(*) = length(f::bytea) AS all_refused FROM whole, generate_series(0, length(f::bytea) - 1) AS size
WHERE n < 4 AND pg_temp.problem(format('SELECT %L::user_ops.funnel', '\x' || encode(substr(f::bytea, 1, size), 'hex'))) LIKE '22P02%' GROUP BY n, f::bytea ORDER BY n;
-- One event is one step, however long the window: the longest are about as long as time itself.
SELECT within, funnel_level(j, 2, within) AS level, funnel_times(j, 2, within) AS times FROM (SELECT journey_agg('4713-01-05 BC Z'::timestamptz, true, true) AS j) AS s, (VALUES ('1 day'::interval), ('104200000 days'), ('106700000 days')) AS w (within);

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand, on March 1, with a gap of 30 minutes:
--	ann	10:00 home, 10:01 home, 10:04 list, 10:05 item, 10:10 list	then	12:00 list
--	bob	10:00 home, 10:02 list
--	cid	10:00 list and item at one instant, which is item, list by name; 10:30 home
CREATE TEMP TABLE visits (who text, at timestamptz, page text);
INSERT INTO visits VALUES ('ann', '2024-03-01 10:00', 'home'), ('ann', '2024-03-01 10:01', 'home'), ('ann', '2024-03-01 10:04', 'list'), ('ann', '2024-03-01 10:05', 'item'), ('ann', '2024-03-01 10:10', 'list'),
	('ann', '2024-03-01 12:00', 'list'), ('bob', '2024-03-01 10:00', 'home'), ('bob', '2024-03-01 10:02', 'list'), ('cid', '2024-03-01 10:00', 'list'), ('cid', '2024-03-01 10:00', 'item'), ('cid', '2024-03-01 10:30', 'home');
CREATE TEMP TABLE people AS SELECT who, journey_agg(at, page) AS j FROM visits GROUP BY who;
INSERT INTO people VALUES ('dan', NULL);
-- ann: home, list, item, list, end; list, end.  bob: home, list, end.  cid: item, list, home, end.  home to list: 240 and 120 seconds
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02') FROM people)) e;
-- two users or more
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02') FROM people), 2) e;
SELECT count(*) FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02') FROM people), min_users => 0) UNION ALL SELECT count(*) FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02') FROM people), -5);
-- depth 1 alone: who leaves at once is ann, in her second session
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(max_depth => 1)) FROM people)) e;
-- without collapse ann's home leads to home, after 60 seconds
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(max_depth => 2, collapse => false)) FROM people)) e;
-- no gap: ann's list at 12:00 is behind list, and one with it
SELECT e.* FROM edges((SELECT path_edges(j, NULL, '2024-03-02') FROM people WHERE who = 'ann')) e;
-- start_at: cid's session counts from list on, ann's second one, too
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(start_at => 'list')) FROM people)) e;
-- end_at: up to the first list, without exits; cid's is item, list; ann's second has no edge
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(end_at => 'list')) FROM people)) e;
-- both: from item to list there are ann and cid; from list to list is no edge at all
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(start_at => 'item', end_at => 'list')) FROM people)) e;
SELECT count(*) FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(start_at => 'list', end_at => 'list')) FROM people)) e;
-- in reverse, up to the last list: ann's 10:10 and 12:00, bob's, cid's; and before the first name there is an entry
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(end_at => 'list', reverse => true)) FROM people)) e;
-- in reverse from a start: no entry; ann's item, list and cid's item, list, home
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(start_at => 'item', reverse => true)) FROM people)) e;
-- without exits, and with a name that nobody has
SELECT count(*) FILTER (WHERE target IS NULL) AS exits, count(*) FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(exits => false)) FROM people)) e;
SELECT count(*) FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-02', path_options(start_at => 'nowhere')) FROM people)) e;
-- as_of is not observed: at 10:10 ann's first session ends with item; a date is its midnight in UTC
SELECT e.* FROM edges((SELECT path_edges(j, '30 minutes', '2024-03-01 10:10') FROM people WHERE who = 'ann')) e;
SELECT count(*) FROM edges((SELECT path_edges(j, '30 minutes', date '2024-03-01') FROM people)) e;
SET timezone = 'America/New_York';
SELECT path_edges(j, '30 minutes', date '2024-03-02') = path_edges(j, '30 minutes', timestamptz '2024-03-02 00:00+00') AS same, path_edges(j, '30 minutes', date '2024-03-02', path_options(2)) = path_edges(j, '30 minutes', '2024-03-02 00:00+00', path_options(2)) AS with_options,
	   transitions(j, NULL, date '2024-03-02') = transitions(j, NULL, '2024-03-02 00:00+00') AS transitions, transitions(j, NULL, date '2024-03-02', false) = transitions(j, NULL, '2024-03-02 00:00+00', false) AS all_of_them FROM people;
SET timezone = 'UTC';
-- Transitions, at any place: 4 sessions begin; list is left 5 times: 3 times to the end, once for item by ann, once for home by cid
SELECT t.* FROM cells((SELECT transitions(j, '30 minutes', '2024-03-02') FROM people)) t;
SELECT t.* FROM cells((SELECT transitions(j, NULL, '2024-03-02', false) FROM people WHERE who = 'ann')) t;
-- The values: version; flags: collapse 1, reverse 2, exits 4, gap 8, start_at 10, end_at 20; as_of; gap, max_depth, start_at, end_at; names; edges
--	010d 02 80a4a7da06 05 00 00	1 microsecond, 1,800,000,000 of them, depth 5, no names, no edges
--	010d 7e 01 02 02 0161 0162 02 010102 0101 02 010200 0101	63; from a at depth 1 to b: 1 session, 1 user, 1 microsecond; at depth 2 from b to the end: 1 session, 1 user
--	0109 7e 01 00 02 0161 0162 03 0000 01 0102 01 0100 01	begins with a, once; a to b, once; b to the end, once
--	0132 00 01 0161 00 00 00	reverse, from a to the empty name, at depth 1
SELECT path_edges(j, '30 minutes', '2000-01-01 00:00:00.000001')::bytea FROM people;
SELECT path_edges(j, '1 microsecond', '2000-01-01 00:00:00.000063', path_options(2))::bytea, transitions(j, '1 microsecond', '2000-01-01 00:00:00.000063')::bytea
FROM (SELECT journey_agg(timestamptz '2000-01-01' + i * interval '1 microsecond', chr(96 + i)) AS j FROM generate_series(1, 2) i) s;
SELECT path_edges(j, NULL, '2000-01-01', path_options(1, false, 'a', '', true, false))::bytea FROM people;
--
-- Edges of all kinds
--
SELECT path_edges(j, '30 minutes', '2024-03-02') IS NULL AS nobody, transitions(j, '30 minutes', '2024-03-02') IS NULL AS no_transitions FROM people WHERE false;
SELECT path_edges(j, '30 minutes', '2024-03-02') IS NULL AS only_nulls FROM people WHERE who = 'dan';
SELECT count(*) FROM edges(NULL) UNION ALL SELECT count(*) FROM cells(NULL::transitions);
-- names that are numbers, of an enum, empty
CREATE TYPE pg_temp.page AS ENUM ('pay', 'home');
SELECT e.* FROM edges((SELECT path_edges(j, NULL, '2025-01-01') FROM (SELECT journey_agg(at, extract(minute FROM at)::int) AS j FROM visits WHERE who = 'bob') s)) e;
SELECT e.* FROM edges((SELECT path_edges(j, NULL, '2025-01-01') FROM (SELECT journey_agg(at, CASE page WHEN 'home' THEN 'home'::pg_temp.page ELSE 'pay' END) AS j FROM visits WHERE who = 'bob') s)) e;
SELECT depth, '<' || source || '>' AS source, target FROM edges((SELECT path_edges(j, NULL, '2025-01-01', path_options(start_at => '')) FROM (SELECT journey_agg(at, CASE page WHEN 'home' THEN '' ELSE page END) AS j FROM visits WHERE who = 'bob') s)) e;
-- rows as far apart as there are times, twice: 109,203,528 days less a microsecond, which a double does not show
SELECT depth, source, target, sessions, average_seconds FROM edges((SELECT path_edges(j, NULL, 'infinity') FROM (SELECT u, journey_agg(at, page) AS j FROM (VALUES (timestamptz '4714-11-24 00:00+00 BC', 'a'), ('294276-12-31 23:59:59.999999+00', 'b')) v (at, page), generate_series(1, 2) u GROUP BY u) s)) e;
SELECT 109203528::float8 * 86400 AS seconds;
-- Rows and splits in any order give the same bytes, through text and binary too.
CREATE TEMP TABLE crowd AS SELECT u, journey_agg(timestamptz '2024-01-01' + (u * g * 37 + g * g) % 130 * interval '1 minute', 'page ' || (u * g) % 9) AS j FROM generate_series(1, 60) u, generate_series(1, 1 + u % 19) g GROUP BY u;
CREATE TEMP TABLE asked AS SELECT timestamptz '2024-01-01 00:20' + n * interval '30 minutes' AS o, p FROM generate_series(0, 4) n, (VALUES (path_options()), (path_options(2, false, reverse => true)), (path_options(start_at => 'page 3')), (path_options(9, end_at => 'page 8'))) v (p);
CREATE TEMP TABLE whole AS SELECT o, p, path_edges(j, '10 minutes', o, p) AS e, transitions(j, '10 minutes', o, (p).collapse) AS t FROM asked, crowd GROUP BY o, p;
CREATE TEMP TABLE parts AS SELECT o, p, u % 4 AS part, path_edges(j, '10 minutes', o, p ORDER BY u DESC) AS e, transitions(j, '10 minutes', o, (p).collapse ORDER BY u DESC) AS t FROM asked, crowd GROUP BY o, p, part;
SELECT count(*) AS asked,
	   count(*) FILTER (WHERE (w.e, w.t) IS NOT DISTINCT FROM (r.e, r.t)) AS direct,
	   count(*) FILTER (WHERE w.e = e_text AND w.t = t_text) AS text,
	   count(*) FILTER (WHERE w.e = e_binary AND w.t = t_binary) AS binary,
	   count(*) FILTER (WHERE w.e::text::path_edges::bytea = w.e::bytea AND w.t::text::transitions::bytea = w.t::bytea) AS text_and_back,
	   count(*) FILTER (WHERE w.e <> w.e OR w.t <> w.t) AS unlike
FROM whole w JOIN (SELECT o, p, rollup(e ORDER BY part) AS e, rollup(t ORDER BY part) AS t, rollup(e::text::path_edges) AS e_text, rollup(t::text::transitions) AS t_text,
						  rollup(e::bytea::path_edges ORDER BY -part) AS e_binary, rollup(t::bytea::transitions ORDER BY -part) AS t_binary FROM parts GROUP BY o, p) r USING (o, p);
SELECT count(*) FILTER (WHERE a.e || b.e = merge(b.e, a.e) AND a.t || b.t = merge(b.t, a.t)) = count(*) AS commutes,
	   count(*) FILTER (WHERE a.e || NULL = a.e AND NULL || a.e = a.e) = count(*) AS null_is_nobody
FROM parts a JOIN parts b USING (o, p);
-- Running and sliding windows, groups, and beside another aggregate.
SELECT bool_and(running = (SELECT path_edges(c.j, '10 minutes', '2024-03-13') FROM crowd c WHERE c.u <= r.u)) AS running,
	   bool_and(sliding = (SELECT path_edges(c.j, '10 minutes', '2024-03-13') FROM crowd c WHERE c.u BETWEEN r.u - 3 AND r.u)) AS sliding
FROM (SELECT u, path_edges(j, '10 minutes', '2024-03-13') OVER (ORDER BY u) AS running, path_edges(j, '10 minutes', '2024-03-13') OVER (ORDER BY u ROWS 3 PRECEDING) AS sliding FROM crowd) r;
SELECT path_edges(j, '10 minutes', '2024-03-13') = (SELECT path_edges(j, '10 minutes', '2024-03-13') FROM crowd) AS same, count(*) FROM crowd;
-- A handle of journeys says the same as its users one by one.
CREATE TEMP TABLE events AS SELECT u, timestamptz '2024-01-01' + (u * g * 37 + g * g) % 130 * interval '1 minute' AS at, 'page ' || (u * g) % 9 AS page FROM generate_series(1, 60) u, generate_series(1, 1 + u % 19) g;
SELECT path_edges(js, '10 minutes', '2024-03-13') = (SELECT path_edges(j, '10 minutes', '2024-03-13') FROM crowd) AS edges, path_edges(js, '10 minutes', '2024-03-13', path_options(reverse => true)) = (SELECT path_edges(j, '10 minutes', '2024-03-13', path_options(reverse => true)) FROM crowd) AS with_options,
	   path_edges(js, '10 minutes', date '2024-03-13') = (SELECT path_edges(j, '10 minutes', date '2024-03-13') FROM crowd) AS of_date, transitions(js, '10 minutes', '2024-03-13') = (SELECT transitions(j, '10 minutes', '2024-03-13') FROM crowd) AS transitions,
	   transitions(js, NULL, date '2024-03-13', false) = (SELECT transitions(j, NULL, date '2024-03-13', false) FROM crowd) AS all_of_them
FROM (SELECT journeys_agg(u, at, page) AS js FROM events) s;
SELECT path_edges(NULL::journeys, '10 minutes', '2024-03-13') IS NULL AS nobody, transitions(NULL::journeys, '10 minutes', '2024-03-13') IS NULL AS no_transitions;
SELECT path_options(), path_options(7, false, 'a', 'b c', true, false);
--
-- Errors
--
CREATE TEMP VIEW handle AS SELECT journeys_agg(u, at, page) AS js FROM events;
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT path_edges(j, NULL, NULL::timestamptz) FROM people'),
	('SELECT path_edges(NULL::journey, NULL, NULL::date) FROM people'),
	('SELECT transitions(j, NULL, NULL::timestamptz) FROM people'),
	('SELECT transitions(j, NULL, ''2024-03-02'', NULL) FROM people'),
	('SELECT path_edges(j, ''1 month'', ''2024-03-02'') FROM people'),
	('SELECT path_edges(j, ''-1 day'', ''2024-03-02'') FROM people'),
	('SELECT path_edges(j, NULL, ''2024-03-02'', NULL) FROM people'),
	('SELECT path_edges(j, NULL, ''2024-03-02'', ROW(5, NULL, NULL, NULL, false, true)::path_options) FROM people'),
	('SELECT path_edges(j, NULL, ''2024-03-02'', ROW(0, true, NULL, NULL, false, true)::path_options) FROM people'),
	('SELECT path_options(max_depth => 0)'),
	('SELECT path_options(max_depth => 1001)'),
	('SELECT path_options(max_depth => NULL)'),
	('SELECT path_options(exits => NULL)'),
	('SELECT path_edges(j, length(who) * interval ''1 day'' * ascii(who), ''2024-03-02'') FROM people'),
	('SELECT path_edges(j, ''1 day'', date ''2024-03-02'' + ascii(who)) FROM people'),
	('SELECT path_edges(j, ''1 day'', ''2024-03-02'', path_options(start_at => who)) FROM people'),
	('SELECT transitions(j, ''1 day'', ''2024-03-02'', who = ''ann'') FROM people'),
	('SELECT path_edges(journey_agg, NULL, ''2024-03-02'') FROM (SELECT journey_agg(at, page = ''home'') FROM visits) s'),
	('SELECT transitions(journey_agg, NULL, ''2024-03-02'') FROM (SELECT journey_agg(at, page = ''home'') FROM visits) s'),
	('SELECT path_edges(partial(j), NULL, ''2024-03-02'') FROM people'),
	('SELECT transitions(partial(j), NULL, ''2024-03-02'') FROM people'),
	('SELECT path_edges(js, NULL, NULL::timestamptz) FROM handle'),
	('SELECT path_edges(js, NULL, ''2024-03-02'', NULL) FROM handle'),
	('SELECT path_edges(js, NULL, ''2024-03-02'') FROM (SELECT journeys_agg(u, at, page = ''page 1'') AS js FROM events) s'),
	('SELECT edges(path_edges(j, NULL, ''2024-03-02''), NULL) FROM people'),
	('SELECT merge(a.e, b.e) FROM whole a, whole b WHERE a.o = b.o'),
	('SELECT rollup(t) FROM whole'),
	('SELECT merge(x, x) FROM (SELECT ''\x01000000010161010000808080808080808020''::transitions) v (x)'),
	('SELECT length(s.t::bytea) FROM (SELECT transitions(j, NULL, ''2100-01-01'', false) FROM (SELECT journey_agg(timestamptz ''2024-01-01'' + i * interval ''1 second'', ''page '' || (i / 1009 + 1) * (i % 1009) % 1009) AS j FROM generate_series(0, 1008 * 1009 - 1) i) s) s (t)')) v (statement);
-- The limit is of different edges: 1,009 names are each behind each other one in 1,008 rounds, each with steps of another size; 991 rounds are 999,918 pairs and two ends.
SELECT count(*) FROM cells((SELECT transitions(j, NULL, '2100-01-01', false) FROM (SELECT journey_agg(timestamptz '2024-01-01' + i * interval '1 second', 'page ' || (i / 1009 + 1) * (i % 1009) % 1009) AS j FROM generate_series(0, 991 * 1009 - 1) i) s));
-- What is not canonical, or cannot be: head (version, flags, as_of, gap, max_depth, start_at, end_at), names, edges.
SELECT what, pg_temp.problem(format('SELECT %L::user_ops.path_edges', value)) FROM (VALUES
	('nothing', ''), ('no bytes', '\x'), ('no hex', '01'), ('no digit', '\x0g'),
	('valid', '\x01000002' || '0201610162' || '01' || '010102020100'),
	('version 2', '\x02000002' || '0201610162' || '01' || '010102020100'),
	('version 0', '\x00000002' || '0201610162' || '01' || '010102020100'),
	('a flag that there is not', '\x01400002' || '0201610162' || '01' || '010102020100'),
	('as_of with a superfluous byte', '\x0100800002' || '0201610162' || '01' || '010102020100'),
	('depth 0', '\x01000000' || '0201610162' || '01' || '010102020100'),
	('depth 1000', '\x010000e807' || '0201610162' || '01' || '010102020100'),
	('depth 1001', '\x010000e907' || '0201610162' || '01' || '010102020100'),
	('the longest gap', '\x010800ffffffffffffffff7f02' || '0201610162' || '01' || '010102020100'),
	('a longer one', '\x01080080808080808080808001' || '02' || '0201610162' || '01' || '010102020100'),
	('start_at', '\x011000020178' || '0201610162' || '01' || '010102020100'),
	('start_at with a byte 0', '\x011000020100' || '0201610162' || '01' || '010102020100'),
	('start_at that is cut off', '\x0110000205616263'),
	('end_at that is not there', '\x01200002'),
	('names that descend', '\x01000002' || '0201620161' || '01' || '010102020100'),
	('a name twice', '\x01000002' || '0201610161' || '01' || '010102020100'),
	('a name with a byte 0', '\x01000002' || '0201000162' || '01' || '010102020100'),
	('a name without an edge', '\x01000002' || '03016101620163' || '01' || '010102020100'),
	('fewer names than are said', '\x01000002' || '0401610162'),
	('fewer edges', '\x01000002' || '0201610162' || '02' || '010102020100'),
	('more edges', '\x01000002' || '0201610162' || '00' || '010102020100'),
	('too many edges', '\x01000002' || '0201610162' || 'c1843d' || '010102020100'),
	('an edge at depth 0', '\x01000002' || '0201610162' || '01' || '000102020100'),
	('an edge below max_depth', '\x01000002' || '0201610162' || '01' || '030102020100'),
	('a source that there is not', '\x01000002' || '0201610162' || '01' || '010302020100'),
	('a target that there is not', '\x01000002' || '0201610162' || '01' || '010103020100'),
	('neither source nor target', '\x01000002' || '0201610162' || '01' || '0100000201'),
	('an exit where none count', '\x01000002' || '010161' || '01' || '0101000201'),
	('an exit', '\x01040002' || '010161' || '01' || '0101000201'),
	('an exit behind end_at', '\x012400020178' || '010161' || '01' || '0101000201'),
	('an exit in reverse', '\x01060002' || '010161' || '01' || '0101000201'),
	('an entry in reverse', '\x01060002' || '010161' || '01' || '0100010201'),
	('an entry before start_at', '\x011600020178' || '010161' || '01' || '0100010201'),
	('an entry from the front', '\x01040002' || '010161' || '01' || '0100010201'),
	('equal neighbours', '\x01000002' || '010161' || '01' || '010101020100'),
	('equal neighbours that are one', '\x01010002' || '010161' || '01' || '010101020100'),
	('no sessions', '\x01000002' || '0201610162' || '01' || '010102000000'),
	('no users', '\x01000002' || '0201610162' || '01' || '010102020000'),
	('more users than sessions', '\x01000002' || '0201610162' || '01' || '010102020300'),
	('a time below 0', '\x01000002' || '0201610162' || '01' || '010102020101'),
	('the longest time of one session', '\x01000002' || '0201610162' || '01' || '0101020101feffffffffffffffff03'),
	('a longer one', '\x01000002' || '0201610162' || '01' || '010102010180808080808080808004'),
	('a second target beyond the names', '\x01000002' || '0201610162' || '02' || '010102020100' || '000000020100'),
	('bytes behind', '\x01000002' || '0201610162' || '01' || '01010202010000')) v (what, value);
SELECT what, pg_temp.problem(format('SELECT %L::user_ops.transitions', value)) FROM (VALUES
	('valid', '\x01000000' || '0201610162' || '01' || '010202'),
	('a beginning and an end', '\x01000000' || '010161' || '02' || '000002' || '010002'),
	('the same with a gap, and all equal neighbours one', '\x0109000a00' || '010161' || '02' || '000002' || '010002'),
	('equal neighbours that are one', '\x01010000' || '010161' || '02' || '000002' || '010102'),
	('a depth', '\x01000001' || '0201610162' || '01' || '010202'),
	('in reverse', '\x01020000' || '0201610162' || '01' || '010202'),
	('neither source nor target', '\x01000000' || '010161' || '02' || '010102' || '000002'),
	('never', '\x01000000' || '0201610162' || '01' || '010200'),
	('cut off', '\x01000000' || '0201610162' || '02' || '010202' || '01'),
	('bytes behind', '\x01000000' || '0201610162' || '01' || '01020200')) v (what, value);
SELECT left(pg_temp.problem(format('SELECT %L::bytea::user_ops.path_edges', '\x02')), 70);
-- Cut off anywhere, a value is refused.
SELECT count(*) = length(e::bytea) AS edges FROM whole, generate_series(0, length(e::bytea) - 1) AS size
WHERE o = '2024-01-01 01:20' AND p = path_options() AND pg_temp.problem(format('SELECT %L::user_ops.path_edges', '\x' || encode(substr(e::bytea, 1, size), 'hex'))) LIKE '22P02%' GROUP BY e::bytea;
SELECT count(*) = length(t::bytea) AS transitions FROM whole, generate_series(0, length(t::bytea) - 1) AS size
WHERE o = '2024-01-01 01:20' AND p = path_options() AND pg_temp.problem(format('SELECT %L::user_ops.transitions', '\x' || encode(substr(t::bytea, 1, size), 'hex'))) LIKE '22P02%' GROUP BY t::bytea;

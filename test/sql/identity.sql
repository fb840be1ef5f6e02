SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
CREATE FUNCTION pg_temp.persons(g identity_graph, mode identity_mode DEFAULT 'last', max_users int DEFAULT 3, max_ids int DEFAULT 50, as_of date DEFAULT '2024-04-10') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', left(kind, 1), id, '= ' || canonical_id, nullif(status, 'ok'), ids || '/' || users), ', ') FROM identity_map(g, as_of, NULL::text, identity_options(mode, max_users, max_ids))
$$;
CREATE TEMP TABLE logins (device text, customer text, day date);
-- Bob logs in on Alice's old phone, and then she does again (PostHog, issue 11873).
INSERT INTO logins VALUES ('phone', 'Alice', '2024-01-01'), ('laptop', 'Alice', '2024-01-02'), ('tablet', 'Bob', '2024-01-03'), ('tablet', 'Alice', '2024-01-04');
CREATE TEMP TABLE made AS SELECT identity_agg(device, customer, day) AS g FROM logins;
-- The tablet is of who logged in there last, Alice; by first it is Bob's; by components all of it is one person, whom Alice, seen first, gives the name. Users are united there only.
SELECT m.* FROM made, identity_map(g, '2024-04-10', NULL::text) AS m;
SELECT mode, pg_temp.persons(g, mode) AS persons FROM made, unnest(enum_range(NULL::identity_mode)) AS mode;
SELECT mode, c.* FROM made, unnest(enum_range(NULL::identity_mode)) AS mode, identity_counts(g, '2024-04-10', identity_options(mode)) AS c;
-- Logins from as_of on do not exist, nor do ids that are in no other.
SELECT as_of, pg_temp.persons(g, as_of => as_of) AS persons, c.* FROM made, (VALUES (date '2024-01-01'), ('2024-01-02'), ('2024-01-04')) AS v (as_of), identity_counts(g, as_of) AS c;
-- A pair that is met before as_of and after it: the tablet is Bob's until Alice comes back.
SELECT as_of, pg_temp.persons(identity_agg(d, c, day), as_of => as_of) AS persons
FROM (VALUES ('tablet', 'Alice', date '2024-01-01'), ('tablet', 'Bob', '2024-01-03'), ('tablet', 'Alice', '2024-01-05')) AS v (d, c, day), (VALUES (date '2024-01-05'), ('2024-01-06')) AS a (as_of) GROUP BY as_of ORDER BY as_of;
-- A kiosk with more than three users is nobody's, and unites nobody; it does not say who was seen first, either: b1 is older than a1 only there. By a limit of 4 it is one more device.
CREATE TEMP TABLE kiosk AS SELECT identity_agg(d, c, day) AS g
FROM (VALUES ('kiosk', 'b1', date '2024-01-01'), ('kiosk', 'a1', '2024-01-02'), ('kiosk', 'c1', '2024-01-03'), ('kiosk', 'd1', '2024-01-04'), ('p', 'a1', '2024-01-08'), ('p', 'b1', '2024-01-09')) AS v (d, c, day);
SELECT mode, max_users, pg_temp.persons(g, mode, max_users) AS persons FROM kiosk, (VALUES ('last'::identity_mode, 3), ('components', 3), ('components', 4)) AS v (mode, max_users);
-- A chain of three users and three devices has six ids: with max_ids 5 nobody is united, and the devices go as by last.
CREATE TEMP TABLE chain AS SELECT identity_agg(d, c, day) AS g FROM (VALUES ('a1', 'u1', date '2024-01-01'), ('a1', 'u2', '2024-01-02'), ('a2', 'u2', '2024-01-03'), ('a2', 'u3', '2024-01-04'), ('a3', 'u3', '2024-01-05')) AS v (d, c, day);
SELECT max_ids, pg_temp.persons(g, 'components', max_ids => max_ids) AS persons, c.persons AS n, c.over_merged, c.largest FROM chain, (VALUES (5), (6)) AS v (max_ids), identity_counts(g, '2024-04-10', identity_options('components', max_ids => max_ids)) AS c;
-- What to look at first, whatever the mode: the largest first.
SELECT s.* FROM (SELECT k.g || c.g AS g FROM kiosk AS k, chain AS c) AS both_of_them, identity_suspects(g, '2024-04-10', NULL::text, identity_options(max_ids => 5)) AS s;
SELECT count(*) AS suspects FROM chain, identity_suspects(g, '2024-04-10', NULL::text) AS s;
-- Of one last day the user with more logins, then the smaller one; of one first day alike. Logins of any day count.
SELECT mode, pg_temp.persons(identity_agg(d, c, day), mode) AS persons
FROM (VALUES ('few', 'a', date '2024-01-02'), ('few', 'b', '2024-01-02'), ('few', 'b', '2024-01-02'), ('tie', 'b', '2024-01-02'), ('tie', 'a', '2024-01-02'),
			 ('many', 'a', '2024-01-01'), ('many', 'a', '2024-01-09'), ('many', 'b', '2024-01-02'), ('many', 'b', '2024-01-03'), ('many', 'b', '2024-01-09')) AS v (d, c, day), (VALUES ('last'::identity_mode), ('first')) AS m (mode) GROUP BY mode ORDER BY mode;
-- A person is known by the user seen first, also when a smaller id comes later; of one day by the smaller one.
SELECT pg_temp.persons(identity_agg(d, c, day), 'components') AS persons FROM (VALUES ('p', 'zoe', date '2024-01-01'), ('p', 'ann', '2024-01-02'), ('q', 'max', '2024-01-03'), ('q', 'eve', '2024-01-03')) AS v (d, c, day);
-- Two namespaces: 7 and 7 are a device and a user. Numbers come by size; of one type both may be read as bigint.
SELECT m.* FROM (SELECT identity_agg(d, c, '2024-01-01') AS g FROM (VALUES (7, 7), (-1, 7), (10, 9223372036854775807), (9, -9223372036854775808)) AS v (d, c)) AS s, identity_map(g, '2024-02-01', NULL::bigint) AS m;
SELECT pg_temp.persons(identity_agg(d, c, '2024-01-01')) AS of_texts_and_numbers FROM (VALUES ('7', 7), ('10', 7), ('9', 10), ('', 9)) AS v (d, c);
SELECT pg_temp.persons(identity_agg(c, d, '2024-01-01')) AS of_numbers_and_texts FROM (VALUES ('7', 7), ('10', 7), ('9', 10), ('', 9)) AS v (d, c);
-- Texts are told apart and put in order by their bytes; varchar and unknown literals are texts.
SELECT pg_temp.persons(identity_agg(d::varchar, c, '2024-01-01')) AS persons FROM (VALUES ('b', 'x'), ('B', 'x'), ('é', 'X'), ('用户', ''), ('ba', '')) AS v (d, c);
-- Rows with a NULL are skipped; nothing of nobody.
SELECT pg_temp.persons(identity_agg(d, c, day)) AS persons FROM (VALUES (NULL, 'u1', date '2024-01-01'), ('a1', NULL, '2024-01-01'), ('a1', 'u1', NULL), ('a2', 'u2', '2024-01-02')) AS v (d, c, day);
SELECT identity_agg(device, customer, day) IS NULL AS none FROM logins WHERE false;
SELECT (SELECT count(*) FROM identity_map(NULL, '2024-01-01', NULL::text)) AS map, (SELECT count(*) FROM identity_suspects(NULL, '2024-01-01', NULL::bigint)) AS suspects, c FROM identity_counts(NULL, '2024-01-01') AS c;
-- Merged, in any order, it is the graph of all; of one part twice the logins are twice there, and nothing else.
SELECT bool_and(m = g) AS same FROM made, LATERAL (SELECT rollup(p.g ORDER BY k * ascii(device)) AS m FROM (VALUES (1), (-1)) AS k (k), LATERAL (SELECT device, identity_agg(device, customer, day) AS g FROM logins GROUP BY device) AS p GROUP BY k) AS s;
SELECT c.logins, pg_temp.persons(g || g, 'components') = pg_temp.persons(g, 'components') AS same_persons FROM made, identity_counts(merge(g, g || NULL), '2024-04-10') AS c;
--
-- The values, by hand: version, kinds (bit 0: texts of devices, bit 1: of users), how many of each, rows, the first day 2024-01-01 is 8766 (zigzag 17532), each text with how many bytes it shares with the one before; behind that the rows by a range coder.
--	01 03 02 01 02 fc8801	00 02 6161	02 01 62	00 01 61
--	01 02 01 01 01 fc8801	13 (-10 by zigzag)	00 01 61
--
SELECT left((identity_agg(a, b, d)::bytea)::text, 38) AS texts FROM (VALUES ('aa', 'a', date '2024-01-01'), ('aab', 'a', '2024-01-02')) AS v (a, b, d);
SELECT left((identity_agg(-10, 'a', '2024-01-01')::bytea)::text, 26) AS mixed, identity_agg(-10, 'a', '2024-01-01')::bytea::identity_graph = identity_agg(-10, 'a', '2024-01-01') AS same;
-- Bytes that are none: cut off, of another version, of no ids, with an id that has no row, with more behind.
SELECT what, pg_temp.problem(format('SELECT %L::bytea::identity_graph', bytes)) AS problem
FROM (SELECT identity_agg(a, b, '2024-01-01')::bytea AS v FROM (VALUES ('aa', 'c'), ('aab', 'c')) AS v (a, b)) AS s,
	 LATERAL (VALUES ('nothing', ''::bytea), ('cut off', substr(v, 1, 12)), ('version', set_byte(v, 0, 2)), ('kinds', set_byte(v, 1, 7)), ('no devices', set_byte(v, 2, 0)), ('no users', set_byte(v, 3, 0)), ('a zero', set_byte(v, 10, 0)), ('more', v || '\x01')) AS c (what, bytes);
SELECT pg_temp.problem($$SELECT 'nonsense!'::identity_graph$$) AS text_input;
-- A text that shares more with the one before it than that has: refused before 210 MB are made room for, which it asks for in 24 bytes.
SELECT pg_temp.problem($$SELECT '\x01020101018a8901018a89f2660006757365722037000000'::bytea::identity_graph$$) AS no_room;
-- A text that the encoding does not have comes out as an error.
SELECT pg_temp.answer(format('SELECT count(id) FROM identity_map(%L::bytea::identity_graph, %L, NULL::text)', set_byte(v, 10, 255), '2024-02-01')) AS answer FROM (SELECT identity_agg('a', 'b', '2024-01-01')::bytea AS v) AS s;
-- 255 bytes, not characters.
SELECT length(id) FROM (SELECT identity_agg(repeat('é', 127) || 'x', 1, '2024-01-01') AS g) AS s, identity_map(g, '2024-02-01', NULL::text) WHERE kind = 'anonymous';
-- Errors: limits, NULLs, an id type that the graph does not have, ids of two types in one, no or an infinite day.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT identity_options(max_users => 0)'), ('SELECT identity_options(max_ids => 1)'), ('SELECT identity_options(NULL)'), ('SELECT identity_options(max_ids => NULL)'),
	('SELECT count(*) FROM made, identity_map(g, ''2024-01-01'', NULL::text, ROW(''last'', 0, 50)::identity_options)'), ('SELECT count(*) FROM made, identity_map(g, ''2024-01-01'', NULL::text, NULL)'),
	('SELECT count(*) FROM made, identity_map(g, ''2024-01-01'', NULL::bigint)'), ('SELECT count(*) FROM (SELECT identity_agg(1, ''b'', ''2024-01-01'') AS g) AS s, identity_suspects(g, ''2024-01-01'', NULL::bigint)'),
	('SELECT g || other FROM made, (SELECT identity_agg(''a'', 1, ''2024-01-01'') AS other) AS o'), ('SELECT identity_agg(repeat(''é'', 128), 1, ''2024-01-01'')'), ('SELECT identity_agg(1, repeat(''x'', 256), ''2024-01-01'')'),
	('SELECT count(*) FROM made, identity_map(g, NULL, NULL::text)'), ('SELECT count(*) FROM identity_map(NULL, NULL, NULL::text)'), ('SELECT c FROM made, identity_counts(g, ''infinity'') AS c'),
	('SELECT identity_agg(1, 2, ''infinity'')'), ('SELECT user_ops_internal.identity_add(NULL, 1, 2, ''2024-01-01'')')) AS v (q);

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
CREATE FUNCTION pg_temp.tree(r referrals, as_of date DEFAULT '2024-02-01') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', user_id, 'by ' || inviter, 'on ' || invited_on, 'root ' || root, 'g' || generation, direct || '/' || descendants, CASE WHEN cut THEN 'cut' END), ', ') FROM referral_tree(r, as_of, NULL::bigint)
$$;
CREATE TEMP TABLE invitations (inviter int, invitee int, day date);
INSERT INTO invitations VALUES (1, 2, '2024-01-01'), (1, 3, '2024-01-02'), (3, 4, '2024-01-02'), (4, 5, '2024-01-09'), (7, 8, '2024-01-20');
CREATE TEMP TABLE made AS SELECT referral_agg(inviter, invitee, day) AS r FROM invitations;
-- 1 brought 2 and 3, 3 brought 4, 4 brought 5: from 1 four descendants, of whom two are direct. 7 and 8 are a tree of their own.
SELECT t.* FROM made, referral_tree(r, '2024-02-01', NULL::bigint) AS t;
SELECT c.* FROM made, referral_counts(r, '2024-02-01') AS c;
-- Rows from as_of on do not exist, nor do their users.
SELECT pg_temp.tree(r, '2024-01-02') AS tree FROM made;
SELECT as_of, c.* FROM made, (VALUES (date '2024-01-01'), ('2024-01-02'), ('2024-01-10')) AS v (as_of), referral_counts(r, as_of) AS c;
-- One inviter: of the earliest day, then the smaller one. The others, and the same once more, are duplicates; those from as_of on are none yet.
CREATE TEMP TABLE often AS SELECT referral_agg(a, b, d) AS r FROM (VALUES (5, 9, date '2024-01-04'), (4, 9, '2024-01-03'), (3, 9, '2024-01-03'), (3, 9, '2024-01-03'), (3, 9, '2024-01-08')) AS v (a, b, d);
SELECT pg_temp.tree(r) AS tree FROM often;
SELECT as_of, c.invitations, c.users, c.invited_users, c.duplicates FROM often, (VALUES (date '2024-01-04'), ('2024-01-05'), ('2024-02-01')) AS v (as_of), referral_counts(r, as_of) AS c;
-- Who invites himself is counted, and a user; negative ids come first.
SELECT pg_temp.tree(r), c.* FROM (SELECT referral_agg(a, b, '2024-01-01') AS r FROM (VALUES (1, 1), (1, -2), (6, 6)) AS v (a, b)) AS s, referral_counts(r, '2024-02-01') AS c;
-- A circle loses its latest edge: who invited first was there first. A tail hangs on it, and the one who is cut has a root of his own: himself.
SELECT pg_temp.tree(r), c.* FROM (SELECT referral_agg(a, b, d) AS r FROM (VALUES (1, 2, date '2024-01-01'), (2, 1, '2024-01-06')) AS v (a, b, d)) AS s, referral_counts(r, '2024-02-01') AS c;
SELECT pg_temp.tree(r, '2024-01-06') AS before_it FROM (SELECT referral_agg(a, b, d) AS r FROM (VALUES (1, 2, date '2024-01-01'), (2, 1, '2024-01-06')) AS v (a, b, d)) AS s;
-- Of one day the largest invitee is cut.
SELECT pg_temp.tree(referral_agg(a, b, d)) FROM (VALUES (1, 2, date '2024-01-05'), (2, 3, '2024-01-05'), (3, 1, '2024-01-05'), (3, 7, '2024-01-07')) AS v (a, b, d);
-- The ends of bigint; nothing of nobody; rows with a NULL are skipped.
SELECT pg_temp.tree(referral_agg(a, b, '2024-01-01')) FROM (VALUES (9223372036854775807, -9223372036854775808), (-9223372036854775808, 0)) AS v (a, b);
SELECT referral_agg(inviter, invitee, day) IS NULL AS none FROM invitations WHERE false;
SELECT (SELECT count(*) FROM referral_tree(NULL, '2024-01-01', NULL::bigint)) AS tree, c FROM referral_counts(NULL, '2024-01-01') AS c;
SELECT pg_temp.tree(referral_agg(a, b, d)), referral_agg(a, b, d) FILTER (WHERE a IS NULL OR b IS NULL OR d IS NULL) IS NULL AS none FROM (VALUES (NULL, 2, date '2024-01-01'), (1, NULL, '2024-01-01'), (1, 3, NULL), (1, 4, '2024-01-03')) AS v (a, b, d);
-- Texts: told apart and put in order by their bytes; varchar and unknown literals are texts, and an empty one is a user.
SELECT t.* FROM (SELECT referral_agg(a, b, d) AS r FROM (VALUES ('b', 'x', date '2024-01-01'), ('B', 'x', '2024-01-01'), ('B', 'b', '2024-01-02'), ('', 'B', '2024-01-03'), ('é', 'B', '2024-01-03'), ('用户', 'é', '2024-01-03'), ('ba', 'z', '2024-01-05')) AS v (a, b, d)) AS s, referral_tree(r, '2024-02-01', NULL::text) AS t;
SELECT user_id, inviter FROM (SELECT referral_agg(a::varchar, 'z', '2024-01-01') AS r FROM (VALUES ('b'), ('a')) AS v (a)) AS s, referral_tree(r, '2024-02-01', NULL) AS t;
SELECT user_id, root FROM (SELECT referral_agg(a::uuid::text, b::uuid::text, '2024-01-01') AS r FROM (VALUES ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000009')) AS v (a, b)) AS s, referral_tree(r, '2024-02-01', NULL::text) AS t;
-- Merged, in any order, and of one part twice: then all are twice there.
SELECT bool_and(m = r) AS same FROM made, LATERAL (SELECT rollup(p.r ORDER BY k * inviter) AS m FROM (VALUES (1), (-1)) AS k (k), LATERAL (SELECT inviter, referral_agg(inviter, invitee, day) AS r FROM invitations GROUP BY inviter) AS p GROUP BY k) AS s;
SELECT c.* FROM made, referral_counts(merge(r, r || NULL), '2024-02-01') AS c;
SELECT pg_temp.tree(r || r) = pg_temp.tree(r) AS same_tree FROM made;
--
-- The values, by hand: version, kind (1: texts), 3 ids, 2 rows, the first day 2024-01-01 is 8766 (zigzag 17532), each text with how many bytes it shares with the one before; behind that the rows by a range coder.
--	01 01 03 02 fc8801	00 02 6161	02 01 62	00 01 63
--	01 00 03 02 fc8801	13 (-10 by zigzag)
--
SELECT left((referral_agg(a, b, d)::bytea)::text, 36) AS texts FROM (VALUES ('aa', 'aab', date '2024-01-01'), ('aab', 'c', '2024-01-02')) AS v (a, b, d);
SELECT left((referral_agg(a, b, d)::bytea)::text, 18) AS numbers, referral_agg(a, b, d)::bytea::referrals = referral_agg(a, b, d) AS same FROM (VALUES (-10, 5, date '2024-01-01'), (5, 6, '2024-01-02')) AS v (a, b, d);
-- Bytes that are none: cut off, of another version, of no ids, with an id that has no row, with more behind.
SELECT what, pg_temp.problem(format('SELECT %L::bytea::referrals', bytes)) AS problem
FROM (SELECT referral_agg(a, b, '2024-01-01')::bytea AS v FROM (VALUES ('aa', 'aab'), ('aab', 'c')) AS v (a, b)) AS s,
	 LATERAL (VALUES ('nothing', ''::bytea), ('cut off', substr(v, 1, 12)), ('version', set_byte(v, 0, 2)), ('no ids', set_byte(v, 2, 0)), ('one id less', set_byte(v, 2, 2)), ('a zero', set_byte(v, 9, 0)), ('more', v || '\x01')) AS c (what, bytes);
SELECT pg_temp.problem($$SELECT 'nonsense!'::referrals$$) AS text_input;
-- A text that the encoding does not have comes out as an error.
SELECT pg_temp.answer(format('SELECT count(user_id) FROM referral_tree(%L::bytea::referrals, %L, NULL::text)', set_byte(v, 12, 255), '2024-02-01')) AS answer FROM (SELECT referral_agg('a', 'b', '2024-01-01')::bytea AS v) AS s;
-- Errors: an id type that is not the state's, ids of two types in one, no or an infinite day.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT count(*) FROM made, referral_tree(r, ''2024-01-01'', NULL::text)'), ('SELECT count(*) FROM (SELECT referral_agg(''a'', ''b'', ''2024-01-01'') AS r) AS s, referral_tree(r, ''2024-01-01'', NULL::bigint)'),
	('SELECT r || other FROM made, (SELECT referral_agg(''a'', ''b'', ''2024-01-01'') AS other) AS o'), ('SELECT rollup(x) FROM (SELECT r FROM made UNION ALL SELECT referral_agg(''a'', ''b'', ''2024-01-01'')) AS s (x)'),
	('SELECT count(*) FROM made, referral_tree(r, NULL, NULL::bigint)'), ('SELECT c FROM made, referral_counts(r, NULL) AS c'), ('SELECT count(*) FROM made, referral_tree(r, ''infinity'', NULL::bigint)'),
	('SELECT c FROM made, referral_counts(r, ''-infinity'') AS c'), ('SELECT referral_agg(1, 2, ''infinity'')'), ('SELECT user_ops_internal.referral_add(NULL, 1, 2, ''2024-01-01'')')) AS v (q);
-- Growth by word of mouth. Skok: 10 users who bring 2 each, in cycles of 2 days, after 20 days: 10 * (2^11 - 1) = 20470. At k = 1 as many each cycle, at 0 nobody more; without any days those who are there.
SELECT viral_users(10, 2, 2, 20) AS skok, viral_users(100, 1, 7, 28) AS one, viral_users(100, 0, 7, 28) AS none, viral_users(100, 0.5, 7, 0) AS no_days, viral_users(0, 2, 2, 20) AS nobody, viral_users(NULL, 1, 1, 1) IS NULL AS unknown;
-- Around k = 1 there is no step: the slope is u * x * (x - 1) / 2, with x = 28 / 7 + 1 cycles 100 * 10.
SELECT round(((viral_users(100, 1 + 1e-9, 7, 28) - 500) / 1e-9)::numeric, 2) AS above, round(((500 - viral_users(100, 1 - 1e-9, 7, 28)) / 1e-9)::numeric, 2) AS below;
SELECT pg_temp.answer(q) AS answer FROM (VALUES ('SELECT viral_users(-1, 1, 1, 1)'), ('SELECT viral_users(1, -0.1, 1, 1)'), ('SELECT viral_users(1, ''NaN'', 1, 1)'), ('SELECT viral_users(1, 1, 0, 1)'), ('SELECT viral_users(1, 1, ''inf'', 1)'), ('SELECT viral_users(1, 1, 1, -1)'), ('SELECT viral_users(1, 2, 1, 2000)')) AS v (q);

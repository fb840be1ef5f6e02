SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand. Of 6 users 4 have tea, 3 milk, 2 jam and 1 bread; the last one has nothing before February.
CREATE TEMP TABLE rows (u int, item text, day date);
INSERT INTO rows VALUES (1, 'tea', '2024-01-02'), (1, 'tea', '2024-01-09'), (1, 'milk', '2024-01-03'), (2, 'tea', '2024-01-04'), (2, 'milk', '2024-01-04'), (2, 'jam', '2024-01-05'),
	(3, 'tea', '2024-01-07'), (3, 'milk', '2024-01-01'), (4, 'tea', '2024-01-08'), (5, 'jam', '2024-01-08'), (5, 'bread', '2024-01-09'), (6, 'milk', '2024-02-03'), (7, NULL, '2024-01-01');
CREATE TEMP TABLE baskets AS SELECT u, basket_agg(item, day) AS basket FROM rows GROUP BY u;
CREATE TEMP TABLE made AS SELECT item_affinity(basket, '2024-01-10') AS a FROM baskets;
-- 5 users count. Tea and milk have 3 in common: support 3/5, confidence 3/4 and 3/3, lift 3 * 5 / (4 * 3), jaccard 3/4, cosine 3 / sqrt(12);
-- llr 2 * (3 ln(3 / 2.4) + 1 ln(1 / 1.6) + 0 + 1 ln(1 / 0.4)) = 2 * (0.6694 - 0.4700 + 0.9163) = 2.2314.
SELECT item, other, users_item, users_other, users_both, users, round(support::numeric, 4) AS support, round(confidence::numeric, 4) AS confidence, round(lift::numeric, 4) AS lift, round(jaccard::numeric, 4) AS jaccard, round(cosine::numeric, 4) AS cosine, round(llr::numeric, 4) AS llr, positive
FROM made, pairs(a, NULL::text, 1) AS p;
SELECT item, other, users_both FROM made, pairs(a, NULL::text) AS p;
SELECT p.* FROM made, popular_items(a, NULL::text) AS p;
SELECT item, other, place, round(score::numeric, 4) AS score, users_both FROM made, neighbours(a, NULL::text, min_users => 1) AS n;
SELECT measure, string_agg(format('%s %s', other, round(score::numeric, 3)), ', ' ORDER BY place) AS of_tea FROM made, unnest(enum_range(NULL::item_measure)) AS measure, neighbours(a, NULL::text, measure, 2, 1) AS n WHERE item = 'tea' GROUP BY measure ORDER BY measure;
-- Of equal scores the one with more users of both is first, then the smaller one.
SELECT n.item, n.other, n.place FROM (SELECT item_affinity(b, '2024-02-01') AS a FROM (SELECT basket_agg(i, '2024-01-01'::date) AS b FROM (VALUES (1, 1), (1, 3), (1, 2), (2, 1), (2, 2), (2, 3), (3, 4)) AS v (u, i) GROUP BY u) AS s) AS s, neighbours(a, NULL::bigint, 'confidence', 3, 1) AS n;
-- As of a day: what comes later does not exist; from a day on: what was before does not count, nor who has nothing since.
SELECT as_of, (SELECT string_agg(format('%s %s', item, users), ', ') FROM popular_items(a, NULL::text)) AS popular, (SELECT string_agg(format('%s-%s %s', item, other, users_both), ', ') FROM pairs(a, NULL::text, 1) WHERE item < other) AS pairs
FROM (SELECT as_of, item_affinity(basket, as_of) AS a FROM baskets, unnest('{2024-01-01,2024-01-04,2024-01-06,2024-02-04}'::date[]) AS as_of GROUP BY as_of) AS s ORDER BY as_of;
SELECT items_from, (SELECT string_agg(format('%s %s', item, users), ', ') FROM popular_items(a, NULL::text)) AS popular, (SELECT string_agg(format('%s-%s %s of %s', item, other, users_both, users), ', ') FROM pairs(a, NULL::text, 1) WHERE item < other) AS pairs
FROM (SELECT items_from, item_affinity(basket, '2024-01-10', affinity_options(items_from => items_from)) AS a FROM baskets, unnest('{2024-01-01,2024-01-04,2024-01-08}'::date[]) AS items_from GROUP BY items_from) AS s ORDER BY items_from;
-- At most max_items of a user: those with the latest last day, of one day the smaller ones. User 1 keeps tea, 2 jam, 3 tea, 5 bread.
SELECT max_items, users_cut(a), (SELECT string_agg(format('%s %s', item, users), ', ') FROM popular_items(a, NULL::text)) AS popular FROM (SELECT max_items, item_affinity(basket, '2024-01-10', affinity_options(max_items => max_items)) AS a FROM baskets, unnest('{1,2,3}'::int[]) AS max_items GROUP BY max_items) AS s ORDER BY max_items;
SELECT string_agg(item, ' ') FROM (SELECT item_affinity(basket_agg(item, day), '2024-02-01', affinity_options(max_items => 2)) OVER () AS a FROM (VALUES ('c', date '2024-01-02'), ('b', '2024-01-02'), ('a', '2024-01-02'), ('d', '2024-01-01')) AS v (item, day)) AS s, popular_items(a, NULL::text);
-- With a half-life of 2 days weights are 65536 * 2^(-age / 2): of tea 65536 (user 1), 32768 / 2 = ages 0, 5, 2, 1; of milk 6, 5, 8. The cosine is that of the weights, all else is of users.
SELECT item, users, weight = CASE item WHEN 'tea' THEN (65536 + 11585 + 32768 + 46341) / 65536.0 WHEN 'milk' THEN (8192 + 11585 + 4096) / 65536.0 WHEN 'jam' THEN (16384 + 46341) / 65536.0 ELSE 1 END AS as_by_hand FROM (SELECT item_affinity(basket, '2024-01-10', affinity_options(2)) AS a FROM baskets) AS s, popular_items(a, NULL::text);
SELECT round(cosine::numeric, 12) AS cosine, round(((65536 * 8192.0 + 11585 * 11585.0 + 32768 * 4096.0) / sqrt((65536 * 65536.0 + 11585 * 11585.0 + 32768 * 32768.0 + 46341 * 46341.0) * (8192 * 8192.0 + 11585 * 11585.0 + 4096 * 4096.0)))::numeric, 12) AS by_hand, round(llr::numeric, 4) AS llr
FROM (SELECT item_affinity(basket, '2024-01-10', affinity_options(2)) AS a FROM baskets) AS s, pairs(a, NULL::text) WHERE item = 'tea' AND other = 'milk';
-- Long ago: nothing weighs anything, so that nothing is near by cosine, and pairs have a cosine of 0.
SELECT (SELECT count(*) FROM pairs(a, NULL::text) WHERE cosine = 0) AS pairs, (SELECT count(*) FROM neighbours(a, NULL::text, 'cosine')) AS by_cosine, (SELECT count(*) FROM neighbours(a, NULL::text, 'jaccard')) AS by_jaccard FROM (SELECT item_affinity(basket, '2054-01-10', affinity_options(2)) AS a FROM baskets) AS s;
-- The log-likelihood ratio: Dunning's table 1 has 270.72 for "the swiss"; none together as by chance; nobody.
SELECT round(llr(110, 2442, 111, 29114)::numeric, 2) AS the_swiss, llr(1, 1, 1, 1) AS as_by_chance, llr(10, 0, 0, 0) AS all, llr(0, 0, 0, 0) AS nobody, round(llr(0, 10, 10, 0)::numeric, 6) AS never, round((4 * 10 * ln(2))::numeric, 6) AS four_tens_of_ln_2, llr(NULL, 1, 1, 1) IS NULL AS unknown;
-- Near independence nothing cancels: by a series in t = 1 / (2 * 10^8), which is 10^8 / 10^16 * 4 / 2 ... = n * t^2 = 4 * 10^8 * (10^-8)^2.
SELECT round((llr(100000001, 99999999, 99999999, 100000001) * 1e8)::numeric, 6) AS hundred_millionths;
-- The value, by hand, behind the version 01 and 8 bytes of fingerprint: kind 1, as of 2024-01-10 (8775, 8e8901), no half-life, max_items 500 (f403), no items_from, 5 users, none cut, 4 items, 4 pairs;
-- bread 1 user (less 1), jam 2, milk 3, tea 4; bread has 1 other, the next one, 1 user; jam 2: the next (1 user), the next (1 user); milk 1: the next, 3 users; tea 0.
--	01 8e8901 00 f403 00 05 00 04 04	05 6272656164 00	03 6a616d 01	04 6d696c6b 02	03 746561 03	01 00 00	02 00 00 00 00	01 00 02	00
SELECT substr(a::bytea, 1, 1) AS version, substr(a::bytea, 10) AS value FROM made;
SELECT a::text::item_affinity = a AS text, a::bytea::item_affinity = a AS bytes, a <> a || a AS other FROM made;
-- With a half-life of one day: items have sums of weights and of squares, pairs those of products. 1 (zigzag 02) and 2 of age 0: 65536 (808004), 2^32 (8080808010) each.
SELECT substr(item_affinity(b, '2024-01-02', affinity_options(1, 7, '2024-01-01'))::bytea, 10) AS value FROM (SELECT basket_agg(i, '2024-01-01'::date) AS b FROM (VALUES (1), (2)) AS v (i)) AS s;
-- In parts, in any order, of numbers as of texts, as they are and as text.
CREATE TEMP TABLE crowd AS SELECT u, u % 4 AS part, basket_agg(u * n % 29, date '2024-01-01' + (u * n * 37 % 50)) AS n, basket_agg('item ' || u * n % 29, date '2024-01-01' + (u * n * 37 % 50)) AS t FROM generate_series(1, 200) AS u, generate_series(1, 9) AS n WHERE n <= 1 + u % 9 GROUP BY u;
SELECT options, bool_and(w.n = p.n AND w.t = p.t) AS parts, bool_and(w.n = p.n_text AND w.t = p.t_bytes) AS as_text
FROM (VALUES (affinity_options()), (affinity_options(7, 4)), (affinity_options(items_from => '2024-01-20'))) AS v (options),
	LATERAL (SELECT item_affinity(n, '2024-02-10', options) AS n, item_affinity(t, '2024-02-10', options) AS t FROM crowd) AS w,
	LATERAL (SELECT rollup(n ORDER BY part DESC) AS n, rollup(t ORDER BY part) AS t, rollup(n::text::item_affinity) AS n_text, rollup(t::bytea::item_affinity ORDER BY part * 7 % 4) AS t_bytes
			 FROM (SELECT part, item_affinity(n, '2024-02-10', options) AS n, item_affinity(t, '2024-02-10', options) AS t FROM crowd GROUP BY part) AS s) AS p GROUP BY options ORDER BY options;
SELECT item_affinity(t, '2024-02-10') = item_affinity(t, '2024-02-10', affinity_options()) AS defaults FROM crowd;
-- Numbers and texts say the same.
SELECT count(*) AS pairs, count(*) FILTER (WHERE p IS DISTINCT FROM q) AS differ FROM (SELECT item_affinity(n, '2024-02-10') AS n, item_affinity(t, '2024-02-10') AS t FROM crowd) AS s, LATERAL (SELECT 'item ' || item AS item, 'item ' || other AS other, users_both, llr FROM pairs(n, NULL::bigint)) AS p FULL JOIN LATERAL (SELECT item, other, users_both, llr FROM pairs(t, NULL::text)) AS q USING (item, other);
-- From the events, in one statement.
SELECT a = (SELECT item_affinity(basket, '2024-01-10') FROM (SELECT basket_agg(item, day) AS basket FROM rows GROUP BY u) AS s) AS same FROM made;
-- Nobody, nothing, and nothing yet.
SELECT item_affinity(basket, '2024-01-10') IS NULL AS nobody, rollup(NULL::item_affinity) IS NULL AS rollup, users_cut(NULL) IS NULL AS users_cut FROM baskets WHERE basket IS NULL;
SELECT (SELECT count(*) FROM pairs(NULL, NULL::text)) AS pairs, (SELECT count(*) FROM neighbours(NULL, NULL::text)) AS neighbours, (SELECT count(*) FROM popular_items(NULL, NULL::text)) AS popular;
SELECT s.a::text::item_affinity = s.a AS same, (SELECT count(*) FROM popular_items(s.a, NULL::text)) AS items, users_cut(s.a), m.a || s.a = m.a AS adds_nothing FROM (SELECT item_affinity(basket, '2024-01-01') AS a FROM baskets) AS s, (SELECT item_affinity(basket, '2024-01-01') AS a FROM baskets WHERE u = 3) AS m;
-- Bytes that are none; a damaged byte has another fingerprint.
SELECT what, pg_temp.problem(format('SELECT %L::bytea::item_affinity', bytes)) AS problem
FROM made, LATERAL (SELECT a::bytea AS v) AS s, LATERAL (VALUES ('nothing', ''::bytea), ('version', set_byte(v, 0, 2)), ('cut off', substr(v, 1, 30)), ('a head', substr(v, 1, 9)), ('another fingerprint', set_byte(v, 5, get_byte(v, 5) # 1)), ('another value', set_byte(v, length(v) - 2, 1)), ('more', v || '\x01')) AS c (what, bytes);
SELECT pg_temp.problem($$SELECT 'nonsense!'::item_affinity$$) AS text_input;
-- Errors.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT count(*) FROM made, pairs(a, NULL::bigint)'), ('SELECT count(*) FROM made, neighbours(a, NULL::bigint)'), ('SELECT count(*) FROM made, popular_items(a, NULL::bigint)'), ('SELECT count(*) FROM (SELECT item_affinity(n, ''2024-02-01'') AS a FROM crowd) AS s, pairs(a, NULL)'),
	('SELECT item_affinity(b, ''2024-02-01'') FROM (SELECT n FROM crowd UNION ALL SELECT t FROM crowd) AS s (b)'), ('SELECT n || t FROM (SELECT item_affinity(n, ''2024-02-01'') AS n, item_affinity(t, ''2024-02-01'') AS t FROM crowd) AS s'),
	('SELECT item_affinity(n, date ''2024-02-01'' + u) FROM crowd'), ('SELECT item_affinity(n, ''2024-02-01'', affinity_options(max_items => u)) FROM crowd'), ('SELECT a || b FROM (SELECT item_affinity(n, ''2024-02-01'') AS a, item_affinity(n, ''2024-02-01'', affinity_options(5)) AS b FROM crowd) AS s'),
	('SELECT item_affinity(n, NULL) FROM crowd'), ('SELECT item_affinity(n, ''infinity'') FROM crowd'), ('SELECT item_affinity(n, ''2024-02-01'', NULL) FROM crowd'), ('SELECT affinity_options(0)'), ('SELECT affinity_options(max_items => 0)'), ('SELECT affinity_options(max_items => NULL)'), ('SELECT affinity_options(items_from => ''-infinity'')'),
	('SELECT item_affinity(n, ''2024-02-01'', ROW(NULL, -1, NULL)::affinity_options) FROM crowd'), ('SELECT item_affinity(n, ''2024-02-01'', affinity_options(items_from => ''2024-02-01'')) FROM crowd'),
	('SELECT count(*) FROM made, pairs(a, NULL::text, 0)'), ('SELECT count(*) FROM made, pairs(a, NULL::text, NULL)'), ('SELECT count(*) FROM made, neighbours(a, NULL::text, top => 0)'), ('SELECT count(*) FROM made, neighbours(a, NULL::text, NULL)'), ('SELECT count(*) FROM made, neighbours(a, NULL::text, min_users => -1)'), ('SELECT llr(-1, 0, 0, 0)'),
	('SELECT user_ops_internal.item_affinity_add(NULL, basket, ''2024-01-01'') FROM baskets LIMIT 1')) AS v (q);

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand. Items of users 1 to 5: tea milk; tea milk jam; tea jam; milk bread; rice. Tea and milk have 3 users each, jam 2, bread and rice 1.
CREATE TEMP TABLE rows (u int, item text, day date);
INSERT INTO rows VALUES (1, 'tea', '2024-01-01'), (1, 'milk', '2024-01-02'), (2, 'tea', '2024-01-03'), (2, 'milk', '2024-01-04'), (2, 'jam', '2024-01-05'), (3, 'tea', '2024-01-06'), (3, 'jam', '2024-01-07'),
	(4, 'milk', '2024-01-08'), (4, 'bread', '2024-01-08'), (5, 'rice', '2024-01-09');
CREATE TEMP TABLE baskets AS SELECT u, basket_agg(item, day) AS basket FROM rows GROUP BY u;
CREATE TABLE recommend_made AS SELECT item_affinity(basket, '2024-02-01') AS a FROM baskets;
-- Confidence, of tea: milk 2/3, jam 2/3; of milk: tea 2/3, jam 1/3, bread 1/3; of bread milk 1; of jam tea 1, milk 1/2.
-- User 1 has tea and milk: jam 2/3 + 1/3 = 1, bread 1/3, then rice, which is popular alone.
SELECT u, r.item, r.place, round(r.score::numeric, 4) AS score, r.reason FROM recommend_made, baskets, recommend(a, basket, '2024-02-01', NULL::text, 3, 'confidence', min_users => 1) AS r ORDER BY u, place;
-- Of equal scores the more popular one, then the smaller item; at most so many, or as many as there are.
CREATE FUNCTION pg_temp.has(VARIADIC items text[]) RETURNS basket LANGUAGE sql AS $$ SELECT basket_agg(item, '2024-01-10'::date) FROM unnest(items) AS item $$;
CREATE FUNCTION pg_temp.offers(items basket, top int DEFAULT 10, measure item_measure DEFAULT 'confidence', neighbours int DEFAULT 50, min_users int DEFAULT 1, keep_own boolean DEFAULT false, as_of date DEFAULT '2024-02-01') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', item, round(score::numeric, 3)), ', ' ORDER BY place) FROM recommend_made, recommend(a, items, as_of, NULL::text, top, measure, neighbours, min_users, keep_own)
$$;
SELECT pg_temp.offers(pg_temp.has('milk')) AS of_milk, pg_temp.offers(pg_temp.has('milk'), 2) AS two, pg_temp.offers(pg_temp.has('milk', 'bread')) AS and_bread;
-- Only among the neighbours of each item, and only pairs of so many users.
SELECT n, pg_temp.offers(pg_temp.has('tea', 'milk'), neighbours => n, top => 2) AS offers FROM unnest('{1,2,3}'::int[]) AS n;
SELECT n, pg_temp.offers(pg_temp.has('tea'), min_users => n, top => 3) AS offers FROM unnest('{1,2,3}'::int[]) AS n;
-- By llr and lift only what goes together more than by chance: of milk bread, 1 * 5 > 3 * 1, tea, 2 * 5 > 3 * 3, but not jam, 1 * 5 < 3 * 2.
SELECT measure, pg_temp.offers(pg_temp.has('milk'), measure => measure) AS offers FROM unnest(enum_range(NULL::item_measure)) AS measure;
-- With nothing, only unknown items, or nothing yet: the popular ones.
SELECT pg_temp.offers(NULL) AS nobody, pg_temp.offers(pg_temp.has('salt')) AS unknown, pg_temp.offers(pg_temp.has('tea'), as_of => '2024-01-10') AS nothing_yet, pg_temp.offers(pg_temp.has('tea'), as_of => 'infinity', top => 1) AS ever;
-- Bought again on purpose.
SELECT pg_temp.offers(pg_temp.has('tea', 'milk'), keep_own => true) AS similar, pg_temp.offers(pg_temp.has('rice'), keep_own => true) AS popular;
SELECT pg_temp.offers(pg_temp.has('tea', 'milk', 'jam', 'bread', 'rice')) IS NULL AS has_all;
-- Another affinity, measure or number in the next row is another answer, in whatever form the affinity comes: stored aside as it is, compressed, or in memory.
CREATE TABLE recommend_many AS
SELECT n, basket_agg(format('item %s', i * i * n % 211), '2024-01-01'::date + n % 30) AS basket FROM generate_series(1, 400) AS n, generate_series(1, 12) AS i WHERE i < 2 + n % 12 GROUP BY n;
CREATE TABLE recommend_stored (k int, plain item_affinity, compressed item_affinity);
ALTER TABLE recommend_stored ALTER plain SET STORAGE external;
INSERT INTO recommend_stored SELECT k, a, a FROM (SELECT k, item_affinity(basket, '2024-02-01') AS a FROM recommend_many, generate_series(1, 3) AS k WHERE n % k = 0 GROUP BY k) AS s;
CREATE TEMP TABLE asked AS
SELECT k, n, form, measure, top, string_agg(format('%s %s', r.item, r.score), ', ' ORDER BY place) AS offers
FROM (SELECT f.*, k, n, basket, measure, top FROM recommend_stored, recommend_many, unnest('{cosine,llr}'::item_measure[]) AS measure, unnest('{2,5}'::int[]) AS top, LATERAL (VALUES ('plain', plain), ('compressed', compressed), ('memory', plain::text::item_affinity)) AS f (form, a)
	  WHERE n <= 40 ORDER BY n, measure, k, form, top OFFSET 0) AS s, recommend(a, basket, '2024-02-01', NULL::text, top, measure) AS r
GROUP BY k, n, form, measure, top;
SELECT count(*) AS answers, count(*) FILTER (WHERE forms > 1) AS other_in_another_form, count(DISTINCT (n, offers)) > 300 AS they_differ FROM (SELECT k, n, measure, top, count(DISTINCT offers) AS forms, min(offers) AS offers FROM asked GROUP BY k, n, measure, top) AS s;
-- ... and that of a query that asks nothing else.
SELECT count(*) AS answers, count(*) FILTER (WHERE a.offers = s.offers) AS same FROM asked AS a JOIN LATERAL (SELECT string_agg(format('%s %s', r.item, r.score), ', ' ORDER BY place) AS offers FROM (SELECT item_affinity(basket, '2024-02-01') AS a FROM recommend_many WHERE n % 2 = 0) AS s, recommend_many AS b, recommend(s.a, b.basket, '2024-02-01', NULL::text, 5, 'llr') AS r WHERE b.n = a.n) AS s ON true
WHERE a.k = 2 AND a.measure = 'llr' AND a.top = 5 AND a.n % 7 = 1;
-- In a select list, too; and of numbers.
SELECT recommend(a, pg_temp.has('bread'), '2024-02-01', NULL::text, 2, 'confidence', min_users => 1) FROM recommend_made;
SELECT r.item, r.place, round(r.score::numeric, 4) AS score, r.reason FROM (SELECT item_affinity(b, '2024-02-01') AS a FROM (SELECT basket_agg(i, '2024-01-01'::date) AS b FROM (VALUES (1, 10), (1, 20), (2, 10), (2, 20), (3, 30)) AS v (u, i) GROUP BY u) AS s) AS s, (SELECT basket_agg(10, '2024-01-01'::date) AS own) AS o, recommend(a, own, '2024-02-01', NULL::bigint) AS r;
-- Nothing is known, or nobody.
SELECT (SELECT count(*) FROM recommend(NULL, pg_temp.has('tea'), '2024-02-01', NULL::text)) AS no_affinity, (SELECT count(*) FROM (SELECT item_affinity(basket, '2024-01-01') AS a FROM baskets) AS s, recommend(a, pg_temp.has('tea'), '2024-02-01', NULL::text)) AS empty;
-- Errors.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT count(*) FROM recommend_made, recommend(a, NULL, ''2024-02-01'', NULL::bigint)'), ('SELECT count(*) FROM recommend_made, (SELECT basket_agg(1, ''2024-01-01''::date) AS own) AS o, recommend(a, own, ''2024-02-01'', NULL::text)'),
	('SELECT count(*) FROM recommend_made, recommend(a, NULL, NULL, NULL::text)'), ('SELECT count(*) FROM recommend_made, recommend(a, NULL, ''2024-02-01'', NULL::text, 0)'), ('SELECT count(*) FROM recommend_made, recommend(a, NULL, ''2024-02-01'', NULL::text, NULL)'),
	('SELECT count(*) FROM recommend_made, recommend(a, NULL, ''2024-02-01'', NULL::text, measure => NULL)'), ('SELECT count(*) FROM recommend_made, recommend(a, NULL, ''2024-02-01'', NULL::text, neighbours => 0)'), ('SELECT count(*) FROM recommend_made, recommend(a, NULL, ''2024-02-01'', NULL::text, min_users => 0)'),
	('SELECT count(*) FROM recommend_made, recommend(a, NULL, ''2024-02-01'', NULL::text, keep_own => NULL)')) AS v (q);
SET client_min_messages = warning; DROP TABLE recommend_made, recommend_many, recommend_stored;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- The baskets of all users in one scan are those that grouping by user makes.
CREATE TABLE basket_rows AS SELECT u::int, (u * n * n) % 97 AS item, 'item ' || (u * n) % 61 AS name, timestamptz '2024-01-01 20:00Z' + (u * n * 37 % 100) * interval '1 day' + n * interval '1 hour' AS at FROM generate_series(1, 300) AS u, generate_series(1, 40) AS n WHERE n <= 1 + u % 40 ORDER BY u * n * 7919::bigint % 10007, u;
INSERT INTO basket_rows VALUES (NULL, 1, 'a', '2024-01-01Z'), (1, NULL, NULL, '2024-01-01Z'), (1, 1, 'a', NULL), (1000, NULL, NULL, '2024-01-01Z');
CREATE FUNCTION pg_temp.both_ways(item text, at text, id text DEFAULT 'u') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT format(''%%s users, %%s differ'', count(*), count(*) FILTER (WHERE b IS DISTINCT FROM basket))
		FROM (SELECT %3$s AS u, basket_agg(%1$s, %2$s) AS b FROM basket_rows GROUP BY 1) AS g FULL JOIN (SELECT (users(b, NULL::%4$s)).* FROM (SELECT baskets_agg(%3$s, %1$s, %2$s) AS b FROM basket_rows) AS s) AS r ON r.user_id = g.u WHERE u IS NOT NULL AND b IS NOT NULL OR user_id IS NOT NULL', item, at, id,
		CASE WHEN id = 'u' THEN 'integer' ELSE 'text' END) INTO result;
	RETURN result;
END $$;
SELECT item, at, pg_temp.both_ways(item, at) FROM unnest('{item,name}'::text[]) AS item, unnest('{at::date,"at AT TIME ZONE ''UTC''",at,"at, ''Asia/Tokyo''"}'::text[]) AS at;
SELECT pg_temp.both_ways('item', 'at', '''user '' || u') AS users_by_text;
-- With little memory rows go to a file, and so do texts.
SET work_mem = '64kB'; SELECT pg_temp.both_ways('item', 'at'), pg_temp.both_ways('name', 'at'); RESET work_mem;
-- An affinity is made of them at once, with options and without, and by those who have another look at the same.
SELECT item_affinity(baskets_agg(u, item, at), '2024-03-01') = (SELECT item_affinity(b, '2024-03-01') FROM (SELECT basket_agg(item, at) AS b FROM basket_rows WHERE u IS NOT NULL GROUP BY u) AS s) AS numbers,
	   item_affinity(baskets_agg(u, name, at, 'Asia/Tokyo'), '2024-03-01', affinity_options(30, 7, '2024-01-10')) = (SELECT item_affinity(b, '2024-03-01', affinity_options(30, 7, '2024-01-10')) FROM (SELECT basket_agg(name, at, 'Asia/Tokyo') AS b FROM basket_rows WHERE u IS NOT NULL GROUP BY u) AS s) AS texts FROM basket_rows;
SELECT users_cut(item_affinity(b, '2024-03-01', affinity_options(max_items => 5))) AS cut, users_cut(item_affinity(b, '2024-03-01')) AS cut_of_500, (SELECT count(*) FROM users(b, NULL::bigint)) AS users FROM (SELECT baskets_agg(u, item, at) AS b FROM basket_rows) AS s;
SELECT count(*) AS items_of_nobody FROM (SELECT baskets_agg(u, item, at) AS b FROM basket_rows) AS s, popular_items(item_affinity(b, '2024-01-01'), NULL::bigint);
-- Rows with a NULL are left out; nobody: NULL.
SELECT baskets_agg(u, item, at) IS NULL AS nobody, item_affinity(NULL::baskets, '2024-01-01') IS NULL AS affinity, (SELECT count(*) FROM users(NULL::baskets, NULL::int)) AS users FROM basket_rows WHERE u IS NULL OR item IS NULL OR at IS NULL;
-- Errors: a handle of another query, or of something else; ids of another type; an infinite time; a text that is too long.
CREATE TABLE basket_handles AS SELECT baskets_agg(u, item, at) AS b FROM basket_rows;
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT count(*) FROM basket_handles, users(b, NULL::int)'), ('SELECT item_affinity(b, ''2024-01-01'') FROM basket_handles'), ('SELECT item_affinity(replace(p::text, ''population'', ''baskets'')::baskets, ''2024-01-01'') FROM (SELECT population_agg(u, at) AS p FROM basket_rows) AS s'), ('SELECT ''baskets:1''::baskets'),
	('SELECT count(*) FROM (SELECT baskets_agg(u, item, at) AS b FROM basket_rows) AS s, users(b, NULL::text)'), ('SELECT item_affinity(baskets_agg(u, item, at), NULL) FROM basket_rows'), ('SELECT item_affinity(baskets_agg(u, item, at), ''2024-01-01'', NULL) FROM basket_rows'),
	('SELECT baskets_agg(u, item, ''infinity''::date) FROM basket_rows'), ('SELECT baskets_agg(u, repeat(name, 50), at) FROM basket_rows'), ('SELECT baskets_agg(u, item, at, NULL) FROM basket_rows')) AS v (q);
SET client_min_messages = warning; DROP TABLE basket_rows, basket_handles;

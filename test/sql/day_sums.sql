SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;

-- Whether the amounts of a day can be added up hangs on what they add up to, and not
-- on the order of rows, nor on the road: row by row, from activities of one row each,
-- in parts that are combined, by way of a population, in memory or spilled.
CREATE TABLE day_rows (place int, u int, amount numeric) PARTITION BY LIST (place);
CREATE TABLE day_rows_1 PARTITION OF day_rows FOR VALUES IN (1);
CREATE TABLE day_rows_2 PARTITION OF day_rows FOR VALUES IN (2);
CREATE TABLE day_rows_others PARTITION OF day_rows DEFAULT;
-- Statistics outlive a TRUNCATE: the planner knows of one user, for whom parts are worth while.
INSERT INTO day_rows SELECT n % 3, 7, 1 FROM generate_series(1, 1000) AS n;
ANALYZE day_rows;
TRUNCATE day_rows;
CREATE FUNCTION pg_temp.answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	answer text := '';
BEGIN
	IF statement LIKE 'EXPLAIN%' THEN
		FOR line IN EXECUTE statement LOOP answer := answer || line; END LOOP;
	ELSE
		EXECUTE statement INTO answer;
	END IF;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE FUNCTION pg_temp.in_parts(statement text) RETURNS text LANGUAGE plpgsql
	SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0 SET min_parallel_table_scan_size = 0 SET max_parallel_workers_per_gather = 2
	AS $$ BEGIN RETURN pg_temp.answer(statement); END $$;
CREATE FUNCTION activity_of(numeric) RETURNS activity LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT activity_agg(date '2024-01-01', $1) $$;

-- The only user's activity by each road, after some amounts in this order.
CREATE FUNCTION pg_temp.roads(amounts numeric[]) RETURNS TABLE (road text, answer text) LANGUAGE plpgsql AS $$
DECLARE
	ordered text := '(SELECT 7 AS u, date ''2024-01-01'' AS day, amount FROM day_rows ORDER BY place) AS r';
	crowded text := '(SELECT CASE n WHEN 0 THEN 7 ELSE -n END AS u, date ''2024-01-01'' AS day, CASE n WHEN 0 THEN amount ELSE 1 END AS amount '
		|| 'FROM (SELECT * FROM day_rows ORDER BY place) AS d, generate_series(0, 4500) AS n ORDER BY place, n) AS r';
	of_population text := 'SELECT (x).activity::text FROM (SELECT users(p, NULL::int) AS x FROM (SELECT population_agg(u, day, amount) AS p FROM %s) AS s OFFSET 0) AS t WHERE (x).user_id = 7';
BEGIN
	TRUNCATE day_rows;
	INSERT INTO day_rows SELECT n, 7, a FROM unnest(amounts) WITH ORDINALITY AS r (a, n);
	RETURN QUERY SELECT q.road, CASE WHEN q.road LIKE 'partial%' THEN pg_temp.in_parts(q.query) ELSE pg_temp.answer(q.query) END
	FROM (VALUES
		('rows', format('SELECT activity_agg(day, amount)::text FROM %s', ordered)),
		('rollup', 'SELECT rollup(activity_of(amount))::text FROM (SELECT amount FROM day_rows ORDER BY place) AS r'),
		('partial', 'SELECT activity_agg(date ''2024-01-01'', amount)::text FROM day_rows GROUP BY u'),
		('partial rollup', 'SELECT rollup(activity_of(amount))::text FROM day_rows GROUP BY u'),
		('population', format(of_population, ordered)),
		('spilled', format(of_population, crowded))) AS q (road, query);
END $$;

CREATE TEMP TABLE sets AS SELECT * FROM (VALUES
	('max, -1, 1', '{9223372036854775807,-1,1}'::numeric[]),
	('max, max, -max', '{9223372036854775807,9223372036854775807,-9223372036854775807}'),
	('min, min, max, max', '{-9223372036854775808,-9223372036854775808,9223372036854775807,9223372036854775807}'),
	('max, 0.5, -0.5', '{9223372036854775807,0.5,-0.5}'),
	('92233720368547758.07, 1e-9, -1e-9', '{92233720368547758.07,0.000000001,-0.000000001}'),
	('9223372036.854775807, 1e9, -1e9', '{9223372036.854775807,1000000000,-1000000000}'),
	('max, 1: too much', '{9223372036854775807,1}'),
	('max, 0.5: no scale for both', '{9223372036854775807,0.5}'),
	('max, max, -1: too much', '{9223372036854775807,9223372036854775807,-1}'),
	('min, -1, 0.5, 0.5', '{-9223372036854775808,-1,0.5,0.5}')) AS v (amounts, list);

CREATE TEMP TABLE orders AS
WITH RECURSIVE orders AS (
	SELECT amounts, list, ARRAY[]::int[] AS places FROM sets
	UNION ALL
	SELECT amounts, list, places || n FROM orders, generate_series(1, cardinality(list)) AS n WHERE n <> ALL (places)
)
SELECT amounts, (SELECT array_agg(list[n] ORDER BY i) FROM unnest(places) WITH ORDINALITY AS u (n, i)) AS list
FROM orders WHERE cardinality(places) = cardinality(list);

SELECT pg_temp.in_parts('EXPLAIN (COSTS OFF) ' || query) ~ 'Finalize.*Gather.*Partial' AS in_parts
FROM (VALUES ('SELECT activity_agg(date ''2024-01-01'', amount) FROM day_rows GROUP BY u'), ('SELECT rollup(activity_of(amount)) FROM day_rows GROUP BY u')) AS v (query);
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT amounts, count(*) AS answers, count(DISTINCT road) AS roads, count(DISTINCT list) AS orders, string_agg(DISTINCT answer, ' or ') AS answer
FROM orders, pg_temp.roads(list) GROUP BY amounts ORDER BY amounts COLLATE "C";

-- Two values that are merged are values each; what becomes of three hangs on which two come first.
SELECT pg_temp.answer($$SELECT (a || b) || c FROM (SELECT activity_of(9223372036854775807), activity_of(1), activity_of(-1)) AS v (a, b, c)$$) AS left_first,
	pg_temp.answer($$SELECT a || (b || c) FROM (SELECT activity_of(9223372036854775807), activity_of(1), activity_of(-1)) AS v (a, b, c)$$) AS right_first;

-- Over several days, and more of them than a builder puts in order at once.
SELECT activity_agg(date '2024-01-01' + n % 3, CASE WHEN n < 6 THEN 9223372036854775807 WHEN n < 9 THEN -9223372036854775807 ELSE 0.5 - n % 2 END) AS activity
FROM generate_series(0, 9 + 600 - 1) AS n;


-- The views' own aggregate, which leaves out what is too large by itself: parts of a day whose sum fits in the end.
TRUNCATE day_rows;
INSERT INTO day_rows VALUES (1, 7, 900000000000000), (2, 7, 0.000000001), (1, 7, 0.5), (2, 7, -900000000000000), (3, 7, 'NaN');
SELECT pg_temp.in_parts('EXPLAIN (COSTS OFF) ' || query) ~ 'Finalize.*Gather.*Partial' AS in_parts, pg_temp.in_parts(query) AS answer
FROM (VALUES ('SELECT lenient_activity_agg(date ''2024-01-01'', amount, NULL::integer, NULL::date)::text FROM day_rows GROUP BY u')) AS v (query);

DROP TABLE day_rows;
DROP FUNCTION activity_of(numeric);

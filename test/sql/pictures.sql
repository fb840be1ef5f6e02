SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = 'German';
\set VERBOSITY terse
SHOW server_encoding;

--
-- bar
--

-- in a width of 4, each of 32 steps is an eighth of a character
SELECT n, '[' || bar(n, 32, 4) || ']' AS bar FROM generate_series(0, 16) AS n;
SELECT bar(1, 1) AS twenty, length(bar(1, 1)), bar(0.5, 1, 1) AS half, bar(1, 3, 3) AS one, bar(7::bigint, 7.0, 2) AS two;
-- rounded half up: a sixteenth of a character is an eighth, less is nothing
SELECT bar(1, 16, 1) AS eighth, bar(0.99, 16, 1) = '' AS nothing, bar(15, 16, 1) AS all_of_it;
-- no more than all, and no less than nothing
SELECT bar(5, 4, 4) AS full, bar(-1, 4) = '' AS negative,
	   bar(1, 0) = '' AS of_nothing, bar(0, 0) = '' AS nothing, bar(1, -1) = '' AS of_less;
SELECT bar(NULL, 1) IS NULL AS value, bar(1, NULL) IS NULL AS maximum, bar(1, 1, NULL) IS NULL AS width;
SELECT length(bar(1, 1, 1000)), bar(1e308, 1.7e308, 17) AS ten, bar(5e-324, 5e-324, 2) AS two;
SELECT bar('NaN', 1);
SELECT bar(1, 'NaN');
SELECT bar(1, 'infinity');
SELECT bar('-infinity', 1);
SELECT bar(1, 1, 0);
SELECT bar(1, 1, 1001);

--
-- sparkline
--

SELECT sparkline(ARRAY[1, 2, 3, 4, 5, 6, 7, 8]) AS steps, sparkline(ARRAY[8, 1, 8]) AS valley, sparkline('{0,0.7,1.4}'::float8[]) AS halves;
-- 0 to 70: a step is 10, from 5 on the next one
SELECT sparkline(ARRAY[0, 4.9, 5, 14.9, 15, 65, 64.9, 70]) AS line;
SELECT sparkline(ARRAY[3, NULL, -4]) AS gap, sparkline(ARRAY[5, 5, 5]) AS level, sparkline(ARRAY[7]) AS one,
	   '[' || sparkline(ARRAY[NULL, NULL]::float8[]) || ']' AS gaps, sparkline('{}'::float8[]) = '' AS empty, sparkline(NULL::float8[]) IS NULL AS none;
SELECT sparkline(ARRAY[[1, 2], [3, 4]]) AS flat, sparkline(ARRAY[-1.7e308, 0, 1.7e308]) AS widest;
-- the aggregate: values of rows in their order
SELECT sparkline(n ORDER BY n) AS up, sparkline(n ORDER BY n DESC) AS down, sparkline(nullif(n, 3) ORDER BY n) AS gap,
	   sparkline(n ORDER BY n) = sparkline(array_agg(n ORDER BY n)) AS same, sparkline(n) FILTER (WHERE n > 8) IS NULL AS none
FROM generate_series(1, 8) AS n;
SELECT k, sparkline(v ORDER BY v) FROM (VALUES ('a', 1.5), ('b', 2), ('a', 3), ('b', 1)) AS t (k, v) GROUP BY k ORDER BY k;
SELECT sparkline(ARRAY[1, 'NaN'::float8]);
SELECT sparkline(v) FROM (VALUES (1), ('infinity'::float8)) AS t (v);

--
-- heatmap
--

-- 20 users from January: 11 in February, 5 in March, 1 in April, which is not over; 30 from February: 12, and 2 so far.
-- The darkest is 55; 40 is below three quarters of it, 25 below a half, the rest below a quarter.
CREATE TEMP TABLE people AS
SELECT activity_agg(day) AS activity
FROM (SELECT u, date '2024-01-15' AS day FROM generate_series(1, 20) AS u
	  UNION ALL SELECT u, '2024-02-15' FROM generate_series(1, 11) AS u
	  UNION ALL SELECT u, '2024-03-15' FROM generate_series(7, 11) AS u
	  UNION ALL SELECT 20, '2024-04-01'
	  UNION ALL SELECT u, '2024-02-01' FROM generate_series(31, 60) AS u
	  UNION ALL SELECT u, '2024-03-31' FROM generate_series(31, 42) AS u
	  UNION ALL SELECT u, '2024-04-09' FROM generate_series(59, 60) AS u) AS visits
GROUP BY u;
SELECT heatmap(retention(activity, 'month', '2024-04-10')) FROM people;
\pset format unaligned
SELECT heatmap(retention(activity, 'month', '2024-04-10')) FROM people;
-- a month later all of it is over, and nobody came in April's last weeks: 1 of 20, 2 of 30
SELECT h FROM (SELECT retention(activity, 'month', '2024-05-01') AS matrix FROM people) AS r, heatmap(matrix) AS h;
-- as few columns as one likes
SELECT heatmap(retention(activity, 'month', '2024-04-10', retention_options(max_periods => 1))) FROM people;
-- January alone, by weeks: on Mondays
SELECT heatmap(retention(activity, 'week', '2024-02-01')) FROM people;
-- per cent are rounded half up: 1, 3 and 4 of 8; the darkest is a half
SELECT heatmap(retention(a::activity, 'day', '2024-01-06'))
FROM (VALUES ('{2024-01-01:1,2024-01-02:1,2024-01-03:1}'), ('{2024-01-01:1,2024-01-03:1,2024-01-04:1}'), ('{2024-01-01:1,2024-01-03:1,2024-01-04:1}'),
			 ('{2024-01-01:1,2024-01-04:1}'), ('{2024-01-01:1,2024-01-04:1}'), ('{2024-01-01:1}'), ('{2024-01-01:1}'), ('{2024-01-01:1}')) AS v (a);
-- nobody came back; the only period is not over
SELECT heatmap(retention('{2024-01-01:1}'::activity, 'month', '2024-03-01'));
SELECT heatmap(retention('{2024-01-01:1}'::activity, 'month', '2024-01-02'));
-- long years, large numbers of periods
SELECT heatmap(retention(a::activity, 'year', '12026-06-01', retention_options(max_periods => 2))) FROM (VALUES ('{-0043-03-15:1}'), ('{12024-01-01:1,12025-01-01:1}')) AS v (a);
SELECT right(min(h), 12) AS header FROM (SELECT heatmap(retention('{2020-01-01:1}'::activity, 'day', '2023-01-01')) AS h) AS l WHERE h LIKE 'cohort%';
-- nobody
SELECT count(*) FROM (SELECT heatmap(retention(activity, 'month', '2024-01-01')) FROM people) AS nobody;
SELECT count(*) FROM heatmap(NULL);
\pset format aligned

--
-- \crosstabview draws cells without arguments
--

SELECT cohort, period_number, round(100 * retention_rate) AS per_cent
FROM (SELECT retention(activity, 'month', '2024-04-10') AS matrix FROM people) AS r, cells(matrix) ORDER BY 1, 2 \crosstabview

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION pg_temp.r(value float8) RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(round(value::numeric, 9)) $$;
-- By hand: the median of 1 to 9 is 5, the distances from it 0, 1, 1, 2, 2, 3, 3, 4, 4 have the median 2: a standard deviation is 2 * 1.482602218505602.
CREATE FUNCTION pg_temp.asked(value float8, history float8[]) RETURNS TABLE (expected numeric, z numeric, lower numeric, upper numeric, status text) LANGUAGE sql AS $$
	SELECT pg_temp.r(expected), pg_temp.r(z), pg_temp.r(lower), pg_temp.r(upper), status FROM robust_z(value, history)
$$;
SELECT v AS value, a.*, pg_temp.r((v - 5) / (2 * 1.482602218505602)) AS by_hand FROM unnest('{5,9,15.378,15.379,-5.378,-5.379}'::float8[]) AS v, pg_temp.asked(v, '{1,2,3,4,5,6,7,8,9}') AS a;
-- In any order; of an even number the middle is the mean of two.
SELECT (SELECT a FROM pg_temp.asked(12, '{4,7,5,6}') AS a) = (SELECT a FROM pg_temp.asked(12, '{7,6,5,4}') AS a) AS same, a.* FROM pg_temp.asked(12, '{4,7,5,6}') AS a;
-- More than half are alike: the mean distance, 24 / 8 here, times 1.2533141373155003.
SELECT a.*, pg_temp.r(12 / (3 * 1.2533141373155003)) AS by_hand FROM pg_temp.asked(22, '{10,10,10,10,10,10,10,34}') AS a;
-- All alike: the same is as usual, anything else is not.
SELECT v AS value, a.* FROM unnest('{10,10.001,-10}'::float8[]) AS v, pg_temp.asked(v, '{10,10,10,10}') AS a;
-- Nothing is known: too few values, NULL and NaN are none. A NULL value is NULL.
SELECT history, status, expected FROM (VALUES ('{}'::float8[]), (NULL), ('{1,2,3}'), ('{1,NULL,2,NaN,3}'), ('{1,NULL,2,NaN,3,4}')) AS v (history), robust_z(2, history) AS r;
SELECT robust_z(NULL, '{1,2,3,4}') IS NULL AS none, robust_z('NaN', '{1,2,3,4}') IS NULL AS not_a_number;
SELECT status FROM robust_z(500, ARRAY(SELECT i * 7919 % 100003 FROM generate_series(1, 100000) AS i));
-- Another limit.
SELECT v AS value, a.* FROM unnest('{9,11}'::float8[]) AS v, robust_z(v, '{1,2,3,4,5,6,7,8,9}', 2 / 1.482602218505602) AS r, LATERAL (SELECT pg_temp.r(r.lower) AS lower, pg_temp.r(r.upper) AS upper, r.status) AS a;
-- Errors.
\set VERBOSITY default
SELECT robust_z('Infinity', '{1,2,3,4}');
SELECT robust_z(1, '{1,2,3,-Infinity}');
SELECT robust_z(1, '{1e308,-1e308,1e308,-1e308}');
SELECT robust_z(1, '{{1,2},{3,4}}');
SELECT robust_z(1, '{1,2,3,4}', 0);
SELECT robust_z(1, '{1,2,3,4}', 'Infinity');
SELECT robust_z(1, '{1,2,3,4}', NULL);

-- The features of users' visits in plain SQL, from the table events(user_id, day, amount).
CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off;

CREATE FUNCTION oracle.visit_features(as_of date) RETURNS TABLE (user_id bigint, idle double precision, visits double precision, age double precision, trend double precision)
	LANGUAGE sql STABLE AS $$
SELECT s.user_id, ln(1 + (as_of - 1 - s.last) / 7.0::float8), ln(1 + s.n::float8), (as_of - 1 - s.first) / 7.0::float8,
	   ln((1 + count(*) FILTER (WHERE d.day >= s.first + (as_of - s.first) / 2))::float8 / (1 + count(*) FILTER (WHERE d.day < s.first + (as_of - s.first) / 2))::float8)
FROM (SELECT DISTINCT e.user_id, e.day FROM events AS e WHERE e.user_id IS NOT NULL AND e.day < as_of) AS d
JOIN (SELECT e.user_id, min(e.day) AS first, max(e.day) AS last, count(DISTINCT e.day) AS n
	  FROM events AS e WHERE e.user_id IS NOT NULL AND e.day < as_of GROUP BY e.user_id) AS s USING (user_id)
GROUP BY s.user_id, s.first, s.last, s.n
$$;

-- The views of content in plain SQL, item by item and user by user, from the tables reads(user_id bigint, item text,
-- sorted text, day date, moment timestamptz, author bigint, role text) and visits(user_id bigint, day date, amount numeric),
-- in local days; sorted: the order of items as bytes.
CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off;

CREATE FUNCTION oracle.reads(as_of date) RETURNS SETOF reads
	LANGUAGE sql STABLE AS $$
SELECT * FROM reads AS r WHERE r.user_id IS NOT NULL AND r.item IS NOT NULL AND isfinite(r.moment) AND r.day < as_of
$$;

CREATE FUNCTION oracle.wilson_lower(k bigint, n bigint) RETURNS numeric
	LANGUAGE sql IMMUTABLE AS $$
SELECT round(((p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n))::numeric, 9)
FROM (SELECT k::double precision / n AS p, n::double precision AS n, 1.959963984540054 AS z WHERE n > 0) AS x
$$;

CREATE FUNCTION oracle.content_items(as_of date, within_days integer, min_users integer)
	RETURNS TABLE (item text, users bigint, events bigint, first_day date, last_day date, new_users bigint, eligible_users bigint, returned_users bigint, return_rate double precision, return_lower numeric,
		users_30d bigint, revenue_30d numeric)
	LANGUAGE sql STABLE AS $$
SELECT i.item, count(*), (SELECT count(*) FROM oracle.reads(as_of) AS r WHERE r.item = i.item), min(i.d), (SELECT max(r.day) FROM oracle.reads(as_of) AS r WHERE r.item = i.item),
	   count(*) FILTER (WHERE i.item = (SELECT r.item FROM oracle.reads(as_of) AS r WHERE r.user_id = i.user_id ORDER BY r.moment, r.sorted COLLATE "C" LIMIT 1)),
	   count(*) FILTER (WHERE i.eligible), count(*) FILTER (WHERE i.eligible AND i.returned),
	   count(*) FILTER (WHERE i.eligible AND i.returned)::double precision / nullif(count(*) FILTER (WHERE i.eligible), 0),
	   oracle.wilson_lower(count(*) FILTER (WHERE i.eligible AND i.returned), count(*) FILTER (WHERE i.eligible)),
	   count(*) FILTER (WHERE as_of - i.d >= 30), CASE WHEN EXISTS (SELECT FROM visits AS v WHERE v.amount IS NOT NULL) THEN sum(i.revenue) FILTER (WHERE as_of - i.d >= 30) END
FROM (SELECT u.*, as_of - u.d > within_days AS eligible,
			 EXISTS (SELECT FROM visits AS v WHERE v.user_id = u.user_id AND v.day - u.d BETWEEN 1 AND within_days) AS returned,
			 (SELECT coalesce(sum(v.amount), 0) FROM visits AS v WHERE v.user_id = u.user_id AND v.day - u.d BETWEEN 0 AND 29) AS revenue
	  FROM (SELECT r.item, r.user_id, min(r.day) AS d FROM oracle.reads(as_of) AS r GROUP BY r.item, r.user_id) AS u) AS i
GROUP BY i.item HAVING count(*) >= min_users
$$;

CREATE FUNCTION oracle.content_creators(as_of date, min_users integer)
	RETURNS TABLE (creator bigint, items bigint, users bigint, events bigint, share double precision, active_days_28 bigint, items_28d bigint, last_item_day date)
	LANGUAGE sql STABLE AS $$
WITH made AS (
	SELECT i.item, f.author, f.day
	FROM (SELECT DISTINCT item FROM oracle.reads(as_of)) AS i, LATERAL (SELECT r.author, r.day FROM oracle.reads(as_of) AS r WHERE r.item = i.item AND r.author IS NOT NULL ORDER BY r.moment, r.author LIMIT 1) AS f),
others AS (SELECT m.author, r.user_id FROM oracle.reads(as_of) AS r JOIN made AS m ON m.item = r.item AND m.author <> r.user_id),
counted AS (
	SELECT m.author, count(*) AS items, (SELECT count(DISTINCT o.user_id) FROM others AS o WHERE o.author = m.author) AS users, (SELECT count(*) FROM others AS o WHERE o.author = m.author) AS events,
		   (SELECT count(DISTINCT v.day) FROM visits AS v WHERE v.user_id = m.author AND as_of - v.day BETWEEN 1 AND 28) AS active_days_28,
		   count(*) FILTER (WHERE as_of - m.day <= 28) AS items_28d, max(m.day) AS last_item_day
	FROM made AS m GROUP BY m.author)
SELECT author, items, CASE WHEN users NOT BETWEEN 1 AND min_users - 1 THEN users END, CASE WHEN users NOT BETWEEN 1 AND min_users - 1 THEN events END,
	   CASE WHEN users NOT BETWEEN 1 AND min_users - 1 THEN events / nullif((SELECT count(*) FROM others), 0)::double precision END, active_days_28, items_28d, last_item_day
FROM counted
$$;

-- Which of three counts that add up to a known total are hidden: of all sets of counts above 0 that may be, the smallest.
CREATE FUNCTION oracle.hidden(counts bigint[], k integer) RETURNS boolean[]
	LANGUAGE sql IMMUTABLE AS $$
SELECT h FROM (
	SELECT s.h, count(*) FILTER (WHERE hide) AS n, coalesce(sum(c) FILTER (WHERE hide), 0) AS hidden
	FROM (SELECT ARRAY[a, b, c] AS h FROM unnest('{false,true}'::boolean[]) AS a, unnest('{false,true}'::boolean[]) AS b, unnest('{false,true}'::boolean[]) AS c) AS s, unnest(counts, s.h) AS u (c, hide)
	GROUP BY s.h
	HAVING bool_and(hide OR c = 0 OR c >= k) AND bool_and(c > 0 OR NOT hide)) AS s
-- where none is safe, those below k alone: what is left of the total is 0
ORDER BY (n <> 1 AND (n = 0 OR hidden >= k)) DESC, n, hidden, h DESC LIMIT 1
$$;

CREATE FUNCTION oracle.contribution_month(as_of date, min_users integer)
	RETURNS TABLE (month date, role text, users bigint, share double precision, retained_next_month bigint, complete boolean)
	LANGUAGE sql STABLE AS $$
WITH people AS (
	SELECT date_trunc('month', r.day)::date AS month, r.user_id, min(array_position('{contribute,react,view}', r.role)) AS place
	FROM oracle.reads(as_of) AS r WHERE r.role IS NOT NULL GROUP BY 1, 2),
counted AS (
	SELECT m.month, p.place, count(x.user_id) AS users,
		   count(*) FILTER (WHERE EXISTS (SELECT FROM visits AS v WHERE v.user_id = x.user_id AND v.day < as_of AND date_trunc('month', v.day) = m.month + interval '1 month')) AS retained
	FROM (SELECT DISTINCT month FROM people) AS m CROSS JOIN generate_series(1, 3) AS p (place) LEFT JOIN people AS x ON x.month = m.month AND x.place = p.place
	GROUP BY m.month, p.place),
lines AS (SELECT c.month, oracle.hidden(array_agg(c.users ORDER BY c.place), min_users) AS hide, sum(c.users) AS total FROM counted AS c GROUP BY c.month)
SELECT c.month, ('{contribute,react,view}'::text[])[c.place], CASE WHEN NOT l.hide[c.place] THEN c.users END, CASE WHEN NOT l.hide[c.place] THEN c.users / l.total::double precision END,
	   CASE WHEN NOT l.hide[c.place] THEN c.retained END, as_of >= c.month + interval '2 months'
FROM counted AS c JOIN lines AS l ON l.month = c.month
$$;

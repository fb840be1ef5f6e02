-- The views of items in plain SQL, from the table bought(user_id bigint, item text, sorted text, day date, amount numeric), in
-- local days; sorted: the order of items as bytes.
CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off;

CREATE FUNCTION oracle.bought(as_of date) RETURNS SETOF bought
	LANGUAGE sql STABLE AS $$
SELECT * FROM bought AS b WHERE b.user_id IS NOT NULL AND b.item IS NOT NULL AND b.day IS NOT NULL AND b.day < as_of
$$;

CREATE FUNCTION oracle.item_stats(as_of date, min_users integer)
	RETURNS TABLE (item text, users bigint, events bigint, first_day date, last_day date, repeat_rate numeric, revenue numeric, revenue_share numeric)
	LANGUAGE sql STABLE AS $$
SELECT b.item, count(DISTINCT b.user_id), count(*), min(b.day), max(b.day),
	   round((SELECT count(*) FROM (SELECT FROM oracle.bought(as_of) AS o WHERE o.item = b.item GROUP BY o.user_id HAVING count(DISTINCT o.day) > 1) AS t)::numeric / count(DISTINCT b.user_id), 9),
	   sum(b.amount), round(sum(b.amount) / nullif((SELECT sum(o.amount) FROM oracle.bought(as_of) AS o), 0), 9)
FROM oracle.bought(as_of) AS b GROUP BY b.item HAVING count(DISTINCT b.user_id) >= min_users
$$;

-- What counts of each user: the latest items.
CREATE FUNCTION oracle.counted(as_of date, max_items integer, half_life_days integer) RETURNS TABLE (user_id bigint, item text, sorted text, weight bigint)
	LANGUAGE sql STABLE AS $$
SELECT h.user_id, h.item, h.sorted, CASE WHEN half_life_days IS NULL THEN 1 ELSE floor(65536 * power(2::double precision, -(as_of - 1 - h.last_day)::double precision / half_life_days) + 0.5)::bigint END
FROM (SELECT b.user_id, b.item, b.sorted, max(b.day) AS last_day, row_number() OVER (PARTITION BY b.user_id ORDER BY max(b.day) DESC, b.sorted COLLATE "C") AS place
	  FROM oracle.bought(as_of) AS b GROUP BY b.user_id, b.item, b.sorted) AS h
WHERE h.place <= max_items
$$;

CREATE FUNCTION oracle.o_ln_o_by_e(observed bigint, expected double precision) RETURNS double precision
	LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN observed > 0 THEN observed * ln(observed / expected) ELSE 0 END $$;

CREATE FUNCTION oracle.together(as_of date, max_items integer, half_life_days integer)
	RETURNS TABLE (item text, sorted text, other text, other_sorted text, a bigint, b bigint, c bigint, n bigint, cosine double precision, llr double precision)
	LANGUAGE sql STABLE AS $$
WITH h AS MATERIALIZED (SELECT * FROM oracle.counted(as_of, max_items, half_life_days)),
i AS (SELECT item, sorted, count(*) AS users, sum(weight * weight)::double precision AS squares FROM h GROUP BY item, sorted),
p AS (SELECT x.item, y.item AS other, count(*) AS c, sum(x.weight * y.weight)::double precision AS products FROM h AS x JOIN h AS y ON y.user_id = x.user_id AND y.item <> x.item GROUP BY x.item, y.item),
t AS (SELECT x.item, x.sorted, y.item AS other, y.sorted AS other_sorted, x.users AS a, y.users AS b, p.c, (SELECT count(DISTINCT user_id) FROM h) AS n, p.products / sqrt(x.squares * y.squares) AS cosine
	  FROM p JOIN i AS x ON x.item = p.item JOIN i AS y ON y.item = p.other)
SELECT t.*, 2 * (oracle.o_ln_o_by_e(c, a::double precision * b / n) + oracle.o_ln_o_by_e(a - c, a::double precision * (n - b) / n) + oracle.o_ln_o_by_e(b - c, (n - a)::double precision * b / n)
	+ oracle.o_ln_o_by_e(n - a - b + c, (n - a)::double precision * (n - b) / n)) FROM t
$$;

CREATE FUNCTION oracle.item_pairs(as_of date, max_items integer, top integer, min_users integer)
	RETURNS TABLE (item text, other text, place bigint, users_item bigint, users_other bigint, users_both bigint, confidence numeric, lift numeric, llr numeric)
	LANGUAGE sql STABLE AS $$
SELECT * FROM (
	SELECT t.item, t.other, row_number() OVER (PARTITION BY t.item ORDER BY round(t.llr::numeric, 9) DESC, t.c DESC, t.other_sorted COLLATE "C") AS place, t.a, t.b, t.c, round(t.c::numeric / t.a, 9), round(t.c::numeric * t.n / (t.a * t.b), 9),
		   round(t.llr::numeric, 8)
	FROM oracle.together(as_of, max_items, NULL) AS t WHERE t.c >= min_users AND t.c * t.n > t.a * t.b) AS p
WHERE p.place <= top
$$;

CREATE FUNCTION oracle.user_favourites(as_of date, half_life_days integer) RETURNS TABLE (user_id bigint, favourite text, share numeric, items bigint, entropy numeric, last_day date)
	LANGUAGE sql STABLE AS $$
WITH i AS (
	SELECT b.user_id, b.item, b.sorted, max(b.day) AS last_day,
		   sum(CASE WHEN half_life_days IS NULL THEN 1 ELSE floor(65536 * power(2::double precision, -(as_of - 1 - b.day)::double precision / half_life_days) + 0.5)::bigint END) AS weight
	FROM oracle.bought(as_of) AS b GROUP BY b.user_id, b.item, b.sorted),
a AS (SELECT i.user_id, sum(i.weight) AS weight, count(*) AS items, -sum(CASE WHEN i.weight > 0 THEN i.weight / t.weight * ln(i.weight / t.weight) ELSE 0 END) AS entropy
	  FROM i JOIN (SELECT i.user_id, sum(i.weight) AS weight FROM i GROUP BY i.user_id) AS t ON t.user_id = i.user_id GROUP BY i.user_id)
SELECT DISTINCT ON (i.user_id) i.user_id, i.item, round(i.weight / nullif(a.weight, 0), 9), a.items, abs(round(a.entropy, 8)), i.last_day
FROM i JOIN a ON a.user_id = i.user_id
ORDER BY i.user_id, i.weight DESC, i.last_day DESC, i.sorted COLLATE "C"
$$;

-- What is offered to each user with an item before as_of; min_users NULL: what is popular alone.
CREATE FUNCTION oracle.offered(as_of date, max_items integer, half_life_days integer, min_users integer, top integer) RETURNS TABLE (user_id bigint, place bigint, item text, score numeric, reason text)
	LANGUAGE sql STABLE AS $$
WITH own AS MATERIALIZED (SELECT DISTINCT b.user_id, b.item, b.sorted FROM oracle.bought(as_of) AS b),
near AS MATERIALIZED (
	SELECT * FROM (SELECT t.*, row_number() OVER (PARTITION BY t.item ORDER BY t.cosine DESC, t.c DESC, t.other_sorted COLLATE "C") AS place FROM oracle.together(as_of, max_items, half_life_days) AS t WHERE t.c >= min_users) AS t
	WHERE t.place <= 50),
known AS MATERIALIZED (SELECT c.item, c.sorted, count(*) AS users FROM oracle.counted(as_of, max_items, NULL) AS c GROUP BY c.item, c.sorted),
scored AS (SELECT o.user_id, n.other AS item, sum(n.cosine ORDER BY n.sorted COLLATE "C") AS score FROM own AS o JOIN near AS n ON n.item = o.item GROUP BY o.user_id, n.other)
SELECT * FROM (
	SELECT u.user_id, row_number() OVER (PARTITION BY u.user_id ORDER BY s.score IS NULL, s.score DESC, k.users DESC, k.sorted COLLATE "C") AS place, k.item, round(s.score::numeric, 8), CASE WHEN s.score IS NULL THEN 'popular' ELSE 'similar' END
	FROM (SELECT DISTINCT user_id FROM own) AS u CROSS JOIN known AS k LEFT JOIN scored AS s ON s.user_id = u.user_id AND s.item = k.item
	WHERE NOT EXISTS (SELECT FROM own AS o WHERE o.user_id = u.user_id AND o.item = k.item)) AS r
WHERE r.place <= top
$$;

CREATE FUNCTION oracle.quality(split date, until date, max_items integer, half_life_days integer, min_users integer, top integer)
	RETURNS TABLE (method text, users bigint, hit_rate numeric, recall numeric, mrr numeric, coverage numeric)
	LANGUAGE sql STABLE AS $$
WITH taken AS MATERIALIZED (
	SELECT DISTINCT b.user_id, b.item FROM oracle.bought(until) AS b
	WHERE b.user_id IN (SELECT o.user_id FROM oracle.bought(split) AS o) AND NOT EXISTS (SELECT FROM oracle.bought(split) AS o WHERE o.user_id = b.user_id AND o.item = b.item)),
offers AS MATERIALIZED (
	SELECT m.method, o.* FROM (VALUES ('similar', min_users), ('popular', NULL)) AS m (method, fewest), LATERAL oracle.offered(split, max_items, half_life_days, m.fewest, top) AS o WHERE o.user_id IN (SELECT t.user_id FROM taken AS t)),
judged AS (
	SELECT m.method, u.user_id, count(t.item) AS hits, min(o.place) FILTER (WHERE t.item IS NOT NULL) AS first_hit, (SELECT count(*) FROM taken AS x WHERE x.user_id = u.user_id) AS of
	FROM (VALUES ('similar'), ('popular')) AS m (method) CROSS JOIN (SELECT DISTINCT x.user_id FROM taken AS x) AS u LEFT JOIN offers AS o ON o.method = m.method AND o.user_id = u.user_id
	LEFT JOIN taken AS t ON t.user_id = o.user_id AND t.item = o.item GROUP BY m.method, u.user_id)
SELECT j.method, count(*), round(avg((j.hits > 0)::integer), 9), round(avg(j.hits::numeric / j.of), 9), round(avg(coalesce(1.0 / j.first_hit, 0)), 9),
	   round((SELECT count(DISTINCT o.item)::numeric FROM offers AS o WHERE o.method = j.method) / (SELECT count(DISTINCT c.item) FROM oracle.counted(split, max_items, NULL) AS c), 9)
FROM judged AS j GROUP BY j.method
$$;

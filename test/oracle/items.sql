-- Items in plain SQL over a table events(user_id, item, day), in which a row may have NULLs.
-- Days from items_from on and before as_of count.

CREATE FUNCTION oracle_weight(day date, as_of date, half_life_days int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN half_life_days IS NULL THEN 1 ELSE floor(65536 * power(2::float8, -(as_of - 1 - day)::float8 / half_life_days) + 0.5) END::bigint
$$;

CREATE FUNCTION oracle_favourites(as_of date, half_life_days int) RETURNS TABLE (user_id bigint, favourite text, events bigint, share numeric, items bigint, entropy numeric, last_day date) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH weighed AS (SELECT e.user_id, e.item, count(*) AS events, sum(oracle_weight(e.day, as_of, half_life_days)) AS weight, max(e.day) AS last_day FROM events AS e WHERE e.item IS NOT NULL AND e.day < as_of GROUP BY e.user_id, e.item),
		 shares AS (SELECT *, weight / nullif(sum(weight) OVER u, 0) AS share, count(*) OVER u AS items FROM weighed WINDOW u AS (PARTITION BY weighed.user_id))
	SELECT DISTINCT ON (s.user_id) s.user_id, s.item, s.events, round(s.share, 12), s.items, round(-sum(s.share * ln(nullif(s.share, 0))) OVER (PARTITION BY s.user_id), 9), s.last_day
	FROM shares AS s ORDER BY s.user_id, s.weight DESC, s.last_day DESC, s.item;
END $$;

-- Of each user the items that count, with the weights of their last days.
CREATE FUNCTION oracle_items(as_of date, half_life_days int, max_items int, items_from date) RETURNS TABLE (user_id bigint, item text, weight bigint, cut boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH last AS (SELECT e.user_id, e.item, max(e.day) AS day FROM events AS e WHERE e.item IS NOT NULL AND e.day < as_of GROUP BY e.user_id, e.item),
		 placed AS (SELECT l.*, row_number() OVER (PARTITION BY l.user_id ORDER BY l.day DESC, l.item) AS place, count(*) OVER (PARTITION BY l.user_id) AS n FROM last AS l WHERE l.day >= coalesce(items_from, l.day))
	SELECT p.user_id, p.item, CASE WHEN half_life_days IS NULL THEN 65536 ELSE oracle_weight(p.day, as_of, half_life_days) END, p.n > max_items FROM placed AS p WHERE p.place <= max_items;
END $$;

-- One cell of the table of a pair: 2 O ln(O / E), exactly.
CREATE FUNCTION oracle_cell(o bigint, r bigint, k bigint, n bigint) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN o = 0 THEN 0 ELSE 2 * o * ln((o::numeric * n)::numeric(60, 30) / (r::numeric * k)) END
$$;

-- Over a table kept(user_id, item, weight) of those.
CREATE FUNCTION oracle_pairs() RETURNS TABLE (item text, other text, a bigint, b bigint, c bigint, n bigint, cosine float8, llr numeric) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH of_item AS (SELECT k.item, count(*) AS users, sum(k.weight * k.weight::numeric) AS squares FROM kept AS k GROUP BY k.item),
		 pair AS (SELECT k.item, o.item AS other, count(*) AS users, sum(k.weight * o.weight::numeric) AS products FROM kept AS k JOIN kept AS o USING (user_id) WHERE k.item <> o.item GROUP BY k.item, o.item),
		 counted AS (SELECT p.item, p.other, i.users AS a, o.users AS b, p.users AS c, (SELECT count(DISTINCT k.user_id) FROM kept AS k) AS n, coalesce((p.products / nullif(sqrt(i.squares * o.squares), 0))::float8, 0) AS cosine
					 FROM pair AS p JOIN of_item AS i ON i.item = p.item JOIN of_item AS o ON o.item = p.other)
	SELECT t.*, oracle_cell(t.c, t.a, t.b, t.n) + oracle_cell(t.a - t.c, t.a, t.n - t.b, t.n) + oracle_cell(t.b - t.c, t.n - t.a, t.b, t.n) + oracle_cell(t.n - t.a - t.b + t.c, t.n - t.a, t.n - t.b, t.n) FROM counted AS t;
END $$;

-- What is near each item, over a table told of those pairs, by a measure that is exact enough to put in order.
CREATE FUNCTION oracle_neighbours(measure text, min_users int) RETURNS TABLE (item text, other text, place bigint, score numeric, users_both bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT s.item, s.other, row_number() OVER (PARTITION BY s.item ORDER BY s.score DESC, s.c DESC, s.other), s.score, s.c
	FROM (SELECT t.item, t.other, t.c, round(CASE measure WHEN 'llr' THEN t.llr WHEN 'cosine' THEN t.cosine::numeric WHEN 'lift' THEN t.c * t.n::numeric / (t.a * t.b) WHEN 'confidence' THEN t.c / t.a::numeric ELSE t.c / (t.a + t.b - t.c)::numeric END, 10) AS score
		  FROM told AS t WHERE t.c >= min_users AND (measure NOT IN ('llr', 'lift') OR t.c * t.n > t.a * t.b)) AS s
	WHERE s.score > 0;
END $$;

-- What to offer, over a table near of neighbours, of which scores are added up in the order of the user's items.
CREATE FUNCTION oracle_offers(as_of date, top int, neighbours int, keep_own boolean) RETURNS TABLE (user_id bigint, item text, place bigint, score float8, reason text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH own AS (SELECT DISTINCT e.user_id, e.item FROM events AS e WHERE e.item IS NOT NULL AND e.day < as_of),
		 users AS (SELECT DISTINCT e.user_id FROM events AS e),
		 popular AS (SELECT k.item, count(*) AS users FROM kept AS k GROUP BY k.item),
		 near_own AS (SELECT o.user_id, n.other AS item, sum(n.score ORDER BY n.item) AS score FROM own AS o JOIN near AS n USING (item) WHERE n.place <= neighbours GROUP BY o.user_id, n.other),
		 all_of_them AS (SELECT u.user_id, p.item, p.users, s.score FROM users AS u CROSS JOIN popular AS p LEFT JOIN near_own AS s ON s.user_id = u.user_id AND s.item = p.item
						 WHERE keep_own OR NOT EXISTS (SELECT FROM own AS o WHERE o.user_id = u.user_id AND o.item = p.item)),
		 placed AS (SELECT a.user_id, a.item, row_number() OVER (PARTITION BY a.user_id ORDER BY a.score DESC NULLS LAST, a.users DESC, a.item) AS place, a.score FROM all_of_them AS a)
	SELECT p.user_id, p.item, p.place, p.score, CASE WHEN p.score IS NULL THEN 'popular' ELSE 'similar' END FROM placed AS p WHERE p.place <= top;
END $$;

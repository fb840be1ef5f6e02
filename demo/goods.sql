-- What the shop's customers bought, and what they wrote and read in its magazine: of the customers and purchases that shop.sql made.

CREATE TEMP TABLE products AS
SELECT theme, product, sum(weight) OVER w - weight AS from_weight, sum(weight) OVER w AS to_weight, sum(weight) OVER (PARTITION BY theme) AS all_weight
FROM (VALUES
	('coffee', 'espresso beans', 10), ('coffee', 'filter beans', 8), ('coffee', 'paper filters', 6), ('coffee', 'grinder', 3), ('coffee', 'milk jug', 2), ('coffee', 'descaler', 2),
	('tea', 'green tea', 8), ('tea', 'earl grey', 7), ('tea', 'mug', 4), ('tea', 'teapot', 3), ('tea', 'honey', 3), ('tea', 'tea strainer', 2),
	('baking', 'bread flour', 9), ('baking', 'rye flour', 6), ('baking', 'yeast', 6), ('baking', 'proofing basket', 3), ('baking', 'scale', 2), ('baking', 'bread knife', 2),
	('garden', 'herb seeds', 7), ('garden', 'potting soil', 7), ('garden', 'tomato seeds', 5), ('garden', 'plant pots', 4), ('garden', 'watering can', 2), ('garden', 'pruning shears', 2),
	('writing', 'notebook', 8), ('writing', 'pencil set', 5), ('writing', 'ink', 4), ('writing', 'letter paper', 3), ('writing', 'fountain pen', 3), ('writing', 'desk lamp', 1),
	('for everybody', 'gift card', 5), ('for everybody', 'tote bag', 4)) AS v (theme, product, weight)
WINDOW w AS (PARTITION BY theme ORDER BY weight DESC, product);

-- Each customer has a theme, and a second one.
CREATE FUNCTION pg_temp.theme(chance float8) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['coffee', 'tea', 'baking', 'garden', 'writing', 'for everybody'])[1 + width_bucket(chance, ARRAY[0.32, 0.52, 0.70, 0.82, 0.93])]
$$;

INSERT INTO public.shop_order_lines
SELECT id, pg_temp.moment(at), product, theme, CASE WHEN line = lines THEN total - (lines - 1) * round(total / lines, 2) ELSE round(total / lines, 2) END
FROM (
	SELECT p.id, p.at, p.total, product, theme, row_number() OVER w AS line, count(*) OVER (PARTITION BY p.id, p.k) AS lines
	FROM (
		SELECT DISTINCT p.id, p.k, p.at, p.total, products.product, products.theme
		FROM purchases AS p
		CROSS JOIN LATERAL generate_series(1, least(5, 1 + floor(-1.3 * ln(pg_temp.chance(p.id, 110, p.k)))::int)) AS line
		CROSS JOIN LATERAL (SELECT pg_temp.chance(p.id, 111, 8 * p.k + line) AS which) AS w
		JOIN products ON products.theme = pg_temp.theme(CASE WHEN which < 0.62 THEN pg_temp.chance(p.id, 112) WHEN which < 0.85 THEN pg_temp.chance(p.id, 113) ELSE pg_temp.chance(p.id, 114, 8 * p.k + line) END)
			AND all_weight * pg_temp.chance(p.id, 115, 8 * p.k + line) BETWEEN from_weight AND to_weight
	) AS p
	WINDOW w AS (PARTITION BY p.id, p.k ORDER BY product)
) AS p
WHERE pg_temp.moment(at) < '2026-11-01 00:00+00'
ORDER BY 2, 1, 3;

-- Articles that customers wrote while they were there, one in six days; a few write most of them. Some articles are good, and bring
-- their readers back.
CREATE TEMP TABLE authors AS
SELECT id, first_seen, first_seen + life AS gone, power(pg_temp.chance(id, 122), -0.8) AS eager FROM customers WHERE kind = 'repeat' AND pg_temp.chance(id, 120) < 0.06;

CREATE TEMP TABLE articles AS
SELECT a.n, a.theme || ', part ' || row_number() OVER (PARTITION BY a.theme ORDER BY a.n) AS article, a.theme, a.day, pg_temp.chance(a.n, 121) AS quality, w.id AS author
FROM (
	SELECT n, pg_temp.theme(0.93 * pg_temp.chance(n, 123)) AS theme, date '2025-05-20' - date '2000-01-01' + 5.8 * n + pg_temp.chance(n, 124) AS day FROM generate_series(1, 90) AS n
) AS a
CROSS JOIN LATERAL (SELECT id FROM authors WHERE a.day BETWEEN first_seen AND gone ORDER BY -ln(pg_temp.chance(id, 129, a.n)) / eager, id LIMIT 1) AS w;

-- In one of three visits somebody reads, of the latest six articles mostly of the own theme; a few then say something. Who reads
-- a good one is more often back within a week.
CREATE TEMP TABLE readings AS
SELECT v.id, v.at, v.n, a.article, a.author, a.quality
FROM (SELECT id, at, n, coalesce(lead(at) OVER (PARTITION BY id ORDER BY at, n) < at + 7, false)::int AS comes_back FROM visits) AS v
CROSS JOIN LATERAL (
	SELECT * FROM (SELECT * FROM articles WHERE day < v.at ORDER BY day DESC LIMIT 6) AS latest
	ORDER BY pg_temp.chance(v.id, 125, v.n * 8 + latest.n % 8) - (0.1 + v.comes_back) * latest.quality - CASE WHEN theme = pg_temp.theme(pg_temp.chance(v.id, 112)) THEN 0.6 ELSE 0 END, n LIMIT 1
) AS a
WHERE pg_temp.chance(v.id, 126, v.n) < 0.33;

INSERT INTO public.shop_articles
SELECT id, pg_temp.moment(at), article, author, kind
FROM (
	SELECT author AS id, day AS at, article, author, 'write' AS kind FROM articles
	UNION ALL SELECT id, at, article, author, 'read' FROM readings
	UNION ALL SELECT id, at, article, author, 'like' FROM readings WHERE pg_temp.chance(id, 127, n) < 0.06 + 0.12 * quality
	UNION ALL SELECT id, at, article, author, 'comment' FROM readings WHERE pg_temp.chance(id, 128, n) < 0.012
) AS a
WHERE pg_temp.moment(at) < '2026-11-01 00:00+00'
ORDER BY 2, 1, 3, 5;

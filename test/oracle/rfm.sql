-- RFM in plain SQL, from the table events(user_id, day, amount).
CREATE SCHEMA IF NOT EXISTS oracle;

CREATE FUNCTION oracle.rfm(as_of date, n_bins integer, has_amounts boolean)
	RETURNS TABLE (user_id bigint, recency_days integer, frequency bigint, monetary numeric,
				   r_score integer, f_score integer, m_score integer, rfm_score text, segment text, bits text)
	LANGUAGE sql STABLE AS $$
WITH seen AS (
	SELECT e.user_id, e.day, e.amount, NOT has_amounts OR e.amount >= 0 AS is_basis
	FROM events AS e WHERE e.user_id IS NOT NULL AND e.day < as_of
), users AS (
	SELECT s.user_id, as_of - max(s.day) FILTER (WHERE is_basis) AS recency,
		   count(DISTINCT s.day) FILTER (WHERE is_basis) AS frequency,
		   CASE WHEN has_amounts THEN coalesce(sum(s.amount), 0) END AS monetary
	FROM seen AS s GROUP BY s.user_id
), dimension_values AS (
	SELECT v.dimension, v.value, row_number() OVER (PARTITION BY v.dimension ORDER BY v.value) - 1 AS place,
		   count(*) OVER (PARTITION BY v.dimension) AS n
	FROM users, LATERAL (VALUES ('r', recency::numeric), ('f', users.frequency), ('m', users.monetary)) AS v (dimension, value)
	WHERE users.frequency > 0 AND v.value IS NOT NULL
), cuts AS (	-- times n_bins, so that they are exact
	SELECT low.dimension, i, n_bins * low.value + (low.n - 1) * i % n_bins * (coalesce(high.value, low.value) - low.value) AS cut
	FROM generate_series(1, n_bins - 1) AS i
	JOIN dimension_values AS low ON low.place = (low.n - 1) * i / n_bins
	LEFT JOIN dimension_values AS high ON high.dimension = low.dimension AND high.place = low.place + 1
), means AS (
	SELECT sum(recency) AS r, sum(users.frequency) AS f, sum(users.monetary) AS m, count(*) AS n
	FROM users WHERE users.frequency > 0
), scored AS (
	SELECT u.*, CASE WHEN recency IS NOT NULL THEN 1 + (SELECT count(*) FROM cuts WHERE dimension = 'r' AND cut >= n_bins * recency) END::integer AS r_score,
		   CASE WHEN recency IS NOT NULL THEN 1 + (SELECT count(*) FROM cuts WHERE dimension = 'f' AND cut < n_bins * u.frequency) END::integer AS f_score,
		   CASE WHEN recency IS NOT NULL AND has_amounts THEN 1 + (SELECT count(*) FROM cuts WHERE dimension = 'm' AND cut < n_bins * u.monetary) END::integer AS m_score
	FROM users AS u
)
SELECT s.user_id, s.recency, s.frequency, s.monetary, s.r_score, s.f_score, s.m_score,
	   s.r_score || CASE WHEN n_bins > 9 THEN '-' ELSE '' END || s.f_score || CASE WHEN n_bins > 9 THEN '-' ELSE '' END || s.m_score,
	   CASE WHEN n_bins <> 5 THEN NULL
			WHEN s.recency IS NULL THEN 'no_purchase'
			WHEN s.r_score <= 2 AND s.f_score <= 2 THEN 'hibernating'
			WHEN s.r_score <= 2 AND s.f_score <= 4 THEN 'at_risk'
			WHEN s.r_score <= 2 THEN 'cant_lose_them'
			WHEN s.r_score = 3 AND s.f_score <= 2 THEN 'about_to_sleep'
			WHEN s.r_score = 3 AND s.f_score = 3 THEN 'need_attention'
			WHEN s.r_score <= 4 AND s.f_score >= 4 THEN 'loyal_customers'
			WHEN s.r_score = 4 AND s.f_score = 1 THEN 'promising'
			WHEN s.r_score = 5 AND s.f_score = 1 THEN 'new_customers'
			WHEN s.f_score <= 3 THEN 'potential_loyalists'
			ELSE 'champions' END,
	   CASE WHEN s.recency IS NOT NULL AND has_amounts THEN
			CASE WHEN s.recency * m.n <= m.r THEN '1' ELSE '0' END ||
			CASE WHEN s.frequency * m.n >= m.f THEN '1' ELSE '0' END ||
			CASE WHEN s.monetary * m.n >= m.m THEN '1' ELSE '0' END END
FROM scored AS s, means AS m
$$;

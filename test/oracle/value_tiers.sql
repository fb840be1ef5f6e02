-- Tiers of value and their inequality in plain SQL, from the table worth(user_id, value).
CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off;

CREATE FUNCTION oracle.value_tier_of(shares numeric[]) RETURNS TABLE (user_id bigint, value numeric, tier text)
	LANGUAGE sql STABLE AS $$
SELECT w.user_id, w.value,
	   CASE WHEN w.value <= 0 THEN 'none'
	   -- what stands before all who are worth as much, against the whole
	   ELSE chr(65 + (SELECT count(*)::integer FROM unnest(shares) AS s (share)
					  WHERE coalesce((SELECT sum(o.value) FROM worth AS o WHERE o.value > w.value), 0) >= s.share * (SELECT sum(o.value) FROM worth AS o WHERE o.value > 0))) END
FROM worth AS w
WHERE w.value IS NOT NULL
$$;

CREATE FUNCTION oracle.value_tiers(shares numeric[]) RETURNS TABLE (tier text, users bigint, share numeric, revenue numeric, revenue_share numeric, min_value numeric, max_value numeric)
	LANGUAGE sql STABLE AS $$
SELECT t.tier, count(o.value), count(o.value) / nullif((SELECT count(*) FROM oracle.value_tier_of(shares)), 0)::numeric, coalesce(sum(o.value), 0),
	   coalesce(sum(o.value), 0) / nullif((SELECT sum(w.value) FROM worth AS w), 0), min(o.value), max(o.value)
FROM (SELECT chr(64 + i) FROM generate_series(1, cardinality(shares) + 1) AS i UNION ALL SELECT 'none') AS t (tier)
LEFT JOIN oracle.value_tier_of(shares) AS o USING (tier)
GROUP BY t.tier
$$;

CREATE FUNCTION oracle.gini() RETURNS numeric
	LANGUAGE sql STABLE AS $$
SELECT (2 * sum(v.i * v.x) - (count(*) + 1) * sum(v.x)) / nullif(count(*) * sum(v.x), 0)
FROM (SELECT greatest(w.value, 0) AS x, row_number() OVER (ORDER BY greatest(w.value, 0)) AS i FROM worth AS w WHERE w.value IS NOT NULL) AS v
$$;

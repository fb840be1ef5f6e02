-- The views of tags in plain SQL, day by day, from the tables tags(user_id, tag, valid_from, valid_to), of days within
-- 2023 to 2025, and people(user_id, monetary, segment, life_stage): what a schema says of its users.
CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off;

-- All days with a tag; the first and the last day of these years stand for always.
CREATE FUNCTION oracle.tag_days(as_of date) RETURNS TABLE (user_id bigint, tag text, day date)
	LANGUAGE sql STABLE AS $$
SELECT DISTINCT t.user_id, t.tag, d::date
FROM tags AS t, generate_series(CASE WHEN t.valid_from > '2023-01-01' THEN t.valid_from ELSE '2023-01-01' END::timestamp,
								CASE WHEN t.valid_to < '2026-01-01' THEN t.valid_to - 1 ELSE '2025-12-31' END::timestamp, interval '1 day') AS d
WHERE t.user_id IS NOT NULL AND t.tag IS NOT NULL AND (t.valid_from IS NULL OR t.valid_from < as_of) AND t.valid_from IS DISTINCT FROM 'infinity' AND t.valid_to IS DISTINCT FROM '-infinity'
$$;

CREATE FUNCTION oracle.tag_spans(as_of date) RETURNS TABLE (user_id bigint, tag text, valid_from date, valid_to date)
	LANGUAGE sql STABLE AS $$
SELECT i.user_id, i.tag, nullif(min(i.day), '2023-01-01'), nullif(max(i.day) + 1, '2026-01-01')
FROM (SELECT d.*, d.day - (row_number() OVER (PARTITION BY d.user_id, d.tag ORDER BY d.day))::integer AS island FROM oracle.tag_days(as_of) AS d) AS i
GROUP BY i.user_id, i.tag, i.island
$$;

CREATE FUNCTION oracle.tags_on(as_of date) RETURNS TABLE (user_id bigint, tag text)
	LANGUAGE sql STABLE AS $$
SELECT d.user_id, d.tag FROM oracle.tag_days(as_of) AS d WHERE d.day = as_of
UNION ALL SELECT p.user_id, 'segment: ' || p.segment FROM people AS p
UNION ALL SELECT p.user_id, 'life_stage: ' || p.life_stage FROM people AS p
$$;

CREATE FUNCTION oracle.tag_counts(as_of date) RETURNS TABLE (tag text, users bigint, share double precision, revenue numeric, added_30d bigint, removed_30d bigint)
	LANGUAGE sql STABLE AS $$
-- as of 30 days before nothing is known that began later
SELECT coalesce(n.tag, o.tag), count(n.tag), count(n.tag)::double precision / (SELECT count(*) FROM people), CASE WHEN count(p.monetary) = 0 THEN NULL ELSE coalesce(sum(p.monetary) FILTER (WHERE n.tag IS NOT NULL), 0) END,
	   CASE WHEN coalesce(n.tag, o.tag) !~ ':' THEN count(*) FILTER (WHERE o.tag IS NULL) END, CASE WHEN coalesce(n.tag, o.tag) !~ ':' THEN count(*) FILTER (WHERE n.tag IS NULL) END
FROM oracle.tags_on(as_of) AS n
FULL JOIN (SELECT * FROM oracle.tags_on(as_of - 30) AS o WHERE o.tag !~ ':') AS o ON o.user_id = n.user_id AND o.tag = n.tag
JOIN people AS p ON p.user_id = coalesce(n.user_id, o.user_id)
GROUP BY coalesce(n.tag, o.tag)
$$;

CREATE FUNCTION oracle.tag_overlap(as_of date) RETURNS TABLE (tag text, other text, users bigint, share numeric, lift numeric)
	LANGUAGE sql STABLE AS $$
SELECT a.tag, b.tag, count(*), round(count(*)::numeric / t.n, 10), round(count(*)::numeric * (SELECT count(*) FROM people) / (t.n * o.n), 10)
FROM oracle.tags_on(as_of) AS a
JOIN oracle.tags_on(as_of) AS b ON b.user_id = a.user_id AND b.tag <> a.tag
JOIN people AS p ON p.user_id = a.user_id
JOIN (SELECT x.tag, count(*) AS n FROM oracle.tags_on(as_of) AS x JOIN people AS y USING (user_id) GROUP BY x.tag) AS t ON t.tag = a.tag
JOIN (SELECT x.tag, count(*) AS n FROM oracle.tags_on(as_of) AS x JOIN people AS y USING (user_id) GROUP BY x.tag) AS o ON o.tag = b.tag
GROUP BY a.tag, b.tag, t.n, o.n
$$;

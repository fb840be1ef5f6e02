-- Identity in plain SQL: which ids of each graph are one person, by recursion. Logins stand in the table
-- "logins" (graph, a, u, day), what is asked of each in "questions" (graph, as_of, mode, max_users, max_ids).

CREATE MATERIALIZED VIEW pairs AS
SELECT graph, a, u, min(day) AS first_day, max(day) AS last_day, count(*) AS times
FROM logins JOIN questions USING (graph) WHERE a IS NOT NULL AND u IS NOT NULL AND day < as_of GROUP BY graph, a, u;

CREATE MATERIALIZED VIEW shared AS
SELECT graph, a, count(*) AS users, sum(times) AS logins FROM pairs JOIN questions USING (graph) GROUP BY graph, a, max_users HAVING count(*) > max_users;

CREATE MATERIALIZED VIEW kept AS
SELECT * FROM pairs AS p WHERE NOT EXISTS (SELECT FROM shared AS s WHERE s.graph = p.graph AND s.a = p.a);
CREATE INDEX ON kept (graph, u);
CREATE INDEX ON kept (graph, a);

CREATE MATERIALIZED VIEW owners AS
SELECT DISTINCT ON (graph, a) graph, a, u FROM kept JOIN questions USING (graph)
ORDER BY graph, a, CASE WHEN mode = 'first' THEN first_day END, CASE WHEN mode <> 'first' THEN last_day END DESC, times DESC, u;

CREATE INDEX ON owners (graph, u);

-- Whom each user reaches, breadth first: another step for all who were found.
CREATE MATERIALIZED VIEW reached AS
WITH RECURSIVE walk (graph, u, other) AS (
	SELECT DISTINCT graph, u, u FROM pairs
	UNION
	SELECT w.graph, w.u, there.u FROM walk AS w JOIN kept AS here ON here.graph = w.graph AND here.u = w.other JOIN kept AS there ON there.graph = here.graph AND there.a = here.a)
TABLE walk;
CREATE INDEX ON reached (graph, u);

CREATE MATERIALIZED VIEW components AS
SELECT r.graph, r.u, count(DISTINCT r.other) AS users, count(DISTINCT k.a) AS devices,
	   (SELECT o.other FROM reached AS o WHERE o.graph = r.graph AND o.u = r.u
		ORDER BY (SELECT min(f.first_day) FROM kept AS f WHERE f.graph = o.graph AND f.u = o.other), o.other LIMIT 1) AS seen_first
FROM reached AS r LEFT JOIN kept AS k ON k.graph = r.graph AND k.u = r.other GROUP BY r.graph, r.u;

CREATE MATERIALIZED VIEW persons AS
SELECT c.graph, c.u, CASE WHEN mode <> 'components' OR users + devices > max_ids THEN c.u ELSE seen_first END AS canonical,
	   CASE WHEN mode = 'components' AND users + devices > max_ids THEN 'over_merged' ELSE 'ok' END AS status,
	   CASE WHEN mode = 'components' THEN users + devices ELSE 1 + (SELECT count(*) FROM owners AS o WHERE o.graph = c.graph AND o.u = c.u) END AS ids,
	   CASE WHEN mode = 'components' THEN users ELSE 1 END AS users
FROM components AS c JOIN questions USING (graph);

CREATE MATERIALIZED VIEW oracle_map AS
SELECT o.graph, 'anonymous' AS kind, o.a::text AS id, p.canonical::text AS canonical_id, p.status, p.ids::int, p.users::int FROM owners AS o JOIN persons AS p USING (graph, u)
UNION ALL SELECT graph, 'anonymous', a::text, NULL, 'shared_device', 1, 0 FROM shared
UNION ALL SELECT graph, 'user', u::text, canonical::text, status, ids::int, users::int FROM persons;

CREATE MATERIALIZED VIEW oracle_suspects AS
SELECT graph, 'shared_device' AS status, a::text AS id, (users + 1)::int AS ids, users::int, logins FROM shared
UNION ALL
SELECT graph, 'over_merged', seen_first::text, (users + devices)::int, users::int,
	   (SELECT sum(k.times) FROM kept AS k JOIN reached AS r ON r.graph = k.graph AND r.other = k.u WHERE r.graph = c.graph AND r.u = c.u)
FROM components AS c JOIN questions USING (graph) WHERE users + devices > max_ids AND u = seen_first;

CREATE MATERIALIZED VIEW oracle_counts AS
SELECT p.graph, p.logins, m.anonymous_ids, m.user_ids, m.persons, m.shared_devices, CASE WHEN q.mode = 'components' THEN (SELECT count(*) FROM oracle_suspects AS s WHERE s.graph = p.graph AND s.status = 'over_merged') ELSE 0 END AS over_merged, m.largest
FROM (SELECT graph, sum(times) AS logins FROM pairs GROUP BY graph) AS p
JOIN (SELECT graph, count(*) FILTER (WHERE kind = 'anonymous') AS anonymous_ids, count(*) FILTER (WHERE kind = 'user') AS user_ids, count(DISTINCT canonical_id) AS persons,
			 count(*) FILTER (WHERE status = 'shared_device') AS shared_devices, max(ids)::bigint AS largest FROM oracle_map GROUP BY graph) AS m USING (graph)
JOIN questions AS q USING (graph);

-- Sessions and paths in plain SQL, from the table events(user_id, at, name, amount, cut, key):
-- the answers that session_id, sessions, path_edges and transitions are held against.  It uses
-- nothing of the extension.

CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off; -- events may come later, and be temporary

-- The rows of each user in order, numbered, and the session that each is in: row by row.
CREATE OR REPLACE FUNCTION oracle.session_rows(gap interval, max_length interval, zone text, by_hand boolean)
	RETURNS TABLE (user_id bigint, i bigint, at timestamptz, name text, amount numeric, session bigint)
	LANGUAGE sql AS $$
	WITH RECURSIVE ordered AS MATERIALIZED (
		SELECT *, row_number() OVER (PARTITION BY e.user_id ORDER BY e.at, e.name COLLATE "C", e.amount NULLS FIRST, e.id) AS i
		FROM events e WHERE e.user_id IS NOT NULL AND e.at IS NOT NULL
	), walk AS (
		SELECT o.user_id, o.i, o.at, o.name, o.amount, 1::bigint AS session, o.at AS started, o.key AS last_key
		FROM ordered o WHERE o.i = 1
		UNION ALL
		SELECT o.user_id, o.i, o.at, o.name, o.amount, w.session + b.begins::int, CASE WHEN b.begins THEN o.at ELSE w.started END,
			   CASE WHEN b.begins THEN o.key ELSE coalesce(o.key, w.last_key) END
		FROM walk w JOIN ordered o ON o.user_id = w.user_id AND o.i = w.i + 1,
		LATERAL (SELECT o.at - w.at > gap
						OR coalesce(o.at - w.started > max_length, false)
						OR coalesce((o.at AT TIME ZONE zone)::date <> (w.at AT TIME ZONE zone)::date, false)
						OR by_hand AND (coalesce(o.cut, false) OR o.key IS NOT NULL AND o.key IS DISTINCT FROM w.last_key)) AS b (begins)
	)
	SELECT w.user_id, w.i, w.at, w.name, w.amount, w.session FROM walk w
$$;

-- By the gap alone, as it is written everywhere: lag() and a running sum.
CREATE OR REPLACE FUNCTION oracle.session_numbers(gap interval)
	RETURNS TABLE (id bigint, session bigint)
	LANGUAGE sql AS $$
	SELECT l.id, sum(CASE WHEN l.before IS NULL OR l.at - l.before > gap THEN 1 ELSE 0 END) OVER (PARTITION BY l.user_id ORDER BY l.at)
	FROM (SELECT e.*, lag(e.at) OVER (PARTITION BY e.user_id ORDER BY e.at) AS before FROM events e WHERE e.at IS NOT NULL AND e.user_id IS NOT NULL) l
$$;

CREATE OR REPLACE FUNCTION oracle.sessions(gap interval, max_length interval, zone text, as_of timestamptz)
	RETURNS TABLE (user_id bigint, session integer, started_at timestamptz, ended_at timestamptz, events bigint,
				   first_event text, last_event text, amount numeric, complete boolean)
	LANGUAGE sql AS $$
	SELECT r.user_id, r.session::int, min(r.at), max(r.at), count(*), (array_agg(r.name ORDER BY r.i))[1], (array_agg(r.name ORDER BY r.i DESC))[1],
		   sum(r.amount), as_of - max(r.at) > gap
	FROM oracle.session_rows(gap, max_length, zone, false) r WHERE r.at < as_of GROUP BY r.user_id, r.session
$$;

-- The nodes of each session, numbered from 1; a gap of NULL: one session a user.
CREATE OR REPLACE FUNCTION oracle.nodes(gap interval, as_of timestamptz, collapse boolean)
	RETURNS TABLE (user_id bigint, session bigint, n bigint, name text, at timestamptz)
	LANGUAGE sql AS $$
	WITH ordered AS (
		SELECT e.user_id, e.at, e.name, row_number() OVER w AS i, lag(e.at) OVER w AS before FROM events e
		WHERE e.user_id IS NOT NULL AND e.at < as_of WINDOW w AS (PARTITION BY e.user_id ORDER BY e.at, e.name COLLATE "C")
	), numbered AS (
		SELECT o.*, sum(CASE WHEN coalesce(o.at - o.before > gap, false) THEN 1 ELSE 0 END) OVER (PARTITION BY o.user_id ORDER BY o.i) AS session FROM ordered o
	), changed AS (
		SELECT c.*, lag(c.name) OVER (PARTITION BY c.user_id, c.session ORDER BY c.i) IS DISTINCT FROM c.name AS differs FROM numbered c
	)
	SELECT c.user_id, c.session, row_number() OVER (PARTITION BY c.user_id, c.session ORDER BY c.i), c.name, c.at
	FROM changed c WHERE c.differs OR NOT collapse
$$;

CREATE OR REPLACE FUNCTION oracle.path_edges(gap interval, as_of timestamptz, max_depth int, collapse boolean, start_at text, end_at text, reverse boolean, exits boolean)
	RETURNS TABLE (depth integer, source text, target text, sessions bigint, users bigint, average_seconds double precision)
	LANGUAGE sql AS $$
	WITH nodes AS MATERIALIZED (
		SELECT * FROM oracle.nodes(gap, as_of, collapse)
	), starts AS (
		SELECT n.user_id, n.session, min(n.n) AS a FROM nodes n WHERE start_at IS NULL OR n.name = start_at GROUP BY 1, 2
	), spans AS (
		SELECT s.user_id, s.session, s.a, CASE WHEN end_at IS NOT NULL AND NOT reverse THEN min(n.n) ELSE max(n.n) END AS z
		FROM starts s JOIN nodes n USING (user_id, session) WHERE n.n >= s.a AND (end_at IS NULL OR n.name = end_at) GROUP BY 1, 2, 3
	), steps AS (
		SELECT CASE WHEN reverse THEN s.z - n.n ELSE n.n - s.a + 1 END AS depth, n.name AS source, m.name AS target, n.user_id, m.at - n.at AS took
		FROM spans s JOIN nodes n USING (user_id, session) JOIN nodes m USING (user_id, session) WHERE n.n >= s.a AND m.n = n.n + 1 AND m.n <= s.z
		UNION ALL
		SELECT s.z - s.a + 1, CASE WHEN NOT reverse THEN n.name END, CASE WHEN reverse THEN n.name END, n.user_id, NULL
		FROM spans s JOIN nodes n USING (user_id, session)
		WHERE exits AND n.n = CASE WHEN reverse THEN s.a ELSE s.z END AND CASE WHEN reverse THEN start_at ELSE end_at END IS NULL
	)
	SELECT s.depth::int, s.source, s.target, count(*), count(DISTINCT s.user_id), sum(extract(epoch FROM s.took) * 1000000)::float8 / (count(*) * 1000000)::float8
	FROM steps s WHERE s.depth <= max_depth GROUP BY 1, 2, 3
$$;

CREATE OR REPLACE FUNCTION oracle.transitions(gap interval, as_of timestamptz, collapse boolean)
	RETURNS TABLE (source text, target text, transitions bigint, probability double precision)
	LANGUAGE sql AS $$
	WITH nodes AS MATERIALIZED (
		SELECT * FROM oracle.nodes(gap, as_of, collapse)
	), pairs AS (
		SELECT n.name AS source, lead(n.name) OVER (PARTITION BY n.user_id, n.session ORDER BY n.n) AS target FROM nodes n
		UNION ALL SELECT NULL, n.name FROM nodes n WHERE n.n = 1
	)
	SELECT p.source, p.target, count(*), count(*)::float8 / (sum(count(*)) OVER (PARTITION BY p.source))::float8 FROM pairs p GROUP BY 1, 2
$$;

RESET check_function_bodies;

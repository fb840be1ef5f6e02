-- Who brought whom, in plain SQL over a table invitations(graph, as_of, inviter, invitee, day),
-- of many graphs at once, which is filled before.  What stands above a user is found out by the closure of all
-- edges, once with circles, once without.

CREATE MATERIALIZED VIEW counted AS
SELECT graph, inviter, invitee, day FROM invitations WHERE day < as_of AND inviter IS NOT NULL AND invitee IS NOT NULL;

CREATE MATERIALIZED VIEW chosen AS
SELECT DISTINCT ON (graph, invitee) graph, invitee, inviter, day
FROM counted WHERE inviter <> invitee ORDER BY graph, invitee, day, inviter;

CREATE MATERIALIZED VIEW circles AS
WITH RECURSIVE above (graph, user_id, other) AS (
	SELECT graph, invitee, inviter FROM chosen
	UNION
	SELECT a.graph, a.user_id, c.inviter FROM above AS a JOIN chosen AS c ON c.graph = a.graph AND c.invitee = a.other),
members AS (SELECT a.graph, a.user_id, a.other FROM above AS a JOIN above AS b ON b.graph = a.graph AND b.user_id = a.other AND b.other = a.user_id)
SELECT DISTINCT ON (m.graph, m.user_id) m.graph, m.user_id, c.invitee AS last_invited
FROM members AS m JOIN chosen AS c ON c.graph = m.graph AND c.invitee = m.other ORDER BY m.graph, m.user_id, c.day DESC, c.invitee DESC;

CREATE MATERIALIZED VIEW kept AS
SELECT * FROM chosen AS c WHERE NOT EXISTS (SELECT FROM circles AS o WHERE o.graph = c.graph AND o.user_id = c.invitee AND o.last_invited = c.invitee);

CREATE MATERIALIZED VIEW oracle_tree AS
WITH RECURSIVE above (graph, user_id, other, steps) AS (
	SELECT graph, invitee, inviter, 1 FROM kept
	UNION ALL
	SELECT a.graph, a.user_id, k.inviter, a.steps + 1 FROM above AS a JOIN kept AS k ON k.graph = a.graph AND k.invitee = a.other),
users AS (SELECT graph, inviter AS user_id FROM counted UNION SELECT graph, invitee FROM counted)
SELECT u.graph, u.user_id, k.inviter, k.day AS invited_on, coalesce(t.other, u.user_id) AS root, coalesce(t.steps, 0) AS generation,
	   coalesce(b.direct, 0) AS direct, coalesce(b.descendants, 0) AS descendants, c.user_id IS NOT NULL AS cut
FROM users AS u
LEFT JOIN kept AS k ON k.graph = u.graph AND k.invitee = u.user_id
LEFT JOIN (SELECT DISTINCT ON (graph, user_id) * FROM above ORDER BY graph, user_id, steps DESC) AS t ON t.graph = u.graph AND t.user_id = u.user_id
LEFT JOIN (SELECT graph, other, count(*) FILTER (WHERE steps = 1) AS direct, count(*) AS descendants FROM above GROUP BY graph, other) AS b ON b.graph = u.graph AND b.other = u.user_id
LEFT JOIN circles AS c ON c.graph = u.graph AND c.user_id = u.user_id AND c.last_invited = u.user_id;

CREATE MATERIALIZED VIEW oracle_counts AS
SELECT t.graph, r.invitations, t.users, t.invited_users, t.users - t.invited_users AS roots, r.self_invites, r.others - c.edges AS duplicates, t.cut_edges, t.max_generation
FROM (SELECT graph, count(*) AS users, count(inviter) AS invited_users, count(*) FILTER (WHERE cut) AS cut_edges, max(generation) AS max_generation FROM oracle_tree GROUP BY graph) AS t
JOIN (SELECT graph, count(*) AS invitations, count(*) FILTER (WHERE inviter = invitee) AS self_invites, count(*) FILTER (WHERE inviter <> invitee) AS others FROM counted GROUP BY graph) AS r USING (graph)
JOIN (SELECT g.graph, count(c.graph) AS edges FROM (SELECT DISTINCT graph FROM counted) AS g LEFT JOIN chosen AS c USING (graph) GROUP BY g.graph) AS c USING (graph);

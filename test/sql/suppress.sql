SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\set VERBOSITY default
-- By hand: one count alone takes the smallest other with it, the first of equal ones; two take none if they add up to k, unless each must be 1.
SELECT counts, s.* FROM (VALUES ('{10,20,30}'::bigint[]), ('{3,20,10}'), ('{1,1,1,1,1,50,40}'), ('{4,9,9}'), ('{1,2,20,40}'), ('{1,4,20,40}'), ('{5,5}'), ('{0,0,50}'), ('{3,0,0}'), ('{1,1,0}'), ('{2,3}'), ('{4}'), ('{0}'), ('{}'), (NULL)) AS v (counts), suppress(counts, 5) AS s;
-- Without a total, the small ones only.
SELECT counts, s.* FROM (VALUES ('{3,20,10}'::bigint[]), ('{1,1,0}'), ('{4}'), ('{}')) AS v (counts), suppress(counts, 5, total_published => false) AS s;
-- k = 1 hides nothing. Counts as large as they get.
SELECT counts, k, s.* FROM (VALUES ('{1,2,0}'::bigint[], 1), ('{9223372036854775807,9223372036854775807,1}', 2147483647), ('{9223372036854775807,9223372036854775806,1}', 2)) AS v (counts, k), suppress(counts, k) AS s;
-- The flags stand where the counts do.
SELECT hide, hide[7] FROM suppress('[7:9]={1,8,9}'::bigint[], 5);
-- What it promises, over random lines and all that could be hidden of each: of the sets of counts above 0 that keep to the rules it is the smallest one, and
-- where there is none, the total is hidden.
CREATE TEMPORARY TABLE lines AS
SELECT line, 1 + ('x' || substr(md5('k' || line), 1, 2))::bit(8)::int % 7 AS k, array_agg(greatest(0, ('x' || substr(md5(line || '/' || i), 1, 2))::bit(8)::int % 14 - 2)::bigint ORDER BY i) AS counts
FROM generate_series(1, 3000) AS line, generate_series(1, 1 + line % 5) AS i GROUP BY line;
WITH sets AS (
	SELECT l.line, l.k, l.counts, s, c.*
	FROM lines AS l, generate_series(0, (1 << cardinality(counts)) - 1) AS s,
	LATERAL (SELECT array_agg((s >> (i::int - 1)) & 1 = 1 ORDER BY i) AS hide, sum(n) AS total, count(*) FILTER (WHERE (s >> (i::int - 1)) & 1 = 1) AS n_hidden,
					coalesce(sum(n) FILTER (WHERE (s >> (i::int - 1)) & 1 = 1), 0) AS hidden, array_agg(i ORDER BY i) FILTER (WHERE (s >> (i::int - 1)) & 1 = 1) AS places,
					coalesce(bool_or(n = 0) FILTER (WHERE (s >> (i::int - 1)) & 1 = 1), false) AS of_nobody,
					coalesce(bool_or(n > 0 AND n < l.k) FILTER (WHERE (s >> (i::int - 1)) & 1 = 0), false) AS small_shown
			 FROM unnest(counts) WITH ORDINALITY AS u (n, i)) AS c),
safe AS (
	SELECT DISTINCT ON (line) line, hide FROM sets
	WHERE NOT of_nobody AND NOT small_shown AND (total = 0 OR total >= k) AND (n_hidden = 0 OR n_hidden > 1 AND hidden >= k AND hidden > n_hidden)
	ORDER BY line, n_hidden, hidden, places),
small AS (SELECT line, array_agg(n > 0 AND n < k ORDER BY i) AS hide FROM lines, unnest(counts) WITH ORDINALITY AS u (n, i) GROUP BY line)
SELECT count(*) AS lines, count(*) FILTER (WHERE s.hide = coalesce(safe.hide, small.hide) AND s.hide_total = (safe.line IS NULL)) AS equal,
	   count(*) FILTER (WHERE u.hide = small.hide AND NOT u.hide_total) AS equal_without_total, count(*) FILTER (WHERE s.hide_total) > 100 AS totals, count(*) FILTER (WHERE s.hide <> small.hide) > 100 AS others
FROM lines JOIN small USING (line) LEFT JOIN safe USING (line), suppress(counts, k) AS s, suppress(counts, k, false) AS u;
-- Errors. What is not known must not be taken for a zero.
SELECT suppress('{1,NULL,20}', 5);
SELECT suppress('{1,-1}', 5);
SELECT suppress('{{1,2},{3,4}}', 5);
SELECT suppress('{1}', 0);
SELECT suppress('{1}', NULL);
SELECT suppress('{1}', 5, NULL);
SELECT suppress(NULL, 0);

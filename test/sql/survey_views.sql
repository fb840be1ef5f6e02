-- The views of surveys against the same in plain SQL over the answers: which month, which score; survey of that must give what is stored, to the byte,
-- and the readings of it what the views say.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET client_min_messages = warning;
SET timezone = 'America/New_York';
\set VERBOSITY terse
\pset format unaligned
CREATE SCHEMA survey_test;
SET search_path = survey_test;
CREATE TABLE events AS SELECT u, timestamptz '2024-01-01 15:00Z' + n * interval '9 days' AS t, (ARRAY['north', 'south'])[1 + u % 2] AS org FROM generate_series(1, 40) AS u, generate_series(0, u % 13) AS n;
-- two questions; in a zone where it is another day from 16:00Z on, and another month on the last days; March has no answer, 99 is none
CREATE TABLE answers AS
SELECT n AS id, timestamptz '2024-01-03 14:00Z' + n * interval '11 hours' + CASE WHEN n > 118 THEN interval '40 days' ELSE '0' END AS at, CASE WHEN n % 2 = 0 THEN 'nps' ELSE 'csat' END AS question,
	CASE WHEN n % 17 = 0 THEN 99 WHEN n % 2 = 0 THEN (n * 7919 % 101 * 3) % 11 ELSE 1 + n * 31 % 5 END::bigint AS score, (ARRAY['app', 'web', NULL])[1 + n % 5 % 3] AS channel, n % 4 AS store, (ARRAY['north', 'south'])[1 + n % 2] AS org
FROM generate_series(1, 300) AS n;
INSERT INTO answers VALUES (0, NULL, 'nps', 5, 'app', 1, 'north'), (0, 'infinity', 'nps', 5, 'app', 1, 'north'), (0, '2024-02-01', 'nps', NULL, 'app', 1, 'north'), (0, '2024-06-01', 'nps', 3, 'app', 1, 'south');
-- the answers that count, each on its day
CREATE FUNCTION counting(question text, low int, high int, as_of date, org text DEFAULT NULL) RETURNS TABLE (month date, score int, off boolean, channel text, store text) LANGUAGE sql AS $$
	SELECT date_trunc('month', a.at AT TIME ZONE 'Asia/Shanghai')::date, CASE WHEN a.score BETWEEN low AND high THEN a.score END, a.score NOT BETWEEN low AND high, a.channel, a.store::text
	FROM answers AS a
	WHERE isfinite(a.at) AND a.score IS NOT NULL AND (a.at AT TIME ZONE 'Asia/Shanghai')::date < as_of AND (counting.question IS NULL OR a.question = counting.question) AND (counting.org IS NULL OR a.org = counting.org)
$$;
CREATE FUNCTION states(question text, low int, high int, as_of date, org text DEFAULT NULL) RETURNS TABLE (month date, dimension text, segment text, off_scale bigint, counted user_ops.survey) LANGUAGE sql AS $$
	SELECT c.month, d.name, d.value, count(*) FILTER (WHERE c.off), user_ops.survey(c.score, low, high)
	FROM counting(question, low, high, as_of, org) AS c, LATERAL (VALUES ('', NULL), ('channel', c.channel), ('store', c.store)) AS d (name, value) GROUP BY 1, 2, 3
$$;
CREATE FUNCTION stored_differ(stored text, expected text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows, differ: '' || count(*) FILTER (WHERE (a.off_scale, a.counted::bytea) IS DISTINCT FROM (b.off_scale, b.counted::bytea))
		FROM %s AS a FULL JOIN (%s) AS b ON a.month = b.month AND a.dimension = b.dimension AND coalesce(a.segment, ''-'') = coalesce(b.segment, ''-'')', stored, expected) INTO result;
	RETURN result;
END $$;
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', target_schema => 'shop', as_of => '2024-06-01', time_zone => 'Asia/Shanghai', purchase_model => 'none');
SELECT object FROM user_ops.create_survey_views('shop', 'recommend', 'answers', 'score', 'at', segments => '{channel,store}', condition => $$x.question = 'nps'$$);
SELECT object FROM user_ops.create_survey_views('shop', 'delivery', 'answers', 'score', 'at', 1, 5, segments => '{channel,store}', condition => $$question = 'csat'$$, months => 1);
SELECT stored_differ('shop.survey_states_recommend', $$SELECT * FROM states('nps', 0, 10, '2024-06-01')$$), stored_differ('shop.survey_states_delivery', $$SELECT * FROM states('csat', 1, 5, '2024-06-01')$$);
-- The month in numbers, with what is NULL on another scale; the months before are those of the calendar: March has none, so April is compared with none.
SELECT survey, month, answers, off_scale, round(nps::numeric, 2) AS nps, promoters, passives, detractors, round(top_box::numeric, 3) AS top_box, round(mean::numeric, 3) AS mean, round(nps_difference::numeric, 2) AS nps_difference, round(top_box_difference::numeric, 3) AS top_box_difference, complete
FROM shop.survey_month ORDER BY survey, month;
-- As plain SQL says it: the score, and as the readings do of the answers themselves.
WITH plain AS (
	SELECT c.month, count(c.score) AS n, 100.0 * (count(*) FILTER (WHERE c.score > 8) - count(*) FILTER (WHERE c.score < 7)) / count(c.score) AS nps, avg((c.score > 8)::int) AS top, avg(c.score) AS mean, user_ops.survey(c.score, 0, 10) AS s
	FROM counting('nps', 0, 10, '2024-06-01') AS c GROUP BY 1)
SELECT count(*) AS months, count(*) FILTER (WHERE (v.answers, round(v.nps::numeric, 9), round(v.top_box::numeric, 9), round(v.mean::numeric, 9)) IS DISTINCT FROM (p.n, round(p.nps, 9), round(p.top, 9), round(p.mean, 9))) AS differ,
	count(*) FILTER (WHERE (v.nps_lower, v.nps_upper, v.promoters, v.top_box_upper, v.mean_lower) IS DISTINCT FROM (r.lower, r.upper, r.promoters, t.upper, m.lower)) AS bounds_differ,
	count(*) FILTER (WHERE (v.nps_difference, v.nps_difference_lower, v.nps_p) IS DISTINCT FROM (d.difference, d.lower, d.p_value)) AS differences_differ, count(d.p_value) AS compared
FROM plain AS p JOIN shop.survey_month AS v ON v.month = p.month AND v.survey = 'recommend', user_ops.nps(p.s) AS r, user_ops.top_box(p.s) AS t, user_ops.mean_score(p.s) AS m,
	LATERAL user_ops.nps_difference((SELECT b.s FROM plain AS b WHERE b.month = p.month - interval '1 month'), p.s) AS d;
SELECT count(*) AS rows, sum(answers) AS answers, count(*) FILTER (WHERE abs(share - answers::float8 / total) > 1e-12) AS differ, bool_and(lower <= share AND share <= upper) AS within
FROM (SELECT *, sum(answers) OVER (PARTITION BY survey, month) AS total FROM shop.survey_scores WHERE survey = 'delivery') AS s;
-- Segments: of the months 2023-06 to 2024-06, or 2024-05 to 2024-06, against all others of the dimension.
SELECT v.survey, v.dimension, v.segment, v.answers, round(v.nps::numeric, 1) AS nps, round(v.top_box::numeric, 3) AS top_box, round(v.nps_difference::numeric, 1) AS nps_difference, round(v.top_box_difference::numeric, 3) AS top_box_difference,
	o.n AS others, round(d.difference::numeric, 1) AS by_hand, round((v.top_box - t.share)::numeric, 3) AS top_by_hand, round(v.nps_p::numeric, 6) = round(d.p_value::numeric, 6) AS p_same, v.p_holm >= coalesce(v.nps_p, v.top_box_p) AS adjusted
FROM shop.survey_segments AS v
JOIN (VALUES ('recommend', 'nps', 0, 10, date '2023-06-01'), ('delivery', 'csat', 1, 5, '2024-05-01')) AS q (survey, question, low, high, since) USING (survey),
	LATERAL (SELECT count(c.score) FILTER (WHERE (CASE v.dimension WHEN 'channel' THEN c.channel ELSE c.store END) IS DISTINCT FROM v.segment) AS n,
		user_ops.survey(c.score, q.low, q.high) FILTER (WHERE (CASE v.dimension WHEN 'channel' THEN c.channel ELSE c.store END) IS DISTINCT FROM v.segment) AS rest,
		user_ops.survey(c.score, q.low, q.high) FILTER (WHERE (CASE v.dimension WHEN 'channel' THEN c.channel ELSE c.store END) IS NOT DISTINCT FROM v.segment) AS own
		FROM counting(q.question, q.low, q.high, '2024-06-01') AS c WHERE c.month >= q.since) AS o,
	LATERAL user_ops.top_box(o.rest) AS t,
	LATERAL user_ops.nps_difference(CASE WHEN q.high = 10 THEN o.rest END, CASE WHEN q.high = 10 THEN o.own END) AS d
ORDER BY 1, 2, 3;
SELECT survey, count(*) AS rows, sum(answers) AS answers, count(nps) AS nps, sum(off_scale) AS off_scale FROM shop.survey_month_segments GROUP BY 1 ORDER BY 1;
-- Another day, other answers: a refresh, and again; nothing has changed after it.
INSERT INTO answers SELECT 1000 + n, timestamptz '2024-05-30 12:00Z', 'nps', 10, 'web', 2, 'north' FROM generate_series(1, 3) AS n;
DELETE FROM answers WHERE id = 6;
SELECT count(*) FROM user_ops.refresh('shop');
SELECT stored_differ('shop.survey_states_recommend', $$SELECT * FROM states('nps', 0, 10, '2024-06-01')$$);
SELECT count(*) FROM user_ops.verify('shop');
-- On the spot, without a refresh; and for each tenant what there would be without the other.
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', target_schema => 'spot', stored => false, as_of => '2024-05-01', time_zone => 'Asia/Shanghai', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_survey_views('spot', 'recommend', 'answers', 'score', 'at', segments => '{channel,store}', condition => $$question = 'nps'$$, months => NULL);
SELECT stored_differ('spot.survey_states_recommend', $$SELECT * FROM states('nps', 0, 10, '2024-05-01')$$);
SELECT month, answers, complete FROM spot.survey_month ORDER BY month DESC LIMIT 2;
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', target_schema => 'pair', as_of => '2024-06-01', time_zone => 'Asia/Shanghai', tenant => 'org', purchase_model => 'none');
SELECT count(*) FROM user_ops.create_survey_views('pair', 'recommend', 'answers', 'score', 'at', segments => '{channel,store}');
SELECT org, stored_differ(format('(SELECT * FROM pair.survey_states_recommend WHERE org = %L)', org), format('SELECT * FROM states(NULL, 0, 10, ''2024-06-01'', %L)', org)) FROM (VALUES ('north'), ('south')) AS o (org);
SELECT org, count(*) AS months, sum(answers) AS answers, count(nps_difference) AS compared FROM pair.survey_month GROUP BY org ORDER BY org;
SELECT count(*) AS rows, count(DISTINCT org) AS tenants, count(p_holm) AS adjusted FROM pair.survey_segments;
-- One name costs one survey; answers without segments have no view of them.
SELECT count(*) FROM user_ops.create_survey_views('pair', 'plain', 'answers', 'score', 'at', high => 99, low => 0);
SELECT count(*) AS surveys FROM (SELECT DISTINCT survey FROM pair.survey_segments) AS s;
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT DISTINCT substring(line FROM 'survey_states_[a-z]+') AS reads FROM plan($$SELECT * FROM pair.survey_month WHERE survey = 'plain'$$) AS line WHERE line ~ 'survey_states';
SELECT user_ops.drop_addon('pair', 'survey', 'plain');
-- Nobody has answered.
CREATE TABLE none (score smallint, at date);
SELECT count(*) FROM user_ops.create_survey_views('shop', 'none', 'none', 'score', 'at', segments => '{score}');
SELECT (SELECT count(*) FROM shop.survey_month WHERE survey = 'none') AS months, (SELECT count(*) FROM shop.survey_segments WHERE survey = 'none') AS segments;
INSERT INTO none VALUES (77, '2024-05-05');
SELECT count(*) FROM user_ops.refresh('shop');
SELECT answers, off_scale, nps, promoters, top_box, mean, nps_difference FROM shop.survey_month WHERE survey = 'none';
--
-- Errors.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT user_ops.create_survey_views('shop', NULL, 'answers', 'score', 'at');
SELECT user_ops.create_survey_views('shop', 'x', NULL, 'score', 'at');
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'score', 'at', low => 5, high => 5);
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'score', 'at', high => 101);
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'score', 'at', boxes => 11);
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'score', 'at', months => 0);
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'points', 'at');
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'channel', 'at');
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'score', 'id');
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'score', 'at', segments => '{channel,shop}');
SELECT user_ops.create_survey_views('shop', 'x', 'answers', 'score', 'at', condition => 'nobody = 1');
SELECT user_ops.create_survey_views('pair', 'x', 'none', 'score', 'at');
SELECT user_ops.create_survey_views('shop', repeat('x', 50), 'answers', 'score', 'at');
SELECT user_ops.create_survey_views('elsewhere', 'x', 'answers', 'score', 'at');
DROP TABLE none;
SELECT count(*) FROM user_ops.refresh('shop');
SELECT user_ops.drop_addon('shop', 'survey', 'none');
SELECT count(*) FROM user_ops.drop_addon('shop', 'survey', 'delivery');
SELECT user_ops.drop_addon('shop', 'survey', 'recommend');
DROP SCHEMA shop, spot, pair, survey_test CASCADE;

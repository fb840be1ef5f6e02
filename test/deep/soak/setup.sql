-- What the soak stands on: events of which as many go as come, tables beside them, and a
-- schema with add-ons of several kinds.
\set ON_ERROR_STOP on
SELECT setseed(0.19);
CREATE EXTENSION user_ops;
CREATE EXTENSION pgstattuple;
CREATE TABLE events (
	id bigserial PRIMARY KEY,
	u integer NOT NULL,
	t timestamptz NOT NULL,
	e text NOT NULL,
	a numeric,
	changed timestamptz NOT NULL DEFAULT now()
);
INSERT INTO events (u, t, e, a, changed)
	SELECT 1 + i % 10000, now() - random() * interval '200 days', (ARRAY['view', 'cart', 'pay'])[1 + i % 3],
		   CASE WHEN i % 3 = 2 THEN round((5 + 90 * random())::numeric, 2) END, now() - interval '1 day'
	FROM generate_series(1, 100000) AS i;
CREATE INDEX ON events (changed);
CREATE INDEX ON events (u) INCLUDE (t, a);
CREATE TABLE moves AS SELECT 1 + i % 10000 AS u, now()::date - i % 150 AS day, i % 9 - 2 AS points FROM generate_series(1, 20000) AS i;
CREATE TABLE answers AS SELECT 1 + i % 500 AS u, i % 11 AS score, now() - i % 90 * interval '1 day' AS at, (ARRAY['a', 'b'])[1 + i % 2] AS kind FROM generate_series(1, 3000) AS i;
CREATE TABLE invited AS SELECT i / 3 AS inviter, i AS u, now() - i % 90 * interval '1 day' AS at FROM generate_series(3, 900) AS i;
CREATE TABLE logins AS SELECT 'device ' || i / 2 AS device, i AS u, now() - i % 90 * interval '1 day' AS at FROM generate_series(1, 900) AS i;
CREATE INDEX ON moves (u);
ANALYZE;
SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', changed_at => 'changed', changed_overlap => '5 s');
SELECT count(*) FROM user_ops.create_session_view('shop', 'visits', event => 'e');
SELECT count(*) FROM user_ops.create_path_view('shop', 'all');
SELECT count(*) FROM user_ops.create_funnel_view('shop', 'buy', within => '7 days', conditions => '{e = ''view'', e = ''pay''}');
SELECT count(*) FROM user_ops.create_points_views('shop', 'moves', 'u', 'day', 'points');
SELECT count(*) FROM user_ops.create_survey_views('shop', 'nps', 'answers', 'score', 'at', segments => '{kind}');
SELECT count(*) FROM user_ops.create_referral_views('shop', 'invited', 'inviter', 'u', 'at');
SELECT count(*) FROM user_ops.create_identity_views('shop', 'logins', 'device', 'u', 'at');
SELECT count(*) FROM user_ops.create_alert_views('shop');
SELECT count(*) FROM user_ops.create_propensity_views('shop');

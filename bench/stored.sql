-- The stored activity of every user, made anew by the build at hand.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS bench_views CASCADE;
DROP EXTENSION IF EXISTS user_ops CASCADE;
CREATE EXTENSION user_ops;
DROP TABLE IF EXISTS activity;
CREATE TABLE activity AS
	SELECT user_id, user_ops.activity_agg(event_time, amount) AS activity FROM events GROUP BY user_id;
ALTER TABLE activity ADD PRIMARY KEY (user_id);
VACUUM (ANALYZE, FREEZE) activity;
CHECKPOINT;

-- Everything measured is in memory.
CREATE EXTENSION IF NOT EXISTS pg_prewarm;
SELECT pg_prewarm(relation) FROM unnest('{events, events_tenth, events_uuid, events_text, activity}'::regclass[]) AS relation \g /dev/null

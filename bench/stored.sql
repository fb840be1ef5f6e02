-- The stored activity and journey of every user, made anew by the build at hand.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS bench_views CASCADE;
DROP EXTENSION IF EXISTS user_ops CASCADE;
CREATE EXTENSION user_ops;
DROP TABLE IF EXISTS activity, journeys;
CREATE TABLE activity AS
	SELECT user_id, user_ops.activity_agg(event_time, amount) AS activity FROM events GROUP BY user_id;
ALTER TABLE activity ADD PRIMARY KEY (user_id);
CREATE TABLE journeys AS
	SELECT u.user_id, u.journey
	FROM (SELECT (user_ops.users(user_ops.journeys_agg(user_id, event_time, event), NULL::bigint)).* FROM events_named) AS u;
ALTER TABLE journeys ADD PRIMARY KEY (user_id);
VACUUM (ANALYZE, FREEZE) activity, journeys;
CHECKPOINT;

-- Everything measured is in memory.
CREATE EXTENSION IF NOT EXISTS pg_prewarm;
SELECT pg_prewarm(relation) FROM unnest('{events, events_tenth, events_uuid, events_text, events_named, activity, journeys}'::regclass[]) AS relation \g /dev/null

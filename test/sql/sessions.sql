SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand, with a gap of 30 minutes:
--	ann	home at 10:00 for 1.50, list at 10:30, which is in it, cart and pay at one instant 11:00:01, by name, for 0.005 and -2; home the next day for nothing
--	bob	one row, without an amount
CREATE TEMP TABLE people AS SELECT who, journey_agg(at, event, paid) AS j FROM (VALUES
	('ann', timestamptz '2024-03-01 10:00', 'home', 1.50), ('ann', '2024-03-01 10:30', 'list', NULL), ('ann', '2024-03-01 11:00:01', 'pay', -2), ('ann', '2024-03-01 11:00:01', 'cart', 0.005),
	('ann', '2024-03-02 10:00', 'home', 0), ('bob', '2024-03-01 10:00', 'home', NULL)) v (who, at, event, paid) GROUP BY who;
SELECT who, s.* FROM people, sessions(j, '30 minutes') s ORDER BY who, session;
-- as_of: rows before it; complete once more than the gap has passed, and of a date its midnight in UTC
SELECT as_of, s.* FROM (VALUES (timestamptz '2024-03-01 10:00'), ('2024-03-01 10:30'), ('2024-03-01 11:00:01'), ('2024-03-01 11:30:01'), ('2024-03-01 11:30:01.000001'), ('-infinity'), ('infinity')) a (as_of), people,
	LATERAL (SELECT count(*) AS sessions, sum(events) AS events, count(*) FILTER (WHERE complete) AS complete FROM sessions(j, '30 minutes', as_of)) s WHERE who = 'ann';
SET timezone = 'Asia/Shanghai';
SELECT count(*) AS sessions, count(*) FILTER (WHERE complete) AS complete, max(ended_at) AT TIME ZONE 'UTC' AS last FROM people, sessions(j, '30 minutes', date '2024-03-02') WHERE who = 'ann';
SET timezone = 'UTC';
SELECT count(*) FROM people, sessions(j, '30 minutes', date 'infinity') UNION ALL SELECT count(*) FROM people, sessions(j, '30 minutes', date '5874897-12-31') UNION ALL SELECT count(*) FROM people, sessions(j, '30 minutes', date '4714-11-24 BC');
-- what else cuts: the length, from the session's first row; midnight, which in Apia is at 11:00 UTC
SELECT session, started_at, events FROM people, sessions(j, '1 day', max_length => '30 minutes') WHERE who = 'ann';
SELECT session, started_at, events FROM people, sessions(j, '1 day', midnight_zone => 'Pacific/Apia') WHERE who = 'ann';
SELECT session, started_at, events FROM people, sessions(j, '1 day', midnight_zone => 'UTC') WHERE who = 'ann';
SELECT count(*) FROM people, sessions(j, '0') WHERE who = 'ann';
-- by conditions there are no names; without amounts there is none; duplicates are rows; in any order the same
SELECT s.* FROM (SELECT journey_agg(at, at > '2024-03-01 10:20', at < '2024-03-01 10:20' ORDER BY at DESC) AS j FROM (VALUES (timestamptz '2024-03-01 10:00'), ('2024-03-01 10:30'), ('2024-03-01 10:30'), ('2024-03-01 12:00')) v (at)) v, sessions(j, '30 minutes', '2024-03-02') s;
-- sums of amounts are exact where one amount alone nearly fills 64 bits
SELECT amount FROM (SELECT journey_agg(timestamptz '2024-03-01 10:00' + i * interval '1 minute', 'x', 92233720368.54775807) AS j FROM generate_series(1, 1000) i) v, sessions(j, '30 minutes');
-- the first and the last time there is
SELECT session, started_at, ended_at, complete FROM (SELECT journey_agg(at, 'x') AS j FROM (VALUES (timestamptz '4714-11-24 00:00+00 BC'), ('294276-12-31 23:59:59.999999+00')) v (at)) v, sessions(j, '106751991 days', 'infinity');
-- nobody, and a journey is read anew for each row
SELECT count(*) FROM sessions(NULL, '30 minutes');
SELECT count(*) FROM sessions(NULL, '30 minutes', date '2024-01-01');
SELECT who, (sessions(j, '30 minutes')).session FROM people ORDER BY who DESC, 2;
SELECT who, count(*) FROM people, generate_series(1, 3) g, sessions(j, g * interval '30 minutes') GROUP BY who ORDER BY who;
-- Numbers and sums are those of session_id over the rows, for journeys of many users.
CREATE TEMP TABLE visits AS SELECT i % 60 AS u, timestamptz '2024-01-01 00:00' + ((i * 7919::bigint) % 100003) * interval '1 minute' AS t, 'page ' || i % 7 AS name, CASE WHEN i % 3 > 0 THEN (i % 100) / 8.0 END AS paid, i FROM generate_series(1, 5000) i;
CREATE TEMP TABLE ours AS SELECT u, s.* FROM (SELECT u, journey_agg(t, name, paid) AS j FROM visits GROUP BY u) v, sessions(j, '8 hours', '2024-03-01', '1 day', 'Europe/Berlin') s;
CREATE TEMP TABLE plain AS SELECT u, s::int AS session, min(t) AS started_at, max(t) AS ended_at, count(*) AS events, (array_agg(name ORDER BY t, name COLLATE "C"))[1] AS first_event, (array_agg(name ORDER BY t DESC, name COLLATE "C" DESC))[1] AS last_event,
	sum(paid) AS amount, timestamptz '2024-03-01' - max(t) > interval '8 hours' AS complete
	FROM (SELECT *, session_id(t, session_options('8 hours', '1 day', 'Europe/Berlin'), NULL, NULL) OVER (PARTITION BY u ORDER BY t) AS s FROM visits) v WHERE t < '2024-03-01' GROUP BY u, s;
SELECT (SELECT count(*) FROM ours) > 1000 AS many, count(*) AS differences FROM ((TABLE ours EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE ours)) d;
--
-- Errors
--
CREATE TEMP VIEW a AS SELECT j, partial(j) AS p FROM people WHERE who = 'ann';
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT sessions(j, NULL) FROM a'),
	('SELECT sessions(j, ''1 month'') FROM a'),
	('SELECT sessions(j, ''-1 day'') FROM a'),
	('SELECT sessions(j, ''1 day'', max_length => ''-1 day'') FROM a'),
	('SELECT sessions(j, ''1 day'', max_length => ''1 year'') FROM a'),
	('SELECT sessions(j, ''1 day'', midnight_zone => ''Shanghai'') FROM a'),
	('SELECT sessions(p, ''1 day'') FROM a'),
	('SELECT sessions(journey_agg(t, name, ''{page 1,page 2}''::text[]), ''1 day'') FROM visits')) v (statement);
SELECT sum(events) AS kept FROM (SELECT journey_agg(t, name, journey_steps('{page 1,page 2}'::text[], keep_others => true)) AS j FROM visits) v, sessions(j, '1 hour');

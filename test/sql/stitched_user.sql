SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- A tablet: nobody, Ann logs in, somebody (Ann), Bob logs in, somebody (Bob). Who comes before Ann is Ann, for she comes no more than 30 days later. Another device, on which nobody ever logs in, is nobody's.
SELECT device, t::date, who, expected, stitched_user(who, t, '30 days') OVER (PARTITION BY device ORDER BY t) AS ours
FROM (VALUES ('tablet', timestamptz '2024-01-02', NULL, 'ann'), ('tablet', '2024-01-06', 'ann', 'ann'), ('tablet', '2024-01-07', NULL, 'ann'), ('tablet', '2024-01-10', 'bob', 'bob'), ('tablet', '2024-01-11', NULL, 'bob'), ('phone', '2024-01-04', NULL, NULL)) AS v (device, t, who, expected)
ORDER BY device, t;
-- lookback: to the microsecond, and inclusive; of 0 only the same instant, of which rows are known together whatever their order. Backwards in time there is no limit.
SELECT t, who, stitched_user(who, t, '10 days') OVER w AS ten_days, stitched_user(who, t, '0') OVER w AS none
FROM (VALUES (timestamptz '2024-01-31 23:59:59.999999', NULL), ('2024-02-01', NULL), ('2024-02-11', NULL), ('2024-02-11', 'ann'), ('2024-02-11', NULL), ('2034-02-11', NULL)) AS v (t, who) WINDOW w AS (ORDER BY t) ORDER BY t, who;
-- Of several users of one instant the smallest is the one who is known then, for rows without one; each row with a user keeps its own.
SELECT n, t::date, who, expected, stitched_user(who, t, '30 days') OVER (ORDER BY t, n) AS ours, stitched_user(who, t, '30 days') OVER (ORDER BY t, n DESC) AS from_behind
FROM (VALUES (1, timestamptz '2024-01-06', 'zed', 'zed'), (2, '2024-01-06', 'ann', 'ann'), (3, '2024-01-06', NULL, 'ann'), (4, '2024-01-07', NULL, 'ann'), (5, '2024-01-08', 'zed', 'zed'), (6, '2024-01-08', 'b', 'b'), (7, '2024-01-09', NULL, 'b')) AS v (n, t, who, expected) ORDER BY n;
-- ... and of one instant that is still to come, too. A beginning is smaller than what begins so, and bytes count.
SELECT n, stitched_user(who, t, '30 days') OVER (ORDER BY t, n) AS ours FROM (VALUES (1, timestamptz '2024-01-05', NULL), (2, '2024-01-06', 'abc'), (3, '2024-01-06', 'ab'), (4, '2024-01-06', 'é'), (5, '2024-01-06', NULL)) AS v (n, t, who) ORDER BY n;
-- Numbers go by size. An empty text is a user.
SELECT n, stitched_user(who, t, '1 day') OVER (ORDER BY t, n) AS ours FROM (VALUES (1, timestamptz '2024-01-05', NULL), (2, '2024-01-06', 10), (3, '2024-01-06', 9), (4, '2024-01-06', -9223372036854775808), (5, '2024-01-07', NULL)) AS v (n, t, who) ORDER BY n;
SELECT t::date, stitched_user(who, t, '1 day') OVER (ORDER BY t) AS ours FROM (VALUES (timestamptz '2024-01-05', NULL), ('2024-01-06', ''), ('2024-01-07', NULL)) AS v (t, who) ORDER BY t;
-- A row without a time has its own user and nothing else, and says nothing of others, wherever it stands.
SELECT n, t::date, who, stitched_user(who, t, '30 days') OVER (ORDER BY t NULLS FIRST, n) AS first, stitched_user(who, t, '30 days') OVER (ORDER BY t, n) AS last
FROM (VALUES (1, NULL, 'nobody'), (2, NULL, NULL), (3, timestamptz '2024-01-05', NULL), (4, '2024-01-06', 'ann'), (5, '2024-01-07', NULL)) AS v (n, t, who) ORDER BY n;
-- Local times, and days.
SELECT t, stitched_user(who, t, '24 hours') OVER w AS by_time, stitched_user(who, t::date, '1 day') OVER w AS by_day, stitched_user(nullif(length(who), NULL), t::date, '1 day') OVER w AS numbers
FROM (VALUES (timestamp '2024-03-09 23:00', NULL), ('2024-03-10 00:00', NULL), ('2024-03-11 00:00', 'ann'), ('2024-03-11 00:00', NULL)) AS v (t, who) WINDOW w AS (ORDER BY t) ORDER BY t, who;
-- The first and the last time there is lie further apart than 64 bits say.
SELECT stitched_user(who, t, '106751991 days') OVER (ORDER BY t) IS NULL AS unknown FROM (VALUES (timestamp '4713-01-01 00:00:00 BC', NULL), ('294276-12-31 23:59:59', 'ann')) AS v (t, who);
-- Ids of any length, and many partitions with and without users, one behind the other.
SELECT count(*) AS rows, count(ours) AS known, count(*) FILTER (WHERE ours IS DISTINCT FROM expected) AS wrong
FROM (SELECT d, stitched_user(CASE WHEN n = 50 AND d % 3 > 0 THEN repeat('u', d) END, date '2024-01-01' + n, '40 days') OVER (PARTITION BY d ORDER BY n) AS ours, CASE WHEN n >= 10 AND d % 3 > 0 THEN repeat('u', d) END AS expected
	  FROM generate_series(1, 3000) AS d, generate_series(1, 100) AS n) AS s;
-- Ann's evening and Bob's morning on one tablet stay apart: their activities are of the moment.
SELECT who, events(activity, '2024-02-01'), first_day(activity, '2024-02-01'), last_day(activity, '2024-02-01')
FROM (SELECT who, activity_agg(t) AS activity FROM (SELECT t, stitched_user(who, t, '30 days') OVER (PARTITION BY device ORDER BY t) AS who
	  FROM (VALUES (1, timestamptz '2024-01-01 20:00', 'ann'), (1, '2024-01-01 21:00', NULL), (1, '2024-01-02 08:00', 'bob'), (1, '2024-01-02 08:30', NULL), (1, '2024-01-02 09:00', NULL)) AS v (device, t, who)) AS s GROUP BY who) AS a ORDER BY who;
-- Errors: rows that are not in order of time, an infinite time, a lookback that is negative, has months, or is not there.
SELECT pg_temp.answer(q) AS answer FROM (VALUES
	('SELECT stitched_user(NULL::text, t, ''1 day'') OVER (ORDER BY t DESC) FROM (VALUES (timestamptz ''2024-01-01''), (''2024-01-02'')) AS v (t)'), ('SELECT stitched_user(''a'', timestamptz ''infinity'', ''1 day'') OVER ()'),
	('SELECT stitched_user(1, date ''-infinity'', ''1 day'') OVER ()'), ('SELECT stitched_user(1, current_date, ''-1 day'') OVER ()'), ('SELECT stitched_user(1, current_date, ''1 month'') OVER ()'), ('SELECT stitched_user(1, current_date, NULL) OVER ()'),
	('SELECT stitched_user(''a'', now(), ''1 day'')')) AS v (q);

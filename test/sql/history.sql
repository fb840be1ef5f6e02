SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA history_test;
RESET client_min_messages;
SET search_path = history_test;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

--
-- What a refresh writes down, against two looks at the view users
--

CREATE TABLE orders (customer_id bigint, ordered_at timestamptz, total numeric, updated_at timestamptz);
INSERT INTO orders
SELECT c, '2024-01-01 12:00Z'::timestamptz + (c % 9 + n * (c % 13 + 1)) * interval '1 day',
	   CASE WHEN (c + n) % 4 > 0 THEN (c * n % 50 + 1)::numeric / 4 END, '2024-01-01Z'
FROM generate_series(1, 60) AS c, generate_series(0, c % 6) AS n;
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (updated_at);

-- before the schema that they read is made
SET check_function_bodies = off;
-- The labels as the view says them, to be compared with what it says later.
CREATE TABLE seen (customer_id bigint, attribute text, value text);
CREATE FUNCTION look() RETURNS void LANGUAGE sql AS $$
	TRUNCATE seen;
	INSERT INTO seen SELECT u.user_id, l.* FROM shop.users AS u,
		LATERAL (VALUES ('segment', u.segment), ('life_stage', u.life_stage), ('lifecycle_state', u.lifecycle_state)) AS l;
$$;

-- What the last refresh wrote, and whether it is the difference between the two looks.
CREATE FUNCTION written() RETURNS TABLE (moves bigint, wrong bigint, history bigint, wrong_history bigint) LANGUAGE sql AS $$
	WITH said AS (
		SELECT t.user_id, t.attribute, t.old_value, t.new_value FROM shop.transitions AS t, shop.fitted AS b
		WHERE t.as_of = b.as_of AND t.refreshed_at = b.refreshed_at
	), now_seen AS (
		SELECT u.user_id AS customer_id, l.attribute, l.value FROM shop.users AS u,
			LATERAL (VALUES ('segment', u.segment), ('life_stage', u.life_stage), ('lifecycle_state', u.lifecycle_state)) AS l (attribute, value)
	), due AS (
		SELECT customer_id, attribute, s.value AS old_value, n.value AS new_value
		FROM seen AS s FULL JOIN now_seen AS n USING (customer_id, attribute) WHERE s.value IS DISTINCT FROM n.value
	), counts AS (
		SELECT h.segment, h.life_stage, h.users, h.revenue FROM shop.segment_history AS h, shop.fitted AS b WHERE h.as_of = b.as_of
	), due_counts AS (
		SELECT u.segment, u.life_stage, count(*), sum(u.monetary) FROM shop.users AS u GROUP BY u.segment, u.life_stage
	)
	SELECT (SELECT count(*) FROM said),
		   (SELECT count(*) FROM (SELECT * FROM said EXCEPT ALL SELECT * FROM due) AS x) + (SELECT count(*) FROM (SELECT * FROM due EXCEPT ALL SELECT * FROM said) AS y),
		   (SELECT sum(c.users)::bigint FROM counts AS c),
		   (SELECT count(*) FROM (SELECT * FROM counts EXCEPT ALL SELECT * FROM due_counts) AS x) + (SELECT count(*) FROM (SELECT * FROM due_counts EXCEPT ALL SELECT * FROM counts) AS y)
$$;

-- the first refresh: everybody is new, nobody moved
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-02-20', changed_at => 'updated_at');
SELECT count(*) FROM shop.transitions;
SELECT sum(users) AS users, sum(revenue) = (SELECT sum(total) FROM orders WHERE ordered_at < '2024-02-20') AS revenue FROM shop.segment_history;

-- changed users, read by updated_at
SELECT look();
INSERT INTO orders VALUES (1, '2024-02-18 12:00Z', 99, now()), (2, '2024-02-19 12:00Z', 5, now()), (70, '2024-02-10 12:00Z', 7, now()), (71, '2024-02-25 12:00Z', 7, now());
UPDATE orders SET total = 500, updated_at = now() WHERE customer_id = 33;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM written();
SELECT attribute, old_value, new_value FROM shop.transitions WHERE user_id = 70 ORDER BY attribute;
SELECT count(*) AS of_a_user_of_later FROM shop.transitions WHERE user_id = 71;
SELECT count(DISTINCT as_of) AS days, count(DISTINCT (as_of, segment, life_stage)) = count(*) AS once FROM shop.segment_history;
SELECT refreshed_at > fitted_at AS day_keeps_its_cut_points FROM shop.fitted;
-- nothing changed: nobody moved
SELECT look();
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM written();
-- a full scan fits the cut points anew, and so others move too
SELECT look();
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT moves > 0 AS some, wrong, history, wrong_history FROM written();
SELECT refreshed_at = fitted_at AS fitted FROM shop.fitted;
SELECT inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT refreshed_at = fitted_at AS fitted FROM shop.fitted;
SELECT look();
UPDATE orders SET ordered_at = ordered_at - interval '5 days', total = total + customer_id WHERE customer_id % 3 = 0;
DELETE FROM orders WHERE customer_id = 4;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT moves > 5 AS many, wrong, history, wrong_history FROM written();
SELECT count(*) AS gone FROM shop.transitions WHERE user_id = 4 AND new_value IS NULL;
-- all users changed
SELECT look();
UPDATE orders SET ordered_at = ordered_at + interval '2 days';
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT moves > 5 AS many, wrong, history, wrong_history FROM written();
-- the day moves on, alone and together with a change
SELECT look();
UPDATE shop.settings SET as_of = '2024-03-05';
SELECT as_of, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT moves > 5 AS many, wrong, history, wrong_history FROM written();
SELECT look();
UPDATE shop.settings SET as_of = '2024-03-12';
INSERT INTO orders VALUES (5, '2024-03-08 12:00Z', 3, now());
SELECT as_of, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT moves > 5 AS many, wrong, history, wrong_history FROM written();
SELECT array_agg(DISTINCT as_of ORDER BY as_of) FROM shop.segment_history;
-- a day's rows were lost: counted again
DELETE FROM shop.segment_history WHERE as_of = '2024-03-12';
SELECT look();
INSERT INTO orders VALUES (6, '2024-03-09 12:00Z', 3, now());
SELECT updated FROM user_ops.refresh('shop');
SELECT wrong, history, wrong_history FROM written();

-- who came to be at risk since the last visit
SELECT count(*) > 0 AS some FROM shop.transitions WHERE attribute = 'segment' AND new_value = 'at_risk' AND refreshed_at > '2024-01-01';
SELECT count(DISTINCT refreshed_at) AS refreshes, bool_and(old_value IS DISTINCT FROM new_value) AS moved FROM shop.transitions;

-- another question is no move; the same question is
SELECT look();
SELECT count(*) AS before FROM shop.transitions \gset
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-12', changed_at => 'updated_at', lost_days => 10, sleep_days => 5);
SELECT count(*) - :before AS written FROM shop.transitions;
SELECT count(*) > 0 AS labels_differ FROM seen JOIN shop.users AS u ON u.user_id = seen.customer_id WHERE seen.attribute = 'life_stage' AND seen.value <> u.life_stage;
SELECT look();
INSERT INTO orders SELECT 8, '2024-03-09 12:00Z', 3, now() FROM generate_series(1, 3);
SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-12', changed_at => 'updated_at', lost_days => 10, sleep_days => 5, max_weeks => 4);
SELECT moves > 0 AS some, wrong, history, wrong_history FROM written();

-- how long history is kept
CREATE FUNCTION kept(history_days integer, as_of date) RETURNS text LANGUAGE sql AS $$
	SELECT user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => as_of, lost_days => 10, sleep_days => 5, history_days => history_days);
	SELECT concat_ws(' ', (SELECT array_agg(DISTINCT h.as_of ORDER BY h.as_of) FROM shop.segment_history AS h),
		(SELECT array_agg(DISTINCT t.as_of ORDER BY t.as_of) FROM shop.transitions AS t), (SELECT count(*) FROM shop.refresh_log AS l WHERE l.status = 'old'));
$$;
INSERT INTO shop.refresh_log (started_at, finished_at, status)
	SELECT now() - d * interval '1 day', now() - d * interval '1 day', 'old' FROM unnest('{20,100,500}'::int[]) AS d;
SELECT kept(NULL, '2054-03-12');
SELECT kept(NULL, '2024-03-13');
SELECT kept(400, '2024-03-13');
SELECT kept(9, '2024-03-14');
SELECT kept(8, '2024-03-13');
SELECT kept(0, '2024-03-14');
SELECT kept(5, '2024-03-14');

--
-- What a refresh by a column sees, and what it does not
--

SELECT count(*) > 0 AS made FROM user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => '2024-03-12', changed_at => 'updated_at');
SELECT users AS n, rows_read AS all_rows FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1 \gset
SELECT refreshed_at AS t0 FROM shop.fitted \gset
SELECT * FROM user_ops.verify('shop');
-- an overlap of ten minutes: what was written nine minutes before the last refresh is read, what was written eleven before not
INSERT INTO orders VALUES (11, '2024-03-01Z', 1, :'t0'::timestamptz - interval '9 minutes'), (12, '2024-03-01Z', 1, :'t0'::timestamptz - interval '11 minutes');
SELECT updated FROM user_ops.refresh('shop');
SELECT * FROM user_ops.verify('shop');
-- a delete, a row without a time of change, one that goes over to another user
DELETE FROM orders WHERE customer_id = 13;
INSERT INTO orders VALUES (14, '2024-03-01Z', 1, NULL);
UPDATE orders SET customer_id = 16, updated_at = clock_timestamp() WHERE customer_id = 15;
SELECT users - :n AS more, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM user_ops.verify('shop');
-- a user of whom a row was deleted is read whole as soon as another row changes; one whose rows are all without a time goes
DELETE FROM orders WHERE customer_id = 17 AND ordered_at = (SELECT min(ordered_at) FROM orders WHERE customer_id = 17);
INSERT INTO orders VALUES (17, '2024-03-01Z', 1, clock_timestamp());
UPDATE orders SET ordered_at = 'infinity', updated_at = clock_timestamp() WHERE customer_id = 19;
INSERT INTO orders VALUES (NULL, '2024-03-01Z', 1, clock_timestamp());
SELECT users - :n AS more, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('shop');
SELECT rows_left_out AS at_the_full_scan FROM shop.fitted;
SELECT * FROM user_ops.verify('shop');
-- a full scan heals
SELECT users - :n AS more, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('shop', full_scan => true);
SELECT * FROM user_ops.verify('shop');
SELECT status, reads, as_of, CASE WHEN rows_read > :all_rows - 10 THEN 'all' ELSE rows_read::text END AS rows_read, rows_left_out,
	   users - :n AS more, users_added, users_changed, users_removed, error, started_at <= finished_at AS in_order
FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 5;
-- what somebody wrote into the table by hand
DELETE FROM shop.activity WHERE user_id = 20;
UPDATE shop.activity SET activity = activity OPERATOR(user_ops.||) activity WHERE user_id = 21;
INSERT INTO shop.activity SELECT 999, activity FROM shop.activity WHERE user_id = 22;
SELECT * FROM user_ops.verify('shop');
SELECT inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT * FROM user_ops.verify('shop');
-- no row at all, and then some
TRUNCATE orders;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true);
SELECT count(*) AS before FROM shop.transitions \gset
INSERT INTO orders SELECT c, '2024-03-01Z', 1, clock_timestamp() FROM generate_series(1, 7) AS c;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT count(*) - :before AS written FROM shop.transitions;
SELECT segment, life_stage, users, revenue FROM shop.segment_history WHERE as_of = '2024-03-12';

-- users of whom 1.0 and 1.00 are one, times of change in a zone, no amounts, no segments, a view as the source
CREATE TABLE local_events (u numeric, t timestamp, changed timestamp);
INSERT INTO local_events SELECT i % 9, '2024-01-01'::timestamp + i * interval '1 day', '2024-01-01' FROM generate_series(1, 40) AS i;
CREATE VIEW local_view AS SELECT u, t, changed FROM local_events;
SELECT count(*) > 0 AS made FROM user_ops.create_views('local_view', 'u', 't', target_schema => 'local', as_of => '2024-03-12', source_time_zone => 'America/New_York',
	changed_at => 'changed', changed_overlap => '0', rfm_bins => 3);
INSERT INTO local_events VALUES (1.00, '2024-03-01', clock_timestamp() AT TIME ZONE 'America/New_York'),
	(2, '2024-03-01', clock_timestamp() AT TIME ZONE 'UTC'), (3, '2024-03-01', (clock_timestamp() - interval '1 hour') AT TIME ZONE 'America/New_York');
SELECT users, inserted, updated, deleted FROM user_ops.refresh('local');
SELECT * FROM user_ops.verify('local');
SELECT count(segment) AS segments, count(revenue) AS revenues, sum(users) AS users, count(DISTINCT life_stage) = count(*) AS by_stage FROM local.segment_history;
SELECT count(*) FROM user_ops.drop_views('local');

--
-- Scheduling, and errors: each with a code and a hint
--

-- progress, as another session would see it
CREATE FUNCTION watched() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '%', current_setting('application_name');
	RETURN 1;
END $$;
CREATE VIEW watched_events AS SELECT u, t, a FROM (VALUES (1, date '2024-01-01', 5)) AS e (u, t, a), LATERAL (SELECT watched()) AS w OFFSET 0;
SET application_name = 'mine';
SELECT count(*) > 0 AS made FROM user_ops.create_views('watched_events', 'u', 't', 'a', 'watched_views_of_events_with_a_name_that_is_much_too_long_for_it', as_of => '2024-03-12');
SELECT current_setting('application_name');
SELECT count(*) FROM user_ops.drop_views('watched_views_of_events_with_a_name_that_is_much_too_long_for_it');

CALL user_ops.scheduled_refresh('shop');
SELECT status, reads, users, error FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1;
INSERT INTO orders VALUES (3, '2024-03-02Z', 999999999999999, clock_timestamp()), (3, '2024-03-02Z', 0.000000001, clock_timestamp());
\set VERBOSITY default
CALL user_ops.scheduled_refresh('shop');
CALL user_ops.scheduled_refresh('shop', full_scan => true);
CALL user_ops.scheduled_refresh('no_such_schema');
\set VERBOSITY terse
SELECT status, reads, users, error FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 2;
SELECT count(*) FROM shop.users;
DELETE FROM orders WHERE total IN (999999999999999, 0.000000001);
CALL user_ops.scheduled_refresh('shop');
SELECT status, reads, users, error FROM shop.refresh_log ORDER BY finished_at DESC LIMIT 1;
-- within a transaction it can refresh, but has nowhere to write a failure
BEGIN;
CALL user_ops.scheduled_refresh('shop');
COMMIT;

CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || said, 'hint: ' || hint);
END $$;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bad (u bigint, t timestamptz, l timestamp, d date, n bigint);
INSERT INTO bad VALUES (1, '2024-01-01', '2024-01-01', '2024-01-01', 1);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', changed_at => 'nn')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', changed_at => 'n')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', changed_at => 'l')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', changed_at => 't', stored => false)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', changed_at => 't', changed_overlap => NULL)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', changed_at => 't', changed_overlap => '-1 s')$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', history_days => -1)$$);
SELECT fails($$SELECT user_ops.create_views('bad', 'u', 't', history_days => 36501)$$);
SELECT fails($$SELECT user_ops.verify('history_test')$$);
SELECT fails($$SELECT user_ops.verify('no_such_schema')$$);
\set VERBOSITY default
SELECT count(*) > 0 AS made FROM user_ops.create_views('bad', 'u', 't', changed_at => 't');
CREATE INDEX ON bad (u);
-- one that does not find a few rows
CREATE INDEX ON bad USING brin (t);
SELECT count(*) > 0 AS made FROM user_ops.create_views('bad', 'u', 't', changed_at => 't');
CREATE INDEX ON bad (t);
SELECT count(*) > 0 AS made FROM user_ops.create_views('bad', 'u', 't', changed_at => 't');
ALTER TABLE bad ADD c timestamptz;
SELECT count(*) > 0 AS made FROM user_ops.create_views('bad', 'u', 't', changed_at => 'c');
ALTER TABLE bad DROP c;
\set VERBOSITY terse
SELECT fails($$SELECT user_ops.refresh('bad_ops')$$);
SELECT count(*) > 0 AS made FROM user_ops.create_views('bad', 'u', 't', stored => false);
SELECT count(*) FROM user_ops.verify('bad_ops');
SELECT count(*) FROM user_ops.drop_views('bad_ops');
\pset tuples_only off
\pset format aligned

SET client_min_messages = warning;
SELECT count(*) FROM user_ops.drop_views('shop');
DROP SCHEMA history_test CASCADE;

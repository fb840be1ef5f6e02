SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA keep_history;
RESET client_min_messages;
SET search_path = keep_history;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

--
-- Days that leave the source stay: against a table that nothing leaves
--

CREATE TABLE archive (org text, u bigint, t timestamptz, a numeric, country text, changed timestamptz);
CREATE TABLE source (LIKE archive);
CREATE INDEX ON source (u);
CREATE INDEX ON source (changed);
CREATE INDEX ON source (t);

-- events of ten days, then day after day some more, while those older than a week leave,
-- by whole days or at any time of the day; each refresh must show what the archive shows
CREATE FUNCTION live_on(arguments text, steps integer) RETURNS TABLE (refreshes bigint, in_full bigint, dropped boolean, past_users boolean, wrong bigint, verified bigint)
	LANGUAGE plpgsql SET search_path = keep_history AS $$
DECLARE
	today timestamptz := '2024-03-05Z';
	n bigint;
BEGIN
	TRUNCATE archive, source;
	INSERT INTO archive SELECT (ARRAY['x', 'y'])[1 + i % 2], i * i % 23, today - (i % 10) * interval '1 day' + (i * 7919 % 86400) * interval '1 second',
		(i % 5 - 1) * 1.25, 'c' || i % 3, today FROM generate_series(1, 150) AS i;
	INSERT INTO source TABLE archive;
	EXECUTE format('SELECT user_ops.create_views(''archive'', ''u'', ''t'', %s, target_schema => ''whole'')', arguments);
	EXECUTE format('SELECT user_ops.create_views(''source'', ''u'', ''t'', %s, target_schema => ''part'', changed_at => ''changed'', changed_overlap => ''0'', keep_history => true)', arguments);
	PERFORM user_ops.create_journeys('whole', 'country', amount => 'a'), user_ops.create_journeys('part', 'country', amount => 'a');
	wrong := 0;
	verified := 0;
	FOR step IN 1 .. steps LOOP
		today := today + interval '1 day';
		INSERT INTO archive SELECT (ARRAY['x', 'y'])[1 + i % 2], (i * i + step) % (23 + step), today + (i * 7919 % 86400) * interval '1 second',
			(i % 5 - 1) * 1.25, 'c' || i % 3, clock_timestamp() FROM generate_series(1, 6) AS i;
		INSERT INTO source SELECT * FROM archive AS e WHERE e.t >= today;
		IF step % 2 = 0 THEN
			DELETE FROM source AS e WHERE e.t < today - CASE WHEN step % 4 = 0 THEN interval '7 days' ELSE interval '6 days 11:11:11' END;
		END IF;
		PERFORM user_ops.refresh('whole');
		PERFORM user_ops.refresh('part', full_scan => step % 5 = 0);
		SELECT wrong + count(*) INTO wrong
		FROM (SELECT to_jsonb(v) - 'clv_365d' FROM whole.users AS v FULL JOIN part.users AS w ON to_jsonb(v) = to_jsonb(w) WHERE v IS NULL OR w IS NULL
			  UNION ALL SELECT to_jsonb(v) FROM whole.activity AS v FULL JOIN part.activity AS w ON to_jsonb(v) = to_jsonb(w) WHERE v IS NULL OR w IS NULL
			  UNION ALL SELECT to_jsonb(v) FROM whole.journeys AS v FULL JOIN part.journeys AS w ON to_jsonb(v) = to_jsonb(w) WHERE v IS NULL OR w IS NULL) AS d;
		SELECT verified + count(*) INTO verified FROM user_ops.verify('part');
	END LOOP;
	SELECT count(*), count(*) FILTER (WHERE l.reads = 'full') INTO refreshes, in_full FROM part.refresh_log AS l;
	dropped := (SELECT count(*) FROM source) < (SELECT count(*) FROM archive);
	past_users := (SELECT count(DISTINCT s.u) FROM source AS s) < (SELECT count(*) FROM part.users);
	RETURN NEXT;
	PERFORM user_ops.drop_views('whole');
	PERFORM user_ops.drop_views('part');
END $$;

SET client_min_messages = warning;
SELECT * FROM live_on($$'a', as_of => '2024-06-01'$$, 20);
SELECT * FROM live_on($$time_zone => 'Asia/Shanghai', as_of => '2024-06-01'$$, 20);
SELECT * FROM live_on($$'a', tenant => 'org', first_values => '{country}', time_zone => 'America/New_York', as_of => '2024-06-01'$$, 20);
RESET client_min_messages;

--
-- The source as it may come
--

TRUNCATE source;
INSERT INTO source SELECT 'x', i % 8, '2024-01-01Z'::timestamptz + i * interval '1 hour', i, 'c' || i % 3, '2024-01-01Z' FROM generate_series(0, 1199) AS i;
CREATE TABLE archived AS TABLE source;
SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2024-03-01', keep_history => true);
CREATE TABLE due AS TABLE shop.activity;
CREATE FUNCTION look(OUT first_day date, OUT kept_before date, OUT reads text, OUT as_due bigint, OUT users bigint, OUT verified bigint) LANGUAGE sql SET search_path = keep_history, user_ops AS $$
	SELECT l.first_day, l.kept_before, l.reads, (SELECT count(*) FROM shop.activity JOIN due USING (user_id, activity)), (SELECT count(*) FROM shop.users),
		(SELECT count(*) FROM user_ops.verify('shop'))
	FROM shop.refresh_log AS l ORDER BY l.finished_at DESC LIMIT 1
$$;
SELECT * FROM look();
DELETE FROM source WHERE t < '2024-01-20Z';
SELECT * FROM user_ops.refresh('shop');
SELECT * FROM look();
-- a late row for a day that is gone: it does not replace what is kept
INSERT INTO source VALUES ('x', 3, '2024-01-05Z', 1, 'late', now());
SELECT inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM look();
-- neither does one of another age, nor a user who is only there
INSERT INTO source VALUES ('x', 4, '1970-01-01Z', 1, 'late', now()), ('x', 1000, '2024-01-06Z', 1, 'late', now());
SELECT inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM look();
DELETE FROM source WHERE country = 'late';
-- nothing at all: everything is kept
CREATE TABLE away AS TABLE source;
TRUNCATE source;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM look();
INSERT INTO source TABLE away;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM look();
-- what was archived comes back: taken from the source again
INSERT INTO source SELECT * FROM archived WHERE t < '2024-01-20Z' AND t >= '2024-01-10Z';
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT * FROM look();
-- days that the source still has are as they are there; but the first, if more is stored of it
DELETE FROM source WHERE u = 5;
UPDATE source SET a = a + 1 WHERE u = 6;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT last_day FROM shop.users WHERE user_id = 5;
-- a load whose source has nothing but the newest day
TRUNCATE source;
INSERT INTO source SELECT 'x', i % 8, '2024-02-25Z', 1, NULL, now() FROM generate_series(1, 16) AS i;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT first_day, kept_before, users, verified FROM look();
SELECT user_id, first_day, last_day FROM shop.users ORDER BY user_id;
-- a user who is to be forgotten
DELETE FROM shop.activity WHERE user_id = 5;
DELETE FROM source WHERE u = 5;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT count(*) FROM shop.users WHERE user_id = 5;

-- ignored days are not kept
SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2024-03-01', keep_history => true, ignore_before => '2024-01-03');
SELECT min(first_day) FROM shop.users;

--
-- What is kept cannot be counted in another way
--

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
SELECT fails($$SELECT user_ops.create_views('source', 'u', 't', stored => false, keep_history => true)$$);
SELECT fails($$SELECT user_ops.create_views('source', 'u', 't', 'a', 'shop', keep_history => true, time_zone => 'Asia/Shanghai')$$);
SELECT fails($$SELECT user_ops.create_views('source', 'u', 't', target_schema => 'shop', keep_history => true)$$);
SELECT fails($$SELECT user_ops.create_views('source', 'u', 't', 'a', 'shop', keep_history => true, first_values => '{country}')$$);
SELECT fails($$SELECT user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2024-03-01', keep_history => true, lost_days => 60, max_weeks => 10)$$);
\pset tuples_only off
\pset format aligned
SELECT * FROM look();
-- turned off: forgotten
SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2024-03-01');
SELECT * FROM look();
SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2024-03-01', keep_history => true, first_values => '{country}');
SELECT * FROM look();

-- another source: none of the days of the first
CREATE TABLE other AS SELECT 1 AS u, timestamptz '2024-02-28Z' AS t, 1::numeric AS a, text 'o' AS country;
ALTER TABLE other ALTER COLUMN u TYPE bigint;
SELECT count(*) > 0 FROM user_ops.create_views('other', 'u', 't', 'a', 'shop', as_of => '2024-03-01', keep_history => true, first_values => '{country}', replace_source => true);
SELECT user_id, first_day FROM shop.users;
SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2024-03-01', keep_history => true, first_values => '{country}', replace_source => true);

-- a refresh by a column wants to find the first day
DROP INDEX source_t_idx;
\set VERBOSITY default
SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2024-03-01', keep_history => true, first_values => '{country}', changed_at => 'changed');
\set VERBOSITY terse
DELETE FROM source;
INSERT INTO source VALUES ('x', 1, '2024-02-26Z', 7, 'new', clock_timestamp());
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT first_day, kept_before, reads, verified FROM look();
SELECT user_id, first_day, last_day, country FROM shop.users WHERE user_id < 3 ORDER BY user_id;

-- what journeys keep would be lost if they were made in another way
SELECT count(*) FROM user_ops.create_journeys('shop', 'country');
SELECT count(*) FROM user_ops.create_journeys('shop', 'country', label => 'org');
DELETE FROM source WHERE t < '2024-02-26 12:00Z';
INSERT INTO source VALUES ('x', 1, '2024-02-27Z', 7, 'newer', clock_timestamp());
SELECT users FROM user_ops.refresh('shop', full_scan => true);
SELECT r.event, r.label, r.amount FROM shop.journeys AS j, user_ops.journey_rows(j.journey) AS r;
\set VERBOSITY default
SELECT user_ops.create_journeys('shop', 'country');
\set VERBOSITY terse
SELECT count(*) FROM user_ops.create_journeys('shop', 'country', label => 'org');
SELECT count(*) FROM user_ops.verify('shop');
SELECT user_ops.drop_addon('shop', 'journeys');
SELECT count(*) FROM user_ops.create_journeys('shop', 'country');
SELECT r.event, r.label, r.amount FROM shop.journeys AS j, user_ops.journey_rows(j.journey) AS r;

SET client_min_messages = warning;
SELECT count(*) > 0 FROM user_ops.drop_views('shop');
DROP SCHEMA keep_history CASCADE;

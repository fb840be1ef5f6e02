SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA refresh_reads;
RESET client_min_messages;
SET search_path = refresh_reads;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET jit = off;
\set VERBOSITY terse
\set SHOW_CONTEXT never

-- everybody goes and others come: those are moves too
CREATE TABLE orders (u bigint, t timestamptz, a numeric);
INSERT INTO orders SELECT i % 5, '2024-01-01Z'::timestamptz + i * interval '1 day', i FROM generate_series(1, 20) AS i;
SELECT count(*) > 0 FROM user_ops.create_views('orders', 'u', 't', 'a', 'shop', as_of => '2024-02-01');
SELECT count(*) FROM shop.transitions;
UPDATE orders SET u = u + 1000;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT attribute, count(*) FILTER (WHERE new_value IS NULL AND user_id < 1000) AS gone, count(*) FILTER (WHERE old_value IS NULL AND user_id >= 1000) AS come, count(*)
FROM shop.transitions GROUP BY attribute ORDER BY attribute;
-- where nobody was, nobody moved
TRUNCATE orders;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT count(*) AS before FROM shop.transitions \gset
INSERT INTO orders SELECT i % 5, '2024-01-01Z'::timestamptz + i * interval '1 day', i FROM generate_series(1, 20) AS i;
SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop');
SELECT count(*) - :before AS written FROM shop.transitions;
SELECT count(*) > 0 FROM user_ops.drop_views('shop');

-- the hour that comes twice when clocks go back, and the half hour of Lord Howe: what changed since is found, whatever the local time
CREATE TABLE local_orders (u int, t timestamp, changed timestamp);
CREATE FUNCTION found_after(zone text, refreshed timestamptz, changed timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE local_orders;
	INSERT INTO local_orders VALUES (1, '2024-01-01', '2024-01-01');
	PERFORM user_ops.create_views('local_orders', 'u', 't', target_schema => 'shop', as_of => '2024-12-01', source_time_zone => zone, changed_at => 'changed', changed_overlap => '0');
	UPDATE shop.fitted SET refreshed_at = refreshed;
	INSERT INTO local_orders VALUES (2, '2024-01-01', changed AT TIME ZONE zone);
	RETURN (SELECT r.inserted FROM user_ops.refresh('shop') AS r);
END $$;
SET client_min_messages = warning;
SELECT zone, refreshed AT TIME ZONE zone AS refreshed, later AT TIME ZONE zone AS changed, found_after(zone, refreshed, later) AS found
FROM (VALUES ('America/New_York', timestamptz '2024-11-03 05:55Z', timestamptz '2024-11-03 06:05Z'),
			 ('America/New_York', '2024-11-03 05:59:59Z', '2024-11-03 06:00Z'),
			 ('America/New_York', '2024-11-03 06:05Z', '2024-11-03 06:05Z'),
			 ('America/New_York', '2024-03-10 06:59Z', '2024-03-10 07:00Z'),
			 ('Antarctica/Troll', '2024-10-27 00:59Z', '2024-10-27 01:00Z'),
			 ('Australia/Lord_Howe', '2024-04-06 14:50Z', '2024-04-06 15:01Z'),
			 ('Australia/Lord_Howe', '2024-04-06 14:50Z', '2024-04-06 14:50Z')) AS m (zone, refreshed, later);
-- ... and nothing older where clocks stay as they are
SELECT found_after('America/New_York', '2024-06-01 12:00Z', '2024-06-01 11:59:59Z') AS older, found_after('America/New_York', '2024-06-01 12:00Z', '2024-06-01 12:00Z') AS not_older;
SELECT count(*) > 0 FROM user_ops.drop_views('shop');
--
-- By a column that tells what changed: all rows are read where looking up the users who changed would take longer
--

CREATE TABLE visits (u int, t date, changed timestamptz);
CREATE INDEX ON visits (u);
CREATE INDEX ON visits (changed);
CREATE INDEX ON visits (t);
INSERT INTO visits SELECT i % 1500, date '2024-01-01' + i % 77, '2024-01-01Z' FROM generate_series(1, 9000) AS i;
SELECT count(*) > 0 FROM user_ops.create_views('visits', 'u', 't', target_schema => 'shop', as_of => '2024-06-01', changed_at => 'changed', changed_overlap => '0');
CREATE FUNCTION reads(OUT inserted bigint, OUT updated bigint, OUT reads text, OUT rows_read bigint, OUT verified bigint) LANGUAGE plpgsql AS $$
BEGIN
	SELECT r.inserted, r.updated INTO inserted, updated FROM user_ops.refresh('shop') AS r;
	SELECT l.reads, l.rows_read INTO reads, rows_read FROM shop.refresh_log AS l ORDER BY l.finished_at DESC LIMIT 1;
	verified := (SELECT count(*) FROM user_ops.verify('shop'));
END $$;
-- a third more; nothing; few users
INSERT INTO visits SELECT i % 1500, date '2024-04-01' + i % 20, clock_timestamp() FROM generate_series(1, 4500) AS i;
SELECT * FROM reads();
SELECT * FROM reads();
INSERT INTO visits SELECT i, '2024-05-01', clock_timestamp() FROM generate_series(1, 100) AS i;
SELECT * FROM reads();
-- many rows of few users; a row of many
INSERT INTO visits SELECT i % 3, '2024-05-02', clock_timestamp() FROM generate_series(1, 1200) AS i;
SELECT * FROM reads();
INSERT INTO visits SELECT i, '2024-05-03', clock_timestamp() FROM generate_series(1, 1100) AS i;
SELECT * FROM reads();
-- however few the users were before
DELETE FROM visits WHERE u > 0;
SELECT deleted FROM user_ops.refresh('shop', full_scan => true);
INSERT INTO visits SELECT i, '2024-05-04', clock_timestamp() FROM generate_series(1, 3000) AS i;
SELECT * FROM reads();
SELECT count(*) > 0 FROM user_ops.drop_views('shop');

DROP SCHEMA refresh_reads CASCADE;

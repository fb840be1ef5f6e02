SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = public, user_ops;
SET datestyle = ISO, YMD;
SET timezone = 'America/New_York';

CREATE FUNCTION pg_temp.answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(': ', SQLSTATE, SQLERRM, nullif(detail, ''), 'hint: ' || hint);
END $$;

--
-- Rounding: as round(numeric, integer) does, for every number of decimals
--
CREATE TEMP TABLE numbers AS
SELECT setseed(0.5) IS NULL AS seeded, n::numeric FROM (VALUES ('0'), ('1'), ('15.299999999999999'), ('0.5'), ('0.49999999999999999999999'), ('2.5'), ('1e-9'), ('5e-10'), ('4.9999999999e-10'),
	('0.00005'), ('0.000049999'), ('9999.9999'), ('9999.99995'), ('99999999.999999999999'), ('1e-30'), ('5e-11'), ('123456789.123456789123456789'), ('1234567890123456789'),
	('9223372036854775807'), ('9223372036854775807.4'), ('9223372036854775807.5'), ('9223372036854775808'), ('92233720368547758.075'), ('92233720368547758.0749'), ('9223372036.8547758075'),
	('9223372036.8547758074999'), ('99999999999999999999.5'), ('999999999999999.4'), ('999999999999999.5'), ('1e15'), ('1e19'), ('1e20'), ('1e30'), ('1e300')) AS v (n)
UNION ALL SELECT false, round((random() * 10 ^ (i % 12))::numeric, i % 15) + (1 / 3.0) * (i % 2) FROM generate_series(1, 2000) AS i
UNION ALL SELECT false, (i * 2 + 1) / 10.0 ^ (i % 12) / 2 FROM generate_series(1, 1000) AS i
UNION ALL SELECT false, (i / 1.19) FROM generate_series(1, 500) AS i
UNION ALL SELECT false, repeat('7', 1 + i % 19)::numeric + repeat('4', 300)::numeric / 10::numeric ^ (295 + i % 10) FROM generate_series(1, 100) AS i;
INSERT INTO numbers SELECT false, -n FROM numbers;

-- What counts: below 10^15, and 64 bits hold it at the scale it needs.
CREATE FUNCTION pg_temp.fits(n numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT abs(n) < 1e15 AND trim_scale(n) * 10::numeric ^ scale(trim_scale(n)) BETWEEN -9223372036854775808 AND 9223372036854775807 $$;
CREATE FUNCTION pg_temp.read(n numeric, decimals integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(left_out_reason(date '2024-01-01', n, decimals, NULL::date),
					monetary((SELECT lenient_activity_agg(date '2024-01-01', n, decimals, NULL::date)), '2024-02-01')::text) $$;
CREATE FUNCTION pg_temp.read(f float8, decimals integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$ SELECT monetary((SELECT lenient_activity_agg(date '2024-01-01', f, decimals, NULL::date)), '2024-02-01') $$;
CREATE FUNCTION pg_temp.read_strictly(f float8) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$ SELECT monetary((SELECT activity_agg(date '2024-01-01', f)), '2024-02-01') $$;
SELECT decimals, count(*) AS numbers, count(*) FILTER (WHERE is_read = 'bad_amount') > 50 AS some_do_not_fit,
	   count(*) FILTER (WHERE is_read IS DISTINCT FROM CASE WHEN pg_temp.fits(wanted) THEN trim_scale(wanted)::text ELSE 'bad_amount' END) AS wrong
FROM (SELECT decimals, round(n, decimals) AS wanted, CASE WHEN left(r, 1) ~ '[a-z]' THEN r ELSE trim_scale(r::numeric)::text END AS is_read
	  FROM numbers, generate_series(0, 9) AS decimals, LATERAL (SELECT pg_temp.read(n, decimals)) AS s (r)) AS s
GROUP BY decimals ORDER BY decimals;
-- As they are, what has more than 9 decimals is left out.
SELECT count(*) FILTER (WHERE r = 'many_decimals') > 1000 AS many,
	   count(*) FILTER (WHERE r IS DISTINCT FROM CASE WHEN abs(n) >= 1e20 THEN 'bad_amount' WHEN scale(trim_scale(n)) > 9 THEN 'many_decimals'
													  WHEN NOT pg_temp.fits(n) THEN 'bad_amount' ELSE r END
						OR left(r, 1) !~ '[a-z]' AND r::numeric <> n) AS wrong
FROM numbers, LATERAL (SELECT pg_temp.read(n, NULL)) AS s (r);

-- A double precision is rounded as the numeric that it becomes.
CREATE TEMP TABLE floats AS
SELECT f FROM (VALUES (0::float8), ('-0'), (1.005), (2.675), (0.285), (15.299999999999999), (0.1 + 0.2::float8), (1e300), (1e-300), (4.9e-324), (1.7976931348623157e308), (123456789012345678),
	(99999999999999.5), (100000000000000.5), (1e14 - 0.25), (0.49999999999999994), (0.5), (1.5), (4503599627370496.5), (9223372036854774784), (9.3e18)) AS v (f)
UNION ALL SELECT (i / 1.19)::float8 FROM generate_series(1, 500) AS i
UNION ALL SELECT (i * 2 + 1) / (2 * 10 ^ (i % 10))::float8 FROM generate_series(1, 2000) AS i
UNION ALL SELECT ((i * 2 + 1) / (2 * 10 ^ (i % 10))::float8) * (1 + (i % 7 - 3) * 2.220446049250313e-16) FROM generate_series(1, 2000) AS i
UNION ALL SELECT ((i * 2 + 1) / (2 * 10 ^ (i % 10))::float8) * (1 + (i % 7 - 3) * 3e-15) FROM generate_series(1, 2000) AS i
UNION ALL SELECT random() * 10 ^ (i % 20) FROM generate_series(1, 2000) AS i;
INSERT INTO floats SELECT -f FROM floats;
SELECT decimals, count(*) AS numbers,
	   count(*) FILTER (WHERE is_read IS DISTINCT FROM CASE WHEN pg_temp.fits(wanted) THEN trim_scale(wanted) END) AS wrong
FROM (SELECT decimals, round(f::numeric, decimals) AS wanted,
			 trim_scale(pg_temp.read(f, decimals)) AS is_read
	  FROM floats, generate_series(0, 9) AS decimals) AS s
GROUP BY decimals ORDER BY decimals;
-- ... and as it is, as everywhere.
SELECT count(*) > 5000 AS enough, count(*) FILTER (WHERE pg_temp.read(f, NULL) IS DISTINCT FROM pg_temp.read_strictly(f)) AS wrong FROM floats WHERE abs(f) < 9e12;
SELECT pg_temp.answer('SELECT user_ops.left_out_reason(date ''2024-01-01'', 1.5, 10, NULL::date)'),
	   pg_temp.answer('SELECT user_ops.left_out_reason(date ''2024-01-01'', 1.5::float8, -1, NULL::date)');

--
-- A source with everything that is wrong in sources
--
CREATE TABLE odd (row_number int, u int, part text, t timestamptz, local_t timestamp, d date,
				  n numeric, f float8, r real, i8 bigint, i4 int, i2 smallint, changed timestamptz);
INSERT INTO odd
SELECT i, nullif(i % 97, 13), 'p' || u / 40, t, t AT TIME ZONE 'UTC', (t AT TIME ZONE 'UTC')::date, n, n::float8, n::real, n::bigint, n::int, (n % 30000)::smallint, '2024-01-01'
FROM (SELECT i, i % 97 AS u, CASE WHEN i % 31 = 0 THEN NULL WHEN i % 43 = 0 THEN 'infinity' WHEN i % 47 = 0 THEN '-infinity' WHEN i % 1111 = 0 THEN timestamptz '1970-01-01'
								  ELSE timestamptz '2023-01-01 00:00+00' + i * interval '3 hours 7 minutes' END AS t,
			 CASE WHEN i % 3 = 0 THEN NULL WHEN i % 5 = 0 THEN i / 1.19 WHEN i % 7 = 0 THEN -i / 100.0 ELSE i / 8.0 END AS n
	  FROM generate_series(1, 4000) AS i) AS s;
UPDATE odd SET n = v.n, f = v.n, r = v.n
FROM (VALUES (2000, 'NaN'::numeric), (2001, 'infinity'), (2002, '-infinity'), (103, 'NaN')) AS v (row_number, n) WHERE v.row_number = odd.row_number;
UPDATE odd SET n = v.n, f = v.n
FROM (VALUES (2003, 1e30), (2004, -1e25), (2005, 1e19), (2006, 9300000000000.000001)) AS v (row_number, n) WHERE v.row_number = odd.row_number;
UPDATE odd SET i8 = 9223372036854775807 WHERE row_number = 2007;
-- At the edge of the calendar: in America this moment is on no day.
INSERT INTO odd VALUES (5001, 96, 'p2', '4714-11-24 00:00+00 BC', '4714-11-24 00:00 BC', '4714-11-24 BC', 1, 1, 1, 1, 1, 1, '2024-01-01'),
					   (5002, 96, 'p2', '294276-12-31 12:00+00', '294276-12-31 12:00', '5874897-12-31', 1, 1, 1, 1, 1, 1, '2024-01-01');

-- What counts, said in plain SQL.
CREATE FUNCTION pg_temp.plain(amount text, at_time text, decimals int, ignore_before date, zone text, source_zone text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	day text := CASE WHEN at_time = 'd' THEN 'd' WHEN at_time = 't' AND zone IS NULL THEN '(t AT TIME ZONE ''UTC'')::date' WHEN at_time = 't' THEN format('(t AT TIME ZONE %L)::date', zone)
					 WHEN source_zone IS NULL THEN 'local_t::date' ELSE format('(local_t AT TIME ZONE %L AT TIME ZONE %L)::date', source_zone, coalesce(zone, 'UTC')) END;
	edge text := CASE WHEN zone = 'America/New_York' THEN ' OR row_number = 5001' WHEN source_zone = 'Asia/Shanghai' THEN ' OR row_number = 5001' ELSE '' END;
BEGIN
	DROP TABLE IF EXISTS plain;
	-- a CASE, so that what cannot be computed is not
	EXECUTE format('CREATE TEMP TABLE plain AS
		SELECT o.*, CASE WHEN why IS NULL THEN %s END AS day, CASE WHEN why IS NULL THEN %s END AS amount
		FROM (SELECT *, CASE WHEN u IS NULL OR part IS NULL THEN 1 WHEN NOT coalesce(isfinite(%s), false)%s THEN 2 WHEN %s < %L THEN 3%s END AS why FROM odd) AS o',
		day,
		CASE WHEN amount IS NULL THEN 'NULL::int' WHEN decimals IS NOT NULL AND amount ~ '[nfr]' THEN format('round(%s::numeric, %s)', amount, decimals) ELSE amount END,
		at_time, edge, day, ignore_before,
		CASE WHEN amount IS NULL THEN '' WHEN amount ~ 'i' THEN format(' WHEN abs(%s::numeric) >= 1e15 THEN 4', amount)
			 ELSE format(' WHEN %1$s::numeric IN (''NaN'', ''infinity'', ''-infinity'') THEN 4', amount) ||
				CASE WHEN decimals IS NOT NULL THEN format(' WHEN NOT pg_temp.fits(round(%s::numeric, %s)) THEN 4', amount, decimals)
					 WHEN amount = 'n' THEN ' WHEN abs(n) >= 1e20 THEN 4 WHEN scale(trim_scale(n)) > 9 THEN 5 WHEN NOT pg_temp.fits(n) THEN 4'
					 ELSE format(' WHEN abs(%s) > 9e12 THEN 4', amount) END END);
END $$;

-- Each road gives what plain SQL does: users, and rows left out by reason. NULL: alike.
CREATE FUNCTION pg_temp.roads(amount text, at_time text, decimals int, ignore_before date, zone text, source_zone text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	wanted text;
	found text;
	wrong text := '';
	n bigint;
	road record;
	call text := format('SELECT count(*) FROM user_ops.create_views(''odd'', ''u'', %L, %L, as_of => ''2024-08-01'', amount_decimals => %L, ignore_before => %L, time_zone => %L, source_time_zone => %L, target_schema => ''odd_ops'', purchase_model => ''none''',
						at_time, amount, decimals, ignore_before, zone, source_zone);
	-- labels of first events
	first_part text := '(array_agg(part ORDER BY ' || at_time || ', part))[1] AS part';
BEGIN
	PERFORM pg_temp.plain(amount, at_time, decimals, ignore_before, zone, source_zone);
	SELECT concat_ws(' ', count(*), count(why), count(*) FILTER (WHERE why = 1), count(*) FILTER (WHERE why = 2), count(*) FILTER (WHERE why = 3), count(*) FILTER (WHERE why = 4),
					 count(*) FILTER (WHERE why = 5)) INTO wanted FROM plain;
	DROP TABLE IF EXISTS wanted_users;
	EXECUTE format('CREATE TEMP TABLE wanted_users AS SELECT u AS user_id, user_ops.activity_agg(day%s) AS activity, %s FROM plain WHERE why IS NULL GROUP BY u',
				   CASE WHEN amount IS NULL THEN '' ELSE ', amount' END, first_part);
	FOR road IN SELECT * FROM (VALUES
			('stored', '', 'odd_ops.activity'), ('not stored', ', stored => false', 'odd_ops.activity'), ('first_values', ', first_values => ARRAY[''part'']', 'odd_ops.activity'),
			('tenant', ', tenant => ''part''', '(SELECT user_id, rollup(activity) AS activity FROM odd_ops.activity GROUP BY user_id)'),
			('tenant, not stored', ', tenant => ''part'', stored => false', '(SELECT user_id, rollup(activity) AS activity FROM odd_ops.activity GROUP BY user_id)'),
			('changed_at', ', changed_at => ''changed''', 'odd_ops.activity'))
		AS r (name, options, users)
	LOOP
		IF road.name = 'changed_at' THEN
			-- without the rows first, of which all come back as changed
			CREATE TEMP TABLE kept AS SELECT * FROM odd;
			DELETE FROM odd WHERE u IS NOT NULL AND row_number % 2 = 1;
			EXECUTE call || road.options || ')';
			INSERT INTO odd SELECT k.* FROM kept AS k WHERE k.u IS NOT NULL AND k.row_number % 2 = 1;
			UPDATE odd SET changed = clock_timestamp();
			PERFORM user_ops.refresh('odd_ops');
			DELETE FROM odd;
			INSERT INTO odd SELECT * FROM kept;
			DROP TABLE kept;
		ELSE
			EXECUTE call || road.options || ')';
		END IF;
		EXECUTE format('SELECT count(*) FROM ((SELECT user_id, activity%1$s FROM wanted_users EXCEPT ALL SELECT user_id, activity%1$s FROM %2$s AS a)
									UNION ALL (SELECT user_id, activity%1$s FROM %2$s AS a EXCEPT ALL SELECT user_id, activity%1$s FROM wanted_users)) AS d',
					   CASE WHEN road.name = 'first_values' THEN ', part' ELSE '' END, road.users) INTO n;
		IF n > 0 THEN
			wrong := concat_ws(' ', nullif(wrong, ''), road.name, n, 'users;');
		END IF;
		IF road.name ~ 'not stored' THEN
			EXECUTE 'SELECT sum(rows_left_out) FROM odd_ops.fitted' INTO n;
			found := split_part(wanted, ' ', 1) || ' ' || n || substr(wanted, length(split_part(wanted, ' ', 1) || ' ' || split_part(wanted, ' ', 2)) + 1);
		ELSE
			EXECUTE 'SELECT concat_ws('' '', rows_read, rows_left_out, rows_without_user, rows_without_time, rows_ignored, rows_bad_amount, rows_many_decimals)
					 FROM odd_ops.refresh_log ORDER BY finished_at DESC LIMIT 1' INTO found;
			IF EXISTS (SELECT FROM user_ops.verify('odd_ops')) AND road.name <> 'changed_at' THEN
				wrong := concat_ws(' ', nullif(wrong, ''), road.name, 'verify;');
			END IF;
		END IF;
		-- a refresh by changed_at does not see rows without a user
		IF found <> wanted AND road.name <> 'changed_at' THEN
			wrong := concat_ws(' ', nullif(wrong, ''), road.name, 'counts', found, 'not', wanted || ';');
		END IF;
	END LOOP;
	RETURN nullif(wrong, '');
END $$;

SET client_min_messages = error;
CREATE TEMP TABLE roads (n serial, amount text, at_time text, decimals int, ignore_before date, zone text, source_zone text, wrong text);
INSERT INTO roads (amount, at_time, decimals, ignore_before, zone, source_zone)
VALUES ('n', 't', NULL::int, NULL::date, NULL, NULL), ('n', 't', 2, '2023-02-01', 'Asia/Shanghai', NULL), ('n', 'd', 9, '0001-01-01', NULL, NULL),
	   ('n', 'local_t', 2, '2023-06-01', 'Europe/Paris', 'Asia/Shanghai'), ('f', 't', NULL, NULL, 'America/New_York', NULL), ('f', 'local_t', 2, '2023-02-01', NULL, NULL),
	   ('r', 't', 2, NULL, NULL, NULL), ('i8', 't', 2, '2023-02-01', NULL, NULL), (NULL, 't', NULL, '2023-02-01', 'America/New_York', NULL);
-- each in a transaction of its own, which keeps a lock on every view that it makes and drops
DO $$
BEGIN
	FOR i IN 1 .. (SELECT max(n) FROM roads) LOOP
		UPDATE roads SET wrong = pg_temp.roads(amount, at_time, decimals, ignore_before, zone, source_zone) WHERE n = i;
		COMMIT;
	END LOOP;
END $$;
SELECT amount, at_time, decimals, ignore_before, zone, source_zone, wrong FROM roads ORDER BY n;
RESET client_min_messages;

-- The functions, for each type of time and amount: one reason from all of them.
SELECT format('%s, %s', time_type, coalesce(amount, 'no amount')) AS types, reason, population, counts, groups IS NOT DISTINCT FROM counts AS groups_alike
FROM (VALUES ('timestamptz', 't'), ('timestamp', 'local_t'), ('date', 'd'), ('timestamptz, zone', 't')) AS tt (time_type, time_column)
CROSS JOIN (VALUES (NULL), ('n'), ('f'), ('i8'), ('i4'), ('i2')) AS a (amount),
LATERAL (SELECT concat_ws(', ', time_column, amount, CASE WHEN amount IS NOT NULL THEN 'NULL::int' END, 'date ''2023-02-01''', CASE WHEN time_type ~ 'zone' THEN '''America/New_York''::text' END)) AS s (arguments),
LATERAL (SELECT pg_temp.answer(format('SELECT string_agg(n::text, '' '' ORDER BY why) FROM (SELECT user_ops.left_out_reason(%s) AS why, count(*) AS n FROM odd WHERE u IS NOT NULL GROUP BY 1) AS s', arguments))) AS r (reason),
LATERAL (SELECT pg_temp.answer(format('SELECT user_ops.population_rows(user_ops.lenient_population_agg(u, %s)) FROM odd', arguments))) AS p (population),
LATERAL (SELECT pg_temp.answer(format('SELECT user_ops.left_out_agg(%s) FROM odd WHERE u IS NOT NULL', arguments))) AS l (counts),
LATERAL (SELECT pg_temp.answer(format('SELECT ROW(sum((c).without_user), sum((c).without_time), sum((c).ignored), sum((c).bad_amount), sum((c).many_decimals))
									   FROM (SELECT user_ops.left_out_agg(%s) AS c FROM odd WHERE u IS NOT NULL GROUP BY u) AS s', arguments))) AS g (groups);

-- One state for both aggregates, in workers too.
CREATE TABLE odd_parts AS SELECT * FROM odd;
ALTER TABLE odd_parts SET (parallel_workers = 2);
CREATE TEMP TABLE one_by_one AS SELECT u, lenient_activity_agg(t, n, 2, date '2023-02-01') AS activity, left_out_agg(t, n, 2, date '2023-02-01') AS counts FROM odd GROUP BY u;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT u, lenient_activity_agg(t, n, 2, date '2023-02-01'), left_out_agg(t, n, 2, date '2023-02-01') FROM odd_parts GROUP BY u;
SELECT count(*) AS differ FROM (SELECT u, lenient_activity_agg(t, n, 2, date '2023-02-01') AS activity, left_out_agg(t, n, 2, date '2023-02-01') AS counts FROM odd_parts GROUP BY u
								EXCEPT ALL SELECT * FROM one_by_one) AS d;
SELECT population_rows(lenient_population_agg(u, t, n, 2, date '2023-02-01')) AS by_workers FROM odd_parts;
ROLLBACK;
SELECT population_rows(lenient_population_agg(u, t, n, 2, date '2023-02-01')) AS one_by_one FROM odd_parts;
SET work_mem = '64kB';
SELECT population_rows(p) AS spilt, (SELECT count(*) FROM users(p, NULL::int) AS u JOIN one_by_one AS o ON o.u = u.user_id AND o.activity = u.activity) AS alike
FROM (SELECT lenient_population_agg(u, t, n, 2, date '2023-02-01') AS p FROM (SELECT * FROM odd_parts OFFSET 0) AS s) AS s;
RESET work_mem;

-- What the strict ones say of the same rows: the value.
SELECT pg_temp.answer('SELECT user_ops.activity_agg(t, n) FROM odd WHERE isfinite(t) AND row_number = ' || r), pg_temp.answer('SELECT user_ops.population_agg(u, t, n) FROM odd WHERE row_number = ' || r)
FROM unnest('{5,2000,2001,2003}'::int[]) AS r;

--
-- What create_views says
--
SELECT count(*) > 0 AS made FROM create_views('odd', 'u', 't', 'n', as_of => '2024-08-01', target_schema => 'odd_ops', time_zone => 'America/New_York');
SELECT count(*) > 0 AS made FROM create_views('odd', 'u', 't', 'n', as_of => '2024-08-01', target_schema => 'odd_ops', amount_decimals => 2, ignore_before => '2023-01-01', stored => false, first_values => '{part}');
SELECT count(*) > 0 AS made FROM create_views('odd', 'u', 't', 'n', as_of => '2024-08-01', target_schema => 'odd_ops', amount_decimals => 2, ignore_before => '2023-01-01', tenant => 'part');
SELECT count(*) > 0 AS made FROM create_views('odd', 'u', 'd', target_schema => 'odd_ops', ignore_before => '2025-01-01');
-- The hint's query finds them.
SELECT e.row_number, e.n FROM odd AS e WHERE user_ops.left_out_reason(e.t, e.n, 2::integer, '2023-01-01'::date) = 'bad_amount' ORDER BY row_number;

-- A bad row of tonight does not stop the refresh, and is in the log.
CREATE TABLE shop (u int, t timestamptz, amount numeric);
INSERT INTO shop SELECT i % 50, timestamptz '2024-01-01 12:00+00' + i * interval '1 hour', i / 4.0 FROM generate_series(1, 1000) AS i;
SELECT count(*) > 0 AS made FROM create_views('shop', 'u', 't', 'amount', as_of => '2024-03-01');
INSERT INTO shop VALUES (1, '2024-02-01', 'NaN'), (60, '2024-02-01', 1e40), (2, '2024-02-01', 10 / 3.0), (61, 'infinity', 1), (NULL, '2024-02-01', 1);
SELECT inserted, updated, deleted, rows_left_out FROM refresh('shop_ops');
SELECT rows_read, rows_left_out, rows_without_user, rows_without_time, rows_ignored, rows_bad_amount, rows_many_decimals FROM shop_ops.refresh_log ORDER BY finished_at DESC LIMIT 1;
SELECT count(*) FROM verify('shop_ops');
-- What does not fit together names the user.
INSERT INTO shop VALUES (7, '2024-02-01', 999999999999999), (7, '2024-02-02', 0.000000001);
SELECT pg_temp.answer('SELECT user_ops.refresh(''shop_ops'')');
DELETE FROM shop WHERE amount IN (999999999999999, 0.000000001);
-- Rounding begins the history anew: other numbers are no moves.
SELECT count(*) AS moves FROM shop_ops.transitions
\gset
DELETE FROM shop WHERE amount > 1e30 OR amount = 'NaN' OR u IS NULL OR t = 'infinity';
UPDATE shop SET amount = amount / 1.19;
SELECT count(*) > 0 AS made FROM create_views('shop', 'u', 't', 'amount', as_of => '2024-03-01', amount_decimals => 2);
SELECT sum(revenue) = (SELECT sum(round(amount, 2)) FROM shop) AS revenue, (SELECT count(*) FROM shop_ops.transitions) - :moves AS moves FROM shop_ops.kpis_day;
SELECT count(*) > 0 AS made FROM create_views('shop', 'u', 't', 'amount', as_of => '2024-03-01');
-- Where no row counts, it is not hard to see why.
UPDATE shop SET amount = 1 / 3.0;
SELECT pg_temp.answer('SELECT count(*) FROM user_ops.create_views(''shop'', ''u'', ''t'', ''amount'', target_schema => ''empty_ops'')');

--
-- First days far from all others
--
CREATE TABLE early (u int, d date);
INSERT INTO early SELECT i % 3000, date '2024-01-01' + i % 300 FROM generate_series(1, 30000) AS i;
SELECT count(*) > 0 AS made FROM create_views('early', 'u', 'd', as_of => '2025-01-01', purchase_model => 'none'); -- says nothing
INSERT INTO early VALUES (5, '1970-01-01'), (6, '0001-01-01'), (4000, '2019-05-05');
SELECT count(*) > 0 AS made FROM create_views('early', 'u', 'd', as_of => '2025-01-01', purchase_model => 'none');
SELECT count(*) > 739000 AS rows_before FROM early_ops.kpis_day;
SELECT count(*) > 0 AS made FROM create_views('early', 'u', 'd', as_of => '2025-01-01', purchase_model => 'none', ignore_before => '2024-01-01');
SELECT count(*) AS rows_after FROM early_ops.kpis_day;
SELECT count(*) > 0 AS made FROM create_views('early', 'u', 'd', as_of => '2025-01-01', purchase_model => 'none', stored => false);
-- More than one in a thousand are no exception, nor is a gap of two years.
INSERT INTO early VALUES (7, '2010-01-01'), (8, '2010-01-01');
SELECT count(*) > 0 AS made FROM create_views('early', 'u', 'd', as_of => '2025-01-01', purchase_model => 'none');
DELETE FROM early WHERE d < '2024-01-01';
INSERT INTO early VALUES (7, '2022-01-01');
SELECT count(*) > 0 AS made FROM create_views('early', 'u', 'd', as_of => '2025-01-01', purchase_model => 'none');

SET client_min_messages = warning;
DROP SCHEMA odd_ops, shop_ops, early_ops CASCADE;
DROP TABLE odd, odd_parts, shop, early;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;

-- SQLSTATE and hint of a statement, or NULL if it raises nothing.
CREATE FUNCTION pg_temp.refusal(statement text, OUT state text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION pg_temp.refused(zone text) RETURNS boolean LANGUAGE sql AS
$$ SELECT (pg_temp.refusal(format('SELECT user_ops.local_date(%L, %L)', timestamptz '2024-01-15 12:00+00', zone))).state = '22023' $$;
CREATE TEMP TABLE names AS SELECT name FROM pg_timezone_names;

-- Every zone that is listed is taken, however it is written; but what a name of the machine means, the machine says.
SELECT count(*) > 300 AS enough, count(*) FILTER (WHERE pg_temp.refused(spelt)) AS refused
FROM names, LATERAL (VALUES (name), (lower(name)), (upper(name))) AS v (spelt)
WHERE name NOT IN ('localtime', 'posixrules');
SELECT bool_and(pg_temp.refused(name)) AS refused FROM (VALUES ('localtime'), ('posixrules'), ('LocalTime'), ('PosixRules')) AS v (name);

-- Anything that POSIX would read with its sign the other way round is refused: the server takes most of these.
CREATE TEMP TABLE posix AS
SELECT concat(letters, sign, offsets, summer) AS zone
FROM unnest('{"",UTC,GMT,utc,Utc,Z,FOO,CST,EST,<+08>,<UTC>,Etc/GMT,Etc/UTC,Asia/Shanghai,"UTC "}'::text[]) AS letters,
	 unnest('{"",+,-}'::text[]) AS sign,
	 unnest('{0,1,3,5:30,08,8,08:00,8:00:00,12,15,23,0800}'::text[]) AS offsets,
	 unnest('{"",DST,EDT,"DST,M3.2.0,M11.1.0"}'::text[]) AS summer
EXCEPT SELECT spelt FROM names, LATERAL (VALUES (name), (lower(name)), (upper(name))) AS v (spelt);
SELECT count(*) > 1500 AS enough, count(*) FILTER (WHERE NOT pg_temp.refused(zone)) AS taken,
	   count(*) FILTER (WHERE (pg_temp.refusal(format('SELECT now() AT TIME ZONE %L', zone))).state IS NULL) > 1000 AS most_by_the_server
FROM posix;
-- Four that are listed look as POSIX has it, and mean the same.
SELECT zone, local_date('2024-07-16 03:59+00', zone) AS before, local_date('2024-07-16 07:00+00', zone) AS after
FROM (VALUES ('EST5EDT'), ('CST6CDT'), ('MST7MDT'), ('PST8PDT')) AS v (zone);

-- An offset gets the names of zones that have it in winter; those of the other sign behind letters that may be POSIX.
CREATE TEMP TABLE hinted AS
SELECT zone, minutes, hint,
	   (SELECT array_agg(m[1]) FROM regexp_matches(hint, '(?:give|or) (\w+/[\w+-]+)', 'g') AS m) AS proposed
FROM (SELECT v.zone, minutes, (pg_temp.refusal(format('SELECT user_ops.local_date(now(), %L)', v.zone))).hint
	  FROM generate_series(-12 * 60, 14 * 60, 15) AS minutes,
		   LATERAL (VALUES (to_char(abs(minutes) / 60, 'FM00') || ':' || to_char(abs(minutes) % 60, 'FM00'))) AS d (digits),
		   LATERAL (VALUES ('UTC' || CASE WHEN minutes < 0 THEN '-' ELSE '+' END || digits),
						   (CASE WHEN minutes < 0 THEN '-' ELSE '+' END || digits),
						   ('gmt' || CASE WHEN minutes < 0 THEN '-' ELSE '+' END || replace(digits, ':', '')),
						   ('Etc/UTC' || CASE WHEN minutes < 0 THEN '-' ELSE '+' END || digits)) AS v (zone)
	  WHERE minutes <> 0) AS h;
SELECT count(*) AS asked, count(DISTINCT minutes) FILTER (WHERE proposed IS NOT NULL) AS offsets_with_names,
	   count(DISTINCT hint) = count(DISTINCT minutes) AS one_hint_an_offset
FROM hinted;
SELECT h.zone, p AS proposed
FROM hinted AS h, unnest(h.proposed) AS p
WHERE p NOT IN (SELECT name FROM names)
   OR least(timestamptz '2024-01-15 12:00+00' AT TIME ZONE p - timestamp '2024-01-15 12:00',
			timestamptz '2024-07-15 12:00+00' AT TIME ZONE p - timestamp '2024-07-15 12:00') <> h.minutes * interval '1 minute';

-- To read.
SELECT zone, (pg_temp.refusal(format('SELECT user_ops.local_date(now(), %L)', zone))).hint
FROM unnest('{UTC+8,+08:00,GMT-0530,8,UTC+0,FOO+3,CST-8,UTC+9:15,UTC+15,Asia/Beijing,Asia/Shangai,shanghai,New York,CEST,Mars/Olympus_Mons,localtime,Etc/GMT-15,../etc/passwd,""}'::text[])
	WITH ORDINALITY AS v (zone, place) ORDER BY place;

-- Whatever takes a zone refuses it, before the first row of a source is read.
CREATE TABLE zone_events (u int, t timestamptz, local_t timestamp, amount numeric);
INSERT INTO zone_events VALUES (1, '2024-01-31 17:00+00', '2024-01-31 17:00', 5);
SELECT zone, call, (pg_temp.refusal(format(call, zone))).*
FROM unnest('{UTC+8,EST+5}'::text[]) AS zone,
	 (VALUES ('SELECT user_ops.moment_of(local_t, %L) FROM zone_events'),
			 ('SELECT user_ops.activity_agg(t, %L::text) FROM zone_events'),
			 ('SELECT user_ops.activity_agg(t, amount, %L::text) FROM zone_events'),
			 ('SELECT user_ops.population_agg(u, t, %L::text) FROM zone_events'),
			 ('SELECT user_ops.population_agg(u, t, amount, %L::text) FROM zone_events'),
			 ('SELECT user_ops.create_views(''zone_events'', ''u'', ''t'', time_zone => %L)'),
			 ('SELECT user_ops.create_views(''zone_events'', ''u'', ''local_t'', time_zone => ''Asia/Shanghai'', source_time_zone => %L)'),
			 ('SELECT user_ops.create_views(''zone_events'', ''u'', ''local_t'', source_time_zone => %L)')) AS c (call)
ORDER BY zone, call;
SELECT count(*) AS overloads, count(*) FILTER (WHERE (pg_temp.refusal(statement)).state = '22023') AS refused
FROM (SELECT format('SELECT user_ops.%s(%s) FROM zone_events', p.proname,
					(SELECT string_agg(CASE t.type WHEN 'text'::regtype THEN '''UTC+8''::text'
									   ELSE format('%s::%s', CASE t.type WHEN 'timestamptz'::regtype THEN 't' WHEN 'anyelement'::regtype THEN 'u' ELSE 'amount' END,
												   CASE t.type WHEN 'anyelement'::regtype THEN 'int' ELSE t.type::text END) END, ', ' ORDER BY t.place)
					 FROM unnest(p.proargtypes::regtype[]) WITH ORDINALITY AS t (type, place))) AS statement
	  FROM pg_proc AS p
	  WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname ~ '^(population|activity)_agg$' AND 'text'::regtype = ANY (p.proargtypes::oid[])) AS s;

-- Local times become moments by the zone, and never by an abbreviation, which a setting can change.
SELECT count(*) > 10000 AS enough,
	   count(*) FILTER (WHERE moment_of(local_time, zone) IS DISTINCT FROM local_time AT TIME ZONE zone) AS wrong
FROM (VALUES ('Europe/Paris'), ('America/New_York'), ('Australia/Lord_Howe'), ('Pacific/Apia'), ('Asia/Kathmandu')) AS z (zone),
	 generate_series(timestamp '1900-01-01', '2040-01-01', '523 hours 17 minutes') AS local_time;
SELECT moment_of('infinity', 'UTC'), moment_of('-infinity', 'UTC'), moment_of(NULL, 'UTC'),
	   moment_of('4714-11-24 00:00 BC', 'Asia/Tokyo') AS too_early, moment_of('294276-12-31 23:59', 'America/New_York') AS too_late;
-- Two zones that are called as abbreviations are, where the tz database still has them.
SELECT coalesce(max(name) FILTER (WHERE name = 'CET'), 'Europe/Paris') AS cet, coalesce(max(name) FILTER (WHERE name = 'EST'), 'America/Panama') AS est FROM names
\gset
INSERT INTO zone_events VALUES (2, NULL, '2024-07-01 00:30', 1), (3, NULL, '2024-07-01 06:30', 1);
SET timezone_abbreviations = 'Australia';
SET timezone = 'America/New_York';
SELECT moment_of('2024-07-01 00:30', :'cet') = '2024-06-30 22:30+00' AS in_summer;
SELECT count(*) > 0 AS made FROM create_views('zone_events', 'u', 'local_t', target_schema => 'zone_ops', time_zone => :'est', source_time_zone => :'cet', as_of => '2024-08-01');
SELECT user_id, first_day(activity) FROM zone_ops.activity ORDER BY user_id;
RESET timezone_abbreviations;
RESET timezone;
SELECT inserted, updated, deleted FROM refresh('zone_ops', full_scan => true);
SELECT count(*) FROM verify('zone_ops');
-- The day that a refresh counts to is that of the zone as well.
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM create_views('zone_events', 'u', 't', target_schema => 'zone_ops', time_zone => 'Pacific/Kiritimati');
SELECT as_of = local_date(refreshed_at, 'Pacific/Kiritimati') AS local FROM zone_ops.fitted;
DROP SCHEMA zone_ops CASCADE;
DROP TABLE zone_events;

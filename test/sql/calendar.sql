SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;
SET datestyle = ISO, YMD;

-- Periods: every number and every first day by rule C3, against plain SQL.
-- Every day around the birth of Christ and in the times events come from, then
-- a day here and there in all of PostgreSQL's dates.
CREATE TEMP TABLE day_samples AS
SELECT date '2000-01-01' + n AS day
FROM (SELECT generate_series(date '0041-01-01 BC' - date '2000-01-01',
							 date '0041-01-01' - date '2000-01-01')
	  UNION ALL
	  SELECT generate_series(date '1950-01-01' - date '2000-01-01',
							 date '2050-01-01' - date '2000-01-01')
	  UNION ALL
	  SELECT generate_series(date '4713-01-01 BC' - date '2000-01-01',
							 date '5874897-01-01' - date '2000-01-01', 39989)) AS s (n);

CREATE TEMP VIEW day_facts AS
SELECT day,
	   extract(julian FROM day)::int AS julian,
	   -- years as astronomers count them: 1 BC is 0
	   extract(year FROM day)::int + (day < '0001-01-01')::int AS year,
	   extract(year FROM day)::int AS sql_year,
	   extract(month FROM day)::int AS month,
	   (extract(month FROM day)::int - 1) / 3 + 1 AS quarter,
	   day < '290000-01-01' AS has_timestamp
FROM day_samples;

SELECT count(*) > 100000 AS enough,
	   count(*) FILTER (WHERE period_number(day, 'day') <> julian) AS day,
	   count(*) FILTER (WHERE period_number(day, 'week') <> julian / 7) AS week,
	   count(*) FILTER (WHERE period_number(day, 'week', 'sunday') <> floor((julian - 6) / 7.0)) AS sunday_week,
	   count(*) FILTER (WHERE period_number(day, 'month') <> 12 * year + month - 1) AS month,
	   count(*) FILTER (WHERE period_number(day, 'quarter') <> 4 * year + quarter - 1) AS quarter,
	   count(*) FILTER (WHERE period_number(day, 'year') <> year) AS year
FROM day_facts;

SELECT count(*) FILTER (WHERE period_start(day, 'day') <> day) AS day,
	   count(*) FILTER (WHERE period_start(day, 'week') <> day - (extract(isodow FROM day)::int - 1)) AS week,
	   count(*) FILTER (WHERE period_start(day, 'week', 'sunday') <> day - extract(dow FROM day)::int) AS sunday_week,
	   count(*) FILTER (WHERE period_start(day, 'month') <> make_date(sql_year, month, 1)) AS month,
	   count(*) FILTER (WHERE period_start(day, 'quarter') <> make_date(sql_year, 3 * quarter - 2, 1)) AS quarter,
	   count(*) FILTER (WHERE period_start(day, 'year') <> make_date(sql_year, 1, 1)) AS year
FROM day_facts;

SELECT count(*) FILTER (WHERE period_start(day, 'week') <> date_trunc('week', day::timestamp)::date) AS week,
	   count(*) FILTER (WHERE period_start(day, 'week', 'sunday')
						<> date_trunc('week', day::timestamp + '1 day')::date - 1) AS sunday_week,
	   count(*) FILTER (WHERE period_start(day, 'month') <> date_trunc('month', day::timestamp)::date) AS month,
	   count(*) FILTER (WHERE period_start(day, 'quarter') <> date_trunc('quarter', day::timestamp)::date) AS quarter,
	   count(*) FILTER (WHERE period_start(day, 'year') <> date_trunc('year', day::timestamp)::date) AS year
FROM day_facts WHERE has_timestamp;

-- From day to day a number stays or grows by one, and it grows on a first day only.
SELECT period, week_start, count(*) AS wrong
FROM day_samples,
	 unnest(enum_range(NULL::period)) AS period,
	 unnest(enum_range(NULL::week_start)) AS week_start
WHERE (period = 'week' OR week_start = 'monday')
  AND period_number(day + 1, period, week_start) - period_number(day, period, week_start)
	  <> (period_start(day + 1, period, week_start) = day + 1)::int
GROUP BY period, week_start;

-- The week start concerns weeks only.
SELECT period, count(*) AS differ
FROM (SELECT day FROM day_samples WHERE day BETWEEN '2023-01-01' AND '2023-12-31') AS s,
	 unnest(enum_range(NULL::period)) AS period
WHERE period_start(day, period, 'monday') <> period_start(day, period, 'sunday')
GROUP BY period;

-- A few to read.
SELECT day, period_start(day, 'week') AS monday, period_start(day, 'week', 'sunday') AS sunday,
	   period_start(day, 'quarter') AS quarter, period_number(day, 'month') AS month_number
FROM (VALUES (date '2024-02-29'), ('2024-03-03'), ('2024-12-31'), ('0001-01-01 BC'), ('5874897-12-31')) AS s (day);
SELECT period_number('4714-11-24 BC', 'day') AS first_day, period_number('4714-11-24 BC', 'week') AS first_week,
	   period_number('4714-11-24 BC', 'week', 'sunday') AS week_cut_short;
SELECT period_start('4714-11-24 BC', 'week'), period_start('5874897-12-31', 'year');

-- Local dates: around every change of the clocks from 2020 to 2030, and around
-- the days that were left out or lived twice before.
CREATE TEMP TABLE zones (zone) AS
VALUES ('Europe/Paris'), ('America/New_York'), ('Asia/Amman'), ('Australia/Lord_Howe'),
	   ('Asia/Kathmandu'), ('Pacific/Apia');

CREATE FUNCTION pg_temp.utc_offset(at timestamptz, zone text) RETURNS interval LANGUAGE sql IMMUTABLE
RETURN (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC');
CREATE TEMP TABLE changes AS
SELECT zone, at
FROM zones,
	 generate_series(timestamptz '2020-01-01 00:00+00', '2031-01-01 00:00+00', '24 hours') AS day,
	 generate_series(day + interval '30 minutes', day + interval '24 hours', '30 minutes') AS at
WHERE pg_temp.utc_offset(day, zone) <> pg_temp.utc_offset(day + interval '24 hours', zone)
  AND pg_temp.utc_offset(at, zone) <> pg_temp.utc_offset(at - interval '30 minutes', zone)
UNION ALL
VALUES ('Pacific/Apia', timestamptz '2011-12-30 10:00+00'),		-- no 30 December 2011
	   ('Pacific/Kwajalein', '1993-08-21 12:00+00'),			-- no 21 August 1993
	   ('Asia/Manila', '1844-12-31 12:00+00'),					-- no 31 December 1844
	   ('America/Juneau', '1867-10-18 12:00+00'),				-- 18 October 1867 twice
	   ('Asia/Kathmandu', '1985-12-31 18:30+00'),				-- 5:30 becomes 5:45
	   ('Africa/Monrovia', '1972-01-07 00:44:30+00'),			-- an offset with seconds
	   ('Europe/Paris', '1911-03-10 23:50:39+00'),
	   ('Asia/Kathmandu', '2025-01-01 00:00+00');

SELECT count(DISTINCT zone) AS zones, count(*) > 80 AS enough FROM changes;

CREATE TEMP TABLE moments AS
SELECT zone, at + step * interval '15 minutes' AS at
FROM changes, generate_series(-4 * 26, 4 * 26) AS step
UNION ALL
SELECT zone, at + step * interval '1 microsecond'
FROM changes, generate_series(-1, 1) AS step
UNION ALL
SELECT zone, timestamptz '2000-01-01 00:00+00' + n * interval '3 hours 17 minutes'
FROM zones, generate_series(-2000, 2000) AS n
UNION ALL
SELECT zone, timestamptz '2000-01-01 00:00+00' + n * interval '1234567 hours 7 minutes'
FROM zones, generate_series(-40, 2000) AS n
WHERE n < 1900;

SELECT count(*) > 50000 AS enough,
	   count(*) FILTER (WHERE local_date(at, zone) IS DISTINCT FROM (at AT TIME ZONE zone)::date) AS in_time_order
FROM (SELECT * FROM moments ORDER BY zone, at OFFSET 0) AS s;
SELECT count(*) FILTER (WHERE local_date(at, zone) IS DISTINCT FROM (at AT TIME ZONE zone)::date) AS backwards
FROM (SELECT * FROM moments ORDER BY zone, at DESC OFFSET 0) AS s;
SELECT count(*) FILTER (WHERE local_date(at, zone) IS DISTINCT FROM (at AT TIME ZONE zone)::date) AS shuffled
FROM (SELECT * FROM moments ORDER BY zone, md5(at::text) OFFSET 0) AS s;
SELECT count(*) FILTER (WHERE local_date(at, zone) IS DISTINCT FROM (at AT TIME ZONE zone)::date) AS zones_mixed
FROM (SELECT * FROM moments ORDER BY md5(at::text || zone) OFFSET 0) AS s;
-- One zone for all rows, and the neighbour's moments in it.
SELECT z.zone,
	   count(*) FILTER (WHERE local_date(at, z.zone) IS DISTINCT FROM (at AT TIME ZONE z.zone)::date) AS wrong
FROM zones AS z, (SELECT at FROM moments ORDER BY md5(at::text)) AS s
GROUP BY z.zone ORDER BY z.zone;

-- Every zone there is, in winters and summers.  AT TIME ZONE takes a name that is
-- also an abbreviation, such as WET, for the abbreviation; here it is the zone.
SELECT count(*) > 100000 AS enough,
	   count(*) FILTER (WHERE local_date(at, name) IS DISTINCT FROM (at AT TIME ZONE name)::date) AS wrong
FROM (SELECT name, at
	  FROM pg_timezone_names,
		   generate_series(timestamptz '1875-01-01 23:59+00', '2040-01-01 00:00+00', '3647 hours') AS at
	  WHERE name NOT LIKE 'posix%' AND name <> 'localtime' AND upper(name) NOT IN (SELECT abbrev FROM pg_timezone_abbrevs)
	  ORDER BY name, at OFFSET 0) AS s;
-- Not every installation of the time zones has WET.
SELECT coalesce(bool_and(local_date(at, name) = '2024-07-02' AND (at AT TIME ZONE name)::date = '2024-07-01'), true) AS zone_wins
FROM pg_timezone_names, (VALUES (timestamptz '2024-07-01 23:30+00')) AS v (at) WHERE name = 'WET';

-- Dates and zones do not depend on the session.
SET timezone = 'Pacific/Kiritimati';
SELECT local_date('2024-03-10 23:30+00', 'UTC') AS utc, local_date('2024-03-10 23:30+00', 'Asia/Shanghai') AS shanghai,
	   local_date('2024-03-10 23:30+00', 'america/new_york') AS new_york, local_date('2024-03-10 23:30+00', 'EST5EDT') AS posix;
RESET timezone;
SELECT local_date(NULL, 'UTC') IS NULL AND local_date(now(), NULL) IS NULL AS nulls;

-- Errors.
SELECT local_date('2024-01-01 00:00+00', 'Mars/Olympus_Mons');
SELECT local_date('infinity', 'UTC');
\set VERBOSITY sqlstate
SELECT local_date('-infinity', 'Europe/Paris');
SELECT local_date('2024-01-01 00:00+00', '');
SELECT local_date('2024-01-01 00:00+00', 'CEST');
SELECT local_date('2024-01-01 00:00+00', repeat('Europe/', 100));
SELECT local_date('4714-11-24 00:00:00+00 BC', 'America/New_York');
SELECT period_number('infinity', 'month');
SELECT period_start('-infinity', 'day');
SELECT period_start('4714-11-24 BC', 'week', 'sunday');
SELECT period_start('4714-11-24 BC', 'month');
SELECT period_number('2024-01-01', 'fortnight');
SELECT period_number('2024-01-01', 'week', 'saturday');

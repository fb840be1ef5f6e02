-- What the pictures are drawn with. Expects the variables utf8 and colour.
-- Kept to pg_temp: nothing of it stays in the database.

\pset format unaligned
\pset tuples_only on

\if :utf8
	\set full '█'
	\set middle '▒'
	\set light '░'
	\set eighths '▏▎▍▌▋▊▉'
	\set shades ' ░▒▓█'
	\set rule '─'
\else
	\set full '#'
	\set middle '='
	\set light '.'
	\set eighths ''
	\set shades ' .:+#'
	\set rule '-'
\endif
\if :colour
	\set bold '\033[1m'
	\set dim '\033[2m'
	\set red '\033[31m'
	\set green '\033[32m'
	\set yellow '\033[33m'
	\set blue '\033[34m'
	\set off '\033[0m'
\else
	\set bold ''
	\set dim ''
	\set red ''
	\set green ''
	\set yellow ''
	\set blue ''
	\set off ''
\endif

SET client_min_messages = warning;
SELECT set_config('demo.full', :'full', false), set_config('demo.eighths', :'eighths', false) \g /dev/null

-- A bar of at most width characters, padded to it; in eighths of one where the terminal can.
CREATE FUNCTION pg_temp.bar(value numeric, largest numeric, width int) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT rpad(coalesce(CASE current_setting('demo.eighths')
		WHEN '' THEN repeat(current_setting('demo.full'), round(n / 8.0)::int)
		ELSE repeat(current_setting('demo.full'), n / 8) || substr(current_setting('demo.eighths'), n % 8, (n % 8 > 0)::int)
		END, ''), width)
	FROM round(8 * width * greatest(value, 0) / nullif(largest, 0)) AS exact, CAST(exact AS int) AS n
$$;

-- Numbers as people read them; '-' where there is none.
CREATE FUNCTION pg_temp.num(value numeric, width int, decimals int DEFAULT 0) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT lpad(shown, greatest(width, length(shown)))
	FROM coalesce(to_char(round(value, decimals), 'FM999,999,999,999,990' || CASE WHEN decimals > 0 THEN left('.000', decimals + 1) ELSE '' END), '-') AS shown
$$;

CREATE FUNCTION pg_temp.percent(rate float8, width int) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT pg_temp.num(100 * rate::numeric, width - 1, 1) || CASE WHEN rate IS NULL THEN ' ' ELSE '%' END $$;

-- The heading of a picture and how to read it.
CREATE FUNCTION pg_temp.heading(title text, reading text, bold text, dim text, off text, rule text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
	VALUES (''), (bold || title || off), (dim || reading || off), (dim || repeat(rule, 98) || off)
$$;

-- So many seconds as people say them; below ten of a unit with a decimal.
CREATE FUNCTION pg_temp.duration(seconds float8) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN seconds < 90 THEN pg_temp.num(seconds::numeric, 0) || ' s'
		WHEN seconds < 5400 THEN pg_temp.num(seconds::numeric / 60, 0, (seconds < 597)::int) || ' min'
		WHEN seconds < 172800 THEN pg_temp.num(seconds::numeric / 3600, 0, (seconds < 35820)::int) || ' h'
		WHEN seconds >= 172800 THEN pg_temp.num(seconds::numeric / 86400, 0, (seconds < 859680)::int) || ' days'
		ELSE '-' END
$$;

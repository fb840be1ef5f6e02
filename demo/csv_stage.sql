-- A CSV file of any shape, first half: a text column for each column of the
-- header. Expects the header line and the chosen columns as psql variables.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

-- Each name with the delimiter before it; quoted names may hold delimiters.
CREATE TEMP TABLE csv_header AS
SELECT place, CASE WHEN field LIKE '"%"' THEN replace(substr(field, 2, length(field) - 2), '""', '"') ELSE field END AS name
FROM regexp_matches(:'delimiter' || :'header',
		format('[%s]("(?:[^"]|"")*"|[^%1$s]*)', :'delimiter'), 'g') WITH ORDINALITY AS matches (parts, place),
	CAST(parts[1] AS text) AS field;

-- The chosen columns: what each is for, its name, its place in the file.
CREATE TEMP TABLE csv_choice AS
SELECT role, chosen.name, min(place) AS place, count(place) AS times
FROM (VALUES ('user_id', :'user_id'), ('event_time', :'event_time'), ('amount', :'amount')) AS chosen (role, name)
	LEFT JOIN csv_header AS header ON header.name = chosen.name
WHERE chosen.name <> ''
GROUP BY role, chosen.name;

DO $$
DECLARE
	wrong record;
BEGIN
	SELECT * INTO wrong FROM csv_choice WHERE times <> 1 ORDER BY role DESC LIMIT 1;
	IF wrong.times = 0 THEN
		RAISE EXCEPTION 'there is no column "%" (--%); the file has: %', wrong.name, replace(wrong.role, '_', '-'),
			(SELECT string_agg(format('"%s"', name), ', ' ORDER BY place) FROM csv_header);
	ELSIF wrong.times > 1 THEN
		RAISE EXCEPTION 'the column "%" (--%) stands % times in the header', wrong.name, replace(wrong.role, '_', '-'), wrong.times;
	END IF;
	EXECUTE (SELECT format('CREATE TEMP TABLE csv_stage (%s)', string_agg(format('c%s text', place), ', ' ORDER BY place)) FROM csv_header);
END
$$;

-- An error in the next statement, the COPY, should name the line of the file.
\set VERBOSITY default

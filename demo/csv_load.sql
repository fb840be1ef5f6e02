-- A CSV file of any shape, second half: look at all the values, choose the
-- types, and make public.events with the file's own column names.
\set VERBOSITY terse
SELECT set_config('datestyle', 'ISO, ' || :'date_order', false),
	set_config('timezone', coalesce(nullif(:'time_zone', ''), 'UTC'), false) \g /dev/null

-- The file's lines in order; a quoted field may go over several.
DO $$
DECLARE
	place_of text[] := ARRAY(
		SELECT coalesce((SELECT format('nullif(btrim(c%s), '''')', place) FROM csv_choice WHERE role = r), 'NULL')
		FROM unnest(ARRAY['user_id', 'event_time', 'amount']) WITH ORDINALITY AS roles (r, n) ORDER BY n);
BEGIN
	EXECUTE format($q$
		CREATE TEMP TABLE csv_rows AS
		SELECT 1 + sum(1 + length(stage::text) - length(replace(stage::text, E'\n', ''))) OVER (ORDER BY ctid ROWS UNBOUNDED PRECEDING)
				- (length(stage::text) - length(replace(stage::text, E'\n', ''))) AS line,
			%s AS user_id, %s AS event_time, %s AS amount
		FROM csv_stage AS stage$q$, VARIADIC place_of);
	IF NOT EXISTS (SELECT FROM csv_rows) THEN
		RAISE EXCEPTION 'there is a header but no row under it';
	END IF;
END
$$;
DROP TABLE csv_stage;

CREATE FUNCTION pg_temp.type_of_user_id() RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN bool_and(CASE WHEN user_id ~ '^(0|-?[1-9][0-9]{0,18})$'
			THEN user_id::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 ELSE false END) THEN 'bigint'
		WHEN bool_and(user_id ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$') THEN 'uuid'
		ELSE 'text' END
	FROM csv_rows WHERE user_id IS NOT NULL
$$;

-- Seconds or milliseconds since 1970, a time with a zone, a time without, a day.
CREATE FUNCTION pg_temp.type_of_event_time(OUT type text, OUT expression text) LANGUAGE sql AS $$
	SELECT CASE WHEN seconds OR millis OR zone THEN 'timestamptz' WHEN clock THEN 'timestamp' ELSE 'date' END,
		CASE WHEN seconds THEN 'to_timestamp(event_time::float8)'
			WHEN millis THEN 'to_timestamp(event_time::float8 / 1000)'
			ELSE 'event_time' END
	FROM (
		SELECT bool_and(event_time ~ '^[0-9]{9,10}(\.[0-9]+)?$') AS seconds,
			bool_and(event_time ~ '^[0-9]{12,13}$') AS millis,
			bool_or(event_time ~* ':[0-9.]+ ?(z|[+-][0-9]{2}(:?[0-9]{2})?|[a-z]{3,5}|[a-z_]+/[a-z_/]+)$'
				AND event_time !~* ' ?[ap]m$') AS zone,
			bool_or(event_time ~* ':|[0-9] ?[ap]m$') AS clock
		FROM csv_rows WHERE event_time IS NOT NULL
	) AS looks
$$;

DO $$
DECLARE
	user_type text := pg_temp.type_of_user_id();
	time_type record := pg_temp.type_of_event_time();
	names text[] := ARRAY(SELECT quote_ident(name) FROM csv_choice ORDER BY role = 'amount', role DESC);
	bad record;
BEGIN
	SELECT line, amount INTO bad FROM csv_rows
		WHERE amount !~* '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$' ORDER BY line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line %: "%" is not a number (--amount; digits with a point, no currency sign, no thousands separator)', bad.line, bad.amount;
	END IF;

	BEGIN
		EXECUTE format('CREATE TABLE public.events AS SELECT user_id::%s AS %s, (%s)::%s AS %s %s FROM csv_rows ORDER BY line',
			user_type, names[1], time_type.expression, time_type.type, names[2], ', amount::numeric AS ' || names[3]);
	EXCEPTION WHEN data_exception THEN
		-- Some value is no time: find the first, one by one.
		FOR bad IN SELECT line, event_time FROM csv_rows WHERE event_time IS NOT NULL ORDER BY line LOOP
			BEGIN
				PERFORM bad.event_time::timestamptz;
			EXCEPTION WHEN data_exception THEN
				RAISE EXCEPTION 'line %: "%" is not a date or a time (--event-time; now read in the order %, see --date-order)',
					bad.line, bad.event_time, split_part(current_setting('datestyle'), ', ', 2);
			END;
		END LOOP;
		RAISE;
	END;
	IF NOT EXISTS (SELECT FROM csv_rows WHERE user_id IS NOT NULL AND event_time IS NOT NULL) THEN
		RAISE EXCEPTION 'no row has both a user and a time';
	END IF;
END
$$;
ANALYZE public.events;

-- One line for demo/run: the day after the last event, what was found, and as what.
-- Days are those of the session's zone, which is the one that was asked for.
SELECT max(moment::date) + 1,
	format('%s events of %s users, %s to %s', count(*), count(DISTINCT user_id), min(moment::date), max(moment::date)),
	format('user id %s, time %s, %s', min(user_type::text), min(time_type::text), CASE WHEN :'amount' = '' THEN 'no amounts' ELSE 'amount numeric' END)
	|| coalesce((SELECT format('; rows left out for want of a user or a time: %s', count(*)) FROM csv_rows
		WHERE user_id IS NULL OR event_time IS NULL HAVING count(*) > 0), '')
FROM (
	SELECT :"user_id" AS user_id, pg_typeof(:"user_id") AS user_type, pg_typeof(:"event_time") AS time_type,
		CASE WHEN pg_typeof(:"event_time") = 'timestamp'::regtype AND :'source_time_zone' <> ''
			THEN :"event_time"::timestamp AT TIME ZONE :'source_time_zone'
			ELSE :"event_time"::timestamptz END AS moment
	FROM public.events
	WHERE :"user_id" IS NOT NULL AND :"event_time" IS NOT NULL
) AS m;

-- Sessions: rows in order of time, numbered by what cuts them.

CREATE TYPE session_options AS (
	gap interval,
	max_length interval,
	midnight_zone text
);
COMMENT ON TYPE session_options IS
	'The options of session_id; made by the function of the same name';
COMMENT ON COLUMN session_options.gap IS 'More time than this without a row ends a session';
COMMENT ON COLUMN session_options.max_length IS 'No row lies further from the first of its session than this; NULL: as far as it likes';
COMMENT ON COLUMN session_options.midnight_zone IS 'Sessions end at midnight in this time zone; NULL: they do not';

CREATE FUNCTION session_options(gap interval, max_length interval DEFAULT NULL, midnight_zone text DEFAULT NULL)
	RETURNS session_options
	AS 'MODULE_PATHNAME', 'user_ops_session_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION session_options(interval, interval, text) IS
	'Sessions: Options of session_id: session_options(''30 minutes'', midnight_zone => ''Asia/Shanghai''); 22023 for months, negative durations and unknown zones';

-- The window function, for each type of time.

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('timestamptz', ''),
							  ('timestamp', '; of local times, whose midnight is their own, in the zone that the options name'),
							  ('date', '; of days, of which each is a day of its own')) AS t (type, says)
	LOOP
		EXECUTE format(
			'CREATE FUNCTION session_id(event_time %1$s, gap interval) RETURNS bigint
				AS ''MODULE_PATHNAME'', ''user_ops_session_id_%1$s''
				LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 1',
			kind.type);
		EXECUTE format('COMMENT ON FUNCTION session_id(%s, interval) IS %L', kind.type,
			'Sessions: The number of the session that the row is in, from 1, over (PARTITION BY user ORDER BY event_time): a session ends when more than the gap passes without a row' || kind.says || '; NULL where the time is NULL');
		EXECUTE format(
			'CREATE FUNCTION session_id(event_time %1$s, gap interval, cut boolean) RETURNS bigint
				AS ''MODULE_PATHNAME'', ''user_ops_session_id_%1$s''
				LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 1',
			kind.type);
		EXECUTE format('COMMENT ON FUNCTION session_id(%s, interval, boolean) IS %L', kind.type,
			'Sessions: The number of the session that the row is in, from 1, over (PARTITION BY user ORDER BY event_time): rows where cut is true begin one, too' || kind.says);
		EXECUTE format(
			'CREATE FUNCTION session_id(event_time %1$s, options session_options, cut boolean, key text) RETURNS bigint
				AS ''MODULE_PATHNAME'', ''user_ops_session_id_options_%1$s''
				LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 1',
			kind.type);
		EXECUTE format('COMMENT ON FUNCTION session_id(%s, session_options, boolean, text) IS %L', kind.type,
			'Sessions: The number of the session that the row is in, from 1, over (PARTITION BY user ORDER BY event_time), with session_options(...); a key, such as a campaign, that differs from the last one of the running session begins one, a NULL key does not' || kind.says);
	END LOOP;
END $$;

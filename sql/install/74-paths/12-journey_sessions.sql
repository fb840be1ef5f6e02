-- The sessions of one journey.

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('timestamptz', '', ' DEFAULT NULL', 'rows before as_of, NULL: all of them, and whether a session is complete is not known'),
							  ('date', '_date', '', 'rows before the midnight in UTC that as_of begins with')) AS t (type, suffix, omitted, says)
	LOOP
		EXECUTE format(
			'CREATE FUNCTION sessions(journey journey, gap interval, as_of %1$s%3$s, max_length interval DEFAULT NULL, midnight_zone text DEFAULT NULL)
				RETURNS TABLE (session integer, started_at timestamptz, ended_at timestamptz, events bigint, first_event text, last_event text,
							   amount numeric, complete boolean)
				AS ''MODULE_PATHNAME'', ''user_ops_sessions%2$s''
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 ROWS 10',
			kind.type, kind.suffix, kind.omitted);
		EXECUTE format('COMMENT ON FUNCTION sessions(journey, interval, %s, interval, text) IS %L', kind.type,
			'Sessions: A row for each session of a journey, ' || kind.says || '; cut as session_id does, by the gap, the length and midnight; amount: exact sum, NULL where no row has one; first_event and last_event: NULL in a journey by conditions; complete: more than the gap has passed by as_of; 55000 for a journey without the rows that match no step');
	END LOOP;
END $$;

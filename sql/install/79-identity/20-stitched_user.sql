-- Whose an event was, at the moment when it happened: a window function, for each type of users and of time.

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT u.type AS users, t.type AS time, t.says
		FROM (VALUES ('text'), ('bigint')) AS u (type),
			 (VALUES ('timestamptz', ''), ('timestamp', '; of local times'), ('date', '; of days')) AS t (type, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION stitched_user(user_id %1$s, event_time %2$s, lookback interval) RETURNS %1$s
				AS 'MODULE_PATHNAME', 'user_ops_stitched_user_%1$s_%2$s'
				LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION stitched_user(%1$s, %2$s, interval) IS %3$L
			$sql$, kind.users, kind.time,
			'Identity: Whose a row was at that moment, over (PARTITION BY anonymous_id ORDER BY event_time)' || kind.says || ': its own user_id; else the last one that the device had at or before it, of one instant the smallest; else the first one after it, at most lookback later; else NULL. 22023 for a lookback that is negative or has months, and for rows that are not in order of time');
	END LOOP;
END $$;

-- What one user's journey consists of.

CREATE FUNCTION events(journey journey) RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_journey_events'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION events(journey) IS 'Journeys: How many rows it has';

CREATE FUNCTION first_time(journey journey) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'user_ops_journey_first_time'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION first_time(journey) IS 'Journeys: When its first row happened';

CREATE FUNCTION last_time(journey journey) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'user_ops_journey_last_time'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION last_time(journey) IS 'Journeys: When its last row happened';

CREATE FUNCTION conditions(journey journey) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_journey_conditions'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION conditions(journey) IS 'Journeys: How many conditions it is made by; NULL by name';

CREATE FUNCTION names(journey journey) RETURNS text[]
	AS 'MODULE_PATHNAME', 'user_ops_journey_names'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION names(journey) IS
	'Journeys: The names of its events, each once, in the order of their bytes; NULL by conditions';

CREATE FUNCTION journey_rows(journey journey)
	RETURNS TABLE (event_time timestamptz, tiebreak bigint, conditions integer[], event text, amount numeric, label text)
	AS 'MODULE_PATHNAME', 'user_ops_journey_rows'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 20;
COMMENT ON FUNCTION journey_rows(journey) IS
	'Journeys: Its rows in order: the time (what was given as a timestamp or a date, as UTC), the tiebreak, the numbers of the conditions that hold (NULL by name), the event (NULL by conditions), amount and label if it has some';

CREATE FUNCTION by_label(journey journey, events text[]) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_by_label'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION by_label(journey, text[]) IS
	'Journeys: The same rows named by their labels, but for those events, which keep their names; rows with neither are left out, so it is partial. For attribution where the label is the channel: by_label(journey, ''{purchase}''). NULL if no row is left; 22004 for a NULL among the events, 22023 by conditions';

-- What a user does next to a chain of events.

CREATE TYPE sequence_direction AS ENUM ('forward', 'backward');
COMMENT ON TYPE sequence_direction IS 'Whether a chain of events goes on to later rows or to earlier ones';

CREATE TYPE sequence_base AS ENUM ('head', 'tail', 'first_match', 'last_match');
COMMENT ON TYPE sequence_base IS
	'Where a chain of events begins: at the first or last row, or at the first or last row of its first event';

CREATE FUNCTION sequence_next(journey journey, direction sequence_direction, base sequence_base, VARIADIC chain text[] DEFAULT '{}') RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_sequence_next'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION sequence_next(journey, sequence_direction, sequence_base, VARIADIC text[]) IS
	'Sequences: The event behind a chain of events that stands at the base, row by row, or backward the one before it; NULL if the chain does not stand there, or nothing is next to it. Without a chain: the event at the base. Of journeys by name with all their rows; names that are integers are given as texts';

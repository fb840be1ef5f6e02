-- The value journey: one user's ordered events.

CREATE TYPE journey;

CREATE FUNCTION user_ops_internal.journey_in(cstring) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_journey_in'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION user_ops_internal.journey_in(cstring) IS 'Input of journey';

CREATE FUNCTION user_ops_internal.journey_out(journey) RETURNS cstring
	AS 'MODULE_PATHNAME', 'user_ops_journey_out'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION user_ops_internal.journey_out(journey) IS 'Output of journey';

CREATE FUNCTION user_ops_internal.journey_recv(internal) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_journey_recv'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION user_ops_internal.journey_recv(internal) IS 'Binary input of journey';

CREATE FUNCTION user_ops_internal.journey_send(journey) RETURNS bytea
	AS 'MODULE_PATHNAME', 'user_ops_journey_send'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION user_ops_internal.journey_send(journey) IS
	'Binary output of journey: versioned, canonical, free of byte order';

CREATE TYPE journey (
	INPUT = journey_in,
	OUTPUT = journey_out,
	RECEIVE = journey_recv,
	SEND = journey_send,
	STORAGE = extended,
	CATEGORY = 'o'
);
COMMENT ON TYPE journey IS
	'One user''s ordered events to the microsecond, by conditions or by name, with amounts, tiebreaks and labels where they have some; journey_rows() shows them';

CREATE FUNCTION journey(bytea) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_journey_from_bytea'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey(bytea) IS
	'Journeys: A journey from its binary form; 22P03 if the bytes are not a canonical one';
CREATE CAST (bytea AS journey) WITH FUNCTION journey(bytea);
COMMENT ON CAST (bytea AS journey) IS 'The journey with this binary form';
CREATE CAST (journey AS bytea) WITH FUNCTION journey_send(journey);
COMMENT ON CAST (journey AS bytea) IS 'The binary form of a journey';

SELECT user_ops_internal.make_value_order('journey', 'a journey', 'journeys', 'The same rows, of one kind', 'Other rows, or another kind');

CREATE FUNCTION merge(a journey, b journey) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_journey_merge'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION merge(journey, journey) IS
	'Journeys: The rows of both, equal ones kept; NULL counts as nobody; 22023 if one is by name and the other not, if they have other numbers of conditions, or one is partial. That the conditions mean the same is for the caller to know';

CREATE OPERATOR || (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = merge, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (journey, journey) IS 'The rows of both, equal ones kept';

CREATE FUNCTION partial(journey journey) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_journey_partial'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION partial(journey) IS
	'Journeys: The same rows, marked as not all that there were: so that sessions and paths refuse them (55000). For journeys over rows that a query has left out';

CREATE FUNCTION journey_between(journey journey, from_time timestamptz, to_time timestamptz) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_journey_between'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_between(journey, timestamptz, timestamptz) IS
	'Journeys: The rows from from_time on and before to_time; NULL if there are none';

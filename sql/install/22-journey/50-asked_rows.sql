-- Aggregates over the rows of one user that end in an answer (asked_rows.h): how their
-- states travel between workers.

CREATE FUNCTION user_ops_internal.asked_rows_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'user_ops_asked_rows_combine'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.asked_rows_combine(internal, internal) IS
	'Combine function of aggregates over rows that end in an answer, such as sequence_match';

CREATE FUNCTION user_ops_internal.asked_rows_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'user_ops_asked_rows_serialize'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.asked_rows_serialize(internal) IS
	'Serialize function of aggregates over rows that end in an answer';

CREATE FUNCTION user_ops_internal.asked_rows_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'user_ops_asked_rows_deserialize'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.asked_rows_deserialize(bytea, internal) IS
	'Deserialize function of aggregates over rows that end in an answer';

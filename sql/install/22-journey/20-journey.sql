-- The value journey: one user's ordered events.

SELECT user_ops_internal.make_type('journey', 20, $$STORAGE = extended, CATEGORY = 'o'$$,
	'One user''s ordered events to the microsecond, by conditions or by name, with amounts, tiebreaks and labels where they have some; journey_rows() shows them',
	'{NULL,value_out,NULL,value_send}');
SELECT user_ops_internal.make_bytea_casts('journey', 20, 'Journeys: A journey');
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

-- journey_steps: what is asked of journeys, conditions or names of events in order.

-- a literal without type is steps, where an amount could stand in their place
SELECT user_ops_internal.make_type('journey_steps', 10, $$STORAGE = extended, CATEGORY = 'S'$$,
	'What is asked of journeys: a number of conditions, 4, or the names of events, ''{view,cart,pay}''; in two dimensions a row has the alternatives of a step, ''{{view,NULL},{cart,quick_buy}}''. Made of integers and arrays by themselves',
	'{NULL,NULL,NULL,value_send}');

CREATE FUNCTION journey_steps(steps integer) RETURNS journey_steps
	AS 'MODULE_PATHNAME', 'user_ops_journey_steps_of_number'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_steps(integer) IS
	'Journeys: The first so many conditions of journeys by conditions, 1 to 64; else 22023';
CREATE CAST (integer AS journey_steps) WITH FUNCTION journey_steps(integer) AS IMPLICIT;
COMMENT ON CAST (integer AS journey_steps) IS 'The first so many conditions';

DO $do$
DECLARE
	type text;
BEGIN
	FOREACH type IN ARRAY '{text,bigint,integer}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.journey_steps_cast(%1$s[]) RETURNS journey_steps
				AS 'MODULE_PATHNAME', 'user_ops_journey_steps_of_array'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
			COMMENT ON FUNCTION user_ops_internal.journey_steps_cast(%1$s[]) IS
				'Steps by the names of events';
			CREATE CAST (%1$s[] AS journey_steps) WITH FUNCTION user_ops_internal.journey_steps_cast(%1$s[]) AS IMPLICIT;
			COMMENT ON CAST (%1$s[] AS journey_steps) IS 'Steps by the names of events';
			$sql$, type);
	END LOOP;
END $do$;

-- Steps of steps, which arrays are by themselves: so that a literal needs no type.
CREATE FUNCTION journey_steps(steps journey_steps, keep_others boolean DEFAULT false, others journey_steps DEFAULT NULL) RETURNS journey_steps
	AS 'MODULE_PATHNAME', 'user_ops_journey_steps_with'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey_steps(journey_steps, boolean, journey_steps) IS
	'Journeys: Steps by the names of events, an element each, ''{view,cart,pay}'', or in two dimensions the alternatives of each, NULL filling up; keep_others: rows of no step are kept, too; others: events that are conditions behind the steps, such as those that exclude. 1 to 64 of both, none empty; else 22023';

-- journey_agg(event_time, ...) and journeys_agg(user_id, event_time, ...): the rows of one
-- user become a journey, or those of all users journeys in one scan.  Each in the same
-- shapes, with the same C function behind them (journey_input.h).

SELECT user_ops_internal.make_hand_over('journey', 'journey_agg and rollup');

CREATE FUNCTION user_ops_internal.journey_final(internal) RETURNS journey
	AS 'MODULE_PATHNAME', 'user_ops_journey_final'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.journey_final(internal) IS 'Final function of journey_agg and rollup';

CREATE FUNCTION user_ops_internal.journey_rollup(internal, journey) RETURNS internal
	AS 'MODULE_PATHNAME', 'user_ops_journey_rollup'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.journey_rollup(internal, journey) IS 'Transition function of rollup';

CREATE AGGREGATE rollup(journey) (
	SFUNC = journey_rollup, STYPE = internal, SSPACE = 1024,
	FINALFUNC = journey_final, COMBINEFUNC = journey_combine,
	SERIALFUNC = journey_serialize, DESERIALFUNC = journey_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(journey) IS
	'Journeys: All journeys merged into one, equal rows kept; NULL over none; 22023 if their kinds differ';

-- journeys: a handle, as population is.

SELECT user_ops_internal.make_type('journeys', 1, $$INTERNALLENGTH = 8, PASSEDBYVALUE, ALIGNMENT = double, CATEGORY = 'o'$$,
	'All users'' journeys, grouped in one scan: a handle that is valid in the query that made it',
	'{NULL,NULL,handle_recv,handle_send}');
SELECT user_ops_internal.make_hand_over('journeys', 'journeys_agg');

CREATE FUNCTION user_ops_internal.journeys_final(internal) RETURNS journeys
	AS 'MODULE_PATHNAME', 'user_ops_journeys_final'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.journeys_final(internal) IS 'Final function of journeys_agg';

DO $$
DECLARE
	shape record;
	times text;
BEGIN
	FOREACH times IN ARRAY '{timestamptz,timestamp,date}'::text[] LOOP
		FOR shape IN
			SELECT s.arguments, s.says, false AS enum
			FROM (VALUES ('VARIADIC boolean[]', 'by conditions, 1 to 64, NULL being false'),
						 ('numeric, bigint, text, VARIADIC boolean[]', 'by conditions, 1 to 64, with an amount, a tiebreak and a label')
				 ) AS s (arguments, says)
			UNION ALL
			SELECT e.type || s.arguments, s.says, e.type = 'anyenum'
			FROM (VALUES ('text'), ('bigint'), ('anyenum')) AS e (type)
			CROSS JOIN (VALUES ('', 'by name; rows without an event are skipped'),
							   (', numeric', 'by name, with an amount'),
							   (', integer', 'by name, with an amount'),
							   (', numeric, bigint, text', 'by name, with an amount, a tiebreak and a label'),
							   (', journey_steps', 'by the conditions that the steps are, the same in every row; rows of none are left out unless the steps keep them'),
							   (', journey_steps, numeric, bigint, text', 'by the conditions that the steps are, with an amount, a tiebreak and a label')
					   ) AS s (arguments, says)
		LOOP
			EXECUTE format($sql$
				CREATE FUNCTION user_ops_internal.journey_add(internal, %1$s) RETURNS internal
					AS 'MODULE_PATHNAME', 'user_ops_journey_add'
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
				COMMENT ON FUNCTION user_ops_internal.journey_add(internal, %1$s) IS 'Transition function of journey_agg';
				CREATE AGGREGATE journey_agg(%1$s) (
					SFUNC = journey_add, STYPE = internal, SSPACE = 1024,
					FINALFUNC = journey_final, COMBINEFUNC = journey_combine,
					SERIALFUNC = journey_serialize, DESERIALFUNC = journey_deserialize,
					PARALLEL = SAFE);
				COMMENT ON AGGREGATE journey_agg(%1$s) IS %2$L;
				CREATE FUNCTION user_ops_internal.journeys_add(internal, %3$s, %1$s) RETURNS internal
					AS 'MODULE_PATHNAME', 'user_ops_journeys_add'
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1;
				COMMENT ON FUNCTION user_ops_internal.journeys_add(internal, %3$s, %1$s) IS 'Transition function of journeys_agg';
				CREATE AGGREGATE journeys_agg(%3$s, %1$s) (
					SFUNC = journeys_add, STYPE = internal, SSPACE = -1,
					FINALFUNC = journeys_final, FINALFUNC_MODIFY = READ_WRITE,
					COMBINEFUNC = journeys_combine,
					SERIALFUNC = journeys_serialize, DESERIALFUNC = journeys_deserialize,
					PARALLEL = SAFE);
				COMMENT ON AGGREGATE journeys_agg(%3$s, %1$s) IS %4$L
				$sql$, times || ', ' || shape.arguments, 'Journeys: One user''s journey ' || shape.says,
				CASE WHEN shape.enum THEN 'anycompatible' ELSE 'anyelement' END,
				'Journeys: All users'' journeys ' || shape.says);
		END LOOP;
	END LOOP;
END $$;

CREATE FUNCTION users(journeys journeys, id_type anyelement)
	RETURNS TABLE (user_id anyelement, journey journey)
	AS 'MODULE_PATHNAME', 'user_ops_journey_users'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10 ROWS 100000;
COMMENT ON FUNCTION users(journeys, anyelement) IS
	'Journeys: A row for each user; id_type: a NULL of the type of the user ids. In a select list it streams';

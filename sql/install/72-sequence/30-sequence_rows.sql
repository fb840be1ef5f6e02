-- The same over rows, as ClickHouse and Doris write it.

DO $do$
DECLARE
	times text;
BEGIN
	FOREACH times IN ARRAY '{timestamptz,timestamp,date}'::text[] LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.sequence_add(internal, text, %1$s, VARIADIC boolean[]) RETURNS internal
				AS 'MODULE_PATHNAME', 'user_ops_sequence_add'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
			COMMENT ON FUNCTION user_ops_internal.sequence_add(internal, text, %1$s, VARIADIC boolean[]) IS
				'Transition function of sequence_match, sequence_count and sequence_events over rows';
			$sql$, times);
	END LOOP;
END $do$;

DO $do$
DECLARE
	answer record;
	times text;
BEGIN
	FOR answer IN
		SELECT * FROM (VALUES ('sequence_match', 'boolean', 'Does a user match'),
							  ('sequence_count', 'bigint', 'How many matches a user has of'),
							  ('sequence_events', 'timestamptz[]', 'The times of the rows that conditions took in a user''s first match of')
					  ) AS a (name, type, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.%1$s_final(internal) RETURNS %2$s
				AS 'MODULE_PATHNAME', 'user_ops_%1$s_final'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
			COMMENT ON FUNCTION user_ops_internal.%1$s_final(internal) IS 'Final function of %1$s over rows'
			$sql$, answer.name, answer.type);
		FOREACH times IN ARRAY '{timestamptz,timestamp,date}'::text[] LOOP
			EXECUTE format($sql$
				CREATE AGGREGATE %1$s(pattern text, event_time %2$s, VARIADIC conditions boolean[]) (
					SFUNC = sequence_add, STYPE = internal, SSPACE = 1024,
					FINALFUNC = %1$s_final, COMBINEFUNC = asked_rows_combine,
					SERIALFUNC = asked_rows_serialize, DESERIALFUNC = asked_rows_deserialize, PARALLEL = SAFE);
				COMMENT ON AGGREGATE %1$s(text, %2$s, VARIADIC boolean[]) IS %3$L
				$sql$, answer.name, times,
				'Sequences: ' || answer.says || ' the pattern, the same in every row: ' || answer.name || '(journey_agg(event_time, ...), pattern) in one. NULL over no rows');
		END LOOP;
	END LOOP;
END $do$;

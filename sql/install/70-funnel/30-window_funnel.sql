-- window_funnel over rows, as ClickHouse, Doris, StarRocks, Hologres and GaussDB have it.

DO $do$
DECLARE
	shape record;
	times text;
BEGIN
	FOR shape IN
		SELECT * FROM (VALUES
			('bigint, text, %s, VARIADIC boolean[]', '', 'seconds', 'date', 'within so many seconds, by a mode of words such as strict_order, strict_deduplication, strict_increase or fixed'),
			('interval, text, %s, VARIADIC boolean[]', '', 'interval', 'date', 'within an interval, by a mode of words such as strict_order, strict_deduplication, strict_increase or fixed'),
			('bigint, %s, integer, boolean[]', '_bits', 'bits', NULL, 'within so many seconds, the mode being the sum of 1 (deduplication), 2 (fixed) and 4 (increase)')
		) AS s (arguments, transition, final, more, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.window_funnel_%1$s_final(internal) RETURNS integer
				AS 'MODULE_PATHNAME', 'user_ops_window_funnel_%1$s_final'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
			COMMENT ON FUNCTION user_ops_internal.window_funnel_%1$s_final(internal) IS 'Final function of window_funnel over rows'
			$sql$, shape.final);
		FOREACH times IN ARRAY array_remove(ARRAY['timestamptz', 'timestamp', shape.more], NULL) LOOP
			EXECUTE format($sql$
				CREATE FUNCTION user_ops_internal.window_funnel_add(internal, %1$s) RETURNS internal
					AS 'MODULE_PATHNAME', 'user_ops_window_funnel_add%2$s'
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
				COMMENT ON FUNCTION user_ops_internal.window_funnel_add(internal, %1$s) IS 'Transition function of window_funnel over rows';
				CREATE AGGREGATE window_funnel(%1$s) (
					SFUNC = window_funnel_add, STYPE = internal, SSPACE = 1024,
					FINALFUNC = window_funnel_%3$s_final, COMBINEFUNC = asked_rows_combine,
					SERIALFUNC = asked_rows_serialize, DESERIALFUNC = asked_rows_deserialize, PARALLEL = SAFE);
				COMMENT ON AGGREGATE window_funnel(%1$s) IS %4$L
				$sql$, format(shape.arguments, times), shape.transition, shape.final,
				'Funnels: How far a user comes, over the user''s rows: a time and the conditions of the steps, ' || shape.says || '; 0 without step 1, NULL without rows');
		END LOOP;
	END LOOP;
END $do$;

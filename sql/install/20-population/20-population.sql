-- population: all users' activities, grouped in one scan of the events.

SELECT user_ops_internal.make_type('population', 1, $$INTERNALLENGTH = 8, PASSEDBYVALUE, ALIGNMENT = double, CATEGORY = 'o'$$,
	'All users'' activities, grouped in one scan: a handle that is valid in the query that made it',
	'{NULL,NULL,handle_recv,handle_send}');
SELECT user_ops_internal.make_hand_over('population', 'population_agg');

CREATE FUNCTION user_ops_internal.population_final(internal) RETURNS population
	AS 'MODULE_PATHNAME', 'user_ops_population_final'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.population_final(internal) IS 'Final function of population_agg';

-- population_agg(user_id, event_time [, amount] [, time_zone]), for each type of
-- time and amount, all of one form.
-- SSPACE -1 says, as of array_agg, that a state grows with its rows: a planner that
-- aggregates before a join (PostgreSQL 19) leaves alone what it could combine but once.
DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT t.symbol || coalesce('_' || a.type, '') AS symbol,
			   concat_ws(', ', 'anyelement', t.type, a.type, t.zone) AS arguments,
			   concat(t.days,
					  CASE WHEN a.type IS NULL THEN '; every row is a visit'
						   ELSE '; amount NULL: a visit, >= 0: a purchase, < 0: a refund' END,
					  CASE a.type WHEN 'float8' THEN '; amounts are rounded to 6 decimals' END,
					  '. A parallel worker hands over what it gathered through shared memory') AS says
		FROM (VALUES ('date', 'date', NULL, 'Population: All users'' activities from dates'),
					 ('timestamp', 'timestamp', NULL, 'Population: All users'' activities from local times'),
					 ('timestamp', 'timestamptz', NULL, 'Population: All users'' activities, days in UTC'),
					 ('zoned', 'timestamptz', 'text', 'Population: All users'' activities, days in the named time zone')
			 ) AS t (symbol, type, zone, days)
		CROSS JOIN (VALUES (NULL), ('numeric'), ('float8'), ('int8'), ('int4'), ('int2')) AS a (type)
		ORDER BY t.type, t.zone, a.type
	LOOP
		EXECUTE format(
			'CREATE FUNCTION user_ops_internal.population_%1$s(internal, %2$s) RETURNS internal
				AS ''MODULE_PATHNAME'', ''user_ops_population_%1$s''
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1',
			kind.symbol, kind.arguments);
		EXECUTE format(
			'COMMENT ON FUNCTION user_ops_internal.population_%1$s(internal, %2$s) IS ''Transition function of population_agg''',
			kind.symbol, kind.arguments);
		EXECUTE format(
			'CREATE AGGREGATE population_agg(%2$s) (
				SFUNC = population_%1$s, STYPE = internal, SSPACE = -1,
				FINALFUNC = population_final, FINALFUNC_MODIFY = READ_WRITE,
				COMBINEFUNC = population_combine,
				SERIALFUNC = population_serialize, DESERIALFUNC = population_deserialize,
				PARALLEL = SAFE)',
			kind.symbol, kind.arguments);
		EXECUTE format('COMMENT ON AGGREGATE population_agg(%s) IS %L', kind.arguments, kind.says);
	END LOOP;
END $$;

CREATE FUNCTION population_rows(population population, OUT rows_read bigint, OUT left_out bigint,
		OUT without_user bigint, OUT without_time bigint, OUT ignored bigint, OUT bad_amount bigint, OUT many_decimals bigint)
	AS 'MODULE_PATHNAME', 'user_ops_population_rows'
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION population_rows(population) IS
	'Population: How many rows a population was made of, how many of them it left out, and why, see left_out_counts';

CREATE FUNCTION users(population population, id_type anyelement)
	RETURNS TABLE (user_id anyelement, activity activity)
	AS 'MODULE_PATHNAME', 'user_ops_users'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10 ROWS 100000;
COMMENT ON FUNCTION users(population, anyelement) IS
	'Population: A row for each user of a population; id_type: a NULL of the type of the user ids. In a select list it streams';

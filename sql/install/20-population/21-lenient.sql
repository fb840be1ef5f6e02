-- Rows that do not count: left out and counted, where strict functions raise an error.
--
--	lenient_population_agg(user_id, event_time [, amount, amount_decimals], ignore_before [, time_zone])
--	lenient_activity_agg(event_time [, amount, amount_decimals], ignore_before [, time_zone])
--	left_out_agg(...), left_out_reason(...): of the same arguments
--
-- for each type of time and amount, all of one form.

CREATE TYPE left_out_counts AS (
	without_user bigint,
	without_time bigint,
	ignored bigint,
	bad_amount bigint,
	many_decimals bigint
);
COMMENT ON TYPE left_out_counts IS 'How many rows do not count, by the first reason that holds';
COMMENT ON COLUMN left_out_counts.without_user IS 'Rows without a user';
COMMENT ON COLUMN left_out_counts.without_time IS 'Rows without a time, or with one that is infinite or outside the calendar';
COMMENT ON COLUMN left_out_counts.ignored IS 'Rows on a day before ignore_before';
COMMENT ON COLUMN left_out_counts.bad_amount IS 'Rows with an amount that is NaN, infinite, or 10^15 or more either way';
COMMENT ON COLUMN left_out_counts.many_decimals IS 'Rows with an amount of more than 9 decimals, where amount_decimals is NULL';

CREATE FUNCTION user_ops_internal.left_out_rows(counts left_out_counts) RETURNS bigint
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5
RETURN (counts).without_user + (counts).without_time + (counts).ignored + (counts).bad_amount + (counts).many_decimals;
COMMENT ON FUNCTION user_ops_internal.left_out_rows(left_out_counts) IS 'How many rows do not count, for whatever reason';

CREATE FUNCTION user_ops_internal.left_out_array(counts left_out_counts) RETURNS bigint[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5
RETURN ARRAY[(counts).without_user, (counts).without_time, (counts).ignored, (counts).bad_amount, (counts).many_decimals];
COMMENT ON FUNCTION user_ops_internal.left_out_array(left_out_counts) IS 'The counts in their order, as an array';

CREATE FUNCTION user_ops_internal.population_final_lenient(internal) RETURNS population
	AS 'MODULE_PATHNAME', 'user_ops_population_final_lenient'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.population_final_lenient(internal) IS 'Final function of lenient_population_agg';

SELECT user_ops_internal.make_hand_over('lenient', 'lenient_activity_agg and left_out_agg');

CREATE FUNCTION user_ops_internal.lenient_activity_final(internal) RETURNS activity
	AS 'MODULE_PATHNAME', 'user_ops_lenient_activity_final'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.lenient_activity_final(internal) IS 'Final function of lenient_activity_agg';

CREATE FUNCTION user_ops_internal.left_out_final(internal) RETURNS left_out_counts
	AS 'MODULE_PATHNAME', 'user_ops_left_out_final'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.left_out_final(internal) IS 'Final function of left_out_agg';

DO $$
DECLARE
	kind record;
	made record;
	of_days text := '. ignore_before: the first day that counts; NULL: all do';
BEGIN
	FOR kind IN
		SELECT t.symbol || coalesce('_' || a.type, '') AS symbol,
			   concat_ws(', ', t.type, a.type, CASE WHEN a.type IS NOT NULL THEN 'integer' END, 'date', t.zone) AS arguments,
			   CASE WHEN a.type IS NOT NULL THEN '. amount_decimals: amounts are rounded to so many, as round(numeric, integer) does; NULL: not at all'
			   END AS says
		FROM (VALUES ('date', 'date', NULL), ('timestamp', 'timestamp', NULL), ('timestamp', 'timestamptz', NULL), ('zoned', 'timestamptz', 'zone')
			 ) AS t (symbol, type, zone)
		CROSS JOIN (VALUES (NULL), ('numeric'), ('float8'), ('int8'), ('int4'), ('int2')) AS a (type)
		ORDER BY t.type, t.zone, a.type
	LOOP
		FOR made IN
			SELECT format(a.sql, kind.symbol, kind.arguments) AS sql, format(a.object, kind.symbol, kind.arguments) AS object,
				   a.says || CASE WHEN a.object ~ '^AGGREGATE' THEN concat(kind.says, of_days) ELSE '' END AS says
			FROM (VALUES
				('CREATE FUNCTION user_ops_internal.lenient_population_%1$s(internal, anyelement, %2$s) RETURNS internal
					AS ''MODULE_PATHNAME'', ''user_ops_lenient_population_%1$s''
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1',
				 'FUNCTION user_ops_internal.lenient_population_%1$s(internal, anyelement, %2$s)', 'Transition function of lenient_population_agg'),
				('CREATE AGGREGATE lenient_population_agg(anyelement, %2$s) (
					SFUNC = lenient_population_%1$s, STYPE = internal, SSPACE = -1,
					FINALFUNC = population_final_lenient, FINALFUNC_MODIFY = READ_WRITE,
					COMBINEFUNC = population_combine,
					SERIALFUNC = population_serialize, DESERIALFUNC = population_deserialize, PARALLEL = SAFE)',
				 'AGGREGATE lenient_population_agg(anyelement, %2$s)',
				 'Population: As population_agg, but rows that do not count are left out and counted, see population_rows'),
				('CREATE FUNCTION user_ops_internal.lenient_activity_%1$s(internal, %2$s) RETURNS internal
					AS ''MODULE_PATHNAME'', ''user_ops_lenient_activity_%1$s''
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2',
				 'FUNCTION user_ops_internal.lenient_activity_%1$s(internal, %2$s)', 'Transition function of lenient_activity_agg and left_out_agg'),
				('CREATE AGGREGATE lenient_activity_agg(%2$s) (
					SFUNC = lenient_activity_%1$s, STYPE = internal, SSPACE = 192, FINALFUNC = lenient_activity_final,
					COMBINEFUNC = lenient_combine, SERIALFUNC = lenient_serialize, DESERIALFUNC = lenient_deserialize, PARALLEL = SAFE)',
				 'AGGREGATE lenient_activity_agg(%2$s)', 'Population: As activity_agg, but rows that do not count are left out, see left_out_agg'),
				('CREATE AGGREGATE left_out_agg(%2$s) (
					SFUNC = lenient_activity_%1$s, STYPE = internal, SSPACE = 192, FINALFUNC = left_out_final,
					COMBINEFUNC = lenient_combine, SERIALFUNC = lenient_serialize, DESERIALFUNC = lenient_deserialize, PARALLEL = SAFE)',
				 'AGGREGATE left_out_agg(%2$s)', 'Population: How many rows lenient_activity_agg leaves out, and why; NULL for none'),
				('CREATE FUNCTION left_out_reason(%2$s) RETURNS text
					AS ''MODULE_PATHNAME'', ''user_ops_left_out_reason_%1$s''
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1',
				 'FUNCTION left_out_reason(%2$s)',
				 'Population: Why lenient_activity_agg leaves a row out, as the columns of left_out_counts are called; NULL for one that counts')
			) AS a (sql, object, says)
		LOOP
			EXECUTE made.sql;
			EXECUTE format('COMMENT ON %s IS %L', made.object, made.says);
		END LOOP;
	END LOOP;
END $$;

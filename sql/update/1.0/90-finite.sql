
-- finite_population_agg is lenient_population_agg now, with other arguments.  Where views
-- over a source on the spot (stored => false) use it, it stays for them, until an update
-- finds that nothing does.
DO $$
DECLARE
	finite record;
	needed boolean := false;
BEGIN
	FOR finite IN
		SELECT p.oid::regprocedure AS routine, pg_get_function_arguments(p.oid) AS arguments, a.aggtransfn::regproc AS transition,
			   EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid AND d.deptype = 'n') AS needed
		FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid
		WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname = 'finite_population_agg'
	LOOP
		IF finite.needed THEN
			needed := true;
			EXECUTE format('CREATE OR REPLACE AGGREGATE finite_population_agg(%s) (
								SFUNC = %s, STYPE = internal, SSPACE = -1,
								FINALFUNC = population_final_lenient, FINALFUNC_MODIFY = READ_WRITE,
								COMBINEFUNC = population_combine,
								SERIALFUNC = population_serialize, DESERIALFUNC = population_deserialize, PARALLEL = SAFE)',
						   finite.arguments, finite.transition);
			EXECUTE format('COMMENT ON AGGREGATE %s IS %L', finite.routine, 'Of version 1.0: call create_views again, or use lenient_population_agg');
		ELSE
			EXECUTE format('DROP AGGREGATE %s', finite.routine);
		END IF;
	END LOOP;
	DROP FUNCTION population_final_finite(internal);
	IF needed THEN
		RAISE WARNING 'finite_population_agg of version 1.0 stays, as views use it'
			USING HINT = 'Call user_ops.create_views again for schemas with stored => false, and use lenient_population_agg in your own views.';
	END IF;
END $$;

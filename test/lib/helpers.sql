-- What several tests ask by. A test includes this file by the name that pg_regress gives its inputs:
--	\getenv tests PG_ABS_SRCDIR
--	\set helpers :tests '/lib/helpers.sql'
--	\set ECHO none
--	\i :helpers
--	\set ECHO all

-- What went wrong in a statement: its SQLSTATE, its detail or else its message, and whether a hint is missing;
-- where there is no such function (42883) detail and hint are the server's, and of its major.
CREATE FUNCTION pg_temp.problem(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(': ', SQLSTATE, CASE WHEN SQLSTATE = '42883' THEN SQLERRM ELSE coalesce(nullif(detail, ''), SQLERRM) END, CASE WHEN hint = '' AND SQLSTATE <> '42883' THEN 'no hint' END);
END $$;

-- The first value that a statement returns, or its SQLSTATE, its message, and whether a hint is missing.
CREATE FUNCTION pg_temp.answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	hint text;
BEGIN
	EXECUTE statement INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(': ', SQLSTATE, SQLERRM, CASE WHEN hint = '' AND SQLSTATE <> '42883' THEN 'no hint' END);
END $$;

-- The plan of a statement with the rows that each node saw.
CREATE FUNCTION pg_temp.rows_seen(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
		RETURN NEXT replace(line, '.00 loops', ' loops');
	END LOOP;
END $$;

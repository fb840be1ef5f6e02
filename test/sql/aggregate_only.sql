SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
SET search_path = user_ops, public;

-- What makes the state of an aggregate refuses everybody else: its working form is no
-- value to be stored. Called as a constant and over rows, with NULLs for all arguments.
CREATE FUNCTION pg_temp.answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	answer text;
BEGIN
	EXECUTE statement INTO answer;
	RETURN coalesce(answer, 'NULL');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' ', SQLSTATE || ':', SQLERRM || '.', hint);
END $$;

CREATE TEMP VIEW state_functions AS
SELECT DISTINCT p.oid, p.oid::regprocedure::text AS function, p.oid::regproc AS called, p.proname, a.aggtranstype::regtype AS type,
	(SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY AS u (t, n)) AS nulls
FROM pg_aggregate AS a JOIN pg_proc AS made ON made.oid = a.aggfnoid JOIN pg_proc AS p ON p.oid IN (a.aggtransfn, a.aggcombinefn)
WHERE made.pronamespace = 'user_ops'::regnamespace AND p.pronamespace IN ('user_ops'::regnamespace, 'user_ops_internal'::regnamespace) AND a.aggtranstype <> 'internal'::regtype;

SELECT function, pg_temp.answer(format('SELECT %s(%s)', called, nulls)) AS answer
FROM state_functions WHERE proname <> 'merge' ORDER BY function COLLATE "C";
SELECT count(*) AS called_over_rows
FROM state_functions WHERE proname <> 'merge' AND pg_temp.answer(format('SELECT %s(%s) FROM (VALUES (1)) AS v (i) WHERE i > 0', called, nulls)) LIKE '0A000: %';
SELECT pg_temp.answer('CREATE TABLE working AS SELECT user_ops_internal.survival_add(NULL, 3.5, true)') AS stored;
SELECT pg_temp.answer('SELECT user_ops_internal.survival_add(survival(3.5, true), 3.5, true)') AS goes_on;
SELECT pg_temp.answer($$SELECT sum(new_users) FROM (VALUES ('{2024-01-01:1}'::activity)) AS v (a), cells(user_ops_internal.lifecycle_add(NULL, a, 'day', '2024-02-01'))$$) AS in_from;

-- merge() is for everybody: what it returns is stored as it is, whatever was NULL.
CREATE TEMP TABLE kept AS
SELECT merge(NULL, s) AS a, merge(s, NULL) AS b, merge(s, s) AS c, s || s AS d, merge(NULL::survival, NULL) AS e FROM (SELECT survival(3.5, true) AS s) AS v;
SELECT type::text FROM state_functions WHERE proname = 'merge' ORDER BY type::text COLLATE "C";
SELECT a = b AS same, c = d AS merged, e IS NULL AS nobody FROM kept;
SELECT pg_column_size(merge(s, s)) = octet_length(merge(s, s)::bytea) + 4 AS canonical FROM (SELECT survival(3.5, true) AS s) AS v;

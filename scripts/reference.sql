-- The reference tables of README.md, made from the catalog and its COMMENTs:
--   psql -X -q -At -f scripts/reference.sql      in a database with the extension

SET search_path = user_ops, pg_catalog;

CREATE TEMPORARY VIEW members AS
SELECT classid, objid FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'user_ops');

-- what types, aggregates, operators and the generated views are made of
CREATE TEMPORARY VIEW support AS
SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend]::oid[]) AS oid FROM pg_type
UNION SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn]::oid[]) FROM pg_aggregate
UNION SELECT oprcode::oid FROM pg_operator WHERE oprname <> '||'
UNION SELECT amproc::oid FROM pg_amproc
EXCEPT SELECT oid::oid FROM pg_proc WHERE proname IN ('merge', 'sparkline');

-- shorter names of types; defaults without their casts
CREATE FUNCTION pg_temp.short(arguments text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(replace(replace(replace(replace(replace(replace(arguments,
		'double precision', 'float8'), 'timestamp with time zone', 'timestamptz'),
		'timestamp without time zone', 'timestamp'), 'TABLE', ''), 'SETOF ', 'rows of '), 'DEFAULT ', '= '),
		'(= [^:,]+)::[a-z_]+(\[\])?', '\1', 'g')
$$;

CREATE TEMPORARY VIEW functions AS
SELECT p.oid, p.proname, p.prokind,
	   format('`%s(%s)`', p.proname, pg_temp.short(pg_get_function_arguments(p.oid))) AS call,
	   CASE WHEN p.prokind = 'p' THEN '(a procedure)' ELSE format('`%s`', pg_temp.short(pg_get_function_result(p.oid))) END AS result,
	   obj_description(p.oid, 'pg_proc') AS says,
	   CASE WHEN p.oid IN (SELECT oid FROM support) THEN 'support'
			WHEN p.proname IN ('create_views', 'refresh', 'scheduled_refresh', 'verify', 'drop_views', 'view_catalog') THEN 'views'
			WHEN p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c') AND p.prokind = 'f' THEN 'generation'
			WHEN p.prokind = 'a' THEN 'aggregate'
			WHEN p.proargtypes[0] = 'activity'::regtype THEN 'activity'
			ELSE 'other' END AS topic
FROM pg_proc p JOIN members m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;

-- one line for all types of amount
CREATE FUNCTION pg_temp.chapter(of_topic text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('| %s | %s | %s |', c.call, result, replace((array_agg(says ORDER BY length(says)))[1], '|', '\|'))
	FROM functions,
	LATERAL (SELECT CASE WHEN proname LIKE '%\_agg'
				THEN regexp_replace(call, '(numeric|float8|bigint|integer|smallint)([,)])', 'amount\2') ELSE call END) AS c (call)
	WHERE topic = of_topic GROUP BY proname, c.call, result ORDER BY proname, c.call
$$;

\echo '### Views over an event table'
\echo
\echo '| function | returns | what it does |'
\echo '|---|---|---|'
SELECT pg_temp.chapter('views');
\echo
\echo '### Types'
\echo
\echo '| type | what it is |'
\echo '|---|---|'
SELECT format('| `%s` | %s |', t.typname, obj_description(t.oid, 'pg_type'))
FROM pg_type t JOIN members m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
ORDER BY t.typname;
\echo
\echo '### Aggregates'
\echo
\echo 'An `amount` is `numeric`, `float8` (rounded to 6 decimals), `bigint`, `integer` or `smallint`.'
\echo
\echo '| aggregate | returns | what it does |'
\echo '|---|---|---|'
SELECT pg_temp.chapter('aggregate');
\echo
\echo '### One user: functions of an activity'
\echo
\echo '| function | returns | what it does |'
\echo '|---|---|---|'
SELECT pg_temp.chapter('activity');
\echo
\echo '### Other functions'
\echo
\echo '| function | returns | what it does |'
\echo '|---|---|---|'
SELECT pg_temp.chapter('other');
\echo
\echo '### Operators, casts and operator classes'
\echo
\echo '| object | what it does |'
\echo '|---|---|'
SELECT format('| `%s %s %s` | %s |', oprleft::regtype, replace(oprname, '|', '\|'), oprright::regtype, obj_description(o.oid, 'pg_operator'))
FROM pg_operator o JOIN members m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
ORDER BY oprname, oprleft::regtype::text;
SELECT format('| `%s::%s` | %s |', castsource::regtype, casttarget::regtype, obj_description(c.oid, 'pg_cast'))
FROM pg_cast c JOIN members m ON m.classid = 'pg_cast'::regclass AND m.objid = c.oid
ORDER BY 1;
SELECT format('| `%s` (%s) | %s |', opcname, amname, obj_description(c.oid, 'pg_opclass'))
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
JOIN members m ON m.classid = 'pg_opclass'::regclass AND m.objid = c.oid
ORDER BY 1;
\echo
\echo '### Support functions'
\echo
\echo 'Not called by hand. Of types, aggregates and operators:'
SELECT string_agg('`' || proname || '`', ', ' ORDER BY proname) || '.'
FROM (SELECT DISTINCT proname FROM functions WHERE topic = 'support') f;
\echo
\echo 'Of `create_views`, which checks its arguments and writes its SQL with them:'
\echo
\echo '| function | returns | what it does |'
\echo '|---|---|---|'
SELECT pg_temp.chapter('generation');

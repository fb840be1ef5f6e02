-- All that the extension user_ops consists of, one line each, with every property that can
-- differ and without an OID; ordered, to be compared between databases.
SET search_path = pg_catalog;
SET quote_all_identifiers = off;

CREATE TEMPORARY VIEW members AS
SELECT d.classid, d.objid
FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'user_ops' AND d.deptype = 'e';

-- with what hangs on them: columns, and types of arrays and rows
CREATE TEMPORARY VIEW parts AS
SELECT m.classid, m.objid, 0 AS objsubid FROM members AS m
UNION
SELECT 'pg_type'::regclass, t.typarray, 0 FROM pg_type t JOIN members AS m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid WHERE t.typarray <> 0
UNION
SELECT 'pg_class'::regclass, a.attrelid, a.attnum
FROM pg_attribute a JOIN pg_type t ON t.typrelid = a.attrelid JOIN members AS m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typrelid <> 0;

CREATE TEMPORARY VIEW objects AS
SELECT p.classid, p.objid, p.objsubid, i.type, i.identity
FROM parts AS p CROSS JOIN LATERAL pg_identify_object(p.classid, p.objid, p.objsubid) AS i
WHERE i.identity IS NOT NULL;

SELECT o.line
FROM (
	SELECT concat_ws(' | ', o.type, o.identity, 'comment', d.description) AS line
	FROM objects AS o LEFT JOIN pg_description d ON (d.classoid, d.objoid, d.objsubid) = (o.classid, o.objid, o.objsubid)
	UNION ALL
	SELECT concat_ws(' | ', o.type, o.identity, 'security label or privileges', i.privtype, i.initprivs)
	FROM objects AS o JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = (o.classid, o.objid, o.objsubid)
	UNION ALL
	SELECT concat_ws(' | ', o.type, o.identity, 'depends', d.deptype, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid))
	FROM objects AS o JOIN pg_depend d ON (d.classid, d.objid, d.objsubid) = (o.classid, o.objid, o.objsubid)
	UNION ALL
	SELECT concat_ws(' | ', 'schema', n.nspname, pg_get_userbyid(n.nspowner), n.nspacl) FROM objects AS o JOIN pg_namespace n ON o.classid = 'pg_namespace'::regclass AND n.oid = o.objid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, pg_get_userbyid(p.proowner), l.lanname, 'cost', p.procost, 'rows', p.prorows, p.provariadic::regtype, 'support', p.prosupport, p.prokind, p.prosecdef,
					 p.proleakproof, p.proisstrict, p.proretset, p.provolatile, p.proparallel, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.proargnames, p.proargmodes,
					 p.prosrc, p.probin, pg_get_function_sqlbody(p.oid), p.proconfig, p.proacl)
	FROM objects AS o JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND p.oid = o.objid JOIN pg_language l ON l.oid = p.prolang
	UNION ALL
	SELECT concat_ws(' | ', o.identity, a.aggkind, a.aggnumdirectargs, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn,
					 a.aggmfinalfn, a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify, a.aggmfinalmodify, a.aggsortop::regoperator, a.aggtranstype::regtype, a.aggtransspace,
					 a.aggmtranstype::regtype, a.aggmtransspace, coalesce(a.agginitval, 'NULL'), coalesce(a.aggminitval, 'NULL'))
	FROM objects AS o JOIN pg_aggregate a ON o.classid = 'pg_proc'::regclass AND a.aggfnoid = o.objid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, pg_get_userbyid(t.typowner), t.typname, t.typlen, t.typbyval, t.typtype, t.typcategory, t.typispreferred, t.typisdefined, t.typdelim, t.typsubscript,
					 t.typelem::regtype, t.typarray::regtype, t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze, t.typalign, t.typstorage, t.typnotnull,
					 t.typbasetype::regtype, t.typcollation::regcollation, t.typdefault, t.typacl)
	FROM objects AS o JOIN pg_type t ON o.classid = 'pg_type'::regclass AND t.oid = o.objid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, 'label', row_number() OVER (PARTITION BY e.enumtypid ORDER BY e.enumsortorder), e.enumlabel)
	FROM objects AS o JOIN pg_enum e ON o.classid = 'pg_type'::regclass AND e.enumtypid = o.objid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, 'column', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage, a.attcollation::regcollation, a.attisdropped)
	FROM objects AS o JOIN pg_attribute a ON o.classid = 'pg_class'::regclass AND a.attrelid = o.objid AND a.attnum = o.objsubid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, pg_get_userbyid(p.oprowner), p.oprkind, p.oprcanmerge, p.oprcanhash, p.oprresult::regtype, p.oprcom::regoperator, p.oprnegate::regoperator,
					 p.oprcode, p.oprrest, p.oprjoin)
	FROM objects AS o JOIN pg_operator p ON o.classid = 'pg_operator'::regclass AND p.oid = o.objid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, c.castfunc::regprocedure, c.castcontext, c.castmethod) FROM objects AS o JOIN pg_cast c ON o.classid = 'pg_cast'::regclass AND c.oid = o.objid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, pg_get_userbyid(c.opcowner), f.opfname, c.opcintype::regtype, c.opcdefault, c.opckeytype::regtype)
	FROM objects AS o JOIN pg_opclass c ON o.classid = 'pg_opclass'::regclass AND c.oid = o.objid JOIN pg_opfamily f ON f.oid = c.opcfamily
	UNION ALL
	SELECT concat_ws(' | ', o.identity, pg_get_userbyid(f.opfowner), a.amopstrategy, a.amoppurpose, a.amopopr::regoperator)
	FROM objects AS o JOIN pg_opfamily f ON o.classid = 'pg_opfamily'::regclass AND f.oid = o.objid JOIN pg_amop a ON a.amopfamily = f.oid
	UNION ALL
	SELECT concat_ws(' | ', o.identity, a.amprocnum, a.amproclefttype::regtype, a.amprocrighttype::regtype, a.amproc)
	FROM objects AS o JOIN pg_opfamily f ON o.classid = 'pg_opfamily'::regclass AND f.oid = o.objid JOIN pg_amproc a ON a.amprocfamily = f.oid
	UNION ALL
	SELECT concat_ws(' | ', 'extension', e.extnamespace::regnamespace, e.extrelocatable, e.extversion, e.extconfig, e.extcondition,
					 (SELECT string_agg(pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), ',') FROM pg_depend d WHERE d.classid = 'pg_extension'::regclass AND d.objid = e.oid))
	FROM pg_extension e WHERE e.extname = 'user_ops') AS o
ORDER BY o.line COLLATE "C";

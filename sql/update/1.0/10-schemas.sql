\echo Use "ALTER EXTENSION user_ops UPDATE" to load this file. \quit

-- From 1.0: everything was in the schema user_ops, which the control file named.  Now the
-- schemas are parts of the extension, as after a fresh install.

DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'user_ops_internal') THEN
		RAISE EXCEPTION 'there is a schema user_ops_internal already'
			USING ERRCODE = 'duplicate_schema',
				  HINT = 'Drop or rename that schema, then update the extension again.';
	END IF;
END $$;
SET LOCAL search_path = pg_catalog, pg_temp;

DELETE FROM pg_depend d
USING pg_extension e
WHERE e.extname = 'user_ops' AND d.classid = 'pg_extension'::regclass AND d.objid = e.oid
  AND d.refclassid = 'pg_namespace'::regclass AND d.refobjid = e.extnamespace;
UPDATE pg_extension SET extnamespace = 'pg_catalog'::regnamespace WHERE extname = 'user_ops';
ALTER SCHEMA user_ops OWNER TO CURRENT_USER;
ALTER EXTENSION user_ops ADD SCHEMA user_ops;
CREATE SCHEMA user_ops_internal;

SET LOCAL search_path = user_ops, pg_temp;

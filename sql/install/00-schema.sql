\echo Use "CREATE EXTENSION user_ops" to load this file. \quit

-- A schema that another role made first could hold traps: refuse it, unless that
-- role could do anything anyway.
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_extension e
			   JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
			   JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
			   WHERE e.extname OPERATOR(pg_catalog.=) 'user_ops'
				 AND n.nspowner OPERATOR(pg_catalog.<>) e.extowner AND NOT r.rolsuper) THEN
		RAISE EXCEPTION 'the schema user_ops belongs to another role'
			USING ERRCODE = 'insufficient_privilege',
				  HINT = 'Drop that schema, then create the extension again.';
	END IF;
END $$;

-- Where the owner of a database installs, this script runs as a superuser.  The
-- schema is his then, so that nobody can set traps in it later, and a dump can be
-- restored by another role.
ALTER SCHEMA @extschema@ OWNER TO CURRENT_USER;

COMMENT ON SCHEMA @extschema@ IS
	'User value analytics from an event table: activity values, metrics over them, and views';

-- Names in the views of a reader are resolved without this; psql users need it.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

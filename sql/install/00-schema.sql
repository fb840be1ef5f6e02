\echo Use "CREATE EXTENSION user_ops" to load this file. \quit

-- A schema that another role made first could hold traps: refuse it.
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_extension e
			   JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
			   WHERE e.extname OPERATOR(pg_catalog.=) 'user_ops'
				 AND n.nspowner OPERATOR(pg_catalog.<>) e.extowner) THEN
		RAISE EXCEPTION 'the schema user_ops belongs to another role'
			USING ERRCODE = 'insufficient_privilege',
				  HINT = 'Drop that schema, then create the extension again.';
	END IF;
END $$;

COMMENT ON SCHEMA @extschema@ IS
	'User value analytics from an event table: activity values, metrics over them, and views';

-- Names in the views of a reader are resolved without this; psql users need it.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

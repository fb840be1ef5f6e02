\echo Use "CREATE EXTENSION user_ops" to load this file. \quit

-- The schema is made here, and so is a part of the extension: a dump leaves it to
-- CREATE EXTENSION, whoever restores it.  Where the owner of a database installs,
-- this script runs as a superuser, whose the schema is then: nobody can set traps in
-- it later, and one that was there before, with traps or without, is refused.
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'user_ops') THEN
		RAISE EXCEPTION 'there is a schema user_ops already'
			USING ERRCODE = 'duplicate_schema',
				  HINT = 'Drop or rename that schema, then create the extension again.';
	END IF;
END $$;
CREATE SCHEMA user_ops;
-- an upgrade script needs this, too: the control file names pg_catalog
SET LOCAL search_path = user_ops, pg_temp;

COMMENT ON SCHEMA user_ops IS
	'User value analytics from an event table: activity values, metrics over them, and views';

-- Names in the views of a reader are resolved without this; psql users need it.
GRANT USAGE ON SCHEMA user_ops TO PUBLIC;

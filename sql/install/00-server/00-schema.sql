\echo Use "CREATE EXTENSION user_ops" to load this file. \quit

-- Two schemas: user_ops has what people call, user_ops_internal what that is made of.
-- They are made here, and so are a part of the extension: a dump leaves them to
-- CREATE EXTENSION, whoever restores it.  Where the owner of a database installs,
-- this script runs as a superuser, who owns the schemas then: nobody can set traps in
-- them later, and one that was there before, with traps or without, is refused.
DO $$
DECLARE
	taken name;
BEGIN
	FOR taken IN
		SELECT n.nspname FROM pg_catalog.pg_namespace n
		WHERE n.nspname OPERATOR(pg_catalog.=) 'user_ops' OR n.nspname OPERATOR(pg_catalog.=) 'user_ops_internal'
	LOOP
		RAISE EXCEPTION 'there is a schema % already', taken
			USING ERRCODE = 'duplicate_schema',
				  HINT = 'Drop or rename that schema, then create the extension again.';
	END LOOP;
END $$;
CREATE SCHEMA user_ops;
CREATE SCHEMA user_ops_internal;

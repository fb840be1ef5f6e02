-- What follows is a part of update scripts, too; the control file names pg_catalog.
SET LOCAL search_path = user_ops, user_ops_internal, pg_temp;

COMMENT ON SCHEMA user_ops IS
	'User value analytics from an event table: activity values, metrics over them, and views';
COMMENT ON SCHEMA user_ops_internal IS
	'What user_ops is made of: support functions of its types and aggregates, and the makers of views. Not to be called by hand';

-- Names in the views of a reader are resolved without this; psql users need it.
GRANT USAGE ON SCHEMA user_ops, user_ops_internal TO PUBLIC;

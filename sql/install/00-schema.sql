\echo Use "CREATE EXTENSION user_ops" to load this file. \quit

-- The schema is a member of the extension: it goes when the extension goes, is
-- in no dump, and one that somebody made first, which could hold traps, is an
-- error here.
CREATE SCHEMA user_ops;
COMMENT ON SCHEMA user_ops IS
	'User value analytics from an event table: activity values, metrics over them, and views';
SET LOCAL search_path = user_ops, pg_temp;

-- Names in the views of a reader are resolved without this; psql users need it.
GRANT USAGE ON SCHEMA user_ops TO PUBLIC;

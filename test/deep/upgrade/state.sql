-- All that is there, a line for each relation: how it is made, who may, and every row.
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
CREATE FUNCTION pg_temp.rows_of(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	EXECUTE format('SELECT count(*) || $1 || md5(coalesce(string_agg(r, $2 ORDER BY r COLLATE "C"), '''')) FROM (SELECT t::text AS r FROM %s AS t) AS rows', relation) INTO said USING ' ', ',';
	RETURN said;
END $$;
-- MAINTAIN came with 17. Of what reads the moment itself only the columns.
SELECT c.oid::regclass, c.relkind, (SELECT md5(string_agg(x.grantee::regrole || x.privilege_type, ',' ORDER BY x.grantee::regrole::text, x.privilege_type)) FROM aclexplode(c.relacl) AS x WHERE x.privilege_type <> 'MAINTAIN') AS granted, (SELECT md5(string_agg(a.attname || a.atttypid::regtype || coalesce(col_description(c.oid, a.attnum), ''), ',' ORDER BY a.attnum)) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
	   CASE WHEN c.oid::regclass::text NOT IN ('live.fitted', 'live.models') THEN pg_temp.rows_of(c.oid) END AS rows
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('shop', 'tenants', 'live', 'kept', 'store', 'public') AND c.relkind IN ('r', 'v', 'm') ORDER BY c.oid::regclass::text COLLATE "C";
SELECT extname, extversion FROM pg_extension ORDER BY 1;

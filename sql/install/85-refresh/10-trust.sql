-- Who may make whom run what: docs/guide/privileges.md.

CREATE FUNCTION user_ops_internal.lock_out_refreshes(target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- readers do not wait; and who refreshes needs DELETE on the log in any case, but no right to write settings
	EXECUTE format('LOCK TABLE %I.refresh_log IN SHARE UPDATE EXCLUSIVE MODE', target_schema);
EXCEPTION WHEN undefined_table OR invalid_schema_name THEN
	-- nothing is stored, so nothing is refreshed
	NULL;
END $$;
COMMENT ON FUNCTION user_ops_internal.lock_out_refreshes(name) IS
	'Waits until no other transaction refreshes or makes the views of a schema, and lets none begin';

CREATE FUNCTION user_ops_internal.trusts(role oid) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce((SELECT r.rolname = current_user OR r.rolsuper FROM pg_roles r WHERE r.oid = role), false);
END;
COMMENT ON FUNCTION user_ops_internal.trusts(oid) IS
	'Whether code of that role is trusted by the current one: it is the same, or a superuser, who needs no tricks';

CREATE FUNCTION user_ops_internal.check_trust(target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	settings regclass := format('%I.settings', target_schema);
	writer text;
	hung record;
BEGIN
	-- what they say becomes SQL
	SELECT string_agg(DISTINCT user_ops_internal.role_or_public(g.grantee), ', ') INTO writer
	FROM pg_class c
	CROSS JOIN LATERAL (
		SELECT x.* FROM aclexplode(c.relacl) AS x
		UNION ALL
		SELECT x.* FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) AS x WHERE a.attrelid = c.oid) AS g
	WHERE c.oid = settings AND g.grantee <> c.relowner AND g.privilege_type <> 'SELECT';
	IF writer IS NOT NULL THEN
		RAISE EXCEPTION 'more than its owner may write to %, which says what a refresh runs', settings
			USING ERRCODE = 'insufficient_privilege',
				  DETAIL = format('The grants are to %s.', writer),
				  HINT = format('REVOKE ALL ON %s FROM %s; GRANT SELECT ON %1$s TO %2$s;', settings, writer);
	END IF;
	-- who has TRIGGER or REFERENCES on a table can hang on it what runs as those who write to it
	FOR hung IN
		SELECT t.tgname, t.tgrelid::regclass AS relation, r.rolname
		FROM pg_class c
		JOIN pg_trigger t ON t.tgrelid = c.oid
		JOIN pg_proc p ON p.oid = t.tgfoid
		LEFT JOIN pg_class other ON other.oid = t.tgconstrrelid
		JOIN pg_roles r ON r.oid IN (p.proowner, other.relowner)
		WHERE c.relnamespace = (SELECT s.relnamespace FROM pg_class s WHERE s.oid = settings)
		  AND c.relname IN (SELECT m.object FROM user_ops_internal.made_objects(target_schema) AS m WHERE NOT m.is_view)
		  AND r.oid <> c.relowner AND NOT user_ops_internal.trusts(r.oid)
		LIMIT 1
	LOOP
		RAISE EXCEPTION '% has a trigger or foreign key of role %', hung.relation, quote_ident(hung.rolname)
			USING ERRCODE = 'insufficient_privilege',
				  DETAIL = format('It is called %I, and would run as who refreshes.', hung.tgname),
				  HINT = format('Drop it, and REVOKE TRIGGER, REFERENCES ON %s from whom they were granted.', hung.relation);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_trust(name) IS
	'42501, with a hint, if another role than its owner could decide what a refresh of this schema runs';

CREATE FUNCTION user_ops_internal.notice_of_owners(source regclass) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	owners text;
BEGIN
	WITH RECURSIVE read (class, object) AS (
		SELECT 'pg_class'::regclass::oid, source::oid
		UNION
		SELECT d.refclassid, d.refobjid
		FROM read JOIN pg_rewrite w ON w.ev_class = read.object AND read.class = 'pg_class'::regclass
		JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
			AND d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass)
	)
	SELECT string_agg(DISTINCT quote_ident(pg_get_userbyid(o.owner)), ', ') INTO owners
	FROM (SELECT c.relowner AS owner FROM read JOIN pg_class c ON c.oid = read.object AND read.class = 'pg_class'::regclass
		  UNION ALL
		  SELECT p.proowner FROM read JOIN pg_proc p ON p.oid = read.object AND read.class = 'pg_proc'::regclass) AS o
	WHERE NOT user_ops_internal.trusts(o.owner);
	IF owners IS NOT NULL THEN
		RAISE NOTICE '% is, or reads, what belongs to: %', source, owners
			USING HINT = 'Views and functions of theirs run with your rights whenever you refresh: trust them, or let them make the views.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.notice_of_owners(regclass) IS
	'A notice that names the roles, other than the current one and superusers, whose tables, views and functions a source is or reads';

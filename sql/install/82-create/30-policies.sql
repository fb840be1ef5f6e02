-- Row-level security: the policies of the source, on what is stored of it.

CREATE FUNCTION user_ops_internal.check_row_security(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	guarded boolean := (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = s.source);
BEGIN
	IF NOT s.stored OR NOT user_ops_internal.has_row_security(s.source) THEN
		RETURN;
	END IF;
	IF s.tenant IS NULL THEN
		RAISE EXCEPTION '% has row-level security, which a stored copy would bypass', s.source
			USING ERRCODE = 'feature_not_supported',
				  HINT = CASE WHEN guarded THEN 'Say with tenant => which column the policies are about; or use' ELSE 'Use' END
						 || ' stored => false: then the views read the source with the rights of the reader.';
	END IF;
	IF NOT guarded THEN
		RAISE EXCEPTION '% reads a table with row-level security, whose policies a stored copy does not take over', s.source
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Give the table with the policies itself as the source, or use stored => false.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_row_security(view_settings) IS
	'An error, with a hint, if a source has row-level security that create_views cannot take over';

CREATE FUNCTION user_ops_internal.read_policies(relation regclass) RETURNS TABLE (policy name, definition text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT p.polname,
		   format('AS %s FOR SELECT TO %s USING (%s)', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
				  (SELECT string_agg(user_ops_internal.role_or_public(r.role), ', ' ORDER BY r.role)
				   FROM unnest(p.polroles) AS r (role)),
				  pg_get_expr(p.polqual, p.polrelid))
	FROM pg_policy p WHERE p.polrelid = relation AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL;
END;
COMMENT ON FUNCTION user_ops_internal.read_policies(regclass) IS
	'The policies of a table that limit reading, as SQL for such policies on a table with the same columns';

CREATE FUNCTION user_ops_internal.copy_policy(s view_settings, relation regclass, policy name, definition text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	BEGIN
		EXECUTE format('CREATE POLICY %I ON %s %s', policy, relation, definition);
		IF NOT EXISTS (
				SELECT FROM pg_policy p
				JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.deptype = 'n'
					AND d.refclassid = 'pg_class'::regclass AND d.refobjid IN (relation, s.source)
				LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = d.refobjsubid AND a.attname = s.tenant
				WHERE p.polrelid = relation AND p.polname = policy AND (d.refobjid = s.source OR a.attnum IS NULL)) THEN
			RETURN;
		END IF;
	EXCEPTION WHEN undefined_column OR undefined_table OR undefined_function OR datatype_mismatch THEN
		-- it speaks of what the stored table does not have
		NULL;
	END;
	RAISE EXCEPTION 'policy "%" of % is about more than the tenant column "%"', policy, s.source, s.tenant
		USING ERRCODE = 'feature_not_supported',
			  DETAIL = definition,
			  HINT = format('What is stored knows of a row only its tenant: write the policy as a condition on %I alone, such as %1$I IN (SELECT ...), or use stored => false.', s.tenant);
END $$;
COMMENT ON FUNCTION user_ops_internal.copy_policy(view_settings, regclass, name, text) IS
	'Makes a policy of the source on a stored table; 0A000 if it is about another column than the tenant';

CREATE FUNCTION user_ops_internal.notice_of_policies_left(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	open_them text;
BEGIN
	SELECT string_agg(format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY;', c.oid::regclass), ' ' ORDER BY c.relname) INTO open_them
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
	WHERE c.relrowsecurity AND c.relname = ANY (s.made_tables) AND NOT user_ops_internal.is_of_forgotten(s, c.relname);
	IF open_them IS NOT NULL THEN
		-- to open what is stored to all is for its owner to say
		RAISE NOTICE '% no longer has row-level security, but what "%" stores keeps its policies', s.source, target_schema
			USING HINT = format('If all readers may see all tenants: %s', open_them);
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.notice_of_policies_left(view_settings, name) IS
	'A notice if the stored tables have policies, and the source, which has none now, does not';

CREATE FUNCTION user_ops_internal.policies_differ(s view_settings, relation regclass) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (
		(SELECT * FROM user_ops_internal.read_policies(relation) EXCEPT SELECT * FROM user_ops_internal.read_policies(s.source))
		UNION ALL (SELECT * FROM user_ops_internal.read_policies(s.source) EXCEPT SELECT * FROM user_ops_internal.read_policies(relation)));
END;
COMMENT ON FUNCTION user_ops_internal.policies_differ(view_settings, regclass) IS
	'Whether a table has other policies than the source';

CREATE FUNCTION user_ops_internal.take_policies(s view_settings, relation regclass, differ boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	taken record;
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation);
	IF differ THEN
		FOR taken IN SELECT p.policy FROM user_ops_internal.read_policies(relation) AS p LOOP
			EXECUTE format('DROP POLICY %I ON %s', taken.policy, relation);
		END LOOP;
		PERFORM user_ops_internal.copy_policy(s, relation, p.policy, p.definition) FROM user_ops_internal.read_policies(s.source) AS p;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.take_policies(view_settings, regclass, boolean) IS
	'Closes a table to whom no policy lets in, and gives it the policies of the source where it has others';

CREATE FUNCTION user_ops_internal.copy_policies(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	stored record;
	differ boolean;
BEGIN
	IF s.tenant IS NULL THEN
		RETURN;
	END IF;
	IF NOT (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = s.source) THEN
		PERFORM user_ops_internal.notice_of_policies_left(s, target_schema);
		RETURN;
	END IF;
	FOR stored IN
		SELECT c.oid::regclass AS relation, c.relowner AS owner, c.relrowsecurity AS guarded, 'all_tenants' <> ALL ((w.definition).flags) AS by_tenant
		FROM user_ops_internal.wanted_views(s) AS w
		JOIN pg_namespace n ON n.nspname = target_schema
		JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.object
		WHERE w.is_table
		ORDER BY c.relname
	LOOP
		-- the log is about all tenants: who is subject to policies sees nothing of it
		differ := stored.by_tenant AND user_ops_internal.policies_differ(s, stored.relation);
		CONTINUE WHEN stored.guarded AND NOT differ;
		IF NOT pg_has_role(stored.owner, 'USAGE') THEN
			RAISE EXCEPTION 'the policies of % are not those of %', stored.relation, s.source
				USING ERRCODE = 'insufficient_privilege',
					  HINT = format('A refresh by %s, who owns it, takes them over.', quote_ident(pg_get_userbyid(stored.owner)));
		END IF;
		PERFORM user_ops_internal.take_policies(s, stored.relation, differ);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.copy_policies(view_settings, name) IS
	'Gives the stored tables the policies of a source with row-level security, where they have not got them already';

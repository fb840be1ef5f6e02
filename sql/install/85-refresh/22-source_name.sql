-- The source by its name: where loads are swapped in by a rename, that is another
-- table than before.

CREATE FUNCTION user_ops_internal.may_replace_source(relation regclass, old_relation regclass, target_schema name) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(
		r.relowner = (SELECT o.relowner FROM pg_class o WHERE o.oid = old_relation)
		OR pg_has_role(r.relowner, n.nspowner, 'USAGE')
		-- a superuser is a member of every role, and trusts none for that
		OR EXISTS (SELECT FROM pg_class t JOIN pg_roles o ON o.oid = t.relowner
				   WHERE t.oid = to_regclass(format('%I.settings', target_schema))
					 AND (o.oid = r.relowner OR NOT o.rolsuper AND pg_has_role(o.oid, r.relowner, 'USAGE'))), false)
	FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.oid = relation;
END;
COMMENT ON FUNCTION user_ops_internal.may_replace_source(regclass, regclass, name) IS
	'Whether a relation is of somebody who could have changed the old one, or whom the owner of the views trusts: reading a view runs what its owner wrote';

CREATE FUNCTION user_ops_internal.current_source(s view_settings, target_schema name) RETURNS view_settings
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	old_source regclass := s.source;
	last_source regclass;
	named regclass;
BEGIN
	IF s.stored THEN
		last_source := (SELECT l.source FROM user_ops_internal.last_read(target_schema) AS l);
		-- who refreshes cannot always write it into the settings; but may write anything into the log
		IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
				   WHERE c.oid = last_source AND n.nspname = (parse_ident(s.source_name))[1])
		   AND user_ops_internal.may_replace_source(last_source, s.source, target_schema) THEN
			old_source := last_source;
		END IF;
	END IF;
	SELECT c.oid INTO named
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relname = (parse_ident(s.source_name))[2] AND n.nspname = (parse_ident(s.source_name))[1];
	IF named NOT IN (old_source, s.source) AND NOT user_ops_internal.may_replace_source(named, old_source, target_schema) THEN
		RAISE EXCEPTION '% is another relation now, and belongs to %', named, (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = named)
			USING ERRCODE = 'insufficient_privilege',
				  HINT = 'If you trust this role, whose functions run if it is a view, call user_ops.create_views again.';
	END IF;
	-- a table that was renamed stays the source until another has its name
	s.source := coalesce(named, old_source);
	RETURN s;
END $$;
COMMENT ON FUNCTION user_ops_internal.current_source(view_settings, name) IS
	'The settings with the relation that has the recorded name of the source now, or else with the one that was read last; 42501 if somebody who may not put it in the place of the recorded one';

CREATE FUNCTION user_ops_internal.follow_source(s view_settings, target_schema name) RETURNS view_settings
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	recorded regclass := s.source;
	read_last regclass := (SELECT l.source FROM user_ops_internal.last_read(target_schema) AS l);
BEGIN
	s := user_ops_internal.current_source(s, target_schema);
	IF s.source <> recorded AND s.source IS DISTINCT FROM read_last THEN
		RAISE NOTICE '% is another relation than at the last refresh: all of it is read', s.source;
	END IF;
	IF s.source <> recorded AND has_table_privilege(format('%I.settings', target_schema), 'UPDATE') THEN
		EXECUTE format('UPDATE %I.settings SET source = $1', target_schema) USING s.source;
	END IF;
	RETURN s;
END $$;
COMMENT ON FUNCTION user_ops_internal.follow_source(view_settings, name) IS
	'The same as current_source, for a refresh: says so if it is another relation, and records it where the role may';

-- What create_views made, and how it gives way to something else.

CREATE FUNCTION user_ops_internal.made_objects(target_schema name) RETURNS TABLE (object name, is_view boolean)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 30
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	tables name[];
	views name[];
BEGIN
	EXECUTE format('SELECT s.made_tables, s.made_views FROM %I.settings AS s', target_schema) INTO tables, views;
	RETURN QUERY
	SELECT c.relname, c.relkind = 'v'
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
	WHERE c.reloftype = 'user_ops_internal.view_settings'::regtype AND c.relname = 'settings'
	   OR c.relkind = 'r' AND c.relname = ANY (tables)
	   OR c.relkind = 'v' AND c.relname = ANY (views)
	   -- lost settings: the comments still say it
	   OR tables IS NULL AND c.relkind IN ('r', 'v') AND EXISTS (
			SELECT FROM (SELECT v.object, v.object || '_by_' AS beginning, v.answers FROM user_ops.view_catalog() AS v WHERE v.column_name IS NULL
						 UNION ALL
						 SELECT d.object, d.object, d.answers FROM user_ops_internal.shard_definitions() AS d
						 UNION ALL
						 SELECT a.object, split_part(a.object, 'NAME', 1), a.answers FROM user_ops.addon_catalog() AS a WHERE a.column_name IS NULL) AS v
			WHERE starts_with(obj_description(c.oid, 'pg_class'), v.answers)
			  AND (c.relname = v.object OR starts_with(c.relname, v.beginning)));
END $$;
COMMENT ON FUNCTION user_ops_internal.made_objects(name) IS
	'The tables and views of a schema that create_views made, settings among them: others may stand beside them';

CREATE FUNCTION user_ops_internal.view_relations(target_schema name) RETURNS SETOF regclass
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 30
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('%I.%I', target_schema, m.object)::regclass FROM user_ops_internal.made_objects(target_schema) AS m WHERE m.is_view;
END;
COMMENT ON FUNCTION user_ops_internal.view_relations(name) IS
	'The views of a schema that create_views made';

CREATE FUNCTION user_ops_internal.check_names_free(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	taken text;
BEGIN
	SELECT string_agg(t.described, ', ' ORDER BY t.described COLLATE "C") INTO taken
	FROM (SELECT pg_describe_object('pg_class'::regclass, c.oid, 0) AS described
		  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
		  WHERE c.relname = ANY (s.made_tables || s.made_views)
			AND NOT EXISTS (SELECT FROM user_ops_internal.made_objects(target_schema) AS m WHERE m.object = c.relname)
		  UNION ALL
		  -- each table and view has a type of its name
		  SELECT pg_describe_object('pg_type'::regclass, t.oid, 0)
		  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND n.nspname = target_schema
		  WHERE t.typname = ANY (s.made_tables || s.made_views) AND t.typrelid = 0
			AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)) AS t;
	IF taken IS NOT NULL THEN
		RAISE EXCEPTION 'schema "%" holds what create_views did not make under a name that it needs', target_schema
			USING ERRCODE = 'duplicate_table',
				  DETAIL = format('It is: %s.', taken),
				  HINT = 'Rename or drop it, or give another target_schema.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_names_free(view_settings, name) IS
	'42P07, with a hint, if something else has a name that create_views needs';

CREATE FUNCTION user_ops_internal.source_replaced(s view_settings, made view_settings, target_schema name, replace_source boolean) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- a table that was renamed is the same, and so is another one under its name
	IF made.source IS NULL OR made.source = s.source OR made.source_name = s.source_name THEN
		RETURN false;
	END IF;
	IF NOT replace_source THEN
		RAISE EXCEPTION 'schema "%" was made from %, not from %', target_schema, made.source_name, s.source_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Give another target_schema, or replace_source => true: then its history begins anew.';
	END IF;
	IF made.stored THEN
		RAISE NOTICE 'the history of "%" begins anew: its source was %, and is %', target_schema, made.source_name, s.source_name;
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION user_ops_internal.source_replaced(view_settings, view_settings, name, boolean) IS
	'Whether new settings are about another source than those a schema was made with; 55000, with a hint, if that was not asked for';

CREATE FUNCTION user_ops_internal.drop_statements(target_schema name, keep name[] DEFAULT '{}') RETURNS text[]
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- settings first, for whom verify holds up: nobody else waits then; views before what they read
	SELECT coalesce(array_agg(d.statement ORDER BY d.place), '{}')
	FROM (SELECT k.place,
				 format('DROP %s %s', k.kind, string_agg(format('%I.%I', target_schema, m.object), ', ' ORDER BY m.object)) AS statement
		  FROM user_ops_internal.made_objects(target_schema) AS m
		  CROSS JOIN LATERAL (SELECT CASE WHEN m.object = 'settings' THEN 1 WHEN m.is_view THEN 2 ELSE 3 END AS place,
									 CASE WHEN m.is_view THEN 'VIEW' ELSE 'TABLE' END AS kind) AS k
		  WHERE m.object <> ALL (keep)
		  GROUP BY k.place, k.kind) AS d;
END;
COMMENT ON FUNCTION user_ops_internal.drop_statements(name, name[]) IS
	'The statements that drop what create_views made in a schema, but for what is to be kept';

CREATE FUNCTION user_ops_internal.move_statements(place name, target_schema name) RETURNS text[]
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT array_agg(format('ALTER %s %I.%I SET SCHEMA %I', CASE WHEN m.is_view THEN 'VIEW' ELSE 'TABLE' END, place, m.object, target_schema)
					 ORDER BY m.object)
		|| format('DROP SCHEMA %I', place)
	FROM user_ops_internal.made_objects(place) AS m;
END;
COMMENT ON FUNCTION user_ops_internal.move_statements(name, name) IS
	'The statements that move what create_views made in one schema, and nothing else is in, to another';

CREATE FUNCTION user_ops_internal.role_or_public(role oid) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END;
END;
COMMENT ON FUNCTION user_ops_internal.role_or_public(oid) IS
	'The name of a role, quoted where SQL needs it, or PUBLIC for 0, as access lists have it';

CREATE FUNCTION user_ops_internal.grants_of(relation regclass) RETURNS TABLE (column_name name, privilege text, role text, grantee text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT g.column_name, x.privilege_type || coalesce(' (' || quote_ident(g.column_name) || ')', ''), user_ops_internal.role_or_public(x.grantee),
		   user_ops_internal.role_or_public(x.grantee) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
	FROM (SELECT NULL::name AS column_name, c.relacl AS acl, c.relowner FROM pg_class c WHERE c.oid = relation
		  UNION ALL
		  SELECT a.attname, a.attacl, NULL FROM pg_attribute a WHERE a.attrelid = relation AND NOT a.attisdropped) AS g
	CROSS JOIN LATERAL aclexplode(g.acl) AS x
	WHERE x.grantee IS DISTINCT FROM g.relowner;
END;
COMMENT ON FUNCTION user_ops_internal.grants_of(regclass) IS
	'What is granted on a relation and its columns to others than its owner, as GRANT spells it; grantee is the role, with the option to grant on';

CREATE FUNCTION user_ops_internal.grant_statements(place name, target_schema name) RETURNS text[]
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(array_agg(format('GRANT %s ON %s TO %s', g.privilege, made.oid::regclass, g.grantee)), '{}')
	FROM user_ops_internal.made_objects(place) AS m
	JOIN pg_namespace p ON p.nspname = place
	JOIN pg_class made ON made.relnamespace = p.oid AND made.relname = m.object
	JOIN pg_namespace n ON n.nspname = target_schema
	LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.object
	CROSS JOIN LATERAL (
		SELECT o.column_name, o.privilege, o.grantee FROM user_ops_internal.grants_of(c.oid) AS o
		UNION ALL
		SELECT NULL, x.privilege_type, user_ops_internal.role_or_public(x.grantee) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
		FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS x
		WHERE c.oid IS NULL AND d.defaclnamespace = n.oid AND d.defaclrole::regrole::text = quote_ident(current_user) AND d.defaclobjtype = 'r') AS g
	WHERE g.column_name IS NULL
	   OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = made.oid AND a.attname = g.column_name AND NOT a.attisdropped);
END;
COMMENT ON FUNCTION user_ops_internal.grant_statements(name, name) IS
	'The statements that grant on what is in one schema what is granted on the same names in another, with its columns, or by default there';

CREATE FUNCTION user_ops_internal.owner_statements(target_schema name, owner name) RETURNS text[]
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(array_agg(format('ALTER %s %I.%I OWNER TO %I', CASE WHEN m.is_view THEN 'VIEW' ELSE 'TABLE' END, target_schema, m.object, owner)), '{}')
	FROM user_ops_internal.made_objects(target_schema) AS m
	JOIN pg_namespace n ON n.nspname = target_schema
	JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.object
	WHERE pg_get_userbyid(c.relowner) <> owner;
END;
COMMENT ON FUNCTION user_ops_internal.owner_statements(name, name) IS
	'The statements that give what another role, such as a superuser, made in a schema to whose the rest is';

CREATE FUNCTION user_ops_internal.run_patiently(statements text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	callers text := current_setting('lock_timeout');
	-- milliseconds; 0: for ever
	limits integer := (SELECT p.setting FROM pg_settings p WHERE p.name = 'lock_timeout');
	began timestamptz := clock_timestamp();
	patience integer;
	statement text;
BEGIN
	LOOP
		patience := greatest(100, extract(epoch FROM clock_timestamp() - began) * 10);
		BEGIN
			PERFORM set_config('lock_timeout', patience::text, true);
			FOREACH statement IN ARRAY statements LOOP
				EXECUTE statement;
			END LOOP;
			PERFORM set_config('lock_timeout', callers, true);
			RETURN;
		EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
			IF limits > 0 AND patience >= limits THEN
				RAISE;
			END IF;
		END;
		-- all locks are given back, so that whoever came meanwhile gets on
		PERFORM pg_sleep(patience / 1000.0);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.run_patiently(text[]) IS
	'Runs statements that lock out readers: while one of them is kept waiting by a long query, nobody queues behind it for more than a tenth of a second, or a hundredth of the time it has waited';

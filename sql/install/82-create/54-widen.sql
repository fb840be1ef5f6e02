-- Columns of the source whose type changed: what is stored is widened, if that is
-- all it needs, and the views are made anew, as a column of a view cannot change.

CREATE FUNCTION user_ops_internal.widens(old_relation regclass, old_column name, new_relation regclass, new_column name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN user_ops_internal.column_definition(old_relation, old_column) = user_ops_internal.column_definition(new_relation, new_column) THEN 'same'
				WHEN o.type = n.type AND o.attcollation = n.attcollation
				  AND (n.atttypmod = -1 OR n.type = 'character varying' AND o.atttypmod BETWEEN 0 AND n.atttypmod) THEN 'wider'
				WHEN n.atttypmod <> -1 THEN NULL
				WHEN (o.type, n.type) IN (('smallint', 'integer'), ('smallint', 'bigint'), ('integer', 'bigint'),
										  ('smallint', 'numeric'), ('integer', 'numeric'), ('bigint', 'numeric'))
				  OR (o.type, n.type) IN (('character varying', 'text'), ('text', 'character varying')) AND o.attcollation = n.attcollation THEN 'wider'
				WHEN o.type IN ('smallint', 'integer', 'bigint', 'uuid') AND n.type IN ('text', 'character varying') THEN 'as text' END
	FROM (SELECT user_ops_internal.base_type(a.atttypid)::text AS type, a.atttypmod, a.attcollation
		  FROM pg_attribute a WHERE a.attrelid = old_relation AND a.attname = old_column AND NOT a.attisdropped) AS o
	CROSS JOIN (SELECT user_ops_internal.base_type(a.atttypid)::text AS type, a.atttypmod, a.attcollation
				FROM pg_attribute a WHERE a.attrelid = new_relation AND a.attname = new_column AND NOT a.attisdropped) AS n;
END;
COMMENT ON FUNCTION user_ops_internal.widens(regclass, name, regclass, name) IS
	'Whether another column holds all values of a column: the same type, a wider one, or each value as its text; NULL if not';

CREATE FUNCTION user_ops_internal.stored_columns(s view_settings) RETURNS TABLE (stored_column name, source_column name)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'user_id', s.user_id
	UNION ALL SELECT c, c FROM unnest(s.tenant || s.first_values) AS c WHERE c IS NOT NULL;
END;
COMMENT ON FUNCTION user_ops_internal.stored_columns(view_settings) IS
	'The columns that the stored tables have from the source: their name there and in the source';

CREATE FUNCTION user_ops_internal.check_fits(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	activity regclass := format('%I.activity', target_schema);
	given record;
BEGIN
	FOR given IN
		SELECT c AS name FROM unnest(ARRAY[s.user_id, s.event_time, s.amount, s.changed_at, s.tenant] || s.first_values) AS c
		WHERE c IS NOT NULL AND EXISTS (SELECT FROM pg_class k WHERE k.oid = s.source)
		  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = s.source AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped)
	LOOP
		RAISE EXCEPTION '% no longer has a column "%"', s.source, given.name
			USING ERRCODE = 'undefined_column',
				  HINT = format('Call user_ops.create_views again with columns it has: %s.',
								(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
								 WHERE a.attrelid = s.source AND a.attnum > 0 AND NOT a.attisdropped));
	END LOOP;
	FOR given IN
		SELECT c.source_column AS name, user_ops_internal.column_definition(s.source, c.source_column) AS is_now,
			   user_ops_internal.column_definition(activity, c.stored_column) AS was, user_ops_internal.widens(activity, c.stored_column, s.source, c.source_column) AS widens
		FROM user_ops_internal.stored_columns(s) AS c
		-- a narrower column fits too
		WHERE EXISTS (SELECT FROM pg_class k WHERE k.oid = s.source)
		  AND coalesce(user_ops_internal.widens(s.source, c.source_column, activity, c.stored_column), 'as text') = 'as text'
	LOOP
		RAISE EXCEPTION 'column "%" of % has type %, and what is stored %', given.name, s.source,
				replace(given.is_now, ' COLLATE pg_catalog."default"', ''), replace(given.was, ' COLLATE pg_catalog."default"', '')
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'Call user_ops.create_views again: '
						 || CASE WHEN given.widens IS NULL THEN 'it makes the tables and views anew, and their history begins anew.'
							ELSE 'it changes what is stored, and keeps history and grants.' END;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_fits(view_settings, name) IS
	'Errors, with a hint, if the columns of the source are no longer those that are stored';

CREATE FUNCTION user_ops_internal.widen_columns(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	made user_ops_internal.view_settings := user_ops_internal.view_settings(target_schema);
	activity regclass := to_regclass(format('%I.activity', target_schema));
	views text := (SELECT string_agg(v::text, ', ') FROM user_ops_internal.view_relations(target_schema) AS v);
	by_tenant text[] := ARRAY(SELECT w.object FROM user_ops_internal.wanted_views(s) AS w WHERE w.is_table AND 'all_tenants' <> ALL ((w.definition).flags));
	commands text[];
	command text;
	others text;
BEGIN
	IF user_ops_internal.tables_fit(s, target_schema)
	   OR (made.stored, made.tenant, made.first_values, made.breakdown) IS DISTINCT FROM (s.stored, s.tenant, s.first_values, s.breakdown)
	   OR s.stored AND EXISTS (SELECT FROM user_ops_internal.stored_columns(s) AS c WHERE user_ops_internal.widens(activity, c.stored_column, s.source, c.source_column) IS NULL) THEN
		RETURN;
	END IF;
	commands := ARRAY(
		SELECT c.command
		FROM user_ops_internal.view_relations(target_schema) AS v JOIN pg_class k ON k.oid = v
		CROSS JOIN LATERAL (SELECT 1 AS place, format('ALTER VIEW %s OWNER TO %I', v, pg_get_userbyid(k.relowner)) AS command
							WHERE k.relowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)
							UNION ALL SELECT 2, format('GRANT %s ON %s TO %s', g.privilege, v, g.grantee) FROM user_ops_internal.grants_of(v) AS g) AS c
		ORDER BY v::text, c.place);
	BEGIN
		EXECUTE 'DROP VIEW ' || views;
	EXCEPTION WHEN dependent_objects_still_exist THEN
		GET STACKED DIAGNOSTICS others = PG_EXCEPTION_DETAIL;
		RAISE EXCEPTION 'the columns of the views in "%" have another type now, and other objects depend on the views', target_schema
			USING ERRCODE = 'dependent_objects_still_exist',
				  DETAIL = others,
				  HINT = 'Drop these objects, call user_ops.create_views again, and make them anew.';
	END;
	IF s.stored THEN
		-- policies hold on to the type of the tenant column; the refresh takes them over again
		FOR command IN
			SELECT format('DROP POLICY %I ON %s', p.polname, c.oid::regclass)
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema JOIN pg_policy p ON p.polrelid = c.oid
			WHERE c.relname = ANY (by_tenant)
			UNION ALL
			SELECT * FROM (
				SELECT format('ALTER TABLE %s %s', c.oid::regclass,
							  string_agg(format('ALTER COLUMN %1$I TYPE %2$s USING %1$I::%3$s', k.stored_column, user_ops_internal.column_definition(s.source, k.source_column),
												(SELECT format_type(f.atttypid, f.atttypmod) FROM pg_attribute f WHERE f.attrelid = s.source AND f.attname = k.source_column)), ', '))
				FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
				JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
				JOIN user_ops_internal.stored_columns(s) AS k ON k.stored_column = a.attname
				WHERE c.relname = ANY (by_tenant)
				  AND user_ops_internal.column_definition(c.oid, k.stored_column) <> user_ops_internal.column_definition(s.source, k.source_column)
				GROUP BY c.oid) AS t
		LOOP
			EXECUTE command;
		END LOOP;
	END IF;
	PERFORM user_ops_internal.make_views(s, target_schema);
	-- as they were, whatever default privileges say
	commands := ARRAY(SELECT format('REVOKE %s ON %s FROM %s', g.privilege, v, g.role)
					  FROM user_ops_internal.view_relations(target_schema) AS v CROSS JOIN LATERAL user_ops_internal.grants_of(v) AS g) || commands;
	FOREACH command IN ARRAY commands LOOP
		EXECUTE command;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.widen_columns(view_settings, name) IS
	'Where columns of the source got a type that holds all that is stored: changes the stored tables, and makes the views anew with owners and grants as they were; otherwise does nothing';

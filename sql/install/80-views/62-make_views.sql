-- Making the views of create_views, and leaving those alone that need no change.

CREATE FUNCTION scanning_view_bodies(s view_settings, target_schema name)
	RETURNS TABLE (object text, body text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'activity', format(
		'SELECT %sg.user_id, g.activity%s FROM (%s) AS g%s
		 WHERE %sg.user_id IS NOT NULL AND g.activity IS NOT NULL',
		user_ops.column_list(ARRAY[s.tenant], 'g', after => ', '),
		user_ops.column_list(s.first_values, 'f', before => ', '), user_ops.activity_query(s),
		CASE WHEN s.first_values IS NULL THEN ''
			 ELSE format(' JOIN (%s) AS f ON %s', user_ops.first_event_query(s), user_ops.same_user(s, 'f', 'g')) END,
		user_ops.column_list(ARRAY[s.tenant], 'g', after => ' IS NOT NULL AND '))
	WHERE NOT s.stored
	UNION ALL
	SELECT 'fitted', format(
		'SELECT %sf.as_of, f.rfm, f.typical_gap, now() AS refreshed_at,
			(SELECT count(*) FROM %s AS e WHERE (%s) AND %s) AS rows_left_out,
			now() AS fitted_at, f.purchase_model, f.spend_model
		 FROM (%s) AS f',
		user_ops.column_list(ARRAY[s.tenant], 'f', after => ', '),
		s.source, user_ops.left_out_condition(s), user_ops.same_tenant(s, 'e', 'f'),
		user_ops.fitted_query(s, target_schema, user_ops.as_of_expression(s, 'now()')))
	WHERE NOT s.stored
	ORDER BY 1;
END;
COMMENT ON FUNCTION scanning_view_bodies(view_settings, name) IS
	'The views in place of tables where nothing is stored: name and query of each';

CREATE FUNCTION is_defined_as(relation regclass, body text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	same boolean;
BEGIN
	-- what the server says of both
	EXECUTE 'CREATE TEMPORARY VIEW user_ops_body AS ' || body;
	SELECT c.relkind = 'v' AND c.reloptions @> '{security_invoker=true}'
		   AND pg_get_viewdef(c.oid) = pg_get_viewdef('pg_temp.user_ops_body'::regclass) INTO same
	FROM pg_class c WHERE c.oid = relation;
	DROP VIEW pg_temp.user_ops_body;
	RETURN coalesce(same, false);
END $$;
COMMENT ON FUNCTION is_defined_as(regclass, text) IS
	'Whether a view has this query, and runs it with the rights of the reader';

CREATE FUNCTION make_views(s view_settings, target_schema name) RETURNS text[]
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	made record;
	definition text;
	due text[] := '{}';
BEGIN
	FOR made IN
		SELECT b.*, to_regclass(format('%I.%I', target_schema, b.object)) AS there
		FROM (SELECT v.*, true AS plain FROM user_ops.scanning_view_bodies(s, target_schema) WITH ORDINALITY AS v (object, body, place)
			  UNION ALL
			  SELECT v.*, false FROM user_ops.view_bodies(s, target_schema) WITH ORDINALITY AS v (object, body, place)) AS b
		-- views after what they read, however the server unites them
		ORDER BY b.plain DESC, b.place
	LOOP
		definition := CASE WHEN made.plain THEN made.body ELSE user_ops.with_plain_types(s, made.body) END;
		IF made.there IS NULL THEN
			EXECUTE format('CREATE VIEW %I.%I WITH (security_invoker = true) AS %s', target_schema, made.object, definition);
		ELSIF NOT user_ops.is_defined_as(made.there, definition) THEN
			due := due || format('CREATE OR REPLACE VIEW %I.%I WITH (security_invoker = true) AS %s', target_schema, made.object, definition);
		END IF;
	END LOOP;
	RETURN due || ARRAY(
		SELECT format('COMMENT ON %s %s%s IS %L',
					  CASE WHEN v.column_name IS NOT NULL THEN 'COLUMN'
						   WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END,
					  c.oid::regclass, coalesce('.' || quote_ident(v.column_name), ''), v.answers)
		FROM user_ops.view_objects(s) AS v
		JOIN pg_class c ON c.relname = v.object AND c.relname = ANY (s.made_tables || s.made_views)
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = v.column_name
		WHERE v.answers IS DISTINCT FROM
			CASE WHEN v.column_name IS NULL THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END);
END $$;
COMMENT ON FUNCTION make_views(view_settings, name) IS
	'Makes the views of create_views that are missing; tells the statements that would replace those that differ, for which readers wait, and set the comments';

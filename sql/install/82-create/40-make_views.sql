-- Making the views of create_views, and leaving those alone that need no change.

CREATE FUNCTION user_ops_internal.with_plain_types(s view_settings, body text) RETURNS text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET citus.enable_ddl_propagation = off
AS $$
DECLARE
	shown text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
				   WHERE a.attrelid = s.source AND a.attname = ANY (ARRAY[s.user_id, s.tenant] || s.first_values) AND t.typtype <> 'b') THEN
		RETURN body;
	END IF;
	-- what the server says the columns of a query are
	EXECUTE 'CREATE TEMPORARY VIEW user_ops_body AS ' || body;
	SELECT string_agg(format(CASE WHEN b.typtype = 'e' THEN 'v.%1$I::text AS %1$I' WHEN b.oid <> a.atttypid THEN 'v.%1$I::%2$s AS %1$I' ELSE 'v.%1$I' END,
							 a.attname, format_type(b.oid, NULL)), ', ' ORDER BY a.attnum) INTO shown
	FROM pg_attribute a JOIN pg_type b ON b.oid = user_ops_internal.base_type(a.atttypid)
	WHERE a.attrelid = 'pg_temp.user_ops_body'::regclass AND a.attnum > 0;
	DROP VIEW pg_temp.user_ops_body;
	RETURN format('SELECT %s FROM (%s) AS v', shown, body);
END $$;
COMMENT ON FUNCTION user_ops_internal.with_plain_types(view_settings, text) IS
	'The query of a view with what BI tools do not know handed out otherwise: an enum as text, a domain as what it is made of';

CREATE FUNCTION user_ops_internal.is_defined_as(relation regclass, body text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET citus.enable_ddl_propagation = off
AS $$
DECLARE
	same boolean;
BEGIN
	-- what the server says of both; the one to compare with is no matter of other nodes, where there are any
	EXECUTE 'CREATE TEMPORARY VIEW user_ops_body AS ' || body;
	SELECT c.relkind = 'v' AND c.reloptions @> '{security_invoker=true}'
		   AND pg_get_viewdef(c.oid) = pg_get_viewdef('pg_temp.user_ops_body'::regclass) INTO same
	FROM pg_class c WHERE c.oid = relation;
	DROP VIEW pg_temp.user_ops_body;
	RETURN coalesce(same, false);
END $$;
COMMENT ON FUNCTION user_ops_internal.is_defined_as(regclass, text) IS
	'Whether a view has this query, and runs it with the rights of the reader';

CREATE FUNCTION user_ops_internal.in_order_of(relation regclass, body text) RETURNS text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET citus.enable_ddl_propagation = off
AS $$
DECLARE
	there name[] := ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 ORDER BY a.attnum);
	wanted name[];
BEGIN
	EXECUTE 'CREATE TEMPORARY VIEW user_ops_body AS ' || body;
	wanted := ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'pg_temp.user_ops_body'::regclass AND a.attnum > 0 ORDER BY a.attnum);
	DROP VIEW pg_temp.user_ops_body;
	IF there <> wanted[:cardinality(there)] AND there <@ wanted THEN
		RETURN format('SELECT %s FROM (%s) AS v',
					  (SELECT string_agg(format('v.%I', c.name), ', ' ORDER BY array_position(there, c.name), c.place)
					   FROM unnest(wanted) WITH ORDINALITY AS c (name, place)), body);
	END IF;
	RETURN body;
END $$;
COMMENT ON FUNCTION user_ops_internal.in_order_of(regclass, text) IS
	'The query of a view that is to replace another, whose columns stay where they are: new ones come behind them';

CREATE FUNCTION user_ops_internal.make_views(s view_settings, target_schema name, objects name[] DEFAULT NULL) RETURNS text[]
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	made record;
	definition text;
	due text[] := '{}';
BEGIN
	FOR made IN
		SELECT b.*, to_regclass(format('%I.%I', target_schema, b.object)) AS there
		FROM user_ops_internal.view_bodies(s, target_schema, objects) AS b
	LOOP
		definition := CASE WHEN made.is_stored_shape THEN made.body ELSE user_ops_internal.with_plain_types(s, made.body) END;
		IF made.there IS NULL THEN
			EXECUTE format('CREATE VIEW %I.%I WITH (security_invoker = true) AS %s', target_schema, made.object, definition);
		ELSIF NOT user_ops_internal.is_defined_as(made.there, definition) THEN
			definition := user_ops_internal.in_order_of(made.there, definition);
			CONTINUE WHEN user_ops_internal.is_defined_as(made.there, definition);
			due := due || format('CREATE OR REPLACE VIEW %I.%I WITH (security_invoker = true) AS %s', target_schema, made.object, definition);
		END IF;
	END LOOP;
	RETURN due || ARRAY(
		SELECT format('COMMENT ON %s %s%s IS %L',
					  CASE WHEN v.column_name IS NOT NULL THEN 'COLUMN'
						   WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END,
					  c.oid::regclass, coalesce('.' || quote_ident(v.column_name), ''), v.answers)
		FROM user_ops_internal.view_objects(s) AS v
		JOIN pg_class c ON c.relname = v.object AND c.relname = ANY (coalesce(objects, s.made_tables || s.made_views))
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = v.column_name
		WHERE v.answers IS DISTINCT FROM
			CASE WHEN v.column_name IS NULL THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END);
END $$;
COMMENT ON FUNCTION user_ops_internal.make_views(view_settings, name, name[]) IS
	'Makes the views of create_views that are missing, all or some objects; tells the statements that would replace those that differ, for which readers wait, and set the comments';

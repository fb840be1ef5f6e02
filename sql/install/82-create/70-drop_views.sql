-- drop_views.

CREATE FUNCTION drop_views(target_schema name) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 15
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	dropped text[];
BEGIN
	IF NOT user_ops_internal.made_by_create_views(target_schema) THEN
		-- says why
		PERFORM user_ops_internal.view_settings(target_schema);
	END IF;
	PERFORM user_ops_internal.claim_schema(target_schema);
	PERFORM user_ops_internal.take_over_1_0(target_schema);
	SELECT array_agg(format('%I.%I', target_schema, m.object) ORDER BY m.object COLLATE "C") INTO dropped
	FROM user_ops_internal.made_objects(target_schema) AS m;
	PERFORM user_ops_internal.run_patiently(user_ops_internal.drop_statements(target_schema));
	RETURN QUERY SELECT unnest(dropped);
	IF EXISTS (SELECT FROM pg_depend d
			   WHERE d.refclassid = 'pg_namespace'::regclass
				 AND d.refobjid = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = target_schema)
				 AND d.deptype = 'n') THEN
		RAISE NOTICE 'schema "%" is kept: it holds other objects', target_schema;
	ELSE
		EXECUTE format('DROP SCHEMA %I', target_schema);
		RETURN NEXT quote_ident(target_schema);
	END IF;
END $$;
COMMENT ON FUNCTION drop_views(name) IS
	'Views: Drops all that create_views made, and nothing else; the schema too if it is empty then. Tells what it dropped';

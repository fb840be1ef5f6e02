-- Whether what is stored is what the source says.

CREATE FUNCTION verify(target_schema name) RETURNS TABLE (user_id text, difference text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
	s user_ops.view_settings := user_ops.view_settings(target_schema);
	tenant text := CASE WHEN s.tenant IS NOT NULL THEN format('coalesce(a.%1$I, f.%1$I)', s.tenant) END;
BEGIN
	IF NOT s.stored THEN
		RAISE NOTICE 'nothing is stored in "%": its views read the source', target_schema;
		RETURN;
	END IF;
	PERFORM user_ops.check_source(s);
	RETURN QUERY EXECUTE format(
		'SELECT coalesce(a.user_id, f.user_id)::text,
			CASE WHEN a.user_id IS NULL THEN ''in the source, not stored''
				 WHEN f.user_id IS NULL THEN ''stored, not in the source''
				 ELSE ''stored otherwise than in the source'' END%s
		 FROM (SELECT * FROM (%s) AS n WHERE n.rows_read IS NULL) AS f
		 FULL JOIN %I.activity AS a ON %s
		 WHERE %s
		 ORDER BY %scoalesce(a.user_id, f.user_id)',
		coalesce(' || '', tenant '' || ' || tenant || '::text', ''), user_ops.scan_query(s), target_schema,
		user_ops.same_user(s, 'f', 'a'), user_ops.stored_otherwise(s), coalesce(tenant || ', ', ''));
END $$;
COMMENT ON FUNCTION verify(name) IS
	'Compares what a schema made by create_views has stored with a new scan of its source: a row for each user who differs';

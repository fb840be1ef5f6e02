-- Whether what is stored is what the source says.

CREATE FUNCTION verify(target_schema name) RETURNS TABLE (user_id text, difference text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.view_settings(target_schema);
	parts jsonb;
	condition text;
	on_shards boolean;
	before record;
	a user_ops_internal.addon;
	read user_ops_internal.addon_read;
	summed user_ops_internal.addon_sum;
BEGIN
	IF NOT s.stored THEN
		RAISE NOTICE 'nothing is stored in "%": its views read the source', target_schema;
		RETURN;
	END IF;
	PERFORM user_ops_internal.check_trust(target_schema);
	s := user_ops_internal.current_source(s, target_schema);
	PERFORM user_ops_internal.check_fits(s, target_schema);
	PERFORM user_ops_internal.check_source(s);
	parts := user_ops_internal.settings_parts(s) || jsonb_build_object('schema', quote_ident(target_schema),
		'forgetting', user_ops_internal.forgetting(s, target_schema));
	condition := (user_ops_internal.touched_users(s, parts, NULL)).condition;
	on_shards := user_ops_internal.is_stored_on_shards(s, target_schema);
	SELECT l.* INTO before FROM user_ops_internal.last_read(target_schema) AS l;
	RETURN QUERY EXECUTE user_ops_internal.render($query$
		SELECT c.user_id::text,
			CASE WHEN c.was IS NULL THEN 'in the source, not stored'
				 WHEN c.activity IS NULL THEN 'stored, not in the source'
				 ELSE 'stored otherwise than in the source' END{#tenant} || ', tenant ' || {c.tenant}::text{/tenant}
		FROM ({compared}) AS c
		WHERE {differs}
		ORDER BY {c.tenant,} c.user_id$query$, parts, CASE WHEN on_shards
			THEN jsonb_build_object('differs', 'c.differs', 'compared', user_ops_internal.compared_on_shards(parts, kept_before =>
				CASE WHEN s.keep_history THEN format('%L::date', (user_ops_internal.edge_on_shards(parts, before.kept_before)).kept_before) END))
			ELSE jsonb_build_object('differs', 'c.rows_read IS NULL', 'compared', user_ops_internal.compared_query(parts, condition)) END)
	USING NULL, before.first_day, before.kept_before;
	FOREACH a IN ARRAY coalesce(s.addons, '{}') LOOP
		FOR read IN SELECT r.* FROM user_ops_internal.addon_reads(s, a, parts, condition) AS r LOOP
			RETURN QUERY EXECUTE user_ops_internal.render($query$
				SELECT c.user_id::text,
					{table} || CASE WHEN c.was IS NULL THEN ': in the source, not stored'
							   WHEN c.{value} IS NULL THEN ': stored, not in the source'
							   ELSE ': stored otherwise than in the source' END{#tenant} || ', tenant ' || {c.tenant}::text{/tenant}
				FROM ({compared}) AS c
				ORDER BY {c.tenant,} c.user_id$query$, parts, jsonb_build_object(
					'table', quote_literal(read.stored), 'value', quote_ident(read.value), 'compared', CASE WHEN on_shards THEN user_ops_internal.values_on_shards(s, parts, read, user_ops_internal.kept_from(s, read, before.kept_before))
						ELSE user_ops_internal.values_query(s, parts, read, user_ops_internal.kept_from(s, read, before.kept_before)) END));
		END LOOP;
		-- nobody knows any more what rows that stay should be
		FOR summed IN SELECT r.* FROM user_ops_internal.addon_sums(s, a, parts) AS r WHERE r.stays IS NULL LOOP
			RETURN QUERY EXECUTE format($query$
				SELECT NULL::text, %L || ': stored otherwise than worked out now'
				WHERE EXISTS ((SELECT q::text FROM (%s) AS q EXCEPT SELECT k::text FROM %3$s AS k) UNION ALL (SELECT k::text FROM %3$s AS k EXCEPT SELECT q::text FROM (%2$s) AS q))$query$, summed.stored, summed.query, format('%s.%I', parts ->> 'schema', summed.stored));
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION verify(name) IS
	'Views: Compares what a schema made by create_views has stored with a new scan of its source: a row for each user who differs';

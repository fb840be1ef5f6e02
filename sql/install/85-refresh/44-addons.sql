-- What add-ons store, brought up to date: docs/internals/add-ons.md.

CREATE FUNCTION user_ops_internal.values_query(parts jsonb, read addon_read, stored text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN user_ops_internal.render($query$
		SELECT {#tenant}coalesce({f.tenant}, {a.tenant}) AS {tenant_name},{/tenant} coalesce(f.user_id, a.user_id) AS user_id,
			f.{value}, CASE WHEN a.{value} IS NOT NULL THEN true END AS was
		FROM ({query}) AS f
		FULL JOIN {stored} AS a ON {f.user = a.user}
		WHERE f.{value} IS DISTINCT FROM a.{value}$query$, parts, jsonb_build_object(
			'value', quote_ident(read.value), 'query', read.query,
			'stored', coalesce(stored, format('%s.%I', parts ->> 'schema', read.stored))));
END $$;
COMMENT ON FUNCTION user_ops_internal.values_query(jsonb, addon_read, text) IS
	'SQL for the users whose value a table of an add-on has not got as it should be: the value, and was, whether there is one; stored: the stored ones in question, where not all are';

CREATE FUNCTION user_ops_internal.find_values(s view_settings, parts jsonb, read addon_read, touched text, changed_since timestamptz,
		OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	stored text;
BEGIN
	IF changed_since IS NOT NULL THEN
		stored := user_ops_internal.stored_of_touched(parts, format('%s.%I', parts ->> 'schema', read.stored), ARRAY[read.value]);
	END IF;
	EXECUTE user_ops_internal.render('CREATE TEMPORARY TABLE {changes} ON COMMIT DROP AS {touched} SELECT * FROM ({compared}) AS c ORDER BY {by_key}', parts, jsonb_build_object(
		'touched', touched, 'compared', user_ops_internal.values_query(parts, read, stored), 'by_key', CASE WHEN s.tenant IS NULL THEN '1' ELSE '1, 2' END))
	USING changed_since;
	EXECUTE user_ops_internal.render($query$
		SELECT count(*) FILTER (WHERE c.was IS NULL), count(*) FILTER (WHERE c.was AND c.{value} IS NOT NULL), count(*) FILTER (WHERE c.{value} IS NULL)
		FROM {changes} AS c$query$, parts, jsonb_build_object('value', quote_ident(read.value)))
	INTO STRICT added, changed, removed;
END $$;
COMMENT ON FUNCTION user_ops_internal.find_values(view_settings, jsonb, addon_read, text, timestamptz) IS
	'Makes a temporary table of the users whose value differs from what a table of an add-on has; of all users, or of those with a row changed since';

CREATE FUNCTION user_ops_internal.refresh_values(s view_settings, parts jsonb, read addon_read, touched text, changed_since timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	stored regclass := format('%s.%I', parts ->> 'schema', read.stored);
	found record;
	nobody boolean;
BEGIN
	EXECUTE format('SELECT $1 AND NOT EXISTS (SELECT FROM %s)', stored) INTO nobody USING changed_since IS NULL;
	IF nobody THEN
		-- all are new: they need no detour
		EXECUTE format('INSERT INTO %s %s ORDER BY %s', stored, read.query, CASE WHEN s.tenant IS NULL THEN '1' ELSE '1, 2' END);
		PERFORM user_ops_internal.maintain_table(stored, 'ANALYZE %s');
		RETURN;
	END IF;
	SELECT f.* INTO found FROM user_ops_internal.find_values(s, parts, read, touched, changed_since) AS f;
	PERFORM user_ops_internal.write_changes(stored, ARRAY[read.value], parts, found.added, found.changed, found.removed);
	EXECUTE user_ops_internal.render('DROP TABLE {changes}', parts);
	IF found.added + found.changed + found.removed > (SELECT c.reltuples / 10 FROM pg_class c WHERE c.oid = stored) THEN
		PERFORM user_ops_internal.maintain_table(stored, 'ANALYZE %s');
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.refresh_values(view_settings, jsonb, addon_read, text, timestamptz) IS
	'Brings a table of an add-on up to date: only users whose value differs are written';

CREATE FUNCTION user_ops_internal.refresh_addons(s view_settings, target_schema name, parts jsonb, addons addon[], changed_since timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	a user_ops_internal.addon;
	source_read record;
	read user_ops_internal.addon_read;
BEGIN
	SELECT t.* INTO source_read FROM user_ops_internal.touched_users(s, parts, changed_since) AS t;
	FOREACH a IN ARRAY coalesce(addons, '{}') LOOP
		FOR read IN SELECT r.* FROM user_ops_internal.addon_reads(s, a, parts, source_read.condition) AS r LOOP
			PERFORM user_ops_internal.report_progress(target_schema, read.stored);
			PERFORM user_ops_internal.refresh_values(s, parts, read, source_read.touched, changed_since);
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.refresh_addons(view_settings, name, jsonb, addon[], timestamptz) IS
	'Brings what add-ons store up to date; of all users, or of those with a row changed since';

-- What add-ons store, brought up to date: docs/internals/add-ons.md.

CREATE FUNCTION user_ops_internal.kept_from(s view_settings, read addon_read, kept_before date) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN read.own OR NOT s.keep_history THEN NULL
		   WHEN NOT isfinite(kept_before) THEN kept_before::timestamptz
		   ELSE user_ops.day_start(kept_before, coalesce(s.time_zone, 'UTC')) END;
END;
COMMENT ON FUNCTION user_ops_internal.kept_from(view_settings, addon_read, date) IS
	'With keep_history the first moment that is taken from the source, of the first day that is; else, and of what is read from another table, NULL';

CREATE FUNCTION user_ops_internal.new_value(s view_settings, read addon_read, kept_from timestamptz, found text, stored text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN kept_from IS NULL THEN found
		   ELSE user_ops_internal.render('user_ops.merge({between}({stored}, {first}, {kept_from}), {between}({found}, {kept_from}, ''infinity''))', jsonb_build_object(
				'between', read.between, 'found', found, 'stored', stored,
				'first', CASE WHEN s.ignore_before IS NULL THEN '''-infinity''' ELSE format('user_ops.day_start(%L, %L)', to_char(s.ignore_before, 'YYYY-MM-DD'), coalesce(s.time_zone, 'UTC')) END,
				'kept_from', format('%L::timestamptz', to_char(kept_from AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || ' UTC'))) END;
END;
COMMENT ON FUNCTION user_ops_internal.new_value(view_settings, addon_read, timestamptz, text, text) IS
	'SQL for the value that a user should have, of the one found in the source and the stored one, both SQL; kept_from: what lies before stays as it is stored';

CREATE FUNCTION user_ops_internal.values_query(s view_settings, parts jsonb, read addon_read, kept_from timestamptz, stored text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN user_ops_internal.render($query$
		SELECT {n.tenant,} n.user_id, n.{value}, n.was
		FROM (
			SELECT {#tenant}coalesce({f.tenant}, {a.tenant}) AS {tenant_name},{/tenant} coalesce(f.user_id, a.user_id) AS user_id,
				{new} AS {value}, a.{value} AS old, CASE WHEN a.{value} IS NOT NULL THEN true END AS was
			FROM ({query}) AS f
			FULL JOIN {stored} AS a ON {f.user = a.user}
			OFFSET 0) AS n
		WHERE n.{value} IS DISTINCT FROM n.old$query$, parts, jsonb_build_object(
			'value', quote_ident(read.value), 'new', user_ops_internal.new_value(s, read, kept_from, 'f.' || quote_ident(read.value), 'a.' || quote_ident(read.value)), 'query', read.query,
			'stored', coalesce(stored, format('%s.%I', parts ->> 'schema', read.stored))));
END $$;
COMMENT ON FUNCTION user_ops_internal.values_query(view_settings, jsonb, addon_read, timestamptz, text) IS
	'SQL for the users whose value a table of an add-on has not got as it should be: the value, and was, whether there is one; kept_from: what lies before stays as it is stored; stored: the stored ones in question, where not all are';

CREATE FUNCTION user_ops_internal.find_values(s view_settings, parts jsonb, read addon_read, touched text, changed_since timestamptz, kept_from timestamptz,
		OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	stored text;
BEGIN
	IF user_ops_internal.is_given(parts -> 'on_shards') THEN
		EXECUTE user_ops_internal.render('DELETE FROM {changes}', parts);
		EXECUTE user_ops_internal.render('INSERT INTO {changes} ({#tenant}{tenant_name}, {/tenant}user_id, {value}, was) {compared}', parts, jsonb_build_object(
			'value', quote_ident(read.value), 'compared', user_ops_internal.values_on_shards(s, parts, read, kept_from,
				CASE WHEN changed_since IS NULL THEN 'true' ELSE user_ops_internal.changed_on_shards(s, parts, 'a', 'user_id') END)))
		USING changed_since;
	ELSE
		IF changed_since IS NOT NULL THEN
			stored := user_ops_internal.stored_of_touched(parts, format('%s.%I', parts ->> 'schema', read.stored), ARRAY[read.value]);
		END IF;
		EXECUTE user_ops_internal.render('CREATE TEMPORARY TABLE {changes} ON COMMIT DROP AS {touched} SELECT * FROM ({compared}) AS c ORDER BY {by_key}', parts, jsonb_build_object(
			'touched', touched, 'compared', user_ops_internal.values_query(s, parts, read, kept_from, stored), 'by_key', CASE WHEN s.tenant IS NULL THEN '1' ELSE '1, 2' END))
		USING changed_since;
	END IF;
	EXECUTE user_ops_internal.render($query$
		SELECT count(*) FILTER (WHERE c.was IS NULL), count(*) FILTER (WHERE c.was AND c.{value} IS NOT NULL), count(*) FILTER (WHERE c.{value} IS NULL)
		FROM {changes} AS c$query$, parts, jsonb_build_object('value', quote_ident(read.value)))
	INTO STRICT added, changed, removed;
END $$;
COMMENT ON FUNCTION user_ops_internal.find_values(view_settings, jsonb, addon_read, text, timestamptz, timestamptz) IS
	'Makes a temporary table of the users whose value differs from what a table of an add-on has; of all users, or of those with a row changed since';

CREATE FUNCTION user_ops_internal.refresh_values(s view_settings, parts jsonb, read addon_read, touched text, changed_since timestamptz, kept_from timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	stored regclass := format('%s.%I', parts ->> 'schema', read.stored);
	found record;
	nobody boolean;
BEGIN
	EXECUTE format('SELECT $1 AND NOT EXISTS (SELECT 1 FROM %s)', stored) INTO nobody USING changed_since IS NULL;
	IF nobody THEN
		-- all are new: they need no detour
		EXECUTE format('INSERT INTO %s %s', stored, read.query)
			-- what is ordered as a whole is not written where it is
			|| CASE WHEN user_ops_internal.is_given(parts -> 'on_shards') THEN '' WHEN s.tenant IS NULL THEN ' ORDER BY 1' ELSE ' ORDER BY 1, 2' END;
		PERFORM user_ops_internal.maintain_table(stored, 'ANALYZE %s');
		RETURN;
	END IF;
	SELECT f.* INTO found FROM user_ops_internal.find_values(s, parts, read, touched, changed_since, kept_from) AS f;
	PERFORM user_ops_internal.write_changes(stored, ARRAY[read.value], parts, found.added, found.changed, found.removed);
	EXECUTE user_ops_internal.render('{forget} {changes}', parts);
	IF found.added + found.changed + found.removed > (SELECT c.reltuples / 10 FROM pg_class c WHERE c.oid = stored) THEN
		PERFORM user_ops_internal.maintain_table(stored, 'ANALYZE %s');
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.refresh_values(view_settings, jsonb, addon_read, text, timestamptz, timestamptz) IS
	'Brings a table of an add-on up to date: only users whose value differs are written';

CREATE FUNCTION user_ops_internal.keyed_parts(stored regclass) RETURNS jsonb
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'same_key', string_agg(format('n.%1$I = k.%1$I', a.attname), ' AND ' ORDER BY a.attnum) FILTER (WHERE a.attnum = ANY (i.indkey::smallint[])),
		'same_values', coalesce(string_agg(format('n.%1$I IS NOT DISTINCT FROM k.%1$I', a.attname), ' AND ' ORDER BY a.attnum) FILTER (WHERE a.attnum <> ALL (i.indkey::smallint[])), 'true'))
	FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE i.indrelid = stored AND i.indisprimary
	GROUP BY i.indexrelid;
END;
COMMENT ON FUNCTION user_ops_internal.keyed_parts(regclass) IS
	'Parts that compare rows n and k of a table by its primary key, and by what else they have; NULL if it has none';

CREATE FUNCTION user_ops_internal.refresh_sums(parts jsonb, summed addon_sum) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	own_parts CONSTANT jsonb := jsonb_build_object('stored', format('%s.%I', parts ->> 'schema', summed.stored));
	keyed CONSTANT jsonb := CASE WHEN summed.stays IS NULL THEN user_ops_internal.keyed_parts((own_parts ->> 'stored')::regclass) END;
	as_of date;
BEGIN
	EXECUTE user_ops_internal.render('SELECT max(f.as_of) FROM {schema}.fitted AS f', parts) INTO STRICT as_of;
	-- by itself, because what writes to a lasting table does not run in parallel
	EXECUTE user_ops_internal.render('CREATE TEMPORARY TABLE addon_sums ON COMMIT DROP AS {query}', parts, jsonb_build_object('query', summed.query));
	IF keyed IS NOT NULL THEN
		-- what is as it was stays where it is
		EXECUTE user_ops_internal.render('DELETE FROM {stored} AS k WHERE NOT EXISTS (SELECT FROM pg_temp.addon_sums AS n WHERE {same_key} AND {same_values})', parts || own_parts || keyed);
		EXECUTE user_ops_internal.render('INSERT INTO {stored} SELECT n.* FROM pg_temp.addon_sums AS n WHERE NOT EXISTS (SELECT FROM {stored} AS k WHERE {same_key})', parts || own_parts || keyed);
	ELSE
		EXECUTE user_ops_internal.render('DELETE FROM {stored} AS k WHERE ({stays}) IS NOT TRUE', parts || own_parts, jsonb_build_object('stays', coalesce(summed.stays, '$1 IS NULL')))
		USING as_of;
		EXECUTE user_ops_internal.render('INSERT INTO {stored} SELECT * FROM pg_temp.addon_sums', parts || own_parts);
	END IF;
	DROP TABLE pg_temp.addon_sums;
END $$;
COMMENT ON FUNCTION user_ops_internal.refresh_sums(jsonb, addon_sum) IS
	'Writes a table of an add-on anew, but for the rows that stay; of one with a primary key only the rows that differ';

CREATE FUNCTION user_ops_internal.check_own_tables(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	s.addons := ARRAY(SELECT a FROM unnest(s.addons) AS a WHERE (user_ops_internal.kind_of(a)).own);
	PERFORM user_ops_internal.check_addons(s, target_schema);
END $$;
COMMENT ON FUNCTION user_ops_internal.check_own_tables(view_settings, name) IS
	'Errors, with a hint, for add-ons whose own tables have changed so that they cannot be read any more; nobody else sees when columns or policies of these change';

CREATE FUNCTION user_ops_internal.refresh_addons(s view_settings, target_schema name, parts jsonb, addons addon[], changed_since timestamptz, kept_before date) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	a user_ops_internal.addon;
	source_read record;
	read user_ops_internal.addon_read;
	summed user_ops_internal.addon_sum;
BEGIN
	SELECT t.* INTO source_read FROM user_ops_internal.touched_users(s, parts, changed_since) AS t;
	IF user_ops_internal.is_given(parts -> 'on_shards') THEN
		parts := parts || jsonb_build_object('changes', format('%I.journey_changes', target_schema), 'due', 'true');
	END IF;
	FOREACH a IN ARRAY coalesce(addons, '{}') LOOP
		FOR read IN SELECT r.* FROM user_ops_internal.addon_reads(s, a, parts, source_read.condition) AS r LOOP
			PERFORM user_ops_internal.report_progress(target_schema, read.stored);
			-- who has a row in the source says nothing about another table
			PERFORM user_ops_internal.refresh_values(s, parts, read, CASE WHEN read.own THEN '' ELSE source_read.touched END, CASE WHEN NOT read.own THEN changed_since END,
				user_ops_internal.kept_from(s, read, kept_before));
		END LOOP;
		FOR summed IN SELECT r.* FROM user_ops_internal.addon_sums(s, a, parts) AS r LOOP
			PERFORM user_ops_internal.report_progress(target_schema, summed.stored);
			PERFORM user_ops_internal.refresh_sums(parts, summed);
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.refresh_addons(view_settings, name, jsonb, addon[], timestamptz, date) IS
	'Brings what add-ons store up to date; of all users, or of those with a row changed since; kept_before: with keep_history the first day that is taken from the source';

CREATE FUNCTION user_ops_internal.check_kept_values(s view_settings, parts jsonb, a addon, kept_before date) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	read user_ops_internal.addon_read;
	kept boolean;
BEGIN
	FOR read IN SELECT r.* FROM user_ops_internal.addon_reads(s, a, parts) AS r WHERE s.keep_history AND user_ops_internal.kept_from(s, r, kept_before) IS NOT NULL LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s.%I AS a WHERE %s(a.%I, ''-infinity'', $1) IS NOT NULL)', parts ->> 'schema', read.stored, read.between, read.value)
		INTO kept USING user_ops_internal.kept_from(s, read, kept_before);
		IF kept THEN
			RAISE EXCEPTION 'events before % are stored in "%" and not in the source: they cannot be read in another way', to_char(kept_before, 'YYYY-MM-DD'), read.stored
				USING ERRCODE = 'object_not_in_prerequisite_state',
					  HINT = 'Leave the arguments as they are; or drop the add-on first, which forgets these events; or give another target_schema.';
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_kept_values(view_settings, jsonb, addon, date) IS
	'An error, with a hint, if what keep_history keeps of an add-on would be lost by other arguments';

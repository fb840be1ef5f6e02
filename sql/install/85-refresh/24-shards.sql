-- What a refresh finds where the source and what is stored are on shards of Citus.  There
-- a FULL JOIN gives no column to distribute by; so both sides are stacked and
-- grouped by user, in one scan of the source.

CREATE FUNCTION user_ops_internal.changed_on_shards(s view_settings, parts jsonb, alias text, user_column text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render('EXISTS (SELECT 1 FROM {source} AS t WHERE {same_user}{#tenant} AND {t.tenant = ' || alias || '.tenant}{/tenant} AND t.{changed_at} >= {since})', parts, jsonb_build_object(
		'same_user', user_ops_internal.same_value(s.source, s.user_id, 'user_id', 't.' || quote_ident(s.user_id), alias || '.' || user_column),
		'changed_at', quote_ident(s.changed_at), 'since', user_ops_internal.changed_since_expression(s, '$1')));
END;
COMMENT ON FUNCTION user_ops_internal.changed_on_shards(view_settings, jsonb, text, text) IS
	'SQL for: the user of a row of this alias has a row changed since a moment, $1';

CREATE FUNCTION user_ops_internal.compared_on_shards(parts jsonb, condition text DEFAULT 'true', stored_condition text DEFAULT 'true', kept_before text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	-- one of each kind for each column of first_values: {column} in the source and stored
	of_each CONSTANT text := '(array_agg(x.{column}) FILTER (WHERE NOT x.is_stored))[1] AS found_{place}, (array_agg(x.{column}) FILTER (WHERE x.is_stored))[1] AS stored_{place}';
	of_first_values jsonb := (
		SELECT jsonb_build_object(
			'picked', coalesce(string_agg(', ' || user_ops_internal.render(of_each, jsonb_build_object('column', c.part -> 'name', 'place', c.place)), '' ORDER BY c.place), ''),
			'carried', coalesce(string_agg(format(', b.found_%s, b.stored_%1$s', c.place), '' ORDER BY c.place), ''),
			'found_row', string_agg('k.found_' || c.place, ', ' ORDER BY c.place), 'stored_row', string_agg('k.stored_' || c.place, ', ' ORDER BY c.place),
			'chosen', coalesce(string_agg(format(', CASE WHEN k.kept IS NULL THEN k.found_%s ELSE k.stored_%1$s END AS %s', c.place, c.part ->> 'name'), '' ORDER BY c.place), ''))
		FROM jsonb_array_elements(parts -> 'first_values') WITH ORDINALITY AS c (part, place));
BEGIN
	RETURN user_ops_internal.render($query$
		SELECT {g.tenant,} g.user_id, g.activity, g.was{, g.first_values}, g.differs, g.rows_read, g.reasons
		FROM (
			SELECT {d.tenant,} d.user_id, d.activity, d.was{, d.first_values}, d.rows_read, d.reasons,
				(d.activity IS NULL) <> (d.was IS NULL) OR coalesce(d.activity OPERATOR(user_ops.<>) d.was, false) OR d.other_columns AS differs
			FROM (
				SELECT {k.tenant,} k.user_id, {activity} AS activity, k.was{chosen}, k.rows_read, k.reasons,
					{#first_values}k.found IS NOT NULL AND k.was IS NOT NULL AND k.kept IS NULL AND ({found_row}) IS DISTINCT FROM ({stored_row}){/first_values}{^first_values}false{/first_values} AS other_columns
				FROM (
					SELECT {b.tenant,} b.user_id, b.found, b.was{carried}, b.rows_read, b.reasons, {kept} AS kept
					FROM (
						SELECT {x.tenant,} x.user_id,
							(array_agg(x.activity) FILTER (WHERE NOT x.is_stored))[1] AS found,
							(array_agg(x.activity) FILTER (WHERE x.is_stored))[1] AS was{picked},
							sum(x.rows_read)::bigint AS rows_read,
							(array_agg(x.reasons) FILTER (WHERE NOT x.is_stored))[1] AS reasons
						FROM (
							SELECT {q.tenant,} q.user_id, CASE WHEN {q.tenant IS NOT NULL AND} q.user_id IS NOT NULL THEN q.activity END AS activity{, q.first_values},
								q.rows_read, q.reasons, false AS is_stored
							FROM ({activity_query}) AS q
							UNION ALL
							SELECT {a.tenant,} a.user_id, a.activity{, a.first_values}, NULL::bigint, NULL::user_ops.left_out_counts, true
							FROM {schema}.activity AS a
							WHERE {stored_condition}) AS x
						GROUP BY {x.tenant,} x.user_id) AS b) AS k) AS d) AS g
		WHERE g.differs OR {all_read} OR user_ops_internal.left_out_rows(g.reasons) > 0$query$, parts, of_first_values || jsonb_build_object(
			'activity_query', user_ops_internal.activity_query(parts, condition), 'stored_condition', stored_condition,
			'all_read', CASE WHEN condition = 'true' AND kept_before IS NULL THEN 'false' ELSE 'g.rows_read > 0' END,
			'activity', CASE WHEN kept_before IS NULL THEN 'k.found' ELSE format('user_ops.merge(k.kept, user_ops.activity_between(k.found, %s, ''infinity''))', kept_before) END,
			'kept', CASE WHEN kept_before IS NULL THEN 'NULL::user_ops.activity'
					ELSE format('user_ops.activity_between(b.was, least(%s, %s), %2$s)', parts ->> 'ignore_before', kept_before) END));
END $$;
COMMENT ON FUNCTION user_ops_internal.compared_on_shards(jsonb, text, text, text) IS
	'SQL for the users who are not stored as they should be, as they should be and as they were, and for those with rows that do not count, by one scan of the source where that is; condition: over a row e, stored_condition: over one a of activity; kept_before: SQL for the first day that is taken from the source, then with all users';

CREATE FUNCTION user_ops_internal.edge_on_shards(parts jsonb, last_kept_before date, OUT first_day date, OUT kept_before date)
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	upto date;
	of_source bigint;
	of_stored bigint;
BEGIN
	-- as edge_query has it, with the days as literals
	EXECUTE user_ops_internal.render('SELECT min(user_ops.first_day(f.activity, ''infinity'')) FROM ({found}) AS f WHERE f.user_id IS NOT NULL', parts,
		jsonb_build_object('found', user_ops_internal.activity_query(parts))) INTO first_day;
	upto := greatest(first_day + 1, last_kept_before);
	EXECUTE user_ops_internal.render('SELECT sum(user_ops.events(f.activity, $1)) FROM ({found}) AS f WHERE f.user_id IS NOT NULL', parts,
		jsonb_build_object('found', user_ops_internal.activity_query(parts))) INTO of_source USING upto;
	EXECUTE user_ops_internal.render('SELECT sum(user_ops.events(a.activity, $1) - user_ops.events(a.activity, $2)) FROM {schema}.activity AS a', parts)
	INTO of_stored USING upto, first_day;
	kept_before := CASE WHEN first_day IS NULL THEN 'infinity' WHEN of_source < of_stored THEN upto ELSE first_day END;
END $$;
COMMENT ON FUNCTION user_ops_internal.edge_on_shards(jsonb, date) IS
	'With keep_history the first day that the source has, and the first that is taken from it, by two scans; last_kept_before: what that was before';

CREATE FUNCTION user_ops_internal.find_changes_on_shards(s view_settings, target_schema name, parts jsonb, changed_since timestamptz,
		OUT rows_read bigint, OUT left_out bigint, OUT reasons bigint[], OUT added bigint, OUT changed bigint, OUT removed bigint,
		OUT first_day date, OUT kept_before date)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	before record;
	condition text := 'true';
	stored_condition text := 'true';
	kept text;
BEGIN
	SELECT l.* INTO before FROM user_ops_internal.last_read(target_schema) AS l;
	IF s.keep_history AND changed_since IS NULL THEN
		SELECT e.* INTO first_day, kept_before FROM user_ops_internal.edge_on_shards(parts, before.kept_before) AS e;
	ELSIF s.keep_history THEN
		EXECUTE user_ops_internal.first_day_query(parts) INTO first_day;
		-- another first day than before: only all rows can tell
		kept_before := CASE WHEN first_day = before.first_day THEN before.kept_before END;
	END IF;
	IF s.keep_history THEN
		kept := format('%L::date', coalesce(kept_before, '-infinity'));
	END IF;
	IF changed_since IS NOT NULL THEN
		condition := user_ops_internal.changed_on_shards(s, parts, 'e', quote_ident(s.user_id));
		stored_condition := user_ops_internal.changed_on_shards(s, parts, 'a', 'user_id');
	END IF;
	EXECUTE user_ops_internal.render('DELETE FROM {changes}', parts);
	EXECUTE user_ops_internal.render('INSERT INTO {changes} ({#tenant}{tenant_name}, {/tenant}user_id, activity, was{first_names}, differs, rows_read, reasons) {compared}', parts, jsonb_build_object(
		'first_names', (SELECT coalesce(string_agg(', ' || (c.part ->> 'name'), '' ORDER BY c.place), '') FROM jsonb_array_elements(parts -> 'first_values') WITH ORDINALITY AS c (part, place)),
		'compared', user_ops_internal.compared_on_shards(parts, condition, stored_condition, kept)))
	USING changed_since;
	EXECUTE user_ops_internal.render($query$
		SELECT coalesce(sum(c.rows_read), 0)::bigint,
			count(*) FILTER (WHERE c.differs AND c.was IS NULL),
			count(*) FILTER (WHERE c.differs AND c.was IS NOT NULL AND c.activity IS NOT NULL),
			count(*) FILTER (WHERE c.differs AND c.activity IS NULL), user_ops_internal.left_out_array({reasons})
		FROM {changes} AS c$query$, parts, jsonb_build_object('reasons', user_ops_internal.left_out_sum('c.reasons')))
	INTO STRICT rows_read, added, changed, removed, reasons;
	left_out := (SELECT sum(r) FROM unnest(reasons) AS r);
	IF changed_since IS NULL AND NOT s.keep_history THEN
		-- each event that counts is of an activity, as it is or as it will be
		EXECUTE user_ops_internal.render($query$
			SELECT $1 + coalesce((SELECT sum(user_ops.events(a.activity, 'infinity')) FROM {schema}.activity AS a), 0)
				+ coalesce((SELECT sum(coalesce(user_ops.events(c.activity, 'infinity'), 0) - coalesce(user_ops.events(c.was, 'infinity'), 0)) FROM {changes} AS c WHERE c.differs), 0)$query$, parts)
		INTO rows_read USING left_out;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.find_changes_on_shards(view_settings, name, jsonb, timestamptz) IS
	'What find_changes does, on the shards: what it finds stays there';

CREATE FUNCTION user_ops_internal.values_on_shards(s view_settings, parts jsonb, read addon_read, kept_from timestamptz, stored_condition text DEFAULT 'true') RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN user_ops_internal.render($query$
		SELECT {n.tenant,} n.user_id, n.{value}, CASE WHEN n.old IS NOT NULL THEN true END AS was
		FROM (
			SELECT {b.tenant,} b.user_id, {new} AS {value}, b.old
			FROM (
				SELECT {x.tenant,} x.user_id, (array_agg(x.{value}) FILTER (WHERE NOT x.is_stored))[1] AS found,
					(array_agg(x.{value}) FILTER (WHERE x.is_stored))[1] AS old
				FROM (
					SELECT {q.tenant,} q.user_id, q.{value}, false AS is_stored FROM ({query}) AS q
					UNION ALL
					SELECT {a.tenant,} a.user_id, a.{value}, true FROM {stored} AS a WHERE {stored_condition}) AS x
				GROUP BY {x.tenant,} x.user_id) AS b) AS n
		WHERE (n.{value} IS NULL) <> (n.old IS NULL) OR n.{value} OPERATOR(user_ops.<>) n.old$query$, parts, jsonb_build_object(
			'value', quote_ident(read.value), 'query', read.query, 'stored', format('%s.%I', parts ->> 'schema', read.stored), 'stored_condition', stored_condition,
			'new', user_ops_internal.new_value(s, read, kept_from, 'b.found', 'b.old')));
END $$;
COMMENT ON FUNCTION user_ops_internal.values_on_shards(view_settings, jsonb, addon_read, timestamptz, text) IS
	'What values_query does, on the shards; stored_condition: over a row a of the stored table';

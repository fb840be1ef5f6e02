-- All views, and what of them create_views makes with given settings.

CREATE FUNCTION user_ops_internal.view_definitions() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 ROWS 24
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- in this order create_views lists them, and a view stands behind those it reads
	SELECT * FROM user_ops_internal.users_views()
	UNION ALL SELECT * FROM user_ops_internal.retention_views()
	UNION ALL SELECT * FROM user_ops_internal.lifecycle_views()
	UNION ALL SELECT * FROM user_ops_internal.engagement_views()
	UNION ALL SELECT * FROM user_ops_internal.value_views()
	UNION ALL SELECT * FROM user_ops_internal.model_views()
	UNION ALL SELECT * FROM user_ops_internal.stored_views()
	UNION ALL SELECT * FROM user_ops_internal.history_views();
END;
COMMENT ON FUNCTION user_ops_internal.view_definitions() IS
	'All that create_views can make, with tables behind it: a row for each view';

CREATE FUNCTION user_ops_internal.label_parts(language text) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_object_agg(l.label, user_ops.translate_label(l.label, language))
	FROM unnest('{no_purchase,none,introduction,growth,mature,sleeping,lost,new,returning,resurrected,dormant,inactive}'::text[]) AS l (label);
END;
COMMENT ON FUNCTION user_ops_internal.label_parts(text) IS
	'Parts of templates that say a label in a language';

CREATE FUNCTION view_catalog()
	RETURNS TABLE (object text, column_name text, answers text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 ROWS 300
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render(d.object, p.parts), c.name, user_ops_internal.render(c.answers, p.parts)
	FROM user_ops_internal.view_definitions() WITH ORDINALITY AS d (object, answers, columns, body, storage, flags, periods, labels, place)
	CROSS JOIN LATERAL (
		SELECT user_ops_internal.label_parts('english') || jsonb_build_object('period', p.period) AS parts, p.place
		FROM unnest(coalesce(d.periods, '{NULL}')) WITH ORDINALITY AS p (period, place)) AS p
	CROSS JOIN LATERAL (
		SELECT NULL AS name, d.answers, 0 AS place
		UNION ALL
		SELECT d.columns[i][1], d.columns[i][2], i FROM generate_subscripts(d.columns, 1) AS i) AS c
	ORDER BY d.place, p.place, c.place;
END;
COMMENT ON FUNCTION view_catalog() IS
	'Views: What create_views makes: each object and column with what it answers';

CREATE FUNCTION user_ops_internal.wanted_views(s view_settings)
	RETURNS TABLE (object text, definition view_definition, period text, broken_by name, addons addon[], is_table boolean, place bigint)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 40
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT replace(d.object, '{period}', coalesce(p.period, '')) || coalesce('_by_' || b.name, ''),
		   (d.object, d.answers, d.columns, d.body, d.storage, d.flags, d.periods, d.labels)::user_ops_internal.view_definition,
		   p.period, b.name, NULL::user_ops_internal.addon[], s.stored AND d.storage IS NOT NULL,
		   row_number() OVER (ORDER BY d.place, p.place, b.place)
	FROM user_ops_internal.view_definitions() WITH ORDINALITY AS d (object, answers, columns, body, storage, flags, periods, labels, place)
	CROSS JOIN LATERAL unnest(coalesce(d.periods, '{NULL}')) WITH ORDINALITY AS p (period, place)
	CROSS JOIN LATERAL (
		SELECT NULL::name AS name, 0 AS place
		UNION ALL
		SELECT b.name, b.place FROM unnest(s.breakdown) WITH ORDINALITY AS b (name, place) WHERE 'breakdown' = ANY (d.flags)) AS b
	WHERE (s.stored OR 'stored' <> ALL (d.flags)) AND (s.rfm_ntile OR 'rfm_ntile' <> ALL (d.flags))
	UNION ALL
	SELECT a.object, a.definition, NULL, NULL, a.addons, s.stored AND (a.definition).storage IS NOT NULL, a.place
	FROM user_ops_internal.addon_objects(s) AS a
	UNION ALL
	SELECT d.object, (d.object, d.answers, d.columns, d.body, d.storage, d.flags, d.periods, d.labels)::user_ops_internal.view_definition,
		   NULL, NULL, NULL, true, 900 + d.place
	FROM user_ops_internal.shard_definitions() WITH ORDINALITY AS d (object, answers, columns, body, storage, flags, periods, labels, place)
	WHERE s.stored AND s.spread IN ('user', 'tenant') AND (s.tenant IS NOT NULL OR 'tenant' <> ALL (d.flags))
	ORDER BY 7;
END;
COMMENT ON FUNCTION user_ops_internal.wanted_views(view_settings) IS
	'What create_views makes with these settings: each view or table with its definition, its period, and the column it is a breakdown by; or the add-ons that it is of';

CREATE FUNCTION user_ops_internal.with_made(s view_settings) RETURNS view_settings
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	SELECT array_agg(w.object ORDER BY w.place) FILTER (WHERE NOT w.is_table), coalesce(array_agg(w.object ORDER BY w.place) FILTER (WHERE w.is_table), '{}')
	INTO s.made_views, s.made_tables
	FROM user_ops_internal.wanted_views(s) AS w;
	RETURN s;
END $$;
COMMENT ON FUNCTION user_ops_internal.with_made(view_settings) IS
	'Settings with the names of all that is made with them';

CREATE FUNCTION user_ops_internal.view_objects(s view_settings)
	RETURNS TABLE (object text, column_name text, answers text)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 300
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT w.object, c.name, c.answers
	FROM user_ops_internal.wanted_views(s) AS w
	CROSS JOIN LATERAL (
		SELECT user_ops_internal.label_parts(coalesce(s.labels, 'english')) || jsonb_build_object('period', w.period, 'addon', (w.addons[1]).name) AS parts) AS p
	CROSS JOIN LATERAL (
		SELECT NULL AS name, user_ops_internal.render((w.definition).answers, p.parts)
			|| CASE WHEN w.broken_by IS NULL THEN '' ELSE format('; split by %s of the user''s first event', w.broken_by) END AS answers
		UNION ALL
		SELECT (w.definition).columns[i][1], user_ops_internal.render((w.definition).columns[i][2], p.parts)
		FROM generate_subscripts((w.definition).columns, 1) AS i
		UNION ALL
		SELECT s.tenant, 'The tenant, as in the source'
		WHERE s.tenant IS NOT NULL AND 'all_tenants' <> ALL ((w.definition).flags)
		UNION ALL
		SELECT f.name, format('The user''s first event: its %s, as in the source', f.name)
		FROM unnest(s.first_values) AS f (name)
		WHERE 'first_values' = ANY ((w.definition).flags) OR f.name = w.broken_by) AS c
	ORDER BY w.place;
END;
COMMENT ON FUNCTION user_ops_internal.view_objects(view_settings) IS
	'What create_views makes with these settings: each object and column with what it answers';

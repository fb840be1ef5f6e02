-- Add-ons of a schema: their hooks called, and what is made of them.

CREATE FUNCTION user_ops_internal.kind_of(a addon) RETURNS addon_kind
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT k FROM user_ops_internal.addon_kinds() AS k WHERE (k).kind = (a).kind;
END;
COMMENT ON FUNCTION user_ops_internal.kind_of(addon) IS 'The kind of an add-on';

CREATE FUNCTION user_ops_internal.addon_definitions(kinds text[] DEFAULT NULL) RETURNS TABLE (kind text, definition view_definition, place bigint)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	k record;
BEGIN
	FOR k IN SELECT a.kind, a.views, row_number() OVER () AS place FROM user_ops_internal.addon_kinds() AS a LOOP
		CONTINUE WHEN NOT k.kind = ANY (kinds);
		RETURN QUERY EXECUTE format('SELECT $1, v, 1000 * $2 + row_number() OVER () FROM user_ops_internal.%I() AS v', k.views)
		USING k.kind, k.place;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.addon_definitions(text[]) IS
	'What add-ons can make, those of some kinds, or all: a row for each view, with the kind of add-ons that make it';

CREATE FUNCTION user_ops_internal.addon_objects(s view_settings) RETURNS TABLE (object text, definition view_definition, addons addon[], place bigint)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT o.object, (array_agg(o.definition))[1], array_agg(o.addon ORDER BY (o.addon).name COLLATE "C"), o.place
	FROM (SELECT user_ops_internal.render((d.definition).object, a.settings || jsonb_build_object('addon', a.name)) AS object,
				 d.definition, a AS addon, d.place
		  FROM unnest(s.addons) AS a JOIN user_ops_internal.addon_definitions(ARRAY(SELECT n.kind FROM unnest(s.addons) AS n)) AS d ON d.kind = a.kind) AS o
	WHERE o.object <> '' AND (s.stored OR 'stored' <> ALL ((o.definition).flags))
	GROUP BY o.place, o.object;
END;
COMMENT ON FUNCTION user_ops_internal.addon_objects(view_settings) IS
	'The views and tables that the add-ons of a schema make: each with its definition and the add-ons that share it';

CREATE FUNCTION user_ops_internal.addon_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	own jsonb;
BEGIN
	EXECUTE format('SELECT user_ops_internal.%I($1, $2, $3)', (user_ops_internal.kind_of(a)).parts) INTO own USING s, a, parts;
	RETURN parts || own || jsonb_build_object('name', quote_literal(a.name) || '::text');
END $$;
COMMENT ON FUNCTION user_ops_internal.addon_parts(view_settings, addon, jsonb) IS
	'The parts of views with those of one add-on';

CREATE FUNCTION user_ops_internal.observed_to(s view_settings, parts jsonb) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- a refresh has just written it
	SELECT CASE WHEN s.stored THEN user_ops_internal.render('(SELECT max(f.as_of) AS as_of FROM {schema}.fitted AS f)', parts) ELSE parts ->> 'as_of' END;
END;
COMMENT ON FUNCTION user_ops_internal.observed_to(view_settings, jsonb) IS
	'SQL for the first day not observed, common to all tenants, in views of add-ons and in what fills their tables';

CREATE FUNCTION user_ops_internal.addon_body(s view_settings, definition view_definition, addons addon[], parts jsonb) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT string_agg(user_ops_internal.render(definition.body, user_ops_internal.addon_parts(s, addons[i], parts)), ' UNION ALL ' ORDER BY i)
	FROM generate_subscripts(addons, 1) AS i;
END;
COMMENT ON FUNCTION user_ops_internal.addon_body(view_settings, view_definition, addon[], jsonb) IS
	'The query of a view that add-ons share: of each one what the definition says';

CREATE FUNCTION user_ops_internal.addon_reads(s view_settings, a addon, parts jsonb, condition text DEFAULT 'true') RETURNS SETOF addon_read
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	hook name := (user_ops_internal.kind_of(a)).reads;
BEGIN
	IF hook IS NOT NULL THEN
		RETURN QUERY EXECUTE format('SELECT r.* FROM user_ops_internal.%I($1, $2, $3, $4) AS r', hook) USING s, a, parts, condition;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.addon_reads(view_settings, addon, jsonb, text) IS
	'How the tables of an add-on are filled; condition: over a row e of the source';

CREATE FUNCTION user_ops_internal.addon_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	hook name := (user_ops_internal.kind_of(a)).sums;
BEGIN
	IF hook IS NOT NULL THEN
		RETURN QUERY EXECUTE format('SELECT r.* FROM user_ops_internal.%I($1, $2, $3) AS r', hook) USING s, a, parts;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.addon_sums(view_settings, addon, jsonb) IS
	'How the tables of an add-on that are about all users are written, in this order';

CREATE FUNCTION user_ops_internal.find_addon(s view_settings, kind text, name text) RETURNS addon
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT a FROM unnest(s.addons) AS a WHERE a.kind = find_addon.kind AND a.name = find_addon.name;
END;
COMMENT ON FUNCTION user_ops_internal.find_addon(view_settings, text, text) IS 'The add-on of this kind and name; NULL if there is none';

CREATE FUNCTION user_ops_internal.check_addon_columns(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF s.tenant IN (SELECT (d.definition).columns[i][1] FROM user_ops_internal.addon_definitions(ARRAY[(a).kind]) AS d CROSS JOIN LATERAL generate_subscripts((d.definition).columns, 1) AS i
					-- and what generated SQL calls its own
					UNION ALL SELECT unnest('{was,old,found,scan,funnel,before,behind,times,paths,edges,duration,single_events,total,place,left_over}'::text[])
					UNION ALL SELECT unnest((user_ops_internal.kind_of(a)).taken))
	   OR a.kind IN ('experiment', 'survey') AND s.tenant ~ '^value_[0-9]+$' THEN
		RAISE EXCEPTION 'the views of % use the column name "%" themselves', a.kind, s.tenant
			USING ERRCODE = 'duplicate_column',
				  HINT = 'Give create_views a view as the source, in which the tenant column has another name.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_addon_columns(view_settings, addon) IS
	'42701, with a hint, if the views of an add-on have a column that is called like the tenant''s';

CREATE FUNCTION user_ops_internal.check_addons(s view_settings, target_schema name, being_made addon[] DEFAULT '{}') RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	a user_ops_internal.addon;
	code text;
	message text;
	details text;
	advice text;
BEGIN
	FOREACH a IN ARRAY coalesce(s.addons, '{}') LOOP
		BEGIN
			PERFORM user_ops_internal.check_addon_columns(s, a);
			EXECUTE format('SELECT user_ops_internal.%I($1, $2)', (user_ops_internal.kind_of(a)).checks) USING s, a;
		EXCEPTION WHEN OTHERS THEN
			IF EXISTS (SELECT FROM unnest(being_made) AS b WHERE b.kind = a.kind AND b.name = a.name) THEN
				RAISE;
			END IF;
			GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, details = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
			RAISE EXCEPTION 'the add-on % of "%" cannot be made any more: %', concat_ws(' ', a.kind, '"' || nullif(a.name, a.kind) || '"'), target_schema, message
				USING ERRCODE = code,
					  DETAIL = concat_ws(' ', nullif(details, ''), format('It was made with %s.', jsonb_strip_nulls(a.settings))),
					  HINT = concat_ws(' ', nullif(advice, ''), format('Or drop the add-on first: SELECT user_ops.drop_addon(%s);',
										concat_ws(', ', quote_literal(target_schema), quote_literal(a.kind), quote_literal(nullif(a.name, a.kind)))));
		END;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_addons(view_settings, name, addon[]) IS
	'Errors, with a hint, for add-ons that cannot be made with these settings; of those that are not being made now it says that they can be dropped';

CREATE FUNCTION addon_catalog()
	RETURNS TABLE (kind text, object text, column_name text, answers text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT d.kind, regexp_replace(replace((d.definition).object, '{addon}', 'NAME'), '[{][#/^][a-z_]+[}]', '', 'g'), c.name, c.answers
	FROM user_ops_internal.addon_definitions() AS d
	CROSS JOIN LATERAL (
		SELECT NULL AS name, (d.definition).answers, 0 AS place
		UNION ALL
		SELECT (d.definition).columns[i][1], (d.definition).columns[i][2], i FROM generate_subscripts((d.definition).columns, 1) AS i) AS c
	ORDER BY d.place, c.place;
END;
COMMENT ON FUNCTION addon_catalog() IS
	'Views: What add-ons of a schema make: each object and column with what it answers; NAME stands for that of the add-on';

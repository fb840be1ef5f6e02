-- What create_views was asked for, kept in the target schema's table settings.

CREATE TYPE view_settings AS (
	source regclass,
	user_id name,
	event_time name,
	amount name,
	time_zone text,
	source_time_zone text,
	week_start text,
	as_of date,
	horizon_days integer,
	max_days integer,
	max_weeks integer,
	max_months integer,
	stored boolean,
	lost_days integer,
	sleep_days integer,
	rfm_bins integer,
	rfm_recency integer[],
	rfm_frequency bigint[],
	rfm_monetary numeric[],
	rfm_ntile boolean,
	segment8_labels text[],
	changed_at name,
	changed_overlap interval,
	history_days integer,
	purchase_model text,
	tenant name,
	first_values name[],
	breakdown name[],
	labels text,
	amount_decimals integer,
	ignore_before date,
	keep_history boolean,
	source_name text,
	made_tables name[],
	made_views name[]
);
COMMENT ON TYPE view_settings IS 'The arguments of create_views, as the table settings of its schema keeps them, and what was made';

CREATE FUNCTION qualified_name(relation regclass) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('%I.%I', n.nspname, c.relname)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation;
END;
COMMENT ON FUNCTION qualified_name(regclass) IS 'The name of a relation with its schema, quoted, whatever the search_path';

CREATE FUNCTION view_settings(target_schema name) RETURNS view_settings
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	s user_ops.view_settings;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = target_schema) THEN
		RAISE EXCEPTION 'schema "%" does not exist', target_schema
			USING ERRCODE = 'invalid_schema_name',
				  HINT = 'Make it with user_ops.create_views(source, user_id, event_time).';
	END IF;
	IF NOT user_ops.made_by_create_views(target_schema) THEN
		RAISE EXCEPTION 'schema "%" was not made by create_views', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Give a schema that user_ops.create_views made.';
	END IF;
	EXECUTE format('SELECT * FROM %I.settings', target_schema) INTO s;
	IF s.source IS NULL THEN
		-- a table that took the place of the one before while this statement waited is not in its snapshot
		IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass(format('%I.settings', target_schema))) THEN
			RAISE EXCEPTION 'schema "%" was made anew meanwhile', target_schema
				USING ERRCODE = 'serialization_failure',
					  HINT = 'Run the statement again, in a new transaction.';
		END IF;
		RAISE EXCEPTION 'schema "%" has lost its settings', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Call user_ops.create_views again with the arguments it was made with: what is stored stays.';
	END IF;
	RETURN s;
END $$;
COMMENT ON FUNCTION view_settings(name) IS
	'The settings of a schema made by create_views; 3F000 or 55000 if it is none, or has lost them, 40001 if it was made anew meanwhile';

CREATE FUNCTION made_by_create_views(target_schema name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = target_schema AND c.relname = 'settings'
		  AND c.reloftype = 'user_ops.view_settings'::regtype);
END;
COMMENT ON FUNCTION made_by_create_views(name) IS 'Whether a schema was made by create_views';

CREATE FUNCTION base_type(type regtype) RETURNS regtype
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE domains (made_of) AS (
		SELECT type::oid
		UNION ALL
		SELECT t.typbasetype FROM domains JOIN pg_type t ON t.oid = domains.made_of WHERE t.typtype = 'd'
	)
	SELECT d.made_of::regtype FROM domains AS d JOIN pg_type t ON t.oid = d.made_of WHERE t.typtype <> 'd';
END;
COMMENT ON FUNCTION base_type(regtype) IS 'What a domain is made of; any other type as it is';

CREATE FUNCTION equality_operator(type regtype) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the type's own, not the one a search_path finds: citext is not text
	SELECT format('OPERATOR(%I.%s)', coalesce(max(n.nspname), 'pg_catalog'), coalesce(max(o.oprname), '='))
	FROM pg_opclass c
	JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
	JOIN pg_amop p ON p.amopfamily = c.opcfamily AND p.amoplefttype = c.opcintype
		AND p.amoprighttype = c.opcintype AND p.amopstrategy = 3
	JOIN pg_operator o ON o.oid = p.amopopr
	JOIN pg_namespace n ON n.oid = o.oprnamespace
	WHERE c.opcdefault AND c.opcintype = (SELECT user_ops.base_type(type));
END;
COMMENT ON FUNCTION equality_operator(regtype) IS
	'The equality operator of a type''s sort order, schema-qualified, for generated SQL';

CREATE FUNCTION column_list(columns name[], alias text, before text DEFAULT '', after text DEFAULT '') RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(before || string_agg(format('%s.%I', alias, c.name), ', ' ORDER BY c.place) || after, '')
	FROM unnest(columns) WITH ORDINALITY AS c (name, place) WHERE c.name IS NOT NULL;
END;
COMMENT ON FUNCTION column_list(name[], text, text, text) IS
	'SQL for columns of a table alias, between two pieces of SQL; NULLs are no columns, and of none nothing is said';

CREATE FUNCTION view_objects(s view_settings)
	RETURNS TABLE (object text, column_name text, answers text)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 250
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	WITH named AS (
		SELECT v.object, v.column_name, v.answers, v.place, 0 AS part, NULL::name AS broken_by
		FROM user_ops.view_catalog() WITH ORDINALITY AS v (object, column_name, answers, place)
		UNION ALL
		SELECT v.object || '_by_' || b.name, v.column_name,
			   CASE WHEN v.column_name IS NULL THEN format('%s; apart by %s of the user''s first event', v.answers, b.name) ELSE v.answers END,
			   v.place, b.part, b.name
		FROM user_ops.view_catalog() WITH ORDINALITY AS v (object, column_name, answers, place)
		CROSS JOIN unnest(s.breakdown) WITH ORDINALITY AS b (name, part)
		WHERE v.object ~ '^(retention|retention_curve|lifecycle)_(day|week|month)$' OR v.object = 'kpis_day'
	), objects AS (
		SELECT n.object, n.place, n.part, n.broken_by FROM named AS n WHERE n.column_name IS NULL
	)
	SELECT o.object, o.column_name,
		   -- where a comment lists labels
		   CASE WHEN s.labels = 'chinese' AND (o.object, o.column_name) IN (('users', 'segment'), ('users', 'life_stage'), ('users', 'lifecycle_state'), ('rfm_segments', 'segment'), ('churn_bands', 'band'))
				THEN (SELECT string_agg(user_ops.translate_label(w.word[1], s.labels), '' ORDER BY w.place)
					  FROM regexp_matches(o.answers, '[a-z_]+|[^a-z_]+', 'g') WITH ORDINALITY AS w (word, place))
				ELSE o.answers END
	FROM (
		SELECT n.object, n.column_name, n.answers, n.place, n.part FROM named AS n
		UNION ALL
		SELECT o.object, s.tenant, 'The tenant, as in the source', o.place, o.part FROM objects AS o
		WHERE s.tenant IS NOT NULL AND o.object <> 'refresh_log'
		UNION ALL
		SELECT o.object, c, format('The user''s first event: its %s, as in the source', c), o.place, o.part
		FROM objects AS o CROSS JOIN unnest(s.first_values) AS c
		WHERE o.object IN ('users', 'activity') OR o.broken_by = c
	) AS o
	ORDER BY o.place, o.part;
END;
COMMENT ON FUNCTION view_objects(view_settings) IS
	'What create_views makes with these settings: each object and column with what it answers';

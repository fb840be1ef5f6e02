-- What create_views was asked for, kept in the target schema's table settings.

CREATE TYPE user_ops_internal.view_settings AS (
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
	value_by text,
	value_shares numeric[],
	source_name text,
	addons addon[],
	made_tables name[],
	made_views name[],
	spread text  -- where the source is: see find_spread; NULL: on this server
);
COMMENT ON TYPE user_ops_internal.view_settings IS 'The arguments of create_views, as the table settings of its schema keeps them, its add-ons, and what was made';

CREATE FUNCTION user_ops_internal.qualified_name(relation regclass) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('%I.%I', n.nspname, c.relname)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation;
END;
COMMENT ON FUNCTION user_ops_internal.qualified_name(regclass) IS 'The name of a relation with its schema, quoted, whatever the search_path';

CREATE FUNCTION user_ops_internal.view_settings(target_schema name) RETURNS view_settings
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = target_schema) THEN
		RAISE EXCEPTION 'schema "%" does not exist', target_schema
			USING ERRCODE = 'invalid_schema_name',
				  HINT = 'Make it with user_ops.create_views(source, user_id, event_time).';
	END IF;
	IF NOT user_ops_internal.made_by_create_views(target_schema) THEN
		RAISE EXCEPTION 'schema "%" was not made by create_views', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Give a schema that user_ops.create_views made.';
	END IF;
	EXECUTE format('SELECT * FROM %I.settings', target_schema) INTO s;
	IF s.source IS NULL THEN
		-- a table that took the place of the one before while this statement waited is not in its snapshot
		IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass(format('%I.settings', target_schema))) THEN
			RAISE EXCEPTION 'schema "%" was remade meanwhile', target_schema
				USING ERRCODE = 'serialization_failure',
					  HINT = 'Run the statement again, in a new transaction.';
		END IF;
		RAISE EXCEPTION 'schema "%" has lost its settings', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Call user_ops.create_views again with the arguments it was made with: what is stored stays.';
	END IF;
	PERFORM user_ops_internal.check_made_now(s, target_schema);
	RETURN s;
END $$;
COMMENT ON FUNCTION user_ops_internal.view_settings(name) IS
	'The settings of a schema made by create_views; 3F000 or 55000 if it is none, has lost them, or was made by version 1.0, 40001 if it was remade meanwhile';

CREATE FUNCTION user_ops_internal.made_by_create_views(target_schema name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = target_schema AND c.relname = 'settings'
		  AND c.reloftype = 'user_ops_internal.view_settings'::regtype);
END;
COMMENT ON FUNCTION user_ops_internal.made_by_create_views(name) IS 'Whether a schema was made by create_views';

-- create_views: the views over one event table, in a schema of their own.

CREATE FUNCTION default_target_schema(source regclass) RETURNS name
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	relation_name text := (SELECT c.relname FROM pg_class c WHERE c.oid = source);
BEGIN
	WHILE octet_length(relation_name) > 63 - length('_ops') LOOP
		relation_name := left(relation_name, -1);
	END LOOP;
	RETURN relation_name || '_ops';
END $$;
COMMENT ON FUNCTION default_target_schema(regclass) IS
	'The schema create_views makes if it is given none: the name of the source and _ops';

CREATE FUNCTION column_definition(relation regclass, column_name name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- of a domain what it is made of: so columns of generated SQL, where a UNION does the same, compare with it
	SELECT CASE WHEN user_ops.base_type(a.atttypid) = a.atttypid THEN format_type(a.atttypid, a.atttypmod)
		   ELSE format_type(user_ops.base_type(a.atttypid), NULL) END || coalesce(' COLLATE ' || quote_ident(n.nspname) || '.' || quote_ident(l.collname), '')
	FROM pg_attribute a
	LEFT JOIN pg_collation l ON l.oid = a.attcollation
	LEFT JOIN pg_namespace n ON n.oid = l.collnamespace
	WHERE a.attrelid = relation AND a.attname = column_name;
END;
COMMENT ON FUNCTION column_definition(regclass, name) IS
	'The type and collation of a column as SQL, a domain as what it is made of';

CREATE FUNCTION column_definitions(relation regclass, columns name[], before text DEFAULT '', after text DEFAULT '') RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(string_agg(format('%s%I %s%s', before, c.name, user_ops.column_definition(relation, c.name), after), '' ORDER BY c.place), '')
	FROM unnest(columns) WITH ORDINALITY AS c (name, place) WHERE c.name IS NOT NULL;
END;
COMMENT ON FUNCTION column_definitions(regclass, name[], text, text) IS
	'Names, types and collations of columns as SQL, each between two pieces of SQL; NULLs are no columns';

CREATE FUNCTION tables_fit(s view_settings, target_schema name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- by what is there, as settings may be lost
	SELECT coalesce((
		SELECT (c.relkind = 'r') = s.stored
			AND (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
				= array_remove(ARRAY[s.tenant, 'user_id', 'activity'] || s.first_values, NULL)
			AND user_ops.column_definition(c.oid, 'user_id') = user_ops.column_definition(s.source, s.user_id)
			AND user_ops.column_definitions(c.oid, s.tenant || s.first_values) = user_ops.column_definitions(s.source, s.tenant || s.first_values)
		FROM pg_class c WHERE c.oid = to_regclass(format('%I.activity', target_schema))), false)
		AND s.made_tables <@ ARRAY(SELECT m.object FROM user_ops.made_objects(target_schema) AS m WHERE NOT m.is_view);
END;
COMMENT ON FUNCTION tables_fit(view_settings, name) IS
	'Whether the tables of a schema made by create_views can serve other settings as they are';

CREATE FUNCTION labels_comparable(a view_settings, b view_settings) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT (a.source, a.user_id, a.event_time, a.amount, a.time_zone, a.source_time_zone, a.amount_decimals, a.ignore_before, a.lost_days, a.sleep_days,
			a.rfm_bins, a.rfm_recency, a.rfm_frequency, a.rfm_monetary)
		IS NOT DISTINCT FROM
		   (b.source, b.user_id, b.event_time, b.amount, b.time_zone, b.source_time_zone, b.amount_decimals, b.ignore_before, b.lost_days, b.sleep_days,
			b.rfm_bins, b.rfm_recency, b.rfm_frequency, b.rfm_monetary);
END;
COMMENT ON FUNCTION labels_comparable(view_settings, view_settings) IS
	'Whether labels of users under both settings can be compared: they differ at most in limits, dates and how to refresh';

CREATE FUNCTION claim_schema(target_schema name) RETURNS boolean
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	owner oid;
	schema_oid oid;
	foreign_object text;
BEGIN
	-- two at once on one schema wait for each other: at its settings, or where both would make it
	FOR attempt IN 1 .. 3 LOOP
		BEGIN
			SELECT n.oid, c.relowner INTO schema_oid, owner
			FROM pg_namespace n
			LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'settings' AND user_ops.made_by_create_views(target_schema)
			WHERE n.nspname = target_schema;
			IF owner IS NOT NULL THEN
				IF NOT pg_has_role(owner, 'USAGE') THEN
					RAISE EXCEPTION 'schema "%" was made by role %, who alone may remake or drop it', target_schema, quote_ident(pg_get_userbyid(owner))
						USING ERRCODE = 'insufficient_privilege',
							  HINT = 'Call it as that role, or give another target_schema.';
				END IF;
				EXECUTE format('LOCK TABLE %I.settings IN SHARE UPDATE EXCLUSIVE MODE', target_schema);
				PERFORM user_ops.lock_out_refreshes(target_schema);
				RETURN true;
			END IF;
			SELECT pg_describe_object(d.classid, d.objid, d.objsubid) INTO foreign_object
			FROM pg_depend d
			WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = schema_oid AND d.deptype = 'n'
			ORDER BY d.classid <> 'pg_class'::regclass, d.classid, d.objid LIMIT 1;
			IF FOUND THEN
				RAISE EXCEPTION 'schema "%" holds objects that create_views did not make', target_schema
					USING ERRCODE = 'duplicate_schema',
						  DETAIL = format('One of them is the %s.', foreign_object),
						  HINT = 'Give another target_schema, one that is empty or does not exist.';
			END IF;
			IF schema_oid IS NULL THEN
				EXECUTE format('CREATE SCHEMA %I', target_schema);
			END IF;
			EXECUTE format('CREATE TABLE %I.settings OF user_ops.view_settings', target_schema);
			RETURN false;
		EXCEPTION WHEN unique_violation OR duplicate_table OR undefined_table OR invalid_schema_name THEN
			-- another was faster, to make it or to drop it
			NULL;
		END;
	END LOOP;
	RAISE EXCEPTION 'schema "%" is being made or dropped by another session', target_schema
		USING ERRCODE = 'serialization_failure',
			  HINT = 'Run the statement again, in a new transaction.';
END $$;
COMMENT ON FUNCTION claim_schema(name) IS
	'Makes a schema with an empty table settings, or locks one that is there, and tells which: true if it was there; 42P06 if it is somebody else''s';

CREATE FUNCTION make_tables(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	keyless name;
BEGIN
	EXECUTE format('INSERT INTO %I.settings SELECT ($1).*', target_schema) USING s;
	EXECUTE format('COMMENT ON TABLE %I.settings IS %L', target_schema,
				   'What user_ops.create_views was asked for; user_ops.refresh reads it');
	IF s.stored THEN
		EXECUTE format('CREATE TABLE %I.activity (%suser_id %s, activity user_ops.activity NOT NULL%s, PRIMARY KEY (%suser_id))',
					   target_schema, user_ops.column_definitions(s.source, ARRAY[s.tenant], after => ', '),
					   user_ops.column_definition(s.source, s.user_id), user_ops.column_definitions(s.source, s.first_values, before => ', '),
					   coalesce(quote_ident(s.tenant) || ', ', ''));
		-- its models cannot be compared, so it has a key where it is one row, too
		EXECUTE format('CREATE TABLE %I.fitted (%s, rfm user_ops.rfm_model,
							typical_gap double precision NOT NULL,
							refreshed_at timestamptz NOT NULL, rows_left_out bigint NOT NULL, fitted_at timestamptz NOT NULL,
							purchase_model user_ops.purchase_model, spend_model user_ops.spend_model)',
					   target_schema, CASE WHEN s.tenant IS NULL THEN 'as_of date PRIMARY KEY'
									  ELSE user_ops.column_definitions(s.source, ARRAY[s.tenant], after => ' PRIMARY KEY, as_of date NOT NULL') END);
		PERFORM user_ops.make_calibration(s, target_schema);
		PERFORM user_ops.make_history(s, target_schema);
	END IF;
	-- a publication of all tables lets no row of one without a key be changed
	FOR keyless IN
		SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
		WHERE c.relname = ANY (s.made_tables || 'settings'::name)
		  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
	LOOP
		EXECUTE format('ALTER TABLE %I.%I REPLICA IDENTITY FULL', target_schema, keyless);
	END LOOP;
END $$;
COMMENT ON FUNCTION make_tables(view_settings, name) IS
	'Makes the tables of create_views in a schema that has an empty table settings';

CREATE FUNCTION prepare_schema(s view_settings, target_schema name, replace_source boolean,
		OUT place name, OUT retired text[], OUT owner name)
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	was_there boolean := user_ops.claim_schema(target_schema);
	made user_ops.view_settings;
	replaced boolean;
BEGIN
	place := target_schema;
	retired := '{}';
	IF NOT was_there THEN
		PERFORM user_ops.make_tables(s, target_schema);
		RETURN;
	END IF;

	PERFORM user_ops.check_names_free(s, target_schema);
	SELECT pg_get_userbyid(c.relowner) INTO owner FROM pg_class c WHERE c.oid = format('%I.settings', target_schema)::regclass;
	EXECUTE format('SELECT t.* FROM %I.settings AS t', target_schema) INTO made;
	replaced := user_ops.source_replaced(s, made, target_schema, replace_source);
	IF made.source IS NOT NULL AND NOT replaced THEN
		-- another table under the name goes on as the one before
		made.source := s.source;
		PERFORM user_ops.widen_columns(s, target_schema);
		PERFORM user_ops.check_kept_days(s, target_schema);
	END IF;
	IF user_ops.tables_fit(s, target_schema) THEN
		SELECT coalesce(array_agg(format('DROP VIEW %I.%I', target_schema, m.object)), '{}') INTO retired
		FROM user_ops.made_objects(target_schema) AS m WHERE m.is_view AND m.object <> ALL (s.made_views);
		IF s.stored AND replaced THEN
			EXECUTE format('DELETE FROM %I.segment_history', target_schema);
			EXECUTE format('DELETE FROM %I.transition_log', target_schema);
			IF s.keep_history THEN
				-- and nobody's days are kept
				EXECUTE format('DELETE FROM %I.activity', target_schema);
			END IF;
		END IF;
		IF s.stored AND made.labels IS DISTINCT FROM s.labels THEN
			PERFORM user_ops.translate_history(s, target_schema);
		END IF;
		IF s.stored AND (replaced OR made.source IS NULL OR NOT user_ops.labels_comparable(made, s)) THEN
			-- the next refresh begins anew: nobody moves because of another question
			EXECUTE format('DELETE FROM %I.fitted', target_schema);
		ELSIF s.stored AND (made.purchase_model, made.horizon_days) <> (s.purchase_model, s.horizon_days) THEN
			EXECUTE format('UPDATE %I.fitted SET fitted_at = ''-infinity''', target_schema);
		END IF;
		EXECUTE format('DELETE FROM %I.settings', target_schema);
		EXECUTE format('INSERT INTO %I.settings SELECT ($1).*', target_schema) USING s;
		RETURN;
	END IF;

	-- other columns or types of the key, or stored changed: the same tables and views cannot be kept
	IF made.stored AND NOT replaced THEN
		RAISE NOTICE 'the history of "%" begins anew: its tables have other columns now', target_schema;
	END IF;
	retired := user_ops.drop_statements(target_schema);
	IF has_database_privilege(current_database(), 'CREATE') THEN
		-- readers keep the old ones until the new ones are ready
		place := format('user_ops_%s', md5(random()::text || clock_timestamp()));
		EXECUTE format('CREATE SCHEMA %I', place);
	ELSE
		PERFORM user_ops.run_patiently(retired);
		retired := '{}';
	END IF;
	EXECUTE format('CREATE TABLE %I.settings OF user_ops.view_settings', place);
	PERFORM user_ops.make_tables(s, place);
END $$;
COMMENT ON FUNCTION prepare_schema(view_settings, name, boolean) IS
	'Makes the schema and tables of create_views, or brings its own ones up to date. Tells the schema in which the tables are, another one if those that are there cannot be kept; the statements to drop what is not needed then; and whose it was';

CREATE FUNCTION with_plain_types(s view_settings, body text) RETURNS text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	shown text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
				   WHERE a.attrelid = s.source AND a.attname = ANY (ARRAY[s.user_id, s.tenant] || s.first_values) AND t.typtype <> 'b') THEN
		RETURN body;
	END IF;
	-- what the server says the columns of a query are
	EXECUTE 'CREATE TEMPORARY VIEW user_ops_body AS ' || body;
	SELECT string_agg(format(CASE WHEN b.typtype = 'e' THEN 'v.%1$I::text AS %1$I' WHEN b.oid <> a.atttypid THEN 'v.%1$I::%2$s AS %1$I' ELSE 'v.%1$I' END,
							 a.attname, format_type(b.oid, NULL)), ', ' ORDER BY a.attnum) INTO shown
	FROM pg_attribute a JOIN pg_type b ON b.oid = user_ops.base_type(a.atttypid)
	WHERE a.attrelid = 'pg_temp.user_ops_body'::regclass AND a.attnum > 0;
	DROP VIEW pg_temp.user_ops_body;
	RETURN format('SELECT %s FROM (%s) AS v', shown, body);
END $$;
COMMENT ON FUNCTION with_plain_types(view_settings, text) IS
	'The query of a view with what BI tools do not know handed out otherwise: an enum as text, a domain as what it is made of';

CREATE FUNCTION warn_of_zero_amounts(s view_settings) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	zero_share double precision;
BEGIN
	IF s.amount IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT count(*) FILTER (WHERE e.%1$I = 0)::double precision / nullif(count(e.%1$I), 0)
					FROM %2$s AS e', s.amount, s.source) INTO zero_share;
	IF zero_share > 0.2 THEN
		RAISE WARNING '% %% of the amounts in "%" are 0, and every one counts as a purchase',
				round(100 * zero_share), s.amount
			USING HINT = 'Where 0 stands for "no purchase", use a view as the source, with NULLIF(amount, 0).';
	END IF;
END $$;
COMMENT ON FUNCTION warn_of_zero_amounts(view_settings) IS
	'A warning if over 20 % of the amounts are 0: then the column probably means visits by it';

CREATE FUNCTION create_views(
		source regclass, user_id name, event_time name, amount name DEFAULT NULL,
		target_schema name DEFAULT NULL,
		time_zone text DEFAULT NULL, source_time_zone text DEFAULT NULL,
		week_start text DEFAULT 'monday', as_of date DEFAULT NULL,
		horizon_days integer DEFAULT 90,
		max_days integer DEFAULT 90, max_weeks integer DEFAULT 53, max_months integer DEFAULT 36,
		stored boolean DEFAULT true,
		lost_days integer DEFAULT 90, sleep_days integer DEFAULT 30,
		rfm_bins integer DEFAULT 5,
		rfm_recency integer[] DEFAULT NULL, rfm_frequency bigint[] DEFAULT NULL,
		rfm_monetary numeric[] DEFAULT NULL, rfm_ntile boolean DEFAULT false,
		segment8_labels text[] DEFAULT NULL,
		allow_empty boolean DEFAULT false,
		changed_at name DEFAULT NULL, changed_overlap interval DEFAULT '10 minutes',
		history_days integer DEFAULT 400,
		purchase_model text DEFAULT 'mbg_nbd',
		tenant name DEFAULT NULL, first_values name[] DEFAULT NULL, breakdown name[] DEFAULT NULL,
		labels text DEFAULT NULL,
		amount_decimals integer DEFAULT NULL, ignore_before date DEFAULT NULL,
		keep_history boolean DEFAULT false, replace_source boolean DEFAULT false)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 15
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
	target name := coalesce(target_schema, user_ops.default_target_schema(source));
	s user_ops.view_settings := ROW(
		source, user_id, event_time, amount, time_zone, source_time_zone, week_start, as_of,
		horizon_days, max_days, max_weeks, max_months, coalesce(stored, true), lost_days, sleep_days,
		coalesce(cardinality(coalesce(rfm_recency::numeric[], rfm_frequency::numeric[], rfm_monetary)) + 1, rfm_bins), rfm_recency, rfm_frequency, rfm_monetary,
		coalesce(rfm_ntile, false), segment8_labels,
		changed_at, changed_overlap, history_days, purchase_model,
		tenant, nullif(first_values, '{}'), nullif(breakdown, '{}'),
		labels, amount_decimals, ignore_before, coalesce(keep_history, false), user_ops.qualified_name(source), NULL, NULL);
	prepared record;
	due text[];
	no_users boolean;
BEGIN
	IF source IS NULL OR user_id IS NULL OR event_time IS NULL THEN
		RAISE EXCEPTION 'source, user_id and event_time must be given'
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'For example: create_views(''public.orders'', ''customer_id'', ''ordered_at'').';
	END IF;
	PERFORM user_ops.check_target_schema(target);
	PERFORM user_ops.check_settings(s);
	PERFORM user_ops.check_source(s);
	PERFORM user_ops.check_changed_at(s);
	PERFORM user_ops.check_keep_history(s);
	PERFORM user_ops.check_breakdown(s);
	PERFORM user_ops.notice_of_owners(source);
	s.made_views := ARRAY(SELECT b.object FROM user_ops.scanning_view_bodies(s, target) AS b
						  UNION ALL SELECT b.object FROM user_ops.view_bodies(s, target) AS b);
	s.made_tables := ARRAY(SELECT v.object FROM user_ops.view_objects(s) AS v
						   WHERE s.stored AND v.column_name IS NULL AND v.object <> 'rfm_ntile' AND v.object <> ALL (s.made_views));
	SELECT * INTO prepared FROM user_ops.prepare_schema(s, target, coalesce(replace_source, false));
	IF s.stored THEN
		PERFORM user_ops.notice_of_missing_indexes(s);
		PERFORM user_ops.refresh(prepared.place, full_scan => true);
		EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I.activity)', prepared.place) INTO no_users;
	ELSE
		-- what is read on the spot obeys the policies of the source
		PERFORM set_config('row_security', 'on', true);
		EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s AS e WHERE (%s) IS NOT TRUE)', source, user_ops.left_out_condition(s)) INTO no_users;
	END IF;
	PERFORM user_ops.notice_of_odd_rows(s, prepared.place);
	IF no_users AND NOT coalesce(allow_empty, false) THEN
		RAISE EXCEPTION '% has no row that counts: with a user, a finite time and no bad amount', source
			USING ERRCODE = 'no_data_found',
				  HINT = 'Load events first, or make the views over an empty source with allow_empty => true.';
	END IF;
	PERFORM user_ops.warn_of_zero_amounts(s);
	PERFORM user_ops.notice_of_missing_segments(s);

	due := user_ops.make_views(s, prepared.place) || user_ops.warn_of_ranking(s, prepared.place, target);
	IF prepared.place <> target THEN
		PERFORM user_ops.run_patiently(due || user_ops.grant_statements(prepared.place, target));
		due := user_ops.move_statements(prepared.place, target);
	END IF;
	RETURN QUERY
		SELECT format('%I.%I', target, v.object), v.answers
		FROM user_ops.view_objects(s) WITH ORDINALITY AS v (object, column_name, answers, place)
		WHERE v.column_name IS NULL AND v.object = ANY (s.made_tables || s.made_views)
		ORDER BY v.place;
	-- last, as readers wait from here to the commit for what is replaced
	PERFORM user_ops.run_patiently(prepared.retired || due);
	IF prepared.owner <> current_user THEN
		PERFORM user_ops.run_patiently(user_ops.owner_statements(target, prepared.owner));
	END IF;
END $$;
COMMENT ON FUNCTION create_views(regclass, name, name, name, name, text, text, text, date, integer, integer, integer, integer, boolean,
		integer, integer, integer, integer[], bigint[], numeric[], boolean, text[], boolean, name, interval, integer, text, name, name[], name[],
		text, integer, date, boolean, boolean) IS
	'Makes the views over an event table, in a schema of their own; calling it again updates them in place. One row for each object made: its name and what it answers';

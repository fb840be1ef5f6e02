-- The schema and the tables of create_views: made, or brought up to date.

CREATE FUNCTION user_ops_internal.tables_fit(s view_settings, target_schema name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- by what is there, as settings may be lost
	SELECT coalesce((
		SELECT (c.relkind = 'r') = s.stored
			AND (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
				= array_remove(ARRAY[s.tenant, 'user_id', 'activity'] || s.first_values, NULL)
			AND user_ops_internal.column_definition(c.oid, 'user_id') = user_ops_internal.column_definition(s.source, s.user_id)
			AND user_ops_internal.column_definitions(c.oid, s.tenant || s.first_values) = user_ops_internal.column_definitions(s.source, s.tenant || s.first_values)
		FROM pg_class c WHERE c.oid = to_regclass(format('%I.activity', target_schema))), false)
		-- what is on this server can be distributed
		AND (NOT user_ops_internal.is_on_shards(to_regclass(format('%I.activity', target_schema))) OR user_ops_internal.is_stored_on_shards(s, target_schema))
		-- those of add-ons are made and filled again, if they are gone
		AND ARRAY(SELECT w.object FROM user_ops_internal.wanted_views(s) AS w WHERE w.is_table AND w.addons IS NULL)
			<@ ARRAY(SELECT m.object::text FROM user_ops_internal.made_objects(target_schema) AS m WHERE NOT m.is_view);
END;
COMMENT ON FUNCTION user_ops_internal.tables_fit(view_settings, name) IS
	'Whether the tables of a schema made by create_views can serve other settings as they are';

CREATE FUNCTION user_ops_internal.labels_comparable(a view_settings, b view_settings) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT bool_and(to_jsonb(a) -> k.name IS NOT DISTINCT FROM to_jsonb(b) -> k.name)
	FROM unnest('{source,user_id,event_time,amount,time_zone,source_time_zone,amount_decimals,ignore_before,lost_days,sleep_days,
				  rfm_bins,rfm_recency,rfm_frequency,rfm_monetary}'::text[]) AS k (name);
END;
COMMENT ON FUNCTION user_ops_internal.labels_comparable(view_settings, view_settings) IS
	'Whether labels of users under both settings can be compared: they differ at most in limits, dates and how to refresh';

CREATE FUNCTION user_ops_internal.claim_schema(target_schema name) RETURNS boolean
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
			-- a relation that is not locked yet: on the way to its lock we hear what others have committed, such as this schema
			PERFORM FROM pg_largeobject_metadata LIMIT 0;
			SELECT n.oid, c.relowner INTO schema_oid, owner
			FROM pg_namespace n
			LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'settings' AND user_ops_internal.made_by_create_views(target_schema)
			WHERE n.nspname = target_schema;
			IF owner IS NOT NULL THEN
				IF NOT pg_has_role(owner, 'USAGE') THEN
					RAISE EXCEPTION 'schema "%" was made by role %, who alone may remake or drop it', target_schema, quote_ident(pg_get_userbyid(owner))
						USING ERRCODE = 'insufficient_privilege',
							  HINT = 'Call it as that role, or give another target_schema.';
				END IF;
				EXECUTE format('LOCK TABLE %I.settings IN SHARE UPDATE EXCLUSIVE MODE', target_schema);
				PERFORM user_ops_internal.lock_out_refreshes(target_schema);
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
			EXECUTE format('CREATE TABLE %I.settings OF user_ops_internal.view_settings', target_schema);
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
COMMENT ON FUNCTION user_ops_internal.claim_schema(name) IS
	'Makes a schema with an empty table settings, or locks one that is there, and tells which: true if it was there; 42P06 if it is somebody else''s';

CREATE FUNCTION user_ops_internal.make_tables(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	parts jsonb := user_ops_internal.view_parts(s, target_schema);
	stored record;
	keyless name;
BEGIN
	FOR stored IN
		SELECT w.object, w.definition, w.addons FROM user_ops_internal.wanted_views(s) AS w
		WHERE w.is_table AND to_regclass(format('%I.%I', target_schema, w.object)) IS NULL
	LOOP
		EXECUTE user_ops_internal.render((stored.definition).storage,
			CASE WHEN stored.addons IS NULL THEN parts ELSE user_ops_internal.addon_parts(s, stored.addons[1], parts) END || jsonb_build_object('object', quote_ident(stored.object)));
	END LOOP;
	-- a publication of all tables lets no row of one without a key be changed
	FOR keyless IN
		SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
		WHERE c.relname = ANY (s.made_tables || 'settings'::name) AND c.relreplident <> 'f'
		  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
	LOOP
		EXECUTE format('ALTER TABLE %I.%I REPLICA IDENTITY FULL', target_schema, keyless);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.make_tables(view_settings, name) IS
	'Makes the tables of create_views, and of add-ons, that are missing in a schema';

CREATE FUNCTION user_ops_internal.fill_schema(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	EXECUTE format('INSERT INTO %I.settings SELECT ($1).*', target_schema) USING s;
	EXECUTE format('COMMENT ON TABLE %I.settings IS %L', target_schema,
				   'What user_ops.create_views was asked for; user_ops.refresh reads it');
	PERFORM user_ops_internal.make_tables(s, target_schema);
END $$;
COMMENT ON FUNCTION user_ops_internal.fill_schema(view_settings, name) IS
	'Makes the tables of create_views in a schema that has an empty table settings';

CREATE FUNCTION user_ops_internal.prepare_schema(INOUT s view_settings, target_schema name, replace_source boolean,
		OUT place name, OUT retired text[], OUT owner name)
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	was_there boolean := user_ops_internal.claim_schema(target_schema);
	of_1_0 boolean := was_there AND user_ops_internal.take_over_1_0(target_schema);
	made user_ops_internal.view_settings;
	forgotten jsonb;
	replaced boolean;
BEGIN
	place := target_schema;
	retired := '{}';
	IF was_there THEN
		EXECUTE format('SELECT t.* FROM %I.settings AS t', target_schema) INTO made;
		IF cardinality(made.addons) > 0 THEN
			-- they are taken over: nobody else may have a say in them
			PERFORM user_ops_internal.check_trust(target_schema);
			s.addons := made.addons;
		END IF;
		forgotten := user_ops_internal.carried_forgotten(target_schema);
		IF forgotten IS NOT NULL AND user_ops_internal.find_addon(s, 'forgotten', 'forgotten') IS NULL THEN
			-- who was forgotten stays so when the settings are lost
			s.addons := s.addons || ROW('forgotten', 'forgotten', NULL, '{}')::user_ops_internal.addon;
		END IF;
		PERFORM user_ops_internal.check_addons(s, target_schema);
	END IF;
	s := user_ops_internal.with_made(s);
	IF NOT was_there THEN
		PERFORM user_ops_internal.fill_schema(s, target_schema);
		RETURN;
	END IF;

	PERFORM user_ops_internal.check_names_free(s, target_schema);
	SELECT pg_get_userbyid(c.relowner) INTO owner FROM pg_class c WHERE c.oid = format('%I.settings', target_schema)::regclass;
	replaced := user_ops_internal.source_replaced(s, made, target_schema, replace_source);
	IF made.source IS NOT NULL AND NOT replaced THEN
		-- another table under the name goes on as the one before
		made.source := s.source;
		IF of_1_0 AND made.stored = s.stored THEN
			PERFORM user_ops_internal.complete_1_0(s, target_schema);
		END IF;
		PERFORM user_ops_internal.widen_columns(s, target_schema);
		PERFORM user_ops_internal.check_kept_days(s, target_schema);
	END IF;
	IF user_ops_internal.tables_fit(s, target_schema) THEN
		retired := user_ops_internal.drop_statements(target_schema, s.made_tables || s.made_views || 'settings'::name);
		IF s.stored AND replaced THEN
			EXECUTE format('DELETE FROM %I.segment_history', target_schema);
			EXECUTE format('DELETE FROM %I.transition_log', target_schema);
			IF s.keep_history THEN
				-- and nobody's days are kept
				EXECUTE format('DELETE FROM %I.activity', target_schema);
			END IF;
		END IF;
		IF s.stored AND made.labels IS DISTINCT FROM s.labels THEN
			PERFORM user_ops_internal.translate_history(s, target_schema);
		END IF;
		IF s.stored AND (replaced OR made.source IS NULL OR NOT user_ops_internal.labels_comparable(made, s)) THEN
			-- the next refresh begins anew: nobody moves because of another question
			EXECUTE format('DELETE FROM %I.fitted', target_schema);
		ELSIF s.stored AND (made.purchase_model, made.horizon_days, made.value_by, made.value_shares) IS DISTINCT FROM (s.purchase_model, s.horizon_days, s.value_by, s.value_shares) THEN
			EXECUTE format('UPDATE %I.fitted SET fitted_at = ''-infinity''', target_schema);
		END IF;
		EXECUTE format('DELETE FROM %I.settings', target_schema);
		EXECUTE format('INSERT INTO %I.settings SELECT ($1).*', target_schema) USING s;
		PERFORM user_ops_internal.make_tables(s, target_schema);
		RETURN;
	END IF;

	-- other columns or types of the key, or stored or the shards changed: the same tables and views cannot be kept
	IF made.stored AND NOT replaced THEN
		RAISE NOTICE 'the history of "%" begins anew: its tables have other columns now', target_schema;
	END IF;
	retired := user_ops_internal.drop_statements(target_schema);
	IF has_database_privilege(current_database(), 'CREATE') THEN
		-- readers keep the old ones until the new ones are ready
		place := format('user_ops_%s', md5(random()::text || clock_timestamp()));
		EXECUTE format('CREATE SCHEMA %I', place);
	ELSE
		PERFORM user_ops_internal.run_patiently(retired);
		retired := '{}';
	END IF;
	EXECUTE format('CREATE TABLE %I.settings OF user_ops_internal.view_settings', place);
	PERFORM user_ops_internal.fill_schema(s, place);
	PERFORM user_ops_internal.put_forgotten(place, forgotten);
END $$;
COMMENT ON FUNCTION user_ops_internal.prepare_schema(view_settings, name, boolean) IS
	'Makes the schema and tables of create_views, or brings its own ones up to date. Tells the settings with the add-ons that the schema has, and all that is made; the schema in which the tables are, another one if those that are there cannot be kept; the statements to drop what is not needed then; and whose it was';

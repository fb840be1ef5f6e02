-- Schemas that version 1.0 made: what tells them from others, the call that makes them
-- anew, and what it takes over.

CREATE FUNCTION user_ops_internal.made_by_1_0(s view_settings) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN (s).source IS NOT NULL AND (s).made_tables IS NULL;
COMMENT ON FUNCTION user_ops_internal.made_by_1_0(view_settings) IS 'Whether these are settings that version 1.0 wrote: it did not keep what it made';

CREATE FUNCTION user_ops_internal.create_views_call(s view_settings, target_schema name) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	argument record;
	given text;
	usual text;
	arguments text[] := ARRAY[s.source::text, s.user_id, s.event_time];
	called text;
BEGIN
	called := (SELECT string_agg(quote_literal(a), ', ' ORDER BY place) FROM unnest(arguments) WITH ORDINALITY AS u (a, place));
	called := concat_ws(', ', called, 'amount => ' || quote_literal(s.amount), 'target_schema => ' || quote_literal(target_schema));
	FOR argument IN
		SELECT a.name, a.place, p.oid
		FROM pg_proc p CROSS JOIN LATERAL unnest(p.proargnames) WITH ORDINALITY AS a (name, place)
		WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname = 'create_views' AND a.place BETWEEN 6 AND p.pronargs
		  AND EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = 'user_ops_internal.view_settings'::regclass AND c.attname = a.name)
		ORDER BY a.place
	LOOP
		CONTINUE WHEN argument.name = 'rfm_bins' AND NOT (s.rfm_recency, s.rfm_frequency, s.rfm_monetary) IS NULL;
		EXECUTE format('SELECT ($1).%I::text, (%s)::text', argument.name, pg_get_function_arg_default(argument.oid, argument.place::integer)) INTO given, usual USING s;
		IF given <> usual OR given IS NOT NULL AND usual IS NULL THEN
			called := format('%s, %s => %L', called, argument.name, given);
		END IF;
	END LOOP;
	RETURN format('SELECT * FROM user_ops.create_views(%s);', called);
END $$;
COMMENT ON FUNCTION user_ops_internal.create_views_call(view_settings, name) IS 'The call of create_views that has these settings, without what it has by itself';

CREATE FUNCTION user_ops_internal.check_made_now(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF user_ops_internal.made_by_1_0(s) THEN
		RAISE EXCEPTION 'schema "%" was made by version 1.0 of user_ops', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  DETAIL = 'Its views can be read. What is stored, history among it, is taken over when it is made again.',
				  HINT = 'Make it again: ' || user_ops_internal.create_views_call(s, target_schema);
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_made_now(view_settings, name) IS '55000, with the call that makes it again, if version 1.0 made a schema';

CREATE FUNCTION user_ops_internal.take_over_1_0(target_schema name) RETURNS boolean
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	s user_ops_internal.view_settings;
	due text[];
BEGIN
	EXECUTE format('SELECT t.* FROM %I.settings AS t', target_schema) INTO s;
	IF NOT user_ops_internal.made_by_1_0(s) THEN
		RETURN false;
	END IF;
	due := ARRAY(
		SELECT format('ALTER %s %s RENAME TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END, c.oid::regclass, r.now)
		FROM (VALUES ('basis', 'fitted'), ('basis_pkey', 'fitted_pkey'), ('moves', 'transition_log'),
					 ('moves_refreshed_at_as_of_idx', 'transition_log_refreshed_at_as_of_idx')) AS r (was, now)
		JOIN pg_class c ON c.oid = to_regclass(format('%I.%I', target_schema, r.was)));
	IF s.stored THEN
		due := due || ARRAY[
			format('ALTER TABLE %I.fitted ADD COLUMN value_cuts numeric[]%s', target_schema, CASE WHEN s.tenant IS NULL THEN ', ADD PRIMARY KEY (as_of)' ELSE '' END),
			-- the next refresh fits again, and nobody moves because of it
			format('UPDATE %I.fitted SET fitted_at = ''-infinity''', target_schema),
			format('ALTER TABLE %I.refresh_log
						ADD COLUMN rows_without_user bigint, ADD COLUMN rows_without_time bigint, ADD COLUMN rows_ignored bigint, ADD COLUMN rows_bad_amount bigint,
						ADD COLUMN rows_many_decimals bigint, ADD COLUMN first_day date, ADD COLUMN kept_before date, ADD COLUMN source regclass', target_schema)];
	END IF;
	PERFORM user_ops_internal.run_patiently(due);
	s.keep_history := false;
	s.value_by := 'monetary';
	s.value_shares := '{0.8,0.95}';
	s.source_name := user_ops_internal.qualified_name(s.source);
	s := user_ops_internal.with_made(s);
	s.made_tables := array_remove(s.made_tables, 'calibration');
	s.made_views := ARRAY(SELECT v FROM unnest(s.made_views) AS v WHERE v NOT IN ('value_tiers', 'purchase_gaps'));
	EXECUTE format('DELETE FROM %I.settings', target_schema);
	EXECUTE format('INSERT INTO %I.settings SELECT ($1).*', target_schema) USING s;
	RETURN true;
END $$;
COMMENT ON FUNCTION user_ops_internal.take_over_1_0(name) IS
	'Brings the tables of a schema that version 1.0 made into the form of this one, with all that is in them; does nothing to others, and tells which';

CREATE FUNCTION user_ops_internal.complete_1_0(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	granted record;
	there text;
BEGIN
	PERFORM user_ops_internal.make_tables(s, target_schema);
	EXECUTE format('UPDATE %I.settings SET made_tables = $1', target_schema) USING s.made_tables;
	-- the view churn_calibration reads it now, with the rights of who reads
	FOR granted IN
		SELECT DISTINCT g.privilege, g.grantee
		FROM user_ops_internal.grants_of(format('%I.churn_calibration', target_schema)::regclass) AS g
		WHERE s.stored AND starts_with(g.privilege, 'SELECT')
	LOOP
		EXECUTE format('GRANT %s ON %I.calibration TO %s', granted.privilege, target_schema, granted.grantee);
	END LOOP;
	-- new views read the new columns of those that were there
	FOR there IN
		SELECT w.object
		FROM user_ops_internal.wanted_views(s) AS w JOIN user_ops_internal.made_objects(target_schema) AS m ON m.object = w.object AND m.is_view
		ORDER BY (w.definition).storage IS NULL, w.place
	LOOP
		PERFORM user_ops_internal.run_patiently(user_ops_internal.make_views(s, target_schema, ARRAY[there]));
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.complete_1_0(view_settings, name) IS
	'Makes the tables that a schema of version 1.0 has not had, and its views as they are now';

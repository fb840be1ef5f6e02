-- Add-ons put into a schema, replaced and dropped: docs/internals/add-ons.md.

CREATE FUNCTION user_ops_internal.claim_addons(target_schema name) RETURNS view_settings
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	IF target_schema IS NULL THEN
		RAISE EXCEPTION 'target_schema must be given'
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'Name a schema that user_ops.create_views made.';
	END IF;
	-- says why, if it was not made by create_views
	PERFORM user_ops_internal.view_settings(target_schema);
	PERFORM user_ops_internal.claim_schema(target_schema);
	s := user_ops_internal.view_settings(target_schema);
	PERFORM user_ops_internal.check_trust(target_schema);
	IF s.stored THEN
		s := user_ops_internal.current_source(s, target_schema);
	END IF;
	RETURN s;
END $$;
COMMENT ON FUNCTION user_ops_internal.claim_addons(name) IS
	'Locks a schema made by create_views, as that does, to change its add-ons; its settings, with the source that a refresh would read';

CREATE FUNCTION user_ops_internal.change_addons(s view_settings, target_schema name, kinds text[], filled addon[]) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET jit = off
AS $$
DECLARE
	owner name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = format('%I.settings', target_schema)::regclass);
	retired text[];
	due text[];
BEGIN
	PERFORM user_ops_internal.go_shard_by_shard(s);
	s := user_ops_internal.with_made(s);
	PERFORM user_ops_internal.check_names_free(s, target_schema);
	retired := user_ops_internal.drop_statements(target_schema, s.made_tables || s.made_views || 'settings'::name);
	EXECUTE format('UPDATE %I.settings SET (addons, made_tables, made_views) = ROW ($1, $2, $3)', target_schema) USING s.addons, s.made_tables, s.made_views;
	PERFORM user_ops_internal.make_tables(s, target_schema);
	IF s.stored THEN
		IF user_ops_internal.is_stored_on_shards(s, target_schema) THEN
			PERFORM user_ops_internal.distribute_tables(s, target_schema, target_schema);
		END IF;
		PERFORM user_ops_internal.refresh_addons(s, target_schema, user_ops_internal.refresh_parts(s, target_schema), filled, NULL,
												 (SELECT l.kept_before FROM user_ops_internal.last_read(target_schema) AS l));
		PERFORM user_ops_internal.copy_policies(s, target_schema);
	END IF;
	due := user_ops_internal.make_views(s, target_schema, ARRAY(SELECT w.object FROM user_ops_internal.wanted_views(s) AS w WHERE (w.addons[1]).kind = ANY (kinds)));
	-- last, as readers wait from here to the commit for what is replaced
	PERFORM user_ops_internal.run_patiently(due || retired);
	IF owner <> current_user THEN
		PERFORM user_ops_internal.run_patiently(user_ops_internal.owner_statements(target_schema, owner));
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.change_addons(view_settings, name, text[], addon[]) IS
	'Gives a schema that is locked the add-ons of these settings: makes, replaces or drops what those of some kinds consist of; filled: those whose tables are filled by a scan of the source';

CREATE FUNCTION user_ops_internal.put_addons(s view_settings, target_schema name, put addon[]) RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	caller text := current_setting('application_name');
BEGIN
	IF s.stored THEN
		PERFORM user_ops_internal.check_fits(s, target_schema);
		PERFORM user_ops_internal.check_kept_values(s, user_ops_internal.refresh_parts(s, target_schema), o, (user_ops_internal.last_read(target_schema)).kept_before)
		FROM unnest(s.addons) AS o JOIN unnest(put) AS p ON p.kind = o.kind AND p.name = o.name AND p.settings <> o.settings;
	END IF;
	PERFORM user_ops_internal.check_source(s);
	-- in the order of their kinds and names, whichever came first
	s.addons := ARRAY(
		SELECT a FROM unnest(put || ARRAY(SELECT o FROM unnest(s.addons) AS o WHERE NOT EXISTS (SELECT FROM unnest(put) AS p WHERE p.kind = o.kind AND p.name = o.name))) AS a
		JOIN (SELECT k.kind, row_number() OVER () AS place FROM user_ops_internal.addon_kinds() AS k) AS k ON k.kind = a.kind
		ORDER BY k.place, a.name COLLATE "C");
	PERFORM user_ops_internal.check_addons(s, target_schema, put);
	PERFORM user_ops_internal.change_addons(s, target_schema, ARRAY(SELECT p.kind FROM unnest(put) AS p), put);
	PERFORM set_config('application_name', caller, true);
	RETURN QUERY
		SELECT format('%I.%I', target_schema, w.object), user_ops_internal.render((w.definition).answers, jsonb_build_object('addon', (w.addons[1]).name))
		FROM user_ops_internal.wanted_views(s) AS w
		WHERE EXISTS (SELECT FROM unnest(w.addons) AS o JOIN unnest(put) AS p ON p.kind = o.kind AND p.name = o.name)
		ORDER BY w.place;
END $$;
COMMENT ON FUNCTION user_ops_internal.put_addons(view_settings, name, addon[]) IS
	'Makes add-ons in a schema that claim_addons has locked, each in the place of one with its kind and name. A row for each table and view that they are in';

CREATE FUNCTION user_ops_internal.addon_name(a addon) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN (user_ops_internal.kind_of(a)).many THEN format('%s "%s"', (a).kind, (a).name) ELSE (a).kind END;
END;
COMMENT ON FUNCTION user_ops_internal.addon_name(addon) IS
	'What messages call an add-on: its kind, and its name where there can be several';

CREATE FUNCTION addons(target_schema name) RETURNS TABLE (kind text, name text, settings jsonb)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT a.kind, a.name, jsonb_strip_nulls(a.settings) FROM unnest((user_ops_internal.view_settings(target_schema)).addons) AS a;
END;
COMMENT ON FUNCTION addons(name) IS
	'Views: The add-ons of a schema made by create_views, with what each was asked for';

CREATE FUNCTION drop_addon(target_schema name, kind text, name text DEFAULT NULL) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
DECLARE
	s user_ops_internal.view_settings;
	wanted text := coalesce(name, kind);
	gone text[];
	reader user_ops_internal.addon;
BEGIN
	IF kind IS NULL THEN
		RAISE EXCEPTION 'kind must be given'
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'For example: drop_addon(''shop'', ''funnel'', ''checkout'').';
	END IF;
	s := user_ops_internal.claim_addons(target_schema);
	IF user_ops_internal.find_addon(s, kind, wanted) IS NULL THEN
		RAISE EXCEPTION 'schema "%" has no add-on % "%"', target_schema, kind, wanted
			USING ERRCODE = 'undefined_object',
				  HINT = coalesce('It has: ' || (SELECT string_agg(user_ops_internal.addon_name(a), ', ') FROM unnest(s.addons) AS a) || '.', 'It has none.');
	END IF;
	s.addons := ARRAY(SELECT a FROM unnest(s.addons) AS a WHERE NOT (a.kind = drop_addon.kind AND a.name = wanted));
	SELECT a.* INTO reader FROM unnest(s.addons) AS a WHERE a.needs = drop_addon.kind LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'add-ons of "%" read the %', target_schema, kind
			USING ERRCODE = 'dependent_objects_still_exist',
				  DETAIL = format('One of them is %s.', user_ops_internal.addon_name(reader)),
				  HINT = 'Drop them first.';
	END IF;
	SELECT array_agg(format('%I.%I', target_schema, m.object) ORDER BY m.object COLLATE "C") INTO gone
	FROM user_ops_internal.made_objects(target_schema) AS m
	WHERE m.object NOT IN (SELECT w.object FROM user_ops_internal.wanted_views(s) AS w) AND m.object <> 'settings';
	PERFORM user_ops_internal.change_addons(s, target_schema, ARRAY[kind], '{}');
	RETURN QUERY SELECT unnest(gone);
END $$;
COMMENT ON FUNCTION drop_addon(name, text, text) IS
	'Views: Drops one add-on of a schema, such as a funnel: its rows leave the views that it shares with others of its kind, and those that nobody else is in are dropped. Tells what it dropped';

-- What is stored, put beside the rows of the source: on the shards of Citus.

CREATE FUNCTION user_ops_internal.placements(s view_settings, target_schema name) RETURNS TABLE (relation regclass, object text, shard_column name, everywhere boolean)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- a table of users is beside the users' rows, and what all users are fitted to on all nodes; the rest is small, and stays here
	SELECT c.oid::regclass, w.object, CASE WHEN u.attname IS NOT NULL THEN CASE s.spread WHEN 'tenant' THEN s.tenant ELSE 'user_id' END END, u.attname IS NULL
	FROM user_ops_internal.wanted_views(s) AS w
	JOIN pg_namespace n ON n.nspname = target_schema
	JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.object
	LEFT JOIN pg_attribute u ON u.attrelid = c.oid AND u.attname = 'user_id'
	WHERE w.is_table AND s.spread IN ('user', 'tenant') AND (u.attname IS NOT NULL OR w.object IN ('fitted', 'fitted_before', 'calibration', 'propensity_fit'))
	ORDER BY w.object <> 'activity', w.place;
END;
COMMENT ON FUNCTION user_ops_internal.placements(view_settings, name) IS
	'The stored tables that do not stay on this server where the source is on shards: the column to distribute each by, or everywhere, on all nodes';

CREATE FUNCTION user_ops_internal.go_shard_by_shard(s view_settings) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF s.spread IN ('user', 'tenant') THEN
		PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.go_shard_by_shard(view_settings) IS
	'For the rest of a transaction that replaces views after it wrote to shards of Citus: which it refuses where several connections wrote to a node';

CREATE FUNCTION user_ops_internal.distribute_table(relation regclass, shard_column name, beside regclass) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET client_min_messages = warning
AS $$
DECLARE
	filled boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', relation) INTO filled;
	IF shard_column IS NULL THEN
		EXECUTE 'SELECT pg_catalog.create_reference_table($1)' USING relation;
	ELSE
		EXECUTE 'SELECT pg_catalog.create_distributed_table($1, $2, colocate_with => $3)' USING relation, shard_column::text, user_ops_internal.qualified_name(beside);
	END IF;
	IF filled THEN
		-- its rows were copied, and stay behind unseen
		EXECUTE 'SELECT pg_catalog.truncate_local_data_after_distributing_table($1)' USING relation;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.distribute_table(regclass, name, regclass) IS
	'Lets Citus distribute a table by a column, with its rows beside those of another table; of no column, on all nodes';

CREATE FUNCTION user_ops_internal.distribute_tables(s view_settings, place name, target_schema name) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	p record;
	beside regclass := user_ops_internal.sharded_table(s.source);
	moved text[] := '{}';
	copied text[] := '{}';
BEGIN
	FOR p IN SELECT * FROM user_ops_internal.placements(s, place) LOOP
		CONTINUE WHEN user_ops_internal.is_on_shards(p.relation);
		PERFORM user_ops_internal.distribute_table(p.relation, p.shard_column, beside);
		IF p.everywhere THEN
			copied := copied || format('%I.%I', target_schema, p.object);
		ELSE
			moved := moved || format('%I.%I', target_schema, p.object);
		END IF;
	END LOOP;
	IF moved || copied <> '{}' THEN
		RAISE NOTICE '% is distributed by "%", and so is what is stored of users', s.source, user_ops_internal.shard_column(beside)
			USING DETAIL = concat_ws(' ', 'Beside its rows: ' || nullif(array_to_string(moved, ', '), '') || '.', 'On all nodes: ' || nullif(array_to_string(copied, ', '), '') || '.'),
				  HINT = 'A refresh compares and writes on the shards. What is left, the history of segments and the log, stays on this server.';
	END IF;
	RETURN QUERY SELECT unnest(moved || copied);
END $$;
COMMENT ON FUNCTION user_ops_internal.distribute_tables(view_settings, name, name) IS
	'Distributes the stored tables that are not distributed yet, as the source is, and says so; place: the schema in which they are until they come to the target_schema';

CREATE FUNCTION distribute(target_schema name) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
	moved text[];
BEGIN
	IF NOT s.stored THEN
		RAISE EXCEPTION 'nothing is stored in "%"', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Views that read the source are where it is: call user_ops.create_views again once it is distributed.';
	END IF;
	s.spread := user_ops_internal.find_spread(s);
	IF (s.spread IN ('user', 'tenant')) IS NOT TRUE THEN
		RAISE EXCEPTION '% is not distributed', s.source
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = format('Distribute it first: SELECT create_distributed_table(%L, %L); that is a function of Citus.', s.source, s.user_id);
	END IF;
	PERFORM user_ops_internal.check_spread(s);
	PERFORM user_ops_internal.go_shard_by_shard(s);
	s := user_ops_internal.with_made(s);
	PERFORM user_ops_internal.check_names_free(s, target_schema);
	EXECUTE format('UPDATE %I.settings SET (spread, made_tables) = ROW ($1, $2)', target_schema) USING s.spread, s.made_tables;
	PERFORM user_ops_internal.make_tables(s, target_schema);
	moved := ARRAY(SELECT d FROM user_ops_internal.distribute_tables(s, target_schema, target_schema) AS d);
	PERFORM user_ops_internal.copy_policies(s, target_schema);
	PERFORM user_ops_internal.run_patiently(user_ops_internal.make_views(s, target_schema)
		|| user_ops_internal.owner_statements(target_schema, (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = format('%I.settings', target_schema)::regclass)));
	RETURN QUERY SELECT unnest(moved);
END $$;
COMMENT ON FUNCTION distribute(name) IS
	'Views: Distributes what a schema made by create_views stores of users as its source is, by user or by tenant, over the shards of Citus: rows of one user are on one node then, and a refresh runs there. create_views over a distributed source does it by itself. Tells the tables that it distributed';

-- Where the rows of a source are: on this server, on foreign servers, or on the shards of
-- Citus.  Of Citus only what it documents is used, found when it is needed: nothing
-- here depends on it.

CREATE FUNCTION user_ops_internal.has_citus() RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- only a superuser makes anything there
	SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL;
END;
COMMENT ON FUNCTION user_ops_internal.has_citus() IS
	'Whether this database has Citus';

CREATE FUNCTION user_ops_internal.shard_column(relation regclass) RETURNS name
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	found name;
BEGIN
	IF user_ops_internal.has_citus() THEN
		EXECUTE 'SELECT pg_catalog.column_to_column_name(d.logicalrelid, d.partkey) FROM pg_catalog.pg_dist_partition AS d WHERE d.logicalrelid = $1 AND d.partmethod = ''h'''
		INTO found USING relation;
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION user_ops_internal.shard_column(regclass) IS
	'The column by whose hash Citus distributes a table; NULL for any other relation';

CREATE FUNCTION user_ops_internal.is_on_shards(relation regclass) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	found boolean := false;
BEGIN
	IF user_ops_internal.has_citus() THEN
		EXECUTE 'SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_partition AS d WHERE d.logicalrelid = $1)' INTO found USING relation;
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION user_ops_internal.is_on_shards(regclass) IS
	'Whether Citus keeps a table, distributed or on all nodes';

CREATE FUNCTION user_ops_internal.is_beside(relation regclass, shard_column name, other regclass) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	same boolean := false;
BEGIN
	IF user_ops_internal.shard_column(relation) = shard_column THEN
		EXECUTE 'SELECT count(DISTINCT d.colocationid) = 1 FROM pg_catalog.pg_dist_partition AS d WHERE d.logicalrelid IN ($1, $2)' INTO same USING relation, other;
	END IF;
	RETURN same;
END $$;
COMMENT ON FUNCTION user_ops_internal.is_beside(regclass, name, regclass) IS
	'Whether Citus distributes a table by this column, and keeps its rows beside those of another table';

CREATE FUNCTION user_ops_internal.relations_read(source regclass) RETURNS SETOF regclass
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the source, what it reads if it is a view, and the partitions of these
	WITH RECURSIVE read (relation) AS (
		SELECT source::oid
		UNION
		SELECT n.relation
		FROM read
		CROSS JOIN LATERAL (
			SELECT d.refobjid AS relation
			FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
			WHERE w.ev_class = read.relation
			UNION ALL
			SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = read.relation) AS n
	)
	SELECT r.relation::regclass FROM read AS r ORDER BY r.relation <> source, r.relation;
END;
COMMENT ON FUNCTION user_ops_internal.relations_read(regclass) IS
	'The relations whose rows a source has: itself, what a view reads, and partitions';

CREATE FUNCTION user_ops_internal.sharded_table(source regclass) RETURNS regclass
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT r.relation FROM user_ops_internal.relations_read(source) WITH ORDINALITY AS r (relation, place)
	WHERE user_ops_internal.has_citus() AND user_ops_internal.shard_column(r.relation) IS NOT NULL ORDER BY r.place LIMIT 1;
END;
COMMENT ON FUNCTION user_ops_internal.sharded_table(regclass) IS
	'The table that Citus distributes by a column among those that a source reads; NULL if there is none';

CREATE FUNCTION user_ops_internal.column_origin(relation regclass, column_name name, OUT of_table regclass, OUT of_column name)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	origin text[];
BEGIN
	of_table := relation;
	of_column := column_name;
	WHILE (SELECT c.relkind = 'v' FROM pg_class c WHERE c.oid = of_table) LOOP
		-- the outermost SELECT has its columns behind those of all inner ones
		SELECT m.found INTO origin
		FROM pg_rewrite w
		JOIN pg_attribute a ON a.attrelid = w.ev_class AND a.attname = of_column
		CROSS JOIN LATERAL regexp_matches(w.ev_action::text, format(':resno %s :resname (?:[^ \\]|\\.)+ :ressortgroupref [0-9]+ :resorigtbl ([0-9]+) :resorigcol ([0-9]+)', a.attnum), 'g') WITH ORDINALITY AS m (found, place)
		WHERE w.ev_class = of_table AND w.rulename = '_RETURN'
		ORDER BY m.place DESC LIMIT 1;
		SELECT a.attrelid, a.attname INTO of_table, of_column FROM pg_attribute a WHERE a.attrelid = origin[1]::oid AND a.attnum = origin[2]::smallint;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.column_origin(regclass, name) IS
	'The column of a table that a column of a view shows, as it is; NULL if it is computed, or of several tables';

CREATE FUNCTION user_ops_internal.is_distributed_by(source regclass, column_name name) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(user_ops_internal.shard_column(o.of_table) = o.of_column, false) FROM user_ops_internal.column_origin(source, column_name) AS o;
END;
COMMENT ON FUNCTION user_ops_internal.is_distributed_by(regclass, name) IS
	'Whether Citus distributes the rows of a source by this column';

CREATE FUNCTION user_ops_internal.groups_elsewhere(s view_settings) RETURNS boolean
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET enable_partitionwise_aggregate = on
AS $$
DECLARE
	plan jsonb;
BEGIN
	-- the planner is asked: it knows partitions, the options of servers, and sees through views
	EXECUTE 'EXPLAIN (FORMAT json) ' || user_ops_internal.activity_query(user_ops_internal.settings_parts(s)) INTO plan;
	RETURN NOT jsonb_path_exists(plan, '$.**."Node Type" ? (@ == "Aggregate")');
END $$;
COMMENT ON FUNCTION user_ops_internal.groups_elsewhere(view_settings) IS
	'Whether foreign servers group the rows of the source by user, and no row of it comes here';

CREATE FUNCTION user_ops_internal.find_spread(s view_settings) RETURNS text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	sharded regclass := user_ops_internal.sharded_table(s.source);
BEGIN
	IF sharded IS NULL THEN
		IF EXISTS (SELECT FROM user_ops_internal.relations_read(s.source) AS r (relation) JOIN pg_class c ON c.oid = r.relation AND c.relkind = 'f')
		   AND user_ops_internal.groups_elsewhere(s) THEN
			RETURN 'foreign';
		END IF;
		RETURN NULL;
	ELSIF user_ops_internal.is_distributed_by(s.source, s.user_id) THEN
		RETURN 'user';
	ELSIF user_ops_internal.is_distributed_by(s.source, s.tenant) THEN
		RETURN 'tenant';
	END IF;
	RAISE EXCEPTION 'rows of one user are on many shards: % is distributed by "%"', sharded, user_ops_internal.shard_column(sharded)
		USING ERRCODE = 'feature_not_supported',
			  HINT = format('Distribute it by the user: SELECT alter_distributed_table(%L, distribution_column => ''...''); or by a tenant, and name that with tenant. A view shows this column as it is.', sharded);
END $$;
COMMENT ON FUNCTION user_ops_internal.find_spread(view_settings) IS
	'Where rows of the source are grouped by user: user or tenant: on shards of Citus, distributed by that; foreign: on foreign servers; NULL: here, whether they are here or have to be fetched. 0A000 for shards that hold users in part';

CREATE FUNCTION user_ops_internal.is_stored_on_shards(s view_settings, target_schema name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT s.spread IN ('user', 'tenant') IS TRUE
		AND user_ops_internal.is_beside(to_regclass(format('%I.activity', target_schema)), CASE s.spread WHEN 'tenant' THEN s.tenant ELSE 'user_id' END, user_ops_internal.sharded_table(s.source));
END;
COMMENT ON FUNCTION user_ops_internal.is_stored_on_shards(view_settings, name) IS
	'Whether what a schema stores of users is on the shards of its source';

CREATE FUNCTION user_ops_internal.check_spread(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	taken name;
BEGIN
	IF (s.spread IN ('user', 'tenant')) IS NOT TRUE THEN
		RETURN;
	END IF;
	SELECT c INTO taken FROM unnest(s.tenant || s.first_values) AS c WHERE c ~ '^(found|kept|is_stored|other_columns|differs|old|(found|stored)_[0-9]+)$' LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'a refresh on shards uses the column name "%" itself', taken
			USING ERRCODE = 'duplicate_column',
				  HINT = 'Give a view as the source, in which the column has another name.';
	ELSIF s.stored THEN
		RETURN;
	END IF;
	IF s.tenant IS NOT NULL THEN
		RAISE EXCEPTION 'views with a tenant over a distributed table have to be stored'
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Omit stored => false, or tenant: what each tenant''s views are fitted to cannot be joined on the shards.';
	ELSIF s.as_of IS NULL THEN
		RAISE EXCEPTION 'views that read a distributed table need a date'
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Give as_of, or omit stored => false: each node has a clock of its own, and they would count by different dates.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_spread(view_settings) IS
	'Errors, with a hint, for settings that create_views cannot use over a distributed source';

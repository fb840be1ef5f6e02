-- refresh and drop_views.

CREATE FUNCTION refresh(target_schema name,
		OUT as_of date, OUT users bigint, OUT inserted bigint, OUT updated bigint, OUT deleted bigint,
		OUT rows_left_out bigint)
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
	s user_ops.view_settings := user_ops.view_settings(target_schema);
	scanned text := format('user_ops_refresh_%s', md5(random()::text || clock_timestamp()));
	same text;
	read_at timestamptz;
BEGIN
	IF NOT s.stored THEN
		RAISE NOTICE 'nothing is stored in "%": its views read the source', target_schema;
		RETURN;
	END IF;
	-- two refreshes wait for each other; readers do not wait
	EXECUTE format('LOCK TABLE %I.settings IN SHARE UPDATE EXCLUSIVE MODE', target_schema);
	s := user_ops.view_settings(target_schema);
	PERFORM user_ops.check_source(s);
	same := user_ops.equality_operator((SELECT a.atttypid FROM pg_attribute a
				WHERE a.attrelid = format('%I.activity', target_schema)::regclass AND a.attname = 'user_id'));

	-- before the snapshot of the scan, which may be as old as the transaction: a day counts as over only if it was
	read_at := CASE WHEN current_setting('transaction_isolation') = 'read committed' THEN clock_timestamp() ELSE now() END;
	EXECUTE 'SELECT ' || user_ops.as_of_expression(s, '$1') INTO refresh.as_of USING read_at;
	EXECUTE format('CREATE TEMPORARY TABLE %I ON COMMIT DROP AS %s', scanned, user_ops.scan_query(s));
	EXECUTE format('ANALYZE pg_temp.%I', scanned);

	-- one statement, one snapshot: readers see all of it or none
	EXECUTE format(
		'WITH found AS (
			SELECT f.user_id, f.activity FROM pg_temp.%1$I AS f
			WHERE f.user_id IS NOT NULL
		 ), differing AS MATERIALIZED (
			SELECT coalesce(f.user_id, a.user_id) AS user_id, f.activity, a.user_id IS NULL AS is_new
			FROM found AS f FULL JOIN %2$I.activity AS a ON f.user_id %3$s a.user_id
			WHERE f.activity IS DISTINCT FROM a.activity
			ORDER BY 1
		 ), gone AS (
			DELETE FROM %2$I.activity AS a USING differing AS d
			WHERE d.user_id %3$s a.user_id AND d.activity IS NULL RETURNING 1
		 ), changed AS (
			UPDATE %2$I.activity AS a SET activity = d.activity FROM differing AS d
			WHERE d.user_id %3$s a.user_id AND NOT d.is_new AND d.activity IS NOT NULL RETURNING 1
		 ), added AS (
			INSERT INTO %2$I.activity SELECT d.user_id, d.activity FROM differing AS d WHERE d.is_new RETURNING 1
		 )
		 SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM added), (SELECT count(*) FROM changed),
				(SELECT count(*) FROM gone), (SELECT coalesce(sum(f.left_out), 0) FROM pg_temp.%1$I AS f)',
		scanned, target_schema, same)
	INTO refresh.users, refresh.inserted, refresh.updated, refresh.deleted, refresh.rows_left_out;
	EXECUTE format('DROP TABLE pg_temp.%I', scanned);
	IF refresh.inserted + refresh.updated + refresh.deleted > refresh.users / 10 THEN
		EXECUTE format('ANALYZE %I.activity', target_schema);
	END IF;

	EXECUTE format('DELETE FROM %I.basis', target_schema);
	EXECUTE format(
		'INSERT INTO %I.basis SELECT f.as_of, f.rfm, f.typical_gap, $1, $2 FROM (%s) AS f',
		target_schema, user_ops.basis_query(s, target_schema, format('%L::date', refresh.as_of)))
	USING read_at, refresh.rows_left_out;
	EXECUTE format('ANALYZE %I.basis', target_schema);
END $$;
COMMENT ON FUNCTION refresh(name) IS
	'Brings a schema made by create_views up to date with its source in one transaction: only users who changed are written, and no reader waits. Tells the new as_of and what changed';

CREATE FUNCTION drop_objects(target_schema name) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 15
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	made record;
BEGIN
	-- a refresh under way comes to its end first
	EXECUTE format('LOCK TABLE %I.settings IN ACCESS EXCLUSIVE MODE', target_schema);
	-- views before what they read
	FOR made IN
		SELECT format('%I.%I', n.nspname, c.relname) AS relation, c.relkind
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = target_schema
		WHERE c.relname IN (SELECT v.object FROM user_ops.view_catalog() AS v UNION SELECT 'settings')
		ORDER BY CASE WHEN c.relname IN ('rfm_segments', 'rfm_ntile') THEN 1
					  WHEN c.relname = 'basis' THEN 3
					  WHEN c.relname = 'activity' THEN 4
					  WHEN c.relname = 'settings' THEN 5 ELSE 2 END
	LOOP
		EXECUTE format('DROP %s %s', CASE made.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, made.relation);
		RETURN NEXT made.relation;
	END LOOP;
END $$;
COMMENT ON FUNCTION drop_objects(name) IS
	'Drops what create_views made in a schema, and tells the names; 2BP01 if something else depends on it';

CREATE FUNCTION drop_views(target_schema name) RETURNS SETOF text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000 ROWS 15
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('user_ops.create_views ' || target_schema, 0));
	PERFORM user_ops.view_settings(target_schema);
	RETURN QUERY SELECT user_ops.drop_objects(target_schema);
	IF EXISTS (SELECT FROM pg_depend d
			   WHERE d.refclassid = 'pg_namespace'::regclass
				 AND d.refobjid = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = target_schema)
				 AND d.deptype = 'n') THEN
		RAISE NOTICE 'schema "%" is kept: it holds other objects', target_schema;
	ELSE
		EXECUTE format('DROP SCHEMA %I', target_schema);
		RETURN NEXT quote_ident(target_schema);
	END IF;
END $$;
COMMENT ON FUNCTION drop_views(name) IS
	'Drops all that create_views made, and the schema if nothing else is in it; tells what it dropped';

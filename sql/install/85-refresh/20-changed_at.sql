-- Refreshing by a column that tells when a row changed.

CREATE FUNCTION user_ops_internal.check_changed_at(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	changed_type regtype;
BEGIN
	IF s.changed_at IS NULL THEN
		RETURN;
	END IF;
	IF NOT s.stored THEN
		RAISE EXCEPTION 'changed_at is for stored views, which are refreshed'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Omit changed_at, or stored => false.';
	END IF;
	changed_type := user_ops_internal.column_type(s.source, s.changed_at, 'changed_at');
	IF changed_type <> 'timestamptz'::regtype AND (changed_type <> 'timestamp'::regtype OR s.source_time_zone IS NULL) THEN
		RAISE EXCEPTION 'changed_at column "%" has type %', s.changed_at, changed_type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = CASE WHEN changed_type = 'timestamp'::regtype AND user_ops_internal.column_type(s.source, s.event_time, 'event_time') = 'timestamp'::regtype
						 THEN 'Say with source_time_zone what zone both are in.'
						 WHEN changed_type = 'timestamp'::regtype
						 -- source_time_zone is about event_time, which needs none
						 THEN format('Give a view as the source, in which it is %I AT TIME ZONE ''...'', the zone that it is in.', s.changed_at)
						 ELSE 'It must be timestamp with time zone, or timestamp as event_time is; a view over the source can convert it.' END;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_changed_at(view_settings) IS
	'Errors, with a hint, for a changed_at that create_views cannot use';

CREATE FUNCTION user_ops_internal.changed_since_expression(s view_settings, moment text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- where clocks go back soon after, later moments have earlier local times: from the earliest of these on
	SELECT format(CASE WHEN user_ops_internal.column_type(s.source, s.changed_at, 'changed_at') = 'timestamptz'::regtype THEN '%1$s'
				  ELSE 'least(%1$s AT TIME ZONE %2$L, (%1$s + interval ''24 hours'') AT TIME ZONE %2$L - interval ''24 hours'')' END,
				  moment, s.source_time_zone);
END;
COMMENT ON FUNCTION user_ops_internal.changed_since_expression(view_settings, text) IS
	'SQL for a moment, itself SQL, as something to compare the column changed_at with: what changed since is not less';

CREATE FUNCTION user_ops_internal.many_changed(s view_settings, target_schema name, changed_since timestamptz) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	changed_rows text := format('FROM %s AS e WHERE e.%I >= %s', s.source, s.changed_at, user_ops_internal.changed_since_expression(s, '$1'));
	n_rows bigint;
	few_users bigint;
	n bigint;
BEGIN
	EXECUTE format('SELECT l.rows_read, l.users / 10 FROM %I.refresh_log AS l WHERE l.status = ''done'' AND l.reads = ''full''
					ORDER BY l.finished_at DESC LIMIT 1', target_schema)
	INTO n_rows, few_users;
	-- of rows that are elsewhere only the users come here
	IF s.spread IS NULL THEN
		EXECUTE format('SELECT count(*) FROM (SELECT 1 %s LIMIT $2) AS e', changed_rows) INTO n USING changed_since, greatest(n_rows / 5, 1000);
		IF n < 1000 OR n <= few_users THEN
			RETURN false;
		ELSIF n >= n_rows / 5 THEN
			RETURN true;
		END IF;
	END IF;
	-- what counts is how many users must be looked up, however many rows of theirs changed
	EXECUTE user_ops_internal.render('SELECT count(*) FROM (SELECT e.{user_column}{, e.tenant} {changed_rows} GROUP BY e.{user_column}{, e.tenant}) AS u',
							user_ops_internal.settings_parts(s), jsonb_build_object('changed_rows', changed_rows))
	INTO n USING changed_since;
	RETURN coalesce(n > few_users AND (s.spread IS NULL OR n >= 1000), true);
END $$;
COMMENT ON FUNCTION user_ops_internal.many_changed(view_settings, name, timestamptz) IS
	'Whether so many users have a row changed since a moment, over a tenth, that reading all rows takes less time than looking up theirs';

CREATE FUNCTION user_ops_internal.notice_of_missing_indexes(s view_settings) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	missing name;
BEGIN
	FOR missing IN
		SELECT a.attname
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN (s.changed_at, s.user_id, CASE WHEN s.keep_history THEN s.event_time END)
		WHERE s.changed_at IS NOT NULL AND s.spread IS DISTINCT FROM 'foreign' AND c.oid = s.source AND c.relkind IN ('r', 'p', 'm')
		  AND NOT EXISTS (SELECT FROM pg_index i LEFT JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = s.tenant
						  JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
						  WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL
							AND (i.indkey[0] = a.attnum
								 OR i.indkey[0] = t.attnum AND i.indkey[1] = a.attnum AND a.attname = s.user_id))
		ORDER BY a.attname = s.user_id
	LOOP
		RAISE NOTICE 'a refresh by "%" would use an index on column "%" of %', s.changed_at, missing, s.source
			USING HINT = format('CREATE INDEX ON %s (%I)%s;', s.source, missing,
								-- all that is read of a user's rows, so that they need not be fetched from the table
								CASE WHEN missing = s.user_id
									 THEN (SELECT format(' INCLUDE (%s)', string_agg(quote_ident(c), ', '))
										   FROM unnest(ARRAY[s.tenant, s.event_time, s.amount]) AS c WHERE c IS NOT NULL) END);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.notice_of_missing_indexes(view_settings) IS
	'A notice for each index that a refresh by changed_at would use and the source has not';

-- refresh: what is stored brought up to date.

CREATE FUNCTION user_ops_internal.report_progress(target_schema name, step text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- the one thing that other sessions see of a transaction under way; as a name it is not too long
	PERFORM set_config('application_name', format('user_ops.refresh %s %s', step, target_schema)::name::text, true);
END $$;
COMMENT ON FUNCTION user_ops_internal.report_progress(name, text) IS
	'Tells by application_name, which pg_stat_activity shows to other sessions, how far a refresh is';

CREATE FUNCTION user_ops_internal.refresh_parts(s view_settings, target_schema name) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	temporary text := 'pg_temp.user_ops_refresh_' || md5(random()::text || clock_timestamp());
	on_shards boolean := user_ops_internal.is_stored_on_shards(s, target_schema);
	parts jsonb := user_ops_internal.settings_parts(s) || jsonb_build_object(
		'schema', quote_ident(target_schema),
		'on_shards', on_shards,
		'forgetting', user_ops_internal.forgetting(s, target_schema),
		'changes', temporary,
		'due', 'true',
		'read_counts', format('(SELECT * FROM %s AS c WHERE c.rows_read IS NOT NULL)', temporary),
		'forget', 'DROP TABLE',
		'new_fits', temporary || '_new_fits',
		'fitted_before', temporary || '_before',
		'counts', temporary || '_counts');
BEGIN
	IF user_ops_internal.is_given(parts -> 'forgetting') THEN
		-- an error for who would leave out nobody
		PERFORM user_ops_internal.forgotten_key(target_schema);
	END IF;
	IF on_shards THEN
		-- lasting tables, empty between refreshes: a temporary one would be here
		parts := parts || jsonb_build_object(
			'changes', format('%I.changes', target_schema),
			'forget', 'DELETE FROM',
			'due', 'c.differs',
			'fitted_before', format('%I.fitted_before', target_schema));
		parts := parts || jsonb_build_object('read_counts', user_ops_internal.render(
			'(SELECT {c.tenant,} coalesce(sum(user_ops_internal.left_out_rows(c.reasons)), 0)::bigint AS left_out FROM {changes} AS c {GROUP BY c.tenant})', parts));
	END IF;
	RETURN parts;
END $$;
COMMENT ON FUNCTION user_ops_internal.refresh_parts(view_settings, name) IS
	'What templates of a refresh can name: beside settings_parts the schema, the tables that only it reads, and forgetting, as not_forgotten takes it; read_counts: a row, for each tenant, with the number of rows left_out';

CREATE FUNCTION user_ops_internal.touched_users(s view_settings, parts jsonb, changed_since timestamptz, OUT touched text, OUT condition text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	touched := '';
	condition := 'true';
	IF changed_since IS NOT NULL AND user_ops_internal.is_given(parts -> 'on_shards') THEN
		condition := user_ops_internal.changed_on_shards(s, parts, 'e', quote_ident(s.user_id));
	ELSIF changed_since IS NOT NULL THEN
		touched := user_ops_internal.render('WITH touched AS MATERIALIZED (
			SELECT e.{user_column} AS user_id{, e.tenant} FROM {source} AS e WHERE e.{changed_at} >= {since} AND e.{user_column} IS NOT NULL GROUP BY e.{user_column}{, e.tenant})',
			parts, jsonb_build_object('changed_at', quote_ident(s.changed_at), 'since', user_ops_internal.changed_since_expression(s, '$1')));
		-- what is elsewhere is asked for their ids
		condition := user_ops_internal.render('{^elsewhere}EXISTS (SELECT FROM touched AS t WHERE {same_user}{#tenant} AND {e.tenant = t.tenant}{/tenant}){/elsewhere}{#elsewhere}{one_of_them}{/elsewhere}', parts, jsonb_build_object(
			'same_user', user_ops_internal.same_value(s.source, s.user_id, 'user_id', 'e.' || quote_ident(s.user_id), 't.user_id'),
			'one_of_them', user_ops_internal.same_value(s.source, s.user_id, 'user_id', 'e.' || quote_ident(s.user_id), 'ANY (ARRAY(SELECT t.user_id FROM touched AS t))')));
	END IF;
	condition := concat_ws(' AND ', condition, user_ops_internal.not_forgotten(s, parts, 'e.' || quote_ident(s.user_id)));
END $$;
COMMENT ON FUNCTION user_ops_internal.touched_users(view_settings, jsonb, timestamptz) IS
	'SQL for the users with a row changed since a moment, $1: a WITH clause, and the condition that a row e of the source is of one of them, and of nobody who was forgotten; of all users if the moment is NULL';

CREATE FUNCTION user_ops_internal.stored_of_touched(parts jsonb, stored text, columns name[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- they are few: OFFSET 0 makes each a look-up
	RETURN user_ops_internal.render('(
		SELECT t.user_id{, t.tenant}, {columns}
		FROM touched AS t LEFT JOIN LATERAL (SELECT a.* FROM {stored} AS a WHERE {a.user = t.user} OFFSET 0) AS a ON true)', parts, jsonb_build_object(
			'stored', stored, 'columns', (SELECT string_agg(format('a.%I', c.name), ', ' ORDER BY c.place) FROM unnest(columns) WITH ORDINALITY AS c (name, place))));
END $$;
COMMENT ON FUNCTION user_ops_internal.stored_of_touched(jsonb, text, name[]) IS
	'SQL for these columns of a stored table, of the users that touched_users names';

CREATE FUNCTION user_ops_internal.find_changes(s view_settings, target_schema name, parts jsonb, changed_since timestamptz,
		OUT rows_read bigint, OUT left_out bigint, OUT reasons bigint[], OUT added bigint, OUT changed bigint, OUT removed bigint,
		OUT first_day date, OUT kept_before date)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	before record;
	read record;
	stored text;
	by_key text := CASE WHEN s.tenant IS NULL THEN '1' ELSE '1, 2' END;
	nobody boolean;
	n_new bigint := 0;
BEGIN
	IF user_ops_internal.is_given(parts -> 'on_shards') THEN
		SELECT f.* INTO rows_read, left_out, reasons, added, changed, removed, first_day, kept_before
		FROM user_ops_internal.find_changes_on_shards(s, target_schema, parts, changed_since) AS f;
		RETURN;
	END IF;
	SELECT t.* INTO read FROM user_ops_internal.touched_users(s, parts, changed_since) AS t;
	IF changed_since IS NOT NULL THEN
		stored := user_ops_internal.stored_of_touched(parts, format('%I.activity', target_schema), 'activity'::name || s.first_values);
	END IF;
	SELECT l.* INTO before FROM user_ops_internal.last_read(target_schema) AS l;
	-- what Citus brings here it does not write in the same statement
	EXECUTE user_ops_internal.render('SELECT $1 AND NOT EXISTS (SELECT 1 FROM {schema}.activity)', parts) INTO nobody USING changed_since IS NULL AND s.spread IS DISTINCT FROM 'user' AND s.spread IS DISTINCT FROM 'tenant';
	-- one statement, one snapshot: what a transaction wrote for several users comes together
	EXECUTE user_ops_internal.render('CREATE TEMPORARY TABLE {changes} ON COMMIT DROP AS {touched} SELECT * FROM ({compared}) AS c ORDER BY {by_key}', parts, jsonb_build_object(
				'touched', read.touched, 'compared', user_ops_internal.compared_query(parts, read.condition, stored), 'by_key', by_key))
			|| CASE WHEN nobody THEN ' WITH NO DATA' ELSE '' END
	USING changed_since, before.first_day, before.kept_before;
	IF nobody THEN
		-- all are new: they need no detour
		EXECUTE (SELECT user_ops_internal.render($query$
				{scan}, counted AS (
					INSERT INTO {changes} ({#tenant}{tenant_name}, {/tenant}rows_read, left_out, reasons) {counts})
				INSERT INTO {schema}.activity {users} ORDER BY {by_key}$query$, parts, to_jsonb(p) || jsonb_build_object('by_key', by_key))
			FROM user_ops_internal.scan_parts(parts, read.condition) AS p);
		GET DIAGNOSTICS n_new = ROW_COUNT;
	END IF;
	IF changed_since IS NULL AND user_ops_internal.is_given(parts -> 'forgetting') THEN
		PERFORM user_ops_internal.count_forgotten(s, parts);
	END IF;
	EXECUTE user_ops_internal.render($query$
		SELECT coalesce(sum(c.rows_read), 0)::bigint, coalesce(sum(c.left_out), 0)::bigint,
			count(*) FILTER (WHERE c.was IS NULL AND c.user_id IS NOT NULL),
			count(*) FILTER (WHERE c.was IS NOT NULL AND c.activity IS NOT NULL),
			count(*) FILTER (WHERE c.activity IS NULL AND c.user_id IS NOT NULL),
			max(c.first_day), max(c.kept_before), user_ops_internal.left_out_array({reasons})
		FROM {changes} AS c$query$, parts, jsonb_build_object('reasons', user_ops_internal.left_out_sum('c.reasons')))
	INTO STRICT rows_read, left_out, added, changed, removed, first_day, kept_before, reasons;
	added := added + n_new;
	IF nobody AND s.keep_history THEN
		EXECUTE user_ops_internal.render('SELECT min(user_ops.first_day(a.activity, ''infinity'')) FROM {schema}.activity AS a', parts) INTO first_day;
		kept_before := first_day;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.find_changes(view_settings, name, jsonb, timestamptz) IS
	'Makes a temporary table of the users whose activity differs from the stored one, as it is and as it was; of all users, or of those with a row changed since. A row without user tells how much was read and left out, and why: reasons, in the order of left_out_counts. Where nobody is stored yet, all users are stored at once, and are not in it';

CREATE FUNCTION refresh(target_schema name, full_scan boolean DEFAULT false,
		OUT as_of date, OUT users bigint, OUT inserted bigint, OUT updated bigint, OUT deleted bigint,
		OUT rows_left_out bigint)
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	s user_ops_internal.view_settings;
	parts jsonb;
	caller text := current_setting('application_name');
	started_at timestamptz := clock_timestamp();
	read_at timestamptz;
	changed_since timestamptz;
	was record;
	now_is record;
	before record;
	found record;
	step user_ops_internal.refresh_step;
	n_changes bigint;
BEGIN
	PERFORM user_ops_internal.lock_out_refreshes(target_schema);
	s := user_ops_internal.view_settings(target_schema);
	IF NOT s.stored THEN
		RAISE NOTICE 'nothing is stored in "%": its views read the source', target_schema
			USING HINT = CASE WHEN (user_ops_internal.current_source(s, target_schema)).source = s.source THEN 'They need no refresh.'
							  ELSE format('They read %s, and %s is another relation now: call user_ops.create_views again.', s.source, s.source_name) END;
		RETURN;
	END IF;
	PERFORM user_ops_internal.check_trust(target_schema);
	s := user_ops_internal.follow_source(s, target_schema);
	PERFORM user_ops_internal.check_fits(s, target_schema);
	PERFORM user_ops_internal.check_source(s);
	PERFORM user_ops_internal.check_changed_at(s);
	s.spread := user_ops_internal.find_spread(s);
	PERFORM user_ops_internal.check_own_tables(s, target_schema);
	parts := user_ops_internal.refresh_parts(s, target_schema);
	IF current_setting('transaction_isolation') <> 'read committed' AND NOT user_ops_internal.is_given(parts -> 'on_shards') THEN
		-- 40001 where another refresh was faster, and not later that a user is there twice: each writes these rows
		EXECUTE format('SELECT FROM %I.fitted FOR NO KEY UPDATE', target_schema);
	END IF;
	IF s.spread IN ('user', 'tenant') AND NOT user_ops_internal.is_given(parts -> 'on_shards') THEN
		RAISE NOTICE '% is distributed, and what "%" stores is on this server: a row for each user has to come here', s.source, target_schema
			USING HINT = format('SELECT user_ops.distribute(%L);', target_schema);
	END IF;
	IF s.spread IS NOT NULL THEN
		-- shards that are partitions are grouped one by one
		PERFORM set_config('enable_partitionwise_aggregate', 'on', true);
	END IF;

	-- before the snapshot of the scan, which may be as old as the transaction: a day counts as over only if it was
	read_at := CASE WHEN current_setting('transaction_isolation') = 'read committed' THEN clock_timestamp() ELSE now() END;
	EXECUTE 'SELECT ' || user_ops_internal.as_of_expression(s, '$1') INTO refresh.as_of USING read_at;
	EXECUTE format('SELECT f.* FROM %I.fitted AS f', target_schema) INTO was;
	SELECT l.* INTO before FROM user_ops_internal.last_read(target_schema) AS l;
	-- by two columns, users of rows that are elsewhere cannot be asked for
	IF NOT full_scan AND s.changed_at IS NOT NULL AND before.source = s.source
	   AND (s.spread IS NULL OR s.tenant IS NULL OR user_ops_internal.is_given(parts -> 'on_shards')) THEN
		-- a day of the overlap has 24 hours, whatever the zone of the session
		changed_since := (was.refreshed_at AT TIME ZONE 'UTC' - s.changed_overlap) AT TIME ZONE 'UTC';
		IF user_ops_internal.many_changed(s, target_schema, changed_since) THEN
			changed_since := NULL;
		END IF;
	END IF;

	PERFORM user_ops_internal.report_progress(target_schema, '1/4 reading');
	SELECT f.* INTO found FROM user_ops_internal.find_changes(s, target_schema, parts, changed_since) AS f;
	IF s.keep_history AND changed_since IS NOT NULL AND found.kept_before IS NULL AND found.rows_read > 0 THEN
		-- the source has another first day than before
		EXECUTE user_ops_internal.render('{forget} {changes}', parts);
		changed_since := NULL;
		SELECT f.* INTO found FROM user_ops_internal.find_changes(s, target_schema, parts, changed_since) AS f;
	END IF;
	IF changed_since IS NULL AND found.kept_before > found.first_day + 1 THEN
		RAISE NOTICE 'rows of days before % are not counted: these days are kept as they are stored', to_char(found.kept_before, 'YYYY-MM-DD')
			USING HINT = 'They are once the source has at least as many of these days as are stored; or call create_views with keep_history => false, which takes all days from the source.';
	END IF;
	refresh.rows_left_out := found.left_out;
	refresh.inserted := found.added;
	refresh.updated := found.changed;
	refresh.deleted := found.removed;
	n_changes := refresh.inserted + refresh.updated + refresh.deleted;
	PERFORM user_ops_internal.report_progress(target_schema, '2/4 writing');
	PERFORM user_ops_internal.write_changes(format('%I.activity', target_schema), 'activity'::name || s.first_values, parts,
											refresh.inserted, refresh.updated, refresh.deleted);
	EXECUTE format('SELECT l.users + $1 FROM %I.refresh_log AS l
					WHERE $2 AND l.users IS NOT NULL ORDER BY l.finished_at DESC LIMIT 1', target_schema)
	INTO refresh.users USING refresh.inserted - refresh.deleted, changed_since IS NOT NULL;
	IF refresh.users IS NULL THEN
		EXECUTE format('SELECT count(*) FROM %I.activity', target_schema) INTO refresh.users;
	END IF;
	IF n_changes > refresh.users / 10 THEN
		PERFORM user_ops_internal.maintain_table(format('%I.activity', target_schema), 'ANALYZE %s');
	END IF;

	PERFORM user_ops_internal.report_progress(target_schema, '3/4 fitting');
	IF s.tenant IS NOT NULL THEN
		EXECUTE user_ops_internal.render('{#on_shards}INSERT INTO {fitted_before} SELECT {f.tenant}, f.as_of, f.rfm, f.typical_gap FROM {schema}.fitted AS f{/on_shards}{^on_shards}CREATE TEMPORARY TABLE {fitted_before} ON COMMIT DROP AS TABLE {schema}.fitted{/on_shards}', parts);
	END IF;
	-- fitting reads all users: between full scans a day keeps its cut points while few users change
	IF was.as_of = refresh.as_of AND NOT user_ops_internal.tenants_came_or_went(parts)
	   AND (n_changes = 0 AND was.fitted_at = was.refreshed_at OR changed_since IS NOT NULL AND n_changes < refresh.users / 10 AND isfinite(was.fitted_at)) THEN
		PERFORM user_ops_internal.keep_fitted(parts, changed_since IS NULL, n_changes = 0, read_at);
	ELSE
		PERFORM user_ops_internal.write_fitted(s, target_schema, parts, changed_since IS NULL, refresh.as_of, read_at);
	END IF;

	PERFORM user_ops_internal.report_progress(target_schema, '4/4 history');
	EXECUTE format('SELECT f.* FROM %I.fitted AS f', target_schema) INTO now_is;
	-- on shards counting is spread, and what changed would come here
	step := (n_changes = 0 OR changed_since IS NOT NULL AND n_changes < refresh.users / 4 AND NOT user_ops_internal.is_given(parts -> 'on_shards'),
		refresh.inserted + refresh.updated = refresh.users, changed_since IS NULL,
		greatest(read_at, was.refreshed_at + interval '1 microsecond'));
	PERFORM user_ops_internal.write_history(s, parts, step,
		-- where nobody was, everybody is new: nobody moved
		(CASE WHEN refresh.users - refresh.inserted + refresh.deleted > 0 THEN was.as_of END, was.rfm, was.typical_gap)::user_ops_internal.label_inputs,
		(refresh.as_of, now_is.rfm, now_is.typical_gap)::user_ops_internal.label_inputs);
	EXECUTE user_ops_internal.render('{forget} {changes}', parts);
	IF s.tenant IS NOT NULL THEN
		EXECUTE user_ops_internal.render('{forget} {fitted_before}', parts);
	END IF;
	PERFORM user_ops_internal.refresh_addons(s, target_schema, parts, s.addons, changed_since, coalesce(found.kept_before, before.kept_before));
	EXECUTE format('INSERT INTO %I.refresh_log (started_at, finished_at, status, reads, as_of, rows_read, rows_left_out, users,
						users_added, users_changed, users_removed, first_day, kept_before, source,
						rows_without_user, rows_without_time, rows_ignored, rows_bad_amount, rows_many_decimals)
					VALUES ($1, clock_timestamp(), ''done'', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
						$13[1], $13[2], $13[3], $13[4], $13[5])', target_schema)
	USING started_at, CASE WHEN changed_since IS NULL THEN 'full' ELSE 'changed' END, refresh.as_of, found.rows_read,
		  refresh.rows_left_out, refresh.users, refresh.inserted, refresh.updated, refresh.deleted,
		  CASE WHEN s.keep_history THEN coalesce(found.first_day, before.first_day) END,
		  CASE WHEN s.keep_history THEN coalesce(nullif(found.kept_before, 'infinity'), before.kept_before) END, s.source, found.reasons;
	-- last, as readers wait from here to the commit where there is something to take over
	PERFORM user_ops_internal.copy_policies(s, target_schema);
	PERFORM set_config('application_name', caller, true);
END $$;
COMMENT ON FUNCTION refresh(name, boolean) IS
	'Views: Brings a schema made by create_views up to date with its source in one transaction: only users who changed are written, and no reader waits. With changed_at only users with changed rows are read, unless full_scan. Tells the new as_of and what changed';

CREATE FUNCTION user_ops_internal.log_failure(target_schema name, full_scan boolean, started_at timestamptz, error text,
		INOUT detail text, INOUT hint text, OUT logged boolean)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	log text := format('%I.refresh_log', target_schema);
	why text := 'There is no log to write it to.';
BEGIN
	hint := coalesce(nullif(hint, ''), 'What stood before the refresh still stands.');
	logged := false;
	-- whatever goes wrong here, the refresh failed for another reason
	BEGIN
		IF now() <> statement_timestamp() THEN
			why := format('It is not written in %s: a call within a transaction block cannot commit it.', log);
		ELSIF to_regclass(log) IS NOT NULL AND user_ops_internal.made_by_create_views(target_schema) AND NOT row_security_active(log) THEN
			EXECUTE format('INSERT INTO %s (started_at, finished_at, status, reads, error)
							VALUES ($1, clock_timestamp(), ''failed'', CASE WHEN $2 THEN ''full'' END, $3)', log)
			USING started_at, full_scan, concat_ws(E'\n', error, nullif(detail, ''));
			why := format('It is written in %s.', log);
			logged := true;
		END IF;
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		why := format('It could not be written in %s: %s.', log, SQLERRM);
	END;
	detail := concat_ws(' ', nullif(detail, ''), why);
END $$;
COMMENT ON FUNCTION user_ops_internal.log_failure(name, boolean, timestamptz, text, text, text) IS
	'Writes a refresh that failed into the log of its schema, if it can; tells the detail and hint to fail with, and whether it wrote';

-- It commits, which a procedure with settings of its own cannot: so every name is
-- qualified, and there is no operator.
CREATE PROCEDURE scheduled_refresh(target_schema name, full_scan boolean DEFAULT false)
	LANGUAGE plpgsql
AS $$
DECLARE
	started_at pg_catalog.timestamptz := pg_catalog.clock_timestamp();
	failed pg_catalog.bool := false;
	code pg_catalog.text;
	message pg_catalog.text;
	details pg_catalog.text;
	advice pg_catalog.text;
	is_logged pg_catalog.bool;
BEGIN
	BEGIN
		PERFORM user_ops.refresh(target_schema, full_scan);
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
			details = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
		failed := true;
	END;
	IF failed THEN
		SELECT f.detail, f.hint, f.logged INTO details, advice, is_logged
		FROM user_ops_internal.log_failure(target_schema, full_scan, started_at, message, details, advice) AS f;
		IF is_logged THEN
			COMMIT;
		END IF;
		RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = details, HINT = advice;
	END IF;
END $$;
COMMENT ON PROCEDURE scheduled_refresh(name, boolean) IS
	'Views: refresh for cron and pg_cron: one that fails leaves the state before, writes its error into refresh_log, and fails';

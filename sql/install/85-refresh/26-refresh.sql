-- refresh: what is stored brought up to date.

CREATE FUNCTION report_progress(target_schema name, step text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- the one thing that other sessions see of a transaction under way; as a name it is not too long
	PERFORM set_config('application_name', format('user_ops.refresh %s %s', step, target_schema)::name::text, true);
END $$;
COMMENT ON FUNCTION report_progress(name, text) IS
	'Tells by application_name, which pg_stat_activity shows to other sessions, how far a refresh is';

CREATE FUNCTION differs_condition(s view_settings) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'f.activity IS DISTINCT FROM a.activity'
		|| CASE WHEN s.first_values IS NULL THEN ''
		   ELSE format(' OR (%s) IS DISTINCT FROM (%s)', user_ops.column_list(s.first_values, 'f'), user_ops.column_list(s.first_values, 'a')) END;
END;
COMMENT ON FUNCTION differs_condition(view_settings) IS
	'SQL for: the user f that was found is not as the stored row a has him';

CREATE FUNCTION find_changes(s view_settings, target_schema name, changed_since timestamptz, changes name,
		OUT rows_read bigint, OUT left_out bigint, OUT reasons bigint[], OUT added bigint, OUT changed bigint, OUT removed bigint,
		OUT first_day date, OUT kept_before date)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	tenant name[] := ARRAY[s.tenant];
	before record;
	stored text;
	touched text := '';
	condition text := 'true';
	places text := CASE WHEN s.tenant IS NULL THEN '1' ELSE '1, 2' END;
	nobody boolean;
	n_new bigint := 0;
BEGIN
	IF changed_since IS NOT NULL THEN
		touched := format('WITH touched AS MATERIALIZED (SELECT DISTINCT e.%I AS user_id%s FROM %s AS e WHERE e.%I >= %s AND e.%1$I IS NOT NULL)',
						  s.user_id, user_ops.column_list(tenant, 'e', before => ', '), s.source, s.changed_at,
						  user_ops.changed_since_expression(s, '$1'));
		condition := format('EXISTS (SELECT FROM touched AS t WHERE %s)', user_ops.same_user(s, 'e', 't', s.user_id));
		-- they are few: OFFSET 0 makes each a look-up
		stored := format('(SELECT t.user_id%s, a.activity%s FROM touched AS t LEFT JOIN LATERAL
							(SELECT a.* FROM %I.activity AS a WHERE %s OFFSET 0) AS a ON true)',
						 user_ops.column_list(tenant, 't', before => ', '), user_ops.column_list(s.first_values, 'a', before => ', '),
						 target_schema, user_ops.same_user(s, 'a', 't'));
	END IF;
	SELECT l.* INTO before FROM user_ops.last_read(target_schema) AS l;
	EXECUTE format('SELECT $1 AND NOT EXISTS (SELECT FROM %I.activity)', target_schema) INTO nobody USING changed_since IS NULL;
	-- one statement, one snapshot: what a transaction wrote for several users comes together
	EXECUTE format(
		'CREATE TEMPORARY TABLE %I ON COMMIT DROP AS %s SELECT * FROM (%s) AS c ORDER BY %s%s',
		changes, touched, user_ops.compared_query(s, target_schema, condition, stored), places, CASE WHEN nobody THEN ' WITH NO DATA' END)
	USING changed_since, before.first_day, before.kept_before;
	IF nobody THEN
		-- all are new: they need no detour
		EXECUTE (SELECT format('%s, counted AS (INSERT INTO pg_temp.%I (%srows_read, left_out, reasons) %s) INSERT INTO %I.activity %s ORDER BY %s',
							   p.scan, changes, coalesce(quote_ident(s.tenant) || ', ', ''), p.counts, target_schema, p.users, places)
				 FROM user_ops.scan_parts(s, condition) AS p);
		GET DIAGNOSTICS n_new = ROW_COUNT;
	END IF;
	EXECUTE format(
		'SELECT coalesce(sum(c.rows_read), 0)::bigint, coalesce(sum(c.left_out), 0)::bigint, count(*) FILTER (WHERE c.was IS NULL AND c.user_id IS NOT NULL),
			count(*) FILTER (WHERE c.was IS NOT NULL AND c.activity IS NOT NULL), count(*) FILTER (WHERE c.activity IS NULL AND c.user_id IS NOT NULL),
			max(c.first_day), max(c.kept_before), user_ops.left_out_array(%s)
		 FROM pg_temp.%I AS c', user_ops.left_out_sum('c.reasons'), changes)
	INTO STRICT rows_read, left_out, added, changed, removed, first_day, kept_before, reasons;
	added := added + n_new;
	IF nobody AND s.keep_history THEN
		EXECUTE format('SELECT min(user_ops.first_day(a.activity, ''infinity'')) FROM %I.activity AS a', target_schema) INTO first_day;
		kept_before := first_day;
	END IF;
END $$;
COMMENT ON FUNCTION find_changes(view_settings, name, timestamptz, name) IS
	'Makes a temporary table of the users whose activity differs from the stored one, as it is and as it was; of all users, or of those with a row changed since. A row without user tells how much was read and left out, and why: reasons, in the order of left_out_counts. Where nobody is stored yet, all users are stored at once, and are not in it';

CREATE FUNCTION maintain_table(relation regclass, command text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = relation) THEN
		EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE NOWAIT', relation);
		EXECUTE format(command, relation);
	END IF;
EXCEPTION WHEN lock_not_available THEN
	NULL;
END $$;
COMMENT ON FUNCTION maintain_table(regclass, text) IS
	'Runs a command such as ANALYZE %s on a table, unless that belongs to somebody else, or is being vacuumed or gets an index, which would be a wait: another time will do';

CREATE FUNCTION lower_fillfactor(stored regclass, changed bigint) RETURNS void
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops.maintain_table(stored, 'ALTER TABLE %s SET (fillfactor = 45)')
	FROM pg_class c WHERE c.oid = stored AND c.reloptions IS NULL AND c.reltuples > 0 AND changed > c.reltuples / 2;
END;
COMMENT ON FUNCTION lower_fillfactor(regclass, bigint) IS
	'Once most users changed at one refresh, keeps room on the pages of the stored table for a new version of each user: there it needs no entry in an index (HOT), and two versions take their room in any case';

CREATE FUNCTION write_changes(s view_settings, target_schema name, changes name, added bigint, changed bigint, removed bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	key regclass := format('%I.activity', target_schema);
	same text := user_ops.same_user(s, 'c', 'a');
	first_values text := user_ops.column_list(s.first_values, 'c', before => ', ');
	with_scans text := current_setting('enable_seqscan');
BEGIN
	-- the planner overrates looking up users who stand in the order of their ids
	IF changed + removed < (SELECT c.reltuples / 20 FROM pg_class c WHERE c.oid = key) THEN
		PERFORM set_config('enable_seqscan', 'off', true);
	END IF;
	IF removed > 0 THEN
		EXECUTE format('DELETE FROM %s AS a USING pg_temp.%I AS c WHERE %s AND c.activity IS NULL',
					   key, changes, same);
	END IF;
	IF changed > 0 THEN
		PERFORM user_ops.lower_fillfactor(key, changed);
		EXECUTE format('UPDATE %s AS a SET (activity%s) = ROW (c.activity%s) FROM pg_temp.%I AS c
						WHERE %s AND c.activity IS NOT NULL AND c.was IS NOT NULL',
					   key, (SELECT string_agg(format(', %I', c), '') FROM unnest(s.first_values) AS c), first_values, changes, same);
	END IF;
	PERFORM set_config('enable_seqscan', with_scans, true);
	IF added > 0 THEN
		EXECUTE format('INSERT INTO %s SELECT %sc.user_id, c.activity%s FROM pg_temp.%I AS c
						WHERE c.was IS NULL AND c.user_id IS NOT NULL',
					   key, user_ops.column_list(ARRAY[s.tenant], 'c', after => ', '), first_values, changes);
	END IF;
END $$;
COMMENT ON FUNCTION write_changes(view_settings, name, name, bigint, bigint, bigint) IS
	'Writes the users that find_changes found, in the order of their ids';

CREATE FUNCTION tenants_came_or_went(s view_settings, target_schema name, changes name) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	found boolean := false;
BEGIN
	IF s.tenant IS NOT NULL THEN
		EXECUTE format(
			'SELECT EXISTS (SELECT FROM (SELECT DISTINCT c.%1$I FROM pg_temp.%2$I AS c WHERE c.user_id IS NOT NULL) AS t
							WHERE EXISTS (SELECT FROM %3$I.activity AS a WHERE %4$s) <> EXISTS (SELECT FROM %3$I.fitted AS b WHERE %5$s))',
			s.tenant, changes, target_schema, user_ops.same_tenant(s, 'a', 't'), user_ops.same_tenant(s, 'b', 't'))
		INTO found;
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION tenants_came_or_went(view_settings, name, name) IS
	'Whether among the users that find_changes found, now written, are the first or the last of a tenant';

CREATE FUNCTION write_fitted(s view_settings, target_schema name, changes name, full_scan boolean, as_of date, read_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	fitted name := changes || '_fitted';
BEGIN
	-- by itself, because what writes to a lasting table does not run in parallel
	EXECUTE format('CREATE TEMPORARY TABLE %I ON COMMIT DROP AS
					SELECT f.*, coalesce(%s, 0) AS rows_left_out
					FROM (%s) AS f LEFT JOIN %I.fitted AS o ON %s LEFT JOIN pg_temp.%I AS c ON c.rows_read IS NOT NULL AND %s',
				   fitted, CASE WHEN full_scan THEN 'c.left_out' ELSE 'o.rows_left_out' END,
				   user_ops.fitted_query(s, target_schema, '$1'),
				   target_schema, user_ops.same_tenant(s, 'o', 'f'), changes, user_ops.same_tenant(s, 'c', 'f'))
	USING as_of;
	EXECUTE format('DELETE FROM %I.fitted', target_schema);
	EXECUTE format('INSERT INTO %I.fitted SELECT %sf.as_of, f.rfm, f.typical_gap, $1, f.rows_left_out, $1, f.purchase_model, f.spend_model
					FROM pg_temp.%I AS f',
				   target_schema, user_ops.column_list(ARRAY[s.tenant], 'f', after => ', '), fitted)
	USING read_at;
	EXECUTE format('DROP TABLE pg_temp.%I', fitted);
	PERFORM user_ops.maintain_table(format('%I.fitted', target_schema), 'ANALYZE %s');
	-- it costs about as much again
	IF full_scan THEN
		PERFORM user_ops.calibrate(s, target_schema, as_of, read_at);
	END IF;
END $$;
COMMENT ON FUNCTION write_fitted(view_settings, name, name, boolean, date, timestamptz) IS
	'Writes anew what depends on all users';

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
	s user_ops.view_settings;
	changes name := format('user_ops_refresh_%s', md5(random()::text || clock_timestamp()));
	caller text := current_setting('application_name');
	started_at timestamptz := clock_timestamp();
	read_at timestamptz;
	changed_since timestamptz;
	was record;
	now_is record;
	before record;
	found record;
	n_changes bigint;
BEGIN
	PERFORM user_ops.lock_out_refreshes(target_schema);
	s := user_ops.view_settings(target_schema);
	IF NOT s.stored THEN
		RAISE NOTICE 'nothing is stored in "%": its views read the source', target_schema
			USING HINT = CASE WHEN (user_ops.current_source(s, target_schema)).source = s.source THEN 'They need no refresh.'
							  ELSE format('They read %s, and %s is another relation now: call user_ops.create_views again.', s.source, s.source_name) END;
		RETURN;
	END IF;
	PERFORM user_ops.check_trust(target_schema);
	s := user_ops.follow_source(s, target_schema);
	PERFORM user_ops.check_fits(s, target_schema);
	PERFORM user_ops.check_source(s);
	PERFORM user_ops.check_changed_at(s);

	-- before the snapshot of the scan, which may be as old as the transaction: a day counts as over only if it was
	read_at := CASE WHEN current_setting('transaction_isolation') = 'read committed' THEN clock_timestamp() ELSE now() END;
	EXECUTE 'SELECT ' || user_ops.as_of_expression(s, '$1') INTO refresh.as_of USING read_at;
	EXECUTE format('SELECT b.* FROM %I.fitted AS b', target_schema) INTO was;
	SELECT l.* INTO before FROM user_ops.last_read(target_schema) AS l;
	IF NOT full_scan AND s.changed_at IS NOT NULL AND before.source = s.source THEN
		-- a day of the overlap has 24 hours, whatever the zone of the session
		changed_since := (was.refreshed_at AT TIME ZONE 'UTC' - s.changed_overlap) AT TIME ZONE 'UTC';
		IF user_ops.many_changed(s, target_schema, changed_since) THEN
			changed_since := NULL;
		END IF;
	END IF;

	PERFORM user_ops.report_progress(target_schema, '1/4 reading');
	SELECT f.* INTO found FROM user_ops.find_changes(s, target_schema, changed_since, changes) AS f;
	IF s.keep_history AND changed_since IS NOT NULL AND found.kept_before IS NULL AND found.rows_read > 0 THEN
		-- the source has another first day than before
		EXECUTE format('DROP TABLE pg_temp.%I', changes);
		changed_since := NULL;
		SELECT f.* INTO found FROM user_ops.find_changes(s, target_schema, changed_since, changes) AS f;
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
	PERFORM user_ops.report_progress(target_schema, '2/4 writing');
	PERFORM user_ops.write_changes(s, target_schema, changes, refresh.inserted, refresh.updated, refresh.deleted);
	EXECUTE format('SELECT l.users + $1 FROM %I.refresh_log AS l
					WHERE $2 AND l.users IS NOT NULL ORDER BY l.finished_at DESC LIMIT 1', target_schema)
	INTO refresh.users USING refresh.inserted - refresh.deleted, changed_since IS NOT NULL;
	IF refresh.users IS NULL THEN
		EXECUTE format('SELECT count(*) FROM %I.activity', target_schema) INTO refresh.users;
	END IF;
	IF n_changes > refresh.users / 10 THEN
		PERFORM user_ops.maintain_table(format('%I.activity', target_schema), 'ANALYZE %s');
	END IF;

	PERFORM user_ops.report_progress(target_schema, '3/4 fitting');
	IF s.tenant IS NOT NULL THEN
		EXECUTE format('CREATE TEMPORARY TABLE %I ON COMMIT DROP AS TABLE %I.fitted', changes || '_fitted_before', target_schema);
	END IF;
	-- fitting reads all users: between full scans a day keeps its cut points while few users change
	IF was.as_of = refresh.as_of AND NOT user_ops.tenants_came_or_went(s, target_schema, changes)
	   AND (n_changes = 0 AND was.fitted_at = was.refreshed_at OR changed_since IS NOT NULL AND n_changes < refresh.users / 10) THEN
		EXECUTE format('UPDATE %I.fitted AS b SET refreshed_at = $1, fitted_at = CASE WHEN $2 AND b.fitted_at = b.refreshed_at THEN $1 ELSE b.fitted_at END%s',
					   target_schema,
					   CASE WHEN changed_since IS NULL
							THEN format(', rows_left_out = c.left_out FROM pg_temp.%I AS c WHERE c.rows_read IS NOT NULL AND %s',
										changes, user_ops.same_tenant(s, 'c', 'b')) END)
		USING read_at, n_changes = 0;
	ELSE
		PERFORM user_ops.write_fitted(s, target_schema, changes, changed_since IS NULL, refresh.as_of, read_at);
	END IF;

	PERFORM user_ops.report_progress(target_schema, '4/4 history');
	EXECUTE format('SELECT b.* FROM %I.fitted AS b', target_schema) INTO now_is;
	PERFORM user_ops.write_history(s, target_schema, changes,
		n_changes = 0 OR changed_since IS NOT NULL AND n_changes < refresh.users / 4,
		refresh.inserted + refresh.updated = refresh.users, changed_since IS NULL,
		-- where nobody was, everybody is new: nobody moved
		CASE WHEN refresh.users - refresh.inserted + refresh.deleted > 0 THEN was.as_of END, was.rfm, was.typical_gap, refresh.as_of, now_is.rfm, now_is.typical_gap,
		greatest(read_at, was.refreshed_at + interval '1 microsecond'));
	EXECUTE format('DROP TABLE pg_temp.%I', changes);
	IF s.tenant IS NOT NULL THEN
		EXECUTE format('DROP TABLE pg_temp.%I', changes || '_fitted_before');
	END IF;
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
	PERFORM user_ops.copy_policies(s, target_schema);
	PERFORM set_config('application_name', caller, true);
END $$;
COMMENT ON FUNCTION refresh(name, boolean) IS
	'Brings a schema made by create_views up to date with its source in one transaction: only users who changed are written, and no reader waits. With changed_at only users with changed rows are read, unless full_scan. Tells the new as_of and what changed';

CREATE FUNCTION log_failure(target_schema name, full_scan boolean, started_at timestamptz, error text,
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
		ELSIF to_regclass(log) IS NOT NULL AND user_ops.made_by_create_views(target_schema) AND NOT row_security_active(log) THEN
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
COMMENT ON FUNCTION log_failure(name, boolean, timestamptz, text, text, text) IS
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
		FROM user_ops.log_failure(target_schema, full_scan, started_at, message, details, advice) AS f;
		IF is_logged THEN
			COMMIT;
		END IF;
		RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = details, HINT = advice;
	END IF;
END $$;
COMMENT ON PROCEDURE scheduled_refresh(name, boolean) IS
	'refresh for cron and pg_cron: one that fails leaves the state before, writes its error into refresh_log, and fails';

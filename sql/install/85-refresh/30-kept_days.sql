-- keep_history: days that the source does not have any more stay as they are stored.
--
-- kept_before is the first day that is taken from the source: the first it has, or
-- the one after where more is stored of that, as when a part of the day was deleted.
-- It goes back only where the source has of the days between at least what is stored
-- of them: rows that come late for days that are gone do not replace what is kept.

CREATE FUNCTION check_keep_history(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF s.keep_history AND NOT s.stored THEN
		RAISE EXCEPTION 'keep_history is for stored views'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Leave keep_history away, or stored => false: views that read the source know what it has.';
	END IF;
END $$;
COMMENT ON FUNCTION check_keep_history(view_settings) IS
	'An error, with a hint, for a keep_history that create_views cannot use';

CREATE FUNCTION last_read(target_schema name, OUT source regclass, OUT first_day date, OUT kept_before date)
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	EXECUTE format('SELECT l.source, l.first_day, l.kept_before FROM %I.refresh_log AS l WHERE l.status = ''done''
					ORDER BY l.finished_at DESC LIMIT 1', target_schema)
	INTO source, first_day, kept_before;
END $$;
COMMENT ON FUNCTION last_read(name) IS
	'What the last refresh that was done read: the relation, and with keep_history the first day there and the first taken from there';

CREATE FUNCTION first_day_query(s view_settings) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	left_out text := user_ops.left_out_condition(s);
BEGIN
	-- of what counts only the days are asked for
	s.amount := NULL;
	-- clocks that go back at midnight can put a later event on an earlier day
	RETURN format('SELECT user_ops.first_day(user_ops.lenient_activity_agg(%1$s), ''infinity'') AS first_day FROM %2$s AS e
				   WHERE NOT (%3$s) AND e.%4$I < (SELECT min(e.%4$I) FROM %2$s AS e WHERE NOT (%3$s)) + interval ''48 hours''',
				  user_ops.event_arguments(s), s.source, left_out, s.event_time);
END $$;
COMMENT ON FUNCTION first_day_query(view_settings) IS
	'SQL for the first day that the source has, by an index on its times if there is one';

CREATE FUNCTION edge_query(s view_settings, target_schema name, changed boolean) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN changed
		   -- NULL where the source has another first day than before: only all rows can tell
		   THEN format('SELECT d.first_day, CASE WHEN d.first_day = $2 THEN $3 END AS kept_before FROM (%s) AS d', user_ops.first_day_query(s))
		   ELSE format('SELECT d.first_day, CASE WHEN d.first_day IS NULL THEN ''infinity''
									 WHEN (SELECT sum(user_ops.events(f.activity, d.upto)) FROM found AS f)
										  < (SELECT sum(user_ops.events(a.activity, d.upto) - user_ops.events(a.activity, d.first_day)) FROM %I.activity AS a)
									 THEN d.upto ELSE d.first_day END AS kept_before
						FROM (SELECT m.first_day, greatest(m.first_day + 1, $3) AS upto
							  FROM (SELECT min(user_ops.first_day(f.activity, ''infinity'')) AS first_day FROM found AS f) AS m OFFSET 0) AS d',
					   target_schema) END;
END;
COMMENT ON FUNCTION edge_query(view_settings, name, boolean) IS
	'SQL for the first day that the source has, and the first that is taken from it: of users found, all or only changed ones; $2 and $3 are what they were before';

CREATE FUNCTION compared_query(s view_settings, target_schema name, condition text DEFAULT 'true', stored text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN s.keep_history
		   THEN format(
				'WITH found AS MATERIALIZED (%1$s), edge AS MATERIALIZED (%2$s)
				 SELECT %3$sn.user_id, n.activity, n.was%4$s, n.rows_read, n.left_out, n.reasons, n.first_day, n.kept_before
				 FROM (SELECT %5$scoalesce(f.user_id, a.user_id) AS user_id,
							user_ops.merge(k.kept, user_ops.activity_between(f.activity, e.kept_before, ''infinity'')) AS activity, a.activity AS was%6$s,
							%7$s AS other_columns, f.rows_read, f.left_out, f.reasons, e.first_day, e.kept_before
					   FROM found AS f FULL JOIN %8$s AS a ON %9$s CROSS JOIN edge AS e
					   CROSS JOIN LATERAL (SELECT user_ops.activity_between(a.activity, least(%10$s, e.kept_before), e.kept_before) AS kept OFFSET 0) AS k
					   OFFSET 0) AS n
				 WHERE n.activity IS DISTINCT FROM n.was OR n.other_columns OR n.rows_read IS NOT NULL',
				user_ops.scan_query(s, condition), user_ops.edge_query(s, target_schema, stored IS NOT NULL),
				user_ops.column_list(ARRAY[s.tenant], 'n', after => ', '), user_ops.column_list(s.first_values, 'n', before => ', '),
				c.tenant, (SELECT string_agg(format(', CASE WHEN k.kept IS NULL THEN f.%1$I ELSE a.%1$I END AS %1$I', k), '') FROM unnest(s.first_values) AS k),
				CASE WHEN s.first_values IS NULL THEN 'false'
					 ELSE format('k.kept IS NULL AND (%s) IS DISTINCT FROM (%s)', user_ops.column_list(s.first_values, 'f'), user_ops.column_list(s.first_values, 'a')) END,
				c.relation, user_ops.same_user(s, 'f', 'a'), format('%L::date', coalesce(to_char(s.ignore_before, 'YYYY-MM-DD'), '-infinity')))
		   ELSE format(
				'SELECT %scoalesce(f.user_id, a.user_id) AS user_id, f.activity, a.activity AS was%s, f.rows_read, f.left_out, f.reasons,
					NULL::date AS first_day, NULL::date AS kept_before
				 FROM (%s) AS f FULL JOIN %s AS a ON %s
				 WHERE %s OR f.rows_read IS NOT NULL',
				c.tenant, user_ops.column_list(s.first_values, 'f', before => ', '), user_ops.scan_query(s, condition), c.relation,
				user_ops.same_user(s, 'f', 'a'), user_ops.differs_condition(s)) END
	FROM (SELECT CASE WHEN s.tenant IS NULL THEN '' ELSE format('coalesce(f.%1$I, a.%1$I) AS %1$I, ', s.tenant) END AS tenant,
			coalesce(stored, format('%I.activity', target_schema)) AS relation) AS c;
END;
COMMENT ON FUNCTION compared_query(view_settings, name, text, text) IS
	'SQL for the users who are not stored as they should be, as they should be and as they were, and a row without user, for each tenant, that tells how much was read; condition: over a row e; stored: the stored ones in question, where not all are. $2 and $3: as in edge_query';

CREATE FUNCTION check_kept_days(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	made user_ops.view_settings := user_ops.view_settings(target_schema);
	kept_before date;
	kept boolean;
BEGIN
	IF NOT (s.keep_history AND made.keep_history)
	   OR (made.user_id, made.event_time, made.amount, made.time_zone, made.source_time_zone)
			IS NOT DISTINCT FROM (s.user_id, s.event_time, s.amount, s.time_zone, s.source_time_zone) AND user_ops.tables_fit(s, target_schema) THEN
		RETURN;
	END IF;
	kept_before := (SELECT l.kept_before FROM user_ops.last_read(target_schema) AS l);
	EXECUTE format('SELECT EXISTS (SELECT FROM %I.activity AS a WHERE user_ops.first_day(a.activity, $1) IS NOT NULL)', target_schema)
	INTO kept USING kept_before;
	IF kept THEN
		RAISE EXCEPTION 'days before % are stored in "%" and not in the source: they cannot be counted in another way', to_char(kept_before, 'YYYY-MM-DD'), target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Leave user_id, event_time, amount, the zones, tenant, first_values and breakdown as they are; or give another target_schema; or call it once with keep_history => false, which forgets these days.';
	END IF;
END $$;
COMMENT ON FUNCTION check_kept_days(view_settings, name) IS
	'An error, with a hint, if new settings mean other activities than those that keep_history keeps';

-- keep_history: days that the source does not have any more stay as they are stored.
--
-- kept_before is the first day that is taken from the source: the first it has, or
-- the one after where more is stored of that, as when a part of the day was deleted.
-- It goes back only where the source has of the days between at least what is stored
-- of them: rows that come late for days that are gone do not replace what is kept.

CREATE FUNCTION user_ops_internal.check_keep_history(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF s.keep_history AND NOT s.stored THEN
		RAISE EXCEPTION 'keep_history is for stored views'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Omit keep_history, or stored => false: views that read the source know what it has.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_keep_history(view_settings) IS
	'An error, with a hint, for a keep_history that create_views cannot use';

CREATE FUNCTION user_ops_internal.last_read(target_schema name, OUT source regclass, OUT first_day date, OUT kept_before date)
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	EXECUTE format('SELECT l.source, l.first_day, l.kept_before FROM %I.refresh_log AS l WHERE l.status = ''done''
					ORDER BY l.finished_at DESC LIMIT 1', target_schema)
	INTO source, first_day, kept_before;
END $$;
COMMENT ON FUNCTION user_ops_internal.last_read(name) IS
	'What the last refresh that was done read: the relation, and with keep_history the first day there and the first taken from there';

CREATE FUNCTION user_ops_internal.first_day_query(parts jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- clocks that go back at midnight can put a later event on an earlier day
	RETURN user_ops_internal.render($query$
		SELECT min(user_ops.first_day(d.activity, 'infinity')) AS first_day
		FROM (
			SELECT user_ops.lenient_activity_agg({day_arguments}) AS activity
			FROM {source} AS e
			WHERE NOT ({left_out})
			  AND e.{event_time} < (
				SELECT min(e.{event_time})
				FROM {^elsewhere}{source}{/elsewhere}{#elsewhere}(SELECT min(e.{event_time}) AS {event_time} FROM {source} AS e WHERE NOT ({left_out}) GROUP BY e.{user_column}{, e.tenant}){/elsewhere} AS e{^elsewhere}
				WHERE NOT ({left_out}){/elsewhere}) + interval '48 hours'
			GROUP BY e.{user_column}{, e.tenant}) AS d$query$, parts);
END $$;
COMMENT ON FUNCTION user_ops_internal.first_day_query(jsonb) IS
	'SQL for the first day that the source has, by an index on its times if there is one';

CREATE FUNCTION user_ops_internal.edge_query(parts jsonb, changed boolean) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN changed
		   -- NULL where the source has another first day than before: only all rows can tell
		   THEN format('SELECT d.first_day, CASE WHEN d.first_day = $2 THEN $3 END AS kept_before FROM (%s) AS d', user_ops_internal.first_day_query(parts))
		   ELSE user_ops_internal.render($query$
				SELECT d.first_day,
					CASE WHEN d.first_day IS NULL THEN 'infinity'
						 WHEN (SELECT sum(user_ops.events(f.activity, d.upto)) FROM found AS f)
							< (SELECT sum(user_ops.events(a.activity, d.upto) - user_ops.events(a.activity, d.first_day)) FROM {schema}.activity AS a)
						 THEN d.upto ELSE d.first_day END AS kept_before
				FROM (
					SELECT m.first_day, greatest(m.first_day + 1, $3) AS upto
					FROM (SELECT min(user_ops.first_day(f.activity, 'infinity')) AS first_day FROM found AS f) AS m OFFSET 0) AS d$query$, parts) END;
END;
COMMENT ON FUNCTION user_ops_internal.edge_query(jsonb, boolean) IS
	'SQL for the first day that the source has, and the first that is taken from it: of users found, all or only changed ones; $2 and $3 are what they were before';

CREATE FUNCTION user_ops_internal.compared_query(parts jsonb, condition text DEFAULT 'true', stored text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := parts || jsonb_build_object('found', user_ops_internal.scan_query(parts, condition),
										 'stored', coalesce(stored, user_ops_internal.render('{schema}.activity', parts)));
	IF NOT user_ops_internal.is_given(parts -> 'keep_history') THEN
		RETURN user_ops_internal.render($query$
			SELECT {#tenant}coalesce({f.tenant}, {a.tenant}) AS {tenant_name},{/tenant} coalesce(f.user_id, a.user_id) AS user_id,
				f.activity, a.activity AS was{, f.first_values}, f.rows_read, f.left_out, f.reasons,
				NULL::date AS first_day, NULL::date AS kept_before
			FROM ({found}) AS f
			FULL JOIN {stored} AS a ON {f.user = a.user}
			WHERE f.activity IS DISTINCT FROM a.activity{#first_values} OR ({f.first_values}) IS DISTINCT FROM ({a.first_values}){/first_values}
			   OR f.rows_read IS NOT NULL$query$, parts);
	END IF;
	RETURN user_ops_internal.render($query$
		WITH found AS MATERIALIZED ({found}), edge AS MATERIALIZED ({edge})
		SELECT {n.tenant,} n.user_id, n.activity, n.was{, n.first_values}, n.rows_read, n.left_out, n.reasons, n.first_day, n.kept_before
		FROM (
			SELECT {#tenant}coalesce({f.tenant}, {a.tenant}) AS {tenant_name},{/tenant} coalesce(f.user_id, a.user_id) AS user_id,
				user_ops.merge(k.kept, user_ops.activity_between(f.activity, e.kept_before, 'infinity')) AS activity,
				a.activity AS was{chosen_first_values},
				{#first_values}k.kept IS NULL AND ({f.first_values}) IS DISTINCT FROM ({a.first_values}){/first_values}{^first_values}false{/first_values} AS other_columns,
				f.rows_read, f.left_out, f.reasons, e.first_day, e.kept_before
			FROM found AS f
			FULL JOIN {stored} AS a ON {f.user = a.user}
			CROSS JOIN edge AS e
			CROSS JOIN LATERAL (
				SELECT user_ops.activity_between(a.activity, least({ignore_before}, e.kept_before), e.kept_before) AS kept OFFSET 0) AS k
			OFFSET 0) AS n
		WHERE n.activity IS DISTINCT FROM n.was OR n.other_columns OR n.rows_read IS NOT NULL$query$, parts, jsonb_build_object(
			'edge', user_ops_internal.edge_query(parts, stored IS NOT NULL),
			'chosen_first_values', (SELECT coalesce(string_agg(format(', CASE WHEN k.kept IS NULL THEN f.%1$s ELSE a.%1$s END AS %1$s', c.part ->> 'name'), '' ORDER BY c.place), '')
									FROM jsonb_array_elements(parts -> 'first_values') WITH ORDINALITY AS c (part, place))));
END $$;
COMMENT ON FUNCTION user_ops_internal.compared_query(jsonb, text, text) IS
	'SQL for the users who are not stored as they should be, as they should be and as they were, and a row without user, for each tenant, that tells how much was read; condition: over a row e; stored: the stored ones in question, where not all are. $2 and $3: as in edge_query';

CREATE FUNCTION user_ops_internal.check_kept_days(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	made user_ops_internal.view_settings := user_ops_internal.view_settings(target_schema);
	kept_before date;
	kept boolean;
BEGIN
	IF NOT (s.keep_history AND made.keep_history)
	   OR (made.user_id, made.event_time, made.amount, made.time_zone, made.source_time_zone)
			IS NOT DISTINCT FROM (s.user_id, s.event_time, s.amount, s.time_zone, s.source_time_zone) AND user_ops_internal.tables_fit(s, target_schema) THEN
		RETURN;
	END IF;
	kept_before := (SELECT l.kept_before FROM user_ops_internal.last_read(target_schema) AS l);
	EXECUTE format('SELECT EXISTS (SELECT FROM %I.activity AS a WHERE user_ops.first_day(a.activity, $1) IS NOT NULL)', target_schema)
	INTO kept USING kept_before;
	IF kept THEN
		RAISE EXCEPTION 'days before % are stored in "%" and not in the source: they cannot be counted in another way', to_char(kept_before, 'YYYY-MM-DD'), target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Leave user_id, event_time, amount, the zones, tenant, first_values and breakdown as they are; or give another target_schema; or call it once with keep_history => false, which forgets these days.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_kept_days(view_settings, name) IS
	'An error, with a hint, if new settings mean other activities than those that keep_history keeps';

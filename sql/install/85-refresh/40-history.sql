-- Who moved: what a refresh keeps of the labels of users.

CREATE FUNCTION make_history(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	tenant text := user_ops.column_definitions(s.source, ARRAY[s.tenant], after => ' NOT NULL, ');
BEGIN
	EXECUTE format('CREATE TABLE %I.segment_history (%sas_of date NOT NULL, segment text, life_stage text,
						users bigint NOT NULL, revenue numeric, UNIQUE NULLS NOT DISTINCT (as_of%s, segment, life_stage))',
				   target_schema, tenant, coalesce(', ' || quote_ident(s.tenant), ''));
	-- the view transitions reads it: a row for each label would take twice the room, and the time to write it
	EXECUTE format('CREATE TABLE %I.transition_log (%sas_of date NOT NULL, refreshed_at timestamptz NOT NULL, user_id %s NOT NULL,
						old_segment text, new_segment text, old_life_stage text, new_life_stage text,
						old_lifecycle_state text, new_lifecycle_state text)',
				   target_schema, tenant, user_ops.column_definition(s.source, s.user_id));
	-- small, and made for rows that come in this order
	EXECUTE format('CREATE INDEX ON %I.transition_log USING brin (refreshed_at, as_of) WITH (autosummarize)', target_schema);
	EXECUTE format('CREATE TABLE %I.refresh_log (started_at timestamptz NOT NULL, finished_at timestamptz NOT NULL,
						status text NOT NULL, reads text, as_of date, rows_read bigint, rows_left_out bigint,
						rows_without_user bigint, rows_without_time bigint, rows_ignored bigint, rows_bad_amount bigint,
						rows_many_decimals bigint, users bigint,
						users_added bigint, users_changed bigint, users_removed bigint, error text,
						first_day date, kept_before date, source regclass)',
				   target_schema);
	EXECUTE format('CREATE INDEX ON %I.refresh_log (finished_at)', target_schema);
END $$;
COMMENT ON FUNCTION make_history(view_settings, name) IS
	'Makes the tables that refresh writes its history and log into';

CREATE FUNCTION label_select_list(s view_settings, prefix text, activity text, as_of text, rfm text, typical_gap text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- as the view users says them
	SELECT format('%2$s AS %1$ssegment, %3$s AS %1$slife_stage, %4$s AS %1$slifecycle_state', prefix,
				  user_ops.label_expression(s, format('user_ops.segment(%s, %s, %s)', rfm, activity, as_of)),
				  user_ops.label_expression(s, format('user_ops.life_stage(%s, %s, %s, %s, %s)', activity, as_of, typical_gap,
													  s.lost_days, s.sleep_days)),
				  user_ops.label_expression(s, format('user_ops.lifecycle_state(%s, %s)', activity, as_of)));
END;
COMMENT ON FUNCTION label_select_list(view_settings, text, text, text, text, text) IS
	'SQL for the labels of a user; all but the settings are SQL: before the name, activity, date, cut points, typical gap';

CREATE FUNCTION history_view_bodies(s view_settings, target_schema name)
	RETURNS TABLE (object text, body text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'transitions', string_agg(format(
		'SELECT %1$sm.as_of, m.refreshed_at, m.user_id, %2$L::text AS attribute, m.old_%2$s AS old_value, m.new_%2$s AS new_value
		 FROM %3$I.transition_log AS m WHERE m.old_%2$s IS DISTINCT FROM m.new_%2$s',
		user_ops.column_list(ARRAY[s.tenant], 'm', after => ', '), l.attribute, target_schema), ' UNION ALL ' ORDER BY l.place)
	FROM unnest('{segment,life_stage,lifecycle_state}'::text[]) WITH ORDINALITY AS l (attribute, place)
	HAVING s.stored;
END;
COMMENT ON FUNCTION history_view_bodies(view_settings, name) IS
	'The view over who moved, where a history is kept: name and query';

CREATE FUNCTION same_segments(a rfm_model, b rfm_model) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT (SELECT array_agg(c.value ORDER BY c.dimension, c.cut) FROM user_ops.rfm_cuts(a) AS c WHERE c.dimension <> 'monetary')
		IS NOT DISTINCT FROM
		   (SELECT array_agg(c.value ORDER BY c.dimension, c.cut) FROM user_ops.rfm_cuts(b) AS c WHERE c.dimension <> 'monetary');
END;
COMMENT ON FUNCTION same_segments(rfm_model, rfm_model) IS
	'Whether two models name the same segment for every user: their cut points of recency and frequency are the same';

CREATE FUNCTION write_history(s view_settings, target_schema name, changes name, few boolean, everybody boolean, full_scan boolean,
		old_as_of date, old_rfm rfm_model, old_gap double precision,
		new_as_of date, new_rfm rfm_model, new_gap double precision, moment timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	counts name := changes || '_counts';
	-- the same date and cuts: nobody moved but those who changed
	only_changes boolean := coalesce(old_as_of = new_as_of AND old_gap = new_gap AND user_ops.same_segments(old_rfm, new_rfm), false);
	was text := user_ops.label_select_list(s, 'old_', 'u.was', '$1', '$2', '$3');
	is_now text := user_ops.label_select_list(s, 'new_', 'u.activity', '$4', '$5', '$6');
	bases text := '';
	in_u text := user_ops.column_list(ARRAY[s.tenant], 'u', after => ', ');
	in_m text := user_ops.column_list(ARRAY[s.tenant], 'm', after => ', ');
	in_c text := user_ops.column_list(ARRAY[s.tenant], 'c', after => ', ');
	moved text;
	counted boolean;
	n_old bigint;
BEGIN
	IF s.tenant IS NOT NULL THEN
		-- each user by the cut points and gap of his tenant; users of a tenant that came or went all changed
		was := user_ops.label_select_list(s, 'old_', 'u.was', '$1', 'o.rfm', 'o.typical_gap');
		is_now := user_ops.label_select_list(s, 'new_', 'u.activity', '$4', 'n.rfm', 'n.typical_gap');
		bases := format(' LEFT JOIN pg_temp.%I AS o ON %s LEFT JOIN %I.fitted AS n ON %s', changes || '_fitted_before',
						user_ops.same_tenant(s, 'o', 'u'), target_schema, user_ops.same_tenant(s, 'n', 'u'));
		EXECUTE format('SELECT $1 AND NOT EXISTS (SELECT FROM pg_temp.%I AS o JOIN %I.fitted AS n ON %s
							WHERE o.typical_gap <> n.typical_gap OR NOT user_ops.same_segments(o.rfm, n.rfm))',
					   changes || '_fitted_before', target_schema, user_ops.same_tenant(s, 'o', 'n'))
		INTO only_changes USING coalesce(old_as_of = new_as_of, false);
	END IF;
	IF s.history_days IS DISTINCT FROM 0 THEN
		moved := format('SELECT %sc.user_id, c.was, c.activity FROM pg_temp.%I AS c WHERE c.user_id IS NOT NULL', in_c, changes);
		IF NOT only_changes AND NOT everybody THEN
			moved := format('SELECT %scoalesce(a.user_id, c.user_id) AS user_id,
								CASE WHEN c.user_id IS NULL THEN a.activity ELSE c.was END AS was, a.activity
							 FROM %I.activity AS a FULL JOIN (%s) AS c ON %s',
							CASE WHEN s.tenant IS NULL THEN '' ELSE format('coalesce(a.%1$I, c.%1$I) AS %1$I, ', s.tenant) END,
							target_schema, moved, user_ops.same_user(s, 'a', 'c'));
		END IF;
		IF old_as_of IS NOT NULL THEN
			EXECUTE format(
				'INSERT INTO %I.transition_log
				 SELECT %s$4, $7, m.user_id, m.old_segment, m.new_segment, m.old_life_stage, m.new_life_stage,
					m.old_lifecycle_state, m.new_lifecycle_state
				 FROM (SELECT %su.user_id, %s, %s FROM (%s) AS u%s OFFSET 0) AS m
				 WHERE (m.old_segment, m.old_life_stage, m.old_lifecycle_state)
						IS DISTINCT FROM (m.new_segment, m.new_life_stage, m.new_lifecycle_state)',
				target_schema, in_m, in_u, was, is_now, moved, bases)
			USING old_as_of, old_rfm, old_gap, new_as_of, new_rfm, new_gap, moment;
		END IF;

		EXECUTE format('SELECT EXISTS (SELECT FROM %I.segment_history AS h WHERE h.as_of = $1)', target_schema)
		INTO counted USING new_as_of;
		IF only_changes AND counted AND few THEN
			moved := format(
				'SELECT %1$sm.old_segment AS segment, m.old_life_stage AS life_stage, -1::bigint AS users, -m.old_revenue AS revenue
				 FROM m WHERE m.old_life_stage IS NOT NULL
				 UNION ALL SELECT %1$sm.new_segment, m.new_life_stage, 1, m.new_revenue FROM m WHERE m.new_life_stage IS NOT NULL', in_m);
			EXECUTE format(
				'CREATE TEMPORARY TABLE %I ON COMMIT DROP AS
				 WITH m AS MATERIALIZED (
					SELECT %s%s, %s, user_ops.monetary(u.was, $1) AS old_revenue, user_ops.monetary(u.activity, $4) AS new_revenue
					FROM pg_temp.%I AS u%s WHERE u.user_id IS NOT NULL
				 )
				 SELECT %sc.segment, c.life_stage, sum(c.users)::bigint AS users, sum(c.revenue) AS revenue
				 FROM (%s UNION ALL SELECT %sh.segment, h.life_stage, h.users, h.revenue FROM %I.segment_history AS h WHERE h.as_of = $4) AS c
				 GROUP BY %sc.segment, c.life_stage HAVING sum(c.users) > 0',
				counts, in_u, was, is_now, changes, bases, in_c, moved, user_ops.column_list(ARRAY[s.tenant], 'h', after => ', '),
				target_schema, in_c)
			USING old_as_of, old_rfm, old_gap, new_as_of, new_rfm, new_gap;
		ELSE
			-- by itself, because what writes to a lasting table does not run in parallel
			EXECUTE format(
				'CREATE TEMPORARY TABLE %I ON COMMIT DROP AS
				 SELECT %sm.new_segment AS segment, m.new_life_stage AS life_stage, count(*) AS users, sum(m.revenue) AS revenue
				 FROM (SELECT %s%s, user_ops.monetary(u.activity, $4) AS revenue FROM %I.activity AS u%s
					   WHERE user_ops.first_day(u.activity, $4) IS NOT NULL) AS m
				 GROUP BY %sm.new_segment, m.new_life_stage',
				counts, in_m, in_u, is_now, target_schema, bases, in_m)
			USING old_as_of, old_rfm, old_gap, new_as_of, new_rfm, new_gap;
		END IF;
		EXECUTE format('DELETE FROM %I.segment_history AS h WHERE h.as_of = $1', target_schema) USING new_as_of;
		EXECUTE format('INSERT INTO %I.segment_history SELECT %s$1, c.segment, c.life_stage, c.users, c.revenue FROM pg_temp.%I AS c
						ORDER BY %sc.segment, c.life_stage', target_schema, in_c, counts, in_c) USING new_as_of;
		EXECUTE format('DROP TABLE pg_temp.%I', counts);
	END IF;

	IF full_scan OR old_as_of IS DISTINCT FROM new_as_of THEN
		EXECUTE format('DELETE FROM %I.segment_history AS h WHERE h.as_of <= $1', target_schema) USING new_as_of - s.history_days;
		GET DIAGNOSTICS n_old = ROW_COUNT;
		-- both are written together; and looking through all who moved takes its time
		IF n_old > 0 OR old_as_of < new_as_of THEN
			EXECUTE format('DELETE FROM %I.transition_log AS m WHERE m.as_of <= $1', target_schema) USING new_as_of - s.history_days;
		END IF;
		EXECUTE format('DELETE FROM %I.refresh_log AS l WHERE l.started_at < $1', target_schema)
		USING moment - (s.history_days + greatest(30 - s.history_days, 0)) * interval '24 hours';
	END IF;
END $$;
COMMENT ON FUNCTION write_history(view_settings, name, name, boolean, boolean, boolean, date, rfm_model, double precision,
		date, rfm_model, double precision, timestamptz) IS
	'Writes who has other labels than before the changes into transition_log, how many users have which into segment_history, and deletes what is older than history_days';

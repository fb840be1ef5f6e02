-- Who moved: what a refresh keeps of the labels of users.

CREATE FUNCTION user_ops_internal.same_segments(a rfm_model, b rfm_model) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT (SELECT array_agg(c.value ORDER BY c.dimension, c.cut) FROM user_ops.rfm_cuts(a) AS c WHERE c.dimension <> 'monetary')
		IS NOT DISTINCT FROM
		   (SELECT array_agg(c.value ORDER BY c.dimension, c.cut) FROM user_ops.rfm_cuts(b) AS c WHERE c.dimension <> 'monetary');
END;
COMMENT ON FUNCTION user_ops_internal.same_segments(rfm_model, rfm_model) IS
	'Whether two models name the same segment for every user: their cut points of recency and frequency are the same';

CREATE TYPE user_ops_internal.label_inputs AS (
	as_of date,
	rfm rfm_model,
	typical_gap double precision
);
COMMENT ON TYPE user_ops_internal.label_inputs IS 'What the labels of users depend on beside their activities: what fitted has of it';

CREATE TYPE user_ops_internal.refresh_step AS (
	few boolean,          -- so few users changed that the rest need not be counted again
	everybody boolean,    -- all users changed
	full_scan boolean,
	moment timestamptz    -- of the refresh, in the history
);
COMMENT ON TYPE user_ops_internal.refresh_step IS 'How a refresh found what it writes into the history';

CREATE FUNCTION user_ops_internal.history_parts(parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	-- as the view users says them
	labels CONSTANT text := '{label}(user_ops.segment({rfm}, {of}, {day}){language}) AS {prefix}segment,
		{label}(user_ops.life_stage({of}, {day}, {typical_gap}, {lost_days}, {sleep_days}){language}) AS {prefix}life_stage,
		{label}(user_ops.lifecycle_state({of}, {day}){language}) AS {prefix}lifecycle_state';
	old_inputs jsonb := '{"prefix": "old_", "of": "u.was", "day": "$1", "rfm": "$2", "typical_gap": "$3"}';
	new_inputs jsonb := '{"prefix": "new_", "of": "u.activity", "day": "$4", "rfm": "$5", "typical_gap": "$6"}';
BEGIN
	IF user_ops_internal.is_given(parts -> 'tenant') THEN
		-- each user by the cut points and gap of the own tenant; users of a tenant that came or went all changed
		old_inputs := old_inputs || '{"rfm": "o.rfm", "typical_gap": "o.typical_gap"}';
		new_inputs := new_inputs || '{"rfm": "n.rfm", "typical_gap": "n.typical_gap"}';
	END IF;
	RETURN parts || jsonb_build_object(
		'old_labels', user_ops_internal.render(labels, parts, old_inputs),
		'new_labels', user_ops_internal.render(labels, parts, new_inputs),
		'with_fits', user_ops_internal.render('{#tenant}LEFT JOIN {fitted_before} AS o ON {o.tenant = u.tenant} LEFT JOIN {schema}.fitted AS n ON {n.tenant = u.tenant}{/tenant}', parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.history_parts(jsonb) IS
	'The parts of a refresh with those of the statements of write_history: the labels of a user u before and after, with_fits behind it; $1 to $3 and $4 to $6 are what they depend on';

CREATE FUNCTION user_ops_internal.write_history(s view_settings, parts jsonb, step refresh_step, old_inputs label_inputs, new_inputs label_inputs) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	-- the same date and cuts: nobody moved but those who changed
	only_changes boolean := coalesce(old_inputs.as_of = new_inputs.as_of, false);
	counted boolean;
	n_old bigint;
BEGIN
	parts := user_ops_internal.history_parts(parts);
	IF s.tenant IS NULL THEN
		only_changes := only_changes AND coalesce(old_inputs.typical_gap = new_inputs.typical_gap AND user_ops_internal.same_segments(old_inputs.rfm, new_inputs.rfm), false);
	ELSE
		EXECUTE user_ops_internal.render('SELECT $1 AND NOT EXISTS (
				SELECT 1 FROM {fitted_before} AS o JOIN {schema}.fitted AS n ON {o.tenant = n.tenant}
				WHERE o.typical_gap <> n.typical_gap OR NOT user_ops_internal.same_segments(o.rfm, n.rfm))', parts)
		INTO only_changes USING only_changes;
	END IF;
	IF s.history_days IS DISTINCT FROM 0 THEN
		IF old_inputs.as_of IS NOT NULL THEN
			parts := parts || jsonb_build_object('changed', user_ops_internal.render('SELECT {c.tenant,} c.user_id, c.was, c.activity FROM {changes} AS c WHERE {due} AND c.user_id IS NOT NULL', parts));
			EXECUTE user_ops_internal.render($query$
				INSERT INTO {schema}.transition_log
				SELECT {m.tenant,} $4, $7, m.user_id, m.old_segment, m.new_segment, m.old_life_stage, m.new_life_stage,
					m.old_lifecycle_state, m.new_lifecycle_state
				FROM (SELECT {u.tenant,} u.user_id, {old_labels}, {new_labels} FROM ({candidates}) AS u {with_fits}{^on_shards} OFFSET 0{/on_shards}) AS m
				WHERE (m.old_segment, m.old_life_stage, m.old_lifecycle_state)
					IS DISTINCT FROM (m.new_segment, m.new_life_stage, m.new_lifecycle_state)$query$, parts, jsonb_build_object(
				'candidates', CASE WHEN only_changes OR step.everybody THEN parts ->> 'changed' ELSE user_ops_internal.render($query$
					{^on_shards}SELECT {#tenant}coalesce({a.tenant}, {c.tenant}) AS {tenant_name},{/tenant} coalesce(a.user_id, c.user_id) AS user_id,
						CASE WHEN c.user_id IS NULL THEN a.activity ELSE c.was END AS was, a.activity
					FROM {schema}.activity AS a FULL JOIN ({changed}) AS c ON {a.user = c.user}{/on_shards}{#on_shards}
					{changed}
					UNION ALL
					SELECT {a.tenant,} a.user_id, a.activity AS was, a.activity
					FROM {schema}.activity AS a LEFT JOIN ({changed}) AS c ON {a.user = c.user}
					WHERE c.user_id IS NULL{/on_shards}$query$, parts) END))
			USING old_inputs.as_of, old_inputs.rfm, old_inputs.typical_gap, new_inputs.as_of, new_inputs.rfm, new_inputs.typical_gap, step.moment;
		END IF;

		EXECUTE user_ops_internal.render('SELECT EXISTS (SELECT FROM {schema}.segment_history AS h WHERE h.as_of = $1)', parts)
		INTO counted USING new_inputs.as_of;
		-- by itself, because what writes to a lasting table does not run in parallel
		EXECUTE user_ops_internal.render(CASE WHEN only_changes AND counted AND step.few THEN $query$
			CREATE TEMPORARY TABLE {counts} ON COMMIT DROP AS
			WITH m AS MATERIALIZED (
				SELECT {u.tenant,} {old_labels}, {new_labels},
					user_ops.monetary(u.was, $1) AS old_revenue, user_ops.monetary(u.activity, $4) AS new_revenue
				FROM {changes} AS u {with_fits}
				WHERE u.user_id IS NOT NULL
			)
			SELECT {c.tenant,} c.segment, c.life_stage, sum(c.users)::bigint AS users, sum(c.revenue) AS revenue
			FROM (
				SELECT {m.tenant,} m.old_segment AS segment, m.old_life_stage AS life_stage, -1::bigint AS users, -m.old_revenue AS revenue
				FROM m WHERE m.old_life_stage IS NOT NULL
				UNION ALL
				SELECT {m.tenant,} m.new_segment, m.new_life_stage, 1, m.new_revenue FROM m WHERE m.new_life_stage IS NOT NULL
				UNION ALL
				SELECT {h.tenant,} h.segment, h.life_stage, h.users, h.revenue FROM {schema}.segment_history AS h WHERE h.as_of = $4) AS c
			GROUP BY {c.tenant,} c.segment, c.life_stage
			HAVING sum(c.users) > 0$query$
		ELSE $query$
			CREATE TEMPORARY TABLE {counts} ON COMMIT DROP AS
			SELECT {m.tenant,} m.new_segment AS segment, m.new_life_stage AS life_stage, count(*) AS users, sum(m.revenue) AS revenue
			FROM (
				SELECT {u.tenant,} {new_labels}, user_ops.monetary(u.activity, $4) AS revenue
				FROM {schema}.activity AS u {with_fits}
				WHERE user_ops.first_day(u.activity, $4) IS NOT NULL) AS m
			GROUP BY {m.tenant,} m.new_segment, m.new_life_stage$query$ END, parts)
		USING old_inputs.as_of, old_inputs.rfm, old_inputs.typical_gap, new_inputs.as_of, new_inputs.rfm, new_inputs.typical_gap;
		EXECUTE user_ops_internal.render('DELETE FROM {schema}.segment_history AS h WHERE h.as_of = $1', parts) USING new_inputs.as_of;
		EXECUTE user_ops_internal.render('INSERT INTO {schema}.segment_history
			SELECT {c.tenant,} $1, c.segment, c.life_stage, c.users, c.revenue FROM {counts} AS c
			ORDER BY {c.tenant,} c.segment, c.life_stage', parts) USING new_inputs.as_of;
		EXECUTE user_ops_internal.render('DROP TABLE {counts}', parts);
	END IF;

	IF step.full_scan OR old_inputs.as_of IS DISTINCT FROM new_inputs.as_of THEN
		EXECUTE user_ops_internal.render('DELETE FROM {schema}.segment_history AS h WHERE h.as_of <= $1', parts) USING new_inputs.as_of - s.history_days;
		GET DIAGNOSTICS n_old = ROW_COUNT;
		-- both are written together; and looking through all who moved takes its time
		IF n_old > 0 OR old_inputs.as_of < new_inputs.as_of THEN
			EXECUTE user_ops_internal.render('DELETE FROM {schema}.transition_log AS l WHERE l.as_of <= $1', parts) USING new_inputs.as_of - s.history_days;
		END IF;
		EXECUTE user_ops_internal.render('DELETE FROM {schema}.refresh_log AS l WHERE l.started_at < $1', parts)
		USING step.moment - (s.history_days + greatest(30 - s.history_days, 0)) * interval '24 hours';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.write_history(view_settings, jsonb, refresh_step, label_inputs, label_inputs) IS
	'Writes who has other labels than before the changes into transition_log, how many users have which into segment_history, and deletes what is older than history_days';

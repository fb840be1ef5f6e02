-- The views of create_views that are readings of a metric, as SQL.

CREATE FUNCTION metric_view_bodies(s view_settings, target_schema name, parts name[])
	RETURNS TABLE (object text, body text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	inputs record;
	limits record;
	shown text := user_ops.column_list(parts, 'm', after => ', ');
	grouped text := user_ops.column_list(parts, 'a', after => ', ');
	grouping text := user_ops.column_list(parts, 'a', before => ' GROUP BY ');
	matrix text;
BEGIN
	SELECT * INTO inputs FROM user_ops.view_inputs(s, target_schema);
	IF grouped <> '' THEN
		inputs.users := 'a.activity';
		inputs.all_users := format('%I.activity AS a', target_schema);
	END IF;

	FOR limits IN
		SELECT p.period, p.periods
		FROM (VALUES (1, 'day', s.max_days), (2, 'week', s.max_weeks), (3, 'month', s.max_months))
			AS p (place, period, periods)
		ORDER BY p.place
	LOOP
		matrix := format(
			'(SELECT %suser_ops.retention(%s, %L, %s,
				user_ops.retention_options(week_start => %L, max_periods => %s)) AS matrix FROM %s%s)',
			grouped, inputs.users, limits.period, inputs.as_of, s.week_start, limits.periods, inputs.all_users, grouping);

		object := 'retention_' || limits.period;
		body := format(
			'SELECT %sc.cohort, c.period_number, c.cohort_size, c.retained_users, c.retention_rate, c.complete
			 FROM %s AS m CROSS JOIN LATERAL user_ops.cells(m.matrix) AS c', shown, matrix);
		RETURN NEXT;

		object := 'retention_curve_' || limits.period;
		body := format(
			'SELECT %sc.period_number, c.retained_users, c.eligible_users, c.retention_rate
			 FROM %s AS m CROSS JOIN LATERAL user_ops.curve(m.matrix) AS c', shown, matrix);
		RETURN NEXT;

		object := 'lifecycle_' || limits.period;
		body := format(
			'SELECT %sc.period_start, c.new_users, c.returning_users, c.resurrected_users, c.dormant_users,
				c.active_users, c.quick_ratio, c.complete
			 FROM (SELECT %suser_ops.lifecycle(%s, %L, %s, %L) AS counts FROM %s%s) AS m
			 CROSS JOIN LATERAL user_ops.cells(m.counts) AS c',
			shown, grouped, inputs.users, limits.period, inputs.as_of, s.week_start, inputs.all_users, grouping);
		RETURN NEXT;
	END LOOP;

	object := 'kpis_day';
	body := format(
		'SELECT %sc.day, c.dau, c.wau, c.mau, c.stickiness, c.new_users, c.events, c.purchases, c.paying_users, c.revenue,
			c.revenue / nullif(c.dau, 0) AS arpu, c.revenue / nullif(c.paying_users, 0) AS arppu,
			(sum(c.dau) OVER days)::double precision / nullif(30 * c.mau, 0)::double precision AS average_stickiness,
			%s AS paying_rate
		 FROM (SELECT %suser_ops.engagement(%s, %s) AS counts FROM %s%s) AS m
		 CROSS JOIN LATERAL user_ops.cells(m.counts) AS c
		 WINDOW days AS (%sORDER BY c.day ROWS 29 PRECEDING)',
		shown, CASE WHEN s.amount IS NULL THEN 'NULL::double precision'
			   ELSE 'c.paying_users::double precision / nullif(c.dau, 0)::double precision' END,
		grouped, inputs.users, inputs.as_of, inputs.all_users, grouping,
		user_ops.column_list(parts, 'm', before => 'PARTITION BY ', after => ' '));
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION metric_view_bodies(view_settings, name, name[]) IS
	'The views of a schema made by create_views on retention, lifecycle and each day: name and query of each; parts: the columns of activity it is counted apart by';

CREATE FUNCTION check_breakdown(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	part name;
BEGIN
	FOREACH part IN ARRAY coalesce(s.breakdown, '{}') LOOP
		IF part IS NULL OR part <> ALL (coalesce(s.carry, '{}')) OR cardinality(array_positions(s.breakdown, part)) > 1 THEN
			RAISE EXCEPTION 'breakdown names %, which is not carried, or twice', coalesce('"' || part || '"', 'NULL')
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = 'Give columns that carry names too, each once: a breakdown is by a property of the user.';
		END IF;
		IF octet_length('retention_curve_month_by_' || part) > 63 THEN
			RAISE EXCEPTION 'the name of column "%" is too long for a breakdown', part
				USING ERRCODE = 'name_too_long',
					  HINT = 'Give a view as the source, in which it has a name of at most 38 bytes.';
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION check_breakdown(view_settings) IS
	'Errors, with a hint, for columns in breakdown that create_views cannot use';

CREATE FUNCTION view_objects(s view_settings)
	RETURNS TABLE (object text, column_name text, answers text)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 250
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	WITH named AS (
		SELECT v.object, v.column_name, v.answers, v.place, 0 AS part, NULL::name AS broken_by
		FROM user_ops.view_catalog() WITH ORDINALITY AS v (object, column_name, answers, place)
		UNION ALL
		SELECT v.object || '_by_' || b.name, v.column_name,
			   CASE WHEN v.column_name IS NULL THEN format('%s; apart by %s of the user''s first event', v.answers, b.name) ELSE v.answers END,
			   v.place, b.part, b.name
		FROM user_ops.view_catalog() WITH ORDINALITY AS v (object, column_name, answers, place)
		CROSS JOIN unnest(s.breakdown) WITH ORDINALITY AS b (name, part)
		WHERE v.object ~ '^(retention|retention_curve|lifecycle)_(day|week|month)$' OR v.object = 'kpis_day'
	), objects AS (
		SELECT n.object, n.place, n.part, n.broken_by FROM named AS n WHERE n.column_name IS NULL
	)
	SELECT o.object, o.column_name, o.answers
	FROM (
		SELECT n.object, n.column_name, n.answers, n.place, n.part FROM named AS n
		UNION ALL
		SELECT o.object, s.tenant, 'The tenant, as in the source', o.place, o.part FROM objects AS o
		WHERE s.tenant IS NOT NULL AND o.object <> 'refresh_log'
		UNION ALL
		SELECT o.object, c, format('The user''s first event: its %s, as in the source', c), o.place, o.part
		FROM objects AS o CROSS JOIN unnest(s.carry) AS c
		WHERE o.object IN ('users', 'activity') OR o.broken_by = c
	) AS o
	ORDER BY o.place, o.part;
END;
COMMENT ON FUNCTION view_objects(view_settings) IS
	'What create_views makes with these settings: each object and column with what it answers';

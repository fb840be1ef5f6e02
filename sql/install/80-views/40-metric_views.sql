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

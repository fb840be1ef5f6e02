-- The views of create_views on what users are worth, as SQL.

CREATE FUNCTION value_view_bodies(s view_settings, target_schema name)
	RETURNS TABLE (object text, body text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	inputs record;
	cells text;
	in_t text := user_ops.column_list(ARRAY[s.tenant], 't', after => ', ');
	in_a text := user_ops.column_list(ARRAY[s.tenant], 'a', after => ', ');
	in_m text := user_ops.column_list(ARRAY[s.tenant], 'm', after => ', ');
	in_r text := user_ops.column_list(ARRAY[s.tenant], 'r', after => ', ');
	tenants_own text := user_ops.column_list(ARRAY[s.tenant], 't', before => 'PARTITION BY ');
	same_tenant text := user_ops.same_tenant(s, 'c', 't');
	revenue text := CASE WHEN s.amount IS NULL THEN 'NULL::numeric' ELSE 'coalesce(c.revenue, 0)' END;
BEGIN
	SELECT * INTO inputs FROM user_ops.view_inputs(s, target_schema);

	cells := format(
		'FROM (SELECT %suser_ops.retention(%s, ''month'', %s,
				user_ops.retention_options(amounts => true, max_periods => %s)) AS matrix FROM %s%s) AS r
		 CROSS JOIN LATERAL user_ops.cells(r.matrix) AS c%s',
		in_a, inputs.users, inputs.as_of, s.max_months, inputs.all_users,
		user_ops.column_list(ARRAY[s.tenant], 'a', before => ' GROUP BY '),
		-- without amounts there is nothing to say
		CASE WHEN s.amount IS NULL THEN ' WHERE false' ELSE '' END);

	object := 'ltv_month';
	body := format(
		'SELECT %sc.cohort, c.period_number, c.cohort_size, c.amount AS revenue,
			sum(c.amount) OVER months AS cumulative_revenue,
			sum(c.amount) OVER months / c.cohort_size AS ltv,
			c.complete
		 %s WINDOW months AS (PARTITION BY %sc.cohort ORDER BY c.period_number)', in_r, cells, in_r);
	RETURN NEXT;

	object := 'revenue_retention_month';
	body := format(
		'SELECT %sm.cohort, m.period_number, m.cohort_size, m.first_revenue, m.revenue,
			CASE WHEN m.first_revenue > 0 THEN (m.revenue / m.first_revenue)::double precision END AS retention_rate,
			m.complete
		 FROM (SELECT %sc.cohort, c.period_number, c.cohort_size, c.amount AS revenue, c.complete,
					first_value(c.amount) OVER (PARTITION BY %sc.cohort ORDER BY c.period_number) AS first_revenue
			   %s) AS m', in_m, in_r, in_r, cells);
	RETURN NEXT;

	object := 'repeat_purchase';
	body := format(
		'%1$sSELECT %2$sb.buyers, b.repeat_buyers,
			b.repeat_buyers::double precision / nullif(b.buyers, 0)::double precision AS repeat_rate,
			b.quartiles[1] AS days_to_second_q1,
			b.quartiles[2] AS days_to_second_median,
			b.quartiles[3] AS days_to_second_q3
		 FROM (SELECT %3$scount(*) FILTER (WHERE u.frequency > 0) AS buyers,
					count(u.days) AS repeat_buyers,
					percentile_cont(ARRAY[0.25, 0.5, 0.75]::double precision[]) WITHIN GROUP (ORDER BY u.days) AS quartiles
			   FROM (SELECT %4$suser_ops.frequency(a.activity, %5$s) AS frequency,
						user_ops.days_to_second_purchase(a.activity, %5$s) AS days
					 FROM %6$s) AS u%7$s) AS b',
		inputs.scan, user_ops.column_list(ARRAY[s.tenant], 'b', after => ', '), user_ops.column_list(ARRAY[s.tenant], 'u', after => ', '),
		in_a, inputs.as_of, inputs.people, user_ops.column_list(ARRAY[s.tenant], 'u', before => ' GROUP BY '));
	RETURN NEXT;

	object := 'churn_bands';
	body := format(
		'%1$sSELECT %6$sb.band,
			coalesce(c.users, 0) AS users,
			coalesce(c.users, 0)::double precision / (sum(c.users) OVER (%7$s))::double precision AS share,
			%2$s AS revenue_at_risk
		 FROM %8$s(VALUES (0, ''0-20%%''), (1, ''20-40%%''), (2, ''40-60%%''), (3, ''60-80%%''), (4, ''80-100%%''),
					  (5, %11$s)) AS b (place, band)
		 LEFT JOIN (SELECT coalesce(width_bucket(%4$s,
										 ARRAY[0.2, 0.4, 0.6, 0.8]::double precision[]), 5) AS place,
						count(*) AS users, sum(user_ops.monetary(a.activity, %3$s)) AS revenue%9$s
					FROM %5$s
					WHERE user_ops.first_day(a.activity, %3$s) IS NOT NULL GROUP BY 1%9$s) AS c ON c.place = b.place AND %10$s',
		inputs.scan, revenue, inputs.as_of,
		user_ops.churn_expression(s.horizon_days, 'a.activity', inputs.as_of, inputs.purchase_model, inputs.typical_gap),
		inputs.people_and_fitted,
		in_t, tenants_own, inputs.tenants, user_ops.column_list(ARRAY[s.tenant], 'a', before => ', '), same_tenant,
		quote_literal(user_ops.translate_label('no_purchase', coalesce(s.labels, 'english'))));
	RETURN NEXT;

	object := 'rfm_grid';
	body := format(
		'%1$sSELECT %7$sr.r_score, f.f_score, coalesce(c.users, 0) AS users, %2$s AS revenue
		 FROM %8$sgenerate_series(1, %3$s) AS r (r_score)
		 CROSS JOIN generate_series(1, %3$s) AS f (f_score)
		 LEFT JOIN (SELECT user_ops.r_score(%4$s, a.activity, %5$s) AS r_score,
						user_ops.f_score(%4$s, a.activity, %5$s) AS f_score,
						count(*) AS users, sum(user_ops.monetary(a.activity, %5$s)) AS revenue%9$s
					FROM %6$s GROUP BY 1, 2%9$s) AS c ON c.r_score = r.r_score AND c.f_score = f.f_score AND %10$s',
		inputs.scan, revenue, s.rfm_bins, inputs.rfm, inputs.as_of, inputs.people_and_fitted,
		in_t, inputs.tenants, user_ops.column_list(ARRAY[s.tenant], 'a', before => ', '), same_tenant);
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION value_view_bodies(view_settings, name) IS
	'The views of a schema made by create_views on what users are worth: name and query of each';

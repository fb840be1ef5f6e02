-- The views of create_views on how many users come, and how often, as SQL.

CREATE FUNCTION engagement_view_bodies(s view_settings, target_schema name)
	RETURNS TABLE (object text, body text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	inputs record;
	span record;
BEGIN
	SELECT * INTO inputs FROM user_ops.view_inputs(s, target_schema);

	-- users by their number of active days from a day up to, not including, another
	FOR span IN
		-- in a SELECT of their own, to be computed once and not for each user
		SELECT v.name, v.shown, format('(SELECT ' || v.from_day || ')', inputs.as_of, s.week_start) AS from_day,
			   format('(SELECT ' || v.to_day || ')', inputs.as_of, s.week_start) AS to_day
		FROM (VALUES
			('engagement_28d', '', '%1$s - 28', '%1$s'),
			('stickiness_week', 'd.from_day AS period_start, ',
			 'user_ops.period_start(%1$s, ''week'', %2$L) - 7', 'user_ops.period_start(%1$s, ''week'', %2$L)'),
			('stickiness_month', 'd.from_day AS period_start, ',
			 'user_ops.period_start(user_ops.period_start(%1$s, ''month'') - 1, ''month'')',
			 'user_ops.period_start(%1$s, ''month'')')) AS v (name, shown, from_day, to_day)
	LOOP
		object := span.name;
		body := format(
			'%1$sSELECT %6$s%2$sn.active_days,
				coalesce(c.users, 0) AS users,
				coalesce(c.users, 0)::double precision / (sum(c.users) OVER (%7$s))::double precision AS share,
				coalesce(sum(c.users) OVER more, 0)::bigint AS users_at_least,
				coalesce(sum(c.users) OVER more, 0)::double precision / (sum(c.users) OVER (%7$s))::double precision AS share_at_least
			 FROM %8$s(SELECT %3$s AS from_day, %4$s AS to_day) AS d
			 CROSS JOIN LATERAL generate_series(1, (d.to_day - d.from_day)::bigint) AS n (active_days)
			 LEFT JOIN (SELECT user_ops.active_days(a.activity, %4$s) - user_ops.active_days(a.activity, %3$s) AS active_days,
							count(*) AS users%9$s
						FROM %5$s GROUP BY 1%9$s) AS c ON c.active_days = n.active_days AND %10$s
			 WINDOW more AS (%7$sORDER BY n.active_days DESC)',
			inputs.scan, span.shown, span.from_day, span.to_day, inputs.people,
			user_ops.column_list(ARRAY[s.tenant], 't', after => ', '),
			user_ops.column_list(ARRAY[s.tenant], 't', before => 'PARTITION BY ', after => ' '), inputs.tenants,
			user_ops.column_list(ARRAY[s.tenant], 'a', before => ', '), user_ops.same_tenant(s, 'c', 't'));
		RETURN NEXT;
	END LOOP;
END $$;
COMMENT ON FUNCTION engagement_view_bodies(view_settings, name) IS
	'The views of a schema made by create_views on how many users come and how often: name and query of each';

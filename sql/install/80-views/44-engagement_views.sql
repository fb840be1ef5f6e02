-- How many users come, and how often.

CREATE FUNCTION user_ops_internal.engagement_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	WITH active_days (body) AS (VALUES ($view$
			{scan}
			SELECT {t.tenant,} {#period}span.from_day AS period_start,{/period} n.active_days,
				coalesce(c.users, 0) AS users,
				coalesce(c.users, 0)::double precision / (sum(c.users) OVER all_days)::double precision AS share,
				coalesce(sum(c.users) OVER at_least, 0)::bigint AS users_at_least,
				coalesce(sum(c.users) OVER at_least, 0)::double precision / (sum(c.users) OVER all_days)::double precision AS share_at_least
			FROM {each_tenant} (
				SELECT {from_day} AS from_day, {to_day} AS to_day) AS span
			CROSS JOIN LATERAL generate_series(1, (span.to_day - span.from_day)::bigint) AS n (active_days)
			LEFT JOIN (
				SELECT {u.tenant,} u.active_days, count(*) AS users
				FROM (
					SELECT {a.tenant,} user_ops.active_days(a.activity, {to_day}) - user_ops.active_days(a.activity, {from_day}) AS active_days
					FROM {people}) AS u
				GROUP BY {u.tenant,} u.active_days) AS c ON c.active_days = n.active_days{#tenant} AND {c.tenant = t.tenant}{/tenant}
			WINDOW all_days AS ({PARTITION BY t.tenant}), at_least AS ({PARTITION BY t.tenant} ORDER BY n.active_days DESC)$view$))
	SELECT user_ops_internal.define_view('kpis_day',
		'What happened on each day: active, new and paying users, and what they spent',
		columns => ARRAY[
			['day', 'The day; every day from the first with users to the last before as_of is listed'],
			['dau', 'Daily active users: distinct users active on the day'],
			['wau', 'Distinct users active in the 7 days that end with this one'],
			['mau', 'Distinct users active in the 30 days that end with this one'],
			['stickiness', 'dau / mau; NULL where mau is 0'],
			['new_users', 'Users whose first active day it is'],
			['events', 'Number of rows in the source'],
			['purchases', 'Number of rows with an amount of 0 or more'],
			['paying_users', 'Distinct users with a purchase on the day'],
			['revenue', 'Net amount of the day, refunds included; NULL where the source has no amounts'],
			['arpu', 'revenue / dau; NULL on a day without users'],
			['arppu', 'revenue / paying_users; NULL on a day without purchases'],
			['average_stickiness', 'Mean of dau over the 30 days that end with this one, 0 before the first, / mau: on which share of them an active user came; NULL where mau is 0'],
			['paying_rate', 'paying_users / dau; NULL on a day without users and where the source has no amounts']],
		flags => '{breakdown}',
		body => $view$
			SELECT {e.split_by,} cell.day, cell.dau, cell.wau, cell.mau, cell.stickiness, cell.new_users, cell.events, cell.purchases,
				cell.paying_users, cell.revenue,
				cell.revenue / nullif(cell.dau, 0) AS arpu,
				cell.revenue / nullif(cell.paying_users, 0) AS arppu,
				(sum(cell.dau) OVER last_30_days)::double precision / nullif(30 * cell.mau, 0)::double precision AS average_stickiness,
				{#amount}cell.paying_users::double precision / nullif(cell.dau, 0)::double precision{/amount}{^amount}NULL::double precision{/amount} AS paying_rate
			FROM (
				SELECT {a.split_by,} user_ops.engagement({activities}, {as_of}) AS counts
				FROM {all_users} {GROUP BY a.split_by}) AS e
			CROSS JOIN LATERAL user_ops.cells(e.counts) AS cell
			WINDOW last_30_days AS ({PARTITION BY e.split_by} ORDER BY cell.day ROWS 29 PRECEDING)$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('engagement_28d',
		'How often do users come: on how many of the last 28 days before as_of, a row for each number (the power-user curve)',
		columns => ARRAY[
			['active_days', 'Number of active days, 1 to 28'],
			['users', 'Users active on exactly so many days'],
			['share', 'Share of the users active in the 28 days'],
			['users_at_least', 'Users active on so many days or more'],
			['share_at_least', 'Share of the users active in the 28 days']],
		body => d.body)
	FROM active_days AS d
	UNION ALL
	SELECT user_ops_internal.define_view('stickiness_{period}',
		'How often do users come: on how many days of the last {period} that was over at as_of, a row for each number',
		columns => ARRAY[
			['period_start', 'First day of the {period}'],
			['active_days', 'Number of active days, from 1 to the days of the {period}'],
			['users', 'Users active on exactly so many days'],
			['share', 'Share of the users active in the {period}'],
			['users_at_least', 'Users active on so many days or more'],
			['share_at_least', 'Share of the users active in the {period}']],
		periods => '{week,month}',
		body => d.body)
	FROM active_days AS d;
END;
COMMENT ON FUNCTION user_ops_internal.engagement_views() IS
	'The views of create_views on how many users come, and how often';

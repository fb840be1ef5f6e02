-- The views of the add-on points: all are readings of the ledgers.

CREATE FUNCTION user_ops_internal.points_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('points',
		'Each user''s ledger of points: what the views of points are readings of',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['points', 'What was earned, spent, taken back and expired, and when']],
		body => '{points_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} user_id {user_type}, points user_ops.points NOT NULL,
				PRIMARY KEY ({tenant_name,} user_id))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('points_users',
		'How many points has each user, and when do they expire',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['balance', 'Points the user has on as_of; below 0: a debt'],
			['earned', 'All points earned before as_of'],
			['spent', 'All points spent'],
			['reversed', 'All points taken back'],
			['expired', 'All points expired'],
			['debt', 'Points taken that nobody had, which the next ones pay'],
			['next_expires_on', 'The next day on which points expire; NULL where none do'],
			['next_expiring_points', 'How many then do, if none are spent'],
			['expiring_30d', 'Points that expire in the 30 days after as_of, if none are spent'],
			['last_earned', 'The last day on which points were earned'],
			['last_spent', 'The last day on which points were spent']],
		-- one reading for all columns
		body => $view$
			SELECT {p.tenant,} p.user_id, u.balance, u.earned, u.spent, u.reversed, u.expired, u.debt,
				u.next_expires_on, u.next_expiring_points, u.expiring_30d, u.last_earned, u.last_spent
			FROM {schema}.points AS p
			CROSS JOIN LATERAL user_ops_internal.points_user(p.points, {as_of}, {points_options}) AS u
			WHERE u.balance IS NOT NULL$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('points_month',
		'How did the points of all users come and go, month by month',
		columns => ARRAY[
			['month', 'First day of the month'],
			['opening_balance', 'Balance of all users at its beginning: the closing_balance of the month before'],
			['earned', 'Points earned in it'],
			['spent', 'Points spent'],
			['reversed', 'Points taken back'],
			['expired', 'Points expired, those that are gone on the first of the next month among them'],
			['closing_balance', 'opening_balance + earned - spent - reversed - expired'],
			['users_earning', 'Users who earned points'],
			['users_spending', 'Users who spent points'],
			['complete', 'Whether the month was over at as_of']],
		body => $view$
			SELECT {m.tenant,} m.month, m.closing_balance - m.net AS opening_balance, m.earned, m.spent, m.reversed, m.expired, m.closing_balance,
				m.users_earning, m.users_spending, (m.month + interval '1 month')::date <= {as_of} AS complete
			FROM (
				SELECT {f.tenant,} s.first_day::date AS month, w.earned, w.spent, w.reversed, w.expired, w.earned - w.spent - w.reversed - w.expired AS net,
					sum(w.earned - w.spent - w.reversed - w.expired) OVER ({PARTITION BY f.tenant} ORDER BY s.first_day) AS closing_balance,
					c.users_earning, c.users_spending
				FROM (
					SELECT {p.tenant,} user_ops_internal.pooled_flow(p.points, {as_of}, {points_options}) AS flow, user_ops_internal.pooled_movers(p.points, {as_of}, {points_options}) AS movers
					FROM {schema}.points AS p {GROUP BY p.tenant}) AS f
				CROSS JOIN LATERAL generate_series((SELECT min(r.day) FROM user_ops.points_rows(f.flow) AS r)::timestamp, {as_of} - interval '1 day', interval '1 month') AS s (first_day)
				CROSS JOIN LATERAL (
					SELECT coalesce(sum(r.points) FILTER (WHERE r.kind = 'earn'), 0) AS earned, coalesce(sum(r.points) FILTER (WHERE r.kind = 'spend'), 0) AS spent,
						coalesce(sum(r.points) FILTER (WHERE r.kind = 'reverse'), 0) AS reversed, coalesce(sum(r.points) FILTER (WHERE r.kind = 'expire'), 0) AS expired
					FROM user_ops.points_rows(f.flow) AS r WHERE r.day = s.first_day::date) AS w
				CROSS JOIN LATERAL (
					SELECT coalesce(sum(r.points) FILTER (WHERE r.kind = 'earn'), 0)::bigint AS users_earning, coalesce(sum(r.points) FILTER (WHERE r.kind = 'spend'), 0)::bigint AS users_spending
					FROM user_ops.points_rows(f.movers) AS r WHERE r.day = s.first_day::date) AS c) AS m$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('points_expiring',
		'How many points will be lost, and when, if none are spent',
		columns => ARRAY[
			['expires_on', 'The first day without them; days on which none expire have no row'],
			['points', 'Points that expire on it'],
			['users', 'Users whose they are']],
		body => $view$
			SELECT {x.tenant,} e.expires_on, e.points, l.points::bigint AS users
			FROM (
				SELECT {p.tenant,} user_ops_internal.pooled_lots(p.points, {as_of}, {points_options}) AS lots, user_ops_internal.pooled_losers(p.points, {as_of}, {points_options}) AS losers
				FROM {schema}.points AS p {GROUP BY p.tenant}) AS x
			CROSS JOIN LATERAL (
				SELECT r.expires_on, sum(r.points) AS points
				FROM user_ops.points_rows(x.lots) AS r WHERE r.kind = 'earn' AND r.points > 0 AND r.expires_on IS NOT NULL
				GROUP BY r.expires_on) AS e
			JOIN LATERAL user_ops.points_rows(x.losers) AS l ON l.day = e.expires_on$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('points_liability',
		'What do the points that are out still cost: how many of them are expected to be used, by when they were earned',
		columns => ARRAY[
			['earn_month', 'First day of the month in which the points were earned'],
			['earned', 'Points earned in it'],
			['used', 'Of these used by as_of: spent, taken back, or taken for a debt'],
			['expired', 'Expired by as_of'],
			['outstanding', 'Left on as_of'],
			['expected_used', 'Of those left expected to be used before they expire, by how points of all users were used so far; an estimate'],
			['expected_breakage', 'Of those left expected to expire unused'],
			['redemption_rate', 'used / earned, points taken back among the used; NULL until complete'],
			['breakage_rate', 'expired / earned; NULL until complete'],
			['liability', 'expected_used times the value of a point; NULL where none was given'],
			['complete', 'Whether the month was over at as_of, and none of its points are left']],
		body => $view$
			SELECT {m.tenant,} m.earn_month, m.earned, m.used, m.expired, m.outstanding, m.expected_used, m.outstanding::double precision - m.expected_used AS expected_breakage,
				CASE WHEN m.complete THEN (m.used / nullif(m.earned, 0))::double precision END AS redemption_rate,
				CASE WHEN m.complete THEN (m.expired / nullif(m.earned, 0))::double precision END AS breakage_rate,
				m.expected_used * {point_value} AS liability, m.complete
			FROM (
				SELECT {x.tenant,} user_ops.period_start(r.day, 'month') AS earn_month, sum(r.points) AS earned,
					coalesce(sum(r.points) FILTER (WHERE r.kind = 'spend'), 0) AS used, coalesce(sum(r.points) FILTER (WHERE r.kind = 'expire'), 0) AS expired,
					coalesce(sum(r.points) FILTER (WHERE r.kind = 'earn'), 0) AS outstanding,
					-- of those who came to this age unused; what expires never, or at an age that nobody saw, is used
					coalesce(sum(r.points::double precision * coalesce(1 - user_ops.survival_at(x.unused, r.expires_on - r.day - 1) / nullif(user_ops.survival_at(x.unused, {as_of} - r.day - 1), 0), 1))
						FILTER (WHERE r.kind = 'earn' AND r.points > 0), 0) AS expected_used,
					(user_ops.period_start(r.day, 'month') + interval '1 month')::date <= {as_of} AND coalesce(sum(r.points) FILTER (WHERE r.kind = 'earn'), 0) = 0 AS complete
				FROM (
					SELECT {p.tenant,} user_ops_internal.pooled_lots(p.points, {as_of}, {points_options}) AS lots,
						user_ops.points_survival(p.points, {as_of}, {points_options}, n.decimals) AS unused
					FROM {schema}.points AS p
					JOIN (SELECT {d.tenant,} max(user_ops_internal.points_decimals(d.points)) AS decimals FROM {schema}.points AS d {GROUP BY d.tenant}) AS n ON {n.tenant = p.tenant}
					{GROUP BY p.tenant}) AS x
				CROSS JOIN LATERAL user_ops.points_rows(x.lots) AS r
				GROUP BY {x.tenant,} user_ops.period_start(r.day, 'month')) AS m$view$);
END;
COMMENT ON FUNCTION user_ops_internal.points_views() IS
	'What the add-on points makes';

-- The moments of an experiment, by one query over its assignments and the stored activities.

CREATE FUNCTION user_ops_internal.experiment_users_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- coalesce: 0 for who did nothing then, NULL for who had never been there
	SELECT user_ops_internal.render($query$
		SELECT {n.tenant,} n.variant, n.crossed, n.open,{n.cell,}
			{counted} AS counted, {compared} AS compared,
			coalesce(user_ops.active_days(n.after), 0) AS active_days, CASE WHEN n.was_there THEN coalesce(user_ops.active_days(n.before), 0) END AS active_days_before,
			coalesce(user_ops.events(n.after), 0) AS events, CASE WHEN n.was_there THEN coalesce(user_ops.events(n.before), 0) END AS events_before,
			coalesce(user_ops.last_day(n.after) >= n.day + 7, false) AS retained,
			CASE WHEN n.was_there THEN coalesce(user_ops.last_day(n.before) >= n.day - {before_days} + 7, false)::integer END AS retained_before{#amount},
			coalesce(user_ops.amount(n.after), 0) AS revenue, CASE WHEN n.was_there THEN coalesce(user_ops.amount(n.before), 0) END AS revenue_before,
			coalesce(user_ops.purchases(n.after), 0) AS purchases, CASE WHEN n.was_there THEN coalesce(user_ops.purchases(n.before), 0) END AS purchases_before{/amount}
		FROM (
			SELECT {x.tenant,} x.variant, x.crossed, x.day, x.day + {within_days} > {observed_to} AS open,
				user_ops.activity_between(a.activity, x.day, least(x.day + {within_days}, {observed_to})) AS after,
				user_ops.activity_between(a.activity, x.day - {before_days}, x.day) AS before,
				user_ops.first_day(a.activity, x.day) IS NOT NULL AS was_there{values}
			FROM ({assigned_query}) AS x
			LEFT JOIN {schema}.activity AS a ON {a.user = x.user}
			OFFSET 0) AS n$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.experiment_users_query(jsonb) IS
	'SQL for a row for each user who was assigned, with all metrics and their covariates';

CREATE FUNCTION user_ops_internal.experiment_metrics(parts jsonb) RETURNS TABLE (metric text, made_by text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 ROWS 7
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT m.metric, user_ops_internal.render(m.made_by, parts)
	FROM (VALUES
		('active_days', 'user_ops.experiment_mean(u.variant, u.active_days{#covariate}, u.active_days_before{/covariate})', false, 0),
		('events', 'user_ops.experiment_mean(u.variant, u.events{#covariate}, u.events_before{/covariate})', false, 0),
		('retained', 'user_ops.experiment_rate(u.variant, u.retained{#covariate}, u.retained_before{/covariate})', false, 7),
		('revenue', 'user_ops.experiment_mean(u.variant, {revenue}{#covariate}, {revenue_before}{/covariate})', true, 0),
		('converted', 'user_ops.experiment_rate(u.variant, u.purchases > 0{#covariate}, (u.purchases_before > 0)::integer{/covariate})', true, 0),
		('purchases', 'user_ops.experiment_mean(u.variant, u.purchases{#covariate}, u.purchases_before{/covariate})', true, 0),
		('revenue_per_purchase', 'user_ops.experiment_ratio(u.variant, {revenue}, u.purchases::numeric{#covariate}, {revenue_before}, u.purchases_before::numeric{/covariate})', true, 0)
	) AS m (metric, made_by, of_money, longer_than)
	WHERE (NOT m.of_money OR user_ops_internal.is_given(parts -> 'amount')) AND (parts ->> 'within_days')::integer > m.longer_than;
END;
COMMENT ON FUNCTION user_ops_internal.experiment_metrics(jsonb) IS
	'The metrics of experiments, each with SQL for its moments over rows u of users; those of money only where there are amounts, retained only where the window is longer than the week that it asks about';

CREATE FUNCTION user_ops_internal.experiment_states_query(parts jsonb, breakdown name[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	limits CONSTANT text := 'user_ops.winsorize(u.%s, l.highest)';
	made text;
	merged text;
	listed text;
BEGIN
	parts := parts || jsonb_build_object(
		'revenue', CASE WHEN user_ops_internal.is_given(parts -> 'winsorize') THEN format(limits, 'revenue') ELSE 'u.revenue' END,
		'revenue_before', CASE WHEN user_ops_internal.is_given(parts -> 'winsorize') THEN format(limits, 'revenue_before') ELSE 'u.revenue_before' END);
	SELECT string_agg(format('%s FILTER (WHERE u.compared) AS %s', m.made_by, m.metric), E',\n\t\t\t\t'),
		   string_agg(format('user_ops.rollup(c.%s) AS %1$s', m.metric), ', '), string_agg(format('(''%s'', d.%1$s)', m.metric), ', ')
	INTO made, merged, listed FROM user_ops_internal.experiment_metrics(parts) AS m;
	RETURN user_ops_internal.render($query$
		WITH users AS {materialized} ({users_query}), cells AS MATERIALIZED (
			SELECT {u.tenant,}{u.cell,}
				user_ops.experiment_rate(u.variant, u.open) FILTER (WHERE u.counted) AS assigned,
				user_ops.experiment_rate(u.variant, u.crossed) AS crossed_over,
				{made}
			FROM users AS u{#winsorize} JOIN (
				SELECT {u.tenant,} user_ops.quantile(user_ops.value_sample(u.revenue) FILTER (WHERE u.compared), {winsorize}) AS highest
				FROM users AS u {GROUP BY u.tenant}) AS l ON {l.tenant = u.tenant}{/winsorize}
			{GROUP BY u.key})
		SELECT {d.tenant,} m.metric, d.dimension, d.value, m.moments
		FROM ({dimensions}) AS d
		CROSS JOIN LATERAL (VALUES ('assigned', d.assigned), ('crossed_over', d.crossed_over), {listed}) AS m (metric, moments)
		WHERE m.moments IS NOT NULL$query$, parts || jsonb_build_object(
			'users_query', user_ops_internal.experiment_users_query(parts), 'made', made, 'listed', listed, 'key', (parts -> 'tenant') || (parts -> 'cell'),
			'materialized', CASE WHEN user_ops_internal.is_given(parts -> 'winsorize') THEN 'MATERIALIZED' ELSE 'NOT MATERIALIZED' END,
			'dimensions', (
				SELECT string_agg(user_ops_internal.render($query$
					SELECT {c.tenant,} {dimension}::text AS dimension, {value} AS value,
						user_ops.rollup(c.assigned) AS assigned, user_ops.rollup(c.crossed_over) AS crossed_over, {merged}
					FROM cells AS c {GROUP BY c.cut_by}$query$, parts, jsonb_build_object('dimension', quote_literal(b.name), 'merged', merged,
						'value', CASE WHEN b.place = 0 THEN 'NULL::text' ELSE 'c.value_' || b.place END,
						'cut_by', (parts -> 'tenant') || CASE WHEN b.place = 0 THEN '[]' ELSE user_ops_internal.column_part(('value_' || b.place)::name) END)), ' UNION ALL ' ORDER BY b.place)
				FROM (SELECT '' AS name, 0 AS place UNION ALL SELECT n.name, n.place FROM unnest(breakdown) WITH ORDINALITY AS n (name, place)) AS b)));
END $$;
COMMENT ON FUNCTION user_ops_internal.experiment_states_query(jsonb, name[]) IS
	'SQL for what an experiment stores: of all users, and of those with each property, the moments of each metric';

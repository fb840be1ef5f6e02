-- The moments of an experiment, by one query over its assignments and the stored activities.

CREATE FUNCTION user_ops_internal.experiment_metrics(parts jsonb) RETURNS TABLE (metric text, place integer)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 7
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT m.metric, m.place
	FROM (VALUES (1, 'active_days', false), (2, 'events', false), (3, 'retained', false), (4, 'revenue', true), (5, 'converted', true), (6, 'purchases', true), (7, 'revenue_per_purchase', true))
		AS m (place, metric, of_money)
	WHERE (NOT m.of_money OR user_ops_internal.is_given(parts -> 'amount'))
	  -- nobody is active on the 8th day of a week
	  AND (m.metric <> 'retained' OR (parts ->> 'within_days')::integer > 7);
END;
COMMENT ON FUNCTION user_ops_internal.experiment_metrics(jsonb) IS
	'The metrics that an experiment has, and where experiments_of_activity has them';

CREATE FUNCTION user_ops_internal.experiment_states_query(parts jsonb, breakdown name[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	merged text;
	listed text;
BEGIN
	SELECT string_agg(format('user_ops.rollup(c.experiments[%s]) AS %s', m.place, m.metric), ', ' ORDER BY m.place), string_agg(format('(''%s'', d.%1$s)', m.metric), ', ' ORDER BY m.place)
	INTO merged, listed FROM user_ops_internal.experiment_metrics(parts) AS m;
	RETURN user_ops_internal.render($query$
		WITH users AS {materialized} (
			SELECT {x.tenant,} x.variant, x.crossed, x.day, a.activity{values}
			FROM ({assigned_query}) AS x
			LEFT JOIN {schema}.activity AS a ON {a.user = x.user}),
		cells AS MATERIALIZED (
			SELECT {u.tenant,}{u.cell,}
				user_ops.experiment_rate(u.variant, {open}) FILTER (WHERE {counted}) AS assigned,
				user_ops.experiment_rate(u.variant, u.crossed) AS crossed_over,
				user_ops_internal.experiments_of_activity(u.variant, u.activity, u.day, {within_days}, {before_days}, {observed_to}, {#winsorize}l.highest{/winsorize}{^winsorize}NULL{/winsorize}) FILTER (WHERE {compared}) AS experiments
			FROM users AS u{#winsorize} JOIN (
				SELECT {u.tenant,} user_ops.quantile(user_ops.value_sample(
					coalesce(user_ops.amount(user_ops.activity_between(u.activity, u.day, least(u.day + {within_days}, {observed_to}))), 0)) FILTER (WHERE {compared}), {winsorize}) AS highest
				FROM users AS u {GROUP BY u.tenant}) AS l ON {l.tenant = u.tenant}{/winsorize}
			{GROUP BY u.key})
		SELECT {d.tenant,} m.metric, d.dimension, d.value, m.moments
		FROM ({dimensions}) AS d
		CROSS JOIN LATERAL (VALUES ('assigned', d.assigned), ('crossed_over', d.crossed_over), {listed}) AS m (metric, moments)
		WHERE m.moments IS NOT NULL$query$, parts || jsonb_build_object(
			'listed', listed, 'key', (parts -> 'tenant') || (parts -> 'cell'),
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

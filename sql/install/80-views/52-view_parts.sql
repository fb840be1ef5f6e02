-- The parts of the templates of views.

CREATE FUNCTION user_ops_internal.view_parts(s view_settings, target_schema name) RETURNS jsonb
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	parts jsonb := user_ops_internal.settings_parts(s) || jsonb_build_object('schema', quote_ident(target_schema));
	-- with a tenant people come with their row of fitted; else it is one, and a join with it would keep the planner from
	-- aggregating in parallel
	of_fitted CONSTANT text := '{#tenant}fit.{column}{/tenant}{^tenant}(SELECT fitted.{column} FROM {schema}.fitted){/tenant}';
	usable CONSTANT text := 'CASE WHEN user_ops.status(fit.purchase_model) IN (''ok'', ''boundary'') THEN fit.purchase_model END';
	as_of text := user_ops_internal.as_of_expression(s, 'now()');
	fits jsonb;
BEGIN
	IF s.stored THEN
		-- as_of is common to all tenants
		as_of := user_ops_internal.render('(SELECT {#tenant}max(fitted.as_of) AS as_of{/tenant}{^tenant}fitted.as_of{/tenant} FROM {schema}.fitted)', parts);
	END IF;
	parts := parts || jsonb_build_object('as_of', as_of, 'scan', '', 'from_population', '',
		'as_of_moment', format('(SELECT user_ops.day_start(%s, %L) AS as_of)', as_of, coalesce(s.time_zone, 'UTC')),
		'each_tenant', user_ops_internal.render('{#tenant}(SELECT {fit.tenant} FROM {schema}.fitted AS fit) AS t CROSS JOIN{/tenant}', parts),
		'people', user_ops_internal.render('{schema}.activity AS a', parts));
	IF s.stored OR user_ops_internal.is_given(parts -> 'by_user') THEN
		parts := parts || jsonb_build_object(
			'people_and_fitted', user_ops_internal.render('{people}{#tenant} JOIN {schema}.fitted AS fit ON {fit.tenant = a.tenant}{/tenant}', parts),
			'rfm', user_ops_internal.render(of_fitted, parts, '{"column": "rfm"}'),
			'typical_gap', user_ops_internal.render(of_fitted, parts, '{"column": "typical_gap"}'),
			'purchase_model', user_ops_internal.render('{#tenant}{usable}{/tenant}{^tenant}(SELECT {usable} AS purchase_model FROM {schema}.fitted AS fit){/tenant}', parts, jsonb_build_object('usable', usable)));
	ELSE
		fits := user_ops_internal.model_fits(parts, 'scan.population', as_of);
		parts := parts || jsonb_build_object(
			'from_population', format('(%s) AS p', user_ops_internal.population_query(parts)),
			'scan', format('WITH scan AS MATERIALIZED (%s)', user_ops_internal.population_query(parts)),
			'people', user_ops_internal.render('(SELECT (u.found).activity FROM (SELECT user_ops.users(scan.population, NULL::{user_base}) AS found FROM scan OFFSET 0) AS u) AS a', parts));
		parts := parts || jsonb_build_object(
			'people_and_fitted', parts -> 'people',
			'rfm', format('(SELECT %s FROM scan)', fits ->> 'rfm_fit'),
			'typical_gap', user_ops_internal.render('coalesce((SELECT user_ops.typical_gap(a.activity, {as_of}) FROM {people}), 30)', parts),
			'purchase_model', format('(SELECT %s AS purchase_model FROM (SELECT %s AS purchase_model FROM scan) AS fit)',
									 usable, fits ->> 'purchase_fit'));
	END IF;
	parts := parts || jsonb_build_object('fitted_query', user_ops_internal.fitted_query(parts, CASE WHEN s.as_of IS NULL AND NOT s.stored THEN format('(SELECT %s)', as_of) ELSE as_of END));
	RETURN parts || jsonb_build_object(
		'fit_join', user_ops_internal.fit_join(parts),
		'tier_names', quote_literal(ARRAY(SELECT chr(64 + i) FROM generate_series(1, cardinality(s.value_shares) + 1) AS i) || (parts ->> 'none')),
		'clv_cuts_query', CASE WHEN s.value_by = 'clv' THEN user_ops_internal.clv_cuts_query(parts, format('(%s)', parts ->> 'fitted_query')) END,
		'calibration', CASE WHEN s.stored THEN user_ops_internal.render('{schema}.calibration', parts)
					   ELSE format('(SELECT c.*, now() AS fitted_at FROM (%s) AS c)', user_ops_internal.calibration_query(parts)) END,
		-- what is a view where nothing is stored
		'activity_query', user_ops_internal.activity_query(parts),
		'first_event_query', CASE WHEN s.first_values IS NULL OR s.spread IS NOT NULL THEN '' ELSE user_ops_internal.first_event_query(parts) END,
		-- and what is a table where it is
		'tenant_column', user_ops_internal.column_definitions(s.source, ARRAY[s.tenant]),
		'user_type', user_ops_internal.column_definition(s.source, s.user_id),
		'first_value_columns', user_ops_internal.column_definitions(s.source, s.first_values, before => ', '));
END $$;
COMMENT ON FUNCTION user_ops_internal.view_parts(view_settings, name) IS
	'What templates of views can name: beside settings_parts the schema; as_of; behind scan the activities of people a, with the fitted models, cut points and typical gap; and what stored tables are made of';

CREATE FUNCTION user_ops_internal.one_view_parts(s view_settings, parts jsonb, period text, broken_by name) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	-- a population is not grouped by anything
	by_scan boolean := broken_by IS NULL AND user_ops_internal.is_given(parts -> 'from_population');
BEGIN
	parts := parts || jsonb_build_object(
		'period', period,
		'max_periods', CASE period WHEN 'day' THEN s.max_days WHEN 'week' THEN s.max_weeks WHEN 'month' THEN s.max_months END,
		'split_by', (parts -> 'tenant') || CASE WHEN broken_by IS NULL THEN '[]' ELSE user_ops_internal.column_part(broken_by) END,
		'activities', CASE WHEN by_scan THEN 'p.population' ELSE 'a.activity' END,
		'all_users', CASE WHEN by_scan THEN parts ->> 'from_population' ELSE user_ops_internal.render('{schema}.activity AS a', parts) END);
	-- the last 28 days, or the last period that is over; in a SELECT of their own, to be computed once and not for each user
	RETURN parts || jsonb_build_object(
		'to_day', user_ops_internal.render('(SELECT {#period}user_ops.period_start({as_of}, ''{period}'', {week_start}){/period}{^period}{as_of}{/period})', parts),
		'from_day', user_ops_internal.render('(SELECT {#period}user_ops.period_start(user_ops.period_start({as_of}, ''{period}'', {week_start}) - 1, ''{period}'', {week_start}){/period}{^period}{as_of} - 28{/period})', parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.one_view_parts(view_settings, jsonb, text, name) IS
	'The parts of views with those of one of them: its period, what it is split by, and what an aggregate over all users reads';

CREATE FUNCTION user_ops_internal.view_bodies(s view_settings, target_schema name, objects name[] DEFAULT NULL)
	RETURNS TABLE (object text, body text, is_stored_shape boolean)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 30
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT w.object,
		   CASE WHEN w.addons IS NULL THEN user_ops_internal.render((w.definition).body, user_ops_internal.one_view_parts(s, p.parts, w.period, w.broken_by))
		   ELSE user_ops_internal.addon_body(s, w.definition, w.addons, p.parts) END,
		   (w.definition).storage IS NOT NULL
	FROM user_ops_internal.wanted_views(s) AS w
	CROSS JOIN (SELECT user_ops_internal.view_parts(s, target_schema) AS parts OFFSET 0) AS p
	WHERE NOT w.is_table AND (objects IS NULL OR w.object = ANY (objects))
	-- views behind those they read
	ORDER BY (w.definition).storage IS NULL, w.place;
END;
COMMENT ON FUNCTION user_ops_internal.view_bodies(view_settings, name, name[]) IS
	'The views of a schema made by create_views, all or some objects, behind those they read: name and query of each, and whether it is a table where users are stored';

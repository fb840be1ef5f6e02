-- The add-on propensity: how likely is it that a user buys.

CREATE FUNCTION user_ops_internal.propensity_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('propensity_fit',
		'What propensity is read with: the model of who buys for the first time',
		columns => ARRAY[
			['as_of', 'The first day not observed'],
			['model', 'A logistic regression on visit_features; NULL where there was nobody to fit it over']],
		body => '{fit_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{#tenant}{tenant_column} PRIMARY KEY, as_of date{/tenant}{^tenant}as_of date PRIMARY KEY{/tenant}, model user_ops.feature_model)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('propensity_backtest',
		'What propensity_calibration reads: what both models would have said, and what happened',
		columns => ARRAY[
			['method', 'What it came from, as in propensity'],
			['decile', 'From 1, the tenth of these users with the lowest probability, to 10; users with the same one stay together, so that tenths differ in size and may be missing'],
			['users', 'Users with this method as of that date'],
			['predicted_probability', 'Mean of their buy_probability'],
			['actual_probability', 'Share of them who bought since'],
			['predicted_buyers', 'Number of users expected to buy since'],
			['actual_buyers', 'Number of users who did']],
		body => '{calibration_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} method text, decile integer, users bigint NOT NULL, predicted_probability double precision, actual_probability double precision,
				predicted_buyers double precision, actual_buyers bigint NOT NULL, PRIMARY KEY ({tenant_name,} method, decile))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('propensity_calibration',
		'Does buy_probability hold: as of its horizon before as_of, held against who bought since, for each tenth of the users',
		columns => ARRAY[
			['method', 'What it came from, as in propensity'],
			['decile', 'From 1, the tenth of these users with the lowest probability, to 10; users with the same one stay together, so that tenths differ in size and may be missing'],
			['users', 'Users with this method as of that date'],
			['predicted_probability', 'Mean of their buy_probability'],
			['actual_probability', 'Share of them who bought since'],
			['predicted_buyers', 'Number of users expected to buy since'],
			['actual_buyers', 'Number of users who did']],
		body => $view$
			SELECT {b.tenant,} b.method, b.decile, b.users, b.predicted_probability, b.actual_probability, b.predicted_buyers, b.actual_buyers
			FROM {schema}.propensity_backtest AS b
			ORDER BY {b.tenant,} b.method, b.decile$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('propensity',
		'How likely is each user to buy within the horizon, whether the user ever bought or not (to be active, where the source has no amounts)',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['buy_probability', 'Probability of a purchase in the days from as_of on, as many as the horizon has; NULL without a usable model'],
			['method', 'What it comes from: of users who bought before the kind of purchase model, such as mbg_nbd; of those who never did visits, a model on their active days. NULL without a usable model']],
		body => $view$
			SELECT {p.tenant,} p.user_id,
				CASE WHEN p.frequency > 0 THEN 1 - user_ops.churn_risk(p.purchase_model, p.activity, p.as_of, {days})
				ELSE user_ops.predict(p.model, user_ops.visit_features(p.activity, p.as_of)) END AS buy_probability,
				CASE WHEN p.frequency > 0 THEN user_ops.model_kind(p.purchase_model)
				WHEN p.model IS NOT NULL THEN 'visits' END AS method
			FROM (
				SELECT {a.tenant,} a.user_id, a.activity, fit.as_of, fit.purchase_model, user_ops.frequency(a.activity, fit.as_of) AS frequency,
					CASE WHEN user_ops.status(v.model) IN ('ok', 'boundary') THEN v.model END AS model
				FROM {schema}.activity AS a
				{fit_join}
				LEFT JOIN {schema}.propensity_fit AS v ON {v.tenant = a.tenant}
				WHERE user_ops.first_day(a.activity, fit.as_of) IS NOT NULL) AS p$view$);
END;
COMMENT ON FUNCTION user_ops_internal.propensity_views() IS
	'The views of the add-on propensity, and the tables behind them';

CREATE FUNCTION user_ops_internal.propensity_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	days CONSTANT integer := coalesce((a.settings ->> 'horizon_days')::integer, s.horizon_days);
BEGIN
	parts := parts || jsonb_build_object('days', days, 'scan', '', 'people', user_ops_internal.render('{schema}.activity AS a', parts), 'horizon_days', days,
		'observed_to', user_ops_internal.observed_to(s, parts));
	parts := parts || jsonb_build_object('split', user_ops_internal.render('(SELECT {observed_to} - {days} AS split)', parts));
	RETURN jsonb_build_object('days', days,
		'fit_query', user_ops_internal.propensity_fit_query(parts),
		'calibration_query', user_ops_internal.propensity_calibration_query(parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.propensity_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on propensity: its horizon, and the queries of its tables';

CREATE FUNCTION user_ops_internal.propensity_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := user_ops_internal.propensity_parts(s, a, parts);
	RETURN QUERY VALUES ('propensity_fit'::name, parts ->> 'fit_query', NULL::text), ('propensity_backtest', parts ->> 'calibration_query', NULL);
END $$;
COMMENT ON FUNCTION user_ops_internal.propensity_sums(view_settings, addon, jsonb) IS
	'How the tables of the add-on propensity are written';

CREATE FUNCTION user_ops_internal.check_propensity(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF (a.settings ->> 'horizon_days')::integer NOT BETWEEN 1 AND 36500 THEN
		RAISE EXCEPTION 'horizon_days is %', a.settings ->> 'horizon_days'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Give a number from 1 to 36500, or NULL for that of create_views.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_propensity(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_propensity_views cannot use';

CREATE FUNCTION create_propensity_views(target_schema name, horizon_days integer DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
BEGIN
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema,
		ARRAY[ROW('propensity', 'propensity', NULL, jsonb_build_object('horizon_days', horizon_days))::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_propensity_views(name, integer) IS
	'Views: Adds the views propensity and propensity_calibration to a schema that create_views made: how likely each user is to buy in the horizon_days from as_of on, whether the user ever bought or not (to be active, where the source has no amounts), and how well that would have held before. horizon_days NULL: those of create_views. A row for each table and view: its name and what it answers';

-- Does churn_risk hold: a backtest at each fit, kept for the views that show it.

CREATE FUNCTION user_ops_internal.ranking_status(auc double precision, purchase_gap double precision, horizon_days integer, users bigint, active bigint) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- below ten of either kind the area is a matter of chance
	SELECT CASE WHEN users >= 20 AND purchase_gap > horizon_days THEN 'hardly_ranks'
				WHEN least(active, users - active) < 10 THEN 'too_few'
				WHEN auc < 0.6 THEN 'hardly_ranks' ELSE 'ok' END;
END;
COMMENT ON FUNCTION user_ops_internal.ranking_status(double precision, double precision, integer, bigint, bigint) IS
	'hardly_ranks if a score with this area under the ROC curve, or of users who buy so seldom, hardly tells who will buy; too_few if there were too few, of whom so many were active, to tell; else ok';

CREATE FUNCTION user_ops_internal.ranking_comment(target_schema name, hardly_ranks boolean) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('COMMENT ON COLUMN %I.users.churn_risk IS %L', target_schema,
				  d.columns[i][2] || CASE WHEN hardly_ranks THEN '. It hardly ranks here: see backtest in the view models' ELSE '' END)
	FROM user_ops_internal.users_views() AS d CROSS JOIN LATERAL generate_subscripts(d.columns, 1) AS i
	WHERE d.object = 'users' AND d.columns[i][1] = 'churn_risk';
END;
COMMENT ON FUNCTION user_ops_internal.ranking_comment(name, boolean) IS
	'The statement that lets the comment on churn_risk say whether it hardly ranks';

CREATE FUNCTION user_ops_internal.comment_on_ranking(target_schema name, hardly_ranks boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET lock_timeout = '100ms'
AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'churn_risk'
			   WHERE c.oid = to_regclass(format('%I.users', target_schema)) AND pg_has_role(c.relowner, 'USAGE')
				 AND (col_description(c.oid, a.attnum) LIKE '%It hardly ranks here%') IS DISTINCT FROM hardly_ranks) THEN
		EXECUTE user_ops_internal.ranking_comment(target_schema, hardly_ranks);
	END IF;
EXCEPTION WHEN lock_not_available THEN
	NULL;
END $$;
COMMENT ON FUNCTION user_ops_internal.comment_on_ranking(name, boolean) IS
	'Lets the comment on churn_risk say whether it hardly ranks, unless the view belongs to somebody else, or is being changed: the next fit will do';

CREATE FUNCTION user_ops_internal.calibrate(s view_settings, target_schema name, parts jsonb, as_of date, fitted_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	found name := format('user_ops_calibration_%s', md5(random()::text || clock_timestamp()));
	hardly_ranks boolean;
BEGIN
	-- by itself, because what writes to a lasting table does not run in parallel
	EXECUTE format('CREATE TEMPORARY TABLE %I ON COMMIT DROP AS %s', found,
				   user_ops_internal.calibration_query(parts || jsonb_build_object(
					   'scan', '', 'people', user_ops_internal.render('{schema}.activity AS a', parts), 'as_of', format('%L::date', as_of))));
	EXECUTE format('DELETE FROM %I.calibration', target_schema);
	EXECUTE format('INSERT INTO %I.calibration SELECT f.*, $1 FROM pg_temp.%I AS f', target_schema, found) USING fitted_at;
	EXECUTE format('DROP TABLE pg_temp.%I', found);
	EXECUTE format('SELECT coalesce(bool_or(user_ops_internal.ranking_status(c.auc, c.purchase_gap, $1, c.users, c.actual_active) = ''hardly_ranks''), false)
					FROM %I.calibration AS c WHERE c.decile = 0', target_schema) INTO hardly_ranks USING s.horizon_days;
	PERFORM user_ops_internal.comment_on_ranking(target_schema, hardly_ranks);
END $$;
COMMENT ON FUNCTION user_ops_internal.calibrate(view_settings, name, jsonb, date, timestamptz) IS
	'Writes the table calibration anew, by a fit as of horizon_days before as_of';

CREATE FUNCTION user_ops_internal.warn_of_ranking(s view_settings, place name, target_schema name) RETURNS text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	backtest record;
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE c.hardly) AS hardly, count(*) AS of_all, max(c.auc) FILTER (WHERE c.hardly) AS auc,
						max(c.purchase_gap) FILTER (WHERE c.hardly) AS purchase_gap
					FROM (SELECT c.auc, c.purchase_gap, user_ops_internal.ranking_status(c.auc, c.purchase_gap, $1, c.users, c.actual_active) = ''hardly_ranks'' AS hardly
						  FROM %s AS c WHERE c.decile = 0) AS c',
				   user_ops_internal.view_parts(s, place) ->> 'calibration') INTO backtest USING s.horizon_days;
	IF backtest.hardly > 0 AND s.tenant IS NOT NULL THEN
		RAISE WARNING 'for % of % tenants churn_risk hardly ranks', backtest.hardly, backtest.of_all
			USING HINT = format('See backtest in %I.models: where purchase_gap is above %s days give a longer horizon_days.', target_schema, s.horizon_days);
	ELSIF backtest.purchase_gap > s.horizon_days THEN
		RAISE WARNING 'churn_risk hardly ranks: users typically buy every % days, and horizon_days is %', round(backtest.purchase_gap), s.horizon_days
			USING HINT = CASE WHEN backtest.purchase_gap < 1000 THEN format('Give horizon_days => %s or so.', ceil(backtest.purchase_gap / 30) * 60)
							  ELSE 'These are very few purchases for so long a time: rank by idle_days or monetary instead.' END;
	ELSIF backtest.hardly > 0 THEN
		RAISE WARNING 'churn_risk hardly ranks: as of % days ago its AUC was % (0.5 is by chance)', s.horizon_days, round(backtest.auc::numeric, 2)
			USING HINT = format('See %I.churn_calibration; idle_days may tell more, or the data are too few or too short.', target_schema);
	END IF;
	RETURN user_ops_internal.ranking_comment(place, backtest.hardly > 0);
END $$;
COMMENT ON FUNCTION user_ops_internal.warn_of_ranking(view_settings, name, name) IS
	'A warning if by the backtest churn_risk hardly tells who will buy; returns the statement that lets the comment on the column say so. place: the schema in which the tables and views are until they come to the target_schema';

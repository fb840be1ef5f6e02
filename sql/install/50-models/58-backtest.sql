-- Backtest: what a purchase model would have said at a date, against what happened since.

CREATE FUNCTION user_ops_internal.backtest_people(activities regclass) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF user_ops_internal.column_type(activities, 'activity', 'activities') <> 'user_ops.activity'::regtype THEN
		RAISE EXCEPTION 'column "activity" of % is no activity', activities
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'Give a table or view with an activity for each user, such as that of a schema made by create_views.';
	END IF;
	RETURN activities || ' AS a';
END $$;
COMMENT ON FUNCTION user_ops_internal.backtest_people(regclass) IS
	'SQL for the users a of a relation that has their activities in a column activity; or 42703 or 42804';

CREATE FUNCTION user_ops_internal.backtest_split(split date, horizon_days integer) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF NOT isfinite(split) OR horizon_days NOT BETWEEN 1 AND 36500 THEN
		RAISE EXCEPTION 'a backtest from % over % days', split, horizon_days
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Give a date to split at, and from 1 to 36500 days.';
	END IF;
	RETURN format('%L::date', to_char(split, 'YYYY-MM-DD BC'));
END $$;
COMMENT ON FUNCTION user_ops_internal.backtest_split(date, integer) IS
	'SQL for the date that a backtest splits at; 22023 if it, or the horizon, is out of range';

CREATE FUNCTION user_ops_internal.backtest_parts(activities regclass, split date, horizon_days integer, kind purchase_model_kind) RETURNS jsonb
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object('tenant', '[]'::jsonb, 'scan', '', 'people', user_ops_internal.backtest_people(activities),
							  'split', user_ops_internal.backtest_split(split, horizon_days), 'horizon_days', horizon_days, 'model_kind', kind::text);
END;
COMMENT ON FUNCTION user_ops_internal.backtest_parts(regclass, date, integer, purchase_model_kind) IS
	'The parts of backtest_query for a relation with activities';

CREATE FUNCTION backtest(activities regclass, split date, horizon_days integer, kind purchase_model_kind DEFAULT 'mbg_nbd')
	RETURNS TABLE (decile integer, users bigint, predicted_active double precision, actual_active bigint,
				   predicted_purchases double precision, actual_purchases bigint)
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE user_ops_internal.backtest_query(user_ops_internal.backtest_parts(activities, split, horizon_days, kind),
		'SELECT d.decile, d.users, d.predicted_active, d.actual_active, d.predicted_purchases, d.actual_purchases
		 FROM deciles AS d ORDER BY d.decile');
END $$;
COMMENT ON FUNCTION backtest(regclass, date, integer, purchase_model_kind) IS
	'Backtest: Fits a purchase model to the days before split of the users in a relation with a column activity, and holds what it says of the horizon_days from split on against what happened: users who buy and days with a purchase, by tenths of the users, the first the likeliest to buy (users with the same risk stay together). The horizon must lie in the past';

CREATE FUNCTION backtest_summary(activities regclass, split date, horizon_days integer, kind purchase_model_kind DEFAULT 'mbg_nbd',
		OUT users bigint, OUT auc double precision, OUT brier double precision, OUT total_bias double precision,
		OUT predicted_active double precision, OUT actual_active bigint,
		OUT predicted_purchases double precision, OUT actual_purchases bigint,
		OUT log_likelihood double precision, OUT status text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	EXECUTE user_ops_internal.backtest_query(user_ops_internal.backtest_parts(activities, split, horizon_days, kind),
		'SELECT t.users, t.auc, t.brier, t.total_bias, t.predicted_active, t.actual_active, t.predicted_purchases, t.actual_purchases,
			user_ops.loglik(f.model), user_ops.status(f.model)
		 FROM fit AS f CROSS JOIN totals AS t')
	INTO users, auc, brier, total_bias, predicted_active, actual_active, predicted_purchases, actual_purchases, log_likelihood, status;
END $$;
COMMENT ON FUNCTION backtest_summary(regclass, date, integer, purchase_model_kind) IS
	'Backtest: The same as one row: users with a purchase before split, the area under the ROC curve of who buys (0.5 is by chance, 1 without error), Brier score of the probability to buy (0 is best), predicted / actual purchases - 1, their totals, and how the fit ended. Where status is not ok or boundary, the probability comes from the users'' own gaps and no purchases are predicted';

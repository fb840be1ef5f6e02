-- What models say, and whether it holds.

CREATE FUNCTION user_ops_internal.model_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('models',
		'What do the models fitted to all users say, how sure are they, and do they hold: a row for each parameter',
		columns => ARRAY[
			['model', 'Kind of the purchase model, or of the spend model; or backtest: churn_risk and the expected purchases as of horizon_days before as_of, against what happened since'],
			['parameter', 'Name of the parameter; NULL where the model has none, as it was fitted over too few users. Of the spend model also net_share (what is left of purchases after refunds on later days; net_share_days: as how many of a user''s own purchase days it counts), and the correlation of spend and frequency, which it takes as 0. Of the backtest auc (0.5 is by chance, 1 without error), total_bias (expected / actual purchases - 1) and purchase_gap (the median user''s mean number of days between purchase days)'],
			['value', 'Its value; times are in weeks, net_share_days and purchase_gap in days'],
			['std_error', 'Its standard error; NULL unless status is ok'],
			['status', 'How the fit ended: ok; boundary: predictions are good, the parameters are not to be read; not_identifiable or too_few: the views do without the model. Of the backtest: ok; hardly_ranks: auc is below 0.6, or purchase_gap above horizon_days; too_few: fewer than 10 users who bought, or who did not'],
			['fitted_at', 'It was fitted to the source as it was then'],
			['log_likelihood', 'Log-likelihood of the users'' purchases'],
			['users', 'Number of users it was fitted over']],
		body => $view$
			SELECT {m.tenant,} m.model, p.parameter, p.value, p.std_error, m.status, m.fitted_at, m.log_likelihood, m.users
			FROM (
				SELECT {f.tenant,} 1 AS place, user_ops.model_kind(f.purchase_model) AS model, user_ops.status(f.purchase_model) AS status,
					f.fitted_at, user_ops.loglik(f.purchase_model) AS log_likelihood, user_ops.n_users(f.purchase_model) AS users,
					f.purchase_model, NULL::user_ops.spend_model AS spend_model,
					NULL::double precision AS auc, NULL::double precision AS total_bias, NULL::double precision AS purchase_gap
				FROM {schema}.fitted AS f
				WHERE f.purchase_model IS NOT NULL
				UNION ALL
				SELECT {f.tenant,} 2, user_ops.model_kind(f.spend_model), user_ops.status(f.spend_model),
					f.fitted_at, user_ops.loglik(f.spend_model), user_ops.n_users(f.spend_model),
					NULL::user_ops.purchase_model AS purchase_model, f.spend_model,
					NULL::double precision AS auc, NULL::double precision AS total_bias, NULL::double precision AS purchase_gap
				FROM {schema}.fitted AS f
				WHERE f.spend_model IS NOT NULL
				UNION ALL
				SELECT {c.tenant,} 3 AS place, 'backtest' AS model,
					user_ops_internal.ranking_status(c.auc, c.purchase_gap, {horizon_days}, c.users, c.actual_active) AS status,
					c.fitted_at, NULL::double precision AS log_likelihood, c.users,
					NULL::user_ops.purchase_model AS purchase_model, NULL::user_ops.spend_model AS spend_model,
					c.auc, c.total_bias, c.purchase_gap
				FROM {calibration} AS c
				WHERE c.decile = 0) AS m
			LEFT JOIN LATERAL (
				SELECT * FROM user_ops.model_parameters(m.purchase_model) WITH ORDINALITY AS q (parameter, value, std_error, place)
				UNION ALL
				SELECT * FROM user_ops.model_parameters(m.spend_model) WITH ORDINALITY AS q (parameter, value, std_error, place)
				UNION ALL
				SELECT q.parameter, q.value, NULL::double precision AS std_error, q.place
				FROM (VALUES (2, 'net_share', user_ops.net_share(m.spend_model), 10),
							 (2, 'net_share_days', user_ops.net_share_days(m.spend_model), 11),
							 (2, 'correlation', user_ops.spend_correlation(m.spend_model), 12),
							 (3, 'auc', m.auc, 1), (3, 'total_bias', m.total_bias, 2), (3, 'purchase_gap', m.purchase_gap, 3))
					AS q (of, parameter, value, place)
				WHERE q.of = m.place) AS p ON true
			ORDER BY {m.tenant,} m.place, p.place$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('churn_calibration',
		'Does churn_risk hold: it is computed as of horizon_days before as_of and held against what happened since, a row for each tenth of the users',
		columns => ARRAY[
			['decile', 'From 1, the tenth of the users with the lowest risk, to 10; users with the same risk stay together, so that tenths differ in size and may be missing'],
			['users', 'Users with a purchase before that date (an active day where the source has no amounts)'],
			['predicted_risk', 'Mean of their churn_risk'],
			['actual_risk', 'Share of them who did not buy since'],
			['predicted_active', 'Number of users expected to buy since'],
			['actual_active', 'Number of users who did'],
			['predicted_purchases', 'Number of days with a purchase expected of them; NULL if churn_method is gaps'],
			['actual_purchases', 'Number of days with a purchase'],
			['churn_method', 'What churn_risk came from: the kind of purchase model, or gaps']],
		body => $view$
			SELECT {c.tenant,} c.decile, c.users, c.predicted_risk, c.actual_risk, c.predicted_active, c.actual_active,
				c.predicted_purchases, c.actual_purchases, c.churn_method
			FROM {calibration} AS c
			WHERE c.decile > 0
			ORDER BY {c.tenant,} c.decile$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('calibration',
		'What churn_calibration and models read: the backtest of the last full scan',
		columns => ARRAY[
			['decile', 'From 1, the tenth of the users with the lowest risk, to 10; 0: all users'],
			['users', 'Users with a purchase before that date (an active day where the source has no amounts)'],
			['predicted_risk', 'Mean of their churn_risk'],
			['actual_risk', 'Share of them who did not buy since'],
			['predicted_active', 'Number of users expected to buy since'],
			['actual_active', 'Number of users who did'],
			['predicted_purchases', 'Number of days with a purchase expected of them; NULL if churn_method is gaps'],
			['actual_purchases', 'Number of days with a purchase'],
			['churn_method', 'What churn_risk came from: the kind of purchase model, or gaps'],
			['auc', 'Area under the ROC curve of who buys: 0.5 is by chance, 1 without error; of all users, as the rest'],
			['total_bias', 'predicted_purchases / actual_purchases - 1'],
			['purchase_gap', 'Median over users of their mean number of days between purchase days'],
			['fitted_at', 'It was computed from the source as it was then, at the last full scan that fitted the models']],
		flags => '{stored}',
		storage => $table$
			CREATE TABLE {schema}.calibration (
				{tenant_column,} decile integer NOT NULL, users bigint NOT NULL,
				predicted_risk double precision, actual_risk double precision,
				predicted_active double precision, actual_active bigint NOT NULL,
				predicted_purchases double precision, actual_purchases bigint NOT NULL, churn_method text,
				auc double precision, total_bias double precision, purchase_gap double precision,
				fitted_at timestamptz NOT NULL, PRIMARY KEY ({tenant_name,} decile))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('survival_second_purchase',
		'How many have not bought again after so many days: the Kaplan-Meier curve from the first purchase day to the second (active days where the source has no amounts)',
		columns => ARRAY[
			['at_time', 'Days since the first purchase day'],
			['at_risk', 'Users seen so long who had not bought again before'],
			['events', 'Users who bought again on that day'],
			['censored', 'Users who had not, and were not seen for longer'],
			['survival', 'Share of users who have not bought again by the end of that day'],
			['std_error', 'Its standard error'],
			['lower', 'Lower end of its 95 % confidence interval'],
			['upper', 'Upper end of its 95 % confidence interval']],
		body => $view$
			{scan}
			SELECT {w.tenant,} step.at_time, step.at_risk, step.events, step.censored, step.survival, step.std_error, step.lower, step.upper
			FROM (
				SELECT {a.tenant,} user_ops.second_purchase_survival(a.activity, {as_of}) AS waiting
				FROM {people} {GROUP BY a.tenant}) AS w
			CROSS JOIN LATERAL user_ops.survival_curve(w.waiting) AS step$view$);
END;
COMMENT ON FUNCTION user_ops_internal.model_views() IS
	'The views of create_views on what models say, and the table behind them';

-- The view users, and the views of create_views on what models say, as SQL.

CREATE FUNCTION usable_model(model text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('CASE WHEN user_ops.status(%1$s) IN (''ok'', ''boundary'') THEN %1$s END', model);
END;
COMMENT ON FUNCTION usable_model(text) IS
	'SQL for a fitted model, an SQL expression, or NULL where the data did not tell its parameters';

CREATE FUNCTION churn_expression(horizon_days integer, activity text, as_of text, model text, typical_gap text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('coalesce(user_ops.churn_risk(%4$s, %1$s, %2$s, %3$s), user_ops.churn_risk(%1$s, %2$s, %3$s, 1, %5$s))',
				  activity, as_of, horizon_days, model, typical_gap);
END;
COMMENT ON FUNCTION churn_expression(integer, text, text, text, text) IS
	'SQL for churn_risk: by the model, or by the user''s own gaps where that is NULL; all but the horizon are SQL';

CREATE FUNCTION users_view_body(s view_settings, target_schema name) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	spend text := 'NULL::double precision';
	clv text := 'NULL::double precision';
	-- what is made of the fitted, under a name of its own: the tenant may be called like it
	made text := format('SELECT %1$s AS purchases, %2$s AS spend, coalesce(user_ops.model_kind(%1$s), ''gaps'') AS method',
						user_ops.usable_model('b.purchase_model'), user_ops.usable_model('b.spend_model'));
	m text := CASE WHEN s.tenant IS NULL THEN 'b' ELSE 'm' END;
	source text := CASE WHEN s.tenant IS NOT NULL
		THEN format('%1$I.activity AS a JOIN %1$I.fitted AS b ON %2$s CROSS JOIN LATERAL (%3$s) AS m',
					target_schema, user_ops.same_tenant(s, 'b', 'a'), made)
		-- here the models are decided once for a query; in quotes, for 0 alone would keep the planner from reading in parallel.
		-- The condition is true of all rows, but something to hash: without it the planner reads users one after the other
		ELSE format('%1$I.activity AS a JOIN (%2$s, b.* FROM %1$I.fitted AS b OFFSET ''0'') AS b
					 ON (a.activity IS NULL) = (b.as_of IS NULL)', target_schema, made) END;
BEGIN
	IF s.amount IS NOT NULL THEN
		spend := format('user_ops.expected_spend(%s.spend, a.activity, b.as_of)', m);
		clv := format('user_ops.clv(%1$s.purchases, %1$s.spend, a.activity, b.as_of, 365, 0.1)', m);
	END IF;
	RETURN format(
		'SELECT %8$sa.user_id,
			user_ops.first_day(a.activity, b.as_of) AS first_day,
			user_ops.last_day(a.activity, b.as_of) AS last_day,
			user_ops.tenure_days(a.activity, b.as_of) AS tenure_days,
			user_ops.active_days(a.activity, b.as_of) AS active_days,
			user_ops.events(a.activity, b.as_of) AS events,
			user_ops.purchases(a.activity, b.as_of) AS purchases,
			user_ops.idle_days(a.activity, b.as_of) AS idle_days,
			user_ops.recency_days(a.activity, b.as_of) AS recency_days,
			user_ops.frequency(a.activity, b.as_of) AS frequency,
			user_ops.monetary(a.activity, b.as_of) AS monetary,
			user_ops.r_score(b.rfm, a.activity, b.as_of) AS r_score,
			user_ops.f_score(b.rfm, a.activity, b.as_of) AS f_score,
			user_ops.m_score(b.rfm, a.activity, b.as_of) AS m_score,
			user_ops.rfm_score(b.rfm, a.activity, b.as_of) AS rfm_score,
			%1$s AS segment,
			%2$s AS segment8,
			%3$s AS life_stage,
			%11$s AS lifecycle_state,
			%4$s AS churn_risk,
			user_ops.p_alive(%10$s.purchases, a.activity, b.as_of) AS p_alive,
			user_ops.expected_purchases(%10$s.purchases, a.activity, b.as_of, 90) AS expected_purchases_90d,
			%5$s AS expected_spend,
			%6$s AS clv_365d,
			CASE WHEN user_ops.frequency(a.activity, b.as_of) > 0 THEN %10$s.method END AS churn_method%9$s
		 FROM %7$s
		 WHERE user_ops.first_day(a.activity, b.as_of) IS NOT NULL',
		user_ops.label_expression(s, 'user_ops.segment(b.rfm, a.activity, b.as_of)'),
		user_ops.segment8_expression(s, 'user_ops.rfm_bits(b.rfm, a.activity, b.as_of)'),
		user_ops.label_expression(s, format('user_ops.life_stage(a.activity, b.as_of, b.typical_gap, %s, %s)', s.lost_days, s.sleep_days)),
		user_ops.churn_expression(s.horizon_days, 'a.activity', 'b.as_of', m || '.purchases', 'b.typical_gap'),
		spend, clv, source,
		user_ops.column_list(ARRAY[s.tenant], 'a', after => ', '), user_ops.column_list(s.first_values, 'a', before => ', '), m,
		user_ops.label_expression(s, 'user_ops.lifecycle_state(a.activity, b.as_of)'));
END $$;
COMMENT ON FUNCTION users_view_body(view_settings, name) IS
	'The query of the view users in a schema made by create_views';

CREATE FUNCTION backtest_query(s view_settings, scan text, people text, split text, horizon_days integer, kind text, answer text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format(
		'%1$s fit AS MATERIALIZED (
			SELECT %9$sf.model, %2$s AS usable, f.gap
			FROM (SELECT %10$s%3$s AS model, coalesce(user_ops.typical_gap(a.activity, %4$s), 30) AS gap FROM %5$s%11$s) AS f
		 ), scored AS MATERIALIZED (
			SELECT %10$s%6$s AS risk, user_ops.expected_purchases(%12$s, a.activity, %4$s, %7$s) AS expected,
				user_ops.frequency(a.activity, %4$s + %7$s) - user_ops.frequency(a.activity, %4$s) AS purchases,
				user_ops.purchase_gap(a.activity, %4$s) AS purchase_gap
			FROM %5$s%13$s WHERE user_ops.frequency(a.activity, %4$s) > 0
		 ), ranked AS MATERIALIZED (
			SELECT s.*, rank() OVER w AS place, count(*) OVER (%15$s) AS of_all,
				-- of users with the same risk the mean of their places, doubled
				(rank() OVER w)::double precision + round(cume_dist() OVER w * (count(*) OVER (%15$s))::double precision) AS mid_place
			FROM scored AS s WINDOW w AS (%15$sORDER BY s.risk)
		 ), deciles AS (
			SELECT d.*, coalesce(user_ops.model_kind(f.usable), ''gaps'') AS churn_method
			FROM (SELECT %14$s(1 + 10 * (s.place - 1) / s.of_all)::integer AS decile, %17$s
				  FROM ranked AS s GROUP BY %14$s(1 + 10 * (s.place - 1) / s.of_all)) AS d
			JOIN fit AS f ON %16$s
		 ), totals AS (
			SELECT t.*, t.predicted_purchases / nullif(t.actual_purchases, 0) - 1 AS total_bias,
				-- of the pairs of a user who bought and one who did not, those with the smaller risk for the first; half for equal ones
				(t.silent_places / 2 - t.silent * (t.silent + 1) / 2) / nullif(t.silent * t.actual_active, 0) AS auc,
				coalesce(user_ops.model_kind(f.usable), ''gaps'') AS churn_method
			FROM (SELECT %14$s%17$s, avg((1 - s.risk - (s.purchases > 0)::integer) ^ 2) AS brier,
					percentile_cont(0.5) WITHIN GROUP (ORDER BY s.purchase_gap) AS purchase_gap,
					sum(s.mid_place) FILTER (WHERE s.purchases = 0) AS silent_places, (count(*) FILTER (WHERE s.purchases = 0))::double precision AS silent
				  FROM ranked AS s%18$s) AS t
			JOIN fit AS f ON %19$s
		 ) %8$s',
		CASE scan WHEN '' THEN 'WITH' ELSE scan || ',' END, user_ops.usable_model('f.model'),
		user_ops.purchase_fit(kind, 'a.activity', split), split, people,
		user_ops.churn_expression(horizon_days, 'a.activity', split, r.usable, r.gap), horizon_days, answer,
		user_ops.column_list(ARRAY[s.tenant], 'f', after => ', '), user_ops.column_list(ARRAY[s.tenant], 'a', after => ', '),
		user_ops.column_list(ARRAY[s.tenant], 'a', before => ' GROUP BY '), r.usable, r.fits,
		user_ops.column_list(ARRAY[s.tenant], 's', after => ', '),
		user_ops.column_list(ARRAY[s.tenant], 's', before => 'PARTITION BY ', after => ' '), user_ops.same_tenant(s, 'f', 'd'),
		'count(*) AS users, avg(s.risk) AS predicted_risk, count(*) FILTER (WHERE s.purchases = 0)::double precision / nullif(count(*), 0)::double precision AS actual_risk,
			sum(1 - s.risk) AS predicted_active, count(*) FILTER (WHERE s.purchases > 0) AS actual_active,
			sum(s.expected) AS predicted_purchases, coalesce(sum(s.purchases), 0)::bigint AS actual_purchases',
		user_ops.column_list(ARRAY[s.tenant], 's', before => ' GROUP BY '), user_ops.same_tenant(s, 'f', 't'))
	-- a join would keep the planner from reading people in parallel
	FROM (SELECT CASE WHEN s.tenant IS NULL THEN '(SELECT f.usable FROM fit AS f)' ELSE 'f.usable' END AS usable,
			CASE WHEN s.tenant IS NULL THEN '(SELECT f.gap FROM fit AS f)' ELSE 'f.gap' END AS gap,
			CASE WHEN s.tenant IS NULL THEN '' ELSE ' JOIN fit AS f ON ' || user_ops.same_tenant(s, 'f', 'a') END AS fits) AS r;
END;
COMMENT ON FUNCTION backtest_query(view_settings, text, text, text, integer, text, text) IS
	'SQL that fits a kind of purchase model to people as of a date, and holds it against the horizon_days since: answer reads fit, deciles and totals, each apart by the tenant of s, if any; scan is what people needs before it';

CREATE FUNCTION model_view_bodies(s view_settings, target_schema name)
	RETURNS TABLE (object text, body text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	inputs record;
	in_a text := user_ops.column_list(ARRAY[s.tenant], 'a', after => ', ');
	in_b text := user_ops.column_list(ARRAY[s.tenant], 'b', after => ', ');
	in_m text := user_ops.column_list(ARRAY[s.tenant], 'm', after => ', ');
	in_c text := user_ops.column_list(ARRAY[s.tenant], 'c', after => ', ');
	calibration text := user_ops.calibration_relation(s, target_schema);
BEGIN
	SELECT * INTO inputs FROM user_ops.view_inputs(s, target_schema);

	object := 'models';
	body := format(
		'SELECT %2$sm.model, p.parameter, p.value, p.std_error, m.status, m.fitted_at, m.log_likelihood, m.users
		 FROM (SELECT %3$s1 AS place, user_ops.model_kind(b.purchase_model) AS model, user_ops.status(b.purchase_model) AS status,
					b.fitted_at, user_ops.loglik(b.purchase_model) AS log_likelihood, user_ops.n_users(b.purchase_model) AS users,
					b.purchase_model, NULL::user_ops.spend_model AS spend_model,
					NULL::double precision AS auc, NULL::double precision AS total_bias, NULL::double precision AS purchase_gap
			   FROM %1$I.fitted AS b WHERE b.purchase_model IS NOT NULL
			   UNION ALL
			   SELECT %3$s2, user_ops.model_kind(b.spend_model), user_ops.status(b.spend_model),
					b.fitted_at, user_ops.loglik(b.spend_model), user_ops.n_users(b.spend_model),
					NULL::user_ops.purchase_model AS purchase_model, b.spend_model,
					NULL::double precision AS auc, NULL::double precision AS total_bias, NULL::double precision AS purchase_gap
			   FROM %1$I.fitted AS b WHERE b.spend_model IS NOT NULL
			   UNION ALL
			   SELECT %6$s3 AS place, ''backtest'' AS model, user_ops.ranking_status(c.auc, c.purchase_gap, %4$s, c.users, c.actual_active) AS status,
					c.fitted_at, NULL::double precision AS log_likelihood, c.users,
					NULL::user_ops.purchase_model AS purchase_model, NULL::user_ops.spend_model AS spend_model, c.auc, c.total_bias, c.purchase_gap
			   FROM %5$s AS c WHERE c.decile = 0) AS m
		 LEFT JOIN LATERAL (SELECT * FROM user_ops.model_parameters(m.purchase_model)
							WITH ORDINALITY AS q (parameter, value, std_error, place)
							UNION ALL
							SELECT * FROM user_ops.model_parameters(m.spend_model)
							WITH ORDINALITY AS q (parameter, value, std_error, place)
							UNION ALL
							SELECT q.parameter, q.value, NULL::double precision AS std_error, q.place
							FROM (VALUES (2, ''net_share'', user_ops.net_share(m.spend_model), 10),
										 (2, ''net_share_days'', user_ops.net_share_days(m.spend_model), 11),
										 (2, ''correlation'', user_ops.spend_correlation(m.spend_model), 12),
										 (3, ''auc'', m.auc, 1), (3, ''total_bias'', m.total_bias, 2), (3, ''purchase_gap'', m.purchase_gap, 3))
								AS q (of, parameter, value, place) WHERE q.of = m.place) AS p ON true
		 ORDER BY %2$sm.place, p.place', target_schema, in_m, in_b, s.horizon_days, calibration, in_c);
	RETURN NEXT;

	object := 'churn_calibration';
	body := format(
		'SELECT %1$sc.decile, c.users, c.predicted_risk, c.actual_risk, c.predicted_active, c.actual_active,
			c.predicted_purchases, c.actual_purchases, c.churn_method
		 FROM %2$s AS c WHERE c.decile > 0 ORDER BY %1$sc.decile', in_c, calibration);
	RETURN NEXT;

	object := 'survival_second_purchase';
	body := format(
		'%sSELECT %sc.at_time, c.at_risk, c.events, c.censored, c.survival, c.std_error, c.lower, c.upper
		 FROM (SELECT %suser_ops.second_purchase_survival(a.activity, %s) AS waiting FROM %s%s) AS w
		 CROSS JOIN LATERAL user_ops.survival_curve(w.waiting) AS c',
		inputs.scan, user_ops.column_list(ARRAY[s.tenant], 'w', after => ', '), in_a, inputs.as_of, inputs.people,
		user_ops.column_list(ARRAY[s.tenant], 'a', before => ' GROUP BY '));
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION model_view_bodies(view_settings, name) IS
	'The views of a schema made by create_views on what models say: name and query of each';

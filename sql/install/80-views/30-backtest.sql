-- What churn_risk and a purchase model would have said at a date, against what happened since.

CREATE FUNCTION user_ops_internal.backtest_query(parts jsonb, answer text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		{#scan}{scan},{/scan}{^scan}WITH{/scan} fit AS MATERIALIZED (
			SELECT {f.tenant,} f.model, CASE WHEN user_ops.status(f.model) IN ('ok', 'boundary') THEN f.model END AS usable, f.gap
			FROM (
				SELECT {a.tenant,} {#model_kind}user_ops.purchase_model(a.activity, {split}, '{model_kind}'::user_ops.purchase_model_kind){/model_kind}{^model_kind}NULL::user_ops.purchase_model{/model_kind} AS model,
					coalesce(user_ops.typical_gap(a.activity, {split}), 30) AS gap
				FROM {people} {GROUP BY a.tenant}) AS f
		), scored AS MATERIALIZED (
			SELECT {a.tenant,} coalesce(user_ops.churn_risk({usable}, a.activity, {split}, {horizon_days}),
							user_ops.churn_risk(a.activity, {split}, {horizon_days}, 1, {gap})) AS risk,
				user_ops.expected_purchases({usable}, a.activity, {split}, {horizon_days}) AS expected,
				user_ops.frequency(a.activity, {split} + {horizon_days}) - user_ops.frequency(a.activity, {split}) AS purchases,
				user_ops.purchase_gap(a.activity, {split}) AS purchase_gap
			FROM {people}{#tenant} JOIN fit AS f ON {f.tenant = a.tenant}{/tenant}
			WHERE user_ops.frequency(a.activity, {split}) > 0
		), ranked AS MATERIALIZED (
			SELECT s.*, rank() OVER by_risk AS place, count(*) OVER everybody AS of_all,
				-- of users with the same risk the mean of their places, doubled
				(rank() OVER by_risk)::double precision + round(cume_dist() OVER by_risk * (count(*) OVER everybody)::double precision) AS mid_place
			FROM scored AS s
			WINDOW everybody AS ({PARTITION BY s.tenant}), by_risk AS ({PARTITION BY s.tenant} ORDER BY s.risk)
		), deciles AS (
			SELECT d.*, coalesce(user_ops.model_kind(f.usable), 'gaps') AS churn_method
			FROM (
				SELECT {s.tenant,} (1 + 10 * (s.place - 1) / s.of_all)::integer AS decile, {counts}
				FROM ranked AS s
				GROUP BY {s.tenant,} (1 + 10 * (s.place - 1) / s.of_all)) AS d
			JOIN fit AS f ON {f.tenant = d.tenant}
		), totals AS (
			SELECT t.*, t.predicted_purchases / nullif(t.actual_purchases, 0) - 1 AS total_bias,
				-- of the pairs of a user who bought and one who did not, those with the smaller risk for the first; half for equal ones
				(t.silent_places / 2 - t.silent * (t.silent + 1) / 2) / nullif(t.silent * t.actual_active, 0) AS auc,
				coalesce(user_ops.model_kind(f.usable), 'gaps') AS churn_method
			FROM (
				SELECT {s.tenant,} {counts}, avg((1 - s.risk - (s.purchases > 0)::integer) ^ 2) AS brier,
					percentile_cont(0.5) WITHIN GROUP (ORDER BY s.purchase_gap) AS purchase_gap,
					sum(s.mid_place) FILTER (WHERE s.purchases = 0) AS silent_places,
					(count(*) FILTER (WHERE s.purchases = 0))::double precision AS silent
				FROM ranked AS s {GROUP BY s.tenant}) AS t
			JOIN fit AS f ON {f.tenant = t.tenant}
		) {answer}$query$, parts, jsonb_build_object(
			-- a join would keep the planner from reading people in parallel
			'usable', CASE WHEN user_ops_internal.is_given(parts -> 'tenant') THEN 'f.usable' ELSE '(SELECT f.usable FROM fit AS f)' END,
			'gap', CASE WHEN user_ops_internal.is_given(parts -> 'tenant') THEN 'f.gap' ELSE '(SELECT f.gap FROM fit AS f)' END,
			'counts', $counts$count(*) AS users,
					avg(s.risk) AS predicted_risk,
					count(*) FILTER (WHERE s.purchases = 0)::double precision / nullif(count(*), 0)::double precision AS actual_risk,
					sum(1 - s.risk) AS predicted_active,
					count(*) FILTER (WHERE s.purchases > 0) AS actual_active,
					sum(s.expected) AS predicted_purchases,
					coalesce(sum(s.purchases), 0)::bigint AS actual_purchases$counts$,
			'answer', user_ops_internal.render(answer, parts)));
END;
COMMENT ON FUNCTION user_ops_internal.backtest_query(jsonb, text) IS
	'SQL that fits the model_kind to people as of a date, split, and holds it against the horizon_days since, by tenant: these, and scan, which people may need before it, are the parts; answer: a template that reads fit, deciles and totals';

CREATE FUNCTION user_ops_internal.calibration_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.backtest_query(parts || jsonb_build_object('split', user_ops_internal.render('(SELECT {as_of} - {horizon_days})', parts)), $answer$
		SELECT {d.tenant,} d.decile, d.users, d.predicted_risk, d.actual_risk, d.predicted_active, d.actual_active,
			d.predicted_purchases, d.actual_purchases, d.churn_method,
			NULL::double precision AS auc, NULL::double precision AS total_bias, NULL::double precision AS purchase_gap
		FROM deciles AS d
		UNION ALL
		SELECT {t.tenant,} 0 AS decile, t.users, t.predicted_risk, t.actual_risk, t.predicted_active, t.actual_active,
			t.predicted_purchases, t.actual_purchases, t.churn_method, t.auc, t.total_bias, t.purchase_gap
		FROM totals AS t$answer$);
END;
COMMENT ON FUNCTION user_ops_internal.calibration_query(jsonb) IS
	'SQL for the rows of the table calibration without fitted_at; the parts of views, of which as_of is an SQL expression';

-- What churn_risk and a purchase model would have said at a date, against what happened since.

CREATE FUNCTION user_ops_internal.quantile(ascending double precision[], counts bigint[], share double precision) RETURNS double precision
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT q.low + (q.place - floor(q.place)) * (q.high - q.low)
	FROM (
		SELECT c.place, min(c.value) FILTER (WHERE c.up_to > floor(c.place)) AS low, min(c.value) FILTER (WHERE c.up_to > ceil(c.place)) AS high
		FROM (
			SELECT u.value, (sum(u.n) OVER (ORDER BY u.value))::double precision AS up_to, share * (sum(u.n) OVER () - 1)::double precision AS place
			FROM unnest(ascending, counts) AS u (value, n)) AS c
		GROUP BY c.place) AS q;
END;
COMMENT ON FUNCTION user_ops_internal.quantile(double precision[], bigint[], double precision) IS
	'percentile_cont of values that there are so many of; NULL of none';

-- Users with the same history have the same score: so a backtest asks for counts of
-- histories, which are few and merge, and not for users.
CREATE FUNCTION user_ops_internal.backtest_query(parts jsonb, answer text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		{#scan}{scan},{/scan}{^scan}WITH{/scan} fit AS MATERIALIZED (
			SELECT {f.tenant,} f.model, CASE WHEN user_ops.status(f.model) IN ('ok', 'boundary') THEN f.model END AS usable, f.gap, f.histories
			FROM (
				SELECT {a.tenant,} {#model_kind}user_ops.purchase_model(a.activity, {split}, '{model_kind}'::user_ops.purchase_model_kind){/model_kind}{^model_kind}NULL::user_ops.purchase_model{/model_kind} AS model,
					coalesce(user_ops.typical_gap(a.activity, {split}), 30) AS gap,
					user_ops.feature_sample(true, user_ops_internal.split_history(a.activity, {split}, {split} + {horizon_days})) AS histories
				FROM {people} {GROUP BY a.tenant}) AS f
		), scored AS MATERIALIZED (
			SELECT {f.tenant,} h.users, h.purchases, h.sum_gaps / nullif(h.gaps, 0) AS purchase_gap,
				coalesce(user_ops.churn_risk(f.usable, h.gaps::bigint, h.sum_gaps / f.unit, (h.sum_gaps + h.idle - 1) / f.unit, {horizon_days} / f.unit),
						 user_ops_internal.gap_churn_risk(h.gaps, h.sum_gaps, h.idle, {horizon_days}, 1, f.gap)) AS risk,
				user_ops.expected_purchases(f.usable, h.gaps::bigint, h.sum_gaps / f.unit, (h.sum_gaps + h.idle - 1) / f.unit, {horizon_days} / f.unit) AS expected
			FROM (SELECT f.*, user_ops.unit_days(f.usable) AS unit FROM fit AS f) AS f
			CROSS JOIN LATERAL (
				SELECT c.n_true AS users, c.features[1] AS gaps, c.features[2] AS sum_gaps, c.features[3] AS idle, c.features[4]::bigint AS purchases
				FROM user_ops.cells(f.histories) AS c) AS h
		), ranked AS MATERIALIZED (
			-- of users with the same risk the first place, and the mean of their places, doubled
			SELECT p.*, (p.last_place - p.alike + 1)::bigint AS place, (2 * p.last_place - p.alike + 1)::double precision AS mid_place
			FROM (
				SELECT s.*, (sum(s.users) OVER everybody)::bigint AS of_all, sum(s.users) OVER by_risk AS last_place, sum(s.users) OVER alike AS alike
				FROM scored AS s
				WINDOW everybody AS ({PARTITION BY s.tenant}), by_risk AS ({PARTITION BY s.tenant} ORDER BY s.risk), alike AS (PARTITION BY {s.tenant,} s.risk)) AS p
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
				SELECT {s.tenant,} {counts}, sum(s.users * (1 - s.risk - (s.purchases > 0)::integer) ^ 2 ORDER BY s.risk, s.expected, s.users, s.purchases) / nullif(sum(s.users), 0)::double precision AS brier,
					user_ops_internal.quantile(array_agg(s.purchase_gap ORDER BY s.purchase_gap) FILTER (WHERE s.purchase_gap IS NOT NULL),
											   array_agg(s.users ORDER BY s.purchase_gap) FILTER (WHERE s.purchase_gap IS NOT NULL), 0.5) AS purchase_gap,
					sum(s.users * s.mid_place) FILTER (WHERE s.purchases = 0) AS silent_places,
					(sum(s.users) FILTER (WHERE s.purchases = 0))::double precision AS silent
				FROM ranked AS s {GROUP BY s.tenant}) AS t
			JOIN fit AS f ON {f.tenant = t.tenant}
		) {answer}$query$, parts, jsonb_build_object(
			'counts', $counts$coalesce(sum(s.users), 0)::bigint AS users,
					sum(s.users * s.risk ORDER BY s.risk, s.expected, s.users) / nullif(sum(s.users), 0)::double precision AS predicted_risk,
					coalesce(sum(s.users) FILTER (WHERE s.purchases = 0), 0)::double precision / nullif(sum(s.users), 0)::double precision AS actual_risk,
					sum(s.users * (1 - s.risk) ORDER BY s.risk, s.expected, s.users) AS predicted_active,
					coalesce(sum(s.users) FILTER (WHERE s.purchases > 0), 0)::bigint AS actual_active,
					sum(s.users * s.expected ORDER BY s.risk, s.expected, s.users) AS predicted_purchases,
					coalesce(sum(s.users * s.purchases), 0)::bigint AS actual_purchases$counts$,
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

-- What the add-on propensity stores: a model of who buys for the first time, and how well it would have said so.
--
--	1. Of users who bought before, the purchase model of the schema says who buys within horizon_days: 1 - churn_risk.
--	2. Of those who never bought, a logistic regression on visit_features as of horizon_days before as_of, over all who had
--	   not bought by then; the outcome is whether they have since.
--	3. Both are held against what happened in the last horizon_days, as fitted to what was known before them.
--	4. A model that is neither ok nor boundary says nothing.

CREATE FUNCTION user_ops_internal.propensity_fit_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		SELECT {a.tenant,} {observed_to} AS as_of,
			user_ops.feature_model(user_ops.frequency(a.activity, {observed_to}) > 0, user_ops.visit_features(a.activity, {observed_to} - {days}), user_ops.visit_feature_names())
				FILTER (WHERE user_ops.frequency(a.activity, {observed_to} - {days}) = 0) AS model
		FROM {schema}.activity AS a {GROUP BY a.tenant}$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.propensity_fit_query(jsonb) IS
	'SQL for the model of who buys for the first time, for each tenant';

-- Users with the same features have the same probability: so it asks for how often each were met, which merges.
CREATE FUNCTION user_ops_internal.visitors_calibration_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		WITH fit AS MATERIALIZED (
			SELECT {f.tenant,} CASE WHEN user_ops.status(f.model) IN ('ok', 'boundary') THEN f.model END AS usable, f.histories
			FROM (
				SELECT {a.tenant,}
					user_ops.feature_model(user_ops.frequency(a.activity, {split}) > 0, user_ops.visit_features(a.activity, {split} - {days}), user_ops.visit_feature_names())
						FILTER (WHERE user_ops.frequency(a.activity, {split} - {days}) = 0) AS model,
					user_ops.feature_sample(user_ops.frequency(a.activity, {observed_to}) > 0, user_ops.visit_features(a.activity, {split}), user_ops.visit_feature_names())
						FILTER (WHERE user_ops.frequency(a.activity, {split}) = 0) AS histories
				FROM {schema}.activity AS a {GROUP BY a.tenant}) AS f
		), scored AS MATERIALIZED (
			SELECT {f.tenant,} c.n_false + c.n_true AS users, c.n_true AS buyers, user_ops.predict(f.usable, c.features) AS expected
			FROM fit AS f
			CROSS JOIN LATERAL user_ops.cells(f.histories) AS c
			WHERE f.usable IS NOT NULL
		), ranked AS MATERIALIZED (
			-- users with the same probability stay together
			SELECT p.*, (1 + 10 * (p.up_to - p.alike) / p.of_all)::integer AS decile
			FROM (
				SELECT s.*, (sum(s.users) OVER everybody)::bigint AS of_all, (sum(s.users) OVER by_expected)::bigint AS up_to, (sum(s.users) OVER alike)::bigint AS alike
				FROM scored AS s
				WINDOW everybody AS ({PARTITION BY s.tenant}), by_expected AS ({PARTITION BY s.tenant} ORDER BY s.expected), alike AS (PARTITION BY {s.tenant,} s.expected)) AS p
		)
		SELECT {r.tenant,} 'visits' AS method, r.decile, sum(r.users)::bigint AS users,
			sum(r.users * r.expected ORDER BY r.expected, r.users, r.buyers) / sum(r.users)::double precision AS predicted_probability,
			sum(r.buyers)::double precision / sum(r.users)::double precision AS actual_probability,
			sum(r.users * r.expected ORDER BY r.expected, r.users, r.buyers) AS predicted_buyers,
			sum(r.buyers)::bigint AS actual_buyers
		FROM ranked AS r
		GROUP BY {r.tenant,} r.decile$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.visitors_calibration_query(jsonb) IS
	'SQL that fits the model of who buys for the first time as of days before the split, and holds what it says at the split against what happened since';

CREATE FUNCTION user_ops_internal.propensity_calibration_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- tenths of buyers go the other way, from the highest risk to the lowest
	SELECT format('SELECT b.* FROM (%s) AS b UNION ALL SELECT v.* FROM (%s) AS v',
		user_ops_internal.backtest_query(parts, $answer$
			SELECT {d.tenant,} d.churn_method AS method, 11 - d.decile AS decile, d.users, 1 - d.predicted_risk AS predicted_probability, 1 - d.actual_risk AS actual_probability,
				d.predicted_active AS predicted_buyers, d.actual_active AS actual_buyers
			FROM deciles AS d
			WHERE d.churn_method <> 'gaps'$answer$),
		user_ops_internal.visitors_calibration_query(parts));
END;
COMMENT ON FUNCTION user_ops_internal.propensity_calibration_query(jsonb) IS
	'SQL for the rows of propensity_calibration, by method';

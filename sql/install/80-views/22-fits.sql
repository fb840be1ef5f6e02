-- What users are read with: the fitted models, where they can be used, and where tiers of value begin.

CREATE FUNCTION user_ops_internal.fit_join(parts jsonb, fits text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- Without a tenant there is one row of fitted.  OFFSET keeps it a sub-select, so that the models are decided on once and
	-- not for each user; in quotes, for 0 alone would keep the planner from reading in parallel.  The condition of the join
	-- is true of all rows, but something to hash: without it the planner reads users one after the other.
	RETURN user_ops_internal.render($query$JOIN (
				SELECT {m.tenant,} m.as_of, m.rfm, m.typical_gap, m.purchase_model, m.spend_model, m.value_cuts,
					coalesce(user_ops.model_kind(m.purchase_model), 'gaps') AS churn_method
				FROM (
					SELECT {f.tenant,} f.as_of, f.rfm, f.typical_gap,
						CASE WHEN user_ops.status(f.purchase_model) IN ('ok', 'boundary') THEN f.purchase_model END AS purchase_model,
						CASE WHEN user_ops.status(f.spend_model) IN ('ok', 'boundary') THEN f.spend_model END AS spend_model,
						f.value_cuts
					FROM {fits} AS f) AS m
				{^tenant}OFFSET '0'{/tenant}) AS fit
				ON {#tenant}{fit.tenant = a.tenant}{/tenant}{^tenant}(a.activity IS NULL) = (fit.as_of IS NULL){/tenant}$query$,
		parts, jsonb_build_object('fits', coalesce(fits, (parts ->> 'schema') || '.fitted')));
END $$;
COMMENT ON FUNCTION user_ops_internal.fit_join(jsonb, text) IS
	'SQL that joins users a with their row fit of fitted, or of SQL that stands for it, with models only where they can be used';

CREATE FUNCTION user_ops_internal.clv_value(clv double precision, frequency bigint) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
	-- an estimate has no limit, and money has
	RETURN CASE WHEN frequency = 0 THEN 0 WHEN clv > 1e15 THEN 1e15 ELSE round(clv::numeric, 2) END;
COMMENT ON FUNCTION user_ops_internal.clv_value(double precision, bigint) IS
	'What clv_365d counts as for tiers of value: to 2 decimals, and 0 of users who never bought';

CREATE FUNCTION user_ops_internal.clv_cuts_query(parts jsonb, fits text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN user_ops_internal.render($query$
		SELECT {a.tenant,} user_ops.value_cuts(user_ops.value_sample({value_of_user}), {value_shares}) AS value_cuts
		FROM {schema}.activity AS a
		{fit_join} {GROUP BY a.tenant}$query$, parts, jsonb_build_object('fit_join', user_ops_internal.fit_join(parts, fits)));
END $$;
COMMENT ON FUNCTION user_ops_internal.clv_cuts_query(jsonb, text) IS
	'SQL for where tiers of clv_365d begin, for each tenant; fits: SQL that stands for fitted';

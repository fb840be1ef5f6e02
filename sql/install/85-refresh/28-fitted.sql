-- What depends on all users, written anew or kept by a refresh.

CREATE FUNCTION user_ops_internal.tenants_came_or_went(parts jsonb) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	found boolean := false;
BEGIN
	IF user_ops_internal.is_given(parts -> 'tenant') AND user_ops_internal.is_given(parts -> 'on_shards') THEN
		EXECUTE user_ops_internal.render($query$
			SELECT EXISTS (
				(SELECT DISTINCT {a.tenant} FROM {schema}.activity AS a EXCEPT SELECT {f.tenant} FROM {schema}.fitted AS f)
				UNION ALL (SELECT {f.tenant} FROM {schema}.fitted AS f EXCEPT SELECT DISTINCT {a.tenant} FROM {schema}.activity AS a))$query$, parts)
		INTO found;
	ELSIF user_ops_internal.is_given(parts -> 'tenant') THEN
		EXECUTE user_ops_internal.render($query$
			SELECT EXISTS (
				SELECT FROM (SELECT DISTINCT {c.tenant} FROM {changes} AS c WHERE c.user_id IS NOT NULL) AS t
				WHERE EXISTS (SELECT FROM {schema}.activity AS a WHERE {a.tenant = t.tenant}) <> EXISTS (SELECT FROM {schema}.fitted AS f WHERE {f.tenant = t.tenant}))$query$, parts)
		INTO found;
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION user_ops_internal.tenants_came_or_went(jsonb) IS
	'Whether among the users that find_changes found, now written, are the first or the last of a tenant';

CREATE FUNCTION user_ops_internal.write_clv_cuts(parts jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	EXECUTE user_ops_internal.render($query$
		CREATE TEMPORARY TABLE {new_fits} ON COMMIT DROP AS
		SELECT {f.tenant,} f.as_of, f.rfm, f.typical_gap, f.refreshed_at, f.rows_left_out, f.fitted_at, f.purchase_model, f.spend_model, c.value_cuts
		FROM {schema}.fitted AS f LEFT JOIN ({clv_cuts_query}) AS c ON {c.tenant = f.tenant}$query$,
		parts, jsonb_build_object('clv_cuts_query', user_ops_internal.clv_cuts_query(parts)));
	-- a table on all nodes is not updated by what comes from shards
	EXECUTE user_ops_internal.render('DELETE FROM {schema}.fitted', parts);
	EXECUTE user_ops_internal.render('INSERT INTO {schema}.fitted SELECT n.* FROM {new_fits} AS n', parts);
	EXECUTE user_ops_internal.render('DROP TABLE {new_fits}', parts);
END $$;
COMMENT ON FUNCTION user_ops_internal.write_clv_cuts(jsonb) IS
	'Writes where tiers of clv_365d begin, by the models that have been written';

CREATE FUNCTION user_ops_internal.write_fitted(s view_settings, target_schema name, parts jsonb, full_scan boolean, as_of date, read_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- by itself, because what writes to a lasting table does not run in parallel
	EXECUTE user_ops_internal.render($query$
		CREATE TEMPORARY TABLE {new_fits} ON COMMIT DROP AS
		SELECT n.*, coalesce({#full_scan}c.left_out{/full_scan}{^full_scan}o.rows_left_out{/full_scan}, 0) AS rows_left_out
		FROM ({fitted_query}) AS n
		LEFT JOIN {schema}.fitted AS o ON {o.tenant = n.tenant}
		LEFT JOIN {read_counts} AS c ON {c.tenant = n.tenant}$query$,
		parts, jsonb_build_object('full_scan', full_scan, 'fitted_query', user_ops_internal.fitted_query(parts, '$1')))
	USING as_of;
	EXECUTE user_ops_internal.render('DELETE FROM {schema}.fitted', parts);
	EXECUTE user_ops_internal.render('INSERT INTO {schema}.fitted
		SELECT {n.tenant,} n.as_of, n.rfm, n.typical_gap, $1, n.rows_left_out, $1, n.purchase_model, n.spend_model, n.value_cuts FROM {new_fits} AS n', parts)
	USING read_at;
	EXECUTE user_ops_internal.render('DROP TABLE {new_fits}', parts);
	IF s.value_by = 'clv' THEN
		PERFORM user_ops_internal.write_clv_cuts(parts);
	END IF;
	PERFORM user_ops_internal.maintain_table(format('%I.fitted', target_schema), 'ANALYZE %s');
	-- it costs about as much again
	IF full_scan THEN
		PERFORM user_ops_internal.calibrate(s, target_schema, parts, as_of, read_at);
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.write_fitted(view_settings, name, jsonb, boolean, date, timestamptz) IS
	'Writes anew what depends on all users';

CREATE FUNCTION user_ops_internal.keep_fitted(parts jsonb, full_scan boolean, nobody_changed boolean, read_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF full_scan AND user_ops_internal.is_given(parts -> 'on_shards') THEN
		-- a table on all nodes is not updated by counts from shards
		EXECUTE user_ops_internal.render($query$
			CREATE TEMPORARY TABLE {new_fits} ON COMMIT DROP AS
			SELECT f.*, c.left_out FROM {schema}.fitted AS f LEFT JOIN {read_counts} AS c ON {c.tenant = f.tenant}$query$, parts);
		EXECUTE user_ops_internal.render('DELETE FROM {schema}.fitted', parts);
		EXECUTE user_ops_internal.render('INSERT INTO {schema}.fitted
			SELECT {n.tenant,} n.as_of, n.rfm, n.typical_gap, $1, coalesce(n.left_out, n.rows_left_out), CASE WHEN $2 AND n.fitted_at = n.refreshed_at THEN $1 ELSE n.fitted_at END,
				n.purchase_model, n.spend_model, n.value_cuts
			FROM {new_fits} AS n', parts)
		USING read_at, nobody_changed;
		EXECUTE user_ops_internal.render('DROP TABLE {new_fits}', parts);
		RETURN;
	END IF;
	EXECUTE user_ops_internal.render($query$
		UPDATE {schema}.fitted AS f
		SET refreshed_at = $1, fitted_at = CASE WHEN $2 AND f.fitted_at = f.refreshed_at THEN $1 ELSE f.fitted_at END{#full_scan},
			rows_left_out = c.left_out
		FROM {read_counts} AS c
		WHERE {c.tenant = f.tenant}{/full_scan}$query$,
		parts, jsonb_build_object('full_scan', full_scan))
	USING read_at, nobody_changed;
END $$;
COMMENT ON FUNCTION user_ops_internal.keep_fitted(jsonb, boolean, boolean, timestamptz) IS
	'Leaves what depends on all users as it is: writes only when the source was read, and how many rows a full scan left out';

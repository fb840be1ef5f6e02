-- The arguments of create_views on tiers of value: checks.

CREATE FUNCTION user_ops_internal.check_value_tiers(s view_settings) RETURNS void
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- raises its own errors
	PERFORM user_ops.value_cuts(NULL, s.value_shares);
	IF s.value_by = 'clv' AND (s.amount IS NULL OR s.purchase_model = 'none') THEN
		RAISE EXCEPTION 'value_by is ''clv'', and there is no % to expect value by', CASE WHEN s.amount IS NULL THEN 'amount' ELSE 'purchase_model' END
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = CASE WHEN s.amount IS NULL THEN 'Say which column has the amounts, or omit value_by.' ELSE 'Omit purchase_model or value_by.' END;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_value_tiers(view_settings) IS
	'Errors, with a hint, for tiers of value that create_views cannot make';

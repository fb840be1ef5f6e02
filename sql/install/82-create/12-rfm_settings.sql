-- The arguments of create_views on RFM: checks and notices.

CREATE FUNCTION user_ops_internal.check_rfm_cuts(s view_settings) RETURNS void
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	stand_in bigint[] := ARRAY(SELECT generate_series(1, s.rfm_bins - 1));
BEGIN
	IF s.rfm_monetary IS NOT NULL AND s.amount IS NULL THEN
		RAISE EXCEPTION 'rfm_monetary is given, but no amount'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Say which column has the amounts, or omit rfm_monetary.';
	END IF;
	-- raises its own errors
	PERFORM user_ops.make_rfm_model(coalesce(s.rfm_recency, stand_in::integer[]), coalesce(s.rfm_frequency, stand_in), s.rfm_monetary);
END $$;
COMMENT ON FUNCTION user_ops_internal.check_rfm_cuts(view_settings) IS
	'Errors, with a hint, for cut points given to create_views that are no such';

CREATE FUNCTION user_ops_internal.notice_of_missing_segments(s view_settings) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF s.rfm_bins <> 5 THEN
		RAISE NOTICE 'with % RFM bins users have no segment: names are for scores from 1 to 5', s.rfm_bins
			USING HINT = 'The scores, rfm_score and segment8 are there; for segments give rfm_bins => 5, or four cut points.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.notice_of_missing_segments(view_settings) IS
	'A notice where the number of RFM bins leaves the column segment empty';

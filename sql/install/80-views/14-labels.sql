-- The labels of users as generated SQL says them: in the language that was asked for.

CREATE FUNCTION label_expression(s view_settings, label text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the functions speak English
	SELECT CASE s.labels WHEN 'chinese' THEN format('user_ops.translate_label(%s, %L)', label, s.labels) ELSE label END;
END;
COMMENT ON FUNCTION label_expression(view_settings, text) IS
	'SQL for a label, an SQL expression, in the language of these settings';

CREATE FUNCTION segment8_expression(s view_settings, bits text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('user_ops.segment8(%s%s)', bits, ', ' || quote_literal(coalesce(s.segment8_labels, user_ops.segment8_labels(s.labels))) || '::text[]');
END;
COMMENT ON FUNCTION segment8_expression(view_settings, text) IS
	'SQL for segment8 of three bits, an SQL expression, with the labels of these settings';

CREATE FUNCTION check_labels(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- these raise their own errors
	PERFORM user_ops.segment8_labels(s.labels);
	PERFORM user_ops.segment8('111', s.segment8_labels);
	IF s.labels IS NULL AND s.segment8_labels IS NULL AND user_ops.segment8('111') = 'important_high_value' THEN
		RAISE NOTICE 'segment8 has English labels: the encoding of this database, %, has no Chinese', getdatabaseencoding()
			USING HINT = 'labels => ''english'' says that this is meant.';
	END IF;
END $$;
COMMENT ON FUNCTION check_labels(view_settings) IS
	'Errors, with a hint, for labels that create_views cannot use; a notice where the encoding lacks the usual ones';

CREATE FUNCTION translate_history(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	kept record;
BEGIN
	FOR kept IN
		SELECT v.object, array_agg(v.column_name) AS columns
		FROM user_ops.view_catalog() AS v
		WHERE v.object IN ('transition_log', 'segment_history') AND v.column_name ~ 'segment$|life_stage$|lifecycle_state$'
		GROUP BY v.object
	LOOP
		EXECUTE (SELECT format('UPDATE %I.%I SET %s WHERE %s', target_schema, kept.object,
							   string_agg(format('%I = %s', c, t), ', '), string_agg(format('%I <> %s', c, t), ' OR '))
				 FROM unnest(kept.columns) AS c, format('user_ops.translate_label(%I, %L)', c, coalesce(s.labels, 'english')) AS t);
	END LOOP;
END $$;
COMMENT ON FUNCTION translate_history(view_settings, name) IS
	'Puts the labels that a schema made by create_views has kept of earlier refreshes into the language of these settings';

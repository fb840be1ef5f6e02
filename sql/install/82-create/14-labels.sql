-- The labels of users, in the language that was asked for.

CREATE FUNCTION user_ops_internal.check_labels(s view_settings) RETURNS void
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
COMMENT ON FUNCTION user_ops_internal.check_labels(view_settings) IS
	'Errors, with a hint, for labels that create_views cannot use; a notice where the encoding lacks the usual ones';

CREATE FUNCTION user_ops_internal.translate_history(s view_settings, target_schema name) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	kept record;
BEGIN
	FOR kept IN
		SELECT d.object, d.labels AS columns FROM user_ops_internal.view_definitions() AS d WHERE d.labels IS NOT NULL
	LOOP
		EXECUTE (SELECT format('UPDATE %I.%I SET %s WHERE %s', target_schema, kept.object,
							   string_agg(format('%I = %s', c, t), ', '), string_agg(format('%I <> %s', c, t), ' OR '))
				 FROM unnest(kept.columns) AS c, format('user_ops.translate_label(%I, %L)', c, coalesce(s.labels, 'english')) AS t);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.translate_history(view_settings, name) IS
	'Puts the labels that a schema made by create_views has kept of earlier refreshes into the language of these settings';

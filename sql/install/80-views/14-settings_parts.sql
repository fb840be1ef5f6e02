-- What templates of SQL over the source can name.

CREATE FUNCTION user_ops_internal.compared_column(source regclass, column_name name, role text, called name) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the equality of enums does not see through domains
	SELECT user_ops_internal.column_part(called, user_ops_internal.equality_operator(t.base), CASE WHEN t.is_enum THEN '::' || user_ops_internal.type_sql(t.base) ELSE '' END)
	FROM (SELECT c.base, p.typtype = 'e' AS is_enum
		  FROM user_ops_internal.column_type(source, column_name, role) AS c (base) JOIN pg_type p ON p.oid = c.base) AS t;
END;
COMMENT ON FUNCTION user_ops_internal.compared_column(regclass, name, text, name) IS
	'A column that has the values of one of the source, as a part of templates; role: the argument that named it';

CREATE FUNCTION user_ops_internal.same_value(source regclass, column_name name, role text, a text, b text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('%s%s %s %s%2$s', a, c.part ->> 'cast', c.part ->> 'operator', b)
	FROM user_ops_internal.compared_column(source, column_name, role, column_name) AS c (part);
END;
COMMENT ON FUNCTION user_ops_internal.same_value(regclass, name, text, text, text) IS
	'SQL for: a and b, SQL for values of this column of the source, are equal; role: the argument that named it';

CREATE FUNCTION user_ops_internal.value_of_user(s view_settings) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN s.value_by = 'clv'
		   THEN 'user_ops_internal.clv_value(user_ops.clv(fit.purchase_model, fit.spend_model, a.activity, fit.as_of, 365, 0.1), user_ops.frequency(a.activity, fit.as_of))'
		   ELSE 'user_ops.monetary(a.activity, fit.as_of)' END;
END;
COMMENT ON FUNCTION user_ops_internal.value_of_user(view_settings) IS
	'SQL for the value that tiers are by, of a user a with the row fit of fitted';

CREATE FUNCTION user_ops_internal.settings_parts(s view_settings) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	tenant jsonb := '[]';
	first_values jsonb := (SELECT coalesce(jsonb_agg(user_ops_internal.column_part(f.name) ORDER BY f.place), '[]')
						   FROM unnest(s.first_values) WITH ORDINALITY AS f (name, place));
	of_chinese boolean := coalesce(s.labels = 'chinese', false);
	event_arguments text := user_ops_internal.event_arguments(s);
	left_out text := user_ops_internal.left_out_condition(s);
	days_alone user_ops_internal.view_settings := s;
BEGIN
	days_alone.amount := NULL;
	IF s.tenant IS NOT NULL THEN
		tenant := jsonb_build_array(user_ops_internal.compared_column(s.source, s.tenant, 'tenant', s.tenant));
	END IF;
	RETURN user_ops_internal.label_parts(coalesce(s.labels, 'english')) || jsonb_build_object(
		'tenant', tenant,
		'tenant_name', coalesce(quote_ident(s.tenant), ''),
		'user', user_ops_internal.compared_column(s.source, s.user_id, 'user_id', 'user_id') || tenant,
		'first_values', first_values,
		-- the source
		'source', s.source::text,
		'user_column', quote_ident(s.user_id),
		'event_time', quote_ident(s.event_time),
		'user_base', user_ops_internal.type_sql(user_ops_internal.column_type(s.source, s.user_id, 'user_id')),
		'event_arguments', event_arguments,
		'day_arguments', user_ops_internal.event_arguments(days_alone),
		'no_user', user_ops_internal.no_user_condition(s),
		'left_out', left_out,
		'ignore_before', format('%L::date', coalesce(to_char(s.ignore_before, 'YYYY-MM-DD'), '-infinity')),
		'amount', s.amount IS NOT NULL,
		-- a population for each of many tenants would cost more than grouping by both, and rows that are elsewhere are grouped there
		'by_user', s.tenant IS NOT NULL OR s.spread IS NOT NULL,
		'elsewhere', s.spread IS NOT NULL,
		-- choices
		'keep_history', s.keep_history,
		'rfm_cuts', CASE WHEN NOT (s.rfm_recency, s.rfm_frequency, s.rfm_monetary) IS NULL
					THEN format('%L::integer[], %L::bigint[], %L::numeric[]', s.rfm_recency, s.rfm_frequency, s.rfm_monetary) END,
		'model_kind', nullif(s.purchase_model, 'none'),
		'horizon_days', s.horizon_days,
		'lost_days', s.lost_days,
		'sleep_days', s.sleep_days,
		'max_months', s.max_months,
		'week_start', quote_literal(s.week_start),
		'rfm_bins', s.rfm_bins,
		'has_segments', s.rfm_bins = 5,
		'by_clv', s.value_by = 'clv',
		'value_shares', quote_literal(s.value_shares) || '::numeric[]',
		'value_of_user', user_ops_internal.value_of_user(s),
		'value_in_users', CASE WHEN s.value_by = 'clv' THEN 'user_ops_internal.clv_value(u.clv_365d, u.frequency)' ELSE 'u.monetary' END,
		'score_separator', CASE WHEN s.rfm_bins > 9 THEN quote_literal('-') ELSE quote_literal('') END,
		'segment8_labels', quote_literal(coalesce(s.segment8_labels, user_ops.segment8_labels(s.labels))),
		-- {label}(... {language}): the functions speak English
		'label', CASE WHEN of_chinese THEN 'user_ops.translate_label' ELSE '' END,
		'language', CASE WHEN of_chinese THEN ', ' || quote_literal(s.labels) ELSE '' END);
END $$;
COMMENT ON FUNCTION user_ops_internal.settings_parts(view_settings) IS
	'What templates of SQL over the source can name, whatever the schema';

-- How generated SQL reads the source.  Every identifier is quoted, every literal
-- too.

-- Each tells how a row becomes part of an activity: arguments of lenient_activity_agg, or
-- behind the user of lenient_population_agg; and which rows count.

CREATE FUNCTION event_arguments(s view_settings) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	at_time text := format(CASE WHEN s.source_time_zone IS NULL THEN 'e.%I' ELSE 'user_ops.moment_of(e.%I, %L)' END, s.event_time, s.source_time_zone);
	amount text;
BEGIN
	IF s.amount IS NOT NULL THEN
		amount := format('e.%I', s.amount);
		-- a real has the digits it is shown with, not those of the double precision it becomes
		IF s.amount_decimals IS NOT NULL AND user_ops.column_type(s.source, s.amount, 'amount') = 'real'::regtype THEN
			amount := amount || '::numeric';
		END IF;
		amount := format('%s, %s::integer', amount, coalesce(s.amount_decimals::text, 'NULL'));
	END IF;
	RETURN concat_ws(', ', at_time, amount, quote_nullable(to_char(s.ignore_before, 'YYYY-MM-DD')) || '::date',
					 quote_literal(s.time_zone) || '::text');
END $$;
COMMENT ON FUNCTION event_arguments(view_settings) IS
	'SQL for the time, amount and zone of a row e of the source, and how they are read';

CREATE FUNCTION no_user_condition(s view_settings) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('e.%I IS NULL', s.user_id) || CASE WHEN s.tenant IS NULL THEN '' ELSE format(' OR e.%I IS NULL', s.tenant) END;
END;
COMMENT ON FUNCTION no_user_condition(view_settings) IS
	'SQL for: a row e of the source has no user or no tenant';

CREATE FUNCTION left_out_condition(s view_settings) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('%s OR user_ops.left_out_reason(%s) IS NOT NULL', user_ops.no_user_condition(s), user_ops.event_arguments(s));
END;
COMMENT ON FUNCTION left_out_condition(view_settings) IS
	'SQL for: a row e of the source does not count';

CREATE FUNCTION left_out_sum(counts text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('ROW(%s)::user_ops.left_out_counts',
				  string_agg(format('coalesce(sum((%s).%I), 0)::bigint', counts, r.reason), ', ' ORDER BY r.place))
	FROM unnest('{without_user,without_time,ignored,bad_amount,many_decimals}'::text[]) WITH ORDINALITY AS r (reason, place);
END;
COMMENT ON FUNCTION left_out_sum(text) IS
	'SQL for the sum of left_out_counts, an SQL expression, over rows';

CREATE FUNCTION activity_query(s view_settings, condition text DEFAULT 'true') RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the two aggregates read a row once for both
	SELECT format(
		'SELECT %4$se.%1$I AS user_id, user_ops.lenient_activity_agg(%2$s) AS activity, count(*) AS rows_read,
			CASE WHEN %5$s THEN ROW(count(*), 0, 0, 0, 0)::user_ops.left_out_counts ELSE user_ops.left_out_agg(%2$s) END AS reasons
		 FROM %3$s AS e WHERE %6$s GROUP BY e.%1$I%7$s',
		s.user_id, user_ops.event_arguments(s), s.source,
		user_ops.column_list(ARRAY[s.tenant], 'e', after => ', '), user_ops.no_user_condition(s), condition,
		user_ops.column_list(ARRAY[s.tenant], 'e', before => ', '));
END;
COMMENT ON FUNCTION activity_query(view_settings, text) IS
	'SQL that groups the source by user, so that a look-up of one user reads only his rows; condition: over a row e';

CREATE FUNCTION first_event_query(s view_settings, condition text DEFAULT 'true') RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- of the events at one time the one with the smallest values; NULL sorts last
	SELECT format(
		'SELECT DISTINCT ON (%1$se.%2$I) %1$se.%2$I AS user_id, %3$s FROM %4$s AS e WHERE (%5$s) AND NOT (%6$s)
		 ORDER BY %1$se.%2$I, e.%7$I, %3$s',
		user_ops.column_list(ARRAY[s.tenant], 'e', after => ', '), s.user_id, user_ops.column_list(s.first_values, 'e'), s.source,
		condition, user_ops.left_out_condition(s), s.event_time);
END;
COMMENT ON FUNCTION first_event_query(view_settings, text) IS
	'SQL for the columns first_values of each user''s first event; condition: over a row e';

CREATE FUNCTION population_query(s view_settings, condition text DEFAULT 'true') RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- nothing beside it: so the aggregate takes the rows by itself
	SELECT format('SELECT user_ops.lenient_population_agg(e.%1$I, %2$s) AS population FROM %3$s AS e WHERE %4$s',
				  s.user_id, user_ops.event_arguments(s), s.source, condition);
END;
COMMENT ON FUNCTION population_query(view_settings, text) IS
	'SQL that makes the population of the source in one scan; condition: over a row e';

CREATE FUNCTION scan_parts(s view_settings, condition text, OUT scan text, OUT users text, OUT counts text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	scan := format('WITH scan AS MATERIALIZED (%s)',
				   CASE WHEN s.tenant IS NULL THEN user_ops.population_query(s, condition) ELSE user_ops.activity_query(s, condition) END);
	IF s.tenant IS NULL THEN
		users := format('SELECT (u.found).user_id, (u.found).activity
						 FROM (SELECT user_ops.users(scan.population, NULL::%s) AS found FROM scan OFFSET 0) AS u',
						user_ops.column_type(s.source, s.user_id, 'user_id'));
		counts := 'SELECT coalesce(p.rows_read, 0) AS rows_read, coalesce(p.left_out, 0) AS left_out,
					ROW(p.without_user, p.without_time, p.ignored, p.bad_amount, p.many_decimals)::user_ops.left_out_counts AS reasons
				   FROM scan CROSS JOIN LATERAL user_ops.population_rows(scan.population) AS p';
	ELSE
		-- a population for each of many tenants would cost more than grouping by both
		users := format('SELECT scan.%1$I, scan.user_id, scan.activity FROM scan
						 WHERE scan.%1$I IS NOT NULL AND scan.user_id IS NOT NULL AND scan.activity IS NOT NULL', s.tenant);
		counts := format('SELECT c.%1$I, c.rows_read, user_ops.left_out_rows(c.reasons) AS left_out, c.reasons
						  FROM (SELECT scan.%1$I, sum(scan.rows_read)::bigint AS rows_read, %2$s AS reasons
								FROM scan GROUP BY scan.%1$I) AS c', s.tenant, user_ops.left_out_sum('scan.reasons'));
	END IF;
	users := format('SELECT %sn.user_id, n.activity%s FROM (%s) AS n%s',
					user_ops.column_list(ARRAY[s.tenant], 'n', after => ', '), user_ops.column_list(s.first_values, 'f', before => ', '), users,
					CASE WHEN s.first_values IS NULL THEN ''
						 ELSE format(' JOIN (%s) AS f ON %s', user_ops.first_event_query(s, condition), user_ops.same_user(s, 'f', 'n')) END);
END $$;
COMMENT ON FUNCTION scan_parts(view_settings, text) IS
	'SQL for all users'' activities by one scan of the source (and another for first_values): a WITH clause, and behind it the users found, in the columns of the stored table, and how many rows were read and left out, and why, for each tenant; condition: over a row e';

CREATE FUNCTION scan_query(s view_settings, condition text DEFAULT 'true') RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('%s SELECT u.*, NULL::bigint AS rows_read, NULL::bigint AS left_out, NULL::user_ops.left_out_counts AS reasons FROM (%s) AS u
				   UNION ALL SELECT %sNULL, NULL%s, c.rows_read, c.left_out, c.reasons FROM (%s) AS c',
				  p.scan, p.users, user_ops.column_list(ARRAY[s.tenant], 'c', after => ', '),
				  repeat(', NULL', coalesce(cardinality(s.first_values), 0)), p.counts)
	FROM user_ops.scan_parts(s, condition) AS p;
END;
COMMENT ON FUNCTION scan_query(view_settings, text) IS
	'SQL for all users'' activities by one scan of the source, and a row without user, for each tenant, that tells how many rows were read and left out, and why; condition: over a row e';

CREATE FUNCTION as_of_expression(s view_settings, moment text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN s.as_of IS NULL
		   THEN format('user_ops.local_date(%s, %L)', moment, coalesce(s.time_zone, 'UTC'))
		   ELSE format('%L::date', to_char(s.as_of, 'YYYY-MM-DD BC')) END;
END;
COMMENT ON FUNCTION as_of_expression(view_settings, text) IS
	'SQL for the first day not observed: the one that was fixed, or the local date of a moment, an SQL expression';

CREATE FUNCTION purchase_fit(kind text, users text, as_of text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE kind WHEN 'none' THEN 'NULL::user_ops.purchase_model'
		   ELSE format('user_ops.purchase_model(%s, %s, %L::user_ops.purchase_model_kind)', users, as_of, kind) END;
END;
COMMENT ON FUNCTION purchase_fit(text, text, text) IS
	'SQL that fits this kind of purchase model, or none, to users, an activity or a population, as of a date; both are SQL';

CREATE FUNCTION rfm_fit(s view_settings, users text, as_of text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN (s.rfm_recency, s.rfm_frequency, s.rfm_monetary) IS NULL THEN f.fitted
		   ELSE format('user_ops.with_cuts(%s, %L::integer[], %L::bigint[], %L::numeric[])',
					   f.fitted, s.rfm_recency, s.rfm_frequency, s.rfm_monetary) END
	FROM (SELECT format('user_ops.rfm_model(%s, %s, %s)', users, as_of, s.rfm_bins) AS fitted) AS f;
END;
COMMENT ON FUNCTION rfm_fit(view_settings, text, text) IS
	'SQL that fits the RFM model to users, an activity or a population, as of a date, with the cut points that are given; both are SQL';

CREATE FUNCTION fitted_query(s view_settings, target_schema name, as_of text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	fitted text := user_ops.rfm_fit(s, 'a.activity', 'd.as_of');
BEGIN
	-- an aggregate without GROUP BY has a row over no users too, and can run in parallel
	RETURN format(
		'SELECT %sd.as_of, m.rfm, m.typical_gap, m.purchase_model, m.spend_model
		 FROM (SELECT %s AS as_of) AS d
		 CROSS JOIN LATERAL (SELECT %s%s AS rfm, coalesce(user_ops.typical_gap(a.activity, d.as_of), 30) AS typical_gap,
								%s AS purchase_model, %s AS spend_model
							 FROM %I.activity AS a%s) AS m',
		user_ops.column_list(ARRAY[s.tenant], 'm', after => ', '), as_of,
		user_ops.column_list(ARRAY[s.tenant], 'a', after => ', '), fitted, user_ops.purchase_fit(s.purchase_model, 'a.activity', 'd.as_of'),
		CASE WHEN s.amount IS NULL OR s.purchase_model = 'none' THEN 'NULL::user_ops.spend_model'
			 ELSE 'user_ops.spend_model(a.activity, d.as_of)' END,
		target_schema,
		user_ops.column_list(ARRAY[s.tenant], 'a', before => ' GROUP BY '));
END $$;
COMMENT ON FUNCTION fitted_query(view_settings, name, text) IS
	'SQL that computes what depends on all users from the activities; as_of: an SQL expression';

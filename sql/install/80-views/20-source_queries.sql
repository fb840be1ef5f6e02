-- How generated SQL reads the source.  Every identifier is quoted, every literal
-- too.  Queries take settings_parts.

-- Each tells how a row becomes part of an activity: arguments of lenient_activity_agg, or
-- behind the user of lenient_population_agg; and which rows count.

CREATE FUNCTION user_ops_internal.time_expression(s view_settings) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format(CASE WHEN s.source_time_zone IS NULL THEN 'e.%I' ELSE 'user_ops.moment_of(e.%I, %L::user_ops.zone)' END, s.event_time, s.source_time_zone);
END;
COMMENT ON FUNCTION user_ops_internal.time_expression(view_settings) IS
	'SQL for the time of a row e of the source';

CREATE FUNCTION user_ops_internal.event_arguments(s view_settings) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	amount text;
BEGIN
	IF s.amount IS NOT NULL THEN
		amount := format('e.%I', s.amount);
		-- a real has the digits it is shown with, not those of the double precision it becomes
		IF s.amount_decimals IS NOT NULL AND user_ops_internal.column_type(s.source, s.amount, 'amount') = 'real'::regtype THEN
			amount := amount || '::numeric';
		END IF;
		amount := format('%s, %s::integer', amount, coalesce(s.amount_decimals::text, 'NULL'));
	END IF;
	RETURN concat_ws(', ', user_ops_internal.time_expression(s), amount, quote_nullable(to_char(s.ignore_before, 'YYYY-MM-DD')) || '::date',
					 quote_literal(s.time_zone) || '::user_ops.zone');
END $$;
COMMENT ON FUNCTION user_ops_internal.event_arguments(view_settings) IS
	'SQL for the time, amount and zone of a row e of the source, and how they are read';

CREATE FUNCTION user_ops_internal.no_user_condition(s view_settings) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('e.%I IS NULL', s.user_id) || CASE WHEN s.tenant IS NULL THEN '' ELSE format(' OR e.%I IS NULL', s.tenant) END;
END;
COMMENT ON FUNCTION user_ops_internal.no_user_condition(view_settings) IS
	'SQL for: a row e of the source has no user or no tenant';

CREATE FUNCTION user_ops_internal.left_out_condition(s view_settings) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('%s OR user_ops.left_out_reason(%s) IS NOT NULL', user_ops_internal.no_user_condition(s), user_ops_internal.event_arguments(s));
END;
COMMENT ON FUNCTION user_ops_internal.left_out_condition(view_settings) IS
	'SQL for: a row e of the source does not count';

CREATE FUNCTION user_ops_internal.left_out_sum(counts text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('ROW(%s)::user_ops.left_out_counts',
				  string_agg(format('coalesce(sum((%s).%I), 0)::bigint', counts, r.reason), ', ' ORDER BY r.place))
	FROM unnest('{without_user,without_time,ignored,bad_amount,many_decimals}'::text[]) WITH ORDINALITY AS r (reason, place);
END;
COMMENT ON FUNCTION user_ops_internal.left_out_sum(text) IS
	'SQL for the sum of left_out_counts, an SQL expression, over rows';

CREATE FUNCTION user_ops_internal.first_of_each(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- as first_event_query has them; but a DISTINCT ON would bring each event here
	SELECT coalesce(string_agg(
		user_ops_internal.render(', (array_agg(e.{column} ORDER BY e.{event_time}, {e.first_values}) FILTER (WHERE NOT ({left_out})))[1] AS {column}', parts,
			jsonb_build_object('column', c.part -> 'name')), '' ORDER BY c.place), '')
	FROM jsonb_array_elements(parts -> 'first_values') WITH ORDINALITY AS c (part, place);
END;
COMMENT ON FUNCTION user_ops_internal.first_of_each(jsonb) IS
	'SQL for the columns first_values of each user''s first event as aggregates over rows e, which run where the rows are, each behind a comma';

CREATE FUNCTION user_ops_internal.activity_query(parts jsonb, condition text DEFAULT 'true') RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- the two aggregates read a row once for both
	RETURN user_ops_internal.render($query$
		SELECT {e.tenant,} e.{user_column} AS user_id,
			user_ops.lenient_activity_agg({event_arguments}) AS activity,
			count(*) AS rows_read,
			CASE WHEN {no_user} THEN ROW(count(*), 0, 0, 0, 0)::user_ops.left_out_counts ELSE user_ops.left_out_agg({event_arguments}) END AS reasons{first_of_each}
		FROM {source} AS e
		WHERE {condition}
		GROUP BY e.{user_column}{, e.tenant}$query$, parts, jsonb_build_object('condition', condition,
			'first_of_each', CASE WHEN user_ops_internal.is_given(parts -> 'elsewhere') THEN user_ops_internal.first_of_each(parts) ELSE '' END));
END $$;
COMMENT ON FUNCTION user_ops_internal.activity_query(jsonb, text) IS
	'SQL that groups the source by user, so that a look-up of one user reads only that user''s rows; where these are elsewhere, with the columns first_values; condition: over a row e';

CREATE FUNCTION user_ops_internal.first_event_query(parts jsonb, condition text DEFAULT 'true') RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- of the events at one time the one with the smallest values; NULL sorts last
	RETURN user_ops_internal.render($query$
		SELECT DISTINCT ON ({e.tenant,} e.{user_column}) {e.tenant,} e.{user_column} AS user_id, {e.first_values}
		FROM {source} AS e
		WHERE ({condition}) AND NOT ({left_out})
		ORDER BY {e.tenant,} e.{user_column}, e.{event_time}, {e.first_values}$query$, parts, jsonb_build_object('condition', condition));
END $$;
COMMENT ON FUNCTION user_ops_internal.first_event_query(jsonb, text) IS
	'SQL for the columns first_values of each user''s first event; condition: over a row e';

CREATE FUNCTION user_ops_internal.population_query(parts jsonb, condition text DEFAULT 'true') RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- nothing beside it: so the aggregate takes the rows by itself
	RETURN user_ops_internal.render($query$
		SELECT user_ops.lenient_population_agg(e.{user_column}, {event_arguments}) AS population
		FROM {source} AS e
		WHERE {condition}$query$, parts, jsonb_build_object('condition', condition));
END $$;
COMMENT ON FUNCTION user_ops_internal.population_query(jsonb, text) IS
	'SQL that makes the population of the source in one scan; condition: over a row e';

CREATE FUNCTION user_ops_internal.scan_parts(parts jsonb, condition text, OUT scan text, OUT users text, OUT counts text)
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	by_user boolean := user_ops_internal.is_given(parts -> 'by_user');
BEGIN
	scan := format('WITH scan AS MATERIALIZED (%s)',
				   CASE WHEN by_user THEN user_ops_internal.activity_query(parts, condition) ELSE user_ops_internal.population_query(parts, condition) END);
	users := user_ops_internal.render($query$
		SELECT {n.tenant,} n.user_id, n.activity{^elsewhere}{, f.first_values}{/elsewhere}{#elsewhere}{, n.first_values}{/elsewhere}
		FROM ({^by_user}
			SELECT (u.found).user_id, (u.found).activity
			FROM (SELECT user_ops.users(scan.population, NULL::{user_base}) AS found FROM scan OFFSET 0) AS u{/by_user}{#by_user}
			SELECT {scan.user}, scan.activity{#elsewhere}{, scan.first_values}{/elsewhere}
			FROM scan
			WHERE {scan.tenant IS NOT NULL AND} scan.user_id IS NOT NULL AND scan.activity IS NOT NULL{/by_user}) AS n
		{^elsewhere}{#first_values}JOIN ({first_event_query}) AS f ON {f.user = n.user}{/first_values}{/elsewhere}$query$, parts, jsonb_build_object(
			'first_event_query', CASE WHEN user_ops_internal.is_given(parts -> 'first_values') THEN user_ops_internal.first_event_query(parts, condition) END));
	counts := user_ops_internal.render($query$
		{^by_user}SELECT coalesce(p.rows_read, 0) AS rows_read, coalesce(p.left_out, 0) AS left_out,
			ROW(p.without_user, p.without_time, p.ignored, p.bad_amount, p.many_decimals)::user_ops.left_out_counts AS reasons
		FROM scan
		CROSS JOIN LATERAL user_ops.population_rows(scan.population) AS p{/by_user}{#by_user}
		SELECT {c.tenant,} c.rows_read, user_ops_internal.left_out_rows(c.reasons) AS left_out, c.reasons
		FROM (
			SELECT {scan.tenant,} coalesce(sum(scan.rows_read), 0)::bigint AS rows_read, {reasons} AS reasons
			FROM scan {GROUP BY scan.tenant}) AS c{/by_user}$query$, parts, jsonb_build_object('reasons', user_ops_internal.left_out_sum('scan.reasons')));
END $$;
COMMENT ON FUNCTION user_ops_internal.scan_parts(jsonb, text) IS
	'SQL for all users'' activities by one scan of the source (and another for first_values): a WITH clause, and behind it the users found, in the columns of the stored table, and how many rows were read and left out, and why, for each tenant; condition: over a row e';

CREATE FUNCTION user_ops_internal.scan_query(parts jsonb, condition text DEFAULT 'true') RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN user_ops_internal.render($query$
		{scan}
		SELECT u.*, NULL::bigint AS rows_read, NULL::bigint AS left_out, NULL::user_ops.left_out_counts AS reasons
		FROM ({users}) AS u
		UNION ALL
		SELECT {c.tenant,} NULL, NULL{nulls}, c.rows_read, c.left_out, c.reasons
		FROM ({counts}) AS c$query$, parts,
		to_jsonb(user_ops_internal.scan_parts(parts, condition)) || jsonb_build_object('nulls', repeat(', NULL', jsonb_array_length(parts -> 'first_values'))));
END $$;
COMMENT ON FUNCTION user_ops_internal.scan_query(jsonb, text) IS
	'SQL for all users'' activities by one scan of the source, and a row without user, for each tenant, that tells how many rows were read and left out, and why; condition: over a row e';

CREATE FUNCTION user_ops_internal.as_of_expression(s view_settings, moment text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN s.as_of IS NULL
		   THEN format('user_ops.local_date(%s, %L)', moment, coalesce(s.time_zone, 'UTC'))
		   ELSE format('%L::date', to_char(s.as_of, 'YYYY-MM-DD BC')) END;
END;
COMMENT ON FUNCTION user_ops_internal.as_of_expression(view_settings, text) IS
	'SQL for the first day not observed: the one that was fixed, or the local date of a moment, an SQL expression';

CREATE FUNCTION user_ops_internal.model_fits(parts jsonb, users text, as_of text) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	of_users jsonb := jsonb_build_object('users', users, 'day', as_of);
BEGIN
	RETURN jsonb_build_object(
		'rfm_fit', user_ops_internal.render('{#rfm_cuts}user_ops.with_cuts({/rfm_cuts}user_ops.rfm_model({users}, {day}, {rfm_bins}){#rfm_cuts}, {rfm_cuts}){/rfm_cuts}', parts, of_users),
		'purchase_fit', user_ops_internal.render('{#model_kind}user_ops.purchase_model({users}, {day}, ''{model_kind}''::user_ops.purchase_model_kind){/model_kind}{^model_kind}NULL::user_ops.purchase_model{/model_kind}', parts, of_users));
END $$;
COMMENT ON FUNCTION user_ops_internal.model_fits(jsonb, text, text) IS
	'Parts for SQL that fits the RFM model, with the cut points that are given, and the kind of purchase model to users, an activity or a population, as of a date; both are SQL';

CREATE FUNCTION user_ops_internal.fitted_query(parts jsonb, as_of text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	-- An aggregate without GROUP BY has a row over no users too, and can run in parallel, on shards too.  A date from a
	-- LATERAL beside it would be joined on each shard, and give a row for each.  rfm_users is what rfm_model is fitted to.
	RETURN user_ops_internal.render($query$
		SELECT {a.tenant,} {day} AS as_of, {rfm_fit} AS rfm,
			coalesce(user_ops.typical_gap(a.activity, {day}), 30) AS typical_gap,
			{purchase_fit} AS purchase_model,
			{#amount}{#model_kind}user_ops.spend_model(a.activity, {day}){/model_kind}{^model_kind}NULL::user_ops.spend_model{/model_kind}{/amount}{^amount}NULL::user_ops.spend_model{/amount} AS spend_model,
			{#amount}{^by_clv}user_ops_internal.rfm_value_cuts(user_ops_internal.rfm_users(a.activity, {day}, {rfm_bins}), {value_shares}){/by_clv}{#by_clv}NULL::numeric[]{/by_clv}{/amount}{^amount}NULL::numeric[]{/amount} AS value_cuts
		FROM {schema}.activity AS a {GROUP BY a.tenant}$query$,
		parts || jsonb_build_object('day', as_of), user_ops_internal.model_fits(parts, 'a.activity', as_of));
END $$;
COMMENT ON FUNCTION user_ops_internal.fitted_query(jsonb, text) IS
	'SQL that computes what depends on all users from the activities; as_of: SQL that is computed once, such as a parameter';

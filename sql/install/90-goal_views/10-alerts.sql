-- The add-on alerts: which days were not as usual, by the same weekday of the weeks before.

-- What of kpis_day can be watched, and what can be a goal: what days sum to.
CREATE FUNCTION user_ops_internal.kpi_metrics() RETURNS TABLE (metric text, of_money boolean, watched boolean, sums boolean, instead text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10 ROWS 13
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	VALUES ('dau', false, true, true, NULL), ('new_users', false, true, true, NULL), ('events', false, false, true, NULL),
		   ('purchases', true, true, true, NULL), ('paying_users', true, true, true, NULL), ('revenue', true, true, true, NULL),
		   ('arpu', true, true, false, 'revenue and dau'), ('arppu', true, false, false, 'revenue and paying_users'), ('paying_rate', true, true, false, 'paying_users and dau'),
		   ('wau', false, false, false, 'dau or new_users'), ('mau', false, false, false, 'dau or new_users'),
		   ('stickiness', false, false, false, 'dau'), ('average_stickiness', false, false, false, 'dau');
END;
COMMENT ON FUNCTION user_ops_internal.kpi_metrics() IS
	'The metrics of kpis_day: which of them need amounts, are watched unless others are asked for, and sum over days; instead: what a goal can be set on where they do not';

CREATE FUNCTION user_ops_internal.check_kpi(s view_settings, metric text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM user_ops_internal.kpi_metrics() AS k WHERE k.metric = check_kpi.metric AND (s.amount IS NOT NULL OR NOT k.of_money)) THEN
		RAISE EXCEPTION '% is no metric of kpis_day%', coalesce(format('"%s"', metric), 'NULL'), CASE WHEN s.amount IS NULL THEN ', whose source has no amounts' ELSE '' END
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('The metrics are: %s.', (SELECT string_agg(k.metric, ', ') FROM user_ops_internal.kpi_metrics() AS k WHERE s.amount IS NOT NULL OR NOT k.of_money));
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_kpi(view_settings, text) IS
	'22023, with those there are, if the name is no metric of kpis_day';

CREATE FUNCTION user_ops_internal.kpis_query(s view_settings, parts jsonb) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- and not the view itself, which create_views replaces
	SELECT user_ops_internal.render(v.body, user_ops_internal.one_view_parts(s, parts, NULL, NULL))
	FROM user_ops_internal.engagement_views() AS v WHERE v.object = 'kpis_day';
END;
COMMENT ON FUNCTION user_ops_internal.kpis_query(view_settings, jsonb) IS
	'The query of the view kpis_day';

CREATE FUNCTION user_ops_internal.alert_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('kpi_alerts',
		'Which days were not as usual: each metric of kpis_day against the same weekday of the weeks before',
		columns => ARRAY[
			['day', 'The day'],
			['metric', 'The metric of kpis_day'],
			['value', 'What it was on the day'],
			['usual', 'The median of the same weekday of the weeks before; NULL where fewer than 4 are known'],
			['expected', 'What was to be expected: usual, and by how much the days of these weeks were off theirs, in the median'],
			['lower', 'What is as usual begins here'],
			['upper', 'What is as usual ends here'],
			['z', 'How far the day is from what was expected, in robust standard deviations of how far the days of these weeks were; NULL where all were as far, and this one is not'],
			['change', 'value / expected - 1; NULL where 0 was expected'],
			['status', 'alert: beyond lower or upper, and off by min_change or more; ok; excepted: a day that was to be left out; too_few: too little is known to say, or 0 is usual']],
		body => $view$
			WITH kpis AS MATERIALIZED ({kpis_query})
			SELECT {v.tenant,} v.day, v.metric, v.value, v.usual, v.usual + abs(v.usual) * r.expected AS expected, v.usual + abs(v.usual) * r.lower AS lower, v.usual + abs(v.usual) * r.upper AS upper,
				r.z, c.change, CASE WHEN v.excepted THEN 'excepted' WHEN r.status = 'alert' AND abs(c.change) < {min_change} THEN 'ok' ELSE coalesce(r.status, 'too_few') END AS status
			FROM (
				SELECT w.*, CASE WHEN count(w.off) OVER last_days * 2 >= 7 * {weeks} THEN array_agg(w.off) OVER last_days END AS were_off
				FROM (
					SELECT k.*, u.expected AS usual, CASE WHEN NOT k.excepted THEN (k.value - u.expected) / abs(nullif(u.expected, 0)) END AS off
					FROM (
						SELECT l.*, array_agg(l.value) FILTER (WHERE NOT l.excepted) OVER (
							PARTITION BY {l.tenant,} l.metric, extract(isodow FROM l.day) ORDER BY l.day ROWS BETWEEN {weeks} PRECEDING AND 1 PRECEDING) AS same_weekday
						FROM (
							SELECT {d.tenant,} d.day, m.metric, m.value, {#except_days}d.day IN (SELECT x.{except_day} FROM {except_days} AS x WHERE x.{except_day} IS NOT NULL){/except_days}{^except_days}false{/except_days} AS excepted
							FROM kpis AS d
							CROSS JOIN LATERAL (VALUES {metrics}) AS m (metric, value)) AS l) AS k
					CROSS JOIN LATERAL user_ops.robust_z(k.value, k.same_weekday) AS u) AS w
				WINDOW last_days AS (PARTITION BY {w.tenant,} w.metric ORDER BY w.day ROWS BETWEEN 7 * {weeks} PRECEDING AND 1 PRECEDING)) AS v
			CROSS JOIN LATERAL user_ops.robust_z(v.off, v.were_off, {z_limit}) AS r
			CROSS JOIN LATERAL (SELECT (v.value - v.usual - abs(v.usual) * r.expected) / abs(nullif(v.usual + abs(v.usual) * r.expected, 0)) AS change) AS c
			WHERE v.value IS NOT NULL$view$);
END;
COMMENT ON FUNCTION user_ops_internal.alert_views() IS
	'The view of the add-on alerts';

CREATE FUNCTION user_ops_internal.alert_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'kpis_query', user_ops_internal.kpis_query(s, parts),
		'metrics', (SELECT string_agg(format('(%L, d.%I::double precision)', m.name, m.name), ', ' ORDER BY m.place)
					FROM unnest(coalesce(user_ops_internal.array_of((a).settings -> 'metrics'),
						ARRAY(SELECT k.metric FROM user_ops_internal.kpi_metrics() AS k WHERE k.watched AND (s.amount IS NOT NULL OR NOT k.of_money)))) WITH ORDINALITY AS m (name, place)),
		'min_change', format('%L::double precision', (a).settings ->> 'min_change'), 'z_limit', format('%L::double precision', (a).settings ->> 'z_limit'), 'weeks', (a).settings -> 'weeks',
		'except_days', (a).settings ->> 'except_days', 'except_day', quote_ident((a).settings ->> 'except_day'));
END;
COMMENT ON FUNCTION user_ops_internal.alert_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on alerts: what is watched, against what, and what is left out';

CREATE FUNCTION user_ops_internal.check_alerts(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	metric text;
	twice text;
	days regclass;
	fault text := CASE WHEN (g ->> 'weeks')::integer NOT BETWEEN 4 AND 104 THEN format('weeks is %s, and must be 4 to 104', g ->> 'weeks')
				  WHEN NOT ((g ->> 'min_change')::double precision >= 0 AND (g ->> 'min_change')::double precision < 'infinity') THEN format('min_change is %s, and must be 0 or more', g ->> 'min_change')
				  WHEN NOT ((g ->> 'z_limit')::double precision > 0 AND (g ->> 'z_limit')::double precision < 'infinity') THEN format('z_limit is %s, and must be above 0', g ->> 'z_limit') END;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION '%', fault
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'weeks says how many of the same weekday are looked at, min_change which part of a value matters (0.05: 5 %), z_limit how many standard deviations.';
	END IF;
	FOREACH metric IN ARRAY coalesce(user_ops_internal.array_of(g -> 'metrics'), '{}') LOOP
		PERFORM user_ops_internal.check_kpi(s, metric);
	END LOOP;
	SELECT m.name INTO twice FROM unnest(user_ops_internal.array_of(g -> 'metrics')) AS m (name) GROUP BY m.name HAVING count(*) > 1 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'metrics names "%" twice', twice
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Name each metric once.';
	END IF;
	IF g ->> 'except_days' IS NOT NULL THEN
		days := user_ops_internal.own_table(g, 'except_days');
		IF user_ops_internal.column_type(days, g ->> 'except_day', 'except_day') <> 'date'::regtype THEN
			RAISE EXCEPTION 'column "%" of % has type %', g ->> 'except_day', days, user_ops_internal.column_type(days, g ->> 'except_day', 'except_day')
				USING ERRCODE = 'datatype_mismatch',
					  HINT = 'Give a table or view with a row for each day to leave out, as a date.';
		END IF;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_alerts(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_alert_views cannot use';

CREATE FUNCTION create_alert_views(target_schema name, metrics text[] DEFAULT NULL, except_days regclass DEFAULT NULL, except_day name DEFAULT 'day',
		min_change double precision DEFAULT 0.05, weeks integer DEFAULT 8, z_limit double precision DEFAULT 3.5)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
BEGIN
	PERFORM user_ops_internal.require('create_alert_views(''shop'', except_days => ''public.holidays'')',
		json_build_object('except_day', except_day, 'min_change', min_change, 'weeks', weeks, 'z_limit', z_limit));
	PERFORM user_ops_internal.notice_of_owners(except_days);
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('alerts', 'alerts', NULL, jsonb_build_object(
		'metrics', nullif(metrics, '{}'), 'except_days', user_ops_internal.qualified_name(except_days), 'except_day', except_day,
		'min_change', min_change, 'weeks', weeks, 'z_limit', z_limit))::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_alert_views(name, text[], regclass, name, double precision, integer, double precision) IS
	'Views: Adds the view kpi_alerts to a schema that create_views made: each metric of kpis_day against the same weekday of the weeks before. metrics: which; NULL: dau, new_users, purchases, paying_users, revenue, arpu, paying_rate. except_days: a table or view of days to leave out, such as public holidays, in its column except_day; whoever reads kpi_alerts reads it, too. weeks: how many weeks. An alert is further than z_limit robust standard deviations from what was expected, and by min_change of it';

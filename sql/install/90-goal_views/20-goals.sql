-- The add-on goals: one add-on with a list, so that a hundred goals are one view.

CREATE TYPE goal_direction AS ENUM ('at_least', 'at_most');
COMMENT ON TYPE goal_direction IS
	'What a goal wants of a metric: at_least, that it comes to the target; at_most, that it does not pass it';

CREATE FUNCTION user_ops_internal.goal_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('goals',
		'Are the goals within reach: what was to be done by now, what was, and where that leads',
		columns => ARRAY[
			['metric', 'The metric of kpis_day that is summed'],
			['from_day', 'First day of the goal'],
			['to_day', 'First day after it'],
			['direction', 'at_least: the target is to be reached; at_most: it is not to be passed'],
			['target', 'What the metric is to sum to'],
			['actual', 'What it sums to, on the days before as_of'],
			['days', 'Days of the goal'],
			['elapsed_days', 'Those before as_of'],
			['share_elapsed', 'Which part of the work they are: each weekday weighs what it was in the 56 days before the goal; all weigh the same where fewer than 28 of these are known'],
			['expected_to_date', 'target * share_elapsed: what it should sum to by now'],
			['projected', 'actual / share_elapsed: what it will sum to, if it goes on so; NULL before the first day is over'],
			['status', 'not_started; on_track; behind; reached: as soon as the target is, for at_most at the end; missed: at the end, for at_most as soon as it is passed']],
		body => $view$
			WITH kpis AS MATERIALIZED ({kpis_query}),
				goal AS (
					SELECT {t.tenant,} g.goal, g.metric, g.from_day, g.to_day, g.direction, g.target, {observed_to} AS as_of
					FROM {each_tenant} (VALUES {goals}) AS g (goal, metric, from_day, to_day, direction, target, for_tenant){#tenant}
					WHERE {for_tenant}{/tenant}),
				summed AS (
					SELECT {g.tenant,} g.goal, extract(isodow FROM k.day)::integer - 1 AS weekday,
						sum(m.value) FILTER (WHERE k.day >= g.from_day) AS actual,
						greatest(avg(m.value) FILTER (WHERE k.day < g.from_day), 0)::double precision AS usual,
						count(*) FILTER (WHERE k.day < g.from_day) AS days_before
					FROM goal AS g
					JOIN kpis AS k ON k.day >= g.from_day - 56 AND k.day < g.to_day{#tenant} AND {k.tenant = g.tenant}{/tenant}
					CROSS JOIN LATERAL (SELECT CASE g.metric {values} END AS value) AS m
					GROUP BY {g.tenant,} g.goal, extract(isodow FROM k.day)::integer - 1),
				elapsed AS (
					SELECT {g.tenant,} g.goal, coalesce(sum(w.actual), 0) AS actual,
						CASE WHEN sum(w.days_before) >= 28 AND sum(w.usual * d.days_all) > 0 THEN sum(w.usual * d.days_over) / sum(w.usual * d.days_all)
						ELSE (sum(d.days_over)::double precision / sum(d.days_all)::double precision) END AS share
					FROM goal AS g
					-- how many of each weekday there are, Mondays first, from one day to another
					CROSS JOIN LATERAL (
						SELECT weekday, floor((g.to_day - date '2000-01-03' - 1 - weekday) / 7.0) - floor((g.from_day - date '2000-01-03' - 1 - weekday) / 7.0) AS days_all,
							floor((over_by - date '2000-01-03' - 1 - weekday) / 7.0) - floor((g.from_day - date '2000-01-03' - 1 - weekday) / 7.0) AS days_over
						FROM generate_series(0, 6) AS weekday
						CROSS JOIN LATERAL (SELECT greatest(g.from_day, least(g.to_day, g.as_of)) AS over_by) AS o) AS d
					LEFT JOIN summed AS w ON w.goal = g.goal AND w.weekday = d.weekday{#tenant} AND {w.tenant = g.tenant}{/tenant}
					GROUP BY {g.tenant,} g.goal)
			SELECT {g.tenant,} g.metric, g.from_day, g.to_day, g.direction, g.target, e.actual, g.to_day - g.from_day AS days,
				greatest(0, least(g.to_day, g.as_of) - g.from_day) AS elapsed_days, e.share AS share_elapsed,
				g.target::double precision * e.share AS expected_to_date, e.actual::double precision / nullif(e.share, 0) AS projected,
				CASE WHEN g.as_of <= g.from_day THEN 'not_started'
				WHEN g.direction = 'at_least' AND e.actual >= g.target OR g.direction = 'at_most' AND e.actual <= g.target AND g.as_of >= g.to_day THEN 'reached'
				WHEN g.direction = 'at_most' AND e.actual > g.target OR g.as_of >= g.to_day THEN 'missed'
				WHEN (g.direction = 'at_least') = (e.actual::double precision >= g.target::double precision * e.share) OR e.actual::double precision = g.target::double precision * e.share THEN 'on_track'
				ELSE 'behind' END AS status
			FROM goal AS g
			JOIN elapsed AS e ON e.goal = g.goal{#tenant} AND {e.tenant = g.tenant}{/tenant}$view$);
END;
COMMENT ON FUNCTION user_ops_internal.goal_views() IS
	'The view of the add-on goals';

CREATE FUNCTION user_ops_internal.goal_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'kpis_query', user_ops_internal.kpis_query(s, parts),
		'observed_to', user_ops_internal.observed_to(s, parts),
		'for_tenant', CASE WHEN s.tenant IS NULL THEN '' ELSE format('(g.for_tenant IS NULL OR t.%I::text = g.for_tenant)', s.tenant) END,
		'goals', (SELECT string_agg(format('(%s, %L, %L::date, %L::date, %L, %L::numeric, %L::text)', g.place, g.goal ->> 'metric', g.goal ->> 'from_day', g.goal ->> 'to_day', g.goal ->> 'direction',
							g.goal ->> 'target', g.goal ->> 'tenant'), ', ' ORDER BY g.place)
				  FROM jsonb_array_elements((a).settings -> 'goals') WITH ORDINALITY AS g (goal, place)),
		'values', (SELECT string_agg(DISTINCT format('WHEN %L THEN k.%I::numeric', g.goal ->> 'metric', g.goal ->> 'metric'), ' ')
				   FROM jsonb_array_elements((a).settings -> 'goals') AS g (goal)));
END;
COMMENT ON FUNCTION user_ops_internal.goal_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on goals: the list';

CREATE FUNCTION user_ops_internal.check_goals(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	goal jsonb;
	instead text;
	fault text;
BEGIN
	FOR goal IN SELECT e.goal FROM jsonb_array_elements(a.settings -> 'goals') AS e (goal) LOOP
		PERFORM user_ops_internal.check_kpi(s, goal ->> 'metric');
		SELECT k.instead INTO instead FROM user_ops_internal.kpi_metrics() AS k WHERE k.metric = goal ->> 'metric' AND NOT k.sums;
		IF FOUND THEN
			RAISE EXCEPTION '% of several days do not sum to that of all', goal ->> 'metric'
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = format('Set goals on what does: %s.', instead);
		END IF;
		fault := CASE WHEN (goal ->> 'from_day')::date >= (goal ->> 'to_day')::date THEN format('a goal from %s to %s has no day', goal ->> 'from_day', goal ->> 'to_day')
				 WHEN NOT ((goal ->> 'target')::numeric >= 0 AND (goal ->> 'target')::numeric < 'infinity') THEN format('target is %s, and must be a number of 0 or more', goal ->> 'target')
				 WHEN s.tenant IS NULL AND goal ->> 'tenant' IS NOT NULL THEN format('the goal is for the tenant %s, and the schema has no tenants', goal ->> 'tenant') END;
		IF fault IS NOT NULL THEN
			RAISE EXCEPTION '%', fault
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = 'to_day is the first day after the goal, target what the metric is to sum to on the days before it.';
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_goals(view_settings, addon) IS
	'22023, with a hint, for goals that cannot be set';

CREATE FUNCTION user_ops_internal.put_goals(s view_settings, target_schema name, metric text, from_day date, to_day date, tenant text, goal jsonb) RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	was user_ops_internal.addon := user_ops_internal.find_addon(s, 'goals', 'goals');
	which jsonb := jsonb_build_object('metric', metric, 'from_day', from_day, 'to_day', to_day, 'tenant', tenant);
	others jsonb := coalesce((SELECT jsonb_agg(g.goal) FROM jsonb_array_elements(was.settings -> 'goals') AS g (goal) WHERE NOT g.goal @> which), '[]');
	goals jsonb;
BEGIN
	IF goal IS NULL AND others = coalesce(was.settings -> 'goals', '[]') THEN
		RAISE EXCEPTION 'schema "%" has no goal on % from % to %', target_schema, metric, from_day, to_day
			USING ERRCODE = 'undefined_object',
				  HINT = format('SELECT * FROM %I.goals shows those there are.', target_schema);
	END IF;
	goals := CASE WHEN goal IS NULL THEN others
			 ELSE (SELECT jsonb_agg(g.goal ORDER BY (g.goal ->> 'from_day')::date, (g.goal ->> 'to_day')::date, g.goal ->> 'metric' COLLATE "C", g.goal ->> 'tenant' COLLATE "C")
				   FROM jsonb_array_elements(others || (which || goal)) AS g (goal)) END;
	IF goals = '[]' THEN
		PERFORM user_ops.drop_addon(target_schema, 'goals');
	ELSE
		RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('goals', 'goals', NULL, jsonb_build_object('goals', goals))::user_ops_internal.addon]);
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.put_goals(view_settings, name, text, date, date, text, jsonb) IS
	'Puts a goal into the list, in place of one for the same metric, days and tenant; NULL: takes that away';

CREATE FUNCTION set_goal(target_schema name, metric text, target numeric, from_day date, to_day date, direction goal_direction DEFAULT 'at_least', tenant text DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET datestyle = 'ISO, YMD'
AS $$
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
BEGIN
	PERFORM user_ops_internal.require('set_goal(''shop'', ''revenue'', 250000, ''2026-11-01'', ''2026-12-01'')',
		json_build_object('metric', metric, 'target', target, 'from_day', from_day, 'to_day', to_day, 'direction', direction));
	IF NOT isfinite(from_day) OR NOT isfinite(to_day) THEN
		RAISE EXCEPTION 'a goal is from one day to another, and not from % to %', from_day, to_day
			USING ERRCODE = 'datetime_field_overflow',
				  HINT = 'to_day is the first day after the goal.';
	END IF;
	RETURN QUERY SELECT * FROM user_ops_internal.put_goals(s, target_schema, metric, from_day, to_day, tenant, jsonb_build_object('target', target::text, 'direction', direction));
END $$;
COMMENT ON FUNCTION set_goal(name, text, numeric, date, date, goal_direction, text) IS
	'Views: Sets a goal in the view goals of a schema that create_views made, in place of one for the same metric, days and tenant: what a metric of kpis_day is to sum to on the days from from_day on, before to_day. Of dau and paying_users that counts a user on each day. direction: at_least, or at_most where the target is not to be passed. tenant: of whom it is wanted; NULL: of each. A row for the view: its name and what it answers';

CREATE FUNCTION drop_goal(target_schema name, metric text, from_day date, to_day date, tenant text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET datestyle = 'ISO, YMD'
AS $$
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
BEGIN
	PERFORM user_ops_internal.require('drop_goal(''shop'', ''revenue'', ''2026-11-01'', ''2026-12-01'')',
		json_build_object('metric', metric, 'from_day', from_day, 'to_day', to_day));
	PERFORM user_ops_internal.put_goals(s, target_schema, metric, from_day, to_day, tenant, NULL);
END $$;
COMMENT ON FUNCTION drop_goal(name, text, date, date, text) IS
	'Views: Takes a goal away again; with the last one the view goals goes';

-- The add-ons funnel: how many users get from step to step.

CREATE FUNCTION user_ops_internal.funnel_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('{#conditions}journeys_{addon}{/conditions}',
		'Each user''s rows that are steps of a funnel by conditions, in order',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['journey', 'The rows with their times, and the numbers of the conditions that hold']],
		body => '{journeys_by_user}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} user_id {user_type}, journey user_ops.journey NOT NULL,
				PRIMARY KEY ({tenant_name,} user_id))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('funnels',
		'How many users get from step to step, and how long it takes them',
		columns => ARRAY[
			['name', 'Name of the funnel'],
			['step', 'Number of the step, from 1'],
			['label', 'What the step is'],
			['users', 'Users who reach it within the window'],
			['conversion_from_first', 'Share of the users of step 1; NULL where there are none'],
			['conversion_from_previous', 'Share of the users of the step before, 1 for step 1; NULL where there are none'],
			['drop_off', 'Users of the step before who do not reach it'],
			['median_seconds', 'Median time from the step before; NULL for step 1'],
			['average_seconds', 'Mean time from the step before; NULL for step 1'],
			['open_users', 'Users who came just so far, and may still go on: their window reaches as_of']],
		body => $view$
			SELECT {f.tenant,} {name} AS name, x.step, ({labels})[x.step] AS label, x.users, x.conversion_from_first, x.conversion_from_previous, x.drop_off,
				x.median_seconds, x.average_seconds, x.open_users
			FROM (
				SELECT {j.tenant,} user_ops.funnel(j.journey, {steps}, {within}, {as_of_moment}, {options}) AS funnel
				FROM {schema}.{journeys} AS j {GROUP BY j.tenant}) AS f
			CROSS JOIN LATERAL user_ops.steps(f.funnel) AS x$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('funnel_users',
		'How far does each user come, a row for each who enters the funnel',
		columns => ARRAY[
			['name', 'Name of the funnel'],
			['user_id', 'The user, as in the source'],
			['level', 'The last step that the user reaches'],
			['entered_at', 'When the user reached step 1, on the way that comes so far'],
			['reached_at', 'When the user reached that last step'],
			['open', 'Whether the user may still go on: the window reaches as_of']],
		body => $view$
			SELECT {u.tenant,} {name} AS name, u.user_id, u.level, u.times[1] AS entered_at, u.times[u.level] AS reached_at,
				user_ops.funnel_open(u.journey, {steps}, {within}, as_of => {as_of_moment}{switches}) AS open
			FROM (
				SELECT {j.tenant,} j.user_id, j.journey, user_ops.funnel_level(j.journey, {steps}, {within}, as_of => {as_of_moment}{switches}) AS level,
					user_ops.funnel_times(j.journey, {steps}, {within}, as_of => {as_of_moment}{switches}{pick}) AS times
				FROM {schema}.{journeys} AS j) AS u
			WHERE u.level > 0$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#breakdown}funnel_segments{/breakdown}',
		'Which users get through better: each funnel by a property of its users',
		columns => ARRAY[
			['name', 'Name of the funnel'],
			['segment', 'What the users have in common; NULL for those without it'],
			['step', 'Number of the step, from 1'],
			['label', 'What the step is'],
			['users', 'Users who reach it within the window'],
			['conversion_from_first', 'Share of the users of step 1'],
			['conversion_from_previous', 'Share of the users of the step before, 1 for step 1; NULL where there are none'],
			['drop_off', 'Users of the step before who do not reach it'],
			['median_seconds', 'Median time from the step before; NULL for step 1'],
			['average_seconds', 'Mean time from the step before; NULL for step 1'],
			['open_users', 'Users who came just so far, and may still go on: their window reaches as_of'],
			['z', 'How far the share of the last step differs from that of all other segments, in standard errors; NULL with fewer than 30 users at step 1 on a side'],
			['p_value', 'How likely so great a difference is by chance; NULL as z is']],
		-- all others: those before and those behind
		body => $view$
			SELECT {b.tenant,} {name} AS name, b.segment, x.step, ({labels})[x.step] AS label, x.users, x.conversion_from_first, x.conversion_from_previous, x.drop_off,
				x.median_seconds, x.average_seconds, x.open_users, c.z, c.p_value
			FROM (
				SELECT {f.tenant,} f.segment, f.funnel,
					user_ops.rollup(f.funnel) OVER ({PARTITION BY f.tenant} ORDER BY f.segment COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
					user_ops.rollup(f.funnel) OVER ({PARTITION BY f.tenant} ORDER BY f.segment COLLATE "C" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS behind
				FROM (
					SELECT {j.tenant,} {segment} AS segment, user_ops.funnel(j.journey, {steps}, {within}, {as_of_moment}, {options}) AS funnel
					FROM {schema}.{journeys} AS j {with_segment}
					GROUP BY {j.tenant,} {segment}) AS f) AS b
			CROSS JOIN LATERAL user_ops.steps(b.funnel) AS x
			CROSS JOIN LATERAL user_ops.funnel_compare(b.funnel, user_ops.merge(b.before, b.behind)) AS c
			WHERE x.conversion_from_first IS NOT NULL$view$);
END;
COMMENT ON FUNCTION user_ops_internal.funnel_views() IS
	'What add-ons funnel make';

CREATE FUNCTION user_ops_internal.funnel_switches(g jsonb, n_steps integer) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	given text[];
BEGIN
	-- only those that say something
	SELECT array_agg(format('%s => %s', w.switch, w.value) ORDER BY w.place) INTO given
	FROM (VALUES
		(1, 'in_between', quote_literal(nullif(g ->> 'in_between', 'any'))), (2, 'repeats', quote_literal(nullif(g ->> 'repeats', 'allow'))),
		(3, 'ties', quote_literal(nullif(g ->> 'ties', 'any'))), (4, 'entry', quote_literal(nullif(g ->> 'entry', 'any'))),
		(5, 'unordered', nullif(g ->> 'unordered', 'false')), (6, 'optional', format('%L::integer[]', nullif(user_ops_internal.array_of(g -> 'optional'), '{}'))),
		-- excluded events are conditions behind the steps
		(7, 'exclude', format('%L::integer[]', (SELECT array_agg(n_steps + i) FROM generate_subscripts(user_ops_internal.array_of(g -> 'exclude'), 1) AS i))),
		(8, 'exclude_from', format('%L::integer[]', user_ops_internal.array_of(g -> 'exclude_from'))), (9, 'exclude_to', format('%L::integer[]', user_ops_internal.array_of(g -> 'exclude_to'))),
		(10, 'on_exclusion', quote_literal(nullif(g ->> 'on_exclusion', 'drop_entry'))),
		(11, 'min_gap', format('%L::interval[]', user_ops_internal.array_of(g -> 'min_gap'))), (12, 'max_gap', format('%L::interval[]', user_ops_internal.array_of(g -> 'max_gap'))),
		(13, 'entry_from', format('%L::timestamptz', g ->> 'entry_from')), (14, 'entry_to', format('%L::timestamptz', g ->> 'entry_to'))) AS w (place, switch, value)
	WHERE w.value NOT LIKE 'NULL::%';
	RETURN array_to_string(given, ', ');
END $$;
COMMENT ON FUNCTION user_ops_internal.funnel_switches(jsonb, integer) IS
	'SQL for the switches of a funnel that are not their defaults, by name; NULL if all are';

CREATE FUNCTION user_ops_internal.funnel_steps(g jsonb) RETURNS journey_steps
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN user_ops_internal.is_given(g -> 'conditions') THEN user_ops.journey_steps(jsonb_array_length(g -> 'conditions'))
		   ELSE user_ops.journey_steps(user_ops_internal.array_of(g -> 'steps'), others => nullif(user_ops_internal.array_of(g -> 'exclude'), '{}')) END;
END;
COMMENT ON FUNCTION user_ops_internal.funnel_steps(jsonb) IS
	'The steps of a funnel, and behind them the events that exclude';

CREATE FUNCTION user_ops_internal.funnel_rows_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	conditions text[] := (SELECT array_agg(format('(%s)', c.condition) ORDER BY c.place)
						  FROM unnest(user_ops_internal.array_of(g -> 'conditions') || user_ops_internal.array_of(g -> 'exclude')) WITH ORDINALITY AS c (condition, place));
	-- a row of no condition stands in between
	whole boolean := g ->> 'in_between' = 'nothing';
BEGIN
	RETURN jsonb_build_object(
		'partial', CASE WHEN whole THEN '' ELSE 'user_ops.partial' END,
		'journey_arguments', concat_ws(', ', user_ops_internal.time_expression(s), user_ops_internal.row_arguments(g, NULL), array_to_string(conditions, ', ')),
		'journey_rows', format('NOT (%s)', parts ->> 'left_out') || CASE WHEN whole THEN '' ELSE format(' AND (%s)', array_to_string(conditions, ' OR ')) END);
END $$;
COMMENT ON FUNCTION user_ops_internal.funnel_rows_parts(view_settings, addon, jsonb) IS
	'The parts of a funnel by conditions that say what makes its journeys of rows e of the source, and which of them';

CREATE FUNCTION user_ops_internal.funnel_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	by_conditions boolean := user_ops_internal.is_given(g -> 'conditions');
	n_steps integer := jsonb_array_length(CASE WHEN by_conditions THEN g -> 'conditions' ELSE g -> 'steps' END);
	switches text := user_ops_internal.funnel_switches(g, n_steps);
	pick text := format('pick => %L', nullif(g ->> 'pick', 'first'));
	of_users boolean := g ->> 'breakdown' = ANY (s.first_values);
BEGIN
	parts := parts || jsonb_build_object(
		'journeys', CASE WHEN by_conditions THEN quote_ident('journeys_' || a.name) ELSE 'journeys' END,
		'labels', format('%L::text[]', user_ops_internal.array_of(g -> 'labels')),
		'steps', CASE WHEN by_conditions THEN n_steps::text
				 WHEN g -> 'exclude' = '[]' THEN format('%L::text[]', user_ops_internal.array_of(g -> 'steps'))
				 ELSE format('user_ops.journey_steps(%L::text[], others => %L::text[])', user_ops_internal.array_of(g -> 'steps'), user_ops_internal.array_of(g -> 'exclude')) END,
		'within', user_ops_internal.as_interval(g, 'within'),
		'switches', coalesce(', ' || nullif(switches, ''), ''),
		'pick', CASE WHEN g ->> 'pick' = 'first' THEN '' ELSE ', ' || pick END,
		'options', format('user_ops.funnel_options(%s)', concat_ws(', ', nullif(switches, ''), CASE WHEN g ->> 'pick' <> 'first' THEN pick END)));
	IF by_conditions THEN
		parts := parts || jsonb_build_object('journeys_by_user', user_ops_internal.journeys_by_user(parts || user_ops_internal.funnel_rows_parts(s, a, parts)));
	END IF;
	IF g ->> 'breakdown' IS NOT NULL THEN
		parts := parts || jsonb_build_object(
			'segment', CASE WHEN of_users THEN format('a.%I::text', g ->> 'breakdown')
					   ELSE user_ops_internal.render('user_ops.funnel_label(j.journey, {steps}, {within}, as_of => {as_of_moment}{switches})', parts) END,
			'with_segment', CASE WHEN of_users THEN user_ops_internal.render('JOIN {schema}.activity AS a ON {a.user = j.user}', parts) ELSE '' END);
	END IF;
	RETURN parts;
END $$;
COMMENT ON FUNCTION user_ops_internal.funnel_parts(view_settings, addon, jsonb) IS
	'The parts of an add-on funnel: its steps, switches and breakdown; by conditions the query of its own journeys';

CREATE FUNCTION user_ops_internal.funnel_reads(s view_settings, a addon, parts jsonb, condition text) RETURNS SETOF addon_read
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'journeys_' || (a).name, 'journey', user_ops_internal.journeys_query(parts || user_ops_internal.funnel_rows_parts(s, a, parts), condition), 'user_ops.journey_between', false
	WHERE user_ops_internal.is_given((a).settings -> 'conditions');
END;
COMMENT ON FUNCTION user_ops_internal.funnel_reads(view_settings, addon, jsonb, text) IS
	'How the table of a funnel by conditions is filled';

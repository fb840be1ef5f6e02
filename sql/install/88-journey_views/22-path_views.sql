-- The add-ons path: which events follow each other in sessions.

CREATE FUNCTION user_ops_internal.path_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('paths',
		'Which way do sessions go: how many take each step, by its depth',
		columns => ARRAY[
			['name', 'Name of the paths'],
			['depth', 'Which step of the session it is, from 1'],
			['source', 'The event before the step; (entry) where the session begins'],
			['target', 'The event behind it; (exit) where the session ends'],
			['sessions', 'Sessions that take it'],
			['users', 'Users who take it, each once'],
			['average_seconds', 'Mean time that it takes; NULL at an entry or exit']],
		body => $view$
			SELECT {p.tenant,} {name} AS name, x.depth, coalesce(x.source, '(entry)') AS source, coalesce(x.target, '(exit)') AS target,
				x.sessions, x.users, x.average_seconds
			FROM (
				SELECT {j.tenant,} user_ops.path_edges(j.journey, {gap}, {as_of_moment}, {options}) AS edges
				FROM {schema}.journeys AS j {GROUP BY j.tenant}) AS p
			CROSS JOIN LATERAL user_ops.edges(p.edges) AS x$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('path_transitions',
		'Which event follows which: how often, at any place of a session',
		columns => ARRAY[
			['name', 'Name of the paths'],
			['source', 'The event; (entry) for the beginning of a session'],
			['target', 'The one behind it; (exit) for the end of a session'],
			['transitions', 'How often it follows'],
			['probability', 'Share of all that follow this source']],
		body => $view$
			SELECT {p.tenant,} {name} AS name, coalesce(x.source, '(entry)') AS source, coalesce(x.target, '(exit)') AS target,
				x.transitions, x.probability
			FROM (
				SELECT {j.tenant,} user_ops.transitions(j.journey, {gap}, {as_of_moment}, {collapse}) AS transitions
				FROM {schema}.journeys AS j {GROUP BY j.tenant}) AS p
			CROSS JOIN LATERAL user_ops.cells(p.transitions) AS x$view$);
END;
COMMENT ON FUNCTION user_ops_internal.path_views() IS
	'What add-ons path make';

CREATE FUNCTION user_ops_internal.path_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'gap', user_ops_internal.as_interval((a).settings, 'gap'),
		'collapse', (a).settings ->> 'collapse',
		'options', format('user_ops.path_options(%s, %s, %L::text, %L::text, %s, %s)', (a).settings ->> 'max_depth', (a).settings ->> 'collapse',
						  (a).settings ->> 'start_at', (a).settings ->> 'end_at', (a).settings ->> 'reverse', (a).settings ->> 'exits'));
END;
COMMENT ON FUNCTION user_ops_internal.path_parts(view_settings, addon, jsonb) IS
	'The parts of an add-on path: which paths count';

CREATE FUNCTION user_ops_internal.check_path(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	PERFORM user_ops_internal.check_whole_journeys(s, 'paths need');
	-- raises its own errors
	PERFORM user_ops.path_edges(user_ops_internal.sample_journey(), (g ->> 'gap')::interval, 'infinity'::timestamptz,
		user_ops.path_options((g ->> 'max_depth')::integer, (g ->> 'collapse')::boolean, g ->> 'start_at', g ->> 'end_at', (g ->> 'reverse')::boolean, (g ->> 'exits')::boolean));
END $$;
COMMENT ON FUNCTION user_ops_internal.check_path(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_path_view cannot use';

CREATE FUNCTION create_path_view(target_schema name, name text, gap interval DEFAULT '30 minutes', max_depth integer DEFAULT 5, collapse boolean DEFAULT true,
		start_at text DEFAULT NULL, end_at text DEFAULT NULL, reverse boolean DEFAULT false, exits boolean DEFAULT true,
		event name DEFAULT NULL, amount name DEFAULT NULL, tiebreak name DEFAULT NULL, label name DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET intervalstyle = postgres
AS $$
BEGIN
	RETURN QUERY SELECT p.* FROM user_ops_internal.put_journey_addon(target_schema, 'path', name,
		jsonb_build_object('gap', gap, 'max_depth', max_depth, 'collapse', collapse, 'start_at', start_at, 'end_at', end_at, 'reverse', reverse, 'exits', exits),
		event, amount, tiebreak, label) AS p;
END $$;
COMMENT ON FUNCTION create_path_view(name, text, interval, integer, boolean, text, text, boolean, boolean, name, name, name, name) IS
	'Views: Adds paths under a name to the views paths and path_transitions of a schema that create_views made, counted as path_edges and transitions count them; a gap of NULL: all of a user is one session. event and what follows: as create_journeys takes it, where it was not called. A row for each table or view that they are in: its name and what it answers';

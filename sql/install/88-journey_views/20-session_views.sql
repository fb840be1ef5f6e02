-- The add-ons session: where the visits of users begin and end.

CREATE FUNCTION user_ops_internal.session_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('sessions',
		'What are the sessions of each user, a row for each',
		columns => ARRAY[
			['name', 'Name of the way to cut sessions'],
			['user_id', 'The user, as in the source'],
			['session', 'Number of the session, from 1 for each user'],
			['started_at', 'Time of its first event'],
			['ended_at', 'Time of its last event'],
			['events', 'Number of its events'],
			['first_event', 'Its first event'],
			['last_event', 'Its last event'],
			['amount', 'Sum of its amounts; NULL where no event has one'],
			['complete', 'Whether it is over: more than the gap has passed since its last event by as_of']],
		body => $view$
			SELECT {j.tenant,} {name} AS name, j.user_id, x.session, x.started_at, x.ended_at, x.events, x.first_event, x.last_event, x.amount, x.complete
			FROM {schema}.journeys AS j
			CROSS JOIN LATERAL user_ops.sessions(j.journey, {gap}, {as_of_moment}, {max_length}, {midnight_zone}) AS x$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('sessions_day',
		'How many sessions began on each day, and what they were like',
		columns => ARRAY[
			['name', 'Name of the way to cut sessions'],
			['day', 'The day; days on which none began have no row'],
			['sessions', 'Sessions that began on it'],
			['users', 'Users whose they are'],
			['events_per_session', 'Mean number of events of a session'],
			['average_seconds', 'Mean time from the first event of a session to its last'],
			['single_event_rate', 'Share of the sessions with one event only'],
			['complete', 'Whether all of them are over']],
		body => $view$
			SELECT {#elsewhere}{d.tenant,}{/elsewhere}{^elsewhere}{j.tenant,}{/elsewhere} {name} AS name, d.day,
				sum(d.sessions)::bigint AS sessions,
				count(*) AS users,
				(sum(d.events) / sum(d.sessions))::double precision AS events_per_session,
				(extract(epoch FROM sum(d.duration)) / sum(d.sessions))::double precision AS average_seconds,
				(sum(d.single_events) / sum(d.sessions))::double precision AS single_event_rate,
				bool_and(d.complete) AS complete
			FROM {^elsewhere}{schema}.journeys AS j
			-- days of one user, so that workers can take users
			CROSS JOIN LATERAL ({/elsewhere}{#elsewhere}({/elsewhere}
				SELECT {#elsewhere}{j.tenant,} j.user_id, {/elsewhere}user_ops.local_date(x.started_at, {zone}) AS day,
					count(*) AS sessions, sum(x.events) AS events, sum(x.ended_at - x.started_at) AS duration,
					count(*) FILTER (WHERE x.events = 1) AS single_events, bool_and(x.complete) AS complete
				FROM {#elsewhere}{schema}.journeys AS j CROSS JOIN LATERAL {/elsewhere}user_ops.sessions(j.journey, {gap}, {as_of_moment}, {max_length}, {midnight_zone}) AS x
				GROUP BY {#elsewhere}{j.tenant,} j.user_id, {/elsewhere}user_ops.local_date(x.started_at, {zone})) AS d
			GROUP BY {#elsewhere}{d.tenant,}{/elsewhere}{^elsewhere}{j.tenant,}{/elsewhere} d.day$view$);
END;
COMMENT ON FUNCTION user_ops_internal.session_views() IS
	'What add-ons session make';

CREATE FUNCTION user_ops_internal.session_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'gap', user_ops_internal.as_interval((a).settings, 'gap'),
		'max_length', user_ops_internal.as_interval((a).settings, 'max_length'),
		'zone', quote_literal(coalesce(s.time_zone, 'UTC')),
		'midnight_zone', CASE WHEN ((a).settings -> 'midnight')::boolean THEN quote_literal(coalesce(s.time_zone, 'UTC')) ELSE 'NULL::text' END);
END;
COMMENT ON FUNCTION user_ops_internal.session_parts(view_settings, addon, jsonb) IS
	'The parts of an add-on session: how sessions are cut';

CREATE FUNCTION user_ops_internal.check_session(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	PERFORM user_ops_internal.check_whole_journeys(s, 'sessions need');
	-- raises its own errors
	PERFORM user_ops.sessions(user_ops_internal.sample_journey(), (a.settings ->> 'gap')::interval, NULL::timestamptz, (a.settings ->> 'max_length')::interval);
END $$;
COMMENT ON FUNCTION user_ops_internal.check_session(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_session_view cannot use';

CREATE FUNCTION create_session_view(target_schema name, name text, gap interval DEFAULT '30 minutes', max_length interval DEFAULT NULL, midnight boolean DEFAULT false,
		event name DEFAULT NULL, amount name DEFAULT NULL, tiebreak name DEFAULT NULL, label name DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET intervalstyle = postgres
AS $$
BEGIN
	RETURN QUERY SELECT p.* FROM user_ops_internal.put_journey_addon(target_schema, 'session', name,
		jsonb_build_object('gap', gap, 'max_length', max_length, 'midnight', coalesce(midnight, false)), event, amount, tiebreak, label) AS p;
END $$;
COMMENT ON FUNCTION create_session_view(name, text, interval, interval, boolean, name, name, name, name) IS
	'Views: Adds sessions under a name to the views sessions and sessions_day of a schema that create_views made, cut as session_id cuts them; midnight: also where a day of the schema''s zone ends. event and what follows: as create_journeys takes it, where it was not called. A row for each table or view that they are in: its name and what it answers';

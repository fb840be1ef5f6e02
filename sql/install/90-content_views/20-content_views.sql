-- The add-on content: which content brings people, brings them back, and who makes it.  All views are readings of what is
-- counted by each refresh; a count of fewer than min_users users is not shown.

CREATE FUNCTION user_ops_internal.content_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 6
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT t FROM user_ops_internal.content_tables() AS t
	UNION ALL
	SELECT user_ops_internal.define_view('content_items',
		'Which content brings people, and do they come back (not why: an experiment tells what an item does)',
		columns => ARRAY[
			['item', 'The item'],
			['users', 'Users with it; an item of fewer than min_users of create_content_views has no row'],
			['events', 'Their events with it'],
			['first_day', 'First day of these'],
			['last_day', 'Last day of these'],
			['new_users', 'Users whose first item it was'],
			['eligible_users', 'Users who have had within_days days of create_content_views since their first one with it'],
			['returned_users', 'Of these, users who were active on one of those days'],
			['return_rate', 'returned_users / eligible_users. Not caused by the item: whoever likes the place sees more of it, and comes back more often'],
			['return_lower', 'Lower end of its 95 % interval (Wilson): by it items with few users can be ranked among others'],
			['users_30d', 'Users who have had 30 days since their first one with it'],
			['revenue_30d', 'Net amount of these in those days, the first one among them; NULL where there are none, or the source has no amounts']],
		body => $view$
			SELECT {k.tenant,} k.item, k.users, k.events, k.first_day, k.last_day, k.new_users, k.eligible_users, k.returned_users, w.share AS return_rate, w.lower AS return_lower, k.users_30d, k.revenue_30d
			FROM {schema}.content_item_counts AS k
			CROSS JOIN LATERAL user_ops.wilson(k.returned_users, k.eligible_users) AS w
			WHERE k.users >= {min_users}$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#creator}content_creators{/creator}',
		'Who makes what others like: a row for each creator',
		columns => ARRAY[
			['creator', 'Who made the items'],
			['items', 'Items made'],
			['users', 'Users with one of these, without the creator; this, events and share are NULL below min_users of create_content_views, but for nobody'],
			['events', 'Their events with these'],
			['share', 'Share of the events of all creators'],
			['active_days_28', 'Days of the last 28 before as_of on which the creator was active'],
			['items_28d', 'Items whose first day with the creator was one of these days'],
			['last_item_day', 'The last day on which an item was new']],
		body => $view$
			SELECT {c.tenant,} c.user_id AS creator, c.items, CASE WHEN c.shown THEN c.users END AS users, CASE WHEN c.shown THEN c.events END AS events,
				CASE WHEN c.shown THEN c.events / nullif(c.total, 0)::double precision END AS share, c.active_days_28, c.items_28d, c.last_item_day
			FROM (
				SELECT k.*, k.users = 0 OR k.users >= {min_users} AS shown, sum(k.events) OVER ({PARTITION BY k.tenant}) AS total
				FROM {schema}.content_creator_counts AS k) AS c$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#role}contribution_month{/role}',
		'How many contribute, how many react and how many only look, month by month, and do they stay',
		columns => ARRAY[
			['month', 'First day of the month'],
			['role', 'What they did at most in it: contribute, react or view'],
			['users', 'Users who did; this and what follows NULL where they are fewer than min_users of create_content_views, or could be worked out from the others'],
			['share', 'Share of the users of the month'],
			['retained_next_month', 'Of these, users who were active in the month after; so far, where that is not over'],
			['complete', 'Whether the month after was over at as_of']],
		body => $view$
			SELECT {m.tenant,} m.month, r.role, r.users, r.users / m.total::double precision AS share, r.retained_next_month, (m.month + interval '2 months')::date <= {as_of} AS complete
			FROM (
				SELECT {k.tenant,} k.month, sum(k.users) AS total, array_agg(k.role ORDER BY k.role) AS roles, array_agg(k.users ORDER BY k.role) AS users, array_agg(k.retained ORDER BY k.role) AS retained
				FROM {schema}.content_role_counts AS k
				GROUP BY {k.tenant,} k.month) AS m
			CROSS JOIN LATERAL user_ops.suppress(m.users, {min_users}) AS h
			CROSS JOIN LATERAL (
				SELECT u.role, CASE WHEN NOT u.hide THEN u.users END AS users, CASE WHEN NOT u.hide THEN u.retained END AS retained_next_month
				FROM unnest(m.roles, m.users, m.retained, h.hide) AS u (role, users, retained, hide)) AS r$view$);
END;
COMMENT ON FUNCTION user_ops_internal.content_views() IS
	'What the add-on content makes';

CREATE FUNCTION user_ops_internal.content_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object('min_users', a.settings -> 'min_users')
		|| CASE WHEN s.stored THEN '{"items_query": "", "creators_query": "", "roles_query": ""}' ELSE user_ops_internal.content_queries(s, a.settings, parts) END;
END;
COMMENT ON FUNCTION user_ops_internal.content_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on content: from how many users on a count is shown; and where nothing is stored, what is counted';

CREATE FUNCTION user_ops_internal.check_roles(g jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	fault record;
BEGIN
	IF g -> 'roles' = 'null' THEN
		RETURN;
	END IF;
	IF jsonb_typeof(g -> 'roles') <> 'object' OR g -> 'roles' = '{}' THEN
		RAISE EXCEPTION 'roles is no object with roles'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Say what each value of the column role is, such as ''{"post": "contribute", "like": "react", "read": "view"}''.';
	END IF;
	IF g ->> 'role' IS NULL THEN
		RAISE EXCEPTION 'roles are given, and no column role'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Name the column whose values they are, as role.';
	END IF;
	SELECT r.key, r.value INTO fault FROM jsonb_each(g -> 'roles') AS r
	WHERE r.value NOT IN ('"contribute"', '"react"', '"view"', 'null') ORDER BY r.key COLLATE "C" LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'roles says that "%" is %', fault.key, fault.value
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'A role is contribute, react or view; or null where such rows do not count.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_roles(jsonb) IS
	'22023, with a hint, if roles of content are not given as roles by value';

CREATE FUNCTION user_ops_internal.check_content(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	IF (g ->> 'within_days')::integer NOT BETWEEN 1 AND 3660 THEN
		RAISE EXCEPTION 'within_days is %, and must be 1 to 3660', g ->> 'within_days'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'It is in how many days after the first one with an item a user must be active again.';
	END IF;
	PERFORM user_ops_internal.check_min_users(g);
	PERFORM user_ops_internal.check_own_table(s, g, 'source', jsonb_strip_nulls(jsonb_build_object('user_id', g ->> 'user_id', 'creator', g ->> 'creator')));
	PERFORM user_ops_internal.own_day(s, to_regclass(g ->> 'source'), g ->> 'event_time', 'event_time');
	PERFORM user_ops_internal.item_type(to_regclass(g ->> 'source'), g ->> 'item');
	IF g ->> 'role' IS NOT NULL THEN
		PERFORM user_ops_internal.column_type(to_regclass(g ->> 'source'), g ->> 'role', 'role');
	END IF;
	PERFORM user_ops_internal.check_roles(g);
END $$;
COMMENT ON FUNCTION user_ops_internal.check_content(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_content_views cannot use';

CREATE FUNCTION create_content_views(target_schema name, source regclass, user_id name, item name, event_time name, creator name DEFAULT NULL, role name DEFAULT NULL,
		within_days integer DEFAULT 7, roles jsonb DEFAULT NULL, min_users integer DEFAULT 5)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 6
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	PERFORM user_ops_internal.require('create_content_views(''shop'', ''public.reads'', ''reader'', ''post_id'', ''read_at'', creator => ''author'')',
		json_build_object('target_schema', target_schema, 'source', source, 'user_id', user_id, 'item', item, 'event_time', event_time, 'within_days', within_days, 'min_users', min_users));
	s := user_ops_internal.claim_or_make(target_schema, source, user_id, event_time);
	PERFORM user_ops_internal.notice_of_owners(source);
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('content', 'content', NULL, jsonb_build_object(
		'source', user_ops_internal.qualified_name(source), 'user_id', user_id, 'item', item, 'event_time', event_time, 'creator', creator, 'role', role, 'roles', roles,
		'within_days', within_days, 'min_users', min_users))::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_content_views(name, regclass, name, name, name, name, name, integer, jsonb, integer) IS
	'Views: Adds the view content_items to a schema that create_views made, or to a new one: which content brings people, and whether they come back. source: a table of who did something with which item, and when; with a tenant it has that column too. creator: the column that says who made the item, which adds content_creators. role: the column that says what the row is, which adds contribution_month; roles: which of its values are contribute, react and view, ''{"post": "contribute", "like": "react", "read": "view"}'', NULL: these words themselves. within_days: in how many days after the first one with an item a user must be active in the schema to have returned. min_users: counts of fewer users are not shown. Calling it again changes it. A row for each table or view made: its name and what it answers';

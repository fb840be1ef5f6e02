-- What the add-on content stores, counted anew by each refresh: of each item, of each creator, and of each month.
--
--	1. A row counts where it has a user, a time and an item; with a tenant that too.  Rows of as_of and later are not there.
--	2. A user's first item is that of the first row; of one instant the smaller item, numbers by value, others by bytes.
--	3. d is a user's first day with an item.  Eligible: d + within_days is before as_of.  Returned: active in the schema on a
--	   day of [d + 1, d + within_days].  Revenue is that of [d, d + 30), of users of whom that is over.
--	4. Whoever made an item is its creator in its earliest row with one, of one instant the smallest.
--	5. What a user did in a month is the highest of contribute, react and view; rows without a role count for none.

CREATE FUNCTION user_ops_internal.content_tables() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('content_item_counts',
		'What content_items reads: a row for each item',
		columns => ARRAY[
			['item', 'The item'],
			['users', 'Users with it'],
			['events', 'Their events with it'],
			['first_day', 'First day of these'],
			['last_day', 'Last day of these'],
			['new_users', 'Users whose first item it was'],
			['eligible_users', 'Users who have had within_days days since their first one with it'],
			['returned_users', 'Of these, users who were active on one of those days'],
			['users_30d', 'Users who have had 30 days since'],
			['revenue_30d', 'Net amount of these in those days, the first one among them']],
		body => '{items_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} item text NOT NULL, users bigint NOT NULL, events bigint NOT NULL, first_day date NOT NULL, last_day date NOT NULL, new_users bigint NOT NULL,
				eligible_users bigint NOT NULL, returned_users bigint NOT NULL, users_30d bigint NOT NULL, revenue_30d numeric, PRIMARY KEY ({tenant_name,} item))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#creator}content_creator_counts{/creator}',
		'What content_creators reads: a row for each creator',
		columns => ARRAY[
			['user_id', 'The creator'],
			['items', 'Items made'],
			['users', 'Users with one of these, without the creator'],
			['events', 'Their events with these'],
			['active_days_28', 'Days of the last 28 before as_of on which the creator was active'],
			['items_28d', 'Items whose first day with the creator was one of these days'],
			['last_item_day', 'The last day on which an item was new']],
		body => '{creators_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} user_id {user_type}, items bigint NOT NULL, users bigint NOT NULL, events bigint NOT NULL, active_days_28 bigint NOT NULL, items_28d bigint NOT NULL,
				last_item_day date NOT NULL, PRIMARY KEY ({tenant_name,} user_id))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#role}content_role_counts{/role}',
		'What contribution_month reads: three rows for each month',
		columns => ARRAY[
			['month', 'First day of the month'],
			['role', 'What they did at most: contribute, react or view'],
			['users', 'Users who did'],
			['retained', 'Of these, users who were active in the month after, before as_of']],
		body => '{roles_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} month date NOT NULL, role text NOT NULL, users bigint NOT NULL, retained bigint NOT NULL, PRIMARY KEY ({tenant_name,} month, role))$table$);
END;
COMMENT ON FUNCTION user_ops_internal.content_tables() IS
	'The tables of the add-on content';

CREATE FUNCTION user_ops_internal.content_items_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		SELECT {f.tenant,} f.item::text COLLATE "default" AS item, count(*) AS users, sum(f.events)::bigint AS events, min(f.first_day) AS first_day, max(f.last_day) AS last_day,
			count(*) FILTER (WHERE f.turn = 1) AS new_users, count(*) FILTER (WHERE f.eligible) AS eligible_users, count(*) FILTER (WHERE f.eligible AND f.returned) AS returned_users,
			count(*) FILTER (WHERE f.is_over) AS users_30d, {#amount}sum(f.revenue) FILTER (WHERE f.is_over){/amount}{^amount}NULL::numeric{/amount} AS revenue_30d
		FROM (
			SELECT {p.tenant,} p.item, p.events, p.first_day, p.last_day, p.turn, p.first_day + {within_days} < {observed_to} AS eligible, p.first_day + 30 <= {observed_to} AS is_over,
				user_ops.active_days(a.activity, p.first_day + {within_days} + 1) > user_ops.active_days(a.activity, p.first_day + 1) AS returned{#amount},
				coalesce(user_ops.monetary(a.activity, p.first_day + 30) - user_ops.monetary(a.activity, p.first_day), 0) AS revenue{/amount}
			FROM (
				SELECT u.*, row_number() OVER (PARTITION BY {u.tenant,} u.user_id ORDER BY u.moment, u.item) AS turn
				FROM (
					SELECT {e.tenant,} e.user_id, e.item, count(*) AS events, min(e.day) AS first_day, max(e.day) AS last_day, min(e.moment) AS moment
					FROM ({content_events}) AS e
					GROUP BY {e.tenant,} e.user_id, e.item) AS u) AS p
			LEFT JOIN {schema}.activity AS a ON {a.user = p.user}) AS f
		GROUP BY {f.tenant,} f.item$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.content_items_query(jsonb) IS
	'SQL for the rows of content_item_counts';

CREATE FUNCTION user_ops_internal.content_creators_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		WITH seen AS MATERIALIZED ({content_events}),
		made AS MATERIALIZED (
			-- only rows of one instant are sorted
			SELECT DISTINCT ON ({e.tenant,} e.item) {e.tenant,} e.item, e.creator, e.day
			FROM seen AS e
			JOIN (
				SELECT {s.tenant,} s.item, min(s.moment) AS moment
				FROM seen AS s
				WHERE s.creator IS NOT NULL
				GROUP BY {s.tenant,} s.item) AS f ON f.item = e.item AND f.moment = e.moment AND {f.tenant = e.tenant}
			WHERE e.creator IS NOT NULL
			ORDER BY {e.tenant,} e.item, e.creator),
		liked AS (
			SELECT {u.tenant,} u.creator, count(*) AS users, sum(u.events)::bigint AS events
			FROM (
				SELECT {m.tenant,} m.creator, e.user_id, count(*) AS events
				FROM made AS m
				JOIN seen AS e ON e.item = m.item AND {e.tenant = m.tenant} AND NOT ({by_creator})
				GROUP BY {m.tenant,} m.creator, e.user_id) AS u
			GROUP BY {u.tenant,} u.creator)
		SELECT {c.tenant,} c.user_id, c.items, coalesce(l.users, 0) AS users, coalesce(l.events, 0) AS events,
			coalesce(user_ops.active_days(a.activity, {observed_to}) - user_ops.active_days(a.activity, {observed_to} - 28), 0) AS active_days_28, c.items_28d, c.last_item_day
		FROM (
			SELECT {m.tenant,} m.creator AS user_id, count(*) AS items, count(*) FILTER (WHERE m.day >= {observed_to} - 28) AS items_28d, max(m.day) AS last_item_day
			FROM made AS m{#creator_counts}
			WHERE {creator_counts}{/creator_counts}
			GROUP BY {m.tenant,} m.creator) AS c
		LEFT JOIN liked AS l ON {liked_creator} AND {l.tenant = c.tenant}
		LEFT JOIN {schema}.activity AS a ON {a.user = c.user}$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.content_creators_query(jsonb) IS
	'SQL for the rows of content_creator_counts';

CREATE FUNCTION user_ops_internal.content_roles_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		SELECT {n.tenant,} n.month, r.role, n.users[r.place] AS users, n.retained[r.place] AS retained
		FROM (
			SELECT {h.tenant,} h.month,
				ARRAY[count(*) FILTER (WHERE h.place = 1), count(*) FILTER (WHERE h.place = 2), count(*) FILTER (WHERE h.place = 3)] AS users,
				ARRAY[count(*) FILTER (WHERE h.place = 1 AND h.stayed), count(*) FILTER (WHERE h.place = 2 AND h.stayed), count(*) FILTER (WHERE h.place = 3 AND h.stayed)] AS retained
			FROM (
				SELECT {m.tenant,} m.month, m.place,
					user_ops.active_days(a.activity, least((m.month + interval '2 months')::date, {observed_to}))
						> user_ops.active_days(a.activity, least((m.month + interval '1 month')::date, {observed_to})) AS stayed
				FROM (
					SELECT {e.tenant,} e.user_id, user_ops.period_start(e.day, 'month') AS month, min(e.place) AS place
					FROM ({content_events}) AS e
					WHERE e.place IS NOT NULL
					GROUP BY {e.tenant,} e.user_id, user_ops.period_start(e.day, 'month')) AS m
				LEFT JOIN {schema}.activity AS a ON {a.user = m.user}) AS h
			GROUP BY {h.tenant,} h.month) AS n
		CROSS JOIN (VALUES (1, 'contribute'), (2, 'react'), (3, 'view')) AS r (place, role)$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.content_roles_query(jsonb) IS
	'SQL for the rows of content_role_counts';

CREATE FUNCTION user_ops_internal.unknown_role(role text) RETURNS integer
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'the content has a role "%", which roles do not name', role
		USING ERRCODE = 'invalid_parameter_value',
			  HINT = format('Say what it is, such as roles => %L, or null where such rows do not count.', jsonb_build_object(role, 'react'));
END $$;
COMMENT ON FUNCTION user_ops_internal.unknown_role(text) IS
	'22023 that names a role in content which is none; NULL of NULL';

CREATE FUNCTION user_ops_internal.role_expression(g jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('CASE x.%1$I::text %2$s ELSE user_ops_internal.unknown_role(x.%1$I::text) END', g ->> 'role',
		string_agg(format('WHEN %L THEN %s', r.key, coalesce(array_position('{contribute,react,view}', r.value)::text, 'NULL::integer')), ' ' ORDER BY r.key COLLATE "C"))
	FROM jsonb_each_text(CASE WHEN g -> 'roles' <> 'null' THEN g -> 'roles' ELSE '{"contribute": "contribute", "react": "react", "view": "view"}' END) AS r;
END;
COMMENT ON FUNCTION user_ops_internal.role_expression(jsonb) IS
	'SQL for what a row x of content is: 1 contribute, 2 react, 3 view; NULL where it does not count';

CREATE FUNCTION user_ops_internal.content_queries(s view_settings, g jsonb, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	own regclass := user_ops_internal.own_table(g, 'source');
BEGIN
	parts := parts || user_ops_internal.own_parts(s, own, g ->> 'user_id', g ->> 'event_time', parts => parts) || jsonb_build_object(
		'observed_to', user_ops_internal.observed_to(s, parts),
		'within_days', g -> 'within_days',
		'creator_counts', user_ops_internal.not_forgotten(s, parts, 'm.creator'),
		'item', quote_ident(g ->> 'item'),
		'content_item', user_ops_internal.item_expression(own, g ->> 'item'),
		'by_creator', user_ops_internal.same_value(s.source, s.user_id, 'user_id', 'e.user_id', 'm.creator'),
		'liked_creator', user_ops_internal.same_value(s.source, s.user_id, 'user_id', 'l.creator', 'c.user_id'));
	parts := parts || jsonb_build_object('content_events', user_ops_internal.render($query$
		SELECT {own_tenant}{own_user} AS user_id, {content_item} AS item, {own_day} AS day, {own_time} AS moment, {creator} AS creator, {place} AS place
		FROM {own_table} AS x
		WHERE {own_counts} AND x.{item} IS NOT NULL AND {own_day} < {observed_to}$query$, parts, jsonb_build_object(
			'creator', CASE WHEN g ->> 'creator' IS NULL THEN 'NULL' ELSE user_ops_internal.own_user(s, g ->> 'creator') END,
			'place', CASE WHEN g ->> 'role' IS NULL THEN 'NULL' ELSE user_ops_internal.role_expression(g) END)));
	RETURN jsonb_build_object(
		'items_query', user_ops_internal.content_items_query(parts),
		'creators_query', CASE WHEN g ->> 'creator' IS NULL THEN '' ELSE user_ops_internal.content_creators_query(parts) END,
		'roles_query', CASE WHEN g ->> 'role' IS NULL THEN '' ELSE user_ops_internal.content_roles_query(parts) END);
END $$;
COMMENT ON FUNCTION user_ops_internal.content_queries(view_settings, jsonb, jsonb) IS
	'SQL for what the add-on content stores, by scans of its table; 42P01, with a hint, if it is gone';

CREATE FUNCTION user_ops_internal.content_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := user_ops_internal.content_queries(s, a.settings, parts);
	RETURN QUERY
	SELECT t.stored, parts ->> t.query, NULL::text
	FROM (VALUES ('content_item_counts'::name, 'items_query'), ('content_creator_counts', 'creators_query'), ('content_role_counts', 'roles_query')) AS t (stored, query)
	WHERE parts ->> t.query <> '';
END $$;
COMMENT ON FUNCTION user_ops_internal.content_sums(view_settings, addon, jsonb) IS
	'How the tables of the add-on content are written';

-- The add-on identity: which ids are one person.  What is stored are the logins, one graph for each tenant, the map of
-- ids that was read from it by the last refresh, and what moved since the one before.
--
--	1. A login is a row with both ids and a finite time; with a tenant that too.  Ids of more than 255 bytes, and those
--	   that identity_exclude names, are left out and counted.
--	2. Logins of as_of and later are stored in the graph, and nothing is read of them.
--	3. An id that was in no login before, or is in none any more, has not moved.

CREATE FUNCTION user_ops_internal.identity_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 7
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('identity_states',
		'Which device had which user, on which day and how often: what the other views of identity are readings of',
		columns => ARRAY[
			['graph', 'All logins, also those of as_of and later, of which nothing is read; NULL where all were left out'],
			['excluded_logins', 'Logins before as_of that were left out: an id is too long, or one of identity_exclude']],
		body => '{identity_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} ({tenant_column,} graph user_ops.identity_graph, excluded_logins bigint NOT NULL)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('identity_moves',
		'Whose ids changed, refresh by refresh: what identity_merges reads',
		columns => ARRAY[
			['refreshed_at', 'When the refresh was that found it'],
			['old_canonical', 'The user by whom the person was known before; NULL: the device was shared'],
			['new_canonical', 'The user by whom the person is known since; NULL: the device is shared'],
			['ids', 'How many ids moved']],
		flags => '{stored}',
		storage => $table$
			CREATE TABLE {schema}.{object} ({tenant_column,} refreshed_at timestamptz NOT NULL, old_canonical text, new_canonical text, ids bigint NOT NULL)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('identity_ids',
		'Which ids are one person, as the last refresh read it from the graph: what identity_map reads',
		columns => ARRAY[
			['kind', 'What the id is: anonymous, of a device, or user'],
			['id', 'The id, as text'],
			['canonical_id', 'The user by whom the person is known; NULL of a shared device'],
			['status', 'ok, shared_device or over_merged'],
			['ids', 'Ids of the person, or of the component that is not united'],
			['users', 'Of these, user ids']],
		body => '{map_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} kind text NOT NULL, id text COLLATE "C" NOT NULL, canonical_id text COLLATE "C", status text NOT NULL, ids integer NOT NULL, users integer NOT NULL,
				PRIMARY KEY ({tenant_name,} kind, id))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('identity_map',
		'Which ids are one person: a row for each id of a login',
		columns => ARRAY[
			['kind', 'What the id is: anonymous, of a device, or user'],
			['id', 'The id, as text'],
			['canonical_id', 'The user by whom the person is known; NULL of a shared device'],
			['status', 'ok; shared_device: of more users than max_users; over_merged: of a component of more ids than max_ids, which is not united'],
			['ids', 'Ids of the person, or of the component that is not united'],
			['users', 'Of these, user ids']],
		body => 'SELECT {i.tenant,} i.kind, i.id, i.canonical_id, i.status, i.ids, i.users FROM {schema}.identity_ids AS i')
	UNION ALL
	SELECT user_ops_internal.define_view('identity_merges',
		'Whose ids changed, refresh by refresh: a row for each two persons between which ids moved',
		columns => ARRAY[
			['refreshed_at', 'When the refresh was that found it'],
			['old_canonical', 'The user by whom the person was known before; NULL: the device was shared'],
			['new_canonical', 'The user by whom the person is known since; NULL: the device is shared'],
			['ids', 'How many ids moved']],
		flags => '{stored}',
		body => 'SELECT {m.tenant,} m.refreshed_at, m.old_canonical, m.new_canonical, m.ids FROM {schema}.identity_moves AS m')
	UNION ALL
	SELECT user_ops_internal.define_view('identity_counts',
		'How many persons are there, and how far are ids united: one row',
		columns => ARRAY[
			['logins', 'Logins before as_of, but for those that were left out'],
			['anonymous_ids', 'Devices in them'],
			['user_ids', 'User ids in them'],
			['persons', 'Different canonical ids'],
			['shared_devices', 'Devices of more users than max_users, which are nobody''s'],
			['over_merged', 'Components of more ids than max_ids, which are not united; 0 in the modes last and first'],
			['largest', 'Ids of the largest person, or of such a component; NULL without logins'],
			['excluded_logins', 'Logins before as_of that were left out: an id is too long, or one of identity_exclude']],
		body => $view$
			SELECT {g.tenant,} coalesce(c.logins, 0) AS logins, coalesce(c.anonymous_ids, 0) AS anonymous_ids, coalesce(c.user_ids, 0) AS user_ids, coalesce(c.persons, 0) AS persons,
				coalesce(c.shared_devices, 0) AS shared_devices, coalesce(c.over_merged, 0) AS over_merged, c.largest, g.excluded_logins
			FROM {schema}.identity_states AS g
			CROSS JOIN LATERAL user_ops.identity_counts(g.graph, {as_of}, {identity_options}) AS c$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('identity_suspects',
		'What to look at before ids are united: shared devices, and components that are too large, the largest first, whatever the mode is',
		columns => ARRAY[
			['status', 'shared_device: of more users than max_users; over_merged: a component of more ids than max_ids'],
			['id', 'The device; of a component the user by whom it would be known'],
			['ids', 'Ids of the component; the device and its users'],
			['users', 'Of these, user ids'],
			['logins', 'Logins before as_of']],
		body => $view$
			SELECT {g.tenant,} i.status, i.id, i.ids, i.users, i.logins
			FROM {schema}.identity_states AS g
			CROSS JOIN LATERAL user_ops.identity_suspects(g.graph, {as_of}, NULL::text, {identity_options}) AS i$view$);
END;
COMMENT ON FUNCTION user_ops_internal.identity_views() IS
	'What the add-on identity makes';

CREATE FUNCTION user_ops_internal.identity_rules(g jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('user_ops.identity_options(%L::user_ops.identity_mode, %s, %s)', g ->> 'mode', g ->> 'max_users', g ->> 'max_ids');
END;
COMMENT ON FUNCTION user_ops_internal.identity_rules(jsonb) IS
	'SQL for the options of settings that have mode, max_users and max_ids';

CREATE FUNCTION user_ops_internal.id_text(relation regclass, column_name name, row_name text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- equal numbers are one id
	SELECT format(CASE WHEN user_ops_internal.column_type(relation, column_name, 'id') = 'numeric'::regtype THEN 'trim_scale(%s.%I)::text' ELSE '%s.%I::text' END, row_name, column_name);
END;
COMMENT ON FUNCTION user_ops_internal.id_text(regclass, name, text) IS
	'SQL for the text of an id of a row of this name';

CREATE FUNCTION user_ops_internal.login_parts(relation regclass, anonymous_id name, user_id name, exclude jsonb) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- as a bigint an id takes less room in the graph; the map has all as text
	SELECT jsonb_build_object(
		'login_ids', string_agg(CASE WHEN c.is_number THEN format('x.%I::bigint', c.name) ELSE user_ops_internal.id_text(relation, c.name, 'x') END, ', ' ORDER BY c.place),
		'login_is_there', string_agg(format('x.%I IS NOT NULL', c.name), ' AND ' ORDER BY c.place),
		'login_counts', coalesce(string_agg(concat_ws(' AND ', CASE WHEN NOT c.is_number THEN format('octet_length(%s) <= 255', user_ops_internal.id_text(relation, c.name, 'x')) END,
			CASE WHEN exclude <> 'null' THEN format('%s COLLATE "C" <> ALL (%L::text[])', user_ops_internal.id_text(relation, c.name, 'x'), ARRAY(SELECT e.value FROM jsonb_array_elements_text(exclude) AS e)) END), ' AND ' ORDER BY c.place)
			FILTER (WHERE exclude <> 'null' OR NOT c.is_number), 'true'))
	FROM (SELECT n.name, n.place, user_ops_internal.column_type(relation, n.name, n.role) IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) AS is_number
		  FROM (VALUES (1, anonymous_id, 'anonymous_id'), (2, user_id, 'user_id')) AS n (place, name, role)) AS c;
END;
COMMENT ON FUNCTION user_ops_internal.login_parts(regclass, name, name, jsonb) IS
	'Parts that name rows x of a table of logins: both ids as the graph takes them, whether they are there, and whether the row is none that is left out; exclude: ids, as json, or a json null';

CREATE FUNCTION user_ops_internal.identity_query(s view_settings, g jsonb, parts jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	logins regclass := user_ops_internal.own_table(g, 'logins');
BEGIN
	RETURN user_ops_internal.render($query$
		SELECT {own_tenant}user_ops.identity_agg({login_ids}, {own_day}) FILTER (WHERE {login_counts}) AS graph,
			count(*) FILTER (WHERE NOT ({login_counts}) AND {own_day} < {observed_to}) AS excluded_logins
		FROM {own_table} AS x
		WHERE {own_counts} AND {login_is_there}{#user_kept} AND {user_kept} AND {device_kept}{/user_kept}{#tenant}
		GROUP BY 1{/tenant}
		HAVING count(*) > 0$query$, parts || user_ops_internal.own_parts(s, logins, NULL, g ->> 'event_time') || user_ops_internal.login_parts(logins, g ->> 'anonymous_id', g ->> 'user_id', g -> 'identity_exclude'),
		jsonb_build_object('observed_to', user_ops_internal.observed_to(s, parts),
			'user_kept', user_ops_internal.unforgotten(parts, user_ops_internal.id_text(logins, g ->> 'user_id', 'x') || ' COLLATE "C"'),
			'device_kept', user_ops_internal.unforgotten(parts, format('(''anonymous '' || %s) COLLATE "C"', user_ops_internal.id_text(logins, g ->> 'anonymous_id', 'x')))));
END $$;
COMMENT ON FUNCTION user_ops_internal.identity_query(view_settings, jsonb, jsonb) IS
	'SQL for the graph of logins of each tenant, by a scan of their table; 42P01, with a hint, if it is gone';

CREATE FUNCTION user_ops_internal.identity_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := parts || jsonb_build_object(
		'identity_options', user_ops_internal.identity_rules(a.settings),
		'identity_query', CASE WHEN s.stored THEN '' ELSE user_ops_internal.identity_query(s, a.settings, parts) END,
		'observed_to', user_ops_internal.observed_to(s, parts));
	parts := parts || jsonb_build_object('map_query', user_ops_internal.render($query$
		SELECT {i.tenant,} (i.found).kind, (i.found).id, (i.found).canonical_id, (i.found).status, (i.found).ids, (i.found).users
		FROM (
			SELECT {g.tenant,} user_ops.identity_map(g.graph, {observed_to}, NULL::text, {identity_options}) AS found
			FROM {schema}.identity_states AS g
			OFFSET 0) AS i$query$, parts));
	RETURN parts || jsonb_build_object('moves_query', user_ops_internal.render($query$
		SELECT {o.tenant,} now() AS refreshed_at, o.canonical_id AS old_canonical, n.canonical_id AS new_canonical, count(*) AS ids
		FROM {schema}.identity_ids AS o
		JOIN ({map_query}) AS n ON n.kind = o.kind AND n.id = o.id AND {n.tenant = o.tenant}
		WHERE n.canonical_id IS DISTINCT FROM o.canonical_id
		GROUP BY {o.tenant,} o.canonical_id, n.canonical_id$query$, parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.identity_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on identity: what makes its graph, the map that is read from it, and what that differs in from the stored one';

CREATE FUNCTION user_ops_internal.identity_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := user_ops_internal.identity_parts(s, a, parts);
	RETURN QUERY VALUES ('identity_states'::name, user_ops_internal.identity_query(s, a.settings, parts), NULL::text),
		-- what is new is compared with what is stored so far
		('identity_moves', parts ->> 'moves_query', CASE WHEN s.history_days IS NULL THEN 'true' ELSE format('k.refreshed_at > now() - interval ''%s days''', s.history_days) END),
		('identity_ids', parts ->> 'map_query', NULL);
END $$;
COMMENT ON FUNCTION user_ops_internal.identity_sums(view_settings, addon, jsonb) IS
	'How the tables of the add-on identity are written, one read from the other';

CREATE FUNCTION user_ops_internal.check_identity(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	PERFORM user_ops.identity_options((g ->> 'mode')::user_ops.identity_mode, (g ->> 'max_users')::integer, (g ->> 'max_ids')::integer);
	PERFORM user_ops_internal.check_own_table(s, g, 'logins', '{}');
	PERFORM user_ops_internal.own_day(s, to_regclass(g ->> 'logins'), g ->> 'event_time', 'event_time');
	PERFORM user_ops_internal.login_parts(to_regclass(g ->> 'logins'), g ->> 'anonymous_id', g ->> 'user_id', 'null');
END $$;
COMMENT ON FUNCTION user_ops_internal.check_identity(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_identity_views cannot use';

CREATE FUNCTION create_identity_views(target_schema name, logins regclass, anonymous_id name, user_id name, event_time name,
		mode identity_mode DEFAULT 'last', max_users integer DEFAULT 3, max_ids integer DEFAULT 50, identity_exclude text[] DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 7
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	PERFORM user_ops_internal.require('create_identity_views(''shop'', ''public.logins'', ''device_id'', ''customer_id'', ''at'', identity_exclude => ''{null,undefined,0}'')',
		json_build_object('target_schema', target_schema, 'logins', logins, 'anonymous_id', anonymous_id, 'user_id', user_id, 'event_time', event_time,
						  'mode', mode, 'max_users', max_users, 'max_ids', max_ids));
	s := user_ops_internal.claim_or_make(target_schema, logins, user_id, event_time);
	PERFORM user_ops_internal.notice_of_owners(logins);
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('identity', 'identity', NULL, jsonb_build_object(
		'logins', user_ops_internal.qualified_name(logins), 'anonymous_id', anonymous_id, 'user_id', user_id, 'event_time', event_time,
		'mode', mode, 'max_users', max_users, 'max_ids', max_ids, 'identity_exclude', array_replace(identity_exclude, NULL, 'null')))::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_identity_views(name, regclass, name, name, name, identity_mode, integer, integer, text[]) IS
	'Views: Adds the views identity_map, identity_counts, identity_merges and identity_suspects to a schema that create_views made, or to a new one: which ids are one person. logins: a table or view of rows with the id of a device, anonymous_id, and that of the user who was there, user_id, of types of their own; rows without one of both are none; with a tenant it has that column too. mode, max_users, max_ids: as identity_options takes them. identity_exclude: ids that are none, such as ''{null,undefined,0}'', of either kind; a NULL in it stands for the text null, as it does there. That activities follow persons is up to the source: create_person_view. Calling it again changes it. A row for each table or view that is made: its name and what it answers';

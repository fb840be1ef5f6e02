-- The add-on tiers: which tier each user holds, and who is about to lose one.
--
-- Growth is the schema's own activity where its columns are those that tiers were asked of,
-- so that nothing is stored twice; else the table growth, read from a table of its own.

CREATE FUNCTION user_ops_internal.tiers_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('{^of_activity}growth{/of_activity}',
		'Growth of each user by day: what the views of tiers are readings of',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['growth', 'Net growth of each day']],
		body => '{growth_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} user_id {user_type}, growth user_ops.activity NOT NULL,
				PRIMARY KEY ({tenant_name,} user_id))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('tier_users',
		'Which tier does each user hold, until when, and what is missing for the next one: a row for each user with growth',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['tier', 'Number of the tier; 0 below the first one'],
			['tier_name', 'Its name; NULL below the first one'],
			['since', 'First day of the tier held; renewals do not change it. NULL before the first tier'],
			['valid_until', 'First day on which the tier does not hold by itself: it is renewed or lost then, or its grace ends; NULL where nothing is due'],
			['in_grace', 'Whether the tier was due and not renewed, and can still be saved'],
			['growth_value', 'Growth in the window of the rules'],
			['next_tier', 'Name of the tier above; NULL at the top'],
			['to_next', 'Growth that is missing for it'],
			['days_left', 'Days from as_of to valid_until'],
			['will_keep', 'Whether the tier would be renewed on valid_until if no more growth came; NULL where nothing is due']],
		body => $view$
			SELECT {g.tenant,} g.user_id, (l.held).tier AS tier, (l.held).tier_name AS tier_name, (l.held).since AS since, (l.held).valid_until AS valid_until,
				(l.held).in_grace AS in_grace, (l.held).growth_value AS growth_value, (l.held).next_tier AS next_tier, (l.held).to_next AS to_next,
				(l.held).valid_until - {as_of} AS days_left, user_ops.keeps_tier(g.growth, {as_of}, {rules}) AS will_keep
			FROM {growth_rows} AS g
			-- once for each user, and not for each column
			CROSS JOIN LATERAL (SELECT user_ops.tier(g.growth, {as_of}, {rules}) AS held OFFSET 0) AS l
			WHERE (l.held).tier IS NOT NULL$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('tier_counts',
		'How many users hold each tier, and what they brought: a row for each tier, and one below the first',
		columns => ARRAY[
			['tier', 'Number of the tier; 0 below the first one'],
			['tier_name', 'Its name; NULL below the first one'],
			['users', 'Users with growth who hold it'],
			['share', 'Share of all users with growth; NULL where there are none'],
			['revenue', 'Net amount of these users so far, of the events of the schema; NULL where these have no amounts']],
		body => $view$
			SELECT {t.tenant,} l.tier, l.tier_name, coalesce(c.users, 0) AS users,
				coalesce(c.users, 0)::double precision / nullif(sum(c.users) OVER ({PARTITION BY t.tenant}), 0)::double precision AS share,
				{#amount}coalesce(c.revenue, 0){/amount}{^amount}NULL::numeric{/amount} AS revenue
			FROM {each_tenant} (
				SELECT 0 AS tier, NULL::text AS tier_name
				UNION ALL SELECT r.tier, r.tier_name FROM user_ops.tier_levels({rules}) AS r) AS l
			LEFT JOIN (
				SELECT {g.tenant,} user_ops.tier_level(g.growth, {as_of}, {rules}) AS tier, count(*) AS users{#amount}, sum(user_ops.amount(g.activity, {as_of})) AS revenue{/amount}
				FROM {growth_and_activity} AS g
				GROUP BY {g.tenant,} user_ops.tier_level(g.growth, {as_of}, {rules})) AS c ON c.tier = l.tier AND {c.tenant = t.tenant}$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('tier_moves_month',
		'How users moved between tiers: who came, rose, stayed and fell in each month',
		columns => ARRAY[
			['month', 'First day of the month'],
			['reason', 'join, the first tier; upgrade; renew, kept when it was due; grace, due but not yet lost; downgrade'],
			['old_tier', 'Name of the tier before; NULL below the first one'],
			['new_tier', 'Name of the tier from then on; NULL below the first one'],
			['users', 'Users with such a change in the month, each counted once'],
			['complete', 'Whether the month was over at as_of']],
		body => $view$
			SELECT {m.tenant,} m.month, m.reason, m.old_tier, m.new_tier, m.users, (m.month + interval '1 month')::date <= {as_of} AS complete
			FROM (
				SELECT {g.tenant,} h.month, h.reason, h.old_tier, h.new_tier, count(*) AS users
				FROM {growth_rows} AS g
				CROSS JOIN LATERAL user_ops_internal.tier_moves(g.growth, {as_of}, {rules}) AS h
				GROUP BY {g.tenant,} h.month, h.reason, h.old_tier, h.new_tier) AS m$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('tier_due',
		'Whose tier is due when, and how many will keep it if nothing more comes: who must act now',
		columns => ARRAY[
			['valid_until', 'The day on which tiers are renewed or lost, or their grace ends'],
			['tier_name', 'Name of the tier'],
			['users', 'Users whose tier is due then'],
			['will_keep', 'Of these, users whose growth so far suffices: it would be renewed if no more came']],
		body => $view$
			SELECT {d.tenant,} d.valid_until, d.tier_name, count(*) AS users, count(*) FILTER (WHERE d.keeps) AS will_keep
			FROM (
				SELECT {g.tenant,} (l.held).valid_until AS valid_until, (l.held).tier_name AS tier_name, user_ops.keeps_tier(g.growth, {as_of}, {rules}) AS keeps
				FROM {growth_rows} AS g
				CROSS JOIN LATERAL (SELECT user_ops.tier(g.growth, {as_of}, {rules}) AS held OFFSET 0) AS l
				WHERE (l.held).valid_until IS NOT NULL) AS d
			GROUP BY {d.tenant,} d.valid_until, d.tier_name$view$);
END;
COMMENT ON FUNCTION user_ops_internal.tiers_views() IS
	'What the add-on tiers makes';

CREATE FUNCTION user_ops_internal.growth_query(s view_settings, g jsonb, parts jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	source regclass := user_ops_internal.own_table(g, 'source');
	type regtype := user_ops_internal.column_type(source, g ->> 'growth', 'growth');
BEGIN
	-- of doubles as many decimals as mean something; others are rounded where they have more than are kept
	RETURN user_ops_internal.render($query$
		SELECT {own_tenant}{own_user} AS user_id, user_ops.lenient_activity_agg({own_day}, x.{growth_column}, {decimals}, NULL::date) AS growth
		FROM {own_table} AS x
		WHERE {own_counts} AND x.{growth_column} IS NOT NULL
		GROUP BY x.{growth_user}{own_by_tenant}
		HAVING user_ops.lenient_activity_agg({own_day}, x.{growth_column}, {decimals}, NULL::date) IS NOT NULL$query$, user_ops_internal.own_parts(s, source, g ->> 'user_id', g ->> 'event_time', parts => parts) || jsonb_build_object(
			'growth_column', quote_ident(g ->> 'growth'), 'growth_user', quote_ident(g ->> 'user_id'),
			'decimals', CASE WHEN type IN ('real'::regtype, 'double precision'::regtype) THEN 6 ELSE 9 END));
END $$;
COMMENT ON FUNCTION user_ops_internal.growth_query(view_settings, jsonb, jsonb) IS
	'SQL for the growth of each user, from a table of its own; rows without a user, day or growth do not count, nor such that are NaN, infinite or 10^15 or more';

CREATE FUNCTION user_ops_internal.is_growth_of_activity(s view_settings, g jsonb) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(to_regclass(g ->> 'source') = s.source AND (g ->> 'user_id', g ->> 'event_time', g ->> 'growth') = (s.user_id::text, s.event_time::text, s.amount::text), false);
END;
COMMENT ON FUNCTION user_ops_internal.is_growth_of_activity(view_settings, jsonb) IS
	'Whether the growth that tiers were asked of is what the activities of the schema have as amounts';

CREATE FUNCTION user_ops_internal.check_tiers(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	IF NOT (g ->> 'of_activity')::boolean THEN
		PERFORM user_ops_internal.check_own_table(s, g, 'source', jsonb_build_object('user_id', g ->> 'user_id'));
		PERFORM user_ops_internal.own_day(s, to_regclass(g ->> 'source'), g ->> 'event_time', 'event_time');
		PERFORM user_ops_internal.check_amount(to_regclass(g ->> 'source'), g ->> 'growth');
		RETURN;
	END IF;
	IF s.spread IS NOT NULL THEN
		RAISE EXCEPTION 'the source is on shards or foreign servers'
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Make tiers in a schema over a source that is on this server.';
	END IF;
	-- a source that was renamed is still the source
	IF NOT user_ops_internal.is_growth_of_activity(s, g || jsonb_build_object('source', coalesce(to_regclass(g ->> 'source'), s.source)::text)) THEN
		RAISE EXCEPTION 'the growth of tiers was the amount of the activities, which are of other columns now'
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Drop the tiers, and call create_tier_views again behind create_views: it keeps growth for itself then.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_tiers(view_settings, addon) IS
	'Errors, with a hint, for growth that tiers cannot read';

CREATE FUNCTION user_ops_internal.tiers_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	own jsonb := jsonb_build_object('rules', quote_literal(g ->> 'rules') || '::user_ops.tier_rules');
BEGIN
	IF (g ->> 'of_activity')::boolean THEN
		own := own || jsonb_build_object('growth_rows', user_ops_internal.render('(SELECT {a.tenant,} a.user_id, a.activity AS growth, a.activity FROM {schema}.activity AS a)', parts));
		RETURN own || jsonb_build_object('growth_and_activity', own -> 'growth_rows');
	END IF;
	RETURN own || jsonb_build_object('growth_query', user_ops_internal.growth_query(s, g, parts),
		'growth_rows', user_ops_internal.render('{schema}.growth', parts),
		'growth_and_activity', user_ops_internal.render('(SELECT {g.tenant,} g.growth, a.activity FROM {schema}.growth AS g LEFT JOIN {schema}.activity AS a ON {a.user = g.user})', parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.tiers_parts(view_settings, addon, jsonb) IS
	'The parts of the templates of tiers: the rules, and where growth is read from';

CREATE FUNCTION user_ops_internal.tiers_reads(s view_settings, a addon, parts jsonb, condition text) RETURNS SETOF addon_read
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF NOT (a.settings ->> 'of_activity')::boolean THEN
		RETURN NEXT ROW('growth', 'growth', user_ops_internal.growth_query(s, a.settings, parts), NULL, true)::user_ops_internal.addon_read;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.tiers_reads(view_settings, addon, jsonb, text) IS
	'How the table growth is filled, where there is one';

CREATE FUNCTION create_tier_views(target_schema name, source regclass, user_id name, event_time name, growth name, rules tier_rules)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings;
	settings jsonb := jsonb_build_object('source', user_ops_internal.qualified_name(source), 'user_id', user_id, 'event_time', event_time, 'growth', growth, 'rules', rules::text);
BEGIN
	PERFORM user_ops_internal.require('create_tier_views(''shop'', ''public.growth'', ''customer_id'', ''occurred_at'', ''growth'', make_tier_rules(''{silver,gold}'', ''{1000,5000}''))',
		json_build_object('target_schema', target_schema, 'source', source, 'user_id', user_id, 'event_time', event_time, 'growth', growth, 'rules', rules::text));
	s := user_ops_internal.claim_or_make(target_schema, source, user_id, event_time);
	settings := settings || jsonb_build_object('of_activity', user_ops_internal.is_growth_of_activity(s, settings));
	IF NOT (settings ->> 'of_activity')::boolean THEN
		PERFORM user_ops_internal.notice_of_owners(source);
	END IF;
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('tiers', 'tiers', NULL, settings)::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_tier_views(name, regclass, name, name, name, tier_rules) IS
	'Views: Adds tier_users, tier_counts, tier_moves_month and tier_due to a schema that create_views made: the tiers that users hold by these rules. source, user_id, event_time, growth: a table with the growth of users, less than 0 where it is taken back, and its columns; with a tenant it has that column too. Where they are those of the schema itself, its activities are read and nothing more is stored; else growth is kept in a table of that name, which refresh brings up to date. A schema that is not there is made by create_views over the same table. A row for each table or view: its name and what it answers';

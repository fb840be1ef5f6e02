-- The add-on referral: who brought whom, what those brought, and whether it spreads.  What is stored are the invitations,
-- one value for each tenant, in the form from which the tree of any day is read.

CREATE FUNCTION user_ops_internal.referral_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('referral_states',
		'Who invited whom, on which day and how often: what the views of referral are readings of',
		columns => ARRAY[
			['referrals', 'All invitations, also those of as_of and later, which the views leave out']],
		body => '{referrals_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} ({tenant_column,} referrals user_ops.referrals NOT NULL)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('referral_users',
		'Who brought whom, and what came of it: a row for each user of an invitation',
		columns => ARRAY[
			['user_id', 'The user'],
			['inviter', 'Who invited the user first; NULL for a root: nobody did, or a circle of invitations was cut here'],
			['invited_on', 'Day of that invitation'],
			['root', 'Who stands at the top: the inviter of the inviter, and so on'],
			['generation', 'Steps from the root; 0 is the root itself'],
			['direct', 'Users whom this one invited first'],
			['descendants', 'These, those whom they invited, and so on'],
			['cut', 'Whether an invitation of the user was left out because it closed a circle'],
			['revenue', 'Net amount of the user; NULL where the source has no amounts'],
			['descendants_revenue', 'Net amount of all descendants']],
		body => $view$
			{scan_tree}
			SELECT {t.tenant,} t.user_id, t.inviter, t.invited_on, t.root, t.generation, t.direct, t.descendants, t.cut, t.revenue,
				l.so_far - t.so_far AS descendants_revenue
			FROM summed AS t
			-- the last descendant stands so many places behind
			JOIN summed AS l ON l.place = t.place + t.descendants AND {l.tenant = t.tenant}$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('referral_generations',
		'How far do invitations reach, and are users who were invited worth as much: a row for each generation',
		columns => ARRAY[
			['generation', 'Steps from a root; 0: users whom nobody invited, and who invited somebody'],
			['users', 'Users of this generation'],
			['buyers', 'Of these, users with a purchase; NULL where the source has no amounts'],
			['revenue', 'Their net amount'],
			['eligible_users', 'Of these, users who were first active 30 days before as_of, or earlier'],
			['retained_users', 'Of the eligible ones, users active in the last 30 days'],
			['retention_rate', 'retained_users / eligible_users']],
		body => $view$
			SELECT {g.tenant,} g.generation, g.users, {#amount}g.buyers{/amount}{^amount}NULL::bigint AS buyers{/amount}, g.revenue, g.eligible_users, g.retained_users,
				g.retained_users / nullif(g.eligible_users, 0)::double precision AS retention_rate
			FROM (
				SELECT {t.tenant,} t.generation, count(*) AS users, {#amount}count(*) FILTER (WHERE t.purchases > 0) AS buyers, {/amount}sum(t.revenue) AS revenue,
					count(*) FILTER (WHERE t.eligible) AS eligible_users, count(*) FILTER (WHERE t.eligible AND t.active) AS retained_users
				FROM ({tree}) AS t
				GROUP BY {t.tenant,} t.generation) AS g$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('referral_month',
		'Does it spread: how many others the users of each month bring in their first days',
		columns => ARRAY[
			['cohort', 'First day of the month in which these users were first active'],
			['users', 'Users of the cohort, whether they invited anybody or not'],
			['inviters', 'Of these, users with an accepted invitation'],
			['accepted', 'Users whom they invited in their first days, as many as within_days of create_referral_views says'],
			['k_factor', 'accepted / users: how many others each user brings'],
			['per_inviter', 'accepted / inviters'],
			['cycle_days', 'Median of the days from the inviter''s first day to the invitation'],
			['complete', 'Whether all of the cohort had so many days before as_of; else they may bring more yet']],
		body => $view$
			SELECT {c.tenant,} c.cohort, c.users, coalesce(i.inviters, 0) AS inviters, coalesce(i.accepted, 0) AS accepted,
				coalesce(i.accepted, 0) / c.users::double precision AS k_factor, i.accepted / i.inviters::double precision AS per_inviter, i.cycle_days,
				-- whoever came on the last day of the month had within_days days
				(c.cohort + interval '1 month')::date - 1 + {within_days} <= {as_of} AS complete
			FROM (
				SELECT {u.tenant,} u.cohort, count(*) AS users
				FROM (
					SELECT {a.tenant,} user_ops.period_start(user_ops.first_day(a.activity, {as_of}), 'month', {week_start}) AS cohort
					FROM {schema}.activity AS a) AS u
				WHERE u.cohort IS NOT NULL
				GROUP BY {u.tenant,} u.cohort) AS c
			LEFT JOIN (
				SELECT {b.tenant,} user_ops.period_start(b.joined, 'month', {week_start}) AS cohort, count(DISTINCT b.inviter) AS inviters, count(*) AS accepted,
					percentile_cont(0.5) WITHIN GROUP (ORDER BY (b.invited_on - b.joined)::double precision) AS cycle_days
				FROM (
					SELECT {t.tenant,} t.inviter, t.invited_on, user_ops.first_day(a.activity, {as_of}) AS joined
					FROM ({places}) AS t
					JOIN {schema}.activity AS a ON {a.tenant = t.tenant} AND {invited_by}) AS b
				WHERE b.invited_on >= b.joined AND b.invited_on < b.joined + {within_days}
				GROUP BY {b.tenant,} cohort) AS i ON i.cohort = c.cohort AND {i.tenant = c.tenant}$view$);
END;
COMMENT ON FUNCTION user_ops_internal.referral_views() IS
	'What the add-on referral makes';

CREATE FUNCTION user_ops_internal.referral_id_type(s view_settings) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN user_ops_internal.column_type(s.source, s.user_id, 'user_id') IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN 'bigint' ELSE 'text' END;
END;
COMMENT ON FUNCTION user_ops_internal.referral_id_type(view_settings) IS
	'The type by which referrals know users of a schema';

CREATE FUNCTION user_ops_internal.referrals_query(s view_settings, g jsonb, parts jsonb) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		SELECT {own_tenant}user_ops.referral_agg(({inviter})::{id_type}, ({own_user})::{id_type}, {own_day}) AS referrals
		FROM {own_table} AS x
		WHERE {own_counts} AND {inviter} IS NOT NULL{#inviter_counts} AND {inviter_counts}{/inviter_counts}{#tenant}
		GROUP BY 1{/tenant}
		HAVING count(*) > 0$query$, parts || user_ops_internal.own_parts(s, user_ops_internal.own_table(g, 'source'), g ->> 'invitee', g ->> 'event_time', parts => parts) || jsonb_build_object(
		'inviter_counts', user_ops_internal.not_forgotten(s, parts, user_ops_internal.own_user(s, g ->> 'inviter')), 'inviter', user_ops_internal.own_user(s, g ->> 'inviter'), 'id_type', user_ops_internal.referral_id_type(s)));
END;
COMMENT ON FUNCTION user_ops_internal.referrals_query(view_settings, jsonb, jsonb) IS
	'SQL for the referrals of each tenant, by a scan of their table; 42P01, with a hint, if it is gone';

CREATE FUNCTION user_ops_internal.referral_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'referral_states', user_ops_internal.referrals_query(s, a.settings, parts), NULL;
END;
COMMENT ON FUNCTION user_ops_internal.referral_sums(view_settings, addon, jsonb) IS
	'How the table of the add-on referral is written';

CREATE FUNCTION user_ops_internal.referral_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := parts || jsonb_build_object(
		'within_days', a.settings -> 'within_days',
		'referrals_query', CASE WHEN s.stored THEN '' ELSE user_ops_internal.referrals_query(s, a.settings, parts) END,
		'invited_by', user_ops_internal.same_value(s.source, s.user_id, 'user_id', 'a.user_id', 't.inviter'));
	parts := parts || jsonb_build_object('places', user_ops_internal.render($query$
		SELECT {r.tenant,} p.user_id::{user_base} AS user_id, p.inviter::{user_base} AS inviter, p.invited_on, p.root::{user_base} AS root, p.generation, p.direct, p.descendants, p.cut, p.place
		FROM {schema}.referral_states AS r
		CROSS JOIN LATERAL user_ops_internal.referral_places(r.referrals, {as_of}, NULL::{id_type}) AS p$query$, parts, jsonb_build_object('id_type', user_ops_internal.referral_id_type(s))));
	parts := parts || jsonb_build_object('tree', user_ops_internal.render($query$
		SELECT t.*, {#amount}coalesce(user_ops.monetary(a.activity, {as_of}), 0){/amount}{^amount}NULL::numeric{/amount} AS revenue,
			{#amount}user_ops.frequency(a.activity, {as_of}) AS purchases, {/amount}user_ops.first_day(a.activity, {as_of}) <= {as_of} - 30 AS eligible,
			user_ops.idle_days(a.activity, {as_of}) <= 30 AS active
		FROM ({places}) AS t
		LEFT JOIN {schema}.activity AS a ON {a.user = t.user}$query$, parts));
	RETURN parts || jsonb_build_object('scan_tree', user_ops_internal.render($query$
		WITH summed AS MATERIALIZED (
			SELECT t.*, sum(t.revenue) OVER ({PARTITION BY t.tenant} ORDER BY t.place ROWS UNBOUNDED PRECEDING) AS so_far
			FROM ({tree}) AS t)$query$, parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.referral_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on referral: the tree of its referrals with the revenue of each user';

CREATE FUNCTION user_ops_internal.check_referral(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	IF (g ->> 'within_days')::integer NOT BETWEEN 1 AND 3660 THEN
		RAISE EXCEPTION 'within_days is %, and must be 1 to 3660', g ->> 'within_days'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'It is how many days of a user count, from the first one on.';
	END IF;
	PERFORM user_ops_internal.check_own_table(s, g, 'source', jsonb_build_object('inviter', g ->> 'inviter', 'invitee', g ->> 'invitee'));
	PERFORM user_ops_internal.own_day(s, to_regclass(g ->> 'source'), g ->> 'event_time', 'event_time');
END $$;
COMMENT ON FUNCTION user_ops_internal.check_referral(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_referral_views cannot use';

CREATE FUNCTION create_referral_views(target_schema name, source regclass, inviter name, invitee name, event_time name, within_days integer DEFAULT 30)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	PERFORM user_ops_internal.require('create_referral_views(''shop'', ''public.invitations'', ''inviter'', ''invitee'', ''invited_at'')',
		json_build_object('target_schema', target_schema, 'source', source, 'inviter', inviter, 'invitee', invitee, 'event_time', event_time, 'within_days', within_days));
	IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = target_schema) THEN
		RAISE EXCEPTION 'schema "%" does not exist', target_schema
			USING ERRCODE = 'invalid_schema_name',
				  HINT = 'Call user_ops.create_views over the events of users first: on which day they came and what they brought is not in the invitations.';
	END IF;
	s := user_ops_internal.claim_addons(target_schema);
	PERFORM user_ops_internal.notice_of_owners(source);
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('referral', 'referral', NULL,
		jsonb_build_object('source', user_ops_internal.qualified_name(source), 'inviter', inviter, 'invitee', invitee, 'event_time', event_time, 'within_days', within_days))::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_referral_views(name, regclass, name, name, name, integer) IS
	'Views: Adds the views referral_users, referral_generations and referral_month to a schema that create_views made. source: a table of who invited whom, and when, with users of that schema in the columns inviter and invitee; with a tenant it has that column too. within_days: how many days of a user, from the first one on, count for k_factor. A row for each table or view that is made: its name and what it answers';

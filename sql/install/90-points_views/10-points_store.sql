-- What the add-on points stores: the ledger of each user, made of the table that its
-- programme writes.
--
--	1. A row counts where it has a user, a day, points and a kind; with a tenant that too.
--	2. A kind that kinds do not name is an error that names it; one that they give null does
--	   not count.
--	3. expires_on is what the column says, or what the rules say of the day.

CREATE FUNCTION user_ops_internal.unknown_points_kind(kind text) RETURNS points_kind
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'the points have a kind "%", which kinds do not name', kind
		USING ERRCODE = 'invalid_parameter_value',
			  HINT = format('Say what it is, such as kinds => %L, or null where such rows do not count.', jsonb_build_object(kind, 'earn'));
END $$;
COMMENT ON FUNCTION user_ops_internal.unknown_points_kind(text) IS
	'22023 that names a kind of points which is none; NULL of NULL';

CREATE FUNCTION user_ops_internal.points_kind_expression(g jsonb) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN g ->> 'kind' IS NULL THEN NULL
		   WHEN g -> 'kinds' = 'null' AND user_ops_internal.column_type(to_regclass(g ->> 'source'), (g ->> 'kind')::name, 'kind') = 'points_kind'::regtype THEN format('x.%I', g ->> 'kind')
		   ELSE (SELECT format('CASE x.%1$I::text %2$s ELSE user_ops_internal.unknown_points_kind(x.%1$I::text) END', g ->> 'kind',
							   string_agg(format('WHEN %L THEN %s', k.key, CASE WHEN k.value IS NULL THEN 'NULL' ELSE quote_literal(k.value) END || '::user_ops.points_kind'), ' ' ORDER BY k.key COLLATE "C"))
				 FROM jsonb_each_text(CASE WHEN g -> 'kinds' <> 'null' THEN g -> 'kinds' ELSE '{"earn": "earn", "spend": "spend", "reverse": "reverse", "expire": "expire"}' END) AS k) END;
END;
COMMENT ON FUNCTION user_ops_internal.points_kind_expression(jsonb) IS
	'SQL for the kind of a row x of the points; NULL where their sign says it';

CREATE FUNCTION user_ops_internal.points_expression(g jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(to_regclass(g ->> 'source'), g ->> 'points', 'points');
BEGIN
	IF type NOT IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'real'::regtype, 'double precision'::regtype) THEN
		RAISE EXCEPTION 'column "%" of % has type %', g ->> 'points', g ->> 'source', type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'points are numbers; a view over the source can convert them.';
	END IF;
	-- floating point is rounded, as amounts of the source are
	RETURN format(CASE WHEN type IN ('real'::regtype, 'double precision'::regtype) THEN 'round(x.%I::numeric, 6)' WHEN type = 'smallint'::regtype THEN 'x.%I::integer' ELSE 'x.%I' END, g ->> 'points');
END $$;
COMMENT ON FUNCTION user_ops_internal.points_expression(jsonb) IS
	'SQL for the points of a row x, of a type that points_agg takes; 42804, with a hint, if they are no numbers';

CREATE FUNCTION user_ops_internal.points_expiry_expression(g jsonb, day text, is_earned text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN g ->> 'expires_on' IS NOT NULL THEN format('x.%I', g ->> 'expires_on')
		   WHEN g ->> 'valid_days' IS NULL AND g ->> 'valid_months' IS NULL THEN 'NULL::date'
		   ELSE format('CASE WHEN %s THEN user_ops.points_expiry(%s, %s::integer, %s::integer, %L::user_ops.period) END', is_earned, day,
				coalesce(g ->> 'valid_days', 'NULL'), coalesce(g ->> 'valid_months', 'NULL'), g ->> 'round_up') END;
END;
COMMENT ON FUNCTION user_ops_internal.points_expiry_expression(jsonb, text, text) IS
	'SQL for when the points of a row x expire; day, is_earned: SQL for its day and for whether they were earned';

CREATE FUNCTION user_ops_internal.points_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	own jsonb := user_ops_internal.own_parts(s, user_ops_internal.own_table(g, 'source'), g ->> 'user_id', g ->> 'event_time', parts => parts);
	kind text := user_ops_internal.points_kind_expression(g);
	points text := user_ops_internal.points_expression(g);
BEGIN
	own := own || jsonb_build_object(
		'points_arguments', concat_ws(', ', own ->> 'own_day', kind, points,
			user_ops_internal.points_expiry_expression(g, own ->> 'own_day', coalesce(kind || ' = ''earn''', points || ' >= 0'))),
		'points_options', format('user_ops.points_options(%L::user_ops.points_order, %s::integer)', g ->> 'spend_order', coalesce(g ->> 'inactive_days', 'NULL')),
		'point_value', coalesce(g ->> 'point_value', 'NULL') || '::double precision');
	RETURN own || jsonb_build_object('points_query', user_ops_internal.render($query$
		SELECT {g.tenant,} g.user_id, g.points
		FROM (
			SELECT {own_tenant}{own_user} AS user_id, user_ops.points_agg({points_arguments}) AS points
			FROM {own_table} AS x
			WHERE {own_counts}
			GROUP BY {own_user}{own_by_tenant}) AS g
		WHERE g.points IS NOT NULL$query$, parts || own));
END $$;
COMMENT ON FUNCTION user_ops_internal.points_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on points: what makes ledgers of rows x of its table, and by which rules they are read';

CREATE FUNCTION user_ops_internal.points_reads(s view_settings, a addon, parts jsonb, condition text) RETURNS SETOF addon_read
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'points', 'points', user_ops_internal.points_parts(s, a, parts) ->> 'points_query', NULL, true;
END;
COMMENT ON FUNCTION user_ops_internal.points_reads(view_settings, addon, jsonb, text) IS
	'How the table points is filled';

CREATE FUNCTION user_ops_internal.check_kinds(g jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	fault record;
BEGIN
	IF g -> 'kinds' = 'null' THEN
		RETURN;
	END IF;
	IF jsonb_typeof(g -> 'kinds') <> 'object' OR g -> 'kinds' = '{}' THEN
		RAISE EXCEPTION 'kinds is no object with kinds'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Say what each value of the column kind is, such as ''{"signed_in": "earn", "ordered": "spend"}''.';
	END IF;
	IF g ->> 'kind' IS NULL THEN
		RAISE EXCEPTION 'kinds are given, and no column kind'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Name the column whose values they are, as kind.';
	END IF;
	SELECT k.key, k.value INTO fault FROM jsonb_each(g -> 'kinds') AS k
	WHERE k.value NOT IN ('"earn"', '"spend"', '"reverse"', '"expire"', 'null') ORDER BY k.key COLLATE "C" LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'kinds says that "%" is %', fault.key, fault.value
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'A kind is earn, spend, reverse or expire; or null where such rows do not count.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_kinds(jsonb) IS
	'22023, with a hint, if kinds of points are not given as kinds by value';

CREATE FUNCTION user_ops_internal.check_points(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	type regtype;
BEGIN
	PERFORM user_ops_internal.check_own_table(s, g, 'source', jsonb_build_object('user_id', g ->> 'user_id'));
	PERFORM user_ops_internal.own_day(s, to_regclass(g ->> 'source'), g ->> 'event_time', 'event_time');
	PERFORM user_ops_internal.check_kinds(g);
	PERFORM user_ops_internal.points_expression(g);
	PERFORM user_ops_internal.points_kind_expression(g);
	IF g ->> 'expires_on' IS NOT NULL THEN
		type := user_ops_internal.column_type(to_regclass(g ->> 'source'), g ->> 'expires_on', 'expires_on');
		IF type <> 'date'::regtype THEN
			RAISE EXCEPTION 'column "%" of % has type %', g ->> 'expires_on', g ->> 'source', type
				USING ERRCODE = 'datatype_mismatch',
					  HINT = 'expires_on is a date, the first day on which the points do not hold any more; a view over the source can convert it.';
		END IF;
		IF coalesce(g ->> 'valid_days', g ->> 'valid_months', g ->> 'round_up') IS NOT NULL THEN
			RAISE EXCEPTION 'expires_on is given, and a validity too'
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = 'Give the column that says when points expire, or the rule by which they do: valid_days or valid_months, with round_up.';
		END IF;
	ELSIF coalesce(g ->> 'valid_days', g ->> 'valid_months', g ->> 'round_up') IS NOT NULL THEN
		-- these raise their own errors
		PERFORM user_ops.points_expiry('2000-01-01', (g ->> 'valid_days')::integer, (g ->> 'valid_months')::integer, (g ->> 'round_up')::user_ops.period);
	END IF;
	PERFORM user_ops.points_options((g ->> 'spend_order')::user_ops.points_order, (g ->> 'inactive_days')::integer);
	IF NOT coalesce((g ->> 'point_value')::numeric >= 0 AND (g ->> 'point_value')::numeric < 'Infinity', true) THEN
		RAISE EXCEPTION 'point_value is %', g ->> 'point_value'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Give what a point is worth when it is used, such as 0.01.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_points(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_points_views cannot use';

CREATE FUNCTION create_points_views(target_schema name, source regclass, user_id name, event_time name, points name, kind name DEFAULT NULL, expires_on name DEFAULT NULL,
		valid_days integer DEFAULT NULL, valid_months integer DEFAULT NULL, round_up period DEFAULT NULL, spend_order points_order DEFAULT 'expiring_first',
		inactive_days integer DEFAULT NULL, point_value numeric DEFAULT NULL, kinds jsonb DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	PERFORM user_ops_internal.require('create_points_views(''shop'', ''public.points'', ''customer_id'', ''occurred_at'', ''points'', kind => ''kind'', valid_months => 12, round_up => ''month'')',
		json_build_object('target_schema', target_schema, 'source', source, 'user_id', user_id, 'event_time', event_time, 'points', points, 'spend_order', spend_order));
	s := user_ops_internal.claim_or_make(target_schema, source, user_id, event_time);
	PERFORM user_ops_internal.notice_of_owners(source);
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('points', 'points', NULL, jsonb_build_object(
		'source', user_ops_internal.qualified_name(source), 'user_id', user_id, 'event_time', event_time, 'points', points, 'kind', kind, 'kinds', kinds, 'expires_on', expires_on,
		'valid_days', valid_days, 'valid_months', valid_months, 'round_up', round_up, 'spend_order', spend_order, 'inactive_days', inactive_days, 'point_value', point_value))::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_points_views(name, regclass, name, name, name, name, name, integer, integer, period, points_order, integer, numeric, jsonb) IS
	'Views: Adds a programme of points to a schema that create_views made, or to a new one: the ledger of each user, stored where activities are, and the views points_users, points_month, points_expiring and points_liability. source: a table of who earned or spent how many points, and when; with a tenant it has that column too. kind: the column that says which, NULL: below 0 they are spent; kinds: what its values are, ''{"signed_in": "earn"}''. expires_on: a column; or valid_days, valid_months and round_up, as points_expiry takes them. spend_order, inactive_days: as points_options takes them. point_value: what a point is worth. Calling it again changes it. A row for each table or view made: its name and what it answers';

-- The add-on journeys: each user's events in order, by name, which the others read.

CREATE FUNCTION user_ops_internal.journeys_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('journeys',
		'Each user''s events in order: what the views of funnels, paths, attribution and sessions are readings of',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['journey', 'The events with their times, and with amounts, tiebreaks and labels where create_journeys was told of them']],
		body => '{journeys_by_user}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} user_id {user_type}, journey user_ops.journey NOT NULL,
				PRIMARY KEY ({tenant_name,} user_id))$table$);
END;
COMMENT ON FUNCTION user_ops_internal.journeys_views() IS
	'What the add-on journeys makes';

CREATE FUNCTION user_ops_internal.array_of(list jsonb) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN jsonb_typeof(list) IS DISTINCT FROM 'array' THEN NULL
		   WHEN jsonb_typeof(list -> 0) = 'array' THEN (
				SELECT array_agg(ARRAY(SELECT t.element FROM jsonb_array_elements_text(l.inner_list) WITH ORDINALITY AS t (element, place) ORDER BY t.place) ORDER BY l.place)
				FROM jsonb_array_elements(list) WITH ORDINALITY AS l (inner_list, place))
		   ELSE ARRAY(SELECT t.element FROM jsonb_array_elements_text(list) WITH ORDINALITY AS t (element, place) ORDER BY t.place) END;
END;
COMMENT ON FUNCTION user_ops_internal.array_of(jsonb) IS
	'The array of one or two dimensions that to_jsonb made a list of; of null, NULL';

CREATE FUNCTION user_ops_internal.named_column(settings jsonb, role text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'e.' || quote_ident(settings ->> role);
END;
COMMENT ON FUNCTION user_ops_internal.named_column(jsonb, text) IS
	'SQL for the column of a row e that settings of an add-on name, NULL if they name none; role: the argument that named it';

CREATE FUNCTION user_ops_internal.event_expression(s view_settings, column_name name) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(s.source, column_name, 'event');
	category "char" := (SELECT t.typcategory FROM pg_type t WHERE t.oid = type);
BEGIN
	RETURN CASE WHEN type IN ('text'::regtype, 'bigint'::regtype) THEN format('e.%I', column_name)
		   WHEN type IN ('integer'::regtype, 'smallint'::regtype) THEN format('e.%I::bigint', column_name)
		   WHEN category = 'S' THEN format('e.%I::text', column_name)
		   WHEN category = 'E' THEN format('e.%I::%s', column_name, type) END;
END $$;
COMMENT ON FUNCTION user_ops_internal.event_expression(view_settings, name) IS
	'SQL for the event of a row e of the source, of a type that journey_agg takes; NULL if the column is of another';

CREATE FUNCTION user_ops_internal.money_expression(s view_settings, column_name name) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(s.source, column_name, 'amount');
	decimals integer := coalesce(s.amount_decimals, CASE WHEN type IN ('real'::regtype, 'double precision'::regtype) THEN 6 END);
	money text := format(CASE WHEN type = 'numeric'::regtype THEN 'e.%I' ELSE 'e.%I::numeric' END, column_name);
	alone user_ops_internal.view_settings := s;
BEGIN
	IF decimals IS NOT NULL THEN
		money := format('round(%s, %s)', money, decimals);
	END IF;
	IF column_name IS DISTINCT FROM s.amount THEN
		-- rows are not left out for it: what is no money is none
		alone.amount := column_name;
		money := format('CASE WHEN user_ops.left_out_reason(%s) IS NULL THEN %s END', user_ops_internal.event_arguments(alone), money);
	END IF;
	RETURN money;
END $$;
COMMENT ON FUNCTION user_ops_internal.money_expression(view_settings, name) IS
	'SQL for an amount of a row e of the source, as activities have it; of another column than theirs, NULL where it is none, such as NaN';

CREATE FUNCTION user_ops_internal.row_arguments(settings jsonb, money text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN settings ->> 'tiebreak' IS NULL AND settings ->> 'label' IS NULL THEN money
		   ELSE concat_ws(', ', coalesce(money, 'NULL::numeric'),
				coalesce(user_ops_internal.named_column(settings, 'tiebreak') || '::bigint', 'NULL::bigint'),
				coalesce(user_ops_internal.named_column(settings, 'label') || '::text', 'NULL::text')) END;
END;
COMMENT ON FUNCTION user_ops_internal.row_arguments(jsonb, text) IS
	'SQL for the amount, which is SQL or NULL, the tiebreak and the label of a row e, as journey_agg takes them; NULL for none of them';

CREATE FUNCTION user_ops_internal.journeys_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	-- the schema's, if it was told of no other
	amount name := coalesce(g ->> 'amount', s.amount);
	money text := CASE WHEN amount IS NOT NULL THEN user_ops_internal.money_expression(s, amount) END;
	events text[] := user_ops_internal.array_of(g -> 'events');
BEGIN
	parts := parts || jsonb_build_object(
		'partial', CASE WHEN events IS NULL THEN '' ELSE 'user_ops.partial' END,
		'journey_arguments', concat_ws(', ', user_ops_internal.time_expression(s), user_ops_internal.event_expression(s, g ->> 'event'),
			user_ops_internal.row_arguments(g, money)),
		'journey_rows', format('NOT (%s) AND %s', parts ->> 'left_out',
			CASE WHEN events IS NULL THEN user_ops_internal.named_column(g, 'event') || ' IS NOT NULL'
			ELSE format('%s::text = ANY (%L::text[])', user_ops_internal.named_column(g, 'event'), events) END));
	RETURN parts || jsonb_build_object('journeys_by_user', user_ops_internal.journeys_by_user(parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.journeys_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on journeys: what makes journeys of rows e of the source, and which of them';

CREATE FUNCTION user_ops_internal.journeys_by_user(parts jsonb, condition text DEFAULT 'true') RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		SELECT {e.tenant,} e.{user_column} AS user_id, {partial}(user_ops.journey_agg({journey_arguments})) AS journey
		FROM {source} AS e
		WHERE {journey_rows} AND ({condition})
		GROUP BY e.{user_column}{, e.tenant}$query$, parts, jsonb_build_object('condition', condition));
END;
COMMENT ON FUNCTION user_ops_internal.journeys_by_user(jsonb, text) IS
	'SQL that groups the source by user, so that a look-up of one user reads only that user''s rows; condition: over a row e';

CREATE FUNCTION user_ops_internal.journeys_query(parts jsonb, condition text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF user_ops_internal.is_given(parts -> 'by_user') THEN
		RETURN user_ops_internal.journeys_by_user(parts, condition);
	END IF;
	-- one scan that keeps to its memory
	RETURN user_ops_internal.render($query$
		SELECT (u.found).user_id, {partial}((u.found).journey) AS journey
		FROM (
			SELECT user_ops.users(scan.journeys, NULL::{user_base}) AS found
			FROM (SELECT user_ops.journeys_agg(e.{user_column}, {journey_arguments}) AS journeys FROM {source} AS e WHERE {journey_rows} AND ({condition})) AS scan
			OFFSET 0) AS u$query$, parts, jsonb_build_object('condition', condition));
END $$;
COMMENT ON FUNCTION user_ops_internal.journeys_query(jsonb, text) IS
	'SQL for the journeys of all users, by one scan of the source; condition: over a row e';

CREATE FUNCTION user_ops_internal.journeys_reads(s view_settings, a addon, parts jsonb, condition text) RETURNS SETOF addon_read
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'journeys', 'journey', user_ops_internal.journeys_query(parts || user_ops_internal.journeys_parts(s, a, parts), condition), 'user_ops.journey_between', false;
END;
COMMENT ON FUNCTION user_ops_internal.journeys_reads(view_settings, addon, jsonb, text) IS
	'How the table journeys is filled';

CREATE FUNCTION user_ops_internal.check_row_columns(s view_settings, settings jsonb) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype;
BEGIN
	IF settings ->> 'tiebreak' IS NOT NULL THEN
		type := user_ops_internal.column_type(s.source, settings ->> 'tiebreak', 'tiebreak');
		IF type NOT IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN
			RAISE EXCEPTION 'tiebreak column "%" has type %', settings ->> 'tiebreak', type
				USING ERRCODE = 'datatype_mismatch',
					  HINT = 'It must be bigint, integer or smallint: of rows at one time the smaller comes first.';
		END IF;
	END IF;
	IF settings ->> 'label' IS NOT NULL THEN
		PERFORM user_ops_internal.column_type(s.source, settings ->> 'label', 'label');
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_row_columns(view_settings, jsonb) IS
	'Errors, with a hint, for columns tiebreak and label that journeys cannot have';

CREATE FUNCTION user_ops_internal.check_journeys(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	IF user_ops_internal.event_expression(s, g ->> 'event') IS NULL THEN
		RAISE EXCEPTION 'event column "%" has type %', g ->> 'event', user_ops_internal.column_type(s.source, g ->> 'event', 'event')
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'It must be text, an integer type or an enum; a view over the source can convert it.';
	END IF;
	IF g ->> 'amount' IS NOT NULL THEN
		PERFORM user_ops_internal.check_amount(s.source, g ->> 'amount');
	END IF;
	PERFORM user_ops_internal.check_row_columns(s, g);
	IF g -> 'events' = '[]' OR g -> 'events' @> '[null]' THEN
		RAISE EXCEPTION 'events is %', CASE WHEN g -> 'events' = '[]' THEN 'empty' ELSE 'an array with a NULL' END
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Name the events that are to be kept, or omit events to keep all.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_journeys(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_journeys cannot use';

CREATE FUNCTION user_ops_internal.journeys_addon(event name, amount name, tiebreak name, label name, events text[]) RETURNS addon
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF event IS NULL THEN
		RAISE EXCEPTION 'event must be given'
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'Name the column that says what happened, such as event => ''event''.';
	END IF;
	RETURN ROW('journeys', 'journeys', NULL, jsonb_build_object('event', event, 'amount', amount, 'tiebreak', tiebreak, 'label', label, 'events', events))::user_ops_internal.addon;
END $$;
COMMENT ON FUNCTION user_ops_internal.journeys_addon(name, name, name, name, text[]) IS
	'The add-on that create_journeys makes of its arguments';

CREATE FUNCTION create_journeys(target_schema name, event name DEFAULT 'event', amount name DEFAULT NULL, tiebreak name DEFAULT NULL,
		label name DEFAULT NULL, events text[] DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
BEGIN
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[user_ops_internal.journeys_addon(event, amount, tiebreak, label, events)]);
END $$;
COMMENT ON FUNCTION create_journeys(name, name, name, name, name, text[]) IS
	'Views: Adds journeys to a schema that create_views made: each user''s events in order, by the column event, stored where activities are, which funnels, paths, attribution and sessions read. amount: NULL: that of the schema; events: the only ones to keep; calling it again changes it. A row for each table or view made: its name and what it answers';

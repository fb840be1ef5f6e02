-- What the add-ons that read journeys have in common.

CREATE FUNCTION user_ops_internal.check_whole_journeys(s view_settings, what_needs text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF jsonb_typeof((user_ops_internal.find_addon(s, 'journeys', 'journeys')).settings -> 'events') = 'array' THEN
		RAISE EXCEPTION '% all events, and the journeys keep only some', what_needs
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Call create_journeys again without events.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_whole_journeys(view_settings, text) IS
	'55000, with a hint, if rows were left out that this needs: "sessions need"';

CREATE FUNCTION user_ops_internal.sample_journey() RETURNS journey
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops.journey_agg('2000-01-01 00:00Z'::timestamptz, ''::text);
END;
COMMENT ON FUNCTION user_ops_internal.sample_journey() IS
	'A journey of one event, on which the arguments of a view are tried';

CREATE FUNCTION user_ops_internal.as_interval(settings jsonb, argument text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(quote_literal(settings ->> argument), 'NULL') || '::interval';
END;
COMMENT ON FUNCTION user_ops_internal.as_interval(jsonb, text) IS
	'SQL for an interval among the settings of an add-on';

CREATE FUNCTION user_ops_internal.put_journey_addon(target_schema name, kind text, name text, settings jsonb,
		event name, amount name, tiebreak name, label name)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
	own_tables boolean := user_ops_internal.is_given(settings -> 'conditions');
	journeys user_ops_internal.addon := user_ops_internal.find_addon(s, 'journeys', 'journeys');
	given jsonb := jsonb_strip_nulls(jsonb_build_object('event', event, 'amount', amount, 'tiebreak', tiebreak, 'label', label));
	addon user_ops_internal.addon := ROW(kind, name, CASE WHEN NOT own_tables THEN 'journeys' END, settings)::user_ops_internal.addon;
BEGIN
	IF name IS NULL OR name = '' THEN
		RAISE EXCEPTION 'name must be given'
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = format('It tells the %ss of the schema apart, and is their first column.', kind);
	END IF;
	IF own_tables AND (event IS NOT NULL OR amount IS NOT NULL) THEN
		RAISE EXCEPTION 'event and amount are for steps that are events, and there are conditions'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Omit them: a condition names its columns itself.';
	END IF;
	IF own_tables OR journeys.settings @> given THEN
		RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[addon]);
	ELSIF journeys IS NULL THEN
		RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[
			user_ops_internal.journeys_addon(coalesce(event, 'event'), amount, tiebreak, label, NULL), addon]);
	ELSE
		RAISE EXCEPTION 'the journeys of "%" were made with %, not with %', target_schema, jsonb_strip_nulls(journeys.settings), given
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'All views of a schema read the same journeys: omit these arguments, or call create_journeys with them.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.put_journey_addon(name, text, text, jsonb, name, name, name, name) IS
	'Makes an add-on that reads journeys, and the add-on journeys if there is none; with conditions it has a table of its own';

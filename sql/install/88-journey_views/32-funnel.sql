-- create_funnel_view, and what it demands of its arguments.

CREATE FUNCTION user_ops_internal.check_conditions(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	condition text;
BEGIN
	IF octet_length('journeys_' || a.name) > 63 THEN
		RAISE EXCEPTION 'the name "%" is too long for a funnel with conditions, which has a table of its own', a.name
			USING ERRCODE = 'name_too_long',
				  HINT = 'Give a name of at most 54 bytes.';
	END IF;
	FOREACH condition IN ARRAY user_ops_internal.array_of(a.settings -> 'conditions') || user_ops_internal.array_of(a.settings -> 'exclude') LOOP
		BEGIN
			EXECUTE format('SELECT NOT (%s) FROM %s AS e LIMIT 0', condition, s.source);
		EXCEPTION WHEN OTHERS THEN
			RAISE EXCEPTION '% is no condition over a row of %: %', coalesce(quote_literal(condition), 'NULL'), s.source, SQLERRM
				USING ERRCODE = SQLSTATE,
					  HINT = 'Give boolean SQL over its columns, such as ''total > 100''; functions that are not PostgreSQL''s own need the name of their schema.';
		END;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_conditions(view_settings, addon) IS
	'Errors, with a hint, for conditions of a funnel that are no boolean SQL over a row of the source';

CREATE FUNCTION user_ops_internal.check_funnel(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	by_conditions boolean := user_ops_internal.is_given(g -> 'conditions');
	n_steps integer := jsonb_array_length(nullif(CASE WHEN by_conditions THEN g -> 'conditions' ELSE g -> 'steps' END, 'null'));
	exclude text[] := user_ops_internal.array_of(g -> 'exclude');
	missing text;
	label name := CASE WHEN by_conditions THEN g ->> 'label' ELSE (user_ops_internal.find_addon(s, 'journeys', 'journeys')).settings ->> 'label' END;
	sample user_ops.journey := user_ops_internal.sample_journey();
	steps user_ops.journey_steps;
BEGIN
	IF by_conditions = user_ops_internal.is_given(g -> 'steps') THEN
		RAISE EXCEPTION 'a funnel has steps or conditions, and % given', CASE WHEN by_conditions THEN 'both are' ELSE 'neither is' END
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Name events, steps => ''{view,cart,pay}''; or give conditions in SQL over a row, conditions => ''{"total > 100", ...}''.';
	END IF;
	SELECT k.name INTO missing FROM unnest('{in_between,repeats,ties,entry,unordered,optional,exclude,on_exclusion,pick}'::text[]) AS k (name) WHERE g -> k.name = 'null' LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% must not be NULL', missing
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'Omit it to get its default.';
	END IF;
	-- raises its own errors
	steps := user_ops_internal.funnel_steps(g);
	IF n_steps IS DISTINCT FROM jsonb_array_length(g -> 'labels') THEN
		RAISE EXCEPTION 'the funnel has % steps and % labels', n_steps, jsonb_array_length(g -> 'labels')
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Give a label for each step, or omit labels.';
	END IF;
	IF g ->> 'breakdown' IS NOT NULL AND (g ->> 'breakdown' = ANY (s.first_values || label)) IS NOT TRUE THEN
		RAISE EXCEPTION 'breakdown names "%", which is no property of users', g ->> 'breakdown'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('It is a column that first_values of create_views names, or the label of the journeys: %s.', coalesce(array_to_string(s.first_values || label, ', '), 'there is none'));
	END IF;
	IF by_conditions THEN
		PERFORM user_ops_internal.check_conditions(s, a);
		PERFORM user_ops_internal.check_row_columns(s, g);
		sample := user_ops.journey_agg('2000-01-01 00:00Z'::timestamptz, VARIADIC array_fill(false, ARRAY[n_steps + cardinality(exclude)]));
	ELSE
		PERFORM user_ops_internal.check_known_events(s, 'steps', user_ops_internal.array_of(g -> 'steps'));
		PERFORM user_ops_internal.check_known_events(s, 'exclude', exclude);
		IF g ->> 'in_between' = 'nothing' THEN
			PERFORM user_ops_internal.check_whole_journeys(s, 'in_between => ''nothing'' needs');
		END IF;
	END IF;
	-- and so do the switches
	EXECUTE format('SELECT user_ops.funnel_times($1, $2, $3, as_of => NULL::timestamptz, pick => $4%s)', coalesce(', ' || user_ops_internal.funnel_switches(g, n_steps), ''))
	USING sample, steps, (g ->> 'within')::interval, (g ->> 'pick')::user_ops.funnel_pick;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_funnel(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_funnel_view cannot use';

CREATE FUNCTION user_ops_internal.step_labels(steps text[]) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE array_ndims(steps) WHEN 2 THEN ARRAY(
				SELECT (SELECT string_agg(steps[i][k], ' / ' ORDER BY k) FROM generate_subscripts(steps, 2) AS k) FROM generate_subscripts(steps, 1) AS i ORDER BY i)
		   ELSE steps END;
END;
COMMENT ON FUNCTION user_ops_internal.step_labels(text[]) IS
	'What steps are called: the event, or its alternatives';

CREATE FUNCTION create_funnel_view(target_schema name, name text, steps text[] DEFAULT NULL, within interval DEFAULT NULL, labels text[] DEFAULT NULL,
		in_between funnel_in_between DEFAULT 'any', repeats funnel_repeats DEFAULT 'allow', ties funnel_ties DEFAULT 'any', entry funnel_entry DEFAULT 'any',
		unordered boolean DEFAULT false, optional integer[] DEFAULT '{}', exclude text[] DEFAULT '{}', exclude_from integer[] DEFAULT NULL, exclude_to integer[] DEFAULT NULL,
		on_exclusion funnel_exclusion DEFAULT 'drop_entry', min_gap interval[] DEFAULT NULL, max_gap interval[] DEFAULT NULL,
		entry_from timestamptz DEFAULT NULL, entry_to timestamptz DEFAULT NULL, pick funnel_pick DEFAULT 'first',
		breakdown name DEFAULT NULL, conditions text[] DEFAULT NULL,
		event name DEFAULT NULL, amount name DEFAULT NULL, tiebreak name DEFAULT NULL, label name DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET intervalstyle = postgres
	SET timezone = 'UTC'
AS $$
BEGIN
	RETURN QUERY SELECT p.* FROM user_ops_internal.put_journey_addon(target_schema, 'funnel', name,
		jsonb_build_object('steps', steps, 'conditions', conditions, 'within', within, 'labels', coalesce(labels, user_ops_internal.step_labels(coalesce(steps, conditions))),
			'in_between', in_between, 'repeats', repeats, 'ties', ties, 'entry', entry, 'unordered', unordered, 'optional', optional,
			'exclude', exclude, 'exclude_from', exclude_from, 'exclude_to', exclude_to, 'on_exclusion', on_exclusion, 'min_gap', min_gap, 'max_gap', max_gap,
			'entry_from', entry_from, 'entry_to', entry_to, 'pick', pick, 'breakdown', breakdown,
			-- of a table of its own
			'tiebreak', CASE WHEN conditions IS NOT NULL THEN tiebreak END, 'label', CASE WHEN conditions IS NOT NULL THEN label END),
		event, amount, tiebreak, label) AS p;
END $$;
COMMENT ON FUNCTION create_funnel_view(name, text, text[], interval, text[], funnel_in_between, funnel_repeats, funnel_ties, funnel_entry, boolean, integer[], text[], integer[], integer[],
		funnel_exclusion, interval[], interval[], timestamptz, timestamptz, funnel_pick, name, text[], name, name, name, name) IS
	'Views: Adds a funnel under a name to the views funnels and funnel_users of a schema that create_views made, counted as funnel() counts it: steps are events, in two dimensions each with its alternatives; or conditions in SQL over a row of the source, which are stored in a table of their own. exclude: events, or conditions, that end an attempt. breakdown: a column of first_values, or the label of the journeys, adds funnel_segments. event and what follows: as create_journeys takes it, where it was not called. A row for each table or view that it is in: its name and what it answers';

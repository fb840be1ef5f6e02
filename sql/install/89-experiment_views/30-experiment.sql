-- create_experiment_views, and what it demands of its arguments.

CREATE TYPE experiment_crossed AS ENUM ('exclude', 'first');
COMMENT ON TYPE experiment_crossed IS
	'What becomes of users who were assigned to several arms: exclude, they are left out; first, the first assignment counts';

CREATE TYPE experiment_open AS ENUM ('exclude', 'include');
COMMENT ON TYPE experiment_open IS
	'What becomes of users whose window is not over: exclude, they are not compared yet; include, they are, as far as their days are known';

CREATE FUNCTION user_ops_internal.check_assignments(s view_settings, g jsonb) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	PERFORM user_ops_internal.check_own_table(s, g, 'assignments', jsonb_build_object('user_id', g ->> 'user_id'), on_shards => true);
	PERFORM user_ops_internal.column_type(to_regclass(g ->> 'assignments'), g ->> 'variant', 'variant');
	PERFORM user_ops_internal.own_day(s, to_regclass(g ->> 'assignments'), g ->> 'assigned_at', 'assigned_at');
END $$;
COMMENT ON FUNCTION user_ops_internal.check_assignments(view_settings, jsonb) IS
	'Errors, with a hint, for assignments that an experiment cannot read';

CREATE FUNCTION user_ops_internal.check_weights(g jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	argument text;
	least_number numeric;
	fault record;
BEGIN
	FOR argument, least_number IN VALUES ('weights', NULL), ('costs', 0) LOOP
		CONTINUE WHEN g -> argument = 'null';
		IF jsonb_typeof(g -> argument) <> 'object' THEN
			RAISE EXCEPTION '% is no object', argument
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = 'Give a number for each variant, such as ''{"control": 1, "mail": 9}''.';
		END IF;
		FOR fault IN
			SELECT w.key, w.value FROM jsonb_each(g -> argument) AS w
			WHERE CASE WHEN jsonb_typeof(w.value) <> 'number' THEN true WHEN least_number IS NULL THEN w.value <= '0' ELSE w.value < to_jsonb(least_number) END LIMIT 1
		LOOP
			RAISE EXCEPTION '% gives the variant "%" %', argument, fault.key, fault.value
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = CASE argument WHEN 'weights' THEN 'A weight is a number above 0: how many users of all the variant was meant to get.' ELSE 'A cost is a number, 0 or more.' END;
		END LOOP;
	END LOOP;
	IF g -> 'weights' <> 'null' AND NOT g -> 'weights' ? (g ->> 'control') THEN
		RAISE EXCEPTION 'weights do not name the control "%"', g ->> 'control'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Give the weights of all arms.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_weights(jsonb) IS
	'22023, with a hint, if weights or costs of an experiment are not numbers by variant';

CREATE FUNCTION user_ops_internal.check_experiment(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	unknown text;
	fault text := CASE WHEN (g ->> 'within_days')::integer NOT BETWEEN 1 AND 3660 THEN 'within_days is ' || (g ->> 'within_days') || ', and must be 1 to 3660'
				  WHEN (g ->> 'before_days')::integer NOT BETWEEN 0 AND 3660 THEN 'before_days is ' || (g ->> 'before_days') || ', and must be 0 to 3660'
				  WHEN NOT ((g ->> 'winsorize')::double precision > 0 AND (g ->> 'winsorize')::double precision < 1) THEN 'winsorize is ' || (g ->> 'winsorize') || ', and must be between 0 and 1'
				  WHEN (g ->> 'tightest_at')::bigint < 1 THEN 'tightest_at is ' || (g ->> 'tightest_at') || ', and must be 1 or more'
				  WHEN NOT isfinite((g ->> 'ends')::date) THEN 'ends is ' || (g ->> 'ends') || ', and must be a day' END;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION '%', fault
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Windows are numbers of days, winsorize a part of all users such as 0.999, tightest_at a number of users.';
	END IF;
	IF octet_length('experiment_states_' || a.name) > 63 THEN
		RAISE EXCEPTION 'the name "%" is too long for an experiment, which has tables of its own', a.name
			USING ERRCODE = 'name_too_long',
				  HINT = 'Give a name of at most 45 bytes.';
	END IF;
	PERFORM user_ops_internal.check_weights(g);
	PERFORM user_ops_internal.check_assignments(s, g);
	SELECT b.name INTO unknown FROM unnest(user_ops_internal.array_of(g -> 'breakdown')) AS b (name)
	WHERE b.name IS NULL OR b.name <> ALL (coalesce(s.first_values, '{}'))
		AND NOT EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = to_regclass(g ->> 'assignments') AND c.attname = b.name AND c.attnum > 0 AND NOT c.attisdropped);
	IF FOUND THEN
		RAISE EXCEPTION 'breakdown names %, which is no property of users', coalesce(quote_ident(unknown), 'NULL')
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('It is a column of %s, or one that first_values of create_views names: %s.', g ->> 'assignments', coalesce(array_to_string(s.first_values, ', '), 'there is none'));
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_experiment(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_experiment_views cannot use';

CREATE FUNCTION user_ops_internal.experiment_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := parts || user_ops_internal.experiment_parts(s, a, parts);
	RETURN QUERY VALUES
		(('experiment_states_' || a.name)::name, parts ->> 'states_query', NULL),
		('experiment_looks_' || a.name, parts ->> 'looks_query', 'k.as_of <> $1');
END $$;
COMMENT ON FUNCTION user_ops_internal.experiment_sums(view_settings, addon, jsonb) IS
	'How the tables of an add-on experiment are written: the moments, and from them the look of this as_of, which replaces one that there is';

CREATE FUNCTION user_ops_internal.check_control(g jsonb) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	arms text[];
BEGIN
	EXECUTE format('SELECT array_agg(DISTINCT x.%1$I::text) FROM %2$s AS x WHERE x.%1$I IS NOT NULL', g ->> 'variant', g ->> 'assignments') INTO arms;
	-- nobody is assigned yet: it will show
	IF g ->> 'control' <> ALL (arms) THEN
		RAISE EXCEPTION 'control is "%", and nobody is assigned to it', g ->> 'control'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('The arms are: %s.', array_to_string(arms, ', '));
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_control(jsonb) IS
	'22023, with the arms, if there are assignments and none to the control';

CREATE FUNCTION create_experiment_views(target_schema name, name text, assignments regclass, user_id name, variant name, assigned_at name, control text,
		weights jsonb DEFAULT NULL, within_days integer DEFAULT 28, before_days integer DEFAULT 28, ends date DEFAULT NULL,
		winsorize double precision DEFAULT NULL, inference experiment_inference DEFAULT 'fixed', tightest_at bigint DEFAULT NULL, breakdown name[] DEFAULT NULL,
		crossed experiment_crossed DEFAULT 'exclude', open experiment_open DEFAULT 'exclude', costs jsonb DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 7
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
	settings jsonb;
	was user_ops_internal.addon;
BEGIN
	PERFORM user_ops_internal.require('create_experiment_views(''shop'', ''win_back'', ''public.assignments'', ''customer_id'', ''variant'', ''assigned_at'', control => ''holdout'')',
		json_build_object('name', name, 'assignments', assignments, 'user_id', user_id, 'variant', variant, 'assigned_at', assigned_at, 'control', control,
			'within_days', within_days, 'before_days', before_days, 'inference', inference, 'crossed', crossed, 'open', open));
	settings := jsonb_build_object('assignments', user_ops_internal.qualified_name(assignments), 'user_id', user_id, 'variant', variant, 'assigned_at', assigned_at, 'control', control,
		'weights', weights, 'within_days', within_days, 'before_days', before_days, 'ends', ends, 'winsorize', winsorize, 'inference', inference, 'tightest_at', tightest_at,
		'breakdown', nullif(breakdown, '{}'), 'crossed', crossed, 'open', open, 'costs', costs);
	PERFORM user_ops_internal.check_assignments(s, settings);
	PERFORM user_ops_internal.check_control(settings);
	PERFORM user_ops_internal.notice_of_owners(assignments);
	IF crossed = 'exclude' AND NOT user_ops_internal.has_one_row_a_user(assignments, array_remove(ARRAY[user_id, s.tenant], NULL)) AND (SELECT count(DISTINCT w.value) > 1 FROM jsonb_each(CASE WHEN jsonb_typeof(weights) = 'object' THEN weights ELSE '{}' END) AS w) THEN
		RAISE NOTICE 'users of several arms are left out, which with unequal weights takes more from the smaller arms'
			USING HINT = 'crossed => ''first'' takes them as they were assigned first.';
	END IF;
	was := user_ops_internal.find_addon(s, 'experiment', name);
	-- what costs is no other question; of any other one the looks are no sequence with those before
	IF s.stored AND was.settings - 'costs' <> settings - 'costs' THEN
		RAISE NOTICE 'the looks of "%" begin anew: it was asked otherwise before', name;
		EXECUTE format('DELETE FROM %I.%I', target_schema, 'experiment_looks_' || name);
	END IF;
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('experiment', name, NULL, settings)::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_experiment_views(name, text, regclass, name, name, name, text, jsonb, integer, integer, date, double precision, experiment_inference, bigint, name[],
		experiment_crossed, experiment_open, jsonb) IS
	'Views: Adds an experiment under a name to the views experiment_arms, experiment_results, experiment_segments, experiment_days and campaign_lift of a schema that create_views made. assignments: a table of who was assigned to which variant, and when; with a tenant it has that column too. A user counts from the local day of the first assignment, for within_days; before_days, the days before that metrics are adjusted by (CUPED), 0: not. ends: the first day on which nobody is assigned any more. weights: what the arms were meant to get, ''{"control": 1, "mail": 9}''; NULL: equal parts. winsorize: revenue counts up to this quantile of all arms together, such as 0.999. inference, tightest_at: as compare takes them. breakdown: columns of assignments or of first_values. costs: what each variant cost in all. A row for each table or view that they are in: its name and what it answers';

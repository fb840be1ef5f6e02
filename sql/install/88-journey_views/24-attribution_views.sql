-- The add-ons attribution: which channels get the conversions.

CREATE FUNCTION user_ops_internal.attribution_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('attribution',
		'Which channels led to the conversions, by each model',
		columns => ARRAY[
			['name', 'Name of the question'],
			['model', 'How a conversion is shared among the touches that led to it: a rule such as first, or markov, shapley'],
			['channel', 'The channel, an event that is no conversion, or with by_label a label; (direct) where there was none'],
			['conversions', 'Conversions that are its due; those of a model sum to all, but with participation each channel has all that it took part in'],
			['amount', 'Amounts of conversions that are its due, which sum in the same way; NULL where no conversion has one'],
			['share', 'Share of all conversions; NULL with participation']],
		body => $view$
			SELECT {t.tenant,} {name} AS name, t.model, t.channel, t.conversions, t.amount,
				CASE WHEN t.model <> 'participation' THEN (t.conversions / nullif(t.total, 0))::double precision END AS share
			FROM (
				SELECT {r.tenant,} r.model, r.channel, r.conversions, r.amount, sum(r.conversions) OVER (PARTITION BY {r.tenant,} r.model) AS total
				FROM ({models}) AS r) AS t$view$);
END;
COMMENT ON FUNCTION user_ops_internal.attribution_views() IS
	'What add-ons attribution make';

CREATE FUNCTION user_ops_internal.attribution_rules(settings jsonb) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT array_agg(m.model ORDER BY m.place) FROM unnest(user_ops_internal.array_of(settings -> 'models')) WITH ORDINALITY AS m (model, place)
	WHERE m.model = ANY (enum_range(NULL::user_ops.attribution_model)::text[]);
END;
COMMENT ON FUNCTION user_ops_internal.attribution_rules(jsonb) IS
	'Which of the models of an add-on attribution share the conversions of each user by a rule';

CREATE FUNCTION user_ops_internal.attribution_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	rules text[] := user_ops_internal.attribution_rules(g);
	conversion text := format('%L::text[]', user_ops_internal.array_of(g -> 'conversion'));
	branches text[] := '{}';
	model text;
BEGIN
	parts := parts || jsonb_build_object(
		'conversion', conversion,
		'touches', CASE WHEN (g ->> 'by_label')::boolean THEN format('user_ops.by_label(j.journey, %s)', conversion) ELSE 'j.journey' END,
		'lookback', user_ops_internal.as_interval(g, 'lookback'),
		'half_life', user_ops_internal.as_interval(g, 'half_life'),
		'weights', format('%L::numeric[]', user_ops_internal.array_of(g -> 'weights')),
		'direct', format('%L::text[]', user_ops_internal.array_of(g -> 'direct')),
		'non_direct', g ->> 'non_direct', 'exclusive', g ->> 'exclusive', 'which', quote_literal(g ->> 'which'), 'decimals', g ->> 'decimals', 'worth', quote_literal(g ->> 'worth'));
	IF rules IS NOT NULL THEN
		branches := ARRAY[user_ops_internal.render($query$
			SELECT {j.tenant,} m.model::text AS model, x.channel, trim_scale(sum(x.credit)) AS conversions, sum(x.amount) AS amount
			FROM {schema}.journeys AS j
			CROSS JOIN unnest({rules}::user_ops.attribution_model[]) AS m (model)
			CROSS JOIN LATERAL user_ops.attribution({touches}, {conversion}, m.model, {lookback}, {half_life}, CASE m.model WHEN 'custom' THEN {weights} END,
				{direct}, {non_direct}, {exclusive}, {which}, {decimals}, {as_of_moment}) AS x
			GROUP BY {j.tenant,} m.model, x.channel$query$, parts, jsonb_build_object('rules', quote_literal(rules)))];
	END IF;
	FOREACH model IN ARRAY user_ops_internal.array_of(g -> 'models') LOOP
		CONTINUE WHEN model = ANY (rules);
		-- whole conversions are counted; the last digits of a double go where they matter least
		branches := branches || user_ops_internal.render($query$
			SELECT {c.tenant,} {model} AS model, c.channel, trim_scale(c.conversions + CASE WHEN c.place = 1 THEN c.left_over ELSE 0 END) AS conversions, c.amount
			FROM (
				SELECT {m.tenant,} x.channel, round(x.conversions::numeric, 12) AS conversions, x.amount,
					m.conversions - sum(round(x.conversions::numeric, 12)) OVER ({PARTITION BY m.tenant}) AS left_over,
					row_number() OVER ({PARTITION BY m.tenant} ORDER BY x.conversions DESC, x.channel COLLATE "C") AS place
				FROM (
					SELECT {j.tenant,} {aggregate} AS paths, count(*) FILTER (WHERE p.converted) AS conversions
					FROM {schema}.journeys AS j
					CROSS JOIN LATERAL user_ops.attribution_paths({touches}, {conversion}, {lookback}, {as_of_moment}) AS p
					WHERE NOT p.open {GROUP BY j.tenant}) AS m
				CROSS JOIN LATERAL user_ops.cells(m.paths, {decimals}) AS x) AS c$query$, parts, jsonb_build_object(
			'model', quote_literal(model) || '::text',
			'aggregate', format('user_ops.%s_attribution(p.channels, p.converted::integer::bigint, (NOT p.converted)::integer::bigint, %sp.amount)',
								model, CASE model WHEN 'shapley' THEN quote_literal(g ->> 'worth') || ', ' END)));
	END LOOP;
	RETURN jsonb_build_object('models', array_to_string(branches, ' UNION ALL '));
END $$;
COMMENT ON FUNCTION user_ops_internal.attribution_parts(view_settings, addon, jsonb) IS
	'The parts of an add-on attribution: the query of all its models';

CREATE FUNCTION user_ops_internal.check_known_events(s view_settings, argument text, events text[]) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	kept text[] := user_ops_internal.array_of((user_ops_internal.find_addon(s, 'journeys', 'journeys')).settings -> 'events');
	unknown text;
BEGIN
	SELECT string_agg(quote_literal(e.event), ', ' ORDER BY e.event COLLATE "C") INTO unknown FROM unnest(events) AS e (event) WHERE e.event <> ALL (kept);
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION '% names %, which the journeys do not keep', argument, unknown
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('They keep: %s. Call create_journeys again with more events, or without.', array_to_string(kept, ', '));
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_known_events(view_settings, text, text[]) IS
	'22023, with a hint, if an argument names events that the journeys leave out';

CREATE FUNCTION user_ops_internal.check_attribution(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	known CONSTANT text[] := enum_range(NULL::user_ops.attribution_model)::text[] || '{markov,shapley}'::text[];
	models text[] := user_ops_internal.array_of(g -> 'models');
	conversion text[] := user_ops_internal.array_of(g -> 'conversion');
	weights numeric[] := user_ops_internal.array_of(g -> 'weights');
	model text;
BEGIN
	FOREACH model IN ARRAY models LOOP
		IF model IS NULL OR model <> ALL (known) OR cardinality(array_positions(models, model)) > 1 THEN
			RAISE EXCEPTION 'models names %, which does not exist, or twice', coalesce(quote_literal(model), 'NULL')
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = format('Give some of: %s, each once.', array_to_string(known, ', '));
		END IF;
	END LOOP;
	IF models = '{}' OR g ->> 'worth' IS NULL THEN
		RAISE EXCEPTION '% must be given', CASE WHEN models = '{}' THEN 'models' ELSE 'worth' END
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'Omit it to get its default.';
	END IF;
	IF weights IS NOT NULL AND 'custom' <> ALL (models) THEN
		RAISE EXCEPTION 'weights are for model custom'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Name it among the models, or omit weights.';
	END IF;
	PERFORM user_ops_internal.check_known_events(s, 'conversion', conversion);
	IF (g ->> 'by_label')::boolean AND (user_ops_internal.find_addon(s, 'journeys', 'journeys')).settings ->> 'label' IS NULL THEN
		RAISE EXCEPTION 'the journeys have no labels'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Call create_journeys again with label, the column of the channels.';
	END IF;
	-- these raise their own errors
	FOREACH model IN ARRAY coalesce(user_ops_internal.attribution_rules(g), '{last}') LOOP
		PERFORM user_ops.attribution(user_ops_internal.sample_journey(), conversion, model::user_ops.attribution_model, (g ->> 'lookback')::interval, (g ->> 'half_life')::interval,
			CASE model WHEN 'custom' THEN weights END, user_ops_internal.array_of(g -> 'direct'), (g ->> 'non_direct')::boolean, (g ->> 'exclusive')::boolean,
			(g ->> 'which')::user_ops.attribution_which, (g ->> 'decimals')::integer);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_attribution(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_attribution_view cannot use';

CREATE FUNCTION create_attribution_view(target_schema name, name text, conversion text[], lookback interval DEFAULT '30 days', models text[] DEFAULT NULL,
		half_life interval DEFAULT '7 days', weights numeric[] DEFAULT NULL, direct text[] DEFAULT '{direct}', non_direct boolean DEFAULT false, exclusive boolean DEFAULT false,
		which attribution_which DEFAULT 'each', worth shapley_worth DEFAULT 'rate', decimals integer DEFAULT 2, by_label boolean DEFAULT false,
		event name DEFAULT NULL, amount name DEFAULT NULL, tiebreak name DEFAULT NULL, label name DEFAULT NULL)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET intervalstyle = postgres
AS $$
BEGIN
	RETURN QUERY SELECT p.* FROM user_ops_internal.put_journey_addon(target_schema, 'attribution', name,
		jsonb_build_object('conversion', conversion, 'lookback', lookback,
			'models', coalesce(models, ARRAY(SELECT m::text FROM unnest(enum_range(NULL::user_ops.attribution_model)) AS m WHERE m <> 'custom' OR weights IS NOT NULL)),
			'half_life', half_life, 'weights', weights, 'direct', direct, 'non_direct', non_direct, 'exclusive', exclusive, 'which', which, 'worth', worth, 'decimals', decimals, 'by_label', coalesce(by_label, false)),
		event, amount, tiebreak, label) AS p;
END $$;
COMMENT ON FUNCTION create_attribution_view(name, text, text[], interval, text[], interval, numeric[], text[], boolean, boolean, attribution_which, shapley_worth, integer, boolean, name, name, name, name) IS
	'Views: Adds a question under a name to the view attribution of a schema that create_views made: which events lead to those named in conversion. models: rules of attribution(), all of them if omitted, custom with weights alone; markov, shapley by its worth. by_label: the channels are the labels of rows, and rows without one are no touches, where events say what was done. event and what follows: as create_journeys takes it, where it was not called. A row for each table or view that it is in: its name and what it answers';

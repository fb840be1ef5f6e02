-- create_views: the views over one event table, in a schema of their own.

CREATE FUNCTION user_ops_internal.default_target_schema(source regclass) RETURNS name
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	relation_name text := (SELECT c.relname FROM pg_class c WHERE c.oid = source);
BEGIN
	WHILE octet_length(relation_name) > 63 - length('_ops') LOOP
		relation_name := left(relation_name, -1);
	END LOOP;
	RETURN relation_name || '_ops';
END $$;
COMMENT ON FUNCTION user_ops_internal.default_target_schema(regclass) IS
	'The schema create_views makes if it is given none: the name of the source and _ops';

CREATE FUNCTION user_ops_internal.warn_of_zero_amounts(s view_settings) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	zero_share double precision;
BEGIN
	IF s.amount IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT sum(n.zeros)::double precision / nullif(sum(n.amounts), 0)
					FROM (SELECT count(*) FILTER (WHERE e.%1$I = 0) AS zeros, count(e.%1$I) AS amounts FROM %2$s AS e%3$s) AS n', s.amount, s.source,
				   -- what is elsewhere is counted there
				   CASE WHEN s.spread IS NULL THEN '' ELSE format(' GROUP BY e.%I', s.user_id) END) INTO zero_share;
	IF zero_share > 0.2 THEN
		RAISE WARNING '% %% of the amounts in "%" are 0, and every one counts as a purchase',
				round(100 * zero_share), s.amount
			USING HINT = 'Where 0 stands for "no purchase", use a view as the source, with NULLIF(amount, 0).';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.warn_of_zero_amounts(view_settings) IS
	'A warning if over 20 % of the amounts are 0: then the column probably means visits by it';

CREATE FUNCTION create_views(
		source regclass, user_id name, event_time name, amount name DEFAULT NULL,
		target_schema name DEFAULT NULL,
		time_zone text DEFAULT NULL, source_time_zone text DEFAULT NULL,
		week_start text DEFAULT 'monday', as_of date DEFAULT NULL,
		horizon_days integer DEFAULT 90,
		max_days integer DEFAULT 90, max_weeks integer DEFAULT 53, max_months integer DEFAULT 36,
		stored boolean DEFAULT true,
		lost_days integer DEFAULT 90, sleep_days integer DEFAULT 30,
		rfm_bins integer DEFAULT 5,
		rfm_recency integer[] DEFAULT NULL, rfm_frequency bigint[] DEFAULT NULL,
		rfm_monetary numeric[] DEFAULT NULL, rfm_ntile boolean DEFAULT false,
		segment8_labels text[] DEFAULT NULL,
		allow_empty boolean DEFAULT false,
		changed_at name DEFAULT NULL, changed_overlap interval DEFAULT '10 minutes',
		history_days integer DEFAULT 400,
		purchase_model text DEFAULT 'mbg_nbd',
		tenant name DEFAULT NULL, first_values name[] DEFAULT NULL, breakdown name[] DEFAULT NULL,
		labels text DEFAULT NULL,
		amount_decimals integer DEFAULT NULL, ignore_before date DEFAULT NULL,
		keep_history boolean DEFAULT false, replace_source boolean DEFAULT false,
		value_by text DEFAULT 'monetary', value_shares numeric[] DEFAULT '{0.8,0.95}')
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 15
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
	target name := coalesce(target_schema, user_ops_internal.default_target_schema(source));
	s user_ops_internal.view_settings;
	prepared record;
	due text[];
	no_users boolean;
BEGIN
	s.source := source;
	s.user_id := user_id;
	s.event_time := event_time;
	s.amount := amount;
	s.time_zone := time_zone;
	s.source_time_zone := source_time_zone;
	s.week_start := week_start;
	s.as_of := as_of;
	s.horizon_days := horizon_days;
	s.max_days := max_days;
	s.max_weeks := max_weeks;
	s.max_months := max_months;
	s.stored := coalesce(stored, true);
	s.lost_days := lost_days;
	s.sleep_days := sleep_days;
	s.rfm_bins := coalesce(cardinality(coalesce(rfm_recency::numeric[], rfm_frequency::numeric[], rfm_monetary)) + 1, rfm_bins);
	s.rfm_recency := rfm_recency;
	s.rfm_frequency := rfm_frequency;
	s.rfm_monetary := rfm_monetary;
	s.rfm_ntile := coalesce(rfm_ntile, false);
	s.segment8_labels := segment8_labels;
	s.changed_at := changed_at;
	s.changed_overlap := changed_overlap;
	s.history_days := history_days;
	s.purchase_model := purchase_model;
	s.tenant := tenant;
	s.first_values := nullif(first_values, '{}');
	s.breakdown := nullif(breakdown, '{}');
	s.labels := labels;
	s.amount_decimals := amount_decimals;
	s.ignore_before := ignore_before;
	s.keep_history := coalesce(keep_history, false);
	s.value_by := value_by;
	s.value_shares := value_shares;
	s.source_name := user_ops_internal.qualified_name(source);
	IF source IS NULL OR user_id IS NULL OR event_time IS NULL THEN
		RAISE EXCEPTION 'source, user_id and event_time must be given'
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'For example: create_views(''public.orders'', ''customer_id'', ''ordered_at'').';
	END IF;
	PERFORM user_ops_internal.check_target_schema(target);
	PERFORM user_ops_internal.check_arguments(s);
	s.spread := user_ops_internal.find_spread(s);
	PERFORM user_ops_internal.check_spread(s);
	PERFORM user_ops_internal.go_shard_by_shard(s);
	PERFORM user_ops_internal.notice_of_owners(source);
	SELECT * INTO prepared FROM user_ops_internal.prepare_schema(s, target, coalesce(replace_source, false));
	s := prepared.s;
	IF s.stored THEN
		PERFORM user_ops_internal.notice_of_missing_indexes(s);
		PERFORM user_ops_internal.distribute_tables(s, prepared.place, target);
		PERFORM user_ops.refresh(prepared.place, full_scan => true);
		EXECUTE format('SELECT NOT EXISTS (SELECT 1 FROM %I.activity)', prepared.place) INTO no_users;
	ELSE
		-- what is read on the spot obeys the policies of the source
		PERFORM set_config('row_security', 'on', true);
		EXECUTE format('SELECT NOT EXISTS (SELECT 1 FROM %s AS e WHERE (%s) IS NOT TRUE)', source, user_ops_internal.left_out_condition(s)) INTO no_users;
	END IF;
	PERFORM user_ops_internal.notice_of_odd_rows(s, prepared.place);
	IF no_users AND NOT coalesce(allow_empty, false) THEN
		RAISE EXCEPTION '% has no row that counts: with a user, a finite time and no bad amount', source
			USING ERRCODE = 'no_data_found',
				  HINT = 'Load events first, or make the views over an empty source with allow_empty => true.';
	END IF;
	PERFORM user_ops_internal.warn_of_zero_amounts(s);
	PERFORM user_ops_internal.notice_of_missing_segments(s);

	due := user_ops_internal.make_views(s, prepared.place) || user_ops_internal.warn_of_ranking(s, prepared.place, target);
	IF prepared.place <> target THEN
		PERFORM user_ops_internal.run_patiently(due || user_ops_internal.grant_statements(prepared.place, target));
		due := user_ops_internal.move_statements(prepared.place, target);
	END IF;
	RETURN QUERY
		SELECT format('%I.%I', target, v.object), v.answers
		FROM user_ops_internal.view_objects(s) WITH ORDINALITY AS v (object, column_name, answers, place)
		WHERE v.column_name IS NULL AND v.object = ANY (s.made_tables || s.made_views)
		ORDER BY v.place;
	-- last, as readers wait from here to the commit for what is replaced
	PERFORM user_ops_internal.run_patiently(prepared.retired || due);
	IF prepared.owner <> current_user THEN
		PERFORM user_ops_internal.run_patiently(user_ops_internal.owner_statements(target, prepared.owner));
	END IF;
END $$;
COMMENT ON FUNCTION create_views(regclass, name, name, name, name, text, text, text, date, integer, integer, integer, integer, boolean,
		integer, integer, integer, integer[], bigint[], numeric[], boolean, text[], boolean, name, interval, integer, text, name, name[], name[],
		text, integer, date, boolean, boolean, text, numeric[]) IS
	'Views: Makes the views over an event table, in a schema of their own; calling it again updates them in place. One row for each object made: its name and what it answers';

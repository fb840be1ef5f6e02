-- What create_views demands of its arguments.

CREATE FUNCTION user_ops_internal.has_row_security(source regclass) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the source, and what it reads if it is a view
	WITH RECURSIVE read (relation) AS (
		SELECT source::oid
		UNION
		SELECT d.refobjid
		FROM read JOIN pg_rewrite w ON w.ev_class = read.relation
		JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
			AND d.refclassid = 'pg_class'::regclass
	)
	SELECT coalesce(bool_or(c.relrowsecurity), false)
	FROM read JOIN pg_class c ON c.oid = read.relation;
END;
COMMENT ON FUNCTION user_ops_internal.has_row_security(regclass) IS
	'Whether a relation, or one that it reads as a view, has row-level security';

CREATE FUNCTION user_ops_internal.has_order(type regtype) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod
				   WHERE m.amname = 'btree' AND c.opcdefault
					 AND (c.opcintype = type
						  OR EXISTS (SELECT FROM pg_cast k WHERE k.castsource = type
									 AND k.casttarget = c.opcintype AND k.castmethod = 'b'
									 AND k.castcontext = 'i')
						  OR c.opcintype = 'anyenum'::regtype
							 AND (SELECT t.typtype = 'e' FROM pg_type t WHERE t.oid = type)));
END;
COMMENT ON FUNCTION user_ops_internal.has_order(regtype) IS 'Whether values of a type, no domain, can be sorted';

CREATE FUNCTION user_ops_internal.check_key(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	given record;
	type regtype;
BEGIN
	FOR given IN
		SELECT k.role, k.name, count(*) OVER (PARTITION BY k.name) AS times
		FROM (SELECT 'user_id' AS role, s.user_id AS name UNION ALL SELECT 'tenant', s.tenant WHERE s.tenant IS NOT NULL
			  UNION ALL SELECT 'first_values', c FROM unnest(s.first_values) AS c) AS k
		ORDER BY array_position('{user_id,tenant,first_values}', k.role)
	LOOP
		IF given.name IS NULL THEN
			RAISE EXCEPTION 'first_values holds a NULL'
				USING ERRCODE = 'null_value_not_allowed',
					  HINT = 'Give names of columns, or omit first_values.';
		END IF;
		type := user_ops_internal.column_type(s.source, given.name, given.role);
		IF NOT user_ops_internal.has_order(type) THEN
			RAISE EXCEPTION '% column "%" has type %, which has no order', given.role, given.name, type
				USING ERRCODE = 'datatype_mismatch',
					  HINT = CASE given.role WHEN 'user_id' THEN 'Identify users by integer, bigint, uuid, text or numeric.'
							 ELSE 'A view over the source can convert it, such as to text.' END;
		END IF;
		IF given.role <> 'user_id' AND given.times > 1 THEN
			RAISE EXCEPTION 'column "%" is given as % and once more', given.name, given.role
				USING ERRCODE = 'duplicate_column',
					  HINT = 'user_id, tenant and the columns in first_values are different columns.';
		END IF;
		IF given.role <> 'user_id' AND given.name IN (
				SELECT v.column_name FROM user_ops.view_catalog() AS v WHERE v.column_name IS NOT NULL
				-- and what generated SQL calls its own
				UNION ALL SELECT unnest('{was,left_out,reasons,matrix,counts,place,days,quartiles,old_revenue,new_revenue,old_segment,new_segment,
										  old_life_stage,new_life_stage,old_lifecycle_state,new_lifecycle_state,usable,gap,risk,expected,waiting,of_all,mid_place,brier,silent,silent_places,sample}'::text[])) THEN
			RAISE EXCEPTION 'the views use the column name "%" themselves', given.name
				USING ERRCODE = 'duplicate_column',
					  HINT = format('Give a view as the source, in which the %s column has another name.', given.role);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_key(view_settings) IS
	'Errors, with a hint, for the columns user_id, tenant and first_values if create_views cannot use them';

CREATE FUNCTION user_ops_internal.check_amount(source regclass, column_name name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(source, column_name, 'amount');
BEGIN
	IF type NOT IN ('numeric'::regtype, 'float8'::regtype, 'float4'::regtype, 'bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN
		RAISE EXCEPTION 'amount column "%" has type %', column_name, type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'It must be numeric, double precision, bigint, integer or smallint; a view over the source can convert it.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_amount(regclass, name) IS
	'Errors, with a hint, for a column of amounts that is none';

CREATE FUNCTION user_ops_internal.check_source(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	time_type regtype;
	relation pg_class;
BEGIN
	SELECT * INTO relation FROM pg_class c WHERE c.oid = s.source;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the source no longer exists'
			USING ERRCODE = 'undefined_table',
				  HINT = 'Call user_ops.create_views again with another source and replace_source => true.';
	END IF;
	IF relation.relkind NOT IN ('r', 'p', 'v', 'm', 'f') OR relation.relpersistence = 't' THEN
		RAISE EXCEPTION '% is not a lasting table or view', s.source
			USING ERRCODE = 'wrong_object_type',
				  HINT = 'The source is a table, partitioned table, foreign table, view or materialized view that is not temporary.';
	END IF;
	PERFORM user_ops_internal.check_key(s);
	time_type := user_ops_internal.column_type(s.source, s.event_time, 'event_time');
	PERFORM user_ops_internal.check_row_security(s);
	IF time_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN
		RAISE EXCEPTION 'event_time column "%" has type %', s.event_time, time_type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'It must be timestamp with time zone, timestamp or date; a view over the source can convert it.';
	END IF;
	IF s.amount IS NOT NULL THEN
		PERFORM user_ops_internal.check_amount(s.source, s.amount);
	END IF;
	IF s.source_time_zone IS NOT NULL AND time_type <> 'timestamp'::regtype THEN
		RAISE EXCEPTION 'source_time_zone is for timestamp columns, and "%" has type %', s.event_time, time_type
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'Omit source_time_zone.';
	END IF;
	IF s.time_zone IS NOT NULL AND s.source_time_zone IS NULL AND time_type <> 'timestamptz'::regtype THEN
		RAISE EXCEPTION 'column "%" of type % is local as it stands', s.event_time, time_type
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = CASE WHEN time_type = 'date'::regtype THEN 'Omit time_zone.'
						 ELSE 'Omit time_zone, or say with source_time_zone what zone the column is in.' END;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_source(view_settings) IS
	'Errors, with a hint, for a source or columns that create_views cannot use';

CREATE FUNCTION user_ops_internal.settings_rules(s view_settings) RETURNS TABLE (argument text, given text, fits boolean, allowed text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100 ROWS 15
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT n.argument, n.given::text, n.given BETWEEN n.low AND n.high, format('a number from %s to %s', n.low, n.high)
	FROM (VALUES ('horizon_days', s.horizon_days, 1, 36500),
				 ('max_days', s.max_days, 0, 10000),
				 ('max_weeks', s.max_weeks, 0, 10000),
				 ('max_months', s.max_months, 0, 10000),
				 ('lost_days', s.lost_days, 0, 36500),
				 ('sleep_days', s.sleep_days, 0, 36500),
				 ('rfm_bins', s.rfm_bins, 2, 100)) AS n (argument, given, low, high)
	UNION ALL
	SELECT n.argument, n.given::text, n.given IS NULL OR n.given BETWEEN n.low AND n.high,
		   format('a number from %s to %s, or NULL %s', n.low, n.high, n.absent)
	FROM (VALUES ('history_days', s.history_days, 0, 36500, 'to keep it for ever; 0 keeps none'),
				 ('amount_decimals', s.amount_decimals, 0, 9, 'to take amounts as they are')) AS n (argument, given, low, high, absent)
	UNION ALL
	SELECT d.argument, d.given::text, d.given IS NULL OR d.given BETWEEN date '0001-01-01' AND date '9999-12-31',
		   'a date of the years 1 to 9999, or NULL ' || d.absent
	FROM (VALUES ('as_of', s.as_of, 'for the date of the last refresh'),
				 ('ignore_before', s.ignore_before, 'to count all rows')) AS d (argument, given, absent)
	UNION ALL
	SELECT 'changed_overlap', s.changed_overlap::text, s.changed_overlap BETWEEN interval '0' AND interval '1 year',
		   'an interval from 0 to 1 year: longer than any transaction that writes to the source'
	UNION ALL
	SELECT w.argument, quote_literal(w.given), w.given = ANY (w.words) OR w.given IS NULL AND w.absent,
		   'one of: ' || array_to_string(w.words, ', ') || CASE WHEN w.absent THEN '; or NULL' ELSE '' END
	FROM (VALUES ('week_start', s.week_start, '{monday,sunday}'::text[], false),
				 ('purchase_model', s.purchase_model, enum_range(NULL::user_ops.purchase_model_kind)::text[] || 'none'::text, false),
				 ('value_by', s.value_by, '{monetary,clv}', false),
				 ('labels', s.labels, '{english,chinese}', true)) AS w (argument, given, words, absent);
END $$;
COMMENT ON FUNCTION user_ops_internal.settings_rules(view_settings) IS
	'What each argument of create_views with a range may be: as given, whether that fits, and what is allowed';

CREATE FUNCTION user_ops_internal.check_target_schema(target_schema name) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF target_schema = '' OR target_schema ~ '^pg_' OR target_schema IN ('information_schema', 'user_ops') THEN
		RAISE EXCEPTION 'target_schema is "%"', target_schema
			USING ERRCODE = 'invalid_schema_name',
				  HINT = 'Give the name of a schema to make, which is not empty, does not begin with pg_ and is neither information_schema nor user_ops.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_target_schema(name) IS
	'3F000, with a hint, for a name under which create_views cannot make its schema';

CREATE FUNCTION user_ops_internal.check_settings(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	broken record;
BEGIN
	FOR broken IN SELECT r.argument, r.given, r.allowed FROM user_ops_internal.settings_rules(s) AS r WHERE r.fits IS NOT TRUE LOOP
		RAISE EXCEPTION '% is %', broken.argument, coalesce(broken.given, 'NULL')
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('Give %s.', broken.allowed);
	END LOOP;
	-- these raise their own errors
	PERFORM user_ops.local_date('2000-01-01 00:00Z', z)
	FROM unnest(ARRAY[s.time_zone, s.source_time_zone]) AS z WHERE z IS NOT NULL;
	PERFORM user_ops_internal.check_rfm_cuts(s);
	PERFORM user_ops_internal.check_value_tiers(s);
	PERFORM user_ops_internal.check_labels(s);
END $$;
COMMENT ON FUNCTION user_ops_internal.check_settings(view_settings) IS
	'Errors, with a hint, for arguments of create_views that are out of range';

CREATE FUNCTION user_ops_internal.check_breakdown(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	part name;
BEGIN
	FOREACH part IN ARRAY coalesce(s.breakdown, '{}') LOOP
		IF part IS NULL OR part <> ALL (coalesce(s.first_values, '{}')) OR cardinality(array_positions(s.breakdown, part)) > 1 THEN
			RAISE EXCEPTION 'breakdown names %, which is not in first_values, or twice', coalesce('"' || part || '"', 'NULL')
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = 'Give columns that first_values names too, each once: a breakdown is by a property of the user.';
		END IF;
		IF octet_length('retention_curve_month_by_' || part) > 63 THEN
			RAISE EXCEPTION 'the name of column "%" is too long for a breakdown', part
				USING ERRCODE = 'name_too_long',
					  HINT = 'Give a view as the source, in which it has a name of at most 38 bytes.';
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_breakdown(view_settings) IS
	'Errors, with a hint, for columns in breakdown that create_views cannot use';

CREATE FUNCTION user_ops_internal.reads_persons(relation regclass) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE read (relation) AS (
		SELECT relation::oid
		UNION
		SELECT d.refobjid FROM read JOIN pg_rewrite w ON w.ev_class = read.relation JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
	)
	SELECT EXISTS (
		SELECT FROM read JOIN pg_rewrite w ON w.ev_class = read.relation JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_proc'::regclass
		JOIN pg_proc p ON p.oid = d.refobjid
		WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname IN ('identity_map', 'stitched_user'));
END;
COMMENT ON FUNCTION user_ops_internal.reads_persons(regclass) IS
	'Whether a view, or one that it reads, says which ids are one person: then a row can become another user''s without being changed';

CREATE FUNCTION user_ops_internal.check_persons(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF (s.changed_at IS NOT NULL OR s.keep_history) AND user_ops_internal.reads_persons(s.source) THEN
		RAISE EXCEPTION '% cannot be given: % says which ids are one person', CASE WHEN s.keep_history THEN 'keep_history' ELSE 'changed_at' END, s.source
			USING ERRCODE = 'feature_not_supported',
				  HINT = CASE WHEN s.keep_history THEN 'Omit keep_history: days that have left the source could not follow an id to another person.'
						 ELSE 'Omit changed_at: a login gives rows to another person that do not change themselves.' END;
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_persons(view_settings) IS
	'0A000, with a hint, for arguments that a source in which rows change their users cannot have';

CREATE FUNCTION user_ops_internal.check_arguments(s view_settings) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	PERFORM user_ops_internal.check_settings(s);
	PERFORM user_ops_internal.check_source(s);
	PERFORM user_ops_internal.check_changed_at(s);
	PERFORM user_ops_internal.check_keep_history(s);
	PERFORM user_ops_internal.check_persons(s);
	PERFORM user_ops_internal.check_breakdown(s);
END $$;
COMMENT ON FUNCTION user_ops_internal.check_arguments(view_settings) IS
	'Errors, with a hint, for arguments that create_views cannot use';

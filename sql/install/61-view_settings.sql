-- What create_views was asked for, kept in the target schema's table settings.

CREATE TYPE view_settings AS (
	source regclass,
	user_id name,
	event_time name,
	amount name,
	time_zone text,
	source_time_zone text,
	week_start text,
	as_of date,
	horizon_days integer,
	max_days integer,
	max_weeks integer,
	max_months integer,
	stored boolean,
	lost_days integer,
	sleep_days integer,
	rfm_bins integer,
	rfm_recency integer[],
	rfm_frequency bigint[],
	rfm_monetary numeric[],
	rfm_ntile boolean,
	segment8_labels text[],
	changed_at name,
	changed_overlap interval,
	history_days integer,
	purchase_model text
);
COMMENT ON TYPE view_settings IS 'The arguments of create_views, as the table settings of its schema keeps them';

CREATE FUNCTION view_settings(target_schema name) RETURNS view_settings
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	s user_ops.view_settings;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = target_schema) THEN
		RAISE EXCEPTION 'schema "%" does not exist', target_schema
			USING ERRCODE = 'invalid_schema_name',
				  HINT = 'Make it with user_ops.create_views(source, user_id, event_time).';
	END IF;
	IF NOT user_ops.made_by_create_views(target_schema) THEN
		RAISE EXCEPTION 'schema "%" was not made by create_views', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = 'Give a schema that user_ops.create_views made.';
	END IF;
	EXECUTE format('SELECT * FROM %I.settings', target_schema) INTO STRICT s;
	RETURN s;
END $$;
COMMENT ON FUNCTION view_settings(name) IS
	'The settings of a schema made by create_views; 3F000 or 55000 if it is none';

CREATE FUNCTION made_by_create_views(target_schema name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = target_schema AND c.relname = 'settings'
		  AND c.reloftype = 'user_ops.view_settings'::regtype);
END;
COMMENT ON FUNCTION made_by_create_views(name) IS 'Whether a schema was made by create_views';

CREATE FUNCTION base_type(type regtype) RETURNS regtype
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE domains (made_of) AS (
		SELECT type::oid
		UNION ALL
		SELECT t.typbasetype FROM domains JOIN pg_type t ON t.oid = domains.made_of WHERE t.typtype = 'd'
	)
	SELECT d.made_of::regtype FROM domains AS d JOIN pg_type t ON t.oid = d.made_of WHERE t.typtype <> 'd';
END;
COMMENT ON FUNCTION base_type(regtype) IS 'What a domain is made of; any other type as it is';

CREATE FUNCTION equality_operator(type regtype) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the type's own, not the one a search_path finds: citext is not text
	SELECT format('OPERATOR(%I.%s)', coalesce(max(n.nspname), 'pg_catalog'), coalesce(max(o.oprname), '='))
	FROM pg_opclass c
	JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
	JOIN pg_amop p ON p.amopfamily = c.opcfamily AND p.amoplefttype = c.opcintype
		AND p.amoprighttype = c.opcintype AND p.amopstrategy = 3
	JOIN pg_operator o ON o.oid = p.amopopr
	JOIN pg_namespace n ON n.oid = o.oprnamespace
	WHERE c.opcdefault AND c.opcintype = user_ops.base_type(type);
END;
COMMENT ON FUNCTION equality_operator(regtype) IS
	'The equality operator of a type''s sort order, schema-qualified, for generated SQL';

-- The generated SQL.  Every identifier is quoted, every literal too.

-- Each tells how a row becomes part of an activity: arguments of activity_agg, or
-- behind the user of population_agg; and which rows count.

CREATE FUNCTION event_arguments(s view_settings) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('e.%I', s.event_time)
		|| CASE WHEN s.source_time_zone IS NULL THEN '' ELSE format(' AT TIME ZONE %L', s.source_time_zone) END
		|| CASE WHEN s.amount IS NULL THEN '' ELSE format(', e.%I', s.amount) END
		|| CASE WHEN s.time_zone IS NULL THEN '' ELSE format(', %L::text', s.time_zone) END;
END;
COMMENT ON FUNCTION event_arguments(view_settings) IS
	'SQL for the time, amount and zone of a row e of the source';

CREATE FUNCTION activity_query(s view_settings) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format(
		'SELECT e.%1$I AS user_id, user_ops.activity_agg(%2$s) FILTER (WHERE isfinite(e.%3$I)) AS activity
		 FROM %4$s AS e GROUP BY e.%1$I',
		s.user_id, user_ops.event_arguments(s), s.event_time, s.source);
END;
COMMENT ON FUNCTION activity_query(view_settings) IS
	'SQL that groups the source by user, so that a look-up of one user reads only his rows';

CREATE FUNCTION population_query(s view_settings, condition text DEFAULT '') RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format(
		'SELECT user_ops.population_agg(e.%1$I, %2$s) FILTER (WHERE isfinite(e.%3$I)) AS population,
			count(*) AS rows_read,
			count(*) FILTER (WHERE e.%1$I IS NULL OR isfinite(e.%3$I) IS NOT TRUE) AS left_out
		 FROM %4$s AS e %5$s',
		s.user_id, user_ops.event_arguments(s), s.event_time, s.source, condition);
END;
COMMENT ON FUNCTION population_query(view_settings, text) IS
	'SQL that makes the population of the source in one scan, and counts the rows read and left out; condition: a WHERE clause over a row e';

CREATE FUNCTION scan_query(s view_settings, condition text DEFAULT '') RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RETURN format(
		'WITH scan AS MATERIALIZED (%s)
		 SELECT (u.found).user_id, (u.found).activity, NULL::bigint AS rows_read, NULL::bigint AS left_out
		 FROM (SELECT user_ops.users(scan.population, NULL::%s) AS found FROM scan OFFSET 0) AS u
		 UNION ALL SELECT NULL, NULL, scan.rows_read, scan.left_out FROM scan',
		user_ops.population_query(s, condition), user_ops.column_type(s.source, s.user_id, 'user_id'));
END $$;
COMMENT ON FUNCTION scan_query(view_settings, text) IS
	'SQL for all users'' activities by one scan of the source, and a row without user that tells how many rows were read and left out';

CREATE FUNCTION as_of_expression(s view_settings, moment text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN s.as_of IS NULL
		   THEN format('(%s AT TIME ZONE %L)::date', moment, coalesce(s.time_zone, 'UTC'))
		   ELSE format('%L::date', to_char(s.as_of, 'YYYY-MM-DD BC')) END;
END;
COMMENT ON FUNCTION as_of_expression(view_settings, text) IS
	'SQL for the first day not observed: the one that was fixed, or the local date of a moment, an SQL expression';

CREATE FUNCTION purchase_fit(kind text, users text, as_of text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE kind WHEN 'none' THEN 'NULL::user_ops.purchase_model'
		   ELSE format('user_ops.purchase_model(%s, %s, %L::user_ops.purchase_model_kind)', users, as_of, kind) END;
END;
COMMENT ON FUNCTION purchase_fit(text, text, text) IS
	'SQL that fits this kind of purchase model, or none, to users, an activity or a population, as of a date; both are SQL';

CREATE FUNCTION basis_query(s view_settings, target_schema name, as_of text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	fitted text := format('user_ops.rfm_model(a.activity, d.as_of, %s)', s.rfm_bins);
BEGIN
	IF s.rfm_recency IS NOT NULL THEN
		-- the caller's cut points; the means still come from the users, rounded to
		-- where the next possible value is no nearer, so that comparing stays exact
		fitted := format(
			'(SELECT user_ops.make_rfm_model(%L::integer[], %L::bigint[], %s::numeric[],
				floor(max(m.mean) FILTER (WHERE m.dimension = ''recency'')),
				ceil(max(m.mean) FILTER (WHERE m.dimension = ''frequency'')),
				ceil(max(m.mean) FILTER (WHERE m.dimension = ''monetary'')
					* 10.0 ^ max(scale(user_ops.monetary(a.activity, d.as_of))))
					/ 10.0 ^ max(scale(user_ops.monetary(a.activity, d.as_of))))
			 FROM user_ops.rfm_means(user_ops.rfm_model(a.activity, d.as_of)) AS m)',
			s.rfm_recency, s.rfm_frequency, quote_nullable(s.rfm_monetary));
	END IF;
	-- an aggregate without GROUP BY has a row over no users too, and can run in parallel
	RETURN format(
		'SELECT d.as_of, m.rfm, m.typical_gap, m.purchase_model, m.spend_model
		 FROM (SELECT %s AS as_of) AS d
		 CROSS JOIN LATERAL (SELECT %s AS rfm, coalesce(user_ops.typical_gap(a.activity, d.as_of), 30) AS typical_gap,
								%s AS purchase_model, %s AS spend_model
							 FROM %I.activity AS a) AS m',
		as_of, fitted, user_ops.purchase_fit(s.purchase_model, 'a.activity', 'd.as_of'),
		CASE WHEN s.amount IS NULL OR s.purchase_model = 'none' THEN 'NULL::user_ops.spend_model'
			 ELSE 'user_ops.spend_model(a.activity, d.as_of)' END,
		target_schema);
END $$;
COMMENT ON FUNCTION basis_query(view_settings, name, text) IS
	'SQL that computes what depends on all users from the activities; as_of: an SQL expression';

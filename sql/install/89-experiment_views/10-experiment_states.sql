-- What add-ons experiment store: the moments of each metric, worked out from the stored
-- activities and the user's table of who was assigned to which arm, and when.
--
--	1. The day of a user is the local date of the first assignment; of assignments at one time
--	   the smallest variant, by its bytes, and of that the smallest properties.  Rows without
--	   user, variant or time, of as_of or later, or of ends or later, are not there.
--	2. The metrics count the days [day, day + within_days), their covariates
--	   [day - before_days, day).  Who was never active before the day has no covariate.
--	3. A user of several arms has crossed over: left out, or taken as the first says.
--	4. A user whose days are not over by as_of is open: left out of the metrics, or taken as
--	   far as they are.
--	5. Who did nothing counts with 0.

CREATE FUNCTION user_ops_internal.experiment_tables() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('experiment_states_{addon}',
		'The exact moments of each metric in each arm of an experiment: what its views are readings of',
		columns => ARRAY[
			['metric', 'The metric; of all who were assigned: assigned, a rate of who is open, and crossed_over, of who was assigned to several arms'],
			['dimension', 'Name of the property that users have in common; empty: all users'],
			['value', 'The property; NULL for users without it'],
			['moments', 'Users, sums and sums of products of the metric and its covariate in each arm']],
		body => '{states_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} metric text NOT NULL, dimension text NOT NULL, value text, moments user_ops.experiment NOT NULL)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('experiment_looks_{addon}',
		'The effects of an experiment as each refresh saw them',
		columns => ARRAY[
			['as_of', 'The first day not observed'],
			['metric', 'The metric'],
			['variant', 'The arm'],
			['users', 'Its users who were compared'],
			['effect', 'Its mean less that of the control'],
			['lower', 'Lower end of its interval'],
			['upper', 'Upper end of its interval'],
			['p_value', 'How likely so great an effect is by chance'],
			['mismatch', 'Whether the arms had not the users that they were meant to have']],
		body => '{looks_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} as_of date, metric text, variant text, users bigint NOT NULL,
				effect double precision, lower double precision, upper double precision, p_value double precision, mismatch boolean,
				PRIMARY KEY ({tenant_name,} as_of, metric, variant))$table$);
END;
COMMENT ON FUNCTION user_ops_internal.experiment_tables() IS
	'The tables of add-ons experiment';

CREATE FUNCTION user_ops_internal.has_one_row_a_user(assignments regclass, key name[]) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM pg_index i
		WHERE i.indrelid = assignments AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
		  AND ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = assignments AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])) <@ key);
END;
COMMENT ON FUNCTION user_ops_internal.has_one_row_a_user(regclass, name[]) IS
	'Whether a unique index lets a table have no two rows with the same values of these columns';

CREATE FUNCTION user_ops_internal.breakdown_parts(s view_settings, assignments regclass, breakdown name[]) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- what an assignment says of a user was true then; what the first event says, only of who had been there
	SELECT jsonb_build_object(
		'cell', coalesce(jsonb_agg(user_ops_internal.column_part(b.called) ORDER BY b.place), '[]'),
		'assigned_values', coalesce(string_agg(format(', x.%I::text AS %s', b.name, b.called), '' ORDER BY b.place) FILTER (WHERE b.of_assignments), ''),
		'assigned_order', coalesce(string_agg(format(', x.%I::text COLLATE "C"', b.name), '' ORDER BY b.place) FILTER (WHERE b.of_assignments), ''),
		'assigned_names', coalesce(string_agg(', x.' || b.called, '' ORDER BY b.place) FILTER (WHERE b.of_assignments), ''),
		'values', coalesce(string_agg(CASE WHEN b.of_assignments THEN ', x.' || b.called
									  ELSE format(', CASE WHEN user_ops.first_day(a.activity, x.day) IS NOT NULL THEN a.%I::text END AS %s', b.name, b.called) END, '' ORDER BY b.place), ''))
	FROM (SELECT n.name, n.place, ('value_' || n.place)::name AS called,
				 EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = assignments AND a.attname = n.name AND a.attnum > 0 AND NOT a.attisdropped) AS of_assignments
		  FROM unnest(breakdown) WITH ORDINALITY AS n (name, place)) AS b;
END;
COMMENT ON FUNCTION user_ops_internal.breakdown_parts(view_settings, regclass, name[]) IS
	'Parts that name the properties of users by which an experiment is broken down';

CREATE FUNCTION user_ops_internal.assigned_query(s view_settings, g jsonb, parts jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	assignments regclass := user_ops_internal.own_table(g, 'assignments');
BEGIN
	RETURN user_ops_internal.render($query$
		SELECT {x.tenant,} x.user_id, x.variant, x.day, {#unique}false{/unique}{^unique}x.crossed{/unique} AS crossed{assigned_names}
		FROM (
			SELECT {own_tenant}{own_user} AS user_id, x.{variant_column}::text COLLATE "C" AS variant, {own_day} AS day{assigned_values}
				{^unique}, min(x.{variant_column}::text COLLATE "C") OVER w <> max(x.{variant_column}::text COLLATE "C") OVER w AS crossed,
				row_number() OVER w AS place{/unique}
			FROM {own_table} AS x
			WHERE {own_counts} AND x.{variant_column} IS NOT NULL
				AND {own_day} < {observed_to}{#ends} AND {own_day} < {ends}{/ends}
			{^unique}WINDOW w AS (PARTITION BY x.{assigned_user}{own_by_tenant} ORDER BY {own_time}, x.{variant_column}::text COLLATE "C"{assigned_order}
				ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING){/unique}) AS x
		{^unique}WHERE x.place = 1{/unique}$query$, parts || user_ops_internal.own_parts(s, assignments, g ->> 'user_id', g ->> 'assigned_at', 'assigned_at', parts) || jsonb_build_object(
			'assigned_user', quote_ident(g ->> 'user_id'), 'variant_column', quote_ident(g ->> 'variant'),
			-- a view made now must be right when the index is gone
			'unique', s.stored AND user_ops_internal.has_one_row_a_user(assignments, array_remove(ARRAY[(g ->> 'user_id')::name, s.tenant], NULL))));
END $$;
COMMENT ON FUNCTION user_ops_internal.assigned_query(view_settings, jsonb, jsonb) IS
	'SQL for a row for each user who was assigned: the arm, the day, and whether there were several arms; 42P01, with a hint, if the assignments are gone';

-- What add-ons survey store: of each month the answers to one question, counted by score.
--
--	1. An answer counts on its local day.  Rows without a score or a finite time, of as_of or later,
--	   or that the condition does not want, are not there.
--	2. A score outside of the scale counts in nothing but off_scale.
--	3. Answers are counted, and not who gave them.

CREATE FUNCTION user_ops_internal.survey_tables() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('survey_states_{addon}',
		'The answers to one question in each month, by score: what the views of surveys are readings of',
		columns => ARRAY[
			['month', 'First day of the month'],
			['dimension', 'Name of the column that answers have in common; empty: all answers'],
			['segment', 'What that column says; NULL for answers without it'],
			['off_scale', 'Answers outside of the scale'],
			['counted', 'How many answers each score of the scale got']],
		body => '{states_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} month date NOT NULL, dimension text NOT NULL, segment text, off_scale bigint NOT NULL, counted user_ops.survey NOT NULL)$table$);
END;
COMMENT ON FUNCTION user_ops_internal.survey_tables() IS
	'The table of add-ons survey';

CREATE FUNCTION user_ops_internal.survey_states_query(parts jsonb, segments name[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		WITH cells AS MATERIALIZED (
			SELECT {x.tenant,} x.month{#segmented}, {x.segmented}{/segmented},
				count(*) FILTER (WHERE x.score NOT BETWEEN {low} AND {high}) AS off_scale,
				user_ops.survey(CASE WHEN x.score BETWEEN {low} AND {high} THEN x.score::integer END, {low}, {high}) AS counted
			FROM (
				SELECT {own_tenant}user_ops.period_start({own_day}, 'month') AS month, x.{score} AS score{segment_values}
				FROM {own_table} AS x
				WHERE {own_counts} AND x.{score} IS NOT NULL AND {own_day} < {observed_to}{#condition} AND ({condition}
				){/condition}) AS x
			GROUP BY {x.tenant,} x.month{#segmented}, {x.segmented}{/segmented})
		{of_dimensions}$query$, parts, jsonb_build_object(
			'segment_values', (SELECT coalesce(string_agg(format(', x.%I::text AS value_%s', n.name, n.place), '' ORDER BY n.place), '')
							   FROM unnest(segments) WITH ORDINALITY AS n (name, place)),
			'segmented', (SELECT coalesce(jsonb_agg(user_ops_internal.column_part(('value_' || n.place)::name) ORDER BY n.place), '[]')
						  FROM unnest(segments) WITH ORDINALITY AS n (name, place)),
			'of_dimensions', (
				SELECT string_agg(user_ops_internal.render($query$
					SELECT {c.tenant,} c.month, {dimension}::text AS dimension, {segment} AS segment, sum(c.off_scale)::bigint AS off_scale, user_ops.rollup(c.counted) AS counted
					FROM cells AS c
					GROUP BY {c.tenant,} c.month{#place}, {segment}{/place}$query$, parts, jsonb_build_object('dimension', quote_literal(d.name), 'place', d.place > 0,
						'segment', CASE WHEN d.place = 0 THEN 'NULL::text' ELSE 'c.value_' || d.place END)), ' UNION ALL ' ORDER BY d.place)
				FROM (SELECT '' AS name, 0 AS place UNION ALL SELECT n.name, n.place FROM unnest(segments) WITH ORDINALITY AS n (name, place)) AS d)));
END;
COMMENT ON FUNCTION user_ops_internal.survey_states_query(jsonb, name[]) IS
	'SQL for what a survey stores: of all answers of each month, and of those with each value of a column, how many each score got';

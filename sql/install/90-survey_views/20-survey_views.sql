-- The add-ons survey: how satisfied they are.  All views are readings of what is stored.

CREATE FUNCTION user_ops_internal.survey_readings() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT ARRAY[
		['nps', 'Net promoter score, from -100 to 100: the share of promoters less that of detractors, times 100. This, its interval and the three counts are NULL where the scale is not from 0 to 10'],
		['nps_lower', 'Lower end of its 95 % interval'],
		['nps_upper', 'Upper end of it'],
		['promoters', 'Answers of 9 and 10'],
		['passives', 'Answers of 7 and 8'],
		['detractors', 'Answers of 0 to 6'],
		['top_box', 'Share of the answers that gave one of the highest scores, the two highest unless asked otherwise: the customer satisfaction score (CSAT)'],
		['top_box_lower', 'Lower end of its 95 % interval'],
		['top_box_upper', 'Upper end of it'],
		['mean', 'Mean of the scores: the customer effort score (CES)'],
		['mean_lower', 'Lower end of its 95 % interval; NULL below two answers'],
		['mean_upper', 'Upper end of it']];
END;
COMMENT ON FUNCTION user_ops_internal.survey_readings() IS
	'The columns that say what answers say, in the order of the part readings';

CREATE FUNCTION user_ops_internal.survey_differences(others text) RETURNS text[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT ARRAY[
		['nps_difference', format('nps less that of %s', others)],
		['nps_difference_lower', 'Lower end of the 95 % interval of the difference'],
		['nps_difference_upper', 'Upper end of it'],
		['nps_p', 'How likely so great a difference is by chance'],
		['top_box_difference', format('top_box less that of %s', others)],
		['top_box_difference_lower', 'Lower end of the 95 % interval of the difference'],
		['top_box_difference_upper', 'Upper end of it'],
		['top_box_p', 'How likely so great a difference is by chance']];
END;
COMMENT ON FUNCTION user_ops_internal.survey_differences(text) IS
	'The columns that compare answers with others, in the order of the part differences';

CREATE FUNCTION user_ops_internal.survey_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT t FROM user_ops_internal.survey_tables() AS t
	UNION ALL
	SELECT user_ops_internal.define_view('survey_month',
		'How satisfied are they, month by month, and is that better than the month before',
		columns => ARRAY[
			['survey', 'Name of the survey'],
			['month', 'First day of the month; one without answers has no row'],
			['answers', 'Answers on the scale'],
			['off_scale', 'Answers outside of it, which count in nothing else']]
			|| user_ops_internal.survey_readings() || user_ops_internal.survey_differences('the month before, NULL where that has no answers') || ARRAY[
			['complete', 'Whether the month was over at as_of']],
		body => $view$
			SELECT {m.tenant,} {name} AS survey, m.month, t.n AS answers, m.off_scale, {readings}, {differences}, m.complete
			FROM (
				SELECT s.*, (s.month + interval '1 month')::date <= {observed_to} AS complete,
					(SELECT b.counted FROM {states} AS b WHERE b.dimension = '' AND b.month = (s.month - interval '1 month')::date AND {b.tenant = s.tenant}) AS others
				FROM {states} AS s
				WHERE s.dimension = '') AS m
			{read}{compare}$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('survey_scores',
		'How many gave each score, month by month',
		columns => ARRAY[
			['survey', 'Name of the survey'],
			['month', 'First day of the month'],
			['score', 'The score; each of the scale is listed'],
			['answers', 'Answers with it'],
			['share', 'Their share of the answers of the month; NULL without any'],
			['lower', 'Lower end of its 95 % interval; those of all scores of a month hold at once'],
			['upper', 'Upper end of it'],
			['complete', 'Whether the month was over at as_of']],
		body => $view$
			SELECT {s.tenant,} {name} AS survey, s.month, c.score, c.answers, c.share, c.lower, c.upper, (s.month + interval '1 month')::date <= {observed_to} AS complete
			FROM {states} AS s
			CROSS JOIN LATERAL user_ops.score_shares(s.counted) AS c
			WHERE s.dimension = ''$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#segments}survey_segments{/segments}',
		'Who is satisfied: the answers of the last months with each value of a column, against all others',
		columns => ARRAY[
			['survey', 'Name of the survey'],
			['dimension', 'The column'],
			['segment', 'What it says; NULL for answers without it'],
			['answers', 'Answers on the scale, of the last months that were over at as_of, and of the running one']]
			|| user_ops_internal.survey_readings() || user_ops_internal.survey_differences('all other answers, NULL where there are none') || ARRAY[
			['p_holm', 'nps_p, or without a net promoter score top_box_p, for all segments of the survey together, by Holm']],
		body => $view$
			SELECT {h.tenant,} {name} AS survey, h.dimension, h.segment, h.answers, {names}, h.p_holm
			FROM (
				SELECT c.*, (user_ops.adjust_p(array_agg(c.p) OVER in_order, 'holm'))[row_number() OVER in_order] AS p_holm
				FROM (
					SELECT {m.tenant,} m.dimension, m.segment, t.n AS answers, {readings}, {differences}, {p} AS p
					FROM (
						SELECT g.*, user_ops.merge(user_ops.rollup(g.counted) OVER upwards, user_ops.rollup(g.counted) OVER downwards) AS others
						FROM (
							SELECT {s.tenant,} s.dimension, s.segment, user_ops.rollup(s.counted) AS counted
							FROM {states} AS s
							WHERE s.dimension <> ''{#recent} AND s.month >= {recent}{/recent}
							GROUP BY {s.tenant,} s.dimension, s.segment) AS g
						WINDOW upwards AS (PARTITION BY {g.tenant,} g.dimension ORDER BY g.segment COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
							downwards AS (PARTITION BY {g.tenant,} g.dimension ORDER BY g.segment COLLATE "C" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS m
					{read}{compare}) AS c
				WINDOW in_order AS ({PARTITION BY c.tenant} ORDER BY c.dimension, c.segment COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS h$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#segments}survey_month_segments{/segments}',
		'Who is satisfied, month by month: the answers with each value of a column',
		columns => ARRAY[
			['survey', 'Name of the survey'],
			['month', 'First day of the month'],
			['dimension', 'The column'],
			['segment', 'What it says; NULL for answers without it'],
			['answers', 'Answers on the scale'],
			['off_scale', 'Answers outside of it, which count in nothing else']]
			|| user_ops_internal.survey_readings() || ARRAY[
			['complete', 'Whether the month was over at as_of']],
		body => $view$
			SELECT {m.tenant,} {name} AS survey, m.month, m.dimension, m.segment, t.n AS answers, m.off_scale, {readings}, (m.month + interval '1 month')::date <= {observed_to} AS complete
			FROM {states} AS m
			{read}
			WHERE m.dimension <> ''$view$);
END;
COMMENT ON FUNCTION user_ops_internal.survey_views() IS
	'The table and the views of add-ons survey';

CREATE FUNCTION user_ops_internal.survey_reading_parts(parts jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- of a row m with the answers counted, and of others that they are compared with
	SELECT jsonb_build_object(
		'readings', user_ops_internal.render('{#nps}n.nps, n.lower AS nps_lower, n.upper AS nps_upper, n.promoters, n.passives, n.detractors{/nps}'
			'{^nps}NULL::double precision AS nps, NULL::double precision AS nps_lower, NULL::double precision AS nps_upper, NULL::bigint AS promoters, NULL::bigint AS passives, NULL::bigint AS detractors{/nps}, '
			't.share AS top_box, t.lower AS top_box_lower, t.upper AS top_box_upper, e.mean, e.lower AS mean_lower, e.upper AS mean_upper', parts),
		'differences', user_ops_internal.render('{#nps}d.difference AS nps_difference, d.lower AS nps_difference_lower, d.upper AS nps_difference_upper, d.p_value AS nps_p{/nps}'
			'{^nps}NULL::double precision AS nps_difference, NULL::double precision AS nps_difference_lower, NULL::double precision AS nps_difference_upper, NULL::double precision AS nps_p{/nps}, '
			'r.effect AS top_box_difference, r.lower AS top_box_difference_lower, r.upper AS top_box_difference_upper, r.p_value AS top_box_p', parts),
		'read', user_ops_internal.render('CROSS JOIN LATERAL user_ops.top_box(m.counted, {boxes}) AS t CROSS JOIN LATERAL user_ops.mean_score(m.counted) AS e'
			'{#nps} CROSS JOIN LATERAL user_ops.nps(m.counted) AS n{/nps}', parts),
		'compare', user_ops_internal.render(' CROSS JOIN LATERAL user_ops.top_box(m.others, {boxes}) AS o CROSS JOIN LATERAL user_ops.rate_difference(o.top, o.n, t.top, t.n) AS r'
			'{#nps} CROSS JOIN LATERAL user_ops.nps_difference(m.others, m.counted) AS d{/nps}', parts),
		'p', user_ops_internal.render('{#nps}d{/nps}{^nps}r{/nps}.p_value', parts),
		'names', (SELECT string_agg('h.' || c.columns[i][1], ', ' ORDER BY i)
				  FROM (SELECT user_ops_internal.survey_readings() || user_ops_internal.survey_differences('') AS columns) AS c
				  CROSS JOIN LATERAL generate_subscripts(c.columns, 1) AS i));
END;
COMMENT ON FUNCTION user_ops_internal.survey_reading_parts(jsonb) IS
	'Parts that read the answers of a row m, and compare them with others';

CREATE FUNCTION user_ops_internal.survey_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	parts := parts || user_ops_internal.own_parts(s, user_ops_internal.own_table(g, 'answers'), NULL, g ->> 'answered_at', 'answered_at') || jsonb_build_object(
		'observed_to', user_ops_internal.observed_to(s, parts),
		'states', format('%s.%I', parts ->> 'schema', 'survey_states_' || a.name),
		'score', quote_ident(g ->> 'score'), 'low', g -> 'low', 'high', g -> 'high', 'boxes', g -> 'boxes',
		'condition', g ->> 'condition',
		'nps', (g ->> 'low', g ->> 'high') = ('0', '10'));
	parts := parts || user_ops_internal.survey_reading_parts(parts) || jsonb_build_object(
		'recent', CASE WHEN g ->> 'months' IS NOT NULL
				  THEN user_ops_internal.render('(user_ops.period_start({observed_to}, ''month'') - {n_months} * interval ''1 month'')::date', parts, jsonb_build_object('n_months', g -> 'months')) END);
	RETURN parts || jsonb_build_object('states_query', user_ops_internal.survey_states_query(parts, user_ops_internal.array_of(g -> 'segments')));
END $$;
COMMENT ON FUNCTION user_ops_internal.survey_parts(view_settings, addon, jsonb) IS
	'The parts of an add-on survey: what it reads, its scale, and the query of its table';

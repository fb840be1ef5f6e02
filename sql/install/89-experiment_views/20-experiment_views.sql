-- The add-ons experiment: did it help.  All views are readings of what is stored.

CREATE FUNCTION user_ops_internal.experiment_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 7
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT t FROM user_ops_internal.experiment_tables() AS t
	UNION ALL
	SELECT user_ops_internal.define_view('experiment_arms',
		'Who was assigned to what in each experiment, and are there as many as were meant to be',
		columns => ARRAY[
			['experiment', 'Name of the experiment'],
			['variant', 'The arm'],
			['users', 'Users who were assigned to it; without those who crossed over, where these are left out'],
			['open_users', 'Of these, users whose window reaches as_of: they are not compared yet, unless they were asked for'],
			['crossed_over', 'Users first assigned to it, and to another arm too'],
			['sample_ratio_p', 'How likely it is that chance alone gave the arms so unequal numbers of users, against the weights that were meant'],
			['mismatch', 'Whether that is below 0.001: then assignment or data are wrong, and no effect of the experiment is to be read; NULL below 100 users']],
		body => $view$
			SELECT {r.tenant,} {name} AS experiment, c.variant, coalesce(o.users, 0) AS users, coalesce(o.total, 0)::bigint AS open_users, c.total::bigint AS crossed_over,
				r.sample_ratio_p, r.mismatch
			FROM ({all_assigned}) AS r
			CROSS JOIN LATERAL user_ops.arms(r.crossed_over) AS c
			LEFT JOIN LATERAL user_ops.arms(r.assigned) AS o ON o.variant = c.variant$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('experiment_results',
		'Did it help: each metric of each arm against the control',
		columns => ARRAY[
			['experiment', 'Name of the experiment'],
			['metric', 'active_days, events, purchases, revenue: means; converted, with a purchase, and retained, active from the 8th day on: rates; revenue_per_purchase: a ratio of sums'],
			['variant', 'The arm'],
			['users', 'Its users who were compared'],
			['mean', 'Mean, rate or ratio of the arm over the window; adjusted where the metric is'],
			['control_mean', 'That of the control'],
			['effect', 'mean less control_mean. Under a mismatch it is not to be read'],
			['lower', 'Lower end of the 95 % interval of the effect'],
			['upper', 'Upper end of it'],
			['p_value', 'How likely so great an effect is by chance; of fixed inference for one look, of sequential for any number of them'],
			['p_holm', 'p_value for all metrics and arms of the experiment together, by Holm'],
			['lift', 'effect by control_mean'],
			['lift_lower', 'Lower end of the 95 % interval of the lift; NULL where the control is not clearly above 0'],
			['lift_upper', 'Upper end of it'],
			['adjusted', 'Whether the same metric of the days before assignment was taken out (CUPED)'],
			['inference', 'fixed: for one look, at a time settled before; sequential: for any look'],
			['std_error', 'Standard error of the effect'],
			['variance_ratio', 'What the adjustment left of its variance, about 1 - the square of the correlation with the days before'],
			['detectable_effect', 'The smallest effect that one fixed look at so many users sees in 80 of 100 experiments'],
			['mismatch', 'Whether the arms have not the users that they were meant to have: then no effect is to be read'],
			['complete', 'Whether the window of all users is over, and nobody is assigned any more']],
		body => $view$
			SELECT {r.tenant,} {name} AS experiment, r.metric, r.variant, r.users, r.mean, r.control_mean, r.effect, r.lower, r.upper, r.p_value, r.p_holm,
				r.lift, r.lift_lower, r.lift_upper, r.variance_ratio IS NOT NULL AS adjusted, {inference}::text AS inference, r.std_error, r.variance_ratio,
				CASE WHEN r.std_error > 0 THEN user_ops.detectable_mean(r.std_error / sqrt(1.0::double precision / r.users + 1.0::double precision / r.control_users), r.control_users, r.users) END AS detectable_effect,
				r.mismatch, r.complete
			FROM (
				SELECT c.*, (user_ops.adjust_p(array_agg(c.p_value) OVER in_order, 'holm'))[row_number() OVER in_order] AS p_holm
				FROM ({comparisons}) AS c
				WHERE c.dimension = ''
				WINDOW in_order AS ({PARTITION BY c.tenant} ORDER BY c.metric, c.variant COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS r$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#breakdown}experiment_segments{/breakdown}',
		'Whom did it help: each effect by what users were before they were assigned',
		columns => ARRAY[
			['experiment', 'Name of the experiment'],
			['metric', 'The metric'],
			['dimension', 'The property'],
			['value', 'What the users have in common; NULL for those without it, or not there before'],
			['variant', 'The arm'],
			['users', 'Its users who were compared'],
			['effect', 'Mean of these users less that of those of the control'],
			['lower', 'Lower end of its 95 % interval'],
			['upper', 'Upper end of it'],
			['p_value', 'How likely so great an effect is by chance'],
			['p_benjamini_hochberg', 'p_value for all segments, metrics and arms of the experiment together: of those below 0.05 about 5 % are false alarms'],
			['heterogeneity_p', 'How likely it is that chance alone made the effects of the values of this property so different'],
			['mismatch', 'Whether the arms have not the users that they were meant to have: then no effect is to be read']],
		body => $view$
			SELECT {r.tenant,} {name} AS experiment, r.metric, r.dimension, r.value, r.variant, r.users, r.effect, r.lower, r.upper, r.p_value, r.p_benjamini_hochberg,
				(user_ops.heterogeneity(r.effects, r.std_errors)).p_value AS heterogeneity_p, r.mismatch
			FROM (
				SELECT c.*, (user_ops.adjust_p(array_agg(c.p_value) OVER in_order, 'benjamini_hochberg'))[row_number() OVER in_order] AS p_benjamini_hochberg,
					array_agg(c.effect) OVER of_property AS effects, array_agg(c.std_error) OVER of_property AS std_errors
				FROM ({comparisons}) AS c
				WHERE c.dimension <> ''
				WINDOW in_order AS ({PARTITION BY c.tenant} ORDER BY c.metric, c.dimension, c.value, c.variant COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
					of_property AS (PARTITION BY {c.tenant,} c.metric, c.dimension, c.variant ORDER BY c.value ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS r$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('experiment_days',
		'How did the effects come about: as each refresh saw them, a set of rows for each as_of',
		columns => ARRAY[
			['experiment', 'Name of the experiment'],
			['as_of', 'The first day not observed by that look'],
			['metric', 'The metric'],
			['variant', 'The arm'],
			['users', 'Its users who were compared'],
			['effect', 'Its mean less that of the control'],
			['lower', 'Lower end of its 95 % interval'],
			['upper', 'Upper end of it'],
			['p_value', 'How likely so great an effect is by chance; of fixed inference only one of these looks may be read'],
			['always_valid_p', 'The smallest p_value so far, where inference is sequential: with it one may stop at any look; else NULL'],
			['mismatch', 'Whether the arms had not the users that they were meant to have']],
		body => $view$
			SELECT {d.tenant,} {name} AS experiment, d.as_of, d.metric, d.variant, d.users, d.effect, d.lower, d.upper, d.p_value,
				CASE WHEN {inference}::text = 'sequential' THEN d.lowest_p END AS always_valid_p, d.mismatch
			FROM (
				SELECT l.*, min(l.p_value) OVER (PARTITION BY {l.tenant,} l.metric, l.variant ORDER BY l.as_of) AS lowest_p
				FROM {looks} AS l) AS d$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('campaign_lift',
		'What did a campaign bring: its effect times the users who were assigned to it, against its cost',
		columns => ARRAY[
			['experiment', 'Name of the experiment'],
			['variant', 'The arm'],
			['treated', 'Its users who were compared, whether the campaign reached them or not'],
			['incremental_converters', 'Buyers there are more for it, estimated; NULL without amounts'],
			['incremental_revenue', 'What they brought more for it, estimated'],
			['lower', 'Lower end of the 95 % interval of incremental_revenue'],
			['upper', 'Upper end of it'],
			['cost', 'What it cost, as it was given'],
			['net_revenue', 'incremental_revenue less cost'],
			['return_on_cost', 'incremental_revenue for each unit of cost'],
			['cost_per_converter', 'Cost of each buyer there is more; NULL where there are none'],
			['mismatch', 'Whether the arms have not the users that they were meant to have: then nothing of it is to be read'],
			['complete', 'Whether the window of all users is over, and nobody is assigned any more: before, revenue lacks what cost has']],
		body => $view$
			SELECT {l.tenant,} {name} AS experiment, l.variant, l.treated, l.incremental_converters, l.incremental_revenue, l.lower, l.upper, l.cost,
				l.incremental_revenue - l.cost AS net_revenue,
				l.incremental_revenue / nullif(l.cost, 0) AS return_on_cost,
				CASE WHEN l.incremental_converters > 0 THEN l.cost / l.incremental_converters END AS cost_per_converter,
				l.mismatch, l.complete
			FROM (
				SELECT {c.tenant,} c.variant, c.users AS treated, c.mismatch, c.complete, ({costs} ->> c.variant)::double precision AS cost,
					max(c.effect * c.users) FILTER (WHERE c.metric = 'converted') AS incremental_converters,
					max(c.effect * c.users) FILTER (WHERE c.metric = 'revenue') AS incremental_revenue,
					max(c.lower * c.users) FILTER (WHERE c.metric = 'revenue') AS lower,
					max(c.upper * c.users) FILTER (WHERE c.metric = 'revenue') AS upper
				FROM ({comparisons}) AS c
				WHERE c.dimension = '' AND c.metric IN ('active_days', 'converted', 'revenue')
				GROUP BY {c.tenant,} c.variant, c.users, c.mismatch, c.complete) AS l$view$);
END;
COMMENT ON FUNCTION user_ops_internal.experiment_views() IS
	'What add-ons experiment make';

CREATE FUNCTION user_ops_internal.all_assigned_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- of an arm without a weight nobody was expected: that is no chance
	SELECT user_ops_internal.render($query$
		SELECT {w.tenant,} w.crossed_over, w.assigned, w.open_users = 0{#ends} AND {ends} <= {observed_to}{/ends} AS complete,
			CASE WHEN w.known THEN (w.ratio).p_value ELSE 0 END AS sample_ratio_p, CASE WHEN w.known THEN (w.ratio).mismatch ELSE true END AS mismatch
		FROM (
			SELECT k.*, user_ops.sample_ratio(CASE WHEN k.known THEN k.assigned END, {weighed}, {weights}) AS ratio
			FROM (
				SELECT {s.tenant,} s.moments AS crossed_over, o.moments AS assigned,
					(SELECT coalesce(sum(a.total), 0) FROM user_ops.arms(o.moments) AS a) AS open_users,
					{#weighs}NOT EXISTS (SELECT FROM user_ops.arms(o.moments) AS a WHERE a.variant <> ALL ({weighed})){/weighs}{^weighs}true{/weighs} AS known
				FROM {states} AS s LEFT JOIN {states} AS o ON o.metric = 'assigned' AND o.dimension = '' AND {o.tenant = s.tenant}
				WHERE s.metric = 'crossed_over' AND s.dimension = '' OFFSET 0) AS k OFFSET 0) AS w$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.all_assigned_query(jsonb) IS
	'SQL for a row for each tenant: who was assigned, and whether that is as it was meant';

CREATE FUNCTION user_ops_internal.comparisons_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- compare wants the control to be there, which it is not in each segment
	SELECT user_ops_internal.render($query$
		SELECT {s.tenant,} s.metric, s.dimension, s.value, x.variant, x.users, x.mean, x.control_mean, x.effect, x.std_error, x.lower, x.upper, x.p_value,
			x.lift, x.lift_lower, x.lift_upper, x.variance_ratio, k.users AS control_users, r.mismatch, r.complete
		FROM {states} AS s
		JOIN ({all_assigned}) AS r ON {r.tenant = s.tenant}
		CROSS JOIN LATERAL (SELECT a.users FROM user_ops.arms(s.moments) AS a WHERE a.variant = {control}) AS k
		CROSS JOIN LATERAL user_ops.compare(CASE WHEN k.users > 0 THEN s.moments END, {control}, {adjust}, {inference}, tightest_at => {tightest_at}) AS x
		WHERE s.metric NOT IN ('assigned', 'crossed_over')$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.comparisons_query(jsonb) IS
	'SQL for each arm against the control: a row for each metric, of all users and of those with each property';

CREATE FUNCTION user_ops_internal.experiment_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	weighed text[] := ARRAY(SELECT w.key FROM jsonb_each_text(nullif(g -> 'weights', 'null')) AS w ORDER BY w.key COLLATE "C");
	breakdown name[] := user_ops_internal.array_of(g -> 'breakdown');
BEGIN
	parts := parts || user_ops_internal.breakdown_parts(s, to_regclass(g ->> 'assignments'), breakdown) || jsonb_build_object(
		'observed_to', user_ops_internal.observed_to(s, parts),
		'states', format('%s.%I', parts ->> 'schema', 'experiment_states_' || a.name),
		'looks', format('%s.%I', parts ->> 'schema', 'experiment_looks_' || a.name),
		'within_days', g -> 'within_days', 'before_days', g -> 'before_days',
		'ends', CASE WHEN g ->> 'ends' IS NOT NULL THEN format('%L::date', g ->> 'ends') END,
		'winsorize', g -> 'winsorize',
		'counted', CASE g ->> 'crossed' WHEN 'exclude' THEN 'NOT u.crossed' ELSE 'true' END,
		'control', quote_literal(g ->> 'control'),
		'weighs', weighed <> '{}',
		'weighed', format('%L::text[]', nullif(weighed, '{}')),
		'weights', format('%L::double precision[]', nullif(ARRAY(SELECT (g -> 'weights' ->> w.variant)::double precision FROM unnest(weighed) WITH ORDINALITY AS w (variant, place) ORDER BY w.place), '{}')),
		'adjust', CASE WHEN g ->> 'before_days' = '0' THEN '''none''' ELSE '''cuped''' END || '::user_ops.experiment_adjust',
		'inference', format('%L::user_ops.experiment_inference', g ->> 'inference'),
		'tightest_at', format('%L::bigint', g ->> 'tightest_at'),
		'costs', format('%L::jsonb', g ->> 'costs'));
	parts := parts || jsonb_build_object('assigned_query', user_ops_internal.assigned_query(s, g, parts), 'open', user_ops_internal.render('u.day + {within_days} > {observed_to}', parts));
	parts := parts || jsonb_build_object('compared', (parts ->> 'counted') || CASE g ->> 'open' WHEN 'exclude' THEN format(' AND NOT (%s)', parts ->> 'open') ELSE '' END);
	parts := parts || jsonb_build_object('all_assigned', user_ops_internal.all_assigned_query(parts));
	parts := parts || jsonb_build_object('comparisons', user_ops_internal.comparisons_query(parts), 'states_query', user_ops_internal.experiment_states_query(parts, breakdown));
	RETURN parts || jsonb_build_object('looks_query', user_ops_internal.render($query$
		SELECT {c.tenant,} {observed_to} AS as_of, c.metric, c.variant, c.users, c.effect, c.lower, c.upper, c.p_value, c.mismatch
		FROM ({comparisons}) AS c
		WHERE c.dimension = ''$query$, parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.experiment_parts(view_settings, addon, jsonb) IS
	'The parts of an add-on experiment: its windows, whom it counts, and the queries of its tables';

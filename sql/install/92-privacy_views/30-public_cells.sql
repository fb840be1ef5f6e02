-- Which cells of which views can be published, and how those of few people are hidden in them.

CREATE TYPE user_ops_internal.public_view AS (
	object text,       -- as its definition names it
	people name,       -- the column that counts the people of a row
	keys name[],       -- columns that say what a row is about: they stay
	pairs text[],      -- part/base: columns that count people of whom another column counts all
	others name[],     -- columns that count other people
	line name[],       -- keys within which the rows' people add up to a total that is published; NULL: they do not
	nested name,       -- a key in whose order each row's people are some of those of the row before
	sums name[],       -- columns that add up to people
	cumulative name[], -- columns from whose differences hidden rows can be worked out
	personal name[],   -- columns that are left out: of a single person, or such that other rows tell what is hidden
	rates text[],      -- rate*base: columns that are a share of people of whom another column counts all
	share name,        -- the share that the people are of others, who are so shown
	waning name,       -- a key in whose order rows have ever fewer people, and no column compares two of them
	behind name,       -- a key in whose order the people of the row before are those of two columns of sums and others
	cohorts boolean    -- whether a row of few people is left out
);
COMMENT ON TYPE user_ops_internal.public_view IS
	'How a view is published: all columns that are not named are measures, such as money and rates, which go with the people';

CREATE FUNCTION user_ops_internal.publish(object text, people name, keys name[], pairs text[] DEFAULT '{}', others name[] DEFAULT '{}', line name[] DEFAULT NULL,
		nested name DEFAULT NULL, sums name[] DEFAULT '{}', cumulative name[] DEFAULT '{}', personal name[] DEFAULT '{}', cohorts boolean DEFAULT false,
		rates text[] DEFAULT '{}', share name DEFAULT NULL, waning name DEFAULT NULL, behind name DEFAULT NULL) RETURNS public_view
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT object, people, keys, pairs, others, line, nested, sums, cumulative, personal, rates, share, waning, behind, cohorts;
END;
COMMENT ON FUNCTION user_ops_internal.publish(text, name, name[], text[], name[], name[], name, name[], name[], name[], boolean, text[], name, name, name) IS
	'How a view is published, by name';

-- A view that is not here is not published: of people, of the running of the house, or such that hidden cells could be
-- worked out from it, as from the life table survival_second_purchase.
CREATE FUNCTION user_ops_internal.public_views() RETURNS SETOF public_view
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 40
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.publish('rfm_segments', 'users', '{segment}', line => '{}')
	UNION ALL SELECT user_ops_internal.publish('rfm_grid', 'users', '{r_score,f_score}', line => '{}')
	UNION ALL SELECT user_ops_internal.publish('value_tiers', 'users', '{tier}', line => '{}', personal => '{min_value,max_value}')
	UNION ALL SELECT user_ops_internal.publish('churn_bands', 'users', '{band}', line => '{}')
	UNION ALL SELECT user_ops_internal.publish('kpis_day', 'dau', '{day}', '{dau/wau,wau/mau,new_users/dau,paying_users/dau}', personal => '{average_stickiness}')
	UNION ALL SELECT user_ops_internal.publish('lifecycle_{period}', 'active_users', '{period_start,complete}', others => '{dormant_users}', sums => '{new_users,returning_users,resurrected_users}', behind => 'period_start')
	UNION ALL SELECT user_ops_internal.publish('engagement_28d', 'users', '{active_days}', line => '{}', cumulative => '{users_at_least,share_at_least}')
	UNION ALL SELECT user_ops_internal.publish('stickiness_{period}', 'users', '{period_start,active_days}', line => '{period_start}', cumulative => '{users_at_least,share_at_least}')
	UNION ALL SELECT user_ops_internal.publish('retention_{period}', 'cohort_size', '{cohort,period_number,complete}', '{retained_users/cohort_size}', cohorts => true)
	UNION ALL SELECT user_ops_internal.publish('retention_curve_{period}', 'eligible_users', '{period_number}', '{retained_users/eligible_users}', waning => 'period_number')
	UNION ALL SELECT user_ops_internal.publish('ltv_month', 'cohort_size', '{cohort,period_number,complete}', cohorts => true)
	UNION ALL SELECT user_ops_internal.publish('revenue_retention_month', 'cohort_size', '{cohort,period_number,complete}', cohorts => true)
	UNION ALL SELECT user_ops_internal.publish('repeat_purchase', 'buyers', '{}', '{repeat_buyers/buyers}')
	UNION ALL SELECT user_ops_internal.publish('purchase_gaps', 'users', '{from_days,to_days}', line => '{}')
	UNION ALL SELECT user_ops_internal.publish('models', 'users', '{model,parameter,status,fitted_at}')
	UNION ALL SELECT user_ops_internal.publish('churn_calibration', 'users', '{decile,churn_method}', '{actual_active/users}')
	UNION ALL SELECT user_ops_internal.publish('segment_history', 'users', '{as_of,segment,life_stage}', line => '{as_of}')
	UNION ALL SELECT user_ops_internal.publish('funnels', 'users', '{name,step,label}', others => '{open_users}', nested => 'step')
	UNION ALL SELECT user_ops_internal.publish('{#breakdown}funnel_segments{/breakdown}', 'users', '{name,segment,step,label}', others => '{open_users}', line => '{name,step}', nested => 'step')
	UNION ALL SELECT user_ops_internal.publish('paths', 'users', '{name,depth,source,target}', personal => '{sessions}')
	UNION ALL SELECT user_ops_internal.publish('sessions_day', 'users', '{name,day,complete}', rates => '{single_event_rate*sessions}')
	UNION ALL SELECT user_ops_internal.publish('attribution', 'conversions', '{name,model,channel}', line => '{name,model}')
	UNION ALL SELECT user_ops_internal.publish('experiment_arms', 'users', '{experiment,variant,mismatch}', '{open_users/users}', others => '{crossed_over}', personal => '{sample_ratio_p}')
	UNION ALL SELECT user_ops_internal.publish('experiment_results', 'users', '{experiment,metric,variant,adjusted,inference,mismatch,complete}', rates => '{mean*users}')
	UNION ALL SELECT user_ops_internal.publish('{#breakdown}experiment_segments{/breakdown}', 'users', '{experiment,metric,dimension,value,variant,mismatch}', line => '{experiment,metric,dimension,variant}')
	UNION ALL SELECT user_ops_internal.publish('experiment_days', 'users', '{experiment,as_of,metric,variant,mismatch}')
	UNION ALL SELECT user_ops_internal.publish('campaign_lift', 'treated', '{experiment,variant,mismatch,complete}')
	UNION ALL SELECT user_ops_internal.publish('points_month', 'users_earning', '{month,complete}', others => '{users_spending}')
	UNION ALL SELECT user_ops_internal.publish('points_expiring', 'users', '{expires_on}')
	UNION ALL SELECT user_ops_internal.publish('tier_counts', 'users', '{tier,tier_name}', line => '{}')
	UNION ALL SELECT user_ops_internal.publish('tier_due', 'users', '{valid_until,tier_name}', '{will_keep/users}')
	UNION ALL SELECT user_ops_internal.publish('tier_moves_month', 'users', '{month,reason,old_tier,new_tier,complete}')
	UNION ALL SELECT user_ops_internal.publish('referral_generations', 'users', '{generation}', '{buyers/users,eligible_users/users,retained_users/eligible_users}')
	UNION ALL SELECT user_ops_internal.publish('referral_month', 'users', '{cohort,complete}', '{inviters/users}', others => '{accepted}')
	UNION ALL SELECT user_ops_internal.publish('survey_month', 'answers', '{survey,month,complete}', others => '{off_scale}', sums => '{promoters,passives,detractors}', rates => '{top_box*answers}')
	UNION ALL SELECT user_ops_internal.publish('survey_scores', 'answers', '{survey,month,score,complete}', line => '{survey,month}')
	UNION ALL SELECT user_ops_internal.publish('{#segments}survey_segments{/segments}', 'answers', '{survey,dimension,segment}', line => '{survey,dimension}', sums => '{promoters,passives,detractors}', rates => '{top_box*answers}')
	UNION ALL SELECT user_ops_internal.publish('{#segments}survey_month_segments{/segments}', 'answers', '{survey,month,dimension,segment,complete}', others => '{off_scale}', line => '{survey,month,dimension}', sums => '{promoters,passives,detractors}', rates => '{top_box*answers}')
	UNION ALL SELECT user_ops_internal.publish('item_stats', 'users', '{name,item}', personal => '{revenue_share}', rates => '{repeat_rate*users}')
	UNION ALL SELECT user_ops_internal.publish('item_pairs', 'users_both', '{name,item,other,place}', '{users_both/users_item,users_both/users_other}')
	UNION ALL SELECT user_ops_internal.publish('recommendation_quality', 'users', '{name,as_of,method}', personal => '{lift_over_popular}', rates => '{hit_rate*users}')
	UNION ALL SELECT user_ops_internal.publish('content_items', 'users', '{item}', '{new_users/users,eligible_users/users,returned_users/eligible_users,users_30d/users}')
	UNION ALL SELECT user_ops_internal.publish('{#role}contribution_month{/role}', 'users', '{month,role,complete}', '{retained_next_month/users}', line => '{month}')
	UNION ALL SELECT user_ops_internal.publish('tag_counts', 'users', '{tag}', others => '{added_30d,removed_30d}', share => 'share')
	UNION ALL SELECT user_ops_internal.publish('tag_overlap', 'users', '{tag,other}', share => 'share')
	UNION ALL SELECT user_ops_internal.publish('propensity_calibration', 'users', '{method,decile}', '{actual_buyers/users}');
END;
COMMENT ON FUNCTION user_ops_internal.public_views() IS
	'The views that create_public_views publishes, and how';

CREATE FUNCTION user_ops_internal.too_close(people bigint[], k integer) RETURNS boolean[]
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	close boolean[];
	one bigint;
	shown bigint;
BEGIN
	FOREACH one IN ARRAY people LOOP
		close := close || coalesce(shown - one BETWEEN 1 AND k - 1, false);
		IF NOT close[cardinality(close)] THEN
			shown := one;
		END IF;
	END LOOP;
	RETURN close;
END $$;
COMMENT ON FUNCTION user_ops_internal.too_close(bigint[], integer) IS
	'Of rows in an order in which they have ever fewer people: which are hidden so that between two that are shown either nobody or at least k people are missing';

CREATE FUNCTION user_ops_internal.public_query(p public_view, relation text, columns name[], more_keys name[], line name[], k integer) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	keys CONSTANT name[] := p.keys || more_keys;
	parts CONSTANT jsonb := jsonb_build_object('relation', relation, 'people', quote_ident(p.people), 'k', k,
		'line', (SELECT string_agg(format('(n.r).%I', c), ', ') FROM unnest(line) AS c),
		'within', (SELECT string_agg(format('(n.r).%I', c), ', ') FROM unnest(keys) AS c WHERE c NOT IN (p.nested, 'label')),
		-- of rows one behind the other
		'within_each', coalesce((SELECT string_agg(format('(n.r).%I', c), ', ') FROM unnest(more_keys) AS c), '()'),
		'partition', coalesce((SELECT 'PARTITION BY ' || string_agg(format('(n.r).%I', c), ', ') || ' ' FROM unnest(more_keys) AS c), ''),
		'nested', quote_ident(p.nested), 'waning', quote_ident(p.waning), 'behind', quote_ident(p.behind));
	few CONSTANT text := '(n.r).%I BETWEEN 1 AND ' || k - 1;
	-- of each column that counts people, when it is hidden
	hidden jsonb := coalesce((
		SELECT jsonb_object_agg(h.name, h.condition)
		FROM (SELECT split_part(f, '/', 1) AS name, string_agg(format('coalesce(%s OR (n.r).%I - (n.r).%I BETWEEN 1 AND %s, false)',
					format(few, split_part(f, '/', 1)), split_part(f, '/', 2), split_part(f, '/', 1), k - 1), ' OR ') AS condition
			  FROM unnest(p.pairs) AS f WHERE split_part(f, '/', 1) <> p.people GROUP BY 1
			  UNION ALL SELECT split_part(f, '*', 1), format('coalesce(round(((n.r).%1$I * (n.r).%2$I)::numeric) BETWEEN 1 AND %3$s OR round(((1 - (n.r).%1$I) * (n.r).%2$I)::numeric) BETWEEN 1 AND %3$s, false)',
					split_part(f, '*', 1), split_part(f, '*', 2), k - 1) FROM unnest(p.rates) AS f
			  UNION ALL SELECT o, format('coalesce(%s, false)', format(few, o)) FROM unnest(p.others) AS o WHERE p.behind IS NULL
			  UNION ALL SELECT o, format('coalesce(n.parts_hidden[%s], false)', place) FROM unnest(p.sums) WITH ORDINALITY AS o (o, place) WHERE p.behind IS NULL
			  -- one of them tells of the others, by the row before
			  UNION ALL SELECT o, format('(n.hidden_before OR %s)', (SELECT string_agg(format('coalesce(%s, false)', format(few, c)), ' OR ') FROM unnest(p.others || p.sums) AS c))
			  FROM unnest(p.others || p.sums) AS o WHERE p.behind IS NOT NULL) AS h), '{}');
	any_hidden text := coalesce((SELECT string_agg(h.value, ' OR ') FROM jsonb_each_text(hidden) AS h), 'false');
	listed text;
BEGIN
	SELECT string_agg(CASE
			WHEN c.name = ANY (keys) THEN format('(n.r).%I', c.name)
			WHEN c.name = p.people THEN format('CASE WHEN NOT n.hidden THEN (n.r).%1$I END AS %1$I', c.name)
			WHEN hidden ? c.name THEN format('CASE WHEN NOT (n.hidden OR %2$s) THEN (n.r).%1$I END AS %1$I', c.name, hidden ->> c.name)
			WHEN c.name = ANY (p.cumulative) THEN format('CASE WHEN NOT n.line_hidden THEN (n.r).%1$I END AS %1$I', c.name)
			ELSE format('CASE WHEN NOT (n.hidden OR %2$s) THEN (n.r).%1$I END AS %1$I', c.name, any_hidden) END, ', ' ORDER BY c.place)
	INTO listed
	FROM unnest(columns) WITH ORDINALITY AS c (name, place) WHERE c.name <> ALL (p.personal);
	RETURN user_ops_internal.render($query$
		WITH rows AS MATERIALIZED (
			SELECT v AS r, row_number() OVER () AS place, coalesce(CASE WHEN v.{people} > 0 AND v.{people} < 1 THEN 1 ELSE floor(v.{people}::numeric) END, 0)::bigint AS people
			FROM {relation} AS v),
		small AS (
			SELECT n.r, n.place, n.people, {base_small} AS small
			FROM rows AS n),
		forced AS MATERIALIZED (
			SELECT n.r, n.place, n.people, {^nested}n.small{/nested}{#nested}bool_or(n.small) OVER (PARTITION BY {within} ORDER BY (n.r).{nested}){/nested}{#waning} OR n.place IN (
					SELECT u.place
					FROM (SELECT array_agg(n.place ORDER BY (n.r).{waning}) AS places, user_ops_internal.too_close(array_agg(n.people ORDER BY (n.r).{waning}), {k}) AS close
						  FROM small AS n GROUP BY {within_each}) AS g
					CROSS JOIN LATERAL unnest(g.places, g.close) AS u (place, close)
					WHERE u.close){/waning} AS forced
			FROM small AS n),
		lines AS MATERIALIZED (
			SELECT l.place, l.hidden, bool_or(l.hidden) OVER (PARTITION BY l.number) AS line_hidden
			FROM (
				SELECT u.place, u.hidden, g.number
				FROM (
					SELECT row_number() OVER () AS number, array_agg(n.place ORDER BY n.place) AS places,
						-- what is hidden for another reason is hidden as one that is alone
						(user_ops.suppress(array_agg(CASE WHEN n.forced THEN least(n.people, 1) ELSE n.people END ORDER BY n.place), {k}, {in_lines})).hide AS hidden
					FROM forced AS n
					GROUP BY {by_line}) AS g
				CROSS JOIN LATERAL unnest(g.places, g.hidden) AS u (place, hidden)) AS l)
		SELECT {listed}, n.hidden OR {any_hidden}{#cumulative} OR n.line_hidden{/cumulative} AS suppressed
		FROM (
			SELECT n.r, n.place, {^nested}l.hidden OR n.forced{/nested}{#nested}bool_or(l.hidden OR n.forced) OVER (PARTITION BY {within} ORDER BY (n.r).{nested}){/nested}{parts_total} AS hidden, l.line_hidden OR n.forced AS line_hidden, {parts_hidden} AS parts_hidden{#behind},
				coalesce(lag(l.hidden OR n.forced{parts_total}) OVER ({partition}ORDER BY (n.r).{behind}), false) AS hidden_before{/behind}
			FROM forced AS n JOIN lines AS l ON l.place = n.place
			{parts_of}) AS n
		{#cohorts}WHERE NOT n.hidden{/cohorts}
		ORDER BY n.place$query$, parts || jsonb_build_object(
			'base_small', coalesce((SELECT string_agg(format('coalesce(n.people BETWEEN 1 AND %1$s OR (n.r).%2$I - n.people BETWEEN 1 AND %1$s, false)', k - 1, split_part(f, '/', 2)), ' OR ')
									FROM unnest(p.pairs) AS f WHERE split_part(f, '/', 1) = p.people), format('n.people BETWEEN 1 AND %s', k - 1))
				|| CASE WHEN p.share IS NULL THEN '' ELSE format(' OR coalesce(round((n.people / nullif((n.r).%I, 0))::numeric) - n.people BETWEEN 1 AND %s, false)', p.share, k - 1) END
				|| CASE WHEN p.nested IS NULL THEN '' ELSE user_ops_internal.render(' OR coalesce(lag(n.people) OVER (PARTITION BY {within} ORDER BY (n.r).{nested}) - n.people BETWEEN 1 AND {few}, false)', parts, jsonb_build_object('few', k - 1)) END,
			'in_lines', line IS NOT NULL,
			'by_line', CASE WHEN line IS NULL THEN 'n.place' WHEN line = '{}' THEN '()' ELSE parts ->> 'line' END,
			'listed', listed, 'any_hidden', any_hidden, 'cumulative', cardinality(p.cumulative) > 0, 'cohorts', p.cohorts,
			'parts_hidden', CASE WHEN p.sums = '{}' THEN 'NULL::boolean[]' ELSE 's.hide' END,
			'parts_total', CASE WHEN p.sums = '{}' THEN '' ELSE ' OR s.hide_total' END,
			'parts_of', CASE WHEN p.sums = '{}' THEN '' ELSE format('CROSS JOIN LATERAL user_ops.suppress(ARRAY[%s]::bigint[], %s) AS s',
				(SELECT string_agg(format('coalesce((n.r).%I, 0)', c), ', ' ORDER BY place) FROM unnest(p.sums) WITH ORDINALITY AS c (c, place)), k) END));
END $$;
COMMENT ON FUNCTION user_ops_internal.public_query(public_view, text, name[], name[], name[], integer) IS
	'SQL for what is published of a view, the relation: its columns in their order, without those about single persons, and suppressed; more_keys: keys beside those that the definition has; line: as in public_view, with these';

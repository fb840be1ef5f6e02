-- The views of a schema made by create_views, as SQL.

CREATE FUNCTION view_inputs(s view_settings, target_schema name,
		OUT as_of text, OUT users text, OUT all_users text,
		OUT scan text, OUT people text, OUT people_and_fitted text, OUT tenants text, OUT rfm text, OUT typical_gap text,
		OUT purchase_model text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	tenants := '';
	scan := '';
	people := format('%I.activity AS a', target_schema);
	IF s.tenant IS NOT NULL THEN
		-- as_of is common to all tenants; where nothing is stored activity and fitted are views
		as_of := CASE WHEN s.stored THEN format('(SELECT max(b.as_of) FROM %I.fitted AS b)', target_schema)
				 ELSE user_ops.as_of_expression(s, 'now()') END;
		rfm := 'b.rfm';
		typical_gap := 'b.typical_gap';
		purchase_model := user_ops.usable_model('b.purchase_model');
		users := 'a.activity';
		all_users := people;
		people_and_fitted := format('%s JOIN %I.fitted AS b ON %s', people, target_schema, user_ops.same_tenant(s, 'b', 'a'));
		tenants := format('(SELECT b.%I FROM %I.fitted AS b) AS t CROSS JOIN ', s.tenant, target_schema);
		RETURN;
	END IF;
	IF s.stored THEN
		-- a join with fitted would keep the planner from aggregating in parallel
		as_of := format('(SELECT b.as_of FROM %I.fitted AS b)', target_schema);
		rfm := format('(SELECT b.rfm FROM %I.fitted AS b)', target_schema);
		typical_gap := format('(SELECT b.typical_gap FROM %I.fitted AS b)', target_schema);
		purchase_model := format('(SELECT %s FROM %I.fitted AS b)', user_ops.usable_model('b.purchase_model'), target_schema);
		users := 'a.activity';
		all_users := people;
		people_and_fitted := people;
		RETURN;
	END IF;
	as_of := user_ops.as_of_expression(s, 'now()');
	users := 'p.population';
	all_users := format('(%s) AS p', user_ops.population_query(s));
	scan := format('WITH scan AS MATERIALIZED (%s) ', user_ops.population_query(s));
	people := format(
		'(SELECT (u.found).activity FROM (
			SELECT user_ops.users(scan.population, NULL::%s) AS found FROM scan OFFSET 0) AS u) AS a',
		user_ops.column_type(s.source, s.user_id, 'user_id'));
	people_and_fitted := people;
	rfm := format('(SELECT %s FROM scan)', user_ops.rfm_fit(s, 'scan.population', as_of));
	typical_gap := format('coalesce((SELECT user_ops.typical_gap(a.activity, %s) FROM %s), 30)', as_of, people);
	purchase_model := format('(SELECT %s FROM (SELECT %s AS model FROM scan) AS f)', user_ops.usable_model('f.model'),
							 user_ops.purchase_fit(s.purchase_model, 'scan.population', as_of));
END $$;
COMMENT ON FUNCTION view_inputs(view_settings, name) IS
	'What views read, as SQL: the date as_of, the argument of metrics and the table it stands in; and, behind scan, the activities of people a, with what the fitted models and the typical gap need, the RFM model, the typical gap and the usable purchase model, and the tenants t to cross join';

CREATE FUNCTION view_bodies(s view_settings, target_schema name)
	RETURNS TABLE (object text, body text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 27
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	in_u text := user_ops.column_list(ARRAY[s.tenant], 'u', after => ', ');
	in_n text := user_ops.column_list(ARRAY[s.tenant], 'n', after => ', ');
	tenants_own text := user_ops.column_list(ARRAY[s.tenant], 'u', before => 'PARTITION BY ', after => ' ');
	score_separator text := CASE WHEN s.rfm_bins > 9 THEN quote_literal('-') ELSE quote_literal('') END;
	part name;
BEGIN
	object := 'users';
	body := user_ops.users_view_body(s, target_schema);
	RETURN NEXT;

	object := 'rfm_segments';
	body := format(
		'SELECT %1$su.segment,
			count(*) AS users,
			count(*)::double precision / (sum(count(*)) OVER (%2$s))::double precision AS share,
			sum(u.monetary) AS revenue,
			(sum(u.monetary) / nullif(sum(sum(u.monetary)) OVER (%2$s), 0))::double precision AS revenue_share,
			avg(u.recency_days)::double precision AS avg_recency_days,
			avg(u.frequency)::double precision AS avg_frequency,
			avg(u.monetary) AS avg_monetary
		 FROM %3$I.users AS u GROUP BY %1$su.segment', in_u, tenants_own, target_schema);
	RETURN NEXT;

	RETURN QUERY SELECT * FROM user_ops.metric_view_bodies(s, target_schema, ARRAY[s.tenant]);
	FOREACH part IN ARRAY coalesce(s.breakdown, '{}') LOOP
		RETURN QUERY SELECT b.object || '_by_' || part, b.body
					 FROM user_ops.metric_view_bodies(s, target_schema, ARRAY[s.tenant, part]) AS b;
	END LOOP;

	IF s.rfm_ntile THEN
		object := 'rfm_ntile';
		body := format(
			'SELECT %6$sn.user_id, n.recency_days, n.frequency, n.monetary, n.r_score, n.f_score, n.m_score,
				n.r_score || %5$s || n.f_score || %5$s || n.m_score AS rfm_score,
				%1$s AS segment
			 FROM (SELECT %7$su.user_id, u.recency_days, u.frequency, u.monetary,
						ntile(%2$s) OVER (%8$sORDER BY u.recency_days DESC, u.user_id) AS r_score,
						ntile(%2$s) OVER (%8$sORDER BY u.frequency, u.user_id) AS f_score,
						%3$s AS m_score
				   FROM %4$I.users AS u WHERE u.r_score IS NOT NULL) AS n',
			CASE WHEN s.rfm_bins = 5 THEN user_ops.label_expression(s, 'user_ops.segment(n.r_score, n.f_score)') ELSE 'NULL::text' END,
			s.rfm_bins,
			CASE WHEN s.amount IS NULL THEN 'NULL::integer'
				 ELSE format('ntile(%s) OVER (%sORDER BY u.monetary, u.user_id)', s.rfm_bins, tenants_own) END,
			target_schema, score_separator, in_n, in_u, tenants_own);
		RETURN NEXT;
	END IF;

	RETURN QUERY SELECT * FROM user_ops.engagement_view_bodies(s, target_schema);
	RETURN QUERY SELECT * FROM user_ops.value_view_bodies(s, target_schema);
	RETURN QUERY SELECT * FROM user_ops.model_view_bodies(s, target_schema);
	RETURN QUERY SELECT * FROM user_ops.history_view_bodies(s, target_schema);
END $$;
COMMENT ON FUNCTION view_bodies(view_settings, name) IS
	'The views of a schema made by create_views: name and query of each';

-- Who is each user, and which segments are there.

CREATE FUNCTION user_ops_internal.users_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('users',
		'Who is each user: value, stage and risk, a row for each user',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['first_day', 'First active day'],
			['last_day', 'Last active day'],
			['tenure_days', 'Days from the first active day to as_of'],
			['active_days', 'Number of active days'],
			['events', 'Number of rows in the source'],
			['purchases', 'Number of rows with an amount of 0 or more'],
			['idle_days', 'Days from the last active day to as_of'],
			['recency_days', 'Days from the last purchase day to as_of (last active day where the source has no amounts)'],
			['frequency', 'Number of purchase days (active days where the source has no amounts)'],
			['monetary', 'Net amount, refunds included; NULL where the source has no amounts'],
			['r_score', 'Recency score, the highest for the most recent; NULL without a purchase'],
			['f_score', 'Frequency score; NULL without a purchase'],
			['m_score', 'Monetary score; NULL without a purchase or without amounts'],
			['rfm_score', 'The three scores side by side, such as 545'],
			['segment', 'Named segment from r_score and f_score; {no_purchase} for users who never bought'],
			['segment8', 'One of eight segments: recency, frequency and money each better or worse than the mean'],
			['value_tier', 'Tier of value, by value_by: A, the users who bring most of it, B, C; {none} for those who bring nothing. NULL without amounts, and by clv_365d without a usable model'],
			['life_stage', '{introduction}, {growth}, {mature}, {sleeping} or {lost}'],
			['lifecycle_state', '{new}, {returning}, {resurrected}, {dormant} or {inactive}, over the last 30 days and the 30 before'],
			['churn_risk', 'Probability that the user does not buy in the next horizon_days (is not active, where the source has no amounts), by churn_method; churn_calibration shows how well it holds here. NULL without a purchase'],
			['p_alive', 'Probability that the user has not left for good, by the purchase model; it is not a churn score. NULL without a purchase or a usable model'],
			['expected_purchases_90d', 'Days with a purchase in the 90 days from as_of on, on average, by the purchase model (active days where the source has no amounts)'],
			['expected_spend', 'What a day with a purchase is expected to bring, by the spend model; an estimate, not an exact number. NULL without amounts, a purchase or a usable model'],
			['clv_365d', 'Net amount expected in the 365 days from as_of on, discounted at 10 % a year, by both models; an estimate, not an exact number'],
			['churn_method', 'What churn_risk comes from: the kind of purchase model, such as mbg_nbd; or gaps, the user''s own, where the model says nothing: then it ranks users, and its level means little']],
		flags => '{first_values}',
		body => $view$
			SELECT {a.tenant,} a.user_id,
				user_ops.first_day(a.activity, fit.as_of) AS first_day,
				user_ops.last_day(a.activity, fit.as_of) AS last_day,
				user_ops.tenure_days(a.activity, fit.as_of) AS tenure_days,
				user_ops.active_days(a.activity, fit.as_of) AS active_days,
				user_ops.events(a.activity, fit.as_of) AS events,
				user_ops.purchases(a.activity, fit.as_of) AS purchases,
				user_ops.idle_days(a.activity, fit.as_of) AS idle_days,
				user_ops.recency_days(a.activity, fit.as_of) AS recency_days,
				user_ops.frequency(a.activity, fit.as_of) AS frequency,
				user_ops.monetary(a.activity, fit.as_of) AS monetary,
				user_ops.r_score(fit.rfm, a.activity, fit.as_of) AS r_score,
				user_ops.f_score(fit.rfm, a.activity, fit.as_of) AS f_score,
				user_ops.m_score(fit.rfm, a.activity, fit.as_of) AS m_score,
				user_ops.rfm_score(fit.rfm, a.activity, fit.as_of) AS rfm_score,
				{label}(user_ops.segment(fit.rfm, a.activity, fit.as_of){language}) AS segment,
				user_ops.segment8(user_ops.rfm_bits(fit.rfm, a.activity, fit.as_of){#segment8_labels}, {segment8_labels}::text[]{/segment8_labels}) AS segment8,
				{#amount}{label}(user_ops.value_tier({value_of_user}, fit.value_cuts){language}){/amount}{^amount}NULL::text{/amount} AS value_tier,
				{label}(user_ops.life_stage(a.activity, fit.as_of, fit.typical_gap, {lost_days}, {sleep_days}){language}) AS life_stage,
				{label}(user_ops.lifecycle_state(a.activity, fit.as_of){language}) AS lifecycle_state,
				coalesce(user_ops.churn_risk(fit.purchase_model, a.activity, fit.as_of, {horizon_days}),
						 user_ops.churn_risk(a.activity, fit.as_of, {horizon_days}, 1, fit.typical_gap)) AS churn_risk,
				user_ops.p_alive(fit.purchase_model, a.activity, fit.as_of) AS p_alive,
				user_ops.expected_purchases(fit.purchase_model, a.activity, fit.as_of, 90) AS expected_purchases_90d,
				{#amount}user_ops.expected_spend(fit.spend_model, a.activity, fit.as_of){/amount}{^amount}NULL::double precision{/amount} AS expected_spend,
				{#amount}user_ops.clv(fit.purchase_model, fit.spend_model, a.activity, fit.as_of, 365, 0.1){/amount}{^amount}NULL::double precision{/amount} AS clv_365d,
				CASE WHEN user_ops.frequency(a.activity, fit.as_of) > 0 THEN fit.churn_method END AS churn_method{, a.first_values}
			FROM {schema}.activity AS a
			{fit_join}
			WHERE user_ops.first_day(a.activity, fit.as_of) IS NOT NULL$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('rfm_segments',
		'How large and how valuable is each RFM segment',
		columns => ARRAY[
			['segment', 'Named segment, {no_purchase} included'],
			['users', 'Number of users'],
			['share', 'Share of all users'],
			['revenue', 'Net amount of the segment'],
			['revenue_share', 'Share of all net amount; NULL where that is 0'],
			['avg_recency_days', 'Mean days since the last purchase'],
			['avg_frequency', 'Mean number of purchase days'],
			['avg_monetary', 'Mean net amount of a user']],
		body => $view$
			SELECT {u.tenant,} u.segment,
				count(*) AS users,
				count(*)::double precision / (sum(count(*)) OVER all_segments)::double precision AS share,
				sum(u.monetary) AS revenue,
				(sum(u.monetary) / nullif(sum(sum(u.monetary)) OVER all_segments, 0))::double precision AS revenue_share,
				avg(u.recency_days)::double precision AS avg_recency_days,
				avg(u.frequency)::double precision AS avg_frequency,
				avg(u.monetary) AS avg_monetary
			FROM {schema}.users AS u
			GROUP BY {u.tenant,} u.segment
			WINDOW all_segments AS ({PARTITION BY u.tenant})$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('value_tiers',
		'How many users bring most of the value: a row for each tier; empty where the source has no amounts',
		columns => ARRAY[
			['tier', 'A, the users who bring most of the value, B, C; {none}, those who bring nothing'],
			['users', 'Number of users'],
			['share', 'Share of all users who have a tier'],
			['revenue', 'Net amount of these users'],
			['revenue_share', 'Share of all net amount; NULL where that is 0'],
			['min_value', 'The lowest value of a user in the tier: of the net amount, or of clv_365d, as value_by says'],
			['max_value', 'The highest'],
			['gini', 'How unequal the value of all users is, the same in each row: 0 where all are worth the same, near 1 where few have all; NULL where nobody is worth anything']],
		body => $view$
			SELECT {t.tenant,} b.tier,
				coalesce(k.users, 0) AS users,
				coalesce(k.users, 0)::double precision / (sum(k.users) OVER all_tiers)::double precision AS share,
				coalesce(k.revenue, 0) AS revenue,
				(coalesce(k.revenue, 0) / nullif(sum(k.revenue) OVER all_tiers, 0))::double precision AS revenue_share,
				user_ops.quantile(k.sample, 0, 'lowest') AS min_value,
				user_ops.quantile(k.sample, 1, 'lowest') AS max_value,
				user_ops.gini(user_ops.rollup(k.sample) OVER all_tiers) AS gini
			FROM {each_tenant} unnest({tier_names}::text[]) WITH ORDINALITY AS b (tier, place)
			LEFT JOIN (
				SELECT {u.tenant,} u.value_tier, count(*) AS users, sum(u.monetary) AS revenue, user_ops.value_sample({value_in_users}) AS sample
				FROM {schema}.users AS u
				WHERE {#amount}u.value_tier IS NOT NULL{/amount}{^amount}false{/amount}
				GROUP BY {u.tenant,} u.value_tier) AS k ON k.value_tier = b.tier{#tenant} AND {k.tenant = t.tenant}{/tenant}
			{^amount}WHERE false{/amount}
			WINDOW all_tiers AS ({PARTITION BY t.tenant})
			ORDER BY {t.tenant,} b.place$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('rfm_ntile',
		'RFM scores by NTILE: bins of equal size, in which equal users may score differently',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['recency_days', 'Days since the last purchase'],
			['frequency', 'Number of purchase days'],
			['monetary', 'Net amount'],
			['r_score', 'NTILE by recency, the highest for the most recent; ties by user_id'],
			['f_score', 'NTILE by frequency; ties by user_id'],
			['m_score', 'NTILE by money; ties by user_id'],
			['rfm_score', 'The three scores side by side'],
			['segment', 'Named segment from r_score and f_score']],
		flags => '{rfm_ntile}',
		body => $view$
			SELECT {scored.tenant,} scored.user_id, scored.recency_days, scored.frequency, scored.monetary,
				scored.r_score, scored.f_score, scored.m_score,
				scored.r_score || {score_separator} || scored.f_score || {score_separator} || scored.m_score AS rfm_score,
				{#has_segments}{label}(user_ops.segment(scored.r_score, scored.f_score){language}){/has_segments}{^has_segments}NULL::text{/has_segments} AS segment
			FROM (
				SELECT {u.tenant,} u.user_id, u.recency_days, u.frequency, u.monetary,
					ntile({rfm_bins}) OVER ({PARTITION BY u.tenant} ORDER BY u.recency_days DESC, u.user_id) AS r_score,
					ntile({rfm_bins}) OVER ({PARTITION BY u.tenant} ORDER BY u.frequency, u.user_id) AS f_score,
					{#amount}ntile({rfm_bins}) OVER ({PARTITION BY u.tenant} ORDER BY u.monetary, u.user_id){/amount}{^amount}NULL::integer{/amount} AS m_score
				FROM {schema}.users AS u
				WHERE u.r_score IS NOT NULL) AS scored$view$);
END;
COMMENT ON FUNCTION user_ops_internal.users_views() IS
	'The views of create_views on users and their segments';

-- What users are worth.

CREATE FUNCTION user_ops_internal.value_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 6
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('ltv_month',
		'What is a new user worth: net amount of the users of each first month, month by month; empty where the source has no amounts',
		columns => ARRAY[
			['cohort', 'First day of the month in which these users were first active'],
			['period_number', 'Number of months after the first; 0 is the cohort itself'],
			['cohort_size', 'Number of users in the cohort, whether they bought or not'],
			['revenue', 'Their net amount in that month, refunds included'],
			['cumulative_revenue', 'Their net amount up to the end of that month'],
			['ltv', 'cumulative_revenue / cohort_size'],
			['complete', 'Whether the month was over at as_of']],
		body => $view$
			SELECT {r.tenant,} cell.cohort, cell.period_number, cell.cohort_size,
				cell.amount AS revenue,
				sum(cell.amount) OVER months AS cumulative_revenue,
				sum(cell.amount) OVER months / cell.cohort_size AS ltv,
				cell.complete
			FROM (
				SELECT {a.tenant,} user_ops.retention({activities}, 'month', {as_of},
						user_ops.retention_options(amounts => {#amount}true{/amount}{^amount}false{/amount}, max_periods => {max_months})) AS matrix
				FROM {all_users} {GROUP BY a.tenant}) AS r
			CROSS JOIN LATERAL user_ops.cells(r.matrix) AS cell
			{^amount}WHERE false{/amount}
			WINDOW months AS (PARTITION BY {r.tenant,} cell.cohort ORDER BY cell.period_number)$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('revenue_retention_month',
		'Do newcomers keep spending: net amount of the users of each first month against that of their first month; empty where the source has no amounts',
		columns => ARRAY[
			['cohort', 'First day of the month in which these users were first active'],
			['period_number', 'Number of months after the first; 0 is the cohort itself'],
			['cohort_size', 'Number of users in the cohort, whether they bought or not'],
			['first_revenue', 'Their net amount in the first month'],
			['revenue', 'Their net amount in that month, refunds included'],
			['retention_rate', 'revenue / first_revenue; NULL unless first_revenue is above 0'],
			['complete', 'Whether the month was over at as_of']],
		body => $view$
			SELECT {m.tenant,} m.cohort, m.period_number, m.cohort_size, m.first_revenue, m.revenue,
				CASE WHEN m.first_revenue > 0 THEN (m.revenue / m.first_revenue)::double precision END AS retention_rate,
				m.complete
			FROM (
				SELECT {r.tenant,} cell.cohort, cell.period_number, cell.cohort_size, cell.amount AS revenue, cell.complete,
					first_value(cell.amount) OVER (PARTITION BY {r.tenant,} cell.cohort ORDER BY cell.period_number) AS first_revenue
				FROM (
					SELECT {a.tenant,} user_ops.retention({activities}, 'month', {as_of},
							user_ops.retention_options(amounts => {#amount}true{/amount}{^amount}false{/amount}, max_periods => {max_months})) AS matrix
					FROM {all_users} {GROUP BY a.tenant}) AS r
				CROSS JOIN LATERAL user_ops.cells(r.matrix) AS cell
				{^amount}WHERE false{/amount}) AS m$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('repeat_purchase',
		'Do buyers buy again, and after how many days: one row (active days instead of purchase days where the source has no amounts)',
		columns => ARRAY[
			['buyers', 'Users with a purchase day'],
			['repeat_buyers', 'Users with two purchase days or more'],
			['repeat_rate', 'repeat_buyers / buyers'],
			['days_to_second_q1', 'A quarter of the repeat buyers came back within so many days of the first purchase day'],
			['days_to_second_median', 'Median number of days from the first purchase day to the second'],
			['days_to_second_q3', 'Three quarters of the repeat buyers came back within so many days']],
		body => $view$
			{scan}
			SELECT {b.tenant,} b.buyers, b.repeat_buyers,
				b.repeat_buyers::double precision / nullif(b.buyers, 0)::double precision AS repeat_rate,
				user_ops_internal.quantile(b.days, b.users, 0.25) AS days_to_second_q1,
				user_ops_internal.quantile(b.days, b.users, 0.5) AS days_to_second_median,
				user_ops_internal.quantile(b.days, b.users, 0.75) AS days_to_second_q3
			FROM (
				SELECT {c.tenant,} coalesce(sum(c.buyers), 0)::bigint AS buyers,
					coalesce(sum(c.users) FILTER (WHERE c.days IS NOT NULL), 0)::bigint AS repeat_buyers,
					array_agg(c.days::double precision ORDER BY c.days) FILTER (WHERE c.days IS NOT NULL) AS days,
					array_agg(c.users ORDER BY c.days) FILTER (WHERE c.days IS NOT NULL) AS users
				FROM (
					SELECT {u.tenant,} u.days, count(*) AS users, count(*) FILTER (WHERE u.frequency > 0) AS buyers
					FROM (
						SELECT {a.tenant,} user_ops.frequency(a.activity, {as_of}) AS frequency,
							user_ops.days_to_second_purchase(a.activity, {as_of}) AS days
						FROM {people}) AS u
					GROUP BY {u.tenant,} u.days) AS c
				{GROUP BY c.tenant}) AS b$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('purchase_gaps',
		'How long do users stay away between two purchase days: a row for each range of days (active days where the source has no amounts)',
		columns => ARRAY[
			['from_days', 'Fewest days of the range'],
			['to_days', 'Most days of the range; NULL for the last one, which has no end'],
			['gaps', 'Number of times that a user came back after so many days'],
			['users', 'Users who did so at least once'],
			['share', 'Share of all gaps; NULL where there are none']],
		body => $view$
			SELECT {g.tenant,} cell.from_days, cell.to_days, cell.gaps, cell.users, cell.share
			FROM (
				SELECT {a.tenant,} user_ops.gap_histogram({activities}, {as_of}, ARRAY[1, 2, 4, 8, 15, 31, 61, 91, 181, 366]) AS histogram
				FROM {all_users} {GROUP BY a.tenant}) AS g
			CROSS JOIN LATERAL user_ops.cells(g.histogram) AS cell$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('churn_bands',
		'How many users are at which risk of staying silent, and what they have brought so far',
		columns => ARRAY[
			['band', 'Range of churn_risk in percent, the upper end in the next one; {no_purchase} for users who never bought'],
			['users', 'Number of users'],
			['share', 'Share of all users'],
			['revenue_at_risk', 'Net amount of these users so far, not weighted by the risk; NULL where the source has no amounts']],
		body => $view$
			{scan}
			SELECT {t.tenant,} b.band,
				coalesce(c.users, 0) AS users,
				coalesce(c.users, 0)::double precision / (sum(c.users) OVER all_bands)::double precision AS share,
				{#amount}coalesce(c.revenue, 0){/amount}{^amount}NULL::numeric{/amount} AS revenue_at_risk
			FROM {each_tenant} (
				VALUES (0, '0-20%'), (1, '20-40%'), (2, '40-60%'), (3, '60-80%'), (4, '80-100%'), (5, '{no_purchase}')) AS b (place, band)
			LEFT JOIN (
				SELECT {u.tenant,} u.place, count(*) AS users, sum(u.revenue) AS revenue
				FROM (
					SELECT {a.tenant,} coalesce(width_bucket(
								coalesce(user_ops.churn_risk({purchase_model}, a.activity, {as_of}, {horizon_days}),
										 user_ops.churn_risk(a.activity, {as_of}, {horizon_days}, 1, {typical_gap})),
								ARRAY[0.2, 0.4, 0.6, 0.8]::double precision[]), 5) AS place,
						user_ops.monetary(a.activity, {as_of}) AS revenue
					FROM {people_and_fitted}
					WHERE user_ops.first_day(a.activity, {as_of}) IS NOT NULL) AS u
				GROUP BY {u.tenant,} u.place) AS c ON c.place = b.place{#tenant} AND {c.tenant = t.tenant}{/tenant}
			WINDOW all_bands AS ({PARTITION BY t.tenant})$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('rfm_grid',
		'How many users have which recency and frequency score, a row for each pair of scores',
		columns => ARRAY[
			['r_score', 'Recency score, the highest for the most recent'],
			['f_score', 'Frequency score'],
			['users', 'Number of users; 0 where nobody has these scores'],
			['revenue', 'Net amount of these users; NULL where the source has no amounts']],
		body => $view$
			{scan}
			SELECT {t.tenant,} r.r_score, f.f_score,
				coalesce(c.users, 0) AS users,
				{#amount}coalesce(c.revenue, 0){/amount}{^amount}NULL::numeric{/amount} AS revenue
			FROM {each_tenant} generate_series(1, {rfm_bins}) AS r (r_score)
			CROSS JOIN generate_series(1, {rfm_bins}) AS f (f_score)
			LEFT JOIN (
				SELECT {u.tenant,} u.r_score, u.f_score, count(*) AS users, sum(u.revenue) AS revenue
				FROM (
					SELECT {a.tenant,} user_ops.r_score({rfm}, a.activity, {as_of}) AS r_score,
						user_ops.f_score({rfm}, a.activity, {as_of}) AS f_score,
						user_ops.monetary(a.activity, {as_of}) AS revenue
					FROM {people_and_fitted}) AS u
				GROUP BY {u.tenant,} u.r_score, u.f_score) AS c ON c.r_score = r.r_score AND c.f_score = f.f_score{#tenant} AND {c.tenant = t.tenant}{/tenant}$view$);
END;
COMMENT ON FUNCTION user_ops_internal.value_views() IS
	'The views of create_views on what users are worth';

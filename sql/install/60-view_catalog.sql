-- What create_views makes: names, and what each view and column answers.  The
-- comments on the made objects come from here, so that they are said once.  %s
-- stands for day, week and month.

CREATE FUNCTION view_catalog()
	RETURNS TABLE (object text, column_name text, answers text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10 ROWS 100
BEGIN ATOMIC
	SELECT coalesce(replace(v.object, '%s', p.period), v.object),
		   v.column_name,
		   coalesce(replace(v.answers, '%s', p.period), v.answers)
	FROM (SELECT row_number() OVER () AS place, l.* FROM (VALUES
		('users', NULL, 'Who is each user: value, stage and risk, a row for each user'),
		('users', 'user_id', 'The user, as in the source'),
		('users', 'first_day', 'First active day'),
		('users', 'last_day', 'Last active day'),
		('users', 'tenure_days', 'Days from the first active day to as_of'),
		('users', 'active_days', 'Number of active days'),
		('users', 'events', 'Number of rows in the source'),
		('users', 'purchases', 'Number of rows with an amount of 0 or more'),
		('users', 'idle_days', 'Days from the last active day to as_of'),
		('users', 'recency_days', 'Days from the last purchase day to as_of (last active day where the source has no amounts)'),
		('users', 'frequency', 'Number of purchase days (active days where the source has no amounts)'),
		('users', 'monetary', 'Net amount, refunds included; NULL where the source has no amounts'),
		('users', 'r_score', 'Recency score, the highest for the most recent; NULL without a purchase'),
		('users', 'f_score', 'Frequency score; NULL without a purchase'),
		('users', 'm_score', 'Monetary score; NULL without a purchase or without amounts'),
		('users', 'rfm_score', 'The three scores side by side, such as 545'),
		('users', 'segment', 'Named segment from r_score and f_score; no_purchase for users who never bought'),
		('users', 'segment8', 'One of eight segments: recency, frequency and money each better or worse than the mean'),
		('users', 'life_stage', 'introduction, growth, mature, sleeping or lost'),
		('users', 'lifecycle_state', 'new, returning, resurrected, dormant or inactive, over the last 30 days and the 30 before'),
		('users', 'churn_risk', 'Probability of silence over the horizon from the user''s own gaps: it ranks, it is not calibrated'),
		('rfm_segments', NULL, 'How large and how valuable is each RFM segment'),
		('rfm_segments', 'segment', 'Named segment, no_purchase included'),
		('rfm_segments', 'users', 'Number of users'),
		('rfm_segments', 'share', 'Share of all users'),
		('rfm_segments', 'revenue', 'Net amount of the segment'),
		('rfm_segments', 'revenue_share', 'Share of all net amount; NULL where that is 0'),
		('rfm_segments', 'avg_recency_days', 'Mean days since the last purchase'),
		('rfm_segments', 'avg_frequency', 'Mean number of purchase days'),
		('rfm_segments', 'avg_monetary', 'Mean net amount of a user'),
		('rfm_ntile', NULL, 'RFM scores by NTILE: bins of equal size, in which equal users may score differently'),
		('rfm_ntile', 'user_id', 'The user, as in the source'),
		('rfm_ntile', 'recency_days', 'Days since the last purchase'),
		('rfm_ntile', 'frequency', 'Number of purchase days'),
		('rfm_ntile', 'monetary', 'Net amount'),
		('rfm_ntile', 'r_score', 'NTILE by recency, the highest for the most recent; ties by user_id'),
		('rfm_ntile', 'f_score', 'NTILE by frequency; ties by user_id'),
		('rfm_ntile', 'm_score', 'NTILE by money; ties by user_id'),
		('rfm_ntile', 'rfm_score', 'The three scores side by side'),
		('rfm_ntile', 'segment', 'Named segment from r_score and f_score'),
		('retention_%s', NULL, 'Do newcomers stay: of the users of each first %s, how many were active n %ss later'),
		('retention_%s', 'cohort', 'First day of the %s in which these users were first active'),
		('retention_%s', 'period_number', 'Number of %ss after the first; 0 is the cohort itself'),
		('retention_%s', 'cohort_size', 'Number of users in the cohort'),
		('retention_%s', 'retained_users', 'How many of them were active in that %s'),
		('retention_%s', 'retention_rate', 'retained_users / cohort_size'),
		('retention_%s', 'complete', 'Whether the %s was over at as_of; leave cells that are not out of averages'),
		('retention_curve_%s', NULL, 'How does retention fall by %s, over all cohorts whose %s is complete'),
		('retention_curve_%s', 'period_number', 'Number of %ss after the first'),
		('retention_curve_%s', 'retained_users', 'Users active in it, over the eligible cohorts'),
		('retention_curve_%s', 'eligible_users', 'Users of the cohorts whose %s is complete'),
		('retention_curve_%s', 'retention_rate', 'retained_users / eligible_users'),
		('lifecycle_%s', NULL, 'How is the user base moving: who came, stayed, came back and left, by %s'),
		('lifecycle_%s', 'period_start', 'First day of the %s'),
		('lifecycle_%s', 'new_users', 'Active for the first time'),
		('lifecycle_%s', 'returning_users', 'Active, and in the %s before too'),
		('lifecycle_%s', 'resurrected_users', 'Active again, but not in the %s before'),
		('lifecycle_%s', 'dormant_users', 'Active in the %s before, not in this one'),
		('lifecycle_%s', 'active_users', 'new + returning + resurrected'),
		('lifecycle_%s', 'quick_ratio', '(new + resurrected) / dormant: above 1 the base grows; NULL without dormant users'),
		('lifecycle_%s', 'complete', 'Whether the %s was over at as_of'),
		('activity', NULL, 'Each user''s active days: what the views are readings of'),
		('activity', 'user_id', 'The user, as in the source'),
		('activity', 'activity', 'The days with their events, purchases and amounts'),
		('basis', NULL, 'What depends on all users, as of the last refresh: the date, the cut points, the typical gap'),
		('basis', 'as_of', 'The first day not observed: the views count the days before it'),
		('basis', 'rfm', 'Cut points and means of recency, frequency and money'),
		('basis', 'typical_gap', 'Median over users of their median gap between active days'),
		('basis', 'refreshed_at', 'When the source was read'),
		('basis', 'rows_left_out', 'Rows without user or time, or with an infinite time')
	) AS l (object, column_name, answers)) AS v
	LEFT JOIN (VALUES ('day'), ('week'), ('month')) AS p (period) ON v.object LIKE '%\%s'
	ORDER BY v.place, array_position('{day,week,month}', p.period);
END;
COMMENT ON FUNCTION view_catalog() IS
	'What create_views makes: each object and column with what it answers';

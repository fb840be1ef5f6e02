-- The rest of export.sql: what the page of growth shows. Where add-ons are missing, files without rows.
SELECT to_regclass(format('%I.points_month', :'schema')) IS NOT NULL AS has_points,
	   to_regclass(format('%I.tier_counts', :'schema')) IS NOT NULL AS has_tiers,
	   to_regclass(format('%I.referral_month', :'schema')) IS NOT NULL AS has_referral,
	   to_regclass(format('%I.survey_month', :'schema')) IS NOT NULL AS has_surveys,
	   to_regclass(format('%I.goals', :'schema')) IS NOT NULL AS has_goals,
	   to_regclass(format('%I.kpi_alerts', :'schema')) IS NOT NULL AS has_alerts \gset

\o points_month.csv
\if :has_points
	COPY (
		SELECT month, earned, spent, reversed, expired, closing_balance, complete::text
		FROM :"schema".points_month WHERE :mine AND month >= :'as_of'::date - 731 ORDER BY month
	) TO STDOUT (FORMAT csv, HEADER);

	-- a user whose points expire on several days of a month counts once for each
	\o points_expiring.csv
	COPY (
		SELECT date_trunc('month', expires_on)::date AS month, sum(points) AS points, sum(users) AS users
		FROM :"schema".points_expiring WHERE :mine AND expires_on < :'as_of'::date + 366 GROUP BY 1 ORDER BY 1
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho month
	\o points_expiring.csv
	\qecho month
\endif

\o tier_counts.csv
\if :has_tiers
	COPY (SELECT tier_name, users, share, revenue FROM :"schema".tier_counts WHERE :mine ORDER BY tier DESC) TO STDOUT (FORMAT csv, HEADER);

	\o tier_moves_month.csv
	COPY (
		SELECT month, coalesce(sum(users) FILTER (WHERE reason IN ('join', 'upgrade')), 0) AS upgrade, coalesce(sum(users) FILTER (WHERE reason = 'downgrade'), 0) AS downgrade,
			   bool_and(complete)::text AS complete
		FROM :"schema".tier_moves_month WHERE :mine AND month >= :'as_of'::date - 731 GROUP BY month ORDER BY month
	) TO STDOUT (FORMAT csv, HEADER);

	\o tier_due.csv
	COPY (
		SELECT date_trunc('month', valid_until)::date AS month, sum(users) AS users, sum(will_keep) AS will_keep
		FROM :"schema".tier_due WHERE :mine AND valid_until < :'as_of'::date + 366 GROUP BY 1 ORDER BY 1
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho tier_name
	\o tier_moves_month.csv
	\qecho month
	\o tier_due.csv
	\qecho month
\endif

\o referral_month.csv
\if :has_referral
	COPY (
		SELECT cohort AS month, users, inviters, accepted, k_factor, cycle_days, complete::text
		FROM :"schema".referral_month WHERE :mine AND cohort >= :'as_of'::date - 731 ORDER BY cohort
	) TO STDOUT (FORMAT csv, HEADER);

	\o referral_generations.csv
	COPY (SELECT generation, users, retention_rate FROM :"schema".referral_generations WHERE :mine AND generation < 8 ORDER BY generation) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho month
	\o referral_generations.csv
	\qecho generation
\endif

\o survey_month.csv
\if :has_surveys
	COPY (
		SELECT survey AS name, month, answers, nps, nps_lower, nps_upper, nps_p, top_box, top_box_lower, top_box_upper, top_box_p, complete::text
		FROM :"schema".survey_month WHERE :mine AND month >= :'as_of'::date - 731 ORDER BY (nps IS NULL), survey, month
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho name
\endif

\o goals.csv
\if :has_goals
	COPY (
		SELECT metric, from_day, to_day, direction, target AS goal, actual, expected_to_date, projected, status
		FROM :"schema".goals WHERE :mine AND to_day > :'as_of'::date - 92 ORDER BY to_day, from_day, metric LIMIT 12
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho metric
\endif

\o kpi_alerts.csv
\if :has_alerts
	COPY (
		SELECT day, metric, value, expected, lower, upper, change FROM :"schema".kpi_alerts
		WHERE :mine AND status = 'alert' AND change IS NOT NULL AND day >= :'as_of'::date - 92 ORDER BY day, metric
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho day
\endif

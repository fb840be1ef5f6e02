-- Writes what the pages show, a CSV file for each view, into the current folder:
--   psql -v schema=NAME -v tenant=VALUE -f export.sql
-- tenant: whose rows, where the views have tenants; else it does not count.
-- All of it is read in one snapshot. Long histories are cut to what a chart can show.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET datestyle = iso;
SET extra_float_digits = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- the rows to take, for a WHERE
SELECT CASE WHEN tenant IS NULL THEN 'true' ELSE format('%I::text = %L', tenant, :'tenant') END AS mine FROM :"schema".settings \gset

SELECT EXISTS (SELECT FROM :"schema".churn_calibration WHERE :mine AND churn_method <> 'gaps') AS calibrated,
	   (SELECT as_of FROM :"schema".basis WHERE :mine) AS as_of \gset

\o meta.csv
COPY (
	SELECT :'schema' AS schema_name,
		   CASE WHEN tenant IS NULL THEN source::text ELSE format('%s, %s %s', source, tenant, :'tenant') END AS source,
		   amount, coalesce(time_zone, 'UTC') AS time_zone, horizon_days, :'as_of' AS as_of,
		   :'calibrated'::boolean::text AS calibrated
	FROM :"schema".settings
) TO STDOUT (FORMAT csv, HEADER);

\o kpis_day.csv
COPY (
	SELECT day, dau, wau, mau, new_users, purchases, revenue
	FROM :"schema".kpis_day WHERE :mine AND day >= :'as_of'::date - 731 ORDER BY day
) TO STDOUT (FORMAT csv, HEADER);

\o lifecycle_week.csv
COPY (
	SELECT period_start, new_users, returning_users, resurrected_users, dormant_users, quick_ratio, complete::text
	FROM :"schema".lifecycle_week WHERE :mine AND period_start >= :'as_of'::date - 7 * 53 ORDER BY period_start
) TO STDOUT (FORMAT csv, HEADER);

\o lifecycle_month.csv
COPY (
	SELECT period_start, new_users, returning_users, resurrected_users, dormant_users, quick_ratio, complete::text
	FROM :"schema".lifecycle_month WHERE :mine AND period_start >= :'as_of'::date - interval '24 months' ORDER BY period_start
) TO STDOUT (FORMAT csv, HEADER);

\o engagement_28d.csv
COPY (SELECT active_days, users, share FROM :"schema".engagement_28d WHERE :mine ORDER BY active_days) TO STDOUT (FORMAT csv, HEADER);

\o retention_month.csv
COPY (
	SELECT cohort, period_number, cohort_size, retained_users, round(retention_rate::numeric, 4) AS retention_rate, complete::text
	FROM :"schema".retention_month WHERE :mine AND cohort >= :'as_of'::date - interval '24 months' ORDER BY cohort, period_number
) TO STDOUT (FORMAT csv, HEADER);

\o retention_week.csv
COPY (
	SELECT cohort, period_number, cohort_size, retained_users, round(retention_rate::numeric, 4) AS retention_rate, complete::text
	FROM :"schema".retention_week WHERE :mine AND cohort >= :'as_of'::date - 7 * 104 ORDER BY cohort, period_number
) TO STDOUT (FORMAT csv, HEADER);

\o retention_curve_week.csv
COPY (
	SELECT period_number, retained_users, eligible_users, round(retention_rate::numeric, 4) AS retention_rate
	FROM :"schema".retention_curve_week WHERE :mine ORDER BY period_number
) TO STDOUT (FORMAT csv, HEADER);

\o rfm_grid.csv
COPY (SELECT r_score, f_score, users, revenue FROM :"schema".rfm_grid WHERE :mine ORDER BY r_score, f_score) TO STDOUT (FORMAT csv, HEADER);

\o rfm_segments.csv
COPY (
	SELECT segment, users, share, revenue, revenue_share FROM :"schema".rfm_segments WHERE :mine ORDER BY revenue DESC NULLS LAST, users DESC
) TO STDOUT (FORMAT csv, HEADER);

\o churn_bands.csv
COPY (SELECT band, users, share, revenue_at_risk FROM :"schema".churn_bands WHERE :mine ORDER BY band) TO STDOUT (FORMAT csv, HEADER);

\o ltv_month.csv
COPY (
	SELECT cohort, period_number, cohort_size, cumulative_revenue, round(ltv, 4) AS ltv, complete::text
	FROM :"schema".ltv_month WHERE :mine AND cohort >= :'as_of'::date - interval '24 months' ORDER BY cohort, period_number
) TO STDOUT (FORMAT csv, HEADER);

\o repeat_purchase.csv
COPY (
	SELECT buyers, repeat_buyers, repeat_rate, days_to_second_q1, days_to_second_median, days_to_second_q3
	FROM :"schema".repeat_purchase WHERE :mine
) TO STDOUT (FORMAT csv, HEADER);

-- only where a model was fitted
\o churn_calibration.csv
COPY (
	SELECT decile, users, predicted_risk AS predicted, actual_risk AS actual
	FROM :"schema".churn_calibration WHERE :mine AND churn_method <> 'gaps' ORDER BY decile
) TO STDOUT (FORMAT csv, HEADER);
\o
COMMIT;

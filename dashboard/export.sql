-- Writes what the pages show, a CSV file for each view, into the current folder:
--   psql -v schema=NAME -f export.sql
-- All of it is read in one snapshot. Long histories are cut to what a chart can show.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET datestyle = iso;
SET extra_float_digits = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT EXISTS (SELECT FROM :"schema".churn_calibration WHERE churn_method <> 'gaps') AS calibrated,
	   (SELECT as_of FROM :"schema".basis) AS as_of \gset

\o meta.csv
COPY (
	SELECT :'schema' AS schema_name, source, amount, coalesce(time_zone, 'UTC') AS time_zone, horizon_days, :'as_of' AS as_of,
		   :'calibrated'::boolean::text AS calibrated
	FROM :"schema".settings
) TO STDOUT (FORMAT csv, HEADER);

\o kpis_day.csv
COPY (
	SELECT day, dau, wau, mau, new_users, purchases, revenue
	FROM :"schema".kpis_day WHERE day >= :'as_of'::date - 731 ORDER BY day
) TO STDOUT (FORMAT csv, HEADER);

\o lifecycle_week.csv
COPY (
	SELECT period_start, new_users, returning_users, resurrected_users, dormant_users, quick_ratio, complete::text
	FROM :"schema".lifecycle_week WHERE period_start >= :'as_of'::date - 7 * 53 ORDER BY period_start
) TO STDOUT (FORMAT csv, HEADER);

\o lifecycle_month.csv
COPY (
	SELECT period_start, new_users, returning_users, resurrected_users, dormant_users, quick_ratio, complete::text
	FROM :"schema".lifecycle_month WHERE period_start >= :'as_of'::date - interval '24 months' ORDER BY period_start
) TO STDOUT (FORMAT csv, HEADER);

\o engagement_28d.csv
COPY (SELECT active_days, users, share FROM :"schema".engagement_28d ORDER BY active_days) TO STDOUT (FORMAT csv, HEADER);

\o retention_month.csv
COPY (
	SELECT cohort, period_number, cohort_size, retained_users, round(retention_rate::numeric, 4) AS retention_rate, complete::text
	FROM :"schema".retention_month WHERE cohort >= :'as_of'::date - interval '24 months' ORDER BY cohort, period_number
) TO STDOUT (FORMAT csv, HEADER);

\o retention_week.csv
COPY (
	SELECT cohort, period_number, cohort_size, retained_users, round(retention_rate::numeric, 4) AS retention_rate, complete::text
	FROM :"schema".retention_week WHERE cohort >= :'as_of'::date - 7 * 104 ORDER BY cohort, period_number
) TO STDOUT (FORMAT csv, HEADER);

\o retention_curve_week.csv
COPY (
	SELECT period_number, retained_users, eligible_users, round(retention_rate::numeric, 4) AS retention_rate
	FROM :"schema".retention_curve_week ORDER BY period_number
) TO STDOUT (FORMAT csv, HEADER);

\o rfm_grid.csv
COPY (SELECT r_score, f_score, users, revenue FROM :"schema".rfm_grid ORDER BY r_score, f_score) TO STDOUT (FORMAT csv, HEADER);

\o rfm_segments.csv
COPY (
	SELECT segment, users, share, revenue, revenue_share FROM :"schema".rfm_segments ORDER BY revenue DESC NULLS LAST, users DESC
) TO STDOUT (FORMAT csv, HEADER);

\o churn_bands.csv
COPY (SELECT band, users, share, revenue_at_risk FROM :"schema".churn_bands ORDER BY band) TO STDOUT (FORMAT csv, HEADER);

\o ltv_month.csv
COPY (
	SELECT cohort, period_number, cohort_size, cumulative_revenue, round(ltv, 4) AS ltv, complete::text
	FROM :"schema".ltv_month WHERE cohort >= :'as_of'::date - interval '24 months' ORDER BY cohort, period_number
) TO STDOUT (FORMAT csv, HEADER);

\o repeat_purchase.csv
COPY (SELECT * FROM :"schema".repeat_purchase) TO STDOUT (FORMAT csv, HEADER);

-- only where a model was fitted
\o churn_calibration.csv
COPY (
	SELECT decile, users, predicted_risk AS predicted, actual_risk AS actual
	FROM :"schema".churn_calibration WHERE churn_method <> 'gaps' ORDER BY decile
) TO STDOUT (FORMAT csv, HEADER);
\o
COMMIT;

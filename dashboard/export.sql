-- Writes what the pages show, a CSV file for each chart or view, into the current folder:
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
	   (SELECT as_of FROM :"schema".fitted WHERE :mine) AS as_of \gset


-- since when movers are told, and by what: by the history as far as it goes back, without one by the events
SELECT CASE WHEN to_regclass(format('%I.segment_history', :'schema')) IS NULL THEN 'SELECT NULL::date AS as_of, NULL AS segment, 0 AS users WHERE false'
			ELSE format('SELECT as_of, segment, users FROM %I.segment_history WHERE %s', :'schema', :'mine') END AS history \gset
SELECT coalesce(h.since, :'as_of'::date - 30) AS since, h.since IS NOT NULL AS by_history, s.rfm_bins = 5 AS named
FROM :"schema".settings AS s,
	 (SELECT coalesce(max(as_of) FILTER (WHERE as_of <= :'as_of'::date - 30), min(as_of)) AS since FROM (:history) AS a WHERE as_of < :'as_of') AS h \gset

-- whom one can look at apart: the commonest values of each column that views are broken down by
SELECT coalesce(string_agg(format('SELECT %L AS property, %I::text AS value, sum(new_users)::bigint AS users FROM %I.%I WHERE %s GROUP BY 2',
								  b.property, b.property, :'schema', 'kpis_day_by_' || b.property, :'mine'), ' UNION ALL '),
				'SELECT NULL AS property, NULL AS value, 0 AS users WHERE false') AS all_parts
FROM (SELECT substr(c.relname, 1 + length('kpis_day_by_')) AS property FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
	  WHERE n.nspname = :'schema' AND c.relname LIKE 'kpis\_day\_by\_%') AS b \gset
SELECT coalesce(json_agg(p ORDER BY p.part), '[]') AS parts
FROM (SELECT row_number() OVER (ORDER BY r.property, r.place) AS part, r.*
	  FROM (SELECT v.*, row_number() OVER (PARTITION BY v.property ORDER BY v.users DESC, v.value) AS place,
				   count(*) OVER (PARTITION BY v.property) AS of_values
			FROM (:all_parts) AS v
			ORDER BY place, property LIMIT 24) AS r
	  WHERE r.place <= 8) AS p \gset

\set lifecycle_columns 'v.period_start, v.new_users, v.returning_users, v.resurrected_users, v.dormant_users, v.quick_ratio, v.complete::text'
\set cell_columns 'v.cohort, v.period_number, v.cohort_size, v.retained_users, round(v.retention_rate::numeric, 4) AS retention_rate, v.complete::text'
-- views that are broken down, as SQL in a variable with the name of the view; part 0 is everybody
SELECT max(q.query) FILTER (WHERE q.view = 'kpis_day') AS kpis_day,
	   max(q.query) FILTER (WHERE q.view = 'lifecycle_week') AS lifecycle_week,
	   max(q.query) FILTER (WHERE q.view = 'lifecycle_month') AS lifecycle_month,
	   max(q.query) FILTER (WHERE q.view = 'retention_week') AS retention_week,
	   max(q.query) FILTER (WHERE q.view = 'retention_month') AS retention_month,
	   max(q.query) FILTER (WHERE q.view = 'retention_curve_week') AS retention_curve_week
FROM (
	SELECT s.view, string_agg(format('SELECT p.part, %s FROM (SELECT * FROM %I.%I WHERE %s) AS v JOIN %s%s',
		s.columns, :'schema', s.view || coalesce('_by_' || b.property, ''), :'mine',
		CASE WHEN b.property IS NULL THEN '(SELECT 0 AS part) AS p ON true'
			 ELSE format('json_to_recordset(%L) AS p (part integer, property text, value text)
						  ON p.property = %L AND coalesce(p.value, '''') = coalesce(v.%I::text, '''') AND (p.value IS NULL) = (v.%3$I IS NULL)',
						 :'parts', b.property, b.property) END,
		CASE WHEN s.day IS NULL THEN ''
			 ELSE format(' WHERE %s >= %L::date - CASE p.part WHEN 0 THEN %s ELSE %s END', s.day, :'as_of', s.days, s.days_of_part) END),
		' UNION ALL ') || ' ORDER BY 1, 2, 3' AS query
	FROM (VALUES
		('kpis_day', 'v.day', 731, 400, 'v.day, v.dau, v.wau, v.mau, v.new_users, v.purchases, v.revenue'),
		('lifecycle_week', 'v.period_start', 371, 371, :'lifecycle_columns'),
		('lifecycle_month', 'v.period_start', 731, 731, :'lifecycle_columns'),
		('retention_week', 'v.cohort', 728, 182, :'cell_columns'),
		('retention_month', 'v.cohort', 731, 731, :'cell_columns'),
		('retention_curve_week', NULL, NULL, NULL,
		 'v.period_number, v.retained_users, v.eligible_users, round(v.retention_rate::numeric, 4) AS retention_rate'))
		AS s (view, day, days, days_of_part, columns)
	CROSS JOIN (SELECT NULL AS property UNION SELECT r.property FROM json_to_recordset(:'parts') AS r (property text)) AS b
	GROUP BY s.view
) AS q \gset

\o meta.csv
COPY (
	SELECT :'schema' AS schema_name,
		   CASE WHEN tenant IS NULL THEN source::text ELSE format('%s, %s %s', source, tenant, :'tenant') END AS source,
		   amount, coalesce(time_zone, 'UTC') AS time_zone, horizon_days, :'as_of' AS as_of,
		   :'calibrated'::boolean::text AS calibrated,
		   :'since' AS since, :'by_history'::boolean::text AS by_history, :'named'::boolean::text AS named
	FROM :"schema".settings
) TO STDOUT (FORMAT csv, HEADER);

\o parts.csv
COPY (
	SELECT part, property, CASE WHEN value IS NULL THEN '(none)' WHEN value = '' THEN '(empty)' ELSE value END AS label, users, of_values
	FROM json_to_recordset(:'parts') AS p (part integer, property text, value text, users bigint, of_values bigint) ORDER BY part
) TO STDOUT (FORMAT csv, HEADER);

\o kpis_day.csv
COPY (:kpis_day) TO STDOUT (FORMAT csv, HEADER);

\o lifecycle_week.csv
COPY (:lifecycle_week) TO STDOUT (FORMAT csv, HEADER);

\o lifecycle_month.csv
COPY (:lifecycle_month) TO STDOUT (FORMAT csv, HEADER);

\o retention_month.csv
COPY (:retention_month) TO STDOUT (FORMAT csv, HEADER);

\o retention_week.csv
COPY (:retention_week) TO STDOUT (FORMAT csv, HEADER);

\o retention_curve_week.csv
COPY (:retention_curve_week) TO STDOUT (FORMAT csv, HEADER);

\o engagement_28d.csv
COPY (SELECT active_days, users, share FROM :"schema".engagement_28d WHERE :mine ORDER BY active_days) TO STDOUT (FORMAT csv, HEADER);

\o rfm_grid.csv
COPY (SELECT r_score, f_score, users, revenue FROM :"schema".rfm_grid WHERE :mine ORDER BY r_score, f_score) TO STDOUT (FORMAT csv, HEADER);

\o rfm_segments.csv
COPY (
	SELECT segment, users, share, revenue, revenue_share FROM :"schema".rfm_segments WHERE :mine ORDER BY revenue DESC NULLS LAST, users DESC
) TO STDOUT (FORMAT csv, HEADER);

-- by segment, by life stage and by pair of scores: how many, worth what, and what the models expect of them
\o groups.csv
COPY (
	SELECT CASE WHEN grouping(life_stage) = 0 THEN 'stage' WHEN grouping(r_score) = 0 THEN 'scores' ELSE 'segment' END AS kind,
		   CASE grouping(life_stage) WHEN 0 THEN life_stage ELSE segment END AS label,
		   r_score, f_score, count(*) AS users, sum(monetary) AS revenue, round(avg(idle_days), 1) AS idle_days,
		   round(sum(expected_purchases_90d)::numeric, 2) AS purchases,
		   round((sum(expected_purchases_90d * expected_spend) / nullif(sum(expected_purchases_90d) FILTER (WHERE expected_spend IS NOT NULL), 0))::numeric, 2) AS spend,
		   round(sum(clv_365d)::numeric, 2) AS clv
	FROM :"schema".users WHERE :mine
	GROUP BY GROUPING SETS ((segment), (life_stage), (r_score, f_score, segment))
	ORDER BY 1, clv DESC NULLS LAST, purchases DESC NULLS LAST, users DESC, label
) TO STDOUT (FORMAT csv, HEADER);

\o moves.csv
\if :by_history
	COPY (
		SELECT old_value, new_value, count(*) AS users
		FROM (SELECT (array_agg(old_value ORDER BY refreshed_at))[1] AS old_value, (array_agg(new_value ORDER BY refreshed_at DESC))[1] AS new_value
			  FROM :"schema".transitions WHERE :mine AND attribute = 'segment' AND as_of > :'since' GROUP BY user_id) AS m
		WHERE old_value IS DISTINCT FROM new_value
		GROUP BY 1, 2 ORDER BY users DESC, 1, 2
	) TO STDOUT (FORMAT csv, HEADER);
\else
	-- by today's cut points; scores are called as they are today
	COPY (
		WITH names AS (
			SELECT r_score, f_score, min(segment) AS segment FROM :"schema".users WHERE :mine GROUP BY 1, 2
		), counted AS (
			SELECT user_ops.first_day(a.activity, :'since') IS NOT NULL AS was_there, count(*) AS users,
				   user_ops.r_score(b.rfm, a.activity, :'since') AS old_r, user_ops.f_score(b.rfm, a.activity, :'since') AS old_f,
				   user_ops.r_score(b.rfm, a.activity, :'as_of') AS new_r, user_ops.f_score(b.rfm, a.activity, :'as_of') AS new_f
			FROM (SELECT activity FROM :"schema".activity WHERE :mine) AS a, (SELECT rfm FROM :"schema".fitted WHERE :mine) AS b
			WHERE :'named' AND user_ops.first_day(a.activity, :'as_of') IS NOT NULL
			GROUP BY 1, 3, 4, 5, 6
		), named AS (
			SELECT CASE WHEN was_there THEN coalesce(o.segment, user_ops.segment(old_r, old_f)) END AS old_value, n.segment AS new_value, c.users
			FROM counted AS c
			LEFT JOIN names AS o ON (o.r_score, o.f_score) IS NOT DISTINCT FROM (old_r, old_f)
			LEFT JOIN names AS n ON (n.r_score, n.f_score) IS NOT DISTINCT FROM (new_r, new_f)
		)
		SELECT old_value, new_value, sum(users) AS users FROM named
		WHERE old_value IS DISTINCT FROM new_value
		GROUP BY 1, 2 ORDER BY users DESC, 1, 2
	) TO STDOUT (FORMAT csv, HEADER);
\endif

\o segment_history.csv
COPY (
	SELECT as_of, segment, sum(users) AS users
	FROM (:history) AS h WHERE as_of >= :'as_of'::date - 400 AND segment IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
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
	SELECT decile, users, predicted_risk AS predicted, actual_risk AS actual, predicted_active, actual_active
	FROM :"schema".churn_calibration WHERE :mine AND churn_method <> 'gaps' ORDER BY decile
) TO STDOUT (FORMAT csv, HEADER);

-- what was asked of add-ons, and what they made; where they are not, files without rows
\o addons.csv
COPY (
	SELECT a.kind, a.name, extract(epoch FROM (a.settings ->> 'within')::interval) AS within_seconds, a.settings ->> 'entry' AS entry,
		   a.settings ->> 'unordered' AS unordered, extract(epoch FROM (a.settings ->> 'gap')::interval) AS gap_seconds, a.settings ->> 'reverse' AS reverse
	FROM :"schema".settings AS s, unnest(s.addons) AS a ORDER BY a.kind, a.name
) TO STDOUT (FORMAT csv, HEADER);
SELECT to_regclass(format('%I.funnels', :'schema')) IS NOT NULL AS has_funnels,
	   to_regclass(format('%I.funnel_segments', :'schema')) IS NOT NULL AS has_segments,
	   to_regclass(format('%I.paths', :'schema')) IS NOT NULL AS has_paths,
	   to_regclass(format('%I.attribution', :'schema')) IS NOT NULL AS has_attribution,
	   to_regclass(format('%I.experiment_arms', :'schema')) IS NOT NULL AS has_experiments \gset

\o funnels.csv
\if :has_funnels
	COPY (
		SELECT name, step, label, users, round(conversion_from_first::numeric, 4) AS conversion_from_first,
			   round(conversion_from_previous::numeric, 4) AS conversion_from_previous, drop_off,
			   round(median_seconds::numeric, 1) AS median_seconds, round(average_seconds::numeric, 1) AS average_seconds, open_users
		FROM :"schema".funnels WHERE :mine ORDER BY name, step
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho name,step
\endif

-- the largest segments: how many began, and how many got to the last step
\o funnel_segments.csv
\if :has_segments
	COPY (
		SELECT name, CASE WHEN segment IS NULL THEN '(none)' WHEN segment = '' THEN '(empty)' ELSE segment END AS segment, begun, users,
			   round(users / nullif(begun, 0)::numeric, 4) AS conversion, round(z::numeric, 3) AS z, p_value, of_segments
		FROM (
			SELECT name, segment, max(users) FILTER (WHERE step = 1) AS begun, (array_agg(users ORDER BY step DESC))[1] AS users,
				   (array_agg(z ORDER BY step DESC))[1] AS z, (array_agg(p_value ORDER BY step DESC))[1] AS p_value, count(*) OVER (PARTITION BY name) AS of_segments,
				   row_number() OVER (PARTITION BY name ORDER BY max(users) FILTER (WHERE step = 1) DESC, segment) AS place
			FROM :"schema".funnel_segments WHERE :mine GROUP BY name, segment
		) AS s
		WHERE place <= 12 ORDER BY name, place
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho name,segment
\endif

-- at each depth the commonest events; the others as one, whose users cannot be told
\o paths.csv
\if :has_paths
	COPY (
		WITH edges AS (
			SELECT p.*, (a.settings ->> 'reverse')::boolean AS reversed
			FROM (SELECT * FROM :"schema".paths WHERE :mine) AS p JOIN :"schema".settings AS s ON true JOIN unnest(s.addons) AS a ON (a.kind, a.name) = ('path', p.name)
		), nodes AS (
			SELECT name, depth, event, row_number() OVER (PARTITION BY name, depth ORDER BY max(sessions) DESC, event) AS place
			FROM (
				SELECT name, depth + reversed::int AS depth, source AS event, sum(sessions) AS sessions FROM edges GROUP BY name, depth + reversed::int, source
				UNION ALL
				SELECT name, depth + (NOT reversed)::int, target, sum(sessions) FROM edges GROUP BY name, depth + (NOT reversed)::int, target
			) AS ends
			WHERE event NOT IN ('(entry)', '(exit)') GROUP BY name, depth, event
		), named AS (
			SELECT e.*, CASE WHEN s.place > 7 THEN '(other)' ELSE source END AS from_event, CASE WHEN t.place > 7 THEN '(other)' ELSE target END AS to_event
			FROM edges AS e
			LEFT JOIN nodes AS s ON (s.name, s.depth, s.event) = (e.name, e.depth + reversed::int, source)
			LEFT JOIN nodes AS t ON (t.name, t.depth, t.event) = (e.name, e.depth + (NOT reversed)::int, target)
		)
		SELECT name, depth, from_event AS source, to_event AS target, sum(sessions) AS sessions, CASE count(*) WHEN 1 THEN max(users) END AS users,
			   round((sum(average_seconds * sessions) / sum(sessions))::numeric, 1) AS average_seconds
		FROM named GROUP BY name, depth, from_event, to_event ORDER BY name, depth, sum(sessions) DESC, from_event, to_event
	) TO STDOUT (FORMAT csv, HEADER);

	\o path_transitions.csv
	COPY (
		WITH cells AS (
			SELECT * FROM :"schema".path_transitions WHERE :mine
		), events AS (
			SELECT name, event, row_number() OVER (PARTITION BY name ORDER BY event IN ('(entry)', '(exit)') DESC, sum(transitions) DESC, event) AS place, count(*) OVER (PARTITION BY name) AS events
			FROM cells, unnest(ARRAY[source, target]) AS event GROUP BY name, event
		)
		SELECT c.name, source, target, transitions, round(probability::numeric, 4) AS probability, s.events
		FROM cells AS c
		JOIN events AS s ON (s.name, s.event) = (c.name, c.source)
		JOIN events AS t ON (t.name, t.event) = (c.name, c.target)
		WHERE s.place <= 12 AND t.place <= 12 ORDER BY name, transitions DESC, source, target
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho name,depth
	\o path_transitions.csv
	\qecho name,source
\endif

\o attribution.csv
\if :has_attribution
	COPY (
		SELECT name, model, channel, conversions, amount, round(share::numeric, 4) AS share
		FROM (
			SELECT *, dense_rank() OVER (PARTITION BY name ORDER BY most DESC, channel) AS place
			FROM (SELECT *, max(share) OVER (PARTITION BY name, channel) AS most FROM :"schema".attribution WHERE :mine) AS a
		) AS ranked
		WHERE place <= 12 ORDER BY name, model, conversions DESC, channel
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho name,model
\endif

\o experiment_arms.csv
\if :has_experiments
	COPY (
		SELECT experiment AS name, variant, users, open_users, round(sample_ratio_p::numeric, 4) AS sample_ratio_p, mismatch::text
		FROM :"schema".experiment_arms WHERE :mine ORDER BY experiment, variant
	) TO STDOUT (FORMAT csv, HEADER);

	\o experiment_results.csv
	COPY (
		SELECT experiment AS name, metric, variant, users, mean, control_mean, effect, lower, upper, p_holm, adjusted::text
		FROM :"schema".experiment_results WHERE :mine ORDER BY experiment, metric, variant
	) TO STDOUT (FORMAT csv, HEADER);

	-- one metric is drawn
	\o experiment_days.csv
	COPY (
		SELECT experiment AS name, as_of, metric, variant, users, effect, lower, upper, always_valid_p
		FROM :"schema".experiment_days WHERE :mine AND metric IN ('revenue', 'active_days') AND as_of >= :'as_of'::date - 400 ORDER BY experiment, metric, variant, as_of
	) TO STDOUT (FORMAT csv, HEADER);

	\o campaign_lift.csv
	COPY (
		SELECT experiment AS name, variant, treated, incremental_converters, incremental_revenue, lower, upper, cost, net_revenue, cost_per_converter
		FROM :"schema".campaign_lift WHERE :mine ORDER BY experiment, variant
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho name,variant
	\o experiment_results.csv
	\qecho name,metric
	\o experiment_days.csv
	\qecho name,as_of
	\o campaign_lift.csv
	\qecho name,variant
\endif

\ir export_growth.sql
\ir export_items.sql
\o
COMMIT;

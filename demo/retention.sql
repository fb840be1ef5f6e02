-- Monthly retention: one row a cohort, one column a month of its life.
SELECT pg_temp.heading('Retention by month',
	'A row is everyone first seen in that month, a column the per cent of them active n months later.' || E'\n'
	|| 'Down a column: do newer users stay longer? Darker is more. * is a month not over: it can grow.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || 'cohort   users' || string_agg(lpad(n::text, 5) || ' ', '' ORDER BY n) || :'off'
FROM generate_series(0, 12) AS n;

WITH cells AS (
	SELECT *, count(*) OVER (PARTITION BY period_number = 0) FROM :"schema".retention_month WHERE period_number <= 12
), drawn AS (
	SELECT cohort, period_number, cohort_size,
		CASE WHEN period_number = 0 OR retention_rate = 0 THEN 0
			ELSE ceil(4 * retention_rate / max(retention_rate) FILTER (WHERE period_number > 0) OVER ())::int END AS level,
		lpad(round(100 * retention_rate)::text, 3) || CASE WHEN complete THEN ' ' ELSE '*' END AS label
	FROM cells
)
SELECT line FROM (
	SELECT cohort, to_char(cohort, 'YYYY-MM') || pg_temp.num(max(cohort_size), 7)
		|| string_agg(' ' || CASE WHEN level > 1 THEN :'green' ELSE '' END || CASE WHEN level > 2 THEN :'bold' ELSE '' END
			|| substr(:'shades', level + 1, 1) || label || :'off', '' ORDER BY period_number) AS line
	FROM drawn GROUP BY cohort ORDER BY cohort DESC LIMIT 18
) AS latest ORDER BY cohort;

SELECT :'bold' || 'all           ' || string_agg(coalesce(lpad(round(100 * retention_rate)::text, 5), '    -') || ' ', '' ORDER BY period_number) || :'off'
FROM :"schema".retention_curve_month WHERE period_number <= 12;
SELECT :'dim' || 'all: every cohort that is old enough, so the columns to the right rest on fewer of them.'
	|| CASE WHEN cohorts > 18 THEN format(' The latest 18 of %s cohorts are shown.', cohorts) ELSE '' END || :'off'
FROM (SELECT count(DISTINCT cohort) AS cohorts FROM :"schema".retention_month) AS c;

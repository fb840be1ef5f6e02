-- Do newcomers stay.

CREATE FUNCTION user_ops_internal.retention_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('retention_{period}',
		'Do newcomers stay: of the users of each first {period}, how many were active n {period}s later',
		columns => ARRAY[
			['cohort', 'First day of the {period} in which these users were first active'],
			['period_number', 'Number of {period}s after the first; 0 is the cohort itself'],
			['cohort_size', 'Number of users in the cohort'],
			['retained_users', 'How many of them were active in that {period}'],
			['retention_rate', 'retained_users / cohort_size'],
			['complete', 'Whether the {period} was over at as_of; exclude incomplete cells from averages']],
		periods => '{day,week,month}',
		flags => '{breakdown}',
		body => $view$
			SELECT {r.split_by,} cell.cohort, cell.period_number, cell.cohort_size, cell.retained_users, cell.retention_rate, cell.complete
			FROM (
				SELECT {a.split_by,} user_ops.retention({activities}, '{period}', {as_of},
						user_ops.retention_options(week_start => {week_start}, max_periods => {max_periods})) AS matrix
				FROM {all_users} {GROUP BY a.split_by}) AS r
			CROSS JOIN LATERAL user_ops.cells(r.matrix) AS cell$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('retention_curve_{period}',
		'How does retention fall by {period}, over all cohorts whose {period} is complete',
		columns => ARRAY[
			['period_number', 'Number of {period}s after the first'],
			['retained_users', 'Users active in it, over the eligible cohorts'],
			['eligible_users', 'Users of the cohorts whose {period} is complete'],
			['retention_rate', 'retained_users / eligible_users']],
		periods => '{day,week,month}',
		flags => '{breakdown}',
		body => $view$
			SELECT {r.split_by,} point.period_number, point.retained_users, point.eligible_users, point.retention_rate
			FROM (
				SELECT {a.split_by,} user_ops.retention({activities}, '{period}', {as_of},
						user_ops.retention_options(week_start => {week_start}, max_periods => {max_periods})) AS matrix
				FROM {all_users} {GROUP BY a.split_by}) AS r
			CROSS JOIN LATERAL user_ops.curve(r.matrix) AS point$view$);
END;
COMMENT ON FUNCTION user_ops_internal.retention_views() IS
	'The views of create_views on whether newcomers stay';

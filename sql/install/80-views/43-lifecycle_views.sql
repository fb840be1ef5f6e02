-- How is the user base moving.

CREATE FUNCTION user_ops_internal.lifecycle_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('lifecycle_{period}',
		'How is the user base moving: who came, stayed, came back and left, by {period}',
		columns => ARRAY[
			['period_start', 'First day of the {period}'],
			['new_users', 'Active for the first time'],
			['returning_users', 'Active, and in the {period} before too'],
			['resurrected_users', 'Active again, but not in the {period} before'],
			['dormant_users', 'Active in the {period} before, not in this one'],
			['active_users', 'new + returning + resurrected'],
			['quick_ratio', '(new + resurrected) / dormant: above 1 the base grows; NULL without dormant users'],
			['complete', 'Whether the {period} was over at as_of']],
		periods => '{day,week,month}',
		flags => '{breakdown}',
		body => $view$
			SELECT {l.split_by,} cell.period_start, cell.new_users, cell.returning_users, cell.resurrected_users, cell.dormant_users,
				cell.active_users, cell.quick_ratio, cell.complete
			FROM (
				SELECT {a.split_by,} user_ops.lifecycle({activities}, '{period}', {as_of}, {week_start}) AS counts
				FROM {all_users} {GROUP BY a.split_by}) AS l
			CROSS JOIN LATERAL user_ops.cells(l.counts) AS cell$view$);
END;
COMMENT ON FUNCTION user_ops_internal.lifecycle_views() IS
	'The views of create_views on how the user base moves';

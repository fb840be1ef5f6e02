-- Engagement: daily, weekly and monthly active users, rolling, day by day.

SELECT user_ops_internal.make_state('engagement_counts', 20, 65536,
	'Users active in the last 1, 7 and 30 days, and what they did, day by day: a value that merges; its cells are read by a function. 72 bytes a day while it is counted, from the first active day to as_of, at most 512 MB');

-- The aggregate that makes engagement_counts, one row for each user.

CREATE FUNCTION user_ops_internal.engagement_add(engagement_counts, activity, date) RETURNS engagement_counts
	AS 'MODULE_PATHNAME', 'user_ops_engagement_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.engagement_add(engagement_counts, activity, date) IS 'Transition function of engagement';

CREATE AGGREGATE engagement(activity activity, as_of date) (
	SFUNC = engagement_add, STYPE = engagement_counts, SSPACE = 65536,
	FINALFUNC = engagement_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engagement(activity, date) IS
	'Engagement: Active users by day over the activities of users, days before as_of; rows with a NULL activity are skipped';

-- Reading it.

CREATE FUNCTION cells(counts engagement_counts)
	RETURNS TABLE (day date, dau bigint, wau bigint, mau bigint, stickiness double precision,
				   new_users bigint, events bigint, purchases bigint, paying_users bigint,
				   revenue numeric)
	AS 'MODULE_PATHNAME', 'user_ops_engagement_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 400;
COMMENT ON FUNCTION cells(engagement_counts) IS
	'Engagement: A row for each day from the first with users to the last before as_of; dau, wau, mau: distinct users active in the last 1, 7, 30 days that end with it; stickiness: dau / mau, NULL when mau is 0; new_users: first active on it; paying_users: with a purchase on it; revenue: net amount, NULL when no activity has amounts';

-- Directly over a population: the same kernel, and so the same answer.

CREATE FUNCTION engagement(population population, as_of date) RETURNS engagement_counts
	AS 'MODULE_PATHNAME', 'user_ops_population_engagement'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION engagement(population, date) IS
	'Engagement: Active users by day of all users of a population, as the aggregate over activity counts them';

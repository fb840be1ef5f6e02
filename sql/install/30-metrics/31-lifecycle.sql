-- Lifecycle: new, returning, resurrected and dormant users, from period to period.

SELECT user_ops_internal.make_state('lifecycle_counts', 20, 8192,
	'New, returning, resurrected and dormant users of each period: a value that merges; its cells are read by a function. At most 512 MB');

-- The aggregates that make lifecycle_counts, one row for each user.

CREATE FUNCTION user_ops_internal.lifecycle_add(lifecycle_counts, activity, period, date) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.lifecycle_add(lifecycle_counts, activity, period, date) IS 'Transition function of lifecycle';

CREATE AGGREGATE lifecycle(activity activity, period period, as_of date) (
	SFUNC = lifecycle_add, STYPE = lifecycle_counts, SSPACE = 4096,
	FINALFUNC = lifecycle_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lifecycle(activity, period, date) IS
	'Lifecycle: counts by period over the activities of users, days before as_of; rows with a NULL activity are skipped';

CREATE FUNCTION user_ops_internal.lifecycle_add(lifecycle_counts, activity, period, date, week_start) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.lifecycle_add(lifecycle_counts, activity, period, date, week_start) IS 'Transition function of lifecycle';

CREATE AGGREGATE lifecycle(activity activity, period period, as_of date, week_start week_start) (
	SFUNC = lifecycle_add, STYPE = lifecycle_counts, SSPACE = 4096,
	FINALFUNC = lifecycle_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lifecycle(activity, period, date, week_start) IS
	'Lifecycle: counts by period over the activities of users, with the day weeks begin with';

-- Reading it.

CREATE FUNCTION cells(counts lifecycle_counts)
	RETURNS TABLE (period_start date, new_users bigint, returning_users bigint,
				   resurrected_users bigint, dormant_users bigint, active_users bigint,
				   quick_ratio double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 100;
COMMENT ON FUNCTION cells(lifecycle_counts) IS
	'Lifecycle: A row for each period from the first with users to the last that has begun by as_of; dormant: active in the period before and not in this one; quick_ratio: (new + resurrected) / dormant, NULL when nobody is dormant';

-- One user.

CREATE FUNCTION lifecycle_state(activity activity, as_of date, window_days integer DEFAULT 30)
	RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_state'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION lifecycle_state(activity, date, integer) IS
	'Lifecycle: new, returning, resurrected, dormant or inactive, by the last window_days days before as_of and as many before those; NULL without a day before as_of';

-- Directly over a population: the same kernel, and so the same answer.

CREATE FUNCTION lifecycle(population population, period period, as_of date) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_population_lifecycle'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION lifecycle(population, period, date) IS
	'Lifecycle: counts of all users of a population, as the aggregate over activity counts them';

CREATE FUNCTION lifecycle(population population, period period, as_of date, week_start week_start)
	RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_population_lifecycle'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION lifecycle(population, period, date, week_start) IS
	'Lifecycle: counts of all users of a population, with the day weeks begin with';

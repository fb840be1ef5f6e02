-- Retention: how many users of each cohort came back, period by period.

SELECT user_ops_internal.make_state('retention_matrix', 20, 8192,
	'How many users of each cohort came back in each period, and what they spent: a value that merges; its cells and its curve are read by functions. At most 512 MB');

CREATE TYPE retention_cohort AS ENUM ('first', 'recurring');
COMMENT ON TYPE retention_cohort IS
	'Which cohorts a user is in: that of the first active period, or of every active one';

CREATE TYPE retention_mode AS ENUM ('on', 'on_or_after', 'streak');
COMMENT ON TYPE retention_mode IS
	'When a user counts as retained: active in that period, in that or a later one (never final), or in every one up to it';

CREATE TYPE retention_mean AS ENUM ('pooled', 'simple');
COMMENT ON TYPE retention_mean IS
	'How a curve averages cohorts: by their users, or each cohort alike';

CREATE TYPE retention_options AS (
	cohort retention_cohort,
	mode retention_mode,
	week_start week_start,
	min_occurrences integer,
	brackets integer[],
	amounts boolean,
	max_periods integer,
	cohort_from date,
	cohort_to date
);
COMMENT ON TYPE retention_options IS
	'The options of retention; made by the function of the same name';
COMMENT ON COLUMN retention_options.cohort IS 'The cohorts a user is in';
COMMENT ON COLUMN retention_options.mode IS 'When a user counts as retained';
COMMENT ON COLUMN retention_options.week_start IS 'The day weeks begin with';
COMMENT ON COLUMN retention_options.min_occurrences IS 'Events that make a return; period 0 does not ask for them';
COMMENT ON COLUMN retention_options.brackets IS 'Numbers of periods put together: {1,3,4} means 1, 2 to 4, and 5 to 8; NULL: none';
COMMENT ON COLUMN retention_options.amounts IS 'Whether net amounts are counted, too';
COMMENT ON COLUMN retention_options.max_periods IS 'The largest period number; NULL: all that have begun';
COMMENT ON COLUMN retention_options.cohort_from IS 'Cohorts whose first day is this or later; NULL: all';
COMMENT ON COLUMN retention_options.cohort_to IS 'Cohorts whose first day is before this; NULL: all';

CREATE FUNCTION retention_options(cohort retention_cohort DEFAULT 'first',
								  mode retention_mode DEFAULT 'on',
								  week_start week_start DEFAULT 'monday',
								  min_occurrences integer DEFAULT 1,
								  brackets integer[] DEFAULT NULL,
								  amounts boolean DEFAULT false,
								  max_periods integer DEFAULT NULL,
								  cohort_from date DEFAULT NULL,
								  cohort_to date DEFAULT NULL)
	RETURNS retention_options
	AS 'MODULE_PATHNAME', 'user_ops_retention_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION retention_options(retention_cohort, retention_mode, week_start, integer, integer[], boolean, integer, date, date) IS
	'Retention: Options of retention, to be given by name: retention_options(mode => ''streak''); 22023 or 22004 for bad ones';

-- The aggregates that make a retention_matrix, one row for each user.

CREATE FUNCTION user_ops_internal.retention_add(retention_matrix, activity, period, date) RETURNS retention_matrix
	AS 'MODULE_PATHNAME', 'user_ops_retention_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.retention_add(retention_matrix, activity, period, date) IS 'Transition function of retention';

CREATE AGGREGATE retention(activity activity, period period, as_of date) (
	SFUNC = retention_add, STYPE = retention_matrix, SSPACE = 8192,
	FINALFUNC = retention_matrix_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention(activity, period, date) IS
	'Retention: by cohort over the activities of users, days before as_of: first cohorts, active in the period; rows with a NULL activity are skipped';

CREATE FUNCTION user_ops_internal.retention_add(retention_matrix, activity, period, date, retention_options) RETURNS retention_matrix
	AS 'MODULE_PATHNAME', 'user_ops_retention_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.retention_add(retention_matrix, activity, period, date, retention_options) IS 'Transition function of retention';

CREATE AGGREGATE retention(activity activity, period period, as_of date, options retention_options) (
	SFUNC = retention_add, STYPE = retention_matrix, SSPACE = 8192,
	FINALFUNC = retention_matrix_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention(activity, period, date, retention_options) IS
	'Retention: by cohort over the activities of users, days before as_of, with retention_options(...); the cells of mode on_or_after are never final';

CREATE FUNCTION user_ops_internal.retention_between_add(retention_matrix, activity, activity, period, date) RETURNS retention_matrix
	AS 'MODULE_PATHNAME', 'user_ops_retention_between_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.retention_between_add(retention_matrix, activity, activity, period, date) IS 'Transition function of retention_between';

CREATE AGGREGATE retention_between(start_activity activity, return_activity activity, period period, as_of date) (
	SFUNC = retention_between_add, STYPE = retention_matrix, SSPACE = 8192,
	FINALFUNC = retention_matrix_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_between(activity, activity, period, date) IS
	'Retention: from one activity to another, such as from signing up to buying: cohorts come from the first, later periods and amounts from the second, which may be NULL';

CREATE FUNCTION user_ops_internal.retention_between_add(retention_matrix, activity, activity, period, date, retention_options) RETURNS retention_matrix
	AS 'MODULE_PATHNAME', 'user_ops_retention_between_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.retention_between_add(retention_matrix, activity, activity, period, date, retention_options) IS 'Transition function of retention_between';

CREATE AGGREGATE retention_between(start_activity activity, return_activity activity, period period, as_of date, options retention_options) (
	SFUNC = retention_between_add, STYPE = retention_matrix, SSPACE = 8192,
	FINALFUNC = retention_matrix_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_between(activity, activity, period, date, retention_options) IS
	'Retention: from one activity to another, with retention_options(...); the cells of mode on_or_after are never final';

-- Reading it.

CREATE FUNCTION cells(matrix retention_matrix)
	RETURNS TABLE (cohort date, period_number integer, cohort_size bigint, retained_users bigint,
				   retention_rate double precision, complete boolean, amount numeric)
	AS 'MODULE_PATHNAME', 'user_ops_retention_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 1000;
COMMENT ON FUNCTION cells(retention_matrix) IS
	'Retention: A row for each cohort and period that has begun, in this order; complete: the period has ended by as_of (in mode on_or_after retained_users still grows after that); amount: net amount of the period, NULL unless asked for';

CREATE FUNCTION curve(matrix retention_matrix, mean retention_mean DEFAULT 'pooled')
	RETURNS TABLE (period_number integer, retained_users bigint, eligible_users bigint,
				   retention_rate double precision)
	AS 'MODULE_PATHNAME', 'user_ops_retention_curve'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 50;
COMMENT ON FUNCTION curve(retention_matrix, retention_mean) IS
	'Retention: by period number over complete cells only; pooled: retained_users / eligible_users, simple: the mean of the cohorts'' rates';

-- The flags form: one row of flags for each user.

CREATE FUNCTION user_ops_internal.retention_flags_add(integer[], boolean[]) RETURNS integer[]
	AS 'MODULE_PATHNAME', 'user_ops_retention_flags_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.retention_flags_add(integer[], boolean[]) IS
	'Transition function of retention_flags';

CREATE FUNCTION user_ops_internal.retention_flags_combine(integer[], integer[]) RETURNS integer[]
	AS 'MODULE_PATHNAME', 'user_ops_retention_flags_combine'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.retention_flags_combine(integer[], integer[]) IS
	'Combine function of retention_flags';

CREATE FUNCTION user_ops_internal.retention_flags_final(integer[]) RETURNS integer[]
	AS 'MODULE_PATHNAME', 'user_ops_retention_flags_final'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.retention_flags_final(integer[]) IS 'Final function of retention_flags';

CREATE AGGREGATE retention_flags(VARIADIC conditions boolean[]) (
	SFUNC = retention_flags_add, STYPE = integer[], SSPACE = 64,
	FINALFUNC = retention_flags_final, COMBINEFUNC = retention_flags_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_flags(boolean[]) IS
	'Retention: For one user''s rows: 1 or 0 for each condition. The first: it held in any row; each other: it and the first held, each in any row';

-- Directly over a population: the same kernel, and so the same answer.

CREATE FUNCTION retention(population population, period period, as_of date) RETURNS retention_matrix
	AS 'MODULE_PATHNAME', 'user_ops_population_retention'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION retention(population, period, date) IS
	'Retention: by cohort of all users of a population, as the aggregate over activity counts it';

CREATE FUNCTION retention(population population, period period, as_of date, options retention_options)
	RETURNS retention_matrix
	AS 'MODULE_PATHNAME', 'user_ops_population_retention'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION retention(population, period, date, retention_options) IS
	'Retention: by cohort of all users of a population, with retention_options(...)';

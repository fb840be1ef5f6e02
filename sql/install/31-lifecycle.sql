-- Lifecycle: new, returning, resurrected and dormant users, from period to period.

CREATE TYPE lifecycle_counts;

CREATE FUNCTION lifecycle_counts_in(cstring) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_in'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION lifecycle_counts_in(cstring) IS 'Input of lifecycle_counts';

CREATE FUNCTION lifecycle_counts_out(lifecycle_counts) RETURNS cstring
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_out'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION lifecycle_counts_out(lifecycle_counts) IS 'Output of lifecycle_counts';

CREATE FUNCTION lifecycle_counts_recv(internal) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_recv'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION lifecycle_counts_recv(internal) IS 'Binary input of lifecycle_counts';

CREATE FUNCTION lifecycle_counts_send(lifecycle_counts) RETURNS bytea
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_send'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION lifecycle_counts_send(lifecycle_counts) IS 'Binary output of lifecycle_counts: versioned, free of byte order';

CREATE TYPE lifecycle_counts (
	INPUT = lifecycle_counts_in,
	OUTPUT = lifecycle_counts_out,
	RECEIVE = lifecycle_counts_recv,
	SEND = lifecycle_counts_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE lifecycle_counts IS
	'New, returning, resurrected and dormant users of each period: a value that merges; its cells are read by a function. At most 512 MB';

CREATE FUNCTION lifecycle_counts(bytea) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_from_bytea'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION lifecycle_counts(bytea) IS
	'A lifecycle_counts from its binary form; 22P03 if the bytes are not a canonical one';
CREATE CAST (bytea AS lifecycle_counts) WITH FUNCTION lifecycle_counts(bytea);
COMMENT ON CAST (bytea AS lifecycle_counts) IS 'The lifecycle_counts with this binary form';
CREATE CAST (lifecycle_counts AS bytea) WITH FUNCTION lifecycle_counts_send(lifecycle_counts);
COMMENT ON CAST (lifecycle_counts AS bytea) IS 'The binary form of a lifecycle_counts';

CREATE FUNCTION lifecycle_counts_eq(lifecycle_counts, lifecycle_counts) RETURNS boolean
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_eq'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION lifecycle_counts_eq(lifecycle_counts, lifecycle_counts) IS 'Implementation of = operator';

CREATE FUNCTION lifecycle_counts_ne(lifecycle_counts, lifecycle_counts) RETURNS boolean
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_ne'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION lifecycle_counts_ne(lifecycle_counts, lifecycle_counts) IS 'Implementation of <> operator';

CREATE OPERATOR = (
	LEFTARG = lifecycle_counts, RIGHTARG = lifecycle_counts, FUNCTION = lifecycle_counts_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (lifecycle_counts, lifecycle_counts) IS 'The same question and the same counts';

CREATE OPERATOR <> (
	LEFTARG = lifecycle_counts, RIGHTARG = lifecycle_counts, FUNCTION = lifecycle_counts_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (lifecycle_counts, lifecycle_counts) IS 'Another question or other counts';

CREATE FUNCTION lifecycle_counts_final(lifecycle_counts) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_final'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION lifecycle_counts_final(lifecycle_counts) IS 'Final function of the aggregates that make a lifecycle_counts';

-- Merging: the users of both are added, so no user should be in both.

CREATE FUNCTION merge(a lifecycle_counts, b lifecycle_counts) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_counts_merge'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION merge(lifecycle_counts, lifecycle_counts) IS
	'The counts of both groups of users; NULL counts as nobody; 22023 if the questions differ';

CREATE OPERATOR || (
	LEFTARG = lifecycle_counts, RIGHTARG = lifecycle_counts, FUNCTION = merge, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (lifecycle_counts, lifecycle_counts) IS 'The counts of both groups of users';

CREATE AGGREGATE rollup(lifecycle_counts) (
	SFUNC = merge, STYPE = lifecycle_counts, SSPACE = 8192,
	FINALFUNC = lifecycle_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(lifecycle_counts) IS 'The counts of all groups of users; NULL over none';

-- The aggregates that make it, one row for each user.

CREATE FUNCTION lifecycle_add(lifecycle_counts, activity, period, date) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION lifecycle_add(lifecycle_counts, activity, period, date) IS 'Transition function of lifecycle';

CREATE AGGREGATE lifecycle(activity activity, period period, as_of date) (
	SFUNC = lifecycle_add, STYPE = lifecycle_counts, SSPACE = 4096,
	FINALFUNC = lifecycle_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lifecycle(activity, period, date) IS
	'Lifecycle counts by period over the activities of users, days before as_of; rows with a NULL activity are skipped';

CREATE FUNCTION lifecycle_add(lifecycle_counts, activity, period, date, week_start) RETURNS lifecycle_counts
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION lifecycle_add(lifecycle_counts, activity, period, date, week_start) IS 'Transition function of lifecycle';

CREATE AGGREGATE lifecycle(activity activity, period period, as_of date, week_start week_start) (
	SFUNC = lifecycle_add, STYPE = lifecycle_counts, SSPACE = 4096,
	FINALFUNC = lifecycle_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lifecycle(activity, period, date, week_start) IS
	'Lifecycle counts by period over the activities of users, with the day weeks begin with';

-- Reading it.

CREATE FUNCTION cells(counts lifecycle_counts)
	RETURNS TABLE (period_start date, new_users bigint, returning_users bigint,
				   resurrected_users bigint, dormant_users bigint, active_users bigint,
				   quick_ratio double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 100;
COMMENT ON FUNCTION cells(lifecycle_counts) IS
	'A row for each period from the first with users to the last that has begun by as_of; dormant: active in the period before and not in this one; quick_ratio: (new + resurrected) / dormant, NULL when nobody is dormant';

-- One user.

CREATE FUNCTION lifecycle_state(activity activity, as_of date, window_days integer DEFAULT 30)
	RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_lifecycle_state'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION lifecycle_state(activity, date, integer) IS
	'new, returning, resurrected, dormant or inactive, by the last window_days days before as_of and as many before those; NULL without a day before as_of';

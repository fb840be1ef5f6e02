-- How long users stay away between two purchase days: gaps counted in brackets.

SELECT user_ops_internal.make_state('gap_histogram', 10, 1024,
	'How many gaps between purchase days, and of how many users, are in which bracket of days: a value that merges; its cells are read by a function. At most 32 KB');

-- The aggregate that makes gap_histogram, one row for each user.

CREATE FUNCTION user_ops_internal.gap_histogram_add(gap_histogram, activity, date, integer[]) RETURNS gap_histogram
	AS 'MODULE_PATHNAME', 'user_ops_gap_histogram_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.gap_histogram_add(gap_histogram, activity, date, integer[]) IS
	'Transition function of gap_histogram';

CREATE AGGREGATE gap_histogram(activity activity, as_of date, brackets integer[]) (
	SFUNC = gap_histogram_add, STYPE = gap_histogram, SSPACE = 1024,
	FINALFUNC = gap_histogram_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_histogram(activity, date, integer[]) IS
	'Gaps: Days from each purchase day of a user to the next one before as_of (active days where the source has no amounts), counted in brackets; rows with a NULL activity are skipped. Brackets are the days at which they begin, from 1 upwards, so that they read as their rows do and every gap is in one: {1,8,31} means 1 to 7 days, 8 to 30, and 31 or more';

-- Reading it.

CREATE FUNCTION cells(histogram gap_histogram)
	RETURNS TABLE (from_days integer, to_days integer, gaps bigint, users bigint, share double precision)
	AS 'MODULE_PATHNAME', 'user_ops_gap_histogram_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 10;
COMMENT ON FUNCTION cells(gap_histogram) IS
	'Gaps: A row for each bracket, empty or not: gaps of from_days to to_days, NULL for the last, which is open; users: with at least one such gap; share: of all gaps, NULL when there are none';

-- Directly over a population: the same kernel, and so the same answer.

CREATE FUNCTION gap_histogram(population population, as_of date, brackets integer[]) RETURNS gap_histogram
	AS 'MODULE_PATHNAME', 'user_ops_population_gap_histogram'
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION gap_histogram(population, date, integer[]) IS
	'Gaps: The gaps of all users of a population in brackets, as the aggregate over activity counts them';

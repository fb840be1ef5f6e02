-- The typical gap of all users, by which life stages are measured.

SELECT user_ops_internal.make_state('gap_counts', 10, 1024,
	'How many users have which median gap: a value that merges, for typical_gap. At most 512 MB');

CREATE FUNCTION user_ops_internal.gap_counts_add(gap_counts, activity, date) RETURNS gap_counts
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION user_ops_internal.gap_counts_add(gap_counts, activity, date) IS
	'Transition function of typical_gap and gap_counts';

CREATE FUNCTION typical_gap(counts gap_counts) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_median'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION typical_gap(gap_counts) IS
	'Gaps: The median over the counted users of their median gap in days; 30 if there are none';

CREATE AGGREGATE typical_gap(activity, as_of date) (
	SFUNC = gap_counts_add, STYPE = gap_counts, SSPACE = 1024,
	FINALFUNC = typical_gap, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE typical_gap(activity, date) IS
	'Gaps: The median over users of their median gap between active days before as_of; 30 where nobody has a gap, NULL over no rows. One activity for each user';

CREATE AGGREGATE gap_counts(activity, as_of date) (
	SFUNC = gap_counts_add, STYPE = gap_counts, SSPACE = 1024,
	FINALFUNC = gap_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_counts(activity, date) IS
	'Gaps: What typical_gap(activity, date) is the median of, to be merged with others first';

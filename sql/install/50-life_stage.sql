-- Life stage of a user, and the typical gap of all users that it is measured with.

CREATE TYPE gap_counts;

CREATE FUNCTION gap_counts_in(cstring) RETURNS gap_counts
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_in'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION gap_counts_in(cstring) IS 'Input of gap_counts';

CREATE FUNCTION gap_counts_out(gap_counts) RETURNS cstring
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_out'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION gap_counts_out(gap_counts) IS 'Output of gap_counts';

CREATE FUNCTION gap_counts_recv(internal) RETURNS gap_counts
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_recv'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION gap_counts_recv(internal) IS 'Binary input of gap_counts';

CREATE FUNCTION gap_counts_send(gap_counts) RETURNS bytea
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_send'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION gap_counts_send(gap_counts) IS
	'Binary output of gap_counts: versioned, canonical, free of byte order';

CREATE TYPE gap_counts (
	INPUT = gap_counts_in,
	OUTPUT = gap_counts_out,
	RECEIVE = gap_counts_recv,
	SEND = gap_counts_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE gap_counts IS
	'How many users have which median gap, mergeable: 16 bytes for each different gap, at most 512 MB (then 54000)';

CREATE FUNCTION gap_counts_add(gap_counts, activity, date) RETURNS gap_counts
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION gap_counts_add(gap_counts, activity, date) IS
	'Transition function of typical_gap and gap_counts';

CREATE FUNCTION merge(a gap_counts, b gap_counts) RETURNS gap_counts
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_merge'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION merge(gap_counts, gap_counts) IS
	'The users of both, which must not overlap; 22023 unless as_of is the same; NULL counts as nobody';

CREATE OPERATOR || (
	LEFTARG = gap_counts, RIGHTARG = gap_counts, FUNCTION = merge, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (gap_counts, gap_counts) IS 'The users of both, which must not overlap';

CREATE FUNCTION typical_gap(counts gap_counts) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_median'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION typical_gap(gap_counts) IS
	'The median over the counted users of their median gap in days; 30 if there are none';

CREATE AGGREGATE typical_gap(activity, as_of date) (
	SFUNC = gap_counts_add, STYPE = gap_counts, SSPACE = 1024,
	FINALFUNC = typical_gap, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE typical_gap(activity, date) IS
	'The median over users of their median gap between active days before as_of; 30 where nobody has a gap, NULL over no rows. One activity for each user';

CREATE AGGREGATE gap_counts(activity, as_of date) (
	SFUNC = gap_counts_add, STYPE = gap_counts, SSPACE = 1024,
	COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_counts(activity, date) IS
	'What typical_gap(activity, date) is the median of, to be merged with others first';

CREATE AGGREGATE rollup(gap_counts) (
	SFUNC = merge, STYPE = gap_counts, SSPACE = 1024, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(gap_counts) IS 'All counts merged into one; NULL over none';

CREATE FUNCTION life_stage(activity activity, as_of date, typical_gap double precision DEFAULT 30,
						   lost_days integer DEFAULT 90, sleep_days integer DEFAULT 30,
						   lost_gaps double precision DEFAULT 3, sleep_gaps double precision DEFAULT 2,
						   new_days integer DEFAULT 14, growth_days integer DEFAULT 5,
						   growth_ratio double precision DEFAULT 1.2)
	RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_life_stage'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION life_stage(activity, date, double precision, integer, integer, double precision, double precision, integer, integer, double precision) IS
	'introduction, growth, mature, sleeping or lost; silence is measured in days and in the longer of the user''s own median gap (from 3 gaps on) and typical_gap; NULL without a day before as_of';

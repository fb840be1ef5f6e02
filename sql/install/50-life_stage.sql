-- Life stage of a user, and the typical gap of all users that it is measured with.

CREATE FUNCTION gap_counts_add(gap_counts, activity, date) RETURNS gap_counts
	AS 'MODULE_PATHNAME', 'user_ops_gap_counts_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION gap_counts_add(gap_counts, activity, date) IS
	'Transition function of typical_gap and gap_counts';

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
	FINALFUNC = gap_counts_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_counts(activity, date) IS
	'What typical_gap(activity, date) is the median of, to be merged with others first';

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

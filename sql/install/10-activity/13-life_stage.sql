-- Life stage of a user.

CREATE FUNCTION life_stage(activity activity, as_of date, typical_gap double precision DEFAULT 30,
						   lost_days integer DEFAULT 90, sleep_days integer DEFAULT 30,
						   lost_gaps double precision DEFAULT 3, sleep_gaps double precision DEFAULT 2,
						   new_days integer DEFAULT 14, growth_days integer DEFAULT 5,
						   growth_ratio double precision DEFAULT 1.2)
	RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_life_stage'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION life_stage(activity, date, double precision, integer, integer, double precision, double precision, integer, integer, double precision) IS
	'Life stage: introduction, growth, mature, sleeping or lost; silence is measured in days and in the longer of the user''s own median gap (from 3 gaps on) and typical_gap; NULL without a day before as_of';

-- Experiments of stored activities, all metrics at once: create_experiment_views makes its states
-- by it, as one reading of an activity costs less than what SQL would make of it.

SELECT user_ops_internal.make_hand_over('experiments_of_activity', 'experiments_of_activity');

CREATE FUNCTION user_ops_internal.experiments_of_activity_add(internal, text, activity, date, integer, integer, date, numeric) RETURNS internal
	AS 'MODULE_PATHNAME', 'user_ops_experiments_of_activity_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.experiments_of_activity_add(internal, text, activity, date, integer, integer, date, numeric) IS
	'Transition function of experiments_of_activity';

CREATE FUNCTION user_ops_internal.experiments_of_activity_final(internal) RETURNS experiment[]
	AS 'MODULE_PATHNAME', 'user_ops_experiments_of_activity_final'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION user_ops_internal.experiments_of_activity_final(internal) IS
	'Final function of experiments_of_activity';

CREATE AGGREGATE user_ops_internal.experiments_of_activity(variant text, activity activity, day date, within_days integer, before_days integer, until date, highest numeric) (
	SFUNC = experiments_of_activity_add, STYPE = internal, SSPACE = 16384,
	FINALFUNC = experiments_of_activity_final, COMBINEFUNC = experiments_of_activity_combine,
	SERIALFUNC = experiments_of_activity_serialize, DESERIALFUNC = experiments_of_activity_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE user_ops_internal.experiments_of_activity(text, activity, date, integer, integer, date, numeric) IS
	'Of users with the arm and the day of their assignment an experiment for each metric, in this order: active_days, events, retained, revenue, converted, purchases, revenue_per_purchase; over the days [day, day + within_days) before until, adjusted by those before, if before_days is above 0. Revenue counts up to highest. A NULL activity counts as 0';

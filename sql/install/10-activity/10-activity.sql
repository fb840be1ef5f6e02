-- The value activity: one user's active days.

-- with the other types of ours in one category, a literal without type is an activity
SELECT user_ops_internal.make_type('activity', 10, $$STORAGE = extended, CATEGORY = 'o', PREFERRED = true$$,
	'One user''s active days: events, purchases and exact net amount of each. Text form {date:events,...} or amounts {date:events:purchases:amount,...}', '{NULL,NULL,NULL,value_send}');
SELECT user_ops_internal.make_bytea_casts('activity', 10, 'Activity: An activity');
SELECT user_ops_internal.make_value_order('activity', 'an activity', 'activities', 'The same days with the same events, purchases and amounts', 'Different days, events, purchases or amounts');

-- Merging.

CREATE FUNCTION merge(a activity, b activity) RETURNS activity
	AS 'MODULE_PATHNAME', 'user_ops_activity_merge'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION merge(activity, activity) IS
	'Activity: The activity of both: days united, events, purchases and amounts added; NULL counts as nobody';

CREATE OPERATOR || (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = merge, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (activity, activity) IS
	'The activity of both: days united, events, purchases and amounts added';

CREATE FUNCTION activity_between(activity activity, from_day date, to_day date) RETURNS activity
	AS 'MODULE_PATHNAME', 'user_ops_activity_between'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION activity_between(activity, date, date) IS
	'Activity: The days from from_day up to, not including, to_day; NULL if there are none';

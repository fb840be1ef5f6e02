-- The value activity: one user's active days.

CREATE TYPE activity;

CREATE FUNCTION user_ops_internal.activity_in(cstring) RETURNS activity
	AS 'MODULE_PATHNAME', 'user_ops_activity_in'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.activity_in(cstring) IS 'Input of activity';

CREATE FUNCTION user_ops_internal.activity_out(activity) RETURNS cstring
	AS 'MODULE_PATHNAME', 'user_ops_activity_out'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.activity_out(activity) IS 'Output of activity';

CREATE FUNCTION user_ops_internal.activity_recv(internal) RETURNS activity
	AS 'MODULE_PATHNAME', 'user_ops_activity_recv'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.activity_recv(internal) IS 'Binary input of activity';

CREATE FUNCTION user_ops_internal.activity_send(activity) RETURNS bytea
	AS 'MODULE_PATHNAME', 'user_ops_activity_send'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.activity_send(activity) IS 'Binary output of activity: versioned, free of byte order';

CREATE TYPE activity (
	INPUT = activity_in,
	OUTPUT = activity_out,
	RECEIVE = activity_recv,
	SEND = activity_send,
	STORAGE = extended,
	-- with the other types of ours in one category, a literal without type is an activity
	CATEGORY = 'o',
	PREFERRED = true
);
COMMENT ON TYPE activity IS
	'One user''s active days: events, purchases and exact net amount of each. Text form {date:events,...} or amounts {date:events:purchases:amount,...}';

CREATE FUNCTION activity(bytea) RETURNS activity
	AS 'MODULE_PATHNAME', 'user_ops_activity_from_bytea'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION activity(bytea) IS
	'Activity: An activity from its binary form; 22P03 if the bytes are not a canonical one';
CREATE CAST (bytea AS activity) WITH FUNCTION activity(bytea);
COMMENT ON CAST (bytea AS activity) IS 'The activity with this binary form';
CREATE CAST (activity AS bytea) WITH FUNCTION activity_send(activity);
COMMENT ON CAST (activity AS bytea) IS 'The binary form of an activity';

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

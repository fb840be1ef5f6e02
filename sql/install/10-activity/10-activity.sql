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

-- Equality: the form is canonical, so equal activities have equal bytes.

CREATE FUNCTION user_ops_internal.activity_eq(activity, activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'user_ops_activity_eq'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.activity_eq(activity, activity) IS 'Implementation of = operator';

CREATE FUNCTION user_ops_internal.activity_ne(activity, activity) RETURNS boolean
	AS 'MODULE_PATHNAME', 'user_ops_activity_ne'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.activity_ne(activity, activity) IS 'Implementation of <> operator';

CREATE FUNCTION user_ops_internal.activity_hash(activity) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_activity_hash'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.activity_hash(activity) IS 'Hash of an activity';

CREATE FUNCTION user_ops_internal.activity_hash_extended(activity, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_activity_hash_extended'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.activity_hash_extended(activity, bigint) IS 'Hash of an activity with a seed';

CREATE OPERATOR = (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (activity, activity) IS 'The same days with the same events, purchases and amounts';

CREATE OPERATOR <> (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (activity, activity) IS 'Different days, events, purchases or amounts';

CREATE OPERATOR CLASS activity_hash_ops DEFAULT FOR TYPE activity USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 activity_hash(activity),
	FUNCTION 2 activity_hash_extended(activity, bigint);
COMMENT ON OPERATOR CLASS activity_hash_ops USING hash IS 'Grouping and hash joins on activities';
COMMENT ON OPERATOR FAMILY activity_hash_ops USING hash IS 'Grouping and hash joins on activities';

-- An order, so that DISTINCT, GROUP BY and ORDER BY can sort.

DO $do$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT *
		FROM (VALUES ('<', 'lt', '>', '>=', 'scalarlt'), ('<=', 'le', '>=', '>', 'scalarle'),
					 ('>', 'gt', '<', '<=', 'scalargt'), ('>=', 'ge', '<=', '<', 'scalarge')
			 ) AS k (operator, name, commutator, negator, estimate)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.activity_%1$s(activity, activity) RETURNS boolean
				AS 'MODULE_PATHNAME', 'user_ops_activity_%1$s'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION user_ops_internal.activity_%1$s(activity, activity) IS 'Implementation of %2$s operator';

			CREATE OPERATOR %2$s (
				LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_%1$s,
				COMMUTATOR = %3$s, NEGATOR = %4$s, RESTRICT = %5$ssel, JOIN = %5$sjoinsel
			);
			COMMENT ON OPERATOR %2$s (activity, activity) IS
				'Compares the bytes of activities: for sorting, the order has no meaning'
			$sql$, kind.name, kind.operator, kind.commutator, kind.negator, kind.estimate);
	END LOOP;
END $do$;

CREATE FUNCTION user_ops_internal.activity_cmp(activity, activity) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_activity_cmp'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.activity_cmp(activity, activity) IS
	'Compares the bytes of activities, less than 0, 0 or more: the order has no meaning';

CREATE OPERATOR CLASS activity_btree_ops DEFAULT FOR TYPE activity USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 activity_cmp(activity, activity),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS activity_btree_ops USING btree IS
	'Sorting activities by their bytes: the order has no meaning';
COMMENT ON OPERATOR FAMILY activity_btree_ops USING btree IS
	'Sorting activities by their bytes: the order has no meaning';

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

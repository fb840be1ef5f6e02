-- The states of metrics and models are types of one form, which the topics that follow
-- make, each its own.  Their C functions are what STATE_FUNCTIONS in state_io.h makes.
-- The last part of this script drops this function.

CREATE FUNCTION user_ops_internal.make_state(type name, cost integer, space integer, says text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
BEGIN
	EXECUTE format($sql$
		CREATE TYPE %1$I;

		CREATE FUNCTION user_ops_internal.%1$s_in(cstring) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_in'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_in(cstring) IS 'Input of %1$s';

		CREATE FUNCTION user_ops_internal.%1$s_out(%1$I) RETURNS cstring
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_out'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_out(%1$I) IS 'Output of %1$s';

		CREATE FUNCTION user_ops_internal.%1$s_recv(internal) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_recv'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_recv(internal) IS 'Binary input of %1$s';

		CREATE FUNCTION user_ops_internal.%1$s_send(%1$I) RETURNS bytea
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_send'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_send(%1$I) IS
			'Binary output of %1$s: versioned, canonical, free of byte order';

		CREATE TYPE %1$I (
			INPUT = %1$s_in,
			OUTPUT = %1$s_out,
			RECEIVE = %1$s_recv,
			SEND = %1$s_send,
			ALIGNMENT = double,
			STORAGE = extended,
			CATEGORY = 'o'
		);
		COMMENT ON TYPE %1$I IS %4$L;

		CREATE FUNCTION %1$I(bytea) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_from_bytea'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION %1$I(bytea) IS
			'States: A value of type %1$s from its binary form; 22P03 if the bytes are not a canonical one';
		CREATE CAST (bytea AS %1$I) WITH FUNCTION %1$I(bytea);
		COMMENT ON CAST (bytea AS %1$I) IS 'The %1$s with this binary form';
		CREATE CAST (%1$I AS bytea) WITH FUNCTION %1$s_send(%1$I);
		COMMENT ON CAST (%1$I AS bytea) IS 'The binary form of the %1$s';

		CREATE FUNCTION user_ops_internal.%1$s_eq(%1$I, %1$I) RETURNS boolean
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_eq'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_eq(%1$I, %1$I) IS 'Implementation of = operator';

		CREATE FUNCTION user_ops_internal.%1$s_ne(%1$I, %1$I) RETURNS boolean
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_ne'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_ne(%1$I, %1$I) IS 'Implementation of <> operator';

		CREATE OPERATOR = (
			LEFTARG = %1$I, RIGHTARG = %1$I, FUNCTION = %1$s_eq,
			COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
		);
		COMMENT ON OPERATOR = (%1$I, %1$I) IS 'The same question and the same counts';

		CREATE OPERATOR <> (
			LEFTARG = %1$I, RIGHTARG = %1$I, FUNCTION = %1$s_ne,
			COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
		);
		COMMENT ON OPERATOR <> (%1$I, %1$I) IS 'Another question or other counts';

		CREATE FUNCTION user_ops_internal.%1$s_final(%1$I) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_final'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_final(%1$I) IS
			'Final function of the aggregates that make a %1$s';

		CREATE FUNCTION merge(a %1$I, b %1$I) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_merge'
			LANGUAGE c IMMUTABLE PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION merge(%1$I, %1$I) IS
			'States: The %1$s of both groups of users, which must not overlap; NULL counts as nobody; 22023 if the questions differ';

		CREATE OPERATOR || (
			LEFTARG = %1$I, RIGHTARG = %1$I, FUNCTION = merge, COMMUTATOR = ||
		);
		COMMENT ON OPERATOR || (%1$I, %1$I) IS
			'The %1$s of both groups of users, which must not overlap';

		CREATE AGGREGATE rollup(%1$I) (
			SFUNC = merge, STYPE = %1$I, SSPACE = %3$s,
			FINALFUNC = %1$s_final, COMBINEFUNC = merge, PARALLEL = SAFE
		);
		COMMENT ON AGGREGATE rollup(%1$I) IS 'States: The %1$s of all groups of users; NULL over none'
		$sql$, type, cost, space, says);
END $do$;

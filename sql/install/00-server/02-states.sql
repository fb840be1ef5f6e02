-- The states of metrics: types of one form, for the aggregates of the topics that
-- follow.  Their C functions are what STATE_FUNCTIONS in state_io.h makes.

DO $do$
DECLARE
	state record;
BEGIN
	FOR state IN
		SELECT *
		FROM (VALUES
			('retention_matrix', 20, 8192,
			 'How many users of each cohort came back in each period, and what they spent: a value that merges; its cells and its curve are read by functions. At most 512 MB'),
			('lifecycle_counts', 20, 8192,
			 'New, returning, resurrected and dormant users of each period: a value that merges; its cells are read by a function. At most 512 MB'),
			('engagement_counts', 20, 65536,
			 'Users active in the last 1, 7 and 30 days, and what they did, day by day: a value that merges; its cells are read by a function. 72 bytes a day while it is counted, from the first active day to as_of, at most 512 MB'),
			('rfm_sample', 100, 4096,
			 'The RFM values of many users: a value that merges, for rfm_model. Collecting takes 16 bytes a user and at most 512 MB (33 million users, then 54000)'),
			('gap_counts', 10, 1024,
			 'How many users have which median gap: a value that merges, for typical_gap. At most 512 MB'),
			('gap_histogram', 10, 1024,
			 'How many gaps between purchase days, and of how many users, are in which bracket of days: a value that merges; its cells are read by a function. At most 32 KB'),
			('survival', 10, 1024,
			 'How many subjects had the event, or were censored, after which time: a value that merges; the Kaplan-Meier curve is read by functions. 24 bytes a distinct time while it is counted, at most 512 MB (22 million)'),
			('spend_sample', 100, 1024,
			 'How many users have which number of repeat purchases and which total of them: a value that merges, for spend_model. 24 bytes for each pair that differs while it is counted, at most 512 MB (22 million)'),
			('contract_sample', 10, 1024,
			 'How many were lost and kept in which period: a value that merges, for contract_model'),
			('feature_sample', 100, 1024,
			 'How many rows have which features, weight and outcome: a value that merges, for feature_model. 8 bytes a feature and 24 more for each row that differs while it is counted, at most 512 MB'),
			('purchase_sample', 100, 4096,
			 'How many users have which purchase history: a value that merges, for purchase_model. Collecting takes 43 to 85 bytes for each distinct history and at most 512 MB (15 million of them, then 54000)')
			) AS s (type, cost, space, says)
	LOOP
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
			$sql$, state.type, state.cost, state.space, state.says);
	END LOOP;
END $do$;

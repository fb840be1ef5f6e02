-- Makers of what many topics have, each its own: types that are bytes, the states of
-- metrics and models, values of one user, what an aggregate needs whose state is internal.
-- The last part of this script drops them.

-- A type and the functions that it cannot do without.  Their names in C follow from its
-- own, or are given: input, output, receive, send.
CREATE FUNCTION user_ops_internal.make_type(type name, cost integer, properties text, says text, functions text[] DEFAULT '{NULL,NULL,NULL,NULL}') RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
BEGIN
	EXECUTE format($sql$
		CREATE TYPE %1$I;

		CREATE FUNCTION user_ops_internal.%1$s_in(cstring) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%5$s'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_in(cstring) IS 'Input of %1$s';

		CREATE FUNCTION user_ops_internal.%1$s_out(%1$I) RETURNS cstring
			AS 'MODULE_PATHNAME', 'user_ops_%6$s'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_out(%1$I) IS 'Output of %1$s';

		CREATE FUNCTION user_ops_internal.%1$s_recv(internal) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%7$s'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_recv(internal) IS 'Binary input of %1$s';

		CREATE FUNCTION user_ops_internal.%1$s_send(%1$I) RETURNS bytea
			AS 'MODULE_PATHNAME', 'user_ops_%8$s'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_send(%1$I) IS %9$L;

		CREATE TYPE %1$I (
			INPUT = %1$s_in,
			OUTPUT = %1$s_out,
			RECEIVE = %1$s_recv,
			SEND = %1$s_send,
			%3$s
		);
		COMMENT ON TYPE %1$I IS %4$L
		$sql$, type, cost, properties, says, coalesce(functions[1], type || '_in'), coalesce(functions[2], type || '_out'),
		coalesce(functions[3], type || '_recv'), coalesce(functions[4], type || '_send'),
		'Binary output of ' || type || CASE WHEN properties LIKE 'INTERNALLENGTH%' THEN '' ELSE ': versioned, canonical, free of byte order' END);
END $do$;

-- From and to the binary form, which is canonical.
CREATE FUNCTION user_ops_internal.make_bytea_casts(type name, cost integer, says text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
BEGIN
	EXECUTE format($sql$
		CREATE FUNCTION %1$I(bytea) RETURNS %1$I
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_from_bytea'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %2$s;
		COMMENT ON FUNCTION %1$I(bytea) IS %3$L;
		CREATE CAST (bytea AS %1$I) WITH FUNCTION %1$I(bytea);
		COMMENT ON CAST (bytea AS %1$I) IS 'The %1$s with this binary form';
		CREATE CAST (%1$I AS bytea) WITH FUNCTION %1$s_send(%1$I);
		COMMENT ON CAST (%1$I AS bytea) IS 'The binary form of the %1$s'
		$sql$, type, cost, says || ' from its binary form; 22P03 if the bytes are not a canonical one');
END $do$;

-- Equal values have equal bytes: they can be grouped, and a subscriber of logical replication
-- finds a row by them where its table has no key.
CREATE FUNCTION user_ops_internal.make_hash(type name, one text, many text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
BEGIN
	EXECUTE format($sql$
		CREATE FUNCTION user_ops_internal.%1$s_hash(%1$I) RETURNS integer
			AS 'MODULE_PATHNAME', 'user_ops_value_hash'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
		COMMENT ON FUNCTION user_ops_internal.%1$s_hash(%1$I) IS %2$L;

		CREATE FUNCTION user_ops_internal.%1$s_hash_extended(%1$I, bigint) RETURNS bigint
			AS 'MODULE_PATHNAME', 'user_ops_value_hash_extended'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
		COMMENT ON FUNCTION user_ops_internal.%1$s_hash_extended(%1$I, bigint) IS %3$L;

		CREATE OPERATOR CLASS %1$s_hash_ops DEFAULT FOR TYPE %1$I USING hash AS
			OPERATOR 1 =,
			FUNCTION 1 %1$s_hash(%1$I),
			FUNCTION 2 %1$s_hash_extended(%1$I, bigint);
		COMMENT ON OPERATOR CLASS %1$s_hash_ops USING hash IS %4$L;
		COMMENT ON OPERATOR FAMILY %1$s_hash_ops USING hash IS %4$L
		$sql$, type, 'Hash of ' || one, 'Hash of ' || one || ' with a seed',
		'Grouping and hash joins on ' || many);
END $do$;

-- = and <>: equal values have equal bytes.  The functions are those of any value, where
-- they are not given; sorts: it can be sorted, and hashed by whoever asks for that.
CREATE FUNCTION user_ops_internal.make_equality(type name, same text, different text, cost integer DEFAULT 1, functions text DEFAULT 'value', sorts boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
BEGIN
	EXECUTE format($sql$
		CREATE FUNCTION user_ops_internal.%1$s_eq(%1$I, %1$I) RETURNS boolean
			AS 'MODULE_PATHNAME', 'user_ops_%2$s_eq'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %3$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_eq(%1$I, %1$I) IS 'Implementation of = operator';

		CREATE FUNCTION user_ops_internal.%1$s_ne(%1$I, %1$I) RETURNS boolean
			AS 'MODULE_PATHNAME', 'user_ops_%2$s_ne'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST %3$s;
		COMMENT ON FUNCTION user_ops_internal.%1$s_ne(%1$I, %1$I) IS 'Implementation of <> operator';

		CREATE OPERATOR = (
			LEFTARG = %1$I, RIGHTARG = %1$I, FUNCTION = %1$s_eq,
			COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel%4$s
		);
		COMMENT ON OPERATOR = (%1$I, %1$I) IS %5$L;

		CREATE OPERATOR <> (
			LEFTARG = %1$I, RIGHTARG = %1$I, FUNCTION = %1$s_ne,
			COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
		);
		COMMENT ON OPERATOR <> (%1$I, %1$I) IS %6$L
		$sql$, type, functions, cost, CASE WHEN sorts THEN ', HASHES, MERGES' ELSE ', HASHES' END, same, different);
	IF NOT sorts THEN
		PERFORM user_ops_internal.make_hash(type, 'a value of type ' || type, 'values of type ' || type);
	END IF;
END $do$;

-- The way of internal states from workers to their leader.
CREATE FUNCTION user_ops_internal.make_hand_over(name name, aggregates text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
BEGIN
	EXECUTE format($sql$
		CREATE FUNCTION user_ops_internal.%1$s_combine(internal, internal) RETURNS internal
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_combine'
			LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
		COMMENT ON FUNCTION user_ops_internal.%1$s_combine(internal, internal) IS %2$L;

		CREATE FUNCTION user_ops_internal.%1$s_serialize(internal) RETURNS bytea
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_serialize'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
		COMMENT ON FUNCTION user_ops_internal.%1$s_serialize(internal) IS %3$L;

		CREATE FUNCTION user_ops_internal.%1$s_deserialize(bytea, internal) RETURNS internal
			AS 'MODULE_PATHNAME', 'user_ops_%1$s_deserialize'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
		COMMENT ON FUNCTION user_ops_internal.%1$s_deserialize(bytea, internal) IS %4$L
		$sql$, name, 'Combine function of ' || aggregates, 'Serialize function of ' || aggregates, 'Deserialize function of ' || aggregates);
END $do$;

-- The states of metrics and models.  Their C functions are what STATE_FUNCTIONS in
-- state_io.h makes.
CREATE FUNCTION user_ops_internal.make_state(type name, cost integer, space integer, says text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
BEGIN
	PERFORM user_ops_internal.make_type(type, cost, $$ALIGNMENT = double, STORAGE = extended, CATEGORY = 'o'$$, says);
	PERFORM user_ops_internal.make_bytea_casts(type, cost, 'States: A value of type ' || type);
	PERFORM user_ops_internal.make_equality(type, 'The same question and the same counts', 'Another question or other counts', cost, functions => type);
	EXECUTE format($sql$
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
		$sql$, type, cost, space);
END $do$;

-- Values of one user are canonical bytes, too: equal ones have equal bytes.  They are told
-- apart, hashed and put in an order without a meaning, so that DISTINCT, GROUP BY and
-- ORDER BY can sort.

CREATE FUNCTION user_ops_internal.make_value_order(type name, one text, many text, same text, different text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
DECLARE
	kind record;
BEGIN
	PERFORM user_ops_internal.make_equality(type, same, different, sorts => true);
	PERFORM user_ops_internal.make_hash(type, one, many);
	FOR kind IN
		SELECT *
		FROM (VALUES ('<', 'lt', '>', '>=', 'scalarlt'), ('<=', 'le', '>=', '>', 'scalarle'),
					 ('>', 'gt', '<', '<=', 'scalargt'), ('>=', 'ge', '<=', '<', 'scalarge')
			 ) AS k (operator, name, commutator, negator, estimate)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.%6$s_%1$s(%6$I, %6$I) RETURNS boolean
				AS 'MODULE_PATHNAME', 'user_ops_value_%1$s'
				LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
			COMMENT ON FUNCTION user_ops_internal.%6$s_%1$s(%6$I, %6$I) IS 'Implementation of %2$s operator';

			CREATE OPERATOR %2$s (
				LEFTARG = %6$I, RIGHTARG = %6$I, FUNCTION = %6$s_%1$s,
				COMMUTATOR = %3$s, NEGATOR = %4$s, RESTRICT = %5$ssel, JOIN = %5$sjoinsel
			);
			COMMENT ON OPERATOR %2$s (%6$I, %6$I) IS %7$L
			$sql$, kind.name, kind.operator, kind.commutator, kind.negator, kind.estimate, type,
			'Compares the bytes of ' || many || ': for sorting, the order has no meaning');
	END LOOP;
	EXECUTE format($sql$
		CREATE FUNCTION user_ops_internal.%1$s_cmp(%1$I, %1$I) RETURNS integer
			AS 'MODULE_PATHNAME', 'user_ops_value_cmp'
			LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
		COMMENT ON FUNCTION user_ops_internal.%1$s_cmp(%1$I, %1$I) IS %2$L;

		CREATE OPERATOR CLASS %1$s_btree_ops DEFAULT FOR TYPE %1$I USING btree AS
			OPERATOR 1 <,
			OPERATOR 2 <=,
			OPERATOR 3 =,
			OPERATOR 4 >=,
			OPERATOR 5 >,
			FUNCTION 1 %1$s_cmp(%1$I, %1$I),
			FUNCTION 4 btequalimage(oid);
		COMMENT ON OPERATOR CLASS %1$s_btree_ops USING btree IS %3$L;
		COMMENT ON OPERATOR FAMILY %1$s_btree_ops USING btree IS %3$L
		$sql$, type,
		'Compares the bytes of ' || many || ', less than 0, 0 or more: the order has no meaning',
		'Sorting ' || many || ' by their bytes: the order has no meaning');
END $do$;

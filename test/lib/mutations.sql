-- Mutates the seeds (test/lib/seeds.sql) of every type on every road by which values come in, with test/server/mutations.c,
-- whose library :module names.

CREATE FUNCTION try_mutations(road text, type regtype, aggregates oid[], seeds bytea[], n bigint, random_seed bigint, track text, copied regclass,
	OUT tried bigint, OUT accepted bigint, OUT combined bigint, OUT refused text, OUT wrong text, OUT slowest bigint, OUT memory bigint, OUT texts text[])
	LANGUAGE c AS :'module', 'try_mutations';

-- Functions by which values come in, and the road that leads through them.
CREATE VIEW mutation_roads AS
SELECT s.type, r.road, r.function::regprocedure AS function
FROM seed_types AS s
JOIN pg_type AS t ON t.oid = s.type
LEFT JOIN pg_cast AS c ON c.castsource = 'bytea'::regtype AND c.casttarget = s.type
CROSS JOIN LATERAL (VALUES ('in', t.typinput::oid), ('recv', t.typreceive::oid), ('copy', t.typreceive::oid), ('bytea', c.castfunc)) AS r (road, function)
WHERE r.function IS NOT NULL;

-- States that go to another process: of each function that reads them, the aggregates that use it; and whether it reads what
-- a handle stands for, which points to the memory of the query. Those of "believed" read what their own serialize wrote in the same query, with
-- structs in native byte order, and nothing else: PostgreSQL lets no role call them. They get the states that their aggregates make of mutated values.
CREATE TABLE believed AS SELECT format('user_ops_internal.%s_deserialize(bytea,internal)', name)::regprocedure AS function FROM unnest('{activity,lenient,journey,asked_rows}'::text[]) AS name;
CREATE FUNCTION state_serialized(internal) RETURNS bytea LANGUAGE c AS :'module';
CREATE VIEW internal_states AS
SELECT a.aggdeserialfn::regprocedure AS function, t.typlen = 8 AND t.typtype = 'b' AND t.oid <> 'bigint'::regtype AS is_part, p.oid, a.aggtransfn,
	pg_get_function_arguments(p.oid) AS arguments, ROW(p.oid, p.proname, p.oid::regprocedure::text, p.prorettype::regtype, p.proargtypes, p.proargnames, p.provariadic)::seed_aggregates AS aggregate
FROM pg_aggregate AS a
JOIN pg_proc AS p ON p.oid = a.aggfnoid
JOIN pg_type AS t ON t.oid = p.prorettype
JOIN split_catalogue AS k ON k.oid = p.oid
WHERE a.aggdeserialfn <> 0;

CREATE TABLE state_seeds (function regprocedure, aggregate oid, state bytea);
CREATE PROCEDURE make_state_seeds() LANGUAGE plpgsql AS $$
DECLARE
	s internal_states;
	call text;
	people text;
BEGIN
	FOR s IN SELECT * FROM internal_states LOOP
		EXECUTE format('CREATE AGGREGATE state_of_%s(%s) (SFUNC = %s, STYPE = internal, FINALFUNC = state_serialized)', s.oid, s.arguments, s.aggtransfn);
		FOR call IN SELECT * FROM seed_calls(s.aggregate) LIMIT 3 LOOP
			FOREACH people IN ARRAY ARRAY['u <= 3', 'u = 7'] LOOP
				BEGIN
					EXECUTE format('INSERT INTO state_seeds SELECT %s, %s, v FROM (SELECT state_of_%s%s AS v FROM split_users WHERE %s) AS s WHERE v IS NOT NULL',
						s.function::oid, s.oid, s.oid, substr(call, strpos(call, '(')), people);
				EXCEPTION WHEN OTHERS THEN
					INSERT INTO seeds_tried VALUES (call, false, SQLSTATE, SQLERRM);
				END;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;

-- Aggregates whose states are of the type, or that make an internal one of a value.
CREATE FUNCTION aggregates_of(of_type regtype) RETURNS oid[] LANGUAGE sql STABLE AS $$
	SELECT coalesce(array_agg(k.oid ORDER BY k.signature COLLATE "C"), '{}')
	FROM split_catalogue AS k JOIN pg_aggregate AS a ON a.aggfnoid = k.oid
	WHERE k.aggcombinefn <> 0 AND (k.aggtranstype = of_type OR array_length(k.proargtypes, 1) = 1 AND k.proargtypes[0] = of_type AND a.aggserialfn <> 0)
$$;

CREATE FUNCTION bytes_of(type regtype, value text) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	bytes bytea;
BEGIN
	EXECUTE format('SELECT %s(%L::%s)', (SELECT typsend FROM pg_type WHERE oid = type), value, type) INTO bytes;
	RETURN bytes;
END $$;

CREATE FUNCTION mutate(type regtype, road text, n bigint, random_seed bigint, track text,
	OUT tried bigint, OUT accepted bigint, OUT combined bigint, OUT refused text, OUT wrong text, OUT slowest bigint, OUT memory bigint, OUT texts text[])
	LANGUAGE plpgsql AS $$
DECLARE
	copied regclass;
BEGIN
	IF road = 'copy' THEN
		DROP TABLE IF EXISTS copied;
		EXECUTE format('CREATE TEMP TABLE copied (value %s)', type);
		copied := 'copied'::regclass;
	END IF;
	SELECT t.* INTO tried, accepted, combined, refused, wrong, slowest, memory, texts
	FROM (SELECT array_agg(bytes_of(s.type, s.value) ORDER BY length(s.value), s.value) AS seeds FROM seeds AS s WHERE s.type = mutate.type) AS s,
		try_mutations(road, type, aggregates_of(type), s.seeds, n, random_seed, track, copied) AS t;
END $$;

CREATE FUNCTION mutate_state(function regprocedure, n bigint, random_seed bigint, track text,
	OUT tried bigint, OUT accepted bigint, OUT combined bigint, OUT refused text, OUT wrong text, OUT slowest bigint, OUT memory bigint, OUT texts text[])
	LANGUAGE sql AS $$
	SELECT t.* FROM (SELECT array_agg(DISTINCT s.state) AS seeds FROM state_seeds AS s WHERE s.function = $1) AS s,
		(SELECT array_agg(i.oid ORDER BY i.oid) AS aggregates, bool_or(is_part) AS is_part FROM internal_states AS i WHERE i.function = $1) AS i,
		try_mutations(CASE WHEN is_part THEN 'part' ELSE 'state' END, 0::regtype, aggregates, seeds, n, random_seed, track, NULL) AS t
$$;

-- Every function that reads a value of a type, with arguments as they are usual, as a query of one number about $1.
CREATE FUNCTION readings_of(of_type regtype) RETURNS TABLE (reading text) LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN p.proretset OR t.typtype = 'c' THEN format('SELECT (SELECT count(*) FROM %s(%s) AS r) FROM split_users WHERE u = 7', p.oid::regproc, a.arguments)
		ELSE format('SELECT hashtext(%s(%s)::text) FROM split_users WHERE u = 7', p.oid::regproc, a.arguments) END
	FROM pg_proc AS p
	JOIN pg_type AS t ON t.oid = p.prorettype,
	LATERAL (SELECT string_agg(CASE WHEN arg.type = of_type THEN '$1::' || of_type ELSE
			format('%s(%s)::%s', CASE WHEN p.provariadic <> 0 AND arg.n = p.pronargs THEN 'VARIADIC ' END,
				coalesce((SELECT f FROM seed_arguments(p.proname, p.proargnames[arg.n], arg.type::regtype) AS f LIMIT 1), 'NULL'),
				CASE WHEN arg.type::regtype::text LIKE 'any%' THEN 'bigint' ELSE arg.type::regtype::text END) END, ', ' ORDER BY arg.n) AS arguments
		FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS arg (type, n)) AS a
	WHERE p.pronamespace = 'user_ops'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'v' AND of_type = ANY (p.proargtypes::oid[])
$$;

-- They are asked of values that mutated: answers, and errors other than those that say what is wrong with an argument.
CREATE FUNCTION read_mutants(of_type regtype, texts text[], OUT answers bigint, OUT errors bigint, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
	r text;
	v text;
	result bigint;
BEGIN
	answers := 0;
	errors := 0;
	FOR r IN SELECT reading FROM readings_of(of_type) LOOP
		FOREACH v IN ARRAY texts LOOP
			BEGIN
				EXECUTE r INTO result USING v;
				answers := answers + 1;
			EXCEPTION WHEN OTHERS THEN
				errors := errors + 1;
				IF left(SQLSTATE, 2) NOT IN ('22', '54') AND SQLSTATE <> '42804' THEN -- the ids are of another type
					wrong := concat_ws(E'\n', left(wrong, 2000), format('%s %s: %s of %s', SQLSTATE, SQLERRM, r, v));
				END IF;
			END;
		END LOOP;
	END LOOP;
END $$;

-- All that there is to do: a statement each, of whose row a gate makes a line.
CREATE VIEW mutation_jobs AS
SELECT format('%s by %s', type, road) AS job, road IN ('in', 'recv', 'bytea') AS counts,
	format('SELECT m.*, r.* FROM mutate(%L, %L, :n, :seed, :''track'') AS m, read_mutants(%L, m.texts[:40]) AS r', type, road, type) AS statement
FROM mutation_roads
UNION ALL
SELECT format('state by %s', function::regproc), true, format('SELECT m.*, 0, 0, NULL FROM mutate_state(%L, :n, :seed, :''track'') AS m', function)
FROM (SELECT DISTINCT function FROM internal_states WHERE function NOT IN (SELECT function FROM believed)) AS s;

-- What a new type, kind or aggregate lacks: a seed of each type, of each aggregate that makes one, of each label of an enum that it is made with.
CREATE VIEW missing_seeds AS
SELECT format('a value of type %s', type) AS missing FROM seed_types WHERE type NOT IN (SELECT type FROM seeds)
UNION ALL
SELECT format('what %s makes', a.signature) FROM seed_aggregates AS a
WHERE a.proname <> 'rollup' AND NOT EXISTS (SELECT FROM seed_calls(a) AS c JOIN seeds_tried AS t ON t.call = c WHERE t.made)
UNION ALL
SELECT DISTINCT format('what %s makes with %s', a.proname, l.label)
FROM seed_aggregates AS a, seed_calls(a) AS c, LATERAL (SELECT c ~ '''\w+''::\w+', (regexp_match(c, '''\w+''::[a-z_.]+'))[1] AS label) AS l
WHERE a.proname <> 'rollup' AND l.label IN (SELECT format('%L::%s', e.enumlabel, e.enumtypid::regtype) FROM pg_enum AS e)
	AND NOT EXISTS (SELECT FROM seeds_tried AS t WHERE t.made AND starts_with(t.call, a.oid::regproc::text || '(') AND strpos(t.call, l.label) > 0);

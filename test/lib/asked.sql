-- What tests that go over the whole catalogue share, after lib/split.sql, which knows the
-- aggregates that split: what all others are called with, over the same users, and a table
-- `asked` of them that has a column for each argument that is not the same for all rows.

-- Names of aggregates as a pattern; where the argument has no name, its place and the type before it.
CREATE FUNCTION asked_argument(aggregate name, argument name, type regtype) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN aggregate IN (SELECT proname FROM split_catalogue WHERE splits) THEN split_argument(aggregate, argument, type) ELSE coalesce(
		(SELECT expression
		FROM (VALUES
			-- users of handles, of which each has events of several rows
			('^(population|journeys|baskets|lenient_population)_agg$', '1', 'anyelement', '(u * 7 % 40)::bigint'), ('^journeys_agg$', '1', 'anycompatible', '(u * 7 % 40)::bigint'),
			('^(lenient_)?(activity|population)_agg$', NULL, 'text', $q$'Asia/Tokyo'$q$), ('^baskets_agg$', '4', 'text', $q$'Asia/Tokyo'$q$), (NULL, NULL, 'zone', $q$zone 'Asia/Tokyo'$q$),
			-- from which day rows count, and decimals of amounts
			('^(left_out|lenient_activity)_agg$', '4', 'date', $q$date '2024-01-20'$q$), ('^lenient_population_agg$', '5', 'date', $q$date '2024-01-20'$q$),
			('^(left_out|lenient_activity)_agg$', '2', 'date', $q$date '2024-01-20'$q$), ('^lenient_population_agg$', '3', 'date', $q$date '2024-01-20'$q$),
			('^(left_out|lenient_activity)_agg$', '3', 'integer', '1'), ('^lenient_population_agg$', '4', 'integer', '1'),
			-- what happened, when, of what amount, behind what, and from where
			('_agg$|^sequence_|^window_funnel$', NULL, 'date', $q$date '2024-01-01' + (u * 37 % 200)::integer$q$),
			('_agg$|^sequence_|^window_funnel$', NULL, 'timestamp with time zone', $q$timestamptz '2024-01-01 20:00+00' + u * 37 % 200 * interval '1 day' + u * 31 % 1009 * interval '1 minute'$q$),
			('_agg$|^sequence_|^window_funnel$', NULL, 'timestamp without time zone', $q$timestamp '2024-01-01 20:00' + u * 37 % 200 * interval '1 day' + u * 31 % 1009 * interval '1 minute'$q$),
			('_agg$', NULL, 'numeric', 'CASE u % 6 WHEN 0 THEN NULL ELSE (u % 90 - 9) / 8.0 END'), ('_agg$', NULL, 'double precision', '(u % 90 - 9) / 8.0'), ('_agg$', NULL, 'smallint', 'u % 11'),
			('_agg$', NULL, 'bigint', 'u % 11'), ('_agg$', NULL, 'integer', 'u % 11'), ('_agg$', NULL, 'text', $q$(ARRAY['view', 'cart', 'pay', 'stop'])[1 + u % 4]$q$),
			('^journeys?_agg$', '. after bigint', 'journey_steps', $q$'{{1,5},{2,6}}'::journey_steps$q$), ('^journeys?_agg$', NULL, 'journey_steps', $q$'{{view,earn},{cart,spend}}'::journey_steps$q$), ('_agg$', NULL, 'anyenum', '(enum_range(NULL::points_kind))[1 + u % 4]'),
			('^(window_funnel|sequence_)', NULL, 'boolean[]', 'ARRAY[u % 3 = 0, u % 2 = 0, part = 1]'), ('_agg$', NULL, 'boolean[]', 'ARRAY[u % 3 = 0, u % 2 = 0, part = 1]'),
			('^window_funnel$', '1', 'bigint', '4000000'), ('^window_funnel$', '1', 'interval', $q$interval '40 days'$q$), ('^window_funnel$', '2', 'text', $q$''$q$),
			('^window_funnel$', '3', 'integer', '3'), ('^sequence_', 'pattern', 'text', $q$'(?1).*(?2)'$q$),
			('^sparkline$', NULL, 'double precision', 'u % 17 / 4.0'),
			('^experiments_of_activity$', 'day', 'date', $q$date '2024-03-01' + (u % 3)::integer$q$), ('^experiments_of_activity$', '(within|before)_days', 'integer', '28'),
			('^experiments_of_activity$', 'until', 'date', $q$date '2024-09-01'$q$), ('^experiments_of_activity$', 'highest', 'numeric', '50'))
			AS known (of_aggregates, named, of_type, expression)
		WHERE coalesce(aggregate ~ of_aggregates, true) AND coalesce(argument ~ ('^' || named || '( after .*)?$'), named IS NULL) AND of_type::regtype = type
		ORDER BY of_aggregates IS NULL, named IS NULL LIMIT 1),
		split_argument(aggregate, argument, type)) END
$$;

-- An argument that nobody knows is an error: a new aggregate says what it is to be asked with.
CREATE FUNCTION asked_expressions(aggregate name, types oidvector, names text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	found text;
	expressions text[] := '{}';
BEGIN
	FOR i IN 0 .. coalesce(array_length(types, 1), 0) - 1 LOOP
		found := asked_argument(aggregate, coalesce(nullif(names[i + 1], ''), concat_ws(' after ', i + 1, types[i - 1]::regtype))::name, types[i]::regtype);
		IF found IS NULL THEN
			RAISE EXCEPTION 'what is % called with as % %? Tell test/lib/asked.sql', aggregate, coalesce(nullif(names[i + 1], ''), 'argument ' || i + 1), types[i]::regtype;
		END IF;
		expressions := expressions || format('(%s)::%s', found, CASE WHEN types[i]::regtype::text LIKE 'any%' THEN (CASE types[i]::regtype::text WHEN 'anyenum' THEN 'points_kind' ELSE 'bigint' END) ELSE types[i]::regtype::text END);
	END LOOP;
	RETURN expressions;
END $$;

-- Every aggregate: what it is called with, which of its arguments are the same for all rows.
CREATE TABLE asked_aggregates (oid oid PRIMARY KEY, signature text, proname name, called text, prefix text, types regtype[], result regtype, expressions text[], constant boolean[], arguments text[]);
CREATE FUNCTION asked_is_constant(expression text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT ' || expression;
	RETURN true;
EXCEPTION WHEN undefined_column OR undefined_table THEN
	RETURN false;
END $$;

DO $$
DECLARE
	k record;
	maker record;
	expression text;
	type regtype;
	a asked_aggregates;
	columns text[] := '{}';
BEGIN
	FOR k IN SELECT c.*, p.prorettype, p.provariadic <> 0 AS variadic FROM split_catalogue AS c JOIN pg_proc AS p USING (oid) ORDER BY c.signature COLLATE "C" LOOP
		a := NULL;
		a.oid := k.oid; a.signature := k.signature; a.proname := k.proname; a.called := k.oid::regproc;
		a.prefix := CASE WHEN k.variadic THEN 'VARIADIC ' ELSE '' END;
		a.result := CASE WHEN k.prorettype = 'anyelement'::regtype THEN 'bigint'::regtype ELSE k.prorettype END;
		FOR i IN 0 .. coalesce(array_length(k.proargtypes, 1), 0) - 1 LOOP
			type := CASE k.proargtypes[i] WHEN 'anyelement'::regtype THEN 'bigint' WHEN 'anycompatible'::regtype THEN 'bigint' WHEN 'anyenum'::regtype THEN 'points_kind' ELSE k.proargtypes[i]::regtype END;
			IF k.proname = 'rollup' THEN
				-- a state of each user, by an aggregate that makes such
				SELECT c.oid::regproc AS made, asked_expressions(c.proname, c.proargtypes, c.proargnames) AS arguments INTO maker
				FROM split_catalogue AS c JOIN pg_proc AS p USING (oid) WHERE p.prorettype = k.proargtypes[0] AND p.provariadic = 0 AND c.proname <> 'rollup'
				ORDER BY c.signature COLLATE "C" LIMIT 1;
				expression := format('(SELECT %s(%s) FROM (SELECT split_users.*) AS one)', maker.made, array_to_string(maker.arguments, ', '));
			ELSE
				expression := (asked_expressions(k.proname, k.proargtypes, k.proargnames))[i + 1];
			END IF;
			expression := format('(%s)::%s', expression, type);
			a.types[i + 1] := type;
			a.expressions[i + 1] := expression;
			a.constant[i + 1] := asked_is_constant(expression);
			IF NOT a.constant[i + 1] AND expression <> ALL (columns) THEN
				columns := columns || expression;
			END IF;
			a.arguments[i + 1] := CASE WHEN a.constant[i + 1] THEN expression ELSE 'c' || array_position(columns, expression) END;
		END LOOP;
		INSERT INTO asked_aggregates VALUES (a.*);
	END LOOP;
	EXECUTE format('CREATE TABLE asked AS SELECT u, part, u %% 3 AS third, %s FROM split_users', (SELECT string_agg(format('%s AS c%s', c, n), ', ') FROM unnest(columns) WITH ORDINALITY AS s (c, n)));
END $$;

-- Another value of a type, or NULL where such are what users have and differ from row to row.
CREATE FUNCTION asked_other(expression text, type regtype) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN type::text = 'date' THEN format('%s + 100', expression)
		WHEN type::text IN ('timestamp with time zone', 'timestamp without time zone') THEN format($q$%s + interval '100 days'$q$, expression)
		WHEN type::text = 'interval' THEN format('%s * 2', expression)
		WHEN type::text IN ('smallint', 'integer', 'bigint', 'numeric', 'double precision') THEN format('(%s + 1)::%s', expression, type)
		WHEN type::text = 'boolean' THEN format('NOT %s', expression)
		WHEN type::text = 'text' AND expression LIKE '%Tokyo%' OR type::text = 'zone' THEN format($q$'Europe/Paris'::%s$q$, type)
		WHEN type::text = 'text' AND expression LIKE '%(?%' THEN $q$'(?2)'$q$
		WHEN type::text = 'text' THEN format($q$%s || ' x'$q$, expression)
		WHEN type::text LIKE '%[]' THEN format('(%1$s || (%1$s)[1:1])', expression)
		WHEN type::text = 'journey_steps' THEN CASE WHEN expression LIKE '%{1,5}%' THEN $q$'{7,8}'::journey_steps$q$ ELSE $q$'{pay,cart}'::journey_steps$q$ END
		WHEN type::text = 'points_options' THEN 'points_options()'
		WHEN type::text = 'purchase_options' THEN 'purchase_options()'
		WHEN type::text = 'retention_options' THEN 'retention_options()'
		WHEN type::text = 'rolling_retention_options' THEN 'rolling_retention_options()'
		WHEN type::text = 'path_options' THEN 'path_options(max_depth => 3)'
		WHEN type::text = 'funnel_options' THEN $q$funnel_options(repeats => 'break')$q$
		WHEN type::text = 'affinity_options' THEN 'affinity_options(30, 3)'
		WHEN EXISTS (SELECT FROM pg_enum WHERE enumtypid = type) THEN format('(SELECT e FROM unnest(enum_range(NULL::%s)) AS e WHERE e <> %s LIMIT 1)', type, expression)
	END
$$;

-- Answers as text; of a handle all its users.
CREATE FUNCTION asked_text(p population) RETURNS text LANGUAGE sql PARALLEL RESTRICTED AS $$ SELECT md5(string_agg(x::text, ' ' ORDER BY x::text COLLATE "C")) FROM users(p, NULL::bigint) AS x $$;
CREATE FUNCTION asked_text(p journeys) RETURNS text LANGUAGE sql PARALLEL RESTRICTED AS $$ SELECT md5(string_agg(x::text, ' ' ORDER BY x::text COLLATE "C")) FROM users(p, NULL::bigint) AS x $$;
CREATE FUNCTION asked_text(p baskets) RETURNS text LANGUAGE sql PARALLEL RESTRICTED AS $$ SELECT md5(string_agg(x::text, ' ' ORDER BY x::text COLLATE "C")) FROM users(p, NULL::bigint) AS x $$;
CREATE FUNCTION asked_text(x anyelement) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT x::text';

-- Arguments in a row; those of a variadic one each by itself.
CREATE FUNCTION asked_list(prefix text, arguments text[]) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(CASE WHEN n = cardinality(arguments) THEN prefix ELSE '' END || a, ', ' ORDER BY n) FROM unnest(arguments) WITH ORDINALITY AS s (a, n) $$;
CREATE FUNCTION asked_spread(arguments text[]) RETURNS text LANGUAGE sql AS
$$ SELECT asked_list('', arguments[:cardinality(arguments) - 1] || ARRAY(SELECT format('(%s)[%s]', arguments[cardinality(arguments)], i) FROM generate_series(1, 3) AS i)) $$;

-- What a query says, or how it is refused.
CREATE FUNCTION asked_answer(query text, OUT answer text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query INTO answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	answer := format('ERROR %s: %s', SQLSTATE, SQLERRM);
END $$;

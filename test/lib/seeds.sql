-- A value of every type, and of every kind of it: seeds for what mutates values. Needs test/lib/split.sql.
--
-- What an aggregate makes of split_users, for each aggregate that makes values of a type of ours, with each label of each enum
-- among its arguments and options; and what no aggregate makes, or not like that, given here as text.

-- Values that are stored: types with an input function that are no handles.
CREATE TABLE seed_types AS
SELECT t.oid::regtype AS type, t.typname, t.typcategory = 'o' AS is_bytes
FROM pg_type AS t
JOIN pg_depend AS d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'user_ops'
WHERE t.typtype = 'b' AND t.typlen = -1 AND t.typelem = 0;

-- The aggregates that make them.
CREATE TABLE seed_aggregates AS
SELECT p.oid, p.proname, p.oid::regprocedure::text AS signature, s.type, p.proargtypes, p.proargnames, p.provariadic
FROM pg_aggregate AS a
JOIN pg_proc AS p ON p.oid = a.aggfnoid
JOIN seed_types AS s ON s.type = p.prorettype
WHERE a.aggkind = 'n';

-- What an argument of a type is, where split.sql does not say.
CREATE TABLE seed_forms AS
SELECT type::regtype, form
FROM (VALUES ('date', $$date '2024-01-01' + (u * 37 % 200)::integer$$), ('timestamp', $$timestamp '2024-01-01 20:00' + u * 7919 % 90001 * interval '1 minute'$$),
	('timestamptz', $$timestamptz '2024-01-01 20:00+00' + u * 7919 % 90001 * interval '1 minute 1.000001 s'$$), ('numeric', '(u * 31 % 9973 - 500) / 8.0'), ('bigint', 'u * 31 % 97 - 9'),
	('integer', 'u::integer % 13'), ('smallint', '(u % 13)::smallint'), ('double precision', '(u % 17) / 4.0'), ('text', $$'item ' || u % 7$$), ('boolean', 'u % 3 = 0'),
	('boolean[]', 'ARRAY[u % 2 = 0, part = 1, part = 2]'), ('zone', $$zone 'Asia/Tokyo'$$), ('journey_steps', $$'{"item 1","item 3"}'::journey_steps$$), ('journey_steps', $$'3'::journey_steps$$),
	('journey_steps', $$'{"arm 1","arm 2"}'::journey_steps$$), ('journey_steps', $$'{1,2,3}'::journey_steps$$), ('journey_steps', $$'{week,month}'::journey_steps$$), ('text', $$'Asia/Tokyo'$$),
	('anyelement', 'u'), ('anycompatible', 'u'), ('anyenum', $$(enum_range(NULL::period))[1 + u % 3]$$)) AS v (type, form);

-- What an argument may be: as split.sql has it, each label of an enum, options with each label of theirs.
CREATE FUNCTION seed_arguments(aggregate name, argument name, type regtype) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	option record;
BEGIN
	RETURN QUERY SELECT a FROM split_argument(aggregate, argument, type) AS a WHERE a IS NOT NULL;
	RETURN QUERY SELECT v.form FROM seed_forms AS v WHERE v.type = seed_arguments.type;
	RETURN QUERY SELECT format('(SELECT s.value::%s FROM seeds AS s WHERE s.type = %L::regtype ORDER BY hashint8extended(u, length(s.value)) LIMIT 1)', t.type, t.type)
		FROM seed_types AS t WHERE t.type = seed_arguments.type AND t.is_bytes;
	RETURN QUERY SELECT format('%L::%s', enumlabel, type) FROM pg_enum WHERE enumtypid = type;
	FOR option IN
		SELECT p.oid::regproc AS maker, n.name, t.oid::regtype AS option_type, t.typtype
		FROM pg_proc AS p, unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) AS n (name, of_type) JOIN pg_type AS t ON t.oid = n.of_type
		WHERE p.pronamespace = 'user_ops'::regnamespace AND p.prorettype = type AND type IN (SELECT oid FROM pg_type WHERE typtype = 'c') AND p.pronargdefaults = p.pronargs AND (t.typtype = 'e' OR t.oid = 'boolean'::regtype)
	LOOP
		RETURN QUERY SELECT format('%s(%I => %L)', option.maker, option.name, label)
			FROM (SELECT enumlabel::text FROM pg_enum WHERE enumtypid = option.option_type UNION ALL SELECT unnest('{true,false}'::text[]) WHERE option.typtype = 'b') AS l (label);
	END LOOP;
END $$;

-- Each call of an aggregate with one argument after the other in each of its forms.
CREATE FUNCTION seed_calls(aggregate seed_aggregates) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	n int := array_length(aggregate.proargtypes, 1);
	usual text[] := '{}';
	asked text[];
	form text;
BEGIN
	FOR i IN 0 .. n - 1 LOOP
		SELECT f INTO form FROM seed_arguments(aggregate.proname, aggregate.proargnames[i + 1]::name, aggregate.proargtypes[i]::regtype) AS f LIMIT 1;
		IF form IS NULL THEN
			RAISE EXCEPTION 'what is % called with as % %? Tell test/lib/split.sql', aggregate.proname, aggregate.proargnames[i + 1], aggregate.proargtypes[i]::regtype;
		END IF;
		usual := usual || format('%s(%s)::%s', CASE WHEN aggregate.provariadic <> 0 AND i = n - 1 THEN 'VARIADIC ' END, form, CASE WHEN aggregate.proargtypes[i]::regtype = 'anyenum'::regtype THEN 'period' WHEN aggregate.proargtypes[i]::regtype::text LIKE 'any%' THEN 'bigint' ELSE aggregate.proargtypes[i]::regtype END);
	END LOOP;
	FOR i IN 0 .. n - 1 LOOP
		FOR form IN SELECT * FROM seed_arguments(aggregate.proname, aggregate.proargnames[i + 1]::name, aggregate.proargtypes[i]::regtype) LOOP
			asked := usual;
			asked[i + 1] := regexp_replace(usual[i + 1], '\(.*\)::', '(' || replace(form, '\', '\\') || ')::');
			RETURN NEXT format('%s(%s)', aggregate.oid::regproc, array_to_string(asked, ', '));
		END LOOP;
	END LOOP;
END $$;

-- What no aggregate makes, or nothing like that.
CREATE TABLE seeds (type regtype NOT NULL, made_by text NOT NULL, value text NOT NULL);
CREATE TABLE seeds_tried (call text, made boolean, state text, message text);
INSERT INTO seeds
SELECT v.type::regtype, 'hand', v.value
FROM (VALUES
	('activity', '{2024-01-03:2,2024-01-10:1}'), ('activity', '{1999-12-31:1,2000-01-01:129}'), ('activity', '{2024-01-10:4294967295}'),
	('activity', '{-4713-11-24:1,-0001-02-28:1,0000-02-29:3,0001-01-01:1,12345-06-07:1,5874897-12-31:2}'),
	('activity', 'amounts {1999-12-31:1:1:9223372036854775807,2000-01-01:1:0:-9223372036854775808}'),
	('activity', 'amounts {1999-12-31:1:1:9223372036.854775807,2000-01-01:4294967295:4294967294:-9223372036.854775808}'),
	('journey_steps', '4'), ('journey_steps', '64'), ('journey_steps', '{view}'), ('journey_steps', '{view,cart,pay}'), ('journey_steps', '{{view,NULL},{cart,quick_buy}}'),
	('journey_steps', '{view} keep_others'), ('journey_steps', '{view,pay} others {cancel}'), ('journey_steps', '{view} others {{refund,cancel},{"others {",NULL}} keep_others'),
	('journey_steps', '{"", "a b", "quo\"te", "back\\slash", "NULL", "{}", "a,b"}'),
	('tier_rules', 'tiers(names "silver"; thresholds 100; grace_days 0; downgrade to_qualified)'),
	('tier_rules', 'tiers(names "silver","go""ld","白金"; thresholds -0.25,500.50,9223372036.854775; validity_days 365; window_days 90; round_up month; grace_days 30; downgrade one_step)'),
	('tier_rules', 'tiers(names "a","b"; thresholds -9223372036854775808,9223372036854775807; validity_days 36525; window_period quarter; round_up year; grace_days 1; downgrade never)')) AS v (type, value)
UNION ALL SELECT 'zone', 'hand', name FROM pg_timezone_names WHERE name !~ '^posix'
UNION ALL SELECT 'journey', 'hand', v::text FROM (
	SELECT journey_agg(timestamptz '2024-01-01 00:00Z' + n * n * interval '7 s', (ARRAY['view', 'cart', 'pay'])[1 + n % 3]) FROM generate_series(1, 9) AS n
	UNION ALL SELECT journey_agg(date '1999-12-31', 'A1'::text)
	UNION ALL SELECT journey_agg(at, VARIADIC array_fill(false, ARRAY[0]) || first || array_fill(false, ARRAY[62]) || last) FROM (VALUES (timestamptz '4714-11-24 00:00Z BC', true, false), ('294276-12-31 23:59:59.999999Z', false, true)) AS v (at, first, last)
	UNION ALL SELECT journey_agg(date '2024-01-01', amount, 0, 'x', true) FROM (VALUES (9223372036854775807), (-9223372036854775808), (NULL), (0)) AS v (amount)) AS j (v)
UNION ALL SELECT 'points', 'hand', points_agg(d, p, CASE WHEN p > 0 THEN d + 1 END)::text FROM (VALUES (date '4714-11-24 BC', 9223372036.854775807), ('5874897-12-30', 9223372036854775807), ('5874897-12-31', -9223372036.854775808)) AS v (d, p)
UNION ALL SELECT 'basket', 'hand', basket_agg(i, d)::text FROM (VALUES ('', date '2024-01-01'), ('a', '2024-03-01'), ('ab', '2024-01-02'), ('b', '4714-11-24 BC'), (repeat('x', 255), '5874897-12-31')) AS v (i, d);

-- Over a few users and over more, in parts.
CREATE PROCEDURE make_seeds() LANGUAGE plpgsql AS $$
DECLARE
	aggregate seed_aggregates;
	call text;
	people text;
	n bigint;
BEGIN
	FOR aggregate IN SELECT * FROM seed_aggregates ORDER BY proname = 'rollup', signature COLLATE "C" LOOP
		FOR call IN SELECT * FROM seed_calls(aggregate) LOOP
			FOREACH people IN ARRAY ARRAY['u <= 6 GROUP BY u % 2', 'u <= 40 GROUP BY part % 2', 'u = 7'] LOOP
				BEGIN
					EXECUTE format('INSERT INTO seeds SELECT %L, %L, v::text FROM (SELECT %s AS v FROM split_users WHERE %s) AS s WHERE v IS NOT NULL', aggregate.type::text, call, call, people);
					GET DIAGNOSTICS n = ROW_COUNT;
					INSERT INTO seeds_tried VALUES (call, n > 0);
				EXCEPTION WHEN OTHERS THEN
					-- of some a model cannot be fitted, and some arguments do not go together
					INSERT INTO seeds_tried VALUES (call, false, SQLSTATE, SQLERRM);
				END;
			END LOOP;
		END LOOP;
	END LOOP;
	DELETE FROM seeds AS a USING seeds AS b WHERE a.type = b.type AND a.value = b.value AND a.ctid > b.ctid;
END $$;

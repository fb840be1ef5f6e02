SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
CREATE SCHEMA split_test;
SET search_path = split_test, user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set split :tests '/lib/split.sql'
\set ECHO none
\i :split
\set ECHO all

-- What engines that split an aggregate over shards ask of it: a combine function, an
-- argument, a state that is a type of SQL. These have none, each for its reason: they run
-- for one user, whose rows are on one shard, over one node, or over rows in an order.
SELECT proname, count(*) AS forms, bool_or(aggtranstype = 'internal'::regtype) AS internal
FROM split_catalogue WHERE NOT splits GROUP BY proname ORDER BY proname COLLATE "C";
SELECT signature FROM split_catalogue WHERE NOT splits AND proname = 'rollup' ORDER BY signature COLLATE "C";

-- All others: the states of the users of each part, written as text and as bytes, read,
-- combined and finished, say what one aggregate over all users says, bit for bit.
CREATE TABLE split_answers (signature text, road text, same boolean, of_one_part boolean);
DO $$
DECLARE
	c record;
	k record;
	whole text;
	types text;
	split text;
	part text;
BEGIN
	FOR c IN SELECT * FROM split_calls() LOOP
		SELECT * INTO k FROM split_catalogue AS s WHERE s.oid = c.oid;
		types := (SELECT string_agg(t::regtype::text, ', ' ORDER BY n) FROM unnest(k.proargtypes) WITH ORDINALITY AS a (t, n));
		EXECUTE format('CREATE AGGREGATE pg_temp.part_of(%s) (SFUNC = %s, STYPE = %s%s)', types, k.aggtransfn::regproc, k.aggtranstype::regtype,
			(SELECT format(', FINALFUNC = %s', f.oid::regproc) FROM pg_proc AS f WHERE f.proname = k.aggtranstype::regtype::text || '_final' AND f.pronamespace = 'user_ops_internal'::regnamespace));
		EXECUTE format('CREATE AGGREGATE pg_temp.all_of(%1$s) (SFUNC = %2$s, STYPE = %1$s%3$s)', k.aggtranstype::regtype, k.aggcombinefn::regproc, CASE WHEN k.aggfinalfn <> 0 THEN format(', FINALFUNC = %s', k.aggfinalfn::regproc) END);
		EXECUTE format('SELECT (%s)::text FROM %s', c.whole, c.people) INTO whole;
		EXECUTE format('SELECT pg_temp.all_of(p.state::text::%s)::text FROM (SELECT pg_temp.part_of(%s) AS state FROM %s GROUP BY part) AS p', k.aggtranstype::regtype, c.arguments, c.people) INTO split;
		EXECUTE format('SELECT (%s)::text FROM %s WHERE part = 0', c.whole, c.people) INTO part;
		INSERT INTO split_answers VALUES (c.signature, 'text', split = whole, part = whole);
		IF EXISTS (SELECT FROM pg_cast WHERE castsource = k.aggtranstype AND casttarget = 'bytea'::regtype) THEN
			EXECUTE format('SELECT pg_temp.all_of(p.state::bytea::%s ORDER BY -part)::text FROM (SELECT part, pg_temp.part_of(%s) AS state FROM %s GROUP BY part) AS p', k.aggtranstype::regtype, c.arguments, c.people) INTO split;
			INSERT INTO split_answers VALUES (c.signature, 'bytes', split = whole);
		END IF;
		-- the elements of an array are sent, and freed by who sends it
		EXECUTE format('SELECT array_send(array_agg(p.state ORDER BY part)) = array_send(array_agg(p.state::text::%s ORDER BY part)) FROM (SELECT part, pg_temp.part_of(%s) AS state FROM %s GROUP BY part) AS p', k.aggtranstype::regtype, c.arguments, c.people) INTO split;
		INSERT INTO split_answers VALUES (c.signature, 'array', split::boolean);
		EXECUTE format('DROP AGGREGATE pg_temp.part_of(%s), pg_temp.all_of(%s)', types, k.aggtranstype::regtype);
	END LOOP;
END $$;
SELECT road, count(*) > 70 AS many, count(*) FILTER (WHERE same IS NOT TRUE) AS differ FROM split_answers GROUP BY road ORDER BY road;
SELECT signature, road FROM split_answers WHERE same IS NOT TRUE;
-- what was not asked by text, or by bytes; and where one part would have said the same
SELECT (SELECT string_agg(k.signature, ' ') FROM split_catalogue AS k WHERE k.splits AND k.signature NOT IN (SELECT signature FROM split_answers WHERE road = 'text')) AS not_by_text,
	   (SELECT string_agg(k.signature, ' ') FROM split_catalogue AS k WHERE k.splits AND k.signature NOT IN (SELECT signature FROM split_answers WHERE road = 'bytes')) AS not_by_bytes,
	   (SELECT string_agg(a.signature, ' ') FROM split_answers AS a WHERE a.of_one_part) AS of_one_part;
SET client_min_messages = warning; DROP SCHEMA split_test CASCADE;

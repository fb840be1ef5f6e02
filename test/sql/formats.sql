-- Golden bytes of each type that is stored or sent, the same on every machine and major: numbers are varints,
-- doubles 8 bytes with the lowest first. What they say is read by decoders in plain SQL, which are written
-- from the drawings in the headers and not from the code.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages;
CREATE SCHEMA formats_test;
SET search_path = formats_test, user_ops, public;
SET datestyle = 'ISO, YMD';
\getenv tests PG_ABS_SRCDIR
\set split :tests '/lib/split.sql'
\set ECHO none
\i :split
\set ECHO all
\pset format unaligned

-- The values: by hand, and of every aggregate that splits over the first three users of split_users.
CREATE TABLE golden (of_type regtype, what text, expression text);
INSERT INTO golden VALUES
	('activity', 'visits', $$'{2000-01-01:1,2000-01-03:3}'::activity$$),
	('activity', 'amounts', $$'amounts {2024-03-01:1,2024-03-02:2:1:25,2024-04-01:300:2:-12.34}'::activity$$),
	('journey', 'by conditions', $$journey_agg(at, n % 2 = 0, true) FROM (VALUES (1, timestamp '2000-01-02 00:00:00'), (2, '2000-01-02 00:00:10'), (3, '2000-01-03 00:00')) AS e (n, at)$$),
	('journey', 'by name', $$journey_agg(at, what) FROM (VALUES ('view', timestamp '2024-01-02 10:00'), ('pay', '2024-01-02 10:05'), ('view', '2024-02-01 09:00')) AS e (what, at)$$),
	('journey_steps', 'of names', $$'{{view,NULL},{cart,buy}} others {stop} keep_others'::journey_steps$$),
	('points', 'a ledger', $$points_agg(day, points, expires) FROM (VALUES (date '2000-01-02', 5, date '2000-01-12'), ('2000-01-03', 7, '2000-01-13'), ('2000-01-03', -3, NULL), ('2000-01-09', 2.5, NULL)) AS e (day, points, expires)$$),
	('basket', 'numbers', $$basket_agg(item, day) FROM (VALUES (7::bigint, date '2000-01-02'), (7, '2000-01-05'), (9, '2000-01-02'), (9, '2000-01-02')) AS e (item, day)$$),
	('basket', 'texts', $$basket_agg(item, day) FROM (VALUES ('tea', date '2000-01-02'), ('milk', '2000-01-03')) AS e (item, day)$$),
	('zone', 'a name', $$'Asia/Kathmandu'::zone$$),
	('purchase_model', 'by hand', $$'bg_nbd(r 1; alpha 2; a 3; b 4)'::purchase_model$$),
	('spend_model', 'by hand', $$'gamma_gamma(status ok; users 10; loglik 0; net_share 0.5; p 1; q 3; gamma 4)'::spend_model$$),
	('contract_model', 'by hand', $$'sbg(alpha 1; beta 2)'::contract_model$$),
	('feature_model', 'by hand', $$'logistic(status ok; rows 1; loglik 0; ridge 1; intercept 1; "x" 2)'::feature_model$$),
	('rfm_model', 'by hand', $$'rfm(bins 3; users 2; amounts 1; recency 1,1+2/4 mean 1+3/6; frequency 7,8 mean 7; monetary -0.5,0.0+0.1/3 mean -1.0+0.5/10)'::rfm_model$$),
	('tier_rules', 'by hand', $$make_tier_rules('{silver,gold}', '{10,40.5}', 60)$$);
INSERT INTO golden
	SELECT p.prorettype, c.signature, c.whole || ' FROM split_users WHERE u <= 3'
	FROM split_calls() AS c JOIN pg_proc AS p USING (oid) JOIN pg_type AS t ON t.oid = p.prorettype
	-- of those that fit a model the digits are the machine's
	WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typsend <> 0 AND t.typnamespace = 'user_ops'::regnamespace AND t.typname !~ '_model$' AND p.proname <> 'rollup' ;

CREATE FUNCTION bytes_of(type regtype, expression text) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	bytes bytea;
BEGIN
	EXECUTE format('SELECT %s((SELECT %s))', (SELECT t.typsend::regproc FROM pg_type AS t WHERE t.oid = type), expression) INTO bytes;
	RETURN bytes;
END $$;
-- of long ones the beginning and a hash
SELECT of_type, what, length(b) AS bytes, CASE WHEN length(b) <= 90 THEN encode(b, 'hex') ELSE encode(substr(b, 1, 24), 'hex') || '... md5 ' || md5(b) END AS hex
FROM golden, LATERAL (SELECT bytes_of(of_type, expression) AS b OFFSET 0) AS x ORDER BY of_type::text COLLATE "C", what COLLATE "C";

-- No type without one, but those that live within a query.
SELECT t.typname FROM pg_type AS t
WHERE t.typnamespace = 'user_ops'::regnamespace AND t.typtype = 'b' AND t.typelem = 0 AND NOT EXISTS (SELECT FROM golden AS g WHERE g.of_type = t.oid) ORDER BY 1;

--
-- Decoders
--

-- The varint at a place of some bytes, and the place behind it; zigzag of it.
CREATE FUNCTION varint(b bytea, INOUT at integer, OUT value numeric, OUT zigzag numeric) LANGUAGE plpgsql AS $$
DECLARE
	unit numeric := 1;
BEGIN
	value := 0;
	LOOP
		value := value + (get_byte(b, at) & 127) * unit;
		unit := unit * 128;
		at := at + 1;
		EXIT WHEN get_byte(b, at - 1) < 128;
	END LOOP;
	zigzag := CASE WHEN value % 2 = 0 THEN div(value, 2) ELSE -div(value + 1, 2) END;
END $$;

CREATE FUNCTION read_activity(b bytea) RETURNS TABLE (day date, events numeric, purchases numeric, amount numeric) LANGUAGE plpgsql AS $$
DECLARE
	v record;
	n integer;
	heads integer[] := '{}';
BEGIN
	ASSERT get_byte(b, 0) = 1, 'version';
	v := varint(b, 2);
	n := v.value;
	v := varint(b, v.at);
	day := date '2000-01-01' + v.zigzag::integer - 1;
	FOR i IN 1 .. n LOOP
		v := varint(b, v.at);
		heads := heads || v.value::integer;
	END LOOP;
	FOR i IN 1 .. n LOOP
		day := day + heads[i] / 4 + 1;
		events := 1; purchases := NULL; amount := NULL;
		IF heads[i] % 2 = 1 THEN v := varint(b, v.at); events := v.value + 2; END IF;
		IF heads[i] / 2 % 2 = 1 THEN
			v := varint(b, v.at); purchases := v.value;
			v := varint(b, v.at); amount := round(v.zigzag / 10::numeric ^ (get_byte(b, 1) % 16), 2);
		END IF;
		RETURN NEXT;
	END LOOP;
	ASSERT v.at = length(b), 'something behind it';
END $$;
SELECT g.what, r.* FROM golden AS g, read_activity(bytes_of(g.of_type, g.expression)) AS r WHERE g.of_type = 'activity'::regtype AND g.what IN ('visits', 'amounts') ORDER BY 1 DESC, 2;

CREATE FUNCTION read_points(b bytea) RETURNS TABLE (day date, form integer, points numeric, expires_on date) LANGUAGE plpgsql AS $$
DECLARE
	v record;
	validity integer;
BEGIN
	ASSERT get_byte(b, 0) = 1, 'version';
	v := varint(b, 2);
	day := date '2000-01-01' + v.zigzag::integer;
	WHILE v.at < length(b) LOOP
		v := varint(b, v.at);
		day := day + (v.value::integer / 8);
		form := v.value::integer % 8;
		expires_on := NULL;
		IF form = 3 THEN v := varint(b, v.at); validity := v.value + 1; END IF;
		IF form IN (1, 3) THEN expires_on := day + validity; END IF;
		v := varint(b, v.at);
		points := round(v.value / 10::numeric ^ get_byte(b, 1), 1);
		RETURN NEXT;
	END LOOP;
END $$;
SELECT r.* FROM golden AS g, read_points(bytes_of(g.of_type, g.expression)) AS r WHERE g.what = 'a ledger';

CREATE FUNCTION read_basket(b bytea) RETURNS TABLE (item text, day date, n_rows numeric) LANGUAGE plpgsql AS $$
DECLARE
	v record;
	h record;
	first_day date;
	number numeric;
	of_texts boolean := get_byte(b, 1) <> 0;
BEGIN
	ASSERT get_byte(b, 0) = 1, 'version';
	v := varint(b, 2);
	first_day := date '2000-01-01' + v.zigzag::integer;
	WHILE v.at < length(b) LOOP
		IF of_texts THEN
			item := convert_from(substr(b, v.at + 2, get_byte(b, v.at)), 'UTF8');
			v.at := v.at + 1 + get_byte(b, v.at);
		ELSE
			v := varint(b, v.at);
			number := CASE WHEN number IS NULL THEN v.zigzag ELSE number + v.value + 1 END;
			item := number;
		END IF;
		day := NULL;
		LOOP
			h := varint(b, v.at);
			v := h;
			day := coalesce(day + 1, first_day) + (h.value::integer / 4);
			n_rows := 1;
			IF h.value::integer % 2 = 1 THEN v := varint(b, v.at); n_rows := v.value + 2; END IF;
			RETURN NEXT;
			EXIT WHEN h.value::integer / 2 % 2 = 0;
		END LOOP;
	END LOOP;
END $$;
SELECT g.what, r.* FROM golden AS g, read_basket(bytes_of(g.of_type, g.expression)) AS r WHERE g.what IN ('numbers', 'texts') ORDER BY 1, 2, 3;

-- Bytes come back as they went, and begin with a version: COPY BINARY writes nothing else.
SELECT count(*) AS values, count(*) FILTER (WHERE get_byte(bytes_of(of_type, expression), 0) NOT BETWEEN 1 AND 9 AND of_type <> 'zone'::regtype) AS without_version FROM golden;

SET client_min_messages = warning;
DROP SCHEMA formats_test CASCADE;

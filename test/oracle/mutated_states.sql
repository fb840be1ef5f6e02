-- Mutated text of a metric's state: n values made from valid ones.  Each must be
-- refused with SQLSTATE class 22 or 54, or be accepted and then written unchanged,
-- readable (by a function of user_ops) and mergeable; wrong tells of one that was not.

CREATE FUNCTION fuzz_state(type text, valid text[], n int, reading text DEFAULT 'cells',
						   OUT accepted bigint, OUT refused bigint, OUT wrong text)
LANGUAGE plpgsql AS $$
DECLARE
	bytes bytea;
	value text;
	again text;
	at int;
	cut int;
BEGIN
	accepted := 0;
	refused := 0;
	FOR i IN 1 .. n LOOP
		bytes := decode(valid[1 + floor(random() * cardinality(valid))], 'base64');
		FOR j IN 0 .. floor(random() * 3)::int LOOP
			at := floor(random() * length(bytes));
			cut := least(length(bytes), at + floor(random() * 4)::int);
			CASE floor(random() * 5)
				WHEN 0 THEN bytes := set_byte(bytes, at, floor(random() * 256)::int);
				WHEN 1 THEN bytes := set_bit(bytes, at::bigint * 8, floor(random() * 2)::int);
				WHEN 2 THEN bytes := substr(bytes, 1, at) || substr(bytes, cut + 1);
				WHEN 3 THEN bytes := substr(bytes, 1, cut) || substr(bytes, at + 1);
				ELSE bytes := set_byte(bytes, at, (get_byte(bytes, at) + 1) % 128);
			END CASE;
			EXIT WHEN length(bytes) = 0;
		END LOOP;
		value := translate(encode(bytes, 'base64'), E'\n', '');
		IF random() < 0.05 THEN
			value := overlay(value PLACING chr(33 + floor(random() * 90)::int)
							 FROM 1 + floor(random() * length(value))::int FOR 1);
		END IF;
		BEGIN
			EXECUTE format('SELECT (%L::user_ops.%I)::text, (SELECT count(*) FROM user_ops.%I(%L::user_ops.%I))',
						   value, type, reading, value, type) INTO again;
			accepted := accepted + 1;
			IF again <> value THEN
				wrong := format('not a fixpoint: %s', value);
			END IF;
			-- merging reads the value into its working form, and writes it anew
			EXECUTE format('SELECT (v OPERATOR(user_ops.||) v)::text::user_ops.%I FROM (SELECT %L::user_ops.%I) s (v)',
						   type, value, type);
		EXCEPTION WHEN OTHERS THEN
			refused := refused + 1;
			IF left(SQLSTATE, 2) NOT IN ('22', '54') THEN
				wrong := format('%s: %s', SQLSTATE, value);
			END IF;
		END;
	END LOOP;
END $$;

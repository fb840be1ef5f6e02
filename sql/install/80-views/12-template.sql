-- Templates: SQL, or a text, with named parts in braces, put together by render.
--
--   {as_of}                  the part, as it is
--   {u.tenant,}              columns of u, and what stands beside them in the braces:
--   {GROUP BY u.tenant}      a comma or words in capitals; of no columns, nothing
--   {t.tenant = u.tenant}    the columns of t equal those of u; of no columns, true
--   {#amount}...{/amount}    only with the part: if it is not false, null or empty
--   {^amount}...{/amount}    only without it
--
-- parts is an object: a part is a text, a boolean, a number, or an array of columns, as
-- column_part makes them.  Whoever makes a part quotes its identifiers and literals;
-- what is put in is never read for parts again.

CREATE FUNCTION user_ops_internal.column_part(column_name name, compared_by text DEFAULT '=', compared_as text DEFAULT '') RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object('name', quote_ident(column_name), 'operator', compared_by, 'cast', compared_as);
END;
COMMENT ON FUNCTION user_ops_internal.column_part(name, text, text) IS
	'A column in a part of a template; how it is compared: the operator, and a cast of both sides';

CREATE FUNCTION user_ops_internal.is_given(part jsonb) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(part NOT IN ('false', 'null', '""', '[]'), false);
END;
COMMENT ON FUNCTION user_ops_internal.is_given(jsonb) IS
	'Whether a template''s sections with this part stand: it is not false, null or empty';

CREATE FUNCTION user_ops_internal.named_part(parts jsonb, name text) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF (parts ? name) IS NOT TRUE THEN
		RAISE EXCEPTION 'a template names the part "%", which does not exist', name
			USING ERRCODE = 'undefined_parameter',
				  HINT = format('The parts are: %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(parts) AS k));
	END IF;
	RETURN parts -> name;
END $$;
COMMENT ON FUNCTION user_ops_internal.named_part(jsonb, text) IS
	'The part of this name; 42P02 if there is none';

CREATE FUNCTION user_ops_internal.render_place(place text, parts jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	sides text[] := regexp_match(place, '^([a-z]+)[.]([a-z0-9_]+) = ([a-z]+)[.]([a-z0-9_]+)$');
	pieces text[] := regexp_match(place, '^((?:, |[A-Z]+ )*)(?:([a-z]+)[.])?([a-z][a-z0-9_]*)((?: [A-Z]+)*,?)$');
	part jsonb;
	listed text;
BEGIN
	IF sides[2] = sides[4] THEN
		SELECT string_agg(format('%s.%s%s %s %s.%2$s%3$s', sides[1], c ->> 'name', c ->> 'cast', c ->> 'operator', sides[3]), ' AND ' ORDER BY c.place)
		INTO listed
		FROM jsonb_array_elements(user_ops_internal.named_part(parts, sides[2])) WITH ORDINALITY AS c (c, place);
		RETURN coalesce(listed, 'true');
	END IF;
	IF pieces IS NULL THEN
		RAISE EXCEPTION 'a template has {%}, which is no part', place
			USING ERRCODE = 'syntax_error',
				  HINT = 'A part is a name, or alias.name of columns, with a comma or words in capitals beside it.';
	END IF;
	part := user_ops_internal.named_part(parts, pieces[3]);
	IF part = 'null' THEN
		RAISE EXCEPTION 'a template has {%}, and "%" is null', place, pieces[3]
			USING ERRCODE = 'null_value_not_allowed',
				  HINT = 'A section {#name}...{/name} stands only where the part is given.';
	END IF;
	IF (jsonb_typeof(part) = 'array') <> (pieces[2] IS NOT NULL) THEN
		RAISE EXCEPTION 'a template has {%}, and "%" is of another kind', place, pieces[3]
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'Columns are named with an alias, other parts without.';
	END IF;
	listed := CASE WHEN pieces[2] IS NULL THEN part #>> '{}'
			  ELSE (SELECT string_agg(format('%s.%s', pieces[2], c ->> 'name'), ', ' ORDER BY c.place)
					FROM jsonb_array_elements(part) WITH ORDINALITY AS c (c, place)) END;
	RETURN coalesce(pieces[1] || nullif(listed, '') || pieces[4], '');
END $$;
COMMENT ON FUNCTION user_ops_internal.render_place(text, jsonb) IS
	'What stands for {place} of a template with these parts';

CREATE FUNCTION user_ops_internal.choose_sections(template text, parts jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	opening text[];
	head text;
	rest text;
	section_length integer;
BEGIN
	LOOP
		opening := regexp_match(template, '[{]([#^])([a-z0-9_]+)[}]');
		IF opening IS NULL THEN
			RETURN template;
		END IF;
		head := split_part(template, format('{%s%s}', opening[1], opening[2]), 1);
		rest := substr(template, length(head) + length(opening[2]) + 4);
		section_length := strpos(rest, format('{/%s}', opening[2])) - 1;
		IF section_length < 0 THEN
			RAISE EXCEPTION 'a template has {%}, and no {/%} behind it', array_to_string(opening, ''), opening[2]
				USING ERRCODE = 'syntax_error',
					  HINT = 'A section ends with its own name.';
		END IF;
		template := head
			|| CASE WHEN user_ops_internal.is_given(user_ops_internal.named_part(parts, opening[2])) = (opening[1] = '#') THEN left(rest, section_length) ELSE '' END
			|| substr(rest, section_length + length(opening[2]) + 4);
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.choose_sections(text, jsonb) IS
	'A template without sections: with those that these parts choose in their places';

CREATE FUNCTION user_ops_internal.render(template text, parts jsonb, own_parts jsonb DEFAULT '{}') RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	unused text;
BEGIN
	IF own_parts <> '{}' THEN
		SELECT string_agg(k, ', ' ORDER BY k) INTO unused FROM jsonb_object_keys(own_parts) AS k
		WHERE k NOT IN (SELECT w.word FROM regexp_split_to_table(template, '[{}]') WITH ORDINALITY AS p (piece, place)
						CROSS JOIN LATERAL regexp_split_to_table(p.piece, '[^a-z0-9_]+') AS w (word) WHERE p.place % 2 = 0);
		IF unused IS NOT NULL THEN
			RAISE EXCEPTION 'a template does not use the part %', unused
				USING ERRCODE = 'invalid_parameter_value',
					  HINT = 'What is given for one template alone has a place in it.';
		END IF;
		parts := parts || own_parts;
	END IF;
	IF template !~ '[{}]' THEN
		RETURN template;
	END IF;
	template := user_ops_internal.choose_sections(template, parts);
	IF template !~ '^([^{}]*[{][^{}]+[}])*[^{}]*$' THEN
		RAISE EXCEPTION 'the braces of a template do not pair'
			USING ERRCODE = 'syntax_error',
				  DETAIL = template,
				  HINT = 'A part has one brace before and one behind it, and a template no others.';
	END IF;
	RETURN (SELECT string_agg(CASE WHEN p.place % 2 = 1 THEN p.piece ELSE user_ops_internal.render_place(p.piece, parts) END, '' ORDER BY p.place)
			FROM regexp_split_to_table(template, '[{}]') WITH ORDINALITY AS p (piece, place));
END $$;
COMMENT ON FUNCTION user_ops_internal.render(text, jsonb, jsonb) IS
	'A template with its parts put in: those that all templates share, and its own, each of which it must use';

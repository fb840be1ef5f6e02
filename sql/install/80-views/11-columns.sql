-- The columns of the source in generated SQL.

CREATE FUNCTION user_ops_internal.base_type(type regtype) RETURNS regtype
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE domains (made_of) AS (
		SELECT type::oid
		UNION ALL
		SELECT t.typbasetype FROM domains JOIN pg_type t ON t.oid = domains.made_of WHERE t.typtype = 'd'
	)
	SELECT d.made_of::regtype FROM domains AS d JOIN pg_type t ON t.oid = d.made_of WHERE t.typtype <> 'd';
END;
COMMENT ON FUNCTION user_ops_internal.base_type(regtype) IS 'What a domain is made of; any other type as it is';

CREATE FUNCTION user_ops_internal.type_sql(type regtype) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- character in SQL is of one letter, and bit of one bit
	SELECT format_type(type, -1);
END;
COMMENT ON FUNCTION user_ops_internal.type_sql(regtype) IS 'SQL for a type of any length, for casts to it';

CREATE FUNCTION user_ops_internal.has_text_of_its_own(type regtype) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- what dates, times and floating point are as text is up to the session
	SELECT type IN ('boolean'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'uuid'::regtype)
		   OR (SELECT t.typcategory IN ('S', 'E') FROM pg_type t WHERE t.oid = type);
END;
COMMENT ON FUNCTION user_ops_internal.has_text_of_its_own(regtype) IS 'Whether a value of this type is the same text in each session';

CREATE FUNCTION user_ops_internal.column_type(source regclass, column_name name, role text) RETURNS regtype
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	found_type regtype;
BEGIN
	SELECT user_ops_internal.base_type(a.atttypid) INTO found_type FROM pg_attribute a
	WHERE a.attrelid = source AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
	IF found_type IS NULL THEN
		RAISE EXCEPTION 'column "%" of % does not exist', column_name, source
			USING ERRCODE = 'undefined_column',
				  HINT = format('The argument %s takes one of: %s.', role,
						(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
						 FROM pg_attribute a
						 WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped));
	END IF;
	RETURN found_type;
END $$;
COMMENT ON FUNCTION user_ops_internal.column_type(regclass, name, text) IS
	'The type of a column, a domain as what it is made of; or 42703 with the columns there are; role: the argument that named it';

CREATE FUNCTION user_ops_internal.equality_operator(type regtype) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- the type's own, not the one a search_path finds: citext is not text
	SELECT format('OPERATOR(%I.%s)', coalesce(max(n.nspname), 'pg_catalog'), coalesce(max(o.oprname), '='))
	FROM pg_opclass c
	JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
	JOIN pg_amop p ON p.amopfamily = c.opcfamily AND p.amoplefttype = c.opcintype
		AND p.amoprighttype = c.opcintype AND p.amopstrategy = 3
	JOIN pg_operator o ON o.oid = p.amopopr
	JOIN pg_namespace n ON n.oid = o.oprnamespace
	WHERE c.opcdefault AND c.opcintype = (SELECT user_ops_internal.base_type(type));
END;
COMMENT ON FUNCTION user_ops_internal.equality_operator(regtype) IS
	'The equality operator of a type''s sort order, schema-qualified, for generated SQL';

CREATE FUNCTION user_ops_internal.column_definition(relation regclass, column_name name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- of a domain what it is made of: so columns of generated SQL, where a UNION does the same, compare with it
	SELECT CASE WHEN user_ops_internal.base_type(a.atttypid) = a.atttypid THEN format_type(a.atttypid, a.atttypmod)
		   ELSE user_ops_internal.type_sql(user_ops_internal.base_type(a.atttypid)) END || coalesce(' COLLATE ' || quote_ident(n.nspname) || '.' || quote_ident(l.collname), '')
	FROM pg_attribute a
	LEFT JOIN pg_collation l ON l.oid = a.attcollation
	LEFT JOIN pg_namespace n ON n.oid = l.collnamespace
	WHERE a.attrelid = relation AND a.attname = column_name;
END;
COMMENT ON FUNCTION user_ops_internal.column_definition(regclass, name) IS
	'The type and collation of a column as SQL, a domain as what it is made of';

CREATE FUNCTION user_ops_internal.column_definitions(relation regclass, columns name[], before text DEFAULT '', after text DEFAULT '') RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT coalesce(string_agg(format('%s%I %s%s', before, c.name, user_ops_internal.column_definition(relation, c.name), after), '' ORDER BY c.place), '')
	FROM unnest(columns) WITH ORDINALITY AS c (name, place) WHERE c.name IS NOT NULL;
END;
COMMENT ON FUNCTION user_ops_internal.column_definitions(regclass, name[], text, text) IS
	'Names, types and collations of columns as SQL, each between two pieces of SQL; NULLs are no columns';

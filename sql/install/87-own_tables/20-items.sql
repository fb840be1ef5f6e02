-- What add-ons about items share: items of a table of an add-on's own, and from how many users on they are shown.

CREATE FUNCTION user_ops_internal.item_type(relation regclass, column_name name) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(relation, column_name, 'item');
BEGIN
	IF NOT user_ops_internal.has_text_of_its_own(type) THEN
		RAISE EXCEPTION 'column "%" of % has type %', column_name, relation, type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'item is a text, an enum, a whole or decimal number, uuid or boolean; a view over the table can convert it.';
	END IF;
	RETURN CASE WHEN type IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN 'bigint' ELSE 'text' END;
END $$;
COMMENT ON FUNCTION user_ops_internal.item_type(regclass, name) IS
	'The type by which items of a column are told apart: whole numbers as bigint, others by their text; 42703 or 42804, with a hint, if there is no such column, or no text that all sessions have of it';

CREATE FUNCTION user_ops_internal.item_expression(relation regclass, column_name name) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format(CASE WHEN user_ops_internal.item_type(relation, column_name) = 'bigint' THEN 'x.%I::bigint'
					   -- equal numbers are one item
					   WHEN user_ops_internal.column_type(relation, column_name, 'item') = 'numeric'::regtype THEN 'trim_scale(x.%I)::text COLLATE "C"'
					   ELSE 'x.%I::text COLLATE "C"' END, column_name);
END;
COMMENT ON FUNCTION user_ops_internal.item_expression(regclass, name) IS
	'SQL for the item of a row x of a table of items, in the order of items';

CREATE FUNCTION user_ops_internal.item_counts(relation regclass, column_name name) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- as long as a basket takes them
	SELECT format(CASE WHEN user_ops_internal.item_type(relation, column_name) = 'bigint' THEN 'x.%I IS NOT NULL' ELSE 'octet_length(x.%I::text) <= 255' END, column_name);
END;
COMMENT ON FUNCTION user_ops_internal.item_counts(regclass, name) IS
	'SQL for: a row x of a table of items has an item that a basket takes; one of more than 255 bytes is left out';

CREATE FUNCTION user_ops_internal.check_min_users(g jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF (g ->> 'min_users')::integer < 1 THEN
		RAISE EXCEPTION 'min_users is %, and must be 1 or more', g ->> 'min_users'
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'It is of how many users a count must be to be shown; 1 shows all.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_min_users(jsonb) IS
	'22023, with a hint, if counts of no user are to be shown';

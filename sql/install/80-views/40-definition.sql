-- A view of create_views is one row that says all about it.  A new one is a define_view
-- in the file of its family; a part that its query needs and no other has stands in
-- view_parts.

CREATE TYPE user_ops_internal.view_definition AS (
	object text,      -- its name; {period} in it, and in all that follows: one for each of periods
	answers text,     -- the question it answers, which becomes its comment; labels of users stand in braces, to be translated
	columns text[],   -- of each the name and the comment
	body text,        -- template of its query; NULL: there is only a table
	storage text,     -- template of the statements that make the table it is where users are stored; NULL: it is a view there too
	flags text[],     -- see define_view
	periods text[],
	labels text[]     -- stored columns that hold labels of users, in the language of create_views
);
COMMENT ON TYPE user_ops_internal.view_definition IS 'A view or table that create_views makes: all that is known of it';

CREATE FUNCTION user_ops_internal.define_view(object text, answers text, columns text[], body text DEFAULT NULL, storage text DEFAULT NULL,
		flags text[] DEFAULT '{}', periods text[] DEFAULT NULL, labels text[] DEFAULT NULL) RETURNS view_definition
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	-- breakdown: made once more for each column of breakdown; first_values: shows these columns;
	-- all_tenants: has no tenant column; stored, rfm_ntile, tenant: made only with this setting
	known CONSTANT text[] := '{breakdown,first_values,all_tenants,stored,rfm_ntile,tenant}';
	fault text := CASE WHEN NOT flags <@ known THEN 'a flag that does not exist'
				  WHEN coalesce(array_length(columns, 2), 0) <> 2 THEN 'columns that are not pairs of a name and a comment'
				  WHEN coalesce(body, storage) IS NULL THEN 'neither a body nor a storage' END;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION 'the definition of view % has %', object, fault
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = format('Flags are: %s.', array_to_string(known, ', '));
	END IF;
	RETURN (object, answers, columns, body, storage, flags, periods, labels);
END $$;
COMMENT ON FUNCTION user_ops_internal.define_view(text, text, text[], text, text, text[], text[], text[]) IS
	'The definition of a view of create_views, by name; 22023 if it is none';

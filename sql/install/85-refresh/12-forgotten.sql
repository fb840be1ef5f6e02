-- Users who were forgotten, left out of what a refresh reads: docs/internals/forgetting.md.

CREATE FUNCTION user_ops_internal.text_of_user(s view_settings, user_sql text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(s.source, s.user_id, 'user_id');
	-- equal users have one text, whatever the settings of the session are, from which they can be made again
	form text := CASE WHEN type = 'numeric'::regtype THEN 'trim_scale(%s)::text'
		WHEN type IN ('real'::regtype, 'double precision'::regtype) THEN '(%s + 0)::text'
		WHEN type = 'bytea'::regtype THEN '(chr(92) || ''x'' || encode(%s, ''hex''))'
		WHEN type IN ('date'::regtype, 'timestamp'::regtype) THEN '(to_jsonb(%s) #>> ''{}'')'
		WHEN (SELECT t.typname = 'citext' FROM pg_type t WHERE t.oid = type) THEN 'lower((%s)::text COLLATE "default")'
		WHEN type IN ('timestamptz'::regtype, 'interval'::regtype, 'jsonb'::regtype)
			OR (SELECT t.typelem <> 0 AND t.typlen = -1 OR t.typtype NOT IN ('b', 'e') FROM pg_type t WHERE t.oid = type)
			OR EXISTS (SELECT FROM pg_attribute a JOIN pg_collation l ON l.oid = a.attcollation WHERE a.attrelid = s.source AND a.attname = s.user_id AND NOT l.collisdeterministic) THEN NULL
		ELSE '(%s)::text' END;
BEGIN
	IF form IS NULL THEN
		RAISE EXCEPTION 'users of % cannot be forgotten: equal ones may be written in several ways', s.source
			USING ERRCODE = 'feature_not_supported',
				  DETAIL = format('Its column "%s" has type %s%s.', s.user_id, type, (SELECT ' and collation ' || l.collname FROM pg_attribute a JOIN pg_collation l ON l.oid = a.attcollation
					WHERE a.attrelid = s.source AND a.attname = s.user_id AND NOT l.collisdeterministic)),
				  HINT = 'Make the views over a view that has one text for each user; or delete the rows of the user from the source and refresh.';
	END IF;
	RETURN format(form, user_sql) || ' COLLATE "C"';
END $$;
COMMENT ON FUNCTION user_ops_internal.text_of_user(view_settings, text) IS
	'SQL for the text by which a user is hashed, of SQL for the user; 0A000, with a hint, where equal users may have different texts';

CREATE FUNCTION user_ops_internal.is_forgotten(target_schema text, id text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- joined by the mark; the hash, which costs more, is asked of those alone whom it finds
	SELECT format('EXISTS (
		SELECT FROM user_ops_internal.forgotten_users(%1$s) AS forgotten
		WHERE forgotten.mark = hashtextextended(%2$s, (SELECT k.seed FROM user_ops_internal.forgotten_key(%1$s) AS k))
		  AND (forgotten.user_hash = user_ops.hmac_sha256(convert_to(%2$s, ''UTF8''), (SELECT k.secret FROM user_ops_internal.forgotten_key(%1$s) AS k))) IS TRUE)',
		target_schema, id);
END;
COMMENT ON FUNCTION user_ops_internal.is_forgotten(text, text) IS
	'SQL for: an id was forgotten; both arguments are SQL, the id of a text with the collation C';

CREATE FUNCTION user_ops_internal.unforgotten(parts jsonb, id text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN user_ops_internal.is_given(parts -> 'forgetting') THEN 'NOT ' || user_ops_internal.is_forgotten(parts ->> 'forgetting', id) END;
END;
COMMENT ON FUNCTION user_ops_internal.unforgotten(jsonb, text) IS
	'SQL for: an id, SQL of a text with the collation C, was not forgotten; NULL outside of a refresh, and where nobody was';

CREATE FUNCTION user_ops_internal.not_forgotten(s view_settings, parts jsonb, user_sql text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- users of some types have no text to be known by, which is no matter where nobody was forgotten
	SELECT CASE WHEN user_ops_internal.is_given(parts -> 'forgetting') THEN user_ops_internal.unforgotten(parts, user_ops_internal.text_of_user(s, user_sql)) END;
END;
COMMENT ON FUNCTION user_ops_internal.not_forgotten(view_settings, jsonb, text) IS
	'unforgotten of a user, itself SQL';

CREATE FUNCTION user_ops_internal.forgetting(s view_settings, target_schema name) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT CASE WHEN NOT user_ops_internal.find_addon(s, 'forgotten', 'forgotten') IS NULL THEN quote_literal(target_schema) END;
END;
COMMENT ON FUNCTION user_ops_internal.forgetting(view_settings, name) IS
	'Where users of a schema were forgotten, its name as SQL; else NULL';

CREATE FUNCTION user_ops_internal.is_of_forgotten(s view_settings, object name) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT NOT user_ops_internal.find_addon(s, 'forgotten', 'forgotten') IS NULL AND is_of_forgotten.object IN ('forgotten', 'forgotten_key');
END;
COMMENT ON FUNCTION user_ops_internal.is_of_forgotten(view_settings, name) IS
	'Whether a table of a schema is one of those that know who was forgotten, whose policy is its own';

CREATE FUNCTION user_ops_internal.count_forgotten(s view_settings, parts jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	EXECUTE user_ops_internal.render($query$
		WITH n AS MATERIALIZED (
			SELECT {e.tenant,} count(*) AS rows_read
			FROM {source} AS e
			WHERE {forgotten} {GROUP BY e.tenant})
		UPDATE {changes} AS c SET (rows_read, left_out) = ROW (c.rows_read + n.rows_read, c.left_out + n.rows_read)
		FROM n
		WHERE c.rows_read IS NOT NULL AND {c.tenant = n.tenant}$query$, parts, jsonb_build_object(
			'forgotten', user_ops_internal.is_forgotten(parts ->> 'forgetting', user_ops_internal.text_of_user(s, 'e.' || quote_ident(s.user_id)))));
END $$;
COMMENT ON FUNCTION user_ops_internal.count_forgotten(view_settings, jsonb) IS
	'Counts the rows of users who were forgotten among those that were read and left out, of which reasons say nothing; a tenant without other users has no such row';

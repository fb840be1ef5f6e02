-- Users who were forgotten: an add-on that forget_user puts into a schema.  It knows them by a hash under a key of the
-- schema, and a refresh leaves their rows out until these are gone from the source.

CREATE FUNCTION user_ops_internal.forgotten_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- SELECT ON ALL TABLES is granted lightly: rows are for who refreshes
	SELECT user_ops_internal.define_view('forgotten',
		'Who was forgotten, and is left out by each refresh: a row for each user, known by a hash alone',
		columns => ARRAY[
			['user_hash', 'HMAC-SHA-256 of the text of the user, under the secret of forgotten_key'],
			['mark', 'hashtextextended of that text with the seed of forgotten_key: what finds the row'],
			['forgotten_at', 'When forget_user was called'],
			['forgotten_by', 'By which role'],
			['reason', 'The reason that was given']],
		flags => '{stored,all_tenants}',
		storage => $table$
			CREATE TABLE {schema}.forgotten (
				user_hash bytea PRIMARY KEY, mark bigint NOT NULL, forgotten_at timestamptz NOT NULL, forgotten_by text NOT NULL, reason text);
			ALTER TABLE {schema}.forgotten ENABLE ROW LEVEL SECURITY;
			CREATE POLICY refreshers ON {schema}.forgotten FOR SELECT USING (has_table_privilege(tableoid, 'INSERT'))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('forgotten_key',
		'Under which key users are hashed in forgotten: one row',
		columns => ARRAY[
			['secret', 'The key of user_hash'],
			['seed', 'The seed of mark']],
		flags => '{stored,all_tenants}',
		storage => $table$
			CREATE TABLE {schema}.forgotten_key (secret bytea PRIMARY KEY, seed bigint NOT NULL);
			ALTER TABLE {schema}.forgotten_key ENABLE ROW LEVEL SECURITY;
			CREATE POLICY refreshers ON {schema}.forgotten_key FOR SELECT USING (has_table_privilege(tableoid, 'INSERT'));
			INSERT INTO {schema}.forgotten_key
			SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), ('x' || right(gen_random_uuid()::text, 12))::bit(48)::bigint$table$);
END;
COMMENT ON FUNCTION user_ops_internal.forgotten_views() IS
	'What the add-on forgotten makes';

CREATE FUNCTION user_ops_internal.check_forgotten(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF NOT s.stored OR s.spread IS NOT NULL THEN
		RAISE EXCEPTION 'users were forgotten, and % would show them again',
				CASE WHEN s.stored THEN 'shards or foreign servers' ELSE 'views that read the source' END
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Delete their rows from the source first.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_forgotten(view_settings, addon) IS
	'0A000, with a hint, where users who were forgotten cannot be left out';

CREATE FUNCTION user_ops_internal.forgotten_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT '{}'::jsonb;
END;
COMMENT ON FUNCTION user_ops_internal.forgotten_parts(view_settings, addon, jsonb) IS
	'The parts of the add-on forgotten: none';

CREATE FUNCTION user_ops_internal.refuse_forgetful(target_schema name, hides name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'who was forgotten in "%" cannot be left out: its table % shows no row', target_schema, hides
		USING ERRCODE = 'insufficient_privilege',
			  HINT = format('Who refreshes needs this: GRANT SELECT, INSERT ON %1$I.forgotten, %1$I.forgotten_key.', target_schema);
END $$;
COMMENT ON FUNCTION user_ops_internal.refuse_forgetful(name, name) IS
	'42501, with a hint, as a table that tells who was forgotten hides that from the current role';

-- What is read below is read with row security, whose policy lets refreshers see it, inside of functions that run without.
CREATE FUNCTION user_ops_internal.forgotten_users(target_schema name) RETURNS TABLE (mark bigint, user_hash bytea)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100 ROWS 100
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = on
AS $$
DECLARE
	hides name;
BEGIN
	-- nobody would be taken for forgotten
	SELECT c.relname INTO hides FROM unnest('{forgotten,forgotten_key}'::name[]) AS t (name)
	JOIN pg_class c ON c.oid = format('%I.%I', target_schema, t.name)::regclass
	WHERE row_security_active(c.oid) AND NOT has_table_privilege(c.oid, 'INSERT') ORDER BY t.name DESC LIMIT 1;
	IF FOUND THEN
		PERFORM user_ops_internal.refuse_forgetful(target_schema, hides);
	END IF;
	RETURN QUERY EXECUTE format('SELECT f.mark, f.user_hash FROM %I.forgotten AS f', target_schema);
END $$;
COMMENT ON FUNCTION user_ops_internal.forgotten_users(name) IS
	'How the users whom a schema has forgotten are found and known; 42501, with a hint, if the current role does not see it';

CREATE FUNCTION user_ops_internal.forgotten_key(target_schema name, OUT secret bytea, OUT seed bigint)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = on
AS $$
BEGIN
	EXECUTE format('SELECT k.secret, k.seed FROM %I.forgotten_key AS k', target_schema) INTO secret, seed;
	IF secret IS NULL THEN
		PERFORM user_ops_internal.refuse_forgetful(target_schema, 'forgotten_key');
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.forgotten_key(name) IS
	'The key under which a schema knows users whom it has forgotten; 42501, with a hint, if the current role does not see it';

CREATE FUNCTION user_ops_internal.carried_forgotten(target_schema name) RETURNS jsonb
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	carried jsonb;
BEGIN
	IF to_regclass(format('%I.forgotten_key', target_schema)) IS NOT NULL AND to_regclass(format('%I.forgotten', target_schema)) IS NOT NULL THEN
		EXECUTE format('SELECT jsonb_build_object(''users'', (SELECT coalesce(jsonb_agg(f), ''[]'') FROM %1$I.forgotten AS f), ''key'', (SELECT jsonb_agg(k) FROM %1$I.forgotten_key AS k))', target_schema)
		INTO carried;
	END IF;
	RETURN carried;
END $$;
COMMENT ON FUNCTION user_ops_internal.carried_forgotten(name) IS
	'Who was forgotten in a schema, and the key; NULL if it does not know';

CREATE FUNCTION user_ops_internal.put_forgotten(target_schema name, carried jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	EXECUTE format('DELETE FROM %I.forgotten_key', target_schema);
	EXECUTE format('INSERT INTO %1$I.forgotten_key SELECT * FROM jsonb_populate_recordset(NULL::%1$I.forgotten_key, $1 -> ''key'')', target_schema) USING carried;
	EXECUTE format('INSERT INTO %1$I.forgotten SELECT * FROM jsonb_populate_recordset(NULL::%1$I.forgotten, $1 -> ''users'')', target_schema) USING carried;
END $$;
COMMENT ON FUNCTION user_ops_internal.put_forgotten(name, jsonb) IS
	'Puts who was forgotten elsewhere, as carried_forgotten tells it, into tables just made';

-- Forgetting users: out of all that is stored of them, and left out from then on.

CREATE FUNCTION user_ops_internal.holders(s view_settings) RETURNS TABLE (object text, by_value boolean, columns name[])
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT w.object, w.object = ANY (k.holders), array_remove(CASE WHEN u.has_user THEN '{user_id}'::name[] END || k.columns, NULL)
	FROM user_ops_internal.wanted_views(s) AS w
	CROSS JOIN LATERAL (
		SELECT EXISTS (SELECT FROM generate_subscripts((w.definition).columns, 1) AS i WHERE (w.definition).columns[i][1] = 'user_id') AS has_user) AS u
	CROSS JOIN LATERAL (
		SELECT a.holders, ARRAY(SELECT split_part(h, '.', 2)::name FROM unnest(a.holders) AS h WHERE split_part(h, '.', 1) = w.object AND h <> w.object) AS columns
		FROM (SELECT coalesce((user_ops_internal.kind_of(w.addons[1])).holders, '{}') AS holders) AS a) AS k
	WHERE w.is_table AND (u.has_user OR w.object = ANY (k.holders) OR k.columns <> '{}')
	ORDER BY w.place;
END;
COMMENT ON FUNCTION user_ops_internal.holders(view_settings) IS
	'The stored tables of a schema that know users: within values about all of them, or in these columns, of which user_id has the type of users and others are texts';

CREATE FUNCTION user_ops_internal.all_ids_of(s view_settings, target_schema name, users text[]) RETURNS text[]
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	others text[];
BEGIN
	IF user_ops_internal.find_addon(s, 'identity', 'identity') IS NULL THEN
		RETURN users;
	END IF;
	-- an id of a user, or what create_person_view calls it, or a device
	EXECUTE format($query$
		SELECT array_agg(DISTINCT i.called)
		FROM %1$I.identity_map AS m
		CROSS JOIN LATERAL unnest(CASE m.kind WHEN 'user' THEN ARRAY[m.id, user_ops.person_id(m.id)] ELSE ARRAY['anonymous ' || m.id] END) AS i (called)
		WHERE m.canonical_id IN (
			SELECT o.canonical_id FROM %1$I.identity_map AS o
			WHERE CASE o.kind WHEN 'user' THEN o.id = ANY ($1) OR user_ops.person_id(o.id) = ANY ($1) ELSE 'anonymous ' || o.id = ANY ($1) END)$query$, target_schema)
	INTO others USING users;
	RETURN ARRAY(SELECT DISTINCT u FROM unnest(users || others) AS u);
END $$;
COMMENT ON FUNCTION user_ops_internal.all_ids_of(view_settings, name, text[]) IS
	'These ids, and all others of the same persons, where the schema knows them: users, and devices with anonymous in front, as create_person_view calls them';

CREATE FUNCTION user_ops_internal.users_by_text(s view_settings, texts text[]) RETURNS text[]
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type text := user_ops_internal.type_sql(user_ops_internal.column_type(s.source, s.user_id, 'user_id'));
	found text[];
	one text;
	told text;
BEGIN
	BEGIN
		EXECUTE format('SELECT array_agg(DISTINCT %s) FROM unnest($1) AS u (said)', user_ops_internal.text_of_user(s, 'u.said::' || type)) INTO found USING texts;
		RETURN coalesce(found, '{}');
	EXCEPTION WHEN data_exception THEN
		-- one of them is no user of this type: so nobody here is called so
		found := '{}';
	END;
	FOREACH one IN ARRAY texts LOOP
		BEGIN
			EXECUTE format('SELECT %s', user_ops_internal.text_of_user(s, '$1::' || type)) INTO told USING one;
			found := found || told;
		EXCEPTION WHEN data_exception THEN
			NULL;
		END;
	END LOOP;
	RETURN ARRAY(SELECT DISTINCT f FROM unnest(found) AS f WHERE f IS NOT NULL);
END $$;
COMMENT ON FUNCTION user_ops_internal.users_by_text(view_settings, text[]) IS
	'Users, told as texts, as the source''s type writes them; without those that cannot be of it';

CREATE FUNCTION user_ops_internal.forget_rows(s view_settings, target_schema name, parts jsonb, users text[], ids text[]) RETURNS TABLE (object text, rows bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	type text := user_ops_internal.type_sql(user_ops_internal.column_type(s.source, s.user_id, 'user_id'));
	held record;
	summed user_ops_internal.addon_sum;
	known name;
	n bigint;
BEGIN
	FOR held IN SELECT h.* FROM user_ops_internal.holders(s) AS h LOOP
		rows := 0;
		IF held.by_value THEN
			FOR summed IN SELECT r.* FROM unnest(s.addons) AS a CROSS JOIN LATERAL user_ops_internal.addon_sums(s, a, parts) AS r WHERE r.stored = held.object LOOP
				EXECUTE format('CREATE TEMPORARY TABLE user_ops_held ON COMMIT DROP AS TABLE %I.%I', target_schema, held.object);
				PERFORM user_ops_internal.refresh_sums(parts, summed);
				EXECUTE format('SELECT count(*) FROM (SELECT h::text FROM pg_temp.user_ops_held AS h EXCEPT SELECT k::text FROM %I.%I AS k) AS c', target_schema, held.object) INTO rows;
				DROP TABLE pg_temp.user_ops_held;
			END LOOP;
		END IF;
		FOREACH known IN ARRAY held.columns LOOP
			EXECUTE format('DELETE FROM %I.%I AS k WHERE k.%I = ANY (%s)', target_schema, held.object, known, CASE known WHEN 'user_id' THEN format('$1::%s[]', type) ELSE '$2' END)
			USING users, ids;
			GET DIAGNOSTICS n = ROW_COUNT;
			rows := rows + n;
		END LOOP;
		object := format('%I.%I', target_schema, held.object);
		RETURN NEXT;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.forget_rows(view_settings, name, jsonb, text[], text[]) IS
	'Takes users out of the stored tables of a schema; a row for each table: how many rows it lost, or, where a value knows all users, how many values changed';

CREATE FUNCTION user_ops_internal.count_again(s view_settings, target_schema name, parts jsonb, users_removed bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	is_now record;
BEGIN
	EXECUTE format('SELECT f.as_of, f.rfm, f.typical_gap FROM %I.fitted AS f', target_schema) INTO is_now;
	IF s.tenant IS NOT NULL THEN
		EXECUTE user_ops_internal.render('CREATE TEMPORARY TABLE {fitted_before} ON COMMIT DROP AS TABLE {schema}.fitted', parts);
	END IF;
	IF is_now.as_of IS NOT NULL THEN
		PERFORM user_ops_internal.write_history(s, parts, (false, false, false, clock_timestamp())::user_ops_internal.refresh_step,
			NULL, (is_now.as_of, is_now.rfm, is_now.typical_gap)::user_ops_internal.label_inputs);
	END IF;
	IF s.tenant IS NOT NULL THEN
		EXECUTE user_ops_internal.render('DROP TABLE {fitted_before}', parts);
	END IF;
	-- the next refresh fits anew
	EXECUTE format('UPDATE %I.fitted SET fitted_at = ''-infinity''', target_schema);
	EXECUTE format('INSERT INTO %1$I.refresh_log (started_at, finished_at, status, reads, as_of, users, users_removed, first_day, kept_before, source)
					SELECT clock_timestamp(), clock_timestamp(), ''done'', ''forgotten'', l.as_of, l.users - $1, $1, l.first_day, l.kept_before, l.source
					FROM %1$I.refresh_log AS l WHERE l.status = ''done'' ORDER BY l.finished_at DESC LIMIT 1', target_schema)
	USING users_removed;
END $$;
COMMENT ON FUNCTION user_ops_internal.count_again(view_settings, name, jsonb, bigint) IS
	'After users were forgotten: counts the labels of today anew, has the next refresh fit anew, and writes the log';

CREATE FUNCTION user_ops_internal.notice_of_copies(s view_settings, target_schema name, users text[], deleted bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	n bigint;
BEGIN
	IF users = '{}' THEN
		RAISE NOTICE 'nobody in "%" can be called so', target_schema
			USING HINT = format('Users there are of type %s.', user_ops_internal.column_type(s.source, s.user_id, 'user_id'));
		RETURN;
	END IF;
	-- (of a domain as what it is made of)
	EXECUTE format('SELECT count(*) FROM %s AS e WHERE e.%I::%s = ANY ($1::%3$s[])', s.source, s.user_id, user_ops_internal.type_sql(user_ops_internal.column_type(s.source, s.user_id, 'user_id')))
	INTO n USING users;
	IF n + deleted = 0 THEN
		RAISE NOTICE 'neither "%" nor its source has anything of %', target_schema, CASE cardinality(users) WHEN 1 THEN 'the user' ELSE format('%s users', cardinality(users)) END
			USING HINT = 'Look at the id. Over a view of create_person_view it is person_id, unless create_identity_views is called for this schema too.';
		RETURN;
	END IF;
	RAISE NOTICE 'what "%" has stored of % is deleted; % % left in the source', target_schema,
			CASE cardinality(users) WHEN 1 THEN 'the user' ELSE format('%s users', cardinality(users)) END, n, CASE n WHEN 1 THEN 'row is' ELSE 'rows are' END
		USING HINT = 'Refreshes leave them out until you delete them there, and in the tables beside it, such as ledgers, answers and tags. '
			|| 'The bytes of deleted rows go with VACUUM, from pages and indexes, which is for the administrator to run. '
			|| 'Copies elsewhere are out of reach: dumps, replicas until they have replayed this, archived WAL, exports.';
END $$;
COMMENT ON FUNCTION user_ops_internal.notice_of_copies(view_settings, name, text[], bigint) IS
	'A notice of where users who were forgotten may still be, or that there was nothing of them';

CREATE FUNCTION user_ops_internal.forget(target_schema name, texts text[], reason text, only_these_ids boolean) RETURNS TABLE (object text, rows bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
	parts jsonb;
	ids text[];
	users text[];
	deleted bigint := 0;
	gone bigint;
BEGIN
	IF NOT s.stored THEN
		RAISE EXCEPTION 'nothing is stored in "%": its views read the source', target_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  HINT = format('Delete the user from %s.', s.source);
	END IF;
	s.spread := user_ops_internal.find_spread(s);
	IF s.spread IS NOT NULL OR user_ops_internal.is_stored_on_shards(s, target_schema) THEN
		RAISE EXCEPTION 'the source of "%" is on shards or foreign servers, whose rows cannot be left out', target_schema
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Delete the rows of the user there and call refresh, which deletes what is stored; and then the rows of the user in transition_log.';
	END IF;
	IF user_ops_internal.find_addon(s, 'forgotten', 'forgotten') IS NULL THEN
		-- without asking other add-ons: who is to be forgotten is, whatever else is wrong
		s.addons := s.addons || ROW('forgotten', 'forgotten', NULL, '{}')::user_ops_internal.addon;
		PERFORM user_ops_internal.change_addons(s, target_schema, '{forgotten}', '{}');
		s := user_ops_internal.claim_addons(target_schema);
	END IF;
	-- as each refresh does: of two with snapshots that do not see each other the second fails, or the user would stay
	EXECUTE format('UPDATE %I.fitted SET fitted_at = fitted_at', target_schema);
	ids := user_ops_internal.users_by_text(s, texts);
	IF NOT only_these_ids THEN
		ids := user_ops_internal.all_ids_of(s, target_schema, ids);
	END IF;
	-- of persons some ids, such as those of devices, are none of users here
	users := user_ops_internal.users_by_text(s, ids);
	EXECUTE format('INSERT INTO %1$I.forgotten
					SELECT user_ops.hmac_sha256(convert_to(u.id, ''UTF8''), k.secret), hashtextextended(u.id COLLATE "C", k.seed), now(), current_user, $2
					FROM unnest($1) AS u (id) CROSS JOIN %1$I.forgotten_key AS k
					ON CONFLICT DO NOTHING', target_schema)
	USING ids, reason;
	parts := user_ops_internal.refresh_parts(s, target_schema);
	FOR object, rows IN SELECT f.object, f.rows FROM user_ops_internal.forget_rows(s, target_schema, parts, users, ids) AS f LOOP
		deleted := deleted + rows;
		RETURN NEXT;
	END LOOP;
	EXECUTE format('SELECT (SELECT l.users FROM %1$I.refresh_log AS l WHERE l.status = ''done'' AND l.users IS NOT NULL ORDER BY l.finished_at DESC LIMIT 1) - (SELECT count(*) FROM %1$I.activity)', target_schema) INTO gone;
	IF gone > 0 THEN
		PERFORM user_ops_internal.count_again(s, target_schema, parts, gone);
	END IF;
	PERFORM user_ops_internal.notice_of_copies(s, target_schema, users, deleted);
END $$;
COMMENT ON FUNCTION user_ops_internal.forget(name, text[], text, boolean) IS
	'What forget_user and forget_users do';

CREATE FUNCTION forget_user(target_schema name, user_id text, reason text DEFAULT NULL, only_this_id boolean DEFAULT false) RETURNS TABLE (object text, rows bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF user_id IS NULL THEN
		RAISE EXCEPTION 'user_id must be given'
			USING ERRCODE = 'null_value_not_allowed', HINT = 'For example: forget_user(''shop'', ''4711'').';
	END IF;
	RETURN QUERY SELECT f.* FROM user_ops_internal.forget(target_schema, ARRAY[user_id], reason, coalesce(only_this_id, false)) AS f;
END $$;
COMMENT ON FUNCTION forget_user(name, text, text, boolean) IS
	'Privacy: Deletes a user from all that a schema made by create_views has stored, in every tenant, and has refreshes leave out the rows that the source still has, counted in refresh_log.rows_left_out. It is known by a hash under a key of the schema. Where ids of persons are known (create_identity_views), all ids of the person are forgotten, unless only_this_id. A row for each stored table: how many of its rows went, 0 too; a table with one value about all users counts the values written anew. Counts of the past stay, and models until the next refresh. An unknown user is no error. 42501 for others than the owner of the schema; 0A000 where the source is on shards';

CREATE FUNCTION forget_users(target_schema name, users regclass, reason text DEFAULT NULL, only_these_ids boolean DEFAULT false) RETURNS TABLE (object text, rows bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	column_name name;
	texts text[];
BEGIN
	IF users IS NULL THEN
		RAISE EXCEPTION 'users must be given'
			USING ERRCODE = 'null_value_not_allowed', HINT = 'For example: forget_users(''shop'', ''public.to_forget''), a table with a column user_id.';
	END IF;
	SELECT CASE WHEN count(*) = 1 THEN min(a.attname) WHEN bool_or(a.attname = 'user_id') THEN 'user_id' END INTO column_name
	FROM pg_attribute a WHERE a.attrelid = users AND a.attnum > 0 AND NOT a.attisdropped;
	IF column_name IS NULL THEN
		RAISE EXCEPTION '% has no column user_id', users
			USING ERRCODE = 'undefined_column', HINT = 'Give a table or view with a column user_id, or with one column.';
	END IF;
	EXECUTE format('SELECT array_agg(DISTINCT %s) FROM %s AS u WHERE u.%I IS NOT NULL', user_ops_internal.id_text(users, column_name, 'u'), users, column_name) INTO texts;
	RETURN QUERY SELECT f.* FROM user_ops_internal.forget(target_schema, coalesce(texts, '{}'), reason, coalesce(only_these_ids, false)) AS f;
END $$;
COMMENT ON FUNCTION forget_users(name, regclass, text, boolean) IS
	'Privacy: forget_user for all users of a table or view, which has a column user_id, or one column; in one transaction';

CREATE FUNCTION remember_user(target_schema name, user_id text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.claim_addons(target_schema);
	n bigint := 0;
BEGIN
	IF NOT user_ops_internal.find_addon(s, 'forgotten', 'forgotten') IS NULL THEN
		EXECUTE format('DELETE FROM %1$I.forgotten AS f
						USING unnest($1) AS u (id), %1$I.forgotten_key AS k
						WHERE f.user_hash = user_ops.hmac_sha256(convert_to(u.id, ''UTF8''), k.secret)', target_schema)
		USING user_ops_internal.users_by_text(s, ARRAY[remember_user.user_id]);
		GET DIAGNOSTICS n = ROW_COUNT;
	END IF;
	IF n > 0 THEN
		RAISE NOTICE 'what the source has of the user counts again from the next full scan on'
			USING HINT = format('SELECT user_ops.refresh(%L, full_scan => true);', target_schema);
	END IF;
	RETURN n > 0;
END $$;
COMMENT ON FUNCTION remember_user(name, text) IS
	'Privacy: Takes back forget_user: from the next full scan on, rows that the source has of the user count again; what was deleted stays deleted. Tells whether the user was forgotten. It is about this id alone, whoever else it was forgotten with';

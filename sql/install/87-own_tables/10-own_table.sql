-- Tables that an add-on reads beside the source: who was assigned to what, a ledger of points, invitations, answers.  A
-- table of its own has users of the source, a day for each row, and with a tenant that column too: docs/internals/add-ons.md.

CREATE FUNCTION user_ops_internal.own_table(g jsonb, role text) RETURNS regclass
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	found regclass := to_regclass(g ->> role);
BEGIN
	IF found IS NULL THEN
		RAISE EXCEPTION '%, which an add-on reads as its %, does not exist', g ->> role, role
			USING ERRCODE = 'undefined_table',
				  HINT = 'Make it again, make the add-on anew with another table, or drop the add-on.';
	END IF;
	RETURN found;
END $$;
COMMENT ON FUNCTION user_ops_internal.own_table(jsonb, text) IS
	'The table or view that settings of an add-on name; role: the argument that named it; 42P01, with a hint, if there is none';

CREATE FUNCTION user_ops_internal.compare_alike(a regtype, b regtype) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT a = b OR '{smallint,integer,bigint}'::regtype[] @> ARRAY[a, b] OR '{text,character varying}'::regtype[] @> ARRAY[a, b];
END;
COMMENT ON FUNCTION user_ops_internal.compare_alike(regtype, regtype) IS
	'Whether each value of one type, made one of the other, is still the same, or an error';

CREATE FUNCTION user_ops_internal.own_day(s view_settings, relation regclass, column_name name, role text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(relation, column_name, role);
	moment text := format('x.%I', column_name);
	zone text := quote_literal(coalesce(s.time_zone, 'UTC'));
	day text := CASE WHEN type = 'date'::regtype THEN moment
				WHEN type = 'timestamptz'::regtype THEN format('user_ops.local_date(%s, %s)', moment, zone)
				-- as times of the source are
				WHEN type = 'timestamp'::regtype AND s.source_time_zone IS NOT NULL THEN format('user_ops.local_date(user_ops.moment_of(%s, %L), %s)', moment, s.source_time_zone, zone)
				WHEN type = 'timestamp'::regtype THEN moment || '::date' END;
BEGIN
	IF day IS NULL THEN
		RAISE EXCEPTION 'column "%" of % has type %', column_name, relation, type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = format('%s is a timestamp with time zone, a timestamp or a date.', role);
	END IF;
	RETURN day;
END $$;
COMMENT ON FUNCTION user_ops_internal.own_day(view_settings, regclass, name, text) IS
	'SQL for the local date of a row x of a table of an add-on''s own; 42804, with a hint, if the column has no time; role: the argument that named it';

CREATE FUNCTION user_ops_internal.own_user(s view_settings, column_name name) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT format('x.%I::%s', column_name, user_ops_internal.type_sql(user_ops_internal.column_type(s.source, s.user_id, 'user_id')));
END;
COMMENT ON FUNCTION user_ops_internal.own_user(view_settings, name) IS
	'SQL for the user in a row x of a table of an add-on''s own, of the type that users of the source have';

CREATE FUNCTION user_ops_internal.own_parts(s view_settings, relation regclass, user_id name, event_time name, role text DEFAULT 'event_time', parts jsonb DEFAULT '{}') RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'own_table', relation::text,
		'own_user', CASE WHEN user_id IS NOT NULL THEN user_ops_internal.own_user(s, user_id) END,
		'own_day', CASE WHEN event_time IS NOT NULL THEN user_ops_internal.own_day(s, relation, event_time, role) END,
		'own_time', 'x.' || quote_ident(event_time),
		'own_tenant', CASE WHEN s.tenant IS NULL THEN '' ELSE format('x.%I::%s AS %1$I, ', s.tenant, user_ops_internal.type_sql(user_ops_internal.column_type(s.source, s.tenant, 'tenant'))) END,
		'own_by_tenant', CASE WHEN s.tenant IS NULL THEN '' ELSE format(', x.%I', s.tenant) END,
		'own_counts', concat_ws(' AND ', 'x.' || quote_ident(user_id) || ' IS NOT NULL', 'isfinite(x.' || quote_ident(event_time) || ')', 'x.' || quote_ident(s.tenant) || ' IS NOT NULL',
			user_ops_internal.not_forgotten(s, parts, 'x.' || quote_ident(user_id))));
END;
COMMENT ON FUNCTION user_ops_internal.own_parts(view_settings, regclass, name, name, text, jsonb) IS
	'Parts that name a table of an add-on''s own: in SQL over a row x of it the user, the local day and the time as it is, of tables that have them, the tenant as a column and behind a GROUP BY, and whether the row has all of these; parts: those of a refresh leave out users who were forgotten';

CREATE FUNCTION user_ops_internal.check_own_table(s view_settings, g jsonb, role text, users jsonb, on_shards boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	own regclass := user_ops_internal.own_table(g, role);
	relation pg_class := (SELECT c FROM pg_class c WHERE c.oid = own);
	type regtype;
	keys record;
BEGIN
	IF relation.relkind NOT IN ('r', 'p', 'v', 'm', 'f') OR relation.relpersistence = 't' THEN
		RAISE EXCEPTION '% is not a lasting table or view', own
			USING ERRCODE = 'wrong_object_type',
				  HINT = format('Give a table, foreign table, view or materialized view as the %s that other sessions see too.', role);
	END IF;
	FOR keys IN
		SELECT u.key AS role, u.value AS own, s.user_id AS of_source FROM jsonb_each_text(users) AS u
		UNION ALL SELECT 'tenant', s.tenant, s.tenant WHERE s.tenant IS NOT NULL
	LOOP
		type := user_ops_internal.column_type(own, keys.own, keys.role);
		IF NOT user_ops_internal.compare_alike(type, user_ops_internal.column_type(s.source, keys.of_source, keys.role)) THEN
			RAISE EXCEPTION 'column "%" of % has type %, and "%" of % has type %', keys.own, own, type,
					keys.of_source, s.source, user_ops_internal.column_type(s.source, keys.of_source, keys.role)
				USING ERRCODE = 'datatype_mismatch',
					  HINT = format('Give a view over the %s that converts it.', role);
		END IF;
	END LOOP;
	-- what is stored gets the policies of the source, whose tenants it has
	IF s.stored AND user_ops_internal.has_row_security(own) AND (s.tenant IS NULL OR NOT user_ops_internal.has_row_security(s.source)) THEN
		RAISE EXCEPTION '% has row-level security, which what is stored of it would bypass', own
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Give a table without it, or a schema over a source with policies for tenants, which what is stored gets; or one that create_views made with stored => false.';
	END IF;
	IF s.spread IS NOT NULL AND NOT on_shards THEN
		RAISE EXCEPTION 'the source is on shards or foreign servers, and % is a table beside it', own
			USING ERRCODE = 'feature_not_supported',
				  HINT = 'Make these views in a schema over a source that is on this server.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_own_table(view_settings, jsonb, text, jsonb, boolean) IS
	'Errors, with a hint, for a table of an add-on''s own that cannot be read beside the source; role: the argument that named it; users: its columns with users, each under the argument that named it; on_shards: it may be beside a source that is on shards';

CREATE FUNCTION user_ops_internal.require(example text, arguments json) RETURNS void
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	missing text;
BEGIN
	SELECT a.key INTO missing FROM json_each_text(arguments) WITH ORDINALITY AS a (key, value, place) WHERE nullif(a.value, '') IS NULL ORDER BY a.place LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% must be given', missing
			USING ERRCODE = 'null_value_not_allowed', HINT = format('For example: %s.', example);
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.require(text, json) IS
	'22004, with an example of a call as the hint, if one of these arguments is null or empty';

CREATE FUNCTION user_ops_internal.claim_or_make(target_schema name, source regclass, user_id name, event_time name) RETURNS view_settings
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
BEGIN
	IF target_schema IS NOT NULL AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = target_schema) THEN
		PERFORM user_ops.create_views(source, user_id, event_time, target_schema => target_schema);
		RAISE NOTICE 'schema "%" is new: create_views made it over %', target_schema, source
			USING HINT = 'Where the views shall stand beside those over events, call create_views over these first, and give its schema here.';
	END IF;
	RETURN user_ops_internal.claim_addons(target_schema);
END $$;
COMMENT ON FUNCTION user_ops_internal.claim_or_make(name, regclass, name, name) IS
	'What claim_addons does, for add-ons that need no other events: a schema that is not there is made by create_views over their own table';

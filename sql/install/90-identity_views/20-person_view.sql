-- Activities by person: a view over events, or over any other table with ids, in which each row has its person.  It reads
-- the logins where it is read itself.  So what a refresh stores of it, in one statement, is of the persons of that moment,
-- and nothing has to be refreshed before.

CREATE FUNCTION person_id(user_id text, anonymous_id text DEFAULT NULL) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5
RETURN CASE WHEN user_id ^@ 'anonymous ' OR user_id ^@ 'user ' THEN 'user ' || user_id
			WHEN user_id IS NOT NULL THEN user_id
			ELSE 'anonymous ' || anonymous_id END;
COMMENT ON FUNCTION person_id(text, text) IS
	'Identity: The id of a person in views of create_person_view: user_id, the canonical one; of a device that is nobody''s ''anonymous '' and its id. Two never have the same: a user whose id begins with anonymous or user and a space has ''user '' in front of it. NULL if both are';

CREATE FUNCTION user_ops_internal.person_view_name(view_name text, beside regclass) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	parts text[] := parse_ident(view_name);
	named text;
	there regclass;
BEGIN
	IF cardinality(parts) > 2 THEN
		RAISE EXCEPTION '"%" is no name of a view', view_name
			USING ERRCODE = 'invalid_name',
				  HINT = 'Give a name, or a schema and a name, each in double quotes where it has capitals or other characters.';
	END IF;
	named := CASE WHEN cardinality(parts) = 2 THEN format('%I.%I', parts[1], parts[2])
			 ELSE (SELECT format('%I.%I', n.nspname, parts[1]) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = beside) END;
	there := to_regclass(named);
	IF there = beside OR there IS NOT NULL AND coalesce(obj_description(there, 'pg_class'), '') NOT LIKE '%made by user_ops.create_person_view' THEN
		RAISE EXCEPTION '% is there already, and was not made by create_person_view', named
			USING ERRCODE = 'duplicate_table',
				  HINT = 'Give another view_name.';
	END IF;
	RETURN named;
END $$;
COMMENT ON FUNCTION user_ops_internal.person_view_name(text, regclass) IS
	'The name, quoted and with its schema, by default that of a relation; 42P07, with a hint, if something else has it';

CREATE FUNCTION user_ops_internal.login_day(relation regclass, event_time name, time_zone text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype := user_ops_internal.column_type(relation, event_time, 'login_time');
BEGIN
	IF type NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
		RAISE EXCEPTION 'column "%" of % has type %', event_time, relation, type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'login_time is a timestamp with time zone, a timestamp or a date.';
	END IF;
	-- a timestamp is local
	RETURN format(CASE type WHEN 'timestamptz'::regtype THEN 'user_ops.local_date(x.%I, %L)' WHEN 'timestamp'::regtype THEN 'x.%I::date' ELSE 'x.%I' END, event_time, time_zone);
END $$;
COMMENT ON FUNCTION user_ops_internal.login_day(regclass, name, text) IS
	'SQL for the local day of a row x of a table of logins; 42804, with a hint, if the column has no time';

CREATE FUNCTION user_ops_internal.person_view_query(events regclass, anonymous_id name, user_id name, logins regclass, login_anonymous_id name, login_user_id name, login_day text, login_time name,
		options text, exclude jsonb, person_id name, tenant name, as_of text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
	WITH logins AS MATERIALIZED (
		SELECT {#tenant}x.{tenant} AS tenant, {/tenant}user_ops.identity_agg({login_ids}, {login_day}) AS graph
		FROM {logins} AS x
		WHERE {login_is_there} AND isfinite(x.{login_time}) AND {login_day} < {as_of} AND {login_counts}{#tenant}
		GROUP BY x.{tenant}{/tenant}
	), identities AS MATERIALIZED (
		SELECT {#tenant}i.tenant, {/tenant}(i.found).kind AS kind, (i.found).id COLLATE "C" AS id, (i.found).canonical_id AS canonical_id
		FROM (
			SELECT {#tenant}l.tenant, {/tenant}user_ops.identity_map(l.graph, {as_of}, NULL::text, {options}) AS found
			FROM logins AS l
			OFFSET 0) AS i
		WHERE (i.found).canonical_id IS NOT NULL
	)
	SELECT user_ops.person_id(coalesce(u.canonical_id, {known_user}, d.canonical_id), {known_device}) AS {person_id}, e.*
	FROM {events} AS e
	LEFT JOIN identities AS u ON u.kind = 'user' AND u.id = {known_user} COLLATE "C"{#tenant} AND u.tenant = e.{tenant}{/tenant}
	LEFT JOIN identities AS d ON d.kind = 'anonymous' AND d.id = {known_device} COLLATE "C" AND {known_user} IS NULL{#tenant} AND d.tenant = e.{tenant}{/tenant}$query$,
		user_ops_internal.login_parts(logins, login_anonymous_id, login_user_id, exclude), jsonb_build_object(
			'logins', logins::text, 'login_day', login_day, 'login_time', quote_ident(login_time), 'as_of', as_of, 'options', options, 'tenant', quote_ident(tenant),
			'events', events::text, 'person_id', quote_ident(person_id),
			'known_user', k.known_user, 'known_device', k.known_device))
	FROM (SELECT format(known, user_ops_internal.id_text(events, user_id, 'e')) AS known_user, format(known, user_ops_internal.id_text(events, anonymous_id, 'e')) AS known_device
		  FROM (SELECT CASE WHEN exclude = 'null' THEN '%1$s'
					   -- junk is nobody
					   ELSE format('CASE WHEN %%1$s COLLATE "C" <> ALL (%L::text[]) THEN %%1$s END', replace(ARRAY(SELECT x.value FROM jsonb_array_elements_text(exclude) AS x)::text, '%', '%%')) END AS known) AS k) AS k;
END;
COMMENT ON FUNCTION user_ops_internal.person_view_query(regclass, name, name, regclass, name, name, text, name, text, jsonb, name, name, text) IS
	'SQL of a view of create_person_view; every identifier and literal is quoted here';

CREATE FUNCTION create_person_view(view_name text, events regclass, anonymous_id name, user_id name, logins regclass, login_time name, login_anonymous_id name DEFAULT NULL, login_user_id name DEFAULT NULL,
		mode identity_mode DEFAULT 'last', max_users integer DEFAULT 3, max_ids integer DEFAULT 50, identity_exclude text[] DEFAULT NULL,
		tenant name DEFAULT NULL, time_zone text DEFAULT NULL, as_of date DEFAULT NULL, person_id name DEFAULT 'person_id') RETURNS text
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
	SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_variable
DECLARE
	named text;
	zone text := coalesce(time_zone, 'UTC');
	observed_to text;
BEGIN
	PERFORM user_ops_internal.require('create_person_view(''visits_by_person'', ''public.visits'', ''device_id'', ''customer_id'', ''public.logins'', ''at'')',
		json_build_object('view_name', view_name, 'events', events, 'anonymous_id', anonymous_id, 'user_id', user_id, 'logins', logins, 'login_time', login_time,
						  'mode', mode, 'max_users', max_users, 'max_ids', max_ids, 'person_id', person_id));
	PERFORM user_ops.identity_options(mode, max_users, max_ids);
	PERFORM user_ops_internal.column_type(events, anonymous_id, 'anonymous_id'), user_ops_internal.column_type(events, user_id, 'user_id');
	IF tenant IS NOT NULL THEN
		PERFORM user_ops_internal.column_type(events, tenant, 'tenant'), user_ops_internal.column_type(logins, tenant, 'tenant');
	END IF;
	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = events AND a.attname = person_id AND a.attnum > 0 AND NOT a.attisdropped) THEN
		RAISE EXCEPTION '% has a column "%" already', events, person_id
			USING ERRCODE = 'duplicate_column',
				  HINT = 'Give another name for the column with the person, as person_id.';
	END IF;
	named := user_ops_internal.person_view_name(view_name, events);
	observed_to := CASE WHEN as_of IS NOT NULL THEN format('%L::date', as_of) ELSE format('user_ops.local_date(now(), %L)', zone) END;
	EXECUTE format('CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS %s', named, user_ops_internal.person_view_query(events, anonymous_id, user_id, logins,
		coalesce(login_anonymous_id, anonymous_id), coalesce(login_user_id, user_id), user_ops_internal.login_day(logins, login_time, zone), login_time,
		user_ops_internal.identity_rules(jsonb_build_object('mode', mode, 'max_users', max_users, 'max_ids', max_ids)), coalesce(to_jsonb(array_replace(identity_exclude, NULL, 'null')), 'null'), person_id, tenant, observed_to));
	EXECUTE format('COMMENT ON VIEW %s IS %L', named, format('Identity: %s with the person of each row, by the logins of %s; made by user_ops.create_person_view', events, logins));
	RETURN named;
END $$;
COMMENT ON FUNCTION create_person_view(text, regclass, name, name, regclass, name, name, name, identity_mode, integer, integer, text[], name, text, date, name) IS
	'Views: Makes, or replaces, a view with all columns of events and one more, person_id, to be the user_id of create_views and of the tables of its add-ons. It reads the logins when it is read: so one refresh has the activities of the persons there are then. A row with a user_id is his, or the person''s who he is; one without is of the person whose device it is, or of the device itself, see user_ops.person_id. logins: as create_identity_views takes it, with login_time; its ids are called as those of events unless login_anonymous_id and login_user_id say otherwise. mode, max_users, max_ids, identity_exclude, tenant, time_zone, as_of: as given to create_identity_views and create_views; logins of as_of, by default today, and later do not count. A schema over it has no changed_at and no keep_history. Returns the name of the view, quoted';

-- create_public_views: copies without small cells, in a schema of their own.

CREATE TYPE user_ops_internal.public_settings AS (
	target_schema name,
	k integer,
	as_of date,
	written_at timestamptz,
	made name[]
);
COMMENT ON TYPE user_ops_internal.public_settings IS 'What a schema of create_public_views is a copy of: its table about';

CREATE FUNCTION user_ops_internal.claim_public_schema(target_schema name, public_schema name) RETURNS name[]
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	about regclass;
	was user_ops_internal.public_settings;
	foreign_object text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = public_schema) THEN
		EXECUTE format('CREATE SCHEMA %I', public_schema);
	END IF;
	-- its owner could put another table in the place of one
	IF NOT user_ops_internal.trusts((SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = public_schema)) THEN
		RAISE EXCEPTION 'schema "%" belongs to another role', public_schema
			USING ERRCODE = 'insufficient_privilege', HINT = 'Call it as that role, or give another public_schema.';
	END IF;
	SELECT c.oid INTO about FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = public_schema AND c.relname = 'about' AND c.reloftype = 'user_ops_internal.public_settings'::regtype;
	IF about IS NULL THEN
		SELECT pg_describe_object(d.classid, d.objid, d.objsubid) INTO foreign_object
		FROM pg_depend d JOIN pg_namespace n ON n.oid = d.refobjid AND n.nspname = public_schema
		WHERE d.refclassid = 'pg_namespace'::regclass AND d.deptype = 'n'
		ORDER BY d.classid <> 'pg_class'::regclass, d.classid, d.objid LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'schema "%" holds objects that create_public_views did not make', public_schema
				USING ERRCODE = 'duplicate_schema',
					  DETAIL = format('One of them is the %s.', foreign_object),
					  HINT = 'Give another public_schema, one that is empty or does not exist.';
		END IF;
		EXECUTE format('CREATE TABLE %I.about OF user_ops_internal.public_settings', public_schema);
		EXECUTE format('COMMENT ON TABLE %I.about IS %L', public_schema, 'What the tables of this schema are copies of, as of when, and fewer than how many people they do not show (k). '
			|| 'That stops reading people off a table. It does not stop differencing between several tables, two dates, or two breakdowns; there is no privacy budget');
		RETURN '{}';
	END IF;
	IF EXISTS (SELECT FROM pg_class c WHERE c.oid = about AND NOT (user_ops_internal.trusts(c.relowner) AND pg_has_role(c.relowner, 'USAGE'))) THEN
		RAISE EXCEPTION 'schema "%" was made by role %', public_schema, (SELECT quote_ident(pg_get_userbyid(c.relowner)) FROM pg_class c WHERE c.oid = about)
			USING ERRCODE = 'insufficient_privilege', HINT = 'Call it as that role, or give another public_schema.';
	END IF;
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', about);
	EXECUTE format('SELECT * FROM %s', about) INTO was;
	IF was.target_schema <> target_schema THEN
		RAISE EXCEPTION 'schema "%" has copies of "%"', public_schema, was.target_schema
			USING ERRCODE = 'duplicate_schema', HINT = 'Give another public_schema.';
	END IF;
	RETURN coalesce(was.made, '{}');
END $$;
COMMENT ON FUNCTION user_ops_internal.claim_public_schema(name, name) IS
	'Makes a schema for copies, or locks one that is there, and tells which tables it has; 42P06, with a hint, if it is for something else; 42501 if it is somebody else''s';

CREATE FUNCTION user_ops_internal.write_copy(copy text, query text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	fits boolean;
BEGIN
	EXECUTE 'CREATE TEMPORARY TABLE user_ops_copy ON COMMIT DROP AS ' || query;
	SELECT array_agg((a.attname, a.atttypid, a.atttypmod) ORDER BY a.attnum) FILTER (WHERE a.attrelid = to_regclass(copy))
		   IS NOT DISTINCT FROM array_agg((a.attname, a.atttypid, a.atttypmod) ORDER BY a.attnum) FILTER (WHERE a.attrelid = 'pg_temp.user_ops_copy'::regclass) INTO fits
	FROM pg_attribute a WHERE a.attrelid IN (to_regclass(copy), 'pg_temp.user_ops_copy'::regclass) AND a.attnum > 0 AND NOT a.attisdropped;
	-- what others hung on it would run as who writes
	IF fits AND NOT EXISTS (
			SELECT FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid
			WHERE c.oid = to_regclass(copy) AND (t.oid IS NOT NULL OR c.relkind <> 'r' OR NOT user_ops_internal.trusts(c.relowner))) THEN
		-- readers go on with what was there
		EXECUTE 'DELETE FROM ' || copy;
	ELSE
		fits := false;
		IF to_regclass(copy) IS NOT NULL THEN
			EXECUTE 'DROP TABLE ' || copy;
		END IF;
		EXECUTE format('CREATE TABLE %s AS TABLE pg_temp.user_ops_copy WITH NO DATA', copy);
	END IF;
	EXECUTE format('INSERT INTO %s TABLE pg_temp.user_ops_copy', copy);
	DROP TABLE pg_temp.user_ops_copy;
	RETURN NOT fits;
END $$;
COMMENT ON FUNCTION user_ops_internal.write_copy(text, text) IS
	'Writes the rows of a query into a table, which is made anew if it has not these columns, and tells whether it was';

CREATE FUNCTION create_public_views(target_schema name, public_schema name, k integer DEFAULT 5) RETURNS TABLE (object text, rows bigint, suppressed bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 30
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
	SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings;
	had name[];
	made name[] := '{}';
	w record;
	answers text;
	as_of date;
	due text[] := '{}';
	command text;
BEGIN
	PERFORM user_ops_internal.require('create_public_views(''shop'', ''shop_public'', k => 5)', json_build_object('target_schema', target_schema, 'public_schema', public_schema, 'k', k));
	IF k < 1 OR public_schema = target_schema THEN
		RAISE EXCEPTION '%', CASE WHEN k < 1 THEN 'k must be 1 or more' ELSE 'public_schema is target_schema' END
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = CASE WHEN k < 1 THEN 'Counts below k are not shown; 5 and 10 are usual.' ELSE 'Give a schema of its own, which readers may use.' END;
	END IF;
	s := user_ops_internal.view_settings(target_schema);
	PERFORM user_ops_internal.check_trust(target_schema);
	PERFORM user_ops_internal.lock_out_refreshes(target_schema);
	had := user_ops_internal.claim_public_schema(target_schema, public_schema);
	FOR w IN
		SELECT v.object, (v.definition).columns AS columns, v.broken_by, p.view AS published, array_remove(ARRAY[s.tenant, v.broken_by], NULL) AS more_keys
		FROM user_ops_internal.wanted_views(s) AS v
		JOIN user_ops_internal.public_views() AS view ON view.object = (v.definition).object
		CROSS JOIN LATERAL (SELECT view) AS p
		ORDER BY v.place
	LOOP
		object := format('%I.%I', public_schema, w.object);
		SELECT v.answers || ' (without cells of few people)' INTO answers FROM user_ops_internal.view_objects(s) AS v WHERE v.object = w.object AND v.column_name IS NULL;
		IF user_ops_internal.write_copy(object, user_ops_internal.public_query(w.published, format('%I.%I', target_schema, w.object),
				w.more_keys || ARRAY(SELECT w.columns[i][1] FROM generate_subscripts(w.columns, 1) AS i ORDER BY i), w.more_keys,
				CASE WHEN w.broken_by IS NOT NULL THEN (w.published).keys || array_remove(ARRAY[s.tenant], NULL)
					 WHEN (w.published).line IS NOT NULL THEN (w.published).line || array_remove(ARRAY[s.tenant], NULL) END, k)) THEN
			EXECUTE format('COMMENT ON TABLE %s IS %L', object, answers);
			FOR command IN
				SELECT format('COMMENT ON COLUMN %s.%I IS %L', object, c.name, c.answers)
				FROM (SELECT v.column_name::name AS name, v.answers FROM user_ops_internal.view_objects(s) AS v WHERE v.object = w.object AND v.column_name IS NOT NULL
					  UNION ALL SELECT 'suppressed', 'Whether something of the row is not shown, as it is about few people') AS c
				WHERE c.name <> ALL ((w.published).personal)
			LOOP
				EXECUTE command;
			END LOOP;
		END IF;
		-- a reader of a copy sees no other tenants than in the views
		IF s.tenant IS NOT NULL AND (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = s.source) THEN
			PERFORM user_ops_internal.take_policies(s, object::regclass, user_ops_internal.policies_differ(s, object::regclass));
		END IF;
		made := made || w.object::name;
		EXECUTE format('SELECT count(*), count(*) FILTER (WHERE c.suppressed) FROM %s AS c', object) INTO rows, suppressed;
		RETURN NEXT;
	END LOOP;
	FOR command IN SELECT format('DROP TABLE %I.%I', public_schema, h) FROM unnest(had) AS h WHERE h <> ALL (made) AND to_regclass(format('%I.%I', public_schema, h)) IS NOT NULL LOOP
		EXECUTE command;
	END LOOP;
	EXECUTE format('SELECT max(f.as_of) FROM %I.fitted AS f', target_schema) INTO as_of;
	EXECUTE format('DELETE FROM %I.about', public_schema);
	EXECUTE format('INSERT INTO %I.about SELECT $1, $2, $3, now(), $4', public_schema) USING target_schema, k, as_of, made;
END $$;
COMMENT ON FUNCTION create_public_views(name, name, integer) IS
	'Privacy: Writes copies of the views of a schema that count people into another schema, which can be shown to more readers: without users, without what says something of one person, and without cells of 1 to k - 1 people. Of such a row the counts, money, averages and rates are NULL, and suppressed says so; a cohort of so few has no row; where counts of a line add up to a total, others are hidden with them, as suppress does it; so are counts by which only few of a shown base are left. Call it again behind each refresh: it writes the copies anew, keeps grants, and lets readers go on. Where the source has row-level security by tenant, the copies have its policies. A row for each table: how many rows it has, and of how many something is hidden. That stops reading people off a table; it does not stop differencing between several tables, two dates or two breakdowns. 42P06 if public_schema holds something else';

-- What a refresh found, written: users who differ.

CREATE FUNCTION user_ops_internal.maintain_table(relation regclass, command text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	IF (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = relation) AND NOT user_ops_internal.is_on_shards(relation) THEN
		EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE NOWAIT', relation);
		EXECUTE format(command, relation);
	END IF;
EXCEPTION WHEN lock_not_available THEN
	NULL;
END $$;
COMMENT ON FUNCTION user_ops_internal.maintain_table(regclass, text) IS
	'Runs a command such as ANALYZE %s on a table, unless that is on shards, whose autovacuum does it, belongs to somebody else, or is being vacuumed or gets an index, which would be a wait: another time will do';

CREATE FUNCTION user_ops_internal.lower_fillfactor(stored regclass, changed bigint) RETURNS void
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.maintain_table(stored, 'ALTER TABLE %s SET (fillfactor = 45)')
	FROM pg_class c WHERE c.oid = stored AND c.reloptions IS NULL AND c.reltuples > 0 AND changed > c.reltuples / 2;
END;
COMMENT ON FUNCTION user_ops_internal.lower_fillfactor(regclass, bigint) IS
	'Once most users changed at one refresh, keeps room on the pages of the stored table for a new version of each user: there it needs no entry in an index (HOT), and two versions take their room in any case';

CREATE FUNCTION user_ops_internal.write_changes(stored regclass, columns name[], parts jsonb, added bigint, changed bigint, removed bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	own_parts CONSTANT jsonb := jsonb_build_object(
		'stored', user_ops_internal.qualified_name(stored),
		'value', quote_ident(columns[1]),
		'names', (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.place) FROM unnest(columns) WITH ORDINALITY AS c (name, place)),
		'new', (SELECT string_agg(format('c.%I', c.name), ', ' ORDER BY c.place) FROM unnest(columns) WITH ORDINALITY AS c (name, place)));
	with_scans text := current_setting('enable_seqscan');
BEGIN
	parts := parts || own_parts;
	-- the planner overrates looking up users who stand in the order of their ids
	IF changed + removed < (SELECT c.reltuples / 20 FROM pg_class c WHERE c.oid = stored) THEN
		PERFORM set_config('enable_seqscan', 'off', true);
	END IF;
	IF removed > 0 THEN
		EXECUTE user_ops_internal.render('DELETE FROM {stored} AS a USING {changes} AS c WHERE {c.user = a.user} AND {due} AND c.{value} IS NULL', parts);
	END IF;
	IF changed > 0 THEN
		PERFORM user_ops_internal.lower_fillfactor(stored, changed);
		EXECUTE user_ops_internal.render('UPDATE {stored} AS a SET ({names}) = ROW ({new}) FROM {changes} AS c
			WHERE {c.user = a.user} AND {due} AND c.{value} IS NOT NULL AND c.was IS NOT NULL', parts);
	END IF;
	PERFORM set_config('enable_seqscan', with_scans, true);
	IF added > 0 THEN
		EXECUTE user_ops_internal.render('INSERT INTO {stored} ({#tenant}{tenant_name}, {/tenant}user_id, {names})
			SELECT {c.tenant,} c.user_id, {new} FROM {changes} AS c WHERE {due} AND c.was IS NULL AND c.user_id IS NOT NULL', parts);
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.write_changes(regclass, name[], jsonb, bigint, bigint, bigint) IS
	'Writes the users who differ, as find_changes or find_values found them, into a stored table, in the order of their ids; columns: the first is the value of which was tells whether it was there';

-- Identity: which anonymous ids and user ids are one person.

SELECT user_ops_internal.make_state('identity_graph', 20, 65536,
	'Which device had which user, on which day and how often: a value that merges; identity_map, identity_counts and identity_suspects read it. Some 3 bytes for a login with ids that are small numbers, at most 512 MB');

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT d.type AS devices, u.type AS users FROM (VALUES ('text'), ('bigint')) AS d (type), (VALUES ('text'), ('bigint')) AS u (type)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.identity_add(identity_graph, %1$s, %2$s, date) RETURNS identity_graph
				AS 'MODULE_PATHNAME', 'user_ops_identity_add_%1$s_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
			COMMENT ON FUNCTION user_ops_internal.identity_add(identity_graph, %1$s, %2$s, date) IS 'Transition function of identity_agg';

			CREATE AGGREGATE identity_agg(anonymous_id %1$s, user_id %2$s, day date) (
				SFUNC = identity_add, STYPE = identity_graph, SSPACE = 65536,
				FINALFUNC = identity_graph_final, COMBINEFUNC = merge, PARALLEL = SAFE
			);
			COMMENT ON AGGREGATE identity_agg(%1$s, %2$s, date) IS %3$L
			$sql$, kind.devices, kind.users,
			format('Identity: The graph of all logins, rows that have both ids: which device, known by its anonymous id (%s), had which user (%s) on which day. The two are different namespaces, even where ids are equal. Rows with a NULL are skipped; NULL over none; 22023 for texts of more than 255 bytes', kind.devices, kind.users));
	END LOOP;
END $$;

CREATE TYPE identity_mode AS ENUM ('last', 'first', 'components');
COMMENT ON TYPE identity_mode IS
	'Whose a device is: last, the user who logged in last; first, who did first; components, all who hang together by devices are one person';

CREATE TYPE identity_options AS (
	mode identity_mode,
	max_users integer,
	max_ids integer
);
COMMENT ON TYPE identity_options IS 'How ids become persons; made by the function of the same name';
COMMENT ON COLUMN identity_options.mode IS 'Whose a device is';
COMMENT ON COLUMN identity_options.max_users IS 'A device with more users than this is shared: nobody''s, and it unites nobody';
COMMENT ON COLUMN identity_options.max_ids IS 'A component of more ids than this is not united; of mode components only';

CREATE FUNCTION identity_options(mode identity_mode DEFAULT 'last', max_users integer DEFAULT 3, max_ids integer DEFAULT 50) RETURNS identity_options
	AS 'MODULE_PATHNAME', 'user_ops_identity_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION identity_options(identity_mode, integer, integer) IS
	'Identity: How ids become persons, to be given by name: identity_options(mode => ''components''). last, first: a device is of the user who logged in there last, or first, and users are never united; components: all that hangs together is one person, which shows the data of one to another where a device was passed on. 22023 for max_users below 1 and max_ids below 2';

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('text', 'as text, numbers in decimal'), ('bigint', 'as bigint; 42804 where one of both is of type text')) AS k (type, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION identity_map(graph identity_graph, as_of date, id_type %1$s, options identity_options DEFAULT identity_options())
				RETURNS TABLE (kind text, id %1$s, canonical_id %1$s, status text, ids integer, users integer)
				AS 'MODULE_PATHNAME', 'user_ops_identity_map'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 10000;
			COMMENT ON FUNCTION identity_map(identity_graph, date, %1$s, identity_options) IS %2$L;

			CREATE FUNCTION identity_suspects(graph identity_graph, as_of date, id_type %1$s, options identity_options DEFAULT identity_options())
				RETURNS TABLE (status text, id %1$s, ids integer, users integer, logins bigint)
				AS 'MODULE_PATHNAME', 'user_ops_identity_suspects'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 100;
			COMMENT ON FUNCTION identity_suspects(identity_graph, date, %1$s, identity_options) IS %3$L
			$sql$, kind.type,
			'Identity: A row for each id of a login before as_of, by kind (anonymous, user) and id, ' || kind.says || '. canonical_id: the user by whom the person is known, NULL of a shared device. status: ok; shared_device, of a device with more than max_users users; over_merged, of an id whose component has more than max_ids ids and is not united: its devices go to the user who logged in last. ids, users: of the person, or of that component. id_type: a NULL of the type of the ids',
			'Identity: What to look at before ids are united, the largest first, whatever the mode is: shared devices, and components of more than max_ids ids, each by the user by whom it would be known; ids ' || kind.says || '. ids: of the component; the device and its users. logins: rows before as_of');
	END LOOP;
END $$;

CREATE FUNCTION identity_counts(graph identity_graph, as_of date, options identity_options DEFAULT identity_options(),
								OUT logins bigint, OUT anonymous_ids bigint, OUT user_ids bigint, OUT persons bigint, OUT shared_devices bigint, OUT over_merged bigint, OUT largest bigint)
	AS 'MODULE_PATHNAME', 'user_ops_identity_counts'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION identity_counts(identity_graph, date, identity_options) IS
	'Identity: Logins before as_of and who is in them: persons, which are different canonical ids; shared_devices; over_merged, components of more than max_ids ids that are not united, 0 in the modes last and first; largest, ids of the largest person or of such a component, NULL where there is none. NULL over no logins';

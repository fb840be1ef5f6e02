-- Paths: which names follow each other in the sessions of users.

SELECT user_ops_internal.make_state('path_edges', 20, 8192,
	'How many sessions and users went from one name to the next at each depth: a value that merges; its edges are read by a function. At most 1,000,000 edges');
SELECT user_ops_internal.make_state('transitions', 20, 8192,
	'How often one name followed another: a value that merges; its cells are read by a function. At most 1,000,000 pairs');

CREATE TYPE path_options AS (
	max_depth integer,
	collapse boolean,
	start_at text,
	end_at text,
	reverse boolean,
	exits boolean
);
COMMENT ON TYPE path_options IS 'The options of path_edges; made by the function of the same name';
COMMENT ON COLUMN path_options.max_depth IS 'The last depth that is counted, 1 to 1000';
COMMENT ON COLUMN path_options.collapse IS 'Whether equal names in a row are one';
COMMENT ON COLUMN path_options.start_at IS 'Sessions count from the first such name on, those without it do not; NULL: all, from their first row';
COMMENT ON COLUMN path_options.end_at IS 'Sessions count up to the first such name behind that, in reverse the last one; NULL: all, up to their last row';
COMMENT ON COLUMN path_options.reverse IS 'Whether depth 1 is the last step of a session, not the first';
COMMENT ON COLUMN path_options.exits IS 'Whether the end of a session is an edge, too, in reverse its beginning';

CREATE FUNCTION path_options(max_depth integer DEFAULT 5, collapse boolean DEFAULT true, start_at text DEFAULT NULL,
							 end_at text DEFAULT NULL, reverse boolean DEFAULT false, exits boolean DEFAULT true)
	RETURNS path_options
	AS 'MODULE_PATHNAME', 'user_ops_path_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION path_options(integer, boolean, text, text, boolean, boolean) IS
	'Paths: Options of path_edges, to be given by name: path_options(start_at => ''home''); 22023 or 22004 for bad ones';

-- The aggregates, one row for each user, and the same directly over journeys.

DO $$
DECLARE
	kind record;
	made record;
BEGIN
	FOR made IN
		SELECT * FROM (VALUES
			('path_edges', '', '', 'Paths: Which names follow each other in sessions, at the depths 1 to 5, equal ones in a row as one, and where sessions end; '),
			('path_edges', ', options path_options', ', path_options', 'Paths: Which names follow each other in sessions, with path_options(...); '),
			('transitions', '', '', 'Paths: How often one name follows another in sessions at any place, equal ones in a row as one, with their beginnings and ends; '),
			('transitions', ', collapse boolean', ', boolean', 'Paths: How often one name follows another in sessions, and whether equal ones in a row are one; ')
		) AS m (name, argument, argument_type, says)
	LOOP
		FOR kind IN
			SELECT * FROM (VALUES ('timestamptz', '', 'before as_of'), ('date', '_date', 'before the midnight in UTC that as_of begins with')) AS t (type, suffix, says)
		LOOP
			EXECUTE format(
				'CREATE FUNCTION user_ops_internal.%1$s_add(%1$s, journey, interval, %2$s%3$s) RETURNS %1$s
					AS ''MODULE_PATHNAME'', ''user_ops_%1$s_add%4$s''
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5',
				made.name, kind.type, made.argument_type, kind.suffix);
			EXECUTE format('COMMENT ON FUNCTION user_ops_internal.%1$s_add(%1$s, journey, interval, %2$s%3$s) IS ''Transition function of %1$s''',
				made.name, kind.type, made.argument_type);
			EXECUTE format(
				'CREATE AGGREGATE %1$s(journey journey, gap interval, as_of %2$s%3$s) (
					SFUNC = %1$s_add, STYPE = %1$s, SSPACE = 8192,
					FINALFUNC = %1$s_final, COMBINEFUNC = merge, PARALLEL = SAFE)',
				made.name, kind.type, made.argument);
			EXECUTE format('COMMENT ON AGGREGATE %s(journey, interval, %s%s) IS %L', made.name, kind.type, made.argument_type,
				made.says || 'rows ' || kind.says || ', a gap of NULL: the whole journey is one session; over journeys by name, rows with a NULL journey are skipped; 55000 for journeys without the rows that match no step');
			EXECUTE format(
				'CREATE FUNCTION %1$s(journeys journeys, gap interval, as_of %2$s%3$s) RETURNS %1$s
					AS ''MODULE_PATHNAME'', ''user_ops_journeys_%1$s%4$s''
					LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000',
				made.name, kind.type, made.argument, kind.suffix);
			EXECUTE format('COMMENT ON FUNCTION %s(journeys, interval, %s%s) IS %L', made.name, kind.type, made.argument_type,
				made.says || 'rows ' || kind.says || ', of all users of journeys, as the aggregate over each journey counts them');
		END LOOP;
	END LOOP;
END $$;

-- Reading them.

CREATE FUNCTION edges(paths path_edges, min_users bigint DEFAULT 1)
	RETURNS TABLE (depth integer, source text, target text, sessions bigint, users bigint, average_seconds double precision)
	AS 'MODULE_PATHNAME', 'user_ops_path_edges_rows'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 ROWS 1000;
COMMENT ON FUNCTION edges(path_edges, bigint) IS
	'Paths: A row for each edge with so many users or more, by depth, source and target, in the order of their bytes; target NULL: the session ends, source NULL: in reverse, it begins; average_seconds: between the two, NULL at an end';

CREATE FUNCTION cells(transitions transitions)
	RETURNS TABLE (source text, target text, transitions bigint, probability double precision)
	AS 'MODULE_PATHNAME', 'user_ops_transitions_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 1000;
COMMENT ON FUNCTION cells(transitions) IS
	'Paths: A row for each pair of neighbours, by source and target, in the order of their bytes; source NULL: sessions begin, target NULL: they end; probability: of all transitions from that source';

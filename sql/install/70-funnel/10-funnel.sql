-- Funnels of one user: how far, when, by which row, and again and again.

CREATE TYPE funnel_in_between AS ENUM ('any', 'no_steps', 'nothing');
COMMENT ON TYPE funnel_in_between IS
	'What may stand between two rows of a chain: any row; no_steps: none of a step that was not matched yet; nothing: nor one that matches no step';

CREATE TYPE funnel_repeats AS ENUM ('allow', 'break');
COMMENT ON TYPE funnel_repeats IS
	'Whether a row of a step that was matched, or a second one of the next step, breaks a chain';

CREATE TYPE funnel_ties AS ENUM ('any', 'strict');
COMMENT ON TYPE funnel_ties IS
	'Whether rows at one time may be steps of one chain; strict: the times of a chain increase';

CREATE TYPE funnel_entry AS ENUM ('any', 'first', 'totals');
COMMENT ON TYPE funnel_entry IS
	'Which attempts count: any, the best of all that rows of step 1 open, or that of the first one; totals: see funnel_entries()';

CREATE TYPE funnel_exclusion AS ENUM ('drop_entry', 'stop');
COMMENT ON TYPE funnel_exclusion IS
	'What becomes of an attempt that an excluded event hits: drop_entry, it is void; stop, it keeps its level';

CREATE TYPE funnel_pick AS ENUM ('first', 'fastest', 'latest_entry');
COMMENT ON TYPE funnel_pick IS
	'Which chain wins of those of the greatest level with the most steps: first, that with the earliest times, step by step; fastest, the shortest; latest_entry, the one that ends first and then begins last';

CREATE TYPE funnel_at AS ENUM ('first', 'last', 'step');
COMMENT ON TYPE funnel_at IS
	'Which row of a chain tells its label: the first or the last that has one, or that of a step';

-- The switches are arguments of functions as well as the attributes of funnel_options.

CREATE TYPE funnel_options AS (
	in_between funnel_in_between,
	repeats funnel_repeats,
	ties funnel_ties,
	entry funnel_entry,
	unordered boolean,
	optional integer[],
	exclude integer[],
	exclude_from integer[],
	exclude_to integer[],
	on_exclusion funnel_exclusion,
	min_gap interval[],
	max_gap interval[],
	entry_from timestamptz,
	entry_to timestamptz,
	pick funnel_pick
);
COMMENT ON TYPE funnel_options IS 'The options of funnel; made by the function of the same name';
COMMENT ON COLUMN funnel_options.in_between IS 'What may stand between two rows of a chain';
COMMENT ON COLUMN funnel_options.repeats IS 'Whether a repeated step breaks a chain';
COMMENT ON COLUMN funnel_options.ties IS 'Whether rows at one time may be steps of one chain';
COMMENT ON COLUMN funnel_options.entry IS 'Which attempts count';
COMMENT ON COLUMN funnel_options.unordered IS 'Whether the steps may come in any order';
COMMENT ON COLUMN funnel_options.optional IS 'Steps that may be left out, neither the first nor the last';
COMMENT ON COLUMN funnel_options.exclude IS 'Conditions, by number, whose rows end an attempt';
COMMENT ON COLUMN funnel_options.exclude_from IS 'The level from which each exclusion applies; NULL: 1';
COMMENT ON COLUMN funnel_options.exclude_to IS 'The level from which it does not any more; NULL: the last step';
COMMENT ON COLUMN funnel_options.on_exclusion IS 'What becomes of an attempt that an exclusion hits';
COMMENT ON COLUMN funnel_options.min_gap IS 'The least time between each step and the next; NULL: none';
COMMENT ON COLUMN funnel_options.max_gap IS 'The greatest time between each step and the next; NULL: none';
COMMENT ON COLUMN funnel_options.entry_from IS 'An attempt begins at this time or later; NULL: at any';
COMMENT ON COLUMN funnel_options.entry_to IS 'An attempt begins before this time; NULL: at any';
COMMENT ON COLUMN funnel_options.pick IS 'Which of several best chains tells the times';

-- What functions of one user have in common: the switches, and an as_of of each type.

CREATE FUNCTION user_ops_internal.make_funnel_function(name name, first text, last text, result text, cost text, says text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS $do$
DECLARE
	switches CONSTANT text := $$in_between funnel_in_between DEFAULT 'any', repeats funnel_repeats DEFAULT 'allow',
		ties funnel_ties DEFAULT 'any', entry funnel_entry DEFAULT 'any', unordered boolean DEFAULT false, optional integer[] DEFAULT '{}',
		exclude integer[] DEFAULT '{}', exclude_from integer[] DEFAULT NULL, exclude_to integer[] DEFAULT NULL,
		on_exclusion funnel_exclusion DEFAULT 'drop_entry', min_gap interval[] DEFAULT NULL, max_gap interval[] DEFAULT NULL,
		entry_from timestamptz DEFAULT NULL, entry_to timestamptz DEFAULT NULL$$;
	kind record;
	made oid;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('', first, '', switches || ', as_of timestamptz DEFAULT NULL', 'Rows before as_of count; NULL: all.'),
							  ('_date', regexp_replace(first, '^((?:[^,]*,){2}[^,]*(?:, period period)?)', '\1, as_of date'), '', switches,
							   'Rows count before the midnight in UTC that as_of begins with.')) AS k (suffix, first, unused, more, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION %1$I(%2$s, %3$s%4$s)
				RETURNS %5$s
				AS 'MODULE_PATHNAME', 'user_ops_%1$s%6$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE %7$s
			$sql$, name, kind.first, kind.more, last, result, kind.suffix, cost);
		SELECT max(p.oid) INTO made FROM pg_catalog.pg_proc AS p WHERE p.proname OPERATOR(pg_catalog.=) make_funnel_function.name;
		EXECUTE format('COMMENT ON FUNCTION %s IS %L', made::regprocedure, 'Funnels: ' || says || ' ' || kind.says);
	END LOOP;
END
$do$;
COMMENT ON FUNCTION user_ops_internal.make_funnel_function(name, text, text, text, text, text) IS 'Makes a function of one user''s funnel, for each type of as_of';

SELECT user_ops_internal.make_funnel_function('funnel_level', 'journey journey, steps journey_steps, within interval', '', 'integer', 'COST 30',
	'How far the user comes: the last step of the best chain of rows that match step 1, step 2 and so on in order, from the first to the last within the window; 0 without step 1. Simultaneous rows are read in the order that serves the user best. Give the switches by name: in_between, repeats and ties say which rows break a chain; entry and entry_from to entry_to which attempts count; optional which steps may be left out; exclude which conditions end an attempt, from level exclude_from to below exclude_to; min_gap and max_gap how far apart neighbouring steps are; unordered: in any order.');
SELECT user_ops_internal.make_funnel_function('funnel_open', 'journey journey, steps journey_steps, within interval', '', 'boolean', 'COST 40',
	'Whether the user came to a step but the last, and may still go on: the window of the last row of step 1 reaches as_of (of the first one with entry first, of any step if unordered); NULL without as_of. Switches as in funnel_level().');
SELECT user_ops_internal.make_funnel_function('funnel_times', 'journey journey, steps journey_steps, within interval', ', pick funnel_pick DEFAULT ''first''', 'timestamptz[]', 'COST 60',
	'When the winning chain reached each step, an element each, NULL where it did not; unordered: when so many steps were reached. Switches as in funnel_level(); pick says which of several best chains wins.');
SELECT user_ops_internal.make_funnel_function('funnel_label', 'journey journey, steps journey_steps, within interval', ', at funnel_at DEFAULT ''first'', step integer DEFAULT NULL', 'text', 'COST 60',
	'The label of a row of the winning chain: the first or the last that there is, or that of a step; NULL without one. Switches as in funnel_level().');
SELECT user_ops_internal.make_funnel_function('funnel_trend', 'journey journey, steps journey_steps, within interval, period period, zone text DEFAULT ''UTC'', week_start week_start DEFAULT ''monday''', '',
	'TABLE (period_start date, level integer)', 'COST 100 ROWS 10',
	'How far the user comes by attempts that begin in each period with a row of step 1 (unordered: of any step), periods being those of the time zone. Switches as in funnel_level().');
DROP FUNCTION user_ops_internal.make_funnel_function(name, text, text, text, text, text);

CREATE FUNCTION funnel_entries(journey journey, steps journey_steps, within interval, ties funnel_ties DEFAULT 'any', entry funnel_entry DEFAULT 'any',
							   exclude integer[] DEFAULT '{}', exclude_from integer[] DEFAULT NULL, exclude_to integer[] DEFAULT NULL,
							   on_exclusion funnel_exclusion DEFAULT 'drop_entry', entry_from timestamptz DEFAULT NULL, entry_to timestamptz DEFAULT NULL,
							   as_of timestamptz DEFAULT NULL)
	RETURNS TABLE (entered_at timestamptz, level integer)
	AS 'MODULE_PATHNAME', 'user_ops_funnel_entries'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION funnel_entries(journey, journey_steps, interval, funnel_ties, funnel_entry, integer[], integer[], integer[], funnel_exclusion, timestamptz, timestamptz, timestamptz) IS
	'Funnels: A row for each entry of the user: the attempt of the next row of step 1, completed as early as possible; then on behind its last row, its window or the row that hit it. entry first: rows of step 1 inside a running entry are none; any: one that comes further ends an entry that does not get through. Entries that were hit are left out, or with on_exclusion stop listed with their level. Rows before as_of count; NULL: all.';

CREATE FUNCTION funnel_entries(journey journey, steps journey_steps, within interval, as_of date, ties funnel_ties DEFAULT 'any', entry funnel_entry DEFAULT 'any',
							   exclude integer[] DEFAULT '{}', exclude_from integer[] DEFAULT NULL, exclude_to integer[] DEFAULT NULL,
							   on_exclusion funnel_exclusion DEFAULT 'drop_entry', entry_from timestamptz DEFAULT NULL, entry_to timestamptz DEFAULT NULL)
	RETURNS TABLE (entered_at timestamptz, level integer)
	AS 'MODULE_PATHNAME', 'user_ops_funnel_entries_date'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION funnel_entries(journey, journey_steps, interval, date, funnel_ties, funnel_entry, integer[], integer[], integer[], funnel_exclusion, timestamptz, timestamptz) IS
	'Funnels: A row for each entry of the user: the attempt of the next row of step 1, and so on behind it. Rows count before the midnight in UTC that as_of begins with.';

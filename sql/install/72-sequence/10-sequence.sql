-- Sequences: patterns of rows that one user's journey has.

DO $do$
DECLARE
	steps text;
	says text;
BEGIN
	-- about the conditions of the journey, or about steps
	FOREACH steps IN ARRAY '{"",", steps journey_steps"}'::text[] LOOP
		says := CASE WHEN steps = '' THEN 'the journey''s conditions, of which each row has at least one, other rows being left out'
					 ELSE 'the steps: names of events, or a number of conditions; rows of none are left out' END;
		EXECUTE format($sql$
			CREATE FUNCTION sequence_match(journey journey, pattern text%1$s) RETURNS boolean
				AS 'MODULE_PATHNAME', 'user_ops_sequence_match'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
			COMMENT ON FUNCTION sequence_match(journey, text%2$s) IS %3$L;

			CREATE FUNCTION sequence_count(journey journey, pattern text%1$s, overlap boolean DEFAULT false) RETURNS bigint
				AS 'MODULE_PATHNAME', 'user_ops_sequence_count'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
			COMMENT ON FUNCTION sequence_count(journey, text%2$s, boolean) IS %4$L;

			CREATE FUNCTION sequence_events(journey journey, pattern text%1$s) RETURNS timestamptz[]
				AS 'MODULE_PATHNAME', 'user_ops_sequence_events'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
			COMMENT ON FUNCTION sequence_events(journey, text%2$s) IS %5$L;
			$sql$, steps, replace(steps, ' steps', ''),
			'Sequences: Does the journey match the pattern: (?1) is a row with condition 1, . any row, * + ? {2,5} | () as usual, (?t<=3600) the seconds to the next row, with any rows between, (?T<=3600) first or last those of the whole match? Conditions are ' || says || '. 22023 with the position of what is wrong; 54000 past 10000 items',
			'Sequences: How many matches of the pattern (see sequence_match) there are, each behind the end of the one before; overlap: one for every row that one begins with. A match begins as early as it can, then ends as early as it can. Conditions are ' || says,
			'Sequences: The times of the rows that conditions of the pattern (see sequence_match) took in the first match, earliest first; an empty array without a match. Conditions are ' || says);
	END LOOP;
END $do$;

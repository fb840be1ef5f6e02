-- A funnel over many users: how many reach each step, and how long it takes them.

SELECT user_ops_internal.make_state('funnel', 20, 4096,
	'How many users reach each step of a funnel, and how long it takes: a value that merges; its steps are read by a function. At most 15 MB, for 64 steps');

CREATE FUNCTION funnel_options(in_between funnel_in_between DEFAULT 'any', repeats funnel_repeats DEFAULT 'allow', ties funnel_ties DEFAULT 'any',
							   entry funnel_entry DEFAULT 'any', unordered boolean DEFAULT false, optional integer[] DEFAULT '{}',
							   exclude integer[] DEFAULT '{}', exclude_from integer[] DEFAULT NULL, exclude_to integer[] DEFAULT NULL,
							   on_exclusion funnel_exclusion DEFAULT 'drop_entry', min_gap interval[] DEFAULT NULL, max_gap interval[] DEFAULT NULL,
							   entry_from timestamptz DEFAULT NULL, entry_to timestamptz DEFAULT NULL, pick funnel_pick DEFAULT 'first')
	RETURNS funnel_options
	AS 'MODULE_PATHNAME', 'user_ops_funnel_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION funnel_options(funnel_in_between, funnel_repeats, funnel_ties, funnel_entry, boolean, integer[], integer[], integer[], integer[], funnel_exclusion, interval[], interval[], timestamptz, timestamptz, funnel_pick) IS
	'Funnels: Options of funnel, to be given by name: funnel_options(repeats => ''break''), each as in funnel_level() and funnel_times(); 22023 or 22004 for bad ones';

-- The aggregates, one row for each user, and the same directly over journeys.

DO $$
DECLARE
	kind record;
	made record;
BEGIN
	FOR made IN
		SELECT * FROM (VALUES ('', '', ''), (', options funnel_options', ', funnel_options', ', with funnel_options(...)')) AS m (argument, argument_type, says)
	LOOP
		FOR kind IN
			SELECT * FROM (VALUES ('timestamptz', '', 'before as_of'), ('date', '_date', 'before the midnight in UTC that as_of begins with')) AS t (type, suffix, says)
		LOOP
			EXECUTE format(
				'CREATE FUNCTION user_ops_internal.funnel_add(funnel, journey, journey_steps, interval, %1$s%2$s) RETURNS funnel
					AS ''MODULE_PATHNAME'', ''user_ops_funnel_add%3$s''
					LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10',
				kind.type, made.argument_type, kind.suffix);
			EXECUTE format('COMMENT ON FUNCTION user_ops_internal.funnel_add(funnel, journey, journey_steps, interval, %s%s) IS ''Transition function of funnel''',
				kind.type, made.argument_type);
			EXECUTE format(
				'CREATE AGGREGATE funnel(journey journey, steps journey_steps, within interval, as_of %1$s%2$s) (
					SFUNC = funnel_add, STYPE = funnel, SSPACE = 8192,
					FINALFUNC = funnel_final, COMBINEFUNC = merge, PARALLEL = SAFE)',
				kind.type, made.argument);
			EXECUTE format('COMMENT ON AGGREGATE funnel(journey, journey_steps, interval, %s%s) IS %L', kind.type, made.argument_type,
				'Funnels: How many users reach each step within the window, and how long it takes' || made.says || '; rows count ' || kind.says || '; rows with a NULL journey are skipped');
			EXECUTE format(
				'CREATE FUNCTION funnel(journeys journeys, steps journey_steps, within interval, as_of %1$s%2$s) RETURNS funnel
					AS ''MODULE_PATHNAME'', ''user_ops_journeys_funnel%3$s''
					LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000',
				kind.type, made.argument, kind.suffix);
			EXECUTE format('COMMENT ON FUNCTION funnel(journeys, journey_steps, interval, %s%s) IS %L', kind.type, made.argument_type,
				'Funnels: The funnel of all users of journeys' || made.says || ', as the aggregate over each journey counts it; rows count ' || kind.says);
		END LOOP;
	END LOOP;
END $$;

-- Reading it.

CREATE FUNCTION steps(funnel funnel, matured boolean DEFAULT false)
	RETURNS TABLE (step integer, users bigint, conversion_from_first double precision, conversion_from_previous double precision, drop_off bigint,
				   open_users bigint, average_seconds double precision, median_seconds double precision, min_seconds double precision,
				   max_seconds double precision)
	AS 'MODULE_PATHNAME', 'user_ops_funnel_steps'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION steps(funnel, boolean) IS
	'Funnels: A row for each step: users whose winning chain holds it; their share of those of step 1, and of the last step before that is not optional, and how many of these it does not have (drop_off); open_users: whose level this is, and whose window is not over by as_of; the time from that step before, NULL where there is none. matured: only users whose window was over by as_of, through or not';

CREATE FUNCTION percentile(funnel funnel, p double precision, from_step integer, to_step integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_funnel_percentile'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION percentile(funnel, double precision, integer, integer) IS
	'Funnels: The seconds between two steps that the share p of users does not exceed, by linear interpolation; NULL without users. From step 1 to another, or to a step from the last one before that is not optional (22023). Exact up to 8192 users, then at most 0.4 percent off';

CREATE FUNCTION histogram(funnel funnel, from_step integer, to_step integer, bins integer DEFAULT NULL)
	RETURNS TABLE (from_seconds double precision, to_seconds double precision, users bigint)
	AS 'MODULE_PATHNAME', 'user_ops_funnel_histogram'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION histogram(funnel, integer, integer, integer) IS
	'Funnels: How many users take how long between two steps, as percentile() has them, in so many equal parts of what there is, the last one with its end; bins NULL: as many as the cube root of the users, rounded up';

CREATE FUNCTION exact(funnel funnel) RETURNS boolean
	AS 'MODULE_PATHNAME', 'user_ops_funnel_exact'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION exact(funnel) IS
	'Funnels: Are medians, percentiles and histograms exact? They are as long as no step has more than 8192 users; counts, averages, least and greatest are in any case';

CREATE FUNCTION funnel_compare(a funnel, b funnel, step integer DEFAULT NULL, OUT difference double precision, OUT z double precision, OUT p_value double precision)
	AS 'MODULE_PATHNAME', 'user_ops_funnel_compare'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION funnel_compare(funnel, funnel, integer) IS
	'Funnels: How far the share of step 1 that reaches a step (NULL: the last) differs between two funnels of as many steps: a less b, with the pooled two-proportion z and its two-sided p-value; these are NULL where a side has fewer than 30 users at step 1, or all or none get there';

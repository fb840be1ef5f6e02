-- Rolling retention: how many users came back, in periods that each user's own first event begins.

SELECT user_ops_internal.make_state('rolling_retention', 20, 8192,
	'How many users of each cohort came back in periods of their own, such as 24 hours from their first event: a value that merges; its cells are read by a function. At most 512 MB');

CREATE TYPE rolling_retention_options AS (
	mode retention_mode,
	zone text
);
COMMENT ON TYPE rolling_retention_options IS
	'The options of rolling_retention; made by the function of the same name';
COMMENT ON COLUMN rolling_retention_options.mode IS 'When a user counts as retained';
COMMENT ON COLUMN rolling_retention_options.zone IS 'The zone of the days that cohorts are';

CREATE FUNCTION rolling_retention_options(mode retention_mode DEFAULT 'on', zone text DEFAULT 'UTC') RETURNS rolling_retention_options
	AS 'MODULE_PATHNAME', 'user_ops_rolling_retention_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION rolling_retention_options(retention_mode, text) IS
	'Rolling retention: Options of rolling_retention: mode, on: came back in that period, on_or_after: in that or a later one, streak: in every one up to it; zone: whose days cohorts are';

-- The aggregates that make rolling_retention, one row for each user, and the functions
-- over journeys: with and without steps, with and without options, for each type of as_of.

DO $do$
DECLARE
	form record;
	arguments text;
	types text;
	says text;
BEGIN
	FOR form IN
		SELECT * FROM (VALUES ('', '', ''), ('_steps', 'steps journey_steps, ', ', of the steps: names of events, or a number of conditions')) AS s (suffix, steps, about)
		CROSS JOIN (VALUES ('timestamptz', '', ''), ('date', '_date', ', the midnight in UTC that it begins with')) AS a (as_of, of_date, midnight)
		CROSS JOIN (VALUES (''), (', options rolling_retention_options')) AS o (options)
	LOOP
		arguments := form.steps || 'start_condition integer, return_condition integer, unit interval, periods integer, as_of ' || form.as_of || form.options;
		types := regexp_replace(arguments, '\m\w+ (\w+)', '\1', 'g');
		says := 'the first row of start_condition before as_of' || form.midnight || ' starts the clock of a user, and rows of return_condition from then on are a return, of the period of so many units later (physical time, such as 1 day, 7 days, 30 days or 1 hour), up to period number periods. Condition numbers are those of the journey' || form.about;
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.rolling_retention_add(rolling_retention, journey, %1$s) RETURNS rolling_retention
				AS 'MODULE_PATHNAME', 'user_ops_rolling_retention_add%3$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
			COMMENT ON FUNCTION user_ops_internal.rolling_retention_add(rolling_retention, journey, %1$s) IS
				'Transition function of rolling_retention';
			CREATE AGGREGATE rolling_retention(journey journey, %2$s) (
				SFUNC = rolling_retention_add, STYPE = rolling_retention, SSPACE = 8192,
				FINALFUNC = rolling_retention_final, COMBINEFUNC = merge, PARALLEL = SAFE);
			COMMENT ON AGGREGATE rolling_retention(journey, %1$s) IS %4$L;
			CREATE FUNCTION rolling_retention(journeys journeys, %2$s) RETURNS rolling_retention
				AS 'MODULE_PATHNAME', 'user_ops_journeys_rolling_retention%3$s'
				LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000;
			COMMENT ON FUNCTION rolling_retention(journeys, %1$s) IS %5$L;
			$sql$, types, arguments, form.suffix || form.of_date,
			'Rolling retention: Cohorts of users and how many of them came back, one row for each user; ' || says || '; rows with a NULL journey are skipped',
			'Rolling retention: The same of all users of journeys as the aggregate over each journey: ' || says);
	END LOOP;
END $do$;

-- Reading it.

CREATE FUNCTION cells(retention rolling_retention)
	RETURNS TABLE (cohort date, period_number integer, cohort_size bigint, retained_users bigint, retention_rate double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'user_ops_rolling_retention_cells'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 1000;
COMMENT ON FUNCTION cells(rolling_retention) IS
	'Rolling retention: A row for each cohort, which is the local day on which its users'' clocks started, and each period that has begun for the first of them by as_of; period 0 is the cohort itself; complete: it is over for all of the cohort (never with on_or_after)';

-- Readings of one user.  as_of is the first day that is not observed; infinity
-- means all days.

CREATE FUNCTION first_day(activity activity, as_of date DEFAULT 'infinity') RETURNS date
	AS 'MODULE_PATHNAME', 'user_ops_first_day'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION first_day(activity, date) IS 'Activity: First active day before as_of; NULL if there is none';

CREATE FUNCTION last_day(activity activity, as_of date DEFAULT 'infinity') RETURNS date
	AS 'MODULE_PATHNAME', 'user_ops_last_day'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION last_day(activity, date) IS 'Activity: Last active day before as_of; NULL if there is none';

CREATE FUNCTION active_days(activity activity, as_of date DEFAULT 'infinity') RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_active_days'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION active_days(activity, date) IS 'Activity: Number of active days before as_of';

CREATE FUNCTION events(activity activity, as_of date DEFAULT 'infinity') RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_events'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION events(activity, date) IS 'Activity: Number of rows, visits, purchases and refunds alike, before as_of';

CREATE FUNCTION purchases(activity activity, as_of date DEFAULT 'infinity') RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_purchases'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION purchases(activity, date) IS 'Activity: Number of rows with an amount of 0 or more before as_of';

CREATE FUNCTION amount(activity activity, as_of date DEFAULT 'infinity') RETURNS numeric
	AS 'MODULE_PATHNAME', 'user_ops_amount'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION amount(activity, date) IS 'Activity: Net amount before as_of, exact; NULL where the source has no amounts';

CREATE FUNCTION tenure_days(activity activity, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_tenure_days'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION tenure_days(activity, date) IS 'Activity: Days from the first active day to as_of';

CREATE FUNCTION idle_days(activity activity, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_idle_days'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION idle_days(activity, date) IS 'Activity: Days from the last active day to as_of';

CREATE FUNCTION recency_days(activity activity, as_of date) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_recency_days'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION recency_days(activity, date) IS
	'Activity: Days from the last purchase day to as_of; from the last active day where the source has no amounts';

CREATE FUNCTION frequency(activity activity, as_of date DEFAULT 'infinity') RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_frequency'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION frequency(activity, date) IS
	'Activity: Number of purchase days before as_of; of active days where the source has no amounts';

CREATE FUNCTION days_to_second_purchase(activity activity, as_of date DEFAULT 'infinity') RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_days_to_second_purchase'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION days_to_second_purchase(activity, date) IS
	'Activity: Days from the first purchase day to the second before as_of (active days where the source has no amounts); NULL with fewer than two';

CREATE FUNCTION purchase_gap(activity activity, as_of date DEFAULT 'infinity') RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_purchase_gap'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION purchase_gap(activity, date) IS
	'Activity: Mean number of days between neighbouring purchase days before as_of (active days where the source has no amounts); NULL with fewer than two';

CREATE FUNCTION monetary(activity activity, as_of date DEFAULT 'infinity') RETURNS numeric
	AS 'MODULE_PATHNAME', 'user_ops_amount'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION monetary(activity, date) IS
	'Activity: Net amount before as_of, refunds included; NULL where the source has no amounts';

CREATE FUNCTION median_gap(activity activity, as_of date DEFAULT 'infinity') RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_median_gap'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION median_gap(activity, date) IS
	'Activity: Median number of days between neighbouring active days before as_of; NULL with fewer than two';

CREATE FUNCTION current_streak(activity activity, as_of date,
							   period period DEFAULT 'day', week_start week_start DEFAULT 'monday')
	RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_current_streak'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION current_streak(activity, date, period, week_start) IS
	'Activity: Periods in a row with activity up to as_of; a period still running does not end a streak';

CREATE FUNCTION longest_streak(activity activity, as_of date DEFAULT 'infinity',
							   period period DEFAULT 'day', week_start week_start DEFAULT 'monday')
	RETURNS bigint
	AS 'MODULE_PATHNAME', 'user_ops_longest_streak'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION longest_streak(activity, date, period, week_start) IS
	'Activity: The most periods in a row with activity before as_of';

CREATE FUNCTION days(activity activity, as_of date DEFAULT 'infinity')
	RETURNS TABLE (day date, events bigint, purchases bigint, amount numeric)
	AS 'MODULE_PATHNAME', 'user_ops_days'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 20;
COMMENT ON FUNCTION days(activity, date) IS
	'Activity: A row for each active day before as_of; amount is NULL where the source has no amounts';

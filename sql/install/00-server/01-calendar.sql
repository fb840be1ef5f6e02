-- Calendar: zones, week starts and periods.

CREATE TYPE period AS ENUM ('day', 'week', 'month', 'quarter', 'year');
COMMENT ON TYPE period IS 'A calendar period';

CREATE TYPE week_start AS ENUM ('monday', 'sunday');
COMMENT ON TYPE week_start IS 'The day a week begins with';

-- A text without a collation: as a constant in what a server asks another, it is no
-- reason to fetch the rows instead.
CREATE TYPE zone;

CREATE FUNCTION user_ops_internal.zone_in(cstring) RETURNS zone
	AS 'textin'
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.zone_in(cstring) IS 'Input of zone';

CREATE FUNCTION user_ops_internal.zone_out(zone) RETURNS cstring
	AS 'textout'
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.zone_out(zone) IS 'Output of zone';

CREATE FUNCTION user_ops_internal.zone_recv(internal) RETURNS zone
	AS 'textrecv'
	LANGUAGE internal STABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.zone_recv(internal) IS 'Binary input of zone';

CREATE FUNCTION user_ops_internal.zone_send(zone) RETURNS bytea
	AS 'textsend'
	LANGUAGE internal STABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.zone_send(zone) IS 'Binary output of zone';

CREATE TYPE zone (
	INPUT = user_ops_internal.zone_in,
	OUTPUT = user_ops_internal.zone_out,
	RECEIVE = user_ops_internal.zone_recv,
	SEND = user_ops_internal.zone_send,
	LIKE = text
);
COMMENT ON TYPE zone IS 'The full name of a time zone, looked at where it is used';

CREATE CAST (text AS zone) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (text AS zone) IS 'The zone of that name';

CREATE FUNCTION local_date(at_time timestamptz, time_zone text) RETURNS date
	AS 'MODULE_PATHNAME', 'user_ops_local_date'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION local_date(timestamptz, text) IS
	'Calendar: The calendar date of a moment in a zone given by its full name; 22023 for any other, such as UTC+8; 22008 for infinity';

CREATE FUNCTION moment_of(local_time timestamp, time_zone zone) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'user_ops_moment_of'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION moment_of(timestamp, zone) IS
	'Calendar: The moment of a local time in a zone given by its full name, as AT TIME ZONE has it, which also takes abbreviations; infinite where there is none';

CREATE FUNCTION period_number(day date, period period, week_start week_start DEFAULT 'monday')
	RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_period_number'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION period_number(date, period, week_start) IS
	'Calendar: The period that holds the day, as a number that grows by 1 from period to period';

CREATE FUNCTION period_start(day date, period period, week_start week_start DEFAULT 'monday')
	RETURNS date
	AS 'MODULE_PATHNAME', 'user_ops_period_start'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION period_start(date, period, week_start) IS
	'Calendar: The first day of the period that holds the day';

CREATE FUNCTION day_start(day date, time_zone text) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 20
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	-- where clocks change at midnight it comes twice, or not at all: the earlier one, or the moment that is in its place
	SELECT min(m.moment)
	FROM (VALUES (user_ops.moment_of(day, time_zone)), (user_ops.moment_of(day - 1, time_zone) + interval '24 hours')) AS m (moment)
	WHERE user_ops.local_date(m.moment, time_zone) >= day;
END;
COMMENT ON FUNCTION day_start(date, text) IS
	'Calendar: The first moment of a day in a zone given by its full name';

-- What a ledger of points says as of a day.

CREATE TYPE points_options AS (
	spend_order points_order,
	inactive_days integer
);
COMMENT ON TYPE points_options IS 'The rules of a programme of points; made by the function of the same name';
COMMENT ON COLUMN points_options.spend_order IS 'Which lot points are taken from';
COMMENT ON COLUMN points_options.inactive_days IS 'So many days after the last day with an earn or spend all points expire; NULL: only by their own dates';

CREATE FUNCTION points_options(spend_order points_order DEFAULT 'expiring_first', inactive_days integer DEFAULT NULL) RETURNS points_options
	AS 'MODULE_PATHNAME', 'user_ops_points_options'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION points_options(points_order, integer) IS
	'Points: The rules of a programme, to be given by name: points_options(inactive_days => 365); 22023 or 22004 for bad ones';

CREATE FUNCTION balance(points points, as_of date, options points_options DEFAULT points_options()) RETURNS numeric
	AS 'MODULE_PATHNAME', 'user_ops_points_balance'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION balance(points, date, points_options) IS
	'Points: What the user has on as_of out of the past: what is left in lots less the debt, so it may be negative. Lots that expire on as_of are gone, rows of as_of do not count yet';

CREATE FUNCTION points_totals(points points, as_of date, options points_options DEFAULT points_options(),
							  OUT earned numeric, OUT spent numeric, OUT reversed numeric, OUT expired numeric, OUT debt numeric, OUT balance numeric)
	AS 'MODULE_PATHNAME', 'user_ops_points_totals'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION points_totals(points, date, points_options) IS
	'Points: All that happened before as_of, and the balance, which is earned - spent - reversed - expired. debt: what was taken and nobody had, which the next points pay';

CREATE FUNCTION expiring(points points, as_of date, within_days integer, options points_options DEFAULT points_options()) RETURNS numeric
	AS 'MODULE_PATHNAME', 'user_ops_points_expiring'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION expiring(points, date, integer, points_options) IS
	'Points: What expires after as_of and no later than so many days after it, if nothing is spent on that many days from as_of on';

CREATE FUNCTION lots(points points, as_of date, options points_options DEFAULT points_options())
	RETURNS TABLE (earn_day date, expires_on date, earned numeric, used numeric, expired numeric, remaining numeric)
	AS 'MODULE_PATHNAME', 'user_ops_points_lots'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 ROWS 10;
COMMENT ON FUNCTION lots(points, date, points_options) IS
	'Points: What was earned before as_of, a row for each day and expires_on, and what became of it: earned = used + expired + remaining. used: spent, reversed, or taken for a debt. expires_on is the lot''s own, whatever inactive_days says; NULL: never';

CREATE FUNCTION uses(points points, as_of date, options points_options DEFAULT points_options())
	RETURNS TABLE (earn_day date, expires_on date, use_day date, points numeric)
	AS 'MODULE_PATHNAME', 'user_ops_points_uses'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 ROWS 10;
COMMENT ON FUNCTION uses(points, date, points_options) IS
	'Points: Which day used how many points of which lot before as_of: spent, reversed, or taken for a debt on the day they were earned. Their sum for a lot is its used';

CREATE FUNCTION points_expiry(day date, valid_days integer DEFAULT NULL, valid_months integer DEFAULT NULL, round_up period DEFAULT NULL) RETURNS date
	AS 'MODULE_PATHNAME', 'user_ops_points_expiry'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION points_expiry(date, integer, integer, period) IS
	'Points: The first day on which points earned on a day do not hold any more: valid_days days later, the day itself counted; or valid_months months later that day, or the last of its month, still included; with round_up at the end of the period that holds their last day. NULL of a NULL day';

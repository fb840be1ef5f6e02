-- What views ask of the points of one user, and of all.

CREATE FUNCTION points_rows(points points) RETURNS TABLE (day date, kind points_kind, points numeric, expires_on date)
	AS 'MODULE_PATHNAME', 'user_ops_points_rows'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 ROWS 10;
COMMENT ON FUNCTION points_rows(points) IS
	'Points: The rows of a ledger, those of one day, kind and expires_on added up: what points_agg makes it of. NULL: no rows';

CREATE FUNCTION user_ops_internal.points_decimals(points) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_points_decimals'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION user_ops_internal.points_decimals(points) IS 'How many decimals the points of a ledger have, at most';

CREATE FUNCTION user_ops_internal.points_user(points points, as_of date, options points_options,
		OUT balance numeric, OUT earned numeric, OUT spent numeric, OUT reversed numeric, OUT expired numeric, OUT debt numeric,
		OUT next_expires_on date, OUT next_expiring_points numeric, OUT expiring_30d numeric, OUT last_earned date, OUT last_spent date)
	AS 'MODULE_PATHNAME', 'user_ops_points_user'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION user_ops_internal.points_user(points, date, points_options) IS
	'All that points_users has of one user, by one reading; NULL where there was nothing before as_of';

-- Over the ledgers of many users: ledgers in which something of all of them is added up (src/points/points_pool.c).

CREATE FUNCTION user_ops_internal.pooled_final(points) RETURNS points
	AS 'MODULE_PATHNAME', 'user_ops_pooled_final'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.pooled_final(points) IS 'Final function of pooled_lots and its sisters';

DO $$
DECLARE
	pool record;
BEGIN
	FOR pool IN
		VALUES ('lots', 'What became of what was earned on each day: as earned what is left, with the day on which it expires; as spent what was used; as expired what expired'),
			   ('flow', 'What was earned, spent, reversed and expired in each month, on its first day; what expires on the first of a month is of the month before'),
			   ('movers', 'How many users earned points in each month, and spent, reversed or expired, on its first day'),
			   ('losers', 'Of how many users something will expire on each day, as earned')
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.pooled_%1$s_add(points, points, date, points_options) RETURNS points
				AS 'MODULE_PATHNAME', 'user_ops_pooled_%1$s_add'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
			COMMENT ON FUNCTION user_ops_internal.pooled_%1$s_add(points, points, date, points_options) IS 'Transition function of pooled_%1$s';

			CREATE AGGREGATE user_ops_internal.pooled_%1$s(points points, as_of date, options points_options) (
				SFUNC = pooled_%1$s_add, STYPE = points, SSPACE = 65536,
				FINALFUNC = pooled_final, COMBINEFUNC = merge, PARALLEL = SAFE
			);
			COMMENT ON AGGREGATE user_ops_internal.pooled_%1$s(points, date, points_options) IS %2$L
			$sql$, pool.column1, pool.column2);
	END LOOP;
END $$;

CREATE FUNCTION user_ops_internal.points_survival_add(survival, points, date, points_options, integer) RETURNS survival
	AS 'MODULE_PATHNAME', 'user_ops_points_survival_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION user_ops_internal.points_survival_add(survival, points, date, points_options, integer) IS
	'Transition function of points_survival';

CREATE AGGREGATE points_survival(points points, as_of date, options points_options, decimals integer) (
	SFUNC = points_survival_add, STYPE = survival, SSPACE = 16384,
	FINALFUNC = survival_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE points_survival(points, date, points_options, integer) IS
	'Survival: How many days points stay unused, over the ledgers of users: each point is a subject, used at the age of its lot, or censored on the last day on which it was there unused. decimals: how many the points have, at most; then units of the last one are counted';

-- The value points: one user's ledger of points, earned, spent, taken back and expired.

CREATE TYPE points_kind AS ENUM ('earn', 'spend', 'reverse', 'expire');
COMMENT ON TYPE points_kind IS
	'What a row of a ledger of points is: earn, points come; spend, they are used; reverse, they are taken back, as of an order that is returned; expire, they lapse, in sources that write that themselves';

CREATE TYPE points_order AS ENUM ('expiring_first', 'oldest_first');
COMMENT ON TYPE points_order IS
	'Which lot points are taken from: the one that expires first, those that never do last; or the one that was earned first';

SELECT user_ops_internal.make_type('points', 10, $$ALIGNMENT = double, STORAGE = extended, CATEGORY = 'o'$$,
	'One user''s ledger of points: the sum for each day, kind and expires_on, exact; some 3 to 4 bytes each. balance, lots and their like read it for any day; it merges');
SELECT user_ops_internal.make_bytea_casts('points', 10, 'Points: A ledger of points');
SELECT user_ops_internal.make_value_order('points', 'a ledger of points', 'ledgers of points', 'The same points on the same days', 'Other points or other days');

CREATE FUNCTION merge(a points, b points) RETURNS points
	AS 'MODULE_PATHNAME', 'user_ops_points_merge'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION merge(points, points) IS
	'Points: The rows of both ledgers, such as those of one person''s two accounts; NULL counts as nobody';

CREATE OPERATOR || (
	LEFTARG = points, RIGHTARG = points, FUNCTION = merge, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (points, points) IS 'The rows of both ledgers';

CREATE FUNCTION user_ops_internal.points_final(points) RETURNS points
	AS 'MODULE_PATHNAME', 'user_ops_points_final'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION user_ops_internal.points_final(points) IS 'Final function of points_agg and rollup';

CREATE AGGREGATE rollup(points) (
	SFUNC = merge, STYPE = points, SSPACE = 256,
	FINALFUNC = points_final, COMBINEFUNC = merge, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(points) IS
	'Points: All ledgers in one: of one person, or of a family or company whose points are a pool; NULL over none';

-- points_agg(day [, kind], points, expires_on [, time_zone]): one aggregate for each type of
-- time and points.  Without the twins for integers PostgreSQL would look for double precision.

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT concat_ws('_', t.symbol, p.symbol, k.symbol) AS symbol,
			   concat_ws(', ', t.type, k.type, p.type, 'date', t.zone) AS types,
			   concat_ws(', ', t.name || ' ' || t.type, k.name || ' ' || k.type, 'points ' || p.type, 'expires_on date', 'time_zone ' || t.zone) AS arguments,
			   format('Points: One user''s ledger from %s; %s. expires_on, of what is earned, is the first day without it, NULL: it does not expire', t.days, k.says) AS says
		FROM (VALUES ('date', 'day', 'date', NULL, 'dates'),
					 ('timestamp', 'event_time', 'timestamp', NULL, 'local times'),
					 ('timestamp', 'event_time', 'timestamptz', NULL, 'times, days in UTC'),
					 ('zoned', 'event_time', 'timestamptz', 'text', 'times, days in the named time zone')
			 ) AS t (symbol, name, type, zone, days)
		CROSS JOIN (VALUES (NULL, 'kind', 'points_kind', 'points, 0 or more, of a kind'),
						   ('signed', NULL, NULL, 'points of 0 or more are earned, below 0 spent')) AS k (symbol, name, type, says)
		CROSS JOIN (VALUES ('numeric', 'numeric'), ('int8', 'bigint'), ('int4', 'integer')) AS p (symbol, type)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.points_add(points, %2$s) RETURNS points
				AS 'MODULE_PATHNAME', 'user_ops_points_%1$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
			COMMENT ON FUNCTION user_ops_internal.points_add(points, %2$s) IS 'Transition function of points_agg';

			CREATE AGGREGATE points_agg(%3$s) (
				SFUNC = points_add, STYPE = points, SSPACE = 256,
				FINALFUNC = points_final, COMBINEFUNC = merge, PARALLEL = SAFE
			);
			COMMENT ON AGGREGATE points_agg(%2$s) IS %4$L
			$sql$, kind.symbol, kind.types, kind.arguments, kind.says);
	END LOOP;
END $$;

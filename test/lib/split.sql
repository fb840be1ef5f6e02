-- What tests of split aggregates share: users with something of every kind, and for each
-- aggregate of the catalogue the arguments that it is called with over them.  An argument
-- that is not known here is an error: a new metric says what it is to be asked with.

-- purchases in cents, visits and refunds over 300 days; at times to the second; by conditions and by name
CREATE TABLE split_users AS
SELECT u, u % 5 AS part,
	   activity_agg(at::date, amount) AS activity,
	   activity_agg(at::date, amount) FILTER (WHERE n % 2 = 0) AS return_activity,
	   journey_agg(at, n % 3 = 0, n % 2 = 0) AS by_conditions,
	   journey_agg(at, (ARRAY['view', 'cart', 'pay', 'stop'])[1 + n % 4]) AS by_name,
	   count(*) FILTER (WHERE amount > 0) AS x, (max(n) * 1.7 + 1)::float8 AS t_x, (max(n) * 2.3 + 2)::float8 AS t,
	   (sum(amount) / 3.0)::float8 AS mean, ARRAY[u % 7 / 4.0, ln(1 + u % 11), count(*)]::float8[] AS features,
	   ARRAY[(ARRAY['mail', 'ad', 'shop'])[1 + u % 3], (ARRAY['ad', 'web'])[1 + u % 2]] AS channels
FROM (
	SELECT u, n, timestamptz '2024-01-01 00:00+00' + ((u * 7919 + n * n * 104729) % 300) * interval '1 day' + ((u * n * 31) % 86400) * interval '1 second' AS at,
		   CASE (u + n) % 6 WHEN 0 THEN NULL WHEN 1 THEN -(u % 40) / 100.0 ELSE (u * n * 13 % 9973) / 100.0 END AS amount
	FROM generate_series(1, 400) AS u, generate_series(1, 12) AS n WHERE n <= 1 + u % 12) AS e
GROUP BY u;

CREATE FUNCTION split_argument(aggregate name, argument name, type regtype) RETURNS text LANGUAGE sql AS $$
	SELECT expression
	FROM (VALUES
		('path_edges', NULL, 'journey', 'by_name'), ('transitions', NULL, 'journey', 'by_name'), (NULL, NULL, 'journey', 'by_conditions'),
		(NULL, 'return_activity', 'activity', 'return_activity'), (NULL, NULL, 'activity', 'activity'),
		(NULL, 'as_of', 'date', $q$date '2024-11-01'$q$), (NULL, 'as_of', 'timestamp with time zone', $q$timestamptz '2024-10-30 12:00+00'$q$),
		(NULL, NULL, 'period', $q$period 'week'$q$), (NULL, NULL, 'week_start', $q$week_start 'sunday'$q$), (NULL, 'brackets', 'integer[]', $q$'{1,8,31}'::integer[]$q$),
		(NULL, 'bins', 'integer', '4'), (NULL, 'collapse', 'boolean', 'false'), (NULL, NULL, 'journey_steps', $q$'2'::journey_steps$q$),
		(NULL, 'within', 'interval', $q$interval '20 days'$q$), (NULL, 'gap', 'interval', $q$interval '30 days'$q$), (NULL, 'unit', 'interval', $q$interval '7 days'$q$),
		(NULL, 'start_condition', 'integer', '1'), (NULL, 'return_condition', 'integer', '2'), (NULL, 'periods', 'integer', '12'),
		(NULL, NULL, 'retention_options', $q$retention_options(cohort => 'recurring', mode => 'streak', amounts => true)$q$),
		(NULL, NULL, 'rolling_retention_options', $q$rolling_retention_options('on_or_after', 'Asia/Tokyo')$q$),
		(NULL, NULL, 'path_options', 'path_options(max_depth => 2)'), (NULL, NULL, 'funnel_options', 'funnel_options()'),
		(NULL, NULL, 'purchase_model_kind', $q$purchase_model_kind 'auto'$q$), (NULL, NULL, 'purchase_options', $q$purchase_options(prior => 'weak')$q$),
		(NULL, 'x', 'bigint', 'x'), (NULL, 't_x', 'double precision', 'CASE WHEN x > 0 THEN t_x ELSE 0 END'), (NULL, 't', 'double precision', 't'),
		(NULL, 'sum_log_gaps', 'double precision', 'CASE WHEN x > 0 THEN ln(t_x) ELSE 0 END'), (NULL, 'users', 'bigint', 'u % 3'),
		(NULL, 'repeats', 'bigint', 'x'), (NULL, 'mean_value', 'double precision', 'mean'),
		(NULL, 'duration', 'double precision', 't'), (NULL, 'event', 'boolean', 'u % 2 = 0'), (NULL, 'subjects', 'bigint', 'u % 4'),
		(NULL, 'outcome', 'boolean', '(u * 31) % 7 < 3'), (NULL, 'features', 'double precision[]', 'features'), (NULL, 'names', 'text[]', $q$'{a,b,c}'::text[]$q$),
		(NULL, 'weight', 'double precision', '1 + u % 2 / 2.0'), (NULL, 'ridge', 'double precision', '0.5'),
		('contract_model', 'period', 'integer', '1 + u % 9'), ('contract_sample', 'period', 'integer', '1 + u % 9'), (NULL, 'lost', 'bigint', 'x'), (NULL, 'at_risk', 'bigint', 'x + u % 20'),
		(NULL, 'channels', 'text[]', 'channels'), (NULL, 'conversions', 'bigint', 'u % 3'), (NULL, 'others', 'bigint', '1'), (NULL, 'amount', 'numeric', '(u % 90) / 8.0'),
		(NULL, 'variant', 'text', $q$'arm ' || part % 3$q$), (NULL, 'converted', 'boolean', 'u % 3 = 0'), ('value_sample', 'metric', 'numeric', '(u % 90) / 8.0'),
		('experiment_mean', NULL, 'numeric', '(u % 90) / 8.0'), ('experiment_ratio', NULL, 'numeric', '(u % 90) / 8.0'), ('experiment_rate', NULL, 'numeric', '(u % 90) / 8.0'),
		('experiment_mean', NULL, 'bigint', 'u % 11'), ('experiment_ratio', NULL, 'bigint', 'u % 11'), ('experiment_rate', NULL, 'bigint', 'u % 11'),
		('experiment_mean', NULL, 'integer', 'u % 13'), ('experiment_ratio', NULL, 'integer', 'u % 13'), ('experiment_rate', NULL, 'integer', 'u % 13'),
		('experiment_mean', NULL, 'double precision', '(u % 17) / 4.0'), ('experiment_ratio', NULL, 'double precision', '(u % 17) / 4.0'), ('experiment_rate', NULL, 'double precision', '(u % 17) / 4.0'),
		('survey', 'score', 'integer', 'u % 11'), ('survey', 'low', 'integer', '0'), ('survey', 'high', 'integer', '10'),
		('points_agg', 'day', 'date', $q$date '2024-01-01' + (u * 37 % 200)::integer$q$), ('points_agg', 'event_time', 'timestamp with time zone', $q$timestamptz '2024-01-01 20:00+00' + u % 90 * interval '1 day'$q$),
		('points_agg', 'event_time', 'timestamp', $q$timestamp '2024-01-01 20:00' + u % 90 * interval '1 day'$q$), (NULL, NULL, 'points_kind', '(enum_range(NULL::points_kind))[1 + u % 4]'),
		('points_agg', 'points', 'numeric', '(u % 90) / 8.0'), ('points_agg', 'points', 'bigint', 'u % 11'), ('points_agg', 'points', 'integer', 'u % 13'),
		(NULL, NULL, 'points', $q$(SELECT points_agg(date '2024-01-01' + n * 3, CASE n % 3 WHEN 0 THEN -2 ELSE u::integer % 7 + 1 END, CASE n % 3 WHEN 0 THEN NULL ELSE date '2024-11-10' + n END) FROM generate_series(1, 5) AS n)$q$),
		(NULL, NULL, 'points_options', 'points_options(inactive_days => 400)'), (NULL, 'decimals', 'integer', '0'), (NULL, 'expires_on', 'date', $q$CASE u % 4 WHEN 0 THEN date '2026-01-01' + u::integer % 7 END$q$), (NULL, 'time_zone', 'text', $q$'Asia/Tokyo'$q$),
		(NULL, 'inviter', 'bigint', '(u * 7 + part) % 97'), (NULL, 'invitee', 'bigint', 'u'), (NULL, 'inviter', 'text', $q$'user ' || u * 7 % 97$q$), (NULL, 'invitee', 'text', $q$'user ' || u$q$), ('referral_agg', 'day', 'date', $q$date '2024-01-01' + (u % 60)::int$q$),
		('basket_agg', 'item', 'bigint', 'u % 7'), ('basket_agg', 'item', 'text', $q$'item ' || u % 7$q$), ('basket_agg', 'day', 'date', $q$date '2024-01-01' + (u * 37 % 200)::integer$q$), ('basket_agg', 'event_time', 'timestamp', $q$timestamp '2024-01-01 20:00' + u % 90 * interval '1 day'$q$), ('basket_agg', 'event_time', 'timestamp with time zone', $q$timestamptz '2024-01-01 20:00+00' + u % 90 * interval '1 day'$q$),
		(NULL, NULL, 'basket', $q$(SELECT basket_agg(u * n * n % 23, date '2024-01-01' + (u * n % 200)::integer) FROM generate_series(1, 6) AS n)$q$), (NULL, NULL, 'affinity_options', 'affinity_options(90, 4)'),
		('identity_agg', 'anonymous_id', 'text', $q$'device ' || u * 7 % 97$q$), ('identity_agg', 'anonymous_id', 'bigint', '(u * 7 + part) % 97'), ('identity_agg', 'user_id', 'text', $q$'user ' || u$q$), ('identity_agg', 'user_id', 'bigint', 'u'), ('identity_agg', 'day', 'date', $q$date '2024-01-01' + (u % 60)::int$q$),
		(NULL, NULL, 'shapley_worth', $q$shapley_worth 'conversions'$q$), (NULL, 'conditions', 'boolean[]', 'ARRAY[u % 2 = 0, part = 1, part = 2]'))
		AS known (of_aggregate, named, of_type, expression)
	WHERE coalesce(of_aggregate = aggregate, true) AND coalesce(named = argument, true) AND of_type::regtype = type
	ORDER BY of_aggregate IS NULL, named IS NULL LIMIT 1
$$;

-- Every aggregate of the extension, and whether its state can be had from each shard.
CREATE VIEW split_catalogue AS
SELECT p.oid, p.proname, p.oid::regprocedure::text AS signature, a.aggtransfn, a.aggcombinefn, a.aggfinalfn, a.aggtranstype, p.proargtypes, p.proargnames,
	   a.aggcombinefn <> 0 AND p.pronargs > 0 AND a.aggkind = 'n' AND t.typtype <> 'p' AS splits
FROM pg_aggregate AS a
JOIN pg_proc AS p ON p.oid = a.aggfnoid
JOIN pg_type AS t ON t.oid = a.aggtranstype
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'user_ops';

-- Those that split, each with the arguments of a call over split_users; rollup is asked of
-- the states of single users, which an aggregate of one argument more makes.
CREATE FUNCTION split_calls() RETURNS TABLE (oid oid, signature text, arguments text, whole text, people text) LANGUAGE plpgsql AS $$
DECLARE
	c record;
	maker record;
BEGIN
	FOR c IN SELECT k.* FROM split_catalogue AS k WHERE k.splits ORDER BY k.signature COLLATE "C" LOOP
		oid := c.oid;
		signature := c.signature;
		people := 'split_users';
		IF c.proname = 'rollup' THEN
			SELECT k.oid::regproc AS made, split_arguments(k.proname, k.proargtypes, k.proargnames) AS arguments INTO maker
			FROM split_catalogue AS k JOIN pg_proc AS p USING (oid)
			WHERE p.prorettype = c.proargtypes[0] AND k.splits AND k.proname <> 'rollup' ORDER BY k.signature COLLATE "C" LIMIT 1;
			people := format('(SELECT part, %s(%s) AS state FROM split_users GROUP BY u, part) AS s', maker.made, maker.arguments);
			arguments := 'state';
		ELSE
			arguments := split_arguments(c.proname, c.proargtypes, c.proargnames);
		END IF;
		whole := format('%s(%s%s)', c.oid::regproc, CASE WHEN c.proname = 'retention_flags' THEN 'VARIADIC ' ELSE '' END, arguments);
		RETURN NEXT;
	END LOOP;
END $$;

CREATE FUNCTION split_arguments(aggregate name, types oidvector, names text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
	arguments text[] := '{}';
BEGIN
	FOR i IN 0 .. array_length(types, 1) - 1 LOOP
		found := split_argument(aggregate, names[i + 1]::name, types[i]::regtype);
		IF found IS NULL THEN
			RAISE EXCEPTION 'what is % called with as % %? Tell test/lib/split.sql', aggregate, names[i + 1], types[i]::regtype;
		END IF;
		arguments := arguments || format('(%s)::%s', found, types[i]::regtype);
	END LOOP;
	RETURN array_to_string(arguments, ', ');
END $$;

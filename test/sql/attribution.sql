SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- ann is shown ads, gets mail, comes directly and buys; is shown ads again, and buys again.
CREATE TEMP TABLE events (who text, at timestamptz, event text, amount numeric);
INSERT INTO events VALUES
	('ann', '2024-03-01 09:00', 'ads', NULL), ('ann', '2024-03-04 09:00', 'mail', NULL), ('ann', '2024-03-08 09:00', 'direct', NULL), ('ann', '2024-03-08 12:00', 'buy', 10),
	('ann', '2024-03-15 09:00', 'ads', NULL), ('ann', '2024-03-20 12:00', 'buy', 0.05),
	('bob', '2024-03-02 09:00', 'buy', 7), ('cid', '2024-03-03 09:00', 'mail', NULL);
CREATE TEMP TABLE journeys AS SELECT who, journey_agg(at, event, amount) AS j FROM events GROUP BY who;
CREATE FUNCTION pg_temp.ann() RETURNS journey LANGUAGE sql AS $$ SELECT j FROM journeys WHERE who = 'ann' $$;
-- By hand. linear: 1/3 each, of which the first gets the last unit; so 3.34 and 3.33. Then 1/4 each, and 1.25 cents: the cent that is left is the first touch's.
SELECT who, a.* FROM journeys, attribution(j, '{buy}', 'linear') WITH ORDINALITY AS a ORDER BY who, ordinality;
-- The other models, as channel touches credit amount. Days before the last touch: 7, 4, 0, so of 137 parts 1, 8 and 128; then 14, 11, 7, 0, so of 16521 parts 1, 8, 128 and 16384.
SELECT model, which, (SELECT string_agg(concat_ws(' ', channel, touches, credit, amount), ', ')
					  FROM attribution(pg_temp.ann(), '{buy}', model, which => which, half_life => '1 day', weights => CASE model WHEN 'custom' THEN '{0.7,0.3,0}'::numeric[] END)) AS credits
FROM unnest(enum_range(NULL::attribution_model)) AS model, unnest(enum_range('first'::attribution_which, NULL)) AS which ORDER BY model, which;
SELECT v, round(v / 137.0, 14) AS of_first, round(v / 16521.0, 14) AS of_last FROM (VALUES (1), (8), (128), (16384)) AS v (v);
-- Direct visits are put aside where another touch is left, whatever they are called.
SELECT which, direct, (SELECT string_agg(concat_ws(' ', channel, touches, credit), ', ') FROM attribution(pg_temp.ann(), '{buy}', 'linear', direct => direct, non_direct => true, which => which)) AS credits
FROM unnest(enum_range('first'::attribution_which, NULL)) AS which, (VALUES ('{direct}'::text[]), ('{mail,direct,none}'), ('{ads,mail,direct}'), ('{}')) AS v (direct) ORDER BY which, direct;
-- Exclusively, the second purchase has only what came after the first; the lookback includes its end.
SELECT lookback, exclusive, string_agg(concat_ws(' ', channel, touches), ', ' ORDER BY channel) AS touches
FROM (VALUES (interval '12 days', false), ('12 days', true), ('12 days 2:59:59.999999', false), ('12 days 3:00', false), ('5 days 3:00', false), ('122:59:59.999999', false), ('0', false), ('1000000 days', true)) AS v (lookback, exclusive),
	LATERAL attribution(pg_temp.ann(), '{buy}', 'linear', lookback => lookback, exclusive => exclusive, which => 'last') AS a
GROUP BY lookback, exclusive ORDER BY lookback, exclusive;
-- as_of is an instant: what happens at it does not exist.
SELECT as_of, count(*), max(converted_at) FROM (VALUES (timestamptz '-infinity'), ('2024-03-08 12:00'), ('2024-03-08 12:00:00.000001'), ('2024-03-20 12:00:01'), ('infinity'), (NULL)) AS v (as_of)
LEFT JOIN LATERAL attribution(pg_temp.ann(), '{buy}', 'first', as_of => as_of) AS a ON true GROUP BY as_of ORDER BY as_of;
-- What touch is at the instant of the conversion leads to it, before or behind; conversions of one instant share their touches.
SELECT a.* FROM (SELECT journey_agg(timestamptz '2024-03-01', event, amount, tiebreak, NULL) AS j
				 FROM (VALUES ('buy', 5, 2), ('ads', NULL, 1), ('mail', NULL, 3), ('order', 1.5, 4)) AS v (event, amount, tiebreak)) AS s, attribution(j, '{order,buy,nothing}', 'u_shaped', exclusive => true) AS a;
-- Amounts: as many decimals as they need, none and negative ones too, and too many for 64 bits.
SELECT given, decimals, amounts, exact
FROM (VALUES (1.005, 2), (-1.005, 2), (100, 0), (1, 0), (-2, 9), (0, 2), (NULL, 2), (9223372036854775807, 9), (-9223372036854775808, 9), (922337203685477580.7, 9), (0.000000001, 0)) AS v (given, decimals),
	LATERAL (SELECT journey_agg(timestamptz '2024-03-01' + interval '1 day' * n, CASE n WHEN 3 THEN 'buy' ELSE 'c' || n END, CASE n WHEN 3 THEN given END) AS j FROM generate_series(0, 3) AS n) AS s,
	LATERAL (SELECT string_agg(amount::text, ' + ') AS amounts, sum(amount) = given AS exact FROM attribution(j, '{buy}', 'linear', decimals => decimals)) AS a
ORDER BY given, decimals;
-- Other purchases of the user with more decimals change nothing.
SELECT string_agg(a.amount::text, ' ' ORDER BY a.amount) FROM (SELECT journey_agg(timestamptz '2024-03-01' + interval '1 day' * n, 'buy', n / 1000.0) AS j FROM generate_series(998, 1000) AS n) AS s, attribution(j, '{buy}', 'participation') AS a;
-- Custom weights: the first, all between together, the last. Of two touches the first and the last, or halves; of one, all.
SELECT n AS touches, weights, credits
FROM generate_series(1, 5) AS n, (VALUES ('{0.3,0.2,0.5}'::numeric[]), ('{0,1,0}'), ('{1,0,0}'), ('{0.333333333,0.333333334,0.333333333}')) AS v (weights),
	LATERAL (SELECT journey_agg(timestamptz '2024-03-01' + interval '1 day' * k, CASE WHEN k > n THEN 'buy' ELSE 'c' || k END) AS j FROM generate_series(1, n + 1) AS k) AS s,
	LATERAL (SELECT string_agg(credit::text, ' ') AS credits FROM attribution(j, '{buy}', 'custom', weights => weights)) AS a
ORDER BY weights, n;
-- No rows: no journey, no conversion. A journey that keeps only some names will do.
SELECT count(*) FROM attribution(NULL, '{buy}', 'first');
SELECT count(*) FROM attribution(pg_temp.ann(), '{nothing}', 'first');
SELECT string_agg(concat_ws(' ', channel, touches, credit), ', ') FROM (SELECT journey_agg(at, event) FILTER (WHERE event IN ('mail', 'buy')) AS j FROM events WHERE who = 'ann') AS s, attribution(partial(j), '{buy}', 'last', which => 'first') AS a;
SELECT count(*), sum(touches), sum(credit), sum(amount) FROM (SELECT attribution(j, '{buy}', 'linear') AS a FROM journeys) AS s, LATERAL (SELECT (a).*) AS c;
-- Credits sum to 1 and amounts to what was paid, whatever the model, for 500 users of 40 rows.
CREATE TEMP TABLE crowd AS
	SELECT u, journey_agg(timestamptz '2024-01-01' + interval '1 hour' * ((u * 7919 + n * n * 104729) % 2000), CASE WHEN n % 7 = 0 THEN 'buy' ELSE 'c' || (u * n) % 11 END, CASE WHEN n % 7 = 0 AND u % 5 > 0 THEN (u * n % 1999 - 99) / 100.0 END) AS j
	FROM generate_series(1, 500) AS u, generate_series(1, 40) AS n GROUP BY u;
SELECT model, count(*) AS conversions, count(*) FILTER (WHERE credits <> 1) AS wrong, sum(amounts) AS amounts
FROM unnest(enum_range(NULL, 'inverse_j'::attribution_model)) AS model, LATERAL (
	SELECT u, converted_at, sum(credit) AS credits, sum(amount) AS amounts FROM crowd, attribution(j, '{buy}', model, lookback => '20 days') GROUP BY u, converted_at) AS c
GROUP BY model ORDER BY model;
SELECT sum(amount), count(*) FROM crowd, journey_rows(j) WHERE event = 'buy';
--
-- Paths
--
SELECT who, p.* FROM journeys, attribution_paths(j, '{buy}', '10 days', '2024-03-14 00:00Z') AS p ORDER BY who;
-- behind the last conversion: open as long as the lookback of the last touch reaches as_of, as of a day, an instant, or never
SELECT as_of, p.* FROM (VALUES (timestamptz '2024-03-13 09:00Z'), ('2024-03-13 09:00:00.000001Z'), ('infinity')) AS v (as_of), journeys, attribution_paths(j, '{buy}', '10 days', as_of) AS p WHERE who = 'cid';
SELECT p.* FROM journeys, attribution_paths(j, '{buy}', '10 days', date '2024-03-13') AS p WHERE who = 'cid';
SET timezone = 'Asia/Tokyo';
SELECT count(*) FILTER (WHERE open) AS open, count(*) FROM journeys, attribution_paths(j, '{buy}', '3 days 15:00', date '2024-03-07') AS p WHERE who = 'cid';
SELECT count(*) FILTER (WHERE open) AS open, count(*) FROM journeys, attribution_paths(j, '{buy}', '3 days 14:59:59', date '2024-03-07') AS p WHERE who = 'cid';
SET timezone = 'UTC';
SELECT count(*) FROM attribution_paths(NULL, '{buy}', '10 days', timestamptz 'infinity');
SELECT count(*) FROM journeys, attribution_paths(j, '{buy}', '10 days', date '-infinity');
--
-- Errors
--
SELECT statement, pg_temp.problem(format(statement, 'FROM journeys, attribution(j, ')) FROM (VALUES
	('SELECT count(*) %s NULL, ''first'')'),
	('SELECT count(*) %s ''{}'', ''first'')'),
	('SELECT count(*) %s ''{buy,NULL}'', ''first'')'),
	('SELECT count(*) %s ''{{buy},{order}}'', ''first'')'),
	('SELECT count(*) %s ''{buy}'', NULL)'),
	('SELECT count(*) %s ''{buy}'', ''middle'')'),
	('SELECT count(*) %s ''{buy}'', ''first'', lookback => NULL)'),
	('SELECT count(*) %s ''{buy}'', ''first'', lookback => ''1 month'')'),
	('SELECT count(*) %s ''{buy}'', ''first'', lookback => ''-1 s'')'),
	('SELECT count(*) %s ''{buy}'', ''first'', half_life => NULL)'),
	('SELECT count(*) %s ''{buy}'', ''first'', half_life => ''0'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'')'),
	('SELECT count(*) %s ''{buy}'', ''linear'', weights => ''{0.3,0.2,0.5}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{0.3,0.2,0.4}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{0.3,0.7}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{-0.3,0.8,0.5}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{2,-1,0}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{0.5,NULL,0.5}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{0.5,NaN,0.5}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{0.3333333333,0.3333333334,0.3333333333}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{{0.3,0.2,0.5}}'')'),
	('SELECT count(*) %s ''{buy}'', ''custom'', weights => ''{}'')'),
	('SELECT count(*) %s ''{buy}'', ''first'', direct => NULL)'),
	('SELECT count(*) %s ''{buy}'', ''first'', direct => ''{direct,NULL}'')'),
	('SELECT count(*) %s ''{buy}'', ''first'', non_direct => NULL)'),
	('SELECT count(*) %s ''{buy}'', ''first'', exclusive => NULL)'),
	('SELECT count(*) %s ''{buy}'', ''first'', which => NULL)'),
	('SELECT count(*) %s ''{buy}'', ''first'', decimals => NULL)'),
	('SELECT count(*) %s ''{buy}'', ''first'', decimals => -1)'),
	('SELECT count(*) %s ''{buy}'', ''first'', decimals => 10)'),
	('SELECT attribution(journey_agg(at, event = ''ads'', event = ''buy''), ''{buy}'', ''first'') FROM events'),
	('SELECT attribution_paths(journey_agg(at, event = ''ads'', event = ''buy''), ''{buy}'', ''1 day'', date ''2024-03-10'') FROM events'),
	('SELECT attribution_paths(j, NULL, ''1 day'', date ''2024-03-10'') FROM journeys'),
	('SELECT attribution_paths(j, ''{}'', ''1 day'', date ''2024-03-10'') FROM journeys'),
	('SELECT attribution_paths(j, ''{buy}'', NULL, date ''2024-03-10'') FROM journeys'),
	('SELECT attribution_paths(j, ''{buy}'', ''-1 day'', date ''2024-03-10'') FROM journeys'),
	('SELECT attribution_paths(j, ''{buy}'', ''1 day'', NULL::timestamptz) FROM journeys'),
	('SELECT attribution_paths(j, ''{buy}'', ''1 day'', NULL::date) FROM journeys')) AS v (statement);

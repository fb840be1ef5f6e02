SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
-- By hand. Two paths begin with a, two with b; from a one goes on to b and one ends; from b two convert and one ends.
--	Markov	from b 2/3 converts, so from a 1/2 * 2/3 = 1/3, in all P = 1/2 * 1/3 + 1/2 * 2/3 = 1/2. Without a 1/2 * 2/3 = 1/3, effect 1 - (1/3) / (1/2) = 1/3;
--			without b nothing, effect 1. Shares 1/4 and 3/4 of 2 conversions and of 10.01: 2.5025 and 7.5075, so the cent that is left is b's.
--	Shapley	by rate v(a) = 0, v(b) = 1/2 * 4 = 2, v(a, b) = 2/4 * 4 = 2: a adds nothing to none and nothing to b, so b has it all.
--			by conversions v(a) = 0, v(b) = 1, v(a, b) = 2: a has (0 + 1) / 2, b (1 + 2) / 2, 10.01 of it 2.5025 and 7.5075 once more.
--	Purchases without a channel are beside them.
CREATE FUNCTION pg_temp.r(value float8) RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(round(value::numeric, 9)) $$;
CREATE TEMP TABLE paths (channels text[], conversions bigint, others bigint, amount numeric);
INSERT INTO paths VALUES ('{a,b}', 1, 0, 10), ('{a}', 0, 1, NULL), ('{b}', 1, 1, 0.01), ('{}', 3, 7, 1.5), (NULL, 5, 5, 5);
SELECT channel, pg_temp.r(removal_effect) AS effect, pg_temp.r(share) AS share, pg_temp.r(conversions) AS conversions, amount
FROM cells((SELECT markov_attribution(channels, conversions, others, amount) FROM paths));
SELECT worth, channel, pg_temp.r(share) AS share, pg_temp.r(c.conversions) AS conversions, c.amount
FROM unnest(enum_range(NULL::shapley_worth)) AS worth, LATERAL (SELECT shapley_attribution(channels, conversions, others, worth, amount) AS s FROM paths) AS s, cells(s) AS c;
-- Without amounts; each path by itself; with as many decimals as are asked for, or needed.
SELECT channel, conversions, amount FROM cells((SELECT shapley_attribution(channels, 1, 0, 'conversions') FROM paths, generate_series(1, paths.conversions)));
SELECT decimals, string_agg(channel || ' ' || amount, ', ') AS amounts FROM generate_series(0, 9, 3) AS decimals, LATERAL cells((SELECT markov_attribution(channels, conversions, others, amount) FROM paths), decimals) AS c GROUP BY decimals ORDER BY decimals;
SELECT channel, amount FROM cells((SELECT markov_attribution(channels, conversions, others, amount / 10 - 8) FROM paths), 0);
SELECT channel, amount FROM cells((SELECT markov_attribution(channels, conversions, others, amount) FROM (VALUES ('{a}'::text[], 1, 0, 0.125), ('{a}', 1, 0, 0.375)) AS v (channels, conversions, others, amount)), 0);
-- 1 split among three: the first of equals has the cent.
SELECT channel, removal_effect, pg_temp.r(share) AS share, pg_temp.r(conversions) AS conversions, amount FROM cells((SELECT markov_attribution('{z,b,B}', 1, 0, 1)));
-- Loops change nothing, and neither does a path that nobody took.
SELECT markov_attribution(channels, yes, no) = (SELECT markov_attribution(channels, conversions, others) FROM paths) AS same
FROM (VALUES ('{a,a,b,b,b}'::text[], 1, 0), ('{a,a,a}', 0, 1), ('{b}', 1, 1), ('{}', 3, 0), ('{x,y}', 0, 0)) AS v (channels, yes, no);
-- A channel on whose paths nothing converts has no effect; where nothing converts at all a chain has no rows.
SELECT c.* FROM cells((SELECT markov_attribution(channels, yes, no) FROM (VALUES ('{a}'::text[], 1, 1), ('{b}', 0, 9)) AS v (channels, yes, no))) AS c;
SELECT count(*) AS markov FROM cells((SELECT markov_attribution('{a,b}', 0, 9)));
SELECT worth, c.* FROM unnest(enum_range(NULL::shapley_worth)) AS worth, LATERAL (SELECT shapley_attribution(channels, 0, 9, worth) AS s FROM (VALUES ('{b,a}'::text[])) AS v (channels)) AS s, cells(s) AS c;
SELECT c.* FROM cells((SELECT markov_attribution('{}', 2, 9, 4))) AS c;
SELECT c.* FROM cells((SELECT shapley_attribution('{}', 2, 9, 'rate', NULL))) AS c;
-- By rate a channel may have less than nothing: v(a) = 1/2 * 20 = 10, v(a, b) = 6/20 * 20 = 6, v(b) = 0; so a has 8 and b -2; of 12.00 that is 16 and -4.
SELECT channel, pg_temp.r(share) AS share, pg_temp.r(conversions) AS conversions, amount FROM cells((SELECT shapley_attribution(channels, yes, no, 'rate', yes * 2) FROM (VALUES ('{a}'::text[], 5, 5), ('{b,a}', 1, 9)) AS v (channels, yes, no)));
-- A chain that goes round and round is solved as exactly as any other: of 3,000,000 paths over a and b, 500 times each, 1,000,000 convert, and as many by c; so without any of the three half is lost.
SELECT channel, pg_temp.r(removal_effect) AS effect, pg_temp.r(conversions) AS conversions
FROM cells((SELECT markov_attribution(channels, yes, no) FROM (VALUES (ARRAY(SELECT CASE n % 2 WHEN 1 THEN 'a' ELSE 'b' END FROM generate_series(1, 1000) AS n), 1000000, 2000000), ('{c}', 1000000, 0)) AS v (channels, yes, no)));
-- Limits: 12 channels by rate, 1000 of a chain, any number by conversions.
SELECT count(*), round(sum(conversions)::numeric, 6) AS conversions, sum(c.amount) AS amount FROM cells((SELECT shapley_attribution(ARRAY['c' || n, 'c' || 1 + n % 5], n, 1, 'rate', n) FROM generate_series(1, 12) AS n)) AS c;
SELECT count(*), round(sum(conversions)::numeric, 6) AS conversions, sum(c.amount) AS amount, max(removal_effect) <= 1 AS effects FROM cells((SELECT markov_attribution(ARRAY['c' || n, 'c' || n * 7 % 1000], n, 1, n) FROM generate_series(0, 999) AS n)) AS c;
SELECT count(*), round(sum(conversions)::numeric, 6) AS conversions, sum(c.amount) AS amount FROM cells((SELECT shapley_attribution(ARRAY['c' || n, 'c' || n * 7 % 20000], n, 1, 'conversions', n) FROM generate_series(0, 19999) AS n)) AS c;
--
-- The values: version, question, flags, conversions without a channel, decimals and amounts, how many channels and cells, channels, cells.
--
SELECT markov_attribution(channels, conversions, others)::bytea FROM paths;
SELECT markov_attribution(channels, conversions, others, amount)::bytea FROM paths;
SELECT worth, shapley_attribution(channels, conversions, others, worth, amount)::bytea FROM paths, unnest(enum_range(NULL::shapley_worth)) AS worth GROUP BY worth ORDER BY worth;
-- Rows and splits in any order give the same bytes, through text and binary too.
CREATE TEMP TABLE crowd AS
	SELECT n, ARRAY(SELECT 'channel ' || (n * k * 37 + k * k) % (4 + n % 8) FROM generate_series(1, n % 6) AS k) AS channels, n * 7 % 5 AS conversions, n * 11 % 13 AS others, (n * 7919 % 100000) / 1000.0 AS amount FROM generate_series(1, 400) AS n;
CREATE TEMP TABLE whole AS SELECT markov_attribution(channels, conversions, others, amount) AS m, shapley_attribution(channels, conversions, others, 'rate', amount) AS r, shapley_attribution(channels, conversions, others, 'conversions', amount) AS c FROM crowd;
CREATE TEMP TABLE parts AS SELECT n % 7 AS part, markov_attribution(channels, conversions, others, amount ORDER BY n DESC) AS m, shapley_attribution(channels, conversions, others, 'rate', amount) AS r, shapley_attribution(channels, conversions, others, 'conversions', amount) AS c FROM crowd GROUP BY part;
SELECT (SELECT w.m = rollup(m) AND w.r = rollup(r) AND w.c = rollup(c) FROM parts) AS merged,
	   (SELECT w.m = rollup(m::text::markov_attribution ORDER BY -part) AND w.r = rollup(r::text::shapley_attribution ORDER BY -part) AND w.c = rollup(c::text::shapley_attribution) FROM parts) AS text,
	   (SELECT w.m = rollup(m::bytea::markov_attribution) AND w.r = rollup(r::bytea::shapley_attribution) AND w.c = rollup(c::bytea::shapley_attribution) FROM parts) AS binary,
	   (SELECT w.m = (SELECT markov_attribution(channels, conversions, others, amount ORDER BY n * 7919 % 400) FROM crowd)) AS shuffled,
	   w.m <> w.m OR w.r = w.c AS unlike FROM whole AS w;
SELECT bool_and(a.m || b.m = merge(b.m, a.m)) AS commutes, bool_and(a.r || NULL = a.r AND NULL || a.c = a.c) AS null_is_nobody FROM parts AS a, parts AS b;
SELECT bool_and(running = (SELECT markov_attribution(channels, conversions, others, amount) FROM crowd AS c WHERE c.n <= r.n)) AS running,
	   bool_and(sliding = (SELECT shapley_attribution(channels, conversions, others, 'rate', amount) FROM crowd AS c WHERE c.n BETWEEN r.n - 3 AND r.n)) AS sliding
FROM (SELECT n, markov_attribution(channels, conversions, others, amount) OVER (ORDER BY n) AS running,
			 shapley_attribution(channels, conversions, others, 'rate', amount) OVER (ORDER BY n ROWS 3 PRECEDING) AS sliding FROM crowd WHERE n < 60) AS r;
CREATE TABLE channel_crowd AS SELECT * FROM crowd;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
SELECT w.m = (SELECT markov_attribution(channels, conversions, others, amount) FROM channel_crowd) AS markov, w.c = (SELECT shapley_attribution(channels, conversions, others, 'conversions', amount) FROM channel_crowd) AS shapley FROM whole AS w;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather; RESET parallel_leader_participation;
DROP TABLE channel_crowd;
-- What they say sums to what there was.
SELECT model, pg_temp.r(sum(c.conversions)) AS conversions, sum(c.amount) AS amount FROM whole, LATERAL (
	SELECT 'markov' AS model, conversions, amount FROM cells(m, 3) UNION ALL SELECT 'rate', conversions, amount FROM cells(r, 3) UNION ALL SELECT 'conversions', conversions, amount FROM cells(c, 3)) AS c GROUP BY model ORDER BY model;
SELECT sum(conversions) AS conversions, sum(amount) FILTER (WHERE conversions > 0) AS amount FROM crowd;
-- No rows.
SELECT markov_attribution(channels, 1, 1) IS NULL AS nobody, shapley_attribution(channels, 1, 1, 'rate') IS NULL AS nobody_either FROM paths WHERE channels IS NULL;
SELECT (SELECT count(*) FROM cells(NULL::markov_attribution)) + (SELECT count(*) FROM cells(NULL::shapley_attribution)) AS none;
--
-- Errors
--
SELECT statement, pg_temp.problem(statement) FROM (VALUES
	('SELECT markov_attribution(channels, NULL, 1) FROM paths'),
	('SELECT markov_attribution(channels, 1, NULL) FROM paths'),
	('SELECT markov_attribution(channels, -1, 1) FROM paths'),
	('SELECT markov_attribution(channels, 1, -1) FROM paths'),
	('SELECT markov_attribution(''{a,NULL}'', 1, 1) FROM paths'),
	('SELECT markov_attribution(''{{a},{b}}'', 1, 1) FROM paths'),
	('SELECT markov_attribution(channels, 1, 1, ''NaN'') FROM paths'),
	('SELECT markov_attribution(channels, 1, 1, 1e-10) FROM paths'),
	('SELECT markov_attribution(channels, 9223372036854775807, 1) FROM paths'),
	('SELECT markov_attribution(channels, 4611686018427387904, 1) FROM paths'),
	('SELECT markov_attribution(ARRAY[''c'' || n], 1, 1) FROM generate_series(1, 1001) AS n'),
	('SELECT shapley_attribution(channels, 1, 1, NULL) FROM paths'),
	('SELECT shapley_attribution(channels, 1, 1, ''ratio'') FROM paths'),
	('SELECT shapley_attribution(channels, 1, 1, CASE channels WHEN ''{a}'' THEN ''rate''::shapley_worth ELSE ''conversions'' END) FROM paths'),
	('SELECT shapley_attribution(ARRAY[''c'' || n], 1, 1, ''rate'') FROM generate_series(1, 13) AS n'),
	('SELECT merge(r, c) FROM whole'),
	('SELECT rollup(s) FROM (SELECT shapley_attribution(ARRAY[''c'' || n], 1, 1, ''rate'') AS s FROM generate_series(1, 13) AS n GROUP BY n) AS s'),
	('SELECT cells(m, -1) FROM whole'),
	('SELECT cells(r, 10) FROM whole'),
	('SELECT cells(''\x01030000010101ff000101''::shapley_attribution)')) AS v (statement);
-- Bytes that nothing wrote: of other versions and questions, with amounts of nothing, names and cells in no order, more out of a channel than into it, a share without its path.
SELECT type, input, pg_temp.problem(format('SELECT %L::user_ops.%s_attribution', input, type)) FROM (VALUES
	('markov', ''), ('markov', '\x'), ('markov', '\x02'), ('markov', '\x01'), ('markov', '\x010200000000'), ('markov', '\x010100000000'), ('markov', '\x01010000000000'),
	('markov', '\x010104000000'), ('markov', '\x010101000a000000'), ('markov', '\x010101000102000000'), ('markov', '\x0101010000020000'), ('markov', '\x0101020000020000'), ('markov', '\x01010201010a0000'),
	('markov', '\x0101020101140000'), ('markov', '\x0101000001020161000201020101'), ('markov', '\x0101000001020161000201020102'), ('markov', '\x0101000001020161000201020100'), ('markov', '\x0101000001020161000301020101'),
	('markov', '\x0101000001020161000001020101'), ('markov', '\x0101000001030161000201020101000201'),
	('markov', '\x01010000020401620161000201000301020101010101'), ('markov', '\x01010000020401610162000201000301020101010101'), ('markov', '\x01010000020401610161000201000301020101010101'), ('markov', '\x0101000001'), ('markov', '\x010100000101'), ('markov', '\x01010000010161'),
	('shapley', '\x010100000000'), ('shapley', '\x010400000000'), ('shapley', '\x010200000000'), ('shapley', '\x0102000001010161010101'), ('shapley', '\x0102000001010161010201'), ('shapley', '\x0102000001010161030101'),
	('shapley', '\x01020000020101610162010101'), ('shapley', '\x01020000020101610162030101'), ('shapley', '\x0102000001020161010001000101'), ('shapley', '\x0102000001020161010101000001'), ('shapley', '\x0102000001020161010101000101'),
	('shapley', '\x01020000' || '0d00' || '0161016201630164016501660167016801690170017101720173'), ('shapley', '\x0103000001010161000101'), ('shapley', '\x0103000001010161000201'), ('shapley', '\x01030000020101610162000201'),
	('shapley', '\x01030000020201610162000201010201'), ('shapley', '\x01030000020201610162000203010201'), ('shapley', '\x0103000001000161')) AS v (type, input);
-- Cut off anywhere, a value is refused.
SELECT bool_and(pg_temp.problem(format('SELECT %L::user_ops.markov_attribution', '\x' || encode(substr(m::bytea, 1, size), 'hex'))) LIKE '22P02%') AS all_refused FROM whole, generate_series(0, length(m::bytea) - 1) AS size;
SELECT bool_and(pg_temp.problem(format('SELECT %L::user_ops.shapley_attribution', '\x' || encode(substr(s::bytea, 1, size), 'hex'))) LIKE '22P02%') AS all_refused FROM whole, unnest(ARRAY[r, c]) AS s, generate_series(0, length(s::bytea) - 1) AS size;

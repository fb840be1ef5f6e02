SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
CREATE FUNCTION pg_temp.r(value float8) RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(round(value::numeric, 9)) $$;
CREATE TEMP TABLE users (variant text, y int, x int);
INSERT INTO users VALUES ('c', 1, 0), ('c', 3, 2), ('t', 4, 1), ('t', 6, 1), ('t', 8, 4);
CREATE TEMP TABLE few AS SELECT experiment_mean(variant, y, x) AS e FROM users;
-- By hand. Means 2 and 6, variances 2 and 4 of 2 and 3 users: the effect is 4, its squared error 2/2 + 4/3 = 7/3, df (49/9) / (1/1 + (16/9)/2) = 49/17;
-- the lift 6/2 - 1 = 2, of the variance (4/3)/4 + 1 * 36/16 = 31/12.
-- CUPED: within the arms x varies by 2 and 3, together with y by 2 and 3: theta is (1*2 + 2*3) / (1*2 + 2*3) = 1, the effect 4 - 1 * (2 - 1) = 3,
-- what is left of the variances 2 + 2 - 2*2 = 0 and 4 + 3 - 2*3 = 1: the squared error is 1/3, a seventh, df 2. The mean of x is 8/5: means 2.6 and 5.6.
SELECT variant, users, total, pg_temp.r(mean) AS mean, pg_temp.r(variance) AS variance, pg_temp.r(std_error ^ 2) AS squared_error, no_covariate FROM few, arms(e);
SELECT adjust, variant, users, pg_temp.r(mean) AS mean, pg_temp.r(control_mean) AS control_mean, pg_temp.r(effect) AS effect, pg_temp.r(std_error ^ 2) AS squared_error, pg_temp.r(df) AS df, pg_temp.r(theta) AS theta, pg_temp.r(variance_ratio) AS variance_ratio, pg_temp.r(lift) AS lift
FROM few, unnest(enum_range(NULL::experiment_adjust)) AS adjust, compare(e, 'c', adjust);
SELECT pg_temp.r(lift_std_error ^ 2) AS squared_error FROM few, compare(e, 'c');
-- With 2 degrees of freedom t has a formula: half of it lies beyond sqrt(2 p^2 / (1 - p^2)) at p = 0.5, so the p-value of t is 1 - t / sqrt(2 + t^2), here t^2 = 27.
SELECT pg_temp.r(p_value) AS p_value, pg_temp.r(1 - sqrt(27.0 / 29)) AS expected, pg_temp.r(upper - effect) AS reach, pg_temp.r(sqrt(2 * 0.25 / 0.75 / 3)) AS expected_reach FROM few, compare(e, 'c', 'cuped', confidence => 0.5);
-- The lift's interval is given only where the control's mean is more than t standard errors above 0.
SELECT confidence, lift_lower IS NULL AS none, lower IS NULL AS no_bounds FROM few, unnest('{0.5,0.95}'::float8[]) AS confidence, compare(e, 'c', confidence => confidence);
-- No arm is left for the control alone; nothing of nobody.
SELECT count(*) FROM compare((SELECT experiment_mean('c', y) FROM users), 'c');
SELECT (SELECT count(*) FROM arms(NULL)) AS arms, (SELECT count(*) FROM compare(NULL, 'c')) AS compare, experiment_mean(variant, y) IS NULL AS none, (SELECT s IS NULL FROM sample_ratio(NULL) AS s) AS ratio FROM users WHERE false;
-- NULL variants and metrics are skipped, NULL covariates are 0 and counted.
SELECT variant, users, total, pg_temp.r(mean) AS mean, no_covariate FROM arms((SELECT experiment_mean(variant, y, x) FROM (VALUES ('c', 1, NULL), ('c', 2, 5), ('c', NULL, 5), (NULL, 1, 5)) AS v (variant, y, x)));
SELECT variant, users, total, no_covariate FROM arms((SELECT experiment_ratio(variant, n, d, x, e) FROM (VALUES ('c', 1, 1, NULL, 1), ('c', 2, 1, 5, NULL), ('c', 2, NULL, 5, 5), ('c', NULL, 2, 5, 5), ('c', 1, 2, 5, 5)) AS v (variant, n, d, x, e)));
-- One user: a mean without an error. All alike: an error of 0, and nothing to test.
SELECT variant, pg_temp.r(effect) AS effect, std_error, df, lower, p_value, pg_temp.r(lift) AS lift, lift_std_error, lift_lower FROM compare((SELECT experiment_mean(variant, y) FROM (VALUES ('c', 1), ('c', 3), ('one', 4)) AS v (variant, y)), 'c');
SELECT variant, pg_temp.r(effect) AS effect, std_error, df, lower, p_value, pg_temp.r(lift) AS lift, lift_std_error, lift_lower FROM compare((SELECT experiment_mean(variant, y) FROM (VALUES ('c', 2), ('c', 2), ('same', 4), ('same', 4)) AS v (variant, y)), 'c');
-- A control of 0 has no lift.
SELECT effect, std_error > 0 AS error, lift, lift_std_error, lift_upper FROM compare((SELECT experiment_mean(variant, y) FROM (VALUES ('c', -1), ('c', 1), ('t', 4), ('t', 5)) AS v (variant, y)), 'c');
-- Ratios: sums 6/3 against 9/3; of both arms every user has the arm's ratio, so that nothing varies. Then one who has not: R is 10/4, users differ from it by (-0.5, 0.5) / 2, squared (1/8 + 1/8) / ... = 1/8.
SELECT variant, pg_temp.r(mean) AS mean, pg_temp.r(effect) AS effect, std_error, p_value FROM compare((SELECT experiment_ratio(variant, n, d) FROM (VALUES ('c', 2, 1), ('c', 4, 2), ('t', 3, 1), ('t', 6, 2)) AS v (variant, n, d)), 'c');
SELECT variant, total, pg_temp.r(mean) AS mean, pg_temp.r(variance) AS variance FROM arms((SELECT experiment_ratio(variant, n, d) FROM (VALUES ('t', 4.5, 2), ('t', 5.5, 2), ('without', 1, 0)) AS v (variant, n, d)));
SELECT effect, std_error, lift FROM compare((SELECT experiment_ratio(variant, n, d) FROM (VALUES ('t', 4.5, 2), ('t', 5.5, 2), ('without', 1, 0)) AS v (variant, n, d)), 't');
-- CUPED of a ratio that nobody had before changes nothing.
SELECT theta, variance_ratio FROM compare((SELECT experiment_ratio(variant, n, d, 0, 0) FROM (VALUES ('c', 2, 1), ('c', 4, 1), ('t', 3, 1), ('t', 5, 2)) AS v (variant, n, d)), 'c', 'cuped');
-- Rates: 3 of 10 and 9 of 10; a k of 0 has no interval of the lift, and where nobody converted there is no p-value. As a mean of 0 and 1 where it is adjusted.
CREATE TEMP TABLE rates AS SELECT experiment_rate(variant, n <= k) AS e FROM (VALUES ('c', 3), ('t', 9), ('z', 0)) AS v (variant, k), generate_series(1, 10) AS n;
SELECT variant, pg_temp.r(effect) AS effect, df, pg_temp.r(p_value) AS p_value, pg_temp.r(lower) AS lower, pg_temp.r(upper) AS upper, pg_temp.r(lift) AS lift, pg_temp.r(lift_lower) AS lift_lower FROM rates, compare(e, 'c');
SELECT variant, pg_temp.r(r.lower) = pg_temp.r(c.lower) AND pg_temp.r(r.p_value) = pg_temp.r(c.p_value) AND pg_temp.r(r.lift_upper) IS NOT DISTINCT FROM pg_temp.r(c.lift_upper) AS same
FROM rates, compare(e, 'c') AS c, rate_difference(3, 10, pg_temp.r(c.mean * 10)::bigint, 10) AS r;
SELECT variant, total, lower IS NULL AS none FROM arms((SELECT experiment_rate(variant, true) FROM users));
SELECT pg_temp.r(a.effect) = pg_temp.r(b.effect) AND pg_temp.r(a.p_value) = pg_temp.r(b.p_value) AND pg_temp.r(a.lift_std_error) = pg_temp.r(b.lift_std_error) AS as_means
FROM (SELECT experiment_rate(variant, y > 2, x) AS r, experiment_mean(variant, (y > 2)::int, x) AS m FROM (VALUES ('c', 1, 1), ('c', 2, 0), ('c', 3, 1), ('c', 4, 9), ('t', 3, 1), ('t', 4, 3), ('t', 1, 0)) AS v (variant, y, x)) AS s, compare(r, 'c', 'cuped') AS a, compare(m, 'c', 'cuped') AS b;
-- At every look: from 30 users an arm on. The interval is the one that sequential_interval gives, and no p-value of it is smaller than the fixed one.
SELECT n, s.p_value IS NULL AS none, s.lower IS NULL AS no_bounds, s.df IS NULL AS no_df, s.p_value > f.p_value AS larger, s.lower < f.lower AS wider, pg_temp.r(s.lower) = pg_temp.r(i.lower) AND pg_temp.r(s.p_value) = pg_temp.r(i.p_value) AS same
FROM unnest('{29,30,400}'::int[]) AS n, LATERAL (SELECT experiment_mean(CASE WHEN i % 2 = 0 THEN 'c' ELSE 't' END, i * 7919 % 101 + i % 2 * 9) AS e FROM generate_series(1, 2 * n) AS i) AS made,
	 compare(e, 'c', inference => 'sequential', tightest_at => 200) AS s, compare(e, 'c') AS f, sequential_interval(f.effect, f.std_error, 2 * n, tightest_at => 200) AS i;
SELECT pg_temp.r(d.lower) = pg_temp.r(n.lower) AS by_default, pg_temp.r(d.lower) <> pg_temp.r(o.lower) AS otherwise FROM sequential_interval(1, 0.1, 1000) AS d, sequential_interval(1, 0.1, 1000, tightest_at => NULL) AS n, sequential_interval(1, 0.1, 1000, 0.95, 100) AS o;
SELECT i.* FROM (VALUES (1, 0, 10), (NULL, 1, 10)) AS v (effect, std_error, n), sequential_interval(effect, std_error, n) AS i;
--
-- The values, by hand: version, metric and covariates, of each variable its scale and the largest, how many arms; of each its label, users, those without a covariate, sums and products twice (zigzag).
--	01 04 0008 0004 02	01 63 02 00 08 04 14 0c 08	01 74 03 00 24 0c e801 54 24
--
SELECT e::bytea FROM few;
-- Twins: integers, decimals with zeros behind them and doubles of the same numbers make the same.
SELECT bool_and(others.e = few.e) AS same FROM few, (SELECT unnest(ARRAY[experiment_mean(variant, y::bigint, x::bigint), experiment_mean(variant, y::numeric, x::numeric(9, 4)), experiment_mean(variant, y::float8, x::float8), experiment_mean(variant, y::smallint, x), experiment_mean(variant, y, x::bigint), experiment_mean(variant, y::numeric, x)]) AS e FROM users) AS others;
SELECT bool_and(pg_typeof(f) IS NOT NULL) AS all_there FROM (SELECT experiment_ratio('a', 1, 2::bigint) AS f UNION ALL SELECT experiment_ratio('a', 1.5, 2, 3, 4) UNION ALL SELECT experiment_ratio('a', 1.5::float8, 2, 3, 4) UNION ALL SELECT experiment_rate('a', true, 3) UNION ALL SELECT experiment_rate('a', true, 3.5) UNION ALL SELECT experiment_rate('a', true, 3::bigint) UNION ALL SELECT experiment_rate('a', true, 3::float8)) AS s;
-- Decimals as they come: the scale grows with them, in whatever order, and merging is no different.
CREATE TEMP TABLE decimals AS SELECT * FROM (VALUES (1, 1.5, 2), (2, 0.125, 0.1), (3, -7, 1e-9), (4, 1e9, 3.00)) AS v (n, y, x);
SELECT bool_and((SELECT experiment_mean('a', y, x ORDER BY n * k % 13) FROM decimals) = (SELECT experiment_mean('a', y, x ORDER BY n) FROM decimals)) AS ordered,
	   bool_and((SELECT rollup(e ORDER BY n * k % 13) FROM (SELECT n, experiment_mean('a', y, x) AS e FROM decimals GROUP BY n) AS parts) = (SELECT experiment_mean('a', y, x) FROM decimals)) AS merged
FROM generate_series(1, 12) AS k;
SELECT total, pg_temp.r(mean) AS mean, pg_temp.r(variance) AS variance FROM arms((SELECT experiment_mean('a', y) FROM (VALUES (0.1::float8), (0.2), (0.3), (1e-7)) AS v (y)));
-- 64 bits at the most decimals of any user: an error in either order, and only then.
SELECT pg_temp.answer(format('SELECT total FROM arms((SELECT experiment_mean(''a'', y ORDER BY n) FROM (VALUES %s) AS v (n, y)))', v))
FROM unnest(ARRAY['(1, 9223372036854775807), (2, 0.1)', '(1, 0.1), (2, 9223372036854775807)', '(1, 922337203685477580), (2, 0.1)', '(1, 0.1), (2, 922337203685477580)', '(1, -9223372036854775808), (2, -9223372036854775808)', '(1, 1e-9), (2, 9223372036.854775807)', '(1, 1e-9), (2, 9223372036.854775808)']) AS v;
--
-- Mistakes.  Who takes the wrong control is told which there are.
--
SELECT c.* FROM few, compare(e, 'control') AS c;
SELECT pg_temp.answer(format('SELECT c FROM few, compare(e, %s) AS c', a)) FROM unnest(ARRAY['NULL', $$'x'$$, $$'c', NULL$$, $$'c', 'none', NULL$$, $$'c', confidence => NULL$$, $$'c', confidence => 1$$, $$'c', confidence => 'NaN'$$, $$'c', tightest_at => 0$$]) AS a;
SELECT pg_temp.answer($$SELECT c FROM compare((SELECT experiment_mean(variant, y) FROM users), 'c', 'cuped') AS c$$), pg_temp.answer('SELECT a FROM few, arms(e, 0) AS a');
SELECT pg_temp.answer(format('SELECT e || (SELECT %s FROM users) FROM few', other)) FROM unnest(ARRAY['experiment_mean(variant, y)', 'experiment_ratio(variant, y, x)', 'experiment_rate(variant, y > 2, x)', 'experiment_ratio(variant, y, x, y, x)']) AS other;
SELECT pg_temp.answer(format('SELECT experiment_mean(%s)::bytea', a)) FROM unnest(ARRAY[$$repeat('x', 63), 1$$, $$repeat('x', 64), 1$$, $$'a', 'NaN'::numeric$$, $$'a', 'infinity'::float8$$, $$'a', 0.0000000001$$, $$'a', 1, 1e20$$]) AS a;
SELECT pg_temp.answer('SELECT count(*) FROM arms((SELECT experiment_rate(n::text, true) FROM generate_series(1, 64) AS n))'), pg_temp.answer('SELECT experiment_rate(n::text, true) FROM generate_series(1, 65) AS n');
-- Of one user c with the value 3: no version, another one, no metric, a scale of 10, a rate at a scale or of 2, no arm, cut off, nobody, more without a covariate than there are, a number in too many bytes, a byte too many;
-- c twice; a sum beyond the largest value, a square of one user that is not that of the sum, squares below those of the mean; a rate of other values than 0 and 1; products of x and y beyond those of x and of y.
SELECT pg_temp.problem(format('SELECT %L::experiment', v)) FROM unnest(ARRAY['\x01000008010163010612', '\x', '\x02000008010163010612', '\x0103000801', '\x01000a08010163010612', '\x010201010101630102', '\x010200020101630104', '\x0100000800', '\x010000080101630106', '\x01000008010163000612', '\x01040008000801016301020606121212', '\x0100000801016381000612', '\x0100000801016301061200',
	'\x010000080201630106120163010612', '\x010000080101630112a201', '\x01000008010163010620', '\x01000008010163020c22', '\x01020001010163020204', '\x01040002000201016302000404080a08']) AS v;
-- As many users as were meant to be: of 60 and 40 against 1 : 1 chi-square is 2 * 10^2 / 50 = 4; below 100 users there is no mismatch to speak of.
CREATE TEMP TABLE shares AS SELECT k, experiment_rate(CASE WHEN n <= 0.6 * k THEN 'a' ELSE 'b' END, true) AS e FROM (VALUES (100), (90), (1000)) AS v (k), generate_series(1, k) AS n GROUP BY k;
SELECT k, pg_temp.r(chi_square) AS chi_square, df, pg_temp.r(p_value) AS p_value, mismatch FROM shares, sample_ratio(e) ORDER BY k;
SELECT pg_temp.r(s.chi_square) AS chi_square, s.df, pg_temp.r(s.p_value) AS p_value, s.mismatch FROM shares, (VALUES (1, '{b,a}'::text[], '{40,60}'::float8[]), (2, '{a,b,none}', '{1,1,2}'), (3, '{a,b}', NULL)) AS v (n, variants, weights), sample_ratio(e, variants, weights) AS s WHERE k = 100 ORDER BY n;
SELECT * FROM sample_ratio((SELECT experiment_rate('only', true) FROM generate_series(1, 200)));
SELECT pg_temp.answer(format('SELECT s FROM shares, sample_ratio(e, %s) AS s', a)) FROM unnest(ARRAY['NULL, ''{1,1}''', $$'{a}'$$, $$'{a,b,a}'$$, $$'{a,b,d,d}'$$, $$'{a,b,NULL}'$$, $$'{a,b}', '{1}'$$, $$'{a,b}', '{1,0}'$$, $$'{a,b}', '{1,NULL}'$$, $$'{a,b}', '{1,Infinity}'$$, $$'{a,b}', '{{1,1}}'$$]) AS a;

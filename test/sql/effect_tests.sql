SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
CREATE FUNCTION pg_temp.r(value float8) RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(round(value::numeric, 9)) $$;
-- Shares of nobody and of all, whose lift has no interval, and without users; what is not known is NULL.
SELECT v.*, pg_temp.r(d.effect) AS effect, pg_temp.r(d.lift) AS lift, d.p_value IS NULL AS no_p, d.lower IS NULL AS no_bounds, d.lift_lower IS NULL AS no_lift FROM (VALUES (0, 5, 0, 5), (5, 5, 5, 5), (1, 2, 0, 2), (0, 2, 1, 2), (0, 0, 1, 2), (1, 1, 0, 1), (NULL, 1, 0, 1)) AS v (k_c, n_c, k_v, n_v), rate_difference(k_c, n_c, k_v, n_v) AS d;
-- By R: p.adjust(c(.01, .04, NA, .03, .005), method)
SELECT method, adjust_p('{0.01,0.04,NULL,0.03,0.005}', method)::numeric(9, 6)[] AS p FROM unnest(enum_range(NULL::p_adjustment)) AS method;
SELECT adjust_p('{}', 'holm') AS none, adjust_p('{NULL}', 'bonferroni') AS unknown, adjust_p(NULL, 'holm') IS NULL AS null, adjust_p('{1,0,1}', 'benjamini_hochberg') AS ends, adjust_p('[3:4]={0.5,0.5}', 'bonferroni') AS bounds;
-- By hand: effects 1, 3 of weights 1 and 1/4 have the mean 1.4 with the squared error 1/1.25; q is 0.16 + 2.56/4 = 0.8, less than df; of 1 and 7 the mean is 2.2, q 1.44 + 23.04/4 = 7.2, of which 6.2 are no chance.
SELECT v.effects, pg_temp.r(h.pooled) AS pooled, pg_temp.r(h.pooled_std_error ^ 2) AS squared_error, pg_temp.r(h.q) AS q, h.df, pg_temp.r(h.p_value) AS p_value, pg_temp.r(h.i_squared) AS i_squared
FROM (VALUES ('{1,3}'::float8[], '{1,2}'::float8[]), ('{1,7}', '{1,2}'), ('{1,7,NULL,9,9}', '{1,2,3,NULL,0}'), ('{2,2}', '{1,1}'), ('{5}', '{2}'), ('{}', '{}'), (NULL, '{1}')) AS v (effects, std_errors), heterogeneity(effects, std_errors) AS h;
-- A sum of squares that no double holds is refused, and soon.
SELECT q, p_value FROM heterogeneity('{1e300,-1e300}', '{1,1e-10}');
-- Sizes by the rule of 16: of a standard deviation of 1 and an effect of 0.5 16 / 0.25 = 64, which is 2 * (1.96 + 0.84)^2 = 15.7 rounded. Power and what is detectable lead back.
SELECT s.*, power_mean(1, 0.5, n_control, n_variant) >= 0.8 AS enough, power_mean(1, 0.5, n_control - 1, n_variant - 1) < 0.8 AS no_more, round(detectable_mean(1, n_control, n_variant)::numeric, 3) AS detectable FROM sample_size_mean(1, 0.5) AS s;
SELECT s.*, power_rate(0.1, 0.02, n_control, n_variant, 0.1) >= 0.9 AS enough, power_rate(0.1, 0.02, n_control - 1, n_variant - 3, 0.1) < 0.9 AS no_more FROM sample_size_rate(0.1, 0.02, power => 0.9, alpha => 0.1, ratio => 3) AS s;
SELECT (SELECT s FROM sample_size_mean(1, -0.5) AS s) = (SELECT s FROM sample_size_mean(1, 0.5) AS s) AS either_sign, (SELECT s FROM sample_size_mean(1, 5, 0.01) AS s) AS least, detectable_mean(1, 10, 10, 0.01) AS nothing, pg_temp.r(power_mean(1, 0, 10, 10)) AS no_effect, power_mean(NULL, 1, 1, 1) IS NULL AND detectable_mean(1, NULL, 1) IS NULL AND (SELECT n_control IS NULL FROM sample_size_rate(NULL, 1)) AS unknown;
-- Mistakes
SELECT pg_temp.answer('SELECT ' || call) FROM unnest(ARRAY[
	$$sequential_interval(1, -1, 10)$$, $$sequential_interval('NaN', 1, 10)$$, $$sequential_interval(1, 1, 0)$$, $$sequential_interval(1, 1, 10, 0)$$, $$sequential_interval(1, 1, 10, NULL)$$, $$sequential_interval(1, 1, 10, tightest_at => -1)$$,
	$$rate_difference(-1, 1, 1, 1)$$, $$rate_difference(1, 1, 2, 1)$$, $$rate_difference(1, 1, 1, 1, 1)$$, $$rate_difference(1, 1, 1, 1, NULL)$$,
	$$adjust_p('{1.5}', 'holm')$$, $$adjust_p('{-0.1}', 'none')$$, $$adjust_p('{0.1}', NULL)$$, $$adjust_p('{{0.1},{0.2}}', 'holm')$$,
	$$heterogeneity('{1}', '{1,2}')$$, $$heterogeneity('{1}', '{-1}')$$, $$heterogeneity('{Infinity}', '{1}')$$, $$heterogeneity('{{1}}', '{1}')$$,
	$$sample_size_mean(0, 1)$$, $$sample_size_mean(1, 0)$$, $$sample_size_mean(1, 'NaN')$$, $$sample_size_mean(1, 1, 1)$$, $$sample_size_mean(1, 1, NULL)$$, $$sample_size_mean(1, 1, alpha => 0)$$, $$sample_size_mean(1, 1, ratio => 0)$$, $$sample_size_mean(1, 1e-12)$$,
	$$sample_size_rate(0, 0.1)$$, $$sample_size_rate(0.9, 0.1)$$, $$sample_size_rate(0.1, 0)$$, $$sample_size_rate(0.1, 0.1, ratio => NULL)$$, $$power_mean(1, 1, 0, 1)$$, $$power_rate(1, 0.1, 1, 1)$$, $$power_rate(0.5, 0.1, 1, 1, NULL)$$, $$detectable_mean(-1, 1, 1)$$, $$detectable_mean(1, 1, -1)$$]) AS call;
-- Quantiles. Of 1, 2, 3, 10: type 7 at 0.5 lies half way from the second to the third, at 0.9 at 2.7: 3 + 0.7 * 7 = 7.9; type 1 is the lowest that so many do not exceed.
CREATE TEMP TABLE sample AS SELECT value_sample(v) AS s FROM unnest('{10,1,3,2.0}'::numeric[]) AS v;
SELECT p, quantile(s, p), quantile(s, p, 'lowest') AS lowest FROM sample, unnest('{0,0.25,0.250000001,0.5,0.75,0.9,1}'::float8[]) AS p;
-- Rounded to 9 decimals, half away from zero: a third of the way from 0 to 1 and -1; halves of the last decimal.
SELECT quantile(value_sample(v), 1 / 3.0) AS third, quantile(value_sample(-v), 1 / 3.0) AS below, quantile(value_sample(v * 1e-9), 0.5) AS half, quantile(value_sample(-v * 1e-9), 0.5) AS half_below FROM (VALUES (0), (1)) AS v (v);
-- Zeros count, NULL does not; nothing has no quantile. The largest values at different scales.
SELECT quantile(value_sample(v), 0.5) AS median, quantile(value_sample(v) FILTER (WHERE v <> 0), 0.5) AS above_zero, quantile(value_sample(NULL), 0.5) IS NULL AND quantile('\x010000'::value_sample, 0.5) IS NULL AS none FROM (VALUES (0), (0), (NULL), (4), (8.5)) AS v (v);
SELECT p, quantile(value_sample(v), p) FROM (VALUES (9223372036854775807), (-9223372036854775808), (9223372036.854775807), (0.000000001)) AS v (v), unnest('{0,0.5,1}'::float8[]) AS p GROUP BY p ORDER BY p;
-- Merged is what all values at once make, whatever their zeros.
SELECT (s || h)::bytea = (SELECT value_sample(v)::bytea FROM unnest('{10,0.500,3,2,0.5,1}'::numeric[]) AS v) AS merged FROM sample, (SELECT value_sample(v) AS h FROM unnest('{0.5,0.50}'::numeric[]) AS v) AS halves;
SELECT pg_temp.answer(call) FROM unnest(ARRAY['SELECT quantile(s, 1.1) FROM sample', 'SELECT quantile(s, -0.1) FROM sample', $$SELECT quantile(s, 'NaN') FROM sample$$, 'SELECT quantile(s, NULL) FROM sample', 'SELECT quantile(s, 0.5, NULL) FROM sample', $$SELECT value_sample('NaN'::numeric)$$, 'SELECT value_sample(1e-10)', 'SELECT value_sample(1e19)']) AS call;
SELECT pg_temp.problem(format('SELECT %L::value_sample', v)) FROM unnest(ARRAY['\x', '\x02', '\x01000100', '\x0100010a0201', '\x010001011401', '\x010001000200']) AS v;
-- Up to the highest.
SELECT winsorize(5, 7.5) AS below, winsorize(9, 7.5) AS above, winsorize(NULL, 7.5) IS NULL AS unknown, winsorize(9, NULL) AS unlimited, winsorize(-9, -10) AS least;

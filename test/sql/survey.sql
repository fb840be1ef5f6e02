SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
CREATE FUNCTION pg_temp.r(value float8) RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(round(value::numeric, 9)) $$;
-- A survey of a scale from low on, with so many answers to each score.
CREATE FUNCTION pg_temp.of(low int, VARIADIC answers int[]) RETURNS survey LANGUAGE sql AS $$
	SELECT survey(low + at::int - 1, low, low + cardinality(answers) - 1) FROM unnest(answers) WITH ORDINALITY AS u (n, at), generate_series(1, n)
$$;
-- By hand: 6 promoters, 2 passives, 2 detractors of 10. NPS 40, of a variance of 0.8 - 0.16 = 0.64 an answer: an error of 80 / sqrt(10), squared 640.
-- With 3 answers more 6.75, 3.5 and 2.75 of 13: the middle 100 * 4 / 13, the squared error (9.5 / 13 - (4 / 13)^2) / 13 * 10^4. At a confidence of erf(1 / sqrt(2)) the width is 1.
CREATE TEMP TABLE one AS SELECT pg_temp.of(0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 4) AS s, 0.682689492137085897 AS within_one;
SELECT nps, n, promoters, passives, detractors, pg_temp.r(std_error ^ 2) AS squared_error FROM one, nps(s);
SELECT band, pg_temp.r((lower + upper) / 2) AS middle, pg_temp.r(((upper - lower) / 2) ^ 2) AS squared_reach, pg_temp.r(400 / 13.0) AS adjusted, pg_temp.r((9.5 / 13 - (4 / 13.0) ^ 2) / 13 * 1e4) AS squared
FROM one, unnest(enum_range(NULL::nps_band)) AS band, nps(s, within_one, band);
SELECT nps(s) = nps(s, 0.95, 'adjusted_wald') AS by_default, pg_temp.r(upper - 40) AS reach, pg_temp.r(1.959963984540054 * 80 / sqrt(10)) AS expected FROM one, nps(s, band => 'wald');
-- Bounds end at 100, those of a difference at 200. Of answers that are all alike the error is 0: the adjusted interval is not.
SELECT kind, nps, std_error, pg_temp.r(lower) AS lower, pg_temp.r(upper) AS upper FROM (VALUES ('promoters', pg_temp.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5)), ('detractors', pg_temp.of(0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), ('one', pg_temp.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0))) AS v (kind, s), nps(s);
SELECT pg_temp.r(lower) AS lower, upper FROM nps_difference(pg_temp.of(0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), pg_temp.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), 0.9999999999);
-- Which scores are which.
SELECT score, promoters, passives, detractors FROM (SELECT score, survey(score, 0, 10) AS s FROM generate_series(0, 10) AS score GROUP BY score) AS v, nps(s) ORDER BY score;
-- Two waves: 40 after 0, of the squared errors 640 and, of 1 promoter, 1 detractor and 2 passives with the variance 0.5, 5000 / 4 = 1250. 40 is 0.92009 errors: 0.3575 lies beyond.
SELECT difference, pg_temp.r(std_error ^ 2) AS squared_error, pg_temp.r(((upper - lower) / 2) ^ 2) AS squared_reach, pg_temp.r(p_value) AS p_value
FROM one, nps_difference(pg_temp.of(0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0), s, within_one);
SELECT pg_temp.r(a.difference + b.difference) AS zero, a.p_value = b.p_value AS same FROM one, LATERAL (SELECT pg_temp.of(0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0) AS other) AS o, nps_difference(s, other) AS a, nps_difference(other, s) AS b;
SELECT * FROM nps_difference(pg_temp.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3), pg_temp.of(0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
-- Satisfaction: 4 and 5 of 1 to 5; the interval is wilson's. Effort: 1, 2, 2, 3 have the mean 2 and the variance 2 / 3, so the squared error 1 / 6.
SELECT boxes, n, top, t.share, (t.share, t.lower, t.upper) = (w.share, w.lower, w.upper) AS as_wilson FROM generate_series(1, 4) AS boxes, top_box(pg_temp.of(1, 1, 2, 3, 8, 6), boxes) AS t, wilson(top, n) AS w;
SELECT top_box(pg_temp.of(1, 1, 2, 3, 8, 6)) = top_box(pg_temp.of(1, 1, 2, 3, 8, 6), 2, 0.95) AS by_default;
-- Half of t lies beyond its quartile: with 3 degrees of freedom 0.764892328, with 1 degree 1.
SELECT n, mean, pg_temp.r(std_error ^ 2) AS squared_error, pg_temp.r((upper - mean) / std_error) AS reach, pg_temp.r(mean - lower) = pg_temp.r(upper - mean) AS even FROM mean_score(pg_temp.of(1, 1, 2, 1), 0.5);
SELECT n, mean, std_error, pg_temp.r(lower) AS lower, pg_temp.r(upper) AS upper FROM (VALUES (pg_temp.of(1, 0, 1, 0)), (pg_temp.of(1, 0, 2, 0)), (pg_temp.of(-3, 1, 0, 0, 1))) AS v (s), mean_score(s, 0.5);
-- All shares at once: Wilson's interval at 1 - 0.06 / 3, of three scores.
SELECT score, answers, s.share, (pg_temp.r(s.lower), pg_temp.r(s.upper)) = (pg_temp.r(w.lower), pg_temp.r(w.upper)) AS as_wilson FROM score_shares(pg_temp.of(-1, 4, 0, 6), 0.94) AS s, wilson(answers, 10, 1 - 0.06 / 3) AS w;
-- Wilson: 0 and 1 exactly at the ends; of 1 in 2 at a width of 1: (1 + 1/2 -+ sqrt(1/2 + 1/4)) / 3.
SELECT k, share, lower = 0 AS at_0, upper = 1 AS at_1 FROM generate_series(0, 3) AS k, wilson(k, 3);
SELECT pg_temp.r(lower) AS lower, pg_temp.r((1.5 - sqrt(0.75)) / 3) AS expected FROM one, wilson(1, 2, within_one);
-- Nobody answered: counts of 0. No rows: NULL. NULLs are no answers.
CREATE TEMP TABLE nobody AS SELECT survey(NULL, 0, 10) AS s FROM generate_series(1, 3);
SELECT r.* FROM nobody, nps(s) AS r;
SELECT r.* FROM nobody, nps_difference(s, s) AS r;
SELECT r.* FROM nobody, top_box(s) AS r;
SELECT r.* FROM nobody, mean_score(s) AS r;
SELECT r.* FROM nobody, score_shares(s) AS r WHERE score < 2;
SELECT r.* FROM wilson(0, 0) AS r;
SELECT survey(1, 0, 10) IS NULL AS none, nps(NULL) IS NULL AS nps, nps_difference(NULL, NULL) IS NULL AS difference, top_box(NULL) IS NULL AS top, mean_score(NULL) IS NULL AS mean, (SELECT count(*) FROM score_shares(NULL)) AS shares, wilson(NULL, 3) IS NULL AS wilson FROM generate_series(1, 0);
SELECT n FROM mean_score((SELECT survey(score, 1, 5) FROM unnest('{1,NULL,5,NULL}'::int[]) AS score));
-- The value, by hand: version, low (zigzag), high less low, the answers from low on. Merged: sums; a survey without answers changes nothing.
SELECT s::bytea FROM (VALUES (pg_temp.of(0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 4)), (pg_temp.of(-1, 300, 0, 6)), ((SELECT s FROM nobody))) AS v (s);
SELECT (SELECT rollup(x) FROM (VALUES (one.s), (NULL), (n.s)) AS v (x)) = one.s AS rolled_up, merge(one.s, n.s) = merge(n.s, one.s) AS commutes, one.s <> n.s AS differ FROM one, nobody AS n;
SELECT (one.s || one.s)::bytea AS twice, merge(one.s, n.s) = one.s AS same, one.s || NULL = one.s AS as_it_is FROM one, nobody AS n;
SELECT survey('\x0100020102ff01'::bytea)::text, n, pg_temp.r(mean) AS mean, pg_temp.r(512 / 258.0) AS expected FROM mean_score('\x0100020102ff01');
SELECT size, pg_temp.r(nps) AS nps FROM (SELECT octet_length(s::bytea) AS size, s FROM (SELECT survey(i % 11, 0, 10) AS s FROM generate_series(1, 20000) AS i) AS v) AS v, nps(s);
SELECT low, octet_length(s::bytea) AS size, mean FROM (SELECT low, survey(low + 100, low, low + 100) AS s FROM (VALUES (0), (0), (-2147483648), (2147483547), (2147483547)) AS v (low) GROUP BY low) AS v, mean_score(s) ORDER BY low;
--
-- Errors.
\set VERBOSITY default
SELECT survey(11, 0, 10);
SELECT survey(-2147483648, 0, 10);
SELECT survey(score, 1, 5) FROM (VALUES (5), (99)) AS v (score);
SELECT survey(1, 0, 101);
SELECT survey(1, 5, 5);
SELECT survey(1, 2147483647, -2147483648);
SELECT survey(1, NULL, 10);
SELECT survey(NULL, 0, NULL);
SELECT survey(1, 0, high) FROM (VALUES (10), (5)) AS v (high);
SELECT pg_temp.of(1, 1, 1) || pg_temp.of(0, 1, 1);
SELECT nps(pg_temp.of(1, 1, 2, 3, 4, 5));
SELECT nps_difference(s, pg_temp.of(0, 1, 1)) FROM one;
SELECT nps(s, 1) FROM one;
SELECT nps(s, NULL) FROM one;
SELECT nps(s, band => NULL) FROM one;
SELECT top_box(s, 11) FROM one;
SELECT top_box(s, 0) FROM one;
SELECT top_box(s, NULL) FROM one;
SELECT top_box(s, confidence => 'NaN') FROM one;
SELECT mean_score(s, -1) FROM one;
SELECT score_shares(s, 0) FROM one;
SELECT wilson(3, 2);
SELECT wilson(-1, 2);
SELECT wilson(1, 2, 2);
SELECT merge('\x010001ffffffffffffff0f00'::survey, '\x0100010100'::survey) IS NOT NULL AS fits;
SELECT merge('\x010001ffffffffffffff0f00'::survey, '\x0100010101'::survey);
SELECT '\x010001ffffffffffffff0f02'::survey;
SELECT '\x0200020100'::survey;
SELECT '\x01000201'::survey;
SELECT '\x0100000100'::survey;
SELECT '\x01006501'::survey;
SELECT '\x010001018000'::survey;
SELECT '\x0100010100ff'::survey;
SELECT '\x01feffffff0f020100ff'::survey;
SELECT '\x01feffffff0f0101'::bytea::survey;
SELECT 'no'::survey;

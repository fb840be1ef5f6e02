SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION pg_temp.near(a float8, b float8, within float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(a - b) <= within * greatest(abs(b), 1e-3) $$;

-- One feature of two values: 3 of 4 and 1 of 5, so the intercept is ln(1/4) and the
-- coefficient ln 3 - ln(1/4) = ln 12; variances 1 + 1/4, 1 + 1/3 more
CREATE TABLE feature_few (outcome boolean, x float8, n int);
INSERT INTO feature_few VALUES (true, 1, 3), (false, 1, 1), (true, 0, 1), (false, 0, 4);
SELECT feature_model(outcome, ARRAY[x]) AS fitted FROM feature_few, generate_series(1, n) \gset
SELECT status(:'fitted'::feature_model), n_rows(:'fitted'), pg_temp.near(loglik(:'fitted'::feature_model), 3 * ln(0.75) + ln(0.25) + ln(0.2) + 4 * ln(0.8)) AS loglik;
SELECT parameter, pg_temp.near(value, CASE parameter WHEN 'x1' THEN ln(12) ELSE ln(0.25) END, 1e-11) AS value, pg_temp.near(std_error ^ 2, CASE parameter WHEN 'x1' THEN 1.25 + 4 / 3.0 ELSE 1.25 END, 1e-7) AS variance
FROM model_parameters(:'fitted'::feature_model);
SELECT round(predict(:'fitted', ARRAY[0])::numeric, 10) AS zero, round(predict(:'fitted', ARRAY[1])::numeric, 10) AS one, predict(:'fitted', ARRAY[NULL::float8]) IS NULL AS unknown, predict(NULL, ARRAY[1]) IS NULL AS no_model;
-- weights instead of rows; names
SELECT bool_and(pg_temp.near(a.value, b.value, 1e-10) AND pg_temp.near(a.std_error, b.std_error, 1e-7)) AS equal, string_agg(b.parameter, ' ')
FROM (SELECT value, std_error, row_number() OVER () AS i FROM model_parameters(:'fitted'::feature_model)) AS a
JOIN (SELECT p.*, row_number() OVER () AS i FROM (SELECT feature_model(outcome, ARRAY[x], ARRAY['a feature'], n, 0) AS m FROM feature_few) AS v, model_parameters(m) AS p) AS b USING (i);
-- rows with a NULL, or of weight 0, are skipped
SELECT n_rows(feature_model(o, f, NULL, w, 0)) FROM (VALUES (true, ARRAY[1.0], 1), (false, ARRAY[1.0], 2), (true, ARRAY[2.0], 1), (NULL, ARRAY[2.0], 1), (true, NULL, 1), (true, ARRAY[NULL::float8], 1), (false, ARRAY[3.0], NULL), (false, ARRAY[3.0], 0)) AS v (o, f, w);
SELECT feature_model(NULL, ARRAY[1]) IS NULL AS nulls, feature_model(true, ARRAY[1]) FILTER (WHERE false) IS NULL AS no_rows;

-- Two features, in plain SQL: at the maximum the residuals are orthogonal to the
-- intercept and to each feature, and the errors are those of the information
CREATE TABLE feature_many AS
SELECT i, a, b, (((i::bigint * 104729) % 10007) / 10007.0 < 1 / (1 + exp(0.5 - 1.5 * a + 0.02 * b))) AS outcome
FROM (SELECT i, ((i::bigint * 7919) % 1009) / 500.0::float8 AS a, (i * 31 % 97)::float8 AS b FROM generate_series(1, 2000) AS i) AS v;
SELECT feature_model(outcome, ARRAY[a, b], ARRAY['a', 'b']) AS fitted FROM feature_many \gset
SELECT status(:'fitted'::feature_model), n_rows(:'fitted');
SELECT abs(sum(r)) < 1e-9 AS intercept, abs(sum(r * a)) < 1e-9 AS a, abs(sum(r * b)) < 1e-7 AS b, pg_temp.near(sum(ln(CASE WHEN outcome THEN p ELSE 1 - p END)), loglik(:'fitted'::feature_model)) AS loglik
FROM (SELECT *, outcome::int - p AS r FROM (SELECT *, predict(:'fitted', ARRAY[a, b]) AS p FROM feature_many) AS v) AS v;
SELECT parameter, pg_temp.near(1 / std_error ^ 2, CASE parameter WHEN 'a' THEN aa - (ac * (ac * bb - ab * bc) + ab * (ab * cc - ac * bc)) / (cc * bb - bc ^ 2) WHEN 'b' THEN bb - (bc * (bc * aa - ab * ac) + ab * (ab * cc - ac * bc)) / (cc * aa - ac ^ 2)
															  ELSE cc - (ac * (ac * bb - ab * bc) + bc * (bc * aa - ab * ac)) / (aa * bb - ab ^ 2) END, 1e-8) AS error
FROM (SELECT sum(w) AS cc, sum(w * a) AS ac, sum(w * b) AS bc, sum(w * a * a) AS aa, sum(w * a * b) AS ab, sum(w * b * b) AS bb FROM (SELECT a, b, p * (1 - p) AS w FROM (SELECT *, predict(:'fitted', ARRAY[a, b]) AS p FROM feature_many) AS v) AS v) AS i,
	 model_parameters(:'fitted'::feature_model);
-- order, parts, rows twice; the unit of a feature
SELECT feature_model(outcome, ARRAY[a, b], ARRAY['a', 'b'] ORDER BY i DESC) = :'fitted'::feature_model AS equal FROM feature_many;
SELECT feature_model(rollup(part)) = :'fitted'::feature_model AS equal FROM (SELECT feature_sample(outcome, ARRAY[a, b], ARRAY['a', 'b'])::text::feature_sample AS part FROM feature_many GROUP BY i % 7) AS v;
SELECT pg_temp.near(loglik(m), 2 * loglik(:'fitted'::feature_model)) AS loglik, (SELECT bool_and(pg_temp.near(x.value, y.value) AND pg_temp.near(x.std_error * sqrt(2), y.std_error, 1e-9)) FROM model_parameters(m) AS x JOIN model_parameters(:'fitted'::feature_model) AS y USING (parameter)) AS parameters
FROM (SELECT feature_model(s || s) AS m FROM (SELECT feature_sample(outcome, ARRAY[a, b], ARRAY['a', 'b']) AS s FROM feature_many) AS v) AS v;
SELECT pg_temp.near(loglik(m), loglik(:'fitted'::feature_model)) AS loglik, (SELECT bool_and(pg_temp.near(x.value * CASE parameter WHEN 'a' THEN 1e-9 WHEN 'b' THEN 1e7 ELSE 1 END, y.value, 1e-8)) FROM model_parameters(m) AS x JOIN model_parameters(:'fitted'::feature_model) AS y USING (parameter)) AS parameters
FROM (SELECT feature_model(outcome, ARRAY[a * 1e-9, b * 1e7], ARRAY['a', 'b']) AS m FROM feature_many) AS v;
-- a ridge: the slope of the likelihood by a standardised coefficient is ridge times that coefficient
SELECT status(min(m::text)::feature_model), pg_temp.near(sum(r * a), 20 * (SELECT value FROM model_parameters(min(m::text)::feature_model) WHERE parameter = 'a') * var_pop(a), 1e-7) AS a, pg_temp.near(sum(r * b), 20 * (SELECT value FROM model_parameters(min(m::text)::feature_model) WHERE parameter = 'b') * var_pop(b), 1e-7) AS b, abs(sum(r)) < 1e-9 AS intercept
FROM (SELECT m, a, b, outcome::int - predict(m, ARRAY[a, b]) AS r FROM (SELECT feature_model(outcome, ARRAY[a, b], ARRAY['a', 'b'], 1, 20) AS m FROM feature_many) AS v, feature_many) AS v;

-- Person-periods by pattern: the hazard of a period is the share of those at risk
-- who left, where each period has its own intercept: 20 of 100, 30 of 80, 5 of 50
SELECT t, round(predict(m, ARRAY[(t = 2)::int, (t = 3)::int])::numeric, 10) AS hazard, n_rows(m), status(m)
FROM (SELECT feature_model(leaves, ARRAY[(t = 2)::int, (t = 3)::int], ARRAY['second', 'third'], n, 0) AS m FROM (VALUES (1, true, 20), (1, false, 80), (2, true, 30), (2, false, 50), (3, true, 5), (3, false, 45)) AS v (t, leaves, n)) AS v, generate_series(1, 3) AS t ORDER BY t;

-- Separation, complete and in part; outcomes all the same; a constant feature; one
-- that others determine; too few.  Predictions are good in all but the last
CREATE TABLE feature_odd (what text, outcome boolean, features float8[]);
INSERT INTO feature_odd
SELECT 'separated', i > 4, ARRAY[i] FROM generate_series(1, 8) AS i UNION ALL
SELECT 'touching', o, ARRAY[i] FROM (VALUES (1, false), (2, false), (2, true), (3, true)) AS v (i, o) UNION ALL
SELECT 'same', true, ARRAY[i] FROM generate_series(1, 4) AS i UNION ALL
SELECT 'constant', i % 4 = 0, ARRAY[7] FROM generate_series(1, 8) AS i UNION ALL
SELECT 'determined', i % 3 = 0, ARRAY[i % 2, 3 - 2 * (i % 2)] FROM generate_series(1, 8) AS i UNION ALL
SELECT 'few', true, ARRAY[1, 2] FROM generate_series(1, 2);
SELECT what, status(m), round(loglik(m)::numeric, 6) AS loglik, (SELECT count(std_error) FROM model_parameters(m)) AS errors,
	   (SELECT string_agg(DISTINCT round(predict(m, features)::numeric, 6)::text, ' ') FROM feature_odd AS o WHERE o.what = v.what) AS predictions
FROM (SELECT what, feature_model(outcome, features) AS m FROM feature_odd GROUP BY what) AS v ORDER BY what;
SELECT what, status(feature_model(outcome, features, NULL, 1, 0.1)) FROM feature_odd GROUP BY what ORDER BY what;
-- the later one of two features that are the same has no part
SELECT p.parameter, value = 0 AS zero, std_error IS NULL AS no_error FROM (SELECT feature_model(outcome, ARRAY[a, 2 * a - 1, b]) AS m FROM feature_many) AS v, model_parameters(m) AS p;

-- numbers too large to be squared: such a feature has no part, and nothing breaks
SELECT status(feature_model(i % 3 = 0, ARRAY[CASE WHEN i % 4 = 0 THEN 1e308 ELSE -1e308 END, i])), predict(make_feature_model(ARRAY[1e308, 1e308, 1e308]), ARRAY[1e308, -1e308]) IS NULL AS undefined FROM generate_series(1, 30) AS i;

-- Given by hand; text and bytes
SELECT make_feature_model(ARRAY[-1, 0, 0.5]), make_feature_model(ARRAY[-0.0, 1e-300], ARRAY['idle weeks']), predict(make_feature_model(ARRAY[0, 1, -1]), ARRAY[3, 3]), status(make_feature_model(ARRAY[0, 1])) IS NULL AS no_status;
SELECT m::text::feature_model = m AS text, m = :'fitted'::feature_model AS fitted, m <> make_feature_model(ARRAY[0, 1]) AS other FROM (SELECT :'fitted'::feature_model AS m) AS v;
-- What a sample holds: rows as often as they were, also through text; the oracle is GROUP BY
SELECT count(*) AS kinds, count(*) FILTER (WHERE c.n_false = g.n_false AND c.n_true = g.n_true AND c.weight = 1) AS same
FROM (SELECT ARRAY[a, b]::float8[] AS features, count(*) FILTER (WHERE NOT outcome) AS n_false, count(*) FILTER (WHERE outcome) AS n_true FROM feature_many GROUP BY a, b) AS g
FULL JOIN (SELECT c.* FROM (SELECT feature_sample(outcome, ARRAY[a, b])::text::feature_sample AS s FROM feature_many) AS v, cells(s) AS c) AS c USING (features);
-- whole numbers, cents, and what is neither; in the order of their bits
SELECT features, weight, n_false, n_true FROM cells((SELECT feature_sample(o, f, NULL, w, 0)::text::feature_sample FROM (VALUES (true, '{1,-0.25}'::float8[], 1), (true, '{1,-0.25}', 1), (false, '{1,1e300}', 1), (false, '{0.1,0}', 2.5), (true, '{0.30000000000000004,12345678.25}', 2.5)) AS v (o, f, w)));
CREATE TABLE feature_copy (model feature_model, sample feature_sample);
\copy (SELECT feature_model(outcome, features, ARRAY['a;(']), feature_sample(outcome, features, ARRAY['a;(']) FROM feature_odd WHERE what = 'touching') to program 'cat > "$PG_ABS_BUILDDIR/results/feature.copy"' (format binary)
\copy feature_copy from program 'cat "$PG_ABS_BUILDDIR/results/feature.copy"' (format binary)
SELECT feature_model(sample) = model AS equal, model::text::feature_model = model AS text, (SELECT string_agg(parameter, ' ') FROM model_parameters(model)) AS names FROM feature_copy;

-- Features of one user, observed until 2024-02-29: purchases on 2024-01-01 and 02-01,
-- which is in the later half (from 01-31 on); 28 days idle, 59 old
SELECT f[1] = ln(1 + 4) AS idle, f[2] = ln(1 + 1) AS repeats, f[3] = 59 / 7.0::float8 AS age, f[4] = 0 AS trend FROM churn_features('amounts {2024-01-01:1:1:5,2024-01-20:1,2024-02-01:2:1:5,2024-02-10:1:0:-1,2024-03-02:1:1:1}', '2024-03-01') AS f;
SELECT churn_features('{2024-02-29:1}', '2024-03-01'), (SELECT bool_and(pg_temp.near(a, b)) FROM unnest(churn_features('{2024-02-20:1,2024-02-21:1,2024-02-22:1}', '2024-03-01'), ARRAY[ln(2), ln(3), 9 / 7.0, ln(0.25)]) AS f (a, b)) AS earlier;
SELECT churn_features('amounts {2024-02-29:1}', '2024-03-01') IS NULL AS no_purchase, churn_features('{2024-03-01:1}', '2024-03-01') IS NULL AS nobody, churn_features(NULL, '2024-03-01') IS NULL AS null_activity, churn_feature_names();
-- Of visits: active on 01-01, 01-20, 02-01 and 02-10, two of them in the later half; bought or not
SELECT f[1] = ln(1 + 19 / 7.0::float8) AS idle, f[2] = ln(1 + 4) AS visits, f[3] = 59 / 7.0::float8 AS age, f[4] = 0 AS trend, visit_features('{2024-01-01:1,2024-01-20:1,2024-02-01:2,2024-02-10:9}', '2024-03-01') = f AS without_amounts
FROM visit_features('amounts {2024-01-01:1:1:5,2024-01-20:1,2024-02-01:2:1:5,2024-02-10:1:0:-1,2024-03-02:1:1:1}', '2024-03-01') AS f;
SELECT (SELECT bool_and(pg_temp.near(a, b)) FROM unnest(visit_features('amounts {2024-02-29:1}', '2024-03-01'), ARRAY[0, ln(2), 0, ln(2)]) AS f (a, b)) AS yesterday, visit_features('{2024-03-01:1}', '2024-03-01') IS NULL AS nobody, visit_features(NULL, '2024-03-01') IS NULL AS null_activity, visit_feature_names();

-- Errors
\set VERBOSITY sqlstate
SELECT feature_model(true, ARRAY[]::float8[]);
SELECT feature_model(true, array_fill(1, ARRAY[32]));
SELECT feature_model(true, ARRAY['NaN'::float8]);
SELECT feature_model(true, ARRAY['infinity'::float8]);
SELECT feature_model(true, CASE WHEN i = 1 THEN ARRAY[1] ELSE ARRAY[1, 2] END) FROM generate_series(1, 2) AS i;
SELECT feature_model(true, ARRAY[1], ARRAY['x' || i]) FROM generate_series(1, 2) AS i;
SELECT feature_model(true, ARRAY[1], NULL, 1, i) FROM generate_series(1, 2) AS i;
SELECT feature_model(true, ARRAY[1], NULL, -1, 0);
SELECT feature_model(true, ARRAY[1], NULL, 1, NULL);
SELECT feature_model(true, ARRAY[1], NULL, 1, 'NaN');
SELECT feature_model(true, ARRAY[1, 2], ARRAY['a']);
SELECT feature_model(true, ARRAY[1, 2], ARRAY['a', 'a']);
SELECT feature_model(true, ARRAY[1, 2], ARRAY['a', NULL]);
SELECT feature_model(true, ARRAY[1, 2], ARRAY['a', '"']);
SELECT feature_model(true, ARRAY[1, 2], ARRAY['a', 'intercept']);
SELECT feature_model(true, ARRAY[1, 2], ARRAY['a', repeat('b', 64)]);
SELECT feature_sample(true, ARRAY[1]) || feature_sample(true, ARRAY[1], ARRAY['x1']);
SELECT predict(:'fitted', ARRAY[1]);
SELECT make_feature_model(ARRAY[1]);
SELECT make_feature_model(NULL);
SELECT make_feature_model(ARRAY[1, 'NaN']);
SELECT churn_features('{2024-02-29:1}', 'infinity');
SELECT visit_features('{2024-02-29:1}', 'infinity');
SELECT 'logistic(intercept 1)'::feature_model;
SELECT 'logistic(intercept 1; x 2)'::feature_model;
SELECT 'logistic(intercept 1; "x" 2'::feature_model;
SELECT 'logistic(status ok; rows 1; loglik 0; ridge -1; intercept 1; "x" 2)'::feature_model;
SELECT 'logistic(status'::feature_model;
SELECT 'logistic('::feature_model;
SELECT 'x'::feature_sample;
SELECT '\x01020100'::feature_sample;
\set VERBOSITY default
SELECT feature_model(true, ARRAY[1, 2], ARRAY['a', 'a']);
SELECT predict(:'fitted', ARRAY[1]);
DROP TABLE feature_few, feature_many, feature_odd, feature_copy;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION pg_temp.near(a float8, b float8, within float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(a - b) <= within * greatest(abs(b), 1e-3) $$;

-- p = 6, q = 4, gamma = 15: two repeat purchases of 20 make 6 * (15 + 40) / (12 + 4 - 1) = 22;
-- none, 6 * 15 / 3 = 30, whatever the mean
SELECT make_spend_model(6, 4, 15) AS model \gset
SELECT :'model' AS model, pg_temp.near(expected_spend(:'model'::spend_model, 2, 20), 22) AS two, pg_temp.near(expected_spend(:'model'::spend_model, 0, 20), 30) AS none,
	   pg_temp.near(expected_spend(:'model'::spend_model, 0, NULL), 30) AS null_mean, expected_spend(:'model'::spend_model, 2, NULL) IS NULL AS unknown, expected_spend(NULL::spend_model, 2, 20) IS NULL AS no_model;
-- a mean that is not above 0; q up to 1: no mean without repeat purchases, else
-- finite and positive: p = 1, q = 1, gamma = 10, three of 5: (10 + 15) / 3
SELECT expected_spend(:'model'::spend_model, 2, 0) IS NULL AS zero, expected_spend(:'model'::spend_model, 2, -1) IS NULL AS negative, expected_spend(make_spend_model(1, 1, 10), 0, NULL) IS NULL AS undefined,
	   pg_temp.near(expected_spend(make_spend_model(1, 1, 10), 3, 5), 25 / 3.0) AS defined, expected_spend(make_spend_model(0.25, 0.5, 10), 2, 5) IS NULL AS still_undefined;
SELECT status(:'model'::spend_model) IS NULL AS no_status, loglik(:'model'::spend_model) IS NULL AS no_loglik, n_users(:'model'::spend_model) IS NULL AS no_users, spend_correlation(:'model') IS NULL AS no_correlation, spend_left_out(:'model');
SELECT * FROM model_parameters(:'model'::spend_model);

-- Of activities: net amounts of purchase days after the first.  The days of user 1:
-- first 10; then 20 less 5 refunded that day, and 25.  A refund on another day
-- and a visit do not count: (2, 40), as above.  User 2 has no repeat purchase
CREATE TABLE spend_users (user_id int, activity activity);
INSERT INTO spend_users VALUES (1, 'amounts {2024-01-01:1:1:10,2024-01-03:2:1:15,2024-01-04:1:0:-7,2024-01-05:1,2024-02-01:1:1:25,2024-03-01:1:1:99}'), (2, 'amounts {2024-01-01:3:3:10}'), (3, 'amounts {2024-01-01:1}'),
	(4, 'amounts {2024-01-01:1:1:5,2024-01-02:2:1:-1}'), (5, 'amounts {2024-03-01:1:1:1}'), (6, NULL);
SELECT user_id, round(expected_spend(:'model'::spend_model, activity, '2024-03-01')::numeric, 12) AS spend FROM spend_users ORDER BY user_id;
-- users left out: 2 without a repeat purchase, 4 with a mean below 0; 3 and 5 are
-- no customers
SELECT m AS model, spend_left_out(m) FROM (SELECT spend_model(activity, '2024-03-01') AS m FROM spend_users) AS v;
SELECT expected_spend(m, 2, 20) IS NULL AS too_few, (SELECT count(*) FROM model_parameters(m)) AS parameters, spend_correlation(m) IS NULL AS one_user FROM (SELECT spend_model(activity, '2024-03-01') AS m FROM spend_users) AS v;
SELECT spend_model(activity, '2024-03-01') IS NULL AS no_activity FROM spend_users WHERE user_id = 6;

-- Customers whose values follow the model, with p = 2, q = 4, gamma = 20 (sums of
-- exponentials), and their log-likelihood in plain SQL
CREATE TABLE spend_many AS
SELECT i, x, round((v.two / (x * v.four / 20))::numeric, 2) AS mean
FROM (SELECT i, (1 + i % 7)::bigint AS x FROM generate_series(1, 900) AS i) AS c, LATERAL (
	SELECT -sum(ln(u)) FILTER (WHERE k > 4) AS two, -sum(ln(u)) FILTER (WHERE k <= 4) AS four
	FROM (SELECT k, ((c.i * 7919 + k * 104729 + c.i * k % 31 * c.i) % 9973 + 0.5) / 9973 AS u FROM generate_series(1, 4 + 2 * c.x) AS k) AS e) AS v;
SELECT spend_model(x, mean) AS fitted FROM spend_many \gset
SELECT status(:'fitted'::spend_model), n_users(:'fitted'::spend_model), spend_left_out(:'fitted');
SELECT parameter, abs(value - CASE parameter WHEN 'p' THEN 2 WHEN 'q' THEN 4 ELSE 20 END) < 3 * std_error AS not_far, std_error / value < 0.3 AS precise FROM model_parameters(:'fitted'::spend_model);
CREATE FUNCTION pg_temp.log_gamma(z float8) RETURNS float8 LANGUAGE sql AS $$
	SELECT (w - 0.5) * ln(w) - w + ln(2 * pi()) / 2 + 1 / (12 * w) - 1 / (360 * w ^ 3) + 1 / (1260 * w ^ 5) - 1 / (1680 * w ^ 7)
		   - (SELECT sum(ln(z + k)) FROM generate_series(0, 29) AS k)
	FROM (SELECT z + 30 AS w) AS v $$;
CREATE FUNCTION pg_temp.spend_loglik(p float8, q float8, g float8) RETURNS float8 LANGUAGE sql AS $$
	SELECT sum(n * b + s) FROM (
		SELECT x, count(*) AS n, pg_temp.log_gamma(p * x + q) - pg_temp.log_gamma(p * x) - pg_temp.log_gamma(q) AS b,
			   sum(-ln(mean::float8) - q * ln(1 + x * mean::float8 / g) - p * x * ln(1 + g / (x * mean::float8))) AS s
		FROM spend_many GROUP BY x) AS v $$;
SELECT pg_temp.near(pg_temp.log_gamma(5), ln(24)) AS log_gamma;
-- at the fit it is what loglik says; around it, it falls
CREATE TABLE spend_fit AS SELECT max(value) FILTER (WHERE parameter = 'p') AS p, max(value) FILTER (WHERE parameter = 'q') AS q, max(value) FILTER (WHERE parameter = 'gamma') AS g
FROM model_parameters(:'fitted'::spend_model);
SELECT pg_temp.near(loglik(:'fitted'::spend_model), pg_temp.spend_loglik(p, q, g)) AS loglik FROM spend_fit;
SELECT bool_and(pg_temp.spend_loglik(p * a, q * b, g * c) < loglik(:'fitted'::spend_model)) AS maximum, count(*)
FROM spend_fit, unnest(ARRAY[0.99, 1, 1.01]) AS a, unnest(ARRAY[0.99, 1, 1.01]) AS b, unnest(ARRAY[0.99, 1, 1.01]) AS c WHERE (a, b, c) <> (1, 1, 1);
SELECT pg_temp.near(spend_correlation(:'fitted'), (SELECT corr(x, mean) FROM spend_many), 1e-10) AS correlation;
-- whatever the order and the parts; customers twice: the same parameters, bit for
-- bit, errors smaller by the square root of 2
SELECT spend_model(x, mean ORDER BY i DESC) = :'fitted'::spend_model AS equal FROM spend_many;
SELECT spend_model(rollup(part)) = :'fitted'::spend_model AS equal FROM (SELECT spend_sample(x, mean)::text::spend_sample AS part FROM spend_many GROUP BY i % 5) AS v;
SELECT bool_and(a.value = b.value) AS value, bool_and(pg_temp.near(a.std_error, sqrt(2) * b.std_error, 1e-9)) AS std_error, pg_temp.near(2 * loglik(:'fitted'::spend_model), max(loglik(m))) AS loglik
FROM (SELECT spend_model(s || s) AS m FROM (SELECT spend_sample(x, mean) AS s FROM spend_many) AS v) AS v, model_parameters(m) AS b JOIN model_parameters(:'fitted'::spend_model) AS a USING (parameter);
-- cents instead of euros: gamma times 100, the same p and q
SELECT parameter, pg_temp.near(a.value * CASE parameter WHEN 'gamma' THEN 100 ELSE 1 END, b.value, 1e-7) AS equal
FROM model_parameters(:'fitted'::spend_model) AS a JOIN model_parameters((SELECT spend_model(x, 100 * mean) FROM spend_many)) AS b USING (parameter) ORDER BY parameter;
-- activities say the same as numbers
SELECT spend_model(activity, '2025-01-01')::text = (SELECT spend_model(n, v) FROM (SELECT count(*) - 1 AS n, avg(a) FILTER (WHERE j > 0) AS v FROM (SELECT i, j, (1 + i * 13 % 7 + 8 * (j + i) % 5) AS a FROM generate_series(1, 60) AS i, generate_series(0, 4) AS j WHERE j < 1 + i % 5) AS e GROUP BY i) AS n)::text AS equal
FROM (SELECT activity_agg(date '2024-01-01' + j, (1 + i * 13 % 7 + 8 * (j + i) % 5)::numeric) AS activity FROM generate_series(1, 60) AS i, generate_series(0, 4) AS j WHERE j < 1 + i % 5 GROUP BY i) AS v;
-- the model, and the sample, as text and bytes
SELECT :'fitted'::spend_model::text = :'fitted' AS text, spend_model(s::bytea::spend_sample) = :'fitted'::spend_model AS bytes FROM (SELECT spend_sample(x, mean) AS s FROM spend_many) AS v;

-- Data without a maximum inside, or too few
SELECT what, status(m), loglik(m) IS NOT NULL AS loglik, expected_spend(m, 2, 10) BETWEEN 9 AND 11 AS near_ten
FROM (SELECT 'equal' AS what, spend_model(2, 10) AS m FROM generate_series(1, 50) UNION ALL SELECT 'almost', spend_model(1 + i % 3, 10 + i % 2 / 1e6) FROM generate_series(1, 50) AS i) AS v ORDER BY what;
SELECT spend_model(x, m) FROM (VALUES (0, NULL), (0, 5), (3, -1), (3, 0)) AS v (x, m);
SELECT spend_model(x, m) IS NULL AS no_rows FROM (VALUES (NULL::bigint, 5), (3, NULL)) AS v (x, m);
-- totals too large for sums of them
SELECT status(m), expected_spend(m, 1, 5) IS NULL AS unknown FROM (SELECT spend_model(1 + i % 3, CASE WHEN i % 2 = 0 THEN 5e307 ELSE i END) AS m FROM generate_series(1, 30) AS i) AS v;

-- Errors
\set VERBOSITY sqlstate
SELECT spend_model(-1, 5);
SELECT spend_model(1, 'NaN');
SELECT spend_model(1, 'infinity');
SELECT spend_model(1000, 1e308);
SELECT spend_model(activity, NULL) FROM spend_users;
SELECT spend_model(activity, 'infinity') FROM spend_users;
SELECT spend_model(activity, date '2024-03-01' + user_id) FROM spend_users;
SELECT spend_model('{2024-01-01:1}'::activity, date '2024-03-01');
SELECT expected_spend(:'model'::spend_model, '{2024-01-01:1}'::activity, '2024-03-01');
SELECT expected_spend(:'model'::spend_model, -1, 5);
SELECT spend_sample(1, 5) || spend_sample(activity, '2024-03-01') FROM spend_users;
SELECT make_spend_model(0, 1, 1);
SELECT make_spend_model(1, -1, 1);
SELECT make_spend_model(1, 1, 'NaN');
SELECT 'gamma_gamma(p 1; q 1)'::spend_model;
SELECT 'gamma_gamma(correlation 0.5; p 1; q 1; gamma 1)'::spend_model;
SELECT 'sbg(alpha 1; beta 1)'::spend_model;
SELECT 'x'::spend_sample;
SELECT '\x010101000101'::spend_sample;
\set VERBOSITY default
SELECT spend_model('{2024-01-01:1}'::activity, date '2024-03-01');
SELECT make_spend_model(0, 1, 1);
DROP TABLE spend_users, spend_many, spend_fit;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION pg_temp.near(a float8, b float8, within float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(a - b) <= within * greatest(abs(b), 1e-3) $$;

-- alpha = 1, beta = 1: retention t / (t + 1), survival 1 / (t + 1)
SELECT make_contract_model(1, 1) AS model \gset
SELECT :'model' AS model, contract_retention(:'model', 1), contract_retention(:'model', 4), contract_survival(:'model', 0), pg_temp.near(contract_survival(:'model', 4), 0.2) AS four, pg_temp.near(contract_survival(:'model', 1000000), 1 / 1000001.0) AS million;
SELECT period, round(retention::numeric, 12) AS retention, round(survival::numeric, 12) AS survival FROM contract_projection(:'model', 4);
-- DEL is the sum of 1 / (j + 1) / (1 + d)^j = (1 + d) / d' with d' = 1 / ln((1 + d) / d);
-- DERL in period 1 the same without its first term, once less discounted
SELECT d, pg_temp.near(discounted_lifetime(:'model', d), (1 + d) * ln((1 + d) / d), 1e-11) AS del, pg_temp.near(discounted_residual_lifetime(:'model', d, 1), ((1 + d) * ln((1 + d) / d) - 1) * (1 + d), 1e-11) AS derl
FROM unnest(ARRAY[1000, 1, 0.1, 0.01, 0.0001, 0.000001]) AS d;
-- as sums of the projection, for other parameters
SELECT alpha, beta, d, n, pg_temp.near(discounted_lifetime(m, d), 1 + total, 1e-11) AS del, pg_temp.near(discounted_residual_lifetime(m, d, n), residual, 1e-11) AS derl
FROM (VALUES (0.5, 0.7), (3, 0.2), (0.01, 5), (40, 900)) AS v (alpha, beta), unnest(ARRAY[0.05, 0.5]) AS d, unnest(ARRAY[1, 3, 50]) AS n, make_contract_model(alpha, beta) AS m,
	 LATERAL (SELECT sum(survival / (1 + d) ^ period) AS total, sum(survival / (1 + d) ^ (period - n)) FILTER (WHERE period >= n) / contract_survival(m, n - 1) AS residual FROM contract_projection(m, 900)) AS s
ORDER BY 1, 2, 3, 4;
-- without a discount: (alpha + beta - 1) / (alpha - 1), in period n (beta + n - 1) / (alpha - 1); else infinite
SELECT discounted_lifetime(make_contract_model(3, 5), 0), discounted_residual_lifetime(make_contract_model(3, 5), 0, 4), discounted_lifetime(make_contract_model(1, 5), 0) IS NULL AS infinite, discounted_residual_lifetime(make_contract_model(0.9, 5), 0, 1) IS NULL AS residual;

-- A life table whose shares lost are exactly those of alpha = 2, beta = 3: 2/5, 2/6,
-- 2/7, 2/8; log-likelihood in plain SQL
CREATE TABLE contract_table (period int, lost bigint, at_risk bigint);
INSERT INTO contract_table VALUES (1, 420, 1050), (2, 210, 630), (3, 120, 420), (4, 75, 300);
SELECT contract_model(period, lost, at_risk) AS fitted FROM contract_table \gset
SELECT status(:'fitted'::contract_model), n_users(:'fitted'::contract_model), pg_temp.near(loglik(:'fitted'::contract_model), (SELECT sum(lost * ln(2.0 / (4 + period)) + (at_risk - lost) * ln((2.0 + period) / (4 + period))) FROM contract_table)) AS loglik;
SELECT parameter, round(value::numeric, 8) AS value, std_error > 0 AS std_error FROM model_parameters(:'fitted'::contract_model);
-- errors: the inverse of the information, whose sums are over n / (a + b + t - 1)^2 ...
SELECT pg_temp.near(max(std_error) FILTER (WHERE parameter = 'alpha'), sqrt(bb / (aa * bb - ab * ab)), 1e-7) AS alpha, pg_temp.near(max(std_error) FILTER (WHERE parameter = 'beta'), sqrt(aa / (aa * bb - ab * ab)), 1e-7) AS beta
FROM model_parameters(:'fitted'::contract_model), (SELECT sum(lost / 4.0 - at_risk / (4.0 + period) ^ 2) AS aa, -sum(at_risk / (4.0 + period) ^ 2) AS ab, sum((at_risk - lost) / (2.0 + period) ^ 2 - at_risk / (4.0 + period) ^ 2) AS bb FROM contract_table) AS i GROUP BY aa, ab, bb;
-- cohorts of several ages together; order, parts, everybody twice
SELECT contract_model(period, n, m) = :'fitted'::contract_model AS cohorts FROM (SELECT period, lost / 5 * part AS n, at_risk / 5 * part AS m FROM contract_table, (VALUES (2), (3)) AS v (part)) AS c;
SELECT contract_model(period, lost, at_risk ORDER BY period DESC) = :'fitted'::contract_model AS equal FROM contract_table;
SELECT contract_model(rollup(part)) = :'fitted'::contract_model AS equal FROM (SELECT contract_sample(period, lost, at_risk)::bytea::contract_sample AS part FROM contract_table GROUP BY period) AS v;
SELECT pg_temp.near(loglik(m), 2 * loglik(:'fitted'::contract_model)) AS loglik, (SELECT bool_and(a.value = b.value AND pg_temp.near(a.std_error * sqrt(2), b.std_error, 1e-9)) FROM model_parameters(m) AS a JOIN model_parameters(:'fitted'::contract_model) AS b USING (parameter)) AS parameters
FROM (SELECT contract_model(s || s) AS m FROM (SELECT contract_sample(period, lost, at_risk) AS s FROM contract_table) AS v) AS v;
SELECT contract_sample(period, lost, at_risk)::text::contract_sample = contract_sample(period, lost, at_risk) AS through_text FROM contract_table WHERE period < 3;

-- Data without a maximum inside: nobody lost, all lost, shares lost that do not
-- fall; one period tells a ratio only; too few; nobody.  Predictions are good
SELECT what, status(m), n_users(m), round(contract_retention(m, 1)::numeric, 3) AS first, CASE WHEN what IN ('constant', 'nobody') THEN round(contract_retention(m, 2)::numeric, 3) END AS second
FROM (VALUES ('nobody', (SELECT contract_model(t, 0, 100) FROM generate_series(1, 3) AS t)), ('all', (SELECT contract_model(1, 100, 100))), ('constant', (SELECT contract_model(t, 10, 100) FROM generate_series(1, 3) AS t)),
			 ('one period', (SELECT contract_model(1, 30, 100))), ('one user', (SELECT contract_model(1, 0, 1))), ('none at risk', (SELECT contract_model(1, 0, 0)))) AS v (what, m) ORDER BY what;
SELECT contract_model(NULL, 1, 2) IS NULL AS nulls, contract_model(1, 1, 2) FILTER (WHERE false) IS NULL AS no_rows;

-- Errors
\set VERBOSITY sqlstate
SELECT contract_model(0, 1, 2);
SELECT contract_model(1, -1, 2);
SELECT contract_model(1, 3, 2);
SELECT contract_retention(:'model', 0);
SELECT contract_survival(:'model', -1);
SELECT contract_projection(:'model', 10001);
SELECT discounted_lifetime(:'model', -0.1);
SELECT discounted_lifetime(:'model', 'NaN');
SELECT discounted_residual_lifetime(:'model', 0.1, 0);
SELECT make_contract_model(0, 1);
SELECT make_contract_model(1, 'infinity');
SELECT 'sbg(alpha 1)'::contract_model;
SELECT '\x0100010000'::contract_sample;
SELECT '\x010001000101'::contract_sample;
\set VERBOSITY default
SELECT contract_model(1, 3, 2);
SELECT discounted_lifetime(:'model', -0.1);
DROP TABLE contract_table;

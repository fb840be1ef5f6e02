SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION pg_temp.near(a float8, b float8, within float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(a - b) <= within * greatest(abs(b), 1e-3) $$;
SELECT 'pareto_nbd(unit 7; r 0.55; alpha 10.6; s 1; beta 11.7)' AS pareto, 'mbg_nbd(unit 7; r 0.5; alpha 6.2; a 0.9; b 1.6)' AS mbg, make_spend_model(6, 4, 15) AS spend \gset

-- For a Pareto/NBD with s = 1, E(t) = P(alive) (r + x) (beta + T) / (alpha + T) ln(1 + t / (beta + T)), and P(alive) with
-- x = 0 and T = 0 is 1: r beta / alpha * ln(1 + t / beta).  Spend without repeat purchases: 30
SELECT pg_temp.near(clv(:'pareto', :'spend', 0, 0, 0, 0, 1, 39, 0), 30 * 0.55 * 11.7 / 10.6 * ln(1 + 39 / 11.7)) AS undiscounted,
	   pg_temp.near(clv(:'pareto', :'spend', 0, 0, 0, 0, 12, 4.345, 0), 30 * 0.55 * 11.7 / 10.6 * ln(1 + 12 * 4.345 / 11.7)) AS steps_do_not_matter,
	   pg_temp.near(clv(:'pareto', :'spend', 0, 0, 0, 0, 3, 4, 0.1), 30 * 0.55 * 11.7 / 10.6 * (SELECT sum(ln((11.7 + 4 * i) / (11.7 + 4 * i - 4)) / 1.1 ^ i) FROM generate_series(1, 3) AS i)) AS discounted;
-- linear in spend: 22 for two purchases of 20, 30 without any; NULL where that is undefined
SELECT pg_temp.near(clv(:'mbg', :'spend', 2, 30, 39, 20, 12, 4.345, 0.01) / 22, clv(:'mbg', :'spend', 2, 30, 39, 50, 12, 4.345, 0.01) / expected_spend(:'spend', 2, 50)) AS linear,
	   clv(:'mbg', :'spend', 2, 30, 39, -20, 12, 4.345, 0.01) IS NULL AS negative, clv(:'mbg', make_spend_model(1, 1, 1), 0, 0, 39, 0, 12, 4.345, 0.01) IS NULL AS undefined, clv(:'mbg', :'spend', 2, 30, 39, 20, 0, 1, 0) AS no_steps;
-- more is worth more: a longer horizon, a lower discount; unlimited is their limit
SELECT bool_and(v > coalesce(before, -1)) AS grows, bool_and(v < unlimited) AS bounded FROM (SELECT v, lag(v) OVER (ORDER BY h) AS before, unlimited
	FROM (SELECT h, clv(:'mbg', :'spend', 'amounts {2024-01-01:1:1:20,2024-02-01:1:1:20,2024-03-01:1:1:20}'::activity, '2024-04-01', h, 0.1) AS v, unlimited_clv(:'mbg', :'spend', 'amounts {2024-01-01:1:1:20,2024-02-01:1:1:20,2024-03-01:1:1:20}', '2024-04-01', 0.1) AS unlimited FROM generate_series(10, 3650, 91) AS h) AS v) AS v;
-- The unlimited one for x = 0, T = 0 and s = 1: 30 r / alpha times the integral of exp(-d u) / (1 + u / beta),
-- by Simpson's rule over v = ln(1 + u / beta); d = ln(1.2) / 365.25 * 7
SELECT pg_temp.near(unlimited_clv(:'pareto', :'spend', 'amounts {2024-01-01:1:1:5}', '2024-01-02', 0.2),
	30 * 0.55 / 10.6 * 11.7 * (SELECT 10.0 / 4000 / 3 * sum(CASE WHEN k IN (0, 4000) THEN 1 WHEN k % 2 = 1 THEN 4 ELSE 2 END * exp(-ln(1.2) / 365.25 * 7 * 11.7 * (exp(k / 400.0) - 1))) FROM generate_series(0, 4000) AS k)::float8, 1e-9) AS unlimited;

-- An activity and its numbers: purchases on days 0, 31 and 60 of 2024, observed until
-- day 90, so x = 2, t_x = 60/7, age = 90/7, mean 20; months of 365.25/12 days.  The
-- refund and the visit do not count, nor does what happens later
SELECT 'amounts {2024-01-01:1:1:9,2024-02-01:2:1:15,2024-02-10:1:0:-3,2024-03-01:1:1:25,2024-03-11:1,2024-04-01:1:1:99}' AS activity \gset
SELECT d, pg_temp.near(clv(:'mbg', :'spend', :'activity'::activity, '2024-04-01', 1461, d), clv(:'mbg', :'spend', 2, 60 / 7.0::float8, 90 / 7.0::float8, 20, 48, 365.25 / 84, (1 + d) ^ (1 / 12.0) - 1)) AS equal
FROM unnest(ARRAY[0, 0.12]::float8[]) AS d;
-- a horizon within a month is one step, discounted by its end
SELECT pg_temp.near(clv(:'mbg', :'spend', :'activity'::activity, '2024-04-01', 20, 0.12), clv(:'mbg', :'spend', 2, 60 / 7.0::float8, 90 / 7.0::float8, 20, 1, 20 / 7.0::float8, 1.12 ^ (20 / 365.25) - 1)) AS equal;
SELECT clv(:'mbg', :'spend', :'activity'::activity, '2024-04-01', 0, 0.12) AS no_horizon, clv(:'mbg', :'spend', 'amounts {2024-01-01:1}'::activity, '2024-04-01', 90, 0.1) IS NULL AS no_buyer, clv(:'mbg', :'spend', :'activity'::activity, '2024-01-01', 90, 0.1) IS NULL AS nobody,
	   clv(:'mbg', 'gamma_gamma(status too_few; users 1; loglik 0)', :'activity'::activity, '2024-04-01', 90, 0.1) IS NULL AS no_spend, clv(:'mbg', NULL, :'activity'::activity, '2024-04-01', 90, 0.1) IS NULL AS null_model;

-- Models that change from row to row
SELECT 'gamma_gamma(p 2; q 3; gamma 4)' AS other \gset
SELECT clv(m, s, 2, 3, 5, 20, 12, 4.345, 0.01) = alone AS equal
FROM (VALUES
	(:'mbg'::purchase_model, :'spend'::spend_model, clv(:'mbg', :'spend', 2, 3, 5, 20, 12, 4.345, 0.01)),
	(:'pareto', :'spend', clv(:'pareto', :'spend', 2, 3, 5, 20, 12, 4.345, 0.01)),
	(:'pareto', :'other', clv(:'pareto', :'other', 2, 3, 5, 20, 12, 4.345, 0.01)),
	(:'mbg', :'other', clv(:'mbg', :'other', 2, 3, 5, 20, 12, 4.345, 0.01)),
	(:'mbg', :'spend', clv(:'mbg', :'spend', 2, 3, 5, 20, 12, 4.345, 0.01))) AS v (m, s, alone);

-- Errors
\set VERBOSITY sqlstate
SELECT clv(:'mbg', :'spend', :'activity'::activity, '2024-04-01', -1, 0.1);
SELECT clv(:'mbg', :'spend', :'activity'::activity, '2024-04-01', 2000000000, 0.1);
SELECT clv(:'mbg', :'spend', :'activity'::activity, '2024-04-01', 90, -0.1);
SELECT clv(:'mbg', :'spend', :'activity'::activity, '2024-04-01', 90, 'NaN');
SELECT clv(:'mbg', :'spend', :'activity'::activity, 'infinity', 90, 0.1);
SELECT clv(:'mbg', :'spend', '{2024-01-01:1}'::activity, '2024-04-01', 90, 0.1);
SELECT clv('mbg_nbd(r 0.5; alpha 6.2; a 0.9; b 1.6)', :'spend', :'activity'::activity, '2024-04-01', 90, 0.1);
SELECT unlimited_clv(:'mbg', :'spend', :'activity', '2024-04-01', 0);
SELECT clv(:'mbg', :'spend', -1, 0, 5, 20, 12, 4.345, 0.01);
SELECT clv(:'mbg', :'spend', 2, 6, 5, 20, 12, 4.345, 0.01);
SELECT clv(:'mbg', :'spend', 0, 1, 5, 20, 12, 4.345, 0.01);
SELECT clv(:'mbg', :'spend', 2, 3, 5, 'NaN', 12, 4.345, 0.01);
SELECT clv(:'mbg', :'spend', 2, 3, 5, 20, -1, 4.345, 0.01);
SELECT clv(:'mbg', :'spend', 2, 3, 5, 20, 10001, 4.345, 0.01);
SELECT clv(:'mbg', :'spend', 2, 3, 5, 20, 12, 0, 0.01);
SELECT clv(:'mbg', :'spend', 2, 3, 5, 20, 12, 4.345, -0.01);
\set VERBOSITY default
SELECT clv('mbg_nbd(r 0.5; alpha 6.2; a 0.9; b 1.6)', :'spend', :'activity'::activity, '2024-04-01', 90, 0.1);
-- Of next to no purchases: the sum over their numbers ends, although its terms are too small to get smaller.
SELECT clv(make_purchase_model('mbg_nbd', 1e-321, 1, 0.5, 1), 'gamma_gamma(p 3; q 4; gamma 5)', 0, 0, 10, 20, 12, 10, 0.01) < 1e-300 AS next_to_nothing;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION digits(double precision) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN round($1::numeric, 9);

-- By hand, with all parameters 1.  Still there after x = 1 at t_x = 1, seen until 3:
-- odds of having left a/b * (4/2)^2 = 4, for mbg a/(b+1) * 4 = 2: 1/5 and 1/3.
-- Never seen again after the first, until 1: bg 1; mbg a/b * 2/1 = 2: 1/3; with two
-- stages of a purchase 1 + 1/2 to 2: 3/7.  pareto: J = 1/2 * integral of 8 (1+u)^-3
-- over 0 < u < 1 = 3/2: 2/5.
SELECT digits(p_alive(make_purchase_model('bg_nbd', 1, 1, 1, 1), 1, 1, 3)) AS bg1, digits(p_alive(make_purchase_model('mbg_nbd', 1, 1, 1, 1), 1, 1, 3)) AS mbg1,
	   digits(p_alive(make_purchase_model('bg_nbd', 1, 1, 1, 1), 0, 0, 1)) AS bg0, digits(p_alive(make_purchase_model('mbg_nbd', 1, 1, 1, 1), 0, 0, 1)) AS mbg0,
	   digits(p_alive(make_purchase_model('mbg_cnbd', 1, 1, 1, 1, 2), 0, 0, 1)) AS mbg_k2, digits(p_alive(make_purchase_model('pareto_nbd', 1, 1, 1, 1), 0, 0, 1)) AS pareto;
-- A new user over a time of 1: n would-be purchases have probability (1/2)^(n+1), and
-- the user stays after n with 1/(n+1).  None: 1/2; one: 1/2*1/4 + 1/2*1/2 = 3/8;
-- two: 1/3*1/8 + 1/6*1/4 = 1/12.  On average the integral of 1/(1+p) = ln 2.  With mbg, half of
-- them leave at once, and the others stay with 2/(n+2): 1/2 + 1/4; 1/2 * (2/3*1/4 + 1/3*1/2)
-- = 1/6; 1/2 * (1/2*1/8 + 1/6*1/4) = 5/96; half of 2 (2 ln 2 - 1) purchases.
SELECT n, digits(purchase_probability(make_purchase_model('bg_nbd', 1, 1, 1, 1), 0, 0, 0, 1, n)) AS bg, digits(purchase_probability(make_purchase_model('mbg_nbd', 1, 1, 1, 1), 0, 0, 0, 1, n)) AS mbg
FROM generate_series(-1, 2) AS n;
SELECT digits(expected_purchases(make_purchase_model('bg_nbd', 1, 1, 1, 1), 1)) AS bg, digits(ln(2::float8)) AS ln_2,
	   digits(expected_purchases(make_purchase_model('mbg_nbd', 1, 1, 1, 1), 1)) AS mbg, digits(2 * ln(2::float8) - 1) AS by_hand,
	   digits(churn_risk(make_purchase_model('bg_nbd', 1, 1, 1, 1), 0, 0, 0, 1)) AS bg_risk, digits(churn_risk(make_purchase_model('mbg_nbd', 1, 1, 1, 1), 0, 0, 0, 1)) AS mbg_risk;
-- pareto: 2/5 * ln 2 purchases from 1 to 3; still there at 3: 2/5 * 1/2; silence to 3:
-- 1 - 2/5 + 2/5 * (1/4 + 1/2 * integral of 8/(2+u)^3 over 0 < u < 2 = 3/8) = 0.6 + 0.4 * 0.625
SELECT digits(expected_purchases(m, 0, 0, 1, 2)) AS purchases, digits(0.4 * ln(2::float8)) AS by_hand, digits(p_alive(m, 0, 0, 1, 2)) AS alive, digits(churn_risk(m, 0, 0, 1, 2)) AS risk
FROM make_purchase_model('pareto_nbd', 1, 1, 1, 1) AS m;
-- All purchases to come, discounted at 1/2: 2/5 * e E1(1), E1(1) = 0.219383934395520
SELECT digits(discounted_expected_purchases(m, 0, 0, 1, 0.5)) AS pareto, digits(0.4 * exp(1::float8) * 0.219383934395520) AS by_hand
FROM make_purchase_model('pareto_nbd', 1, 1, 1, 1) AS m;
-- As an integral it is what purchases in short times, each discounted, sum to.
SELECT kind, abs(discounted_expected_purchases(m, 3, 20, 25, 0.1) / (SELECT sum((expected_purchases(m, 3, 20, 25, i * 0.05) - expected_purchases(m, 3, 20, 25, i * 0.05 - 0.05)) * exp(-0.1 * (i * 0.05 - 0.025)))
	FROM generate_series(1, 6000) AS i) - 1) < 1e-5 AS equal
FROM unnest('{bg_nbd,mbg_nbd,bg_cnbd,mbg_cnbd,pareto_nbd}'::purchase_model_kind[]) AS kind,
	LATERAL (SELECT CASE WHEN kind::text LIKE '%cnbd' THEN make_purchase_model(kind, 0.5, 6, 0.9, 1.6, 2) ELSE make_purchase_model(kind, 0.5, 6, 0.9, 12) END AS m OFFSET 0) AS m ORDER BY kind;
-- The longer a user is silent, the higher the risk.  (With more stages not at once: who
-- buys regularly and has just bought is not about to.)
SELECT kind, count(*), bool_and(risk > before) AS rises
FROM (SELECT kind, risk, lag(risk) OVER (PARTITION BY kind, x, horizon ORDER BY idle) AS before
	  FROM unnest('{bg_nbd,mbg_nbd,bg_cnbd,mbg_cnbd,pareto_nbd}'::purchase_model_kind[]) AS kind, unnest(ARRAY[0, 1, 5]) AS x, unnest(ARRAY[1, 13, 52]) AS horizon, generate_series(0, 60, 2) AS idle,
		LATERAL (SELECT CASE WHEN kind::text LIKE '%cnbd' THEN make_purchase_model(kind, 0.5, 6, 0.9, 1.6, 1) ELSE make_purchase_model(kind, 0.5, 6, 0.9, 12) END AS m OFFSET 0) AS m,
		LATERAL (SELECT churn_risk(m, x, x * 3, x * 3 + idle, horizon) AS risk OFFSET 0) AS r) AS s
WHERE before IS NOT NULL GROUP BY kind ORDER BY kind;
-- Nothing happens in no time.
SELECT kind, expected_purchases(m, 2, 5, 9, 0) AS purchases, churn_risk(m, 2, 5, 9, 0) AS risk, p_alive(m, 2, 5, 9, 0) = p_alive(m, 2, 5, 9) AS same, purchase_probability(m, 2, 5, 9, 0, 1) AS one
FROM (VALUES ('bg_nbd', make_purchase_model('bg_nbd', 1, 2, 3, 4)), ('mbg_cnbd', make_purchase_model('mbg_cnbd', 1, 2, 3, 4, 3)), ('pareto_nbd', make_purchase_model('pareto_nbd', 1, 2, 3, 4))) AS v (kind, m);

-- An activity is purchase days until the day before as_of: days 0, 7 and 21, seen
-- until day 27, are x 2, t_x 3 and t 4 - 1/7 weeks.  The visit and the refund are none.
CREATE TABLE shop (activity activity);
INSERT INTO shop VALUES ('amounts {2024-01-01:1:1:10,2024-01-08:2:1:5,2024-01-10:3,2024-01-22:1:1:1,2024-01-24:1:0:-1,2024-01-29:1:1:1}');
SELECT p_alive(m, activity, '2024-01-29') = p_alive(m, 2, 3, 27 / 7.0::float8) AS alive, p_alive(m, activity, '2024-01-29', 14) = p_alive(m, 2, 3, 27 / 7.0::float8, 2) AS later,
	   expected_purchases(m, activity, '2024-01-29', 14) = expected_purchases(m, 2, 3, 27 / 7.0::float8, 2) AS purchases, churn_risk(m, activity, '2024-01-29', 14) = churn_risk(m, 2, 3, 27 / 7.0::float8, 2) AS risk,
	   purchase_probability(m, activity, '2024-01-29', 14, 3) = purchase_probability(m, 2, 3, 27 / 7.0::float8, 2, 3) AS three,
	   abs(discounted_expected_purchases(m, activity, '2024-01-29', 0.1) / discounted_expected_purchases(m, 2, 3, 27 / 7.0::float8, ln(1.1::float8) * 7 / 365.25) - 1) < 1e-12 AS discounted
FROM shop, with_unit(make_purchase_model('mbg_nbd', 0.5, 6, 0.9, 1.6), 7) AS m;
SELECT p_alive(m, activity, '2024-01-01') IS NULL AS not_yet, p_alive(m, 'amounts {2024-01-01:1}', '2024-02-01') IS NULL AS no_purchase, p_alive(m, '{2024-01-01:1}', '2024-01-02') AS active_day,
	   churn_risk('bg_nbd(status too_few; users 0; loglik 0; unit 7)', activity, '2024-02-01', 7) IS NULL AS of_nobody
FROM shop, with_unit(make_purchase_model('bg_nbd', 0.5, 6, 0.9, 1.6), 7) AS m;

-- Fitting: 200 users of a grid of histories, the same over activities, over numbers,
-- over counts, over a population, and in parts.
CREATE TABLE events AS
SELECT u, date '2024-01-01' + u % 30 + g * (3 + u % 11) AS day, 1.5 AS amount
FROM generate_series(1, 200) AS u, generate_series(0, ('{0,0,0,0,0,0,0,1,1,1,1,2,2,3,4,5,7,9,11}'::int[])[1 + u * 7 % 19]) AS g;
CREATE TABLE buyers AS SELECT u, activity_agg(day, amount) AS activity FROM events GROUP BY u;
CREATE TABLE histories AS
SELECT u, count(*) - 1 AS x, (max(day) - min(day)) / 7.0::float8 AS t_x, (date '2024-06-30' - min(day)) / 7.0::float8 AS t, sum(ln(gap / 7.0::float8)) AS sum_log_gaps
FROM (SELECT u, day, day - lag(day) OVER (PARTITION BY u ORDER BY day) AS gap FROM events) AS s GROUP BY u;
SELECT status(m), n_users(m), unit_days(m), model_kind(m), loglik(m) < 0 AS loglik, (SELECT count(std_error) FROM model_parameters(m)) AS errors
FROM (SELECT purchase_model(activity, '2024-07-01') AS m FROM buyers) AS s;
CREATE FUNCTION alike(purchase_model, purchase_model) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN
	model_kind($1) = model_kind($2) AND status($1) = status($2) AND n_users($1) = n_users($2) AND abs(loglik($1) - loglik($2)) < 1e-8
	AND (SELECT bool_and(abs(a.value / b.value - 1) < 1e-8) FROM model_parameters($1) AS a JOIN model_parameters($2) AS b USING (parameter));
SELECT kind, alike(a, b) AS numbers, alike(a, c) AS counts
FROM (SELECT kind, purchase_model(activity, '2024-07-01', kind) AS a, purchase_model(x, t_x, t, sum_log_gaps, kind) AS b, purchase_model(x, t_x, t, sum_log_gaps, 1, kind, purchase_options()) AS c
	  FROM buyers JOIN histories USING (u), unnest(enum_range(NULL::purchase_model_kind)) AS kind GROUP BY kind) AS s ORDER BY kind;
SELECT alike((SELECT purchase_model(activity, '2024-07-01') FROM buyers), (SELECT purchase_model(x, t_x, t) FROM histories)) AS three_numbers,
	   alike((SELECT purchase_model(activity, '2024-07-01', 'bg_nbd') FROM buyers), (SELECT purchase_model(x, t_x, t, 'bg_nbd') FROM histories)) AS and_kind,
	   (SELECT purchase_model(p, '2024-07-01', 'pareto_nbd') FROM (SELECT population_agg(u, day, amount) AS p FROM events) AS s) = (SELECT purchase_model(activity, '2024-07-01', 'pareto_nbd') FROM buyers) AS population,
	   (SELECT purchase_model(a || b) FROM (SELECT purchase_sample(activity, '2024-07-01') FILTER (WHERE u < 70) AS a, purchase_sample(activity, '2024-07-01') FILTER (WHERE u >= 70) AS b FROM buyers) AS s)
		= (SELECT purchase_model(activity, '2024-07-01') FROM buyers) AS parts,
	   (SELECT n_users(purchase_model(x, t_x, t, sum_log_gaps, u, 'mbg_cnbd', purchase_options(prior => 'weak', regularity => 2))) FROM histories) = 200 * 201 / 2 AS weighted;
-- Whoever bought a second time tells something; nobody, and as many as parameters, do not.
SELECT status(purchase_model(x, t_x, t)), status(purchase_model(x, t_x, t, 'mbg_nbd', purchase_options(prior => 'weak')))
FROM (VALUES (0, 0, 10), (0, 0, 20), (0, 0, 30), (0, 0, 5)) AS v (x, t_x, t);
SELECT kind, status(m), expected_purchases(m, 1, 3, 5, 52) BETWEEN 0 AND 1000 AS purchases, churn_risk(m, 0, 0, 5, 52) BETWEEN 0 AND 1 AS risk, (SELECT count(std_error) FROM model_parameters(m)) AS errors
FROM (SELECT kind, purchase_model(x, t_x, t, sum_log_gaps, kind) AS m FROM (VALUES (0, 0, 10, NULL), (1, 1, 20, 0), (0, 0, 30, NULL), (1, 3, 5, 1.1), (0, 0, 6, NULL)) AS v (x, t_x, t, sum_log_gaps),
	  unnest(enum_range(NULL::purchase_model_kind)) AS kind GROUP BY kind) AS s ORDER BY kind;
SELECT status(purchase_model(x, t_x, t)) FROM (VALUES (1, 2, 10), (3, 4, 20), (0, 0, 30)) AS v (x, t_x, t);
SELECT purchase_model(activity, '2024-01-01') FROM buyers;
-- nobody leaves, everybody buys on: the odds to leave go to 0
SELECT status(m), p_alive(m, 5, 9.9, 10) > 0.999 AS alive FROM (SELECT purchase_model(3 + u % 7, 19 + u % 2, 20, 'bg_nbd') AS m FROM generate_series(1, 300) AS u) AS s;
-- all on the same day, and users of no time at all
SELECT status(purchase_model(0, 0, 0)), count(*) FROM generate_series(1, 10);
-- NULL rows are skipped, users of 0 too; no row left: NULL
SELECT n_users(purchase_model(x, t_x, t, 'mbg_nbd')) FROM (VALUES (0, 0, 1.5), (NULL, 0, 1), (0, NULL, 1), (0, 0, NULL)) AS v (x, t_x, t);
SELECT n_users(purchase_model(x, t_x, t, sum_log_gaps, users, 'mbg_cnbd', purchase_options())) FROM (VALUES (0, 0, 1.5, NULL, 1), (1, 1, 2, NULL, 1), (1, 1, 2, 0.5, NULL), (1, 1, 2, 0.5, 0), (1, 1, 2, 0, 7)) AS v (x, t_x, t, sum_log_gaps, users);
SELECT purchase_model(NULL, '2024-01-01') IS NULL AS none, purchase_model(activity, '2024-01-01') FILTER (WHERE false) IS NULL AS no_row FROM buyers;
SELECT purchase_model(NULL::purchase_sample) IS NULL AS null_state, purchase_options(prior => 'weak'), purchase_options(regularity => 3);

-- Errors
SELECT purchase_model(-1, 0, 1);
SELECT purchase_model(2, 3.5, 3.25);
SELECT purchase_model(0, 1, 3);
SELECT purchase_model(1, 'NaN', 3);
SELECT purchase_model(1, 1, 'infinity');
SELECT purchase_model(1, 1, 2, 1e13, 'auto');
SELECT purchase_model(0, 0, 2, 1, 'mbg_cnbd');
SELECT purchase_model(1, 1, 2, 0, -1, 'mbg_nbd', purchase_options());
SELECT purchase_model(1, 1, 2, 'bg_cnbd');
SELECT purchase_model(1, 1, 2, NULL::purchase_model_kind);
SELECT purchase_model(activity, NULL) FROM buyers;
SELECT purchase_model(activity, 'infinity') FROM buyers;
SELECT purchase_model(activity, '2024-07-01', 'bg_nbd', NULL) FROM buyers;
SELECT purchase_model(activity, date '2024-07-01' + u) FROM buyers;
SELECT purchase_model(activity, '2024-07-01') FROM (SELECT activity FROM buyers UNION ALL SELECT '{2024-01-01:1}'::activity) AS s;
SELECT purchase_sample(x, t_x, t, 'bg_nbd') || purchase_sample(x, t_x, t, 'mbg_nbd') FROM histories;
SELECT purchase_options(prior => NULL);
SELECT purchase_options(regularity => 0);
SELECT purchase_options(regularity => 13);
SELECT p_alive(make_purchase_model('bg_nbd', 1, 2, 3, 4), activity, '2024-07-01') FROM shop;
SELECT p_alive(make_purchase_model('bg_nbd', 1, 2, 3, 4), 1, 5, 3);
SELECT churn_risk(make_purchase_model('bg_nbd', 1, 2, 3, 4), 1, 2, 3, -1);
SELECT expected_purchases(make_purchase_model('bg_nbd', 1, 2, 3, 4), 'infinity');
SELECT expected_purchases(with_unit(make_purchase_model('bg_nbd', 1, 2, 3, 4), 7), activity, '2024-07-01', -1) FROM shop;
SELECT discounted_expected_purchases(make_purchase_model('bg_nbd', 1, 2, 3, 4), 1, 2, 3, 0);
-- Times of which no double holds the sum; a sum of probabilities that rounding brings above 1; a horizon of so many mean gaps that only their logarithm is a number.
SELECT purchase_model(x, t_x * 1e308, t * 1e308, 'bg_nbd')::text::purchase_model FROM (VALUES (0, 0, 1), (1, 0.5, 1), (5, 0.9, 1), (0, 0, 1), (2, 0.1, 0.7)) AS h (x, t_x, t);
SELECT p_alive(make_purchase_model('bg_nbd', 7.5, 25.5, 1.1985723330871603e-303, 1.9831914081378569e+235), 195, 12.5, 262.078125, 12.5) <= 1 AS a_probability;
SELECT p_alive(make_purchase_model('bg_nbd', 1e200, 1e-308, 1, 1), 0, 0, 0, 10) AS gone;
SELECT p_alive(make_purchase_model('pareto_nbd', 1, 5e-324, 1, 1), 0, 0, 10) AS gone;
DROP TABLE shop, events, buyers, histories;
DROP FUNCTION digits, alike;
-- More purchases than a double tells apart: still a probability.
SELECT p_alive('bg_cnbd(r 1e300; alpha 22.75; a 13; b 4.75; k 2)'::purchase_model, 8, 3.68e228, 3.68e228, 1) BETWEEN 0 AND 1 AS a_probability;

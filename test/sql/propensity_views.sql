-- How likely users are to buy: what is worked out by hand.  Against known probabilities and plain SQL: test/t/propensity.pl.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all
SET datestyle = 'ISO, YMD';
CREATE SCHEMA propensity_test;
SET search_path = propensity_test;
-- Of 40 users who looked around once on the same day one in four bought within the 30 days before as_of: all have the same features, so the model knows no more than
-- that, and is not identifiable; nothing is said.
CREATE TABLE events (u int, day date, paid numeric);
INSERT INTO events SELECT u, date '2024-01-01', NULL::numeric FROM generate_series(1, 40) AS u UNION ALL SELECT u, '2024-02-15', 5 FROM generate_series(1, 10) AS u;
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 'day', 'paid', 'propensity_ops', as_of => '2024-03-01', horizon_days => 30);
SELECT * FROM user_ops.create_propensity_views('propensity_ops');
SELECT user_ops.status(model), user_ops.n_rows(model) AS rows, as_of FROM propensity_ops.propensity_fit;
SELECT buy_probability, method, count(*) FROM propensity_ops.propensity GROUP BY 1, 2;
SELECT count(*) FROM propensity_ops.propensity_calibration;
-- By the day they came, how often, and since when: of 16 kinds of visitors 20 each, some of whom buy. The model is of the 320 who had not bought 30 days before as_of; what it
-- says of all of them there sums up to those who did buy, as the likelihood has its greatest value where it does.
TRUNCATE events;
INSERT INTO events SELECT k * 20 + i, date '2024-01-30' - 3 * (k % 4) - 11 * n * (1 + k % 3), NULL FROM generate_series(0, 15) AS k, generate_series(1, 20) AS i, LATERAL generate_series(0, k / 4) AS n;
INSERT INTO events SELECT k * 20 + i, date '2024-02-10' + i % 5, 8 FROM generate_series(0, 15) AS k, generate_series(1, 20) AS i WHERE i <= 1 + k / 2;
SELECT users, inserted, updated FROM user_ops.refresh('propensity_ops');
SELECT user_ops.status(model), user_ops.n_rows(model) AS rows, round(sum(user_ops.predict(model, user_ops.visit_features(activity, '2024-01-31')))::numeric, 6) AS expected, count(*) FILTER (WHERE user_ops.purchases(activity, '2024-03-01') > 0) AS buyers
FROM propensity_ops.propensity_fit, propensity_ops.activity GROUP BY 1, 2;
SELECT method, count(*), count(buy_probability) AS said, min(buy_probability) >= 0 AND max(buy_probability) <= 1 AS probabilities FROM propensity_ops.propensity GROUP BY 1 ORDER BY 1;
-- one user costs one user
SELECT bool_or(s ~ 'Index Scan using activity_pkey on activity a \(actual rows=1 ') AS by_index FROM pg_temp.rows_seen('SELECT * FROM propensity_ops.propensity WHERE user_id = 7') AS s;
-- the same again, and on the spot; what is stored is what it should be
SELECT count(*) AS wrong FROM user_ops.verify('propensity_ops');
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 'day', 'paid', 'spot_ops', as_of => '2024-03-01', horizon_days => 30, stored => false);
SELECT count(*) AS made FROM user_ops.create_propensity_views('spot_ops', 30);
SELECT (SELECT count(*) FROM (TABLE spot_ops.propensity EXCEPT TABLE propensity_ops.propensity) AS s) AS differ, (SELECT count(*) FROM (TABLE spot_ops.propensity_calibration EXCEPT TABLE propensity_ops.propensity_calibration) AS s) AS calibrations_differ,
	(SELECT count(*) FROM spot_ops.propensity) AS rows;
-- another horizon; remade with another as_of the add-on stays
SELECT count(*) AS made FROM user_ops.create_propensity_views('propensity_ops', 20);
SELECT settings FROM user_ops.addons('propensity_ops');
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 'day', 'paid', 'propensity_ops', as_of => '2024-02-12', horizon_days => 30);
SELECT as_of, user_ops.n_rows(model) AS rows FROM propensity_ops.propensity_fit;
-- nobody at all
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 'day', 'paid', 'propensity_ops', as_of => '2020-01-01', allow_empty => true);
SELECT count(*) AS users, (SELECT count(*) FROM propensity_ops.propensity_calibration) AS tenths, (SELECT model IS NULL FROM propensity_ops.propensity_fit) AS no_model FROM propensity_ops.propensity;
-- Mistakes
SELECT pg_temp.answer(format('SELECT count(*) FROM user_ops.%s', call)) FROM unnest(ARRAY[$$create_propensity_views('propensity_ops', 0)$$, $$create_propensity_views('propensity_ops', 36501)$$, $$create_propensity_views(NULL)$$, $$create_propensity_views('nowhere')$$]) AS call;
-- without amounts everybody has the basis of the purchase model, which is active days
SELECT count(*) > 0 AS made FROM user_ops.create_views('events', 'u', 'day', target_schema => 'propensity_ops', as_of => '2024-03-01', horizon_days => 20);
SELECT p.method = u.churn_method AS by_model, count(*), bool_and(p.buy_probability = 1 - u.churn_risk) AS as_users_say, (SELECT model IS NULL FROM propensity_ops.propensity_fit) AS no_model FROM propensity_ops.propensity AS p JOIN propensity_ops.users AS u USING (user_id) GROUP BY 1;
SELECT * FROM user_ops.drop_addon('spot_ops', 'propensity');
SELECT count(*) > 60 AS dropped FROM unnest('{propensity_ops,spot_ops}'::name[]) AS s, user_ops.drop_views(s);
DROP SCHEMA propensity_test CASCADE;

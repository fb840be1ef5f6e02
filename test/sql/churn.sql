SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(a - b) <= 1e-12 * abs(b) $$;

-- Days 0, 10, 40: 2 gaps that sum to 40; idle 20 on day 60.  The prior counts as
-- one gap of 30 days.  Shape 3, rate 70: ((70 + 20) / (70 + 20 + 90))^3 = 1/8.
SELECT pg_temp.near(churn_risk('{2024-01-01:1,2024-01-11:1,2024-02-10:1}', '2024-03-01', 90), 0.125);
-- no gap: (30 + 15) / (30 + 15 + 45) = 1/2
SELECT pg_temp.near(churn_risk('{2024-01-01:5}', '2024-01-16', 45), 0.5);
-- another prior, shape 0.5 and rate 1: ((1 + 15) / (1 + 15 + 48))^0.5 = 1/2
SELECT pg_temp.near(churn_risk('{2024-01-01:5}', '2024-01-16', 48, 0.5, 1), 0.5);
-- where the source has amounts, purchase days count: visits and refunds do not
SELECT pg_temp.near(churn_risk('amounts {2024-01-01:1,2024-01-05:1:1:3,2024-01-15:1:0:-3,2024-01-19:9}', '2024-01-20', 45), 0.5);
-- a horizon of no days is silence for sure
SELECT churn_risk('{2024-01-01:1}', '2024-01-16', 0);
-- days from as_of on do not exist; nobody
SELECT churn_risk('{2024-01-01:1,2024-01-16:1}', '2024-01-16', 45) = churn_risk('{2024-01-01:1}', '2024-01-16', 45) AS equal,
	   churn_risk('{2024-01-16:1}', '2024-01-16', 45) IS NULL AS nobody, churn_risk('amounts {2024-01-01:1}', '2024-01-16', 45) IS NULL AS no_purchase,
	   churn_risk(NULL, '2024-01-16', 45) IS NULL AS null_activity;
-- in [0, 1], and it does not fall as the silence grows
SELECT bool_and(risk BETWEEN 0 AND 1) AS probability, bool_and(risk >= coalesce(before, 0)) AS does_not_fall
FROM (SELECT churn_risk(a, '2024-02-11'::date + idle, h) AS risk, lag(churn_risk(a, '2024-02-11'::date + idle, h)) OVER (PARTITION BY a::text, h ORDER BY idle) AS before
	  FROM generate_series(0, 3000, 7) AS idle, unnest(ARRAY[0, 1, 30, 365, 2147483647]) AS h,
		   (VALUES ('{2024-01-01:1}'::activity), ('{2024-01-01:1,2024-01-02:1,2024-02-10:1}'), ('{-4713-11-24:1,2024-02-10:1}')) AS v (a)) AS s;

-- Gap survival.  One stage, 4 gaps of 40 days in all, idle 30: (40/70)^4 =
-- 256/2401; two stages: shape 8, (4/7)^8 * (1 + 8 * 3/7)
SELECT pg_temp.near(gap_survival(4, 40, 30), 256 / 2401.0), pg_temp.near(gap_survival(4, 40, 30, regularity => 2), (4 / 7.0) ^ 8 * (1 + 8 * 3 / 7.0));
-- with a prior of one gap of 10 days: (50/80)^5 = 3125/32768
SELECT pg_temp.near(gap_survival(4, 40, 30, 1, 10), 3125 / 32768.0);
-- three stages, 12 gaps of 360 days, idle 45: z = 45/405 = 1/9, shape 36:
-- (8/9)^36 * (1 + 36/9 + 36 * 37 / 2 / 81)
SELECT pg_temp.near(gap_survival(12, 360, 45, regularity => 3), (8 / 9.0) ^ 36 * (1 + 4 + 36 * 37 / 162.0));
-- three values computed elsewhere with more digits
SELECT abs(gap_survival(9, 63, 30) - 0.0300412782661657) < 1e-13, abs(gap_survival(4, 40, 30, regularity => 2) - 0.0503453383981263) < 1e-13,
	   abs(gap_survival(1, 7, 30, 1, 10) - 0.130828429153463) < 1e-13;
-- no silence yet; an endless one; the most stages; nothing overflows
SELECT gap_survival(4, 40, 0), gap_survival(4, 40, 1e308), gap_survival(4, 40, 0, regularity => 100), gap_survival(4, 1e-300, 1e300, regularity => 100),
	   gap_survival(9223372036854775807, 1e308, 0, 1e308, 1e308, 100), gap_survival(9223372036854775807, 1, 1e308, 1e308, 1, 100);
SELECT gap_survival(0, 0, 5) IS NULL AS nothing_known, gap_survival(0, 0, 5, 1) IS NULL AS no_rate, gap_survival(0, 40, 5) IS NULL AS no_shape, gap_survival(0, 0, 10, 1, 10) AS prior_alone;
-- of an activity: days 0, 10, 40, idle 20: (40/60)^2 = 4/9; with a prior of one gap of 20 days (60/80)^3 = 27/64
SELECT pg_temp.near(gap_survival('{2024-01-01:1,2024-01-11:1,2024-02-10:1}'::activity, '2024-03-01'), 4 / 9.0),
	   pg_temp.near(gap_survival('{2024-01-01:1,2024-01-11:1,2024-02-10:1}'::activity, '2024-03-01', 1, 20), 27 / 64.0),
	   pg_temp.near(gap_survival('amounts {2024-01-01:1:1:1,2024-01-11:1:1:1,2024-02-10:1:1:1,2024-02-20:1}'::activity, '2024-03-01'), 4 / 9.0),
	   pg_temp.near(gap_survival('{2024-01-01:1,2024-01-11:1,2024-02-10:1}'::activity, '2024-03-01', 0, 0, 2), (2 / 3.0) ^ 4 * (1 + 4 / 3.0));
SELECT gap_survival('{2024-01-01:1}'::activity, '2024-03-01') IS NULL AS no_gap, gap_survival('{2024-03-01:1}'::activity, '2024-03-01', 1, 1) IS NULL AS nobody;

-- With the mean gap taken as known: exp(-4 * 30 / 40); two stages: exp(-6) * (1 + 6); many gaps make both the same
SELECT pg_temp.near(gap_survival_plugin(4, 40, 30), exp(-3::float8)), pg_temp.near(gap_survival_plugin(4, 40, 30, 2), exp(-6::float8) * 7), abs(gap_survival_plugin(1000000000, 1e10, 30) / gap_survival(1000000000, 1e10, 30) - 1) < 1e-8 AS limit;
SELECT pg_temp.near(gap_survival_plugin('{2024-01-01:1,2024-01-11:1,2024-02-10:1}'::activity, '2024-03-01'), exp(-1::float8)), pg_temp.near(gap_survival_plugin('{2024-01-01:1,2024-01-11:1,2024-02-10:1}'::activity, '2024-03-01', 2), exp(-2::float8) * 3);
SELECT gap_survival_plugin(4, 40, 0), gap_survival_plugin(4, 0, 1), gap_survival_plugin(4, 0, 0), gap_survival_plugin(9223372036854775807, 1e-300, 1e308, 100), gap_survival_plugin(0, 0, 5) IS NULL AS no_gap, gap_survival_plugin('{2024-01-01:1}'::activity, '2024-03-01') IS NULL AS one_day;

-- Errors
\set VERBOSITY sqlstate
SELECT churn_risk('{2024-01-01:1}', '2024-02-01', -1);
SELECT churn_risk('{2024-01-01:1}', '2024-02-01', 30, 0);
SELECT churn_risk('{2024-01-01:1}', '2024-02-01', 30, 1, 0);
SELECT churn_risk('{2024-01-01:1}', '2024-02-01', 30, 'NaN');
SELECT churn_risk('{2024-01-01:1}', '2024-02-01', 30, 1, 'infinity');
SELECT churn_risk('{2024-01-01:1}', 'infinity', 30);
SELECT gap_survival('{2024-01-01:1}', '-infinity');
SELECT gap_survival('{2024-01-01:1}'::activity, '2024-02-01', -1);
SELECT gap_survival('{2024-01-01:1}'::activity, '2024-02-01', 1, 'NaN');
SELECT gap_survival('{2024-01-01:1}'::activity, '2024-02-01', 1, 1, 0);
SELECT gap_survival(-1, 1, 1);
SELECT gap_survival(1, -1, 1);
SELECT gap_survival(1, 1, 'infinity');
SELECT gap_survival(1, 1, 1, regularity => 101);
SELECT gap_survival_plugin(-1, 1, 1);
SELECT gap_survival_plugin(1, 'NaN', 1);
SELECT gap_survival_plugin(1, 1, 1, 0);
\set VERBOSITY default
SELECT churn_risk('{2024-01-01:1}', '2024-02-01', -1);
SELECT churn_risk('{2024-01-01:1}', '2024-02-01', 30, 0);

-- What a backtest asks of one user: gaps, their sum, idle, purchase days from then until the other date; and the score from it.
SELECT user_ops_internal.split_history('{2024-01-01:1,2024-01-11:1,2024-02-10:1,2024-03-01:1,2024-03-20:2}', '2024-03-01', '2024-03-20') AS visits,
	   user_ops_internal.split_history('amounts {2024-01-01:1,2024-01-05:1:1:3,2024-01-15:1:0:-3,2024-01-19:9,2024-02-01:1:1:1}', '2024-01-20', '2024-02-02') AS bought,
	   user_ops_internal.split_history('amounts {2024-01-01:1,2024-03-01:1:1:1}', '2024-02-01', '2024-04-01') IS NULL AS nothing_yet;
SELECT user_ops_internal.gap_churn_risk(2, 40, 20, 90, 1, 30) = churn_risk('{2024-01-01:1,2024-01-11:1,2024-02-10:1}', '2024-03-01', 90) AS same;
\set VERBOSITY sqlstate
SELECT user_ops_internal.gap_churn_risk(-1, 40, 20, 90, 1, 30);
SELECT user_ops_internal.gap_churn_risk(2, 40, 20, -1, 1, 30);
SELECT user_ops_internal.gap_churn_risk(2, 40, 20, 90, 0, 30);
SELECT user_ops_internal.split_history('{2024-01-01:1}', 'infinity', '2024-02-01');
\set VERBOSITY default

SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
CREATE SCHEMA engagement_views_test;
SET search_path = engagement_views_test;
SET datestyle = 'ISO, YMD';
\set VERBOSITY terse

--
-- kpis_day
--

-- ann buys for 10 and looks around, is given 4 back the next day; bob buys for 6; cid looks around
CREATE TABLE shop (who text, day date, paid numeric);
INSERT INTO shop VALUES ('ann', '2024-01-01', 10), ('ann', '2024-01-01', NULL), ('ann', '2024-01-02', -4),
	('bob', '2024-01-02', 6), ('cid', '2024-01-04', NULL), ('dan', '2024-01-06', 100);
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', 'paid', as_of => '2024-01-06');
-- nobody comes on the 3rd and the 5th; the 6th is not observed
SELECT day, dau, wau, mau, round(stickiness::numeric, 2) AS stickiness, new_users, events, purchases, paying_users,
	   revenue, round(arpu, 2) AS arpu, round(arppu, 2) AS arppu
FROM shop_ops.kpis_day ORDER BY day;
-- ann came on 2 of 30 days, bob and cid on one: 4 of 90 in the end
SELECT day, round(average_stickiness::numeric * 30, 4) AS days_of_30, paying_rate FROM shop_ops.kpis_day ORDER BY day;
-- the money of a day is in the sum of the users
SELECT sum(revenue) = (SELECT sum(monetary) FROM shop_ops.users) AS same FROM shop_ops.kpis_day;

-- without amounts money is NULL, and nothing else changes
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', as_of => '2024-01-06');
SELECT day, dau, wau, mau, new_users, events, purchases, paying_users, revenue, arpu, arppu, paying_rate
FROM shop_ops.kpis_day ORDER BY day;

-- a user leaves wau after 7 days and mau after 30
TRUNCATE shop;
INSERT INTO shop VALUES ('ann', '2024-01-01'), ('bob', '2024-02-05');
SELECT count(*) > 0 AS made FROM user_ops.create_views('shop', 'who', 'day', as_of => '2024-02-06');
SELECT day, dau, wau, mau, round(average_stickiness::numeric * 30, 4) AS days_of_30 FROM shop_ops.kpis_day
WHERE day IN ('2024-01-01', '2024-01-07', '2024-01-08', '2024-01-30', '2024-01-31', '2024-02-05') ORDER BY day;

--
-- engagement_28d, stickiness_week, stickiness_month
--

-- as_of is a Wednesday.  Before it: the 28 days from February 14 to March 12, the week from March 4 to 10 (Sunday
-- weeks: 3 to 9), and February with 29 days.
--	ann	every day of March 4 to 10
--	bob	March 3 and 10
--	cid	February 1 and 29
--	dan	February 13, a day before the 28, and 14
--	eve	March 12, and on as_of itself
--	fay	January 31
CREATE TABLE visits (who text, day date);
INSERT INTO visits SELECT 'ann', date '2024-03-04' + n FROM generate_series(0, 6) AS n;
INSERT INTO visits VALUES ('bob', '2024-03-03'), ('bob', '2024-03-10'), ('bob', '2024-03-10'), ('cid', '2024-02-01'), ('cid', '2024-02-29'),
	('dan', '2024-02-13'), ('dan', '2024-02-14'), ('eve', '2024-03-12'), ('eve', '2024-03-13'), ('fay', '2024-01-31');
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', as_of => '2024-03-13');
-- of five users three came once, bob twice, ann seven times
SELECT * FROM visits_ops.engagement_28d WHERE active_days <= 8 ORDER BY active_days;
SELECT count(*) AS rows, max(active_days) AS most, sum(users) AS users FROM visits_ops.engagement_28d;
-- ann and bob, on 7 and on 1 of the days
SELECT * FROM visits_ops.stickiness_week ORDER BY active_days;
-- cid and dan, on two days each
SELECT * FROM visits_ops.stickiness_month WHERE active_days <= 3 ORDER BY active_days;
SELECT count(*) AS rows, min(period_start), max(active_days) AS most, sum(users) AS users FROM visits_ops.stickiness_month;

-- Sunday weeks: ann on 6 days
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', as_of => '2024-03-13', week_start => 'sunday');
SELECT period_start, active_days, users, users_at_least FROM visits_ops.stickiness_week ORDER BY active_days;

-- on the first day of a week and of a month the one before is over
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', as_of => '2024-03-04');
SELECT min(period_start), sum(users) AS users FROM visits_ops.stickiness_week;
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', as_of => '2024-03-01');
SELECT min(period_start), sum(users) AS users FROM visits_ops.stickiness_month;
-- and a day earlier not
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', as_of => '2024-02-29');
SELECT min(period_start), count(*) AS days, sum(users) AS users FROM visits_ops.stickiness_month;

-- nobody: every row is there, and a share of nobody is NULL
TRUNCATE visits;
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', as_of => '2024-03-13', allow_empty => true);
SELECT count(*) AS rows, sum(users) AS users, count(share) AS shares, sum(users_at_least) AS at_least, count(share_at_least) AS at_least_shares
FROM visits_ops.engagement_28d;
SELECT * FROM visits_ops.stickiness_week WHERE active_days = 7;
SELECT count(*) AS rows FROM visits_ops.kpis_day;
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', as_of => '2024-03-13', allow_empty => true, stored => false);
SELECT count(*) AS rows, sum(users) AS users, count(share) AS shares FROM visits_ops.engagement_28d;
SELECT count(*) AS rows FROM visits_ops.kpis_day;

DROP SCHEMA shop_ops CASCADE;
DROP SCHEMA visits_ops CASCADE;
DROP SCHEMA engagement_views_test CASCADE;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\getenv tests PG_ABS_SRCDIR
\set helpers :tests '/lib/helpers.sql'
\set ECHO none
\i :helpers
\set ECHO all

-- The rules as text, which names what they are made of; NULLs are left out
SELECT make_tier_rules('{silver,gold}', '{1000,2500.50}');
SELECT make_tier_rules('{"a \"name\", quoted",银卡}', '{-1,0}', NULL, 90, grace_days => 30, downgrade => 'one_step');
SELECT make_tier_rules('{vip}', '{0.000000001}', validity_days => 1, window_period => 'year', round_up => 'quarter', downgrade => 'never');
-- any number of decimals is read, spaces stand at both ends; equal rules are equal
SELECT v, v = make_tier_rules('{a,b}', '{1,2.5}') AS same, v <> make_tier_rules('{a,b}', '{1,2.50}') AS other, v <> make_tier_rules('{a,c}', '{1,2.5}') AS named
FROM (SELECT ' tiers(names "a","b"; thresholds 1.00,2.500; validity_days 365; grace_days 0; downgrade to_qualified) '::tier_rules AS v) AS s;
SELECT * FROM tier_levels(make_tier_rules('{silver,gold,platinum}', '{1000,2500.5,10000}'));
-- version 1; validity and a window of days (4 + 8) and one_step (1): 0d; 1 decimal; 2 tiers;
-- 10.0 is zigzag 200: c801, 1 byte of "a"; 2.5 more is 25 units, less 1: 18, "bc"; 365: ed02; 90: 5a; grace 7
SELECT user_ops_internal.tier_rules_send(make_tier_rules('{a,bc}', '{10,12.5}', 365, 90, grace_days => 7, downgrade => 'one_step'));
-- a calendar window and rounding (4 + 16 + 32): years 5, months 3
SELECT user_ops_internal.tier_rules_send(make_tier_rules('{a}', '{-3}', 365, window_period => 'year', round_up => 'month'));

-- What rules must keep to
SELECT names, thresholds, pg_temp.problem(format('SELECT make_tier_rules(%L, %L)', names, thresholds))
FROM (VALUES ('{a,b}', '{1}'), ('{}', '{}'), ('{a,b}', '{2,2}'), ('{a,b}', '{2,1}'), ('{a,NULL}', '{1,2}'), ('{a,b}', '{1,NULL}'), ('{a,a}', '{1,2}'), ('{""}', '{1}'),
	('{{a},{b}}', '{1,2}'), (NULL, '{1}'), ('{a}', NULL), ('{a}', '{NaN}'), ('{a}', '{infinity}'), ('{a}', '{0.0000000001}'), ('{a,b}', '{0.000000001,9223372037}'),
	('{a}', '{9223372036854775808}'), ('{a,b}', '{-9223372036854775808,9223372036854775807}')) AS v (names, thresholds);
SELECT pg_temp.problem(format('SELECT make_tier_rules(%L, %L)', ARRAY(SELECT 't' || n FROM generate_series(1, 101) AS n), ARRAY(SELECT generate_series(1, 101)))),
	   pg_temp.problem(format('SELECT make_tier_rules(%L, %L)', ARRAY(SELECT 't' || n FROM generate_series(1, 100) AS n), ARRAY(SELECT generate_series(1, 100)))),
	   pg_temp.problem(format('SELECT make_tier_rules(ARRAY[%L], %L)', repeat('n', 64), '{1}')), pg_temp.problem(format('SELECT make_tier_rules(ARRAY[%L], %L)', repeat('n', 63), '{1}'));
SELECT arguments, pg_temp.problem(format($$SELECT make_tier_rules('{a}', '{1}', %s)$$, arguments))
FROM unnest(ARRAY['0', '-1', '36525', '36526', '365, 0', '365, -5', '365, 36526', $$365, 90, 'year'$$, 'grace_days => -1', 'grace_days => 36526', 'grace_days => NULL', 'downgrade => NULL', 'NULL']) AS arguments;
SELECT says, pg_temp.problem(format('SELECT %L::tier_rules', says))
FROM unnest(ARRAY['', 'tiers(names a; thresholds 1; grace_days 0; downgrade never)', 'tiers(names "a","b"; thresholds 1; grace_days 0; downgrade never)',
	'tiers(names "a"; thresholds 1.0000000000; grace_days 0; downgrade never)', 'tiers(names "a"; thresholds 1; window_days 0; grace_days 0; downgrade never)',
	'tiers(names "a"; thresholds 1; downgrade never)', 'tiers(names "a"; thresholds 1; grace_days 0; downgrade two_steps)',
	'tiers(names "a"; thresholds 1; window_days 7; window_period week; grace_days 0; downgrade never)', 'tiers(names "a"; thresholds 1; grace_days 0; downgrade never) x']) AS says;

-- Capillary's example: a year's growth counts, each upgrade begins a new year
CREATE TABLE rules AS
SELECT make_tier_rules('{silver,gold,platinum}', '{100,500,1000}', window_days => 365) AS rolling, make_tier_rules('{silver,gold,platinum}', '{100,500,1000}') AS lifetime,
	   make_tier_rules('{silver,gold,platinum}', '{100,500,1000}', window_days => 365, grace_days => 30) AS grace, make_tier_rules('{silver,gold,platinum}', '{100,500,1000}', window_days => 365, downgrade => 'one_step') AS one_step,
	   make_tier_rules('{silver,gold,platinum}', '{100,500,1000}', window_days => 365, downgrade => 'never') AS never, make_tier_rules('{silver,gold,platinum}', '{100,500,1000}', window_period => 'year', round_up => 'year') AS hotel;
SELECT h.* FROM rules, tier_history('amounts {2024-04-15:1:1:500,2024-10-25:1:1:500}', '2025-10-25', rolling) AS h;
SELECT as_of, t.* FROM rules, unnest('{2024-04-15,2024-04-16,2024-10-25,2024-10-26,2025-10-24,2025-10-25}'::date[]) AS as_of, tier('amounts {2024-04-15:1:1:500,2024-10-25:1:1:500}', as_of, rolling) AS t;
-- renewals go on while all growth counts, and the tier is held since it was reached
SELECT h.* FROM rules, tier_history('amounts {2024-01-01:1:1:120,2024-02-20:1:1:400}', '2026-06-01', lifetime) AS h;
SELECT t.* FROM rules, tier('amounts {2024-01-01:1:1:120,2024-02-20:1:1:400}', '2026-06-01', lifetime) AS t;
-- due on the 1st of January, as nothing of this year is there yet: what won gold no longer counts
SELECT h.* FROM rules, tier_history('amounts {2024-05-03:1:1:300,2024-09-01:1:1:250,2025-03-01:1:1:120}', '2027-01-01', hotel) AS h;
-- a refund lowers growth, the tier only when it is due; below 0 more is missing than the threshold
SELECT as_of, t.* FROM rules, unnest('{2024-01-07,2024-12-31}'::date[]) AS as_of, tier('amounts {2024-01-01:1:1:600,2024-01-06:1:0:-200}', as_of, rolling) AS t;
-- grace: saved by what comes in it, or lost to what is qualified for at its end
SELECT h.* FROM rules, tier_history('amounts {2024-01-01:1:1:600,2025-01-15:1:1:510}', '2026-01-15', grace) AS h;
SELECT h.* FROM rules, tier_history('amounts {2024-01-01:1:1:600,2025-01-15:1:1:200}', '2025-01-30', grace) AS h;
SELECT as_of, t.* FROM rules, unnest('{2024-12-30,2024-12-31,2025-01-29,2025-01-30}'::date[]) AS as_of, tier('amounts {2024-01-01:1:1:600,2025-01-15:1:1:200}', as_of, grace) AS t;
-- a step at a time; never; back up after having lost all
SELECT h.* FROM rules, tier_history('amounts {2024-01-01:1:1:1200}', '2026-12-31', one_step) AS h;
SELECT h.* FROM rules, tier_history('amounts {2024-01-01:1:1:1200}', '2026-12-31', never) AS h;
SELECT h.* FROM rules, tier_history('amounts {2024-01-01:1:1:150,2026-03-11:1:1:150}', '2026-03-12', rolling) AS h;
-- kept for good
SELECT t.* FROM tier('amounts {2024-01-01:1:1:150}', '2099-01-01', make_tier_rules('{silver,gold}', '{100,500}', NULL)) AS t;

-- A refund that leaves the window lifts nobody: as of the 10th 100 - 60 are there, as of the 11th the refund of
-- the 1st has gone, and 100 count. But it keeps a tier that is due: 90 are needed, in the window of
-- ten days that ends with the 25th there are the 95 of the 20th, but not the refund of the 15th
SELECT as_of, tier_level('amounts {2024-01-01:1:0:-60,2024-01-05:1:1:100}', as_of, make_tier_rules('{silver}', '{90}', window_days => 10)), (tier('amounts {2024-01-01:1:0:-60,2024-01-05:1:1:100}', as_of, make_tier_rules('{silver}', '{90}', window_days => 10))).growth_value
FROM unnest('{2024-01-10,2024-01-11,2024-02-01}'::date[]) AS as_of;
SELECT h.* FROM tier_history('amounts {2024-01-05:1:1:90,2024-01-15:1:0:-50,2024-01-20:1:1:95}', '2024-02-10', make_tier_rules('{silver}', '{90}', 20, 10)) AS h;
-- visits are no growth, a row of 0 is; without either, and before as_of, there is nothing
SELECT (tier('amounts {2024-01-01:3}', '2024-02-01', lifetime)) IS NULL AS visits, (tier('amounts {2024-01-01:3:1:0}', '2024-02-01', lifetime)).growth_value AS zero, (tier('amounts {2024-01-01:3:1:0}', '2024-01-01', lifetime)) IS NULL AS later,
	   tier_level('amounts {2024-01-01:3}', '2024-02-01', lifetime) AS level_of_visits, tier_level('amounts {2024-01-01:3:1:0}', '2024-02-01', lifetime) AS level_of_zero,
	   (SELECT count(*) FROM tier_history('amounts {2024-01-01:3:1:0}', '2024-02-01', lifetime)) AS changes, tier(NULL, '2024-02-01', lifetime) IS NULL AS nobody, keeps_tier('amounts {2024-01-01:3:1:0}', '2024-02-01', lifetime) IS NULL AS nothing_due
FROM rules;
-- growth and thresholds with decimals of their own
SELECT t.tier, growth_value, to_next FROM (VALUES ('0.1', 3), ('0.1', 4)) AS v (growth, n),
	LATERAL (SELECT activity_agg(date '2024-01-01' + i, growth::numeric) AS a FROM generate_series(1, n) AS i) AS g, tier(a, '2024-02-01', make_tier_rules('{a,b}', '{0.31,0.4000001}')) AS t;
-- the widest sums that there are
SELECT t.tier, growth_value, to_next FROM tier('amounts {2024-01-01:1:1:9223372036854775807,2024-01-02:1:1:9223372036854775807,2024-01-03:1:1:9223372036854775807}', '2024-02-01', make_tier_rules('{a,b}', '{0.000000001,9223372036}')) AS t;

-- Kept if nothing more comes: of the year before 2025-05-01 the 100 of December are left, and of the 500 of May nothing
SELECT growth, t.tier_name, valid_until, keeps_tier(growth, '2024-12-25', rolling), keeps_tier(growth, '2024-12-25', never) AS never, keeps_tier(growth, '2024-12-25', grace) AS in_grace_is_not_kept
FROM rules, unnest('{"amounts {2024-05-01:1:1:120,2024-12-01:1:1:100}","amounts {2024-05-01:1:1:500,2024-12-01:1:1:100}","amounts {2024-05-01:1:1:500,2024-12-25:1:1:900}"}'::activity[]) AS growth, tier(growth, '2024-12-25', rolling) AS t;

-- Errors
SELECT says, pg_temp.problem(format('SELECT tier(%s)', says)), pg_temp.problem(format('SELECT count(*) FROM tier_history(%s)', says)), pg_temp.problem(format('SELECT tier_level(%s)', says)), pg_temp.problem(format('SELECT keeps_tier(%s)', says))
FROM unnest(ARRAY[$$'{2024-01-01:1}', '2024-02-01', make_tier_rules('{a}', '{1}')$$, $$'amounts {2024-01-01:1}', 'infinity', make_tier_rules('{a}', '{1}')$$, $$'amounts {2024-01-01:1}', '-infinity', make_tier_rules('{a}', '{1}')$$]) AS says;
-- due on a day behind the last
SELECT pg_temp.problem($$SELECT tier('amounts {5874897-12-01:1:1:5}', '5874897-12-31', make_tier_rules('{a}', '{1}'))$$), pg_temp.problem($$SELECT tier('amounts {5874897-12-01:1:1:5}', '5874897-12-31', make_tier_rules('{a}', '{1}', round_up => 'year'))$$);
-- rules that change from row to row
SELECT n, tier_level('amounts {2024-01-01:1:1:5}', '2024-02-01', make_tier_rules(ARRAY(SELECT 't' || i FROM generate_series(1, n) AS i), ARRAY(SELECT generate_series(1, n)))) FROM generate_series(1, 6) AS n;
DROP TABLE rules;

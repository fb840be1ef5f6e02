SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;

-- The defaults: gap 30, lost beyond 90 days and 3 gaps, sleeping beyond 30 days
-- and 2 gaps, new below 14 days, growth below 5 active days or a later half 1.2
-- times the earlier.  One user, as_of moving on from the day after first sight.
SELECT as_of, tenure_days(a, as_of), idle_days(a, as_of), life_stage(a, as_of)
FROM (VALUES ('{2024-01-01:1}'::activity)) AS v (a),
	 unnest(ARRAY['2024-01-01', '2024-01-02', '2024-03-01', '2024-03-02', '2024-03-31', '2024-04-01']::date[]) AS as_of;
-- with a typical gap of 5 the days decide: 30 is not beyond 30
SELECT as_of, idle_days(a, as_of), life_stage(a, as_of, 5)
FROM (VALUES ('{2024-01-01:1}'::activity)) AS v (a),
	 unnest(ARRAY['2024-01-31', '2024-02-01', '2024-03-31', '2024-04-01']::date[]) AS as_of;
-- two days: introduction up to 13 days of tenure, then growth with fewer than 5 days
SELECT as_of, life_stage(a, as_of)
FROM (VALUES ('{2024-01-01:1,2024-01-10:1}'::activity)) AS v (a), unnest(ARRAY['2024-01-14', '2024-01-15']::date[]) AS as_of;
-- 6 days over a tenure of 20, the middle is January 11: 4 + 2 is mature, 3 + 3
-- is (3 > 3.6 is not), 2 + 4 grows; January 11 itself belongs to the later half
SELECT life_stage('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-04:1,2024-01-11:1,2024-01-15:1}', '2024-01-21'),
	   life_stage('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-11:1,2024-01-15:1,2024-01-16:1}', '2024-01-21'),
	   life_stage('{2024-01-01:1,2024-01-02:1,2024-01-11:1,2024-01-14:1,2024-01-15:1,2024-01-16:1}', '2024-01-21');
-- an odd tenure of 21 has its middle at day 10, January 11: 3 + 3
SELECT life_stage('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-11:1,2024-01-15:1,2024-01-16:1}', '2024-01-22'),
	   life_stage('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-11:1,2024-01-15:1,2024-01-16:1}', '2024-01-22', growth_ratio => 0.9);
-- a user with 3 gaps of 40 days has a rhythm of his own: sleeping beyond 80,
-- lost beyond 120; with 2 gaps only the typical 30 counts: beyond 60 and 90
SELECT idle, life_stage(three, date '2024-04-30' + idle), life_stage(two, date '2024-04-30' + idle)
FROM (VALUES ('{2024-01-01:1,2024-02-10:1,2024-03-21:1,2024-04-30:1}'::activity, '{2024-02-10:1,2024-03-21:1,2024-04-30:1}'::activity)) AS v (three, two),
	 unnest(ARRAY[60, 61, 80, 81, 90, 91, 120, 121]) AS idle;
-- a shorter gap of one's own does not shorten the typical one
SELECT life_stage('{2024-01-01:1,2024-01-02:1,2024-01-03:1,2024-01-04:1,2024-01-05:1}', '2024-03-05');
-- every threshold is an argument
SELECT life_stage(a, as_of, lost_days => 9, lost_gaps => 0), life_stage(a, as_of, sleep_days => 9, sleep_gaps => 0.3),
	   life_stage(a, as_of, sleep_days => 9, sleep_gaps => 0.4), life_stage(a, as_of, new_days => 100),
	   life_stage(a, as_of, growth_days => 2), life_stage(a, as_of, growth_days => 3), life_stage(a, as_of, growth_days => 0, growth_ratio => 0)
FROM (VALUES ('{2024-01-01:1,2024-01-20:1}'::activity, date '2024-01-30')) AS v (a, as_of);
-- purchases do not matter here, refunds are activity
SELECT life_stage('amounts {2024-01-01:1,2024-01-20:1:0:-5}', '2024-01-30');
-- days from as_of on do not exist
SELECT life_stage('{2024-01-01:1,2024-01-02:1}', '2024-01-01') IS NULL AS nobody, life_stage(NULL, '2024-01-01') IS NULL AS null_activity,
	   life_stage('{2024-01-01:1,2024-05-01:1}', '2024-05-01');

-- Typical gap.  Median gaps before 2024-02-01: user 1 has gaps 1 and 4, so 2.5;
-- user 2 has 10; user 3 one day, no gap; user 4 none before; user 5 has 3.
CREATE TABLE gap_users (user_id int, activity activity);
INSERT INTO gap_users VALUES
	(1, '{2024-01-01:1,2024-01-02:1,2024-01-06:1}'), (2, '{2024-01-01:1,2024-01-11:1}'), (3, '{2024-01-01:1,2024-02-01:1}'),
	(4, '{2024-02-01:1}'), (5, 'amounts {2024-01-01:1,2024-01-04:1:0:-2}'), (6, NULL);
SELECT typical_gap(activity, '2024-02-01') FROM gap_users;
-- of 2.5, 3: their mean; of 2.5 and 10
SELECT typical_gap(activity, '2024-02-01') FILTER (WHERE user_id <> 2), typical_gap(activity, '2024-02-01') FILTER (WHERE user_id <> 5) FROM gap_users;
-- as_of hides days: user 1 has the gap 1, user 5 the gap 3
SELECT typical_gap(activity, '2024-01-05') FROM gap_users;
SELECT typical_gap(activity, '2024-01-02') AS nobody_has_a_gap, typical_gap(activity, '2024-02-01') FILTER (WHERE false) IS NULL AS no_rows,
	   typical_gap(NULL::activity, '2024-02-01') IS NULL AS no_activity FROM gap_users;
SELECT user_id, typical_gap(activity, '2024-02-01') OVER (ORDER BY user_id) FROM gap_users ORDER BY user_id;

-- Against PostgreSQL, with many different gaps, however the users are split
CREATE TABLE gap_many AS
SELECT i AS user_id, activity_agg(date '2024-01-01' + j * (i % 37) + (i * j * j) % 11) AS activity
FROM generate_series(1, 3000) AS i, generate_series(0, 4) AS j GROUP BY i;
ANALYZE gap_many;
SELECT typical_gap(activity, '2024-06-01') = percentile_cont(0.5) WITHIN GROUP (ORDER BY median_gap(activity, '2024-06-01')) AS equal FROM gap_many;
SELECT count(*) AS parts, typical_gap(rollup(part)) = (SELECT typical_gap(activity, '2024-06-01') FROM gap_many) AS equal,
	   rollup(part)::text = (SELECT gap_counts(activity, '2024-06-01')::text FROM gap_many) AS same_state
FROM (SELECT gap_counts(activity, '2024-06-01')::text::gap_counts AS part FROM gap_many GROUP BY user_id % 7) AS p;
CREATE TABLE gap_parts AS SELECT gap_counts(activity, '2024-06-01') AS part FROM gap_many GROUP BY user_id % 50;
\copy gap_parts to program 'cat > "$PG_ABS_BUILDDIR/results/gap_counts.copy"' (format binary)
TRUNCATE gap_parts;
\copy gap_parts from program 'cat "$PG_ABS_BUILDDIR/results/gap_counts.copy"' (format binary)
SELECT count(*), rollup(part)::text = (SELECT gap_counts(activity, '2024-06-01')::text FROM gap_many) AS same_state FROM gap_parts;
SELECT typical_gap(a.part || b.part) FROM (SELECT gap_counts(activity, '2024-02-01') AS part FROM gap_users WHERE user_id < 2) AS a,
	   (SELECT gap_counts(activity, '2024-02-01') AS part FROM gap_users WHERE user_id >= 2) AS b;
SELECT typical_gap(activity, '2024-06-01') AS serial, gap_counts(activity, '2024-06-01') AS serial_state FROM gap_many \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT typical_gap(activity, '2024-06-01') = :serial AS equal, gap_counts(activity, '2024-06-01')::text = :'serial_state' AS same_state FROM gap_many;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

-- Errors
\set VERBOSITY sqlstate
SELECT life_stage('{2024-01-01:1}', '2024-02-01', -1);
SELECT life_stage('{2024-01-01:1}', '2024-02-01', 'NaN');
SELECT life_stage('{2024-01-01:1}', '2024-02-01', 'infinity');
SELECT life_stage('{2024-01-01:1}', '2024-02-01', lost_days => -1);
SELECT life_stage('{2024-01-01:1}', '2024-02-01', sleep_days => -1);
SELECT life_stage('{2024-01-01:1}', '2024-02-01', lost_gaps => -1);
SELECT life_stage('{2024-01-01:1}', '2024-02-01', sleep_gaps => 'NaN');
SELECT life_stage('{2024-01-01:1}', '2024-02-01', new_days => -1);
SELECT life_stage('{2024-01-01:1}', '2024-02-01', growth_days => -1);
SELECT life_stage('{2024-01-01:1}', '2024-02-01', growth_ratio => -0.1);
SELECT life_stage('{2024-01-01:1}', 'infinity');
SELECT typical_gap(activity, NULL) FROM gap_users;
SELECT typical_gap(activity, '-infinity') FROM gap_users;
SELECT typical_gap(activity, date '2024-02-01' + user_id) FROM gap_users;
SELECT gap_counts(activity, '2024-02-01') || gap_counts(activity, '2024-02-02') FROM gap_users;
SELECT ''::gap_counts;
SELECT '\x02'::gap_counts;
SELECT '\x01f48901020c04'::gap_counts;
SELECT '\x01f48901010c0400'::gap_counts;
SELECT '\x01f48901010004'::gap_counts;
SELECT '\x01f48901010c00'::gap_counts;
\set VERBOSITY default
SELECT life_stage('{2024-01-01:1}', '2024-02-01', -1);
DROP TABLE gap_users, gap_many, gap_parts;

SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\set as_of '''2024-03-01'''

-- Six buyers and one visitor.  Recency to 2024-03-01 (day 60 of the year):
--	1: bought Feb 29 and Jan 1       r 1   f 2  m 30
--	2: bought Feb 20                 r 10  f 1  m 5.5
--	3: bought Feb 10, 11, refund -2  r 19  f 2  m 18
--	4: bought Jan 31 for 0           r 30  f 1  m 0
--	5: bought Jan 1                  r 60  f 1  m 100.25
--	6: bought Jan 1 to 5             r 56  f 5  m 50
--	7: visited Feb 1, no purchase; a purchase on March 1 is not before as_of
CREATE TABLE rfm_users (user_id int, activity activity);
INSERT INTO rfm_users VALUES
	(1, 'amounts {2024-01-01:1:1:10,2024-02-29:1:1:20}'),
	(2, 'amounts {2024-02-20:1:1:5.5}'),
	(3, 'amounts {2024-02-10:1:1:10,2024-02-11:2:1:10,2024-02-15:1:0:-2}'),
	(4, 'amounts {2024-01-31:1:1:0}'),
	(5, 'amounts {2024-01-01:1:1:100.25}'),
	(6, 'amounts {2024-01-01:1:1:10,2024-01-02:1:1:10,2024-01-03:1:1:10,2024-01-04:1:1:10,2024-01-05:1:1:10}'),
	(7, 'amounts {2024-02-01:3,2024-03-01:1:1:1000}');

-- Quantiles at i/5 of six values stand at places 1, 2, 3, 4 exactly: recency
-- 1 10 19 30 56 60, frequency 1 1 1 2 2 5, monetary 0 5.5 18 30 50 100.25.
-- Means: 176/6 = 29 1/3, 12/6 = 2, 203.75/6 = 33.958333 = 33.95 + 0.05/6.
SELECT rfm_model(activity, :as_of) FROM rfm_users;
-- At i/2: place 2.5, so 24.5, 1.5, 24; at i/4: places 1.25, 2.5, 3.75
SELECT rfm_model(activity, :as_of, 2) FROM rfm_users;
SELECT rfm_model(activity, :as_of, 4) FROM rfm_users;

CREATE TABLE rfm_fitted AS SELECT rfm_model(activity, :as_of) AS model FROM rfm_users;
SELECT bins(model), n_users(model) FROM rfm_fitted;
SELECT c.* FROM rfm_fitted, rfm_cuts(model) AS c;
SELECT c.* FROM rfm_fitted, rfm_means(model) AS c;
-- the same cuts from PostgreSQL
SELECT count(*) AS cuts, bool_and(abs(c.value::float8 - p.value) < 1e-9) AS equal
FROM (SELECT rfm_model(activity, :as_of, 7) AS model FROM rfm_users) AS m,
	 rfm_cuts(model) AS c,
	 LATERAL (SELECT percentile_cont(c.cut / 7.0) WITHIN GROUP (ORDER BY CASE c.dimension
				WHEN 'recency' THEN recency_days(activity, :as_of)
				WHEN 'frequency' THEN frequency(activity, :as_of)
				ELSE monetary(activity, :as_of) END) AS value
			  FROM rfm_users WHERE frequency(activity, :as_of) > 0) AS p;

-- Recency 1 is above no cut: score 5; 10 equals the first cut and does not
-- exceed it: 5; 19: 4; 30: 3; 56: 2; 60: 1.  Frequency 1 exceeds nothing, and
-- so on.
SELECT user_id, s.* FROM rfm_fitted, rfm_users, rfm(model, activity, :as_of) AS s ORDER BY user_id;
SELECT user_id, r_score(model, activity, :as_of), f_score(model, activity, :as_of),
	   m_score(model, activity, :as_of), rfm_score(model, activity, :as_of),
	   segment(model, activity, :as_of), rfm_bits(model, activity, :as_of)
FROM rfm_fitted, rfm_users ORDER BY user_id;
SELECT v, r_score(model, v), f_score(model, v), m_score(model, v)
FROM rfm_fitted, unnest(ARRAY[-1, 0, 1, 2, 3, 10, 11, 18, 19, 30, 31, 50, 51, 56, 57, 1000]) AS v;
SELECT m_score(model, 5.499999999), m_score(model, 5.5), m_score(model, 5.500000001),
	   m_score(model, 9223372036854775807), m_score(model, -9223372036854775807)
FROM rfm_fitted;
-- nobody before as_of
SELECT segment(model, '{2024-03-01:1}', :as_of) IS NULL AS nobody
FROM (SELECT make_rfm_model(ARRAY[1, 2, 3, 4], ARRAY[1, 2, 3, 4]) AS model) AS m;
SELECT rfm(model, 'amounts {2024-03-01:1:1:5}', :as_of) IS NULL AS nobody,
	   segment(model, 'amounts {2024-03-01:1:1:5}', :as_of) IS NULL AS no_segment
FROM rfm_fitted;

-- 12 bins: scores of two digits, no segments.  Cuts stand at places 5i/12.
-- Recency 10 at place 1 exceeds cuts 1 and 2 of 11, so 10; 19 at place 2 four of
-- them, so 8; 30 seven, 56 nine, 60 all.  Frequency 2 first stands at place 3,
-- above seven cuts.  Money 5.5, 18, 30, 50 exceed 2, 4, 7, 9 cuts.
SELECT user_id, rfm_score(model, activity, :as_of), segment(model, activity, :as_of)
FROM (SELECT rfm_model(activity, :as_of, 12) AS model FROM rfm_users) AS m, rfm_users ORDER BY user_id;

-- All 25 cells
SELECT r, string_agg(segment(r, f), ' ' ORDER BY f) FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f
GROUP BY r ORDER BY r;

-- A source without amounts: active days, no m_score, never no_purchase
CREATE TABLE rfm_visitors (user_id int, activity activity);
INSERT INTO rfm_visitors VALUES (1, '{2024-01-01:1,2024-02-29:1}'), (2, '{2024-02-20:7}'), (3, '{2024-03-01:1}');
SELECT rfm_model(activity, :as_of) FROM rfm_visitors;
SELECT user_id, s.*, rfm_bits(model, activity, :as_of)
FROM (SELECT rfm_model(activity, :as_of) AS model FROM rfm_visitors) AS m, rfm_visitors,
	 rfm(model, activity, :as_of) AS s ORDER BY user_id;

-- Nobody, and nobody who bought
SELECT rfm_model(activity, :as_of) IS NULL AS no_rows FROM rfm_users WHERE false;
SELECT rfm_model(activity, :as_of) FILTER (WHERE false) IS NULL AS filtered FROM rfm_users;
SELECT rfm_model(NULL::activity, :as_of) IS NULL AS no_activity FROM rfm_users;
SELECT rfm_model(activity, :as_of), rfm_model(activity, '2000-01-01') FROM rfm_users WHERE user_id = 7;
SELECT rfm_model(activity, '2000-01-01') FROM rfm_visitors;
SELECT s.*, c.n AS cuts, segment(model, activity, :as_of), r_score(model, 5), rfm_bits(model, activity, :as_of)
FROM (SELECT rfm_model(activity, :as_of) AS model FROM rfm_users WHERE user_id = 7) AS m,
	 (VALUES (6, 'amounts {2024-01-01:1:1:10}'::activity), (7, 'amounts {2024-02-01:3}')) AS u (user_id, activity),
	 rfm(model, activity, :as_of) AS s, LATERAL (SELECT count(*) AS n FROM rfm_cuts(model)) AS c
ORDER BY user_id;
-- one user: all cuts are that user's values
SELECT model, rfm_score(model, activity, :as_of)
FROM (SELECT activity, rfm_model(activity, :as_of) OVER () AS model FROM rfm_users WHERE user_id = 2) AS m;
-- a running window gives each prefix its own model
SELECT user_id, n_users(rfm_model(activity, :as_of) OVER (ORDER BY user_id)) FROM rfm_users ORDER BY user_id;

-- However the users are split, the model is the same: text, binary, columns
SELECT count(*) AS parts, rfm_model(rollup(part)) = (SELECT model FROM rfm_fitted) AS equal
FROM (SELECT rfm_sample(activity, :as_of)::text::rfm_sample AS part FROM rfm_users GROUP BY user_id % 3) AS p;
SELECT rfm_sample(activity, :as_of ORDER BY user_id)::text = rfm_sample(activity, :as_of ORDER BY user_id DESC)::text AS equal
FROM rfm_users;
CREATE TABLE rfm_parts (part rfm_sample);
INSERT INTO rfm_parts SELECT rfm_sample(activity, :as_of) FROM rfm_users GROUP BY user_id;
INSERT INTO rfm_parts VALUES (NULL);
SELECT count(*), rfm_model(rollup(part)) = (SELECT model FROM rfm_fitted) AS equal FROM rfm_parts;
SELECT rfm_model(a.part || b.part) = (SELECT rfm_model(activity, :as_of) FROM rfm_users) AS equal
FROM (SELECT rfm_sample(activity, :as_of) AS part FROM rfm_users WHERE user_id < 4) AS a,
	 (SELECT rfm_sample(activity, :as_of) AS part FROM rfm_users WHERE user_id >= 4) AS b;
CREATE TABLE rfm_copy (part rfm_sample, model rfm_model);
\copy (SELECT part, model FROM rfm_parts, rfm_fitted) to program 'cat > "$PG_ABS_BUILDDIR/results/rfm.copy"' (format binary)
\copy rfm_copy from program 'cat "$PG_ABS_BUILDDIR/results/rfm.copy"' (format binary)
SELECT rfm_model(rollup(part)) = (SELECT model FROM rfm_fitted) AS equal, bool_and(model = (SELECT model FROM rfm_fitted)) AS sent
FROM rfm_copy;
-- workers hand over states of different scales
CREATE TABLE rfm_many AS
SELECT i AS user_id, activity_agg(date '2024-03-01' - (1 + (i * 7 + j * j) % 50), ((i * 31 + j) % 1000) / 10.0 ^ (i % 4)) AS activity
FROM generate_series(1, 2000) AS i, generate_series(0, 3) AS j GROUP BY i;
ANALYZE rfm_many;
SELECT rfm_model(activity, :as_of) AS serial FROM rfm_many \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.workers_planned(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		IF line LIKE '%Partial Aggregate%' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT pg_temp.workers_planned('SELECT rfm_model(activity, ''2024-03-01'') FROM rfm_many');
SELECT rfm_model(activity, :as_of) = :'serial'::rfm_model AS equal FROM rfm_many;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

-- Thresholds given by hand
SELECT make_rfm_model(ARRAY[30, 60, 90, 180], ARRAY[1, 2, 2, 10], ARRAY[-1, 0.5, 100, 1000.25], 45.5, 2, 99.999) AS model \gset
SELECT :'model' AS model, bins(:'model'), n_users(:'model'::rfm_model) IS NULL AS no_users, :'model'::rfm_model = :'model' AS equal;
SELECT m.* FROM rfm_means(:'model') AS m;
SELECT v, r_score(:'model', v), f_score(:'model', v), m_score(:'model', v)
FROM unnest(ARRAY[-2, -1, 0, 1, 2, 3, 10, 11, 30, 31, 180, 181, 1000, 1001]) AS v;
SELECT rfm_bits(:'model', 'amounts {2024-01-16:1:1:100}', :as_of), rfm_bits(:'model', 'amounts {2024-01-15:1:1:99.998}', :as_of),
	   rfm_bits(:'model', 'amounts {2024-01-01:1:1:0,2024-02-29:1:1:99.999}', :as_of), rfm_bits(:'model', '{2024-01-16:1}', :as_of) IS NULL AS no_amounts;
SELECT make_rfm_model(ARRAY[7], ARRAY[1]), m_score(make_rfm_model(ARRAY[7], ARRAY[1]), 5) IS NULL AS no_m_score,
	   rfm_score(make_rfm_model(ARRAY[7], ARRAY[1]), 'amounts {2024-02-29:1:1:5}', :as_of) IS NULL AS no_rfm_score;
SELECT make_rfm_model(ARRAY[1, 2], ARRAY[1, 2], frequency_mean => -0.75);
SELECT r_score(NULL, 5) IS NULL AS null_model, segment(NULL, 5) IS NULL AS null_score;
-- equality
SELECT a = b AS equal, a <> b AS different FROM (VALUES (make_rfm_model(ARRAY[7], ARRAY[1]), make_rfm_model(ARRAY[8], ARRAY[1]))) AS v (a, b);

-- Eight segments.  The labels' own bytes, whatever the client shows
SELECT segment8_labels('english');
SELECT b, segment8(b, segment8_labels('english')), segment8(b) = (segment8_labels('chinese'))[n] AS chinese
FROM unnest(ARRAY['111', '011', '101', '001', '110', '010', '100', '000']) WITH ORDINALITY AS v (b, n);
SELECT bool_and(segment8(b) = convert_from(l, 'UTF8')) AS chinese
FROM (VALUES ('111', '\xe9878de8a681e4bbb7e580bc'::bytea), ('011', '\xe9878de8a681e4bf9de68c81'), ('101', '\xe9878de8a681e58f91e5b195'), ('001', '\xe9878de8a681e68cbde79599'),
			 ('110', '\xe4b880e888ace4bbb7e580bc'), ('010', '\xe4b880e888ace4bf9de68c81'), ('100', '\xe4b880e888ace58f91e5b195'), ('000', '\xe4b880e888ace68cbde79599')) AS v (b, l);
SELECT segment8(NULL) IS NULL AS null_bits, segment8_labels(NULL) IS NULL AS null_language;

-- The text form: brought to lowest terms, otherwise exact
SELECT ' rfm(bins 3; users 2; amounts 1; recency 1,1+2/4 mean 1+3/6; frequency 007,8 mean 7; monetary -0.5,0.0+0.1/3 mean -1.0+0.5/10) '::rfm_model;
SELECT 'rfm(bins 2; users 0)'::rfm_model, 'rfm(bins 2; users 0; amounts 0)'::rfm_model, 'rfm(bins 2; recency -5; frequency 9223372036854775807)'::rfm_model;

-- Errors
\set VERBOSITY sqlstate
SELECT rfm_model(activity, NULL) FROM rfm_users;
SELECT rfm_model(activity, :as_of, NULL) FROM rfm_users;
SELECT rfm_model(activity, 'infinity') FROM rfm_users;
SELECT rfm_model(activity, :as_of, 1) FROM rfm_users;
SELECT rfm_model(activity, :as_of, 101) FROM rfm_users;
SELECT rfm_model(activity, date '2024-03-01' + user_id) FROM rfm_users;
SELECT rfm_model(activity, :as_of, 2 + user_id) FROM rfm_users;
SELECT rfm_model(activity, :as_of) FROM (TABLE rfm_users UNION ALL TABLE rfm_visitors) AS u;
SELECT rfm_sample(a.activity, :as_of) || rfm_sample(a.activity, '2024-03-02') FROM rfm_users AS a;
SELECT rfm_sample(a.activity, :as_of) || rfm_sample(a.activity, :as_of, 4) FROM rfm_users AS a;
SELECT rfm_sample(a.activity, :as_of) || rfm_sample(b.activity, :as_of) FROM rfm_users AS a, rfm_visitors AS b;
SELECT rfm_model(a, :as_of) FROM (VALUES ('amounts {2024-01-01:1:1:9223372036854775807,2024-01-02:1:1:1}'::activity)) AS v (a);
SELECT rfm_model(a, :as_of) FROM (VALUES ('amounts {2024-01-01:1:1:9223372036854775807}'::activity), ('amounts {2024-01-01:1:1:0.1}')) AS v (a);
SELECT rfm(model, '{2024-01-01:1}', :as_of) FROM rfm_fitted;
SELECT r_score(model, 'amounts {2024-01-01:1:1:5}', 'infinity') FROM rfm_fitted;
SELECT m_score(model, 'NaN') FROM rfm_fitted;
SELECT segment(0, 1);
SELECT segment(1, 6);
SELECT make_rfm_model(NULL, ARRAY[1]);
SELECT make_rfm_model(ARRAY[1, NULL], ARRAY[1, 2]);
SELECT make_rfm_model(ARRAY[]::int[], ARRAY[]::bigint[]);
SELECT make_rfm_model(ARRAY[1, 2], ARRAY[1]);
SELECT make_rfm_model(ARRAY[1, 2], ARRAY[1, 2], ARRAY[1]);
SELECT make_rfm_model(ARRAY[2, 1], ARRAY[1, 2]);
SELECT make_rfm_model(ARRAY[1, 2], ARRAY[1, 2], ARRAY[1, 0.5]);
SELECT make_rfm_model(ARRAY[[1, 2]], ARRAY[1, 2]);
SELECT make_rfm_model(ARRAY[1], ARRAY[1], monetary_mean => 1);
SELECT make_rfm_model(ARRAY[1], ARRAY[1], ARRAY['NaN'::numeric]);
SELECT make_rfm_model(ARRAY[1], ARRAY[1], ARRAY[9223372036854775807, 0.1]);
SELECT make_rfm_model(array_fill(1, ARRAY[100]), array_fill(1::bigint, ARRAY[100]), array_fill(1::numeric, ARRAY[100]));
SELECT segment8('11');
SELECT segment8('121');
SELECT segment8('111', ARRAY['a', 'b']);
SELECT segment8('111', ARRAY['a', 'b', 'c', 'd', 'e', 'f', 'g', NULL]);
SELECT segment8_labels('klingon');
SELECT 'rfm(bins 1; recency ; frequency )'::rfm_model;
SELECT 'rfm(bins 2; recency 1; frequency 1; monetary 1)'::rfm_model;
SELECT 'rfm(bins 3; recency 2,1; frequency 1,2)'::rfm_model;
SELECT 'rfm(bins 2; recency 1+2/2; frequency 1)'::rfm_model;
SELECT 'rfm(bins 2; users 3; recency 1; frequency 1)'::rfm_model;
SELECT 'rfm(bins 2; amounts 2; recency 1; frequency 1; monetary 1.5)'::rfm_model;
SELECT 'rfm(bins 2; recency 9223372036854775808; frequency 1)'::rfm_model;
SELECT 'rfm(bins 2; recency 1; frequency 1) x'::rfm_model;
SELECT 'x'::rfm_sample;
SELECT '\x01'::rfm_sample;
SELECT '\x0g'::rfm_sample;
SELECT '\x012005f4890100'::rfm_sample;
\set VERBOSITY default
SELECT rfm_model(activity, :as_of, 1) FROM rfm_users;
SELECT 'rfm(bins 3; recency 2,1; frequency 1,2)'::rfm_model;
DROP TABLE rfm_users, rfm_visitors, rfm_fitted, rfm_parts, rfm_copy, rfm_many;

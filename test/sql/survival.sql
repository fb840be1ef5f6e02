SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(a - b) <= 1e-12 * greatest(abs(b), 1e-3) $$;

-- Five subjects; one is censored at 2, where another has the event, one at 6.
-- S: 4/5, then 4/5 * 3/4 = 3/5, then 3/5 * 1/2 = 3/10, which stays.
-- Greenwood: 1/20, + 1/12, + 1/2.
CREATE TABLE survival_few (duration float8, event boolean);
INSERT INTO survival_few VALUES (4, true), (2, false), (1, true), (6, false), (2, true), (NULL, true), (3, NULL);
CREATE TABLE survival_one AS SELECT survival(duration, event) AS s FROM survival_few;
SELECT at_time, at_risk, events, censored, round(survival::numeric, 12) AS survival, round((std_error / survival)::numeric ^ 2, 12) AS greenwood
FROM survival_one, survival_curve(s);
-- the bands by their formulas; z of 0.95 and of others
SELECT band, confidence, bool_and(pg_temp.near(c.lower, CASE band WHEN 'plain' THEN greatest(survival - z * std_error, 0)
																 WHEN 'log' THEN survival * exp(-z * std_error / survival)
																 ELSE survival ^ exp(-z * std_error / survival / ln(survival)) END)
								  AND pg_temp.near(c.upper, CASE band WHEN 'plain' THEN least(survival + z * std_error, 1)
																	  WHEN 'log' THEN least(survival * exp(z * std_error / survival), 1)
																	  ELSE survival ^ exp(z * std_error / survival / ln(survival)) END)) AS equal
FROM survival_one, unnest(enum_range(NULL::survival_band)) AS band,
	 (VALUES (0.5, 0.674489750196081743), (0.9, 1.64485362695147271), (0.95, 1.95996398454005423), (0.99, 2.57582930354890076), (1e-9, 1.25331413731550030e-9)) AS v (confidence, z),
	 survival_curve(s, confidence, band) AS c
GROUP BY band, confidence ORDER BY band, confidence;
SELECT bool_and(a = b) AS defaults FROM survival_one, survival_curve(s) AS a JOIN survival_curve(s, 0.95, 'loglog') AS b USING (at_time);

-- Quantiles.  S stands on 0.6 from 2 to 4, and on 0.3 from 4 to the end
SELECT surviving, at_time FROM survival_one, unnest(ARRAY[0.9, 0.8, 0.79, 0.6, 0.5, 0.3, 0.29]) AS surviving, survival_quantile(s, surviving) ORDER BY surviving DESC;
-- the limits are where those of the band fall to the share; the middle of a
-- stretch, if one stays on it
SELECT surviving, q.lower = (SELECT min(c.at_time) FROM survival_curve(s, 0.9, 'plain') AS c WHERE c.lower <= surviving) AS lower,
	   q.upper IS NOT DISTINCT FROM (SELECT min(c.at_time) FROM survival_curve(s, 0.9, 'plain') AS c WHERE c.upper <= surviving) AS upper, q.upper IS NULL AS unknown
FROM survival_one, unnest(ARRAY[0.9, 0.7, 0.5]) AS surviving, survival_quantile(s, surviving, 0.9, 'plain') AS q ORDER BY surviving DESC;
SELECT m = survival_quantile(s, 0.5) AS equal, (m).at_time, median_survival(s, 0.8, 'log') = survival_quantile(s, 0.5, 0.8, 'log') AS other FROM survival_one, median_survival(s) AS m;

-- The curve at times: right-continuous, unknown beyond 6
SELECT t, round(survival_at(s, t)::numeric, 12) AS survival FROM survival_one, unnest(ARRAY[0, 0.999, 1, 1.5, 2, 4, 6, 6.001]) AS t ORDER BY t;
-- Areas: to 6, 1 + 0.8 + 2 * 0.6 + 2 * 0.3; to 3, 1 + 0.8 + 0.6.  Variance: what
-- is left of the area at each event, squared, times 1/20, 1/12 and 1/2
SELECT horizon, round(mean::numeric, 12) AS mean, round((std_error ^ 2)::numeric, 12) AS variance,
	   round((CASE horizon WHEN 6 THEN 2.6 ^ 2 / 20 + 1.8 ^ 2 / 12 + 0.6 ^ 2 / 2 WHEN 3 THEN 1.4 ^ 2 / 20 + 0.6 ^ 2 / 12 ELSE 0 END)::numeric, 12) AS expected
FROM survival_one, unnest(ARRAY[0, 0.5, 3, 6, 6.5]) AS horizon, restricted_mean(s, horizon) ORDER BY horizon;

-- All have the event: at the last time nobody is left, and later neither
SELECT c.at_time, round(c.survival::numeric, 12) AS survival, c.std_error IS NULL AS no_error, c.lower IS NULL AS no_lower, c.upper IS NULL AS no_upper
FROM (SELECT survival(d, true) AS s FROM generate_series(1, 3) AS d) AS v, survival_curve(s) AS c;
SELECT survival_at(s, 3), survival_at(s, 100), round((restricted_mean(s, 100)).mean::numeric, 12) AS mean, (median_survival(s)).at_time FROM (SELECT survival(d, true) AS s FROM generate_series(1, 3) AS d) AS v;
-- nobody has it, at any time, or everybody at once, at time 0
SELECT c.*, survival_at(s, 5), survival_at(s, 6) IS NULL AS unknown, median_survival(s), restricted_mean(s, 5) FROM (SELECT survival(5, false) AS s) AS v, survival_curve(s) AS c;
SELECT c.*, survival_at(s, 0), median_survival(s), restricted_mean(s, 9) FROM (SELECT survival(0, true) AS s FROM generate_series(1, 3)) AS v, survival_curve(s) AS c;
-- nobody at all
SELECT survival(1, true) FILTER (WHERE false) IS NULL AS no_rows, survival(NULL, true) IS NULL AS nulls;
SELECT (SELECT count(*) FROM survival_curve(s)), median_survival(s), survival_at(s, 0), survival_at(s, 1) IS NULL AS unknown FROM (SELECT survival(1, true, 0) AS s) AS v;

-- The same in plain SQL, over many subjects with ties
CREATE TABLE survival_many AS
SELECT i, i % 3 AS g, ((i::bigint * 7919 + 13) % 1009 % 83) / 4.0::float8 AS duration, (i::bigint * 104729) % 7 < 4 AS event FROM generate_series(1, 3000) AS i;
CREATE VIEW survival_oracle AS
SELECT at_time, at_risk, events, censored, CASE WHEN zeros > 0 THEN 0 ELSE exp(log_survival) END AS survival, greenwood
FROM (SELECT *, sum(CASE WHEN events < at_risk THEN ln(1 - events / at_risk::float8) END) OVER w AS log_survival,
			 count(*) FILTER (WHERE events = at_risk) OVER w AS zeros,
			 sum(CASE WHEN events < at_risk THEN events / (at_risk * (at_risk - events)::float8) END) OVER w AS greenwood
	  FROM (SELECT duration AS at_time, sum(count(*)) OVER (ORDER BY duration DESC) AS at_risk, count(*) FILTER (WHERE event) AS events, count(*) FILTER (WHERE NOT event) AS censored
			FROM survival_many GROUP BY duration) AS t
	  WINDOW w AS (ORDER BY at_time)) AS t;
SELECT count(*), bool_and(c.at_risk = o.at_risk AND c.events = o.events AND c.censored = o.censored) AS counts, bool_and(pg_temp.near(c.survival, o.survival)) AS survival,
	   bool_and(pg_temp.near(c.std_error, o.survival * sqrt(o.greenwood))) AS std_error
FROM (SELECT survival(duration, event) AS s FROM survival_many) AS v, survival_curve(s) AS c FULL JOIN survival_oracle AS o USING (at_time);
SELECT bool_and(survival_at(s, o.at_time) = c.survival) AS at_each, bool_and((survival_quantile(s, o.survival * 1.000001)).at_time = o.at_time) AS quantiles
FROM (SELECT survival(duration, event) AS s FROM survival_many) AS v, survival_oracle AS o, survival_curve(s) AS c
WHERE c.at_time = o.at_time AND o.events > 0 AND o.survival BETWEEN 0.01 AND 0.99;
-- subjects counted by rows, or given as numbers
SELECT (SELECT survival(duration, event) FROM survival_many) = (SELECT survival(duration, event, n) FROM (SELECT duration, event, count(*) AS n FROM survival_many GROUP BY 1, 2) AS v) AS equal;
-- whatever the order and the parts; -0 is 0
SELECT survival(duration, event ORDER BY i)::text = survival(duration, event ORDER BY i DESC)::text AS equal FROM survival_many;
SELECT rollup(part) = (SELECT survival(duration, event) FROM survival_many) AS equal
FROM (SELECT survival(duration, event)::text::survival AS part FROM survival_many GROUP BY i % 7 UNION ALL SELECT NULL) AS v;
SELECT (a.s || b.s) = merge(b.s, a.s) AS commutes FROM (SELECT survival(duration, event) AS s FROM survival_many WHERE g = 0) AS a, (SELECT survival(duration, event) AS s FROM survival_many WHERE g = 1) AS b;
SELECT s::bytea::survival = s AS bytes, (SELECT survival('-0', true) = survival(0, true)) AS zero FROM survival_one;
-- everybody twice: the same curve, errors smaller by the square root of 2
SELECT bool_and(pg_temp.near(a.survival, b.survival)) AS survival, bool_and(pg_temp.near(a.std_error, sqrt(2) * b.std_error) OR a.survival < 0.1) AS std_error
FROM survival_one, survival_curve(s) AS a JOIN survival_curve(s || s) AS b USING (at_time);

-- Log-rank in plain SQL: observed less expected, and their covariance
CREATE VIEW survival_log_rank AS
SELECT sum(e0 - e * n0 / n) AS u0, sum(e1 - e * n1 / n) AS u1, sum(v * n0 / n * (1 - n0 / n)) AS v00, -sum(v * n0 / n * n1 / n) AS v01, sum(v * n1 / n * (1 - n1 / n)) AS v11
FROM (SELECT *, CASE WHEN n > 1 THEN e * (n - e) / (n - 1) ELSE 0 END AS v
	  FROM (SELECT count(*) FILTER (WHERE m.duration >= t)::float8 AS n, count(*) FILTER (WHERE m.duration >= t AND g = 0)::float8 AS n0, count(*) FILTER (WHERE m.duration >= t AND g = 1)::float8 AS n1,
				   count(*) FILTER (WHERE m.duration = t AND event)::float8 AS e, count(*) FILTER (WHERE m.duration = t AND event AND g = 0)::float8 AS e0, count(*) FILTER (WHERE m.duration = t AND event AND g = 1)::float8 AS e1
			FROM (SELECT DISTINCT duration AS t FROM survival_many WHERE event) AS d, survival_many AS m GROUP BY t) AS c) AS c;
SELECT t.df, pg_temp.near(t.chi_square, (u0 * u0 * v11 - 2 * u0 * u1 * v01 + u1 * u1 * v00) / (v00 * v11 - v01 * v01)) AS chi_square, pg_temp.near(t.p_value, exp(-t.chi_square / 2)) AS p_value
FROM (SELECT array_agg(s) AS groups FROM (SELECT survival(duration, event) AS s FROM survival_many GROUP BY g) AS v) AS v, log_rank(VARIADIC groups) AS t, survival_log_rank;
-- two groups; p by Simpson's rule over the normal distribution
SELECT t.df, pg_temp.near(chi_square, u * u / v) AS chi_square,
	   abs(p_value - 1 + (SELECT 2 * sqrt(chi_square) / 6000 * sum(CASE WHEN k IN (0, 2000) THEN 1 WHEN k % 2 = 1 THEN 4 ELSE 2 END * exp(-0.5 * (k / 2000.0 * sqrt(chi_square)) ^ 2)) / sqrt(2 * pi()) FROM generate_series(0, 2000) AS k)) < 1e-10 AS p_value
FROM (SELECT survival(duration, event) FILTER (WHERE g = 0) AS a, survival(duration, event) FILTER (WHERE g > 0) AS b FROM survival_many) AS s,
	 log_rank(a, b) AS t, (SELECT u0 AS u, v00 AS v FROM survival_log_rank) AS o;
-- the order of groups does not matter; NULL and groups never at risk are left out
SELECT pg_temp.near((log_rank(a, b)).chi_square, (log_rank(b, a)).chi_square) AS swapped, log_rank(a, b) = log_rank(a, NULL, b, c) AS left_out, log_rank(a), log_rank(a, NULL)
FROM (SELECT survival(duration + 1, event) FILTER (WHERE g = 0) AS a, survival(duration + 1, event) FILTER (WHERE g > 0) AS b, survival(0.5, false) AS c FROM survival_many) AS s;
-- equal groups do not differ; nor can groups be told apart by events at once
SELECT round(t.chi_square::numeric, 12) AS chi_square, t.df, round(t.p_value::numeric, 6) AS p_value FROM survival_one, log_rank(s, s) AS t;
SELECT log_rank(survival(1, true), survival(1, true)), log_rank(survival(1, false), survival(2, false)), log_rank(VARIADIC ARRAY[]::survival[]), log_rank(VARIADIC NULL::survival[]) IS NULL AS null_array;

-- Of activities, observed until the day before as_of: user 1 came back after 9
-- days, 2 not within 59 - 9 = 50, 3 (its visit and refund are no purchases) not
-- within 20, 4 bought that last day, 5 and 6 are no buyers
CREATE TABLE survival_users (user_id int, activity activity);
INSERT INTO survival_users VALUES
	(1, 'amounts {2024-01-01:1:1:10,2024-01-10:1:1:5,2024-01-30:1:1:5,2024-03-05:1:1:5}'), (2, 'amounts {2024-01-10:2:2:10}'),
	(3, 'amounts {2024-01-09:3,2024-02-09:1:1:10,2024-02-20:1:0:-3,2024-02-21:2}'), (4, 'amounts {2024-02-29:1:1:0}'), (5, 'amounts {2024-02-01:4}'), (6, 'amounts {2024-03-02:1:1:1}'), (7, NULL);
SELECT at_time, at_risk, events, censored FROM (SELECT second_purchase_survival(activity, '2024-03-01') AS s FROM survival_users) AS v, survival_curve(s);
-- gaps: 9 and 20 days of user 1, then open for 30
SELECT at_time, at_risk, events, censored FROM (SELECT purchase_gap_survival(activity, '2024-03-01') AS s FROM survival_users) AS v, survival_curve(s);
-- where the source has no amounts, active days
SELECT at_time, at_risk, events, censored FROM (SELECT purchase_gap_survival(activity, '2024-03-01') AS s FROM (VALUES ('{2024-02-01:1,2024-02-03:5,2024-02-09:1}'::activity)) AS v (activity)) AS v, survival_curve(s);
SELECT count(*) FROM (SELECT second_purchase_survival(activity, '2024-03-01') AS s FROM survival_users WHERE user_id = 5) AS v, survival_curve(s);
SELECT second_purchase_survival(activity, '2024-03-01') IS NULL AS no_activity FROM survival_users WHERE user_id = 7;
SELECT (SELECT second_purchase_survival(activity, '2024-03-01') FROM survival_users) = (SELECT rollup(s) FROM (SELECT second_purchase_survival(activity, '2024-03-01') AS s FROM survival_users GROUP BY user_id) AS v) AS equal;

-- Errors
\set VERBOSITY sqlstate
SELECT survival(-1, true);
SELECT survival('NaN', true);
SELECT survival('infinity', false);
SELECT survival(1, true, -1);
SELECT survival(1, true, 4611686018427387904) || survival(1, true, 1);
SELECT second_purchase_survival(activity, NULL) FROM survival_users;
SELECT purchase_gap_survival(activity, 'infinity') FROM survival_users;
SELECT survival_curve(s, 0) FROM survival_one;
SELECT survival_curve(s, 1) FROM survival_one;
SELECT survival_curve(s, 'NaN') FROM survival_one;
SELECT survival_curve(s, 0.95, 'logit') FROM survival_one;
SELECT survival_quantile(s, 0) FROM survival_one;
SELECT survival_quantile(s, 1) FROM survival_one;
SELECT median_survival(s, 2) FROM survival_one;
SELECT survival_at(s, -1) FROM survival_one;
SELECT restricted_mean(s, 'infinity') FROM survival_one;
SELECT log_rank(VARIADIC array_fill(s, ARRAY[33])) FROM survival_one;
SELECT 'x'::survival;
SELECT '\x'::survival;
SELECT '\x02'::survival;
SELECT '\x0100'::survival;
\set VERBOSITY default
SELECT survival(-1, true);
SELECT survival_curve(s, 95) FROM survival_one;
SELECT survival_quantile(s, 50) FROM survival_one;
DROP VIEW survival_oracle, survival_log_rank;
DROP TABLE survival_few, survival_one, survival_many, survival_users;

-- After lib/asked.sql: what every other function of the schema is called with, over one row of
-- `kept`, which has a value of each type that aggregates make.
CREATE TABLE asked_functions (oid oid PRIMARY KEY, signature text, proname name, called text, prefix text, kind "char", types regtype[], names text[], expressions text[]);

-- names of functions and arguments as patterns
CREATE TABLE asked_known (place serial, of_functions text, named text, of_type text, expression text);
INSERT INTO asked_known (of_functions, named, of_type, expression) VALUES
	-- times and days, and what is counted in them
	(NULL, 'as_of|day|at_time|event_time', 'date', $q$date '2024-11-01'$q$), (NULL, 'as_of|at_time|event_time', 'timestamptz', $q$timestamptz '2024-10-30 12:00+00'$q$),
	(NULL, 'from_day|items_from', 'date', $q$date '2024-02-01'$q$), (NULL, 'to_day|entry_to', 'date', $q$date '2024-09-01'$q$),
	(NULL, '(from_time|entry_from)', 'timestamptz', $q$timestamptz '2024-02-01 12:00+00'$q$), (NULL, '(to_time|entry_to)', 'timestamptz', $q$timestamptz '2024-09-01 12:00+00'$q$),
	('left_out_reason', '1', 'date', $q$date '2024-01-05'$q$), ('left_out_reason', '1', 'timestamptz', $q$timestamptz '2024-01-05 12:00+00'$q$), ('left_out_reason', '1', 'timestamp', $q$timestamp '2024-01-05 12:00'$q$),
	('left_out_reason', '[2345]', 'date', $q$date '2024-01-20'$q$), ('left_out_reason', NULL, 'integer', '2'), ('left_out_reason', NULL, 'smallint', '2'),
	(NULL, NULL, 'timestamp', $q$timestamp '2024-03-01 12:00'$q$), (NULL, NULL, 'interval', $q$interval '20 days'$q$), (NULL, NULL, 'zone', $q$zone 'Asia/Tokyo'$q$), (NULL, 'time_zone|zone|midnight_zone', 'text', $q$'Asia/Tokyo'$q$),
	(NULL, 'max_length', 'interval', $q$interval '90 days'$q$), 
	-- shares, and numbers that have a range of their own
	(NULL, 'confidence|power', 'double precision', '0.9'), (NULL, 'alpha', 'double precision', '0.05'), (NULL, 'ratio|std_dev|std_error|prior_shape|prior_rate|sum_gaps|idle', 'double precision', '2'),
	('make_spend_model', 'q', 'double precision', '3'), ('viral_users', NULL, 'double precision', '2'), (NULL, 'baseline', 'double precision', '0.3'), ('(power|sample_size)_rate', 'effect', 'double precision', '0.1'),
	(NULL, 't_x|mean_value|horizon|step', 'double precision', '3'), (NULL, 't|age', 'double precision', '30'), (NULL, 'maximum', 'double precision', '2'),
	(NULL, 'parameters', 'double precision[]', $q$'{0.5,2,1,3}'::double precision[]$q$), ('make_feature_model', 'coefficients', 'double precision[]', $q$'{0.5,2,1}'::double precision[]$q$), ('make_feature_model', 'names', 'text[]', $q$'{a,b}'::text[]$q$),
	('predict', 'features', 'double precision[]', $q$'{0.5,2,1}'::double precision[]$q$), ('adjust_p', 'p', 'double precision[]', $q$'{0.5,0.2,0.01}'::double precision[]$q$), (NULL, 'std_errors', 'double precision[]', $q$'{0.5,1,2}'::double precision[]$q$),
	('sample_ratio', 'weights', 'double precision[]', $q$'{1,1,1}'::double precision[]$q$), ('sample_ratio', 'variants', 'text[]', $q$'{arm 0,arm 1,arm 2}'::text[]$q$),
	('compare', 'control', 'text', $q$'arm 0'$q$), (NULL, 'tightest_at|n_both', 'bigint', '5000'), (NULL, '(n|n_control|n_variant)', 'bigint', '400'), (NULL, 'successes|k_control|k_variant|x', 'bigint', '3'),
	(NULL, 'bins', 'integer', '4'), (NULL, 'start_condition', 'integer', '1'), (NULL, 'width', 'integer', '20'), (NULL, 'round_up', 'period', $q$period 'month'$q$), ('points_expiry', 'valid_months', 'integer', 'NULL'),
	('histogram|percentile', 'from_step', 'integer', '1'), ('make_rfm_model', 'recency', 'integer[]', $q$'{7,30,100,300}'::integer[]$q$), ('make_rfm_model', 'frequency', 'bigint[]', $q$'{1,2,3,4}'::bigint[]$q$), ('make_rfm_model', 'monetary', 'numeric[]', $q$'{1,2,3,4}'::numeric[]$q$),
	('with_cuts', 'recency', 'integer[]', $q$'{7,30,100,300}'::integer[]$q$), ('points_expiry', 'valid_days', 'integer', '30'), ('with_cuts', 'frequency', 'bigint[]', $q$'{1,2,3,4}'::bigint[]$q$), ('with_cuts', 'monetary', 'numeric[]', $q$'{1,2,3,4}'::numeric[]$q$),
	('value_(cuts|tiers)', 'shares', 'numeric[]', $q$'{0.8,0.95}'::numeric[]$q$), ('value_tier', 'cuts', 'numeric[]', $q$'{10,5}'::numeric[]$q$), ('suppress', 'counts', 'bigint[]', $q$'{3,40,7,100}'::bigint[]$q$), ('suppress', 'k', 'integer', '5'),
	('make_tier_rules', 'names', 'text[]', $q$'{silver,gold}'::text[]$q$), ('make_tier_rules', 'thresholds', 'numeric[]', $q$'{10,100}'::numeric[]$q$), ('make_tier_rules', 'window_days', 'integer', '90'), ('make_tier_rules', 'window_period', 'period', 'NULL'), ('make_tier_rules', 'validity_days', 'integer', '365'),
	-- events, names and labels
	('funnel_.*', 'steps', 'journey_steps', $q$'2'::journey_steps$q$), (NULL, 'steps', 'journey_steps', $q$'2'::journey_steps$q$), ('journey_steps', 'steps', 'journey_steps', $q$'{view,cart}'::journey_steps$q$), (NULL, 'others', 'journey_steps', $q$'{stop}'::journey_steps$q$),
	(NULL, 'conversion', 'text[]', $q$'{pay}'::text[]$q$), (NULL, 'weights', 'numeric[]', 'NULL'), (NULL, 'direct|non_direct', 'text[]', $q$'{direct}'::text[]$q$), (NULL, 'pattern', 'text', $q$'(?1).*(?2)'$q$),
	('sequence_next', 'chain', 'text[]', $q$'{view}'::text[]$q$), ('(segment8|translate_label|segment8_labels)', 'language', 'text', $q$'english'$q$), ('segment8', 'bits', 'text', $q$'101'$q$), ('segment8', 'labels', 'text[]', 'NULL'), ('segment', NULL, 'integer', '3'),
	('by_label', 'events', 'text[]', $q$'{view}'::text[]$q$), ('life_stage', 'growth', 'activity', 'NULL'), (NULL, 'secret', 'bytea', $q$'\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'::bytea$q$), (NULL, 'data', 'bytea', $q$'\x00'::bytea$q$),
	('attribution|attribution_paths', 'journey', 'journey', 'by_name'), ('sequence_next|names|by_label', 'journey', 'journey', 'by_name'), ('(path_edges|transitions)', 'journeys', 'journeys', 'journeys_by_name'),
	('recommend|neighbours|pairs|popular_items|items|favourite', 'id_type|item_type', 'bigint', 'NULL'), ('recommend|neighbours|pairs|popular_items|items|favourite', 'id_type|item_type', 'text', 'NULL'), (NULL, 'id_type', 'bigint', 'NULL'), (NULL, 'id_type', 'text', 'NULL'), (NULL, 'id_type', 'anyelement', 'NULL::bigint'),
	('path_options', '(start_at|end_at)', 'text', $q$'view'$q$), ('path_options', 'end_at', 'text', 'NULL'),
	(NULL, NULL, 'date', $q$date '2024-03-01'$q$), (NULL, NULL, 'timestamptz', $q$timestamptz '2024-03-01 12:00+00'$q$), (NULL, NULL, 'integer', '2'), (NULL, NULL, 'bigint', '5'), (NULL, NULL, 'smallint', '2'), (NULL, NULL, 'double precision', '0.5'), (NULL, NULL, 'numeric', '2'),
	(NULL, NULL, 'boolean', 'false'), (NULL, NULL, 'text', $q$'view'$q$), (NULL, NULL, 'text[]', $q$'{view,cart}'::text[]$q$), (NULL, NULL, 'double precision[]', $q$'{1,2,3}'::double precision[]$q$), (NULL, NULL, 'integer[]', $q$'{1,8,31}'::integer[]$q$), (NULL, NULL, 'tier_rules', $q$make_tier_rules('{silver,gold}', '{10,100}', 30, 90)$q$);
ALTER TABLE asked_known ALTER of_type TYPE regtype USING of_type::regtype;
-- specific: only what is said of this function or of this argument
CREATE FUNCTION asked_of_function(function name, argument name, type regtype, specific boolean) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT expression FROM asked_known
	WHERE of_type = type AND coalesce(function ~ ('^(' || of_functions || ')$'), true) AND coalesce(argument ~ ('^(' || named || ')$'), named IS NULL)
	  AND (NOT specific OR of_functions IS NOT NULL OR named IS NOT NULL)
	ORDER BY of_functions IS NULL, named IS NULL, place LIMIT 1
$$;

-- A value of each type that an aggregate makes of all users; of journeys, by name and by conditions.
DO $$
DECLARE
	columns text := 'rollup(by_name) AS by_name, rollup(by_conditions) AS by_conditions';
	a record;
BEGIN
	FOR a IN SELECT DISTINCT ON (result) result, format('%s(%s)', called, asked_list(prefix, expressions)) AS call
			 FROM asked_aggregates JOIN pg_type AS t ON t.oid = result WHERE typnamespace = 'user_ops'::regnamespace AND typtype = 'b' AND result::text NOT IN ('journey', 'population', 'journeys', 'baskets') AND proname <> 'rollup'
			 ORDER BY result, signature NOT LIKE '%numeric%', signature COLLATE "C" LOOP
		columns := columns || format(', %s AS %I', a.call, a.result);
	END LOOP;
	EXECUTE 'CREATE TABLE kept AS SELECT ' || columns || ' FROM split_users';
END $$;
-- and handles, which live as long as a query
CREATE VIEW kept_handles AS
SELECT population_agg(u % 40, at, amount) AS population, journeys_agg(u % 40, at, n % 3 = 0, n % 2 = 0) AS journeys,
	   journeys_agg(u % 40, at, (ARRAY['view', 'cart', 'pay', 'stop'])[1 + n % 4]) AS journeys_by_name, baskets_agg(u % 40, n % 23::bigint, at) AS baskets
FROM (SELECT u, n, timestamptz '2024-01-01 00:00+00' + (u * 7919 + n * n * 104729) % 300 * interval '1 day' AS at, (u * n % 90 / 8.0)::numeric AS amount FROM generate_series(1, 80) AS u, generate_series(1, 6) AS n) AS e;

INSERT INTO asked_functions
SELECT p.oid, p.oid::regprocedure, p.proname, p.oid::regproc, CASE WHEN p.provariadic <> 0 THEN 'VARIADIC ' ELSE '' END, p.prokind, a.types, a.names, a.expressions
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang, LATERAL (
	SELECT array_agg(x.type ORDER BY n) AS types, array_agg(x.name ORDER BY n) AS names,
		array_agg(format('(%s)::%s', coalesce(
			asked_of_function(p.proname, x.name::name, x.type, true), CASE WHEN x.type::text IN ('population', 'journeys', 'baskets') THEN x.type::text END,
			CASE WHEN x.type::text = 'bytea' AND p.proname = p.prorettype::regtype::text THEN format('(%I)::bytea', CASE p.proname WHEN 'journey' THEN 'by_conditions' ELSE p.proname END) END,
			pg_get_function_arg_default(p.oid, n::integer), asked_of_function(p.proname, x.name::name, x.type, false),
			CASE WHEN x.type = 'journey'::regtype THEN 'by_conditions' END, CASE WHEN x.type = 'survival[]'::regtype THEN 'ARRAY[survival, survival]' END,
			(SELECT format('(%s)', attname) FROM pg_attribute WHERE attrelid = 'kept'::regclass AND atttypid = x.type AND attname = x.type::text),
			(SELECT format('%L', enumlabel) FROM pg_enum WHERE enumtypid = x.type ORDER BY enumsortorder LIMIT 1),
			CASE WHEN x.type::text ~ '_options$' THEN (SELECT x.type || '()' FROM pg_proc AS o WHERE o.proname = x.type::text AND o.pronargs = o.pronargdefaults) END,
			CASE x.type::text WHEN 'session_options' THEN $q$session_options('1 day')$q$ END), CASE x.type::text WHEN 'anyelement' THEN 'bigint' ELSE x.type::text END) ORDER BY n) AS expressions
	FROM (SELECT t::regtype AS type, coalesce(nullif(p.proargnames[n], ''), n::text) AS name, n FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t (t, n)) AS x) AS a
WHERE p.pronamespace = 'user_ops'::regnamespace AND p.prokind IN ('f', 'w') AND l.lanname IN ('c', 'sql') AND p.proname !~ '^(split|asked)_' AND p.pronargs > 0 AND p.proname <> 'addons';
-- Those that read texts get what has texts.
ALTER TABLE kept ADD basket_of_texts basket, ADD item_affinity_of_texts item_affinity, ADD referrals_of_texts referrals;
UPDATE kept SET basket_of_texts = (SELECT basket_agg('item ' || n, date '2024-01-01' + n) FROM generate_series(1, 9) AS n), referrals_of_texts = (SELECT referral_agg('user ' || n / 2, 'user ' || n, date '2024-01-01' + n) FROM generate_series(1, 9) AS n),
	item_affinity_of_texts = (SELECT item_affinity(b, '2024-11-01') FROM (SELECT u, basket_agg('item ' || n, date '2024-01-01' + n) AS b FROM generate_series(1, 9) AS n, generate_series(1, 9) AS u WHERE u % 2 + n < 9 GROUP BY u) AS s);
UPDATE asked_functions SET expressions = ARRAY(SELECT replace(replace(replace(e, '((basket))', '(basket_of_texts)'), '((item_affinity))', '(item_affinity_of_texts)'), '((referrals))', '(referrals_of_texts)') FROM unnest(expressions) WITH ORDINALITY AS x (e, n) ORDER BY n)
WHERE 'text'::regtype = ANY (types) AND 'id_type' = ANY (names) OR 'item_type' = ANY (names) AND 'text'::regtype = ANY (types);

-- What a function says, from where it can be called.
CREATE FUNCTION asked_call(f asked_functions, expressions text[]) RETURNS text LANGUAGE sql AS $$
	SELECT format(CASE WHEN f.kind = 'w' THEN 'SELECT string_agg(x::text, chr(10) ORDER BY n) FROM (SELECT n, %s OVER (ORDER BY n) AS x FROM kept, generate_series(1, 3) AS n) AS s'
		ELSE 'SELECT string_agg(x::text, chr(10)) FROM kept%2$s, LATERAL %1$s AS x' END, format('%s(%s)', f.called, asked_list(f.prefix, expressions)), CASE WHEN f.signature ~ '\m(population|journeys|baskets)\M' THEN ', kept_handles' END)
$$;

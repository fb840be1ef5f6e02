-- What create_views says to arguments out of their range: at once, with what would do.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;

CREATE TABLE rows AS SELECT i % 5 AS u, date '2024-01-01' + i AS t, i AS a FROM generate_series(1, 50) AS i;

CREATE TABLE wrong (argument text, given text, value text);
INSERT INTO wrong VALUES
	('horizon_days', '-1, 0, 36501, NULL'),
	('max_days', '-1, 10001, NULL'),
	('max_weeks', '-1, 10001, NULL'),
	('max_months', '-1, 10001, NULL'),
	('lost_days', '-1, 36501, NULL'),
	('sleep_days', '-1, 36501, NULL'),
	('rfm_bins', '-1, 0, 1, 101, NULL'),
	('history_days', '-1, 36501'),
	('amount_decimals', '-1, 10'),
	('as_of', '''infinity'', ''-infinity'', ''0001-01-01 BC'', ''10000-01-01'''),
	('ignore_before', '''infinity'', ''0044-03-15 BC'', ''10000-01-01'''),
	('changed_overlap', '''-1 s'', ''8000 years'', ''366 days'', NULL'),
	('week_start', ''''', ''Monday'', ''friday'', NULL'),
	('purchase_model', ''''', ''bgnbd'', ''NONE'', NULL'),
	('labels', ''''', ''Chinese'', ''en'''), ('value_by', ''''', ''revenue'', NULL'),
	('time_zone', ''''', ''Nowhere/Atlantis'''),
	('target_schema', ''''', ''pg_shop'', ''user_ops'', ''information_schema''');

CREATE FUNCTION answer(argument text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	EXECUTE format('SELECT FROM user_ops.create_views(''rows'', ''u'', ''t'', ''a'', %s%I => %s)',
				   CASE WHEN argument <> 'target_schema' THEN 'target_schema => ''limits'', ' ELSE '' END, argument, value);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN format('%s %s%s', SQLSTATE, message, CASE WHEN hint = '' THEN ' WITHOUT A HINT' ELSE '' END);
END $$;

SELECT w.argument, v AS value, answer(w.argument, v) FROM wrong AS w, string_to_table(w.given, ', ') WITH ORDINALITY AS v (v, n) ORDER BY w.ctid, n;

-- the ends of each range
SELECT argument, value, answer(argument, value)
FROM (VALUES ('horizon_days', '1'), ('horizon_days', '36500'), ('max_days', '0'), ('max_months', '10000'), ('lost_days', '0'), ('sleep_days', '36500'),
	('rfm_bins', '2'), ('rfm_bins', '100'), ('history_days', '0'), ('history_days', 'NULL'), ('amount_decimals', '0'), ('amount_decimals', 'NULL'),
	('as_of', '''9999-12-31'''), ('ignore_before', '''0001-01-01'''), ('changed_overlap', '''0'''), ('changed_overlap', '''1 year'''),
	('week_start', '''sunday'''), ('purchase_model', '''none'''), ('labels', 'NULL'), ('value_by', '''clv''')) AS v (argument, value);

-- every argument with a range has a rule, and every rule was tried
SELECT r.argument FROM user_ops_internal.settings_rules(NULL) AS r WHERE r.argument NOT IN (SELECT argument FROM wrong);

SELECT count(*) FROM user_ops.drop_views('limits');
DROP TABLE rows, wrong;
DROP FUNCTION answer;

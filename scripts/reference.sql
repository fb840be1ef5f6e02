-- The pages of docs/reference, made from the catalog and its COMMENTs:
--   psql -X -q -v dir=docs/reference -f scripts/reference.sql      in a database with the extension

\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET search_path = user_ops, user_ops_internal, pg_catalog;

CREATE TEMPORARY VIEW members AS
SELECT classid, objid FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'user_ops');

-- what types, aggregates and operators are made of
CREATE TEMPORARY VIEW support AS
SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend]::oid[]) AS oid FROM pg_type
UNION SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn]::oid[]) FROM pg_aggregate
UNION SELECT oprcode::oid FROM pg_operator WHERE oprname <> '||'
UNION SELECT amproc::oid FROM pg_amproc
EXCEPT SELECT oid::oid FROM pg_proc WHERE proname IN ('merge', 'sparkline');

-- shorter names of types; defaults without their casts
CREATE FUNCTION pg_temp.short(arguments text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(replace(replace(replace(replace(replace(replace(arguments,
		'double precision', 'float8'), 'timestamp with time zone', 'timestamptz'),
		'timestamp without time zone', 'timestamp'), 'TABLE', ''), 'SETOF ', 'rows of '), 'DEFAULT ', '= '),
		'(= [^:,]+)::[a-z0-9_]+(\[\])?', '\1', 'g')
$$;

-- a comment in user_ops begins with what its function is about
CREATE TEMPORARY VIEW functions AS
SELECT p.oid, p.proname,
	   format('`%s(%s)`', p.proname, pg_temp.short(pg_get_function_arguments(p.oid))) AS call,
	   CASE WHEN p.prokind = 'p' THEN '(a procedure)' ELSE format('`%s`', pg_temp.short(pg_get_function_result(p.oid))) END AS result,
	   d.says,
	   CASE WHEN p.pronamespace <> 'user_ops'::regnamespace THEN CASE WHEN p.oid IN (SELECT oid FROM support) THEN 'support' ELSE 'generation' END
			WHEN p.prokind = 'a' THEN 'aggregate'
			ELSE d.about END AS topic
FROM pg_proc p
JOIN members m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
CROSS JOIN LATERAL (
	SELECT c.words[1] AS about, coalesce(c.words[2], o.comment) AS says
	FROM (SELECT obj_description(p.oid, 'pg_proc') AS comment) AS o
	CROSS JOIN LATERAL (SELECT CASE WHEN p.pronamespace = 'user_ops'::regnamespace THEN regexp_match(o.comment, '^([A-Z][A-Za-z ]+): (.*)$') END AS words) AS c) AS d;

-- arguments of journey_agg and journeys_agg by what they are: each stands for several types
CREATE FUNCTION pg_temp.of_journeys(call text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(replace(replace(call,
		'VARIADIC boolean[]', 'VARIADIC conditions'), 'journey_steps', 'steps'),
		'any(element|compatible)', 'user_id'), '(timestamptz|timestamp|date)', 'event_time'),
		'event_time, (text|bigint|anyenum)', 'event_time, event'), '(numeric|integer)', 'amount'), 'bigint, text', 'tiebreak, label')
$$;

-- one line for all types of amount
CREATE FUNCTION pg_temp.chapter(VARIADIC topics text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT '| function | returns | what it does |' UNION ALL SELECT '|---|---|---|' UNION ALL (
	SELECT format('| %s | %s | %s |', c.call, result, replace((array_agg(says ORDER BY length(says)))[1], '|', '\|'))
	FROM functions,
	LATERAL (SELECT CASE WHEN proname ~ '^journeys?_agg$' THEN pg_temp.of_journeys(call)
						 WHEN proname ~ '^experiment_(mean|ratio|rate)$' THEN regexp_replace(call, '(numeric|float8|bigint|integer)', 'number', 'g')
						 WHEN proname ~ '_agg$|^left_out_reason$'
				THEN regexp_replace(call, '(numeric|float8|bigint|integer|smallint)([,)])', 'amount\2') ELSE call END) AS c (call)
	WHERE topic = ANY (topics) GROUP BY proname, c.call, result ORDER BY proname, c.call)
$$;
CREATE FUNCTION pg_temp.page(title text, says text) RETURNS text LANGUAGE sql AS $$
	SELECT format(E'# %s\n\n<!-- made by "make reference" from the COMMENTs -->\n\n%s\n', title, says)
$$;
CREATE FUNCTION pg_temp.names(topics text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('`%s`', f.proname), ', ' ORDER BY f.proname)
	FROM (SELECT DISTINCT proname FROM functions WHERE topic = ANY (topics)) AS f
$$;

\set file :dir '/README.md'
\o :file
SELECT pg_temp.page('Reference', E'Every function, aggregate, procedure, type and operator. All are in the schema `user_ops`;\n'
	'`user_ops_internal` has what they are made of.\n'
	'An argument with a default may be omitted, and those of functions may be given by name; aggregates take theirs by position.\n'
	'[How the numbers are defined](../definitions.md) says what they compute.');
SELECT E'| page | what it has |\n|---|---|';
SELECT format('| [%s](%s.md) | %s |', p.title, p.file, pg_temp.names(p.topics))
FROM (VALUES (1, 'Views over an event table', 'views', '{Views}'::text[]),
			 (2, 'Aggregates', 'aggregates', '{aggregate}'),
			 (3, 'One user', 'activity', '{Activity,Life stage,Churn,Points,Items}'),
			 (4, 'Populations, metrics, RFM, pictures', 'functions', '{Population,Journeys,Retention,Lifecycle,Engagement,Gaps,Rolling retention,Funnels,Sequences,Sessions,Paths,Attribution,Experiments,Tiers,Referral,Identity,Surveys,Alerts,Privacy,RFM,Value,Labels,Pictures,Calendar,States}'),
			 (5, 'Models', 'models', '{Models,Purchase model,Spend model,Lifetime value,Survival,Contract model,Feature model,Backtest}')) AS p (place, title, file, topics)
ORDER BY p.place;
SELECT '| [Types](types.md) | ' || string_agg(format('`%s`', t.typname), ', ' ORDER BY t.typname) || ' |'
FROM pg_type t JOIN members m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typnamespace = 'user_ops'::regnamespace AND t.typcategory <> 'A';
SELECT E'| [Operators, casts and operator classes](operators.md) | of the types |';
SELECT E'| [Columns of the views](columns.md), [of the tables](tables.md) | all that `create_views` makes |';
SELECT E'| [Internal functions](internal.md) | what is not called by hand |';

\set file :dir '/views.md'
\o :file
SELECT pg_temp.page('Views over an event table', E'[create_views](../guide/create-views.md) explains each argument, [The views](../guide/views.md) lists what is made.');
SELECT pg_temp.chapter('Views');

\set file :dir '/types.md'
\o :file
SELECT pg_temp.page('Types', 'Every type has exact text and binary forms, so that it can be stored, dumped and sent elsewhere; only `population` and `journeys` live no longer than their query.');
SELECT E'| type | what it is |\n|---|---|';
SELECT format('| `%s` | %s |', t.typname, obj_description(t.oid, 'pg_type'))
FROM pg_type t JOIN members m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typnamespace = 'user_ops'::regnamespace AND t.typcategory <> 'A'
ORDER BY t.typname;

\set file :dir '/aggregates.md'
\o :file
SELECT pg_temp.page('Aggregates', E'An `amount` is `numeric`, `float8` (rounded to 6 decimals), `bigint`, `integer` or `smallint`; of journeys `numeric` or `integer`. A `number` is\n'
	'`numeric`, `bigint`, `integer` or `float8`.\n'
	'Their `event_time` is a `timestamptz`, a `timestamp` (taken as UTC) or a `date` (its midnight), an `event` a `text`, `bigint` or enum.');
SELECT pg_temp.chapter('aggregate');

\set file :dir '/activity.md'
\o :file
SELECT pg_temp.page('One user', '[Direct queries](../guide/direct-queries.md) shows how to make an activity.');
SELECT pg_temp.chapter('Activity', 'Life stage', 'Churn');
SELECT E'\n## Points\n';
SELECT pg_temp.chapter('Points');
SELECT E'\n## Items\n';
SELECT pg_temp.chapter('Items');

\set file :dir '/functions.md'
\o :file
SELECT pg_temp.page('Populations, metrics, RFM, pictures', 'Readings of what the [aggregates](aggregates.md) return.');
SELECT E'## Populations\n';
SELECT pg_temp.chapter('Population');
SELECT E'\n## Journeys\n';
SELECT pg_temp.chapter('Journeys');
SELECT E'\n## Retention, lifecycle, engagement\n';
SELECT pg_temp.chapter('Retention', 'Rolling retention', 'Lifecycle', 'Engagement', 'Gaps');
SELECT E'\n## Funnels\n';
SELECT pg_temp.chapter('Funnels');
SELECT E'\n## Sequences\n';
SELECT pg_temp.chapter('Sequences');
SELECT E'\n## Sessions and paths\n';
SELECT pg_temp.chapter('Sessions', 'Paths');
SELECT E'\n## Attribution\n';
SELECT pg_temp.chapter('Attribution');
SELECT E'\n## Experiments\n';
SELECT pg_temp.chapter('Experiments');
SELECT E'\n## Tiers\n';
SELECT pg_temp.chapter('Tiers');
SELECT E'\n## Referral\n';
SELECT pg_temp.chapter('Referral');
SELECT E'\n## Identity\n';
SELECT pg_temp.chapter('Identity');
SELECT E'\n## Surveys and alerts\n';
SELECT pg_temp.chapter('Surveys', 'Alerts');
SELECT E'\n## Privacy\n';
SELECT pg_temp.chapter('Privacy');
SELECT E'\n## RFM, value and labels\n';
SELECT pg_temp.chapter('RFM', 'Value', 'Labels');
SELECT E'\n## Pictures\n';
SELECT pg_temp.chapter('Pictures');
SELECT E'\n## Days, periods and states\n';
SELECT pg_temp.chapter('Calendar', 'States');

\set file :dir '/models.md'
\o :file
SELECT pg_temp.page('Models', '[Models](../guide/models.md) tells which one answers what.');
SELECT pg_temp.chapter('Models', 'Purchase model', 'Spend model', 'Lifetime value', 'Survival', 'Contract model', 'Feature model', 'Backtest');

\set file :dir '/operators.md'
\o :file
SELECT pg_temp.page('Operators, casts and operator classes', '`||` has the twin `merge(a, b)`, for a `search_path` without the schema.');
SELECT E'| object | what it does |\n|---|---|';
SELECT format('| `%s %s %s` | %s |', oprleft::regtype, replace(oprname, '|', '\|'), oprright::regtype, obj_description(o.oid, 'pg_operator'))
FROM pg_operator o JOIN members m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
ORDER BY oprname, oprleft::regtype::text;
SELECT format('| `%s::%s` | %s |', castsource::regtype, casttarget::regtype, obj_description(c.oid, 'pg_cast'))
FROM pg_cast c JOIN members m ON m.classid = 'pg_cast'::regclass AND m.objid = c.oid
ORDER BY 1;
SELECT format('| `%s` (%s) | %s |', opcname, amname, obj_description(c.oid, 'pg_opclass'))
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
JOIN members m ON m.classid = 'pg_opclass'::regclass AND m.objid = c.oid
ORDER BY 1;

-- a shop without a row, for the types of columns
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA source_of_reference;
CREATE TABLE source_of_reference.events (customer_id bigint, ordered_at timestamptz, total numeric, event text, label text);
CREATE TABLE source_of_reference.points (customer_id bigint, day date, points bigint);
CREATE TABLE source_of_reference.assignments (customer_id bigint, variant text, assigned_at timestamptz, label text);
CREATE TABLE source_of_reference.growth (customer_id bigint, day date, growth numeric);
CREATE TABLE source_of_reference.invitations (inviter bigint, invitee bigint, invited_at timestamptz);
CREATE TABLE source_of_reference.logins (device_id text, customer_id bigint, logged_in_at timestamptz);
CREATE TABLE source_of_reference.answers (score integer, answered_at timestamptz, label text);
CREATE TABLE source_of_reference.reads (customer_id bigint, post text, read_at timestamptz, author bigint, role text);
CREATE TABLE source_of_reference.tags (customer_id bigint, tag text, valid_from date, valid_to date);
CREATE TEMPORARY TABLE made AS
SELECT split_part(m.object, '.', 2) AS object, m.answers
FROM create_views('source_of_reference.events', 'customer_id', 'ordered_at', 'total', target_schema => 'reference',
	rfm_ntile => true, allow_empty => true) AS m;
-- and all that add-ons make
SELECT FROM create_journeys('reference', label => 'label');
SELECT FROM create_funnel_view('reference', 'NAME', within => '7 days', conditions => '{true}', label => 'label', breakdown => 'label');
SELECT FROM create_path_view('reference', 'NAME');
SELECT FROM create_attribution_view('reference', 'NAME', '{order}');
SELECT FROM create_session_view('reference', 'NAME');
SELECT FROM create_points_views('reference', 'source_of_reference.points', 'customer_id', 'day', 'points');
SELECT FROM create_experiment_views('reference', 'NAME', 'source_of_reference.assignments', 'customer_id', 'variant', 'assigned_at', 'control', breakdown => '{label}');
SELECT FROM create_tier_views('reference', 'source_of_reference.growth', 'customer_id', 'day', 'growth', make_tier_rules('{silver}', '{1}'));
SELECT FROM create_referral_views('reference', 'source_of_reference.invitations', 'inviter', 'invitee', 'invited_at');
SELECT FROM create_identity_views('reference', 'source_of_reference.logins', 'device_id', 'customer_id', 'logged_in_at');
SELECT FROM create_survey_views('reference', 'NAME', 'source_of_reference.answers', 'score', 'answered_at', segments => '{label}');
SELECT FROM create_alert_views('reference');
SELECT FROM set_goal('reference', 'purchases', 1, '2024-01-01', '2024-02-01');
SELECT FROM create_propensity_views('reference');
SELECT FROM create_tag_views('reference', 'source_of_reference.tags', 'customer_id', 'tag', 'valid_from', 'valid_to');
SELECT FROM create_content_views('reference', 'source_of_reference.reads', 'customer_id', 'post', 'read_at', creator => 'author', role => 'role');
SELECT FROM create_item_views('reference', 'source_of_reference.reads', 'customer_id', 'post', 'read_at', 'NAME', stored_recommendations => true);
SELECT FROM forget_user('reference', '1');
INSERT INTO made SELECT a.object, a.answers FROM addon_catalog() AS a WHERE a.column_name IS NULL;
CREATE TEMPORARY VIEW columns AS
SELECT c.relname, c.relkind, v.place, a.attnum, a.attname, replace(format_type(a.atttypid, NULL), 'timestamp with time zone', 'timestamptz') AS type,
	   v.answers, col_description(c.oid, a.attnum) AS says
FROM (SELECT object, answers, row_number() OVER () AS place FROM made) AS v
JOIN pg_class c ON c.relname = v.object AND c.relnamespace = 'reference'::regnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0;
CREATE FUNCTION pg_temp.objects(kind "char") RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format(E'\n## %s\n\n%s.\n\n| column | type | what it is |\n|---|---|---|\n', relname, answers)
		|| string_agg(format('| `%s` | %s | %s |', attname, type, replace(says, '|', '\|')), E'\n' ORDER BY attnum)
	FROM columns WHERE relkind = kind GROUP BY relname, answers, place ORDER BY place
$$;
\set file :dir '/columns.md'
\o :file
SELECT pg_temp.page('Columns of the views', E'Each view that `create_views` makes, of a source whose users are `bigint`; `rfm_ntile` only with that argument; behind them those of\n'
	'[journeys](../guide/journeys/README.md), which calls of their own add.\n'
	'[Tenants](../guide/tenants.md) and [breakdowns](../guide/breakdowns.md) add their columns in front. The same stands in the comments,\n'
	'which `\\d+ shop.users` shows in psql. The [tables](tables.md) have a page of their own.');
SELECT pg_temp.objects('v');

\set file :dir '/tables.md'
\o :file
SELECT pg_temp.page('Columns of the tables', E'The tables that stand beside the [views](columns.md). With `stored => false` there are views `activity` and `fitted` in place of\n'
	'the tables, and none of those that keep a history. The tables of [journeys](../guide/journeys/README.md) are there where these are. The table `settings` has the arguments of [create_views](../guide/create-views.md).');
SELECT pg_temp.objects('r');
\o
ROLLBACK;

\set file :dir '/internal.md'
\o :file
SELECT pg_temp.page('Internal functions', 'What stands in the schema `user_ops_internal`: not called by hand, and free to change from one version to the next.');
SELECT E'## Types\n\n| type | what it is |\n|---|---|';
SELECT format('| `%s` | %s |', t.typname, obj_description(t.oid, 'pg_type'))
FROM pg_type t JOIN members m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typnamespace = 'user_ops_internal'::regnamespace AND t.typcategory <> 'A'
ORDER BY t.typname;
SELECT E'\n## Of types, aggregates and operators\n';
SELECT pg_temp.names('{support}') || '.';
SELECT E'\n## Of create_views\n\nIt checks its arguments and writes its SQL with them.\n';
SELECT pg_temp.chapter('generation');
\o

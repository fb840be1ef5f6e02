# What t/limits.pl asks of each limit that docs/limits.md names: a query with {n}, which is the limit
# where it has to work, and one more where it has to say what the page says.
package Limits;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(%within);

our $setup = <<'SQL';
CREATE TABLE public.events AS SELECT u AS user_id, timestamptz '2024-01-01' + u * d * interval '1 day' AS event_time, d AS amount, 'a'::text AS event
FROM generate_series(1, 20) AS u, generate_series(1, 5) AS d;
CREATE TABLE public.arms AS SELECT DISTINCT user_id, 'a'::text AS variant, timestamptz '2024-01-03' AS assigned_at FROM public.events;
CREATE TABLE public.answers AS SELECT user_id, event_time, 5 AS score FROM public.events;
CREATE FUNCTION public.texts(n bigint) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT array_agg(format('n%s', i) ORDER BY i) FROM generate_series(1, n) AS i $$;
CREATE FUNCTION public.numbers(n bigint) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$ SELECT array_agg(i::integer ORDER BY i) FROM generate_series(1, n) AS i $$;
CREATE FUNCTION public.one_journey() RETURNS user_ops.journey LANGUAGE sql STABLE AS $$ SELECT user_ops.journey_agg(timestamptz '2024-01-01' + i * interval '1 minute', 'n' || i) FROM generate_series(1, 3) AS i $$;
-- create_views with one argument more, as a text; another time with another one it makes the schema anew
CREATE FUNCTION public.make(more text, target name DEFAULT 'shop') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM user_ops.create_views(''public.events'', ''user_id'', ''event_time'', ''amount'', %L, as_of => ''2024-06-01'' %s)', target, more) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION public.doubled(INOUT state anyelement, n integer) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..n LOOP EXECUTE 'SELECT user_ops.merge($1, $1)' INTO state USING state; END LOOP;
END $$;
SELECT public.make('');
SQL

our %within = (
	# amounts and days
	'Decimals of an amount' => q{SELECT activity_agg(date '2024-01-01', ('0.' || repeat('0', {n} - 1) || '1')::numeric)},
	'An amount, in units of its last decimal' => q{SELECT activity_agg(date '2024-01-01', {n}::numeric)},
	'Amounts of a user on one day, added up' => q{SELECT activity_agg(date '2024-01-01', a) FROM (VALUES (9223372036854775806::bigint), (({n} - 9223372036854775806)::bigint)) AS v (a)},
	'Events of a user on one day' => q{SELECT merge(('{2024-01-01:' || {n} - 1 || '}')::activity, '{2024-01-01:1}'::activity)},
	'The last year of a day' => q{SELECT activity_agg(make_date({n}, 12, 31))},
	'Doublings of 0.000000001 points in a ledger' => q{SELECT length(doubled(points_agg(date '2024-01-01', 0.000000001, NULL), {n})::text)},
	'Doublings of one user in a retention state' => q{SELECT length(doubled(retention('{2024-01-01:1}'::activity, 'day', '2025-01-01'), {n})::text)},
	'Doublings of one user in a lifecycle state' => q{SELECT length(doubled(lifecycle('{2024-01-01:1}'::activity, 'month', '2025-01-01'), {n})::text)},
	'Doublings of one answer in a survey' => q{SELECT length(doubled(survey(5, 0, 10), {n})::text)},
	# texts
	'Bytes of an item that is a text' => q{SELECT basket_agg(repeat('i', {n}), date '2024-01-01')},
	'Bytes of an id in a graph of logins' => q{SELECT identity_agg(repeat('i', {n}), 1::bigint, date '2024-01-01')},
	'Bytes of the name of a variant' => q{SELECT experiment_mean(repeat('v', {n}), 1)},
	'Bytes of the name of a tier' => q{SELECT make_tier_rules(ARRAY[repeat('t', {n})], '{1}')},
	'Bytes of the name of a feature' => q{SELECT feature_sample(i % 2 = 0, ARRAY[i]::float8[], ARRAY[repeat('f', {n})]) FROM generate_series(1, 9) AS i},
	# journeys
	'Conditions of a journey' => q{SELECT journey_agg(date '2024-01-01', VARIADIC (SELECT array_agg(true) FROM generate_series(1, {n})))},
	'Steps of a funnel' => q{SELECT funnel_level(one_journey(), texts({n})::journey_steps, '1 hour')},
	'Names of events in a journey' => q{SELECT length(journey_agg(date '2024-01-01', 'n' || i)::text) FROM generate_series(1, {n}) AS i},
	'Repeats in braces of a pattern' => q{SELECT sequence_match(one_journey(), '(?1){' || {n} || '}', '{n1}'::text[]::journey_steps)},
	'Events of a pattern, repeats written out' => q{SELECT sequence_match(one_journey(), repeat('(?1)', {n}), '{n1}'::text[]::journey_steps)},
	'Depth of paths' => q{SELECT path_edges(one_journey(), '1 hour', date '2025-01-01', path_options(max_depth => {n}))},
	'Channels of markov_attribution' => q{SELECT length(markov_attribution(ARRAY['n' || i], 1, 0)::text) FROM generate_series(1, {n}) AS i},
	'Channels of shapley_attribution by rate' => q{SELECT shapley_attribution(ARRAY['n' || i], 1, 0, 'rate') FROM generate_series(1, {n}) AS i},
	'Periods of rolling_retention' => q{SELECT rolling_retention((SELECT journey_agg(date '2024-01-01', true)), 1, 1, '1 day', {n}, date '2025-01-01')},
	'Bars of a histogram of times' => q{SELECT count(*) FROM histogram((SELECT funnel(one_journey(), '{n1,n2}'::text[]::journey_steps, '1 hour', date '2025-01-01')), 1, 2, {n})},
	# retention, RFM, values
	'max_periods of retention' => q{SELECT retention('{2024-01-01:1}'::activity, 'day', '2025-01-01', retention_options(max_periods => {n}))},
	'Brackets of retention' => q{SELECT retention('{2024-01-01:1}'::activity, 'day', '2025-01-01', retention_options(brackets => array_fill(1, ARRAY[{n}])))},
	'Brackets of gap_histogram' => q{SELECT gap_histogram('{2024-01-01:1}'::activity, '2025-01-01', numbers({n}))},
	'Bins of an RFM score' => q{SELECT rfm_model('{2024-01-01:1}'::activity, '2025-01-01', {n})},
	'Shares that value tiers end at' => q{SELECT value_cuts(value_sample(i::numeric), (SELECT array_agg(j / 100.0 ORDER BY j) FROM generate_series(1, {n}) AS j)) FROM generate_series(1, 9) AS i},
	# models
	'Features of a feature_model' => q{SELECT feature_sample(i % 2 = 0, array_fill(i::float8, ARRAY[{n}])) FROM generate_series(1, 9) AS i},
	'Groups of log_rank' => q{SELECT log_rank(VARIADIC (SELECT array_agg(s) FROM (SELECT survival(i % 7 + g, i % 2 = 0) FROM generate_series(1, 20) AS i, generate_series(1, {n}) AS g GROUP BY g) AS v (s)))},
	'regularity of a purchase model' => q{SELECT purchase_model(i % 5, i % 5, 10, 0, 1, 'mbg_cnbd', purchase_options(regularity => {n})) FROM generate_series(0, 20) AS i},
	'Repeat purchases in a history of a purchase_model' => q{SELECT p_alive(make_purchase_model('mbg_nbd', 1, 10, 1, 1), {n}, 100, 200)},
	'Periods of contract_projection' => q{SELECT count(*) FROM contract_projection(make_contract_model(1, 2), {n})},
	'regularity of gap_survival' => q{SELECT gap_survival(5::bigint, 50, 7, regularity => {n})},
	'steps of clv' => q{SELECT clv(make_purchase_model('mbg_nbd', 1, 10, 1, 1), make_spend_model(2, 3, 4), 2, 50, 100, 10, {n}, 30, 0.01)},
	'horizon_days of clv' => q{SELECT clv((SELECT purchase_model(activity, '2024-06-01') FROM shop.activity), make_spend_model(2, 3, 4), activity, date '2024-06-01', {n}, 0.1) FROM shop.activity},
	# campaigns, programmes, surveys
	'Arms of an experiment' => q{SELECT experiment_mean('n' || i, 1) FROM generate_series(1, {n}) AS i},
	'Tiers' => q{SELECT make_tier_rules(texts({n}), (SELECT array_agg(i::numeric ORDER BY i) FROM generate_series(1, {n}) AS i))},
	'Days of tiers: validity_days, window_days, grace_days' => q{SELECT make_tier_rules('{a}', '{1}', validity_days => {n})},
	'Scores of a survey above the lowest' => q{SELECT survey(5, 0, {n})},
	# items
	'Items of a basket' => q{SELECT n_items(basket_agg(i, date '2024-01-01'), '2025-01-01') FROM generate_series(1, {n}) AS i},
	# the rest
	'Characters of a bar' => q{SELECT bar(1, 2, {n})},
	'Days that engagement counts, from the first to as_of' => q{SELECT length(engagement('{0001-01-01:1}'::activity, date '0001-01-01' + {n})::text)},
	'Days that lifecycle counts one by one' => q{SELECT length(lifecycle('{0001-01-01:1}'::activity, 'day', date '0001-01-01' + {n})::text)},
	'Days of daily retention, with newcomers each day' => q{SELECT length(retention(format('{%s:1}', date '2000-01-01' + i)::activity, 'day', date '2000-01-01' + {n} + 1)::text) FROM generate_series(1, {n}) AS i},
	# names
	'Bytes of a breakdown column' => q{DO $$ BEGIN EXECUTE format('DROP VIEW IF EXISTS public.narrow; CREATE VIEW public.narrow AS SELECT user_id, event_time, event AS %1$I FROM public.events', repeat('c', {n}));
		EXECUTE format('SELECT count(*) FROM user_ops.create_views(''public.narrow'', ''user_id'', ''event_time'', NULL, ''narrow'', first_values => ARRAY[%1$L]::name[], breakdown => ARRAY[%1$L]::name[])', repeat('c', {n})); ROLLBACK; END $$},
	'Bytes of the name of a funnel with conditions' => q{BEGIN; SELECT create_funnel_view('shop', repeat('f', {n}), conditions => '{event = ''a'',amount > 1}', within => '1 hour'); ROLLBACK},
	'Bytes of the name of an experiment' => q{BEGIN; SELECT create_experiment_views('shop', repeat('e', {n}), 'public.arms', 'user_id', 'variant', 'assigned_at', 'a'); ROLLBACK},
	'Bytes of the name of a survey' => q{BEGIN; SELECT create_survey_views('shop', repeat('s', {n}), 'public.answers', 'score', 'event_time'); ROLLBACK},
	'Bytes of the name of a set of items' => q{BEGIN; SELECT create_item_views('shop', 'public.events', 'user_id', 'event', 'event_time', repeat('i', {n})); ROLLBACK},
	# arguments of create_views and of add-ons
	(map { ("$_ of create_views" => "BEGIN; SELECT make(', $_ => {n}', 'other'); ROLLBACK") } qw(horizon_days max_days max_weeks max_months lost_days sleep_days rfm_bins history_days amount_decimals)),
	'within_days of experiments' => q{BEGIN; SELECT create_experiment_views('shop', 'e', 'public.arms', 'user_id', 'variant', 'assigned_at', 'a', within_days => {n}); ROLLBACK},
	'before_days of experiments' => q{BEGIN; SELECT create_experiment_views('shop', 'e', 'public.arms', 'user_id', 'variant', 'assigned_at', 'a', before_days => {n}); ROLLBACK},
	'weeks of create_alert_views' => q{BEGIN; SELECT create_alert_views('shop', weeks => {n}); ROLLBACK},
	'months of create_survey_views' => q{BEGIN; SELECT create_survey_views('shop', 's', 'public.answers', 'score', 'event_time', months => {n}); ROLLBACK},
	'horizon_days of create_propensity_views' => q{BEGIN; SELECT create_propensity_views('shop', {n}); ROLLBACK},
	'max_items of create_item_views' => q{BEGIN; SELECT create_item_views('shop', 'public.events', 'user_id', 'event', 'event_time', max_items => {n}); ROLLBACK},
	'top of create_item_views' => q{BEGIN; SELECT create_item_views('shop', 'public.events', 'user_id', 'event', 'event_time', top => {n}); ROLLBACK},
	'backtest_days of create_item_views' => q{BEGIN; SELECT create_item_views('shop', 'public.events', 'user_id', 'event', 'event_time', backtest_days => {n}); ROLLBACK},
	'within_days of create_content_views' => q{BEGIN; SELECT create_content_views('shop', 'public.events', 'user_id', 'event', 'event_time', within_days => {n}); ROLLBACK},
	'horizon_days of backtest' => q{SELECT backtest('shop.activity', '2024-03-01', {n})},
	'top of recommendation_backtest' => q{BEGIN; SELECT create_item_views('shop', 'public.events', 'user_id', 'event', 'event_time'); SELECT count(*) FROM recommendation_backtest('shop', '2024-02-01', '2024-03-01', {n}); ROLLBACK},
	# minutes
	'Events of a journey' => q{SELECT journey_agg(timestamptz '2024-01-01' + i * interval '1 second', true) IS NULL FROM generate_series(1, {n}) AS i},
	'Edges of paths' => q{SELECT path_edges(j, '1 hour', date '2025-01-01', path_options(exits => false)) IS NULL FROM (SELECT journey_agg(timestamptz '2024-01-01' + n * interval '1 second', 'n' || CASE n WHEN 0 THEN i / 2000 ELSE i % 2000 + 1000 END) FROM generate_series(1, {n}) AS i, generate_series(0, 1) AS n GROUP BY i) AS v (j)},
	'Users of an rfm_model' => q{SELECT rfm_model('{2024-01-01:1}'::activity, date '2025-01-01') IS NULL FROM generate_series(1, {n})},
	'Different histories of a purchase_model' => q{SELECT purchase_sample(i % 4000 + 1, (i / 4000)::float8, 20000.0) IS NULL FROM generate_series(1::bigint, {n}) AS i},
	'Different values of a value_sample' => q{SELECT value_sample(i::numeric) IS NULL FROM generate_series(1, {n}) AS i},
	'Different times of a survival' => q{SELECT survival(i::float8, true) IS NULL FROM generate_series(1, {n}) AS i},
	'Different rows of a feature_model with one feature' => q{SELECT feature_sample(true, ARRAY[i::float8]) IS NULL FROM generate_series(1, {n}) AS i},
	'Different rows of a feature_model with 31 features' => q{SELECT feature_sample(true, array_fill(i::float8, ARRAY[31])) IS NULL FROM generate_series(1, {n}) AS i},
	'Logins with ids that are numbers' => q{SELECT identity_agg(i, i, date '2024-01-01') IS NULL FROM generate_series(1::bigint, {n}) AS i},
	'Logins with ids of 255 bytes' => q{SELECT identity_agg(lpad(i::text, 255, 'x'), lpad(i::text, 255, 'y'), date '2024-01-01') IS NULL FROM generate_series(1, {n}) AS i},
	'Invitations of users with numbers' => q{SELECT referral_agg(i, i + 1, date '2024-01-01') IS NULL FROM generate_series(1::bigint, {n}) AS i},
	'Invitations with ids of 255 bytes' => q{SELECT referral_agg(lpad(i::text, 255, 'x'), lpad(i::text, 255, 'y'), date '2024-01-01') IS NULL FROM generate_series(1, {n}) AS i},
	'Items of one user whose pairs are counted' => q{SELECT item_affinity(b, '2025-01-01', affinity_options(max_items => 100000)) IS NULL FROM (SELECT basket_agg(i, date '2024-01-01') FROM generate_series(1, {n}) AS i) AS v (b)},
	'Days of entries in a ledger of points' => q{SELECT points_agg(date '0001-01-01' + i, 1::bigint, NULL) IS NULL FROM generate_series(1, {n}) AS i},
);

1;

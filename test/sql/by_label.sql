-- by_label: rows named by their labels, so that attribution is about channels where events
-- say what was done.
SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
SET datestyle = ISO, YMD; SET timezone = 'UTC';
CREATE TABLE clicks (customer_id int, at timestamptz, event text, total numeric, channel text);
INSERT INTO clicks VALUES
	(1, '2024-03-01 10:00', 'view', NULL, 'ads'), (1, '2024-03-01 10:02', 'cart', NULL, NULL),
	(1, '2024-03-02 09:00', 'view', NULL, 'mail'), (1, '2024-03-02 09:05', 'pay', 20.50, NULL),
	(2, '2024-03-03 10:00', 'view', NULL, 'ads'), (2, '2024-03-03 10:10', 'pay', 10, 'till'),
	(3, '2024-03-03 11:00', 'view', NULL, NULL);

-- the cart has neither; a payment keeps its name, whatever its label
SELECT c.customer_id, r.* FROM (SELECT customer_id, by_label(journey_agg(at, event, total, NULL, channel), '{pay}') AS j FROM clicks GROUP BY customer_id) AS c,
	journey_rows(j) AS r ORDER BY 1, 2;
-- a customer without any has no journey left; what is left is partial
SELECT customer_id, by_label(journey_agg(at, event, total, NULL, channel), '{pay}') IS NULL AS nothing FROM clicks GROUP BY customer_id ORDER BY 1;
SELECT count(*) FROM sessions((SELECT by_label(journey_agg(at, event, total, NULL, channel), '{}') FROM clicks), '1 hour');
SELECT r.event FROM journey_rows((SELECT by_label(journey_agg(at, event, total, NULL, channel), '{}') FROM clicks)) AS r;
-- refused: names that are NULL, and journeys without names
SELECT by_label(journey_agg(at, event), '{NULL}') FROM clicks;
SELECT by_label(journey_agg(at, event), NULL) FROM clicks;
SELECT by_label(journey_agg(at, event = 'pay'), '{pay}') FROM clicks;
SELECT by_label(NULL, '{pay}') IS NULL AS is_null;

-- 30.50 over two conversions: linear gives ads half of the first and all of the second, 10.25 + 10
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM create_views('clicks', 'customer_id', 'at', 'total', target_schema => 'labelled', as_of => '2024-04-01');
SELECT object FROM create_attribution_view('labelled', 'channels', conversion => '{pay}', models => '{linear,last}', by_label => true, event => 'event');
SELECT object FROM create_attribution_view('labelled', 'channels', conversion => '{pay}', models => '{linear,last}', by_label => true, event => 'event', label => 'channel');
SELECT * FROM labelled.attribution ORDER BY model, channel;
SELECT count(*) > 0 AS dropped FROM drop_views('labelled');
DROP TABLE clicks;

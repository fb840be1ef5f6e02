-- Segments, life stages and lifecycle states in Chinese and English.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS user_ops;
\set SHOW_CONTEXT never

SELECT user_ops.translate_label('at_risk', 'chinese'), user_ops.translate_label('有流失风险', 'english'),
	   user_ops.translate_label('有流失风险', 'chinese'), user_ops.translate_label('no label', 'chinese');
SELECT user_ops.translate_label('at_risk', 'klingon');
SELECT user_ops.translate_label(NULL, 'chinese') IS NULL AS strict;

-- all words that the functions have, and no two alike: there and back
CREATE TABLE words AS
SELECT 'segment' AS label, user_ops.segment(r, f) AS word FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f
UNION SELECT 'segment', 'no_purchase'
UNION SELECT 'segment8', unnest(user_ops.segment8_labels('english'))
UNION SELECT 'life_stage', unnest('{introduction,growth,mature,sleeping,lost}'::text[])
UNION SELECT 'lifecycle_state', unnest('{new,returning,resurrected,dormant,inactive}'::text[]);
SELECT label, count(*) AS words, count(DISTINCT user_ops.translate_label(word, 'chinese')) AS chinese,
	   count(*) FILTER (WHERE user_ops.translate_label(word, 'chinese') = word) AS not_translated,
	   count(*) FILTER (WHERE user_ops.translate_label(user_ops.translate_label(word, 'chinese'), 'english') <> word) AS lost_on_the_way
FROM words GROUP BY label ORDER BY label;
SELECT user_ops.segment8_labels('chinese');

-- users of every kind
CREATE TABLE visits AS
SELECT i AS who, date '2024-01-01' + (i * 7 % 150) + n * (1 + i % 40) AS day, CASE WHEN i % 4 > 0 THEN i % 9 * n + 1 END AS paid
FROM generate_series(1, 400) AS i, generate_series(0, i % 11) AS n
WHERE (i * 7 % 150) + n * (1 + i % 40) < 300;

-- the same views three times: as they come, and in each language
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'usual', as_of => '2024-10-01', rfm_ntile => true);
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'english', as_of => '2024-10-01', rfm_ntile => true, labels => 'english');
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'chinese', as_of => '2024-10-01', rfm_ntile => true, labels => 'chinese');
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'live', as_of => '2024-10-01', rfm_ntile => true, labels => 'chinese', stored => false);

-- every label of the functions is there, and they are found under the same users
SELECT (SELECT count(DISTINCT segment) FROM usual.users) AS segments, (SELECT count(DISTINCT segment8) FROM usual.users) AS segment8s,
	   (SELECT count(DISTINCT life_stage) FROM usual.users) AS life_stages, (SELECT count(DISTINCT lifecycle_state) FROM usual.users) AS states;
SELECT count(*) AS users,
	   count(*) FILTER (WHERE (u.segment, u.life_stage, u.lifecycle_state) = (e.segment, e.life_stage, e.lifecycle_state)) AS english_alike,
	   count(*) FILTER (WHERE (u.segment, u.life_stage, u.lifecycle_state) = (user_ops.translate_label(c.segment, 'english'),
			user_ops.translate_label(c.life_stage, 'english'), user_ops.translate_label(c.lifecycle_state, 'english'))) AS chinese_alike,
	   count(*) FILTER (WHERE c = l) AS live_alike,
	   count(*) FILTER (WHERE u.segment8 = c.segment8) AS segment8_chinese, count(*) FILTER (WHERE user_ops.translate_label(e.segment8, 'chinese') = c.segment8) AS segment8_english
FROM usual.users AS u JOIN english.users AS e USING (user_id) JOIN chinese.users AS c USING (user_id) JOIN live.users AS l USING (user_id);

-- no word of the other language is left anywhere
CREATE FUNCTION words_of(target name, pattern text) RETURNS TABLE (place text, word text) LANGUAGE plpgsql AS $$
DECLARE
	place_of record;
BEGIN
	FOR place_of IN
		SELECT format('%I.%I', target, c.relname) AS relation, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = target::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND a.atttypid = 'text'::regtype
		  AND c.relname NOT IN ('settings', 'refresh_log')
	LOOP
		RETURN QUERY EXECUTE format('SELECT DISTINCT %L, v.%I FROM %s AS v WHERE v.%2$I ~ %4$L', place_of.relation || '.' || place_of.attname, place_of.attname, place_of.relation, pattern);
	END LOOP;
END $$;
SELECT count(DISTINCT place) AS places FROM words_of('chinese', '[一-龥]');
SELECT * FROM words_of('english', '[一-龥]');
SELECT w.* FROM words_of('chinese', '^[a-z_]+$') AS w JOIN words USING (word);

-- what a refresh keeps follows: who moved, how many have which label
INSERT INTO visits SELECT i, '2024-09-30', 500 FROM generate_series(1, 400, 3) AS i;
SELECT updated FROM user_ops.refresh('usual');
SELECT updated FROM user_ops.refresh('chinese');
SELECT count(*) > 100 AS moved,
	   count(*) FILTER (WHERE (u.old_value, u.new_value) IS NOT DISTINCT FROM (user_ops.translate_label(c.old_value, 'english'), user_ops.translate_label(c.new_value, 'english'))) = count(*) AS alike
FROM usual.transitions AS u JOIN chinese.transitions AS c USING (user_id, attribute);

-- and another language translates what was kept
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'chinese', as_of => '2024-10-01', rfm_ntile => true);
SELECT w.place FROM words_of('chinese', '[一-龥]') AS w WHERE w.place !~ 'segment8';
TABLE usual.segment_history EXCEPT TABLE chinese.segment_history;
SELECT user_id, attribute, old_value, new_value FROM usual.transitions EXCEPT SELECT user_id, attribute, old_value, new_value FROM chinese.transitions;

-- comments name the words that stand there
SELECT c.relname, a.attname, col_description(c.oid, a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'live'::regnamespace AND col_description(c.oid, a.attnum) ~ '[一-龥]' ORDER BY 1, 2;

-- own labels for the eight segments go before the language
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'chinese', as_of => '2024-10-01', labels => 'chinese', segment8_labels => '{a,b,c,d,e,f,g,h}');
SELECT DISTINCT segment8 FROM chinese.users WHERE segment8 !~ '^[a-h]$';
SELECT count(*) > 0 AS made FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'usual', labels => 'deutsch');

SELECT count(*) > 20 AS dropped FROM unnest('{usual,english,chinese,live}'::name[]) AS s, user_ops.drop_views(s);
DROP TABLE visits, words;

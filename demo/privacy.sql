-- Privacy: what is stored of one customer, as forgetting would tell, and what of the views can be shown to more people.
SELECT pg_temp.heading('What is stored of one customer, and what can be shown',
	'forget_user deletes a customer from every table, and says from which (here it is taken back).' || E'\n'
	|| 'create_public_views writes copies without users and without counts of fewer than five people.',
	:'bold', :'dim', :'off', :'rule');

SET client_min_messages = warning;
BEGIN;
CREATE TEMPORARY TABLE erased ON COMMIT DROP AS
SELECT f.* FROM (SELECT user_id FROM :"schema".users ORDER BY monetary DESC, user_id LIMIT 1) AS best, user_ops.forget_user(:'schema', best.user_id::text) AS f;
SELECT string_agg(:'green' || lpad(rows::text, 3) || :'off' || rpad(' ' || split_part(object, '.', 2), 30), '' ORDER BY place)
FROM (SELECT *, row_number() OVER (ORDER BY rows DESC, object) AS place FROM erased WHERE rows > 0) AS e GROUP BY (place - 1) / 3 ORDER BY (place - 1) / 3;
SELECT format('and none in %s.', string_agg(split_part(object, '.', 2), ', ' ORDER BY object)) FROM erased WHERE rows = 0;
ROLLBACK;

\set published :schema _public
CREATE TEMPORARY TABLE published AS SELECT * FROM user_ops.create_public_views(:'schema', :'published');
SELECT E'\n' || format('%s%s%s: %s tables, %s rows, of which %s hide something. Answers by score:', :'bold', :'published', :'off', count(*), pg_temp.num(sum(rows), 0), pg_temp.num(sum(suppressed), 0))
FROM published;
SELECT :'dim' || rpad('recommend', 12) || string_agg(lpad(score::text, 7), '' ORDER BY score) || :'off' FROM generate_series(0, 10) AS score;
SELECT rpad(to_char(month, 'YYYY-MM'), 12) || string_agg(CASE WHEN answers IS NULL THEN :'yellow' || lpad(:'light', 7) || :'off' ELSE pg_temp.num(answers, 7) END, '' ORDER BY score)
FROM :"published".survey_scores
WHERE survey = 'recommend' AND complete GROUP BY month ORDER BY month DESC LIMIT 6;
RESET client_min_messages;

-- Paths: what users do one after the other in a session.
SELECT pg_temp.heading('Paths',
	'The commonest ways from event to event of a session; repeats of an event in a row count once.' || E'\n'
	|| 'Bars: sessions, of all. (exit): the session ended there. Time: the average, from event to event.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('nth', 5) || rpad('event', 20) || rpad('the next', 20) || lpad('sessions', 8) || repeat(' ', 23) || lpad('users', 9) || lpad('time', 10) || :'off';
SELECT CASE WHEN place = 1 THEN rpad(depth::text, 5) ELSE repeat(' ', 5) END
	|| rpad(left(source, 19), 20) || CASE target WHEN '(exit)' THEN :'dim' ELSE '' END || rpad(left(target, 19), 20) || CASE target WHEN '(exit)' THEN :'off' ELSE '' END
	|| pg_temp.num(sessions, 8) || '  ' || CASE target WHEN '(exit)' THEN :'dim' ELSE :'green' END || pg_temp.bar(sessions, all_sessions, 20) || :'off' || ' '
	|| pg_temp.num(users, 9) || lpad(pg_temp.duration(average_seconds), 10)
FROM (
	SELECT *, row_number() OVER (PARTITION BY depth ORDER BY sessions DESC, source, target) AS place, sum(sessions) FILTER (WHERE depth = 1) OVER () AS all_sessions
	FROM :"schema".paths
) AS ranked
WHERE depth <= 4 AND place <= 4
ORDER BY depth, place;

-- Events by events, the commonest first; a session begins at the top and ends on the right.
CREATE TEMP TABLE next_events AS
WITH named AS (
	SELECT event, row_number() OVER (ORDER BY event LIKE '(%)', sum(transitions) DESC, event) AS place
	FROM :"schema".path_transitions, unnest(ARRAY[source, target]) AS event
	GROUP BY event
)
SELECT s.place AS row, t.place AS col, s.event AS source, t.event AS target, p.probability
FROM named AS s CROSS JOIN named AS t LEFT JOIN :"schema".path_transitions AS p ON p.source = s.event AND p.target = t.event
WHERE (s.place <= 6 OR s.event = '(entry)') AND s.event <> '(exit)' AND (t.place <= 6 OR t.event = '(exit)') AND t.event <> '(entry)';

SELECT '';
SELECT :'bold' || rpad('then, in %', 20) || string_agg(lpad(left(target, 10), 11), '' ORDER BY col) || :'off' FROM next_events WHERE source = '(entry)';
SELECT rpad(left(source, 19), 20) || string_agg(
		CASE WHEN level > 1 THEN :'green' ELSE '' END || CASE WHEN level > 2 THEN :'bold' ELSE '' END
		|| lpad(substr(:'shades', level + 1, 1) || lpad(CASE WHEN probability > 0 THEN coalesce(nullif(round(100 * probability)::text, '0'), '<1') ELSE '-' END, 4), 11)
		|| :'off', '' ORDER BY col)
FROM next_events, CAST(ceil(4 * coalesce(probability, 0) - 0.08) AS int) AS level
GROUP BY source, row ORDER BY source <> '(entry)', row;

-- Funnels: how many users get from one step to the next, and how fast.
SELECT pg_temp.heading('Funnels',
	'How far users get within the time that a funnel leaves them. Bars: users, of all at its first step.' || E'\n'
	|| 'Lost: those who reached the step before and not this one. Time: the median, from the step before.',
	:'bold', :'dim', :'off', :'rule');

SELECT line FROM (
	SELECT name, 0 AS step, :'bold' || rpad(left(name, 20), 20) || lpad('users', 8) || repeat(' ', 23) || lpad('of first', 9) || lpad('of before', 11)
		|| lpad('lost', 9) || lpad('time', 10) || :'off' AS line
	FROM :"schema".funnels WHERE step = 1
	UNION ALL
	SELECT name, step, rpad(left(step || ' ' || label, 20), 20) || pg_temp.num(users, 8) || '  '
		|| CASE WHEN step = 1 THEN :'blue' ELSE :'green' END || pg_temp.bar(users, max(users) OVER (PARTITION BY name), 20) || :'off' || ' '
		|| pg_temp.percent(conversion_from_first, 9)
		|| CASE WHEN step = 1 THEN '' ELSE pg_temp.percent(conversion_from_previous, 11) || :'red' || pg_temp.num(drop_off, 9) || :'off'
			|| lpad(pg_temp.duration(median_seconds), 10) END
	FROM :"schema".funnels
	UNION ALL
	SELECT name, max(step) + 1, :'dim' || format('%s of them have time left.', pg_temp.num(sum(open_users), 0)) || :'off'
	FROM :"schema".funnels GROUP BY name HAVING sum(open_users) > 0
) AS lines ORDER BY name, step;

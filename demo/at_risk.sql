-- The users one would write to today: big spenders about to leave, not yet lost.
SELECT pg_temp.heading('Most at risk among those that matter',
	'The top fifth by spend (without amounts: by frequency), those already lost left out, worst first.' || E'\n'
	|| 'Risk: chance of no purchase within 90 days, by the fitted model (without one, by gaps).',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('user', 14) || lpad('spend', 10) || lpad('freq.', 8) || '  last day  ' || lpad('idle', 7) || lpad('risk', 8)
	|| repeat(' ', 8) || rpad('segment', 20) || 'life stage' || :'off';
WITH ranked AS (
	SELECT *, cume_dist() OVER (ORDER BY coalesce(monetary, frequency)) AS standing
	FROM :"schema".users WHERE churn_risk IS NOT NULL
), chosen AS (
	SELECT * FROM ranked WHERE standing > 0.8 AND life_stage <> 'lost'
	ORDER BY churn_risk DESC, monetary DESC NULLS LAST, user_id LIMIT 12
)
SELECT line FROM (
	SELECT row_number() OVER (ORDER BY churn_risk DESC, monetary DESC NULLS LAST, user_id) AS place,
		rpad(user_id::text, 14) || pg_temp.num(monetary, 10) || pg_temp.num(frequency, 8)
		|| '  ' || to_char(last_day, 'YYYY-MM-DD') || pg_temp.num(idle_days, 7) || pg_temp.percent(churn_risk, 8) || ' '
		|| :'red' || pg_temp.bar(churn_risk::numeric, 1, 6) || :'off'
		|| ' ' || rpad(coalesce(segment, '-'), 19) || ' ' || life_stage AS line
	FROM chosen
	UNION ALL
	SELECT 99, '(nobody: none of them is left to be saved)' WHERE NOT EXISTS (SELECT FROM chosen)
) AS lines ORDER BY place;

-- Points: how they come and go, and what those that are out will still cost.
SELECT pg_temp.heading('Points',
	'One for each unit of money, good to the end of the month a year later. Each spend takes what' || E'\n'
	|| 'expires first; nothing is stored but who earned and spent how many, and when.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('month', 10) || lpad('earned', 10) || lpad('spent', 9) || lpad('returned', 10) || lpad('expired', 9) || lpad('balance', 10) || :'off';
SELECT rpad(to_char(month, 'Mon YYYY'), 10) || pg_temp.num(earned, 10) || pg_temp.num(spent, 9) || pg_temp.num(reversed, 10)
	|| CASE WHEN expired > 0 THEN :'red' ELSE '' END || pg_temp.num(expired, 9) || :'off' || pg_temp.num(closing_balance, 10)
	|| '  ' || :'blue' || pg_temp.bar(closing_balance, max(closing_balance) OVER (), 38) || :'off'
FROM (SELECT * FROM :"schema".points_month ORDER BY month DESC LIMIT 12) AS m ORDER BY month;

SELECT E'\n' || format('On %s %s points of %s users expire, the next ones %s later.', to_char(expires_on, 'FMMonth FMDD'), pg_temp.num(points, 0), pg_temp.num(users, 0),
	coalesce(next - expires_on || ' days', 'never'))
FROM (SELECT *, lead(expires_on) OVER (ORDER BY expires_on) AS next FROM :"schema".points_expiring ORDER BY expires_on LIMIT 1) AS e;

SELECT format(E'Of %s points that are out %s%s%s (%s) are expected to be used: %s in money.\nOf those that have ended, %s were.', pg_temp.num(outstanding, 0), :'bold',
	pg_temp.num(expected_used::numeric, 0), :'off', trim(pg_temp.percent(expected_used / outstanding::float8, 0)), pg_temp.num(liability::numeric, 0), trim(pg_temp.percent(used_of_ended, 0)))
FROM (SELECT sum(outstanding) AS outstanding, sum(expected_used) AS expected_used, sum(liability) AS liability,
		(sum(used) FILTER (WHERE complete) / sum(earned) FILTER (WHERE complete))::float8 AS used_of_ended FROM :"schema".points_liability) AS l;

-- Lifecycle by month: who makes up the active users, and how many went silent.
SELECT pg_temp.heading('Lifecycle by month',
	format('Active: new %s, returning from last month %s, resurrected after a pause %s. Dormant: gone silent.',
		:'full', :'middle', :'light') || E'\n'
	|| 'Quick ratio = (new + resurrected) / dormant: above 1 the active users grow in number.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || 'month     active     new  return.  resurr.  dormant  quick' || :'off';
SELECT line FROM (
	SELECT period_start, to_char(period_start, 'YYYY-MM') || CASE WHEN complete THEN ' ' ELSE '*' END
		|| pg_temp.num(active_users, 8) || pg_temp.num(new_users, 8) || pg_temp.num(returning_users, 9)
		|| pg_temp.num(resurrected_users, 9) || pg_temp.num(dormant_users, 9)
		|| CASE WHEN quick_ratio >= 1 THEN :'green' WHEN quick_ratio < 1 THEN :'red' ELSE '' END
		|| pg_temp.num(quick_ratio::numeric, 7, 2) || :'off' || '  '
		|| :'green' || repeat(:'full', a) || :'blue' || repeat(:'middle', b - a) || :'yellow' || repeat(:'light', c - b) || :'off' AS line
	FROM :"schema".lifecycle_month,
		(SELECT greatest(max(active_users), 1) / 38.0 AS unit FROM :"schema".lifecycle_month) AS scale,
		CAST(round(new_users / unit) AS int) AS a,
		CAST(round((new_users + returning_users) / unit) AS int) AS b,
		CAST(round(active_users / unit) AS int) AS c
	ORDER BY period_start DESC LIMIT 18
) AS latest ORDER BY period_start;
SELECT :'dim' || format('* = not over yet.%s', CASE WHEN months > 18 THEN format(' The latest 18 of %s months are shown.', months) ELSE '' END) || :'off'
FROM (SELECT count(*) AS months FROM :"schema".lifecycle_month) AS m;

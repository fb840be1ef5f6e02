-- Tiers: who holds which, and who is about to lose one.
SELECT pg_temp.heading('Tiers and who is about to lose one',
	'Silver from 200, gold from 500, platinum from 1,000 spent within a year; a tier is kept for a year' || E'\n'
	|| 'and 30 days of grace. Bars: share of customers, share of revenue.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('tier', 10) || lpad('users', 8) || repeat(' ', 20) || lpad('revenue', 12) || repeat(' ', 20) || lpad('due in 30 days', 15) || lpad('will keep it', 14) || :'off';
SELECT rpad(coalesce(c.tier_name, '-'), 10) || pg_temp.num(c.users, 8) || pg_temp.percent(c.share, 7) || ' ' || :'blue' || pg_temp.bar(c.share::numeric, 1, 12) || :'off'
	|| pg_temp.num(c.revenue, 12) || pg_temp.percent((c.revenue / sum(c.revenue) OVER ())::float8, 7) || ' ' || :'green' || pg_temp.bar(c.revenue / sum(c.revenue) OVER (), 1, 12) || :'off'
	|| pg_temp.num(d.users, 15) || CASE WHEN d.will_keep < d.users THEN :'red' ELSE '' END || pg_temp.num(d.will_keep, 14) || :'off'
FROM :"schema".tier_counts AS c
LEFT JOIN (SELECT tier_name, sum(users) AS users, sum(will_keep) AS will_keep FROM :"schema".tier_due WHERE valid_until <= :'as_of'::date + 30 GROUP BY tier_name) AS d
	ON d.tier_name = c.tier_name
ORDER BY c.tier DESC;

SELECT E'\n' || :'bold' || rpad('month', 10) || lpad('joined', 9) || lpad('rose', 9) || lpad('renewed', 9) || lpad('in grace', 10) || lpad('fell', 9) || :'off';
SELECT to_char(month, 'YYYY-MM') || '   ' || string_agg(pg_temp.num(users, width), '' ORDER BY place)
FROM (
	SELECT m.month, r.place, r.width, sum(m.users) FILTER (WHERE m.reason = r.reason) AS users
	FROM :"schema".tier_moves_month AS m,
		(VALUES (1, 'join', 9), (2, 'upgrade', 9), (3, 'renew', 9), (4, 'grace', 10), (5, 'downgrade', 9)) AS r (place, reason, width)
	WHERE m.complete AND m.month >= :'as_of'::date - 190 GROUP BY 1, 2, 3) AS moves
GROUP BY month ORDER BY month;

SELECT E'\n' || format('%s%s customers%s are due within 30 days and will not keep their tier unless they buy:%s%s.', :'bold', pg_temp.num(sum(users), 0), :'off', E'\n',
	string_agg(format('%s %s, who brought %s', pg_temp.num(users, 0), tier_name, pg_temp.num(brought, 0)), '; ' ORDER BY tier DESC))
FROM (
	SELECT t.tier, t.tier_name, count(*) AS users, sum(u.monetary) AS brought
	FROM :"schema".tier_users AS t JOIN :"schema".users AS u USING (user_id)
	WHERE t.days_left <= 30 AND NOT t.will_keep GROUP BY t.tier, t.tier_name) AS losing;

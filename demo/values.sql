-- Value: who brings the revenue, which tags they have, and how likely each is to buy.
SELECT pg_temp.heading('Who brings the revenue',
	'A: the users who bring 80 % of it, B: the next 15 %, C: the rest. Lift: how many times as many of A' || E'\n'
	|| 'have the tag as of all users. Likely: users with a probability above one half to buy in 30 days.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('tier', 6) || lpad('users', 8) || lpad('revenue', 12) || lpad('from', 10) || lpad('likely', 8) || '  ' || rpad('share of users, and of revenue', 42) || :'off';
SELECT rpad(t.tier, 6) || pg_temp.num(t.users, 8) || pg_temp.num(t.revenue, 12) || pg_temp.num(t.min_value, 10) || pg_temp.num(l.likely, 8) || '  '
	|| :'dim' || rpad(pg_temp.bar(t.share::numeric, 1, 12), 13) || :'off' || pg_temp.percent(t.share, 5) || '  '
	|| CASE t.tier WHEN 'A' THEN :'green' ELSE :'blue' END || rpad(pg_temp.bar(t.revenue_share::numeric, 1, 12), 13) || :'off' || pg_temp.percent(t.revenue_share, 5)
FROM :"schema".value_tiers AS t
LEFT JOIN (SELECT u.value_tier, count(*) FILTER (WHERE p.buy_probability > 0.5) AS likely FROM :"schema".users AS u JOIN :"schema".propensity AS p USING (user_id) GROUP BY 1) AS l ON l.value_tier = t.tier
ORDER BY t.tier;
SELECT format('Gini %s: 0 where all bring the same, 1 where one brings all.', round(max(gini)::numeric, 2)) FROM :"schema".value_tiers;

SELECT E'\n' || :'bold' || rpad('tag', 14) || lpad('users', 8) || lpad('revenue', 12) || lpad('+ 30 days', 11) || lpad('- 30 days', 11) || lpad('lift of A', 11) || :'off';
SELECT rpad(c.tag, 14) || pg_temp.num(c.users, 8) || pg_temp.num(c.revenue, 12)
	|| CASE WHEN c.added_30d > c.removed_30d THEN :'green' ELSE :'red' END || pg_temp.num(c.added_30d, 11) || pg_temp.num(c.removed_30d, 11) || :'off'
	|| pg_temp.num(o.lift::numeric, 11, 2)
FROM :"schema".tag_counts AS c LEFT JOIN :"schema".tag_overlap AS o ON o.tag = c.tag AND o.other = 'value_tier: A'
WHERE c.added_30d IS NOT NULL ORDER BY c.users DESC;

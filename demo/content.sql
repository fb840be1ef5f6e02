-- Content: which articles bring customers back, who writes them, and how many take part.
SELECT pg_temp.heading('Which content brings people back',
	'Articles of the shop''s magazine: of those who read one, who came back within a week; ranked by' || E'\n'
	|| 'the least that is sure. And who contributes, month by month.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('article', 22) || lpad('readers', 8) || lpad('new', 6) || lpad('back', 8) || lpad('at least', 10) || :'off';
SELECT rpad(item, 22) || pg_temp.num(users, 8) || pg_temp.num(new_users, 6) || pg_temp.percent(return_rate, 8) || pg_temp.percent(return_lower, 10)
	|| '  ' || :'blue' || pg_temp.bar(return_lower::numeric, (max(return_lower) OVER ())::numeric, 30) || :'off'
FROM (SELECT * FROM :"schema".content_items ORDER BY return_lower DESC NULLS LAST, item LIMIT 8) AS c ORDER BY return_lower DESC, item;

SELECT E'\n' || format('In %s %s%% contributed, %s%% reacted, the others read.', to_char(max(month), 'YYYY-MM'),
	round(100 * max(share) FILTER (WHERE role = 'contribute')), round(100 * max(share) FILTER (WHERE role = 'react')))
FROM :"schema".contribution_month WHERE month = (SELECT max(month) FROM :"schema".contribution_month WHERE complete);

SELECT format('%s customers wrote; the busiest three brought %s%s%%%s of what others read and said.', max(of_all), :'green', round(100 * sum(share)), :'off')
FROM (SELECT share, count(*) OVER () AS of_all, row_number() OVER (ORDER BY events DESC NULLS LAST, creator) AS place FROM :"schema".content_creators) AS c WHERE place <= 3;

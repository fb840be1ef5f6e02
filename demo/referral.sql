-- Referral: who brings customers, how far that reaches, and whether it spreads.
SELECT pg_temp.heading('Who brings whom',
	'Customers by how many steps they stand below one whom nobody invited, and what they are worth.' || E'\n'
	|| 'K: how many others each new customer brings in 30 days. Below 1 nothing spreads by itself.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('generation', 12) || lpad('users', 7) || lpad('buyers', 8) || lpad('revenue', 12) || lpad('each', 9) || lpad('retained', 10) || :'off';
SELECT rpad(CASE generation WHEN 0 THEN '0 inviters' ELSE generation::text END, 12) || pg_temp.num(users, 7) || pg_temp.num(buyers, 8) || pg_temp.num(revenue, 12)
	|| pg_temp.num(revenue / users, 9) || pg_temp.percent(retention_rate, 10) || '  ' || :'blue' || pg_temp.bar(users, max(users) OVER (), 30) || :'off'
FROM :"schema".referral_generations ORDER BY generation;

SELECT E'\n' || format('K of the last year %s', string_agg(round(k_factor::numeric, 2)::text, ' ' ORDER BY cohort))
	|| format(E'\nSo each customer who was won otherwise makes %s%s%s in the end, if that goes on.', :'bold', round(1 / (1 - (sum(accepted) / sum(users))), 2), :'off')
FROM (SELECT * FROM :"schema".referral_month WHERE complete ORDER BY cohort DESC LIMIT 12) AS m;

SELECT format('Most valuable inviter: customer %s, who spent %s, brought %s and through them %s%s%s.', user_id, pg_temp.num(revenue, 0), descendants,
	:'green', pg_temp.num(descendants_revenue, 0), :'off')
FROM :"schema".referral_users ORDER BY descendants_revenue DESC, user_id LIMIT 1;

-- Identity: which devices and customers are one person, and what that tells of visits without a login.
SELECT pg_temp.heading('One person, many ids',
	'Devices that customers logged in on, and whose they are: of who logged in there last.' || E'\n'
	|| 'A device of many customers is nobody''s: a terminal in a store unites no one.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('a person has', 16) || lpad('persons', 9) || :'off';
SELECT rpad(CASE ids WHEN 1 THEN 'no device' WHEN 2 THEN '1 device' ELSE ids - 1 || ' devices' END, 16) || pg_temp.num(n, 9)
	|| '  ' || :'blue' || pg_temp.bar(n, max(n) OVER (), 30) || :'off'
FROM (SELECT ids, count(*) AS n FROM :"schema".identity_map WHERE kind = 'user' GROUP BY ids) AS m ORDER BY ids;

SELECT E'\n' || format('%s logins of %s customers on %s devices: %s%s persons%s; %s left out, as junk.', pg_temp.num(logins, 0), pg_temp.num(user_ids, 0),
	pg_temp.num(anonymous_ids, 0), :'bold', pg_temp.num(persons, 0), :'off', excluded_logins)
FROM :"schema".identity_counts;
SELECT 'Shared: ' || string_agg(format('%s (%s customers)', id, users), ', ') || '.' FROM :"schema".identity_suspects WHERE status = 'shared_device';

SELECT format('Of %s visits without a login %s%s%% have a person%s, by the device.', pg_temp.num(count(*), 0), :'green',
	round(100.0 * count(m.canonical_id) / count(*)), :'off')
FROM public.shop_visits AS v LEFT JOIN :"schema".identity_map AS m ON m.kind = 'anonymous' AND m.id = v.device_id
WHERE v.customer_id IS NULL;

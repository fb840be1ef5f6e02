-- Items: what goes together, and whether offering that is any better than offering what sells best.
SELECT pg_temp.heading('What goes together',
	'Products that one customer has more often than by chance, the surest first.' || E'\n'
	|| 'And what would have been offered 28 days before, held against what customers bought since.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('product', 18) || rpad('goes with', 18) || lpad('both', 6) || lpad('of these', 10) || lpad('lift', 7) || :'off';
SELECT rpad(item, 18) || rpad(other, 18) || pg_temp.num(users_both, 6) || pg_temp.percent(confidence, 10) || lpad(round(lift::numeric, 1)::text, 7)
	|| '  ' || :'blue' || pg_temp.bar(llr::numeric, (max(llr) OVER ())::numeric, 30) || :'off'
FROM (SELECT * FROM :"schema".item_pairs WHERE name = 'items' AND item < other COLLATE "C" ORDER BY llr DESC, item, other LIMIT 8) AS p ORDER BY llr DESC, item, other;

SELECT E'\n' || format('Five products offered to each: %s%s%%%s of %s customers bought one that goes with what they have,', :'green', round(100 * hit_rate), :'off', users)
	|| format(E'\n%s%% one that sells best: %s.', round(100 * hit_rate / (1 + lift_over_popular)),
		CASE WHEN lift_over_popular > 0 THEN format('recommendations hit %s%% more often', round(100 * lift_over_popular)) ELSE 'recommendations are not worth it' END)
FROM :"schema".recommendation_quality WHERE name = 'items' AND method = 'similar' ORDER BY as_of DESC LIMIT 1;

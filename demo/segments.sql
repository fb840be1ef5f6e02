-- RFM segments, the most valuable first.
SELECT pg_temp.heading('RFM segments',
	'Each user is scored on recency, frequency and money. Bars: share of users, share of revenue.' || E'\n'
	|| 'Where the revenue bar is longer than the user bar, a segment earns more than its size: keep it.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('segment', 20) || lpad('users', 8) || repeat(' ', 20) || lpad('revenue', 12) || repeat(' ', 20)
	|| lpad('days', 5) || lpad('freq.', 6) || lpad('spend', 8) || :'off';
SELECT rpad(segment, 20)
	|| pg_temp.num(users, 8) || pg_temp.percent(share, 7) || ' '
	|| :'blue' || pg_temp.bar(share::numeric, largest, 12) || :'off'
	|| pg_temp.num(revenue, 12) || pg_temp.percent(revenue_share, 7) || ' '
	|| :'green' || pg_temp.bar(revenue_share::numeric, largest, 12) || :'off'
	|| pg_temp.num(avg_recency_days::numeric, 5)
	|| pg_temp.num(avg_frequency::numeric, 6, 1)
	|| pg_temp.num(avg_monetary, 8)
FROM :"schema".rfm_segments,
	(SELECT greatest(max(share), max(revenue_share))::numeric AS largest FROM :"schema".rfm_segments) AS scale
ORDER BY revenue DESC NULLS LAST, users DESC, segment;
SELECT :'dim' || 'Averages: days since the last purchase, days with a purchase, spend. Without amounts: active days.' || :'off';

-- The users one would write to today: big spenders about to leave, not yet lost.
SELECT pg_temp.heading('Most at risk among those that matter',
	format('The top fifth by %s, those already lost left out, worst first.',
		CASE WHEN :'amount' = '' THEN 'active days' ELSE 'spend' END) || E'\n'
	|| format('Risk: chance of no %s within 90 days, by the fitted model (without one, by gaps).', :'event'),
	:'bold', :'dim', :'off', :'rule');

-- The score is put to the test as of 90 days before: of two users, one who came and one who did not, how often was the
-- first one's tenth of the users the likelier? (Equal ones count half.)
CREATE TEMP TABLE tested AS
SELECT sum(came * (later + stayed_away / 2)) / nullif(sum(came) * sum(stayed_away), 0) AS ranked_right, sum(came) AS came
FROM (
	SELECT actual_active::numeric AS came, (users - actual_active)::numeric AS stayed_away,
		coalesce(sum(users - actual_active) OVER (ORDER BY decile ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)::numeric AS later
	FROM :"schema".churn_calibration
) AS tenths;

SELECT CASE
		WHEN ranked_right < 0.6 THEN :'yellow' || format('Take the order lightly: put to the test, it ranked %s of 100 pairs right, and chance does 50.', pairs) || :'off'
		WHEN typical_gap > 90 THEN :'yellow' || format('Take the order lightly: from one %s to the next %s days are typical, more than these 90.',
			:'event', round(typical_gap)) || :'off'
		WHEN ranked_right IS NULL THEN :'yellow'
			|| 'Not put to the test: too little happened before and within the last 90 days. Take the order lightly.' || :'off'
		ELSE :'dim' || format('Put to the test: 90 days ago, of one who came and one who did not, it ranked %s of 100 pairs right.', pairs) || :'off' END
FROM (SELECT ranked_right, round(100 * ranked_right) AS pairs, (SELECT max(typical_gap)::numeric FROM :"schema".fitted) AS typical_gap FROM tested) AS t;

CREATE TEMP TABLE at_risk AS
WITH ranked AS (
	SELECT *, cume_dist() OVER (ORDER BY coalesce(monetary, frequency)) AS standing
	FROM :"schema".users WHERE churn_risk IS NOT NULL
)
SELECT row_number() OVER (ORDER BY churn_risk DESC, monetary DESC NULLS LAST, user_id) AS place, *
FROM ranked WHERE standing > 0.8 AND life_stage <> 'lost'
ORDER BY place LIMIT 12;

-- As wide as the widest: ids stand whole, amounts apart.
SELECT greatest(max(length(user_id::text)), 8) AS id_width, greatest(max(length(pg_temp.num(monetary, 0))), 8) AS spend_width FROM at_risk \gset

SELECT :'bold' || rpad('user', :id_width) || lpad('spend', :spend_width + 2) || lpad('freq.', 8) || lpad('last ' || :'event', 15)
	|| lpad('days ago', 10) || lpad('risk', 8) || repeat(' ', 8) || rpad('segment', 20) || 'life stage' || :'off';
SELECT rpad(user_id::text, :id_width) || pg_temp.num(monetary, :spend_width + 2) || pg_temp.num(frequency, 8)
	|| lpad(to_char(:'as_of'::date - recency_days, 'YYYY-MM-DD'), 15) || pg_temp.num(recency_days, 10) || pg_temp.percent(churn_risk, 8) || ' '
	|| :'red' || pg_temp.bar(churn_risk::numeric, 1, 6) || :'off'
	|| ' ' || rpad(coalesce(segment, '-'), 19) || ' ' || life_stage
FROM at_risk ORDER BY place;
SELECT '(nobody: none of them is left to be saved)' WHERE NOT EXISTS (SELECT FROM at_risk);

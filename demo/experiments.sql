-- Experiments: what a campaign with a holdout brought, and what is found where there is nothing.
SELECT pg_temp.heading('Did the campaign help',
	'A letter to sleeping customers; chance held a third of them out. For each user over 28 days; what' || E'\n'
	|| 'users did in the half year before is taken out (CUPED), which leaves so much of the variance.',
	:'bold', :'dim', :'off', :'rule');

SELECT string_agg(format('%s %s users', variant, pg_temp.num(users, 0)), ', ' ORDER BY variant)
	|| CASE WHEN bool_or(mismatch) THEN :'red' || '; not the sizes that were meant: read nothing below' || :'off'
	   ELSE format('; sample ratio ok (p = %s)', round(max(sample_ratio_p)::numeric, 2)) END
FROM :"schema".experiment_arms WHERE experiment = 'win_back';

SELECT :'bold' || rpad('metric', 22) || lpad('holdout', 9) || lpad('letter', 9) || lpad('effect', 9) || lpad('95 % interval', 19)
	|| lpad('lift', 9) || lpad('p (Holm)', 10) || lpad('left', 7) || :'off';
SELECT rpad(metric, 22) || pg_temp.num(control_mean::numeric, 9, 3) || pg_temp.num(mean::numeric, 9, 3)
	|| CASE WHEN lower > 0 THEN :'green' WHEN upper < 0 THEN :'red' ELSE '' END || pg_temp.num(effect::numeric, 9, 3) || :'off'
	|| lpad(format('%s to %s', round(lower::numeric, 3), round(upper::numeric, 3)), 19)
	|| pg_temp.percent(lift, 9) || CASE WHEN p_holm < 0.0005 THEN lpad('<0.001', 10) ELSE pg_temp.num(p_holm::numeric, 10, 3) END || pg_temp.percent(variance_ratio, 7)
FROM :"schema".experiment_results WHERE experiment = 'win_back' ORDER BY metric;

SELECT format('It brought %s more (%s to %s), by %s more buyers; it cost %s, so %s%s net%s.', pg_temp.num(incremental_revenue::numeric, 0), pg_temp.num(lower::numeric, 0),
	pg_temp.num(upper::numeric, 0), pg_temp.num(incremental_converters::numeric, 0), pg_temp.num(cost::numeric, 0), :'bold', pg_temp.num(net_revenue::numeric, 0), :'off')
FROM :"schema".campaign_lift WHERE experiment = 'win_back';

SELECT E'\n' || format('A/A test, %s users to whom nothing was done: ', pg_temp.num(max(a.users), 0))
	|| CASE WHEN min(r.p_holm) < 0.05 THEN :'red' || format('a difference in %s of %s metrics, by chance', count(*) FILTER (WHERE r.p_holm < 0.05), count(*)) || :'off'
	   ELSE format('no difference in any of %s metrics', count(*)) END
	|| format(E'\n(smallest p by Holm %s). CUPED left %s of the variance of revenue.', round(min(r.p_holm)::numeric, 2),
		trim(pg_temp.percent(max(r.variance_ratio) FILTER (WHERE r.metric = 'revenue'), 0)))
FROM :"schema".experiment_results AS r, (SELECT sum(users) AS users FROM :"schema".experiment_arms WHERE experiment = 'a_a') AS a
WHERE r.experiment = 'a_a';

-- Goals and alerts: what is within reach, and which days were not as usual.
SELECT pg_temp.heading('Goals and alerts',
	'How far each goal is: done ' || :'full' || ', to be done by now ' || :'middle' || ' (as its weekdays weigh), and where that leads.' || E'\n'
	|| 'Below, days that were not as the same weekday of the weeks before lets expect.',
	:'bold', :'dim', :'off', :'rule');

SELECT :'bold' || rpad('goal', 34) || lpad('target', 10) || lpad('actual', 10) || lpad('by now', 10) || lpad('projected', 11) || :'off';
SELECT rpad(format('%s, %s to %s', replace(metric, '_', ' '), to_char(from_day, 'FMDD Mon'), to_char(to_day - 1, 'FMDD Mon')), 34)
	|| pg_temp.num(target, 10) || pg_temp.num(actual, 10) || pg_temp.num(expected_to_date::numeric, 10) || pg_temp.num(projected::numeric, 11) || '  '
	|| CASE WHEN status IN ('reached', 'on_track') THEN :'green' WHEN status IN ('missed', 'behind') THEN :'red' ELSE '' END || rpad(replace(status, '_', ' '), 12) || :'off'
	|| E'\n' || rpad('', 34) || rpad(repeat(:'full', done) || repeat(:'middle', greatest(0, due - done)), 60, :'light')
FROM :"schema".goals, LATERAL (SELECT least(60, round(60 * actual / target))::int AS done, least(60, round(60 * expected_to_date / target::float8))::int AS due) AS bar
ORDER BY from_day, to_day, metric;

SELECT E'\n' || :'bold' || 'days that were not as usual, the latest' || :'off'
	|| format(' (%s of %s days, metric by metric)', count(*) FILTER (WHERE status = 'alert'), pg_temp.num(count(*) FILTER (WHERE status IN ('ok', 'alert')), 0))
FROM :"schema".kpi_alerts;
SELECT line FROM (
	SELECT day, metric, to_char(day, 'YYYY-MM-DD Dy  ') || rpad(replace(metric, '_', ' '), 14) || pg_temp.num(value::numeric, 9)
		|| '  expected' || pg_temp.num(expected::numeric, 9)
		|| rpad(format(' (%s to %s)', pg_temp.num(lower::numeric, 0), pg_temp.num(upper::numeric, 0)), 20)
		|| CASE WHEN change < 0 THEN :'red' ELSE :'green' END || lpad(to_char(100 * change, 'SGFM990') || '%', 7) || :'off' AS line
	FROM :"schema".kpi_alerts WHERE status = 'alert' AND metric IN ('dau', 'new_users', 'purchases', 'revenue') ORDER BY day DESC, metric LIMIT 9
) AS latest ORDER BY day DESC, metric;

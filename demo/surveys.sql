-- Surveys: what customers answered month by month, and who answers otherwise.
SELECT pg_temp.heading('How satisfied they are',
	'Would they recommend the shop, 0 to 10: NPS is the share of 9 and 10 less that of 0 to 6, times' || E'\n'
	|| '100, with its 95 % interval. Delivery (1 to 5), effort (1 to 7): who gave one of the best two.',
	:'bold', :'dim', :'off', :'rule');

CREATE FUNCTION pg_temp.place(nps float8) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT greatest(1, least(33, 17 + round(nps::numeric / 3)::int)) $$;
SELECT :'bold' || 'month    answers  NPS   -48             0              48         month before  delivery  effort' || :'off';
SELECT line FROM (
	SELECT m.month, to_char(m.month, 'YYYY-MM') || CASE WHEN m.complete THEN ' ' ELSE '*' END || pg_temp.num(m.answers, 8) || lpad(round(m.nps::numeric)::text, 5) || '   '
		|| overlay(overlay(overlay(repeat(' ', 33) PLACING '|' FROM 17) PLACING repeat(:'light', 1 + pg_temp.place(m.nps_upper) - pg_temp.place(m.nps_lower)) FROM pg_temp.place(m.nps_lower))
			PLACING :'full' FROM pg_temp.place(m.nps))
		|| CASE WHEN m.nps_p < 0.01 AND m.nps_difference < 0 THEN :'red' WHEN m.nps_p < 0.01 THEN :'green' ELSE :'dim' END
		|| rpad(lpad(to_char(round(m.nps_difference::numeric), 'SGFM990'), 9) || CASE WHEN m.nps_p < 0.01 THEN ' (p < 0.01)' ELSE '' END, 21) || :'off'
		|| pg_temp.percent(d.top_box, 8) || pg_temp.percent(e.top_box, 8) AS line
	FROM :"schema".survey_month AS m
	LEFT JOIN :"schema".survey_month AS d ON d.survey = 'delivery' AND d.month = m.month
	LEFT JOIN :"schema".survey_month AS e ON e.survey = 'effort' AND e.month = m.month
	WHERE m.survey = 'recommend'
	ORDER BY m.month DESC LIMIT 14
) AS latest ORDER BY month;

SELECT E'\n' || :'bold' || rpad('by channel, the last 12 months', 32) || 'answers  NPS   against all others' || :'off';
SELECT rpad('  ' || coalesce(segment, '(none)'), 32) || pg_temp.num(answers, 7) || lpad(round(nps::numeric)::text, 5)
	|| CASE WHEN p_holm < 0.05 AND nps_difference < 0 THEN :'red' WHEN p_holm < 0.05 THEN :'green' ELSE :'dim' END
	|| lpad(to_char(round(nps_difference::numeric), 'SGFM990'), 8) || format(' (%s to %s), p %s', round(nps_difference_lower::numeric), round(nps_difference_upper::numeric),
		CASE WHEN p_holm < 0.001 THEN '< 0.001' ELSE '= ' || round(p_holm::numeric, 3) END) || :'off'
FROM :"schema".survey_segments WHERE survey = 'recommend' ORDER BY nps DESC;

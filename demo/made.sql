-- What was made, in short: a line for the views of each question. Expects the table made of create_views.sql.
SELECT pg_temp.heading('The views',
	format('Schema %s, which stands in the search path. \d+ users says what each column means.', :'schema'),
	:'bold', :'dim', :'off', :'rule');

SELECT rpad(name, greatest(36, length(name) + 1)) || asks
FROM (
	SELECT min(place) AS place,
		stem || CASE WHEN count(period) > 1 THEN format('_{%s}', string_agg(period, ',' ORDER BY place)) ELSE coalesce('_' || max(period), '') END || coalesce(part, '') AS name,
		split_part(split_part((array_agg(answers ORDER BY place))[1], ':', 1), ', by ', 1) AS asks
	FROM (
		SELECT place, answers, substring(name, '_(day|week|month)(?:_by_.*)?$') AS period, substring(name, '_(?:day|week|month)(_by_.*)$') AS part,
			regexp_replace(name, '_(day|week|month)(_by_.*)?$', '') AS stem
		FROM (
			SELECT row_number() OVER () AS place, answers, relname::text AS name
			FROM made JOIN pg_class AS c ON c.oid = object::regclass WHERE relkind = 'v'
		) AS views
	) AS named
	GROUP BY stem, part
) AS families
ORDER BY place;

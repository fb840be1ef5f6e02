-- What was made, in short: a line for the views of each question. Expects the table made of create_views.sql.
SELECT pg_temp.heading('The views',
	format('Schema %s, which stands in the search path. \d+ users says what each column means.', :'schema'),
	:'bold', :'dim', :'off', :'rule');

-- those of add-ons last, whether create_views kept them or they were made now
CREATE TEMP TABLE views AS
SELECT row_number() OVER (ORDER BY addon NULLS FIRST, made.place) AS place, made.answers, relname::text AS name, substring(relname, '_(day|week|month)$') AS period,
	regexp_replace(relname, '_(day|week|month)$', '') AS stem, substring(relname, '_by_(.*)$') AS part
FROM (SELECT object, min(answers) AS answers, min(ctid) AS place FROM made GROUP BY object) AS made JOIN pg_class AS c ON c.oid = made.object::regclass
LEFT JOIN user_ops.addon_catalog() WITH ORDINALITY AS a (kind, object, column_name, answers, addon) ON a.object = relname AND a.column_name IS NULL
WHERE relkind = 'v';

SELECT rpad(stem || CASE WHEN count(DISTINCT period) > 1 THEN format('_{%s}', string_agg(period, ',' ORDER BY place)) ELSE coalesce('_' || max(period), '') END, 36)
	|| regexp_replace((array_agg(answers ORDER BY place))[1], '[:,;].*|( by (day|week|month)).*', '')
FROM views WHERE part IS NULL
GROUP BY stem ORDER BY min(place);
SELECT format('Those of retention, lifecycle and days also apart by %s: with _by_%1$s behind their names.', part)
FROM views WHERE part IS NOT NULL GROUP BY part ORDER BY min(place);

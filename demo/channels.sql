-- Attribution: what each channel brought, by several ways of sharing it out.
SELECT pg_temp.heading('Channels',
	format('What each channel gets when every %s is shared among the visits before it, by rule or model.', :'goal') || E'\n'
	|| 'Green: more under "first", so it begins the way there, or more under "last", so it ends it.',
	:'bold', :'dim', :'off', :'rule');

-- at most six of them, and the amounts of the last one that shares among all
CREATE TEMP TABLE credits AS
WITH models AS (
	SELECT model, row_number() OVER (ORDER BY place) AS place
	FROM unnest('{first,last,linear,time_decay,u_shaped,markov,shapley}'::text[]) WITH ORDINALITY AS m (model, place)
	WHERE model IN (SELECT model FROM :"schema".attribution)
	LIMIT 6
), channels AS (
	SELECT DISTINCT channel FROM :"schema".attribution
)
SELECT c.channel, m.model, m.place, coalesce(a.conversions, 0) AS conversions, a.amount, coalesce(a.share, 0) AS share,
	m.place = max(m.place) FILTER (WHERE m.model NOT IN ('first', 'last')) OVER () AS shown
FROM channels AS c CROSS JOIN models AS m LEFT JOIN :"schema".attribution AS a ON (a.channel, a.model) = (c.channel, m.model);

SELECT max(replace(model, '_', ' ')) FILTER (WHERE shown) AS shown_model FROM credits \gset

SELECT :'bold' || rpad('channel', 14) || string_agg(lpad(replace(model, '_', ' '), 11), '' ORDER BY place)
	|| lpad(CASE WHEN :'amount' = '' THEN '' ELSE 'amount' END, 13) || '  ' || :'shown_model' || :'off'
FROM (SELECT DISTINCT model, place FROM credits) AS m;
SELECT rpad(left(channel, 13), 14)
	|| string_agg(CASE WHEN model = 'first' AND first > last OR model = 'last' AND last > first THEN :'green' ELSE '' END
		|| pg_temp.num(conversions, 11) || :'off', '' ORDER BY place)
	|| CASE WHEN :'amount' = '' THEN repeat(' ', 13) ELSE pg_temp.num(sum(amount) FILTER (WHERE shown), 13) END || '  '
	|| :'blue' || pg_temp.bar(max(share) FILTER (WHERE shown)::numeric, max(max(share) FILTER (WHERE shown)) OVER ()::numeric, 10) || :'off'
	|| pg_temp.percent(max(share) FILTER (WHERE shown), 6)
FROM (
	SELECT *, max(conversions) FILTER (WHERE model = 'first') OVER c AS first, max(conversions) FILTER (WHERE model = 'last') OVER c AS last
	FROM credits WINDOW c AS (PARTITION BY channel)
) AS c
GROUP BY channel ORDER BY max(share) FILTER (WHERE shown) DESC, channel LIMIT 15;

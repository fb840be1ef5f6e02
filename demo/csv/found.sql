-- One line for demo/run on what create_views will read: the first day and the day after the last event, and what was
-- found and left out. Days are those of the zone that was asked for. Expects the source and its columns as psql variables.
\set VERBOSITY terse
\pset tuples_only on
\pset format unaligned
SELECT set_config('timezone', :'time_zone', false) \g /dev/null
\if :with_amounts
	\set total :"amount"
\else
	\set total NULL::numeric
\endif

SELECT min(moment::date), max(moment::date) + 1, max(moment) > now() + interval '2 days' OR min(moment) < '1990-01-01',
	format('%s events of %s users, %s to %s', count(*), count(DISTINCT user_id), min(moment::date), max(moment::date)) || coalesce(', amounts ' || sum(total), ''),
	concat_ws('; ', 'without a user or a time, and so left out: ' || nullif(chosen - count(*), 0), 'not chosen by --where: ' || nullif(rows - chosen, 0))
FROM (
	SELECT :"user_id" AS user_id, :total AS total,
		CASE WHEN pg_typeof(:"event_time") = 'timestamp'::regtype AND :'source_time_zone' <> ''
			THEN :"event_time"::timestamp AT TIME ZONE :'source_time_zone'
			ELSE :"event_time"::timestamptz END AS moment
	FROM :source
	WHERE :"user_id" IS NOT NULL AND :"event_time" IS NOT NULL
) AS m, (SELECT count(*) AS rows FROM public.events) AS e, (SELECT count(*) AS chosen FROM :source) AS c
GROUP BY rows, chosen;

-- What create_views is to read: public.events as it stands, or a view of it where rows are chosen, amounts computed or
-- columns given another name. One row for demo/run: the source, its amount column, its columns for a breakdown, and
-- whether amounts were rounded. Expects what demo/csv/read.mjs says, as psql variables.
\set VERBOSITY terse
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;

SELECT coalesce(nullif(:'where_sql', ''), 'true') AS condition,
	CASE WHEN :'amount_sql' <> '' THEN format(E'(%s\n)::numeric', :'amount_sql') WHEN :'amount' <> '' THEN format('%I', :'amount')
		ELSE 'NULL::numeric' END AS expression,
	-- columns that views are called after need names that are short, and not a view's own
	coalesce(array_agg(CASE WHEN short = ANY (own) THEN 'user_' || short ELSE short END ORDER BY place) FILTER (WHERE name IS NOT NULL), '{}') AS parts
FROM (SELECT) AS one LEFT JOIN unnest(:'breakdown'::text[]) WITH ORDINALITY AS b (name, place) ON true,
	left(regexp_replace(lower(name), '[^[:alnum:]]+', '_', 'g'), 11) AS cut,
	CAST(CASE WHEN octet_length(lower(name)) > 33 OR name ~ '[^[:alnum:]_]' THEN cut ELSE lower(name) END AS text) AS short,
	(SELECT array_agg(DISTINCT column_name::text) AS own FROM user_ops.view_catalog() WHERE column_name IS NOT NULL) AS catalog \gset

SELECT coalesce(max(scale(:expression)) > 9, false) AS long, coalesce(max(abs(:expression)) >= 1e12, false) AS vast, count(*) = 0 AS nothing
FROM public.events WHERE (:condition
) \gset
\if :vast
	SELECT 'vast';
	\quit
\elif :nothing
	SELECT 'nothing';
	\quit
\endif
SELECT CASE WHEN :'long'::boolean THEN format('round(%s, 6)', :'expression') ELSE :'expression' END AS expression,
	:'where_sql' = '' AND :'amount_sql' = '' AND NOT :'long'::boolean AND :'parts'::text[] = :'breakdown'::text[] AS as_it_stands,
	CASE WHEN :'amount' <> '' THEN :'amount' WHEN 'amount' IN (:'user_id', :'event_time') THEN 'amount_of_it' ELSE 'amount' END AS amount_name,
	:'amount' || :'amount_sql' <> '' AS with_amounts \gset
\if :as_it_stands
	SELECT 'public.events', :'amount', nullif(:'parts', '{}'), 'f';
	\quit
\endif
SELECT format('CREATE VIEW public.chosen_events AS SELECT %s FROM public.events%s',
	concat_ws(', ', format('%I', :'user_id'), format('%I', :'event_time'),
		CASE WHEN :'with_amounts'::boolean THEN format('%s AS %I', :'expression', :'amount_name') END,
		(SELECT string_agg(format('%I AS %I', name, part), ', ') FROM unnest(:'breakdown'::text[], :'parts'::text[]) AS p (name, part))),
	CASE WHEN :'where_sql' <> '' THEN format(E' WHERE (%s\n)', :'where_sql') END) AS view \gset
:view;
SELECT 'public.chosen_events', CASE WHEN :'with_amounts'::boolean THEN :'amount_name' ELSE '' END, nullif(:'parts', '{}'), :'long';

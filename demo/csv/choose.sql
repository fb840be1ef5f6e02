-- What create_views is to read: public.events as it stands, or a view of it where rows are chosen, amounts computed or
-- columns given another name or type. One row for demo/run: the source, its amount column, its columns for a breakdown,
-- whether amounts were rounded, its columns of events and channels. Expects what demo/csv/read.mjs says, as psql variables.
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
	CASE WHEN :'amount' <> '' THEN :'amount' WHEN 'amount' IN (:'user_id', :'event_time') THEN 'amount_of_it' ELSE 'amount' END AS amount_name,
	:'amount' || :'amount_sql' <> '' AS with_amounts \gset

-- of events and channels, which are to be text or whole numbers, their expressions and names; NULL where none is named
CREATE TEMP TABLE named AS
SELECT role, column_name, quote_ident(column_name) || CASE WHEN type IN ('text', 'bigint', 'integer') THEN '' ELSE '::text' END AS expression,
	CASE WHEN column_name = ANY (ARRAY[:'user_id', :'event_time', :'amount_name'] || :'parts'::text[]) THEN role || '_of_it' ELSE column_name END AS name
FROM (VALUES ('event', nullif(:'event', '')), ('channel', nullif(:'channel', ''))) AS n (role, column_name)
LEFT JOIN LATERAL (SELECT format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = 'public.events'::regclass AND attname = column_name) AS t ON true;
SELECT coalesce(max(name) FILTER (WHERE role = 'event'), '') AS event_name, coalesce(max(name) FILTER (WHERE role = 'channel'), '') AS channel_name,
	:'where_sql' = '' AND :'amount_sql' = '' AND NOT :'long'::boolean AND :'parts'::text[] = :'breakdown'::text[]
		AND bool_and(column_name IS NULL OR expression = quote_ident(column_name)) AS as_it_stands
FROM named \gset
\if :as_it_stands
	SELECT 'public.events', :'amount', nullif(:'parts', '{}'), 'f', :'event', :'channel';
	\quit
\endif
SELECT format('CREATE VIEW public.chosen_events AS SELECT %s FROM public.events%s',
	concat_ws(', ', format('%I', :'user_id'), format('%I', :'event_time'),
		CASE WHEN :'with_amounts'::boolean THEN format('%s AS %I', :'expression', :'amount_name') END,
		(SELECT string_agg(format('%I AS %I', name, part), ', ') FROM unnest(:'breakdown'::text[], :'parts'::text[]) AS p (name, part)),
		(SELECT string_agg(DISTINCT format('%s AS %I', expression, name), ', ') FROM named WHERE column_name IS NOT NULL)),
	CASE WHEN :'where_sql' <> '' THEN format(E' WHERE (%s\n)', :'where_sql') END) AS view \gset
:view;
SELECT 'public.chosen_events', CASE WHEN :'with_amounts'::boolean THEN :'amount_name' ELSE '' END, nullif(:'parts', '{}'), :'long', :'event_name', :'channel_name';

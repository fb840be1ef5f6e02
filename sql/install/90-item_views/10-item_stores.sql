-- What add-ons items store: the basket of each user, and what is known of all users' items, made anew by each refresh.
--
--	1. A row counts where it has a user, a time and an item, of at most 255 bytes where that is a text; with a tenant that too.  Baskets hold all of them, and are read
--	   as of as_of.
--	2. Items are told apart as numbers, where they are whole numbers, else by their text; views show their text.
--	3. What goes together is stored as the state of all users and as the rows of item_pairs, so that reading a view of few
--	   rows costs few rows.

CREATE FUNCTION user_ops_internal.item_tables() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 6
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('item_baskets_{addon}',
		'Each user''s items with their days: what the views of items are readings of',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['basket', 'The items, on which days, and how often']],
		body => '{baskets_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} user_id {user_type}, basket user_ops.basket NOT NULL,
				PRIMARY KEY ({tenant_name,} user_id))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('item_affinity_{addon}',
		'What goes together: how many users have each item, and each two of them',
		columns => ARRAY[
			['users', 'Users with an item'],
			['affinity', 'Of these, how many have each item, and each two']],
		body => '{affinity_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} ({tenant_column,} users bigint NOT NULL, affinity user_ops.item_affinity NOT NULL)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('item_counts_{addon}',
		'What item_stats reads: a row for each item',
		columns => ARRAY[
			['item', 'The item'],
			['users', 'Users with it'],
			['events', 'Their events with it'],
			['first_day', 'First day of these'],
			['last_day', 'Last day of these'],
			['repeat_users', 'Users with it on two days or more'],
			['revenue', 'Net amount of these events; NULL without amounts']],
		body => '{counts_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} item text NOT NULL, users bigint NOT NULL, events bigint NOT NULL, first_day date NOT NULL, last_day date NOT NULL, repeat_users bigint NOT NULL, revenue numeric,
				PRIMARY KEY ({tenant_name,} item))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('item_neighbours_{addon}',
		'What item_pairs reads: of each item those that go with it most',
		columns => ARRAY[
			['item', 'An item'],
			['place', 'From 1, the item that goes with it most'],
			['other', 'That item'],
			['users_item', 'Users with the item'],
			['users_other', 'Users with the other'],
			['users_both', 'Users with both'],
			['users', 'Users with any item'],
			['llr', 'How sure it is that they go together: the log-likelihood ratio']],
		body => '{neighbours_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} item text NOT NULL, place integer NOT NULL, other text NOT NULL, users_item bigint NOT NULL, users_other bigint NOT NULL, users_both bigint NOT NULL, users bigint NOT NULL,
				llr double precision NOT NULL, PRIMARY KEY ({tenant_name,} item, place))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('{#stored_recommendations}recommendations_{addon}{/stored_recommendations}',
		'What recommendations reads: what to offer to each user',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['place', 'From 1, what to offer first'],
			['item', 'The item'],
			['score', 'How alike it is to what the user has; NULL where it is only popular'],
			['reason', 'similar, or popular']],
		body => '{recommendations_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} user_id {user_type}, place integer, item text NOT NULL, score double precision, reason text NOT NULL,
				PRIMARY KEY ({tenant_name,} user_id, place))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('item_quality_{addon}',
		'What recommendation_quality reads: what was offered at each as_of, as of some days before, and what users took since',
		columns => ARRAY[
			['as_of', 'The first day not observed'],
			['method', 'similar, or popular'],
			['users', 'Users who had an item before those days, and took one in them that they had not'],
			['hit_rate', 'Share of these users who took an item that was offered'],
			['recall', 'Share of what a user took that was offered, on average'],
			['mrr', '1 / the place of the first item taken that was offered, on average; 0 where none was'],
			['coverage', 'Share of the items that was offered to anybody']],
		body => '{quality_query}',
		storage => $table$
			CREATE TABLE {schema}.{object} (
				{tenant_column,} as_of date, method text, users bigint NOT NULL, hit_rate double precision, recall double precision, mrr double precision, coverage double precision,
				PRIMARY KEY ({tenant_name,} as_of, method))$table$);
END;
COMMENT ON FUNCTION user_ops_internal.item_tables() IS
	'The tables of add-ons items';

CREATE FUNCTION user_ops_internal.item_amount(g jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	type regtype;
BEGIN
	IF g ->> 'amount' IS NULL THEN
		RETURN NULL;
	END IF;
	type := user_ops_internal.column_type(to_regclass(g ->> 'source'), g ->> 'amount', 'amount');
	IF type NOT IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'real'::regtype, 'double precision'::regtype) THEN
		RAISE EXCEPTION 'column "%" of % has type %', g ->> 'amount', g ->> 'source', type
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'amount is a number; a view over the source can convert it.';
	END IF;
	-- floating point is rounded, as amounts of the source are; what is no number is no amount
	RETURN format(CASE WHEN type IN ('real'::regtype, 'double precision'::regtype) THEN 'CASE WHEN abs(x.%1$I) < 1e15 THEN round(x.%1$I::numeric, 6) END'
				  ELSE 'CASE WHEN abs(x.%1$I) < 1000000000000000 THEN x.%1$I::numeric END' END, g ->> 'amount');
END $$;
COMMENT ON FUNCTION user_ops_internal.item_amount(jsonb) IS
	'SQL for the amount of a row x of items, NULL where it is out of range; NULL where there are none; 42804, with a hint, if they are no numbers';

CREATE FUNCTION user_ops_internal.quality_query(parts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.render($query$
		WITH fit AS MATERIALIZED (
			SELECT {b.tenant,} user_ops.item_affinity(b.basket, {split}, {options}) AS affinity
			FROM {baskets} AS b {GROUP BY b.tenant}),
		known AS MATERIALIZED (
			SELECT {f.tenant,} count(*) AS items
			FROM fit AS f
			CROSS JOIN LATERAL user_ops.popular_items(f.affinity, NULL::{item_type}) AS p {GROUP BY f.tenant}),
		people AS MATERIALIZED (
			SELECT {b.tenant,} b.user_id, b.basket, t.taken
			FROM {baskets} AS b
			CROSS JOIN LATERAL (
				SELECT array_agg(i.item) AS taken
				FROM user_ops.items(b.basket, {until}, NULL::{item_type}) AS i
				WHERE i.first_day >= {split}) AS t
			WHERE user_ops.n_items(b.basket, {split}) > 0 AND t.taken IS NOT NULL),
		-- who has all there is is offered nothing, and counts
		offered AS (
			SELECT {p.tenant,} p.user_id, 'similar' AS method, r.item, r.place, cardinality(p.taken) AS taken, r.item = ANY (p.taken) AS hit
			FROM fit AS f
			JOIN people AS p ON {p.tenant = f.tenant}
			LEFT JOIN LATERAL user_ops.recommend(f.affinity, p.basket, {split}, NULL::{item_type}, {top}, min_users => {min_users}) AS r ON true
			UNION ALL
			-- of pairs of more users than there are, nothing is similar
			SELECT {p.tenant,} p.user_id, 'popular' AS method, r.item, r.place, cardinality(p.taken) AS taken, r.item = ANY (p.taken) AS hit
			FROM fit AS f
			JOIN people AS p ON {p.tenant = f.tenant}
			LEFT JOIN LATERAL user_ops.recommend(f.affinity, p.basket, {split}, NULL::{item_type}, {top}, min_users => 2147483647) AS r ON true),
		judged AS (
			SELECT {o.tenant,} o.user_id, o.method, count(*) FILTER (WHERE o.hit) AS hits, min(o.place) FILTER (WHERE o.hit) AS place, max(o.taken) AS taken
			FROM offered AS o
			GROUP BY {o.tenant,} o.user_id, o.method)
		SELECT {j.tenant,} j.method, count(*) AS users, count(j.place) / count(*)::double precision AS hit_rate,
			sum(j.hits / j.taken::double precision ORDER BY j.hits / j.taken::double precision) / count(*) AS recall,
			coalesce(sum(1 / j.place::double precision ORDER BY j.place), 0) / count(*) AS mrr,
			(SELECT count(DISTINCT o.item) FROM offered AS o WHERE o.method = j.method AND {o.tenant = j.tenant})
				/ (SELECT k.items FROM known AS k WHERE {k.tenant = j.tenant})::double precision AS coverage
		FROM judged AS j
		GROUP BY {j.tenant,} j.method$query$, parts);
END;
COMMENT ON FUNCTION user_ops_internal.quality_query(jsonb) IS
	'SQL that offers each user something as of the split, by what is similar and by what is popular, and holds it against what the user took since';

CREATE FUNCTION user_ops_internal.item_queries(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
BEGIN
	parts := parts || jsonb_build_object('observed_to', user_ops_internal.observed_to(s, parts));
	parts := parts || jsonb_build_object(
		'until', parts -> 'observed_to', 'split', user_ops_internal.render('({observed_to} - {backtest_days})', parts, jsonb_build_object('backtest_days', g -> 'backtest_days')));
	RETURN jsonb_build_object(
		'affinity_query', user_ops_internal.render($query$
			SELECT {b.tenant,} count(*) FILTER (WHERE user_ops.n_items(b.basket, {observed_to}) > 0) AS users, user_ops.item_affinity(b.basket, {observed_to}, {options}) AS affinity
			FROM {baskets} AS b {GROUP BY b.tenant}
			HAVING count(*) > 0$query$, parts),
		'neighbours_query', user_ops_internal.render($query$
			WITH known AS MATERIALIZED (
				SELECT {s.tenant,} p.item, p.users
				FROM {affinity} AS s
				CROSS JOIN LATERAL user_ops.popular_items(s.affinity, NULL::{item_type}) AS p)
			SELECT {s.tenant,} n.item::text AS item, n.place, n.other::text AS other, i.users AS users_item, o.users AS users_other, n.users_both, s.users, n.score AS llr
			FROM {affinity} AS s
			CROSS JOIN LATERAL user_ops.neighbours(s.affinity, NULL::{item_type}, 'llr', {top}, {min_users}) AS n
			JOIN known AS i ON i.item = n.item AND {i.tenant = s.tenant}
			JOIN known AS o ON o.item = n.other AND {o.tenant = s.tenant}$query$, parts),
		'recommendations_query', user_ops_internal.render($query$
			SELECT {b.tenant,} b.user_id, r.place, r.item::text AS item, r.score, r.reason
			FROM {affinity} AS s
			JOIN {baskets} AS b ON {b.tenant = s.tenant}
			CROSS JOIN LATERAL user_ops.recommend(s.affinity, b.basket, {observed_to}, NULL::{item_type}, {top}, min_users => {min_users}) AS r
			WHERE user_ops.n_items(b.basket, {observed_to}) > 0$query$, parts),
		'quality_query', user_ops_internal.render($query$
			SELECT {q.tenant,} {observed_to} AS as_of, q.method, q.users, q.hit_rate, q.recall, q.mrr, q.coverage
			FROM ({quality}) AS q$query$, parts, jsonb_build_object('quality', user_ops_internal.quality_query(parts || '{"top": 5}'))));
END $$;
COMMENT ON FUNCTION user_ops_internal.item_queries(view_settings, addon, jsonb) IS
	'SQL for what add-ons items store of all users, read from the baskets';

CREATE FUNCTION user_ops_internal.own_item_queries(s view_settings, g jsonb, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	own regclass := user_ops_internal.own_table(g, 'source');
BEGIN
	parts := parts || user_ops_internal.own_parts(s, own, g ->> 'user_id', g ->> 'event_time', parts => parts) || jsonb_build_object(
		'observed_to', user_ops_internal.observed_to(s, parts),
		'item_value', user_ops_internal.item_expression(own, g ->> 'item'), 'item_counts', user_ops_internal.item_counts(own, g ->> 'item'), 'item_amount', user_ops_internal.item_amount(g));
	RETURN jsonb_build_object(
		'baskets_query', user_ops_internal.render($query$
			SELECT {g.tenant,} g.user_id, g.basket
			FROM (
				SELECT {own_tenant}{own_user} AS user_id, user_ops.basket_agg({item_value}, {own_day}) AS basket
				FROM {own_table} AS x
				WHERE {own_counts} AND {item_counts}
				GROUP BY {own_user}{own_by_tenant}) AS g
			WHERE g.basket IS NOT NULL$query$, parts),
		'counts_query', user_ops_internal.render($query$
			SELECT {c.tenant,} c.item::text AS item, c.users, c.events, c.first_day, c.last_day, c.repeat_users, {#item_amount}m.revenue{/item_amount}{^item_amount}NULL::numeric{/item_amount} AS revenue
			FROM (
				SELECT {b.tenant,} i.item, count(*) AS users, sum(i.events)::bigint AS events, min(i.first_day) AS first_day, max(i.last_day) AS last_day,
					count(*) FILTER (WHERE i.first_day < i.last_day) AS repeat_users
				FROM {baskets} AS b
				CROSS JOIN LATERAL user_ops.items(b.basket, {observed_to}, NULL::{item_type}) AS i
				GROUP BY {b.tenant,} i.item) AS c{#item_amount}
			LEFT JOIN (
				SELECT {own_tenant}{item_value} AS item, coalesce(sum({item_amount}), 0) AS revenue
				FROM {own_table} AS x
				WHERE {own_counts} AND {item_counts} AND {own_day} < {observed_to}
				GROUP BY {item_value}{own_by_tenant}) AS m ON m.item = c.item AND {m.tenant = c.tenant}{/item_amount}$query$, parts));
END $$;
COMMENT ON FUNCTION user_ops_internal.own_item_queries(view_settings, jsonb, jsonb) IS
	'SQL for what add-ons items store by scans of their table; 42P01, with a hint, if it is gone';

CREATE FUNCTION user_ops_internal.item_reading_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'baskets', format('%s.%I', parts ->> 'schema', 'item_baskets_' || a.name),
		'affinity', format('%s.%I', parts ->> 'schema', 'item_affinity_' || a.name),
		'item_type', a.settings -> 'item_type', 'top', a.settings -> 'top', 'min_users', a.settings -> 'min_users',
		'half_life_days', coalesce(a.settings ->> 'half_life_days', 'NULL') || '::integer',
		'options', format('user_ops.affinity_options(%s::integer, %s)', coalesce(a.settings ->> 'half_life_days', 'NULL'), a.settings ->> 'max_items'));
END;
COMMENT ON FUNCTION user_ops_internal.item_reading_parts(view_settings, addon, jsonb) IS
	'Parts that say where add-ons items have what they read, of which type items are, and by which options they are read';

CREATE FUNCTION user_ops_internal.item_reads(s view_settings, a addon, parts jsonb, condition text) RETURNS SETOF addon_read
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT 'item_baskets_' || a.name, 'basket', user_ops_internal.own_item_queries(s, a.settings, parts || user_ops_internal.item_reading_parts(s, a, parts)) ->> 'baskets_query', NULL, true;
END;
COMMENT ON FUNCTION user_ops_internal.item_reads(view_settings, addon, jsonb, text) IS
	'How the table of baskets of an add-on items is filled';

CREATE FUNCTION user_ops_internal.item_sums(s view_settings, a addon, parts jsonb) RETURNS SETOF addon_sum
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 5
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := parts || user_ops_internal.item_reading_parts(s, a, parts);
	parts := parts || user_ops_internal.item_queries(s, a, parts) || user_ops_internal.own_item_queries(s, a.settings, parts);
	RETURN QUERY
	-- what is offered at one day is compared with what came later, so that of other days stays
	SELECT (t.stored || '_' || a.name)::name, parts ->> t.query, t.stays
	FROM (VALUES ('item_affinity', 'affinity_query', NULL), ('item_counts', 'counts_query', NULL), ('item_neighbours', 'neighbours_query', NULL),
				 ('recommendations', 'recommendations_query', NULL), ('item_quality', 'quality_query', 'k.as_of <> $1')) AS t (stored, query, stays)
	WHERE t.stored <> 'recommendations' OR (a.settings ->> 'stored_recommendations')::boolean;
END $$;
COMMENT ON FUNCTION user_ops_internal.item_sums(view_settings, addon, jsonb) IS
	'How the tables of an add-on items that are about all users are written';

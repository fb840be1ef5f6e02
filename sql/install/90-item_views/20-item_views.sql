-- The add-ons items: who likes what, what goes together, and what to offer.  Sets of items, such as products and
-- categories, are told apart by name.

CREATE FUNCTION user_ops_internal.item_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 11
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT t FROM user_ops_internal.item_tables() AS t
	UNION ALL
	SELECT user_ops_internal.define_view('item_stats',
		'How many users have each item, and do they come back to it: a row for each item that enough users have',
		columns => ARRAY[
			['name', 'Name of the set of items'],
			['item', 'The item'],
			['users', 'Users with it; an item of fewer than min_users of create_item_views has no row'],
			['events', 'Their events with it'],
			['first_day', 'First day of these'],
			['last_day', 'Last day of these'],
			['repeat_rate', 'Share of these users who had it on two days or more'],
			['revenue', 'Net amount of these events; NULL where create_item_views was given no amount'],
			['revenue_share', 'Share of the net amount of all items']],
		body => $view$
			SELECT {c.tenant,} {name} AS name, c.item, c.users, c.events, c.first_day, c.last_day, c.repeat_users / c.users::double precision AS repeat_rate, c.revenue,
				(c.revenue / nullif(c.total, 0))::double precision AS revenue_share
			FROM (
				SELECT k.*, sum(k.revenue) OVER ({PARTITION BY k.tenant}) AS total
				FROM {counts} AS k) AS c
			WHERE c.users >= {min_users}$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('item_pairs',
		'What goes together: of each item those that go with it more than by chance, the surest first',
		columns => ARRAY[
			['name', 'Name of the set of items'],
			['item', 'An item'],
			['other', 'One that goes with it'],
			['place', 'From 1, the one of which it is surest'],
			['users_item', 'Users with the item'],
			['users_other', 'Users with the other'],
			['users_both', 'Users with both, on whatever days; at least min_users of create_item_views'],
			['confidence', 'users_both / users_item: how many of those with the item have the other'],
			['lift', 'How many times more often both are had by one user than by chance; large for rare items'],
			['llr', 'How sure it is that they go together (log-likelihood ratio): 3.84 would come up once in 20 pairs by chance, 10.83 once in 1,000']],
		body => $view$
			SELECT {p.tenant,} {name} AS name, p.item, p.other, p.place, p.users_item, p.users_other, p.users_both, p.users_both / p.users_item::double precision AS confidence,
				p.users_both::double precision * p.users / (p.users_item::double precision * p.users_other) AS lift, p.llr
			FROM {neighbours} AS p$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('user_favourites',
		'What does each user like most',
		columns => ARRAY[
			['name', 'Name of the set of items'],
			['user_id', 'The user, as in the source'],
			['favourite', 'The item with the most events, of equal ones the latest; with half_life_days of create_item_views older events weigh less'],
			['share', 'Its share of the weight of all items of the user'],
			['items', 'How many items the user has'],
			['entropy', 'How evenly they are spread: 0 where there is one alone, ln(items) where all weigh the same'],
			['last_day', 'The last day with the favourite']],
		body => $view$
			SELECT {b.tenant,} {name} AS name, b.user_id, f.favourite::text AS favourite, f.share, f.items, f.entropy, f.last_day
			FROM {baskets} AS b
			CROSS JOIN LATERAL user_ops.favourite(b.basket, {as_of}, NULL::{item_type}, {half_life_days}) AS f
			WHERE f.favourite IS NOT NULL$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('recommendations',
		'What to offer to each user: what goes with what the user has, and what is popular where that is too little',
		columns => ARRAY[
			['name', 'Name of the set of items'],
			['user_id', 'The user, as in the source'],
			['place', 'From 1, what to offer first'],
			['item', 'An item that the user has not'],
			['score', 'How alike it is to what the user has; NULL where it is only popular'],
			['reason', 'similar: it goes with what the user has; popular: many have it']],
		body => $view$
			SELECT {r.tenant,} {name} AS name, r.user_id, r.place, r.item, r.score, r.reason
			FROM {recommended} AS r$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('recommendation_quality',
		'Are recommendations any good: what would have been offered some days before each as_of, held against what users took since',
		columns => ARRAY[
			['name', 'Name of the set of items'],
			['as_of', 'The first day not observed; 5 items were offered to each user as of backtest_days of create_item_views before it'],
			['method', 'similar: as in recommendations; popular: the same most popular items for everybody, less those that a user has'],
			['users', 'Users who had an item then, and have taken one since that they had not'],
			['hit_rate', 'Share of these users who took an item that was offered'],
			['recall', 'Share of what a user took that was offered, on average'],
			['mrr', '1 / the place of the first item taken that was offered, on average; 0 where none was'],
			['coverage', 'Share of the items that was offered to anybody'],
			['lift_over_popular', 'hit_rate / that of popular - 1: at 0 or below recommendations are not worth their trouble']],
		body => $view$
			SELECT {q.tenant,} {name} AS name, q.as_of, q.method, q.users, q.hit_rate, q.recall, q.mrr, q.coverage, q.hit_rate / nullif(p.hit_rate, 0) - 1 AS lift_over_popular
			FROM {quality} AS q
			JOIN {quality} AS p ON p.as_of = q.as_of AND p.method = 'popular' AND {p.tenant = q.tenant}
			WHERE q.users >= {min_users}$view$);
END;
COMMENT ON FUNCTION user_ops_internal.item_views() IS
	'What add-ons items make';

CREATE FUNCTION user_ops_internal.item_parts(s view_settings, a addon, parts jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
BEGIN
	parts := parts || user_ops_internal.item_reading_parts(s, a, parts) || jsonb_build_object(
		'counts', format('%s.%I', parts ->> 'schema', 'item_counts_' || a.name),
		'neighbours', format('%s.%I', parts ->> 'schema', 'item_neighbours_' || a.name),
		'quality', format('%s.%I', parts ->> 'schema', 'item_quality_' || a.name));
	parts := parts || user_ops_internal.item_queries(s, a, parts) || CASE WHEN s.stored THEN '{"baskets_query": "", "counts_query": ""}' ELSE user_ops_internal.own_item_queries(s, a.settings, parts) END;
	RETURN parts || jsonb_build_object('recommended', CASE WHEN (a.settings ->> 'stored_recommendations')::boolean THEN format('%s.%I', parts ->> 'schema', 'recommendations_' || a.name)
		ELSE format('(%s)', parts ->> 'recommendations_query') END);
END $$;
COMMENT ON FUNCTION user_ops_internal.item_parts(view_settings, addon, jsonb) IS
	'The parts of an add-on items: its tables, and the queries of what is not stored';

CREATE FUNCTION user_ops_internal.check_items(s view_settings, a addon) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	g CONSTANT jsonb := a.settings;
	fault record;
BEGIN
	IF octet_length('item_neighbours_' || a.name) > 63 THEN
		RAISE EXCEPTION 'the name "%" is too long for a set of items, which has tables of its own', a.name
			USING ERRCODE = 'name_too_long',
				  HINT = 'Give a name of at most 47 bytes.';
	END IF;
	SELECT v.key, v.value, l.most, l.says INTO fault
	FROM jsonb_each_text(g) AS v
	JOIN (VALUES ('half_life_days', 2147483647, 'It is after how many days an event weighs half as much; NULL: all weigh the same.'),
				 ('max_items', 100000, 'It is how many items of a user, the latest ones, count in pairs; 500 is usual.'),
				 ('top', 1000, 'It is how many others of an item, and how many items for a user, are listed; 20 is usual.'),
				 ('backtest_days', 3660, 'It is after how many days recommendations are held against what users took since; 28 is usual.')) AS l (key, most, says) ON l.key = v.key
	WHERE v.value::bigint NOT BETWEEN 1 AND l.most ORDER BY v.key LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% is %, and must be 1 to %', fault.key, fault.value, fault.most
			USING ERRCODE = 'invalid_parameter_value', HINT = fault.says;
	END IF;
	PERFORM user_ops_internal.check_min_users(g);
	PERFORM user_ops_internal.check_own_table(s, g, 'source', jsonb_build_object('user_id', g ->> 'user_id'));
	PERFORM user_ops_internal.own_day(s, to_regclass(g ->> 'source'), g ->> 'event_time', 'event_time');
	PERFORM user_ops_internal.item_amount(g);
	IF user_ops_internal.item_type(to_regclass(g ->> 'source'), g ->> 'item') <> g ->> 'item_type' THEN
		RAISE EXCEPTION 'column "%" of % has type %, and items are known as %', g ->> 'item', g ->> 'source', user_ops_internal.column_type(to_regclass(g ->> 'source'), g ->> 'item', 'item'), g ->> 'item_type'
			USING ERRCODE = 'datatype_mismatch',
				  HINT = 'Call user_ops.create_item_views again, or give a view that converts it.';
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.check_items(view_settings, addon) IS
	'Errors, with a hint, for arguments that create_item_views cannot use';

CREATE FUNCTION create_item_views(target_schema name, source regclass, user_id name, item name, event_time name, name text DEFAULT 'items', half_life_days integer DEFAULT NULL,
		max_items integer DEFAULT 500, top integer DEFAULT 20, min_users integer DEFAULT 5, stored_recommendations boolean DEFAULT false, amount name DEFAULT NULL, backtest_days integer DEFAULT 28)
	RETURNS TABLE (object text, answers text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 11
	SET search_path = pg_catalog, user_ops, pg_temp
	SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings;
BEGIN
	PERFORM user_ops_internal.require('create_item_views(''shop'', ''public.order_lines'', ''customer_id'', ''product_id'', ''ordered_at'')',
		json_build_object('target_schema', target_schema, 'source', source, 'user_id', user_id, 'item', item, 'event_time', event_time, 'name', name, 'max_items', max_items, 'top', top,
			'min_users', min_users, 'stored_recommendations', stored_recommendations, 'backtest_days', backtest_days));
	s := user_ops_internal.claim_or_make(target_schema, source, user_id, event_time);
	PERFORM user_ops_internal.notice_of_owners(source);
	RETURN QUERY SELECT * FROM user_ops_internal.put_addons(s, target_schema, ARRAY[ROW('items', name, NULL, jsonb_build_object(
		'source', user_ops_internal.qualified_name(source), 'user_id', user_id, 'item', item, 'item_type', user_ops_internal.item_type(source, item), 'event_time', event_time, 'amount', amount,
		'half_life_days', half_life_days, 'max_items', max_items, 'top', top, 'min_users', min_users, 'stored_recommendations', stored_recommendations, 'backtest_days', backtest_days))::user_ops_internal.addon]);
END $$;
COMMENT ON FUNCTION create_item_views(name, regclass, name, name, name, text, integer, integer, integer, integer, boolean, name, integer) IS
	'Views: Adds a set of items under a name to the views item_stats, item_pairs, user_favourites, recommendations and recommendation_quality of a schema that create_views made, or of a new one. source: a table of who had which item, and when: products, categories, stores, hours, content; with a tenant it has that column too; texts of more than 255 bytes do not count. half_life_days: after how many days an event weighs half as much in favourites and recommendations. max_items: of users with more the latest ones count in pairs. top: how many others of an item, and how many items for a user, are listed. min_users: items of fewer users are not shown; pairs of fewer neither, and they recommend nothing. stored_recommendations: whether these are stored by each refresh, to read them for many users at once, or worked out when they are read. amount: what was paid, for the revenue of each item. backtest_days: after how many days recommendations are held against what users took since. A row for each table or view that they are in: its name and what it answers';

CREATE FUNCTION recommendation_backtest(target_schema name, split date, until date, top integer DEFAULT 5, name text DEFAULT 'items')
	RETURNS TABLE (tenant text, method text, users bigint, hit_rate double precision, recall double precision, mrr double precision, coverage double precision, lift_over_popular double precision)
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	s user_ops_internal.view_settings := user_ops_internal.view_settings(target_schema);
	a user_ops_internal.addon := user_ops_internal.find_addon(s, 'items', name);
	parts jsonb;
BEGIN
	PERFORM user_ops_internal.require('recommendation_backtest(''shop'', ''2024-06-01'', ''2024-07-01'')', json_build_object('split', split, 'until', until, 'top', top));
	IF a IS NULL THEN
		RAISE EXCEPTION 'schema "%" has no items "%"', target_schema, name
			USING ERRCODE = 'undefined_object',
				  HINT = coalesce('It has: ' || (SELECT string_agg(format('"%s"', o.name), ', ') FROM unnest(s.addons) AS o WHERE o.kind = 'items') || '.', 'Call user_ops.create_item_views first.');
	END IF;
	IF NOT (isfinite(split) AND isfinite(until) AND split < until) OR top NOT BETWEEN 1 AND 1000 THEN
		RAISE EXCEPTION 'split is %, until % and top %', split, until, top
			USING ERRCODE = 'invalid_parameter_value',
				  HINT = 'split must be before until, and top 1 to 1000.';
	END IF;
	parts := user_ops_internal.view_parts(s, target_schema);
	parts := parts || user_ops_internal.item_reading_parts(s, a, parts) || jsonb_build_object('split', quote_literal(split) || '::date', 'until', quote_literal(until) || '::date', 'top', top);
	RETURN QUERY EXECUTE user_ops_internal.render($query$
		WITH judged AS MATERIALIZED ({quality})
		SELECT {#tenant}q.{tenant_name}::text{/tenant}{^tenant}NULL::text{/tenant} AS tenant, q.method, q.users, q.hit_rate, q.recall, q.mrr, q.coverage, q.hit_rate / nullif(p.hit_rate, 0) - 1 AS lift_over_popular
		FROM judged AS q
		JOIN judged AS p ON p.method = 'popular' AND {p.tenant = q.tenant}
		ORDER BY 1, q.method DESC$query$, parts, jsonb_build_object('quality', user_ops_internal.quality_query(parts)));
END $$;
COMMENT ON FUNCTION recommendation_backtest(name, date, date, integer, text) IS
	'Views: Whether recommendations of a schema with create_item_views would have been any good: offers top items to each user as of split, and holds them against what users took of [split, until) that they had not before, of those who had an item before and took one. By method: similar, as the view recommendations does it, and popular, the most popular items that a user has not. hit_rate: users who took one that was offered; recall: how much of what a user took was offered; mrr: 1 / the place of the first; coverage: how many of the items were offered to anybody; lift_over_popular: hit_rate / that of popular - 1. With a tenant for each; else tenant is NULL';

-- What all views are readings of: tables where users are stored, views of the same shape where not.

CREATE FUNCTION user_ops_internal.stored_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 2
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('activity',
		'Each user''s active days: what the views are readings of',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['activity', 'The days with their events, purchases and amounts']],
		flags => '{first_values}',
		body => $view$
			SELECT {g.tenant,} g.user_id, g.activity{^elsewhere}{, f.first_values}{/elsewhere}{#elsewhere}{, g.first_values}{/elsewhere}
			FROM ({activity_query}) AS g
			{^elsewhere}{#first_values}JOIN ({first_event_query}) AS f ON {f.user = g.user}{/first_values}{/elsewhere}
			WHERE {g.tenant IS NOT NULL AND} g.user_id IS NOT NULL AND g.activity IS NOT NULL$view$,
		storage => $table$
			CREATE TABLE {schema}.activity (
				{tenant_column,} user_id {user_type}, activity user_ops.activity NOT NULL{first_value_columns},
				PRIMARY KEY ({tenant_name,} user_id))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('fitted',
		'What depends on all users, as of the last refresh: the date, the cut points, the typical gap, the models',
		columns => ARRAY[
			['as_of', 'The first day not observed: the views count the days before it'],
			['rfm', 'Cut points and means of recency, frequency and money'],
			['typical_gap', 'Median over users of their median gap between active days'],
			['refreshed_at', 'When the source was read'],
			['rows_left_out', 'Rows that do not count, at the last full scan; refresh_log says why'],
			['fitted_at', 'What is fitted was fitted to the source as it was then: earlier than refreshed_at only where changed_at is used'],
			['purchase_model', 'How often users buy and when they leave; NULL if create_views was told purchase_model => ''none'''],
			['spend_model', 'What users spend a purchase day; NULL without amounts or a purchase model'],
			['value_cuts', 'The lowest value of each value tier but the last; NULL without amounts, or where nobody is worth anything']],
		body => $view$
			SELECT {f.tenant,} f.as_of, f.rfm, f.typical_gap, now() AS refreshed_at,
				(SELECT count(*) FROM {source} AS e WHERE ({left_out}) AND {e.tenant = f.tenant}) AS rows_left_out,
				now() AS fitted_at, f.purchase_model, f.spend_model, {#by_clv}c.value_cuts{/by_clv}{^by_clv}f.value_cuts{/by_clv}
			FROM ({fitted_query}) AS f{#by_clv}
			LEFT JOIN ({clv_cuts_query}) AS c ON {c.tenant = f.tenant}{/by_clv}$view$,
		-- models cannot be compared, so it has a key where it is one row, too
		storage => $table$
			CREATE TABLE {schema}.fitted (
				{#tenant}{tenant_column} PRIMARY KEY, as_of date NOT NULL{/tenant}{^tenant}as_of date PRIMARY KEY{/tenant},
				rfm user_ops.rfm_model, typical_gap double precision NOT NULL,
				refreshed_at timestamptz NOT NULL, rows_left_out bigint NOT NULL, fitted_at timestamptz NOT NULL,
				purchase_model user_ops.purchase_model, spend_model user_ops.spend_model, value_cuts numeric[])$table$);
END;
COMMENT ON FUNCTION user_ops_internal.stored_views() IS
	'The tables of create_views that all views read, and the views in their place where nothing is stored';

-- What a refresh on the shards needs beside these: it compares there, so what it finds
-- stays there, too.  Between refreshes these tables are empty.
CREATE FUNCTION user_ops_internal.shard_definitions() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 3
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('changes',
		'What a refresh under way has found: users whose activity changed, or with rows that do not count; empty between refreshes',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['activity', 'As it should be stored'],
			['was', 'As it is stored'],
			['differs', 'Whether it is to be written'],
			['rows_read', 'Number of rows of the user'],
			['reasons', 'How many of them do not count, by reason']],
		flags => '{stored,first_values}',
		storage => $table$
			CREATE UNLOGGED TABLE {schema}.changes (
				{tenant_column,} user_id {user_type}, activity user_ops.activity, was user_ops.activity{first_value_columns},
				differs boolean NOT NULL, rows_read bigint, reasons user_ops.left_out_counts)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('journey_changes',
		'What a refresh under way has found: users whose journey changed; empty between refreshes',
		columns => ARRAY[
			['user_id', 'The user, as in the source'],
			['journey', 'As it should be stored'],
			['was', 'Whether one is stored']],
		flags => '{stored}',
		storage => $table$
			CREATE UNLOGGED TABLE {schema}.journey_changes (
				{tenant_column,} user_id {user_type}, journey user_ops.journey, was boolean)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('fitted_before',
		'What fitted was before the refresh under way',
		columns => ARRAY[
			['as_of', 'The first day not observed'],
			['rfm', 'Cut points and means of recency, frequency and money'],
			['typical_gap', 'Median over users of their median gap between active days']],
		flags => '{stored,tenant}',
		storage => $table$
			CREATE TABLE {schema}.fitted_before ({tenant_column,} as_of date, rfm user_ops.rfm_model, typical_gap double precision)$table$);
END;
COMMENT ON FUNCTION user_ops_internal.shard_definitions() IS
	'The tables of a schema that are there only where its source is on shards of Citus';

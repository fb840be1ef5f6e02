-- What a refresh on the shards needs beside the stored tables: it compares there, so what
-- it finds stays there, too.  Between refreshes these tables are empty.

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

-- Who moved, and what each refresh did.

CREATE FUNCTION user_ops_internal.history_views() RETURNS SETOF view_definition
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 ROWS 4
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.define_view('segment_history',
		'How many users of what value had which labels, at each refresh: a row set for each as_of, that of its last refresh',
		columns => ARRAY[
			['as_of', 'The first day not observed'],
			['segment', 'Named segment, as in users'],
			['life_stage', 'Life stage, as in users'],
			['users', 'Number of users'],
			['revenue', 'Their net amount; NULL where the source has no amounts']],
		flags => '{stored}',
		labels => '{segment,life_stage}',
		storage => $table$
			CREATE TABLE {schema}.segment_history (
				{tenant_column NOT NULL,} as_of date NOT NULL, segment text, life_stage text,
				users bigint NOT NULL, revenue numeric, UNIQUE NULLS NOT DISTINCT (as_of{, tenant_name}, segment, life_stage))$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('transitions',
		'Who moved: a row for each label of a user that a refresh found changed',
		columns => ARRAY[
			['as_of', 'The first day not observed, at the refresh'],
			['refreshed_at', 'When the refresh read the source: it grows from refresh to refresh'],
			['user_id', 'The user, as in the source'],
			['attribute', 'segment, life_stage or lifecycle_state'],
			['old_value', 'What it was before; NULL for a user who was not there'],
			['new_value', 'What it is since; NULL for a user who is gone']],
		flags => '{stored}',
		body => $view$
			SELECT {l.tenant,} l.as_of, l.refreshed_at, l.user_id, 'segment' AS attribute, l.old_segment AS old_value, l.new_segment AS new_value
			FROM {schema}.transition_log AS l
			WHERE l.old_segment IS DISTINCT FROM l.new_segment
			UNION ALL
			SELECT {l.tenant,} l.as_of, l.refreshed_at, l.user_id, 'life_stage' AS attribute, l.old_life_stage AS old_value, l.new_life_stage AS new_value
			FROM {schema}.transition_log AS l
			WHERE l.old_life_stage IS DISTINCT FROM l.new_life_stage
			UNION ALL
			SELECT {l.tenant,} l.as_of, l.refreshed_at, l.user_id, 'lifecycle_state' AS attribute, l.old_lifecycle_state AS old_value, l.new_lifecycle_state AS new_value
			FROM {schema}.transition_log AS l
			WHERE l.old_lifecycle_state IS DISTINCT FROM l.new_lifecycle_state$view$)
	UNION ALL
	SELECT user_ops_internal.define_view('transition_log',
		'What transitions reads: a row for each user whose labels a refresh found changed',
		columns => ARRAY[
			['as_of', 'The first day not observed, at the refresh'],
			['refreshed_at', 'When the refresh read the source'],
			['user_id', 'The user, as in the source'],
			['old_segment', 'Named segment before'],
			['new_segment', 'Named segment since'],
			['old_life_stage', 'Life stage before; NULL for a user who was not there'],
			['new_life_stage', 'Life stage since; NULL for a user who is gone'],
			['old_lifecycle_state', 'Lifecycle state before'],
			['new_lifecycle_state', 'Lifecycle state since']],
		flags => '{stored}',
		labels => '{old_segment,new_segment,old_life_stage,new_life_stage,old_lifecycle_state,new_lifecycle_state}',
		-- a row for each label would take twice the room, and the time to write it; the index is small, and made for rows
		-- that come in this order
		storage => $table$
			CREATE TABLE {schema}.transition_log (
				{tenant_column NOT NULL,} as_of date NOT NULL, refreshed_at timestamptz NOT NULL, user_id {user_type} NOT NULL,
				old_segment text, new_segment text, old_life_stage text, new_life_stage text,
				old_lifecycle_state text, new_lifecycle_state text);
			CREATE INDEX ON {schema}.transition_log USING brin (refreshed_at, as_of) WITH (autosummarize)$table$)
	UNION ALL
	SELECT user_ops_internal.define_view('refresh_log',
		'What each refresh did',
		columns => ARRAY[
			['started_at', 'When it began'],
			['finished_at', 'When it was about to commit, or failed'],
			['status', 'done, or failed if scheduled_refresh ran it'],
			['reads', 'full: all rows of the source; changed: only those of users with changed rows; forgotten: none, forget_user deleted users'],
			['as_of', 'The first day not observed'],
			['rows_read', 'Number of rows of the source that were grouped'],
			['rows_left_out', 'How many of them do not count, each for the first of the following reasons that holds, or because its user was forgotten'],
			['rows_without_user', 'They have no user, or no tenant where there are tenants'],
			['rows_without_time', 'They have no time, or one that is infinite or outside the calendar'],
			['rows_ignored', 'Their day is before ignore_before'],
			['rows_bad_amount', 'Their amount is NaN, infinite, or 10^15 or more either way'],
			['rows_many_decimals', 'Their amount has more than 9 decimals, and amount_decimals is not given'],
			['users', 'Number of users after it'],
			['users_added', 'Users who were not there before'],
			['users_changed', 'Users whose activity changed'],
			['users_removed', 'Users who are no longer in the source'],
			['error', 'Why it failed'],
			['first_day', 'With keep_history: the first day that the source had'],
			['kept_before', 'With keep_history: the first day taken from the source; days before it stay as they are stored'],
			['source', 'The relation that was read']],
		flags => '{stored,all_tenants}',
		storage => $table$
			CREATE TABLE {schema}.refresh_log (
				started_at timestamptz NOT NULL, finished_at timestamptz NOT NULL,
				status text NOT NULL, reads text, as_of date, rows_read bigint, rows_left_out bigint,
				rows_without_user bigint, rows_without_time bigint, rows_ignored bigint, rows_bad_amount bigint,
				rows_many_decimals bigint, users bigint,
				users_added bigint, users_changed bigint, users_removed bigint, error text,
				first_day date, kept_before date, source regclass);
			CREATE INDEX ON {schema}.refresh_log (finished_at)$table$);
END;
COMMENT ON FUNCTION user_ops_internal.history_views() IS
	'What create_views makes for who moved, and for what each refresh did';

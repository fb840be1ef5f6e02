-- What create_views says of rows that do not count, and of days that are far from all others.

CREATE FUNCTION user_ops_internal.find_odd_rows(s view_settings, target_schema name,
		OUT rows_read bigint, OUT reasons bigint[], OUT users bigint, OUT first_days date[])
	LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	days text := format('SELECT user_ops.first_day(a.activity) AS day FROM %I.activity AS a', target_schema);
	counts text := format('SELECT l.rows_read, ROW(l.rows_without_user, l.rows_without_time, l.rows_ignored, l.rows_bad_amount,
								l.rows_many_decimals)::user_ops.left_out_counts AS reasons
						   FROM %I.refresh_log AS l WHERE l.reads = ''full'' AND l.status = ''done''
						   ORDER BY l.finished_at DESC LIMIT 1', target_schema);
	scan text := 'WITH';
	plain user_ops_internal.view_settings := s;
BEGIN
	IF NOT s.stored THEN
		plain.first_values := NULL;
		SELECT p.scan || ',', format('SELECT user_ops.first_day(n.activity) AS day FROM (%s) AS n', p.users), p.counts
		INTO scan, days, counts
		FROM user_ops_internal.scan_parts(user_ops_internal.settings_parts(plain), 'true') AS p;
	END IF;
	-- of the users the thousandth part that came first, one at least, and the next
	EXECUTE format('%s days AS MATERIALIZED (%s)
					SELECT c.rows_read, user_ops_internal.left_out_array(c.reasons), (SELECT count(*) FROM days),
						ARRAY(SELECT d.day FROM days AS d ORDER BY d.day LIMIT (SELECT greatest(count(*) / 1000, 1) + 1 FROM days))
					FROM (SELECT sum(c.rows_read) AS rows_read, %s AS reasons FROM (%s) AS c) AS c',
				   scan, days, user_ops_internal.left_out_sum('c.reasons'), counts)
	INTO rows_read, reasons, users, first_days;
END $$;
COMMENT ON FUNCTION user_ops_internal.find_odd_rows(view_settings, name) IS
	'How many rows of the source create_views read, and how many it left out, in the order of left_out_counts; how many users there are, and the first days of the earliest ones';

CREATE FUNCTION user_ops_internal.notice_of_left_out(s view_settings, rows_read bigint, reasons bigint[]) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	told record;
BEGIN
	FOR told IN
		SELECT n.left_out, t.reason, t.hint || CASE WHEN t.shown THEN format(' See them: SELECT * FROM %s AS e WHERE %s;', s.source,
					CASE t.name WHEN 'without_user' THEN user_ops_internal.no_user_condition(s)
					ELSE format('user_ops.left_out_reason(%s) = %L', user_ops_internal.event_arguments(s), t.name) END) ELSE '' END AS hint,
			   t.name IN ('bad_amount', 'many_decimals') AND n.left_out > rows_read / 100 AS many
		FROM unnest(reasons) WITH ORDINALITY AS n (left_out, place)
		JOIN (VALUES
			(1, 'without_user', format('"%s" is NULL', s.user_id) || coalesce(' or "' || s.tenant || '" is', ''), 'They are nobody''s: counts of users are right without them.', true),
			(2, 'without_time', format('"%s" is NULL, infinite or outside the calendar', s.event_time), 'They belong to no day.', true),
			(3, 'ignored', format('"%s" is before %s', s.event_time, to_char(s.ignore_before, 'YYYY-MM-DD')), 'So it was asked for, by ignore_before.', false),
			(4, 'bad_amount', format('"%s" is NaN, infinite, or 10^15 or more', s.amount), 'Give a view as the source that says what they mean, such as NULL for no amount.', true),
			(5, 'many_decimals', format('"%s" has more than 9 decimals', s.amount), 'Call create_views with amount_decimals => 2: amounts are rounded as round(amount, 2) does.', true)
		) AS t (place, name, reason, hint, shown) USING (place)
		WHERE n.left_out > 0
		ORDER BY place
	LOOP
		IF told.many THEN
			RAISE WARNING '% of % rows are left out: %', told.left_out, rows_read, told.reason USING HINT = told.hint;
		ELSE
			RAISE NOTICE '% of % rows are left out: %', told.left_out, rows_read, told.reason USING HINT = told.hint;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION user_ops_internal.notice_of_left_out(view_settings, bigint, bigint[]) IS
	'A notice for each reason for which rows of the source do not count, with their number; a warning where over 1 % do not for their amount';

CREATE FUNCTION user_ops_internal.notice_of_early_days(users bigint, first_days date[]) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, user_ops, pg_temp
AS $$
DECLARE
	few_users CONSTANT bigint := 20; -- of fewer than this one is not an exception
	far CONSTANT integer := 3 * 366; -- days
	early integer;
	others date;
BEGIN
	SELECT d.place - 1, d.day INTO early, others
	FROM (SELECT f.day, f.place, f.day - lag(f.day) OVER (ORDER BY f.place) AS gap
		  FROM unnest(first_days) WITH ORDINALITY AS f (day, place)) AS d
	WHERE d.gap > far ORDER BY d.place DESC LIMIT 1;
	IF FOUND AND users >= few_users THEN
		RAISE NOTICE 'the first day of % of % users lies years before all others, the earliest is %', early, users,
				to_char(first_days[1], 'YYYY-MM-DD') || CASE WHEN first_days[1] < '0001-01-01' THEN ' BC' ELSE '' END
			USING HINT = format('Views with a row for each day, such as kpis_day, begin there. Where such dates are mistakes, leave the rows out with ignore_before => %L.',
								to_char(others, 'YYYY-MM-DD'));
	END IF;
END $$;
COMMENT ON FUNCTION user_ops_internal.notice_of_early_days(bigint, date[]) IS
	'A notice if the earliest users, at most one in a thousand, came years before all others; first_days: of them and the next one, sorted';

CREATE FUNCTION user_ops_internal.notice_of_odd_rows(s view_settings, target_schema name) RETURNS void
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, user_ops, pg_temp
BEGIN ATOMIC
	SELECT user_ops_internal.notice_of_left_out(s, f.rows_read, f.reasons), user_ops_internal.notice_of_early_days(f.users, f.first_days)
	FROM user_ops_internal.find_odd_rows(s, target_schema) AS f;
END;
COMMENT ON FUNCTION user_ops_internal.notice_of_odd_rows(view_settings, name) IS
	'What create_views says of rows that do not count, and of first days far from all others';

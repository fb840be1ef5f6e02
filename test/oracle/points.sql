-- Ledgers of points, all users of the table events at once, in plain SQL without a function of
-- the extension: lots are rows of a table, which each day of the calendar changes by statements
-- over sets of them.  What is taken is shared out by sums over the lots in front of one.
--
-- points_oracle(as_of, oldest_first, inactive_days): a row for each lot, and one for each
-- user whose lot is NULL, with the debt.
CREATE FUNCTION public.points_oracle(as_of date, oldest_first boolean, inactive_days integer)
	RETURNS TABLE (user_id bigint, earn_day date, expires_on date, earned numeric, used numeric, expired numeric, remaining numeric, ends_on date)
	LANGUAGE plpgsql AS $$
DECLARE
	today date;
BEGIN
	DROP TABLE IF EXISTS pg_temp.o_lots, pg_temp.o_users;
	CREATE TEMP TABLE o_lots (user_id bigint, earn_day date, expires_on date, earned numeric, used numeric DEFAULT 0, expired numeric DEFAULT 0, remaining numeric);
	CREATE TEMP TABLE o_users AS SELECT DISTINCT e.user_id, 0::numeric AS debt, NULL::date AS alive FROM events AS e;
	FOR today IN SELECT DISTINCT e.day FROM events AS e WHERE e.day < as_of UNION SELECT as_of ORDER BY 1 LOOP
		-- the morning
		UPDATE o_lots AS l SET expired = l.expired + l.remaining, remaining = 0
		FROM o_users AS u
		WHERE u.user_id = l.user_id AND (l.expires_on <= today OR today >= u.alive + inactive_days);
		EXIT WHEN today = as_of;
		UPDATE o_users AS u SET alive = today
		WHERE EXISTS (SELECT FROM events AS e WHERE e.user_id = u.user_id AND e.day = today AND e.kind IN ('earn', 'spend') AND e.points IS NOT NULL);
		-- what is earned, less what it pays of the debt, earlier expiries first
		INSERT INTO o_lots (user_id, earn_day, expires_on, earned, used, remaining)
		SELECT n.user_id, today, n.expires_on, n.points, least(n.points, greatest(0, u.debt - n.before)), n.points - least(n.points, greatest(0, u.debt - n.before))
		FROM (
			SELECT e.user_id, e.expires_on, sum(e.points) AS points,
				   coalesce(sum(sum(e.points)) OVER (PARTITION BY e.user_id ORDER BY e.expires_on NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
			FROM events AS e WHERE e.day = today AND e.kind = 'earn' AND e.points IS NOT NULL GROUP BY e.user_id, e.expires_on) AS n
		JOIN o_users AS u USING (user_id);
		UPDATE o_users AS u SET debt = u.debt - p.paid
		FROM (SELECT l.user_id, sum(l.used) AS paid FROM o_lots AS l WHERE l.earn_day = today GROUP BY l.user_id) AS p
		WHERE p.user_id = u.user_id;
		-- what is taken as used, then what is taken as expired
		FOR step IN 1 .. 2 LOOP
			WITH taken AS (
				SELECT e.user_id, sum(e.points) AS points FROM events AS e
				WHERE e.day = today AND e.points IS NOT NULL AND e.kind = ANY (CASE step WHEN 1 THEN '{reverse,spend}'::text[] ELSE '{expire}' END) GROUP BY e.user_id),
			shared AS (
				SELECT l.ctid AS lot, least(l.remaining, greatest(0, t.points - coalesce(sum(l.remaining) OVER (
					PARTITION BY l.user_id ORDER BY CASE WHEN oldest_first THEN l.earn_day END, l.expires_on NULLS LAST, l.earn_day
					ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS points
				FROM o_lots AS l JOIN taken AS t USING (user_id)),
			owed AS (
				UPDATE o_users AS u SET debt = u.debt + greatest(0, t.points - coalesce((SELECT sum(l.remaining) FROM o_lots AS l WHERE l.user_id = u.user_id), 0))
				FROM taken AS t WHERE t.user_id = u.user_id)
			UPDATE o_lots AS l SET remaining = l.remaining - s.points, used = l.used + CASE step WHEN 1 THEN s.points ELSE 0 END, expired = l.expired + CASE step WHEN 2 THEN s.points ELSE 0 END
			FROM shared AS s WHERE l.ctid = s.lot AND s.points > 0;
		END LOOP;
	END LOOP;
	RETURN QUERY SELECT l.user_id, l.earn_day, l.expires_on, l.earned, l.used, l.expired, l.remaining, least(l.expires_on, u.alive + inactive_days)
		FROM o_lots AS l JOIN o_users AS u USING (user_id);
	RETURN QUERY SELECT u.user_id, NULL::date, NULL::date, NULL::numeric, NULL::numeric, NULL::numeric, u.debt, NULL::date FROM o_users AS u;
END $$;

-- Tiers in plain SQL, from the table growth(day, value): all days up to as_of are lived
-- through, and the window is added up anew on each of them.  Rules are given as columns.
CREATE SCHEMA IF NOT EXISTS oracle;
SET check_function_bodies = off;

CREATE TYPE oracle.tier_rules AS (thresholds numeric[], validity_days int, window_days int, window_period text, round_up text, grace_days int, downgrade text);

-- The level that growth before and on a day qualifies for; in its morning, that of the days before.
CREATE FUNCTION oracle.tier_growth(rules oracle.tier_rules, as_of date, at date, in_morning boolean) RETURNS numeric
	LANGUAGE sql STABLE AS $$
SELECT coalesce(sum(value), 0)
FROM growth
WHERE day < as_of AND CASE WHEN in_morning THEN day < at ELSE day <= at END
  AND (rules.window_days IS NULL OR day > at - rules.window_days)
  AND (rules.window_period IS NULL OR date_trunc(rules.window_period, day::timestamp) = date_trunc(rules.window_period, (at - in_morning::int)::timestamp))
$$;

CREATE FUNCTION oracle.tier_level(rules oracle.tier_rules, growth numeric) RETURNS int
	LANGUAGE sql STABLE AS 'SELECT count(*)::int FROM unnest(rules.thresholds) AS t WHERE t <= growth';

CREATE FUNCTION oracle.tier_valid_until(rules oracle.tier_rules, day date) RETURNS date
	LANGUAGE sql STABLE AS $$
SELECT CASE WHEN rules.round_up IS NULL THEN day + rules.validity_days
			ELSE (date_trunc(rules.round_up, (day + rules.validity_days - 1)::timestamp)
				  + CASE rules.round_up WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || rules.round_up)::interval END)::date END
$$;

CREATE FUNCTION oracle.tier_history(rules oracle.tier_rules, as_of date)
	RETURNS TABLE (from_day date, tier int, reason text, valid_until date, since date)
	LANGUAGE plpgsql STABLE AS $$
DECLARE
	at date;
	level int;
	at_due int;
	held int := 0;
	grace_until date;
BEGIN
	FOR at IN SELECT d::date FROM generate_series((SELECT min(day) FROM growth), as_of, '1 day') AS d LOOP
		reason := NULL;
		IF at = coalesce(grace_until, valid_until) THEN
			level := oracle.tier_level(rules, oracle.tier_growth(rules, as_of, at, true));
			reason := CASE WHEN rules.downgrade = 'never' OR greatest(level, CASE WHEN grace_until IS NOT NULL THEN at_due END) >= held THEN 'renew'
						   WHEN grace_until IS NULL AND rules.grace_days > 0 THEN 'grace' ELSE 'downgrade' END;
			IF reason = 'grace' THEN
				at_due := level;
				grace_until := at + rules.grace_days;
			ELSE
				IF reason = 'downgrade' THEN
					held := greatest(level, CASE WHEN grace_until IS NOT NULL THEN at_due END, CASE rules.downgrade WHEN 'one_step' THEN held - 1 END);
					since := at;
				END IF;
				grace_until := NULL;
				valid_until := CASE WHEN held > 0 THEN oracle.tier_valid_until(rules, at) END;
			END IF;
			from_day := at;
			tier := held;
			RETURN QUERY SELECT from_day, tier, reason, coalesce(grace_until, valid_until), since;
		END IF;
		CONTINUE WHEN at = as_of OR NOT EXISTS (SELECT FROM growth WHERE day = at AND value IS NOT NULL);
		level := oracle.tier_level(rules, oracle.tier_growth(rules, as_of, at, false));
		IF level > held OR (level = held AND grace_until IS NOT NULL) THEN
			from_day := at;
			reason := CASE WHEN level = held THEN 'renew' WHEN since IS NULL THEN 'join' ELSE 'upgrade' END;
			IF level > held THEN
				since := at;
			END IF;
			held := level;
			tier := held;
			grace_until := NULL;
			valid_until := oracle.tier_valid_until(rules, at);
			RETURN QUERY SELECT from_day, tier, reason, valid_until, since;
		END IF;
	END LOOP;
END $$;

-- What tier() says, in its order.
CREATE FUNCTION oracle.tier(rules oracle.tier_rules, as_of date)
	RETURNS TABLE (tier int, since date, valid_until date, in_grace boolean, growth_value numeric, to_next numeric)
	LANGUAGE sql STABLE AS $$
SELECT coalesce(h.tier, 0), h.since, h.valid_until, coalesce(h.reason = 'grace', false), g.growth, (rules.thresholds)[coalesce(h.tier, 0) + 1] - g.growth
FROM oracle.tier_growth(rules, as_of, as_of, false) AS g (growth)
LEFT JOIN (SELECT * FROM oracle.tier_history(rules, as_of) WITH ORDINALITY AS o (from_day, tier, reason, valid_until, since, n) ORDER BY n DESC LIMIT 1) AS h ON true
WHERE EXISTS (SELECT FROM growth WHERE day < as_of AND value IS NOT NULL)
$$;

-- Churn risk without a model in plain SQL, from the table events(user_id, day, amount).
CREATE SCHEMA IF NOT EXISTS oracle;

CREATE FUNCTION oracle.churn_risk(as_of date, horizon_days integer, has_amounts boolean, prior_rate double precision DEFAULT 30)
	RETURNS TABLE (user_id bigint, churn_risk double precision)
	LANGUAGE sql STABLE AS $$
SELECT e.user_id, ((prior_rate + (as_of - min(e.day))) / (prior_rate + (as_of - min(e.day)) + horizon_days)) ^ count(DISTINCT e.day)
FROM events AS e
WHERE e.user_id IS NOT NULL AND e.day < as_of AND (NOT has_amounts OR e.amount >= 0)
GROUP BY e.user_id
$$;

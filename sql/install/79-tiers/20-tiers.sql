-- The tier that a user's growth has brought.

CREATE FUNCTION tier(growth activity, as_of date, rules tier_rules, OUT tier integer, OUT tier_name text, OUT since date,
					 OUT valid_until date, OUT in_grace boolean, OUT growth_value numeric, OUT next_tier text,
					 OUT to_next numeric)
	AS 'MODULE_PATHNAME', 'user_ops_tier'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION tier(activity, date, tier_rules) IS
	'Tiers: The tier that a user holds as of a day: what falls due on as_of has happened, growth of as_of has not come. Tier 0, name NULL: below the first; since: first day of the tier held; valid_until: first day on which it is due, or its grace ends, NULL where nothing is due; growth_value: growth in the window; to_next: what is missing, NULL at the top. NULL without growth before as_of; 22023 for a source without amounts';

CREATE FUNCTION tier_level(growth activity, as_of date, rules tier_rules) RETURNS integer
	AS 'MODULE_PATHNAME', 'user_ops_tier_level'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION tier_level(activity, date, tier_rules) IS
	'Tiers: The number of the tier alone, as tier() has it, for half of what the whole row costs; NULL without growth before as_of';

CREATE FUNCTION keeps_tier(growth activity, as_of date, rules tier_rules) RETURNS boolean
	AS 'MODULE_PATHNAME', 'user_ops_keeps_tier'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION keeps_tier(activity, date, tier_rules) IS
	'Tiers: Would the tier held be renewed on its valid_until if no more growth came until then? NULL where nothing is due';

CREATE FUNCTION tier_history(growth activity, as_of date, rules tier_rules)
	RETURNS TABLE (from_day date, tier integer, tier_name text, reason text)
	AS 'MODULE_PATHNAME', 'user_ops_tier_history'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION tier_history(activity, date, tier_rules) IS
	'Tiers: A row for each change up to as_of, oldest first: join, upgrade, renew, grace, downgrade, with the tier from then on; no rows without a tier so far';

CREATE FUNCTION user_ops_internal.tier_moves(growth activity, as_of date, rules tier_rules)
	RETURNS TABLE (month date, reason text, old_tier text, new_tier text)
	AS 'MODULE_PATHNAME', 'user_ops_tier_moves'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION user_ops_internal.tier_moves(activity, date, tier_rules) IS
	'What tier_history says by months: a row for each change from one tier to another, once a month however often it happened';

-- tier_rules: what growth brings which tier, given by hand.

CREATE TYPE tier_downgrade AS ENUM ('to_qualified', 'one_step', 'never');
COMMENT ON TYPE tier_downgrade IS 'What becomes of a tier that is due and not renewed';

SELECT user_ops_internal.make_type('tier_rules', 10, 'STORAGE = extended',
	'Rules of tiers: names, thresholds of growth, and how long a tier is kept', '{NULL,NULL,NULL,value_send}');
SELECT user_ops_internal.make_equality('tier_rules', 'The same names, thresholds and parameters', 'Other names, thresholds or parameters');

CREATE FUNCTION make_tier_rules(names text[], thresholds numeric[], validity_days integer DEFAULT 365,
								window_days integer DEFAULT NULL, window_period period DEFAULT NULL,
								round_up period DEFAULT NULL, grace_days integer DEFAULT 0,
								downgrade tier_downgrade DEFAULT 'to_qualified')
	RETURNS tier_rules
	AS 'MODULE_PATHNAME', 'user_ops_make_tier_rules'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION make_tier_rules(text[], numeric[], integer, integer, period, period, integer, tier_downgrade) IS
	'Tiers: The rules of 1 to 100 tiers, lowest first: a name each, and ascending growth from which on it is reached. validity_days: from a change until the tier is due, NULL: never; window_days or window_period: the growth that counts, NULL: all; round_up: valid_until is the end of such a period; grace_days: how long a tier that is due can still be saved; downgrade: to the tier qualified for, one step at most, or never. Weeks begin on Monday; 22023 where the rules contradict themselves';

CREATE FUNCTION tier_levels(rules tier_rules) RETURNS TABLE (tier integer, tier_name text, threshold numeric)
	AS 'MODULE_PATHNAME', 'user_ops_tier_levels'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION tier_levels(tier_rules) IS
	'Tiers: A row for each tier, lowest first, with the growth from which on it is reached';

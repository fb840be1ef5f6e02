/*
 * tier_rules_text.c: the text of rules of tiers.
 */
#include "texts.h"
#include "tier_values.h"

FUZZ_TEXTS(TierRules, tier_rules_parse, tier_rules_problem, tier_rules_encode, tier_rules_decode,
		   tier_rules_print, in_tier_rules)

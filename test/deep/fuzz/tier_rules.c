/*
 * tier_rules.c: rules of tiers, and the tiers of users.
 */
#include "tier_values.h"
#include "values.h"

static bool
build(Input *in, TierRules *rules)
{
	return in_tier_rules(in, rules);
}

static void
ask(const TierRules *rules, Input *in)
{
	int32_t as_of = in_as_of(in);
	int32_t rows_until = in_bool(in) ? as_of : in_as_of(in);
	ActivityReader activity;
	TierWalk walk;
	TierChange change;
	int64_t last = INT64_MIN;

	CHECK(tier_rules_problem(rules) == NULL);
	in_activity_reader(in, true, &activity);
	tier_walk_open(&walk, rules, &activity, rows_until, as_of);
	while (tier_walk_next(&walk, &change))
	{
		CHECK(change.day >= last && change.tier >= 0 && change.tier <= rules->n);
		last = change.day;
	}
	(void) tier_walk_growth(&walk);
}

FUZZ_VALUES(TierRules, tier_rules_decode, tier_rules_encode, tier_rules_print, tier_rules_parse(text, again))

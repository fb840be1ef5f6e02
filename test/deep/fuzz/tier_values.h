/*
 * tier_values.h: rules of tiers, of the fuzzer's bytes.
 */
#include "builders.h"

#include "kernel/tiers/tier_walk.h"

static inline bool
in_tier_rules(Input *in, TierRules *rules)
{
	uint8_t how = in_byte(in);
	int scales[TIERS_MAX];

	rules->n = 1 + (int) in_below(in, how & 1 ? 4 : 20);
	for (int i = 0; i < rules->n; i++)
	{
		JourneyText name = in_name(in);

		tier_name_set(&rules->names[i], name.bytes, name.size);
		rules->thresholds[i] = in_int(in, i == 0 ? 1 : rules->thresholds[i - 1] + 1, INT64_MAX - 1000 + i);
		scales[i] = how & 2 ? 2 : 0;
	}
	rules->downgrade = (TierDowngrade) (how >> 2 & 3) % TIER_DOWNGRADES;
	if (how & 0x10)
		rules->validity_days = (int32_t) in_int(in, 1, TIER_MAX_DAYS);
	if (how & 0x20)
		rules->window_days = (int32_t) in_int(in, 1, TIER_MAX_DAYS);
	else if (how & 0x40)
		rules->window_period = PERIOD_DAY + (int) in_below(in, PERIODS);
	if (how & 0x80 && rules->validity_days > 0)
		rules->round_up = PERIOD_DAY + (int) in_below(in, PERIODS);
	if (rules->validity_days > 0)
		rules->grace_days = (int32_t) in_int(in, 0, TIER_MAX_DAYS);
	return tier_rules_scale(rules, scales) && tier_rules_problem(rules) == NULL;
}

/*
 * tier_rules_text.c: the text of rules of tiers.
 */
#include "texts.h"
#include "tier_values.h"

static bool
read_text(const char *text, uint8_t which, Stored *stored)
{
	TierRules *rules = host_alloc(sizeof(TierRules));
	ByteWriter out = byte_writer(0);

	memset(rules, 0, sizeof(*rules));
	if (tier_rules_parse(text, rules) != NULL)
		return false;
	CHECK(tier_rules_problem(rules) == NULL);
	tier_rules_encode(rules, &out);
	*stored = (Stored){out.start, bytes_written(&out)};
	return true;
}

static char *
print_text(const Stored *stored)
{
	TierRules *rules = host_alloc(sizeof(TierRules));

	CHECK(tier_rules_decode(stored->bytes, stored->size, rules) == NULL);
	return tier_rules_print(rules);
}

static char *
build_text(Input *in, uint8_t which)
{
	TierRules *rules = host_alloc(sizeof(TierRules));

	memset(rules, 0, sizeof(*rules));
	return in_tier_rules(in, rules) ? tier_rules_print(rules) : NULL;
}

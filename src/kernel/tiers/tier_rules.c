/*
 * tier_rules.c: rules of tiers as bytes, and what they must keep to.
 */
#include "kernel/tiers/tier_rules.h"

#include <string.h>

#include "kernel/base/money.h"

#define DOWNGRADE_BITS 3
#define HAS_VALIDITY   4
#define HAS_DAYS       8
#define HAS_PERIOD     16
#define HAS_ROUND_UP   32
#define ALL_BITS       63

const char *const tier_downgrade_names[TIER_DOWNGRADES] = {"to_qualified", "one_step", "never"};

void
tier_name_set(TierName *name, const char *bytes, size_t size)
{
	name->size = size <= TIER_NAME_BYTES ? (uint8_t) size : 0;
	memcpy(name->bytes, bytes, name->size);
}

static bool
same_name(const TierName *a, const TierName *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static const char *
names_problem(const TierRules *rules)
{
	for (int i = 0; i < rules->n; i++)
	{
		const TierName *name = &rules->names[i];

		if (name->size == 0 || name->size > TIER_NAME_BYTES)
			return "a name must have from 1 to 63 bytes";
		if (memchr(name->bytes, '\0', name->size) != NULL)
			return "a name must not have a zero byte";
		for (int k = 0; k < i; k++)
			if (same_name(name, &rules->names[k]))
				return "two tiers have the same name";
	}
	return NULL;
}

static bool
is_duration(int32_t days)
{
	return days == TIER_NONE || (days >= 1 && days <= TIER_MAX_DAYS);
}

static bool
is_period(int period)
{
	return period >= TIER_NONE && period <= PERIODS;
}

const char *
tier_rules_problem(const TierRules *rules)
{
	if (rules->n < 1 || rules->n > TIERS_MAX)
		return "there must be from 1 to 100 tiers";
	for (int i = 1; i < rules->n; i++)
		if (rules->thresholds[i] <= rules->thresholds[i - 1])
			return "thresholds must ascend, each above the one before";
	if (rules->window_days != TIER_NONE && rules->window_period != TIER_NONE)
		return "there can be window_days or a window_period, not both";
	if (!is_duration(rules->validity_days))
		return "a validity must have from 1 to 36525 days, or be NULL where a tier is kept for good";
	if (!is_duration(rules->window_days))
		return "a window must have from 1 to 36525 days, or be NULL where all growth counts";
	if (rules->grace_days < 0 || rules->grace_days > TIER_MAX_DAYS)
		return "a grace must have from 0 to 36525 days";
	if (!is_period(rules->window_period) || !is_period(rules->round_up))
		return "a period is unknown";
	if (rules->downgrade > TIER_NEVER)
		return "the kind of downgrade is unknown";
	return names_problem(rules);
}

bool
tier_rules_scale(TierRules *rules, const int *scales)
{
	int spare = MONEY_MAX_SCALE;

	rules->scale = 0;
	for (int i = 0; i < rules->n; i++)
		if (scales[i] > rules->scale)
			rules->scale = scales[i];
	for (int i = 0; i < rules->n; i++)
		if (!money_try_rescale(&rules->thresholds[i], scales[i], rules->scale))
			return false;
	for (int i = 0; i < rules->n; i++)
		spare = money_spare_decimals(rules->thresholds[i], spare < rules->scale ? spare : rules->scale);
	for (int i = 0; i < rules->n; i++)
		rules->thresholds[i] /= power_of_ten(spare);
	rules->scale -= spare;
	return true;
}

void
tier_rules_encode(const TierRules *rules, ByteWriter *out)
{
	write_byte(out, TIER_RULES_VERSION);
	write_byte(out, (uint8_t) (rules->downgrade | (rules->validity_days != TIER_NONE ? HAS_VALIDITY : 0) |
							   (rules->window_days != TIER_NONE ? HAS_DAYS : 0) |
							   (rules->window_period != TIER_NONE ? HAS_PERIOD : 0) |
							   (rules->round_up != TIER_NONE ? HAS_ROUND_UP : 0)));
	write_byte(out, (uint8_t) rules->scale);
	write_byte(out, (uint8_t) rules->n);
	for (int i = 0; i < rules->n; i++)
	{
		const TierName *name = &rules->names[i];

		if (i == 0)
			write_zigzag(out, rules->thresholds[i]);
		else
			write_varint(out, (uint64_t) rules->thresholds[i] - (uint64_t) rules->thresholds[i - 1] - 1);
		write_varint(out, name->size);
		for (int k = 0; k < name->size; k++)
			write_byte(out, (uint8_t) name->bytes[k]);
	}
	if (rules->validity_days != TIER_NONE)
		write_varint(out, (uint64_t) rules->validity_days);
	if (rules->window_days != TIER_NONE)
		write_varint(out, (uint64_t) rules->window_days);
	write_varint(out, (uint64_t) rules->grace_days);
	if (rules->window_period != TIER_NONE)
		write_byte(out, (uint8_t) rules->window_period);
	if (rules->round_up != TIER_NONE)
		write_byte(out, (uint8_t) rules->round_up);
}

/* A threshold above the one before, which stays where it is if that does not fit: they do not ascend. */
static int64_t
next_threshold(int64_t previous, uint64_t distance)
{
	uint64_t room = (uint64_t) INT64_MAX - (uint64_t) previous;

	return distance < room ? (int64_t) ((uint64_t) previous + distance + 1) : previous;
}

static void
read_tier(ByteReader *in, TierRules *rules, int i)
{
	TierName *name = &rules->names[i];

	rules->thresholds[i] = i == 0 ? read_zigzag(in) : next_threshold(rules->thresholds[i - 1], read_varint(in, UINT64_MAX));
	name->size = (uint8_t) read_varint(in, TIER_NAME_BYTES);
	for (int k = 0; k < name->size; k++)
		name->bytes[k] = (char) read_byte(in);
}

static bool
scale_is_smallest(const TierRules *rules)
{
	for (int i = 0; i < rules->n; i++)
		if (rules->thresholds[i] % 10 != 0)
			return true;
	return rules->scale == 0;
}

/* What flags say is there is at least 1; 0 would be another form of none. */
static bool
flags_are_true(const TierRules *rules, uint8_t flags)
{
	return ((flags & HAS_VALIDITY) != 0) == (rules->validity_days != TIER_NONE) &&
		   ((flags & HAS_DAYS) != 0) == (rules->window_days != TIER_NONE) &&
		   ((flags & HAS_PERIOD) != 0) == (rules->window_period != TIER_NONE) &&
		   ((flags & HAS_ROUND_UP) != 0) == (rules->round_up != TIER_NONE);
}

const char *
tier_rules_decode(const uint8_t *bytes, size_t size, TierRules *rules)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t flags;
	const char *problem;

	if (read_byte(&in) != TIER_RULES_VERSION)
		return "an unknown version";
	flags = read_byte(&in);
	rules->scale = read_byte(&in);
	rules->n = read_byte(&in);
	if (in.bad || flags > ALL_BITS || rules->scale > MONEY_MAX_SCALE || rules->n > TIERS_MAX)
		return "a damaged head";
	for (int i = 0; i < rules->n; i++)
		read_tier(&in, rules, i);
	rules->downgrade = (TierDowngrade) (flags & DOWNGRADE_BITS);
	rules->validity_days = flags & HAS_VALIDITY ? (int32_t) read_varint(&in, TIER_MAX_DAYS) : TIER_NONE;
	rules->window_days = flags & HAS_DAYS ? (int32_t) read_varint(&in, TIER_MAX_DAYS) : TIER_NONE;
	rules->grace_days = (int32_t) read_varint(&in, TIER_MAX_DAYS);
	rules->window_period = flags & HAS_PERIOD ? read_byte(&in) : TIER_NONE;
	rules->round_up = flags & HAS_ROUND_UP ? read_byte(&in) : TIER_NONE;
	if (in.bad || in.next != in.end)
		return "a damaged or overlong value";
	problem = tier_rules_problem(rules);
	if (problem != NULL)
		return problem;
	return scale_is_smallest(rules) && flags_are_true(rules, flags) ? NULL : "not in its shortest form";
}

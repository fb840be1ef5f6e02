/*
 * life_stage.c: where a user stands between introduction and loss.
 */
#include "kernel/activity/life_stage.h"

#include "kernel/activity/gaps.h"

#define OWN_GAPS 3 /* so many gaps make a median of one's own */

LifeFacts
life_facts(const int32_t *days, uint32_t n_days, int32_t as_of, double typical_gap)
{
	LifeFacts facts = {.active_days = n_days,
					   .tenure = as_of - days[0],
					   .idle = as_of - days[n_days - 1],
					   .gap = typical_gap};
	int32_t middle = days[0] + facts.tenure / 2;
	double own_gap = n_days > OWN_GAPS ? gaps_median(days, n_days) : typical_gap;

	if (own_gap > typical_gap)
		facts.gap = own_gap;
	for (uint32_t i = n_days; i > 0 && days[i - 1] >= middle; i--)
		facts.later_days++;
	return facts;
}

static bool
is_lost(const LifeFacts *f, const LifeLimits *l)
{
	return f->idle > l->lost_gaps * f->gap && f->idle > l->lost_days;
}

static bool
is_sleeping(const LifeFacts *f, const LifeLimits *l)
{
	return f->idle > l->sleep_gaps * f->gap && f->idle > l->sleep_days;
}

static bool
is_new(const LifeFacts *f, const LifeLimits *l)
{
	return f->active_days <= 1 || f->tenure < l->new_days;
}

static bool
is_growing(const LifeFacts *f, const LifeLimits *l)
{
	int64_t earlier_days = f->active_days - f->later_days;

	return f->active_days < l->growth_days ||
		   (double) f->later_days > l->growth_ratio * (double) earlier_days;
}

static bool
is_any(const LifeFacts *f, const LifeLimits *l)
{
	(void) f;
	(void) l;
	return true;
}

/* The first rule that holds names the stage. */
static const struct
{
	const char *stage;
	bool (*holds)(const LifeFacts *facts, const LifeLimits *limits);
} rules[] = {
	{"lost", is_lost},
	{"sleeping", is_sleeping},
	{"introduction", is_new},
	{"growth", is_growing},
	{"mature", is_any},
};

const char *
life_stage(const LifeFacts *facts, const LifeLimits *limits)
{
	int i = 0;

	while (!rules[i].holds(facts, limits))
		i++;
	return rules[i].stage;
}

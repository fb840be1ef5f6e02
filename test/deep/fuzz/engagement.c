/*
 * engagement.c: daily, weekly and monthly active users.
 */
#include "states.h"

#include "kernel/metrics/engagement.h"

FUZZ_STATES(&engagement_kind)

static void *
build(Input *head, Input *rows)
{
	Engagement *counts = engagement_create(in_as_of(head));
	bool amounts = in_bool(head);

	while (in_left(rows) > 0)
	{
		ActivityReader activity;

		in_activity_reader(rows, amounts, &activity);
		counts = engagement_add(counts, &activity);
	}
	return counts;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const Engagement *counts = state;
	EngagementRolling rolling = {0};

	for (uint32_t age = counts->n_days; age-- > 0;)
	{
		engagement_roll(&rolling, &counts->days[age]);
		CHECK(rolling.wau <= rolling.mau && counts->days[age].dau <= rolling.wau);
	}
	engagement_expect(counts, in_as_of(in));
}

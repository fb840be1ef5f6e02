/*
 * lifecycle.c: new, returning and resurrected users.
 */
#include "states.h"

#include "kernel/metrics/lifecycle.h"

FUZZ_STATES(&lifecycle_kind)

static void *
build(Input *head, Input *rows)
{
	Period period = (Period) (PERIOD_DAY + in_below(head, PERIODS));
	WeekStart week_start = period == PERIOD_WEEK ? (WeekStart) in_bool(head) : WEEK_MONDAY;
	int32_t as_of = in_as_of(head);
	bool amounts = in_bool(head);
	Lifecycle *counts = lifecycle_create(period, week_start, as_of);

	while (in_left(rows) > 0)
	{
		ActivityReader activity;
		ActivityReader again;

		in_activity_reader(rows, amounts, &activity);
		again = activity;
		counts = lifecycle_add(counts, &activity);
		(void) lifecycle_state(&again, as_of, (int32_t) in_int(head, 1, INT32_MAX));
	}
	lifecycle_expect(counts, period, week_start, as_of);
	return counts;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const Lifecycle *counts = state;

	for (uint32_t age = counts->n_periods; age-- > 0;)
	{
		const LifecycleCell *before = age + 1 < counts->n_periods ? &counts->cells[age + 1] : NULL;

		CHECK(counts->cells[age].returning_users <= (before == NULL ? 0 : lifecycle_active(before)));
	}
	if (counts->n_periods > 0)
		CHECK(counts->cells[counts->n_periods - 1].new_users > 0);
}

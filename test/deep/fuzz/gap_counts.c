/*
 * gap_counts.c: median gaps of users.
 */
#include "states.h"

#include "kernel/activity/gaps.h"
#include "kernel/activity/summary.h"
#include "kernel/metrics/typical_gap.h"

FUZZ_STATES(&gap_counts_kind)

static void *
build(Input *head, Input *rows)
{
	int32_t as_of = in_as_of(head);
	GapCounts *counts = gap_counts_create(as_of);

	while (in_left(rows) > 0)
	{
		size_t size;
		uint32_t n;
		int32_t *days;

		if (in_bool(rows))
		{
			counts = gap_counts_add(counts, in_int(rows, 2, INT64_C(4294966986)), (uint64_t) in_int(rows, 1, INT64_MAX >> 2));
			continue;
		}
		days = summary_days(in_activity(rows, false, &size), as_of, &n);
		if (n >= 2)
			counts = gap_counts_add(counts, (int64_t) (2 * gaps_median(days, n)), 1);
	}
	gap_counts_expect(counts, as_of);
	return counts;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	double median = gap_counts_median(state);

	CHECK(median > 0 && median < 5e9);
}

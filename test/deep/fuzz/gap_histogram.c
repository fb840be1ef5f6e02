/*
 * gap_histogram.c: gaps between days, in brackets.
 */
#include "states.h"

#include "kernel/metrics/gap_histogram.h"

FUZZ_STATES(&gap_histogram_kind)

static void *
build(Input *head, Input *rows)
{
	int32_t from_days[8];
	uint32_t n = 1 + in_below(head, 8);
	int32_t as_of = in_as_of(head);
	bool amounts = in_bool(head);
	GapHistogram *histogram;

	for (uint32_t i = 0; i < n; i++)
		from_days[i] = i == 0 ? 1 : (int32_t) in_int(head, 1, INT32_MAX);
	if (gap_brackets_problem(from_days, n) != NULL)
		n = 1;
	histogram = gap_histogram_create(as_of, from_days, n);
	while (in_left(rows) > 0)
	{
		ActivityReader activity;

		in_activity_reader(rows, amounts, &activity);
		histogram = gap_histogram_add(histogram, &activity);
	}
	gap_histogram_expect(histogram, as_of, from_days, n);
	return histogram;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const GapHistogram *histogram = state;
	uint64_t gaps = 0;

	for (uint32_t i = 0; i < histogram->n; i++)
	{
		gaps += histogram->brackets[i].gaps;
		CHECK(histogram->brackets[i].users <= histogram->brackets[i].gaps);
	}
	CHECK(gaps == histogram->gaps);
}

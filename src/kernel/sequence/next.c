/*
 * next.c: look behind a chain of events.
 */
#include "kernel/sequence/next.h"

#include <string.h>

static bool
is_event(const Journey *journey, int64_t row, const JourneyText *event)
{
	const JourneyText *name = &journey->names.texts[journey->rows[row].event];

	return name->size == event->size && memcmp(name->bytes, event->bytes, event->size) == 0;
}

/* Where the chain would begin; out of the rows if nowhere. */
static int64_t
base_row(const Journey *journey, SequenceBase base, const JourneyText *event)
{
	int64_t n_rows = journey->n_rows;
	int64_t step = base == SEQUENCE_FIRST_MATCH ? 1 : -1;
	int64_t row = base == SEQUENCE_HEAD || base == SEQUENCE_FIRST_MATCH ? 0 : n_rows - 1;

	if (base == SEQUENCE_HEAD || base == SEQUENCE_TAIL)
		return row;
	for (; row >= 0 && row < n_rows && !is_event(journey, row, event); row += step)
		host_poll_at((uint64_t) row);
	return row;
}

const JourneyText *
sequence_next(const Journey *journey, SequenceDirection direction, SequenceBase base,
			  const JourneyText *chain, uint32_t n)
{
	int64_t n_rows = journey->n_rows;
	int64_t step = direction == SEQUENCE_FORWARD ? 1 : -1;
	int64_t row = base_row(journey, base, chain);

	for (uint32_t i = 0; i < n; i++, row += step)
		if (row < 0 || row >= n_rows || !is_event(journey, row, &chain[i]))
			return NULL;
	return row >= 0 && row < n_rows ? &journey->names.texts[journey->rows[row].event] : NULL;
}

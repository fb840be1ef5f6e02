/*
 * transitions.c: edges of paths at any depth.
 */
#include "edges.h"

FUZZ_STATES(&transitions_kind)

static void *
build(Input *head, Input *rows)
{
	uint8_t how = in_byte(head);
	EdgeParams params = {.as_of = in_time(head), .gap = SESSION_UNLIMITED, .flags = how & EDGES_COLLAPSE};

	if (how & 0x10)
		params.gap = (uint64_t) in_duration(head);
	return count_edges(&params, rows);
}

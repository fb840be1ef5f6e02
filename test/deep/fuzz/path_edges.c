/*
 * path_edges.c: edges of paths at a depth.
 */
#include "edges.h"

FUZZ_STATES(&path_edges_kind)

static void *
build(Input *head, Input *rows)
{
	uint8_t how = in_byte(head);
	EdgeParams params = {.as_of = in_time(head), .gap = SESSION_UNLIMITED};

	params.flags = how & (EDGES_COLLAPSE | EDGES_REVERSE | EDGES_EXITS);
	params.max_depth = 1 + (how & 8 ? (uint32_t) in_int(head, 0, EDGES_MAX_DEPTH - 1) : 4);
	if (how & 0x10)
		params.gap = (uint64_t) in_duration(head);
	if (how & 0x20)
		params.start_at = in_name(head);
	if (how & 0x40)
		params.end_at = in_name(head);
	return count_edges(&params, rows);
}

/*
 * shapley.c: channels of paths, by rate or by conversions.
 */
#include "channels.h"

FUZZ_STATES(&shapley_kind)

static void *
build(Input *head, Input *rows)
{
	return count_paths(in_bool(head) ? CHANNELS_BY_RATE : CHANNELS_BY_CONVERSIONS, rows);
}

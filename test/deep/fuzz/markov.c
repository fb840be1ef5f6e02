/*
 * markov.c: steps of paths between channels.
 */
#include "channels.h"

FUZZ_STATES(&markov_kind)

static void *
build(Input *head, Input *rows)
{
	return count_paths(CHANNELS_MARKOV, rows);
}

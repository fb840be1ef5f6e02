/*
 * state.c: the chunks that metrics are counted in.
 */
#include "kernel/state.h"

#include <string.h>

void *
state_create(size_t size)
{
	State *state = host_alloc(size);

	memset(state, 0, size);
	state->form = STATE_WORKING;
	state->capacity = (uint32_t) size;
	return state;
}

void *
state_copy(const void *state)
{
	size_t size = ((const State *) state)->capacity;

	return memcpy(host_alloc(size), state, size);
}

void *
state_grow(const void *state, size_t kept, size_t needed)
{
	size_t size = 2 * (size_t) ((const State *) state)->capacity;
	State *grown;

	if (needed > STATE_LIMIT)
		host_fail(KERNEL_STATE_TOO_BIG);
	if (size > STATE_LIMIT)
		size = STATE_LIMIT;
	if (size < needed)
		size = needed;
	host_poll();
	grown = state_create(size);
	memcpy(grown, state, kept);
	grown->capacity = (uint32_t) size;
	return grown;
}

const char *
state_check(const StateKind *kind, const uint8_t *bytes, size_t size)
{
	const char *problem;
	void *state = kind->unpack(bytes, size, &problem);

	if (state == NULL)
		return problem;
	host_free(state);
	return NULL;
}

/*
 * state.c: the chunks that metrics are counted in.
 */
#include "kernel/base/state.h"

#include <string.h>

#define AT_ONCE ((size_t) 16 << 20) /* bytes, between two looks for interrupts */

void
state_copy_bytes(void *to, const void *from, size_t size)
{
	for (size_t done = 0; done < size; done += AT_ONCE)
	{
		if (done > 0)
			host_poll();
		memcpy((char *) to + done, (const char *) from + done,
			   size - done < AT_ONCE ? size - done : AT_ONCE);
	}
}

static void
clear_bytes(void *bytes, size_t size)
{
	for (size_t done = 0; done < size; done += AT_ONCE)
	{
		if (done > 0)
			host_poll();
		memset((char *) bytes + done, 0, size - done < AT_ONCE ? size - done : AT_ONCE);
	}
}

void *
state_create(size_t size)
{
	State *state = host_alloc_large(size);

	clear_bytes(state, size);
	state->form = STATE_WORKING;
	state->capacity = (uint32_t) size;
	return state;
}

void *
state_copy(const void *state)
{
	size_t size = ((const State *) state)->capacity;
	void *copy = host_alloc_large(size);

	state_copy_bytes(copy, state, size);
	return copy;
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
	grown = host_alloc(size);
	state_copy_bytes(grown, state, kept);
	clear_bytes((char *) grown + kept, size - kept);
	grown->capacity = (uint32_t) size;
	return grown;
}

const char STATE_TOO_OLD[] = "an older version of user_ops wrote it, in a form that is no longer read";

const char *
state_other_version(uint8_t version, uint8_t wanted)
{
	return version >= 1 && version < wanted ? STATE_TOO_OLD : "unknown format version";
}

const char *
state_check(const StateKind *kind, const uint8_t *bytes, size_t size)
{
	const char *problem;
	void *state = kind->unpack(bytes, size, &problem);
	ByteWriter again;

	if (state == NULL)
		return problem;
	problem = NULL;
	if (kind->checked_by_packing)
	{
		again = byte_writer(0);
		kind->pack(state, &again);
		if (bytes_written(&again) != size || memcmp(again.start, bytes, size) != 0)
			problem = "other bytes than are written of this value";
		host_free(again.start);
	}
	host_free(state);
	return problem;
}

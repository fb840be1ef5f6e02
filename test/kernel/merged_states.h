/*
 * merged_states.h: what tests of states do with those of any kind: pack them, merge their
 * parts, and read what is damaged.
 */
#include "kernel/base/state.h"

#include "simple_host.h"

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

static ByteWriter
packed(const StateKind *kind, const void *state)
{
	ByteWriter out = byte_writer(0);

	kind->pack(state, &out);
	return out;
}

/* Parts, from the last one on, packed, unpacked and merged: they must be as the whole is, whose bytes it returns. */
static ByteWriter
same_as_merged(const StateKind *kind, const void *whole, void *const *parts, int n_parts, void **merged)
{
	ByteWriter bytes = packed(kind, whole);
	ByteWriter of_merged;

	*merged = NULL;
	for (int i = n_parts - 1; i >= 0; i--)
		if (parts[i] != NULL)
		{
			const char *problem;
			ByteWriter part = packed(kind, parts[i]);
			void *state = kind->unpack(part.start, bytes_written(&part), &problem);

			CHECK(state != NULL);
			*merged = *merged == NULL ? state : kind->merge(*merged, state);
			free(part.start);
		}
	of_merged = packed(kind, *merged);
	CHECK(bytes_written(&bytes) == bytes_written(&of_merged));
	CHECK(memcmp(bytes.start, of_merged.start, bytes_written(&bytes)) == 0);
	CHECK(state_check(kind, bytes.start, bytes_written(&bytes)) == NULL);
	free(of_merged.start);
	return bytes;
}

/* A state of bytes of which some are others or missing; NULL mostly.  One that is read has the bytes it was read from. */
static void *
of_damaged(const StateKind *kind, const ByteWriter *bytes)
{
	size_t size = bytes_written(bytes);
	uint8_t *damaged = malloc(size);
	void *state = NULL;

	memcpy(damaged, bytes->start, size);
	for (int i = below(3); i >= 0; i--)
		damaged[random_bits() % size] = (uint8_t) random_bits();
	size -= below(4) == 0 ? random_bits() % size : 0;
	if (state_check(kind, damaged, size) == NULL)
	{
		const char *problem;
		ByteWriter again;

		state = kind->unpack(damaged, size, &problem);
		again = packed(kind, state);
		CHECK(bytes_written(&again) == size && memcmp(again.start, damaged, size) == 0);
		free(again.start);
	}
	free(damaged);
	return state;
}

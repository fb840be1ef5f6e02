/*
 * channel_state_test.c: counted paths of channels, outside the server.
 *
 *	channel_state_test [SEED [ROUNDS]]
 *
 * Paths are counted at once, and in parts that are packed, unpacked and merged: the bytes
 * must be equal.  They are then damaged: what is still a state is written as it was read,
 * and can be read.
 */
#include "channel_sets.h"

#define PARTS   3
#define DAMAGES 40

static const StateKind *
kind_of(int question)
{
	return question == CHANNELS_MARKOV ? &markov_kind : &shapley_kind;
}

static ByteWriter
packed(const ChannelCounts *counts)
{
	ByteWriter out = byte_writer(0);

	kind_of(counts->question)->pack(counts, &out);
	return out;
}

static ChannelCounts *
unpacked(int question, const uint8_t *bytes, size_t size)
{
	const char *problem;
	ChannelCounts *counts = kind_of(question)->unpack(bytes, size, &problem);

	CHECK((counts == NULL) == (problem != NULL));
	return counts;
}

static void
damage(int question, const ByteWriter *bytes)
{
	size_t size = bytes_written(bytes);
	uint8_t *damaged = malloc(size);
	ChannelCounts *counts;

	memcpy(damaged, bytes->start, size);
	for (int i = below(3); i >= 0; i--)
		damaged[random_bits() % size] =
			(uint8_t) (below(2) == 0 ? random_bits() : (uint64_t) below(20));
	size -= below(4) == 0 ? random_bits() % size : 0;
	counts = unpacked(question, damaged, size);
	if (counts != NULL)
	{
		ByteWriter again = packed(counts);

		CHECK(bytes_written(&again) == size && memcmp(again.start, damaged, size) == 0);
		free(again.start);
		counts->amount.known = false; /* huge shares of huge amounts do not fit */
		counts->scale = 0;
		channel_shares_free(channel_shares(counts, 0));
	}
	free(damaged);
}

static void
round_of_states(int question)
{
	PathSet set = random_set(NAMES, true);
	ChannelCounts *merged = NULL;
	ChannelCounts *parts[PARTS];
	ByteWriter whole = packed(add_all((ChannelQuestion) question, &set));
	ByteWriter of_parts;

	for (int i = 0; i < PARTS; i++)
		parts[i] = channel_counts_create((ChannelQuestion) question);
	for (int i = set.n - 1; i >= 0; i--)
		parts[i % PARTS] = add_path(parts[i % PARTS], &set.paths[i]);
	for (int i = 0; i < PARTS; i++)
	{
		ByteWriter part = packed(parts[i]);
		ChannelCounts *again = unpacked(question, part.start, bytes_written(&part));

		CHECK(again != NULL);
		merged = merged == NULL ? again : channel_counts_merge(merged, again);
		free(part.start);
	}
	of_parts = packed(merged);
	CHECK(bytes_written(&of_parts) == bytes_written(&whole));
	CHECK(memcmp(of_parts.start, whole.start, bytes_written(&whole)) == 0);
	for (int i = 0; i < DAMAGES; i++)
		damage(question, &whole);
	free(whole.start);
	free(of_parts.start);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 200;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	for (int i = 0; i < rounds; i++)
		for (int question = CHANNELS_MARKOV; question <= CHANNELS_BY_CONVERSIONS; question++)
			round_of_states(question);
	printf("# %d rounds\n", rounds);
	return 0;
}

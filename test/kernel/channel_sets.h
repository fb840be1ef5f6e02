/*
 * channel_sets.h: sets of paths at random, for the tests of models of attribution.
 */
#include "kernel/attribution/channel_shares.h"

#include <math.h>

#include "simple_host.h"

#define NAMES  6
#define PATHS  12
#define LENGTH 6

static const JourneyText names[NAMES] = {{"ads", 3},    {"direct", 6}, {"mail", 4},
										 {"search", 6}, {"social", 6}, {"", 0}};

static int
below(int n)
{
	return (int) (random_bits() % (uint64_t) n);
}

typedef struct Path
{
	int channels[LENGTH];
	int n;
	int conversions;
	int others;
	int amount;
} Path;

typedef struct PathSet
{
	Path paths[4 * PATHS];
	int n;
} PathSet;

static ChannelCounts *
add_path(ChannelCounts *counts, const Path *path)
{
	JourneyText channels[LENGTH];

	for (int i = 0; i < path->n; i++)
		channels[i] = names[path->channels[i]];
	return channel_counts_add(counts, &(ChannelPath){.channels = channels,
													 .n = (uint32_t) path->n,
													 .conversions = (uint64_t) path->conversions,
													 .others = (uint64_t) path->others,
													 .has_amount = path->amount != 0,
													 .amount = path->amount,
													 .scale = 2});
}

static ChannelCounts *
add_all(ChannelQuestion question, const PathSet *set)
{
	ChannelCounts *counts = channel_counts_create(question);

	for (int i = 0; i < set->n; i++)
		counts = add_path(counts, &set->paths[i]);
	return counts;
}

static PathSet
random_set(int n_channels, bool with_empty)
{
	PathSet set = {.n = 1 + below(PATHS)};

	for (int i = 0; i < set.n; i++)
	{
		Path *path = &set.paths[i];

		path->n = with_empty && below(8) == 0 ? 0 : 1 + below(LENGTH - 1);
		for (int k = 0; k < path->n; k++)
			path->channels[k] = below(n_channels);
		path->conversions = uniform() < 0.3 ? 0 : below(20);
		path->others = below(3) * below(20);
		path->amount = below(3) == 0 ? 0 : below(100000) - 10000;
	}
	return set;
}

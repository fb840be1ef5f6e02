/*
 * channel_paths.c: what a path adds to the counts of a model.
 */
#include "kernel/attribution/channel_counts.h"

#include "kernel/base/sort.h"

static ChannelCounts *
count(ChannelCounts *counts, uint32_t from, uint32_t to, uint64_t times)
{
	return channel_counts_add_cell(counts, &(ChannelCell){from, to, times});
}

static ChannelCounts *
count_steps(ChannelCounts *counts, const uint32_t *places, const ChannelPath *path)
{
	uint64_t times = path->conversions + path->others;
	uint32_t from = STEP_START;

	for (uint32_t i = 0; i < path->n; i++)
	{
		uint32_t to = STEP_CHANNEL + places[i];

		if (to != from)
			counts = count(counts, from, to, times);
		from = to;
		host_poll_at(i);
	}
	counts = count(counts, from, STEP_CONVERSION, path->conversions);
	return count(counts, from, STEP_NOTHING, path->others);
}

static ChannelCounts *
count_subset(ChannelCounts *counts, const uint32_t *places, const ChannelPath *path)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < path->n; i++)
		bits |= (uint32_t) 1 << places[i];
	counts = count(counts, bits, 1, path->conversions);
	return count(counts, bits, 0, path->others);
}

static int
compare_places(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a;
	uint32_t y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

/* The places are sorted by it. */
static ChannelCounts *
count_shares(ChannelCounts *counts, uint32_t *places, const ChannelPath *path)
{
	uint32_t n = 0;

	sort_entries(places, path->n, sizeof(uint32_t), compare_places);
	for (uint32_t i = 0; i < path->n; i++)
		if (n == 0 || places[n - 1] != places[i])
			places[n++] = places[i];
	for (uint32_t i = 0; i < n; i++)
		counts = count(counts, places[i], n, path->conversions);
	return counts;
}

ChannelCounts *
channel_counts_add(ChannelCounts *counts, const ChannelPath *path)
{
	uint32_t *places;

	if (path->conversions > PATHS_MAX || path->others > PATHS_MAX)
		host_fail(KERNEL_USERS_RANGE);
	if (path->conversions > 0 && path->has_amount)
		channel_counts_add_amount(counts, path->n == 0 ? &counts->direct_amount : &counts->amount,
								  path->amount, path->scale);
	channel_counts_add_conversions(path->n == 0 ? &counts->direct : &counts->conversions,
								   path->conversions);
	if (path->n == 0 || (path->conversions == 0 && path->others == 0))
		return counts;
	places = host_alloc(path->n * sizeof(uint32_t));
	for (uint32_t i = 0; i < path->n; i++)
	{
		counts = channel_counts_add_name(counts, &path->channels[i], &places[i]);
		host_poll_at(i);
	}
	if (counts->question == CHANNELS_MARKOV)
		counts = count_steps(counts, places, path);
	else if (counts->question == CHANNELS_BY_RATE)
		counts = count_subset(counts, places, path);
	else
		counts = count_shares(counts, places, path);
	host_free(places);
	return counts;
}

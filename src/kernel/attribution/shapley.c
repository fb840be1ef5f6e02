/*
 * shapley.c: the Shapley values of channels.
 *
 * By rate, v of each of 2^n sets of channels is a whole number of 2^-64 of all paths, so
 * that sums are exact: values of channels that stand for each other are equal, of one
 * that changes no v are 0, and all of them sum to v of all channels.
 */
#include "kernel/attribution/channel_shares.h"

#define RATE_BITS 64
#define WEIGHT                                                                                     \
	27720 /* the least common multiple of 1 to SHAPLEY_CHANNELS: makes all weights whole */

/* Sum over all subsets of each set. */
static void
sum_subsets(uint64_t *sets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t set = 0; set < (uint32_t) 1 << n; set++)
			if (set >> i & 1)
				sets[set] += sets[set ^ (uint32_t) 1 << i];
}

/* WEIGHT times the share of the orders in which these many come before a channel: s! (n - 1 - s)! /
 * n!. */
static int64_t
weight_of(uint32_t n, uint32_t before)
{
	int64_t choices = 1; /* of those before it, of all others */

	for (uint32_t i = 0; i < before; i++)
		choices = choices * (n - 1 - i) / (i + 1);
	return WEIGHT / (n * choices);
}

static void
sum_growth(const uint64_t *hits, const uint64_t *paths, uint32_t n, MoneySum *growth)
{
	int64_t weights[SHAPLEY_CHANNELS];

	for (uint32_t i = 0; i < n; i++)
	{
		weights[i] = weight_of(n, i);
		growth[i] = 0;
	}
	for (uint32_t set = 1; set < (uint32_t) 1 << n; set++)
	{
		int size = __builtin_popcount(set);
		unsigned __int128 shifted = (unsigned __int128) hits[set] << RATE_BITS;
		__int128 rate = paths[set] == 0 ? 0 : (__int128) (shifted / paths[set]);

		/* what v of the set adds to those in it, and takes from those that are not */
		for (uint32_t i = 0; i < n; i++)
			growth[i] += set >> i & 1 ? rate * weights[size - 1] : -rate * weights[size];
	}
}

void
shapley_rate_shares(const ChannelTable *table, double conversions, ChannelShare *shares)
{
	uint64_t hits[1 << SHAPLEY_CHANNELS] = {0};
	uint64_t paths[1 << SHAPLEY_CHANNELS] = {0};
	MoneySum growth[SHAPLEY_CHANNELS];
	uint32_t n = table->n_names;
	__int128 all = 0;

	for (uint32_t i = 0; i < table->n_cells; i++)
	{
		const ChannelCell *cell = &table->cells[i];

		hits[cell->from] += cell->to == 1 ? cell->count : 0;
		paths[cell->from] += cell->count;
	}
	sum_subsets(hits, n);
	sum_subsets(paths, n);
	sum_growth(hits, paths, n, growth);
	for (uint32_t i = 0; i < n; i++)
		all += growth[i];
	for (uint32_t i = 0; i < n; i++)
	{
		shares[i].share = (double) growth[i] / (double) all;
		shares[i].conversions = conversions > 0 ? shares[i].share * conversions : 0;
	}
}

void
shapley_conversions_shares(const ChannelTable *table, double conversions, ChannelShare *shares)
{
	for (uint32_t i = 0; i < table->n_names; i++)
		shares[i].conversions = 0;
	for (uint32_t i = 0; i < table->n_cells; i++)
	{
		const ChannelCell *cell = &table->cells[i];

		shares[cell->from].conversions += (double) cell->count / cell->to;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < table->n_names; i++)
		shares[i].share = shares[i].conversions / conversions;
}

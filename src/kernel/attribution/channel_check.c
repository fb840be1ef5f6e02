/*
 * channel_check.c: are counts that were read those of paths?
 */
#include "kernel/attribution/channel_counts.h"

#include <string.h>

/* The cells that are in use, in no order. */
static inline const ChannelCell *
next_cell(const ChannelCounts *counts, uint32_t *i)
{
	while (*i < counts->cell_room)
	{
		const ChannelCell *cell = &counts->cells[(*i)++];

		host_poll_at(*i);
		if (cell->count > 0)
			return cell;
	}
	return NULL;
}

static uint64_t *
zeros(uint32_t n)
{
	uint64_t *counts = host_alloc(n * sizeof(uint64_t));

	memset(counts, 0, n * sizeof(uint64_t));
	return counts;
}

/* What comes into a channel goes out of it, and that is something. */
static const char *
steps_problem(ChannelCounts *counts)
{
	uint64_t *into = zeros(STEP_CHANNEL + counts->n_names);
	uint64_t *out_of = zeros(STEP_CHANNEL + counts->n_names);
	const char *problem = NULL;
	const ChannelCell *cell;

	for (uint32_t i = 0; (cell = next_cell(counts, &i)) != NULL;)
	{
		into[cell->to] += cell->count;
		out_of[cell->from] += cell->count;
	}
	for (uint32_t i = STEP_CHANNEL; i < STEP_CHANNEL + counts->n_names; i++)
		if (into[i] == 0 || into[i] != out_of[i])
			problem = "steps that are not those of paths";
	counts->conversions = into[STEP_CONVERSION];
	host_free(into);
	host_free(out_of);
	return problem;
}

/* Each channel is in a path. */
static const char *
subsets_problem(ChannelCounts *counts)
{
	uint32_t bits = 0;
	const ChannelCell *cell;

	for (uint32_t i = 0; (cell = next_cell(counts, &i)) != NULL;)
	{
		bits |= cell->from;
		counts->conversions += cell->to == 1 ? cell->count : 0;
	}
	return bits + 1 == (uint32_t) 1 << counts->n_names ? NULL : "a channel without a path";
}

/* Of n channels in a path each has one, so there are n times as many as paths, and no channel has
 * more than those. */
static const char *
shares_problem(ChannelCounts *counts)
{
	uint64_t *paths = zeros(counts->n_names + 1);
	const char *problem = NULL;
	const ChannelCell *cell;

	for (uint32_t i = 0; (cell = next_cell(counts, &i)) != NULL;)
		paths[cell->to] += cell->count;
	for (uint32_t n = 1; n <= counts->n_names; n++)
	{
		if (paths[n] % n != 0)
			problem = "shares that are not those of paths";
		paths[n] /= n;
		counts->conversions += paths[n];
	}
	for (uint32_t i = 0; (cell = next_cell(counts, &i)) != NULL;)
		if (cell->count > paths[cell->to])
			problem = "shares that are not those of paths";
	host_free(paths);
	return problem;
}

const char *
channel_counts_problem(ChannelCounts *counts)
{
	const char *problem = NULL;

	switch ((ChannelQuestion) counts->question)
	{
		case CHANNELS_MARKOV:
			problem = steps_problem(counts);
			break;
		case CHANNELS_BY_RATE:
			problem = subsets_problem(counts);
			break;
		case CHANNELS_BY_CONVERSIONS:
			problem = shares_problem(counts);
			break;
	}
	if (problem == NULL && counts->amount.known && counts->conversions == 0)
		problem = "an amount of nothing";
	return problem;
}

/*
 * channel_shares.c: what each channel gets, amounts included.
 */
#include "kernel/attribution/channel_shares.h"

#include <math.h>

#include "kernel/attribution/split.h"

#define SHARE_UNITS 1e12 /* to 1: shares that differ by rounding alone split alike */

/* Bring both amounts to the scale that they are shown at; returns that of the channels. */
static __int128
scale_amounts(ChannelShares *shares, const ChannelCounts *counts, int decimals)
{
	int scale = channel_counts_scale(counts);
	int64_t spare = power_of_ten(counts->scale - scale);

	shares->scale = scale > decimals ? scale : decimals;
	shares->direct_amount =
		money_sum_rescale(counts->direct_amount.sum / spare, scale, shares->scale);
	return money_sum_rescale(counts->amount.sum / spare, scale, shares->scale);
}

static void
split_among(ChannelShares *shares, __int128 amount)
{
	MoneySum *weights = host_alloc(shares->n * sizeof(MoneySum));
	MoneySum *parts = host_alloc(shares->n * sizeof(MoneySum));
	SplitRest *space = host_alloc(shares->n * sizeof(SplitRest));

	for (uint32_t i = 0; i < shares->n; i++)
		weights[i] = (__int128) rint(shares->shares[i].share * SHARE_UNITS);
	split_amount(amount, weights, shares->n, parts, space);
	for (uint32_t i = 0; i < shares->n; i++)
		shares->shares[i].amount = parts[i];
	host_free(weights);
	host_free(parts);
	host_free(space);
}

ChannelShares *
channel_shares(const ChannelCounts *counts, int decimals)
{
	ChannelShares *shares = host_alloc(sizeof(ChannelShares));
	double conversions = (double) counts->conversions;
	__int128 amount;

	*shares = (ChannelShares){.table = channel_table_make(counts)};
	amount = scale_amounts(shares, counts, decimals);
	shares->n = shares->table.n_names;
	shares->shares = host_alloc(shares->n * sizeof(ChannelShare));
	for (uint32_t i = 0; i < shares->n; i++)
		shares->shares[i] = (ChannelShare){0};
	switch ((ChannelQuestion) counts->question)
	{
		case CHANNELS_MARKOV:
			if (counts->conversions == 0)
				shares->n = 0;
			else
				markov_shares(&shares->table, shares->shares);
			for (uint32_t i = 0; i < shares->n; i++)
				shares->shares[i].conversions = shares->shares[i].share * conversions;
			break;
		case CHANNELS_BY_RATE:
			shapley_rate_shares(&shares->table, conversions, shares->shares);
			break;
		case CHANNELS_BY_CONVERSIONS:
			shapley_conversions_shares(&shares->table, conversions, shares->shares);
			break;
	}
	if (counts->amount.known)
		split_among(shares, amount);
	return shares;
}

void
channel_shares_free(ChannelShares *shares)
{
	channel_table_free(&shares->table);
	host_free(shares->shares);
	host_free(shares);
}

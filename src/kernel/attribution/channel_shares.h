/*
 * channel_shares.h: what each channel gets of all conversions, by a model.
 *
 *	markov	the chain of the first order whose steps are those of the paths, with its
 *			counts as weights (Anderl, Becker, von Wangenheim and Schumann 2016).  P is the
 *			probability that it ends in a conversion, P_c that where each step into c
 *			leads to nothing instead; the removal effect is 1 - P_c / P, the share that by
 *			the sum of all effects.
 *	shapley	the mean, over all orders in which channels may come, of what v grows by when the
 *			channel does (Shapley 1953).  v of channels is over the paths that have no others:
 *			by rate, conversions / paths, times all paths; by conversions, conversions.
 *			That is by definition linear in the paths, so that each shares its conversions
 *			equally among its channels.
 *
 * Conversions and amounts without a channel are not among them.
 */
#ifndef USER_OPS_KERNEL_CHANNEL_SHARES_H
#define USER_OPS_KERNEL_CHANNEL_SHARES_H

#include "kernel/attribution/channel_counts.h"

typedef struct ChannelShare
{
	double removal_effect; /* of markov */
	double share;          /* sum to 1; by rate some may be negative; NaN where nothing converted */
	double conversions;
	MoneySum amount; /* times 10^-scale */
} ChannelShare;

typedef struct ChannelShares
{
	ChannelTable table;
	ChannelShare *shares; /* by channel */
	uint32_t n;           /* of the table's channels, or 0: of Markov without a conversion */
	int scale;
	MoneySum direct_amount; /* at the same scale */
} ChannelShares;

/*
 * Amounts have so many decimals at least, 0 to MONEY_MAX_SCALE, and as many more as their
 * sums need.  They are split (split.h) by shares that are rounded as credits are.
 */
extern ChannelShares *channel_shares(const ChannelCounts *counts, int decimals);
extern void channel_shares_free(ChannelShares *shares);

/* Set effect and share of each channel, where there are conversions (markov.c). */
extern void markov_shares(const ChannelTable *table, ChannelShare *shares);

/* Set share and conversions of each channel (shapley.c). */
extern void shapley_rate_shares(const ChannelTable *table, double conversions,
								ChannelShare *shares);
extern void shapley_conversions_shares(const ChannelTable *table, double conversions,
									   ChannelShare *shares);

#endif

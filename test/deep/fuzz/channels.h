/*
 * channels.h: paths of channels, counted for a model of attribution.
 */
#include "states.h"

#include "kernel/attribution/channel_shares.h"

static ChannelCounts *
count_paths(ChannelQuestion question, Input *rows)
{
	ChannelCounts *counts = channel_counts_create(question);
	JourneyText channels[16];

	while (in_left(rows) > 0)
	{
		uint8_t what = in_byte(rows);
		ChannelPath path = {.channels = channels, .n = what % 16};

		for (uint32_t i = 0; i < path.n; i++)
			channels[i] = in_name(rows);
		path.conversions = what & 0x10 ? (uint64_t) in_int(rows, 0, INT64_MAX) : 1;
		path.others = what & 0x20 ? (uint64_t) in_int(rows, 0, INT64_MAX) : 0;
		if (what & 0x40)
		{
			path.has_amount = true;
			path.amount = in_amount(rows);
			path.scale = in_scale(rows);
			path.scale -= money_spare_decimals(path.amount, path.scale);
			path.amount /= power_of_ten(money_spare_decimals(path.amount, path.scale));
		}
		counts = channel_counts_add(counts, &path);
	}
	return counts;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const ChannelCounts *counts = state;
	int decimals = in_scale(in);
	ChannelShares *shares = channel_shares(counts, decimals);
	__int128 amount = 0;

	CHECK(channel_counts_scale(counts) <= MONEY_MAX_SCALE);
	for (uint32_t i = 0; i < shares->n; i++)
		amount += shares->shares[i].amount;
	if (shares->n > 0 && counts->conversions > 0)
		CHECK(shares->scale < counts->scale || amount == counts->amount.sum * power_of_ten(shares->scale - counts->scale));
	channel_shares_free(shares);
}

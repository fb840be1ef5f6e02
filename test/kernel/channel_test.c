/*
 * channel_test.c: models of attribution, outside the server.
 *
 *	channel_test [SEED [ROUNDS]]
 *
 * Markov is held against chains without each channel, followed step by step; Shapley
 * against all orders of channels; both have what Shapley values are known by, on as
 * many sets of paths as there are rounds.
 */
#include "channel_sets.h"

static int64_t
ten_to(int exponent)
{
	int64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

static int
bits_of(const Path *path)
{
	int bits = 0;

	for (int i = 0; i < path->n; i++)
		bits |= 1 << path->channels[i];
	return bits;
}

/* What a channel gets, or NaN if it is not listed. */
static double
conversions_of(const ChannelShares *shares, int channel)
{
	for (uint32_t i = 0; i < shares->n; i++)
		if (shares->table.names[i].size == names[channel].size &&
			memcmp(shares->table.names[i].bytes, names[channel].bytes, names[channel].size) == 0)
			return shares->shares[i].conversions;
	return NAN;
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

/* The conversions of all paths that have no other channels than those, by rate or as they are. */
static double
worth(const PathSet *set, int channels, bool by_rate)
{
	double conversions = 0;
	double paths = 0;
	double all = 0;

	for (int i = 0; i < set->n; i++)
	{
		const Path *path = &set->paths[i];

		if (path->n == 0)
			continue;
		all += path->conversions + path->others;
		if ((bits_of(path) & ~channels) != 0)
			continue;
		conversions += path->conversions;
		paths += path->conversions + path->others;
	}
	if (!by_rate || paths == 0)
		return conversions;
	return conversions / paths * all;
}

/* The mean growth over all orders of n channels, of which this many are placed. */
static double
mean_growth(const PathSet *set, int channel, int n, int placed, bool by_rate)
{
	double sum = 0;
	int left = n - __builtin_popcount((unsigned) placed);

	if ((placed >> channel & 1) == 0)
		sum = worth(set, placed | 1 << channel, by_rate) - worth(set, placed, by_rate);
	for (int next = 0; next < n; next++)
		if ((placed >> next & 1) == 0 && next != channel)
			sum += mean_growth(set, channel, n, placed | 1 << next, by_rate);
	return sum / left;
}

/* The probability that a path followed at random converts, where a channel leads to nothing. */
static double
follow(const PathSet *set, int without)
{
	/* from a channel or the start; to a channel, nothing, a conversion */
	double steps[NAMES + 1][NAMES + 2] = {{0}};
	double at[NAMES + 1] = {0};
	double converted = 0;
	double moving = 1;

	for (int i = 0; i < set->n; i++)
	{
		const Path *path = &set->paths[i];
		int from = NAMES;

		for (int k = 0; k < path->n; k++)
		{
			steps[from][path->channels[k]] += path->conversions + path->others;
			from = path->channels[k];
		}
		if (path->n > 0)
		{
			steps[from][NAMES] += path->others;
			steps[from][NAMES + 1] += path->conversions;
		}
	}
	at[NAMES] = 1;
	for (int round = 0; round < 200000 && moving > 1e-13; round++)
	{
		double then[NAMES + 1] = {0};

		moving = 0;
		for (int from = 0; from <= NAMES; from++)
		{
			double out = 0;

			for (int to = 0; to < NAMES + 2; to++)
				out += steps[from][to];
			for (int to = 0; out > 0 && to < NAMES + 2; to++)
			{
				double flow = at[from] * steps[from][to] / out;

				if (to == NAMES + 1)
					converted += flow;
				else if (to != NAMES && to != without)
				{
					then[to] += flow;
					moving += flow;
				}
			}
		}
		memcpy(at, then, sizeof(at));
	}
	return converted;
}

static void
check_amounts(const ChannelShares *shares, const PathSet *set)
{
	__int128 amount = 0;
	__int128 direct = 0;
	__int128 sum = 0;

	for (int i = 0; i < set->n; i++)
		if (set->paths[i].conversions > 0)
			*(set->paths[i].n == 0 ? &direct : &amount) += set->paths[i].amount;
	for (uint32_t i = 0; i < shares->n; i++)
		sum += shares->shares[i].amount;
	CHECK(shares->direct_amount == direct * ten_to(shares->scale - 2));
	CHECK(sum == (shares->n == 0 ? 0 : amount * ten_to(shares->scale - 2)));
}

static void
round_of_models(void)
{
	int n = 1 + below(4);
	PathSet set = random_set(n, true);
	double total = worth(&set, (1 << NAMES) - 1, false);
	double effects = 0;
	double all = follow(&set, -1);
	double effect[NAMES];
	int present = 0;

	for (int i = 0; i < set.n; i++)
		present |= set.paths[i].conversions + set.paths[i].others > 0 ? bits_of(&set.paths[i]) : 0;
	for (int question = CHANNELS_MARKOV; question <= CHANNELS_BY_CONVERSIONS; question++)
	{
		ChannelShares *shares =
			channel_shares(add_all((ChannelQuestion) question, &set), 2 + below(4));
		double sum = 0;

		for (int c = 0; c < n && question == CHANNELS_MARKOV && total > 0; c++)
			effects += effect[c] = present >> c & 1 ? 1 - follow(&set, c) / all : 0;
		for (int c = 0; c < n; c++)
		{
			double got = conversions_of(shares, c);

			if ((present >> c & 1) == 0 || (question == CHANNELS_MARKOV && total == 0))
				CHECK(isnan(got));
			else if (question == CHANNELS_MARKOV)
				CHECK(fabs(got - total * effect[c] / effects) <= 1e-8 * total);
			else
				CHECK(near(got, mean_growth(&set, c, n, 0, question == CHANNELS_BY_RATE)));
			sum += isnan(got) ? 0 : got;
		}
		CHECK(near(sum, total));
		check_amounts(shares, &set);
		channel_shares_free(shares);
	}
}

/* --- what Shapley values are known by ------------------------------------------ */

/* What a channel gets of a set, or NaN if it is not listed. */
static double
gets(int question, const PathSet *set, int channel)
{
	ChannelShares *shares = channel_shares(add_all((ChannelQuestion) question, set), 2);
	double conversions = conversions_of(shares, channel);

	channel_shares_free(shares);
	return conversions;
}

/* All conversions are given out. */
static void
check_efficiency(int question, const PathSet *set, int n)
{
	double sum = 0;

	for (int c = 0; c < n; c++)
		sum += isnan(gets(question, set, c)) ? 0 : gets(question, set, c);
	CHECK(near(sum, worth(set, (1 << NAMES) - 1, false)));
}

/* A set and its image with two channels swapped, taken together, treat the two alike. */
static void
check_symmetry(int question, PathSet set)
{
	double first;
	double second;

	for (int i = set.n - 1; i >= 0; i--)
	{
		Path *image = &set.paths[set.n++];

		*image = set.paths[i];
		for (int k = 0; k < image->n; k++)
			if (image->channels[k] < 2)
				image->channels[k] = 1 - image->channels[k];
	}
	first = gets(question, &set, 0);
	second = gets(question, &set, 1);
	CHECK(isnan(first) == isnan(second));
	CHECK(isnan(first) || (question == CHANNELS_MARKOV ? near(first, second) : first == second));
}

/* A channel that changes nothing gets nothing: no rate, or no conversion. */
static void
check_null_channel(int question, PathSet set, int channel)
{
	double nothing;

	for (int i = set.n - 1; i >= 0 && question == CHANNELS_BY_RATE; i--)
	{
		Path *joined = &set.paths[set.n++]; /* the same again, with one more channel */

		*joined = set.paths[i];
		joined->channels[joined->n++] = channel;
	}
	if (question != CHANNELS_BY_RATE)
		set.paths[set.n++] = (Path){{channel}, 1, 0, 1 + below(9), 0};
	nothing = gets(question, &set, channel);
	CHECK(nothing == 0 || (isnan(nothing) && worth(&set, (1 << NAMES) - 1, false) == 0));
}

/* The only channel gets all; by conversions one that is alone in its paths gets theirs. */
static void
check_one_touch(int question, PathSet set, int channel)
{
	double all =
		7 + (question == CHANNELS_BY_CONVERSIONS ? 0 : worth(&set, (1 << NAMES) - 1, false));

	for (int i = 0; i < set.n && question != CHANNELS_BY_CONVERSIONS; i++)
		for (int k = 0; k < set.paths[i].n; k++)
			set.paths[i].channels[k] = channel;
	set.paths[set.n++] = (Path){{channel}, 1, 7, below(5), 300};
	CHECK(gets(question, &set, channel) == all);
}

/* A thousand channels, each of which leads to the next: removing any takes it all. */
static void
check_long_chain(void)
{
	static char bytes[MARKOV_CHANNELS][8];
	static JourneyText channels[MARKOV_CHANNELS];
	ChannelCounts *counts = channel_counts_create(CHANNELS_MARKOV);
	ChannelShares *shares;

	for (int i = 0; i < MARKOV_CHANNELS; i++)
		channels[i] =
			(JourneyText){bytes[i], (uint32_t) snprintf(bytes[i], sizeof(bytes[i]), "c%d", i)};
	counts = channel_counts_add(
		counts, &(ChannelPath){channels, MARKOV_CHANNELS, 3, 1000000000000, true, 1, 0});
	shares = channel_shares(counts, 2);
	CHECK(shares->n == MARKOV_CHANNELS);
	for (int i = 0; i < MARKOV_CHANNELS; i++)
	{
		CHECK(near(shares->shares[i].removal_effect, 1));
		CHECK(near(shares->shares[i].conversions, 0.003));
		CHECK(shares->shares[i].amount == (i < 100 ? 1 : 0)); /* 100 cents, channels by bytes */
	}
	channel_shares_free(shares);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 200;

	random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	check_long_chain();
	for (int i = 0; i < rounds; i++)
	{
		round_of_models();
		for (int question = CHANNELS_MARKOV; question <= CHANNELS_BY_CONVERSIONS; question++)
		{
			int n = 2 + below(3);
			PathSet set = random_set(n, false);

			check_efficiency(question, &set, n);
			check_symmetry(question, set);
			check_null_channel(question, set, n);
			check_one_touch(question, set, n);
		}
	}
	printf("# %d rounds\n", rounds);
	return 0;
}

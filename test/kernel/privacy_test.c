/*
 * privacy_test.c: small cells outside the server.
 *
 *	privacy_test [SEED [ROUNDS]]
 *
 *	ROUNDS random lines of up to 9 counts.  Beside a total that is shown, never is one count
 *	alone hidden, nor are several that add up to less than k or are all 1; what is shown is 0, or
 *	k or more.
 *	And of all sets that keep to this, tried one by one, it is the smallest: no count is hidden
 *	without need, and none larger than need be.
 */
#include "kernel/privacy/suppress.h"

#include "simple_host.h"

#define MOST 9

static int64_t
below(int64_t n)
{
	return (int64_t) (random_bits() % (uint64_t) n);
}

/* Counts near k, zeros, and now and then as large as they get. */
static int64_t
random_count(int64_t k)
{
	switch (below(6))
	{
		case 0:
			return 0;
		case 1:
			return below(20) == 0 ? INT64_MAX - below(3) : k;
		case 2:
			return 1;
		default:
			return below(2 * k + 2);
	}
}

static bool
is_hidden(int set, int i)
{
	return (set >> i & 1) != 0;
}

/* May a set be all that is hidden, while the total is shown? */
static bool
is_safe(const int64_t *counts, int n, int64_t k, int set)
{
	__int128 sum = 0;
	__int128 total = 0;
	int n_hidden = 0;

	for (int i = 0; i < n; i++)
	{
		total += counts[i];
		if (is_hidden(set, i))
		{
			n_hidden++;
			sum += counts[i];
		}
		else if (counts[i] > 0 && counts[i] < k)
			return false;
	}
	if (total > 0 && total < k)
		return false;
	return n_hidden == 0 || (n_hidden > 1 && sum >= k && sum > n_hidden);
}

static int
small_ones(const int64_t *counts, int n, int64_t k)
{
	int set = 0;

	for (int i = 0; i < n; i++)
		set |= (counts[i] > 0 && counts[i] < k) << i;
	return set;
}

/* Of sets of counts above 0: fewer, then a smaller sum, then those that come first. */
static bool
is_less(const int64_t *counts, int n, int a, int b)
{
	__int128 sum = 0;

	if (__builtin_popcount(a) != __builtin_popcount(b))
		return __builtin_popcount(a) < __builtin_popcount(b);
	for (int i = 0; i < n; i++)
		sum += (__int128) counts[i] * (is_hidden(a, i) - is_hidden(b, i));
	if (sum != 0)
		return sum < 0;
	return ((a ^ b) & -(a ^ b) & a) != 0;
}

/* The least safe set, or -1. */
static int
least_safe(const int64_t *counts, int n, int64_t k)
{
	int least = -1;

	for (int set = 0; set < 1 << n; set++)
	{
		bool of_nobody = false;

		for (int i = 0; i < n; i++)
			of_nobody |= is_hidden(set, i) && counts[i] == 0;
		if (!of_nobody && is_safe(counts, n, k, set) &&
			(least < 0 || is_less(counts, n, set, least)))
			least = set;
	}
	return least;
}

static int
hidden_by(const int64_t *counts, int n, int64_t k, bool total_published, bool *hide_total)
{
	bool hide[MOST];
	int set = 0;

	*hide_total = suppress_line(counts, (size_t) n, k, total_published, hide);
	for (int i = 0; i < n; i++)
		set |= hide[i] << i;
	return set;
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 100000;
	int n_totals = 0;
	int n_others = 0;

	random_state = argc > 1 ? (uint64_t) atoll(argv[1]) : 1;
	for (int round = 0; round < rounds; round++)
	{
		int64_t counts[MOST];
		int64_t k = 1 + below(10);
		int n = (int) below(MOST + 1);
		bool hide_total;
		int set;
		int least;

		for (int i = 0; i < n; i++)
			counts[i] = random_count(k);
		set = hidden_by(counts, n, k, false, &hide_total);
		CHECK(set == small_ones(counts, n, k) && !hide_total);

		set = hidden_by(counts, n, k, true, &hide_total);
		least = least_safe(counts, n, k);
		CHECK(hide_total == (least < 0));
		CHECK(set == (hide_total ? small_ones(counts, n, k) : least));
		CHECK(hide_total || is_safe(counts, n, k, set));
		n_totals += hide_total;
		n_others += set != small_ones(counts, n, k);
	}
	CHECK(rounds < 1000 || (n_totals > rounds / 100 && n_others > rounds / 100));
	printf("# %d lines: %d totals hidden, %d counts for others' sake\n", rounds, n_totals,
		   n_others);
	return 0;
}

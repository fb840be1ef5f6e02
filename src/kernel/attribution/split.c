/*
 * split.c: largest remainders.
 */
#include "kernel/attribution/split.h"

#include "kernel/base/sort.h"

/* Larger ones first, of equal ones the earlier part. */
static int
compare_rests(const void *a, const void *b)
{
	const SplitRest *x = a;
	const SplitRest *y = b;

	if (x->rest != y->rest)
		return x->rest > y->rest ? -1 : 1;
	return (x->part > y->part) - (x->part < y->part);
}

static inline __int128
product(__int128 a, __int128 b)
{
	if (__builtin_mul_overflow(a, b, &a))
		host_fail(KERNEL_AMOUNT_RANGE);
	return a;
}

void
split_whole(__int128 whole, const MoneySum *weights, size_t n, MoneySum *parts, SplitRest *space)
{
	__int128 total = 0;
	unsigned __int128 left = (unsigned __int128) whole; /* parts of both signs may lead beyond it */
	__int128 rounds; /* of one unit to each unit of weight */
	__int128 units;

	for (size_t i = 0; i < n; i++)
		total = money_sum_add(total, weights[i]);
	if (total <= 0)
		host_fail(KERNEL_AMOUNT_RANGE);
	rounds = whole / total;
	units = whole % total;
	for (size_t i = 0; i < n; i++)
	{
		__int128 rest = product(units, weights[i]);
		__int128 part = rest / total;

		rest -= part * total;
		if (rest < 0)
		{
			rest += total;
			part--;
		}
		parts[i] = money_sum_add(product(rounds, weights[i]), part);
		left -= (unsigned __int128) parts[i];
		space[i] = (SplitRest){rest, i};
		host_poll_at(i);
	}
	if (left == 0)
		return;
	sort_entries(space, n, sizeof(SplitRest), compare_rests);
	for (size_t i = 0; i < left; i++)
		parts[space[i].part]++;
}

void
split_amount(__int128 amount, const MoneySum *weights, size_t n, MoneySum *parts, SplitRest *space)
{
	split_whole(amount < 0 ? product(amount, -1) : amount, weights, n, parts, space);
	if (amount < 0)
		for (size_t i = 0; i < n; i++)
			parts[i] = -parts[i];
}

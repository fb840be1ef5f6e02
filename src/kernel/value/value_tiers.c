/*
 * value_tiers.c: which users bring most of the value, and how unequal it is spread.
 */
#include "kernel/value/value_tiers.h"

#include "kernel/math/wide.h"

static inline uint64_t
below(const CountedValue *values, uint32_t i)
{
	return i > 0 ? values[i - 1].up_to : 0;
}

/* The first value above 0. */
static uint32_t
first_of_worth(const CountedValue *values, uint32_t n)
{
	uint32_t i = n;

	while (i > 0 && values[i - 1].value > 0)
		host_poll_at(i--);
	return i;
}

/* What all with value i bring. */
static Huge
brought(const CountedValue *values, uint32_t i)
{
	return huge_product(huge_of(values[i].value), huge_of(values[i].up_to - below(values, i)));
}

/* What all from value i on bring. */
static Huge
brought_from(const CountedValue *values, uint32_t n, uint32_t i)
{
	Huge sum = huge_of(0);

	for (; i < n; i++)
	{
		sum = huge_sum(sum, brought(values, i));
		host_poll_at(i);
	}
	return sum;
}

bool
value_cuts(const CountedValue *values, uint32_t n, const int64_t *shares, int n_shares,
		   MoneySum *cuts)
{
	uint32_t first = first_of_worth(values, n);
	Huge whole = brought_from(values, n, first);
	Huge before = huge_of(0); /* times VALUE_WHOLE */
	uint32_t i = n;

	if (first == n)
		return false;
	for (int k = 0; k < n_shares; k++)
	{
		Huge end = huge_product(whole, huge_of(shares[k]));

		for (; i > first && huge_is_negative(huge_difference(before, end)); i--)
		{
			before = huge_sum(before,
							  huge_product(brought(values, i - 1), huge_of(VALUE_WHOLE)));
			host_poll_at(i);
		}
		cuts[k] = values[i].value;
	}
	return true;
}

int
value_tier(__int128 value, const MoneySum *cuts, int n_cuts)
{
	int tier = 0;

	if (value <= 0)
		return n_cuts + 1;
	while (tier < n_cuts && value < cuts[tier])
		tier++;
	return tier;
}

bool
value_gini(const CountedValue *values, uint32_t n, double *gini)
{
	uint32_t first = first_of_worth(values, n);
	Huge weighted = huge_of(0);
	uint64_t total;

	if (first == n)
		return false;
	total = values[n - 1].up_to;
	/* of places a + 1 to b twice the sum is (b - a) * (a + b + 1) */
	for (uint32_t i = first; i < n; i++)
	{
		__int128 places = (__int128) below(values, i) + values[i].up_to - total;

		weighted = huge_sum(weighted, huge_product(brought(values, i), huge_of(places)));
		host_poll_at(i);
	}
	*gini = huge_to_double(weighted) /
			huge_to_double(huge_product(huge_of(total), brought_from(values, n, first)));
	return true;
}

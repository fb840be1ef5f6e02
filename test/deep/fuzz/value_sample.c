/*
 * value_sample.c: samples of values, their quantiles and tiers.
 */
#include "states.h"

#include "kernel/value/value_tiers.h"

FUZZ_STATES(&value_sample_kind.state)

/* At the smallest scale that is exact, as decimals come. */
static Tally *
add(Tally *sample, int64_t value, int scale)
{
	int spare = money_spare_decimals(value, scale);

	return value_sample_add(sample, value / power_of_ten(spare), scale - spare);
}

static void *
build(Input *head, Input *rows)
{
	Tally *sample = add(NULL, in_amount(head), in_scale(head));

	while (in_left(rows) > 0)
		sample = add(sample, in_amount(rows), in_bool(rows) ? in_scale(rows) : 2);
	return sample;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	uint32_t n;
	CountedValue *ascending = value_sample_ascending(state, &n);
	int64_t fraction = in_int(in, 0, 1000000000);
	QuantileKind kind = in_bool(in) ? QUANTILE_LOWEST : QUANTILE_INTERPOLATED;
	int64_t shares[3];
	MoneySum cuts[3];
	double gini;

	if (n == 0)
		return;
	for (uint32_t i = 1; i < n; i++)
		CHECK(ascending[i - 1].value < ascending[i].value && ascending[i - 1].up_to < ascending[i].up_to);
	if (ascending[n - 1].up_to > 0)
	{
		__int128 quantile = value_sample_quantile(state, fraction, kind);

		CHECK(quantile >= ascending[0].value && quantile <= ascending[n - 1].value);
	}
	shares[0] = in_int(in, 1, VALUE_WHOLE - 3);
	shares[1] = in_int(in, shares[0] + 1, VALUE_WHOLE - 2);
	shares[2] = in_int(in, shares[1] + 1, VALUE_WHOLE - 1);
	if (value_cuts(ascending, n, shares, 3, cuts))
	{
		CHECK(cuts[0] >= cuts[1] && cuts[1] >= cuts[2]);
		CHECK(value_tier(ascending[n - 1].value, cuts, 3) == 0);
		(void) value_tier(ascending[0].value, cuts, 3);
	}
	if (value_gini(ascending, n, &gini))
		CHECK(gini >= -1e-9 && gini <= 1);
}

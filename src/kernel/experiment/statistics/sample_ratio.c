/*
 * sample_ratio.c: Pearson's test of the numbers of users against weights.
 */
#include "kernel/experiment/statistics/sample_ratio.h"

#include <math.h>

#include "kernel/math/distributions.h"

SampleRatio
sample_ratio(const uint64_t *users, const double *weights, int n)
{
	SampleRatio ratio = {.df = n - 1, .p_value = NAN};
	double weight = 0;

	for (int i = 0; i < n; i++)
	{
		ratio.users += (double) users[i];
		weight += weights[i];
	}
	for (int i = 0; i < n && ratio.users > 0; i++)
	{
		double expected = ratio.users * (weights[i] / weight);
		double off = (double) users[i] - expected;

		ratio.chi_square += off * off / expected;
	}
	if (ratio.df > 0 && ratio.users > 0)
		ratio.p_value = chi_square_above(ratio.chi_square, ratio.df);
	return ratio;
}

/*
 * many_tests.c: several results at once.
 */
#include "kernel/experiment/statistics/many_tests.h"

#include <math.h>

#include "kernel/base/sort.h"
#include "kernel/math/distributions.h"

typedef struct PValue
{
	double p;
	int64_t place;
} PValue;

static int
compare_p(const void *a, const void *b)
{
	double one = ((const PValue *) a)->p;
	double other = ((const PValue *) b)->p;

	return (one > other) - (one < other);
}

/* Those that count, ascending; returns how many. */
static int64_t
sorted_p(const double *p, int64_t n, PValue *sorted)
{
	int64_t m = 0;

	for (int64_t i = 0; i < n; i++)
	{
		if (!isnan(p[i]))
			sorted[m++] = (PValue){p[i], i};
		host_poll_at((uint64_t) i);
	}
	sort_entries(sorted, (size_t) m, sizeof(PValue), compare_p);
	return m;
}

/* Each times their number (Bonferroni). */
static void
times_all(double *p, const PValue *sorted, int64_t m)
{
	for (int64_t i = 0; i < m; i++)
	{
		p[sorted[i].place] = fmin(1, (double) m * sorted[i].p);
		host_poll_at((uint64_t) i);
	}
}

/* Each at least as large as the smaller ones (Holm). */
static void
step_down(double *p, const PValue *sorted, int64_t m)
{
	double largest = 0;

	for (int64_t i = 0; i < m; i++)
	{
		largest = fmax(largest, fmin(1, (double) (m - i) * sorted[i].p));
		p[sorted[i].place] = largest;
		host_poll_at((uint64_t) i);
	}
}

/* Each at most as large as the larger ones (Benjamini & Hochberg). */
static void
step_up(double *p, const PValue *sorted, int64_t m)
{
	double smallest = 1;

	for (int64_t i = m - 1; i >= 0; i--)
	{
		smallest = fmin(smallest, (double) m / (double) (i + 1) * sorted[i].p);
		p[sorted[i].place] = smallest;
		host_poll_at((uint64_t) i);
	}
}

void
adjust_p(double *p, int64_t n, PAdjustment method)
{
	PValue *sorted;
	int64_t m;

	if (method == ADJUST_NONE)
		return;
	sorted = host_alloc((size_t) n * sizeof(PValue));
	m = sorted_p(p, n, sorted);
	if (method == ADJUST_HOLM)
		step_down(p, sorted, m);
	else if (method == ADJUST_BENJAMINI_HOCHBERG)
		step_up(p, sorted, m);
	else
		times_all(p, sorted, m);
	host_free(sorted);
}

/* How much an effect weighs; 0 if it does not count. */
static inline double
weight_of(double effect, double std_error)
{
	return isnan(effect) || !(std_error > 0) ? 0 : 1 / (std_error * std_error);
}

Heterogeneity
heterogeneity(const double *effects, const double *std_errors, int64_t n)
{
	Heterogeneity test = {NAN, NAN, NAN, -1, NAN, NAN};
	double weights = 0;
	double sum = 0;

	for (int64_t i = 0; i < n; i++)
	{
		double weight = weight_of(effects[i], std_errors[i]);

		host_poll_at((uint64_t) i);
		if (weight == 0)
			continue;
		weights += weight;
		sum += weight * effects[i];
		test.df++;
	}
	if (test.df < 0)
		return test;
	test.pooled = sum / weights;
	test.pooled_std_error = sqrt(1 / weights);
	test.q = 0;
	for (int64_t i = 0; i < n; i++)
	{
		double weight = weight_of(effects[i], std_errors[i]);

		host_poll_at((uint64_t) i);
		if (weight > 0)
			test.q += weight * (effects[i] - test.pooled) * (effects[i] - test.pooled);
	}
	if (test.df > 0)
	{
		test.p_value = chi_square_above(test.q, (double) test.df);
		test.i_squared = test.q > 0 ? fmax(0, (test.q - (double) test.df) / test.q) : 0;
	}
	return test;
}

/*
 * count_distribution.h: how many purchases there are in a time, of a user whose rate of
 * stages is distributed as gamma.
 *
 * The time is given as tau, in units of the rate parameter, so that the number
 * of stages is negative binomial: shape, and tau / (1 + tau).  A purchase takes
 * k stages, of which `done` < k were done before.  The user stays after each
 * purchase with a probability of their own, distributed as beta (b, a).
 */
#ifndef USER_OPS_KERNEL_MODEL_COUNT_DISTRIBUTION_H
#define USER_OPS_KERNEL_MODEL_COUNT_DISTRIBUTION_H

#include "kernel/base/host.h"

typedef struct CountDistribution
{
	double shape;
	double tau; /* 0 or more */
	int k;
	int done;
} CountDistribution;

/* Probability of n purchases, and of n or more, if the user stays. */
extern double count_exactly(const CountDistribution *count, int64_t n);
extern double count_at_least(const CountDistribution *count, int64_t n);

/*
 * The first of those below at up to COUNT_TIMES ascending times: k must be 1,
 * tau is not read.
 */
#define COUNT_TIMES 12
extern void count_expected_at(const CountDistribution *count, double a, double b, const double *tau,
							  int n, double *expected);

/* Purchases up to the last, and probability to stay after all there would be. */
extern double count_expected(const CountDistribution *count, double a, double b);
extern double count_stay(const CountDistribution *count, double a, double b);

#endif

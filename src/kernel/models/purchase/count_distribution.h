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

typedef struct Counts
{
	double shape;
	double tau; /* 0 or more */
	int k;
	int done;
} Counts;

/* Probability of n purchases, and of n or more, if the user stays. */
extern double counts_exactly(const Counts *counts, int64_t n);
extern double counts_at_least(const Counts *counts, int64_t n);

/*
 * The first of those below at up to COUNTS_TOGETHER ascending times: k must be 1,
 * tau is not read.
 */
#define COUNTS_TOGETHER 12
extern void counts_expected_at(const Counts *counts, double a, double b, const double *tau, int n,
							   double *expected);

/* Purchases up to the last, and probability to stay after all there would be. */
extern double counts_expected(const Counts *counts, double a, double b);
extern double counts_stay(const Counts *counts, double a, double b);

#endif

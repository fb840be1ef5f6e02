/*
 * sample_ratio.h: are as many users in each arm as were meant to be?
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_STATISTICS_SAMPLE_RATIO_H
#define USER_OPS_KERNEL_EXPERIMENT_STATISTICS_SAMPLE_RATIO_H

#include "kernel/base/host.h"

#define SAMPLE_RATIO_ALPHA  0.001 /* as Eppo: it is looked at daily, and is not sequential */
#define SAMPLE_RATIO_FEWEST 100   /* users, as PostHog: below it nothing is said of a mismatch */

typedef struct SampleRatio
{
	double chi_square;
	int df;
	double p_value; /* NaN without a degree of freedom, or a user */
	double users;
} SampleRatio;

/* Over n arms, each with its users and its weight, above 0. */
extern SampleRatio sample_ratio(const uint64_t *users, const double *weights, int n);

#endif

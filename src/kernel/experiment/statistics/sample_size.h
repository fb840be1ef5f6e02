/*
 * sample_size.h: how many users an experiment needs, and what it can see.
 *
 * All by the normal approximation, of a two-sided test at alpha.  power is how often it
 * rejects, on either side; sizes and effects are those at which it does so on the effect's
 * own side.  Rates as R's power.prop.test: the variance of both arms together where there is
 * no effect, that of each where there is one.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_STATISTICS_SAMPLE_SIZE_H
#define USER_OPS_KERNEL_EXPERIMENT_STATISTICS_SAMPLE_SIZE_H

#include "kernel/base/host.h"

/* An effect and the variance of one user: if there were no effect, or with it, in either arm. */
typedef struct PlannedTest
{
	double effect;
	double variance_without;
	double variance_control;
	double variance_variant;
} PlannedTest;

extern PlannedTest planned_mean(double std_dev, double effect);

/* With so many users of the variant to one of the control. */
extern PlannedTest planned_rate(double baseline, double effect, double ratio);

/* Users of the control, not yet rounded up. */
extern double planned_size(const PlannedTest *test, double power, double alpha, double ratio);

extern double planned_power(const PlannedTest *test, double n_control, double n_variant,
							double alpha);

/* The smallest effect on a mean that is found. */
extern double detectable_effect(double std_dev, double n_control, double n_variant, double power,
								double alpha);

#endif

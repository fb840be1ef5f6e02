/*
 * compare.h: one arm against another: the effect, relative and absolute, and how sure it is.
 *
 * All numbers are NaN where there is nothing to say.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_COMPARE_H
#define USER_OPS_KERNEL_EXPERIMENT_COMPARE_H

#include "kernel/experiment/estimate.h"
#include "kernel/math/distributions.h"

/* How sure is asked for. */
typedef struct Inference
{
	bool sequential;     /* valid at every look; else at one that was fixed before */
	double confidence;   /* 0 to 1, without the ends */
	double tightest_at;  /* users of both arms at which sequential bounds are tightest; > 0 */
} Inference;

/* Of a mean, beside the users it is over. */
typedef struct Comparison
{
	double mean;
	double control_mean;
	double effect; /* mean - control_mean */
	double std_error;
	double df;
	double lower;
	double upper;
	double p_value;
	double lift; /* mean / control_mean - 1 */
	double lift_std_error;
	double lift_lower;
	double lift_upper;
	double theta;          /* of the covariate, if it was adjusted by it */
	double variance_ratio; /* adjusted to not adjusted */
} Comparison;

/* In the order of the members. */
#define COMPARISON_NUMBERS 14

extern Comparison experiment_compare_arms(const Experiment *experiment,
										  const ExperimentArm *control,
										  const ExperimentArm *variant, bool adjust,
										  const Inference *inference);

#endif

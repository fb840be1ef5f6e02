/*
 * estimate.h: what the moments of one arm say: the mean, or the ratio of sums, of its users,
 * and how far users differ.
 *
 * A ratio R = sum of N / sum of D is linear around itself: to a user belongs
 * (N - R D) / mean of D, whose variance is that of R for each user (the delta method: Deng,
 * Knoblich & Lu 2018).  Covariates alike.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_ESTIMATE_H
#define USER_OPS_KERNEL_EXPERIMENT_ESTIMATE_H

#include "kernel/experiment/experiment.h"

/* A value, exactly: numerator / denominator * 10^decimals.  Without one the denominator is 0. */
typedef struct Exact
{
	__int128 numerator;
	__int128 denominator;
	int decimals;
} Exact;

typedef struct Estimate
{
	double n;                  /* users */
	Exact exact;               /* the value */
	Exact exact_covariate;
	double value;              /* mean or ratio; NaN if there is none */
	double covariate;          /* of the covariates; NaN if there is none */
	double variance;           /* of a user; NaN below 2 users, or without a value */
	double covariate_variance; /* 0 without a covariate, or below 2 users */
	double covariance;         /* likewise */
} Estimate;

extern Estimate experiment_estimate(const Experiment *experiment, const ExperimentArm *arm);

/* a - b, rounded once. */
extern double exact_difference(const Exact *a, const Exact *b);

/* A sum of terms of both signs; 0 if no more is left of it than rounding leaves. */
extern double variance_of_terms(double positive, double negative);

#endif

/*
 * distributions.h: tails and quantiles of the normal, Student's and the chi-square
 * distribution, and Wilson's interval of a share.
 *
 * Tails are never one less what is below, so that the smallest keep their relative accuracy
 * (1e-12).  A width is where a two-sided test begins to reject: the distance from 0 beyond
 * which lies so much of the distribution, on both sides together.  It is asked for by the
 * logarithm of that, which keeps a confidence near 0 apart from 0.
 */
#ifndef USER_OPS_KERNEL_MATH_DISTRIBUTIONS_H
#define USER_OPS_KERNEL_MATH_DISTRIBUTIONS_H

#include "kernel/base/host.h"

/* How much lies beyond z, on both sides; of Student's with df degrees of freedom, > 0. */
extern double normal_tails(double z);
extern double student_tails(double t, double df);

extern double normal_width(double log_tails);
extern double student_width(double log_tails, double df);

/* How much of the normal distribution lies below z, and below which z lies so much: 0 < p < 1. */
extern double normal_below(double z);
extern double normal_quantile(double p);

/* How much lies above x >= 0. */
extern double chi_square_above(double x, double df);

typedef struct Bounds
{
	double lower;
	double upper;
} Bounds;

/* Wilson's score interval of k of n, n > 0, for a width of the normal distribution. */
extern Bounds wilson_interval(double k, double n, double width);

#endif

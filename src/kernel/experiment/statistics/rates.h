/*
 * rates.h: the shares of two arms, by their counts.
 *
 * The p-value is of the pooled z-test (score), without a continuity correction.  The
 * interval is Newcombe's method 10 (1998), from Wilson's bounds of both; that of the lift is
 * Katz's of the log ratio.  They come from different methods, and may disagree at the border.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_STATISTICS_RATES_H
#define USER_OPS_KERNEL_EXPERIMENT_STATISTICS_RATES_H

#include "kernel/math/distributions.h"

/* Converted and all users. */
typedef struct Share
{
	double k;
	double n; /* > 0 */
} Share;

/* NaN where there is nothing to say. */
typedef struct RateDifference
{
	double effect;
	Bounds bounds;
	double p_value;
	double lift;
	Bounds lift_bounds;
} RateDifference;

/* For a width of the normal distribution. */
extern RateDifference rate_difference(Share control, Share variant, double width);

#endif

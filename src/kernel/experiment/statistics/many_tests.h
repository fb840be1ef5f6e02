/*
 * many_tests.h: several results at once: p-values of one decision, effects of segments.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_STATISTICS_MANY_TESTS_H
#define USER_OPS_KERNEL_EXPERIMENT_STATISTICS_MANY_TESTS_H

#include "kernel/base/host.h"

typedef enum PAdjustment
{
	ADJUST_NONE,
	ADJUST_BONFERRONI,
	ADJUST_HOLM,
	ADJUST_BENJAMINI_HOCHBERG
} PAdjustment;

/* In place, as R's p.adjust; those that are NaN stay so, and do not count. */
extern void adjust_p(double *p, int64_t n, PAdjustment method);

/* Cochran's test of effects against their mean, each weighed by its precision. */
typedef struct Heterogeneity
{
	double pooled; /* NaN without an effect */
	double pooled_std_error;
	double q;
	int64_t df;
	double p_value;   /* NaN below two effects */
	double i_squared; /* likewise */
} Heterogeneity;

/* Of effects whose standard errors are above 0; others, and NaN, do not count. */
extern Heterogeneity heterogeneity(const double *effects, const double *std_errors, int64_t n);

#endif

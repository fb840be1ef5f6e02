/*
 * sequential.h: bounds and p-values that hold at every look.
 *
 * The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (arXiv
 * 2103.06476, version of 2023, equations 9 and 161), which is Robbins' normal mixture.  Its
 * p-value is that of the mixture sequential probability ratio test (Johari et al. 2017) with
 * the mixing variance s^2 rho^2.
 */
#ifndef USER_OPS_KERNEL_EXPERIMENT_STATISTICS_SEQUENTIAL_H
#define USER_OPS_KERNEL_EXPERIMENT_STATISTICS_SEQUENTIAL_H

#include "kernel/base/host.h"

#define SEQUENTIAL_TIGHTEST_AT 5000 /* as GrowthBook */
#define SEQUENTIAL_FEWEST      30   /* users of an arm: it holds asymptotically */

/* Half the width of the interval in standard errors, over n users of both arms. */
extern double sequential_width(double n, double alpha, double tightest_at);

/* The p-value of an effect so many standard errors from 0. */
extern double sequential_p(double z, double n, double alpha, double tightest_at);

#endif

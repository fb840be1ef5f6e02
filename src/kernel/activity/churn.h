/*
 * churn.h: how likely silence is, from one user's gaps alone.
 *
 * Purchases are taken to come at a constant rate of the user's own, of which
 * a gamma prior (shape r0, rate a0: r0 gaps that sum to a0 days) and the
 * user's n gaps that sum to S days tell: shape R = r0 + n, rate A = a0 + S.
 * Users who left for good are no part of that, so the results rank users and
 * are not calibrated probabilities.
 */
#ifndef USER_OPS_KERNEL_CHURN_H
#define USER_OPS_KERNEL_CHURN_H

#include "kernel/base/host.h"

#define CHURN_MAX_REGULARITY 100

/* Probability of silence over the horizon after a silence of idle days; rate > 0. */
extern double churn_risk(double shape, double rate, double idle, double horizon);

/*
 * P(gap > idle) where a gap has k = regularity stages, each of a constant
 * rate; shape and rate > 0.
 */
extern double churn_gap_survival(double shape, double rate, double idle, int regularity);

/*
 * The same with the rate of the user taken as known, k n / S: it says less than
 * it pretends to for few gaps.  n gaps, 1 or more, that sum to S.
 */
extern double churn_gap_survival_plugin(double gaps, double sum, double idle, int regularity);

#endif

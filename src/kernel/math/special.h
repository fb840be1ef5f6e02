/*
 * special.h: functions of mathematics that libm lacks, or has with less care.
 *
 * All are for arguments above 0 unless they say more, keep their relative
 * accuracy in every corner (1e-13 or so), and never give a NaN for them.
 */
#ifndef USER_OPS_KERNEL_MODEL_SPECIAL_H
#define USER_OPS_KERNEL_MODEL_SPECIAL_H

#include "kernel/base/host.h"

/* ln(gamma(a + d) / gamma(a)), d >= 0, also where both are huge. */
extern double lgamma_ratio(double a, double d);

/* ln of the beta function. */
extern double log_beta(double a, double b);

/* The first and second derivative of ln gamma. */
extern double digamma(double x);
extern double trigamma(double x);

/* Regularised incomplete gamma, the upper one; x >= 0. */
extern double gamma_q(double a, double x);

/* Regularised incomplete beta at x, 0 <= x <= 1, where y = 1 - x. */
extern double beta_i(double a, double b, double x, double y);

/* exp(z) E_s(z): the integral of exp(-z w) / (1 + w)^s over all w > 0; s > 0. */
extern double expint_scaled(double s, double z);

/* Gauss-Legendre on [0, 1]. */
#define LEGENDRE_POINTS 16
extern const double legendre_at[LEGENDRE_POINTS];
extern const double legendre_weight[LEGENDRE_POINTS];

/* ln(1 + exp(x)) and 1 / (1 + exp(-x)), for any x. */
extern double softplus(double x);
extern double sigmoid(double x);

#endif

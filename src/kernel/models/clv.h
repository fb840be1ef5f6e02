/*
 * clv.h: what a user is worth: purchases to come times what one brings, each
 * discounted.  How often users buy and what they spend are taken as independent.
 *
 * Purchases are counted step by step, and those of a step are discounted as if
 * they came at its end:
 *
 *	spend * sum over i of (E(t_i) - E(t_i-1)) / (1 + discount)^(t_i / step)
 *
 * where E(t) is the number expected up to t, t_i = i * step, and the last step
 * may be cut short by the horizon.
 */
#ifndef USER_OPS_KERNEL_MODEL_CLV_H
#define USER_OPS_KERNEL_MODEL_CLV_H

#include "kernel/models/purchase/purchase.h"

#define CLV_MAX_STEPS 10000

/* In the unit of time of the model; discount is per step, above -1; step > 0. */
extern double clv_expected(const Posterior *user, double spend, double horizon, double step,
						   double discount);

#endif

/*
 * rates.c: the shares of two arms.
 */
#include "kernel/experiment/statistics/rates.h"

#include <math.h>

static double
pooled_p(Share control, Share variant, double effect)
{
	double pooled = (control.k + variant.k) / (control.n + variant.n);

	if (pooled <= 0 || pooled >= 1)
		return NAN;
	return normal_tails(effect /
						sqrt(pooled * (1 - pooled) * (1 / control.n + 1 / variant.n)));
}

/* The effect less and plus a distance from each arm's share to one of its bounds. */
static Bounds
newcombe(Share control, Share variant, double effect, double width)
{
	Bounds c = wilson_interval(control.k, control.n, width);
	Bounds v = wilson_interval(variant.k, variant.n, width);
	double c_share = control.k / control.n;
	double v_share = variant.k / variant.n;

	return (Bounds){effect - hypot(v_share - v.lower, c.upper - c_share),
					  effect + hypot(v.upper - v_share, c_share - c.lower)};
}

/* None where nobody converted, or all did. */
static Bounds
katz(Share control, Share variant, double lift, double width)
{
	double reach = width * sqrt(1 / variant.k - 1 / variant.n + 1 / control.k - 1 / control.n);

	if (control.k <= 0 || variant.k <= 0 || reach <= 0)
		return (Bounds){NAN, NAN};
	return (Bounds){(1 + lift) * exp(-reach) - 1, (1 + lift) * exp(reach) - 1};
}

RateDifference
rate_difference(Share control, Share variant, double width)
{
	double effect =
		(variant.k * control.n - control.k * variant.n) / (variant.n * control.n);
	double lift = control.k > 0 ? effect / (control.k / control.n) : NAN;

	return (RateDifference){.effect = effect,
							.bounds = newcombe(control, variant, effect, width),
							.p_value = pooled_p(control, variant, effect),
							.lift = lift,
							.lift_bounds = katz(control, variant, lift, width)};
}

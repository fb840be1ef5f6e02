/*
 * distributions.c: tails and quantiles, by the functions of special.h.
 */
#include "kernel/math/distributions.h"

#include <float.h>
#include <math.h>

#include "kernel/math/special.h"

#define SQRT_HALF          0.70710678118654752440
#define SQRT_TWO_BY_PI     0.79788456080286535588
#define HALF_LN_FOUR_BY_PI 0.12078223763524522235
#define MAX_STEPS          100
#define CLOSE              1e-12 /* a step of Newton's method so small was the last but in name */
#define MANY_DF            1000
#define FAR                20 /* from here on the tails by their series: later they are no numbers */

double
normal_tails(double z)
{
	return erfc(fabs(z) * SQRT_HALF);
}

/* The logarithm of the tails at z >= 0, and its slope. */
static double
log_normal_tails(double z, double *slope)
{
	double tails = normal_tails(z);
	double y = 1 / (z * z);

	if (z < FAR)
	{
		*slope = -SQRT_TWO_BY_PI * exp(-z * z / 2) / tails;
		return log(tails);
	}
	tails = (1 - y * (1 - y * (3 - y * (15 - y * (105 - y * 945))))) / z;
	*slope = -1 / tails;
	return log(SQRT_TWO_BY_PI * tails) - z * z / 2;
}

/*
 * Newton's method for the logarithm of the tails.  That is concave and falls, so that every
 * step but the first comes from above.
 */
double
normal_width(double log_tails)
{
	double z = 0;

	for (int i = 0; i < MAX_STEPS; i++)
	{
		double slope;
		double step = (log_normal_tails(z, &slope) - log_tails) / slope;

		z -= step;
		if (fabs(step) <= DBL_EPSILON * 4 * z)
			break;
	}
	return z;
}

double
normal_below(double z)
{
	return erfc(-z * SQRT_HALF) / 2;
}

double
normal_quantile(double p)
{
	return p < 0.5 ? -normal_width(log(2 * p)) : normal_width(log(2 * (1 - p)));
}

/* The logarithm of the density at t >= 0, on both sides. */
static double
log_student_density(double t, double df)
{
	return lgamma_ratio(df / 2, 0.5) + HALF_LN_FOUR_BY_PI - log(df) / 2 -
		   (df + 1) / 2 * log1p(t * t / df);
}

/*
 * The tails as the integral of their density, over parts in which it falls alike.  With many
 * degrees of freedom the incomplete beta has lost as many digits as they have.
 */
static double
student_integral(double t, double df)
{
	double sum = 0;

	for (double from = t;;)
	{
		double slope = (df + 1) * from / (df + from * from);
		double width = fmin(1, 4 / slope);
		double part = 0;

		for (int i = 0; i < LEGENDRE_POINTS; i++)
			part += legendre_weight[i] *
					exp(log_student_density(from + width * legendre_at[i], df));
		sum += width * part;
		if (!(width * part > DBL_EPSILON / 16 * sum))
			return fmin(1, sum);
		from += width;
	}
}

double
student_tails(double t, double df)
{
	double square = t * t;

	if (df > MANY_DF)
		return student_integral(fabs(t), df);
	return isinf(square) ? 0 : beta_i(df / 2, 0.5, df / (df + square), square / (df + square));
}

/*
 * As normal_width, over the logarithm of t: of that the logarithm of the tails is concave
 * with the slope -df at the end, so that heavy tails take few steps, too.
 */
double
student_width(double log_tails, double df)
{
	double t = normal_width(log_tails);

	for (int i = 0; i < MAX_STEPS && t > 0; i++)
	{
		double log_here = log(student_tails(t, df));
		double slope = -exp(log(t) + log_student_density(t, df) - log_here);
		double step = (log_here - log_tails) / slope;

		t *= exp(-step);
		if (!(fabs(step) > CLOSE))
			break;
	}
	return t;
}

double
chi_square_above(double x, double df)
{
	return gamma_q(df / 2, x / 2);
}

/* Wilson 1927.  At the ends, where a bound is the share itself, it is that without rounding. */
Bounds
wilson_interval(double k, double n, double width)
{
	double square = width * width;
	double centre = k + square / 2;
	double reach = width * sqrt(k * (n - k) / n + square / 4);

	return (Bounds){k <= 0 ? 0 : fmax(0, (centre - reach) / (n + square)),
					  k >= n ? 1 : fmin(1, (centre + reach) / (n + square))};
}

/*
 * special.c: functions of mathematics.
 */
#include "kernel/math/special.h"

#include <float.h>
#include <math.h>

#define LARGE          10.0 /* from here on the asymptotic series are exact */
#define TINY           1e-300
#define MAX_FRACTION   1000000
#define TAIL           1e-18
#define HALF_LN_TWO_PI 0.91893853320467274178

const double legendre_at[LEGENDRE_POINTS] = {
	0.0052995325041750337, 0.027712488463383712, 0.0671843988060841281, 0.122297795822498483,
	0.191061877798678126, 0.270991611171386307, 0.359198224610370543, 0.45249374508118128,
	0.54750625491881872, 0.640801775389629457, 0.729008388828613693, 0.808938122201321874,
	0.877702204177501517, 0.932815601193915872, 0.972287511536616288, 0.994700467495824966};
const double legendre_weight[LEGENDRE_POINTS] = {
	0.0135762297058770474, 0.0311267619693239464, 0.0475792558412463924, 0.062314485627766936,
	0.074797994408288366, 0.0845782596975012691, 0.0913017075224617944, 0.0947253052275342481,
	0.0947253052275342481, 0.0913017075224617944, 0.0845782596975012691, 0.074797994408288366,
	0.062314485627766936, 0.0475792558412463924, 0.0311267619693239464, 0.0135762297058770474};

double
softplus(double x)
{
	return fmax(x, 0) + log1p(exp(-fabs(x)));
}

double
sigmoid(double x)
{
	double small = exp(-fabs(x));

	return x < 0 ? small / (1 + small) : 1 / (1 + small);
}

/* What Stirling's formula for ln gamma lacks; x >= LARGE. */
static double
stirling_rest(double x)
{
	double s = 1 / (x * x);

	return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 -
			s * (691.0 / 360360 - s / 156)))))) / x;
}

/* log1p(x) - x, x > -1. */
static double
log1p_less(double x)
{
	double sum = 0;
	double power = x;

	if (fabs(x) > 0.25)
		return log1p(x) - x;
	for (int n = 2; n < 40; n++)
	{
		double term;

		power *= -x;
		term = power / n;
		sum += term;
		if (fabs(term) < DBL_EPSILON / 4 * fabs(sum))
			break;
	}
	return sum;
}

double
lgamma_ratio(double a, double d)
{
	double passed = 0;

	if (d == 0)
		return 0;
	for (; a < LARGE; a++)
		passed += log1p(d / a);
	return (a - 0.5) * log1p(d / a) + d * log(a + d) - d + stirling_rest(a + d) -
		   stirling_rest(a) - passed;
}

double
log_beta(double a, double b)
{
	double small = fmin(a, b);

	return lgamma(small) - lgamma_ratio(fmax(a, b), small);
}

double
digamma(double x)
{
	double sum = 0;
	double s;

	for (; x < LARGE; x++)
		sum -= 1 / x;
	s = 1 / (x * x);
	return sum + log(x) - 0.5 / x -
		   s * (1.0 / 12 - s * (1.0 / 120 - s * (1.0 / 252 - s * (1.0 / 240 - s * (1.0 / 132 -
				s * (691.0 / 32760 - s / 12))))));
}

double
trigamma(double x)
{
	double sum = 0;
	double s;

	for (; x < LARGE; x++)
		sum += 1 / (x * x);
	s = 1 / (x * x);
	return sum + (1 + 0.5 / x +
				  s * (1.0 / 6 - s * (1.0 / 30 - s * (1.0 / 42 - s * (1.0 / 30 - s * (5.0 / 66 -
					   s * (691.0 / 2730 - s * 7 / 6))))))) / x;
}

/* x^a exp(-x) / gamma(a) */
static double
gamma_front(double a, double x)
{
	if (a < LARGE)
		return exp(a * log(x) - x - lgamma(a));
	return sqrt(a) *
		   exp(a * log1p_less((x - a) / a) - HALF_LN_TWO_PI - stirling_rest(a));
}

/* The lower one, x < a + 1, by its series. */
static double
gamma_series(double a, double x)
{
	double term = 1 / a;
	double sum = term;

	for (int n = 1; n < MAX_FRACTION && term > sum * DBL_EPSILON / 4; n++)
	{
		term *= x / (a + n);
		sum += term;
	}
	return fmin(1, gamma_front(a, x) * sum);
}

/* The upper one, x >= a + 1, by its continued fraction (modified Lentz). */
static double
gamma_fraction(double a, double x)
{
	double b = x + 1 - a;
	double c = 1 / TINY;
	double d = 1 / b;
	double h = d;

	for (int i = 1; i < MAX_FRACTION; i++)
	{
		double factor;

		b += 2;
		d = 1 / (b - i * (i - a) * d);
		c = b - i * (i - a) / c;
		factor = c * d;
		h *= factor;
		if (!(fabs(factor - 1) >= DBL_EPSILON)) /* or no number */
			break;
	}
	return fmin(1, gamma_front(a, x) * h);
}

double
gamma_q(double a, double x)
{
	if (x <= 0)
		return 1;
	if (isinf(x))
		return 0;
	return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

/* ln x, where y = 1 - x keeps what x near 1 has lost. */
static double
log_beside(double x, double y)
{
	return x < y ? log(x) : log1p(-y);
}

/* x^a y^b / B(a, b) */
static double
beta_front(double a, double b, double x, double y)
{
	double off = (x * b - y * a) / (a + b); /* from where it is largest */

	if (a < LARGE || b < LARGE)
		return exp(a * log_beside(x, y) + b * log_beside(y, x) - log_beta(a, b));
	return sqrt(a / (a + b) * b) *
		   exp(a * log1p_less(off * (a + b) / a) + b * log1p_less(-off * (a + b) / b) -
			   HALF_LN_TWO_PI + stirling_rest(a + b) - stirling_rest(a) - stirling_rest(b));
}

/* Where x is not far above a / (a + b), by its continued fraction (modified Lentz). */
static double
beta_fraction(double a, double b, double x, double y)
{
	double c = 1;
	double d = 1 - (a + b) * x / (a + 1);
	double h;

	d = 1 / (fabs(d) < TINY ? TINY : d);
	h = d;
	for (int m = 1; m < MAX_FRACTION; m++)
	{
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double factor;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		h *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		factor = d * c;
		h *= factor;
		if (!(fabs(factor - 1) >= DBL_EPSILON)) /* or no number */
			break;
	}
	return fmin(1, beta_front(a, b, x, y) * h / a);
}

double
beta_i(double a, double b, double x, double y)
{
	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	if (x * (b + 1) <= y * (a + 1))
		return beta_fraction(a, b, x, y);
	return 1 - beta_fraction(b, a, y, x);
}

/* For z >= 1: by its continued fraction (modified Lentz). */
static double
expint_fraction(double s, double z)
{
	double b = z + s;
	double c = 1 / TINY;
	double d = 1 / b;
	double h = d;

	for (int i = 1; i < MAX_FRACTION; i++)
	{
		double a = -i * (s - 1 + i);
		double factor;

		b += 2;
		d = 1 / (a * d + b);
		c = b + a / c;
		factor = c * d;
		h *= factor;
		if (!(fabs(factor - 1) >= DBL_EPSILON)) /* or no number */
			break;
	}
	return h;
}

/* The integral over y = ln(1 + w), where the logarithm of what is integrated is concave. */
static double
expint_integral(double s, double z)
{
	double sum = 0;

	for (double from = 0;;)
	{
		double slope = 1 - s - z * exp(from);
		double width = fmin(1, 4 / fabs(slope));

		if (slope < 0 && exp((1 - s) * from - z * expm1(from)) < TAIL * -slope * sum)
			return sum;
		for (int i = 0; i < LEGENDRE_POINTS; i++)
		{
			double y = from + width * legendre_at[i];

			sum += width * legendre_weight[i] * exp((1 - s) * y - z * expm1(y));
		}
		from += width;
	}
}

double
expint_scaled(double s, double z)
{
	return z < 1 ? expint_integral(s, z) : expint_fraction(s, z);
}

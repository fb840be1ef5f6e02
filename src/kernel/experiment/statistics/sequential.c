/*
 * sequential.c: the asymptotic confidence sequence.
 */
#include "kernel/experiment/statistics/sequential.h"

#include <math.h>

/* n rho^2, with the rho that makes the interval tightest at so many users. */
static double
mixed_users(double n, double alpha, double tightest_at)
{
	double log_alpha = log(alpha);

	return n * (-2 * log_alpha + log1p(-2 * log_alpha)) / tightest_at;
}

double
sequential_width(double n, double alpha, double tightest_at)
{
	double mixed = mixed_users(n, alpha, tightest_at);

	return sqrt(2 * (mixed + 1) / mixed * (log1p(mixed) / 2 - log(alpha)));
}

double
sequential_p(double z, double n, double alpha, double tightest_at)
{
	double mixed = mixed_users(n, alpha, tightest_at);

	return fmin(1, exp(log1p(mixed) / 2 - z * z / 2 * mixed / (1 + mixed)));
}

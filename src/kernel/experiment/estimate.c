/*
 * estimate.c: estimates of one arm from its exact moments.
 */
#include "kernel/experiment/estimate.h"

#include <float.h>
#include <math.h>

#define FEW_ROUNDINGS (16 * DBL_EPSILON)

static double
ten_to(int exponent)
{
	double power = (double) power_of_ten(exponent < 0 ? -exponent : exponent);

	return exponent < 0 ? 1 / power : power;
}

double
variance_of_terms(double positive, double negative)
{
	double left = positive - negative;

	return left <= FEW_ROUNDINGS * positive ? 0 : left;
}

static double
exact_value(const Exact *exact)
{
	return exact->denominator == 0
			   ? NAN
			   : (double) exact->numerator / (double) exact->denominator * ten_to(exact->decimals);
}

double
exact_difference(const Exact *a, const Exact *b)
{
	Huge left = huge_product(huge_of(a->numerator), huge_of(b->denominator));
	Huge right = huge_product(huge_of(b->numerator), huge_of(a->denominator));

	if (a->denominator == 0 || b->denominator == 0)
		return NAN;
	return huge_to_double(huge_difference(left, right)) / (double) a->denominator /
		   (double) b->denominator * ten_to(a->decimals);
}

/* Sample covariance of two variables, 0 below 2 users: the numerator is exact. */
static double
covariance(const Experiment *experiment, const ExperimentArm *arm, int i, int k)
{
	const Wide *product = &arm->products[i < k ? experiment_product(i, k) : experiment_product(k, i)];
	Huge all = huge_product(huge_of(arm->users), huge_of_wide(*product));
	Huge centred =
		huge_difference(all, huge_product(huge_of(arm->sums[i]), huge_of(arm->sums[k])));

	if (arm->users < 2)
		return 0;
	return huge_to_double(centred) / (double) arm->users / (double) (arm->users - 1) /
		   ten_to(experiment->scale[i]) / ten_to(experiment->scale[k]);
}

/* A mean as numerator and denominator, or a ratio; i is its first variable. */
static Exact
exact_of(const Experiment *experiment, const ExperimentArm *arm, int i)
{
	if (experiment->metric == EXPERIMENT_RATIO)
		return (Exact){arm->sums[i], arm->sums[i + 1],
					   experiment->scale[i + 1] - experiment->scale[i]};
	return (Exact){arm->sums[i], (__int128) arm->users, -experiment->scale[i]};
}

/*
 * Covariance of two values for each user, whose first variables are i and k.  Of ratios
 * R and Q it is that of (N - R D) / mean D and (X - Q E) / mean E; the same one's is
 * never less than 0.
 */
static double
covariance_of(const Experiment *experiment, const ExperimentArm *arm, int i, int k, double r,
			  double q)
{
	double n = (double) arm->users;
	double d;
	double e;
	double nx;
	double de;
	double crossed;

	nx = covariance(experiment, arm, i, k);
	if (experiment->metric != EXPERIMENT_RATIO)
		return nx;
	d = (double) arm->sums[i + 1] / n / ten_to(experiment->scale[i + 1]);
	e = (double) arm->sums[k + 1] / n / ten_to(experiment->scale[k + 1]);
	de = r * q * covariance(experiment, arm, i + 1, k + 1);
	crossed = q * covariance(experiment, arm, i, k + 1) + r * covariance(experiment, arm, i + 1, k);
	return (i == k ? variance_of_terms(nx + de, crossed) : nx + de - crossed) / d / e;
}

Estimate
experiment_estimate(const Experiment *experiment, const ExperimentArm *arm)
{
	Estimate estimate = {.n = (double) arm->users, .covariate = NAN, .variance = NAN};
	int x = experiment_covariate(experiment);
	double q;
	double r;

	estimate.exact = exact_of(experiment, arm, 0);
	estimate.value = r = exact_value(&estimate.exact);
	if (arm->users > 1 && !isnan(r))
		estimate.variance = covariance_of(experiment, arm, 0, 0, r, r);
	if (!experiment->covariates)
		return estimate;
	estimate.exact_covariate = exact_of(experiment, arm, x);
	estimate.covariate = q = exact_value(&estimate.exact_covariate);
	if (isnan(q) || isnan(r))
		return estimate;
	estimate.covariate_variance = covariance_of(experiment, arm, x, x, q, q);
	estimate.covariance = covariance_of(experiment, arm, 0, x, r, q);
	return estimate;
}

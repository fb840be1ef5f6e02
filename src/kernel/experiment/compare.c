/*
 * compare.c: one arm against another.
 *
 *	means	Welch: never the pooled variance, which is wrong for unequal arms.
 *	lift	the delta method, with the critical value of the difference.  Where the control's
 *			mean is not far enough above 0 there is no interval: Fieller's is unbounded.
 *	CUPED	y - theta (x - mean of x over both arms), theta pooled within the arms: the slope of
 *			the regression of y on arm and x (Deng, Xu, Kohavi & Walker 2013).
 *	rates	rates.h, unless adjusted or sequential: then they are means of 0 and 1.
 */
#include "kernel/experiment/compare.h"

#include <math.h>

#include "kernel/experiment/statistics/rates.h"
#include "kernel/experiment/statistics/sequential.h"

/* Both arms, adjusted or not. */
typedef struct Pair
{
	double n[2];
	double value[2];    /* control, variant */
	double variance[2]; /* of a user */
	double of_value[2]; /* variance of the value: that of a user by n, but for the mean of x */
	double shared;      /* covariance of both values, by the mean of x that they share */
	double effect;
} Pair;

static Pair
pair_of(const Estimate *arms)
{
	Pair pair = {.effect = exact_difference(&arms[1].exact, &arms[0].exact)};

	for (int i = 0; i < 2; i++)
	{
		pair.n[i] = arms[i].n;
		pair.value[i] = arms[i].value;
		pair.variance[i] = arms[i].variance;
		pair.of_value[i] = arms[i].variance / arms[i].n;
	}
	return pair;
}

/* The slope of y over x within both arms; 0 where x is the same for all. */
static double
pooled_slope(const Estimate *arms)
{
	double xy = 0;
	double xx = 0;

	for (int i = 0; i < 2; i++)
	{
		xy += (arms[i].n - 1) * arms[i].covariance;
		xx += (arms[i].n - 1) * arms[i].covariate_variance;
	}
	return xx > 0 && !isnan(arms[0].covariate) && !isnan(arms[1].covariate) ? xy / xx : 0;
}

/*
 * y - theta (x - mean).  Both values share that mean of x, and so some of its error: it
 * cancels in the difference, and counts in the ratio.
 */
static void
adjust_pair(Pair *pair, const Estimate *arms, double theta)
{
	double n = arms[0].n + arms[1].n;
	double mean = (arms[0].n * arms[0].covariate + arms[1].n * arms[1].covariate) / n;
	double with_mean[2]; /* covariance of an adjusted value with the mean, once theta */
	double of_mean = 0;  /* variance of theta times the mean */

	if (theta == 0)
		return;
	pair->effect -= theta * exact_difference(&arms[1].exact_covariate, &arms[0].exact_covariate);
	for (int i = 0; i < 2; i++)
	{
		const Estimate *arm = &arms[i];
		double weight = arm->n / n;
		double of_x = theta * theta * arm->covariate_variance;
		double crossed = theta * arm->covariance;

		pair->value[i] -= theta * (arm->covariate - mean);
		pair->variance[i] =
			variance_of_terms(arm->variance + of_x + fmax(0, -2 * crossed), fmax(0, 2 * crossed));
		with_mean[i] = weight * (crossed - of_x) / arm->n;
		of_mean += weight * weight * of_x / arm->n;
	}
	pair->shared = with_mean[0] + with_mean[1] + of_mean;
	for (int i = 0; i < 2; i++)
		pair->of_value[i] = pair->variance[i] / pair->n[i] + 2 * with_mean[i] + of_mean;
}

/* Of the difference, squared. */
static double
squared_error(const Pair *pair)
{
	return pair->variance[0] / pair->n[0] + pair->variance[1] / pair->n[1];
}

/* Welch-Satterthwaite. */
static double
welch_df(const Pair *pair)
{
	double c = pair->variance[0] / pair->n[0];
	double v = pair->variance[1] / pair->n[1];

	return (c + v) * (c + v) / (c * c / (pair->n[0] - 1) + v * v / (pair->n[1] - 1));
}

static double
lift_error(const Pair *pair)
{
	double control = pair->value[0];
	double ratio = pair->value[1] / control;
	double variance = pair->of_value[1] + pair->of_value[0] * ratio * ratio -
					  2 * pair->shared * ratio;

	return sqrt(variance < 0 ? 0 : variance) / fabs(control);
}

static void
interval(double centre, double reach, double *lower, double *upper)
{
	*lower = centre - reach;
	*upper = centre + reach;
}

/* Bounds and p-value of effect and lift, by their standard errors. */
static void
infer(Comparison *c, const Pair *pair, const Inference *inference)
{
	double alpha = 1 - inference->confidence;
	double n = pair->n[0] + pair->n[1];
	double z = c->effect / c->std_error;
	double width;

	if (inference->sequential)
	{
		if (fmin(pair->n[0], pair->n[1]) < SEQUENTIAL_FEWEST)
			return;
		width = sequential_width(n, alpha, inference->tightest_at);
		c->p_value = sequential_p(z, n, alpha, inference->tightest_at);
	}
	else
	{
		c->df = welch_df(pair);
		width = student_width(log1p(-inference->confidence), c->df);
		c->p_value = student_tails(z, c->df);
	}
	interval(c->effect, width * c->std_error, &c->lower, &c->upper);
	if (pair->value[0] > width * sqrt(pair->of_value[0]))
		interval(c->lift, width * c->lift_std_error, &c->lift_lower, &c->lift_upper);
}

static Share
share_of(const ExperimentArm *arm)
{
	return (Share){(double) arm->sums[0], (double) arm->users};
}

static void
infer_rates(Comparison *c, const ExperimentArm *control, const ExperimentArm *variant,
			double confidence)
{
	RateDifference rates = rate_difference(share_of(control), share_of(variant),
										   normal_width(log1p(-confidence)));

	c->p_value = rates.p_value;
	c->lower = rates.bounds.lower;
	c->upper = rates.bounds.upper;
	c->lift_lower = rates.lift_bounds.lower;
	c->lift_upper = rates.lift_bounds.upper;
}

Comparison
experiment_compare_arms(const Experiment *experiment, const ExperimentArm *control,
						const ExperimentArm *variant, bool adjust, const Inference *inference)
{
	Estimate arms[] = {experiment_estimate(experiment, control),
					   experiment_estimate(experiment, variant)};
	Pair pair = pair_of(arms);
	Comparison c = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

	if (adjust)
	{
		double before = squared_error(&pair);

		c.theta = pooled_slope(arms);
		adjust_pair(&pair, arms, c.theta);
		if (before > 0)
			c.variance_ratio = squared_error(&pair) / before;
	}
	c.mean = pair.value[1];
	c.control_mean = pair.value[0];
	c.effect = pair.effect;
	c.std_error = sqrt(squared_error(&pair));
	if (c.control_mean != 0)
	{
		c.lift = c.effect / c.control_mean;
		c.lift_std_error = lift_error(&pair);
	}
	if (experiment->metric == EXPERIMENT_RATE && !adjust && !inference->sequential)
		infer_rates(&c, control, variant, inference->confidence);
	else if (c.std_error > 0)
		infer(&c, &pair, inference);
	return c;
}

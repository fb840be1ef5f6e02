/*
 * newton.c: damped Newton with a check of what it ends at.
 */
#include "kernel/math/newton.h"

#include <math.h>
#include <string.h>

#include "kernel/math/linear.h"

#define MAX_STEPS      300
#define MAX_HALVINGS   60
#define STEP_CAP       1.5   /* of any parameter */
#define RISE           1e-4  /* of what the gradient promises, at least */
#define RISE_SLACK     1e-12 /* relative to the value: rounding */
#define FAR            14    /* a parameter beyond is running away */
#define BACK           5     /* steps over which a gain is looked at */
#define NO_GAIN        1e-9  /* relative to the value */
#define FLAT           1e-12 /* a curvature relative to the largest: rounding */
#define ILL            1e-10 /* the data do not tell */
#define SHIFT          1e-3  /* least curvature taken, relative to the largest */
#define PRIOR_VARIANCE 25.0

/* The curvature at a point, by its main axes. */
typedef struct Axes
{
	double curvature[NEWTON_MAX];          /* of the function turned over, ascending */
	double axis[NEWTON_MAX * NEWTON_MAX];  /* rows */
	double slope[NEWTON_MAX];              /* gradient along each */
	double decrement;                      /* twice the gain a step promises */
} Axes;

void
newton_in_logarithms(int n, const double *value, NewtonPoint *at)
{
	for (int i = 0; i < n; i++)
		at->gradient[i] *= value[i];
	for (int i = 0; i < n; i++)
		for (int j = i; j < n; j++)
			at->hessian[i][j] = at->hessian[j][i] =
				value[i] * value[j] * at->hessian[i][j] + (i == j ? at->gradient[i] : 0);
}

static void
evaluate(const Newton *search, const double *theta, NewtonPoint *at, double *plain)
{
	memset(at, 0, sizeof(*at));
	search->function(search->context, theta, at);
	if (isnan(at->value))
		at->value = -INFINITY;
	*plain = at->value;
	for (int i = 0; i < search->n && search->prior != NULL; i++)
	{
		double off = theta[i] - search->prior[i];

		at->value -= off * off / (2 * PRIOR_VARIANCE);
		at->gradient[i] -= off / PRIOR_VARIANCE;
		at->hessian[i][i] -= 1 / PRIOR_VARIANCE;
	}
}

static void
find_axes(int n, const NewtonPoint *at, Axes *axes)
{
	double turned[NEWTON_MAX * NEWTON_MAX];
	double largest;
	double shift = 0;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			turned[i * n + j] = -at->hessian[i][j];
	symmetric_eigen(turned, n, axes->curvature, axes->axis);
	largest = fmax(fabs(axes->curvature[0]), fabs(axes->curvature[n - 1]));
	if (!(axes->curvature[0] > FLAT * largest))
		shift = SHIFT * largest - axes->curvature[0];
	axes->decrement = 0;
	for (int i = 0; i < n; i++)
	{
		double slope = 0;

		for (int j = 0; j < n; j++)
			slope += axes->axis[i * n + j] * at->gradient[j];
		axes->slope[i] = slope;
		if (slope != 0)
			axes->decrement += slope * slope / (axes->curvature[i] + shift);
	}
}

static bool
is_positive(const Axes *axes, int n, double least)
{
	return axes->curvature[0] > least * fabs(axes->curvature[n - 1]) && axes->curvature[0] > 0;
}

/* A step uphill; at a saddle, off it. */
static void
find_step(int n, const Axes *axes, double tolerance, double *step)
{
	double largest = fmax(fabs(axes->curvature[0]), fabs(axes->curvature[n - 1]));
	double shift = is_positive(axes, n, FLAT) ? 0 : SHIFT * largest - axes->curvature[0];
	double size = 0;

	memset(step, 0, (size_t) n * sizeof(double));
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n && axes->slope[i] != 0; j++)
			step[j] += axes->axis[i * n + j] * axes->slope[i] / (axes->curvature[i] + shift);
	if (axes->decrement < tolerance && axes->curvature[0] < -ILL * largest)
		for (int j = 0; j < n; j++)
			step[j] += (axes->slope[0] < 0 ? -0.5 : 0.5) * axes->axis[j];
	for (int j = 0; j < n; j++)
		size = fmax(size, fabs(step[j]));
	for (int j = 0; j < n && size > STEP_CAP; j++)
		step[j] *= STEP_CAP / size;
}

/* Go along the step, or some part of it; false if nothing rises. */
static bool
line_search(Newton *search, const double *step, NewtonPoint *at)
{
	double promise = 0;
	double part = 1;

	for (int i = 0; i < search->n; i++)
		promise += at->gradient[i] * step[i];
	for (int halving = 0; halving < MAX_HALVINGS; halving++, part /= 2)
	{
		double theta[NEWTON_MAX];
		NewtonPoint there;
		double plain;

		for (int i = 0; i < search->n; i++)
			theta[i] = search->theta[i] + part * step[i];
		evaluate(search, theta, &there, &plain);
		if (isfinite(there.value) && there.value >= at->value + RISE * part * promise -
														RISE_SLACK * fabs(at->value))
		{
			memcpy(search->theta, theta, sizeof(theta));
			*at = there;
			search->value = plain;
			return true;
		}
	}
	return false;
}

static bool
is_far(const Newton *search)
{
	for (int i = 0; i < search->n; i++)
		if (fabs(search->theta[i]) > FAR)
			return true;
	return false;
}

/* Has some parameter gone on and on, in the last steps, without much of a gain? */
static bool
runs_away(const Newton *search, double past[BACK + 1][NEWTON_MAX])
{
	for (int i = 0; i < search->n; i++)
	{
		bool grows = true;

		for (int k = 0; k < BACK; k++)
			grows &= fabs(past[k + 1][i]) - fabs(past[k][i]) > 0.05;
		if (grows)
			return true;
	}
	return false;
}

/* The inverse of the curvature, by its axes. */
static void
find_variance(Newton *search, const Axes *axes)
{
	int n = search->n;

	memset(search->variance, 0, sizeof(search->variance));
	for (int k = 0; k < n; k++)
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++)
				search->variance[i][j] +=
					axes->axis[k * n + i] * axes->axis[k * n + j] / axes->curvature[k];
}

void
newton_maximise(Newton *search)
{
	double past[BACK + 1][NEWTON_MAX];
	double values[BACK + 1];
	bool converged = false;
	NewtonPoint at;
	Axes axes;

	evaluate(search, search->theta, &at, &search->value);
	for (search->steps = 0; search->steps < MAX_STEPS; search->steps++)
	{
		double tolerance = 1e-14 + 1e-16 * fabs(at.value);
		double step[NEWTON_MAX];

		memmove(past[0], past[1], sizeof(past) - sizeof(past[0]));
		memmove(&values[0], &values[1], sizeof(values) - sizeof(values[0]));
		memcpy(past[BACK], search->theta, sizeof(past[0]));
		values[BACK] = at.value;

		host_poll();
		find_axes(search->n, &at, &axes);
		converged = axes.decrement < tolerance && is_positive(&axes, search->n, FLAT);
		if (converged)
		{
			/* what is left is too small to show in the value, but not in theta */
			find_step(search->n, &axes, tolerance, step);
			for (int i = 0; i < search->n; i++)
				search->theta[i] += step[i];
			evaluate(search, search->theta, &at, &search->value);
			break;
		}
		if (search->prior == NULL && is_far(search))
			break;
		if (search->steps >= BACK && values[BACK] - values[0] <= NO_GAIN * fabs(at.value) &&
			(runs_away(search, past) || !is_positive(&axes, search->n, ILL)))
			break;
		find_step(search->n, &axes, tolerance, step);
		if (!line_search(search, step, &at))
			break;
	}
	if (search->prior == NULL && (is_far(search) || search->steps == MAX_STEPS ||
								  (!converged && search->steps >= BACK && runs_away(search, past))))
		search->status = FIT_BOUNDARY;
	else if (!is_positive(&axes, search->n, ILL))
		search->status = FIT_NOT_IDENTIFIABLE;
	else
		search->status = FIT_OK;
	if (search->status == FIT_OK)
		find_variance(search, &axes);
}

/*
 * feature_fit.c: logistic regression over distinct rows.
 */
#include "kernel/models/feature_model.h"

#include <math.h>

#include "kernel/math/special.h"

#define MAX_STEPS    100
#define MAX_HALVINGS 40
#define ALIASED      1e-11 /* what others leave of a feature's variance, or less */
#define PROMISE      1e-16 /* of a gain, relative to the value: not worth a step */
#define STILL        1e-6  /* a step that moves no row's logit by more is the last */
#define RUNNING      0.1   /* and one that moves a row's logit by more leads away */
#define FAR          30.0  /* from rows with such logits */
#define WIDTH        (FEATURES_MAX + 1)

/* The rows, and the features in use, the intercept first, centred and scaled. */
typedef struct Design
{
	const Tally *tally; /* sorted */
	double ridge;
	int n;              /* columns in use */
	int column[WIDTH];  /* in use: 0 is the intercept, i is feature i - 1 */
	double mean[WIDTH]; /* of all columns; the intercept is 1 */
	double scale[WIDTH];
} Design;

/* The penalised likelihood at some coefficients. */
typedef struct Point
{
	double beta[WIDTH];
	double value;
	double gradient[WIDTH];
	double curvature[WIDTH * WIDTH]; /* n * n, lower triangle */
} Point;

/* What a row brings to the columns in use. */
static void
read_row(const Design *design, const uint64_t *row, double *z)
{
	z[0] = 1;
	for (int i = 1; i < design->n; i++)
	{
		int c = design->column[i];

		z[i] = (real_of_bits(row[c]) - design->mean[c]) / design->scale[c];
	}
}

static double
dot(int n, const double *a, const double *b)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Means and deviations of all features. */
static void
standardise(Design *design)
{
	const TallyShape *shape = &design->tally->shape;
	double weight = 0;
	double square[WIDTH] = {0};

	for (uint32_t i = 0; i < design->tally->n; i++)
	{
		const uint64_t *row = tally_row(design->tally, i);
		double n = real_of_bits(row[0]) *
				   (double) (row[FEATURE_FALSE(shape)] + row[FEATURE_TRUE(shape)]);

		tally_poll(i);
		weight += n;
		for (int c = 1; c < shape->row.n_keys; c++)
		{
			double apart = real_of_bits(row[c]) - design->mean[c];

			design->mean[c] += apart * n / weight;
			square[c] += apart * (real_of_bits(row[c]) - design->mean[c]) * n;
		}
	}
	for (int c = 1; c < shape->row.n_keys; c++)
	{
		design->scale[c] = sqrt(square[c] / weight);
		if (!(design->scale[c] > 1e-14 * fabs(design->mean[c])))
			design->scale[c] = 0;
	}
}

/* The correlations of the features that vary, the others' being 0. */
static void
correlate(const Design *design, double *correlation)
{
	const TallyShape *shape = &design->tally->shape;
	int n = shape->row.n_keys;
	double weight = 0;

	memset(correlation, 0, WIDTH * WIDTH * sizeof(double));
	for (uint32_t i = 0; i < design->tally->n; i++)
	{
		const uint64_t *row = tally_row(design->tally, i);
		double count = real_of_bits(row[0]) *
					   (double) (row[FEATURE_FALSE(shape)] + row[FEATURE_TRUE(shape)]);
		double z[WIDTH] = {0};

		tally_poll(i);
		weight += count;
		for (int c = 1; c < n; c++)
			if (design->scale[c] > 0)
				z[c] = (real_of_bits(row[c]) - design->mean[c]) / design->scale[c];
		for (int c = 1; c < n; c++)
			for (int d = 1; d <= c; d++)
				correlation[c * WIDTH + d] += count * z[c] * z[d];
	}
	for (int c = 1; c < n; c++)
		for (int d = 1; d <= c; d++)
			correlation[c * WIDTH + d] /= weight;
}

/* Use each feature of which those before leave something; with a ridge all that vary. */
static void
choose_columns(Design *design)
{
	double correlation[WIDTH * WIDTH];
	double factor[WIDTH * WIDTH] = {0}; /* rows: columns in use, from 1 */
	int n_columns = design->tally->shape.row.n_keys;

	design->n = 1;
	if (design->ridge > 0)
	{
		for (int c = 1; c < n_columns; c++)
			if (design->scale[c] > 0)
				design->column[design->n++] = c;
		return;
	}
	correlate(design, correlation);
	for (int c = 1; c < n_columns; c++)
	{
		double *row = factor + design->n * WIDTH;
		double rest = correlation[c * WIDTH + c];

		for (int i = 1; i < design->n; i++)
		{
			const double *earlier = factor + i * WIDTH;

			row[i] = correlation[c * WIDTH + design->column[i]] - dot(i - 1, row + 1, earlier + 1);
			row[i] /= earlier[i];
			rest -= row[i] * row[i];
		}
		if (rest <= ALIASED)
			continue;
		row[design->n] = sqrt(rest);
		design->column[design->n++] = c;
	}
}

static void
evaluate(const Design *design, Point *at)
{
	const TallyShape *shape = &design->tally->shape;
	int n = design->n;

	at->value = 0;
	memset(at->gradient, 0, sizeof(at->gradient));
	memset(at->curvature, 0, sizeof(at->curvature));
	for (uint32_t i = 0; i < design->tally->n; i++)
	{
		const uint64_t *row = tally_row(design->tally, i);
		double weight = real_of_bits(row[0]);
		double without = weight * (double) row[FEATURE_FALSE(shape)];
		double with = weight * (double) row[FEATURE_TRUE(shape)];
		double z[WIDTH];
		double logit;
		double surplus;
		double spread;

		tally_poll(i);
		read_row(design, row, z);
		logit = dot(n, at->beta, z);
		surplus = with * sigmoid(-logit) - without * sigmoid(logit);
		spread = (with + without) * sigmoid(logit) * sigmoid(-logit);
		at->value -= with * softplus(-logit) + without * softplus(logit);
		for (int j = 0; j < n; j++)
		{
			at->gradient[j] += surplus * z[j];
			for (int k = 0; k <= j; k++)
				at->curvature[j * n + k] += spread * z[j] * z[k];
		}
	}
	for (int j = 1; j < n; j++)
	{
		at->value -= design->ridge / 2 * at->beta[j] * at->beta[j];
		at->gradient[j] -= design->ridge * at->beta[j];
		at->curvature[j * n + j] += design->ridge;
	}
}

/* The largest logit of all rows for these coefficients, in size. */
static double
largest_logit(const Design *design, const double *beta)
{
	double largest = 0;

	for (uint32_t i = 0; i < design->tally->n; i++)
	{
		double z[WIDTH];

		tally_poll(i);
		read_row(design, tally_row(design->tally, i), z);
		largest = fmax(largest, fabs(dot(design->n, beta, z)));
	}
	return largest;
}

/* Go along the step, or as far as the value rises; false if it does not. */
static bool
line_search(const Design *design, const double *step, Point *at)
{
	double part = 1;

	for (int halving = 0; halving < MAX_HALVINGS; halving++, part /= 2)
	{
		Point there;

		for (int i = 0; i < design->n; i++)
			there.beta[i] = at->beta[i] + part * step[i];
		evaluate(design, &there);
		if (there.value >= at->value - 1e-14 * fabs(at->value))
		{
			*at = there;
			return true;
		}
	}
	return false;
}

/* The last step, which rounding may make vain. */
static FitStatus
finish(const Design *design, const double *step, Point *at, double *factor)
{
	line_search(design, step, at);
	memcpy(factor, at->curvature, sizeof(at->curvature));
	return cholesky_factor(factor, design->n) ? FIT_OK : FIT_BOUNDARY;
}

/* Climb to the maximum; leaves the factored curvature there. */
static FitStatus
maximise(const Design *design, Point *at, double *factor)
{
	int n = design->n;

	evaluate(design, at);
	for (int steps = 0; steps < MAX_STEPS; steps++)
	{
		double step[WIDTH];

		memcpy(factor, at->curvature, sizeof(at->curvature));
		if (!cholesky_factor(factor, n))
			return FIT_BOUNDARY;
		memcpy(step, at->gradient, sizeof(step));
		cholesky_solve(factor, n, step);
		if (dot(n, at->gradient, step) <= PROMISE * (1 + fabs(at->value)))
		{
			double moved = largest_logit(design, step);

			if (moved <= STILL)
				return finish(design, step, at, factor);
			if (moved > RUNNING && largest_logit(design, at->beta) > FAR)
				return FIT_BOUNDARY;
		}
		if (!line_search(design, step, at))
			return FIT_OK;
	}
	return FIT_BOUNDARY;
}

/* Standard errors, of coefficients of the features as they were given. */
static void
find_errors(const Design *design, const double *factor, FeatureModel *model)
{
	double variance[WIDTH * WIDTH];
	double shift[WIDTH]; /* the intercept, as a sum of the standardised coefficients */
	double sum = 0;
	int n = design->n;

	cholesky_inverse(factor, n, variance);
	shift[0] = 1;
	for (int i = 1; i < n; i++)
	{
		int c = design->column[i];

		shift[i] = -design->mean[c] / design->scale[c];
		model->error[c] = sqrt(variance[i * n + i]) / design->scale[c];
	}
	for (int i = 0; i < n; i++)
		sum += shift[i] * dot(n, variance + i * n, shift);
	model->error[0] = sqrt(sum);
}

void
feature_fit(const Tally *state, FeatureModel *model)
{
	Design design = {.tally = tally_sorted(state), .column = {0}};
	double factor[WIDTH * WIDTH];
	FeatureSampleParams params;
	Point at = {.beta = {0}};

	feature_sample_params(state, &params);
	*model = (FeatureModel){.n_features = params.n_features,
							.fitted = true,
							.status = FIT_TOO_FEW,
							.rows = state->total,
							.ridge = params.ridge};
	memcpy(model->names, params.names, sizeof(model->names));
	if (state->total <= (uint64_t) params.n_features)
		return;

	design.ridge = params.ridge;
	standardise(&design);
	choose_columns(&design);
	model->known = true;
	model->status = maximise(&design, &at, factor);
	model->loglik = at.value;
	model->value[0] = at.beta[0];
	for (int i = 1; i < design.n; i++)
	{
		int c = design.column[i];

		model->loglik += design.ridge / 2 * at.beta[i] * at.beta[i];
		model->value[c] = at.beta[i] / design.scale[c] + 0.0; /* no minus zero */
		model->value[0] -= model->value[c] * design.mean[c];
	}
	if (model->status != FIT_OK)
		return;
	find_errors(&design, factor, model);
	if (design.n <= params.n_features && design.ridge == 0)
		model->status = FIT_NOT_IDENTIFIABLE;
}

double
feature_predict(const FeatureModel *model, const double *features)
{
	return sigmoid(model->value[0] + dot(model->n_features, model->value + 1, features));
}

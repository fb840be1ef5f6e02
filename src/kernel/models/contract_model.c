/*
 * contract_model.c: how long contracts are renewed.
 */
#include "kernel/models/contract_model.h"

#include <math.h>

#include "kernel/math/special.h"

#define VERSION   2
#define MAX_TERMS 10000000

enum
{
	PERIOD,
	LOST,
	KEPT,
	ROW_WORDS
};

enum
{
	ALPHA,
	BETA
};

static bool
row_valid(const uint64_t *head, const TallyShape *shape, const uint64_t *row)
{
	(void) head;
	(void) shape;
	return row[PERIOD] >= 1 && row[PERIOD] <= INT32_MAX;
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	return tally_unpack(&contract_sample_kind, bytes, size, problem);
}

const TallyKind contract_sample_kind = {
	.state = {.type = "contract_sample", .pack = tally_pack, .unpack = unpack, .merge = tally_merge,
			  .checked_by_packing = true},
	.shape = {.version = VERSION, .row = {.n_keys = 1, .n_counts = 2}},
	.row_valid = row_valid};

Tally *
contract_sample_add(Tally *state, int32_t period, uint64_t lost, uint64_t kept)
{
	uint64_t row[ROW_WORDS] = {(uint64_t) period, lost, kept};

	if (state == NULL)
		state = tally_create(&contract_sample_kind.shape, NULL);
	return lost + kept > 0 ? tally_add(state, row) : state;
}

/* In ln alpha and ln beta, over a sorted tally. */
static void
evaluate(const void *context, const double *theta, NewtonPoint *at)
{
	const Tally *tally = context;
	double value[CONTRACT_PARAMETERS] = {exp(theta[ALPHA]), exp(theta[BETA])};

	for (uint32_t i = 0; i < tally->n; i++)
	{
		const uint64_t *row = tally_row(tally, i);
		double lost = (double) row[LOST];
		double kept = (double) row[KEPT];
		double renewing = value[BETA] + ((double) row[PERIOD] - 1);
		double both = value[ALPHA] + renewing;
		double n = lost + kept;

		tally_poll(i);
		at->value -= lost * log1p(renewing / value[ALPHA]) + kept * log1p(value[ALPHA] / renewing);
		at->gradient[ALPHA] += lost / value[ALPHA] - n / both;
		at->gradient[BETA] += kept / renewing - n / both;
		at->hessian[ALPHA][ALPHA] += n / (both * both) - lost / (value[ALPHA] * value[ALPHA]);
		at->hessian[ALPHA][BETA] += n / (both * both);
		at->hessian[BETA][BETA] += n / (both * both) - kept / (renewing * renewing);
	}
	newton_in_logarithms(CONTRACT_PARAMETERS, value, at);
}

void
contract_fit(const Tally *state, Model *model)
{
	const Tally *tally = tally_sorted(state);
	Newton search = {.n = CONTRACT_PARAMETERS, .function = evaluate, .context = tally};

	*model = (Model){.kind = model_kind(MODEL_SBG), .fitted = true, .status = FIT_TOO_FEW};
	if (tally->n > 0)
		model->users = tally_row(tally, 0)[LOST] + tally_row(tally, 0)[KEPT];
	if (model->users < CONTRACT_PARAMETERS)
		return;
	newton_maximise(&search);
	model_of_search(&search, model);
	model_settle(model);
}

double
contract_retention(double alpha, double beta, int32_t period)
{
	double renewing = beta + ((double) period - 1);

	return renewing / (alpha + renewing);
}

/* B(alpha, beta + periods) / B(alpha, beta) */
double
contract_survival(double alpha, double beta, int32_t periods)
{
	return exp(lgamma_ratio(beta, periods) - lgamma_ratio(alpha + beta, periods));
}

/*
 * F(1, b; a + b; z) for b = beta + periods and z = 1 / (1 + discount): Gauss'
 * continued fraction 1 / (1 - d1 z / (1 - d2 z / ...)), summed as a series of
 * positive terms.  It converges even where the series of F would need as many
 * terms as a customer may have periods: about 20 / sqrt(discount).
 */
double
contract_discounted(double alpha, double beta, int32_t periods, double discount)
{
	double b = beta + (double) periods;
	double c = alpha + b;
	double z = 1 / (1 + discount);
	double term = 1;
	double sum = 1;
	double ratio = 0; /* of the next term to this one */

	if (discount == 0)
		return alpha > 1 ? (alpha + b - 1) / (alpha - 1) : NAN;
	for (int k = 1; k < MAX_TERMS; k++)
	{
		int m = k / 2;
		double d = k % 2 == 1 ? (b + m) / (c + 2 * m) * (m == 0 ? 1 : (c + m - 1) / (c + 2 * m - 1))
							  : m / (c + 2 * m - 1) * ((alpha + m - 1) / (c + 2 * m - 2));
		double part = d * z * (1 + ratio);

		ratio = part / (1 - part);
		term *= ratio;
		sum += term;
		if (ratio < 1 && term * ratio / (1 - ratio) < 1e-17 * sum)
			break;
		if ((k & 0xFFFF) == 0xFFFF)
			host_poll();
	}
	return sum;
}

/*
 * purchase_fit.c: fit purchase models over the histories of many users.
 */
#include "kernel/models/purchase/purchase_fit.h"

#include <math.h>
#include <string.h>

#include "kernel/math/special.h"

#define DECREASES 2 /* of the likelihood, after which k is not looked for further */

void
gamma_sums_advance(GammaSums *sums, double a, double to)
{
	double from = a + sums->done;
	double n = to - sums->done;

	sums->done = to;
	if (n > GAMMA_JUMP)
	{
		sums->ln += lgamma_ratio(from, n);
		sums->first += digamma(from + n) - digamma(from);
		sums->second += trigamma(from) - trigamma(from + n);
		return;
	}
	for (double i = 0; i < n; i++)
	{
		double inverse = 1 / (from + i);

		sums->ln += log(from + i);
		sums->first += inverse;
		sums->second += inverse * inverse;
	}
}

/* The parameters that are times, by kind: alpha, and beta. */
static bool
is_time(int code, int parameter)
{
	return parameter == 1 || (code == MODEL_PARETO_NBD && parameter == 3);
}

/* Where the search begins, and the mean of the prior; the mean time is 1. */
static void
set_start(const Likelihood *likelihood, double *theta)
{
	theta[0] = 0;
	theta[1] = -log(3 * likelihood->k);
	theta[2] = 0;
	theta[3] = likelihood->code == MODEL_PARETO_NBD ? -log(3) : log(3);
}

/* Fit one kind, of one k, over data whose mean time is 1. */
static Model
fit_one(int code, int k, const FitOptions *options, const PurchaseData *data, double unit)
{
	Likelihood likelihood = {data, code, k};
	double prior[PURCHASE_PARAMETERS];
	Newton search = {.n = PURCHASE_PARAMETERS,
					 .function = code == MODEL_PARETO_NBD ? pareto_likelihood : bg_likelihood,
					 .context = &likelihood,
					 .prior = options->weak_prior ? prior : NULL};
	Model model = {.kind = model_kind(code), .fitted = true, .known = true, .users = data->users};

	set_start(&likelihood, prior);
	memcpy(search.theta, prior, sizeof(prior));
	newton_maximise(&search);
	model.status = search.status;
	if (data->purchases == 0 && !options->weak_prior)
		model.status = FIT_NOT_IDENTIFIABLE;
	if (data->users < PURCHASE_PARAMETERS && !options->weak_prior)
		model.status = FIT_TOO_FEW;
	model.loglik = search.value - data->purchases * log(unit);
	for (int i = 0; i < PURCHASE_PARAMETERS; i++)
	{
		model.value[i] = exp(search.theta[i]) * (is_time(code, i) ? unit : 1);
		if (model.status == FIT_OK)
			model.error[i] = model.value[i] * sqrt(search.variance[i][i]);
	}
	if (model.kind->n_counts > 0)
		model.value[PURCHASE_PARAMETERS] = k;
	return model;
}

/* The k of the largest likelihood, unless it is given. */
static Model
fit_stages(int code, const FitOptions *options, const PurchaseData *data, double unit)
{
	int first = options->regularity > 0 ? options->regularity : 1;
	int end = options->regularity > 0 ? options->regularity : MODEL_MAX_COUNT;
	Model best = fit_one(code, first, options, data, unit);
	double last = best.loglik;
	int decreases = 0;

	for (int k = first + 1; k <= end && decreases < DECREASES; k++)
	{
		Model model = fit_one(code, k, options, data, unit);

		decreases = model.loglik < last ? decreases + 1 : 0;
		last = model.loglik;
		if (model.loglik > best.loglik)
			best = model;
	}
	return best;
}

static Model
fit_kind(int code, const FitOptions *options, const PurchaseData *data, double unit)
{
	if (model_kind(code)->n_counts > 0)
		return fit_stages(code, options, data, unit);
	return fit_one(code, 1, options, data, unit);
}

/* The likeliest kind, k counting as a parameter. */
static Model
fit_likeliest(const FitOptions *options, const PurchaseData *data, double unit)
{
	static const int codes[] = {MODEL_MBG_NBD, MODEL_BG_NBD, MODEL_PARETO_NBD, MODEL_MBG_CNBD,
								MODEL_BG_CNBD};
	Model best = fit_kind(codes[0], options, data, unit);

	for (size_t i = 1; i < sizeof(codes) / sizeof(codes[0]); i++)
	{
		Model model;

		if (!options->gaps_known && model_kind(codes[i])->n_counts > 0)
			continue;
		model = fit_kind(codes[i], options, data, unit);
		if (model.loglik - model.kind->n_parameters > best.loglik - best.kind->n_parameters)
			best = model;
	}
	return best;
}

/* The same data in a unit that makes the mean time 1. */
static PurchaseData
scale_times(const PurchaseData *data, double *unit)
{
	PurchaseData scaled = *data;
	HistoryUsers *histories = host_alloc(data->n * sizeof(HistoryUsers));
	double sum = 0;

	for (size_t i = 0; i < data->n; i++)
		sum += data->histories[i].users * data->histories[i].t;
	*unit = sum > 0 ? sum / (double) data->users : 1;
	for (size_t i = 0; i < data->n; i++)
	{
		histories[i] = data->histories[i];
		histories[i].t_x /= *unit;
		histories[i].t /= *unit;
	}
	scaled.histories = histories;
	scaled.ln_gaps = data->ln_gaps - data->purchases * log(*unit);
	return scaled;
}

void
purchase_fit(const FitOptions *options, const PurchaseData *data, Model *model)
{
	PurchaseData scaled;
	double unit;

	if (data->users == 0)
	{
		*model = (Model){.kind = model_kind(options->code == MODEL_AUTO ? MODEL_MBG_NBD : options->code),
						 .fitted = true,
						 .status = FIT_TOO_FEW};
		return;
	}
	scaled = scale_times(data, &unit);
	if (options->code == MODEL_AUTO)
		*model = fit_likeliest(options, &scaled, unit);
	else
		*model = fit_kind(options->code, options, &scaled, unit);
	model_settle(model);
	host_free((void *) scaled.histories);
}

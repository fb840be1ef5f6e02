/*
 * spend_model.c: what a customer spends a purchase day.
 */
#include "kernel/models/spend_model.h"

#include <math.h>

#include "kernel/base/civil.h"
#include "kernel/base/money.h"
#include "kernel/math/special.h"

#define VERSION 2

enum
{
	REPEATS,
	TOTAL,
	CUSTOMERS,
	ROW_WORDS
};

#define P     SPEND_P
#define Q     SPEND_Q
#define GAMMA SPEND_GAMMA

static const char *
check_head(const uint64_t *head, TallyShape *shape)
{
	int64_t as_of = unzigzag(head[0]);

	if (shape->n_head != 1 || (as_of != SPEND_NO_DAY && !civil_day_valid(as_of)))
		return "bad parameters";
	return NULL;
}

static bool
row_valid(const uint64_t *head, const TallyShape *shape, const uint64_t *row)
{
	double total = real_of_bits(row[TOTAL]);

	(void) head;
	(void) shape;
	if (row[REPEATS] >= FIRST_SHARE_ROW)
		return net_share_row_valid(row);
	if (row[TOTAL] == 0)
		return row[REPEATS] <= 1;
	return isfinite(total) && total > 0 && row[REPEATS] >= 1 && row[REPEATS] <= INT64_MAX;
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	return tally_unpack(&spend_sample_kind, bytes, size, problem);
}

const TallyKind spend_sample_kind = {
	.state = {.type = "spend_sample", .pack = tally_pack, .unpack = unpack, .merge = tally_merge,
			  .checked_by_packing = true},
	.shape = {.version = VERSION,
			  .n_head = 1,
			  .row = {.n_keys = 2, .n_counts = 1, .real_keys = 1 << TOTAL}},
	.check_head = check_head,
	.row_valid = row_valid};

Tally *
spend_sample_add(Tally *state, int32_t as_of, const RepeatSpend *spend)
{
	uint64_t head[1] = {zigzag(as_of)};
	uint64_t row[ROW_WORDS] = {spend->repeats, bits_of_real(spend->total), 1};

	if (spend->repeats == 0 || !(spend->total > 0))
	{
		row[REPEATS] = spend->repeats > 0;
		row[TOTAL] = 0;
	}
	if (state == NULL)
		state = tally_create(&spend_sample_kind.shape, head);
	tally_expect(state, &spend_sample_kind.shape, head);
	if (!spend->buyer)
		return state;
	state = tally_add(state, row);
	return spend->settled.days > 0 ? net_share_add(state, &spend->settled) : state;
}

RepeatSpend
repeat_spend_of(const Summary *summary)
{
	RepeatSpend spend = {.amounts = summary->amounts, .buyer = summary->basis_days > 0};
	double unit = (double) power_of_ten(summary->scale);

	if (spend.buyer)
		spend.repeats = (uint64_t) summary->basis_days - 1;
	spend.total = (double) summary->repeat_amount / unit;
	spend.settled = (SettledSpend){(uint64_t) summary->settled_days,
								   (double) summary->settled_amount / unit,
								   (double) summary->refunds / unit};
	return spend;
}

double
spend_net_share(const Model *model, const SettledSpend *user)
{
	NetShare net = {.shaped = model->known,
					.shape = model->value[P],
					.known = model->has_fact[SPEND_NET_SHARE],
					.share = model->fact[SPEND_NET_SHARE],
					.differs = model->has_fact[SPEND_NET_SHARE_DAYS],
					.days = model->fact[SPEND_NET_SHARE_DAYS]};

	return net_share_of(&net, user);
}

double
spend_expected(const Model *model, const RepeatSpend *spend)
{
	double p = model->value[P];
	double below = p * (double) spend->repeats + model->value[Q] - 1;
	double total = spend->repeats > 0 ? spend->total : 0;

	if (!(below > 0) || (spend->repeats > 0 && !(total > 0)))
		return NAN;
	return p * (model->value[GAMMA] + total) / below * spend_net_share(model, &spend->settled);
}

/* What the likelihood is evaluated over. */
typedef struct SpendData
{
	const Tally *tally; /* sorted */
	uint32_t n;         /* its rows of spend, which come first */
	double unit;        /* of money: the mean of the means */
} SpendData;

/* The parts of the likelihood that customers with equally many repeats share. */
typedef struct SharedTerms
{
	double log_beta;
	double psi[2];      /* d ln B / dp / x and d ln B / dq, turned over */
	double trigamma[3]; /* pp / x^2, pq / x, qq */
} SharedTerms;

static SharedTerms
shared_terms(double px, double q)
{
	double psi = digamma(px + q);
	double both = trigamma(px + q);

	return (SharedTerms){log_beta(px, q),
						 {psi - digamma(px), psi - digamma(q)},
						 {both - trigamma(px), both, both - trigamma(q)}};
}

/* In ln p, ln q, ln gamma, with money in units of data->unit. */
static void
evaluate(const void *context, const double *theta, NewtonPoint *at)
{
	const SpendData *data = context;
	double value[SPEND_PARAMETERS] = {exp(theta[P]), exp(theta[Q]), exp(theta[GAMMA])};
	double gamma = value[GAMMA];
	double q = value[Q];
	uint64_t repeats = 0;
	SharedTerms shared = {0};

	for (uint32_t i = 0; i < data->n; i++)
	{
		const uint64_t *row = tally_row(data->tally, i);
		double n = (double) row[CUSTOMERS];
		double x = (double) row[REPEATS];
		double s = real_of_bits(row[TOTAL]) / data->unit;
		double px = value[P] * x;
		double up = log1p(s / gamma);
		double down = log1p(gamma / s);
		double both = s + gamma;

		tally_poll(i);
		if (row[TOTAL] == 0)
			continue;
		if (row[REPEATS] != repeats)
			shared = shared_terms(px, q);
		repeats = row[REPEATS];
		at->value -= n * (log(s / x) + shared.log_beta + q * up + px * down);
		at->gradient[P] += n * x * (shared.psi[0] - down);
		at->gradient[Q] += n * (shared.psi[1] - up);
		at->gradient[GAMMA] += n * (q * s / gamma - px) / both;
		at->hessian[P][P] += n * x * x * shared.trigamma[0];
		at->hessian[P][Q] += n * x * shared.trigamma[1];
		at->hessian[Q][Q] += n * shared.trigamma[2];
		at->hessian[P][GAMMA] -= n * x / both;
		at->hessian[Q][GAMMA] += n * s / (gamma * both);
		at->hessian[GAMMA][GAMMA] +=
			n * (px - q * s / gamma * (1 + both / gamma)) / (both * both);
	}
	newton_in_logarithms(SPEND_PARAMETERS, value, at);
}

/* Who is counted how, and the means over customers. */
static void
describe(SpendData *data, Model *model)
{
	double mean_x = 0;
	double mean_m = 0;
	double xx = 0;
	double mm = 0;
	double xm = 0;

	for (uint32_t i = 0; i < data->n; i++)
	{
		const uint64_t *row = tally_row(data->tally, i);
		double n = (double) row[CUSTOMERS];
		double x = (double) row[REPEATS];
		double m = real_of_bits(row[TOTAL]) / x;
		double apart_x = x - mean_x;
		double apart_m = m - mean_m;

		tally_poll(i);
		if (row[TOTAL] == 0)
		{
			model->fact[row[REPEATS] == 0 ? SPEND_NO_REPEAT : SPEND_NOT_POSITIVE] = n;
			continue;
		}
		model->users += row[CUSTOMERS];
		mean_x += apart_x * n / (double) model->users;
		mean_m += apart_m * n / (double) model->users;
		xx += n * apart_x * (x - mean_x);
		mm += n * apart_m * (m - mean_m);
		xm += n * apart_x * (m - mean_m);
	}
	for (int i = 0; i <= SPEND_NOT_POSITIVE; i++)
		model->has_fact[i] = true;
	model->fact[SPEND_CORRELATION] = xm / (sqrt(xx) * sqrt(mm));
	if (!isfinite(model->fact[SPEND_CORRELATION]))
		model->has_fact[SPEND_CORRELATION] = false;
	data->unit = mean_m;
}

static void
maximise(SpendData *data, Model *model)
{
	Newton search = {.n = SPEND_PARAMETERS, .function = evaluate, .context = data,
					 .theta = {0, log(3), 0}};

	newton_maximise(&search);
	model_of_search(&search, model);
	model->loglik -= (double) model->users * log(data->unit);
	model->value[GAMMA] *= data->unit;
	model->error[GAMMA] *= data->unit;
	model_settle(model);
}

static void
fit_net_share(const SpendData *data, Model *model)
{
	NetShare net = {.shaped = model->known, .shape = model->value[P]};

	net_share_fit(data->tally, data->n, &net);
	model->has_fact[SPEND_NET_SHARE] = net.known;
	model->fact[SPEND_NET_SHARE] = net.share;
	model->has_fact[SPEND_NET_SHARE_DAYS] = net.differs;
	model->fact[SPEND_NET_SHARE_DAYS] = net.days;
}

void
spend_fit(const Tally *state, Model *model)
{
	SpendData data = {.tally = tally_sorted(state)};

	*model = (Model){.kind = model_kind(MODEL_GAMMA_GAMMA), .fitted = true, .status = FIT_TOO_FEW};
	while (data.n < data.tally->n && tally_row(data.tally, data.n)[REPEATS] < FIRST_SHARE_ROW)
		data.n++;
	describe(&data, model);
	if (model->users >= SPEND_PARAMETERS)
		maximise(&data, model);
	fit_net_share(&data, model);
}

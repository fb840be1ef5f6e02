/*
 * bg_likelihood.c: the likelihood of (m)bg_nbd and (m)bg_cnbd.
 *
 * A user who was last seen at t_x is either there, with some number j < k of
 * stages done since, or left at t_x:
 *
 *	ln w_j = ln((R)_j / j!) + j ln((t - t_x) / (alpha + t)),   R = r + k x
 *	D      = ln(a / (b + x - 1 + m)) + R ln((alpha + t) / (alpha + t_x))
 *
 * and the likelihood is that of their purchases times the sum of all those.  All
 * gamma functions stand in differences over whole numbers, so they are sums,
 * which grow as x ascends.
 */
#include "kernel/models/purchase/purchase_fit.h"

#include <math.h>

#include "kernel/math/special.h"

enum
{
	R,
	ALPHA,
	A,
	B
};

/* What depends on x alone: gamma functions of r, b and a + b. */
typedef struct Sums
{
	GammaSums r;
	GammaSums b;
	GammaSums ab;
	double ln_stay; /* of ln((b + i) / (a + b + i)), exact where a is small */
} Sums;

static void
advance_stays(Sums *sums, double a, double b, double to)
{
	double from = sums->b.done;

	for (double i = from; i < to && to - from <= GAMMA_JUMP; i++)
		sums->ln_stay += log1p(-a / (a + b + i));
	if (to - from > GAMMA_JUMP)
		sums->ln_stay +=
			lgamma_ratio(b + from, to - from) - lgamma_ratio(a + b + from, to - from);
	gamma_sums_advance(&sums->b, b, to);
	gamma_sums_advance(&sums->ab, a + b, to);
}

/* The stages done since t_x, of one who is there: their sum and its derivatives. */
typedef struct Stages
{
	double ln;       /* of the sum */
	double r;        /* derivatives of that */
	double alpha;
	double r_r;
	double r_alpha;
	double alpha_alpha;
} Stages;

static Stages
sum_stages(int k, double shape, double y, double inverse_t)
{
	Stages s = {0};
	double weight = 1;
	double total = 1;
	double first = 0;
	double second = 0;
	double sum[5] = {0}; /* of the derivatives and their products */

	if (k == 1 || y == 0)
		return s;
	for (int j = 1; j < k; j++)
	{
		double d_alpha = -j * inverse_t;

		weight *= (shape + j - 1) * y / j;
		first += 1 / (shape + j - 1);
		second += 1 / ((shape + j - 1) * (shape + j - 1));
		total += weight;
		sum[0] += weight * first;
		sum[1] += weight * d_alpha;
		sum[2] += weight * (first * first - second);
		sum[3] += weight * first * d_alpha;
		sum[4] += weight * (d_alpha * d_alpha - d_alpha * inverse_t);
	}
	s.ln = log(total);
	s.r = sum[0] / total;
	s.alpha = sum[1] / total;
	s.r_r = sum[2] / total - s.r * s.r;
	s.r_alpha = sum[3] / total - s.r * s.alpha;
	s.alpha_alpha = sum[4] / total - s.alpha * s.alpha;
	return s;
}

/* Add the users of one history. */
static void
add_history(const HistoryUsers *history, const double *p, int k, int m, const Sums *sums,
			double ln_alpha, NewtonPoint *at)
{
	double x = (double) history->x;
	double w = history->users;
	double shape = p[R] + k * x;
	double one_t = 1 / (p[ALPHA] + history->t);
	double ln_t = log1p(history->t / p[ALPHA]);
	Stages there = sum_stages(k, shape, (history->t - history->t_x) * one_t, one_t);
	double left = 0;   /* probability of having left */
	double d[4] = {0}; /* derivatives of D, less those of one who is there */
	double value = sums->r.ln - p[R] * ln_t - k * x * (ln_alpha + ln_t) + sums->ln_stay + there.ln;

	if (m == 1 || x > 0)
	{
		double last = p[B] + (x - 1 + m);
		double one_x = 1 / (p[ALPHA] + history->t_x);
		double ln_idle = log1p((history->t - history->t_x) * one_x);
		double odds = log(p[A] / last) + shape * ln_idle - there.ln;
		double small = exp(-fabs(odds));

		left = odds < 0 ? small / (1 + small) : 1 / (1 + small);
		value += fmax(odds, 0) + log1p(small);
		d[R] = ln_idle - there.r;
		d[ALPHA] = shape * (one_t - one_x) - there.alpha;
		d[A] = 1 / p[A];
		d[B] = -1 / last;
		at->hessian[R][ALPHA] += w * left * (one_t - one_x);
		at->hessian[ALPHA][ALPHA] += w * left * shape * (one_x * one_x - one_t * one_t);
		at->hessian[A][A] -= w * left * d[A] * d[A];
		at->hessian[B][B] += w * left * d[B] * d[B];
		for (int i = 0; i < 4; i++)
			for (int j = i; j < 4; j++)
				at->hessian[i][j] += w * left * (1 - left) * d[i] * d[j];
	}
	at->value += w * value;
	at->gradient[R] += w * (sums->r.first - ln_t + there.r + left * d[R]);
	at->gradient[ALPHA] +=
		w * (p[R] / p[ALPHA] - shape * one_t + there.alpha + left * d[ALPHA]);
	at->gradient[A] += w * (left * d[A] - sums->ab.first);
	at->gradient[B] += w * (sums->b.first - sums->ab.first + left * d[B]);
	at->hessian[R][R] += w * ((1 - left) * there.r_r - sums->r.second);
	at->hessian[R][ALPHA] += w * (1 / p[ALPHA] - one_t + (1 - left) * there.r_alpha);
	at->hessian[ALPHA][ALPHA] += w * (shape * one_t * one_t - p[R] / (p[ALPHA] * p[ALPHA]) +
									  (1 - left) * there.alpha_alpha);
	at->hessian[A][A] += w * sums->ab.second;
	at->hessian[A][B] += w * sums->ab.second;
	at->hessian[B][B] += w * (sums->ab.second - sums->b.second);
}

void
bg_likelihood(const void *context, const double *theta, NewtonPoint *at)
{
	const Likelihood *likelihood = context;
	const PurchaseData *data = likelihood->data;
	int k = likelihood->k;
	int m = likelihood->code == MODEL_MBG_NBD || likelihood->code == MODEL_MBG_CNBD;
	double p[4];
	Sums sums = {0};

	for (int i = 0; i < 4; i++)
		p[i] = exp(theta[i]);
	for (size_t i = 0; i < data->n; i++)
	{
		const HistoryUsers *history = &data->histories[i];

		if ((i & 0xFFF) == 0xFFF)
			host_poll();
		gamma_sums_advance(&sums.r, p[R], k * (double) history->x);
		advance_stays(&sums, p[A], p[B], (double) history->x + m);
		add_history(history, p, k, m, &sums, theta[ALPHA], at);
	}
	at->value += (k - 1) * data->ln_gaps - lgamma(k) * data->purchases;
	newton_in_logarithms(PURCHASE_PARAMETERS, p, at);
}

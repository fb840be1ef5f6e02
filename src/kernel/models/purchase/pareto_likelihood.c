/*
 * pareto_likelihood.c: the likelihood of pareto_nbd.
 *
 * A user last seen at t_x is either there, or left at some time u between t_x
 * and t, in which they bought nothing.  With
 *
 *	J = s / (beta + t) * integral over u of ((alpha + t) / (alpha + u))^(r + x) *
 *											((beta + t) / (beta + u))^(s + 1)
 *
 * it is that of their purchases times 1 + J.  The derivatives are moments under
 * what is integrated.
 */
#include "kernel/models/purchase/purchase_fit.h"

#include <math.h>

#include "kernel/math/special.h"
#include "kernel/models/purchase/purchase.h"

#define TAIL        1e-18

enum
{
	R,
	ALPHA,
	S,
	BETA
};

/* Moments of what the logarithm's derivatives are made of. */
typedef struct Moments
{
	double sum;           /* of what is integrated, relative to u = t_x */
	double first[4];      /* derivatives by r, alpha, s, beta */
	double second[4][4];  /* their products, the upper triangle */
	double own[4];        /* second derivatives: r alpha, alpha alpha, s beta, beta beta */
} Moments;

/*
 * Over y = ln((m + u) / (m + t_x)), m = min(alpha, beta).  Derivatives are of the
 * integrand's logarithm relative to u = t_x: a constant is added later.
 */
static Moments
integrate(double p, double q, double a, double b, double length)
{
	Moments moments = {0};
	double m = fmin(a, b);
	double range = log1p(length / m);

	for (double from = 0; from < range;)
	{
		double u = m * expm1(from);
		double slope = 1 - p * (m + u) / (a + u) - q * (m + u) / (b + u);
		double width = fmin(range - from, fmin(DEATH_WIDTH, DEATH_FALL / fabs(slope)));

		if (from + width == from ||
			(slope < 0 && m * exp(from - p * log1p(u / a) - q * log1p(u / b)) <=
							  TAIL * -slope * moments.sum))
			break;
		for (int i = 0; i < LEGENDRE_POINTS; i++)
		{
			double y = from + width * legendre_at[i];
			double grown; /* m + u */
			double one_a;
			double one_b;
			double ln_a;
			double ln_b;
			double weight;
			double d[4];

			u = m * expm1(y);
			grown = m + u;
			one_a = 1 / (a + u);
			one_b = 1 / (b + u);
			ln_a = a == m ? y : log1p(u / a);
			ln_b = b == m ? y : log1p(u / b);
			weight = width * legendre_weight[i] * grown * exp(-p * ln_a - q * ln_b);
			d[R] = -ln_a;
			d[ALPHA] = p * (1 / a - one_a);
			d[S] = -ln_b;
			d[BETA] = q * (1 / b - one_b);
			moments.sum += weight;
			for (int j = 0; j < 4; j++)
			{
				moments.first[j] += weight * d[j];
				for (int l = j; l < 4; l++)
					moments.second[j][l] += weight * d[j] * d[l];
			}
			moments.own[0] += weight * (1 / a - one_a);
			moments.own[1] += weight * p * (one_a * one_a - 1 / (a * a));
			moments.own[2] += weight * (1 / b - one_b);
			moments.own[3] += weight * q * (one_b * one_b - 1 / (b * b));
		}
		from += width;
	}
	return moments;
}

/* Add the users who may have left since t_x. */
static void
add_idle(const HistoryUsers *history, const double *p, NewtonPoint *at)
{
	double idle = history->t - history->t_x;
	double shape = p[R] + (double) history->x;
	double a = p[ALPHA] + history->t_x;
	double b = p[BETA] + history->t_x;
	double one_a = 1 / a;
	double one_b = 1 / b;
	double one_at = 1 / (p[ALPHA] + history->t);
	double one_bt = 1 / (p[BETA] + history->t);
	double ln_a = log1p(idle * one_a);
	double ln_b = log1p(idle * one_b);
	Moments moments = integrate(shape, p[S] + 1, a, b, idle);
	double odds = log(p[S] * one_bt) + shape * ln_a + (p[S] + 1) * ln_b + log(moments.sum);
	double left = sigmoid(odds);
	double w = history->users;
	double base[4]; /* derivatives of what stands before the integral */
	double d[4];    /* derivatives of ln J */

	base[R] = ln_a;
	base[ALPHA] = shape * (one_at - one_a);
	base[S] = ln_b + 1 / p[S];
	base[BETA] = (p[S] + 1) * (one_bt - one_b) - one_bt;
	for (int i = 0; i < 4; i++)
	{
		moments.first[i] /= moments.sum;
		moments.own[i] /= moments.sum;
		d[i] = base[i] + moments.first[i];
		at->gradient[i] += w * left * d[i];
	}
	at->value += w * softplus(odds);
	for (int i = 0; i < 4; i++)
		for (int j = i; j < 4; j++)
			at->hessian[i][j] +=
				w * left * ((1 - left) * d[i] * d[j] + moments.second[i][j] / moments.sum -
							moments.first[i] * moments.first[j]);
	at->hessian[R][ALPHA] += w * left * (one_at - one_a + moments.own[0]);
	at->hessian[ALPHA][ALPHA] +=
		w * left * (shape * (one_a * one_a - one_at * one_at) + moments.own[1]);
	at->hessian[S][S] -= w * left / (p[S] * p[S]);
	at->hessian[S][BETA] += w * left * (one_bt - one_b + moments.own[2]);
	at->hessian[BETA][BETA] += w * left * ((p[S] + 1) * (one_b * one_b - one_bt * one_bt) +
										   one_bt * one_bt + moments.own[3]);
}

/* Add what the users of one history bought, and that they were there until t. */
static void
add_seen(const HistoryUsers *history, const double *p, const double *theta, NewtonPoint *at)
{
	double x = (double) history->x;
	double shape = p[R] + x;
	double one_at = 1 / (p[ALPHA] + history->t);
	double one_bt = 1 / (p[BETA] + history->t);
	double ln_a = log1p(history->t / p[ALPHA]);
	double ln_b = log1p(history->t / p[BETA]);
	double w = history->users;

	at->value -= w * (p[R] * ln_a + x * (theta[ALPHA] + ln_a) + p[S] * ln_b);
	at->gradient[R] -= w * ln_a;
	at->gradient[ALPHA] += w * (p[R] / p[ALPHA] - shape * one_at);
	at->gradient[S] -= w * ln_b;
	at->gradient[BETA] += w * p[S] * (1 / p[BETA] - one_bt);
	at->hessian[R][ALPHA] += w * (1 / p[ALPHA] - one_at);
	at->hessian[ALPHA][ALPHA] += w * (shape * one_at * one_at - p[R] / (p[ALPHA] * p[ALPHA]));
	at->hessian[S][BETA] += w * (1 / p[BETA] - one_bt);
	at->hessian[BETA][BETA] += w * p[S] * (one_bt * one_bt - 1 / (p[BETA] * p[BETA]));
}

void
pareto_likelihood(const void *context, const double *theta, NewtonPoint *at)
{
	const PurchaseData *data = ((const Likelihood *) context)->data;
	double p[4];
	GammaSums sums = {0};

	for (int i = 0; i < 4; i++)
		p[i] = exp(theta[i]);
	for (size_t i = 0; i < data->n; i++)
	{
		const HistoryUsers *history = &data->histories[i];

		if ((i & 0xFFF) == 0xFFF)
			host_poll();
		gamma_sums_advance(&sums, p[R], (double) history->x);
		at->value += history->users * sums.ln;
		at->gradient[R] += history->users * sums.first;
		at->hessian[R][R] -= history->users * sums.second;
		add_seen(history, p, theta, at);
		if (history->t > history->t_x)
			add_idle(history, p, at);
	}
	newton_in_logarithms(PURCHASE_PARAMETERS, p, at);
}

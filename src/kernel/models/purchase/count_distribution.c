/*
 * count_distribution.c: sums over the number of stages; where there are too many, an
 * integral over the probability to leave.
 */
#include "kernel/models/purchase/count_distribution.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernel/math/special.h"

#define MANY_TERMS  20000
#define POLL_MASK   0xFFFF
#define CHECK_TERMS 8 /* the end is looked for after so many terms, a power of 2 */
#define TOO_LARGE   1e200
#define LN_LARGE    460.51701859880916 /* 200 ln 10 */
#define TAIL        1e-17
#define HALF_BIT    5.551115123125783e-17 /* 2^-54: no more than that of a sum does not change it */
#define TAIL_LOGITS 38.0
#define SMALL_STAY  -3.0 /* ln(1 - p) from which few purchases matter */
#define NODE_TERMS  30   /* that take as long as a node of the integral */
#define SMALL_COUNTS 64  /* purchases that are all that matters then */
#define NARROW      0.01 /* step of a narrow distribution of p */
#define NARROW_STEPS 80  /* a step being half a standard deviation */
#define PI          3.14159265358979323846

/* ln(1 + tau) times the shape: minus the logarithm of no stage at all. */
static inline double
ln_none(const CountDistribution *count)
{
	return count->shape * log1p(count->tau);
}

/* Probability of n stages. */
static double
stages_exactly(const CountDistribution *count, int64_t n)
{
	double z = count->tau / (1 + count->tau);
	double product = 1;
	double ln = -ln_none(count);

	if (n == 0)
		return exp(ln);
	if (n > MANY_TERMS)
		return exp(ln + lgamma_ratio(count->shape, (double) n) - lgamma_ratio(1, (double) n) +
				   (double) n * log(z));
	for (int64_t i = 1; i <= n; i++)
	{
		product *= (count->shape + (double) (i - 1)) / (double) i * z;
		if (product > TOO_LARGE)
		{
			product /= TOO_LARGE;
			ln += LN_LARGE;
		}
	}
	return ln < -700 && product > 0 ? exp(ln + log(product)) : exp(ln) * product;
}

double
count_exactly(const CountDistribution *count, int64_t n)
{
	double sum = 0;

	for (int i = 0; i < count->k; i++)
	{
		int64_t stages = n * count->k - count->done + i;

		if (stages >= 0)
			sum += stages_exactly(count, stages);
	}
	return sum;
}

double
count_at_least(const CountDistribution *count, int64_t n)
{
	double stages = (double) n * count->k - count->done;

	if (stages <= 0)
		return 1;
	return beta_i(stages, count->shape, count->tau / (1 + count->tau), 1 / (1 + count->tau));
}

/*
 * The sum over all numbers of stages of their probability times either the
 * purchases up to the last, or the probability to stay.
 */
static inline double
sum_stages(const CountDistribution *count, double a, double b, bool purchases)
{
	double z = count->tau / (1 + count->tau);
	double most = count->shape * count->tau;
	double ln = -ln_none(count);
	double probability = 1; /* of n stages, relative to none */
	double stay = 1;        /* after all purchases so far */
	double so_far = 0;      /* purchases */
	double sum = purchases ? 0 : 1;
	int done = count->done;

	for (double n = 1;; n++)
	{
		double term;
		double ratio; /* of the next term, at most */

		probability *= (count->shape + (n - 1)) / n * z;
		if (++done == count->k)
		{
			done = 0;
			so_far += stay;
			stay *= b / (a + b);
			b++;
		}
		term = probability * (purchases ? so_far : stay);
		sum += term;
		if (n > most && ((int64_t) n & (CHECK_TERMS - 1)) == 0 && (so_far > 0 || !purchases))
		{
			ratio = z * (count->shape + n) / (n + 1) * (purchases ? 1 + stay / so_far : 1);
			if (ratio < 1 && (term < DBL_MIN || term * ratio <= TAIL * (1 - ratio) * sum))
				break;
		}
		if (probability > TOO_LARGE)
		{
			probability /= TOO_LARGE;
			sum /= TOO_LARGE;
			ln += LN_LARGE;
		}
		if (((int64_t) n & POLL_MASK) == POLL_MASK)
			host_poll();
	}
	return ln < -700 ? exp(ln + log(sum)) : exp(ln) * sum;
}

/* E[(1 - p)^purchases] where 1 - p is small, so that more purchases do not matter. */
static double
stay_by_counts(const CountDistribution *count, double stay)
{
	double z = count->tau / (1 + count->tau);
	double ln = -ln_none(count);
	double probability = 1;
	double sum = 1;
	int stages = SMALL_COUNTS * count->k;

	for (int n = 1; n < stages; n++)
	{
		probability *= (count->shape + (n - 1)) / n * z;
		if ((count->done + n) % count->k == 0)
			probability *= stay;
		sum += probability;
		if (sum > TOO_LARGE)
		{
			probability /= TOO_LARGE;
			sum /= TOO_LARGE;
			ln += LN_LARGE;
		}
	}
	return exp(ln + log(sum));
}

/*
 * Given the logarithm of 1 - p, p being the probability to leave:
 * E[(1 - p)^purchases], or 1 less that.  The whole part in the number of
 * purchases is taken apart by the k-th roots of unity, whose first is all there
 * is if k = 1.
 */
static double
given_stay(const CountDistribution *count, double ln_stay, bool less)
{
	int k = count->k;
	double share = ln_stay / k; /* of one stage */
	double sum = 0;

	if (k > 1 && ln_stay < SMALL_STAY)
	{
		sum = stay_by_counts(count, exp(ln_stay));
		return less ? 1 - sum : sum;
	}
	for (int m = 0; m < k; m++)
	{
		double angle = 2 * PI * m / k;
		double re = m == 0 ? 1 : 0; /* of the root's coefficient */
		double im = 0;
		double ln_size; /* of (1 + tau * (1 - exp(share) * root))^-shape */
		double turn = 0;

		for (int l = 0; l < k && k > 1; l++)
		{
			double off = expm1(share * ((count->done + l) / k * k - l));

			re += off * cos(angle * l) / k;
			im -= off * sin(angle * l) / k;
		}
		if (m == 0)
			ln_size = -count->shape * log1p(-count->tau * expm1(share));
		else
		{
			double base_re = 1 + count->tau * (1 - exp(share) * cos(angle));
			double base_im = -count->tau * exp(share) * sin(angle);

			ln_size = -count->shape * log(hypot(base_re, base_im));
			turn = -count->shape * atan2(base_im, base_re);
		}
		if (less)
			sum += re * (m == 0 ? -expm1(ln_size) : 1 - exp(ln_size) * cos(turn)) +
				   im * exp(ln_size) * sin(turn);
		else
			sum += exp(ln_size) * (re * cos(turn) - im * sin(turn));
	}
	return sum;
}

/* The same by the trapezoidal rule over the logit of p, its tails as geometric series. */
static double
integrate_leave(const CountDistribution *count, double a, double b, bool purchases, double from,
				double step)
{
	double ln_beta = log_beta(a, b);
	double sum = 0;
	double f = 0;

	for (int64_t i = 0; from + (double) i * step < TAIL_LOGITS; i++)
	{
		double logit = from + (double) i * step;
		double ln_leave = -softplus(-logit);
		double ln_stay = -softplus(logit);

		f = exp((purchases ? a - 1 : a) * ln_leave + b * ln_stay - ln_beta) *
			given_stay(count, ln_stay, purchases);
		sum += f;
		if (i == 0)
			sum += f / expm1(a * step);
		if ((i & POLL_MASK) == POLL_MASK)
			host_poll();
	}
	return step * (sum + f / expm1(b * step));
}

/*
 * The same where the distribution of p is narrow: around its mode only, and
 * divided by the sum of the weights, whose size cancels.
 */
static double
average_leave(const CountDistribution *count, double a, double b, bool purchases, double step)
{
	double mode = a / (a + b);
	double weights = 0;
	double sum = 0;

	for (int i = -NARROW_STEPS; i <= NARROW_STEPS; i++)
	{
		double off = i * step; /* of the logit */
		double weight = exp(a * off - (a + b) * log1p(mode * expm1(off)));
		double logit = log(a / b) + off;

		weights += weight;
		sum += weight * given_stay(count, -softplus(logit), purchases) *
			   (purchases ? exp(softplus(-logit)) : 1);
	}
	return sum / weights;
}

/* About how many stages matter. */
static double
terms_needed(const CountDistribution *count)
{
	double most = count->shape * count->tau;

	return most + 12 * sqrt(most * (1 + count->tau)) + 36 * (1 + count->tau);
}

/* By the shortest way. */
static double
expectation(const CountDistribution *count, double a, double b, bool purchases)
{
	double terms = terms_needed(count);
	double step = fmin(0.25, 0.5 * sqrt(1 / a + 1 / b));
	double reach = count->tau * (count->shape + 1);
	double from = -(isinf(reach) ? log(count->tau) + log1p(count->shape) : log1p(reach)) - TAIL_LOGITS;
	double nodes = (TAIL_LOGITS - from) / step;

	if (terms < MANY_TERMS)
		return sum_stages(count, a, b, purchases);
	if (step < NARROW && (purchases || count->shape * count->shape < a))
		return average_leave(count, a, b, purchases, step);
	if (terms < NODE_TERMS * nodes)
		return sum_stages(count, a, b, purchases);
	return integrate_leave(count, a, b, purchases, from, step);
}

double
count_expected(const CountDistribution *count, double a, double b)
{
	return count->tau == 0 ? 0 : expectation(count, a, b, true);
}

double
count_stay(const CountDistribution *count, double a, double b)
{
	return count->tau == 0 ? 1 : expectation(count, a, b, false);
}

/* Two times side by side, as every processor has them. */
#define PAIRS (COUNT_TIMES / 2)
typedef double Pair __attribute__((vector_size(2 * sizeof(double))));

/*
 * sum_stages for several ascending times together; k is 1, and no probability
 * grows too large relative to none.  Later times need more terms: a pair ends
 * where those to come would not change a bit of its sums, or have too few bits to get smaller.
 */
static void
sum_together(double shape, double a, double b, const double *tau, double *sums)
{
	Pair z[PAIRS];
	Pair probability[PAIRS];
	Pair sum[PAIRS];
	double stay = 1;
	double purchases = 0;
	int ended = 0; /* pairs */

	for (int i = 0; i < COUNT_TIMES; i++)
	{
		z[i / 2][i % 2] = tau[i] / (1 + tau[i]);
		probability[i / 2][i % 2] = 1;
		sum[i / 2][i % 2] = 0;
	}
	for (double n = CHECK_TERMS; ended < PAIRS; n += CHECK_TERMS)
	{
		Pair growth[CHECK_TERMS]; /* of the probability, times z */
		Pair so_far[CHECK_TERMS];
		double ratio;

		for (int j = 0; j < CHECK_TERMS; j++)
		{
			double term = n - CHECK_TERMS + 1 + j;

			/* two divisions in the time of one */
			Pair ratios = (Pair){shape + (term - 1), b} / (Pair){term, a + b};

			purchases += stay;
			growth[j] = (Pair){ratios[0], ratios[0]};
			so_far[j] = (Pair){purchases, purchases};
			stay *= ratios[1];
			b++;
		}
		for (int i = ended; i < PAIRS; i++)
			for (int j = 0; j < CHECK_TERMS; j++)
			{
				probability[i] *= growth[j] * z[i];
				sum[i] += probability[i] * so_far[j];
			}
		ratio = z[ended][1] * (shape + n) / (n + 1) * (1 + stay / purchases);
		if (n > shape * tau[2 * ended + 1] && ratio < 1 &&
			(probability[ended][1] < DBL_MIN ||
			 probability[ended][1] * purchases * ratio <= HALF_BIT * sum[ended][1]))
			ended++;
	}
	memcpy(sums, sum, sizeof(sum));
}

/* count->k is 1. */
void
count_expected_at(const CountDistribution *count, double a, double b, const double *tau, int n,
				  double *expected)
{
	CountDistribution at = *count;
	double times[COUNT_TIMES];
	double sum[COUNT_TIMES];

	at.tau = tau[n - 1];
	if (ln_none(&at) > LN_LARGE || terms_needed(&at) >= MANY_TERMS)
	{
		for (int i = 0; i < n; i++)
		{
			at.tau = tau[i];
			expected[i] = count_expected(&at, a, b);
		}
		return;
	}
	for (int i = 0; i < COUNT_TIMES; i++)
		times[i] = tau[i < n ? i : n - 1];
	sum_together(at.shape, a, b, times, sum);
	for (int i = 0; i < n; i++)
	{
		at.tau = tau[i];
		expected[i] = exp(-ln_none(&at)) * sum[i];
	}
}

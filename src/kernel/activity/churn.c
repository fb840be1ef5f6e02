/*
 * churn.c: how likely silence is, from one user's gaps alone.
 */
#include "kernel/activity/churn.h"

#include <math.h>

#include "kernel/math/special.h"

#define NO_MORE 10000 /* stages in a silence: exp(-NO_MORE) is 0 */

/* ((A + u) / (A + u + h))^R */
double
churn_risk(double shape, double rate, double idle, double horizon)
{
	return exp(-shape * log1p(horizon / (rate + idle)));
}

/* ln(exp(a) + exp(b)) for a finite a */
static double
log_add(double a, double b)
{
	return a > b ? a + log1p(exp(b - a)) : b + log1p(exp(a - b));
}

/*
 * (A / (A + u))^R * sum over j < k of (R)_j / j! * (u / (A + u))^j.  All terms
 * are positive, so nothing cancels; in logarithms nothing overflows.
 */
double
churn_gap_survival(double shape, double rate, double idle, int regularity)
{
	double step = idle / (rate + idle);
	double log_term = 0;
	double log_sum = 0;
	double survival;

	for (int j = 1; j < regularity; j++)
	{
		log_term += log((shape + j - 1) / j * step);
		log_sum = log_add(log_sum, log_term);
	}
	survival = exp(log_sum - shape * log1p(idle / rate));
	return survival < 1 ? survival : 1;
}

double
churn_gap_survival_plugin(double gaps, double sum, double idle, int regularity)
{
	double stages = idle > 0 ? regularity * (gaps / sum * idle) : 0;

	return stages < NO_MORE ? gamma_q(regularity, stages) : 0;
}

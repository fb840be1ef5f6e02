/*
 * purchase.c: what a purchase model says of one user.
 */
#include "kernel/models/purchase/purchase.h"

#include <float.h>
#include <math.h>

#include "kernel/math/special.h"
#include "kernel/models/purchase/count_distribution.h"

#define TAIL           1e-18 /* of an integral */
#define DISCOUNT_STEP  0.25  /* of the logarithm of time */
#define DISCOUNT_FROM  -21.0 /* of that time times the rate: exp(2 * it) is nothing */
#define DISCOUNT_TO    3.75  /* exp(-exp(it)) is nothing */
#define MODE_HALVINGS  60
#define LONGEST_TIME   1e280  /* in units of the rate */
#define SHORTEST       1e-300 /* of a length: what is less makes no difference, but quotients that are no numbers */

const char *
history_problem(int64_t x, double t_x, double t)
{
	if (x < 0 || x > HISTORY_MAX_X)
		return "the number x of purchases after the first must be from 0 to 1000000000";
	if (!isfinite(t_x) || !isfinite(t) || t_x < 0)
		return "the times t_x and t must be finite and not negative";
	if (t_x > t)
		return "the time t_x of the last purchase must not exceed t";
	if (x == 0 && t_x > 0)
		return "the time t_x of the last purchase must be 0 if x is 0";
	return NULL;
}

double
death_integral(double p, double q, double a, double b, double length)
{
	double nothing = length * SHORTEST;
	double m = fmax(fmin(a, b), nothing);
	double rest = fmax(fmax(a, b), nothing);
	double p_m = a <= b ? p : q; /* the power of m, and that of the other */
	double p_rest = a <= b ? q : p;
	double range = log1p(length / m);
	double sum = 0;

	/* over y = ln((m + u) / m), where the logarithm of what is integrated is concave */
	for (double from = 0; from < range;)
	{
		double u = m * expm1(from);
		double slope = 1 - p_m - p_rest * (m + u) / (rest + u);
		double width = fmin(range - from, fmin(DEATH_WIDTH, DEATH_FALL / fabs(slope)));

		if (from + width == from ||
			(slope < 0 &&
			 m * exp((1 - p_m) * from - p_rest * log1p(u / rest)) <= TAIL * -slope * sum))
			break;
		for (int i = 0; i < LEGENDRE_POINTS; i++)
		{
			double y = from + width * legendre_at[i];

			sum += width * legendre_weight[i] * m *
				   exp((1 - p_m) * y - p_rest * log1p(m / rest * expm1(y)));
		}
		from += width;
	}
	return sum;
}

static double
pareto_alive(const Posterior *user, double a, double b, double idle)
{
	double integral;

	if (idle == 0)
		return 1;
	integral = death_integral(user->shape, user->leave + 1, a, b, idle);
	return sigmoid(-(log(user->leave / user->stay) + user->shape * log1p(idle / a) +
					 (user->leave + 1) * log1p(idle / b) + log(integral)));
}

/* How likely so many stages are done since the last purchase; returns ln of their sum. */
static double
weigh_stages(Posterior *user, double t_x, double t)
{
	double y = (t - t_x) / user->rate;
	double sum = 1;

	user->stage[0] = 1;
	for (int j = 1; j < user->k; j++)
	{
		user->stage[j] = user->stage[j - 1] * (user->shape + (j - 1)) * y / j;
		sum += user->stage[j];
	}
	for (int j = 0; j < user->k; j++)
		user->stage[j] /= sum;
	return log(sum);
}

static bool
leaves_at_first(int code)
{
	return code == MODEL_MBG_NBD || code == MODEL_MBG_CNBD;
}

Posterior
purchase_posterior(const Model *model, int64_t x, double t_x, double t)
{
	const double *value = model->value;
	int code = model->kind->code;
	int m = leaves_at_first(code);
	Posterior user = {.pareto = code == MODEL_PARETO_NBD, .k = 1, .alive = 1};
	double ln_stages;

	if (model->kind->n_counts > 0)
		user.k = (int) value[4];
	user.shape = value[0] + (double) user.k * (double) x;
	user.rate = value[1] + t;
	user.leave = value[2];
	user.stay = value[3] + (user.pareto ? t : (double) x + m);
	if (user.pareto)
	{
		user.alive = pareto_alive(&user, value[1] + t_x, value[3] + t_x, t - t_x);
		return user;
	}
	ln_stages = weigh_stages(&user, t_x, t);
	if (m == 1 || x > 0)
		user.alive = sigmoid(ln_stages - log(user.leave / (value[3] + (double) x - 1 + m)) -
							 user.shape * log1p((t - t_x) / (value[1] + t_x)));
	return user;
}

/*
 * A horizon in units of the rate. Beyond the longest one nothing changes any more, and products
 * with it are no numbers.
 */
static double
relative_time(const Posterior *user, double horizon)
{
	return fmin(horizon / user->rate, LONGEST_TIME);
}

/* Purchases in the horizon of a user who is there, with so many stages done. */
static CountDistribution
count_of(const Posterior *user, int done, double horizon)
{
	return (CountDistribution){.shape = user->shape + done,
							   .tau = relative_time(user, horizon),
							   .k = user->k,
							   .done = done};
}

Posterior
purchase_posterior_of_days(const Model *model, const Summary *summary, int32_t as_of)
{
	double first = summary->first_basis_day;

	return purchase_posterior(model, summary->basis_days - 1,
							  (summary->last_basis_day - first) / model->unit_days,
							  ((double) as_of - 1 - first) / model->unit_days);
}

/* Rounding may exceed what a probability is, and far-off parameters have no digits left. */
static double
within_0_and_1(double probability)
{
	return probability > 1 ? 1 : probability < 0 ? 0 : probability;
}

double
posterior_alive(const Posterior *user, double horizon)
{
	double sum = 0;

	if (user->pareto)
		return user->alive * exp(-user->leave * log1p(horizon / user->stay));
	for (int j = 0; j < user->k; j++)
	{
		CountDistribution count = count_of(user, j, horizon);

		if (user->stage[j] > 0)
			sum += user->stage[j] * count_stay(&count, user->leave, user->stay);
	}
	return within_0_and_1(user->alive * sum);
}

double
posterior_expected(const Posterior *user, double horizon)
{
	double sum = 0;

	if (user->alive == 0)
		return 0;
	if (user->pareto)
	{
		double away = user->leave - 1;
		double ln = log1p(horizon / user->stay);

		return user->alive * user->shape / user->rate * user->stay *
			   (away == 0 ? ln : -expm1(-away * ln) / away);
	}
	for (int j = 0; j < user->k; j++)
	{
		CountDistribution count = count_of(user, j, horizon);

		if (user->stage[j] > 0)
			sum += user->stage[j] * count_expected(&count, user->leave, user->stay);
	}
	return user->alive * sum;
}

void
posterior_expected_at(const Posterior *user, const double *end, int n, double *expected)
{
	double tau[COUNT_TIMES] = {0};
	CountDistribution count = count_of(user, 0, 0);

	if (user->pareto || user->k > 1 || user->alive == 0)
	{
		for (int i = 0; i < n; i++)
			expected[i] = posterior_expected(user, end[i]);
		return;
	}
	for (int i = 0; i < n; i++)
		tau[i] = relative_time(user, end[i]);
	count_expected_at(&count, user->leave, user->stay, tau, n, expected);
	for (int i = 0; i < n; i++)
		expected[i] *= user->alive;
}

/* What is integrated over v, the logarithm of the time left to a user who leaves. */
typedef struct LeaveTime
{
	double n;     /* purchases until then */
	double power; /* shape + n */
	double rate;
	double leave; /* s + 1 */
	double stay;
} LeaveTime;

static double
leave_ln(const LeaveTime *at, double v)
{
	double u = exp(v);

	return (at->n + 1) * v - at->power * log1p(u / at->rate) - at->leave * log1p(u / at->stay);
}

/* Its derivative, which falls. */
static double
leave_slope(const LeaveTime *at, double v)
{
	double u = exp(v);

	return at->n + 1 - at->power * u / (at->rate + u) - at->leave * u / (at->stay + u);
}

/* The square root of how much that falls, which grows with v at most as exp(v / 2) does. */
static double
leave_bend(const LeaveTime *at, double v)
{
	double u = exp(v);

	return sqrt(at->power * u / (at->rate + u) * at->rate / (at->rate + u) +
				at->leave * u / (at->stay + u) * at->stay / (at->stay + u));
}

/* Where it is largest up to a limit. */
static double
leave_mode(const LeaveTime *at, double limit)
{
	double low = fmin(log(DBL_MIN), limit);
	double high = limit;

	if (leave_slope(at, limit) >= 0)
		return limit;
	for (int i = 0; i < MODE_HALVINGS; i++)
	{
		double middle = (low + high) / 2;

		if (leave_slope(at, middle) < 0)
			high = middle;
		else
			low = middle;
	}
	return low;
}

/* The integral from a point in a direction, relative to a peak, added to a sum. */
static double
leave_integral(const LeaveTime *at, double from, int direction, double limit, double peak,
			   double sum)
{
	while (direction < 0 || from < limit)
	{
		double slope = leave_slope(at, from);
		double width = fmin(1, 4 / (fabs(slope) + leave_bend(at, from)));

		if (direction > 0)
			width = fmin(width, limit - from);
		if (from + direction * width == from ||
			(direction * slope < 0 && exp(leave_ln(at, from) - peak) <= TAIL * fabs(slope) * sum))
			break;
		for (int i = 0; i < LEGENDRE_POINTS; i++)
			sum += width * legendre_weight[i] *
				   exp(leave_ln(at, from + direction * width * legendre_at[i]) - peak);
		from += direction * width;
	}
	return sum;
}

/* Probability of n > 0 purchases of one who leaves in the horizon, after the last of them. */
static double
pareto_last_purchases(const Posterior *user, double horizon, double n)
{
	LeaveTime at = {n, user->shape + n, user->rate, user->leave + 1, user->stay};
	double limit = log(horizon);
	double mode = leave_mode(&at, limit);
	double peak = leave_ln(&at, mode);
	double sum = leave_integral(&at, mode, -1, limit, peak, 0);

	sum = leave_integral(&at, mode, 1, limit, peak, sum);
	return exp(lgamma_ratio(user->shape, n) - lgamma_ratio(1, n) - n * log(user->rate) +
			   log(user->leave / user->stay) + peak + log(sum));
}

/* Given that the user is there. */
static double
pareto_probability(const Posterior *user, double horizon, int64_t n)
{
	CountDistribution count = count_of(user, 0, horizon);
	double stays = count_exactly(&count, n) * exp(-user->leave * log1p(horizon / user->stay));

	if (horizon == 0)
		return n == 0;
	if (n == 0)
		return stays + user->leave / user->stay *
						   death_integral(user->shape, user->leave + 1, user->rate, user->stay,
										  horizon);
	return stays + pareto_last_purchases(user, horizon, (double) n);
}

/* Given that the user is there: stayed after n, or left at the last of them. */
static double
bg_probability(const Posterior *user, double horizon, int64_t n)
{
	double a = user->leave;
	double b = user->stay;
	double ln_stays = 0; /* after n - 1 purchases */
	double last = b + (double) n - 1;
	double sum = 0;

	if (n > 1)
		ln_stays = lgamma_ratio(b, (double) n - 1) - lgamma_ratio(a + b, (double) n - 1);
	for (int j = 0; j < user->k; j++)
	{
		CountDistribution count = count_of(user, j, horizon);
		double here = count_exactly(&count, n);

		if (n > 0)
			here = exp(ln_stays) *
				   (last / (a + last) * here + a / (a + last) * count_at_least(&count, n));
		sum += user->stage[j] * here;
	}
	return sum;
}

double
posterior_probability(const Posterior *user, double horizon, int64_t n)
{
	double there;

	if (n < 0)
		return 0;
	if (user->pareto)
		there = pareto_probability(user, horizon, n);
	else
		there = bg_probability(user, horizon, n);
	return fmin(1, user->alive * there + (n == 0 ? 1 - user->alive : 0));
}

double
posterior_silence(const Posterior *user, double horizon)
{
	if (user->pareto || user->k > 1)
		return posterior_probability(user, horizon, 0);
	return 1 + user->alive * expm1(-user->shape * log1p(horizon / user->rate));
}

/*
 * For those without a closed form: the integral of rate * exp(-rate * t) times the
 * purchases up to t, by the trapezoidal rule over ln t.
 */
double
posterior_discounted(const Posterior *user, double rate)
{
	double sum = 0;

	if (user->alive == 0)
		return 0;
	if (user->pareto)
		return user->alive * user->shape / user->rate * user->stay *
			   expint_scaled(user->leave, rate * user->stay);
	for (double v = DISCOUNT_FROM; v <= DISCOUNT_TO; v += DISCOUNT_STEP)
		sum += exp(v - exp(v)) * posterior_expected(user, exp(v) / rate);
	return DISCOUNT_STEP * sum;
}

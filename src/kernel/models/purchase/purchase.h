/*
 * purchase.h: what a purchase model says of one user.
 *
 * A user's history is x purchases after the first, the last of them t_x after
 * the first one, seen for a time t since that; all times in the model's unit.
 * While they are there, users buy at a rate of their own, which is distributed
 * as gamma (shape r, rate alpha); every purchase takes k stages of such a rate.
 *
 *	(m)bg_nbd, (m)bg_cnbd	after each purchase, and for the m also at the first, a user
 *							leaves with a probability of their own: beta (a, b)
 *	pareto_nbd				users leave at a rate of their own: gamma (shape s, rate beta)
 *
 * Nothing here is computed by hypergeometric functions, whose differences cancel:
 * all sums have positive terms.
 */
#ifndef USER_OPS_KERNEL_MODEL_PURCHASE_H
#define USER_OPS_KERNEL_MODEL_PURCHASE_H

#include "kernel/activity/summary.h"
#include "kernel/models/model.h"
#include "kernel/models/purchase/count_distribution.h"

/* One user by one model: all that the future depends on. */
typedef struct Posterior
{
	bool pareto;
	int k;                /* stages of a purchase */
	double shape;         /* of the rate of stages, that of none done since the last purchase */
	double rate;
	double leave;         /* a, or s */
	double stay;          /* b and what was survived, or beta + t */
	double alive;         /* probability to be still there */
	double stage[MODEL_MAX_COUNT]; /* if so, of so many stages done */
} Posterior;

/* Is there such a history?  NULL, or what is wrong with it. */
extern const char *history_problem(int64_t x, double t_x, double t);
#define HISTORY_MAX_X 1000000000

/* The model has parameters and the history is one. */
extern Posterior purchase_posterior(const Model *model, int64_t x, double t_x, double t);

/* The same of the days of a user, at least one of the basis, by a model whose unit is known. */
extern Posterior purchase_posterior_of_days(const Model *model, const Summary *summary,
											int32_t as_of);

/* For horizons that are no number below 0: */

/* Probability to be still there at the end. */
extern double posterior_alive(const Posterior *user, double horizon);

/* Purchases. */
extern double posterior_expected(const Posterior *user, double horizon);

/* The same up to each of n ascending ends, at most COUNT_TIMES. */
extern void posterior_expected_at(const Posterior *user, const double *end, int n,
								  double *expected);

/* Probability of no purchase, from a user who may have left. */
extern double posterior_silence(const Posterior *user, double horizon);

/* Probability of n purchases. */
extern double posterior_probability(const Posterior *user, double horizon, int64_t n);

/* All purchases to come, each discounted by exp(-rate * time until it); rate > 0. */
extern double posterior_discounted(const Posterior *user, double rate);

/* The integral of (a / (a + u))^p * (b / (b + u))^q over 0 < u < length. */
extern double death_integral(double p, double q, double a, double b, double length);

/* A panel of it, over a logarithm of time: its width, and the fall of a logarithm. */
#define DEATH_WIDTH 2.0
#define DEATH_FALL  8.0

#endif

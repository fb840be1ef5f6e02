/*
 * contract_model.h: how long contracts are renewed: the shifted beta-geometric
 * model (sBG).
 *
 * Each customer cancels at the end of a period with a probability of the
 * customer's own, which is Beta(alpha, beta) over customers.  Of n at risk in
 * period t, the first being 1, d are lost:
 *
 *	ln L = sum of d ln(alpha / (alpha + beta + t - 1))
 *		 + (n - d) ln((beta + t - 1) / (alpha + beta + t - 1))
 *
 * The state is a tally (tally.h) of periods, each with how many were lost and
 * how many kept.
 */
#ifndef USER_OPS_KERNEL_MODEL_CONTRACT_MODEL_H
#define USER_OPS_KERNEL_MODEL_CONTRACT_MODEL_H

#include "kernel/base/tally.h"
#include "kernel/models/model.h"

#define CONTRACT_PARAMETERS 2 /* alpha, beta */

extern const TallyKind contract_sample_kind;

/* Of those at risk in a period, 1 or more; NULL begins a state. */
extern Tally *contract_sample_add(Tally *state, int32_t period, uint64_t lost, uint64_t kept);

/* Its users are the customers at risk in the first period given. */
extern void contract_fit(const Tally *state, Model *model);

/* The share of those at risk in the period who are kept. */
extern double contract_retention(double alpha, double beta, int32_t period);

/* The share of customers left after so many periods. */
extern double contract_survival(double alpha, double beta, int32_t periods);

/*
 * The sum over j >= 0 of S(n + j) / S(n) / (1 + discount)^j, where S(n) is the
 * share left after n periods: the periods to come of who has paid for the one
 * that begins, that one counted.  NAN if it is infinite: discount 0 and
 * alpha <= 1.
 */
extern double contract_discounted(double alpha, double beta, int32_t periods, double discount);

#endif

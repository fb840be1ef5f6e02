/*
 * spend_model.h: what a customer spends a purchase day: the Gamma-Gamma model.
 *
 * Spend of one customer varies around a mean of the customer's own, and those
 * means around another: with S = x m the total of x repeat purchase days of mean
 * m, in shapes p and q and a scale gamma in units of money,
 *
 *	ln L = -ln m - ln B(p x, q) - q ln(1 + S/gamma) - p x ln(1 + gamma/S)
 *	E[mean of the customer] = p (gamma + S) / (p x + q - 1)
 *
 * The state is a tally (tally.h) of (x, S): 24 bytes a row in the working form,
 * 22 million of them at most.  Customers who tell nothing are counted in two
 * rows of their own: (0, 0) are those without a repeat purchase, (1, 0) those
 * whose mean is not above 0.  Behind them stand the rows of net_share.h.  The head
 * is the day that purchases counted up to.
 *
 * Refunds on days of their own are not in S: what a user is expected to spend is
 * E times the user's net share.
 */
#ifndef USER_OPS_KERNEL_MODEL_SPEND_MODEL_H
#define USER_OPS_KERNEL_MODEL_SPEND_MODEL_H

#include "kernel/activity/summary.h"
#include "kernel/base/tally.h"
#include "kernel/models/model.h"
#include "kernel/models/net_share.h"

#define SPEND_NO_DAY INT32_MIN /* the head where rows were given as numbers */

extern const TallyKind spend_sample_kind;

/* The repeat purchase days of one user, and what was spent on them. */
typedef struct RepeatSpend
{
	bool amounts;     /* the source has them */
	bool buyer;       /* has a purchase day at all */
	uint64_t repeats;
	double total;
	SettledSpend settled;
} RepeatSpend;

/* One more user, who may be no customer; NULL begins a state. */
extern Tally *spend_sample_add(Tally *state, int32_t as_of, const RepeatSpend *spend);

extern RepeatSpend repeat_spend_of(const Summary *summary);

/* The parameters. */
enum
{
	SPEND_P,
	SPEND_Q,
	SPEND_GAMMA,
	SPEND_PARAMETERS
};

/* The facts of a fit (model.h): of x and mean over the customers, and customers left out. */
enum
{
	SPEND_CORRELATION,
	SPEND_NO_REPEAT,
	SPEND_NOT_POSITIVE,
	SPEND_NET_SHARE,      /* only where there were refunds on days of their own */
	SPEND_NET_SHARE_DAYS, /* only where users differ in it */
};

extern void spend_fit(const Tally *state, Model *model);

/* The share of a user's purchases that is not refunded, by a fitted model. */
extern double spend_net_share(const Model *model, const SettledSpend *user);

/* E[mean of the customer], net of refunds; not finite if undefined. */
extern double spend_expected(const Model *model, const RepeatSpend *spend);

#endif

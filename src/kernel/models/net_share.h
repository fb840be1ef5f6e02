/*
 * net_share.h: what is left of purchases when refunds on later days are deducted.
 *
 * What a purchase day brings (spend_model.h) is net of refunds on the day itself.
 * Those on days without a purchase belong to the last purchase day before them.
 * Purchases of the last SETTLED_DAYS are left out with their refunds (summary.h),
 * as some may still come.  Of n settled purchase days of a user that brought g,
 * of which R was refunded,
 *
 *	share = 1 - sum of R / sum of g		over all users, in [0, 1]
 *	share of a user = (k share + e (1 - y)) / (k + e),	y = R / g in [0, 1]
 *
 * As days differ in what they bring, n of them tell as much as e equal ones: with
 * amounts that are gamma distributed of shape p, e = (p n + 1) / (p + 1).
 *
 * k says how alike users are, in such days: as if each day was refunded as a whole
 * or not at all, with a probability of the user's own that is beta distributed over
 * N users, whose e sum to D,
 *
 *	sum of e (y - m)^2 = m (1 - m) (N + t (D - N)),	m = sum of e y / D,	k = (1 - t) / t
 *
 * If t is not above 0, users do not differ, and all have the common share.
 *
 * In the tally of spend_model.h such a user has a row (n, y), and adds g and R to
 * rows of sums.  They are of whole numbers, so their order does not matter: money
 * is cut to 30 significant bits, with a row for each power of 2.
 */
#ifndef USER_OPS_KERNEL_MODEL_NET_SHARE_H
#define USER_OPS_KERNEL_MODEL_NET_SHARE_H

#include "kernel/base/tally.h"

/* The settled purchase days of one user. */
typedef struct SettledSpend
{
	uint64_t days;
	double gross;
	double refunds;
} SettledSpend;

/* What a fitted model knows of it. */
typedef struct NetShare
{
	bool shaped;  /* is the shape of the amounts known? */
	double shape; /* p */
	bool known;   /* were there refunds? */
	double share; /* over all users */
	bool differs; /* do users differ in it? */
	double days;  /* k */
} NetShare;

/* The first key of a row of the tally begins with what the row is. */
#define SHARE_ROW_BITS 61
#define FIRST_SHARE_ROW ((uint64_t) SHARE_OF_USER << SHARE_ROW_BITS)

enum
{
	SHARE_OF_USER = 4, /* then n; and y */
	GROSS,             /* then the power of 2 and EXPONENT_ABOVE; and nothing */
	REFUNDS,           /* the same */
	SHARE_ROW_KINDS
};

/* Adds one user with settled purchases. */
extern Tally *net_share_add(Tally *tally, const SettledSpend *user);

/* Can a row from FIRST_SHARE_ROW on stand in a stored form? */
extern bool net_share_row_valid(const uint64_t *row);

/* Fits all but the shape over these rows, the last of a sorted tally. */
extern void net_share_fit(const Tally *tally, uint32_t first, NetShare *net);

/* The share of a user; 1 if no refunds are known. */
extern double net_share_of(const NetShare *net, const SettledSpend *user);

#endif

/*
 * ledger.h: what a ledger of points says as of a day: lots, what was taken from them, and
 * what of them is gone.
 *
 *	A lot is what was earned on one day with one expires_on; it can be used on the days
 *	earn_day <= d < expires_on.  A day has this order: in the morning lots expire; what is
 *	earned makes lots, which pay an open debt first; then points are taken from the lots, by
 *	reversals, by spending, by expiry that the source wrote.  What nobody has is a debt.
 *
 *	balance = what is left in lots - debt = earned - reversed - spent - expired
 *
 * With inactive_days all lots expire that many days after the last day with an earn or spend.
 * What happens up to a day does not depend on what comes later: so one reading has the
 * ledger as of every day before its own.
 *
 * Open lots stand in a heap in the order in which they are taken from.  One that has expired
 * is noticed when it is first, or at the end: nothing was taken from it meanwhile.  So n
 * entries cost n log n, however many lots are open.
 */
#ifndef USER_OPS_KERNEL_POINTS_LEDGER_H
#define USER_OPS_KERNEL_POINTS_LEDGER_H

#include "kernel/points/points.h"

#define POINTS_NO_DAY INT32_MIN

typedef struct LedgerQuestion
{
	int32_t as_of;
	int32_t inactive_days; /* below 0: points do not expire with inactivity */
	bool oldest_first;     /* else those that expire first */
	bool moves;            /* they are asked for */
} LedgerQuestion;

typedef struct Lot
{
	int32_t earn_day;
	int32_t expires_on; /* its own; POINTS_NEVER */
	int32_t gone_on;    /* the day on which what was left expired; POINTS_NEVER: none has */
	MoneySum earned;
	MoneySum used;      /* by spending, reversals and debts */
	MoneySum expired;
	MoneySum lapsed;    /* of these what the calendar took, on gone_on */
} Lot;

/* What one day took from a lot: as used, or because the source says that it expired. */
typedef struct LotMove
{
	uint32_t lot;
	int32_t day;
	bool expired;
	MoneySum points;
} LotMove;

typedef struct Ledger
{
	int scale;                    /* of all points here */
	int32_t as_of;
	uint32_t n_entries;           /* before as_of */
	MoneySum totals[POINTS_KINDS]; /* expired: what the source wrote, and what the calendar brought */
	MoneySum debt;
	int32_t last_earned;          /* POINTS_NO_DAY: never */
	int32_t last_spent;
	int32_t slides_on;            /* when all expires that is left; POINTS_NEVER */
	Lot *lots;                    /* by earn_day and expires_on */
	uint32_t n_lots;
	LotMove *moves;               /* by day; NULL unless asked for */
	uint32_t n_moves;
} Ledger;

static inline __int128
lot_remaining(const Lot *lot)
{
	return lot->earned - lot->used - lot->expired;
}

/* When what is left of a lot expires, if nothing happens from as_of on; POINTS_NEVER. */
static inline int32_t
lot_ends_on(const Ledger *ledger, const Lot *lot)
{
	return lot->expires_on < ledger->slides_on ? lot->expires_on : ledger->slides_on;
}

static inline __int128
ledger_balance(const Ledger *ledger)
{
	return ledger->totals[POINTS_EARN] - ledger->totals[POINTS_REVERSE] -
		   ledger->totals[POINTS_SPEND] - ledger->totals[POINTS_EXPIRE];
}

/* NULL, or what is wrong with the bytes. */
extern const char *ledger_read(Ledger *ledger, const LedgerQuestion *question, const uint8_t *bytes,
							   size_t size);
extern void ledger_free(Ledger *ledger);

/* The next day on which something expires, and how much of it, if nothing happens from as_of on; POINTS_NEVER. */
extern int32_t ledger_next_end(const Ledger *ledger, __int128 *points);

/* Keep of the moves only uses, by day. */
extern void ledger_keep_uses(Ledger *ledger);

/* What of the lots expires behind as_of and no later than this many days after it. */
extern __int128 ledger_expiring(const Ledger *ledger, int32_t within_days);

#endif

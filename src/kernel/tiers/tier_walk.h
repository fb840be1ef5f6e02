/*
 * tier_walk.h: which tier a user's growth has brought, change by change.
 *
 * The walk goes from one day with growth to the next, and to the days between them on which
 * something is due; nothing is looked at day by day.  One cursor reads the days that come into
 * the window, a second one, of a window of days, those that leave it, so that each is
 * decoded once more at most.
 */
#ifndef USER_OPS_KERNEL_TIER_WALK_H
#define USER_OPS_KERNEL_TIER_WALK_H

#include "kernel/activity/activity.h"
#include "kernel/base/money.h"
#include "kernel/tiers/tier_rules.h"

typedef enum TierReason
{
	TIER_JOIN,     /* the first tier */
	TIER_UPGRADE,
	TIER_RENEW,
	TIER_GRACE,    /* due and not renewed, but not yet lost */
	TIER_DOWNGRADE
} TierReason;

extern const char *const tier_reason_names[TIER_DOWNGRADE + 1];

typedef struct TierChange
{
	int32_t day; /* in its morning, or by the growth of that day */
	int tier;    /* from then on */
	TierReason reason;
} TierChange;

#define TIER_NOT_DUE INT64_MAX

typedef struct TierWalk
{
	const TierRules *rules;
	int32_t rows_until;   /* first day whose rows do not count */
	int32_t as_of;        /* the last day whose morning has come */
	ActivityReader ahead;
	ActivityReader behind;
	ActivityDay next;     /* with growth, read last by ahead */
	ActivityDay leaving;  /* the same of behind */
	bool has_next;
	bool has_leaving;
	bool has_growth;      /* some day with growth counts */
	bool in_grace;
	int64_t growth_unit;    /* growth times it and thresholds times it compare */
	int64_t threshold_unit;
	MoneySum sum;         /* growth in the window, times 10^ahead.scale */
	int64_t period_end;   /* of the calendar window that the sum is of */
	int64_t due;          /* valid_until, or TIER_NOT_DUE */
	int tier;
	int best_at_due;      /* in grace: the tier qualified for when it began */
	bool joined;
	int32_t since;        /* joined: since when this tier is held */
	uint64_t n_days;      /* read so far */
} TierWalk;

/*
 * A user's days, of a source with amounts.  Rows before rows_until count, and what is due up
 * to as_of has happened; for a reading as of a day both are that day.
 */
extern void tier_walk_open(TierWalk *walk, const TierRules *rules, const ActivityReader *activity,
						   int32_t rows_until, int32_t as_of);

/* The next change; false when there is none left. */
extern bool tier_walk_next(TierWalk *walk, TierChange *change);

/* Behind the last change: growth in the window that ends with as_of. */
extern __int128 tier_walk_growth(TierWalk *walk);

#endif

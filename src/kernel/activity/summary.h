/*
 * summary.h: one user's totals over the days before as_of.
 */
#ifndef USER_OPS_KERNEL_SUMMARY_H
#define USER_OPS_KERNEL_SUMMARY_H

#include "kernel/activity/activity.h"

/*
 * The basis of RFM and churn is the purchase days, or the active days where
 * the source has no amounts (activity_is_basis).  Its gaps: basis_days - 1 of
 * them, and they sum to last_basis_day - first_basis_day.
 */
#define SETTLED_DAYS 30 /* old enough that what is returned has been refunded */

typedef struct Summary
{
	int32_t first_day;       /* valid if active_days > 0, as is last_day */
	int32_t last_day;
	int32_t first_basis_day; /* valid if basis_days > 0, as is last_basis_day */
	int32_t last_basis_day;
	int64_t active_days;
	int64_t basis_days;
	int64_t events;
	int64_t purchases;
	__int128 amount;         /* net, times 10^scale */
	__int128 repeat_amount;  /* that of the basis days after the first */
	int64_t settled_days;    /* purchase days that are SETTLED_DAYS old, where there are amounts */
	__int128 settled_amount; /* net of these days, so without refunds on days of their own */
	__int128 refunds;        /* those: from a settled purchase day to the next one, above 0 */
	int scale;
	bool amounts;            /* the source has amounts */
} Summary;

/* Totals of the days of a valid activity before as_of. */
extern Summary summary_read(const uint8_t *bytes, int32_t as_of);
extern Summary summary_of(ActivityReader *activity, int32_t as_of);

/* These days, ascending; *n of them. */
extern int32_t *summary_days(const uint8_t *bytes, int32_t as_of, uint32_t *n);

#endif

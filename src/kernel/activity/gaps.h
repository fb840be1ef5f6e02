/*
 * gaps.h: silence and regularity of one user, from ascending distinct days.
 */
#ifndef USER_OPS_KERNEL_GAPS_H
#define USER_OPS_KERNEL_GAPS_H

#include "kernel/base/civil.h"
#include "kernel/base/host.h"

/* Median distance of neighbouring days, a multiple of 0.5; n_days >= 2. */
extern double gaps_median(const int32_t *days, uint32_t n_days);

/* The most periods in a row with activity. */
extern int64_t streak_longest(const int32_t *days, uint32_t n_days, Period period,
							  WeekStart week_start);

/*
 * Periods in a row with activity, up to the last one before as_of.  A period
 * that as_of cuts short does not end a streak by having no activity yet.
 */
extern int64_t streak_current(const int32_t *days, uint32_t n_days, int32_t as_of,
							  Period period, WeekStart week_start);

#endif

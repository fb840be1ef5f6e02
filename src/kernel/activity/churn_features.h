/*
 * churn_features.h: what of one user's history tells of churn, and of a purchase to come,
 * as numbers for a model.
 *
 * Over the days of the basis (purchase days, or active days where the source has
 * no amounts) before as_of, the last day observed being as_of - 1, in weeks:
 *
 *	idle	ln(1 + weeks from the last such day to the last day observed)
 *	repeats	ln(1 + days of the basis after the first)
 *	age		weeks from the first such day to the last day observed
 *	trend	ln((1 + days in the later half of age) / (1 + days in the earlier half))
 *
 * The later half begins at first day + (as_of - first day) / 2, rounded down.
 *
 * Visits are the same over active days, but for the second: ln(1 + active days).
 */
#ifndef USER_OPS_KERNEL_CHURN_FEATURES_H
#define USER_OPS_KERNEL_CHURN_FEATURES_H

#include "kernel/activity/activity.h"

enum
{
	CHURN_IDLE,
	CHURN_REPEATS,
	CHURN_AGE,
	CHURN_TREND,
	CHURN_FEATURES
};

/* False for a user without such a day. */
extern bool churn_features(const uint8_t *activity, int32_t as_of, double *features);
extern bool visit_features(const uint8_t *activity, int32_t as_of, double *features);

#endif

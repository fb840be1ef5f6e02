/*
 * activity_metrics.h: what one user did before and after they were assigned to an arm, as the
 * metrics of experiments.
 */
#ifndef USER_OPS_KERNEL_ACTIVITY_METRICS_H
#define USER_OPS_KERNEL_ACTIVITY_METRICS_H

#include "kernel/experiment/experiment.h"

/* revenue_per_purchase is a ratio, converted and retained are rates, the others means. */
typedef enum ActivityMetric
{
	METRIC_ACTIVE_DAYS,
	METRIC_EVENTS,
	METRIC_PURCHASES,
	METRIC_REVENUE,
	METRIC_REVENUE_PER_PURCHASE,
	METRIC_CONVERTED,
	METRIC_RETAINED
} ActivityMetric;

/* A user is retained who is active on this day of a window or a later one, from 0. */
#define RETAINED_FROM 7

/* When a user was assigned, and what is counted of them. */
typedef struct ActivityWindows
{
	int32_t day;         /* the user's day; that of before ends with it */
	int32_t before_days; /* 0 or more; 0: there are no covariates */
	int32_t to;          /* the first day behind the window after it */
	bool limited;        /* revenue counts up to highest */
	ExperimentValue highest;
} ActivityWindows;

/* The experiment of this metric with one more user, whose activity may be NULL: there was none. */
extern Experiment *experiment_add_activity(Experiment *experiment, const char *label,
										   size_t label_size, ActivityMetric metric,
										   const uint8_t *activity, const ActivityWindows *windows);

#endif

/*
 * activity_metrics.h: what users did before and after they were assigned to an arm, as an
 * experiment for each metric.
 */
#ifndef USER_OPS_KERNEL_ACTIVITY_METRICS_H
#define USER_OPS_KERNEL_ACTIVITY_METRICS_H

#include "kernel/experiment/experiment.h"

/* converted and retained are rates, revenue_per_purchase is a ratio, the others are means. */
typedef enum ActivityMetric
{
	METRIC_ACTIVE_DAYS,
	METRIC_EVENTS,
	METRIC_RETAINED,
	METRIC_REVENUE,
	METRIC_CONVERTED,
	METRIC_PURCHASES,
	METRIC_REVENUE_PER_PURCHASE
} ActivityMetric;

#define ACTIVITY_METRICS 7

/* A user is retained who is active on this day of a window or a later one, from 0. */
#define RETAINED_FROM 7

typedef struct ActivityExperiments
{
	Experiment *of[ACTIVITY_METRICS]; /* an ActivityMetric each */
} ActivityExperiments;

/* When a user was assigned, and what is counted of them. */
typedef struct ActivityWindows
{
	int32_t day;         /* the user's day; the window before ends with it */
	int32_t before_days; /* of that window */
	int32_t to;          /* the first day behind the window after it */
	bool limited;        /* revenue counts up to highest */
	ExperimentValue highest;
} ActivityWindows;

extern ActivityExperiments *activity_experiments_create(bool covariates);

/* One more user, whose activity may be NULL: there was none. */
extern void activity_experiments_add(ActivityExperiments *experiments, const char *label,
									 size_t label_size, const uint8_t *activity,
									 const ActivityWindows *windows);

/* Add what is in the others; NULL: begin with a copy of them. */
extern ActivityExperiments *activity_experiments_merge(ActivityExperiments *experiments,
													   const ActivityExperiments *others);

#endif

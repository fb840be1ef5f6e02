/*
 * activity_metrics.c: activities as users of an experiment.
 */
#include "kernel/experiment/activity_metrics.h"

#include "kernel/activity/activity.h"

/* What happened within a window. */
typedef struct Totals
{
	int64_t active_days;
	int64_t events;
	int64_t purchases;
	__int128 amount; /* at the scale of the activity */
	bool retained;
} Totals;

static inline void
add_day(Totals *totals, const ActivityDay *day, int64_t retained_from)
{
	totals->active_days++;
	totals->events += day->events;
	totals->purchases += day->purchases;
	totals->amount += day->amount;
	totals->retained |= day->day >= retained_from;
}

/* The amount, at the smallest scale that is exact, or at that of the experiment. */
static ExperimentValue
money_value(__int128 amount, int scale, int experiment_scale, const ActivityWindows *windows)
{
	const ExperimentValue *highest = &windows->highest;

	if (windows->limited &&
		money_sum_rescale(amount, scale, MONEY_MAX_SCALE) >
			money_sum_rescale(highest->value, highest->scale, MONEY_MAX_SCALE))
	{
		amount = highest->value;
		scale = highest->scale;
	}
	if (scale != experiment_scale)
	{
		int spare = money_sum_spare_decimals(amount, scale);

		amount /= power_of_ten(spare);
		scale -= spare;
	}
	if (amount > INT64_MAX || amount < INT64_MIN)
		host_fail(KERNEL_AMOUNT_RANGE);
	return (ExperimentValue){(int64_t) amount, scale};
}

/* The values of one window, the metric's own or its covariates; returns how many. */
static inline int
window_values(ActivityMetric metric, const Totals *totals, int scale, const uint8_t *experiment_scale,
			  const ActivityWindows *windows, ExperimentValue *values)
{
	switch (metric)
	{
		case METRIC_ACTIVE_DAYS:
			values[0] = (ExperimentValue){totals->active_days, 0};
			return 1;
		case METRIC_EVENTS:
			values[0] = (ExperimentValue){totals->events, 0};
			return 1;
		case METRIC_PURCHASES:
			values[0] = (ExperimentValue){totals->purchases, 0};
			return 1;
		case METRIC_REVENUE:
			values[0] = money_value(totals->amount, scale, experiment_scale[0], windows);
			return 1;
		case METRIC_REVENUE_PER_PURCHASE:
			values[0] = money_value(totals->amount, scale, experiment_scale[0], windows);
			values[1] = (ExperimentValue){totals->purchases, 0};
			return 2;
		case METRIC_CONVERTED:
			values[0] = (ExperimentValue){totals->purchases > 0, 0};
			return 1;
		case METRIC_RETAINED:
			break;
	}
	values[0] = (ExperimentValue){totals->retained, 0};
	return 1;
}

static ExperimentMetric
kind_of_metric(ActivityMetric metric)
{
	if (metric == METRIC_REVENUE_PER_PURCHASE)
		return EXPERIMENT_RATIO;
	return metric == METRIC_CONVERTED || metric == METRIC_RETAINED ? EXPERIMENT_RATE
																   : EXPERIMENT_MEAN;
}

Experiment *
experiment_add_activity(Experiment *experiment, const char *label, size_t label_size,
						ActivityMetric metric, const uint8_t *activity,
						const ActivityWindows *windows)
{
	int64_t from = (int64_t) windows->day - windows->before_days;
	ExperimentValue values[EXPERIMENT_VARIABLES];
	Totals before = {0};
	Totals after = {0};
	bool was_there = false;
	int scale = 0;
	int n;

	if (experiment == NULL)
		experiment = experiment_create(kind_of_metric(metric), windows->before_days > 0);
	if (activity != NULL)
	{
		ActivityReader reader;
		ActivityDay day;

		activity_open(&reader, activity);
		scale = reader.scale;
		for (uint32_t i = 0; activity_next_before(&reader, windows->to, &day); i++)
		{
			host_poll_at(i);
			if (day.day >= windows->day)
				add_day(&after, &day, (int64_t) windows->day + RETAINED_FROM);
			else
			{
				was_there = true;
				if (day.day >= from)
					add_day(&before, &day, from + RETAINED_FROM);
			}
		}
	}
	n = window_values(metric, &after, scale, experiment->scale, windows, values);
	if (experiment->covariates)
		window_values(metric, &before, scale, experiment->scale + n, windows, values + n);
	return experiment_add(experiment, label, label_size, values,
						  experiment->covariates && !was_there);
}

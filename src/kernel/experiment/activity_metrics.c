/*
 * activity_metrics.c: activities as users of experiments.
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

static ExperimentMetric
kind_of_metric(ActivityMetric metric)
{
	if (metric == METRIC_REVENUE_PER_PURCHASE)
		return EXPERIMENT_RATIO;
	return metric == METRIC_CONVERTED || metric == METRIC_RETAINED ? EXPERIMENT_RATE
																   : EXPERIMENT_MEAN;
}

ActivityExperiments *
activity_experiments_create(bool covariates)
{
	ActivityExperiments *experiments = host_alloc(sizeof(ActivityExperiments));

	for (int i = 0; i < ACTIVITY_METRICS; i++)
		experiments->of[i] = experiment_create(kind_of_metric((ActivityMetric) i), covariates);
	return experiments;
}

static inline void
add_day(Totals *totals, const ActivityDay *day, int64_t retained_from)
{
	totals->active_days++;
	totals->events += day->events;
	totals->purchases += day->purchases;
	totals->amount += day->amount;
	totals->retained |= day->day >= retained_from;
}

/* The totals of both windows; returns whether the user was there before the day. */
static bool
read_windows(ActivityReader *reader, const ActivityWindows *windows, Totals *before, Totals *after)
{
	int64_t from = (int64_t) windows->day - windows->before_days;
	bool was_there = false;
	ActivityDay day;

	for (uint32_t i = 0; activity_next_before(reader, windows->to, &day); i++)
	{
		host_poll_at(i);
		if (day.day >= windows->day)
			add_day(after, &day, (int64_t) windows->day + RETAINED_FROM);
		else
		{
			was_there = true;
			if (day.day >= from)
				add_day(before, &day, from + RETAINED_FROM);
		}
	}
	return was_there;
}

/* The amount, no more than the highest, at the smallest scale that is exact. */
static ExperimentValue
money_value(__int128 amount, int scale, const ActivityWindows *windows)
{
	const ExperimentValue *highest = &windows->highest;
	int spare;

	if (windows->limited && money_sum_rescale(amount, scale, MONEY_MAX_SCALE) >
								money_sum_rescale(highest->value, highest->scale, MONEY_MAX_SCALE))
	{
		amount = highest->value;
		scale = highest->scale;
	}
	spare = money_sum_spare_decimals(amount, scale);
	amount /= power_of_ten(spare);
	if (amount > INT64_MAX || amount < INT64_MIN)
		host_fail(KERNEL_AMOUNT_RANGE);
	return (ExperimentValue){(int64_t) amount, scale - spare};
}

/* What each metric is of one window: the values of its experiment, one or two. */
static inline void
window_values(const Totals *totals, int scale, const ActivityWindows *windows,
			  ExperimentValue values[ACTIVITY_METRICS][2])
{
	values[METRIC_ACTIVE_DAYS][0] = (ExperimentValue){totals->active_days, 0};
	values[METRIC_EVENTS][0] = (ExperimentValue){totals->events, 0};
	values[METRIC_RETAINED][0] = (ExperimentValue){totals->retained, 0};
	values[METRIC_REVENUE][0] = money_value(totals->amount, scale, windows);
	values[METRIC_CONVERTED][0] = (ExperimentValue){totals->purchases > 0, 0};
	values[METRIC_PURCHASES][0] = (ExperimentValue){totals->purchases, 0};
	values[METRIC_REVENUE_PER_PURCHASE][0] = values[METRIC_REVENUE][0];
	values[METRIC_REVENUE_PER_PURCHASE][1] = values[METRIC_PURCHASES][0];
}

/* The experiment in the place of one that is not needed any more, unless it is the same. */
static inline void
replace(Experiment **place, Experiment *experiment)
{
	if (*place != experiment)
		host_free(*place);
	*place = experiment;
}

void
activity_experiments_add(ActivityExperiments *experiments, const char *label, size_t label_size,
						 const uint8_t *activity, const ActivityWindows *windows)
{
	ExperimentValue after_values[ACTIVITY_METRICS][2];
	ExperimentValue before_values[ACTIVITY_METRICS][2];
	Totals before = {0};
	Totals after = {0};
	bool was_there = false;
	int scale = 0;

	/* the first row decided it for all, as it does for the rows of another worker */
	if (experiments->of[0]->covariates != (windows->before_days > 0))
		host_fail(KERNEL_EXPERIMENT_KINDS);
	if (activity != NULL)
	{
		ActivityReader reader;

		activity_open(&reader, activity);
		scale = reader.scale;
		was_there = read_windows(&reader, windows, &before, &after);
	}
	window_values(&after, scale, windows, after_values);
	window_values(&before, scale, windows, before_values);
	for (int i = 0; i < ACTIVITY_METRICS; i++)
	{
		Experiment *experiment = experiments->of[i];
		int n = experiment->n_variables >> experiment->covariates;
		ExperimentValue values[EXPERIMENT_VARIABLES];

		for (int k = 0; k < n; k++)
		{
			values[k] = after_values[i][k];
			values[n + k] = before_values[i][k];
		}
		replace(&experiments->of[i], experiment_add(experiment, label, label_size, values,
													experiment->covariates && !was_there));
	}
}

ActivityExperiments *
activity_experiments_merge(ActivityExperiments *experiments, const ActivityExperiments *others)
{
	bool begins = experiments == NULL;

	if (begins)
		experiments = host_alloc(sizeof(ActivityExperiments));
	for (int i = 0; i < ACTIVITY_METRICS; i++)
	{
		if (begins)
			experiments->of[i] = state_copy(others->of[i]);
		else
			replace(&experiments->of[i], experiment_kind.merge(experiments->of[i], others->of[i]));
	}
	return experiments;
}

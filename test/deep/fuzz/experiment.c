/*
 * experiment.c: moments of experiments, and one arm against another.
 */
#include "states.h"

#include "kernel/experiment/activity_metrics.h"
#include "kernel/experiment/compare.h"

static ExperimentValue
in_value(Input *in)
{
	ExperimentValue value = {in_amount(in), in_scale(in)};
	int spare = money_spare_decimals(value.value, value.scale);

	return (ExperimentValue){value.value / power_of_ten(spare), value.scale - spare};
}

/* One of the experiments of activities, or users with a value each. */
FUZZ_STATES(&experiment_kind)

static void *
build(Input *head, Input *rows)
{
	uint8_t how = in_byte(head);
	bool covariates = how & 1;

	if (how & 2)
	{
		ActivityExperiments *experiments = activity_experiments_create(covariates);
		ActivityExperiments *others = activity_experiments_create(covariates);

		while (in_left(rows) > 0)
		{
			JourneyText label = in_name(rows);
			ActivityWindows windows = {.day = in_day(head), .before_days = (int32_t) in_int(head, 0, 1000)};
			size_t size;

			windows.to = (int32_t) (windows.day + 1 + in_byte(head));
			windows.limited = in_bool(head);
			windows.highest = in_value(head);
			if (windows.highest.value < 0)
				windows.highest = (ExperimentValue){0, 0};
			activity_experiments_add(how & 4 && in_bool(rows) ? others : experiments, label.bytes, label.size,
									 in_below(rows, 8) == 0 ? NULL : in_activity(rows, true, &size), &windows);
		}
		experiments = activity_experiments_merge(experiments, others);
		return experiments->of[(how >> 3) % ACTIVITY_METRICS]->n == 0 ? NULL : experiments->of[(how >> 3) % ACTIVITY_METRICS];
	}
	else
	{
		ExperimentMetric metric = (ExperimentMetric) ((how >> 3) % 3);
		Experiment *experiment = experiment_create(metric, covariates);
		ExperimentValue values[EXPERIMENT_VARIABLES];

		while (in_left(rows) > 0)
		{
			JourneyText label = in_name(rows);

			for (int i = 0; i < experiment->n_variables; i++)
				values[i] = metric == EXPERIMENT_RATE && i == 0 ? (ExperimentValue){in_bool(rows), 0} : in_value(rows);
			experiment = experiment_add(experiment, label.bytes, label.size, values, covariates && in_bool(rows));
		}
		return experiment->n == 0 ? NULL : experiment;
	}
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const Experiment *experiment = state;
	Inference inference = {.sequential = in_bool(in), .confidence = in_share(in), .tightest_at = in_positive(in)};
	bool adjust = in_bool(in);

	for (uint32_t i = 0; i < experiment->n; i++)
	{
		const ExperimentArm *arm = &experiment->arms[i];
		Estimate estimate = experiment_estimate(experiment, arm);
		Comparison comparison = experiment_compare_arms(experiment, &experiment->arms[0], arm,
														adjust && experiment->covariates, &inference);

		CHECK(experiment_arm(experiment, arm->label, arm->label_size) == arm);
		CHECK(!(estimate.variance < 0));
		CHECK(!(comparison.p_value < 0) && !(comparison.p_value > 1));
	}
}

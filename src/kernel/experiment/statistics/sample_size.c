/*
 * sample_size.c: how many users an experiment needs, and what it can see.
 */
#include "kernel/experiment/statistics/sample_size.h"

#include <math.h>

#include "kernel/math/distributions.h"

/* In standard deviations, of which the square need not be a number. */
PlannedTest
planned_mean(double std_dev, double effect)
{
	return (PlannedTest){effect / std_dev, 1, 1, 1};
}

PlannedTest
planned_rate(double baseline, double effect, double ratio)
{
	double rate = baseline + effect;
	double both = (baseline + ratio * rate) / (1 + ratio);

	return (PlannedTest){effect, both * (1 - both), baseline * (1 - baseline), rate * (1 - rate)};
}

double
planned_size(const PlannedTest *test, double power, double alpha, double ratio)
{
	double reach = normal_width(log(alpha)) * sqrt(test->variance_without * (1 + 1 / ratio)) +
				   normal_quantile(power) *
					   sqrt(test->variance_control + test->variance_variant / ratio);
	double by_effect = fmax(0, reach) / test->effect; /* a power below alpha / 2 needs nobody */

	return by_effect * by_effect;
}

double
planned_power(const PlannedTest *test, double n_control, double n_variant, double alpha)
{
	double without = sqrt(test->variance_without * (1 / n_control + 1 / n_variant));
	double with = sqrt(test->variance_control / n_control + test->variance_variant / n_variant);

	double width = normal_width(log(alpha)) * without;

	return normal_below((test->effect - width) / with) +
		   normal_below((-test->effect - width) / with);
}

double
detectable_effect(double std_dev, double n_control, double n_variant, double power, double alpha)
{
	double reach = normal_width(log(alpha)) + normal_quantile(power);

	return fmax(0, reach) * std_dev * sqrt(1 / n_control + 1 / n_variant);
}

/*
 * churn_features.c: what of one user's history tells of churn.
 */
#include "kernel/activity/churn_features.h"

#include <math.h>

#include "kernel/activity/summary.h"

#define WEEK 7.0

/* Days of the basis from the day on, before as_of. */
static int64_t
basis_days_from(const uint8_t *activity, int32_t from, int32_t as_of)
{
	ActivityReader reader;
	ActivityDay day;
	int64_t n = 0;

	activity_open(&reader, activity);
	while (activity_next_before(&reader, as_of, &day))
		n += day.day >= from && activity_is_basis(&reader, &day);
	return n;
}

bool
churn_features(const uint8_t *activity, int32_t as_of, double *features)
{
	Summary summary = summary_read(activity, as_of);
	int64_t later;
	int64_t tenure;

	if (summary.basis_days == 0)
		return false;
	tenure = (int64_t) as_of - summary.first_basis_day;
	later = basis_days_from(activity, (int32_t) (summary.first_basis_day + tenure / 2), as_of);
	features[CHURN_IDLE] = log1p(((double) as_of - 1 - summary.last_basis_day) / WEEK);
	features[CHURN_REPEATS] = log1p((double) (summary.basis_days - 1));
	features[CHURN_AGE] = (double) (tenure - 1) / WEEK;
	features[CHURN_TREND] =
		log((1 + (double) later) / (1 + (double) (summary.basis_days - later)));
	return true;
}

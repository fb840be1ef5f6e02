/*
 * churn_features.c: what of one user's history tells of churn, and of a purchase to come.
 */
#include "kernel/activity/churn_features.h"

#include <math.h>

#include "kernel/activity/summary.h"

#define WEEK 7.0

/* The days of a user that count. */
typedef struct Days
{
	int32_t first;
	int32_t last;
	int64_t n;
	bool of_basis; /* or all that are active */
} Days;

/* Those from the day on, before as_of. */
static int64_t
days_from(const uint8_t *activity, const Days *days, int32_t from, int32_t as_of)
{
	ActivityReader reader;
	ActivityDay day;
	int64_t n = 0;

	activity_open(&reader, activity);
	while (activity_next_before(&reader, as_of, &day))
		n += day.day >= from && (!days->of_basis || activity_is_basis(&reader, &day));
	return n;
}

/* There is a day; how often is of those that the second feature counts. */
static void
read_features(const uint8_t *activity, const Days *days, int64_t often, int32_t as_of,
			  double *features)
{
	int64_t tenure = (int64_t) as_of - days->first;
	int64_t later = days_from(activity, days, (int32_t) (days->first + tenure / 2), as_of);

	features[CHURN_IDLE] = log1p(((double) as_of - 1 - days->last) / WEEK);
	features[CHURN_REPEATS] = log1p((double) often);
	features[CHURN_AGE] = (double) (tenure - 1) / WEEK;
	features[CHURN_TREND] = log((1 + (double) later) / (1 + (double) (days->n - later)));
}

bool
churn_features(const uint8_t *activity, int32_t as_of, double *features)
{
	Summary summary = summary_read(activity, as_of);
	Days days = {summary.first_basis_day, summary.last_basis_day, summary.basis_days, true};

	if (days.n == 0)
		return false;
	read_features(activity, &days, days.n - 1, as_of, features);
	return true;
}

bool
visit_features(const uint8_t *activity, int32_t as_of, double *features)
{
	Summary summary = summary_read(activity, as_of);
	Days days = {summary.first_day, summary.last_day, summary.active_days, false};

	if (days.n == 0)
		return false;
	read_features(activity, &days, days.n, as_of, features);
	return true;
}

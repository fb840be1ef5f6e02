/*
 * retention_params.c: what is asked of a retention matrix.
 */
#include "kernel/metrics/retention.h"

#include <string.h>

#define TEXT_OF(x)  #x
#define AS_TEXT(x)  TEXT_OF(x)

RetentionParams *
retention_params(uint32_t n_brackets)
{
	size_t size = sizeof(RetentionParams) + n_brackets * sizeof(int32_t);
	RetentionParams *params = host_alloc(size);

	memset(params, 0, size);
	params->n_brackets = n_brackets;
	params->min_occurrences = 1;
	params->max_periods = RETENTION_ALL_PERIODS;
	params->cohort_from = RETENTION_FROM_START;
	params->cohort_to = RETENTION_TO_END;
	return params;
}

size_t
retention_params_size(const RetentionParams *params)
{
	return sizeof(RetentionParams) + params->n_brackets * sizeof(int32_t);
}

const char *
retention_problem(const RetentionParams *params, const char **hint)
{
	if (params->min_occurrences < 1)
	{
		*hint = "1 means that any event in the period counts as a return.";
		return "min_occurrences must be at least 1";
	}
	if (params->max_periods != RETENTION_ALL_PERIODS &&
		(params->max_periods < 0 || params->max_periods > RETENTION_MAX_PERIODS))
	{
		*hint = "NULL means all periods that have begun.";
		return "max_periods must be between 0 and " AS_TEXT(RETENTION_MAX_PERIODS);
	}
	if (params->cohort_from >= params->cohort_to)
	{
		*hint = "Cohorts from cohort_from up to, not including, cohort_to are listed.";
		return "cohort_from must be before cohort_to";
	}
	for (uint32_t i = 0; i < params->n_brackets; i++)
	{
		*hint = "A bracket is a number of periods: '{1,3,4}' means 1, 2 to 4, and 5 to 8.";
		if (params->ends[i] <= (i == 0 ? 0 : params->ends[i - 1]))
			return "each bracket must have at least 1 period";
		if (params->ends[i] > RETENTION_MAX_PERIODS)
			return "brackets must not have more than " AS_TEXT(RETENTION_MAX_PERIODS)
				" periods in all";
	}
	return NULL;
}

/* The first period that begins on the day or later. */
static int64_t
period_from(const RetentionParams *params, int32_t day)
{
	int64_t number = civil_period(day, params->period, params->week_start);

	return number + (civil_period_start(number, params->period, params->week_start) < day);
}

void
retention_set_period(RetentionParams *params, Period period, int32_t as_of)
{
	params->period = (uint8_t) period;
	params->as_of = as_of;
	if (period != PERIOD_WEEK)
		params->week_start = WEEK_MONDAY;
	params->last_begun = civil_period(as_of - 1, period, params->week_start);
	params->current = civil_period(as_of, period, params->week_start);
	params->from_number = INT32_MIN;
	if (params->cohort_from != RETENTION_FROM_START)
		params->from_number = (int32_t) period_from(params, params->cohort_from);
	params->to_number = INT64_MAX;
	if (params->cohort_to != RETENTION_TO_END)
		params->to_number = period_from(params, params->cohort_to);
}

int32_t
retention_cohort_day(const RetentionParams *params, int32_t cohort)
{
	int64_t start = civil_period_start(cohort, params->period, params->week_start);

	if (!civil_day_valid(start))
		host_fail(KERNEL_DAY_RANGE);
	return (int32_t) start;
}

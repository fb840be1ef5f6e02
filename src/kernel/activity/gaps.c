/*
 * gaps.c: silence and regularity of one user.
 */
#include "kernel/activity/gaps.h"

#include "kernel/base/sort.h"

#define COUNTED 128 /* gaps of fewer days are counted, which is faster than sorting them */

static int
compare_gaps(const void *a, const void *b)
{
	int32_t x = *(const int32_t *) a;
	int32_t y = *(const int32_t *) b;

	return (x > y) - (x < y);
}

/* The gap in this place, from 0, of gaps counted by length; COUNTED if it is longer than those. */
static uint32_t
counted_gap(const uint32_t *count, uint32_t place)
{
	uint32_t gap = 0;

	while (gap < COUNTED && count[gap] <= place)
		place -= count[gap++];
	return gap;
}

static double
sorted_median(const int32_t *days, uint32_t n)
{
	int32_t *gaps = host_alloc(n * sizeof(int32_t));
	double median;

	for (uint32_t i = 0; i < n; i++)
	{
		gaps[i] = days[i + 1] - days[i];
		host_poll_at(i);
	}
	sort_entries(gaps, n, sizeof(int32_t), compare_gaps);
	median = ((double) gaps[(n - 1) / 2] + (double) gaps[n / 2]) / 2;
	host_free(gaps);
	return median;
}

double
gaps_median(const int32_t *days, uint32_t n_days)
{
	uint32_t count[COUNTED] = {0};
	uint32_t n = n_days - 1;
	uint32_t upper;

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t gap = (uint32_t) days[i + 1] - (uint32_t) days[i];

		if (gap < COUNTED)
			count[gap]++;
		host_poll_at(i);
	}
	upper = counted_gap(count, n / 2);
	if (upper == COUNTED)
		return sorted_median(days, n);
	return ((double) counted_gap(count, (n - 1) / 2) + (double) upper) / 2;
}

int64_t
streak_longest(const int32_t *days, uint32_t n_days, Period period, WeekStart week_start)
{
	int64_t longest = 0;
	int64_t run = 0;
	int64_t previous = INT64_MIN;

	for (uint32_t i = 0; i < n_days; i++)
	{
		int64_t number = civil_period(days[i], period, week_start);

		host_poll_at(i);
		if (number == previous)
			continue;
		run = number == previous + 1 ? run + 1 : 1;
		if (run > longest)
			longest = run;
		previous = number;
	}
	return longest;
}

int64_t
streak_current(const int32_t *days, uint32_t n_days, int32_t as_of, Period period,
			   WeekStart week_start)
{
	int64_t begun = civil_period(as_of - 1, period, week_start);
	bool running = civil_period_start(begun + 1, period, week_start) > as_of;
	int64_t run;
	int64_t next;

	if (n_days == 0)
		return 0;
	next = civil_period(days[n_days - 1], period, week_start);
	if (next != begun && !(running && next == begun - 1))
		return 0;
	run = 1;
	for (uint32_t i = n_days - 1; i-- > 0;)
	{
		int64_t number = civil_period(days[i], period, week_start);

		host_poll_at(i);
		if (number < next - 1)
			break;
		run += number < next;
		next = number;
	}
	return run;
}

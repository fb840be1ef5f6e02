/*
 * summary.c: one user's totals over the days before as_of.
 */
#include "kernel/activity/summary.h"

Summary
summary_of(ActivityReader *activity, int32_t as_of)
{
	Summary summary = {.amounts = activity->amounts, .scale = activity->scale};
	ActivityDay day;
	bool settled = false; /* was the last purchase */

	while (activity_next_before(activity, as_of, &day))
	{
		if (summary.active_days++ == 0)
			summary.first_day = day.day;
		summary.last_day = day.day;
		if (activity_is_basis(activity, &day))
		{
			if (summary.basis_days++ == 0)
				summary.first_basis_day = day.day;
			else
				summary.repeat_amount += day.amount;
			summary.last_basis_day = day.day;
			settled = activity->amounts && (int64_t) as_of - day.day > SETTLED_DAYS;
			if (settled)
			{
				summary.settled_days++;
				summary.settled_amount += day.amount;
			}
		}
		else if (settled)
			summary.refunds -= day.amount;
		host_poll_at((uint64_t) summary.active_days);
		summary.events += day.events;
		summary.purchases += day.purchases;
		summary.amount += day.amount;
	}
	return summary;
}

Summary
summary_read(const uint8_t *bytes, int32_t as_of)
{
	ActivityReader reader;

	activity_open(&reader, bytes);
	return summary_of(&reader, as_of);
}

int32_t *
summary_days(const uint8_t *bytes, int32_t as_of, uint32_t *n)
{
	ActivityReader reader;
	int32_t day;
	int32_t *days;

	activity_open(&reader, bytes);
	days = host_alloc(reader.n_days * sizeof(int32_t));
	*n = 0;
	while (activity_next_day(&reader, &day) && day < as_of)
	{
		host_poll_at(*n);
		days[(*n)++] = day;
	}
	return days;
}

/*
 * day_list.c: the days of one user as they are put together, decoded.
 */
#include "kernel/activity/day_list.h"

#include <string.h>

#include "kernel/base/money.h"

#define INITIAL_DAYS 64
#define FEW_DAYS     24 /* to sort by insertion */

static void
insertion_sort(ActivityDay *days, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
	{
		ActivityDay day = days[i];
		uint32_t to = i;

		for (; to > 0 && days[to - 1].day > day.day; to--)
			days[to] = days[to - 1];
		days[to] = day;
	}
}

/* Where the ascending days that begin here end. */
static uint32_t
end_of_run(const ActivityDay *days, uint32_t from, uint32_t n)
{
	uint32_t end = from + 1;

	while (end < n && days[end - 1].day <= days[end].day)
		end++;
	return end < n ? end : n;
}

/* Merge neighbouring runs until one is left: few passes for days from few sources. */
static void
merge_runs(DayList *list)
{
	uint32_t n = list->n;

	if (list->spare_capacity < n)
	{
		if (list->spare != NULL)
			host_free(list->spare);
		list->spare = NULL;
		list->spare = host_alloc_large(list->capacity * sizeof(ActivityDay));
		list->spare_capacity = list->capacity;
	}
	while (end_of_run(list->days, 0, n) < n)
	{
		ActivityDay *from = list->days;
		ActivityDay *to = list->spare;
		uint32_t capacity = list->capacity;

		host_poll();
		for (uint32_t at = 0; at < n;)
		{
			uint32_t start = at;
			uint32_t a = at;
			uint32_t a_end = end_of_run(from, at, n);
			uint32_t b = a_end;
			uint32_t b_end = a_end < n ? end_of_run(from, a_end, n) : n;

			while (a < a_end && b < b_end)
				*to++ = from[b].day < from[a].day ? from[b++] : from[a++];
			memcpy(to, from + a, (a_end - a) * sizeof(ActivityDay));
			to += a_end - a;
			memcpy(to, from + b, (b_end - b) * sizeof(ActivityDay));
			to += b_end - b;
			at = b_end;
			if ((start ^ at) > 0xFFFF)
				host_poll();
		}
		list->days = list->spare;
		list->capacity = list->spare_capacity;
		list->spare = from;
		list->spare_capacity = capacity;
	}
}

/* Bring into order, and what happened on one day together. */
static void
put_in_order(DayList *list)
{
	uint32_t n = 0;

	if (!list->unordered)
		return;
	if (list->n <= FEW_DAYS)
		insertion_sort(list->days, list->n);
	else
		merge_runs(list);
	for (uint32_t i = 1; i < list->n; i++)
	{
		if (list->days[i].day == list->days[n].day)
			list->overflowed |= !activity_add_to_day(&list->days[n], &list->days[i]);
		else
			list->days[++n] = list->days[i];
	}
	list->n = n + 1;
	list->unordered = false;
}

void
day_list_make_room(DayList *list)
{
	uint32_t capacity = list->capacity == 0 ? INITIAL_DAYS : 2 * list->capacity;

	put_in_order(list);
	if (list->capacity > 0 && list->n <= list->capacity / 2)
		return;
	list->days = list->days == NULL
					 ? host_alloc(capacity * sizeof(ActivityDay))
					 : host_realloc_large(list->days, capacity * sizeof(ActivityDay));
	list->capacity = capacity;
}

int64_t
day_list_align(DayList *list, int64_t amount, int scale)
{
	if (scale < list->scale)
	{
		list->overflowed |= !money_try_rescale(&amount, scale, list->scale);
		return amount;
	}
	for (uint32_t i = 0; scale > list->scale && i < list->n; i++)
		list->overflowed |= !money_try_rescale(&list->days[i].amount, list->scale, scale);
	list->scale = scale;
	return amount;
}

void
day_list_set(DayList *list, const ActivityDay *days, uint32_t n, int scale)
{
	day_list_begin(list);
	while (list->capacity < n)
		day_list_make_room(list);
	memcpy(list->days, days, n * sizeof(ActivityDay));
	list->n = n;
	list->scale = scale;
}

void
day_list_add_activity(DayList *list, ActivityReader *activity)
{
	ActivityDay day;

	while (activity_next(activity, &day))
	{
		day.amount = day_list_align(list, day.amount, activity->scale);
		day_list_add(list, &day);
	}
}

void
day_list_finish(DayList *list)
{
	put_in_order(list);
	list->scale = activity_reduce_scale(list->days, list->n, list->scale);
}

void
day_list_free(DayList *list)
{
	if (list->days != NULL)
		host_free(list->days);
	if (list->spare != NULL)
		host_free(list->spare);
	*list = (DayList){0};
}

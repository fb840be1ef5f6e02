/*
 * day_list.h: the days of one user as they are put together, decoded.
 *
 * Days may come in any order and more than once; ascending ones, which is the
 * usual case, cost an append each.  One list serves many users, one by one.
 */
#ifndef USER_OPS_KERNEL_DAY_LIST_H
#define USER_OPS_KERNEL_DAY_LIST_H

#include "kernel/activity/activity.h"

typedef struct DayList
{
	ActivityDay *days;
	uint32_t n;
	uint32_t capacity;
	int scale;           /* of the amounts */
	bool unordered;      /* some day is below its predecessor */
	bool overflowed;     /* an amount did not fit: what is here is void */
	ActivityDay *spare;  /* for sorting */
	uint32_t spare_capacity;
} DayList;

/* Room for one more day. */
extern void day_list_make_room(DayList *list);

/* A scale for an amount that is about to be added, and the amount at the list's scale. */
extern int64_t day_list_align(DayList *list, int64_t amount, int scale);

/* No days; the room remains. */
static inline void
day_list_begin(DayList *list)
{
	list->n = 0;
	list->scale = 0;
	list->unordered = false;
	list->overflowed = false;
}

/* Add a day whose amount has the list's scale. */
static inline void
day_list_add(DayList *list, const ActivityDay *day)
{
	if (list->n > 0 && day->day == list->days[list->n - 1].day)
	{
		list->overflowed |= !activity_add_to_day(&list->days[list->n - 1], day);
		return;
	}
	if (list->n == list->capacity)
		day_list_make_room(list); /* which may put all in order */
	list->unordered |= list->n > 0 && day->day <= list->days[list->n - 1].day;
	list->days[list->n++] = *day;
}

/* Add the days of an activity. */
extern void day_list_add_activity(DayList *list, ActivityReader *activity);

/* Ascending days, instead of those here. */
extern void day_list_set(DayList *list, const ActivityDay *days, uint32_t n, int scale);

/* Bring into order, each day once, the scale as small as is exact. */
extern void day_list_finish(DayList *list);

extern void day_list_free(DayList *list);

#endif

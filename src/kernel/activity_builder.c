/*
 * activity_builder.c: rows of one user in any order, on their way to an activity.
 *
 * Two layouts of the entries: narrow (8 bytes, visits only) until the first
 * amount arrives, then wide (24 bytes).  While days arrive in ascending order,
 * which is how event tables grow, each entry is one day.  Others are appended
 * too and brought into order when the chunk is full or the value is asked for.
 */
#include "kernel/activity.h"

#include <stdlib.h>
#include <string.h>

struct ActivityBuilder
{
	uint32_t n;        /* entries in use */
	uint32_t capacity; /* entries there is room for */
	uint8_t amounts;   /* the source has amounts */
	uint8_t wide;      /* entries are ActivityDay, not ActivityVisits */
	uint8_t unordered; /* some day is not above its predecessor */
	uint8_t scale;     /* of all amounts here */
	uint8_t entries[] __attribute__((aligned(8)));
};

#define INITIAL_BYTES 64 /* 6 days of visits: one cache line */

#define NARROW(b) ((ActivityVisits *) (b)->entries)
#define WIDE(b)   ((ActivityDay *) (b)->entries)

static inline size_t
entry_size(const ActivityBuilder *b)
{
	return b->wide ? sizeof(ActivityDay) : sizeof(ActivityVisits);
}

static inline int32_t
entry_day(const ActivityBuilder *b, uint32_t i)
{
	return b->wide ? WIDE(b)[i].day : NARROW(b)[i].day;
}

ActivityBuilder *
activity_builder(bool amounts)
{
	ActivityBuilder *b = host_alloc(INITIAL_BYTES);

	memset(b, 0, sizeof(*b));
	b->amounts = amounts;
	b->capacity = (INITIAL_BYTES - sizeof(*b)) / sizeof(ActivityVisits);
	return b;
}

static uint32_t
add_count(uint32_t a, uint32_t b)
{
	uint32_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		host_fail(KERNEL_COUNT_RANGE);
	return sum;
}

static void
merge_visits(ActivityVisits *into, const ActivityVisits *from)
{
	into->events = add_count(into->events, from->events);
}

void
activity_add_to_day(ActivityDay *into, const ActivityDay *from)
{
	into->events = add_count(into->events, from->events);
	into->purchases += from->purchases; /* never more than events */
	if (__builtin_add_overflow(into->amount, from->amount, &into->amount))
		host_fail(KERNEL_AMOUNT_RANGE);
}

/* Both layouts begin with the day. */
static int
compare_days(const void *a, const void *b)
{
	int32_t x = *(const int32_t *) a;
	int32_t y = *(const int32_t *) b;

	return (x > y) - (x < y);
}

void
activity_builder_finish(ActivityBuilder *b)
{
	uint32_t kept = 0;

	if (!b->unordered)
		return;
	qsort(b->entries, b->n, entry_size(b), compare_days);
	for (uint32_t i = 1; i < b->n; i++)
	{
		if (entry_day(b, i) != entry_day(b, kept))
			kept++;
		else if (b->wide)
		{
			activity_add_to_day(&WIDE(b)[kept], &WIDE(b)[i]);
			continue;
		}
		else
		{
			merge_visits(&NARROW(b)[kept], &NARROW(b)[i]);
			continue;
		}
		if (b->wide)
			WIDE(b)[kept] = WIDE(b)[i];
		else
			NARROW(b)[kept] = NARROW(b)[i];
	}
	b->n = kept + 1;
	b->unordered = false;
}

/* Room for one more entry of the present layout. */
static ActivityBuilder *
make_room(ActivityBuilder *b)
{
	size_t bytes;

	if (b->n < b->capacity)
		return b;
	host_poll();
	activity_builder_finish(b);
	if (b->n < b->capacity - b->capacity / 4)
		return b;
	bytes = 2 * (sizeof(*b) + b->capacity * entry_size(b));
	b = host_realloc(b, bytes);
	b->capacity = (uint32_t) ((bytes - sizeof(*b)) / entry_size(b));
	return b;
}

static ActivityBuilder *
widen(ActivityBuilder *b)
{
	if (b->wide)
		return b;
	b->capacity = b->n + 2 < 4 ? 4 : b->n + b->n / 4 + 1;
	b = host_realloc(b, sizeof(*b) + b->capacity * sizeof(ActivityDay));
	for (uint32_t i = b->n; i-- > 0;)
	{
		ActivityVisits visits = NARROW(b)[i];

		WIDE(b)[i] = (ActivityDay){.day = visits.day, .events = visits.events};
	}
	b->wide = true;
	return b;
}

/* The day after which entries are added, or one below all days. */
static inline int64_t
last_entry_day(const ActivityBuilder *b)
{
	return b->n == 0 ? INT64_MIN : entry_day(b, b->n - 1);
}

static ActivityBuilder *
append_visits(ActivityBuilder *b, ActivityVisits visits)
{
	if (visits.day == last_entry_day(b))
	{
		merge_visits(&NARROW(b)[b->n - 1], &visits);
		return b;
	}
	b = make_room(b);
	if (visits.day <= last_entry_day(b)) /* making room may have sorted */
		b->unordered = true;
	NARROW(b)[b->n++] = visits;
	return b;
}

static ActivityBuilder *
append_day(ActivityBuilder *b, const ActivityDay *day)
{
	if (day->day == last_entry_day(b))
	{
		activity_add_to_day(&WIDE(b)[b->n - 1], day);
		return b;
	}
	b = make_room(b);
	if (day->day <= last_entry_day(b)) /* making room may have sorted */
		b->unordered = true;
	WIDE(b)[b->n++] = *day;
	return b;
}

/* Raise the scale of what is here, then of the new amount, to the larger one. */
static int64_t
align_scales(ActivityBuilder *b, int64_t amount, int scale)
{
	if (scale < b->scale)
		return activity_rescale(amount, scale, b->scale);
	if (scale > b->scale)
	{
		for (uint32_t i = 0; i < b->n; i++)
			WIDE(b)[i].amount = activity_rescale(WIDE(b)[i].amount, b->scale, scale);
		b->scale = (uint8_t) scale;
	}
	return amount;
}

ActivityBuilder *
activity_add_visit(ActivityBuilder *b, int32_t day)
{
	if (!b->wide)
		return append_visits(b, (ActivityVisits){day, 1});
	return append_day(b, &(ActivityDay){.day = day, .events = 1});
}

ActivityBuilder *
activity_add_amount(ActivityBuilder *b, int32_t day, int64_t amount, int scale)
{
	b = widen(b);
	amount = align_scales(b, amount, scale);
	return append_day(b, &(ActivityDay){day, 1, amount >= 0, amount});
}

ActivityBuilder *
activity_add_day(ActivityBuilder *b, const ActivityDay *day, int scale)
{
	ActivityDay aligned = *day;

	if (!b->wide && day->purchases == 0 && day->amount == 0)
		return append_visits(b, (ActivityVisits){day->day, day->events});
	b = widen(b);
	aligned.amount = align_scales(b, day->amount, scale);
	return append_day(b, &aligned);
}

ActivityBuilder *
activity_add_encoded(ActivityBuilder *b, const uint8_t *bytes)
{
	ActivityReader reader;
	ActivityDay day;

	activity_open(&reader, bytes);
	b->amounts |= reader.amounts;
	while (activity_next(&reader, &day))
		b = activity_add_day(b, &day, reader.scale);
	return b;
}

ActivityBuilder *
activity_add_builder(ActivityBuilder *b, const ActivityBuilder *other)
{
	b->amounts |= other->amounts;
	for (uint32_t i = 0; i < other->n; i++)
	{
		if (other->wide)
			b = activity_add_day(b, &WIDE(other)[i], other->scale);
		else
			b = activity_add_day(
				b, &(ActivityDay){.day = NARROW(other)[i].day, .events = NARROW(other)[i].events},
				0);
	}
	return b;
}

size_t
activity_builder_bound(const ActivityBuilder *b)
{
	return ACTIVITY_HEAD_BYTES +
		   (size_t) b->n * (b->wide ? ACTIVITY_DAY_BYTES : ACTIVITY_VISIT_BYTES);
}

size_t
activity_builder_encode(const ActivityBuilder *b, uint8_t *out)
{
	if (b->wide)
		return activity_encode(WIDE(b), b->n, b->amounts, b->scale, out);
	return activity_encode_visits(NARROW(b), b->n, b->amounts, out);
}

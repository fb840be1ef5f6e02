/*
 * activity_builder.c: rows of one user in any order, on their way to an activity.
 *
 * While days arrive in ascending order, which is how event tables grow, each entry
 * is one day.  Others are appended too and brought into order when the chunk is full
 * or the value is asked for.
 */
#include "kernel/activity/activity_builder_private.h"

#include <string.h>

#include "kernel/base/sort.h"

#define INITIAL_BYTES 64 /* 6 days of visits: one cache line */

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

bool
activity_add_to_day(ActivityDay *into, const ActivityDay *from)
{
	int64_t amount;

	if (__builtin_add_overflow(into->amount, from->amount, &amount))
		return false;
	into->events = add_count(into->events, from->events);
	into->purchases += from->purchases; /* never more than events */
	into->amount = amount;
	return true;
}

/* All layouts begin with the day. */
static int
compare_days(const void *a, const void *b)
{
	int32_t x = *(const int32_t *) a;
	int32_t y = *(const int32_t *) b;

	return (x > y) - (x < y);
}

/* Add an entry to another one of the same day; false if the amount does not fit. */
static inline bool
merge_entries(ActivityBuilder *b, uint32_t into, uint32_t from)
{
	if (b->layout == BUILDER_DAYS)
		return activity_add_to_day(&DAYS(b)[into], &DAYS(b)[from]);
	if (b->layout == BUILDER_VISITS)
		merge_visits(&VISITS(b)[into], &VISITS(b)[from]);
	else
		builder_add_sum(&SUMS(b)[into], &SUMS(b)[from]);
	return true;
}

/* Let the entries from a place on follow those that are kept. */
static void
close_gap(ActivityBuilder *b, uint32_t kept, uint32_t from)
{
	size_t size = builder_entry_size(b);

	memmove(b->entries + kept * size, b->entries + from * size, (b->n - from) * size);
	b->n -= from - kept;
}

bool
builder_order(ActivityBuilder *b)
{
	size_t size = builder_entry_size(b);
	uint32_t kept = 0;

	if (!b->unordered)
		return true;
	sort_entries(b->entries, b->n, size, compare_days);
	for (uint32_t i = 1; i < b->n; i++)
	{
		const uint8_t *entry = b->entries + i * size;

		if (compare_days(entry, b->entries + kept * size) != 0)
		{
			kept++;
			memmove(b->entries + kept * size, entry, size);
		}
		else if (!merge_entries(b, kept, i))
		{
			close_gap(b, kept + 1, i);
			return false;
		}
		host_poll_at(i);
	}
	b->n = kept + 1;
	b->unordered = false;
	return true;
}

ActivityBuilder *
activity_builder_finish(ActivityBuilder *b)
{
	ActivityBuilder *sums = b;
	ActivityBuilder *settled;

	if (!builder_order(b))
		sums = builder_sums_of(b);
	if (sums->layout != BUILDER_SUMS)
		return b;
	builder_order(sums);
	settled = builder_settled(sums);
	if (sums != b)
		host_free(sums);
	return settled;
}

ActivityBuilder *
builder_make_room(ActivityBuilder *b)
{
	size_t bytes;

	if (b->n < b->capacity)
		return b;
	host_poll();
	if (!builder_order(b))
		return builder_to_sums(b);
	if (b->n < b->capacity - b->capacity / 4)
		return b;
	bytes = 2 * (sizeof(*b) + b->capacity * builder_entry_size(b));
	b = host_realloc(b, bytes);
	b->capacity = (uint32_t) ((bytes - sizeof(*b)) / builder_entry_size(b));
	return b;
}

/* From visits to days. */
static ActivityBuilder *
visits_to_days(ActivityBuilder *b)
{
	if (b->layout != BUILDER_VISITS)
		return b;
	b->capacity = b->n + 2 < 4 ? 4 : b->n + b->n / 4 + 1;
	b = host_realloc(b, sizeof(*b) + b->capacity * sizeof(ActivityDay));
	for (uint32_t i = b->n; i-- > 0;)
	{
		ActivityVisits visits = VISITS(b)[i];

		DAYS(b)[i] = (ActivityDay){.day = visits.day, .events = visits.events};
	}
	b->layout = BUILDER_DAYS;
	return b;
}

static ActivityBuilder *
append_visits(ActivityBuilder *b, ActivityVisits visits)
{
	if (visits.day == builder_last_day(b))
	{
		merge_visits(&VISITS(b)[b->n - 1], &visits);
		return b;
	}
	b = builder_make_room(b);
	if (visits.day <= builder_last_day(b)) /* making room may have sorted */
		b->unordered = true;
	VISITS(b)[b->n++] = visits;
	return b;
}

static ActivityBuilder *
add_sum(ActivityBuilder *b, const ActivityDay *day, int scale)
{
	ActivitySum sum = builder_sum_of_day(day, scale);

	if (b->layout != BUILDER_SUMS)
		b = builder_to_sums(b);
	return builder_append_sum(b, &sum);
}

/* A day at the scale of those here. */
static ActivityBuilder *
append_day(ActivityBuilder *b, const ActivityDay *day)
{
	int scale = b->scale;

	if (day->day == builder_last_day(b))
		return activity_add_to_day(&DAYS(b)[b->n - 1], day) ? b : add_sum(b, day, scale);
	b = builder_make_room(b);
	if (b->layout != BUILDER_DAYS)
		return add_sum(b, day, scale);
	if (day->day <= builder_last_day(b)) /* making room may have sorted */
		b->unordered = true;
	DAYS(b)[b->n++] = *day;
	return b;
}

/* Raise the scale of what is here; false, with all as it was, if that does not fit. */
static bool
raise_scale(ActivityBuilder *b, int scale)
{
	int64_t power = power_of_ten(scale - b->scale);

	for (uint32_t i = 0; i < b->n; i++)
		if (DAYS(b)[i].amount > INT64_MAX / power || DAYS(b)[i].amount < INT64_MIN / power)
			return false;
	for (uint32_t i = 0; i < b->n; i++)
		DAYS(b)[i].amount *= power;
	b->scale = (uint8_t) scale;
	return true;
}

/* Bring a new amount and those here to the larger one of their scales, if all fit. */
static inline bool
align_scales(ActivityBuilder *b, int64_t *amount, int scale)
{
	if (scale < b->scale)
		return money_try_rescale(amount, scale, b->scale);
	return scale == b->scale || raise_scale(b, scale);
}

ActivityBuilder *
activity_add_visit(ActivityBuilder *b, int32_t day)
{
	if (b->layout == BUILDER_VISITS)
		return append_visits(b, (ActivityVisits){day, 1});
	if (b->layout == BUILDER_DAYS)
		return append_day(b, &(ActivityDay){.day = day, .events = 1});
	return add_sum(b, &(ActivityDay){.day = day, .events = 1}, 0);
}

/* Days that are no mere visits. */
static inline ActivityBuilder *
add_money(ActivityBuilder *b, ActivityDay day, int scale)
{
	int64_t amount = day.amount;

	b = visits_to_days(b);
	if (b->layout == BUILDER_SUMS || !align_scales(b, &amount, scale))
		return add_sum(b, &day, scale);
	day.amount = amount;
	return append_day(b, &day);
}

ActivityBuilder *
activity_add_amount(ActivityBuilder *b, int32_t day, int64_t amount, int scale)
{
	return add_money(b, (ActivityDay){day, 1, amount >= 0, amount}, scale);
}

ActivityBuilder *
activity_add_day(ActivityBuilder *b, const ActivityDay *day, int scale)
{
	if (b->layout == BUILDER_VISITS && day->purchases == 0 && day->amount == 0)
		return append_visits(b, (ActivityVisits){day->day, day->events});
	return add_money(b, *day, scale);
}

ActivityBuilder *
activity_add_encoded(ActivityBuilder *b, const uint8_t *bytes)
{
	ActivityReader reader;
	ActivityDay day;

	if (bytes[0] == ACTIVITY_SUMS)
		return builder_add_stored_sums(b, bytes);
	activity_open(&reader, bytes);
	b->amounts |= reader.amounts;
	while (activity_next(&reader, &day))
		b = activity_add_day(b, &day, reader.scale);
	return b;
}

ActivityBuilder *
activity_add_builder(ActivityBuilder *b, const ActivityBuilder *other)
{
	if (other->layout == BUILDER_SUMS && b->layout != BUILDER_SUMS)
		b = builder_to_sums(b);
	b->amounts |= other->amounts;
	for (uint32_t i = 0; i < other->n; i++)
	{
		if (other->layout == BUILDER_SUMS)
			b = builder_append_sum(b, &SUMS(other)[i]);
		else if (other->layout == BUILDER_DAYS)
			b = activity_add_day(b, &DAYS(other)[i], other->scale);
		else
			b = activity_add_day(b,
								 &(ActivityDay){.day = VISITS(other)[i].day,
												.events = VISITS(other)[i].events},
								 0);
	}
	return b;
}

const ActivityDay *
activity_builder_days(const ActivityBuilder *b, uint32_t *n, int *scale)
{
	*n = b->n;
	*scale = b->scale;
	return DAYS(b);
}

size_t
activity_builder_bound(const ActivityBuilder *b)
{
	return ACTIVITY_HEAD_BYTES +
		   (size_t) b->n * (b->layout == BUILDER_DAYS ? ACTIVITY_DAY_BYTES : ACTIVITY_VISIT_BYTES);
}

size_t
activity_builder_encode(const ActivityBuilder *b, uint8_t *out)
{
	if (b->layout == BUILDER_DAYS)
		return activity_encode(DAYS(b), b->n, b->amounts, b->scale, out);
	return activity_encode_visits(VISITS(b), b->n, b->amounts, out);
}

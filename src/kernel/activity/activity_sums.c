/*
 * activity_sums.c: amounts of days that do not fit 64 bits, or did not on the way.
 *
 *	+------+-------------+--------+=========+
 *	| 0xFF | n (4 bytes) | 0 0 0  | n sums  |	as they travel within a query
 *	+------+-------------+--------+=========+
 */
#include "kernel/activity/activity_builder_private.h"

#include <string.h>

#define SUMS_HEAD 8

ActivitySum
builder_sum_of_day(const ActivityDay *day, int scale)
{
	return (ActivitySum){.day = day->day,
						 .events = day->events,
						 .purchases = day->purchases,
						 .amount = money_sum_rescale(day->amount, scale, MONEY_MAX_SCALE)};
}

/* Entries in a chunk with room for so many sums. */
static void
spread(ActivityBuilder *b, uint32_t capacity)
{
	for (uint32_t i = b->n; i-- > 0;)
	{
		ActivityDay day;

		if (b->layout == BUILDER_DAYS)
			day = DAYS(b)[i];
		else
			day = (ActivityDay){.day = VISITS(b)[i].day, .events = VISITS(b)[i].events};
		SUMS(b)[i] = builder_sum_of_day(&day, b->scale);
	}
	b->layout = BUILDER_SUMS;
	b->scale = MONEY_MAX_SCALE;
	b->capacity = capacity;
}

static uint32_t
room_for_sums(const ActivityBuilder *b, size_t *size)
{
	uint32_t capacity = b->n + b->n / 4 + 2;

	*size = sizeof(*b) + (size_t) capacity * sizeof(ActivitySum);
	return capacity;
}

ActivityBuilder *
builder_to_sums(ActivityBuilder *b)
{
	size_t size;
	uint32_t capacity = room_for_sums(b, &size);

	b = host_realloc(b, size);
	spread(b, capacity);
	return b;
}

ActivityBuilder *
builder_sums_of(const ActivityBuilder *b)
{
	size_t size;
	uint32_t capacity = room_for_sums(b, &size);
	ActivityBuilder *copy = host_alloc(size);

	memcpy(copy, b, sizeof(*b) + b->n * builder_entry_size(b));
	spread(copy, capacity);
	return copy;
}

void
builder_add_sum(ActivitySum *into, const ActivitySum *from)
{
	if (__builtin_add_overflow(into->events, from->events, &into->events))
		host_fail(KERNEL_COUNT_RANGE);
	into->purchases += from->purchases; /* never more than events */
	into->amount += from->amount;
}

ActivityBuilder *
builder_append_sum(ActivityBuilder *b, const ActivitySum *sum)
{
	if (sum->day == builder_last_day(b))
	{
		builder_add_sum(&SUMS(b)[b->n - 1], sum);
		return b;
	}
	b = builder_make_room(b);
	if (sum->day <= builder_last_day(b)) /* making room may have sorted */
		b->unordered = true;
	SUMS(b)[b->n++] = *sum;
	return b;
}

/* How many decimals no amount needs. */
static int
spare_decimals(const ActivityBuilder *b)
{
	int spare = MONEY_MAX_SCALE;

	for (uint32_t i = 0; i < b->n && spare > 0; i++)
	{
		spare = money_sum_spare_decimals(SUMS(b)[i].amount, spare);
		host_poll_at(i);
	}
	return spare;
}

/* Can days be made of them without their spare decimals? */
static bool
all_fit(const ActivityBuilder *b, int spare)
{
	int64_t power = power_of_ten(spare);

	for (uint32_t i = 0; i < b->n; i++)
	{
		__int128 amount = SUMS(b)[i].amount / power;

		host_poll_at(i);
		if (amount < INT64_MIN || amount > INT64_MAX)
			return false;
	}
	return true;
}

ActivityBuilder *
builder_settled(const ActivityBuilder *b)
{
	int spare = spare_decimals(b);
	int64_t power = power_of_ten(spare);
	ActivityBuilder *settled;

	if (!all_fit(b, spare))
		host_fail(KERNEL_AMOUNT_RANGE);
	settled = host_alloc(sizeof(*b) + b->n * sizeof(ActivityDay));
	*settled = *b;
	settled->layout = BUILDER_DAYS;
	settled->capacity = b->n;
	settled->scale = (uint8_t) (MONEY_MAX_SCALE - spare);
	for (uint32_t i = 0; i < b->n; i++)
	{
		const ActivitySum *sum = &SUMS(b)[i];

		DAYS(settled)[i] = (ActivityDay){sum->day, sum->events, sum->purchases,
										 (int64_t) (sum->amount / power)};
	}
	return settled;
}

static uint8_t *
store_sums(const ActivityBuilder *b, size_t reserved, size_t *size)
{
	uint8_t *bytes;

	*size = SUMS_HEAD + (size_t) b->n * sizeof(ActivitySum);
	bytes = host_alloc(reserved + *size);
	memset(bytes + reserved, 0, SUMS_HEAD);
	bytes[reserved] = ACTIVITY_SUMS;
	memcpy(bytes + reserved + 1, &b->n, sizeof(b->n));
	memcpy(bytes + reserved + SUMS_HEAD, b->entries, (size_t) b->n * sizeof(ActivitySum));
	return bytes;
}

static uint8_t *
store_activity(const ActivityBuilder *b, size_t reserved, size_t *size)
{
	uint8_t *bytes = host_alloc(reserved + activity_builder_bound(b));

	*size = activity_builder_encode(b, bytes + reserved);
	return bytes;
}

uint8_t *
activity_builder_store(ActivityBuilder *b, size_t reserved, size_t *size)
{
	ActivityBuilder *sums = b;
	uint8_t *bytes;

	if (!builder_order(b))
		sums = builder_sums_of(b);
	if (sums->layout != BUILDER_SUMS)
		return store_activity(b, reserved, size);
	builder_order(sums);
	if (all_fit(sums, spare_decimals(sums)))
	{
		ActivityBuilder *settled = builder_settled(sums);

		bytes = store_activity(settled, reserved, size);
		host_free(settled);
	}
	else
		bytes = store_sums(sums, reserved, size);
	if (sums != b)
		host_free(sums);
	return bytes;
}

ActivityBuilder *
builder_add_stored_sums(ActivityBuilder *b, const uint8_t *bytes)
{
	uint32_t n;

	memcpy(&n, bytes + 1, sizeof(n));
	bytes += SUMS_HEAD;
	if (b->layout != BUILDER_SUMS)
		b = builder_to_sums(b);
	b->amounts = true;
	for (; n > 0; n--, bytes += sizeof(ActivitySum))
	{
		ActivitySum sum;

		memcpy(&sum, bytes, sizeof(sum));
		b = builder_append_sum(b, &sum);
	}
	return b;
}

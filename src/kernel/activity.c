/*
 * activity.c: validate, read and write the bytes of an activity.
 */
#include "kernel/activity.h"

#include <string.h>

#include "kernel/civil.h"
#include "kernel/varint.h"

#define FLAG_SCALE   0x0F
#define FLAG_AMOUNTS 0x10
#define HEAD_MORE    1
#define HEAD_MONEY   2

static const int64_t powers_of_ten[] = {1,      10,      100,      1000,      10000,
										100000, 1000000, 10000000, 100000000, 1000000000};

int64_t
activity_rescale(int64_t amount, int from_scale, int to_scale)
{
	int64_t scaled;

	if (__builtin_mul_overflow(amount, powers_of_ten[to_scale - from_scale], &scaled))
		host_fail(KERNEL_AMOUNT_RANGE);
	return scaled;
}

const uint8_t *
activity_read_varint(const uint8_t *p, uint64_t *value)
{
	uint64_t result = *p & 0x7F;
	int shift = 0;

	while (*p++ & 0x80)
	{
		shift += 7;
		result |= (uint64_t) (*p & 0x7F) << shift;
	}
	*value = result;
	return p;
}

/* Why this day contradicts itself, or NULL. */
static const char *
check_money(const ActivityDay *day)
{
	if (day->purchases > day->events)
		return "more purchases than events on a day";
	if (day->amount > 0 && day->purchases == 0)
		return "a positive amount without a purchase";
	if (day->amount < 0 && day->purchases == day->events)
		return "a negative amount without a refund";
	return NULL;
}

const char *
activity_check(const uint8_t *bytes, size_t size)
{
	const uint8_t *p = bytes;
	const uint8_t *end = bytes + size;
	uint64_t n_days;
	uint64_t value;
	int64_t day;
	bool amounts;
	int scale;
	bool scale_needed;

	if (size < 2)
		return "truncated header";
	if (*p++ != ACTIVITY_VERSION)
		return "unknown format version";
	amounts = (*p & FLAG_AMOUNTS) != 0;
	scale = *p & FLAG_SCALE;
	if ((*p++ & ~(FLAG_SCALE | FLAG_AMOUNTS)) != 0 || scale > ACTIVITY_MAX_SCALE)
		return "unknown flags";
	if ((p = varint_check(p, end, UINT32_MAX, &n_days)) == NULL || n_days == 0)
		return "bad number of days";
	if ((p = varint_check(p, end, UINT64_MAX, &value)) == NULL)
		return "bad first day";
	day = unzigzag(value);
	if (!civil_day_valid(day))
		return "first day out of range";

	scale_needed = scale > 0;
	for (uint64_t i = 0; i < n_days; i++)
	{
		ActivityDay one = {.events = 1};
		const char *problem;
		uint64_t head;

		if ((i & 0xFFFF) == 0xFFFF)
			host_poll();
		if ((p = varint_check(p, end, UINT64_MAX >> 2, &head)) == NULL)
			return "truncated or bad day";
		if (i == 0 ? head >> 2 != 0 : head >> 2 >= (uint64_t) (CIVIL_END_DAY - 1 - day))
			return "day out of range";
		if (i > 0)
			day += (int64_t) (head >> 2) + 1;
		if (head & HEAD_MORE)
		{
			if ((p = varint_check(p, end, UINT32_MAX - 2, &value)) == NULL)
				return "truncated or bad number of events";
			one.events = (uint32_t) value + 2;
		}
		if (!(head & HEAD_MONEY))
			continue;
		if (!amounts)
			return "an amount where the source has none";
		if ((p = varint_check(p, end, UINT32_MAX, &value)) == NULL)
			return "truncated or bad number of purchases";
		one.purchases = (uint32_t) value;
		if ((p = varint_check(p, end, UINT64_MAX, &value)) == NULL)
			return "truncated or bad amount";
		one.amount = unzigzag(value);
		if (one.purchases == 0 && one.amount == 0)
			return "an empty purchase";
		if ((problem = check_money(&one)) != NULL)
			return problem;
		if (one.amount % 10 != 0)
			scale_needed = false;
	}
	if (p != end)
		return "bytes after the last day";
	if (scale_needed)
		return "a scale larger than the amounts need";
	return NULL;
}

void
activity_open(ActivityReader *reader, const uint8_t *bytes)
{
	uint64_t value;
	const uint8_t *p;

	reader->amounts = (bytes[1] & FLAG_AMOUNTS) != 0;
	reader->scale = bytes[1] & FLAG_SCALE;
	p = activity_read_varint(bytes + 2, &value);
	reader->n_days = reader->left = (uint32_t) value;
	reader->next = activity_read_varint(p, &value);
	reader->day = (int32_t) unzigzag(value) - 1;
}

/* How much of the scale the amounts do not need, as a power of ten to divide by. */
static int64_t
superfluous_power(const ActivityDay *days, uint32_t n_days, int scale)
{
	int64_t power = powers_of_ten[scale];

	for (uint32_t i = 0; i < n_days && power > 1; i++)
		while (days[i].amount % power != 0)
			power /= 10;
	return power;
}

uint8_t *
activity_write_head(uint8_t *p, uint32_t n_days, int32_t first_day, bool amounts, int scale)
{
	*p++ = ACTIVITY_VERSION;
	*p++ = (uint8_t) (scale | (amounts ? FLAG_AMOUNTS : 0));
	p = varint_write(p, n_days);
	return varint_write(p, zigzag(first_day));
}

uint8_t *
activity_write_day(uint8_t *p, const ActivityDay *day, int32_t previous)
{
	bool more = day->events > 1;
	bool money = day->purchases > 0 || day->amount != 0;

	p = varint_write(p, (uint64_t) (uint32_t) (day->day - previous - 1) << 2 |
							(money ? HEAD_MONEY : 0) | (more ? HEAD_MORE : 0));
	if (more)
		p = varint_write(p, day->events - 2);
	if (money)
	{
		p = varint_write(p, day->purchases);
		p = varint_write(p, zigzag(day->amount));
	}
	return p;
}

size_t
activity_encode(const ActivityDay *days, uint32_t n_days, bool amounts, int scale, uint8_t *out)
{
	int64_t divisor = superfluous_power(days, n_days, scale);
	int32_t previous = days[0].day - 1;
	uint8_t *p;

	for (int64_t power = divisor; power > 1; power /= 10)
		scale--;
	p = activity_write_head(out, n_days, days[0].day, amounts, scale);
	for (uint32_t i = 0; i < n_days; i++)
	{
		ActivityDay day = days[i];

		day.amount /= divisor;
		p = activity_write_day(p, &day, previous);
		previous = day.day;
	}
	return (size_t) (p - out);
}

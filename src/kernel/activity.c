/*
 * activity.c: validate, read and write the bytes of an activity.
 */
#include "kernel/activity.h"

#include <string.h>

#include "kernel/civil.h"

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

/* The head of an activity that is not believed yet, as a cursor; what is wrong, or NULL. */
static const char *
check_head(ByteReader *in, ActivityReader *head)
{
	uint8_t version = read_byte(in);
	uint8_t flags = read_byte(in);
	int64_t day;

	if (in->bad)
		return "truncated header";
	if (version != ACTIVITY_VERSION)
		return "unknown format version";
	head->amounts = (flags & FLAG_AMOUNTS) != 0;
	head->scale = flags & FLAG_SCALE;
	if ((flags & ~(FLAG_SCALE | FLAG_AMOUNTS)) != 0 || head->scale > ACTIVITY_MAX_SCALE)
		return "unknown flags";
	head->left = head->n_days = (uint32_t) read_varint(in, UINT32_MAX);
	if (head->n_days == 0)
		return "bad number of days";
	day = read_zigzag(in);
	if (in->bad)
		return "bad first day";
	if (!civil_day_valid(day))
		return "first day out of range";
	head->day = (int32_t) day - 1;
	return NULL;
}

/* The next day behind the head; what is wrong with it, or NULL. */
static const char *
check_day(ByteReader *in, ActivityReader *head, ActivityDay *day)
{
	bool first = head->left == head->n_days;
	uint64_t coded = read_varint(in, UINT64_MAX >> 2);

	if (in->bad)
		return "truncated or bad day";
	if (coded >> 2 >= (first ? 1 : (uint64_t) (CIVIL_END_DAY - 1 - head->day)))
		return "day out of range";
	head->left--;
	head->day += (int32_t) (coded >> 2) + 1;
	*day = (ActivityDay){.day = head->day, .events = 1};
	if (coded & HEAD_MORE)
		day->events = (uint32_t) read_varint(in, UINT32_MAX - 2) + 2;
	if (in->bad)
		return "truncated or bad number of events";
	if (!(coded & HEAD_MONEY))
		return NULL;
	if (!head->amounts)
		return "an amount where the source has none";
	day->purchases = (uint32_t) read_varint(in, UINT32_MAX);
	if (in->bad)
		return "truncated or bad number of purchases";
	day->amount = read_zigzag(in);
	if (in->bad)
		return "truncated or bad amount";
	if (day->purchases == 0 && day->amount == 0)
		return "an empty purchase";
	return check_money(day);
}

const char *
activity_check(const uint8_t *bytes, size_t size)
{
	ByteReader in = byte_reader(bytes, size);
	ActivityReader head;
	ActivityDay day;
	const char *problem = check_head(&in, &head);
	bool scale_needed;

	if (problem != NULL)
		return problem;
	scale_needed = head.scale == 0;
	while (head.left > 0)
	{
		if ((head.left & 0xFFFF) == 0)
			host_poll();
		if ((problem = check_day(&in, &head, &day)) != NULL)
			return problem;
		scale_needed |= day.amount % 10 != 0;
	}
	if (in.next != in.end)
		return "bytes after the last day";
	if (!scale_needed)
		return "a scale larger than the amounts need";
	return NULL;
}

void
activity_open(ActivityReader *reader, const uint8_t *bytes)
{
	uint64_t value;
	const uint8_t *p;

	reader->next_day = NULL;
	reader->next_visit = NULL;
	reader->amounts = (bytes[1] & FLAG_AMOUNTS) != 0;
	reader->scale = bytes[1] & FLAG_SCALE;
	p = varint_read(bytes + 2, &value);
	reader->n_days = reader->left = (uint32_t) value;
	reader->next = varint_read(p, &value);
	reader->day = (int32_t) unzigzag(value) - 1;
}

void
activity_open_days(ActivityReader *reader, const ActivityDay *days, uint32_t n_days, bool amounts,
				   int scale)
{
	*reader = (ActivityReader){.next_day = days,
							   .left = n_days,
							   .n_days = n_days,
							   .amounts = amounts,
							   .scale = (uint8_t) scale};
}

void
activity_open_visits(ActivityReader *reader, const int32_t *visits, uint32_t n_visits,
					 bool amounts)
{
	*reader = (ActivityReader){.next_visit = visits,
							   .visits_end = visits + n_visits,
							   .n_days = n_visits,
							   .amounts = amounts};
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

static int
reduced_scale(int scale, int64_t power)
{
	for (; power > 1; power /= 10)
		scale--;
	return scale;
}

int
activity_reduce_scale(ActivityDay *days, uint32_t n_days, int scale)
{
	int64_t divisor = superfluous_power(days, n_days, scale);

	for (uint32_t i = 0; divisor > 1 && i < n_days; i++)
		days[i].amount /= divisor;
	return reduced_scale(scale, divisor);
}

size_t
activity_encode(const ActivityDay *days, uint32_t n_days, bool amounts, int scale, uint8_t *out)
{
	int64_t divisor = superfluous_power(days, n_days, scale);
	int32_t previous = days[0].day - 1;
	uint8_t *p;

	p = activity_write_head(out, n_days, days[0].day, amounts, reduced_scale(scale, divisor));
	for (uint32_t i = 0; i < n_days; i++)
	{
		ActivityDay day = days[i];

		day.amount /= divisor;
		p = activity_write_day(p, &day, previous);
		previous = day.day;
	}
	return (size_t) (p - out);
}

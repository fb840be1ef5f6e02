/*
 * activity.c: validate, read and write the bytes of an activity.
 */
#include "kernel/activity/activity.h"

#include <string.h>

#include "kernel/base/civil.h"
#include "kernel/base/money.h"

#define FLAG_SCALE   0x0F
#define FLAG_AMOUNTS 0x10
#define FLAG_LONG    0x20

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
	if ((flags & ~(FLAG_SCALE | FLAG_AMOUNTS | FLAG_LONG)) != 0 || head->scale > MONEY_MAX_SCALE)
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
	head->head = in->next;
	head->long_heads = (flags & FLAG_LONG) != 0;
	return NULL;
}

/* The days' heads; what is wrong with them, or NULL. */
static const char *
check_days(ByteReader *in, const ActivityReader *head)
{
	int64_t day = head->day;

	for (uint32_t i = 0; i < head->n_days; i++)
	{
		uint64_t gap = read_varint(in, UINT64_MAX >> 2) >> 2;

		if ((i & 0xFFFF) == 0)
			host_poll();
		if (in->bad)
			return "truncated or bad day";
		if (gap >= (i == 0 ? 1 : (uint64_t) (CIVIL_END_DAY - 1 - day)))
			return "day out of range";
		day += (int64_t) gap + 1;
	}
	if (head->long_heads != ((uint64_t) (in->next - head->head) > head->n_days))
		return "heads of days that contradict the flags";
	return NULL;
}

/* What happened on the next day; what is wrong with it, or NULL. */
static const char *
check_values(ByteReader *in, ActivityReader *head, ActivityDay *day)
{
	uint64_t coded = activity_read_head(head);

	*day = (ActivityDay){.day = head->day, .events = 1};
	if (coded & ACTIVITY_MORE)
		day->events = (uint32_t) read_varint(in, UINT32_MAX - 2) + 2;
	if (in->bad)
		return "truncated or bad number of events";
	if (!(coded & ACTIVITY_MONEY))
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
		return "money without a purchase or an amount";
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

	if (problem == NULL)
		problem = check_days(&in, &head);
	if (problem != NULL)
		return problem;
	scale_needed = head.scale == 0;
	while (head.left > 0)
	{
		if ((head.left & 0xFFFF) == 0)
			host_poll();
		if ((problem = check_values(&in, &head, &day)) != NULL)
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
	reader->values = NULL;
	reader->amounts = (bytes[1] & FLAG_AMOUNTS) != 0;
	reader->scale = bytes[1] & FLAG_SCALE;
	p = varint_read(bytes + 2, &value);
	reader->n_days = reader->left = (uint32_t) value;
	reader->head = varint_read(p, &value);
	reader->day = (int32_t) unzigzag(value) - 1;
	reader->long_heads = (bytes[1] & FLAG_LONG) != 0;
}

const uint8_t *
activity_skip_heads(const uint8_t *head, uint32_t n)
{
	for (; n > 0; head++)
		n -= *head < 0x80;
	return head;
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

/* How many decimals of the scale no amount needs. */
static int
spare_decimals(const ActivityDay *days, uint32_t n_days, int scale)
{
	int spare = scale;

	for (uint32_t i = 0; i < n_days && spare > 0; i++)
	{
		spare = money_spare_decimals(days[i].amount, spare);
		host_poll_at(i);
	}
	return spare;
}

int
activity_reduce_scale(ActivityDay *days, uint32_t n_days, int scale)
{
	int spare = spare_decimals(days, n_days, scale);
	int64_t divisor = power_of_ten(spare);

	for (uint32_t i = 0; divisor > 1 && i < n_days; i++)
		days[i].amount /= divisor;
	return scale - spare;
}

/* What a day has, as its head says it. */
static inline uint32_t
has_values(const ActivityDay *day)
{
	return (day->events > 1 ? ACTIVITY_MORE : 0) |
		   (day->purchases > 0 || day->amount != 0 ? ACTIVITY_MONEY : 0);
}

static inline uint8_t *
write_values(uint8_t *p, const ActivityDay *day)
{
	uint32_t has = has_values(day);

	if (has & ACTIVITY_MORE)
		p = varint_write(p, day->events - 2);
	if (has & ACTIVITY_MONEY)
	{
		p = varint_write(p, day->purchases);
		p = varint_write(p, zigzag(day->amount));
	}
	return p;
}

/* Days that at() gives, with amounts to be divided, by which they get this scale. */
static inline __attribute__((always_inline)) size_t
encode(const void *days, ActivityDay (*at)(const void *days, uint32_t i), uint32_t n_days,
	   bool amounts, int64_t divisor, int scale, uint8_t *out)
{
	int32_t previous = at(days, 0).day - 1;
	uint8_t *heads;
	uint8_t *p;

	out[0] = ACTIVITY_VERSION;
	p = varint_write(out + 2, n_days);
	p = heads = varint_write(p, zigzag(previous + 1));
	for (uint32_t i = 0; i < n_days; i++)
	{
		ActivityDay day = at(days, i);

		p = varint_write(p, (uint64_t) (uint32_t) (day.day - previous - 1) << 2 | has_values(&day));
		previous = day.day;
		host_poll_at(i);
	}
	out[1] = (uint8_t) (scale | (amounts ? FLAG_AMOUNTS : 0) |
						((uint64_t) (p - heads) > n_days ? FLAG_LONG : 0));
	for (uint32_t i = 0; i < n_days; i++)
	{
		ActivityDay day = at(days, i);

		if (divisor > 1)
			day.amount /= divisor;
		p = write_values(p, &day);
		host_poll_at(i);
	}
	return (size_t) (p - out);
}

static inline ActivityDay
day_at(const void *days, uint32_t i)
{
	return ((const ActivityDay *) days)[i];
}

static inline ActivityDay
visits_at(const void *days, uint32_t i)
{
	ActivityVisits visits = ((const ActivityVisits *) days)[i];

	return (ActivityDay){.day = visits.day, .events = visits.events};
}

size_t
activity_encode(const ActivityDay *days, uint32_t n_days, bool amounts, int scale, uint8_t *out)
{
	int spare = spare_decimals(days, n_days, scale);

	return encode(days, day_at, n_days, amounts, power_of_ten(spare), scale - spare, out);
}

size_t
activity_encode_visits(const ActivityVisits *visits, uint32_t n_days, bool amounts, uint8_t *out)
{
	return encode(visits, visits_at, n_days, amounts, 1, 0, out);
}

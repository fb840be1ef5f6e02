/*
 * activity.h: one user's active days as a compact, canonical byte string.
 *
 *	+---------+--------+--------+-----------+=====+=====+==
 *	| version | flags  | n days | first day | day | day | ...
 *	+---------+--------+--------+-----------+=====+=====+==
 *	  1 byte    1 byte   varint   zigzag      n times
 *
 *	flags	bits 0-3: scale of the amounts, 0 to 9
 *			bit 4: the source has amounts
 *
 *	a day	varint head: (days since the previous day - 1) << 2 | has money << 1 | has more;
 *			0 days for the first one
 *			varint events - 2			if has more (else there was 1 event)
 *			varint purchases			if has money (else 0)
 *			zigzag amount * 10^scale	if has money (else 0)
 *
 * Varint and zigzag are those of bytes.h.  The first day counts from 2000-01-01.
 *
 * The form is canonical: equal activities have equal bytes.  Days ascend, each
 * stands once, the scale is the smallest that is exact, money is present only
 * where it says something, and
 *
 *	1 <= events <= 2^32 - 1,  purchases <= events
 *	amount > 0 only with a purchase, amount < 0 only with a row that is none
 *
 * An activity has at least one day.  Not done: a header with totals (most
 * values are 30 bytes; decoding them costs as much as finding the header), and
 * bit packing (a byte a day is the floor that varints nearly reach).
 */
#ifndef USER_OPS_KERNEL_ACTIVITY_H
#define USER_OPS_KERNEL_ACTIVITY_H

#include "kernel/bytes.h"

#define ACTIVITY_VERSION    1
#define ACTIVITY_MAX_SCALE  9
#define ACTIVITY_HEAD_BYTES (2 + 5 + 5)                /* at most */
#define ACTIVITY_DAY_BYTES  (5 + 5 + 5 + 10)           /* at most */

typedef struct ActivityDay
{
	int32_t day;
	uint32_t events;    /* 1 or more */
	uint32_t purchases; /* rows with an amount of 0 or more */
	int64_t amount;     /* net, times 10^scale */
} ActivityDay;

/* A cursor over the days of a valid activity, oldest first. */
typedef struct ActivityReader
{
	const uint8_t *next; /* where the next day's bytes begin */
	const ActivityDay *next_day; /* the next day if they are decoded, else NULL */
	const int32_t *next_visit;   /* the next visit's day if they stand in a list, else NULL */
	const int32_t *visits_end;
	uint32_t left;       /* days not yet read; not of visits */
	uint32_t n_days;     /* days in all; of visits: at most */
	int32_t day;         /* base of the next delta */
	uint8_t scale;
	bool amounts;        /* the source has amounts */
} ActivityReader;

/* Why the bytes are no activity, or NULL if they are a canonical one. */
extern const char *activity_check(const uint8_t *bytes, size_t size);

extern void activity_open(ActivityReader *reader, const uint8_t *bytes);
extern void activity_open_days(ActivityReader *reader, const ActivityDay *days, uint32_t n_days,
							   bool amounts, int scale);
/* Visits on ascending days. */
extern void activity_open_visits(ActivityReader *reader, const int32_t *visits, uint32_t n_visits,
								 bool amounts);

/* The day whose bytes come next; returns the end of its head. */
static inline const uint8_t *
activity_read_head(ActivityReader *reader, uint64_t *head)
{
	const uint8_t *p = reader->next;

	*head = *p++;
	if (*head >= 0x80)
		p = varint_read(p - 1, head);
	reader->day += (int32_t) (*head >> 2) + 1;
	return p;
}

/* The next day; false when all are read. */
static inline bool
activity_next(ActivityReader *reader, ActivityDay *out)
{
	const uint8_t *p;
	uint64_t head;
	uint64_t value;

	if (reader->next_visit != NULL)
	{
		const int32_t *first = reader->next_visit;

		if (first == reader->visits_end)
			return false;
		while (reader->next_visit < reader->visits_end && *reader->next_visit == *first)
			reader->next_visit++;
		*out = (ActivityDay){.day = *first, .events = (uint32_t) (reader->next_visit - first)};
		return true;
	}
	if (reader->left == 0)
		return false;
	reader->left--;
	if (reader->next_day != NULL)
	{
		*out = *reader->next_day++;
		return true;
	}
	p = activity_read_head(reader, &head);
	out->day = reader->day;
	out->events = 1;
	out->purchases = 0;
	out->amount = 0;
	if (head & 1)
	{
		p = varint_read(p, &value);
		out->events = (uint32_t) value + 2;
	}
	if (head & 2)
	{
		p = varint_read(p, &value);
		out->purchases = (uint32_t) value;
		p = varint_read(p, &value);
		out->amount = unzigzag(value);
	}
	reader->next = p;
	return true;
}

/* The next day before as_of; false when there is none. */
static inline bool
activity_next_before(ActivityReader *reader, int32_t as_of, ActivityDay *out)
{
	return activity_next(reader, out) && out->day < as_of;
}

/*
 * The next day alone, or the same one again for each visit of a list; false when all
 * are read.  It costs less; where it is used, activity_next is not.
 */
static inline bool
activity_next_day(ActivityReader *reader, int32_t *day)
{
	const uint8_t *p;
	uint64_t head;

	if (reader->next_visit != NULL)
	{
		if (reader->next_visit == reader->visits_end)
			return false;
		*day = *reader->next_visit++;
		return true;
	}
	if (reader->left == 0)
		return false;
	reader->left--;
	if (reader->next_day != NULL)
	{
		*day = reader->next_day++->day;
		return true;
	}
	p = activity_read_head(reader, &head);
	*day = reader->day;
	/* a number of events; a number of purchases and an amount */
	for (uint64_t values = (head & 1) + (head & 2); values > 0; values--)
		while (*p++ >= 0x80)
			;
	reader->next = p;
	return true;
}

/* Does the day belong to the basis of RFM and churn: purchases, or any activity? */
static inline bool
activity_is_basis(const ActivityReader *reader, const ActivityDay *day)
{
	return !reader->amounts || day->purchases > 0;
}

/*
 * A builder collects rows in any order.  It is one chunk that moves as it
 * grows, small at first: there is one for each group of an aggregate.
 * Amounts are kept at the largest scale seen.
 */
typedef struct ActivityBuilder ActivityBuilder;

extern ActivityBuilder *activity_builder(bool amounts);
extern ActivityBuilder *activity_add_visit(ActivityBuilder *builder, int32_t day);
extern ActivityBuilder *activity_add_amount(ActivityBuilder *builder, int32_t day,
											int64_t amount, int scale);
extern ActivityBuilder *activity_add_day(ActivityBuilder *builder, const ActivityDay *day,
										 int scale);
extern ActivityBuilder *activity_add_encoded(ActivityBuilder *builder, const uint8_t *bytes);
extern ActivityBuilder *activity_add_builder(ActivityBuilder *builder,
											 const ActivityBuilder *other);

/* Bring into order; then the encoded size is at most activity_builder_bound. */
extern void activity_builder_finish(ActivityBuilder *builder);
extern size_t activity_builder_bound(const ActivityBuilder *builder);
extern size_t activity_builder_encode(const ActivityBuilder *builder, uint8_t *out);

/* Add what happened on the same day; amounts of one scale. */
extern void activity_add_to_day(ActivityDay *day, const ActivityDay *more);

/* An upper bound of the size of so many days. */
static inline size_t
activity_bound(size_t n_days)
{
	return ACTIVITY_HEAD_BYTES + n_days * ACTIVITY_DAY_BYTES;
}

/* Encode ascending days; the scale need not be the smallest.  Returns the size. */
extern size_t activity_encode(const ActivityDay *days, uint32_t n_days, bool amounts, int scale,
							  uint8_t *out);

/* The parts of an encoded activity; both return the end of what they wrote. */
extern uint8_t *activity_write_head(uint8_t *p, uint32_t n_days, int32_t first_day, bool amounts,
									int scale);
extern uint8_t *activity_write_day(uint8_t *p, const ActivityDay *day, int32_t previous);

extern int64_t activity_rescale(int64_t amount, int from_scale, int to_scale);
/* Bring the amounts to the smallest scale that is exact, and return it. */
extern int activity_reduce_scale(ActivityDay *days, uint32_t n_days, int scale);

/* The text form, activity_text.c. */
extern char *activity_print(const uint8_t *bytes);
/* NULL with *problem set if the text is no activity; check the encoded bytes too. */
extern ActivityBuilder *activity_parse(const char *text, const char **problem);

#endif

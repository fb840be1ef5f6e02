/*
 * activity.h: one user's active days as a compact, canonical byte string.
 *
 *	+---------+--------+--------+-----------+======+======+==+========+========+==
 *	| version | flags  | n days | first day | head | head |  | values | values |
 *	+---------+--------+--------+-----------+======+======+==+========+========+==
 *	  1 byte    1 byte   varint   zigzag      n varints        of days that have some
 *
 *	flags	bits 0-3: scale of the amounts, 0 to 9
 *			bit 4: the source has amounts
 *			bit 5: some head takes more than a byte
 *	head	(days since the previous day - 1) << 2 | has money << 1 | has more;
 *			0 days for the first one
 *	values	varint events - 2			if the day has more (else there was 1 event)
 *			varint purchases			if it has money (else 0)
 *			zigzag amount * 10^scale	if it has money (else 0)
 *
 * Most questions ask for the days alone, so their heads stand together, mostly of a
 * byte each and read one like the other.  What happened on the days stands behind.
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

#include "kernel/base/bytes.h"

#define ACTIVITY_VERSION     1
#define ACTIVITY_HEAD_BYTES  (2 + 5 + 5)                     /* at most */
#define ACTIVITY_VISIT_BYTES (5 + 5)                         /* at most */
#define ACTIVITY_DAY_BYTES   (ACTIVITY_VISIT_BYTES + 5 + 10) /* at most */

typedef struct ActivityDay
{
	int32_t day;
	uint32_t events;    /* 1 or more */
	uint32_t purchases; /* rows with an amount of 0 or more */
	int64_t amount;     /* net, times 10^scale */
} ActivityDay;

/* Visits on one day, which are all that some sources have. */
typedef struct ActivityVisits
{
	int32_t day;
	uint32_t events; /* 1 or more */
} ActivityVisits;

/* A cursor over the days of a valid activity, oldest first. */
typedef struct ActivityReader
{
	const uint8_t *head;         /* of the next day */
	const uint8_t *values;       /* of the next day that has some; NULL: not looked for */
	const ActivityDay *next_day; /* the next day if they are decoded, else NULL */
	const int32_t *next_visit;   /* the next visit's day if they stand in a list, else NULL */
	const int32_t *visits_end;
	uint32_t left;       /* days not yet read; not of visits */
	uint32_t n_days;     /* days in all; of visits: at most */
	int32_t day;         /* read last, or that before the first */
	uint8_t scale;
	bool amounts;        /* the source has amounts */
	bool long_heads;     /* some head takes more than a byte */
} ActivityReader;

#define ACTIVITY_MORE  1 /* in a head */
#define ACTIVITY_MONEY 2

/* Why the bytes are no activity, or NULL if they are a canonical one. */
extern const char *activity_check(const uint8_t *bytes, size_t size);

extern void activity_open(ActivityReader *reader, const uint8_t *bytes);
extern void activity_open_days(ActivityReader *reader, const ActivityDay *days, uint32_t n_days,
							   bool amounts, int scale);
/* Visits on ascending days. */
extern void activity_open_visits(ActivityReader *reader, const int32_t *visits, uint32_t n_visits,
								 bool amounts);

/* The next day's head, of bytes. */
static inline uint64_t
activity_read_head(ActivityReader *reader)
{
	uint64_t head;

	reader->head = varint_read(reader->head, &head);
	reader->day += (int32_t) (head >> 2) + 1;
	reader->left--;
	return head;
}

extern __attribute__((pure)) const uint8_t *activity_skip_heads(const uint8_t *head, uint32_t n);

/* Where the values begin, when the first head has been read. */
static inline const uint8_t *
activity_values(const ActivityReader *reader)
{
	return reader->long_heads ? activity_skip_heads(reader->head, reader->left)
							  : reader->head + reader->left;
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
	if (reader->next_day != NULL)
	{
		reader->left--;
		*out = *reader->next_day++;
		return true;
	}
	head = activity_read_head(reader);
	*out = (ActivityDay){.day = reader->day, .events = 1};
	p = reader->values != NULL ? reader->values : activity_values(reader);
	if (head & ACTIVITY_MORE)
	{
		p = varint_read(p, &value);
		out->events = (uint32_t) value + 2;
	}
	if (head & ACTIVITY_MONEY)
	{
		p = varint_read(p, &value);
		out->purchases = (uint32_t) value;
		p = varint_read(p, &value);
		out->amount = unzigzag(value);
	}
	reader->values = p;
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
	if (reader->next_visit != NULL)
	{
		if (reader->next_visit == reader->visits_end)
			return false;
		*day = *reader->next_visit++;
		return true;
	}
	if (reader->left == 0)
		return false;
	if (reader->next_day != NULL)
	{
		reader->left--;
		*day = reader->next_day++->day;
		return true;
	}
	activity_read_head(reader);
	*day = reader->day;
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
 * Amounts are kept at the largest scale seen.  What a day's add up to must fit 64
 * bits in the end, and need not on the way.
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

/*
 * The builder brought into order, or another one in its stead, which stays where it is;
 * fails if an amount does not fit.  Then the encoded size is at most activity_builder_bound,
 * and if there are amounts, their days can be read.
 */
extern ActivityBuilder *activity_builder_finish(ActivityBuilder *builder);
extern size_t activity_builder_bound(const ActivityBuilder *builder);
extern size_t activity_builder_encode(const ActivityBuilder *builder, uint8_t *out);
extern const ActivityDay *activity_builder_days(const ActivityBuilder *builder, uint32_t *n,
												int *scale);

/*
 * What a builder holds, on its way to another one: in a new chunk, behind so many bytes
 * for the host.  It is an activity, or begins with ACTIVITY_SUMS if that would not do;
 * activity_add_encoded takes both.
 */
#define ACTIVITY_SUMS 0xFF
extern uint8_t *activity_builder_store(ActivityBuilder *builder, size_t reserved, size_t *size);

/* Add what happened on the same day, with an amount of the same scale; false if that does not fit. */
extern bool activity_add_to_day(ActivityDay *day, const ActivityDay *more);

/* An upper bound of the size of so many days. */
static inline size_t
activity_bound(size_t n_days)
{
	return ACTIVITY_HEAD_BYTES + n_days * ACTIVITY_DAY_BYTES;
}

/* Encode ascending days; the scale need not be the smallest.  Returns the size. */
extern size_t activity_encode(const ActivityDay *days, uint32_t n_days, bool amounts, int scale,
							  uint8_t *out);
extern size_t activity_encode_visits(const ActivityVisits *visits, uint32_t n_days, bool amounts,
									 uint8_t *out);

/* Bring the amounts to the smallest scale that is exact, and return it. */
extern int activity_reduce_scale(ActivityDay *days, uint32_t n_days, int scale);

/* The text form, activity_text.c. */
extern char *activity_print(const uint8_t *bytes);
/* NULL with *problem set if the text is no activity; check the encoded bytes too. */
extern ActivityBuilder *activity_parse(const char *text, const char **problem);

#endif

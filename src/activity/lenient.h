/*
 * lenient.h: rows of events among which some do not count, and why.
 *
 * Strict functions raise an error that names the value.  Lenient ones leave the row
 * out and count it by its reason, the first of these that holds.  Their arguments are
 *
 *	event_time [, amount, amount_decimals], ignore_before [, time_zone]
 *
 * of which amount_decimals and ignore_before may be NULL: amounts as they are, all days.
 */
#ifndef USER_OPS_LENIENT_H
#define USER_OPS_LENIENT_H

#include "server/compat.h"

#include "activity/event_args.h"
#include "kernel/base/money.h"

typedef enum RowFault
{
	ROW_WITHOUT_USER,
	ROW_WITHOUT_TIME,  /* or with an infinite one, or outside PostgreSQL's dates */
	ROW_IGNORED,       /* its day is before ignore_before */
	ROW_BAD_AMOUNT,    /* NaN, infinite, or not below 10^15 */
	ROW_MANY_DECIMALS, /* more than are kept, and amount_decimals is NULL */
	ROW_COUNTS
} RowFault;

#define ROW_FAULTS ROW_COUNTS /* how many there are */

/* Of how many rows each is the reason why they were left out. */
typedef struct LeftOut
{
	int64 rows[ROW_FAULTS];
} LeftOut;

static inline void
left_out_add(LeftOut *sum, const LeftOut *more)
{
	for (int i = 0; i < ROW_FAULTS; i++)
		sum->rows[i] += more->rows[i];
}

static inline int64
left_out_total(const LeftOut *left_out)
{
	int64 total = 0;

	for (int i = 0; i < ROW_FAULTS; i++)
		total += left_out->rows[i];
	return total;
}

extern _Noreturn void bad_amount_decimals(int32 decimals);

static pg_attribute_always_inline int
amount_decimals_arg(FunctionCallInfo fcinfo, int n)
{
	int32 decimals;

	if (PG_ARGISNULL(n))
		return DECIMALS_AS_THEY_ARE;
	decimals = PG_GETARG_INT32(n);
	if (unlikely(decimals < 0 || decimals > MONEY_MAX_SCALE))
		bad_amount_decimals(decimals);
	return decimals;
}

static pg_attribute_always_inline Decimal
numeric_reading(FunctionCallInfo fcinfo, int n)
{
	return decimal_read_numeric((Numeric) PG_GETARG_VARLENA_PP(n),
								amount_decimals_arg(fcinfo, n + 1));
}

static pg_attribute_always_inline Decimal
float8_reading(FunctionCallInfo fcinfo, int n)
{
	return decimal_read_float8(PG_GETARG_FLOAT8(n), amount_decimals_arg(fcinfo, n + 1));
}

/*
 * What is larger is no money, but an identifier or a mark, such as the largest bigint:
 * one alone would take from its user's sum all the room of 64 bits.
 */
static pg_attribute_always_inline bool
is_too_large(Decimal amount)
{
	static const int64 limits[] = {
		INT64CONST(1000000000000000), INT64CONST(10000000000000000),
		INT64CONST(100000000000000000), INT64CONST(1000000000000000000)};

	return amount.scale < (int) lengthof(limits) &&
		   (amount.value >= limits[amount.scale] || amount.value <= -limits[amount.scale]);
}

/* To round them does nothing. */
#define int8_reading int8_amount
#define int4_reading int4_amount
#define int2_reading int2_amount

/* A row that counts. */
typedef struct LenientEvent
{
	int32 day;
	bool visit; /* no amount */
	Decimal amount;
} LenientEvent;

/* The row whose time is argument n; amount is NULL where there is no such argument. */
static pg_attribute_always_inline RowFault
read_event(FunctionCallInfo fcinfo, int n, DayArg day, AmountArg amount, LenientEvent *event)
{
	int ignore_before = n + (amount == NULL ? 1 : 3);

	event->visit = true;
	if (PG_ARGISNULL(n))
		return ROW_WITHOUT_TIME;
	event->day = day(fcinfo, n);
	if (unlikely(event->day <= DAY_OUTSIDE))
		return ROW_WITHOUT_TIME;
	if (!PG_ARGISNULL(ignore_before) && event->day < PG_GETARG_DATEADT(ignore_before))
		return ROW_IGNORED;
	if (amount != NULL && !PG_ARGISNULL(n + 1))
	{
		event->visit = false;
		event->amount = amount(fcinfo, n + 1);
		if (unlikely(event->amount.scale < 0))
			return event->amount.scale == DECIMAL_TOO_LONG ? ROW_MANY_DECIMALS : ROW_BAD_AMOUNT;
		if (unlikely(is_too_large(event->amount)))
			return ROW_BAD_AMOUNT;
	}
	return ROW_COUNTS;
}

/* A composite value of the type left_out_counts. */
extern Datum left_out_datum(FunctionCallInfo fcinfo, const LeftOut *left_out);

#endif

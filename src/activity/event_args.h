/*
 * event_args.h: the time and amount of an event, from the arguments of a
 * transition function, for each type they may have.
 */
#ifndef USER_OPS_EVENT_ARGS_H
#define USER_OPS_EVENT_ARGS_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/timestamp.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"

/* No days. */
#define DAY_AT_INFINITY PG_INT32_MIN       /* the time is infinite */
#define DAY_OUTSIDE     (PG_INT32_MIN + 1) /* the local day is before PostgreSQL's dates */

static pg_attribute_always_inline int32
date_day(FunctionCallInfo fcinfo, int n)
{
	DateADT date = PG_GETARG_DATEADT(n);

	return DATE_NOT_FINITE(date) ? DAY_AT_INFINITY : day_of_date(date);
}

static pg_attribute_always_inline int32
timestamp_day(FunctionCallInfo fcinfo, int n)
{
	Timestamp timestamp = PG_GETARG_TIMESTAMP(n);

	return TIMESTAMP_NOT_FINITE(timestamp) ? DAY_AT_INFINITY : day_of_timestamp(timestamp);
}

/* The zone is the last argument. */
static pg_attribute_always_inline int32
zoned_day(FunctionCallInfo fcinfo, int n)
{
	int zone = PG_NARGS() - 1;
	TimestampTz timestamp = PG_GETARG_TIMESTAMPTZ(n);
	int64 day;

	refuse_null(fcinfo, zone, "time_zone", "Omit the argument to get UTC days.");
	if (TIMESTAMP_NOT_FINITE(timestamp))
		return DAY_AT_INFINITY;
	day = floor_to_day(usecs_in_zone(zone_of_call(fcinfo, PG_GETARG_TEXT_PP(zone)), timestamp));
	return civil_day_valid(day) ? (int32) day : DAY_OUTSIDE;
}

static inline int32
finite_day(int32 day)
{
	if (day == DAY_AT_INFINITY)
		infinite_time();
	if (day == DAY_OUTSIDE)
		host_fail(KERNEL_DAY_RANGE);
	return day;
}

static pg_attribute_always_inline Decimal
numeric_amount(FunctionCallInfo fcinfo, int n)
{
	return decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(n));
}

static pg_attribute_always_inline Decimal
float8_amount(FunctionCallInfo fcinfo, int n)
{
	return decimal_from_float8(PG_GETARG_FLOAT8(n));
}

static pg_attribute_always_inline Decimal
int8_amount(FunctionCallInfo fcinfo, int n)
{
	return (Decimal){PG_GETARG_INT64(n), 0};
}

static pg_attribute_always_inline Decimal
int4_amount(FunctionCallInfo fcinfo, int n)
{
	return (Decimal){PG_GETARG_INT32(n), 0};
}

static pg_attribute_always_inline Decimal
int2_amount(FunctionCallInfo fcinfo, int n)
{
	return (Decimal){PG_GETARG_INT16(n), 0};
}

/*
 * One function for each type of time, without and with each type of amount:
 * PREFIX_TIME calls visit(fcinfo, day), PREFIX_TIME_TYPE calls amount(fcinfo, day,
 * TYPE_how), where how is amount for transition functions, and reading for lenient
 * ones.
 */
#define EVENT_VISIT(prefix, time, visit) \
	PG_FUNCTION_INFO_V1(prefix##_##time); \
	Datum prefix##_##time(PG_FUNCTION_ARGS) \
	{ \
		return visit(fcinfo, time##_day); \
	}
#define EVENT_AMOUNT(prefix, time, type, amount, how) \
	PG_FUNCTION_INFO_V1(prefix##_##time##_##type); \
	Datum prefix##_##time##_##type(PG_FUNCTION_ARGS) \
	{ \
		return amount(fcinfo, time##_day, type##_##how); \
	}
#define EVENT_TIME(prefix, time, visit, amount, how) \
	EVENT_VISIT(prefix, time, visit) \
	EVENT_AMOUNT(prefix, time, numeric, amount, how) \
	EVENT_AMOUNT(prefix, time, float8, amount, how) \
	EVENT_AMOUNT(prefix, time, int8, amount, how) \
	EVENT_AMOUNT(prefix, time, int4, amount, how) \
	EVENT_AMOUNT(prefix, time, int2, amount, how)
#define EVENT_FUNCTIONS(prefix, visit, amount, how) \
	EVENT_TIME(prefix, date, visit, amount, how) \
	EVENT_TIME(prefix, timestamp, visit, amount, how) \
	EVENT_TIME(prefix, zoned, visit, amount, how)
#define EVENT_TRANSITIONS(prefix, visit, add) EVENT_FUNCTIONS(prefix, visit, add, amount)
#define EVENT_READERS(prefix, visit, add)     EVENT_FUNCTIONS(prefix, visit, add, reading)

#endif

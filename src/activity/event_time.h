/*
 * event_time.h: the time of an event, from an argument of a transition function, as a
 * day: for each type it may have.
 */
#ifndef USER_OPS_EVENT_TIME_H
#define USER_OPS_EVENT_TIME_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/timestamp.h"
#include "server/calendar.h"
#include "server/call.h"

/* The day of argument n, or one of these, which are no days. */
typedef int32 (*DayArg)(FunctionCallInfo fcinfo, int n);

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

/* make(time, ...) for each type of time, of which time_day is the DayArg. */
#define EACH_EVENT_TIME(make, ...) \
	make(date, __VA_ARGS__) \
	make(timestamp, __VA_ARGS__) \
	make(zoned, __VA_ARGS__)

#endif

/*
 * calendar.h: time arguments and enum arguments, from SQL to the kernel's days.
 */
#ifndef USER_OPS_CALENDAR_H
#define USER_OPS_CALENDAR_H

#include "server/compat.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "kernel/base/civil.h"
#include "kernel/base/host.h"

/* Which of the labels the enum value has, by its place in the array. */
extern int enum_code(Oid enum_value, const char *const *labels, int n_labels);

extern Period period_from_enum(Oid enum_value);
extern WeekStart week_start_from_enum(Oid enum_value);

extern _Noreturn void infinite_time(void);

/* Days of times, on the local calendar.  Infinite ones raise 22008. */
static inline int32
day_of_date(DateADT date)
{
	if (DATE_NOT_FINITE(date))
		infinite_time();
	return date;
}

static inline int64
floor_to_day(int64 usecs)
{
	return (usecs < 0 ? usecs - (USECS_PER_DAY - 1) : usecs) / USECS_PER_DAY;
}

static inline int32
day_of_usecs(int64 usecs)
{
	int64 day = floor_to_day(usecs);

	if (!civil_day_valid(day))
		host_fail(KERNEL_DAY_RANGE);
	return (int32) day;
}

/* Also timestamptz as UTC. */
static inline int32
day_of_timestamp(Timestamp timestamp)
{
	if (TIMESTAMP_NOT_FINITE(timestamp))
		infinite_time();
	return day_of_usecs(timestamp);
}

/*
 * Times of the rows of a window, in microseconds; days as their midnight.  Infinite ones
 * raise 22008, as do days of which there is no timestamp.
 */
typedef int64 (*EventUsecs)(Datum time);
extern _Noreturn void infinite_event(void);
extern _Noreturn void date_beyond_timestamps(void);

static pg_attribute_always_inline int64
usecs_of_timestamp(Datum time)
{
	Timestamp timestamp = DatumGetTimestamp(time);

	if (TIMESTAMP_NOT_FINITE(timestamp))
		infinite_event();
	return timestamp;
}

static pg_attribute_always_inline int64
usecs_of_date(Datum time)
{
	DateADT date = DatumGetDateADT(time);
	int64 usecs;

	if (DATE_NOT_FINITE(date))
		infinite_event();
	if (__builtin_mul_overflow((int64) date, USECS_PER_DAY, &usecs))
		date_beyond_timestamps();
	return usecs;
}

/*
 * Local days in a named zone.  Each zone keeps the intervals in which its
 * offset is constant, as they are met, so that a row costs a comparison.
 */
typedef struct Zone Zone;
extern Zone *zone_of_call(FunctionCallInfo fcinfo, text *name); /* which has fn_extra for itself */
extern Zone *zone_in(MemoryContext context, text *name);
extern int32 day_in_zone(Zone *zone, TimestampTz timestamp);

/* Its name as the tz database has it. */
extern const char *zone_name(const Zone *zone);

/* The moment of a local time, as AT TIME ZONE has it; infinite where there is none. */
extern TimestampTz moment_in_zone(const Zone *zone, Timestamp local_time);

/* The moment with which a day begins; infinite where no time is so early or late. */
extern TimestampTz midnight_in_zone(const Zone *zone, int64 day);

/* Of a finite time: its local microseconds, on a day that may lie outside the valid ones. */
extern int64 usecs_in_zone(Zone *zone, TimestampTz timestamp);

#endif

/*
 * calendar.h: time arguments and enum arguments, from SQL to the kernel's days.
 */
#ifndef USER_OPS_CALENDAR_H
#define USER_OPS_CALENDAR_H

#include "compat.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "kernel/civil.h"
#include "utils/date.h"

/* Which of the labels the enum value has, by its place in the array. */
extern int enum_code(Oid enum_value, const char *const *labels, int n_labels);

extern Period period_from_enum(Oid enum_value);
extern WeekStart week_start_from_enum(Oid enum_value);

/* Days of times, on the local calendar.  Infinite ones raise 22008. */
extern int32 day_of_date(DateADT date);
extern int32 day_of_timestamp(Timestamp timestamp); /* also timestamptz as UTC */

/*
 * Local days in a named zone.  Each zone keeps the intervals in which its
 * offset is constant, as they are met, so that a row costs a comparison.
 */
typedef struct Zone Zone;
extern Zone *zone_of_call(FunctionCallInfo fcinfo, text *name);
extern int32 day_in_zone(Zone *zone, TimestampTz timestamp);

#endif

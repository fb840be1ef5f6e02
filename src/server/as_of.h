/*
 * as_of.h: as_of as an instant, for each type that it may have.
 */
#ifndef USER_OPS_AS_OF_H
#define USER_OPS_AS_OF_H

#include "server/compat.h"

#include "fmgr.h"
#include "utils/date.h"
#include "utils/timestamp.h"

typedef TimestampTz (*AsOfArg)(FunctionCallInfo fcinfo, int n);

static inline TimestampTz
as_of_timestamptz(FunctionCallInfo fcinfo, int n)
{
	return PG_GETARG_TIMESTAMPTZ(n);
}

/* Midnight in UTC.  Days without a timestamp are behind all events, or before them. */
static inline TimestampTz
as_of_date(FunctionCallInfo fcinfo, int n)
{
	DateADT date = PG_GETARG_DATEADT(n);
	int64 usecs;

	if (!DATE_NOT_FINITE(date) && !__builtin_mul_overflow((int64) date, USECS_PER_DAY, &usecs))
		return usecs;
	return date < 0 ? DT_NOBEGIN : DT_NOEND;
}

#endif

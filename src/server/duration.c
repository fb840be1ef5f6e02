/*
 * duration.c: intervals as physical time.
 */
#include "server/compat.h"

#include "common/int.h"
#include "server/call.h"
#include "server/duration.h"

int64
duration_usecs(const Interval *interval, const char *name)
{
	int64 usecs;

	if (INTERVAL_NOT_FINITE(interval))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("%s must be finite", name),
						errhint("Give a duration such as '7 days' or '30 minutes'.")));
	if (interval->month != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s has months or years, which have no fixed length", name),
						errhint("Give days or hours: '30 days' in place of '1 month'.")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &usecs) ||
		pg_add_s64_overflow(usecs, interval->time, &usecs))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("%s is out of range", name),
						errhint("The longest duration is about 290,000 years.")));
	if (usecs < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must not be negative", name),
						errhint("Give a duration such as '7 days' or '30 minutes'.")));
	return usecs;
}

int64
duration_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	refuse_null(fcinfo, n, name, "Give a duration such as '7 days' or '30 minutes'.");
	return duration_usecs(PG_GETARG_INTERVAL_P(n), name);
}

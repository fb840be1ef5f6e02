/*
 * points_expiry.c: the first day on which points do not hold any more, by the rules of a programme.
 *
 *	1. So many days, the first included; or to the day of the same number so many months
 *	   later, that day included, or the last day of its month.
 *	2. round_up: then to the end of the period that holds the last such day; weeks begin on Monday.
 *	3. Not exactly one of days and months, days below 1, months below 0: 22023.
 */
#include "server/compat.h"

#include "server/calendar.h"
#include "server/call.h"

static void
refuse_validity(const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", what), errhint("%s", hint)));
}

/* The day so many months later, or the last day of that month; may lie outside the valid days. */
static int64
months_later(int32 day, int32 months)
{
	CivilDate date = civil_date(day);
	int64 month = (int64) civil_period(day, PERIOD_MONTH, WEEK_MONDAY) + months;
	int64 start = civil_period_start(month, PERIOD_MONTH, WEEK_MONDAY);
	int64 end = civil_period_start(month + 1, PERIOD_MONTH, WEEK_MONDAY);

	return Min(start + date.day, end) - 1;
}

/* The last day of a lot. */
static int64
last_day(FunctionCallInfo fcinfo, int32 day)
{
	if (PG_ARGISNULL(1) == PG_ARGISNULL(2))
		refuse_validity("give either valid_days or valid_months",
						"Points without either do not expire: their expires_on is NULL.");
	if (!PG_ARGISNULL(1))
	{
		if (PG_GETARG_INT32(1) < 1)
			refuse_validity("valid_days must be at least 1", "1 means the day itself and no other.");
		return (int64) day + PG_GETARG_INT32(1) - 1;
	}
	if (PG_GETARG_INT32(2) < 0)
		refuse_validity("valid_months must not be negative", "0 means the day itself and no other.");
	return months_later(day, PG_GETARG_INT32(2));
}

/* points_expiry(day, valid_days, valid_months, round_up) */
PG_FUNCTION_INFO_V1(user_ops_points_expiry);
Datum
user_ops_points_expiry(PG_FUNCTION_ARGS)
{
	int64 expires_on;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	expires_on = last_day(fcinfo, day_of_date(PG_GETARG_DATEADT(0))) + 1;
	if (!civil_day_valid(expires_on))
		host_fail(KERNEL_DAY_RANGE);
	if (!PG_ARGISNULL(3))
	{
		Period period = period_from_enum(PG_GETARG_OID(3));
		int32 last = civil_period((int32) expires_on - 1, period, WEEK_MONDAY);

		expires_on = civil_period_start((int64) last + 1, period, WEEK_MONDAY);
	}
	if (!civil_day_valid(expires_on))
		host_fail(KERNEL_DAY_RANGE);
	PG_RETURN_DATEADT((DateADT) expires_on);
}

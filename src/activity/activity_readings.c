/*
 * activity_readings.c: what one user's activity says.
 *
 * Every reading with an as_of sees the days before it and no others, so that
 * history can be replayed.  A user without such a day: NULL for days and ages,
 * 0 for counts.
 */
#include "server/compat.h"

#include "activity/activity.h"
#include "activity/summary.h"
#include "kernel/activity/gaps.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/decimal.h"

static const Summary *
read_summary(FunctionCallInfo fcinfo)
{
	return summary_arg(fcinfo, 0, AS_OF_ARG(1));
}

PG_FUNCTION_INFO_V1(user_ops_first_day);
Datum
user_ops_first_day(PG_FUNCTION_ARGS)
{
	ActivityReader reader;
	int32 day;

	ACTIVITY_OPEN_ARG(&reader, 0);
	if (!activity_next_day(&reader, &day) || day >= AS_OF_ARG(1))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(day);
}

PG_FUNCTION_INFO_V1(user_ops_last_day);
Datum
user_ops_last_day(PG_FUNCTION_ARGS)
{
	const Summary *summary = read_summary(fcinfo);

	if (summary->active_days == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(summary->last_day);
}

PG_FUNCTION_INFO_V1(user_ops_active_days);
Datum
user_ops_active_days(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(read_summary(fcinfo)->active_days);
}

PG_FUNCTION_INFO_V1(user_ops_events);
Datum
user_ops_events(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(read_summary(fcinfo)->events);
}

PG_FUNCTION_INFO_V1(user_ops_purchases);
Datum
user_ops_purchases(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(read_summary(fcinfo)->purchases);
}

/* Net amount; NULL where the source has no amounts.  Also monetary. */
PG_FUNCTION_INFO_V1(user_ops_amount);
Datum
user_ops_amount(PG_FUNCTION_ARGS)
{
	const Summary *summary = read_summary(fcinfo);

	if (!summary->amounts)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(decimal_to_numeric(summary->amount, summary->scale));
}

PG_FUNCTION_INFO_V1(user_ops_frequency);
Datum
user_ops_frequency(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(read_summary(fcinfo)->basis_days);
}

PG_FUNCTION_INFO_V1(user_ops_tenure_days);
Datum
user_ops_tenure_days(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	const Summary *summary = read_summary(fcinfo);

	if (summary->active_days == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(as_of - summary->first_day);
}

PG_FUNCTION_INFO_V1(user_ops_idle_days);
Datum
user_ops_idle_days(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	const Summary *summary = read_summary(fcinfo);

	if (summary->active_days == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(as_of - summary->last_day);
}

PG_FUNCTION_INFO_V1(user_ops_recency_days);
Datum
user_ops_recency_days(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	const Summary *summary = read_summary(fcinfo);

	if (summary->basis_days == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(as_of - summary->last_basis_day);
}

/* Of days that are the basis of RFM, as recency_days and frequency. */
PG_FUNCTION_INFO_V1(user_ops_purchase_gap);
Datum
user_ops_purchase_gap(PG_FUNCTION_ARGS)
{
	const Summary *summary = read_summary(fcinfo);

	if (summary->basis_days < 2)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) (summary->last_basis_day - summary->first_basis_day) /
					 (double) (summary->basis_days - 1));
}

/* Of the same days. */
PG_FUNCTION_INFO_V1(user_ops_days_to_second_purchase);
Datum
user_ops_days_to_second_purchase(PG_FUNCTION_ARGS)
{
	ActivityReader reader;
	ActivityDay day;
	int32 first_day = 0;
	uint32 n_days = 0;
	int n = 0;

	ACTIVITY_OPEN_ARG(&reader, 0);
	while (activity_next_before(&reader, AS_OF_ARG(1), &day))
	{
		host_poll_at(n_days++);
		if (!activity_is_basis(&reader, &day))
			continue;
		if (n++ == 1)
			PG_RETURN_INT32(day.day - first_day);
		first_day = day.day;
	}
	PG_RETURN_NULL();
}

/* The days before as_of, ascending; *n of them. */
static int32 *
read_days(FunctionCallInfo fcinfo, uint32 *n)
{
	return summary_days(ACTIVITY_BYTES_ARG(0), AS_OF_ARG(1), n);
}

PG_FUNCTION_INFO_V1(user_ops_median_gap);
Datum
user_ops_median_gap(PG_FUNCTION_ARGS)
{
	uint32 n;
	int32 *days = read_days(fcinfo, &n);

	if (n < 2)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(gaps_median(days, n));
}

/* longest_streak(activity, as_of, period, week_start) */
PG_FUNCTION_INFO_V1(user_ops_longest_streak);
Datum
user_ops_longest_streak(PG_FUNCTION_ARGS)
{
	Period period = period_from_enum(PG_GETARG_OID(2));
	WeekStart week_start = week_start_from_enum(PG_GETARG_OID(3));
	uint32 n;
	int32 *days = read_days(fcinfo, &n);

	PG_RETURN_INT64(streak_longest(days, n, period, week_start));
}

/* current_streak(activity, as_of, period, week_start) */
PG_FUNCTION_INFO_V1(user_ops_current_streak);
Datum
user_ops_current_streak(PG_FUNCTION_ARGS)
{
	int32 as_of = finite_as_of(AS_OF_ARG(1));
	Period period = period_from_enum(PG_GETARG_OID(2));
	WeekStart week_start = week_start_from_enum(PG_GETARG_OID(3));
	uint32 n;
	int32 *days = read_days(fcinfo, &n);

	PG_RETURN_INT64(streak_current(days, n, as_of, period, week_start));
}

/* days(activity, as_of): a row for each day */
PG_FUNCTION_INFO_V1(user_ops_days);
Datum
user_ops_days(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	ActivityReader *reader;
	ActivityDay day;
	Datum values[4];
	bool nulls[4] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = reader = palloc(sizeof(ActivityReader));
		activity_open(reader, (uint8 *) VARDATA(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))));
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	reader = call->user_fctx;
	if (!activity_next_before(reader, AS_OF_ARG(1), &day))
		SRF_RETURN_DONE(call);

	values[0] = DateADTGetDatum(day.day);
	values[1] = Int64GetDatum(day.events);
	values[2] = Int64GetDatum(day.purchases);
	nulls[3] = !reader->amounts;
	if (reader->amounts)
		values[3] = NumericGetDatum(decimal_to_numeric(day.amount, reader->scale));
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

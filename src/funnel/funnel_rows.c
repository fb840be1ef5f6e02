/*
 * funnel_rows.c: funnels of one user in rows: each entry, and the best one of each period.
 *
 *	1. A NULL journey: no rows.
 *	2. A NULL argument is an error (22004), but where it means that there is none: as_of,
 *	   entry_from and entry_to, exclude_from and exclude_to, gaps and their elements.
 */
#include "server/compat.h"

#include "funnel/funnel_call.h"
#include "kernel/funnel/entries.h"
#include "kernel/funnel/funnel.h"
#include "server/calendar.h"
#include "server/call.h"

/* What is returned row by row. */
typedef struct Listed
{
	uint32 n;
	FunnelEntry *entries; /* of periods: at is the first day */
} Listed;

typedef void (*ListRows)(FunctionCallInfo fcinfo, FunnelCall *call, const FunnelQuestion *question,
						 const Journey *journey, Listed *listed);

/* Returns what is listed at the first call, as (time or date, level). */
static Datum
list_rows(FunctionCallInfo fcinfo, const FunnelPlaces *places, ListRows list)
{
	FuncCallContext *call;
	const Listed *listed;
	Datum values[2];
	bool nulls[2] = {false, false};
	const FunnelEntry *entry;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);
		FunnelCall *asked = funnel_call_here();
		const FunnelQuestion *question = funnel_call_question(asked, fcinfo, places);

		call->user_fctx = palloc0(sizeof(Listed));
		if (!PG_ARGISNULL(0))
		{
			const Journey *journey = journey_arg(&asked->reading, fcinfo, 0, 1);

			funnel_call_check(asked, journey);
			list(fcinfo, asked, question, journey, call->user_fctx);
		}
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	listed = call->user_fctx;
	if (call->call_cntr >= listed->n)
		SRF_RETURN_DONE(call);
	entry = &listed->entries[call->call_cntr];
	values[0] = TupleDescAttr(call->tuple_desc, 0)->atttypid == DATEOID
					? DateADTGetDatum((DateADT) entry->at)
					: TimestampTzGetDatum(entry->at);
	values[1] = Int32GetDatum(entry->level);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}

/* --- entries --------------------------------------------------------------- */

#define ENTRY_SWITCHES(n)                                                                          \
	{                                                                                              \
		-1, -1, (n), (n) + 1, -1, -1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, -1, -1, (n) + 6, (n) + 7 \
	}

static void
list_entries(FunctionCallInfo fcinfo, FunnelCall *call, const FunnelQuestion *question,
			 const Journey *journey, Listed *listed)
{
	FunnelRows rows = funnel_rows(question, journey);

	listed->entries = funnel_entries(question, &rows, &listed->n);
}

/* (journey, steps, within, ties, entry, exclude..., on_exclusion, entry_from, entry_to, as_of) */
PG_FUNCTION_INFO_V1(user_ops_funnel_entries);
Datum
user_ops_funnel_entries(PG_FUNCTION_ARGS)
{
	static const FunnelPlaces places = {.steps = 1,
										.within = 2,
										.as_of = 11,
										.options = -1,
										.switches = ENTRY_SWITCHES(3),
										.read_as_of = as_of_timestamptz};

	return list_rows(fcinfo, &places, list_entries);
}

/* (journey, steps, within, as_of, ties, ...) */
PG_FUNCTION_INFO_V1(user_ops_funnel_entries_date);
Datum
user_ops_funnel_entries_date(PG_FUNCTION_ARGS)
{
	static const FunnelPlaces places = {.steps = 1,
										.within = 2,
										.as_of = 3,
										.options = -1,
										.switches = ENTRY_SWITCHES(4),
										.read_as_of = as_of_date,
										.needs_as_of = true};

	return list_rows(fcinfo, &places, list_entries);
}

/* --- the best one of each period -------------------------------------------- */

#define ARG_PERIOD 3

/* The first day of the period that an attempt at this time begins in. */
static int64
period_start_of(Zone *zone, int64 at, Period period, WeekStart week_start)
{
	return civil_period_start(civil_period(day_in_zone(zone, at), period, week_start), period,
							  week_start);
}

/* The arguments are behind the period (and, with a date, as_of): zone, week_start. */
static void
list_periods(FunctionCallInfo fcinfo, const FunnelQuestion *question, const Journey *journey,
			 Listed *listed, int n)
{
	FunnelRows rows = funnel_rows(question, journey);
	FunnelRows of_period = rows;
	uint64 opens = question->unordered ? funnel_steps(question) : 1;
	Period period = period_from_enum(PG_GETARG_OID(ARG_PERIOD));
	WeekStart week_start = week_start_from_enum(PG_GETARG_OID(n + 1));
	Zone *zone = zone_in(CurrentMemoryContext, PG_GETARG_TEXT_PP(n));
	uint32 row = rows.enter_from;

	listed->entries = host_alloc((rows.enter_to - rows.enter_from + 1) * sizeof(FunnelEntry));
	while (row < rows.enter_to)
	{
		int64 start;
		bool any = false;

		host_poll();
		start = period_start_of(zone, rows.rows[row].at, period, week_start);
		of_period.enter_from = row;
		/* where clocks go back over midnight, the day that was over does not come again */
		for (; row < rows.enter_to &&
			   period_start_of(zone, rows.rows[row].at, period, week_start) <= start;
			 row++)
			any = any || (rows.rows[row].mask & opens) != 0;
		of_period.enter_to = row;
		if (any)
			listed->entries[listed->n++] = (FunnelEntry){start, funnel_level(question, &of_period)};
	}
}

static void
check_period(FunctionCallInfo fcinfo, int n)
{
	refuse_null(fcinfo, ARG_PERIOD, "period", "Give a period such as 'month'.");
	refuse_null(fcinfo, n, "zone", "Omit it to get its default.");
	refuse_null(fcinfo, n + 1, "week_start", "Omit it to get its default.");
}

static void
list_trend(FunctionCallInfo fcinfo, FunnelCall *call, const FunnelQuestion *question,
		   const Journey *journey, Listed *listed)
{
	list_periods(fcinfo, question, journey, listed, ARG_PERIOD + 1);
}

static void
list_trend_date(FunctionCallInfo fcinfo, FunnelCall *call, const FunnelQuestion *question,
				const Journey *journey, Listed *listed)
{
	list_periods(fcinfo, question, journey, listed, ARG_PERIOD + 2);
}

/* (journey, steps, within, period, zone, week_start, switches..., as_of) */
PG_FUNCTION_INFO_V1(user_ops_funnel_trend);
Datum
user_ops_funnel_trend(PG_FUNCTION_ARGS)
{
	static const FunnelPlaces places = {.steps = 1,
										.within = 2,
										.as_of = ARG_PERIOD + 3 + N_SWITCHES,
										.options = -1,
										.switches = FUNNEL_SWITCHES_FROM(ARG_PERIOD + 3),
										.read_as_of = as_of_timestamptz};

	check_period(fcinfo, ARG_PERIOD + 1);
	return list_rows(fcinfo, &places, list_trend);
}

/* (journey, steps, within, period, as_of, zone, week_start, switches...) */
PG_FUNCTION_INFO_V1(user_ops_funnel_trend_date);
Datum
user_ops_funnel_trend_date(PG_FUNCTION_ARGS)
{
	static const FunnelPlaces places = {.steps = 1,
										.within = 2,
										.as_of = ARG_PERIOD + 1,
										.options = -1,
										.switches = FUNNEL_SWITCHES_FROM(ARG_PERIOD + 4),
										.read_as_of = as_of_date,
										.needs_as_of = true};

	check_period(fcinfo, ARG_PERIOD + 2);
	return list_rows(fcinfo, &places, list_trend_date);
}

/*
 * engagement.c: the type engagement_counts and the aggregate that makes it.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. A NULL as_of is an error (22004), one that differs from another row's too
 *	   (22023).
 *	3. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "kernel/metrics/engagement.h"
#include "population/population.h"
#include "population/user_states.h"
#include "server/call.h"
#include "server/decimal.h"

#define COLUMNS 10

STATE_FUNCTIONS(engagement_counts, engagement_kind)

/* The as_of that is argument n. */
static int32
as_of_arg(FunctionCallInfo fcinfo, int n)
{
	refuse_null(fcinfo, n, "as_of", "Give the first day that is not counted.");
	return finite_as_of(PG_GETARG_DATEADT(n));
}

static void *
add_user(void *counts, ActivityReader *activity, const void *params)
{
	return engagement_add(counts, activity);
}

/* Transition function: (state, activity, as_of) */
AGGREGATE_ONLY(user_ops_engagement_add)
{
	int32 as_of = as_of_arg(fcinfo, 2);
	Engagement *counts;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		return state_add_rows(fcinfo, engagement_create(as_of), add_user);
	counts = state_to_change(fcinfo, &engagement_kind);
	engagement_expect(counts, as_of);
	return state_add_row(fcinfo, counts, add_user);
}

/* engagement(population, as_of) */
PG_FUNCTION_INFO_V1(user_ops_population_engagement);
Datum
user_ops_population_engagement(PG_FUNCTION_ARGS)
{
	int32 as_of = as_of_arg(fcinfo, 1);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return state_result_of_users(&population_users, fcinfo, 0, engagement_create(as_of),
								 &engagement_kind, NULL, add_user);
}

/* The days still to be returned, and the rolling counts of the last returned. */
typedef struct DayCursor
{
	const Engagement *counts;
	uint32 age; /* one more than that of the next day */
	EngagementRolling rolling;
} DayCursor;

static DayCursor *
open_days(FunctionCallInfo fcinfo)
{
	DayCursor *cursor = palloc0(sizeof(DayCursor));

	cursor->counts = state_copy(state_arg(fcinfo, 0, &engagement_kind));
	cursor->age = cursor->counts->n_days;
	return cursor;
}

static HeapTuple
form_day(DayCursor *cursor, TupleDesc descriptor)
{
	const Engagement *counts = cursor->counts;
	const EngagementDay *day = &counts->days[--cursor->age];
	EngagementRolling *rolling = &cursor->rolling;
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	engagement_roll(rolling, day);
	values[0] = DateADTGetDatum(counts->as_of - 1 - (DateADT) cursor->age);
	values[1] = Int64GetDatum(day->dau);
	values[2] = Int64GetDatum(rolling->wau);
	values[3] = Int64GetDatum(rolling->mau);
	nulls[4] = rolling->mau == 0;
	values[4] = Float8GetDatum((double) day->dau / (double) Max(rolling->mau, 1));
	values[5] = Int64GetDatum(day->new_users);
	values[6] = Int64GetDatum(day->events);
	values[7] = Int64GetDatum(day->purchases);
	values[8] = Int64GetDatum(day->paying_users);
	nulls[9] = !counts->amounts;
	if (counts->amounts)
		values[9] = NumericGetDatum(decimal_to_numeric(day->amount, counts->scale));
	return heap_form_tuple(descriptor, values, nulls);
}

/* cells(engagement_counts): a row for each day */
PG_FUNCTION_INFO_V1(user_ops_engagement_cells);
Datum
user_ops_engagement_cells(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	DayCursor *cursor;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_days(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	cursor = call->user_fctx;
	if (cursor->age == 0)
		SRF_RETURN_DONE(call);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(form_day(cursor, call->tuple_desc)));
}

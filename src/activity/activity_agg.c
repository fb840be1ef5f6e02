/*
 * activity_agg.c: aggregates that build an activity from the rows of a user, or
 * from other activities.
 *
 *	1. A NULL time or activity: the row is skipped.  No row left: NULL.
 *	2. A NULL amount: a visit.  An amount >= 0: a purchase.  Below 0: a refund.
 *	3. Infinite times and amounts that are no money: errors (22008, 22003).
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 *	5. What the amounts of a day add up to must fit 64 bits at the scale of all
 *	   (22003), and need not on the way.
 *
 * The state is an ActivityBuilder (internal); between workers it travels as
 * the bytes of an activity, or of sums that are wider.
 */
#include "server/compat.h"

#include "activity/activity.h"
#include "activity/event_args.h"
#include "server/state_io.h"

/* Start from the state so far, or from a new one in the aggregate's memory. */
static ActivityBuilder *
begin_transition(FunctionCallInfo fcinfo, bool amounts)
{
	MemoryContext aggregate_context;
	MemoryContext old_context;
	ActivityBuilder *builder;

	if (!PG_ARGISNULL(0))
		return (ActivityBuilder *) PG_GETARG_POINTER(0);
	if (!AggCheckCallContext(fcinfo, &aggregate_context))
		elog(ERROR, "aggregate function called outside an aggregate");
	old_context = MemoryContextSwitchTo(aggregate_context);
	builder = activity_builder(amounts);
	MemoryContextSwitchTo(old_context);
	return builder;
}

static inline Datum
add_visit(FunctionCallInfo fcinfo, DayArg day)
{
	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	PG_RETURN_POINTER(
		activity_add_visit(begin_transition(fcinfo, false), finite_day(day(fcinfo, 1))));
}

static inline Datum
add_amount(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	Decimal decimal;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(2))
		PG_RETURN_POINTER(
			activity_add_visit(begin_transition(fcinfo, true), finite_day(day(fcinfo, 1))));
	decimal = amount(fcinfo, 2);
	PG_RETURN_POINTER(activity_add_amount(begin_transition(fcinfo, true),
										  finite_day(day(fcinfo, 1)), decimal.value,
										  decimal.scale));
}

EVENT_TRANSITIONS(user_ops_activity, add_visit, add_amount)

/* rollup(activity) */
PG_FUNCTION_INFO_V1(user_ops_activity_rollup);
Datum
user_ops_activity_rollup(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	PG_RETURN_POINTER(
		activity_add_encoded(begin_transition(fcinfo, false), ACTIVITY_BYTES_ARG(1)));
}

PG_FUNCTION_INFO_V1(user_ops_activity_combine);
Datum
user_ops_activity_combine(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	PG_RETURN_POINTER(activity_add_builder(begin_transition(fcinfo, false),
										   (ActivityBuilder *) PG_GETARG_POINTER(1)));
}

PG_FUNCTION_INFO_V1(user_ops_activity_final);
Datum
user_ops_activity_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(activity_from_builder((ActivityBuilder *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(user_ops_activity_serialize);
Datum
user_ops_activity_serialize(PG_FUNCTION_ARGS)
{
	size_t size;
	uint8 *stored =
		activity_builder_store((ActivityBuilder *) PG_GETARG_POINTER(0), VARHDRSZ, &size);

	if (VARHDRSZ + size > MaxAllocSize)
		host_fail(KERNEL_STATE_TOO_BIG);
	SET_VARSIZE(stored, VARHDRSZ + size);
	PG_RETURN_POINTER(stored);
}

PG_FUNCTION_INFO_V1(user_ops_activity_deserialize);
Datum
user_ops_activity_deserialize(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(activity_add_encoded(activity_builder(false), ACTIVITY_BYTES_ARG(0)));
}

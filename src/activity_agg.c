/*
 * activity_agg.c: aggregates that build an activity from the rows of a user, or
 * from other activities.
 *
 *	1. A NULL time or activity: the row is skipped.  No row left: NULL.
 *	2. A NULL amount: a visit.  An amount >= 0: a purchase.  Below 0: a refund.
 *	3. Infinite times and amounts that are no money: errors (22008, 22003).
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is an ActivityBuilder (internal); between workers it travels as
 * the bytes of an activity.
 */
#include "compat.h"

#include "activity.h"
#include "calendar.h"
#include "call.h"
#include "decimal.h"
#include "state_io.h"
#include "utils/timestamp.h"

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

/* How the time argument, always the second, becomes a day. */
static inline int32
date_day(FunctionCallInfo fcinfo)
{
	return day_of_date(PG_GETARG_DATEADT(1));
}

static inline int32
timestamp_day(FunctionCallInfo fcinfo)
{
	return day_of_timestamp(PG_GETARG_TIMESTAMP(1));
}

/* The zone is the last argument. */
static inline int32
zoned_day(FunctionCallInfo fcinfo)
{
	int zone = PG_NARGS() - 1;

	refuse_null(fcinfo, zone, "time_zone", "Leave the argument away for UTC days.");
	return day_in_zone(zone_of_call(fcinfo, PG_GETARG_TEXT_PP(zone)), PG_GETARG_TIMESTAMPTZ(1));
}

/* How the amount argument, always the third, becomes a decimal. */
static inline Decimal
numeric_amount(FunctionCallInfo fcinfo)
{
	return decimal_from_numeric((Numeric) PG_GETARG_VARLENA_PP(2));
}

static inline Decimal
float8_amount(FunctionCallInfo fcinfo)
{
	return decimal_from_float8(PG_GETARG_FLOAT8(2));
}

static inline Decimal
int8_amount(FunctionCallInfo fcinfo)
{
	return (Decimal){PG_GETARG_INT64(2), 0};
}

static inline Decimal
int4_amount(FunctionCallInfo fcinfo)
{
	return (Decimal){PG_GETARG_INT32(2), 0};
}

static inline Decimal
int2_amount(FunctionCallInfo fcinfo)
{
	return (Decimal){PG_GETARG_INT16(2), 0};
}

static inline Datum
add_visit(FunctionCallInfo fcinfo, int32 (*day)(FunctionCallInfo))
{
	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	PG_RETURN_POINTER(activity_add_visit(begin_transition(fcinfo, false), day(fcinfo)));
}

static inline Datum
add_amount(FunctionCallInfo fcinfo, int32 (*day)(FunctionCallInfo),
		   Decimal (*amount)(FunctionCallInfo))
{
	Decimal decimal;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(2))
		PG_RETURN_POINTER(activity_add_visit(begin_transition(fcinfo, true), day(fcinfo)));
	decimal = amount(fcinfo);
	PG_RETURN_POINTER(activity_add_amount(begin_transition(fcinfo, true), day(fcinfo),
										  decimal.value, decimal.scale));
}

/* One transition function for each type of time, without and with each type of amount. */
#define VISITS(name, day) \
	PG_FUNCTION_INFO_V1(user_ops_activity_##name); \
	Datum user_ops_activity_##name(PG_FUNCTION_ARGS) \
	{ \
		return add_visit(fcinfo, day); \
	}
#define AMOUNTS(name, day, type) \
	PG_FUNCTION_INFO_V1(user_ops_activity_##name##_##type); \
	Datum user_ops_activity_##name##_##type(PG_FUNCTION_ARGS) \
	{ \
		return add_amount(fcinfo, day, type##_amount); \
	}
#define ALL_KINDS(name, day) \
	VISITS(name, day) \
	AMOUNTS(name, day, numeric) \
	AMOUNTS(name, day, float8) \
	AMOUNTS(name, day, int8) \
	AMOUNTS(name, day, int4) \
	AMOUNTS(name, day, int2)

ALL_KINDS(date, date_day)
ALL_KINDS(timestamp, timestamp_day)
ALL_KINDS(zoned, zoned_day)

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
	PG_RETURN_POINTER(activity_from_builder((ActivityBuilder *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(user_ops_activity_deserialize);
Datum
user_ops_activity_deserialize(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(activity_add_encoded(activity_builder(false), ACTIVITY_BYTES_ARG(0)));
}

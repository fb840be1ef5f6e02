/*
 * points.c: the type points and the aggregates that make it.
 *
 *	1. A NULL time, kind or points: the row is skipped.  No row left: NULL.
 *	2. 0 points are a row: they keep points from expiring with inactivity.
 *	3. Points below 0 with a kind, NaN, an infinity, more than 9 decimals: 22003.  Without a
 *	   kind, points below 0 are spent, others earned.
 *	4. expires_on is the first day on which a lot does not hold any more, NULL: it holds for
 *	   ever.  Not behind the day, or of another kind than earn: 22023.  Infinite times: 22008.
 *	5. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "activity/event_amount.h"
#include "activity/event_time.h"
#include "points/ledger_call.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

static const char *
check_value(const uint8 *bytes, size_t size)
{
	return state_check(&points_state, bytes, size);
}

SQL_FUNCTION(points_in, value_in(fcinfo, "points", check_value))
VALUE_FUNCTIONS(points, check_value)

/* What travels between the parts of a query is stored first. */
SQL_FUNCTION(points_out, DirectFunctionCall1(value_out, state_sent(fcinfo, &points_state)))
SQL_FUNCTION(points_send, state_sent(fcinfo, &points_state))
SQL_FUNCTION(points_final, state_stored(fcinfo, &points_state))
SQL_FUNCTION(points_merge, state_merge(fcinfo, &points_state))

/* Argument 1 of a transition function is the time. */
#define KIND_ARG 2

static const char *
date_shown(int32 day)
{
	return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(day)));
}

static void
refuse_negative(Decimal points)
{
	Numeric shown = decimal_to_numeric(points.value, points.scale);

	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("points must not be negative: %s",
						   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(shown)))),
					errhint("The kind says whether they come or go; leave it out where the sign does.")));
}

/* The expires_on that is argument n, of what was earned on a day. */
static int32
expires_on_arg(FunctionCallInfo fcinfo, int n, PointsKind kind, int32 day)
{
	DateADT expires_on;

	if (PG_ARGISNULL(n))
		return POINTS_NEVER;
	expires_on = PG_GETARG_DATEADT(n);
	if (DATE_NOT_FINITE(expires_on))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("expires_on must be finite"),
						errhint("NULL means that points do not expire.")));
	if (kind != POINTS_EARN)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("only points that are earned have an expires_on"),
						errdetail("On %s other points have one.", date_shown(day)),
						errhint("Give NULL for the other kinds: they take from what was earned.")));
	if (expires_on <= day)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("points earned on %s cannot expire on %s", date_shown(day),
							   date_shown(expires_on)),
						errhint("expires_on is the first day on which they are gone, so at least the day after.")));
	return expires_on;
}

static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, PointsKind kind, __int128 points, int scale, int expires_on_n,
		DayArg day_arg)
{
	int32 day = finite_day(day_arg(fcinfo, 1));
	int32 expires_on = expires_on_arg(fcinfo, expires_on_n, kind, day);
	Points *state = PG_ARGISNULL(0) ? points_create() : state_to_change(fcinfo, &points_state);

	return state_datum(points_add(state, points_key(day, kind, expires_on), points, scale));
}

/* (state, time, kind, points, expires_on [, time_zone]) */
static pg_attribute_always_inline Datum
add_of_kind(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	Decimal points;
	PointsKind kind;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(KIND_ARG) || PG_ARGISNULL(KIND_ARG + 1))
		return state_as_it_is(fcinfo);
	points = amount(fcinfo, KIND_ARG + 1);
	if (points.value < 0)
		refuse_negative(points);
	kind = (PointsKind) enum_code(PG_GETARG_OID(KIND_ARG), points_kind_labels, POINTS_KINDS);
	return add_row(fcinfo, kind, points.value, points.scale, KIND_ARG + 2, day);
}

/* (state, time, points, expires_on [, time_zone]) */
static pg_attribute_always_inline Datum
add_signed(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	Decimal points;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(KIND_ARG))
		return state_as_it_is(fcinfo);
	points = amount(fcinfo, KIND_ARG);
	return points.value < 0
			   ? add_row(fcinfo, POINTS_SPEND, -(__int128) points.value, points.scale, KIND_ARG + 1, day)
			   : add_row(fcinfo, POINTS_EARN, points.value, points.scale, KIND_ARG + 1, day);
}

#define TRANSITIONS(type, time) \
	AGGREGATE_ONLY(user_ops_points_##time##_##type) \
	{ \
		return add_of_kind(fcinfo, time##_day, type##_amount); \
	} \
	AGGREGATE_ONLY(user_ops_points_##time##_##type##_signed) \
	{ \
		return add_signed(fcinfo, time##_day, type##_amount); \
	}
#define OF_TIME(time, unused) \
	TRANSITIONS(numeric, time) \
	TRANSITIONS(int8, time) \
	TRANSITIONS(int4, time)

EACH_EVENT_TIME(OF_TIME, )

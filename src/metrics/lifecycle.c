/*
 * lifecycle.c: the type lifecycle_counts, the aggregate that makes it, and the
 * state of one user.
 *
 *	1. A NULL activity: the row is skipped.  No row left: NULL.
 *	2. A NULL parameter is an error (22004), one that differs from another row's
 *	   too (22023).
 *	3. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "kernel/metrics/lifecycle.h"
#include "population/population.h"
#include "population/user_states.h"
#include "server/calendar.h"
#include "server/call.h"

#define COLUMNS 8

STATE_FUNCTIONS(lifecycle_counts, lifecycle_kind)

/* What the enum arguments of an aggregate meant at the call before. */
typedef struct CallEnums
{
	Oid period_oid;
	Oid week_start_oid; /* InvalidOid: called without */
	Period period;
	WeekStart week_start;
} CallEnums;

/* The period is argument n, behind it as_of and perhaps week_start. */
static const CallEnums *
enums_of_call(FunctionCallInfo fcinfo, int n)
{
	static const char *const names[] = {"period", "as_of", "week_start"};
	Oid period = PG_GETARG_OID(n);
	Oid week_start = PG_NARGS() > n + 2 ? PG_GETARG_OID(n + 2) : InvalidOid;
	CallEnums *enums = fcinfo->flinfo->fn_extra;

	for (int i = n; i < PG_NARGS(); i++)
		refuse_null(fcinfo, i, names[i - n], "Weeks begin on Monday if week_start is omitted.");
	if (enums == NULL)
		fcinfo->flinfo->fn_extra = enums =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallEnums));
	if (enums->period_oid != period || enums->week_start_oid != week_start)
	{
		enums->period_oid = InvalidOid; /* until the look-ups have succeeded */
		enums->period = period_from_enum(period);
		enums->week_start =
			OidIsValid(week_start) ? week_start_from_enum(week_start) : WEEK_MONDAY;
		enums->week_start_oid = week_start;
		enums->period_oid = period;
	}
	return enums;
}

static void *
add_user(void *counts, ActivityReader *activity, const void *params)
{
	return lifecycle_add(counts, activity);
}

/* Transition function: (state, activity, period, as_of [, week_start]) */
AGGREGATE_ONLY(user_ops_lifecycle_add)
{
	const CallEnums *enums = enums_of_call(fcinfo, 2);
	int32 as_of = finite_as_of(PG_GETARG_DATEADT(3));
	Lifecycle *counts;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		return state_add_rows(
			fcinfo, lifecycle_create(enums->period, enums->week_start, as_of), add_user);
	counts = state_to_change(fcinfo, &lifecycle_kind);
	lifecycle_expect(counts, enums->period, enums->week_start, as_of);
	return state_add_row(fcinfo, counts, add_user);
}

/* lifecycle(population, period, as_of [, week_start]) */
PG_FUNCTION_INFO_V1(user_ops_population_lifecycle);
Datum
user_ops_population_lifecycle(PG_FUNCTION_ARGS)
{
	const CallEnums *enums = enums_of_call(fcinfo, 1);
	int32 as_of = finite_as_of(PG_GETARG_DATEADT(2));

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return state_result_of_users(&population_users, fcinfo, 0,
								 lifecycle_create(enums->period, enums->week_start, as_of),
								 &lifecycle_kind, NULL, add_user);
}

static HeapTuple
form_period(const Lifecycle *counts, uint32 age, TupleDesc descriptor)
{
	const LifecycleCell *cell = &counts->cells[age];
	int64 number = (int64) counts->last_begun - age;
	int64 start = civil_period_start(number, counts->period, counts->week_start);
	int64 next_start = civil_period_start(number + 1, counts->period, counts->week_start);
	int64 active_before =
		age + 1 < counts->n_periods ? lifecycle_active(&counts->cells[age + 1]) : 0;
	int64 dormant = active_before - cell->returning_users;
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	if (!civil_day_valid(start))
		host_fail(KERNEL_DAY_RANGE);
	values[0] = DateADTGetDatum((DateADT) start);
	values[1] = Int64GetDatum(cell->new_users);
	values[2] = Int64GetDatum(cell->returning_users);
	values[3] = Int64GetDatum(cell->resurrected_users);
	values[4] = Int64GetDatum(dormant);
	values[5] = Int64GetDatum(lifecycle_active(cell));
	nulls[6] = dormant == 0;
	values[6] = Float8GetDatum((double) (cell->new_users + cell->resurrected_users) /
							   (double) Max(dormant, 1));
	values[7] = BoolGetDatum(next_start <= counts->as_of);
	return heap_form_tuple(descriptor, values, nulls);
}

/* cells(lifecycle_counts): a row for each period */
PG_FUNCTION_INFO_V1(user_ops_lifecycle_cells);
Datum
user_ops_lifecycle_cells(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Lifecycle *counts;
	uint32 age;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = state_copy(state_arg(fcinfo, 0, &lifecycle_kind));
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	counts = call->user_fctx;
	if (call->call_cntr >= counts->n_periods)
		SRF_RETURN_DONE(call);
	age = counts->n_periods - 1 - (uint32) call->call_cntr;
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(form_period(counts, age, call->tuple_desc)));
}

/* lifecycle_state(activity, as_of, window_days) */
PG_FUNCTION_INFO_V1(user_ops_lifecycle_state);
Datum
user_ops_lifecycle_state(PG_FUNCTION_ARGS)
{
	static const char *const words[] = {[LIFECYCLE_NEW] = "new",
										[LIFECYCLE_RETURNING] = "returning",
										[LIFECYCLE_RESURRECTED] = "resurrected",
										[LIFECYCLE_DORMANT] = "dormant",
										[LIFECYCLE_INACTIVE] = "inactive"};
	int32 as_of = finite_as_of(PG_GETARG_DATEADT(1));
	int32 window_days = PG_GETARG_INT32(2);
	ActivityReader activity;
	LifecycleState state;

	if (window_days < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("window_days must be at least 1"),
						errhint("30 compares the last 30 days with the 30 days before those.")));
	ACTIVITY_OPEN_ARG(&activity, 0);
	state = lifecycle_state(&activity, as_of, window_days);
	if (state == LIFECYCLE_NONE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(words[state]));
}

/*
 * of_activity.c: the aggregate that makes experiments of stored activities, all metrics at once:
 * a row is a user who was assigned to an arm, with what the schema has of them.
 *
 *	1. A NULL variant, day or until: the row is skipped.  A NULL activity: a user who did
 *	   nothing, and has no covariate, as one whose first day is no earlier than theirs.
 *	2. Metrics are over the days [day, day + within_days) before until, their covariates
 *	   over [day - before_days, day); without before_days there are none.
 *	3. Revenue counts up to highest, in both windows; NULL: all of it.
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is an ActivityExperiments in the memory of the aggregate; workers hand over the
 * stored forms, in the order of the metrics, each behind its size.
 */
#include "server/compat.h"

#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "activity/activity.h"
#include "experiment/variant.h"
#include "kernel/experiment/activity_metrics.h"
#include "server/call.h"
#include "server/decimal.h"
#include "server/state_io.h"

#define STATE_ARG(n) ((ActivityExperiments *) PG_GETARG_POINTER(n))

/* The memory of the aggregate that calls. */
static MemoryContext
aggregate_memory(FunctionCallInfo fcinfo)
{
	MemoryContext memory;

	if (!AggCheckCallContext(fcinfo, &memory))
		elog(ERROR, "a function of an aggregate was called outside of one");
	return memory;
}

/* (state, variant, activity, day, within_days, before_days, until, highest) */
AGGREGATE_ONLY(user_ops_experiments_of_activity_add)
{
	ActivityExperiments *experiments = PG_ARGISNULL(0) ? NULL : STATE_ARG(0);
	const uint8 *activity = PG_ARGISNULL(2) ? NULL : ACTIVITY_BYTES_ARG(2);
	ActivityWindows windows = {0};
	MemoryContext caller;
	const char *label;
	size_t size;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(6))
	{
		if (experiments == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(experiments);
	}
	windows.day = PG_GETARG_DATEADT(3);
	windows.before_days = PG_GETARG_INT32(5);
	windows.to = (int32) Min((int64) windows.day + PG_GETARG_INT32(4), PG_GETARG_DATEADT(6));
	if (!PG_ARGISNULL(7))
	{
		Decimal highest = decimal_from_numeric(PG_GETARG_NUMERIC(7));

		windows.limited = true;
		windows.highest = (ExperimentValue){highest.value, highest.scale};
	}
	label = variant_arg(fcinfo, 1, &size);
	caller = MemoryContextSwitchTo(aggregate_memory(fcinfo));
	if (experiments == NULL)
		experiments = activity_experiments_create(windows.before_days > 0);
	activity_experiments_add(experiments, label, size, activity, &windows);
	MemoryContextSwitchTo(caller);
	PG_RETURN_POINTER(experiments);
}

PG_FUNCTION_INFO_V1(user_ops_experiments_of_activity_combine);
Datum
user_ops_experiments_of_activity_combine(PG_FUNCTION_ARGS)
{
	MemoryContext caller = MemoryContextSwitchTo(aggregate_memory(fcinfo));
	ActivityExperiments *experiments = PG_ARGISNULL(0) ? NULL : STATE_ARG(0);

	if (!PG_ARGISNULL(1))
		experiments = activity_experiments_merge(experiments, STATE_ARG(1));
	MemoryContextSwitchTo(caller);
	if (experiments == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(experiments);
}

PG_FUNCTION_INFO_V1(user_ops_experiments_of_activity_serialize);
Datum
user_ops_experiments_of_activity_serialize(PG_FUNCTION_ARGS)
{
	StringInfoData message;

	pq_begintypsend(&message);
	for (int i = 0; i < ACTIVITY_METRICS; i++)
	{
		Datum stored = state_result(STATE_ARG(0)->of[i], &experiment_kind);
		int size = VARSIZE(DatumGetPointer(stored)) - VARHDRSZ;

		pq_sendint32(&message, size);
		pq_sendbytes(&message, VARDATA(DatumGetPointer(stored)), size);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

PG_FUNCTION_INFO_V1(user_ops_experiments_of_activity_deserialize);
Datum
user_ops_experiments_of_activity_deserialize(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	ActivityExperiments *experiments = palloc0(sizeof(ActivityExperiments));
	StringInfoData message = {.data = VARDATA_ANY(bytes), .len = VARSIZE_ANY_EXHDR(bytes)};

	for (int i = 0; i < ACTIVITY_METRICS; i++)
	{
		int size = pq_getmsgint(&message, 4);
		const char *problem = NULL;

		experiments->of[i] = experiment_kind.unpack(
			(const uint8 *) pq_getmsgbytes(&message, size), size, &problem);
		check_binary(experiment_kind.type, problem);
	}
	pq_getmsgend(&message);
	PG_RETURN_POINTER(experiments);
}

/* An experiment for each metric, in their order. */
PG_FUNCTION_INFO_V1(user_ops_experiments_of_activity_final);
Datum
user_ops_experiments_of_activity_final(PG_FUNCTION_ARGS)
{
	Oid type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	Datum stored[ACTIVITY_METRICS];
	int16 length;
	bool by_value;
	char alignment;

	for (int i = 0; i < ACTIVITY_METRICS; i++)
		stored[i] = state_result(STATE_ARG(0)->of[i], &experiment_kind);
	get_typlenbyvalalign(type, &length, &by_value, &alignment);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(stored, ACTIVITY_METRICS, type, length, by_value, alignment));
}

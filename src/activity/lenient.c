/*
 * lenient.c: lenient_activity_agg, left_out_agg and left_out_reason.
 *
 *	1. Which rows count, and which reasons there are: lenient.h.  Rows that count do
 *	   as in activity_agg, amounts rounded to amount_decimals before.
 *	2. left_out_agg is NULL where all rows count.  It and lenient_activity_agg over the
 *	   same arguments have one state, for which the executor reads each row once.
 *	3. left_out_reason is NULL for a row that counts.
 */
#include "server/compat.h"

#include "utils/builtins.h"
#include "activity/activity.h"
#include "activity/lenient.h"
#include "server/state_io.h"

typedef struct LenientState
{
	LeftOut left_out;
	ActivityBuilder *builder; /* NULL: no row counts so far */
} LenientState;

void
bad_amount_decimals(int32 decimals)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("amount_decimals must be from 0 to %d, not %d", MONEY_MAX_SCALE, decimals),
					errhint("NULL takes amounts as they are.")));
}

Datum
left_out_datum(FunctionCallInfo fcinfo, const LeftOut *left_out)
{
	Datum values[ROW_FAULTS];
	bool nulls[ROW_FAULTS] = {false};

	for (int i = 0; i < ROW_FAULTS; i++)
		values[i] = Int64GetDatum(left_out->rows[i]);
	return HeapTupleGetDatum(heap_form_tuple(result_row_type(fcinfo), values, nulls));
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called outside an aggregate");
	return context;
}

static LenientState *
state_so_far(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(0))
		return (LenientState *) PG_GETARG_POINTER(0);
	return MemoryContextAllocZero(aggregate_context(fcinfo), sizeof(LenientState));
}

static ActivityBuilder *
builder_so_far(FunctionCallInfo fcinfo, const LenientState *state, bool amounts)
{
	MemoryContext old_context;
	ActivityBuilder *builder;

	if (state->builder != NULL)
		return state->builder;
	old_context = MemoryContextSwitchTo(aggregate_context(fcinfo));
	builder = activity_builder(amounts);
	MemoryContextSwitchTo(old_context);
	return builder;
}

static inline Datum
add_event(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	LenientState *state = state_so_far(fcinfo);
	LenientEvent event;
	RowFault fault = read_event(fcinfo, 1, day, amount, &event);

	if (unlikely(fault != ROW_COUNTS))
		state->left_out.rows[fault]++;
	else
	{
		ActivityBuilder *builder = builder_so_far(fcinfo, state, amount != NULL);

		state->builder = event.visit ? activity_add_visit(builder, event.day)
									 : activity_add_amount(builder, event.day, event.amount.value,
														   event.amount.scale);
	}
	PG_RETURN_POINTER(state);
}

static inline Datum
add_visit(FunctionCallInfo fcinfo, DayArg day)
{
	return add_event(fcinfo, day, NULL);
}

EVENT_READERS(user_ops_lenient_activity, add_visit, add_event)

PG_FUNCTION_INFO_V1(user_ops_lenient_combine);
Datum
user_ops_lenient_combine(PG_FUNCTION_ARGS)
{
	LenientState *state;
	const LenientState *more;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	state = state_so_far(fcinfo);
	more = (const LenientState *) PG_GETARG_POINTER(1);
	left_out_add(&state->left_out, &more->left_out);
	if (more->builder != NULL)
		state->builder =
			activity_add_builder(builder_so_far(fcinfo, state, false), more->builder);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(user_ops_lenient_activity_final);
Datum
user_ops_lenient_activity_final(PG_FUNCTION_ARGS)
{
	const LenientState *state = PG_ARGISNULL(0) ? NULL : (LenientState *) PG_GETARG_POINTER(0);

	if (state == NULL || state->builder == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(activity_from_builder(state->builder));
}

PG_FUNCTION_INFO_V1(user_ops_left_out_final);
Datum
user_ops_left_out_final(PG_FUNCTION_ARGS)
{
	const LenientState *state = PG_ARGISNULL(0) ? NULL : (LenientState *) PG_GETARG_POINTER(0);

	if (state == NULL || left_out_total(&state->left_out) == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(left_out_datum(fcinfo, &state->left_out));
}

/* Between workers: the counts, and the bytes of the activity behind them if there is one. */
PG_FUNCTION_INFO_V1(user_ops_lenient_serialize);
Datum
user_ops_lenient_serialize(PG_FUNCTION_ARGS)
{
	const LenientState *state = (const LenientState *) PG_GETARG_POINTER(0);
	size_t head = VARHDRSZ + sizeof(LeftOut);
	size_t size = 0;
	uint8 *bytes =
		state->builder == NULL ? palloc(head) : activity_builder_store(state->builder, head, &size);

	if (head + size > MaxAllocSize)
		host_fail(KERNEL_STATE_TOO_BIG);
	SET_VARSIZE(bytes, head + size);
	memcpy(bytes + VARHDRSZ, &state->left_out, sizeof(LeftOut));
	PG_RETURN_POINTER(bytes);
}

PG_FUNCTION_INFO_V1(user_ops_lenient_deserialize);
Datum
user_ops_lenient_deserialize(PG_FUNCTION_ARGS)
{
	const bytea *bytes = PG_GETARG_BYTEA_PP(0);
	const char *data = VARDATA_ANY(bytes);
	LenientState *state = palloc0(sizeof(LenientState));

	memcpy(&state->left_out, data, sizeof(LeftOut));
	if (VARSIZE_ANY_EXHDR(bytes) > sizeof(LeftOut))
		state->builder = activity_add_encoded(activity_builder(false),
											  (const uint8 *) data + sizeof(LeftOut));
	PG_RETURN_POINTER(state);
}

static inline Datum
reason_of_event(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	static const char *const reasons[] = {"without_user", "without_time", "ignored", "bad_amount",
										  "many_decimals"};
	LenientEvent event;
	RowFault fault = read_event(fcinfo, 0, day, amount, &event);

	if (fault == ROW_COUNTS)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(reasons[fault]));
}

static inline Datum
reason_of_visit(FunctionCallInfo fcinfo, DayArg day)
{
	return reason_of_event(fcinfo, day, NULL);
}

EVENT_READERS(user_ops_left_out_reason, reason_of_visit, reason_of_event)

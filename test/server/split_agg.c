/*
 * split_agg.c: aggregates that call those of the extension as engines do that send states
 * between nodes (Citus' worker_partial_agg and coord_combine_agg are the model).
 *
 *	part_as_text(oid, record)	rows to a state, which is written as text
 *	part_as_bytes(oid, record)	the same, in its binary form
 *	all_of_texts(oid, text)		such states combined, and what the final function makes of them, as text
 *	all_of_bytes(oid, bytea)	the same of the binary form
 *
 *	half_of(activity, oid, date)	an aggregate of an activity and a date over every other row
 *
 * The oid is the aggregate, the record has its arguments.  What is asked of the
 * functions of an aggregate is this: each call has an FmgrInfo of its own, without fn_extra of
 * the call before and without fn_expr; the node that shows in the context is that of the
 * aggregate that calls, whose arguments are others; the final function has the state alone.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_MODULE_MAGIC;

typedef struct SplitState
{
	FormData_pg_aggregate aggregate;
	Oid result;
	int16 length;
	bool by_value;
	Datum value;
	bool is_null;
	bool skip; /* half_add: the next row */
} SplitState;

/* The state so far, of the aggregate that is argument n. */
static SplitState *
state_of_call(FunctionCallInfo fcinfo, int n)
{
	Oid aggregate = PG_GETARG_OID(n);
	MemoryContext context;
	SplitState *state;
	HeapTuple tuple;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "called outside an aggregate");
	if (!PG_ARGISNULL(0))
		return (SplitState *) PG_GETARG_POINTER(0);
	state = MemoryContextAllocZero(context, sizeof(SplitState));
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "no aggregate %u", aggregate);
	memcpy(&state->aggregate, GETSTRUCT(tuple), sizeof(FormData_pg_aggregate));
	ReleaseSysCache(tuple);
	state->result = get_func_rettype(aggregate);
	get_typlenbyval(state->aggregate.aggtranstype, &state->length, &state->by_value);
	state->is_null = true;
	return state;
}

/* Call a function on the state and n values, as its transition or combine function. */
static void
advance(FunctionCallInfo fcinfo, SplitState *state, Oid function, int n, const NullableDatum *values)
{
	LOCAL_FCINFO(call, FUNC_MAX_ARGS);
	MemoryContext context;
	MemoryContext old_context;
	FmgrInfo info;
	Datum result;

	fmgr_info(function, &info);
	InitFunctionCallInfoData(*call, &info, n + 1, fcinfo->fncollation, fcinfo->context, fcinfo->resultinfo);
	call->args[0] = (NullableDatum){state->value, state->is_null};
	for (int i = 0; i < n; i++)
		call->args[i + 1] = values[i];
	for (int i = 0; info.fn_strict && i <= n; i++)
		if (call->args[i].isnull)
			elog(ERROR, "a strict function");
	result = FunctionCallInvoke(call);
	if (!state->by_value && DatumGetPointer(result) != DatumGetPointer(state->value))
	{
		AggCheckCallContext(fcinfo, &context);
		old_context = MemoryContextSwitchTo(context);
		if (!call->isnull && !(DatumIsReadWriteExpandedObject(result, false, state->length) &&
							   MemoryContextGetParent(DatumGetEOHP(result)->eoh_context) == context))
			result = datumCopy(result, false, state->length);
		if (!state->is_null)
		{
			if (DatumIsReadWriteExpandedObject(state->value, false, state->length))
				DeleteExpandedObject(state->value);
			else
				pfree(DatumGetPointer(state->value));
		}
		MemoryContextSwitchTo(old_context);
	}
	state->value = result;
	state->is_null = call->isnull;
}

/* part_add(state, aggregate, record) */
PG_FUNCTION_INFO_V1(part_add);
Datum
part_add(PG_FUNCTION_ARGS)
{
	SplitState *state = state_of_call(fcinfo, 1);
	HeapTupleHeader record = PG_GETARG_HEAPTUPLEHEADER(2);
	TupleDesc descriptor = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(record), HeapTupleHeaderGetTypMod(record));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(record), .t_data = record};
	Datum *values = palloc(descriptor->natts * sizeof(Datum));
	bool *nulls = palloc(descriptor->natts * sizeof(bool));
	NullableDatum arguments[FUNC_MAX_ARGS];

	heap_deform_tuple(&tuple, descriptor, values, nulls);
	for (int i = 0; i < descriptor->natts; i++)
		arguments[i] = (NullableDatum){values[i], nulls[i]};
	advance(fcinfo, state, state->aggregate.aggtransfn, descriptor->natts, arguments);
	ReleaseTupleDesc(descriptor);
	PG_RETURN_POINTER(state);
}

/* half_add(state, activity, aggregate, date) */
PG_FUNCTION_INFO_V1(half_add);
Datum
half_add(PG_FUNCTION_ARGS)
{
	SplitState *state = state_of_call(fcinfo, 2);
	NullableDatum arguments[2] = {fcinfo->args[1], fcinfo->args[3]};

	if (!state->skip)
		advance(fcinfo, state, state->aggregate.aggtransfn, 2, arguments);
	state->skip = !state->skip;
	PG_RETURN_POINTER(state);
}

/* all_add_text(state, aggregate, text), all_add_bytes(state, aggregate, bytea) */
static Datum
all_add(FunctionCallInfo fcinfo, bool binary)
{
	SplitState *state = state_of_call(fcinfo, 1);
	NullableDatum value = {.isnull = PG_ARGISNULL(2)};
	Oid function;
	Oid io_param;

	if (!value.isnull && binary)
	{
		bytea *bytes = PG_GETARG_BYTEA_PP(2);
		StringInfoData message;

		initStringInfo(&message);
		appendBinaryStringInfo(&message, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		getTypeBinaryInputInfo(state->aggregate.aggtranstype, &function, &io_param);
		value.value = OidReceiveFunctionCall(function, &message, io_param, -1);
	}
	else if (!value.isnull)
	{
		getTypeInputInfo(state->aggregate.aggtranstype, &function, &io_param);
		value.value = OidInputFunctionCall(function, text_to_cstring(PG_GETARG_TEXT_PP(2)), io_param, -1);
	}
	if (state->is_null && !value.isnull && func_strict(state->aggregate.aggcombinefn))
	{
		MemoryContext context;
		MemoryContext old_context;

		AggCheckCallContext(fcinfo, &context);
		old_context = MemoryContextSwitchTo(context);
		state->value = datumCopy(value.value, state->by_value, state->length);
		state->is_null = false;
		MemoryContextSwitchTo(old_context);
	}
	else
		advance(fcinfo, state, state->aggregate.aggcombinefn, 1, &value);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(all_add_text);
Datum
all_add_text(PG_FUNCTION_ARGS)
{
	return all_add(fcinfo, false);
}

PG_FUNCTION_INFO_V1(all_add_bytes);
Datum
all_add_bytes(PG_FUNCTION_ARGS)
{
	return all_add(fcinfo, true);
}

static Datum
text_of_value(Oid type, Datum value)
{
	Oid function;
	bool is_varlena;

	getTypeOutputInfo(type, &function, &is_varlena);
	PG_RETURN_TEXT_P(cstring_to_text(OidOutputFunctionCall(function, value)));
}

PG_FUNCTION_INFO_V1(part_text);
Datum
part_text(PG_FUNCTION_ARGS)
{
	SplitState *state = PG_ARGISNULL(0) ? NULL : (SplitState *) PG_GETARG_POINTER(0);

	if (state == NULL || state->is_null)
		PG_RETURN_NULL();
	return text_of_value(state->aggregate.aggtranstype, state->value);
}

PG_FUNCTION_INFO_V1(part_bytes);
Datum
part_bytes(PG_FUNCTION_ARGS)
{
	SplitState *state = PG_ARGISNULL(0) ? NULL : (SplitState *) PG_GETARG_POINTER(0);
	Oid function;
	bool is_varlena;

	if (state == NULL || state->is_null)
		PG_RETURN_NULL();
	getTypeBinaryOutputInfo(state->aggregate.aggtranstype, &function, &is_varlena);
	PG_RETURN_BYTEA_P(OidSendFunctionCall(function, state->value));
}

PG_FUNCTION_INFO_V1(all_final);
Datum
all_final(PG_FUNCTION_ARGS)
{
	SplitState *state = PG_ARGISNULL(0) ? NULL : (SplitState *) PG_GETARG_POINTER(0);
	LOCAL_FCINFO(call, 1);
	FmgrInfo info;
	Datum result;

	if (state == NULL || state->is_null)
		PG_RETURN_NULL();
	if (state->aggregate.aggfinalextra)
		elog(ERROR, "the final function wants arguments that nobody has");
	if (!OidIsValid(state->aggregate.aggfinalfn))
		return text_of_value(state->aggregate.aggtranstype, state->value);
	fmgr_info(state->aggregate.aggfinalfn, &info);
	InitFunctionCallInfoData(*call, &info, 1, fcinfo->fncollation, fcinfo->context, fcinfo->resultinfo);
	call->args[0] = (NullableDatum){MakeExpandedObjectReadOnly(state->value, false, state->length), false};
	result = FunctionCallInvoke(call);
	if (call->isnull)
		PG_RETURN_NULL();
	return text_of_value(state->result, result);
}

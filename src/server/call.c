/*
 * call.c: what functions of several topics do with their arguments and results.
 */
#include "server/compat.h"

#include "server/call.h"

#include <math.h>

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

#define MOST_NUMBERS 16 /* of a row */

void
null_argument(const char *name, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", name),
					errhint("%s", hint)));
}

float8
between_0_and_1(FunctionCallInfo fcinfo, int n, const char *name, const char *hint)
{
	float8 value;

	refuse_null(fcinfo, n, name, hint);
	value = PG_GETARG_FLOAT8(n);
	if (!(value > 0 && value < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between 0 and 1", name), errhint("%s", hint)));
	return value;
}

float8
positive_number(FunctionCallInfo fcinfo, int n, const char *name, const char *hint)
{
	float8 value;

	refuse_null(fcinfo, n, name, hint);
	value = PG_GETARG_FLOAT8(n);
	if (!(value > 0) || isinf(value))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a number above 0", name), errhint("%s", hint)));
	return value;
}

bool
any_null(FunctionCallInfo fcinfo, int n)
{
	for (int i = 0; i < n; i++)
		if (PG_ARGISNULL(i))
			return true;
	return false;
}

float8 *
numbers_arg(FunctionCallInfo fcinfo, int n, const char *name, int *size)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	Datum *elements;
	bool *empty;
	float8 *numbers;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array of one dimension", name),
				 errhint("Give one number after the other: array_agg makes such an array.")));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements,
					  &empty, size);
	numbers = palloc(*size * sizeof(float8));
	for (int i = 0; i < *size; i++)
		numbers[i] = empty[i] ? NAN : DatumGetFloat8(elements[i]);
	return numbers;
}

/* The first aggregate made of those that a function serves. */
static Oid
aggregate_of(Oid function)
{
	Relation aggregates = table_open(AggregateRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(aggregates, InvalidOid, false, NULL, 0, NULL);
	Oid first = InvalidOid;
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_aggregate aggregate = (Form_pg_aggregate) GETSTRUCT(tuple);

		if ((aggregate->aggtransfn == function || aggregate->aggcombinefn == function) &&
			(first == InvalidOid || aggregate->aggfnoid < first))
			first = aggregate->aggfnoid;
	}
	systable_endscan(scan);
	table_close(aggregates, AccessShareLock);
	return first;
}

void
refuse_outside_aggregate(FunctionCallInfo fcinfo)
{
	Oid function = fcinfo->flinfo->fn_oid;
	Oid aggregate;

	if (AggCheckCallContext(fcinfo, NULL))
		return;
	aggregate = aggregate_of(function);
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("function %s works only inside an aggregate", get_func_name(function)),
					OidIsValid(aggregate)
						? errhint("Call the aggregate %s.", format_procedure(aggregate))
						: 0));
}

typedef struct KeptArg
{
	struct varlena *bytes; /* what the value was made of; NULL: there is none */
	void *value;
} KeptArg;

#define KEPT_ARGS 4

/* What a function keeps from call to call: its fn_extra. */
typedef struct Kept
{
	KeptArg args[KEPT_ARGS];
	TupleDesc row_type; /* NULL: nobody asked */
} Kept;

static Kept *
kept_of_call(FunctionCallInfo fcinfo)
{
	FmgrInfo *function = fcinfo->flinfo;

	if (function->fn_extra == NULL)
		function->fn_extra = MemoryContextAllocZero(function->fn_mcxt, sizeof(Kept));
	return function->fn_extra;
}

const void *
kept_arg(FunctionCallInfo fcinfo, int n, Size size, MakeOfArg make)
{
	struct varlena *bytes = PG_GETARG_VARLENA_PP(n);
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	KeptArg *kept = kept_of_call(fcinfo)->args + n;

	Assert(n < KEPT_ARGS);
	if (kept->bytes != NULL && VARSIZE_ANY(kept->bytes) == VARSIZE_ANY(bytes) &&
		memcmp(kept->bytes, bytes, VARSIZE_ANY(bytes)) == 0)
		return kept->value;

	if (kept->value == NULL)
		kept->value = MemoryContextAlloc(context, size);
	if (kept->bytes != NULL)
		pfree(kept->bytes);
	kept->bytes = NULL;
	make(fcinfo, n, kept->value);
	kept->bytes = MemoryContextAlloc(context, VARSIZE_ANY(bytes));
	memcpy(kept->bytes, bytes, VARSIZE_ANY(bytes));
	return kept->value;
}

TupleDesc
result_row_type(FunctionCallInfo fcinfo)
{
	TupleDesc row;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return BlessTupleDesc(row);
}

void
values_of_row(HeapTupleHeader row, int n, Datum *values, bool *nulls)
{
	for (int i = 0; i < n; i++)
		values[i] = GetAttributeByNum(row, (AttrNumber) (i + 1), &nulls[i]);
}

void
values_of_call(FunctionCallInfo fcinfo, int n, Datum *values, bool *nulls)
{
	for (int i = 0; i < n; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i);
	}
}

Datum
row_of_values(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_row_type(fcinfo), values, nulls)));
}

void
numbers_or_null(const float8 *numbers, int n, Datum *values, bool *nulls)
{
	for (int i = 0; i < n; i++)
	{
		nulls[i] = isnan(numbers[i]);
		values[i] = Float8GetDatum(numbers[i]);
	}
}

Datum
row_of_numbers(FunctionCallInfo fcinfo, const float8 *numbers, int n)
{
	Datum values[MOST_NUMBERS];
	bool nulls[MOST_NUMBERS];

	Assert(n <= MOST_NUMBERS);
	numbers_or_null(numbers, n, values, nulls);
	return row_of_values(fcinfo, values, nulls);
}

TupleDesc
kept_row_type(FunctionCallInfo fcinfo)
{
	Kept *kept = kept_of_call(fcinfo);

	if (kept->row_type == NULL)
	{
		MemoryContext old_context = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		kept->row_type = result_row_type(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	return kept->row_type;
}

Datum
no_rows(FunctionCallInfo fcinfo)
{
	((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprEndResult;
	PG_RETURN_NULL();
}

MemoryContext
begin_rows(FunctionCallInfo fcinfo, FuncCallContext **call)
{
	MemoryContext old_context;

	*call = SRF_FIRSTCALL_INIT();
	old_context = MemoryContextSwitchTo((*call)->multi_call_memory_ctx);
	(*call)->tuple_desc = result_row_type(fcinfo);
	return old_context;
}

/*
 * call.c: what functions of several topics do with their arguments and results.
 */
#include "compat.h"

#include "call.h"

void
null_argument(const char *name, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", name),
					errhint("%s", hint)));
}

typedef struct KeptArg
{
	struct varlena *bytes; /* what the value was made of; NULL: there is none */
	void *value;
} KeptArg;

#define KEPT_ARGS 2

const void *
kept_arg(FunctionCallInfo fcinfo, int n, Size size, MakeOfArg make)
{
	struct varlena *bytes = PG_GETARG_VARLENA_PP(n);
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	KeptArg *kept = fcinfo->flinfo->fn_extra;

	Assert(n < KEPT_ARGS);
	if (kept == NULL)
		kept = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(context, KEPT_ARGS * sizeof(KeptArg));
	kept += n;
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

MemoryContext
begin_rows(FunctionCallInfo fcinfo, FuncCallContext **call)
{
	MemoryContext old_context;

	*call = SRF_FIRSTCALL_INIT();
	old_context = MemoryContextSwitchTo((*call)->multi_call_memory_ctx);
	(*call)->tuple_desc = result_row_type(fcinfo);
	return old_context;
}

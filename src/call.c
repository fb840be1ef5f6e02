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

/*
 * shared_call.c: a function call that is made again in a parallel worker.
 */
#include "server/compat.h"

#include "grouping/shared_call.h"

#include "access/detoast.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

bool
shared_call_of(FunctionCallInfo fcinfo, SharedCall *call, NullableDatum *args)
{
	*call = (SharedCall){.function = fcinfo->flinfo->fn_oid,
						 .collation = fcinfo->fncollation,
						 .n_args = fcinfo->nargs};
	for (int i = 0; i < call->n_args; i++)
	{
		call->types[i] = get_fn_expr_argtype(fcinfo->flinfo, i);
		if (!OidIsValid(call->types[i]))
			return false;
		args[i] = fcinfo->args[i];
		if (!args[i].isnull && get_typlen(call->types[i]) == -1 &&
			VARATT_IS_EXTERNAL_NON_EXPANDED(DatumGetPointer(args[i].value)))
			args[i].value = PointerGetDatum(
				detoast_external_attr((struct varlena *) DatumGetPointer(args[i].value)));
	}
	return true;
}

Size
shared_call_args_size(const SharedCall *call, const NullableDatum *args)
{
	Size size = 0;

	for (int i = 0; i < call->n_args; i++)
	{
		int16 length;
		bool by_value;

		get_typlenbyval(call->types[i], &length, &by_value);
		size = add_size(size,
						datumEstimateSpace(args[i].value, args[i].isnull, by_value, length));
	}
	return size;
}

void
shared_call_write_args(const SharedCall *call, const NullableDatum *args, char *to)
{
	for (int i = 0; i < call->n_args; i++)
	{
		int16 length;
		bool by_value;

		get_typlenbyval(call->types[i], &length, &by_value);
		datumSerialize(args[i].value, args[i].isnull, by_value, length, &to);
	}
}

/* What get_fn_expr_argtype() looks at. */
static Node *
call_expression(const SharedCall *call)
{
	List *args = NIL;

	for (int i = 0; i < call->n_args; i++)
		args = lappend(args, makeNullConst(call->types[i], -1, InvalidOid));
	return (Node *) makeFuncExpr(call->function, get_func_rettype(call->function), args, InvalidOid,
								 call->collation, COERCE_EXPLICIT_CALL);
}

Datum
shared_call_again(const SharedCall *call, char *args, int n, Datum value)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	FmgrInfo function;

	fmgr_info(call->function, &function);
	fmgr_info_set_expr(call_expression(call), &function);
	InitFunctionCallInfoData(*fcinfo, &function, call->n_args, call->collation, NULL, NULL);
	for (int i = 0; i < call->n_args; i++)
		fcinfo->args[i].value = datumRestore(&args, &fcinfo->args[i].isnull);
	fcinfo->args[n].value = value;
	return FunctionCallInvoke(fcinfo);
}

char *
shared_call_library(const SharedCall *call, int n)
{
	Oid input;
	Oid parameter;
	HeapTuple function;
	bool is_null = true;
	Datum library = (Datum) 0;
	char *name;

	getTypeInputInfo(getBaseType(call->types[n]), &input, &parameter);
	function = SearchSysCache1(PROCOID, ObjectIdGetDatum(input));
	if (HeapTupleIsValid(function))
		library = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_probin, &is_null);
	if (is_null)
		elog(ERROR, "function %u is in no library", input);
	name = TextDatumGetCString(library);
	ReleaseSysCache(function);
	return name;
}

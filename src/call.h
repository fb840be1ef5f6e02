/*
 * call.h: what functions of several topics do with their arguments and results.
 */
#ifndef USER_OPS_CALL_H
#define USER_OPS_CALL_H

#include "compat.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"

extern _Noreturn void null_argument(const char *name, const char *hint);

/* Raise 22004 if argument n is NULL. */
static inline void
refuse_null(FunctionCallInfo fcinfo, int n, const char *name, const char *hint)
{
	if (PG_ARGISNULL(n))
		null_argument(name, hint);
}

/*
 * A value made of argument n, 0 or 1, and kept until a call with other bytes: a
 * query applies one model to all users.  It has fn_extra for itself.
 */
typedef void (*MakeOfArg)(FunctionCallInfo fcinfo, int n, void *value);
extern const void *kept_arg(FunctionCallInfo fcinfo, int n, Size size, MakeOfArg make);

/* The row type of the result, in the current memory context. */
extern TupleDesc result_row_type(FunctionCallInfo fcinfo);

/*
 * The first call of a function that returns rows: sets *call and its row type,
 * and switches to the memory of all calls.  Returns the context to go back to.
 */
extern MemoryContext begin_rows(FunctionCallInfo fcinfo, FuncCallContext **call);

#endif

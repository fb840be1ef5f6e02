/*
 * shared_call.h: a function call that is made again in a parallel worker.
 */
#ifndef USER_OPS_SHARED_CALL_H
#define USER_OPS_SHARED_CALL_H

#include "server/compat.h"

#include "fmgr.h"

/* How the function was called; plain data, for shared memory. */
typedef struct SharedCall
{
	Oid function;
	Oid collation;
	int n_args;
	Oid types[FUNC_MAX_ARGS];
} SharedCall;

/*
 * Describe a call, with its arguments as a worker can have them: it cannot read tables that
 * are temporary.  False if the type of one is not known.
 */
extern bool shared_call_of(FunctionCallInfo fcinfo, SharedCall *call, NullableDatum *args);

/* What the arguments take, and where they are written. */
extern Size shared_call_args_size(const SharedCall *call, const NullableDatum *args);
extern void shared_call_write_args(const SharedCall *call, const NullableDatum *args, char *to);

/* The library that the type of argument n is of, as PostgreSQL loads it. */
extern char *shared_call_library(const SharedCall *call, int n);

/* The result, not NULL, of the call with its arguments as they were written, but argument n. */
extern Datum shared_call_again(const SharedCall *call, char *args, int n, Datum value);

#endif

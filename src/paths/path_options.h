/*
 * path_options.h: what is asked of paths, from the arguments of functions.
 */
#ifndef USER_OPS_PATH_OPTIONS_H
#define USER_OPS_PATH_OPTIONS_H

#include "server/compat.h"

#include "fmgr.h"
#include "journey/journey.h"
#include "kernel/paths/edge_counts.h"
#include "server/as_of.h"

/* What a call site keeps from row to row; it is in fn_extra. */
typedef struct PathCall
{
	JourneyReading reading;
	MemoryContext context; /* of the options */
	HeapTupleHeader options;
	EdgeParams of_options; /* what they say */
	EdgeHints hints;
} PathCall;

extern PathCall *path_call(FunctionCallInfo fcinfo);

/* Arguments n and up: gap, which may be NULL, as_of, and path_options if there are so many. */
extern EdgeParams path_params(FunctionCallInfo fcinfo, PathCall *call, int n, AsOfArg as_of_arg);

/* The same, with collapse in place of options. */
extern EdgeParams transition_params(FunctionCallInfo fcinfo, int n, AsOfArg as_of_arg);

#endif

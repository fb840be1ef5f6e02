/*
 * handle.h: the SQL face of the types whose values are handles of what is grouped.
 */
#ifndef USER_OPS_HANDLE_H
#define USER_OPS_HANDLE_H

#include "server/compat.h"

#include "fmgr.h"
#include "grouping/grouped.h"

/* As text: the type's name, a colon and 16 hex digits. */
extern Datum handle_in(FunctionCallInfo fcinfo, const GroupedKind *kind, const char *hint);
extern Datum handle_out(FunctionCallInfo fcinfo, const GroupedKind *kind);

/* <type>_in and <type>_out.  Binary they are integers of 8 bytes. */
#define HANDLE_FUNCTIONS(type, kind, hint) \
	PG_FUNCTION_INFO_V1(user_ops_##type##_in); \
	Datum user_ops_##type##_in(PG_FUNCTION_ARGS) \
	{ \
		return handle_in(fcinfo, &kind, hint); \
	} \
	PG_FUNCTION_INFO_V1(user_ops_##type##_out); \
	Datum user_ops_##type##_out(PG_FUNCTION_ARGS) \
	{ \
		return handle_out(fcinfo, &kind); \
	}

#endif

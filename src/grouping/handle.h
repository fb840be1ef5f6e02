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

#define HANDLE_FUNCTION(name, body) \
	PG_FUNCTION_INFO_V1(user_ops_##name); \
	Datum user_ops_##name(PG_FUNCTION_ARGS) \
	{ \
		return body; \
	}

/*
 * <type>_in and <type>_out; binary, handles are integers of 8 bytes.  And the hand-over of
 * the aggregate that makes them: <type>_serialize, _deserialize, _combine.
 */
#define HANDLE_FUNCTIONS(type, kind, hint) \
	HANDLE_FUNCTION(type##_in, handle_in(fcinfo, &kind, hint)) \
	HANDLE_FUNCTION(type##_out, handle_out(fcinfo, &kind)) \
	HANDLE_FUNCTION(type##_serialize, grouped_serialize(fcinfo)) \
	HANDLE_FUNCTION(type##_deserialize, grouped_deserialize(fcinfo, &kind)) \
	HANDLE_FUNCTION(type##_combine, grouped_combine(fcinfo, &kind))

#endif

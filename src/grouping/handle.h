/*
 * handle.h: the SQL face of the types whose values are handles of what is grouped.
 */
#ifndef USER_OPS_HANDLE_H
#define USER_OPS_HANDLE_H

#include "server/compat.h"

#include "fmgr.h"
#include "grouping/grouped.h"
#include "grouping/shared_reading.h"
#include "server/call.h"

/* As text: the type's name, a colon and 16 hex digits. */
extern Datum handle_in(FunctionCallInfo fcinfo, const GroupedKind *kind, const char *hint);
extern Datum handle_out(FunctionCallInfo fcinfo, const GroupedKind *kind);

/*
 * <type>_in and <type>_out; binary, handles are integers of 8 bytes.  And the hand-over of
 * the aggregate that makes them: <type>_serialize, _deserialize, _combine; and <type>_read_part,
 * what parallel workers do that read a part of them.
 */
#define HANDLE_FUNCTIONS(type, kind, hint) \
	SQL_FUNCTION(type##_in, handle_in(fcinfo, &kind, hint)) \
	SQL_FUNCTION(type##_out, handle_out(fcinfo, &kind)) \
	SQL_FUNCTION(type##_serialize, grouped_serialize(fcinfo)) \
	SQL_FUNCTION(type##_deserialize, grouped_deserialize(fcinfo, &kind)) \
	SQL_FUNCTION(type##_combine, grouped_combine(fcinfo, &kind)) \
	extern PGDLLEXPORT void user_ops_##type##_read_part(dsm_segment *segment, shm_toc *toc); \
	void user_ops_##type##_read_part(dsm_segment *segment, shm_toc *toc) \
	{ \
		grouped_read_part(segment, toc, &kind); \
	}

#endif

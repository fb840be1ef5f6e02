/*
 * value_io.h: the SQL face of values that are canonical bytes and nothing else: equal
 * values have equal bytes, which are free of byte order.  As text they are hex.
 */
#ifndef USER_OPS_VALUE_IO_H
#define USER_OPS_VALUE_IO_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/base/bytes.h"
#include "server/state_io.h"

/* Why the bytes are no such value, or NULL. */
typedef const char *(*ValueCheck)(const uint8_t *bytes, size_t size);

extern Datum value_in(FunctionCallInfo fcinfo, const char *type, ValueCheck check);
extern Datum value_out(FunctionCallInfo fcinfo);
extern Datum value_from_bytes(struct varlena *bytes, const char *type, ValueCheck check);

/* What was written behind VARHDRSZ reserved bytes; fails (KERNEL_STATE_TOO_BIG) past 512 MB. */
extern struct varlena *value_of_writer(ByteWriter *out);

/* Those functions: <type>_in and so on.  _send is also the cast to bytea. */
#define VALUE_FUNCTIONS(type, check) \
	STATE_FUNCTION(type##_in, value_in(fcinfo, #type, check)) \
	STATE_FUNCTION(type##_out, value_out(fcinfo)) \
	STATE_FUNCTION(type##_recv, value_from_bytes(message_arg(fcinfo), #type, check)) \
	STATE_FUNCTION(type##_from_bytea, value_from_bytes(bytea_arg(fcinfo), #type, check)) \
	STATE_FUNCTION(type##_send, PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))))

#endif

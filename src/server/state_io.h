/*
 * state_io.h: the SQL face of values that are canonical bytes: text, binary,
 * equality, and the states of aggregates (kernel/state.h).
 *
 * As text, the stored form of a state is written in base64 (bytes_text.h).  The working form stays
 * inside a query.  Functions take both; what they return to the user is stored.
 */
#ifndef USER_OPS_STATE_IO_H
#define USER_OPS_STATE_IO_H

#include "server/compat.h"

#include "fmgr.h"
#include "kernel/base/state.h"
#include "server/call.h"

/* In ereport: what the kernel calls a problem, as a sentence. */
extern int errdetail_problem(const char *problem);

/* Raise 22P02 for text, 22P03 for binary input, unless problem is NULL. */
extern void check_text(const char *type, const char *problem);
extern void check_binary(const char *type, const char *problem);

/* What is left of the message in argument 0, or the bytea that it is. */
extern struct varlena *message_arg(FunctionCallInfo fcinfo);
extern struct varlena *bytea_arg(FunctionCallInfo fcinfo);

/* What was written behind VARHDRSZ reserved bytes. */
extern struct varlena *written_varlena(ByteWriter *out);

/* The bodies of the functions a type has. */
extern Datum state_in(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_out(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_from_bytes(struct varlena *bytes, const StateKind *kind);
extern Datum state_stored(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_sent(FunctionCallInfo fcinfo, const StateKind *kind);
extern bool state_equal(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_merge(FunctionCallInfo fcinfo, const StateKind *kind);

/*
 * Those functions: <type>_in and so on.  Equal states have equal bytes, which
 * are free of byte order: so _send is also the cast to bytea.
 */
#define STATE_FUNCTIONS(type, kind) \
	SQL_FUNCTION(type##_in, state_in(fcinfo, &kind)) \
	SQL_FUNCTION(type##_out, state_out(fcinfo, &kind)) \
	SQL_FUNCTION(type##_recv, state_from_bytes(message_arg(fcinfo), &kind)) \
	SQL_FUNCTION(type##_send, state_sent(fcinfo, &kind)) \
	SQL_FUNCTION(type##_from_bytea, state_from_bytes(bytea_arg(fcinfo), &kind)) \
	SQL_FUNCTION(type##_eq, BoolGetDatum(state_equal(fcinfo, &kind))) \
	SQL_FUNCTION(type##_ne, BoolGetDatum(!state_equal(fcinfo, &kind))) \
	SQL_FUNCTION(type##_final, state_stored(fcinfo, &kind)) \
	SQL_FUNCTION(type##_merge, state_merge(fcinfo, &kind))

/* Argument n in working form, not to be changed. */
extern const void *state_arg(FunctionCallInfo fcinfo, int n, const StateKind *kind);

/* The same of an element of an array. */
extern const void *state_of_datum(Datum value, const StateKind *kind);

/*
 * Argument 0 in working form, to be changed.  An aggregate's own state is
 * changed in place.  When it has to grow, the larger copy is made in the memory
 * of the row, and the executor replaces the old one by it: freeing or
 * reallocating it here would free it twice.
 */
extern void *state_to_change(FunctionCallInfo fcinfo, const StateKind *kind);

/* A state in working form, as the result of a transition function. */
extern Datum state_datum(void *state);

/* A state in working form, as a value for the user. */
extern Datum state_result(void *state, const StateKind *kind);

/* The state so far, as the result where a row is skipped. */
static inline Datum
state_as_it_is(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* Why the bytes are no such value, or NULL. */
typedef const char *(*ValueCheck)(const uint8_t *bytes, size_t size);

extern Datum value_in(FunctionCallInfo fcinfo, const char *type, ValueCheck check);
extern Datum value_out(FunctionCallInfo fcinfo);
extern Datum value_from_bytes(struct varlena *bytes, const char *type, ValueCheck check);

/* What was written behind VARHDRSZ reserved bytes; fails (KERNEL_STATE_TOO_BIG) past 512 MB. */
extern struct varlena *value_of_writer(ByteWriter *out);

/* <type>_recv and <type>_from_bytea of a type whose values are canonical bytes and nothing else. */
#define VALUE_FUNCTIONS(type, check) \
	SQL_FUNCTION(type##_recv, value_from_bytes(message_arg(fcinfo), #type, check)) \
	SQL_FUNCTION(type##_from_bytea, value_from_bytes(bytea_arg(fcinfo), #type, check))

#endif

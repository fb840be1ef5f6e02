/*
 * metric_io.h: the SQL face of a metric's state: text, binary, equality.
 *
 * A state has two forms.  The stored one is canonical bytes, which begin with a
 * version of 1 or more; as text they are written in hex.  The working one, which
 * aggregates count in, begins with a 0 and stays inside a query.  Functions take
 * both; what they return to the user is stored.
 */
#ifndef USER_OPS_METRIC_IO_H
#define USER_OPS_METRIC_IO_H

#include "compat.h"

#include "fmgr.h"
#include "kernel/bytes.h"

typedef struct StateKind
{
	const char *type; /* its name in SQL */
	/* Why the bytes are no canonical state, or NULL if they are one. */
	const char *(*check)(const uint8 *bytes, size_t size);
	/* Append the stored form of a working one, varlena header included. */
	void (*pack)(const void *working, ByteWriter *out);
} StateKind;

static inline bool
state_is_working(const struct varlena *value)
{
	return VARSIZE_ANY_EXHDR(value) > 0 && *VARDATA_ANY(value) == 0;
}

/* Argument n, free of compression and aligned; still in either form. */
#define STATE_ARG(n) ((struct varlena *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

/* The stored form of a value that STATE_ARG gave. */
extern struct varlena *state_stored(const StateKind *kind, struct varlena *value);

/* The bodies of the functions a type has. */
extern Datum state_in(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_out(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_recv(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_send(FunctionCallInfo fcinfo, const StateKind *kind);
extern Datum state_from_bytea(FunctionCallInfo fcinfo, const StateKind *kind);
extern bool state_equal(FunctionCallInfo fcinfo, const StateKind *kind);

/* Those functions of a type: <type>_in and so on, _final too. */
#define STATE_FUNCTION(name, body) \
	PG_FUNCTION_INFO_V1(user_ops_##name); \
	Datum user_ops_##name(PG_FUNCTION_ARGS) \
	{ \
		return body; \
	}
#define STATE_FUNCTIONS(type, kind) \
	STATE_FUNCTION(type##_in, state_in(fcinfo, &kind)) \
	STATE_FUNCTION(type##_out, state_out(fcinfo, &kind)) \
	STATE_FUNCTION(type##_recv, state_recv(fcinfo, &kind)) \
	STATE_FUNCTION(type##_send, state_send(fcinfo, &kind)) \
	STATE_FUNCTION(type##_from_bytea, state_from_bytea(fcinfo, &kind)) \
	STATE_FUNCTION(type##_eq, BoolGetDatum(state_equal(fcinfo, &kind))) \
	STATE_FUNCTION(type##_ne, BoolGetDatum(!state_equal(fcinfo, &kind))) \
	STATE_FUNCTION(type##_final, PointerGetDatum(state_stored(&kind, STATE_ARG(0))))

#endif

/*
 * metric_io.c: the SQL face of a metric's state: text, binary, equality.
 */
#include "compat.h"

#include "libpq/pqformat.h"
#include "metric_io.h"
#include "utils/memutils.h"

#define MAX_STORED_BYTES (MaxAllocSize / 2 - 16) /* so that the text fits, too */

struct varlena *
state_stored(const StateKind *kind, struct varlena *value)
{
	ByteWriter out;
	size_t size;

	if (!state_is_working(value))
		return value;
	out = byte_writer(VARHDRSZ);
	kind->pack(value, &out);
	size = bytes_written(&out);
	if (size > MAX_STORED_BYTES)
		host_fail(KERNEL_STATE_TOO_BIG);
	Assert(kind->check(out.start + VARHDRSZ, size - VARHDRSZ) == NULL);
	SET_VARSIZE(out.start, size);
	return (struct varlena *) out.start;
}

/* The value of a hex digit, or -1. */
static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Decode "\x" and hex digits; what is wrong with the text, or NULL. */
static const char *
decode_hex(const char *text, struct varlena **value)
{
	size_t size = strlen(text) / 2;
	uint8 *out;

	if (text[0] != '\\' || text[1] != 'x')
		return "expected \"\\x\" and hex digits";
	if (strlen(text) % 2 != 0)
		return "an odd number of hex digits";
	*value = palloc(VARHDRSZ + size - 1);
	SET_VARSIZE(*value, VARHDRSZ + size - 1);
	out = (uint8 *) VARDATA(*value);
	for (text += 2; *text != '\0'; text += 2)
	{
		int high = hex_digit(text[0]);
		int low = hex_digit(text[1]);

		if (high < 0 || low < 0)
			return "expected hex digits 0 to 9 and a to f";
		*out++ = (uint8) (high << 4 | low);
	}
	return NULL;
}

Datum
state_in(FunctionCallInfo fcinfo, const StateKind *kind)
{
	struct varlena *value;
	const char *problem = decode_hex(PG_GETARG_CSTRING(0), &value);

	if (problem == NULL)
		problem = kind->check((uint8 *) VARDATA(value), VARSIZE(value) - VARHDRSZ);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type %s", kind->type),
						errdetail("%s.", problem),
						errhint("Only text written by the same type can be read.")));
	PG_RETURN_POINTER(value);
}

Datum
state_out(FunctionCallInfo fcinfo, const StateKind *kind)
{
	static const char digits[] = "0123456789abcdef";
	struct varlena *value = state_stored(kind, STATE_ARG(0));
	const uint8 *bytes = (const uint8 *) VARDATA(value);
	size_t size = VARSIZE(value) - VARHDRSZ;
	char *text = palloc(2 * size + 3);
	char *p = text;

	*p++ = '\\';
	*p++ = 'x';
	for (size_t i = 0; i < size; i++)
	{
		*p++ = digits[bytes[i] >> 4];
		*p++ = digits[bytes[i] & 15];
	}
	*p = '\0';
	PG_RETURN_CSTRING(text);
}

/* A copy of the bytes as a state, if they are one. */
static Datum
from_bytes(const StateKind *kind, const char *bytes, int size)
{
	const char *problem = kind->check((const uint8 *) bytes, size);
	struct varlena *value;

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type %s", kind->type),
						errdetail("%s.", problem),
						errhint("Only a value sent by the same type can be received.")));
	value = palloc(VARHDRSZ + size);
	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), bytes, size);
	PG_RETURN_POINTER(value);
}

Datum
state_recv(FunctionCallInfo fcinfo, const StateKind *kind)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	int size = message->len - message->cursor;

	return from_bytes(kind, pq_getmsgbytes(message, size), size);
}

Datum
state_from_bytea(FunctionCallInfo fcinfo, const StateKind *kind)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);

	return from_bytes(kind, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

/* Also the cast to bytea: the bytes are the same, free of byte order. */
Datum
state_send(FunctionCallInfo fcinfo, const StateKind *kind)
{
	PG_RETURN_BYTEA_P(state_stored(kind, STATE_ARG(0)));
}

bool
state_equal(FunctionCallInfo fcinfo, const StateKind *kind)
{
	struct varlena *a = state_stored(kind, STATE_ARG(0));
	struct varlena *b = state_stored(kind, STATE_ARG(1));

	return VARSIZE(a) == VARSIZE(b) && memcmp(VARDATA(a), VARDATA(b), VARSIZE(a) - VARHDRSZ) == 0;
}

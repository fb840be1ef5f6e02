/*
 * state_io.c: values and states that travel as bytes.
 */
#include "compat.h"

#include <string.h>

#include "libpq/pqformat.h"
#include "state_io.h"
#include "utils/builtins.h"

#define HEX_PREFIX "\\x"

static void
raise_unless_valid(int code, const char *problem, const char *type_name)
{
	if (problem != NULL)
		ereport(ERROR, (errcode(code), errmsg("invalid input for type %s", type_name),
						errdetail("%s.", problem),
						errhint("Only a value that the same type has written can be read.")));
}

void
state_check_text(const char *problem, const char *type_name)
{
	raise_unless_valid(ERRCODE_INVALID_TEXT_REPRESENTATION, problem, type_name);
}

void
state_check_binary(const char *problem, const char *type_name)
{
	raise_unless_valid(ERRCODE_INVALID_BINARY_REPRESENTATION, problem, type_name);
}

char *
state_to_hex(const Bytes *bytes)
{
	char *text = host_alloc(strlen(HEX_PREFIX) + 2 * bytes->used + 1);
	char *p = text + sprintf(text, HEX_PREFIX);

	p += hex_encode((const char *) bytes->data, bytes->used, p);
	*p = '\0';
	return text;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

Bytes
state_from_hex(const char *text, const char *type_name)
{
	size_t length = strlen(text);
	Bytes bytes = {0};

	if (strncmp(text, HEX_PREFIX, strlen(HEX_PREFIX)) != 0 || length % 2 != 0)
		state_check_text("expected \\x and pairs of hexadecimal digits", type_name);
	bytes.data = host_alloc(length / 2);
	for (const char *p = text + strlen(HEX_PREFIX); *p != '\0'; p += 2)
	{
		int high = hex_digit(p[0]);
		int low = hex_digit(p[1]);

		if (high < 0 || low < 0)
			state_check_text("expected \\x and pairs of hexadecimal digits", type_name);
		bytes.data[bytes.used++] = (uint8) (high << 4 | low);
	}
	return bytes;
}

struct varlena *
state_from_bytes(const Bytes *bytes)
{
	struct varlena *result = palloc(VARHDRSZ + bytes->used);

	SET_VARSIZE(result, VARHDRSZ + bytes->used);
	memcpy(VARDATA(result), bytes->data, bytes->used);
	return result;
}

Bytes
state_from_message(StringInfo message)
{
	int size = message->len - message->cursor;

	return (Bytes){(uint8 *) pq_getmsgbytes(message, size), (size_t) size};
}

struct varlena *
state_to_change(FunctionCallInfo fcinfo, int n)
{
	struct varlena *state = (struct varlena *) PG_GETARG_POINTER(n);

	if (AggCheckCallContext(fcinfo, NULL) && !VARATT_IS_EXTENDED(state))
		return state;
	return PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(n));
}

struct varlena *
state_to_read(FunctionCallInfo fcinfo, int n)
{
	return PG_DETOAST_DATUM(PG_GETARG_DATUM(n));
}

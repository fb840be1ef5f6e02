/*
 * handle.c: the SQL face of handles.
 */
#include "server/compat.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "grouping/handle.h"

#define DIGITS 16

Datum
handle_in(FunctionCallInfo fcinfo, const GroupedKind *kind, const char *hint)
{
	char *text = PG_GETARG_CSTRING(0);
	size_t length = strlen(kind->type);
	const char *digits = text + length + 1;

	if (strncmp(text, kind->type, length) != 0 || text[length] != ':' ||
		strlen(digits) != DIGITS || strspn(digits, "0123456789abcdefABCDEF") != DIGITS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type %s: \"%s\"", kind->type, text),
						errhint("%s", hint)));
	PG_RETURN_INT64((int64) strtou64(digits, NULL, 16));
}

Datum
handle_out(FunctionCallInfo fcinfo, const GroupedKind *kind)
{
	PG_RETURN_CSTRING(
		psprintf("%s:%016llx", kind->type, (unsigned long long) PG_GETARG_INT64(0)));
}

PG_FUNCTION_INFO_V1(user_ops_handle_recv);
Datum
user_ops_handle_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(pq_getmsgint64((StringInfo) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(user_ops_handle_send);
Datum
user_ops_handle_send(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, PG_GETARG_INT64(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

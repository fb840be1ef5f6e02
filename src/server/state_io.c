/*
 * state_io.c: the SQL face of values that are canonical bytes.
 */
#include "server/compat.h"

#include <string.h>

#include "libpq/pqformat.h"
#include "utils/memutils.h"
#include "server/bytes_text.h"
#include "server/state_io.h"

#define MAX_STORED_BYTES (MaxAllocSize / 2 - 16) /* so that the text fits, too */

int
errdetail_problem(const char *problem)
{
	return errdetail("%c%s.", pg_toupper((unsigned char) problem[0]), problem + 1);
}

static void
check_input(int code, const char *type, const char *problem)
{
	if (problem != NULL)
		ereport(ERROR, (errcode(code),
						code == ERRCODE_INVALID_TEXT_REPRESENTATION
							? errmsg("invalid input syntax for type %s", type)
							: errmsg("invalid binary value for type %s", type),
						errdetail_problem(problem),
						problem == STATE_TOO_OLD
							? errhint("Make it anew from what it was made of.")
							: errhint("Only values written by the same type can be read.")));
}

void
check_text(const char *type, const char *problem)
{
	check_input(ERRCODE_INVALID_TEXT_REPRESENTATION, type, problem);
}

void
check_binary(const char *type, const char *problem)
{
	check_input(ERRCODE_INVALID_BINARY_REPRESENTATION, type, problem);
}

static struct varlena *
copy_bytes(const char *bytes, size_t size)
{
	struct varlena *value = palloc(VARHDRSZ + size);

	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), bytes, size);
	return value;
}

struct varlena *
message_arg(FunctionCallInfo fcinfo)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	int size = message->len - message->cursor;

	return copy_bytes(pq_getmsgbytes(message, size), size);
}

struct varlena *
bytea_arg(FunctionCallInfo fcinfo)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);

	return copy_bytes(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

struct varlena *
written_varlena(ByteWriter *out)
{
	SET_VARSIZE(out->start, bytes_written(out));
	return (struct varlena *) out->start;
}

/* The bytes of a value with a full header. */
static inline const uint8 *
bytes_of(const struct varlena *value)
{
	return (const uint8 *) VARDATA(value);
}

static inline size_t
size_of(const struct varlena *value)
{
	return VARSIZE(value) - VARHDRSZ;
}

static inline bool
is_working(const struct varlena *value)
{
	return size_of(value) > 0 && bytes_of(value)[0] == STATE_WORKING;
}

/* Argument n, free of compression and aligned; still in either form. */
static inline struct varlena *
either_form(FunctionCallInfo fcinfo, int n)
{
	return (struct varlena *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n));
}

static struct varlena *
to_stored(struct varlena *value, const StateKind *kind)
{
	ByteWriter out;

	if (!is_working(value))
		return value;
	out = byte_writer(VARHDRSZ);
	kind->pack(value, &out);
	value = value_of_writer(&out);
	Assert(state_check(kind, bytes_of(value), size_of(value)) == NULL);
	return value;
}

static void *
to_working(struct varlena *value, const StateKind *kind)
{
	const char *problem;
	void *state;

	if (is_working(value))
		return value;
	state = kind->unpack(bytes_of(value), size_of(value), &problem);
	if (state == NULL && problem == STATE_TOO_OLD)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("a stored %s has an old form", kind->type), errdetail_problem(problem),
						errhint("Make it anew from what it was made of.")));
	if (state == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a stored %s is damaged", kind->type), errdetail_problem(problem)));
	return state;
}

static struct varlena *
text_arg(FunctionCallInfo fcinfo, const char *type)
{
	struct varlena *value = bytes_of_text(PG_GETARG_CSTRING(0));

	if (value == NULL)
		check_text(type, "expected base64, or \\x and pairs of hex digits 0 to 9 and a to f");
	return value;
}

static Datum
text_result(const struct varlena *value)
{
	PG_RETURN_CSTRING(text_of_bytes(bytes_of(value), size_of(value)));
}

Datum
value_in(FunctionCallInfo fcinfo, const char *type, ValueCheck check)
{
	struct varlena *value = text_arg(fcinfo, type);

	check_text(type, check(bytes_of(value), size_of(value)));
	PG_RETURN_POINTER(value);
}

Datum
value_out(FunctionCallInfo fcinfo)
{
	return text_result(PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));
}

Datum
value_from_bytes(struct varlena *bytes, const char *type, ValueCheck check)
{
	check_binary(type, check(bytes_of(bytes), size_of(bytes)));
	PG_RETURN_POINTER(bytes);
}

struct varlena *
value_of_writer(ByteWriter *out)
{
	if (bytes_written(out) > MAX_STORED_BYTES)
		host_fail(KERNEL_STATE_TOO_BIG);
	return written_varlena(out);
}

Datum
state_in(FunctionCallInfo fcinfo, const StateKind *kind)
{
	struct varlena *value = text_arg(fcinfo, kind->type);

	check_text(kind->type, state_check(kind, bytes_of(value), size_of(value)));
	PG_RETURN_POINTER(value);
}

Datum
state_out(FunctionCallInfo fcinfo, const StateKind *kind)
{
	return text_result(to_stored(either_form(fcinfo, 0), kind));
}

Datum
state_from_bytes(struct varlena *bytes, const StateKind *kind)
{
	check_binary(kind->type, state_check(kind, bytes_of(bytes), size_of(bytes)));
	PG_RETURN_POINTER(bytes);
}

/* A chunk of its own: who sends the elements of an array frees it. */
Datum
state_sent(FunctionCallInfo fcinfo, const StateKind *kind)
{
	struct varlena *stored = to_stored(either_form(fcinfo, 0), kind);

	if ((Pointer) stored != PG_GETARG_POINTER(0))
		PG_RETURN_POINTER(stored);
	PG_RETURN_POINTER(memcpy(palloc(VARSIZE(stored)), stored, VARSIZE(stored)));
}

Datum
state_stored(FunctionCallInfo fcinfo, const StateKind *kind)
{
	PG_RETURN_POINTER(to_stored(either_form(fcinfo, 0), kind));
}

Datum
state_result(void *state, const StateKind *kind)
{
	PG_RETURN_POINTER(to_stored((struct varlena *) DatumGetPointer(state_datum(state)), kind));
}

bool
state_equal(FunctionCallInfo fcinfo, const StateKind *kind)
{
	struct varlena *a = to_stored(either_form(fcinfo, 0), kind);
	struct varlena *b = to_stored(either_form(fcinfo, 1), kind);

	return size_of(a) == size_of(b) && memcmp(bytes_of(a), bytes_of(b), size_of(a)) == 0;
}

const void *
state_arg(FunctionCallInfo fcinfo, int n, const StateKind *kind)
{
	return to_working(either_form(fcinfo, n), kind);
}

const void *
state_of_datum(Datum value, const StateKind *kind)
{
	return to_working((struct varlena *) PG_DETOAST_DATUM(value), kind);
}

void *
state_to_change(FunctionCallInfo fcinfo, const StateKind *kind)
{
	struct varlena *value = either_form(fcinfo, 0);

	if (is_working(value) && !AggCheckCallContext(fcinfo, NULL))
		return state_copy(value);
	return to_working(value, kind);
}

/* The size of the varlena is the capacity of the chunk. */
Datum
state_datum(void *state)
{
	SET_VARSIZE(state, ((State *) state)->capacity);
	PG_RETURN_POINTER(state);
}

/*
 * NULL counts as nobody.  As the combine function of an aggregate, or as the
 * transition function of rollup, this returns the working form.
 */
Datum
state_merge(FunctionCallInfo fcinfo, const StateKind *kind)
{
	Datum merged;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	merged = state_datum(
		kind->merge(state_to_change(fcinfo, kind), state_arg(fcinfo, 1, kind)));
	if (AggCheckCallContext(fcinfo, NULL))
		return merged;
	PG_RETURN_POINTER(to_stored((struct varlena *) DatumGetPointer(merged), kind));
}

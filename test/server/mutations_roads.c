/*
 * mutations_roads.c: what a value goes through on its road, and what is wrong with it then.
 */
#include "mutations_trial.h"

#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "nodes/makefuncs.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

/* --- calls -------------------------------------------------------------------- */

/* A call as an aggregate's: two arguments and what else the final function wants, which is NULL. */
static Datum
call(Trial *t, FmgrInfo *info, int n, NullableDatum first, NullableDatum second, bool *is_null)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	Datum result;

	InitFunctionCallInfoData(*fcinfo, info, n, InvalidOid, (Node *) t->agg, NULL);
	for (int i = 0; i < n; i++)
		fcinfo->args[i] = (NullableDatum){0, true};
	fcinfo->args[0] = first;
	if (n > 1)
		fcinfo->args[1] = second;
	*is_null = true;
	for (int i = 0; info->fn_strict && i < n; i++)
		if (fcinfo->args[i].isnull)
			return 0;
	result = FunctionCallInvoke(fcinfo);
	*is_null = fcinfo->isnull;
	return result;
}

static Datum
call_one(Trial *t, FmgrInfo *info, Datum value)
{
	bool is_null;
	Datum result =
		call(t, info, 1, (NullableDatum){value, false}, (NullableDatum){0, true}, &is_null);

	if (is_null)
		elog(ERROR, "NULL of a value");
	return result;
}

static StringInfoData copy_source;

static int
copy_bytes(void *to, int least, int most)
{
	int n = Min(most, copy_source.len - copy_source.cursor);

	memcpy(to, copy_source.data + copy_source.cursor, n);
	copy_source.cursor += n;
	return n;
}

/* The value of the row of a file of COPY BINARY. */
static Datum
copied(Trial *t)
{
	CopyFromState state;
	Datum value;
	Datum more;
	bool is_null;
	List *options = list_make1(makeDefElem("format", (Node *) makeString("binary"), -1));

	state = BeginCopyFrom(NULL, t->relation, NULL, NULL, false, copy_bytes, NIL, options);
	if (!NextCopyFrom(state, NULL, &value, &is_null) || is_null)
		ereport(ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("no row"));
	value = datumCopy(value, t->by_value, t->length);
	if (NextCopyFrom(state, NULL, &more, &is_null))
		ereport(ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("two rows"));
	EndCopyFrom(state);
	return value;
}

bytea *
as_bytea(const void *bytes, int size)
{
	bytea *value = palloc(size + VARHDRSZ);

	SET_VARSIZE(value, size + VARHDRSZ);
	memcpy(VARDATA(value), bytes, size);
	return value;
}

static Datum
decode(Trial *t, const char *bytes, int size)
{
	StringInfoData message;
	bool is_null;
	Datum value;

	switch (t->road)
	{
		case ROAD_IN:
			return InputFunctionCall(&t->in, pnstrdup(bytes, size), t->io_param, -1);
		case ROAD_BYTEA:
			return call_one(t, &t->from_bytea, PointerGetDatum(as_bytea(bytes, size)));
		case ROAD_RECV:
			initStringInfo(&message);
			appendBinaryStringInfo(&message, bytes, size);
			value = ReceiveFunctionCall(&t->recv, &message, t->io_param, -1);
			if (message.cursor != message.len)
				ereport(ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("bytes are left"));
			return value;
		case ROAD_COPY:
			initStringInfo(&copy_source);
			appendBinaryStringInfo(&copy_source, bytes, size);
			return copied(t);
		default:
			value = call(t, &t->deserialize, 2,
						 (NullableDatum){PointerGetDatum(as_bytea(bytes, size)), false},
						 (NullableDatum){0, false}, &is_null);
			if (is_null)
				elog(ERROR, "NULL of bytes");
			return value;
	}
}

void
append_copy(StringInfo out, const char *bytes, int size)
{
	static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\1";
	uint32 in_order = pg_hton32(size);

	appendBinaryStringInfo(out, head, sizeof head - 1);
	appendBinaryStringInfo(out, (char *) &in_order, 4);
	appendBinaryStringInfo(out, bytes, size);
	appendBinaryStringInfo(out, "\377\377", 2);
}

static StringInfoData
encode(Trial *t, Datum value)
{
	StringInfoData out;

	initStringInfo(&out);
	if (t->road == ROAD_IN)
		appendStringInfoString(&out, OutputFunctionCall(&t->out, value));
	else
	{
		bytea *bytes = DatumGetByteaPP(t->road == ROAD_STATE
										   ? call_one(t, &t->serialize, value)
										   : PointerGetDatum(SendFunctionCall(&t->send, value)));

		if (t->road == ROAD_COPY)
			append_copy(&out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		else
			appendBinaryStringInfo(&out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	}
	return out;
}

/* --- what is wrong with a value ----------------------------------------------- */

static bool
same(StringInfoData a, StringInfoData b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* A value of any type that has text: it reads what it writes. */
static const char *
is_fixpoint(Trial *t, Oid type, Datum value)
{
	Oid function;
	Oid io_param;
	bool is_varlena;
	char *once;
	char *twice;

	getTypeOutputInfo(type, &function, &is_varlena);
	if (t->result_of != type)
		fmgr_info_cxt(function, &t->result_out, t->calls);
	getTypeInputInfo(type, &function, &io_param);
	if (t->result_of != type)
		fmgr_info_cxt(function, &t->result_in, t->calls);
	t->result_of = type;
	once = OutputFunctionCall(&t->result_out, value);
	twice =
		OutputFunctionCall(&t->result_out, InputFunctionCall(&t->result_in, once, io_param, -1));
	return strcmp(once, twice) == 0 ? NULL : "what its aggregate makes is no fixpoint";
}

/* The state that an aggregate makes of a value alone, as it arrives in another process. */
static Datum
handed_over(Trial *t, Used *used, Datum value)
{
	bool is_null;
	Datum state = call(t, &used->transit, 2, (NullableDatum){0, true},
					   (NullableDatum){value, false}, &is_null);
	Datum bytes = call_one(t, &used->serialize, state);
	Datum again;

	state = call(t, &used->deserialize, 2, (NullableDatum){bytes, false}, (NullableDatum){0, false},
				 &is_null);
	again = call_one(t, &used->serialize, state);
	if (!datumIsEqual(bytes, again, false, -1))
		elog(ERROR, "the state is another one in another process");
	return state;
}

/* Combined with another one, and what the final function makes of it. */
const char *
problem_of_use(Trial *t, const char *bytes, int size)
{
	Used *used = &t->used[below(t->mutations, t->n_used)];
	Entry *other = &t->mutations->pool[below(t->mutations, t->mutations->n_entries)];
	NullableDatum one = {decode(t, bytes, size), false};
	NullableDatum two = {decode(t, (char *) other->bytes, other->size), false};
	NullableDatum result = one;

	t->combined++;
	if (used->hands_over)
	{
		one.value = handed_over(t, used, one.value);
		two.value = handed_over(t, used, two.value);
		result = one;
	}
	if (used->combines)
	{
		NullableDatum left = below(t->mutations, 2) ? one : two;

		result.value =
			call(t, &used->combine, 2, left, left.value == one.value ? two : one, &result.isnull);
	}
	if (used->finals)
		result.value = call(t, &used->final, used->final_arguments, result,
							(NullableDatum){0, true}, &result.isnull);
	else if (t->road == ROAD_STATE)
		return NULL;
	if (result.isnull || type_is_rowtype(used->result) || used->result == INTERNALOID)
		return NULL;
	return is_fixpoint(t, used->result, result.value);
}

const char *
problem_of(Trial *t, const char *bytes, int size)
{
	Datum value = decode(t, bytes, size);
	StringInfoData once;

	t->accepted++;
	if (t->road == ROAD_PART)
		return NULL;
	once = encode(t, value);
	value = decode(t, once.data, once.len);
	if (!same(once, encode(t, value)))
		return "no fixpoint";
	if ((t->road == ROAD_RECV || t->road == ROAD_BYTEA) &&
		(once.len != size || memcmp(once.data, bytes, size) != 0) && t->base64)
		return "not what was read";
	if (t->road <= ROAD_COPY && below(t->mutations, 16) == 0)
	{
		Datum of_text =
			InputFunctionCall(&t->in, OutputFunctionCall(&t->out, value), t->io_param, -1);

		if (!same(encode(t, of_text), once))
			return "another value of its text";
	}
	return NULL;
}

/*
 * What is sealed by a fingerprint gets that of the mutant, most often: an affinity, whose bytes
 * begin with a version and 8 bytes that tell those behind them apart (src/kernel/items/affinity.h).
 */
void
seal(Trial *t, uint8 *bytes, int size)
{
	uint64 hash;

	if (!t->sealed || size < 9 || below(t->mutations, 16) == 0)
		return;
	hash = size - 9;
	for (int at = 9; at < size; at += 8)
	{
		uint64 word = 0;

		for (int i = 0; i < 8 && at + i < size; i++)
			word |= (uint64) bytes[at + i] << 8 * i;
		hash = (hash ^ word) * UINT64CONST(0x9E3779B97F4A7C15);
		hash ^= hash >> 32;
	}
	hash *= UINT64CONST(0xBF58476D1CE4E5B9);
	hash ^= hash >> 29;
	for (int i = 0; i < 8; i++)
		bytes[1 + i] = (uint8) (hash >> 8 * i);
}

char *
text_of(Trial *t, const char *bytes, int size)
{
	return OutputFunctionCall(&t->out, decode(t, bytes, size));
}

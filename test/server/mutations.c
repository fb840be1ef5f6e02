/*
 * mutations.c: mutated valid inputs for what reads bytes or text, inside the server.
 *
 *	try_mutations(road, type, aggregates, seeds, n, random_seed, track, copied)
 *
 * The road is in, recv, bytea (the cast), copy (COPY BINARY) of a type, whose aggregates are used
 *on what was accepted; or state: deserialize, combine, serialize and final functions of the one
 *aggregate; or part: deserialize alone, of what is handed over between processes of one query and
 *points to their memory.  Of each mutant: an error of class 22 or 54, or a value that is written,
 *read and written again the same.  The mutant that is tried stands in the file "track", which is
 *left if the server ends; "copied" is a table with a column of the type.
 *
 * In a subtransaction each, as an exception block of plpgsql has; the memory goes at once.
 */
#include "mutations_trial.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

PG_MODULE_MAGIC;

static const char *const road_names[] = {"in", "recv", "bytea", "copy", "state", "part"};

/* --- one mutant ----------------------------------------------------------------- */

static void
count_state(Trial *t, int code)
{
	for (int i = 0; i < t->n_states; i++)
		if (t->states[i].code == code)
		{
			t->states[i].n++;
			return;
		}
	if (t->n_states < STATES)
	{
		t->states[t->n_states].code = code;
		t->states[t->n_states++].n = 1;
	}
}

/* Of the processor. */
static int64
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
forget_calls(Trial *t)
{
	FmgrInfo *infos[] = {&t->in,		  &t->out,		  &t->recv,
						 &t->send,		  &t->from_bytea, &t->serialize,
						 &t->deserialize, &t->result_in,  &t->result_out};

	for (size_t i = 0; i < lengthof(infos); i++)
		infos[i]->fn_extra = NULL;
	for (int i = 0; i < t->n_used; i++)
		t->used[i].combine.fn_extra = t->used[i].final.fn_extra = t->used[i].transit.fn_extra =
			t->used[i].serialize.fn_extra = t->used[i].deserialize.fn_extra = NULL;
	t->result_of = InvalidOid;
	MemoryContextReset(t->calls);
}

/* Errors that say what is wrong with a value, or that it is too large. */
static bool
is_clean(Trial *t, int code)
{
	return ERRCODE_TO_CATEGORY(code) == ERRCODE_DATA_EXCEPTION ||
		   ERRCODE_TO_CATEGORY(code) == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
		   /* as PostgreSQL's own readers of messages, and of states of another version */
		   (t->road == ROAD_STATE && code == ERRCODE_PROTOCOL_VIOLATION) ||
		   (t->road == ROAD_PART && code == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
}

/*
 * What is wrong with these bytes, or NULL; until the next call. Whether they are accepted, or why
 * not.
 */
static const char *
try(Trial *t, const char *bytes, int size, bool uses, int *refused)
{
	static char problem[1024];
	MemoryContext old_context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	int64 accepted = t->accepted;
	int64 begun = microseconds();
	int64 took;
	volatile bool using = false;

	memcpy(t->track, &size, sizeof size);
	memcpy(t->track + sizeof size, bytes, size);
	*refused = 0;
	problem[0] = '\0';
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(t->work);
	PG_TRY();
	{
		const char *wrong = problem_of(t, bytes, size);

		using = true;
		if (wrong == NULL && uses)
			wrong = problem_of_use(t, bytes, size);
		if (wrong != NULL)
			snprintf(problem, sizeof problem, "%s", wrong);
		t->most_memory = Max(t->most_memory, MemoryContextMemAllocated(t->work, true));
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData *error;

		t->most_memory = Max(t->most_memory, MemoryContextMemAllocated(t->work, true));
		MemoryContextSwitchTo(t->work);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
			PG_RE_THROW();
		if (!is_clean(t, error->sqlerrcode) || (t->accepted > accepted && !using))
			snprintf(problem, sizeof problem, "%s%s %s",
					 using					  ? "used, "
					 : t->accepted > accepted ? "accepted, then "
											  : "",
					 unpack_sql_state(error->sqlerrcode), error->message);
		if (t->accepted == accepted)
			*refused = error->sqlerrcode;
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		forget_calls(t);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old_context);
	CurrentResourceOwner = owner;
	ReScanExprContext(t->agg->curaggcontext);
	MemoryContextReset(t->work);
	took = microseconds() - begun;
	t->slowest = Max(t->slowest, took);
	if (took > SLOW_US && problem[0] == '\0')
		snprintf(problem, sizeof problem, "takes " INT64_FORMAT " s or more", took / SLOW_US);
	return problem[0] == '\0' ? NULL : problem;
}

/* Keep what is wrong, with as few bytes as still show it. */
static void
note_wrong(Trial *t, const char *problem, const char *bytes, int size)
{
	MemoryContext old_context;
	char *what;
	char *fewer;
	char *best;
	int64 accepted = t->accepted;
	int left = 2000; /* tries */
	int refused;
	StringInfoData text;

	if (t->n_wrongs == WRONGS)
		return;
	old_context = MemoryContextSwitchTo(t->mutations->context);
	what = pstrdup(problem);
	best = palloc(size + 1);
	fewer = palloc(size + 1);
	memcpy(best, bytes, size);
	for (int cut = size / 2; cut > 0; cut /= 2)
		for (int at = 0; at + cut <= size && left-- > 0;)
		{
			memcpy(fewer, best, at);
			memcpy(fewer + at, best + at + cut, size - at - cut);
			problem = try(t, fewer, size - cut, true, &refused);
			if (problem == NULL || strcmp(problem, what) != 0)
				at += cut;
			else
			{
				size -= cut;
				memcpy(best, fewer, size);
			}
		}
	t->accepted = accepted;
	initStringInfo(&text);
	appendStringInfo(&text, "%s: ", what);
	if (t->road == ROAD_IN)
		appendBinaryStringInfo(&text, best, size);
	else
		for (int i = 0; i < size; i++)
			appendStringInfo(&text, "%02x", (uint8) best[i]);
	t->wrongs[t->n_wrongs++] = text.data;
	MemoryContextSwitchTo(old_context);
}

/* --- what is asked --------------------------------------------------------------- */

static void
prepare_used(Trial *t, ArrayType *aggregates)
{
	Datum *oids;

	deconstruct_array(aggregates, OIDOID, sizeof(Oid), true, TYPALIGN_INT, &oids, NULL, &t->n_used);
	t->used = palloc0((t->n_used + 1) * sizeof(Used));
	for (int i = 0; i < t->n_used; i++)
	{
		HeapTuple tuple = SearchSysCache1(AGGFNOID, oids[i]);
		Form_pg_aggregate aggregate;
		Used *used = &t->used[i];

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "no aggregate %u", DatumGetObjectId(oids[i]));
		aggregate = (Form_pg_aggregate) GETSTRUCT(tuple);
		used->result = get_func_rettype(DatumGetObjectId(oids[i]));
		used->combines = OidIsValid(aggregate->aggcombinefn);
		used->finals = OidIsValid(aggregate->aggfinalfn);
		if (used->combines)
			fmgr_info_cxt(aggregate->aggcombinefn, &used->combine, t->calls);
		if (used->finals)
		{
			fmgr_info_cxt(aggregate->aggfinalfn, &used->final, t->calls);
			used->final_arguments = get_func_nargs(aggregate->aggfinalfn);
		}
		used->hands_over = t->road < ROAD_STATE && OidIsValid(aggregate->aggserialfn);
		if (used->hands_over)
		{
			fmgr_info_cxt(aggregate->aggtransfn, &used->transit, t->calls);
			fmgr_info_cxt(aggregate->aggserialfn, &used->serialize, t->calls);
			fmgr_info_cxt(aggregate->aggdeserialfn, &used->deserialize, t->calls);
		}
		if (t->road >= ROAD_STATE)
		{
			fmgr_info_cxt(aggregate->aggserialfn, &t->serialize, t->calls);
			fmgr_info_cxt(aggregate->aggdeserialfn, &t->deserialize, t->calls);
		}
		ReleaseSysCache(tuple);
	}
}

static void
prepare_type(Trial *t)
{
	Oid function;
	bool is_varlena;
	char category;

	get_typlenbyval(t->type, &t->length, &t->by_value);
	getTypeOutputInfo(t->type, &function, &is_varlena);
	fmgr_info_cxt(function, &t->out, t->calls);
	getTypeInputInfo(t->type, &function, &t->io_param);
	fmgr_info_cxt(function, &t->in, t->calls);
	getTypeBinaryOutputInfo(t->type, &function, &is_varlena);
	fmgr_info_cxt(function, &t->send, t->calls);
	getTypeBinaryInputInfo(t->type, &function, &t->io_param);
	fmgr_info_cxt(function, &t->recv, t->calls);
	if (t->road == ROAD_BYTEA && find_coercion_pathway(t->type, BYTEAOID, COERCION_EXPLICIT,
													   &function) == COERCION_PATH_FUNC)
		fmgr_info_cxt(function, &t->from_bytea, t->calls);
	get_type_category_preferred(t->type, &category, &is_varlena);
	t->base64 = category == 'o'; /* values that are bytes */
	t->sealed = strcmp(format_type_be(t->type), "item_affinity") == 0 ||
				strcmp(format_type_be(t->type), "user_ops.item_affinity") == 0;
}

/* As the text that the bytes have, now and then with another character. */
static int
to_base64(Trial *t, const char *bytes, int size, char *text, bool *is_other)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *to = text;

	for (int i = 0; i < size; i += 3)
	{
		uint32 three = (uint8) bytes[i] << 16 | (i + 1 < size ? (uint8) bytes[i + 1] << 8 : 0) |
					   (i + 2 < size ? (uint8) bytes[i + 2] : 0);

		*to++ = digits[three >> 18];
		*to++ = digits[three >> 12 & 63];
		*to++ = i + 1 < size ? digits[three >> 6 & 63] : '=';
		*to++ = i + 2 < size ? digits[three & 63] : '=';
	}
	*is_other = to > text && below(t->mutations, 16) == 0;
	if (*is_other)
		text[below(t->mutations, to - text)] = (char) (1 + below(t->mutations, 127));
	return to - text;
}

/* Whether the text of these values is their bytes in base64. */
static bool
are_base64(Trial *t, Datum *seeds, int n)
{
	for (int i = 0; i < n; i++)
	{
		bytea *seed = DatumGetByteaPP(seeds[i]);
		Datum value = ReceiveFunctionCall(&t->recv,
										  &(StringInfoData){.data = VARDATA_ANY(seed),
															.len = VARSIZE_ANY_EXHDR(seed),
															.maxlen = VARSIZE_ANY_EXHDR(seed)},
										  t->io_param, -1);
		Datum base64 = DirectFunctionCall2(binary_encode, seeds[i], CStringGetTextDatum("base64"));

		/* which is in lines there */
		base64 = DirectFunctionCall3Coll(replace_text, C_COLLATION_OID, base64,
										 CStringGetTextDatum("\n"), CStringGetTextDatum(""));
		if (strcmp(TextDatumGetCString(base64), OutputFunctionCall(&t->out, value)) != 0)
			return false;
	}
	return true;
}

static void
tried_all(Trial *t, Mutations *m, int64 n)
{
	char *text = palloc(MUTANT_LIMIT * 2);

	while (t->tried < n && next_mutant(m))
	{
		const char *bytes = (char *) m->mutant;
		int size = m->size;
		bool is_other = false;
		bool uses;
		int refused;
		const char *problem;

		CHECK_FOR_INTERRUPTS();
		if (t->road == ROAD_RECV || t->road == ROAD_BYTEA || t->encodes)
			seal(t, m->mutant, m->size);
		else if (t->road == ROAD_COPY && m->size > COPY_HEAD + COPY_TAIL)
			seal(t, m->mutant + COPY_HEAD, m->size - COPY_HEAD - COPY_TAIL);
		if (t->encodes)
		{
			size = to_base64(t, bytes, size, text, &is_other);
			bytes = text;
		}
		else if (t->road == ROAD_IN)
		{
			for (int i = 0; i < size; i++)
				if (m->mutant[i] == 0)
					m->mutant[i] = '0';
			if (!pg_verifymbstr(bytes, size, true))
				for (int i = 0; i < size; i++)
					m->mutant[i] &= m->mutant[i] == 0x80 ? 0x30 : 0x7f;
		}
		t->tried++;
		uses = t->n_used > 0 &&
			   (t->road == ROAD_RECV || t->road == ROAD_STATE ||
				(t->road == ROAD_IN && !t->encodes)) &&
			   below(m, 4) == 0;
		problem = try(t, bytes, size, uses, &refused);
		if (refused != 0)
			count_state(t, refused);
		if (!is_other)
			mutant_was(m, refused == 0);
		if (problem != NULL)
			note_wrong(t, problem, bytes, size);
		if (t->tried % 4096 == 0)
			forget_calls(t);
	}
}

/*
 * state_serialized(internal): as the final function of an aggregate that is like another one and is
 * called "state_of_" and its number, what goes to another process of the state.
 */
PG_FUNCTION_INFO_V1(state_serialized);
Datum
state_serialized(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(serial, 1);
	FmgrInfo info;
	Aggref *aggref = AggGetAggref(fcinfo);
	HeapTuple tuple;

	if (PG_ARGISNULL(0) || aggref == NULL)
		PG_RETURN_NULL();
	tuple = SearchSysCache1(
		AGGFNOID, ObjectIdGetDatum(atooid(get_func_name(aggref->aggfnoid) + strlen("state_of_"))));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "no aggregate");
	fmgr_info(((Form_pg_aggregate) GETSTRUCT(tuple))->aggserialfn, &info);
	ReleaseSysCache(tuple);
	InitFunctionCallInfoData(*serial, &info, 1, InvalidOid, fcinfo->context, NULL);
	serial->args[0] = (NullableDatum){PG_GETARG_DATUM(0), false};
	return FunctionCallInvoke(serial);
}

/* Texts of mutants that were accepted, or NULL. */
static Datum
accepted_texts(Trial *t)
{
	Mutations *m = t->mutations;
	Datum *texts = palloc((m->n_entries + 1) * sizeof(Datum));
	int n = 0;

	if (t->road != ROAD_RECV)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	for (int i = m->n_seeds; i < m->n_entries; i++)
		texts[n++] = CStringGetTextDatum(text_of(t, (char *) m->pool[i].bytes, m->pool[i].size));
	return PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(try_mutations);
Datum
try_mutations(PG_FUNCTION_ARGS)
{
	Trial *t = palloc0(sizeof(Trial));
	char *road = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int64 n = PG_GETARG_INT64(4);
	int track = open(text_to_cstring(PG_GETARG_TEXT_PP(6)), O_RDWR | O_CREAT | O_TRUNC, 0666);
	Datum *seeds;
	int n_seeds;
	Datum values[8];
	bool nulls[8] = {false};
	TupleDesc row;
	StringInfoData text;

	while (strcmp(road_names[t->road], road) != 0)
		t->road++;
	t->type = PG_GETARG_OID(1);
	t->work = AllocSetContextCreate(CurrentMemoryContext, "a mutant", ALLOCSET_DEFAULT_SIZES);
	t->calls = AllocSetContextCreate(CurrentMemoryContext, "calls", ALLOCSET_DEFAULT_SIZES);
	t->agg = makeNode(AggState);
	t->agg->curaggcontext = CreateStandaloneExprContext();
	if (track < 0 || ftruncate(track, TRACK_SIZE) != 0 ||
		(t->track = mmap(NULL, TRACK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, track, 0)) ==
			MAP_FAILED)
		elog(ERROR, "no file to say what is tried: %m");
	close(track);
	if (t->road < ROAD_STATE)
		prepare_type(t);
	prepare_used(t, PG_GETARG_ARRAYTYPE_P(2));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(3), BYTEAOID, -1, false, TYPALIGN_INT, &seeds, NULL,
					  &n_seeds);
	t->encodes = t->road == ROAD_IN && t->base64 && are_base64(t, seeds, n_seeds);
	if (t->road == ROAD_IN && !t->encodes)
		for (int i = 0; i < n_seeds; i++)
		{
			bytea *seed = DatumGetByteaPP(seeds[i]);
			Datum value = ReceiveFunctionCall(&t->recv,
											  &(StringInfoData){.data = VARDATA_ANY(seed),
																.len = VARSIZE_ANY_EXHDR(seed),
																.maxlen = VARSIZE_ANY_EXHDR(seed)},
											  t->io_param, -1);
			char *written = OutputFunctionCall(&t->out, value);

			seeds[i] = PointerGetDatum(as_bytea(written, strlen(written)));
		}
	if (t->road == ROAD_COPY)
	{
		t->relation = table_open(PG_GETARG_OID(7), AccessShareLock);
		for (int i = 0; i < n_seeds; i++)
		{
			initStringInfo(&text);
			append_copy(&text, VARDATA_ANY(DatumGetByteaPP(seeds[i])),
						VARSIZE_ANY_EXHDR(DatumGetByteaPP(seeds[i])));
			seeds[i] = PointerGetDatum(as_bytea(text.data, text.len));
		}
	}
	t->mutations =
		new_mutations(seeds, n_seeds, t->road == ROAD_IN && !t->encodes, n, PG_GETARG_INT64(5));
	tried_all(t, t->mutations, n);
	values[7] = accepted_texts(t);
	munmap(t->track, TRACK_SIZE);
	FreeExprContext(t->agg->curaggcontext, true);
	if (t->relation != NULL)
		table_close(t->relation, AccessShareLock);

	get_call_result_type(fcinfo, NULL, &row);
	values[0] = Int64GetDatum(t->tried);
	values[1] = Int64GetDatum(t->accepted);
	values[2] = Int64GetDatum(t->combined);
	initStringInfo(&text);
	for (int i = 0; i < t->n_states; i++)
		appendStringInfo(&text, "%s%s " INT64_FORMAT, i ? ", " : "",
						 unpack_sql_state(t->states[i].code), t->states[i].n);
	values[3] = CStringGetTextDatum(text.data);
	initStringInfo(&text);
	for (int i = 0; i < t->n_wrongs; i++)
		appendStringInfo(&text, "%s\n", t->wrongs[i]);
	values[4] = CStringGetTextDatum(text.data);
	values[5] = Int64GetDatum(t->slowest);
	values[6] = Int64GetDatum((int64) t->most_memory);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}

/*
 * identity_readings.c: which ids of a graph of logins are one person.
 *
 *	1. What is read is as of a day: logins from it on do not exist (identity_persons.h).  An
 *	   infinite day is 22008, a NULL one 22004.
 *	2. Ids are returned as text, numbers in decimal; as bigint where both are of that type, else
 *	   42804.
 *	3. Rows come in the order of ids: numbers by size, texts by their bytes.
 */
#include "server/compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "activity/activity.h"
#include "kernel/identity/identity_persons.h"
#include "server/calendar.h"
#include "server/call.h"
#include "server/state_io.h"

#define HINT_AS_OF      "Give a day: logins before it count."
#define HINT_DEFAULT    "Omit it to get its default."
#define MAP_COLUMNS     6
#define SUSPECT_COLUMNS 5
#define COUNT_COLUMNS   7

/* By IdentityStatus. */
static const char *const status_names[] = {"ok", "shared_device", "over_merged"};

/* The attributes of identity_options, which are the arguments of its function, too. */
enum
{
	OPTION_MODE,
	OPTION_MAX_USERS,
	OPTION_MAX_IDS,
	N_OPTIONS
};

/* The limit that is option n, and is at least so much. */
static uint32
limit_of(const Datum *values, const bool *nulls, int n, const char *name, int32 least)
{
	int32 limit;

	if (nulls[n])
		null_argument(name, HINT_DEFAULT);
	limit = DatumGetInt32(values[n]);
	if (limit < least)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be at least %d", name, least),
						n == OPTION_MAX_USERS
							? errhint("A device with more users than this is shared, and nobody's.")
							: errhint("A component with more ids than this is not united.")));
	return (uint32) limit;
}

static IdentityQuestion
options_of(const Datum *values, const bool *nulls)
{
	static const char *const modes[] = {"last", "first", "components"};
	IdentityQuestion question = {0};

	if (nulls[OPTION_MODE])
		null_argument("mode", HINT_DEFAULT);
	question.mode =
		(IdentityMode) enum_code(DatumGetObjectId(values[OPTION_MODE]), modes, lengthof(modes));
	question.max_users = limit_of(values, nulls, OPTION_MAX_USERS, "max_users", 1);
	question.max_ids = limit_of(values, nulls, OPTION_MAX_IDS, "max_ids", 2);
	return question;
}

/* identity_options(mode, max_users, max_ids): a value of the type of the same name */
PG_FUNCTION_INFO_V1(user_ops_identity_options);
Datum
user_ops_identity_options(PG_FUNCTION_ARGS)
{
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	values_of_call(fcinfo, N_OPTIONS, values, nulls);
	(void) options_of(values, nulls);
	return row_of_values(fcinfo, values, nulls);
}

/* What arguments 1, as_of, and n, the options, ask; made by ROW(...) they are checked here. */
static IdentityQuestion
question_of_call(FunctionCallInfo fcinfo, int n)
{
	IdentityQuestion question;
	HeapTupleHeader tuple;
	Datum values[N_OPTIONS];
	bool nulls[N_OPTIONS];

	refuse_null(fcinfo, 1, "as_of", HINT_AS_OF);
	refuse_null(fcinfo, n, "options", HINT_DEFAULT);
	tuple = ROW_ARG(n);
	values_of_row(tuple, N_OPTIONS, values, nulls);
	question = options_of(values, nulls);
	question.as_of = finite_as_of(AS_OF_ARG(1));
	return question;
}

/* What is read row by row. */
typedef struct Cursor
{
	const IdentityGraph *graph;
	IdentityPersons *persons;
	uint32 *device_ids; /* places of devices, ascending */
	IdentitySuspect *suspects;
	uint32 n_suspects;
	uint32 next; /* a device; behind these, a user */
	bool numbers;
} Cursor;

/* The graph that is argument 0, which lasts as long as all calls do. */
static const IdentityGraph *
lasting_graph(FunctionCallInfo fcinfo)
{
	const IdentityGraph *graph = state_arg(fcinfo, 0, &identity_graph_kind);

	return (Pointer) graph == PG_GETARG_POINTER(0) ? state_copy(graph) : graph;
}

static Cursor *
open_cursor(FunctionCallInfo fcinfo)
{
	Cursor *cursor = palloc0(sizeof(Cursor));
	IdentityQuestion question = question_of_call(fcinfo, 3);

	cursor->graph = lasting_graph(fcinfo);
	cursor->numbers = get_fn_expr_argtype(fcinfo->flinfo, 2) == INT8OID;
	if (cursor->numbers && (cursor->graph->sets[IDENTITY_DEVICES].ids != GRAPH_NUMBERS ||
							cursor->graph->sets[IDENTITY_USERS].ids != GRAPH_NUMBERS))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("ids of this graph of logins are of type text"),
						errhint("Give NULL::text as id_type.")));
	cursor->persons = identity_persons(cursor->graph, &question);
	cursor->device_ids = graph_order_ids(cursor->graph, IDENTITY_DEVICES);
	return cursor;
}

/* An id of a set, by its place in the graph.  Stored texts come from anywhere. */
static Datum
id_datum(const Cursor *cursor, int set, uint32 place)
{
	GraphId id = graph_id(cursor->graph, set, place);
	char buffer[MAXINT8LEN + 1];

	if (id.bytes != NULL)
	{
		pg_verifymbstr(id.bytes, (int) id.size, false);
		return PointerGetDatum(cstring_to_text_with_len(id.bytes, (int) id.size));
	}
	if (cursor->numbers)
		return Int64GetDatum(id.number);
	return PointerGetDatum(cstring_to_text_with_len(buffer, pg_lltoa(id.number, buffer)));
}

static Datum
user_datum(const Cursor *cursor, uint32 user)
{
	return id_datum(cursor, IDENTITY_USERS, cursor->persons->user_ids[user]);
}

static HeapTuple
form_identity(const Cursor *cursor, const char *kind, Datum id, Identity identity,
			  TupleDesc descriptor)
{
	Datum values[MAP_COLUMNS];
	bool nulls[MAP_COLUMNS] = {false};

	nulls[2] = identity.canonical == IDENTITY_NOBODY;
	values[0] = CStringGetTextDatum(kind);
	values[1] = id;
	values[2] = nulls[2] ? (Datum) 0 : user_datum(cursor, identity.canonical);
	values[3] = CStringGetTextDatum(status_names[identity.status]);
	values[4] = Int32GetDatum((int32) identity.ids);
	values[5] = Int32GetDatum((int32) identity.users);
	return heap_form_tuple(descriptor, values, nulls);
}

/* The next id that was met, or NULL. */
static HeapTuple
next_identity(Cursor *cursor, TupleDesc descriptor)
{
	const IdentityPersons *persons = cursor->persons;

	for (; cursor->next < persons->n_devices; cursor->next++)
	{
		uint32 device = cursor->device_ids[cursor->next];

		host_poll_at(cursor->next);
		if (persons->devices[device].n_users == 0)
			continue;
		cursor->next++;
		return form_identity(cursor, "anonymous", id_datum(cursor, IDENTITY_DEVICES, device),
							 identity_of_device(persons, device), descriptor);
	}
	for (; cursor->next - persons->n_devices < persons->n_users; cursor->next++)
	{
		uint32 user = cursor->next - persons->n_devices;

		host_poll_at(cursor->next);
		if (!persons->users[user].met)
			continue;
		cursor->next++;
		return form_identity(cursor, "user", user_datum(cursor, user),
							 identity_of_user(persons, user), descriptor);
	}
	return NULL;
}

/* Of no graph: none, if they were asked for well. */
static Datum
no_identities(FunctionCallInfo fcinfo)
{
	(void) question_of_call(fcinfo, 3);
	return no_rows(fcinfo);
}

/* identity_map(graph, as_of, id_type, options): a row for each id */
PG_FUNCTION_INFO_V1(user_ops_identity_map);
Datum
user_ops_identity_map(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	HeapTuple tuple;

	if (PG_ARGISNULL(0))
		return no_identities(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_cursor(fcinfo);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	tuple = next_identity(call->user_fctx, call->tuple_desc);
	if (tuple == NULL)
		SRF_RETURN_DONE(call);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

static void
find_suspects(Cursor *cursor)
{
	uint32 n = cursor->persons->n_devices;
	uint32 *ranks = host_alloc((Size) n * sizeof(uint32));

	for (uint32 i = 0; i < n; i++)
	{
		ranks[cursor->device_ids[i]] = i;
		host_poll_at(i);
	}
	cursor->suspects = identity_suspects(cursor->persons, ranks, &cursor->n_suspects);
	host_free(ranks);
}

static HeapTuple
form_suspect(const Cursor *cursor, const IdentitySuspect *suspect, TupleDesc descriptor)
{
	Datum values[SUSPECT_COLUMNS];
	bool nulls[SUSPECT_COLUMNS] = {false};

	values[0] = CStringGetTextDatum(status_names[suspect->status]);
	values[1] = suspect->status == IDENTITY_SHARED_DEVICE
					? id_datum(cursor, IDENTITY_DEVICES, suspect->place)
					: user_datum(cursor, suspect->place);
	values[2] = Int32GetDatum((int32) suspect->ids);
	values[3] = Int32GetDatum((int32) suspect->users);
	values[4] = Int64GetDatum((int64) suspect->logins);
	return heap_form_tuple(descriptor, values, nulls);
}

/* identity_suspects(graph, as_of, id_type, options): a row for each of them */
PG_FUNCTION_INFO_V1(user_ops_identity_suspects);
Datum
user_ops_identity_suspects(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Cursor *cursor;
	HeapTuple tuple;

	if (PG_ARGISNULL(0))
		return no_identities(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = cursor = open_cursor(fcinfo);
		find_suspects(cursor);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	cursor = call->user_fctx;
	if (cursor->next == cursor->n_suspects)
		SRF_RETURN_DONE(call);
	tuple = form_suspect(cursor, &cursor->suspects[cursor->next++], call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* identity_counts(graph, as_of, options) */
PG_FUNCTION_INFO_V1(user_ops_identity_counts);
Datum
user_ops_identity_counts(PG_FUNCTION_ARGS)
{
	IdentityQuestion question = question_of_call(fcinfo, 2);
	const IdentityPersons *persons;
	Datum values[COUNT_COLUMNS];
	bool nulls[COUNT_COLUMNS] = {false};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	persons = identity_persons(state_arg(fcinfo, 0, &identity_graph_kind), &question);
	values[0] = Int64GetDatum((int64) persons->logins);
	values[1] = Int64GetDatum((int64) persons->devices_met);
	values[2] = Int64GetDatum((int64) persons->users_met);
	values[3] = Int64GetDatum((int64) persons->persons);
	values[4] = Int64GetDatum((int64) persons->shared_devices);
	values[5] = Int64GetDatum((int64) persons->over_merged);
	values[6] = Int64GetDatum((int64) persons->largest);
	nulls[6] = persons->users_met == 0;
	return row_of_values(fcinfo, values, nulls);
}

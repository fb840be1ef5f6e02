/*
 * path_edges.c: the types path_edges and transitions and the aggregates that make them.
 *
 *	1. A NULL journey: the row is skipped.  No row left: NULL.
 *	2. A NULL as_of is an error (22004), as are options with a NULL that means nothing;
 *	   parameters that differ from another row's are, too (22023).  A NULL gap: the
 *	   whole journey is one session.
 *	3. Journeys without names are refused (22023), and those without some of their rows
 *	   (55000).
 *	4. The order of rows, and how they were split among workers, is invisible.
 *
 * The state is the type itself, in its working form.
 */
#include "server/compat.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "journey/journey_states.h"
#include "paths/path_options.h"
#include "server/call.h"

#define EDGE_COLUMNS       6
#define TRANSITION_COLUMNS 4

STATE_FUNCTIONS(path_edges, path_edges_kind)
STATE_FUNCTIONS(transitions, transitions_kind)

/* The parameter points to the call. */
static void *
add_user(void *counts, const Journey *journey, const void *params)
{
	PathCall *call = *(PathCall *const *) params;
	MemoryContext old_context;

	journey_refuse_conditions(journey, "paths need");
	journey_refuse_partial(journey, "paths need");
	old_context = MemoryContextSwitchTo(call->reading.context);
	edge_hints_make_room(&call->hints, journey);
	MemoryContextSwitchTo(old_context);
	return edge_counts_add(counts, journey, &call->hints);
}

/* The aggregates: (state, journey, parameters...) */
static Datum
add_row(FunctionCallInfo fcinfo, const EdgeParams *params, const StateKind *kind, PathCall *call)
{
	JourneyAdding adding = {
		.reading = &call->reading, .steps = -1, .params = &call, .add = add_user};
	EdgeCounts *counts;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	if (PG_ARGISNULL(0))
		return state_add_journeys(fcinfo, edge_counts_create(params), adding);
	counts = state_to_change(fcinfo, kind);
	edge_counts_expect(counts, params);
	return state_add_journey(fcinfo, counts, adding);
}

/* The functions: (journeys, parameters...) */
static Datum
of_users(FunctionCallInfo fcinfo, const EdgeParams *params, const StateKind *kind,
		 PathCall *call)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return state_result_of_journeys(fcinfo, 0, -1, edge_counts_create(params), kind, &call, add_user);
}

/* For each type of as_of: the transition function of an aggregate, and its twin. */
#define PATHS_AS_OF(suffix, as_of_arg) \
	AGGREGATE_ONLY(user_ops_path_edges_add##suffix) \
	{ \
		PathCall *call = path_call(fcinfo); \
		EdgeParams params = path_params(fcinfo, call, 2, as_of_arg); \
\
		return add_row(fcinfo, &params, &path_edges_kind, call); \
	} \
	AGGREGATE_ONLY(user_ops_transitions_add##suffix) \
	{ \
		EdgeParams params = transition_params(fcinfo, 2, as_of_arg); \
\
		return add_row(fcinfo, &params, &transitions_kind, path_call(fcinfo)); \
	} \
	PG_FUNCTION_INFO_V1(user_ops_journeys_path_edges##suffix); \
	Datum user_ops_journeys_path_edges##suffix(PG_FUNCTION_ARGS) \
	{ \
		PathCall *call = path_call(fcinfo); \
		EdgeParams params = path_params(fcinfo, call, 1, as_of_arg); \
\
		return of_users(fcinfo, &params, &path_edges_kind, call); \
	} \
	PG_FUNCTION_INFO_V1(user_ops_journeys_transitions##suffix); \
	Datum user_ops_journeys_transitions##suffix(PG_FUNCTION_ARGS) \
	{ \
		EdgeParams params = transition_params(fcinfo, 1, as_of_arg); \
\
		return of_users(fcinfo, &params, &transitions_kind, path_call(fcinfo)); \
	}

PATHS_AS_OF(, as_of_timestamptz)
PATHS_AS_OF(_date, as_of_date)

/* The next edge to be returned. */
typedef struct EdgeCursor
{
	const EdgeCounts *counts;
	const EdgeOrder *order;
	uint64 min_users;
	uint32 next;
	uint32 source_end; /* behind the transitions from the source at hand */
	uint64 from_source;
} EdgeCursor;

static EdgeCursor *
open_edges(FunctionCallInfo fcinfo, const StateKind *kind)
{
	EdgeCursor *cursor = palloc0(sizeof(EdgeCursor));

	cursor->counts = state_copy(state_arg(fcinfo, 0, kind));
	cursor->order = edge_counts_order(cursor->counts);
	return cursor;
}

static inline const Edge *
edge_at(const EdgeCursor *cursor, uint32 i)
{
	return &cursor->counts->edges[cursor->order->edges[i]];
}

/* The name of a side, which may have none.  Stored names come from anywhere. */
static Datum
name_datum(const EdgeCursor *cursor, uint32 place, bool *is_null)
{
	JourneyText name;

	*is_null = place == EDGE_NO_NAME;
	if (*is_null)
		return (Datum) 0;
	name = edge_counts_name(cursor->counts, place);
	pg_verifymbstr(name.bytes, (int) name.size, false);
	return PointerGetDatum(cstring_to_text_with_len(name.bytes, (int) name.size));
}

static HeapTuple
form_edge(const EdgeCursor *cursor, const Edge *edge, TupleDesc descriptor)
{
	Datum values[EDGE_COLUMNS];
	bool nulls[EDGE_COLUMNS] = {false};

	values[0] = Int32GetDatum((int32) edge->depth);
	values[1] = name_datum(cursor, edge->source, &nulls[1]);
	values[2] = name_datum(cursor, edge->target, &nulls[2]);
	values[3] = Int64GetDatum((int64) edge->taken);
	values[4] = Int64GetDatum((int64) edge->users);
	nulls[5] = nulls[1] || nulls[2];
	values[5] = Float8GetDatum((double) edge->usecs / ((double) edge->taken * USECS_PER_SEC));
	return heap_form_tuple(descriptor, values, nulls);
}

/* edges(path_edges, min_users): a row for each edge */
PG_FUNCTION_INFO_V1(user_ops_path_edges_rows);
Datum
user_ops_path_edges_rows(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	EdgeCursor *cursor;
	HeapTuple tuple;

	refuse_null(fcinfo, 1, "min_users", "Omit the argument to get all edges.");
	if (PG_ARGISNULL(0))
		return no_rows(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		cursor = call->user_fctx = open_edges(fcinfo, &path_edges_kind);
		cursor->min_users = (uint64) Max(PG_GETARG_INT64(1), 0);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	cursor = call->user_fctx;
	while (cursor->next < cursor->counts->n_edges &&
		   edge_at(cursor, cursor->next)->users < cursor->min_users)
		host_poll_at(cursor->next++);
	if (cursor->next == cursor->counts->n_edges)
		SRF_RETURN_DONE(call);
	tuple = form_edge(cursor, edge_at(cursor, cursor->next++), call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

/* At the first transition from a source: how many there are from it. */
static void
sum_source(EdgeCursor *cursor)
{
	uint32 source = edge_at(cursor, cursor->next)->source;

	cursor->from_source = 0;
	for (cursor->source_end = cursor->next; cursor->source_end < cursor->counts->n_edges &&
											edge_at(cursor, cursor->source_end)->source == source;
		 cursor->source_end++)
	{
		cursor->from_source += edge_at(cursor, cursor->source_end)->taken;
		host_poll_at(cursor->source_end);
	}
}

static HeapTuple
form_transition(const EdgeCursor *cursor, const Edge *edge, TupleDesc descriptor)
{
	Datum values[TRANSITION_COLUMNS];
	bool nulls[TRANSITION_COLUMNS] = {false};

	values[0] = name_datum(cursor, edge->source, &nulls[0]);
	values[1] = name_datum(cursor, edge->target, &nulls[1]);
	values[2] = Int64GetDatum((int64) edge->taken);
	values[3] = Float8GetDatum((double) edge->taken / (double) cursor->from_source);
	return heap_form_tuple(descriptor, values, nulls);
}

/* cells(transitions): a row for each pair of neighbours */
PG_FUNCTION_INFO_V1(user_ops_transitions_cells);
Datum
user_ops_transitions_cells(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	EdgeCursor *cursor;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = open_edges(fcinfo, &transitions_kind);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	cursor = call->user_fctx;
	if (cursor->next == cursor->counts->n_edges)
		SRF_RETURN_DONE(call);
	if (cursor->next == cursor->source_end)
		sum_source(cursor);
	tuple = form_transition(cursor, edge_at(cursor, cursor->next++), call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(tuple));
}

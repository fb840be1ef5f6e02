/*
 * pairs.c: what an affinity says: pairs of items, the neighbours of each, and how popular they are.
 *
 *	1. NULL for the affinity: no rows.  Another NULL: 22004.  A number below 1: 22023.
 *	2. Items of another type than the one that is asked for: 42804.
 *	3. Rows are directed: a pair is there with each of its items first.
 */
#include "server/compat.h"

#include "access/htup_details.h"
#include "server/calendar.h"
#include "server/call.h"
#include "items/affinity_call.h"

ItemMeasure
item_measure_arg(FunctionCallInfo fcinfo, int n)
{
	static const char *const labels[ITEM_MEASURES] = {"llr", "cosine", "lift", "confidence",
													  "jaccard"};

	refuse_null(fcinfo, n, "measure", "Omit it to get its default.");
	return (ItemMeasure) enum_code(PG_GETARG_OID(n), labels, ITEM_MEASURES);
}

/* An affinity that is returned row by row. */
typedef struct PairRows
{
	AffinityModel *model;
	AffinityEdges edges;
	uint32 item;
	uint64 edge;
	/* of neighbours */
	ItemMeasure measure;
	uint32 top;
	Neighbour *neighbours;
	uint32 n;
	uint32 next;
	/* of popular items */
	uint32 *popular;
} PairRows;

static PairRows *
begin_affinity(FunctionCallInfo fcinfo, ItemKind kind)
{
	PairRows *rows = palloc0(sizeof(PairRows));

	rows->model = affinity_model_arg(fcinfo, 0, kind);
	return rows;
}

#define PAIR_COLUMNS 13

static HeapTuple
form_pair(const AffinityModel *model, const PairCounts *counts, TupleDesc row_type)
{
	Datum values[PAIR_COLUMNS];
	bool nulls[PAIR_COLUMNS] = {false};

	values[0] = item_datum(&model->items[counts->item].key);
	values[1] = item_datum(&model->items[counts->other].key);
	values[2] = Int64GetDatum((int64) model->items[counts->item].users);
	values[3] = Int64GetDatum((int64) model->items[counts->other].users);
	values[4] = Int64GetDatum((int64) counts->users);
	values[5] = Int64GetDatum((int64) model->users);
	values[6] = Float8GetDatum((double) counts->users / (double) model->users);
	values[7] = Float8GetDatum(pair_measure(model, counts, MEASURE_CONFIDENCE));
	values[8] = Float8GetDatum(pair_measure(model, counts, MEASURE_LIFT));
	values[9] = Float8GetDatum(pair_measure(model, counts, MEASURE_JACCARD));
	values[10] = Float8GetDatum(pair_measure(model, counts, MEASURE_COSINE));
	values[11] = Float8GetDatum(pair_measure(model, counts, MEASURE_LLR));
	values[12] = BoolGetDatum(pair_is_positive(model, counts));
	return heap_form_tuple(row_type, values, nulls);
}

/* pairs(item_affinity, item_type, min_users) */
static Datum
pair_rows(FunctionCallInfo fcinfo, ItemKind kind)
{
	int32 min_users = at_least_1(fcinfo, 2, "min_users", false);
	FuncCallContext *call;
	PairCounts counts;
	PairRows *rows;
	HeapTuple row;

	if (PG_ARGISNULL(0))
		return no_rows(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		rows = begin_affinity(fcinfo, kind);
		rows->edges = affinity_edges(rows->model, (uint32) min_users);
		call->user_fctx = rows;
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	rows = call->user_fctx;
	while (rows->item < rows->model->n_items && rows->edge == rows->edges.starts[rows->item + 1])
		host_poll_at(rows->item++);
	if (rows->item == rows->model->n_items)
		SRF_RETURN_DONE(call);
	counts = edge_counts(&rows->edges, rows->item, rows->edge++);
	row = form_pair(rows->model, &counts, call->tuple_desc);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(row));
}

SQL_FUNCTION(pairs_of_numbers, pair_rows(fcinfo, ITEM_NUMBERS))
SQL_FUNCTION(pairs_of_texts, pair_rows(fcinfo, ITEM_TEXTS))

/* (item_affinity, item_type, measure, top, min_users) */
static PairRows *
begin_neighbours(FunctionCallInfo fcinfo, ItemKind kind, ItemMeasure measure, int32 top,
				 int32 min_users)
{
	PairRows *rows = begin_affinity(fcinfo, kind);
	uint32 widest = 0;

	rows->edges = affinity_edges(rows->model, (uint32) min_users);
	rows->measure = measure;
	rows->top = (uint32) top;
	for (uint32 item = 0; item < rows->model->n_items; item++)
	{
		widest = Max(widest, neighbours_at_most(&rows->edges, item, rows->top));
		host_poll_at(item);
	}
	rows->neighbours = host_alloc((size_t) widest * sizeof(Neighbour));
	return rows;
}

#define NEIGHBOUR_COLUMNS 5

/* The next neighbour of an item, of which the first is looked at when those before have no more. */
static bool
next_neighbour(PairRows *rows)
{
	while (rows->next == rows->n)
	{
		if (rows->item == rows->model->n_items)
			return false;
		rows->n =
			item_neighbours(&rows->edges, rows->item++, rows->measure, rows->top, rows->neighbours);
		rows->next = 0;
		host_poll_at(rows->item);
	}
	rows->next++;
	return true;
}

/* neighbours(item_affinity, item_type, measure, top, min_users) */
static Datum
neighbour_rows(FunctionCallInfo fcinfo, ItemKind kind)
{
	ItemMeasure measure = item_measure_arg(fcinfo, 2);
	int32 top = at_least_1(fcinfo, 3, "top", false);
	int32 min_users = at_least_1(fcinfo, 4, "min_users", false);
	Datum values[NEIGHBOUR_COLUMNS];
	bool nulls[NEIGHBOUR_COLUMNS] = {false};
	const Neighbour *neighbour;
	FuncCallContext *call;
	PairRows *rows;
	HeapTuple row;

	if (PG_ARGISNULL(0))
		return no_rows(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		call->user_fctx = begin_neighbours(fcinfo, kind, measure, top, min_users);
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	rows = call->user_fctx;
	if (!next_neighbour(rows))
		SRF_RETURN_DONE(call);
	neighbour = &rows->neighbours[rows->next - 1];
	values[0] = item_datum(&rows->model->items[rows->item - 1].key);
	values[1] = item_datum(&rows->model->items[neighbour->other].key);
	values[2] = Int32GetDatum((int32) rows->next);
	values[3] = Float8GetDatum(neighbour->score);
	values[4] = Int64GetDatum((int64) neighbour->users);
	row = heap_form_tuple(call->tuple_desc, values, nulls);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(row));
}

SQL_FUNCTION(neighbours_of_numbers, neighbour_rows(fcinfo, ITEM_NUMBERS))
SQL_FUNCTION(neighbours_of_texts, neighbour_rows(fcinfo, ITEM_TEXTS))

#define POPULAR_COLUMNS 3

/* popular_items(item_affinity, item_type) */
static Datum
popular_rows(FunctionCallInfo fcinfo, ItemKind kind)
{
	Datum values[POPULAR_COLUMNS];
	bool nulls[POPULAR_COLUMNS] = {false};
	const ModelItem *item;
	FuncCallContext *call;
	PairRows *rows;
	HeapTuple row;

	if (PG_ARGISNULL(0))
		return no_rows(fcinfo);
	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old_context = begin_rows(fcinfo, &call);

		rows = begin_affinity(fcinfo, kind);
		rows->popular = affinity_by_users(rows->model);
		call->user_fctx = rows;
		MemoryContextSwitchTo(old_context);
	}
	call = SRF_PERCALL_SETUP();
	rows = call->user_fctx;
	if (call->call_cntr >= rows->model->n_items)
		SRF_RETURN_DONE(call);
	item = &rows->model->items[rows->popular[call->call_cntr]];
	values[0] = item_datum(&item->key);
	values[1] = Int64GetDatum((int64) item->users);
	values[2] = Float8GetDatum((double) item->weights / ITEM_WEIGHT);
	row = heap_form_tuple(call->tuple_desc, values, nulls);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(row));
}

SQL_FUNCTION(popular_items_of_numbers, popular_rows(fcinfo, ITEM_NUMBERS))
SQL_FUNCTION(popular_items_of_texts, popular_rows(fcinfo, ITEM_TEXTS))

/* llr(users_both, only_item, only_other, neither) */
PG_FUNCTION_INFO_V1(user_ops_llr);
Datum
user_ops_llr(PG_FUNCTION_ARGS)
{
	uint64 cells[4];

	for (int i = 0; i < 4; i++)
	{
		refuse_value(PG_GETARG_INT64(i) < 0 || PG_GETARG_INT64(i) > PG_INT64_MAX / 8,
					 "numbers of users must not be negative, or above 2^60",
					 "Give how many have both, the first alone, the second alone, and none.");
		cells[i] = (uint64) PG_GETARG_INT64(i);
	}
	PG_RETURN_FLOAT8(log_likelihood_ratio(&(PairTable){cells[0], cells[1], cells[2], cells[3]}));
}

/*
 * hand_over.c: what parallel workers and their leader have grouped, each a part, on its
 * way to the whole.
 *
 *	worker ── export ──► memory shared by the query ──► import ── leader
 *	leader ── handle of its own part ─────────────────► absorb ──┘
 *
 * What travels through the executor is a HandOver, the counts of rows, and small exports
 * behind them: a row's way from a worker copies it six times.
 */
#include "server/compat.h"

#include "grouping/grouped.h"

#include "access/parallel.h"
#include "executor/execParallel.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "postmaster/bgworker.h"
#include "utils/dsa.h"
#include "utils/memutils.h"
#include "server/shared_memory.h"
#include "server/state_io.h"

#define ROOM_FOR_ROW     1024 /* bytes of the row in which an export travels */
#define SMALL_EXPORT     ((size_t) 256 << 10)

/* An export in shared memory, which the leader gives back: it is taken once. */
typedef struct SharedExport
{
	dsa_pointer bytes; /* invalid: taken */
	Size size;
} SharedExport;

/*
 * What a process hands over of its part of the rows.  A worker that starts after
 * the library was replaced runs another one than its leader.
 */
typedef struct HandOver
{
	uint32 layout;
	uint32 kind; /* its code */
	uint32 options;
	Oid key_type;
	Oid key_collation;
	dsm_handle query;   /* the shared memory of the worker's query */
	dsa_pointer shared; /* a SharedExport in it; invalid: the export follows */
	int64 handle;       /* of the leader's own part; 0: a worker's export */
	int64 counts[FLEXIBLE_ARRAY_MEMBER];
} HandOver;

/* A part on its way to the whole. */
typedef struct Part
{
	HandOver *hand_over;
	void *export;
	size_t size; /* of the export */
} Part;

static Size
hand_over_size(const GroupedKind *kind)
{
	return offsetof(HandOver, counts) + grouped_counts_size(kind);
}

/* Leave the rows for the leader in the memory that the query shares; false if it can't be. */
static bool
share_export(const AggState *aggregate, Grouping *grouping, size_t room, HandOver *header)
{
	dsa_area *area = aggregate->ss.ps.state->es_query_dsa;
	SharedExport *shared;

	if (area == NULL || room < SMALL_EXPORT || !shared_memory_has(room))
		return false;
	header->query = DatumGetUInt32(MyBgworkerEntry->bgw_main_arg);
	header->shared = dsa_allocate(area, sizeof(SharedExport));
	shared = dsa_get_address(area, header->shared);
	shared->bytes = dsa_allocate_extended(area, room, DSA_ALLOC_HUGE);
	shared->size = grouping_export(grouping, dsa_get_address(area, shared->bytes));
	return true;
}

/* It may be spilled, which leaves things in the memory of the set. */
static size_t
room_of_export(Grouped *grouped)
{
	MemoryContext old_context = MemoryContextSwitchTo(grouped->set->context);
	size_t room = grouping_export_room(grouped->grouping);

	MemoryContextSwitchTo(old_context);
	return room;
}

Datum
grouped_serialize(FunctionCallInfo fcinfo)
{
	Grouped *grouped = (Grouped *) PG_GETARG_POINTER(0);
	Size header_size = hand_over_size(grouped->kind);
	HandOver *header = palloc0(header_size);
	size_t size = VARHDRSZ + header_size;
	size_t room = 0; /* of an export behind it */
	char *bytes;

	header->layout = GROUPED_LAYOUT;
	header->kind = grouped->kind->code;
	header->options = grouped->options;
	header->key_type = grouped->key->type;
	header->key_collation = grouped->key->collation;
	header->shared = InvalidDsaPointer;
	memcpy(header->counts, grouped_counts(grouped), grouped_counts_size(grouped->kind));
	if (!IsParallelWorker())
		header->handle = grouped_give_handle(grouped);
	else
	{
		room = room_of_export(grouped);
		if (share_export((const AggState *) fcinfo->context, grouped->grouping, room, header))
			room = 0;
	}
	if (size + room > MaxAllocSize - ROOM_FOR_ROW)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a parallel worker gathered more than 1 GB of events"),
						errhint("SET max_parallel_workers_per_gather = 0 for this query.")));
	bytes = palloc(size + room);
	if (room > 0)
		size += grouping_export(grouped->grouping, (uint8 *) bytes + size);
	memcpy(bytes + VARHDRSZ, header, header_size);
	SET_VARSIZE(bytes, size);
	PG_RETURN_BYTEA_P(bytes);
}

Datum
grouped_deserialize(FunctionCallInfo fcinfo, const GroupedKind *kind)
{
	Part *part = palloc(sizeof(Part));
	bytea *bytes = PG_GETARG_BYTEA_P_COPY(0); /* importing changes it */
	Size size = VARSIZE(bytes) - VARHDRSZ;
	Size header_size = hand_over_size(kind);

	part->hand_over = palloc0(header_size);
	memcpy(part->hand_over, VARDATA(bytes), Min(size, header_size));
	part->export = VARDATA(bytes) + header_size;
	part->size = size - header_size;
	if (size < header_size || part->hand_over->layout != GROUPED_LAYOUT ||
		part->hand_over->kind != kind->code)
		grouped_other_version();
	PG_RETURN_POINTER(part);
}

static void
add_counts(Grouped *grouped, const int64 *more)
{
	int64 *counts = grouped_counts(grouped);

	for (int i = 0; i < grouped->kind->n_counts; i++)
		counts[i] += more[i];
}

static void
import_bytes(Grouped *grouped, void *bytes, size_t size)
{
	bool fits = grouped_keep_budget(size);
	MemoryContext old_context = MemoryContextSwitchTo(grouped->set->context);

	grouping_import(grouped->grouping, bytes, size, fits ? GROUP_IMPORT_COPY : GROUP_IMPORT_TO_FILE);
	MemoryContextSwitchTo(old_context);
}

typedef struct AreaSearch
{
	dsm_handle query;
	dsa_area *area; /* found */
} AreaSearch;

/* Below the node: who has started the workers that share this memory. */
static bool
find_area(PlanState *node, void *context)
{
	AreaSearch *search = context;
	const ParallelExecutorInfo *workers = NULL;

	if (IsA(node, GatherState))
		workers = ((const GatherState *) node)->pei;
	else if (IsA(node, GatherMergeState))
		workers = ((const GatherMergeState *) node)->pei;
	if (workers != NULL && workers->pcxt->seg != NULL &&
		dsm_segment_handle(workers->pcxt->seg) == search->query)
	{
		search->area = workers->area;
		return true;
	}
	return planstate_tree_walker(node, find_area, search);
}

static void
import_shared(AggState *aggregate, Grouped *grouped, const HandOver *header)
{
	AreaSearch search = {.query = header->query};
	SharedExport *shared;

	if (!planstate_tree_walker(&aggregate->ss.ps, find_area, &search))
		grouped_missing(grouped->kind);
	shared = dsa_get_address(search.area, header->shared);
	if (!DsaPointerIsValid(shared->bytes))
		grouped_missing(grouped->kind);
	import_bytes(grouped, dsa_get_address(search.area, shared->bytes), shared->size);
	dsa_free(search.area, shared->bytes);
	shared->bytes = InvalidDsaPointer;
}

static void
import_part(AggState *aggregate, Grouped *grouped, const Part *part)
{
	if (DsaPointerIsValid(part->hand_over->shared))
		import_shared(aggregate, grouped, part->hand_over);
	else
		import_bytes(grouped, part->export, part->size);
	add_counts(grouped, part->hand_over->counts);
}

static void
check_options(const Grouped *grouped, uint32 options)
{
	if (grouped->options != options && grouped->kind->options_differ != NULL)
		grouped->kind->options_differ(grouped->options, options);
}

/* The leader's own part becomes part of the whole, or the whole part of it. */
static Grouped *
absorb_part(Grouped *grouped, Grouped *part)
{
	MemoryContext old_context;

	grouped_forget_handle(part);
	if (grouped == NULL)
		return part;
	check_options(grouped, part->options);
	old_context = MemoryContextSwitchTo(grouped->set->context);
	grouping_absorb(grouped->grouping, part->grouping);
	MemoryContextSwitchTo(old_context);
	add_counts(grouped, grouped_counts(part));
	return grouped;
}

Datum
grouped_combine(FunctionCallInfo fcinfo, const GroupedKind *kind)
{
	Grouped *grouped = PG_ARGISNULL(0) ? NULL : (Grouped *) PG_GETARG_POINTER(0);
	const Part *part;
	const HandOver *header;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	part = (const Part *) PG_GETARG_POINTER(1);
	header = part->hand_over;
	if (header->handle != 0)
		PG_RETURN_POINTER(absorb_part(grouped, grouped_of_handle(header->handle, kind)));
	if (grouped == NULL)
		grouped = grouped_begin(fcinfo, kind, header->options, header->key_type,
								header->key_collation);
	check_options(grouped, header->options);
	import_part((AggState *) fcinfo->context, grouped, part);
	PG_RETURN_POINTER(grouped);
}

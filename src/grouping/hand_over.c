/*
 * population_parts.c: parts of a population, gathered by parallel workers and by
 * their leader, on their way to the whole.
 *
 *	worker ── export ──► memory shared by the query ──► import ── leader
 *	leader ── handle of its own part ─────────────────► absorb ──┘
 *
 * What travels through the executor is a PopulationHeader, and small exports behind
 * it: a row's way from a worker copies it six times.
 */
#include "server/compat.h"

#include "access/parallel.h"
#include "executor/execParallel.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "postmaster/bgworker.h"
#include "storage/dsm_impl.h"
#include "utils/dsa.h"
#include "utils/memutils.h"
#include "population/population.h"
#include "server/state_io.h"

#if defined(__linux__)
#include <sys/statvfs.h>
#endif

#define POPULATION_EXPORT 8    /* changes with the layout of exports */
#define ROOM_FOR_ROW      1024 /* bytes of the row in which an export travels */
#define SMALL_EXPORT      ((size_t) 256 << 10)

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
typedef struct PopulationHeader
{
	uint32 layout;
	Oid type;
	Oid collation;
	bool amounts;
	PopulationRows counts;
	int64 handle;       /* of the leader's own part; 0: a worker's export */
	dsm_handle query;   /* the shared memory of the worker's query */
	dsa_pointer shared; /* a SharedExport in it; invalid: the export follows */
} PopulationHeader;

/* A part on its way to the population it is merged into. */
typedef struct PopulationPart
{
	PopulationHeader header;
	bytea *bytes;
} PopulationPart;

/* Would so much more shared memory be there?  To ask for too much is an error. */
static bool
shared_memory_has(size_t size)
{
#if defined(__linux__)
	struct statvfs room;

	if (dynamic_shared_memory_type == DSM_IMPL_POSIX && statvfs("/dev/shm", &room) == 0)
		return (uint64) room.f_bavail * room.f_frsize / 2 >= size;
#endif
	return true;
}

/* Leave the rows for the leader in the memory that the query shares; false if it can't be. */
static bool
share_export(const AggState *aggregate, Grouping *grouping, size_t room, PopulationHeader *header)
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

PG_FUNCTION_INFO_V1(user_ops_population_serialize);
Datum
user_ops_population_serialize(PG_FUNCTION_ARGS)
{
	OwnedPopulation *owned = (OwnedPopulation *) PG_GETARG_POINTER(0);
	PopulationHeader header = {.layout = POPULATION_EXPORT,
							   .type = owned->key->type,
							   .collation = owned->key->collation,
							   .amounts = owned->amounts,
							   .counts = owned->counts,
							   .shared = InvalidDsaPointer};
	size_t size = VARHDRSZ + sizeof(header);
	size_t room = 0; /* of an export behind it */
	char *bytes;

	if (!IsParallelWorker())
		header.handle = population_give_handle(owned);
	else
	{
		room = grouping_export_room(owned->grouping);
		if (share_export((const AggState *) fcinfo->context, owned->grouping, room, &header))
			room = 0;
	}
	if (size + room > MaxAllocSize - ROOM_FOR_ROW)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a parallel worker gathered more than 1 GB of events"),
						errhint("SET max_parallel_workers_per_gather = 0 for this query.")));
	bytes = palloc(size + room);
	if (room > 0)
		size += grouping_export(owned->grouping, (uint8 *) bytes + size);
	memcpy(bytes + VARHDRSZ, &header, sizeof(header));
	SET_VARSIZE(bytes, size);
	PG_RETURN_BYTEA_P(bytes);
}

PG_FUNCTION_INFO_V1(user_ops_population_deserialize);
Datum
user_ops_population_deserialize(PG_FUNCTION_ARGS)
{
	PopulationPart *part = palloc(sizeof(PopulationPart));

	part->bytes = PG_GETARG_BYTEA_P(0);
	memcpy(&part->header, VARDATA(part->bytes), sizeof(PopulationHeader));
	if (part->header.layout != POPULATION_EXPORT)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("a parallel worker runs another version of user_ops"),
						errhint("The extension was upgraded: reconnect.")));
	PG_RETURN_POINTER(part);
}

static void
add_counts(PopulationRows *sum, const PopulationRows *more)
{
	sum->read += more->read;
	sum->infinite += more->infinite;
	left_out_add(&sum->left_out, &more->left_out);
}

static void
import_bytes(OwnedPopulation *owned, const void *bytes, size_t size)
{
	bool fits = population_keep_budget(size);
	MemoryContext old_context = MemoryContextSwitchTo(owned->set->context);

	grouping_import(owned->grouping, bytes, size, !fits);
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
import_shared(AggState *aggregate, OwnedPopulation *owned, const PopulationHeader *header)
{
	AreaSearch search = {.query = header->query};
	SharedExport *shared;

	if (!planstate_tree_walker(&aggregate->ss.ps, find_area, &search))
		population_missing();
	shared = dsa_get_address(search.area, header->shared);
	if (!DsaPointerIsValid(shared->bytes))
		population_missing();
	import_bytes(owned, dsa_get_address(search.area, shared->bytes), shared->size);
	dsa_free(search.area, shared->bytes);
	shared->bytes = InvalidDsaPointer;
}

static void
import_part(AggState *aggregate, OwnedPopulation *owned, const PopulationPart *part)
{
	if (DsaPointerIsValid(part->header.shared))
		import_shared(aggregate, owned, &part->header);
	else
		import_bytes(owned, VARDATA(part->bytes) + sizeof(PopulationHeader),
					 VARSIZE(part->bytes) - VARHDRSZ - sizeof(PopulationHeader));
	add_counts(&owned->counts, &part->header.counts);
}

/* The leader's own part becomes part of the whole, or the whole part of it. */
static OwnedPopulation *
absorb_part(OwnedPopulation *owned, OwnedPopulation *part)
{
	MemoryContext old_context;

	population_forget_handle(part);
	if (owned == NULL)
		return part;
	old_context = MemoryContextSwitchTo(owned->set->context);
	grouping_absorb(owned->grouping, part->grouping);
	MemoryContextSwitchTo(old_context);
	add_counts(&owned->counts, &part->counts);
	return owned;
}

PG_FUNCTION_INFO_V1(user_ops_population_combine);
Datum
user_ops_population_combine(PG_FUNCTION_ARGS)
{
	PopulationPart *part;
	OwnedPopulation *owned =
		PG_ARGISNULL(0) ? NULL : (OwnedPopulation *) PG_GETARG_POINTER(0);

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	part = (PopulationPart *) PG_GETARG_POINTER(1);
	if (part->header.handle != 0)
		PG_RETURN_POINTER(absorb_part(owned, population_of_handle(part->header.handle)));
	if (owned == NULL)
		owned = population_begin(fcinfo, part->header.type, part->header.collation,
								 part->header.amounts);
	import_part((AggState *) fcinfo->context, owned, part);
	PG_RETURN_POINTER(owned);
}

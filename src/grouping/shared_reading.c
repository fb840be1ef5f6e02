/*
 * shared_reading.c: what is grouped in this backend, read by parallel workers, too.
 *
 * Workers are started before their rows are copied for them, because that takes about as
 * long as they need to start.  One that cannot be had leaves its users to this backend.
 */
#include "server/compat.h"

#include "grouping/shared_reading.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "optimizer/paths.h"
#include "storage/condition_variable.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "storage/spin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"
#include "grouping/shared_call.h"
#include "server/shared_memory.h"

#define QUEUE_SIZE ((Size) 65536)

/* Keys of the table of contents; those of workers have the worker's number added. */
#define KEY_WORK    UINT64CONST(1)
#define KEY_COUNTS  UINT64CONST(2)
#define KEY_ARGS    UINT64CONST(3)
#define KEY_ROWS    UINT64CONST(0x10000)
#define KEY_RESULTS UINT64CONST(0x20000)

/* What is read, and by which call. */
typedef struct SharedWork
{
	uint32 layout; /* GROUPED_LAYOUT */
	uint32 options;
	Oid key_type;
	Oid key_collation;
	SharedCall call;
	int handle; /* which argument */
	slock_t mutex;
	int n_ready; /* workers whose rows are there */
	ConditionVariable ready;
} SharedWork;

struct SharedReading
{
	Grouped *grouped;
	ParallelContext *context;
	shm_mq_handle **results; /* of each worker that was started */
};

/* The rows of a worker. */
typedef struct SharedRows
{
	Size size;
	uint8 bytes[FLEXIBLE_ARRAY_MEMBER];
} SharedRows;

/* Partitions that a worker reads: the first one the last ones, and so on. */
typedef struct Share
{
	uint32 first;
	uint32 end;
} Share;

static Share
share_of_worker(const Grouping *grouping, int worker, int n_workers)
{
	uint32 n = grouping_partitions(grouping);
	uint32 each = n / (uint32) (n_workers + 1);
	uint32 end = n - (uint32) worker * each;

	return (Share){end - each, end};
}

static Size
rows_size(Grouping *grouping, Share share)
{
	return offsetof(SharedRows, bytes) + grouping_part_room(grouping, share.first, share.end);
}

/* How many workers are worth it, as PostgreSQL asks of a table; 0: none. */
static int
workers_wanted(const Grouped *grouped)
{
	size_t memory = grouping_memory(grouped->grouping);
	size_t enough = (size_t) Max(min_parallel_table_scan_size, 1) * BLCKSZ;
	int n = 1;

	if (IsParallelWorker() || max_parallel_workers_per_gather == 0 || !ActiveSnapshotSet() ||
		grouping_partitions(grouped->grouping) == 0 || memory < enough ||
		grouping_part_room(grouped->grouping, 0, 0) > memory || /* each would be given more than there is */
		!user_key_parallel_safe(grouped->key))
		return 0;
	for (; memory / 3 >= enough && n < max_parallel_workers_per_gather; enough *= 3)
		n++;
	return n;
}

/* The entry of a worker, by the kind's name. */
static char *
entry_of_kind(const GroupedKind *kind)
{
	return psprintf("user_ops_%s_read_part", kind->type);
}

/* Say how much shared memory there has to be. */
static void
estimate(ParallelContext *context, Grouped *grouped, Size args)
{
	shm_toc_estimator *estimator = &context->estimator;

	shm_toc_estimate_chunk(estimator, sizeof(SharedWork));
	shm_toc_estimate_chunk(estimator, grouped_counts_size(grouped->kind));
	shm_toc_estimate_chunk(estimator, args);
	for (int i = 0; i < context->nworkers; i++)
	{
		Share share = share_of_worker(grouped->grouping, i, context->nworkers);

		shm_toc_estimate_chunk(estimator, rows_size(grouped->grouping, share));
		shm_toc_estimate_chunk(estimator, QUEUE_SIZE);
	}
	shm_toc_estimate_keys(estimator, 3 + 2 * context->nworkers);
}

static void *
add_chunk(shm_toc *toc, uint64 key, const void *bytes, Size size)
{
	void *chunk = shm_toc_allocate(toc, size);

	if (bytes != NULL)
		memcpy(chunk, bytes, size);
	shm_toc_insert(toc, key, chunk);
	return chunk;
}

/* Write all but the rows; returns what workers wait at. */
static SharedWork *
fill(SharedReading *reading, const SharedWork *work, const NullableDatum *args, Size args_size)
{
	ParallelContext *context = reading->context;
	Grouped *grouped = reading->grouped;
	SharedWork *shared = add_chunk(context->toc, KEY_WORK, work, sizeof(SharedWork));

	SpinLockInit(&shared->mutex);
	ConditionVariableInit(&shared->ready);
	add_chunk(context->toc, KEY_COUNTS, grouped_counts(grouped), grouped_counts_size(grouped->kind));
	shared_call_write_args(&work->call, args, add_chunk(context->toc, KEY_ARGS, NULL, args_size));
	for (int i = 0; i < context->nworkers; i++)
	{
		Share share = share_of_worker(grouped->grouping, i, context->nworkers);
		shm_mq *queue;

		add_chunk(context->toc, KEY_ROWS + (uint64) i, NULL, rows_size(grouped->grouping, share));
		queue = shm_mq_create(add_chunk(context->toc, KEY_RESULTS + (uint64) i, NULL, QUEUE_SIZE),
							  QUEUE_SIZE);
		shm_mq_set_receiver(queue, MyProc);
		reading->results[i] = shm_mq_attach(queue, context->seg, NULL);
	}
	return shared;
}

/* Give the workers that were started their rows. */
static void
copy_rows(SharedReading *reading, SharedWork *shared)
{
	ParallelContext *context = reading->context;
	Grouping *grouping = reading->grouped->grouping;

	for (int i = 0; i < context->nworkers_launched; i++)
	{
		Share share = share_of_worker(grouping, i, context->nworkers);
		SharedRows *rows = shm_toc_lookup(context->toc, KEY_ROWS + (uint64) i, false);

		shm_mq_set_handle(reading->results[i], context->worker[i].bgwhandle);
		rows->size = grouping_export_part(grouping, share.first, share.end, rows->bytes);
		SpinLockAcquire(&shared->mutex);
		shared->n_ready = i + 1;
		SpinLockRelease(&shared->mutex);
		ConditionVariableBroadcast(&shared->ready);
	}
}

static void
end_workers(SharedReading *reading)
{
	WaitForParallelWorkersToFinish(reading->context);
	DestroyParallelContext(reading->context);
	ExitParallelMode();
}

/* Start workers; NULL if there are none to be had. */
static SharedReading *
begin_workers(FunctionCallInfo fcinfo, int n, Grouped *grouped, int n_workers)
{
	SharedWork work = {.layout = GROUPED_LAYOUT,
					   .options = grouped->options,
					   .key_type = grouped->key->type,
					   .key_collation = grouped->key->collation,
					   .handle = n};
	SharedReading *reading;
	SharedWork *shared;
	NullableDatum args[FUNC_MAX_ARGS];
	Size args_size;
	ParallelContext *context;

	if (!shared_call_of(fcinfo, &work.call, args))
		return NULL;
	args_size = shared_call_args_size(&work.call, args);
	EnterParallelMode();
	context = CreateParallelContext(shared_call_library(&work.call, n),
									entry_of_kind(grouped->kind), n_workers);
	estimate(context, grouped, args_size);
	if (shared_memory_has(context->estimator.space_for_chunks))
		InitializeParallelDSM(context);
	if (context->seg == NULL)
	{
		DestroyParallelContext(context);
		ExitParallelMode();
		return NULL;
	}
	reading = palloc0(sizeof(SharedReading));
	reading->grouped = grouped;
	reading->context = context;
	reading->results = palloc0((Size) context->nworkers * sizeof(shm_mq_handle *));
	shared = fill(reading, &work, args, args_size);
	LaunchParallelWorkers(context);
	copy_rows(reading, shared);
	if (context->nworkers_launched == 0)
	{
		end_workers(reading);
		return NULL;
	}
	return reading;
}

uint32
shared_reading_begin(FunctionCallInfo fcinfo, int n, Grouped *grouped, SharedReading **shared)
{
	const ParallelContext *context;
	int n_workers;
	uint32 n_left;

	if (shared == NULL)
		return 0;
	n_workers = workers_wanted(grouped);
	*shared = n_workers == 0 ? NULL : begin_workers(fcinfo, n, grouped, n_workers);
	if (*shared == NULL)
		return 0;
	context = (*shared)->context;
	n_left = grouping_partitions(grouped->grouping) -
			 share_of_worker(grouped->grouping, context->nworkers_launched - 1, context->nworkers).first;
	ereport(DEBUG1, (errmsg_internal("%d parallel workers read %u of %u parts of the users",
									 context->nworkers_launched, n_left,
									 grouping_partitions(grouped->grouping))));
	return n_left;
}

void *
shared_reading_end(SharedReading *reading, void *state, const StateKind *kind)
{
	if (reading == NULL)
		return state;
	for (int i = 0; i < reading->context->nworkers_launched; i++)
	{
		Size size;
		void *bytes;
		void *merged;

		if (shm_mq_receive(reading->results[i], &size, &bytes, false) != SHM_MQ_SUCCESS)
		{
			WaitForParallelWorkersToFinish(reading->context); /* raises its error */
			ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
							errmsg("a parallel worker ended without a result")));
		}
		merged = kind->merge(state, state_of_datum(PointerGetDatum(bytes), kind));
		if (merged != state)
			pfree(state);
		state = merged;
	}
	end_workers(reading);
	return state;
}

/* --- in a worker -------------------------------------------------------------- */

static void
wait_for_rows(SharedWork *work)
{
	bool there = false;

	ConditionVariablePrepareToSleep(&work->ready);
	for (;;)
	{
		SpinLockAcquire(&work->mutex);
		there = work->n_ready > ParallelWorkerNumber;
		SpinLockRelease(&work->mutex);
		if (there)
			break;
		ConditionVariableSleep(&work->ready, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
}

void
grouped_read_part(dsm_segment *segment, shm_toc *toc, const GroupedKind *kind)
{
	SharedWork *work = shm_toc_lookup(toc, KEY_WORK, false);
	SharedRows *rows = shm_toc_lookup(toc, KEY_ROWS + (uint64) ParallelWorkerNumber, false);
	shm_mq *queue = shm_toc_lookup(toc, KEY_RESULTS + (uint64) ParallelWorkerNumber, false);
	shm_mq_handle *results;
	Grouped *grouped;
	struct varlena *result;

	if (work->layout != GROUPED_LAYOUT)
		grouped_other_version();
	shm_mq_set_sender(queue, MyProc);
	results = shm_mq_attach(queue, segment, NULL);
	wait_for_rows(work);
	grouped = grouped_of_rows(kind, work->options, work->key_type, work->key_collation, rows->bytes,
							  rows->size, shm_toc_lookup(toc, KEY_COUNTS, false));
	result = PG_DETOAST_DATUM(shared_call_again(&work->call, shm_toc_lookup(toc, KEY_ARGS, false),
												work->handle,
												Int64GetDatum(grouped_give_handle(grouped))));
	(void) shm_mq_send(results, VARSIZE(result), result, false, true);
}

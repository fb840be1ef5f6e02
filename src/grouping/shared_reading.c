/*
 * shared_reading.c: what is grouped in this backend, read by parallel workers, too.
 *
 * Workers are started before their rows are copied for them, because that takes about as
 * long as they need to start.  One that cannot be had leaves its users to this backend.
 */
#include "server/compat.h"

#include "grouping/shared_reading.h"

#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/paths.h"
#include "storage/condition_variable.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "storage/spin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"
#include "server/shared_memory.h"

#define QUEUE_SIZE ((Size) 65536)

/* Keys of the table of contents; those of workers have the worker's number added. */
#define KEY_CALL    UINT64CONST(1)
#define KEY_COUNTS  UINT64CONST(2)
#define KEY_ARGS    UINT64CONST(3)
#define KEY_ROWS    UINT64CONST(0x10000)
#define KEY_RESULTS UINT64CONST(0x20000)

/* How the function was called, and what it is to read. */
typedef struct SharedCall
{
	uint32 layout; /* GROUPED_LAYOUT */
	uint32 options;
	Oid key_type;
	Oid key_collation;
	Oid function;
	Oid collation;
	int handle; /* which argument */
	int n_args;
	Oid types[FUNC_MAX_ARGS]; /* InvalidOid: not known */
	slock_t mutex;
	int n_ready; /* workers whose rows are there */
	ConditionVariable ready;
} SharedCall;

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
		!shared_memory_has(memory))
		return 0;
	for (; memory / 3 >= enough && n < max_parallel_workers_per_gather; enough *= 3)
		n++;
	return n;
}

static Size
args_size(FunctionCallInfo fcinfo, const SharedCall *call)
{
	Size size = 0;

	for (int i = 0; i < call->n_args; i++)
	{
		int16 length;
		bool by_value;

		get_typlenbyval(call->types[i], &length, &by_value);
		size = add_size(size, datumEstimateSpace(fcinfo->args[i].value, fcinfo->args[i].isnull,
												 by_value, length));
	}
	return size;
}

static void
write_args(FunctionCallInfo fcinfo, const SharedCall *call, char *to)
{
	for (int i = 0; i < call->n_args; i++)
	{
		int16 length;
		bool by_value;

		get_typlenbyval(call->types[i], &length, &by_value);
		datumSerialize(fcinfo->args[i].value, fcinfo->args[i].isnull, by_value, length, &to);
	}
}

static void
read_args(const SharedCall *call, char *from, NullableDatum *args)
{
	for (int i = 0; i < call->n_args; i++)
		args[i].value = datumRestore(&from, &args[i].isnull);
}

static SharedCall
describe_call(FunctionCallInfo fcinfo, int n, const Grouped *grouped)
{
	SharedCall call = {.layout = GROUPED_LAYOUT,
					   .options = grouped->options,
					   .key_type = grouped->key->type,
					   .key_collation = grouped->key->collation,
					   .function = fcinfo->flinfo->fn_oid,
					   .collation = fcinfo->fncollation,
					   .handle = n,
					   .n_args = fcinfo->nargs};

	for (int i = 0; i < call.n_args; i++)
		call.types[i] = get_fn_expr_argtype(fcinfo->flinfo, i);
	return call;
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

	shm_toc_estimate_chunk(estimator, sizeof(SharedCall));
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
static SharedCall *
fill(SharedReading *reading, FunctionCallInfo fcinfo, const SharedCall *call, Size args)
{
	ParallelContext *context = reading->context;
	Grouped *grouped = reading->grouped;
	SharedCall *shared = add_chunk(context->toc, KEY_CALL, call, sizeof(SharedCall));

	SpinLockInit(&shared->mutex);
	ConditionVariableInit(&shared->ready);
	add_chunk(context->toc, KEY_COUNTS, grouped_counts(grouped), grouped_counts_size(grouped->kind));
	write_args(fcinfo, call, add_chunk(context->toc, KEY_ARGS, NULL, args));
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
copy_rows(SharedReading *reading, SharedCall *shared)
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
	SharedReading *reading;
	SharedCall call;
	SharedCall *shared;
	Size args;
	ParallelContext *context;

	call = describe_call(fcinfo, n, grouped);
	for (int i = 0; i < call.n_args; i++)
		if (!OidIsValid(call.types[i]))
			return NULL;
	args = args_size(fcinfo, &call);
	EnterParallelMode();
	context = CreateParallelContext("user_ops", entry_of_kind(grouped->kind), n_workers);
	estimate(context, grouped, args);
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
	shared = fill(reading, fcinfo, &call, args);
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
wait_for_rows(SharedCall *call)
{
	bool there = false;

	ConditionVariablePrepareToSleep(&call->ready);
	for (;;)
	{
		SpinLockAcquire(&call->mutex);
		there = call->n_ready > ParallelWorkerNumber;
		SpinLockRelease(&call->mutex);
		if (there)
			break;
		ConditionVariableSleep(&call->ready, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
}

/* What get_fn_expr_argtype() looks at. */
static Node *
call_expression(const SharedCall *call)
{
	List *args = NIL;

	for (int i = 0; i < call->n_args; i++)
		args = lappend(args, makeNullConst(call->types[i], -1, InvalidOid));
	return (Node *) makeFuncExpr(call->function, get_func_rettype(call->function), args, InvalidOid,
								 call->collation, COERCE_EXPLICIT_CALL);
}

/* The function of the rows of this worker: its result is a state, and not NULL. */
static struct varlena *
call_function(const SharedCall *call, Grouped *grouped, char *args)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	FmgrInfo function;

	fmgr_info(call->function, &function);
	fmgr_info_set_expr(call_expression(call), &function);
	InitFunctionCallInfoData(*fcinfo, &function, call->n_args, call->collation, NULL, NULL);
	read_args(call, args, fcinfo->args);
	fcinfo->args[call->handle].value = Int64GetDatum(grouped_give_handle(grouped));
	return PG_DETOAST_DATUM(FunctionCallInvoke(fcinfo));
}

void
grouped_read_part(dsm_segment *segment, shm_toc *toc, const GroupedKind *kind)
{
	SharedCall *call = shm_toc_lookup(toc, KEY_CALL, false);
	SharedRows *rows = shm_toc_lookup(toc, KEY_ROWS + (uint64) ParallelWorkerNumber, false);
	shm_mq *queue = shm_toc_lookup(toc, KEY_RESULTS + (uint64) ParallelWorkerNumber, false);
	shm_mq_handle *results;
	Grouped *grouped;
	struct varlena *result;

	if (call->layout != GROUPED_LAYOUT)
		grouped_other_version();
	shm_mq_set_sender(queue, MyProc);
	results = shm_mq_attach(queue, segment, NULL);
	wait_for_rows(call);
	grouped = grouped_of_rows(kind, call->options, call->key_type, call->key_collation, rows->bytes,
							  rows->size, shm_toc_lookup(toc, KEY_COUNTS, false));
	result = call_function(call, grouped, shm_toc_lookup(toc, KEY_ARGS, false));
	(void) shm_mq_send(results, VARSIZE(result), result, false, true);
}

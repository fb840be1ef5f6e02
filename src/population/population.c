/*
 * population.c: the populations of this backend, the rows that population_agg and
 * lenient_population_agg add to them, and the handles by which they are known.
 *
 *	1. A NULL user or time: the row is left out.  No row left: population_agg is
 *	   NULL; lenient_population_agg is NULL if there was no row.
 *	2. Amounts and times as in activity_agg; an infinite time is an error at the end
 *	   (22008).  lenient_population_agg leaves out what is an error there (lenient.h).
 *	3. All populations of a backend share work_mem * hash_mem_multiplier; past
 *	   it, the largest that nobody reads go to a temporary file, one for all of a
 *	   query, until half is free: so there are few rounds, however many they are.
 *	4. A population cannot be copied or stored.  Its value is a handle, valid in
 *	   the query that made it; any other is an error (55000).
 */
#include "server/compat.h"

#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "activity/event_args.h"
#include "population/population.h"
#include "scan/agg_input.h"

#define CHECK_BUDGET_EVERY 4096 /* rows, of all populations together */
#define LONG_KEY           64   /* bytes of a key that count as one more row */

typedef struct HandleEntry
{
	int64 handle; /* the key */
	OwnedPopulation *owned;
} HandleEntry;

static dlist_head sets = DLIST_STATIC_INIT(sets);
static size_t unchecked_rows = 0;
size_t population_reading_memory = 0;

static void
forget_set(void *arg)
{
	PopulationSet *set = arg;
	dlist_iter iter;
	dlist_iter reader;

	dlist_foreach(iter, &set->populations)
	{
		OwnedPopulation *owned = dlist_container(OwnedPopulation, node, iter.cur);

		dlist_foreach(reader, &owned->readers)
			dlist_container(PopulationReading, node, reader.cur)->owned = NULL;
	}
	dlist_delete(&set->node);
	group_store_close(&set->store);
}

/* The set of an executor run, made if there is none. */
static PopulationSet *
set_of_run(MemoryContext parent)
{
	MemoryContext context;
	MemoryContextCallback *callback;
	PopulationSet *set;
	dlist_iter iter;

	dlist_foreach(iter, &sets)
	{
		set = dlist_container(PopulationSet, node, iter.cur);
		if (set->parent == parent)
			return set;
	}
	context = AllocSetContextCreate(parent, "user_ops populations", ALLOCSET_START_SMALL_SIZES);
	set = MemoryContextAllocZero(context, sizeof(PopulationSet));
	callback = MemoryContextAllocZero(context, sizeof(MemoryContextCallback));
	set->parent = parent;
	set->context = context;
	dlist_init(&set->populations);
	dlist_push_head(&sets, &set->node);
	callback->func = forget_set;
	callback->arg = set;
	MemoryContextRegisterResetCallback(context, callback);
	return set;
}

static OwnedPopulation *
create_population(PopulationSet *set, Oid type, Oid collation, bool amounts)
{
	MemoryContext old_context = MemoryContextSwitchTo(set->context);
	OwnedPopulation *owned = palloc0(sizeof(OwnedPopulation));

	if (set->key == NULL || set->key->type != getBaseType(type) || set->key->collation != collation)
		set->key = user_key(type, collation);
	if (set->codecs[amounts] == NULL)
		set->codecs[amounts] = population_codec(amounts);
	dlist_init(&owned->readers);
	owned->set = set;
	owned->amounts = amounts;
	owned->key = set->key;
	owned->population =
		population_create(&owned->key->keys, set->codecs[amounts], &set->store);
	owned->grouping = population_grouping(owned->population);
	dlist_push_tail(&set->populations, &owned->node);
	MemoryContextSwitchTo(old_context);
	return owned;
}

OwnedPopulation *
population_begin(FunctionCallInfo fcinfo, Oid type, Oid collation, bool amounts)
{
	MemoryContext aggregate_context;

	if (!AggCheckCallContext(fcinfo, &aggregate_context))
		elog(ERROR, "population_agg called outside an aggregate");
	/* readers may stand above the aggregate's own memory: in a Sort's target list */
	return create_population(set_of_run(MemoryContextGetParent(aggregate_context)), type, collation,
							 amounts);
}

/* A population that may be spilled. */
typedef struct Candidate
{
	OwnedPopulation *owned;
	size_t size;
	size_t sort_memory; /* of this one, or of one behind it */
} Candidate;

static int
larger_first(const void *a, const void *b)
{
	size_t x = ((const Candidate *) a)->size;
	size_t y = ((const Candidate *) b)->size;

	return (x < y) - (x > y);
}

/* What there is to be spilled, the largest first; how many in *n. */
static Candidate *
candidates(size_t *n)
{
	size_t capacity = 64;
	Candidate *found = palloc(capacity * sizeof(Candidate));
	dlist_iter set;
	dlist_iter iter;

	*n = 0;
	dlist_foreach(set, &sets)
		dlist_foreach(iter, &dlist_container(PopulationSet, node, set.cur)->populations)
		{
			OwnedPopulation *owned = dlist_container(OwnedPopulation, node, iter.cur);
			size_t memory = grouping_memory(owned->grouping);
			size_t sort_memory = grouping_sort_memory(owned->grouping);

			if (memory == 0 || !dlist_is_empty(&owned->readers))
				continue;
			if (*n == capacity)
				found = repalloc_huge(found, (capacity *= 2) * sizeof(Candidate));
			found[(*n)++] = (Candidate){owned, memory + sort_memory, sort_memory};
		}
	qsort(found, *n, sizeof(Candidate), larger_first);
	for (size_t i = *n; i-- > 1;)
		found[i - 1].sort_memory = Max(found[i - 1].sort_memory, found[i].sort_memory);
	return found;
}

static size_t
memory_of_rows(void)
{
	size_t memory = 0;
	dlist_iter iter;

	dlist_foreach(iter, &sets)
		memory += dlist_container(PopulationSet, node, iter.cur)->store.memory;
	return memory;
}

/* At most: the rows, what readers take, and what sorting one partition takes. */
static size_t
memory_held(void)
{
	size_t sort_memory = 0;
	dlist_iter iter;

	dlist_foreach(iter, &sets)
		sort_memory = Max(sort_memory,
						  dlist_container(PopulationSet, node, iter.cur)->store.sort_memory);
	return memory_of_rows() + population_reading_memory + sort_memory;
}

static void
spill(OwnedPopulation *owned)
{
	MemoryContext old_context = MemoryContextSwitchTo(owned->set->context);

	grouping_spill(owned->grouping);
	MemoryContextSwitchTo(old_context);
}

bool
population_keep_budget(size_t more)
{
	size_t budget = get_hash_memory_limit();
	size_t held;
	size_t sort_memory;
	Candidate *found;
	size_t n;
	dlist_iter iter;

	unchecked_rows = 0;
	if (memory_held() + more <= budget)
		return true;
	found = candidates(&n);
	for (size_t i = 0;; i++)
	{
		sort_memory = i < n ? found[i].sort_memory : 0;
		held = memory_of_rows() + population_reading_memory + sort_memory + more;
		if (i == n || held <= (i == 0 ? budget : budget / 2))
			break;
		spill(found[i].owned);
	}
	pfree(found);
	dlist_foreach(iter, &sets)
		dlist_container(PopulationSet, node, iter.cur)->store.sort_memory = sort_memory;
	return held <= budget;
}

static pg_attribute_always_inline void
add_event(FunctionCallInfo fcinfo, OwnedPopulation *owned, PopulationEvent event)
{
	int stream = population_stream(&event);
	MemoryContext old_context;
	void *extra;

	if (owned->key->form == USER_KEY_NUMBER)
	{
		int64 number = user_key_number(owned->key, PG_GETARG_DATUM(1));

		old_context = MemoryContextSwitchTo(owned->set->context);
		extra = grouping_add_fixed(owned->grouping, number, stream, event.day);
	}
	else
	{
		uint32 size;
		const uint8 *bytes = user_key_bytes(owned->key, PG_GETARG_DATUM(1), &size);

		old_context = MemoryContextSwitchTo(owned->set->context);
		extra = grouping_add_bytes(owned->grouping, bytes, size, stream, event.day);
		unchecked_rows += size / LONG_KEY;
		user_key_release(owned->key, PG_GETARG_DATUM(1), bytes);
	}
	population_write(extra, &event);
	MemoryContextSwitchTo(old_context);
	if (++unchecked_rows >= CHECK_BUDGET_EVERY)
		population_keep_budget(0);
}

typedef void (*AddRow)(FunctionCallInfo, OwnedPopulation *, DayArg, AmountArg);

/* The row whose arguments stand in fcinfo; no amount: there is no such argument. */
static pg_attribute_always_inline void
add_row(FunctionCallInfo fcinfo, OwnedPopulation *owned, DayArg day, AmountArg amount)
{
	PopulationEvent event = {.visit = true};

	owned->counts.read++;
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		owned->counts.left_out.rows[PG_ARGISNULL(1) ? ROW_WITHOUT_USER : ROW_WITHOUT_TIME]++;
		return;
	}
	event.day = day(fcinfo, 2);
	if (unlikely(event.day == DAY_AT_INFINITY))
	{
		owned->counts.left_out.rows[ROW_WITHOUT_TIME]++;
		owned->counts.infinite++;
		return;
	}
	finite_day(event.day);
	if (amount != NULL && !PG_ARGISNULL(3))
	{
		Decimal decimal = amount(fcinfo, 3);

		event.visit = false;
		event.amount = decimal.value;
		event.scale = decimal.scale;
	}
	add_event(fcinfo, owned, event);
}

static pg_attribute_always_inline void
add_lenient_row(FunctionCallInfo fcinfo, OwnedPopulation *owned, DayArg day, AmountArg amount)
{
	LenientEvent event = {0};
	RowFault fault =
		PG_ARGISNULL(1) ? ROW_WITHOUT_USER : read_event(fcinfo, 2, day, amount, &event);

	owned->counts.read++;
	if (unlikely(fault != ROW_COUNTS))
	{
		owned->counts.left_out.rows[fault]++;
		return;
	}
	add_event(fcinfo, owned,
			  (PopulationEvent){.day = event.day, .visit = event.visit,
								.scale = event.amount.scale, .amount = event.amount.value});
}

/* The first row makes the population, and takes all other rows along if it may. */
static pg_attribute_always_inline Datum
add_all_rows(FunctionCallInfo fcinfo, AddRow add, DayArg day, AmountArg amount)
{
	OwnedPopulation *owned;
	AggInput input;
	bool more = false;

	if (!PG_ARGISNULL(0))
		owned = (OwnedPopulation *) PG_GETARG_POINTER(0);
	else
	{
		owned = population_begin(fcinfo, get_fn_expr_argtype(fcinfo->flinfo, 1),
								 PG_GET_COLLATION(), amount != NULL);
		more = agg_input_begin(&input, fcinfo, HEAP_ROWS_COLUMNS);
	}
	do
		add(fcinfo, owned, day, amount);
	while (more && agg_input_next(&input, fcinfo));
	PG_RETURN_POINTER(owned);
}

static pg_attribute_always_inline Datum
add_rows(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	return add_all_rows(fcinfo, add_row, day, amount);
}

static pg_attribute_always_inline Datum
add_visits(FunctionCallInfo fcinfo, DayArg day)
{
	return add_all_rows(fcinfo, add_row, day, NULL);
}

static pg_attribute_always_inline Datum
add_lenient_rows(FunctionCallInfo fcinfo, DayArg day, AmountArg amount)
{
	return add_all_rows(fcinfo, add_lenient_row, day, amount);
}

static pg_attribute_always_inline Datum
add_lenient_visits(FunctionCallInfo fcinfo, DayArg day)
{
	return add_all_rows(fcinfo, add_lenient_row, day, NULL);
}

EVENT_TRANSITIONS(user_ops_population, add_visits, add_rows)
EVENT_READERS(user_ops_lenient_population, add_lenient_visits, add_lenient_rows)

static HTAB *
make_handles(MemoryContext context)
{
	HASHCTL how = {.keysize = sizeof(int64), .entrysize = sizeof(HandleEntry), .hcxt = context};

	return hash_create("user_ops handles", 16, &how, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

int64
population_give_handle(OwnedPopulation *owned)
{
	PopulationSet *set = owned->set;
	HandleEntry *entry;
	bool found; /* as good as impossible */

	if (owned->handle != 0)
		return owned->handle;
	if (set->handles == NULL)
		set->handles = make_handles(set->context);
	do
	{
		int64 handle;

		if (!pg_strong_random(&handle, sizeof(handle)))
			ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
							errmsg("could not generate a random handle")));
		entry = hash_search(set->handles, &handle, HASH_ENTER, &found);
	} while (found);
	entry->owned = owned;
	return owned->handle = entry->handle;
}

void
population_forget_handle(OwnedPopulation *owned)
{
	hash_search(owned->set->handles, &owned->handle, HASH_REMOVE, NULL);
	owned->handle = 0;
}

void
population_missing(void)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("the population no longer exists, or was made in another process"),
					errhint("A population can be read only in the query that made it. If "
							"parallel workers made it, in a UNION ALL or for each partition, "
							"SET enable_parallel_append = off.")));
}

OwnedPopulation *
population_of_handle(int64 handle)
{
	dlist_iter iter;

	dlist_foreach(iter, &sets)
	{
		const PopulationSet *set = dlist_container(PopulationSet, node, iter.cur);
		const HandleEntry *entry =
			set->handles == NULL ? NULL : hash_search(set->handles, &handle, HASH_FIND, NULL);

		if (entry != NULL)
			return entry->owned;
	}
	population_missing();
}

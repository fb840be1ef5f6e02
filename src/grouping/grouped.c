/*
 * grouped.c: what is grouped in this backend: the registry, the budget, and the handles.
 *
 *	1. All that is grouped in a backend shares work_mem * hash_mem_multiplier; past it,
 *	   the largest that nobody reads go to a temporary file, one for all of a query,
 *	   until half is free: so there are few rounds, however many they are.
 *	2. What is grouped cannot be copied or stored.  Its value is a handle, valid in the
 *	   query that made it; any other is an error (55000), and so is one of another kind
 *	   (42804), however it came to be of this type.
 */
#include "server/compat.h"

#include "grouping/grouped.h"

#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

typedef struct HandleEntry
{
	int64 handle; /* the key */
	Grouped *grouped;
} HandleEntry;

static dlist_head sets = DLIST_STATIC_INIT(sets);
static size_t reading_memory = 0; /* that all readers together take */
size_t grouped_unchecked_rows = 0;

static void
forget_set(void *arg)
{
	GroupedSet *set = arg;
	dlist_iter iter;
	dlist_iter reader;

	dlist_foreach(iter, &set->members)
	{
		Grouped *grouped = dlist_container(Grouped, node, iter.cur);

		dlist_foreach(reader, &grouped->readers)
			dlist_container(GroupedReader, node, reader.cur)->grouped = NULL;
	}
	dlist_delete(&set->node);
	group_store_close(&set->store);
}

/* The set of an executor run, made if there is none. */
static GroupedSet *
set_of_run(MemoryContext parent)
{
	MemoryContext context;
	MemoryContextCallback *callback;
	GroupedSet *set;
	dlist_iter iter;

	dlist_foreach(iter, &sets)
	{
		set = dlist_container(GroupedSet, node, iter.cur);
		if (set->parent == parent)
			return set;
	}
	context = AllocSetContextCreate(parent, "user_ops grouped rows", ALLOCSET_START_SMALL_SIZES);
	set = MemoryContextAllocZero(context, sizeof(GroupedSet));
	callback = MemoryContextAllocZero(context, sizeof(MemoryContextCallback));
	set->parent = parent;
	set->context = context;
	dlist_init(&set->members);
	slist_init(&set->codecs);
	dlist_push_head(&sets, &set->node);
	callback->func = forget_set;
	callback->arg = set;
	MemoryContextRegisterResetCallback(context, callback);
	return set;
}

static GroupCodec *
codec_of_set(GroupedSet *set, const GroupedKind *kind, uint32 options)
{
	GroupedCodec *shared;
	slist_iter iter;

	slist_foreach(iter, &set->codecs)
	{
		shared = slist_container(GroupedCodec, node, iter.cur);
		if (shared->kind == kind && shared->options == options)
			return shared->codec;
	}
	shared = palloc(sizeof(GroupedCodec));
	shared->kind = kind;
	shared->options = options;
	shared->codec = kind->codec(options);
	slist_push_head(&set->codecs, &shared->node);
	return shared->codec;
}

static Grouped *
create_grouped(GroupedSet *set, const GroupedKind *kind, uint32 options, Oid key_type,
			   Oid key_collation)
{
	MemoryContext old_context = MemoryContextSwitchTo(set->context);
	Grouped *grouped = palloc0(kind->size);

	if (set->key == NULL || set->key->type != getBaseType(key_type) ||
		set->key->collation != key_collation)
		set->key = user_key(key_type, key_collation);
	dlist_init(&grouped->readers);
	grouped->set = set;
	grouped->kind = kind;
	grouped->options = options;
	grouped->key = set->key;
	grouped->grouping = grouping_create(&grouped->key->keys, codec_of_set(set, kind, options),
										&set->store);
	dlist_push_tail(&set->members, &grouped->node);
	MemoryContextSwitchTo(old_context);
	return grouped;
}

Grouped *
grouped_begin(FunctionCallInfo fcinfo, const GroupedKind *kind, uint32 options, Oid key_type,
			  Oid key_collation)
{
	MemoryContext aggregate_context;

	if (!AggCheckCallContext(fcinfo, &aggregate_context))
		elog(ERROR, "users are grouped outside an aggregate");
	/* readers may stand above the aggregate's own memory: in a Sort's target list */
	return create_grouped(set_of_run(MemoryContextGetParent(aggregate_context)), kind, options,
						  key_type, key_collation);
}

Grouped *
grouped_of_rows(const GroupedKind *kind, uint32 options, Oid key_type, Oid key_collation,
				uint8 *rows, size_t size, const int64 *counts)
{
	GroupedSet *set = set_of_run(CurrentMemoryContext);
	Grouped *grouped = create_grouped(set, kind, options, key_type, key_collation);
	MemoryContext old_context = MemoryContextSwitchTo(set->context);

	grouping_import(grouped->grouping, rows, size, GROUP_IMPORT_IN_PLACE);
	MemoryContextSwitchTo(old_context);
	memcpy(grouped_counts(grouped), counts, grouped_counts_size(kind));
	return grouped;
}

/* One that may be spilled. */
typedef struct Candidate
{
	Grouped *grouped;
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
		dlist_foreach(iter, &dlist_container(GroupedSet, node, set.cur)->members)
		{
			Grouped *grouped = dlist_container(Grouped, node, iter.cur);
			size_t memory = grouping_memory(grouped->grouping);
			size_t sort_memory = grouping_sort_memory(grouped->grouping);

			if (memory == 0 || !dlist_is_empty(&grouped->readers))
				continue;
			if (*n == capacity)
				found = repalloc_huge(found, (capacity *= 2) * sizeof(Candidate));
			found[(*n)++] = (Candidate){grouped, memory + sort_memory, sort_memory};
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
		memory += dlist_container(GroupedSet, node, iter.cur)->store.memory;
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
						  dlist_container(GroupedSet, node, iter.cur)->store.sort_memory);
	return memory_of_rows() + reading_memory + sort_memory;
}

static void
spill(Grouped *grouped)
{
	MemoryContext old_context = MemoryContextSwitchTo(grouped->set->context);

	grouping_spill(grouped->grouping);
	MemoryContextSwitchTo(old_context);
}

bool
grouped_keep_budget(size_t more)
{
	size_t budget = get_hash_memory_limit();
	size_t held;
	size_t sort_memory;
	Candidate *found;
	size_t n;
	dlist_iter iter;

	grouped_unchecked_rows = 0;
	if (memory_held() + more <= budget)
		return true;
	found = candidates(&n);
	for (size_t i = 0;; i++)
	{
		sort_memory = i < n ? found[i].sort_memory : 0;
		held = memory_of_rows() + reading_memory + sort_memory + more;
		if (i == n || held <= (i == 0 ? budget : budget / 2))
			break;
		spill(found[i].grouped);
	}
	pfree(found);
	dlist_foreach(iter, &sets)
		dlist_container(GroupedSet, node, iter.cur)->store.sort_memory = sort_memory;
	return held <= budget;
}

static HTAB *
make_handles(MemoryContext context)
{
	HASHCTL how = {.keysize = sizeof(int64), .entrysize = sizeof(HandleEntry), .hcxt = context};

	return hash_create("user_ops handles", 16, &how, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

int64
grouped_give_handle(Grouped *grouped)
{
	GroupedSet *set = grouped->set;
	HandleEntry *entry;
	bool found; /* as good as impossible */

	if (grouped->handle != 0)
		return grouped->handle;
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
	entry->grouped = grouped;
	return grouped->handle = entry->handle;
}

void
grouped_forget_handle(Grouped *grouped)
{
	hash_search(grouped->set->handles, &grouped->handle, HASH_REMOVE, NULL);
	grouped->handle = 0;
}

void
grouped_missing(const GroupedKind *kind)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("%s", kind->missing), errhint("%s", kind->missing_hint)));
}

void
grouped_other_version(void)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("a parallel worker runs another version of user_ops"),
					errhint("The extension was upgraded: reconnect.")));
}

static Grouped *
find_handle(int64 handle)
{
	dlist_iter iter;

	dlist_foreach(iter, &sets)
	{
		const GroupedSet *set = dlist_container(GroupedSet, node, iter.cur);
		const HandleEntry *entry =
			set->handles == NULL ? NULL : hash_search(set->handles, &handle, HASH_FIND, NULL);

		if (entry != NULL)
			return entry->grouped;
	}
	return NULL;
}

Grouped *
grouped_of_handle(int64 handle, const GroupedKind *kind)
{
	Grouped *grouped = find_handle(handle);

	if (grouped == NULL)
		grouped_missing(kind);
	if (grouped->kind != kind)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("a handle of type %s is no handle of type %s", grouped->kind->type,
							   kind->type),
						errhint("Handles cannot be cast to another type.")));
	return grouped;
}

/* The reader's memory goes. */
static void
forget_reader(void *arg)
{
	GroupedReader *reader = arg;

	reading_memory -= reader->memory;
	if (reader->grouped != NULL)
		dlist_delete(&reader->node);
}

GroupedReader *
grouped_read(Grouped *grouped, Size size)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "user_ops reader", ALLOCSET_SMALL_SIZES);
	GroupedReader *reader = MemoryContextAllocZero(context, size);
	MemoryContextCallback *callback =
		MemoryContextAllocZero(context, sizeof(MemoryContextCallback));
	MemoryContext old_context = MemoryContextSwitchTo(grouped->set->context);

	grouping_finish(grouped->grouping);
	MemoryContextSwitchTo(old_context);
	reader->grouped = grouped;
	reader->kind = grouped->kind;
	reader->context = context;
	reader->memory = grouping_sort_memory(grouped->grouping);
	reading_memory += reader->memory;
	dlist_push_tail(&grouped->readers, &reader->node);
	callback->func = forget_reader;
	callback->arg = reader;
	MemoryContextRegisterResetCallback(context, callback);
	return reader;
}

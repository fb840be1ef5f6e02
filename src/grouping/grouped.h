/*
 * grouped.h: rows grouped by user in this backend, behind handles.
 *
 * What is grouped is of some kind, as a population: an SQL type, whose values are handles,
 * and the rows of an aggregate that makes them.  All kinds share a registry, a budget of
 * memory and the temporary file of a query; a handle is good for its own kind only.
 */
#ifndef USER_OPS_GROUPED_H
#define USER_OPS_GROUPED_H

#include "server/compat.h"

#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/palloc.h"
#include "grouping/userkey.h"
#include "kernel/grouping/grouping.h"

typedef struct GroupedKind
{
	uint32 code;              /* no other kind's */
	const char *type;         /* the SQL type of its handles */
	const char *missing;      /* message where a handle leads nowhere */
	const char *missing_hint;
	Size size;                /* of a Grouped and what the kind keeps behind it */
	Size counts;              /* where in that its counts of rows begin, which add up: */
	int n_counts;             /* so many int64 */
	/* How rows with these options are written, in the current memory context. */
	GroupCodec *(*codec)(uint32 options);
	/* Raises an error: parts with these options are to be one.  NULL: they are the same in all rows. */
	void (*options_differ)(uint32 a, uint32 b);
} GroupedKind;

/* A codec, which all of one kind and options in a set share. */
typedef struct GroupedCodec
{
	slist_node node;
	const GroupedKind *kind;
	uint32 options;
	GroupCodec *codec;
} GroupedCodec;

/* What is grouped in one executor run, and lives until that ends. */
typedef struct GroupedSet
{
	dlist_node node;       /* in the list of this backend's sets */
	MemoryContext parent;  /* of the run */
	MemoryContext context; /* all of it is in here, and of its members */
	dlist_head members;
	GroupStore store;
	HTAB *handles;       /* of those that are done; NULL: none */
	UserKey *key;        /* of the one made last */
	slist_head codecs;
} GroupedSet;

/* One of some kind, which has more behind it. */
typedef struct Grouped
{
	dlist_node node; /* in its set */
	GroupedSet *set;
	const GroupedKind *kind;
	uint32 options; /* the kind's own: what its rows carry */
	int64 handle;   /* 0 until the aggregate is done */
	Grouping *grouping;
	UserKey *key;
	dlist_head readers; /* that are open */
} Grouped;

/* A new one, else 0, in the memory of the query whose aggregate calls. */
extern Grouped *grouped_begin(FunctionCallInfo fcinfo, const GroupedKind *kind, uint32 options,
							  Oid key_type, Oid key_collation);

/*
 * If all that is grouped, and so many bytes more, exceed the budget, spill what nobody
 * reads, the largest first, until half of it is left; false if they still exceed it.
 */
extern bool grouped_keep_budget(size_t more);

#define GROUPED_CHECK_EVERY 4096 /* rows, of all together */
#define GROUPED_LONG_KEY    64   /* bytes of a key that count as one more row */
extern size_t grouped_unchecked_rows;

/*
 * Add a row: where its extra bytes go, to be written at once; then the budget is to be
 * looked at.
 */
static pg_attribute_always_inline void *
grouped_add_row(Grouped *grouped, Datum user, int stream, int32 when)
{
	MemoryContext old_context;
	void *extra;

	if (grouped->key->form == USER_KEY_NUMBER)
	{
		int64 number = user_key_number(grouped->key, user);

		old_context = MemoryContextSwitchTo(grouped->set->context);
		extra = grouping_add_fixed(grouped->grouping, number, stream, when);
	}
	else
	{
		uint32 size;
		const uint8 *bytes = user_key_bytes(grouped->key, user, &size);

		old_context = MemoryContextSwitchTo(grouped->set->context);
		extra = grouping_add_bytes(grouped->grouping, bytes, size, stream, when);
		grouped_unchecked_rows += size / GROUPED_LONG_KEY;
		user_key_release(grouped->key, user, bytes);
	}
	MemoryContextSwitchTo(old_context);
	return extra;
}

static pg_attribute_always_inline void
grouped_row_added(void)
{
	if (++grouped_unchecked_rows >= GROUPED_CHECK_EVERY)
		grouped_keep_budget(0);
}

/* One of rows that another process of this query has exported, which stay where they are, and its counts. */
extern Grouped *grouped_of_rows(const GroupedKind *kind, uint32 options, Oid key_type,
								Oid key_collation, uint8 *rows, size_t size, const int64 *counts);

/* What the counts of a kind take, and where they are. */
static inline Size
grouped_counts_size(const GroupedKind *kind)
{
	return kind->n_counts * sizeof(int64);
}

static inline int64 *
grouped_counts(Grouped *grouped)
{
	return (int64 *) ((char *) grouped + grouped->kind->counts);
}

/* From here on it is known by a handle. */
extern int64 grouped_give_handle(Grouped *grouped);

/* And from here on not. */
extern void grouped_forget_handle(Grouped *grouped);

/* What a handle of this kind stands for: 55000 if there is none in this backend, 42804 if it is of another kind. */
extern Grouped *grouped_of_handle(int64 handle, const GroupedKind *kind);

extern _Noreturn void grouped_missing(const GroupedKind *kind);

#define GROUPED_LAYOUT 11 /* changes with what processes of one query tell each other */

/* Raise 55000: the other process of this query has another layout. */
extern _Noreturn void grouped_other_version(void);

/*
 * A reader of all its users; the kind has more behind it.  What a user's memory holds is
 * valid until the next one is asked for.  One that is not ended goes with the memory
 * context that was current when it was opened; if what it reads goes before it, the next
 * user is an error (55000).
 */
typedef struct GroupedReader
{
	dlist_node node;       /* in the readers of what it reads */
	Grouped *grouped;      /* NULL: gone */
	MemoryContext context; /* of the reader */
	const GroupedKind *kind;
	size_t memory; /* that sorting takes */
} GroupedReader;

/* A reader, and what of so many bytes the kind has behind it, as 0. */
extern GroupedReader *grouped_read(Grouped *grouped, Size size);

/* To the reader's memory, before the next user; returns the context to go back to. */
static inline MemoryContext
grouped_reader_enter(const GroupedReader *reader)
{
	if (reader->grouped == NULL)
		grouped_missing(reader->kind);
	return MemoryContextSwitchTo(reader->context);
}

/*
 * The hand-over of what parallel workers have grouped: the serial, deserial and combine
 * functions of an aggregate whose state is of this kind.
 */
extern Datum grouped_serialize(FunctionCallInfo fcinfo);
extern Datum grouped_deserialize(FunctionCallInfo fcinfo, const GroupedKind *kind);
extern Datum grouped_combine(FunctionCallInfo fcinfo, const GroupedKind *kind);

#endif

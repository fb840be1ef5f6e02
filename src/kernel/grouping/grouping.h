/*
 * grouping.h: rows of many users, in any order, grouped by user.
 *
 *	rows ──► logs of (key, when, extra), by the top bits of the key's hash
 *	            │ budget reached          │ worker done        │ all rows seen
 *	            ▼                         ▼                    ▼
 *	   run: users in order of hash,    the logs, which     a log at a time: counting
 *	   encoded, in a file              are added to those  sort by user
 *	            └─────── k-way merge ──┐  of the leader        │
 *	                                   └───────────────────────┴──► users, one by one
 *
 * A cache miss for each row is what makes hash aggregation slow.  Here a row is
 * only written, next to the last one of its partition; users are told apart later,
 * partition by partition, each small enough for the caches.  There may be thousands of
 * groupings, of a few rows each: such a one has a single partition.
 *
 * A row has a key, says when, and carries a few bytes more.  Rows come in streams:
 * all rows of a stream carry the same number of bytes.  Most tables are in order
 * of time, and most keys are small numbers, so a row takes two or three bytes.  A codec
 * turns the rows of one user into bytes for a run; how to read them, and how to
 * merge bytes of several runs, the reader of the users knows.
 */
#ifndef USER_OPS_KERNEL_GROUPING_H
#define USER_OPS_KERNEL_GROUPING_H

#include "kernel/base/host.h"
#include "kernel/grouping/group_keys.h"

#define GROUPING_STREAMS   2
#define GROUPING_MAX_EXTRA 40

/*
 * The rows of one user in each stream: when, 4 bytes, then the extra bytes.  Without
 * extra bytes they are aligned.
 *
 * They come in the order in which they were added; rows that were gathered apart and
 * imported come by when, if those of each part do.
 */
typedef struct GroupRows
{
	const uint8_t *rows[GROUPING_STREAMS];
	uint32_t n_rows[GROUPING_STREAMS];
	bool in_order[GROUPING_STREAMS]; /* they certainly come by when */
} GroupRows;

/* What a row is. */
typedef struct GroupCodec GroupCodec;
struct GroupCodec
{
	int n_streams;
	uint32_t extra[GROUPING_STREAMS]; /* bytes that a row carries, at most GROUPING_MAX_EXTRA */
	/* Encode into a buffer of the codec's own; its size in *size. */
	const uint8_t *(*encode)(GroupCodec *codec, const GroupRows *rows, size_t *size);
	/*
	 * What rows refer to beside themselves, a dictionary, as bytes for another process; NULL:
	 * nothing.  Where all of it would be more than the rows, it is told of each row first, and
	 * then what these refer to is enough.  That process reads it, and says whether rows have to
	 * be translated, which then is done with each one's extra bytes.  What was encoded needs no
	 * dictionary.
	 */
	void (*refer)(GroupCodec *codec, int stream, const uint8_t *extra);
	size_t (*dictionary_size)(const GroupCodec *codec);
	void (*write_dictionary)(GroupCodec *codec, uint8_t *to);
	bool (*read_dictionary)(GroupCodec *codec, const uint8_t *bytes, size_t size);
	void (*translate)(GroupCodec *codec, int stream, uint8_t *extra);
};

typedef struct Grouping Grouping;
typedef struct GroupCursor GroupCursor;

/* What several groupings share; all 0 at first. */
typedef struct GroupStore
{
	HostFile *file; /* of their runs, one behind the other */
	uint64_t file_size;
	size_t memory;      /* of their rows */
	size_t sort_memory; /* that sorting a partition took at most; may be set back */
} GroupStore;

/* One user as read: from the log (n_parts 0), or as bytes of one or more runs. */
typedef struct GroupUser
{
	const uint8_t *key; /* a fixed key is the 8 bytes of its int64 */
	uint32_t key_size;
	GroupRows rows;
	uint32_t n_parts;
	const uint8_t *const *parts;
	const uint32_t *part_sizes;
} GroupUser;

extern Grouping *grouping_create(const GroupKeys *keys, GroupCodec *codec, GroupStore *store);

/* Add a row; returns where its extra bytes go, unaligned, to be written at once. */
extern void *grouping_add_fixed(Grouping *grouping, int64_t key, int stream, int32_t when);
extern void *grouping_add_bytes(Grouping *grouping, const void *key, uint32_t size, int stream,
								int32_t when);

/* That it was created with. */
extern GroupCodec *grouping_codec(const Grouping *grouping);

/* Bytes of memory held by rows, and what sorting them will take. */
extern size_t grouping_memory(const Grouping *grouping);
extern size_t grouping_sort_memory(const Grouping *grouping);

/*
 * Write what is in memory to a run in a file, and begin anew.  No cursor may be
 * open.  If that fails, all is as before.
 */
extern void grouping_spill(Grouping *grouping);

/*
 * All that was added, as bytes: first the room that they may take, then at once the bytes,
 * which leaves no rows in memory; returns their size.  And such bytes, added to a
 * grouping of the same keys and codec, and not to be used again.
 */
typedef enum GroupImport
{
	GROUP_IMPORT_COPY,
	GROUP_IMPORT_TO_FILE,
	GROUP_IMPORT_IN_PLACE /* they stay where they are, and outlive the grouping */
} GroupImport;

extern size_t grouping_export_room(Grouping *grouping);
extern size_t grouping_export(Grouping *grouping, uint8_t *bytes);
extern void grouping_import(Grouping *grouping, uint8_t *bytes, size_t size, GroupImport how);

/*
 * Users of some partitions, from one up to, but not including, another, as bytes of the same
 * form; their rows stay here, too.  How many partitions there are: 0 where users cannot be
 * parted, as they are few, or in files.
 */
extern uint32_t grouping_partitions(const Grouping *grouping);
extern size_t grouping_part_room(Grouping *grouping, uint32_t first, uint32_t end);
extern size_t grouping_export_part(Grouping *grouping, uint32_t first, uint32_t end, uint8_t *bytes);

/* All rows of another grouping of the same keys, codec and store, which is left empty. */
extern void grouping_absorb(Grouping *grouping, Grouping *other);

/*
 * Read the users, any number of times, or but those of the first partitions, where
 * others read the last n_left.  Nothing is added once reading began.
 * Opening finishes first, if that was not done: whoever wants the cursor's memory
 * elsewhere than the grouping's, does it.
 */
extern void grouping_finish(Grouping *grouping);
extern GroupCursor *grouping_open(Grouping *grouping, uint32_t n_left);
extern bool grouping_next(GroupCursor *cursor, GroupUser *user);
extern void grouping_close(GroupCursor *cursor);

/* Give its memory back. */
extern void grouping_end(Grouping *grouping);

/* Close the file, when no grouping is read any more. */
extern void group_store_close(GroupStore *store);

#endif

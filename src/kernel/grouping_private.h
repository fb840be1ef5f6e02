/*
 * grouping_private.h: what the files of grouping.h share.
 *
 * A row in a log:
 *
 *	+------+========+=======+=====+=======+
 *	| head | number | delta | key | extra |
 *	+------+========+=======+=====+=======+
 *	 1 byte
 *
 *	head	bits 0-3: bytes of the number, 0 to 8; bits 4-6: bytes of the delta, 0 to 5
 *	number	of a fixed key the key, of other keys the size if that differs; else 0
 *	delta	zigzag of when, less when of the row before it
 *	key		if it is not fixed
 *
 * Numbers have the lowest byte first, and as few bytes as they need.
 */
#ifndef USER_OPS_KERNEL_GROUPING_PRIVATE_H
#define USER_OPS_KERNEL_GROUPING_PRIVATE_H

#include "kernel/grouping.h"

#define PARTITION_BITS 8
#define N_PARTITIONS   (1 << PARTITION_BITS)
#define ROW_NUMBERS    (1 + 8 + 8) /* what is read or written of head, number and delta */

/* A piece of a log; its rows stand behind it, or elsewhere. */
typedef struct Block
{
	struct Block *next;
	const uint8_t *rows;
	const uint8_t *end; /* of its rows; the last block's is the log's next */
	int32_t when;       /* of the row before */
} Block;

typedef struct RowLog
{
	uint8_t *next; /* where the next row goes */
	uint8_t *end;  /* of the room for it */
	Block *first;
	Block *last;
	uint64_t n_rows;
	int32_t when;        /* of the last row */
	uint32_t block_size; /* of the largest own block */
} RowLog;

/* The users whose hashes begin with the same bits. */
typedef struct Partition
{
	RowLog logs[GROUPING_STREAMS];
} Partition;

/* Memory of blocks: large, for few TLB misses; given back as a whole. */
typedef struct Slab
{
	struct Slab *next;
	size_t used;
	size_t size;
	uint8_t bytes[] __attribute__((aligned(8)));
} Slab;

/* Users in order of hash, in the grouping's file. */
typedef struct FileRun
{
	uint64_t start;
	uint64_t size;
} FileRun;

/* What a run consists of: this, the key, the value. */
typedef struct RecordHead
{
	uint64_t hash;
	uint32_t key_size;
	uint32_t value_size;
} RecordHead;

/* A growing buffer. */
typedef struct Bytes
{
	uint8_t *bytes;
	size_t used;
	size_t capacity;
} Bytes;

struct Grouping
{
	GroupKeys keys;
	GroupCodec *codec;
	Partition *partitions; /* NULL: no rows in memory */
	Slab *slabs;
	size_t memory; /* used of slabs */

	FileRun *runs;
	uint32_t n_runs;
	HostFile *file; /* of the runs, one behind the other */
	uint64_t file_size;
};

/* A key of bytes in a log. */
typedef struct KeyName
{
	const uint8_t *key;
	uint32_t size;
} KeyName;

/* The rows of one stream, whose each is, and the same rows by user. */
typedef struct SortedRows
{
	uint32_t n;
	uint32_t size; /* of a row: when and extra */
	uint32_t *slots;
	uint8_t *rows;
	size_t capacity; /* of these two, in rows */
	uint8_t *sorted;
	size_t sorted_capacity;
	uint32_t *starts; /* of each slot's rows, and the end */
	size_t start_capacity;
} SortedRows;

/* One partition with its users told apart, and their rows brought together. */
typedef struct SortedPartition
{
	uint32_t *buckets; /* slots, indexed by the hash bits below the partition's */
	int bucket_bits;
	uint32_t n_slots;      /* users, in order of appearance */
	uint32_t slot_capacity;
	uint64_t *ids;         /* of each slot: the key or, for bytes, its hash */
	KeyName *names;        /* of each slot, for bytes */
	SortedRows streams[GROUPING_STREAMS];
} SortedPartition;

#define NO_SLOT UINT32_MAX

extern void grouping_forget(Grouping *g);
/* Memory that goes with the rows. */
extern void *grouping_alloc(Grouping *g, size_t size);
/* Add a block's rows, which stand elsewhere, with ROW_NUMBERS bytes behind them. */
extern void grouping_link(Grouping *g, RowLog *log, const Block *block, uint64_t n_rows);
/* Empty logs. */
extern void grouping_begin(Grouping *g);

/* Where a block's rows end. */
static inline const uint8_t *
grouping_block_end(const RowLog *log, const Block *block)
{
	return block == log->last ? log->next : block->end;
}

/* Mix all bits into all bits; a bijection, so that fixed keys never collide in full. */
static inline uint64_t
grouping_hash_number(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93;
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93;
	return x ^ (x >> 32);
}

extern uint64_t grouping_hash_bytes(const GroupKeys *keys, const uint8_t *key, uint32_t size);

/* The hash of a slot's key. */
static inline uint64_t
grouping_slot_hash(const Grouping *g, const SortedPartition *sorted, uint32_t slot)
{
	return g->keys.fixed ? grouping_hash_number(sorted->ids[slot]) : sorted->ids[slot];
}

extern void grouping_sort(const Grouping *g, uint32_t partition, SortedPartition *sorted);
extern void grouping_sort_end(SortedPartition *sorted);
extern void grouping_user(const Grouping *g, const SortedPartition *sorted, uint32_t slot,
						  GroupUser *user);
/* Bytes that were written to a file. */
extern void grouping_read(HostFile *file, uint64_t offset, void *bytes, size_t size);
/* Room for size bytes more; where it begins. */
extern uint8_t *grouping_extend(Bytes *buffer, size_t size);
/* The slots of a sorted partition in order of hash, in a new array. */
extern uint32_t *grouping_slots_by_hash(const Grouping *g, const SortedPartition *sorted);

#endif

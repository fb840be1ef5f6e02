/*
 * grouping_private.h: what the files of grouping.h share.
 *
 * Users are spread over partitions by the top bits of their hash.  Each has a
 * hash table and a log of its own, small enough that sorting and reading one
 * partition stays in the caches.
 */
#ifndef USER_OPS_KERNEL_GROUPING_PRIVATE_H
#define USER_OPS_KERNEL_GROUPING_PRIVATE_H

#include "kernel/grouping.h"

#define GROUP_BATCH     256
#define PARTITION_BITS  8
#define N_PARTITIONS    (1 << PARTITION_BITS)
#define NO_SLOT         UINT32_MAX
#define KEY_ALIGN       8

typedef struct Bucket
{
	uint64_t key;       /* the key or, for bytes, the hash of it */
	uint32_t slot;      /* the user's number in the partition; NO_SLOT: empty */
	uint32_t key_place; /* of bytes: in the key bytes, in units of KEY_ALIGN */
} Bucket;

/* A piece of a log: rows of slot and payload. */
typedef struct Block Block;
struct Block
{
	Block *next;
	uint8_t *end; /* of its rows; the last block's is the log's next */
	uint32_t size;
	uint8_t rows[] __attribute__((aligned(8)));
};

typedef struct RowLog
{
	uint8_t *next; /* where the next row goes */
	uint8_t *end;  /* of the room for it */
	Block *first;
	Block *last;
} RowLog;

typedef struct Partition
{
	Bucket *buckets; /* indexed by the hash bits below the partition's */
	int bucket_bits;
	uint32_t n_slots;
	RowLog logs[GROUPING_STREAMS];
} Partition;

/* Memory of tables and blocks: large, for few TLB misses; given back as a whole. */
typedef struct Slab Slab;
struct Slab
{
	Slab *next;
	size_t used;
	size_t size;
	uint8_t bytes[] __attribute__((aligned(8)));
};

/* A row that waits for its batch to be full. */
typedef struct PendingRow
{
	uint64_t key;  /* the key or, for bytes, its place in the pending keys */
	uint32_t size; /* of a key of bytes */
	uint32_t stream;
	uint8_t payload[GROUPING_MAX_PAYLOAD];
} PendingRow;

/* Users in order of hash, in the grouping's file or in memory. */
typedef struct Run
{
	const uint8_t *bytes; /* NULL: in the file */
	uint64_t start;       /* in the file */
	uint64_t size;
} Run;

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

	PendingRow *pending;
	uint32_t n_pending;
	uint8_t *pending_keys; /* bytes of the keys that wait */
	size_t pending_used;
	size_t pending_capacity;

	Partition *partitions; /* NULL: no users in memory */
	Slab *slabs;
	uint8_t *key_bytes; /* size, bytes, padding; again and again */
	size_t key_used;
	size_t key_capacity;
	Block *spare;  /* pieces of LARGEST_BLOCK, from tables outgrown */
	size_t memory; /* used of slabs */

	Run *runs;
	uint32_t n_runs;
	HostFile *file; /* of the runs that are not in memory, one behind the other */
	uint64_t file_size;
};

/* A partition with its rows in order of slot, and the bucket of each slot. */
typedef struct SortedPartition
{
	const Partition *partition;
	uint32_t *buckets;
	uint32_t bucket_capacity;
	uint64_t *starts[GROUPING_STREAMS]; /* of each slot's rows, and the end */
	uint8_t *payloads[GROUPING_STREAMS];
	size_t payload_capacity[GROUPING_STREAMS];
} SortedPartition;

extern uint64_t grouping_hash_number(uint64_t number);
extern void grouping_flush(Grouping *g);
extern void grouping_forget(Grouping *g);

static inline uint64_t
grouping_bucket_hash(const Grouping *g, const Bucket *bucket)
{
	return g->keys.fixed ? grouping_hash_number(bucket->key) : bucket->key;
}

extern void grouping_sort(const Grouping *g, uint32_t partition, SortedPartition *sorted);
extern void grouping_sort_end(SortedPartition *sorted);
extern void grouping_user(const Grouping *g, const SortedPartition *sorted, uint32_t slot,
						  GroupUser *user);
/* Room for size bytes more; where it begins. */
extern uint8_t *grouping_extend(Bytes *buffer, size_t size);
/* The slots of a sorted partition in order of hash, in a new array. */
extern uint32_t *grouping_slots_by_hash(const Grouping *g, const SortedPartition *sorted);

#endif

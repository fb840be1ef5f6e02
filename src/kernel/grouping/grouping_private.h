/*
 * grouping_private.h: what the files of grouping.h share.
 *
 * A batch of a log: rows that have the same when, one behind the other.
 *
 *	+------+------+=======+  +========+=====+=======+
 *	| head | rows | delta |  | number | key | extra |  ...
 *	+------+------+=======+  +========+=====+=======+
 *	 1 byte 1 byte            of each row
 *
 *	head	bits 0-3: bytes of a number, 0 to 8; bits 4-6: bytes of the delta, 0 to 5
 *	rows	how many, 1 to 255
 *	delta	zigzag of when, less when of the batch before it
 *	number	of a fixed key its high bits, which with the partition tell the others, or
 *			all bits where there is one partition;
 *			of other keys the size if that differs, else 0
 *	key		if it is not fixed
 *
 * Numbers have the lowest byte first.  Where rows come in order of time, a batch
 * has many rows, each of which takes the two or three bytes of its number.
 */
#ifndef USER_OPS_KERNEL_GROUPING_PRIVATE_H
#define USER_OPS_KERNEL_GROUPING_PRIVATE_H

#include <string.h>

#include "kernel/base/bytes.h"
#include "kernel/grouping/grouping.h"
#include "kernel/grouping/grouping_keys.h"

#define PARTITION_BITS 8
#define N_PARTITIONS   (1 << PARTITION_BITS)
#define BATCH_ROWS     255         /* at most */
#define ROW_NUMBERS    (2 + 5 + 8) /* bytes read or written of a batch's head and a number */

/* A piece of a log; its rows stand behind it, or elsewhere. */
typedef struct Block
{
	struct Block *next;
	const uint8_t *rows;
	const uint8_t *end; /* of its rows; the last block's is the log's next */
	int32_t when;       /* of the batch before */
	bool begins;        /* rows of another source than those before */
} Block;

/* Where a log is appended to: small, so that the tails of all partitions stay in the cache. */
typedef struct LogTail
{
	uint8_t *next;  /* where the next row goes */
	uint8_t *end;   /* of the room for it */
	uint8_t *batch; /* that is appended to; NULL: none, as if that were full */
	int32_t when;   /* of the batch */
	uint16_t rows;  /* in it, which its head does not say before it ends */
	uint16_t number_bytes;
} LogTail;

typedef struct LogBlocks
{
	Block *first;
	Block *last;
	uint64_t n_rows; /* in batches that have ended */
	uint32_t size;   /* of the largest own block */
	bool begins;     /* the next own block does, too */
} LogBlocks;

/* Memory of blocks; given back as a whole.  From some size on of large pages: few faults and TLB misses. */
typedef struct Slab
{
	struct Slab *next;
	uint8_t *bytes;
	size_t used;
	size_t size;
	bool large;
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

/*
 * Users whose hashes begin with the same bits are in one partition, of which each
 * stream has a log.  As long as the rows are few there is one partition.
 */
struct Grouping
{
	GroupKeys keys;
	GroupCodec *codec;
	GroupStore *store;
	uint32_t n_partitions; /* 0: no rows in memory; 1; or N_PARTITIONS */
	LogTail *tails;        /* of the partitions of one stream, then of the other */
	LogBlocks *blocks;
	Slab *slabs;
	size_t memory;      /* used of slabs, in whole large pages */
	size_t sort_memory; /* that sorting the largest partition takes */
	uint64_t key_bits; /* that some fixed key in the logs has */

	FileRun *runs; /* in the store's file */
	uint32_t n_runs;
	uint64_t run_bytes; /* of them all */
};

/* The rows of one stream, whose each is, and the same rows by user. */
typedef struct SortedRows
{
	uint32_t n;
	uint32_t size; /* of a row: when and extra */
	bool in_order; /* all of them, by when */
	int32_t last;  /* when of the row read last */
	uint32_t *slots;
	uint8_t *rows;   /* as they were read */
	size_t capacity; /* of these two, in rows */
	uint8_t *sorted;
	size_t sorted_capacity;
	uint32_t *starts; /* of each slot's rows, and the end */
	size_t start_capacity;
} SortedRows;

/*
 * One partition with its users told apart, and their rows brought together.
 *
 * Where fixed keys are dense, their numbers are the slots: no table, no order
 * of hash, and some slots without a row.
 */
typedef struct SortedPartition
{
	uint32_t number;
	bool whole; /* there is no other: numbers of fixed keys are keys */
	bool dense;
	uint32_t *buckets; /* slots, indexed by the hash bits below the partition's */
	int bucket_bits;
	uint32_t n_slots;      /* users, in order of appearance */
	uint32_t slot_capacity;
	uint64_t *ids;            /* of each slot: the number of a fixed key */
	CompactKey *compact_keys; /* of each slot: any other key */
	uint64_t key[2];          /* of the user last asked for, if fixed or short */
	SortedRows streams[GROUPING_STREAMS];
} SortedPartition;

#define NO_SLOT UINT32_MAX

/* A row, or what it carries: few bytes by words that overlap, without a call. */
static inline __attribute__((always_inline)) void
grouping_copy_row(uint8_t *to, const uint8_t *from, uint32_t size)
{
	if (size >= sizeof(uint32_t) && size <= 2 * sizeof(uint32_t))
	{
		uint32_t first;
		uint32_t last;

		memcpy(&first, from, sizeof(first));
		memcpy(&last, from + size - sizeof(last), sizeof(last));
		memcpy(to, &first, sizeof(first));
		memcpy(to + size - sizeof(last), &last, sizeof(last));
	}
	else if (size > sizeof(uint64_t) && size <= 2 * sizeof(uint64_t))
	{
		uint64_t first;
		uint64_t last;

		memcpy(&first, from, sizeof(first));
		memcpy(&last, from + size - sizeof(last), sizeof(last));
		memcpy(to, &first, sizeof(first));
		memcpy(to + size - sizeof(last), &last, sizeof(last));
	}
	else
		memcpy(to, from, size);
}

extern void grouping_forget(Grouping *g);
/* Memory that goes with the rows. */
extern void *grouping_alloc(Grouping *g, size_t size);
/* Add a block's rows, which stand elsewhere, with ROW_NUMBERS bytes behind them. */
extern void grouping_link(Grouping *g, uint32_t log, const Block *block, uint64_t n_rows);
/* Rows were added to a partition: some of them, or the last. */
extern void grouping_note_rows(Grouping *g, uint32_t partition);
/* Empty logs. */
extern void grouping_begin(Grouping *g, uint32_t n_partitions);
/* End all batches: before logs are read. */
extern void grouping_end_batches(Grouping *g);
/* The rows of the one partition are spread over all: if they are there, and not few. */
extern void grouping_spread(Grouping *g);
extern void grouping_spread_many(Grouping *g);
/* So many bytes more, or again less, are held by rows. */
extern void grouping_hold(Grouping *g, size_t bytes);
extern void grouping_release(Grouping *g, size_t bytes);

/* The number of a log. */
static inline uint32_t
grouping_log(const Grouping *g, int stream, uint32_t partition)
{
	return (uint32_t) stream * g->n_partitions + partition;
}

static inline uint64_t
grouping_log_rows(const Grouping *g, uint32_t log)
{
	const LogTail *tail = &g->tails[log];

	return g->blocks[log].n_rows + (tail->batch == NULL ? 0 : tail->rows);
}

/* Where the rows of a log's block end. */
static inline const uint8_t *
grouping_block_end(const Grouping *g, uint32_t log, const Block *block)
{
	return block == g->blocks[log].last ? g->tails[log].next : block->end;
}

/* How far the number of a fixed key is shifted. */
static inline int
grouping_key_shift(const Grouping *g)
{
	return g->n_partitions == 1 ? 0 : PARTITION_BITS;
}

/* The number in so many bytes of 8. */
static inline uint64_t
grouping_get_number(const uint8_t *from, uint32_t bytes)
{
	static const uint64_t masks[] = {0,
									 0xFF,
									 0xFFFF,
									 0xFFFFFF,
									 0xFFFFFFFF,
									 0xFFFFFFFFFF,
									 0xFFFFFFFFFFFF,
									 0xFFFFFFFFFFFFFF,
									 UINT64_MAX};
	uint64_t number;

	memcpy(&number, from, sizeof(number));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	number = __builtin_bswap64(number);
#endif
	return number & masks[bytes];
}

typedef struct RowBatch
{
	const uint8_t *row; /* the first */
	uint32_t n_rows;
	uint32_t number_bytes;
	int32_t when;
} RowBatch;

static inline __attribute__((always_inline)) RowBatch
grouping_read_batch(const uint8_t *head, int32_t before)
{
	uint32_t delta_bytes = head[0] >> 4;

	return (RowBatch){.row = head + 2 + delta_bytes,
					 .n_rows = head[1],
					 .number_bytes = head[0] & 15,
					 .when = (int32_t) (before + unzigzag(grouping_get_number(head + 2, delta_bytes)))};
}

/*
 * The hash of a fixed key: the partition, which is the low bits changed by the high
 * ones, then the high bits mixed.  A bijection, so that fixed keys never collide in
 * full; and in one partition the high bits tell users apart, which for small keys
 * are numbers of few users more than there are.
 */
static inline uint64_t
grouping_mix_high(uint64_t high)
{
	return high * 0x9E3779B97F4A7C15;
}

static inline uint32_t
grouping_fixed_partition(uint64_t key)
{
	uint64_t mixed = grouping_mix_high(key >> PARTITION_BITS);

	return (uint32_t) (key ^ mixed >> (64 - PARTITION_BITS)) & (N_PARTITIONS - 1);
}

static inline uint64_t
grouping_hash_fixed(uint64_t key)
{
	return (uint64_t) grouping_fixed_partition(key) << (64 - PARTITION_BITS) |
		   grouping_mix_high(key >> PARTITION_BITS) << PARTITION_BITS >> PARTITION_BITS;
}

/* The key of a partition with these high bits. */
static inline uint64_t
grouping_fixed_key(uint32_t partition, uint64_t high)
{
	uint64_t mixed = grouping_mix_high(high);

	return high << PARTITION_BITS |
		   ((partition ^ (uint32_t) (mixed >> (64 - PARTITION_BITS))) & (N_PARTITIONS - 1));
}

/* The fixed key with this number. */
static inline uint64_t
grouping_numbered_key(const SortedPartition *sorted, uint64_t number)
{
	return sorted->whole ? number : grouping_fixed_key(sorted->number, number);
}

/* The hash of a slot's key; not if dense. */
static inline uint64_t
grouping_slot_hash(const Grouping *g, const SortedPartition *sorted, uint32_t slot)
{
	return g->keys.fixed ? grouping_hash_fixed(grouping_numbered_key(sorted, sorted->ids[slot]))
						 : grouping_hash(&g->keys, &sorted->compact_keys[slot]);
}

static inline uint32_t
grouping_bucket(const SortedPartition *sorted, uint64_t hash)
{
	return (uint32_t) (hash << PARTITION_BITS >> (64 - sorted->bucket_bits));
}

static inline void
grouping_free(void *chunk)
{
	if (chunk != NULL)
		host_free(chunk);
}

/* Where the extra bytes of a row stand. */
static inline const uint8_t *
grouping_extra(const Grouping *g, const uint8_t *row, uint32_t number_bytes)
{
	if (g->keys.fixed)
		return row + number_bytes;
	if (g->keys.size > 0)
		return row + number_bytes + g->keys.size;
	return row + number_bytes + grouping_get_number(row, number_bytes);
}

/* No users in the table. */
extern void grouping_empty_table(const Grouping *g, SortedPartition *sorted);
/* The rows of a stream of the partition: whose, when and extra. */
extern void grouping_read_rows(const Grouping *g, int stream, SortedPartition *sorted);

/* Sort a partition; by_hash: the slots will be asked for in order of hash. */
extern void grouping_sort(const Grouping *g, uint32_t partition, bool by_hash,
						  SortedPartition *sorted);
extern void grouping_sort_end(SortedPartition *sorted);
/* The user of a slot; false if it has no row. */
extern bool grouping_user(const Grouping *g, SortedPartition *sorted, uint32_t slot,
						  GroupUser *user);
/* A run that stands in memory. */
extern void grouping_add_run(Grouping *g, const uint8_t *bytes, uint64_t size);
/* As many as whose rows are about to come, or more. */
extern void grouping_make_partitions(Grouping *g, uint32_t n);
/* Bytes that were written to a file. */
extern void grouping_read(HostFile *file, uint64_t offset, void *bytes, size_t size);
/* Room for size bytes more; where it begins. */
extern uint8_t *grouping_extend(Bytes *buffer, size_t size);
/* The slots of a sorted partition in order of hash, in a new array. */
extern uint32_t *grouping_slots_by_hash(const Grouping *g, const SortedPartition *sorted);

#endif

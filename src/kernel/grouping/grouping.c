/*
 * grouping.c: the logs, to which rows are added.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

#define FIRST_BLOCK   256
#define LARGEST_BLOCK (32768 + HOST_CACHE_LINE) /* no power of two, or all begin in the same set of a cache */
#define FIRST_SLAB    ((size_t) 16 << 10)
#define FEW_BYTES     ((size_t) 64 << 10) /* of rows in one partition: what 256 take that have few, too */
#define FEW_BLOCK     104 /* two of them: */
#define FEW_SLAB      (256 - sizeof(Slab))
#define SLAB_GROWTH   4
#define LARGEST_SLAB  ((size_t) 32 << 20)

/* The next multiple of a power of two. */
static inline size_t
align(size_t size, size_t to)
{
	return (size + to - 1) & ~(to - 1);
}

Grouping *
grouping_create(const GroupKeys *keys, GroupCodec *codec, GroupStore *store)
{
	Grouping *g = host_alloc(sizeof(Grouping));

	*g = (Grouping){.keys = *keys, .codec = codec, .store = store};
	return g;
}

void
grouping_hold(Grouping *g, size_t bytes)
{
	g->memory += bytes;
	g->store->memory += bytes;
}

void
grouping_release(Grouping *g, size_t bytes)
{
	g->memory -= bytes;
	g->store->memory -= bytes;
}

/* Give up the rows in memory; runs stay. */
void
grouping_forget(Grouping *g)
{
	Slab *next;

	if (g->n_partitions == 0)
		return;
	host_free(g->tails);
	host_free(g->blocks);
	for (Slab *slab = g->slabs; slab != NULL; slab = next)
	{
		next = slab->next;
		host_free(slab);
	}
	g->n_partitions = 0;
	g->slabs = NULL;
	grouping_release(g, g->memory);
	g->sort_memory = 0;
	g->key_bits = 0;
}

GroupCodec *
grouping_codec(const Grouping *g)
{
	return g->codec;
}

size_t
grouping_memory(const Grouping *g)
{
	return g->memory;
}

size_t
grouping_sort_memory(const Grouping *g)
{
	return g->sort_memory;
}

/* A slab for so much at least. */
static Slab *
add_slab(Grouping *g, size_t size)
{
	size_t first_size = g->n_partitions == 1 ? FEW_SLAB : FIRST_SLAB;
	size_t next_size = g->slabs == NULL ? first_size : (g->slabs->size + sizeof(Slab)) * SLAB_GROWTH - sizeof(Slab);
	bool large;
	uint8_t *chunk;
	Slab *slab;

	if (next_size > LARGEST_SLAB)
		next_size = LARGEST_SLAB;
	if (next_size < size)
		next_size = size;
	large = next_size >= HOST_LARGE_PAGE / 2;
	if (large)
		next_size = align(next_size, HOST_LARGE_PAGE);
	chunk = host_alloc_large(sizeof(Slab) + next_size + (large ? HOST_LARGE_PAGE : 0));
	slab = (Slab *) chunk;
	*slab = (Slab){.next = g->slabs, .bytes = chunk + sizeof(Slab), .size = next_size, .large = large};
	if (large)
		slab->bytes = (uint8_t *) align((uintptr_t) slab->bytes, HOST_LARGE_PAGE);
	g->slabs = slab;
	return slab;
}

/* What a slab takes: of large pages none is used in part, and a small slab is there as a whole. */
static inline size_t
slab_memory(const Slab *slab)
{
	if (slab->size < FIRST_SLAB)
		return sizeof(Slab) + slab->size;
	return slab->large ? align(slab->used, HOST_LARGE_PAGE) : slab->used;
}

void *
grouping_alloc(Grouping *g, size_t size)
{
	Slab *slab = g->slabs;
	size_t before = 0;

	size = align(size, 8);
	if (slab == NULL || slab->used + size > slab->size)
		slab = add_slab(g, size);
	else
		before = slab_memory(slab);
	slab->used += size;
	grouping_hold(g, slab_memory(slab) - before);
	return slab->bytes + slab->used - size;
}

void
grouping_begin(Grouping *g, uint32_t n_partitions)
{
	size_t n = (size_t) g->codec->n_streams * n_partitions;
	LogTail *tails = host_alloc(n * sizeof(LogTail));

	g->blocks = host_alloc(n * sizeof(LogBlocks));
	g->tails = tails;
	g->n_partitions = n_partitions;
	memset(g->tails, 0, n * sizeof(LogTail));
	memset(g->blocks, 0, n * sizeof(LogBlocks));
	for (size_t i = 0; i < n; i++)
		g->tails[i].rows = BATCH_ROWS;
	grouping_hold(g, n * (sizeof(LogTail) + sizeof(LogBlocks)));
}

static void
append_block(Grouping *g, uint32_t log, Block *block)
{
	LogBlocks *blocks = &g->blocks[log];

	block->next = NULL;
	if (blocks->last == NULL)
		blocks->first = block;
	else
	{
		blocks->last->end = g->tails[log].next;
		blocks->last->next = block;
	}
	blocks->last = block;
}

void
grouping_note_rows(Grouping *g, uint32_t partition)
{
	size_t bytes = 0;

	for (int i = 0; i < g->codec->n_streams; i++)
		bytes += grouping_log_rows(g, grouping_log(g, i, partition)) *
				 (sizeof(uint32_t) + 2 * (sizeof(int32_t) + g->codec->extra[i]));
	if (bytes > g->sort_memory)
		g->sort_memory = bytes;
	if (bytes > g->store->sort_memory)
		g->store->sort_memory = bytes;
}

static void
end_batch(Grouping *g, uint32_t log)
{
	LogTail *tail = &g->tails[log];

	if (tail->batch == NULL)
		return;
	tail->batch[1] = (uint8_t) tail->rows;
	g->blocks[log].n_rows += tail->rows;
	tail->batch = NULL;
	tail->rows = BATCH_ROWS;
}

void
grouping_end_batches(Grouping *g)
{
	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
		end_batch(g, i);
}

static __attribute__((noinline)) void
add_block(Grouping *g, uint32_t log, size_t room)
{
	LogBlocks *blocks = &g->blocks[log];
	LogTail *tail = &g->tails[log];
	size_t first_size = g->n_partitions == 1 ? FEW_BLOCK : FIRST_BLOCK;
	size_t size = blocks->size == 0 ? first_size : 2 * (size_t) blocks->size;
	Block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	blocks->size = (uint32_t) size;
	if (size < sizeof(Block) + room)
		size = sizeof(Block) + room;
	block = grouping_alloc(g, size);
	block->rows = (uint8_t *) (block + 1);
	block->when = tail->when;
	block->begins = blocks->begins;
	blocks->begins = false;
	append_block(g, log, block);
	tail->next = (uint8_t *) (block + 1);
	tail->end = (uint8_t *) block + size;
	grouping_note_rows(g, log % g->n_partitions);
}

/* The log goes on in a block of its own. */
void
grouping_link(Grouping *g, uint32_t log, const Block *block, uint64_t n_rows)
{
	LogTail *tail = &g->tails[log];
	Block *own = grouping_alloc(g, sizeof(Block));

	*own = *block;
	append_block(g, log, own);
	end_batch(g, log);
	tail->next = tail->end = (uint8_t *) block->end;
	g->blocks[log].n_rows += n_rows;
	g->blocks[log].begins = false;
	grouping_note_rows(g, log % g->n_partitions);
}

static inline uint32_t
bytes_of(uint64_t number)
{
	return number == 0 ? 0 : (uint32_t) (71 - __builtin_clzll(number)) / 8;
}

/* Write 8 bytes, of which the lowest ones count. */
static inline void
put_number(uint8_t *to, uint64_t number)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	number = __builtin_bswap64(number);
#endif
	memcpy(to, &number, sizeof(number));
}

/* The head of a batch, with room for such a row. */
static void
begin_batch(Grouping *g, uint32_t log, uint64_t number, int32_t when, size_t more)
{
	LogTail *tail = &g->tails[log];
	uint64_t delta = zigzag((int64_t) when - tail->when);
	uint32_t delta_bytes = bytes_of(delta);

	end_batch(g, log);
	if ((size_t) (tail->end - tail->next) < ROW_NUMBERS + more)
		add_block(g, log, ROW_NUMBERS + more);
	tail->when = when;
	tail->rows = 0;
	tail->number_bytes = (uint16_t) bytes_of(number);
	tail->batch = tail->next;
	tail->batch[0] = (uint8_t) (tail->number_bytes | delta_bytes << 4);
	put_number(tail->next + 2, delta);
	tail->next += 2 + delta_bytes;
}

/*
 * The number of a new row, which may be of 8 bytes only if it is wide, with room for more
 * bytes; returns where these go.
 */
static inline __attribute__((always_inline)) uint8_t *
add_row(Grouping *g, uint32_t log, uint64_t number, bool wide, int32_t when, size_t more)
{
	LogTail *tail = &g->tails[log];
	uint8_t *row;

	if (__builtin_expect(when != tail->when ||
							 (!(wide && tail->number_bytes == sizeof(number)) &&
							  number >> 8 * tail->number_bytes != 0) ||
							 tail->rows == BATCH_ROWS ||
							 (size_t) (tail->end - tail->next) < sizeof(number) + more,
						 false))
		begin_batch(g, log, number, when, more);
	row = tail->next;
	__builtin_prefetch(row + HOST_CACHE_LINE, 1); /* or the store of its first byte stalls all others */
	put_number(row, number);
	row += tail->number_bytes;
	tail->next = row + more;
	tail->rows++;
	return row;
}

void
grouping_spread_many(Grouping *g)
{
	if (g->memory > FEW_BYTES)
		grouping_spread(g);
}

/* Does the next row go to the only partition? */
static __attribute__((noinline)) bool
has_few_rows(Grouping *g)
{
	if (g->n_partitions == 0)
		grouping_begin(g, 1);
	grouping_spread_many(g);
	return g->n_partitions == 1;
}

static __attribute__((noinline)) uint8_t *
add_to_few(Grouping *g, int stream, uint64_t number, int32_t when, size_t more)
{
	return add_row(g, (uint32_t) stream, number, true, when, more);
}

void *
grouping_add_fixed(Grouping *g, int64_t key, int stream, int32_t when)
{
	g->key_bits |= (uint64_t) key;
	if (__builtin_expect(g->n_partitions != N_PARTITIONS, false) && has_few_rows(g))
		return add_to_few(g, stream, (uint64_t) key, when, g->codec->extra[stream]);
	return add_row(g, (uint32_t) stream * N_PARTITIONS + grouping_fixed_partition((uint64_t) key),
				   (uint64_t) key >> PARTITION_BITS, false, when, g->codec->extra[stream]);
}

void *
grouping_add_bytes(Grouping *g, const void *key, uint32_t size, int stream, int32_t when)
{
	size_t more = (size_t) size + g->codec->extra[stream];
	CompactKey compact;
	uint32_t log;
	uint8_t *row;

	if (__builtin_expect(g->n_partitions != N_PARTITIONS, false) && has_few_rows(g))
	{
		row = add_to_few(g, stream, g->keys.size > 0 ? 0 : size, when, more);
		memcpy(row, key, size);
		return row + size;
	}
	compact = grouping_compact_key(&g->keys, key, size);
	log = (uint32_t) stream * N_PARTITIONS +
		  (uint32_t) (grouping_hash(&g->keys, &compact) >> (64 - PARTITION_BITS));
	if (g->keys.size > 0)
		row = add_row(g, log, 0, false, when, more);
	else
		row = add_row(g, log, size, false, when, more);
	if (grouping_short_key(&g->keys, size))
		grouping_put_key(row, &compact.words, size);
	else
		memcpy(row, key, size);
	return row + size;
}

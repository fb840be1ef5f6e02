/*
 * grouping.c: the logs, to which rows are added.
 */
#include "kernel/bytes.h"
#include "kernel/grouping_private.h"

#include <string.h>

#define FIRST_BLOCK   256
#define LARGEST_BLOCK (32768 + HOST_CACHE_LINE) /* no power of two, or all begin in the same set of a cache */
#define FIRST_SLAB    ((size_t) 16 << 10)
#define SLAB_GROWTH   4
#define LARGEST_SLAB  ((size_t) 32 << 20)

uint64_t
grouping_hash_long(const uint8_t *key, uint32_t size)
{
	uint64_t hash = size;
	KeyEnds ends;

	for (; size > SHORT_KEY; key += SHORT_KEY, size -= SHORT_KEY)
		hash = grouping_fold(grouping_load(key, 8) ^ hash, grouping_load(key + 8, 8));
	ends = grouping_key_ends(key, size);
	return grouping_fold(grouping_fold(ends.first, ends.last), hash);
}

/* The next multiple of a power of two. */
static inline size_t
align(size_t size, size_t to)
{
	return (size + to - 1) & ~(to - 1);
}

Grouping *
grouping_create(const GroupKeys *keys, GroupCodec *codec)
{
	Grouping *g = host_alloc(sizeof(Grouping));

	memset(g, 0, sizeof(*g));
	g->keys = *keys;
	g->codec = codec;
	return g;
}

/* Give up the rows in memory; runs stay. */
void
grouping_forget(Grouping *g)
{
	Slab *next;

	if (g->logs == NULL)
		return;
	host_free(g->logs);
	for (Slab *slab = g->slabs; slab != NULL; slab = next)
	{
		next = slab->next;
		host_free(slab);
	}
	g->logs = NULL;
	g->slabs = NULL;
	g->memory = g->sort_memory = 0;
	g->key_bits = 0;
}

size_t
grouping_memory(const Grouping *g)
{
	return g->memory + g->sort_memory;
}

/* A slab for so much at least. */
static Slab *
add_slab(Grouping *g, size_t size)
{
	size_t next_size = g->slabs == NULL ? FIRST_SLAB : g->slabs->size * SLAB_GROWTH;
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

/* What a slab takes: of large pages none is used in part. */
static inline size_t
slab_memory(const Slab *slab)
{
	return slab->large ? align(slab->used, HOST_LARGE_PAGE) : slab->used;
}

void *
grouping_alloc(Grouping *g, size_t size)
{
	Slab *slab = g->slabs;

	size = align(size, 8);
	if (slab == NULL || slab->used + size > slab->size)
		slab = add_slab(g, size);
	g->memory -= slab_memory(slab);
	slab->used += size;
	g->memory += slab_memory(slab);
	return slab->bytes + slab->used - size;
}

void
grouping_begin(Grouping *g)
{
	size_t size = (size_t) g->codec->n_streams * sizeof(RowLogs);

	g->logs = host_alloc(size);
	memset(g->logs, 0, size);
	for (int stream = 0; stream < g->codec->n_streams; stream++)
		for (int i = 0; i < N_PARTITIONS; i++)
			g->logs[stream].tips[i].rows = STRETCH_ROWS;
	g->memory += size;
}

static void
append_block(RowLogs *logs, uint32_t partition, Block *block)
{
	LogBlocks *blocks = &logs->blocks[partition];

	block->next = NULL;
	if (blocks->last == NULL)
		blocks->first = block;
	else
	{
		blocks->last->end = logs->tips[partition].next;
		blocks->last->next = block;
	}
	blocks->last = block;
}

void
grouping_note_rows(Grouping *g, uint32_t partition)
{
	size_t bytes = 0;

	for (int i = 0; i < g->codec->n_streams; i++)
		bytes += grouping_log_rows(&g->logs[i], partition) *
				 (sizeof(uint32_t) + 2 * (sizeof(int32_t) + g->codec->extra[i]));
	if (bytes > g->sort_memory)
		g->sort_memory = bytes;
}

static void
end_stretch(RowLogs *logs, uint32_t partition)
{
	LogTip *tip = &logs->tips[partition];

	if (tip->stretch == NULL)
		return;
	tip->stretch[1] = (uint8_t) tip->rows;
	logs->blocks[partition].n_rows += tip->rows;
	tip->stretch = NULL;
	tip->rows = STRETCH_ROWS;
}

void
grouping_end_stretches(Grouping *g)
{
	for (int stream = 0; g->logs != NULL && stream < g->codec->n_streams; stream++)
		for (uint32_t i = 0; i < N_PARTITIONS; i++)
			end_stretch(&g->logs[stream], i);
}

static __attribute__((noinline)) void
add_block(Grouping *g, int stream, uint32_t partition, size_t room)
{
	RowLogs *logs = &g->logs[stream];
	LogBlocks *blocks = &logs->blocks[partition];
	LogTip *tip = &logs->tips[partition];
	size_t size = blocks->size == 0 ? FIRST_BLOCK : 2 * (size_t) blocks->size;
	Block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	blocks->size = (uint32_t) size;
	if (size < sizeof(Block) + room)
		size = sizeof(Block) + room;
	block = grouping_alloc(g, size);
	block->rows = (uint8_t *) (block + 1);
	block->when = tip->when;
	block->begins = false;
	append_block(logs, partition, block);
	tip->next = (uint8_t *) (block + 1);
	tip->end = (uint8_t *) block + size;
	grouping_note_rows(g, partition);
}

/* The log goes on in a block of its own. */
void
grouping_link(Grouping *g, int stream, uint32_t partition, const Block *block, uint64_t n_rows)
{
	RowLogs *logs = &g->logs[stream];
	LogTip *tip = &logs->tips[partition];
	Block *own = grouping_alloc(g, sizeof(Block));

	*own = *block;
	append_block(logs, partition, own);
	end_stretch(logs, partition);
	tip->next = tip->end = (uint8_t *) block->end;
	logs->blocks[partition].n_rows += n_rows;
	grouping_note_rows(g, partition);
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

/* The head of a stretch, with room for such a row. */
static void
begin_stretch(Grouping *g, uint32_t partition, int stream, uint64_t number, int32_t when,
			  size_t more)
{
	RowLogs *logs = &g->logs[stream];
	LogTip *tip = &logs->tips[partition];
	uint64_t delta = zigzag((int64_t) when - tip->when);
	uint32_t delta_bytes = bytes_of(delta);

	end_stretch(logs, partition);
	if ((size_t) (tip->end - tip->next) < ROW_NUMBERS + more)
		add_block(g, stream, partition, ROW_NUMBERS + more);
	tip->when = when;
	tip->rows = 0;
	tip->number_bytes = (uint16_t) bytes_of(number);
	tip->stretch = tip->next;
	tip->stretch[0] = (uint8_t) (tip->number_bytes | delta_bytes << 4);
	put_number(tip->next + 2, delta);
	tip->next += 2 + delta_bytes;
}

/* The number of a new row, with room for more bytes; returns where these go. */
static inline __attribute__((always_inline)) uint8_t *
add_row(Grouping *g, uint32_t partition, int stream, uint64_t number, int32_t when, size_t more)
{
	LogTip *tip;
	uint8_t *row;

	if (__builtin_expect(g->logs == NULL, false))
		grouping_begin(g);
	tip = &g->logs[stream].tips[partition];
	if (__builtin_expect(when != tip->when || number >> 8 * tip->number_bytes != 0 ||
							 tip->rows == STRETCH_ROWS ||
							 (size_t) (tip->end - tip->next) < sizeof(number) + more,
						 false))
		begin_stretch(g, partition, stream, number, when, more);
	row = tip->next;
	__builtin_prefetch(row + HOST_CACHE_LINE, 1); /* or the store of its first byte stalls all others */
	put_number(row, number);
	row += tip->number_bytes;
	tip->next = row + more;
	tip->rows++;
	return row;
}

void *
grouping_add_fixed(Grouping *g, int64_t key, int stream, int32_t when)
{
	g->key_bits |= (uint64_t) key;
	return add_row(g, grouping_fixed_partition((uint64_t) key), stream,
				   (uint64_t) key >> PARTITION_BITS, when, g->codec->extra[stream]);
}

void *
grouping_add_bytes(Grouping *g, const void *key, uint32_t size, int stream, int32_t when)
{
	KeyName name = grouping_name(&g->keys, key, size);
	uint32_t partition = (uint32_t) (grouping_hash(&g->keys, &name) >> (64 - PARTITION_BITS));
	size_t more = (size_t) size + g->codec->extra[stream];
	uint8_t *row;

	if (g->keys.size > 0)
		row = add_row(g, partition, stream, 0, when, more);
	else
		row = add_row(g, partition, stream, size, when, more);
	if (grouping_short_key(&g->keys, size))
		grouping_put_key(row, &name.ends, size);
	else
		memcpy(row, key, size);
	return row + size;
}

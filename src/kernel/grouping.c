/*
 * grouping.c: the logs, to which rows are added.
 */
#include "kernel/bytes.h"
#include "kernel/grouping_private.h"

#include <string.h>

#define FIRST_BLOCK   256
#define LARGEST_BLOCK 32768
#define FIRST_SLAB    ((size_t) 16 << 10)
#define LARGEST_SLAB  ((size_t) 32 << 20)

uint64_t
grouping_hash_bytes(const GroupKeys *keys, const uint8_t *key, uint32_t size)
{
	uint64_t hash;
	uint64_t word;

	if (keys->hash != NULL)
		return keys->hash(keys, key, size);
	hash = grouping_hash_number(size + 0x9E3779B97F4A7C15);
	for (; size >= 8; key += 8, size -= 8)
	{
		memcpy(&word, key, 8);
		hash = grouping_hash_number(hash ^ word) * 0x9FB21C651E98DF25;
	}
	word = 0;
	memcpy(&word, key, size);
	return grouping_hash_number(hash ^ word);
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

	if (g->partitions == NULL)
		return;
	host_free(g->partitions);
	for (Slab *slab = g->slabs; slab != NULL; slab = next)
	{
		next = slab->next;
		host_free(slab);
	}
	g->partitions = NULL;
	g->slabs = NULL;
	g->memory = 0;
}

size_t
grouping_memory(const Grouping *g)
{
	return g->memory;
}

void *
grouping_alloc(Grouping *g, size_t size)
{
	Slab *slab = g->slabs;

	size = (size + 7) / 8 * 8;
	if (slab == NULL || slab->used + size > slab->size)
	{
		size_t next_size = slab == NULL ? FIRST_SLAB : slab->size * 2;

		if (next_size > LARGEST_SLAB)
			next_size = LARGEST_SLAB;
		if (next_size < size)
			next_size = size;
		slab = host_alloc_large(sizeof(Slab) + next_size);
		*slab = (Slab){.next = g->slabs, .size = next_size};
		g->slabs = slab;
	}
	slab->used += size;
	g->memory += size;
	return slab->bytes + slab->used - size;
}

void
grouping_begin(Grouping *g)
{
	g->partitions = host_alloc(N_PARTITIONS * sizeof(Partition));
	memset(g->partitions, 0, N_PARTITIONS * sizeof(Partition));
	g->memory += N_PARTITIONS * sizeof(Partition);
}

static void
append_block(RowLog *log, Block *block)
{
	block->next = NULL;
	if (log->last == NULL)
		log->first = block;
	else
	{
		log->last->end = log->next;
		log->last->next = block;
	}
	log->last = block;
}

static void
add_block(Grouping *g, RowLog *log, size_t room)
{
	size_t size = log->block_size == 0 ? FIRST_BLOCK : 2 * (size_t) log->block_size;
	Block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	log->block_size = (uint32_t) size;
	if (size < sizeof(Block) + room)
		size = sizeof(Block) + room;
	block = grouping_alloc(g, size);
	block->rows = (uint8_t *) (block + 1);
	block->when = log->when;
	append_block(log, block);
	log->next = (uint8_t *) (block + 1);
	log->end = (uint8_t *) block + size;
}

/* The log goes on in a block of its own. */
void
grouping_link(Grouping *g, RowLog *log, const Block *block, uint64_t n_rows)
{
	Block *own = grouping_alloc(g, sizeof(Block));

	*own = *block;
	append_block(log, own);
	log->next = log->end = (uint8_t *) block->end;
	log->n_rows += n_rows;
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

/* The head of a new row, with room for more bytes; returns where these go. */
static inline uint8_t *
add_row(Grouping *g, uint64_t hash, int stream, uint64_t number, int32_t when, size_t more)
{
	uint32_t number_bytes = bytes_of(number);
	uint32_t delta_bytes;
	uint64_t delta;
	RowLog *log;
	uint8_t *row;

	if (g->partitions == NULL)
		grouping_begin(g);
	log = &g->partitions[hash >> (64 - PARTITION_BITS)].logs[stream];
	delta = zigzag((int64_t) when - log->when);
	delta_bytes = bytes_of(delta);
	if ((size_t) (log->end - log->next) < ROW_NUMBERS + more)
		add_block(g, log, ROW_NUMBERS + more);
	row = log->next;
	*row++ = (uint8_t) (number_bytes | delta_bytes << 4);
	put_number(row, number);
	row += number_bytes;
	put_number(row, delta);
	row += delta_bytes;
	log->next = row + more;
	log->when = when;
	log->n_rows++;
	return row;
}

void *
grouping_add_fixed(Grouping *g, int64_t key, int stream, int32_t when)
{
	return add_row(g, grouping_hash_number((uint64_t) key), stream, (uint64_t) key, when,
				   g->codec->extra[stream]);
}

void *
grouping_add_bytes(Grouping *g, const void *key, uint32_t size, int stream, int32_t when)
{
	uint8_t *row = add_row(g, grouping_hash_bytes(&g->keys, key, size), stream,
						   g->keys.size > 0 ? 0 : size, when,
						   (size_t) size + g->codec->extra[stream]);

	memcpy(row, key, size);
	return row + size;
}

/*
 * grouping.c: the hash tables and the logs.
 */
#include "kernel/grouping_private.h"

#include <string.h>

#define INITIAL_BITS 4
#define PENDING_BYTES 65536 /* of keys: long ones do not wait for a full batch */
#define FIRST_BLOCK  256
#define LARGEST_BLOCK 32768
#define FIRST_SLAB   ((size_t) 16 << 10)
#define LARGEST_SLAB ((size_t) 32 << 20)

/* Mix all bits into all bits; a bijection, so that fixed keys never collide in full. */
static inline uint64_t
mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93;
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93;
	return x ^ (x >> 32);
}

uint64_t
grouping_hash_number(uint64_t number)
{
	return mix(number);
}

static uint64_t
hash_bytes(const uint8_t *key, uint32_t size)
{
	uint64_t hash = mix(size + 0x9E3779B97F4A7C15);
	uint64_t word;

	for (; size >= 8; key += 8, size -= 8)
	{
		memcpy(&word, key, 8);
		hash = mix(hash ^ word) * 0x9FB21C651E98DF25;
	}
	word = 0;
	memcpy(&word, key, size);
	return mix(hash ^ word);
}

Grouping *
grouping_create(const GroupKeys *keys, GroupCodec *codec)
{
	Grouping *g = host_alloc(sizeof(Grouping));

	memset(g, 0, sizeof(*g));
	g->keys = *keys;
	g->codec = codec;
	g->pending = host_alloc(GROUP_BATCH * sizeof(PendingRow));
	return g;
}

/* Give up the users in memory; runs and pending rows stay. */
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
	if (g->key_bytes != NULL)
		host_free(g->key_bytes);
	g->partitions = NULL;
	g->slabs = NULL;
	g->spare = NULL;
	g->key_bytes = NULL;
	g->key_used = g->key_capacity = 0;
	g->memory = 0;
}

size_t
grouping_memory(const Grouping *g)
{
	return g->memory + g->key_capacity;
}

static void *
slab_alloc(Grouping *g, size_t size)
{
	Slab *slab = g->slabs;

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

/* A table that was outgrown becomes blocks of logs. */
static void
recycle(Grouping *g, void *table, size_t size)
{
	for (uint8_t *piece = table; size >= LARGEST_BLOCK; piece += LARGEST_BLOCK, size -= LARGEST_BLOCK)
	{
		((Block *) piece)->next = g->spare;
		g->spare = (Block *) piece;
	}
}

/* Twice as many buckets as before, or the first ones. */
static void
grow_buckets(Grouping *g, Partition *p)
{
	Bucket *old = p->buckets;
	size_t n_old = old == NULL ? 0 : (size_t) 1 << p->bucket_bits;
	int bits = old == NULL ? INITIAL_BITS : p->bucket_bits + 1;
	size_t n = (size_t) 1 << bits;
	Bucket *buckets;

	if (bits > 31)
		host_fail(KERNEL_STATE_TOO_BIG);
	buckets = slab_alloc(g, n * sizeof(Bucket));
	for (size_t i = 0; i < n; i++)
		buckets[i].slot = NO_SLOT;
	for (size_t i = 0; i < n_old; i++)
	{
		size_t at;

		if (old[i].slot == NO_SLOT)
			continue;
		at = grouping_bucket_hash(g, &old[i]) << PARTITION_BITS >> (64 - bits);
		while (buckets[at].slot != NO_SLOT)
			at = (at + 1) & (n - 1);
		buckets[at] = old[i];
	}
	recycle(g, old, n_old * sizeof(Bucket));
	p->buckets = buckets;
	p->bucket_bits = bits;
}

/* A new user in an empty bucket. */
static uint32_t
add_user(Grouping *g, Partition *p, Bucket *bucket, uint64_t key, uint32_t key_place)
{
	uint32_t slot = p->n_slots++;

	*bucket = (Bucket){key, slot, key_place};
	if (p->n_slots > ((uint32_t) 1 << p->bucket_bits) / 2)
		grow_buckets(g, p);
	return slot;
}

static uint32_t
add_key(Grouping *g, const uint8_t *key, uint32_t size)
{
	size_t place = g->key_used;

	g->key_used += (sizeof(size) + size + KEY_ALIGN - 1) / KEY_ALIGN * KEY_ALIGN;
	if (g->key_used > g->key_capacity)
	{
		g->key_capacity = 2 * g->key_used;
		g->key_bytes = g->key_bytes == NULL
						   ? host_alloc(g->key_capacity)
						   : host_realloc_large(g->key_bytes, g->key_capacity);
	}
	if (g->key_used / KEY_ALIGN > UINT32_MAX)
		host_fail(KERNEL_STATE_TOO_BIG);
	memcpy(g->key_bytes + place, &size, sizeof(size));
	memcpy(g->key_bytes + place + sizeof(size), key, size);
	return (uint32_t) (place / KEY_ALIGN);
}

static bool
same_key(const Grouping *g, uint32_t key_place, const uint8_t *key, uint32_t size)
{
	const uint8_t *other = g->key_bytes + (size_t) key_place * KEY_ALIGN;
	uint32_t other_size;

	memcpy(&other_size, other, sizeof(other_size));
	other += sizeof(other_size);
	if (g->keys.equal != NULL)
		return g->keys.equal(&g->keys, key, size, other, other_size);
	return size == other_size && memcmp(key, other, size) == 0;
}

static inline uint32_t
slot_of_number(Grouping *g, Partition *p, uint64_t number, uint64_t hash)
{
	uint32_t mask = ((uint32_t) 1 << p->bucket_bits) - 1;
	uint32_t at = (uint32_t) (hash << PARTITION_BITS >> (64 - p->bucket_bits));

	for (;; at = (at + 1) & mask)
	{
		Bucket *bucket = &p->buckets[at];

		if (bucket->slot == NO_SLOT)
			return add_user(g, p, bucket, number, 0);
		if (bucket->key == number)
			return bucket->slot;
	}
}

static inline uint32_t
slot_of_bytes(Grouping *g, Partition *p, const uint8_t *key, uint32_t size, uint64_t hash)
{
	uint32_t mask = ((uint32_t) 1 << p->bucket_bits) - 1;
	uint32_t at = (uint32_t) (hash << PARTITION_BITS >> (64 - p->bucket_bits));

	for (;; at = (at + 1) & mask)
	{
		Bucket *bucket = &p->buckets[at];

		if (bucket->slot == NO_SLOT)
			return add_user(g, p, bucket, hash, add_key(g, key, size));
		if (bucket->key == hash && same_key(g, bucket->key_place, key, size))
			return bucket->slot;
	}
}

static void
add_block(Grouping *g, RowLog *log, uint32_t row_size)
{
	uint32_t size = log->last == NULL ? FIRST_BLOCK : 2 * log->last->size;
	Block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size == LARGEST_BLOCK && g->spare != NULL)
	{
		block = g->spare;
		g->spare = block->next;
	}
	else
		block = slab_alloc(g, size);
	block->next = NULL;
	block->size = size;
	if (log->last == NULL)
		log->first = block;
	else
	{
		log->last->end = log->next;
		log->last->next = block;
	}
	log->last = block;
	log->next = block->rows;
	/* whole rows only */
	log->end = block->rows + (size - sizeof(Block)) / row_size * row_size;
}

static inline void
append(Grouping *g, RowLog *log, uint32_t slot, const uint8_t *payload, uint32_t payload_size)
{
	uint8_t *row;

	if (log->next == log->end)
		add_block(g, log, (uint32_t) sizeof(slot) + payload_size);
	row = log->next;
	log->next += sizeof(slot) + payload_size;
	memcpy(row, &slot, sizeof(slot));
	if (payload_size == 4)
		memcpy(row + 4, payload, 4);
	else
		memcpy(row + 4, payload, payload_size);
}

/* Look up the users of the batch, and log its rows. */
void
grouping_flush(Grouping *g)
{
	uint64_t hashes[GROUP_BATCH];

	if (g->n_pending == 0)
		return;
	host_poll();
	if (g->partitions == NULL)
	{
		g->partitions = host_alloc(N_PARTITIONS * sizeof(Partition));
		memset(g->partitions, 0, N_PARTITIONS * sizeof(Partition));
		g->memory += N_PARTITIONS * sizeof(Partition);
	}
	for (uint32_t i = 0; i < g->n_pending; i++)
	{
		const PendingRow *row = &g->pending[i];
		Partition *p;

		if (g->keys.fixed)
			hashes[i] = mix(row->key);
		else if (g->keys.hash != NULL)
			hashes[i] = g->keys.hash(&g->keys, g->pending_keys + row->key, row->size);
		else
			hashes[i] = hash_bytes(g->pending_keys + row->key, row->size);
		p = &g->partitions[hashes[i] >> (64 - PARTITION_BITS)];
		if (p->buckets == NULL)
			grow_buckets(g, p);
		__builtin_prefetch(&p->buckets[hashes[i] << PARTITION_BITS >> (64 - p->bucket_bits)]);
		__builtin_prefetch(p->logs[row->stream].next, 1);
	}
	for (uint32_t i = 0; i < g->n_pending; i++)
	{
		const PendingRow *row = &g->pending[i];
		Partition *p = &g->partitions[hashes[i] >> (64 - PARTITION_BITS)];
		uint32_t slot = g->keys.fixed ? slot_of_number(g, p, row->key, hashes[i])
									  : slot_of_bytes(g, p, g->pending_keys + row->key, row->size,
													  hashes[i]);

		append(g, &p->logs[row->stream], slot, row->payload, g->codec->payload[row->stream]);
	}
	g->n_pending = 0;
	g->pending_used = 0;
}

static inline PendingRow *
next_pending(Grouping *g, int stream, const void *payload)
{
	PendingRow *row;

	if (g->n_pending == GROUP_BATCH)
		grouping_flush(g);
	row = &g->pending[g->n_pending++];
	row->stream = (uint32_t) stream;
	memcpy(row->payload, payload, g->codec->payload[stream]);
	return row;
}

void
grouping_add_fixed(Grouping *g, int64_t key, int stream, const void *payload)
{
	next_pending(g, stream, payload)->key = (uint64_t) key;
}

void
grouping_add_bytes(Grouping *g, const void *key, uint32_t size, int stream, const void *payload)
{
	PendingRow *row;

	if (g->pending_used > PENDING_BYTES)
		grouping_flush(g);
	row = next_pending(g, stream, payload);
	if (g->pending_keys == NULL || g->pending_used + size > g->pending_capacity)
	{
		g->pending_capacity = 2 * (g->pending_used + size) + 1024;
		g->pending_keys = g->pending_keys == NULL
							  ? host_alloc(g->pending_capacity)
							  : host_realloc(g->pending_keys, g->pending_capacity);
	}
	memcpy(g->pending_keys + g->pending_used, key, size);
	row->key = g->pending_used;
	row->size = size;
	g->pending_used += size;
}

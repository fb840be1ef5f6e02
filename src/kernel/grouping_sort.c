/*
 * grouping_sort.c: one partition at a time, its rows brought together by user.
 *
 * A hash table gives each user of the partition a slot; a counting sort by slot
 * leaves the rows of a slot in order of arrival.
 */
#include "kernel/bytes.h"
#include "kernel/grouping_private.h"

#include <string.h>

#define INITIAL_BITS 6

static void
free_if_any(void *chunk)
{
	if (chunk != NULL)
		host_free(chunk);
}

/* Room for count elements; what was in it is lost. */
static void *
make_room(void *chunk, size_t *capacity, size_t count, size_t size)
{
	if (count <= *capacity)
		return chunk;
	free_if_any(chunk);
	*capacity = count + count / 4;
	return host_alloc_large(*capacity * size);
}

static inline uint32_t
bucket_of(const SortedPartition *s, uint64_t hash)
{
	return (uint32_t) (hash << PARTITION_BITS >> (64 - s->bucket_bits));
}

/* An empty table with so many buckets, and room for half as many users. */
static void
make_table(const Grouping *g, SortedPartition *s, int bits)
{
	size_t n = (size_t) 1 << bits;

	if (bits > 31)
		host_fail(KERNEL_ROWS_RANGE);
	free_if_any(s->buckets);
	s->buckets = host_alloc_large(n * sizeof(uint32_t));
	memset(s->buckets, 0xFF, n * sizeof(uint32_t)); /* NO_SLOT */
	s->bucket_bits = bits;
	s->slot_capacity = (uint32_t) (n / 2);
	s->ids = s->ids == NULL ? host_alloc(n / 2 * sizeof(uint64_t))
							: host_realloc_large(s->ids, n / 2 * sizeof(uint64_t));
	if (g->keys.fixed)
		return;
	s->names = s->names == NULL ? host_alloc(n / 2 * sizeof(KeyName))
								: host_realloc_large(s->names, n / 2 * sizeof(KeyName));
}

/* Twice as many buckets. */
static void
grow_table(const Grouping *g, SortedPartition *s)
{
	uint32_t mask;

	make_table(g, s, s->bucket_bits + 1);
	mask = ((uint32_t) 1 << s->bucket_bits) - 1;
	for (uint32_t slot = 0; slot < s->n_slots; slot++)
	{
		uint32_t at = bucket_of(s, grouping_slot_hash(g, s, slot));

		while (s->buckets[at] != NO_SLOT)
			at = (at + 1) & mask;
		s->buckets[at] = slot;
	}
}

/* A new user in an empty bucket. */
static uint32_t
add_slot(const Grouping *g, SortedPartition *s, uint32_t bucket, uint64_t id, KeyName name)
{
	uint32_t slot = s->n_slots;

	s->ids[slot] = id;
	if (!g->keys.fixed)
		s->names[slot] = name;
	s->buckets[bucket] = slot;
	if (++s->n_slots == s->slot_capacity)
		grow_table(g, s);
	return slot;
}

static bool
same_name(const Grouping *g, const KeyName *name, const uint8_t *key, uint32_t size)
{
	if (g->keys.equal != NULL)
		return g->keys.equal(&g->keys, key, size, name->key, name->size);
	return size == name->size && memcmp(key, name->key, size) == 0;
}

static inline uint32_t
slot_of_number(const Grouping *g, SortedPartition *s, uint64_t number)
{
	uint32_t mask = ((uint32_t) 1 << s->bucket_bits) - 1;
	uint32_t at = bucket_of(s, grouping_hash_number(number));

	for (;; at = (at + 1) & mask)
	{
		uint32_t slot = s->buckets[at];

		if (slot == NO_SLOT)
			return add_slot(g, s, at, number, (KeyName){0});
		if (s->ids[slot] == number)
			return slot;
	}
}

/* The slot of a key of bytes, which stands in a log. */
static uint32_t
slot_of_name(const Grouping *g, SortedPartition *s, const uint8_t *key, uint32_t size)
{
	uint64_t hash = grouping_hash_bytes(&g->keys, key, size);
	uint32_t mask = ((uint32_t) 1 << s->bucket_bits) - 1;
	uint32_t at = bucket_of(s, hash);

	for (;; at = (at + 1) & mask)
	{
		uint32_t slot = s->buckets[at];

		if (slot == NO_SLOT)
			return add_slot(g, s, at, hash, (KeyName){key, size});
		if (s->ids[slot] == hash && same_name(g, &s->names[slot], key, size))
			return slot;
	}
}

/* The number in so many bytes of 8. */
static inline uint64_t
get_number(const uint8_t *from, uint32_t bytes)
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

/*
 * Take the rows of a block apart: whose, when and extra.  Returns how many there
 * are so far.  Compiled apart for fixed keys and others, with extra bytes or none.
 */
static inline __attribute__((always_inline)) uint32_t
read_block(const Grouping *g, bool fixed, uint32_t extra, const Block *block, const uint8_t *end,
		   SortedPartition *s, SortedRows *to, uint32_t n)
{
	uint32_t *slots = to->slots;
	uint8_t *out = to->rows + (size_t) n * to->size;
	int32_t when = block->when;

	for (const uint8_t *row = block->rows; row < end; n++, out += sizeof(when) + extra)
	{
		uint32_t number_bytes = *row & 15;
		uint32_t delta_bytes = *row >> 4;
		uint64_t number = get_number(row + 1, number_bytes);

		row += 1 + number_bytes;
		if (delta_bytes > 0)
			when = (int32_t) (when + unzigzag(get_number(row, delta_bytes)));
		row += delta_bytes;
		if (fixed)
			slots[n] = slot_of_number(g, s, number);
		else
		{
			uint32_t size = g->keys.size > 0 ? g->keys.size : (uint32_t) number;

			slots[n] = slot_of_name(g, s, row, size);
			row += size;
		}
		memcpy(out, &when, sizeof(when));
		if (extra > 0)
		{
			memcpy(out + sizeof(when), row, extra);
			row += extra;
		}
	}
	return n;
}

static void
read_rows(const Grouping *g, const RowLog *log, SortedPartition *s, SortedRows *to)
{
	uint32_t extra = to->size - (uint32_t) sizeof(int32_t);
	uint32_t n = 0;
	const uint8_t *end;

	if (log->n_rows > UINT32_MAX)
		host_fail(KERNEL_ROWS_RANGE);
	if (log->n_rows > to->capacity)
	{
		free_if_any(to->slots);
		free_if_any(to->rows);
		to->slots = NULL;
		to->rows = NULL;
		to->capacity = 0;
		to->slots = host_alloc_large((log->n_rows + log->n_rows / 4) * sizeof(uint32_t));
		to->rows = host_alloc_large((log->n_rows + log->n_rows / 4) * to->size);
		to->capacity = log->n_rows + log->n_rows / 4;
	}
	for (const Block *block = log->first; block != NULL; block = block->next)
	{
		host_poll();
		end = grouping_block_end(log, block);
		if (g->keys.fixed && extra == 0)
			n = read_block(g, true, 0, block, end, s, to, n);
		else if (g->keys.fixed)
			n = read_block(g, true, extra, block, end, s, to, n);
		else
			n = read_block(g, false, extra, block, end, s, to, n);
	}
	to->n = n;
}

/* Bring the rows of each slot together. */
static void
sort_rows(SortedRows *r, uint32_t n_slots)
{
	/* starts[slot + 2] counts; then starts[slot + 1] runs from the slot's start to its end */
	size_t n_starts = n_slots + (size_t) 2;
	uint32_t *starts;
	uint32_t sum = 0;

	host_poll();
	starts = r->starts = make_room(r->starts, &r->start_capacity, n_starts, sizeof(uint32_t));
	r->sorted = make_room(r->sorted, &r->sorted_capacity, (size_t) r->n * r->size, 1);
	memset(starts, 0, n_starts * sizeof(uint32_t));
	for (uint32_t i = 0; i < r->n; i++)
		starts[r->slots[i] + 2]++;
	for (size_t i = 0; i < n_starts; i++)
		starts[i] = sum += starts[i];
	host_poll();
	for (uint32_t i = 0; i < r->n; i++)
	{
		uint8_t *to = r->sorted + (size_t) starts[r->slots[i] + 1]++ * r->size;

		if (r->size == 4)
			memcpy(to, r->rows + (size_t) i * 4, 4);
		else
			memcpy(to, r->rows + (size_t) i * r->size, r->size);
	}
}

void
grouping_sort(const Grouping *g, uint32_t number, SortedPartition *s)
{
	const Partition *p = &g->partitions[number];

	if (s->buckets == NULL)
		make_table(g, s, INITIAL_BITS);
	else
		memset(s->buckets, 0xFF, sizeof(uint32_t) << s->bucket_bits);
	s->n_slots = 0;
	for (int i = 0; i < g->codec->n_streams; i++)
	{
		s->streams[i].size = (uint32_t) sizeof(int32_t) + g->codec->extra[i];
		read_rows(g, &p->logs[i], s, &s->streams[i]);
	}
	for (int i = 0; i < g->codec->n_streams; i++)
		sort_rows(&s->streams[i], s->n_slots);
}

void
grouping_sort_end(SortedPartition *s)
{
	free_if_any(s->buckets);
	free_if_any(s->ids);
	free_if_any(s->names);
	for (int i = 0; i < GROUPING_STREAMS; i++)
	{
		free_if_any(s->streams[i].slots);
		free_if_any(s->streams[i].rows);
		free_if_any(s->streams[i].sorted);
		free_if_any(s->streams[i].starts);
	}
	*s = (SortedPartition){0};
}

void
grouping_user(const Grouping *g, const SortedPartition *s, uint32_t slot, GroupUser *user)
{
	user->n_parts = 0;
	user->rows = (GroupRows){0};
	user->key = (const uint8_t *) &s->ids[slot];
	user->key_size = sizeof(s->ids[slot]);
	if (!g->keys.fixed)
	{
		user->key = s->names[slot].key;
		user->key_size = s->names[slot].size;
	}
	for (int i = 0; i < g->codec->n_streams; i++)
	{
		const SortedRows *r = &s->streams[i];

		user->rows.rows[i] = r->sorted + (size_t) r->starts[slot] * r->size;
		user->rows.n_rows[i] = r->starts[slot + 1] - r->starts[slot];
	}
}

/*
 * The buckets nearly are in order of hash: a user was displaced by a few places
 * at most, and those that did not fit at the end stand at the beginning.
 */
uint32_t *
grouping_slots_by_hash(const Grouping *g, const SortedPartition *s)
{
	uint32_t n_buckets = (uint32_t) 1 << s->bucket_bits;
	uint32_t *order = host_alloc(s->n_slots * sizeof(uint32_t) + 1);
	uint64_t *hashes = host_alloc(s->n_slots * sizeof(uint64_t) + 1);
	uint32_t n = 0;
	uint32_t first_empty = 0;

	while (s->buckets[first_empty] != NO_SLOT)
		first_empty++;
	for (int wrapped = 0; wrapped < 2; wrapped++)
		for (uint32_t i = 0; i < (wrapped ? first_empty : n_buckets); i++)
		{
			uint32_t slot = s->buckets[i];
			uint64_t hash;
			uint32_t to = n;

			if (slot == NO_SLOT)
				continue;
			hash = grouping_slot_hash(g, s, slot);
			if ((i < first_empty && bucket_of(s, hash) > i) != wrapped)
				continue;
			for (; to > 0 && hashes[to - 1] > hash; to--)
			{
				hashes[to] = hashes[to - 1];
				order[to] = order[to - 1];
			}
			hashes[to] = hash;
			order[to] = slot;
			n++;
		}
	host_free(hashes);
	return order;
}

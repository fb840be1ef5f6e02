/*
 * grouping_sort.c: one partition at a time, its rows brought together by user.
 *
 * A hash table gives each user of the partition a slot, or dense keys are slots
 * themselves; a counting sort by slot leaves the rows of a slot in the order in
 * which they are read.
 */
#include "kernel/grouping/grouping_private.h"

#include <stdlib.h>
#include <string.h>

#define ALWAYS_DENSE 64 /* so many slots cost nothing, whatever the rows */
#define ROWS_AT_ONCE ((uint32_t) 1 << 22) /* between two looks for interrupts */

/* Room for count elements; what was in it is lost. */
static void *
make_room(void *chunk, size_t *capacity, size_t count, size_t size)
{
	if (count <= *capacity)
		return chunk;
	grouping_free(chunk);
	*capacity = count + count / 4;
	return host_alloc_large(*capacity * size);
}

/* So many rows at once. */
static inline uint32_t
end_of_turn(uint32_t from, uint32_t n)
{
	return n - from > ROWS_AT_ONCE ? from + ROWS_AT_ONCE : n;
}

static void
count_rows(const SortedRows *r, uint32_t from, uint32_t to)
{
	host_poll();
	for (uint32_t i = from; i < to; i++)
		r->starts[r->slots[i] + 2]++;
}

static void
place_rows(const SortedRows *r, uint32_t from, uint32_t end)
{
	uint32_t *starts = r->starts;

	host_poll();
	for (uint32_t i = from; i < end; i++)
	{
		uint8_t *to = r->sorted + (size_t) starts[r->slots[i] + 1]++ * r->size;

		if (r->size == 4)
			memcpy(to, r->rows + (size_t) i * 4, 4);
		else
			grouping_copy_row(to, r->rows + (size_t) i * r->size, r->size);
	}
}

/* Bring the rows of each slot together. */
static void
sort_rows(SortedRows *r, uint32_t n_slots)
{
	/* starts[slot + 2] counts; then starts[slot + 1] runs from the slot's start to its end */
	size_t n_starts = n_slots + (size_t) 2;
	uint32_t *starts;
	uint32_t sum = 0;

	starts = r->starts = make_room(r->starts, &r->start_capacity, n_starts, sizeof(uint32_t));
	r->sorted = make_room(r->sorted, &r->sorted_capacity, (size_t) r->n * r->size, 1);
	memset(starts, 0, n_starts * sizeof(uint32_t));
	for (uint32_t from = 0; from < r->n; from = end_of_turn(from, r->n))
		count_rows(r, from, end_of_turn(from, r->n));
	for (size_t i = 0; i < n_starts; i++)
		starts[i] = sum += starts[i];
	for (uint32_t from = 0; from < r->n; from = end_of_turn(from, r->n))
		place_rows(r, from, end_of_turn(from, r->n));
}

/* Are the numbers of the keys those of few users more than there may be? */
static bool
is_dense(const Grouping *g, const SortedPartition *s)
{
	uint64_t highest = g->key_bits >> grouping_key_shift(g); /* or above */
	uint64_t n_rows = 0;

	for (int i = 0; i < g->codec->n_streams; i++)
		n_rows += grouping_log_rows(g, grouping_log(g, i, s->number));
	return g->keys.fixed && highest < ALWAYS_DENSE + n_rows;
}

void
grouping_sort(const Grouping *g, uint32_t number, bool by_hash, SortedPartition *s)
{
	s->number = number;
	s->whole = g->n_partitions == 1;
	s->dense = !by_hash && is_dense(g, s);
	s->n_slots = 0;
	if (s->dense)
		s->n_slots = (uint32_t) (g->key_bits >> grouping_key_shift(g)) + 1;
	else
		grouping_empty_table(g, s);
	for (int i = 0; i < g->codec->n_streams; i++)
	{
		s->streams[i].size = (uint32_t) sizeof(int32_t) + g->codec->extra[i];
		grouping_read_rows(g, i, s);
	}
	for (int i = 0; i < g->codec->n_streams; i++)
		sort_rows(&s->streams[i], s->n_slots);
}

void
grouping_sort_end(SortedPartition *s)
{
	grouping_free(s->buckets);
	grouping_free(s->ids);
	grouping_free(s->compact_keys);
	for (int i = 0; i < GROUPING_STREAMS; i++)
	{
		grouping_free(s->streams[i].slots);
		grouping_free(s->streams[i].rows);
		grouping_free(s->streams[i].sorted);
		grouping_free(s->streams[i].starts);
	}
	*s = (SortedPartition){0};
}

bool
grouping_user(const Grouping *g, SortedPartition *s, uint32_t slot, GroupUser *user)
{
	bool found = false;

	user->n_parts = 0;
	user->rows = (GroupRows){0};
	for (int i = 0; i < g->codec->n_streams; i++)
	{
		const SortedRows *r = &s->streams[i];

		user->rows.rows[i] = r->sorted + (size_t) r->starts[slot] * r->size;
		user->rows.n_rows[i] = r->starts[slot + 1] - r->starts[slot];
		user->rows.in_order[i] = r->in_order;
		found |= user->rows.n_rows[i] > 0;
	}
	if (g->keys.fixed)
	{
		s->key[0] = grouping_numbered_key(s, s->dense ? slot : s->ids[slot]);
		user->key = (const uint8_t *) s->key;
		user->key_size = sizeof(s->key[0]);
	}
	else
	{
		const CompactKey *compact = &s->compact_keys[slot];

		user->key_size = compact->size;
		user->key = grouping_short_key(&g->keys, compact->size)
						? grouping_put_key((uint8_t *) s->key, &compact->words, compact->size)
						: grouping_long_key(compact);
	}
	return found;
}

typedef struct SlotHash
{
	uint64_t hash;
	uint32_t slot;
} SlotHash;

static int
compare_hashes(const void *a, const void *b)
{
	uint64_t x = ((const SlotHash *) a)->hash;
	uint64_t y = ((const SlotHash *) b)->hash;

	return (x > y) - (x < y);
}

/* Of the one partition there is: its buckets do not begin with the bits that tell partitions. */
static uint32_t *
sorted_slots(const Grouping *g, const SortedPartition *s)
{
	SlotHash *hashes = host_alloc(s->n_slots * sizeof(SlotHash) + 1);
	uint32_t *order = host_alloc(s->n_slots * sizeof(uint32_t) + 1);

	for (uint32_t i = 0; i < s->n_slots; i++)
		hashes[i] = (SlotHash){grouping_slot_hash(g, s, i), i};
	qsort(hashes, s->n_slots, sizeof(SlotHash), compare_hashes);
	for (uint32_t i = 0; i < s->n_slots; i++)
		order[i] = hashes[i].slot;
	host_free(hashes);
	return order;
}

/*
 * The buckets nearly are in order of hash: a user was displaced by a few places
 * at most, and those that did not fit at the end stand at the beginning.
 */
static uint32_t *
slots_of_buckets(const Grouping *g, const SortedPartition *s)
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
			if ((i < first_empty && grouping_bucket(s, hash) > i) != wrapped)
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

uint32_t *
grouping_slots_by_hash(const Grouping *g, const SortedPartition *s)
{
	return s->whole ? sorted_slots(g, s) : slots_of_buckets(g, s);
}

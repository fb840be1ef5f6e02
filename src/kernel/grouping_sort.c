/*
 * grouping_sort.c: one partition at a time, its rows brought together by user.
 *
 * A counting sort by slot: rows of a slot stay in order of arrival.
 */
#include "kernel/grouping_private.h"

#include <string.h>

static void
free_if_any(void *chunk)
{
	if (chunk != NULL)
		host_free(chunk);
}

static inline uint32_t
row_slot(const uint8_t *row)
{
	uint32_t slot;

	memcpy(&slot, row, sizeof(slot));
	return slot;
}

/* Where a block's rows end. */
static inline const uint8_t *
block_end(const RowLog *log, const Block *block)
{
	return block == log->last ? log->next : block->end;
}

static size_t
count_rows(const RowLog *log, uint32_t payload)
{
	size_t bytes = 0;

	for (const Block *block = log->first; block != NULL; block = block->next)
		bytes += (size_t) (block_end(log, block) - block->rows);
	return bytes / (sizeof(uint32_t) + payload);
}

static void
sort_rows(const RowLog *log, uint32_t payload, uint32_t n_slots, uint64_t *starts, uint8_t *out)
{
	uint32_t row_size = (uint32_t) sizeof(uint32_t) + payload;
	uint64_t sum = 0;

	/* starts[slot + 2] counts; then starts[slot + 1] runs from the slot's start to its end */
	memset(starts, 0, (n_slots + (size_t) 2) * sizeof(uint64_t));
	for (const Block *block = log->first; block != NULL; block = block->next)
		for (const uint8_t *row = block->rows; row < block_end(log, block); row += row_size)
			starts[row_slot(row) + 2]++;
	for (size_t i = 0; i < n_slots + (size_t) 2; i++)
		starts[i] = sum += starts[i];
	for (const Block *block = log->first; block != NULL; block = block->next)
		for (const uint8_t *row = block->rows; row < block_end(log, block); row += row_size)
		{
			uint8_t *to = out + starts[row_slot(row) + 1]++ * payload;

			if (payload == 4)
				memcpy(to, row + 4, 4);
			else
				memcpy(to, row + 4, payload);
		}
}

void
grouping_sort(const Grouping *g, uint32_t number, SortedPartition *sorted)
{
	const Partition *p = &g->partitions[number];
	uint32_t n_buckets = p->buckets == NULL ? 0 : (uint32_t) 1 << p->bucket_bits;

	host_poll();
	sorted->partition = p;
	if (p->n_slots + (size_t) 2 > sorted->bucket_capacity)
	{
		sorted->bucket_capacity = p->n_slots + p->n_slots / 4 + 16;
		free_if_any(sorted->buckets);
		sorted->buckets = host_alloc(sorted->bucket_capacity * sizeof(uint32_t));
		for (int i = 0; i < GROUPING_STREAMS; i++)
		{
			free_if_any(sorted->starts[i]);
			sorted->starts[i] = host_alloc(sorted->bucket_capacity * sizeof(uint64_t));
		}
	}
	for (uint32_t i = 0; i < n_buckets; i++)
		if (p->buckets[i].slot != NO_SLOT)
			sorted->buckets[p->buckets[i].slot] = i;
	for (int i = 0; i < GROUPING_STREAMS; i++)
	{
		size_t bytes = count_rows(&p->logs[i], g->codec->payload[i]) * g->codec->payload[i];

		if (bytes > sorted->payload_capacity[i])
		{
			free_if_any(sorted->payloads[i]);
			sorted->payload_capacity[i] = bytes + bytes / 4;
			sorted->payloads[i] = host_alloc_large(sorted->payload_capacity[i]);
		}
		if (g->codec->payload[i] > 0)
			sort_rows(&p->logs[i], g->codec->payload[i], p->n_slots, sorted->starts[i],
					  sorted->payloads[i]);
	}
}

void
grouping_sort_end(SortedPartition *sorted)
{
	free_if_any(sorted->buckets);
	for (int i = 0; i < GROUPING_STREAMS; i++)
	{
		free_if_any(sorted->starts[i]);
		free_if_any(sorted->payloads[i]);
	}
	*sorted = (SortedPartition){0};
}

void
grouping_user(const Grouping *g, const SortedPartition *sorted, uint32_t slot, GroupUser *user)
{
	const Bucket *bucket = &sorted->partition->buckets[sorted->buckets[slot]];

	user->n_parts = 0;
	user->key = (const uint8_t *) &bucket->key;
	user->key_size = sizeof(bucket->key);
	if (!g->keys.fixed)
	{
		user->key = g->key_bytes + (size_t) bucket->key_place * KEY_ALIGN;
		memcpy(&user->key_size, user->key, sizeof(user->key_size));
		user->key += sizeof(user->key_size);
	}
	for (int i = 0; i < GROUPING_STREAMS; i++)
	{
		const uint64_t *starts = sorted->starts[i];

		user->rows.n_rows[i] = 0;
		if (g->codec->payload[i] == 0)
			continue;
		user->rows.rows[i] = sorted->payloads[i] + starts[slot] * g->codec->payload[i];
		user->rows.n_rows[i] = (uint32_t) (starts[slot + 1] - starts[slot]);
	}
}

/*
 * The buckets nearly are in order of hash: a user was displaced by a few places
 * at most, and those that did not fit at the end stand at the beginning.
 */
uint32_t *
grouping_slots_by_hash(const Grouping *g, const SortedPartition *sorted)
{
	const Partition *p = sorted->partition;
	uint32_t n_buckets = (uint32_t) 1 << p->bucket_bits;
	uint32_t *order = host_alloc(p->n_slots * sizeof(uint32_t) + 1);
	uint64_t *hashes = host_alloc(p->n_slots * sizeof(uint64_t) + 1);
	uint32_t n = 0;
	uint32_t first_empty = 0;

	while (p->buckets[first_empty].slot != NO_SLOT)
		first_empty++;
	for (int wrapped = 0; wrapped < 2; wrapped++)
		for (uint32_t i = 0; i < (wrapped ? first_empty : n_buckets); i++)
		{
			const Bucket *bucket = &p->buckets[i];
			uint64_t hash;
			uint32_t to = n;

			if (bucket->slot == NO_SLOT)
				continue;
			hash = grouping_bucket_hash(g, bucket);
			if ((i < first_empty && hash << PARTITION_BITS >> (64 - p->bucket_bits) > i) != wrapped)
				continue;
			for (; to > 0 && hashes[to - 1] > hash; to--)
			{
				hashes[to] = hashes[to - 1];
				order[to] = order[to - 1];
			}
			hashes[to] = hash;
			order[to] = bucket->slot;
			n++;
		}
	host_free(hashes);
	return order;
}

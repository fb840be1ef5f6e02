/*
 * grouping_read.c: the logs of a partition read, and the slot of each row's user found.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

#define INITIAL_BITS 6
#define TABLE_ROOM   8  /* buckets for each user at least: a second look is one that no branch foresees */
#define MOST_SOURCES 16 /* that are read in turn */
#define SHORT_TURN   4  /* rows; after so many turns: */
#define SHORT_TURNS  256

static void *
grow_slots(void *slots, size_t size)
{
	return slots == NULL ? host_alloc(size) : host_realloc_large(slots, size);
}

/* An empty table with so many buckets. */
static void
make_table(const Grouping *g, SortedPartition *s, int bits)
{
	size_t n = (size_t) 1 << bits;

	if (bits > 31)
		host_fail(KERNEL_ROWS_RANGE);
	grouping_free(s->buckets);
	s->buckets = host_alloc_large(n * sizeof(uint32_t));
	memset(s->buckets, 0xFF, n * sizeof(uint32_t)); /* NO_SLOT */
	s->bucket_bits = bits;
	s->slot_capacity = (uint32_t) (n / TABLE_ROOM);
	if (g->keys.fixed)
		s->ids = grow_slots(s->ids, s->slot_capacity * sizeof(uint64_t));
	else
		s->compact_keys = grow_slots(s->compact_keys, s->slot_capacity * sizeof(CompactKey));
}

void
grouping_empty_table(const Grouping *g, SortedPartition *s)
{
	if (s->buckets == NULL)
		make_table(g, s, INITIAL_BITS);
	else
		memset(s->buckets, 0xFF, sizeof(uint32_t) << s->bucket_bits);
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
		uint32_t at = grouping_bucket(s, g->keys.fixed ? grouping_mix_high(s->ids[slot])
													   : grouping_hash(&g->keys, &s->compact_keys[slot]));

		while (s->buckets[at] != NO_SLOT)
			at = (at + 1) & mask;
		s->buckets[at] = slot;
	}
}

/* A new user, whose key is noted by now, in an empty bucket. */
static uint32_t
add_slot(const Grouping *g, SortedPartition *s, uint32_t bucket)
{
	uint32_t slot = s->n_slots;

	s->buckets[bucket] = slot;
	if (++s->n_slots == s->slot_capacity)
		grow_table(g, s);
	return slot;
}

/* The slot of a fixed key, of which the number tells it from others of the partition. */
static inline uint32_t
slot_of_number(const Grouping *g, SortedPartition *s, uint64_t number)
{
	uint32_t mask = ((uint32_t) 1 << s->bucket_bits) - 1;
	uint32_t at = grouping_bucket(s, grouping_mix_high(number));

	for (;; at = (at + 1) & mask)
	{
		uint32_t slot = s->buckets[at];

		if (slot == NO_SLOT)
		{
			s->ids[s->n_slots] = number;
			return add_slot(g, s, at);
		}
		if (s->ids[slot] == number)
			return slot;
	}
}

/* The slot of a key of bytes; keys are those of the grouping. */
static inline __attribute__((always_inline)) uint32_t
slot_of_compact_key(const Grouping *g, const GroupKeys *keys, SortedPartition *s, CompactKey compact)
{
	uint32_t mask = ((uint32_t) 1 << s->bucket_bits) - 1;
	uint32_t at = grouping_bucket(s, grouping_hash(keys, &compact));

	for (;; at = (at + 1) & mask)
	{
		uint32_t slot = s->buckets[at];

		if (slot == NO_SLOT)
		{
			s->compact_keys[s->n_slots] = compact;
			return add_slot(g, s, at);
		}
		if (grouping_same_key(keys, &s->compact_keys[slot], &compact))
			return slot;
	}
}

/* Where the reading of a source's rows in a log stands: before a batch. */
typedef struct LogCursor
{
	const Block *block;
	const uint8_t *batch;
	const uint8_t *end; /* of the block's rows */
	int32_t before;     /* when of the batch before */
	int32_t when;       /* of the batch */
} LogCursor;

/* Go to the next block of the source that has rows; false if there is none. */
static bool
enter_block(LogCursor *c, const Grouping *g, uint32_t log, const Block *block)
{
	for (; block != NULL; block = block->next)
	{
		c->block = block;
		c->batch = block->rows;
		c->end = grouping_block_end(g, log, block);
		c->before = block->when;
		if (c->batch < c->end)
		{
			host_poll();
			c->when = grouping_read_batch(c->batch, c->before).when;
			return true;
		}
		if (block->next != NULL && block->next->begins)
			break;
	}
	return false;
}

/* How keys are read: compiled apart for each. */
typedef enum KeyForm
{
	KEY_DENSE,
	KEY_FIXED,
	KEY_UUID, /* 16 bytes each */
	KEY_BYTES
} KeyForm;

/* Numbers of so many bytes; compiled apart for the usual sizes. */
static inline __attribute__((always_inline)) void
read_numbers(const RowBatch *batch, uint32_t bytes, uint32_t *numbers)
{
	for (uint32_t i = 0; i < batch->n_rows; i++)
		numbers[i] = (uint32_t) grouping_get_number(batch->row + (size_t) i * bytes, bytes);
}

/* Rows that are but numbers, which are slots. */
static inline void
read_dense(const RowBatch *batch, uint32_t *slots, uint8_t *out)
{
	if (batch->number_bytes == 2)
		read_numbers(batch, 2, slots);
	else if (batch->number_bytes == 1)
		read_numbers(batch, 1, slots);
	else
		read_numbers(batch, batch->number_bytes, slots);
	for (uint32_t i = 0; i < batch->n_rows; i++)
		memcpy(out + i * sizeof(batch->when), &batch->when, sizeof(batch->when));
}

/* Take rows apart: whose, when and extra; returns where they end. */
static inline __attribute__((always_inline)) const uint8_t *
read_rows(const Grouping *g, KeyForm form, uint32_t extra, const RowBatch *batch,
		  SortedPartition *s, uint32_t *slots, uint8_t *out)
{
	static const GroupKeys uuids = {.size = SHORT_KEY}; /* for the compiler to know */
	const GroupKeys *keys = form == KEY_UUID ? &uuids : &g->keys;
	const uint8_t *row = batch->row;

	for (uint32_t i = 0; i < batch->n_rows; i++, out += sizeof(batch->when) + extra)
	{
		uint64_t number = grouping_get_number(row, batch->number_bytes);

		row += batch->number_bytes;
		if (form == KEY_DENSE)
			slots[i] = (uint32_t) number;
		else if (form == KEY_FIXED)
			slots[i] = slot_of_number(g, s, number);
		else
		{
			uint32_t size = keys->size > 0 ? keys->size : (uint32_t) number;

			slots[i] = slot_of_compact_key(g, keys, s, grouping_compact_key(keys, row, size));
			row += size;
		}
		memcpy(out, &batch->when, sizeof(batch->when));
		if (extra > 0)
		{
			grouping_copy_row(out + sizeof(batch->when), row, extra);
			row += extra;
		}
	}
	return row;
}

/* Take the block's rows apart, up to the first batch that is later than the limit. */
static inline __attribute__((always_inline)) void
read_block(const Grouping *g, KeyForm form, uint32_t extra, LogCursor *c, int32_t limit,
		   SortedPartition *s, SortedRows *to)
{
	while (c->batch < c->end)
	{
		RowBatch batch = grouping_read_batch(c->batch, c->before);
		uint32_t *slots = to->slots + to->n;
		uint8_t *out = to->rows + (size_t) to->n * to->size;

		if (batch.when > limit)
			break;
		if (form == KEY_DENSE && extra == 0)
		{
			read_dense(&batch, slots, out);
			c->batch = batch.row + (size_t) batch.n_rows * batch.number_bytes;
		}
		else
			c->batch = read_rows(g, form, extra, &batch, s, slots, out);
		to->n += batch.n_rows;
		to->in_order &= to->last <= batch.when;
		to->last = batch.when;
		c->before = batch.when;
	}
}

/* Read a source's rows up to the first that is later than the limit; false if all are read. */
static bool
read_source(const Grouping *g, int stream, LogCursor *c, int32_t limit, SortedPartition *s)
{
	SortedRows *to = &s->streams[stream];
	uint32_t extra = g->codec->extra[stream];
	uint32_t log = grouping_log(g, stream, s->number);

	for (;;)
	{
		const Block *next = c->block->next;

		if (s->dense && extra == 0)
			read_block(g, KEY_DENSE, 0, c, limit, s, to);
		else if (s->dense)
			read_block(g, KEY_DENSE, extra, c, limit, s, to);
		else if (g->keys.fixed && extra == 0)
			read_block(g, KEY_FIXED, 0, c, limit, s, to);
		else if (g->keys.fixed)
			read_block(g, KEY_FIXED, extra, c, limit, s, to);
		else if (g->keys.size == SHORT_KEY && g->keys.hash == NULL)
			read_block(g, KEY_UUID, extra, c, limit, s, to);
		else
			read_block(g, KEY_BYTES, extra, c, limit, s, to);
		if (c->batch < c->end)
		{
			c->when = grouping_read_batch(c->batch, c->before).when;
			return true;
		}
		if (next == NULL || next->begins || !enter_block(c, g, log, next))
			return false;
		if (c->when > limit)
			return true;
	}
}

/*
 * Read the rows of several sources in turn, as far as each is the earliest: if the
 * rows of each are in order, the whole is.  Where they are not and turns are short,
 * the rest is read source by source.
 */
static void
read_sources(const Grouping *g, int stream, LogCursor *sources, uint32_t n, SortedPartition *s)
{
	uint32_t turns = 0;

	while (n > 0)
	{
		uint32_t first = 0;
		int32_t limit = INT32_MAX;

		for (uint32_t i = 1; i < n; i++)
		{
			int32_t later = sources[i].when;

			if (later < sources[first].when)
			{
				later = sources[first].when;
				first = i;
			}
			if (later < limit)
				limit = later;
		}
		if (++turns > SHORT_TURNS && turns > s->streams[stream].n / SHORT_TURN)
			limit = INT32_MAX;
		if (!read_source(g, stream, &sources[first], limit, s))
			sources[first] = sources[--n];
	}
}

void
grouping_read_rows(const Grouping *g, int stream, SortedPartition *s)
{
	uint32_t log = grouping_log(g, stream, s->number);
	const Block *first = g->blocks[log].first;
	uint64_t n_rows = grouping_log_rows(g, log);
	SortedRows *to = &s->streams[stream];
	LogCursor sources[MOST_SOURCES];
	uint32_t n = 0;

	if (n_rows > UINT32_MAX)
		host_fail(KERNEL_ROWS_RANGE);
	if (n_rows > to->capacity)
	{
		grouping_free(to->slots);
		grouping_free(to->rows);
		to->slots = NULL;
		to->rows = NULL;
		to->capacity = 0;
		to->slots = host_alloc_large((n_rows + n_rows / 4) * sizeof(uint32_t));
		to->rows = host_alloc_large((n_rows + n_rows / 4) * to->size);
		to->capacity = n_rows + n_rows / 4;
	}
	to->n = 0;
	to->in_order = true;
	to->last = INT32_MIN;
	for (const Block *block = first; block != NULL; block = block->next)
		if (block == first || block->begins)
		{
			if (n == MOST_SOURCES)
			{
				read_sources(g, stream, sources, n, s);
				n = 0;
			}
			if (enter_block(&sources[n], g, log, block))
				n++;
		}
	read_sources(g, stream, sources, n, s);
}

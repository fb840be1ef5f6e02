/*
 * grouping_runs.c: users in order of hash, on their way to a file; and rows that change
 * hands in this process, as they are.
 *
 *	a run	records in order of hash; users of equal hash in any order
 *	a record	+------+----------+------------+-----+-------+
 *				| hash | key size | value size | key | value |
 *				+------+----------+------------+-----+-------+
 *				 8 bytes  4 bytes    4 bytes
 *
 * Runs do not leave the query: native byte order will do.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

#define WRITE_AT_ONCE 65536

uint8_t *
grouping_extend(Bytes *buffer, size_t size)
{
	uint8_t *at;

	if (buffer->used + size > buffer->capacity)
	{
		buffer->capacity = 2 * buffer->capacity + size + 1024;
		buffer->bytes = buffer->bytes == NULL
							? host_alloc(buffer->capacity)
							: host_realloc_large(buffer->bytes, buffer->capacity);
	}
	at = buffer->bytes + buffer->used;
	buffer->used += size;
	return at;
}

void
grouping_read(HostFile *file, uint64_t offset, void *bytes, size_t size)
{
	if (host_file_read(file, offset, bytes, size) != size)
		host_fail(KERNEL_FILE_SHORT);
}

static void
encode_partition(const Grouping *g, SortedPartition *sorted, Bytes *out)
{
	uint32_t *order = grouping_slots_by_hash(g, sorted);

	for (uint32_t i = 0; i < sorted->n_slots; i++)
	{
		RecordHead head = {.hash = grouping_slot_hash(g, sorted, order[i])};
		GroupUser user;
		const uint8_t *value;
		size_t value_size;
		uint8_t *to;

		grouping_user(g, sorted, order[i], &user);
		value = g->codec->encode(g->codec, &user.rows, &value_size);
		head.key_size = user.key_size;
		head.value_size = (uint32_t) value_size;
		to = grouping_extend(out, sizeof(head) + head.key_size + value_size);
		memcpy(to, &head, sizeof(head));
		memcpy(to + sizeof(head), user.key, head.key_size);
		memcpy(to + sizeof(head) + head.key_size, value, value_size);
	}
	host_free(order);
}

static void
write_out(const Grouping *g, Bytes *buffer, FileRun *run)
{
	host_file_write(g->store->file, run->start + run->size, buffer->bytes, buffer->used);
	run->size += buffer->used;
	buffer->used = 0;
}

static void
add_run(Grouping *g, FileRun run)
{
	if (run.size == 0)
		return;
	g->runs = g->runs == NULL ? host_alloc(sizeof(FileRun))
							  : host_realloc(g->runs, (g->n_runs + 1) * sizeof(FileRun));
	g->runs[g->n_runs++] = run;
	g->run_bytes += run.size;
}

/* A place at the end of the file; what a run that failed left there is forgotten. */
static FileRun
begin_file_run(Grouping *g)
{
	if (g->store->file == NULL)
		g->store->file = host_file_create();
	return (FileRun){.start = g->store->file_size};
}

static void
end_file_run(Grouping *g, FileRun run)
{
	add_run(g, run);
	g->store->file_size += run.size;
}

void
grouping_add_run(Grouping *g, const uint8_t *bytes, uint64_t size)
{
	FileRun run = begin_file_run(g);

	host_file_write(g->store->file, run.start, bytes, (size_t) size);
	run.size = size;
	end_file_run(g, run);
}

void
grouping_spill(Grouping *g)
{
	SortedPartition sorted = {0};
	Bytes buffer = {0};
	FileRun run;

	if (g->n_partitions == 0)
		return;
	grouping_end_batches(g);
	run = begin_file_run(g);
	for (uint32_t i = 0; i < g->n_partitions; i++)
	{
		grouping_sort(g, i, true, &sorted);
		encode_partition(g, &sorted, &buffer);
		if (buffer.used >= WRITE_AT_ONCE)
			write_out(g, &buffer, &run);
	}
	if (buffer.used > 0)
		write_out(g, &buffer, &run);
	end_file_run(g, run);
	grouping_forget(g);
	grouping_sort_end(&sorted);
	if (buffer.bytes != NULL)
		host_free(buffer.bytes);
}

void
grouping_finish(Grouping *g)
{
	if (g->n_runs > 0)
		grouping_spill(g);
	grouping_end_batches(g);
}

void
grouping_make_partitions(Grouping *g, uint32_t n)
{
	if (g->n_partitions == 0)
		grouping_begin(g, n);
	else if (n > 1)
		grouping_spread(g);
}

/* Move the rows of a log behind those of ours. */
static void
splice_log(Grouping *g, Grouping *other, uint32_t log)
{
	LogBlocks *to = &g->blocks[log];
	const LogBlocks *from = &other->blocks[log];
	LogTail *tail = &g->tails[log];

	if (from->first == NULL)
		return;
	from->first->begins = true;
	if (to->last == NULL)
		to->first = from->first;
	else
	{
		to->last->end = tail->next;
		to->last->next = from->first;
	}
	to->last = from->last;
	to->size = from->size;
	to->n_rows += from->n_rows;
	to->begins = from->begins;
	*tail = other->tails[log];
}

static void
take_runs(Grouping *g, Grouping *other)
{
	for (uint32_t i = 0; i < other->n_runs; i++)
		add_run(g, other->runs[i]);
	grouping_free(other->runs);
	other->runs = NULL;
	other->n_runs = 0;
	other->run_bytes = 0;
}

void
grouping_absorb(Grouping *g, Grouping *other)
{
	Slab **last = &other->slabs;
	size_t memory;

	take_runs(g, other);
	if (other->n_partitions == 0)
		return;
	if (g->n_partitions > 1)
		grouping_spread(other);
	grouping_make_partitions(g, other->n_partitions);
	memory = other->memory;
	grouping_end_batches(g);
	grouping_end_batches(other);
	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
		splice_log(g, other, i);
	for (uint32_t i = 0; i < g->n_partitions; i++)
		grouping_note_rows(g, i);
	while (*last != NULL)
		last = &(*last)->next;
	*last = g->slabs;
	g->slabs = other->slabs;
	g->key_bits |= other->key_bits;
	other->slabs = NULL;
	grouping_forget(other);
	grouping_hold(g, memory);
	grouping_spread_many(g);
}

void
grouping_end(Grouping *g)
{
	grouping_forget(g);
	grouping_free(g->runs);
	host_free(g);
}

void
group_store_close(GroupStore *store)
{
	if (store->file != NULL)
		host_file_close(store->file);
	*store = (GroupStore){0};
}

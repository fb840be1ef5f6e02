/*
 * grouping_runs.c: users in order of hash, on their way to a file or to another process.
 *
 *	a run	records in order of hash; users of equal hash in any order
 *	a record	+------+----------+------------+-----+-------+
 *				| hash | key size | value size | key | value |
 *				+------+----------+------------+-----+-------+
 *				 8 bytes  4 bytes    4 bytes
 *
 *	an export	+------------------+------+-----+ ... +----------+------------------+
 *				| bytes up to here | size | run |     | key bits | logs, one by one |
 *				+------------------+------+-----+ ... +----------+------------------+
 *	a log	+------------------+==================+
 *			| number of blocks | size, when, rows |		for each partition and stream
 *			+------------------+==================+
 *
 * Where the other one is in this process, its rows change hands as they are.
 *
 * None of it leaves the machine, nor the query: native byte order will do.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

#define WRITE_AT_ONCE 65536
#define LARGEST_LOGS  ((size_t) 256 << 20) /* that are handed over as they are */

typedef struct LogHead
{
	uint64_t n_rows;
	uint64_t n_blocks;
} LogHead;

typedef struct BlockHead
{
	uint64_t size;
	int64_t when;
} BlockHead;

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
		if (sorted->ordered)
			grouping_order_user(g, sorted, order[i], &user);
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

/* Write bytes; returns where they end. */
static uint8_t *
put(uint8_t *to, const void *bytes, size_t size)
{
	memcpy(to, bytes, size);
	return to + size;
}

static uint8_t *
export_log(const Grouping *g, uint32_t log, uint8_t *to)
{
	const Block *first = g->blocks[log].first;
	LogHead head = {.n_rows = g->blocks[log].n_rows};

	for (const Block *block = first; block != NULL; block = block->next)
		head.n_blocks++;
	to = put(to, &head, sizeof(head));
	for (const Block *block = first; block != NULL; block = block->next)
	{
		const uint8_t *end = grouping_block_end(g, log, block);
		BlockHead part = {.size = (uint64_t) (end - block->rows), .when = block->when};

		host_poll();
		to = put(to, &part, sizeof(part));
		to = put(to, block->rows, part.size);
	}
	return to;
}

/* Runs in files are read back: what is handed over must not depend on our files. */
static uint8_t *
export_run(const Grouping *g, const FileRun *run, uint8_t *to)
{
	to = put(to, &run->size, sizeof(run->size));
	grouping_read(g->store->file, run->start, to, (size_t) run->size);
	return to + run->size;
}

/* Blocks and logs in memory take more than their heads in an export. */
_Static_assert(sizeof(BlockHead) <= sizeof(Block), "the room that blocks take");
_Static_assert(sizeof(LogHead) <= sizeof(LogTail) + sizeof(LogBlocks), "the room that logs take");

size_t
grouping_export_room(Grouping *g)
{
	if (g->memory > LARGEST_LOGS)
		grouping_spill(g);
	return 3 * sizeof(uint64_t) + g->n_runs * sizeof(uint64_t) + (size_t) g->run_bytes + g->memory +
		   ROW_NUMBERS;
}

size_t
grouping_export(Grouping *g, uint8_t *to)
{
	uint8_t *start = to;
	uint64_t logs_at;
	uint64_t n_partitions = g->n_partitions;

	grouping_end_batches(g);
	to += sizeof(logs_at);
	for (uint32_t i = 0; i < g->n_runs; i++)
		to = export_run(g, &g->runs[i], to);
	logs_at = (uint64_t) (to - start);
	put(start, &logs_at, sizeof(logs_at));
	to = put(to, &g->key_bits, sizeof(g->key_bits));
	to = put(to, &n_partitions, sizeof(n_partitions));
	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
		to = export_log(g, i, to);
	memset(to, 0, ROW_NUMBERS);
	to += ROW_NUMBERS;
	grouping_forget(g);
	return (size_t) (to - start);
}

/* A number that stands here; returns where it ends. */
static const uint8_t *
take_number(const uint8_t *bytes, uint64_t *number)
{
	memcpy(number, bytes, sizeof(*number));
	return bytes + sizeof(*number);
}

/* As many as whose rows are about to come, or more. */
static void
make_partitions(Grouping *g, uint32_t n)
{
	if (g->n_partitions == 0)
		grouping_begin(g, n);
	else if (n > 1)
		grouping_spread(g);
}

static void
import_run(Grouping *g, const uint8_t *bytes, uint64_t size)
{
	FileRun run = begin_file_run(g);

	host_file_write(g->store->file, run.start, bytes, (size_t) size);
	run.size = size;
	end_file_run(g, run);
}

/* Returns the end of the log. */
static const uint8_t *
import_log(Grouping *g, uint32_t log, const uint8_t *bytes)
{
	LogHead head;

	bool begins = true;

	memcpy(&head, bytes, sizeof(head));
	bytes += sizeof(head);
	for (; head.n_blocks > 0; head.n_blocks--)
	{
		BlockHead part;

		memcpy(&part, bytes, sizeof(part));
		bytes += sizeof(part);
		grouping_link(g, log,
					  &(Block){.rows = bytes,
							   .end = bytes + part.size,
							   .when = (int32_t) part.when,
							   .begins = begins},
					  head.n_rows);
		begins = false;
		head.n_rows = 0;
		bytes += part.size;
	}
	return bytes;
}

/* Logs of as many partitions as are there by now. */
static void
import_logs(Grouping *g, uint64_t key_bits, const uint8_t *bytes)
{
	g->key_bits |= key_bits;
	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
		bytes = import_log(g, i, bytes);
}

void
grouping_import(Grouping *g, const uint8_t *bytes, size_t size, bool to_file)
{
	const uint8_t *end = bytes + size;
	const uint8_t *logs = bytes;
	Grouping few = {.keys = g->keys, .codec = g->codec, .store = g->store};
	uint64_t part;
	uint64_t key_bits;

	bytes = take_number(bytes, &part);
	logs += part;
	while (bytes < logs)
	{
		bytes = take_number(bytes, &part);
		import_run(g, bytes, part);
		bytes += part;
	}
	bytes = take_number(bytes, &key_bits);
	bytes = take_number(bytes, &part);
	if (part == 0)
		return;
	if (part == 1 && g->n_partitions > 1)
	{
		grouping_begin(&few, 1);
		import_logs(&few, key_bits, bytes);
		grouping_absorb(g, &few);
	}
	else
	{
		make_partitions(g, (uint32_t) part);
		if (!to_file)
			bytes = memcpy(grouping_alloc(g, (size_t) (end - bytes)), bytes, (size_t) (end - bytes));
		import_logs(g, key_bits, bytes);
		grouping_spread_many(g);
	}
	if (to_file)
		grouping_spill(g);
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
	make_partitions(g, other->n_partitions);
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

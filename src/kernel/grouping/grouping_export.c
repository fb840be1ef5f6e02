/*
 * grouping_export.c: what a process has grouped, as bytes for another one.
 *
 *	an export	+------------------+------+-----+ ... +------+============+==========+======+
 *				| bytes up to here | size | run |     | size | dictionary | key bits | logs |
 *				+------------------+------+-----+ ... +------+============+==========+======+
 *	a log	+------------------+==================+
 *			| number of blocks | head, rows ...   |		for each partition and stream
 *			+------------------+==================+
 *
 * None of it leaves the machine, nor the query: native byte order will do.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

#define LARGEST_LOGS ((size_t) 256 << 20) /* that are handed over as they are */

typedef struct LogHead
{
	uint64_t n_rows;
	uint64_t n_blocks;
} LogHead;

typedef struct BlockHead
{
	uint64_t size;
	int32_t when;
	uint32_t begins; /* rows of another source than those before */
} BlockHead;

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
		BlockHead part = {
			.size = (uint64_t) (end - block->rows), .when = block->when, .begins = block->begins};

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

/* What is done with the extra bytes of a row. */
typedef void (*RowAction)(GroupCodec *codec, int stream, uint8_t *extra);

static void
for_each_row(const Grouping *g, int stream, uint8_t *rows, const uint8_t *end, RowAction action)
{
	uint64_t n = 0;

	while (rows < end)
	{
		RowBatch batch = grouping_read_batch(rows, 0);
		uint8_t *row = rows + (batch.row - rows);

		for (uint32_t i = 0; i < batch.n_rows; i++)
		{
			row = (uint8_t *) grouping_extra(g, row, batch.number_bytes);
			action(g->codec, stream, row);
			row += g->codec->extra[stream];
			host_poll_at(n++);
		}
		rows = row;
	}
}

static void
refer_row(GroupCodec *codec, int stream, uint8_t *extra)
{
	codec->refer(codec, stream, extra);
}

static void
refer_rows(Grouping *g)
{
	grouping_end_batches(g);
	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
		for (const Block *block = g->blocks[i].first; block != NULL; block = block->next)
			for_each_row(g, (int) (i / g->n_partitions), (uint8_t *) block->rows,
						 grouping_block_end(g, i, block), refer_row);
}

/* Blocks and logs in memory take more than their heads in an export. */
_Static_assert(sizeof(BlockHead) <= sizeof(Block), "the room that blocks take");
_Static_assert(sizeof(LogHead) <= sizeof(LogTail) + sizeof(LogBlocks), "the room that logs take");

/* Runs need none. */
static size_t
dictionary_size(const Grouping *g)
{
	return g->codec->dictionary_size == NULL || g->n_partitions == 0
			   ? 0
			   : g->codec->dictionary_size(g->codec);
}

size_t
grouping_export_room(Grouping *g)
{
	if (g->memory > LARGEST_LOGS)
		grouping_spill(g);
	if (dictionary_size(g) > g->memory)
		refer_rows(g);
	return 4 * sizeof(uint64_t) + g->n_runs * sizeof(uint64_t) + (size_t) g->run_bytes +
		   dictionary_size(g) + g->memory + ROW_NUMBERS;
}

/* An export, of the logs of some partitions; returns its size. */
static size_t
export_partitions(Grouping *g, uint32_t first, uint32_t end, uint8_t *to)
{
	const LogHead none = {0};
	uint8_t *start = to;
	uint64_t logs_at;
	uint64_t n_partitions = g->n_partitions;
	uint64_t dictionary = dictionary_size(g);

	grouping_end_batches(g);
	to += sizeof(logs_at);
	for (uint32_t i = 0; i < g->n_runs; i++)
		to = export_run(g, &g->runs[i], to);
	logs_at = (uint64_t) (to - start);
	put(start, &logs_at, sizeof(logs_at));
	to = put(to, &dictionary, sizeof(dictionary));
	if (dictionary > 0)
		g->codec->write_dictionary(g->codec, to);
	to += dictionary;
	to = put(to, &g->key_bits, sizeof(g->key_bits));
	to = put(to, &n_partitions, sizeof(n_partitions));
	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
	{
		uint32_t partition = i % g->n_partitions;

		to = partition >= first && partition < end ? export_log(g, i, to)
												   : put(to, &none, sizeof(none));
	}
	memset(to, 0, ROW_NUMBERS);
	to += ROW_NUMBERS;
	return (size_t) (to - start);
}

size_t
grouping_export(Grouping *g, uint8_t *to)
{
	size_t size = export_partitions(g, 0, g->n_partitions, to);

	grouping_forget(g);
	return size;
}

uint32_t
grouping_partitions(const Grouping *g)
{
	return g->n_runs == 0 && g->n_partitions > 1 ? g->n_partitions : 0;
}

size_t
grouping_part_room(Grouping *g, uint32_t first, uint32_t end)
{
	size_t room = 4 * sizeof(uint64_t) + ROW_NUMBERS +
				  (size_t) g->codec->n_streams * g->n_partitions * sizeof(LogHead);

	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
		if (i % g->n_partitions >= first && i % g->n_partitions < end)
			for (const Block *block = g->blocks[i].first; block != NULL; block = block->next)
				room += sizeof(BlockHead) + (size_t) (grouping_block_end(g, i, block) - block->rows);
	return room + dictionary_size(g);
}

size_t
grouping_export_part(Grouping *g, uint32_t first, uint32_t end, uint8_t *to)
{
	return export_partitions(g, first, end, to);
}

/* A number that stands here; returns where it ends. */
static uint8_t *
take_number(uint8_t *bytes, uint64_t *number)
{
	memcpy(number, bytes, sizeof(*number));
	return bytes + sizeof(*number);
}

/* Returns the end of the log. */
static uint8_t *
import_log(Grouping *g, uint32_t log, uint8_t *bytes, bool translate)
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
		if (translate)
			for_each_row(g, (int) (log / g->n_partitions), bytes, bytes + part.size, g->codec->translate);
		grouping_link(g, log,
					  &(Block){.rows = bytes,
							   .end = bytes + part.size,
							   .when = part.when,
							   .begins = begins || part.begins != 0},
					  head.n_rows);
		begins = false;
		head.n_rows = 0;
		bytes += part.size;
	}
	return bytes;
}

/* Logs of as many partitions as are there by now. */
static void
import_logs(Grouping *g, uint64_t key_bits, uint8_t *bytes, bool translate)
{
	g->key_bits |= key_bits;
	for (uint32_t i = 0; i < (uint32_t) g->codec->n_streams * g->n_partitions; i++)
		bytes = import_log(g, i, bytes, translate);
}

void
grouping_import(Grouping *g, uint8_t *bytes, size_t size, GroupImport how)
{
	const uint8_t *end = bytes + size;
	const uint8_t *logs = bytes;
	Grouping few = {.keys = g->keys, .codec = g->codec, .store = g->store};
	bool translate = false;
	uint64_t part;
	uint64_t key_bits;

	bytes = take_number(bytes, &part);
	logs += part;
	while (bytes < logs)
	{
		bytes = take_number(bytes, &part);
		grouping_add_run(g, bytes, part);
		bytes += part;
	}
	bytes = take_number(bytes, &part);
	if (part > 0)
		translate = g->codec->read_dictionary(g->codec, bytes, part);
	bytes = take_number(bytes + part, &key_bits);
	bytes = take_number(bytes, &part);
	if (part == 0)
		return;
	if (part == 1 && g->n_partitions > 1)
	{
		grouping_begin(&few, 1);
		import_logs(&few, key_bits, bytes, translate);
		grouping_absorb(g, &few);
	}
	else
	{
		grouping_make_partitions(g, (uint32_t) part);
		if (how == GROUP_IMPORT_COPY)
			bytes = memcpy(grouping_alloc(g, (size_t) (end - bytes)), bytes, (size_t) (end - bytes));
		import_logs(g, key_bits, bytes, translate);
		grouping_spread_many(g);
	}
	if (how == GROUP_IMPORT_TO_FILE)
		grouping_spill(g);
}


/*
 * grouping_spread.c: rows of one partition, which were few, go over to the logs of all.
 */
#include "kernel/grouping/grouping_private.h"

#include <string.h>

/* Rows of another source follow. */
static void
begin_source(Grouping *to, int stream)
{
	for (uint32_t i = 0; i < N_PARTITIONS; i++)
	{
		uint32_t log = grouping_log(to, stream, i);

		to->blocks[log].begins = true;
		to->tails[log].end = to->tails[log].next; /* in a block of their own */
	}
}

/* Add a row that stands here; returns where it ends. */
static const uint8_t *
spread_row(Grouping *to, int stream, const RowBatch *batch, const uint8_t *row)
{
	uint32_t extra = to->codec->extra[stream];
	uint64_t number = grouping_get_number(row, batch->number_bytes);
	void *extra_bytes;

	row += batch->number_bytes;
	if (to->keys.fixed)
		extra_bytes = grouping_add_fixed(to, (int64_t) number, stream, batch->when);
	else
	{
		uint32_t size = to->keys.size > 0 ? to->keys.size : (uint32_t) number;

		extra_bytes = grouping_add_bytes(to, row, size, stream, batch->when);
		row += size;
	}
	memcpy(extra_bytes, row, extra);
	return row + extra;
}

static void
spread_block(const Grouping *g, Grouping *to, int stream, const Block *block)
{
	const uint8_t *at = block->rows;
	const uint8_t *end = grouping_block_end(g, grouping_log(g, stream, 0), block);
	int32_t when = block->when;

	while (at < end)
	{
		RowBatch batch = grouping_read_batch(at, when);

		at = batch.row;
		for (uint32_t i = 0; i < batch.n_rows; i++)
			at = spread_row(to, stream, &batch, at);
		when = batch.when;
	}
}

void
grouping_spread(Grouping *g)
{
	Grouping spread = {.keys = g->keys, .codec = g->codec, .store = g->store};

	if (g->n_partitions != 1)
		return;
	grouping_end_batches(g);
	grouping_begin(&spread, N_PARTITIONS);
	for (int stream = 0; stream < g->codec->n_streams; stream++)
		for (const Block *block = g->blocks[stream].first; block != NULL; block = block->next)
		{
			if (block->begins)
				begin_source(&spread, stream);
			spread_block(g, &spread, stream, block);
		}
	spread.runs = g->runs;
	spread.n_runs = g->n_runs;
	spread.run_bytes = g->run_bytes;
	grouping_forget(g);
	*g = spread;
}

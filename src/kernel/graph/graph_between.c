/*
 * graph_between.c: numbers and rows of two sets, as varints (graph.h).
 */
#include <string.h>

#include "kernel/base/civil.h"
#include "kernel/graph/graph_private.h"

void
graph_write_distances(ByteWriter *out, const Graph *graph, int set, const uint32_t *order)
{
	for (uint32_t i = 1; i < graph->sets[set].n; i++)
	{
		write_varint(out, (uint64_t) graph_id(graph, set, order[i]).number -
							  (uint64_t) graph_id(graph, set, order[i - 1]).number - 1);
		host_poll_at(i);
	}
}

const char *
graph_read_distances(ByteReader *in, Graph *graph, int set, int64_t first)
{
	uint64_t room = (uint64_t) INT64_MAX - (uint64_t) first;
	uint64_t number = (uint64_t) first;

	for (uint32_t i = 0; i < graph->sets[set].room; i++)
	{
		if (i > 0)
		{
			uint64_t distance = read_varint(in, room) + 1;

			if (in->bad || distance == 0 || distance > room)
				return "truncated or bad ids";
			room -= distance;
			number += distance;
		}
		graph_append(graph, set, &(GraphId){.number = (int64_t) number});
		host_poll_at(i);
	}
	return NULL;
}

void
graph_write_rows(ByteWriter *out, const Graph *graph, const GraphOrder *order)
{
	int64_t second = 0;

	for (uint32_t i = 0; i < order->n_rows;)
	{
		const uint64_t *row = order->rows + (size_t) i * GRAPH_WORDS;
		uint32_t n = 1;
		uint64_t day = 0;

		while (i + n < order->n_rows && row[(size_t) n * GRAPH_WORDS] == row[GRAPH_FIRST])
			host_poll_at(n++);
		write_varint(out, n - 1);
		for (uint32_t k = 0; k < n; k++, row += GRAPH_WORDS)
		{
			write_varint(out, (row[GRAPH_DAY] - day) << 1 | (row[GRAPH_TIMES] > 1));
			write_zigzag(out, (int64_t) row[GRAPH_SECOND] - second);
			if (row[GRAPH_TIMES] > 1)
				write_varint(out, row[GRAPH_TIMES] - 2);
			day = row[GRAPH_DAY];
			second = (int64_t) row[GRAPH_SECOND];
			host_poll_at(k);
		}
		i += n;
	}
}

/* The next row of a first end, which goes on from the one before. */
static bool
read_row(ByteReader *in, GraphRow *row, int64_t *day, int64_t *second, uint32_t n_second)
{
	uint64_t days = read_varint(in, 2 * (uint64_t) UINT32_MAX + 1);
	int64_t far = read_zigzag(in);

	*day += (int64_t) (days >> 1);
	if (in->bad || far < -*second || far >= (int64_t) n_second - *second || !civil_day_valid(*day))
		return false;
	*second += far;
	row->second = (uint32_t) *second;
	row->day = (int32_t) *day;
	row->times = 1;
	if ((days & 1) != 0)
		row->times = (uint32_t) read_varint(in, UINT32_MAX - 2) + 2;
	return !in->bad;
}

const char *
graph_read_rows(ByteReader *in, Graph *graph, int64_t first_day)
{
	uint32_t n_second = graph->sets[1].n;
	uint8_t *met = host_alloc(n_second);
	bool bad = false;
	int64_t second = 0;

	memset(met, 0, n_second);
	for (uint32_t first = 0; first < graph->sets[0].n && !bad; first++)
	{
		uint32_t left = graph->room_rows - graph->n_rows;
		uint32_t n = left == 0 ? 0 : (uint32_t) read_varint(in, left - 1) + 1;
		int64_t day = first_day;

		bad = n == 0 || in->bad;
		for (; n > 0 && !bad; n--)
		{
			GraphRow *row = &graph->rows[graph->n_rows];

			row->first = first;
			bad = !read_row(in, row, &day, &second, n_second);
			if (!bad)
				met[row->second] = 1;
			graph->n_rows += !bad;
			host_poll_at(graph->n_rows);
		}
	}
	bad |= graph->n_rows < graph->room_rows;
	if (bad || memchr(met, 0, n_second) != NULL)
	{
		host_free(met);
		return bad ? "truncated or bad rows" : "an id without a row";
	}
	host_free(met);
	return NULL;
}

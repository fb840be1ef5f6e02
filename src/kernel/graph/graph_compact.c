/*
 * graph_compact.c: equal rows of a graph become one.
 */
#include <string.h>

#include "kernel/base/sort.h"
#include "kernel/graph/graph_private.h"

/* By second end and day. */
static int
compare_rows(const void *a, const void *b)
{
	const GraphRow *left = a;
	const GraphRow *right = b;

	if (left->second != right->second)
		return left->second < right->second ? -1 : 1;
	return (left->day > right->day) - (left->day < right->day);
}

/* Rows of one first end, which are in order: each once. */
static uint32_t
unite_rows(GraphRow *rows, uint32_t n)
{
	uint32_t last = 0;

	for (uint32_t i = 1; i < n; i++)
	{
		host_poll_at(i);
		if (compare_rows(&rows[last], &rows[i]) != 0)
			rows[++last] = rows[i];
		else if (rows[i].times > UINT32_MAX - rows[last].times)
			host_fail(KERNEL_COUNT_RANGE);
		else
			rows[last].times += rows[i].times;
	}
	return last + 1;
}

SORT_MOSTLY_FEW(GraphRow, order_rows, compare_rows)

/* Rows by their first ends, in a new array; next[] gets where those of the next one begin. */
static GraphRow *
rows_by_first(const Graph *graph, uint32_t *next)
{
	uint32_t n = graph->sets[0].n;
	GraphRow *rows = host_alloc_large((size_t) graph->n_rows * sizeof(GraphRow));
	uint32_t sum = 0;

	memset(next, 0, (size_t) n * sizeof(uint32_t));
	for (uint32_t i = 0; i < graph->n_rows; i++)
	{
		next[graph->rows[i].first]++;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t of_this = next[i];

		next[i] = sum;
		sum += of_this;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < graph->n_rows; i++)
	{
		rows[next[graph->rows[i].first]++] = graph->rows[i];
		host_poll_at(i);
	}
	return rows;
}

void
graph_compact(Graph *graph)
{
	uint32_t *next = host_alloc((size_t) graph->sets[0].n * sizeof(uint32_t));
	GraphRow *rows = rows_by_first(graph, next);
	uint32_t from = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < graph->sets[0].n; i++)
	{
		uint32_t many = next[i] - from;

		host_poll_at(i);
		if (many > 0)
		{
			order_rows(rows + from, many);
			many = unite_rows(rows + from, many);
			memcpy(graph->rows + n, rows + from, many * sizeof(GraphRow));
		}
		n += many;
		from = next[i];
	}
	graph->n_rows = n;
	host_free(rows);
	host_free(next);
}

/*
 * graph_order.c: ids and rows in the order in which they are stored and read.
 */
#include <string.h>

#include "kernel/base/rows.h"
#include "kernel/base/sort.h"
#include "kernel/journey/texts.h"
#include "kernel/graph/graph_private.h"

#define PREFIX 8
#define FEW    12 /* are put in order by insertion */

static const RowShape row_shape = {.n_keys = GRAPH_TIMES, .n_counts = 1};

/* A text to be put in order: most differ in their first bytes. */
typedef struct SortedText
{
	uint64_t prefix;
	JourneyText text;
	uint32_t place;
} SortedText;

static int
compare_texts(const void *a, const void *b)
{
	const SortedText *left = a;
	const SortedText *right = b;

	if (left->prefix != right->prefix)
		return left->prefix < right->prefix ? -1 : 1;
	return text_compare(&left->text, &right->text);
}

/* The first bytes as a number, zeros behind a shorter text. */
static uint64_t
prefix_of(const GraphId *id)
{
	uint64_t prefix = 0;

	for (uint32_t i = 0; i < PREFIX; i++)
		prefix = prefix << 8 | (i < id->size ? (uint8_t) id->bytes[i] : 0);
	return prefix;
}

static void
order_texts(const Graph *graph, int set, uint32_t *places)
{
	uint32_t n = graph->sets[set].n;
	SortedText *sorted = host_alloc((size_t) n * sizeof(SortedText));

	for (uint32_t i = 0; i < n; i++)
	{
		GraphId id = graph_id(graph, set, i);

		sorted[i] = (SortedText){prefix_of(&id), {id.bytes, id.size}, i};
		host_poll_at(i);
	}
	sort_entries(sorted, n, sizeof(SortedText), compare_texts);
	for (uint32_t i = 0; i < n; i++)
	{
		places[i] = sorted[i].place;
		host_poll_at(i);
	}
	host_free(sorted);
}

static void
order_numbers(const Graph *graph, int set, uint32_t *places)
{
	uint32_t n = graph->sets[set].n;
	int64_t *numbers = host_alloc((size_t) n * sizeof(int64_t));

	for (uint32_t i = 0; i < n; i++)
	{
		numbers[i] = graph_id(graph, set, i).number;
		host_poll_at(i);
	}
	sort_int64(numbers, n);
	for (uint32_t i = 0; i < n; i++)
	{
		places[i] = graph_find(graph, set, &(GraphId){.number = numbers[i]});
		host_poll_at(i);
	}
	host_free(numbers);
}

uint32_t *
graph_order_ids(const Graph *graph, int set)
{
	uint32_t *places = host_alloc((size_t) graph->sets[set].n * sizeof(uint32_t));

	if (graph->sets[set].n == 0)
		return places;
	if (graph->ordered)
		for (uint32_t i = 0; i < graph->sets[set].n; i++)
		{
			places[i] = i;
			host_poll_at(i);
		}
	else if (graph->sets[set].ids == GRAPH_TEXTS)
		order_texts(graph, set, places);
	else
		order_numbers(graph, set, places);
	return places;
}

/* The place of each id, as it was met, among the ordered ones. */
static uint32_t *
ranks_of(const uint32_t *ids, uint32_t n)
{
	uint32_t *ranks = host_alloc((size_t) n * sizeof(uint32_t));

	for (uint32_t i = 0; i < n; i++)
	{
		ranks[ids[i]] = i;
		host_poll_at(i);
	}
	return ranks;
}

static int32_t
first_day_of(const Graph *graph)
{
	int32_t day = graph->rows[0].day;

	for (uint32_t i = 1; i < graph->n_rows; i++)
	{
		if (graph->rows[i].day < day)
			day = graph->rows[i].day;
		host_poll_at(i);
	}
	return day;
}

/* Rows of one first end, by the keys behind it. */
static void
order_few(uint64_t *rows, uint32_t n)
{
	if (n > FEW)
	{
		rows_sort(&row_shape, rows, n);
		return;
	}
	for (uint32_t i = 1; i < n; i++)
	{
		uint64_t row[GRAPH_WORDS];
		uint32_t to = i;

		memcpy(row, rows + (size_t) i * GRAPH_WORDS, sizeof(row));
		for (; to > 0 && rows_compare(&row_shape, rows + (size_t) (to - 1) * GRAPH_WORDS, row) > 0;
			 to--)
			memcpy(rows + (size_t) to * GRAPH_WORDS, rows + (size_t) (to - 1) * GRAPH_WORDS,
				   sizeof(row));
		memcpy(rows + (size_t) to * GRAPH_WORDS, row, sizeof(row));
	}
}

/* Where the rows of each first end begin, by its rank. */
static uint32_t *
starts_of(const Graph *graph, const uint32_t *ranks)
{
	uint32_t n = graph->sets[0].n;
	uint32_t *starts = host_alloc(((size_t) n + 1) * sizeof(uint32_t));
	uint32_t sum = 0;

	memset(starts, 0, ((size_t) n + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < graph->n_rows; i++)
	{
		starts[ranks[graph->rows[i].first]]++;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i <= n; i++)
	{
		uint32_t of_this = starts[i];

		starts[i] = sum;
		sum += of_this;
		host_poll_at(i);
	}
	return starts;
}

/* Rows by the order of their ids: those of each first end together, and these in order. */
static void
copy_rows(const Graph *graph, GraphOrder *order)
{
	uint32_t *ranks[GRAPH_BETWEEN];
	int second = second_set(graph);
	uint32_t *next;
	uint32_t from = 0;

	for (int set = 0; set < (int) graph->form; set++)
		ranks[set] = ranks_of(order->ids[set], graph->sets[set].n);
	order->first_day = first_day_of(graph);
	next = starts_of(graph, ranks[0]);
	for (uint32_t i = 0; i < graph->n_rows; i++)
	{
		const GraphRow *row = &graph->rows[i];
		uint32_t first = ranks[0][row->first];
		uint64_t *to = order->rows + (size_t) next[first]++ * GRAPH_WORDS;

		to[GRAPH_FIRST] = first;
		to[GRAPH_DAY] = (uint64_t) ((int64_t) row->day - order->first_day);
		to[GRAPH_SECOND] = ranks[second][row->second];
		to[GRAPH_TIMES] = row->times;
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < graph->sets[0].n; i++)
	{
		order_few(order->rows + (size_t) from * GRAPH_WORDS, next[i] - from);
		from = next[i];
		host_poll_at(i);
	}
	host_free(next);
	for (int set = 0; set < (int) graph->form; set++)
		host_free(ranks[set]);
}

/* Equal rows, which stand together, become one. */
static void
unite_rows(GraphOrder *order, uint32_t n)
{
	uint64_t *last = order->rows;

	for (uint32_t i = 1; i < n; i++)
	{
		const uint64_t *row = order->rows + (size_t) i * GRAPH_WORDS;

		if (rows_compare(&row_shape, last, row) != 0)
			memmove(last += GRAPH_WORDS, row, GRAPH_WORDS * sizeof(uint64_t));
		else if ((last[GRAPH_TIMES] += row[GRAPH_TIMES]) > UINT32_MAX)
			host_fail(KERNEL_COUNT_RANGE);
		host_poll_at(i);
	}
	order->n_rows = (uint32_t) ((size_t) (last - order->rows) / GRAPH_WORDS) + 1;
}

GraphOrder
graph_order(const Graph *graph)
{
	GraphOrder order = {0};

	graph_settle(graph);
	order.rows = host_alloc_large((size_t) graph->n_rows * GRAPH_WORDS * sizeof(uint64_t));
	for (int set = 0; set < (int) graph->form; set++)
		order.ids[set] = graph_order_ids(graph, set);
	if (graph->n_rows == 0)
		return order;
	copy_rows(graph, &order);
	unite_rows(&order, graph->n_rows);
	return order;
}

void
graph_order_free(GraphOrder *order)
{
	for (int set = 0; set < GRAPH_BETWEEN; set++)
		if (order->ids[set] != NULL)
			host_free(order->ids[set]);
	host_free(order->rows);
}

/*
 * graph_format.c: the stored form of a graph.
 */
#include <string.h>

#include "kernel/base/civil.h"
#include "kernel/base/rows.h"
#include "kernel/graph/graph_private.h"

static const RowShape number_shape = {.n_keys = 1};
static const RowShape row_shape = {.n_keys = GRAPH_TIMES, .n_counts = 1};

/* How many bytes both begin with. */
static uint32_t
shared_bytes(const GraphId *a, const GraphId *b)
{
	uint32_t n = 0;

	while (n < a->size && n < b->size && a->bytes[n] == b->bytes[n])
		n++;
	return n;
}

static void
write_texts(ByteWriter *out, const Graph *graph, int set, const uint32_t *order)
{
	GraphId before = {.bytes = ""};

	for (uint32_t i = 0; i < graph->sets[set].n; i++)
	{
		GraphId id = graph_id(graph, set, order[i]);
		uint32_t shared = shared_bytes(&before, &id);

		write_varint(out, shared);
		write_varint(out, id.size - shared);
		for (uint32_t k = shared; k < id.size; k++)
			write_byte(out, (uint8_t) id.bytes[k]);
		before = id;
		host_poll_at(i);
	}
}

static void
write_numbers(RangeWriter *writer, const Graph *graph, int set, const uint32_t *order)
{
	uint32_t n = graph->sets[set].n;
	uint64_t *numbers = host_alloc((size_t) n * sizeof(uint64_t));
	uint64_t first = (uint64_t) graph_id(graph, set, order[0]).number;

	for (uint32_t i = 0; i < n; i++)
	{
		numbers[i] = (uint64_t) graph_id(graph, set, order[i]).number - first;
		host_poll_at(i);
	}
	rows_write(writer, &number_shape, numbers, n);
	host_free(numbers);
}

void
graph_pack(const void *state, ByteWriter *out)
{
	const Graph *graph = state;
	GraphOrder order = graph_order(graph);
	RangeWriter writer;

	write_byte(out, GRAPH_VERSION);
	write_byte(out,
			   (uint8_t) (graph->sets[0].ids | (second_set(graph) ? graph->sets[1].ids << 1 : 0)));
	for (int set = 0; set < (int) graph->form; set++)
		write_varint(out, graph->sets[set].n);
	write_varint(out, order.n_rows);
	write_zigzag(out, order.first_day);
	for (int set = 0; set < (int) graph->form; set++)
		if (graph->sets[set].ids == GRAPH_TEXTS)
			write_texts(out, graph, set, order.ids[set]);
		else
			write_zigzag(out, graph_id(graph, set, order.ids[set][0]).number);
	if (graph->form == GRAPH_BETWEEN)
	{
		for (int set = 0; set < GRAPH_BETWEEN; set++)
			if (graph->sets[set].ids == GRAPH_NUMBERS)
				graph_write_distances(out, graph, set, order.ids[set]);
		graph_write_rows(out, graph, &order);
		graph_order_free(&order);
		return;
	}
	writer = range_writer(out);
	if (graph->sets[0].ids == GRAPH_NUMBERS)
		write_numbers(&writer, graph, 0, order.ids[0]);
	rows_write(&writer, &row_shape, order.rows, order.n_rows);
	range_finish(&writer);
	graph_order_free(&order);
}

/* How many bytes follow, as it is said where the reader stands; not more than there are. */
static uint32_t
read_size(ByteReader *in)
{
	uint64_t size = read_varint(in, UINT32_MAX);

	in->bad |= size > (uint64_t) (in->end - in->next);
	return in->bad ? 0 : (uint32_t) size;
}

/* How many bytes the texts have together, behind which the reader then stands. */
static uint64_t
size_of_texts(ByteReader *in, uint64_t n)
{
	uint64_t size = 0;
	uint64_t before = 0;

	for (uint64_t i = 0; i < n && !in->bad && size < STATE_LIMIT; i++)
	{
		/* what it shares with the one before it, which is read already: nothing is made room for
		 * that is not there */
		uint64_t shared = read_varint(in, before);
		uint32_t more = read_size(in);

		before = shared + more;
		size += before;
		in->next += more;
		host_poll_at(i);
	}
	return in->bad ? STATE_LIMIT : size;
}

/* Ids for which there is room. */
static const char *
read_texts(ByteReader *in, Graph *graph, int set)
{
	char *text = host_alloc((size_t) graph->room_bytes + 1);
	uint32_t size = 0;
	bool bad = false;

	for (uint32_t i = 0; i < graph->sets[set].room && !bad; i++)
	{
		uint32_t shared = (uint32_t) read_varint(in, size);
		uint32_t more = read_size(in);

		/* behind the one before it */
		bad = in->bad ||
			  (i > 0 && (more == 0 || (shared < size && *in->next <= (uint8_t) text[shared]))) ||
			  memchr(in->next, '\0', more) != NULL;
		if (bad)
			break;
		memcpy(text + shared, in->next, more);
		in->next += more;
		size = shared + more;
		graph_append(graph, set, &(GraphId){.bytes = text, .size = size});
		host_poll_at(i);
	}
	host_free(text);
	return bad ? "truncated or bad ids" : NULL;
}

static const char *
read_numbers(RangeReader *reader, Graph *graph, int set, int64_t first)
{
	uint32_t n = graph->sets[set].room;
	uint64_t *numbers = host_alloc((size_t) n * sizeof(uint64_t));
	bool bad;

	rows_read(reader, &number_shape, numbers, n);
	bad = reader->bad;
	for (uint32_t i = 0; i < n && !bad; i++)
	{
		bad = numbers[i] > (uint64_t) INT64_MAX - (uint64_t) first ||
			  (i > 0 && numbers[i] <= numbers[i - 1]);
		if (!bad)
			graph_append(graph, set,
						 &(GraphId){.number = (int64_t) ((uint64_t) first + numbers[i])});
		host_poll_at(i);
	}
	host_free(numbers);
	return bad ? "truncated or bad ids" : NULL;
}

/* Can the row, of these ids, be one? */
static bool
row_valid(const uint64_t *row, const Graph *graph, int64_t first_day)
{
	return row[GRAPH_FIRST] < graph->sets[0].n && row[GRAPH_SECOND] < graph->sets[0].n &&
		   row[GRAPH_DAY] <= UINT32_MAX && civil_day_valid(first_day + (int64_t) row[GRAPH_DAY]) &&
		   row[GRAPH_TIMES] > 0 && row[GRAPH_TIMES] <= UINT32_MAX;
}

/* What is wrong with rows that were read, or NULL. */
static const char *
check_rows(const uint64_t *rows, uint32_t n, const Graph *graph, int64_t first_day)
{
	uint32_t n_ids = graph->sets[0].n;
	uint8_t *met = host_alloc(n_ids);
	const char *problem = NULL;

	memset(met, 0, n_ids);
	for (uint32_t i = 0; i < n && problem == NULL; i++)
	{
		const uint64_t *row = rows + (size_t) i * GRAPH_WORDS;

		if (row_valid(row, graph, first_day))
			met[row[GRAPH_FIRST]] = met[row[GRAPH_SECOND]] = 1;
		else
			problem = "truncated or bad rows";
		host_poll_at(i);
	}
	if (problem == NULL && memchr(met, 0, n_ids) != NULL)
		problem = "an id without a row";
	host_free(met);
	return problem;
}

/* Rows for which there is room, of ids that were read. */
static const char *
read_rows(RangeReader *reader, Graph *graph, int64_t first_day)
{
	uint32_t n = graph->room_rows;
	uint64_t *rows = host_alloc((size_t) n * GRAPH_WORDS * sizeof(uint64_t));
	const char *problem;

	rows_read(reader, &row_shape, rows, n);
	problem = reader->bad ? "truncated or bad rows" : check_rows(rows, n, graph, first_day);
	for (; graph->n_rows < n && problem == NULL; graph->n_rows++)
	{
		const uint64_t *row = rows + (size_t) graph->n_rows * GRAPH_WORDS;

		graph->rows[graph->n_rows] = (GraphRow){
			(uint32_t) row[GRAPH_FIRST], (uint32_t) row[GRAPH_SECOND],
			(int32_t) (first_day + (int64_t) row[GRAPH_DAY]), (uint32_t) row[GRAPH_TIMES]};
		host_poll_at(graph->n_rows);
	}
	host_free(rows);
	return problem;
}

/* What is said in front of the ids, and how much they take. */
typedef struct Head
{
	GraphForm form;
	GraphIds ids[GRAPH_BETWEEN];
	GraphRooms rooms;
	int64_t first_day;
} Head;

/* Whether that can be. */
static bool
read_head(ByteReader *in, size_t size, Head *head)
{
	uint8_t kinds = read_byte(in);
	/* of two sets each id and each row takes a byte or more */
	uint64_t most = head->form == GRAPH_BETWEEN ? size : rows_in_bytes(size);
	ByteReader ahead;
	bool bad = false;

	for (int set = 0; set < (int) head->form; set++)
	{
		head->rooms.ids[set] = read_varint(in, most);
		bad |= head->rooms.ids[set] == 0;
	}
	head->ids[0] = kinds & 1 ? GRAPH_TEXTS : GRAPH_NUMBERS;
	head->ids[1] = head->form == GRAPH_WITHIN ? head->ids[0]
				   : kinds & 2                ? GRAPH_TEXTS
											  : GRAPH_NUMBERS;
	head->rooms.rows = read_varint(in, most);
	head->first_day = read_zigzag(in);
	ahead = *in;
	for (int set = 0; set < (int) head->form; set++)
		if (head->ids[set] == GRAPH_TEXTS)
			head->rooms.bytes += size_of_texts(&ahead, head->rooms.ids[set]);
		else
			(void) read_zigzag(&ahead);
	return !in->bad && !ahead.bad && !bad && head->rooms.rows > 0 &&
		   civil_day_valid(head->first_day) && graph_bytes(&head->rooms) <= STATE_LIMIT;
}

static const char *
read_body(ByteReader *in, Graph *graph, int64_t first_day)
{
	int64_t first_numbers[GRAPH_BETWEEN];
	const char *problem = NULL;
	RangeReader reader;

	for (int set = 0; set < (int) graph->form && problem == NULL; set++)
		if (graph->sets[set].ids == GRAPH_TEXTS)
			problem = read_texts(in, graph, set);
		else
			first_numbers[set] = read_zigzag(in);
	if (graph->form == GRAPH_BETWEEN)
	{
		for (int set = 0; set < GRAPH_BETWEEN && problem == NULL; set++)
			if (graph->sets[set].ids == GRAPH_NUMBERS)
				problem = graph_read_distances(in, graph, set, first_numbers[set]);
		return problem != NULL ? problem : graph_read_rows(in, graph, first_day);
	}
	reader = range_reader(in);
	if (problem == NULL && graph->sets[0].ids == GRAPH_NUMBERS)
		problem = read_numbers(&reader, graph, 0, first_numbers[0]);
	return problem != NULL ? problem : read_rows(&reader, graph, first_day);
}

void *
graph_unpack(GraphForm form, const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	Head head = {.form = form};
	Graph *graph;

	*problem = "unknown format version";
	if (version != GRAPH_VERSION)
		return NULL;
	*problem = "truncated or bad parameters";
	if (!read_head(&in, size, &head))
		return NULL;
	graph = graph_with_room(form, head.ids[0], head.ids[1], &head.rooms);
	*problem = read_body(&in, graph, head.first_day);
	if (*problem == NULL)
		return graph;
	host_free(graph);
	return NULL;
}

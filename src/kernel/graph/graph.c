/*
 * graph.c: the chunk of ids and rows, its hash tables and its growth.
 */
#include "kernel/graph/graph_private.h"

#include <string.h>

#include "kernel/grouping/grouping_keys.h"
#include "kernel/journey/texts.h"

#define INITIAL_ROWS  16
#define INITIAL_BYTES 256

/* The id at a place. */
static inline GraphId
known_id(const Graph *graph, int set, uint32_t place)
{
	KnownId id = ids_of(graph, set)[place];

	if (graph->sets[set].ids == GRAPH_NUMBERS)
		return (GraphId){.number = id.number};
	return (GraphId){.bytes = bytes_of(graph) + id.text.at, .size = id.text.size};
}

GraphId
graph_id(const Graph *graph, int set, uint32_t place)
{
	return known_id(graph, set, place);
}

static inline uint64_t
hash_of(const GraphId *id)
{
	return id->bytes == NULL ? grouping_fold((uint64_t) id->number, 0)
							 : text_hash(id->bytes, id->size);
}

static inline bool
is_same(const GraphId *a, const GraphId *b)
{
	return a->number == b->number && a->size == b->size &&
		   (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* Where an id is looked for first. */
static inline uint32_t
home_of(const Graph *graph, int set, const GraphId *id)
{
	return (uint32_t) ((hash_of(id) >> 32) * (GRAPH_SLOTS * graph->sets[set].room) >> 32);
}

/* The slot of an id, or the one that is free for it. */
static inline uint32_t *
slot_of(const Graph *graph, int set, const GraphId *id)
{
	uint32_t *slots = slots_of(graph, set);
	uint32_t n = GRAPH_SLOTS * graph->sets[set].room;
	uint32_t slot = home_of(graph, set, id);

	while (slots[slot] != 0)
	{
		GraphId known = known_id(graph, set, slots[slot] - 1);

		if (is_same(&known, id))
			break;
		slot = slot + 1 < n ? slot + 1 : 0;
	}
	return &slots[slot];
}

uint32_t
graph_find(const Graph *graph, int set, const GraphId *id)
{
	return *slot_of(graph, set, id) - 1;
}

void
graph_append(Graph *graph, int set, const GraphId *id)
{
	KnownId *new = &ids_of(graph, set)[graph->sets[set].n++];

	if (id->bytes == NULL)
	{
		new->number = id->number;
		return;
	}
	new->text.at = graph->n_bytes;
	new->text.size = id->size;
	memcpy(bytes_of(graph) + graph->n_bytes, id->bytes, id->size);
	graph->n_bytes += id->size;
}

/* The place of an id, which is new or not, and for which there is room. */
static uint32_t
place_of(Graph *graph, int set, const GraphId *id)
{
	uint32_t *slot = slot_of(graph, set, id);

	if (*slot != 0)
		return *slot - 1;
	graph_append(graph, set, id);
	graph->ordered = false;
	*slot = graph->sets[set].n;
	return *slot - 1;
}

/* Fill the hash table of a set, which is empty. */
static void
fill_slots(Graph *graph, int set)
{
	for (uint32_t i = 0; i < graph->sets[set].n; i++)
	{
		GraphId id = known_id(graph, set, i);

		*slot_of(graph, set, &id) = i + 1;
		host_poll_at(i);
	}
}

static void
fill_index(Graph *graph)
{
	for (int set = 0; set < GRAPH_BETWEEN; set++)
		fill_slots(graph, set);
	graph->indexed = true;
}

Graph *
graph_with_room(GraphForm form, GraphIds first, GraphIds second, const GraphRooms *rooms)
{
	Graph *graph;

	if (graph_bytes(rooms) > STATE_LIMIT)
		host_fail(form == GRAPH_WITHIN ? KERNEL_REFERRALS_RANGE : KERNEL_IDENTITY_RANGE);
	graph = state_create(graph_bytes(rooms));
	graph->form = form;
	graph->ordered = true;
	graph->room_rows = (uint32_t) rooms->rows;
	graph->room_bytes = (uint32_t) rooms->bytes;
	graph->sets[0] = (GraphSet){.ids = first, .room = (uint32_t) rooms->ids[0]};
	graph->sets[1] = (GraphSet){.ids = second, .room = (uint32_t) rooms->ids[1]};
	return graph;
}

Graph *
graph_create(GraphForm form, GraphIds first, GraphIds second)
{
	bool texts = first == GRAPH_TEXTS || second == GRAPH_TEXTS;

	GraphRooms rooms = {INITIAL_ROWS,
						{INITIAL_ROWS, form == GRAPH_BETWEEN ? INITIAL_ROWS : 0},
						texts ? INITIAL_BYTES : 0};
	Graph *graph = graph_with_room(form, first, second, &rooms);

	graph->indexed = true;
	return graph;
}

void
graph_expect(const Graph *graph, GraphIds first, GraphIds second)
{
	if (graph->sets[0].ids != (uint32_t) first || graph->sets[1].ids != (uint32_t) second)
		host_fail(graph->form == GRAPH_WITHIN ? KERNEL_REFERRAL_IDS : KERNEL_IDENTITY_IDS);
}

/* A copy with these rooms, of which none is smaller. */
static Graph *
copy_with(const Graph *graph, const GraphRooms *rooms)
{
	Graph *copy = graph_with_room((GraphForm) graph->form, (GraphIds) graph->sets[0].ids,
								  (GraphIds) graph->sets[1].ids, rooms);

	copy->n_pending = graph->n_pending;
	memcpy(copy->pending, graph->pending, sizeof(copy->pending));
	copy->n_rows = graph->n_rows;
	copy->n_bytes = graph->n_bytes;
	state_copy_bytes(copy->rows, graph->rows, copy->n_rows * sizeof(GraphRow));
	state_copy_bytes(bytes_of(copy), bytes_of(graph), copy->n_bytes);
	for (int set = 0; set < GRAPH_BETWEEN; set++)
	{
		copy->sets[set].n = graph->sets[set].n;
		state_copy_bytes(ids_of(copy, set), ids_of(graph, set),
						 copy->sets[set].n * sizeof(KnownId));
		/* a table of the same size has each id in the same slot */
		if (copy->sets[set].room == graph->sets[set].room)
			state_copy_bytes(slots_of(copy, set), slots_of(graph, set),
							 (size_t) GRAPH_SLOTS * copy->sets[set].room * sizeof(uint32_t));
		else
			fill_slots(copy, set);
	}
	copy->indexed = true;
	copy->ordered = graph->ordered;
	return copy;
}

/* As much as is needed; if that is more than there is, a part more than that, too. */
static inline uint64_t
grown(uint64_t room, uint64_t needed, int part)
{
	if (needed <= room)
		return room;
	return needed > room + room / (uint64_t) part ? needed : room + room / (uint64_t) part;
}

/* The state with room for so many more, if the limit allows: twice of what is short, or less. */
static Graph *
make_room(Graph *graph, const GraphRooms *more)
{
	uint64_t pending = graph->n_pending;
	GraphRooms needed = {
		graph->n_rows + pending + more->rows,
		{graph->sets[0].n + pending + more->ids[0], graph->sets[1].n + pending + more->ids[1]},
		graph->n_bytes + more->bytes};
	GraphRooms rooms;

	if (needed.rows > graph->room_rows)
	{
		graph_compact(graph);
		needed.rows = graph->n_rows + pending + more->rows;
		if (needed.rows < graph->room_rows && graph->n_rows > graph->room_rows / 2)
			needed.rows =
				graph->room_rows + 1; /* or equal ones would be looked for again and again */
	}
	if (needed.rows <= graph->room_rows && needed.ids[0] <= graph->sets[0].room &&
		needed.ids[1] <= graph->sets[1].room && needed.bytes <= graph->room_bytes)
		return graph;
	for (int part = 1; part <= 64; part *= 8)
	{
		rooms = (GraphRooms){grown(graph->room_rows, needed.rows, part),
							 {grown(graph->sets[0].room, needed.ids[0], part),
							  grown(graph->sets[1].room, needed.ids[1], part)},
							 grown(graph->room_bytes, needed.bytes, part)};
		if (graph_bytes(&rooms) <= STATE_LIMIT)
			break;
	}
	return copy_with(graph, &rooms);
}

static void
put_row(Graph *graph, const GraphId *first, const GraphId *second, int32_t day)
{
	GraphRow row = {.day = day, .times = 1};

	row.second = place_of(graph, second_set(graph), second);
	row.first = place_of(graph, 0, first);
	graph->rows[graph->n_rows++] = row;
}

void
graph_settle(const Graph *graph)
{
	/* where a row of it stands is no part of a value */
	Graph *settled = (Graph *) (uintptr_t) graph;

	for (uint32_t i = 0; i < graph->n_pending; i++)
	{
		const PendingRow *row = &graph->pending[i];

		put_row(settled, &(GraphId){.number = row->first}, &(GraphId){.number = row->second},
				row->day);
	}
	settled->n_pending = 0;
}

Graph *
graph_add(Graph *graph, const GraphId *first, const GraphId *second, int32_t day)
{
	GraphRooms more = {1, {1, 0}, (uint64_t) first->size + second->size};

	if (!graph->indexed)
		fill_index(graph);
	more.ids[second_set(graph)]++;
	graph = make_room(graph, &more);
	if (graph->form == GRAPH_WITHIN || first->bytes != NULL || second->bytes != NULL)
	{
		put_row(graph, first, second, day);
		return graph;
	}
	/* slots lie far apart: until they are here, take other rows */
	__builtin_prefetch(slots_of(graph, 0) + home_of(graph, 0, first));
	__builtin_prefetch(slots_of(graph, 1) + home_of(graph, 1, second));
	graph->pending[graph->n_pending++] = (PendingRow){first->number, second->number, day};
	if (graph->n_pending == GRAPH_PENDING)
		graph_settle(graph);
	return graph;
}

/* The same for a state of our own, of which none but the given one is kept. */
static Graph *
with_room(Graph *graph, const Graph *given, const GraphRooms *more)
{
	Graph *larger = make_room(graph, more);

	if (larger != graph && graph != given)
		host_free(graph);
	return larger;
}

void *
graph_merge(void *state, const void *other)
{
	const Graph *from = other;
	Graph *graph = state;
	uint32_t *places[GRAPH_BETWEEN];

	graph_settle(graph);
	graph_settle(from);
	graph_expect(graph, (GraphIds) from->sets[0].ids, (GraphIds) from->sets[1].ids);
	if (!graph->indexed)
		fill_index(graph);
	for (int set = 0; set < GRAPH_BETWEEN; set++)
	{
		places[set] = host_alloc((size_t) from->sets[set].n * sizeof(uint32_t));
		for (uint32_t i = 0; i < from->sets[set].n; i++)
		{
			GraphId id = known_id(from, set, i);

			graph = with_room(graph, state, &(GraphRooms){0, {set == 0, set == 1}, id.size});
			places[set][i] = place_of(graph, set, &id);
			host_poll_at(i);
		}
	}
	for (uint32_t i = 0; i < from->n_rows; i++)
	{
		GraphRow row = from->rows[i];

		row.first = places[0][row.first];
		row.second = places[second_set(from)][row.second];
		graph = with_room(graph, state, &(GraphRooms){.rows = 1});
		graph->rows[graph->n_rows++] = row;
		host_poll_at(i);
	}
	host_free(places[0]);
	host_free(places[1]);
	return graph;
}

/*
 * edge_walk.c: the edges of a user's sessions.
 *
 *	1. Only rows before as_of exist.  Sessions are cut by the gap alone.
 *	2. Equal neighbours are one node if they collapse, with the time of the first of them;
 *	   what follows is about nodes.
 *	3. start_at: the session is what stands from its first occurrence on; end_at: up to
 *	   the first occurrence from there, in reverse the last.  A session without either
 *	   is none.
 *	4. Depth d joins the nodes d and d + 1, from the front or in reverse from the back.
 *	   Behind the last node there is an exit unless end_at says where sessions end; in
 *	   reverse, before the first node an entry, unless start_at does.
 *	5. Without depths: all neighbours, and both ends.
 *	6. A user counts once for an edge.
 */
#include "kernel/paths/edge_counts.h"

#include <string.h>

#include "kernel/journey/texts.h"

/* One user. */
typedef struct Walk
{
	EdgeAdder adder;
	const Journey *journey;
	EdgeHint *hints; /* of the journey's names */
	uint64_t call;
	uint64_t user;
	uint32_t max_depth;
	bool collapse;
	bool reverse;
	bool open_end;      /* an exit or entry is an edge */
	bool has_start;
	bool has_end;
	uint32_t start; /* the anchors' places among the journey's names; if it has none, EDGE_NO_NAME */
	uint32_t end;
} Walk;

/* Where a text stands among those of the journey, or EDGE_NO_NAME. */
static uint32_t
find_name(const JourneyTexts *names, JourneyText name)
{
	uint32_t low = 0;
	uint32_t high = names->n;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;
		int order = text_compare(&names->texts[middle], &name);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return EDGE_NO_NAME;
}

static void
find_place(Walk *walk, uint32_t event)
{
	EdgeHint *hint = &walk->hints[event];
	JourneyText name = walk->journey->names.texts[event];

	if (!edge_counts_has_name(walk->adder.counts, hint->place, name))
		hint->place = edge_adder_name(&walk->adder, name);
	hint->call = walk->call;
}

static inline uint32_t
place_of(Walk *walk, uint32_t event)
{
	if (event == EDGE_NO_NAME)
		return EDGE_NO_NAME;
	if (walk->hints[event].call != walk->call)
		find_place(walk, event);
	return walk->hints[event].place;
}

static inline void
count_edge(Walk *walk, uint32_t depth, uint32_t source_event, uint32_t target_event,
		   uint64_t usecs)
{
	uint32_t source = place_of(walk, source_event);
	uint32_t target = place_of(walk, target_event);
	Edge *edge = edge_adder_edge(&walk->adder, depth, source, target);

	edge->taken++;
	if (depth == 0)
		return;
	edge->usecs += usecs;
	edge->users += edge->last_user != walk->user;
	edge->last_user = walk->user;
}

static inline bool
same_node(const Walk *walk, const JourneyRow *a, const JourneyRow *b)
{
	return walk->collapse && a->event == b->event;
}

/* Rows from one up to another: edges from the front. */
static void
walk_forward(Walk *walk, uint32_t from, uint32_t to)
{
	const JourneyRow *rows = walk->journey->rows;
	uint32_t node = from;
	uint32_t depth = 1;

	for (uint32_t i = from + 1; i < to && depth <= walk->max_depth; i++)
	{
		host_poll_at(i);
		if (same_node(walk, &rows[node], &rows[i]))
			continue;
		count_edge(walk, depth++, rows[node].event, rows[i].event,
				   session_time_between(rows[node].at, rows[i].at));
		node = i;
	}
	if (depth <= walk->max_depth && walk->open_end)
		count_edge(walk, depth, rows[node].event, EDGE_NO_NAME, 0);
}

/* The first row of the node that a row belongs to. */
static uint32_t
node_start(const Walk *walk, uint32_t from, uint32_t row)
{
	const JourneyRow *rows = walk->journey->rows;

	while (row > from && same_node(walk, &rows[row - 1], &rows[row]))
		host_poll_at(row--);
	return row;
}

/* The same from the back. */
static void
walk_backward(Walk *walk, uint32_t from, uint32_t to)
{
	const JourneyRow *rows = walk->journey->rows;
	uint32_t node = node_start(walk, from, to - 1);

	for (uint32_t depth = 1; depth <= walk->max_depth; depth++)
	{
		uint32_t before;

		if (node == from)
		{
			if (walk->open_end)
				count_edge(walk, depth, EDGE_NO_NAME, rows[node].event, 0);
			return;
		}
		before = node_start(walk, from, node - 1);
		count_edge(walk, depth, rows[before].event, rows[node].event,
				   session_time_between(rows[before].at, rows[node].at));
		node = before;
	}
}

/* The rows between the anchors; false if the session has none. */
static bool
find_anchors(const Walk *walk, uint32_t *from, uint32_t *to)
{
	const JourneyRow *rows = walk->journey->rows;
	uint32_t session_end = *to;

	if (walk->has_start)
	{
		while (*from < session_end && rows[*from].event != walk->start)
			host_poll_at((*from)++);
		if (*from == session_end)
			return false;
	}
	if (!walk->has_end)
		return true;
	if (walk->reverse)
	{
		while (*to > *from && rows[*to - 1].event != walk->end)
			host_poll_at((*to)--);
		return *to > *from;
	}
	for (*to = *from; *to < session_end; (*to)++)
	{
		host_poll_at(*to);
		if (rows[*to].event == walk->end)
		{
			(*to)++;
			return true;
		}
	}
	return false;
}

/* All neighbours, at no depth. */
static void
walk_all(Walk *walk, uint32_t from, uint32_t to)
{
	const JourneyRow *rows = walk->journey->rows;

	count_edge(walk, 0, EDGE_NO_NAME, rows[from].event, 0);
	for (uint32_t i = from + 1; i < to; i++)
	{
		host_poll_at(i);
		if (!same_node(walk, &rows[i - 1], &rows[i]))
			count_edge(walk, 0, rows[i - 1].event, rows[i].event, 0);
	}
	count_edge(walk, 0, rows[to - 1].event, EDGE_NO_NAME, 0);
}

static inline void
walk_session(Walk *walk, uint32_t from, uint32_t to)
{
	if (walk->max_depth == 0)
		walk_all(walk, from, to);
	else if (!find_anchors(walk, &from, &to))
		return;
	else if (walk->reverse)
		walk_backward(walk, from, to);
	else
		walk_forward(walk, from, to);
}

/* Cut the first rows of the journey into sessions, and walk each. */
static void
walk_rows(Walk *walk, uint32_t n_rows, uint64_t gap)
{
	const JourneyRow *rows = walk->journey->rows;
	uint32_t from = 0;

	if (n_rows == 0)
		return;
	for (uint32_t i = 1; i < n_rows; i++)
	{
		host_poll_at(i);
		if (session_time_between(rows[i - 1].at, rows[i].at) > gap)
		{
			walk_session(walk, from, i);
			from = i;
		}
	}
	walk_session(walk, from, n_rows);
}

void
edge_hints_make_room(EdgeHints *hints, const Journey *journey)
{
	uint32_t at = journey->names_id.place;
	size_t size = journey->names.n * sizeof(EdgeHint);

	if (journey->names.n <= hints->n[at])
		return;
	if (hints->of[at] != NULL)
		host_free(hints->of[at]);
	hints->of[at] = NULL;
	hints->n[at] = 0;
	hints->of[at] = memset(host_alloc(size), 0, size);
	hints->n[at] = journey->names.n;
}

EdgeCounts *
edge_counts_add(EdgeCounts *counts, const Journey *journey, EdgeHints *hints)
{
	EdgeParams params = edge_counts_params(counts);
	Walk walk = {.adder = edge_adder(counts),
				 .journey = journey,
				 .hints = hints->of[journey->names_id.place],
				 .call = ++hints->calls,
				 .user = ++counts->n_added,
				 .max_depth = params.max_depth,
				 .collapse = (params.flags & EDGES_COLLAPSE) != 0,
				 .reverse = (params.flags & EDGES_REVERSE) != 0,
				 .has_start = params.start_at.bytes != NULL,
				 .has_end = params.end_at.bytes != NULL};

	walk.open_end = (params.flags & EDGES_EXITS) != 0 &&
					!(walk.reverse ? walk.has_start : walk.has_end);
	if (walk.has_start)
		walk.start = find_name(&journey->names, params.start_at);
	if (walk.has_end)
		walk.end = find_name(&journey->names, params.end_at);
	walk_rows(&walk, journey_rows_before(journey, params.as_of), params.gap);
	return walk.adder.counts;
}

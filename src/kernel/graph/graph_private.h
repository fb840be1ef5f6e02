/*
 * graph_private.h: the areas of the chunk of a graph.
 */
#ifndef USER_OPS_KERNEL_GRAPH_PRIVATE_H
#define USER_OPS_KERNEL_GRAPH_PRIVATE_H

#include "kernel/graph/graph.h"

#define GRAPH_SLOTS 2 /* of a hash table, for each id */

#define GRAPH_UNKNOWN UINT32_MAX

typedef struct GraphRooms
{
	uint64_t rows;
	uint64_t ids[GRAPH_BETWEEN];
	uint64_t bytes;
} GraphRooms;

/* An id of a state. */
typedef union KnownId
{
	int64_t number;
	struct
	{
		uint32_t at; /* among the bytes */
		uint32_t size;
	} text;
} KnownId;

static inline size_t
graph_bytes(const GraphRooms *rooms)
{
	return sizeof(Graph) + rooms->rows * sizeof(GraphRow) +
		   (rooms->ids[0] + rooms->ids[1]) * (sizeof(KnownId) + GRAPH_SLOTS * sizeof(uint32_t)) +
		   rooms->bytes;
}

static inline KnownId *
ids_of(const Graph *graph, int set)
{
	return (KnownId *) (uintptr_t) (graph->rows + graph->room_rows) +
		   (set == 0 ? 0 : graph->sets[0].room);
}

/* 0, or 1 and the place of an id. */
static inline uint32_t *
slots_of(const Graph *graph, int set)
{
	return (uint32_t *) (ids_of(graph, 1) + graph->sets[1].room) +
		   (set == 0 ? 0 : (size_t) GRAPH_SLOTS * graph->sets[0].room);
}

static inline char *
bytes_of(const Graph *graph)
{
	return (char *) (slots_of(graph, 1) + (size_t) GRAPH_SLOTS * graph->sets[1].room);
}

/* The set that the second end is of. */
static inline int
second_set(const Graph *graph)
{
	return graph->form == GRAPH_BETWEEN;
}

/* Empty, with so much room; fails past the limit. */
extern Graph *graph_with_room(GraphForm form, GraphIds first, GraphIds second,
							  const GraphRooms *rooms);

/* Each row once. */
extern void graph_compact(Graph *graph);

/* The place of an id, or GRAPH_UNKNOWN; where the hash tables are filled. */
extern uint32_t graph_find(const Graph *graph, int set, const GraphId *id);

/* An id that is new, for which there is room; the hash tables are left as they are. */
extern void graph_append(Graph *graph, int set, const GraphId *id);

/* Numbers and rows of two sets: what is written behind the first ones, and read for which there is
 * room. */
extern void graph_write_distances(ByteWriter *out, const Graph *graph, int set,
								  const uint32_t *order);
extern void graph_write_rows(ByteWriter *out, const Graph *graph, const GraphOrder *order);
extern const char *graph_read_distances(ByteReader *in, Graph *graph, int set, int64_t first);
extern const char *graph_read_rows(ByteReader *in, Graph *graph, int64_t first_day);

#endif

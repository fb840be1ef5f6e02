/*
 * graph.h: who is linked to whom, on which day and how often: states (state.h) of this form.
 *
 * The two ends of a link are of one set of ids (users who invite users), or each of a set of its
 * own (devices and users).  The ids of a set are numbers or texts, all in one way.  A row is
 * two ids and a day, with how often it was met: the day is told apart, because what is
 * known as of a day is the rows before it.  The stored form:
 *
 *	+---------+-------+-------+--------+-----------+=====+======+
 *	| version | kinds | n ids | n rows | first day | ids | rows |
 *	+---------+-------+-------+--------+-----------+=====+======+
 *	  1 byte   1 byte  varint   varint   zigzag
 *
 *	kinds	bit i: the ids of set i are texts
 *	n ids	of each set
 *	ids		of each set: of texts, ascending by bytes: varint how many bytes are those of the
 *			text before, varint how many follow, and these; of numbers, ascending: zigzag the
 *			first one, and behind all ids how far each is from it
 *	rows	the place of the first end among the ids of its set, the day less the first one,
 *			the place of the second end, and how often
 *
 * Of one set, distances of numbers and rows are written as in rows.h, in the fewest bytes.  Of
 * two, where rows are many more and are read as often as written, they are varints:
 *
 *	distances	each from the number before, less 1
 *	rows		of each first end how many, and of each of these twice the days since the one
 *				before, or the first day, and 1 more if it was met more than once; zigzag how
 *				far its second end is from that of the row before; and then how often, less 2
 *
 * Each id has a row.  So the rows of a first end stand together, the earliest first.  Ids
 * stand once, as most are met more often, and numbers need not be small.
 *
 * The working form, struct Graph, has these areas behind each other: the rows and the ids
 * of each set as they were met, a hash table of each set, and the bytes of texts.  When the
 * rows are full, equal ones become one, and they grow if that did not halve them.  A row takes
 * 16 bytes, an id 16 and those of its text, and each area has up to twice the room.  Rows of two
 * sets of numbers wait, a few of them, until their slots in the hash tables have been fetched.
 */
#ifndef USER_OPS_KERNEL_GRAPH_H
#define USER_OPS_KERNEL_GRAPH_H

#include "kernel/base/state.h"

#define GRAPH_VERSION 1

typedef enum GraphForm
{
	GRAPH_WITHIN = 1, /* both ends are of one set: referrals */
	GRAPH_BETWEEN = 2 /* of two: logins; so many sets there are */
} GraphForm;

typedef enum GraphIds
{
	GRAPH_NUMBERS = 0,
	GRAPH_TEXTS = 1
} GraphIds;

/* An id; a text has no byte 0. */
typedef struct GraphId
{
	const char *bytes; /* NULL: a number */
	uint32_t size;
	int64_t number;
} GraphId;

typedef struct GraphRow
{
	uint32_t first; /* places of ids as they were met */
	uint32_t second;
	int32_t day;
	uint32_t times;
} GraphRow;

/* The ids of one set. */
typedef struct GraphSet
{
	uint32_t ids; /* GraphIds */
	uint32_t n;
	uint32_t room;
} GraphSet;

/* A row of numbers that are still to be looked for. */
typedef struct PendingRow
{
	int64_t first;
	int64_t second;
	int32_t day;
} PendingRow;

#define GRAPH_PENDING 16

typedef struct Graph
{
	State state;
	uint32_t form; /* GraphForm */
	uint32_t n_rows;
	uint32_t room_rows;
	uint32_t n_bytes;
	uint32_t room_bytes;
	bool indexed; /* the hash tables are filled; of what was unpacked they are not */
	bool ordered; /* the ids of each set ascend */
	GraphSet sets[GRAPH_BETWEEN];
	uint32_t n_pending; /* rows to come, while their slots are fetched */
	PendingRow pending[GRAPH_PENDING];
	_Alignas(8) GraphRow rows[]; /* the other areas stand behind them */
} Graph;

/* Of one set, it is told twice. */
extern Graph *graph_create(GraphForm form, GraphIds first, GraphIds second);

/* Fails unless its ids are known in these ways. */
extern void graph_expect(const Graph *graph, GraphIds first, GraphIds second);

extern Graph *graph_add(Graph *graph, const GraphId *first, const GraphId *second, int32_t day);

/* Put what is pending in its place, for which there is room: to be called before a graph is read.
 */
extern void graph_settle(const Graph *graph);

extern GraphId graph_id(const Graph *graph, int set, uint32_t place);

/* Ascending places of the ids of a set, as they were met; the array is the caller's, for host_free.
 */
extern uint32_t *graph_order_ids(const Graph *graph, int set);

/* The keys of an ordered row, and how often it was met. */
enum
{
	GRAPH_FIRST, /* places among the ordered ids */
	GRAPH_DAY,   /* less the first one */
	GRAPH_SECOND,
	GRAPH_TIMES,
	GRAPH_WORDS
};

/* Ids and rows in the order in which they are stored. */
typedef struct GraphOrder
{
	uint32_t
		*ids[GRAPH_BETWEEN]; /* places of ids as they were met, ascending; of one set the first */
	uint64_t *rows;          /* GRAPH_WORDS each, each once */
	uint32_t n_rows;
	int32_t first_day;
} GraphOrder;

extern GraphOrder graph_order(const Graph *graph);
extern void graph_order_free(GraphOrder *order);

/* For the StateKinds of either form. */
extern void graph_pack(const void *state, ByteWriter *out);
extern void *graph_unpack(GraphForm form, const uint8_t *bytes, size_t size, const char **problem);
extern void *graph_merge(void *state, const void *other);

#endif

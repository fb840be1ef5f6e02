/*
 * edge_counts.h: how often users went from one name to the next: the state of
 * path_edges and of transitions.
 *
 * An edge joins two names, at a depth or at any; a side without a name is where a
 * session begins or ends.  Counted are how often it was taken and, at a depth, its
 * users and the microseconds it took in all.
 *
 * A state (state.h).  The stored form:
 *
 *	+---------+-------+--------+------------+=========+======+=======+
 *	| version | flags | as_of  | parameters | names   | edges, ascending
 *	+---------+-------+--------+------------+=========+======+=======+
 *	  1 byte   1 byte   zigzag
 *
 *	flags		EDGES_... below
 *	parameters	varint gap										if EDGES_GAP
 *				varint max_depth, 0: edges are at any depth
 *				start_at, end_at: varint size and bytes			if EDGES_START_AT, EDGES_END_AT
 *	names		varint how many; each varint size and bytes, ascending by bytes
 *	edges		varint how many; each
 *		varint depth, less that of the edge before				if max_depth > 0
 *		varint source, less that of the edge before at the same depth
 *		varint target, less that of the edge before from the same source, less 1
 *		varint how often
 *		varint users											if max_depth > 0
 *		128-bit zigzag microseconds								if max_depth > 0 and both have names
 *
 * Sources and targets are 0 where there is no name, else 1 and the place of the name.
 * Each name has an edge.  The names, microseconds and gap are as in a journey.
 *
 * The working form, struct EdgeCounts, has five areas behind each other: the edges and
 * the names as they were met, a hash table of either, and the bytes of the names behind
 * those of start_at and end_at.  An edge takes 64 bytes: a million of them, EDGES_MAX,
 * 64 MB, and their names as much as they do.
 */
#ifndef USER_OPS_KERNEL_EDGE_COUNTS_H
#define USER_OPS_KERNEL_EDGE_COUNTS_H

#include "kernel/base/money.h"
#include "kernel/base/state.h"
#include "kernel/journey/journey.h"
#include "kernel/paths/session.h"

#define EDGE_COUNTS_VERSION 1
#define EDGES_MAX           1000000
#define EDGES_MAX_DEPTH     1000

/* What is counted. */
#define EDGES_COLLAPSE 0x01 /* equal names in a row are one */
#define EDGES_REVERSE  0x02 /* depths are from the end */
#define EDGES_EXITS    0x04 /* where sessions end, or in reverse begin, is an edge, too */
#define EDGES_GAP      0x08 /* for the stored form alone, as the next two */
#define EDGES_START_AT 0x10
#define EDGES_END_AT   0x20

#define EDGE_NO_NAME UINT32_MAX /* a session begins or ends */

#define EDGE_COUNTS_MAX ((uint64_t) 1 << 61) /* sessions, users or times */

typedef struct EdgeParams
{
	int64_t as_of;      /* rows before this count */
	uint64_t gap;       /* SESSION_UNLIMITED: all rows of a user are one session */
	uint32_t max_depth; /* 0: edges are at no depth, and all neighbours count */
	uint8_t flags;      /* the first three; at no depth the first alone */
	JourneyText start_at; /* bytes NULL: none */
	JourneyText end_at;
} EdgeParams;

typedef struct Edge
{
	MoneySum usecs;     /* in all; 0 without a name on either side */
	uint64_t taken;     /* sessions at a depth, else times */
	uint64_t users;     /* 0 at no depth */
	uint64_t last_user; /* the last of those, as numbered by n_added; not stored */
	uint32_t source;    /* a name's place among those met, or EDGE_NO_NAME */
	uint32_t target;
	uint32_t depth;     /* 0: at any */
} Edge;

/* A name of the state. */
typedef struct EdgeName
{
	uint64_t hash;
	uint32_t at; /* among the bytes */
	uint32_t size;
} EdgeName;

typedef struct EdgeCounts
{
	State state;
	int64_t as_of;
	uint64_t gap;
	uint32_t max_depth;
	uint8_t flags;
	uint32_t start_size; /* of start_at, which stands at the first byte */
	uint32_t end_size;   /* of end_at, which stands behind it */
	uint32_t n_edges;
	uint32_t n_names;
	uint32_t n_bytes;
	uint32_t room_edges; /* powers of two */
	uint32_t room_names;
	uint32_t room_bytes;
	uint64_t n_added; /* users added to this chunk; not stored */
	Edge edges[];     /* the other areas stand behind them */
} EdgeCounts;

extern EdgeCounts *edge_counts_create(const EdgeParams *params);

/* Fails unless the counts were made with these parameters. */
extern void edge_counts_expect(const EdgeCounts *counts, const EdgeParams *params);

/* What they were made with; texts are the state's own. */
extern EdgeParams edge_counts_params(const EdgeCounts *counts);

extern JourneyText edge_counts_name(const EdgeCounts *counts, uint32_t place);

/* Counts that something is added to: larger ones replace them, which are freed unless given. */
typedef struct EdgeAdder
{
	const EdgeCounts *given;
	EdgeCounts *counts;
} EdgeAdder;

static inline EdgeAdder
edge_adder(EdgeCounts *counts)
{
	return (EdgeAdder){counts, counts};
}

/* Is there such a name at this place? */
extern bool edge_counts_has_name(const EdgeCounts *counts, uint32_t place, JourneyText name);

/* The place of a name, which is new or not. */
extern uint32_t edge_adder_name(EdgeAdder *adder, JourneyText name);

/* The edge of these places, which is new, all 0, or not. */
extern Edge *edge_adder_edge(EdgeAdder *adder, uint32_t depth, uint32_t source, uint32_t target);

/*
 * Where the names of journeys were found last: most users do the same things, and a scan's
 * journeys share their names.  A hint is looked at before it is believed, so that it
 * does no harm in other counts or with other names.
 */
typedef struct EdgeHint
{
	uint64_t call; /* the one that looked at it last */
	uint32_t place;
} EdgeHint;

/* All 0 at first. */
typedef struct EdgeHints
{
	uint64_t calls;
	EdgeHint *of[NAMES_PLACES]; /* by where the names of a journey are */
	uint32_t n[NAMES_PLACES];
} EdgeHints;

/* Make room for those of a journey, in memory that lasts as long as they do. */
extern void edge_hints_make_room(EdgeHints *hints, const Journey *journey);

/* Add a user's rows, of a whole journey by name for which there is room. */
extern EdgeCounts *edge_counts_add(EdgeCounts *counts, const Journey *journey, EdgeHints *hints);

extern const StateKind path_edges_kind;  /* at a depth */
extern const StateKind transitions_kind; /* at any */

/* Functions of these two. */
extern void *edge_counts_merge(void *state, const void *other);
extern void edge_counts_pack(const void *state, ByteWriter *out);

/*
 * Names by their bytes, and edges as they are stored: by depth, then source, then target,
 * none first.  Of one piece, which host_free() frees.
 */
typedef struct EdgeOrder
{
	uint32_t *names; /* the places of names, ascending */
	uint32_t *ranks; /* of the names at each place: 1 and up */
	uint32_t *edges; /* the places of edges, ascending */
} EdgeOrder;

extern EdgeOrder *edge_counts_order(const EdgeCounts *counts);

#endif

/*
 * edge_format.c: the stored form of counted edges.
 */
#include "kernel/paths/edge_counts.h"

#include <string.h>

#include "kernel/base/sort.h"
#include "kernel/journey/texts.h"

#define ALL_FLAGS 0x3F

/* A name or an edge to be sorted. */
typedef struct SortedName
{
	JourneyText text;
	uint32_t place;
} SortedName;

typedef struct SortedEdge
{
	uint64_t ends;  /* the ranks of source and target, 0 where there is none */
	uint32_t depth;
	uint32_t place;
} SortedEdge;

static int
compare_names(const void *a, const void *b)
{
	return text_compare(&((const SortedName *) a)->text, &((const SortedName *) b)->text);
}

static int
compare_edges(const void *a, const void *b)
{
	const SortedEdge *left = a;
	const SortedEdge *right = b;

	if (left->depth != right->depth)
		return left->depth < right->depth ? -1 : 1;
	return (left->ends > right->ends) - (left->ends < right->ends);
}

static void
order_names(const EdgeCounts *counts, EdgeOrder *order)
{
	SortedName *sorted = host_alloc(counts->n_names * sizeof(SortedName));

	for (uint32_t i = 0; i < counts->n_names; i++)
	{
		sorted[i] = (SortedName){edge_counts_name(counts, i), i};
		host_poll_at(i);
	}
	sort_entries(sorted, counts->n_names, sizeof(SortedName), compare_names);
	for (uint32_t i = 0; i < counts->n_names; i++)
	{
		order->names[i] = sorted[i].place;
		order->ranks[sorted[i].place] = i + 1;
		host_poll_at(i);
	}
	host_free(sorted);
}

static inline uint32_t
rank_of(const EdgeOrder *order, uint32_t place)
{
	return place == EDGE_NO_NAME ? 0 : order->ranks[place];
}

static void
order_edges(const EdgeCounts *counts, EdgeOrder *order)
{
	SortedEdge *sorted = host_alloc(counts->n_edges * sizeof(SortedEdge));

	for (uint32_t i = 0; i < counts->n_edges; i++)
	{
		const Edge *edge = &counts->edges[i];

		sorted[i] = (SortedEdge){(uint64_t) rank_of(order, edge->source) << 32 |
									 rank_of(order, edge->target),
								 edge->depth, i};
		host_poll_at(i);
	}
	sort_entries(sorted, counts->n_edges, sizeof(SortedEdge), compare_edges);
	for (uint32_t i = 0; i < counts->n_edges; i++)
	{
		order->edges[i] = sorted[i].place;
		host_poll_at(i);
	}
	host_free(sorted);
}

EdgeOrder *
edge_counts_order(const EdgeCounts *counts)
{
	size_t n_names = counts->n_names;
	EdgeOrder *order =
		host_alloc(sizeof(EdgeOrder) + (2 * n_names + counts->n_edges) * sizeof(uint32_t));

	order->names = (uint32_t *) (order + 1);
	order->ranks = order->names + n_names;
	order->edges = order->ranks + n_names;
	order_names(counts, order);
	order_edges(counts, order);
	return order;
}

static void
write_text(ByteWriter *out, JourneyText text)
{
	write_varint(out, text.size);
	for (uint32_t i = 0; i < text.size; i++)
		write_byte(out, (uint8_t) text.bytes[i]);
}

static inline bool
has_both_names(const Edge *edge)
{
	return edge->source != EDGE_NO_NAME && edge->target != EDGE_NO_NAME;
}

/* What an edge is told apart by, as it is stored. */
typedef struct EdgeEnds
{
	uint32_t depth;
	uint32_t source; /* ranks */
	uint32_t target;
} EdgeEnds;

static void
pack_edge(const Edge *edge, const EdgeEnds *ends, const EdgeEnds *before, bool depths,
		  ByteWriter *out)
{
	bool deeper = ends->depth != before->depth;
	bool other_source = deeper || ends->source != before->source;

	if (depths)
		write_varint(out, ends->depth - before->depth);
	write_varint(out, deeper ? ends->source : ends->source - before->source);
	write_varint(out, other_source ? ends->target : ends->target - before->target - 1);
	write_varint(out, edge->taken);
	if (!depths)
		return;
	write_varint(out, edge->users);
	if (has_both_names(edge))
		write_wide(out, edge->usecs);
}

void
edge_counts_pack(const void *state, ByteWriter *out)
{
	const EdgeCounts *counts = state;
	EdgeParams params = edge_counts_params(counts);
	EdgeOrder *order = edge_counts_order(counts);
	/* the first edge has a depth of 1 or more, or a target */
	EdgeEnds before = {0, 0, 0};

	write_byte(out, EDGE_COUNTS_VERSION);
	write_byte(out, counts->flags);
	write_zigzag(out, counts->as_of);
	if (counts->flags & EDGES_GAP)
		write_varint(out, counts->gap);
	write_varint(out, counts->max_depth);
	if (counts->flags & EDGES_START_AT)
		write_text(out, params.start_at);
	if (counts->flags & EDGES_END_AT)
		write_text(out, params.end_at);
	write_varint(out, counts->n_names);
	for (uint32_t i = 0; i < counts->n_names; i++)
	{
		write_text(out, edge_counts_name(counts, order->names[i]));
		host_poll_at(i);
	}
	write_varint(out, counts->n_edges);
	for (uint32_t i = 0; i < counts->n_edges; i++)
	{
		const Edge *edge = &counts->edges[order->edges[i]];
		EdgeEnds ends = {edge->depth, rank_of(order, edge->source), rank_of(order, edge->target)};

		pack_edge(edge, &ends, &before, counts->max_depth > 0, out);
		before = ends;
		host_poll_at(i);
	}
	host_free(order);
}

/* A text that is in the bytes themselves. */
static JourneyText
read_text(ByteReader *in)
{
	uint32_t size = (uint32_t) read_varint(in, (uint64_t) (in->end - in->next));
	JourneyText text = {(const char *) in->next, size};

	if (in->bad || (size_t) (in->end - in->next) < size || memchr(in->next, '\0', size) != NULL)
		in->bad = true;
	else
		in->next += size;
	return in->bad ? (JourneyText){"", 0} : text;
}

/* What is wrong with the parameters, or NULL. */
static const char *
read_params(ByteReader *in, bool depths, EdgeParams *params)
{
	uint8_t flags = read_byte(in);

	*params = (EdgeParams){.gap = SESSION_UNLIMITED,
						   .flags = flags & (EDGES_COLLAPSE | EDGES_REVERSE | EDGES_EXITS)};
	params->as_of = read_zigzag(in);
	if (flags & EDGES_GAP)
		params->gap = read_varint(in, INT64_MAX);
	params->max_depth = (uint32_t) read_varint(in, depths ? EDGES_MAX_DEPTH : 0);
	if (flags & EDGES_START_AT)
		params->start_at = read_text(in);
	if (flags & EDGES_END_AT)
		params->end_at = read_text(in);
	if (in->bad || (depths && params->max_depth == 0))
		return "truncated or bad parameters";
	if ((flags & ~(depths ? ALL_FLAGS : EDGES_COLLAPSE | EDGES_GAP)) != 0)
		return "unknown flags";
	return NULL;
}

/* Read the names, in order, into the places 0 and up. */
static const char *
read_names(ByteReader *in, EdgeAdder *adder)
{
	uint64_t n = read_varint(in, (uint64_t) (in->end - in->next));
	JourneyText before = {NULL, 0};

	for (uint64_t i = 0; i < n && !in->bad; i++)
	{
		JourneyText name = read_text(in);

		if (in->bad)
			break;
		if (i > 0 && text_compare(&before, &name) >= 0)
			return "names that do not ascend";
		edge_adder_name(adder, name);
		before = name;
		host_poll_at(i);
	}
	return in->bad ? "truncated or bad names" : NULL;
}

/* Why such an edge cannot be, or NULL. */
static const char *
check_ends(const EdgeCounts *counts, const EdgeEnds *ends)
{
	bool depths = counts->max_depth > 0;
	bool reverse = (counts->flags & EDGES_REVERSE) != 0;
	bool entries = reverse && (counts->flags & EDGES_EXITS) && !(counts->flags & EDGES_START_AT);
	bool exits = !reverse && (counts->flags & EDGES_EXITS) && !(counts->flags & EDGES_END_AT);

	if (ends->source == 0 && ends->target == 0)
		return "an edge without names";
	if (depths && ends->depth == 0)
		return "an edge at no depth";
	if (depths && ((ends->source == 0 && !entries) || (ends->target == 0 && !exits)))
		return "an end of a session that is not counted";
	if ((counts->flags & EDGES_COLLAPSE) && ends->source == ends->target)
		return "equal neighbours that were to be one";
	return NULL;
}

/* From those of the edge before to those of the next one, which are larger. */
static void
read_ends(ByteReader *in, const EdgeCounts *counts, EdgeEnds *ends)
{
	uint32_t n_names = counts->n_names;
	uint32_t deeper = 0;
	uint32_t source;
	uint32_t target;

	if (counts->max_depth > 0)
		deeper = (uint32_t) read_varint(in, counts->max_depth - ends->depth);
	if (deeper > 0)
		ends->source = ends->target = 0;
	source = (uint32_t) read_varint(in, n_names - ends->source);
	if (deeper > 0 || source > 0)
		ends->target = (uint32_t) read_varint(in, n_names);
	else
	{
		target = (uint32_t) read_varint(in, n_names);
		in->bad |= target >= n_names - ends->target;
		ends->target += target + 1;
	}
	ends->depth += deeper;
	ends->source += source;
}

/* Read one edge; what is wrong with it, or NULL. */
static const char *
read_edge(ByteReader *in, EdgeAdder *adder, EdgeEnds *ends, bool *named)
{
	bool depths = adder->counts->max_depth > 0;
	Edge edge = {0};
	const char *problem;
	Edge *into;

	read_ends(in, adder->counts, ends);
	edge.taken = read_varint(in, EDGE_COUNTS_MAX);
	if (depths)
		edge.users = read_varint(in, edge.taken);
	if (depths && ends->source > 0 && ends->target > 0)
		edge.usecs = read_wide(in);
	if (in->bad)
		return "truncated or bad edges";
	if ((problem = check_ends(adder->counts, ends)) != NULL)
		return problem;
	if (edge.taken == 0 || (depths && edge.users == 0))
		return "an edge that nobody took";
	if (edge.usecs < 0 || edge.usecs > (__int128) edge.taken * UINT64_MAX)
		return "a time that cannot be";
	/* from a rank to a place: of no name, too */
	into = edge_adder_edge(adder, ends->depth, ends->source - 1, ends->target - 1);
	into->taken = edge.taken;
	into->users = edge.users;
	into->usecs = edge.usecs;
	if (ends->source > 0)
		named[ends->source - 1] = true;
	if (ends->target > 0)
		named[ends->target - 1] = true;
	return NULL;
}

static const char *
read_edges(ByteReader *in, EdgeAdder *adder)
{
	uint64_t n = read_varint(in, EDGES_MAX);
	uint32_t n_names = adder->counts->n_names;
	bool *named = host_alloc(n_names * sizeof(bool));
	EdgeEnds ends = {0, 0, 0};
	const char *problem = in->bad ? "truncated or bad edges" : NULL;

	memset(named, false, n_names);
	for (uint64_t i = 0; i < n && problem == NULL; i++)
	{
		problem = read_edge(in, adder, &ends, named);
		host_poll_at(i);
	}
	if (problem == NULL && in->next != in->end)
		problem = "bytes after the last edge";
	if (problem == NULL && n_names > 0 && memchr(named, false, n_names) != NULL)
		problem = "a name without an edge";
	host_free(named);
	return problem;
}

static void *
unpack(const uint8_t *bytes, size_t size, bool depths, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	EdgeParams params;
	EdgeAdder adder;

	*problem = "unknown format version";
	if (read_byte(&in) != EDGE_COUNTS_VERSION)
		return NULL;
	*problem = read_params(&in, depths, &params);
	if (*problem != NULL)
		return NULL;
	adder = edge_adder(edge_counts_create(&params));
	adder.given = NULL; /* whatever it grows out of is ours */
	*problem = read_names(&in, &adder);
	if (*problem == NULL)
		*problem = read_edges(&in, &adder);
	if (*problem == NULL)
		return adder.counts;
	host_free(adder.counts);
	return NULL;
}

static void *
unpack_depths(const uint8_t *bytes, size_t size, const char **problem)
{
	return unpack(bytes, size, true, problem);
}

static void *
unpack_neighbours(const uint8_t *bytes, size_t size, const char **problem)
{
	return unpack(bytes, size, false, problem);
}

const StateKind path_edges_kind = {.type = "path_edges",
								   .pack = edge_counts_pack,
								   .unpack = unpack_depths,
								   .merge = edge_counts_merge};

const StateKind transitions_kind = {.type = "transitions",
									.pack = edge_counts_pack,
									.unpack = unpack_neighbours,
									.merge = edge_counts_merge};

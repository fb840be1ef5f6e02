/*
 * edge_counts.c: the chunk of names and edges, its hash tables and its growth.
 */
#include "kernel/paths/edge_counts.h"

#include <string.h>

#include "kernel/grouping/grouping_keys.h"
#include "kernel/journey/texts.h"

#define INITIAL_EDGES 64
#define INITIAL_NAMES 32
#define INITIAL_BYTES 512
#define SLOTS         2 /* of a hash table, for each of what it finds */

typedef struct Rooms
{
	uint64_t edges;
	uint64_t names;
	uint64_t bytes;
} Rooms;

static inline size_t
bytes_needed(const Rooms *rooms)
{
	return sizeof(EdgeCounts) + rooms->edges * (sizeof(Edge) + SLOTS * sizeof(uint32_t)) +
		   rooms->names * (sizeof(EdgeName) + SLOTS * sizeof(uint32_t)) + rooms->bytes;
}

static inline EdgeName *
names_of(const EdgeCounts *counts)
{
	return (EdgeName *) (uintptr_t) (counts->edges + counts->room_edges);
}

/* Of a hash table: 0, or 1 and the place of what is there. */
static inline uint32_t *
edge_slots(const EdgeCounts *counts)
{
	return (uint32_t *) (names_of(counts) + counts->room_names);
}

static inline uint32_t *
name_slots(const EdgeCounts *counts)
{
	return edge_slots(counts) + (size_t) SLOTS * counts->room_edges;
}

static inline char *
bytes_of(const EdgeCounts *counts)
{
	return (char *) (name_slots(counts) + (size_t) SLOTS * counts->room_names);
}

static inline uint32_t
edge_hash(uint32_t depth, uint32_t source, uint32_t target)
{
	return (uint32_t) grouping_fold((uint64_t) source << 32 | target, depth);
}

static inline bool
is_edge(const Edge *edge, uint32_t depth, uint32_t source, uint32_t target)
{
	return edge->source == source && edge->target == target && edge->depth == depth;
}

static EdgeCounts *
create(const Rooms *rooms)
{
	EdgeCounts *counts;

	if (bytes_needed(rooms) > STATE_LIMIT)
		host_fail(KERNEL_EDGES_RANGE);
	counts = state_create(bytes_needed(rooms));
	counts->room_edges = (uint32_t) rooms->edges;
	counts->room_names = (uint32_t) rooms->names;
	counts->room_bytes = (uint32_t) rooms->bytes;
	return counts;
}

/* Put what stands at a place into the first slot that is free from its hash on. */
static inline void
fill_slot(uint32_t *slots, uint32_t n_slots, uint64_t hash, uint32_t place)
{
	uint32_t slot = (uint32_t) hash & (n_slots - 1);

	while (slots[slot] != 0)
		slot = (slot + 1) & (n_slots - 1);
	slots[slot] = place + 1;
}

/* A copy with these rooms, of which none is smaller. */
static EdgeCounts *
copy_with(const EdgeCounts *counts, const Rooms *rooms)
{
	EdgeCounts *copy = create(rooms);

	copy->as_of = counts->as_of;
	copy->gap = counts->gap;
	copy->max_depth = counts->max_depth;
	copy->flags = counts->flags;
	copy->start_size = counts->start_size;
	copy->end_size = counts->end_size;
	copy->n_edges = counts->n_edges;
	copy->n_names = counts->n_names;
	copy->n_bytes = counts->n_bytes;
	copy->n_added = counts->n_added;
	state_copy_bytes(copy->edges, counts->edges, counts->n_edges * sizeof(Edge));
	state_copy_bytes(names_of(copy), names_of(counts), counts->n_names * sizeof(EdgeName));
	state_copy_bytes(bytes_of(copy), bytes_of(counts), counts->n_bytes);
	for (uint32_t i = 0; i < copy->n_edges; i++)
	{
		const Edge *edge = &copy->edges[i];

		fill_slot(edge_slots(copy), SLOTS * copy->room_edges,
				  edge_hash(edge->depth, edge->source, edge->target), i);
		host_poll_at(i);
	}
	for (uint32_t i = 0; i < copy->n_names; i++)
	{
		fill_slot(name_slots(copy), SLOTS * copy->room_names, names_of(copy)[i].hash, i);
		host_poll_at(i);
	}
	return copy;
}

/* Twice the room until there is enough. */
static uint64_t
doubled(uint64_t room, uint64_t needed)
{
	while (room < needed)
		room *= 2;
	return room;
}

static void
make_room(EdgeAdder *adder, uint64_t n_edges, uint64_t n_names, uint64_t n_bytes)
{
	EdgeCounts *full = adder->counts;
	Rooms rooms = {doubled(full->room_edges, n_edges), doubled(full->room_names, n_names),
				   doubled(full->room_bytes, n_bytes)};

	adder->counts = copy_with(full, &rooms);
	if (full != adder->given)
		host_free(full);
}

static uint32_t
add_bytes(EdgeCounts *counts, JourneyText text)
{
	uint32_t at = counts->n_bytes;

	if (text.size > 0)
		memcpy(bytes_of(counts) + at, text.bytes, text.size);
	counts->n_bytes += text.size;
	return at;
}

EdgeCounts *
edge_counts_create(const EdgeParams *params)
{
	Rooms rooms = {INITIAL_EDGES, INITIAL_NAMES,
				   doubled(INITIAL_BYTES, (uint64_t) params->start_at.size + params->end_at.size)};
	EdgeCounts *counts = create(&rooms);

	counts->as_of = params->as_of;
	counts->gap = params->gap;
	counts->max_depth = params->max_depth;
	counts->flags = (uint8_t) (params->flags | (params->gap != SESSION_UNLIMITED ? EDGES_GAP : 0) |
							   (params->start_at.bytes != NULL ? EDGES_START_AT : 0) |
							   (params->end_at.bytes != NULL ? EDGES_END_AT : 0));
	counts->start_size = params->start_at.size;
	counts->end_size = params->end_at.size;
	add_bytes(counts, params->start_at);
	add_bytes(counts, params->end_at);
	return counts;
}

EdgeParams
edge_counts_params(const EdgeCounts *counts)
{
	const char *bytes = bytes_of(counts);

	return (EdgeParams){
		.as_of = counts->as_of,
		.gap = counts->gap,
		.max_depth = counts->max_depth,
		.flags = counts->flags & (EDGES_COLLAPSE | EDGES_REVERSE | EDGES_EXITS),
		.start_at = {counts->flags & EDGES_START_AT ? bytes : NULL, counts->start_size},
		.end_at = {counts->flags & EDGES_END_AT ? bytes + counts->start_size : NULL,
				   counts->end_size}};
}

static bool
same_text(JourneyText a, JourneyText b)
{
	return a.size == b.size && (a.bytes == NULL) == (b.bytes == NULL) &&
		   (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

void
edge_counts_expect(const EdgeCounts *counts, const EdgeParams *params)
{
	EdgeParams own = edge_counts_params(counts);

	if (own.as_of != params->as_of || own.gap != params->gap ||
		own.max_depth != params->max_depth || own.flags != params->flags ||
		!same_text(own.start_at, params->start_at) || !same_text(own.end_at, params->end_at))
		host_fail(KERNEL_PARAMETERS);
}

JourneyText
edge_counts_name(const EdgeCounts *counts, uint32_t place)
{
	const EdgeName *name = &names_of(counts)[place];

	return (JourneyText){bytes_of(counts) + name->at, name->size};
}

bool
edge_counts_has_name(const EdgeCounts *counts, uint32_t place, JourneyText name)
{
	const EdgeName *known;

	if (place >= counts->n_names)
		return false;
	known = &names_of(counts)[place];
	return known->size == name.size &&
		   memcmp(bytes_of(counts) + known->at, name.bytes, name.size) == 0;
}

uint32_t
edge_adder_name(EdgeAdder *adder, JourneyText name)
{
	uint64_t hash = text_hash(name.bytes, name.size);
	EdgeCounts *counts = adder->counts;
	uint32_t last_slot = SLOTS * counts->room_names - 1;
	uint32_t place;

	for (uint32_t slot = (uint32_t) hash & last_slot; (place = name_slots(counts)[slot]) != 0;
		 slot = (slot + 1) & last_slot)
	{
		const EdgeName *known = &names_of(counts)[place - 1];

		if (known->hash == hash && known->size == name.size &&
			memcmp(bytes_of(counts) + known->at, name.bytes, name.size) == 0)
			return place - 1;
	}
	if (counts->n_names == counts->room_names ||
		name.size > counts->room_bytes - counts->n_bytes)
		make_room(adder, counts->n_edges, (uint64_t) counts->n_names + 1,
				  (uint64_t) counts->n_bytes + name.size);
	counts = adder->counts;
	place = counts->n_names++;
	names_of(counts)[place] = (EdgeName){hash, add_bytes(counts, name), name.size};
	fill_slot(name_slots(counts), SLOTS * counts->room_names, hash, place);
	return place;
}

Edge *
edge_adder_edge(EdgeAdder *adder, uint32_t depth, uint32_t source, uint32_t target)
{
	uint32_t hash = edge_hash(depth, source, target);
	EdgeCounts *counts = adder->counts;
	uint32_t last_slot = SLOTS * counts->room_edges - 1;
	const uint32_t *slots = edge_slots(counts);
	uint32_t place;

	for (uint32_t slot = hash & last_slot; (place = slots[slot]) != 0;
		 slot = (slot + 1) & last_slot)
		if (is_edge(&counts->edges[place - 1], depth, source, target))
			return &counts->edges[place - 1];
	if (counts->n_edges == EDGES_MAX)
		host_fail(KERNEL_EDGES_RANGE);
	if (counts->n_edges == counts->room_edges)
		make_room(adder, (uint64_t) counts->n_edges + 1, counts->n_names, counts->n_bytes);
	counts = adder->counts;
	place = counts->n_edges++;
	counts->edges[place].source = source;
	counts->edges[place].target = target;
	counts->edges[place].depth = depth;
	fill_slot(edge_slots(counts), SLOTS * counts->room_edges, hash, place);
	return &counts->edges[place];
}

static inline uint64_t
add_counts(uint64_t a, uint64_t b)
{
	if (a + b > EDGE_COUNTS_MAX)
		host_fail(KERNEL_USERS_RANGE);
	return a + b;
}

/* The place of the other's name, which it asks for once. */
static uint32_t
own_place(EdgeAdder *adder, const EdgeCounts *other, uint32_t *places, uint32_t place)
{
	if (place == EDGE_NO_NAME)
		return EDGE_NO_NAME;
	if (places[place] == EDGE_NO_NAME)
		places[place] = edge_adder_name(adder, edge_counts_name(other, place));
	return places[place];
}

void *
edge_counts_merge(void *state, const void *from_state)
{
	const EdgeCounts *other = from_state;
	EdgeParams params = edge_counts_params(other);
	EdgeAdder adder = edge_adder(state);
	uint32_t *places = host_alloc(other->n_names * sizeof(uint32_t));

	edge_counts_expect(state, &params);
	memset(places, 0xFF, other->n_names * sizeof(uint32_t)); /* EDGE_NO_NAME */
	for (uint32_t i = 0; i < other->n_edges; i++)
	{
		const Edge *from = &other->edges[i];
		uint32_t source = own_place(&adder, other, places, from->source);
		uint32_t target = own_place(&adder, other, places, from->target);
		Edge *into = edge_adder_edge(&adder, from->depth, source, target);

		into->taken = add_counts(into->taken, from->taken);
		into->users = add_counts(into->users, from->users);
		into->usecs += from->usecs;
		host_poll_at(i);
	}
	host_free(places);
	return adder.counts;
}

/*
 * affinity_private.h: the areas of a chunk of affinity, and its pairs.
 */
#ifndef USER_OPS_KERNEL_AFFINITY_PRIVATE_H
#define USER_OPS_KERNEL_AFFINITY_PRIVATE_H

#include "kernel/items/affinity.h"

#define AFFINITY_SLOTS 2 /* of the hash table of keys, for each item */

typedef struct AffinityRooms
{
	uint64_t items;
	uint64_t bytes;
	uint64_t pairs; /* slots */
} AffinityRooms;

/* Words of a slot for a pair: item, other, users, and the halves of the sum of products. */
enum
{
	PAIR_ITEM,
	PAIR_OTHER,
	PAIR_USERS, /* 0: nobody's */
	PAIR_LOW,
	PAIR_HIGH,
	PAIR_WORDS
};

static inline uint32_t
pair_words(const AffinityQuestion *question)
{
	return question->half_life_days == 0 ? PAIR_LOW : PAIR_WORDS;
}

static inline uint64_t
pair_products(const uint32_t *pair)
{
	return (uint64_t) pair[PAIR_HIGH] << 32 | pair[PAIR_LOW];
}

static inline AffinityItem *
affinity_items(const Affinity *affinity)
{
	return (AffinityItem *) (uintptr_t) affinity->areas;
}

/* 0, or 1 and the place of an item. */
static inline uint32_t *
affinity_slots(const Affinity *affinity)
{
	return (uint32_t *) (affinity_items(affinity) + affinity->room_items);
}

static inline uint32_t *
affinity_pairs(const Affinity *affinity)
{
	return affinity_slots(affinity) + (size_t) AFFINITY_SLOTS * affinity->room_items;
}

static inline char *
affinity_bytes(const Affinity *affinity)
{
	return (char *) (affinity_pairs(affinity) +
					 (size_t) pair_words(&affinity->question) * affinity->room_pairs);
}

static inline ItemKey
affinity_key(const Affinity *affinity, uint32_t place)
{
	const AffinityItem *item = &affinity_items(affinity)[place];

	if (affinity->kind == ITEM_NUMBERS)
		return (ItemKey){.number = item->key.number};
	return (ItemKey){.bytes = affinity_bytes(affinity) + item->key.text.at,
					 .size = item->key.text.size};
}

/* Empty, with so much room; fails (KERNEL_PAIRS_RANGE) past the limit. */
extern Affinity *affinity_with_room(ItemKind kind, const AffinityQuestion *question,
									const AffinityRooms *rooms);

/* The state, or a larger copy of it, with room for so many more items, bytes, and pairs. */
extern Affinity *affinity_make_room(Affinity *affinity, const AffinityRooms *more);

/* The place of an item, which is new or not, and for which there is room. */
extern uint32_t affinity_place(Affinity *affinity, const ItemKey *key);

/* What is added to a pair. */
typedef struct PairCount
{
	uint32_t item; /* places; of the two the smaller one */
	uint32_t other;
	uint32_t slot; /* where the pair is looked for */
	uint32_t users;
	uint64_t products;
} PairCount;

#define PAIRS_AT_ONCE 128

/* Pairs on their way to the table: what they need of it is fetched meanwhile. */
typedef struct PairBatch
{
	Affinity *affinity;
	uint32_t *pairs;
	uint32_t words;
	uint32_t n;
	uint64_t n_added;
	PairCount counts[PAIRS_AT_ONCE];
} PairBatch;

extern void pair_batch_begin(PairBatch *batch, Affinity *affinity);
extern void pair_batch_end(PairBatch *batch);

static inline uint32_t
pair_slot(const Affinity *affinity, uint32_t item, uint32_t other)
{
	uint64_t hash = ((uint64_t) item << 32 | other) * UINT64_C(0x9E3779B97F4A7C15);

	hash ^= hash >> 29;
	hash *= UINT64_C(0xBF58476D1CE4E5B9);
	return (uint32_t) ((hash >> 32) * affinity->room_pairs >> 32);
}

/* One more count of a pair of two places, for which there is room. */
static inline void
pair_batch_add(PairBatch *batch, uint32_t a, uint32_t b, uint32_t users, uint64_t products)
{
	uint32_t item = a < b ? a : b;
	uint32_t other = a < b ? b : a;
	uint32_t slot = pair_slot(batch->affinity, item, other);

	__builtin_prefetch(batch->pairs + (size_t) slot * batch->words, 1);
	batch->counts[batch->n++] = (PairCount){item, other, slot, users, products};
	if (batch->n == PAIRS_AT_ONCE)
		pair_batch_end(batch);
}

/* Of what stands behind the head. */
extern uint64_t affinity_fingerprint(const uint8_t *bytes, size_t size);

/* Put it where it belongs. */
extern void affinity_seal(uint8_t *bytes, size_t size);

/* For the StateKind. */
extern void affinity_pack(const void *state, ByteWriter *out);
extern void *affinity_unpack(const uint8_t *bytes, size_t size, const char **problem);

#endif

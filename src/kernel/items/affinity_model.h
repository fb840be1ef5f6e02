/*
 * affinity_model.h: an affinity as it is read: items in their order, and behind each the
 * others that it was met with.
 */
#ifndef USER_OPS_KERNEL_AFFINITY_MODEL_H
#define USER_OPS_KERNEL_AFFINITY_MODEL_H

#include "kernel/items/affinity.h"

typedef struct ModelItem
{
	ItemKey key; /* a text stands in the bytes that were read */
	uint64_t weights;
	uint64_t squares;
	uint32_t users;
} ModelItem;

typedef struct ModelPair
{
	uint32_t other;
	uint32_t users;
} ModelPair;

typedef struct AffinityModel
{
	ItemKind kind;
	AffinityQuestion question;
	uint64_t users;
	uint64_t users_cut;
	uint32_t n_items;
	uint32_t n_pairs;
	ModelItem *items;
	uint32_t *starts; /* of the pairs of each item, and behind the last one */
	ModelPair *pairs;
	uint64_t *products; /* by pair; NULL without a half-life */
} AffinityModel;

/* NULL, or what is wrong with the bytes, of which texts stay where they are. */
extern const char *affinity_decode(AffinityModel *model, const uint8_t *bytes, size_t size);

/* The same without items and pairs, of which only the numbers are set. */
extern const char *affinity_decode_head(AffinityModel *model, const uint8_t *bytes, size_t size);
extern void affinity_model_free(AffinityModel *model);

/* The place of a key, or UINT32_MAX. */
extern uint32_t affinity_find(const AffinityModel *model, const ItemKey *key);

/* The places of items by how many users they have, of as many the smaller one first; to be freed.
 */
extern uint32_t *affinity_by_users(const AffinityModel *model);

/* What is counted of a pair. */
typedef struct PairCounts
{
	uint32_t item; /* places; directed */
	uint32_t other;
	uint32_t users; /* of both */
	uint64_t products;
} PairCounts;

/* Of each item the others, ascending, with at least so many users of both. */
typedef struct AffinityEdges
{
	const AffinityModel *model;
	uint64_t *starts; /* of the edges of each item, and behind the last one */
	uint32_t *others;
	uint32_t *pairs; /* which pair it is */
} AffinityEdges;

extern AffinityEdges affinity_edges(const AffinityModel *model, uint32_t min_users);
extern void affinity_edges_free(AffinityEdges *edges);

static inline PairCounts
edge_counts(const AffinityEdges *edges, uint32_t item, uint64_t edge)
{
	const AffinityModel *model = edges->model;
	uint32_t pair = edges->pairs[edge];

	return (PairCounts){item, edges->others[edge], model->pairs[pair].users,
						model->products == NULL ? 0 : model->products[pair]};
}

#endif

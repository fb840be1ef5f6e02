/*
 * pair_measures.h: how much two items go together.
 *
 * Of n users a have the item, b the other and c both.
 *
 *	support		c / n
 *	confidence	c / a: of those with the item, how many have the other
 *	lift		c * n / (a * b)
 *	jaccard		c / (a + b - c)
 *	cosine		sum of w w' / sqrt(sum of w^2 * sum of w'^2), of the weights of users for both;
 *				0 where they have none
 *	llr			Dunning's log-likelihood ratio (1993) of the table of c, a - c, b - c and the rest
 */
#ifndef USER_OPS_KERNEL_PAIR_MEASURES_H
#define USER_OPS_KERNEL_PAIR_MEASURES_H

#include "kernel/items/affinity_model.h"

typedef enum ItemMeasure
{
	MEASURE_LLR,
	MEASURE_COSINE,
	MEASURE_LIFT,
	MEASURE_CONFIDENCE,
	MEASURE_JACCARD
} ItemMeasure;

#define ITEM_MEASURES 5

/* Users with both, with one alone, and with none; n = their sum is at most 2^62. */
typedef struct PairTable
{
	uint64_t both;
	uint64_t only_a;
	uint64_t only_b;
	uint64_t neither;
} PairTable;

extern double log_likelihood_ratio(const PairTable *table);

/* More than by chance: c * n > a * b. */
extern bool pair_is_positive(const AffinityModel *model, const PairCounts *counts);

extern double pair_measure(const AffinityModel *model, const PairCounts *counts,
						   ItemMeasure measure);

/* Another item of one, and how near it is. */
typedef struct Neighbour
{
	double score;
	uint32_t other;
	uint32_t users; /* of both */
} Neighbour;

/*
 * The nearest ones are kept in room for top of them, n so far, in no order: that is what is
 * made at the end, by score, then users, then the smaller other.
 */
extern void nearest_add(Neighbour *nearest, uint32_t *n, uint32_t top, const Neighbour *neighbour);
extern void nearest_sort(Neighbour *nearest, uint32_t n);

/*
 * The nearest others of an item, at most top of them, in room for as many or for all its edges: by
 * score, then users, then the smaller other.  By llr and lift those that are positive, by any
 * measure those of a score above 0.  Returns how many there are.
 */
extern uint32_t item_neighbours(const AffinityEdges *edges, uint32_t item, ItemMeasure measure,
								uint32_t top, Neighbour *neighbours);

/* So much room they need. */
static inline uint32_t
neighbours_at_most(const AffinityEdges *edges, uint32_t item, uint32_t top)
{
	uint64_t n = edges->starts[item + 1] - edges->starts[item];

	return n < top ? (uint32_t) n : top;
}

#endif

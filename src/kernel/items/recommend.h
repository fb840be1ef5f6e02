/*
 * recommend.h: what to offer a user, by what goes with the items he has.
 *
 * An item scores what the nearest others of the user's items have in common with them: the sum
 * of the measure over his items, in their order, of those that have it among their nearest.
 * Where that are too few, the most popular ones follow.
 */
#ifndef USER_OPS_KERNEL_RECOMMEND_H
#define USER_OPS_KERNEL_RECOMMEND_H

#include "kernel/items/pair_measures.h"

typedef struct RecommendRules
{
	ItemMeasure measure;
	uint32_t neighbours; /* of each item, at most */
	uint32_t min_users;
} RecommendRules;

/* An affinity that many users are asked of, one after the other. */
typedef struct Recommender
{
	AffinityModel model;
	uint64_t *starts; /* of the nearest others of each item */
	uint32_t *others;
	double *measures;
	uint32_t *popular; /* places */
	/* of one user, by place; known to be his by the number of the call */
	uint32_t call;
	uint32_t *own; /* he has it */
	uint32_t *scored;
	uint32_t *chosen;
	double *scores;
	uint32_t *met; /* places with a score */
} Recommender;

/* Of a model, which is the recommender's from now on. */
extern void recommender_make(Recommender *recommender, const AffinityModel *model,
							 const RecommendRules *rules);

typedef struct Offer
{
	uint32_t item; /* a place */
	bool similar;  /* or popular, without a score */
	double score;
} Offer;

/*
 * At most top offers, in room for as many or for all items; reader NULL: a user with nothing.
 * Returns how many there are; then reader->in.bad if the basket is damaged.
 */
extern uint32_t recommend(Recommender *recommender, BasketReader *reader, int32_t as_of,
						  uint32_t top, bool keep_own, Offer *offers);

#endif

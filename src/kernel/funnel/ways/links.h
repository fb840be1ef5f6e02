/*
 * links.h: chains while they are looked for: each row points to the one before.
 *
 * Chains with equal beginnings share them.  All are freed together.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_LINKS_H
#define USER_OPS_KERNEL_FUNNEL_LINKS_H

#include "kernel/funnel/question.h"

typedef struct FunnelLink FunnelLink;
struct FunnelLink
{
	const FunnelLink *previous; /* NULL: the first */
	uint32_t row;
	uint32_t group;  /* the first row that the row is simultaneous with */
	uint8_t step;
	uint8_t n;       /* links up to this one */
};

typedef struct LinkBlock LinkBlock;

typedef struct FunnelLinks
{
	LinkBlock *blocks;
	size_t left; /* in the block that was made last */
} FunnelLinks;

extern const FunnelLink *links_add(FunnelLinks *links, const FunnelLink *previous, int step,
								   uint32_t row, uint32_t group);
extern void links_free(FunnelLinks *links);

/*
 * Does chain a come before b?  Earliest times, compared step by step, none last; then,
 * among rows at one time, those of the lowest tiebreak; then the first rows.
 */
extern bool links_earlier(const JourneyRow *rows, const FunnelLink *a, const FunnelLink *b);

extern void links_to_chain(const FunnelLink *link, FunnelChain *chain);

#endif

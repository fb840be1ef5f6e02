/*
 * links.c: chains while they are looked for.
 */
#include "kernel/funnel/ways/links.h"

#include <string.h>

#define BLOCK_LINKS 1000

struct LinkBlock
{
	LinkBlock *previous;
	FunnelLink links[BLOCK_LINKS];
};

const FunnelLink *
links_add(FunnelLinks *links, const FunnelLink *previous, int step, uint32_t row, uint32_t group)
{
	FunnelLink *link;

	if (links->left == 0)
	{
		LinkBlock *block = host_alloc(sizeof(LinkBlock));

		host_poll();
		block->previous = links->blocks;
		links->blocks = block;
		links->left = BLOCK_LINKS;
	}
	link = &links->blocks->links[BLOCK_LINKS - links->left--];
	*link = (FunnelLink){previous, row, group, (uint8_t) step,
						 (uint8_t) (previous == NULL ? 1 : previous->n + 1)};
	return link;
}

void
links_free(FunnelLinks *links)
{
	while (links->blocks != NULL)
	{
		LinkBlock *block = links->blocks;

		links->blocks = block->previous;
		host_free(block);
	}
	links->left = 0;
}

/* The links in order; returns how many. */
static int
spread(const FunnelLink *link, const FunnelLink **in_order)
{
	int n = link->n;

	for (; link != NULL; link = link->previous)
		in_order[link->n - 1] = link;
	return n;
}

bool
links_earlier(const JourneyRow *rows, const FunnelLink *a, const FunnelLink *b)
{
	const FunnelLink *of_a[FUNNEL_STEPS];
	const FunnelLink *of_b[FUNNEL_STEPS];
	int n_a = spread(a, of_a);
	int n_b = spread(b, of_b);
	int earlier_group = 0;
	int earlier_row = 0;

	for (int i = 0; i < n_a && i < n_b; i++)
	{
		if (of_a[i] == of_b[i])
			continue;
		if (of_a[i]->step != of_b[i]->step)
			return of_a[i]->step < of_b[i]->step;
		if (rows[of_a[i]->row].at != rows[of_b[i]->row].at)
			return rows[of_a[i]->row].at < rows[of_b[i]->row].at;
		if (earlier_group == 0)
			earlier_group = (of_a[i]->group > of_b[i]->group) - (of_a[i]->group < of_b[i]->group);
		if (earlier_row == 0)
			earlier_row = (of_a[i]->row > of_b[i]->row) - (of_a[i]->row < of_b[i]->row);
	}
	if (n_a != n_b)
		return n_a > n_b;
	return earlier_group != 0 ? earlier_group < 0 : earlier_row < 0;
}

void
links_to_chain(const FunnelLink *link, FunnelChain *chain)
{
	chain->level = link->step;
	chain->held = 0;
	for (; link != NULL; link = link->previous)
	{
		chain->held |= (uint64_t) 1 << (link->step - 1);
		chain->rows[link->step - 1] = link->row;
	}
}

/*
 * affinity_model.c: an affinity as it is read.
 */
#include "kernel/items/affinity_model.h"

#include "kernel/base/sort.h"

static void
free_known(void *chunk)
{
	if (chunk != NULL)
		host_free(chunk);
}

void
affinity_model_free(AffinityModel *model)
{
	free_known(model->items);
	free_known(model->starts);
	free_known(model->pairs);
	free_known(model->products);
}

uint32_t
affinity_find(const AffinityModel *model, const ItemKey *key)
{
	uint32_t low = 0;
	uint32_t high = model->n_items;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;
		int order = item_compare(&model->items[middle].key, key);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return UINT32_MAX;
}

uint32_t *
affinity_by_users(const AffinityModel *model)
{
	uint32_t *places = host_alloc((size_t) model->n_items * sizeof(uint32_t));
	int64_t *words = host_alloc((size_t) model->n_items * sizeof(int64_t));

	for (uint32_t i = 0; i < model->n_items; i++)
	{
		words[i] = (int64_t) ((uint64_t) ~model->items[i].users << 32 | i);
		words[i] ^= INT64_MIN; /* as words without a sign */
		host_poll_at(i);
	}
	sort_int64(words, model->n_items);
	for (uint32_t i = 0; i < model->n_items; i++)
	{
		places[i] = (uint32_t) words[i];
		host_poll_at(i);
	}
	host_free(words);
	return places;
}

/* How many edges each item has, behind its place. */
static void
count_edges(const AffinityModel *model, uint32_t min_users, uint64_t *starts)
{
	memset(starts, 0, ((size_t) model->n_items + 1) * sizeof(uint64_t));
	for (uint32_t item = 0; item < model->n_items; item++)
		for (uint32_t i = model->starts[item]; i < model->starts[item + 1]; i++)
		{
			host_poll_at(i);
			if (model->pairs[i].users < min_users)
				continue;
			starts[item + 1]++;
			starts[model->pairs[i].other + 1]++;
		}
	for (uint32_t item = 0; item < model->n_items; item++)
	{
		starts[item + 1] += starts[item];
		host_poll_at(item);
	}
}

static inline void
set_edge(AffinityEdges *edges, uint64_t at, uint32_t other, uint32_t pair)
{
	edges->others[at] = other;
	edges->pairs[at] = pair;
}

AffinityEdges
affinity_edges(const AffinityModel *model, uint32_t min_users)
{
	AffinityEdges edges = {.model = model};
	uint64_t *next = host_alloc(((size_t) model->n_items + 1) * sizeof(uint64_t));

	edges.starts = host_alloc(((size_t) model->n_items + 1) * sizeof(uint64_t));
	count_edges(model, min_users, edges.starts);
	memcpy(next, edges.starts, ((size_t) model->n_items + 1) * sizeof(uint64_t));
	edges.others = host_alloc(edges.starts[model->n_items] * sizeof(uint32_t));
	edges.pairs = host_alloc(edges.starts[model->n_items] * sizeof(uint32_t));
	/* pairs ascend by both items, and so do the edges of each */
	for (uint32_t item = 0; item < model->n_items; item++)
		for (uint32_t i = model->starts[item]; i < model->starts[item + 1]; i++)
		{
			uint32_t other = model->pairs[i].other;

			host_poll_at(i);
			if (model->pairs[i].users < min_users)
				continue;
			set_edge(&edges, next[item]++, other, i);
			set_edge(&edges, next[other]++, item, i);
		}
	host_free(next);
	return edges;
}

void
affinity_edges_free(AffinityEdges *edges)
{
	host_free(edges->starts);
	host_free(edges->others);
	host_free(edges->pairs);
}

/*
 * recommend.c: what to offer a user.
 */
#include "kernel/items/recommend.h"

#define FEW_OFFERS 64

static void *
zeros(size_t n, size_t size)
{
	return memset(host_alloc(n * size), 0, n * size);
}

/* The nearest others of each item, behind each other. */
static void
find_nearest(Recommender *recommender, const RecommendRules *rules)
{
	const AffinityModel *model = &recommender->model;
	AffinityEdges edges = affinity_edges(model, rules->min_users);
	uint64_t most = 0;
	uint32_t widest = 0;
	uint64_t n = 0;
	Neighbour *nearest;

	for (uint32_t item = 0; item < model->n_items; item++)
	{
		uint32_t of_item = neighbours_at_most(&edges, item, rules->neighbours);

		most += of_item;
		widest = of_item > widest ? of_item : widest;
		host_poll_at(item);
	}
	nearest = host_alloc((size_t) widest * sizeof(Neighbour));
	recommender->starts = host_alloc(((size_t) model->n_items + 1) * sizeof(uint64_t));
	recommender->others = host_alloc(most * sizeof(uint32_t));
	recommender->measures = host_alloc(most * sizeof(double));
	for (uint32_t item = 0; item < model->n_items; item++)
	{
		uint32_t of_item =
			item_neighbours(&edges, item, rules->measure, rules->neighbours, nearest);

		recommender->starts[item] = n;
		for (uint32_t i = 0; i < of_item; i++)
		{
			recommender->others[n] = nearest[i].other;
			recommender->measures[n++] = nearest[i].score;
		}
		host_poll_at(item);
	}
	recommender->starts[model->n_items] = n;
	host_free(nearest);
	affinity_edges_free(&edges);
}

void
recommender_make(Recommender *recommender, const AffinityModel *model, const RecommendRules *rules)
{
	size_t n = model->n_items;

	*recommender = (Recommender){.model = *model};
	find_nearest(recommender, rules);
	recommender->popular = affinity_by_users(&recommender->model);
	recommender->own = zeros(n, sizeof(uint32_t));
	recommender->scored = zeros(n, sizeof(uint32_t));
	recommender->chosen = zeros(n, sizeof(uint32_t));
	recommender->scores = zeros(n, sizeof(double));
	recommender->met = zeros(n, sizeof(uint32_t));
}

/* Which call it is: those before have marked places by other numbers. */
static void
begin_call(Recommender *recommender)
{
	size_t n = recommender->model.n_items;

	if (++recommender->call != 0)
		return;
	memset(recommender->own, 0, n * sizeof(uint32_t));
	memset(recommender->scored, 0, n * sizeof(uint32_t));
	memset(recommender->chosen, 0, n * sizeof(uint32_t));
	recommender->call = 1;
}

/* The user's items that are known, which are marked, in their order; to be freed unless it is few.
 */
static uint32_t *
own_places(Recommender *recommender, BasketReader *reader, int32_t as_of, uint32_t *few,
		   uint32_t *n)
{
	uint32_t room = FEW_OFFERS;
	uint32_t *places = few;
	BasketItem item;

	*n = 0;
	while (basket_next(reader, as_of, 0, &item))
	{
		uint32_t place = affinity_find(&recommender->model, &item.id);

		if (place == UINT32_MAX)
			continue;
		if (*n == room)
		{
			uint32_t *larger = host_alloc(2 * (size_t) room * sizeof(uint32_t));

			memcpy(larger, places, (size_t) *n * sizeof(uint32_t));
			if (places != few)
				host_free(places);
			places = larger;
			room *= 2;
		}
		recommender->own[place] = recommender->call;
		places[(*n)++] = place;
	}
	return places;
}

/* What goes with an item of the user scores; n are met so far. */
static uint32_t
score_others(Recommender *recommender, uint32_t item, bool keep_own, uint32_t n)
{
	for (uint64_t i = recommender->starts[item]; i < recommender->starts[item + 1]; i++)
	{
		uint32_t other = recommender->others[i];

		if (!keep_own && recommender->own[other] == recommender->call)
			continue;
		if (recommender->scored[other] != recommender->call)
		{
			recommender->scored[other] = recommender->call;
			recommender->scores[other] = 0;
			recommender->met[n++] = other;
		}
		recommender->scores[other] += recommender->measures[i];
	}
	return n;
}

/* The best of those that are met. */
static uint32_t
similar_offers(Recommender *recommender, uint32_t n_met, uint32_t top, Offer *offers)
{
	Neighbour few[FEW_OFFERS];
	Neighbour *best = top <= FEW_OFFERS ? few : host_alloc((size_t) top * sizeof(Neighbour));
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_met; i++)
	{
		uint32_t item = recommender->met[i];

		nearest_add(
			best, &n, top,
			&(Neighbour){recommender->scores[item], item, recommender->model.items[item].users});
		host_poll_at(i);
	}
	nearest_sort(best, n);
	for (uint32_t i = 0; i < n; i++)
	{
		offers[i] = (Offer){best[i].other, true, best[i].score};
		recommender->chosen[best[i].other] = recommender->call;
	}
	if (best != few)
		host_free(best);
	return n;
}

/* Popular ones behind n others. */
static uint32_t
fill_up(const Recommender *recommender, bool keep_own, uint32_t n, uint32_t top, Offer *offers)
{
	for (uint32_t i = 0; n < top && i < recommender->model.n_items; i++)
	{
		uint32_t item = recommender->popular[i];

		host_poll_at(i);
		if (recommender->chosen[item] != recommender->call &&
			(keep_own || recommender->own[item] != recommender->call))
			offers[n++] = (Offer){.item = item};
	}
	return n;
}

uint32_t
recommend(Recommender *recommender, BasketReader *reader, int32_t as_of, uint32_t top,
		  bool keep_own, Offer *offers)
{
	uint32_t few[FEW_OFFERS];
	uint32_t *own = few;
	uint32_t n_own = 0;
	uint32_t n_met = 0;
	uint32_t n;

	if (top > recommender->model.n_items)
		top = recommender->model.n_items;
	begin_call(recommender);
	if (reader != NULL)
		own = own_places(recommender, reader, as_of, few, &n_own);
	for (uint32_t i = 0; i < n_own; i++)
	{
		n_met = score_others(recommender, own[i], keep_own, n_met);
		host_poll_at(i);
	}
	if (own != few)
		host_free(own);
	n = similar_offers(recommender, n_met, top, offers);
	return fill_up(recommender, keep_own, n, top, offers);
}

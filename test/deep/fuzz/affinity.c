/*
 * affinity.c: which items go together, and what is offered.
 */
#include "items.h"
#include "states.h"

#include "kernel/items/recommend.h"

static Stored
basket_bytes(Input *in, ItemKind kind)
{
	Basket *basket = in_basket(in, kind, false);
	ByteWriter out = byte_writer(0);

	if (basket->n == 0)
		return (Stored){NULL, 0};
	basket_state.pack(basket, &out);
	return (Stored){fuzz_copy(out.start, bytes_written(&out)), bytes_written(&out)};
}

FUZZ_STATES(&affinity_kind)

static void *
build(Input *head, Input *rows)
{
	ItemKind kind = (ItemKind) in_bool(head);
	AffinityQuestion question = {.as_of = in_as_of(head), .items_from = INT32_MIN};
	Affinity *affinity;

	question.half_life_days = in_bool(head) ? 0 : (int32_t) in_int(head, 1, INT32_MAX);
	question.max_items = in_bool(head) ? AFFINITY_MAX_ITEMS : (int32_t) in_int(head, 1, INT32_MAX);
	if (in_bool(head))
		question.items_from = in_as_of(head);
	if (question.items_from >= question.as_of)
		question.items_from = INT32_MIN;
	affinity = affinity_create(kind, &question);
	while (in_left(rows) > 0)
	{
		Stored basket = basket_bytes(rows, kind);
		BasketReader reader;

		if (basket.size == 0)
			continue;
		CHECK(basket_open(&reader, basket.bytes, basket.size) == NULL);
		affinity = affinity_add(affinity, &reader);
		CHECK(!reader.in.bad);
	}
	affinity_expect(affinity, kind, &question);
	return affinity;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	AffinityModel head;
	AffinityModel model;
	RecommendRules rules = {(ItemMeasure) in_below(in, ITEM_MEASURES), (uint32_t) in_int(in, 1, 100),
							(uint32_t) in_int(in, 1, UINT32_MAX)};
	uint32_t top = (uint32_t) in_int(in, 1, 100);
	bool keep_own = in_bool(in);
	int32_t as_of = in_as_of(in);
	Recommender recommender;
	AffinityEdges edges;
	Neighbour *neighbours;
	Offer *offers;
	Stored basket;
	BasketReader reader;
	uint32_t n;

	CHECK(affinity_decode_head(&head, bytes, size) == NULL);
	CHECK(affinity_decode(&model, bytes, size) == NULL);
	CHECK(model.n_items == head.n_items && model.users == head.users);
	(void) affinity_by_users(&model);
	edges = affinity_edges(&model, rules.min_users);
	neighbours = host_alloc((model.n_items + 1) * sizeof(Neighbour));
	for (uint32_t i = 0; i < model.n_items; i++)
	{
		CHECK(affinity_find(&model, &model.items[i].key) == i);
		n = item_neighbours(&edges, i, rules.measure, top, neighbours);
		CHECK(n <= neighbours_at_most(&edges, i, top));
		for (uint32_t k = 0; k < n; k++)
			CHECK(neighbours[k].other != i && neighbours[k].score > 0);
		for (uint64_t edge = edges.starts[i]; edge < edges.starts[i + 1]; edge++)
		{
			PairCounts counts = edge_counts(&edges, i, edge);

			for (int measure = 0; measure < ITEM_MEASURES; measure++)
				(void) pair_measure(&model, &counts, (ItemMeasure) measure);
			(void) pair_is_positive(&model, &counts);
		}
	}
	affinity_edges_free(&edges);
	recommender_make(&recommender, &model, &rules);
	offers = host_alloc((model.n_items + 1) * sizeof(Offer));
	basket = basket_bytes(in, model.kind);
	if (basket.size > 0)
		CHECK(basket_open(&reader, basket.bytes, basket.size) == NULL);
	n = recommend(&recommender, basket.size > 0 ? &reader : NULL, as_of, top, keep_own, offers);
	CHECK(n <= top && n <= model.n_items);
}

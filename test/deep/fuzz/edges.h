/*
 * edges.h: how often users go from one name to the next.
 */
#include "states.h"

#include "kernel/paths/edge_counts.h"

static EdgeCounts *
count_edges(const EdgeParams *params, Input *rows)
{
	JourneyKind kind = {.by_name = true};
	EdgeCounts *counts = edge_counts_create(params);
	EdgeHints hints = {0};

	while (in_left(rows) > 0)
	{
		const Journey *journey = in_journey(rows, &kind);

		edge_hints_make_room(&hints, journey);
		counts = edge_counts_add(counts, journey, &hints);
	}
	edge_counts_expect(counts, params);
	return counts;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const EdgeCounts *counts = state;
	EdgeOrder *order = edge_counts_order(counts);
	EdgeParams params = edge_counts_params(counts);

	for (uint32_t i = 0; i < counts->n_names; i++)
	{
		JourneyText name = edge_counts_name(counts, order->names[i]);

		CHECK(edge_counts_has_name(counts, order->names[i], name));
	}
	for (uint32_t i = 0; i < counts->n_edges; i++)
	{
		const Edge *edge = &counts->edges[order->edges[i]];

		CHECK(edge->taken > 0 && edge->users <= edge->taken && edge->depth <= params.max_depth);
		CHECK(edge->source == EDGE_NO_NAME || edge->source < counts->n_names);
		CHECK(edge->target == EDGE_NO_NAME || edge->target < counts->n_names);
	}
}

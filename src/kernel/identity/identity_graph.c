/*
 * identity_graph.c: a graph of devices and users.
 */
#include "kernel/identity/identity_graph.h"

IdentityGraph *
identity_graph_create(GraphIds devices, GraphIds users)
{
	return graph_create(GRAPH_BETWEEN, devices, users);
}

static void *
identity_graph_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	return graph_unpack(GRAPH_BETWEEN, bytes, size, problem);
}

const StateKind identity_graph_kind = {.type = "identity_graph",
									   .pack = graph_pack,
									   .unpack = identity_graph_unpack,
									   .checked_by_packing = true,
									   .merge = graph_merge};

/*
 * identity_graph.c: logins, and the persons of them.
 */
#include "graphs.h"

#include "kernel/identity/identity_persons.h"

FUZZ_STATES(&identity_graph_kind)

static void *
build(Input *head, Input *rows)
{
	GraphIds devices = (GraphIds) in_bool(head);
	GraphIds users = (GraphIds) in_bool(head);
	IdentityGraph *graph = identity_graph_create(devices, users);

	while (in_left(rows) > 0)
	{
		GraphId device = in_id(rows, devices);
		GraphId user = in_id(rows, users);

		graph = graph_add(graph, &device, &user, in_day(rows));
	}
	graph_expect(graph, devices, users);
	return graph->n_rows + graph->n_pending == 0 ? NULL : graph;
}

static void
ask(const void *state, const uint8_t *bytes, size_t size, Input *in)
{
	const IdentityGraph *graph = state;
	IdentityQuestion question = {in_as_of(in), (IdentityMode) in_below(in, 3), (uint32_t) in_int(in, 1, UINT32_MAX),
								 (uint32_t) in_int(in, 2, UINT32_MAX)};
	IdentityPersons *persons;
	uint32_t *order;
	uint32_t *ranks;
	uint32_t n;

	graph_settle(graph);
	persons = identity_persons(graph, &question);
	order = graph_order_ids(graph, IDENTITY_DEVICES);
	ranks = host_alloc((graph->sets[IDENTITY_DEVICES].n + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < graph->sets[IDENTITY_DEVICES].n; i++)
	{
		ranks[order[i]] = i;
		(void) graph_id(graph, IDENTITY_DEVICES, i);
	}
	for (uint32_t i = 0; i < persons->n_devices; i++)
		if (persons->devices[i].n_users > 0)
		{
			Identity identity = identity_of_device(persons, i);

			CHECK(identity.canonical == IDENTITY_NOBODY || identity.canonical < persons->n_users);
		}
	for (uint32_t i = 0; i < persons->n_users; i++)
		if (persons->users[i].met)
			CHECK(identity_of_user(persons, i).canonical < persons->n_users);
	(void) identity_suspects(persons, ranks, &n);
	CHECK(n >= persons->shared_devices);
	identity_persons_free(persons);
}
